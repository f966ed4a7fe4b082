/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet II framing (RFC 894). */
#include "core/link.h"
#include "core/stack.h"

static uint8_t classify(const struct sea_link *link, const struct sea_ether_hdr *eth)
{
	if (sea_mac_equal(&eth->dst, &link->mac))
		return SEA_PKT_HOST;
	if (sea_mac_is_broadcast(&eth->dst))
		return SEA_PKT_BROADCAST;
	return sea_mac_is_multicast(&eth->dst) ? SEA_PKT_MULTICAST : SEA_PKT_OTHERHOST;
}

static void input(struct sea_link *link, struct sea_pkt *pkt)
{
	const struct sea_ether_hdr *eth;

	pkt->off_link = sea_pkt_offset(pkt);
	eth = sea_pkt_pull(pkt, sizeof(*eth));
	if (!eth) {
		link->stats.rx_errors++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_SHORT);
		return;
	}
	pkt->type = (uint8_t)classify(link, eth);
	pkt->protocol = sea_be16_get(eth->type);
	if (pkt->type == SEA_PKT_OTHERHOST) {
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_OTHERHOST);
		return;
	}
	if (pkt->type == SEA_PKT_MULTICAST)
		link->stats.multicast++;
	sea_link_deliver(link, pkt);
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
