/* SPDX-License-Identifier: Apache-2.0 */
/* What was recorded is answered again without a deviation; what is changed in it is found, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/packetimpact/replay/recorder.h"
#include "wire/bytes.h"

#include <cmocka.h>

/* Frames: 1 SYN, 2 SYN-ACK, 3 ACK, 4 data out, 5 its ACK, 6 data in, 7 our ACK, 8 FIN, 9 its ACK, 10 FIN, 11 ACK. */
static const char conversation[] =
	"    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	"   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n"
	"   +0 bind(3, ..., ...) = 0\n"
	"   +0 listen(3, 1) = 0\n"
	"   +0 < S 0:0(0) win 32792 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>\n"
	"   +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1 ecr 100,nop,wscale 10>\n"
	" +.01 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 110 ecr 1>\n"
	"   +0 accept(3, ..., ...) = 4\n"
	"   +0 write(4, ..., 100) = 100\n"
	"   +0 > P. 1:101(100) ack 1 <nop,nop,TS val 11 ecr 110>\n"
	" +.01 < . 1:1(0) ack 101 win 257 <nop,nop,TS val 120 ecr 11>\n"
	" +.01 < P. 1:51(50) ack 101 win 257 <nop,nop,TS val 130 ecr 11>\n"
	"   +0 > . 101:101(0) ack 51 <nop,nop,TS val 31 ecr 130>\n"
	"   +0 read(4, ..., 1000) = 50\n"
	" +.01 close(4) = 0\n"
	"   +0 > F. 101:101(0) ack 51 <nop,nop,TS val 41 ecr 130>\n"
	" +.01 < . 51:51(0) ack 102 win 257 <nop,nop,TS val 140 ecr 41>\n"
	"   +0 < F. 51:51(0) ack 102 win 257 <nop,nop,TS val 140 ecr 41>\n"
	"   +0 > . 102:102(0) ack 52 <...>\n";

static void expect(const struct tape *tape, const char *names)
{
	struct outcome o = tape_play(tape, false, NULL);

	if (!o.played)
		fail_msg("%s", o.why);
	assert_true(o.told);
	assert_string_equal(o.names, names);
}

static void a_recording_is_answered_again(void **state)
{
	struct tape tape;
	struct outcome o;

	for (unsigned family = 0; family < 3; family++) {
		tape_record(&tape, conversation, (enum sea_run_family)family);
		o = tape_play(&tape, false, NULL);
		assert_true(o.played);
		assert_string_equal(o.names, "");
		assert_int_equal(o.expected, 5);
		o = tape_play(&tape, true, NULL);
		assert_true(o.played);
		assert_false(o.told);
		assert_string_equal(o.names, "");
		tape_fini(&tape);
	}
}

/* Of the packet's TCP header, at `at`. */
static const struct {
	unsigned frame, at;
	uint8_t flip;
	const char *names;
} changes[] = {
	{ 4, 13, 0x08, "flags@4 " }, /* PSH */
	{ 4, 13, 0x40, "ecn@4 " },   /* ECE */
	{ 7, 9, 0x01,
	  "ack_number@7 " }, /* in the midst of the number, so that it is far from all others */
	{ 7, 4, 0x01, "seq@7 " },
	{ 7, 15, 0x01, "window@7 " },
	{ 2, 23, 0x01, "mss@2 " },
	{ 2, 24, 0x01, "sack_permitted@2 " }, /* 5 for 4, which has no such length */
	{ 2, 39, 0x01, "wscale@2 " },
	{ 7, 31, 0x01, "echoed@7 " },
};

static void what_is_changed_is_found_and_nothing_else(void **state)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct tape tape;
		uint32_t len;

		tape_record(&tape, conversation, SEA_RUN_IPV4);
		tape_frame(&tape, changes[i].frame, &len)[20 + changes[i].at] ^= changes[i].flip;
		expect(&tape, changes[i].names);
		tape_fini(&tape);
	}
}

static void the_header_of_ip_is_compared(void **state)
{
	struct tape tape;
	uint32_t len;

	tape_record(&tape, conversation, SEA_RUN_IPV4);
	tape_frame(&tape, 4, &len)[1] ^= 2;
	tape_frame(&tape, 7, &len)[1] ^= 0x80;
	expect(&tape, "ip_ecn@4 dscp@7 ");
	tape_fini(&tape);
}

static void a_packet_that_the_capture_lacks_is_too_much(void **state)
{
	struct tape tape;

	tape_record(&tape, conversation, SEA_RUN_IPV4);
	tape_drop(&tape, 7);
	expect(&tape, "+ack@6 ");
	tape_fini(&tape);
}

static void a_packet_that_the_capture_has_twice_is_missing(void **state)
{
	struct tape tape;

	tape_record(&tape, conversation, SEA_RUN_IPV4);
	tape_double(&tape, 7);
	expect(&tape, "-ack@8 ");
	tape_fini(&tape);
}

/* What the peer said is what the device answers to: a wrong checksum of its is wrong again. */
static void a_wrong_checksum_of_the_peer_stays_wrong(void **state)
{
	struct tape tape;
	struct outcome o;
	uint32_t len;

	tape_record(&tape, conversation, SEA_RUN_IPV4);
	tape_frame(&tape, 6, &len)[20 + 16] ^= 1;
	o = tape_play(&tape, false, NULL);
	assert_true(o.played);
	/* what the device drops it does not acknowledge */
	assert_non_null(strstr(o.names, "ack_number@7 "));
	tape_fini(&tape);
}

static void a_time_that_is_another_is_found(void **state)
{
	static const char late[] = "    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
				   "   +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
				   "   +0 connect(3, ..., ...) = -1 EINPROGRESS\n"
				   "   +0 > S 0:0(0) <...>\n"
				   "   +1 > S 0:0(0) <...>\n"
				   "   +1 > S 0:0(0) <...>\n";
	struct tape tape;

	tape_record(&tape, late, SEA_RUN_IPV4);
	expect(&tape, "");
	tape_shift(&tape, 3, 500 * SEA_MSEC);
	expect(&tape, "early@3 ");
	tape_fini(&tape);
	tape_record(&tape, late, SEA_RUN_IPV4);
	tape_shift(&tape, 2, -500 * SEA_MSEC);
	expect(&tape, "late@2 ");
	tape_fini(&tape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_is_answered_again),
		cmocka_unit_test(what_is_changed_is_found_and_nothing_else),
		cmocka_unit_test(the_header_of_ip_is_compared),
		cmocka_unit_test(a_packet_that_the_capture_lacks_is_too_much),
		cmocka_unit_test(a_packet_that_the_capture_has_twice_is_missing),
		cmocka_unit_test(a_wrong_checksum_of_the_peer_stays_wrong),
		cmocka_unit_test(a_time_that_is_another_is_found),
	};

	if (!tape_can_play()) {
		puts("SKIP: there is no libpcap");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
