/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which of the peer's packets is remembered, and how much of it. */
#include "transport/tcp/seen.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "transport/ext_hdr.h"
#include "wire/ipv6.h"

#define PKTINFO (SEA_SOCK6_PKTINFO | SEA_SOCK6_OLD_PKTINFO)
#define HOPLIMIT (SEA_SOCK6_HOPLIMIT | SEA_SOCK6_OLD_HOPLIMIT)
#define FLOW (SEA_SOCK6_TCLASS | SEA_SOCK6_FLOWINFO)
#define HOPOPTS (SEA_SOCK6_HOPOPTS | SEA_SOCK6_OLD_HOPOPTS)
#define DSTOPTS (SEA_SOCK6_DSTOPTS | SEA_SOCK6_OLD_DSTOPTS)
#define RTHDR (SEA_SOCK6_RTHDR | SEA_SOCK6_OLD_RTHDR)
#define LOOKED_AT                                                                    \
	(PKTINFO | HOPLIMIT | FLOW | HOPOPTS | DSTOPTS | RTHDR | SEA_SOCK6_PATHMTU | \
	 SEA_SOCK6_ORIGDST | SEA_SOCK6_FRAGSIZE)

bool sea_tcp_seen_wanted(const struct sea_sock *sock)
{
	return sock->more->flags6 & LOOKED_AT;
}

/* -- one packet -- */

static uint32_t flowinfo(const struct sea_ip_rx *ip)
{
	return (uint32_t)ip->tos << 20 | ip->flow_label;
}

static const uint8_t *headers(const struct tcp_rx *rx)
{
	return sea_pkt_at(rx->pkt, rx->pkt->off_net);
}

/* Do the options speak of an extension header that it has? */
static bool has_wanted_ext(uint32_t flags, const struct tcp_rx *rx)
{
	struct sea_ext_seen ext;
	uint8_t next = 0;
	size_t pos = 0;

	while (sea_ext_next(headers(rx), rx->ip->hdr_len_net, &pos, &next, &ext))
		if ((ext.type == SEA_IPV6_HOPOPTS && flags & HOPOPTS) ||
		    (ext.type == SEA_IPV6_DSTOPTS && flags & DSTOPTS) ||
		    (ext.type == SEA_IPV6_ROUTING && flags & RTHDR))
			return true;
	return false;
}

static bool is_worth_keeping(uint32_t flags, const struct tcp_rx *rx)
{
	if (flags & SEA_SOCK6_FLOWINFO && flowinfo(rx->ip))
		return true;
	return rx->ip->hdr_len_net > sizeof(struct sea_ipv6_hdr) && has_wanted_ext(flags, rx);
}

static struct tcp_seen *keep(struct sea_stack *stack, const struct tcp_rx *rx)
{
	const struct sea_ip_rx *ip = rx->ip;
	uint16_t hdr_len = ip->hdr_len_net > sizeof(struct sea_ipv6_hdr) ? ip->hdr_len_net : 0;
	struct tcp_seen *seen = sea_pool_alloc(&stack->shard.pool, sizeof(*seen) + hdr_len);

	if (!seen)
		return NULL;
	*seen = (struct tcp_seen){ .ifindex = ip->link->ifindex,
				   .flow_label = ip->flow_label,
				   .tos = ip->tos,
				   .ttl = ip->ttl,
				   .dst = ip->dst,
				   .hdr_len = hdr_len };
	if (hdr_len)
		memcpy(seen->hdr, headers(rx), hdr_len);
	return seen;
}

/* -- a connection's -- */

/* Takes it over; without memory nothing is kept. */
static void set_kept(struct tcp_conn *c, struct tcp_seen *seen)
{
	struct tcp_side *side = seen || c->side->seen ? sea_tcp_side_edit(c) : NULL;

	if (!side) {
		sea_tcp_seen_free(c->sock.stack, seen);
		return;
	}
	sea_tcp_seen_free(c->sock.stack, side->seen);
	side->seen = seen;
}

