/* SPDX-License-Identifier: Apache-2.0 */
/* Datagram sockets in a saved stack. */
#include "tests/lib/snapshot.h"
#include "tests/lib/udp_peer.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ping, &sea_udp };

static int setup(void **state)
{
	struct test_stack *t = malloc(sizeof(*t));

	test_stack_new(t, modules, 3);
	test_know_peer(t);
	*state = t;
	return 0;
}

/* Saves, ends the stack, and goes on with what is loaded. */
static void round_trip(struct test_stack *t, bool fresh_secrets)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(t->stack, snapshot_write, &snap), 0);
	sea_stack_free(t->stack);
	assert_int_equal(sea_stack_load(NULL, &t->env.env, modules, 3, fresh_secrets, snapshot_read,
					&snap, &t->stack),
			 0);
	assert_int_equal(snap.at, snap.len);
	t->link = sea_link_by_name(t->stack, "eth0");
	assert_non_null(t->link);
	snapshot_free(&snap);
}

static void names_options_and_queues_survive(void **state)
{
	struct test_stack *t = *state;
	sea_socket a = test_udp(t), gone = test_udp(t), b = test_udp(t), fresh;
	struct sockaddr_in from;
	char buf[16];

	assert_int_equal(test_bind(t, a, "0.0.0.0", 7), 0);
	assert_int_equal(test_connect(t, b, "10.0.0.2", 9), 0);
	assert_int_equal(test_set_int(t, b, SOL_SOCKET, SO_RCVBUF, 5000), 0);
	assert_int_equal(test_set_int(t, b, IPPROTO_IP, IP_TTL, 9), 0);
	test_close(t, gone);
	udp_inject_text(t, 999, 7, "first");
	udp_inject_text(t, 999, 7, "second");
	round_trip(t, false);
	assert_int_equal(sea_socket_poll(t->stack, a), SEA_POLLIN | SEA_POLLOUT);
	assert_int_equal(test_recvfrom(t, a, buf, 16, 0, &from), 5);
	assert_memory_equal(buf, "first", 5);
	assert_int_equal(from.sin_port, htons(999));
	assert_int_equal(test_recvfrom(t, a, buf, 16, 0, NULL), 6);
	assert_int_equal(test_get_int(t, b, SOL_SOCKET, SO_RCVBUF), 10000);
	assert_int_equal(test_get_int(t, b, IPPROTO_IP, IP_TTL), 9);
	assert_int_equal(test_name(t, b).sin_addr.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(test_bind(t, test_udp(t), "0.0.0.0", 7), -EADDRINUSE);
	assert_int_equal(sea_socket_close(t->stack, gone, t->now), -EBADF);
	fresh = test_udp(t);
	assert_true(fresh.v != gone.v);
}

static void groups_choose_as_before(void **state)
{
	struct test_stack *t = *state;
	sea_socket s[5];
	int before[64], after[64];

	for (unsigned i = 0; i < 5; i++) {
		s[i] = test_udp(t);
		assert_int_equal(test_set_int(t, s[i], SOL_SOCKET, SO_REUSEPORT, 1), 0);
	}
	for (unsigned i = 5; i-- > 0;)
		assert_int_equal(test_bind(t, s[i], "127.0.0.1", 7), 0);
	for (int pass = 0; pass < 2; pass++) {
		for (uint16_t f = 0; f < 64; f++) {
			sea_socket c = test_udp(t);
			char buf[4];

			assert_int_equal(test_bind(t, c, "127.0.0.1", (uint16_t)(2000 + f)), 0);
			assert_int_equal(test_sendto(t, c, "x", 1, 0, "127.0.0.1", 7), 1);
			test_close(t, c);
			test_settle(t);
			for (int i = 0; i < 5; i++)
				if (test_recvfrom(t, s[i], buf, 4, 0, NULL) == 1)
					(pass ? after : before)[f] = i;
		}
		if (!pass)
			round_trip(t, false);
	}
	assert_memory_equal(before, after, sizeof(before));
}

static void pending_events_and_errors_come_again(void **state)
{
	struct test_stack *t = *state;
	sea_socket a = test_udp(t), b = test_udp(t);
	struct sea_event ev[8];

	assert_int_equal(test_bind(t, a, "0.0.0.0", 7), 0);
	while (sea_stack_take_events(t->stack, ev, 8))
		;
	assert_int_equal(sea_socket_watch(t->stack, b, SEA_POLLOUT, 22), 0);
	assert_int_equal(sea_socket_watch(t->stack, a, SEA_POLLIN, 11), 0);
	udp_inject_text(t, 1, 7, "x");
	round_trip(t, false);
	assert_true(sea_stack_take_events(t->stack, ev, 8) >= 2);
	for (unsigned i = 0; i < 8; i++)
		if (ev[i].kind == SEA_EVENT_SOCKET) {
			assert_int_equal(ev[i].cookie, 22);
			assert_int_equal(ev[i].edge, SEA_POLLOUT);
			assert_int_equal(ev[i + 1].cookie, 11);
			assert_int_equal(ev[i + 1].edge, SEA_POLLIN);
			return;
		}
	fail();
}

static void datagram_in_the_making_goes_on(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), r = test_udp(t);

	assert_int_equal(test_bind(t, r, "127.0.0.1", 7), 0);
	assert_int_equal(test_sendto(t, s, "ab", 2, MSG_MORE, "127.0.0.1", 7), 2);
	round_trip(t, false);
	assert_int_equal(test_sendto(t, s, "cd", 2, 0, "127.0.0.1", 7), 2);
	test_settle(t);
	test_expect_text(t, r, "abcd");
	assert_int_equal(test_sendto(t, s, "x", 1, MSG_MORE, "127.0.0.1", 7), 1);
	round_trip(t, true);
}

