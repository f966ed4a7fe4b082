/* SPDX-License-Identifier: Apache-2.0 */
/* What router advertisements change, and what they may not: RFC 4861 §6.3.4, RFC 4191, RFC 8106. */
#include <errno.h>
#include <stdio.h>

#include <seastack/event.h>

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

/* -- default routers -- */

/* RFC4861:6.3.4-b (Router Lifetime) RFC4861:6.3.5-a */
static void a_router_is_the_default_until_its_lifetime_ends(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(100);
	struct sea_route r;

	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), "!");
	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	nd_inject(t, &ra);
	r = nd_route(t, "::/0", ND_ROUTER);
	assert_int_equal(r.metric, 1024);
	assert_int_equal(r.protocol, 9);
	assert_int_equal(r.expires_s, 100);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	test_advance(t, 99 * SEA_SEC);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	nd_inject(t, &ra);
	test_advance(t, 99 * SEA_SEC);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	test_advance(t, SEA_SEC);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), "!");
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
}

/* RFC4861:6.3.4-b (Router Lifetime of 0) */
static void a_lifetime_of_zero_ends_it_at_once(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(100), end = nd_ra(0);

	nd_inject(t, &end);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
	nd_inject(t, &ra);
	end.src = ND_OTHER_ROUTER;
	nd_inject(t, &end);
	assert_true(nd_route(t, "::/0", ND_ROUTER).size);
	end.src = NULL;
	nd_inject(t, &end);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
}

/* RFC4861:6.1.2-a */
static void what_is_no_valid_advertisement_changes_nothing(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(100);

	ra.ip_hop_limit = 254; /* it came from behind a router */
	nd_inject(t, &ra);
	ra = nd_ra(100);
	ra.src = "2001:db8::2"; /* not link-local */
	nd_inject(t, &ra);
	ra = nd_ra(100);
	ra.opts[0] = SEA_NDP_OPT_MTU; /* an option of length 0 */
	ra.opts_len = 8;
	nd_inject(t, &ra);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
	assert_false(nd_route(t, "::/0", "2001:db8::2").size);
	assert_int_equal(test_drops(t, SEA_DROP_NDP_MALFORMED), 3);
}

/* case 74 RFC4861:6.3.4-b, RFC4861:6.3.4-c */
static void routers_are_bounded_and_those_known_stay(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);
	char text[32];

	nd_inject(t, &ra);
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "fe80::f:%x", i + 1);
		ra.src = text;
		nd_inject(t, &ra);
	}
	assert_true(nd_route(t, "::/0", ND_ROUTER).size);
	assert_true(nd_route(t, "::/0", "fe80::f:f").size);
	assert_false(nd_route(t, "::/0", "fe80::f:10").size);
	assert_int_equal(test_mib(t, SEA_MIB_SeaRaRefused), 10000 - SEA_RA_ROUTERS_MAX + 1);
	test_advance(t, 1000 * SEA_SEC); /* what expired makes room */
	nd_inject(t, &ra);
	assert_true(nd_route(t, "::/0", text).size);
}

/* RFC4191:2.1 RFC4191:3.2, RFC8504:5.9-a */
static void the_router_with_the_higher_preference_is_used(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra low = nd_ra(1000), high = nd_ra(1000);

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	low.flags = 3 << 3;
	nd_inject(t, &low);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).pref, SEA_ROUTE_PREF_LOW);
	high.src = ND_OTHER_ROUTER;
	nd_inject(t, &high);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_OTHER_ROUTER);
	low.flags = 1 << 3; /* now he says high */
	nd_inject(t, &low);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).pref, SEA_ROUTE_PREF_HIGH);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	low.flags = 2 << 3; /* reserved: as medium */
	nd_inject(t, &low);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).pref, SEA_ROUTE_PREF_MEDIUM);
	nd_set(t, "accept_ra_rtr_pref", "0");
	low.flags = 1 << 3;
	nd_inject(t, &low);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).pref, SEA_ROUTE_PREF_MEDIUM);
}

