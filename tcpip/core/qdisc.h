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
	/*
	 * Its packets wait in its one class, in a queue of this kind that is never shown and cannot be another. NULL: it
	 * has no class.
	 */
	const char *inner;
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
	/*
	 * Takes other options while what waits goes on waiting, as far as it still may: 0 or -EINVAL, with nothing
	 * changed. All that config.given does not have is as the kind has it. NULL: it has none.
	 */
	int (*change)(struct sea_link *link, void *queue, const struct sea_qdisc_config *config);
};

/* What went through a link's queue. A super-segment counts as what it will be on the wire. */
struct sea_qdisc_sent {
	uint64_t packets, bytes;
	uint32_t requeues; /* that the driver gave back */
};

/* pfifo_fast, which links begin with. */
extern const struct sea_qdisc sea_qdisc_pfifo_fast;

/* Makes a kind known: 0 or -ENOSPC. */
SEA_MUST_USE int sea_qdisc_add(struct sea_stack *stack, const struct sea_qdisc *kind);
/* By name; NULL. */
const struct sea_qdisc *sea_qdisc_find(const struct sea_stack *stack, const char *name);
/* Is the kind given only what it has? Then makes its state for a link that has none: 0 or -errno. */
SEA_MUST_USE int sea_qdisc_make(struct sea_link *link, const struct sea_qdisc_config *config);

/* What a link's queue is called when nobody chose one: a number of tc(8)'s that none of its queues has. */
uint32_t sea_qdisc_free_handle(struct sea_link *link);
/*
 * sea_link_set_qdisc() within an entry, of this handle. 0 says that nobody chose it: then a link that turns
 * its frames round does so without a queue.
 */
SEA_MUST_USE int sea_link_graft(struct sea_link *link, const struct sea_qdisc_config *config,
				uint32_t handle);
/* The queue that was chosen is gone: the link has what net.core.default_qdisc says. 0 or -ENOMEM. */
SEA_MUST_USE int sea_link_ungraft(struct sea_link *link);
/* Other options for the queue that is there: 0, -EINVAL (also: its kind takes none). */
SEA_MUST_USE int sea_link_change_qdisc(struct sea_link *link,
				       const struct sea_qdisc_config *config);

/* One that was given, or the kind's own. */
static inline uint32_t sea_qdisc_option(const struct sea_qdisc_config *config, uint32_t bit,
					uint32_t given, uint32_t own)
{
	return config->given & bit ? given : own;
}

#endif
