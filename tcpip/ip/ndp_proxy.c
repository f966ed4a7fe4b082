/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours whom we stand in for (RFC 4861 §7.2.8; net.ipv6.conf.*.proxy_ndp and `ip neigh add
 * proxy`): a router answers for an address that is behind another of its links, and passes on what is
 * sent to it.
 */
#include <errno.h>

#include "ip/ndp.h"

/* -- who -- */

int sea_ndp_proxying(struct sea_link *link, const struct sea_ipaddr *addr, bool begins)
{
	struct sea_ipaddr group = { { 0 } };

	if (!link)
		return -ENOBUFS; /* whose group would it be? As Linux says it */
	sea_ndp_solicited_node(addr->b, group.b);
	if (begins)
		return sea_group_join(&sea_link_ip6(link)->groups, &group);
	sea_group_leave(&sea_link_ip6(link)->groups, &group);
	return 0;
}

const struct sea_neigh_proxy *sea_ndp_stands_in(const struct sea_link *link,
						const struct sea_ipaddr *target)
{
	if (!sea_link_ip6(link)->conf.forwarding || !SEA_CONF6_OR(link, proxy_ndp))
		return NULL;
	return sea_neigh_proxy_find(&sea_ipv6_of(link->stack)->neigh, link, target);
}

/* -- answering -- */

bool sea_ndp_must_wait(const struct sea_ndp_msg *msg, const struct sea_pkt *pkt)
{
	const struct sea_ip_rx *rx = msg->rx;
	struct sea_ipaddr target;

	if (msg->bytes[0] != SEA_NDP_NS || rx->dst_type != SEA_ROUTE_MULTICAST ||
	    pkt->type == SEA_PKT_HOST || !sea_link_ip6(rx->link)->neigh.proxy_delay)
		return false;
	target = sea_ipaddr_of6(((const struct sea_ndp_ns *)msg->bytes)->target);
	return !sea_ifaddr6_find(rx->link, &target) && sea_ndp_stands_in(rx->link, &target);
}

void sea_ndp_wait(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	sea_pkt_unpull(pkt, (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net));
	pkt->link = rx->link;
	sea_neigh_proxy_delay(&sea_ipv6_of(stack)->neigh, &sea_link_ip6(rx->link)->neigh, pkt);
}

/* It waited whole; what was learnt of it then stands in it still. */
void sea_ndp_heard_late(struct sea_stack *stack, struct sea_pkt *pkt)
{
	uint32_t to_msg = (uint32_t)(pkt->off_trans - pkt->off_net);
	const struct sea_ipv6_hdr *hdr = sea_pkt_pull(pkt, to_msg);
	const struct sea_ip_rx rx = { .family = SEA_AF_INET6,
				      .proto = SEA_IPPROTO_ICMPV6,
				      .ttl = SEA_NDP_HOP_LIMIT,
				      .dst_type = SEA_ROUTE_MULTICAST,
				      .link = pkt->link,
				      .src = sea_ipaddr_of6(hdr->src),
				      .dst = sea_ipaddr_of6(hdr->dst) };

	sea_ndp_input_late(stack, pkt, &rx);
}

/* The one who is there himself shall be believed: what we say overrides nothing. */
static void say(struct sea_link *link, const struct sea_ipaddr *to, const struct sea_ipaddr *target,
		uint8_t flags, bool with_mac)
{
	struct sea_ipaddr src;

	if (sea_ifaddr6_select(link->stack, link, to, 0, &src))
		sea_ndp_send_na_as(link, &src, to, target, flags, with_mac);
}

void sea_ndp_stand_in(struct sea_stack *stack, const struct sea_ndp_msg *msg,
		      const struct sea_neigh_proxy *p)
{
	const struct sea_ip_rx *rx = msg->rx;
	bool multicast = rx->dst_type == SEA_ROUTE_MULTICAST;
	uint8_t role = p->router ? SEA_NDP_NA_ROUTER : 0;

	if (sea_in6_is_any(rx->src.b))
		say(rx->link, &sea_ip6_all_nodes, &p->addr, role, true);
	else if (sea_ndp_note_sender(stack, msg, multicast))
		say(rx->link, &rx->src, &p->addr, role | SEA_NDP_NA_SOLICITED, multicast);
}

/* -- passing on -- */

static bool is_ndp(struct sea_pkt *pkt, const struct sea_ipv6_facts *f)
{
	uint32_t len = pkt->len < 256 ? pkt->len : 256;
	const uint8_t *at = sea_pkt_peek(pkt, len);
	struct sea_ipv6_way way = { .next = f->next };

	return at && sea_ipv6_skip_exts(at, len, &way) && !way.frag_off &&
	       way.next == SEA_IPPROTO_ICMPV6 && way.at < len && sea_ndp_fixed_len(at[way.at]);
}

enum sea_ndp_proxied sea_ndp_proxied(struct sea_stack *stack, struct sea_pkt *pkt,
				     const struct sea_ipv6_facts *f)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(stack);
	const struct sea_ipaddr dst = sea_ipaddr_of6(f->dst);

	if (!ip->conf_all.proxy_ndp || !sea_neigh_proxy_find(&ip->neigh, pkt->link, &dst))
		return SEA_NDP_PROXIED_NOT;
	if (is_ndp(pkt, f))
		return SEA_NDP_PROXIED_OURS;
	return sea_in6_is_link_local(f->dst) ? SEA_NDP_PROXIED_REFUSED : SEA_NDP_PROXIED_NOT;
}