/* RFC4861:7.2.5-e (IsRouter) */
static void a_router_that_says_it_is_none_is_no_default_any_more(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	ra.opts_len = sea_ndp_put_lladdr(ra.opts, SEA_NDP_OPT_SLLA, &test_peer_mac);
	nd_inject(t, &ra);
	nd_inject_na(t, ND_ROUTER, SEA_NDP_NA_ROUTER | SEA_NDP_NA_OVERRIDE);
	assert_true(nd_route(t, "::/0", ND_ROUTER).size);
	nd_inject_na(t, ND_ROUTER, SEA_NDP_NA_OVERRIDE);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
}

/* RFC4861:6.3.6-a */
static void a_router_that_does_not_answer_is_avoided(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra high = nd_ra(9000), low = nd_ra(9000);

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	high.flags = 1 << 3;
	nd_inject(t, &high);
	low.flags = 3 << 3;
	low.src = ND_OTHER_ROUTER;
	low.opts_len = sea_ndp_put_lladdr(low.opts, SEA_NDP_OPT_SLLA, &test_peer_mac);
	nd_inject(t, &low);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	nd_ask(t, "2001:db8:9::1"); /* sends to it: nobody answers */
	test_advance(t, 4 * SEA_SEC);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_OTHER_ROUTER);
	/* When it speaks again, it is what it was. */
	high.opts_len = sea_ndp_put_lladdr(high.opts, SEA_NDP_OPT_SLLA, &test_peer_mac);
	nd_inject(t, &high);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
}

/* RFC4191:3.5 */
static void a_router_that_did_not_answer_is_asked_again(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra high = nd_ra(9000), low = nd_ra(9000);

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	high.flags = 1 << 3;
	nd_inject(t, &high);
	low.src = ND_OTHER_ROUTER;
	low.opts_len = sea_ndp_put_lladdr(low.opts, SEA_NDP_OPT_SLLA, &test_peer_mac);
	nd_inject(t, &low);
	nd_ask(t, "2001:db8:9::1");
	test_advance(t, 30 * SEA_SEC);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_OTHER_ROUTER);
	assert_int_equal(nd_count_sent(t, SEA_NDP_NS), 3);
	test_advance(t,
		     33500 * SEA_MSEC); /* router_probe_interval, of those that are avoided only */
	assert_int_equal(nd_count_sent(t, SEA_NDP_NS), 1);
	nd_inject_na(t, ND_ROUTER, SEA_NDP_NA_ROUTER | SEA_NDP_NA_OVERRIDE);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), ND_ROUTER);
	test_advance(t, 600 * SEA_SEC);
	assert_int_equal(nd_count_sent(t, SEA_NDP_NS), 0);
}

/* -- sysctls -- */

static void accept_ra_decides_together_with_forwarding(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000), end = nd_ra(0);

	nd_set(t, "accept_ra", "0");
	nd_inject(t, &ra);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
	assert_int_equal(test_drops(t, SEA_DROP_NDP_RA_REFUSED), 1);
	nd_set(t, "accept_ra", "1");
	nd_set(t, "forwarding", "1");
	nd_inject(t, &ra);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
	nd_set(t, "accept_ra", "2");
	nd_inject(t, &ra);
	assert_true(nd_route(t, "::/0", ND_ROUTER).size);
	nd_inject(t, &end);
	nd_set(t, "accept_ra_defrtr", "0");
	nd_inject(t, &ra);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
}

static void lifetimes_below_accept_ra_min_lft_are_ignored(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(179), end = nd_ra(0);

	nd_set(t, "accept_ra_min_lft", "180");
	nd_prefix(&ra, "2001:db8:1::/64", "LA", 179, 100);
	nd_inject(t, &ra);
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
	assert_false(nd_route(t, "2001:db8:1::/64", NULL).size);
	ra.lifetime = 180;
	nd_inject(t, &ra);
	assert_true(nd_route(t, "::/0", ND_ROUTER).size);
	nd_inject(t, &end); /* zero is meant */
	assert_false(nd_route(t, "::/0", ND_ROUTER).size);
}

static void the_metric_of_default_routes_is_ra_defrtr_metric(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	nd_inject(t, &ra);
	nd_set(t, "ra_defrtr_metric", "77");
	nd_inject(t, &ra);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).metric, 77);
	assert_int_equal(nd_try_set(t, "ra_defrtr_metric", "0"), -EINVAL);
}

