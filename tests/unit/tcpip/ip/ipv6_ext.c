/* SPDX-License-Identifier: Apache-2.0 */
/* Extension headers: which are stepped over, refused, answered (RFC 8200 §4). */
#include "ip/icmp6.h"
#include "ip/ipv6_tlv.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;

static struct {
	unsigned n;
	uint16_t hdr_len;
	uint32_t csum;
} heard;

static void hear(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	assert_int_equal(pkt->len, 8);
	heard.n++;
	heard.hdr_len = rx->hdr_len_net;
	heard.csum = pkt->csum_state == SEA_CSUM_COMPLETE ? pkt->csum : 0;
	sea_pkt_free(pkt);
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP, .input = hear };

static int setup(void **state)
{
	memset(&heard, 0, sizeof(heard));
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

/* A chain of headers, `len` bytes of it, in front of 8 bytes of UDP. */
static void inject_to(const char *dst, uint8_t first, const uint8_t *exts, size_t len)
{
	const struct test_ip6 ip = { .dst = dst,
				     .proto = SEA_IPPROTO_UDP,
				     .exts = exts,
				     .exts_len = len,
				     .exts_next = first };

	test_inject_ip6(&t, &ip, "12345678", 8);
}

#define INJECT(first, ...)                                      \
	do {                                                    \
		const uint8_t exts_[] = { __VA_ARGS__ };        \
		inject_to(NULL, (first), exts_, sizeof(exts_)); \
	} while (0)

static void expect_problem(uint8_t code, uint32_t at)
{
	const uint8_t *msg;
	size_t len;

	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(msg[0], SEA_ICMP6_PARAM_PROBLEM);
	assert_int_equal(msg[1], code);
	assert_int_equal(sea_get32(msg + 4), at);
	assert_null(test_take(&t));
}

static void expect_silence(enum sea_drop why, uint64_t n)
{
	assert_int_equal(test_drops(&t, why), n);
	assert_null(test_take(&t));
}

#define UDP SEA_IPPROTO_UDP
#define HBH SEA_IPV6_HOPOPTS
#define DST SEA_IPV6_DSTOPTS
#define RT SEA_IPV6_ROUTING

/* RFC8200:4-e, RFC8200:4-b, RFC8200:4.6-a */
static void headers_are_stepped_over_to_the_transport(void **state)
{
	INJECT(HBH, DST, 0, 5, 2, 0, 0, 1, 0, UDP, 1, 1, 4, 0, 0, 0, 0, 0x1e, 6, 0, 0, 0, 0, 0, 0);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.hdr_len, 40 + 8 + 16);
	INJECT(DST, DST, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 0, 0, 0, 0, 0, 0);
	assert_int_equal(heard.n, 2);
	assert_null(test_take(&t));
}

static void a_sum_of_all_bytes_is_of_the_transports_behind_the_headers(void **state)
{
	static const uint8_t exts[] = { DST, 0, 0x1e, 4, 1, 2, 3, 4, UDP, 0, 0x1e, 4, 9, 8, 7, 6 };
	const struct test_ip6 ip = {
		.proto = UDP, .exts = exts, .exts_len = sizeof(exts), .exts_next = DST
	};
	uint8_t frame[128];
	size_t len = test_build_ip6(frame, &ip, "12345678", 8);
	struct sea_pkt *pkt = sea_pkt_from_bytes(t.link, frame, len);

	assert_non_null(pkt);
	pkt->csum_state = SEA_CSUM_COMPLETE;
	pkt->csum = sea_csum_scalar(frame + 14 + 40, len - 14 - 40, 0);
	sea_link_input(t.link, &pkt, 1, t.now);
	test_settle(&t);
	assert_int_equal(heard.n, 1);
	assert_int_equal(sea_csum_fold(heard.csum),
			 sea_csum_fold(sea_csum_scalar("12345678", 8, 0)));
}

/* RFC8200:4-d, case 64 RFC8200:4.3-a */
static void hop_by_hop_is_known_in_front_only(void **state)
{
	INJECT(DST, HBH, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 1, 4, 0, 0, 0, 0);
	expect_problem(SEA_ICMP6_UNK_NEXT_HEADER, 40);
	INJECT(HBH, HBH, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 1, 4, 0, 0, 0, 0);
	expect_problem(SEA_ICMP6_UNK_NEXT_HEADER, 40);
	assert_int_equal(heard.n, 0);
}

/*
 * RFC8200:4.2-a: 00 skip, 01 discard, 10 tell, 11 tell unless it was for many. case 65
 * RFC4443:3.4-a, RFC8504:5.1-a
 */
