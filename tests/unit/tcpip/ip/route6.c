/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6's routes, where they differ from IPv4's. Answers and errors are those of `ip -6 route` on Linux
 * 6.18 in a namespace with two veths (RFC 4191's preferences: of routes that an advertisement left).
 */
#include <errno.h>
#include <stdio.h>

#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "tests/lib/routes.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;
static struct sea_link *other;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 2);
	other = test_add_link(&t, "eth1", &test_peer_mac, NULL);
	test_add_addr6(&t, other, "2001:db9::1/64");
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- helpers -- */

static int change(struct sea_route r, uint32_t flags)
{
	return sea_route_change(t.stack, &r, flags, t.now);
}

static int add(struct sea_route r)
{
	return sea_route_add(t.stack, &r, t.now);
}

static int del(struct sea_route r)
{
	return sea_route_del(t.stack, &r, t.now);
}

static struct sea_route via(const char *prefix, const char *gateway)
{
	return test_route(prefix, gateway, NULL);
}

static const char *way(const char *dst)
{
	return test_way(&t, (struct sea_flow){ 0 }, dst);
}

static const char *way_from(const char *src, const char *dst)
{
	return test_way(&t, (struct sea_flow){ .src = test_ip6(src) }, dst);
}

/* The route to a prefix, as a walk shows it; its hops are good until the next walk. */
static struct sea_route shown(const char *prefix)
{
	struct sea_route like = test_route(prefix, NULL, NULL), r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };

	while (sea_route_next(t.stack, &cursor, &r))
		if (r.dst.family == SEA_AF_INET6 && r.prefix_len == like.prefix_len &&
		    !memcmp(r.dst.b, like.dst.b, 16))
			return r;
	fail();
	return r;
}

/* -- configuring -- */

static void metric_is_1024_where_none_is_said(void **state)
{
	assert_int_equal(add(via("2002::/16", "2001:db8::9")), 0);
	assert_int_equal(shown("2002::/16").metric, 1024);
	assert_int_equal(shown("2001:db8::/64").metric, 256); /* an address's */
	assert_int_equal(add(via("2002::/16", "2001:db8::8")), -EEXIST);
}

static void routes_are_refused_with_the_errors_of_linux(void **state)
{
	struct sea_route r;

	assert_int_equal(add(via("2003::/16", "2999::1")), -EHOSTUNREACH);
	assert_int_equal(add(via("2002::/16", "2001:db8::9")), 0);
	assert_int_equal(add(via("2003::/16", "2002::1")), -EHOSTUNREACH); /* two hops away */
	assert_int_equal(add(via("2003::/16", "2001:db8::1")), -EINVAL);   /* our own */
	assert_int_equal(add(via("2003::/16", "fe80::9")), -EINVAL);       /* on which link? */
	assert_int_equal(add(test_route("2003::/16", "fe80::9", other)), 0);
	assert_int_equal(add(via("2004::/16", "ff02::1")), -EINVAL);
	assert_int_equal(add(via("2004::/16", "10.0.0.9")), -EINVAL);
	assert_int_equal(add(test_route("2004::/16", NULL, NULL)), -ENODEV);
	r = via("2004::/16", "2001:db8::9");
	r.tos = 0x10;
	assert_int_equal(add(r), -EINVAL);
	r = via("2004::/16", "2001:db8::9");
	r.pref = (enum sea_route_pref)2;
	assert_int_equal(add(r), -EINVAL);
	r = via("2004::/16", "2001:db8::9");
	r.prefsrc = test_addr("2001:db8::77");
	assert_int_equal(add(r), -EINVAL);
	r = test_route("10.5.0.0/16", "10.0.0.9", NULL);
	r.expires_s = 5;
	assert_int_equal(add(r), -EINVAL); /* IPv6's alone */
}

static void refusals_refuse(void **state)
{
	struct sea_route r = test_route("2009::/16", NULL, NULL);

	r.type = SEA_ROUTE_BLACKHOLE;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("2009::1"), "EINVAL");
	r = test_route("2009:1::/32", NULL, NULL);
	r.type = SEA_ROUTE_UNREACHABLE;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("2009:1::1"), "EHOSTUNREACH");
	r = test_route("2009:2::/32", NULL, NULL);
	r.type = SEA_ROUTE_PROHIBIT;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("2009:2::1"), "EACCES");
	r = test_route("2009:3::/32", NULL, NULL);
	r.type = SEA_ROUTE_THROW;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("2009:3::1"), "ENETUNREACH");
}

