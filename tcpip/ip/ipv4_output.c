/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending IPv4: the header, the size, the way out.
 *
 *	sea_ipv4_output: header ─(local out)─ sea_ipv4_emit ─(postrouting)─ loopback, neighbour or link
 */
#include <errno.h>

#include "ip/ip_cut.h"
#include "ip/ipv4.h"

/* -- the header -- */

/* Two peers cannot tell the counters of others from their own (RFC 7739 §5.3). */
static uint16_t keyed_ident(struct sea_ipv4_state *ip, const struct sea_dst *dst, uint8_t proto,
			    uint16_t segs)
{
	uint64_t addrs, h;
	uint16_t *counter;

	memcpy(&addrs, dst->dst.b, 4);
	memcpy((uint8_t *)&addrs + 4, dst->src.b, 4);
	h = sea_siphash13_2u64(&ip->id_key, addrs, proto);
	counter = &ip->id_counter[h & 0xff];
	*counter = (uint16_t)(*counter + segs);
	return (uint16_t)((h >> 16) + *counter);
}

static uint16_t choose_ident(struct sea_ipv4_state *ip, const struct sea_pkt *pkt,
			     const struct sea_dst *dst, const struct sea_ip_tx *tx, bool df)
{
	uint16_t segs = pkt->gso_segs ? pkt->gso_segs : 1;

	if (tx->ident) {
		uint16_t id = *tx->ident;

		*tx->ident = (uint16_t)(id + segs);
		return id;
	}
	if (df && (tx->nofrag || tx->proto == SEA_IPPROTO_TCP))
		return 0; /* as Linux: resets and SYN-ACKs, and what must not be cut here either */
	return keyed_ident(ip, dst, tx->proto, segs);
}

/*
 * What is cut here is cut on the way, too, where that is needed. (TCP does not mean to be cut: that it
 * is too large tells it to send less.)
 */
static bool wants_df(const struct sea_pkt *pkt, const struct sea_dst *dst,
		     const struct sea_ip_tx *tx)
{
	if (!tx->df || tx->nofrag)
		return tx->df;
	return !dst->mtu_locked && (pkt->len <= dst->mtu || tx->proto == SEA_IPPROTO_TCP ||
				    pkt->gso_type != SEA_GSO_NONE);
}

/* With the options, which are padded. */
static uint32_t hdr_len(const struct sea_ip_tx *tx)
{
	return (uint32_t)sizeof(struct sea_ipv4_hdr) + tx->opts_len;
}

static uint8_t default_ttl(const struct sea_ipv4_state *ip, const struct sea_dst *dst)
{
	return dst->hop_limit ? dst->hop_limit : (uint8_t)ip->sysctl.ip_default_ttl;
}

static void put_options(struct sea_stack *stack, struct sea_ipv4_hdr *hdr,
			const struct sea_ip_tx *tx)
{
	memcpy(hdr + 1, tx->opts, tx->opts_len);
	sea_ipv4_options_send(stack, hdr, hdr->src);
}

static inline void fill_header(struct sea_stack *stack, struct sea_pkt *pkt,
			       const struct sea_dst *dst, const struct sea_ip_tx *tx,
			       struct sea_ipv4_hdr *hdr, uint32_t len)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	bool df = wants_df(pkt, dst, tx);
	sea_be32 src = sea_ipaddr_to4(&dst->src), to = sea_ipaddr_to4(&dst->dst);

	hdr->ver_ihl = (uint8_t)(0x40 | len / 4);
	hdr->tos = tx->tos;
	hdr->total_len = sea_be16_of((uint16_t)pkt->len);
	hdr->id = sea_be16_of(choose_ident(ip, pkt, dst, tx, df));
	hdr->frag = sea_be16_of(df ? SEA_IPV4_DF : 0);
	hdr->ttl = tx->ttl || tx->only_to_self ? tx->ttl : default_ttl(ip, dst);
	hdr->proto = tx->proto;
	hdr->sum = (sea_be16){ { 0 } };
	hdr->src = src;
	hdr->dst = to;
	if (__builtin_expect(len > sizeof(*hdr), 0))
		put_options(stack, hdr, tx);
	/* As it is summed: in network order. */
	sea_csum_put(&hdr->sum, (uint16_t)~sea_csum_fold(sea_csum_ipv4(hdr, len)));
}

/* -- the way out -- */

