/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects that we send (RFC 4861 §4.5, §8.2). */
#include "ip/ipv4.h"
#include "ip/ipv6_forward.h"
#include "ip/ndp.h"

#define COST_MS 1000u /* one a second and sender, six at once, as Linux */
#define HDR_MAX (sizeof(struct sea_ndp_redirect) + SEA_NDP_LLADDR_LEN)
#define QUOTE_HDR_LEN 8u
/* In units of eight bytes, within what every link carries. */
#define QUOTE_MAX \
	((SEA_IPV6_MTU_MIN - (uint32_t)sizeof(struct sea_ipv6_hdr) - (uint32_t)HDR_MAX - 8) & ~7u)

/* Where the target's link address is known, it comes along. */
static size_t put_target_mac(struct sea_stack *stack, const struct sea_link *link,
			     const struct sea_ipaddr *target, uint8_t *at)
{
	const struct sea_neigh *n = sea_neigh_find(&sea_ipv6_of(stack)->neigh, link, target);

	if (!n || !(n->state & SEA_NUD_VALID))
		return 0;
	return sea_ndp_put_lladdr(at, SEA_NDP_OPT_TLLA, &n->mac);
}

/* As much of the packet as fits in whole units. */
static size_t put_quote(const struct sea_pkt *pkt, uint8_t *at)
{
	uint32_t len = (pkt->len < QUOTE_MAX ? pkt->len : QUOTE_MAX) & ~7u;

	memset(at, 0, QUOTE_HDR_LEN);
	at[0] = SEA_NDP_OPT_REDIRECTED;
	at[1] = (uint8_t)((len + QUOTE_HDR_LEN) / 8);
	return sea_pkt_read(pkt, 0, at + QUOTE_HDR_LEN, len) ? len + QUOTE_HDR_LEN : 0;
}

/* Does the sender stand on that link, without a router between? (RFC 4861 §8.2) */
static bool is_neighbour(struct sea_stack *stack, const struct sea_link *link,
			 const struct sea_ipaddr *addr)
{
	const struct sea_flow flow = { .family = SEA_AF_INET6, .oif = link->ifindex, .dst = *addr };
	const struct sea_route_entry *e;

	if (sea_in6_is_link_local(addr->b))
		return true;
	return !sea_routes_lookup(&sea_ipv6_of(stack)->routes, &flow, &e) &&
	       e->type == SEA_ROUTE_UNICAST && !e->has_gateway && e->link == link;
}

void sea_ndp_redirect_send(struct sea_stack *stack, const struct sea_pkt *pkt,
			   const struct sea_ipv6_facts *f, const struct sea_ipaddr *target)
{
	struct sea_ipaddr src = sea_ipaddr_of6(f->src), dst = sea_ipaddr_of6(f->dst), us;
	struct sea_ndp_redirect hdr = { .type = SEA_NDP_REDIRECT };
	uint8_t msg[HDR_MAX + QUOTE_HDR_LEN + QUOTE_MAX];
	size_t len = sizeof(hdr);

	/* A router is named by its link-local address. */
	if (!sea_ipaddr_equal(target, &dst) && !sea_in6_is_link_local(target->b))
		return;
	if (sea_in6_is_any(f->src) || !sea_ifaddr6_link_local(pkt->link, &us) ||
	    !is_neighbour(stack, pkt->link, &src))
		return;
	if (!sea_icmp_limit(stack, &sea_ipv4_of(stack)->icmp_global,
			    &sea_ipv6_of(stack)->icmp_peers, &src, COST_MS,
			    SEA_MIB_Icmp6OutRateLimitHost))
		return;
	memcpy(hdr.target, target->b, sizeof(hdr.target));
	memcpy(hdr.dst, f->dst, sizeof(hdr.dst));
	memcpy(msg, &hdr, sizeof(hdr));
	len += put_target_mac(stack, pkt->link, target, msg + len);
	len += put_quote(pkt, msg + len);
	sea_ndp_send(pkt->link, &us, &src, msg, len);
}
