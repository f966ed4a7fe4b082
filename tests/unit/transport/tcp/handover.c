/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is moved from stack to stack in the midst of a transfer, time and again, and its peer, a third stack at
 * the end of a wire of 5 ms, notices nothing: every byte comes once and in order, and no reset is on the wire. While
 * it is moved, nobody is there: frames for it are lost. (One direction of RFC 9293 §3.8 each, under one's own eyes.)
 */
#include "tests/lib/handover.h"
#include "tests/lib/stack_fixture.h"

#include <arpa/inet.h>
#include <errno.h>

#include <seastack/link.h>

#include "wire/tcp.h"

#define TOTAL (6u << 20)
#define DELAY_NS (5 * SEA_MSEC)
#define GONE_NS (40 * SEA_MSEC) /* nobody is there */
#define MOVES 4u
#define WIRE_MAX 8192u
#define PORT 80
#define FRAME_MAX 1600
#define TIME_MAX_NS (600 * SEA_SEC)

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };

/* -- the wire -- */

struct frame {
	sea_time due;
	bool to_peer;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

/* In the order in which they were sent, and so in that in which they come. */
static struct {
	struct frame frames[WIRE_MAX];
	unsigned first, n;
} wire;

/* moved: the side that changes its stack. */
static struct test_stack moved, peer;
static sea_socket moved_sock, peer_sock;

static bool is_reset(const uint8_t *bytes, size_t len)
{
	const size_t ip = 14, tcp = ip + 20;

	return len >= tcp + 20 && bytes[12] == 8 && !bytes[13] && bytes[ip + 9] == IPPROTO_TCP &&
	       bytes[tcp + 13] & SEA_TCP_RST;
}

static void take_frames(struct test_stack *from, bool to_peer)
{
	struct test_frame *f;

	while ((f = test_take(from))) {
		struct frame *at = &wire.frames[(wire.first + wire.n) % WIRE_MAX];

		assert_false(is_reset(f->bytes, f->len));
		assert_true(wire.n < WIRE_MAX && f->len <= FRAME_MAX);
		*at = (struct frame){ sea_time_add(from->now, DELAY_NS), to_peer, f->len, { 0 } };
		memcpy(at->bytes, f->bytes, f->len);
		wire.n++;
	}
}

static void take_all_frames(void)
{
	take_frames(&moved, true);
	take_frames(&peer, false);
}

/* What is on its way to who is not there goes nowhere. */
static void lose_frames(sea_time until)
{
	for (unsigned i = 0; i < wire.n; i++) {
		struct frame *f = &wire.frames[(wire.first + i) % WIRE_MAX];

		if (!f->to_peer && sea_time_before(f->due, until))
			f->len = 0;
	}
}

static void to_time(struct test_stack *t, sea_time now)
{
	test_advance(t, sea_time_diff(now, t->now));
}

/* Until the next frame or timer. */
static void step(void)
{
	sea_time next =
		sea_time_min(sea_stack_deadline(moved.stack), sea_stack_deadline(peer.stack));
	struct frame *f = wire.n ? &wire.frames[wire.first] : NULL;

	if (f)
		next = sea_time_min(next, f->due);
	assert_false(sea_time_is_never(next));
	next = sea_time_max(next, peer.now);
	to_time(&moved, next);
	to_time(&peer, next);
	if (f && !sea_time_before(next, f->due)) {
		wire.first = (wire.first + 1) % WIRE_MAX;
		wire.n--;
		if (f->len)
			test_inject(f->to_peer ? &peer : &moved, f->bytes, f->len);
	}
	take_all_frames();
}

/* -- the programs -- */

static uint8_t byte_at(uint32_t i)
{
	return (uint8_t)(i * 2654435761u >> 24 ^ i >> 16);
}

struct stream {
	struct test_stack *sender, *receiver;
	sea_socket *from, *to;
	uint32_t written, read;
};

static void write_some(struct stream *st)
{
	static uint8_t bytes[65536];
	ssize_t n = 1;

	while (n > 0 && st->written < TOTAL) {
		uint32_t len = TOTAL - st->written < sizeof(bytes) ? TOTAL - st->written
								   : (uint32_t)sizeof(bytes);
		struct iovec iov = { bytes, len };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		for (uint32_t i = 0; i < len; i++)
			bytes[i] = byte_at(st->written + i);
		n = sea_socket_sendmsg(st->sender->stack, *st->from, &msg, 0, st->sender->now);
		assert_true(n > 0 || n == -EAGAIN);
		st->written += n > 0 ? (uint32_t)n : 0;
	}
}

static void read_some(struct stream *st)
{
	static uint8_t bytes[65536];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	while ((n = sea_socket_recvmsg(st->receiver->stack, *st->to, &msg, 0, st->receiver->now)) >
	       0) {
		for (ssize_t i = 0; i < n; i++)
			if (bytes[i] != byte_at(st->read + (uint32_t)i))
				fail_msg("byte %u is another", st->read + (uint32_t)i);
		st->read += (uint32_t)n;
	}
	assert_int_equal(n, -EAGAIN);
}

/* -- moving -- */

static void begin_moved(sea_time now)
{
	test_stack_new(&moved, modules, 2);
	to_time(&moved, now);
}

/* Another stack with the same address has the connection from now on. */
static void move(void)
{
	sea_time now = moved.now, back = sea_time_add(now, GONE_NS);
	struct handover h;

	assert_int_equal(handover_take(moved.stack, moved_sock, &h, now), 0);
	assert_null(test_take(&moved));
	test_stack_free(&moved);
	to_time(&peer, now);
	begin_moved(now);
	lose_frames(back);
	for (sea_time t = now; sea_time_before(t, back); t = sea_time_add(t, SEA_MSEC)) {
		to_time(&moved, t);
		to_time(&peer, t);
		take_frames(&peer, false);
		lose_frames(back);
	}
	assert_int_equal(handover_give(moved.stack, &h, &moved_sock, moved.now), 0);
	handover_free(&h);
	test_settle(&moved);
	take_all_frames();
}

/* -- as a whole -- */

static void connect_both(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	sea_socket listener;

	begin_moved((sea_time){ SEA_SEC });
	test_stack_new_bare(&peer, modules, 2);
	peer.link = test_add_link(&peer, "eth0", &test_peer_mac, "10.0.0.2/24");
	wire.first = wire.n = 0;
	inet_pton(AF_INET, "10.0.0.2", &at.sin_addr);
	assert_int_equal(sea_socket_new(peer.stack, AF_INET, SOCK_STREAM, 0, &listener, peer.now),
			 0);
	assert_int_equal(sea_socket_bind(peer.stack, listener, (void *)&at, sizeof(at), peer.now),
			 0);
	assert_int_equal(sea_socket_listen(peer.stack, listener, 1, peer.now), 0);
	assert_int_equal(
		sea_socket_new(moved.stack, AF_INET, SOCK_STREAM, 0, &moved_sock, moved.now), 0);
	assert_int_equal(sea_socket_connect(moved.stack, moved_sock, (void *)&at, sizeof(at),
					    moved.now),
			 -EINPROGRESS);
	take_all_frames();
	while (sea_socket_accept(peer.stack, listener, NULL, NULL, &peer_sock, peer.now))
		step();
	assert_int_equal(sea_socket_close(peer.stack, listener, peer.now), 0);
}

static void end_both(void)
{
	test_stack_free(&moved);
	test_stack_free(&peer);
}

static void transfer(struct stream *st)
{
	const sea_time end = { TIME_MAX_NS };
	unsigned moves = 0;

	while (st->read < TOTAL) {
		write_some(st);
		read_some(st);
		take_all_frames();
		if (moves < MOVES && st->read > (moves + 1) * (TOTAL / (MOVES + 1))) {
			move();
			moves++;
		}
		step();
		assert_true(sea_time_before(peer.now, end));
	}
	assert_int_equal(moves, MOVES);
}

static void sender_is_moved_and_its_stream_is_whole(void **state)
{
	struct stream st = { &moved, &peer, &moved_sock, &peer_sock, 0, 0 };

	(void)state;
	connect_both();
	transfer(&st);
	end_both();
}

static void receiver_is_moved_and_its_stream_is_whole(void **state)
{
	struct stream st = { &peer, &moved, &peer_sock, &moved_sock, 0, 0 };

	(void)state;
	connect_both();
	transfer(&st);
	end_both();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sender_is_moved_and_its_stream_is_whole),
		cmocka_unit_test(receiver_is_moved_and_its_stream_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
