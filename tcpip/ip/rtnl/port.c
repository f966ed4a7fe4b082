/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETLINK, _SETLINK, _DELLINK of AF_BRIDGE: ports of bridges, and their VLANs (bridge(8)). */
#include <errno.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>

#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "ip/rtnl/link.h"

#define EXT_BRVLAN (1u << 1)
#define EXT_BRVLAN_RANGES (1u << 2)
#define ROOM_PLAIN 1024u
#define ROOM_VLANS (4096u * 8)
/* A dump's message may have as many VLANs. */
#define DUMP_BYTES (ROOM_PLAIN + ROOM_VLANS)

/* Of masters: a database of one's own alone makes no ports. */
static const struct sea_link_fdb_ops *fdb_of(const struct sea_link *link)
{
	const struct sea_link_fdb_ops *fdb = link && link->kind ? link->kind->fdb : NULL;

	return fdb && fdb->vlans_show ? fdb : NULL;
}

static bool is_port(const struct sea_link *link)
{
	return fdb_of(link->master);
}

/* -- written -- */

struct how {
	uint16_t type, flags;
	uint32_t port, seq, ext_mask;
};

static void put_vlans(struct sea_nl_out *out, const struct sea_link *link, uint32_t mask)
{
	const struct sea_link_fdb_ops *fdb = fdb_of(is_port(link) ? link->master : link);
	uint32_t nest, len;

	if (!(mask & (EXT_BRVLAN | EXT_BRVLAN_RANGES)))
		return;
	nest = sea_nl_nest(out, IFLA_AF_SPEC);
	len = out->len;
	fdb->vlans_show(link, mask & EXT_BRVLAN_RANGES, out);
	if (out->len == len)
		sea_nl_nest_cancel(out, nest);
	else
		sea_nl_nest_end(out, nest);
}

/* As a port of its master, or, where it is none, as a bridge. */
static bool write_port(struct sea_nl_out *out, const struct sea_link *link, const struct how *how)
{
	const struct ifinfomsg hdr = { .ifi_family = AF_BRIDGE,
				       .ifi_type = ARPHRD_ETHER,
				       .ifi_index = link->ifindex,
				       .ifi_flags = sea_link_flags(link) };
	const struct sea_link *master = is_port(link) ? link->master : link;
	uint32_t nest;

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, IFLA_IFNAME, link->name);
	sea_nl_put_u32(out, IFLA_MASTER, (uint32_t)master->ifindex);
	sea_nl_put_u32(out, IFLA_MTU, link->mtu);
	sea_nl_put_u8(out, IFLA_OPERSTATE, sea_rtnl_operstate(link));
	sea_nl_put(out, IFLA_ADDRESS, link->mac.b, sizeof(link->mac.b));
	if (sea_link_iflink(link) != link->ifindex)
		sea_nl_put_u32(out, IFLA_LINK, (uint32_t)sea_link_iflink(link));
	if (master != link && how->type == RTM_NEWLINK) {
		nest = sea_nl_nest(out, IFLA_PROTINFO | NLA_F_NESTED);
		master->kind->slave_show(link, out);
		sea_nl_nest_end(out, nest);
	}
	put_vlans(out, link, how->ext_mask);
	return sea_nl_end(out);
}

void sea_rtnl_tell_port(const struct sea_link *port, bool gone)
{
	struct sea_stack *stack = port->stack;
	const struct how how = { .type = gone ? RTM_DELLINK : RTM_NEWLINK,
				 .ext_mask = EXT_BRVLAN_RANGES };
	const uint32_t room = DUMP_BYTES;
	struct sea_nl_out out;
	void *bytes;

	if (port->untold || !sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_LINK))
		return;
	bytes = sea_pool_alloc(&stack->shard.pool, room);
	if (!bytes) {
		sea_nl_lost(stack, NETLINK_ROUTE, RTNLGRP_LINK);
		return;
	}
	out = sea_nl_out_of(bytes, room);
	write_port(&out, port, &how);
	sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_LINK, &out, NULL);
	sea_pool_free(&stack->shard.pool, bytes, room);
}

/* -- changed -- */

struct change {
	struct sea_nl_req *req;
	struct ifinfomsg hdr;
	struct sea_link *link;
	struct sea_nl_attr protinfo, spec;
	bool nested;    /* IFLA_PROTINFO is a nest */
	uint16_t flags; /* BRIDGE_FLAGS_* */
};

/* Attributes are looked for, not judged (as on Linux): the first of a type counts. */
static void find_attrs(struct change *c)
{
	const uint8_t *attrs = c->req->payload + sizeof(c->hdr);
	const uint32_t len = c->req->len - (uint32_t)sizeof(c->hdr);
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (sea_nl_next(attrs, len, &at, &a)) {
		if (a.type == IFLA_PROTINFO && !c->protinfo.value) {
			c->protinfo = a;
			c->nested = (a.value[-1] << 8 | a.value[-2]) & NLA_F_NESTED;
		}
		if (a.type == IFLA_AF_SPEC && !c->spec.value)
			c->spec = a;
	}
}

static int read_flags(struct change *c)
{
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (c->spec.value && sea_nl_next(c->spec.value, c->spec.len, &at, &a)) {
		if (a.type != IFLA_BRIDGE_FLAGS)
			continue;
		if (a.len < sizeof(c->flags))
			return -EINVAL;
		memcpy(&c->flags, a.value, sizeof(c->flags));
		return 0;
	}
	return 0;
}

