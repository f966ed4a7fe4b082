/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that MSG_ZEROCOPY lends to a stream: who refers to it, until when, and where copies are made instead. */
#include "tests/lib/tcp_script.h"
#include "transport/stamp.h"
#include "transport/zerocopy.h"

#include <linux/errqueue.h>
#include <stdlib.h>

#define LEN 1000u

/* What the program lends. */
#define MEMORY 100000u
static uint8_t *memory;

/* The program has its memory back, and uses it no more. */
static void gone(void)
{
	if (memory)
		memset(memory, 0xee, MEMORY);
	free(memory);
	memory = NULL;
}

static void tear_down(struct tcp_script *s)
{
	script_free(s);
	gone();
}

static void set_up(struct tcp_script *s)
{
	memory = malloc(MEMORY);
	assert_non_null(memory);
	for (size_t i = 0; i < MEMORY; i++)
		memory[i] = (uint8_t)(i / 256 + i);
	script_new(s);
}

/* A connection whose peer acknowledges when the test says so. */
static void open_zc(struct tcp_script *s)
{
	set_up(s);
	script_established(s);
	assert_int_equal(script_set(s, s->sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_ZEROCOPY, 1), 0);
}

static ssize_t send_on(struct tcp_script *s, sea_socket sock, size_t len)
{
	struct iovec iov = { memory, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_sendmsg(s->t.stack, sock, &msg, SEA_MSG_ZEROCOPY, s->t.now);
}

/* The code of the entry of the error queue that tells of one call; -1: none does. */
static int told(struct tcp_script *s, sea_socket sock)
{
	struct sock_extended_err ee;
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t n = sea_socket_recvmsg(s->t.stack, sock, &msg, MSG_ERRQUEUE, s->t.now);

	if (n == -EAGAIN)
		return -1;
	assert_int_equal(n, 0);
	memcpy(&ee, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ee));
	assert_int_equal(ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	return ee.ee_code;
}

/* The next frame, which the driver has until sea_pkt_done(); what asks for neighbours is none. */
static struct sea_pkt *take(struct tcp_script *s)
{
	struct sea_pkt *pkt;

	for (;;) {
		struct sea_link *link = sea_stack_next_tx(s->t.stack);
		uint8_t proto;

		assert_non_null(link);
		assert_int_equal(sea_link_take_tx(link, &pkt, 1, s->t.now), 1);
		assert_true(sea_pkt_read(pkt, script_is6() ? 14 + 6 : 14 + 9, &proto, 1));
		if (proto == IPPROTO_TCP)
			return pkt;
		sea_pkt_done(pkt);
	}
}

/* How many of the frame's bytes are the program's own. */
static size_t lent_bytes(const struct sea_pkt *pkt)
{
	struct iovec iov[SEA_PKT_IOV_MAX];
	int n = sea_pkt_iov(pkt, iov, SEA_PKT_IOV_MAX);
	size_t sum = 0;

	for (int i = 0; i < n; i++) {
		uintptr_t at = (uintptr_t)iov[i].iov_base;

		if (at >= (uintptr_t)memory && at < (uintptr_t)memory + MEMORY)
			sum += iov[i].iov_len;
	}
	return sum;
}

/* -- streams -- */

static void segments_are_over_the_programs_memory(void **state)
{
	struct tcp_script s;
	struct sea_pkt *pkt;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN);
	pkt = take(&s);
	assert_int_equal(lent_bytes(pkt), LEN);
	sea_pkt_done(pkt);
	SEND(&s, "A", 1, 1 + LEN, 0);
	assert_int_equal(told(&s, s.sock), 0);
	tear_down(&s);
}

/* The peer has the bytes, but a card may still read them: a retransmission, or one that took long to tell. */
static void what_a_driver_has_is_not_told(void **state)
{
	struct sea_event event;
	struct tcp_script s;
	struct sea_pkt *pkt;

	(void)state;
	open_zc(&s);
	assert_int_equal(sea_socket_watch(s.t.stack, s.sock, SEA_POLLERR, 7), 0);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN);
	pkt = take(&s);
	SEND(&s, "A", 1, 1 + LEN, 0);
	while (sea_stack_take_events(s.t.stack, &event, 1))
		;
	assert_int_equal(told(&s, s.sock), -1);
	sea_pkt_done(pkt);
	assert_int_equal(sea_stack_take_events(s.t.stack, &event, 1), 1);
	assert_int_equal(event.cookie, 7);
	assert_true(event.mask & SEA_POLLERR);
	assert_int_equal(told(&s, s.sock), 0);
	tear_down(&s);
}

/* What is sent again comes from the same memory. */
static void retransmissions_are_not_copied(void **state)
{
	struct tcp_script s;
	struct sea_pkt *pkt;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN);
	test_take_all(&s.t);
	test_advance(&s.t, SEA_SEC);
	pkt = take(&s);
	assert_int_equal(lent_bytes(pkt), LEN);
	sea_pkt_done(pkt);
	SEND(&s, "A", 1, 1 + LEN, 0);
	assert_int_equal(told(&s, s.sock), -1); /* there may be another one in the queue */
	test_take_all(&s.t);
	assert_int_equal(told(&s, s.sock), 0);
	tear_down(&s);
}

/* A few bytes are copied next to the header, which is told. */
static void small_segments_are_copied(void **state)
{
	struct tcp_script s;
	struct sea_pkt *pkt;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_on(&s, s.sock, 20), 20);
	pkt = take(&s);
	assert_int_equal(lent_bytes(pkt), 0);
	assert_int_equal(told(&s, s.sock), -1);
	sea_pkt_done(pkt);
	SEND(&s, "A", 1, 21, 0);
	assert_int_equal(told(&s, s.sock), SO_EE_CODE_ZEROCOPY_COPIED);
	tear_down(&s);
}

