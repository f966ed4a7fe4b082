/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet II framing (RFC 894). */
#include "core/link_kind.h"
#include "core/stack.h"

static uint8_t classify(const struct sea_link *link, const struct sea_ether_hdr *eth)
{
	if (sea_mac_equal(&eth->dst, &link->mac))
		return SEA_PKT_HOST;
	if (sea_mac_is_broadcast(&eth->dst))
		return SEA_PKT_BROADCAST;
	return sea_mac_is_multicast(&eth->dst) ? SEA_PKT_MULTICAST : SEA_PKT_OTHERHOST;
}

/* One with a tag may be for a link that stands on this one and has a MAC of its own. */
static bool is_for_others(const struct sea_pkt *pkt)
{
	return pkt->type == SEA_PKT_OTHERHOST && !sea_ethertype_is_vlan(pkt->protocol);
}

static inline void take(struct sea_link *link, struct sea_pkt *pkt, uint32_t hdr_len)
{
	const struct sea_ether_hdr *eth;

	pkt->off_link = sea_pkt_offset(pkt);
	eth = sea_pkt_pull(pkt, hdr_len);
	if (!eth) {
		link->stats.rx_errors++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_SHORT);
		return;
	}
	pkt->type = (uint8_t)classify(link, eth);
	pkt->protocol = sea_get16((const uint8_t *)eth + hdr_len - 2);
	if (is_for_others(pkt)) {
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_OTHERHOST);
		return;
	}
	if (pkt->type == SEA_PKT_MULTICAST)
		link->stats.multicast++;
	sea_link_deliver(link, pkt);
}

static void input(struct sea_link *link, struct sea_pkt *pkt)
{
	take(link, pkt, sizeof(struct sea_ether_hdr));
}

void sea_ether_input(struct sea_link *link, struct sea_pkt *pkt, uint32_t hdr_len)
{
	take(link, pkt, hdr_len);
}

static int push(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		uint16_t ethertype)
{
	return sea_ether_push(link, pkt, dst, ethertype);
}

const struct sea_framing sea_framing_ether = {
	.type = SEA_LINK_ETHERNET,
	.hdr_len = sizeof(struct sea_ether_hdr),
	.resolves = true,
	.input = input,
	.push = push,
};

const struct sea_framing sea_framing_soft = {
	.type = SEA_LINK_ETHERNET,
	.hdr_len = sizeof(struct sea_ether_hdr),
	.resolves = true,
	.input = input,
	.push = push,
	.turn = sea_link_turn,
};
