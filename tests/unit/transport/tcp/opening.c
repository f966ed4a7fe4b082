/* SPDX-License-Identifier: Apache-2.0 */
/* What an opening settles: addresses, header fields, segment sizes; RFC 9293 §3.7.1, §3.9.1. */
#include <errno.h>
#include <stdio.h>

#include <arpa/inet.h>

#include <seastack/blocking.h>

#include "tests/lib/tcp_script.h"

static const struct sea_mac second_mac = { { 2, 0, 0, 0, 0, 0x11 } };

/* The IP header of the segment that was taken last. */
static const struct sea_ipv4_hdr *ip_of(const struct tcp_script *s)
{
	return (const struct sea_ipv4_hdr *)(s->t.frame.bytes + sizeof(struct sea_ether_hdr));
}

static void assert_source(const struct tcp_script *s, const char *addr)
{
	sea_be32 want = test_ip4(addr);

	assert_memory_equal(&ip_of(s)->src, &want, sizeof(want));
}

static void add_address(struct tcp_script *s, const char *prefix)
{
	struct sea_ifaddr addr = { .size = sizeof(addr), .ifindex = s->t.link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &addr.local, &addr.prefix_len));
	assert_int_equal(sea_ifaddr_add(s->t.stack, &addr, s->t.now), 0);
	test_take_all(&s->t);
}

/* -- addresses -- */

/* RFC9293:MUST-41: the second listener gets an error, the first its connections. */
static void a_passive_open_does_not_touch_another(void **state)
{
	struct tcp_script s;
	sea_socket other;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	other = script_socket(&s);
	assert_int_equal(script_set(&s, other, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(script_bind(&s, other, "0.0.0.0", SCRIPT_PORT), -EADDRINUSE);
	other = script_socket(&s);
	assert_int_equal(sea_socket_listen(s.t.stack, other, 8, s.t.now), 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	script_free(&s);
}

/* RFC9293:MUST-42: in SYN-SENT, and after a crossing SYN in SYN-RECEIVED. */
static void a_port_can_be_listened_on_while_a_connection_from_it_opens(void **state)
{
	(void)state;
	for (unsigned crossed = 0; crossed < 2; crossed++) {
		struct tcp_script s;
		sea_socket other;

		script_new(&s);
		s.sock = script_socket(&s);
		s.lport = 50000;
		assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_REUSEADDR, 1), 0);
		assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
		assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", s.rport), -EINPROGRESS);
		EXPECT(&s, "S", 0, 0, 0);
		if (crossed) {
			SEND(&s, "S", 0, 0, 0);
			EXPECT(&s, "SA", 0, 1, 0);
		}
		assert_int_equal(script_state(&s), crossed ? TCP_SYN_RECV : TCP_SYN_SENT);
		other = script_socket(&s);
		assert_int_equal(script_set(&s, other, SOL_SOCKET, SO_REUSEADDR, 1), 0);
		assert_int_equal(script_bind(&s, other, "0.0.0.0", s.lport), 0);
		assert_int_equal(sea_socket_listen(s.t.stack, other, 8, s.t.now), 0);
		/* Another peer comes in there, and the opening goes on. */
		SEND(&s, "SA", 0, 1, 0);
		assert_int_equal(script_state(&s), TCP_ESTABLISHED);
		test_take_all(&s.t);
		s.rport++;
		SEND(&s, "S", 0, 0, 0);
		EXPECT(&s, "SA", 0, 1, 0);
		script_free(&s);
	}
}

/* RFC9293:MUST-43, RFC9293:MUST-45: the program's choice stands in all segments. */
static void a_bound_address_is_the_source_of_all_segments(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	add_address(&s, "10.0.0.77/24");
	s.sock = script_socket(&s);
	s.lport = 50000;
	assert_int_equal(script_bind(&s, s.sock, "10.0.0.77", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", s.rport), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_source(&s, "10.0.0.77");
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "S", 0, 0, 0);
	assert_source(&s, "10.0.0.77");
	SEND(&s, "SA", 0, 1, 0, .dst = "10.0.0.77");
	EXPECT(&s, "A", 1, 1, 0);
	assert_source(&s, "10.0.0.77");
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_source(&s, "10.0.0.77");
	script_free(&s);
}

/* RFC9293:MUST-44, RFC9293:MUST-45: IP chooses by the route, once. */
static void an_address_that_is_not_given_is_chosen_by_ip(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	test_add_link(&s.t, "eth1", &second_mac, "192.168.1.1/24");
	test_take_all(&s.t);
	script_syn_sent(&s); /* it goes to 10.0.0.2 */
	assert_source(&s, "10.0.0.1");
	SEND(&s, "SA", 0, 1, 0);
	EXPECT(&s, "A", 1, 1, 0);
	/* A route that would choose another one now changes nothing any more. */
	add_address(&s, "10.0.0.3/30");
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_source(&s, "10.0.0.1");
	script_free(&s);
}

/*
 * RFC9293:MUST-63, as far as Linux goes: 6.18 answers a SYN from the broadcast address of a prefix,
 * and so do we.
 */
static void a_syn_from_an_address_no_host_has_is_ignored(void **state)
{
	static const char *const sources[] = { "255.255.255.255", "224.0.0.1", "127.0.0.1",
					       "0.0.0.0", "10.0.0.1" };
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	for (unsigned i = 0; i < 5; i++) {
		SEND(&s, "S", 0, 0, 0, .src = sources[i]);
		NOTHING(&s);
		assert_int_equal(test_drops(&s.t, SEA_DROP_IP_MARTIAN_SOURCE), i + 1);
	}
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpInSegs), 0);
	script_free(&s);
}

