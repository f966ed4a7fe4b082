/* SPDX-License-Identifier: Apache-2.0 */
/* Who may share a port, which listener a SYN is for, which port a connect gets: bind(2), socket(7). */
#include "tests/lib/tcp_script.h"

#include "transport/tcp/conn.h"

static sea_socket with(struct tcp_script *s, int reuse_addr, int reuse_port)
{
	sea_socket sock = script_socket(s);

	assert_int_equal(script_set(s, sock, SOL_SOCKET, SO_REUSEADDR, reuse_addr), 0);
	assert_int_equal(script_set(s, sock, SOL_SOCKET, SO_REUSEPORT, reuse_port), 0);
	return sock;
}

static int listen_on(struct tcp_script *s, sea_socket sock)
{
	return sea_socket_listen(s->t.stack, sock, 8, s->t.now);
}

static uint16_t port_of(struct tcp_script *s, sea_socket sock)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	assert_int_equal(sea_socket_getsockname(s->t.stack, sock, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

/* -- bind -- */

/* What Linux 6.18 answers to the second bind, and to the second listen where both bound. */
static void two_on_one_port(void **state)
{
	static const struct {
		const char *a, *b;
		int addr_a, port_a, addr_b, port_b;
		bool first_listens;
		int bind, listen;
	} cases[] = {
		{ "0.0.0.0", "0.0.0.0", 0, 0, 0, 0, false, -EADDRINUSE, 0 },
		{ "0.0.0.0", "10.0.0.1", 0, 0, 0, 0, false, -EADDRINUSE, 0 },
		{ "127.0.0.1", "10.0.0.1", 0, 0, 0, 0, true, 0, 0 },
		{ "0.0.0.0", "0.0.0.0", 1, 0, 0, 0, false, -EADDRINUSE, 0 },
		{ "0.0.0.0", "0.0.0.0", 0, 0, 1, 0, false, -EADDRINUSE, 0 },
		{ "0.0.0.0", "0.0.0.0", 1, 0, 1, 0, false, 0, 0 },
		{ "0.0.0.0", "0.0.0.0", 1, 0, 1, 0, true, -EADDRINUSE, 0 },
		{ "0.0.0.0", "10.0.0.1", 1, 0, 1, 0, true, -EADDRINUSE, 0 },
		{ "0.0.0.0", "0.0.0.0", 0, 1, 0, 1, true, 0, 0 },
		{ "0.0.0.0", "0.0.0.0", 0, 1, 0, 0, true, -EADDRINUSE, 0 },
		{ "0.0.0.0", "0.0.0.0", 1, 1, 1, 0, true, -EADDRINUSE, 0 },
	};

	SCRIPT_ONLY4();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sea_socket a, b;
		struct tcp_script s;

		script_new(&s);
		a = with(&s, cases[i].addr_a, cases[i].port_a);
		b = with(&s, cases[i].addr_b, cases[i].port_b);
		assert_int_equal(script_bind(&s, a, cases[i].a, 80), 0);
		if (cases[i].first_listens)
			assert_int_equal(listen_on(&s, a), 0);
		assert_int_equal(script_bind(&s, b, cases[i].b, 80), cases[i].bind);
		if (!cases[i].bind)
			assert_int_equal(listen_on(&s, b), cases[i].listen);
		script_free(&s);
	}
}

static void only_one_of_two_bound_with_reuseaddr_may_listen(void **state)
{
	struct tcp_script s;
	sea_socket a, b;

	script_new(&s);
	a = with(&s, 1, 0);
	b = with(&s, 1, 0);
	assert_int_equal(script_bind(&s, a, "0.0.0.0", 80), 0);
	assert_int_equal(script_bind(&s, b, "0.0.0.0", 80), 0);
	assert_int_equal(listen_on(&s, a), 0);
	assert_int_equal(listen_on(&s, b), -EADDRINUSE);
	script_free(&s);
}

static void bind_refuses_what_is_not_ours_and_a_second_time(void **state)
{
	struct tcp_script s;
	sea_socket a;

	script_new(&s);
	a = script_socket(&s);
	assert_int_equal(script_bind(&s, a, "10.0.0.77", 80), -EADDRNOTAVAIL);
	assert_int_equal(script_set(&s, a, IPPROTO_IP, IP_FREEBIND, 1), 0);
	assert_int_equal(script_bind(&s, a, "10.0.0.77", 80), 0);
	assert_int_equal(script_bind(&s, a, "10.0.0.1", 81), -EINVAL);
	script_free(&s);
}

static void a_time_wait_holds_its_port_unless_both_reuse(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	assert_int_equal(sea_socket_close(s.t.stack, s.listener, s.t.now), 0);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(script_bind(&s, with(&s, 0, 0), "0.0.0.0", 80), -EADDRINUSE);
	assert_int_equal(script_bind(&s, with(&s, 1, 0), "0.0.0.0", 80), 0);
	script_free(&s);
}

static void an_accepted_connection_holds_the_port_unless_reused(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_close(s.t.stack, s.listener, s.t.now), 0);
	assert_int_equal(script_bind(&s, with(&s, 0, 0), "0.0.0.0", 80), -EADDRINUSE);
	assert_int_equal(script_bind(&s, with(&s, 1, 0), "0.0.0.0", 80), 0);
	script_free(&s);
}

