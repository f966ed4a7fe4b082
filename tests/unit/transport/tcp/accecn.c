/* SPDX-License-Identifier: Apache-2.0 */
/* Accurate ECN (RFC 9768): what scripts of packetimpact/tests/accecn cannot bring about. no-oracle: Linux 6.18 grants it to nobody. */
#include "tests/lib/tcp_script.h"

#include <stdio.h>

#include "transport/tcp/accecn.h"
#include "transport/tcp/cc.h"

static struct tcp_script s;

static int setup(void **state)
{
	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_ecn", "3");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	script_free(&s);
	return 0;
}

enum { NOT_ECT, ECT_1, ECT_0, CE };

static void expect(const char *flags, uint32_t seq, uint32_t ack, uint32_t len, uint8_t ace,
		   uint8_t field)
{
	char all[16];

	snprintf(all, sizeof(all), "%s%s%s", flags, ace & 1 ? "E" : "", ace & 2 ? "C" : "");
	EXPECT(&s, all, seq, ack, len);
	assert_int_equal(s.seen_ace, ace);
	assert_int_equal(s.seen_tos & 3, field);
}

static void accept_accurately(uint8_t field)
{
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ace = 7, .opts = "mss 1460");
	expect("SA", 0, 1, 0, 2, field);
	SEND(&s, "A", 1, 1, 0, .ace = field ? 4 : 2, .opts = "accecn 1 0 1");
	assert_int_equal(script_accept(&s), 0);
}

static struct tcp_side *side(void)
{
	return sea_tcp_side_edit(sea_tcp_conn(sea_sock_get(s.t.stack, s.sock)));
}

/* RFC9768:3.2.1, RFC9768:3.2.3.1: counters go round, ours and the peer's. */
static void counters_go_round(void **state)
{
	(void)state;
	accept_accurately(NOT_ECT);
	side()->ecn.received_ce = UINT32_MAX;
	side()->ecn.received_bytes[TCP_ECN_E0B] = 0xffffffu - 50;
	side()->ecn.delivered_bytes[TCP_ECN_E0B] = 0x2ffffffu - 50;
	SEND(&s, "PA", 1, 1, 100, .ace = 5, .tos = ECT_0);
	expect("A", 1, 101, 0, 4, ECT_0);
	assert_int_equal(s.seen.opts.accecn, SEA_TCPOPT_ACCECN1);
	assert_int_equal(s.seen.opts.accecn_bytes[2], 50);
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 101, 100, 4, ECT_0);
	SEND(&s, "A", 101, 101, 0, .ace = 5, .opts = "accecn 1 0 50");
	assert_int_equal(side()->ecn.delivered_bytes[TCP_ECN_E0B], 0x3000000u + 49);
}

/* RFC9768:3.2.3.3: the peer must hear of 4 MiB, or it could not tell how often a counter went round. */
static void sparing_option_goes_before_a_counter_is_lost(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_ecn_option", "1");
	script_sysctl(&s, "net.ipv4.tcp_ecn_option_beacon", "0");
	accept_accurately(NOT_ECT);
	for (unsigned i = 0; i < 2; i++) {
		SEND(&s, "PA", 1 + 100 * i, 1, 100, .ace = 5, .tos = ECT_0);
		expect("A", 1, 101 + 100 * i, 0, 5, ECT_0);
		assert_int_equal(s.seen.opts.n_accecn, 3);
	}
	SEND(&s, "PA", 201, 1, 100, .ace = 5, .tos = ECT_0);
	expect("A", 1, 301, 0, 5, ECT_0);
	assert_int_equal(s.seen.opts.accecn, 0);
	side()->ecn.received_bytes[TCP_ECN_E0B] = (1u << 22) - 50;
	SEND(&s, "PA", 301, 1, 100, .ace = 5, .tos = ECT_0);
	expect("A", 1, 401, 0, 5, ECT_0);
	assert_int_equal(s.seen.opts.accecn_bytes[2], (1u << 22) + 51);
}

