/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record route, timestamp and the rest: what is written into them when a datagram comes in, is
 * answered, goes on; what a malformed one is answered with. Bytes as the kernel (6.18) wrote them.
 */
#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"
#include "wire/icmp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;
static uint8_t now_ms[4]; /* time of day, as it stands in options */

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	test_know_peer(&t);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.icmp_ratelimit", "0", t.now), 0);
	sea_put32(now_ms, sea_ipv4_time_of_day(t.stack));
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void ping_with(const uint8_t *opts, size_t len, const char *dst)
{
	uint8_t echo[16] = { SEA_ICMP_ECHO, 0, 0, 0, 0, 1, 0, 1 };
	sea_be16 sum = test_checksum(echo, sizeof(echo), 0);

	memcpy(echo + 2, sum.b, 2);
	test_inject_ip(
		&t,
		&(struct test_ip){
			.proto = SEA_IPPROTO_ICMP, .dst = dst, .opts = opts, .opts_len = len },
		echo, sizeof(echo));
}

/* The options of the next frame, whose checksum is right; NULL: there is no frame. */
static const uint8_t *options_out(size_t *len)
{
	struct test_frame *f = test_take(&t);
	const uint8_t *payload;
	const struct sea_ipv4_hdr *hdr;
	size_t n;

	if (!f)
		return NULL;
	hdr = test_expect_ip(f, SEA_IPPROTO_ICMP, &payload, &n);
	*len = (size_t)(payload - (const uint8_t *)(hdr + 1));
	return (const uint8_t *)(hdr + 1);
}

static void expect_options(const uint8_t *want, size_t want_len)
{
	size_t len;
	const uint8_t *got = options_out(&len);

	assert_non_null(got);
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, len);
	assert_null(test_take(&t));
}

#define PING(...)                                              \
	do {                                                   \
		static const uint8_t opts[] = { __VA_ARGS__ }; \
		ping_with(opts, sizeof(opts), NULL);           \
	} while (0)
#define EXPECT(...)                                     \
	do {                                            \
		const uint8_t want[] = { __VA_ARGS__ }; \
		expect_options(want, sizeof(want));     \
	} while (0)
#define NOW now_ms[0], now_ms[1], now_ms[2], now_ms[3]