/* -- ephemeral ports -- */

static void port_zero_gives_odd_ports_and_connect_even_ones(void **state)
{
	struct tcp_script s;
	sea_socket a;

	script_new(&s);
	for (unsigned i = 0; i < 20; i++) {
		a = script_socket(&s);
		assert_int_equal(script_bind(&s, a, "0.0.0.0", 0), 0);
		assert_in_range(port_of(&s, a), 32768, 60999);
		assert_int_equal(port_of(&s, a) & 1, 1);
		a = script_socket(&s);
		assert_int_equal(script_connect(&s, a, "10.0.0.2", 80), -EINPROGRESS);
		assert_int_equal(port_of(&s, a) & 1, 0);
	}
	test_take_all(&s.t);
	script_free(&s);
}

/* Case 33: all ports to one place are taken; another place still has them all. */
/* As Linux 6.18 was seen to: only with SO_REUSEADDR on both. */
static void ip_autobind_reuse_shares_ports_once_none_is_free(void **state)
{
	struct tcp_script s;
	uint16_t ports[2];

	script_new(&s);
	script_sysctl(&s, "net.ipv4.ip_local_port_range", "40000 40001");
	for (unsigned i = 0; i < 2; i++) {
		sea_socket sock = with(&s, 1, 0);

		assert_int_equal(script_bind(&s, sock, "0.0.0.0", 0), 0);
		ports[i] = port_of(&s, sock);
	}
	assert_int_equal(ports[0] ^ ports[1], 1);
	assert_int_equal(script_bind(&s, with(&s, 1, 0), "0.0.0.0", 0), -EADDRINUSE);
	script_sysctl(&s, "net.ipv4.ip_autobind_reuse", "1");
	assert_int_equal(script_bind(&s, with(&s, 0, 0), "0.0.0.0", 0), -EADDRINUSE);
	assert_int_equal(script_bind(&s, with(&s, 1, 0), "0.0.0.0", 0), 0);
	script_free(&s);
}

static void ports_run_out_for_one_place_only(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.ip_local_port_range", "40000 40003");
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(script_connect(&s, script_socket(&s), "10.0.0.2", 80),
				 -EINPROGRESS);
	assert_int_equal(script_connect(&s, script_socket(&s), "10.0.0.2", 80), -EADDRNOTAVAIL);
	assert_int_equal(script_connect(&s, script_socket(&s), "10.0.0.2", 81), -EINPROGRESS);
	assert_int_equal(script_bind(&s, script_socket(&s), "0.0.0.0", 0), -EADDRINUSE);
	test_take_all(&s.t);
	script_free(&s);
}

static void connect_avoids_ports_that_somebody_bound(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.ip_local_port_range", "40000 40001");
	assert_int_equal(script_bind(&s, script_socket(&s), "127.0.0.1", 40000), 0);
	assert_int_equal(script_connect(&s, script_socket(&s), "10.0.0.2", 80), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_int_equal(s.seen.src, 40001);
	assert_int_equal(script_connect(&s, script_socket(&s), "10.0.0.2", 80), -EADDRNOTAVAIL);
	script_free(&s);
}

static void a_refused_connect_gives_its_port_back(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.ip_local_port_range", "40000 40000");
	s.sock = script_socket(&s);
	s.lport = 40000;
	s.rport = 80;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -EINPROGRESS);
		EXPECT(&s, "S", 0, 0, 0);
		SEND(&s, "RA", 0, 1, 0);
		assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -ECONNREFUSED);
	}
	script_free(&s);
}

