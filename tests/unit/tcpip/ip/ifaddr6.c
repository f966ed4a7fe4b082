/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 addresses as they are configured, shown, kept and saved; who is spoken from. */
#include <errno.h>

#include <seastack/event.h>
#include <seastack/save.h>

#include "tests/lib/snapshot.h"
#include "tests/unit/tcpip/ip/nd_fixture.h"

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

/* The addresses of eth0 in their order: "2001:db8::1 fe80::…". */
static void assert_order(struct test_stack *t, const char *want)
{
	char all[512] = "", text[SEA_ADDR_TEXT_MAX];
	struct sea_ifaddr a;

	for (unsigned i = 0; (a = nd_addr_with(t, 0, i)).size; i++) {
		strcat(all, i ? " " : "");
		strcat(all, sea_addr_text(&a.local, text));
	}
	assert_string_equal(all, want);
}

/* As `ip -6 addr` of Linux lists them. RFC8504:6.2-a */
static void the_widest_scope_and_the_newest_come_first(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "fec0::1/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_add(t, "2001:db8::1/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_add(t, "fd00::1/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_add(t, "fe80::9/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_order(t, "fd00::1 2001:db8::1 fec0::1 fe80::9 " ND_OUR_LL);
	assert_int_equal(nd_expect_addr(t, "fec0::1").scope, 200);
}

/* Each as Linux 6.18 answers. */
static void what_makes_no_sense_is_refused(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "::/64", 0, 0, 0), -EADDRNOTAVAIL);
	assert_int_equal(nd_add(t, "::1/128", 0, 0, 0), -EADDRNOTAVAIL);
	assert_int_equal(nd_add(t, "ff02::99/128", 0, 0, 0), -EADDRNOTAVAIL);
	assert_int_equal(nd_add(t, "2001:db8::1/64", SEA_IFA_MCAUTOJOIN, 0, 0), -EINVAL);
	assert_int_equal(nd_add(t, "2001:db8::1/65", SEA_IFA_MANAGETEMPADDR, 0, 0), -EINVAL);
	assert_int_equal(nd_add(t, "2001:db8::1/64", 0, 10, 20), -EINVAL);
	assert_int_equal(nd_add(t, "2001:db8::1/64", 0, 0, 0), 0);
	assert_int_equal(nd_add(t, "2001:db8::1/48", 0, 0, 0), -EEXIST);
	assert_int_equal(nd_del(t, "2001:db8::1/48"), -EADDRNOTAVAIL);
	assert_int_equal(nd_del(t, "2001:db8::2/64"), -EADDRNOTAVAIL);
	nd_set(t, "disable_ipv6", "1");
	assert_int_equal(nd_add(t, "2001:db8::1/64", 0, 0, 0), -EACCES);
	nd_set(t, "disable_ipv6", "0");
	assert_int_equal(sea_link_set_mtu(t->link, 1279, t->now), 0);
	assert_int_equal(nd_count_addrs(t), 0);
	assert_int_equal(nd_add(t, "2001:db8::1/64", 0, 0, 0), -EINVAL);
	assert_int_equal(sea_link_set_mtu(t->link, 1280, t->now), 0);
	nd_expect_addr(t, ND_OUR_LL);
}

static void an_address_that_is_a_group_joins_it(void **state)
{
	struct sea_ipaddr group = test_ip6("ff02::99"), node = test_ip6("ff02::1:ff00:99");
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "ff02::99/128", SEA_IFA_MCAUTOJOIN, 0, 0), 0);
	assert_true(sea_group_heard(&sea_link_ip6(t->link)->groups, &group));
	assert_true(sea_group_heard(&sea_link_ip6(t->link)->groups, &node));
	test_advance(t, 3 * SEA_SEC);
	assert_int_equal(nd_del(t, "ff02::99/128"), 0);
	assert_false(sea_group_heard(&sea_link_ip6(t->link)->groups, &group));
	assert_false(sea_group_heard(&sea_link_ip6(t->link)->groups, &node));
}

