/* SPDX-License-Identifier: Apache-2.0 */
/* ICMPv6 errors about TCP segments, as transcripts: RFC 5927, RFC 8201, redirects. */
#include "tests/lib/tcp_script.h"

#include "ip/icmp6.h"
#include "wire/ndp.h"

#define OLD "fe80::fe"
#define BETTER "fe80::fd"

static struct tcp_script s;

static int setup(void **state)
{
	script_use6(state);
	script_new(&s);
	return 0;
}

static int teardown(void **state)
{
	script_free(&s);
	return 0;
}

/* What of a segment of ours with this sequence number is quoted. */
static size_t quote(uint8_t *at, uint32_t seq)
{
	struct sea_ipv6_hdr *ip = (struct sea_ipv6_hdr *)at;
	uint8_t *tcp = (uint8_t *)(ip + 1);

	memset(at, 0, sizeof(*ip) + 8);
	ip->ver_class_flow = sea_be32_of(0x60000000);
	ip->next = IPPROTO_TCP;
	ip->hop_limit = 60;
	memcpy(ip->src, test_ip6(TEST_OUR_IP6).b, 16);
	memcpy(ip->dst, test_ip6(TEST_PEER_IP6).b, 16);
	sea_put16(tcp, s.lport);
	sea_put16(tcp + 2, s.rport);
	sea_put32(tcp + 4, s.iss + seq);
	return sizeof(*ip) + 8;
}

static void error(uint8_t type, uint8_t code, uint32_t info, uint32_t seq)
{
	uint8_t msg[8 + 48] = { type, code };

	sea_put32(msg + 4, info);
	test_inject_icmp6(&s.t, &(struct test_ip6){ 0 }, msg, 8 + quote(msg + 8, seq));
}

static void unreachable_ends_a_connect(void **state)
{
	script_syn_sent(&s);
	error(SEA_ICMP6_DEST_UNREACH, 3, 0, 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
}

/* Case 40. */
static void no_icmp_error_ends_an_established_connection(void **state)
{
	script_established(&s);
	for (uint8_t code = 0; code < 10; code++)
		error(SEA_ICMP6_DEST_UNREACH, code, 0, 1);
	error(SEA_ICMP6_TIME_EXCEEDED, 0, 0, 1);
	error(SEA_ICMP6_PARAM_PROBLEM, 1, 6, 1);
	error(100, 0, 0, 1);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
}

/* RFC4443:5.2-a */
static void a_number_that_is_not_in_flight_is_ignored(void **state)
{
	script_syn_sent(&s);
	error(SEA_ICMP6_DEST_UNREACH, 3, 0, 7);
	error(SEA_ICMP6_PACKET_TOO_BIG, 0, 1280, 7);
	assert_int_equal(script_state(&s), TCP_SYN_SENT);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtOutOfWindowIcmps), 2);
	assert_int_equal(sea_ipv6_of(s.t.stack)->pmtu.entries.n, 0);
}

/* Case 41, RFC 8201: smaller segments at once, but none that no link makes necessary. */
static void a_packet_too_big_sends_smaller_segments(void **state)
{
	script_established(&s);
	assert_int_equal(script_write(&s, 1460), 1460);
	EXPECT(&s, "PA", 1, 1, 1460);
	error(SEA_ICMP6_PACKET_TOO_BIG, 0, 1279, 1);
	NOTHING(&s);
	error(SEA_ICMP6_PACKET_TOO_BIG, 0, 1300, 1);
	EXPECT(&s, "A", 1, 1, 1240);
	EXPECT(&s, "PA", 1241, 1, 220);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1240);
}

static void redirect(uint32_t seq)
{
	uint8_t msg[40 + 8 + 48] = { SEA_NDP_REDIRECT };
	const struct test_ip6 ip = { .src = OLD, .hop_limit = 255 };

	memcpy(msg + 8, test_ip6(BETTER).b, 16);
	memcpy(msg + 24, test_ip6(TEST_PEER_IP6).b, 16);
	msg[40] = SEA_NDP_OPT_REDIRECTED;
	msg[41] = 7;
	quote(msg + 48, seq);
	test_inject_icmp6(&s.t, &ip, msg, sizeof(msg));
}

/* RFC4861:8.3-a, case 81: of segments that are in flight. */
static void a_redirect_about_a_segment_moves_its_way(void **state)
{
	struct sea_route r = { .size = sizeof(r),
			       .type = SEA_ROUTE_UNICAST,
			       .dst = test_addr(TEST_PEER_IP6),
			       .prefix_len = 128,
			       .gateway = test_addr(OLD),
			       .ifindex = s.t.link->ifindex };

	script_established(&s);
	assert_int_equal(sea_route_add(s.t.stack, &r, s.t.now), 0);
	redirect(1000);
	assert_int_equal(sea_ipv6_of(s.t.stack)->pmtu.entries.n, 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_ICMP_NO_SOCKET), 1);
	redirect(1);
	assert_int_equal(sea_ipv6_of(s.t.stack)->pmtu.entries.n, 1);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unreachable_ends_a_connect),
		T(no_icmp_error_ends_an_established_connection),
		T(a_number_that_is_not_in_flight_is_ignored),
		T(a_packet_too_big_sends_smaller_segments),
		T(a_redirect_about_a_segment_moves_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
