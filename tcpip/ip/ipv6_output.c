/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending IPv6: the header, the size, the way out.
 *
 *	sea_ipv6_output: headers ─(local out)─ emit ─(postrouting)─ cut ─ loopback, neighbour or link
 */
#include <errno.h>

#include "ip/icmp6.h"
#include "ip/ip_cut.h"
#include "ip/ipv6.h"
#include "wire/ndp.h"

static int discard(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why, int err)
{
	sea_stack_count(stack, SEA_MIB_Ip6OutDiscards);
	sea_pkt_drop(stack, pkt, why);
	return err;
}

/* -- the header -- */

/* Where two flows of the same addresses may differ: both ports. */
static uint32_t ports_of(const struct sea_pkt *pkt, uint8_t proto)
{
	uint32_t head = pkt->frags[0].off + pkt->frags[0].len, ports = 0;

	if ((proto == SEA_IPPROTO_TCP || proto == SEA_IPPROTO_UDP) &&
	    head >= pkt->off_trans + sizeof(ports))
		memcpy(&ports, sea_pkt_at(pkt, pkt->off_trans), sizeof(ports));
	return ports;
}

static bool wants_label(const struct sea_ipv6_state *ip, const struct sea_ip_tx *tx)
{
	switch (ip->sysctl.auto_flowlabels) {
	case 0:
		return false;
	case 1:
		return tx->auto_label != SEA_AUTO_LABEL_OFF;
	case 2:
		return tx->auto_label == SEA_AUTO_LABEL_ON;
	default:
		return true;
	}
}

/* The same for all packets of a flow, and no telling from one flow's to another's (RFC 6437 §3). */
static uint32_t flow_label(const struct sea_ipv6_state *ip, const struct sea_pkt *pkt,
			   const struct sea_dst *dst, const struct sea_ip_tx *tx)
{
	uint8_t in[40];

	if (tx->flow_label || !wants_label(ip, tx))
		return tx->flow_label;
	memcpy(in, dst->src.b, 16);
	memcpy(in + 16, dst->dst.b, 16);
	sea_put32(in + 32, ports_of(pkt, tx->proto));
	sea_put32(in + 36, tx->proto);
	return sea_ipv6_stateless_label(ip, sea_siphash13(&ip->label_key, in, sizeof(in)));
}

static uint8_t hop_limit(const struct sea_dst *dst, const struct sea_ip_tx *tx)
{
	if (tx->ttl)
		return tx->ttl;
	return dst->hop_limit ? dst->hop_limit : (uint8_t)sea_link_ip6(dst->link)->conf.hop_limit;
}

static void fill_header(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
			const struct sea_ip_tx *tx, struct sea_ipv6_hdr *hdr)
{
	struct sea_ipv6_facts f = {
		.tclass = tx->tos,
		.next = tx->opts_len ? tx->opts_next : tx->proto,
		.hop_limit = hop_limit(dst, tx),
		.flow_label = flow_label(sea_ipv6_of(stack), pkt, dst, tx),
		.payload_len = pkt->len - (uint32_t)sizeof(*hdr),
	};

	memcpy(f.src, dst->src.b, sizeof(f.src));
	memcpy(f.dst, dst->dst.b, sizeof(f.dst));
	sea_ipv6_put(hdr, &f);
}

/* -- the way out -- */

static int emit_multicast(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	struct sea_mac mac = sea_ndp_multicast_mac(dst->dst.b);

	sea_stack_count(stack, SEA_MIB_Ip6OutMcastPkts);
	sea_mib_add(&stack->shard.counters, SEA_MIB_Ip6OutMcastOctets, pkt->len);
	return sea_link_output(dst->link, pkt, &mac, SEA_ETHERTYPE_IPV6);
}

static int transmit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	static const struct sea_mac none;

	sea_stack_count(stack, SEA_MIB_Ip6OutTransmits);
	sea_mib_add(&stack->shard.counters, SEA_MIB_Ip6OutOctets, pkt->len);
	if (dst->neigh) {
		sea_neigh_output(dst->neigh, pkt, SEA_ETHERTYPE_IPV6);
		return 0;
	}
	if (dst->type == SEA_ROUTE_MULTICAST)
		return emit_multicast(stack, pkt, dst);
	return sea_link_output(dst->link, pkt, &none, SEA_ETHERTYPE_IPV6);
}

/* A fragment that cannot be sent makes the others useless. */
static int emit_cut(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	struct sea_pktq fragments;
	int err;

	sea_pktq_init(&fragments);
	err = sea_ipv6_fragment(stack, pkt, dst->mtu, &fragments);
	if (err)
		return err;
	while (!err && (pkt = sea_pktq_pop(&fragments))) {
		err = transmit(stack, pkt, dst);
		if (!err)
			sea_stack_count(stack, SEA_MIB_Ip6FragCreates);
	}
	sea_stack_count(stack, err ? SEA_MIB_Ip6FragFails : SEA_MIB_Ip6FragOKs);
	sea_ip_cut_drop_rest(stack, &fragments);
	return err;
}

