/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLANs of a bridge that filters by them (IEEE 802.1Q §8.6): which a port is in, which one a frame is of, and whether it
 * leaves with its tag. Inside, frames have none. no-oracle: the kernel here is built without it; what is done is what
 * bridge(8) and <linux/if_bridge.h> say.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "core/save.h"
#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/bridge.h"
#include "netlink/build.h"
#include "netlink/policy.h"

#define MACS 12u
#define TAGGED_HDR 18u

/* -- frames -- */

/* The tag's value, or 0 where there is none of this bridge's type. */
static bool has_tag(const struct sea_bridge *b, struct sea_pkt *pkt, uint16_t *tci)
{
	const uint8_t *at = sea_pkt_peek(pkt, TAGGED_HDR);

	if (!at || sea_get16(at + MACS) != b->vlan_proto)
		return false;
	*tci = sea_get16(at + MACS + 2);
	return true;
}

bool sea_bridge_vlan_peek(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			  struct sea_pkt *pkt, struct sea_bridge_tag *tag)
{
	uint16_t tci = 0;

	*tag = (struct sea_bridge_tag){ 0 };
	if (!b->filters)
		return true;
	(void)has_tag(b, pkt, &tci);
	tag->vid = tci & SEA_VLAN_ID_MASK;
	tag->rest = tci & (uint16_t)~SEA_VLAN_ID_MASK;
	if (!tag->vid)
		tag->vid = v->pvid;
	return tag->vid && sea_bridge_vlan_has(v->member, tag->vid);
}

static bool take_tag(struct sea_pkt *pkt)
{
	uint8_t *frame = sea_pkt_writable(pkt, TAGGED_HDR);

	if (!frame)
		return false;
	memmove(frame + SEA_VLAN_TAG_LEN, frame, MACS);
	sea_pkt_skip(pkt, SEA_VLAN_TAG_LEN);
	pkt->off_link = sea_pkt_offset(pkt);
	return true;
}

static bool refuse(const struct sea_bridge *b, struct sea_pkt *pkt, enum sea_drop reason)
{
	pkt->link->stats.rx_dropped++;
	sea_pkt_drop(b->link->stack, pkt, reason);
	return false;
}

bool sea_bridge_vlan_in(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			struct sea_pkt *pkt, struct sea_bridge_tag *tag)
{
	uint16_t tci;

	if (!sea_bridge_vlan_peek(b, v, pkt, tag))
		return refuse(b, pkt, SEA_DROP_BRIDGE_VLAN);
	if (b->filters && has_tag(b, pkt, &tci) && !take_tag(pkt))
		return refuse(b, pkt, SEA_DROP_LINK_NO_MEMORY);
	return true;
}

