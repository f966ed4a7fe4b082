/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tcpip/wire/frames.h"
#include "wire/pcapng.h"
#include "wire/print.h"

static char line[SEA_PRINT_MAX];

static const char *print(const uint8_t *frame, size_t len)
{
	return sea_print_frame(line, sizeof(line), SEA_LINKTYPE_ETHERNET, frame, len);
}

#define PRINT(frame) print(frame, sizeof(frame))

/* A copy in which one byte is another. */
static const char *print_with(const uint8_t *frame, size_t len, size_t at, uint8_t value)
{
	uint8_t copy[128];

	memcpy(copy, frame, len);
	copy[at] = value;
	return print(copy, len);
}

#define PRINT_WITH(frame, at, value) print_with(frame, sizeof(frame), at, value)

static void arp_says_who_asks_and_who_answers(void **state)
{
	assert_string_equal(PRINT(frame_arp_request),
			    "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
	assert_string_equal(PRINT(frame_arp_reply),
			    "ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28");
	assert_string_equal(PRINT_WITH(frame_arp_request, 21, 9), "ARP, unknown (op 9), length 28");
	assert_string_equal(print(frame_arp_request, 41), "[|arp]");
}

/* Builds an IPv6 packet from ::1:2 to 2001:db8::1 and prints it. */
static const char *print6(uint8_t next, const void *payload, size_t len, size_t there)
{
	uint8_t frame[14 + 40 + 64] = { [12] = 0x86, [13] = 0xdd, [14] = 0x60 };

	frame[19] = (uint8_t)len;
	frame[20] = next;
	frame[14 + 8] = 0xfe;
	frame[14 + 9] = 0x80;
	frame[14 + 23] = 2;
	memcpy(frame + 14 + 24, "\x20\x01\x0d\xb8", 4);
	frame[14 + 39] = 1;
	memcpy(frame + 54, payload, len);
	return print(frame, 54 + there);
}

#define PRINT6(next, payload) print6(next, payload, sizeof(payload) - 1, sizeof(payload) - 1)
#define ENDS "IP6 fe80::2 > 2001:db8::1: "

static void ipv6_says_whose_it_is_and_what_it_carries(void **state)
{
	assert_string_equal(PRINT6(17, "\0\1\0\2\0\11\0\0x"),
			    "IP6 fe80::2.1 > 2001:db8::1.2: UDP, length 1");
	assert_string_equal(PRINT6(60, "\21\0\1\4\0\0\0\0\0\1\0\2\0\10\0\0"),
			    "IP6 fe80::2.1 > 2001:db8::1.2: exts 8 UDP, length 0");
	assert_string_equal(PRINT6(44, "\21\0\0\11\0\0\0\7\0\1\0\2\0\10\0\0"),
			    ENDS "frag @8 ip-proto-0, length 8");
	assert_string_equal(PRINT6(59, "abc"), ENDS "no next header, length 3");
	assert_string_equal(PRINT6(60, "\21\7"), ENDS "ip-proto-60, length 2");
	assert_string_equal(print6(17, "12345678", 8, 3), ENDS "[|udp]");
	assert_string_equal(print(frame_arp_request, 13), "[|ether]");
}

#define TARGET "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"

static void icmpv6_says_what_it_is(void **state)
{
	assert_string_equal(PRINT6(58, "\x80\0\0\0\0\1\0\2"),
			    ENDS "ICMP6, echo request, id 1, seq 2, length 8");
	assert_string_equal(PRINT6(58, "\x81\0\0\0\0\1\0\2"),
			    ENDS "ICMP6, echo reply, id 1, seq 2, length 8");
	assert_string_equal(PRINT6(58, "\x87\0\0\0\0\0\0\0" TARGET),
			    ENDS "ICMP6, neighbor solicitation, who has 2001:db8::7, length 24");
	assert_string_equal(PRINT6(58, "\x88\0\0\0\0\0\0\0" TARGET),
			    ENDS "ICMP6, neighbor advertisement, tgt is 2001:db8::7, length 24");
	assert_string_equal(PRINT6(58, "\x87\0\0\0\0\0\0\0"),
			    ENDS "ICMP6, neighbor solicitation, who has [|icmp6], length 8");
	assert_string_equal(PRINT6(58, "\1\4\0\0\0\0\0\0"),
			    ENDS "ICMP6, destination unreachable, unreachable port, length 8");
	assert_string_equal(PRINT6(58, "\2\0\0\0\0\0\5\0"),
			    ENDS "ICMP6, packet too big, mtu 1280, length 8");
	assert_string_equal(PRINT6(58, "\4\1\0\0\0\0\0\50"),
			    ENDS "ICMP6, parameter problem, code 1, at 40, length 8");
	assert_string_equal(PRINT6(58, "\3\0\0\0\0\0\0\0"),
			    ENDS "ICMP6, time exceeded in-transit, length 8");
	assert_string_equal(PRINT6(58, "\x85\0\0"), ENDS "[|icmp6]");
}

static void icmp_says_what_it_is(void **state)
{
	assert_string_equal(
		PRINT(frame_echo_request),
		"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 11197, seq 1, length 64");
	assert_string_equal(PRINT_WITH(frame_echo_request, 34, 0),
			    "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 11197, seq 1, length 64");
	assert_string_equal(PRINT_WITH(frame_echo_request, 34, 11),
			    "IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 64");
	assert_string_equal(PRINT_WITH(frame_echo_request, 34, 13),
			    "IP 10.0.0.1 > 10.0.0.2: ICMP type 13, code 0, length 64");
	assert_string_equal(PRINT(frame_port_unreachable),
			    "IP 10.0.0.2 > 10.0.0.1: ICMP port unreachable, length 37");
	assert_string_equal(PRINT_WITH(frame_port_unreachable, 35, 4),
			    "IP 10.0.0.2 > 10.0.0.1: ICMP need to frag (mtu 0), length 37");
	assert_string_equal(PRINT_WITH(frame_port_unreachable, 35, 13),
			    "IP 10.0.0.2 > 10.0.0.1: ICMP unreachable, code 13, length 37");
}

static void udp_says_ports_and_length(void **state)
{
	assert_string_equal(PRINT(frame_udp_hello),
			    "IP 10.0.0.1.40001 > 10.0.0.2.5353: UDP, length 5");
	assert_string_equal(PRINT_WITH(frame_udp_hello, 39, 7),
			    "IP 10.0.0.1.40001 > 10.0.0.2.5353: UDP, bad length 7");
	assert_string_equal(PRINT_WITH(frame_udp_hello, 39, 14),
			    "IP 10.0.0.1.40001 > 10.0.0.2.5353: UDP, bad length 14");
}

static void tcp_says_what_tcpdump_says(void **state)
{
	assert_string_equal(PRINT(frame_tcp_syn),
			    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 3677216578, "
			    "win 64240, options [mss 1460,sackOK,TS val 2200228910 ecr 0,nop,"
			    "wscale 10], length 0");
	assert_string_equal(PRINT(frame_tcp_synack),
			    "IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [S.], seq 2678086010, "
			    "ack 3677216579, win 65160, options [mss 1460,sackOK,"
			    "TS val 571873824 ecr 2200228910,nop,wscale 10], length 0");
	assert_string_equal(PRINT(frame_tcp_data),
			    "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], "
			    "seq 3677216579:3677216597, ack 2678086011, win 63, options [nop,nop,"
			    "TS val 2200228910 ecr 571873824], length 18");
	assert_string_equal(PRINT(frame_tcp_fin),
			    "IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [F.], seq 2678086030, "
			    "ack 3677216597, win 64, options [nop,nop,"
			    "TS val 571873824 ecr 2200228910], length 0");
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 47, 0), "Flags [none], win 64240"));
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 47, 0xe4), "Flags [RUEW], seq 3677216578, "
								    "win 64240, urg 0, "));
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 46, 0x40), "[bad hdr length 16]"));
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 46, 0xf0), "[bad hdr length 60]"));
}

