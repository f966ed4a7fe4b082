/* SPDX-License-Identifier: Apache-2.0 */
/* What all connections may hold together (net.ipv4.tcp_mem), as transcripts. */
#include "tests/lib/tcp_script.h"

#include "transport/tcp/memory.h"

#define MSS 1460u
#define CROWD 100u

static const struct tcp_state *tcp(const struct tcp_script *s)
{
	return sea_tcp_of(s->t.stack);
}

static int64_t charged(const struct tcp_script *s)
{
	return tcp(s)->mem.charged;
}

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

static struct tcp_conn *conn(const struct tcp_script *s)
{
	return sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
}

static void limit(struct tcp_script *s, const char *pages)
{
	script_sysctl(s, "net.ipv4.tcp_mem", pages);
}

static void open_one(struct tcp_script *s)
{
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
}

/* -- the limits -- */

static void limits_are_a_sixteenth_of_what_the_stack_may_have(void **state)
{
	static const struct {
		size_t held_max;
		const char *pages;
	} cases[] = {
		{ 0, "196608\t262144\t393216" },
		{ (size_t)1 << 30, "12288\t16384\t24576" },
		{ (size_t)1 << 20, "96\t128\t192" },
	};
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sea_stack_config config = SEA_STACK_CONFIG_INIT;
		struct sea_stack *stack;
		struct test_env env;
		char text[64];

		test_env_init(&env);
		config.held_max = cases[i].held_max;
		assert_int_equal(sea_stack_new(&config, &env.env, modules, 2, &stack), 0);
		assert_true(sea_sysctl_get(stack, "net.ipv4.tcp_mem", text, sizeof(text)) > 0);
		assert_string_equal(text, cases[i].pages);
		sea_stack_free(stack);
	}
}

/* -- a crowd that holds all it can -- */

struct crowd {
	struct tcp_script s;
	struct {
		sea_socket sock;
		uint32_t iss;
	} members[CROWD];
};

static void turn_to(struct crowd *c, unsigned i)
{
	c->s.rport = (uint16_t)(10000 + i);
	c->s.sock = c->members[i].sock;
	c->s.iss = c->members[i].iss;
}

static void gather(struct crowd *c)
{
	script_new(&c->s);
	limit(&c->s, "64 96 128");
	script_listen(&c->s, CROWD);
	for (unsigned i = 0; i < CROWD; i++) {
		c->s.rport = (uint16_t)(10000 + i);
		open_one(&c->s);
		c->members[i].sock = c->s.sock;
		c->members[i].iss = c->s.iss;
	}
}

/* Every other segment, and never the first. */
static void leave_gaps(struct crowd *c)
{
	for (uint32_t k = 0; k < 20; k++) {
		for (unsigned i = 0; i < CROWD; i++) {
			turn_to(c, i);
			SEND(&c->s, "A", 1 + (2 * k + 1) * MSS, 1, MSS);
			assert_true(charged(&c->s) <= tcp_mem_bytes(tcp(&c->s), 2));
			test_take_all(&c->s.t);
		}
	}
}

static void disperse(struct crowd *c)
{
	for (unsigned i = 0; i < CROWD; i++) {
		turn_to(c, i);
		SEND(&c->s, "R", conn(&c->s)->rcv_nxt.v - SCRIPT_PEER_ISN, 1, 0);
		assert_int_equal(script_close(&c->s), 0);
		test_take_all(&c->s.t);
	}
}

static void full_out_of_order_queues_stay_below_the_limit(void **state)
{
	static struct crowd c;

	(void)state;
	gather(&c);
	leave_gaps(&c);
	assert_true(test_drops(&c.s.t, SEA_DROP_TCP_MEM) > 0);
	assert_true(mib(&c.s, SEA_MIB_TcpExtTCPOFODrop) > 0);
	assert_int_equal(mib(&c.s, SEA_MIB_TcpExtTCPMemoryPressures), 1);
	/* Nobody is wedged: what is next is taken, wherever it comes. */
	for (unsigned i = 0; i < CROWD; i++) {
		turn_to(&c, i);
		SEND(&c.s, "PA", 1, 1, MSS);
		assert_true(script_read(&c.s, 1 << 20) >= (int)MSS);
		test_take_all(&c.s.t);
	}
	disperse(&c);
	assert_int_equal(charged(&c.s), 0);
	script_free(&c.s);
}

