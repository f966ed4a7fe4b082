/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks by the headers and messages of IPv6: the cases of tests/attack.cases that no other file has. */
#include "ip/icmp6.h"
#include "tests/lib/stack_fixture.h"
#include "wire/ndp.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;
static unsigned heard;

static void hear(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	assert_int_equal(pkt->len, 8);
	heard++;
	sea_pkt_free(pkt);
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP, .input = hear };

static int setup(void **state)
{
	heard = 0;
	test_stack_new6(&t, modules, 2);
	test_know_peer6(&t);
	sea_stack_add_ip_proto(t.stack, &udp);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static uint64_t dropped(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SEA_DROP_N; i++)
		n += test_drops(&t, (enum sea_drop)i);
	return n;
}

/* The frame comes in as two or three pieces of memory, cut at `a` and `b`. */
static void inject_in_pieces(const uint8_t *frame, size_t a, size_t b, size_t len)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(t.link, frame, a);
	const size_t cuts[] = { a, b, len };

	for (unsigned i = 0; i < 2; i++) {
		size_t n = cuts[i + 1] - cuts[i];
		struct sea_buf *buf;

		if (!n)
			continue;
		buf = sea_buf_new(&t.stack->shard.pool, (uint32_t)n);
		memcpy(buf->data, frame + cuts[i], n);
		assert_true(sea_pkt_append_frag(pkt, buf, 0, (uint32_t)n));
		sea_buf_put(buf);
	}
	sea_link_input(t.link, &pkt, 1, t.now);
	test_settle(&t);
}

/*
 * Case 66, case 71: hop-by-hop options, a fragment header, destination options with one that is answered: the
 * pieces lie in memory where they like, and the answer quotes what came.
 */
static void headers_split_over_the_pieces_of_a_packet_are_read_right(void **state)
{
	static const uint8_t exts[] = {
		44, 0, 1, 4, 0, 0, 0, 0, /* hop-by-hop, padding */
		60, 0, 0, 0, 0, 0, 0, 9, /* a fragment that is all of it */
		17, 0, 1, 4, 0, 0, 0, 0, /* destination options, padding */
	};
	static const uint8_t bad[] = { 60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0x9e, 4, 1, 2, 3, 4 };
	struct test_ip6 ip = { .proto = SEA_IPPROTO_UDP,
			       .exts = exts,
			       .exts_len = sizeof(exts),
			       .exts_next = SEA_IPV6_HOPOPTS };
	uint8_t frame[256];
	size_t len = test_build_ip6(frame, &ip, "12345678", 8), n = 0;
	const uint8_t *msg;

	for (size_t a = 14; a < len; a++)
		for (size_t b = a; b < len; b += 7, n++)
			inject_in_pieces(frame, a, b, len);
	assert_int_equal(heard, n);
	assert_null(test_take(&t));
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.icmp.ratemask", "\n", t.now), 0);
	ip.exts = bad;
	ip.exts_len = sizeof(bad);
	len = test_build_ip6(frame, &ip, "12345678", 8);
	for (size_t a = 14; a < len; a++) {
		size_t quoted;

		inject_in_pieces(frame, a, a, len);
		test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &quoted);
		assert_int_equal(sea_get32(msg + 4), 50);
		assert_int_equal(quoted, 8 + len - 14);
		assert_memory_equal(msg + 8, frame + 14, len - 14);
	}
}

/* Case 68: with and without hop-by-hop options before them; none of them leads anywhere. */
static void routing_headers_of_every_type_and_length_are_survived(void **state)
{
	for (unsigned type = 0; type < 256; type++)
		for (unsigned i = 0; i < 24; i++) {
			uint64_t before = dropped();
			unsigned was = heard;
			uint8_t exts[8 + 24] = { SEA_IPV6_ROUTING, 0, 1, 4 };
			struct test_ip6 ip = { .proto = SEA_IPPROTO_UDP,
					       .exts_next = i & 1 ? 0 : 43 };

			exts[8] = SEA_IPPROTO_UDP;
			exts[9] = (uint8_t)(i % 3 == 2 ? 255 : i % 3 * 2); /* 8, 24, 2048 bytes */
			exts[10] = (uint8_t)type;
			exts[11] = (uint8_t)((i >> 1 & 3) == 3 ? 255 : i >> 1 & 3);
			ip.exts = i & 1 ? exts : exts + 8;
			ip.exts_len = (i & 1 ? 8u : 0) + (i % 3 == 1 ? 24 : 8);
			if (ip.exts_len > sizeof(exts))
				ip.exts_len = sizeof(exts);
			test_inject_ip6(&t, &ip, "12345678", 8);
			test_take_all(&t);
			assert_int_equal(heard - was + (dropped() - before), 1);
		}
}

/* Case 72. */
static void an_option_of_length_zero_spoils_any_discovery_message(void **state)
{
	const struct test_ip6 ip = { .src = TEST_PEER_LL, .hop_limit = 255 };

	for (uint8_t type = SEA_NDP_RS; type <= SEA_NDP_REDIRECT; type++) {
		uint8_t msg[64] = { type };
		size_t at = sea_ndp_fixed_len(type);

		msg[at] = SEA_NDP_OPT_SLLA; /* and its length is 0 */
		test_inject_icmp6(&t, &ip, msg, at + 8);
		/* The same behind one that is right. */
		memset(msg + 2, 0, 2);
		sea_ndp_put_lladdr(msg + at, SEA_NDP_OPT_TLLA, &test_peer_mac);
		test_inject_icmp6(&t, &ip, msg, at + 16);
	}
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_MALFORMED), 10);
	assert_null(test_take(&t));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(headers_split_over_the_pieces_of_a_packet_are_read_right),
		T(routing_headers_of_every_type_and_length_are_survived),
		T(an_option_of_length_zero_spoils_any_discovery_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
