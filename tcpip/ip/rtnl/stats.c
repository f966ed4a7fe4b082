/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_GETSTATS: what links counted, as `ip stats` and `bridge -s vlan` ask. Nothing is counted by hardware, of which RTM_SETSTATS
 * asks all the same, as of Linux's links without such hardware; of kinds of links bridges count frames of their VLANs.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_bridge.h>

#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "ip/rtnl/link.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX, /* the last one shown */
	ARG_MASK,    /* of IFLA_STATS_* */
	ARG_OFFLOAD, /* of IFLA_OFFLOAD_XSTATS_* */
	ARG_VID      /* of the next link, its first VLAN that is not shown yet */
};

#define BIT(type) (1u << (type))
#define IS_ASKED(mask, type) ((mask)&BIT((type)-1))
#define ROOM 512 /* of one, but what kinds of links count */
#define ROOM_OF_KINDS 32768u

static const struct sea_nl_policy filters[IFLA_STATS_MAX + 1] = {
	[IFLA_STATS_LINK_OFFLOAD_XSTATS] = { .type = SEA_NL_U32,
					     .check = SEA_NL_CHECK_MASK,
					     .max = BIT(IFLA_OFFLOAD_XSTATS_MAX + 1) - 1 },
};

static const struct sea_nl_policy policy[IFLA_STATS_GETSET_MAX + 1] = {
	[IFLA_STATS_GET_FILTERS] = SEA_NL_NEST(filters, IFLA_STATS_MAX),
};

static const struct sea_nl_policy set_policy[IFLA_STATS_GETSET_MAX + 1] = {
	[IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS] = { .type = SEA_NL_U8,
						     .check = SEA_NL_CHECK_MAX,
						     .max = 1 },
};

struct stats_wanted {
	uint32_t mask, offload;
	uint16_t vid; /* from this one on; the rest was shown before */
};

/* -- written -- */

static void put_info(struct sea_nl_out *out, const struct sea_link *link)
{
	uint32_t info = sea_nl_nest(out, IFLA_OFFLOAD_XSTATS_HW_S_INFO | NLA_F_NESTED);
	uint32_t l3 = sea_nl_nest(out, IFLA_OFFLOAD_XSTATS_L3_STATS | NLA_F_NESTED);

	sea_nl_put_u8(out, IFLA_OFFLOAD_XSTATS_HW_S_INFO_REQUEST, link->hw_stats);
	sea_nl_put_u8(out, IFLA_OFFLOAD_XSTATS_HW_S_INFO_USED, 0);
	sea_nl_nest_end(out, l3);
	sea_nl_nest_end(out, info);
}

static void put_offload(struct sea_nl_out *out, const struct sea_link *link, uint32_t offload)
{
	static const struct rtnl_hw_stats64 none;
	uint32_t nest = sea_nl_nest(out, IFLA_STATS_LINK_OFFLOAD_XSTATS);
	bool info = IS_ASKED(offload, IFLA_OFFLOAD_XSTATS_HW_S_INFO);
	bool l3 = IS_ASKED(offload, IFLA_OFFLOAD_XSTATS_L3_STATS) && link->hw_stats;

	if (!info && !l3) {
		sea_nl_nest_cancel(out, nest);
		return;
	}
	if (info)
		put_info(out, link);
	if (l3)
		sea_nl_put(out, IFLA_OFFLOAD_XSTATS_L3_STATS, &none, sizeof(none));
	sea_nl_nest_end(out, nest);
}

static const struct sea_link_fdb_ops *vlans_of(const struct sea_link *link)
{
	const struct sea_link_fdb_ops *fdb = link && link->kind ? link->kind->fdb : NULL;

	return fdb && fdb->vlandb_show ? fdb : NULL;
}

/* What a link's kind counted, or its master's of it as a port. False: there was no room for all VLANs, *vid is the next. */
static bool put_of_kind(struct sea_nl_out *out, const struct sea_link *link, uint16_t type,
			uint16_t *vid)
{
	bool of_port = type == IFLA_STATS_LINK_XSTATS_SLAVE, all;
	const struct sea_link_fdb_ops *fdb = vlans_of(of_port ? link->master : link);
	uint32_t nest, bridge;

	if (!fdb)
		return true;
	nest = sea_nl_nest(out, type);
	bridge = sea_nl_nest(out, LINK_XSTATS_TYPE_BRIDGE);
	all = fdb->vlandb_show(link, SEA_RTNL_VLANS_COUNTED, vid, out);
	sea_nl_nest_end(out, bridge);
	sea_nl_nest_end(out, nest);
	return all;
}