/* RFC9768:3.2.3.2.3: without an option in 8 MiB none is taken any more, since it could not be read. */
static void option_that_comes_too_late_is_not_taken(void **state)
{
	(void)state;
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ace = 7, .opts = "mss 1460");
	expect("SA", 0, 1, 0, 2, NOT_ECT);
	SEND(&s, "A", 1, 1, 0, .ace = 2);
	assert_int_equal(script_accept(&s), 0);
	sea_tcp_conn(sea_sock_get(s.t.stack, s.sock))->bytes_sent = 1u << 23;
	assert_int_equal(script_write(&s, 200), 200);
	expect("PA", 1, 1, 200, 5, ECT_0);
	SEND(&s, "A", 1, 101, 0, .ace = 5);
	assert_int_equal(side()->ecn.acc.seen, TCP_ACCECN_FAILED);
	SEND(&s, "A", 1, 201, 0, .ace = 6, .opts = "accecn 1 100 1");
	assert_int_equal(side()->ecn.delivered_bytes[TCP_ECN_CEB], 0);
	assert_int_equal(side()->ecn.delivered_ce, 1);
}

/* Where an ACK without option delivers bytes, they are as the last that were told of; a later option corrects it. */
static void bytes_without_option_are_guessed(void **state)
{
	const uint32_t *bytes;

	(void)state;
	accept_accurately(NOT_ECT);
	assert_int_equal(script_write(&s, 900), 900);
	expect("PA", 1, 1, 900, 5, ECT_0);
	SEND(&s, "A", 1, 301, 0, .ace = 5, .opts = "accecn 1 0 301");
	SEND(&s, "A", 1, 601, 0, .ace = 5);
	bytes = side()->ecn.delivered_bytes;
	assert_int_equal(bytes[TCP_ECN_E0B], 600);
	SEND(&s, "A", 1, 901, 0, .ace = 6, .opts = "accecn 1 300 501");
	assert_int_equal(bytes[TCP_ECN_E0B], 500);
	assert_int_equal(bytes[TCP_ECN_CEB], 300);
}

/* RFC9768:3.2.2.5.2, appendix A.2: in a path that thins ACKs many segments at once are no sign that ACKs were lost. */
static void thinned_acks_are_believed(void **state)
{
	(void)state;
	accept_accurately(NOT_ECT);
	script_sysctl(&s, "net.ipv4.tcp_ecn_option", "0");
	for (unsigned i = 0; i < 2; i++) {
		uint32_t seq = 1 + 13140 * i;

		assert_int_equal(script_write(&s, 13140), 13140);
		while (script_take(&s))
			;
		SEND(&s, "A", 1, seq + 13140, 0, .ace = (uint8_t)(5 + i));
		assert_int_equal(side()->ecn.delivered_ce, i);
	}
}

/* RFC9768:3.1.2: a SYN-ACK without flags, or with all of them, agrees on nothing. */
static void answer_that_returns_our_flags_grants_nothing(void **state)
{
	(void)state;
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	expect("S", 0, 0, 0, 7, NOT_ECT);
	SEND(&s, "SA", 0, 1, 0, .ace = 7, .opts = "mss 1460");
	expect("A", 1, 1, 0, 0, NOT_ECT);
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 1, 100, 0, NOT_ECT);
}

static void expect_granted(uint8_t asked, const char *ecn, uint8_t ace)
{
	teardown(NULL);
	setup(NULL);
	script_sysctl(&s, "net.ipv4.tcp_ecn", ecn);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ace = asked, .opts = "mss 1460");
	expect("SA", 0, 1, 0, ace, NOT_ECT);
}

/* RFC9768:3.1.3-a: the flags of a SYN, of which 0 1 1 is RFC 3168's. */
static void reserved_wishes_are_granted_as_ours(void **state)
{
	(void)state;
	for (uint8_t asked = 0; asked < 8; asked++)
		expect_granted(asked, "5", asked == 0 ? 0 : asked == 3 ? 1 : 2);
	for (uint8_t asked = 0; asked < 8; asked++)
		expect_granted(asked, "1", asked == 3 || asked == 7 ? 1 : 0);
}

/* RFC9768:3.2.3.2.1: ours has none, and a peer's tells nothing of whether options get through. */
static void option_of_a_syn_means_nothing(void **state)
{
	(void)state;
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ace = 7, .opts = "mss 1460, accecn 1 0 1");
	expect("SA", 0, 1, 0, 2, NOT_ECT);
	SEND(&s, "A", 1, 1, 0, .ace = 2);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(side()->ecn.acc.seen, TCP_ACCECN_NOT_SEEN);
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	expect("S", 0, 0, 0, 7, NOT_ECT);
	assert_int_equal(s.seen.opts.accecn, 0);
}

