/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue in which a link's output waits for its driver (Linux's qdisc). Every link has one: what
 * net.core.default_qdisc says, `pfifo_fast` at first, unless it is given another. Kinds are Linux's, and so are their defaults:
 *
 *	pfifo       first in, first out, `limit` packets (without one: the link's txqueuelen)
 *	bfifo       the same, `limit` bytes (txqueuelen frames)
 *	pfifo_fast  three of them, the packet's priority (SO_PRIORITY) says which; an earlier one goes first
 *	tbf         a token bucket: no more than a rate, but for bursts
 *	prio        bands, each with a queue of its own; the priority says which, and an earlier one goes first
 *	fq          a queue for each flow, in turns, each packet when it may leave: pacing
 *	netem       a bad wire: late, lost, doubled, spoilt and overtaken packets, by chance
 *	fq_codel    queues by flow, in turns, each kept short by CoDel (RFC 8290)
 *	noqueue     none: a link that turns its frames round does that at once; where a driver takes them they wait as in pfifo, uncounted
 *
 * pfifo_fast is there always, the others with the module sea_qdiscs.
 *
 *	struct sea_qdisc_config fq = { .size = sizeof(fq), .kind = "fq" };
 *	err = sea_link_set_qdisc(link, &fq, now);
 */
#ifndef SEASTACK_QDISC_H
#define SEASTACK_QDISC_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_link;

/* sea_qdisc_config.given: what is not as the kind has it. LIMIT is of most kinds, what follows fq's, then tbf's, prio's, fq_codel's, netem's. */
#define SEA_QDISC_LIMIT (1u << 0)
#define SEA_QDISC_FLOW_LIMIT (1u << 1)
#define SEA_QDISC_QUANTUM (1u << 2)
#define SEA_QDISC_INITIAL_QUANTUM (1u << 3)
#define SEA_QDISC_MAX_RATE (1u << 4)
#define SEA_QDISC_LOW_RATE (1u << 5)
#define SEA_QDISC_REFILL_DELAY (1u << 6)
#define SEA_QDISC_HORIZON (1u << 7)
#define SEA_QDISC_HORIZON_CAP \
	(1u << 8)                     /* what is beyond waits that long, instead of being dropped */
#define SEA_QDISC_NO_PACING (1u << 9) /* rates are not looked at: sockets pace themselves, or not */
#define SEA_QDISC_RATE (1u << 10)
#define SEA_QDISC_PEAK_RATE (1u << 11)
#define SEA_QDISC_BURST_TIME (1u << 12)
#define SEA_QDISC_PEAK_BURST_TIME (1u << 13)
#define SEA_QDISC_BANDS (1u << 14)
#define SEA_QDISC_PRIOMAP (1u << 15)
#define SEA_QDISC_FLOWS (1u << 16)
#define SEA_QDISC_TARGET (1u << 17)
#define SEA_QDISC_INTERVAL (1u << 18)
#define SEA_QDISC_DROP_BATCH (1u << 19)
#define SEA_QDISC_MEMORY_LIMIT (1u << 20)
#define SEA_QDISC_NO_ECN (1u << 21) /* what could be marked is dropped, too */
#define SEA_QDISC_CE_THRESHOLD (1u << 22)
#define SEA_QDISC_CE_SELECTOR (1u << 23) /* with the mask */
#define SEA_QDISC_NETEM (1u << 24)

#define SEA_QDISC_BANDS_MIN 2
#define SEA_QDISC_BANDS_MAX 16
#define SEA_QDISC_PRIOMAP_LEN 16

/* What netem does to packets. Probabilities and correlations are of UINT32_MAX; model and others as <linux/pkt_sched.h> has them. */
struct sea_netem {
	int64_t latency_ns, jitter_ns; /* at most INT64_MAX / 4, INT32_MAX */
	uint32_t delay_corr, loss, loss_corr, duplicate, duplicate_corr;
	uint32_t
		gap; /* of so many packets one goes at once, by the probability `reorder`; 0: none does */
	uint32_t reorder, reorder_corr, corrupt, corrupt_corr;
	uint64_t rate; /* bytes a second; 0: none */
	int32_t packet_overhead, cell_overhead;
	uint32_t cell_size;
	uint8_t ecn;         /* what would be lost is marked, where it can be */
	uint8_t loss_model;  /* NETEM_LOSS_GI or _GE instead of `loss`; 0 */
	uint32_t model[5];   /* GI: p13, p31, p32, p14, p23; GE: p, r, h, k1 */
	const int16_t *dist; /* of the jitter; borrowed */
	uint32_t dist_len;   /* 0: even */
	uint64_t seed;       /* 0: the stack's choice */
	/*
	 * Slots in which packets leave, as of a wire that is shared: from one to the next `slot_min_ns` to `slot_max_ns`, or, with a
	 * distribution, about slot_delay_ns by slot_jitter_ns. All 0: there are none.
	 */
	int64_t slot_min_ns, slot_max_ns, slot_delay_ns, slot_jitter_ns;
	int32_t slot_packets, slot_bytes; /* of each; 0: as many as there are */
	const int16_t *slot_dist;         /* as `dist` */
	uint32_t slot_dist_len;
};

struct sea_qdisc_config {
	size_t size; /* sizeof(struct sea_qdisc_config) */
	const char *kind;
	uint32_t given; /* SEA_QDISC_* */
	uint32_t
		limit; /* packets (bfifo, tbf: bytes) that may wait; fq: 10,000, fq_codel: 10,240, netem: 1,000 */
	uint32_t flow_limit; /* packets of one flow: 100 */
	uint32_t
		quantum; /* bytes of a turn: two frames of the link's MTU; fq_codel: one, at least 256 */
	uint32_t initial_quantum; /* bytes of a new flow's first turn: ten */
	uint64_t max_rate;        /* bytes a second of each flow: none */
	uint64_t low_rate;        /* bytes a second below which packets go one by one: 68,750 */
	int64_t refill_delay_ns;  /* who was silent for so long has a whole turn again: 40 ms */
	int64_t horizon_ns;       /* how far ahead a departure may be: 10 s */
	/* tbf: all but the peak's have to be given. */
	uint64_t rate, peak_rate;        /* bytes a second; no peak: 0 */
	int64_t burst_ns, peak_burst_ns; /* how long a burst the rate makes up for */
	uint8_t linklayer;               /* TC_LINKLAYER_*; shown, and otherwise nothing */
	/* prio: both have to be given. */
	uint32_t bands;                         /* SEA_QDISC_BANDS_MIN to _MAX */
	uint8_t priomap[SEA_QDISC_PRIOMAP_LEN]; /* the band of each priority, by its lowest bits */
	/* fq_codel: times are of 1024 ns, rounded down; UINT32_MAX microseconds at most. */
	uint32_t flows;    /* queues into which flows fall: 1,024; to 65,536. It does not change. */
	int64_t target_ns; /* for which packets may wait: 5 ms */
	int64_t interval_ns;   /* in each of which one waits no longer than that: 100 ms */
	uint32_t drop_batch;   /* packets that go at once where too many wait: 64, at least 1 */
	uint32_t memory_limit; /* bytes of memory, as Linux weighs packets: 32 MiB, at most 2 GiB */
	int64_t ce_threshold_ns; /* what waited for longer is marked: none */
	uint8_t ce_mask;         /* bits of the traffic class, and */
	uint8_t ce_selector;     /* what they have to be for that; 0 and 0: whatever they are */
	struct sea_netem netem;  /* has to be given */
};

/* What fq_codel counts. */
struct sea_qdisc_codel {
	uint32_t max_packet;           /* bytes of the largest packet that left */
	uint32_t new_flows, old_flows; /* in turn now */
	uint64_t memory;               /* bytes, as memory_limit counts them */
	uint64_t new_flow_count;       /* how often a packet began a turn of a flow's */
	uint64_t overlimit_drops;      /* packets that went because too many waited, */
	uint64_t overmemory_drops;     /* of which memory was the reason for so many */
	uint64_t ecn_marks, ce_marks;  /* instead of a drop; above ce_threshold */
};

struct sea_qdisc_info {
	size_t size; /* set by the caller and left as it is */
	struct sea_qdisc_config config;
	uint32_t packets; /* that wait */
	uint64_t bytes, dropped;
	uint32_t flows, flows_inactive,
		flows_throttled; /* fq: known; without packets; that wait for their time */
	uint64_t overlimits;     /* tbf: how often the first packet had to wait */
	uint64_t horizon_drops,
		flow_drops; /* fq: of `dropped`, what was too far ahead, or too much of a flow */
	struct sea_qdisc_codel codel;
};

/*
 * Gives the link a queue of this kind, in the place of the one that it has; what waits there is dropped. 0,
 * -ENOENT (no such kind in this stack), -EINVAL (`size`, or a value out of range; an option that the kind has not), -ENOMEM;
 * the link then keeps what it has.
 */
SEA_API SEA_MUST_USE int sea_link_set_qdisc(struct sea_link *link,
					    const struct sea_qdisc_config *config, sea_time now);
/* Fills *info up to its `size`; config.given has all that the kind has. */
SEA_API void sea_link_qdisc(const struct sea_link *link, struct sea_qdisc_info *info);

SEA_END_DECLS
#endif
