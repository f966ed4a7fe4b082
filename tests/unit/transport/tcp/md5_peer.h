/* SPDX-License-Identifier: Apache-2.0 */
/* Transcripts with signed segments (RFC 2385): the peer's side is by the RFC's text, and knows nothing of ours. */
#ifndef SEA_TESTS_MD5_PEER_H
#define SEA_TESTS_MD5_PEER_H

#include "tests/lib/tcp_script.h"

#include <nettle/md5.h>

#include "transport/tcp/md5.h"

#define OPT_LEN 216 /* of struct tcp_md5sig */

static const char *peer_key; /* what the peer signs with */

/* -- the peer's side, by the RFC's text -- */

struct ends {
	uint8_t src[16], dst[16];
};

static inline struct ends ends_of(bool ours)
{
	struct sea_ipaddr us = test_ip6(TEST_OUR_IP6), peer = test_ip6(TEST_PEER_IP6);
	struct ends e;

	if (!script_is6()) {
		us = sea_ipaddr_of4(test_our_ip);
		peer = sea_ipaddr_of4(test_peer_ip);
	}
	memcpy(e.src, ours ? us.b : peer.b, 16);
	memcpy(e.dst, ours ? peer.b : us.b, 16);
	return e;
}

static inline size_t pseudo(uint8_t *at, const struct ends *e, size_t len)
{
	size_t n = script_is6() ? 16 : 4;

	memcpy(at, e->src, n);
	memcpy(at + n, e->dst, n);
	memset(at + 2 * n, 0, 8);
	if (script_is6()) {
		sea_put32(at + 2 * n, (uint32_t)len);
		at[2 * n + 7] = IPPROTO_TCP;
		return 40;
	}
	at[9] = IPPROTO_TCP;
	sea_put16(at + 10, (uint16_t)len);
	return 12;
}

static inline void digest_of(const char *key, bool ours, const uint8_t *segment, size_t hdr_len,
			     size_t len, uint8_t digest[16])
{
	static uint8_t text[66000];
	struct ends e = ends_of(ours);
	size_t at = pseudo(text, &e, len);
	struct md5_ctx md5;

	memcpy(text + at, segment, 20);
	memset(text + at + 16, 0, 2); /* the checksum */
	at += 20;
	memcpy(text + at, segment + hdr_len, len - hdr_len);
	at += len - hdr_len;
	memcpy(text + at, key, strlen(key));
	md5_init(&md5);
	md5_update(&md5, at + strlen(key), text);
	md5_digest(&md5, 16, digest);
}

static inline void sign(struct tcp_script *s, uint8_t *segment, size_t hdr_len, size_t len)
{
	(void)s;
	digest_of(peer_key, false, segment, hdr_len, len, segment + 24);
}

/* The peer signs with `key` from now on; NULL: it does not. */
static inline void peer_signs(struct tcp_script *s, const char *key)
{
	peer_key = key;
	s->sign = key ? sign : NULL;
}

/* The segment that was seen last: NOP, NOP and the option first, over just what it is. */
static inline void assert_signed(const struct tcp_script *s, const char *key)
{
	static const uint8_t head[] = { 1, 1, 19, 18 };
	uint8_t digest[16];

	assert_int_equal(s->seen.opts.sig, 24);
	assert_memory_equal(s->seen_at + 20, head, 4);
	digest_of(key, true, s->seen_at, s->seen.hdr_len, s->seen.hdr_len + s->seen.len, digest);
	assert_memory_equal(s->seen_at + 24, digest, 16);
}

static inline void assert_unsigned(const struct tcp_script *s)
{
	assert_int_equal(s->seen.opts.sig, 0);
}

/* -- our side -- */

struct option {
	struct sockaddr_storage addr;
	uint8_t flags, prefixlen;
	uint16_t keylen;
	int32_t ifindex;
	uint8_t key[80];
};

static inline struct option option_for(const char *host, const char *key)
{
	struct option o = { .keylen = (uint16_t)strlen(key) };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memcpy(o.key, key, strlen(key));
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memcpy(&o.addr, &in, sizeof(in));
	} else {
		assert_int_equal(inet_pton(AF_INET6, host, &in6.sin6_addr), 1);
		memcpy(&o.addr, &in6, sizeof(in6));
	}
	return o;
}

static inline const char *peer_host(void)
{
	return script_is6() ? TEST_PEER_IP6 : "10.0.0.2";
}

static inline int set(struct tcp_script *s, sea_socket sock, int name, const struct option *o)
{
	return sea_socket_setsockopt(s->t.stack, sock, IPPROTO_TCP, name, o, OPT_LEN, s->t.now);
}

/* The key for the peer; "": none. */
static inline int set_key(struct tcp_script *s, sea_socket sock, const char *key)
{
	const struct option o = option_for(peer_host(), key);

	return set(s, sock, TCP_MD5SIG, &o);
}

static inline int set_prefix(struct tcp_script *s, sea_socket sock, const char *net,
			     uint8_t prefixlen, const char *key)
{
	struct option o = option_for(net, key);

	o.flags = TCP_MD5_FLAG_PREFIX;
	o.prefixlen = prefixlen;
	return set(s, sock, TCP_MD5SIG_EXT, &o);
}

static inline void listen_with(struct tcp_script *s, const char *key)
{
	script_new(s);
	script_listen(s, 8);
	assert_int_equal(set_key(s, s->listener, key), 0);
	peer_signs(s, key);
}

static inline void established(struct tcp_script *s, const char *opts)
{
	listen_with(s, "secret");
	SEND(s, "S", 0, 0, 0, .opts = opts);
	EXPECT(s, "SA", 0, 1, 0);
	assert_signed(s, "secret");
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_state(s), TCP_ESTABLISHED);
	NOTHING(s);
}

#endif