/* RFC9293:MUST-46 */
static void nowhere_to_go(void **state)
{
	struct tcp_script s;
	sea_socket a;

	SCRIPT_ONLY4();
	script_new(&s);
	a = script_socket(&s);
	assert_int_equal(script_connect(&s, a, "192.0.2.1", 80), -ENETUNREACH);
	assert_int_equal(script_connect(&s, a, "224.0.0.1", 80), -ENETUNREACH);
	assert_int_equal(port_of(&s, a), 0);
	script_free(&s);
}

/* -- listeners -- */

static void the_most_specific_listener_gets_the_syn(void **state)
{
	struct tcp_script s;
	sea_socket any, own;

	script_new(&s);
	any = with(&s, 0, 1);
	own = with(&s, 0, 1);
	assert_int_equal(script_bind(&s, any, "0.0.0.0", 80), 0);
	assert_int_equal(script_bind(&s, own, "10.0.0.1", 80), 0);
	assert_int_equal(listen_on(&s, any), 0);
	assert_int_equal(listen_on(&s, own), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	s.listener = any;
	assert_int_equal(script_accept(&s), -EAGAIN);
	s.listener = own;
	assert_int_equal(script_accept(&s), 0);
	script_free(&s);
}

static void a_reuseport_group_shares_the_flows(void **state)
{
	unsigned n[4] = { 0 };
	sea_socket group[4];
	struct tcp_script s;

	script_new(&s);
	for (unsigned i = 0; i < 4; i++) {
		group[i] = with(&s, 0, 1);
		assert_int_equal(script_bind(&s, group[i], "0.0.0.0", 80), 0);
		assert_int_equal(sea_socket_listen(s.t.stack, group[i], 1000, s.t.now), 0);
	}
	for (uint16_t port = 1000; port < 1400; port++) {
		s.rport = port;
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		SEND(&s, "A", 1, 1, 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		s.listener = group[i];
		while (!script_accept(&s))
			n[i]++;
		assert_in_range(n[i], 60, 140);
	}
	assert_int_equal(n[0] + n[1] + n[2] + n[3], 400);
	script_free(&s);
}

/* Three of a group; 40 connections wait for accept(), and 40 more for the ACK of the SYN-ACK. */
static void fill_group(struct tcp_script *s, sea_socket group[3], bool migrate)
{
	script_new(s);
	script_sysctl(s, "net.ipv4.tcp_migrate_req", migrate ? "1" : "0");
	for (unsigned i = 0; i < 3; i++) {
		group[i] = with(s, 0, 1);
		assert_int_equal(script_bind(s, group[i], "0.0.0.0", 80), 0);
		assert_int_equal(sea_socket_listen(s->t.stack, group[i], 1000, s->t.now), 0);
	}
	for (s->rport = 1000; s->rport < 1080; s->rport++) {
		SEND(s, "S", 0, 0, 0);
		EXPECT(s, "SA", 0, 1, 0);
		if (s->rport < 1040)
			SEND(s, "A", 1, 1, 0);
	}
}

static unsigned accept_all(struct tcp_script *s, sea_socket listener)
{
	unsigned n = 0;

	s->listener = listener;
	while (!script_accept(s))
		n++;
	return n;
}

/* As Linux 6.18 was seen to. */
static void with_tcp_migrate_req_a_group_keeps_what_waits_at_one_that_closes(void **state)
{
	sea_socket group[3];
	struct tcp_script s;

	(void)state;
	fill_group(&s, group, true);
	assert_int_equal(sea_socket_close(s.t.stack, group[0], s.t.now), 0);
	assert_int_equal(sea_socket_close(s.t.stack, group[1], s.t.now), 0);
	NOTHING(&s);
	assert_in_range(test_mib(&s.t, SEA_MIB_TcpExtTCPMigrateReqSuccess), 50, 130);
	assert_int_equal(accept_all(&s, group[2]), 40);
	test_advance(&s.t, 1500 * SEA_MSEC); /* their timers, too */
	test_take_all(&s.t);
	assert_int_equal(sea_socket_close(s.t.stack, group[2], s.t.now), 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMigrateReqFailure), 40);
	script_free(&s);
}

static void half_open_connections_that_migrated_complete(void **state)
{
	sea_socket group[3];
	struct tcp_script s;
	uint32_t iss;

	(void)state;
	fill_group(&s, group, true);
	s.rport = 2000;
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	iss = s.iss;
	assert_int_equal(sea_socket_close(s.t.stack, group[1], s.t.now), 0);
	assert_int_equal(sea_socket_close(s.t.stack, group[2], s.t.now), 0);
	assert_int_equal(accept_all(&s, group[0]), 40);
	s.rport = 2000;
	s.iss = iss;
	SEND(&s, "A", 1, 1, 0);
	NOTHING(&s);
	assert_int_equal(accept_all(&s, group[0]), 1);
	script_free(&s);
}

static void without_it_they_are_reset(void **state)
{
	sea_socket group[3];
	struct tcp_script s;
	unsigned resets = 0;

	(void)state;
	fill_group(&s, group, false);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sea_socket_close(s.t.stack, group[i], s.t.now), 0);
	while (script_take(&s))
		resets++;
	assert_int_equal(resets, 40);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMigrateReqFailure), 0);
	script_free(&s);
}