static int discard(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop why, int err)
{
	sea_stack_count(stack, SEA_MIB_IpOutDiscards);
	sea_pkt_drop(stack, pkt, why);
	return err;
}

static int emit_broadcast(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	static const struct sea_mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

	sea_stack_count(stack, SEA_MIB_IpExtOutBcastPkts);
	sea_mib_add(&stack->shard.counters, SEA_MIB_IpExtOutBcastOctets, pkt->len);
	return sea_link_output(dst->link, pkt, &everybody, SEA_ETHERTYPE_IPV4);
}

/* The group's low 23 bits behind 01:00:5e (RFC 1112 §6.4). */
static int emit_multicast(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	const uint8_t *g = dst->dst.b;
	const struct sea_mac group = { { 0x01, 0x00, 0x5e, g[1] & 0x7f, g[2], g[3] } };

	sea_stack_count(stack, SEA_MIB_IpExtOutMcastPkts);
	sea_mib_add(&stack->shard.counters, SEA_MIB_IpExtOutMcastOctets, pkt->len);
	return sea_link_output(dst->link, pkt, &group, SEA_ETHERTYPE_IPV4);
}

/* To no neighbour: to all, to a group, or on a link that knows none. */
static int transmit_plainly(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	static const struct sea_mac none;

	if (dst->type == SEA_ROUTE_BROADCAST)
		return emit_broadcast(stack, pkt, dst);
	if (dst->type == SEA_ROUTE_MULTICAST)
		return emit_multicast(stack, pkt, dst);
	return sea_link_output(dst->link, pkt, &none, SEA_ETHERTYPE_IPV4);
}

static inline int transmit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	sea_stack_count(stack, SEA_MIB_IpOutTransmits);
	sea_mib_add(&stack->shard.counters, SEA_MIB_IpExtOutOctets, pkt->len);
	if (__builtin_expect(!dst->neigh, 0))
		return transmit_plainly(stack, pkt, dst);
	sea_neigh_output(dst->neigh, pkt, SEA_ETHERTYPE_IPV4);
	return 0;
}

/* -- larger than the path takes -- */

/* A fragment that cannot be sent makes the others useless. */
static int transmit_fragments(struct sea_stack *stack, struct sea_pktq *fragments,
			      const struct sea_dst *dst)
{
	struct sea_pkt *pkt;
	int err = 0;

	while (!err && (pkt = sea_pktq_pop(fragments))) {
		err = transmit(stack, pkt, dst);
		if (!err)
			sea_stack_count(stack, SEA_MIB_IpFragCreates);
	}
	sea_stack_count(stack, err ? SEA_MIB_IpFragFails : SEA_MIB_IpFragOKs);
	sea_ip_cut_drop_rest(stack, fragments);
	return err;
}

static int emit_cut(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	struct sea_pktq fragments;
	int err;

	sea_pktq_init(&fragments);
	err = sea_ipv4_fragment(stack, pkt, dst->mtu, &fragments);
	return err ? err : transmit_fragments(stack, &fragments, dst);
}

/* Segments first: a super-segment is not one datagram. */
static int emit_segments(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	struct sea_pktq segments;
	int err = 0, last = 0;

	sea_pktq_init(&segments);
	if (!sea_gso_segment(stack, pkt, &segments))
		last = -ENOMEM;
	while ((pkt = sea_pktq_pop(&segments))) {
		err = pkt->len <= dst->mtu ? transmit(stack, pkt, dst) : emit_cut(stack, pkt, dst);
		last = err ? err : last;
	}
	return last;
}

/* Does anybody here listen to it, on the link that it goes out on? */
static bool heard_here(const struct sea_dst *dst)
{
	const struct sea_link_ip4 *ip4 = sea_link_ip4(dst->link);

	return sea_group_accepts(&ip4->groups, &dst->dst, &dst->src);
}

/* What we send to a group, unless its sender does not want it heard here, may go on to other links. */
static bool is_looped(const struct sea_dst *dst, const struct sea_ip_tx *tx)
{
	if (tx && tx->not_to_self)
		return false;
	return heard_here(dst) || (tx && sea_link_ip4(dst->link)->conf.mc_forwarding &&
				   !sea_ipv4_is_local_group(sea_ipaddr_to4(&dst->dst)));
}

