/* SPDX-License-Identifier: Apache-2.0 */
/* ECN (RFC 3168) as seen on the wire: what scripts of packetimpact/tests/ecn leave out. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/cc.h"

static struct tcp_script s;

static int setup(void **state)
{
	(void)state;
	script_new(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	script_free(&s);
	return 0;
}

enum { NOT_ECT, ECT_1, ECT_0, CE };

static void accept_with_ecn(void)
{
	script_listen(&s, 8);
	SEND(&s, "SEC", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SAE", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
}

static void expect_data(const char *flags, uint32_t seq, uint32_t ack, uint32_t len, uint8_t field)
{
	EXPECT(&s, flags, seq, ack, len);
	assert_int_equal(s.seen_tos & 3, field);
}

/* RFC3168:6.1.2-a, RFC3168:6.1.4 */
static void new_data_is_ect_0_and_acks_are_not(void **state)
{
	(void)state;
	accept_with_ecn();
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, ECT_0);
	SEND(&s, "PA", 1, 101, 100, .tos = ECT_0);
	expect_data("A", 101, 101, 0, NOT_ECT);
}

/* RFC3168:6.1.3-a */
static void mark_is_echoed_until_the_peer_has_reacted(void **state)
{
	(void)state;
	accept_with_ecn();
	SEND(&s, "PA", 1, 1, 100, .tos = CE);
	expect_data("AE", 1, 101, 0, NOT_ECT);
	SEND(&s, "PA", 101, 1, 100, .tos = ECT_0);
	expect_data("AE", 1, 201, 0, NOT_ECT);
	SEND(&s, "PAC", 201, 1, 100, .tos = ECT_0);
	expect_data("A", 1, 301, 0, NOT_ECT);
}

/* A marked segment that says CWR itself is a new mark. */
static void mark_beside_cwr_counts(void **state)
{
	(void)state;
	accept_with_ecn();
	SEND(&s, "PA", 1, 1, 100, .tos = CE);
	expect_data("AE", 1, 101, 0, NOT_ECT);
	SEND(&s, "PAC", 101, 1, 100, .tos = CE);
	expect_data("AE", 1, 201, 0, NOT_ECT);
}

/* RFC3168:6.1.2-c */
static void ece_of_the_peer_brings_cwr_once(void **state)
{
	(void)state;
	accept_with_ecn();
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, ECT_0);
	SEND(&s, "AE", 1, 101, 0);
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PAC", 101, 1, 100, ECT_0);
	SEND(&s, "A", 1, 201, 0);
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 201, 1, 100, ECT_0);
}

static void ece_means_nothing_without_ecn(void **state)
{
	(void)state;
	script_established(&s);
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, NOT_ECT);
	SEND(&s, "AE", 1, 101, 0);
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 101, 1, 100, NOT_ECT);
	SEND(&s, "PA", 1, 201, 100, .tos = CE);
	expect_data("A", 201, 101, 0, NOT_ECT);
}

/* RFC3168:6.1.5 */
static void retransmission_is_not_ect(void **state)
{
	(void)state;
	accept_with_ecn();
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, ECT_0);
	test_advance(&s.t, 3 * SEA_SEC);
	expect_data("PA", 1, 1, 100, NOT_ECT);
}

/* RFC3168:6.1.1.1 */
static void syn_that_is_sent_again_asks_no_more(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_ecn", "1");
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.flags, SEA_TCP_SYN | SEA_TCP_ECE | SEA_TCP_CWR);
	test_advance(&s.t, SEA_SEC + SEA_MSEC);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.flags, SEA_TCP_SYN);
}

/* RFC3168:6.1.1-c; with AE alone it would be Accurate ECN's (RFC 9768), as on Linux. */
static void answer_that_returns_our_flags_grants_nothing(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_ecn", "1");
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	expect_data("SEC", 0, 0, 0, NOT_ECT);
	SEND(&s, "SAEC", 0, 1, 0, .ace = 7, .opts = "mss 1460");
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, NOT_ECT);
}

