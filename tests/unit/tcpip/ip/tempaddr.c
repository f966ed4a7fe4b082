/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary addresses: RFC 8981, as Linux has them. */
#include "tests/unit/tcpip/ip/nd_fixture.h"

#define DAY 86400u
#define A "2001:db8:1::ff:fe00:1"

static int setup(void **state)
{
	static struct test_stack t;

	nd_new(&t);
	nd_set(&t, "use_tempaddr", "2");
	nd_set(&t, "max_desync_factor", "0");
	nd_settle(&t);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(*state);
	return 0;
}

static void advertise(struct test_stack *t, uint32_t valid_s, uint32_t preferred_s)
{
	struct nd_ra ra = nd_ra(1800);

	nd_prefix(&ra, "2001:db8:1::/64", "LA", valid_s, preferred_s);
	nd_inject(t, &ra);
}

static struct sea_ifaddr temp(struct test_stack *t, unsigned rank)
{
	return nd_addr_with(t, SEA_IFA_TEMPORARY, rank);
}

/* RFC8981:3.3 RFC8981:3.4, RFC8504:6.4-a */
static void a_temporary_address_stands_beside_the_public_one(void **state)
{
	struct test_stack *t = *state;
	struct sea_ifaddr a;

	advertise(t, 3600, 1800);
	a = temp(t, 0);
	assert_int_equal(a.flags, SEA_IFA_TEMPORARY | SEA_IFA_TENTATIVE);
	assert_memory_equal(a.local.b, test_ip6(A).b, 8);
	assert_memory_not_equal(a.local.b + 8, test_ip6(A).b + 8, 8);
	assert_int_equal(a.valid_s, 3600); /* as short as the public one's */
	assert_int_equal(a.preferred_s, 1800);
	assert_false(temp(t, 1).size);
	test_advance(t, 3 * SEA_SEC);
	assert_int_equal(temp(t, 0).flags, SEA_IFA_TEMPORARY);
}

/* RFC8981:3.4 (TEMP_VALID_LIFETIME, TEMP_PREFERRED_LIFETIME) */
static void it_does_not_live_longer_than_the_link_lets_it(void **state)
{
	struct test_stack *t = *state;

	advertise(t, 30 * DAY, 20 * DAY);
	assert_int_equal(temp(t, 0).valid_s, 7 * DAY);
	assert_int_equal(temp(t, 0).preferred_s, DAY);
	test_advance(t, 3600 * SEA_SEC);
	advertise(t, 30 * DAY, 20 * DAY); /* what has passed is not given back */
	assert_int_equal(temp(t, 0).valid_s, 7 * DAY - 3600);
	assert_int_equal(temp(t, 0).preferred_s, DAY - 3600);
	advertise(t, 9000, 4000); /* but less is taken */
	assert_int_equal(temp(t, 0).valid_s, 9000);
	assert_int_equal(temp(t, 0).preferred_s, 4000);
}

/* RFC8981:3.8 (DESYNC_FACTOR) */
static void hosts_do_not_change_theirs_together(void **state)
{
	struct test_stack *t = *state;
	uint32_t preferred;

	nd_set(t, "max_desync_factor", "600");
	advertise(t, 30 * DAY, 20 * DAY);
	preferred = temp(t, 0).preferred_s;
	assert_in_range(preferred, DAY - 600, DAY - 1);
	test_advance(t, 100 * SEA_SEC);
	advertise(t, 30 * DAY, 20 * DAY);
	assert_int_equal(temp(t, 0).preferred_s, preferred - 100);
}

/* RFC8981:3.5 RFC8981:3.6 */
static void a_successor_is_made_before_it_is_deprecated(void **state)
{
	struct test_stack *t = *state;
	struct sea_ifaddr first, second;

	advertise(t, 30 * DAY, 20 * DAY);
	first = temp(t, 0);
	/* REGEN_ADVANCE: 2 + 3 * 1 * 1 s before the end. */
	test_advance(t, (DAY - 6) * SEA_SEC);
	assert_false(temp(t, 1).size);
	test_advance(t, 2 * SEA_SEC);
	second = temp(t, 0);
	assert_memory_not_equal(first.local.b, second.local.b, 16);
	assert_memory_equal(temp(t, 1).local.b, first.local.b, 16);
	assert_int_equal(temp(t, 1).flags & SEA_IFA_DEPRECATED, 0);
	test_advance(t, 4 * SEA_SEC);
	assert_int_equal(temp(t, 1).flags, SEA_IFA_TEMPORARY | SEA_IFA_DEPRECATED);
	assert_int_equal(temp(t, 0).flags, SEA_IFA_TEMPORARY);
	test_advance(t, 30 * DAY * SEA_SEC);
	assert_false(temp(t, 0).size);
}

