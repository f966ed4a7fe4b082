/* SPDX-License-Identifier: Apache-2.0 */
/* The charged ledger of all connections: orphans that weigh on it, and how it comes back to nothing. */
#include "tests/lib/tcp_script.h"

#include <seastack/stats.h>

#include "transport/tcp/memory.h"

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

/* -- orphans -- */

static void an_orphan_with_data_is_reset_when_memory_is_used_up(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 20000), 20000);
	limit(&s, "0 0 0");
	assert_int_equal(script_close(&s), 0);
	while (script_take(&s) && !(s.seen.flags & SEA_TCP_RST))
		;
	assert_true(s.seen.flags & SEA_TCP_RST);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnMemory), 1);
	assert_int_equal(tcp(&s)->n_orphans, 0);
	assert_int_equal(charged(&s), 0);
	script_free(&s);
}

static void an_orphan_that_holds_little_is_kept(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	limit(&s, "0 0 0");
	assert_int_equal(script_write(&s, 1000), 1000);
	assert_int_equal(script_close(&s), 0);
	assert_int_equal(tcp(&s)->n_orphans, 1);
	SEND(&s, "FA", 1, 1002, 0);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	assert_int_equal(charged(&s), 0);
	test_take_all(&s.t);
	script_free(&s);
}

static void its_timer_resets_an_orphan_when_memory_is_used_up_later(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_established(&s);
	assert_int_equal(script_write(&s, 20000), 20000);
	assert_int_equal(script_close(&s), 0);
	limit(&s, "0 0 0");
	test_advance(&s.t, 5 * SEA_SEC);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnMemory), 1);
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(charged(&s), 0);
	test_take_all(&s.t);
	script_free(&s);
}

/* CVE-2008-4609: orphans that a closed window holds are the first to go when there are many. */
static void orphans_that_a_closed_window_holds_weigh_double(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_max_orphans", "1");
	script_sysctl(&s, "net.ipv4.tcp_orphan_retries", "20");
	s.wnd = 0;
	script_established(&s);
	assert_int_equal(script_write(&s, 100), 100);
	assert_int_equal(script_close(&s), 0);
	for (unsigned i = 0; i < 200; i++) {
		test_advance(&s.t, SEA_SEC);
		while (script_take(&s))
			SEND(&s, "A", 1, 1, 0);
	}
	assert_int_equal(tcp(&s)->n_orphans, 1);
	for (unsigned i = 0; i < 250 && script_listed(&s); i++) {
		test_advance(&s.t, SEA_SEC);
		while (script_take(&s))
			if (!(s.seen.flags & SEA_TCP_RST))
				SEND(&s, "A", 1, 1, 0);
	}
	assert_int_equal(script_listed(&s), 0);
	assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPAbortOnMemory), 1);
	script_free(&s);
}

/* -- the ledger -- */

static void usage_is_told_as_sockstat_has_it(void **state)
{
	struct sea_memory m = { .size = sizeof(m) };
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_time_wait(&s);
	s.rport++;
	SEND(&s, "S", 0, 0, 0);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_write(&s, 10000), 10000);
	assert_int_equal(script_close(&s), 0);
	sea_stack_memory(s.t.stack, &m);
	assert_int_equal(m.tcp_tw, 1);
	assert_int_equal(m.tcp_orphan, 1);
	assert_int_equal(m.tcp_alloc, tcp(&s)->n_conns);
	assert_int_equal(m.tcp_mem, 3);
	test_take_all(&s.t);
	script_free(&s);
}

/* All queues in use: what is next, what lies behind a gap, what is out and what waits. */
static void use_all(struct tcp_script *s)
{
	SEND(s, "PA", 1, 1, 1000);
	for (uint32_t k = 0; k < 10; k++)
		SEND(s, "A", 3001 + k * 700, 1, 500);
	(void)script_write(s, 50000);
	(void)script_write(s, 1);
	SEND(s, "A", 1001, 1461, 0);
}

static void by_close(struct tcp_script *s)
{
	assert_int_equal(script_close(s), 0);
}

static void by_reset(struct tcp_script *s)
{
	SEND(s, "R", conn(s)->rcv_nxt.v - SCRIPT_PEER_ISN, 1, 0);
	assert_int_equal(script_state(s), TCP_CLOSE);
	assert_int_equal(script_close(s), 0);
}

static void by_silence(struct tcp_script *s)
{
	(void)script_read(s, 1 << 20);
	assert_int_equal(script_close(s), 0);
	test_advance(&s->t, 3600 * SEA_SEC);
}

static void by_disconnecting(struct tcp_script *s)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	assert_int_equal(sea_socket_connect(s->t.stack, s->sock, &nobody, sizeof(nobody), s->t.now),
			 0);
	assert_int_equal(charged(s), 0);
	assert_int_equal(script_close(s), 0);
}

static void by_the_end_of_the_listener(struct tcp_script *s)
{
	sea_socket sock = s->sock;

	/* Another one waits to be accepted, with data. */
	s->rport++;
	SEND(s, "S", 0, 0, 0);
	script_take(s);
	s->iss = s->seen.seq.v;
	SEND(s, "A", 1, 1, 0);
	SEND(s, "PA", 1, 1, 1000);
	assert_int_equal(sea_socket_close(s->t.stack, s->listener, s->t.now), 0);
	s->sock = sock;
	assert_int_equal(script_close(s), 0);
}

static void nothing_is_charged_when_all_is_over(void **state)
{
	static void (*const ends[])(struct tcp_script *) = {
		by_close, by_reset, by_silence, by_disconnecting, by_the_end_of_the_listener,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct tcp_script s;

		script_new(&s);
		script_established(&s);
		use_all(&s);
		assert_true(charged(&s) > 50000);
		ends[i](&s);
		assert_int_equal(charged(&s), 0);
		test_take_all(&s.t);
		script_free(&s);
	}
}

static void nothing_is_charged_when_allocations_failed(void **state)
{
	(void)state;
	for (size_t nth = 1; nth < 80; nth++) {
		struct tcp_script s;

		script_new(&s);
		script_established(&s);
		sea_pool_trim(&s.t.stack->shard.pool);
		test_env_fail_at(&s.t.env, nth);
		use_all(&s);
		test_env_fail_at(&s.t.env, 0);
		assert_true(charged(&s) >= conn(&s)->sock.rmem_alloc);
		by_silence(&s);
		assert_int_equal(charged(&s), 0);
		test_take_all(&s.t);
		script_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_orphan_with_data_is_reset_when_memory_is_used_up),
		cmocka_unit_test(an_orphan_that_holds_little_is_kept),
		cmocka_unit_test(its_timer_resets_an_orphan_when_memory_is_used_up_later),
		cmocka_unit_test(orphans_that_a_closed_window_holds_weigh_double),
		cmocka_unit_test(usage_is_told_as_sockstat_has_it),
		cmocka_unit_test(nothing_is_charged_when_all_is_over),
		cmocka_unit_test(nothing_is_charged_when_allocations_failed),
	};

	return SCRIPT_RUN(tests);
}
