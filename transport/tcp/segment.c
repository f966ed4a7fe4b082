/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments as packets: header and options of the connection's present state in front of stored
 * bytes, which are shared, not copied, unless they are few. Several MSS go down as one super-segment
 * with a PARTIAL checksum.
 */
#include "transport/tcp/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/minmax.h"
#include "transport/ext_hdr.h"
#include "transport/label.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/stamps.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/tx_delay.h"
#include "transport/tcp/urgent.h"
#include "transport/tcp/windows.h"

/* So few bytes are copied behind the header: one piece of memory costs less than a share of another. */
#define COPY_MAX 128u

/* What a segment says besides its bytes. */
struct header {
	sea_seq seq;
	uint8_t flags;
	uint16_t mss; /* for cutting; 0: not a super-segment */
	uint32_t wnd; /* as on the wire */
	struct sea_tcp_opts opts;
};

uint32_t sea_tcp_ts_now(const struct tcp_conn *c)
{
	return (uint32_t)(tcp_now(c).ns / SEA_MSEC) + c->ts_offset;
}

/* SACK blocks: a duplicate first (RFC 2883), then the out-of-order queue's (RFC 2018). */
static void sack_opts(struct tcp_conn *c, struct sea_tcp_opts *o)
{
	unsigned max = sea_tcp_blocks_max(o->has_ts, tcp_sig_len_in(o));

	if (!sea_seq_eq(c->fl->dsack.start, c->fl->dsack.end)) {
		o->sack[o->n_sack++] = c->fl->dsack;
		c->fl->dsack.end = c->fl->dsack.start;
	}
	for (unsigned i = 0; i < c->fl->reasm.n_sack && o->n_sack < max; i++)
		o->sack[o->n_sack++] = c->fl->reasm.sack[i];
}

static inline void established_opts(struct tcp_conn *c, struct sea_tcp_opts *o)
{
	memset(o, 0, offsetof(struct sea_tcp_opts, sack));
	if (c->flags & TCP_F_TS) {
		o->has_ts = true;
		o->ts_val = sea_tcp_ts_now(c);
		o->ts_ecr = c->ts_recent;
		c->ts_last_sent = o->ts_val;
	}
	if (__builtin_expect(c->flags & TCP_F_LOOK, 0))
		sea_tcp_sig_opts(c, o);
	if (c->flags & TCP_F_SACK && tcp_tells_blocks(c->fl))
		sack_opts(c, o);
}

/* The commonest options, which go without the general writer. */
static inline bool only_ts(const struct sea_tcp_opts *o)
{
	return o->has_ts && !o->n_sack && !o->sig && !o->has_mss;
}

static inline void put_ts(uint8_t *to, const struct sea_tcp_opts *o)
{
	sea_put32(to, 0x0101080au);
	sea_put32(to + 4, o->ts_val);
	sea_put32(to + 8, o->ts_ecr);
}

static inline __attribute__((always_inline)) void put_fixed(const struct tcp_conn *c,
							    struct sea_tcp_hdr *th,
							    const struct header *h,
							    uint32_t hdr_len, uint8_t ecn)
{
	th->src = sea_be16_of(c->sock.lport);
	th->dst = sea_be16_of(c->sock.rport);
	th->seq = sea_be32_of(h->seq.v);
	th->ack = sea_be32_of(h->flags & SEA_TCP_ACK ? c->rcv_nxt.v : 0);
	th->off = (uint8_t)(hdr_len / 4 << 4 | (ecn & TCP_ECN_SENDS_AE ? SEA_TCP_AE : 0));
	th->flags = h->flags;
	th->wnd = sea_be16_of((uint16_t)h->wnd);
	th->urg = sea_be16_of(0);
	if (tcp_sends_urgent(c)) {
		uint16_t urg = sea_tcp_urgent_pointer(c, h->seq);

		th->flags |= urg ? SEA_TCP_URG : 0;
		th->urg = sea_be16_of(urg);
	}
}

