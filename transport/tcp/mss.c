/* SPDX-License-Identifier: Apache-2.0 */
/* The path: its route, its MTU, and the segment size that follows (RFC 9293 §3.7, RFC 6691). */
#include "transport/tcp/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "core/minmax.h"
#include "transport/ext_hdr.h"
#include "transport/label.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/sig.h"

#define OPT_TS_LEN 12u
#define GSO_BYTES_MAX 65535u
#define ADVMSS_MAX (65535u - 40) /* that a route may say */
#define ADVMSS_MIN 256u          /* net.ipv4.route.min_adv_mss */
#define MSS_LEAST 8u             /* payload that goes beside whatever options */

/* Extension headers that the program wants on every packet take their part. */
static uint32_t headers(const struct tcp_conn *c)
{
	uint32_t len = sea_ip_ops_of(c->sock.stack, c->node.family)->hdr_len +
		       (uint32_t)sizeof(struct sea_tcp_hdr);
	struct sea_ext_set set;

	if (c->node.family == SEA_AF_INET || !c->sock.more->ext)
		return len;
	sea_ext_of_sock(&c->sock, &set);
	return len + sea_ext_len(&set);
}

/* IP_OPTIONS takes its room from the data; what the peer is told does not know of it. */
static uint32_t headers_sent(const struct tcp_conn *c)
{
	return headers(c) + (c->node.family == SEA_AF_INET ? c->sock.more->ip_opts_len : 0u);
}

/* Super-segments: whole multiples of the MSS that fit an IP packet. */
static void set_gso_max(struct tcp_conn *c)
{
	uint32_t most = GSO_BYTES_MAX - headers_sent(c) - 40;

	/* Over loopback one segment may be all that fits. */
	c->gso_max = (uint16_t)(most < c->mss_cache ? c->mss_cache : most - most % c->mss_cache);
}

static uint32_t options(const struct tcp_conn *c)
{
	return (c->flags & TCP_F_TS ? OPT_TS_LEN : 0) + tcp_sig_len(c);
}

static uint32_t bound_to_half_window(const struct tcp_conn *c, uint32_t mss)
{
	uint32_t most = c->max_window > 536 ? c->max_window / 2 : c->max_window;
	uint32_t header = (uint32_t)sizeof(struct sea_tcp_hdr) + options(c);

	if (!most || mss <= most)
		return mss;
	return sea_max_u32(most, 68 - header);
}

/* What the peer takes, as far as the program wants it. */
static uint32_t mss_most(const struct tcp_conn *c)
{
	return c->mss_user ? sea_min_u32(c->mss_peer, c->mss_user) : c->mss_peer;
}

/* The same; with a SYN that is out, what it offers. */
static uint32_t options_hoped(const struct tcp_conn *c)
{
	bool offers = c->state == TCP_S_CLOSED && sea_tcp_st(c)->sysctl.timestamps &&
		      !tcp_md5_of(c);

	return offers ? OPT_TS_LEN + tcp_sig_len(c) : options(c);
}

uint32_t sea_tcp_mtu_to_mss(const struct tcp_conn *c, uint32_t mtu)
{
	uint32_t mss = mtu > headers_sent(c) ? mtu - headers_sent(c) : 1;

	mss = sea_min_u32(mss, mss_most(c));
	/* A tiny MSS would make us send mostly headers (CVE-2019-11479). */
	mss = sea_max_u32(mss, (uint32_t)sea_tcp_st(c)->sysctl.min_snd_mss);
	return mss - options(c);
}

uint32_t sea_tcp_mss_to_mtu(const struct tcp_conn *c, uint32_t mss)
{
	return mss + headers_sent(c) + options_hoped(c);
}

uint32_t sea_tcp_mtu_of_peer(const struct tcp_conn *c)
{
	return mss_most(c) + (uint32_t)sizeof(struct sea_tcp_hdr) +
	       sea_ip_ops_of(c->sock.stack, c->node.family)->hdr_len;
}

void sea_tcp_sync_mss(struct tcp_conn *c, uint32_t pmtu)
{
	uint32_t mss;

	c->pmtu = pmtu;
	sea_tcp_mtup_bound(c, pmtu);
	/* Not more than half the largest window ever offered, or nothing would move (RFC 1122). */
	mss = bound_to_half_window(c, sea_tcp_mtu_to_mss(c, pmtu));
	if (c->side->mtup.search_low)
		mss = sea_min_u32(mss, sea_tcp_mtu_to_mss(c, c->side->mtup.search_low));
	c->mss_cache = (uint16_t)mss;
	set_gso_max(c);
}