static void unknown_options_say_what_to_do(void **state)
{
	static const uint8_t tell[] = { UDP, 0, 0x9e, 4, 0, 0, 0, 0 };
	static const uint8_t tell_one[] = { UDP, 0, 0xde, 4, 0, 0, 0, 0 };

	INJECT(DST, UDP, 0, 0x1e, 4, 0, 0, 0, 0);
	assert_int_equal(heard.n, 1);
	INJECT(DST, UDP, 0, 0x5e, 4, 0, 0, 0, 0);
	expect_silence(SEA_DROP_IPV6_OPTION, 1);
	inject_to(NULL, DST, tell, 8);
	expect_problem(SEA_ICMP6_UNK_OPTION, 42);
	inject_to("ff02::1", DST, tell, 8);
	expect_problem(SEA_ICMP6_UNK_OPTION, 42);
	inject_to(NULL, HBH, tell_one, 8);
	expect_problem(SEA_ICMP6_UNK_OPTION, 42);
	inject_to("ff02::1", DST, tell_one, 8);
	expect_silence(SEA_DROP_IPV6_OPTION, 5);
	assert_int_equal(heard.n, 1);
}

/* RFC8200:4.2-c */
static void options_must_fit_their_header(void **state)
{
	INJECT(DST, UDP, 0, 0x1e, 5, 0, 0, 0, 0);
	INJECT(DST, UDP, 0, 1, 3, 0, 0, 0, 0x1e);
	INJECT(HBH, UDP, 0, 5, 3, 0, 0, 0, 0);
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 3);
	assert_int_equal(heard.n, 0);
}

/* RFC4942:2.1.9.5, RFC8504:5.3-a, RFC8200:4.2-b */
static void padding_is_short_and_empty(void **state)
{
	INJECT(DST, UDP, 0, 1, 4, 0, 0, 0, 7);
	INJECT(DST, UDP, 1, 1, 6, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0);
	INJECT(DST, UDP, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x1e, 4, 0, 0, 0, 0);
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 3);
	INJECT(DST, UDP, 1, 1, 5, 0, 0, 0, 0, 0, 0x1e, 5, 0, 0, 0, 0, 0);
	assert_int_equal(heard.n, 1);
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

/* RFC8504:5.3-a, case 67 */
static void options_are_few_and_their_header_is_short(void **state)
{
	uint8_t exts[24] = { UDP, 2 };

	for (unsigned i = 0; i < 9; i++)
		exts[2 + 2 * i] = 0x1e;
	exts[20] = 1;
	exts[21] = 2;
	inject_to(NULL, DST, exts, sizeof(exts));
	inject_to(NULL, HBH, exts, sizeof(exts));
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 2);
	set("net.ipv6.max_dst_opts_number", "9");
	set("net.ipv6.max_hbh_opts_number", "9");
	inject_to(NULL, DST, exts, sizeof(exts));
	inject_to(NULL, HBH, exts, sizeof(exts));
	assert_int_equal(heard.n, 2);
	set("net.ipv6.max_dst_opts_length", "23");
	set("net.ipv6.max_hbh_length", "23");
	inject_to(NULL, DST, exts, sizeof(exts));
	inject_to(NULL, HBH, exts, sizeof(exts));
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 4);
}

static void a_limit_below_zero_knows_no_unknown_option(void **state)
{
	set("net.ipv6.max_dst_opts_number", "-8");
	INJECT(DST, UDP, 0, 0x1e, 4, 0, 0, 0, 0);
	INJECT(DST, UDP, 0, 0x9e, 4, 0, 0, 0, 0);
	expect_silence(SEA_DROP_IPV6_OPTION, 2);
	INJECT(DST, UDP, 0, 1, 4, 0, 0, 0, 0);
	assert_int_equal(heard.n, 1);
}

/* RFC2675:3-1: no link here carries one. */
static void jumbograms_are_refused(void **state)
{
	uint8_t exts[8] = { UDP, 0, 194, 4, 0, 0, 0, 16 };
	struct test_ip6 ip = { .proto = UDP, .exts = exts, .exts_len = 8, .exts_next = HBH };

	ip.payload_len = -1;
	test_inject_ip6(&t, &ip, "12345678", 8); /* not longer than 65535, as it must be */
	expect_problem(SEA_ICMP6_HDR_FIELD, 44);
	exts[5] = 1;
	test_inject_ip6(&t, &ip, "12345678", 8); /* longer than its frame */
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 1);
	ip.payload_len = 0;
	test_inject_ip6(&t, &ip, "12345678", 8); /* two lengths */
	expect_problem(SEA_ICMP6_HDR_FIELD, 42);
	INJECT(HBH, UDP, 0, 1, 0, 194, 2, 0, 16);
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 2);
	assert_int_equal(heard.n, 0);
}

