/* SPDX-License-Identifier: Apache-2.0 */
/* Signed segments, RFC 2385: what is signed, and what becomes of segments without the right signature. */
#include "tests/unit/transport/tcp/md5_peer.h"

/* By another program, in another language: hashlib of Python. */
static void a_digest_is_laid_out_as_the_rfc_says(void **state)
{
	static const uint8_t right4[16] = { 0x1e, 0x23, 0x2a, 0xf2, 0x26, 0x70, 0x66, 0x49,
					    0xba, 0x11, 0x31, 0xa7, 0xed, 0x5e, 0x2d, 0xb9 };
	static const uint8_t right6[16] = { 0xe1, 0x10, 0x6c, 0x0d, 0x21, 0xeb, 0x74, 0x07,
					    0x89, 0x46, 0xeb, 0xc3, 0xcb, 0x9e, 0xa0, 0x86 };
	static const struct tcp_md5_key key = { .len = 5, .bytes = "clave" };
	const struct sea_tcp_hdr h = { .src = sea_be16_of(179),
				       .dst = sea_be16_of(40000),
				       .seq = sea_be32_of(1),
				       .ack = sea_be32_of(2),
				       .off = 10 << 4,
				       .flags = SEA_TCP_ACK,
				       .wnd = sea_be16_of(500),
				       .sum = sea_be16_of(0xbeef) };
	const struct sea_ipaddr src = script_is6() ? test_ip6("2001:db8::1")
						   : sea_ipaddr_of4(test_ip4("10.0.0.1"));
	const struct sea_ipaddr dst = script_is6() ? test_ip6("2001:db8::2")
						   : sea_ipaddr_of4(test_ip4("10.0.0.2"));
	struct tcp_md5_text text = { .family = script_is6() ? SEA_AF_INET6 : SEA_AF_INET,
				     .src = &src,
				     .dst = &dst,
				     .header = &h,
				     .header_len = 40,
				     .skip = 2 };
	struct tcp_script s;
	struct sea_pkt *pkt;
	uint8_t digest[16];

	script_new(&s);
	pkt = sea_pkt_new(&s.t.stack->shard.pool, 0, 8);
	assert_non_null(pkt);
	memcpy(sea_pkt_put(pkt, 8), "..abcdef", 8);
	text.pkt = pkt;
	sea_tcp_md5_digest(&key, &text, digest);
	assert_memory_equal(digest, script_is6() ? right6 : right4, 16);
	sea_pkt_free(pkt);
	script_free(&s);
	(void)state;
}

/* Timestamps give way to SACK, as on Linux, and each segment has 20 bytes less. */
static void all_of_a_connection_is_signed(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460, sack-ok, ts 100 0, wscale 7");
	assert_false(s.seen.opts.has_ts);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1440);
	SEND(&s, "PA", 1, 1, 100);
	EXPECT(&s, "A", 1, 101, 0);
	assert_signed(&s, "secret");
	assert_int_equal(script_read(&s, 1000), 100);
	assert_int_equal(script_write(&s, 3000), 3000);
	for (uint32_t seq = 1; seq < 3001; seq += 1440) {
		EXPECT(&s, seq + 1440 > 3000 ? "PA" : "A", seq, 101,
		       seq + 1440 > 3000 ? 3001 - seq : 1440);
		assert_signed(&s, "secret");
	}
	SEND(&s, "A", 101, 3001, 0);
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 3001, 101, 0);
	assert_signed(&s, "secret");
	script_free(&s);
	(void)state;
}

static void without_sack_timestamps_stay(void **state)
{
	struct tcp_script s;

	listen_with(&s, "secret");
	s.ts = true;
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_true(s.seen.opts.has_ts);
	assert_signed(&s, "secret");
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1428);
	script_free(&s);
	(void)state;
}

static void an_active_open_is_signed_and_offers_no_timestamps(void **state)
{
	struct tcp_script s;

	script_new(&s);
	s.sock = script_socket(&s);
	s.lport = 50000;
	s.rport = SCRIPT_PORT;
	assert_int_equal(set_key(&s, s.sock, "secret"), 0);
	peer_signs(&s, "secret");
	assert_int_equal(script_bind(&s, s.sock, "0.0.0.0", s.lport), 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", s.rport), -EINPROGRESS);
	EXPECT(&s, "S", 0, 0, 0);
	assert_signed(&s, "secret");
	assert_true(s.seen.opts.has_sack_perm && s.seen.opts.has_wscale && s.seen.opts.has_mss);
	assert_false(s.seen.opts.has_ts);
	SEND(&s, "SA", 0, 1, 0, .opts = "mss 1460");
	EXPECT(&s, "A", 1, 1, 0);
	assert_signed(&s, "secret");
	script_free(&s);
	(void)state;
}

static void two_blocks_go_beside_a_signature(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460, sack-ok");
	for (uint32_t seq = 101; seq < 901; seq += 200)
		SEND(&s, "A", seq, 1, 100);
	while (script_take(&s))
		assert_signed(&s, "secret");
	assert_int_equal(s.seen.opts.n_sack, 2);
	assert_int_equal(s.seen.hdr_len, 60);
	script_free(&s);
	(void)state;
}

static void a_segment_without_a_signature_is_dropped_where_there_is_a_key(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	peer_signs(&s, NULL);
	SEND(&s, "PA", 1, 1, 100);
	SEND(&s, "R", 1, 0, 0);
	SEND(&s, "S", 0, 0, 0, .port = 7); /* to the listener */
	NOTHING(&s);
	assert_int_equal(script_read(&s, 100), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_MD5NOTFOUND), 3);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMD5NotFound), 3);
	script_free(&s);
	(void)state;
}

