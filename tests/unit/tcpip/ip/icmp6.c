/* SPDX-License-Identifier: Apache-2.0 */
/* ICMPv6: echo, errors sent and received (RFC 4443). */
#include <errno.h>

#include "ip/icmp6.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;

static struct {
	unsigned n;
	struct sea_icmp_error error;
	uint8_t quote[64];
} told;

static void udp_input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	sea_ip_ops_of(stack, rx->family)->port_unreachable(stack, pkt);
	sea_pkt_drop(stack, pkt, SEA_DROP_UDP_NO_SOCKET);
}

static bool udp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	told.n++;
	told.error = *error;
	memcpy(told.quote, error->quote, error->quote_len < 64 ? error->quote_len : 64);
	return true;
}

static const struct sea_ip_proto udp = {
	.proto = SEA_IPPROTO_UDP,
	.input = udp_input,
	.icmp_error = udp_error,
};

static int setup(void **state)
{
	memset(&told, 0, sizeof(told));
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

/* -- echo -- */

static const uint8_t echo_request[] = { SEA_ICMP6_ECHO, 0, 0, 0, 0x12, 0x34, 0, 1, 'h', 'i', '!' };

static const struct sea_ipv6_hdr *expect_reply(void)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *msg;
	size_t len;

	ip = test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(len, sizeof(echo_request));
	assert_int_equal(msg[0], SEA_ICMP6_ECHO_REPLY);
	assert_memory_equal(msg + 4, echo_request + 4, sizeof(echo_request) - 4);
	return ip;
}

/* RFC4443:4.2-a, RFC4443:2.2-a, RFC4443:4.1-a, RFC8504:5.8-a */
static void an_echo_request_is_answered_from_the_address_that_was_asked(void **state)
{
	const struct sea_ipv6_hdr *ip;

	test_inject_icmp6(&t, &(struct test_ip6){ .tclass = 0x28 }, echo_request,
			  sizeof(echo_request));
	ip = expect_reply();
	assert_true(test_is_ip6(ip->src, TEST_OUR_IP6));
	assert_true(test_is_ip6(ip->dst, TEST_PEER_IP6));
	assert_int_equal(ip->hop_limit, 64);
	assert_int_equal(sea_be32_get(ip->ver_class_flow) >> 20 & 0xff, 0x28);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6InEchos), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutEchoReplies), 1);
}

/* RFC4443:4.2-b */
static void an_echo_request_to_a_group_is_answered_from_an_own_address(void **state)
{
	const struct sea_ipv6_hdr *ip;

	test_inject_icmp6(&t, &(struct test_ip6){ .src = TEST_PEER_LL, .dst = "ff02::1" },
			  echo_request, sizeof(echo_request));
	ip = expect_reply();
	assert_true(test_is_ip6(ip->src, TEST_OUR_LL));
	assert_true(test_is_ip6(ip->dst, TEST_PEER_LL));
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static void echo_requests_are_ignored_on_demand(void **state)
{
	const struct test_ip6 group = { .src = TEST_PEER_LL, .dst = "ff02::1" };

	set("net.ipv6.icmp.echo_ignore_multicast", "1");
	test_inject_icmp6(&t, &group, echo_request, sizeof(echo_request));
	assert_null(test_take(&t));
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, echo_request, sizeof(echo_request));
	expect_reply();
	set("net.ipv6.icmp.echo_ignore_all", "1");
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, echo_request, sizeof(echo_request));
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_ECHO_IGNORED), 2);
}

/* RFC4443:2.3-a */
static void a_wrong_checksum_is_an_error(void **state)
{
	test_inject_ip6(&t, &(struct test_ip6){ .proto = SEA_IPPROTO_ICMPV6 }, echo_request,
			sizeof(echo_request));
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_CHECKSUM), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6InCsumErrors), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6InErrors), 1);
}

