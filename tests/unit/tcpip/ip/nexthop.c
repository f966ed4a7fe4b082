/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of several ways, and nexthop objects. Errors and what follows from changes are those of
 * `ip route … nexthop …` and `ip nexthop` on Linux 6.18, in a namespace with two veths.
 */
#include <errno.h>
#include <stdio.h>

#include "ip/ipv4.h"
#include "ip/nexthop_res.h"
#include "tests/lib/routes.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;
static struct sea_link *other;

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	other = test_add_link(&t, "eth1", &test_peer_mac, "10.1.0.1/24");
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- helpers -- */

static struct sea_route_hop hop(const char *gateway, uint32_t weight)
{
	return (struct sea_route_hop){ .gateway = test_addr(gateway), .weight = weight };
}

static int add_two(const char *prefix, uint32_t weight_a, uint32_t weight_b)
{
	const struct sea_route_hop hops[] = { hop("10.0.0.9", weight_a),
					      hop("10.1.0.9", weight_b) };
	struct sea_route r = test_route(prefix, NULL, NULL);

	r.hops = hops;
	r.n_hops = 2;
	return sea_route_add(t.stack, &r, t.now);
}

static struct sea_nexthop single(uint32_t id, const char *gateway, const struct sea_link *link)
{
	struct sea_nexthop nh = { .size = sizeof(nh), .id = id, .ifindex = link->ifindex };

	nh.family = SEA_AF_INET;
	if (gateway)
		nh.gateway = test_addr(gateway);
	return nh;
}

static int put(struct sea_nexthop nh, uint32_t flags)
{
	return sea_nexthop_add(t.stack, &nh, flags, t.now);
}

static int add(struct sea_nexthop nh)
{
	return put(nh, SEA_NLM_F_CREATE | SEA_NLM_F_EXCL);
}

static int replace(struct sea_nexthop nh)
{
	return put(nh, SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE);
}

static int group(uint32_t id, uint32_t a, uint32_t weight_a, uint32_t b, uint32_t weight_b,
		 uint32_t flags)
{
	const struct sea_nexthop_member members[] = { { a, weight_a }, { b, weight_b } };
	struct sea_nexthop nh = { .size = sizeof(nh), .id = id, .members = members };

	nh.n_members = b ? 2 : 1;
	return put(nh, flags);
}

#define ADD (SEA_NLM_F_CREATE | SEA_NLM_F_EXCL)

static int blackhole(uint32_t id)
{
	return add((struct sea_nexthop){ .size = sizeof(struct sea_nexthop),
					 .id = id,
					 .family = SEA_AF_INET,
					 .blackhole = true });
}

static int route_by(const char *prefix, uint32_t id)
{
	struct sea_route r = test_route(prefix, NULL, NULL);

	r.nexthop = id;
	return sea_route_add(t.stack, &r, t.now);
}

/* "1 2 11": the ids that are there. */
static const char *ids(void)
{
	static char text[256];
	struct sea_nexthop nh = { .size = sizeof(nh) };
	uint32_t id = 0;
	size_t at = 0;

	text[0] = 0;
	while (sea_nexthop_next(t.stack, &id, &nh))
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u", at ? " " : "", nh.id);
	return text;
}

/* How many of 4,000 destinations below 10.9.0.0/16 (or another) go out by eth1. */
static unsigned by_other(const char *net)
{
	unsigned n = 0;
	char dst[32];

	for (unsigned i = 0; i < 4000; i++) {
		snprintf(dst, sizeof(dst), "%s.%u.%u", net, i >> 8, i & 255);
		n += !!strstr(test_way(&t, (struct sea_flow){ 0 }, dst), "dev eth1");
	}
	test_take_all(&t);
	return n;
}

static void none(const char *dst)
{
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, dst), "ENETUNREACH");
}

/* -- several ways -- */