static int read_change(struct change *c, struct sea_nl_req *req)
{
	*c = (struct change){ .req = req };
	if (req->len < sizeof(c->hdr))
		return -EINVAL;
	memcpy(&c->hdr, req->payload, sizeof(c->hdr));
	c->link = sea_link_by_index(req->stack, c->hdr.ifi_index);
	if (!c->link)
		return sea_nl_complain(req->extack, -ENODEV, "unknown ifindex");
	find_attrs(c);
	return read_flags(c);
}

/* What is no nest is the state alone (programs older than attributes). */
static int set_port(struct change *c)
{
	const struct sea_link_kind *kind = c->link->master->kind;
	struct sea_nl_attr tb[SEA_LINK_KIND_DATA_MAX + 1] = { { 0 } };
	struct sea_link_ask ask = { .data = tb, .extack = c->req->extack };
	struct sea_nl_extack unheard = { .begin = c->req->extack->begin };
	int err;

	if (!c->nested) {
		if (!c->protinfo.len)
			return -EINVAL;
		tb[IFLA_BRPORT_STATE] = c->protinfo;
		return kind->slave_change(c->link, &ask);
	}
	err = sea_nl_parse_nest(tb, kind->slave_data_max, &c->protinfo, kind->slave_policy,
				SEA_NL_LIBERAL, &unheard);
	return err ? err : kind->slave_change(c->link, &ask);
}

static int set_by(struct change *c, const struct sea_link_fdb_ops *fdb)
{
	int err = 0;

	if (c->protinfo.value && is_port(c->link))
		err = set_port(c);
	if (!err && c->spec.value)
		err = fdb->vlans_change(c->link, &c->spec, false, c->req->extack);
	return err;
}

static int del_by(struct change *c, const struct sea_link_fdb_ops *fdb)
{
	return c->spec.value ? fdb->vlans_change(c->link, &c->spec, true, c->req->extack) : 0;
}

/* By the port's master, and by the link itself, as flags say; by the master where they say nothing. */
static int do_change(struct sea_nl_req *req,
		     int (*by)(struct change *c, const struct sea_link_fdb_ops *fdb))
{
	struct change c;
	int err = read_change(&c, req);

	if (err)
		return err;
	if (!c.flags || (c.flags & BRIDGE_FLAGS_MASTER)) {
		if (!is_port(c.link))
			return -EOPNOTSUPP;
		err = by(&c, fdb_of(c.link->master));
		if (err)
			return err;
	}
	if (!(c.flags & BRIDGE_FLAGS_SELF))
		return 0;
	return fdb_of(c.link) ? by(&c, fdb_of(c.link)) : -EOPNOTSUPP;
}

static int do_set(struct sea_nl_req *req)
{
	return do_change(req, set_by);
}

static int do_del(struct sea_nl_req *req)
{
	return do_change(req, del_by);
}

/* -- dumped -- */

enum dump_arg { ARG_DONE, ARG_MASK };

static int start_strictly(struct sea_nl_req *req, struct sea_nl_attr *tb)
{
	struct ifinfomsg hdr;
	int err;

	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL, "Invalid header for bridge link dump");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (req->payload[1] || hdr.ifi_type || hdr.ifi_flags || hdr.ifi_change || hdr.ifi_index)
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for bridge link dump request");
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_IFLA_MAX, sea_rtnl_link_policy,
			     SEA_NL_DEPRECATED_STRICT);
	for (unsigned i = 0; !err && i <= SEA_IFLA_MAX; i++)
		if (tb[i].value && i != IFLA_EXT_MASK)
			return sea_nl_complain(req->extack, -EINVAL,
					       "Unsupported attribute in bridge link dump request");
	return err;
}

/* Not strictly, what is wrong is said, and asks for no more than ports. */
static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_IFLA_MAX + 1] = { { 0 } };
	struct ifinfomsg hdr;
	int err = 0;

	if (req->strict)
		err = start_strictly(req, tb);
	else if (sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_IFLA_MAX, sea_rtnl_link_policy,
				SEA_NL_LIBERAL))
		memset(tb, 0, sizeof(tb));
	if (!err && tb[IFLA_EXT_MASK].value)
		d->arg[ARG_MASK] = sea_nl_u32(&tb[IFLA_EXT_MASK]);
	return err;
}

/* Bridges themselves are shown for their VLANs only. */
static bool is_shown(const struct sea_link *link, uint32_t mask)
{
	return is_port(link) || (fdb_of(link) && (mask & (EXT_BRVLAN | EXT_BRVLAN_RANGES)));
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct how how = { .type = RTM_NEWLINK,
				 .flags = d->msg_flags,
				 .port = d->port,
				 .seq = d->msg_seq,
				 .ext_mask = (uint32_t)d->arg[ARG_MASK] };
	struct sea_link *link = NULL;

	while ((link = sea_link_next(d->stack, link))) {
		if ((uint64_t)link->ifindex <= d->arg[ARG_DONE])
			continue;
		if (is_shown(link, how.ext_mask) && !write_port(out, link, &how))
			return 1;
		d->arg[ARG_DONE] = (uint64_t)link->ifindex;
	}
	return 0;
}

/* One link is shown as it is in any family. */
const struct sea_nl_kind sea_rtnl_port_kinds[] = {
	{ .type = RTM_GETLINK,
	  .family = AF_BRIDGE,
	  .judged_late = true,
	  .dump_bytes = DUMP_BYTES,
	  .doit = sea_rtnl_get_link,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_SETLINK, .family = AF_BRIDGE, .doit = do_set },
	{ .type = RTM_DELLINK, .family = AF_BRIDGE, .doit = do_del },
};
const unsigned sea_rtnl_port_kinds_n = sizeof(sea_rtnl_port_kinds) / sizeof(sea_rtnl_port_kinds[0]);
