/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/lock.h"

#include <errno.h>
#include <stdlib.h>

#include "sentry-glue/vfs/node.h"

static bool overlap(const struct sea_lock *a, const struct sea_lock *b)
{
	return a->flock == b->flock && a->start <= b->end && b->start <= a->end;
}

const struct sea_lock *sea_lock_conflict(const struct sea_node *node, const struct sea_lock *want)
{
	for (const struct sea_lock *lock = node->locks; lock; lock = lock->next) {
		if (lock->owner != want->owner && overlap(lock, want) &&
		    (lock->exclusive || want->exclusive))
			return lock;
	}
	return NULL;
}

/* In the order of their beginnings. */
static void insert(struct sea_node *node, struct sea_lock *lock)
{
	struct sea_lock **link = &node->locks;

	while (*link && (*link)->start < lock->start)
		link = &(*link)->next;
	lock->next = *link;
	*link = lock;
}

static struct sea_lock *copy(const struct sea_lock *from, int64_t start, int64_t end)
{
	struct sea_lock *lock = malloc(sizeof(*lock));

	if (!lock)
		return NULL;
	*lock = *from;
	lock->start = start;
	lock->end = end;
	return lock;
}

/* The owner's locks of the same sort that touch become part of this one. */
static void absorb(struct sea_node *node, struct sea_lock *lock)
{
	struct sea_lock **link = &node->locks;

	while (*link) {
		struct sea_lock *with = *link;

		if (with->owner != lock->owner || with->flock != lock->flock ||
		    with->exclusive != lock->exclusive ||
		    (with->end < lock->start && with->end + 1 < lock->start) ||
		    (with->start > lock->end && with->start - 1 > lock->end)) {
			link = &with->next;
			continue;
		}
		lock->start = with->start < lock->start ? with->start : lock->start;
		lock->end = with->end > lock->end ? with->end : lock->end;
		*link = with->next;
		free(with);
	}
}

/* Takes [start, end] out of the owner's locks. `spare` is used where one falls in two. */
static void cut(struct sea_node *node, const struct sea_lock *want, struct sea_lock **spare)
{
	struct sea_lock **link = &node->locks;

	while (*link) {
		struct sea_lock *lock = *link;

		if (lock->owner != want->owner || !overlap(lock, want)) {
			link = &lock->next;
		} else if (lock->start < want->start) {
			if (lock->end > want->end) {
				struct sea_lock *rest = *spare;

				*spare = NULL;
				*rest = *lock;
				rest->start = want->end + 1;
				insert(node, rest);
			}
			lock->end = want->start - 1;
			link = &lock->next;
		} else if (lock->end > want->end) {
			lock->start = want->end + 1;
			link = &lock->next;
		} else {
			*link = lock->next;
			free(lock);
		}
	}
}

int sea_lock_set(struct sea_node *node, const struct sea_lock *want, bool set)
{
	struct sea_lock *spare = copy(want, want->start, want->end);
	struct sea_lock *lock = set ? copy(want, want->start, want->end) : NULL;

	if (!spare || (set && !lock)) {
		free(spare);
		free(lock);
		return -ENOMEM;
	}
	cut(node, want, &spare);
	free(spare);
	if (lock) {
		absorb(node, lock);
		insert(node, lock);
	}
	sea_waitq_wake(&node->lockq);
	return 0;
}

void sea_lock_forget(struct sea_node *node, const void *owner)
{
	struct sea_lock **link;
	bool any = false;

	if (!node)
		return;
	for (link = &node->locks; *link;) {
		struct sea_lock *lock = *link;

		if (lock->owner != owner) {
			link = &lock->next;
			continue;
		}
		*link = lock->next;
		free(lock);
		any = true;
	}
	if (any)
		sea_waitq_wake(&node->lockq);
}