/* Those of the mask; false: as put_of_kind(). */
static bool put_of_kinds(struct sea_nl_out *out, const struct sea_link *link, uint32_t mask,
			 uint16_t *vid)
{
	bool all = true;

	if (IS_ASKED(mask, IFLA_STATS_LINK_XSTATS))
		all = put_of_kind(out, link, IFLA_STATS_LINK_XSTATS, vid);
	if (all && IS_ASKED(mask, IFLA_STATS_LINK_XSTATS_SLAVE))
		all = put_of_kind(out, link, IFLA_STATS_LINK_XSTATS_SLAVE, vid);
	return all;
}

enum written { WRITTEN, WRITTEN_IN_PART, NOT_WRITTEN };

/* In part: want->vid is the next one then. */
static enum written write_stats(struct sea_nl_out *out, const struct sea_link *link,
				struct stats_wanted *want, uint32_t port, uint32_t seq,
				uint16_t flags)
{
	const struct if_stats_msg hdr = { .ifindex = (uint32_t)link->ifindex,
					  .filter_mask = want->mask };
	struct rtnl_link_stats64 stats;
	const uint16_t from = want->vid;
	bool all;

	sea_nl_begin(out, port, seq, RTM_NEWSTATS, flags, &hdr, sizeof(hdr));
	if (IS_ASKED(want->mask, IFLA_STATS_LINK_64) && !from) {
		sea_rtnl_stats_of(link, &stats);
		sea_nl_put(out, IFLA_STATS_LINK_64, &stats, sizeof(stats));
	}
	all = put_of_kinds(out, link, want->mask, &want->vid);
	if (!all) {
		if (want->vid != from && sea_nl_end(out))
			return WRITTEN_IN_PART;
		sea_nl_cancel(out);
		want->vid = from;
		return NOT_WRITTEN;
	}
	if (IS_ASKED(want->mask, IFLA_STATS_LINK_OFFLOAD_XSTATS))
		put_offload(out, link, want->offload);
	if (IS_ASKED(want->mask, IFLA_STATS_AF_SPEC))
		sea_nl_nest_end(out, sea_nl_nest(out, IFLA_STATS_AF_SPEC));
	if (sea_nl_end(out))
		return WRITTEN;
	want->vid = from;
	return NOT_WRITTEN;
}

/* -- asked for -- */

static int check_header(struct sea_nl_req *req, bool dump, struct if_stats_msg *hdr)
{
	if (req->len < sizeof(*hdr))
		return sea_nl_complain(req->extack, -EINVAL, "Invalid header for stats dump");
	memcpy(hdr, req->payload, sizeof(*hdr));
	if (!req->strict)
		return 0;
	if (hdr->pad1 || hdr->pad2 || (dump && hdr->ifindex))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for stats dump request");
	if (hdr->filter_mask >= BIT(IFLA_STATS_MAX))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid stats requested through filter mask");
	return 0;
}

static int read_filters(struct sea_nl_req *req, const struct sea_nl_attr *nest,
			struct stats_wanted *want)
{
	struct sea_nl_attr tb[IFLA_STATS_MAX + 1];
	int err = sea_nl_parse_nest(tb, IFLA_STATS_MAX, nest, filters, SEA_NL_STRICT, req->extack);

	if (err)
		return err;
	for (unsigned i = 1; i <= IFLA_STATS_MAX; i++)
		if (tb[i].value && !IS_ASKED(want->mask, i))
			return sea_nl_complain(req->extack, -EINVAL,
					       "Filtered attribute not enabled in filter_mask");
	if (tb[IFLA_STATS_LINK_OFFLOAD_XSTATS].value)
		want->offload = sea_nl_u32(&tb[IFLA_STATS_LINK_OFFLOAD_XSTATS]);
	return 0;
}

/* The rest of what is wanted. */
static int read_mask(struct sea_nl_req *req, bool dump, struct stats_wanted *want)
{
	struct sea_nl_attr tb[IFLA_STATS_GETSET_MAX + 1];
	struct if_stats_msg hdr;
	int err;

	if (!want->mask)
		return sea_nl_complain(req->extack, -EINVAL,
				       dump ? "Filter mask must be set for stats dump"
					    : "Filter mask must be set for stats get");
	want->offload = UINT32_MAX;
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, IFLA_STATS_GETSET_MAX, policy,
			     SEA_NL_STRICT);
	if (err || !tb[IFLA_STATS_GET_FILTERS].value)
		return err;
	return read_filters(req, &tb[IFLA_STATS_GET_FILTERS], want);
}

