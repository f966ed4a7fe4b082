/* SPDX-License-Identifier: Apache-2.0 */
/* Segments signed by RFC 5925: what is signed with what, and what becomes of segments without the right signature. */
#include "tests/unit/transport/tcp/ao_peer.h"

#include "tests/lib/snapshot.h"
#include "wire/icmp.h"

static void all_of_a_connection_is_signed(void **state)
{
	struct tcp_script s;
	struct tcp_ao_info_opt info;

	ao_established(&s);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1444);
	SEND(&s, "PA", 1, 1, 100);
	EXPECT(&s, "A", 1, 101, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(script_read(&s, 1000), 100);
	assert_int_equal(script_write(&s, 3000), 3000);
	for (uint32_t seq = 1; seq < 3001; seq += 1444) {
		EXPECT(&s, seq + 1444 > 3000 ? "PA" : "A", seq, 101,
		       seq + 1444 > 3000 ? 3001 - seq : 1444);
		assert_ao(&s, "secret", 100, 200);
	}
	SEND(&s, "A", 101, 3001, 0);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 3001, 101, 0);
	assert_ao(&s, "secret", 100, 200);
	info = ao_info(&s, s.sock);
	assert_int_equal(info.pkt_good, 2); /* the listener counts what ends the handshake */
	assert_int_equal(info.pkt_bad, 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOGood), 4);
	script_free(&s);
	(void)state;
}

static void timestamps_stay_and_one_block_goes_beside_them(void **state)
{
	struct tcp_script s;

	ao_listen(&s);
	s.ts = true;
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, wscale 7");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(s.seen.hdr_len, 56);
	assert_true(s.seen.opts.has_ts && s.seen.opts.has_sack_perm && s.seen.opts.has_wscale);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	for (uint32_t seq = 101; seq < 701; seq += 200)
		SEND(&s, "A", seq, 1, 100);
	while (script_take(&s))
		assert_ao(&s, "secret", 100, 200);
	assert_int_equal(s.seen.opts.n_sack, 1);
	script_free(&s);
	(void)state;
}

/* RFC 9768 beside both: all 40 bytes are used. */
static void accurate_ecn_has_what_room_is_left(void **state)
{
	struct tcp_script s;
	uint32_t n = 0;

	ao_listen(&s);
	script_sysctl(&s, "net.ipv4.tcp_ecn", "3");
	s.ts = true;
	SEND(&s, "S", 0, 0, 0, .ace = 7, .opts = "mss 1460, sack-ok, wscale 7");
	EXPECT(&s, "SAC", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(s.seen.hdr_len, 60);
	assert_int_equal(s.seen.opts.accecn, SEA_TCPOPT_ACCECN1);
	assert_int_equal(s.seen.opts.n_accecn, 0);
	SEND(&s, "A", 1, 1, 0, .ace = 2, .opts = "accecn 1 0 1");
	assert_int_equal(script_accept(&s), 0);
	SEND(&s, "PA", 1, 1, 100, .ace = 5, .tos = 2);
	EXPECT(&s, "AE", 1, 101, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(s.seen.opts.n_accecn, 3);
	assert_int_equal(script_write(&s, 3000), 3000);
	for (; script_take(&s); n += s.seen.len) {
		assert_ao(&s, "secret", 100, 200);
		assert_int_equal(s.seen.hdr_len, 60);
		assert_in_range(s.seen.len, 1, 1420);
	}
	assert_int_equal(n, 3000);
	SEND(&s, "A", 301, 3001, 100, .ace = 5, .tos = 2);
	EXPECT(&s, "AE", 3001, 101, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(s.seen.opts.n_sack, 1); /* beside which there is none */
	assert_int_equal(s.seen.opts.accecn, 0);
	assert_int_equal(s.seen.hdr_len, 60);
	script_free(&s);
	(void)state;
}

static void an_active_open_is_signed(void **state)
{
	struct tcp_script s;

	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(ao_add(&s, s.sock, "secret", 100, 200), 0);
	ao_peer_signs(&s, "secret", 200, 100);
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", s.rport), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_true(s.seen.opts.has_ts && s.seen.opts.has_sack_perm && s.seen.opts.has_wscale);
	SEND(&s, "SA", 0, 1, 0, .opts = "mss 1460");
	EXPECT(&s, "A", 1, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "PA", 1, 1, 10);
	assert_int_equal(script_read(&s, 100), 10);
	script_free(&s);
	(void)state;
}

static void who_has_keys_for_others_alone_does_not_connect(void **state)
{
	struct tcp_ao_add a =
		ao_key_for(script_is6() ? "2001:db9::2" : "10.1.0.2", ao_whole(), "k", 1, 2);
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", SCRIPT_PORT), -EKEYREJECTED);
	NOTHING(&s);
	script_free(&s);
	(void)state;
}

/* RFC5925:7.3-a */
static void a_segment_without_a_signature_is_dropped_where_there_is_a_key(void **state)
{
	struct tcp_script s;

	ao_established(&s);
	ao_peer_signs(&s, NULL, 0, 0);
	SEND(&s, "PA", 1, 1, 100);
	SEND(&s, "R", 1, 0, 0);
	SEND(&s, "S", 0, 0, 0, .port = 7); /* to the listener */
	NOTHING(&s);
	assert_int_equal(script_read(&s, 100), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AONOTFOUND), 3);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAORequired), 3);
	assert_int_equal(ao_info(&s, s.sock).pkt_ao_required, 2);
	script_free(&s);
	(void)state;
}

