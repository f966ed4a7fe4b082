/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETNEXTHOP: how a nexthop object is shown, one, dumps of all and of some, and RTNLGRP_NEXTHOP's news. */
#include "ip/rtnl/nexthop.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/link.h"
#include "ip/nexthop_res.h"

#define ROOM 128u /* for all but the members of a group */
#define RESP_GRP_RESVD_0 \
	(1u << 31) /* NHA_OP_FLAG_RESP_GRP_RESVD_0: what is reserved of members is 0 */

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_ID, /* behind this one */
	ARG_FAMILY,
	ARG_OIF,
	ARG_MASTER,
	ARG_GROUPS /* only those */
};

/* -- written -- */

struct msg {
	uint32_t port, seq;
	uint16_t type, flags;
};

/* struct nexthop_grp, with the upper half of the weight of Linux 6.12. */
static void put_members(struct sea_nl_out *out, const struct sea_nexthop_obj *obj)
{
	uint32_t len = obj->n_members * (uint32_t)sizeof(struct nexthop_grp);
	uint8_t *at = sea_nl_reserve(out, NHA_GROUP, len);

	for (unsigned i = 0; at && i < obj->n_members; i++, at += sizeof(struct nexthop_grp)) {
		unsigned weight = obj->members[i].weight - 1u;
		const struct nexthop_grp m = { .id = obj->members[i].obj->id,
					       .weight = (uint8_t)weight,
					       .resvd1 = (uint8_t)(weight >> 8) };

		memcpy(at, &m, sizeof(m));
	}
}

static void put_res(struct sea_nl_out *out, const struct sea_nexthop_res *res)
{
	uint32_t nest = sea_nl_nest(out, NHA_RES_GROUP | NLA_F_NESTED);

	sea_nl_put_u16(out, NHA_RES_GROUP_BUCKETS, res->n_buckets);
	sea_nl_put_u32(out, NHA_RES_GROUP_IDLE_TIMER, res->idle_timer);
	sea_nl_put_u32(out, NHA_RES_GROUP_UNBALANCED_TIMER, res->unbalanced_timer);
	sea_nl_put_u64(out, NHA_RES_GROUP_UNBALANCED_TIME, sea_nexthop_res_unbalanced(res));
	sea_nl_nest_end(out, nest);
}

static void put_group(struct sea_nl_out *out, const struct sea_nexthop_obj *obj)
{
	if (obj->fdb)
		sea_nl_put(out, NHA_FDB, NULL, 0);
	sea_nl_put_u16(out, NHA_GROUP_TYPE,
		       obj->res ? NEXTHOP_GRP_TYPE_RES : NEXTHOP_GRP_TYPE_MPATH);
	put_members(out, obj);
	if (obj->res)
		put_res(out, obj->res);
	sea_nl_put_u32(out, SEA_RTNL_NHA_OP_FLAGS, RESP_GRP_RESVD_0);
}

static void put_single(struct sea_nl_out *out, const struct sea_nexthop_obj *obj)
{
	bool v4 = obj->family == AF_INET;

	if (obj->blackhole) {
		sea_nl_put(out, NHA_BLACKHOLE, NULL, 0);
		return;
	}
	if (obj->fdb)
		sea_nl_put(out, NHA_FDB, NULL, 0);
	else
		sea_nl_put_u32(out, NHA_OIF, (uint32_t)obj->way.link->ifindex);
	if (obj->way.has_gateway)
		sea_nl_put(out, NHA_GATEWAY, obj->way.gateway.b, v4 ? 4 : 16);
}

static struct nhmsg header_of(const struct sea_nexthop_obj *obj)
{
	return (struct nhmsg){
		.nh_family = obj->family,
		.nh_scope = obj->scope,
		.nh_protocol = obj->protocol,
		.nh_flags = obj->way.flags & SEA_RTNH_F_ONLINK,
	};
}

