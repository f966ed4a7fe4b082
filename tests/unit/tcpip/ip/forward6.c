/* SPDX-License-Identifier: Apache-2.0 */
/* A router of IPv6 between two links. */
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "tests/lib/stack_fixture.h"
#include "wire/icmp6.h"
#include "wire/ndp.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static const uint8_t payload[2000] = { 1, 2, 3, 4 };
static struct test_stack t;
static struct sea_link *far;

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static void know(struct sea_link *link, const char *addr, const struct sea_mac *mac)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = link->ifindex,
				    .addr = test_addr(addr),
				    .state = SEA_NUD_PERMANENT };

	memcpy(n.mac, mac->b, sizeof(n.mac));
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

static void route(struct sea_route r, const char *prefix, const char *gateway)
{
	r.size = sizeof(r);
	assert_true(sea_addr_parse_prefix(prefix, &r.dst, &r.prefix_len));
	if (!r.type)
		r.type = SEA_ROUTE_UNICAST;
	if (gateway)
		r.gateway = test_addr(gateway);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
}

static int setup(void **state)
{
	test_stack_new6(&t, modules, 2);
	far = test_add_link(&t, "eth1", &our_far_mac, NULL);
	test_add_addr6(&t, far, "2001:db8:1::1/64");
	test_know_peer6(&t);
	know(far, "2001:db8:1::2", &far_mac);
	set("net.ipv6.conf.all.forwarding", "1");
	test_settle(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void inject_len(struct test_ip6 ip, size_t len)
{
	if (!ip.proto)
		ip.proto = 253;
	if (!ip.dst)
		ip.dst = "2001:db8:1::2";
	test_inject_ip6(&t, &ip, payload, len);
}

static void inject(struct test_ip6 ip)
{
	inject_len(ip, 8);
}

static struct test_frame *expect_on(struct sea_link *link)
{
	struct test_frame *f = test_take(&t);

	assert_non_null(f);
	assert_ptr_equal(f->link, link);
	return f;
}

static const struct sea_icmp6_hdr *expect_icmp(struct sea_link *link, uint8_t type, uint8_t code)
{
	const struct sea_icmp6_hdr *icmp;
	const uint8_t *body;
	size_t len;

	test_expect_ip6(expect_on(link), SEA_IPPROTO_ICMPV6, &body, &len);
	icmp = (const void *)body;
	assert_int_equal(icmp->type, type);
	assert_int_equal(icmp->code, code);
	return icmp;
}

static void expect_drop(struct test_ip6 ip, enum sea_drop reason)
{
	uint64_t before = test_drops(&t, reason);

	inject(ip);
	if (test_drops(&t, reason) != before + 1)
		print_error("not dropped as %s\n", sea_drop_name(reason));
	assert_int_equal(test_drops(&t, reason), before + 1);
}

/* RFC8200:3-b */
static void packet_goes_on_with_one_hop_less(void **state)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *body;
	size_t len;

	inject((struct test_ip6){ .hop_limit = 9 });
	ip = test_expect_ip6(expect_on(far), 253, &body, &len);
	assert_memory_equal(t.frame.bytes, far_mac.b, 6);
	assert_int_equal(ip->hop_limit, 8);
	assert_memory_equal(body, payload, 8);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutForwDatagrams), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InDelivers), 0);
}

/* RFC8200:3-d: what a link says makes it no router. */
static void host_does_not_forward(void **state)
{
	set("net.ipv6.conf.all.forwarding", "0");
	set("net.ipv6.conf.eth0.forwarding", "1");
	expect_drop((struct test_ip6){ 0 }, SEA_DROP_IP_NOT_LOCAL);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InAddrErrors), 1);
}

/* RFC4443:3.3-a, RFC4443:2.2-b, RFC8200:3-b */
static void last_hop_is_told_of(void **state)
{
	inject((struct test_ip6){ .hop_limit = 1 });
	expect_icmp(t.link, SEA_ICMP6_TIME_EXCEEDED, SEA_ICMP6_HOP_LIMIT);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TTL), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InHdrErrors), 1);
}

/* RFC4443:3.2-a RFC8200:5-e */
static void what_is_too_big_is_told_the_mtu(void **state)
{
	assert_int_equal(sea_link_set_mtu(far, 1300, t.now), 0);
	test_take_all(&t);
	inject_len((struct test_ip6){ 0 }, 1261);
	assert_int_equal(sea_be32_get(expect_icmp(t.link, SEA_ICMP6_PACKET_TOO_BIG, 0)->rest),
			 1300);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InTooBigErrors), 1);
	inject_len((struct test_ip6){ 0 }, 1260);
	expect_on(far);
	assert_null(test_take(&t));
}

/* RFC4443:3.1-a, RFC4443:3.1-b */
static void what_leads_nowhere_is_told(void **state)
{
	inject((struct test_ip6){ .dst = "2001:db8:9::1" });
	expect_icmp(t.link, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NO_ROUTE);
	route((struct sea_route){ .type = SEA_ROUTE_PROHIBIT }, "2001:db8:a::/48", NULL);
	inject((struct test_ip6){ .dst = "2001:db8:a::1" });
	expect_icmp(t.link, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADM_PROHIBITED);
	route((struct sea_route){ .type = SEA_ROUTE_BLACKHOLE }, "2001:db8:b::/48", NULL);
	expect_drop((struct test_ip6){ .dst = "2001:db8:b::1" }, SEA_DROP_IP_NO_ROUTE);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InNoRoutes), 3);
}

