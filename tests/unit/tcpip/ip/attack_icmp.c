/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks by ICMP, and on what we answer: the cases of tests/attack.cases that no other file has. */
#include <errno.h>

#include "ip/icmp6.h"
#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;

static struct {
	unsigned n;
	struct sea_icmp_error error;
	uint8_t quote[8];
} told;

static void refuse(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	sea_ip_ops_of(stack, rx->family)->port_unreachable(stack, pkt);
	sea_pkt_drop(stack, pkt, SEA_DROP_UDP_NO_SOCKET);
}

static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	told.n++;
	told.error = *error;
	memcpy(told.quote, error->quote, 8);
	return true;
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP,
					 .input = refuse,
					 .icmp_error = icmp_error };

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static int setup(void **state)
{
	memset(&told, 0, sizeof(told));
	test_stack_new6(&t, modules, 2);
	test_know_peer(&t);
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

/* -- quotations -- */

/* An error about a datagram of ours, as it is given. */
static void inject_error(uint8_t code, uint16_t mtu, const struct test_ip *quoted)
{
	uint8_t msg[256] = { SEA_ICMP_DEST_UNREACH, code }, frame[256];
	struct test_ip ip = *quoted;
	sea_be16 sum;
	size_t len;

	ip.src = "10.0.0.1";
	ip.dst = "10.0.0.2";
	len = test_build_ip(frame, &ip, "\x9c\x40\0\x35\0\x08\0\0", 8) - 14;
	sea_put16(msg + 6, mtu);
	memcpy(msg + 8, frame + 14, len);
	sum = test_checksum(msg, 8 + len, 0);
	memcpy(msg + 2, sum.b, 2);
	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, msg, 8 + len);
}

/* Case 43: IPPROTO_RAW (255) stands for no protocol that could have been sent. */
static void a_quotation_of_a_protocol_without_sockets_moves_nothing(void **state)
{
	static const uint8_t protos[] = { 0, 4, 41, 47, 132, 253, 255 };
	uint8_t quote[8 + 40 + 8] = { SEA_ICMP6_PACKET_TOO_BIG, [8] = 0x60, [14] = 255 };

	for (size_t i = 0; i < sizeof(protos); i++)
		inject_error(SEA_ICMP_FRAG_NEEDED, 600, &(struct test_ip){ .proto = protos[i] });
	sea_put32(quote + 4, 1280);
	memcpy(quote + 16, test_ip6(TEST_OUR_IP6).b, 16);
	memcpy(quote + 32, test_ip6(TEST_PEER_IP6).b, 16);
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, quote, sizeof(quote));
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_NO_SOCKET), sizeof(protos) + 1);
	assert_int_equal(sea_ipv4_of(t.stack)->pmtu.entries.n, 0);
	assert_int_equal(sea_ipv6_of(t.stack)->pmtu.entries.n, 0);
	assert_int_equal(told.n, 0);
}

/* Case 82: of every length that options may have. */
static void a_quotation_with_options_is_read_behind_them(void **state)
{
	static const uint8_t opts[40] = { 134, 6, 0, 0, 0, 1, 1, 1 }; /* CIPSO, then their end */

	for (unsigned len = 0; len <= 40; len += 4) {
		const struct test_ip quoted = { .proto = SEA_IPPROTO_UDP,
						.opts = opts,
						.opts_len = len };

		inject_error(SEA_ICMP_PORT_UNREACH, 0, &quoted);
		assert_int_equal(told.n, len / 4 + 1);
		assert_int_equal(told.error.err, ECONNREFUSED);
		assert_int_equal(told.error.quote_len, 8);
		assert_memory_equal(told.quote, "\x9c\x40\0\x35\0\x08\0\0", 8);
	}
	assert_null(test_take(&t));
}

/* -- what we answer -- */

/* Case 83: what is quoted lies in many pieces, each of an odd place in memory. */
static void an_error_about_a_packet_in_pieces_has_a_right_checksum(void **state)
{
	static uint8_t data[1400];
	struct test_ip ip = { .proto = 253, .id = 7 };
	const uint8_t *msg;
	size_t len;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	for (unsigned at = 0; at < 1200; at += 24) {
		ip.frag = (uint16_t)(at / 8 | (at + 24 < 1200 ? SEA_IPV4_MF : 0));
		test_inject_ip(&t, &ip, data + at, 24);
	}
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &msg, &len);
	assert_int_equal(len, 556);
	assert_int_equal(sea_be16_get(test_checksum(msg, len, 0)), 0);
	assert_memory_equal(msg + 28, data, 528);
	for (unsigned at = 0; at < 1200; at += 24) {
		const uint8_t frag[8] = {
			253, 0, (uint8_t)(at >> 8), (uint8_t)(at | (at + 24 < 1200)), 0, 0, 0, 9
		};

		test_inject_ip6(&t,
				&(struct test_ip6){ .proto = 253,
						    .exts = frag,
						    .exts_len = 8,
						    .exts_next = SEA_IPV6_FRAGMENT },
				data + at, 24);
	}
	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len); /* and the checksum */
	assert_int_equal(len, 1240);
}