/* False: there was no room. */
static bool write_nexthop(struct sea_nl_out *out, const struct msg *m,
			  const struct sea_nexthop_obj *obj)
{
	const struct nhmsg hdr = header_of(obj);

	sea_nl_begin(out, m->port, m->seq, m->type, m->flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(out, NHA_ID, obj->id);
	if (obj->n_members)
		put_group(out, obj);
	else
		put_single(out, obj);
	return sea_nl_end(out);
}

static uint32_t room_for(const struct sea_nexthop_obj *obj)
{
	return ROOM + obj->n_members * (uint32_t)sizeof(struct nexthop_grp);
}

/* -- news -- */

static struct sea_nl_req *asked(const struct sea_stack *stack)
{
	struct sea_nl_req *req = sea_rtnl_req(stack);

	if (req && req->hdr.nlmsg_type != RTM_NEWNEXTHOP && req->hdr.nlmsg_type != RTM_DELNEXTHOP)
		return NULL;
	return req;
}

/* With the request's flags, as on Linux. */
void sea_rtnl_tell_nexthop(struct sea_stack *stack, const struct sea_nexthop_obj *obj, bool gone)
{
	struct sea_nl_req *req = asked(stack);
	bool echo = req && req->hdr.nlmsg_flags & NLM_F_ECHO;
	const struct msg m = { .port = req ? req->from_port : 0,
			       .seq = req ? req->hdr.nlmsg_seq : 0,
			       .type = gone ? RTM_DELNEXTHOP : RTM_NEWNEXTHOP,
			       .flags = req ? req->hdr.nlmsg_flags : 0 };
	uint32_t room = room_for(obj);
	struct sea_nl_out out;
	uint8_t *bytes;

	if (stack->nexthops->news_bucket >= 0) {
		sea_rtnl_tell_bucket(stack, obj, (unsigned)stack->nexthops->news_bucket);
		return;
	}
	if (!echo && !sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_NEXTHOP))
		return;
	bytes = sea_pool_alloc(&stack->shard.pool, room);
	if (!bytes) {
		sea_nl_lost(stack, NETLINK_ROUTE, RTNLGRP_NEXTHOP);
		return;
	}
	out = sea_nl_out_of(bytes, room);
	write_nexthop(&out, &m, obj);
	sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_NEXTHOP, &out, req);
	sea_pool_free(&stack->shard.pool, bytes, room);
}

/* -- one -- */

static int refuse(struct sea_nl_req *req, const char *what)
{
	return sea_nl_complain(req->extack, -EINVAL, what);
}

int sea_rtnl_nexthop_id(struct sea_nl_req *req, const struct sea_nl_policy *policy,
			uint16_t max_type, uint32_t *id)
{
	struct sea_nl_attr tb[SEA_RTNL_NHA_OP_FLAGS + 1];
	struct nhmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, max_type, policy, SEA_NL_STRICT);

	if (err)
		return err;
	if (hdr.nh_protocol || hdr.resvd || hdr.nh_scope || hdr.nh_flags)
		return refuse(req, "Invalid values in header");
	if (!tb[NHA_ID].value)
		return refuse(req, "Nexthop id is missing");
	*id = sea_nl_u32(&tb[NHA_ID]);
	return *id ? 0 : refuse(req, "Invalid nexthop id");
}

static const struct sea_nl_policy get_policy[SEA_RTNL_NHA_OP_FLAGS + 1] = {
	[NHA_ID] = { .type = SEA_NL_U32 },
	[SEA_RTNL_NHA_OP_FLAGS] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_MASK, .max = 3 },
};

static int get(struct sea_nl_req *req)
{
	struct sea_pool *pool = &req->stack->shard.pool;
	const struct sea_nexthop_obj *obj;
	struct sea_nl_out out;
	uint32_t id, room;
	uint8_t *bytes;
	int err = sea_rtnl_nexthop_id(req, get_policy, SEA_RTNL_NHA_OP_FLAGS, &id);
	const struct msg m = { .port = req->from_port,
			       .seq = req->hdr.nlmsg_seq,
			       .type = RTM_NEWNEXTHOP };

	if (err)
		return err;
	obj = sea_nexthop_find(req->stack, id);
	if (!obj)
		return -ENOENT;
	room = room_for(obj);
	bytes = sea_pool_alloc(pool, room);
	if (!bytes)
		return -ENOBUFS;
	out = sea_nl_out_of(bytes, room);
	write_nexthop(&out, &m, obj);
	err = sea_nl_answer(req, &out);
	sea_pool_free(pool, bytes, room);
	return err;
}

