/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netem's TCA_OPTIONS: a structure, with attributes behind it. What no attribute says stays as it is; what the structure
 * says is always said. Distributions are not shown (as on Linux). no-oracle: no kernel here has netem.
 */
#include <errno.h>
#include <string.h>

#include "ip/rtnl/qdisc.h"

#define TICK_SHIFT 6      /* Linux's PSCHED_SHIFT: tc's unit of time in nanoseconds */
#define TCA_NETEM_SEED 14 /* TCA_NETEM_PRNG_SEED: of Linux 6.6, more than some headers know of */
#define LAST TCA_NETEM_SEED
#define AT_LEAST(n)                            \
	{                                      \
		.type = SEA_NL_ANY, .len = (n) \
	}
#define LARGE_NUMBER               \
	{                          \
		.type = SEA_NL_U64 \
	}

static const struct sea_nl_policy policy[LAST + 1] = {
	[TCA_NETEM_CORR] = AT_LEAST(sizeof(struct tc_netem_corr)),
	[TCA_NETEM_REORDER] = AT_LEAST(sizeof(struct tc_netem_reorder)),
	[TCA_NETEM_CORRUPT] = AT_LEAST(sizeof(struct tc_netem_corrupt)),
	[TCA_NETEM_LOSS] = { .type = SEA_NL_NESTED },
	[TCA_NETEM_RATE] = AT_LEAST(sizeof(struct tc_netem_rate)),
	[TCA_NETEM_ECN] = { .type = SEA_NL_U32 },
	[TCA_NETEM_RATE64] = LARGE_NUMBER,
	[TCA_NETEM_LATENCY64] = LARGE_NUMBER,
	[TCA_NETEM_JITTER64] = LARGE_NUMBER,
	[TCA_NETEM_SLOT] = AT_LEAST(sizeof(struct tc_netem_slot)),
	[TCA_NETEM_SEED] = LARGE_NUMBER,
};

/* -- read -- */

/* A table of jitter: numbers of 16 bits, which stay where the message has them. */
static int take_dist(const struct sea_nl_attr *a, const int16_t **dist, uint32_t *len)
{
	uint32_t n = a->len / (uint32_t)sizeof(**dist);

	if (!a->value)
		return 0;
	if (!n || n > NETEM_DIST_MAX)
		return -EINVAL;
	*dist = (const int16_t *)(const void *)a->value; /* attributes are aligned to 4 */
	*len = n;
	return 0;
}

/* A model: the last one said counts. */
static int take_loss(struct sea_netem *how, const struct sea_nl_attr *nest)
{
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (sea_nl_next(nest->value, nest->len, &at, &a)) {
		uint32_t size = a.type == NETEM_LOSS_GI   ? sizeof(struct tc_netem_gimodel)
				: a.type == NETEM_LOSS_GE ? sizeof(struct tc_netem_gemodel)
							  : 0;

		if (!size || a.len < size)
			return -EINVAL;
		memcpy(how->model, a.value, size);
		how->loss_model = (uint8_t)a.type;
	}
	return 0;
}

static void take_chances(struct sea_netem *how, const struct sea_nl_attr *tb)
{
	if (tb[TCA_NETEM_CORR].value) {
		struct tc_netem_corr corr;

		memcpy(&corr, tb[TCA_NETEM_CORR].value, sizeof(corr));
		how->delay_corr = corr.delay_corr;
		how->loss_corr = corr.loss_corr;
		how->duplicate_corr = corr.dup_corr;
	}
	if (tb[TCA_NETEM_REORDER].value) {
		struct tc_netem_reorder reorder;

		memcpy(&reorder, tb[TCA_NETEM_REORDER].value, sizeof(reorder));
		how->reorder = reorder.probability;
		how->reorder_corr = reorder.correlation;
	}
	if (tb[TCA_NETEM_CORRUPT].value) {
		struct tc_netem_corrupt corrupt;

		memcpy(&corrupt, tb[TCA_NETEM_CORRUPT].value, sizeof(corrupt));
		how->corrupt = corrupt.probability;
		how->corrupt_corr = corrupt.correlation;
	}
}

