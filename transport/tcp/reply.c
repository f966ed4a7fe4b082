/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of no connection: a reset for what belongs to nobody, SYN-ACKs, ACKs of TIME-WAIT. */
#include "transport/tcp/sig.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/tx_delay.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "transport/ext_hdr.h"

static bool put_header(struct sea_pkt *pkt, uint16_t lport, uint16_t rport,
		       const struct tcp_reply *r)
{
	uint8_t opts[40];
	size_t opt_len = sea_tcp_opts_put(opts, &r->opts);
	struct sea_tcp_hdr *th = sea_pkt_push(pkt, (uint32_t)(sizeof(*th) + opt_len));

	if (!th)
		return false;
	memcpy(th + 1, opts, opt_len);
	th->src = sea_be16_of(lport);
	th->dst = sea_be16_of(rport);
	th->seq = sea_be32_of(r->seq.v);
	th->ack = sea_be32_of(r->flags & SEA_TCP_ACK ? r->ack.v : 0);
	th->off = (uint8_t)((sizeof(*th) + opt_len) / 4 << 4 | (r->ae ? SEA_TCP_AE : 0));
	th->flags = r->flags;
	th->wnd = sea_be16_of((uint16_t)r->wnd);
	th->urg = sea_be16_of(0);
	pkt->off_trans = sea_pkt_offset(pkt);
	return true;
}

static void put_checksum(struct sea_pkt *pkt, const struct sea_dst *dst,
			 const struct sea_ipaddr *final)
{
	struct sea_tcp_hdr *th = sea_pkt_at(pkt, pkt->off_trans);
	uint16_t folded =
		sea_csum_fold(sea_ip_pseudo(dst->family, &dst->src, final, IPPROTO_TCP, pkt->len));

	memcpy(&th->sum, &folded, sizeof(folded));
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = offsetof(struct sea_tcp_hdr, sum);
}

/* A listener's IP_TTL and IPV6_UNICAST_HOPS are its SYN-ACKs'; 0: as the stack has it. */
static uint8_t ttl_of(const struct tcp_reply *reply, uint8_t family)
{
	if (!reply->sock || !(reply->flags & SEA_TCP_SYN))
		return 0;
	if (family == SEA_AF_INET)
		return (uint8_t)reply->sock->ttl;
	return reply->sock->more->hops < 0 ? 0 : (uint8_t)reply->sock->more->hops;
}

int sea_tcp_reply_on(struct sea_stack *stack, const struct sea_dst *dst, uint16_t lport,
		     uint16_t rport, const struct tcp_reply *reply)
{
	struct sea_ip_tx tx = {
		.proto = IPPROTO_TCP, .tos = reply->tos, .df = true, .flow_label = reply->flow_label
	};
	const struct sea_ipaddr *final = reply->final ? reply->final : &dst->dst;
	struct sea_ext_set set;
	struct sea_pkt *pkt = sea_pkt_new(&stack->shard.pool, SEA_PKT_HEADROOM, 0);

	if (!pkt)
		return -ENOMEM;
	tx.ttl = ttl_of(reply, dst->family);
	if (!put_header(pkt, lport, rport, reply)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_TCP_NO_MEMORY);
		return -ENOMEM;
	}
	if (reply->opts.sig)
		sea_tcp_sig_reply(reply, dst->family, &dst->src, final, pkt);
	put_checksum(pkt, dst, final);
	pkt->mark = reply->mark;
	if (reply->tx_delay_us)
		sea_tcp_tx_delay_stamp_reply(stack, pkt, reply->tx_delay_us);
	sea_stack_count(stack, SEA_MIB_TcpOutSegs);
	if (!reply->sock || dst->family == SEA_AF_INET || !reply->sock->more->ext)
		return sea_ip_output(stack, pkt, dst, &tx);
	sea_ext_of_sock(reply->sock, &set);
	set.final = *reply->final;
	return sea_ext_output(stack, &set, dst, &tx, pkt);
}

