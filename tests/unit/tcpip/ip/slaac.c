/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that a host makes itself: RFC 4862 §5.3, §5.5, RFC 7217, as Linux makes them. */
#include <errno.h>
#include <stdio.h>

#include "ip/ifid.h"
#include "ip/slaac.h"
#include "tests/unit/tcpip/ip/nd_fixture.h"

#define A "2001:db8:1::ff:fe00:1"
#define OURS (SEA_IFA_MANAGETEMPADDR)

static int setup(void **state)
{
	static struct test_stack t;

	nd_new(&t);
	nd_settle(&t);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(*state);
	return 0;
}

static void advertise(struct test_stack *t, const char *prefix, uint32_t valid_s,
		      uint32_t preferred_s)
{
	struct nd_ra ra = nd_ra(1800);

	nd_prefix(&ra, prefix, "LA", valid_s, preferred_s);
	nd_inject(t, &ra);
}

/* RFC4862:5.3-a RFC4291:2.5.6, RFC4862:5.2-a */
static void a_link_makes_its_own_address_when_it_comes_up(void **state)
{
	struct test_stack *t = *state;

	nd_expect_flags(t, ND_OUR_LL, SEA_IFA_PERMANENT);
	assert_int_equal(nd_expect_addr(t, ND_OUR_LL).prefix_len, 64);
	assert_int_equal(nd_expect_addr(t, ND_OUR_LL).scope, SEA_SCOPE_LINK);
	assert_int_equal(nd_expect_addr(t, ND_OUR_LL).protocol, 3);
	assert_int_equal(nd_route(t, "fe80::/64", NULL).metric, 256);
	nd_link(t, false);
	assert_int_equal(nd_count_addrs(t), 0);
	assert_false(nd_route(t, "fe80::/64", NULL).size);
}

/* RFC4862:5.5.3-a d RFC4862:5.5.3-b, RFC8504:6.3-a */
static void an_autonomous_prefix_becomes_an_address(void **state)
{
	struct test_stack *t = *state;
	struct sea_ifaddr a;

	advertise(t, "2001:db8:1::/64", 3600, 1800);
	nd_expect_flags(t, A, OURS | SEA_IFA_TENTATIVE);
	test_advance(t, 3 * SEA_SEC);
	a = nd_expect_addr(t, A);
	assert_int_equal(a.flags, OURS);
	assert_int_equal(a.prefix_len, 64);
	assert_int_equal(a.valid_s, 3597);
	assert_int_equal(a.preferred_s, 1797);
	assert_int_equal(a.protocol, 2);
	assert_true(nd_is_local(t, A));
}

/* RFC4862:5.5.3-a, RFC4862:5.1-b, RFC4862:5.5.3-c */
static void what_is_not_64_long_or_not_wanted_becomes_none(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1800);

	nd_prefix(&ra, "2001:db8:1::/63", "LA", 3600, 1800);
	nd_prefix(&ra, "2001:db8:2::/65", "LA", 3600, 1800);
	nd_prefix(&ra, "2001:db8:3::/64", "L", 3600, 1800);
	nd_prefix(&ra, "2001:db8:4::/64", "LA", 0, 0);
	nd_inject(t, &ra);
	assert_int_equal(nd_count_addrs(t), 1);
	nd_set(t, "autoconf", "0");
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	assert_int_equal(nd_count_addrs(t), 1);
	assert_true(nd_route(t, "2001:db8:1::/64", NULL).size); /* on-link all the same */
}

/* RFC4862:5.5.4-b */
static void an_address_is_deprecated_and_goes_when_its_lifetimes_end(void **state)
{
	struct test_stack *t = *state;

	advertise(t, "2001:db8:1::/64", 100, 40);
	test_advance(t, 39 * SEA_SEC);
	nd_expect_flags(t, A, OURS);
	test_advance(t, SEA_SEC);
	nd_expect_flags(t, A, OURS | SEA_IFA_DEPRECATED);
	assert_int_equal(nd_expect_addr(t, A).preferred_s, 0);
	assert_true(nd_is_local(t, A)); /* still heard */
	test_advance(t, 59 * SEA_SEC);
	assert_int_equal(nd_expect_addr(t, A).valid_s, 1);
	test_advance(t, SEA_SEC);
	assert_false(nd_addr(t, A).size);
	assert_false(nd_is_local(t, A));
}

