/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWNEXTHOP and RTM_DELNEXTHOP: what is asked, in Linux's order; the table judges the rest and says why. */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/nexthop_res.h"
#include "ip/rtnl/nexthop.h"
#include "ip/rtnl/route.h"

#define MAX SEA_RTNL_NHA_HW_STATS_ENABLE

static const struct sea_nl_policy policy[MAX + 1] = {
	[NHA_ID] = { .type = SEA_NL_U32 },
	[NHA_GROUP] = { .type = SEA_NL_BINARY },
	[NHA_GROUP_TYPE] = { .type = SEA_NL_U16 },
	[NHA_BLACKHOLE] = { .type = SEA_NL_FLAG },
	[NHA_OIF] = { .type = SEA_NL_U32 },
	[NHA_GATEWAY] = { .type = SEA_NL_BINARY },
	[NHA_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[NHA_ENCAP] = { .type = SEA_NL_NESTED },
	[NHA_FDB] = { .type = SEA_NL_FLAG },
	[NHA_RES_GROUP] = { .type = SEA_NL_NESTED },
	[SEA_RTNL_NHA_HW_STATS_ENABLE] = { .type = SEA_NL_U32,
					   .check = SEA_NL_CHECK_MAX,
					   .max = 1 },
};

struct change {
	struct sea_nl_req *req;
	struct nhmsg hdr;
	struct sea_nl_attr tb[MAX + 1];
	struct sea_nexthop nh;
	struct sea_nexthop_member *members; /* `room` of them; NULL: no group */
	uint32_t room;
	bool resilient;
	struct sea_nexthop_res_ask ask;
};

static int refuse(const struct change *c, const char *what)
{
	return sea_nl_complain(c->req->extack, -EINVAL, what);
}

static bool has(const struct change *c, unsigned type)
{
	return c->tb[type].value != NULL;
}

/* -- groups -- */

static struct nexthop_grp member_at(const struct change *c, uint32_t i)
{
	struct nexthop_grp m;

	memcpy(&m, c->tb[NHA_GROUP].value + i * sizeof(m), sizeof(m));
	return m;
}

static int read_member(struct change *c, uint32_t i)
{
	const struct nexthop_grp m = member_at(c, i);
	uint32_t weight = ((uint32_t)m.resvd1 << 8 | m.weight) + 1;

	if (m.resvd2)
		return refuse(c, "Reserved field in nexthop_grp must be 0");
	if (weight > UINT16_MAX)
		return refuse(c, "Invalid weight");
	for (uint32_t k = i + 1; k < c->room; k++)
		if (member_at(c, k).id == m.id)
			return refuse(c, "Nexthop id can not be used twice in a group");
	c->members[i] = (struct sea_nexthop_member){ m.id, weight };
	return 0;
}

/* Beside a group nothing may be said but whether it is of a bridge, and of what kind of group. */
static int check_rest_of_group(const struct change *c)
{
	for (unsigned i = NHA_GROUP_TYPE + 1; i <= MAX; i++)
		if (has(c, i) && i != NHA_FDB && i != SEA_RTNL_NHA_HW_STATS_ENABLE &&
		    !(i == NHA_RES_GROUP && c->resilient))
			return refuse(c, "No other attributes can be set in nexthop groups");
	return 0;
}

static const struct sea_nl_policy res_policy[NHA_RES_GROUP_UNBALANCED_TIMER + 1] = {
	[NHA_RES_GROUP_BUCKETS] = { .type = SEA_NL_U16 },
	[NHA_RES_GROUP_IDLE_TIMER] = { .type = SEA_NL_U32 },
	[NHA_RES_GROUP_UNBALANCED_TIMER] = { .type = SEA_NL_U32 },
};

static int read_resilient(struct change *c)
{
	struct sea_nl_attr tb[NHA_RES_GROUP_UNBALANCED_TIMER + 1];
	struct sea_nexthop_res_ask *ask = &c->ask;
	int err;

	if (!has(c, NHA_RES_GROUP))
		return 0;
	err = sea_nl_parse_nest(tb, NHA_RES_GROUP_UNBALANCED_TIMER, &c->tb[NHA_RES_GROUP],
				res_policy, SEA_NL_STRICT, c->req->extack);
	if (err)
		return err;
	ask->has_buckets = tb[NHA_RES_GROUP_BUCKETS].value;
	ask->has_idle = tb[NHA_RES_GROUP_IDLE_TIMER].value;
	ask->has_unbalanced = tb[NHA_RES_GROUP_UNBALANCED_TIMER].value;
	if (ask->has_buckets)
		ask->buckets = sea_nl_u16(&tb[NHA_RES_GROUP_BUCKETS]);
	if (ask->has_buckets && !ask->buckets)
		return refuse(c, "Number of buckets needs to be non-0");
	if (ask->has_idle)
		ask->idle_timer = sea_nl_u32(&tb[NHA_RES_GROUP_IDLE_TIMER]);
	if (ask->has_unbalanced)
		ask->unbalanced_timer = sea_nl_u32(&tb[NHA_RES_GROUP_UNBALANCED_TIMER]);
	return 0;
}

static int read_type(struct change *c)
{
	uint16_t type = has(c, NHA_GROUP_TYPE) ? sea_nl_u16(&c->tb[NHA_GROUP_TYPE]) : 0;

	c->resilient = type == NEXTHOP_GRP_TYPE_RES;
	return type > NEXTHOP_GRP_TYPE_RES ? refuse(c, "Invalid group type") : 0;
}

static int read_group(struct change *c)
{
	uint32_t len = c->tb[NHA_GROUP].len;
	int err = 0;

	if (c->hdr.nh_family != AF_UNSPEC)
		return refuse(c, "Invalid family for group");
	err = read_type(c);
	if (err)
		return err;
	if (!len || len % sizeof(struct nexthop_grp))
		return refuse(c, "Invalid length for nexthop group attribute");
	c->room = len / (uint32_t)sizeof(struct nexthop_grp);
	if (c->room > SEA_ROUTE_HOPS_MAX)
		return -EINVAL;
	c->members = sea_pool_alloc(&c->req->stack->shard.pool, c->room * sizeof(*c->members));
	if (!c->members)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < c->room; i++)
		err = read_member(c, i);
	c->nh.flags = 0; /* of no meaning, as on Linux */
	c->nh.members = c->members;
	c->nh.n_members = c->room;
	if (!err)
		err = check_rest_of_group(c);
	return err || !c->resilient ? err : read_resilient(c);
}

