/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters of tc(8) that stand with a link's ingress or clsact (core/qdisc.h): what becomes of packets as they come in, behind the wrappers
 * and before anybody looks at them, and of those that would go out, before the queue. They are asked in the order of
 * their priorities, until one decides. There is one kind of filter (matchall: all packets of an EtherType, or all) and one
 * kind of action (gact).
 */
#ifndef SEA_CORE_FILTER_H
#define SEA_CORE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

#include "core/save.h"

struct sea_link;
struct sea_pkt;
struct sea_pktq;
struct sea_queue;
struct sea_stack;

#define SEA_FILTER_ANY_PROTOCOL 3u /* ETH_P_ALL */

struct sea_filter_action {
	uint32_t index; /* in the stack, from 1 on */
	int32_t verdict;
	uint64_t packets, bytes, dropped;
	sea_time made, used, first; /* used and first: if there were packets */
};

struct sea_filter {
	struct sea_filter *next;
	uint32_t prio;     /* 1 to 0xffff; no two of a block have the same */
	uint16_t protocol; /* EtherType */
	uint32_t handle, classid, flags;
	bool acts; /* else its packets go on */
	struct sea_filter_action action;
	uint64_t hits;
};

/* Of one way. */
struct sea_filter_block {
	struct sea_filter *first;
	uint32_t parent; /* as somebody named it last who wanted a filter there */
};

/* The state of an ingress or a clsact. */
struct sea_filters {
	struct sea_filter_block in, out;
	uint64_t dropped;
};

/* Those of a link; NULL: nothing stands where packets come in. */
struct sea_filters *sea_filters_of(const struct sea_link *link);
/* A copy of it, of which `next` is not looked at, into one of the link's blocks, in its place. 0 or -ENOMEM. */
SEA_MUST_USE int sea_filter_add(struct sea_link *link, struct sea_filter_block *block,
				const struct sea_filter *how);
void sea_filter_del(struct sea_link *link, struct sea_filter_block *block, struct sea_filter *f);
/* All of a block. */
void sea_filter_flush(struct sea_link *link, struct sea_filter_block *block);
/* One that no action of the stack has. */
uint32_t sea_filter_free_index(struct sea_stack *stack);
bool sea_filter_has_index(struct sea_stack *stack, uint32_t index);

/* What comes in: those that filters let pass stay in the batch. */
void sea_filter_receive(struct sea_link *link, struct sea_pktq *batch);
/* As sea_link.turn, while there are filters of what goes out. */
int sea_filter_output(struct sea_link *link, struct sea_pkt *pkt);

/* Of a link where something stands. What they counted is lost. */
void sea_save_filters(struct sea_saver *to, const struct sea_link *link);
void sea_load_filters(struct sea_loader *from, struct sea_link *link);

#endif
