/* SPDX-License-Identifier: Apache-2.0 */
/* Standing in for neighbours (proxy_ndp), and net.ipv6.neigh.* of links. */
#include <errno.h>
#include <stdlib.h>

#include "ip/ndp.h"
#include "tests/lib/routes.h"

#define PROXIED "2001:db8::77"
#define GROUP "ff02::1:ff00:77"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
static struct test_stack t;
static struct sea_link *other;

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static int get(const char *name)
{
	char text[64];

	assert_true(sea_sysctl_get(t.stack, name, text, sizeof(text)) > 0);
	return atoi(text);
}

static int proxy(struct sea_link *link, const char *addr, uint32_t flags, bool add)
{
	struct sea_neigh_info info = { .size = sizeof(info),
				       .ifindex = link ? link->ifindex : 0,
				       .addr = test_addr(addr),
				       .flags = SEA_NTF_PROXY | flags };

	return (add ? sea_neigh_set : sea_neigh_del)(t.stack, &info, t.now);
}

/* A router: eth1 leads to 2001:db8:9::/64, and to 2001:db8::77, whom we stand in for on eth0. */
static int setup(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 1, 1 } };
	struct sea_route r;

	test_stack_new6(&t, modules, 3);
	other = test_add_link(&t, "eth1", &mac, NULL);
	test_add_addr6(&t, other, "2001:db8:9::1/64");
	r = test_route(PROXIED "/128", NULL, other);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	set("net.ipv6.conf.all.forwarding", "1");
	set("net.ipv6.conf.eth0.proxy_ndp", "1");
	set("net.ipv6.neigh.eth0.proxy_delay", "0");
	assert_int_equal(proxy(t.link, PROXIED, 0, true), 0);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void ask(const char *src, const char *dst, const char *target)
{
	struct sea_ipaddr a = test_ip6(target);
	struct sea_mac group = sea_ndp_multicast_mac(test_ip6(dst).b);
	uint8_t msg[32] = { SEA_NDP_NS };
	size_t len = 24;

	memcpy(msg + 8, a.b, 16);
	if (strcmp(src, "::") != 0)
		len += sea_ndp_put_lladdr(msg + len, SEA_NDP_OPT_SLLA, &test_peer_mac);
	test_inject_icmp6(&t,
			  &(struct test_ip6){ .src = src,
					      .dst = dst,
					      .hop_limit = 255,
					      .eth_dst = dst[0] == 'f' ? &group : NULL },
			  msg, len);
}

/* The flags of the advertisement that must have gone out, `from` whom. */
static uint8_t answered(const char *from, const char *to)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *msg;
	size_t len;

	ip = test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(msg[0], SEA_NDP_NA);
	assert_true(test_is_ip6(msg + 8, PROXIED));
	assert_true(test_is_ip6(ip->src, from));
	assert_true(test_is_ip6(ip->dst, to));
	return msg[4];
}

static void silent(void)
{
	assert_null(test_take(&t));
}

/* RFC4861:7.2.8-a */
static void a_router_answers_for_whom_it_stands_in_and_overrides_nobody(void **state)
{
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	assert_int_equal(answered(TEST_OUR_IP6, TEST_PEER_IP6), SEA_NDP_NA_SOLICITED);
	assert_int_equal(t.frame.len, 14 + 40 + 24 + 8);
	ask("::", GROUP, PROXIED); /* somebody tries whether the address is free */
	assert_int_equal(answered(TEST_OUR_LL, "ff02::1"), 0);
	ask(TEST_PEER_IP6, "ff02::1:ff00:78", "2001:db8::78");
	silent();
}

static void who_is_said_to_be_a_router_is_advertised_as_one(void **state)
{
	assert_int_equal(proxy(t.link, PROXIED, SEA_NTF_ROUTER, true), 0);
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	assert_int_equal(answered(TEST_OUR_IP6, TEST_PEER_IP6),
			 SEA_NDP_NA_SOLICITED | SEA_NDP_NA_ROUTER);
	assert_int_equal(proxy(t.link, PROXIED, SEA_NTF_EXT_LEARNED, true), -EINVAL);
}

