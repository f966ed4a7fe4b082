/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of bridges: where one goes that came by a port or from the bridge itself (IEEE 802.1D §7.7). A frame for several
 * ports is cloned for all but the last.
 */
#include <errno.h>
#include <string.h>

#include "core/gso.h"
#include "core/stack.h"
#include "link/device/bridge.h"
#include "link/device/bridge_stp.h"
#include "link/device/vlan.h"

#define ETH_HDR ((uint32_t)sizeof(struct sea_ether_hdr))

/* Of 01-80-C2-00-00-0n (IEEE 802.1D table 7-10). */
#define GROUP_STP 0x0
#define GROUP_PAUSE 0x1

struct frame {
	struct sea_bridge *bridge;
	struct sea_bridge_port *in; /* NULL: the bridge itself sends it */
	struct sea_pkt *pkt;
	struct sea_mac dst;
	struct sea_bridge_tag tag;
};

/* As on Linux the link's counters do not know of these. */
static void drop(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop reason)
{
	sea_pkt_drop(link->stack, pkt, reason);
}

/* -- out of a port -- */

static uint32_t header_len(struct sea_pkt *pkt)
{
	uint32_t len = ETH_HDR;
	const uint8_t *at = sea_pkt_peek(pkt, len);

	while (at && sea_ethertype_is_vlan(sea_get16(at + len - 2))) {
		len += SEA_VLAN_TAG_LEN;
		at = sea_pkt_peek(pkt, len);
	}
	return at ? len : 0;
}

/* What was found right on the way in is to be made anew where the frame is cut. False: no memory. */
static bool sums_for_sending(struct sea_pkt *pkt)
{
	uint32_t hdr;
	bool right;

	if (pkt->gso_type == SEA_GSO_NONE && pkt->csum_state != SEA_CSUM_PARTIAL) {
		pkt->csum_state = SEA_CSUM_NONE;
		return true;
	}
	hdr = header_len(pkt);
	if (!hdr)
		return false;
	sea_pkt_skip(pkt, hdr);
	pkt->off_net = sea_pkt_offset(pkt);
	right = sea_gso_sums_for_sending(pkt);
	pkt->off_net = sea_pkt_offset(pkt);
	sea_pkt_unpull(pkt, hdr);
	return right;
}

/* A tag more than its MTU may be there (as on Linux). */
static bool fits(const struct sea_link *link, const struct sea_pkt *pkt)
{
	return pkt->gso_type != SEA_GSO_NONE || pkt->len <= link->mtu + ETH_HDR + SEA_VLAN_TAG_LEN;
}

static void send_by(const struct frame *f, const struct sea_bridge_port *out, struct sea_pkt *pkt)
{
	struct sea_link *link = out->link;

	pkt->link = link;
	if (!fits(link, pkt)) {
		link->stats.tx_dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_TOO_BIG);
		return;
	}
	if (!sea_bridge_vlan_out(f->bridge, &out->vlans, pkt, f->tag))
		return;
	if (!sums_for_sending(pkt)) {
		link->stats.tx_dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	pkt->edt = pkt->edt && !f->in; /* what came in has no time to leave at */
	(void)sea_link_output_frame(link, pkt);
}

/* A clone where the frame is needed once more; NULL: no memory. */
static void send_copy(const struct frame *f, const struct sea_bridge_port *out)
{
	struct sea_pkt *copy = sea_pkt_clone(f->pkt, &f->bridge->link->stack->shard.pool);

	if (copy)
		send_by(f, out, copy);
	else
		out->link->stats.tx_dropped++;
}

static bool may_leave(const struct frame *f, const struct sea_bridge_port *out)
{
	if (out->state != SEA_BRIDGE_FORWARDING)
		return false;
	if (out == f->in && !(out->flags & SEA_BRPORT_HAIRPIN))
		return false;
	if (f->in && (f->in->flags & out->flags & SEA_BRPORT_ISOLATED))
		return false;
	return sea_bridge_vlan_may_leave(f->bridge, &out->vlans, f->tag.vid);
}

/* -- up -- */

static void hand_up(const struct frame *f, struct sea_pkt *pkt)
{
	struct sea_bridge *b = f->bridge;
	struct sea_pktq batch;

	pkt->link = b->link;
	if (!sea_bridge_vlan_may_leave(b, &b->vlans, f->tag.vid)) {
		drop(b->link, pkt, SEA_DROP_BRIDGE_VLAN);
		return;
	}
	if (!sea_bridge_vlan_out(b, &b->vlans, pkt, f->tag))
		return;
	sea_pktq_init(&batch);
	sea_pktq_push(&batch, pkt);
	sea_link_receive_wire(b->link, &batch);
}

