/* SPDX-License-Identifier: Apache-2.0 */
/* TCA_OPTIONS and counters of each kind of queue, as tc(8) says and shows them. */
#include <errno.h>
#include <string.h>

#include "core/minmax.h"
#include "ip/rtnl/qdisc.h"

/* Of Linux 6.18: more than some headers know of. */
#define TCA_FQ_LAST 18

/* -- pfifo, bfifo -- */

static int read_fifo(struct sea_nl_req *req, const struct sea_nl_attr *a,
		     struct sea_qdisc_config *config)
{
	struct tc_fifo_qopt opt;

	(void)req;
	if (a->len < sizeof(opt))
		return -EINVAL;
	memcpy(&opt, a->value, sizeof(opt));
	config->given |= SEA_QDISC_LIMIT;
	config->limit = opt.limit;
	return 0;
}

static void put_fifo(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	const struct tc_fifo_qopt opt = { .limit = info->config.limit };

	sea_nl_put(out, TCA_OPTIONS, &opt, sizeof(opt));
}

/* -- pfifo_fast -- */

/* It has none; what is said to a new one is not looked at (as on Linux). */
static int read_nothing(struct sea_nl_req *req, const struct sea_nl_attr *a,
			struct sea_qdisc_config *config)
{
	(void)req;
	(void)a;
	(void)config;
	return 0;
}

static void put_pfifo_fast(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	static const struct tc_prio_qopt opt = {
		.bands = 3, .priomap = { 1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1 }
	};

	(void)info;
	sea_nl_put(out, TCA_OPTIONS, &opt, sizeof(opt));
}

/* -- prio -- */

static int read_prio(struct sea_nl_req *req, const struct sea_nl_attr *a,
		     struct sea_qdisc_config *config)
{
	struct tc_prio_qopt opt;

	(void)req;
	if (a->len < sizeof(opt))
		return -EINVAL;
	memcpy(&opt, a->value, sizeof(opt));
	config->given = SEA_QDISC_BANDS | SEA_QDISC_PRIOMAP;
	config->bands = (uint32_t)opt.bands;
	memcpy(config->priomap, opt.priomap, sizeof(config->priomap));
	return 0;
}

static void put_prio(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	struct tc_prio_qopt opt = { .bands = (int)info->config.bands };

	memcpy(opt.priomap, info->config.priomap, sizeof(opt.priomap));
	sea_nl_put(out, TCA_OPTIONS, &opt, sizeof(opt));
}

/* -- tbf -- */

#define TICK_SHIFT 6 /* Linux's PSCHED_SHIFT: tc's unit of time in nanoseconds */
#define NUMBER                     \
	{                          \
		.type = SEA_NL_U32 \
	}
#define LARGE_NUMBER               \
	{                          \
		.type = SEA_NL_U64 \
	}

static const struct sea_nl_policy tbf_policy[TCA_TBF_MAX + 1] = {
	[TCA_TBF_PARMS] = { .type = SEA_NL_ANY, .len = sizeof(struct tc_tbf_qopt) },
	[TCA_TBF_RTAB] = SEA_NL_AT_MOST(TC_RTAB_SIZE),
	[TCA_TBF_PTAB] = SEA_NL_AT_MOST(TC_RTAB_SIZE),
	[TCA_TBF_RATE64] = LARGE_NUMBER,
	[TCA_TBF_PRATE64] = LARGE_NUMBER,
	[TCA_TBF_BURST] = NUMBER,
	[TCA_TBF_PBURST] = NUMBER,
};

static uint64_t rate_of(const struct tc_ratespec *spec, const struct sea_nl_attr *wide)
{
	uint64_t rate = wide->value ? sea_nl_u64(wide) : 0;

	return rate > spec->rate ? rate : spec->rate;
}

/* By what a burst is in bytes, or else in ticks. */
static int64_t burst_of(uint64_t rate, const struct sea_nl_attr *bytes, uint32_t ticks)
{
	if (!bytes->value)
		return (int64_t)ticks << TICK_SHIFT;
	return rate ? (int64_t)(sea_nl_u32(bytes) * (uint64_t)SEA_SEC / rate) : 0;
}

