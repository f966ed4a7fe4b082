/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes into tunnels, as on Linux: in segments, checksums finished; to whom, with which TOS, TTL and DF; told to its
 * sender where the path takes less (RFC 2003 §5, RFC 4213 §3.2, RFC 2473 §7) or an error came back (RFC 2003 §4).
 */
#include <errno.h>
#include <string.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "ip/icmp6.h"
#include "ip/ipv4.h"
#include "link/device/tunnel_job.h"
#include "wire/ipv6.h"

#define ECN_MASK 3u
#define ECN_ECT0 2u
#define ECN_CE 3u
#define IPV4_MTU_MIN 68u
#define IPV6_MTU_MIN 1280u

/* -- the inner packet -- */

static void look4(struct sea_tunnel_inner *in, const uint8_t *ip)
{
	in->tos = ip[1];
	in->ttl = ip[8];
	in->df = ip[6] & 0x40;
	memcpy(in->from.b, ip + 12, 4);
	memcpy(in->to.b, ip + 16, 4);
}

static void look6(struct sea_tunnel_inner *in, const uint8_t *ip)
{
	in->tos = (uint8_t)(ip[0] << 4 | ip[1] >> 4);
	in->ttl = ip[7];
	in->flow_label = sea_get32(ip) & SEA_IPV6_FLOW_LABEL;
	memcpy(in->from.b, ip + 8, 16);
	memcpy(in->to.b, ip + 24, 16);
}

bool sea_tunnel_look(const struct sea_pkt *pkt, bool ether, struct sea_tunnel_inner *in)
{
	uint8_t bytes[sizeof(struct sea_ether_hdr)], ip[sizeof(struct sea_ipv6_hdr)];
	uint32_t len = 0;

	*in = (struct sea_tunnel_inner){ .ethertype = pkt->protocol };
	if (ether) {
		in->at = sizeof(bytes);
		if (!sea_pkt_read(pkt, 0, bytes, sizeof(bytes)))
			return false;
		in->ethertype = sea_get16(bytes + 12);
	}
	if (in->ethertype == SEA_ETHERTYPE_IPV4)
		len = sizeof(struct sea_ipv4_hdr);
	else if (in->ethertype == SEA_ETHERTYPE_IPV6)
		len = sizeof(struct sea_ipv6_hdr);
	if (len && !sea_pkt_read(pkt, in->at, ip, len))
		return false;
	if (in->ethertype == SEA_ETHERTYPE_IPV4)
		look4(in, ip);
	else if (in->ethertype == SEA_ETHERTYPE_IPV6)
		look6(in, ip);
	return true;
}

static bool carries(const struct sea_tunnel_job *j, uint16_t ethertype)
{
	uint8_t proto = j->tunnel->p.proto;

	switch (sea_tunnel_job_id(j)) {
	case SEA_TUNNEL_IPIP:
		return ethertype == SEA_ETHERTYPE_IPV4;
	case SEA_TUNNEL_SIT:
		return ethertype == SEA_ETHERTYPE_IPV4 || ethertype == SEA_ETHERTYPE_IPV6;
	case SEA_TUNNEL_IP6TNL:
		if (ethertype == SEA_ETHERTYPE_IPV4)
			return !proto || proto == SEA_IPPROTO_IPIP;
		return ethertype == SEA_ETHERTYPE_IPV6 && (!proto || proto == SEA_IPPROTO_IPV6);
	case SEA_TUNNEL_GRE:
	case SEA_TUNNEL_GRETAP:
	case SEA_TUNNEL_IP6GRE:
	case SEA_TUNNEL_IP6GRETAP:
		break;
	}
	return true;
}

/* -- telling its sender -- */

/* How an ICMP error is called in both families. */
struct complaint {
	uint8_t type4, code4, type6, code6;
};

/* The packet begins with its network header meanwhile. */
static void tell(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_tunnel_inner *in,
		 struct complaint c, uint32_t info)
{
	bool v6 = in->ethertype == SEA_ETHERTYPE_IPV6;
	uint32_t len = v6 ? sizeof(struct sea_ipv6_hdr) : sizeof(struct sea_ipv4_hdr);
	uint8_t type = pkt->type;