/* -- dumps -- */

static const struct sea_nl_policy dump_policy[SEA_RTNL_NHA_OP_FLAGS + 1] = {
	[NHA_OIF] = { .type = SEA_NL_U32 },
	[NHA_GROUPS] = { .type = SEA_NL_FLAG },
	[NHA_MASTER] = { .type = SEA_NL_U32 },
	[NHA_FDB] = { .type = SEA_NL_FLAG },
	[SEA_RTNL_NHA_OP_FLAGS] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_MASK, .max = 3 },
};

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_RTNL_NHA_OP_FLAGS + 1];
	struct nhmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_RTNL_NHA_OP_FLAGS, dump_policy,
				 SEA_NL_STRICT);

	if (err)
		return err;
	if (tb[NHA_OIF].value)
		d->arg[ARG_OIF] = sea_nl_u32(&tb[NHA_OIF]);
	if (d->arg[ARG_OIF] > INT_MAX)
		return refuse(req, "Invalid device index");
	if (tb[NHA_MASTER].value)
		d->arg[ARG_MASTER] = sea_nl_u32(&tb[NHA_MASTER]);
	if (d->arg[ARG_MASTER] > INT_MAX)
		return refuse(req, "Invalid master device index");
	d->arg[ARG_GROUPS] = tb[NHA_GROUPS].value != NULL;
	d->arg[ARG_FAMILY] = hdr.nh_family;
	if (hdr.nh_protocol || hdr.resvd || hdr.nh_scope || hdr.nh_flags)
		return refuse(req, "Invalid values in header for nexthop dump request");
	return 0;
}

static bool is_wanted(const struct sea_nl_dump *d, const struct sea_nexthop_obj *obj)
{
	/* Of what leads nowhere Linux has lo. */
	const struct sea_link *link = obj->blackhole ? d->stack->loopback : obj->way.link;
	const struct sea_link *master = link ? link->master : NULL;

	if (d->arg[ARG_GROUPS] && !obj->n_members)
		return false;
	if (!d->arg[ARG_OIF] && !d->arg[ARG_MASTER] && !d->arg[ARG_FAMILY])
		return true;
	if (obj->n_members)
		return false;
	if (d->arg[ARG_FAMILY] && obj->family != d->arg[ARG_FAMILY])
		return false;
	if (d->arg[ARG_OIF] && (!link || (uint64_t)link->ifindex != d->arg[ARG_OIF]))
		return false;
	return !d->arg[ARG_MASTER] || (master && (uint64_t)master->ifindex == d->arg[ARG_MASTER]);
}

/* The next one of the table, or NULL. */
static const struct sea_nexthop_obj *next(const struct sea_nl_dump *d)
{
	const struct sea_nexthops *t = d->stack->nexthops;

	return t && d->arg[ARG_ID] < UINT32_MAX ? sea_nexthop_from(t, (uint32_t)d->arg[ARG_ID] + 1)
						: NULL;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct msg m = { d->port, d->msg_seq, RTM_NEWNEXTHOP, d->msg_flags };
	const struct sea_nexthop_obj *obj;

	while ((obj = next(d))) {
		if (is_wanted(d, obj) && !write_nexthop(out, &m, obj))
			return 1;
		d->arg[ARG_ID] = obj->id;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_nexthop_kinds[] = {
	{ .type = RTM_NEWNEXTHOP, .family = AF_UNSPEC, .doit = sea_rtnl_new_nexthop },
	{ .type = RTM_DELNEXTHOP, .family = AF_UNSPEC, .doit = sea_rtnl_del_nexthop },
	{ .type = RTM_GETNEXTHOP,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .doit = get,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_GETNEXTHOPBUCKET,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .doit = sea_rtnl_get_bucket,
	  .start = sea_rtnl_buckets_start,
	  .dump = sea_rtnl_buckets_dump },
};
const unsigned sea_rtnl_nexthop_kinds_n =
	sizeof(sea_rtnl_nexthop_kinds) / sizeof(sea_rtnl_nexthop_kinds[0]);
