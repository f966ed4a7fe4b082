/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames from the peer, 10.0.0.2. A segment is made relative to what one of the connections expects,
 * so that it is believed more often than not; chance moves its numbers, flags and options.
 */
#include <stdlib.h>
#include <string.h>

#include "core/checksum.h"
#include "tests/fuzz/stack.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/passive.h"
#include "wire/ether.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

#define PAYLOAD_MAX 3000
#define HEADERS 34u /* Ethernet and IPv4 */

static uint8_t frame[HEADERS + 60 + PAYLOAD_MAX];

static const sea_be32 us = { { 10, 0, 0, 1 } }, peer = { { 10, 0, 0, 2 } };

static uint8_t ecn_field; /* of the next packet */

static void bring(struct fuzz *f, size_t len)
{
	struct sim_frame *in = calloc(1, sizeof(*in) + len);

	SIM_CHECK(&f->world, in);
	in->len = (uint32_t)len;
	memcpy(in->bytes, frame, len);
	sim_nic_deliver(&f->host->nic[0], &in, 1);
	free(in);
	if (fuzz_u8(&f->in) & 1)
		sea_stack_advance(f->host->stack, f->world.now);
}

/* Headers in front of `len` bytes; the sum of the pseudo-header and them goes to `sum`. */
static void bring_ip(struct fuzz *f, uint8_t proto, size_t len, void *sum)
{
	struct sea_ether_hdr *eth = (struct sea_ether_hdr *)frame;
	struct sea_ipv4_hdr *ip = (struct sea_ipv4_hdr *)(eth + 1);
	uint32_t pseudo = proto == SEA_IPPROTO_ICMP
				  ? 0
				  : sea_csum_pseudo4(peer.b, us.b, proto, (uint32_t)len);

	memcpy(eth->dst.b, f->host->nic[0].mac, 6);
	eth->src = (struct sea_mac){ { 2, 0, 0, 0, 0, 2 } };
	eth->type = sea_be16_of(SEA_ETHERTYPE_IPV4);
	*ip = (struct sea_ipv4_hdr){ .ver_ihl = 0x45,
				     .tos = ecn_field,
				     .total_len = sea_be16_of((uint16_t)(20 + len)),
				     .ttl = 64,
				     .proto = proto,
				     .src = peer,
				     .dst = us };
	sea_csum_put(&ip->sum, (uint16_t)~sea_csum_fold(sea_csum_scalar(ip, 20, 0)));
	sea_csum_put(sum, 0);
	sea_csum_put(sum, (uint16_t)~sea_csum_fold(sea_csum_scalar(frame + HEADERS, len, pseudo)));
	ecn_field = 0;
	bring(f, HEADERS + len);
}

/* -- segments -- */

/* What the chosen connection takes for the next segment. */
struct expected {
	uint16_t lport, rport;
	sea_seq seq, ack;
	uint32_t ts_val, ts_ecr;
	bool ts;
};

static void expect_of(const struct tcp_node *node, struct expected *e)
{
	e->lport = node->lport;
	e->rport = node->rport;
	if (node->kind == TCP_KIND_CONN) {
		const struct tcp_conn *c = sea_container(node, struct tcp_conn, node);

		e->seq = c->rcv_nxt;
		e->ack = c->snd_nxt;
		e->ts_val = c->ts_recent;
		e->ts_ecr = c->ts_last_sent;
		e->ts = c->flags & TCP_F_TS || c->state == TCP_S_SYN_SENT;
	} else if (node->kind == TCP_KIND_REQ) {
		const struct tcp_req *req = sea_container(node, struct tcp_req, node);

		e->seq = sea_seq_add(req->irs, 1);
		e->ack = sea_seq_add(req->iss, 1);
		e->ts_val = req->ts_recent;
		e->ts = req->ts;
	} else {
		const struct tcp_tw *tw = sea_container(node, struct tcp_tw, node);

		e->seq = tw->rcv_nxt;
		e->ack = tw->snd_nxt;
		e->ts_val = tw->ts_recent;
		e->ts = tw->ts;
	}
}

