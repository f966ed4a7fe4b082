/* SPDX-License-Identifier: Apache-2.0 */
/* What RFC 4443 and 8200 ask for and no test of a single part shows; a host, and a router of two links. */
#include "ip/icmp6.h"
#include "tests/lib/stack_fixture.h"
#include "wire/ndp.h"

#define FAR "2001:db8:1::2"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static struct test_stack t;

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static int setup(void **state)
{
	test_stack_new6(&t, modules, 2);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int setup_router(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .addr = test_addr(FAR),
				    .state = SEA_NUD_PERMANENT };
	struct sea_link *far;

	setup(state);
	far = test_add_link(&t, "eth1", &our_far_mac, NULL);
	test_add_addr6(&t, far, "2001:db8:1::1/64");
	n.ifindex = far->ifindex;
	memcpy(n.mac, far_mac.b, sizeof(n.mac));
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	set("net.ipv6.conf.all.forwarding", "1");
	test_settle(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- a host -- */

static const uint8_t echo_request[] = { SEA_ICMP6_ECHO, 0, 0, 0, 0, 1, 0, 1 };

/* With whatever hop limit, zero too. */
static void inject_echo(uint8_t hop_limit)
{
	uint8_t frame[TEST_FRAME_MAX], msg[sizeof(echo_request)];
	const struct test_ip6 ip = { .proto = SEA_IPPROTO_ICMPV6 };
	sea_be16 sum;
	size_t len;

	memcpy(msg, echo_request, sizeof(msg));
	sum = test_checksum(msg, sizeof(msg),
			    test_pseudo6(test_ip6(TEST_PEER_IP6).b, test_ip6(TEST_OUR_IP6).b,
					 SEA_IPPROTO_ICMPV6, sizeof(msg)));
	memcpy(msg + 2, sum.b, 2);
	len = test_build_ip6(frame, &ip, msg, sizeof(msg));
	frame[14 + 7] = hop_limit;
	test_inject(&t, frame, len);
}

/* RFC8200:3-c */
static void the_last_hop_is_ours_whatever_is_left_of_its_life(void **state)
{
	const uint8_t *msg;
	size_t len;

	for (unsigned i = 0; i < 4; i++) {
		set("net.ipv6.conf.all.forwarding", i & 2 ? "1" : "0");
		test_take_all(&t);
		inject_echo(i & 1);
		test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
		assert_int_equal(msg[0], SEA_ICMP6_ECHO_REPLY);
	}
}

static uint64_t dropped(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SEA_DROP_N; i++)
		n += test_drops(&t, (enum sea_drop)i);
	return n;
}

/* Those are heard, whatever they say. */
static bool is_of_groups(unsigned type)
{
	return (type >= SEA_ICMP6_MLD_QUERY && type <= SEA_ICMP6_MLD_DONE) ||
	       type == SEA_ICMP6_MLD2_REPORT;
}

/*
 * Only echo requests are answered; what is no error and not known is dropped in silence.
 * RFC4443:2.1-a, RFC4443:2.4-a, RFC4443:2.4-b
 */
static void each_type_of_message_has_its_fate(void **state)
{
	uint8_t msg[64] = { 0 };

	for (unsigned type = 0; type < 256; type++) {
		bool answered = type == SEA_ICMP6_ECHO;

		for (unsigned code = 0; code < 256; code += 5) {
			uint64_t before = dropped();

			msg[0] = (uint8_t)type;
			msg[1] = (uint8_t)code;
			memset(msg + 2, 0, 2);
			test_inject_icmp6(&t, &(struct test_ip6){ 0 }, msg, sizeof(msg));
			assert_int_equal(test_take_all(&t), answered);
			assert_true(dropped() - before == !answered || is_of_groups(type));
		}
	}
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_QUOTE), 128 * 52);
}

static void inject_option(const char *dst, uint8_t header, uint8_t option)
{
	const uint8_t ext[] = { SEA_IPPROTO_UDP, 0, option, 4, 0, 0, 0, 0 };
	const struct test_ip6 ip = { .dst = dst,
				     .proto = SEA_IPPROTO_UDP,
				     .exts = ext,
				     .exts_len = sizeof(ext),
				     .exts_next = header };

	test_inject_ip6(&t, &ip, "12345678", 8);
}

static void expect_problem(uint8_t code, uint32_t at)
{
	const uint8_t *msg;
	size_t len;

	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(msg[0], SEA_ICMP6_PARAM_PROBLEM);
	assert_int_equal(msg[1], code);
	assert_int_equal(sea_get32(msg + 4), at);
}

