/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timers of many connections fall due at one moment: bounded work at a time, all of them served,
 * and whoever else has something to say is heard in between. SEA_STORM=N takes N connections.
 */
#include "tests/lib/tcp_script.h"
#define CONNS_MAX 50000u
#define CONNS 20000u
#define FIRST_PORT 10000u
/* As much as one call may do, and less than the link's queue holds. */
#define AT_ONCE_MAX 999u

static unsigned n_conns(void)
{
	const char *text = getenv("SEA_STORM");
	unsigned long n = text ? strtoul(text, NULL, 10) : CONNS;

	return n > CONNS_MAX ? CONNS_MAX : (unsigned)n;
}

static struct {
	struct tcp_script s;
	sea_socket socks[CONNS_MAX];
	uint32_t iss[CONNS_MAX];
} many;

static void turn_to(unsigned i)
{
	many.s.rport = (uint16_t)(FIRST_PORT + i);
	many.s.sock = many.socks[i];
	many.s.iss = many.iss[i];
}

/* All at the same moment. */
static void open_all(void)
{
	struct tcp_script *s = &many.s;

	script_new(s);
	script_listen(s, 8);
	assert_int_equal(script_set(s, s->listener, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	for (unsigned i = 0; i < n_conns(); i++) {
		s->rport = (uint16_t)(FIRST_PORT + i);
		SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
		EXPECT(s, "SA", 0, 1, 0);
		SEND(s, "A", 1, 1, 0);
		assert_int_equal(script_accept(s), 0);
		many.socks[i] = s->sock;
		many.iss[i] = s->iss;
	}
	test_take_all(&s->t);
}

/* A request on connection `i` comes in, and the program reads it, without the stack being advanced. */
static void hear(unsigned i)
{
	struct tcp_script *s = &many.s;
	char bytes[16];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	turn_to(i);
	s->t.unsettled = true;
	SEND(s, "PA", 1, 1, 10);
	s->t.unsettled = false;
	assert_int_equal(sea_socket_recvmsg(s->t.stack, s->sock, &msg, 0, s->t.now), 10);
}

/* What is due now is done, call by call: frames that went out for it. */
static unsigned weather(void)
{
	struct tcp_script *s = &many.s;
	unsigned sent = 0, rounds = 0;

	while (!sea_time_before(s->t.now, sea_stack_deadline(s->t.stack))) {
		unsigned n;

		sea_stack_advance(s->t.stack, s->t.now);
		n = test_take_all(&s->t);
		assert_in_range(n, 0, AT_ONCE_MAX);
		sent += n;
		assert_in_range(++rounds, 1, n_conns());
		if (rounds == 2)
			hear(n_conns() - 1);
	}
	assert_true(rounds >= n_conns() / AT_ONCE_MAX);
	return sent;
}

static void pass(int64_t ns)
{
	test_advance(&many.s.t, ns - 1);
	test_take_all(&many.s.t);
	many.s.t.now = sea_time_add(many.s.t.now, 1);
}

static void keepalives_due_at_once_are_sent_in_bounded_steps(void **state)
{
	struct tcp_script *s = &many.s;
	unsigned n;

	(void)state;
	open_all();
	pass(7200 * SEA_SEC);
	n = weather();
	/* The last one was heard before its turn: no probe, but an answer. */
	assert_in_range(n, n_conns() - 1, n_conns() + 1);
	assert_in_range(test_mib(&s->t, SEA_MIB_TcpExtTCPKeepAlive), n_conns() - 1, n_conns());
	for (unsigned i = 0; i < n_conns(); i++) {
		turn_to(i);
		assert_int_equal(script_state(s), TCP_ESTABLISHED);
	}
	script_free(s);
}

static void retransmissions_due_at_once_are_sent_in_bounded_steps(void **state)
{
	struct tcp_script *s = &many.s;
	int64_t due;

	(void)state;
	open_all();
	for (unsigned i = 0; i < n_conns(); i++) {
		turn_to(i);
		assert_int_equal(script_write(s, 10), 10);
		test_take_all(&s->t);
	}
	due = sea_time_diff(sea_stack_deadline(s->t.stack), s->t.now);
	pass(due);
	assert_in_range(weather(), n_conns(), n_conns() + 2);
	/* What waited out the storm goes on as if it had been alone. */
	for (unsigned i = 0; i < n_conns() - 1; i++) {
		turn_to(i);
		SEND(s, "A", 1, 11, 0);
		assert_int_equal(script_write(s, 10), 10);
		EXPECT(s, "PA", 11, 1, 10);
	}
	test_take_all(&s->t);
	script_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalives_due_at_once_are_sent_in_bounded_steps),
		cmocka_unit_test(retransmissions_due_at_once_are_sent_in_bounded_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