/* RFC9768:3.2.2.5.1: an ACK for each change, so that nobody has to guess which data had what. */
static void field_that_changes_is_told_at_once(void **state)
{
	(void)state;
	accept_accurately(NOT_ECT);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_QUICKACK, 0), 0);
	SEND(&s, "PA", 1, 1, 100, .ace = 5, .tos = ECT_0);
	expect("A", 1, 101, 0, 5, ECT_0);
	SEND(&s, "PA", 101, 1, 100, .ace = 5, .tos = ECT_0);
	NOTHING(&s);
	SEND(&s, "PA", 201, 1, 100, .ace = 5, .tos = ECT_1);
	expect("A", 1, 301, 0, 5, ECT_0);
	SEND(&s, "PA", 301, 1, 100, .ace = 5, .tos = ECT_1);
	NOTHING(&s);
	SEND(&s, "PA", 401, 1, 100, .ace = 5, .tos = CE);
	expect("A", 1, 501, 0, 6, ECT_0);
}

/* RFC9768:3.1.3-b: 1 0 1 is reserved, and grants it. */
static void reserved_answer_grants_it(void **state)
{
	(void)state;
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	expect("S", 0, 0, 0, 7, NOT_ECT);
	SEND(&s, "SA", 0, 1, 0, .ace = 5, .opts = "mss 1460");
	expect("A", 1, 1, 0, 2, ECT_0);
}

/* DCTCP takes the share of marked segments from ACE, and is ECT from its SYN-ACK on. */
static void dctcp_goes_by_ace(void **state)
{
	struct tcp_cc_info info;
	socklen_t len = sizeof(info);

	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_congestion_control", "dctcp");
	script_sysctl(&s, "net.ipv4.tcp_ecn_option", "0");
	accept_accurately(ECT_0);
	assert_int_equal(script_write(&s, 5840), 5840);
	while (script_take(&s))
		;
	SEND(&s, "A", 1, 1461, 0, .ace = 5);
	SEND(&s, "A", 1, 2921, 0, .ace = 5);
	SEND(&s, "A", 1, 4381, 0, .ace = 6);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CC_INFO, &info,
					       &len, s.t.now),
			 0);
	assert_int_equal(info.bytes, 2 * 1460);
	assert_int_equal(info.bytes_marked, 1460);
}

/* RFC9768:3.2.3: where there is no room beside SACK blocks, fewer counters go, and then fewer blocks. */
static void option_makes_room_for_itself(void **state)
{
	(void)state;
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ace = 7, .opts = "mss 1460, sack-ok, ts 100 0");
	expect("SA", 0, 1, 0, 2, NOT_ECT);
	SEND(&s, "A", 1, 1, 0, .ace = 2, .opts = "accecn 1 0 1, ts 101 0");
	assert_int_equal(script_accept(&s), 0);
	for (unsigned i = 0; i < 3; i++) {
		static const uint8_t counters[] = { 3, 2, 2 }, blocks[] = { 1, 2, 2 };

		SEND(&s, "PA", 1001 + 200 * i, 1, 100, .ace = 5, .tos = i == 2 ? CE : ECT_1,
		     .opts = "ts 102 0");
		assert_true(script_take(&s));
		assert_int_equal(s.seen.opts.n_accecn, counters[i]);
		assert_int_equal(s.seen.opts.n_sack, blocks[i]);
	}
	SEND(&s, "PA", 2001, 1, 100, .ace = 5, .tos = ECT_0, .opts = "ts 102 0");
	assert_true(script_take(&s));
	assert_int_equal(s.seen.opts.accecn, 0);
	assert_int_equal(s.seen.opts.n_sack, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counters_go_round),
		TEST(sparing_option_goes_before_a_counter_is_lost),
		TEST(option_that_comes_too_late_is_not_taken),
		TEST(bytes_without_option_are_guessed),
		TEST(thinned_acks_are_believed),
		TEST(answer_that_returns_our_flags_grants_nothing),
		TEST(reserved_wishes_are_granted_as_ours),
		TEST(option_of_a_syn_means_nothing),
		TEST(field_that_changes_is_told_at_once),
		TEST(reserved_answer_grants_it),
		TEST(dctcp_goes_by_ace),
		TEST(option_makes_room_for_itself),
	};

	return SCRIPT_RUN(tests);
}