	if (!sea_pkt_peek(pkt, in->at + len))
		return;
	sea_pkt_skip(pkt, in->at);
	pkt->off_net = sea_pkt_offset(pkt);
	pkt->type = SEA_PKT_HOST; /* on its way out, which nobody answers, it is not yet */
	if (in->ethertype == SEA_ETHERTYPE_IPV4)
		sea_icmp_send_error(stack, pkt, c.type4, c.code4, info);
	else if (v6 && stack->ip6)
		sea_icmp6_send_error(stack, pkt, c.type6, c.code6, info);
	sea_pkt_unpull(pkt, in->at);
	pkt->type = type;
}

void sea_tunnel_tell_too_big(struct sea_stack *stack, struct sea_pkt *pkt,
			     const struct sea_tunnel_inner *in, uint32_t mtu)
{
	const struct complaint c = { SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED,
				     SEA_ICMP6_PACKET_TOO_BIG, 0 };

	tell(stack, pkt, in, c, mtu);
}

static void tell_too_big(struct sea_tunnel_job *j, uint32_t mtu)
{
	sea_tunnel_tell_too_big(j->stack, j->pkt, &j->in, mtu);
}

/* As of a neighbour that does not answer. */
static void tell_unreachable(struct sea_tunnel_job *j)
{
	const struct complaint c = { SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH,
				     SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH };

	tell(j->stack, j->pkt, &j->in, c, 0);
}

/* Of what came back before, once for each error. */
static void tell_errors(struct sea_tunnel_job *j)
{
	struct sea_tunnel *t = j->tunnel;

	if (!t->errors)
		return;
	if (sea_time_diff(j->stack->shard.now, t->error_time) >= SEA_TUNNEL_ERR_TIMEO) {
		t->errors = 0;
		return;
	}
	t->errors--;
	tell_unreachable(j);
}

/* -- in how many tunnels it may be (RFC 2473 §4.1.1) -- */

#define LIMIT_LOOK 256u /* bytes of what is within, where its limit is looked for */

/* The sender of a packet that may be in no more tunnels is told so. */
static enum sea_drop refuse_nesting(struct sea_tunnel_job *j, uint32_t at)
{
	const struct complaint c = { SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH,
				     SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD };

	tell(j->stack, j->pkt, &j->in, c, at);
	return SEA_DROP_TUNNEL_LIMIT;
}

/* One less than the inner packet's limit, or the tunnel's own. */
static enum sea_drop find_limit(struct sea_tunnel_job *j)
{
	const struct sea_tunnel_parms *p = &j->tunnel->p;
	uint8_t bytes[LIMIT_LOOK];
	uint32_t len = sea_min_u32(j->pkt->len - j->in.at, LIMIT_LOOK), at = 0;

	j->limit = p->flags & SEA_TUNNEL6_NO_LIMIT ? -1 : p->encap_limit;
	if (j->in.ethertype != SEA_ETHERTYPE_IPV6)
		return SEA_DROP_N;
	if (sea_ipaddr_equal(&j->in.from, &p->remote))
		return SEA_DROP_TUNNEL_LOOP; /* it would come back as its own answer */
	if (sea_pkt_read(j->pkt, j->in.at, bytes, len))
		at = sea_tunnel6_find_limit(bytes, len);
	if (!at)
		return SEA_DROP_N;
	if (!bytes[at])
		return refuse_nesting(j, at);
	j->limit = bytes[at] - 1;
	return SEA_DROP_N;
}

/* -- how large it may be -- */

/* sit: IPv6 is never told of less than 1280, and goes in fragments then (RFC 4213 §3.2.2). */
static enum sea_drop fit_sit(struct sea_tunnel_job *j)
{
	uint32_t hdr = sizeof(struct sea_ipv4_hdr), mtu;

	if (!j->outer_df)
		return SEA_DROP_N;
	mtu = j->dst.mtu > hdr ? j->dst.mtu - hdr : 0;
	if (mtu < IPV6_MTU_MIN) {
		mtu = IPV6_MTU_MIN;
		j->outer_df = false;
	}
	if (j->pkt->len <= mtu)
		return SEA_DROP_N;
	tell_too_big(j, mtu);
	return SEA_DROP_TUNNEL_TOO_BIG;
}

/* What does not fit is told of and lost, unless it is as small as the smallest that must pass: that goes in fragments (§7). */
static enum sea_drop fit6(struct sea_tunnel_job *j)
{
	const struct sea_tunnel *t = j->tunnel;
	uint32_t taken = sea_tunnel_hdr_len(sea_tunnel_kind_of(t->link), &t->p) + j->in.at;
	uint32_t min = j->in.ethertype == SEA_ETHERTYPE_IPV6 ? IPV6_MTU_MIN : IPV4_MTU_MIN, mtu;