/* case 69. RFC5095:3-1, RFC8200:4.4-b, RFC8200:8.4-a, RFC8504:5.1-e */
static void a_source_route_is_refused(void **state)
{
	for (unsigned type = 0; type <= 1; type++) {
		const uint8_t rh[24] = { UDP, 2, (uint8_t)type, 1 };

		inject_to(NULL, RT, rh, sizeof(rh));
		expect_problem(SEA_ICMP6_HDR_FIELD, 42);
	}
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IPV6_ROUTING), 2);
}

/* RFC8200:4.4-a */
static void a_source_route_at_its_end_is_stepped_over(void **state)
{
	INJECT(RT, UDP, 0, 0, 0, 0, 0, 0, 0);
	INJECT(RT, UDP, 0, 253, 0, 0, 0, 0, 0);
	assert_int_equal(heard.n, 2);
}

static void segment_routing_is_off(void **state)
{
	static const uint8_t rh[] = { UDP, 0, 0, 0, 0, 0, 0, 0 };

	INJECT(RT, UDP, 0, 4, 0, 0, 0, 0, 0);
	INJECT(RT, UDP, 0, 3, 0, 0, 0, 0, 0);
	inject_to("ff02::1", RT, rh, sizeof(rh));
	expect_silence(SEA_DROP_IPV6_ROUTING, 3);
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InAddrErrors), 1);
}

static void a_header_longer_than_the_packet_is_dropped(void **state)
{
	INJECT(DST, UDP, 2, 1, 4, 0, 0, 0, 0);
	INJECT(RT, UDP, 9, 0, 0, 0, 0, 0, 0);
	INJECT(HBH, UDP, 255, 1, 4, 0, 0, 0, 0);
	expect_silence(SEA_DROP_IPV6_EXT_SHORT, 3);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InHdrErrors), 3);
}

/* RFC8200:4.7-a */
static void nothing_follows_no_next_header(void **state)
{
	INJECT(SEA_IPV6_NONE, 1, 2, 3, 4, 5, 6, 7, 8);
	INJECT(DST, SEA_IPV6_NONE, 0, 1, 4, 0, 0, 0, 0);
	expect_silence(SEA_DROP_IPV6_NO_NEXT, 2);
	assert_int_equal(heard.n, 0);
}

static void a_long_chain_ends_with_the_packet(void **state)
{
	static uint8_t exts[1400];

	for (size_t i = 0; i < sizeof(exts); i += 8)
		memcpy(exts + i, "\x3c\0\1\4\0\0\0\0", 8);
	inject_to(NULL, DST, exts, sizeof(exts));
	assert_int_equal(heard.n, 0);
	expect_silence(SEA_DROP_IPV6_EXT_SHORT, 1); /* the payload, read as a header */
}

/* RFC8504:5.3-a: a chain is bounded by itself, not only by its options. */
static void a_chain_beyond_reason_is_dropped(void **state)
{
	static uint8_t exts[8160];

	for (size_t i = 0; i < sizeof(exts); i += 8)
		memcpy(exts + i, "\x3c\0\1\4\0\0\0\0", 8);
	exts[8144] = UDP; /* 8152 bytes of headers: as many as may be */
	inject_to(NULL, DST, exts, 8152);
	assert_int_equal(heard.n, 1);
	exts[8144] = DST;
	exts[8152] = UDP;
	inject_to(NULL, DST, exts, 8160);
	assert_int_equal(heard.n, 1);
	expect_silence(SEA_DROP_IPV6_OPTION_LIMIT, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(headers_are_stepped_over_to_the_transport),
		TEST(a_sum_of_all_bytes_is_of_the_transports_behind_the_headers),
		TEST(hop_by_hop_is_known_in_front_only),
		TEST(unknown_options_say_what_to_do),
		TEST(options_must_fit_their_header),
		TEST(padding_is_short_and_empty),
		TEST(options_are_few_and_their_header_is_short),
		TEST(a_limit_below_zero_knows_no_unknown_option),
		TEST(jumbograms_are_refused),
		TEST(a_source_route_is_refused),
		TEST(a_source_route_at_its_end_is_stepped_over),
		TEST(segment_routing_is_off),
		TEST(a_header_longer_than_the_packet_is_dropped),
		TEST(nothing_follows_no_next_header),
		TEST(a_long_chain_ends_with_the_packet),
		TEST(a_chain_beyond_reason_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