/* Both ways, beside the crowd, a segment and a write at a time. */
static void a_fair_connection_finishes_beside_them(void **state)
{
	static struct crowd c;
	uint32_t written = 0;

	(void)state;
	gather(&c);
	leave_gaps(&c);
	c.s.rport = 9999;
	open_one(&c.s);
	for (uint32_t seq = 1; seq < 200 * MSS; seq += MSS) {
		SEND(&c.s, "PA", seq, 1, MSS);
		assert_int_equal(script_read(&c.s, 1 << 20), MSS);
		test_take_all(&c.s.t);
	}
	while (written < 300000) {
		int n = script_write(&c.s, 300000 - written);

		assert_in_range(n, 1, 300000);
		written += (uint32_t)n;
		for (unsigned i = 0; conn(&c.s)->snd_una.v != conn(&c.s)->write_seq.v; i++) {
			assert_in_range(i, 0, 1000);
			test_take_all(&c.s.t);
			SEND(&c.s, "A", 1 + 200 * MSS, conn(&c.s)->snd_nxt.v - c.s.iss, 0);
		}
	}
	assert_int_equal(script_close(&c.s), 0);
	SEND(&c.s, "FA", 1 + 200 * MSS, written + 2, 0);
	assert_int_equal(script_listed(&c.s), TCP_TIME_WAIT);
	script_free(&c.s);
}

/* -- one connection at the limit -- */

static void who_holds_more_than_its_share_is_refused_under_pressure(void **state)
{
	struct tcp_script s;
	uint32_t seq = 1;

	(void)state;
	script_new(&s);
	limit(&s, "1 2 3");
	script_established(&s);
	while (!test_drops(&s.t, SEA_DROP_TCP_MEM)) {
		test_take_all(&s.t);
		SEND(&s, "PA", seq, 1, MSS);
		seq += MSS;
		assert_in_range(seq, 1, 6 * MSS);
	}
	assert_true(charged(&s) <= 3 * TCP_MEM_PAGE);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPRcvQDrop), 1);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPMemoryPressures), 1);
	/* The peer is told to wait, and when to go on. */
	EXPECT(&s, "A", 1, seq - MSS, 0);
	assert_int_equal(s.seen.wnd, 0);
	test_advance(&s.t, 300 * SEA_MSEC);
	assert_int_equal(script_read(&s, 1 << 20), seq - 1 - MSS);
	EXPECT(&s, "A", 1, seq - MSS, 0);
	assert_true(s.seen.wnd >= MSS);
	assert_int_equal(charged(&s), 0);
	assert_in_range(mib(&s, SEA_MIB_TcpExtTCPMemoryPressuresChrono), 300, 400);
	SEND(&s, "PA", seq - MSS, 1, MSS);
	assert_int_equal(script_read(&s, 1 << 20), MSS);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPMemoryPressures), 1);
	script_free(&s);
}

static void without_any_memory_an_empty_queue_takes_a_segment(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	limit(&s, "0 0 0");
	script_established(&s);
	for (uint32_t seq = 1; seq < 50 * MSS; seq += MSS) {
		SEND(&s, "PA", seq, 1, MSS);
		SEND(&s, "PA", seq + MSS, 1, MSS);
		assert_int_equal(script_read(&s, 1 << 20), MSS);
		test_take_all(&s.t);
	}
	/* Nothing out of order stays, however. */
	SEND(&s, "A", 1 + 60 * MSS, 1, MSS);
	assert_int_equal(charged(&s), 0);
	assert_true(tcp_idle(conn(&s)));
	script_free(&s);
}

/* What fills the gap is worth more than what lies behind it. */
static void what_is_out_of_order_makes_room_for_what_is_next(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	for (uint32_t k = 1; k < 8; k++)
		SEND(&s, "A", 1 + 2 * k * MSS, 1, MSS);
	SEND(&s, "A", 1, 1, 100);
	limit(&s, "1 2 3");
	SEND(&s, "A", 101, 1, 1360);
	assert_true(mib(&s, SEA_MIB_TcpExtOfoPruned) > 0);
	assert_true(mib(&s, SEA_MIB_TcpExtPruneCalled) > 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPRcvQDrop), 0);
	assert_true(charged(&s) <= 3 * TCP_MEM_PAGE);
	assert_int_equal(script_read(&s, 1 << 20), MSS);
	script_free(&s);
}

