/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 addresses by rtnetlink: what lo cannot show, where the kernel's answers are compared with ours. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/stack.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_socket asks, hears;
	struct nlmsghdr h; /* of the last answer */
	struct ifaddrmsg a;
	uint8_t bytes[4096] __attribute__((aligned(8)));
} f;

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_netlink,
						    &sea_rtnetlink };
static sea_time now;

static const uint8_t own[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
static const uint8_t other[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };

/* -- asking -- */

struct message {
	struct nlmsghdr h;
	struct ifaddrmsg a;
	uint8_t attrs[128];
};

static struct message message_of(uint16_t type, uint8_t prefix_len)
{
	return (struct message){
		.h = { .nlmsg_len = sizeof(struct nlmsghdr) + sizeof(struct ifaddrmsg),
		       .nlmsg_type = type,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.a = { .ifa_family = AF_INET6, .ifa_prefixlen = prefix_len, .ifa_index = 2 },
	};
}

static void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	uint8_t *at = (uint8_t *)m + m->h.nlmsg_len;

	memcpy(at, &a, sizeof(a));
	memcpy(at + sizeof(a), value, len);
	m->h.nlmsg_len += (a.nla_len + 3u) & ~3u;
}

static bool read_one(sea_socket s)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, s, &m, 0, now);

	if (n < (ssize_t)(sizeof(f.h) + sizeof(f.a)))
		return false;
	memcpy(&f.h, f.bytes, sizeof(f.h));
	memcpy(&f.a, f.bytes + sizeof(f.h), sizeof(f.a));
	return true;
}

static int ask(const struct message *m)
{
	struct iovec iov = { (void *)(uintptr_t)m, m->h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int err;

	assert_int_equal(sea_socket_sendmsg(f.stack, f.asks, &msg, 0, now), m->h.nlmsg_len);
	assert_true(read_one(f.asks));
	assert_int_equal(f.h.nlmsg_type, NLMSG_ERROR);
	memcpy(&err, f.bytes + sizeof(f.h), sizeof(err));
	return err;
}

static void assert_heard(uint16_t type, bool tentative)
{
	assert_true(read_one(f.hears));
	assert_int_equal(f.h.nlmsg_type, type);
	assert_int_equal(f.a.ifa_flags & IFA_F_TENTATIVE, tentative ? IFA_F_TENTATIVE : 0);
}

static void pass(int64_t seconds)
{
	for (int64_t ms = 0; ms < seconds * 1000; ms += 10) {
		now.ns += 10 * SEA_MSEC;
		sea_stack_advance(f.stack, now);
	}
}

static void forget_news(void)
{
	while (read_one(f.hears))
		;
}

/* -- fixture -- */

static int setup(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "eth0" };
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_IFADDR };
	struct sea_link *link;

	(void)state;
	f = (struct fixture){ 0 };
	now = (sea_time){ SEA_SEC };
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 4, &f.stack), 0);
	assert_int_equal(sea_link_add(f.stack, &config, &link, now), 0);
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.asks, now),
			 0);
	assert_int_equal(
		sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.hears, now), 0);
	assert_int_equal(
		sea_socket_bind(f.stack, f.hears, (struct sockaddr *)&name, sizeof(name), now), 0);
	assert_int_equal(sea_link_set_up(link, true, now), 0);
	pass(3);
	forget_news(); /* of its own address */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

/* -- tests -- */

static void a_listener_hears_of_an_address_when_it_comes_and_when_it_is_ours(void **state)
{
	struct message m = message_of(RTM_NEWADDR, 64);

	(void)state;
	add_attr(&m, IFA_ADDRESS, own, 16);
	assert_int_equal(ask(&m), 0);
	assert_heard(RTM_NEWADDR, true);
	assert_false(read_one(f.hears));
	pass(3);
	assert_heard(RTM_NEWADDR, false);
	assert_int_equal(sea_link_set_up(sea_link_by_name(f.stack, "eth0"), false, now), 0);
	assert_heard(RTM_DELADDR, false);
	assert_heard(RTM_DELADDR, false); /* … and the link's own */
	assert_false(read_one(f.hears));
}

static void a_listener_hears_when_an_address_is_deprecated_and_when_it_ends(void **state)
{
	const struct ifa_cacheinfo life = { .ifa_prefered = 10, .ifa_valid = 20 };
	struct message m = message_of(RTM_NEWADDR, 64);

	(void)state;
	add_attr(&m, IFA_ADDRESS, own, 16);
	add_attr(&m, IFA_CACHEINFO, &life, sizeof(life));
	assert_int_equal(ask(&m), 0);
	pass(5);
	forget_news();
	pass(6);
	assert_heard(RTM_NEWADDR, false);
	assert_true(f.a.ifa_flags & IFA_F_DEPRECATED);
	pass(10);
	assert_heard(RTM_DELADDR, false);
	assert_false(read_one(f.hears));
}

static bool reaches_other(void)
{
	struct sea_route_cursor cursor = { 0 };
	struct sea_route r = { .size = sizeof(r) };

	while (sea_route_next(f.stack, &cursor, &r))
		if (r.prefix_len == 128 && r.dst.family == SEA_AF_INET6 &&
		    !memcmp(r.dst.b, other, 16))
			return true;
	return false;
}

static void restore(void)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 4, false, snapshot_read, &snap,
					&f.stack),
			 0);
	snapshot_free(&snap);
}

static void the_way_to_the_other_end_comes_and_goes_with_the_address(void **state)
{
	struct message m = message_of(RTM_NEWADDR, 128);

	(void)state;
	add_attr(&m, IFA_LOCAL, own, 16);
	add_attr(&m, IFA_ADDRESS, other, 16);
	assert_int_equal(ask(&m), 0);
	assert_false(reaches_other());
	pass(3);
	assert_true(reaches_other());
	restore();
	assert_true(reaches_other());
	m.h.nlmsg_type = RTM_DELADDR;
	assert_int_equal(ask(&m), 0);
	assert_false(reaches_other());
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_listener_hears_of_an_address_when_it_comes_and_when_it_is_ours),
		TEST(a_listener_hears_when_an_address_is_deprecated_and_when_it_ends),
		TEST(the_way_to_the_other_end_comes_and_goes_with_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