/* Connections to the peer in order; beyond the last, or for a high number, a new one. */
static void choose(struct fuzz *f, struct expected *e)
{
	const struct tcp_state *st = sea_tcp_of(f->host->stack);
	uint8_t want = fuzz_u8(&f->in);
	struct tcp_walk walk = { 0 };
	struct tcp_node *node;

	*e = (struct expected){ .lport = 80, .rport = (uint16_t)(5000 + want % 16) };
	if (want >= 192)
		return;
	want %= 8;
	while ((node = sea_tcp_flow_walk(&st->table, &walk))) {
		expect_of(node, e);
		if (!want--)
			return;
	}
}

/* Near: small steps more often than large ones. */
static uint32_t near(struct fuzz *f)
{
	uint8_t what = fuzz_u8(&f->in);
	uint32_t far = what & 64 ? 1460u * (what & 15) : what & 15u;

	if (what < 128)
		return 0;
	return what & 32 ? (uint32_t)-far : far;
}

static void accecn_option(struct fuzz *f, uint8_t what, struct sea_tcp_opts *o)
{
	o->accecn = what & 32 ? SEA_TCPOPT_ACCECN0 : SEA_TCPOPT_ACCECN1;
	for (; o->n_accecn < what >> 6; o->n_accecn++) {
		uint32_t high = fuzz_u8(&f->in);

		o->accecn_bytes[o->n_accecn] = high << 16 | fuzz_u16(&f->in);
	}
}

static void options(struct fuzz *f, const struct expected *e, struct sea_tcp_opts *o)
{
	uint8_t what = fuzz_u8(&f->in);

	memset(o, 0, sizeof(*o));
	if (e->ts && !(what & 1)) {
		o->has_ts = true;
		o->ts_val = e->ts_val + near(f);
		o->ts_ecr = e->ts_ecr - (what & 2 ? near(f) : 0);
	}
	if (what & 4) {
		for (uint8_t n = 1 + (what >> 3 & 1); o->n_sack < n;) {
			struct sea_sack_block *b = &o->sack[o->n_sack++];

			b->start = sea_seq_add(e->ack, (uint32_t) - (int32_t)fuzz_u16(&f->in));
			b->end = sea_seq_add(b->start, fuzz_u16(&f->in));
		}
	}
	if (what & 16)
		accecn_option(f, what, o);
}

/* ACE, and the field of the IP header. */
static void ecn(struct fuzz *f, struct sea_tcp_hdr *th)
{
	uint8_t what = fuzz_u8(&f->in);

	th->off = (uint8_t)(th->off | (what >> 2 & SEA_TCP_AE));
	th->flags = (uint8_t)((th->flags & 0x3f) | what << 6);
	ecn_field = (uint8_t)(what >> 3 & SEA_ECN_MASK);
}

static void syn_options(struct fuzz *f, struct sea_tcp_opts *o)
{
	uint8_t what = fuzz_u8(&f->in);

	if (what & 1) {
		o->has_mss = true;
		o->mss = what & 2 ? 1460 : fuzz_u16(&f->in);
	}
	if (what & 4) {
		o->has_wscale = true;
		o->wscale = what >> 4;
	}
	o->has_sack_perm = what & 8;
	if (what & 128) {
		o->has_ts = true;
		o->ts_val = 1000;
	}
}

