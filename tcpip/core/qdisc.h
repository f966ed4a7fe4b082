/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of transmit queues, as links see them; see <seastack/qdisc.h>. */
#ifndef SEA_CORE_QDISC_H
#define SEA_CORE_QDISC_H

#include <stdbool.h>

#include <seastack/qdisc.h>

#include "core/pkt.h"

struct sea_link;
struct sea_stack;

/* A kind. `queue` is its state, made by it. */
struct sea_qdisc {
	const char *name;
	uint32_t options; /* SEA_QDISC_* that it has */
	bool holds_back;  /* what was queued is perhaps not ready */
	/* 0, -EINVAL or -ENOMEM. */
	int (*init)(struct sea_link *link, const struct sea_qdisc_config *config, void **queue);
	/* Drops what is queued for `reason`. */
	void (*fini)(struct sea_link *link, void *queue, enum sea_drop reason);
	/* Consumes: true when queued, false when dropped. */
	bool (*enqueue)(struct sea_link *link, void *queue, struct sea_pkt *pkt);
	/* NULL: none may be sent now. */
	struct sea_pkt *(*dequeue)(struct sea_link *link, void *queue);
	/*
	 * May dequeue() have one? Where time alone makes that true, a timer of the kind's calls
	 * sea_link_wake().
	 */
	bool (*ready)(const void *queue);
	void (*info)(const struct sea_link *link, const void *queue, struct sea_qdisc_info *info);
};

/* pfifo_fast, which links begin with. */
extern const struct sea_qdisc sea_qdisc_pfifo_fast;

/* Makes a kind known: 0 or -ENOSPC. */
SEA_MUST_USE int sea_qdisc_add(struct sea_stack *stack, const struct sea_qdisc *kind);
/* By name; NULL. */
const struct sea_qdisc *sea_qdisc_find(const struct sea_stack *stack, const char *name);
/* Is the kind given only what it has? Then makes its state for a link that has none: 0 or -errno. */
SEA_MUST_USE int sea_qdisc_make(struct sea_link *link, const struct sea_qdisc_config *config);

/* One that was given, or the kind's own. */
static inline uint32_t sea_qdisc_option(const struct sea_qdisc_config *config, uint32_t bit,
					uint32_t given, uint32_t own)
{
	return config->given & bit ? given : own;
}

#endif