static void icmp_of_the_other_version_is_unknown(void **state)
{
	test_inject_ip6(&t, &(struct test_ip6){ .proto = SEA_IPPROTO_ICMP }, "12345678", 8);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_PROTOCOL), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InUnknownProtos), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IcmpInMsgs), 0);
}

/* -- errors that go out -- */

static const uint8_t *expect_error(uint8_t type, uint8_t code, uint32_t info, size_t *len)
{
	const uint8_t *msg;

	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, len);
	assert_int_equal(msg[0], type);
	assert_int_equal(msg[1], code);
	assert_int_equal(sea_get32(msg + 4), info);
	return msg + 8;
}

static void send_udp(struct test_ip6 ip, size_t n)
{
	static const uint8_t payload[1400] = { 0, 1, 0, 2 };

	ip.proto = SEA_IPPROTO_UDP;
	test_inject_ip6(&t, &ip, payload, n);
}

/* RFC4443:2.4-c, RFC4443:3.1-e */
static void an_error_quotes_as_much_as_1280_bytes_take(void **state)
{
	const uint8_t *quote;
	size_t len;

	send_udp((struct test_ip6){ .flow_label = 0x12345 }, 100);
	quote = expect_error(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_PORT_UNREACH, 0, &len);
	assert_int_equal(len, 8 + 40 + 100);
	assert_int_equal(sea_get32(quote), 0x60012345);
	assert_int_equal(sea_get32(quote + 40), 0x00010002);
	send_udp((struct test_ip6){ 0 }, 1400);
	expect_error(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_PORT_UNREACH, 0, &len);
	assert_int_equal(len + 40, 1280);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutDestUnreachs), 2);
}

/* case 82. RFC4443:2.4-e */
static void no_error_about_groups_errors_or_nobody(void **state)
{
	const struct sea_mac group = { { 0x33, 0x33, 0, 0, 0, 1 } };
	uint8_t error[8 + 40 + 8] = { SEA_ICMP6_DEST_UNREACH, 4, [8] = 0x60, [14] = 200 };

	send_udp((struct test_ip6){ .dst = "ff02::1" }, 20);
	send_udp((struct test_ip6){ .eth_dst = &group }, 20);
	send_udp((struct test_ip6){ .src = "::" }, 20);
	assert_null(test_take(&t));
	/* An error about an error; its own quotation is of a protocol that nobody has. */
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, error, sizeof(error));
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutMsgs), 0);
}

/* RFC4443:2.4-g */
static void errors_are_limited_by_destination(void **state)
{
	for (unsigned i = 0; i < 10; i++)
		send_udp((struct test_ip6){ 0 }, 20);
	assert_int_equal(test_take_all(&t), 6);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutRateLimitHost), 4);
	test_advance(&t, 100 * SEA_MSEC);
	send_udp((struct test_ip6){ 0 }, 20);
	send_udp((struct test_ip6){ 0 }, 20);
	assert_int_equal(test_take_all(&t), 1);
	set("net.ipv6.icmp.ratemask", "\n");
	for (unsigned i = 0; i < 10; i++)
		send_udp((struct test_ip6){ 0 }, 20);
	assert_int_equal(test_take_all(&t), 10);
}

/* RFC8200:4-c, case 66 RFC4443:3.4-a */
static void an_unknown_next_header_is_named(void **state)
{
	static const uint8_t dstopts[] = { 253, 0, 1, 4, 0, 0, 0, 0 };
	const struct test_ip6 ip = {
		.exts = dstopts, .exts_len = 8, .exts_next = SEA_IPV6_DSTOPTS, .proto = 253
	};
	size_t len;

	test_inject_ip6(&t, &(struct test_ip6){ .proto = 253 }, "12345678", 8);
	expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_UNK_NEXT_HEADER, 6, &len);
	test_inject_ip6(&t, &ip, "12345678", 8);
	expect_error(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_UNK_NEXT_HEADER, 40, &len);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_PROTOCOL), 2);
}

