/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/env.h"

#include <errno.h>
#include <sys/socket.h>

#include <seastack/event.h>

#include "core/pkt.h"
#include "core/sock.h"

struct fixture {
	struct test_env env;
	struct sea_stack *stack;
};

struct fake {
	struct sea_sock sock;
	uint32_t ready;
	unsigned credits;
};

static uint32_t fake_poll(struct sea_sock *sock)
{
	return sea_container(sock, struct fake, sock)->ready;
}

static void fake_tx_done(struct sea_sock *sock)
{
	sea_container(sock, struct fake, sock)->credits++;
}

static void fake_destroy(struct sea_sock *sock)
{
	sea_sock_unregister(sock);
}

static const struct sea_sock_ops fake_ops = {
	.name = "fake",
	.poll = fake_poll,
	.tx_done = fake_tx_done,
	.destroy = fake_destroy,
};

static void init(struct fixture *f, struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	sea_sock_init(&fake->sock, f->stack, &fake_ops, AF_INET, SOCK_DGRAM, 17);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct sea_stack_config config = {
		.size = sizeof(config),
		.sockets_max = 100,
	};
	struct sea_event ev;

	test_env_init(&f->env);
	assert_int_equal(sea_stack_new(&config, &f->env.env, NULL, 0, &f->stack), 0);
	/* That `lo` came up. */
	assert_int_equal(sea_stack_take_events(f->stack, &ev, 1), 1);
	assert_int_equal(ev.kind, SEA_EVENT_LINK);
	assert_int_equal(ev.ifindex, 1);
	assert_int_equal(ev.mask, SEA_LINK_EVENT_UP);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sea_stack_free(f->stack);
	assert_int_equal(f->env.live, 0);
	free(f);
	return 0;
}

static void fresh_socket_has_the_defaults_of_linux(void **state)
{
	struct fake a;

	init(*state, &a);
	assert_int_equal(a.sock.rcvbuf, 212992);
	assert_int_equal(a.sock.sndbuf, 212992);
	assert_int_equal(a.sock.rcvlowat, 1);
	assert_int_equal(a.sock.mtu_discover, SEA_PMTUDISC_WANT);
	assert_true(sea_socket_is_none(a.sock.handle));
}

static void stale_handle_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct fake a, b;
	sea_socket old;

	init(f, &a);
	init(f, &b);
	assert_int_equal(sea_sock_register(&a.sock), 0);
	old = a.sock.handle;
	assert_ptr_equal(sea_sock_get(f->stack, old), &a.sock);
	sea_sock_unregister(&a.sock);
	assert_null(sea_sock_get(f->stack, old));
	assert_int_equal(sea_sock_register(&b.sock), 0);
	assert_null(sea_sock_get(f->stack, old));
	assert_ptr_equal(sea_sock_get(f->stack, b.sock.handle), &b.sock);
	assert_null(sea_sock_get(f->stack, SEA_SOCKET_NONE));
	assert_null(sea_sock_get(f->stack, (sea_socket){ UINT64_MAX }));
	sea_sock_unregister(&b.sock);
	sea_sock_unregister(&b.sock);
}

static void table_ends_at_sockets_max(void **state)
{
	struct fixture *f = *state;
	struct fake *all = calloc(101, sizeof(*all));

	for (unsigned i = 0; i < 100; i++) {
		init(f, &all[i]);
		assert_int_equal(sea_sock_register(&all[i].sock), 0);
	}
	init(f, &all[100]);
	assert_int_equal(sea_sock_register(&all[100].sock), -ENFILE);
	for (unsigned i = 0; i < 100; i++)
		assert_ptr_equal(sea_sock_get(f->stack, all[i].sock.handle), &all[i].sock);
	sea_sock_unregister(&all[50].sock);
	assert_int_equal(sea_sock_register(&all[100].sock), 0);
	for (unsigned i = 0; i <= 100; i++)
		sea_sock_unregister(&all[i].sock);
	free(all);
}

static void table_that_cannot_grow_stays_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct fake a;

	init(f, &a);
	sea_pool_trim(&f->stack->shard.pool);
	test_env_fail_at(&f->env, 1);
	assert_int_equal(sea_sock_register(&a.sock), -ENOMEM);
	assert_true(sea_socket_is_none(a.sock.handle));
	test_env_fail_at(&f->env, 0);
	assert_int_equal(sea_sock_register(&a.sock), 0);
	sea_sock_unregister(&a.sock);
}