static void take_rate(struct sea_netem *how, const struct sea_nl_attr *tb)
{
	struct tc_netem_rate rate;
	uint64_t wide = tb[TCA_NETEM_RATE64].value ? sea_nl_u64(&tb[TCA_NETEM_RATE64]) : 0;

	if (tb[TCA_NETEM_RATE].value) {
		memcpy(&rate, tb[TCA_NETEM_RATE].value, sizeof(rate));
		how->rate = rate.rate;
		how->packet_overhead = rate.packet_overhead;
		how->cell_size = rate.cell_size;
		how->cell_overhead = rate.cell_overhead;
	}
	if (wide > how->rate)
		how->rate = wide;
}

/* What it is without its sign, and cut to what is computed with. */
static int64_t jitter_of(int64_t ns)
{
	if (ns < 0)
		ns = ns == INT64_MIN ? INT64_MAX : -ns;
	return ns < INT32_MAX ? ns : INT32_MAX;
}

static void take_slots(struct sea_netem *how, const struct sea_nl_attr *a)
{
	struct tc_netem_slot slot;

	if (!a->value)
		return;
	memcpy(&slot, a->value, sizeof(slot));
	how->slot_min_ns = slot.min_delay;
	how->slot_max_ns = slot.max_delay;
	how->slot_packets = slot.max_packets;
	how->slot_bytes = slot.max_bytes;
	how->slot_delay_ns = slot.dist_delay;
	how->slot_jitter_ns = jitter_of(slot.dist_jitter);
}

static void take_times(struct sea_netem *how, const struct sea_nl_attr *tb)
{
	if (tb[TCA_NETEM_LATENCY64].value)
		how->latency_ns = (int64_t)sea_nl_u64(&tb[TCA_NETEM_LATENCY64]);
	if (tb[TCA_NETEM_JITTER64].value)
		how->jitter_ns = (int64_t)sea_nl_u64(&tb[TCA_NETEM_JITTER64]);
	how->jitter_ns = jitter_of(how->jitter_ns);
}

static void take_opt(struct sea_netem *how, const struct tc_netem_qopt *opt)
{
	how->latency_ns = (int64_t)opt->latency << TICK_SHIFT;
	how->jitter_ns = (int64_t)opt->jitter << TICK_SHIFT;
	how->gap = opt->gap;
	how->loss = opt->loss;
	how->duplicate = opt->duplicate;
	how->loss_model = 0;
	if (how->gap)
		how->reorder = UINT32_MAX; /* where nothing else is said: always */
}

int sea_rtnl_read_netem(struct sea_nl_req *req, const struct sea_nl_attr *a,
			struct sea_qdisc_config *config)
{
	struct sea_netem *how = &config->netem;
	struct sea_nl_attr tb[LAST + 1];
	struct tc_netem_qopt opt;
	int err;

	if (a->len < sizeof(opt))
		return -EINVAL;
	memcpy(&opt, a->value, sizeof(opt));
	err = sea_nl_parse(tb, LAST, a->value + sizeof(opt), a->len - (uint32_t)sizeof(opt), policy,
			   SEA_NL_LIBERAL, req->extack);
	if (err)
		return err;
	config->given |= SEA_QDISC_LIMIT | SEA_QDISC_NETEM;
	config->limit = opt.limit;
	take_opt(how, &opt);
	take_chances(how, tb);
	take_rate(how, tb);
	take_times(how, tb);
	if (tb[TCA_NETEM_ECN].value)
		how->ecn = sea_nl_u32(&tb[TCA_NETEM_ECN]) != 0;
	if (tb[TCA_NETEM_SEED].value)
		how->seed = sea_nl_u64(&tb[TCA_NETEM_SEED]);
	take_slots(how, &tb[TCA_NETEM_SLOT]);
	err = take_dist(&tb[TCA_NETEM_DELAY_DIST], &how->dist, &how->dist_len);
	if (!err)
		err = take_dist(&tb[TCA_NETEM_SLOT_DIST], &how->slot_dist, &how->slot_dist_len);
	if (!err && tb[TCA_NETEM_LOSS].value)
		err = take_loss(how, &tb[TCA_NETEM_LOSS]);
	return err;
}

