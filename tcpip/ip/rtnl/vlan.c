/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETVLAN, _NEWVLAN, _DELVLAN: VLANs of bridges and ports, and what each has besides (`bridge -d vlan`, `bridge vlan set`). */
#include <errno.h>

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "ip/rtnl/rtnl.h"

#define ROOM_OF_NEWS 512u

enum dump_arg { ARG_LINK, ARG_FLAGS, ARG_DONE, ARG_VID };

static const struct sea_link_fdb_ops *ops_of(const struct sea_link *link)
{
	const struct sea_link_fdb_ops *fdb = link && link->kind ? link->kind->fdb : NULL;

	return fdb && fdb->vlandb_show ? fdb : NULL;
}

/* Of a port, or else its own; NULL: the link has none. */
static const struct sea_link_fdb_ops *vlans_of(const struct sea_link *link)
{
	const struct sea_link_fdb_ops *fdb = ops_of(link->master);

	return fdb ? fdb : ops_of(link);
}

static void begin(struct sea_nl_out *out, const struct sea_link *link, uint32_t port, uint32_t seq,
		  uint16_t type, uint16_t flags)
{
	const struct br_vlan_msg hdr = { .family = AF_BRIDGE, .ifindex = (uint32_t)link->ifindex };

	sea_nl_begin(out, port, seq, type, flags, &hdr, sizeof(hdr));
}

/* -- changed -- */

/* What is in them, the link judges. */
static const struct sea_nl_policy change_policy[BRIDGE_VLANDB_MAX + 1] = {
	[BRIDGE_VLANDB_ENTRY] = { .type = SEA_NL_BINARY },
	[BRIDGE_VLANDB_GLOBAL_OPTIONS] = { .type = SEA_NL_BINARY },
};

static int change_each(struct sea_nl_req *req, struct sea_link *link,
		       const struct sea_link_fdb_ops *fdb)
{
	const uint32_t front = sea_nl_aligned(sizeof(struct br_vlan_msg));
	bool del = req->hdr.nlmsg_type == RTM_DELVLAN;
	unsigned n = 0;
	struct sea_nl_attr a;
	uint32_t at = 0;
	int err = 0;

	while (!err && req->len > front &&
	       sea_nl_next(req->payload + front, req->len - front, &at, &a)) {
		if (!a.type)
			continue;
		err = fdb->vlandb_change(link, &a, del, req->extack);
		n++;
	}
	return n ? err : sea_nl_complain(req->extack, -EINVAL, "bridge: No vlans found to process");
}

static int do_change(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[BRIDGE_VLANDB_MAX + 1];
	const struct sea_link_fdb_ops *fdb;
	struct br_vlan_msg hdr;
	struct sea_link *link;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, BRIDGE_VLANDB_MAX, change_policy,
				 SEA_NL_V_TRAILING | SEA_NL_V_MAXTYPE);

	if (err)
		return err;
	link = sea_link_by_index(req->stack, (int)hdr.ifindex);
	if (!link)
		return -ENODEV;
	fdb = vlans_of(link);
	return fdb ? change_each(req, link, fdb)
		   : sea_nl_complain(req->extack, -EINVAL,
				     "bridge: The device is not a valid bridge or bridge port");
}

/* -- dumped -- */

static const struct sea_nl_policy dump_policy[BRIDGE_VLANDB_DUMP_MAX + 1] = {
	[BRIDGE_VLANDB_DUMP_FLAGS] = { .type = SEA_NL_U32 },
};

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[BRIDGE_VLANDB_DUMP_MAX + 1];
	const struct sea_link *link;
	struct br_vlan_msg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, BRIDGE_VLANDB_DUMP_MAX, dump_policy,
				 SEA_NL_STRICT);

	if (err)
		return err;
	d->arg[ARG_LINK] = hdr.ifindex;
	if (tb[BRIDGE_VLANDB_DUMP_FLAGS].value)
		d->arg[ARG_FLAGS] = sea_nl_u32(&tb[BRIDGE_VLANDB_DUMP_FLAGS]);
	if (!hdr.ifindex)
		return 0;
	link = sea_link_by_index(req->stack, (int)hdr.ifindex);
	if (!link)
		return -ENODEV;
	return vlans_of(link) ? 0 : -EINVAL;
}

/* Of one link as many as there is room for, from VLAN d->arg[ARG_VID] on. False: there are more. */
static bool dump_link(struct sea_nl_dump *d, struct sea_nl_out *out, const struct sea_link *link)
{
	const uint32_t flags = (uint32_t)d->arg[ARG_FLAGS];
	uint16_t vid = (uint16_t)d->arg[ARG_VID];
	bool all;

	if (flags & BRIDGE_VLANDB_DUMPF_GLOBAL && !ops_of(link)) /* it is of bridges */
		return true;
	begin(out, link, d->port, d->msg_seq, RTM_NEWVLAN, d->msg_flags);
	all = vlans_of(link)->vlandb_show(link, flags, &vid, out);
	if (!all && vid == d->arg[ARG_VID]) {
		sea_nl_cancel(out);
		return false;
	}
	if (!sea_nl_end(out))
		return false;
	d->arg[ARG_VID] = vid;
	return all;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(d->stack, link))) {
		uint64_t ifindex = (uint64_t)link->ifindex;

		if (ifindex <= d->arg[ARG_DONE] ||
		    (d->arg[ARG_LINK] && d->arg[ARG_LINK] != ifindex) || !vlans_of(link))
			continue;
		if (!dump_link(d, out, link))
			return 1;
		d->arg[ARG_VID] = 0;
		d->arg[ARG_DONE] = ifindex;
	}
	return 0;
}

/* -- told -- */

void sea_rtnl_tell_vlans(const struct sea_link *link, bool gone,
			 void (*put)(struct sea_nl_out *out, const void *arg), const void *arg)
{
	struct sea_stack *stack = link->stack;
	uint8_t bytes[ROOM_OF_NEWS] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (link->untold || !sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_BRVLAN))
		return;
	begin(&out, link, 0, 0, gone ? RTM_DELVLAN : RTM_NEWVLAN, 0);
	put(&out, arg);
	if (sea_nl_end(&out))
		sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_BRVLAN, &out, NULL);
}

const struct sea_nl_kind sea_rtnl_vlan_kinds[] = {
	{ .type = RTM_NEWVLAN, .family = AF_BRIDGE, .doit = do_change },
	{ .type = RTM_DELVLAN, .family = AF_BRIDGE, .doit = do_change },
	{ .type = RTM_GETVLAN,
	  .family = AF_BRIDGE,
	  .judged_late = true,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_vlan_kinds_n = sizeof(sea_rtnl_vlan_kinds) / sizeof(sea_rtnl_vlan_kinds[0]);
