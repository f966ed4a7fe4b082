/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETNEXTHOPBUCKET: buckets of resilient groups, one or a dump, and RTNLGRP_NEXTHOP's news of those that moved. */
#include <errno.h>
#include <limits.h>

#include "core/link.h"
#include "ip/nexthop_res.h"
#include "ip/rtnl/nexthop.h"

#define ROOM 128u

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg { ARG_ID, ARG_BUCKET, ARG_ONE, ARG_NH, ARG_FAMILY, ARG_OIF, ARG_MASTER };

/* -- written -- */

static void put_bucket(struct sea_nl_out *out, const struct sea_nexthop_obj *group, unsigned i)
{
	const struct sea_nexthop_bucket *b = &group->res->buckets[i];
	uint32_t nest;

	sea_nl_put_u32(out, NHA_ID, group->id);
	nest = sea_nl_nest(out, NHA_RES_BUCKET | NLA_F_NESTED);
	sea_nl_put_u16(out, NHA_RES_BUCKET_INDEX, (uint16_t)i);
	sea_nl_put_u32(out, NHA_RES_BUCKET_NH_ID, b->nh->id);
	sea_nl_put_u64(out, NHA_RES_BUCKET_IDLE_TIME, sea_nexthop_bucket_idle(group->res, i));
	sea_nl_nest_end(out, nest);
}

static bool write_bucket(struct sea_nl_out *out, uint32_t port, uint32_t seq, uint16_t flags,
			 const struct sea_nexthop_obj *group, unsigned i)
{
	const struct nhmsg hdr = { .nh_protocol = group->protocol };

	sea_nl_begin(out, port, seq, RTM_NEWNEXTHOPBUCKET, flags, &hdr, sizeof(hdr));
	put_bucket(out, group, i);
	return sea_nl_end(out);
}

void sea_rtnl_tell_bucket(struct sea_stack *stack, const struct sea_nexthop_obj *group, unsigned i)
{
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_NEXTHOP))
		return;
	if (write_bucket(&out, 0, 0, NLM_F_REPLACE, group, i))
		sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_NEXTHOP, &out, NULL);
}

/* -- one -- */

static int refuse(struct sea_nl_req *req, const char *what)
{
	return sea_nl_complain(req->extack, -EINVAL, what);
}

static const struct sea_nl_policy get_policy[NHA_RES_BUCKET + 1] = {
	[NHA_ID] = { .type = SEA_NL_U32 },
	[NHA_RES_BUCKET] = { .type = SEA_NL_NESTED },
};
static const struct sea_nl_policy get_bucket_policy[NHA_RES_BUCKET_INDEX + 1] = {
	[NHA_RES_BUCKET_INDEX] = { .type = SEA_NL_U16 },
};

static int read_index(struct sea_nl_req *req, const struct sea_nl_attr *bucket, uint16_t *index)
{
	struct sea_nl_attr tb[NHA_RES_BUCKET_INDEX + 1];
	int err;

	if (!bucket->value)
		return refuse(req, "Bucket information is missing");
	err = sea_nl_parse_nest(tb, NHA_RES_BUCKET_INDEX, bucket, get_bucket_policy, SEA_NL_STRICT,
				req->extack);
	if (err)
		return err;
	if (!tb[NHA_RES_BUCKET_INDEX].value)
		return refuse(req, "Bucket index is missing");
	*index = sea_nl_u16(&tb[NHA_RES_BUCKET_INDEX]);
	return 0;
}

static int read_one(struct sea_nl_req *req, uint32_t *id, uint16_t *index)
{
	struct sea_nl_attr tb[NHA_RES_BUCKET + 1];
	struct nhmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, NHA_RES_BUCKET, get_policy,
				 SEA_NL_STRICT);

	if (err)
		return err;
	if (hdr.nh_protocol || hdr.resvd || hdr.nh_scope || hdr.nh_flags)
		return refuse(req, "Invalid values in header");
	if (!tb[NHA_ID].value)
		return refuse(req, "Nexthop id is missing");
	*id = sea_nl_u32(&tb[NHA_ID]);
	return *id ? read_index(req, &tb[NHA_RES_BUCKET], index)
		   : refuse(req, "Invalid nexthop id");
}

/* A resilient group, or why it is none: 0 or -errno. */
static int find_group(const struct sea_stack *stack, uint32_t id, struct sea_nl_extack *extack,
		      const struct sea_nexthop_obj **group)
{
	*group = sea_nexthop_find(stack, id);
	if (!*group)
		return -ENOENT;
	if (!(*group)->n_members)
		return sea_nl_complain(extack, -EINVAL, "Not a nexthop group");
	return (*group)->res
		       ? 0
		       : sea_nl_complain(extack, -EINVAL, "Nexthop group not of type resilient");
}

int sea_rtnl_get_bucket(struct sea_nl_req *req)
{
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	const struct sea_nexthop_obj *group;
	uint32_t id = 0;
	uint16_t index = 0;
	int err = read_one(req, &id, &index);

	if (!err)
		err = find_group(req->stack, id, req->extack, &group);
	if (err)
		return err;
	if (index >= group->res->n_buckets)
		return sea_nl_complain(req->extack, -ENOENT, "Bucket index out of bounds");
	write_bucket(&out, req->from_port, req->hdr.nlmsg_seq, 0, group, index);
	return sea_nl_answer(req, &out);
}

