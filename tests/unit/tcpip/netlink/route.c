/* SPDX-License-Identifier: Apache-2.0 */
/* Routes by rtnetlink: what the comparison with the kernel (tests/netns/netlink_routes.sh) does not show. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/lwtunnel.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/module.h"
#include "core/stack.h"
#include "ip/ipv4.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#define ROUTES 500u

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_socket s;
	uint8_t bytes[40000] __attribute__((aligned(8)));
	ssize_t len;
} f;

static const sea_time now = { SEA_SEC };
static const struct sea_module *const modules[] = { &sea_ipv4, &sea_netlink, &sea_rtnetlink };

/* -- messages -- */

struct msg {
	struct nlmsghdr h;
	uint8_t body[256];
};

static void put(struct msg *m, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(4 + len), .nla_type = type };

	memcpy(m->body + m->h.nlmsg_len - 16, &a, 4);
	if (len)
		memcpy(m->body + m->h.nlmsg_len - 12, value, len);
	m->h.nlmsg_len += (4u + len + 3) & ~3u;
}

static struct msg msg_of(uint16_t type, uint16_t flags, const struct rtmsg *r)
{
	struct msg m = { .h = { .nlmsg_len = 16 + sizeof(*r),
				.nlmsg_type = type,
				.nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) } };

	memcpy(m.body, r, sizeof(*r));
	return m;
}

static ssize_t receive_from(sea_socket s, size_t room)
{
	struct iovec iov = { f.bytes, room };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	f.len = sea_socket_recvmsg(f.stack, s, &m, 0, now);
	return f.len;
}

static ssize_t try(const struct msg *msg)
{
	struct iovec iov = { (void *)(uintptr_t)msg, msg->h.nlmsg_len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_sendmsg(f.stack, f.s, &m, 0, now);
}

static void send_msg(const struct msg *msg)
{
	assert_int_equal(try(msg), msg->h.nlmsg_len);
}

/* What is acknowledged. */
static int ask(const struct msg *m)
{
	struct nlmsgerr e;

	send_msg(m);
	assert_true(receive_from(f.s, sizeof(f.bytes)) >= 36);
	memcpy(&e, f.bytes + 16, sizeof(e));
	return e.error;
}

/* 10.1.x.y/32 by 192.0.2.2 */
static struct msg route_msg(uint16_t type, uint16_t flags, uint32_t i)
{
	const struct rtmsg r = { .rtm_family = AF_INET,
				 .rtm_dst_len = 32,
				 .rtm_table = RT_TABLE_MAIN,
				 .rtm_type = RTN_UNICAST,
				 .rtm_protocol = RTPROT_STATIC };
	const uint8_t dst[4] = { 10, 1, (uint8_t)(i >> 8), (uint8_t)i };
	const uint8_t gateway[4] = { 192, 0, 2, 2 };
	struct msg m = msg_of(type, (uint16_t)(flags | NLM_F_ACK), &r);

	put(&m, RTA_DST, dst, 4);
	put(&m, RTA_GATEWAY, gateway, 4);
	return m;
}

static void add_routes(void)
{
	for (uint32_t i = 0; i < ROUTES; i++) {
		const struct msg m = route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, i);

		assert_int_equal(ask(&m), 0);
	}
}

static struct msg dump_msg(void)
{
	return msg_of(RTM_GETROUTE, NLM_F_DUMP, &(struct rtmsg){ .rtm_family = AF_INET });
}

/* Counts routes by 192.0.2.2, which come in order, until the end. */
static uint32_t count_rest(uint32_t next)
{
	for (;;) {
		struct nlmsghdr h;

		assert_true(receive_from(f.s, 4096) > 0);
		for (ssize_t at = 0; at < f.len; at += h.nlmsg_len) {
			memcpy(&h, f.bytes + at, sizeof(h));
			if (h.nlmsg_type == NLMSG_DONE) {
				int32_t result;

				memcpy(&result, f.bytes + at + 16, sizeof(result));
				assert_int_equal(result, 0);
				return next;
			}
			assert_int_equal(h.nlmsg_type, RTM_NEWROUTE);
			if (f.bytes[at + 16 + 5] != RTPROT_STATIC)
				continue;
			assert_int_equal(f.bytes[at + 16 + 12 + 8 + 4 + 3], next & 0xff);
			next++;
		}
	}
}

