/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners of rtnetlink hear of links that come, are renamed and go, and of what routers say of them. What is expected is what Linux 6.18 tells. */
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/mroute.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"
#include "tests/unit/tcpip/ip/nd_fixture.h"

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *eth;
	sea_socket hears;
	struct nlmsghdr h; /* of the last one heard */
	uint8_t bytes[4096] __attribute__((aligned(8)));
} f;

static const sea_time now = { SEA_SEC };
static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_netlink,
						    &sea_rtnetlink };

#define GROUP(n) (1u << ((n)-1))

static void listen_to(uint32_t groups)
{
	const struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = groups };

	assert_int_equal(sea_socket_bind(f.stack, f.hears, (const struct sockaddr *)&name,
					 sizeof(name), now),
			 0);
}

static bool hear(void)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, f.hears, &m, 0, now);

	if (n < (ssize_t)sizeof(f.h))
		return false;
	memcpy(&f.h, f.bytes, sizeof(f.h));
	return true;
}

/* The attribute of the message heard, behind `hdr` bytes of header; its length, or -1. */
static int attr_of(uint32_t hdr, uint16_t type, const uint8_t **value)
{
	for (uint32_t at = (uint32_t)sizeof(f.h) + hdr; at + 4 <= f.h.nlmsg_len;) {
		struct nlattr a;

		memcpy(&a, f.bytes + at, sizeof(a));
		*value = f.bytes + at + sizeof(a);
		if (a.nla_type == type)
			return a.nla_len - 4;
		at += (a.nla_len + 3u) & ~3u;
	}
	return -1;
}

static void add_addr(const char *text, const char *label)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = f.eth->ifindex };

	assert_true(sea_addr_parse_prefix(text, &a.local, &a.prefix_len));
	memcpy(a.label, label, strlen(label) + 1);
	assert_int_equal(sea_ifaddr_add(f.stack, &a, now), 0);
}

static int setup(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };

	(void)state;
	f = (struct fixture){ 0 };
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 4, &f.stack), 0);
	assert_int_equal(sea_link_add(f.stack, &config, &f.eth, now), 0);
	assert_int_equal(
		sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.hears, now), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

static void rename_eth(const char *name)
{
	sea_stack_enter(f.stack, now);
	assert_int_equal(sea_link_rename(f.eth, name), 0);
	sea_stack_leave(f.stack);
}

/* -- settings -- */

static void assert_conf(uint16_t type, uint8_t family, int ifindex)
{
	const uint8_t *value;

	assert_true(hear());
	assert_int_equal(f.h.nlmsg_type, type);
	assert_int_equal(f.bytes[sizeof(f.h)], family);
	assert_int_equal(attr_of(4, NETCONFA_IFINDEX, &value), 4);
	assert_memory_equal(value, &ifindex, 4);
}

static void settings_come_and_go_with_links(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "eth1" };
	struct sea_link *link;
	const uint8_t *value;

	(void)state;
	listen_to(GROUP(RTNLGRP_IPV4_NETCONF) | GROUP(RTNLGRP_IPV6_NETCONF));
	assert_int_equal(sea_link_add(f.stack, &config, &link, now), 0);
	assert_conf(RTM_NEWNETCONF, AF_INET, 3);
	assert_int_equal(attr_of(4, NETCONFA_BC_FORWARDING, &value), 4);
	assert_conf(RTM_NEWNETCONF, AF_INET6, 3);
	assert_int_equal(attr_of(4, NETCONFA_MC_FORWARDING, &value), 4);
	sea_link_del(link, now);
	assert_conf(RTM_DELNETCONF, AF_INET, 3);
	assert_int_equal(f.h.nlmsg_len, sizeof(f.h) + 4 + 8);
	assert_conf(RTM_DELNETCONF, AF_INET6, 3);
	assert_false(hear());
}

