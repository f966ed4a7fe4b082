/* SPDX-License-Identifier: Apache-2.0 */
/* A stack with UDP, and the datagrams that its peer on the wire sends and gets. */
#ifndef SEA_TESTS_UDP_PEER_H
#define SEA_TESTS_UDP_PEER_H

#include "tests/lib/sockets.h"
#include "wire/udp.h"

static inline int udp_setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp };
	struct test_stack *t = malloc(sizeof(*t));

	test_stack_new(t, modules, 2);
	test_know_peer(t);
	*state = t;
	return 0;
}

static inline int udp_teardown(void **state)
{
	test_stack_free(*state);
	free(*state);
	return 0;
}

struct udp_dgram {
	const char *src, *dst; /* NULL: the peer's, ours */
	uint16_t sport, dport;
	uint16_t len;       /* 0: right */
	uint16_t sum_error; /* added to the right checksum */
	bool no_sum;
	uint8_t ttl, tos;
};

static inline size_t udp_build(uint8_t *out, const struct udp_dgram *d, const void *data,
			       size_t len)
{
	sea_be32 src = d->src ? test_ip4(d->src) : test_peer_ip;
	sea_be32 dst = d->dst ? test_ip4(d->dst) : test_our_ip;
	struct sea_udp_hdr hdr = {
		.src = sea_be16_of(d->sport),
		.dst = sea_be16_of(d->dport),
		.len = sea_be16_of(d->len ? d->len : (uint16_t)(sizeof(hdr) + len)),
	};
	uint16_t sum;

	memcpy(out, &hdr, sizeof(hdr));
	memcpy(out + sizeof(hdr), data, len);
	sum = sea_be16_get(test_checksum(out, sizeof(hdr) + len,
					 test_pseudo(src, dst, 17, sizeof(hdr) + len)));
	if (!d->no_sum)
		hdr.sum = sea_be16_of((uint16_t)((sum ? sum : 0xffff) + d->sum_error));
	memcpy(out, &hdr, sizeof(hdr));
	return sizeof(hdr) + len;
}

static inline void udp_inject(struct test_stack *t, const struct udp_dgram *d, const void *data,
			      size_t len)
{
	uint8_t out[65536];
	struct test_ip ip = {
		.proto = 17, .src = d->src, .dst = d->dst, .ttl = d->ttl, .tos = d->tos
	};

	if (d->dst && strcmp(d->dst, "10.0.0.255") == 0)
		ip.eth_dst = &test_broadcast_mac;
	test_inject_ip(t, &ip, out, udp_build(out, d, data, len));
}

static inline void udp_inject_text(struct test_stack *t, uint16_t sport, uint16_t dport,
				   const char *text)
{
	udp_inject(t, &(struct udp_dgram){ .sport = sport, .dport = dport }, text, strlen(text));
}

/* The next frame is a UDP datagram with a right checksum (or none): its header and payload. */
static inline const struct sea_udp_hdr *udp_expect(struct test_stack *t, const uint8_t **data,
						   size_t *len)
{
	struct test_frame *f = test_take(t);
	const struct sea_ipv4_hdr *ip;
	const struct sea_udp_hdr *udp;
	const uint8_t *payload;
	size_t n;

	assert_non_null(f);
	ip = test_expect_ip(f, 17, &payload, &n);
	udp = (const void *)payload;
	assert_int_equal(sea_be16_get(udp->len), n);
	if (sea_be16_get(udp->sum))
		assert_int_equal(sea_be16_get(test_checksum(payload, n,
							    test_pseudo(ip->src, ip->dst, 17, n))),
				 0);
	*data = payload + sizeof(*udp);
	*len = n - sizeof(*udp);
	return udp;
}

static inline void udp_expect_sent(struct test_stack *t, uint16_t dport, const char *text)
{
	const uint8_t *data;
	size_t len;
	const struct sea_udp_hdr *udp = udp_expect(t, &data, &len);

	assert_int_equal(sea_be16_get(udp->dst), dport);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(data, text, len);
}

#define UDP_TEST(name) cmocka_unit_test_setup_teardown(name, udp_setup, udp_teardown)

#endif
