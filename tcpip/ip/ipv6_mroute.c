/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What multicast routing does to an IPv6 packet, in Linux's order and with its counters:
 *
 *	hop limit ─(forward)─ sea_ipv6_emit ─(postrouting)─ size ─ link
 */
#include "core/gso.h"
#include "ip/ipv6.h"
#include "ip/mroute.h"

static void read_hdr(const struct sea_pkt *pkt, struct sea_mroute_key *key, uint8_t *ttl)
{
	const struct sea_ipv6_hdr *hdr = sea_pkt_at(pkt, sea_pkt_offset(pkt));

	key->src = sea_ipaddr_of6(hdr->src);
	key->group = sea_ipaddr_of6(hdr->dst);
	*ttl = hdr->hop_limit;
}

static void send_on(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_link *out)
{
	const struct sea_ipv6_hdr *hdr = sea_pkt_at(pkt, sea_pkt_offset(pkt));
	const struct sea_dst dst = { .family = SEA_AF_INET6,
				     .type = SEA_ROUTE_MULTICAST,
				     .mtu = sea_ipv6_link_mtu(out),
				     .link = out,
				     .src = sea_ipaddr_of6(hdr->src),
				     .dst = sea_ipaddr_of6(hdr->dst) };
	struct sea_link *in = pkt->link;

	sea_stack_count(stack, SEA_MIB_Ip6OutForwDatagrams);
	pkt->link = out;
	(void)sea_ipv6_emit(stack, pkt, &dst, in, NULL);
}

static bool route_out(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_link *out)
{
	if (!sea_link_ip6(out)->running) {
		sea_stack_count(stack, SEA_MIB_Ip6OutDiscards);
		sea_pkt_drop(stack, pkt, SEA_DROP_IPV6_DISABLED);
		return false;
	}
	if (!sea_ipv6_age(pkt)) {
		sea_stack_count(stack, SEA_MIB_Ip6OutDiscards);
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return false;
	}
	if (sea_stack_passes(stack, SEA_AF_INET6, SEA_HOOK_FORWARD, pkt->link, out, pkt))
		send_on(stack, pkt, out);
	return true;
}

static int32_t *conf(const struct sea_stack *stack, const struct sea_link *link)
{
	return link ? &sea_link_ip6(link)->conf.mc_forwarding
		    : &sea_ipv6_of(stack)->conf_all.mc_forwarding;
}

const struct sea_mrouter_ops sea_ipv6_mrouter_ops = {
	.family = SEA_AF_INET6,
	.hdr_len = sizeof(struct sea_ipv6_hdr),
	.read = read_hdr,
	.send = route_out,
	.conf = conf,
};
