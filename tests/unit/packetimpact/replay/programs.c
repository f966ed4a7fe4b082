/* SPDX-License-Identifier: Apache-2.0 */
/* Which program is guessed from a capture that tells of none, and which captures are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checksum.h"
#include "tests/unit/packetimpact/replay/recorder.h"

#include <cmocka.h>

#define LISTENS                                                       \
	"    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"           \
	"   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0\n" \
	"   +0 bind(3, ..., ...) = 0\n"                               \
	"   +0 listen(3, 1) = 0\n"
#define IS_OPEN                                                               \
	"   +0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>\n" \
	"   +0 > S. 0:0(0) ack 1 <...>\n"                                     \
	" +.01 < . 1:1(0) ack 1 win 257\n"                                    \
	"   +0 accept(3, ..., ...) = 4\n"

static const struct {
	const char *what, *script;
} guessed[] = {
	{ "a client that writes, and is closed by its peer",
	  "    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	  "   +0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
	  "   +0 connect(3, ..., ...) = -1 EINPROGRESS\n"
	  "   +0 > S 0:0(0) <...>\n"
	  " +.01 < S. 0:0(0) ack 1 win 32792 <mss 1000,nop,nop,sackOK>\n"
	  "   +0 > . 1:1(0) ack 1\n"
	  " +.01 write(3, ..., 2500) = 2500\n"
	  "   +0 > P. 1:2501(2500) ack 1\n"
	  " +.01 < F. 1:1(0) ack 2501 win 32792\n"
	  "   +0 > . 2501:2501(0) ack 2\n"
	  " +.01 close(3) = 0\n"
	  "   +0 > F. 2501:2501(0) ack 2\n" },
	{ "what is lost is sent again",
	  LISTENS IS_OPEN "   +0 write(4, ..., 3000) = 3000\n"
			  "   +0 > P. 1:3001(3000) ack 1\n"
			  " +.01 < . 1:1(0) ack 1 win 257 <sack 1001:3001,nop,nop>\n"
			  " +.005 > . 1:1001(1000) ack 1\n"
			  " +.01 < . 1:1(0) ack 3001 win 257\n" },
	{ "nothing waits with TCP_NODELAY",
	  LISTENS IS_OPEN "   +0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n"
			  "   +0 write(4, ..., 10) = 10\n"
			  "   +0 > P. 1:11(10) ack 1\n"
			  " +.01 write(4, ..., 10) = 10\n"
			  "   +0 > P. 11:21(10) ack 1\n"
			  " +.01 < . 1:1(0) ack 21 win 257\n" },
	{ "an abort",
	  LISTENS IS_OPEN "   +0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0\n"
			  "   +0 close(4) = 0\n"
			  "   +0 > R. 1:1(0) ack 1\n" },
	{ "a probe of an idle connection",
	  LISTENS IS_OPEN "   +0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n"
			  "   +0 setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [3], 4) = 0\n"
			  "   +3 > . 0:0(0) ack 1\n"
			  "   +0 < . 1:1(0) ack 1 win 257\n" },
	{ "a small buffer", "    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
			    "   +0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [8192], 4) = 0\n"
			    "   +0 bind(3, ..., ...) = 0\n"
			    "   +0 listen(3, 1) = 0\n" IS_OPEN },
	{ "nobody listens", "    0 < S 0:0(0) win 32792 <mss 1000>\n"
			    "   +0 > R. 0:0(0) ack 1\n" },
	{ "no SACK", "`sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0`\n" LISTENS
		     "   +0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 1 ecr 0>\n"
		     "   +0 > S. 0:0(0) ack 1 <mss 1460>\n" },
	{ "a router's MTU",
	  "`ethtool -K tun0 tso off gso off`\n" LISTENS "   +0 < S 0:0(0) win 32792 <mss 1460>\n"
	  "   +0 > S. 0:0(0) ack 1 <...>\n"
	  " +.01 < . 1:1(0) ack 1 win 32792\n"
	  "   +0 accept(3, ..., ...) = 4\n"
	  "   +0 write(4, ..., 1460) = 1460\n"
	  "   +0 > P. 1:1461(1460) ack 1\n"
	  " +.01 < icmp unreachable frag_needed mtu 1000 [1:1461(1460)]\n"
	  "   +0 > . 1:961(960) ack 1\n"
	  "   +0 > P. 961:1461(500) ack 1\n" },
	{ "datagrams", "    0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n"
		       "   +0 bind(3, ..., ...) = 0\n"
		       "   +0 connect(3, ..., ...) = 0\n"
		       "   +0 write(3, ..., 100) = 100\n"
		       "   +0 > udp (100)\n"
		       " +.01 < udp (50)\n"
		       "   +0 write(3, ..., 1000) = 1000\n"
		       "   +0 > udp (1000)\n" },
};

static void a_guessed_program_has_the_same_answers(void **state)
{
	for (size_t i = 0; i < sizeof(guessed) / sizeof(guessed[0]); i++) {
		struct tape tape;
		struct outcome o;

		tape_record(&tape, guessed[i].script, SEA_RUN_IPV4);
		o = tape_play(&tape, true, NULL);
		if (!o.played || o.deviations || !o.expected)
			fail_msg("%s: %s%s, %u expected", guessed[i].what, o.why, o.names,
				 o.expected);
		assert_false(o.told);
		tape_fini(&tape);
	}
}

static void the_other_side_may_be_tried(void **state)
{
	static const struct sea_talk_choice first = { .flow = 1, .side = SEA_TALK_FIRST };
	struct tape tape;
	struct outcome o;

	/* the client of a conversation that the server recorded */
	tape_record(&tape, guessed[2].script, SEA_RUN_IPV4);
	o = tape_play(&tape, true, &first);
	assert_true(o.played);
	assert_true(o.expected >= 3);
	/* a script's client is no Linux, and it shows at once */
	assert_non_null(strstr(o.names, "window@1 "));
	tape_fini(&tape);
}

