/* SPDX-License-Identifier: Apache-2.0 */
/* The path's MTU is found by trying (RFC 4821), as transcripts; packetimpact/tests/mtu_probe is what Linux does. */
#include "tests/lib/tcp_script.h"

static struct tcp_script s;
static uint32_t sent; /* bytes that were sent and acknowledged */

static void connect_with(const char *probing)
{
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_mtu_probing", probing);
	script_sysctl(&s, "net.ipv4.tcp_base_mss", "512");
	script_connected(&s);
	sent = 1;
}

/* Writes and has it acknowledged as it comes; the largest segment seen. */
static uint32_t round_of(uint32_t bytes)
{
	uint32_t largest = 0, end = sent + bytes;

	assert_int_equal(script_write(&s, bytes), bytes);
	while (sent != end) {
		assert_true(script_take(&s));
		if (!s.seen.len)
			continue;
		largest = s.seen.len > largest ? s.seen.len : largest;
		sent = s.seen.seq.v - s.iss + s.seen.len;
		test_advance(&s.t, SEA_MSEC);
		SEND(&s, "A", 1, sent, 0);
	}
	return largest;
}

static uint32_t mss(void)
{
	return (uint32_t)script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG);
}

static void by_default_nothing_is_tried(void **state)
{
	(void)state;
	connect_with("0");
	assert_int_equal(mss(), 1460);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(round_of(20000), 1460);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess), 0);
	script_free(&s);
}

/* From 512 half-way to 1460 each time, until what is left is less than tcp_probe_threshold. */
/* RFC8504:5.7-c */
static void the_search_narrows_until_it_is_not_worth_while(void **state)
{
	(void)state;
	connect_with("2");
	for (unsigned i = 0; i < 20; i++)
		round_of(20000);
	assert_in_range(mss(), 1460 - 8, 1460);
	assert_in_range(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess), 6, 8);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPFail), 0);
	script_free(&s);
}

static void a_coarse_threshold_ends_the_search_early(void **state)
{
	(void)state;
	connect_with("2");
	script_sysctl(&s, "net.ipv4.tcp_probe_threshold", "500");
	for (unsigned i = 0; i < 20; i++)
		round_of(20000);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess), 1);
	assert_int_equal(mss(), 986);
	script_free(&s);
}

/* A path may change: after tcp_probe_interval the whole range is open again. */
static void after_a_while_the_search_begins_anew(void **state)
{
	(void)state;
	connect_with("2");
	script_sysctl(&s, "net.ipv4.tcp_probe_threshold", "500");
	script_sysctl(&s, "net.ipv4.tcp_probe_interval", "20");
	for (unsigned i = 0; i < 4; i++)
		round_of(20000);
	script_sysctl(&s, "net.ipv4.tcp_probe_threshold", "8");
	script_sysctl(&s, "net.ipv4.tcp_mtu_probing", "0"); /* those that have begun go on */
	test_advance(&s.t, 21 * SEA_SEC);
	for (unsigned i = 0; i < 20; i++)
		round_of(20000);
	assert_in_range(mss(), 1460 - 8, 1460);
	script_free(&s);
}

/* What waits is less than the probe and what has to follow it: it goes in ordinary segments. */
static void little_data_makes_no_probe(void **state)
{
	uint64_t probes;
	uint32_t size;

	(void)state;
	connect_with("2");
	round_of(20000); /* the window is large enough now */
	size = mss();
	probes = test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess);
	assert_int_equal(round_of(size * 5), size);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess), probes);
	round_of(size * 7);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess), probes + 1);
	script_free(&s);
}

/* Timeouts: the segments that go again, from the first to the `n`th. */
static void timeouts(uint32_t *len, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned t = 0; !script_take(&s); t++) {
			assert_true(t < 2000);
			test_advance(&s.t, 100 * SEA_MSEC);
		}
		len[i] = s.seen.len;
	}
}

static void in_a_black_hole_segments_shrink_to_the_floor(void **state)
{
	uint32_t len[9];

	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_mtu_probing", "1");
	script_sysctl(&s, "net.ipv4.tcp_base_mss", "800");
	script_sysctl(&s, "net.ipv4.tcp_mtu_probe_floor", "200");
	script_sysctl(&s, "net.ipv4.tcp_early_retrans", "0");
	script_connected(&s);
	assert_int_equal(script_write(&s, 1460), 1460);
	timeouts(len, 9);
	for (unsigned i = 0; i < 5; i++) /* RFC 1122 R1: tcp_retries1 is 3 */
		assert_int_equal(len[i], 1460);
	assert_int_equal(len[5], 800);
	assert_int_equal(len[6], 400);
	assert_int_equal(len[7], 200);
	assert_int_equal(len[8], 200);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_default_nothing_is_tried),
		cmocka_unit_test(the_search_narrows_until_it_is_not_worth_while),
		cmocka_unit_test(a_coarse_threshold_ends_the_search_early),
		cmocka_unit_test(after_a_while_the_search_begins_anew),
		cmocka_unit_test(little_data_makes_no_probe),
		cmocka_unit_test(in_a_black_hole_segments_shrink_to_the_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
