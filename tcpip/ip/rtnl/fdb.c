/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWNEIGH, _DELNEIGH, _GETNEIGH of AF_BRIDGE: forwarding databases, in Linux's order of questions. Links have no lists of
 * addresses that they filter by: NTF_SELF is refused for links that have no database of their own.
 */
#include "ip/rtnl/fdb.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"
#include "ip/rtnl/rtnl.h"

#define NDA_MAX_ 17 /* NDA_NDM_FLAGS_MASK */
#define EXT_LOCKED 2u
#define FLAGS_ASKED (NTF_SELF | NTF_MASTER)
#define ROOM 192

/* -- written -- */

static void put_cacheinfo(struct sea_nl_out *out, const struct sea_fdb_entry *e)
{
	const sea_time now = e->link->stack->shard.now;
	const struct nda_cacheinfo ci = {
		.ndm_used = (uint32_t)(sea_time_diff(now, e->used) / (SEA_SEC / 100)),
		.ndm_updated = (uint32_t)(sea_time_diff(now, e->updated) / (SEA_SEC / 100)),
	};

	sea_nl_put(out, NDA_CACHEINFO, &ci, sizeof(ci));
}

/* Where it is, as far as that is not as the link has it. */
static void put_far(struct sea_nl_out *out, const struct sea_fdb_far *far)
{
	const sea_be16 port = sea_be16_of(far->port);

	if (far->addr_len)
		sea_nl_put(out, NDA_DST, far->addr, far->addr_len);
	if (far->port)
		sea_nl_put(out, NDA_PORT, &port, sizeof(port));
	if (far->has_vni)
		sea_nl_put_u32(out, NDA_VNI, far->vni);
	if (far->ifindex)
		sea_nl_put_u32(out, NDA_IFINDEX, (uint32_t)far->ifindex);
}

/* Whom it is for: zeros for news. */
struct how {
	uint16_t type, flags;
	uint32_t port, seq;
};

static bool write_entry(struct sea_nl_out *out, const struct sea_fdb_entry *e, struct how how)
{
	const struct ndmsg hdr = { .ndm_family = AF_BRIDGE,
				   .ndm_ifindex = e->link->ifindex,
				   .ndm_state = e->state,
				   .ndm_flags = e->flags,
				   .ndm_type = e->master ? 0 : RTN_UNICAST };

	sea_nl_begin(out, how.port, how.seq, how.type, how.flags, &hdr, sizeof(hdr));
	sea_nl_put(out, NDA_LLADDR, e->mac.b, sizeof(e->mac.b));
	if (e->master) {
		sea_nl_put_u32(out, NDA_MASTER, (uint32_t)e->master->ifindex);
		sea_nl_put_u32(out, NDA_FLAGS_EXT, 0);
	} else {
		put_far(out, &e->far);
	}
	put_cacheinfo(out, e);
	if (e->vid)
		sea_nl_put_u16(out, NDA_VLAN, e->vid);
	return sea_nl_end(out);
}

void sea_rtnl_tell_fdb(struct sea_stack *stack, const struct sea_fdb_entry *entry, bool gone)
{
	const struct how how = { .type = gone ? RTM_DELNEIGH : RTM_NEWNEIGH };
	uint8_t bytes[ROOM] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_NEIGH))
		return;
	write_entry(&out, entry, how);
	sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_NEIGH, &out, NULL);
}

/* -- added and deleted -- */

struct change {
	struct sea_nl_req *req;
	struct ndmsg hdr;
	struct sea_nl_attr tb[NDA_MAX_ + 1];
	struct sea_link *link;
	struct sea_fdb_ask ask;
};

static const struct sea_nl_policy no_policy[NDA_MAX_ + 1];

static int read_vid(struct sea_nl_extack *extack, const struct sea_nl_attr *a, uint16_t *vid)
{
	*vid = 0;
	if (!a->value)
		return 0;
	if (a->len != sizeof(*vid))
		return sea_nl_complain(extack, -EINVAL, "invalid vlan attribute size");
	memcpy(vid, a->value, sizeof(*vid));
	if (!*vid || *vid >= 4095)
		return sea_nl_complain(extack, -EINVAL, "invalid vlan id");
	return 0;
}

