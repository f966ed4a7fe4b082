/* SPDX-License-Identifier: Apache-2.0 */
/* Fast open, as far as packetimpact's scripts cannot say it: several peers, memory. RFC 7413. */
#include "tests/lib/tcp_script.h"

static void listen_for(struct tcp_script *s, int qlen)
{
	script_new(s);
	assert_int_equal(sea_sysctl_set(s->t.stack, "net.ipv4.tcp_fastopen", "0x203", s->t.now), 0);
	script_listen(s, 8);
	assert_int_equal(script_set(s, s->listener, IPPROTO_TCP, TCP_FASTOPEN, qlen), 0);
}

/* RFC7413:5.1 */
static void beyond_the_queue_a_handshake_is_needed(void **state)
{
	struct tcp_script s;

	(void)state;
	listen_for(&s, 2);
	for (uint16_t i = 0; i < 3; i++) {
		SEND(&s, "S", 0, 0, 10, .port = (uint16_t)(1000 + i));
		EXPECT(&s, "SA", 0, i < 2 ? 11 : 1, 0);
	}
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPFastOpenPassive), 2);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPFastOpenListenOverflow), 1);
	test_take_all(&s.t);
	script_free(&s);
}

/* Who forges addresses makes peers that send resets: each counts for a minute. RFC7413:5.1 */
static void a_child_that_was_reset_counts_for_a_minute(void **state)
{
	struct tcp_script s;

	(void)state;
	listen_for(&s, 1);
	SEND(&s, "S", 0, 0, 10);
	EXPECT(&s, "SA", 0, 11, 0);
	assert_int_equal(script_accept(&s), 0);
	SEND(&s, "R", 11, 0, 0);
	SEND(&s, "S", 0, 0, 10, .port = 1001);
	EXPECT(&s, "SA", 0, 1, 0);
	test_advance(&s.t, 61 * SEA_SEC);
	test_take_all(&s.t);
	SEND(&s, "S", 0, 0, 10, .port = 1002);
	EXPECT(&s, "SA", 0, 11, 0);
	test_take_all(&s.t);
	script_free(&s);
}

static void a_listener_that_ends_takes_its_count_along(void **state)
{
	struct tcp_script s;
	uint32_t iss;

	(void)state;
	listen_for(&s, 4);
	SEND(&s, "S", 0, 0, 10);
	EXPECT(&s, "SA", 0, 11, 0);
	assert_int_equal(script_accept(&s), 0);
	iss = s.iss;
	SEND(&s, "S", 0, 0, 10, .port = 1001);
	EXPECT(&s, "SA", 0, 11, 0);
	assert_int_equal(sea_socket_close(s.t.stack, s.listener, s.t.now), 0);
	EXPECT(&s, "RA", 1, 11, 0); /* who was not accepted */
	s.iss = iss;
	SEND(&s, "A", 11, 1, 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	script_free(&s);
}

/* A SYN in the window may be anybody's: it is answered with a reset, which ends nothing here. */
static void another_syn_ends_no_child(void **state)
{
	struct tcp_script s;

	(void)state;
	listen_for(&s, 4);
	SEND(&s, "S", 0, 0, 10);
	EXPECT(&s, "SA", 0, 11, 0);
	SEND(&s, "S", 20, 0, 0);
	EXPECT(&s, "RA", 0u - s.iss, 21, 0);
	SEND(&s, "A", 11, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_the_queue_a_handshake_is_needed),
		cmocka_unit_test(a_child_that_was_reset_counts_for_a_minute),
		cmocka_unit_test(a_listener_that_ends_takes_its_count_along),
		cmocka_unit_test(another_syn_ends_no_child),
	};

	return SCRIPT_RUN(tests);
}
