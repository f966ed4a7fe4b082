/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames in UDP (RFC 7348 §5): to one place, or to all where nobody knows the station; from a source port that tells one
 * inner flow from another, so that whoever spreads flows over several ways spreads these, too.
 *
 *	+----------------+-----------------------+
 *	|R|R|R|R|I|R|R|R |       Reserved        |
 *	|           VNI                |Reserved |
 *	+------------------------------+---------+
 */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "link/device/tunnel.h"
#include "link/device/vxlan.h"
#include "wire/ipv6.h"
#include "wire/udp.h"

#define UDP_HDR_LEN ((uint32_t)sizeof(struct sea_udp_hdr))
#define IPV6_MTU_MIN 1280u

/* The frame within, and what becomes of it. */
struct job {
	struct sea_stack *stack;
	struct sea_vxlan *vxlan;
	struct sea_tunnel_inner in;
	uint16_t sport;
};

/* -- the source port -- */

/* Without holes: it is hashed as it lies. */
struct flow_key {
	uint8_t ends[32];
	uint16_t sport, dport, ethertype, proto;
};

static void key_of4(const struct job *j, const struct sea_pkt *pkt, struct flow_key *k)
{
	struct sea_flow flow = { 0 };
	uint8_t ip[sizeof(struct sea_ipv4_hdr)];

	if (!sea_pkt_read(pkt, j->in.at, ip, sizeof(ip)))
		return;
	memcpy(k->ends, ip + 12, 8);
	flow.proto = ip[9];
	if (!(sea_get16(ip + 6) & 0x3fff)) /* fragments go the way of all */
		sea_flow_read_ports(&flow, pkt, j->in.at + (uint32_t)(ip[0] & 15) * 4);
	k->proto = flow.proto;
	k->sport = flow.sport;
	k->dport = flow.dport;
}

static void key_of6(const struct job *j, const struct sea_pkt *pkt, struct flow_key *k)
{
	struct sea_flow flow = { 0 };
	uint8_t ip[sizeof(struct sea_ipv6_hdr)];

	if (!sea_pkt_read(pkt, j->in.at, ip, sizeof(ip)))
		return;
	memcpy(k->ends, ip + 8, 32);
	flow.proto = ip[6];
	sea_flow_read_ports(&flow, pkt, j->in.at + (uint32_t)sizeof(ip));
	k->proto = flow.proto;
	k->sport = flow.sport;
	k->dport = flow.dport;
}

static uint32_t flow_hash(const struct job *j, const struct sea_pkt *pkt)
{
	struct flow_key k = { .ethertype = j->in.ethertype };

	if (k.ethertype == SEA_ETHERTYPE_IPV4)
		key_of4(j, pkt, &k);
	else if (k.ethertype == SEA_ETHERTYPE_IPV6)
		key_of6(j, pkt, &k);
	else
		(void)!sea_pkt_read(pkt, 0, k.ends, 12);
	return (uint32_t)sea_siphash13(&j->vxlan->key, &k, sizeof(k));
}

static uint16_t source_port(const struct job *j, const struct sea_pkt *pkt)
{
	const struct sea_vxlan_parms *p = &j->vxlan->p;
	uint32_t min = p->port_min, max = p->port_max;

	if (min >= max) {
		const int32_t *range = sea_ipv4_of(j->stack)->sysctl.ip_local_port_range;

		min = (uint32_t)range[0];
		max = (uint32_t)range[1];
	}
	return (uint16_t)(min + ((uint64_t)flow_hash(j, pkt) * (max - min) >> 32));
}

/* -- out -- */

static bool wants_df(const struct job *j)
{
	uint8_t df = j->vxlan->p.df;

	if (df != SEA_VXLAN_DF_INHERIT)
		return df == SEA_VXLAN_DF_SET;
	return j->in.ethertype == SEA_ETHERTYPE_IPV6 ||
	       (j->in.ethertype == SEA_ETHERTYPE_IPV4 && j->in.df);
}

static bool has_sum(const struct sea_vxlan_parms *p)
{
	return p->family == SEA_AF_INET ? p->sum_tx : !p->no_sum6_tx;
}

static bool push_headers(const struct job *j, struct sea_pkt *pkt, const struct sea_vxlan_to *to,
			 const struct sea_dst *dst)
{
	uint8_t *h = sea_pkt_push(pkt, UDP_HDR_LEN + SEA_VXLAN_HDR_LEN);
	struct sea_udp_hdr *udp = (void *)h;
	uint32_t pseudo;

	if (!h)
		return false;
	sea_put32(h + UDP_HDR_LEN, SEA_VXLAN_F_VNI);
	sea_put32(h + UDP_HDR_LEN + 4, to->vni << 8);
	*udp = (struct sea_udp_hdr){ sea_be16_of(j->sport), sea_be16_of(to->port),
				     sea_be16_of((uint16_t)pkt->len), sea_be16_of(0) };
	pkt->off_trans = sea_pkt_offset(pkt);
	pkt->csum_state = SEA_CSUM_NONE;
	pkt->hash = 0;
	if (!has_sum(&j->vxlan->p))
		return true;
	pseudo = sea_ip_pseudo(dst->family, &dst->src, &to->addr, SEA_IPPROTO_UDP, pkt->len);
	sea_csum_put(&udp->sum, sea_csum_fold(pseudo));
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = offsetof(struct sea_udp_hdr, sum);
	return true;
}

