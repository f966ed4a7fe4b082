// SPDX-License-Identifier: Apache-2.0
/* What stands in a script stands in its tree, and what is none is refused with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "packetimpact/script/script.h"

static struct sea_script *parsed(const char *text)
{
	struct sea_script_error error;
	struct sea_script *script;

	if (sea_script_parse("t.pkt", text, strlen(text), NULL, 0, &script, &error))
		fail_msg("%u:%u: %s", error.pos.line, error.pos.column, error.message);
	return script;
}

static void refused(const char *text, unsigned line, unsigned column, const char *why)
{
	struct sea_script_error error;
	struct sea_script *script;

	assert_int_not_equal(
		sea_script_parse("t.pkt", text, strlen(text), NULL, 0, &script, &error), 0);
	assert_null(script);
	assert_string_equal(error.message, why);
	assert_int_equal(error.pos.line, line);
	assert_int_equal(error.pos.column, column);
}

static char *printed(const struct sea_script *script)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	sea_script_print(script, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* One form for one tree: `text` prints as `form`, and that as itself. */
static void prints(const char *text, const char *form)
{
	struct sea_script *script = parsed(text);
	char *first = printed(script);

	assert_string_equal(first, form);
	sea_script_free(script);
	script = parsed(first);
	free(first);
	first = printed(script);
	assert_string_equal(first, form);
	free(first);
	sea_script_free(script);
}

static void a_packet_has_all_its_fields(void **state)
{
	struct sea_script *script = parsed("0 > [ect0] 80 > 90 SEW. 1:11(10) ack 5 win 257 urg 3 "
					   "<mss 1000,nop,wscale 7,sackOK,TS val 1 ecr 2>\n");
	const struct sea_script_packet *packet = &script->events->packet;

	assert_true(packet->outbound);
	assert_int_equal(packet->ip.tos_check, SEA_TOS_ECN);
	assert_int_equal(packet->ip.tos, 2);
	assert_int_equal(packet->src_port, 80);
	assert_int_equal(packet->dst_port, 90);
	assert_int_equal(packet->tcp.flags,
			 SEA_FLAG_SYN | SEA_FLAG_ECE | SEA_FLAG_CWR | SEA_FLAG_ACK);
	assert_int_equal(packet->tcp.payload, 10);
	assert_int_equal(packet->tcp.ack, 5);
	assert_int_equal(packet->tcp.win, 257);
	assert_int_equal(packet->tcp.urg, 3);
	assert_int_equal(packet->tcp.options->mss, 1000);
	sea_script_free(script);
}

static void each_option_prints_as_it_was_read(void **state)
{
	prints("0 < S 0:0(0) win 1 <mss 1460,nop,wscale 8,sackOK,eol>",
	       "0 < S 0:0(0) win 1 <mss 1460,nop,wscale 8,sackOK,eol>\n");
	prints("0 > . 1:1(0) ack 1 <nop,nop,sack 1:2 3:4,FO>",
	       "0 > . 1:1(0) ack 1 <nop,nop,sack 1:2 3:4,FO>\n");
	prints("0 > . 1:1(0) ack 1 <FO 00112233, FOEXP aabb>",
	       "0 > . 1:1(0) ack 1 <FO 00112233,FOEXP aabb>\n");
	prints("0 > . 1:1(0) ack 1 <md5 000102030405060708090a0b0c0d0e0f>",
	       "0 > . 1:1(0) ack 1 <md5 000102030405060708090a0b0c0d0e0f>\n");
	prints("0 > . 1:1(0) ack 1 <ao keyid 1 rnext 255 mac 0011, ao keyid 1 rnext 2 mac>",
	       "0 > . 1:1(0) ack 1 <ao keyid 1 rnext 255 mac 0011,ao keyid 1 rnext 2 mac>\n");
	prints("0 > . 1:1(0) ack 1 <ao keyid 1 rnext 2 key \"a\\x00\\\"\">",
	       "0 > . 1:1(0) ack 1 <ao keyid 1 rnext 2 maclen 12 key \"a\\x00\\\"\">\n");
	prints("0 > . 1:1(0) ack 1 <ao keyid 1 rnext 2 maclen 16 alg \"hmac(md5)\" key \"\">",
	       "0 > . 1:1(0) ack 1 <ao keyid 1 rnext 2 maclen 16 alg \"hmac(md5)\" key \"\">\n");
	prints("0 > . 1:1(0) ack 1 <...>", "0 > . 1:1(0) ack 1 <...>\n");
}

