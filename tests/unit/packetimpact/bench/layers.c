// SPDX-License-Identifier: Apache-2.0
/* Packets of layers: what is built, taken apart, matched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "packetimpact/bench/layer.h"

static const struct sea_addr peer4 = { SEA_AF_INET, { 192, 0, 2, 1 } };
static const struct sea_addr host4 = { SEA_AF_INET, { 192, 168, 0, 1 } };
static const struct sea_addr peer6 = { SEA_AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
static const struct sea_addr host6 = { SEA_AF_INET6, { 0xfd, [15] = 2 } };

static uint8_t packet[2048];

static struct sea_bench_seen built(const struct sea_addr *src, const struct sea_addr *dst,
				   const struct sea_bench_layer *layers, size_t n)
{
	struct sea_bench_seen seen = { .bytes = packet };

	seen.len = sea_bench_build(layers, n, src, dst, packet, sizeof(packet));
	assert_true(seen.len > 0);
	sea_bench_dissect(&seen);
	return seen;
}

#define BUILT4(...) built(&peer4, &host4, LAYERS(__VA_ARGS__))
#define BUILT6(...) built(&peer6, &host6, LAYERS(__VA_ARGS__))
#define MATCHES(seen, ...) sea_bench_match(seen, LAYERS(__VA_ARGS__))

static void what_is_not_said_is_filled_in(void **state)
{
	static const uint8_t udp[] = { 0x45, 0, 0, 33,  0,   0, 0, 0, 64, 17,   0xb8, 0x22, 192,
				       0,    2, 1, 192, 168, 0, 1, 0, 9,  0x1b, 0x58, 0,    13 };
	struct sea_bench_seen seen =
		BUILT4(IPV4(), UDP(F(UDP_SRC, 9), F(UDP_DST, 7000)), BYTES("hello", 5));

	(void)state;
	assert_int_equal(seen.len, 33);
	assert_memory_equal(seen.bytes, udp, 10);
	assert_memory_equal(seen.bytes + 12, udp + 12, sizeof(udp) - 12);
	assert_null(sea_bench_wrong_sum(&seen));
	seen = BUILT6(IPV6(), HOPOPTS(.bytes = "\1\0", .len = 2),
		      TCP(.bytes = "\2\4\5\264", .len = 4));
	assert_int_equal(seen.len, 40 + 8 + 24);
	assert_null(sea_bench_wrong_sum(&seen));
	assert_true(MATCHES(&seen, IPV6(F(IPV6_NEXT, 0), F(IPV6_LEN, 32), .src = &peer6),
			    HOPOPTS(F(HOPOPTS_NEXT, 6), F(HOPOPTS_LEN, 0)), TCP(F(TCP_DOFF, 6))));
}

static void a_wrong_value_is_sent_as_it_is_said(void **state)
{
	struct sea_bench_seen seen = BUILT4(IPV4(F(IPV4_SUM, 7), F(IPV4_LEN, 20)), UDP());

	(void)state;
	assert_true(MATCHES(&seen, IPV4(F(IPV4_SUM, 7), F(IPV4_LEN, 20))));
	assert_string_equal(sea_bench_wrong_sum(&seen), "the length of IPv4");
	seen = BUILT4(IPV4(F(IPV4_SUM, 7)), UDP());
	assert_string_equal(sea_bench_wrong_sum(&seen), "the checksum of IPv4");
	seen = BUILT6(IPV6(), UDP(F(UDP_SUM, 0)));
	assert_string_equal(sea_bench_wrong_sum(&seen), "a UDP checksum of 0 over IPv6");
	seen = BUILT4(IPV4(), ICMP(F(ICMP_TYPE, 8), F(ICMP_SUM, 1)));
	assert_string_equal(sea_bench_wrong_sum(&seen), "the checksum of the transport header");
	seen = BUILT4(IPV4(F(IPV4_MF, 1)), UDP(F(UDP_SUM, 1)));
	assert_null(sea_bench_wrong_sum(&seen));
}

static void what_an_error_quotes_goes_the_other_way(void **state)
{
	const struct sea_bench_seen seen = BUILT6(IPV6(), ICMP6(F(ICMP6_TYPE, 1), F(ICMP6_CODE, 4)),
						  IPV6(), UDP(F(UDP_SRC, 5), F(UDP_DST, 6)));

	(void)state;
	assert_int_equal(seen.n, 4);
	assert_true(MATCHES(&seen, IPV6(.src = &peer6, .dst = &host6), ICMP6(F(ICMP6_TYPE, 1)),
			    IPV6(.src = &host6, .dst = &peer6), UDP(F(UDP_DST, 6))));
	assert_null(sea_bench_wrong_sum(&seen));
}

static void what_is_not_said_is_anything_to_a_matcher(void **state)
{
	const struct sea_bench_seen seen =
		BUILT4(IPV4(), TCP(F(TCP_SEQ, 100), F(TCP_FLAGS, 0x12)), BYTES("data", 4));
	size_t len;

	(void)state;
	assert_true(MATCHES(&seen, IPV4()));
	assert_true(MATCHES(&seen, IPV4(), TCP(), BYTES(NULL, 4)));
	assert_false(MATCHES(&seen, IPV4(), TCP(), BYTES(NULL, 3)));
	assert_false(MATCHES(&seen, IPV4(), TCP(), BYTES("date", 4)));
	assert_false(MATCHES(&seen, IPV4(), UDP()));
	assert_false(MATCHES(&seen, IPV4(), TCP(), BYTES("data", 4), BYTES("more", 4)));
	assert_false(MATCHES(&seen, IPV4(.src = &host4)));
	assert_true(MATCHES(&seen, IPV4(), TCP(BETWEEN(TCP_SEQ, 100, 200), BUT(TCP_FLAGS, 2))));
	assert_false(MATCHES(&seen, IPV4(), TCP(BETWEEN(TCP_SEQ, 101, 200))));
	assert_false(MATCHES(&seen, IPV4(), TCP(BUT(TCP_SEQ, 100))));
	assert_memory_equal(sea_bench_payload(&seen, &len), "data", 4);
	assert_int_equal(len, 4);
}

/* Of each packet cut anywhere, and of one with any byte another, some parts are told, and all within it. */
static void what_is_cut_or_broken_is_taken_apart_as_far_as_it_goes(void **state)
{
	const struct sea_bench_seen whole =
		BUILT6(IPV6(), HOPOPTS(.bytes = "\1\4\0\0\0\0", .len = 6), FRAG(F(FRAG_ID, 3)),
		       ICMP6(F(ICMP6_TYPE, 3)), IPV6(), TCP(.bytes = "\2\4\5\264", .len = 4));

	(void)state;
	for (size_t len = 0; len <= whole.len; len++) {
		for (unsigned byte = 0; byte < 256; byte += 15) {
			struct sea_bench_seen seen = { .bytes = packet, .len = len };
			const uint8_t was = packet[len / 2];

			packet[len / 2] = (uint8_t)byte;
			sea_bench_dissect(&seen);
			for (size_t i = 0; i < seen.n; i++)
				assert_true(seen.parts[i].at + seen.parts[i].hdr <= len);
			(void)sea_bench_wrong_sum(&seen);
			packet[len / 2] = was;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_filled_in),
		cmocka_unit_test(a_wrong_value_is_sent_as_it_is_said),
		cmocka_unit_test(what_an_error_quotes_goes_the_other_way),
		cmocka_unit_test(what_is_not_said_is_anything_to_a_matcher),
		cmocka_unit_test(what_is_cut_or_broken_is_taken_apart_as_far_as_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