/* RFC1122:3.2.2.6-e: we stand in it as who was asked and as who answers. RFC1122:3.2.1.8-e */
static void record_route_is_filled_and_echoed(void **state)
{
	PING(7, 15, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(7, 15, 12, 10, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0);
	PING(7, 11, 8, 10, 0, 0, 99, 0, 0, 0, 0, 0); /* one slot left */
	EXPECT(7, 11, 12, 10, 0, 0, 99, 10, 0, 0, 1, 0);
	PING(7, 7, 8, 10, 0, 0, 99, 0); /* full */
	EXPECT(7, 7, 8, 10, 0, 0, 99, 0);
}

/* RFC1122:3.2.2.6-e, RFC1122:3.2.1.8-e, RFC9293:MAY-10 */
static void timestamps_are_filled_and_echoed(void **state)
{
	PING(68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(68, 12, 13, 0, NOW, NOW);
	PING(68, 20, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(68, 20, 21, 1, 10, 0, 0, 1, NOW, 10, 0, 0, 1, NOW);
}

static void prespecified_timestamp_is_filled_by_whom_it_names(void **state)
{
	PING(68, 12, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0);
	EXPECT(68, 12, 13, 3, 10, 0, 0, 1, NOW);
	PING(68, 12, 5, 3, 10, 0, 0, 99, 0, 0, 0, 0);
	EXPECT(68, 12, 5, 3, 10, 0, 0, 99, 0, 0, 0, 0);
}

/* Case 86. RFC791:3.1-m */
static void hosts_without_room_are_counted_up_to_fifteen(void **state)
{
	PING(68, 8, 9, 0x00, 1, 2, 3, 4);
	EXPECT(68, 8, 9, 0x10, 1, 2, 3, 4);
	PING(68, 8, 9, 0xe0, 1, 2, 3, 4);
	EXPECT(68, 8, 9, 0xf0, 1, 2, 3, 4);
	PING(68, 12, 13, 0x03, 1, 2, 3, 4, 5, 6, 7, 8); /* not where addresses are given */
	EXPECT(68, 12, 13, 0x03, 1, 2, 3, 4, 5, 6, 7, 8);
	PING(68, 12, 5, 0x02, 0, 0, 0, 0, 0, 0, 0, 0); /* flags that nobody knows */
	EXPECT(68, 12, 5, 0x02, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void half_a_slot_left_makes_no_answer(void **state)
{
	PING(68, 16, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_IP_OPTIONS), 1);
}

/* RFC1122:3.2.1.8-c, RFC1122:3.2.1.8-f, RFC791:3.1-h */
static void other_options_are_passed_by_and_not_echoed(void **state)
{
	const struct sea_ipv4_hdr *hdr;
	const uint8_t *payload;
	size_t len;

	PING(1, 148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0); /* router alert */
	EXPECT(7, 7, 8, 10, 0, 0, 1, 0);
	PING(30, 4, 9, 9);
	hdr = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &payload, &len);
	assert_int_equal(hdr->ver_ihl, 0x45);
}

static void errors_echo_them_too(void **state)
{
	static const uint8_t route[] = { 7, 7, 4, 0, 0, 0, 0, 0 };

	test_inject_ip(&t, &(struct test_ip){ .proto = 99, .opts = route, .opts_len = 8 },
		       "12345678", 8);
	EXPECT(7, 7, 8, 10, 0, 0, 1, 0);
}

/* Case 86. RFC1122:3.2.2.5-a, RFC1122:3.3.8-a, RFC1812:4.3.3.5-a */
static void malformed_options_are_answered_with_where_the_fault_is(void **state)
{
	static const struct {
		uint8_t opts[16], len, pointer;
	} bad[] = {
		{ { 7, 0, 4, 0 }, 4, 20 },
		{ { 1, 7, 1, 0 }, 4, 21 },
		{ { 1, 7, 9, 0 }, 4, 21 },
		{ { 7, 2, 0, 0 }, 4, 21 },
		{ { 7, 7, 3, 0, 0, 0, 0, 0 }, 8, 22 },
		{ { 7, 8, 6, 0, 0, 0, 0, 0 }, 8, 22 },
		{ { 7, 7, 4, 0, 0, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0, 0 }, 16, 27 },
		{ { 68, 3, 5, 0 }, 4, 21 },
		{ { 68, 8, 4, 0, 0, 0, 0, 0 }, 8, 22 },
		{ { 68, 12, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 12, 22 },
		{ { 68, 8, 9, 0xf0, 0, 0, 0, 0 }, 8, 23 },
		{ { 68, 8, 5, 0, 0, 0, 0, 0, 68, 8, 5, 0, 0, 0, 0, 0 }, 16, 28 },
		{ { 134, 6, 0, 0, 0, 1, 0, 0 }, 8, 21 },
		{ { 148, 3, 0, 0 }, 4, 21 },
		{ { 131, 2, 0, 0 }, 4, 21 },
		{ { 131, 7, 3, 1, 2, 3, 4, 0 }, 8, 22 },
		{ { 1, 1, 1, 7 }, 4, 23 },
		{ { 30, 0, 1, 7 }, 4, 20 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct sea_icmp_hdr *icmp;
		const uint8_t *payload;
		size_t len;

		ping_with(bad[i].opts, bad[i].len, NULL);
		test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &payload, &len);
		icmp = (const struct sea_icmp_hdr *)payload;
		assert_int_equal(icmp->type, SEA_ICMP_PARAM_PROBLEM);
		assert_int_equal(icmp->code, 0);
		assert_int_equal(sea_be32_get(icmp->rest), (uint32_t)bad[i].pointer << 24);
		assert_int_equal(test_drops(&t, SEA_DROP_IP_OPTIONS), i + 1);
		assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), i + 1);
	}
}

/* Case 86: accept_source_route is 0 on Linux, unless somebody sets both of its switches. */
static void source_routes_are_refused_in_silence(void **state)
{
	PING(131, 7, 4, 10, 0, 0, 9, 0);
	PING(137, 7, 4, 10, 0, 0, 9, 0);
	PING(131, 7, 8, 10, 0, 0, 9, 0);
	PING(131, 7, 8, 1, 2, 3, 4, 137, 7, 8, 1, 2, 3, 4, 0, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_OPTIONS), 4);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), 1);
	assert_null(test_take(&t));
}