static enum sea_drop find_way(const struct job *j, const struct sea_vxlan_to *to,
			      struct sea_dst *dst)
{
	const struct sea_vxlan_parms *p = &j->vxlan->p;
	const struct sea_flow flow = { .family = p->family,
				       .proto = SEA_IPPROTO_UDP,
				       .tos = sea_tunnel_tos(&j->in, p->tos) & 0xfc,
				       .oif = to->link ? to->link : p->link,
				       .flow_label = p->label,
				       .sport = j->sport,
				       .dport = to->port,
				       .src = p->local,
				       .dst = to->addr };

	if (sea_vxlan_is_any(&to->addr) || sea_ip_route(j->stack, &flow, dst))
		return SEA_DROP_TUNNEL_NO_WAY;
	return dst->link == j->vxlan->link ? SEA_DROP_TUNNEL_LOOP : SEA_DROP_N;
}

/* Without DF it goes in fragments; with it, whoever sent what is within is told what fits. */
static enum sea_drop fit(const struct job *j, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	uint32_t taken = sea_vxlan_hdr_len(&j->vxlan->p), mtu;
	uint32_t size = pkt->len - (uint32_t)sizeof(struct sea_ether_hdr) + taken;

	if (size > UINT16_MAX)
		return SEA_DROP_TUNNEL_TOO_BIG;
	if (!wants_df(j) || size <= dst->mtu)
		return SEA_DROP_N;
	mtu = dst->mtu > taken ? dst->mtu - taken : 0;
	if (j->in.ethertype == SEA_ETHERTYPE_IPV4 ||
	    (j->in.ethertype == SEA_ETHERTYPE_IPV6 && mtu >= IPV6_MTU_MIN))
		sea_tunnel_tell_too_big(j->stack, pkt, &j->in, mtu);
	return SEA_DROP_TUNNEL_TOO_BIG;
}

static int send_on(const struct job *j, struct sea_pkt *pkt, const struct sea_dst *dst)
{
	const struct sea_vxlan_parms *p = &j->vxlan->p;
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_UDP,
				      .tos = sea_tunnel_tos(&j->in, p->tos),
				      .ttl = p->ttl_inherit ? j->in.ttl : p->ttl,
				      .df = wants_df(j),
				      .nofrag = wants_df(j),
				      .flow_label = p->label,
				      .auto_label = SEA_AUTO_LABEL_OFF };

	return sea_ip_output(j->stack, pkt, dst, &tx);
}

static void send_to(const struct job *j, struct sea_pkt *pkt, const struct sea_vxlan_to *to)
{
	struct sea_dst dst = { 0 };
	uint32_t len = pkt->len;
	enum sea_drop why = find_way(j, to, &dst);
	int err = 0;

	if (why == SEA_DROP_N)
		why = fit(j, pkt, &dst);
	if (why == SEA_DROP_N && !push_headers(j, pkt, to, &dst))
		why = SEA_DROP_LINK_NO_MEMORY;
	if (why == SEA_DROP_N)
		err = send_on(j, pkt, &dst);
	else
		sea_pkt_drop(j->stack, pkt, why);
	if (why != SEA_DROP_N || err)
		sea_tunnel_uncount(j->vxlan->link, len);
	sea_dst_put(j->stack, &dst);
}

static struct sea_vxlan_fdb *find_station(const struct sea_vxlan *v, const struct sea_pkt *pkt)
{
	static const struct sea_mac nobody;
	struct sea_vxlan_fdb *f;
	struct sea_mac mac;

	if (!sea_pkt_read(pkt, 0, mac.b, sizeof(mac.b)))
		return NULL;
	f = sea_vxlan_fdb_find(v, &mac);
	return f ? f : sea_vxlan_fdb_find(v, &nobody);
}

/* A copy to each place but the last, which gets the frame itself. Each counts as sent. */
static void send_all(const struct job *j, struct sea_pkt *pkt, struct sea_vxlan_fdb *f)
{
	struct sea_link *link = j->vxlan->link;
	struct sea_vxlan_fdb *next;

	f->used = j->stack->shard.now;
	for (; (next = sea_vxlan_fdb_next(f)); f = next) {
		struct sea_pkt *copy = sea_pkt_clone(pkt, &j->stack->shard.pool);

		if (!copy) {
			link->stats.tx_dropped++;
			continue;
		}
		link->stats.tx_packets++;
		link->stats.tx_bytes += copy->len;
		send_to(j, copy, &f->to);
	}
	send_to(j, pkt, &f->to);
}