/* RFC4291:2.7.1, RFC4861:7.2-a */
static void its_solicited_node_group_is_heard_from_the_start(void **state)
{
	struct sea_ipaddr group = test_ip6("ff02::1:ff00:5");
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "2001:db8::5/64", 0, 0, 0), 0);
	assert_int_equal(nd_add(t, "2001:db9::5/64", 0, 0, 0), 0);
	assert_true(sea_group_heard(&sea_link_ip6(t->link)->groups, &group));
	assert_int_equal(nd_del(t, "2001:db8::5/64"), 0);
	assert_true(sea_group_heard(&sea_link_ip6(t->link)->groups, &group));
	assert_int_equal(nd_del(t, "2001:db9::5/64"), 0);
	assert_false(sea_group_heard(&sea_link_ip6(t->link)->groups, &group));
}

/* RFC4862:5.5.4-b */
static void configured_lifetimes_end_an_address_and_its_prefix(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 100, 50), 0);
	assert_int_equal(nd_route(t, "2001:db8::/64", NULL).expires_s, 100);
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_NODAD);
	test_advance(t, 50 * SEA_SEC);
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_NODAD | SEA_IFA_DEPRECATED);
	test_advance(t, 50 * SEA_SEC);
	assert_false(nd_addr(t, "2001:db8::5").size);
	assert_false(nd_route(t, "2001:db8::/64", NULL).size);
	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 100, 0), 0);
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_NODAD | SEA_IFA_DEPRECATED);
}

static void a_prefix_stays_while_an_address_has_it(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_add(t, "2001:db8::6/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_del(t, "2001:db8::5/64"), 0);
	assert_true(nd_route(t, "2001:db8::/64", NULL).size);
	assert_int_equal(nd_add(t, "2001:db8::7/64", SEA_IFA_NODAD, 100, 50), 0);
	assert_int_equal(nd_del(t, "2001:db8::6/64"), 0);
	assert_int_equal(nd_route(t, "2001:db8::/64", NULL).expires_s, 100);
	assert_int_equal(nd_add(t, "2001:db9::1/64", SEA_IFA_NODAD | SEA_IFA_NOPREFIXROUTE, 0, 0),
			 0);
	assert_false(nd_route(t, "2001:db9::/64", NULL).size);
	assert_int_equal(nd_add(t, "2001:dba::1/128", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_route(t, "2001:dba::1/128", NULL).metric, 256);
	assert_int_equal(nd_del(t, "2001:dba::1/128"), 0);
	assert_false(nd_route(t, "2001:dba::1/128", NULL).size);
}

static void a_link_that_goes_down_loses_its_addresses(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	nd_link(t, false);
	assert_int_equal(nd_count_addrs(t), 0);
	assert_int_equal(nd_add(t, "2001:db8::6/64", 0, 0, 0), 0); /* it waits */
	nd_expect_flags(t, "2001:db8::6", SEA_IFA_PERMANENT | SEA_IFA_TENTATIVE);
	assert_false(nd_route(t, "2001:db8::/64", NULL).size);
	nd_settle(t);
	nd_expect_flags(t, "2001:db8::6", SEA_IFA_PERMANENT);
	assert_true(nd_route(t, "2001:db8::/64", NULL).size);
}

static void keep_addr_on_down_keeps_what_was_configured(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	nd_set(t, "keep_addr_on_down", "1");
	nd_prefix(&ra, "2001:db8:1::/64", "LA", 3600, 1800);
	nd_inject(t, &ra);
	assert_int_equal(nd_add(t, "2001:db8::5/64", 0, 0, 0), 0);
	assert_int_equal(nd_add(t, "2001:db8::6/64", 0, 100, 100), 0);
	test_advance(t, 3 * SEA_SEC);
	nd_link(t, false);
	assert_order(t, "2001:db8::5");
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_PERMANENT | SEA_IFA_TENTATIVE);
	assert_false(nd_is_local(t, "2001:db8::5"));
	nd_settle(t);
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_PERMANENT);
	assert_true(nd_is_local(t, "2001:db8::5"));
	assert_true(nd_route(t, "2001:db8::/64", NULL).size);
	nd_set_of(t, "all", "keep_addr_on_down", "-1"); /* overrides the link's */
	nd_link(t, false);
	assert_int_equal(nd_count_addrs(t), 0);
}