/* RFC4291:2.5.6-MUST-NOT-forward-link-local RFC4443:3.1-c, RFC8504:14.3-a */
static void link_local_addresses_stay_on_their_link(void **state)
{
	expect_drop((struct test_ip6){ .src = TEST_PEER_LL }, SEA_DROP_IPV6_SCOPE);
	expect_icmp(t.link, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NOT_NEIGHBOUR);
	expect_drop((struct test_ip6){ .dst = "fe80::77" }, SEA_DROP_IPV6_SCOPE);
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutForwDatagrams), 0);
}

/* case 85 */
static void martians_are_not_sent_on_case_85(void **state)
{
	expect_drop((struct test_ip6){ .src = "ff02::1" }, SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip6){ .src = "::1" }, SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip6){ .src = "::ffff:10.0.0.9" }, SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip6){ .src = "::" }, SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip6){ .dst = "::1" }, SEA_DROP_IP_MARTIAN_DEST);
	expect_drop((struct test_ip6){ .eth_dst = &test_broadcast_mac }, SEA_DROP_IP_OTHER_DEST);
	assert_null(test_take(&t));
}

static const struct sea_ndp_redirect *expect_redirect(void)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *body;
	size_t len;

	ip = test_expect_ip6(expect_on(t.link), SEA_IPPROTO_ICMPV6, &body, &len);
	assert_int_equal(body[0], SEA_NDP_REDIRECT);
	assert_int_equal(ip->hop_limit, 255);
	assert_true(sea_in6_is_link_local(ip->src));
	assert_true(test_is_ip6(ip->dst, TEST_PEER_IP6));
	return (const void *)body;
}

/* RFC4861:8.2-a, RFC8504:14.1-a */
static void sender_is_told_of_a_better_first_hop(void **state)
{
	const struct sea_ndp_redirect *redirect;
	const uint8_t *opts;

	know(t.link, "fe80::9", &far_mac);
	route((struct sea_route){ .ifindex = t.link->ifindex }, "2001:db8:c::/48", "fe80::9");
	inject((struct test_ip6){ .dst = "2001:db8:c::1" });
	redirect = expect_redirect();
	assert_true(test_is_ip6(redirect->target, "fe80::9"));
	assert_true(test_is_ip6(redirect->dst, "2001:db8:c::1"));
	opts = (const uint8_t *)(redirect + 1);
	assert_int_equal(opts[0], SEA_NDP_OPT_TLLA);
	assert_memory_equal(opts + 2, far_mac.b, 6);
	assert_int_equal(opts[8], SEA_NDP_OPT_REDIRECTED);
	assert_int_equal(opts[9], 7); /* 8, and 48 bytes of packet */
	expect_on(t.link);            /* and it goes on all the same */
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutRedirects), 1);
	/* One that stands on the link itself. */
	know(t.link, "2001:db8::9", &far_mac);
	inject((struct test_ip6){ .dst = "2001:db8::9" });
	redirect = expect_redirect();
	assert_true(test_is_ip6(redirect->target, "2001:db8::9"));
	expect_on(t.link);
	/* Who is not a neighbour is not told. */
	route((struct sea_route){ .ifindex = t.link->ifindex }, "2001:db8:d::/48", "fe80::9");
	inject((struct test_ip6){ .src = "2001:db8:d::1", .dst = "2001:db8:c::1" });
	expect_on(t.link);
	assert_null(test_take(&t));
}

/* RFC4861:8.2-b */
static void redirects_are_limited(void **state)
{
	know(t.link, "fe80::9", &far_mac);
	route((struct sea_route){ .ifindex = t.link->ifindex }, "2001:db8:c::/48", "fe80::9");
	for (unsigned i = 0; i < 50; i++)
		inject((struct test_ip6){ .dst = "2001:db8:c::1" });
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutRedirects), 6);
	test_advance(&t, SEA_SEC);
	inject((struct test_ip6){ .dst = "2001:db8:c::1" });
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutRedirects), 7);
}

/* RFC4443:3.1-d */
static void neighbour_that_does_not_answer_is_reported(void **state)
{
	inject((struct test_ip6){ .dst = "2001:db8:1::99" });
	test_take_all(&t);
	test_advance(&t, 2500 * SEA_MSEC);
	test_take_all(&t);
	test_advance(&t, SEA_SEC);
	expect_icmp(t.link, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH);
}

static void goes_on(const char *dst)
{
	const uint8_t *body;
	size_t len;

	inject((struct test_ip6){ .dst = dst });
	test_expect_ip6(expect_on(far), 253, &body, &len);
	assert_null(test_take(&t));
}

