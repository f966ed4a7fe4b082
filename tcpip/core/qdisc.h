/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of transmit queues, as links see them; see <seastack/qdisc.h>. */
#ifndef SEA_CORE_QDISC_H
#define SEA_CORE_QDISC_H

#include <stdbool.h>

#include <seastack/qdisc.h>

#include "core/pkt.h"
#include "core/queue.h"

struct sea_link;
struct sea_stack;

/* What is told of a flow that a kind keeps by itself: fq_codel's. */
struct sea_qdisc_flow {
	uint32_t packets; /* that wait */
	uint64_t bytes;
	int64_t deficit, delay_ns;
	int64_t drop_next_ns; /* from now on, while `dropping` */
	uint32_t count, lastcount;
	bool dropping;
};

/* A kind. `queue` is its state, made by it. */
struct sea_qdisc {
	const char *name;
	uint32_t options;    /* SEA_QDISC_* that it has */
	bool holds_back;     /* what was queued is perhaps not ready */
	bool counts_classes; /* what waits in its classes is counted with them, too */
	bool one_class;      /* whatever a class is called, it is the first */
	bool unqueued;       /* a link that turns its frames round does that at once; in no class */
	bool empty_class;    /* nothing need be in its class, */
	bool noop_class;     /* which is shown as a queue, Linux's noop */
	bool ingress;        /* stands where packets come in, and queues nothing */
	bool egress;         /* and has filters of those that go out, too */
	/*
	 * The queue in class `minor`, from 1 on, of which `kind` is NULL where nothing is in that class; NULL: there is no such class.
	 * NULL: it has no classes at all.
	 */
	struct sea_queue *(*in_class)(void *queue, uint32_t minor);
	/* 0: the nth flow, from 0 on, is known, and *flow; -ENOENT: not now; -ERANGE: none is from here on. NULL: it has none. */
	int (*flow)(const struct sea_link *link, const void *queue, uint32_t n,
		    struct sea_qdisc_flow *flow);
	/* 0, -EINVAL or -ENOMEM. */
	int (*init)(struct sea_link *link, const struct sea_qdisc_config *config, void **queue);
	/* It is called this from now on. NULL: it does not care. */
	void (*named)(void *queue, uint32_t handle);
	/* Drops what is queued for `reason`. */
	void (*fini)(struct sea_link *link, void *queue, enum sea_drop reason);
	/* Consumes: true when queued, false when dropped. */
	bool (*enqueue)(struct sea_link *link, void *queue, struct sea_pkt *pkt);
	/* NULL: none may be sent now. */
	struct sea_pkt *(*dequeue)(struct sea_link *link, void *queue);
	/* The next that dequeue() gives; NULL: none. NULL: only dequeue() knows. */
	struct sea_pkt *(*peek)(const void *queue);
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

/* pfifo_fast, which links begin with. */
extern const struct sea_qdisc sea_qdisc_pfifo_fast;

/* Makes a kind known: 0 or -ENOSPC. */
SEA_MUST_USE int sea_qdisc_add(struct sea_stack *stack, const struct sea_qdisc *kind);
/* By name; NULL. */
const struct sea_qdisc *sea_qdisc_find(const struct sea_stack *stack, const char *name);

/* -- one queue -- */

/* Is the kind given only what it has? Then makes its state, in `q`: 0 or -errno, with `q` as it was. */
SEA_MUST_USE int sea_queue_make(struct sea_link *link, struct sea_queue *q,
				const struct sea_qdisc_config *config);
void sea_queue_end(struct sea_link *link, struct sea_queue *q, enum sea_drop reason);
/* Another one in its place, of this handle. 0 or -errno, with nothing changed. */
SEA_MUST_USE int sea_queue_replace(struct sea_link *link, struct sea_queue *q,
				   const struct sea_qdisc_config *config, uint32_t handle);
/* Nothing is in its place then. */
void sea_queue_clear(struct sea_link *link, struct sea_queue *q);
/* Other options for it: 0, -EINVAL (also: its kind takes none). */
SEA_MUST_USE int sea_queue_change(struct sea_link *link, struct sea_queue *q,
				  const struct sea_qdisc_config *config);
struct sea_qdisc_info sea_queue_info(const struct sea_link *link, const struct sea_queue *q);

/* For kinds with classes, of which one may be empty: what leaves next, left where it is; and the same, taken out and counted. */
struct sea_pkt *sea_queue_peek(struct sea_link *link, struct sea_queue *q);
struct sea_pkt *sea_queue_take(struct sea_link *link, struct sea_queue *q);
/* May sea_queue_take() have one? */
bool sea_queue_ready(const struct sea_queue *q);
/* It leaves. */
void sea_queue_count(const struct sea_link *link, struct sea_queue *q, const struct sea_pkt *pkt);
/* What a super-segment is more than one packet. */
void sea_queue_count_segments(struct sea_queue *q, const struct sea_pkt *pkt);

/* -- a link's own, and those in its classes -- */

#define SEA_QUEUE_DEPTH_MAX 8 /* queues in each other's classes */
/* Where packets come in: as whose class it is named (tc(8)'s ffff:fff1), and the handle of what stands there. */
#define SEA_PARENT_INGRESS 0xfffffff1u
#define SEA_HANDLE_INGRESS 0xffff0000u

/* A queue, and which class it is in: a number of tc(8)'s; 0: it is the link's own. */
struct sea_queue_at {
	struct sea_queue *queue;
	uint32_t parent;
	unsigned depth; /* of queues above it */
};

/*
 * The queues of a link, each before those in its classes, and then what stands where packets come in: the nth, from 0 on;
 * false: there are not so many.
 */
bool sea_queue_nth(struct sea_link *link, unsigned n, struct sea_queue_at *at);
/* By its handle, which is not 0; false: no queue of the link has it. */
bool sea_queue_find(struct sea_link *link, uint32_t handle, struct sea_queue_at *at);
/* What is in a class of this queue, from 1 on; false: there is no such class. */
bool sea_queue_in_class(const struct sea_queue_at *at, uint32_t minor, struct sea_queue_at *below);
/* What a queue is called when nobody says: a number that no queue of the link has; 0: all are taken. */
uint32_t sea_queue_free_handle(struct sea_link *link);

/*
 * sea_link_set_qdisc() within an entry, of this handle. 0 says that nobody chose it: then a link that turns
 * its frames round does so without a queue.
 */
SEA_MUST_USE int sea_link_graft(struct sea_link *link, const struct sea_qdisc_config *config,
				uint32_t handle);
/* The queue that was chosen is gone: the link has what net.core.default_qdisc says. 0 or -ENOMEM. */
SEA_MUST_USE int sea_link_ungraft(struct sea_link *link);

/*
 * Where packets come in: a place that is made when it is first asked for, in which nothing is (kind == NULL) until
 * sea_link_set_ingress(). NULL: no memory.
 */
struct sea_queue *sea_link_ingress_place(struct sea_link *link);
/* Puts one of this kind there: 0, -ENOENT, -EINVAL (it is not such a kind), -ENOMEM, with nothing changed. */
SEA_MUST_USE int sea_link_set_ingress(struct sea_link *link, const struct sea_qdisc_config *config);
/* The place goes with the link. */
void sea_link_free_ingress(struct sea_link *link);
/* Is anything there? */
static inline bool sea_queue_stands(const struct sea_queue *q)
{
	return q && q->kind;
}

/* One that was given, or the kind's own. */
static inline uint32_t sea_qdisc_option(const struct sea_qdisc_config *config, uint32_t bit,
					uint32_t given, uint32_t own)
{
	return config->given & bit ? given : own;
}

#endif