/* RFC4862:5.5.3-d */
static void a_new_advertisement_makes_it_preferred_again(void **state)
{
	struct test_stack *t = *state;

	advertise(t, "2001:db8:1::/64", 9000, 40);
	test_advance(t, 50 * SEA_SEC);
	nd_expect_flags(t, A, OURS | SEA_IFA_DEPRECATED);
	advertise(t, "2001:db8:1::/64", 9000, 40);
	nd_expect_flags(t, A, OURS);
	test_advance(t, 40 * SEA_SEC);
	nd_expect_flags(t, A, OURS | SEA_IFA_DEPRECATED);
	advertise(t, "2001:db8:1::/64", SEA_NDP_INFINITE, SEA_NDP_INFINITE);
	test_advance(t, 100000 * SEA_SEC);
	nd_expect_flags(t, A, OURS);
	assert_int_equal(nd_expect_addr(t, A).valid_s, SEA_LIFETIME_INFINITE);
}

/* case 75 RFC4862:5.5.3-a e RFC4862:5.5.3-e */
static void a_lifetime_is_not_cut_below_two_hours(void **state)
{
	struct test_stack *t = *state;

	advertise(t, "2001:db8:1::/64", 10000, 5000);
	advertise(t, "2001:db8:1::/64", 9000, 5000); /* more than two hours: believed */
	assert_int_equal(nd_expect_addr(t, A).valid_s, 9000);
	advertise(t, "2001:db8:1::/64", 5, 5);
	assert_int_equal(nd_expect_addr(t, A).valid_s, 7200);
	assert_int_equal(nd_expect_addr(t, A).preferred_s, 5); /* this one is */
	advertise(t, "2001:db8:1::/64", 0, 0);
	assert_int_equal(nd_expect_addr(t, A).valid_s, 7200);
	nd_expect_flags(t, A, OURS | SEA_IFA_TENTATIVE | SEA_IFA_DEPRECATED);
	test_advance(t, 1000 * SEA_SEC);
	advertise(t, "2001:db8:1::/64", 10, 10); /* less is left: it stays */
	assert_int_equal(nd_expect_addr(t, A).valid_s, 6200);
	advertise(t, "2001:db8:1::/64", 6500, 10); /* longer than is left: believed */
	assert_int_equal(nd_expect_addr(t, A).valid_s, 6500);
}

/* RFC4862:5.5.3-a e, as ra_honor_pio_life changes it */
static void unless_the_link_is_told_to_believe_it(void **state)
{
	struct test_stack *t = *state;

	nd_set(t, "ra_honor_pio_life", "1");
	advertise(t, "2001:db8:1::/64", 10000, 5000);
	advertise(t, "2001:db8:1::/64", 60, 30);
	assert_int_equal(nd_expect_addr(t, A).valid_s, 60);
	advertise(t, "2001:db8:1::/64", 0, 0);
	test_settle(t);
	assert_false(nd_addr(t, A).size);
}

/* RFC9762:7.1 */
static void a_prefix_that_is_delegated_becomes_none_where_the_link_says_so(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1800);

	nd_prefix(&ra, "2001:db8:1::/64", "LAP", 3600, 1800);
	nd_set(t, "ra_honor_pio_pflag", "1");
	nd_inject(t, &ra);
	assert_false(nd_addr(t, A).size);
	assert_true(nd_route(t, "2001:db8:1::/64", NULL).size);
	nd_set(t, "ra_honor_pio_pflag", "0");
	nd_inject(t, &ra);
	nd_expect_addr(t, A);
}

static void max_addresses_ends_a_flood(void **state)
{
	struct test_stack *t = *state;
	char prefix[40];

	nd_set(t, "max_addresses", "4");
	for (unsigned i = 0; i < 100; i++) {
		snprintf(prefix, sizeof(prefix), "2001:db8:%x::/64", i + 1);
		advertise(t, prefix, 3600, 1800);
	}
	assert_int_equal(nd_count_addrs(t), 4);
	nd_expect_addr(t, A);
	nd_set(t, "max_addresses", "0"); /* no limit */
	advertise(t, "2001:db8:fff::/64", 3600, 1800);
	assert_int_equal(nd_count_addrs(t), 5);
}

/* RFC4862:5.6-a */
static void a_configured_address_is_not_an_advertisement_s_to_end(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, A "/64", SEA_IFA_NODAD, 0, 0), 0);
	advertise(t, "2001:db8:1::/64", 100, 50);
	assert_int_equal(nd_expect_addr(t, A).valid_s, SEA_LIFETIME_INFINITE);
	test_advance(t, 8000 * SEA_SEC);
	nd_expect_flags(t, A, SEA_IFA_PERMANENT | SEA_IFA_NODAD);
}

/* RFC4862:5.4.5-a */
static void a_duplicate_that_made_itself_goes(void **state)
{
	struct test_stack *t = *state;

	advertise(t, "2001:db8:1::/64", 3600, 1800);
	nd_inject_na(t, A, 0);
	assert_false(nd_addr(t, A).size);
	assert_int_equal(test_mib(t, SEA_MIB_SeaDadFailed), 1);
}

/* -- stable, opaque identifiers -- */