/* RFC5925:7.5-a */
static void a_segment_with_another_key_is_dropped(void **state)
{
	struct tcp_script s;

	ao_established(&s);
	ao_peer_signs(&s, "secreT", 200, 100);
	SEND(&s, "PA", 1, 1, 100);
	SEND(&s, "R", 1, 0, 0);
	NOTHING(&s);
	ao_peer_signs(&s, "secret", 201, 100); /* an ID that is not there */
	SEND(&s, "PA", 1, 1, 100);
	NOTHING(&s);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOFAILURE), 2);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOKEYNOTFOUND), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 2);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOKeyNotFound), 1);
	assert_int_equal(ao_info(&s, s.sock).pkt_bad, 2);
	assert_int_equal(ao_info(&s, s.sock).pkt_key_not_found, 1);
	script_free(&s);
	(void)state;
}

static void a_handshake_ends_as_it_began(void **state)
{
	struct tcp_script s;

	ao_listen(&s);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	ao_peer_signs(&s, NULL, 0, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), -EAGAIN);
	script_free(&s);
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(ao_add(&s, s.listener, "secret", 100, 200), 0);
	ao_peer.our_isn = s.seen.seq.v;
	ao_peer.isn = SCRIPT_PEER_ISN;
	ao_peer_signs(&s, "secret", 200, 100);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOFAILURE), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 1);
	script_free(&s);
	(void)state;
}

/* Otherwise than RFC 5925 §7.3 would have it, as Linux. */
static void a_signature_that_nobody_asked_for_is_dropped(void **state)
{
	struct tcp_script s;

	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	script_established(&s);
	ao_peer_signs(&s, "secret", 200, 100);
	SEND(&s, "PA", 1, 1, 100);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AOUNEXPECTED), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOKeyNotFound), 1);
	script_free(&s);
	(void)state;
}

/* RFC5925:6.1-a: what the peer asks for is used, if it is there; and asked for is what the program says. */
static void keys_roll_over_in_mid_stream(void **state)
{
	struct tcp_ao_info_opt info = { .bits = TCP_AO_SET_RNEXT, .rnext = 201 };
	struct tcp_script s;

	ao_established(&s);
	assert_int_equal(ao_add(&s, s.sock, "another", 101, 201), 0);
	ao_peer_signs(&s, "secret", 200, 77);
	SEND(&s, "PA", 1, 1, 10);
	EXPECT(&s, "A", 1, 11, 0);
	assert_ao(&s, "secret", 100, 200); /* there is no 77 */
	ao_peer_signs(&s, "secret", 200, 101);
	SEND(&s, "PA", 11, 1, 10);
	EXPECT(&s, "A", 1, 21, 0);
	assert_ao(&s, "another", 101, 200);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 21, 10);
	assert_ao(&s, "another", 101, 200);
	SEND(&s, "A", 21, 11, 0);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &info, sizeof(info)), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 11, 21, 10);
	assert_ao(&s, "another", 101, 201);
	ao_peer_signs(&s, "another", 201, 101);
	SEND(&s, "A", 21, 21, 0);
	SEND(&s, "PA", 21, 21, 10);
	assert_int_equal(script_read(&s, 100), 30);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 0);
	script_free(&s);
	(void)state;
}