bool sea_bridge_vlan_out(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			 struct sea_pkt *pkt, struct sea_bridge_tag tag)
{
	uint8_t *frame;

	if (!b->filters || sea_bridge_vlan_has(v->untagged, tag.vid))
		return true;
	frame = sea_pkt_push(pkt, SEA_VLAN_TAG_LEN);
	if (!frame) {
		pkt->link->stats.tx_dropped++;
		sea_pkt_drop(b->link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return false;
	}
	memmove(frame, frame + SEA_VLAN_TAG_LEN, MACS);
	sea_put16(frame + MACS, b->vlan_proto);
	sea_put16(frame + MACS + 2, tag.vid | tag.rest);
	pkt->off_link = sea_pkt_offset(pkt);
	return true;
}

/* -- who is in which -- */

static struct sea_bridge_vlans *vlans_of(struct sea_bridge *b, struct sea_bridge_port *port)
{
	return port ? &port->vlans : &b->vlans;
}

static void set(uint64_t *bits, uint16_t vid, bool on)
{
	const uint64_t bit = UINT64_C(1) << vid % 64;

	bits[vid / 64] = on ? bits[vid / 64] | bit : bits[vid / 64] & ~bit;
}

int sea_bridge_vlan_add(struct sea_bridge *b, struct sea_bridge_port *port, uint16_t vid, bool pvid,
			bool untagged)
{
	struct sea_bridge_vlans *v = vlans_of(b, port);
	int err = sea_bridge_fdb_add_local(b, port, port ? &port->mac : &b->own, vid);

	if (err)
		return err;
	set(v->member, vid, true);
	set(v->untagged, vid, untagged);
	if (pvid)
		v->pvid = vid;
	else if (v->pvid == vid)
		v->pvid = 0;
	return 0;
}

void sea_bridge_vlan_del(struct sea_bridge *b, struct sea_bridge_port *port, uint16_t vid)
{
	struct sea_bridge_vlans *v = vlans_of(b, port);

	set(v->member, vid, false);
	set(v->untagged, vid, false);
	if (v->pvid == vid)
		v->pvid = 0;
	sea_bridge_fdb_del_local(b, port, port ? &port->mac : &b->own, vid);
	if (port)
		sea_bridge_fdb_flush(b, port, vid, false);
}

void sea_bridge_vlans_clear(struct sea_bridge *b, struct sea_bridge_port *port)
{
	for (uint16_t vid = 1; vid < SEA_BRIDGE_VIDS; vid++)
		if (sea_bridge_vlan_has(vlans_of(b, port)->member, vid))
			sea_bridge_vlan_del(b, port, vid);
}

/* -- asked for -- */

struct range {
	uint16_t from, to, flags;
};

/* That one is not there to be deleted is no error (as on Linux). */
static int change_range(struct sea_bridge *b, struct sea_bridge_port *port, struct range r,
			bool del, bool *changed)
{
	for (uint16_t vid = r.from; vid <= r.to; vid++) {
		bool is = sea_bridge_vlan_has(vlans_of(b, port)->member, vid);
		int err = 0;

		if (del && !is)
			continue;
		if (del)
			sea_bridge_vlan_del(b, port, vid);
		else
			err = sea_bridge_vlan_add(b, port, vid, r.flags & BRIDGE_VLAN_INFO_PVID,
						  r.flags & BRIDGE_VLAN_INFO_UNTAGGED);
		if (err)
			return err;
		*changed = true;
	}
	return 0;
}

/* A range comes as its beginning and its end. */
static int read_range(const struct sea_nl_attr *a, uint16_t *begin, struct range *r)
{
	struct bridge_vlan_info info;

	if (a->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, a->value, sizeof(info));
	if (!info.vid || info.vid >= SEA_BRIDGE_VIDS - 1)
		return -EINVAL;
	r->flags = info.flags;
	r->from = r->to = info.vid;
	if (info.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
		if (*begin || (info.flags & BRIDGE_VLAN_INFO_PVID))
			return -EINVAL;
		*begin = info.vid;
		return 1;
	}
	if (!(info.flags & BRIDGE_VLAN_INFO_RANGE_END))
		return *begin ? -EINVAL : 0;
	if (!*begin || info.vid <= *begin || (info.flags & BRIDGE_VLAN_INFO_PVID))
		return -EINVAL;
	r->from = *begin;
	*begin = 0;
	return 0;
}

int sea_bridge_vlans_change(struct sea_link *link, const struct sea_nl_attr *spec, bool del,
			    struct sea_nl_extack *extack)
{
	struct sea_bridge_port *port = sea_bridge_port_of(link);
	struct sea_bridge *b = port ? port->bridge : sea_bridge_of(link);
	uint16_t begin = 0;
	bool changed = false;
	struct sea_nl_attr a;
	uint32_t at = 0;
	int err = 0;

	(void)extack;
	while (!err && sea_nl_next(spec->value, spec->len, &at, &a)) {
		struct range r;

		if (a.type == IFLA_BRIDGE_FLAGS || a.type == IFLA_BRIDGE_MODE)
			continue;
		if (a.type != IFLA_BRIDGE_VLAN_INFO)
			return -EOPNOTSUPP;
		err = read_range(&a, &begin, &r);
		if (err > 0) {
			err = 0;
			continue;
		}
		if (!err)
			err = change_range(b, port, r, del, &changed);
	}
	if (changed)
		sea_rtnl_tell_port(link, false);
	return err;
}

/* -- shown -- */

static uint16_t flags_of(const struct sea_bridge_vlans *v, uint16_t vid)
{
	return (uint16_t)((v->pvid == vid ? BRIDGE_VLAN_INFO_PVID : 0) |
			  (sea_bridge_vlan_has(v->untagged, vid) ? BRIDGE_VLAN_INFO_UNTAGGED : 0));
}

static void put_vlan(struct sea_nl_out *out, uint16_t vid, unsigned flags)
{
	const struct bridge_vlan_info info = { .flags = (uint16_t)flags, .vid = vid };

	sea_nl_put(out, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
}

/* The last of those behind `vid` that are as it is. */
static uint16_t end_of_range(const struct sea_bridge_vlans *v, uint16_t vid)
{
	const uint16_t flags = flags_of(v, vid);

	while (vid + 1u < SEA_BRIDGE_VIDS && !(flags & BRIDGE_VLAN_INFO_PVID) &&
	       sea_bridge_vlan_has(v->member, (uint16_t)(vid + 1)) &&
	       flags_of(v, (uint16_t)(vid + 1)) == flags)
		vid++;
	return vid;
}

void sea_bridge_vlans_show(const struct sea_link *link, bool ranges, struct sea_nl_out *out)
{
	const struct sea_bridge_port *port = sea_bridge_port_of(link);
	const struct sea_bridge_vlans *v = port ? &port->vlans : &sea_bridge_of(link)->vlans;

	for (uint16_t vid = 1; vid < SEA_BRIDGE_VIDS; vid++) {
		const uint16_t flags = flags_of(v, vid);
		uint16_t last;

		if (!sea_bridge_vlan_has(v->member, vid))
			continue;
		last = ranges ? end_of_range(v, vid) : vid;
		if (last == vid) {
			put_vlan(out, vid, flags);
			continue;
		}
		put_vlan(out, vid, flags | BRIDGE_VLAN_INFO_RANGE_BEGIN);
		put_vlan(out, last, flags | BRIDGE_VLAN_INFO_RANGE_END);
		vid = last;
	}
}

/* -- saved -- */

void sea_bridge_vlans_save(const struct sea_bridge_vlans *v, struct sea_saver *to)
{
	for (unsigned i = 0; i < SEA_BRIDGE_VIDS / 64; i++) {
		sea_save_u64(to, v->member[i]);
		sea_save_u64(to, v->untagged[i]);
	}
	sea_save_u16(to, v->pvid);
}

int sea_bridge_vlans_load(struct sea_bridge_vlans *v, struct sea_loader *from)
{
	for (unsigned i = 0; i < SEA_BRIDGE_VIDS / 64; i++) {
		v->member[i] = sea_load_u64(from);
		v->untagged[i] = sea_load_u64(from);
	}
	v->pvid = sea_load_u16(from);
	if (!from->err && (v->pvid >= SEA_BRIDGE_VIDS || sea_bridge_vlan_has(v->member, 0)))
		return -EINVAL;
	return from->err;
}