static void restart(struct test_stack *t, const char *secret)
{
	nd_link(t, false);
	nd_set(t, "stable_secret", secret);
	assert_int_equal(nd_get(t, "addr_gen_mode"), SEA_ADDR_GEN_STABLE);
	nd_settle(t);
}

/* RFC7217:5, RFC8504:6.3-b */
static void a_secret_makes_addresses_stable_and_opaque(void **state)
{
	struct test_stack *t = *state;
	struct sea_ifaddr first, again;

	restart(t, "2001:db8::1");
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	advertise(t, "2001:db8:2::/64", 3600, 1800);
	assert_false(nd_addr(t, A).size);
	assert_int_equal(nd_count_addrs(t), 3);
	first = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY, 1);
	again = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY, 0);
	assert_memory_not_equal(first.local.b + 8, again.local.b + 8, 8); /* another network */
	restart(t, "2001:db8::1");
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	again = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY, 0);
	assert_memory_equal(first.local.b, again.local.b, 16);
	restart(t, "2001:db8::2");
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	again = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY, 0);
	assert_memory_not_equal(first.local.b + 8, again.local.b + 8, 8);
}

/* case 78 RFC7217:6 */
static void a_stable_duplicate_is_followed_by_the_next_of_its_row(void **state)
{
	struct test_stack *t = *state;
	char text[SEA_ADDR_TEXT_MAX];
	struct sea_ifaddr a;
	unsigned n = 0;

	restart(t, "2001:db8::1");
	advertise(t, "2001:db8:1::/64", 9000, 1800);
	while ((a = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY | SEA_IFA_TENTATIVE, 0)).size) {
		nd_inject_na(t, sea_addr_text(&a.local, text), 0);
		assert_false(nd_addr(t, text).size);
		assert_true(n++ < 10);
	}
	assert_int_equal(n, 4); /* the first, and idgen_retries times another */
	nd_inject_na(t, text, 0);
	assert_int_equal(nd_count_addrs(t), 1);
}

static void the_address_that_stands_in_for_a_duplicate_lives_on(void **state)
{
	struct test_stack *t = *state;
	char text[SEA_ADDR_TEXT_MAX];
	struct sea_ifaddr a;

	restart(t, "2001:db8::1");
	advertise(t, "2001:db8:1::/64", 9000, 1800);
	a = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY | SEA_IFA_TENTATIVE, 0);
	nd_inject_na(t, sea_addr_text(&a.local, text), 0);
	test_take_all(t);
	test_advance(t, 999 * SEA_MSEC);
	assert_int_equal(nd_count_sent(t, SEA_NDP_NS), 0); /* idgen_delay */
	test_advance(t, 3 * SEA_SEC);
	assert_int_equal(nd_count_sent(t, SEA_NDP_NS), 1);
	a = nd_addr_with(t, SEA_IFA_STABLE_PRIVACY | SEA_IFA_MANAGETEMPADDR, 0);
	assert_int_equal(a.flags & SEA_IFA_TENTATIVE, 0);
	advertise(t, "2001:db8:1::/64", 9999, 1800);
	assert_int_equal(nd_count_addrs(t), 2);
	assert_int_equal(nd_addr_with(t, SEA_IFA_MANAGETEMPADDR, 0).valid_s, 9999);
}

static void addr_gen_mode_says_which_kind(void **state)
{
	struct test_stack *t = *state;

	nd_link(t, false);
	assert_int_equal(nd_try_set(t, "addr_gen_mode", "2"), -EINVAL); /* no secret */
	assert_int_equal(nd_try_set(t, "addr_gen_mode", "4"), -EINVAL);
	nd_set(t, "addr_gen_mode", "1");
	nd_settle(t);
	assert_int_equal(nd_count_addrs(t), 0);
	nd_set(t, "addr_gen_mode", "3"); /* at once, on a link that is up */
	test_advance(t, 3 * SEA_SEC);
	assert_true(nd_addr_with(t, SEA_IFA_STABLE_PRIVACY | SEA_IFA_PERMANENT, 0).size);
	assert_false(nd_addr(t, ND_OUR_LL).size);
	nd_set(t, "addr_gen_mode", "0");
	nd_expect_addr(t, ND_OUR_LL);
	assert_int_equal(nd_count_addrs(t), 2);
}

