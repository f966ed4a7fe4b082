/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLANs of a bridge that filters by them (IEEE 802.1Q §8.6): which a port is in, which one a frame is of, whether it may
 * come in, and whether it leaves with its tag. Inside, frames have none. no-oracle: the kernel here is built without it; what is done is what
 * bridge(8) and <linux/if_bridge.h> say.
 */
#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "core/stack.h"
#include "link/device/bridge.h"

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

bool sea_bridge_vlan_may_enter(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			       uint16_t vid)
{
	uint8_t state = b->filters ? sea_bridge_vlan_state(v, vid) : SEA_BRIDGE_FORWARDING;

	return state == SEA_BRIDGE_LEARNING || state == SEA_BRIDGE_FORWARDING;
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

/* Without their Ethernet header, as on Linux. */
static void count(const struct sea_pkt *pkt, uint64_t *packets, uint64_t *bytes)
{
	(*packets)++;
	*bytes += pkt->len - sizeof(struct sea_ether_hdr);
}

bool sea_bridge_vlan_in(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			struct sea_pkt *pkt, struct sea_bridge_tag *tag)
{
	uint16_t tci;

	if (!sea_bridge_vlan_peek(b, v, pkt, tag))
		return refuse(b, pkt, SEA_DROP_BRIDGE_VLAN);
	if (!sea_bridge_vlan_may_enter(b, v, tag->vid))
		return refuse(b, pkt, SEA_DROP_BRIDGE_STATE);
	if (b->filters && has_tag(b, pkt, &tci) && !take_tag(pkt))
		return refuse(b, pkt, SEA_DROP_LINK_NO_MEMORY);
	if (b->counts && b->filters)
		count(pkt, &b->counters[tag->vid].rx_packets, &b->counters[tag->vid].rx_bytes);
	return true;
}

bool sea_bridge_vlan_out(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			 struct sea_pkt *pkt, struct sea_bridge_tag tag)
{
	uint8_t *frame;

	if (b->counts && b->filters)
		count(pkt, &b->counters[tag.vid].tx_packets, &b->counters[tag.vid].tx_bytes);
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
	if (v->states)
		v->states[vid] = SEA_BRIDGE_FORWARDING;
	if (b->counters && !sea_bridge_vlan_used(b, vid))
		b->counters[vid] = (struct sea_bridge_counters){ 0 };
	if (v->pvid == vid)
		v->pvid = 0;
	sea_bridge_fdb_del_local(b, port, port ? &port->mac : &b->own, vid);
	if (port)
		sea_bridge_fdb_flush(b, port, vid, false);
}

void sea_bridge_vlans_clear(struct sea_bridge *b, struct sea_bridge_port *port)
{
	for (uint16_t vid = 1; vid < SEA_BRIDGE_VIDS; vid++)
		if (sea_bridge_vlan_has(vlans_of(b, port)->member, vid)) {
			sea_bridge_vlan_del(b, port, vid);
			sea_bridge_vlan_tell(b, port, vid, vid, true);
		}
}

bool sea_bridge_vlan_used(const struct sea_bridge *b, uint16_t vid)
{
	const struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (sea_bridge_vlan_has(p->vlans.member, vid))
			return true;
	}
	return sea_bridge_vlan_has(b->vlans.member, vid);
}

/* -- states and counters: there is memory for them once somebody wants other than all have -- */

static struct sea_pool *pool_of(const struct sea_bridge *b)
{
	return &b->link->stack->shard.pool;
}

int sea_bridge_vlan_set_state(struct sea_bridge *b, struct sea_bridge_vlans *v, uint16_t vid,
			      uint8_t state)
{
	if (!v->states && state == SEA_BRIDGE_FORWARDING)
		return 0;
	if (!v->states) {
		v->states = sea_pool_alloc(pool_of(b), SEA_BRIDGE_VIDS);
		if (!v->states)
			return -ENOMEM;
		memset(v->states, SEA_BRIDGE_FORWARDING, SEA_BRIDGE_VIDS);
	}
	v->states[vid] = state;
	return 0;
}