void fuzz_segment(struct fuzz *f)
{
	static const uint8_t usual[] = { SEA_TCP_ACK,
					 SEA_TCP_ACK,
					 SEA_TCP_ACK | SEA_TCP_PSH,
					 SEA_TCP_ACK | SEA_TCP_FIN,
					 SEA_TCP_SYN,
					 SEA_TCP_SYN | SEA_TCP_ACK,
					 SEA_TCP_RST,
					 SEA_TCP_ACK | SEA_TCP_URG };
	struct sea_tcp_hdr *th = (struct sea_tcp_hdr *)(frame + HEADERS);
	uint8_t what = fuzz_u8(&f->in);
	struct sea_tcp_opts o;
	struct expected e;
	size_t opts, len;

	choose(f, &e);
	options(f, &e, &o);
	th->flags = what & 8 ? fuzz_u8(&f->in) : usual[what & 7];
	if (th->flags & SEA_TCP_SYN) {
		o.n_sack = 0;
		syn_options(f, &o);
	}
	opts = sea_tcp_opts_put((uint8_t *)(th + 1), &o);
	th->src = sea_be16_of(e.rport);
	th->dst = sea_be16_of(e.lport);
	th->seq = sea_be32_of(sea_seq_add(e.seq, near(f)).v);
	th->ack = sea_be32_of(sea_seq_add(e.ack, near(f)).v);
	th->off = (uint8_t)((sizeof(*th) + opts) / 4 << 4);
	if (what & 128)
		ecn(f, th);
	th->wnd = sea_be16_of(what & 16 ? fuzz_u16(&f->in) : 65535);
	th->urg = sea_be16_of(th->flags & SEA_TCP_URG ? fuzz_u8(&f->in) : 0);
	len = what & 32 ? fuzz_u16(&f->in) % PAYLOAD_MAX : what & 64 ? 1 : 0;
	memset((uint8_t *)(th + 1) + opts, 'd', len);
	bring_ip(f, SEA_IPPROTO_TCP, sizeof(*th) + opts + len, &th->sum);
}

/* -- the rest -- */

void fuzz_datagram(struct fuzz *f)
{
	static const uint16_t ports[] = { 7, 80, 2000, 40000 };
	uint8_t what = fuzz_u8(&f->in);
	size_t len = fuzz_u8(&f->in) * (what & 16 ? 10u : 1u);
	uint8_t *at = frame + HEADERS;

	memset(at, 'u', 8 + len);
	if (what & 32) {
		memset(at, 0, 8);
		at[0] = what & 64 ? SEA_ICMP_ECHO : SEA_ICMP_ECHO_REPLY;
		at[5] = what & 3;
		bring_ip(f, SEA_IPPROTO_ICMP, 8 + len, at + 2);
		return;
	}
	at[0] = 0;
	at[1] = 7;
	at[2] = (uint8_t)(ports[what & 3] >> 8);
	at[3] = (uint8_t)ports[what & 3];
	at[4] = (uint8_t)((8 + len) >> 8);
	at[5] = (uint8_t)(8 + len);
	bring_ip(f, SEA_IPPROTO_UDP, 8 + len, at + 6);
}

/* About a segment or a datagram that we could have sent. */
void fuzz_icmp_error(struct fuzz *f)
{
	static const uint8_t types[] = { 3, 3, 11, 12 };
	uint8_t what = fuzz_u8(&f->in), *icmp = frame + HEADERS;
	struct sea_ipv4_hdr *quoted = (struct sea_ipv4_hdr *)(icmp + 8);
	uint8_t *trans = (uint8_t *)(quoted + 1);
	struct expected e;

	choose(f, &e);
	memset(icmp, 0, 36);
	icmp[0] = types[what & 3];
	icmp[1] = what >> 2 & 15;
	icmp[6] = fuzz_u8(&f->in);
	icmp[7] = fuzz_u8(&f->in);
	*quoted = (struct sea_ipv4_hdr){ .ver_ihl = 0x45,
					 .total_len = sea_be16_of(1500),
					 .ttl = 60,
					 .proto = what & 128 ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP,
					 .src = us,
					 .dst = peer };
	sea_csum_put(&quoted->sum, (uint16_t)~sea_csum_fold(sea_csum_scalar(quoted, 20, 0)));
	trans[0] = (uint8_t)(e.lport >> 8);
	trans[1] = (uint8_t)e.lport;
	trans[2] = (uint8_t)(e.rport >> 8);
	trans[3] = (uint8_t)e.rport;
	sea_put32(trans + 4, sea_seq_add(e.ack, (uint32_t) - (int32_t)fuzz_u16(&f->in)).v);
	bring_ip(f, SEA_IPPROTO_ICMP, 8 + 20 + 8, icmp + 2);
}

void fuzz_raw(struct fuzz *f)
{
	size_t len = fuzz_u8(&f->in);

	len = len < f->in.left ? len : f->in.left;
	if (len == 0)
		return;
	memcpy(frame, f->in.at, len);
	f->in.at += len;
	f->in.left -= len;
	bring(f, len);
}
