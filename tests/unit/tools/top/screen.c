/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/top/screen.h"

static const struct sea_top_order *order_of(char key)
{
	const struct sea_top_order *order = sea_top_orders;

	while (order->key != key)
		order++;
	return order;
}

/* Flow i comes in at 1000 * i bytes a second, and has an RTT of 100 - i. */
static void fill(struct sea_top_sample *sample, unsigned flows)
{
	struct sea_top_sample before = { 0 };
	char text[160];

	sea_top_stat_line(sample, "stack main: seastack 0.1, up for 12.3 s");
	sea_top_stat_line(sample, "memory: 99 bytes held, 0 kept for reuse; 3 sockets, 1 timers");
	sea_top_stat_line(sample, "link sea0: 02:00:00:00:00:01, mtu 1500, up");
	sea_top_stat_line(&before, "link sea0: 02:00:00:00:00:01, mtu 1500, up");
	sea_top_stat_line(sample, "  received  10 packets, 2000 bytes, 3 dropped, 4 errors");
	for (unsigned i = 0; i < flows; i++) {
		snprintf(text, sizeof(text),
			 "%x tcp ESTABLISHED %u 0 cubic %u 10 3 0 0 0 10.9.0.2:7 10.9.0.1:%u",
			 i + 1, 1000 * i, 100 - i, 40000 + i);
		sea_top_flow_line(sample, text);
	}
	sea_top_flow_line(sample, "99 udp CLOSE 0 0 - 0 0 0 5 0 9 *:53 *:*");
	sea_top_drop_line(sample, "1 tcp TCP_CSUM a sum is wrong");
	sea_top_drop_line(sample, "5 ip IP_TTL it was old");
	sea_top_sample_end(&before, sample, (sea_time){ SEA_SEC });
	sea_top_sample_end(sample, &before, (sea_time){ 2 * SEA_SEC });
	sea_top_sample_fini(&before);
}

static void a_screen_is_links_flows_and_drops(void **state)
{
	static const char expected[] =
		"stack main: seastack 0.1, up for 12.3 s\n"
		"memory: 99 bytes held, 0 kept for reuse; 3 sockets, 1 timers\n"
		"shown: 1 of 1 links, 3 of 3 sockets by both, 2 of 2 reasons of drops\n"
		"link                rx B/s   rx pkt/s  dropped   errors     tx B/s   tx pkt/s"
		"  dropped   errors\n"
		"sea0                2.0 kB        10         3        4        0 B         0 "
		"        0        0\n"
		"\n"
		"   rx B/s    tx B/s cc          rtt  cwnd again prot local      peer, state\n"
		"   1.0 kB       0 B cubic     99 us    10     3 tcp  10.9.0.2:7 10.9.0.1:40001 "
		"ESTABLISHED\n"
		"      0 B       0 B cubic    100 us    10     3 tcp  10.9.0.2:7 10.9.0.1:40000 "
		"ESTABLISHED\n"
		"        -         - -             -     -     - udp  *:53       *:* CLOSE\n"
		"\n"
		"dropped/s     in all layer     reason                 meaning\n"
		"       5           5 ip        IP_TTL                 it was old\n"
		"       1           1 tcp       TCP_CSUM               a sum is wrong\n"
		"q ends; order: b both, r rx, t tx, d rtt, w cwnd, x retrans, l drops\n";
	struct sea_top_view view = { 40, 200, sea_top_orders, true };
	struct sea_top_sample sample = { 0 };
	struct sea_text text = { 0 };

	fill(&sample, 2);
	sea_top_screen(&sample, &view, &text);
	assert_string_equal(text.at, expected);
	sea_text_fini(&text);
	sea_top_sample_fini(&sample);
	(void)state;
}

static void an_order_puts_its_largest_first(void **state)
{
	struct sea_top_view view = { 30, 200, NULL, false };
	struct sea_top_sample sample = { 0 };
	const char *best[] = { ":40059 ", ":40059 ", ":40000 ", "*:53 " };
	const char keys[] = "brdl";

	fill(&sample, 60);
	for (int i = 0; i < 4; i++) {
		struct sea_text text = { 0 };

		view.order = order_of(keys[i]);
		sea_top_screen(&sample, &view, &text);
		assert_non_null(strstr(text.at, best[i]));
		assert_null(strstr(text.at, ":40030 "));
		sea_text_fini(&text);
	}
	sea_top_sample_fini(&sample);
	(void)state;
}

static void a_screen_keeps_to_its_size(void **state)
{
	struct sea_top_sample sample = { 0 };

	fill(&sample, 30);
	for (unsigned rows = 1; rows < 60; rows++) {
		for (unsigned columns = 1; columns < 120; columns += 7) {
			struct sea_top_view view = { rows, columns, sea_top_orders, true };
			struct sea_text text = { 0 };
			unsigned lines = 0;
			char *rest, *line;

			sea_top_screen(&sample, &view, &text);
			/* Small or large, the keys are told where a line of each can be. */
			if (rows > 12 && columns > 6)
				assert_non_null(strstr(text.at, "\nq ends"));
			rest = text.at;
			while ((line = strsep(&rest, "\n")) && rest) {
				assert_true(strlen(line) <= columns);
				lines++;
			}
			assert_true(lines <= rows);
			sea_text_fini(&text);
		}
	}
	sea_top_sample_fini(&sample);
	(void)state;
}

static void nothing_commands_the_terminal(void **state)
{
	struct sea_top_view view = { 20, 80, sea_top_orders, false };
	struct sea_top_sample sample = { 0 };
	struct sea_text text = { 0 };

	sea_top_stat_line(&sample, "stack \033[2Jevil: \x7f\xc3\xa4\t");
	sea_top_stat_line(&sample, "link \033]0;x\007: y");
	sea_top_screen(&sample, &view, &text);
	assert_memory_equal(text.at, "stack ?[2Jevil: ????\n", 21);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.at[i] == '\n' || (text.at[i] >= ' ' && text.at[i] <= '~'));
	assert_non_null(strstr(text.at, "\nnothing was dropped\n"));
	sea_text_fini(&text);
	sea_top_sample_fini(&sample);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_screen_is_links_flows_and_drops),
		cmocka_unit_test(an_order_puts_its_largest_first),
		cmocka_unit_test(a_screen_keeps_to_its_size),
		cmocka_unit_test(nothing_commands_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