/* A week of days, and never more than live at once. */
static void their_number_is_bounded_by_their_lifetimes(void **state)
{
	struct test_stack *t = *state;
	unsigned n = 0;

	for (unsigned day = 0; day < 30; day++) {
		advertise(t, 30 * DAY, 20 * DAY);
		test_advance(t, DAY * SEA_SEC);
	}
	while (temp(t, n).size)
		n++;
	assert_in_range(n, 7, 8);
}

/* RFC8981:3.4 (REGEN_ADVANCE) */
static void none_is_made_that_would_be_replaced_at_once(void **state)
{
	struct test_stack *t = *state;

	advertise(t, 3600, 5);
	assert_false(temp(t, 0).size);
	advertise(t, 3600, 6);
	assert_true(temp(t, 0).size);
}

/* RFC8981:3.4 (duplicates) */
static void a_duplicate_is_followed_by_another_until_it_is_no_accident(void **state)
{
	struct test_stack *t = *state;
	char text[SEA_ADDR_TEXT_MAX];
	struct sea_ifaddr a;
	unsigned n = 0;

	advertise(t, 3600, 1800);
	while ((a = temp(t, 0)).size) {
		nd_inject_na(t, sea_addr_text(&a.local, text), 0);
		assert_false(nd_addr(t, text).size);
		assert_true(n++ < 10);
	}
	assert_int_equal(n, 3);
	assert_int_equal(nd_get(t, "use_tempaddr"), -1);
	nd_expect_addr(t, A);
}

static void without_use_tempaddr_there_are_none(void **state)
{
	struct test_stack *t = *state;

	nd_set(t, "use_tempaddr", "0");
	advertise(t, 3600, 1800);
	assert_false(temp(t, 0).size);
	assert_int_equal(nd_count_addrs(t), 2);
}

/* RFC8981:3.1 RFC6724:5-7 */
static void it_is_spoken_from_where_use_tempaddr_is_2(void **state)
{
	struct test_stack *t = *state;
	struct sea_ipaddr dst = test_ip6("2001:db8:9::1"), src;

	advertise(t, 3600, 1800);
	test_advance(t, 3 * SEA_SEC);
	assert_true(sea_ifaddr6_select(t->stack, t->link, &dst, 0, &src));
	assert_memory_equal(src.b, temp(t, 0).local.b, 16);
	nd_set(t, "use_tempaddr", "1");
	assert_true(sea_ifaddr6_select(t->stack, t->link, &dst, 0, &src));
	assert_true(test_is_ip6(src.b, A));
	assert_true(sea_ifaddr6_select(t->stack, t->link, &dst, 1, &src)); /* PREFER_SRC_TMP */
	assert_memory_equal(src.b, temp(t, 0).local.b, 16);
}

static void they_go_with_the_public_one(void **state)
{
	struct test_stack *t = *state;

	advertise(t, 3600, 1800);
	test_advance(t, 3 * SEA_SEC);
	assert_int_equal(nd_del(t, A "/64"), 0);
	assert_int_equal(nd_count_addrs(t), 1);
}

/* Linux's "mngtmpaddr". */
static void a_configured_address_may_have_them_too(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "2001:db8:7::1/64", SEA_IFA_MANAGETEMPADDR, 0, 0), 0);
	assert_memory_equal(temp(t, 0).local.b, test_ip6("2001:db8:7::").b, 8);
	assert_int_equal(temp(t, 0).valid_s, 7 * DAY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_temporary_address_stands_beside_the_public_one),
		TEST(it_does_not_live_longer_than_the_link_lets_it),
		TEST(hosts_do_not_change_theirs_together),
		TEST(a_successor_is_made_before_it_is_deprecated),
		TEST(their_number_is_bounded_by_their_lifetimes),
		TEST(none_is_made_that_would_be_replaced_at_once),
		TEST(a_duplicate_is_followed_by_another_until_it_is_no_accident),
		TEST(without_use_tempaddr_there_are_none),
		TEST(it_is_spoken_from_where_use_tempaddr_is_2),
		TEST(they_go_with_the_public_one),
		TEST(a_configured_address_may_have_them_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