static void echo_sockets_keep_their_identifier(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_socket(t, SOCK_DGRAM, IPPROTO_ICMP);
	uint8_t buf[16];

	assert_int_equal(test_bind(t, s, "0.0.0.0", 77), 0);
	round_trip(t, true);
	assert_int_equal(test_port(t, s), 77);
	assert_int_equal(test_sendto(t, s, "\x08\0\0\0\0\0\0\1", 8, 0, "127.0.0.1", 0), 8);
	test_settle(t);
	assert_int_equal(test_recvfrom(t, s, buf, 16, 0, NULL), 8);
}

/* A stack with something of everything, saved. */
static void save_all(struct test_stack *t, struct snapshot *snap)
{
	sea_socket s = test_udp(t), p = test_socket(t, SOCK_DGRAM, IPPROTO_ICMP);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(test_bind(t, p, "0.0.0.0", 77), 0);
	udp_inject_text(t, 999, 7, "hello");
	assert_int_equal(sea_socket_watch(t->stack, s, SEA_POLLIN, 1), 0);
	assert_int_equal(sea_stack_save(t->stack, snapshot_write, snap), 0);
}

static void cut_snapshot_is_an_error_and_no_leak(void **state)
{
	struct test_stack *t = *state;
	struct snapshot snap = { 0 };
	struct sea_stack *copy;
	size_t len;

	save_all(t, &snap);
	len = snap.len;
	for (size_t cut = 0; cut < len; cut += cut < len - 1500 ? 37 : 1) {
		size_t live = t->env.live;

		snap.len = cut;
		snap.at = 0;
		assert_int_equal(sea_stack_load(NULL, &t->env.env, modules, 3, false, snapshot_read,
						&snap, &copy),
				 -EIO);
		assert_null(copy);
		assert_int_equal(t->env.live, live);
	}
	snapshot_free(&snap);
}

static void lack_of_memory_while_loading_is_an_error_and_no_leak(void **state)
{
	struct test_stack *t = *state;
	const struct sea_stack_config config = { .size = sizeof(config) }; /* no cache */
	struct snapshot snap = { 0 };
	struct sea_stack *copy = NULL;
	size_t live;

	save_all(t, &snap);
	live = t->env.live;
	for (size_t nth = 1; !copy; nth++) {
		int err;

		snap.at = 0;
		test_env_fail_at(&t->env, nth);
		err = sea_stack_load(&config, &t->env.env, modules, 3, false, snapshot_read, &snap,
				     &copy);
		test_env_fail_at(&t->env, 0);
		assert_true(copy ? !err : err < 0);
		if (!copy)
			assert_int_equal(t->env.live, live);
	}
	sea_stack_free(copy);
	snapshot_free(&snap);
}

static void other_modules_are_refused(void **state)
{
	struct test_stack *t = *state;
	struct snapshot snap = { 0 };
	struct sea_stack *copy;

	save_all(t, &snap);
	assert_int_equal(sea_stack_load(NULL, &t->env.env, modules, 2, false, snapshot_read, &snap,
					&copy),
			 -EINVAL);
	assert_null(copy);
	snapshot_free(&snap);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, udp_teardown)
	const struct CMUnitTest tests[] = {
		T(names_options_and_queues_survive),
		T(groups_choose_as_before),
		T(pending_events_and_errors_come_again),
		T(datagram_in_the_making_goes_on),
		T(echo_sockets_keep_their_identifier),
		T(cut_snapshot_is_an_error_and_no_leak),
		T(lack_of_memory_while_loading_is_an_error_and_no_leak),
		T(other_modules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