/* -- the fixture -- */

static void add_link(void)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.type = SEA_LINK_ETHERNET };
	struct sea_ifaddr a = { .size = sizeof(a),
				.local = sea_addr_v4(192, 0, 2, 1),
				.prefix_len = 24 };
	struct sea_link *link;

	assert_int_equal(sea_link_add(f.stack, &config, &link, now), 0);
	assert_int_equal(sea_link_set_up(link, true, now), 0);
	a.ifindex = 2;
	assert_int_equal(sea_ifaddr_add(f.stack, &a, now), 0);
}

static sea_socket open_one(uint32_t groups)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = groups };
	sea_socket s;

	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s, now), 0);
	assert_int_equal(sea_socket_bind(f.stack, s, (struct sockaddr *)&name, sizeof(name), now),
			 0);
	return s;
}

/* By a socket that never read more than it is about to: pieces are small. */
static void begin_dump(void)
{
	const struct msg m = dump_msg();

	f.s = open_one(0);
	send_msg(&m);
}

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 3, &f.stack), 0);
	add_link();
	f.s = open_one(0);
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

static void many_routes_come_in_order_and_once(void **state)
{
	(void)state;
	add_routes();
	begin_dump();
	assert_int_equal(count_rest(0), ROUTES);
}

/* Those that go behind the reader are not missed, those before him not shown. */
static void a_dump_goes_on_while_routes_go(void **state)
{
	sea_socket s;

	(void)state;
	add_routes();
	begin_dump();
	s = f.s;
	f.s = open_one(0);
	for (uint32_t i = 400; i < ROUTES; i++) {
		const struct msg m = route_msg(RTM_DELROUTE, 0, i);

		assert_int_equal(ask(&m), 0);
	}
	f.s = s;
	assert_int_equal(count_rest(0), 400);
}

static void a_dump_goes_on_in_a_restored_stack(void **state)
{
	struct snapshot shot = { 0 };
	struct sea_stack *restored;

	(void)state;
	add_routes();
	begin_dump();
	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &shot), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 3, false, snapshot_read, &shot,
					&restored),
			 0);
	snapshot_free(&shot);
	f.stack = restored;
	assert_int_equal(count_rest(0), ROUTES);
}

static void news_reach_who_listens(void **state)
{
	const struct msg m = route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, 1);
	sea_socket listener = open_one(RTMGRP_IPV4_ROUTE);
	struct nlmsghdr h;

	(void)state;
	assert_int_equal(ask(&m), 0);
	assert_true(receive_from(listener, sizeof(f.bytes)) > 16);
	memcpy(&h, f.bytes, sizeof(h));
	assert_int_equal(h.nlmsg_type, RTM_NEWROUTE);
	assert_int_equal(h.nlmsg_flags, NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(receive_from(listener, sizeof(f.bytes)), -EAGAIN);
	assert_int_equal(ask(&m), -EEXIST);
	assert_int_equal(receive_from(listener, sizeof(f.bytes)), -EAGAIN);
}

static void a_route_that_is_replaced_by_itself_is_no_news(void **state)
{
	const struct msg m = route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, 1);
	struct msg other = m;
	sea_socket listener;

	(void)state;
	assert_int_equal(ask(&m), 0);
	listener = open_one(RTMGRP_IPV4_ROUTE);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(receive_from(listener, sizeof(f.bytes)), -EAGAIN);
	put(&other, RTA_PREFSRC, (const uint8_t[]){ 192, 0, 2, 1 }, 4);
	assert_int_equal(ask(&other), 0);
	assert_true(receive_from(listener, sizeof(f.bytes)) > 16);
}

