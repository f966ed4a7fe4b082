/* SPDX-License-Identifier: Apache-2.0 */
/* A device's answers as text. */
#include "packetimpact/record/trace.h"

#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <stdlib.h>

static void answers_are_written_in_the_order_of_their_times(void **state)
{
	struct sea_dut_call call;
	struct host h;
	char *text, byte[2];
	long fd, listener;

	host_new(&h);
	h.dut = sea_trace_new(h.dut, &text);
	assert_non_null(h.dut);
	assert_string_equal(sea_dut_name(h.dut), "seastack");
	assert_true(sea_dut_is_virtual(h.dut));
	listener = host_listen(&h, 0);
	begin(&h, &call, SEA_DUT_accept, listener, NULL, NULL);
	(void)sea_dut_run(h.dut, (sea_time){ SEA_SEC }, 0);
	peer_connect(&h);
	fd = call.result;
	assert_int_equal(sys(&h, SEA_DUT_write, fd, "x", 1), 1);
	assert_int_equal(sys(&h, SEA_DUT_recv, fd, byte, 1, MSG_DONTWAIT), -EAGAIN);
	/* The packet is taken late, but stands where it left. */
	(void)sea_dut_run(h.dut, (sea_time){ 1100 * SEA_MSEC }, 0);
	assert_int_equal(peer_take(&h, NULL), 1);
	sea_dut_close(h.dut);
	assert_string_equal(text, "  0.000000 socket = fd\n"
				  "  0.000000 bind = 0\n"
				  "  0.000000 listen = 0\n"
				  "  1.000000 > S. 0:0(0) ack 1 win 64240 <mss 1460>\n"
				  "  1.000000 > P. 1:2(1) ack 1 win 64240\n"
				  "  1.000000 accept = fd\n"
				  "  1.000000 write = 1\n"
				  "  1.000000 recv = -1 (EAGAIN)\n");
	free(text);
}

/* 20 bytes of IPv4 and whatever comes behind. */
static char *line_of(uint8_t proto, const void *bytes, size_t len)
{
	uint8_t packet[128] = { 0x45 };
	const struct sea_dut_packet p = { .bytes = packet, .len = 20 + len };

	packet[9] = proto;
	memcpy(packet + 20, bytes, len);
	return sea_trace_packet(NULL, &p);
}

#define assert_line(proto, bytes, wanted)                               \
	do {                                                            \
		char *line_ = line_of(proto, bytes, sizeof(bytes) - 1); \
                                                                        \
		assert_string_equal(line_, wanted);                     \
		free(line_);                                            \
	} while (0)

static void every_packet_has_a_line(void **state)
{
	const struct sea_dut_packet none = { .bytes = (const uint8_t *)"\x45", .len = 1 };
	char *line;

	assert_line(1, "\3\4xxxx", "> icmp type 3 code 4 (6)");
	assert_line(17, "12345678", "> protocol 17 (8)");
	assert_line(6, "\1\1\2\2\0\0\0\5\0\0\0\7\x50\x11\0\1\0\0\0\0", "> F. 5:5(0) ack 7 win 1");
	assert_line(
		6,
		"\1\1\2\2\0\0\0\5\0\0\0\7\xa0\x78\0\1\0\0\0\3"
		"\1\1\5\12\0\0\0\1\0\0\0\2\42\4ab\375\2\0\0xy",
		"> P.UE 5:7(2) ack 7 win 1 urg 3 <nop,nop,sack 1:2,kind 34 len 4,kind 253 len 2,eol>");
	/* Options that lie about their length, and headers that do. */
	assert_line(6, "\1\1\2\2\0\0\0\5\0\0\0\7\x60\x02\0\1\0\0\0\0\2\5\1\1",
		    "> S 5:5(0) win 1 <bad>");
	assert_line(6, "\1\1\2\2\0\0\0\5\0\0\0\7\xf0\x02\0\1\0\0\0\0", "> protocol 6 (20)");
	line = sea_trace_packet(NULL, &none);
	assert_string_equal(line, "> no packet");
	free(line);
}

static void a_device_of_which_nothing_was_asked_says_nothing(void **state)
{
	struct host h;
	char *text;

	host_new(&h);
	h.dut = sea_trace_new(h.dut, &text);
	sea_dut_close(h.dut);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_written_in_the_order_of_their_times),
		cmocka_unit_test(every_packet_has_a_line),
		cmocka_unit_test(a_device_of_which_nothing_was_asked_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
