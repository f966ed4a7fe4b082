/* SPDX-License-Identifier: Apache-2.0 */
/* TCA_OPTIONS of matchall, and of its action, a gact: read and shown. no-oracle: no kernel here has either. */
#include <errno.h>
#include <string.h>

#include <linux/gen_stats.h>
#include <linux/pkt_cls.h>
#include <linux/tc_act/tc_gact.h>

#include "core/stack.h"
#include "ip/rtnl/filter.h"

#define TCA_STATS_HW 7 /* TCA_STATS_BASIC_HW: more than some headers know of */
#define KIND_MAX 16

/* -- read -- */

static int refuse(struct sea_nl_req *req, int err, const char *msg)
{
	return sea_nl_complain(req->extack, err, msg);
}

static const struct sea_nl_policy gact_policy[TCA_GACT_MAX + 1] = {
	[TCA_GACT_PARMS] = { .type = SEA_NL_ANY, .len = sizeof(struct tc_gact) },
	[TCA_GACT_PROB] = { .type = SEA_NL_ANY, .len = sizeof(struct tc_gact_p) },
};

/* Those that need nothing else. */
static int check_verdict(struct sea_nl_req *req, int32_t verdict)
{
	switch (verdict) {
	case TC_ACT_UNSPEC:
	case TC_ACT_OK:
	case TC_ACT_SHOT:
	case TC_ACT_PIPE:
	case TC_ACT_STOLEN:
		return 0;
	default:
		return verdict > TC_ACT_VALUE_MAX && !(verdict & ~TC_ACT_EXT_VAL_MASK)
			       ? refuse(req, -EINVAL, "invalid control action")
			       : -EOPNOTSUPP;
	}
}

static int read_gact(struct sea_nl_req *req, const struct sea_nl_attr *a, struct sea_filter *f)
{
	struct sea_nl_attr tb[TCA_GACT_MAX + 1];
	struct tc_gact opt;
	int err;

	if (!a->value)
		return -EINVAL;
	err = sea_nl_parse(tb, TCA_GACT_MAX, a->value, a->len, gact_policy, SEA_NL_LIBERAL,
			   req->extack);
	if (err)
		return err;
	if (!tb[TCA_GACT_PARMS].value)
		return -EINVAL;
	if (tb[TCA_GACT_PROB].value)
		return -EOPNOTSUPP;
	memcpy(&opt, tb[TCA_GACT_PARMS].value, sizeof(opt));
	if (opt.index && sea_filter_has_index(req->stack, opt.index))
		return refuse(req, -EOPNOTSUPP, "Actions are not shared by filters");
	f->acts = true;
	f->action.index = opt.index ? opt.index : sea_filter_free_index(req->stack);
	f->action.verdict = opt.action;
	return check_verdict(req, opt.action);
}

/* What else might be said of one is nothing that ours would know what to do with. */
static int check_action(struct sea_nl_req *req, const struct sea_nl_attr *tb)
{
	char kind[KIND_MAX + 1];

	if (!tb[TCA_ACT_KIND].value)
		return refuse(req, -EINVAL, "TC action kind must be specified");
	if (sea_nl_text(&tb[TCA_ACT_KIND], kind, sizeof(kind)) >= KIND_MAX)
		return refuse(req, -EINVAL, "TC action name too long");
	if (strcmp(kind, "gact") != 0)
		return refuse(req, -ENOENT, "Failed to load TC action module");
	for (unsigned i = TCA_ACT_INDEX; i < TCA_ACT_MAX; i++)
		if (tb[i].value && i != TCA_ACT_PAD)
			return -EOPNOTSUPP;
	return 0;
}

static int read_action(struct sea_nl_req *req, const struct sea_nl_attr *a, struct sea_filter *f)
{
	static const struct sea_nl_policy policy[TCA_ACT_MAX] = {
		[TCA_ACT_KIND] = { .type = SEA_NL_STRING },
		[TCA_ACT_OPTIONS] = { .type = SEA_NL_NESTED },
	};
	struct sea_nl_attr tb[TCA_ACT_MAX];
	int err = sea_nl_parse(tb, TCA_ACT_MAX - 1, a->value, a->len, policy, SEA_NL_LIBERAL,
			       req->extack);

	if (!err)
		err = check_action(req, tb);
	return err ? err : read_gact(req, &tb[TCA_ACT_OPTIONS], f);
}

static int read_actions(struct sea_nl_req *req, const struct sea_nl_attr *nest,
			struct sea_filter *f)
{
	struct sea_nl_attr a;
	uint32_t at = 0;
	int err = 0;

	if (!nest->value)
		return 0;
	while (!err && sea_nl_next(nest->value, nest->len, &at, &a)) {
		if (f->acts)
			return refuse(req, -EOPNOTSUPP, "A filter has one action");
		err = read_action(req, &a, f);
	}
	return err;
}