/* What routes here do not have is not taken as if they had. */
static void realms_and_tunnels_of_routes_are_refused(void **state)
{
	const struct nhmsg nh = { .nh_family = AF_INET };
	const uint32_t realm = 3, link = 2;
	const uint16_t mpls = LWTUNNEL_ENCAP_MPLS;
	struct msg m = route_msg(RTM_NEWROUTE, NLM_F_CREATE, 1);

	(void)state;
	put(&m, RTA_FLOW, &(const uint32_t){ 0 }, 4);
	assert_int_equal(ask(&m), 0);
	m = route_msg(RTM_NEWROUTE, NLM_F_CREATE, 2);
	put(&m, RTA_FLOW, &realm, 4);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = route_msg(RTM_DELROUTE, 0, 1);
	put(&m, RTA_FLOW, &realm, 4);
	assert_int_equal(ask(&m), -ESRCH);
	m = (struct msg){ .h = { .nlmsg_len = 16 + sizeof(nh),
				 .nlmsg_type = RTM_NEWNEXTHOP,
				 .nlmsg_flags = NLM_F_CREATE | NLM_F_ACK | NLM_F_REQUEST } };
	memcpy(m.body, &nh, sizeof(nh));
	put(&m, NHA_ID, &realm, 4);
	put(&m, NHA_OIF, &link, 4);
	put(&m, NHA_ENCAP_TYPE, &mpls, 2);
	put(&m, NHA_ENCAP | NLA_F_NESTED, NULL, 0);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
}

/* The path that was learnt is forgotten, whatever is written. */
static void routes_are_flushed_by_a_sysctl(void **state)
{
	struct sea_pmtu_table *t = &sea_ipv4_of(f.stack)->pmtu;
	const struct sea_ipaddr dst = sea_ipaddr_of4((sea_be32){ { 192, 0, 2, 9 } });
	char text[8];

	(void)state;
	sea_pmtu_set(t, &dst, 1300, false, SEA_TIME_NEVER);
	assert_non_null(sea_pmtu_find(t, &dst));
	assert_int_equal(sea_sysctl_get(f.stack, "net.ipv4.route.flush", text, sizeof(text)),
			 -EACCES);
	assert_int_equal(sea_sysctl_mode(f.stack, "net.ipv4.route.flush"), 0200);
	assert_int_equal(sea_sysctl_set(f.stack, "net.ipv4.route.flush", "x", now), 0);
	assert_null(sea_pmtu_find(t, &dst));
}

/* IPv6 has no tables here. */
static void a_stack_without_ipv6_says_so(void **state)
{
	const struct rtmsg r = { .rtm_family = AF_INET6, .rtm_table = RT_TABLE_MAIN };
	struct msg m = msg_of(RTM_NEWROUTE, NLM_F_CREATE, &r);

	(void)state;
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = msg_of(RTM_GETROUTE, 0, &r);
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	m = msg_of(RTM_GETROUTE, NLM_F_DUMP, &r);
	send_msg(&m);
	assert_int_equal(count_rest(0), 0);
}

static void without_memory_nothing_leaks(void **state)
{
	(void)state;
	for (size_t n = 1; n < 12; n++) {
		const struct msg m = route_msg(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, 1);
		const struct msg dump = dump_msg();

		f.env.calls = 0;
		f.env.fail_at = n;
		try(&m);
		try(&dump);
		f.env.fail_at = 0;
		while (receive_from(f.s, sizeof(f.bytes)) != -EAGAIN)
			;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_routes_come_in_order_and_once),
		TEST(a_dump_goes_on_while_routes_go),
		TEST(a_dump_goes_on_in_a_restored_stack),
		TEST(news_reach_who_listens),
		TEST(a_route_that_is_replaced_by_itself_is_no_news),
		TEST(realms_and_tunnels_of_routes_are_refused),
		TEST(routes_are_flushed_by_a_sysctl),
		TEST(a_stack_without_ipv6_says_so),
		TEST(without_memory_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