/* -- errors that come in -- */

static void inject_error(uint8_t type, uint8_t code, uint32_t info, const void *quote, size_t len)
{
	uint8_t msg[8 + 200] = { type, code };

	sea_put32(msg + 4, info);
	memcpy(msg + 8, quote, len);
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, msg, 8 + len);
}

/* A datagram of ours, as far as it is quoted. */
static size_t our_datagram(uint8_t quote[200])
{
	uint8_t frame[TEST_FRAME_MAX];
	const struct test_ip6 ip = { .src = TEST_OUR_IP6,
				     .dst = TEST_PEER_IP6,
				     .proto = SEA_IPPROTO_UDP };
	size_t len = test_build_ip6(frame, &ip, "\0\1\0\2\0\10\0\0", 8) - 14;

	memcpy(quote, frame + 14, len);
	return len;
}

struct mapping {
	uint8_t type, code;
	int err;
	bool hard;
};

/* RFC4443:3.1-h, RFC4443:3.2-b, RFC4443:3.3-c, RFC4443:3.4-b, RFC4443:2.4-a */
static void errors_are_told_in_the_socket_layers_terms(void **state)
{
	static const struct mapping map[] = {
		{ 1, 0, ENETUNREACH, false },  { 1, 1, EACCES, true },
		{ 1, 2, EHOSTUNREACH, false }, { 1, 3, EHOSTUNREACH, false },
		{ 1, 4, ECONNREFUSED, true },  { 1, 5, EACCES, true },
		{ 1, 6, EACCES, true },        { 1, 7, EPROTO, true },
		{ 2, 0, EMSGSIZE, false },     { 3, 0, EHOSTUNREACH, false },
		{ 3, 1, EHOSTUNREACH, false }, { 4, 1, EPROTO, true },
		{ 100, 0, EPROTO, false },
	};
	uint8_t quote[200];
	size_t len = our_datagram(quote);

	for (unsigned i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		inject_error(map[i].type, map[i].code, 1400, quote, len);
		assert_int_equal(told.n, i + 1);
		assert_int_equal(told.error.err, map[i].err);
		assert_int_equal(told.error.hard, map[i].hard);
		assert_int_equal(told.error.mtu, map[i].type == 2 ? 1400 : 0);
		assert_true(test_is_ip6(told.error.src.b, TEST_OUR_IP6));
		assert_true(test_is_ip6(told.error.dst.b, TEST_PEER_IP6));
		assert_int_equal(sea_get32(told.quote), 0x00010002);
	}
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6InPktTooBigs), 1);
}

/* case 68 RFC4443:2.4-d */
static void a_quotation_that_makes_no_sense_is_dropped(void **state)
{
	uint8_t quote[200];
	size_t len = our_datagram(quote);

	inject_error(1, 4, 0, quote, 39);
	inject_error(1, 4, 0, quote, len - 1);
	quote[0] = 0x45;
	inject_error(1, 4, 0, quote, len);
	quote[0] = 0x60;
	quote[6] = SEA_IPV6_DSTOPTS; /* of 16 bytes, it says */
	quote[41] = 1;
	inject_error(1, 4, 0, quote, len);
	assert_int_equal(told.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_QUOTE), 4);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6InErrors), 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_echo_request_is_answered_from_the_address_that_was_asked),
		TEST(an_echo_request_to_a_group_is_answered_from_an_own_address),
		TEST(echo_requests_are_ignored_on_demand),
		TEST(a_wrong_checksum_is_an_error),
		TEST(icmp_of_the_other_version_is_unknown),
		TEST(an_error_quotes_as_much_as_1280_bytes_take),
		TEST(no_error_about_groups_errors_or_nobody),
		TEST(errors_are_limited_by_destination),
		TEST(an_unknown_next_header_is_named),
		TEST(errors_are_told_in_the_socket_layers_terms),
		TEST(a_quotation_that_makes_no_sense_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
