/* SPDX-License-Identifier: Apache-2.0 */
/* Framings without a link header: tun devices, told apart by the IP version; and loopback. */
#include <errno.h>

#include "core/link.h"
#include "core/stack.h"

static int push_nothing(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
			uint16_t ethertype)
{
	(void)link;
	(void)dst;
	(void)ethertype;
	pkt->off_link = sea_pkt_offset(pkt);
	return 0;
}

static void input_ip(struct sea_link *link, struct sea_pkt *pkt)
{
	const uint8_t *first = sea_pkt_peek(pkt, 1);

	pkt->off_link = sea_pkt_offset(pkt);
	if (!first) {
		link->stats.rx_errors++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_SHORT);
		return;
	}
	pkt->type = SEA_PKT_HOST;
	pkt->protocol = *first >> 4 == 6 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4;
	sea_link_deliver(link, pkt);
}

/* The EtherType was written down on the way out. */
static void input_loopback(struct sea_link *link, struct sea_pkt *pkt)
{
	pkt->off_link = sea_pkt_offset(pkt);
	sea_link_deliver(link, pkt);
}

/*
 * What goes out on loopback comes in at the next advance; its checksum is believed. Who reads it may take his time: memory
 * that the sender lent is copied.
 */
static int turn_round(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_pkt_orphan(pkt);
	link->stats.tx_packets++;
	link->stats.tx_bytes += pkt->len;
	pkt->trusted = true;
	pkt->type = SEA_PKT_HOST;
	if (!sea_pkt_unlend(pkt)) { /* lost on its way in, which nobody is told of */
		link->stats.rx_dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return 0;
	}
	if (sea_link_queue_input(link, pkt))
		return 0;
	link->stats.tx_dropped++;
	sea_pkt_drop(link->stack, pkt, SEA_DROP_LOOPBACK_FULL);
	return -ENOBUFS;
}

const struct sea_framing sea_framing_ip = {
	.type = SEA_LINK_IP,
	.input = input_ip,
	.push = push_nothing,
};

/* What members say to addresses of their VRF, its own among them. */
const struct sea_framing sea_framing_vrf = {
	.type = SEA_LINK_VRF,
	.input = input_loopback,
	.push = push_nothing,
	.turn = turn_round,
};

const struct sea_framing sea_framing_loopback = {
	.type = SEA_LINK_LOOPBACK,
	.input = input_loopback,
	.push = push_nothing,
	.turn = turn_round,
};
