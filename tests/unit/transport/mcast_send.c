/* SPDX-License-Identifier: Apache-2.0 */
/* Sending to groups: by which link, how far, heard by oneself; and groups that are saved. */
#include <stdio.h>

#include <seastack/save.h>
#include <seastack/stats.h>

#include "tests/lib/mcast.h"
#include "tests/lib/snapshot.h"

/* -- sending -- */

static int send_to(struct test_stack *t, sea_socket s, const char *text)
{
	int n = (int)test_sendto(t, s, text, strlen(text), 0, G, 7);

	test_settle(t);
	return n;
}

static sea_socket sender(struct test_stack *t)
{
	sea_socket s = test_udp(t);
	struct in_addr via = in("10.0.0.1");

	assert_int_equal(set(t, s, IP_MULTICAST_IF, &via, sizeof(via)), 0);
	return s;
}

/* RFC1112:6.1 RFC1112:6.4 */
static void what_is_sent_to_a_group_is_heard_by_its_members_here(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = sender(t), l = listener(t, 7);
	const struct test_frame *f;

	assert_int_equal(send_to(t, s, "one"), 3);
	test_expect_nothing(t, l); /* nobody is in it */
	assert_int_equal(test_take_all(t), 1);
	assert_int_equal(join(t, l, G), 0);
	test_take_all(t);
	assert_int_equal(send_to(t, s, "two"), 3);
	test_expect_text(t, l, "two");
	f = test_take(t);
	assert_non_null(f);
	assert_memory_equal(f->bytes, "\x01\x00\x5e\x01\x01\x01", 6);
	assert_int_equal(f->bytes[14 + 8], 1); /* the TTL, unless it is told */
	assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_MULTICAST_LOOP), 1);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
	assert_int_equal(send_to(t, s, "three"), 5);
	test_expect_nothing(t, l);
	assert_int_equal(test_take_all(t), 1);
}

/* RFC1112:6.1 */
static void a_ttl_of_zero_stays_here(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = sender(t), l = listener(t, 7);

	assert_int_equal(join(t, l, G), 0);
	test_take_all(t);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MULTICAST_TTL, 0), 0);
	assert_int_equal(send_to(t, s, "zero"), 4);
	test_expect_text(t, l, "zero");
	assert_null(test_take(t));
	assert_int_equal(test_drops(t, SEA_DROP_IP_TTL_ZERO), 1);
}

static void the_link_to_send_by_is_chosen_and_read_as_on_linux(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct test_stack *t = *state;
	struct sea_link *eth1 = test_add_link(t, "eth1", &mac, "10.1.0.1/24");
	struct ip_mreqn mreqn = { in("0.0.0.0"), in("0.0.0.0"), eth1->ifindex };
	sea_socket s = test_udp(t);
	struct in_addr a = in("10.9.9.9");
	socklen_t len = sizeof(a);

	assert_int_equal(send_to(t, s, "x"), -ENETUNREACH);
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &a, 3), -EINVAL);
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &a, 4), -EADDRNOTAVAIL);
	a = in("10.0.0.1");
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &a, 4), 0);
	assert_int_equal(send_to(t, s, "x"), 1);
	assert_ptr_equal(test_take(t)->link, t->link);
	a = in("0.0.0.0");
	assert_int_equal(sea_socket_getsockopt(t->stack, s, IPPROTO_IP, IP_MULTICAST_IF, &a, &len,
					       t->now),
			 0);
	assert_int_equal(a.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &mreqn, sizeof(mreqn)), 0);
	assert_int_equal(send_to(t, s, "x"), 1);
	assert_ptr_equal(test_take(t)->link, eth1);
	mreqn.imr_ifindex = 99;
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &mreqn, sizeof(mreqn)), -EADDRNOTAVAIL);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */, eth1->ifindex),
			 0);
	a = in("10.0.0.1");
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &a, 4), -EINVAL);
	a = in("0.0.0.0");
	assert_int_equal(set(t, s, IP_MULTICAST_IF, &a, 4), 0);
}

/* -- written out and read back -- */

static void groups_survive_a_save(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp };
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7), other = listener(t, 7);
	struct snapshot snap = { 0 }, again = { 0 };
	struct test_stack back = { 0 };

	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(source(t, s, IP_BLOCK_SOURCE, G, "10.0.0.3"), 0);
	assert_int_equal(source(t, other, IP_ADD_SOURCE_MEMBERSHIP, G, "10.0.0.4"), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
	assert_int_equal(sea_stack_save(t->stack, snapshot_write, &snap), 0);
	test_env_init(&back.env);
	assert_int_equal(sea_stack_load(NULL, &back.env.env, modules, 2, false, snapshot_read,
					&snap, &back.stack),
			 0);
	back.link = sea_link_by_name(back.stack, "eth0");
	back.now = t->now;
	assert_int_equal(sea_stack_save(back.stack, snapshot_write, &again), 0);
	assert_int_equal(again.len, snap.len);
	assert_memory_equal(again.bytes, snap.bytes, snap.len);
	say(&back, G, "10.0.0.3", "blocked");
	test_expect_nothing(&back, s);
	say(&back, G, "10.0.0.2", "free");
	test_expect_text(&back, s, "free");
	test_expect_nothing(&back, other);
	assert_int_equal(test_get_int(&back, s, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
	test_close(&back, s);
	test_close(&back, other);
	assert_false(heard(&back, G));
	snapshot_free(&snap);
	snapshot_free(&again);
	test_stack_free(&back);
}

/* -- when memory is short -- */

/* All that a socket may do to its groups; whatever fails leaves it as it was. */
static void use_groups(struct test_stack *t)
{
	sea_socket s;

	if (sea_socket_new(t->stack, AF_INET, SOCK_DGRAM, 0, &s, t->now))
		return;
	for (unsigned i = 0; i < 6; i++) {
		char src[16];
		int err;

		snprintf(src, sizeof(src), "10.0.1.%u", i);
		err = source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, src);
		assert_true(!err || err == -ENOMEM || err == -ENOBUFS);
		err = join(t, s, i % 2 ? "239.1.1.2" : "239.1.1.3");
		assert_true(!err || err == -ENOMEM || err == -EADDRINUSE);
	}
	(void)source(t, s, IP_DROP_SOURCE_MEMBERSHIP, G, "10.0.1.0");
	test_advance(t, 3 * SEA_SEC);
	say(t, G, "10.0.1.3", "x");
	test_close(t, s);
	test_advance(t, 3 * SEA_SEC);
	test_take_all(t);
	assert_false(heard(t, G));
	assert_false(heard(t, "239.1.1.2"));
	assert_false(heard(t, "239.1.1.3"));
}

static void any_allocation_may_fail(void **state)
{
	struct test_stack *t = *state;

	t->stack->shard.pool.cache_max = 0; /* nothing is to be had but from the environment */
	use_groups(t);
	for (size_t nth = 1; nth < 60; nth++) {
		test_env_fail_at(&t->env, nth);
		use_groups(t);
		test_env_fail_at(&t->env, 0);
	}
	assert_true(t->stack->shard.pool.n_failed > 100);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, udp_setup, udp_teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_sent_to_a_group_is_heard_by_its_members_here),
		T(a_ttl_of_zero_stays_here),
		T(the_link_to_send_by_is_chosen_and_read_as_on_linux),
		T(groups_survive_a_save),
		T(any_allocation_may_fail),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