static void who_routes_groups_is_told(void **state)
{
	struct sea_mroute_config c = { .size = sizeof(c), .family = SEA_AF_INET };
	struct sea_mroute_vif v = {
		.size = sizeof(v), .family = SEA_AF_INET, .vif = 3, .ifindex = f.eth->ifindex
	};
	const uint8_t *value = NULL;

	(void)state;
	listen_to(GROUP(RTNLGRP_IPV4_NETCONF));
	assert_int_equal(sea_mroute_start(f.stack, &c, now), 0);
	assert_conf(RTM_NEWNETCONF, AF_INET, NETCONFA_IFINDEX_ALL);
	assert_int_equal(sea_mroute_vif_add(f.stack, &v, now), 0);
	assert_conf(RTM_NEWNETCONF, AF_INET, 2);
	assert_int_equal(attr_of(4, NETCONFA_MC_FORWARDING, &value), 4);
	assert_int_equal(*value, 1);
	assert_int_equal(sea_mroute_stop(f.stack, SEA_AF_INET, now), 0);
	assert_conf(RTM_NEWNETCONF, AF_INET, 2);
	assert_conf(RTM_NEWNETCONF, AF_INET, NETCONFA_IFINDEX_ALL);
	assert_int_equal(attr_of(4, NETCONFA_MC_FORWARDING, &value), 4);
	assert_int_equal(*value, 0);
	assert_false(hear());
}

static void forwarding_of_ipv6_is_told_of_when_it_begins_or_ends(void **state)
{
	(void)state;
	listen_to(GROUP(RTNLGRP_IPV6_NETCONF));
	assert_int_equal(sea_sysctl_set(f.stack, "net.ipv6.conf.eth0.forwarding", "1", now), 0);
	assert_conf(RTM_NEWNETCONF, AF_INET6, 2);
	assert_int_equal(sea_sysctl_set(f.stack, "net.ipv6.conf.eth0.forwarding", "2", now), 0);
	assert_false(hear());
	assert_int_equal(sea_sysctl_set(f.stack, "net.ipv6.conf.all.forwarding", "1", now), 0);
	assert_conf(RTM_NEWNETCONF, AF_INET6, NETCONFA_IFINDEX_DEFAULT);
	assert_conf(RTM_NEWNETCONF, AF_INET6, 1);
	assert_conf(RTM_NEWNETCONF, AF_INET6, NETCONFA_IFINDEX_ALL);
	assert_false(hear());
}

/* -- addresses -- */

static void assert_addr(uint16_t type, const char *label)
{
	const uint8_t *value;

	assert_true(hear());
	assert_int_equal(f.h.nlmsg_type, type);
	assert_int_equal(attr_of(sizeof(struct ifaddrmsg), IFA_LABEL, &value), strlen(label) + 1);
	assert_string_equal((const char *)value, label);
}

static void labels_follow_the_name_of_their_link(void **state)
{
	(void)state;
	add_addr("10.0.0.1/24", "eth0:first");
	add_addr("10.0.0.2/24", "");
	add_addr("10.0.0.3/24", "eth0:a");
	listen_to(RTMGRP_IPV4_IFADDR);
	rename_eth("wan");
	assert_addr(RTM_NEWADDR, "wan");
	assert_addr(RTM_NEWADDR, "wan:2");
	assert_addr(RTM_NEWADDR, "wan:a");
	rename_eth("a-longer-name-x");
	assert_addr(RTM_NEWADDR, "a-longer-name-x");
	assert_addr(RTM_NEWADDR, "a-longer-name:2");
	assert_addr(RTM_NEWADDR, "a-longer-name:a");
	assert_false(hear());
}

static void addresses_of_a_link_that_goes_are_told_of(void **state)
{
	(void)state;
	add_addr("10.0.0.1/24", "");
	add_addr("10.0.0.2/24", "");
	listen_to(RTMGRP_IPV4_IFADDR);
	sea_link_del(f.eth, now);
	assert_addr(RTM_DELADDR, "eth0");
	assert_addr(RTM_DELADDR, "eth0");
	assert_false(hear());
}

/* -- what routers say -- */

static struct test_stack host;

static void open_socket(void)
{
	f.stack = host.stack;
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.hears,
					host.now),
			 0);
}

static int setup_host(void **state)
{
	(void)state;
	f = (struct fixture){ 0 };
	nd_new_of(&host, modules, 4);
	nd_settle(&host);
	open_socket();
	return 0;
}

static int teardown_host(void **state)
{
	(void)state;
	test_stack_free(&host);
	return 0;
}

