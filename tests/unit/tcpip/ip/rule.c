/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of the policy data base. What is expected was asked of Linux 6.18 in a namespace with the
 * same addresses: `ip rule add …; ip rule`, `ip route get …`.
 */
#include <errno.h>
#include <stdio.h>

#include "ip/ipv4.h"
#include "tests/lib/routes.h"
#include "tests/lib/snapshot.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static struct sea_rule rule(uint32_t priority)
{
	return (struct sea_rule){ .size = sizeof(struct sea_rule),
				  .family = SEA_AF_INET,
				  .priority = priority };
}

static struct sea_rule lookup(uint32_t priority, uint32_t table)
{
	struct sea_rule r = rule(priority);

	r.action = SEA_RULE_LOOKUP;
	r.table = table;
	return r;
}

static int add(struct sea_rule r)
{
	return sea_rule_add(t.stack, &r, t.now);
}

static int del(struct sea_rule r)
{
	return sea_rule_del(t.stack, &r, t.now);
}

static void route(const char *prefix, const char *gateway, uint32_t table)
{
	struct sea_route r = test_route(prefix, gateway, NULL);

	r.table = table;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
}

static const char *way(struct sea_flow flow)
{
	return test_way(&t, flow, "10.5.0.1");
}

/* "0 lookup 255, 32766 lookup 254, …" */
static const char *listing(void)
{
	static const char *const actions[] = { "", "lookup",    "goto",        "nop",     "",
					       "", "blackhole", "unreachable", "prohibit" };
	static char text[1024];
	struct sea_rule r = { .size = sizeof(r) };
	uint64_t cursor = 0;
	size_t at = 0;

	text[0] = 0;
	while (sea_rule_next(t.stack, &cursor, &r)) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u %s", at ? ", " : "",
				       r.priority, actions[r.action]);
		if (r.table || r.target)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " %u",
					       r.table + r.target);
	}
	return text;
}

#define DEFAULTS "32766 lookup 254, 32767 lookup 253"
#define BY_DEFAULT "10.0.0.9 dev eth0 src 10.0.0.1"
#define BY_RULE "10.0.0.10 dev eth0 src 10.0.0.1"

static void two_tables(void)
{
	route("10.5.0.0/16", "10.0.0.9", 0);
	route("10.5.0.0/16", "10.0.0.10", 100);
}

/* -- configuring -- */

static void rules_are_those_that_linux_begins_with(void **state)
{
	assert_string_equal(listing(), "0 lookup 255, " DEFAULTS);
}

static void priority_that_is_not_said_is_one_before_the_second_rules(void **state)
{
	struct sea_rule r = lookup(0, 7);

	r.any_priority = true;
	r.src = test_addr("1.2.3.4");
	r.src_len = 32;
	assert_int_equal(add(r), 0);
	assert_int_equal(add(r), 0); /* each time another priority: no twin */
	assert_string_equal(listing(), "0 lookup 255, 32764 lookup 7, 32765 lookup 7, " DEFAULTS);
}

static void rules_are_refused_with_the_errors_of_linux(void **state)
{
	struct sea_rule r = lookup(8, 7);

	r.sport_min = 5;
	r.sport_max = 3;
	assert_int_equal(add(r), -EINVAL);
	r = lookup(8, 7);
	r.sport_max = 3;
	assert_int_equal(add(r), -EINVAL);
	r = lookup(8, 7);
	r.tos = 0x20;
	assert_int_equal(add(r), -EINVAL);
	r = rule(100);
	r.action = SEA_RULE_GOTO;
	r.target = 99;
	assert_int_equal(add(r), -EINVAL);
	r.target = 100;
	assert_int_equal(add(r), -EINVAL);
	r = lookup(8, 7);
	r.src = test_addr("2001:db8::1");
	r.src_len = 128;
	assert_int_equal(add(r), -EINVAL);
	r = lookup(8, 7);
	r.size--;
	assert_int_equal(add(r), -EINVAL);
	r = lookup(8, 7);
	r.family = SEA_AF_INET6;
	assert_int_equal(add(r), -EAFNOSUPPORT);
	assert_int_equal(add(lookup(8, 7)), 0);
	assert_int_equal(add(lookup(8, 7)), -EEXIST);
	assert_int_equal(add(lookup(8, 9)), 0);
	assert_int_equal(del(lookup(8, 10)), -ENOENT);
	assert_int_equal(del(rule(77)), -ENOENT);
	assert_string_equal(listing(), "0 lookup 255, 8 lookup 7, 8 lookup 9, " DEFAULTS);
	assert_int_equal(del(rule(8)), 0); /* the first that has all that is said */
	assert_string_equal(listing(), "0 lookup 255, 8 lookup 9, " DEFAULTS);
}