/* -- growth -- */

struct sizes {
	int32_t rcvbuf, sndbuf;
	uint32_t rcv_ssthresh;
};

static struct sizes after_a_transfer(const char *pages)
{
	struct tcp_script s;
	struct sizes sizes;
	uint32_t una = 1;

	script_new(&s);
	limit(&s, pages);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok, wscale 7");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	for (uint32_t seq = 1; seq < 400 * MSS; seq += 20 * MSS) {
		for (uint32_t k = 0; k < 20; k++)
			SEND(&s, "A", seq + k * MSS, 1, MSS);
		test_advance(&s.t, 20 * SEA_MSEC);
		(void)script_read(&s, 1 << 20);
		seq = conn(&s)->rcv_nxt.v - SCRIPT_PEER_ISN - 20 * MSS;
	}
	for (unsigned i = 0; i < 200; i++) {
		(void)script_write(&s, 1 << 20);
		test_advance(&s.t, 20 * SEA_MSEC);
		test_take_all(&s.t);
		una = conn(&s)->snd_nxt.v - s.iss;
		SEND(&s, "A", conn(&s)->rcv_nxt.v - SCRIPT_PEER_ISN, una, 0);
	}
	sizes = (struct sizes){ conn(&s)->sock.rcvbuf, conn(&s)->sock.sndbuf,
				conn(&s)->rcv_ssthresh };
	script_free(&s);
	return sizes;
}

static void under_pressure_neither_buffers_nor_window_grow(void **state)
{
	struct sizes free = after_a_transfer("196608 262144 393216");
	struct sizes pressed = after_a_transfer("0 1 100000");

	(void)state;
	assert_true(free.rcvbuf > 131072);
	assert_true(free.sndbuf > 100000);
	assert_true(free.rcv_ssthresh > 65535);
	assert_int_equal(pressed.rcvbuf, 131072);
	assert_true(pressed.sndbuf < 60000);
	assert_true(pressed.rcv_ssthresh < 70000); /* before pressure it grew by a segment */
}

/* -- writing -- */

static bool told(struct tcp_script *s)
{
	struct sea_event ev[8];
	size_t n = sea_stack_take_events(s->t.stack, ev, 8);

	for (size_t i = 0; i < n; i++)
		if (ev[i].socket.v == s->sock.v && ev[i].edge & SEA_POLLOUT)
			return true;
	return false;
}

static int sndbuf(struct tcp_script *s)
{
	return conn(s)->sock.sndbuf;
}

/* Of a buffer that was set nothing is taken away: what does not fill it has tcp_wmem's least. */
static void without_any_memory_a_writer_has_its_least(void **state)
{
	struct iovec iov[4];
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_watch(s.t.stack, s.sock, SEA_POLLOUT, 1), 0);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	limit(&s, "0 0 0");
	for (uint32_t una = 1; una < 40000; una += 4096) {
		assert_int_equal(script_write(&s, 100000), 4096);
		assert_int_equal(script_write(&s, 100000), -EAGAIN);
		assert_int_equal(sea_socket_send_reserve(s.t.stack, s.sock, 100, iov, 4, s.t.now),
				 -EAGAIN);
		assert_false(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLOUT);
		(void)told(&s);
		test_take_all(&s.t);
		SEND(&s, "A", 1, una + 4096, 0);
		assert_true(told(&s));
		assert_true(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLOUT);
	}
	script_free(&s);
}