/* -- sent on -- */

static void become_router(void)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 0x11 } };
	struct sea_link *other = test_add_link(&t, "eth1", &mac, "10.5.0.1/24");
	struct sea_neigh_info host = { .size = sizeof(host),
				       .ifindex = other->ifindex,
				       .addr = test_addr("10.5.0.9"),
				       .state = SEA_NUD_PERMANENT };

	host.mac[0] = 2;
	assert_int_equal(sea_neigh_set(t.stack, &host, t.now), 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_forward", "1", t.now), 0);
}

#define THROUGH(...)                                           \
	do {                                                   \
		static const uint8_t opts[] = { __VA_ARGS__ }; \
		ping_with(opts, sizeof(opts), "10.5.0.9");     \
	} while (0)

/* RFC1812:4.2.2.1-a RFC1812:5.3.13.6-a, RFC1812:4.2.2.2-a, RFC1812:5.3.13.5-a, RFC791:3.1-l */
static void router_stands_in_what_goes_on(void **state)
{
	become_router();
	THROUGH(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0); /* as whence it goes on */
	EXPECT(7, 11, 8, 10, 5, 0, 1, 0, 0, 0, 0, 0);
	THROUGH(7, 7, 8, 10, 0, 9, 0, 0);
	EXPECT(7, 7, 8, 10, 0, 9, 0, 0);
	THROUGH(68, 8, 5, 0, 0, 0, 0, 0);
	EXPECT(68, 8, 9, 0, NOW);
	THROUGH(68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0); /* as whom the sender knows us */
	EXPECT(68, 12, 13, 1, 10, 0, 0, 1, NOW);
	THROUGH(68, 12, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0);
	EXPECT(68, 12, 13, 3, 10, 0, 0, 1, NOW);
	THROUGH(68, 12, 5, 3, 10, 7, 0, 1, 0, 0, 0, 0);
	EXPECT(68, 12, 5, 3, 10, 7, 0, 1, 0, 0, 0, 0);
	THROUGH(68, 8, 9, 0, 0, 0, 0, 0);
	EXPECT(68, 8, 9, 0x10, 0, 0, 0, 0);
	THROUGH(148, 4, 0, 0);
	EXPECT(148, 4, 0, 0);
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 8);
}

static void no_memory_to_write_in_a_shared_header_is_a_drop(void **state)
{
	static const uint8_t route[] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	struct sea_pkt *pkt, *twin;
	uint8_t frame[128];
	size_t len = test_build_ip(
		frame, &(struct test_ip){ .proto = 99, .opts = route, .opts_len = 8 }, "x", 1);

	pkt = sea_pkt_from_bytes(t.link, frame, len);
	twin = sea_pkt_clone(pkt, &t.stack->shard.pool);
	assert_non_null(twin);
	sea_pool_trim(&t.stack->shard.pool);
	test_env_fail_at(&t.env, 1);
	sea_link_input(t.link, &pkt, 1, t.now);
	test_env_fail_at(&t.env, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NO_MEMORY), 1);
	sea_pkt_free(twin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		T(record_route_is_filled_and_echoed),
		T(timestamps_are_filled_and_echoed),
		T(prespecified_timestamp_is_filled_by_whom_it_names),
		T(hosts_without_room_are_counted_up_to_fifteen),
		T(half_a_slot_left_makes_no_answer),
		T(other_options_are_passed_by_and_not_echoed),
		T(errors_echo_them_too),
		T(malformed_options_are_answered_with_where_the_fault_is),
		T(source_routes_are_refused_in_silence),
		T(router_stands_in_what_goes_on),
		T(no_memory_to_write_in_a_shared_header_is_a_drop),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