/* RFC3168:6.1.6 */
static void probe_of_a_window_is_not_ect(void **state)
{
	(void)state;
	accept_with_ecn();
	SEND(&s, "PA", 1, 1, 100, .tos = CE);
	expect_data("AE", 1, 101, 0, NOT_ECT);
	s.wnd = 0;
	SEND(&s, "A", 101, 1, 0);
	assert_int_equal(script_write(&s, 100), 100);
	NOTHING(&s);
	test_advance(&s.t, SEA_SEC);
	expect_data("AE", 0, 101, 0, NOT_ECT);
}

static void socket_that_connects_anew_asks_anew(void **state)
{
	struct sockaddr_in nobody = { .sin_family = AF_UNSPEC };

	(void)state;
	SCRIPT_ONLY4();
	script_sysctl(&s, "net.ipv4.tcp_ecn", "1");
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	assert_true(script_take(&s));
	assert_int_equal(sea_socket_connect(s.t.stack, s.sock, (struct sockaddr *)&nobody,
					    sizeof(nobody), s.t.now),
			 0);
	script_sysctl(&s, "net.ipv4.tcp_ecn", "2");
	(void)script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT);
	(void)script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.flags, SEA_TCP_SYN);
}

static void packets_are_counted_whatever_was_agreed_on(void **state)
{
	struct {
		uint8_t options[6];
	} head;
	socklen_t len = sizeof(head);

	(void)state;
	script_established(&s);
	SEND(&s, "PA", 1, 1, 100, .tos = ECT_1);
	assert_true(script_take(&s));
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_INFO, &head,
					       &len, s.t.now),
			 0);
	assert_int_equal(head.options[5] & 16, 16); /* TCPI_OPT_ECN_SEEN */
}

/* -- DCTCP (RFC 8257); no-oracle: this kernel has it not -- */

static void listen_with_dctcp(void)
{
	script_listen(&s, 8);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.listener, IPPROTO_TCP, TCP_CONGESTION,
					       "dctcp", 5, s.t.now),
			 0);
	SEND(&s, "SEC", 0, 0, 0, .opts = "mss 1460", .tos = ECT_0);
	expect_data("SAE", 0, 1, 0, ECT_0);
	SEND(&s, "A", 1, 1, 0, .tos = ECT_0);
	assert_int_equal(script_accept(&s), 0);
}

/* RFC8257:3.2: an ACK for what came before marks began, then one for the mark. */
static void change_of_marks_is_told_of_at_once(void **state)
{
	(void)state;
	listen_with_dctcp();
	/* The first ACKs of a connection are not delayed. */
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_QUICKACK, 0), 0);
	SEND(&s, "PA", 1, 1, 100, .tos = ECT_0);
	NOTHING(&s);
	SEND(&s, "PA", 101, 1, 100, .tos = CE);
	expect_data("A", 1, 101, 0, ECT_0);
	expect_data("AE", 1, 201, 0, ECT_0);
	SEND(&s, "PA", 201, 1, 100, .tos = ECT_0);
	expect_data("A", 1, 301, 0, ECT_0);
}

/* RFC8257:5.2: all that it sends is ECT, retransmissions, too. */
static void everything_is_ect_with_dctcp(void **state)
{
	(void)state;
	listen_with_dctcp();
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, ECT_0);
	test_advance(&s.t, 3 * SEA_SEC);
	expect_data("PA", 1, 1, 100, ECT_0);
}

static void without_ecn_dctcp_gives_way(void **state)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_congestion_control", "dctcp");
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
					       &len, s.t.now),
			 0);
	assert_string_equal(name, "dctcp-reno");
	assert_int_equal(script_write(&s, 100), 100);
	expect_data("PA", 1, 1, 100, NOT_ECT);
}

static struct tcp_cc_info cc_info(void)
{
	struct tcp_cc_info info = { 0 };
	socklen_t len = sizeof(info);

	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CC_INFO, &info,
					       &len, s.t.now),
			 0);
	assert_int_equal(len, 16);
	return info;
}

