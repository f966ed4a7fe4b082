/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP errors that the device sent itself are answers, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/packetimpact/replay/recorder.h"

#include <cmocka.h>

/* Frames: 1 a datagram in, 2 an answer, 3 one more, 4 the error, 5 again one, 6 the error. */
static const char refused[] = "    0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n"
			      "   +0 bind(3, ..., ...) = 0\n"
			      "   +0 connect(3, ..., ...) = 0\n"
			      "   +0 < udp (30)\n"
			      "   +0 read(3, ..., 100) = 30\n"
			      "   +0 write(3, ..., 100) = 100\n"
			      "   +0 > udp (100)\n"
			      " +2  close(3) = 0\n"
			      "   +0 < udp (50)\n"
			      "   +0 > icmp unreachable port_unreachable [udp (50)]\n"
			      " +2  < udp (20)\n"
			      "   +0 > icmp unreachable port_unreachable [udp (20)]\n";

static struct outcome play(const struct tape *tape, bool guess)
{
	static const struct sea_talk_choice udp = { .flow = 1, .proto = SEA_IPPROTO_UDP };

	return tape_play(tape, guess, &udp);
}

static void a_port_that_is_closed_is_answered_alike(void **state)
{
	for (unsigned family = 0; family < 2; family++) {
		for (unsigned guess = 0; guess < 2; guess++) {
			struct tape tape;
			struct outcome o;

			tape_record(&tape, refused, (enum sea_run_family)family);
			o = play(&tape, guess);
			if (!o.played || o.deviations)
				fail_msg("family %u, guess %u: %s%s", family, guess, o.why,
					 o.names);
			assert_int_equal(o.expected, 3);
			/* closed from the beginning */
			tape_drop(&tape, 1);
			tape_drop(&tape, 1);
			o = play(&tape, true);
			assert_string_equal(o.names, "");
			assert_int_equal(o.expected, 2);
			tape_fini(&tape);
		}
	}
}

/* Of the packet's ICMP header, at `at`. */
static const struct {
	unsigned at;
	uint8_t flip;
	const char *names;
} changes[] = {
	{ 1, 1, "icmp@4 " },      /* the code */
	{ 7, 1, "icmp_word@4 " }, /* what stands before the quote */
	{ 8 + 20 + 8, 1, "quote@4 " },
};

static void what_differs_in_an_error_is_found(void **state)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct tape tape;
		struct outcome o;
		uint32_t len;

		tape_record(&tape, refused, SEA_RUN_IPV4);
		tape_frame(&tape, 4, &len)[20 + changes[i].at] ^= changes[i].flip;
		o = play(&tape, false);
		assert_true(o.played);
		assert_string_equal(o.names, changes[i].names);
		tape_fini(&tape);
	}
}

static void an_error_that_is_not_there_is_missing_or_too_much(void **state)
{
	struct tape tape;
	struct outcome o;

	tape_record(&tape, refused, SEA_RUN_IPV4);
	tape_drop(&tape, 4);
	o = play(&tape, false);
	assert_string_equal(o.names, "+error@3 ");
	tape_fini(&tape);
	tape_record(&tape, refused, SEA_RUN_IPV4);
	tape_double(&tape, 4);
	o = play(&tape, false);
	assert_string_equal(o.names, "-error@5 ");
	tape_fini(&tape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_is_closed_is_answered_alike),
		cmocka_unit_test(what_differs_in_an_error_is_found),
		cmocka_unit_test(an_error_that_is_not_there_is_missing_or_too_much),
	};

	if (!tape_can_play()) {
		puts("SKIP: there is no libpcap");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
