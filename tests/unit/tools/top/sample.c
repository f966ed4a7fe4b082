/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/top/sample.h"

#define TIME(ns) ((sea_time){ ns })

static void links_are_read_with_what_they_moved(void **state)
{
	struct sea_top_sample sample = { 0 };
	const struct sea_top_link *link;

	sea_top_stat_line(&sample, "stack main: seastack 0.1, up for 12.3 s");
	sea_top_stat_line(&sample, "  received  7 packets, 8 bytes, 9 dropped, 10 errors");
	sea_top_stat_line(&sample, "link lo: 00:00:00:00:00:00, mtu 65536, up");
	sea_top_stat_line(&sample, "link sea0: 02:00:00:00:00:01, mtu 1500, up, no carrier");
	sea_top_stat_line(&sample, "  received  1 packets, 2 bytes, 3 dropped, 4 errors");
	sea_top_stat_line(&sample, "  sent      5 packets, 6 bytes, 7 dropped, 8 errors");
	sea_top_stat_line(&sample, "  faults sent:     1 passed, 2 lost, 3 duplicated");
	sea_top_stat_line(&sample, "memory: 99 bytes held, 0 kept for reuse; 3 sockets, 1 timers");
	sea_top_stat_line(&sample, "  TcpRetransSegs                  3");
	assert_int_equal(sample.links.n, 2);
	link = sea_top_links(&sample);
	assert_int_equal(link[0].rx_packets, 0);
	assert_string_equal(link[1].name, "sea0");
	assert_int_equal(link[1].rx_bytes, 2);
	assert_int_equal(link[1].rx_dropped, 3);
	assert_int_equal(link[1].tx_packets, 5);
	assert_int_equal(link[1].tx_errors, 8);
	assert_string_equal(sample.head, "main: seastack 0.1, up for 12.3 s");
	assert_memory_equal(sample.memory, "memory: 99", 10);
	sea_top_sample_fini(&sample);
	(void)state;
}

static void what_is_not_understood_is_passed_over(void **state)
{
	struct sea_top_sample sample = { 0 };
	static char longest[4000];

	memset(longest, 'x', sizeof(longest) - 1);
	sea_top_flow_line(&sample, "");
	sea_top_flow_line(&sample, "zz tcp");
	sea_top_flow_line(&sample, longest);
	sea_top_drop_line(&sample, "nothing was dropped");
	sea_top_drop_line(&sample, longest);
	sea_top_stat_line(&sample, longest);
	sea_top_stat_line(&sample, "link :");
	assert_int_equal(sample.links.n + sample.flows.n + sample.drops.n, 0);
	assert_false(sample.failed);
	sea_top_sample_fini(&sample);
	(void)state;
}

static void flow(struct sea_top_sample *sample, unsigned id, unsigned rx, unsigned tx)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "%x tcp ESTABLISHED %u %u cubic 250 10 3 0 0 0 10.9.0.2:7 10.9.0.1:44444", id, rx,
		 tx);
	sea_top_flow_line(sample, text);
}

static void rates_are_what_is_new_in_a_second(void **state)
{
	struct sea_top_sample before = { 0 }, now = { 0 };
	const struct sea_top_flow *f;

	sea_top_stat_line(&before, "link sea0: x");
	sea_top_stat_line(&before, "  received  100 packets, 1000 bytes, 0 dropped, 0 errors");
	flow(&before, 0x30, 500, 0);
	flow(&before, 0x10, 100, 100);
	sea_top_drop_line(&before, "         2  tcp       TCP_CSUM               a sum is wrong");
	sea_top_sample_end(&before, &now, TIME(SEA_SEC));
	assert_true(sea_top_flows(&before)->rx_rate < 0);
	assert_true(sea_top_links(&before)->rx_byte_rate < 0);
	assert_true(sea_top_drops(&before)->rate < 0);

	sea_top_stat_line(&now, "link sea1: new");
	sea_top_stat_line(&now, "link sea0: x");
	sea_top_stat_line(&now, "  received  300 packets, 5000 bytes, 0 dropped, 0 errors");
	flow(&now, 0x40, 20, 0);
	flow(&now, 0x10, 300, 100);
	sea_top_flow_line(&now, "50 udp CLOSE 0 0 - 0 0 0 5 0 9 *:53 *:*");
	flow(&now, 0x30, 400, 8);
	sea_top_drop_line(&now, "         8  tcp       TCP_CSUM               a sum is wrong");
	sea_top_drop_line(&now, "         4  ip        IP_TTL                 it was old");
	sea_top_sample_end(&now, &before, TIME(3 * SEA_SEC));
	assert_true(sea_top_links(&now)[0].rx_byte_rate < 0);
	assert_true(sea_top_links(&now)[1].rx_byte_rate == 2000);
	assert_true(sea_top_links(&now)[1].rx_packet_rate == 100);
	f = sea_top_flows(&now);
	assert_int_equal(f[0].id, 0x10);
	assert_true(f[0].rx_rate == 100 && f[0].tx_rate == 0);
	assert_true(f[1].rx_rate == 0 && f[1].tx_rate == 4);   /* counted from anew */
	assert_true(f[2].rx_rate == 10 && f[2].rtt_us == 250); /* it has begun since */
	assert_true(f[3].rx_rate < 0 && f[3].drops == 9);
	assert_true(sea_top_drops(&now)[0].rate == 3);
	assert_true(sea_top_drops(&now)[1].rate == 2);
	sea_top_sample_fini(&before);
	sea_top_sample_fini(&now);
	(void)state;
}

static void an_unfinished_sample_is_none_before_another(void **state)
{
	struct sea_top_sample before = { 0 }, now = { 0 };

	flow(&before, 1, 0, 0);
	sea_top_sample_end(&before, &now, TIME(SEA_SEC));
	sea_top_sample_clear(&before);
	flow(&now, 1, 100, 0);
	sea_top_sample_end(&now, &before, TIME(2 * SEA_SEC));
	assert_true(sea_top_flows(&now)->rx_rate < 0);
	sea_top_sample_fini(&before);
	sea_top_sample_fini(&now);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_read_with_what_they_moved),
		cmocka_unit_test(what_is_not_understood_is_passed_over),
		cmocka_unit_test(rates_are_what_is_new_in_a_second),
		cmocka_unit_test(an_unfinished_sample_is_none_before_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