static int find_link(struct change *c)
{
	if (!c->hdr.ndm_ifindex)
		return sea_nl_complain(c->req->extack, -EINVAL, "invalid ifindex");
	c->link = sea_link_by_index(c->req->stack, c->hdr.ndm_ifindex);
	if (!c->link)
		return sea_nl_complain(c->req->extack, -ENODEV, "unknown ifindex");
	return 0;
}

static int read_mac(struct change *c)
{
	const struct sea_nl_attr *a = &c->tb[NDA_LLADDR];

	if (!a->value || a->len != sizeof(c->ask.mac.b))
		return sea_nl_complain(c->req->extack, -EINVAL, "invalid address");
	memcpy(c->ask.mac.b, a->value, sizeof(c->ask.mac.b));
	if (c->link->type != SEA_LINK_ETHERNET && c->link->type != SEA_LINK_VRF)
		return sea_nl_complain(c->req->extack, -EINVAL,
				       c->req->hdr.nlmsg_type == RTM_NEWNEIGH
					       ? "FDB add only supported for Ethernet devices"
					       : "FDB delete only supported for Ethernet devices");
	return 0;
}

static int read_change(struct change *c, struct sea_nl_req *req)
{
	int err;

	*c = (struct change){ .req = req };
	err = sea_rtnl_parse(req, &c->hdr, sizeof(c->hdr), c->tb, NDA_MAX_, no_policy,
			     SEA_NL_LIBERAL);
	if (!err)
		err = find_link(c);
	if (!err)
		err = read_mac(c);
	if (!err)
		err = read_vid(req->extack, &c->tb[NDA_VLAN], &c->ask.vid);
	c->ask.state = c->hdr.ndm_state;
	c->ask.flags = c->hdr.ndm_flags;
	c->ask.msg_flags = req->hdr.nlmsg_flags;
	c->ask.tb = c->tb;
	c->ask.extack = req->extack;
	return err;
}

static const struct sea_link_fdb_ops *fdb_of(const struct sea_link *link)
{
	return link && link->kind ? link->kind->fdb : NULL;
}

static bool is_port(const struct sea_link *link)
{
	return fdb_of(link->master);
}

static int do_one(const struct change *c, const struct sea_link_fdb_ops *fdb)
{
	return c->req->hdr.nlmsg_type == RTM_NEWNEIGH ? fdb->add(c->link, &c->ask)
						      : fdb->del(c->link, &c->ask);
}

/* A link that is no master has no addresses of its own to be added or deleted. */
static int do_self(const struct change *c)
{
	const struct sea_link_fdb_ops *fdb = fdb_of(c->link);

	if (fdb)
		return do_one(c, fdb);
	return c->hdr.ndm_state & NUD_PERMANENT ? -EOPNOTSUPP : -EINVAL;
}

/* Of the port's master, and of the link itself, as flags say; of the master where they say nothing. */
static int do_change(struct sea_nl_req *req)
{
	struct change c;
	int err = read_change(&c, req);
	uint8_t flags = c.hdr.ndm_flags;

	if (err)
		return err;
	if (c.tb[NDA_NH_ID].value)
		return -EOPNOTSUPP;
	err = -EOPNOTSUPP;
	if ((!flags || (flags & NTF_MASTER)) && is_port(c.link)) {
		err = do_one(&c, fdb_of(c.link->master));
		if (err)
			return err;
	}
	return flags & NTF_SELF ? do_self(&c) : err;
}

/* -- asked for -- */

