/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for routers: RFC 4861 §6.3.7, RFC 7559, as Linux does. */
#include "tests/unit/tcpip/ip/nd_fixture.h"

/* The times of all router solicitations in the next `s` seconds, in milliseconds. */
static unsigned hear(struct test_stack *t, unsigned s, int64_t *ms, unsigned most)
{
	const uint8_t *msg;
	unsigned n = 0;
	size_t len;

	for (unsigned i = 0; i < s * 10; i++) {
		test_advance(t, SEA_SEC / 10);
		while (nd_take(t, SEA_NDP_RS, &msg, &len)) {
			assert_true(n < most);
			ms[n++] = t->now.ns / SEA_MSEC;
		}
	}
	return n;
}

/* RFC4861:6.3.7-a RFC4861:4.1-a, RFC4861:6.3.7-c */
static void a_link_that_came_up_asks_for_routers(void **state)
{
	const struct sea_ipv6_hdr *ip;
	struct sea_ndp_once once;
	struct test_stack t;
	const uint8_t *msg;
	size_t len;

	(void)state;
	nd_new(&t);
	nd_link(&t, true);
	assert_int_equal(nd_count_sent(&t, SEA_NDP_RS), 0); /* not from :: */
	test_advance(&t, 2 * SEA_SEC);
	ip = nd_take(&t, SEA_NDP_RS, &msg, &len);
	assert_non_null(ip);
	assert_true(test_is_ip6(ip->src, ND_OUR_LL));
	assert_true(test_is_ip6(ip->dst, "ff02::2"));
	assert_int_equal(ip->hop_limit, 255);
	sea_ndp_once_parse(msg + sizeof(struct sea_ndp_rs), len - sizeof(struct sea_ndp_rs), &once);
	assert_true(once.has_slla);
	assert_memory_equal(&once.slla, &test_our_mac, 6);
	test_stack_free(&t);
}

/* RFC7559:2, RFC4862:5.5.2-a, RFC8504:5.4-e */
static void nobody_answers_and_it_asks_ever_less_often(void **state)
{
	int64_t ms[64], gap = 4000;
	struct test_stack t;
	unsigned n;

	(void)state;
	nd_new(&t);
	nd_link(&t, true);
	n = hear(&t, 20000, ms, 64);
	assert_true(n >= 12);
	for (unsigned i = 1; i < n; i++) {
		int64_t was = ms[i] - ms[i - 1];

		/* 4 s a tenth more or less, each twice the last, up to an hour. */
		if (i == 1)
			assert_in_range(was, 3500, 4500);
		else if (gap < 1800000)
			assert_in_range(was, gap * 19 / 10 - 400, gap * 21 / 10 + 400);
		assert_true(was <= 3960100);
		gap = was;
	}
	assert_in_range(gap, 3239900, 3960100);
	test_stack_free(&t);
}

static void it_asks_as_often_as_router_solicitations_says(void **state)
{
	struct test_stack t;
	int64_t ms[64];

	(void)state;
	nd_new(&t);
	nd_set(&t, "router_solicitations", "3");
	nd_set(&t, "router_solicitation_interval", "1");
	nd_set(&t, "router_solicitation_max_interval", "2");
	nd_link(&t, true);
	assert_int_equal(hear(&t, 100, ms, 64), 3);
	assert_in_range(ms[1] - ms[0], 800, 1200);
	assert_in_range(ms[2] - ms[1], 1700, 2300);
	nd_link(&t, false);
	nd_set(&t, "router_solicitations", "0");
	nd_link(&t, true);
	assert_int_equal(hear(&t, 100, ms, 64), 0);
	test_stack_free(&t);
}

/* RFC4861:6.3.7-a, RFC4861:6.3.7-b */
static void an_answer_ends_it(void **state)
{
	struct nd_ra ra = nd_ra(1000);
	struct test_stack t;
	int64_t ms[64];

	(void)state;
	nd_new(&t);
	nd_link(&t, true);
	assert_int_equal(hear(&t, 2, ms, 64), 1);
	nd_inject(&t, &ra);
	assert_int_equal(hear(&t, 1000, ms, 64), 0);
	nd_link(&t, false); /* another network, perhaps */
	nd_link(&t, true);
	assert_int_equal(hear(&t, 2, ms, 64), 1);
	test_stack_free(&t);
}

static void who_believes_no_router_asks_for_none(void **state)
{
	struct test_stack t;
	int64_t ms[64];

	(void)state;
	nd_new(&t);
	nd_set(&t, "accept_ra", "0");
	nd_link(&t, true);
	assert_int_equal(hear(&t, 10, ms, 64), 0);
	nd_link(&t, false);
	nd_set(&t, "accept_ra", "1");
	nd_set(&t, "forwarding", "1");
	nd_link(&t, true);
	assert_int_equal(hear(&t, 10, ms, 64), 0);
	nd_link(&t, false);
	nd_set(&t, "accept_ra", "2");
	nd_link(&t, true);
	assert_true(hear(&t, 10, ms, 64) > 1);
	test_stack_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_that_came_up_asks_for_routers),
		cmocka_unit_test(nobody_answers_and_it_asks_ever_less_often),
		cmocka_unit_test(it_asks_as_often_as_router_solicitations_says),
		cmocka_unit_test(an_answer_ends_it),
		cmocka_unit_test(who_believes_no_router_asks_for_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