static void tcp_options_that_make_no_sense_are_named(void **state)
{
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 54, 254), "[unknown-254,sackOK,"));
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 55, 1), "[bad], length 0"));
	assert_non_null(strstr(PRINT_WITH(frame_tcp_syn, 58, 0), "[mss 1460,eol], length 0"));
}

static void sack_blocks_are_listed(void **state)
{
	uint8_t frame[sizeof(frame_tcp_syn)];

	memcpy(frame, frame_tcp_syn, sizeof(frame));
	memset(frame + 54, 0, 20);
	memcpy(frame + 54, (const uint8_t[]){ 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 2 },
	       17);
	assert_non_null(strstr(PRINT(frame), "[sack 2 {1:2}{256:512},eol]"));
}

static void fragments_say_their_place(void **state)
{
	assert_string_equal(PRINT_WITH(frame_udp_hello, 20, 0x20),
			    "IP 10.0.0.1.40001 > 10.0.0.2.5353: frag 14369:13@0+ UDP, length 5");
	assert_string_equal(PRINT_WITH(frame_udp_hello, 21, 2),
			    "IP 10.0.0.1 > 10.0.0.2: frag 14369:13@16 ip-proto-17, length 13");
}

static void what_is_missing_is_marked(void **state)
{
	assert_string_equal(print(frame_tcp_syn, 13), "[|ether]");
	assert_string_equal(print(frame_tcp_syn, 33), "[|ip]");
	assert_string_equal(print(frame_tcp_syn, 53), "IP 10.0.0.1.40000 > 10.0.0.2.80: [|tcp]");
	assert_string_equal(print(frame_tcp_syn, 37), "IP 10.0.0.1 > 10.0.0.2: [|tcp]");
	assert_string_equal(print(frame_udp_hello, 41),
			    "IP 10.0.0.1.40001 > 10.0.0.2.5353: [|udp]");
	assert_string_equal(print(frame_echo_request, 41), "IP 10.0.0.1 > 10.0.0.2: [|icmp]");
	assert_string_equal(PRINT_WITH(frame_tcp_syn, 14, 0x65), "IP, bad version");
	assert_string_equal(PRINT_WITH(frame_tcp_syn, 14, 0x44), "IP, bad header length");
}