/* Not dst's, which may be a hop on a routing header's way. */
static inline const struct sea_ipaddr *final_of(const struct tcp_conn *c)
{
	return (const struct sea_ipaddr *)(const void *)c->sock.raddr;
}

static inline void put_opts(const struct tcp_conn *c, struct sea_pkt *pkt, struct sea_tcp_hdr *th,
			    const struct sea_tcp_opts *o)
{
	(void)sea_tcp_opts_put((uint8_t *)(th + 1), o);
	if (__builtin_expect(o->sig, 0))
		sea_tcp_sig_put(c, o, pkt);
}

static void make_super(const struct tcp_conn *c, struct sea_pkt *pkt, uint32_t len, uint16_t mss)
{
	pkt->gso_type = c->node.family == SEA_AF_INET ? SEA_GSO_TCP4 : SEA_GSO_TCP6;
	pkt->gso_size = mss;
	pkt->gso_segs = (uint16_t)((len + mss - 1u) / mss);
}

/* NULL: no memory. */
static inline __attribute__((always_inline)) struct sea_tcp_hdr *
put_header(struct tcp_conn *c, struct sea_pkt *pkt, const struct header *h, uint8_t ecn)
{
	bool plain = only_ts(&h->opts) && !(ecn & TCP_ECN_KEEPS_CWR && h->opts.accecn);
	uint32_t hdr_len = (uint32_t)sizeof(struct sea_tcp_hdr) +
			   (plain ? 12 : (uint32_t)sea_tcp_opts_len(&h->opts));
	uint32_t len = pkt->len;
	struct sea_tcp_hdr *th = sea_pkt_push(pkt, hdr_len);

	if (!th)
		return NULL;
	put_fixed(c, th, h, hdr_len, ecn);
	pkt->off_trans = sea_pkt_offset(pkt);
	if (plain)
		put_ts((uint8_t *)(th + 1), &h->opts);
	else
		put_opts(c, pkt, th, &h->opts);
	if (h->mss && len > h->mss)
		make_super(c, pkt, len, h->mss);
	return th;
}

static inline __attribute__((always_inline)) void
put_checksum(const struct tcp_conn *c, struct sea_pkt *pkt, struct sea_tcp_hdr *th)
{
	uint32_t pseudo =
		sea_ip_pseudo(c->node.family, &c->dst.src, final_of(c), IPPROTO_TCP, pkt->len);

	sea_csum_put(&th->sum, sea_csum_fold(pseudo));
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = offsetof(struct sea_tcp_hdr, sum);
}

uint32_t sea_tcp_flow_label(const struct tcp_conn *c)
{
	struct sea_ipaddr laddr, raddr;

	memcpy(laddr.b, c->sock.laddr, sizeof(laddr.b));
	memcpy(raddr.b, c->sock.raddr, sizeof(raddr.b));
	return sea_label_of_conn(&c->sock, &laddr, c->sock.lport, &raddr, c->sock.rport,
				 c->rehashes);
}

/* IPv6's settings are elsewhere. */
static int output6(struct tcp_conn *c, struct sea_pkt *pkt, struct sea_ip_tx *tx, uint8_t ecn)
{
	const struct sea_sock_more *more = c->sock.more;
	struct sea_ext_set set;

	tx->opts_len = 0;
	tx->tos = more->tclass | ecn;
	tx->ttl = more->hops < 0 ? 0 : (uint8_t)more->hops;
	tx->frag_size = more->frag_size;
	tx->flow_label = sea_tcp_flow_label(c);
	tx->auto_label = SEA_AUTO_LABEL_OFF;
	if (!more->ext)
		return sea_ip_output(c->sock.stack, pkt, &c->dst, tx);
	sea_ext_of_sock(&c->sock, &set);
	return sea_ext_output(c->sock.stack, &set, &c->dst, tx, pkt);
}

/* Of one that is paced, or has TCP_TX_DELAY: when the packet may leave. */
static inline void say_when(const struct tcp_conn *c, struct sea_pkt *pkt)
{
	if (__builtin_expect(c->sock.pacing & SEA_PACING_LATER, 0)) {
		sea_tcp_tx_delay_stamp(c, pkt);
		return;
	}
	pkt->time = sea_time_max(c->fl->wstamp, tcp_now(c));
	pkt->edt = 1;
}