void sea_bridge_vlans_fini(struct sea_bridge *b, struct sea_bridge_vlans *v)
{
	if (v->states)
		sea_pool_free(pool_of(b), v->states, SEA_BRIDGE_VIDS);
	v->states = NULL;
}

int sea_bridge_vlans_count(struct sea_bridge *b, bool on)
{
	if (on && !b->counters)
		b->counters = sea_pool_zalloc(pool_of(b), SEA_BRIDGE_VIDS * sizeof(*b->counters));
	if (on && !b->counters)
		return -ENOMEM;
	b->counts = on;
	return 0;
}

void sea_bridge_counters_fini(struct sea_bridge *b)
{
	if (b->counters)
		sea_pool_free(pool_of(b), b->counters, SEA_BRIDGE_VIDS * sizeof(*b->counters));
	b->counters = NULL;
}

/* -- saved -- */

void sea_bridge_vlans_save(const struct sea_bridge_vlans *v, struct sea_saver *to)
{
	for (unsigned i = 0; i < SEA_BRIDGE_VIDS / 64; i++) {
		sea_save_u64(to, v->member[i]);
		sea_save_u64(to, v->untagged[i]);
	}
	sea_save_u16(to, v->pvid);
	sea_save_u8(to, v->states != NULL);
	if (v->states)
		sea_save_bytes(to, v->states, SEA_BRIDGE_VIDS);
}

static int load_states(struct sea_bridge *b, struct sea_bridge_vlans *v, struct sea_loader *from)
{
	int err = sea_bridge_vlan_set_state(b, v, 0, SEA_BRIDGE_DISABLED);

	if (err)
		return err;
	sea_load_bytes(from, v->states, SEA_BRIDGE_VIDS);
	for (unsigned vid = 0; !from->err && vid < SEA_BRIDGE_VIDS; vid++)
		if (v->states[vid] > SEA_BRIDGE_BLOCKING)
			return -EINVAL;
	return from->err;
}

int sea_bridge_vlans_load(struct sea_bridge *b, struct sea_bridge_vlans *v, struct sea_loader *from)
{
	for (unsigned i = 0; i < SEA_BRIDGE_VIDS / 64; i++) {
		v->member[i] = sea_load_u64(from);
		v->untagged[i] = sea_load_u64(from);
	}
	v->pvid = sea_load_u16(from);
	if (!from->err && (v->pvid >= SEA_BRIDGE_VIDS || sea_bridge_vlan_has(v->member, 0)))
		return -EINVAL;
	return sea_load_u8(from) && !from->err ? load_states(b, v, from) : from->err;
}

static bool counted(const struct sea_bridge_counters *c)
{
	return c->rx_packets || c->tx_packets;
}

/* Those that are not 0, and 0 behind the last. */
void sea_bridge_counters_save(const struct sea_bridge *b, struct sea_saver *to)
{
	sea_save_u8(to, b->counts);
	for (uint16_t vid = 1; b->counters && vid < SEA_BRIDGE_VIDS; vid++) {
		const struct sea_bridge_counters *c = &b->counters[vid];

		if (!counted(c))
			continue;
		sea_save_u16(to, vid);
		sea_save_u64(to, c->rx_packets);
		sea_save_u64(to, c->rx_bytes);
		sea_save_u64(to, c->tx_packets);
		sea_save_u64(to, c->tx_bytes);
	}
	sea_save_u16(to, 0);
}

int sea_bridge_counters_load(struct sea_bridge *b, struct sea_loader *from)
{
	bool on = sea_load_u8(from);
	uint16_t vid;
	int err = 0;

	while (!err && (vid = sea_load_u16(from)) && !from->err) {
		if (vid >= SEA_BRIDGE_VIDS)
			return -EINVAL;
		err = sea_bridge_vlans_count(b, true);
		if (err)
			return err;
		b->counters[vid].rx_packets = sea_load_u64(from);
		b->counters[vid].rx_bytes = sea_load_u64(from);
		b->counters[vid].tx_packets = sea_load_u64(from);
		b->counters[vid].tx_bytes = sea_load_u64(from);
	}
	if (!err)
		err = sea_bridge_vlans_count(b, on);
	return from->err ? from->err : err;
}