/* Nothing ever left. */
static void a_reset_gives_back_what_was_never_sent(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	s.wnd = 0;
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN);
	assert_int_equal(told(&s, s.sock), -1);
	SEND(&s, "R", 1, 0, 0);
	assert_int_equal(told(&s, s.sock), 0);
	tear_down(&s);
}

/* -- the end of a socket -- */

static void assert_payload(const struct test_frame *f, uint8_t first)
{
	assert_non_null(f);
	assert_int_equal(f->bytes[f->len - LEN], first);
	for (size_t i = 0; i < LEN; i++)
		assert_int_equal(f->bytes[f->len - LEN + i], (uint8_t)(first + i / 256 + i));
}

/* The program may use its memory as it likes when it has closed the socket: the peer gets what was sent. */
static void closing_copies_what_is_out(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN); /* stands in the link's queue */
	assert_int_equal(script_close(&s), 0);
	gone();
	assert_payload(test_take(&s.t), 0);
	test_take_all(&s.t);
	test_advance(&s.t, SEA_SEC);
	assert_payload(test_take(&s.t), 0);
	tear_down(&s);
}

/* A socket that waits on close() for its data is one that nobody reads any more. */
static void lingering_copies_what_is_out(void **state)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 10 };
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, SOL_SOCKET, SO_LINGER, &linger,
					       sizeof(linger), s.t.now),
			 0);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN);
	assert_int_equal(script_close(&s), -EWOULDBLOCK);
	gone();
	assert_payload(test_take(&s.t), 0);
	assert_int_equal(script_close(&s), 0);
	tear_down(&s);
}

/* Without memory for it the socket stays as it is. */
static void closing_without_memory_does_nothing(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_int_equal(send_on(&s, s.sock, 30000), 30000);
	test_take_all(&s.t);
	s.t.stack->shard.pool.cache_max = 0;
	sea_pool_trim(&s.t.stack->shard.pool);
	test_env_fail_at(&s.t.env, 1);
	assert_int_equal(script_close(&s), -ENOMEM);
	test_env_fail_at(&s.t.env, 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	SEND(&s, "A", 1, 1461, 0);
	test_take_all(&s.t);
	assert_int_equal(script_close(&s), 0);
	gone();
	tear_down(&s);
}

/* The stack goes: nobody refers to the memory any more. */
static void a_stack_goes_with_all_that_is_out(void **state)
{
	struct tcp_script s;

	(void)state;
	open_zc(&s);
	assert_true(send_on(&s, s.sock, 50000) > 20000);
	tear_down(&s);
}

/* -- readers on this machine -- */

/* A connection over `lo`: the reader may take his time, the writer has his memory back. */
static void over_loopback_all_is_copied(void **state)
{
	const char *here = script_is6() ? "::1" : "127.0.0.1";
	uint8_t got[LEN];
	struct iovec iov = { got, sizeof(got) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct tcp_script s;
	sea_socket client;

	(void)state;
	set_up(&s);
	script_listen(&s, 5);
	client = script_socket(&s);
	assert_int_equal(script_set(&s, client, SOL_SOCKET, SO_ZEROCOPY, 1), 0);
	assert_int_equal(script_connect(&s, client, here, SCRIPT_PORT), -EINPROGRESS);
	test_settle(&s.t);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(send_on(&s, client, LEN), LEN);
	test_settle(&s.t);
	test_advance(&s.t, SEA_SEC);
	assert_int_equal(told(&s, client), SO_EE_CODE_ZEROCOPY_COPIED);
	memory[0] = 0xee;
	assert_int_equal(sea_socket_recvmsg(s.t.stack, s.sock, &msg, 0, s.t.now), LEN);
	assert_int_equal(got[0], 0);
	assert_int_equal(got[LEN - 1], memory[LEN - 1]);
	tear_down(&s);
}

/* Timestamps show the bytes, for as long as they are not read. */
static void entries_of_timestamps_have_copies(void **state)
{
	struct tcp_script s;
	uint8_t room[2000];
	struct iovec iov = { room, sizeof(room) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	(void)state;
	open_zc(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SEA_SO_TIMESTAMPING_OLD,
				    (int)(SEA_SOF_TX_SOFTWARE | SEA_SOF_SOFTWARE)),
			 0);
	assert_int_equal(send_on(&s, s.sock, LEN), LEN);
	test_take_all(&s.t);
	SEND(&s, "A", 1, 1 + LEN, 0);
	memory[0] = 0xee;
	assert_true(sea_socket_recvmsg(s.t.stack, s.sock, &msg, MSG_ERRQUEUE, s.t.now) > LEN);
	assert_int_equal(told(&s, s.sock), SO_EE_CODE_ZEROCOPY_COPIED);
	tear_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_over_the_programs_memory),
		cmocka_unit_test(what_a_driver_has_is_not_told),
		cmocka_unit_test(retransmissions_are_not_copied),
		cmocka_unit_test(small_segments_are_copied),
		cmocka_unit_test(a_reset_gives_back_what_was_never_sent),
		cmocka_unit_test(closing_copies_what_is_out),
		cmocka_unit_test(lingering_copies_what_is_out),
		cmocka_unit_test(closing_without_memory_does_nothing),
		cmocka_unit_test(a_stack_goes_with_all_that_is_out),
		cmocka_unit_test(over_loopback_all_is_copied),
		cmocka_unit_test(entries_of_timestamps_have_copies),
	};

	return SCRIPT_RUN(tests);
}
