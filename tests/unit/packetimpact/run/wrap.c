/* SPDX-License-Identifier: Apache-2.0 */
/* Headers around packets, as bytes and back. */
#include "packetimpact/run/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A run of one script, whose first event is the packet. */
struct bench {
	struct sea_run run;
	struct sea_script *script;
	char *report;
	size_t len;
	struct sea_dut_packet packet;
};

static const uint8_t inner[] = {
	0x45, 0, 0, 21, 0, 0, 0, 0, 64, 17, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
};

static const struct sea_script_encap *setup(struct bench *b, const char *headers)
{
	struct sea_script_error error;
	char text[512];

	*b = (struct bench){ .packet = { .bytes = inner, .len = sizeof(inner) } };
	snprintf(text, sizeof(text), "0 > %s: udp (1)\n", headers);
	assert_int_equal(sea_script_parse("x", text, strlen(text), NULL, 0, &b->script, &error), 0);
	b->run.script = b->script;
	b->run.event = b->script->events;
	b->run.report = open_memstream(&b->report, &b->len);
	assert_non_null(b->run.report);
	return b->script->events->packet.encaps;
}

static void teardown(struct bench *b)
{
	fclose(b->run.report);
	free(b->report);
	sea_arena_fini(&b->run.arena);
	sea_script_free(b->script);
}

static void what_was_put_around_comes_off_again(void **state)
{
	static const char *const all[] = {
		"ipv4 10.0.0.1 > 10.0.0.2",
		"ipv6 2001:db8::1 > 2001:db8::2",
		"ipv6 2001:db8::1 > 2001:db8::2: ipv4 10.0.0.1 > 10.0.0.2",
		"ipv4 10.0.0.1 > 10.0.0.2: gre",
		"ipv4 10.0.0.1 > 10.0.0.2: gre flags [key present], sum 0, off 0, key 77, seq 0",
		"ipv4 10.0.0.1 > 10.0.0.2: gre: mpls (label 16, tc 1, ttl 64) (label 17, tc 0, [S], ttl 63)",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct bench b;
		const struct sea_script_encap *encaps = setup(&b, all[i]);

		assert_true(sea_run_wrap(&b.run, encaps, &b.packet));
		assert_true(b.packet.len > sizeof(inner));
		assert_int_equal(sea_run_unwrap(&b.run, encaps, &b.packet), SEA_UNWRAPPED);
		assert_int_equal(b.packet.len, sizeof(inner));
		assert_memory_equal(b.packet.bytes, inner, sizeof(inner));
		teardown(&b);
	}
	(void)state;
}

static void each_header_names_the_one_inside(void **state)
{
	static const uint8_t wanted[] = { 0x45, 0, 0, 49, 0, 0, 0, 0, 255, 47 };
	static const uint8_t gre[] = { 0x20, 0, 0x08, 0, 0, 0, 0, 77 };
	struct bench b;
	const struct sea_script_encap *encaps =
		setup(&b, "ipv4 10.0.0.1 > 10.0.0.2: gre flags [key present], sum 0, off 0, "
			  "key 77, seq 0");

	assert_true(sea_run_wrap(&b.run, encaps, &b.packet));
	assert_int_equal(b.packet.len, 20 + 8 + sizeof(inner));
	assert_memory_equal(b.packet.bytes, wanted, sizeof(wanted));
	assert_memory_equal(b.packet.bytes + 20, gre, sizeof(gre));
	teardown(&b);
	(void)state;
}

static void other_headers_are_another_packet(void **state)
{
	struct bench b;
	const struct sea_script_encap *encaps = setup(&b, "ipv4 10.0.0.1 > 10.0.0.2");

	assert_int_equal(sea_run_unwrap(&b.run, encaps, &b.packet), SEA_WRAPPED_OTHERWISE);
	b.packet.len = 5;
	assert_int_equal(sea_run_unwrap(&b.run, encaps, &b.packet), SEA_WRAPPED_OTHERWISE);
	assert_false(b.run.failed);
	teardown(&b);
	(void)state;
}

static void a_field_that_is_another_is_told(void **state)
{
	static const char *const told[][3] = {
		{ "ipv4 10.0.0.1 > 10.0.0.2", "ipv4 10.0.0.1 > 10.0.0.3",
		  "outer destination: expected 10.0.0.3, seen 10.0.0.2" },
		{ "ipv4 10.0.0.1 > 10.0.0.2: gre flags [key present], sum 0, off 0, key 77, seq 0",
		  "ipv4 10.0.0.1 > 10.0.0.2: gre flags [key present], sum 0, off 0, key 78, seq 0",
		  "GRE key: expected 78, seen 77" },
	};

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct bench one, other;

		const struct sea_script_encap *encaps = setup(&one, told[i][0]);

		assert_true(sea_run_wrap(&one.run, encaps, &one.packet));
		(void)setup(&other, told[i][1]);
		assert_int_equal(sea_run_unwrap(&other.run, other.script->events->packet.encaps,
						&one.packet),
				 SEA_WRAPPED_WRONG);
		fflush(other.run.report);
		assert_non_null(strstr(other.report, told[i][2]));
		teardown(&one);
		teardown(&other);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_around_comes_off_again),
		cmocka_unit_test(each_header_names_the_one_inside),
		cmocka_unit_test(other_headers_are_another_packet),
		cmocka_unit_test(a_field_that_is_another_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
