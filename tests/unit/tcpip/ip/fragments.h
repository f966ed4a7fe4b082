/* SPDX-License-Identifier: Apache-2.0 */
/* A transport that keeps what it was handed, and datagrams that come in piece by piece. */
#ifndef SEA_TESTS_FRAGMENTS_H
#define SEA_TESTS_FRAGMENTS_H

#include "ip/ip.h"
#include "tests/lib/stack_fixture.h"

#define MF SEA_IPV4_MF

static struct test_stack t;

static struct {
	unsigned n;
	struct sea_ip_rx rx;
	uint32_t len, held, charged;
	enum sea_csum_state csum_state;
	uint32_t csum;
	unsigned nfrags;
	uint8_t bytes[65535];
} heard;

static inline void hear(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	(void)stack;
	heard.n++;
	heard.rx = *rx;
	heard.len = pkt->len;
	heard.nfrags = pkt->nfrags;
	heard.held = sea_pkt_held(pkt);
	heard.charged = pkt->charged;
	heard.csum_state = (enum sea_csum_state)pkt->csum_state;
	heard.csum = pkt->csum;
	assert_true(sea_pkt_read(pkt, 0, heard.bytes, pkt->len));
	assert_int_equal(sea_pkt_offset(pkt), pkt->off_trans);
	sea_pkt_free(pkt);
}

static const struct sea_ip_proto listener = { .proto = SEA_IPPROTO_UDP, .input = hear };

/* What datagrams are made of: no two units of it are alike. */
static uint8_t content[65535];

static inline void make_content(void)
{
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7 + i / 251 + i / 8191);
}

/* Bytes [from, to) of datagram `id`. */
static inline void piece_of(struct test_ip ip, uint32_t from, uint32_t to, bool more)
{
	if (!ip.proto)
		ip.proto = SEA_IPPROTO_UDP;
	ip.frag |= (uint16_t)((more ? MF : 0) | from / 8);
	test_inject_ip(&t, &ip, content + from, to - from);
}

static inline void piece(uint16_t id, uint32_t from, uint32_t to, bool more)
{
	piece_of((struct test_ip){ .id = id }, from, to, more);
}

static inline void expect_heard(uint32_t len)
{
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.len, len);
	assert_memory_equal(heard.bytes, content, len);
	heard.n = 0;
}

static inline uint64_t count(enum sea_mib what)
{
	return test_mib(&t, what);
}

static inline void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

#endif
