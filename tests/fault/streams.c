/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams that begin with data beside the SYN (fast open), are paced, and come out of order, the Nth allocation failing, for
 * every N: what a call said was taken arrives once and in order, or not at all.
 */
#include <netinet/tcp.h>

#include "tests/lib/sockets.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };

#define BYTES 6000u
#define TRIES 4

static uint8_t pattern(uint32_t at)
{
	return (uint8_t)(at * 7u + at / 251u);
}

/* A stream, as its two programs see it. */
struct stream {
	sea_socket client, server;
	uint32_t sent, received;
	bool open, accepted;
};

struct day {
	struct test_stack t;
	sea_socket listener;
	bool listens;
};

/* From the stream's beginning: bytes that were taken, or -errno. */
static ssize_t write_to(struct day *d, struct stream *s, uint32_t most, int flags, bool name)
{
	static uint8_t bytes[BYTES];
	ssize_t n;

	for (uint32_t i = 0; i < most; i++)
		bytes[i] = pattern(s->sent + i);
	n = test_sendto(&d->t, s->client, bytes, most, flags, name ? "127.0.0.1" : NULL, 80);
	if (n > 0)
		s->sent += (uint32_t)n;
	return n;
}

static void listen_on(struct day *d)
{
	d->listens = !sea_socket_new(d->t.stack, AF_INET, SOCK_STREAM, 0, &d->listener, d->t.now) &&
		     !test_bind(&d->t, d->listener, "0.0.0.0", 80) &&
		     !test_set_int(&d->t, d->listener, IPPROTO_TCP, TCP_FASTOPEN, 8) &&
		     !sea_socket_listen(d->t.stack, d->listener, 8, d->t.now);
}

/* Either way to begin with data: MSG_FASTOPEN, or a connect() that waits for the first write. */
static void begin(struct day *d, struct stream *s, bool defer)
{
	*s = (struct stream){ 0 };
	if (sea_socket_new(d->t.stack, AF_INET, SOCK_STREAM, 0, &s->client, d->t.now))
		return;
	s->open = true;
	(void)test_set_int(&d->t, s->client, SOL_SOCKET, SO_MAX_PACING_RATE, 100000);
	for (unsigned i = 0; i < TRIES && !s->sent; i++) {
		if (defer) {
			(void)test_set_int(&d->t, s->client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
			(void)test_connect(&d->t, s->client, "127.0.0.1", 80);
		}
		(void)write_to(d, s, 1000, defer ? 0 : MSG_FASTOPEN, !defer);
	}
}

static void accept_one(struct day *d, struct stream *s)
{
	if (s->accepted || !d->listens)
		return;
	s->accepted = !sea_socket_accept(d->t.stack, d->listener, NULL, NULL, &s->server, d->t.now);
}

static void read_from(struct day *d, struct stream *s)
{
	uint8_t buf[900];
	ssize_t n;

	if (!s->accepted)
		return;
	while ((n = test_recvfrom(&d->t, s->server, buf, sizeof(buf), 0, NULL)) > 0)
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(buf[i], pattern(s->received++));
}

static void go_on(struct day *d, struct stream *s)
{
	for (unsigned i = 0; i < 40; i++) {
		if (s->open && s->sent && s->sent < BYTES)
			(void)write_to(d, s, BYTES - s->sent < 900 ? BYTES - s->sent : 900, 0,
				       false);
		test_advance(&d->t, 50 * SEA_MSEC);
		accept_one(d, s);
		read_from(d, s);
	}
	assert_true(s->received <= s->sent);
}

static void end(struct day *d, struct stream *s)
{
	if (s->open)
		test_close(&d->t, s->client);
	if (s->accepted)
		test_close(&d->t, s->server);
}

/* Returns whether all went as it should. */
static bool live(struct day *d)
{
	struct stream s;
	bool well = true;

	listen_on(d);
	for (unsigned defer = 0; defer < 2; defer++) {
		begin(d, &s, defer);
		go_on(d, &s);
		well = well && s.received == BYTES;
		end(d, &s);
	}
	if (d->listener.v)
		test_close(&d->t, d->listener);
	return well;
}

static void set_up(struct day *d)
{
	*d = (struct day){ .listens = false };
	test_stack_new(&d->t, modules, 2);
	assert_int_equal(sea_sysctl_set(d->t.stack, "net.ipv4.tcp_fastopen", "0x207", d->t.now), 0);
	sea_pool_trim(&d->t.stack->shard.pool);
	d->t.stack->shard.pool.cache_max = 0;
}

static void every_allocation_may_fail(bool once)
{
	bool all = false;
	size_t nth = 0;

	for (; !all; nth++) {
		static struct day d;
		bool well;

		set_up(&d);
		test_env_fail_at(&d.t.env, nth);
		d.t.env.fail_once = once;
		well = live(&d);
		all = nth && d.t.env.calls < nth;
		test_env_fail_at(&d.t.env, 0);
		if (!nth || all)
			assert_true(well);
		test_stack_free(&d.t);
	}
	assert_true(nth > 100);
}

static void what_was_taken_arrives_once_though_one_allocation_fails(void **state)
{
	(void)state;
	every_allocation_may_fail(true);
}

static void what_was_taken_arrives_once_though_memory_ends(void **state)
{
	(void)state;
	every_allocation_may_fail(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_taken_arrives_once_though_one_allocation_fails),
		cmocka_unit_test(what_was_taken_arrives_once_though_memory_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
