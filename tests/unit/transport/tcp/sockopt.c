/* SPDX-License-Identifier: Apache-2.0 */
/* IPPROTO_TCP options: Linux's values, ranges and errors (tcp(7), checked against 6.18). */
#include "tests/lib/tcp_script.h"

#include "transport/tcp/info.h"

static struct tcp_script s;

static int set(int name, int value)
{
	return script_set(&s, s.sock, IPPROTO_TCP, name, value);
}

static int get(int name)
{
	return script_get(&s, s.sock, IPPROTO_TCP, name);
}

static void fresh(void)
{
	script_new(&s);
	s.sock = script_socket(&s);
}

static void a_new_socket_has_linux_defaults(void **state)
{
	fresh();
	assert_int_equal(get(TCP_NODELAY), 0);
	assert_int_equal(get(TCP_CORK), 0);
	assert_int_equal(get(TCP_MAXSEG), 536);
	assert_int_equal(get(TCP_KEEPIDLE), 7200);
	assert_int_equal(get(TCP_KEEPINTVL), 75);
	assert_int_equal(get(TCP_KEEPCNT), 9);
	assert_int_equal(get(TCP_SYNCNT), 6);
	assert_int_equal(get(TCP_LINGER2), 60);
	assert_int_equal(get(TCP_DEFER_ACCEPT), 0);
	assert_int_equal(get(TCP_WINDOW_CLAMP), 0);
	assert_int_equal(get(TCP_QUICKACK), 1);
	assert_int_equal(get(TCP_USER_TIMEOUT), 0);
	assert_int_equal(get(TCP_NOTSENT_LOWAT), 0);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_RCVBUF), 131072);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_SNDBUF), 16384);
	script_free(&s);
}

static void values_outside_the_range_are_refused(void **state)
{
	static const struct {
		int name, bad[2], good[2];
	} cases[] = {
		{ TCP_MAXSEG, { 87, 32768 }, { 88, 32767 } },
		{ TCP_KEEPIDLE, { 0, 32768 }, { 1, 32767 } },
		{ TCP_KEEPINTVL, { 0, 32768 }, { 1, 32767 } },
		{ TCP_KEEPCNT, { 0, 128 }, { 1, 127 } },
		{ TCP_SYNCNT, { 0, 128 }, { 1, 127 } },
		{ TCP_USER_TIMEOUT, { -1, -5 }, { 0, 5000 } },
	};

	fresh();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (unsigned k = 0; k < 2; k++) {
			assert_int_equal(set(cases[i].name, cases[i].bad[k]), -EINVAL);
			assert_int_equal(set(cases[i].name, cases[i].good[k]), 0);
			assert_int_equal(get(cases[i].name), cases[i].good[k]);
		}
	}
	script_free(&s);
}

static void some_values_come_back_otherwise_than_they_went(void **state)
{
	fresh();
	assert_int_equal(set(TCP_LINGER2, 500), 0);
	assert_int_equal(get(TCP_LINGER2), 120);
	assert_int_equal(set(TCP_LINGER2, -7), 0);
	assert_int_equal(get(TCP_LINGER2), -1);
	assert_int_equal(set(TCP_DEFER_ACCEPT, 4), 0);
	assert_int_equal(get(TCP_DEFER_ACCEPT), 7); /* 1 + 2 + 4 */
	assert_int_equal(set(TCP_WINDOW_CLAMP, 1), 0);
	assert_int_equal(get(TCP_WINDOW_CLAMP), 1152);
	assert_int_equal(set(TCP_NODELAY, 77), 0);
	assert_int_equal(get(TCP_NODELAY), 1);
	script_free(&s);
}

static int get_bytes(sea_socket sock, int name, uint8_t *to, socklen_t *len)
{
	return sea_socket_getsockopt(s.t.stack, sock, IPPROTO_TCP, name, to, len, s.t.now);
}

/* A listener's SYNs are kept, for each child's program to read once. */
static void a_saved_syn_is_read_once(void **state)
{
	const socklen_t ip = script_is6() ? 40 : 20, syn = ip + 20 + 4;
	uint8_t bytes[200];
	socklen_t len = 10;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	for (int mode = 1; mode <= 2; mode++) {
		socklen_t whole = syn + (mode == 2 ? 14 : 0);

		assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_SAVE_SYN, mode), 0);
		SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
		EXPECT(&s, "SA", 0, 1, 0);
		SEND(&s, "A", 1, 1, 0);
		assert_int_equal(script_accept(&s), 0);
		len = 10;
		assert_int_equal(get_bytes(s.sock, TCP_SAVED_SYN, bytes, &len), -EINVAL);
		assert_int_equal(len, whole);
		len = sizeof(bytes);
		assert_int_equal(get_bytes(s.sock, TCP_SAVED_SYN, bytes, &len), 0);
		assert_int_equal(len, whole);
		assert_int_equal(bytes[whole - syn] >> 4, script_is6() ? 6 : 4);
		assert_int_equal(bytes[whole - 4 - 20 + 13], SEA_TCP_SYN);
		assert_int_equal(bytes[whole - 4], SEA_TCPOPT_MSS);
		len = sizeof(bytes);
		assert_int_equal(get_bytes(s.sock, TCP_SAVED_SYN, bytes, &len), 0);
		assert_int_equal(len, 0);
		SEND(&s, "R", 1, 0, 0);
		assert_int_equal(script_close(&s), 0);
	}
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_SAVE_SYN, 3), -EINVAL);
	/* One that nobody reads goes with its connection. */
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	script_free(&s);
}

