/* SPDX-License-Identifier: Apache-2.0 */
/* What a link listens to: all its users' filters together. */
#include <errno.h>

#include "ip/group.h"
#include "ip/ifaddr.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };

static struct sea_ipaddr addr(const char *text)
{
	return sea_ipaddr_of4(test_ip4(text));
}

static struct sea_groups *groups_of(struct test_stack *t)
{
	return &sea_link_ip4(t->link)->groups;
}

static void a_group_is_heard_as_long_as_somebody_is_in_it(void **state)
{
	struct sea_ipaddr a = addr("239.1.2.3"), b = addr("239.1.2.4");
	struct sea_groups *g;
	struct test_stack t;

	test_stack_new(&t, modules, 1);
	g = groups_of(&t);
	assert_false(sea_group_heard(g, &a));
	assert_int_equal(sea_group_join(g, &a), 0);
	assert_int_equal(sea_group_join(g, &a), 0);
	assert_int_equal(sea_group_join(g, &b), 0);
	sea_group_leave(g, &a);
	assert_true(sea_group_heard(g, &a));
	sea_group_leave(g, &a);
	sea_group_leave(g, &a);
	assert_false(sea_group_heard(g, &a));
	assert_true(sea_group_heard(g, &b));
	test_stack_free(&t); /* with b still joined */
}

/* RFC1112:4 every host is in 224.0.0.1, on every link that is up. RFC1122:3.3.7-b */
static void all_hosts_is_heard_without_joining_on_links_that_are_up(void **state)
{
	struct sea_ipaddr all = addr("224.0.0.1");
	struct test_stack t;

	test_stack_new(&t, modules, 1);
	assert_true(sea_group_heard(groups_of(&t), &all));
	assert_true(sea_group_heard(&sea_link_ip4(t.stack->loopback)->groups, &all));
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_false(sea_group_heard(groups_of(&t), &all));
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	assert_true(sea_group_heard(groups_of(&t), &all));
	test_stack_free(&t);
}

/* -- against a model that knows nothing but the rule -- */

#define USERS 6
#define SOURCES 8
#define STEPS 4000

struct user {
	bool in;
	uint8_t mode;
	uint32_t n;
	struct sea_ipaddr sources[SOURCES];
};

static struct sea_ipaddr source(uint32_t i)
{
	return sea_ipaddr_of4((sea_be32){ { 10, 1, 1, (uint8_t)i } });
}

static bool names(const struct user *u, const struct sea_ipaddr *src)
{
	for (uint32_t i = 0; i < u->n; i++)
		if (sea_ipaddr_equal(&u->sources[i], src))
			return true;
	return false;
}

/* RFC3376:3.2 RFC3810:4.2 */
static bool anybody_wants(const struct user *users, const struct sea_ipaddr *src)
{
	for (unsigned i = 0; i < USERS; i++)
		if (users[i].in && names(&users[i], src) == (users[i].mode == SEA_GROUP_INCLUDE))
			return true;
	return false;
}

static struct user any_user(uint64_t *rng)
{
	struct user u = { .in = test_random(rng) % 4, .mode = test_random(rng) % 2 };

	u.n = (uint32_t)(test_random(rng) % SOURCES);
	for (uint32_t i = 0; i < u.n; i++)
		u.sources[i] = source((uint32_t)(test_random(rng) % SOURCES)); /* twice, too */
	return u;
}

static struct sea_group_filter filter_of(const struct user *u)
{
	return (struct sea_group_filter){ u->mode, u->n, u->sources };
}

static void change_user(struct sea_groups *g, const struct sea_ipaddr *group, struct user *u,
			const struct user *want)
{
	struct sea_group_filter old = filter_of(u), new = filter_of(want);

	if (want->in)
		assert_int_equal(sea_group_change(g, group, u->in ? &old : NULL, &new), 0);
	else if (u->in)
		sea_group_narrow(g, group, &old, NULL);
	*u = *want;
}

static void a_link_hears_what_any_of_its_users_wants(void **state)
{
	struct user users[USERS] = { { 0 } };
	struct sea_ipaddr group = addr("239.5.5.5"), none = { { 0 } };
	uint64_t rng = 42;
	struct sea_groups *g;
	struct test_stack t;

	test_stack_new(&t, modules, 1);
	g = groups_of(&t);
	for (unsigned step = 0; step < STEPS; step++) {
		struct user want = any_user(&rng);
		bool heard = false;

		change_user(g, &group, &users[test_random(&rng) % USERS], &want);
		for (uint32_t i = 0; i < SOURCES + 1; i++) {
			struct sea_ipaddr src = source(i);

			assert_int_equal(sea_group_accepts(g, &group, &src),
					 anybody_wants(users, &src));
		}
		for (unsigned i = 0; i < USERS; i++)
			heard |= users[i].in;
		assert_int_equal(sea_group_heard(g, &group), heard);
		assert_int_equal(sea_group_accepts(g, &group, &none), heard);
	}
	for (unsigned i = 0; i < USERS; i++)
		change_user(g, &group, &users[i], &(struct user){ 0 });
	test_stack_free(&t);
}

static void what_was_never_joined_is_left_without_harm(void **state)
{
	struct sea_ipaddr group = addr("239.5.5.5"), src = addr("10.1.1.1");
	const struct sea_group_filter f = { SEA_GROUP_INCLUDE, 1, &src };
	struct test_stack t;

	test_stack_new(&t, modules, 1);
	sea_group_narrow(groups_of(&t), &group, &f, NULL);
	assert_int_equal(sea_group_join(groups_of(&t), &group), 0);
	sea_group_narrow(groups_of(&t), &group, &f, NULL);
	assert_true(sea_group_accepts(groups_of(&t), &group, &src));
	test_stack_free(&t);
}

static void without_memory_nothing_changes(void **state)
{
	struct sea_ipaddr group = addr("239.5.5.5"), sources[40];
	const struct sea_group_filter one = { SEA_GROUP_INCLUDE, 1, sources };
	const struct sea_group_filter many = { SEA_GROUP_INCLUDE, 40, sources };
	struct sea_groups *g;
	struct test_stack t;

	test_stack_new(&t, modules, 1);
	g = groups_of(&t);
	for (uint32_t i = 0; i < 40; i++)
		sources[i] = source(i);
	t.stack->shard.pool.held_max = 1;
	assert_int_equal(sea_group_change(g, &group, NULL, &one), -ENOMEM);
	assert_null(sea_group_find(g, &group));
	t.stack->shard.pool.held_max = 0;
	assert_int_equal(sea_group_change(g, &group, NULL, &one), 0);
	t.stack->shard.pool.held_max = 1;
	assert_int_equal(sea_group_change(g, &group, &one, &many), -ENOMEM);
	t.stack->shard.pool.held_max = 0;
	assert_true(sea_group_accepts(g, &group, &sources[0]));
	assert_false(sea_group_accepts(g, &group, &sources[1]));
	test_stack_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_heard_as_long_as_somebody_is_in_it),
		cmocka_unit_test(all_hosts_is_heard_without_joining_on_links_that_are_up),
		cmocka_unit_test(a_link_hears_what_any_of_its_users_wants),
		cmocka_unit_test(what_was_never_joined_is_left_without_harm),
		cmocka_unit_test(without_memory_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