/* Nothing is added to a packet's length, nor is it cut into cells. */
static bool is_plain(const struct tc_ratespec *spec)
{
	return !spec->overhead && !spec->mpu &&
	       (spec->linklayer & TC_LINKLAYER_MASK) <= TC_LINKLAYER_ETHERNET;
}

static void take_tbf(struct sea_qdisc_config *config, const struct tc_tbf_qopt *opt,
		     const struct sea_nl_attr *tb)
{
	config->given = SEA_QDISC_LIMIT | SEA_QDISC_RATE | SEA_QDISC_PEAK_RATE |
			SEA_QDISC_BURST_TIME | SEA_QDISC_PEAK_BURST_TIME;
	config->limit = opt->limit;
	config->linklayer = opt->rate.linklayer & TC_LINKLAYER_MASK;
	config->rate = rate_of(&opt->rate, &tb[TCA_TBF_RATE64]);
	config->burst_ns = burst_of(config->rate, &tb[TCA_TBF_BURST], opt->buffer);
	config->peak_rate = 0;
	if (opt->peakrate.rate)
		config->peak_rate = rate_of(&opt->peakrate, &tb[TCA_TBF_PRATE64]);
	config->peak_burst_ns = burst_of(config->peak_rate, &tb[TCA_TBF_PBURST], opt->mtu);
}

/* What is wrong is not said (as on Linux). */
static int read_tbf(struct sea_nl_req *req, const struct sea_nl_attr *a,
		    struct sea_qdisc_config *config)
{
	struct sea_nl_extack unheard = { .begin = req->extack->begin };
	struct sea_nl_attr tb[TCA_TBF_MAX + 1];
	struct tc_tbf_qopt opt;
	int err = sea_nl_parse_nest(tb, TCA_TBF_MAX, a, tbf_policy, SEA_NL_LIBERAL, &unheard);

	if (err)
		return err;
	if (!tb[TCA_TBF_PARMS].value)
		return -EINVAL;
	memcpy(&opt, tb[TCA_TBF_PARMS].value, sizeof(opt));
	if (!is_plain(&opt.rate) || !is_plain(&opt.peakrate))
		return -EOPNOTSUPP;
	take_tbf(config, &opt, tb);
	return 0;
}