/* No hardware filters: to be in it alone cannot be asked for. */
static int read_flags(const struct sea_nl_attr *a, struct sea_filter *f)
{
	uint32_t flags = a->value ? sea_nl_u32(a) : 0;

	if (flags & ~(uint32_t)(TCA_CLS_FLAGS_SKIP_HW | TCA_CLS_FLAGS_SKIP_SW))
		return -EINVAL;
	if (flags & TCA_CLS_FLAGS_SKIP_SW)
		return flags & TCA_CLS_FLAGS_SKIP_HW ? -EINVAL : -EOPNOTSUPP;
	f->flags = flags | TCA_CLS_FLAGS_NOT_IN_HW;
	return 0;
}

int sea_rtnl_read_matchall(struct sea_nl_req *req, const struct sea_nl_attr *a,
			   struct sea_filter *f)
{
	static const struct sea_nl_policy policy[TCA_MATCHALL_MAX + 1] = {
		[TCA_MATCHALL_CLASSID] = { .type = SEA_NL_U32 },
		[TCA_MATCHALL_FLAGS] = { .type = SEA_NL_U32 },
	};
	struct sea_nl_attr tb[TCA_MATCHALL_MAX + 1];
	int err;

	if (!a->value)
		return -EINVAL;
	err = sea_nl_parse(tb, TCA_MATCHALL_MAX, a->value, a->len, policy, SEA_NL_LIBERAL,
			   req->extack);
	if (!err)
		err = read_flags(&tb[TCA_MATCHALL_FLAGS], f);
	if (err)
		return err;
	if (tb[TCA_MATCHALL_CLASSID].value)
		f->classid = sea_nl_u32(&tb[TCA_MATCHALL_CLASSID]);
	return read_actions(req, &tb[TCA_MATCHALL_ACT], f);
}

/* -- put -- */

static void put_action_stats(struct sea_nl_out *out, const struct sea_filter_action *a)
{
	const struct gnet_stats_queue queue = { .drops = (uint32_t)a->dropped };
	uint32_t nest = sea_nl_nest(out, TCA_ACT_STATS), packets = (uint32_t)a->packets;
	uint8_t basic[16] = { 0 };

	memcpy(basic, &a->bytes, sizeof(a->bytes));
	memcpy(basic + sizeof(a->bytes), &packets, sizeof(packets));
	sea_nl_put(out, TCA_STATS_BASIC, basic, sizeof(basic));
	if (a->packets > UINT32_MAX)
		sea_nl_put_u64(out, TCA_STATS_PKT64, a->packets);
	memset(basic, 0, sizeof(basic));
	sea_nl_put(out, TCA_STATS_HW, basic, sizeof(basic));
	sea_nl_put(out, TCA_STATS_QUEUE, &queue, sizeof(queue));
	sea_nl_nest_end(out, nest);
}

/* Hundredths of a second ago. */
static uint64_t since(sea_time then, sea_time now)
{
	return (uint64_t)(sea_time_diff(now, then) / (SEA_SEC / 100));
}

static void put_gact(struct sea_nl_out *out, const struct sea_filter_action *a, sea_time now)
{
	const struct tc_gact opt = {
		.index = a->index, .action = a->verdict, .refcnt = 1, .bindcnt = 1
	};
	const struct tcf_t tm = { .install = since(a->made, now),
				  .lastuse = since(a->packets ? a->used : a->made, now),
				  .firstuse = a->packets ? since(a->first, now) : 0 };
	uint32_t nest = sea_nl_nest(out, TCA_ACT_OPTIONS);

	sea_nl_put(out, TCA_GACT_PARMS, &opt, sizeof(opt));
	sea_nl_put(out, TCA_GACT_TM, &tm, sizeof(tm));
	sea_nl_nest_end(out, nest);
}

static void put_action(struct sea_nl_out *out, const struct sea_filter_action *a, sea_time now)
{
	uint32_t all = sea_nl_nest(out, TCA_MATCHALL_ACT), nest = sea_nl_nest(out, 1);

	sea_nl_put_text(out, TCA_ACT_KIND, "gact");
	put_action_stats(out, a);
	sea_nl_put_u32(out, TCA_ACT_IN_HW_COUNT, 0);
	put_gact(out, a, now);
	sea_nl_nest_end(out, nest);
	sea_nl_nest_end(out, all);
}

void sea_rtnl_put_matchall(struct sea_nl_out *out, const struct sea_filter *f, sea_time now)
{
	const struct tc_matchall_pcnt hits = { .rhit = f->hits };
	uint32_t nest = sea_nl_nest(out, TCA_OPTIONS);

	if (f->classid)
		sea_nl_put_u32(out, TCA_MATCHALL_CLASSID, f->classid);
	sea_nl_put_u32(out, TCA_MATCHALL_FLAGS, f->flags);
	sea_nl_put(out, TCA_MATCHALL_PCNT, &hits, sizeof(hits));
	if (f->acts)
		put_action(out, &f->action, now);
	sea_nl_nest_end(out, nest);
}