static void hosts_and_those_without_the_sysctl_do_not_stand_in(void **state)
{
	set("net.ipv6.conf.eth0.proxy_ndp", "0");
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	silent();
	set("net.ipv6.conf.all.proxy_ndp", "1");
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	(void)answered(TEST_OUR_IP6, TEST_PEER_IP6);
	set("net.ipv6.conf.eth0.forwarding", "0");
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	silent();
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_NOT_OURS), 2);
}

static void the_group_of_the_address_is_joined_while_we_stand_in(void **state)
{
	const struct sea_ipaddr group = test_ip6(GROUP);
	const struct sea_groups *g = &sea_link_ip6(t.link)->groups;

	assert_true(sea_group_heard(g, &group));
	assert_int_equal(proxy(t.link, PROXIED, 0, true), 0); /* again: it is there */
	assert_int_equal(proxy(t.link, PROXIED, 0, false), 0);
	assert_false(sea_group_heard(g, &group));
	assert_int_equal(proxy(t.link, PROXIED, 0, false), -ENOENT);
	assert_int_equal(proxy(NULL, PROXIED, 0, true), -ENOBUFS);
	assert_int_equal(proxy(t.link, PROXIED, 0, true), 0);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_false(sea_group_heard(g, &group));
	assert_int_equal(proxy(t.link, PROXIED, 0, false), -ENOENT);
}

static void proxies_and_their_groups_are_saved(void **state)
{
	const struct sea_ipaddr group = test_ip6(GROUP);

	assert_int_equal(proxy(t.link, PROXIED, SEA_NTF_ROUTER, true), 0);
	test_save_and_load(&t, modules, 3);
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	assert_true(answered(TEST_OUR_IP6, TEST_PEER_IP6) & SEA_NDP_NA_ROUTER);
	assert_int_equal(proxy(t.link, PROXIED, 0, false), 0);
	assert_false(sea_group_heard(&sea_link_ip6(t.link)->groups, &group));
}

static void the_answer_waits_so_that_the_host_itself_is_first(void **state)
{
	set("net.ipv6.neigh.eth0.proxy_delay", "80");
	ask(TEST_PEER_IP6, GROUP, PROXIED);
	silent();
	test_advance(&t, 800 * SEA_MSEC);
	(void)answered(TEST_OUR_IP6, TEST_PEER_IP6);
	set("net.ipv6.neigh.eth0.proxy_qlen", "2");
	for (unsigned i = 0; i < 5; i++)
		ask(TEST_PEER_IP6, GROUP, PROXIED);
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_PROXY_FULL), 2);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(test_drops(&t, SEA_DROP_LINK_DOWN), 3);
}

static void questions_in_person_are_answered_at_once_where_all_proxy(void **state)
{
	set("net.ipv6.neigh.eth0.proxy_delay", "80");
	ask(TEST_PEER_IP6, PROXIED, PROXIED); /* a packet in transit, without conf.all.proxy_ndp */
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutForwDatagrams), 1);
	test_take_all(&t);
	set("net.ipv6.conf.all.proxy_ndp", "1");
	ask(TEST_PEER_IP6, PROXIED, PROXIED);
	assert_int_equal(answered(TEST_OUR_IP6, TEST_PEER_IP6), SEA_NDP_NA_SOLICITED);
	assert_int_equal(t.frame.len, 14 + 40 + 24); /* who asks so has the MAC */
}

static void what_is_sent_to_whom_we_stand_in_for_is_passed_on(void **state)
{
	static const uint8_t data[16] = { 0, 1, 0, 2, 0, 16 };
	const uint8_t *msg;
	size_t len;

	set("net.ipv6.conf.all.proxy_ndp", "1");
	test_inject_ip6(&t, &(struct test_ip6){ .dst = PROXIED, .proto = SEA_IPPROTO_UDP }, data,
			sizeof(data));
	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_ptr_equal(t.frame.link, other);
	assert_int_equal(msg[0], SEA_NDP_NS); /* for him, on the other link */
	assert_true(test_is_ip6(msg + 8, PROXIED));
}