/* -- dumps -- */

static const struct sea_nl_policy dump_policy[NHA_RES_BUCKET + 1] = {
	[NHA_ID] = { .type = SEA_NL_U32 },
	[NHA_OIF] = { .type = SEA_NL_U32 },
	[NHA_MASTER] = { .type = SEA_NL_U32 },
	[NHA_RES_BUCKET] = { .type = SEA_NL_NESTED },
};
static const struct sea_nl_policy dump_bucket_policy[NHA_RES_BUCKET_NH_ID + 1] = {
	[NHA_RES_BUCKET_NH_ID] = { .type = SEA_NL_U32 },
};

static int read_id(struct sea_nl_req *req, const struct sea_nl_attr *a, uint64_t *id)
{
	if (!a->value)
		return 0;
	*id = sea_nl_u32(a);
	return *id ? 0 : refuse(req, "Invalid nexthop id");
}

static int read_device(struct sea_nl_req *req, const struct sea_nl_attr *a, const char *what,
		       uint64_t *ifindex)
{
	if (a->value)
		*ifindex = sea_nl_u32(a);
	return *ifindex > INT_MAX ? refuse(req, what) : 0;
}

static int read_filter(struct sea_nl_req *req, struct sea_nl_dump *d, const struct sea_nl_attr *tb)
{
	struct sea_nl_attr in[NHA_RES_BUCKET_NH_ID + 1] = { 0 };
	int err = read_device(req, &tb[NHA_OIF], "Invalid device index", &d->arg[ARG_OIF]);

	if (!err)
		err = read_device(req, &tb[NHA_MASTER], "Invalid master device index",
				  &d->arg[ARG_MASTER]);
	if (!err)
		err = read_id(req, &tb[NHA_ID], &d->arg[ARG_ONE]);
	if (!err && tb[NHA_RES_BUCKET].value)
		err = sea_nl_parse_nest(in, NHA_RES_BUCKET_NH_ID, &tb[NHA_RES_BUCKET],
					dump_bucket_policy, SEA_NL_STRICT, req->extack);
	return err ? err : read_id(req, &in[NHA_RES_BUCKET_NH_ID], &d->arg[ARG_NH]);
}

int sea_rtnl_buckets_start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_extack unheard = { .begin = req->extack->begin };
	struct sea_nl_req silent = *req;
	struct sea_nl_attr tb[NHA_RES_BUCKET + 1];
	const struct sea_nexthop_obj *group;
	struct nhmsg hdr;
	int err;

	silent.extack = &unheard; /* what is wrong with attributes, Linux does not say */
	err = sea_rtnl_parse(&silent, &hdr, sizeof(hdr), tb, NHA_RES_BUCKET, dump_policy,
			     SEA_NL_STRICT);

	if (!err)
		err = read_filter(req, d, tb);
	if (err)
		return err;
	d->arg[ARG_FAMILY] = hdr.nh_family;
	if (hdr.nh_protocol || hdr.resvd || hdr.nh_scope || hdr.nh_flags)
		return refuse(req, "Invalid values in header for nexthop dump request");
	if (!d->arg[ARG_ONE])
		return 0;
	d->arg[ARG_ID] = d->arg[ARG_ONE] - 1;
	return find_group(req->stack, (uint32_t)d->arg[ARG_ONE], req->extack, &group);
}

/* By the member that it has. */
static bool is_wanted(const struct sea_nl_dump *d, const struct sea_nexthop_obj *nh)
{
	/* Of what leads nowhere Linux has lo. */
	const struct sea_link *link = nh->blackhole ? d->stack->loopback : nh->way.link;
	const struct sea_link *master = link ? link->master : NULL;

	if (d->arg[ARG_NH] && nh->id != d->arg[ARG_NH])
		return false;
	if (d->arg[ARG_FAMILY] && nh->family != d->arg[ARG_FAMILY])
		return false;
	if (d->arg[ARG_OIF] && (!link || (uint64_t)link->ifindex != d->arg[ARG_OIF]))
		return false;
	return !d->arg[ARG_MASTER] || (master && (uint64_t)master->ifindex == d->arg[ARG_MASTER]);
}

/* False: there are more. */
static bool dump_group(struct sea_nl_dump *d, struct sea_nl_out *out,
		       const struct sea_nexthop_obj *group)
{
	uint64_t *i = &d->arg[ARG_BUCKET];

	for (; group->res && *i < group->res->n_buckets; ++*i)
		if (is_wanted(d, group->res->buckets[*i].nh) &&
		    !write_bucket(out, d->port, d->msg_seq, d->msg_flags, group, (unsigned)*i))
			return false;
	*i = 0;
	return true;
}

int sea_rtnl_buckets_dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_nexthops *t = d->stack->nexthops;
	const struct sea_nexthop_obj *group;

	while (t && d->arg[ARG_ID] < UINT32_MAX) {
		group = sea_nexthop_from(t, (uint32_t)d->arg[ARG_ID] + 1);
		if (!group || (d->arg[ARG_ONE] && group->id != d->arg[ARG_ONE]))
			return 0;
		if (!dump_group(d, out, group))
			return 1;
		d->arg[ARG_ID] = group->id;
	}
	return 0;
}