/* RFC1812:5.2.4.3-c */
static void flows_are_shared_by_weight(void **state)
{
	unsigned n;

	assert_int_equal(add_two("10.9.0.0/16", 3, 1), 0);
	n = by_other("10.9");
	assert_in_range(n, 800, 1200);         /* a quarter */
	assert_int_equal(by_other("10.9"), n); /* each always the same way */
	assert_int_equal(add_two("10.8.0.0/16", 1, 1), 0);
	assert_in_range(by_other("10.8"), 1700, 2300);
	assert_int_equal(add_two("10.7.0.0/16", 257, 1), -EINVAL);
}

static void ports_count_only_by_policy(void **state)
{
	struct sea_flow flow = { .proto = 6, .dport = 80 };
	unsigned n = 0;

	assert_int_equal(add_two("10.9.0.0/16", 1, 1), 0);
	for (unsigned policy = 0; policy < 2; policy++) {
		n = 0;
		if (policy)
			assert_int_equal(sea_sysctl_set(t.stack,
							"net.ipv4.fib_multipath_hash_policy", "1",
							t.now),
					 0);
		for (unsigned i = 0; i < 1000; i++) {
			flow.sport = (uint16_t)(10000 + i);
			n += !!strstr(test_way(&t, flow, "10.9.0.1"), "dev eth1");
		}
		if (!policy)
			assert_true(n == 0 || n == 1000);
	}
	assert_in_range(n, 350, 650);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.fib_multipath_hash_policy", "3", t.now),
			 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.fib_multipath_hash_fields", "48", t.now),
			 0); /* both ports, nothing else */
	flow.sport = 10000;
	{
		char first[160];

		memcpy(first, test_way(&t, flow, "10.9.0.1") + 8, 20);
		assert_memory_equal(first, test_way(&t, flow, "10.9.7.7") + 8, 8);
	}
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.fib_multipath_hash_policy", "2", t.now),
			 -EINVAL);
}

/* Seen of Linux 6.15 and later: of several ways one whose link has the flow's source. */
static void flow_leaves_by_the_link_of_its_source(void **state)
{
	struct sea_flow flow = { .src = sea_ipaddr_of4(test_ip4("10.1.0.1")) };

	assert_int_equal(add_two("10.9.0.0/16", 1, 1), 0);
	for (unsigned i = 0; i < 50; i++) {
		char dst[32];

		snprintf(dst, sizeof(dst), "10.9.1.%u", i);
		assert_non_null(strstr(test_way(&t, flow, dst), "dev eth1"));
	}
}

static void way_of_a_link_that_is_down_rests_until_it_is_up(void **state)
{
	assert_int_equal(add_two("10.9.0.0/16", 1, 1), 0);
	assert_int_equal(sea_link_set_up(other, false, t.now), 0);
	assert_int_equal(by_other("10.9"), 0);
	assert_int_equal(sea_link_set_up(other, true, t.now), 0);
	assert_in_range(by_other("10.9"), 1700, 2300);
	assert_int_equal(sea_link_set_up(other, false, t.now), 0);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	none("10.9.0.1");
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	none("10.9.0.1"); /* with its last way the route went */
}

static void way_without_carrier_counts_unless_that_is_ignored(void **state)
{
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };

	assert_int_equal(add_two("10.9.0.0/16", 1, 1), 0);
	sea_link_set_carrier(other, false, t.now);
	assert_in_range(by_other("10.9"), 1700, 2300);
	while (sea_route_next(t.stack, &cursor, &r) && !r.n_hops)
		;
	assert_int_equal(r.n_hops, 2);
	assert_int_equal(r.hops[0].flags, 0);
	assert_int_equal(r.hops[1].flags, SEA_RTNH_F_LINKDOWN);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.conf.all.ignore_routes_with_linkdown",
					"1", t.now),
			 0);
	assert_int_equal(by_other("10.9"), 0);
	sea_link_set_carrier(other, true, t.now);
	assert_in_range(by_other("10.9"), 1700, 2300);
}

