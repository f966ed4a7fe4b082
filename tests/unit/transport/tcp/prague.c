/* SPDX-License-Identifier: Apache-2.0 */
/* Prague on the wire: who sends ECT(1), and who gives way to CUBIC. no-oracle: no Linux has it. */
#include "tests/lib/tcp_script.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/snapshot.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/cc.h"

#include <seastack/modules.h>

#define MSS 1460u

static struct tcp_script s;

/* With the sysctl of ECN as it is anyway: 2. */
static int setup(void **state)
{
	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_congestion_control", "prague");
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

static void accepted_after(int64_t ns)
{
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ace = 7, .opts = "mss 1460, sack-ok");
	expect("SA", 0, 1, 0, 2, NOT_ECT);
	test_advance(&s.t, ns);
	SEND(&s, "A", 1, 1, 0, .ace = 2, .opts = "accecn 1 0 1");
	assert_int_equal(script_accept(&s), 0);
}

static void accepted(void)
{
	accepted_after(0);
}

static void asks(void)
{
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	expect("S", 0, 0, 0, 7, NOT_ECT);
}

static void expect_controller(const char *expected)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
					       &len, s.t.now),
			 0);
	assert_string_equal(name, expected);
}

static void choose(const char *name)
{
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
					       (socklen_t)strlen(name), s.t.now),
			 0);
}

static const struct tcp_conn *conn(void)
{
	return sea_tcp_conn(sea_sock_get(s.t.stack, s.sock));
}

static int class_bits(void)
{
	return (script_is6() ? script_get(&s, s.sock, IPPROTO_IPV6, IPV6_TCLASS)
			     : script_get(&s, s.sock, IPPROTO_IP, IP_TOS)) &
	       3;
}

/* RFC9331:4.1: data, what goes again, and ACKs, as with Accurate ECN all are the same. */
static void all_that_is_sent_is_ect1(void **state)
{
	(void)state;
	accepted();
	expect_controller("prague");
	assert_true(tcp_paced(conn()));
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 1, 100, 5, ECT_1);
	assert_int_equal(class_bits(), ECT_1);
	test_advance(&s.t, 3 * SEA_SEC);
	expect("PA", 1, 1, 100, 5, ECT_1);
	while (script_take(&s))
		;
	SEND(&s, "PA", 1, 101, 10, .ace = 5, .tos = ECT_1);
	expect("A", 101, 11, 0, 5, ECT_1);
}

/* RFC9331:4.2: the SYN may be for somebody who could not tell of marks. */
static void connect_asks_for_accurate_ecn_whatever_the_sysctl_says(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_ecn", "0");
	asks();
	SEND(&s, "SA", 0, 1, 0, .ace = 2, .opts = "mss 1460");
	assert_true(script_take(&s));
	expect_controller("prague");
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 1, 100, 5, ECT_1);
}

static void expect_cubic(uint8_t field)
{
	expect_controller("cubic");
	assert_false(tcp_paced(conn()));
	assert_int_equal(script_write(&s, 100), 100);
	EXPECT(&s, "PA", 1, 1, 100);
	assert_int_equal(s.seen_tos & 3, field);
}

/* RFC9331:4.2. */
static void peer_with_classic_ecn_gets_cubic_and_ect0(void **state)
{
	(void)state;
	asks();
	SEND(&s, "SAE", 0, 1, 0, .opts = "mss 1460");
	assert_true(script_take(&s));
	expect_cubic(ECT_0);
}

static void peer_without_ecn_gets_cubic(void **state)
{
	(void)state;
	asks();
	SEND(&s, "SA", 0, 1, 0, .opts = "mss 1460");
	assert_true(script_take(&s));
	expect_cubic(NOT_ECT);
}

static void who_asks_for_classic_ecn_gets_cubic_and_ect0(void **state)
{
	(void)state;
	script_listen(&s, 8);
	SEND(&s, "SEC", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SAE", 0, 1, 0);
	assert_int_equal(s.seen_tos & 3, NOT_ECT);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	expect_cubic(ECT_0);
}

static void who_asks_for_nothing_gets_cubic(void **state)
{
	(void)state;
	script_established(&s);
	expect_cubic(NOT_ECT);
}

/* Unlike DCTCP, which needs it, Prague does not make anybody grant what the sysctl does not. */
static void classic_ecn_is_granted_by_the_sysctl_alone(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_ecn", "0");
	script_listen(&s, 8);
	SEND(&s, "SEC", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
}

/* RFC9331:4.3-a. */
static void classic_controller_takes_its_place_at_any_time(void **state)
{
	(void)state;
	accepted();
	choose("reno");
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 1, 100, 5, ECT_0);
	assert_int_equal(class_bits(), ECT_0);
	SEND(&s, "A", 1, 101, 0, .ace = 5);
	choose("prague");
	expect_controller("prague");
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 101, 1, 100, 5, ECT_1);
}

