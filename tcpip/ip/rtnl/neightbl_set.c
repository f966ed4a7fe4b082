/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_SETNEIGHTBL: bounds of a table of neighbours, and what holds on a link (`ip ntable change`). */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/neigh.h"
#include "ip/neigh_sysctl.h"
#include "ip/rtnl/neigh.h"

#define U32                         \
	{                           \
		.type = SEA_NL_U32, \
	}
#define U64                         \
	{                           \
		.type = SEA_NL_U64, \
	}

static const struct sea_nl_policy param_policy[NDTPA_MAX + 1] = {
	[NDTPA_IFINDEX] = U32,
	[NDTPA_QUEUE_LEN] = U32,
	[NDTPA_QUEUE_LENBYTES] = U32,
	[NDTPA_PROXY_QLEN] = U32,
	[NDTPA_APP_PROBES] = U32,
	[NDTPA_UCAST_PROBES] = U32,
	[NDTPA_MCAST_PROBES] = U32,
	[NDTPA_MCAST_REPROBES] = U32,
	[NDTPA_BASE_REACHABLE_TIME] = U64,
	[NDTPA_GC_STALETIME] = U64,
	[NDTPA_DELAY_PROBE_TIME] = U64,
	[NDTPA_RETRANS_TIME] = U64,
	[NDTPA_ANYCAST_DELAY] = U64,
	[NDTPA_PROXY_DELAY] = U64,
	[NDTPA_LOCKTIME] = U64,
	[NDTPA_INTERVAL_PROBE_TIME_MS] = U64,
};

static const struct sea_nl_policy policy[NDTA_MAX + 1] = {
	[NDTA_NAME] = { .type = SEA_NL_STRING },
	[NDTA_THRESH1] = U32,
	[NDTA_THRESH2] = U32,
	[NDTA_THRESH3] = U32,
	[NDTA_GC_INTERVAL] = U64,
	[NDTA_PARMS] = { .type = SEA_NL_NESTED },
};

/* -- values -- */

/* Where a value of a message is kept, and in which unit, of milliseconds. */
static const struct setting {
	uint16_t type;
	uint16_t unit; /* 0: it is no time */
	uint32_t offset;
} settings[] = {
#define NUMBER(type, field)                                        \
	{                                                          \
		type, 0, offsetof(struct sea_neigh_params, field), \
	}
#define TIME(type, unit, field)                                       \
	{                                                             \
		type, unit, offsetof(struct sea_neigh_params, field), \
	}
	NUMBER(NDTPA_QUEUE_LENBYTES, unres_qlen_bytes),
	NUMBER(NDTPA_PROXY_QLEN, proxy_qlen),
	NUMBER(NDTPA_APP_PROBES, app_solicit),
	NUMBER(NDTPA_UCAST_PROBES, ucast_solicit),
	NUMBER(NDTPA_MCAST_PROBES, mcast_solicit),
	NUMBER(NDTPA_MCAST_REPROBES, mcast_resolicit),
	TIME(NDTPA_BASE_REACHABLE_TIME, 1, base_reachable_time_ms),
	TIME(NDTPA_GC_STALETIME, 1000, gc_stale_time),
	TIME(NDTPA_DELAY_PROBE_TIME, 1000, delay_first_probe_time),
	TIME(NDTPA_RETRANS_TIME, 1, retrans_time_ms),
	TIME(NDTPA_ANYCAST_DELAY, 10, anycast_delay),
	TIME(NDTPA_PROXY_DELAY, 10, proxy_delay),
	TIME(NDTPA_LOCKTIME, 10, locktime),
	TIME(NDTPA_INTERVAL_PROBE_TIME_MS, 1, interval_probe_time_ms),
};

/* In whole units: of a part of one, the whole; of too many, the most that there may be. */
static int32_t in_units(uint64_t ms, unsigned unit)
{
	uint64_t whole = ms / unit + (ms % unit != 0);

	return whole > INT_MAX ? INT_MAX : (int32_t)whole;
}