static void link_that_goes_takes_the_whole_route(void **state)
{
	assert_int_equal(add_two("10.9.0.0/16", 1, 1), 0);
	sea_link_del(other, t.now);
	none("10.9.0.1");
}

/* RFC1122:3.3.1.5-a */
static void neighbour_that_does_not_answer_is_passed_over_where_asked(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = t.link->ifindex,
				    .addr = test_addr("10.0.0.9"),
				    .state = SEA_NUD_PERMANENT };

	assert_int_equal(add_two("10.9.0.0/16", 1, 1), 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.fib_multipath_use_neigh", "1", t.now),
			 0);
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	assert_true(by_other("10.9") < 100); /* eth1's is asked for only by who went there first */
}

/* -- changing by flags -- */

static void flags_mean_what_ip_route_makes_of_them(void **state)
{
	struct sea_route a = test_route("10.5.0.0/16", "10.0.0.9", NULL);
	struct sea_route b = test_route("10.5.0.0/16", "10.0.0.10", NULL);

	assert_int_equal(sea_route_change(t.stack, &a, SEA_NLM_F_REPLACE, t.now), -ENOENT);
	assert_int_equal(sea_route_change(t.stack, &a, ADD, t.now), 0);
	assert_int_equal(sea_route_change(t.stack, &b, ADD, t.now), -EEXIST);
	assert_int_equal(sea_route_change(t.stack, &b, SEA_NLM_F_CREATE | SEA_NLM_F_APPEND, t.now),
			 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.5.0.1"),
			    "10.0.0.9 dev eth0 src 10.0.0.1");
	assert_int_equal(sea_route_change(t.stack, &b, SEA_NLM_F_CREATE | SEA_NLM_F_APPEND, t.now),
			 -EEXIST);
	assert_int_equal(sea_route_del(t.stack, &b, t.now), 0);
	assert_int_equal(sea_route_change(t.stack, &b, SEA_NLM_F_CREATE, t.now), 0); /* prepend */
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.5.0.1"),
			    "10.0.0.10 dev eth0 src 10.0.0.1");
	assert_int_equal(sea_route_change(t.stack, &a, SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE, t.now),
			 -EEXIST); /* it is there as another alternative */
	assert_int_equal(sea_route_del(t.stack, &a, t.now), 0);
	assert_int_equal(sea_route_change(t.stack, &a, SEA_NLM_F_REPLACE, t.now), 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.5.0.1"),
			    "10.0.0.9 dev eth0 src 10.0.0.1");
}

static void gateway_taken_on_trust_needs_no_prefix(void **state)
{
	struct sea_route r = test_route("10.5.0.0/16", "10.77.0.1", t.link);

	assert_int_equal(sea_route_add(t.stack, &r, t.now), -ENETUNREACH);
	r.flags = SEA_RTNH_F_ONLINK;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.5.0.1"),
			    "10.77.0.1 dev eth0 src 10.0.0.1");
	r = test_route("10.6.0.0/16", "10.1.0.1", t.link); /* our own */
	r.flags = SEA_RTNH_F_ONLINK;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), -EINVAL);
	r = test_route("10.6.0.0/16", "10.77.0.1", NULL);
	r.flags = SEA_RTNH_F_ONLINK;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), -ENODEV);
}

/* -- nexthop objects -- */