/* `ecn`: of sea_tcp_ecn_send(). */
static inline __attribute__((always_inline)) int finish_as(struct tcp_conn *c, struct sea_pkt *pkt,
							   struct header *h, uint8_t ecn)
{
	struct sea_stack *stack = c->sock.stack;
	struct sea_ip_tx tx = {
		.proto = IPPROTO_TCP,
		.tos = c->sock.tos | (ecn & TCP_ECN_FIELD),
		.ttl = c->sock.ttl,
		.df = c->sock.mtu_discover == IP_PMTUDISC_WANT ||
		      c->sock.mtu_discover == IP_PMTUDISC_DO,
		.ident = &c->ip_ident,
		.opts = c->sock.more->ip_opts,
		.opts_len = c->sock.more->ip_opts_len,
	};
	struct sea_tcp_hdr *th = put_header(c, pkt, h, ecn);
	unsigned segs;

	if (!th) {
		sea_pkt_drop(stack, pkt, SEA_DROP_TCP_NO_MEMORY);
		return -ENOMEM;
	}
	if (ecn)
		pkt->accecn = (ecn & TCP_ECN_KEEPS_CWR) != 0;
	put_checksum(c, pkt, th);
	segs = pkt->gso_segs ? pkt->gso_segs : 1;
	pkt->mark = c->sock.mark;
	pkt->priority = c->sock.priority;
	if (c->sock.pacing)
		say_when(c, pkt);
	c->segs_out += segs;
	sea_mib_add(&stack->shard.counters, SEA_MIB_TcpOutSegs, segs);
	if (c->node.family != SEA_AF_INET)
		return output6(c, pkt, &tx, ecn & TCP_ECN_FIELD);
	return sea_ip_output(stack, pkt, &c->dst, &tx);
}

static __attribute__((noinline)) int finish_with_ecn(struct tcp_conn *c, struct sea_pkt *pkt,
						     struct header *h, enum tcp_ecn_kind kind)
{
	uint8_t ecn = sea_tcp_ecn_send(c, kind, &h->flags);

	if (tcp_accecn(c) && kind != TCP_ECN_SYN)
		sea_tcp_accecn_option(c, &h->opts,
				      h->mss ? sea_min_u32(pkt->len, h->mss) : pkt->len);
	return finish_as(c, pkt, h, ecn);
}

/* The packet is complete but for the header; consumes it. */
static inline __attribute__((always_inline)) int finish(struct tcp_conn *c, struct sea_pkt *pkt,
							struct header *h, enum tcp_ecn_kind kind)
{
	if (__builtin_expect(c->node.ecn, 0))
		return finish_with_ecn(c, pkt, h, kind);
	return finish_as(c, pkt, h, TCP_NOT_ECT);
}

/* Only segments of a socket's data are charged to it; ACKs and an orphan's are nobody's. */
static void charge(struct tcp_conn *c, struct sea_pkt *pkt)
{
	if (sea_socket_is_none(c->sock.handle))
		return;
	pkt->owner = c->sock.handle;
	pkt->charged = sea_truesize_tx(pkt->len);
	c->sock.wmem_alloc += (int32_t)pkt->charged;
}

/* The stored bytes from `seq` on, with room in front; NULL: no memory. */
static struct sea_pkt *packet_of(const struct tcp_conn *c, sea_seq seq, uint32_t len)
{
	uint32_t copied = len <= COPY_MAX ? len : 0;
	struct sea_pkt *pkt = sea_pkt_new(&c->sock.stack->shard.pool, SEA_PKT_HEADROOM, copied);

	if (!pkt)
		return NULL;
	if (copied) {
		sea_tcp_sendbuf_copy(&c->fl->sendbuf, seq, pkt, len);
	} else if (len && !sea_tcp_sendbuf_attach(&c->fl->sendbuf, seq, len, pkt)) {
		sea_pkt_drop(c->sock.stack, pkt, SEA_DROP_TCP_NO_MEMORY);
		return NULL;
	}
	return pkt;
}

