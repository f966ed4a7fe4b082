/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem from inside: what becomes of a packet by chance, and when. Probabilities and correlations are of 2^32 - 1, as tc(8)
 * sends them. Each packet draws from the queue's own generator: the same seed and packets, the same fates.
 */
#ifndef SEA_LINK_QDISC_NETEM_H
#define SEA_LINK_QDISC_NETEM_H

#include <seastack/qdisc.h>

#include "core/rng.h"

/* A source of numbers of 32 bits, each of which is like the one before, by `rho`. */
struct netem_correlated {
	uint32_t last, rho;
};

/* Where a model of losses stands. */
enum netem_state {
	NETEM_GAP_SENT =
		1, /* GI's states, by the number that its probabilities have; GE's good one is the first, too */
	NETEM_BURST_SENT,
	NETEM_BURST_LOST, /* GE: the bad one */
	NETEM_GAP_LOST
};

struct netem_chance {
	struct sea_jitter rng;
	struct netem_correlated delay, loss, duplicate, reorder, corrupt;
	uint8_t state; /* enum netem_state */
};

/* Begins anew from `seed`. */
void sea_netem_chance_init(struct netem_chance *c, const struct sea_netem *how, uint64_t seed);
/* The correlations alone, where options change; the generator goes on. */
void sea_netem_chance_set(struct netem_chance *c, const struct sea_netem *how);

uint32_t sea_netem_draw(struct netem_chance *c, struct netem_correlated *from);
/* True by a probability, of which 0 draws nothing. */
bool sea_netem_hits(struct netem_chance *c, struct netem_correlated *from, uint32_t probability);
bool sea_netem_loses(struct netem_chance *c, const struct sea_netem *how);
/* Nanoseconds: about latency_ns, by jitter_ns and the distribution; may be negative. */
int64_t sea_netem_delay(struct netem_chance *c, const struct sea_netem *how);
/* Nanoseconds from a slot's end to the next one. */
int64_t sea_netem_slot(struct netem_chance *c, const struct sea_netem *how);
/* How long the wire takes for `len` bytes, where there is a rate. */
int64_t sea_netem_wire_time(const struct sea_netem *how, uint32_t len);

#endif
