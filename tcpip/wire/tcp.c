/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a TCP header is read and how its options are laid out. What is malformed is skipped, never an
 * error: RFC 9293 §3.1 demands it (MUST-6, MUST-7) and Linux does so.
 */
#include "wire/tcp.h"

#include <string.h>

enum {
	MSS_LEN = 4,
	WSCALE_LEN = 3,
	SACK_PERM_LEN = 2,
	TS_LEN = 10,
	SACK_BLOCK_LEN = 8,
	MD5_LEN = 2 + SEA_TCP_MD5_LEN,
	COOKIE_HEAD_LEN = 2,
	EXP_HEAD_LEN = 4,
	ACCECN_HEAD_LEN = 2,
	ACCECN_FIELD_LEN = 3,
	OPTS_MAX = SEA_TCP_HDR_MAX - sizeof(struct sea_tcp_hdr),
};

/* -- reading -- */

static void parse_sack(const uint8_t *opt, uint8_t opt_len, struct sea_tcp_opts *o)
{
	uint8_t n = (uint8_t)((opt_len - 2) / SACK_BLOCK_LEN);

	if (n == 0 || n > SEA_TCP_SACK_MAX || (opt_len - 2) % SACK_BLOCK_LEN != 0)
		return;
	for (uint8_t i = 0; i < n; i++) {
		const uint8_t *edges = opt + 2 + i * SACK_BLOCK_LEN;

		o->sack[i].start = sea_seq_of(sea_get32(edges));
		o->sack[i].end = sea_seq_of(sea_get32(edges + 4));
	}
	o->n_sack = n;
}

/* An MSS of 0 counts as none, as on Linux: no segment could be sent under it. */
static void parse_mss(const uint8_t *opt, struct sea_tcp_opts *o)
{
	uint16_t mss = sea_get16(opt + 2);

	if (mss == 0)
		return;
	o->has_mss = true;
	o->mss = mss;
}

static void parse_wscale(const uint8_t *opt, struct sea_tcp_opts *o)
{
	o->has_wscale = true;
	o->wscale = opt[2] > SEA_TCP_WSCALE_MAX ? SEA_TCP_WSCALE_MAX : opt[2];
}

static void parse_ts(const uint8_t *opt, struct sea_tcp_opts *o)
{
	o->has_ts = true;
	o->ts_val = sea_get32(opt + 2);
	o->ts_ecr = sea_get32(opt + 6);
}

/* RFC 7413 §4.1.1: of another length it is none; so on a segment without SYN. */
static void parse_cookie(const uint8_t *bytes, uint8_t len, bool exp, struct sea_tcp_opts *o)
{
	if (len && (len < SEA_TCP_COOKIE_MIN || len > SEA_TCP_COOKIE_MAX || len & 1))
		return;
	o->has_cookie = true;
	o->cookie = (struct sea_tcp_cookie){ .len = len, .exp = exp };
	memcpy(o->cookie.b, bytes, len);
}

/* RFC 9768 §3.2.3: any number of whole counters from the front; of another length the rest is padding. */
static void parse_accecn(const uint8_t *opt, uint8_t opt_len, struct sea_tcp_opts *o)
{
	unsigned n = ((unsigned)opt_len - ACCECN_HEAD_LEN) / ACCECN_FIELD_LEN;

	if (n > SEA_TCP_ACCECN_MAX)
		n = SEA_TCP_ACCECN_MAX;
	o->accecn = opt[0];
	o->n_accecn = (uint8_t)n;
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *field = opt + ACCECN_HEAD_LEN + i * ACCECN_FIELD_LEN;

		o->accecn_bytes[i] = (uint32_t)field[0] << 16 | sea_get16(field + 1);
	}
}

static void parse_opt(const uint8_t *opt, uint8_t opt_len, struct sea_tcp_opts *o)
{
	switch (opt[0]) {
	case SEA_TCPOPT_MSS:
		if (opt_len == MSS_LEN)
			parse_mss(opt, o);
		break;
	case SEA_TCPOPT_WSCALE:
		if (opt_len == WSCALE_LEN)
			parse_wscale(opt, o);
		break;
	case SEA_TCPOPT_SACK_PERM:
		if (opt_len == SACK_PERM_LEN)
			o->has_sack_perm = true;
		break;
	case SEA_TCPOPT_SACK:
		parse_sack(opt, opt_len, o);
		break;
	case SEA_TCPOPT_TS:
		if (opt_len == TS_LEN)
			parse_ts(opt, o);
		break;
	case SEA_TCPOPT_FASTOPEN:
		parse_cookie(opt + COOKIE_HEAD_LEN, (uint8_t)(opt_len - COOKIE_HEAD_LEN), false, o);
		break;
	case SEA_TCPOPT_ACCECN0:
	case SEA_TCPOPT_ACCECN1:
		parse_accecn(opt, opt_len, o);
		break;
	case SEA_TCPOPT_EXP:
		if (opt_len >= EXP_HEAD_LEN && sea_get16(opt + 2) == SEA_TCP_EXID_FASTOPEN)
			parse_cookie(opt + EXP_HEAD_LEN, (uint8_t)(opt_len - EXP_HEAD_LEN), true,
				     o);
		break;
	}
}