static void even_the_first_rule_may_go(void **state)
{
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.0.0.1"),
			    "10.0.0.1 dev lo src 10.0.0.1");
	assert_int_equal(del(rule(0)), 0);
	assert_string_equal(listing(), DEFAULTS);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.0.0.1"),
			    "10.0.0.1 dev eth0 src 10.0.0.1");
}

static void there_is_room_for_so_many_rules(void **state)
{
	for (uint32_t i = 3; i < 4096; i++)
		assert_int_equal(add(lookup(10 + i, 7)), 0);
	assert_int_equal(add(lookup(9, 7)), -ENOSPC);
	assert_int_equal(del(lookup(13, 7)), 0);
	assert_int_equal(add(lookup(9, 7)), 0);
}

/* -- matching -- */

static void each_selector_chooses_its_table(void **state)
{
	struct sea_flow yes = { .mark = 0x15, .tos = 0x10, .proto = 6, .sport = 80, .dport = 443 };
	struct sea_flow no = yes;

	two_tables();
	yes.src = no.src = sea_ipaddr_of4(test_ip4("10.0.0.1"));
	for (unsigned i = 0; i < 8; i++) {
		struct sea_rule r = lookup(10, 100);

		no = yes;
		switch (i) {
		case 0:
			r.src = test_addr("10.0.0.0");
			r.src_len = 30;
			no.src = sea_ipaddr_of4(test_ip4("10.0.0.4"));
			no.any_src = true;
			break;
		case 1:
			r.mark = 0x05;
			r.mark_mask = 0x0f;
			no.mark = 0x16;
			break;
		case 2:
			r.tos = 0x10;
			no.tos = 0x08;
			break;
		case 3:
			r.dscp = 4;
			r.dscp_mask = 0x3f;
			no.tos = 0x30;
			break;
		case 4:
			r.ip_proto = 6;
			no.proto = 17;
			break;
		case 5:
			r.sport_min = 79;
			r.sport_max = 80;
			no.sport = 81;
			break;
		case 6:
			r.dport_min = r.dport_max = 443;
			no.dport = 442;
			break;
		case 7:
			memcpy(r.iif, "lo", 3);
			no.iif = t.link->ifindex;
			break;
		}
		assert_int_equal(add(r), 0);
		assert_string_equal(way(yes), BY_RULE);
		assert_string_not_equal(way(no), BY_RULE);
		r.invert = true;
		assert_int_equal(add(r), 0);
		assert_int_equal(del(r), 0); /* the first, inverted or not: as Linux sees it */
		assert_string_equal(way(yes), BY_DEFAULT);
		assert_int_equal(del(r), 0);
	}
}

static void refusals_of_rules_refuse(void **state)
{
	struct sea_rule r = rule(10);

	two_tables();
	r.action = SEA_RULE_BLACKHOLE;
	assert_int_equal(add(r), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), "EINVAL");
	assert_int_equal(del(r), 0);
	r.action = SEA_RULE_UNREACHABLE;
	assert_int_equal(add(r), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), "ENETUNREACH");
	assert_int_equal(del(r), 0);
	r.action = SEA_RULE_PROHIBIT;
	assert_int_equal(add(r), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), "EACCES");
	assert_int_equal(del(r), 0);
	r.action = SEA_RULE_NOP;
	assert_int_equal(add(r), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_DEFAULT);
}

static void goto_skips_rules_once_its_target_is_there(void **state)
{
	struct sea_rule r = rule(10), block = rule(20);

	two_tables();
	r.action = SEA_RULE_GOTO;
	r.target = 30;
	block.action = SEA_RULE_PROHIBIT;
	assert_int_equal(add(r), 0);
	assert_int_equal(add(block), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), "EACCES"); /* unresolved: as a nop */
	assert_int_equal(add(lookup(30, 100)), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_RULE);
	assert_int_equal(del(rule(30)), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), "EACCES");
}

