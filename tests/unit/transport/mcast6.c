/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets in IPv6 groups: the options, their errors as on Linux 6.18, and who hears what. */
#include <stdio.h>

#include <seastack/stats.h>

#include "ip/ifaddr6.h"
#include "tests/lib/sockets.h"

#define G "ff15::1"
#define MULTICAST_ALL6 29

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
	struct test_stack *t = malloc(sizeof(*t));

	test_stack_new6(t, modules, 3);
	test_know_peer6(t);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(*state);
	free(*state);
	return 0;
}

static sea_socket udp6(struct test_stack *t)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t->stack, AF_INET6, SOCK_DGRAM, 0, &s, t->now), 0);
	return s;
}

static struct sockaddr_in6 in6(const char *ip, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET6, ip, &a.sin6_addr), 1);
	return a;
}

static sea_socket listener(struct test_stack *t)
{
	struct sockaddr_in6 a = in6("::", 7);
	sea_socket s = udp6(t);

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&a, sizeof(a), t->now), 0);
	return s;
}

static int set(struct test_stack *t, sea_socket s, int name, const void *val, size_t len)
{
	return sea_socket_setsockopt(t->stack, s, IPPROTO_IPV6, name, val, (socklen_t)len, t->now);
}

static int member(struct test_stack *t, sea_socket s, int name, const char *group, int ifindex)
{
	struct ipv6_mreq mreq = { in6(group, 0).sin6_addr, (unsigned)ifindex };

	return set(t, s, name, &mreq, sizeof(mreq));
}

static int join(struct test_stack *t, sea_socket s, const char *group)
{
	return member(t, s, IPV6_JOIN_GROUP, group, t->link->ifindex);
}

static struct sockaddr_storage ss(const char *ip)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in6 a = in6(ip, 0);

	memcpy(&s, &a, sizeof(a));
	return s;
}

static int source_on(struct test_stack *t, sea_socket s, int name, const char *group,
		     const char *src, int ifindex)
{
	struct group_source_req req = { (uint32_t)ifindex, ss(group), ss(src) };

	return set(t, s, name, &req, sizeof(req));
}

static int source(struct test_stack *t, sea_socket s, int name, const char *group, const char *src)
{
	return source_on(t, s, name, group, src, t->link->ifindex);
}

static void say(struct test_stack *t, const char *group, const char *src, const char *text)
{
	size_t len = 8 + strlen(text);
	struct sea_ipaddr from = test_ip6(src), to = test_ip6(group);
	uint8_t out[256] = { 0, 9, 0, 7, 0, (uint8_t)len };
	sea_be16 sum;

	memcpy(out + 8, text, strlen(text));
	sum = test_checksum(out, len, test_pseudo6(from.b, to.b, 17, len));
	memcpy(out + 6, sum.b, 2);
	test_inject_ip6(t, &(struct test_ip6){ .src = src, .dst = group, .proto = 17 }, out, len);
}

static bool heard(struct test_stack *t, const char *group)
{
	struct sea_ipaddr a = test_ip6(group);

	return sea_group_heard(&sea_link_ip6(t->link)->groups, &a);
}

static void groups_are_joined_heard_and_left(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t);

	say(t, G, "2001:db8::2", "no");
	assert_int_equal(join(t, s, G), 0);
	say(t, G, "2001:db8::2", "yes");
	test_expect_text(t, s, "yes");
	assert_int_equal(member(t, s, IPV6_LEAVE_GROUP, G, t->link->ifindex), 0);
	say(t, G, "2001:db8::2", "no");
	test_expect_nothing(t, s);
	assert_int_equal(join(t, s, G), 0);
	test_close(t, s);
	assert_false(heard(t, G));
}

static void errors_of_joining_are_linuxs(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t);
	struct ipv6_mreq mreq = { in6(G, 0).sin6_addr, 0 };
	struct group_req req = { (uint32_t)t->link->ifindex, ss(G) };

	assert_int_equal(set(t, s, IPV6_JOIN_GROUP, &mreq, 19), -EINVAL);
	assert_int_equal(join(t, s, "2001:db8::9"), -EINVAL);
	assert_int_equal(join(t, s, "::ffff:239.1.1.1"), -EINVAL);
	assert_int_equal(member(t, s, IPV6_JOIN_GROUP, G, 99), -ENODEV);
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(join(t, s, G), -EADDRINUSE);
	assert_int_equal(member(t, s, IPV6_JOIN_GROUP, G, 0), -EADDRINUSE);
	assert_int_equal(member(t, s, IPV6_JOIN_GROUP, G, t->stack->loopback->ifindex), 0);
	assert_int_equal(member(t, s, IPV6_JOIN_GROUP, "ff15::99", 0), 0); /* by its route */
	assert_int_equal(member(t, s, IPV6_LEAVE_GROUP, "2001:db8::9", 0), -EINVAL);
	assert_int_equal(member(t, s, IPV6_LEAVE_GROUP, G, 99), -EADDRNOTAVAIL);
	assert_int_equal(member(t, s, IPV6_LEAVE_GROUP, G, 0), 0);
	assert_int_equal(member(t, s, IPV6_LEAVE_GROUP, G, 0), 0);
	assert_int_equal(member(t, s, IPV6_LEAVE_GROUP, G, 0), -EADDRNOTAVAIL);
	req.gr_group.ss_family = AF_INET;
	assert_int_equal(set(t, s, MCAST_JOIN_GROUP, &req, sizeof(req)), -EADDRNOTAVAIL);
	assert_int_equal(set(t, s, MCAST_LEAVE_GROUP, &req, sizeof(req)), -EADDRNOTAVAIL);
}