static void what_we_say_ourselves_is_not_believed(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	ra.src = ND_OUR_LL;
	nd_route_info(&ra, "2001:db8:7::/48", SEA_NDP_PREF_MEDIUM, 100);
	nd_set(t, "accept_ra_rt_info_max_plen", "64");
	nd_inject(t, &ra);
	assert_false(nd_route(t, "::/0", ND_OUR_LL).size);
	assert_false(nd_route(t, "2001:db8:7::/48", ND_OUR_LL).size);
	nd_set(t, "accept_ra_from_local", "1");
	nd_inject(t, &ra);
	assert_true(nd_route(t, "::/0", ND_OUR_LL).size);
}

/* -- parameters -- */

/* case 75 RFC4861:6.3.4-b (Cur Hop Limit) RFC4861:6.3.3-a */
static void a_hop_limit_is_taken_but_not_too_small_a_one(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	ra.hop_limit = 99;
	nd_inject(t, &ra);
	assert_int_equal(nd_get(t, "hop_limit"), 99);
	ra.hop_limit = 0; /* nothing said */
	nd_inject(t, &ra);
	assert_int_equal(nd_get(t, "hop_limit"), 99);
	nd_set(t, "accept_ra_min_hop_limit", "64");
	ra.hop_limit = 1;
	nd_inject(t, &ra);
	assert_int_equal(nd_get(t, "hop_limit"), 99);
	ra.hop_limit = 64;
	nd_inject(t, &ra);
	assert_int_equal(nd_get(t, "hop_limit"), 64);
}

/* case 75 RFC4861:6.3.4-b (MTU) RFC4861:6.3.4-e */
static void an_mtu_is_taken_within_what_ipv6_and_the_link_can(void **state)
{
	static const uint32_t bad[] = { 0, 1, 68, 1279, 1501, 9000, UINT32_MAX };
	struct test_stack *t = *state;
	struct nd_ra ra;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ra = nd_ra(1000);
		nd_mtu(&ra, bad[i]);
		nd_inject(t, &ra);
		assert_int_equal(nd_get(t, "mtu"), 1500);
	}
	ra = nd_ra(1000);
	nd_mtu(&ra, 1280);
	nd_inject(t, &ra);
	assert_int_equal(nd_get(t, "mtu"), 1280);
	nd_set(t, "accept_ra_mtu", "0");
	ra = nd_ra(1000);
	nd_mtu(&ra, 1400);
	nd_inject(t, &ra);
	assert_int_equal(nd_get(t, "mtu"), 1280);
}

static int neigh_get(struct test_stack *t, const char *name)
{
	char full[SEA_SYSCTL_NAME_MAX], text[64];

	snprintf(full, sizeof(full), "net.ipv6.neigh.eth0.%s", name);
	assert_true(sea_sysctl_get(t->stack, full, text, sizeof(text)) > 0);
	return atoi(text);
}

/*
 * RFC4861:6.3.4-b (Reachable Time, Retrans Timer) RFC4861:6.3.2-a
 * RFC4861:6.3.4-a, RFC4861:6.3.4-d
 */
static void the_timers_of_neighbours_are_taken(void **state)
{
	const struct sea_neigh_params *params;
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(0); /* not only a default router says so */

	ra.reachable_ms = 60000;
	ra.retrans_ms = 500;
	nd_inject(t, &ra);
	assert_int_equal(neigh_get(t, "base_reachable_time_ms"), 60000);
	assert_int_equal(neigh_get(t, "retrans_time_ms"), 500);
	params = &sea_link_ip6(t->link)->neigh;
	assert_true(params->reachable_ns >= 30 * SEA_SEC && params->reachable_ns < 90 * SEA_SEC);
	ra.reachable_ms = ra.retrans_ms = 0; /* nothing said */
	nd_inject(t, &ra);
	assert_int_equal(neigh_get(t, "base_reachable_time_ms"), 60000);
	ra.reachable_ms = UINT32_MAX;
	ra.retrans_ms = 1;
	nd_inject(t, &ra);
	assert_int_equal(neigh_get(t, "base_reachable_time_ms"), 60000);
	assert_int_equal(neigh_get(t, "retrans_time_ms"), 10);
}