static void layers_above_and_another_clock_are_refused(void **state)
{
	uint8_t name[16] = "tls";
	socklen_t len = sizeof(name);

	(void)state;
	fresh();
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_ULP, name, 4,
					       s.t.now),
			 -ENOENT);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_ULP, name, 0,
					       s.t.now),
			 -EINVAL);
	assert_int_equal(get_bytes(s.sock, TCP_ULP, name, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(set(TCP_TIMESTAMP, 5), -EPERM);
	script_free(&s);
}

static void unknown_options_and_short_values_are_refused(void **state)
{
	char byte = 1;

	fresh();
	assert_int_equal(set(9999, 1), -ENOPROTOOPT);
	assert_int_equal(set(TCP_INFO, 1), -ENOPROTOOPT);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_NODELAY, &byte,
					       1, s.t.now),
			 -EINVAL);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, 99, 1, &byte, 1, s.t.now),
			 -ENOPROTOOPT);
	script_free(&s);
}

/* As seen of Linux: only who wants the path's MTU found out forbids fragments. */
static void path_mtu_discovery_sets_dont_fragment(void **state)
{
	static const struct {
		int mode;
		bool df;
	} cases[] = {
		{ IP_PMTUDISC_DONT, false },      { IP_PMTUDISC_WANT, true },
		{ IP_PMTUDISC_DO, true },         { IP_PMTUDISC_PROBE, false },
		{ IP_PMTUDISC_INTERFACE, false }, { IP_PMTUDISC_OMIT, false },
	};

	script_new(&s);
	script_established(&s);
	for (unsigned i = 0; i < 6; i++) {
		const struct sea_ipv4_hdr *ip;
		const uint8_t *bytes;
		size_t len;

		assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_IP,
						       IP_MTU_DISCOVER, &cases[i].mode, sizeof(int),
						       s.t.now),
				 0);
		assert_int_equal(script_write(&s, 10), 10);
		ip = test_expect_ip(test_take(&s.t), IPPROTO_TCP, &bytes, &len);
		assert_int_equal(sea_be16_get(ip->frag), cases[i].df ? SEA_IPV4_DF : 0);
		SEND(&s, "A", 1, 1 + 10 * (i + 1), 0);
	}
	script_free(&s);
}

static void the_congestion_control_is_chosen_by_name(void **state)
{
	socklen_t len = 32;
	char name[32];

	fresh();
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION,
					       "reno", 4, s.t.now),
			 0);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
					       &len, s.t.now),
			 0);
	assert_int_equal(len, 16);
	assert_string_equal(name, "reno");
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION,
					       "vegas", 5, s.t.now),
			 -ENOENT);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION,
					       "reno", 0, s.t.now),
			 -EINVAL);
	script_free(&s);
}

static void a_child_inherits_the_listener_s_options(void **state)
{
	script_new(&s);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_KEEPIDLE, 33), 0);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_MAXSEG, 500), 0);
	assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	assert_int_equal(script_set(&s, s.listener, SOL_SOCKET, SO_RCVBUF, 50000), 0);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_IP, IP_TOS, 0x10), 0);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(s.seen.opts.mss, 500);
	assert_int_equal(s.seen_tos, 0x10);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(get(TCP_NODELAY), 1);
	assert_int_equal(get(TCP_KEEPIDLE), 33);
	assert_int_equal(get(TCP_MAXSEG), 500);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_RCVBUF), 100000);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_IP, IP_TOS), 0x10);
	script_free(&s);
}

static void tcp_info_is_as_long_as_the_program_asks(void **state)
{
	struct tcp_info_wire info;
	socklen_t len = 40;

	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_INFO, &info,
					       &len, s.t.now),
			 0);
	assert_int_equal(len, 40);
	len = 1000;
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_write(&s, 10), 10);
	{
		uint8_t bytes[1000];

		assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_INFO,
						       bytes, &len, s.t.now),
				 0);
		memcpy(&info, bytes, sizeof(info));
	}
	assert_int_equal(len, sizeof(info));
	assert_int_equal(info.state, TCP_ESTABLISHED);
	assert_int_equal(info.snd_mss, 1460);
	assert_int_equal(info.advmss, 1460);
	assert_int_equal(info.pmtu, 1500);
	assert_int_equal(info.unacked, 1);
	assert_int_equal(info.bytes_received, 100);
	assert_int_equal(info.bytes_sent, 10);
	assert_int_equal(info.data_segs_in, 1);
	assert_int_equal(info.snd_cwnd, 10);
	assert_int_equal(info.reordering, 3);
	test_take_all(&s.t);
	script_free(&s);
}