static void sources_are_wanted_or_not(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t);

	assert_int_equal(source(t, s, MCAST_JOIN_SOURCE_GROUP, G, "2001:db8::2"), 0);
	say(t, G, "2001:db8::2", "yes");
	say(t, G, "2001:db8::3", "no");
	test_expect_text(t, s, "yes");
	test_expect_nothing(t, s);
	assert_int_equal(source(t, s, MCAST_LEAVE_SOURCE_GROUP, G, "2001:db8::2"), 0);
	assert_false(heard(t, G));
	assert_int_equal(source(t, s, MCAST_LEAVE_SOURCE_GROUP, G, "2001:db8::2"), -EINVAL);
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(source(t, s, MCAST_BLOCK_SOURCE, G, "2001:db8::2"), 0);
	assert_int_equal(source(t, s, MCAST_BLOCK_SOURCE, G, "2001:db8::2"), -EADDRNOTAVAIL);
	assert_int_equal(source_on(t, s, MCAST_BLOCK_SOURCE, G, "2001:db8::4", 0), 0);
	assert_int_equal(source_on(t, s, MCAST_BLOCK_SOURCE, G, "2001:db8::4", 99), -ENODEV);
	assert_int_equal(source(t, s, MCAST_JOIN_SOURCE_GROUP, G, "2001:db8::2"), -EINVAL);
	say(t, G, "2001:db8::2", "no");
	say(t, G, "2001:db8::3", "yes");
	test_expect_text(t, s, "yes");
	test_expect_nothing(t, s);
}

static void a_whole_filter_is_set_and_read(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t);
	union {
		struct group_filter gf;
		uint8_t bytes[GROUP_FILTER_SIZE(65)];
	} u = { .gf = { .gf_interface = (uint32_t)t->link->ifindex,
			.gf_group = ss(G),
			.gf_fmode = MCAST_INCLUDE,
			.gf_numsrc = 1,
			.gf_slist = { ss("2001:db8::2") } } };
	socklen_t len = sizeof(u);

	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(1)), 0);
	assert_int_equal(sea_socket_getsockopt(t->stack, s, IPPROTO_IPV6, MCAST_MSFILTER, &u, &len,
					       t->now),
			 0);
	assert_int_equal(len, GROUP_FILTER_SIZE(1));
	assert_int_equal(u.gf.gf_fmode, MCAST_INCLUDE);
	assert_int_equal(u.gf.gf_slist[0].ss_family, AF_INET6);
	u.gf.gf_interface = 0; /* as on Linux, only the link that is named will do */
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(1)), -EINVAL);
	assert_int_equal(sea_socket_getsockopt(t->stack, s, IPPROTO_IPV6, MCAST_MSFILTER, &u, &len,
					       t->now),
			 -EADDRNOTAVAIL);
	u.gf.gf_interface = 99;
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(1)), -ENODEV);
	u.gf.gf_numsrc = 65;
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, sizeof(u)), -ENOBUFS);
}

/* RFC8504:11-a */
static void values_are_set_and_read_as_on_linux(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t);
	uint8_t byte = 1;

	assert_int_equal(test_get_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, 99), -ENODEV);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, t->link->ifindex), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF), t->link->ifindex);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -2), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 256), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 9);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -1), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 1);
	assert_int_equal(set(t, s, IPV6_MULTICAST_LOOP, &byte, 1), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 2), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, MULTICAST_ALL6, 2), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IPV6, MULTICAST_ALL6), 1);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, 62, t->link->ifindex), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF,
				      t->stack->loopback->ifindex),
			 -EINVAL);
}

static void what_is_sent_is_heard_here_by_members(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t), l = listener(t), other = listener(t);
	struct sockaddr_in6 to = in6(G, 7);
	struct iovec iov = { (void *)(uintptr_t) "x", 1 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	struct test_frame *f;

	assert_int_equal(join(t, l, G), 0);
	assert_int_equal(test_set_int(t, other, IPPROTO_IPV6, MULTICAST_ALL6, 0), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, t->link->ifindex), 0);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), 1);
	test_settle(t);
	test_expect_text(t, l, "x");
	test_expect_nothing(t, other);
	f = test_take(t);
	assert_non_null(f);
	assert_memory_equal(f->bytes, "\x33\x33\0\0\0\1", 6);
	assert_int_equal(f->bytes[14 + 7], 1);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 0), 0);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), 1);
	test_settle(t);
	test_expect_text(t, l, "x");
	assert_null(test_take(t));
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), 0);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), 1);
	test_settle(t);
	test_expect_nothing(t, l);
	assert_int_equal(test_take_all(t), 1);
}

static void memberships_of_a_socket_are_bounded(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = udp6(t);
	char group[32];
	int n = 0, err;

	do {
		snprintf(group, sizeof(group), "ff15::2:%x", n);
		err = join(t, s, group);
	} while (!err && ++n);
	assert_int_equal(n, 2340);
	assert_int_equal(err, -ENOMEM);
	test_close(t, s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(groups_are_joined_heard_and_left),    T(errors_of_joining_are_linuxs),
		T(sources_are_wanted_or_not),           T(a_whole_filter_is_set_and_read),
		T(values_are_set_and_read_as_on_linux), T(what_is_sent_is_heard_here_by_members),
		T(memberships_of_a_socket_are_bounded),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
