/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case 93: datagrams that are put together of pieces of any size, cut into fragments of any MTU. What
 * goes out is what was written, byte for byte, in either family.
 */
#include "tests/lib/udp_peer.h"

#define TRIALS 150
#define DATA_MAX 9000u

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
static struct test_stack t;
static uint8_t data[DATA_MAX], got[DATA_MAX + 8];
static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

static int setup(void **state)
{
	test_stack_new6(&t, modules, 3);
	test_know_peer(&t);
	test_know_peer6(&t);
	test_take_all(&t);
	seed = 1;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static sea_socket connected(int family)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, family, SOCK_DGRAM, 0, &s, t.now), 0);
	if (family == AF_INET) {
		assert_int_equal(test_connect(&t, s, "10.0.0.2", 9), 0);
		return s;
	}
	memcpy(&to.sin6_addr, test_ip6(TEST_PEER_IP6).b, 16);
	assert_int_equal(sea_socket_connect(t.stack, s, (void *)&to, sizeof(to), t.now), 0);
	return s;
}

/* A frame's part of the datagram: at which place, and whether more follows. */
static size_t take_piece(const struct test_frame *f, int family)
{
	const uint8_t *ip = f->bytes + 14, *payload;
	size_t at = 0, len;

	if (family == AF_INET) {
		test_expect_ip(f, 17, &payload, &len);
		at = (size_t)(sea_get16(ip + 6) & SEA_IPV4_OFFSET) * 8;
	} else if (ip[6] == SEA_IPV6_FRAGMENT) {
		test_expect_ip6(f, SEA_IPV6_FRAGMENT, &payload, &len);
		at = sea_get16(payload + 2) & 0xfff8u;
		payload += 8;
		len -= 8;
	} else {
		test_expect_ip6(f, 17, &payload, &len);
	}
	assert_true(at + len <= sizeof(got));
	memcpy(got + at, payload, len);
	return len;
}

/* `len` bytes in pieces, the last of which lets the datagram go. */
static void write_in_pieces(sea_socket s, uint32_t len)
{
	uint32_t at = 0;

	while (at < len) {
		uint32_t n = draw(4) ? draw(64) + 1 : draw(2000) + 1;

		n = n < len - at ? n : len - at;
		assert_int_equal(
			test_sendto(&t, s, data + at, n, at + n < len ? MSG_MORE : 0, NULL, 0), n);
		at += n;
	}
}

static void one_trial(sea_socket s, int family)
{
	static const uint16_t mtus[] = { 1280, 1281, 1287, 1288, 1400, 1499, 1500 };
	uint32_t len = draw(DATA_MAX - 1) + 1;
	struct test_frame *f;
	size_t sum = 0;

	assert_int_equal(sea_link_set_mtu(t.link, mtus[draw(7)], t.now), 0);
	memset(got, 0xee, sizeof(got));
	write_in_pieces(s, len);
	while ((f = test_take(&t))) {
		assert_in_range(f->len, 15, 14 + 1500);
		sum += take_piece(f, family);
	}
	assert_int_equal(sum, len + 8);
	assert_int_equal(sea_get16(got + 4), len + 8);
	assert_memory_equal(got + 8, data, len);
}

static void pieces_of_any_size_make_the_datagram_they_add_up_to(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (unsigned i = 0; i < 2; i++) {
		sea_socket s = connected(families[i]);

		for (unsigned n = 0; n < TRIALS; n++)
			one_trial(s, families[i]);
		test_close(&t, s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pieces_of_any_size_make_the_datagram_they_add_up_to,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