/* -- single ones -- */

static int read_gateway(struct change *c)
{
	const struct sea_nl_attr *attr = &c->tb[NHA_GATEWAY];
	static const uint8_t any[16];

	if (!attr->value)
		return c->nh.flags & RTNH_F_ONLINK
			       ? refuse(c,
					"ONLINK flag can not be set for nexthop without a gateway")
			       : 0;
	if (attr->len != (c->hdr.nh_family == AF_INET ? 4 : 16))
		return refuse(c, "Invalid gateway");
	if (!memcmp(attr->value, any, attr->len)) /* none */
		return 0;
	c->nh.gateway.family = c->hdr.nh_family;
	memcpy(c->nh.gateway.b, attr->value, attr->len);
	return 0;
}

static int check_encap(const struct change *c)
{
	if (has(c, NHA_ENCAP) && !has(c, NHA_ENCAP_TYPE))
		return refuse(c, "LWT encapsulation type is missing");
	if (!has(c, NHA_ENCAP) && has(c, NHA_ENCAP_TYPE))
		return refuse(c, "LWT encapsulation attribute is missing");
	return has(c, NHA_ENCAP) ? sea_rtnl_check_encap(c->req->extack, &c->tb[NHA_ENCAP_TYPE]) : 0;
}

static int read_single(struct change *c)
{
	int err;

	if (has(c, NHA_BLACKHOLE)) {
		c->nh.blackhole = true;
		return has(c, NHA_GATEWAY) || has(c, NHA_OIF) || has(c, NHA_ENCAP) ||
				       has(c, NHA_ENCAP_TYPE) || has(c, NHA_FDB)
			       ? refuse(c, "Blackhole attribute can not be used with gateway, oif, "
					   "encap or fdb")
			       : 0;
	}
	if (!c->nh.fdb && !has(c, NHA_OIF))
		return refuse(c,
			      "Device attribute required for non-blackhole and non-fdb nexthops");
	if (has(c, NHA_OIF))
		c->nh.ifindex = (int)sea_nl_u32(&c->tb[NHA_OIF]);
	err = read_gateway(c);
	if (!err)
		err = check_encap(c);
	if (!err && has(c, SEA_RTNL_NHA_HW_STATS_ENABLE))
		err = refuse(c, "Cannot enable nexthop hardware statistics for non-group nexthops");
	return err;
}