/* -- what the program asks of IP -- */

/* RFC9293:MUST-48, RFC9293:SHLD-22; and it may change while the connection lives: RFC9293:SHLD-21. */
static void the_program_chooses_the_diffserv_field(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	for (int tos = 0x28; tos <= 0xb8; tos += 0x90) {
		assert_int_equal(script_set(&s, s.sock, IPPROTO_IP, IP_TOS, tos), 0);
		assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
		assert_int_equal(script_write(&s, 10), 10);
		assert_true(script_take(&s));
		assert_int_equal(s.seen.len, 10);
		assert_int_equal(s.seen_tos, tos);
	}
	script_free(&s);
}

/* RFC9293:MUST-49 */
static void the_program_chooses_the_time_to_live(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_int_equal(ip_of(&s)->ttl, 64);
	SEND(&s, "A", 1, 11, 0);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_IP, IP_TTL, 3), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 11, 1, 10);
	assert_int_equal(ip_of(&s)->ttl, 3);
	script_free(&s);
}

/* RFC9293:MUST-50: RFC 4727's experimental option, and a request for timestamps. */
static void ip_options_that_mean_nothing_to_us_do_not_matter(void **state)
{
	static const uint8_t opts[] = { 158, 4, 1, 2, 68, 8, 5, 0, 0, 0, 0, 0 };
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .ip_opts = opts, .ip_opts_len = sizeof(opts));
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0, .ip_opts = opts, .ip_opts_len = sizeof(opts));
	assert_int_equal(script_accept(&s), 0);
	SEND(&s, "PA", 1, 1, 10, .ip_opts = opts, .ip_opts_len = sizeof(opts));
	assert_int_equal(script_read(&s, 100), 10);
	script_free(&s);
}

/* -- segments -- */

/* RFC9293:MUST-65 */
static void only_a_syn_carries_the_mss_option(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_connected(&s);
	assert_false(s.seen.opts.has_mss);
	assert_int_equal(script_write(&s, 3000), 3000);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(script_take(&s));
		assert_false(s.seen.opts.has_mss);
	}
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 3001, 1, 0);
	assert_false(s.seen.opts.has_mss);
	SEND(&s, "S", 1, 0, 0);
	EXPECT(&s, "A", 3002, 1, 0);
	assert_false(s.seen.opts.has_mss);
	script_free(&s);
}

/* RFC9293:MUST-67, RFC9293:SHLD-6 */
static void the_mss_is_what_the_link_takes_in(void **state)
{
	static const uint32_t mtus[] = { 576, 1280, 1500, 9000 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct tcp_script s;

		script_new(&s);
		assert_int_equal(sea_link_set_mtu(s.t.link, mtus[i], s.t.now), 0);
		script_listen(&s, 8);
		assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_MAXSEG, 30000), 0);
		SEND(&s, "S", 0, 0, 0, .opts = "mss 60000");
		EXPECT(&s, "SA", 0, 1, 0);
		assert_int_equal(s.seen.opts.mss, mtus[i] - 40);
		script_free(&s);
	}
}

/* RFC9293:MUST-2: on a link that computes nothing itself. */
static void every_segment_has_its_checksum(void **state)
{
	struct tcp_script s;
	const uint8_t *tcp;
	unsigned n = 0;
	sea_be16 sum;
	size_t len;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 4001), 4001);
	assert_int_equal(script_close(&s), 0);
	SEND(&s, "A", 7, 5000, 0);
	while (script_take(&s)) {
		test_expect_ip(&s.t.frame, IPPROTO_TCP, &tcp, &len);
		assert_int_equal(s.t.frame.csum_state, SEA_CSUM_NONE);
		sum = test_checksum(tcp, len,
				    test_pseudo(test_our_ip, test_peer_ip, IPPROTO_TCP, len));
		assert_int_equal(sea_be16_get(sum), 0);
		n++;
	}
	assert_int_equal(n, 5); /* data, the FIN, a challenge */
	script_free(&s);
}

/* -- timestamps -- */