static void tcp_cc_info_tells_of_alpha_and_marks(void **state)
{
	struct tcp_cc_info info;

	(void)state;
	listen_with_dctcp();
	SEND(&s, "PA", 1, 1, 100, .tos = CE);
	assert_true(script_take(&s));
	info = cc_info();
	assert_int_equal(info.enabled, 1);
	assert_int_equal(info.ce_state, 1);
	assert_int_equal(info.alpha, 1024);
	assert_int_equal(script_write(&s, 3000), 3000);
	while (script_take(&s))
		;
	SEND(&s, "AE", 101, 1461, 0);
	info = cc_info();
	assert_int_equal(info.bytes, 0); /* that ACK began the first round trip */
	SEND(&s, "AE", 101, 2921, 0);
	info = cc_info();
	assert_int_equal(info.bytes, 1460);
	assert_int_equal(info.bytes_marked, 1460);
}

static int ask_cc_info(uint8_t bytes[20], socklen_t *len)
{
	memset(bytes, 0xa5, 20);
	return sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CC_INFO, bytes, len,
				     s.t.now);
}

/* As Linux's: cut to the length, whatever that is. */
static void tcp_cc_info_is_cut_to_its_length(void **state)
{
	uint8_t whole[20], part[20];
	socklen_t len = 20;

	(void)state;
	listen_with_dctcp();
	assert_int_equal(ask_cc_info(whole, &len), 0);
	assert_int_equal(len, 16);
	for (socklen_t n = 0; n <= 16; n++) {
		len = n;
		assert_int_equal(ask_cc_info(part, &len), 0);
		assert_int_equal(len, n);
		assert_memory_equal(part, whole, n);
		assert_int_equal(part[n], 0xa5);
	}
	len = (socklen_t)-1;
	assert_int_equal(ask_cc_info(part, &len), -EINVAL);
}

/* Reno and CUBIC have no answer, and no use for memory. */
static void tcp_cc_info_of_others_is_nothing(void **state)
{
	static const char *const names[] = { "reno", "cubic" };
	uint8_t bytes[20];

	(void)state;
	s.sock = script_socket(&s);
	for (unsigned i = 0; i < 2; i++) {
		socklen_t len = 20;

		assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP,
						       TCP_CONGESTION, names[i],
						       (socklen_t)strlen(names[i]), s.t.now),
				 0);
		assert_int_equal(ask_cc_info(bytes, &len), 0);
		assert_int_equal(len, 0);
		assert_int_equal(bytes[0], 0xa5);
		len = 20;
		assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CC_INFO,
						       NULL, &len, s.t.now),
				 0);
		assert_int_equal(len, 0);
	}
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_CC_INFO, 1), -ENOPROTOOPT);
}

static void syn_of_dctcp_asks_and_is_ect(void **state)
{
	(void)state;
	script_sysctl(&s, "net.ipv4.tcp_congestion_control", "dctcp");
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EINPROGRESS);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.flags, SEA_TCP_SYN | SEA_TCP_ECE | SEA_TCP_CWR);
	assert_int_equal(s.seen_tos & 3, ECT_0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_data_is_ect_0_and_acks_are_not),
		TEST(mark_is_echoed_until_the_peer_has_reacted),
		TEST(mark_beside_cwr_counts),
		TEST(ece_of_the_peer_brings_cwr_once),
		TEST(ece_means_nothing_without_ecn),
		TEST(retransmission_is_not_ect),
		TEST(syn_that_is_sent_again_asks_no_more),
		TEST(answer_that_returns_our_flags_grants_nothing),
		TEST(probe_of_a_window_is_not_ect),
		TEST(socket_that_connects_anew_asks_anew),
		TEST(packets_are_counted_whatever_was_agreed_on),
		TEST(change_of_marks_is_told_of_at_once),
		TEST(everything_is_ect_with_dctcp),
		TEST(without_ecn_dctcp_gives_way),
		TEST(tcp_cc_info_tells_of_alpha_and_marks),
		TEST(tcp_cc_info_is_cut_to_its_length),
		TEST(tcp_cc_info_of_others_is_nothing),
		TEST(syn_of_dctcp_asks_and_is_ect),
	};

	return SCRIPT_RUN(tests);
}