static int read_get(struct change *c, struct sea_nl_req *req)
{
	struct sea_nl_extack *extack = req->extack;
	int err;

	if (req->len < sizeof(c->hdr))
		return sea_nl_complain(extack, -EINVAL, "Invalid header for fdb get request");
	err = sea_rtnl_parse(req, &c->hdr, sizeof(c->hdr), c->tb, NDA_MAX_, no_policy,
			     SEA_NL_DEPRECATED_STRICT);
	if (c->hdr.ndm_pad1 || c->hdr.ndm_pad2 || c->hdr.ndm_state || c->hdr.ndm_type)
		return sea_nl_complain(extack, -EINVAL,
				       "Invalid values in header for fdb get request");
	if (c->hdr.ndm_flags & ~FLAGS_ASKED)
		return sea_nl_complain(extack, -EINVAL,
				       "Invalid flags in header for fdb get request");
	if (err)
		return err;
	for (unsigned i = 0; i <= NDA_MAX_; i++)
		if (c->tb[i].value && i != NDA_MASTER && i != NDA_LLADDR && i != NDA_VLAN)
			return sea_nl_complain(extack, -EINVAL,
					       "Unsupported attribute in fdb get request");
	if (!c->tb[NDA_LLADDR].value)
		return sea_nl_complain(extack, -EINVAL,
				       "Missing lookup address for fdb get request");
	if (c->tb[NDA_LLADDR].len != sizeof(c->ask.mac.b))
		return sea_nl_complain(extack, -EINVAL, "Invalid address in fdb get request");
	memcpy(c->ask.mac.b, c->tb[NDA_LLADDR].value, sizeof(c->ask.mac.b));
	c->ask.tb = c->tb;
	c->ask.extack = extack;
	return read_vid(extack, &c->tb[NDA_VLAN], &c->ask.vid);
}

/* Whose database it is about. */
static int find_master(struct change *c, struct sea_link **master)
{
	struct sea_nl_extack *extack = c->req->extack;
	const struct sea_nl_attr *a = &c->tb[NDA_MASTER];

	*master = NULL;
	if (c->hdr.ndm_ifindex) {
		c->link = sea_link_by_index(c->req->stack, c->hdr.ndm_ifindex);
		if (!c->link)
			return sea_nl_complain(extack, -ENODEV, "Unknown device ifindex");
	}
	if (a->value) {
		*master = a->len == 4 ? sea_link_by_index(c->req->stack, (int)sea_nl_u32(a)) : NULL;
		if (!*master)
			return sea_nl_complain(extack, -EINVAL, "Invalid master ifindex");
	}
	if (c->link && (!c->hdr.ndm_flags || (c->hdr.ndm_flags & NTF_MASTER))) {
		if (!is_port(c->link))
			return sea_nl_complain(extack, -EINVAL, "Device is not a bridge port");
		*master = c->link->master;
	} else if (c->link) {
		*master = c->link;
	}
	return *master ? 0 : sea_nl_complain(extack, -ENODEV, "No device specified");
}

static int do_get(struct sea_nl_req *req)
{
	const struct how how = { RTM_NEWNEIGH, 0, req->from_port, req->hdr.nlmsg_seq };
	struct change c = { .req = req };
	struct sea_link *master;
	struct sea_fdb_entry entry;
	uint8_t bytes[ROOM] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	int err = read_get(&c, req);

	if (!err)
		err = find_master(&c, &master);
	if (err)
		return err;
	if (!fdb_of(master))
		return sea_nl_complain(req->extack, -EOPNOTSUPP,
				       "Fdb get operation not supported by device");
	err = fdb_of(master)->get(master, &c.ask, &entry);
	if (err)
		return err;
	write_entry(&out, &entry, how);
	return sea_nl_answer(req, &out);
}

/* -- dumped -- */

enum dump_arg {
	ARG_DONE,   /* the index of the last link that is done with */
	ARG_CURSOR, /* in the next one's database */
	ARG_LINK,   /* only of this one; 0: of any */
	ARG_MASTER, /* only of this bridge; 0: of any */
	ARG_OWN,    /* the next one has shown what it has as a port, and goes on with its own */
};

static int take_attrs(struct sea_nl_req *req, struct sea_nl_dump *d, const struct sea_nl_attr *tb)
{
	for (unsigned i = 0; i <= NDA_MAX_; i++) {
		if (!tb[i].value)
			continue;
		if (i == NDA_IFINDEX && tb[i].len != 4)
			return sea_nl_complain(req->extack, -EINVAL,
					       "Invalid IFINDEX attribute in fdb dump request");
		if (i == NDA_MASTER && tb[i].len != 4)
			return sea_nl_complain(req->extack, -EINVAL,
					       "Invalid MASTER attribute in fdb dump request");
		if (i != NDA_IFINDEX && i != NDA_MASTER)
			return sea_nl_complain(req->extack, -EINVAL,
					       "Unsupported attribute in fdb dump request");
		d->arg[i == NDA_MASTER ? ARG_MASTER : ARG_LINK] = sea_nl_u32(&tb[i]);
	}
	return 0;
}