static void short_prefixes_are_suppressed(void **state)
{
	struct sea_rule r = lookup(10, 254);

	route("0.0.0.0/0", "10.0.0.9", 0);
	route("0.0.0.0/0", "10.0.0.10", 100);
	r.suppress = true; /* ip rule add lookup main suppress_prefixlength 0 */
	assert_int_equal(add(r), 0);
	assert_int_equal(add(lookup(11, 100)), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_RULE);
	route("10.5.0.0/24", "10.0.0.9", 0);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_DEFAULT);
}

static void throw_goes_on_with_the_next_rule(void **state)
{
	struct sea_route r = test_route("10.5.0.0/24", NULL, NULL);

	two_tables();
	assert_int_equal(add(lookup(10, 100)), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_RULE);
	r.type = SEA_ROUTE_THROW;
	r.table = 100;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_DEFAULT);
}

/*
 * ip route add local 10.64.0.0/10 dev lo table local; ip route add 10.65.0.0/16 via 10.0.0.9: main's
 * longer prefix wins on Linux until the first rule is added, and never again.
 */
static void local_and_main_are_one_table_until_there_are_rules(void **state)
{
	struct sea_route r = test_route("10.64.0.0/10", NULL, t.stack->loopback);

	r.type = SEA_ROUTE_LOCAL;
	r.scope = SEA_SCOPE_HOST;
	r.table = SEA_TABLE_LOCAL;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	route("10.65.0.0/16", "10.0.0.9", 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.65.1.1"), BY_DEFAULT);
	assert_int_equal(add(lookup(10, 7)), 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.65.1.1"),
			    "10.65.1.1 dev lo src 10.65.1.1");
	assert_int_equal(del(rule(10)), 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.65.1.1"),
			    "10.65.1.1 dev lo src 10.65.1.1");
}

static void names_of_links_mean_whichever_link_has_them_now(void **state)
{
	struct sea_rule r = lookup(10, 100);
	struct sea_link *link;
	struct sea_flow flow = { .any_src = true };

	two_tables();
	memcpy(r.oif, "eth7", 5);
	assert_int_equal(add(r), 0);
	link = test_add_link(&t, "eth7", &test_peer_mac, "10.7.0.1/24");
	flow.oif = link->ifindex;
	{
		struct sea_route in = test_route("10.5.0.0/16", NULL, link);

		in.scope = SEA_SCOPE_LINK;
		in.table = 100;
		in.metric = 1;
		assert_int_equal(sea_route_add(t.stack, &in, t.now), 0);
	}
	assert_string_equal(way(flow), "10.5.0.1 dev eth7 src 10.7.0.1");
	sea_link_del(link, t.now);
	assert_string_equal(way((struct sea_flow){ 0 }), BY_DEFAULT);
	link = test_add_link(&t, "eth7", &test_peer_mac, "10.7.0.1/24");
	flow.oif = link->ifindex;
	assert_string_equal(way(flow), "10.5.0.1 dev eth7 src 10.7.0.1");
}

/* -- saved -- */

static void rules_outlive_a_save(void **state)
{
	struct sea_rule r = lookup(10, 100);

	two_tables();
	r.mark = r.mark_mask = 5;
	memcpy(r.oif, "eth7", 5);
	assert_int_equal(add(r), 0);
	r = rule(11);
	r.action = SEA_RULE_GOTO;
	r.target = 32766;
	assert_int_equal(add(r), 0);
	test_save_and_load(&t, modules, 1);
	assert_string_equal(listing(), "0 lookup 255, 10 lookup 100, 11 goto 32766, " DEFAULTS);
	r = lookup(10, 100);
	r.mark = r.mark_mask = 5;
	assert_int_equal(del(r), 0); /* any oif */
	assert_string_equal(way((struct sea_flow){ 0 }), BY_DEFAULT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_are_those_that_linux_begins_with),
		TEST(priority_that_is_not_said_is_one_before_the_second_rules),
		TEST(rules_are_refused_with_the_errors_of_linux),
		TEST(even_the_first_rule_may_go),
		TEST(there_is_room_for_so_many_rules),
		TEST(each_selector_chooses_its_table),
		TEST(refusals_of_rules_refuse),
		TEST(goto_skips_rules_once_its_target_is_there),
		TEST(short_prefixes_are_suppressed),
		TEST(throw_goes_on_with_the_next_rule),
		TEST(local_and_main_are_one_table_until_there_are_rules),
		TEST(names_of_links_mean_whichever_link_has_them_now),
		TEST(rules_outlive_a_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