static void a_listener_s_tcp_info_shows_its_queue(void **state)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.listener, IPPROTO_TCP, TCP_INFO, &info,
					       &len, s.t.now),
			 0);
	assert_int_equal(info.tcpi_state, TCP_LISTEN);
	assert_int_equal(info.tcpi_unacked, 1);
	assert_int_equal(info.tcpi_sacked, 8);
	script_free(&s);
}

static void sysctls_have_linux_names_and_defaults(void **state)
{
	static const struct {
		const char *name, *value;
	} all[] = {
		{ "net.ipv4.tcp_rmem", "4096\t131072\t33554432" },
		{ "net.ipv4.tcp_mem", "196608\t262144\t393216" },
		{ "net.ipv4.tcp_notsent_lowat", "4294967295" },
		{ "net.ipv4.tcp_syncookies", "1" },
		{ "net.ipv4.tcp_available_congestion_control", "cubic reno bbr bbr3 dctcp prague" },
		{ "net.ipv4.tcp_congestion_control", "cubic" },
		{ "net.ipv4.tcp_challenge_ack_limit", "2147483647" },
	};
	char text[64];

	fresh();
	for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert_true(sea_sysctl_get(s.t.stack, all[i].name, text, sizeof(text)) > 0);
		assert_string_equal(text, all[i].value);
	}
	assert_int_equal(sea_sysctl_set(s.t.stack, "net.ipv4.tcp_congestion_control", "vegas",
					s.t.now),
			 -ENOENT);
	assert_int_equal(sea_sysctl_set(s.t.stack, "net.ipv4.tcp_notsent_lowat", "4294967296",
					s.t.now),
			 -EINVAL);
	script_sysctl(&s, "net.ipv4.tcp_notsent_lowat", "3000000000");
	assert_true(sea_sysctl_get(s.t.stack, "net.ipv4.tcp_notsent_lowat", text, 64) > 0);
	assert_string_equal(text, "3000000000");
	script_free(&s);
}

/* What few programs set, with Linux's ranges. */
static void timeouts_and_delays_have_their_ranges(void **state)
{
	static const struct {
		int name, usual, least, most;
	} opts[] = {
		{ 44 /* TCP_RTO_MAX_MS */, 120000, 1000, 120000 },
		{ 45 /* TCP_RTO_MIN_US */, 200000, 1001, 200000 },
		{ 46 /* TCP_DELACK_MAX_US */, 200000, 1001, 200000 },
		{ 16 /* TCP_THIN_LINEAR_TIMEOUTS */, 0, 0, 1 },
	};

	fresh();
	for (unsigned i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
		assert_int_equal(get(opts[i].name), opts[i].usual);
		assert_int_equal(set(opts[i].name, opts[i].least - 1), -EINVAL);
		assert_int_equal(set(opts[i].name, opts[i].most + 1), -EINVAL);
		assert_int_equal(get(opts[i].name), opts[i].usual);
		assert_int_equal(set(opts[i].name, opts[i].most), 0);
		assert_int_equal(get(opts[i].name), opts[i].most);
		assert_int_equal(set(opts[i].name, opts[i].least), 0);
		assert_int_equal(get(opts[i].name), opts[i].least);
	}
	script_free(&s);
	(void)state;
}

/* The stack's limit is that of sockets made from now on. */
static void a_socket_keeps_the_longest_timeout_it_was_made_with(void **state)
{
	sea_socket old;

	fresh();
	old = s.sock;
	script_sysctl(&s, "net.ipv4.tcp_rto_max_ms", "5000");
	assert_int_equal(get(44), 120000);
	s.sock = script_socket(&s);
	assert_int_equal(get(44), 5000);
	script_sysctl(&s, "net.ipv4.tcp_rto_max_ms", "120000");
	assert_int_equal(get(44), 5000);
	assert_int_equal(script_close(&s), 0);
	s.sock = old;
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_socket_has_linux_defaults),
		cmocka_unit_test(values_outside_the_range_are_refused),
		cmocka_unit_test(some_values_come_back_otherwise_than_they_went),
		cmocka_unit_test(a_saved_syn_is_read_once),
		cmocka_unit_test(layers_above_and_another_clock_are_refused),
		cmocka_unit_test(unknown_options_and_short_values_are_refused),
		cmocka_unit_test(path_mtu_discovery_sets_dont_fragment),
		cmocka_unit_test(the_congestion_control_is_chosen_by_name),
		cmocka_unit_test(a_child_inherits_the_listener_s_options),
		cmocka_unit_test(tcp_info_is_as_long_as_the_program_asks),
		cmocka_unit_test(a_listener_s_tcp_info_shows_its_queue),
		cmocka_unit_test(sysctls_have_linux_names_and_defaults),
		cmocka_unit_test(timeouts_and_delays_have_their_ranges),
		cmocka_unit_test(a_socket_keeps_the_longest_timeout_it_was_made_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