static void nexthops_are_refused_with_the_errors_of_linux(void **state)
{
	struct sea_nexthop nh = single(23, "10.0.0.9", t.link);

	assert_int_equal(add(single(1, "10.0.0.9", t.link)), 0);
	assert_int_equal(add(single(1, "10.0.0.9", t.link)), -EEXIST);
	assert_int_equal(add(single(2, "10.1.0.9", other)), 0);
	assert_int_equal(blackhole(3), 0);
	nh.ifindex = 0;
	assert_int_equal(add(nh), -EINVAL);
	assert_int_equal(add(single(22, "10.77.0.1", t.link)), -ENETUNREACH);
	assert_int_equal(group(10, 1, 3, 3, 1, ADD), -EINVAL); /* a blackhole is a group alone */
	assert_int_equal(group(12, 3, 1, 0, 0, ADD), 0);
	assert_int_equal(group(13, 12, 1, 0, 0, ADD), -EINVAL); /* no group of groups */
	assert_int_equal(group(14, 99, 1, 0, 0, ADD), -EINVAL);
	assert_int_equal(group(16, 1, 1, 1, 3, ADD), -EINVAL); /* twice */
	assert_int_equal(route_by("10.5.0.0/16", 77), -EINVAL);
	assert_int_equal(sea_nexthop_del(t.stack, 99, t.now), -ENOENT);
	assert_int_equal(group(1, 2, 1, 0, 0, SEA_NLM_F_REPLACE), -EINVAL);
	assert_int_equal(put(single(77, "10.0.0.9", t.link), SEA_NLM_F_REPLACE), -ENOENT);
	sea_link_set_carrier(other, false, t.now);
	assert_int_equal(add(single(4, "10.1.0.9", other)), -ENETDOWN);
	assert_string_equal(ids(), "1 3 12"); /* 2 went with the carrier */
}

static void id_that_is_not_said_is_chosen(void **state)
{
	struct sea_nexthop nh = single(0, "10.0.0.9", t.link);

	assert_int_equal(add(single(1, "10.0.0.9", t.link)), 0);
	assert_int_equal(sea_nexthop_add(t.stack, &nh, ADD, t.now), 0);
	assert_int_equal(nh.id, 2);
}

static void routes_follow_their_nexthop(void **state)
{
	assert_int_equal(add(single(1, "10.0.0.9", t.link)), 0);
	assert_int_equal(route_by("10.5.0.0/16", 1), 0);
	assert_int_equal(blackhole(3), 0);
	assert_int_equal(route_by("10.6.0.0/16", 3), 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.5.0.1"),
			    "10.0.0.9 dev eth0 src 10.0.0.1");
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.6.0.1"), "EINVAL");
	assert_int_equal(replace(single(1, "10.1.0.9", other)), 0);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "10.5.0.1"),
			    "10.1.0.9 dev eth1 src 10.1.0.1");
	assert_int_equal(sea_nexthop_del(t.stack, 1, t.now), 0);
	none("10.5.0.1");
	assert_int_equal(sea_link_set_up(other, false, t.now), 0);
	assert_string_equal(ids(), "3");
}

static void group_shares_flows_and_shrinks_with_its_members(void **state)
{
	assert_int_equal(add(single(1, "10.0.0.9", t.link)), 0);
	assert_int_equal(add(single(2, "10.1.0.9", other)), 0);
	assert_int_equal(group(11, 1, 3, 2, 1, ADD), 0);
	assert_int_equal(route_by("10.9.0.0/16", 11), 0);
	assert_in_range(by_other("10.9"), 800, 1200);
	assert_int_equal(group(11, 1, 1, 2, 1, SEA_NLM_F_REPLACE), 0);
	assert_in_range(by_other("10.9"), 1700, 2300);
	assert_int_equal(sea_link_set_up(other, false, t.now), 0);
	assert_string_equal(ids(), "1 11");
	assert_int_equal(by_other("10.9"), 0);
	assert_int_equal(sea_nexthop_del(t.stack, 1, t.now), 0);
	assert_string_equal(ids(), "");
	none("10.9.0.1");
}

static void routes_and_nexthops_outlive_a_save(void **state)
{
	unsigned n;

	assert_int_equal(add(single(2, "10.0.0.9", t.link)), 0);
	assert_int_equal(add(single(1, "10.1.0.9", other)), 0);
	assert_int_equal(group(11, 2, 3, 1, 1, ADD), 0);
	assert_int_equal(route_by("10.9.0.0/16", 11), 0);
	assert_int_equal(add_two("10.8.0.0/16", 1, 1), 0);
	n = by_other("10.8");
	test_save_and_load(&t, modules, 1);
	assert_string_equal(ids(), "1 2 11");
	assert_in_range(by_other("10.9"), 800, 1200);
	assert_int_equal(by_other("10.8"), n); /* flows keep their ways */
	assert_int_equal(sea_nexthop_del(t.stack, 1, t.now), 0);
	assert_int_equal(by_other("10.9"), 0);
}

