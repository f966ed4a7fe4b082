/* SPDX-License-Identifier: Apache-2.0 */
/* UDP datagrams that come in (RFC 768, RFC 1122 §4.1): checked, and brought to whom they are for. */
#include <errno.h>

#include "core/link.h"
#include "ip/udp_port.h"
#include "transport/udp.h"

/* A datagram on its way to a socket. */
struct input {
	const struct sea_ip_rx *rx;
	uint16_t sport, dport;
	bool unchecked; /* IPv6 without a checksum: only for who wants that (RFC 6936) */
};

static void count(struct sea_stack *stack, const struct sea_ip_rx *rx, enum sea_mib mib4)
{
	sea_stack_count(stack, sea_udp_mib(rx->family, mib4));
}

static void refuse(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx,
		   enum sea_drop reason)
{
	count(stack, rx, SEA_MIB_UdpInErrors);
	sea_pkt_drop(stack, pkt, reason);
}

static void refuse_sum(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	count(stack, rx, SEA_MIB_UdpInCsumErrors);
	refuse(stack, pkt, rx, SEA_DROP_UDP_CHECKSUM);
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

/*
 * RFC 768: no checksum is a zero, which IPv6 does not know (RFC 8200 §8.1); RFC 1122 §4.1.3.4: a wrong
 * one is discarded in silence.
 */
static bool checksum_right(struct sea_stack *stack, struct sea_pkt *pkt,
			   const struct sea_udp_hdr *hdr, struct input *in)
{
	const struct sea_ip_rx *rx = in->rx;
	uint32_t pseudo;

	if (!sea_be16_get(hdr->sum) && pkt->csum_state != SEA_CSUM_PARTIAL) {
		in->unchecked = rx->family != SEA_AF_INET;
		return true;
	}
	pseudo = sea_ip_pseudo(rx->family, &rx->src, &rx->dst, SEA_IPPROTO_UDP, pkt->len);
	return sea_pkt_csum_verify(pkt, pseudo, stack->csum);
}

static void deliver(struct sea_stack *stack, struct udp_sock *u, struct sea_pkt *pkt,
		    const struct input *in)
{
	const struct sea_ip_rx *rx = in->rx;
	int err;

	if (in->unchecked && !u->no_check6_rx) {
		refuse_sum(stack, pkt, rx);
		return;
	}
	err = sea_dgram_queue(&u->d, pkt, rx, in->sport, in->dport);
	if (err == -ENOBUFS) {
		count(stack, rx, SEA_MIB_UdpRcvbufErrors);
		refuse(stack, pkt, rx, SEA_DROP_UDP_RCVBUF);
	} else if (err == -EDQUOT) {
		count(stack, rx, SEA_MIB_UdpMemErrors);
		refuse(stack, pkt, rx, SEA_DROP_UDP_MEM);
	} else if (err) {
		refuse(stack, pkt, rx, SEA_DROP_SOCKET_NO_MEMORY);
	}
}

/* To each that hears it a copy, and the last one gets the packet itself. */
static void deliver_to_all(struct sea_stack *stack, struct sea_pkt *pkt, const struct input *in)
{
	const struct udp_state *udp = udp_of(stack);
	const struct sea_ip_rx *rx = in->rx;
	uint16_t sport = in->sport, dport = in->dport;
	struct udp_sock *u = sea_udp_table_next_hearer(udp, NULL, rx, sport, dport), *next;

	if (!u) {
		count(stack, rx, SEA_MIB_UdpIgnoredMulti);
		sea_pkt_drop(stack, pkt, SEA_DROP_UDP_NO_SOCKET);
		return;
	}
	for (; (next = sea_udp_table_next_hearer(udp, u, rx, sport, dport)); u = next) {
		struct sea_pkt *copy = sea_pkt_clone(pkt, &stack->shard.pool);

		if (copy)
			deliver(stack, u, copy, in);
		else
			u->d.sock.drops++;
	}
	deliver(stack, u, pkt, in);
}

/* No socket's, but perhaps a link's; false: nobody's. */
static bool deliver_to_link(struct sea_stack *stack, struct sea_pkt *pkt, const struct input *in)
{
	struct sea_udp_port *port = sea_udp_port_find(stack, in->rx->family, in->dport);

	if (!port)
		return false;
	if (in->unchecked && !port->takes_unchecked)
		refuse_sum(stack, pkt, in->rx);
	else
		port->input(stack, port, pkt, in->rx);
	return true;
}

static void deliver_to_one(struct sea_stack *stack, struct sea_pkt *pkt, const struct input *in)
{
	const struct sea_ip_rx *rx = in->rx;
	const struct udp_flow flow = { .family = rx->family,
				       .sport = in->sport,
				       .dport = in->dport,
				       .ifindex = rx->link->ifindex,
				       .src = &rx->src,
				       .dst = &rx->dst };
	struct udp_sock *u = sea_udp_table_find(udp_of(stack), &flow);

	if (u) {
		deliver(stack, u, pkt, in);
		return;
	}
	if (deliver_to_link(stack, pkt, in))
		return;
	if (in->unchecked) {
		refuse_sum(stack, pkt, rx);
		return;
	}
	/* RFC 1122 §4.1.3.1 */
	count(stack, rx, SEA_MIB_UdpNoPorts);
	sea_pkt_unpull(pkt, UDP_HDR_LEN);
	sea_ip_ops_of(stack, rx->family)->port_unreachable(stack, pkt);
	sea_pkt_drop(stack, pkt, SEA_DROP_UDP_NO_SOCKET);
}

static void input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_udp_hdr *hdr = sea_pkt_peek(pkt, UDP_HDR_LEN);
	struct input in = { .rx = rx };

	if (!hdr || !trim(pkt, hdr)) {
		refuse(stack, pkt, rx, SEA_DROP_UDP_SHORT);
		return;
	}
	if (!checksum_right(stack, pkt, hdr, &in)) {
		refuse_sum(stack, pkt, rx);
		return;
	}
	in.sport = sea_be16_get(hdr->src);
	in.dport = sea_be16_get(hdr->dst);
	sea_pkt_pull(pkt, UDP_HDR_LEN);
	if (rx->dst_type == SEA_ROUTE_BROADCAST || rx->dst_type == SEA_ROUTE_MULTICAST)
		deliver_to_all(stack, pkt, &in);
	else
		deliver_to_one(stack, pkt, &in);
}

/* Links send from any port, to that which they have themselves (as Linux looks for tunnels). */
static bool error_of_link(struct sea_stack *stack, const struct sea_icmp_error *error,
			  uint16_t dport)
{
	struct sea_udp_port *port = sea_udp_port_find(stack, error->family, dport);

	return port && port->icmp_error(stack, port, error);
}

/* The quotation is of what we sent: its source is our side. */
static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	struct udp_flow flow = { .family = error->family,
				 .ifindex = error->pkt->link ? error->pkt->link->ifindex : 0,
				 .src = &error->dst,
				 .dst = &error->src };
	struct udp_sock *u;

	if (error->quote_len < UDP_HDR_LEN)
		return false;
	flow.dport = sea_get16(error->quote);
	flow.sport = sea_get16(error->quote + 2);
	u = sea_udp_table_find(udp_of(stack), &flow);
	if (!u)
		return error_of_link(stack, error, flow.sport);
	sea_dgram_icmp_error(&u->d, error, UDP_HDR_LEN);
	return true;
}

const struct sea_ip_proto sea_udp_proto = {
	.proto = SEA_IPPROTO_UDP,
	.input = input,
	.icmp_error = icmp_error,
};