uint16_t sea_tcp_mss_beside_options(const struct tcp_conn *c)
{
	uint32_t blocks = c->fl->reasm.n_sack + !sea_seq_eq(c->fl->dsack.start, c->fl->dsack.end);
	struct sea_tcp_opts o = { .has_ts = c->flags & TCP_F_TS };
	uint32_t room = 0, most;

	if (__builtin_expect(c->flags & TCP_F_LOOK, 0))
		sea_tcp_sig_opts(c, &o);
	most = sea_tcp_blocks_max(o.has_ts, tcp_sig_len_in(&o));
	if (c->flags & TCP_F_SACK)
		o.n_sack = (uint8_t)sea_min_u32(blocks, most);
	if (o.n_sack)
		room = 4 + 8 * (uint32_t)o.n_sack;
	if (c->node.ecn & TCP_ECN_ACC)
		room += sea_tcp_accecn_room(c, &o);
	return c->mss_cache > room + MSS_LEAST ? (uint16_t)(c->mss_cache - room) : MSS_LEAST;
}

uint16_t sea_tcp_default_mss(uint8_t family)
{
	return family == SEA_AF_INET ? 536 : 1220;
}

/* What is known of the path counts, as far as ICMP told or the link has it. */
uint16_t sea_tcp_mss_of_way(const struct sea_stack *stack, const struct sea_dst *dst)
{
	const struct sea_route_metrics *m = sea_dst_metrics(stack, dst);
	uint32_t headers =
		sea_ip_ops_of(stack, dst->family)->hdr_len + (uint32_t)sizeof(struct sea_tcp_hdr);
	uint32_t least = dst->family == SEA_AF_INET ? ADVMSS_MIN
						    : sea_tcp_default_mss(SEA_AF_INET6);
	uint32_t mss = dst->mtu > headers + least ? dst->mtu - headers : least;

	if (m && m->advmss)
		return (uint16_t)sea_min_u32(m->advmss, ADVMSS_MAX);
	/* Of IPv6, whose header does not count, all that may be behind TCP's (RFC 8200 §3). */
	return (uint16_t)sea_min_u32(mss, UINT16_MAX - (uint32_t)sizeof(struct sea_tcp_hdr));
}

uint16_t sea_tcp_advertised_mss(const struct tcp_conn *c)
{
	uint32_t mss = c->dst.link ? sea_tcp_mss_of_way(c->sock.stack, &c->dst) : 536;

	if (c->mss_user)
		mss = sea_min_u32(mss, c->mss_user);
	return (uint16_t)mss;
}

void sea_tcp_ts_in_mss(struct tcp_conn *c)
{
	if (c->flags & TCP_F_TS)
		c->mss_advertised = (uint16_t)(c->mss_advertised - OPT_TS_LEN);
}

static void fill_flow(const struct tcp_conn *c, struct sea_flow *flow)
{
	*flow = (struct sea_flow){
		.family = c->sock.family,
		.proto = IPPROTO_TCP,
		.tos = sea_sock_tos(&c->sock, c->sock.family),
		.oif = c->sock.bound_ifindex,
		.mark = c->sock.mark,
		.sport = c->sock.lport,
		.dport = c->sock.rport,
		.any_src = c->sock.flags & (SEA_SOCK_FREEBIND | SEA_SOCK_TRANSPARENT) ||
			   c->sock.family == SEA_AF_INET6,
		.src_prefs = c->sock.more->src_prefs,
		.flow_label = sea_label_of_peer(&c->sock),
	};
	memcpy(flow->src.b, c->sock.laddr, sizeof(flow->src.b));
	memcpy(flow->dst.b, c->sock.raddr, sizeof(flow->dst.b));
	sea_ext_lead(&c->sock, flow);
}

int sea_tcp_route(struct tcp_conn *c)
{
	struct sea_stack *stack = c->sock.stack;
	struct sea_flow flow;
	int err;

	if (__builtin_expect(sea_dst_valid(stack, &c->dst), 1))
		return 0;
	sea_dst_put(stack, &c->dst);
	fill_flow(c, &flow);
	err = sea_ip_route(stack, &flow, &c->dst);
	if (err)
		return err;
	sea_tcp_obey_route(c);
	/* That a segment may be larger counts from the next push on (tcp_follow_mtu()); as on Linux. */
	if (c->dst.mtu < c->pmtu)
		sea_tcp_sync_mss(c, c->dst.mtu);
	return 0;
}
