/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that is silent, and when it is given up, as transcripts: RFC 9293 §3.8.3. */
#include "tests/lib/tcp_script.h"

/* Seconds from the first sending until the connection is closed; at most an hour. */
static int64_t life_of(struct tcp_script *s)
{
	sea_time start = s->t.now;

	for (unsigned i = 0; i < 3600 && script_state(s) != TCP_CLOSE; i++) {
		test_advance(&s->t, SEA_SEC);
		test_take_all(&s->t);
	}
	assert_int_equal(script_get(s, s->sock, SOL_SOCKET, SO_ERROR), ETIMEDOUT);
	return sea_time_diff(s->t.now, start) / SEA_SEC;
}

static void written(struct tcp_script *s)
{
	assert_int_equal(script_write(s, 10), 10);
	EXPECT(s, "PA", 1, 1, 10);
}

/* RFC9293:MUST-20: R2. Linux's tcp_retries2 of 15 is 924.6 s; the next timeout ends it. RFC9293:SHLD-11. */
static void data_that_is_not_acknowledged_ends_the_connection(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	written(&s);
	assert_in_range(life_of(&s), 925, 1100);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAbortOnTimeout), 1);
	script_free(&s);
}

/* How many ARP requests go out in `secs` seconds. */
static unsigned asked(struct tcp_script *s, unsigned secs)
{
	struct test_frame *f;
	unsigned n = 0;

	for (unsigned i = 0; i < secs; i++) {
		test_advance(&s->t, SEA_SEC);
		while ((f = test_take(&s->t)))
			n += f->bytes[12] == 0x08 && f->bytes[13] == 0x06;
	}
	return n;
}

/*
 * RFC9293:MUST-20: R1. As on Linux there is no call from TCP to the next hop: only progress of TCP
 * confirms it, so that silence has it asked whether it is still there.
 * RFC1122:3.3.1.4-b
 * RFC9293:SHLD-10
 */
static void silence_has_the_next_hop_asked(void **state)
{
	struct sea_neigh_info peer = { .size = sizeof(peer), .state = SEA_NUD_REACHABLE };
	struct tcp_script s;

	SCRIPT_ONLY4();
	(void)state;
	script_new(&s);
	script_established(&s);
	peer.ifindex = s.t.link->ifindex;
	peer.addr = test_addr("10.0.0.2");
	memcpy(peer.mac, test_peer_mac.b, sizeof(peer.mac));
	assert_int_equal(sea_neigh_set(s.t.stack, &peer, s.t.now), 0);
	assert_int_equal(asked(&s, 120), 0);
	written(&s);
	assert_true(asked(&s, 20) > 0);
	script_free(&s);
}

/* RFC9293:MUST-21 */
static void the_program_sets_when_it_is_given_up(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 20000), 0);
	written(&s);
	assert_in_range(life_of(&s), 19, 41);
	script_free(&s);
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_retries2", "8");
	script_established(&s);
	written(&s);
	assert_in_range(life_of(&s), 190, 220); /* the first timeout after 102.2 s */
	script_free(&s);
}

/*
 * RFC9293:MUST-22, RFC9293:MUST-23: a SYN is given up by the same rule. Linux's default is 131 s,
 * less than the RFC's three minutes, and so is ours; the administrator can have more.
 */
static void a_syn_is_sent_for_as_long_as_its_retries_say(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_syn_sent(&s);
	assert_in_range(life_of(&s), 130, 132);
	script_free(&s);
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_syn_retries", "7");
	script_syn_sent(&s);
	assert_in_range(life_of(&s), 180, 300);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_that_is_not_acknowledged_ends_the_connection),
		cmocka_unit_test(silence_has_the_next_hop_asked),
		cmocka_unit_test(the_program_sets_when_it_is_given_up),
		cmocka_unit_test(a_syn_is_sent_for_as_long_as_its_retries_say),
	};

	return SCRIPT_RUN(tests);
}