static void refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop why)
{
	link->stats.tx_packets--;
	link->stats.tx_bytes -= pkt->len;
	link->stats.tx_dropped++;
	sea_pkt_drop(link->stack, pkt, why);
}

static void send_one(struct sea_link *link, struct sea_pkt *pkt)
{
	struct job j = { .stack = link->stack, .vxlan = sea_vxlan_of(link) };
	struct sea_vxlan_fdb *f = find_station(j.vxlan, pkt);

	if (!sea_tunnel_look(pkt, true, &j.in)) {
		refuse(link, pkt, SEA_DROP_TUNNEL_SHORT);
	} else if (!f) {
		refuse(link, pkt, SEA_DROP_VXLAN_NOWHERE);
	} else {
		j.sport = source_port(&j, pkt);
		send_all(&j, pkt, f);
	}
}

int sea_vxlan_xmit(struct sea_link *link, struct sea_pkt *pkt)
{
	return sea_tunnel_xmit_each(link, pkt, send_one);
}

/* -- in -- */

/* False: it is nobody's, ours that came back, or from where the station is known not to be. */
static bool believe(struct sea_vxlan *v, const struct sea_mac *src, const struct sea_ip_rx *rx)
{
	bool local = rx->family == SEA_AF_INET6 && sea_in6_is_link_local(rx->src.b);
	const struct sea_vxlan_to from = { .addr = rx->src,
					   .port = v->p.port,
					   .vni = v->p.vni,
					   .link = local ? rx->link->ifindex : 0 };

	if (sea_mac_is_multicast(src) || sea_mac_is_zero(src) || sea_mac_equal(src, &v->link->mac))
		return false;
	return !v->p.learning || sea_vxlan_fdb_learn(v, src, &from);
}

/* The frame, its VNI being this one's. */
static void take(struct sea_vxlan *v, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_ether_hdr *eth;
	struct sea_mac src;

	sea_pkt_trim_front(pkt, SEA_VXLAN_HDR_LEN);
	eth = sea_pkt_peek(pkt, sizeof(*eth));
	if (!eth) {
		sea_tunnel_refuse(v->link, pkt, SEA_DROP_TUNNEL_SHORT);
		return;
	}
	src = eth->src;
	if (!believe(v, &src, rx)) {
		v->link->stats.rx_dropped++;
		sea_pkt_drop(v->link->stack, pkt, SEA_DROP_VXLAN_SOURCE);
		return;
	}
	sea_tunnel_arrive(v->link, pkt, SEA_GRE_TEB, rx->tos);
}

/* What RFC 7348 reserves is ignored by it and refused by Linux: somebody means something else. */
void sea_vxlan_input(struct sea_stack *stack, struct sea_udp_port *port, struct sea_pkt *pkt,
		     const struct sea_ip_rx *rx)
{
	const uint8_t *h = sea_pkt_peek(pkt, SEA_VXLAN_HDR_LEN);
	struct sea_vxlan *v;

	if (!h || !(sea_get32(h) & SEA_VXLAN_F_VNI)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_VXLAN_HEADER);
		return;
	}
	v = sea_vxlan_find(stack, sea_get32(h + 4) >> 8, port, rx->link->ifindex);
	if (!v)
		sea_pkt_drop(stack, pkt, SEA_DROP_VXLAN_NONE);
	else if (sea_get32(h) != SEA_VXLAN_F_VNI || h[7])
		sea_tunnel_refuse(v->link, pkt, SEA_DROP_VXLAN_HEADER);
	else
		take(v, pkt, rx);
}

/* -- errors -- */

/* Is there one that may have sent it? */
static bool is_ours(const struct sea_stack *stack, const struct sea_udp_port *port,
		    const struct sea_icmp_error *error)
{
	const uint8_t *h = error->quote + UDP_HDR_LEN;

	if (error->quote_len < UDP_HDR_LEN + SEA_VXLAN_HDR_LEN)
		return true;
	return sea_get32(h) & SEA_VXLAN_F_VNI &&
	       sea_vxlan_find(stack, sea_get32(h + 4) >> 8, port,
			      error->pkt->link ? error->pkt->link->ifindex : 0);
}

/* The path's MTU and better routers are remembered; senders within hear of nothing (as on Linux). */
bool sea_vxlan_icmp_error(struct sea_stack *stack, struct sea_udp_port *port,
			  const struct sea_icmp_error *error)
{
	const struct sea_flow flow = { .family = error->family,
				       .proto = SEA_IPPROTO_UDP,
				       .dst = error->dst };

	if (!is_ours(stack, port, error))
		return false;
	if (sea_icmp_error_is_too_big(error))
		sea_ip_pmtu_update(stack, &flow, error->mtu);
	else if (error->redirect)
		sea_ip_redirect(stack, &flow, error);
	return true;
}