static int start_strictly(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[NDA_MAX_ + 1];
	struct ndmsg hdr;
	int err;

	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL, "Invalid header for fdb dump request");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (hdr.ndm_pad1 || hdr.ndm_pad2 || hdr.ndm_state || hdr.ndm_flags || hdr.ndm_type)
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for fdb dump request");
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, NDA_MAX_, no_policy,
			     SEA_NL_DEPRECATED_STRICT);
	d->arg[ARG_LINK] = (uint32_t)hdr.ndm_ifindex;
	return err ? err : take_attrs(req, d, tb);
}

/* Old programs send struct ifinfomsg, except those that send ndmsg: told from each other by the length (as Linux). */
static int start_liberally(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_IFLA_MAX + 1];
	struct ifinfomsg hdr;
	int err;

	if (req->len == sizeof(struct ndmsg) || req->len == sizeof(struct ndmsg) + 8)
		return 0;
	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL, "invalid header length");
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_IFLA_MAX, sea_rtnl_link_policy,
			     SEA_NL_LIBERAL);
	if (err)
		return -EINVAL;
	d->arg[ARG_LINK] = (uint32_t)hdr.ifi_index;
	if (tb[IFLA_MASTER].value)
		d->arg[ARG_MASTER] = sea_nl_u32(&tb[IFLA_MASTER]);
	return 0;
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	int err = req->strict ? start_strictly(req, d) : start_liberally(req, d);

	if (err)
		return err;
	if (d->arg[ARG_MASTER] && !sea_link_by_index(req->stack, (int)d->arg[ARG_MASTER]))
		return -ENODEV;
	return 0;
}

struct showing {
	struct sea_nl_dump *d;
	struct sea_nl_out *out;
	bool full;
};

static bool show(void *ctx, const struct sea_fdb_entry *entry)
{
	struct showing *s = ctx;
	const struct how how = { RTM_NEWNEIGH, s->d->msg_flags, s->d->port, s->d->msg_seq };

	s->full = !write_entry(s->out, entry, how);
	return !s->full;
}

/* What the link has as a port, or as a bridge. */
static bool is_asked_for(const struct sea_nl_dump *d, const struct sea_link *link)
{
	uint64_t master = d->arg[ARG_MASTER];

	if (d->arg[ARG_LINK] && d->arg[ARG_LINK] != (uint64_t)link->ifindex)
		return false;
	if (!is_port(link) && !fdb_of(link))
		return false;
	if (!master || (uint64_t)link->ifindex == master)
		return true;
	return link->master && (uint64_t)link->master->ifindex == master;
}

/* As a port first, and then of its own (as on Linux). */
static void dump_link(struct showing *s, struct sea_link *link)
{
	struct sea_nl_dump *d = s->d;

	if (is_port(link) && !d->arg[ARG_OWN]) {
		fdb_of(link->master)->walk(link, &d->arg[ARG_CURSOR], show, s);
		if (s->full)
			return;
		d->arg[ARG_CURSOR] = 0;
		d->arg[ARG_OWN] = 1;
	}
	if (fdb_of(link))
		fdb_of(link)->walk(link, &d->arg[ARG_CURSOR], show, s);
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct showing s = { .d = d, .out = out };
	struct sea_link *link = NULL;

	while ((link = sea_link_next(d->stack, link))) {
		if ((uint64_t)link->ifindex <= d->arg[ARG_DONE])
			continue;
		if (is_asked_for(d, link))
			dump_link(&s, link);
		if (s.full)
			return 1;
		d->arg[ARG_CURSOR] = d->arg[ARG_OWN] = 0;
		d->arg[ARG_DONE] = (uint64_t)link->ifindex;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_fdb_kinds[] = {
	{ .type = RTM_NEWNEIGH, .family = AF_BRIDGE, .doit = do_change },
	{ .type = RTM_DELNEIGH, .family = AF_BRIDGE, .doit = do_change },
	{ .type = RTM_GETNEIGH,
	  .family = AF_BRIDGE,
	  .judged_late = true,
	  .doit = do_get,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_fdb_kinds_n = sizeof(sea_rtnl_fdb_kinds) / sizeof(sea_rtnl_fdb_kinds[0]);