/* -- put -- */

static uint32_t ticks_of(int64_t ns)
{
	int64_t ticks = ns >> TICK_SHIFT;

	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

static void put_chances(struct sea_nl_out *out, const struct sea_netem *how)
{
	const struct tc_netem_corr corr = { .delay_corr = how->delay_corr,
					    .loss_corr = how->loss_corr,
					    .dup_corr = how->duplicate_corr };
	const struct tc_netem_reorder reorder = { how->reorder, how->reorder_corr };
	const struct tc_netem_corrupt corrupt = { how->corrupt, how->corrupt_corr };

	sea_nl_put(out, TCA_NETEM_CORR, &corr, sizeof(corr));
	sea_nl_put(out, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	sea_nl_put(out, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
}

static void put_rate(struct sea_nl_out *out, const struct sea_netem *how)
{
	const struct tc_netem_rate rate = {
		.rate = how->rate < UINT32_MAX ? (uint32_t)how->rate : UINT32_MAX,
		.packet_overhead = how->packet_overhead,
		.cell_size = how->cell_size,
		.cell_overhead = how->cell_overhead,
	};

	if (how->rate > UINT32_MAX)
		sea_nl_put_u64(out, TCA_NETEM_RATE64, how->rate);
	sea_nl_put(out, TCA_NETEM_RATE, &rate, sizeof(rate));
}

static void put_loss(struct sea_nl_out *out, const struct sea_netem *how)
{
	uint32_t nest;

	if (!how->loss_model)
		return;
	nest = sea_nl_nest(out, TCA_NETEM_LOSS);
	sea_nl_put(out, how->loss_model, how->model,
		   how->loss_model == NETEM_LOSS_GI ? sizeof(struct tc_netem_gimodel)
						    : sizeof(struct tc_netem_gemodel));
	sea_nl_nest_end(out, nest);
}

static void put_slots(struct sea_nl_out *out, const struct sea_netem *how)
{
	const struct tc_netem_slot slot = { .min_delay = how->slot_min_ns,
					    .max_delay = how->slot_max_ns,
					    .max_packets = how->slot_packets,
					    .max_bytes = how->slot_bytes,
					    .dist_delay = how->slot_delay_ns,
					    .dist_jitter = how->slot_jitter_ns };

	if (how->slot_min_ns || how->slot_max_ns || how->slot_jitter_ns)
		sea_nl_put(out, TCA_NETEM_SLOT, &slot, sizeof(slot));
}

void sea_rtnl_put_netem(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	const struct sea_netem *how = &info->config.netem;
	const struct tc_netem_qopt opt = { .latency = ticks_of(how->latency_ns),
					   .limit = info->config.limit,
					   .loss = how->loss,
					   .gap = how->gap,
					   .duplicate = how->duplicate,
					   .jitter = ticks_of(how->jitter_ns) };
	uint32_t nest = out->len;

	sea_nl_put(out, TCA_OPTIONS, &opt, sizeof(opt));
	sea_nl_put_u64(out, TCA_NETEM_LATENCY64, (uint64_t)how->latency_ns);
	sea_nl_put_u64(out, TCA_NETEM_JITTER64, (uint64_t)how->jitter_ns);
	put_chances(out, how);
	put_rate(out, how);
	if (how->ecn)
		sea_nl_put_u32(out, TCA_NETEM_ECN, 1);
	put_loss(out, how);
	put_slots(out, how);
	sea_nl_put_u64(out, TCA_NETEM_SEED, how->seed);
	sea_nl_nest_end(out, nest);
}