/* -- on-link prefixes and routes -- */

/* RFC4861:6.3.4-b (Prefix Information, L) RFC4861:6.3.4-g */
static void a_prefix_is_on_link_until_its_valid_lifetime_ends(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);
	struct sea_route r;

	nd_prefix(&ra, "2001:db8:1::/64", "L", 50, 20);
	nd_prefix(&ra, "2001:db8:2::/48", "L", SEA_NDP_INFINITE, 20);
	nd_prefix(&ra, "2001:db8:3::/64", "", 50, 20);
	nd_inject(t, &ra);
	r = nd_route(t, "2001:db8:1::/64", NULL);
	assert_int_equal(r.expires_s, 50);
	assert_int_equal(r.metric, 256);
	assert_int_equal(r.protocol, 2);
	assert_int_equal(nd_route(t, "2001:db8:2::/48", NULL).expires_s, 0);
	assert_false(nd_route(t, "2001:db8:3::/64", NULL).size);
	assert_int_equal(nd_count_addrs(t), 1); /* not autonomous */
	test_advance(t, 50 * SEA_SEC);
	assert_false(nd_route(t, "2001:db8:1::/64", NULL).size);
	ra = nd_ra(1000);
	nd_prefix(&ra, "2001:db8:2::/48", "L", 0, 0);
	nd_inject(t, &ra);
	assert_false(nd_route(t, "2001:db8:2::/48", NULL).size);
}

/* RFC4861:6.3.4-b (link-local prefixes), RFC4862:5.5.3-a c RFC4861:6.3.4-h */
static void prefixes_that_make_no_sense_are_ignored(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000), end = nd_ra(1000);

	nd_prefix(&ra, "2001:db8:1::/64", "LA", 50, 51); /* preferred longer than valid */
	nd_prefix(&ra, "ff05::/64", "LA", 50, 20);
	nd_inject(t, &ra);
	assert_false(nd_route(t, "2001:db8:1::/64", NULL).size);
	assert_false(nd_route(t, "ff05::/64", NULL).size);
	assert_int_equal(nd_count_addrs(t), 1);
	nd_prefix(&end, "fe80::/64", "LA", 0, 0);
	nd_inject(t, &end);
	assert_true(nd_route(t, "fe80::/64", NULL).size);
	nd_set(t, "accept_ra_pinfo", "0");
	ra = nd_ra(1000);
	nd_prefix(&ra, "2001:db8:1::/64", "LA", 50, 20);
	nd_inject(t, &ra);
	assert_int_equal(nd_count_addrs(t), 1);
}

/* A prefix that is there by configuration stays, whatever is advertised. */
static void a_configured_prefix_is_not_an_advertisement_s_to_end(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	assert_int_equal(nd_add(t, "2001:db8:1::5/64", SEA_IFA_NODAD, 0, 0), 0);
	nd_prefix(&ra, "2001:db8:1::/64", "L", 50, 20);
	nd_inject(t, &ra);
	assert_int_equal(nd_route(t, "2001:db8:1::/64", NULL).expires_s, 0);
	ra = nd_ra(1000);
	nd_prefix(&ra, "2001:db8:1::/64", "L", 0, 0);
	nd_inject(t, &ra);
	assert_true(nd_route(t, "2001:db8:1::/64", NULL).size);
}