static void the_device_answers_an_echo(void **state)
{
	/* raw IP in pcap: a request of 192.0.2.1 to 192.168.0.1, and its reply */
	static const uint8_t packets[2][28 + 4] = {
		{ 0x45, 0,   0, 32, 0, 1, 0, 0, 64,   1,    0, 0, 192, 0,   2,   1,
		  192,  168, 0, 1,  8, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g' },
		{ 0x45, 0, 0, 32, 0, 1, 0, 0, 64,   1,    0, 0, 192, 168, 0,   1,
		  192,  0, 2, 1,  0, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g' },
	};
	uint32_t head[6] = { 0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, 101 },
		 frame[4] = { 1, 0, 32, 32 };
	char file[24 + 2 * (16 + 32)];
	struct tape tape = { file, sizeof(file) };
	const struct sea_talk_choice second = { .flow = 1 };
	struct outcome o;

	memcpy(file, head, 24);
	for (size_t i = 0; i < 2; i++) {
		memcpy(file + 24 + i * 48, frame, 16);
		memcpy(file + 24 + i * 48 + 16, packets[i], 32);
		sea_csum_put(file + 24 + i * 48 + 16 + 22,
			     (uint16_t)~sea_csum_fold(sea_csum_scalar(packets[i] + 20, 12, 0)));
	}
	o = tape_play(&tape, false, &second);
	assert_true(o.played);
	assert_int_equal(o.expected, 1);
	assert_string_equal(o.names, "");
	file[sizeof(file) - 1] = 'G';
	o = tape_play(&tape, false, &second);
	assert_string_equal(o.names, "bytes@2 ");
	file[24 + 48 + 16 + 20] = 8;
	o = tape_play(&tape, false, &second);
	assert_false(o.played);
	assert_non_null(strstr(o.why, "only who answers"));
}

/* -- what is refused -- */

static void half_a_handshake_is_refused(void **state)
{
	struct tape tape;
	struct outcome o;

	tape_record(&tape, guessed[0].script, SEA_RUN_IPV4);
	tape_drop(&tape, 1); /* the device's SYN */
	o = tape_play(&tape, true, NULL);
	assert_false(o.played);
	assert_string_equal(
		o.why,
		"the capture lacks a part of the handshake, or all that tells how the device stood");
	tape_fini(&tape);
}

static void another_flow_is_not_there(void **state)
{
	static const struct sea_talk_choice second = { .flow = 2 },
					    udp = { .flow = 1, .proto = SEA_IPPROTO_UDP };
	struct tape tape;
	struct outcome o;

	tape_record(&tape, guessed[2].script, SEA_RUN_IPV4);
	o = tape_play(&tape, true, &second);
	assert_false(o.played);
	assert_string_equal(o.why, "there is no flow 2 of TCP, only 1");
	o = tape_play(&tape, true, &udp);
	assert_string_equal(o.why, "there is no conversation of TCP, UDP or ICMP echo in it");
	tape_fini(&tape);
}

static void a_capture_that_is_cut_is_refused(void **state)
{
	struct tape tape, part;

	tape_record(&tape, guessed[2].script, SEA_RUN_IPV4);
	for (size_t cut = 1; cut < tape.len; cut += 37) {
		struct outcome o;

		part = (struct tape){ tape.bytes, tape.len - cut };
		o = tape_play(&part, false, NULL);
		/* between two frames it is shorter, and whole */
		assert_true(o.played || o.why[0]);
	}
	tape_fini(&tape);
}

static void a_conversation_of_years_is_refused(void **state)
{
	struct tape tape;
	struct outcome o;

	tape_record(&tape, guessed[2].script, SEA_RUN_IPV4);
	tape_shift(&tape, 5, 3 * 365 * 86400 * SEA_SEC);
	o = tape_play(&tape, false, NULL);
	assert_false(o.played);
	assert_string_equal(o.why, "the conversation is longer than a day");
	tape_fini(&tape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guessed_program_has_the_same_answers),
		cmocka_unit_test(the_other_side_may_be_tried),
		cmocka_unit_test(the_device_answers_an_echo),
		cmocka_unit_test(half_a_handshake_is_refused),
		cmocka_unit_test(another_flow_is_not_there),
		cmocka_unit_test(a_capture_that_is_cut_is_refused),
		cmocka_unit_test(a_conversation_of_years_is_refused),
	};

	if (!tape_can_play()) {
		puts("SKIP: there is no libpcap");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