/* Before it is cut up: we hear the whole of what goes to all or to a group. lo hears it anyway. */
static void loop_back(struct sea_stack *stack, const struct sea_pkt *pkt, const struct sea_dst *dst,
		      const struct sea_ip_tx *tx)
{
	if (dst->link->type == SEA_LINK_LOOPBACK)
		return;
	if (dst->type == SEA_ROUTE_BROADCAST ||
	    (dst->type == SEA_ROUTE_MULTICAST && is_looped(dst, tx)))
		sea_loop_copy(&sea_ipv4_of(stack)->loop, pkt, dst->link, !tx);
}

int sea_ipv4_emit(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		  struct sea_link *in, const struct sea_ip_tx *tx)
{
	if (!sea_stack_passes(stack, SEA_AF_INET, SEA_HOOK_POSTROUTING, in, dst->link, pkt))
		return 0; /* its sender is not told, as on Linux */
	if (dst->type != SEA_ROUTE_UNICAST)
		loop_back(stack, pkt, dst, tx);
	if (tx && tx->only_to_self && dst->link->type != SEA_LINK_LOOPBACK) {
		sea_pkt_drop(stack, pkt, SEA_DROP_IP_TTL_ZERO);
		return 0;
	}
	if (sea_ip_fits(pkt, dst->mtu))
		return transmit(stack, pkt, dst);
	if (pkt->gso_type != SEA_GSO_NONE)
		return emit_segments(stack, pkt, dst);
	return emit_cut(stack, pkt, dst);
}

/* -- what transports send -- */

/* The header is in front: checked against the path, and on its way. */
static int send_out(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx)
{
	const struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, pkt->off_net);

	if (!sea_ip_fits(pkt, dst->mtu) && (tx->nofrag || sea_be16_get(hdr->frag) & SEA_IPV4_DF)) {
		sea_stack_count(stack, SEA_MIB_IpFragFails);
		return discard(stack, pkt, SEA_DROP_IP_TOO_BIG, -EMSGSIZE);
	}
	return sea_ipv4_emit(stack, pkt, dst, NULL, tx);
}

/* To a neighbour, and nobody and nothing is between: no hook, no cutting. */
static inline bool goes_straight(struct sea_stack *stack, const struct sea_pkt *pkt,
				 const struct sea_dst *dst, const struct sea_ip_tx *tx)
{
	return dst->neigh && dst->type == SEA_ROUTE_UNICAST && pkt->len <= dst->mtu &&
	       !(stack->hooks4[SEA_HOOK_LOCAL_OUT].n | stack->hooks4[SEA_HOOK_POSTROUTING].n) &&
	       !tx->only_to_self;
}

static int output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		  const struct sea_ip_tx *tx)
{
	uint32_t len = hdr_len(tx);
	struct sea_ipv4_hdr *hdr;

	if (pkt->len + len > UINT16_MAX)
		return discard(stack, pkt, SEA_DROP_IP_TOO_BIG, -EMSGSIZE);
	hdr = sea_pkt_push(pkt, len);
	if (!hdr)
		return discard(stack, pkt, SEA_DROP_IP_NO_MEMORY, -ENOMEM);
	fill_header(stack, pkt, dst, tx, hdr, len);
	pkt->off_net = sea_pkt_offset(pkt);
	pkt->off_trans = (uint16_t)(pkt->off_net + len);
	pkt->protocol = SEA_ETHERTYPE_IPV4;
	sea_stack_count(stack, SEA_MIB_IpOutRequests);
	if (__builtin_expect(goes_straight(stack, pkt, dst, tx), 1))
		return transmit(stack, pkt, dst);
	if (!sea_stack_passes(stack, SEA_AF_INET, SEA_HOOK_LOCAL_OUT, NULL, dst->link, pkt))
		return 0;
	return send_out(stack, pkt, dst, tx);
}

/* In fragments that are smaller than the path would have them. */
static int output_narrow(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
			 const struct sea_ip_tx *tx)
{
	struct sea_dst narrow = *dst;

	narrow.mtu = tx->frag_size;
	return output(stack, pkt, &narrow, tx);
}

int sea_ipv4_output(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_dst *dst,
		    const struct sea_ip_tx *tx)
{
	if (__builtin_expect(tx->frag_size && tx->frag_size < dst->mtu, 0))
		return output_narrow(stack, pkt, dst, tx);
	return output(stack, pkt, dst, tx);
}