static int answer(struct sea_nl_req *req, const struct sea_link *link, struct stats_wanted *want)
{
	const uint32_t kinds = BIT(IFLA_STATS_LINK_XSTATS - 1) |
			       BIT(IFLA_STATS_LINK_XSTATS_SLAVE - 1);
	uint32_t room = want->mask & kinds ? ROOM_OF_KINDS : ROOM;
	struct sea_pool *pool = &req->stack->shard.pool;
	uint8_t *bytes = sea_pool_alloc(pool, room);
	struct sea_nl_out out = sea_nl_out_of(bytes, room);
	int err = -EMSGSIZE;

	if (!bytes)
		return -ENOBUFS;
	if (write_stats(&out, link, want, req->from_port, req->hdr.nlmsg_seq, 0) == WRITTEN)
		err = sea_nl_answer(req, &out);
	sea_pool_free(pool, bytes, room);
	return err;
}

static int get(struct sea_nl_req *req)
{
	struct stats_wanted want;
	struct if_stats_msg hdr;
	struct sea_link *link;
	int err = check_header(req, false, &hdr);

	if (err)
		return err;
	if (!hdr.ifindex)
		return -EINVAL;
	link = sea_link_by_index(req->stack, (int)hdr.ifindex);
	if (!link)
		return -ENODEV;
	want = (struct stats_wanted){ .mask = hdr.filter_mask };
	err = read_mask(req, false, &want);
	return err ? err : answer(req, link, &want);
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct stats_wanted want;
	struct if_stats_msg hdr;
	int err = check_header(req, true, &hdr);

	if (err)
		return err;
	want = (struct stats_wanted){ .mask = hdr.filter_mask };
	err = read_mask(req, true, &want);
	d->arg[ARG_MASK] = want.mask;
	d->arg[ARG_OFFLOAD] = want.offload;
	return err;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct stats_wanted want = { .mask = (uint32_t)d->arg[ARG_MASK],
				     .offload = (uint32_t)d->arg[ARG_OFFLOAD] };
	struct sea_link *link = NULL;
	enum written written;

	while ((link = sea_link_next(d->stack, link))) {
		if ((uint64_t)link->ifindex <= d->arg[ARG_IFINDEX])
			continue;
		want.vid = (uint16_t)d->arg[ARG_VID];
		written = write_stats(out, link, &want, d->port, d->msg_seq, d->msg_flags);
		d->arg[ARG_VID] = written == WRITTEN ? 0 : want.vid;
		if (written != WRITTEN)
			return 1;
		d->arg[ARG_IFINDEX] = (uint64_t)link->ifindex;
	}
	return 0;
}

/* -- set -- */

static void tell(const struct sea_link *link)
{
	struct stats_wanted want = { .mask = BIT(IFLA_STATS_LINK_OFFLOAD_XSTATS - 1),
				     .offload = BIT(IFLA_OFFLOAD_XSTATS_HW_S_INFO - 1) };
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(link->stack, NETLINK_ROUTE, RTNLGRP_STATS))
		return;
	if (write_stats(&out, link, &want, 0, 0, 0) == WRITTEN)
		sea_nl_notify(link->stack, NETLINK_ROUTE, RTNLGRP_STATS, &out, NULL);
}

/* Its link, or NULL with the error. */
static struct sea_link *check_set(struct sea_nl_req *req, int *err)
{
	struct if_stats_msg hdr;
	struct sea_link *link;

	*err = check_header(req, false, &hdr);
	if (*err)
		return NULL;
	if (hdr.family != AF_UNSPEC) {
		*err = sea_nl_complain(req->extack, -EINVAL, "Address family should be AF_UNSPEC");
		return NULL;
	}
	link = hdr.ifindex ? sea_link_by_index(req->stack, (int)hdr.ifindex) : NULL;
	if (!link) {
		*err = hdr.ifindex ? -ENODEV : -EINVAL;
		return NULL;
	}
	if (hdr.filter_mask) {
		*err = sea_nl_complain(req->extack, -EINVAL, "Filter mask must be 0 for stats set");
		return NULL;
	}
	return link;
}

/* What is so already is not told of. */
static int set(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[IFLA_STATS_GETSET_MAX + 1], *l3;
	struct if_stats_msg hdr;
	int err;
	struct sea_link *link = check_set(req, &err);

	if (!link)
		return err;
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, IFLA_STATS_GETSET_MAX, set_policy,
			     SEA_NL_STRICT);
	l3 = &tb[IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS];
	if (err || !l3->value || sea_nl_u8(l3) == link->hw_stats)
		return err;
	link->hw_stats = !link->hw_stats;
	tell(link);
	return 0;
}

const struct sea_nl_kind sea_rtnl_stats_kinds[] = {
	{ .type = RTM_GETSTATS,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .doit = get,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_SETSTATS, .family = AF_UNSPEC, .judged_late = true, .doit = set },
};
const unsigned sea_rtnl_stats_kinds_n =
	sizeof(sea_rtnl_stats_kinds) / sizeof(sea_rtnl_stats_kinds[0]);