/* RFC4191:2.3 */
static void more_specific_routes_are_taken_up_to_a_length(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	assert_int_equal(nd_add(t, "2001:db8::5/64", SEA_IFA_NODAD, 0, 0), 0);
	nd_route_info(&ra, "2001:db8:7::/48", SEA_NDP_PREF_HIGH, 50);
	nd_inject(t, &ra);
	assert_false(nd_route(t, "2001:db8:7::/48", ND_ROUTER).size); /* off by default */
	nd_set(t, "accept_ra_rt_info_max_plen", "48");
	nd_set(t, "accept_ra_rt_info_min_plen", "40");
	nd_route_info(&ra, "2001:db8:8:8::/64", SEA_NDP_PREF_HIGH, 50);
	nd_route_info(&ra, "2001::/32", SEA_NDP_PREF_HIGH, 50);
	nd_inject(t, &ra);
	assert_int_equal(nd_route(t, "2001:db8:7::/48", ND_ROUTER).expires_s, 50);
	assert_int_equal(nd_route(t, "2001:db8:7::/48", ND_ROUTER).pref, SEA_ROUTE_PREF_HIGH);
	assert_int_equal(nd_route(t, "2001:db8:7::/48", ND_ROUTER).metric, 1024);
	assert_false(nd_route(t, "2001:db8:8:8::/64", ND_ROUTER).size);
	assert_false(nd_route(t, "2001::/32", ND_ROUTER).size);
	ra = nd_ra(0); /* no default router, but one for this prefix */
	nd_route_info(&ra, "2001:db8:7::/48", SEA_NDP_PREF_LOW, SEA_NDP_INFINITE);
	nd_inject(t, &ra);
	assert_string_equal(nd_next_hop(t, "2001:db8:7::1"), ND_ROUTER);
	assert_string_equal(nd_next_hop(t, "2001:db8:9::1"), "!");
	assert_int_equal(nd_route(t, "2001:db8:7::/48", ND_ROUTER).expires_s, 0);
	ra = nd_ra(0);
	nd_route_info(&ra, "2001:db8:7::/48", SEA_NDP_PREF_LOW, 0);
	nd_inject(t, &ra);
	assert_false(nd_route(t, "2001:db8:7::/48", ND_ROUTER).size);
}

/* RFC4191:3.1 */
static void a_route_of_length_zero_speaks_of_the_default_router(void **state)
{
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);

	nd_inject(t, &ra);
	nd_route_info(&ra, "::/0", SEA_NDP_PREF_HIGH, 50);
	nd_inject(t, &ra);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).pref, SEA_ROUTE_PREF_HIGH);
	assert_int_equal(nd_route(t, "::/0", ND_ROUTER).expires_s, 50);
}

/* case 74 */
static void ten_thousand_prefixes_and_routes_leave_what_is_bounded(void **state)
{
	struct test_stack *t = *state;
	size_t live;
	char text[64];

	nd_set(t, "accept_ra_rt_info_max_plen", "64");
	for (unsigned i = 0; i < 10000; i++) {
		struct nd_ra ra = nd_ra(1000);

		snprintf(text, sizeof(text), "2001:db8:%x::/64", i);
		nd_prefix(&ra, text, "LA", 5000, 4000);
		nd_route_info(&ra, text, SEA_NDP_PREF_HIGH, 5000);
		nd_inject(t, &ra);
		if (i == 200)
			live = t->env.live_bytes;
	}
	assert_true(t->env.live_bytes <= live);
	assert_int_equal(nd_count_addrs(t), 16); /* max_addresses */
	assert_true(nd_route(t, "2001:db8:1f::/64", NULL).size);
	assert_false(nd_route(t, "2001:db8:20::/64", NULL).size);
	assert_true(nd_route(t, "2001:db8:3f::/64", ND_ROUTER).size);
	assert_false(nd_route(t, "2001:db8:40::/64", ND_ROUTER).size);
	assert_true(test_mib(t, SEA_MIB_SeaRaRefused) > 3 * 9900);
}

/* -- name servers -- */

static unsigned dns_events(struct test_stack *t)
{
	struct sea_event ev;
	unsigned n = 0;

	while (sea_stack_take_events(t->stack, &ev, 1))
		n += ev.kind == SEA_EVENT_DNS && ev.ifindex == t->link->ifindex;
	return n;
}

static void put_rdnss(struct nd_ra *ra, uint32_t lifetime_s, const char *addr)
{
	struct sea_ipaddr a = test_ip6(addr);
	const struct sea_ndp_rdnss rdnss = { .lifetime_s = lifetime_s, .n = 1, .addrs = a.b };

	ra->opts_len += sea_ndp_put_rdnss(ra->opts + ra->opts_len, &rdnss);
}

