/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A router whose routes and rules change by rtnetlink between any two packets: each goes where the tables of that
 * moment say, and none is lost.
 */
#include <errno.h>
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <seastack/socket.h>

#include "tests/lib/stack_fixture.h"

#define CHANGES 500u
#define OTHER_TABLE 77u

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_netlink, &sea_rtnetlink };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static struct test_stack t;
static struct sea_link *far;
static sea_socket s;

/* -- messages -- */

struct msg {
	struct nlmsghdr h;
	uint8_t body[128];
};

static void put(struct msg *m, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	uint8_t *at = m->body + m->h.nlmsg_len - sizeof(m->h);

	memcpy(at, &a, sizeof(a));
	memcpy(at + sizeof(a), value, len);
	m->h.nlmsg_len += (uint32_t)(sizeof(a) + len + 3) & ~3u;
}

/* What is acknowledged. */
static int ask(const struct msg *msg)
{
	uint8_t bytes[256];
	struct iovec iov = { (void *)(uintptr_t)msg, msg->h.nlmsg_len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int err;

	assert_int_equal(sea_socket_sendmsg(t.stack, s, &m, 0, t.now), msg->h.nlmsg_len);
	iov = (struct iovec){ bytes, sizeof(bytes) };
	assert_true(sea_socket_recvmsg(t.stack, s, &m, 0, t.now) >= 20);
	memcpy(&err, bytes + sizeof(struct nlmsghdr), sizeof(err));
	return err;
}

static struct msg msg_of(uint16_t type, uint16_t flags, const void *hdr, uint32_t len)
{
	struct msg m = { .h = { .nlmsg_len = (uint32_t)sizeof(m.h) + len,
				.nlmsg_type = type,
				.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags) } };

	memcpy(m.body, hdr, len);
	return m;
}

/* 10.9.0.0/16, or its longer prefix of 10.9.1.1, by 192.168.1.`gateway`. */
static struct msg route_msg(uint16_t type, uint16_t flags, uint8_t prefix_len, uint32_t table,
			    uint8_t gateway)
{
	const struct rtmsg r = { .rtm_family = AF_INET,
				 .rtm_dst_len = prefix_len,
				 .rtm_type = RTN_UNICAST,
				 .rtm_protocol = RTPROT_STATIC };
	const uint8_t dst[4] = { 10, 9, prefix_len > 16, prefix_len > 24 };
	const uint8_t via[4] = { 192, 168, 1, gateway };
	struct msg m = msg_of(type, flags, &r, sizeof(r));

	put(&m, RTA_DST, dst, sizeof(dst));
	put(&m, RTA_TABLE, &table, sizeof(table));
	put(&m, RTA_GATEWAY, via, sizeof(via));
	return m;
}

static struct msg rule_msg(uint16_t type, uint16_t flags)
{
	const struct fib_rule_hdr r = { .family = AF_INET,
					.action = FR_ACT_TO_TBL,
					.table = OTHER_TABLE };
	const uint32_t priority = 100;
	struct msg m = msg_of(type, flags, &r, sizeof(r));

	put(&m, FRA_PRIORITY, &priority, sizeof(priority));
	return m;
}

/* -- the fixture -- */

static void know(uint8_t host)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = far->ifindex,
				    .addr = sea_addr_v4(192, 168, 1, host),
				    .mac = { 2, 0, 0, 0, 1, host },
				    .state = SEA_NUD_PERMANENT };

	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

static int setup(void **state)
{
	struct msg m;

	(void)state;
	test_stack_new(&t, modules, 3);
	far = test_add_link(&t, "eth1", &our_far_mac, "192.168.1.1/24");
	for (uint8_t host = 2; host < 6; host++)
		know(host);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_forward", "1", t.now), 0);
	assert_int_equal(sea_socket_new(t.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s, t.now),
			 0);
	m = route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, 16, RT_TABLE_MAIN, 2);
	assert_int_equal(ask(&m), 0);
	m = route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, 16, OTHER_TABLE, 5);
	assert_int_equal(ask(&m), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_stack_free(&t);
	return 0;
}

static uint64_t all_drops(void)
{
	uint64_t n = 0;

	for (int reason = 0; reason < SEA_DROP_N; reason++)
		n += test_drops(&t, (enum sea_drop)reason);
	return n;
}

/* A packet for 10.9.1.1 comes in, and goes out to 192.168.1.`gateway`. */
static void expect_way(uint8_t gateway)
{
	const struct sea_mac mac = { { 2, 0, 0, 0, 1, gateway } };
	struct test_frame *f;

	test_inject_ip(&t, &(struct test_ip){ .dst = "10.9.1.1", .proto = 253 }, "packet", 6);
	f = test_take(&t);
	assert_non_null(f);
	assert_ptr_equal(f->link, far);
	assert_memory_equal(f->bytes, mac.b, sizeof(mac.b));
	assert_null(test_take(&t));
}

/* -- tests -- */

/* NLM_F_REPLACE: there is no moment without a route. */
static void a_route_that_is_replaced_while_forwarding_costs_no_drop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHANGES; i++) {
		uint8_t gateway = (uint8_t)(2 + i % 3);
		const struct msg m =
			route_msg(RTM_NEWROUTE, NLM_F_REPLACE, 16, RT_TABLE_MAIN, gateway);

		assert_int_equal(ask(&m), 0);
		expect_way(gateway);
		expect_way(gateway);
	}
	assert_int_equal(all_drops(), 0);
}

static void longer_prefixes_come_and_go_while_forwarding_without_a_drop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHANGES; i++) {
		uint8_t len = i % 2 ? 24 : 32;
		struct msg m =
			route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, len, RT_TABLE_MAIN, 3);

		assert_int_equal(ask(&m), 0);
		expect_way(3);
		m = route_msg(RTM_DELROUTE, 0, len, RT_TABLE_MAIN, 3);
		assert_int_equal(ask(&m), 0);
		expect_way(2);
	}
	assert_int_equal(all_drops(), 0);
}

static void rules_come_and_go_while_forwarding_without_a_drop(void **state)
{
	const struct msg comes = rule_msg(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
	const struct msg goes = rule_msg(RTM_DELRULE, 0);

	(void)state;
	for (unsigned i = 0; i < CHANGES; i++) {
		assert_int_equal(ask(&comes), 0);
		expect_way(5);
		assert_int_equal(ask(&goes), 0);
		expect_way(2);
	}
	assert_int_equal(all_drops(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_route_that_is_replaced_while_forwarding_costs_no_drop),
		TEST(longer_prefixes_come_and_go_while_forwarding_without_a_drop),
		TEST(rules_come_and_go_while_forwarding_without_a_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
