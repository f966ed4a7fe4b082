/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of VLANs: tags taken out and put in. */
#include <errno.h>
#include <string.h>

#include "core/proto.h"
#include "core/stack.h"
#include "link/device/vlan.h"

#define MACS 12u /* two addresses begin a frame */

/* -- in -- */

/* A frame with a tag, from its link header on. */
struct tagged {
	uint8_t *frame;
	uint32_t hdr; /* bytes of the link's own header, the tag's type at its end */
};

static uint16_t tag_type(const struct tagged *t)
{
	return sea_get16(t->frame + t->hdr - 2);
}

static uint16_t tag_id(const struct tagged *t)
{
	return sea_get16(t->frame + t->hdr) & SEA_VLAN_ID_MASK;
}

/* Takes `n` bytes out that stand before the last ones of the header; the addresses stay in front. */
static void take_out(struct sea_pkt *pkt, struct tagged *t, uint32_t n, uint32_t front)
{
	memmove(t->frame + n, t->frame, front);
	sea_pkt_skip(pkt, n);
	t->frame += n;
}

static void hand_up(struct sea_link *vlan, struct sea_pkt *pkt, struct tagged *t)
{
	uint32_t want = vlan->framing->hdr_len;
	struct sea_pktq batch;

	take_out(pkt, t, t->hdr + SEA_VLAN_TAG_LEN - want, MACS);
	pkt->link = vlan;
	sea_pktq_init(&batch);
	sea_pktq_push(&batch, pkt);
	sea_link_receive_wire(vlan, &batch);
}

static void refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop reason)
{
	link->stats.rx_dropped++;
	sea_pkt_drop(link->stack, pkt, reason);
}

/* A tag of id 0 says a priority only (IEEE 802.1Q §9.6): the frame is the link's own, unless a VLAN wants it. */
static void input(struct sea_stack *stack, struct sea_pkt *pkt)
{
	struct tagged t = { .hdr = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_link) };
	struct sea_link *lower = pkt->link, *vlan;

	sea_pkt_unpull(pkt, t.hdr);
	for (;;) {
		if (pkt->len < t.hdr + SEA_VLAN_TAG_LEN) {
			lower->stats.rx_errors++;
			sea_pkt_drop(stack, pkt, SEA_DROP_LINK_SHORT);
			return;
		}
		t.frame = sea_pkt_writable(pkt, t.hdr + SEA_VLAN_TAG_LEN);
		if (!t.frame) {
			refuse(lower, pkt, SEA_DROP_LINK_NO_MEMORY);
			return;
		}
		vlan = sea_vlan_find(stack, lower, tag_type(&t), tag_id(&t));
		if (vlan || tag_id(&t))
			break;
		take_out(pkt, &t, SEA_VLAN_TAG_LEN, t.hdr - 2);
		if (!sea_ethertype_is_vlan(tag_type(&t))) {
			sea_link_input_own(lower, pkt);
			return;
		}
	}
	if (vlan)
		hand_up(vlan, pkt, &t);
	else
		refuse(lower, pkt, SEA_DROP_VLAN_UNKNOWN);
}

const struct sea_net_proto sea_vlan_proto = { .ethertype = SEA_ETHERTYPE_VLAN, .input = input };
const struct sea_net_proto sea_svlan_proto = { .ethertype = SEA_ETHERTYPE_SVLAN, .input = input };

/* -- out -- */

static void put_tag(uint8_t *at, const struct sea_vlan *v)
{
	sea_put16(at, v->proto);
	sea_put16(at + 2, v->id);
}

/* Frames of its own have it already, those of links that stand on it have not. */
static bool has_tag(const struct sea_link *link, struct sea_pkt *pkt)
{
	const struct sea_vlan *v = sea_vlan_of(link);
	const uint8_t *frame = sea_pkt_peek(pkt, SEA_VLAN_HDR_LEN);

	return frame && sea_get16(frame + MACS) == v->proto && sea_get16(frame + MACS + 2) == v->id;
}

int sea_vlan_xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	uint8_t *frame;

	if (sea_link_own_framing(link) == &sea_framing_vlan && has_tag(link, pkt))
		return sea_link_output_frame(link->lower, pkt);
	frame = sea_pkt_push(pkt, SEA_VLAN_TAG_LEN);
	if (!frame) {
		link->stats.tx_dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return -ENOMEM;
	}
	memmove(frame, frame + SEA_VLAN_TAG_LEN, MACS);
	put_tag(frame + MACS, sea_vlan_of(link));
	return sea_link_output_frame(link->lower, pkt);
}

/* -- frames that keep their tag -- */

static void input_whole(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_ether_input(link, pkt, SEA_VLAN_HDR_LEN);
}

static int push_whole(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		      uint16_t ethertype)
{
	uint8_t *frame = sea_pkt_push(pkt, SEA_VLAN_HDR_LEN);

	if (!frame)
		return -ENOMEM;
	memcpy(frame, dst->b, sizeof(dst->b));
	memcpy(frame + sizeof(dst->b), link->mac.b, sizeof(link->mac.b));
	put_tag(frame + MACS, sea_vlan_of(link));
	sea_put16(frame + SEA_VLAN_HDR_LEN - 2, ethertype);
	pkt->off_link = sea_pkt_offset(pkt);
	return 0;
}

const struct sea_framing sea_framing_vlan = {
	.type = SEA_LINK_ETHERNET,
	.hdr_len = SEA_VLAN_HDR_LEN,
	.resolves = true,
	.input = input_whole,
	.push = push_whole,
	.turn = sea_link_turn,
};
