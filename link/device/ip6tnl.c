/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tunnels through IPv6 have of their own (RFC 2473): between which ends they may send and receive, the encapsulation
 * limit, and errors of the path, which ip6tnl translates at once into errors about what was within.
 */
#include <string.h>

#include "core/stack.h"
#include "ip/icmp6.h"
#include "ip/ipv4.h"
#include "link/device/tunnel.h"
#include "wire/icmp.h"

#define OPT_PAD1 0
#define OPT_PADN 1
#define OPT_LIMIT 4 /* RFC 2473 §4.1.1 */
#define IPV6_MTU_MIN 1280u

/* -- between which ends -- */

static bool is_end(const struct sea_tunnel_parms *p, const struct sea_ipaddr *end)
{
	return !sea_in6_is_loopback(end->b) && (!sea_in6_is_link_local(end->b) || p->link);
}

uint32_t sea_tunnel6_can(const struct sea_tunnel_parms *p, const struct sea_ipaddr *local,
			 const struct sea_ipaddr *remote)
{
	uint32_t can = 0;

	if (sea_tunnel_is_any(local) || sea_tunnel_is_any(remote))
		return SEA_TUNNEL6_CAN_DEPENDS;
	if (!is_end(p, local) || !is_end(p, remote))
		return 0;
	if (!sea_in6_is_multicast(local->b))
		can |= SEA_TUNNEL6_CAN_SEND;
	if (!sea_in6_is_multicast(remote->b))
		can |= SEA_TUNNEL6_CAN_RECEIVE;
	return can;
}

static bool may(const struct sea_tunnel *t, const struct sea_ipaddr *local,
		const struct sea_ipaddr *remote, uint32_t what)
{
	uint32_t can = sea_tunnel6_can(&t->p, &t->p.local, &t->p.remote);

	if (can & SEA_TUNNEL6_CAN_DEPENDS)
		can = sea_tunnel6_can(&t->p, local, remote);
	return can & what;
}

static bool is_ours(const struct sea_tunnel *t, const struct sea_ipaddr *end)
{
	struct sea_stack *stack = t->link->stack;

	return stack->ip6->addr_type(stack, end, t->p.link) == SEA_ROUTE_LOCAL;
}

static bool may_be_remote(const struct sea_tunnel *t, const struct sea_ipaddr *end)
{
	return t->p.flags & SEA_TUNNEL6_OWN_REMOTE || !is_ours(t, end);
}

bool sea_tunnel6_may_receive(const struct sea_tunnel *t, const struct sea_ip_rx *rx)
{
	return may(t, &rx->dst, &rx->src, SEA_TUNNEL6_CAN_RECEIVE) && may_be_remote(t, &rx->src);
}

/* Without an address of its own, which is this host's, it sends nothing, as on Linux. */
bool sea_tunnel6_may_send(const struct sea_tunnel *t, const struct sea_dst *dst)
{
	return may(t, &t->p.local, &dst->dst, SEA_TUNNEL6_CAN_SEND) && is_ours(t, &t->p.local) &&
	       may_be_remote(t, &dst->dst);
}

/* -- the limit -- */

void sea_tunnel6_put_limit(uint8_t opts[SEA_TUNNEL6_OPTS_LEN], uint8_t proto, uint8_t limit)
{
	const uint8_t bytes[SEA_TUNNEL6_OPTS_LEN] = { proto, 0, OPT_LIMIT, 1, limit, OPT_PADN, 1 };

	memcpy(opts, bytes, sizeof(bytes));
}

/* Among the options of a header at [at, end). */
static uint32_t limit_in(const uint8_t *bytes, uint32_t at, uint32_t end)
{
	at += 2;
	while (at + 3 <= end) {
		if (bytes[at] == OPT_LIMIT && bytes[at + 1] == 1)
			return at + 2;
		at += bytes[at] == OPT_PAD1 ? 1 : 2u + bytes[at + 1];
	}
	return 0;
}

/* How long the extension header at `at` is, of which 8 bytes are there; 0: none follows it that is readable. */
static uint32_t ext_len(uint8_t next, const uint8_t *at)
{
	switch (next) {
	case SEA_IPV6_FRAGMENT:
		return sea_get16(at + 2) & SEA_IPV6_FRAG_OFFSET ? 0 : 8;
	case SEA_IPV6_AUTH:
		return (at[1] + 2u) * 4;
	case SEA_IPV6_HOPOPTS:
	case SEA_IPV6_ROUTING:
	case SEA_IPV6_DSTOPTS:
		return (at[1] + 1u) * 8;
	default:
		return 0;
	}
}

uint32_t sea_tunnel6_find_limit(const uint8_t *bytes, uint32_t len)
{
	uint32_t at = sizeof(struct sea_ipv6_hdr), step, found;
	uint8_t next;

	if (len < at)
		return 0;
	next = bytes[6];
	while (at + 8 <= len) {
		step = ext_len(next, bytes + at);
		if (!step || at + step > len)
			break;
		found = next == SEA_IPV6_DSTOPTS ? limit_in(bytes, at, at + step) : 0;
		if (found)
			return found;
		next = bytes[at];
		at += step;
	}
	return 0;
}