/* -- resilient groups: as this kernel's -- */

#define FLOWS 400

static int resilient(uint32_t weight_a, uint32_t weight_b, uint32_t idle_cs, uint32_t unbalanced_cs)
{
	const struct sea_nexthop_member members[] = { { 1, weight_a }, { 2, weight_b }, { 3, 1 } };
	const struct sea_nexthop_res_ask ask = { .has_buckets = true,
						 .has_idle = true,
						 .has_unbalanced = true,
						 .buckets = 64,
						 .idle_timer = idle_cs,
						 .unbalanced_timer = unbalanced_cs };
	struct sea_nexthop nh = { .size = sizeof(nh), .id = 11, .members = members };
	int err;

	nh.n_members = sea_nexthop_find(t.stack, 3) ? 3 : 2;
	sea_stack_enter(t.stack, t.now);
	err = sea_nexthops_add_resilient(t.stack, &nh, &ask, SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE);
	sea_stack_leave(t.stack);
	return err;
}

/* A resilient group of two, equal, that 10.9.0.0/16 goes by; what moved when it was made, is used. */
static void make_resilient(uint32_t idle_cs, uint32_t unbalanced_cs)
{
	assert_int_equal(add(single(1, "10.0.0.9", t.link)), 0);
	assert_int_equal(add(single(2, "10.1.0.9", other)), 0);
	assert_int_equal(resilient(1, 1, idle_cs, unbalanced_cs), 0);
	assert_int_equal(route_by("10.9.0.0/16", 11), 0);
	test_advance(&t, SEA_SEC);
}

static void way_of(unsigned i, char way[64])
{
	char dst[32];

	snprintf(dst, sizeof(dst), "10.9.%u.%u", i >> 8, i & 255);
	snprintf(way, 64, "%.63s", test_way(&t, (struct sea_flow){ 0 }, dst));
}

/* With hash threshold, a third one's end would move flows of both others. */
static void flows_of_a_resilient_group_keep_their_ways(void **state)
{
	static char was[FLOWS][64];
	unsigned moved = 0;
	char is[64];

	assert_int_equal(add(single(3, "10.0.0.8", t.link)), 0);
	make_resilient(1000, 0);
	for (unsigned i = 0; i < FLOWS; i++)
		way_of(i, was[i]);
	assert_int_equal(sea_nexthop_del(t.stack, 3, t.now), 0);
	for (unsigned i = 0; i < FLOWS; i++) {
		way_of(i, is);
		if (strstr(was[i], "10.0.0.8"))
			moved++;
		else
			assert_string_equal(is, was[i]);
	}
	assert_in_range(moved, FLOWS / 5, FLOWS / 2);
}

static void a_bucket_that_is_used_waits_until_it_is_idle(void **state)
{
	unsigned half;

	make_resilient(1000, 0);
	half = by_other("10.9");
	assert_in_range(half, 1800, 2200);
	assert_int_equal(resilient(1, 3, 1000, 0), 0);
	for (unsigned i = 0; i < 5; i++) {
		test_advance(&t, 5 * SEA_SEC);
		assert_int_equal(by_other("10.9"), half);
	}
	test_advance(&t, 11 * SEA_SEC);
	assert_in_range(by_other("10.9"), 2800, 3200);
}

static void out_of_balance_for_too_long_moves_what_is_used(void **state)
{
	unsigned half;

	make_resilient(1000, 1200);
	half = by_other("10.9");
	assert_int_equal(resilient(1, 3, 1000, 1200), 0);
	test_advance(&t, 6 * SEA_SEC);
	assert_int_equal(by_other("10.9"), half);
	test_advance(&t, 5 * SEA_SEC);
	assert_int_equal(by_other("10.9"), half);
	test_advance(&t, 2 * SEA_SEC);
	assert_in_range(by_other("10.9"), 2800, 3200);
}

