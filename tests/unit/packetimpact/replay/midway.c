/* SPDX-License-Identifier: Apache-2.0 */
/* Captures that begin behind the handshake: the device is set up as it stood, and goes on from there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/packetimpact/replay/recorder.h"

#include <cmocka.h>

#define SERVER                                                        \
	"    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"           \
	"   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n" \
	"   +0 bind(3, ..., ...) = 0\n"                               \
	"   +0 listen(3, 1) = 0\n"
#define PLAIN                                                                        \
	SERVER "   +0 < S 0:0(0) win 32792 <mss 1460,sackOK,nop,nop,nop,wscale 7>\n" \
	       "   +0 > S. 0:0(0) ack 1 <...>\n"                                     \
	       " +.01 < . 1:1(0) ack 1 win 257\n"                                    \
	       "   +0 accept(3, ..., ...) = 4\n"
#define STAMPED                                                                               \
	SERVER "   +0 < S 0:0(0) win 32792 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>\n" \
	       "   +0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1 ecr 100,nop,wscale 10>\n"   \
	       " +.01 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 110 ecr 1>\n"                  \
	       "   +0 accept(3, ..., ...) = 4\n"

/* Frames 1 to 3 are the handshake. */
static const struct {
	const char *what, *script;
	unsigned drop[3]; /* how many frames are not there */
} began[] = {
	{ "bytes both ways, and the end",
	  STAMPED "   +0 write(4, ..., 100) = 100\n"
		  "   +0 > P. 1:101(100) ack 1 <nop,nop,TS val 11 ecr 110>\n"
		  " +.01 < . 1:1(0) ack 101 win 257 <nop,nop,TS val 120 ecr 11>\n"
		  " +.01 < P. 1:51(50) ack 101 win 257 <nop,nop,TS val 130 ecr 11>\n"
		  "   +0 > . 101:101(0) ack 51 <nop,nop,TS val 31 ecr 130>\n"
		  "   +0 read(4, ..., 1000) = 50\n"
		  " +.01 close(4) = 0\n"
		  "   +0 > F. 101:101(0) ack 51 <nop,nop,TS val 41 ecr 130>\n"
		  " +.01 < . 51:51(0) ack 102 win 257 <nop,nop,TS val 140 ecr 41>\n"
		  "   +0 < F. 51:51(0) ack 102 win 257 <nop,nop,TS val 140 ecr 41>\n"
		  "   +0 > . 102:102(0) ack 52 <...>\n",
	  { 3, 4, 5 } },
	{ "without timestamps",
	  PLAIN " +.01 < P. 1:101(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 101\n"
		"   +0 read(4, ..., 1000) = 100\n"
		"   +0 write(4, ..., 200) = 200\n"
		"   +0 > P. 1:201(200) ack 101\n"
		" +.01 < . 101:101(0) ack 201 win 257\n"
		" +.01 write(4, ..., 300) = 300\n"
		"   +0 > P. 201:501(300) ack 101\n"
		" +.01 < . 101:101(0) ack 501 win 257\n",
	  { 3, 5, 6 } },
	{ "what was out is acknowledged",
	  "`ethtool -K tun0 tso off gso off`\n" PLAIN "   +0 write(4, ..., 2920) = 2920\n"
	  "   +0 > . 1:1461(1460) ack 1\n"
	  "   +0 > P. 1461:2921(1460) ack 1\n"
	  " +.01 < . 1:1(0) ack 1461 win 257\n"
	  " +.01 < . 1:1(0) ack 2921 win 257\n"
	  " +.01 write(4, ..., 5840) = 5840\n"
	  "   +0 > . 2921:4381(1460) ack 1\n"
	  "   +0 > P. 4381:5841(1460) ack 1\n"
	  "   +0 > . 5841:7301(1460) ack 1\n"
	  "   +0 > P. 7301:8761(1460) ack 1\n"
	  " +.01 < . 1:1(0) ack 8761 win 257\n"
	  " +.01 write(4, ..., 1000) = 1000\n"
	  "   +0 > P. 8761:9761(1000) ack 1\n",
	  { 4, 5, 6 } },
	{ "a hole is told of by SACK",
	  PLAIN " +.01 < P. 1:101(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 101\n"
		"   +0 < P. 201:301(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 101 <nop,nop,sack 201:301>\n"
		" +.01 < P. 101:201(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 301\n"
		"   +0 read(4, ..., 1000) = 300\n",
	  { 3, 5, 3 } },
	{ "what the device acknowledges first came before",
	  PLAIN " +.01 < P. 1:101(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 101\n"
		"   +0 read(4, ..., 1000) = 100\n"
		" +.01 < P. 101:201(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 201\n"
		"   +0 read(4, ..., 1000) = 100\n",
	  { 4, 5, 3 } },
	{ "a reset of the peer's",
	  PLAIN " +.01 < P. 1:101(100) ack 1 win 257\n"
		"   +0 > . 1:1(0) ack 101\n"
		"   +0 read(4, ..., 1000) = 100\n"
		" +.01 < R. 101:101(0) ack 1 win 257\n",
	  { 3, 3, 3 } },
};

static struct outcome play_without(const struct tape *whole, unsigned frames)
{
	struct tape tape = { malloc(whole->len), whole->len };
	struct outcome o;

	assert_non_null(tape.bytes);
	for (size_t i = 0; i < whole->len; i++)
		tape.bytes[i] = whole->bytes[i];
	while (frames--)
		tape_drop(&tape, 1);
	o = tape_play(&tape, false, NULL);
	tape_fini(&tape);
	return o;
}

static void a_connection_goes_on_where_its_capture_begins(void **state)
{
	for (size_t i = 0; i < sizeof(began) / sizeof(began[0]); i++) {
		for (unsigned family = 0; family < 2; family++) {
			struct tape tape;

			tape_record(&tape, began[i].script, (enum sea_run_family)family);
			for (unsigned k = 0; k < 3; k++) {
				struct outcome o = play_without(&tape, began[i].drop[k]);

				if (!o.played || o.deviations || !o.expected)
					fail_msg("%s, without %u: %s%s, %u expected", began[i].what,
						 began[i].drop[k], o.why, o.names, o.expected);
			}
			tape_fini(&tape);
		}
	}
}

/* The same, with one thing changed: it is found, and nothing else. */
static void what_differs_then_is_found(void **state)
{
	struct tape tape;
	struct outcome o;
	uint32_t len;

	tape_record(&tape, began[0].script, SEA_RUN_IPV4);
	tape_frame(&tape, 8, &len)[20 + 31] ^= 1; /* the timestamp that the FIN echoes */
	o = play_without(&tape, 3);
	assert_string_equal(o.names, "echoed@5 ");
	tape_fini(&tape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_goes_on_where_its_capture_begins),
		cmocka_unit_test(what_differs_then_is_found),
	};

	if (!tape_can_play()) {
		puts("SKIP: there is no libpcap");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
