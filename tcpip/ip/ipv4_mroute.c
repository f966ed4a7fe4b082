/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What multicast routing does to a datagram, in Linux's order and with its counters:
 *
 *	size ─ TTL ─(forward)─ options ─ sea_ipv4_emit ─(postrouting)─ link
 *
 * Nobody is told of what cannot go on (RFC 1122 §3.2.2).
 */
#include "ip/ipv4.h"
#include "ip/mroute.h"

static void read_hdr(const struct sea_pkt *pkt, struct sea_mroute_key *key, uint8_t *ttl)
{
	const struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, sea_pkt_offset(pkt));

	key->src = sea_ipaddr_of4(hdr->src);
	key->group = sea_ipaddr_of4(hdr->dst);
	*ttl = hdr->ttl;
}

static void discard(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why)
{
	sea_stack_count(stack, SEA_MIB_IpOutDiscards);
	sea_pkt_drop(stack, pkt, why);
}

/* Route and time of this hop; they were found well formed when it came in. */
static enum sea_drop stamp(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_link *out)
{
	struct sea_ipv4_facts f;
	enum sea_drop fault;
	const uint8_t *hdr = sea_pkt_at(pkt, sea_pkt_offset(pkt));

	if (hdr[0] == 0x45)
		return SEA_DROP_N;
	if (sea_ipv4_parse(hdr, pkt->len, pkt->len, &f) != SEA_IPV4_OK)
		return SEA_DROP_IP_HEADER_LEN; /* out of a saved stack that was no good */
	sea_pkt_pull(pkt, f.hdr_len);
	fault = sea_ipv4_options_take(stack, pkt, &f, SEA_ROUTE_MULTICAST, out);
	sea_pkt_unpull(pkt, f.hdr_len);
	return fault;
}

static void send_on(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_link *out)
{
	const struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, sea_pkt_offset(pkt));
	const struct sea_dst dst = { .family = SEA_AF_INET,
				     .type = SEA_ROUTE_MULTICAST,
				     .mtu = sea_ipv4_link_mtu(out),
				     .link = out,
				     .src = sea_ipaddr_of4(hdr->src),
				     .dst = sea_ipaddr_of4(hdr->dst) };
	struct sea_link *in = pkt->link;
	enum sea_drop fault;

	sea_stack_count(stack, SEA_MIB_IpForwDatagrams);
	fault = stamp(stack, pkt, out);
	if (fault != SEA_DROP_N) {
		discard(stack, pkt, fault);
		return;
	}
	pkt->link = out;
	(void)sea_ipv4_emit(stack, pkt, &dst, in, NULL);
}

static bool route_out(struct sea_stack *stack, struct sea_pkt *pkt, struct sea_link *out)
{
	struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, sea_pkt_offset(pkt));

	if (sea_be16_get(hdr->frag) & SEA_IPV4_DF && !sea_ip_fits(pkt, sea_ipv4_link_mtu(out))) {
		sea_stack_count(stack, SEA_MIB_IpFragFails);
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_TOO_BIG);
		return false;
	}
	if (!sea_ipv4_age(pkt, (hdr->ver_ihl & 0xfu) * 4)) {
		discard(stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return false;
	}
	if (sea_stack_passes(stack, SEA_AF_INET, SEA_HOOK_FORWARD, pkt->link, out, pkt))
		send_on(stack, pkt, out);
	return true;
}

static int32_t *conf(const struct sea_stack *stack, const struct sea_link *link)
{
	return link ? &sea_link_ip4(link)->conf.mc_forwarding
		    : &sea_ipv4_of(stack)->conf_all.mc_forwarding;
}

const struct sea_mrouter_ops sea_ipv4_mrouter_ops = {
	.family = SEA_AF_INET,
	.hdr_len = sizeof(struct sea_ipv4_hdr),
	.own_may_be_wrong = true,
	.read = read_hdr,
	.send = route_out,
	.conf = conf,
};
