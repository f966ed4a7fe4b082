/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/group.h"
#include "ip/ifaddr.h"
#include "tests/lib/stack_fixture.h"

static struct sea_ipaddr group(const char *text)
{
	return sea_ipaddr_of4(test_ip4(text));
}

static void a_group_is_heard_as_long_as_somebody_is_in_it(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct sea_ipaddr a = group("239.1.2.3"), b = group("239.1.2.4");
	struct sea_groups *g;
	struct test_stack t;

	test_stack_new(&t, modules, 1);
	g = &sea_link_ip4(t.link)->groups;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_heard_as_long_as_somebody_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