static void what_nobody_used_moves_at_once(void **state)
{
	make_resilient(1000, 0);
	assert_int_equal(resilient(1, 3, 1000, 0), 0);
	assert_in_range(by_other("10.9"), 2800, 3200);
}

static void buckets_outlive_a_save(void **state)
{
	unsigned half;

	make_resilient(1000, 0);
	half = by_other("10.9");
	assert_int_equal(resilient(1, 3, 1000, 0), 0);
	test_save_and_load(&t, modules, 1);
	assert_int_equal(by_other("10.9"), half);
	test_advance(&t, 11 * SEA_SEC);
	assert_in_range(by_other("10.9"), 2800, 3200);
	assert_int_equal(sea_nexthop_del(t.stack, 1, t.now), 0);
	assert_int_equal(by_other("10.9"), 4000);
}

static void a_group_stays_resilient_or_not(void **state)
{
	make_resilient(1000, 0);
	assert_int_equal(group(11, 1, 1, 2, 1, SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE), -EINVAL);
	assert_int_equal(group(12, 11, 1, 0, 0, ADD), -EINVAL);
	assert_int_equal(sea_nexthop_del(t.stack, 11, t.now), 0);
	assert_int_equal(group(11, 1, 1, 2, 1, ADD), 0);
	assert_int_equal(resilient(1, 1, 1000, 0), -EINVAL);
}

/* -- size -- */

static void many_routes_of_one_gateway_go_at_once(void **state)
{
	struct sea_route r = test_route("11.0.0.0/24", "10.1.0.9", NULL);
	size_t held = t.stack->shard.pool.held;

	for (uint32_t i = 0; i < 20000; i++) {
		sea_put32(r.dst.b, (11u << 24) + (i << 8));
		assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	}
	assert_int_equal(sea_link_set_up(other, false, t.now), 0);
	none("11.0.7.1");
	assert_true(t.stack->shard.pool.held > held); /* given back bit by bit */
	assert_int_equal(sea_link_set_up(other, true, t.now), 0);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0); /* beside the one that is gone */
	test_settle(&t);
	assert_string_equal(test_way(&t, (struct sea_flow){ 0 }, "11.78.31.1"),
			    "10.1.0.9 dev eth1 src 10.1.0.1");
	assert_int_equal(sea_route_del(t.stack, &r, t.now), 0);
	none("11.78.31.1");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flows_are_shared_by_weight),
		TEST(ports_count_only_by_policy),
		TEST(flow_leaves_by_the_link_of_its_source),
		TEST(way_of_a_link_that_is_down_rests_until_it_is_up),
		TEST(way_without_carrier_counts_unless_that_is_ignored),
		TEST(link_that_goes_takes_the_whole_route),
		TEST(neighbour_that_does_not_answer_is_passed_over_where_asked),
		TEST(flags_mean_what_ip_route_makes_of_them),
		TEST(gateway_taken_on_trust_needs_no_prefix),
		TEST(nexthops_are_refused_with_the_errors_of_linux),
		TEST(id_that_is_not_said_is_chosen),
		TEST(routes_follow_their_nexthop),
		TEST(group_shares_flows_and_shrinks_with_its_members),
		TEST(routes_and_nexthops_outlive_a_save),
		TEST(flows_of_a_resilient_group_keep_their_ways),
		TEST(a_bucket_that_is_used_waits_until_it_is_idle),
		TEST(out_of_balance_for_too_long_moves_what_is_used),
		TEST(what_nobody_used_moves_at_once),
		TEST(buckets_outlive_a_save),
		TEST(a_group_stays_resilient_or_not),
		TEST(many_routes_of_one_gateway_go_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
