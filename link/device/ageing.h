/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is forgotten when nothing was heard of it for a time (IEEE 802.1D §7.9.2): stations, in databases of bridges and
 * VXLANs. What ages stands in the order in which it was last heard of, so that one timer and a look at the first is enough. All that
 * ages in one database does so for the same time.
 */
#ifndef SEA_LINK_DEVICE_AGEING_H
#define SEA_LINK_DEVICE_AGEING_H

#include <stdbool.h>

#include "core/list.h"
#include "core/timerq.h"

struct sea_ageing;
struct sea_stack;

/* Within an entry. */
struct sea_aged {
	struct sea_list node; /* in sea_ageing.list where it ages: the one heard of last is last */
	sea_time updated;     /* when it was heard of */
};

struct sea_ageing_ops {
	int64_t (*age)(const struct sea_ageing *ageing); /* ns */
	/* It was not heard of for so long. It is to be taken out of the list. */
	void (*expire)(struct sea_ageing *ageing, struct sea_aged *aged);
};

struct sea_ageing {
	const struct sea_ageing_ops *ops;
	struct sea_stack *stack;
	struct sea_list list;
	struct sea_timer
		timer; /* the first one is too old: or later, if the first is another one by then */
};

void sea_ageing_init(struct sea_ageing *ageing, struct sea_stack *stack,
		     const struct sea_ageing_ops *ops);
void sea_ageing_fini(struct sea_ageing *ageing);
/* The age is another one. */
void sea_ageing_rearm(struct sea_ageing *ageing);
/* NULL: nothing ages. */
struct sea_aged *sea_ageing_oldest(const struct sea_ageing *ageing);
/* How many there are that age; walks over them. */
uint32_t sea_ageing_count(const struct sea_ageing *ageing);

/* A new entry, which does not age yet. */
void sea_aged_init(struct sea_aged *aged, sea_time now);
/* It was just heard of (`updated` is now), or ages from now on, or no more. */
void sea_aged_refile(struct sea_ageing *ageing, struct sea_aged *aged, bool ages);

#endif