static void disabling_for_all_is_for_each_and_for_those_to_come(void **state)
{
	struct test_stack *t = *state;
	char text[16];

	nd_set_of(t, "all", "disable_ipv6", "1");
	assert_int_equal(nd_count_addrs(t), 0);
	assert_int_equal(nd_get(t, "disable_ipv6"), 1);
	assert_int_equal(sea_sysctl_get(t->stack, "net.ipv6.conf.default.disable_ipv6", text, 16),
			 1);
	assert_string_equal(text, "1");
	nd_set_of(t, "all", "disable_ipv6", "0");
	nd_expect_addr(t, ND_OUR_LL);
	assert_true(nd_is_local(t, "::1"));
}

/* RFC6724:4 */
static void a_source_is_looked_for_on_all_links_but_for_what_is_near(void **state)
{
	struct test_stack *t = *state;
	struct sea_ipaddr far = test_ip6("2001:db8:9::1"), near = test_ip6("fe80::77"),
			  group = test_ip6("ff05::1"), src;
	struct sea_link *other = test_add_link(t, "eth1", &test_peer_mac, NULL);

	test_add_addr6(t, other, "2001:db8::5/64");
	assert_true(sea_ifaddr6_select(t->stack, t->link, &far, 0, &src));
	assert_true(test_is_ip6(src.b, "2001:db8::5")); /* a wider scope comes before the link */
	assert_true(sea_ifaddr6_select(t->stack, t->link, &near, 0, &src));
	assert_true(test_is_ip6(src.b, ND_OUR_LL));
	assert_true(sea_ifaddr6_select(t->stack, t->link, &group, 0, &src));
	assert_true(test_is_ip6(src.b, ND_OUR_LL));
	nd_set(t, "use_oif_addrs_only", "1");
	assert_true(sea_ifaddr6_select(t->stack, t->link, &far, 0, &src));
	assert_true(test_is_ip6(src.b, ND_OUR_LL));
}