/* ip -6 route get 2001:db8:5::1 oif eth1 */
static void refusals_do_not_bar_who_asks_for_a_link(void **state)
{
	struct sea_route r = test_route("::/0", NULL, NULL);

	r.type = SEA_ROUTE_UNREACHABLE;
	r.metric = 10;
	assert_int_equal(add(r), 0);
	r = test_route("::/0", NULL, other);
	r.metric = 20;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("2001:db8:5::1"), "EHOSTUNREACH");
	assert_string_equal(test_way(&t, (struct sea_flow){ .oif = other->ifindex },
				     "2001:db8:5::1"),
			    "2001:db8:5::1 dev eth1 src 2001:db9::1");
}

/* ip -6 route add local 2001:db9:5::/48 dev lo: what comes for it is ours, but none of it is an address. */
static void what_is_ours_by_a_route_alone_is_no_source(void **state)
{
	struct sea_route r = test_route("2001:db9:5::/48", NULL, t.stack->loopback);

	assert_string_equal(way("2001:db9::1"), "2001:db9::1 dev lo src 2001:db9::1");
	r.type = SEA_ROUTE_LOCAL;
	r.table = SEA_TABLE_LOCAL;
	assert_int_equal(add(r), 0);
	assert_string_equal(way("2001:db9:5::5"), "2001:db9:5::5 dev lo src 2001:db9::1");
}

/* ip -6 route append: gateways of one metric are ways of one route. */
static void gateways_of_one_metric_share_flows(void **state)
{
	unsigned n = 0;

	assert_int_equal(add(via("2002::/16", "2001:db8::9")), 0);
	assert_int_equal(
		change(via("2002::/16", "2001:db9::9"), SEA_NLM_F_CREATE | SEA_NLM_F_APPEND), 0);
	assert_int_equal(change(via("2002::/16", "2001:db9::9"),
				SEA_NLM_F_CREATE | SEA_NLM_F_APPEND),
			 -EEXIST);
	assert_int_equal(shown("2002::/16").n_hops, 2);
	for (unsigned i = 0; i < 1000; i++) {
		char dst[32];

		snprintf(dst, sizeof(dst), "2002::%x", i + 1);
		n += !!strstr(way(dst), "dev eth1");
	}
	assert_in_range(n, 400, 600);
	assert_int_equal(del(via("2002::/16", "2001:db8::9")), 0); /* that way alone */
	assert_string_equal(way("2002::1"), "2001:db9::9 dev eth1 src 2001:db9::1");
	assert_int_equal(del(test_route("2002::/16", NULL, NULL)), 0);
	assert_string_equal(way("2002::1"), "ENETUNREACH");
}

static void replace_replaces_all_ways(void **state)
{
	assert_int_equal(change(via("2002::/16", "2001:db8::9"), SEA_NLM_F_REPLACE), -ENOENT);
	assert_int_equal(add(via("2002::/16", "2001:db8::9")), 0);
	assert_int_equal(
		change(via("2002::/16", "2001:db8::8"), SEA_NLM_F_CREATE | SEA_NLM_F_APPEND), 0);
	assert_int_equal(
		change(via("2002::/16", "2001:db9::9"), SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE), 0);
	assert_int_equal(shown("2002::/16").n_hops, 0);
	assert_string_equal(way("2002::1"), "2001:db9::9 dev eth1 src 2001:db9::1");
}

/*
 * ip -6 route add from 2001:db8::/32 2003::/16 dev eth0. As on Linux (seen there), a route for some
 * sources hides those of the same prefix that are for all.
 */
static void route_may_be_for_some_sources_only(void **state)
{
	struct sea_route r = test_route("2003::/16", NULL, t.link);

	r.src = test_addr("2001:db8::");
	r.src_len = 32;
	assert_int_equal(add(r), 0);
	assert_string_equal(way_from("2001:db8::1", "2003::1"), "2003::1 dev eth0 src 2001:db8::1");
	assert_string_equal(way_from("2001:db9::1", "2003::1"), "ENETUNREACH");
	assert_int_equal(add(test_route("2003::/16", NULL, other)), 0);
	assert_string_equal(way_from("2001:db9::1", "2003::1"), "ENETUNREACH");
	assert_int_equal(add(test_route("::/0", NULL, other)), 0);
	assert_string_equal(way_from("2001:db9::1", "2003::1"), "2003::1 dev eth1 src 2001:db9::1");
	assert_int_equal(del(test_route("2003::/16", NULL, t.link)),
			 -ESRCH); /* from is part of it */
	assert_int_equal(del(r), 0);
	assert_string_equal(way_from("2001:db8::1", "2003::1"), "2003::1 dev eth1 src 2001:db8::1");
}

