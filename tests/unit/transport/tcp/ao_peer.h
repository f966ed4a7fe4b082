/* SPDX-License-Identifier: Apache-2.0 */
/* Transcripts with segments signed by RFC 5925: the peer's side is by the RFCs' text, and knows nothing of ours. */
#ifndef SEA_TESTS_AO_PEER_H
#define SEA_TESTS_AO_PEER_H

#include "tests/unit/transport/tcp/md5_peer.h"

#include <nettle/hmac.h>

#include "transport/tcp/ao.h"

/* -- the peer's side: HMAC-SHA-1-96 (RFC 5926) -- */

static struct ao_peer {
	const char *key;
	uint8_t keyid, rnext; /* of what it sends */
	uint32_t isn, our_isn;
	bool excludes;
} ao_peer;

static inline void hmac_of(const void *key, size_t key_len, const void *text, size_t len,
			   uint8_t digest[20])
{
	struct hmac_sha1_ctx ctx;

	hmac_sha1_set_key(&ctx, key_len, key);
	hmac_sha1_update(&ctx, len, text);
	hmac_sha1_digest(&ctx, 20, digest);
}

/* KDF_HMAC_SHA1 over i, label, context and output length. */
static inline void traffic_of(const char *key, bool ours, const uint8_t *segment, uint32_t sisn,
			      uint32_t disn, uint8_t traffic[20])
{
	struct ends e = ends_of(ours);
	size_t n = script_is6() ? 16 : 4;
	uint8_t text[80] = "\1TCP-AO";
	uint8_t *to = text + 7;

	memcpy(to, e.src, n);
	memcpy(to + n, e.dst, n);
	to += 2 * n;
	memcpy(to, segment, 4); /* ports */
	sea_put32(to + 4, sisn);
	sea_put32(to + 8, disn);
	sea_put16(to + 12, 160);
	hmac_of(key, strlen(key), text, (size_t)(to + 14 - text), traffic);
}

/* The option is the first. */
static inline void ao_mac_of(const char *key, bool ours, const uint8_t *segment, size_t hdr_len,
			     size_t len, uint8_t digest[20])
{
	static uint8_t text[66000];
	const struct sea_tcp_hdr *th = (const struct sea_tcp_hdr *)segment;
	bool first = (th->flags & (SEA_TCP_SYN | SEA_TCP_ACK)) == SEA_TCP_SYN;
	uint32_t sisn = ours ? ao_peer.our_isn : ao_peer.isn;
	uint32_t disn = first ? 0 : ours ? ao_peer.isn : ao_peer.our_isn;
	struct ends e = ends_of(ours);
	size_t at = 4 + pseudo(text + 4, &e, len), covered = ao_peer.excludes ? 36 : hdr_len;
	uint8_t traffic[20];

	traffic_of(key, ours, segment, sisn, disn, traffic);
	sea_put32(text, sea_be32_get(th->seq) < sisn); /* SNE: no test goes round twice */
	memcpy(text + at, segment, covered);
	memset(text + at + 16, 0, 2);
	memset(text + at + 24, 0, 12);
	memcpy(text + at + covered, segment + hdr_len, len - hdr_len);
	hmac_of(traffic, 20, text, at + covered + len - hdr_len, digest);
}

static inline void ao_sign(struct tcp_script *s, uint8_t *segment, size_t hdr_len, size_t len)
{
	const struct sea_tcp_hdr *th = (const struct sea_tcp_hdr *)segment;
	uint8_t digest[20];

	(void)s;
	if (th->flags & SEA_TCP_SYN)
		ao_peer.isn = sea_be32_get(th->seq);
	segment[22] = ao_peer.keyid;
	segment[23] = ao_peer.rnext;
	ao_mac_of(ao_peer.key, false, segment, hdr_len, len, digest);
	memcpy(segment + 24, digest, 12);
}

/* With `key` from now on; NULL: not at all. */
static inline void ao_peer_signs(struct tcp_script *s, const char *key, uint8_t keyid,
				 uint8_t rnext)
{
	ao_peer.key = key;
	ao_peer.keyid = keyid;
	ao_peer.rnext = rnext;
	s->sign = key ? ao_sign : NULL;
	s->ao_len = key ? 16 : 0;
}

/* The segment that was seen last. */
static inline void assert_ao(const struct tcp_script *s, const char *key, uint8_t keyid,
			     uint8_t rnext)
{
	const uint8_t head[] = { 29, 16, keyid, rnext };
	uint8_t digest[20];

	if (s->seen.flags & SEA_TCP_SYN)
		ao_peer.our_isn = s->seen.seq.v;
	assert_memory_equal(s->seen_at + 20, head, 4);
	ao_mac_of(key, true, s->seen_at, s->seen.hdr_len, s->seen.hdr_len + s->seen.len, digest);
	assert_memory_equal(s->seen_at + 24, digest, 12);
}

/* -- our side -- */

static inline struct tcp_ao_add ao_key_for(const char *host, uint8_t prefix, const char *key,
					   uint8_t sndid, uint8_t rcvid)
{
	struct option o = option_for(host, "");
	struct tcp_ao_add a = { .alg_name = "hmac(sha1)",
				.prefix = prefix,
				.sndid = sndid,
				.rcvid = rcvid,
				.keylen = (uint8_t)strlen(key) };

	a.addr = o.addr;
	memcpy(a.key, key, strlen(key));
	return a;
}

static inline uint8_t ao_whole(void)
{
	return script_is6() ? 128 : 32;
}

static inline int ao_set(struct tcp_script *s, sea_socket sock, int name, const void *val,
			 size_t len)
{
	return sea_socket_setsockopt(s->t.stack, sock, IPPROTO_TCP, name, val, (socklen_t)len,
				     s->t.now);
}

static inline int ao_add(struct tcp_script *s, sea_socket sock, const char *key, uint8_t sndid,
			 uint8_t rcvid)
{
	const struct tcp_ao_add a = ao_key_for(peer_host(), ao_whole(), key, sndid, rcvid);

	return ao_set(s, sock, TCP_AO_ADD_KEY, &a, sizeof(a));
}

static inline struct tcp_ao_info_opt ao_info(struct tcp_script *s, sea_socket sock)
{
	struct tcp_ao_info_opt info = { 0 };
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(s->t.stack, sock, IPPROTO_TCP, TCP_AO_INFO, &info,
					       &len, s->t.now),
			 0);
	assert_int_equal(len, sizeof(info));
	return info;
}

/* We sign with 100 and ask for 200; the peer the other way round. */
static inline void ao_listen(struct tcp_script *s)
{
	script_new(s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	script_listen(s, 8);
	assert_int_equal(ao_add(s, s->listener, "secret", 100, 200), 0);
	ao_peer_signs(s, "secret", 200, 100);
}

/* The peer's first number is `seq` behind SCRIPT_PEER_ISN. */
static inline void ao_established_at(struct tcp_script *s, uint32_t seq, const char *opts)
{
	ao_listen(s);
	SEND(s, "S", seq, 0, 0, .opts = opts);
	EXPECT(s, "SA", 0, seq + 1, 0);
	assert_ao(s, "secret", 100, 200);
	SEND(s, "A", seq + 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	NOTHING(s);
}

static inline void ao_established(struct tcp_script *s)
{
	ao_established_at(s, 0, "mss 1460, sack-ok, wscale 7");
}

#endif