/* -- both -- */

static int read_header(struct change *c)
{
	const struct nhmsg *h = &c->hdr;

	if (h->resvd || h->nh_scope)
		return refuse(c, "Invalid values in ancillary header");
	if (h->nh_flags & ~(unsigned)RTNH_F_ONLINK)
		return refuse(c, "Invalid nexthop flags in ancillary header");
	if (h->nh_family != AF_INET && h->nh_family != AF_INET6 &&
	    (h->nh_family != AF_UNSPEC || !has(c, NHA_GROUP)))
		return refuse(c, "Invalid address family");
	c->nh = (struct sea_nexthop){ .size = sizeof(c->nh),
				      .family = h->nh_family,
				      .flags = h->nh_flags,
				      .protocol = h->nh_protocol };
	if (has(c, NHA_ID))
		c->nh.id = sea_nl_u32(&c->tb[NHA_ID]);
	return 0;
}

static int read_fdb(struct change *c)
{
	if (!has(c, NHA_FDB))
		return 0;
	if (has(c, NHA_ENCAP) || has(c, NHA_ENCAP_TYPE) || has(c, NHA_OIF) || has(c, NHA_BLACKHOLE))
		return refuse(c, "Fdb attribute can not be used with encap, oif or blackhole");
	if (c->hdr.nh_flags)
		return refuse(c, "Unsupported nexthop flags in ancillary header");
	c->nh.fdb = true;
	return 0;
}

static int read_all(struct change *c)
{
	int err =
		sea_rtnl_parse(c->req, &c->hdr, sizeof(c->hdr), c->tb, MAX, policy, SEA_NL_STRICT);

	if (!err)
		err = read_header(c);
	if (!err)
		err = read_fdb(c);
	if (err)
		return err;
	return has(c, NHA_GROUP) ? read_group(c) : read_single(c);
}

static int add(struct change *c)
{
	struct sea_nexthops *t = c->req->stack->nexthops;
	int err = sea_nexthops_add_resilient(c->req->stack, &c->nh, c->resilient ? &c->ask : NULL,
					     c->req->hdr.nlmsg_flags);

	if (err && t && t->why)
		sea_nl_complain(c->req->extack, err, t->why);
	return err;
}

int sea_rtnl_new_nexthop(struct sea_nl_req *req)
{
	struct change c = { .req = req };
	int err = read_all(&c);

	if (!err)
		err = add(&c);
	if (c.members)
		sea_pool_free(&req->stack->shard.pool, c.members, c.room * sizeof(*c.members));
	return err;
}

int sea_rtnl_del_nexthop(struct sea_nl_req *req)
{
	static const struct sea_nl_policy of_id[NHA_ID + 1] = { [NHA_ID] = { .type = SEA_NL_U32 } };
	uint32_t id;
	int err = sea_rtnl_nexthop_id(req, of_id, NHA_ID, &id);

	return err ? err : sea_nexthops_del(req->stack, id);
}
