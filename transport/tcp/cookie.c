/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SYN cookies (RFC 4987 §3.6): when the SYN queue is full, our initial sequence number is all that
 * is remembered of a SYN:
 *
 *	 31                                  3 2     0
 *	+-------------------------------------+-------+
 *	| keyed hash of the flow and SEG.SEQ  | MSS^h |
 *	+-------------------------------------+-------+
 *
 * The key lives a minute and is honoured for one more; an ACK that fits neither is nobody's. The
 * other options lie in the low bits of the timestamp that the peer echoes.
 */
#include <string.h>

#include "transport/tcp/ecn.h"
#include "transport/tcp/passive.h"

#define KEY_LIFE_NS (60 * SEA_SEC)

#define TS_BITS 6u
#define TS_WSCALE 0xfu /* 15: none */
#define TS_SACK 0x10u
#define TS_ECN 0x20u

#define MSS_N 4u

/* The largest that is not above what the peer said is used, or the first (as Linux: what asks for less has more). */
static const uint16_t mss_table4[MSS_N] = { 536, 1300, 1440, 1460 };
static const uint16_t mss_table6[MSS_N] = { 1220, 1420, 1440, 8940 };

static const uint16_t *mss_table(const struct tcp_rx *rx)
{
	return rx->ip->family == SEA_AF_INET ? mss_table4 : mss_table6;
}

static void rotate_keys(struct sea_stack *stack)
{
	struct tcp_state *st = sea_tcp_of(stack);
	sea_time now = stack->shard.now;
	int64_t age = sea_time_diff(now, st->cookie_epoch);

	if (st->cookie_epoch.ns && age < KEY_LIFE_NS)
		return;
	st->cookie_key[1] = st->cookie_epoch.ns && age < 2 * KEY_LIFE_NS
				    ? st->cookie_key[0]
				    : sea_secret_key(&stack->shard.secret);
	st->cookie_key[0] = sea_secret_key(&stack->shard.secret);
	st->cookie_epoch = now;
}

static uint32_t hash(const struct sea_siphash_key *key, const struct tcp_rx *rx, sea_seq irs)
{
	uint8_t in[16 + 16 + 2 + 2 + 4];

	memcpy(in, rx->ip->dst.b, 16);
	memcpy(in + 16, rx->ip->src.b, 16);
	memcpy(in + 32, &rx->seg.dst, 2);
	memcpy(in + 34, &rx->seg.src, 2);
	memcpy(in + 36, &irs.v, 4);
	return (uint32_t)sea_siphash24(key, in, sizeof(in));
}

sea_seq sea_tcp_cookie_make(struct sea_stack *stack, const struct tcp_rx *rx, uint16_t *mss)
{
	const uint16_t *table = mss_table(rx);
	uint32_t index = MSS_N - 1;

	rotate_keys(stack);
	while (index && table[index] > *mss)
		index--;
	*mss = table[index];
	return sea_seq_of(hash(&sea_tcp_of(stack)->cookie_key[0], rx, rx->seg.seq) ^ index);
}

bool sea_tcp_cookie_check(struct sea_stack *stack, const struct tcp_rx *rx, uint16_t *mss)
{
	sea_seq irs = sea_seq_add(rx->seg.seq, (uint32_t)-1);
	uint32_t cookie = rx->seg.ack.v - 1;

	rotate_keys(stack);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t diff = cookie ^ hash(&sea_tcp_of(stack)->cookie_key[i], rx, irs);

		if (diff < MSS_N) {
			*mss = mss_table(rx)[diff];
			return true;
		}
	}
	return false;
}

/* Never ahead of the clock, so that later timestamps do not go back. */
uint32_t sea_tcp_cookie_ts_put(uint32_t ts, const struct sea_tcp_opts *opts, bool ecn)
{
	uint32_t bits = opts->has_wscale ? opts->wscale : TS_WSCALE;
	uint32_t with;

	if (opts->has_sack_perm)
		bits |= TS_SACK;
	if (ecn)
		bits |= TS_ECN;
	with = (ts & ~((1u << TS_BITS) - 1)) | bits;
	return with > ts ? with - (1u << TS_BITS) : with;
}

bool sea_tcp_cookie_ts_get(const struct sea_stack *stack, uint32_t ts_ecr, struct tcp_req *req)
{
	const struct tcp_sysctls *sys = &sea_tcp_of(stack)->sysctl;
	uint32_t wscale = ts_ecr & TS_WSCALE;

	if (!sys->timestamps)
		return false;
	req->ts = true;
	req->sack = ts_ecr & TS_SACK;
	req->ecn = ts_ecr & TS_ECN ? TCP_REQ_ECN : 0;
	req->wscale = wscale != TS_WSCALE;
	req->snd_wscale = req->wscale ? (uint8_t)wscale : 0;
	return (!req->sack || sys->sack) && (!req->wscale || sys->window_scaling);
}