static void a_secret_is_read_as_it_was_written(void **state)
{
	static const char name[] = "net.ipv6.conf.eth0.stable_secret";
	struct test_stack *t = *state;
	char text[64];

	assert_int_equal(sea_sysctl_get(t->stack, name, text, sizeof(text)), -EIO);
	nd_set(t, "stable_secret", "2001:db8::77");
	assert_int_equal(sea_sysctl_get(t->stack, name, text, sizeof(text)), 39);
	assert_string_equal(text, "2001:0db8:0000:0000:0000:0000:0000:0077");
	assert_int_equal(nd_try_set(t, "stable_secret", "10.0.0.1"), -EINVAL);
	assert_int_equal(nd_try_set(t, "stable_secret", "x"), -EINVAL);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv6.conf.all.stable_secret", "::1", t->now),
			 -EIO);
	assert_int_equal(
		sea_sysctl_set(t->stack, "net.ipv6.conf.default.stable_secret", "::1", t->now), 0);
	assert_int_equal(sea_sysctl_get(t->stack, "net.ipv6.conf.lo.addr_gen_mode", text, 64), 1);
	assert_string_equal(text, "2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* -- tokens: draft-chown-6man-tokenised-ipv6-identifiers, as Linux has them -- */

static void set_token(struct test_stack *t, uint8_t last)
{
	const uint8_t token[8] = { [7] = last };

	sea_stack_enter(t->stack, t->now);
	sea_slaac_set_token(t->link, token);
	sea_stack_leave(t->stack);
}

static void a_token_is_the_identifier_of_advertised_addresses(void **state)
{
	struct test_stack *t = *state;

	advertise(t, "2001:db8:1::/64", 3600, 1800);
	nd_count_sent(t, SEA_NDP_RS);
	set_token(t, 5);
	assert_int_equal(nd_count_sent(t, SEA_NDP_RS), 1); /* whose answer brings prefixes */
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	advertise(t, "2001:db8:2::/64", 3600, 1800);
	nd_expect_flags(t, "2001:db8:1::5", OURS | SEA_IFA_TENTATIVE);
	nd_expect_flags(t, "2001:db8:2::5", OURS | SEA_IFA_TENTATIVE);
	assert_true(nd_addr(t, A).size); /* what it had, it has for as long as it lives */
	assert_int_equal(nd_count_addrs(t), 4);
	test_advance(t, 3 * SEA_SEC);
	assert_true(nd_is_local(t, "2001:db8:2::5"));
	nd_set(t, "addr_gen_mode", "3");
	advertise(t, "2001:db8:3::/64", 3600, 1800);
	nd_expect_flags(t, "2001:db8:3::5", OURS | SEA_IFA_TENTATIVE);
}

static void addresses_of_an_old_token_go_with_it(void **state)
{
	struct test_stack *t = *state;

	set_token(t, 5);
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	advertise(t, "2001:db8:2::/64", 3600, 1800);
	test_advance(t, 3 * SEA_SEC);
	assert_true(nd_addr(t, "2001:db8:1::5").size);
	set_token(t, 6);
	assert_int_equal(nd_count_addrs(t), 1);
	assert_false(nd_is_local(t, "2001:db8:1::5"));
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	assert_true(nd_addr(t, "2001:db8:1::6").size);
	nd_count_sent(t, SEA_NDP_RS);
	set_token(t, 0);
	assert_int_equal(nd_count_sent(t, SEA_NDP_RS), 0);
	assert_int_equal(nd_count_addrs(t), 1);
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	assert_true(nd_addr(t, A).size);
}

static void of_a_link_that_is_down_a_token_waits(void **state)
{
	struct test_stack *t = *state;

	nd_link(t, false);
	nd_count_sent(t, SEA_NDP_RS);
	set_token(t, 5);
	assert_int_equal(nd_count_sent(t, SEA_NDP_RS), 0);
	nd_settle(t);
	advertise(t, "2001:db8:1::/64", 3600, 1800);
	assert_true(nd_addr(t, "2001:db8:1::5").size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_link_makes_its_own_address_when_it_comes_up),
		TEST(an_autonomous_prefix_becomes_an_address),
		TEST(what_is_not_64_long_or_not_wanted_becomes_none),
		TEST(an_address_is_deprecated_and_goes_when_its_lifetimes_end),
		TEST(a_new_advertisement_makes_it_preferred_again),
		TEST(a_lifetime_is_not_cut_below_two_hours),
		TEST(unless_the_link_is_told_to_believe_it),
		TEST(a_prefix_that_is_delegated_becomes_none_where_the_link_says_so),
		TEST(max_addresses_ends_a_flood),
		TEST(a_configured_address_is_not_an_advertisement_s_to_end),
		TEST(a_duplicate_that_made_itself_goes),
		TEST(a_secret_makes_addresses_stable_and_opaque),
		TEST(a_stable_duplicate_is_followed_by_the_next_of_its_row),
		TEST(the_address_that_stands_in_for_a_duplicate_lives_on),
		TEST(addr_gen_mode_says_which_kind),
		TEST(a_secret_is_read_as_it_was_written),
		TEST(a_token_is_the_identifier_of_advertised_addresses),
		TEST(addresses_of_an_old_token_go_with_it),
		TEST(of_a_link_that_is_down_a_token_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