/*
 * A signature is one segment's: what a super-segment would be cut to goes one by one. One that does not after the first is
 * lost as on the way.
 */
static __attribute__((noinline)) int transmit_parts(struct tcp_conn *c, sea_seq seq, sea_seq end,
						    uint8_t flags, uint16_t mss,
						    enum tcp_ecn_kind kind)
{
	int (*one)(struct tcp_conn * c, sea_seq seq, sea_seq end, uint8_t flags, uint16_t mss) =
		kind == TCP_ECN_NEW ? sea_tcp_transmit : sea_tcp_transmit_again;
	int32_t fin = !!(flags & SEA_TCP_FIN);
	bool sent = false;
	int err = 0;

	while (!err && sea_seq_diff(end, seq) - fin > mss) {
		sea_seq next = sea_seq_add(seq, mss);

		err = one(c, seq, next, flags & (uint8_t) ~(SEA_TCP_FIN | SEA_TCP_PSH), mss);
		sent |= !err;
		seq = next;
	}
	if (!err)
		err = one(c, seq, end, flags, mss);
	return sent ? 0 : err;
}

static inline int transmit(struct tcp_conn *c, sea_seq seq, sea_seq end, uint8_t flags,
			   uint16_t mss, enum tcp_ecn_kind kind)
{
	uint32_t len = (uint32_t)sea_seq_diff(end, seq) - !!(flags & SEA_TCP_FIN);
	struct sea_pkt *pkt;
	struct header h;
	int err;

	if (len > mss && tcp_sig_len(c))
		return transmit_parts(c, seq, end, flags, mss, kind);
	err = tcp_route(c);
	if (err)
		return err;
	pkt = packet_of(c, seq, len);
	if (!pkt)
		return -ENOMEM;
	h.seq = seq;
	h.mss = mss;
	/* A super-segment is pushed, so that its receiver's GRO waits for no more; as Linux. */
	h.flags = len > mss ? flags | SEA_TCP_PSH : flags;
	established_opts(c, &h.opts);
	h.wnd = sea_tcp_select_window(c);
	charge(c, pkt);
	if (__builtin_expect(c->side->stamps != NULL, 0))
		sea_tcp_stamps_segment(c, pkt, seq, len);
	c->bytes_sent += len;
	c->data_segs_out += len > mss ? (len + mss - 1u) / mss : len > 0;
	sea_tcp_ack_sent(c);
	return finish(c, pkt, &h, len ? kind : TCP_ECN_BARE);
}

int sea_tcp_transmit(struct tcp_conn *c, sea_seq seq, sea_seq end, uint8_t flags, uint16_t mss)
{
	return transmit(c, seq, end, flags, mss, TCP_ECN_NEW);
}

int sea_tcp_transmit_again(struct tcp_conn *c, sea_seq seq, sea_seq end, uint8_t flags,
			   uint16_t mss)
{
	return transmit(c, seq, end, flags, mss, TCP_ECN_AGAIN);
}

static inline int send_bare(struct tcp_conn *c, struct header *h)
{
	struct sea_pkt *pkt;
	int err = tcp_route(c);

	if (err)
		return err;
	pkt = sea_pkt_new(&c->sock.stack->shard.pool, SEA_PKT_HEADROOM, 0);
	if (!pkt)
		return -ENOMEM;
	err = finish(c, pkt, h, TCP_ECN_BARE);
	if (tcp_paced(c))
		sea_tcp_pacing_sent_bare(c);
	return err;
}

/* What the peer takes: its window may have shrunk below what is out, and the number be beyond it (as Linux). */
static inline sea_seq acceptable_seq(const struct tcp_conn *c)
{
	sea_seq edge = sea_seq_add(c->snd_una, c->snd_wnd);
	int32_t beyond = sea_seq_diff(c->snd_nxt, edge);

	if (beyond <= 0 || (c->flags & TCP_F_WSCALE && beyond < 1 << c->rcv_wscale))
		return c->snd_nxt;
	return edge;
}