/* -- errors of ip6tnl -- */

/* What is to be said of the packet within; type6 0: nothing. */
struct verdict {
	uint8_t type6, code6;
	uint32_t mtu;
};

/* The packet that is quoted, from its IPv6 header on. */
struct quoted {
	const uint8_t *bytes;
	uint32_t len;
	uint32_t inner; /* where the packet within begins */
};

static bool read_quoted(const struct sea_icmp_error *e, struct quoted *q)
{
	if (e->redirect)
		return false;
	q->bytes = sea_pkt_at(e->pkt, sea_pkt_offset(e->pkt));
	q->inner = (uint32_t)(e->quote - q->bytes);
	q->len = q->inner + e->quote_len;
	return true;
}

/* Somebody on the way found it in too many tunnels: the limit is what he points to, and is at its end. */
static bool ran_out(const struct sea_icmp_error *e, const struct quoted *q)
{
	const struct sea_icmp6_hdr *icmp = sea_pkt_at(e->pkt, e->pkt->off_trans);
	uint32_t at = sea_tunnel6_find_limit(q->bytes, q->len);

	return e->code == SEA_ICMP6_HDR_FIELD && at && at == sea_be32_get(icmp->rest) &&
	       !q->bytes[at];
}

static struct verdict too_big(const struct sea_icmp_error *e, const struct quoted *q)
{
	const struct verdict none = { 0 };
	uint32_t mtu = e->mtu > q->inner + IPV6_MTU_MIN ? e->mtu - q->inner : IPV6_MTU_MIN;
	uint32_t was = (uint32_t)sizeof(struct sea_ipv6_hdr) + sea_get16(q->bytes + 4);

	return was > mtu ? (struct verdict){ SEA_ICMP6_PACKET_TOO_BIG, 0, mtu } : none;
}

/* RFC 2473 §8, as Linux has it. */
static struct verdict judge(const struct sea_icmp_error *e, const struct quoted *q)
{
	const struct verdict unreachable = { SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0 };
	const struct verdict none = { 0 };

	switch (e->type) {
	case SEA_ICMP6_DEST_UNREACH:
		return unreachable;
	case SEA_ICMP6_TIME_EXCEEDED:
		return e->code == SEA_ICMP6_HOP_LIMIT ? unreachable : none;
	case SEA_ICMP6_PARAM_PROBLEM:
		return ran_out(e, q) ? unreachable : none;
	case SEA_ICMP6_PACKET_TOO_BIG:
		return too_big(e, q);
	default:
		return none;
	}
}

static void tell4(struct sea_stack *stack, const struct sea_pkt *pkt, const struct verdict *v)
{
	bool big = v->type6 == SEA_ICMP6_PACKET_TOO_BIG;

	sea_icmp_send_error(stack, pkt, SEA_ICMP_DEST_UNREACH,
			    big ? SEA_ICMP_FRAG_NEEDED : SEA_ICMP_HOST_UNREACH, v->mtu);
}

/* As if the packet within had found that itself. */
static void tell(struct sea_tunnel *t, const struct sea_icmp_error *e, uint8_t proto,
		 const struct verdict *v)
{
	struct sea_stack *stack = t->link->stack;
	bool v6 = proto == SEA_IPPROTO_IPV6;
	size_t hdr = v6 ? sizeof(struct sea_ipv6_hdr) : sizeof(struct sea_ipv4_hdr);
	struct sea_pkt *pkt;

	if (e->quote_len < hdr || e->quote[0] >> 4 != (v6 ? 6 : 4) || (!v6 && !stack->ip4))
		return;
	pkt = sea_pkt_from_bytes(t->link, e->quote, e->quote_len);
	if (!pkt)
		return;
	pkt->off_net = sea_pkt_offset(pkt);
	pkt->protocol = v6 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4;
	if (v6)
		sea_icmp6_send_error(stack, pkt, v->type6, v->code6, v->mtu);
	else
		tell4(stack, pkt, v);
	sea_pkt_free(pkt);
}

bool sea_ip6tnl_error(struct sea_stack *stack, const struct sea_icmp_error *error, uint8_t proto)
{
	const struct sea_tunnel_at at = { .id = SEA_TUNNEL_IP6TNL,
					  .local = error->src,
					  .remote = error->dst };
	struct sea_tunnel *t = sea_tunnel_find(stack, &at);
	struct verdict v = { 0 };
	struct quoted q;

	if (!t || (t->p.proto && t->p.proto != proto))
		return false;
	if (read_quoted(error, &q))
		v = judge(error, &q);
	if (error->redirect || error->type == SEA_ICMP6_PACKET_TOO_BIG)
		(void)sea_tunnel_error(stack, error, t);
	if (v.type6)
		tell(t, error, proto, &v);
	return true;
}