/* RFC8106:5.1 RFC8106:5.2, RFC8504:8.1-a */
static void name_servers_and_domains_are_shown_and_told_of(void **state)
{
	static const uint8_t dnssl[] = {
		SEA_NDP_OPT_DNSSL, 2, 0, 0, 0, 0, 0, 60, 1, 'a', 2, 'b', 'c', 0, 0, 0
	};
	struct sea_dns_server server = { .size = sizeof(server) };
	struct sea_dns_domain domain = { .size = sizeof(domain) };
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);
	uint64_t cursor = 0;
	char text[SEA_ADDR_TEXT_MAX];

	dns_events(t);
	put_rdnss(&ra, 30, "2001:db8::53");
	memcpy(ra.opts + ra.opts_len, dnssl, sizeof(dnssl));
	ra.opts_len += sizeof(dnssl);
	nd_inject(t, &ra);
	assert_int_equal(dns_events(t), 1);
	assert_true(sea_dns_server_next(t->stack, &cursor, &server));
	assert_string_equal(sea_addr_text(&server.addr, text), "2001:db8::53");
	assert_int_equal(server.lifetime_s, 30);
	assert_int_equal(server.ifindex, t->link->ifindex);
	assert_false(sea_dns_server_next(t->stack, &cursor, &server));
	cursor = 0;
	assert_true(sea_dns_domain_next(t->stack, &cursor, &domain));
	assert_string_equal(domain.name, "a.bc");
	assert_int_equal(domain.lifetime_s, 60);
	assert_false(sea_dns_domain_next(t->stack, &cursor, &domain));
	nd_inject(t, &ra); /* nothing new */
	assert_int_equal(dns_events(t), 0);
	test_advance(t, 30 * SEA_SEC);
	assert_int_equal(dns_events(t), 1);
	cursor = 0;
	assert_false(sea_dns_server_next(t->stack, &cursor, &server));
	nd_link(t, false);
	assert_int_equal(dns_events(t), 1);
	cursor = 0;
	assert_false(sea_dns_domain_next(t->stack, &cursor, &domain));
}

/* case 70 RFC8106:5.1 (an even length, CVE-2020-16898) */
static void a_server_option_of_even_length_is_ignored(void **state)
{
	struct sea_dns_server server = { .size = sizeof(server) };
	struct test_stack *t = *state;
	struct nd_ra ra = nd_ra(1000);
	uint64_t cursor = 0;

	put_rdnss(&ra, 30, "2001:db8::53");
	ra.opts[1] = 4; /* 32 bytes, a server and a half */
	ra.opts_len += 8;
	put_rdnss(&ra, 30, "2001:db8::54"); /* what follows is read right */
	nd_inject(t, &ra);
	assert_true(sea_dns_server_next(t->stack, &cursor, &server));
	assert_int_equal(server.addr.b[15], 0x54);
	assert_false(sea_dns_server_next(t->stack, &cursor, &server));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_router_is_the_default_until_its_lifetime_ends),
		TEST(a_lifetime_of_zero_ends_it_at_once),
		TEST(what_is_no_valid_advertisement_changes_nothing),
		TEST(routers_are_bounded_and_those_known_stay),
		TEST(the_router_with_the_higher_preference_is_used),
		TEST(a_router_that_says_it_is_none_is_no_default_any_more),
		TEST(a_router_that_does_not_answer_is_avoided),
		TEST(a_router_that_did_not_answer_is_asked_again),
		TEST(accept_ra_decides_together_with_forwarding),
		TEST(lifetimes_below_accept_ra_min_lft_are_ignored),
		TEST(the_metric_of_default_routes_is_ra_defrtr_metric),
		TEST(what_we_say_ourselves_is_not_believed),
		TEST(a_hop_limit_is_taken_but_not_too_small_a_one),
		TEST(an_mtu_is_taken_within_what_ipv6_and_the_link_can),
		TEST(the_timers_of_neighbours_are_taken),
		TEST(a_prefix_is_on_link_until_its_valid_lifetime_ends),
		TEST(prefixes_that_make_no_sense_are_ignored),
		TEST(a_configured_prefix_is_not_an_advertisement_s_to_end),
		TEST(more_specific_routes_are_taken_up_to_a_length),
		TEST(a_route_of_length_zero_speaks_of_the_default_router),
		TEST(ten_thousand_prefixes_and_routes_leave_what_is_bounded),
		TEST(name_servers_and_domains_are_shown_and_told_of),
		TEST(a_server_option_of_even_length_is_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