/* RFC5925:6.2-a: beyond 2^32 the peer's numbers have an extension of 1, and an old one still has 0. */
static void numbers_are_extended_where_they_wrap(void **state)
{
	uint32_t first = (uint32_t)(0u - 150u - SCRIPT_PEER_ISN);
	struct tcp_script s;

	ao_established_at(&s, first, "mss 1460");
	for (uint32_t n = 0; n < 4; n++)
		SEND(&s, "PA", first + 1 + n * 100, 1, 100);
	assert_int_equal(script_read(&s, 1000), 400);
	SEND(&s, "PA", first + 1, 1, 100); /* again: a duplicate, and rightly signed */
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 0);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOGood), 7);
	script_free(&s);
	(void)state;
}

/* The same of ours: a first number goes with the clock, by one in 64 ns (isn.c), so that it can be had. */
static void our_numbers_are_extended_where_they_wrap(void **state)
{
	struct tcp_script s;

	ao_listen(&s);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "R", 1, 0, 0);
	test_advance(&s.t, (int64_t)(0u - 100u - s.iss) * 64);
	test_take_all(&s.t);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_in_range(s.iss, 0u - 101u, 0u - 99u);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	for (uint32_t seq = 1; seq < 500; seq += 90) {
		assert_int_equal(script_write(&s, 90), 90);
		EXPECT(&s, "PA", seq, 1, 90);
		assert_ao(&s, "secret", 100, 200);
		SEND(&s, "A", 1, seq + 90, 0);
	}
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 0);
	script_free(&s);
	(void)state;
}

/* RFC5925:3.1-b */
static void options_are_left_out_where_the_key_says_so(void **state)
{
	struct tcp_script s;
	struct tcp_ao_add a = ao_key_for(peer_host(), ao_whole(), "secret", 100, 200);

	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	ao_peer.excludes = true;
	script_listen(&s, 8);
	a.keyflags = TCP_AO_KEYF_EXCLUDE_OPT;
	assert_int_equal(ao_set(&s, s.listener, TCP_AO_ADD_KEY, &a, sizeof(a)), 0);
	ao_peer_signs(&s, "secret", 200, 100);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, wscale 5");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	script_free(&s);
	(void)state;
}

static void the_last_ack_of_a_connection_is_signed(void **state)
{
	struct tcp_script s;

	ao_established(&s);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_ao(&s, "secret", 100, 200);
	script_free(&s);
	(void)state;
}

static void a_cookie_is_signed_and_so_is_what_comes_of_it(void **state)
{
	struct tcp_script s;

	ao_listen(&s);
	script_sysctl(&s, "net.ipv4.tcp_syncookies", "2");
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_ao(&s, "secret", 100, 200);
	script_free(&s);
	(void)state;
}

static void a_reset_for_a_half_open_connection_is_signed(void **state)
{
	struct tcp_script s;

	ao_listen(&s);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "A", 1, 77, 0); /* what was never sent */
	EXPECT(&s, "R", 77, 0, 0);
	assert_ao(&s, "secret", 100, 200);
	script_free(&s);
	(void)state;
}

/* Nobody has its numbers. */
static void a_signed_segment_for_nobody_is_not_answered(void **state)
{
	struct tcp_script s;

	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	ao_peer_signs(&s, "secret", 200, 100);
	SEND(&s, "A", 1, 1, 0);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_NO_SOCKET), 1);
	script_free(&s);
	(void)state;
}