/* An answer that echoes our timestamp of the first SYN plus `ms`. */
static void answer_echoing(struct tcp_script *s, const char *flags, uint32_t ack, uint32_t ms)
{
	char opts[64];

	(void)snprintf(opts, sizeof(opts), "ts 77 %u", s->ts_ecr + ms);
	SEND(s, flags, 0, ack, 0, .opts = opts);
}

/* In SYN-SENT, its SYN having gone twice, a second apart, and 50 ms ago the second time. */
static void syn_sent_twice(struct tcp_script *s)
{
	script_new(s);
	script_syn_sent(s);
	test_advance(&s->t, SEA_SEC);
	EXPECT(s, "S", 0, 0, 0);
	s->ts_ecr = s->seen.opts.ts_val - 1000; /* the first one's */
	test_advance(&s->t, 50 * SEA_MSEC);
}

/* RFC 7323 §3.2; the bounds are Linux 6.18's, and so is what counts. */
static void syn_sent_believes_only_an_echo_of_its_clock(void **state)
{
	static const uint32_t forged[] = { (uint32_t)-1, 1051, 100000, 1u << 31 };
	struct tcp_script s;

	(void)state;
	syn_sent_twice(&s);
	for (unsigned i = 0; i < 4; i++) {
		answer_echoing(&s, i & 1 ? "A" : "SA", 1, forged[i]);
		EXPECT(&s, "R", 1, 0, 0);
		assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtPAWSActive), i + 1);
	}
	/* A reset is not reset, and not obeyed; without ACK, or with a wrong one, nobody asks. */
	answer_echoing(&s, "RA", 1, 100000);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtPAWSActive), 5);
	answer_echoing(&s, "R", 0, 100000);
	NOTHING(&s);
	answer_echoing(&s, "SA", 5, 100000);
	EXPECT(&s, "R", 5, 0, 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtPAWSActive), 5);
	assert_int_equal(script_state(&s), TCP_SYN_SENT);
	script_free(&s);
}

static void syn_sent_believes_any_echo_of_its_clock_and_none(void **state)
{
	/* The first SYN's, between the two, the second's, later than that but not than now. */
	static const uint32_t echoes[] = { 0, 500, 1000, 1050 };
	struct tcp_script s;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		syn_sent_twice(&s);
		answer_echoing(&s, "SA", 1, echoes[i]);
		EXPECT(&s, "A", 1, 1, 0);
		assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtPAWSActive), 0);
		script_free(&s);
	}
	syn_sent_twice(&s);
	SEND(&s, "SA", 0, 1, 0, .opts = "ts 77 0");
	EXPECT(&s, "A", 1, 1, 0);
	script_free(&s);
}

/* -- calls that block -- */

static void call(struct tcp_script *s, struct sea_blocking *op)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(80),
					.sin_addr.s_addr = htonl(0x0a000002) };

	sea_blocking_connect(op, s->t.stack, s->sock, (const void *)&to, sizeof(to), s->t.now);
	assert_false(op->done);
}

/* The peer answers with RST or SYN and ACK; the call that waits is told. */
static ssize_t outcome(struct tcp_script *s, struct sea_blocking *op, const char *flags)
{
	EXPECT(s, "S", 0, 0, 0);
	SEND(s, flags, 0, 1, 0);
	sea_blocking_step(op, s->t.now);
	assert_true(op->done);
	return op->result;
}

static void a_call_that_waited_takes_the_outcome_for_itself(void **state)
{
	struct sea_blocking op;
	struct tcp_script s;

	(void)state;
	script_new(&s);
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	call(&s, &op);
	assert_int_equal(outcome(&s, &op, "RA"), -ECONNREFUSED);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), 0);
	call(&s, &op); /* anew, not told of the end of the last one */
	assert_int_equal(outcome(&s, &op, "SA"), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), -EISCONN);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_passive_open_does_not_touch_another),
		cmocka_unit_test(a_port_can_be_listened_on_while_a_connection_from_it_opens),
		cmocka_unit_test(a_bound_address_is_the_source_of_all_segments),
		cmocka_unit_test(an_address_that_is_not_given_is_chosen_by_ip),
		cmocka_unit_test(a_syn_from_an_address_no_host_has_is_ignored),
		cmocka_unit_test(the_program_chooses_the_diffserv_field),
		cmocka_unit_test(the_program_chooses_the_time_to_live),
		cmocka_unit_test(ip_options_that_mean_nothing_to_us_do_not_matter),
		cmocka_unit_test(only_a_syn_carries_the_mss_option),
		cmocka_unit_test(the_mss_is_what_the_link_takes_in),
		cmocka_unit_test(every_segment_has_its_checksum),
		cmocka_unit_test(syn_sent_believes_only_an_echo_of_its_clock),
		cmocka_unit_test(syn_sent_believes_any_echo_of_its_clock_and_none),
		cmocka_unit_test(a_call_that_waited_takes_the_outcome_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