/* A router advertises one prefix; `bits` are in its option beside the flags. */
static void advertise(const char *prefix, const char *flags, uint8_t bits, uint32_t valid_s,
		      uint32_t preferred_s)
{
	struct nd_ra ra = nd_ra(0);

	nd_prefix(&ra, prefix, flags, valid_s, preferred_s);
	ra.opts[3] |= bits;
	nd_inject(&host, &ra);
}

static void assert_prefix(const char *addr, uint8_t len, uint8_t flags, uint32_t valid_s,
			  uint32_t preferred_s)
{
	const struct sea_ipaddr a = test_ip6(addr);
	struct prefix_cacheinfo times;
	const uint8_t *value = NULL;
	struct prefixmsg m;

	assert_true(hear());
	assert_int_equal(f.h.nlmsg_type, RTM_NEWPREFIX);
	assert_int_equal(f.h.nlmsg_len, sizeof(f.h) + sizeof(m) + 20 + 12);
	assert_int_equal(f.h.nlmsg_flags | f.h.nlmsg_seq | f.h.nlmsg_pid, 0);
	memcpy(&m, f.bytes + sizeof(f.h), sizeof(m));
	assert_int_equal(m.prefix_family, AF_INET6);
	assert_int_equal(m.prefix_ifindex, host.link->ifindex);
	assert_int_equal(m.prefix_type, 3);
	assert_int_equal(m.prefix_len, len);
	assert_int_equal(m.prefix_flags, flags);
	assert_int_equal(attr_of(sizeof(m), PREFIX_ADDRESS, &value), 16);
	assert_memory_equal(value, a.b, 16);
	assert_int_equal(attr_of(sizeof(m), PREFIX_CACHEINFO, &value), sizeof(times));
	memcpy(&times, value, sizeof(times));
	assert_int_equal(times.valid_time, valid_s);
	assert_int_equal(times.preferred_time, preferred_s);
	assert_false(hear());
}

static void a_prefix_is_told_of_as_it_came(void **state)
{
	(void)state;
	listen_to(GROUP(RTNLGRP_IPV6_PREFIX) | GROUP(RTNLGRP_IPV6_IFINFO));
	advertise("2001:db8:1::7/64", "LA", 0x2f, 3600, 1800);
	assert_prefix("2001:db8:1::7", 64, 0xef, 3600, 1800);
	advertise("2001:db8:1::7/64", "LA", 0, 3600, 1800);
	assert_prefix("2001:db8:1::7", 64, 0xc0, 3600, 1800);
	advertise("2001:db8:2::/64", "", 0, UINT32_MAX, UINT32_MAX);
	assert_prefix("2001:db8:2::", 64, 0, UINT32_MAX, UINT32_MAX);
	advertise("2001:db8:3::/64", "A", 0, 0, 0);
	assert_prefix("2001:db8:3::", 64, 0x40, 0, 0);
	advertise("2001:db8:4::/48", "L", 0, 3600, 1800);
	assert_prefix("2001:db8:4::", 48, 0x80, 3600, 1800);
}

static void of_a_prefix_that_is_not_taken_nothing_is_told(void **state)
{
	(void)state;
	listen_to(GROUP(RTNLGRP_IPV6_PREFIX));
	advertise("2001:db8:1::/48", "LA", 0, 3600, 1800);
	advertise("2001:db8:1::/64", "L", 0, 1800, 3600);
	advertise("fe80::/64", "L", 0, 3600, 1800);
	nd_set(&host, "accept_ra_min_lft", "4000");
	advertise("2001:db8:1::/64", "L", 0, 3600, 1800);
	nd_set(&host, "accept_ra_min_lft", "0");
	nd_set(&host, "max_addresses", "1");
	advertise("2001:db8:1::/64", "A", 0, 3600, 1800);
	nd_set(&host, "accept_ra_pinfo", "0");
	advertise("2001:db8:1::/64", "L", 0, 3600, 1800);
	assert_false(hear());
	nd_set(&host, "accept_ra_pinfo", "1");
	nd_set(&host, "autoconf", "0");
	advertise("2001:db8:1::/48", "LA", 0, 3600, 1800);
	assert_prefix("2001:db8:1::", 48, 0xc0, 3600, 1800);
}