static void a_segment_with_another_key_is_dropped(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	peer_signs(&s, "secreT");
	SEND(&s, "PA", 1, 1, 100);
	SEND(&s, "R", 1, 0, 0);
	SEND(&s, "S", 0, 0, 0, .port = 7);
	NOTHING(&s);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_MD5FAILURE), 3);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMD5Failure), 3);
	script_free(&s);
	(void)state;
}

static void a_half_open_connection_wants_signatures(void **state)
{
	struct tcp_script s;

	listen_with(&s, "secret");
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(&s, "SA", 0, 1, 0);
	peer_signs(&s, NULL);
	SEND(&s, "A", 1, 1, 0);
	SEND(&s, "R", 1, 0, 0);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_MD5NOTFOUND), 2);
	peer_signs(&s, "secret");
	SEND(&s, "A", 1, 77, 0); /* what was never sent */
	EXPECT(&s, "R", 77, 0, 0);
	assert_signed(&s, "secret");
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	script_free(&s);
	(void)state;
}

static void a_signature_that_nobody_asked_for_is_dropped(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	peer_signs(&s, "secret");
	SEND(&s, "PA", 1, 1, 100);
	SEND(&s, "S", 0, 0, 0, .port = 7);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_MD5UNEXPECTED), 2);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMD5Unexpected), 2);
	peer_signs(&s, NULL);
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_read(&s, 1000), 100);
	script_free(&s);
	(void)state;
}

static void spoil(struct tcp_script *s, uint8_t *segment, size_t hdr_len, size_t len)
{
	sign(s, segment, hdr_len, len);
	segment[23] = 17;
	segment[39] = 1; /* a NOP */
}

static void a_signature_of_another_length_is_dropped(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	s.sign = spoil;
	SEND(&s, "PA", 1, 1, 100);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_AUTH_HDR), 1);
	script_free(&s);
	(void)state;
}

/* Nobody there knows the key: what would the peer do with a reset? */
static void a_signed_segment_for_nobody_is_not_answered(void **state)
{
	struct tcp_script s;

	script_new(&s);
	peer_signs(&s, "secret");
	SEND(&s, "A", 1, 1, 0);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_NO_SOCKET), 1);
	script_free(&s);
	(void)state;
}

/* But a listener on the port of the peer does, as between routers that speak BGP. */
static void a_reset_is_signed_with_the_key_of_a_listener_on_the_peer_s_port(void **state)
{
	struct tcp_script s;

	listen_with(&s, "secret");
	s.lport = 50000;
	SEND(&s, "A", 1, 99, 0, .port = SCRIPT_PORT, .raw_ack = true);
	s.iss = 99;
	EXPECT(&s, "R", 0, 0, 0);
	assert_signed(&s, "secret");
	peer_signs(&s, "other");
	SEND(&s, "A", 1, 99, 0, .port = SCRIPT_PORT, .raw_ack = true);
	NOTHING(&s);
	script_free(&s);
	(void)state;
}

static void the_last_ack_of_a_connection_is_signed(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_signed(&s, "secret");
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	assert_signed(&s, "secret");
	script_free(&s);
	(void)state;
}

static void a_syn_for_a_connection_that_was_is_judged_by_the_listener(void **state)
{
	struct tcp_script s;

	established(&s, "mss 1460");
	assert_int_equal(script_shutdown(&s, SHUT_WR), 0);
	SEND(&s, "FA", 1, 2, 0);
	test_take_all(&s.t);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	peer_signs(&s, NULL);
	SEND(&s, "S", 100000, 0, 0);
	NOTHING(&s);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_MD5NOTFOUND), 1);
	script_free(&s);
	(void)state;
}

/* Their options fill the header to its last byte. */
static void a_cookie_is_signed_and_so_is_what_comes_of_it(void **state)
{
	struct tcp_script s;

	listen_with(&s, "secret");
	script_sysctl(&s, "net.ipv4.tcp_syncookies", "2");
	s.ts = true;
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, wscale 5");
	EXPECT(&s, "SA", 0, 1, 0);
	assert_signed(&s, "secret");
	assert_int_equal(s.seen.hdr_len, 60);
	assert_true(s.seen.opts.has_ts && s.seen.opts.has_sack_perm && s.seen.opts.has_wscale);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_signed(&s, "secret");
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_is_laid_out_as_the_rfc_says),
		cmocka_unit_test(all_of_a_connection_is_signed),
		cmocka_unit_test(without_sack_timestamps_stay),
		cmocka_unit_test(an_active_open_is_signed_and_offers_no_timestamps),
		cmocka_unit_test(two_blocks_go_beside_a_signature),
		cmocka_unit_test(a_segment_without_a_signature_is_dropped_where_there_is_a_key),
		cmocka_unit_test(a_segment_with_another_key_is_dropped),
		cmocka_unit_test(a_half_open_connection_wants_signatures),
		cmocka_unit_test(a_signature_that_nobody_asked_for_is_dropped),
		cmocka_unit_test(a_signature_of_another_length_is_dropped),
		cmocka_unit_test(a_signed_segment_for_nobody_is_not_answered),
		cmocka_unit_test(a_reset_is_signed_with_the_key_of_a_listener_on_the_peer_s_port),
		cmocka_unit_test(the_last_ack_of_a_connection_is_signed),
		cmocka_unit_test(a_syn_for_a_connection_that_was_is_judged_by_the_listener),
		cmocka_unit_test(a_cookie_is_signed_and_so_is_what_comes_of_it),
	};

	return SCRIPT_RUN(tests);
}
