/* SPDX-License-Identifier: Apache-2.0 */
/* The path: its route, its MTU, and the segment size that follows (RFC 9293 §3.7, RFC 6691). */
#include "transport/tcp/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "core/minmax.h"

#define OPT_TS_LEN 12u
#define GSO_BYTES_MAX 65535u
#define MSS_LEAST 8u /* payload that goes beside whatever options */

static uint32_t headers(const struct tcp_conn *c)
{
	return sea_ip_ops_of(c->sock.stack, c->node.family)->hdr_len +
	       (uint32_t)sizeof(struct sea_tcp_hdr);
}

/* Super-segments: whole multiples of the MSS that fit an IP packet. */
static void set_gso_max(struct tcp_conn *c)
{
	uint32_t most = GSO_BYTES_MAX - headers(c) - 40;

	c->gso_max = most - most % c->mss_cache;
}

static uint32_t bound_to_half_window(const struct tcp_conn *c, uint32_t mss)
{
	uint32_t most = c->max_window > 536 ? c->max_window / 2 : c->max_window;

	if (!most || mss <= most)
		return mss;
	return most > 68 - headers(c) ? most : 68 - headers(c);
}

void sea_tcp_sync_mss(struct tcp_conn *c, uint32_t pmtu)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;
	uint32_t mss = pmtu > headers(c) ? pmtu - headers(c) : 1;

	c->pmtu = pmtu;
	mss = sea_min_u32(mss, c->mss_peer);
	if (c->mss_user)
		mss = sea_min_u32(mss, c->mss_user);
	/* A tiny MSS would make us send mostly headers (CVE-2019-11479). */
	if (mss < (uint32_t)sys->min_snd_mss)
		mss = (uint32_t)sys->min_snd_mss;
	if (c->flags & TCP_F_TS)
		mss -= OPT_TS_LEN;
	/* Not more than half the largest window ever offered, or nothing would move (RFC 1122). */
	mss = bound_to_half_window(c, mss);
	c->mss_cache = (uint16_t)mss;
	set_gso_max(c);
}

uint16_t sea_tcp_mss_now(const struct tcp_conn *c)
{
	uint32_t blocks = c->fl->reasm.n_sack + !sea_seq_eq(c->fl->dsack.start, c->fl->dsack.end);
	uint32_t room;

	if (!(c->flags & TCP_F_SACK) || !blocks)
		return c->mss_cache;
	room = 4 + 8 * sea_min_u32(blocks, c->flags & TCP_F_TS ? 3 : 4);
	return c->mss_cache > room + MSS_LEAST ? (uint16_t)(c->mss_cache - room) : MSS_LEAST;
}

uint16_t sea_tcp_advertised_mss(const struct tcp_conn *c)
{
	uint32_t mss = c->dst.link ? c->dst.link->mtu - headers(c) : 536;

	mss = sea_min_u32(mss, 65495);
	if (c->mss_user)
		mss = sea_min_u32(mss, c->mss_user);
	return (uint16_t)mss;
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
		.any_src = c->sock.flags & (SEA_SOCK_FREEBIND | SEA_SOCK_TRANSPARENT),
	};
	memcpy(flow->src.b, c->sock.laddr, sizeof(flow->src.b));
	memcpy(flow->dst.b, c->sock.raddr, sizeof(flow->dst.b));
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
	if (!err && c->dst.mtu != c->pmtu)
		sea_tcp_sync_mss(c, c->dst.mtu);
	return err;
}