/* The MTU that a router told of, in the link's news that come next; 0: that says of none. */
static uint32_t mtu_heard(void)
{
	const uint8_t *value = NULL;
	struct ifinfomsg i;
	struct nlattr last;
	uint32_t mtu = 0;
	int len;

	assert_true(hear());
	assert_int_equal(f.h.nlmsg_type, RTM_NEWLINK);
	assert_int_equal(f.h.nlmsg_flags | f.h.nlmsg_seq | f.h.nlmsg_pid, 0);
	memcpy(&i, f.bytes + sizeof(f.h), sizeof(i));
	assert_int_equal(i.ifi_family, AF_INET6);
	assert_int_equal(i.ifi_index, host.link->ifindex);
	len = attr_of(sizeof(i), IFLA_PROTINFO, &value);
	assert_true(len > 8);
	memcpy(&last, value + len - 8, sizeof(last));
	if (last.nla_len == 8 && last.nla_type == IFLA_INET6_RA_MTU)
		memcpy(&mtu, value + len - 4, sizeof(mtu));
	assert_false(hear());
	return mtu;
}

static void inject_twice(const struct nd_ra *ra, uint32_t mtu, bool told_again)
{
	nd_inject(&host, ra);
	assert_int_equal(mtu_heard(), mtu);
	nd_inject(&host, ra);
	if (told_again)
		assert_int_equal(mtu_heard(), mtu);
	else
		assert_false(hear());
}

static void what_is_new_of_a_link_is_told_of(void **state)
{
	struct nd_ra ra = nd_ra(100);

	(void)state;
	listen_to(GROUP(RTNLGRP_IPV6_IFINFO));
	nd_inject(&host, &ra);
	assert_false(hear());
	ra.flags = SEA_NDP_RA_MANAGED;
	inject_twice(&ra, 0, false);
	ra.flags |= SEA_NDP_RA_OTHER;
	inject_twice(&ra, 0, false);
	ra.reachable_ms = 20000;
	inject_twice(&ra, 0, false);
	nd_mtu(&ra, 1400);
	inject_twice(&ra, 1400, false);
	/* Each time, as on Linux. */
	ra.retrans_ms = 2000;
	inject_twice(&ra, 1400, true);
	ra = nd_ra(0);
	nd_inject(&host, &ra); /* with neither flag */
	assert_int_equal(mtu_heard(), 1400);
}

static void an_mtu_that_is_refused_is_told_of_and_outlives_saving(void **state)
{
	struct nd_ra ra = nd_ra(0);
	struct snapshot snap = { 0 };

	(void)state;
	listen_to(GROUP(RTNLGRP_IPV6_IFINFO));
	nd_set(&host, "accept_ra_mtu", "0");
	nd_mtu(&ra, 600);
	nd_inject(&host, &ra);
	assert_false(hear());
	nd_set(&host, "accept_ra_mtu", "1");
	inject_twice(&ra, 600, false);
	assert_int_equal(nd_get(&host, "mtu"), 1500);
	assert_int_equal(sea_stack_save(host.stack, snapshot_write, &snap), 0);
	sea_stack_free(host.stack);
	assert_int_equal(sea_stack_load(NULL, &host.env.env, modules, 4, false, snapshot_read,
					&snap, &host.stack),
			 0);
	snapshot_free(&snap);
	host.link = sea_link_by_name(host.stack, "eth0");
	open_socket();
	listen_to(GROUP(RTNLGRP_IPV6_IFINFO));
	nd_inject(&host, &ra);
	assert_false(hear());
	ra.flags = SEA_NDP_RA_MANAGED;
	inject_twice(&ra, 600, false);
}

#define HOST_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_host, teardown_host)
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(settings_come_and_go_with_links),
		TEST(who_routes_groups_is_told),
		TEST(forwarding_of_ipv6_is_told_of_when_it_begins_or_ends),
		TEST(labels_follow_the_name_of_their_link),
		TEST(addresses_of_a_link_that_goes_are_told_of),
		HOST_TEST(a_prefix_is_told_of_as_it_came),
		HOST_TEST(of_a_prefix_that_is_not_taken_nothing_is_told),
		HOST_TEST(what_is_new_of_a_link_is_told_of),
		HOST_TEST(an_mtu_that_is_refused_is_told_of_and_outlives_saving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