static void hand_up_copy(const struct frame *f)
{
	struct sea_pkt *copy = sea_pkt_clone(f->pkt, &f->bridge->link->stack->shard.pool);

	if (copy)
		hand_up(f, copy);
	else
		f->bridge->link->stats.rx_dropped++;
}

/* -- where to -- */

static uint32_t flood_flag(const struct sea_mac *dst)
{
	if (sea_mac_is_broadcast(dst))
		return SEA_BRPORT_BCAST_FLOOD;
	return sea_mac_is_multicast(dst) ? SEA_BRPORT_MCAST_FLOOD : SEA_BRPORT_FLOOD;
}

/* Groups that the bridge itself sends to go to all. */
static bool is_flooded(const struct frame *f, const struct sea_bridge_port *p)
{
	uint32_t flag = flood_flag(&f->dst);

	if (!(p->flags & flag) && (f->in || flag == SEA_BRPORT_FLOOD))
		return false;
	return may_leave(f, p);
}

/* To all ports; the last of those who get it gets the frame itself, unless it goes up as well. */
static void flood(struct frame *f, bool up)
{
	struct sea_bridge_port *p, *last = NULL;

	SEA_BRIDGE_EACH_PORT(p, f->bridge)
	{
		if (!is_flooded(f, p))
			continue;
		if (last)
			send_copy(f, last);
		last = p;
	}
	if (up) {
		if (last)
			send_copy(f, last);
		hand_up(f, f->pkt);
	} else if (last) {
		send_by(f, last, f->pkt);
	} else {
		sea_pkt_drop(f->bridge->link->stack, f->pkt, SEA_DROP_BRIDGE_NOWHERE);
	}
}

static void send_to(const struct frame *f, const struct sea_bridge_port *out)
{
	if (out && may_leave(f, out))
		send_by(f, out, f->pkt);
	else
		sea_pkt_drop(f->bridge->link->stack, f->pkt, SEA_DROP_BRIDGE_NOWHERE);
}

static bool hears_all(const struct sea_bridge *b)
{
	return b->link->promiscuity;
}

static void forward(struct frame *f)
{
	struct sea_bridge *b = f->bridge;
	struct sea_bridge_fdb *to;

	if (sea_mac_is_multicast(&f->dst)) {
		flood(f, sea_bridge_vlan_may_leave(b, &b->vlans, f->tag.vid));
		return;
	}
	to = sea_bridge_fdb_find(b, &f->dst, f->tag.vid);
	if (!to) {
		flood(f, hears_all(b));
		return;
	}
	to->used = b->link->stack->shard.now;
	if (to->local) {
		hand_up(f, f->pkt);
		return;
	}
	if (hears_all(b))
		hand_up_copy(f);
	send_to(f, to->port);
}

/* -- in by a port -- */

/* A port that is locked takes only what somebody said is behind it. */
static bool is_let_in(const struct frame *f, const struct sea_mac *src)
{
	const struct sea_bridge_fdb *from;

	if (!(f->in->flags & SEA_BRPORT_LOCKED))
		return true;
	from = sea_bridge_fdb_find(f->bridge, src, f->tag.vid);
	return from && from->port == f->in && !from->local;
}

static void take(struct sea_bridge_port *p, struct sea_pkt *pkt, const struct sea_ether_hdr *eth)
{
	struct frame f = { .bridge = p->bridge, .in = p, .pkt = pkt, .dst = eth->dst };
	const struct sea_mac src = eth->src;

	if (!sea_bridge_vlan_in(f.bridge, &p->vlans, f.pkt, &f.tag))
		return;
	if (!is_let_in(&f, &src)) {
		drop(p->link, f.pkt, SEA_DROP_BRIDGE_LOCKED);
		return;
	}
	if (p->flags & SEA_BRPORT_LEARNING)
		sea_bridge_fdb_learn(p, &src, f.tag.vid);
	if (p->state == SEA_BRIDGE_LEARNING ||
	    (f.bridge->filters &&
	     sea_bridge_vlan_state(&p->vlans, f.tag.vid) == SEA_BRIDGE_LEARNING))
		drop(p->link, f.pkt, SEA_DROP_BRIDGE_STATE);
	else
		forward(&f);
}

/* -- link-local groups -- */