static void a_digit_is_the_counter_of_accecn(void **state)
{
	struct sea_script *script = parsed("0 > P.5 1:2(1) ack 1 <ECN e1b 1 ceb 2 e0b 3>");
	const struct sea_script_tcp *tcp = &script->events->packet.tcp;

	assert_true(tcp->ace);
	assert_int_equal(tcp->flags >> 6, 5);
	assert_int_equal(tcp->options->n_accecn, 3);
	assert_int_equal(tcp->options->accecn[2].value, 3);
	sea_script_free(script);
	prints("0 > P.5 1:2(1) ack 1 <ECN e1b 1 ceb 2 e0b 3>",
	       "0 > P.5 1:2(1) ack 1 <ECN e1b 1 ceb 2 e0b 3>\n");
	refused("0 > E5 1:2(1)", 1, 6, "E, W, A and a digit exclude each other");
}

static void times_are_exact_to_the_nanosecond(void **state)
{
	struct sea_script *script = parsed("0 close(3) = 0\n+.29 close(4) = 0\n"
					   "+0~+.1 > . 1:1(0)\n1.000000001...2.5 close(5) = 0\n");
	const struct sea_script_event *event = script->events->next;

	assert_int_equal(event->time.kind, SEA_TIME_RELATIVE);
	assert_int_equal(event->time.from_ns, 290000000);
	event = event->next;
	assert_true(event->time.range);
	assert_int_equal(event->time.to_ns, 100000000);
	event = event->next;
	assert_int_equal(event->time.from_ns, 1000000001);
	assert_int_equal(event->call.end_ns, 2500000000);
	assert_int_equal(event->pos.line, 4);
	sea_script_free(script);
	prints("*  > . 1:1(0) ack 1", "* > . 1:1(0) ack 1\n");
	prints("+0~+.1 > . 1:1(0)", "+0~+0.1 > . 1:1(0) ack 0\n");
}

static void calls_have_structs_lists_and_remarks(void **state)
{
	prints("0 bind(3, {sa_family = AF_INET, sin_port = htons(8080), "
	       "sin_addr = inet_addr(\"192.0.2.1\")}, ...) = -1 EINVAL (Invalid argument)",
	       "0 bind(3, {sa_family=AF_INET, sin_port=htons(8080), "
	       "sin_addr=inet_addr(\"192.0.2.1\")}, ...) = -1 EINVAL (Invalid argument)\n");
	prints("+0...0.2 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{...,10}], msg_flags=0}, "
	       "A|B|0x2) = 10",
	       "+0...0.2 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}, "
	       "A|B|0x2) = 10\n");
	prints("0 write(4, \"a\\n\" \"\\x01b\"..., 4) = 4",
	       "0 write(4, \"a\\n\\x01b\"..., 4) = 4\n");
}

static void icmp_quotes_what_it_is_about(void **state)
{
	prints("0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]",
	       "0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]\n");
	prints("0 < icmp echo_request id 7 [raw (40)]", "0 < icmp echo_request id 7 [raw (40)]\n");
	prints("0 > udp 1 > 2 (100)", "0 > udp 1 > 2 (100)\n");
}

static void headers_stand_around_a_packet(void **state)
{
	prints("0 > ipv4 192.0.2.1 > 192.0.2.2: gre: . 1:1(0) ack 1",
	       "0 > ipv4 192.0.2.1 > 192.0.2.2 : gre flags 0x0, sum 0x0, off 0x0, key = 0x0, "
	       "seq 0x0: . 1:1(0) ack 1\n");
	prints("0 < ipv6 (tos 0x4) 2001:db8::1 > fd00::2: mpls (label 16, tc 1, [S], ttl 9): . 1:1(0)",
	       "0 < ipv6 [tos 0x4] 2001:db8::1 > fd00::2 : mpls (label 16, tc 1, [S], ttl 9): "
	       ". 1:1(0) ack 0\n");
}

