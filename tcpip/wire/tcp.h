/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP header and its options (RFC 9293 §3.1-3.2, RFC 7323, RFC 2018), and sequence numbers. */
#ifndef SEA_WIRE_TCP_H
#define SEA_WIRE_TCP_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/bytes.h"

/* -- sequence numbers: a type of their own, compared modulo 2^32 (RFC 9293 §3.4) -- */

typedef struct {
	uint32_t v;
} sea_seq;

static inline sea_seq sea_seq_of(uint32_t v)
{
	return (sea_seq){ v };
}

static inline sea_seq sea_seq_add(sea_seq s, uint32_t n)
{
	return (sea_seq){ s.v + n };
}

/* a - b as a distance; negative when a is before b. */
static inline int32_t sea_seq_diff(sea_seq a, sea_seq b)
{
	return (int32_t)(a.v - b.v);
}

static inline bool sea_seq_eq(sea_seq a, sea_seq b)
{
	return a.v == b.v;
}

static inline bool sea_seq_lt(sea_seq a, sea_seq b)
{
	return sea_seq_diff(a, b) < 0;
}

static inline bool sea_seq_le(sea_seq a, sea_seq b)
{
	return sea_seq_diff(a, b) <= 0;
}

static inline bool sea_seq_gt(sea_seq a, sea_seq b)
{
	return sea_seq_diff(a, b) > 0;
}

static inline bool sea_seq_ge(sea_seq a, sea_seq b)
{
	return sea_seq_diff(a, b) >= 0;
}

/* lo <= s <= hi, for a span shorter than 2^32. */
static inline bool sea_seq_between(sea_seq lo, sea_seq s, sea_seq hi)
{
	return hi.v - lo.v >= s.v - lo.v;
}

static inline sea_seq sea_seq_max(sea_seq a, sea_seq b)
{
	return sea_seq_gt(a, b) ? a : b;
}

static inline sea_seq sea_seq_min(sea_seq a, sea_seq b)
{
	return sea_seq_lt(a, b) ? a : b;
}

/* -- header -- */

struct sea_tcp_hdr {
	sea_be16 src, dst;
	sea_be32 seq, ack;
	uint8_t off; /* header length in words, in the upper four bits; SEA_TCP_AE */
	uint8_t flags;
	sea_be16 wnd, sum, urg;
};
static_assert(sizeof(struct sea_tcp_hdr) == 20 && _Alignof(struct sea_tcp_hdr) == 1,
	      "RFC 9293 §3.1");

#define SEA_TCP_HDR_MAX 60

enum sea_tcp_flag {
	SEA_TCP_FIN = 0x01,
	SEA_TCP_SYN = 0x02,
	SEA_TCP_RST = 0x04,
	SEA_TCP_PSH = 0x08,
	SEA_TCP_ACK = 0x10,
	SEA_TCP_URG = 0x20,
	SEA_TCP_ECE = 0x40,
	SEA_TCP_CWR = 0x80,
};

#define SEA_TCP_AE \
	1u /* in `off` (RFC 9768 §3.1): AE, CWR and ECE are one number, ACE, in this order */
#define SEA_TCP_ACE_MASK 7u

/* ACE of a header. */
static inline uint8_t sea_tcp_ace(const struct sea_tcp_hdr *h)
{
	return (uint8_t)((h->off & SEA_TCP_AE) << 2 | h->flags >> 6);
}

enum sea_tcp_opt_kind {
	SEA_TCPOPT_EOL = 0,
	SEA_TCPOPT_NOP = 1,
	SEA_TCPOPT_MSS = 2,
	SEA_TCPOPT_WSCALE = 3,
	SEA_TCPOPT_SACK_PERM = 4,
	SEA_TCPOPT_SACK = 5,
	SEA_TCPOPT_TS = 8,
	SEA_TCPOPT_MD5 = 19, /* RFC 2385 */
	SEA_TCPOPT_AO = 29,  /* RFC 5925 */
	SEA_TCPOPT_FASTOPEN = 34,
	SEA_TCPOPT_ACCECN0 = 172, /* RFC 9768 §3.2.3: E0B, CEB, E1B */
	SEA_TCPOPT_ACCECN1 = 174, /* E1B, CEB, E0B */
	SEA_TCPOPT_EXP = 254,     /* RFC 6994: two bytes say whose it is */
};

#define SEA_TCP_WSCALE_MAX 14 /* RFC 7323 §2.3 */
#define SEA_TCP_SACK_MAX 4
#define SEA_TCP_MD5_LEN 16
#define SEA_TCP_AO_HEAD_LEN 4u /* kind, length, KeyID, RNextKeyID: the MAC follows */
#define SEA_TCP_SIG_BAD 1      /* sea_tcp_opts.sig of an option of another length, or of two */

#define SEA_TCP_ACCECN_MAX 3 /* counters of an Accurate ECN option */

#define SEA_TCP_EXID_FASTOPEN 0xf989 /* of fast open before it had a kind of its own */
#define SEA_TCP_COOKIE_MIN 4         /* RFC 7413 §4.1.1 */
#define SEA_TCP_COOKIE_MAX 16

/* A fast open cookie; without bytes it is asked for. */
struct sea_tcp_cookie {
	uint8_t len; /* 0, or even and 4 to 16 */
	bool exp;    /* in the experimental option */
	uint8_t b[SEA_TCP_COOKIE_MAX];
};