static void events_merge_and_tell_edges_once(void **state)
{
	struct fixture *f = *state;
	struct sea_event ev[4];
	struct fake a;

	init(f, &a);
	assert_int_equal(sea_sock_register(&a.sock), 0);
	sea_sock_raise(&a.sock, SEA_POLLIN);
	assert_int_equal(sea_stack_take_events(f->stack, ev, 4), 0);
	a.sock.watch = SEA_POLLIN | SEA_POLLERR | SEA_POLLHUP;
	a.sock.cookie = 77;
	a.ready = SEA_POLLIN | SEA_POLLOUT;
	sea_sock_raise(&a.sock, SEA_POLLIN);
	sea_sock_raise(&a.sock, SEA_POLLOUT);
	sea_sock_set_error(&a.sock, ECONNREFUSED);
	assert_int_equal(sea_stack_take_events(f->stack, ev, 4), 1);
	assert_int_equal(ev[0].kind, SEA_EVENT_SOCKET);
	assert_int_equal(ev[0].cookie, 77);
	assert_int_equal(ev[0].socket.v, a.sock.handle.v);
	assert_int_equal(ev[0].mask, SEA_POLLIN);
	assert_int_equal(ev[0].edge, SEA_POLLIN | SEA_POLLERR);
	assert_int_equal(sea_stack_take_events(f->stack, ev, 4), 0);
	assert_int_equal(sea_sock_take_error(&a.sock), ECONNREFUSED);
	assert_int_equal(sea_sock_take_error(&a.sock), 0);
	sea_sock_raise(&a.sock, SEA_POLLIN);
	sea_sock_unregister(&a.sock);
	assert_int_equal(sea_stack_take_events(f->stack, ev, 4), 0);
}

static void events_come_oldest_first_and_in_parts(void **state)
{
	struct fixture *f = *state;
	struct sea_event ev;
	struct fake a[3];

	for (unsigned i = 0; i < 3; i++) {
		init(f, &a[i]);
		assert_int_equal(sea_sock_register(&a[i].sock), 0);
		a[i].sock.watch = SEA_POLLIN;
		a[i].sock.cookie = i;
	}
	sea_sock_raise(&a[2].sock, SEA_POLLIN);
	sea_sock_raise(&a[0].sock, SEA_POLLIN);
	sea_sock_raise(&a[2].sock, SEA_POLLIN);
	assert_int_equal(sea_stack_take_events(f->stack, &ev, 1), 1);
	assert_int_equal(ev.cookie, 2);
	assert_int_equal(sea_stack_take_events(f->stack, &ev, 1), 1);
	assert_int_equal(ev.cookie, 0);
	assert_int_equal(sea_stack_take_events(f->stack, &ev, 1), 0);
	for (unsigned i = 0; i < 3; i++)
		sea_sock_unregister(&a[i].sock);
}

static void credit_of_a_closed_socket_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct fake a;
	sea_socket old;

	init(f, &a);
	assert_int_equal(sea_sock_register(&a.sock), 0);
	a.sock.wmem_alloc = 1000;
	old = a.sock.handle;
	sea_sock_tx_credit(f->stack, old, 400);
	assert_int_equal(a.sock.wmem_alloc, 600);
	assert_int_equal(a.credits, 1);
	sea_sock_unregister(&a.sock);
	sea_sock_tx_credit(f->stack, old, 600);
	assert_int_equal(a.sock.wmem_alloc, 600);
	assert_int_equal(a.credits, 1);
}

/* Measured on Linux 6.18, x86-64, with SO_MEMINFO: loopback, mtu 65536. */
static void datagrams_weigh_what_they_weigh_on_linux(void **state)
{
	static const uint32_t steps[][2] = {
		{ 0, 832 },       { 197, 832 },    { 198, 1280 },    { 645, 1280 },
		{ 646, 2304 },    { 1669, 2304 },  { 1670, 4352 },   { 3717, 4352 },
		{ 3718, 8448 },   { 7848, 16640 }, { 16040, 16872 }, { 40000, 40832 },
		{ 65507, 66339 },
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		assert_int_equal(sea_truesize_dgram(steps[i][0]), steps[i][1]);
}

/* The same on a tap: payload of a UDP datagram of a plain frame. */
static void frames_weigh_what_they_weigh_on_linux(void **state)
{
	static const uint32_t steps[][2] = {
		{ 0, 832 },      { 150, 832 },     { 151, 1280 },    { 598, 1280 },
		{ 599, 2304 },   { 1622, 2304 },   { 1623, 4352 },   { 7700, 8448 },
		{ 7768, 12544 }, { 11864, 16640 }, { 65112, 69888 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct sea_pkt *pkt = sea_pkt_new(&f->stack->shard.pool, 0, 64);

		assert_non_null(pkt);
		pkt->off_net = 0;
		pkt->frags[0].off = 28;
		pkt->len = steps[i][0];
		assert_int_equal(sea_truesize_rx(pkt), steps[i][1]);
		pkt->len = 0;
		sea_pkt_free(pkt);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(fresh_socket_has_the_defaults_of_linux),
		T(stale_handle_is_noticed),
		T(table_ends_at_sockets_max),
		T(table_that_cannot_grow_stays_as_it_is),
		T(events_merge_and_tell_edges_once),
		T(events_come_oldest_first_and_in_parts),
		T(credit_of_a_closed_socket_is_forgotten),
		T(datagrams_weigh_what_they_weigh_on_linux),
		T(frames_weigh_what_they_weigh_on_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