static int32_t value_of(const struct sea_nl_attr *attr, const struct setting *s)
{
	if (s->unit)
		return in_units(sea_nl_u64(attr), s->unit);
	return in_units(sea_nl_u32(attr), 1);
}

static void set_params(struct sea_neigh_table *t, struct sea_neigh_params *p,
		       const struct sea_nl_attr *tb)
{
	if (tb[NDTPA_QUEUE_LEN].value)
		p->unres_qlen_bytes =
			in_units((uint64_t)sea_nl_u32(&tb[NDTPA_QUEUE_LEN]) * SEA_NEIGH_FRAME, 1);
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const int32_t value = tb[settings[i].type].value
					      ? value_of(&tb[settings[i].type], &settings[i])
					      : 0;

		if (tb[settings[i].type].value)
			memcpy((uint8_t *)p + settings[i].offset, &value, sizeof(value));
	}
	sea_neigh_params_follow(p, t->ops->family);
	if (tb[NDTPA_BASE_REACHABLE_TIME].value)
		sea_neigh_params_draw(p, t->stack);
}

/* -- requests -- */

static int change_params(struct sea_nl_req *req, struct sea_neigh_table *t,
			 const struct sea_nl_attr *nest)
{
	struct sea_nl_attr tb[NDTPA_MAX + 1];
	struct sea_neigh_params *p = &t->params;
	int err = sea_nl_parse_nest(tb, NDTPA_MAX, nest, param_policy, SEA_NL_LIBERAL, req->extack);

	if (err)
		return err;
	if (tb[NDTPA_IFINDEX].value && sea_nl_u32(&tb[NDTPA_IFINDEX])) {
		const struct sea_link *link =
			sea_link_by_index(req->stack, (int)sea_nl_u32(&tb[NDTPA_IFINDEX]));

		if (!link)
			return -ENOENT;
		p = t->ops->params(link);
	}
	set_params(t, p, tb);
	return 0;
}

static void change_bounds(struct sea_neigh_gc *gc, const struct sea_nl_attr *tb)
{
	if (tb[NDTA_THRESH1].value)
		gc->thresh1 = in_units(sea_nl_u32(&tb[NDTA_THRESH1]), 1);
	if (tb[NDTA_THRESH2].value)
		gc->thresh2 = in_units(sea_nl_u32(&tb[NDTA_THRESH2]), 1);
	if (tb[NDTA_THRESH3].value)
		gc->thresh3 = in_units(sea_nl_u32(&tb[NDTA_THRESH3]), 1);
	if (tb[NDTA_GC_INTERVAL].value)
		gc->interval = in_units(sea_nl_u64(&tb[NDTA_GC_INTERVAL]), 1000);
}

static struct sea_neigh_table *find_table(const struct sea_stack *stack, uint8_t family,
					  const struct sea_nl_attr *name)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	char text[16];

	if (sea_nl_text(name, text, sizeof(text)) >= sizeof(text))
		return NULL;
	for (unsigned i = 0; i < sizeof(families); i++)
		if ((!family || family == families[i]) &&
		    !strcmp(text, sea_rtnl_neightbl_name(families[i])))
			return sea_rtnl_neighs_of(stack, families[i]);
	return NULL;
}

int sea_rtnl_set_neightbl(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[NDTA_MAX + 1];
	struct sea_neigh_table *t;
	struct ndtmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, NDTA_MAX, policy, SEA_NL_LIBERAL);

	if (err)
		return err;
	if (!tb[NDTA_NAME].value)
		return -EINVAL;
	t = find_table(req->stack, hdr.ndtm_family, &tb[NDTA_NAME]);
	if (!t)
		return -ENOENT;
	if (tb[NDTA_PARMS].value)
		err = change_params(req, t, &tb[NDTA_PARMS]);
	if (!err)
		change_bounds(&t->gc, tb);
	return err;
}