/* Case 88: there is no tunnel; what is in the packet is data. */
static void packets_in_packets_are_not_opened(void **state)
{
	uint8_t bomb[1400], frame[TEST_FRAME_MAX];
	struct test_ip ip = { .proto = 4 };
	size_t len = 8;
	const uint8_t *msg;

	memset(bomb, 0, sizeof(bomb));
	while (len + 20 <= sizeof(bomb)) { /* an IPv4 header in front, again and again */
		len = test_build_ip(frame, &ip, bomb, len) - 14;
		memcpy(bomb, frame + 14, len);
	}
	test_inject_ip(&t, &ip, bomb, len);
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &msg, &len);
	assert_int_equal(msg[0], SEA_ICMP_DEST_UNREACH);
	assert_int_equal(msg[1], SEA_ICMP_PROT_UNREACH);
	test_inject_ip6(&t, &(struct test_ip6){ .proto = 41 }, bomb, 1000);
	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(msg[0], SEA_ICMP6_PARAM_PROBLEM);
	test_inject_ip6(&t, &(struct test_ip6){ .proto = 4 }, bomb, 1000);
	assert_int_equal(test_take_all(&t), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInReceives), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InReceives), 2);
}

static void at_most(size_t bytes)
{
	struct test_frame *f = test_take(&t);

	assert_non_null(f);
	assert_in_range(f->len, 1, bytes);
	assert_null(test_take(&t));
}

/* Case 90: an error has the datagram and a header of IP and of ICMP, and is bounded; no echo grows. */
static void no_answer_is_larger_than_its_question_but_for_the_header(void **state)
{
	static uint8_t data[1400];
	const size_t eth = sizeof(struct sea_ether_hdr);

	set("net.ipv4.icmp_ratemask", "0");
	set("net.ipv6.icmp.ratemask", "\n");
	for (size_t len = 8; len <= sizeof(data); len += 87) {
		size_t error4 = 20 + len + 28, error6 = 40 + len + 48;
		uint8_t echo[1400] = { SEA_ICMP_ECHO };
		sea_be16 sum;

		test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_UDP }, data, len);
		at_most(eth + (error4 < 576 ? error4 : 576));
		test_inject_ip6(&t, &(struct test_ip6){ .proto = SEA_IPPROTO_UDP }, data, len);
		at_most(eth + (error6 < 1280 ? error6 : 1280));
		sum = test_checksum(echo, len, 0);
		memcpy(echo + 2, sum.b, 2);
		test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, echo, len);
		at_most(eth + 20 + len);
		memset(echo, 0, 4);
		echo[0] = SEA_ICMP6_ECHO;
		test_inject_icmp6(&t, &(struct test_ip6){ 0 }, echo, len);
		at_most(eth + 40 + len);
	}
}

/*
 * A route's MTU may be anything, as on Linux: an error that has no room for the header that it is about is
 * not sent, and none quotes beyond 576 bytes, options of its own included (RFC1812:4.3.2.3-a).
 */
static void an_error_is_as_large_as_its_way_lets_it(void **state)
{
	static const uint8_t route_opts[40] = { 7, 39, 4 };
	static uint8_t data[1400];
	struct sea_route r = { .size = sizeof(r),
			       .type = SEA_ROUTE_UNICAST,
			       .dst = test_addr("10.0.0.2"),
			       .prefix_len = 32,
			       .ifindex = t.link->ifindex };
	struct test_ip ip = { .proto = SEA_IPPROTO_UDP };

	set("net.ipv4.icmp_ratemask", "0");
	for (r.metrics.mtu = 1; r.metrics.mtu < 100; r.metrics.mtu++) {
		assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
		test_inject_ip(&t, &ip, data, sizeof(data));
		if (r.metrics.mtu > 48)
			at_most(14 + r.metrics.mtu);
		assert_null(test_take(&t));
		assert_int_equal(sea_route_del(t.stack, &r, t.now), 0);
	}
	ip.opts = route_opts;
	ip.opts_len = sizeof(route_opts);
	test_inject_ip(&t, &ip, data, sizeof(data));
	at_most(14 + 576);
}

static unsigned errors4(unsigned n)
{
	unsigned sent = 0;

	while (n--) {
		test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_UDP }, "12345678", 8);
		sent += test_take_all(&t);
	}
	return sent;
}

static unsigned errors6(unsigned n)
{
	unsigned sent = 0;

	while (n--) {
		test_inject_ip6(&t, &(struct test_ip6){ .proto = SEA_IPPROTO_UDP }, "12345678", 8);
		sent += test_take_all(&t);
	}
	return sent;
}

/*
 * Case 80, CVE-2020-25705: whoever counts answers to himself must not learn how many went to others.
 * How much one family took of the limit does not show exactly in what the other one gets.
 */
static void both_families_share_a_limit_that_cannot_be_counted(void **state)
{
	unsigned seen[64] = { 0 }, kinds = 0;

	set("net.ipv4.icmp_ratelimit", "0");
	set("net.ipv6.icmp.ratelimit", "0");
	for (unsigned i = 0; i < 40; i++) {
		unsigned left;

		assert_int_equal(errors4(20), 20);
		left = errors6(100);
		assert_in_range(left, 1, 59);
		kinds += !seen[left]++;
		test_advance(&t, SEA_SEC);
	}
	assert_true(kinds > 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_quotation_of_a_protocol_without_sockets_moves_nothing),
		T(a_quotation_with_options_is_read_behind_them),
		T(an_error_about_a_packet_in_pieces_has_a_right_checksum),
		T(packets_in_packets_are_not_opened),
		T(no_answer_is_larger_than_its_question_but_for_the_header),
		T(an_error_is_as_large_as_its_way_lets_it),
		T(both_families_share_a_limit_that_cannot_be_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
