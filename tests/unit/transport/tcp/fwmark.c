/* SPDX-License-Identifier: Apache-2.0 */
/* Marks that filters put on what comes in, and what takes them over: tcp_fwmark_accept, fwmark_reflect. */
#include "tests/lib/tcp_script.h"

#include "core/hook.h"
#include "core/pkt.h"

static uint32_t sent; /* the mark of what was sent last */

static bool put(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	(void)at;
	pkt->mark = 7;
	return true;
}

static bool look(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	(void)at;
	sent = pkt->mark;
	return true;
}

static const struct sea_hook hooks[] = {
	{ .name = "put", .family = SEA_AF_INET, .point = SEA_HOOK_PREROUTING, .fn = put },
	{ .name = "put", .family = SEA_AF_INET6, .point = SEA_HOOK_PREROUTING, .fn = put },
	{ .name = "look", .family = SEA_AF_INET, .point = SEA_HOOK_LOCAL_OUT, .fn = look },
	{ .name = "look", .family = SEA_AF_INET6, .point = SEA_HOOK_LOCAL_OUT, .fn = look },
};

static void begin(struct tcp_script *s)
{
	script_new(s);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		sea_hook_add(s->t.stack, &hooks[i]);
}

/* The mark of the connection's socket after a handshake whose SYN-ACK had the mark `answer`. */
static int accepted(struct tcp_script *s, uint32_t answer)
{
	SEND(s, "S", 0, 0, 0);
	EXPECT(s, "SA", 0, 1, 0);
	assert_int_equal(sent, answer);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	return script_get(s, s->sock, SOL_SOCKET, SO_MARK);
}

static void a_connection_has_the_mark_of_its_listener(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	script_listen(&s, 8);
	assert_int_equal(accepted(&s, 0), 0);
	script_free(&s);
}

static void with_tcp_fwmark_accept_it_has_that_of_its_syn(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	script_sysctl(&s, "net.ipv4.tcp_fwmark_accept", "1");
	script_listen(&s, 8);
	assert_int_equal(accepted(&s, 7), 7);
	script_free(&s);
}

static void a_listener_with_a_mark_passes_on_its_own(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	script_sysctl(&s, "net.ipv4.tcp_fwmark_accept", "1");
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_MARK, 5), 0);
	assert_int_equal(accepted(&s, 5), 5);
	script_free(&s);
}

static void a_reset_has_the_mark_of_what_it_answers_where_it_is_to(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	s.lport = SCRIPT_PORT;
	s.rport = SCRIPT_PEER_PORT;
	for (unsigned i = 0; i < 2; i++) {
		if (i)
			script_sysctl(&s,
				      script_is6() ? "net.ipv6.fwmark_reflect"
						   : "net.ipv4.fwmark_reflect",
				      "1");
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "RA", 0, 1, 0);
		assert_int_equal(sent, i ? 7 : 0);
	}
	script_free(&s);
}

/* Of an echo, and of a datagram for nobody. */
static void so_has_an_icmp_message(void **state)
{
	static const uint8_t udp[8] = { 0, 9, 0, 9, 0, 8 };
	uint8_t ping[8] = { 8, 0, 0xf7, 0xff };
	const struct test_ip echo = { .proto = IPPROTO_ICMP }, dgram = { .proto = IPPROTO_UDP };
	struct tcp_script s;

	(void)state;
	SCRIPT_ONLY4();
	begin(&s);
	for (unsigned i = 0; i < 2; i++) {
		if (i)
			script_sysctl(&s, "net.ipv4.fwmark_reflect", "1");
		test_inject_ip(&s.t, &echo, ping, sizeof(ping));
		assert_non_null(test_take(&s.t));
		assert_int_equal(sent, i ? 7 : 0);
		sent = 99;
		test_inject_ip(&s.t, &dgram, udp, sizeof(udp));
		assert_non_null(test_take(&s.t));
		assert_int_equal(sent, i ? 7 : 0);
	}
	script_free(&s);
}

static void so_has_an_icmpv6_message(void **state)
{
	/* Type 200: an error that nobody knows is silent; an unknown next header is answered. */
	uint8_t ping[8] = { 128 }, bytes[8] = { 0 };
	const struct test_ip6 echo = { 0 }, odd = { .proto = 253 };
	struct tcp_script s;

	(void)state;
	if (!script_is6())
		skip();
	begin(&s);
	for (unsigned i = 0; i < 2; i++) {
		if (i)
			script_sysctl(&s, "net.ipv6.fwmark_reflect", "1");
		test_inject_icmp6(&s.t, &echo, ping, sizeof(ping));
		test_take_all(&s.t);
		assert_int_equal(sent, i ? 7 : 0);
		sent = 99;
		test_inject_ip6(&s.t, &odd, bytes, sizeof(bytes));
		test_take_all(&s.t);
		assert_int_equal(sent, i ? 7 : 0);
		test_advance(&s.t, 5 * SEA_SEC);
	}
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_has_the_mark_of_its_listener),
		cmocka_unit_test(with_tcp_fwmark_accept_it_has_that_of_its_syn),
		cmocka_unit_test(a_listener_with_a_mark_passes_on_its_own),
		cmocka_unit_test(a_reset_has_the_mark_of_what_it_answers_where_it_is_to),
		cmocka_unit_test(so_has_an_icmp_message),
		cmocka_unit_test(so_has_an_icmpv6_message),
	};

	return SCRIPT_RUN(tests);
}