/* Too big, about our byte `seq`. */
static void frag_needed(struct tcp_script *s, uint32_t seq)
{
	uint8_t msg[sizeof(struct sea_icmp_hdr) + sizeof(struct sea_ipv4_hdr) + 8] = { 0 };
	struct sea_icmp_hdr *h = (struct sea_icmp_hdr *)msg;
	struct sea_ipv4_hdr *ip = (struct sea_ipv4_hdr *)(h + 1);
	uint8_t *tcp = (uint8_t *)(ip + 1);
	const struct test_ip outer = { .proto = IPPROTO_ICMP };

	h->type = SEA_ICMP_DEST_UNREACH;
	h->code = SEA_ICMP_FRAG_NEEDED;
	h->frag.mtu = sea_be16_of(1000);
	*ip = (struct sea_ipv4_hdr){ .ver_ihl = 0x45,
				     .total_len = sea_be16_of(1500),
				     .ttl = 60,
				     .proto = IPPROTO_TCP,
				     .src = test_our_ip,
				     .dst = test_peer_ip };
	ip->sum = test_checksum(ip, sizeof(*ip), 0);
	sea_put16(tcp, s->lport);
	sea_put16(tcp + 2, s->rport);
	sea_put32(tcp + 4, s->iss + seq);
	h->sum = test_checksum(msg, sizeof(msg), 0);
	test_inject_ip(&s->t, &outer, msg, sizeof(msg));
}

/* RFC5925:7.8-a */
static void hard_icmp_errors_are_ignored_unless_they_are_wanted(void **state)
{
	struct tcp_ao_info_opt info = { .bits = TCP_AO_ACCEPT_ICMPS };
	struct tcp_script s;

	SCRIPT_ONLY4();
	ao_established(&s);
	assert_int_equal(script_write(&s, 1444), 1444);
	EXPECT(&s, "PA", 1, 1, 1444);
	frag_needed(&s, 1);
	NOTHING(&s);
	assert_int_equal(ao_info(&s, s.sock).pkt_dropped_icmp, 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAODroppedIcmps), 1);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &info, sizeof(info)), 0);
	frag_needed(&s, 1);
	EXPECT(&s, "A", 1, 1, 944);
	assert_ao(&s, "secret", 100, 200);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAODroppedIcmps), 1);
	script_free(&s);
	(void)state;
}

static void save_and_load(struct tcp_script *s)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
	static const struct sea_module *const modules6[] = { &sea_ipv4, &sea_ipv6, &sea_tcp };
	struct snapshot at = { 0 };

	assert_int_equal(sea_stack_save(s->t.stack, snapshot_write, &at), 0);
	sea_stack_free(s->t.stack);
	assert_int_equal(sea_stack_load(NULL, &s->t.env.env, script_is6() ? modules6 : modules,
					script_is6() ? 3 : 2, false, snapshot_read, &at,
					&s->t.stack),
			 0);
	s->t.link = sea_link_by_index(s->t.stack, 2);
	assert_non_null(s->t.link);
	snapshot_free(&at);
}

static void keys_are_saved(void **state)
{
	struct tcp_script s;

	ao_established(&s);
	save_and_load(&s);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "PA", 1, 11, 10);
	assert_int_equal(script_read(&s, 100), 10);
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_connection_is_signed),
		cmocka_unit_test(timestamps_stay_and_one_block_goes_beside_them),
		cmocka_unit_test(accurate_ecn_has_what_room_is_left),
		cmocka_unit_test(an_active_open_is_signed),
		cmocka_unit_test(who_has_keys_for_others_alone_does_not_connect),
		cmocka_unit_test(a_segment_without_a_signature_is_dropped_where_there_is_a_key),
		cmocka_unit_test(a_segment_with_another_key_is_dropped),
		cmocka_unit_test(a_handshake_ends_as_it_began),
		cmocka_unit_test(a_signature_that_nobody_asked_for_is_dropped),
		cmocka_unit_test(keys_roll_over_in_mid_stream),
		cmocka_unit_test(numbers_are_extended_where_they_wrap),
		cmocka_unit_test(our_numbers_are_extended_where_they_wrap),
		cmocka_unit_test(options_are_left_out_where_the_key_says_so),
		cmocka_unit_test(the_last_ack_of_a_connection_is_signed),
		cmocka_unit_test(a_cookie_is_signed_and_so_is_what_comes_of_it),
		cmocka_unit_test(a_reset_for_a_half_open_connection_is_signed),
		cmocka_unit_test(a_signed_segment_for_nobody_is_not_answered),
		cmocka_unit_test(hard_icmp_errors_are_ignored_unless_they_are_wanted),
		cmocka_unit_test(keys_are_saved),
	};

	return SCRIPT_RUN(tests);
}