/* As Linux was seen to: who signs does so once, and rightly. */
static void parse_sig(const uint8_t *opt, size_t at, struct sea_tcp_opts *o)
{
	bool right = opt[0] == SEA_TCPOPT_AO ? opt[1] >= SEA_TCP_AO_HEAD_LEN : opt[1] == MD5_LEN;

	right &= !o->sig;
	o->sig = right ? (uint8_t)(sizeof(struct sea_tcp_hdr) + at + 2) : SEA_TCP_SIG_BAD;
	o->ao = right && opt[0] == SEA_TCPOPT_AO ? opt[1] : 0;
}

void sea_tcp_parse_opts(const uint8_t *opts, size_t len, struct sea_tcp_opts *o)
{
	const uint8_t *first = opts;

	while (len > 0 && opts[0] != SEA_TCPOPT_EOL) {
		size_t opt_len = 1;

		if (opts[0] != SEA_TCPOPT_NOP) {
			if (len < 2 || opts[1] < 2 || opts[1] > len)
				return;
			opt_len = opts[1];
			if ((opts[0] == SEA_TCPOPT_MD5 && len >= MD5_LEN) ||
			    opts[0] == SEA_TCPOPT_AO)
				parse_sig(opts, (size_t)(opts - first), o);
			parse_opt(opts, opts[1], o);
		}
		opts += opt_len;
		len -= opt_len;
	}
}

/* -- writing -- */

/* As many of the SACK blocks as fit behind `used` bytes of other options. */
static size_t sack_fit(const struct sea_tcp_opts *o, size_t used)
{
	size_t room = OPTS_MAX - used;
	size_t fit = room < 4 ? 0 : (room - 4) / SACK_BLOCK_LEN;

	return o->n_sack < fit ? o->n_sack : fit;
}

/* Padded; but where SACK blocks follow, one or two bytes of it stand for NOPs of theirs. */
size_t sea_tcp_accecn_len(const struct sea_tcp_opts *o)
{
	size_t len = ACCECN_HEAD_LEN + (size_t)o->n_accecn * ACCECN_FIELD_LEN, left = len % 4;

	if (!o->accecn)
		return 0;
	return o->n_sack && left && left <= 2 ? len - left : (len + 3) / 4 * 4;
}

static size_t sig_len(const struct sea_tcp_opts *o)
{
	return o->ao ? (size_t)(o->ao + 3) & ~(size_t)3 : o->sig ? 2 + MD5_LEN : 0;
}

static size_t len_without_sack(const struct sea_tcp_opts *o)
{
	size_t len = sig_len(o) + sea_tcp_accecn_len(o);

	if (o->has_mss)
		len += 4;
	if (o->has_ts)
		len += 12; /* SACK-permitted, if any, takes the place of its two NOPs */
	else if (o->has_sack_perm)
		len += 4;
	if (o->has_wscale)
		len += 4;
	return len;
}

/* What a cookie's option takes, with its padding; 0 where there is none, or no room. */
static size_t cookie_fit(const struct sea_tcp_opts *o, size_t used)
{
	size_t len;

	if (!o->has_cookie)
		return 0;
	len = o->cookie.exp ? EXP_HEAD_LEN : COOKIE_HEAD_LEN;
	len = (len + o->cookie.len + 3) & ~(size_t)3;
	return len <= OPTS_MAX - used ? len : 0;
}

bool sea_tcp_cookie_fits(const struct sea_tcp_opts *o)
{
	return cookie_fit(o, len_without_sack(o));
}

size_t sea_tcp_opts_len(const struct sea_tcp_opts *o)
{
	size_t len = len_without_sack(o);
	size_t n;

	len += cookie_fit(o, len);
	n = sack_fit(o, len);
	return n > 0 ? len + 4 + n * SACK_BLOCK_LEN : len;
}

static uint8_t *put_mss(uint8_t *to, uint16_t mss)
{
	to[0] = SEA_TCPOPT_MSS;
	to[1] = MSS_LEN;
	sea_put16(to + 2, mss);
	return to + 4;
}