static void what_is_sent_to_a_link_local_address_cannot_be_passed_on(void **state)
{
	static const uint8_t data[16] = { 0, 1, 0, 2, 0, 16 };
	const uint8_t *msg;
	size_t len;

	assert_int_equal(proxy(t.link, "fe80::77", 0, true), 0);
	set("net.ipv6.conf.all.proxy_ndp", "1");
	test_take_all(&t);
	test_inject_ip6(&t, &(struct test_ip6){ .dst = "fe80::77", .proto = SEA_IPPROTO_UDP }, data,
			sizeof(data));
	test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(msg[0], SEA_ICMP6_DEST_UNREACH);
	assert_int_equal(msg[1], SEA_ICMP6_ADDR_UNREACH);
	assert_int_equal(test_drops(&t, SEA_DROP_IPV6_SCOPE), 1);
}

/* As the kernel shows them; the model ticks 1000 times a second. */
static void neighbours_sysctls_have_the_kernels_names_and_defaults(void **state)
{
	static const struct {
		const char *name;
		int v4, v6;
	} all[] = {
		{ "anycast_delay", 100, 100 },
		{ "app_solicit", 0, 0 },
		{ "base_reachable_time", 30, 30 },
		{ "base_reachable_time_ms", 30000, 30000 },
		{ "delay_first_probe_time", 5, 5 },
		{ "gc_stale_time", 60, 60 },
		{ "interval_probe_time_ms", 5000, 5000 },
		{ "locktime", 100, 0 },
		{ "mcast_resolicit", 0, 0 },
		{ "mcast_solicit", 3, 3 },
		{ "proxy_delay", 80, 80 },
		{ "proxy_qlen", 64, 64 },
		{ "retrans_time", 100, 1000 },
		{ "retrans_time_ms", 1000, 1000 },
		{ "ucast_solicit", 3, 3 },
		{ "unres_qlen", 101, 101 },
		{ "unres_qlen_bytes", 212992, 212992 },
	};
	char name[SEA_SYSCTL_NAME_MAX];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(name, sizeof(name), "net.ipv4.neigh.eth1.%s", all[i].name);
		assert_int_equal(get(name), all[i].v4);
		snprintf(name, sizeof(name), "net.ipv6.neigh.eth1.%s", all[i].name);
		assert_int_equal(get(name), all[i].v6);
		assert_int_equal(sea_sysctl_set(t.stack, name, "-1", t.now), -EINVAL);
	}
}

static void the_coarser_names_of_a_value_follow_the_finer_ones(void **state)
{
	set("net.ipv6.neigh.eth0.base_reachable_time", "20");
	assert_int_equal(get("net.ipv6.neigh.eth0.base_reachable_time_ms"), 20000);
	set("net.ipv6.neigh.eth0.base_reachable_time_ms", "7500");
	assert_int_equal(get("net.ipv6.neigh.eth0.base_reachable_time"), 7);
	assert_true(sea_link_ip6(t.link)->neigh.reachable_ns < 11250 * SEA_MSEC);
	set("net.ipv4.neigh.eth0.retrans_time", "25");
	assert_int_equal(get("net.ipv4.neigh.eth0.retrans_time_ms"), 250);
	set("net.ipv6.neigh.eth0.retrans_time_ms", "1");
	assert_int_equal(get("net.ipv6.neigh.eth0.retrans_time"), 1);
	set("net.ipv6.neigh.eth0.unres_qlen", "3");
	assert_int_equal(get("net.ipv6.neigh.eth0.unres_qlen_bytes"), 6270);
	test_save_and_load(&t, modules, 3);
	assert_int_equal(get("net.ipv6.neigh.eth0.base_reachable_time_ms"), 7500);
	assert_int_equal(get("net.ipv6.neigh.eth0.base_reachable_time"), 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_router_answers_for_whom_it_stands_in_and_overrides_nobody),
		TEST(who_is_said_to_be_a_router_is_advertised_as_one),
		TEST(hosts_and_those_without_the_sysctl_do_not_stand_in),
		TEST(the_group_of_the_address_is_joined_while_we_stand_in),
		TEST(proxies_and_their_groups_are_saved),
		TEST(the_answer_waits_so_that_the_host_itself_is_first),
		TEST(questions_in_person_are_answered_at_once_where_all_proxy),
		TEST(what_is_sent_to_whom_we_stand_in_for_is_passed_on),
		TEST(what_is_sent_to_a_link_local_address_cannot_be_passed_on),
		TEST(neighbours_sysctls_have_the_kernels_names_and_defaults),
		TEST(the_coarser_names_of_a_value_follow_the_finer_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
