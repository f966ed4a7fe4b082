/* SPDX-License-Identifier: Apache-2.0 */
/* Urgent data, as transcripts: RFC 9293 §3.8.5, RFC 6093. Hostile pointers are in attack_recv.c. */
#include "tests/lib/tcp_script.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

static int send_oob(struct tcp_script *s, uint32_t len)
{
	static uint8_t bytes[1 << 20];
	struct iovec iov = { bytes, len };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_sendmsg(s->t.stack, s->sock, &msg, MSG_OOB, s->t.now);

	test_settle(&s->t);
	return (int)n;
}

static int recv_oob(struct tcp_script *s, char *byte)
{
	struct iovec iov = { byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return (int)sea_socket_recvmsg(s->t.stack, s->sock, &msg, MSG_OOB, s->t.now);
}

static int ask(struct tcp_script *s, unsigned long request)
{
	int value = -1;

	assert_int_equal(sea_socket_ioctl_int(s->t.stack, s->sock, request, &value, s->t.now), 0);
	return value;
}

/* SEA_POLL* that arrived since the last time. */
static uint32_t edges(struct tcp_script *s)
{
	struct sea_event ev[8];
	unsigned n = sea_stack_take_events(s->t.stack, ev, 8);
	uint32_t edge = 0;

	for (unsigned i = 0; i < n; i++)
		edge |= ev[i].kind == SEA_EVENT_SOCKET ? ev[i].edge : 0;
	return edge;
}

static void watched(struct tcp_script *s)
{
	script_new(s);
	script_established(s);
	assert_int_equal(sea_socket_watch(s->t.stack, s->sock, SEA_POLLIN | SEA_POLLPRI, 7), 0);
	(void)edges(s);
}

/* RFC9293:MUST-30, RFC9293:MUST-62: the pointer that is sent is the number behind the byte. */
static void an_urgent_byte_is_sent_and_received(void **state)
{
	struct tcp_script s;
	char byte = 0;

	(void)state;
	watched(&s);
	assert_int_equal(send_oob(&s, 3), 3);
	EXPECT(&s, "PAU", 1, 1, 3);
	assert_int_equal(s.seen.urg, 3);
	SEND(&s, "PAU", 1, 4, 3, .urg = 3, .payload = "ab!");
	assert_int_equal(recv_oob(&s, &byte), 1);
	assert_int_equal(byte, '!');
	assert_int_equal(recv_oob(&s, &byte), -EINVAL); /* once only */
	assert_int_equal(script_read(&s, 10), 2);       /* without it */
	script_free(&s);
}

/* RFC9293:MUST-62: in each segment, and no device that segments gets to repeat it. */
static void every_segment_points_at_the_same_byte(void **state)
{
	struct tcp_script s;

	(void)state;
	for (unsigned tso = 0; tso < 2; tso++) {
		script_new(&s);
		s.t.link->features |= tso ? SEA_LINK_F_TSO4 | SEA_LINK_F_TX_CSUM : 0;
		script_established(&s);
		assert_int_equal(send_oob(&s, 5000), 5000);
		for (uint32_t at = 1; at < 5001; at += s.seen.len) {
			assert_true(script_take(&s));
			assert_int_equal(s.t.frame.gso_size, 0);
			assert_true(s.seen.flags & SEA_TCP_URG);
			assert_int_equal(s.seen.seq.v - s.iss, at);
			assert_int_equal(at + s.seen.urg, 5001);
		}
		script_free(&s);
	}
}

/* What is read up to the mark leaves its byte to be asked for, as Linux 6.18 does. */
static void the_byte_at_the_mark_is_there_until_reading_goes_on(void **state)
{
	struct tcp_script s;
	char byte = 0;

	(void)state;
	watched(&s);
	SEND(&s, "PAU", 1, 1, 4, .urg = 3, .payload = "xy!z");
	assert_int_equal(script_read(&s, 100), 2);
	assert_int_equal(ask(&s, SIOCINQ), 0);
	assert_int_equal(recv_oob(&s, &byte), 1);
	assert_int_equal(byte, '!');
	assert_int_equal(ask(&s, SIOCATMARK), 1);
	assert_int_equal(script_read(&s, 100), 1);
	assert_int_equal(ask(&s, SIOCATMARK), 0);
	/* Alone it is no reason to read. */
	SEND(&s, "PAU", 5, 1, 1, .urg = 1);
	assert_int_equal(sea_socket_poll(s.t.stack, s.sock) & (SEA_POLLIN | SEA_POLLPRI),
			 SEA_POLLPRI);
	assert_int_equal(script_read(&s, 100), -EAGAIN);
	assert_int_equal(sea_socket_poll(s.t.stack, s.sock) & (SEA_POLLIN | SEA_POLLPRI), 0);
	script_free(&s);
}

/* RFC9293:MUST-31: the pointer reaches 64 KiB; what is farther away is told when it comes near. */
static void urgent_data_may_be_longer_than_the_pointer_reaches(void **state)
{
	struct tcp_script s;
	uint32_t una = 1;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	assert_int_equal(send_oob(&s, 100000), 100000);
	while (una < 100001) {
		assert_true(script_take(&s));
		do {
			uint32_t left = 100001 - (s.seen.seq.v - s.iss);

			assert_true(s.seen.flags & SEA_TCP_URG);
			assert_in_range(s.seen.urg, 1, left);
			if (left < 1460)
				assert_int_equal(s.seen.urg, left);
			una = s.seen.seq.v - s.iss + s.seen.len;
		} while (script_take(&s));
		SEND(&s, "A", 1, una, 0);
	}
	/* Received: announced far ahead of its bytes. */
	SEND(&s, "AU", 1, una, 1000, .urg = 3001);
	SEND(&s, "AU", 1001, una, 1000, .urg = 2001);
	assert_int_equal(ask(&s, SIOCATMARK), 0);
	assert_int_equal(script_read(&s, 5000), 2000);
	SEND(&s, "A", 2001, una, 1460);
	assert_int_equal(script_read(&s, 5000), 1000);
	assert_int_equal(ask(&s, SIOCATMARK), 1);
	script_free(&s);
}

/* RFC9293:MUST-32: at the first pointer, and whenever it moves on; not when it is only repeated. */
static void the_program_is_told_when_urgent_data_is_announced(void **state)
{
	struct tcp_script s;

	(void)state;
	watched(&s);
	SEND(&s, "A", 1, 1, 10);
	assert_int_equal(edges(&s) & SEA_POLLPRI, 0);
	SEND(&s, "AU", 11, 1, 0, .urg = 100);
	assert_true(edges(&s) & SEA_POLLPRI);
	SEND(&s, "AU", 11, 1, 10, .urg = 100);
	assert_int_equal(edges(&s) & SEA_POLLPRI, 0);
	SEND(&s, "AU", 21, 1, 10, .urg = 200);
	assert_true(edges(&s) & SEA_POLLPRI);
	/* And again when the byte itself is there to be read. */
	SEND(&s, "A", 31, 1, 189);
	assert_int_equal(edges(&s) & SEA_POLLPRI, 0);
	SEND(&s, "A", 220, 1, 1);
	assert_true(edges(&s) & SEA_POLLPRI);
	script_free(&s);
}

/* RFC9293:MUST-33: reading stops at the mark, and both before and at it the program can ask. */
static void the_program_can_learn_whether_urgent_data_is_left(void **state)
{
	struct tcp_script s;

	(void)state;
	watched(&s);
	SEND(&s, "PAU", 1, 1, 20, .urg = 11);
	assert_int_equal(ask(&s, SIOCATMARK), 0);
	assert_int_equal(ask(&s, SIOCINQ), 10); /* up to the mark */
	assert_true(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLPRI);
	assert_int_equal(script_read(&s, 4), 4);
	assert_int_equal(ask(&s, SIOCATMARK), 0);
	assert_int_equal(script_read(&s, 100), 6);
	assert_int_equal(ask(&s, SIOCATMARK), 1);
	assert_int_equal(script_read(&s, 100), 9);
	assert_int_equal(ask(&s, SIOCATMARK), 0);
	assert_false(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLPRI);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_urgent_byte_is_sent_and_received),
		cmocka_unit_test(every_segment_points_at_the_same_byte),
		cmocka_unit_test(the_byte_at_the_mark_is_there_until_reading_goes_on),
		cmocka_unit_test(urgent_data_may_be_longer_than_the_pointer_reaches),
		cmocka_unit_test(the_program_is_told_when_urgent_data_is_announced),
		cmocka_unit_test(the_program_can_learn_whether_urgent_data_is_left),
	};

	return SCRIPT_RUN(tests);
}