static uint8_t *put_sack_perm(uint8_t *to)
{
	to[0] = SEA_TCPOPT_SACK_PERM;
	to[1] = SACK_PERM_LEN;
	return to + 2;
}

static uint8_t *put_nop(uint8_t *to)
{
	*to = SEA_TCPOPT_NOP;
	return to + 1;
}

static uint8_t *put_md5(uint8_t *to)
{
	to[0] = SEA_TCPOPT_MD5;
	to[1] = MD5_LEN;
	memset(to + 2, 0, SEA_TCP_MD5_LEN);
	return to + MD5_LEN;
}

/* Padded behind, as by Linux. */
static uint8_t *put_ao(uint8_t *to, uint8_t len)
{
	to[0] = SEA_TCPOPT_AO;
	to[1] = len;
	memset(to + 2, 0, len - 2u);
	to += len;
	for (; len & 3; len++)
		to = put_nop(to);
	return to;
}

static uint8_t *put_ts(uint8_t *to, uint32_t val, uint32_t ecr)
{
	to[0] = SEA_TCPOPT_TS;
	to[1] = TS_LEN;
	sea_put32(to + 2, val);
	sea_put32(to + 6, ecr);
	return to + TS_LEN;
}

static uint8_t *put_wscale(uint8_t *to, uint8_t wscale)
{
	to[0] = SEA_TCPOPT_WSCALE;
	to[1] = WSCALE_LEN;
	to[2] = wscale;
	return to + WSCALE_LEN;
}

static uint8_t *put_sack(uint8_t *to, const struct sea_sack_block *blocks, size_t n)
{
	to[0] = SEA_TCPOPT_SACK;
	to[1] = (uint8_t)(2 + n * SACK_BLOCK_LEN);
	to += 2;
	for (size_t i = 0; i < n; i++, to += SACK_BLOCK_LEN) {
		sea_put32(to, blocks[i].start.v);
		sea_put32(to + 4, blocks[i].end.v);
	}
	return to;
}

static uint8_t *put_cookie(uint8_t *to, const struct sea_tcp_cookie *cookie)
{
	uint8_t head = cookie->exp ? EXP_HEAD_LEN : COOKIE_HEAD_LEN;

	to[0] = cookie->exp ? SEA_TCPOPT_EXP : SEA_TCPOPT_FASTOPEN;
	to[1] = (uint8_t)(head + cookie->len);
	if (cookie->exp)
		sea_put16(to + 2, SEA_TCP_EXID_FASTOPEN);
	memcpy(to + head, cookie->b, cookie->len);
	to += head + cookie->len;
	return (head + cookie->len) & 3 ? put_nop(put_nop(to)) : to;
}

static uint8_t *put_accecn(uint8_t *to, const struct sea_tcp_opts *o)
{
	to[0] = o->accecn;
	to[1] = (uint8_t)(ACCECN_HEAD_LEN + o->n_accecn * ACCECN_FIELD_LEN);
	to += ACCECN_HEAD_LEN;
	for (unsigned i = 0; i < o->n_accecn; i++, to += ACCECN_FIELD_LEN) {
		to[0] = (uint8_t)(o->accecn_bytes[i] >> 16);
		sea_put16(to + 1, (uint16_t)o->accecn_bytes[i]);
	}
	return to;
}

/* NOPs until the offset is `rest` modulo 4. */
static uint8_t *pad(uint8_t *to, const uint8_t *opts, unsigned rest)
{
	while (((size_t)(to - opts) & 3) != rest)
		to = put_nop(to);
	return to;
}

size_t sea_tcp_opts_put(uint8_t opts[40], const struct sea_tcp_opts *o)
{
	size_t len = len_without_sack(o), cookie = cookie_fit(o, len);
	size_t n = sack_fit(o, len + cookie);
	uint8_t *to = opts;

	if (o->ao)
		to = put_ao(to, o->ao);
	else if (o->sig)
		to = put_md5(put_nop(put_nop(to)));
	if (o->has_mss)
		to = put_mss(to, o->mss);
	if (o->has_sack_perm && o->has_ts)
		to = put_sack_perm(to);
	else if (o->has_ts)
		to = put_nop(put_nop(to));
	if (o->has_ts)
		to = put_ts(to, o->ts_val, o->ts_ecr);
	if (o->accecn)
		to = pad(put_accecn(to, o), opts, n ? 2 : 0);
	if (o->has_sack_perm && !o->has_ts)
		to = put_sack_perm(pad(to, opts, 2));
	if (o->has_wscale)
		to = put_wscale(put_nop(to), o->wscale);
	if (cookie)
		to = put_cookie(to, &o->cookie);
	if (n > 0)
		to = put_sack(pad(to, opts, 2), o->sack, n);
	return (size_t)(to - opts);
}