static void without_accurate_ecn_it_cannot_be_chosen_later(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_congestion_control", "reno");
	script_established(&s);
	choose("prague");
	expect_cubic(NOT_ECT);
}

/* RFC9331:4.3-c: who answers as Reno does is still L4S. */
static void field_stays_while_it_answers_as_reno(void **state)
{
	struct tcp_cc *cc;

	(void)state;
	accepted();
	cc = &((struct tcp_conn *)(uintptr_t)conn())->cc;
	for (unsigned i = 0; i < 100; i++) {
		const struct tcp_cc_ack ack = { .rtt_us = i % 2 ? 20000 : 40000 };
		const struct tcp_cc_marks m = { .now = { (int64_t)(i + 1) * SEA_SEC },
						.srtt_us = 30000,
						.min_rtt_us = 10000,
						.delivered = 10 * i,
						.delivered_ce = i };

		cc->ops->acked(cc, &ack);
		cc->ops->marks(cc, &m);
	}
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 1, 100, 5, ECT_1);
}

static void first_mark_halves_the_window(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_ecn_option", "0"); /* it would take room */
	accepted_after(30 * SEA_MSEC);
	assert_int_equal(script_write(&s, 10 * MSS), 10 * MSS);
	while (script_take(&s))
		;
	test_advance(&s.t, 30 * SEA_MSEC);
	SEND(&s, "A", 1, 1 + 2 * MSS, 0, .ace = 5);
	assert_int_equal(conn()->cc.cwnd, 12);
	SEND(&s, "A", 1, 1 + 4 * MSS, 0, .ace = 6);
	assert_int_equal(conn()->cc.ssthresh, 6);
	assert_int_equal(conn()->fl->rec.ca_state, TCP_CA_CWR);
	/* What was not marked opens it meanwhile: six segments of six. */
	SEND(&s, "A", 1, 1 + 10 * MSS, 0, .ace = 6);
	assert_int_equal(conn()->cc.ssthresh, 7);
}

static void time_wait_answers_with_ect1(void **state)
{
	(void)state;
	accepted();
	assert_int_equal(script_close(&s), 0);
	expect("FA", 1, 1, 0, 5, ECT_1);
	SEND(&s, "FA", 1, 2, 0, .ace = 5);
	assert_true(script_take(&s));
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	SEND(&s, "FA", 1, 2, 0, .ace = 5);
	EXPECT(&s, "A", 2, 2, 0);
	assert_int_equal(s.seen_tos & 3, ECT_1);
}

static void it_survives_a_snapshot(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp, &sea_ipv6 };
	struct snapshot snap = { 0 };

	(void)state;
	accepted();
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 1, 1, 100, 5, ECT_1);
	assert_int_equal(sea_stack_save(s.t.stack, snapshot_write, &snap), 0);
	sea_stack_free(s.t.stack);
	assert_int_equal(sea_stack_load(NULL, &s.t.env.env, modules, script_is6() ? 3 : 2, false,
					snapshot_read, &snap, &s.t.stack),
			 0);
	snapshot_free(&snap);
	s.t.link = sea_link_by_name(s.t.stack, "eth0");
	expect_controller("prague");
	assert_int_equal(class_bits(), ECT_1);
	SEND(&s, "A", 1, 101, 0, .ace = 5);
	assert_int_equal(script_write(&s, 100), 100);
	expect("PA", 101, 1, 100, 5, ECT_1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_that_is_sent_is_ect1),
		TEST(connect_asks_for_accurate_ecn_whatever_the_sysctl_says),
		TEST(peer_with_classic_ecn_gets_cubic_and_ect0),
		TEST(peer_without_ecn_gets_cubic),
		TEST(who_asks_for_classic_ecn_gets_cubic_and_ect0),
		TEST(who_asks_for_nothing_gets_cubic),
		TEST(classic_ecn_is_granted_by_the_sysctl_alone),
		TEST(classic_controller_takes_its_place_at_any_time),
		TEST(without_accurate_ecn_it_cannot_be_chosen_later),
		TEST(field_stays_while_it_answers_as_reno),
		TEST(first_mark_halves_the_window),
		TEST(time_wait_answers_with_ect1),
		TEST(it_survives_a_snapshot),
	};

	return SCRIPT_RUN(tests);
}