int sea_tcp_reply(struct sea_stack *stack, const struct sea_ip_rx *ip, uint16_t lport,
		  uint16_t rport, const struct tcp_reply *reply)
{
	const struct sea_flow flow = {
		.family = ip->family,
		.proto = IPPROTO_TCP,
		.tos = reply->tos,
		.mark = reply->mark,
		.sport = lport,
		.dport = rport,
		.any_src = true, /* it was ours a moment ago */
		.oif = ip->family == SEA_AF_INET6 && sea_in6_is_link_local(ip->src.b)
			       ? ip->link->ifindex
			       : sea_l3mdev_of_index(stack, ip->link ? ip->link->ifindex : 0),
		.flow_label = reply->flow_label,
		.src = ip->dst,
		.dst = ip->src,
	};
	struct sea_dst dst = { 0 };
	int err = sea_ip_route(stack, &flow, &dst);

	if (err)
		return err;
	err = sea_tcp_reply_on(stack, &dst, lport, rport, reply);
	sea_dst_put(stack, &dst);
	return err;
}

#define REFLECT_RST 2 /* net.ipv6.flowlabel_reflect */
#define ECN_MASK 3

static uint32_t label_of_rst(const struct sea_stack *stack, const struct sea_ip_rx *ip)
{
	if (ip->family == SEA_AF_INET ||
	    !(sea_ipv6_of(stack)->sysctl.flowlabel_reflect & REFLECT_RST))
		return 0;
	return ip->flow_label;
}

/* That of what it answers, where it is to be (fwmark_reflect). */
static uint32_t mark_of_rst(const struct sea_stack *stack, const struct tcp_rx *rx)
{
	bool reflect = rx->ip->family == SEA_AF_INET ? sea_ipv4_of(stack)->sysctl.fwmark_reflect
						     : sea_ipv6_of(stack)->sysctl.fwmark_reflect;

	return reflect && rx->pkt ? rx->pkt->mark : 0;
}

/*
 * RFC 9293 §3.10.7.1: <SEQ=SEG.ACK><CTL=RST>, or without an ACK to go by
 * <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>.
 */
void sea_tcp_reply_rst(struct sea_stack *stack, const struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	/* As Linux: of the class that it answers, without ECN's bits. */
	struct tcp_reply reply = { .flags = SEA_TCP_RST,
				   .tos = (uint8_t)(rx->ip->tos & ~ECN_MASK),
				   .mark = mark_of_rst(stack, rx),
				   .flow_label = label_of_rst(stack, rx->ip) };
	struct tcp_ao_sig sig;

	if ((seg->flags & SEA_TCP_RST) || rx->ip->dst_type != SEA_ROUTE_LOCAL)
		return;
	if (seg->flags & SEA_TCP_ACK) {
		reply.seq = seg->ack;
	} else {
		reply.flags |= SEA_TCP_ACK;
		reply.ack = sea_seq_add(seg->seq, sea_tcp_seg_len(seg));
	}
	if (seg->opts.sig && !sea_tcp_sig_reset(stack, rx, &reply, &sig))
		return;
	sea_stack_count(stack, SEA_MIB_TcpOutRsts);
	(void)sea_tcp_reply(stack, rx->ip, seg->dst, seg->src, &reply);
}

/* Data is no part of a loop of ACKs: it is always answered. */
bool sea_tcp_reply_limited(struct sea_stack *stack, const struct sea_tcp_seg *seg, sea_time *stamp,
			   enum sea_mib skipped)
{
	int64_t limit = sea_tcp_of(stack)->sysctl.invalid_ratelimit * SEA_MSEC;
	sea_time now = stack->shard.now;

	if (sea_tcp_seg_len(seg) && !(seg->flags & SEA_TCP_SYN))
		return false;
	if (stamp->ns && sea_time_diff(now, *stamp) < limit) {
		sea_stack_count(stack, skipped);
		return true;
	}
	*stamp = now;
	return false;
}