/* What it began with; IPv4 has no label, and its class is not shown. */
static void fill(const struct tcp_conn *c, int ifindex, struct sea_sock_more *more)
{
	more->flags6 |= SEA_SOCK6_SEEN;
	more->mcast.oif6 = ifindex;
	more->mcast_hops = c->rx_ttl;
	more->rx_flowinfo = 0;
	if (c->node.family == SEA_AF_INET6)
		more->rx_flowinfo = (uint32_t)c->rx_tos << 20 | (c->rx_label_high & 15u) << 16 |
				    c->sock.rx_label_low;
}

int sea_tcp_seen_settle(struct tcp_conn *c)
{
	struct sea_sock_more *more;

	if (!(c->flags & TCP_F_ACCEPTED) || c->sock.domain != SEA_AF_INET6 ||
	    c->sock.more->flags6 & SEA_SOCK6_SEEN)
		return 0;
	more = sea_sock_more_edit(&c->sock);
	if (!more)
		return -ENOMEM;
	fill(c, sea_tcp_route(c) ? 0 : c->dst.link->ifindex, more);
	return 0;
}

void sea_tcp_seen_born(struct tcp_conn *c, const struct sea_ip_rx *ip, struct tcp_seen *seen)
{
	c->rx_tos = ip->tos;
	c->rx_ttl = ip->ttl;
	c->rx_label_high = (uint8_t)(ip->flow_label >> 16);
	c->sock.rx_label_low = (uint16_t)ip->flow_label;
	set_kept(c, seen);
	if (c->sock.domain == SEA_AF_INET6 && c->sock.more != &sea_sock_plain)
		fill(c, ip->link->ifindex, sea_sock_more_edit(&c->sock)); /* it is there */
}

struct tcp_seen *sea_tcp_seen_begin(const struct tcp_conn *listener, const struct tcp_rx *rx)
{
	uint32_t flags = listener->sock.more->flags6;

	if (rx->ip->family != SEA_AF_INET6 || !(flags & (LOOKED_AT | SEA_SOCK6_REPFLOW)))
		return NULL;
	if (!(flags & (PKTINFO | HOPLIMIT | SEA_SOCK6_REPFLOW)) && !is_worth_keeping(flags, rx))
		return NULL;
	return keep(listener->sock.stack, rx);
}

/* -- segments -- */

static void note(struct tcp_conn *c, const struct sea_ip_rx *ip)
{
	struct sea_sock_more *more = sea_tcp_seen_settle(c) ? NULL : sea_sock_more_edit(&c->sock);
	uint32_t flags = c->sock.more->flags6;

	if (!more)
		return;
	if (flags & PKTINFO)
		more->mcast.oif6 = ip->link->ifindex;
	if (flags & HOPLIMIT)
		more->mcast_hops = ip->ttl;
	if (flags & FLOW)
		more->rx_flowinfo = flowinfo(ip);
	if (flags & SEA_SOCK6_REPFLOW)
		more->flowinfo = ip->flow_label;
}

static sea_seq end_of(const struct sea_tcp_seg *seg)
{
	return sea_seq_add(seg->seq,
			   seg->len + !!(seg->flags & SEA_TCP_SYN) + !!(seg->flags & SEA_TCP_FIN));
}

void sea_tcp_seen_run(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct sea_stack *stack = c->sock.stack;
	const struct sea_ip_rx ip = *rx->ip;
	sea_seq end = end_of(&rx->seg);
	struct tcp_seen *seen = NULL;

	if (is_worth_keeping(c->sock.more->flags6, rx))
		seen = keep(stack, rx);
	if (!sea_tcp_rx_run(c, rx) || c->state == TCP_S_CLOSED || !sea_seq_eq(end, c->rcv_nxt)) {
		sea_tcp_seen_free(stack, seen);
		return;
	}
	note(c, &ip);
	set_kept(c, seen);
}
