/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners of rtnetlink hear of links that come, are renamed and go. What is expected is what Linux 6.18 tells. */
#include <sys/socket.h>

#include <linux/if_addr.h>
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

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *eth;
	sea_socket hears;
	struct nlmsghdr h; /* of the last one heard */
	uint8_t bytes[4096] __attribute__((aligned(8)));
} f;

static const sea_time now = { SEA_SEC };

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
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_netlink,
							    &sea_rtnetlink };
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(settings_come_and_go_with_links),
		TEST(who_routes_groups_is_told),
		TEST(forwarding_of_ipv6_is_told_of_when_it_begins_or_ends),
		TEST(labels_follow_the_name_of_their_link),
		TEST(addresses_of_a_link_that_goes_are_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