static void other_frames_are_named_by_type(void **state)
{
	assert_string_equal(PRINT_WITH(frame_udp_hello, 13, 0x06 ^ 0x08),
			    "ethertype 0x080e, length 33");
	assert_string_equal(PRINT_WITH(frame_udp_hello, 12, 0), "802.3 length 0x0000, length 33");
	assert_string_equal(sea_print_frame(line, sizeof(line), SEA_LINKTYPE_RAW,
					    frame_udp_hello + 14, sizeof(frame_udp_hello) - 14),
			    "IP 10.0.0.1.40001 > 10.0.0.2.5353: UDP, length 5");
	assert_string_equal(sea_print_frame(line, sizeof(line), SEA_LINKTYPE_RAW,
					    (const uint8_t *)"\x60", 1),
			    "[|ip6]");
	assert_string_equal(sea_print_frame(line, sizeof(line), 147, frame_udp_hello, 3),
			    "link type 147, length 3");
}

/* Every length of every room: cut, never beyond, always with its NUL. */
static void text_is_cut_to_its_room(void **state)
{
	char whole[SEA_PRINT_MAX];

	strcpy(whole, PRINT(frame_tcp_synack));
	for (size_t room = 1; room <= strlen(whole) + 1; room++) {
		char *text = malloc(room);

		assert_non_null(text);
		assert_ptr_equal(sea_print_frame(text, room, SEA_LINKTYPE_ETHERNET,
						 frame_tcp_synack, sizeof(frame_tcp_synack)),
				 text);
		assert_int_equal(strlen(text), room - 1);
		assert_memory_equal(text, whole, room - 1);
		free(text);
	}
	line[0] = 'x';
	sea_print_frame(line, 0, SEA_LINKTYPE_ETHERNET, frame_tcp_syn, sizeof(frame_tcp_syn));
	assert_int_equal(line[0], 'x');
}

/* All flags, all numbers large, and twenty options that take most to say. */
static void longest_line_fits(void **state)
{
	uint8_t frame[94];

	memcpy(frame, frame_tcp_syn, 54);
	frame[17] = sizeof(frame) - 14;
	memset(frame + 22 + 4, 0xff, 20); /* addresses, ports, seq, ack */
	frame[46] = 0xf0;
	memset(frame + 47, 0xff, 7);
	for (size_t at = 54; at < sizeof(frame); at += 2)
		memcpy(frame + at, (const uint8_t[]){ 254, 2 }, 2);
	PRINT(frame);
	assert_true(strlen(line) > 256);
	assert_non_null(strstr(line, "unknown-254], length 0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_says_who_asks_and_who_answers),
		cmocka_unit_test(icmp_says_what_it_is),
		cmocka_unit_test(icmpv6_says_what_it_is),
		cmocka_unit_test(ipv6_says_whose_it_is_and_what_it_carries),
		cmocka_unit_test(udp_says_ports_and_length),
		cmocka_unit_test(tcp_says_what_tcpdump_says),
		cmocka_unit_test(tcp_options_that_make_no_sense_are_named),
		cmocka_unit_test(sack_blocks_are_listed),
		cmocka_unit_test(fragments_say_their_place),
		cmocka_unit_test(what_is_missing_is_marked),
		cmocka_unit_test(other_frames_are_named_by_type),
		cmocka_unit_test(text_is_cut_to_its_room),
		cmocka_unit_test(longest_line_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