static uint32_t narrow(uint64_t v)
{
	return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static void put_tbf(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	const struct sea_qdisc_config *c = &info->config;
	uint32_t nest = sea_nl_nest(out, TCA_OPTIONS);
	struct tc_tbf_qopt opt;

	memset(&opt, 0, sizeof(opt));
	opt.limit = c->limit;
	opt.rate.linklayer = c->linklayer;
	opt.rate.rate = narrow(c->rate);
	opt.peakrate.linklayer = c->peak_rate ? c->linklayer : 0;
	opt.peakrate.rate = narrow(c->peak_rate);
	opt.buffer = (uint32_t)(c->burst_ns >> TICK_SHIFT);
	opt.mtu = (uint32_t)(c->peak_burst_ns >> TICK_SHIFT);
	sea_nl_put(out, TCA_TBF_PARMS, &opt, sizeof(opt));
	if (c->rate > UINT32_MAX)
		sea_nl_put_u64(out, TCA_TBF_RATE64, c->rate);
	if (c->peak_rate > UINT32_MAX)
		sea_nl_put_u64(out, TCA_TBF_PRATE64, c->peak_rate);
	sea_nl_nest_end(out, nest);
}

/* -- fq -- */

static const struct sea_nl_policy fq_policy[TCA_FQ_LAST + 1] = {
	[TCA_FQ_PLIMIT] = NUMBER,
	[TCA_FQ_FLOW_PLIMIT] = NUMBER,
	[TCA_FQ_QUANTUM] = NUMBER,
	[TCA_FQ_INITIAL_QUANTUM] = NUMBER,
	[TCA_FQ_RATE_ENABLE] = NUMBER,
	[TCA_FQ_FLOW_DEFAULT_RATE] = NUMBER,
	[TCA_FQ_FLOW_MAX_RATE] = NUMBER,
	[TCA_FQ_BUCKETS_LOG] = NUMBER,
	[TCA_FQ_FLOW_REFILL_DELAY] = NUMBER,
	[TCA_FQ_ORPHAN_MASK] = NUMBER,
	[TCA_FQ_LOW_RATE_THRESHOLD] = NUMBER,
	[TCA_FQ_CE_THRESHOLD] = NUMBER,
	[TCA_FQ_TIMER_SLACK] = NUMBER,
	[TCA_FQ_HORIZON] = NUMBER,
	[TCA_FQ_HORIZON_DROP] = { .type = SEA_NL_U8 },
};

/* Ours has no buckets, no marking, no bands, no slack: who asks for them shall know. */
static bool fq_has(unsigned type)
{
	switch (type) {
	case TCA_FQ_BUCKETS_LOG:
	case TCA_FQ_ORPHAN_MASK:
	case TCA_FQ_CE_THRESHOLD:
	case TCA_FQ_TIMER_SLACK:
		return false;
	default:
		return type <= TCA_FQ_HORIZON_DROP;
	}
}

static void take_u32(struct sea_qdisc_config *config, const struct sea_nl_attr *a, uint32_t bit,
		     uint32_t *to)
{
	if (!a->value)
		return;
	config->given |= bit;
	*to = sea_nl_u32(a);
}

static void take_usec(struct sea_qdisc_config *config, const struct sea_nl_attr *a, uint32_t bit,
		      int64_t *to)
{
	if (!a->value)
		return;
	config->given |= bit;
	*to = (int64_t)sea_nl_u32(a) * SEA_USEC;
}

static void take_rate(struct sea_qdisc_config *config, const struct sea_nl_attr *a, uint32_t bit,
		      uint64_t *to)
{
	if (!a->value)
		return;
	config->given |= bit;
	*to = sea_nl_u32(a) == UINT32_MAX ? UINT64_MAX : sea_nl_u32(a);
}

static int take_flags(struct sea_qdisc_config *config, const struct sea_nl_attr *tb)
{
	if (tb[TCA_FQ_RATE_ENABLE].value) {
		if (sea_nl_u32(&tb[TCA_FQ_RATE_ENABLE]) > 1)
			return -EINVAL;
		config->given &= ~SEA_QDISC_NO_PACING;
		if (!sea_nl_u32(&tb[TCA_FQ_RATE_ENABLE]))
			config->given |= SEA_QDISC_NO_PACING;
	}
	if (tb[TCA_FQ_HORIZON_DROP].value) {
		config->given &= ~SEA_QDISC_HORIZON_CAP;
		if (!sea_nl_u8(&tb[TCA_FQ_HORIZON_DROP]))
			config->given |= SEA_QDISC_HORIZON_CAP;
	}
	return 0;
}

static int read_fq(struct sea_nl_req *req, const struct sea_nl_attr *a,
		   struct sea_qdisc_config *config)
{
	struct sea_nl_attr tb[TCA_FQ_LAST + 1];
	int err = sea_nl_parse_nest(tb, TCA_FQ_LAST, a, fq_policy, SEA_NL_LIBERAL, req->extack);

	for (unsigned i = 0; !err && i <= TCA_FQ_LAST; i++)
		if (tb[i].value && !fq_has(i))
			err = -EOPNOTSUPP;
	if (err)
		return err;
	take_u32(config, &tb[TCA_FQ_PLIMIT], SEA_QDISC_LIMIT, &config->limit);
	take_u32(config, &tb[TCA_FQ_FLOW_PLIMIT], SEA_QDISC_FLOW_LIMIT, &config->flow_limit);
	take_u32(config, &tb[TCA_FQ_QUANTUM], SEA_QDISC_QUANTUM, &config->quantum);
	take_u32(config, &tb[TCA_FQ_INITIAL_QUANTUM], SEA_QDISC_INITIAL_QUANTUM,
		 &config->initial_quantum);
	take_rate(config, &tb[TCA_FQ_FLOW_MAX_RATE], SEA_QDISC_MAX_RATE, &config->max_rate);
	take_rate(config, &tb[TCA_FQ_LOW_RATE_THRESHOLD], SEA_QDISC_LOW_RATE, &config->low_rate);
	take_usec(config, &tb[TCA_FQ_FLOW_REFILL_DELAY], SEA_QDISC_REFILL_DELAY,
		  &config->refill_delay_ns);
	take_usec(config, &tb[TCA_FQ_HORIZON], SEA_QDISC_HORIZON, &config->horizon_ns);
	if (config->given & SEA_QDISC_QUANTUM && (!config->quantum || config->quantum > 1u << 20))
		return sea_nl_complain(req->extack, -EINVAL, "sch_fq: invalid quantum");
	return take_flags(config, tb);
}

static uint32_t usec_of(int64_t ns)
{
	return narrow((uint64_t)(ns / SEA_USEC));
}

static void put_fq(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	const struct sea_qdisc_config *c = &info->config;
	uint32_t nest = sea_nl_nest(out, TCA_OPTIONS);

	sea_nl_put_u32(out, TCA_FQ_PLIMIT, c->limit);
	sea_nl_put_u32(out, TCA_FQ_FLOW_PLIMIT, c->flow_limit);
	sea_nl_put_u32(out, TCA_FQ_QUANTUM, c->quantum);
	sea_nl_put_u32(out, TCA_FQ_INITIAL_QUANTUM, c->initial_quantum);
	sea_nl_put_u32(out, TCA_FQ_RATE_ENABLE, !(c->given & SEA_QDISC_NO_PACING));
	sea_nl_put_u32(out, TCA_FQ_FLOW_MAX_RATE, narrow(c->max_rate));
	sea_nl_put_u32(out, TCA_FQ_FLOW_REFILL_DELAY, usec_of(c->refill_delay_ns));
	sea_nl_put_u32(out, TCA_FQ_LOW_RATE_THRESHOLD, narrow(c->low_rate));
	sea_nl_put_u32(out, TCA_FQ_HORIZON, usec_of(c->horizon_ns));
	sea_nl_put_u8(out, TCA_FQ_HORIZON_DROP, !(c->given & SEA_QDISC_HORIZON_CAP));
	sea_nl_nest_end(out, nest);
}

static void put_fq_counts(struct sea_nl_out *out, uint16_t type, const struct sea_qdisc_info *info)
{
	struct tc_fq_qd_stats counts;

	memset(&counts, 0, sizeof(counts));
	counts.flows = info->flows;
	counts.inactive_flows = info->flows_inactive;
	counts.throttled_flows = info->flows_throttled;
	counts.flows_plimit = info->flow_drops;
	counts.horizon_drops = info->horizon_drops;
	sea_nl_put(out, type, &counts, sizeof(counts));
}

/* -- fq_codel -- */

static const struct sea_nl_policy fq_codel_policy[TCA_FQ_CODEL_MAX + 1] = {
	[TCA_FQ_CODEL_TARGET] = NUMBER,
	[TCA_FQ_CODEL_LIMIT] = NUMBER,
	[TCA_FQ_CODEL_INTERVAL] = NUMBER,
	[TCA_FQ_CODEL_ECN] = NUMBER,
	[TCA_FQ_CODEL_FLOWS] = NUMBER,
	[TCA_FQ_CODEL_QUANTUM] = NUMBER,
	[TCA_FQ_CODEL_CE_THRESHOLD] = NUMBER,
	[TCA_FQ_CODEL_DROP_BATCH_SIZE] = NUMBER,
	[TCA_FQ_CODEL_MEMORY_LIMIT] = NUMBER,
	[TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR] = { .type = SEA_NL_U8 },
	[TCA_FQ_CODEL_CE_THRESHOLD_MASK] = { .type = SEA_NL_U8 },
};

static void take_selector(struct sea_qdisc_config *config, const struct sea_nl_attr *a, uint8_t *to)
{
	if (!a->value)
		return;
	if (!(config->given & SEA_QDISC_CE_SELECTOR))
		config->ce_selector = config->ce_mask = 0;
	config->given |= SEA_QDISC_CE_SELECTOR;
	*to = sea_nl_u8(a);
}

static void take_fq_codel(struct sea_qdisc_config *config, const struct sea_nl_attr *tb)
{
	take_usec(config, &tb[TCA_FQ_CODEL_TARGET], SEA_QDISC_TARGET, &config->target_ns);
	take_usec(config, &tb[TCA_FQ_CODEL_INTERVAL], SEA_QDISC_INTERVAL, &config->interval_ns);
	take_usec(config, &tb[TCA_FQ_CODEL_CE_THRESHOLD], SEA_QDISC_CE_THRESHOLD,
		  &config->ce_threshold_ns);
	take_u32(config, &tb[TCA_FQ_CODEL_LIMIT], SEA_QDISC_LIMIT, &config->limit);
	take_u32(config, &tb[TCA_FQ_CODEL_FLOWS], SEA_QDISC_FLOWS, &config->flows);
	take_u32(config, &tb[TCA_FQ_CODEL_QUANTUM], SEA_QDISC_QUANTUM, &config->quantum);
	take_u32(config, &tb[TCA_FQ_CODEL_DROP_BATCH_SIZE], SEA_QDISC_DROP_BATCH,
		 &config->drop_batch);
	take_u32(config, &tb[TCA_FQ_CODEL_MEMORY_LIMIT], SEA_QDISC_MEMORY_LIMIT,
		 &config->memory_limit);
	take_selector(config, &tb[TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR], &config->ce_selector);
	take_selector(config, &tb[TCA_FQ_CODEL_CE_THRESHOLD_MASK], &config->ce_mask);
	if (tb[TCA_FQ_CODEL_ECN].value) {
		config->given &= ~SEA_QDISC_NO_ECN;
		if (!sea_nl_u32(&tb[TCA_FQ_CODEL_ECN]))
			config->given |= SEA_QDISC_NO_ECN;
	}
}

/* How many flows there are is said once: to a queue that has options already it cannot be said. */
static int read_fq_codel(struct sea_nl_req *req, const struct sea_nl_attr *a,
			 struct sea_qdisc_config *config)
{
	const struct sea_nl_attr *quantum, *flows;
	struct sea_nl_attr tb[TCA_FQ_CODEL_MAX + 1];
	int err = sea_nl_parse_nest(tb, TCA_FQ_CODEL_MAX, a, fq_codel_policy, SEA_NL_LIBERAL,
				    req->extack);

	if (err)
		return err;
	flows = &tb[TCA_FQ_CODEL_FLOWS];
	if (flows->value &&
	    (config->given & SEA_QDISC_FLOWS || !sea_nl_u32(flows) || sea_nl_u32(flows) > 65536))
		return -EINVAL;
	quantum = &tb[TCA_FQ_CODEL_QUANTUM];
	if (quantum->value && sea_nl_u32(quantum) > FQ_CODEL_QUANTUM_MAX)
		return sea_nl_complain(req->extack, -EINVAL, "Invalid quantum");
	take_fq_codel(config, tb);
	return 0;
}

static void put_fq_codel(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	const struct sea_qdisc_config *c = &info->config;
	uint32_t nest = sea_nl_nest(out, TCA_OPTIONS);

	sea_nl_put_u32(out, TCA_FQ_CODEL_TARGET, usec_of(c->target_ns));
	sea_nl_put_u32(out, TCA_FQ_CODEL_LIMIT, c->limit);
	sea_nl_put_u32(out, TCA_FQ_CODEL_INTERVAL, usec_of(c->interval_ns));
	sea_nl_put_u32(out, TCA_FQ_CODEL_ECN, !(c->given & SEA_QDISC_NO_ECN));
	sea_nl_put_u32(out, TCA_FQ_CODEL_QUANTUM, c->quantum);
	sea_nl_put_u32(out, TCA_FQ_CODEL_DROP_BATCH_SIZE, c->drop_batch);
	sea_nl_put_u32(out, TCA_FQ_CODEL_MEMORY_LIMIT, c->memory_limit);
	sea_nl_put_u32(out, TCA_FQ_CODEL_FLOWS, c->flows);
	if (c->given & SEA_QDISC_CE_THRESHOLD) {
		sea_nl_put_u32(out, TCA_FQ_CODEL_CE_THRESHOLD, usec_of(c->ce_threshold_ns));
		sea_nl_put_u8(out, TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR, c->ce_selector);
		sea_nl_put_u8(out, TCA_FQ_CODEL_CE_THRESHOLD_MASK, c->ce_mask);
	}
	sea_nl_nest_end(out, nest);
}

static void put_fq_codel_counts(struct sea_nl_out *out, uint16_t type,
				const struct sea_qdisc_info *info)
{
	const struct sea_qdisc_codel *c = &info->codel;
	struct tc_fq_codel_xstats counts;

	memset(&counts, 0, sizeof(counts));
	counts.type = TCA_FQ_CODEL_XSTATS_QDISC;
	counts.qdisc_stats = (struct tc_fq_codel_qd_stats){
		.maxpacket = c->max_packet,
		.drop_overlimit = (uint32_t)c->overlimit_drops,
		.ecn_mark = (uint32_t)c->ecn_marks,
		.new_flow_count = (uint32_t)c->new_flow_count,
		.new_flows_len = c->new_flows,
		.old_flows_len = c->old_flows,
		.ce_mark = (uint32_t)c->ce_marks,
		.memory_usage = narrow(c->memory),
		.drop_overmemory = (uint32_t)c->overmemory_drops,
	};
	sea_nl_put(out, type, &counts, sizeof(counts));
}

/* -- ingress, clsact: none, which are shown -- */

static void put_none(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	(void)info;
	sea_nl_nest_end(out, sea_nl_nest(out, TCA_OPTIONS));
}

/* -- by kind -- */

static const struct options {
	const char *kind;
	int (*read)(struct sea_nl_req *req, const struct sea_nl_attr *a,
		    struct sea_qdisc_config *config);
	void (*put)(struct sea_nl_out *out,
		    const struct sea_qdisc_info *info); /* NULL: not even that there are none */
	void (*put_counts)(struct sea_nl_out *out, uint16_t type,
			   const struct sea_qdisc_info *info); /* NULL: it has none of its own */
} kinds[] = {
	{ "pfifo", read_fifo, put_fifo, NULL },
	{ "bfifo", read_fifo, put_fifo, NULL },
	{ "pfifo_fast", read_nothing, put_pfifo_fast, NULL },
	{ "prio", read_prio, put_prio, NULL },
	{ "tbf", read_tbf, put_tbf, NULL },
	{ "fq", read_fq, put_fq, put_fq_counts },
	{ "fq_codel", read_fq_codel, put_fq_codel, put_fq_codel_counts },
	{ "netem", sea_rtnl_read_netem, sea_rtnl_put_netem, NULL },
	{ "noqueue", read_nothing, NULL, NULL },
	{ "ingress", read_nothing, put_none, NULL },
	{ "clsact", read_nothing, put_none, NULL },
};

static const struct options *options_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}

int sea_rtnl_read_qdisc_options(struct sea_nl_req *req, const struct sea_nl_attr *a,
				struct sea_qdisc_config *config)
{
	const struct options *options = options_of(config->kind);

	if (!a->value)
		return 0;
	return options ? options->read(req, a, config) : -EOPNOTSUPP;
}

void sea_rtnl_put_qdisc_options(struct sea_nl_out *out, const struct sea_qdisc_info *info)
{
	const struct options *options = options_of(info->config.kind);

	if (options && options->put)
		options->put(out, info);
}

void sea_rtnl_put_qdisc_counts(struct sea_nl_out *out, uint16_t type,
			       const struct sea_qdisc_info *info)
{
	const struct options *options = options_of(info->config.kind);

	if (options && options->put_counts)
		options->put_counts(out, type, info);
}
