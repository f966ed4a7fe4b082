/* SPDX-License-Identifier: Apache-2.0 */
/* UDP datagrams that come in (RFC 768, RFC 1122 §4.1): checked, and brought to whom they are for. */
#include <errno.h>

#include "core/link.h"
#include "transport/udp.h"

static void refuse(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop reason)
{
	sea_stack_count(stack, SEA_MIB_UdpInErrors);
	sea_pkt_drop(stack, pkt, reason);
}

/* Cuts off what lies behind the datagram. A sum over those bytes, too, is of no use any more. */
static bool trim(struct sea_pkt *pkt, const struct sea_udp_hdr *hdr)
{
	uint32_t len = sea_be16_get(hdr->len);

	if (len < UDP_HDR_LEN || len > pkt->len)
		return false;
	if (len < pkt->len) {
		sea_pkt_trim_to(pkt, len);
		if (pkt->csum_state == SEA_CSUM_COMPLETE)
			pkt->csum_state = SEA_CSUM_NONE;
	}
	return true;
}

/* RFC 768: no checksum is a zero; RFC 1122 §4.1.3.4: a wrong one is discarded in silence. */
static bool checksum_right(struct sea_stack *stack, struct sea_pkt *pkt,
			   const struct sea_udp_hdr *hdr, const struct sea_ip_rx *rx)
{
	uint32_t pseudo;

	if (!sea_be16_get(hdr->sum) && pkt->csum_state != SEA_CSUM_PARTIAL)
		return rx->family == SEA_AF_INET;
	pseudo = sea_ip_pseudo(rx->family, &rx->src, &rx->dst, SEA_IPPROTO_UDP, pkt->len);
	return sea_pkt_csum_verify(pkt, pseudo, stack->csum);
}

static void deliver(struct sea_stack *stack, struct udp_sock *u, struct sea_pkt *pkt,
		    const struct sea_ip_rx *rx, uint16_t sport, uint16_t dport)
{
	int err = sea_dgram_queue(&u->d, pkt, rx, sport, dport);

	if (err == -ENOBUFS) {
		sea_stack_count(stack, SEA_MIB_UdpRcvbufErrors);
		refuse(stack, pkt, SEA_DROP_UDP_RCVBUF);
	} else if (err == -EDQUOT) {
		sea_stack_count(stack, SEA_MIB_UdpMemErrors);
		refuse(stack, pkt, SEA_DROP_UDP_MEM);
	} else if (err) {
		refuse(stack, pkt, SEA_DROP_SOCKET_NO_MEMORY);
	}
}

/* To each that hears it a copy, and the last one gets the packet itself. */
static void deliver_to_all(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
			   uint16_t sport, uint16_t dport)
{
	const struct udp_state *udp = udp_of(stack);
	struct udp_sock *u = sea_udp_table_next_hearer(udp, NULL, rx, sport, dport), *next;

	if (!u) {
		sea_stack_count(stack, SEA_MIB_UdpIgnoredMulti);
		sea_pkt_drop(stack, pkt, SEA_DROP_UDP_NO_SOCKET);
		return;
	}
	for (; (next = sea_udp_table_next_hearer(udp, u, rx, sport, dport)); u = next) {
		struct sea_pkt *copy = sea_pkt_clone(pkt, &stack->shard.pool);

		if (copy)
			deliver(stack, u, copy, rx, sport, dport);
		else
			u->d.sock.drops++;
	}
	deliver(stack, u, pkt, rx, sport, dport);
}

static void deliver_to_one(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
			   uint16_t sport, uint16_t dport)
{
	struct udp_sock *u = sea_udp_table_find(udp_of(stack), &rx->src, sport, &rx->dst, dport,
						rx->link->ifindex);

	if (u) {
		deliver(stack, u, pkt, rx, sport, dport);
		return;
	}
	/* RFC 1122 §4.1.3.1 */
	sea_stack_count(stack, SEA_MIB_UdpNoPorts);
	sea_pkt_unpull(pkt, UDP_HDR_LEN);
	sea_ip_ops_of(stack, rx->family)->port_unreachable(stack, pkt);
	sea_pkt_drop(stack, pkt, SEA_DROP_UDP_NO_SOCKET);
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_udp_hdr *hdr = sea_pkt_peek(pkt, UDP_HDR_LEN);
	uint16_t sport, dport;

	if (!hdr || !trim(pkt, hdr)) {
		refuse(stack, pkt, SEA_DROP_UDP_SHORT);
		return;
	}
	if (!checksum_right(stack, pkt, hdr, rx)) {
		sea_stack_count(stack, SEA_MIB_UdpInCsumErrors);
		refuse(stack, pkt, SEA_DROP_UDP_CHECKSUM);
		return;
	}
	sport = sea_be16_get(hdr->src);
	dport = sea_be16_get(hdr->dst);
	sea_pkt_pull(pkt, UDP_HDR_LEN);
	if (rx->dst_type == SEA_ROUTE_BROADCAST || rx->dst_type == SEA_ROUTE_MULTICAST)
		deliver_to_all(stack, pkt, rx, sport, dport);
	else
		deliver_to_one(stack, pkt, rx, sport, dport);
}

/* The quotation is of what we sent: its source is our side. */
static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	int ifindex = error->pkt->link ? error->pkt->link->ifindex : 0;
	struct udp_sock *u;

	if (error->quote_len < UDP_HDR_LEN)
		return false;
	u = sea_udp_table_find(udp_of(stack), &error->dst, sea_get16(error->quote + 2), &error->src,
			       sea_get16(error->quote), ifindex);
	if (u)
		sea_dgram_icmp_error(&u->d, error, UDP_HDR_LEN);
	return u;
}

const struct sea_ip_proto sea_udp_proto = {
	.proto = SEA_IPPROTO_UDP,
	.input = input,
	.icmp_error = icmp_error,
};