static void writers_stop_at_the_limit(void **state)
{
	struct tcp_script s;
	int n;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_set(&s, s.sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	limit(&s, "4 8 16");
	n = script_write(&s, 1 << 20);
	assert_in_range(n, 4096, 16 * TCP_MEM_PAGE);
	assert_in_range(charged(&s), 4 * TCP_MEM_PAGE, 16 * TCP_MEM_PAGE);
	assert_int_equal(script_write(&s, 1), -EAGAIN);
	limit(&s, "400 800 1600");
	assert_true(script_write(&s, 1 << 17) > 0);
	script_free(&s);
}

/*
 * Beside Linux with a limit of its group (memory.kmem.tcp.limit_in_bytes): 8192 bytes, a connection that was accepted,
 * 1000 bytes a write. The fourth fits, the fifth is refused memory, but fills the buffer, of which 4608 bytes are left.
 */
static void without_memory_the_send_buffer_is_halved(void **state)
{
	struct tcp_script s;
	uint32_t una = 1;
	int queued;

	(void)state;
	script_new(&s);
	script_established(&s);
	limit(&s, "0 1 6");
	while (sndbuf(&s) > 4 * 4608 && una < 100000) {
		assert_int_equal(script_write(&s, 1000), 1000);
		una += 1000;
	}
	queued = (int)tcp_wmem_queued(conn(&s));
	assert_in_range(una, 3 * TCP_MEM_PAGE,
			6 * TCP_MEM_PAGE); /* its share: half, the listener counts */
	assert_in_range(sndbuf(&s), (queued - 2000) / 2, queued / 2);
	for (queued = 0; script_write(&s, 1000) > 0; queued++) /* what joins the last part */
		assert_in_range(queued, 0, 70);
	assert_int_equal(script_write(&s, 1), -EAGAIN);
	assert_false(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLOUT);
	queued = (int)tcp_wmem_queued(conn(&s));
	/* With memory it grows again, when somebody waits for room. */
	limit(&s, "4000 8000 16000");
	while (conn(&s)->snd_una.v != conn(&s)->write_seq.v) {
		test_take_all(&s.t);
		SEND(&s, "A", 1, conn(&s)->snd_nxt.v - s.iss, 0);
	}
	assert_true(sndbuf(&s) > queued);
	assert_true(sea_socket_poll(s.t.stack, s.sock) & SEA_POLLOUT);
	script_free(&s);
}

static void a_piece_that_fills_the_halved_buffer_is_granted(void **state)
{
	struct tcp_script s;
	int n;

	(void)state;
	script_new(&s);
	script_established(&s);
	limit(&s, "0 0 0");
	n = script_write(&s, 1 << 20);
	assert_in_range(n, 4608 - SEA_TRUESIZE_TX_HEAD, 65535);
	assert_int_equal(sndbuf(&s), 4608);
	assert_int_equal(script_write(&s, 1), -EAGAIN);
	script_free(&s);
}

/* As Linux does under the same limit: the FIN goes when the last segment goes again. */
static void under_pressure_a_fin_joins_what_is_out(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 1000), 1000);
	EXPECT(&s, "PA", 1, 1, 1000);
	limit(&s, "0 0 1000");
	assert_int_equal(script_set(&s, s.sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
	assert_int_equal(script_write(&s, 1000), 1000);
	EXPECT(&s, "PA", 1001, 1, 1000);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPMemoryPressures), 1);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT1);
	assert_false(script_take(&s));
	test_advance(&s.t, 3 * SEA_SEC);
	EXPECT(&s, "PA", 1, 1, 1000);
	SEND(&s, "A", 1, 1001, 0);
	do
		assert_true(script_take(&s));
	while (s.seen.seq.v - s.iss == 1);
	assert_int_equal(s.seen.seq.v - s.iss, 1001);
	assert_int_equal(s.seen.flags, SEA_TCP_FIN | SEA_TCP_PSH | SEA_TCP_ACK);
	SEND(&s, "A", 1, 2001, 0); /* without the FIN, which goes again alone */
	test_take_all(&s.t);
	test_advance(&s.t, 10 * SEA_SEC);
	assert_true(script_take(&s));
	assert_true(s.seen.flags & SEA_TCP_FIN);
	SEND(&s, "A", 1, 2002, 0);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT2);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_a_sixteenth_of_what_the_stack_may_have),
		cmocka_unit_test(full_out_of_order_queues_stay_below_the_limit),
		cmocka_unit_test(a_fair_connection_finishes_beside_them),
		cmocka_unit_test(who_holds_more_than_its_share_is_refused_under_pressure),
		cmocka_unit_test(without_any_memory_an_empty_queue_takes_a_segment),
		cmocka_unit_test(what_is_out_of_order_makes_room_for_what_is_next),
		cmocka_unit_test(under_pressure_neither_buffers_nor_window_grow),
		cmocka_unit_test(without_any_memory_a_writer_has_its_least),
		cmocka_unit_test(writers_stop_at_the_limit),
		cmocka_unit_test(without_memory_the_send_buffer_is_halved),
		cmocka_unit_test(a_piece_that_fills_the_halved_buffer_is_granted),
		cmocka_unit_test(under_pressure_a_fin_joins_what_is_out),
	};

	return SCRIPT_RUN(tests);
}