static void a_listener_bound_to_another_link_does_not_hear(void **state)
{
	struct tcp_script s;

	script_new(&s);
	s.listener = script_socket(&s);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.listener, SOL_SOCKET, SO_BINDTODEVICE,
					       "lo", 2, s.t.now),
			 0);
	assert_int_equal(script_bind(&s, s.listener, "0.0.0.0", 80), 0);
	assert_int_equal(listen_on(&s, s.listener), 0);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "RA", 0, 1, 0);
	script_free(&s);
}

static void listen_without_bind_takes_a_port(void **state)
{
	struct tcp_script s;
	sea_socket a;

	script_new(&s);
	a = script_socket(&s);
	assert_int_equal(listen_on(&s, a), 0);
	assert_int_not_equal(port_of(&s, a), 0);
	s.listener = a;
	assert_int_equal(script_connect(&s, a, "10.0.0.2", 80), -EISCONN);
	script_free(&s);
}

/* -- numbers nobody can guess -- */

/* Case 34: RFC 6528. RFC9293:MUST-8, RFC9293:MUST-9, RFC9293:SHLD-1 */
static void initial_numbers_differ_by_flow_and_rise_with_the_clock(void **state)
{
	uint32_t iss[2];
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 100);
	for (unsigned i = 0; i < 2; i++) {
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		iss[i] = s.iss;
		SEND(&s, "R", 1, 0, 0);
		test_advance(&s.t, 64 * SEA_MSEC);
	}
	assert_int_equal(iss[1] - iss[0], 1000000); /* one in 64 ns */
	SEND(&s, "S", 0, 0, 0, .port = 1);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_true(s.iss - iss[1] > 2000000);
	script_free(&s);
}

/* Case 39: one offset for a pair of hosts, none that tells the uptime. */
static void timestamps_begin_at_random_for_each_pair_of_hosts(void **state)
{
	uint32_t first;
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 100);
	SEND(&s, "S", 0, 0, 0, .opts = "ts 1 0");
	EXPECT(&s, "SA", 0, 1, 0);
	first = s.seen.opts.ts_val;
	assert_true(first > 1000000);
	SEND(&s, "S", 0, 0, 0, .opts = "ts 1 0", .port = 5);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(s.seen.opts.ts_val, first);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_on_one_port),
		cmocka_unit_test(only_one_of_two_bound_with_reuseaddr_may_listen),
		cmocka_unit_test(bind_refuses_what_is_not_ours_and_a_second_time),
		cmocka_unit_test(a_time_wait_holds_its_port_unless_both_reuse),
		cmocka_unit_test(an_accepted_connection_holds_the_port_unless_reused),
		cmocka_unit_test(port_zero_gives_odd_ports_and_connect_even_ones),
		cmocka_unit_test(ip_autobind_reuse_shares_ports_once_none_is_free),
		cmocka_unit_test(ports_run_out_for_one_place_only),
		cmocka_unit_test(connect_avoids_ports_that_somebody_bound),
		cmocka_unit_test(a_refused_connect_gives_its_port_back),
		cmocka_unit_test(nowhere_to_go),
		cmocka_unit_test(the_most_specific_listener_gets_the_syn),
		cmocka_unit_test(a_reuseport_group_shares_the_flows),
		cmocka_unit_test(with_tcp_migrate_req_a_group_keeps_what_waits_at_one_that_closes),
		cmocka_unit_test(half_open_connections_that_migrated_complete),
		cmocka_unit_test(without_it_they_are_reset),
		cmocka_unit_test(a_listener_bound_to_another_link_does_not_hear),
		cmocka_unit_test(listen_without_bind_takes_a_port),
		cmocka_unit_test(initial_numbers_differ_by_flow_and_rise_with_the_clock),
		cmocka_unit_test(timestamps_begin_at_random_for_each_pair_of_hosts),
	};

	return SCRIPT_RUN(tests);
}