/* `wnd`: as on the wire. */
static inline void send_ack(struct tcp_conn *c, uint32_t wnd)
{
	struct header
		h; /* without the blocks that are not there: to clear them costs as much as all the rest */

	h.seq = acceptable_seq(c);
	h.flags = SEA_TCP_ACK;
	h.mss = 0;
	h.wnd = wnd;
	established_opts(c, &h.opts);
	sea_tcp_ack_sent(c);
	(void)send_bare(c, &h);
	tcp_flight_settle(c); /* a DSACK was reported */
}

void sea_tcp_send_ack(struct tcp_conn *c)
{
	if (tcp_in(c, TCP_SYNCHRONIZED | tcp_state_bit(TCP_S_SYN_RECV)))
		send_ack(c, sea_tcp_select_window(c));
}

void sea_tcp_send_ack_offering(struct tcp_conn *c, uint32_t window)
{
	send_ack(c, sea_tcp_offer_window(c, window));
}

int sea_tcp_send_probe_ack(struct tcp_conn *c, bool urgent)
{
	struct header h = { .flags = SEA_TCP_ACK };

	/* Below SND.UNA, so that the peer must answer. */
	h.seq = sea_seq_add(c->snd_una, urgent ? 0u : (uint32_t)-1);
	established_opts(c, &h.opts);
	h.wnd = sea_tcp_select_window(c);
	return send_bare(c, &h);
}

/* As Linux fills an active reset: SEQ = SND.NXT, ACK = RCV.NXT (RFC 9293 §3.10.5). */
void sea_tcp_send_rst(struct tcp_conn *c)
{
	struct header h = { .seq = acceptable_seq(c), .flags = SEA_TCP_RST | SEA_TCP_ACK };

	established_opts(c, &h.opts);
	h.wnd = sea_tcp_select_window(c);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpOutRsts);
	(void)send_bare(c, &h);
}

/* A simultaneous open's SYN-ACK offers what the SYN did, whatever the peer's does (as Linux). */
static void syn_opts(struct tcp_conn *c, struct sea_tcp_opts *o, bool ack)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;

	o->has_mss = true;
	/* As on Linux a path that has shrunk since shows. */
	o->mss = c->mss_advertised = sea_min_u16(c->mss_advertised, sea_tcp_advertised_mss(c));
	if (c->flags & TCP_F_LOOK)
		sea_tcp_sig_opts(c, o);
	/* As on Linux: beside RFC 2385's there is no room for SACK else. */
	o->has_ts = sys->timestamps && (!o->sig || o->ao);
	o->has_sack_perm = sys->sack != 0;
	o->has_wscale = sys->window_scaling != 0;
	o->wscale = c->rcv_wscale;
	o->ts_val = sea_tcp_ts_now(c);
	o->ts_ecr = ack ? c->ts_recent : 0;
	c->ts_last_sent = o->ts_val;
}

int sea_tcp_send_syn(struct tcp_conn *c, const struct sea_tcp_cookie *cookie, uint32_t len,
		     bool *asked)
{
	bool ack = c->state != TCP_S_SYN_SENT;
	struct header h = {
		.seq = c->iss,
		.flags = (uint8_t)(SEA_TCP_SYN | (ack ? SEA_TCP_ACK : 0)),
		.wnd = c->rcv_wnd > 65535 ? 65535 : c->rcv_wnd,
	};
	struct sea_pkt *pkt;
	int err = tcp_route(c);

	if (err)
		return err;
	pkt = packet_of(c, sea_seq_add(c->iss, 1), len);
	if (!pkt)
		return -ENOMEM;
	syn_opts(c, &h.opts, ack);
	if (cookie) {
		h.opts.has_cookie = true;
		h.opts.cookie = *cookie;
	}
	if (asked)
		*asked = sea_tcp_cookie_fits(&h.opts);
	c->rcv_wup = c->rcv_nxt;
	c->bytes_sent += len;
	c->data_segs_out += len > 0;
	return finish(c, pkt, &h, TCP_ECN_SYN);
}