/*
 * Heard here as well, whole, where somebody listens and the sender did not ask for less; and what we
 * send may go on to other links.
 */
static bool is_looped(const struct sea_dst *dst, const struct sea_ip_tx *tx)
{
	if (tx && tx->not_to_self)
		return false;
	return sea_group_accepts(&sea_link_ip6(dst->link)->groups, &dst->dst, &dst->src) ||
	       (tx && sea_link_ip6(dst->link)->conf.mc_forwarding &&
		sea_in6_group_scope(dst->dst.b) > 2);
}

/* False: it does not leave the node. */
static bool leaves(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		   const struct sea_ip_tx *tx)
{
	if (is_looped(dst, tx))
		sea_loop_copy(&sea_ipv6_of(stack)->loop, pkt, dst->link, !tx);
	/* Interface-local groups never do (RFC 4291 §2.7.1). */
	if (sea_in6_group_scope(dst->dst.b) <= 1) {
		sea_pkt_free(pkt);
		return false;
	}
	if (tx && tx->only_to_self) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_TTL_ZERO);
		return false;
	}
	return true;
}

/* What is routed is not cut here (RFC 8200 §5). */
static int too_big(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		   struct sea_link *in)
{
	pkt->link = in; /* where its sender is */
	sea_stack_count(stack, SEA_MIB_Ip6FragFails);
	sea_icmp6_send_error(stack, pkt, SEA_ICMP6_PACKET_TOO_BIG, 0, dst->mtu);
	sea_pkt_drop(stack, pkt, SEA_DROP_IP_TOO_BIG);
	return -EMSGSIZE;
}

int sea_ipv6_emit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		  struct sea_link *in, const struct sea_ip_tx *tx)
{
	if (!sea_stack_passes(stack, SEA_AF_INET6, SEA_HOOK_POSTROUTING, in, dst->link, pkt))
		return 0; /* its sender is not told, as on Linux */
	if (dst->type == SEA_ROUTE_MULTICAST && dst->link->type != SEA_LINK_LOOPBACK &&
	    !leaves(stack, pkt, dst, tx))
		return 0;
	if (sea_ip_fits(pkt, dst->mtu))
		return transmit(stack, pkt, dst);
	return tx ? emit_cut(stack, pkt, dst) : too_big(stack, pkt, dst, in);
}

/* -- what transports send -- */

/* TCP does not mean to be cut: that it is too large tells it to send less. */
static bool may_be_cut(const struct sea_pkt *pkt, const struct sea_ip_tx *tx)
{
	return !tx->nofrag && tx->proto != SEA_IPPROTO_TCP && pkt->gso_type == SEA_GSO_NONE;
}

/* Fixed header and extension headers in front; false: no memory. */
static bool push_headers(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
			 const struct sea_ip_tx *tx)
{
	uint32_t len = (uint32_t)sizeof(struct sea_ipv6_hdr) + tx->opts_len;
	uint8_t *at = sea_pkt_push(pkt, len);

	if (!at)
		return false;
	pkt->off_net = sea_pkt_offset(pkt);
	pkt->off_trans = (uint16_t)(pkt->off_net + len);
	pkt->protocol = SEA_ETHERTYPE_IPV6;
	if (tx->opts_len)
		memcpy(at + sizeof(struct sea_ipv6_hdr), tx->opts, tx->opts_len);
	fill_header(stack, pkt, dst, tx, (struct sea_ipv6_hdr *)at);
	return true;
}

static int output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		  const struct sea_ip_tx *tx)
{
	if (pkt->len + tx->opts_len > UINT16_MAX)
		return discard(stack, pkt, SEA_DROP_IP_TOO_BIG, -EMSGSIZE);
	if (!push_headers(stack, pkt, dst, tx))
		return discard(stack, pkt, SEA_DROP_IP_NO_MEMORY, -ENOMEM);
	sea_stack_count(stack, SEA_MIB_Ip6OutRequests);
	if (!sea_stack_passes(stack, SEA_AF_INET6, SEA_HOOK_LOCAL_OUT, NULL, dst->link, pkt))
		return 0;
	if (!sea_ip_fits(pkt, dst->mtu) && !may_be_cut(pkt, tx)) {
		sea_stack_count(stack, SEA_MIB_Ip6FragFails);
		return discard(stack, pkt, SEA_DROP_IP_TOO_BIG, -EMSGSIZE);
	}
	return sea_ipv6_emit(stack, pkt, dst, NULL, tx);
}

int sea_ipv6_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx)
{
	struct sea_dst narrow;

	if (!tx->frag_size || tx->frag_size >= dst->mtu)
		return output(stack, pkt, dst, tx);
	narrow = *dst;
	narrow.mtu = tx->frag_size;
	return output(stack, pkt, &narrow, tx);
}