static bool is_link_local(const struct sea_mac *dst)
{
	static const uint8_t front[5] = { 0x01, 0x80, 0xc2, 0, 0 };

	return !memcmp(dst->b, front, sizeof(front)) && dst->b[5] < 16;
}

/*
 * What is between neighbours on a wire stays there: it is the port's own, unless a mask lets it pass. Without a spanning
 * tree the frames of such are like any others.
 */
static bool goes_on(const struct sea_bridge_port *p, uint8_t n)
{
	uint32_t mask = p->group_fwd_mask | p->bridge->group_fwd_mask;

	return (n == GROUP_STP && !p->bridge->stp.on) || mask >> n & 1;
}

/* Its source is learned all the same; of its VLAN, where that can be told. */
static void learn_local(struct sea_bridge_port *p, struct sea_pkt *pkt, const struct sea_mac *src)
{
	struct sea_bridge_tag tag;

	if (!(p->flags & SEA_BRPORT_LEARNING) || p->bridge->no_ll_learn ||
	    (p->state != SEA_BRIDGE_LEARNING && p->state != SEA_BRIDGE_FORWARDING))
		return;
	if (sea_bridge_vlan_peek(p->bridge, &p->vlans, pkt, &tag) &&
	    sea_bridge_vlan_may_enter(p->bridge, &p->vlans, tag.vid))
		sea_bridge_fdb_learn(p, src, tag.vid);
}

static void take_local(struct sea_bridge_port *p, struct sea_pkt *pkt,
		       const struct sea_ether_hdr *eth)
{
	const struct sea_mac src = eth->src;

	if (eth->dst.b[5] == GROUP_PAUSE) {
		drop(p->link, pkt, SEA_DROP_BRIDGE_PAUSE);
		return;
	}
	learn_local(p, pkt, &src);
	if (!sea_stp_input(p, pkt))
		sea_link_input_own(p->link, pkt);
}

/* Of a VLAN that a link on the port is of: that takes it before the bridge does (as on Linux). */
static bool is_of_upper(const struct sea_link *link, struct sea_pkt *pkt)
{
	const uint8_t *at;

	if (!link->n_uppers)
		return false;
	at = sea_pkt_peek(pkt, SEA_VLAN_HDR_LEN);
	return at && sea_ethertype_is_vlan(sea_get16(at + 12)) &&
	       sea_vlan_find(link->stack, link, sea_get16(at + 12),
			     sea_get16(at + 14) & SEA_VLAN_ID_MASK);
}

static bool is_source(const struct sea_mac *m)
{
	return !sea_mac_is_multicast(m) && !sea_mac_is_zero(m);
}

static void take_any(struct sea_bridge_port *p, struct sea_pkt *pkt)
{
	const struct sea_ether_hdr *eth = sea_pkt_peek(pkt, ETH_HDR);
	struct sea_link *link = p->link;

	if (!eth) {
		link->stats.rx_errors++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_SHORT);
	} else if (!is_source(&eth->src)) {
		drop(link, pkt, SEA_DROP_BRIDGE_SOURCE);
	} else if (is_link_local(&eth->dst) && !goes_on(p, eth->dst.b[5])) {
		take_local(p, pkt, eth);
	} else if (p->state != SEA_BRIDGE_LEARNING && p->state != SEA_BRIDGE_FORWARDING) {
		drop(link, pkt, SEA_DROP_BRIDGE_STATE);
	} else {
		take(p, pkt, eth);
	}
}

void sea_bridge_input(struct sea_link *link, struct sea_pkt *pkt)
{
	pkt->off_link = sea_pkt_offset(pkt);
	if (is_of_upper(link, pkt))
		sea_link_input_own(link, pkt);
	else
		take_any(link->diversion->ctx, pkt);
}

/* -- from the bridge itself -- */

int sea_bridge_xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	struct frame f = { .bridge = sea_bridge_of(link), .pkt = pkt };
	const struct sea_ether_hdr *eth = sea_pkt_peek(pkt, ETH_HDR);
	const struct sea_bridge_fdb *to;

	if (!eth) {
		link->stats.tx_dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_SHORT);
		return 0;
	}
	f.dst = eth->dst;
	if (!sea_bridge_vlan_in(f.bridge, &f.bridge->vlans, f.pkt, &f.tag))
		return 0;
	to = sea_mac_is_multicast(&f.dst) ? NULL : sea_bridge_fdb_find(f.bridge, &f.dst, f.tag.vid);
	if (to)
		send_to(&f, to->port);
	else
		flood(&f, false);
	return 0;
}