/* RFC6724:2.1 */
static void labels_can_be_configured(void **state)
{
	struct test_stack *t = *state;
	struct sea_addrlabel l = { .size = sizeof(l), .label = 5, .prefix_len = 32 };
	struct sea_ipaddr dst = test_ip6("fd00::1"), src;
	struct sea_addrlabel shown = { .size = sizeof(shown) };
	uint64_t cursor = 0;
	unsigned n = 0;

	assert_int_equal(nd_add(t, "2001:db8:1::1/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_int_equal(nd_add(t, "2001:db9:1::1/64", SEA_IFA_NODAD, 0, 0), 0);
	assert_true(sea_ifaddr6_select(t->stack, t->link, &dst, 0, &src));
	assert_true(test_is_ip6(src.b, "2001:db9:1::1"));
	assert_true(sea_addr_parse("2001:db8::", &l.prefix));
	assert_int_equal(sea_addrlabel_add(t->stack, &l, t->now), 0);
	assert_true(sea_ifaddr6_select(t->stack, t->link, &dst, 0, &src));
	assert_true(test_is_ip6(src.b, "2001:db8:1::1"));
	while (sea_addrlabel_next(t->stack, &cursor, &shown))
		n++;
	assert_int_equal(n, 11);
	assert_int_equal(sea_addrlabel_del(t->stack, &l, t->now), 0);
	assert_int_equal(sea_addrlabel_del(t->stack, &l, t->now), -ESRCH);
	l.ifindex = 99;
	assert_int_equal(sea_addrlabel_add(t->stack, &l, t->now), -ENODEV);
}

static void each_change_is_an_event(void **state)
{
	struct test_stack *t = *state;
	struct sea_event ev;

	while (sea_stack_take_events(t->stack, &ev, 1))
		;
	assert_int_equal(nd_add(t, "2001:db8::5/64", 0, 0, 0), 0);
	assert_int_equal(sea_stack_take_events(t->stack, &ev, 1), 1);
	assert_int_equal(ev.kind, SEA_EVENT_ADDR);
	assert_int_equal(ev.ifindex, t->link->ifindex);
	test_advance(t, 3 * SEA_SEC); /* ours now */
	assert_int_equal(sea_stack_take_events(t->stack, &ev, 1), 1);
	assert_int_equal(ev.kind, SEA_EVENT_ADDR);
	assert_int_equal(sea_stack_take_events(t->stack, &ev, 1), 0);
}

/* -- saving -- */

/* The same stack again, in place of the one there. */
static void reload(struct test_stack *t)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
	static const struct sea_stack_config config = { .size = sizeof(config) };
	struct snapshot s = { 0 };

	assert_int_equal(sea_stack_save(t->stack, snapshot_write, &s), 0);
	sea_stack_free(t->stack);
	assert_int_equal(sea_stack_load(&config, &t->env.env, modules, 2, false, snapshot_read, &s,
					&t->stack),
			 0);
	t->link = sea_link_by_name(t->stack, "eth0");
	snapshot_free(&s);
}

/* RFC4862:5.7-a */
static void what_a_link_waits_for_survives_being_saved(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);
	struct sea_ifaddr public, temp;
	unsigned addrs;

	nd_set(t, "use_tempaddr", "2");
	nd_prefix(&ra, "2001:db8:1::/64", "LA", 3600, 1800);
	nd_inject(t, &ra);
	test_advance(t, 10 * SEA_SEC);
	assert_int_equal(nd_add(t, "2001:db8::5/64", 0, 0, 0), 0);
	test_take_all(t);
	addrs = nd_count_addrs(t);
	public = nd_expect_addr(t, "2001:db8:1::ff:fe00:1");
	temp = nd_addr_with(t, SEA_IFA_TEMPORARY, 0);
	reload(t);
	assert_int_equal(nd_count_addrs(t), addrs);
	assert_int_equal(nd_expect_addr(t, "2001:db8:1::ff:fe00:1").valid_s, public.valid_s);
	assert_memory_equal(nd_addr_with(t, SEA_IFA_TEMPORARY, 0).local.b, temp.local.b, 16);
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_PERMANENT | SEA_IFA_TENTATIVE);
	test_advance(t, 3 * SEA_SEC); /* duplicate detection goes on … */
	assert_int_equal(nd_count_sent(t, SEA_NDP_NS), 1);
	nd_expect_flags(t, "2001:db8::5", SEA_IFA_PERMANENT);
	assert_int_equal(nd_count_sent(t, SEA_NDP_RS), 0);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	ra = nd_ra(0); /* … routers can be withdrawn … */
	nd_inject(t, &ra);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), "!");
	assert_int_equal(nd_del(t, "2001:db8:1::ff:fe00:1/64"),
			 0); /* … and who follows whom is known */
	assert_int_equal(nd_count_addrs(t), addrs - 2);
	test_advance(t, 4000 * SEA_SEC);
	assert_false(nd_route(t, "2001:db8:1::/64", NULL).size);
}

static void router_solicitation_goes_on_after_a_restore(void **state)
{
	struct test_stack *t = *state;
	struct sea_ipaddr group = test_ip6("ff02::1:ff00:1");

	reload(t);
	test_advance(t, 20 * SEA_SEC);
	assert_in_range(nd_count_sent(t, SEA_NDP_RS), 1, 3);
	nd_link(t, false); /* groups were joined once */
	assert_false(sea_group_heard(&sea_link_ip6(t->link)->groups, &group));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_widest_scope_and_the_newest_come_first),
		TEST(what_makes_no_sense_is_refused),
		TEST(an_address_that_is_a_group_joins_it),
		TEST(its_solicited_node_group_is_heard_from_the_start),
		TEST(configured_lifetimes_end_an_address_and_its_prefix),
		TEST(a_prefix_stays_while_an_address_has_it),
		TEST(a_link_that_goes_down_loses_its_addresses),
		TEST(keep_addr_on_down_keeps_what_was_configured),
		TEST(disabling_for_all_is_for_each_and_for_those_to_come),
		TEST(a_source_is_looked_for_on_all_links_but_for_what_is_near),
		TEST(labels_can_be_configured),
		TEST(each_change_is_an_event),
		TEST(what_a_link_waits_for_survives_being_saved),
		TEST(router_solicitation_goes_on_after_a_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