static void a_define_takes_the_place_of_its_name(void **state)
{
	const struct sea_script_define defines[] = { { "CC", "\"reno\"" }, { "N", "0x10" } };
	static const char text[] = "--define=N=7 -\n";
	static const char good[] = "--define=N=7 --define=M=8\n0 f(CC, N, M, K) = 0";
	struct sea_script_error error;
	struct sea_script *script;
	struct sea_expr **args;

	assert_int_equal(sea_script_parse("t", good, strlen(good), defines, 2, &script, &error), 0);
	args = script->events->call.args;
	assert_int_equal(args[0]->kind, SEA_EXPR_STRING);
	assert_int_equal(args[1]->integer, 16);
	assert_int_equal(args[2]->integer, 8);
	assert_int_equal(args[3]->kind, SEA_EXPR_NAME);
	sea_script_free(script);
	assert_int_not_equal(sea_script_parse("t", text, strlen(text), defines, 2, &script, &error),
			     0);
}

static void comments_commands_and_code_are_told_apart(void **state)
{
	prints("// one\n# two\n--mss=9 --ip_version=ipv6\n/* three */ `init`\n0 `do it`\n"
	       "+0 %{  assert x == 1\ny = 2 }%\n`clean up`\n",
	       "--mss=9\n--ip_version=ipv6\n`init`\n0 `do it`\n+0 %{ assert x == 1\ny = 2 }%\n"
	       "`clean up`\n");
}

static void an_error_has_its_line_and_a_caret(void **state)
{
	static const char text[] = "0 close(3) = 0\n\t+0 < S 0:1(2)\n";
	struct sea_script_error error;
	struct sea_script *script;
	char said[512];
	FILE *out = fmemopen(said, sizeof(said), "w");

	assert_int_not_equal(
		sea_script_parse("a.pkt", text, strlen(text), NULL, 0, &script, &error), 0);
	sea_script_error_print(&error, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(said, "a.pkt:2:9: from 0 to 1 are not 2 bytes\n"
				  "   +0 < S 0:1(2)\n"
				  "          ^\n");
}

static void what_is_no_script_is_refused_with_its_place(void **state)
{
	refused("", 1, 1, "an event is missing at the end of the script");
	refused("0 < S 0:0(0) <mss 70000>", 1, 19, "the MSS must be from 0 to 65535");
	refused("0 < . 1:1(0) <...>", 1, 14, "<...> is for packets of the device");
	refused("* close(3) = 0", 1, 1, "only a packet of the device may come at any time");
	refused("0 > . 1:1(0) <sack 1:2 3:4 5:6 7:8,mss 5,sackOK,nop>", 1, 14,
		"these options take 41 bytes of the 40 there are");
	refused("0 `a", 1, 3, "this ` has no other one that ends it");
	refused("0 f([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1", 1, 37,
		"this is nested more than 32 deep");
	refused("0 `a`\n`b`\n0 `c`", 2, 1, "a command in the midst needs a time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_has_all_its_fields),
		cmocka_unit_test(each_option_prints_as_it_was_read),
		cmocka_unit_test(a_digit_is_the_counter_of_accecn),
		cmocka_unit_test(times_are_exact_to_the_nanosecond),
		cmocka_unit_test(calls_have_structs_lists_and_remarks),
		cmocka_unit_test(icmp_quotes_what_it_is_about),
		cmocka_unit_test(headers_stand_around_a_packet),
		cmocka_unit_test(a_define_takes_the_place_of_its_name),
		cmocka_unit_test(comments_commands_and_code_are_told_apart),
		cmocka_unit_test(an_error_has_its_line_and_a_caret),
		cmocka_unit_test(what_is_no_script_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
