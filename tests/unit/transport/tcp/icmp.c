/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP errors about TCP segments, as transcripts: RFC 5927, RFC 1191, RFC 6633. */
#include "tests/lib/tcp_script.h"

#include "wire/icmp.h"

/* An error from 10.0.0.2 about a segment of ours with this sequence number. */
static void icmp(struct tcp_script *s, uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq)
{
	uint8_t msg[sizeof(struct sea_icmp_hdr) + sizeof(struct sea_ipv4_hdr) + 8];
	struct sea_icmp_hdr *h = (struct sea_icmp_hdr *)msg;
	struct sea_ipv4_hdr *ip = (struct sea_ipv4_hdr *)(h + 1);
	uint8_t *tcp = (uint8_t *)(ip + 1);
	const struct test_ip outer = { .proto = IPPROTO_ICMP };

	memset(msg, 0, sizeof(msg));
	h->type = type;
	h->code = code;
	h->frag.mtu = sea_be16_of(mtu);
	ip->ver_ihl = 0x45;
	ip->total_len = sea_be16_of(1500);
	ip->ttl = 60;
	ip->proto = IPPROTO_TCP;
	ip->src = test_our_ip;
	ip->dst = test_peer_ip;
	ip->sum = test_checksum(ip, sizeof(*ip), 0);
	sea_put16(tcp, s->lport);
	sea_put16(tcp + 2, s->rport);
	sea_put32(tcp + 4, s->iss + seq);
	h->sum = test_checksum(msg, sizeof(msg), 0);
	test_inject_ip(&s->t, &outer, msg, sizeof(msg));
}

/* RFC9293:MUST-54, RFC9293:SHLD-26 */
static void unreachable_ends_a_connect(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0, 0);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
	script_free(&s);
}

/* Case 40. RFC9293:MUST-56, RFC1122:3.2.2.1-d */
static void no_icmp_error_ends_an_established_connection(void **state)
{
	static const uint8_t codes[] = { 0, 1, 2, 3, 5, 6, 7, 9, 10, 13 };
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	for (unsigned i = 0; i < sizeof(codes); i++)
		icmp(&s, SEA_ICMP_DEST_UNREACH, codes[i], 0, 1);
	icmp(&s, SEA_ICMP_TIME_EXCEEDED, 0, 0, 1);
	icmp(&s, SEA_ICMP_PARAM_PROBLEM, 0, 0, 1);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	/* The last one is told once to who asks, and to nobody else. */
	assert_int_equal(script_read(&s, 1), -EAGAIN);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), EPROTO);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), 0);
	script_free(&s);
}

/* RFC9293:MUST-47, RFC9293:SHLD-20 */
static void with_ip_recverr_it_is_told(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_IP, IP_RECVERR, 1), 0);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0, 1);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	script_free(&s);
}

/* RFC9293:MUST-47, RFC9293:SHLD-25 */
static void it_is_the_reason_for_a_timeout(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000), 0);
	assert_int_equal(script_write(&s, 10), 10);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0, 1);
	test_advance(&s.t, 60 * SEA_SEC);
	test_take_all(&s.t);
	assert_int_equal(script_state(&s), TCP_CLOSE);
	assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
	script_free(&s);
}

/* RFC 5927 §4.1. RFC4443:5.2-a */
static void a_number_that_is_not_in_flight_is_ignored(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0, 5);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0, (uint32_t)-1);
	assert_int_equal(script_state(&s), TCP_SYN_SENT);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtOutOfWindowIcmps), 2);
	script_free(&s);
}

static void a_half_open_connection_is_forgotten(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0, 7);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0, 0);
	assert_int_equal(script_listed(&s), TCP_SYN_RECV);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0, 0);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

/* Case 42. RFC9293:MUST-55 */
static void a_source_quench_is_ignored(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	icmp(&s, SEA_ICMP_SOURCE_QUENCH, 0, 0, 0);
	assert_int_equal(script_state(&s), TCP_SYN_SENT);
	script_free(&s);
}

/* RFC 1191: what did not fit goes again at once, in pieces that do. */
static void fragmentation_needed_sends_smaller_segments(void **state)
{
	struct tcp_script s;
	uint32_t end = 1;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 2920), 2920);
	test_take_all(&s.t);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, 1000, 1);
	while (script_take(&s)) {
		assert_int_equal(s.seen.seq.v - s.iss, end);
		assert_in_range(s.seen.len, 1, 960);
		end += s.seen.len;
	}
	assert_int_equal(end, 2921);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 960);
	script_free(&s);
}

/* Case 41: below route.min_pmtu nothing is believed. */
static void a_forged_tiny_mtu_is_bounded(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 1460), 1460);
	test_take_all(&s.t);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, 1000, 5000);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1460);
	icmp(&s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, 68, 1);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 552 - 40);
	test_take_all(&s.t);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unreachable_ends_a_connect),
		cmocka_unit_test(no_icmp_error_ends_an_established_connection),
		cmocka_unit_test(with_ip_recverr_it_is_told),
		cmocka_unit_test(it_is_the_reason_for_a_timeout),
		cmocka_unit_test(a_number_that_is_not_in_flight_is_ignored),
		cmocka_unit_test(a_half_open_connection_is_forgotten),
		cmocka_unit_test(a_source_quench_is_ignored),
		cmocka_unit_test(fragmentation_needed_sends_smaller_segments),
		cmocka_unit_test(a_forged_tiny_mtu_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