/* RFC4443:2.4-f */
static void a_group_is_told_only_what_nobody_else_can_tell(void **state)
{
	const struct test_ip6 unknown = { .dst = "ff02::1", .proto = 253 };

	inject_option("ff02::1", SEA_IPV6_DSTOPTS, 0x9e);
	expect_problem(SEA_ICMP6_UNK_OPTION, 42);
	inject_option("ff02::1", SEA_IPV6_DSTOPTS, 0xde); /* not to groups, it says */
	test_inject_ip6(&t, &unknown, "12345678", 8);
	assert_null(test_take(&t));
}

/* RFC8200:5-a, case 75 */
static void a_link_of_less_than_1280_bytes_has_no_ipv6(void **state)
{
	inject_echo(64);
	assert_int_equal(test_take_all(&t), 1);
	assert_int_equal(sea_link_set_mtu(t.link, 1279, t.now), 0);
	test_take_all(&t);
	inject_echo(64);
	assert_int_equal(test_drops(&t, SEA_DROP_IPV6_DISABLED), 1);
	assert_null(test_take(&t));
}

/* -- a router -- */

static void expect_on_far(uint8_t next)
{
	const uint8_t *payload;
	size_t len;

	test_expect_ip6(test_take(&t), next, &payload, &len);
	assert_memory_equal(t.frame.bytes, far_mac.b, 6);
	assert_null(test_take(&t));
}

/* RFC8200:4-a */
static void a_router_does_not_look_behind_hop_by_hop(void **state)
{
	static const uint8_t source_route[] = { SEA_IPPROTO_UDP, 0, 0, 5, 0, 0, 0, 0 };
	const struct test_ip6 routed = { .dst = FAR,
					 .proto = SEA_IPPROTO_UDP,
					 .exts = source_route,
					 .exts_len = sizeof(source_route),
					 .exts_next = SEA_IPV6_ROUTING };
	const struct test_ip6 unknown = { .dst = FAR, .proto = 253 };
	const struct test_ip6 nothing = { .dst = FAR, .proto = SEA_IPV6_NONE };

	inject_option(FAR, SEA_IPV6_DSTOPTS, 0x9e);
	expect_on_far(SEA_IPV6_DSTOPTS);
	test_inject_ip6(&t, &routed, "12345678", 8);
	expect_on_far(SEA_IPV6_ROUTING);
	test_inject_ip6(&t, &unknown, "12345678", 8);
	expect_on_far(253);
	test_inject_ip6(&t, &nothing, "12345678", 8); /* RFC8200:4.7-a */
	expect_on_far(SEA_IPV6_NONE);
}

/* RFC8200:4.3-b */
static void a_router_reads_hop_by_hop(void **state)
{
	inject_option(FAR, SEA_IPV6_HOPOPTS, 0x1e);
	expect_on_far(SEA_IPV6_HOPOPTS);
	inject_option(FAR, SEA_IPV6_HOPOPTS, 0x9e);
	expect_problem(SEA_ICMP6_UNK_OPTION, 42);
	assert_null(test_take(&t));
	inject_option(FAR, SEA_IPV6_HOPOPTS, 0x5e);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_IPV6_OPTION), 2);
}

/* RFC4443:3.1-g */
static void a_full_queue_is_not_told_of(void **state)
{
	const struct test_ip6 ip = { .dst = FAR, .proto = SEA_IPPROTO_UDP };

	for (unsigned i = 0; i < 1100; i++)
		test_inject_ip6(&t, &ip, "12345678", 8);
	assert_int_equal(test_take_all(&t), 1000);
	assert_int_equal(test_drops(&t, SEA_DROP_LINK_QUEUE_FULL), 100);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutMsgs),
			 test_mib(&t, SEA_MIB_Icmp6OutMLDv2Reports));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define ROUTER(f) cmocka_unit_test_setup_teardown(f, setup_router, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_last_hop_is_ours_whatever_is_left_of_its_life),
		T(each_type_of_message_has_its_fate),
		T(a_group_is_told_only_what_nobody_else_can_tell),
		T(a_link_of_less_than_1280_bytes_has_no_ipv6),
		ROUTER(a_router_does_not_look_behind_hop_by_hop),
		ROUTER(a_router_reads_hop_by_hop),
		ROUTER(a_full_queue_is_not_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