/* -- routers -- */

static struct sea_route_entry router(const char *gateway, struct sea_link *link, uint8_t pref)
{
	return (struct sea_route_entry){ .type = SEA_ROUTE_UNICAST,
					 .metric = 1024,
					 .protocol = 9, /* RTPROT_RA */
					 .has_gateway = true,
					 .gateway = test_ip6(gateway),
					 .link = link,
					 .pref = pref,
					 .expires = sea_time_add(t.now, 100 * SEA_SEC) };
}

static void put(struct sea_route_entry e)
{
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_routes_refresh(&sea_ipv6_of(t.stack)->routes, SEA_TABLE_MAIN, &e), 0);
	sea_stack_leave(t.stack);
}

static void neighbour(const char *addr, struct sea_link *link, uint8_t state)
{
	struct sea_ipaddr a = test_ip6(addr);
	struct sea_neigh *n;

	sea_stack_enter(t.stack, t.now);
	n = sea_neigh_get(&sea_ipv6_of(t.stack)->neigh, link, &a);
	assert_non_null(n);
	n->state = state;
	sea_neigh_put(n);
	sea_stack_leave(t.stack);
}

/* RFC4191:3.2 */
static void router_of_higher_preference_is_taken(void **state)
{
	put(router("fe80::7", t.link, SEA_ROUTE_PREF_LOW));
	put(router("fe80::8", other, SEA_ROUTE_PREF_MEDIUM));
	assert_non_null(strstr(way("2005::1"), "fe80::8 dev eth1"));
	put(router("fe80::9", t.link, SEA_ROUTE_PREF_HIGH));
	assert_non_null(strstr(way("2005::1"), "fe80::9 dev eth0"));
	put(router("fe80::9", t.link, SEA_ROUTE_PREF_LOW)); /* it changed its mind */
	assert_non_null(strstr(way("2005::1"), "fe80::8 dev eth1"));
}

/* RFC4861:6.3.6-a */
static void router_that_does_not_answer_is_passed_over(void **state)
{
	put(router("fe80::7", t.link, SEA_ROUTE_PREF_HIGH));
	put(router("fe80::8", other, SEA_ROUTE_PREF_LOW));
	neighbour("fe80::7", t.link, SEA_NUD_FAILED);
	assert_non_null(strstr(way("2005::1"), "fe80::8 dev eth1"));
	neighbour("fe80::7", t.link, SEA_NUD_REACHABLE);
	assert_non_null(strstr(way("2005::1"), "fe80::7 dev eth0"));
}

/* RFC4861:6.3.6-b */
static void routers_of_which_none_answers_take_turns(void **state)
{
	unsigned n = 0;

	put(router("fe80::7", t.link, SEA_ROUTE_PREF_MEDIUM));
	put(router("fe80::8", other, SEA_ROUTE_PREF_MEDIUM));
	for (unsigned i = 0; i < 10; i++) {
		neighbour("fe80::7", t.link, SEA_NUD_FAILED);
		neighbour("fe80::8", other, SEA_NUD_FAILED);
		n += !!strstr(way("2005::1"), "dev eth1");
	}
	assert_int_equal(n, 5);
}

static void route_that_expires_is_gone_in_time(void **state)
{
	struct sea_route r = via("2002::/16", "2001:db8::9");

	r.expires_s = 10;
	assert_int_equal(add(r), 0);
	put(router("fe80::7", t.link, SEA_ROUTE_PREF_MEDIUM));
	test_advance(&t, 9 * SEA_SEC);
	assert_int_equal(shown("2002::/16").expires_s, 1);
	assert_string_equal(way("2002::1"), "2001:db8::9 dev eth0 src 2001:db8::1");
	test_advance(&t, SEA_SEC);
	assert_non_null(strstr(way("2002::1"), "fe80::7"));
	put(router("fe80::7", t.link, SEA_ROUTE_PREF_MEDIUM)); /* for 100 s from now on */
	test_advance(&t, 99 * SEA_SEC);
	assert_non_null(strstr(way("2002::1"), "fe80::7"));
	test_advance(&t, 2 * SEA_SEC);
	assert_string_equal(way("2002::1"), "ENETUNREACH");
	assert_true(sea_list_empty(&sea_ipv6_of(t.stack)->routes.expiring));
}

