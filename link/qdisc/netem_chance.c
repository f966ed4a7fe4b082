/* SPDX-License-Identifier: Apache-2.0 */
/* netem's dice: correlated numbers, delays by a table, models of losses, and what a wire's rate makes of a length. */
#include "link/qdisc/netem.h"

#include <linux/pkt_sched.h>

/* -- correlated numbers -- */

uint32_t sea_netem_draw(struct netem_chance *c, struct netem_correlated *from)
{
	uint64_t value = sea_jitter_u64(&c->rng) >> 32, rho;

	if (!from->rho) /* not even the last one is kept */
		return (uint32_t)value;
	rho = (uint64_t)from->rho + 1;
	from->last = (uint32_t)((value * ((UINT64_C(1) << 32) - rho) + from->last * rho) >> 32);
	return from->last;
}

bool sea_netem_hits(struct netem_chance *c, struct netem_correlated *from, uint32_t probability)
{
	return probability && probability >= sea_netem_draw(c, from);
}

static void begin(struct netem_chance *c, struct netem_correlated *n, uint32_t rho)
{
	n->rho = rho;
	n->last = (uint32_t)(sea_jitter_u64(&c->rng) >> 32);
}

void sea_netem_chance_set(struct netem_chance *c, const struct sea_netem *how)
{
	begin(c, &c->delay, how->delay_corr);
	begin(c, &c->loss, how->loss_corr);
	begin(c, &c->duplicate, how->duplicate_corr);
	begin(c, &c->reorder, how->reorder_corr);
	begin(c, &c->corrupt, how->corrupt_corr);
	c->state = NETEM_GAP_SENT;
}

void sea_netem_chance_init(struct netem_chance *c, const struct sea_netem *how, uint64_t seed)
{
	sea_jitter_init(&c->rng, seed);
	sea_netem_chance_set(c, how);
}

/* -- losses -- */

static uint32_t plain(struct netem_chance *c)
{
	return (uint32_t)(sea_jitter_u64(&c->rng) >> 32);
}

/* Whether a draw falls into the `second` of two neighbouring ranges, the first of which is [0, first). */
static bool is_second(uint32_t draw, uint32_t first, uint32_t second)
{
	return draw >= first && draw - first < second;
}

/* Four states (Salsano and others, "Definition of a general and intuitive loss model"): after each packet another. */
static uint8_t gi_next(uint8_t state, const uint32_t p[5], uint32_t draw)
{
	enum { P13, P31, P32, P14, P23 };

	switch (state) {
	case NETEM_GAP_SENT:
		if (draw < p[P14])
			return NETEM_GAP_LOST;
		return is_second(draw, p[P14], p[P13]) ? NETEM_BURST_LOST : NETEM_GAP_SENT;
	case NETEM_BURST_SENT:
		return draw < p[P23] ? NETEM_BURST_LOST : NETEM_BURST_SENT;
	case NETEM_BURST_LOST:
		if (draw < p[P32])
			return NETEM_BURST_SENT;
		return is_second(draw, p[P32], p[P31]) ? NETEM_GAP_SENT : NETEM_BURST_LOST;
	default:
		return NETEM_GAP_SENT;
	}
}

static bool gi_loses(struct netem_chance *c, const uint32_t p[5])
{
	c->state = gi_next(c->state, p, plain(c));
	return c->state == NETEM_BURST_LOST || c->state == NETEM_GAP_LOST;
}

/* Two states (Gilbert, Elliott), in each of which some are lost. */
static bool ge_loses(struct netem_chance *c, const uint32_t p[5])
{
	enum { P, R, H, K1 };
	bool good = c->state == NETEM_GAP_SENT;

	if (plain(c) < p[good ? P : R])
		c->state = good ? NETEM_BURST_LOST : NETEM_GAP_SENT;
	return good ? plain(c) < p[K1] : plain(c) > p[H];
}

bool sea_netem_loses(struct netem_chance *c, const struct sea_netem *how)
{
	switch (how->loss_model) {
	case NETEM_LOSS_GI:
		return gi_loses(c, how->model);
	case NETEM_LOSS_GE:
		return ge_loses(c, how->model);
	default:
		return sea_netem_hits(c, &c->loss, how->loss);
	}
}

/* -- times -- */

/* Numbers of 16 bits. */
struct dist {
	const int16_t *table;
	uint32_t len; /* 0: even */
};

/* The table's numbers are of a deviation of NETEM_DIST_SCALE; so large a one is divided before, lest it overflow. */
static int64_t by_table(const struct dist *dist, int64_t jitter, uint32_t draw)
{
	int64_t t = dist->table[draw % dist->len], x = jitter % NETEM_DIST_SCALE * t;

	x += x >= 0 ? NETEM_DIST_SCALE / 2 : -NETEM_DIST_SCALE / 2;
	return x / NETEM_DIST_SCALE + jitter / NETEM_DIST_SCALE * t;
}

/* `jitter` is not 0. */
static int64_t about(int64_t mean, int64_t jitter, const struct dist *dist, uint32_t draw)
{
	if (dist->len)
		return mean + by_table(dist, jitter, draw);
	return mean + draw % (2 * jitter) - jitter;
}

int64_t sea_netem_delay(struct netem_chance *c, const struct sea_netem *how)
{
	const struct dist dist = { how->dist, how->dist_len };

	if (!how->jitter_ns)
		return how->latency_ns;
	return about(how->latency_ns, how->jitter_ns, &dist, sea_netem_draw(c, &c->delay));
}

/* Part of `range`, by a draw. */
static int64_t part_of(uint64_t range, uint32_t draw)
{
	return (int64_t)((range >> 32) * draw + ((range & UINT32_MAX) * draw >> 32));
}

int64_t sea_netem_slot(struct netem_chance *c, const struct sea_netem *how)
{
	const struct dist dist = { how->slot_dist, how->slot_dist_len };

	if (!dist.len)
		return how->slot_min_ns +
		       part_of((uint64_t)(how->slot_max_ns - how->slot_min_ns), plain(c));
	if (!how->slot_jitter_ns)
		return how->slot_delay_ns;
	return about(how->slot_delay_ns, how->slot_jitter_ns, &dist, plain(c));
}

int64_t sea_netem_wire_time(const struct sea_netem *how, uint32_t len)
{
	int64_t bytes = (int64_t)len + how->packet_overhead;

	if (bytes < 0)
		bytes = 0;
	if (how->cell_size) {
		int64_t cells = (bytes + how->cell_size - 1) / how->cell_size;

		bytes = cells * ((int64_t)how->cell_size + how->cell_overhead);
	}
	if (bytes <= 0)
		return 0;
	bytes = bytes < UINT32_MAX ? bytes : UINT32_MAX;
	return (int64_t)((uint64_t)bytes * (uint64_t)SEA_SEC / how->rate);
}