	if (j->limit >= 0)
		taken += SEA_TUNNEL6_OPTS_LEN;
	mtu = sea_max_u32(j->dst.mtu > taken ? j->dst.mtu - taken : 0, min);
	if (j->pkt->len - j->in.at <= mtu)
		return SEA_DROP_N;
	tell_too_big(j, mtu);
	return SEA_DROP_TUNNEL_TOO_BIG;
}

static enum sea_drop fit(struct sea_tunnel_job *j)
{
	const struct sea_tunnel *t = j->tunnel;
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(t->link);
	uint32_t taken = sea_tunnel_hdr_len(kind, &t->p) + j->in.at;
	uint32_t mtu = t->link->mtu, size = j->pkt->len - j->in.at;
	bool told = (j->in.ethertype == SEA_ETHERTYPE_IPV4 && j->in.df) ||
		    (j->in.ethertype == SEA_ETHERTYPE_IPV6);

	if (kind->family == SEA_AF_INET6)
		return fit6(j);
	j->outer_df = t->p.df;
	if (kind->id == SEA_TUNNEL_SIT && j->in.ethertype == SEA_ETHERTYPE_IPV6)
		return fit_sit(j);
	if (j->in.ethertype == SEA_ETHERTYPE_IPV4 && j->in.df && !t->p.ignore_df)
		j->outer_df = true;
	if (j->outer_df)
		mtu = j->dst.mtu > taken ? j->dst.mtu - taken : 0;
	if (!told || mtu >= size || (j->in.ethertype == SEA_ETHERTYPE_IPV6 && mtu < IPV6_MTU_MIN))
		return SEA_DROP_N;
	tell_too_big(j, mtu);
	return SEA_DROP_TUNNEL_TOO_BIG;
}

/* -- sent -- */

/* Congestion that was seen within is not told of again outside (RFC 3168 §9.1.1, as on Linux). */
uint8_t sea_tunnel_tos(const struct sea_tunnel_inner *in, uint8_t tos)
{
	uint8_t ecn = (in->tos & ECN_MASK) == ECN_CE ? ECN_ECT0 : (uint8_t)(in->tos & ECN_MASK);

	return (uint8_t)(((tos & 1 ? in->tos : tos) & ~ECN_MASK) | ecn);
}

static enum sea_drop push_header(struct sea_tunnel_job *j)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(j->tunnel->link);
	uint16_t type = kind->ether ? SEA_GRE_TEB : j->in.ethertype;

	if (kind->proto == SEA_IPPROTO_GRE && !sea_gre_push(j->tunnel, j->pkt, type))
		return SEA_DROP_LINK_NO_MEMORY;
	return SEA_DROP_N;
}

static struct sea_ip_tx tx4(const struct sea_tunnel_job *j)
{
	bool df = j->outer_df && !j->dst.mtu_locked;

	return (struct sea_ip_tx){ .df = df, .nofrag = df, .ident = &j->tunnel->ident };
}

static struct sea_ip_tx tx6(const struct sea_tunnel_job *j, uint8_t opts[SEA_TUNNEL6_OPTS_LEN])
{
	struct sea_ip_tx tx = { .flow_label = sea_tunnel_outer_label(j),
				.auto_label = SEA_AUTO_LABEL_ON };

	if (j->limit < 0)
		return tx;
	sea_tunnel6_put_limit(opts, sea_tunnel_proto_of(j), (uint8_t)j->limit);
	tx.opts = opts;
	tx.opts_len = SEA_TUNNEL6_OPTS_LEN;
	tx.opts_next = SEA_TUNNEL6_OPTS_NEXT;
	return tx;
}

static int send_on(struct sea_tunnel_job *j)
{
	uint8_t opts[SEA_TUNNEL6_OPTS_LEN];
	struct sea_ip_tx tx = sea_tunnel_through6(j) ? tx6(j, opts) : tx4(j);

	tx.proto = sea_tunnel_proto_of(j);
	tx.tos = sea_tunnel_tos(&j->in, sea_tunnel_tos_chosen(j));
	tx.ttl = j->tunnel->p.ttl ? j->tunnel->p.ttl : j->in.ttl;
	j->pkt->off_trans = sea_pkt_offset(j->pkt);
	j->pkt->hash = 0;
	return sea_ip_output(j->stack, j->pkt, &j->dst, &tx);
}