struct sea_sack_block {
	sea_seq start, end; /* [start, end) */
};

/* What the options say. Unknown kinds are skipped; of a repeated kind the last one counts. */
struct sea_tcp_opts {
	bool has_mss, has_wscale, has_sack_perm, has_ts;
	uint16_t mss;
	uint8_t n_sack;
	/*
	 * A signature, RFC 2385's or RFC 5925's. Read: where what follows its kind and length is, from the header's
	 * first byte on; 0: there is none. Written: is room left for one?
	 */
	uint8_t sig;
	uint32_t ts_val, ts_ecr;
	uint8_t wscale;   /* as sent, clamped to 14 */
	bool has_cookie;  /* SYNs have one */
	uint8_t ao;       /* the length of TCP-AO's option; 0: the signature is RFC 2385's */
	uint8_t accecn;   /* the Accurate ECN option's kind; 0: there is none */
	uint8_t n_accecn; /* its counters, of SEA_TCP_ACCECN_MAX */
	/* Not valid without their count, or flag. */
	struct sea_sack_block sack[SEA_TCP_SACK_MAX];
	struct sea_tcp_cookie cookie;
	uint32_t accecn_bytes[SEA_TCP_ACCECN_MAX]; /* 24 bits each, in the option's order */
};

/*
 * One segment in host order. `len` is payload; seg_len counts SYN and FIN too (SEG.LEN).
 */
struct sea_tcp_seg {
	uint16_t src, dst;
	sea_seq seq, ack;
	uint32_t wnd; /* as on the wire, not scaled */
	uint32_t len;
	uint16_t urg;
	uint8_t flags;
	uint8_t hdr_len;
	struct sea_tcp_opts opts;
};

/* Header length in bytes by the offset field, or 0 when it is below 20. */
static inline uint8_t sea_tcp_hdr_len(const struct sea_tcp_hdr *h)
{
	uint8_t len = (uint8_t)((h->off >> 4) * 4);

	return len < sizeof(*h) ? 0 : len;
}

/* The commonest case: exactly NOP NOP TS. True with *val and *ecr when the options are just that. */
static inline bool sea_tcp_fast_ts(const uint8_t *opts, size_t len, uint32_t *val, uint32_t *ecr)
{
	if (len != 12 || sea_get32(opts) != 0x0101080au)
		return false;
	*val = sea_get32(opts + 4);
	*ecr = sea_get32(opts + 8);
	return true;
}

/* Options other than those, into what is empty yet. */
void sea_tcp_parse_opts(const uint8_t *opts, size_t len, struct sea_tcp_opts *o);

/*
 * Reads the header at `hdr`, all of whose `hdr_len` bytes are readable, in front of `payload_len`
 * bytes. Options: a length of 0 or 1 or one beyond the header ends the list (as Linux: what was read
 * before counts); a known kind of wrong length is skipped.
 */
static inline void sea_tcp_parse(const uint8_t *hdr, uint8_t hdr_len, uint32_t payload_len,
				 struct sea_tcp_seg *seg)
{
	const struct sea_tcp_hdr *h = (const struct sea_tcp_hdr *)hdr;
	size_t opts_len = hdr_len - sizeof(*h);

	seg->src = sea_be16_get(h->src);
	seg->dst = sea_be16_get(h->dst);
	seg->seq = sea_seq_of(sea_be32_get(h->seq));
	seg->ack = sea_seq_of(sea_be32_get(h->ack));
	seg->wnd = sea_be16_get(h->wnd);
	seg->len = payload_len;
	seg->urg = sea_be16_get(h->urg);
	seg->flags = h->flags;
	seg->hdr_len = hdr_len;
	/* The blocks say nothing beyond n_sack. */
	memset(&seg->opts, 0, offsetof(struct sea_tcp_opts, sack));
	if (sea_tcp_fast_ts(hdr + sizeof(*h), opts_len, &seg->opts.ts_val, &seg->opts.ts_ecr))
		seg->opts.has_ts = true;
	else
		sea_tcp_parse_opts(hdr + sizeof(*h), opts_len, &seg->opts);
}

/* SEG.LEN: payload plus SYN plus FIN. */
static inline uint32_t sea_tcp_seg_len(const struct sea_tcp_seg *seg)
{
	return seg->len + !!(seg->flags & SEA_TCP_SYN) + !!(seg->flags & SEA_TCP_FIN);
}

/*
 * Writes options in Linux's order and padding, so that a SYN looks like Linux's on the wire (MSS,
 * SACK-permitted, timestamp, Accurate ECN, NOP, window scale, fast open; established: NOP NOP TS, Accurate ECN, NOP NOP
 * SACK), the room for a signature, NOP NOP MD5 or AO and NOPs, before all. Returns their length, a multiple of 4, at most
 * 40; SACK blocks and a cookie that do not fit are left out.
 */
size_t sea_tcp_opts_put(uint8_t opts[40], const struct sea_tcp_opts *o);
/* Would its cookie be among what sea_tcp_opts_put() writes? */
bool sea_tcp_cookie_fits(const struct sea_tcp_opts *o);
/* What its Accurate ECN option takes there, with its padding. */
size_t sea_tcp_accecn_len(const struct sea_tcp_opts *o);
/* The length that sea_tcp_opts_put() would return. */
size_t sea_tcp_opts_len(const struct sea_tcp_opts *o);

#endif