/* -- both families -- */

/* ip route add 10.5.0.0/16 via inet6 2001:db8::2 dev eth0 (RFC 8950) */
static void ipv4_goes_by_an_ipv6_router(void **state)
{
	struct sea_route r = test_route("10.5.0.0/16", "2001:db8::2", t.link);
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = test_ipaddr("10.5.0.1") };
	struct sea_pkt *pkt;
	struct sea_dst dst;
	struct test_frame *f;

	test_know_peer6(&t);
	assert_int_equal(add(r), 0);
	assert_string_equal(way("10.5.0.1"), "2001:db8::2 dev eth0 src 10.0.0.1");
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &dst), 0);
	pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 64);
	assert_true(sea_pkt_append(pkt, "\0\1\0\2\0\x0c\0\0abcd", 12));
	pkt->off_trans = sea_pkt_offset(pkt);
	assert_int_equal(sea_ip_output(t.stack, pkt, &dst, &(struct sea_ip_tx){ .proto = 17 }), 0);
	sea_dst_put(t.stack, &dst);
	sea_stack_leave(t.stack);
	f = test_take(&t);
	assert_non_null(f);
	assert_memory_equal(f->bytes, test_peer_mac.b, 6);
	assert_int_equal(f->bytes[12] << 8 | f->bytes[13], 0x0800);
	assert_int_equal(f->bytes[14] >> 4, 4);
}

static void walk_goes_on_though_routes_come_and_go(void **state)
{
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };
	unsigned n4 = 0, n6 = 0;

	for (unsigned i = 1; i < 9; i++) {
		char prefix[40];

		snprintf(prefix, sizeof(prefix), "2002:%u::/32", i);
		assert_int_equal(add(via(prefix, "2001:db8::9")), 0);
		snprintf(prefix, sizeof(prefix), "10.%u.0.0/16", 20 + i);
		assert_int_equal(add(via(prefix, "10.0.0.9")), 0);
	}
	while (sea_route_next(t.stack, &cursor, &r)) {
		assert_true(r.dst.family == SEA_AF_INET6 || !n6); /* IPv4 first */
		if (r.metric == 1024 && r.gateway.family) {
			n6++;
			assert_int_equal(sea_route_del(t.stack, &r, t.now), 0);
		} else if (r.gateway.family) {
			n4++;
			assert_int_equal(sea_route_del(t.stack, &r, t.now), 0);
		}
	}
	assert_int_equal(n4, 8);
	assert_int_equal(n6, 8);
}

static void routes_outlive_a_save(void **state)
{
	struct sea_route r = via("2002::/16", "2001:db8::9");

	r.expires_s = 10;
	r.pref = SEA_ROUTE_PREF_HIGH;
	r.metrics = (struct sea_route_metrics){ .mtu = 1400, .hoplimit = 9 };
	assert_int_equal(add(r), 0);
	r = test_route("2003::/16", NULL, t.link);
	r.src = test_addr("2001:db8::");
	r.src_len = 32;
	assert_int_equal(add(r), 0);
	test_save_and_load(&t, modules, 2);
	r = shown("2002::/16");
	assert_int_equal(r.metrics.mtu, 1400);
	assert_int_equal(r.metrics.hoplimit, 9);
	assert_int_equal(r.pref, SEA_ROUTE_PREF_HIGH);
	assert_int_equal(r.expires_s, 10);
	assert_int_equal(shown("2003::/16").src_len, 32);
	test_advance(&t, 11 * SEA_SEC);
	assert_string_equal(way("2002::1"), "ENETUNREACH");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metric_is_1024_where_none_is_said),
		TEST(routes_are_refused_with_the_errors_of_linux),
		TEST(refusals_refuse),
		TEST(refusals_do_not_bar_who_asks_for_a_link),
		TEST(what_is_ours_by_a_route_alone_is_no_source),
		TEST(gateways_of_one_metric_share_flows),
		TEST(replace_replaces_all_ways),
		TEST(route_may_be_for_some_sources_only),
		TEST(router_of_higher_preference_is_taken),
		TEST(router_that_does_not_answer_is_passed_over),
		TEST(routers_of_which_none_answers_take_turns),
		TEST(route_that_expires_is_gone_in_time),
		TEST(ipv4_goes_by_an_ipv6_router),
		TEST(walk_goes_on_though_routes_come_and_go),
		TEST(routes_outlive_a_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