/* Linux tells who cannot be reached of these; of the others it only counts. */
static bool tells_of_no_way(const struct sea_tunnel_job *j)
{
	return sea_tunnel_through6(j) || sea_tunnel_job_id(j) == SEA_TUNNEL_SIT;
}

static enum sea_drop prepare(struct sea_tunnel_job *j)
{
	enum sea_drop why = SEA_DROP_N;

	if (!sea_tunnel_look(j->pkt, sea_tunnel_kind_of(j->tunnel->link)->ether, &j->in))
		return SEA_DROP_TUNNEL_SHORT;
	if (!carries(j, j->in.ethertype))
		return SEA_DROP_TUNNEL_PROTOCOL;
	if (sea_tunnel_through6(j))
		why = find_limit(j);
	if (why == SEA_DROP_N)
		why = sea_tunnel_find_way(j);
	if (why == SEA_DROP_TUNNEL_NO_WAY && tells_of_no_way(j))
		tell_unreachable(j);
	if (why == SEA_DROP_N)
		why = fit(j);
	if (why != SEA_DROP_N)
		return why;
	tell_errors(j);
	return push_header(j);
}

void sea_tunnel_uncount(struct sea_link *link, uint32_t len)
{
	link->stats.tx_packets--;
	link->stats.tx_bytes -= len;
	link->stats.tx_errors++;
}

/* As on Linux nobody is told what became of it outside. */
static void send_one(struct sea_link *link, struct sea_pkt *pkt)
{
	struct sea_tunnel_job j = { .stack = link->stack,
				    .tunnel = sea_tunnel_of(link),
				    .pkt = pkt };
	uint32_t len = pkt->len;
	enum sea_drop why = prepare(&j);
	int err = 0;

	if (why == SEA_DROP_N)
		err = send_on(&j);
	else
		sea_pkt_drop(j.stack, pkt, why);
	if (why != SEA_DROP_N || err)
		sea_tunnel_uncount(link, len);
	sea_dst_put(j.stack, &j.dst);
}

typedef void send_fn(struct sea_link *link, struct sea_pkt *pkt);

/* Each segment goes by itself. */
static void send_segments(struct sea_link *link, struct sea_pkt *pkt, send_fn *send_one_of)
{
	struct sea_pktq segments;
	uint32_t len = pkt->len;

	sea_pktq_init(&segments);
	(void)!sea_gso_segment(link->stack, pkt, &segments);
	link->stats.tx_packets--;
	link->stats.tx_bytes -= len;
	while ((pkt = sea_pktq_pop(&segments))) {
		link->stats.tx_packets++;
		link->stats.tx_bytes += pkt->len;
		send_one_of(link, pkt);
	}
}

static void send_all(struct sea_link *link, struct sea_pkt *pkt, send_fn *send_one_of)
{
	if (pkt->gso_type != SEA_GSO_NONE) {
		send_segments(link, pkt, send_one_of);
	} else if (sea_pkt_csum_finish(pkt, link->stack->csum)) {
		send_one_of(link, pkt);
	} else {
		sea_tunnel_uncount(link, pkt->len);
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_NO_MEMORY);
	}
}

int sea_tunnel_xmit_each(struct sea_link *link, struct sea_pkt *pkt, send_fn *send_one_of)
{
	struct sea_tunnels *tunnels = sea_tunnels_of(link->stack);

	if (tunnels->depth == SEA_TUNNEL_DEPTH_MAX) {
		sea_tunnel_uncount(link, pkt->len);
		sea_pkt_drop(link->stack, pkt, SEA_DROP_TUNNEL_LOOP);
		return -ENETDOWN;
	}
	tunnels->depth++;
	send_all(link, pkt, send_one_of);
	tunnels->depth--;
	return 0;
}

int sea_tunnel_xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	return sea_tunnel_xmit_each(link, pkt, send_one);
}

/* -- the link's own framing: none -- */

static void input(struct sea_link *link, struct sea_pkt *pkt)
{
	pkt->off_link = sea_pkt_offset(pkt);
	sea_link_deliver(link, pkt);
}

static int push(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		uint16_t ethertype)
{
	(void)link;
	(void)dst;
	(void)ethertype;
	pkt->off_link = sea_pkt_offset(pkt);
	return 0;
}

const struct sea_framing sea_framing_tunnel = {
	.type = SEA_LINK_IP,
	.input = input,
	.push = push,
	.turn = sea_link_turn,
};