static void del_route(const char *prefix)
{
	struct sea_route r = { .size = sizeof(r) };

	assert_true(sea_addr_parse_prefix(prefix, &r.dst, &r.prefix_len));
	assert_int_equal(sea_route_del(t.stack, &r, t.now), 0);
}

/* What a packet found is remembered for the next, until something says otherwise. */
static void a_way_holds_as_long_as_what_it_hangs_on(void **state)
{
	const struct test_ip6 to = { .dst = "2001:db8:9::1" };

	route((struct sea_route){ 0 }, "2001:db8:9::/48", "2001:db8:1::2");
	goes_on(to.dst);
	goes_on(to.dst);
	set("net.ipv6.conf.all.forwarding", "0");
	expect_drop(to, SEA_DROP_IP_NOT_LOCAL);
	set("net.ipv6.conf.all.forwarding", "1");
	test_take_all(&t);
	goes_on(to.dst);
	route((struct sea_route){ .type = SEA_ROUTE_PROHIBIT }, "2001:db8:9::1/128", NULL);
	inject(to);
	expect_icmp(t.link, SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADM_PROHIBITED);
	del_route("2001:db8:9::1/128");
	goes_on(to.dst);
	test_add_addr6(&t, far, "2001:db8:9::1/128");
	test_take_all(&t);
	inject(to); /* ours now, and nobody takes protocol 253 */
	expect_icmp(t.link, SEA_ICMP6_PARAM_PROBLEM, 1);
}

/* Who sends to the same from elsewhere asks for himself. */
static void a_way_is_of_one_pair_of_addresses(void **state)
{
	route((struct sea_route){ 0 }, "2001:db8:9::/48", "2001:db8:1::2");
	goes_on("2001:db8:9::1");
	goes_on("2001:db8:9::2");
	expect_drop((struct test_ip6){ .dst = "2001:db8:9::1", .src = "fe80::77" },
		    SEA_DROP_IPV6_SCOPE);
	test_take_all(&t);
	goes_on("2001:db8:9::1");
}

/* RFC 4861 §6.3.6 */
static void a_router_that_stops_answering_is_passed_over(void **state)
{
	know(far, "2001:db8:1::2", &far_mac);
	route((struct sea_route){ .metric = 1 }, "2001:db8:9::/48", "2001:db8:1::5");
	route((struct sea_route){ .metric = 2 }, "2001:db8:9::/48", "2001:db8:1::2");
	inject((struct test_ip6){ .dst = "2001:db8:9::1" });
	for (int i = 0; i < 4; i++) { /* nobody says where ::5 is */
		test_take_all(&t);
		test_advance(&t, SEA_SEC);
	}
	test_take_all(&t);
	goes_on("2001:db8:9::1");
	know(far, "2001:db8:1::5", &our_far_mac);
	inject((struct test_ip6){ .dst = "2001:db8:9::1" });
	expect_on(far);
	assert_memory_equal(t.frame.bytes, our_far_mac.b, 6);
}

static bool hears(const struct sea_link *link, const char *group)
{
	struct sea_ipaddr addr = test_ip6(group);

	return sea_group_heard(&sea_link_ip6(link)->groups, &addr);
}

/* RFC4291:2.8 */
static void who_forwards_is_among_all_routers(void **state)
{
	static const char *const groups[] = { "ff01::2", "ff02::2", "ff05::2" };

	for (size_t i = 0; i < 3; i++) {
		assert_true(hears(far, groups[i]));
		assert_false(hears(t.stack->loopback, groups[i]));
	}
	set("net.ipv6.conf.eth1.forwarding", "2"); /* that is no more than 1 */
	set("net.ipv6.conf.eth1.forwarding", "0");
	for (size_t i = 0; i < 3; i++) {
		assert_false(hears(far, groups[i]));
		assert_true(hears(t.link, groups[i]));
	}
}

/* As Linux: of a link that is made while all forward, the link's routers alone. */
static void a_new_link_of_a_router_is_in_one_of_the_groups(void **state)
{
	struct sea_link *third = test_add_link(&t, "eth2", &far_mac, NULL);

	assert_true(hears(third, "ff02::2"));
	assert_false(hears(third, "ff05::2"));
	set("net.ipv6.conf.all.forwarding", "0");
	assert_false(hears(third, "ff02::2"));
	set("net.ipv6.conf.all.forwarding", "1");
	assert_true(hears(third, "ff05::2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(packet_goes_on_with_one_hop_less),
		T(host_does_not_forward),
		T(last_hop_is_told_of),
		T(what_is_too_big_is_told_the_mtu),
		T(what_leads_nowhere_is_told),
		T(link_local_addresses_stay_on_their_link),
		T(martians_are_not_sent_on_case_85),
		T(sender_is_told_of_a_better_first_hop),
		T(redirects_are_limited),
		T(neighbour_that_does_not_answer_is_reported),
		T(a_way_holds_as_long_as_what_it_hangs_on),
		T(a_way_is_of_one_pair_of_addresses),
		T(a_router_that_stops_answering_is_passed_over),
		T(who_forwards_is_among_all_routers),
		T(a_new_link_of_a_router_is_in_one_of_the_groups),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
