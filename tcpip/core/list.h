/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive doubly linked list with a head. A node that is in no list points at itself, so removing
 * is always safe and membership can be asked.
 */
#ifndef SEA_CORE_LIST_H
#define SEA_CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* The structure of `type` whose `member` is at `ptr`. */
#define sea_container(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

struct sea_list {
	struct sea_list *next, *prev;
};

static inline void sea_list_init(struct sea_list *node)
{
	node->next = node->prev = node;
}

static inline bool sea_list_empty(const struct sea_list *head)
{
	return head->next == head;
}

static inline bool sea_list_linked(const struct sea_list *node)
{
	return node->next != node;
}

static inline void sea_list_insert(struct sea_list *node, struct sea_list *prev,
				   struct sea_list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void sea_list_push_back(struct sea_list *head, struct sea_list *node)
{
	sea_list_insert(node, head->prev, head);
}

static inline void sea_list_push_front(struct sea_list *head, struct sea_list *node)
{
	sea_list_insert(node, head, head->next);
}

static inline void sea_list_remove(struct sea_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	sea_list_init(node);
}

/* The first or last node, or NULL. */
static inline struct sea_list *sea_list_first(const struct sea_list *head)
{
	return sea_list_empty(head) ? NULL : head->next;
}

static inline struct sea_list *sea_list_last(const struct sea_list *head)
{
	return sea_list_empty(head) ? NULL : head->prev;
}

/* `tmp` holds the next node, so `node` may be removed in the body. */
#define SEA_LIST_EACH(node, tmp, head)                                      \
	for ((node) = (head)->next, (tmp) = (node)->next; (node) != (head); \
	     (node) = (tmp), (tmp) = (node)->next)

#endif
