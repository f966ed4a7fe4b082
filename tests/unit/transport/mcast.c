/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets in multicast groups: who is in, and who hears what. */
#include <stdio.h>

#include <seastack/stats.h>

#include "tests/lib/mcast.h"

/* -- in and out -- */

/* RFC1112:7.1 */
static void only_groups_that_were_joined_are_heard(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7);

	say(t, G, NULL, "no");
	assert_int_equal(test_drops(t, SEA_DROP_IP_GROUP), 1);
	assert_int_equal(join(t, s, G), 0);
	say(t, G, NULL, "yes");
	test_expect_text(t, s, "yes");
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, G, "10.0.0.1"), 0);
	say(t, G, NULL, "no");
	assert_int_equal(test_drops(t, SEA_DROP_IP_GROUP), 2);
	test_expect_nothing(t, s);
}

static void errors_of_joining_are_linuxs(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct ip_mreq mreq = { in(G), in("10.0.0.1") };

	assert_int_equal(set(t, s, IP_ADD_MEMBERSHIP, &mreq, 7), -EINVAL);
	assert_int_equal(join(t, s, "10.0.0.9"), -EINVAL);
	assert_int_equal(member(t, s, IP_ADD_MEMBERSHIP, G, "10.0.9.9"), -ENODEV);
	assert_int_equal(member(t, s, IP_ADD_MEMBERSHIP, G, "0.0.0.0"), -ENODEV); /* no route */
	assert_int_equal(member_of(t, s, IP_ADD_MEMBERSHIP, G, 99), -ENODEV);
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, G, "10.0.0.1"), -EADDRNOTAVAIL);
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, G, "0.0.0.0"), -ENODEV);
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(join(t, s, G), -EADDRINUSE);
	assert_int_equal(member_of(t, s, IP_ADD_MEMBERSHIP, G, t->link->ifindex), -EADDRINUSE);
	assert_int_equal(member_of(t, s, IP_DROP_MEMBERSHIP, G, 99), -EADDRNOTAVAIL);
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, G, "10.0.9.9"), -EADDRNOTAVAIL);
	assert_int_equal(member_of(t, s, IP_DROP_MEMBERSHIP, G, t->link->ifindex), 0);
}

static void a_group_without_a_link_named_is_joined_where_its_route_leads(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7);
	const struct sea_route all = { .size = sizeof(all),
				       .dst = test_addr("224.0.0.0"),
				       .prefix_len = 4,
				       .type = SEA_ROUTE_UNICAST,
				       .scope = SEA_SCOPE_LINK,
				       .ifindex = t->link->ifindex };

	assert_int_equal(sea_route_add(t->stack, &all, t->now), 0);
	assert_int_equal(member(t, s, IP_ADD_MEMBERSHIP, G, "0.0.0.0"), 0);
	assert_true(heard(t, G));
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, G, "0.0.0.0"), 0);
	assert_false(heard(t, G));
}

static void memberships_of_a_socket_are_bounded(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	char group[16];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(group, sizeof(group), "239.0.0.%u", i);
		assert_int_equal(join(t, s, group), 0);
	}
	assert_int_equal(join(t, s, G), -ENOBUFS);
	assert_int_equal(source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, "10.0.0.2"), -ENOBUFS);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.igmp_max_memberships", "21", t->now),
			 0);
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.igmp_max_memberships", "0", t->now), 0);
	assert_int_equal(join(t, test_udp(t), G), -ENOBUFS);
}

/* As Linux 6.18 was seen to count: 56 bytes for each, and options of no more bytes than that. */
static void optmem_max_bounds_memberships_and_filters(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint8_t filter[170] = { 0 };

	assert_int_equal(sea_sysctl_set(t->stack, "net.core.optmem_max", "169", t->now), 0);
	assert_int_equal(join(t, s, "239.0.0.1"), 0);
	assert_int_equal(join(t, s, "239.0.0.2"), 0);
	assert_int_equal(join(t, s, "239.0.0.3"), 0);
	assert_int_equal(join(t, s, "239.0.0.4"), -ENOBUFS);
	assert_int_equal(sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_MSFILTER, filter, 169,
					       t->now),
			 -EINVAL);
	assert_int_equal(sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_MSFILTER, filter, 170,
					       t->now),
			 -ENOBUFS);
}

static void memberships_end_with_the_socket_and_with_the_link(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7), other = listener(t, 7);
	struct sea_link *link = test_add_link(t, "eth1", &mac, "10.1.0.1/24");
	int ifindex = link->ifindex;

	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(join(t, other, G), 0);
	test_close(t, s);
	assert_true(heard(t, G));
	test_close(t, other);
	assert_false(heard(t, G));

	s = listener(t, 7);
	assert_int_equal(member_of(t, s, IP_ADD_MEMBERSHIP, G, ifindex), 0);
	sea_link_del(link, t->now);
	assert_int_equal(member(t, s, IP_DROP_MEMBERSHIP, G, "10.1.0.1"), -EADDRNOTAVAIL);
	assert_int_equal(member_of(t, s, IP_DROP_MEMBERSHIP, G, ifindex), 0);
	assert_int_equal(member_of(t, s, IP_DROP_MEMBERSHIP, G, ifindex), -EADDRNOTAVAIL);
}

/* As on Linux, which looks at the type of socket only for the two oldest options. */
static void a_stream_may_join_only_by_newer_options(void **state)
{
	static const struct sea_module *const with_tcp[] = { &sea_ipv4, &sea_tcp };
	struct test_stack own;
	sea_socket s;

	test_stack_new(&own, with_tcp, 2);
	s = test_socket(&own, SOCK_STREAM, 0);
	assert_int_equal(join(&own, s, G), -EPROTO);
	assert_int_equal(member(&own, s, IP_DROP_MEMBERSHIP, G, "10.0.0.1"), -EPROTO);
	assert_int_equal(source(&own, s, IP_ADD_SOURCE_MEMBERSHIP, G, "10.0.0.2"), 0);
	assert_true(heard(&own, G));
	test_close(&own, s);
	assert_false(heard(&own, G));
	test_stack_free(&own);
}

/* -- sources -- */

/* RFC3376:3.1 */
static void only_sources_that_are_wanted_are_heard(void **state)
{
	struct test_stack *t = *state;
	sea_socket in_s = listener(t, 7), ex_s = listener(t, 7);

	assert_int_equal(source(t, in_s, IP_ADD_SOURCE_MEMBERSHIP, G, "10.0.0.2"), 0);
	say(t, G, "10.0.0.3", "three");
	assert_int_equal(test_drops(t, SEA_DROP_IP_GROUP), 1); /* nobody wants it */
	assert_int_equal(join(t, ex_s, G), 0);
	assert_int_equal(source(t, ex_s, IP_BLOCK_SOURCE, G, "10.0.0.2"), 0);
	say(t, G, "10.0.0.2", "two");
	test_expect_text(t, in_s, "two");
	test_expect_nothing(t, ex_s);
	say(t, G, "10.0.0.3", "three");
	test_expect_text(t, ex_s, "three");
	test_expect_nothing(t, in_s);
	assert_int_equal(source(t, ex_s, IP_UNBLOCK_SOURCE, G, "10.0.0.2"), 0);
	assert_int_equal(source(t, in_s, IP_DROP_SOURCE_MEMBERSHIP, G, "10.0.0.2"), 0);
	say(t, G, "10.0.0.2", "two");
	test_expect_text(t, ex_s, "two");
	assert_int_equal(source(t, in_s, IP_DROP_SOURCE_MEMBERSHIP, G, "10.0.0.2"), -EINVAL);
}

static void errors_of_sources_are_linuxs(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint8_t bytes[13] = { 0 };
	char src[16];

	assert_int_equal(set(t, s, IP_BLOCK_SOURCE, bytes, 13), -EINVAL);
	assert_int_equal(source(t, s, IP_BLOCK_SOURCE, G, "1.1.1.1"), -EINVAL);
	assert_int_equal(source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, "1.1.1.1"), 0);
	assert_int_equal(source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, "1.1.1.1"), -EADDRNOTAVAIL);
	assert_int_equal(source(t, s, IP_BLOCK_SOURCE, G, "1.1.1.1"), -EINVAL);
	assert_int_equal(join(t, s, G), -EADDRINUSE);
	for (unsigned i = 2; i <= 10; i++) {
		snprintf(src, sizeof(src), "1.1.1.%u", i);
		assert_int_equal(source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, src), 0);
	}
	assert_int_equal(source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, "1.1.1.11"), -ENOBUFS);
	assert_int_equal(source(t, s, IP_DROP_SOURCE_MEMBERSHIP, G, "1.1.1.99"), -EADDRNOTAVAIL);
	for (unsigned i = 1; i <= 10; i++) {
		snprintf(src, sizeof(src), "1.1.1.%u", i);
		assert_int_equal(source(t, s, IP_DROP_SOURCE_MEMBERSHIP, G, src), 0);
	}
	assert_false(heard(t, G)); /* the last source took the membership along */
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(source(t, s, IP_ADD_SOURCE_MEMBERSHIP, G, "1.1.1.1"), 0); /* turned over */
	assert_int_equal(source(t, s, IP_UNBLOCK_SOURCE, G, "1.1.1.1"), -EINVAL);
}

static socklen_t get_filter(struct test_stack *t, sea_socket s, struct ip_msfilter *msf,
			    socklen_t len, int want)
{
	msf->imsf_multiaddr = in(G);
	msf->imsf_interface = in("10.0.0.1");
	assert_int_equal(sea_socket_getsockopt(t->stack, s, IPPROTO_IP, IP_MSFILTER, msf, &len,
					       t->now),
			 want);
	return len;
}

static void a_filter_is_set_and_read_whole(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7);
	union {
		struct ip_msfilter msf;
		uint8_t bytes[IP_MSFILTER_SIZE(12)];
	} u = { .msf = { .imsf_multiaddr = in(G),
			 .imsf_interface = in("10.0.0.1"),
			 .imsf_fmode = MCAST_EXCLUDE,
			 .imsf_numsrc = 2 } };
	uint8_t *list = u.bytes + IP_MSFILTER_SIZE(0);

	memcpy(list, "\2\2\2\2\3\3\3\3", 8);
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(2)), -EINVAL); /* not in */
	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(set(t, s, IP_MSFILTER, &u, 15), -EINVAL);
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(1)), -EINVAL);
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(2)), 0);
	memset(&u, 0, sizeof(u));
	u.msf.imsf_numsrc = 12;
	assert_int_equal(get_filter(t, s, &u.msf, IP_MSFILTER_SIZE(12), 0), IP_MSFILTER_SIZE(2));
	assert_int_equal(u.msf.imsf_fmode, MCAST_EXCLUDE);
	assert_int_equal(u.msf.imsf_numsrc, 2);
	assert_memory_equal(list, "\2\2\2\2\3\3\3\3", 8);
	u.msf.imsf_numsrc = 12; /* more than there is room for: told, not written */
	assert_int_equal(get_filter(t, s, &u.msf, IP_MSFILTER_SIZE(1), 0), IP_MSFILTER_SIZE(1));
	assert_int_equal(u.msf.imsf_numsrc, 2);
	get_filter(t, s, &u.msf, 15, -EINVAL);

	u.msf.imsf_numsrc = 11;
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(11)), -ENOBUFS);
	u.msf.imsf_numsrc = 0;
	u.msf.imsf_fmode = 2;
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(0)), -EINVAL);
	u.msf.imsf_fmode = MCAST_INCLUDE; /* nothing at all: it leaves */
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(0)), 0);
	assert_false(heard(t, G));
	assert_int_equal(set(t, s, IP_MSFILTER, &u, IP_MSFILTER_SIZE(0)), -EADDRNOTAVAIL);
	get_filter(t, s, &u.msf, IP_MSFILTER_SIZE(0), -EADDRNOTAVAIL);
}

/* -- names of any family (RFC 3678 §5) -- */

static struct sockaddr_storage ss(const char *ip)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in a = test_in(ip, 0);

	memcpy(&s, &a, sizeof(a));
	return s;
}

static int neutral(struct test_stack *t, sea_socket s, int name, const char *group, const char *src)
{
	struct group_req req = { (uint32_t)t->link->ifindex, ss(group) };
	struct group_source_req sreq = { (uint32_t)t->link->ifindex, ss(group), ss("0.0.0.0") };

	if (!src)
		return set(t, s, name, &req, sizeof(req));
	sreq.gsr_source = ss(src);
	return set(t, s, name, &sreq, sizeof(sreq));
}

static void options_for_any_family_do_the_same(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7);
	struct group_req req = { (uint32_t)t->link->ifindex, ss(G) };
	struct group_source_req sreq = { (uint32_t)t->link->ifindex, ss(G), ss("10.0.0.2") };

	assert_int_equal(set(t, s, MCAST_JOIN_GROUP, &req, sizeof(req) - 1), -EINVAL);
	req.gr_group.ss_family = AF_INET6;
	assert_int_equal(set(t, s, MCAST_JOIN_GROUP, &req, sizeof(req)), -EINVAL);
	assert_int_equal(neutral(t, s, MCAST_JOIN_GROUP, G, NULL), 0);
	assert_int_equal(neutral(t, s, MCAST_JOIN_GROUP, G, NULL), -EADDRINUSE);
	assert_int_equal(neutral(t, s, MCAST_BLOCK_SOURCE, G, "10.0.0.2"), 0);
	say(t, G, NULL, "blocked");
	test_expect_nothing(t, s);
	assert_int_equal(neutral(t, s, MCAST_UNBLOCK_SOURCE, G, "10.0.0.2"), 0);
	say(t, G, NULL, "free");
	test_expect_text(t, s, "free");
	assert_int_equal(neutral(t, s, MCAST_LEAVE_GROUP, G, NULL), 0);
	assert_int_equal(neutral(t, s, MCAST_LEAVE_GROUP, G, NULL), -EADDRNOTAVAIL);

	assert_int_equal(set(t, s, MCAST_JOIN_SOURCE_GROUP, &sreq, sizeof(sreq) + 1), -EINVAL);
	sreq.gsr_source.ss_family = AF_INET6;
	assert_int_equal(set(t, s, MCAST_JOIN_SOURCE_GROUP, &sreq, sizeof(sreq)), -EADDRNOTAVAIL);
	assert_int_equal(neutral(t, s, MCAST_JOIN_SOURCE_GROUP, G, "10.0.0.2"), 0);
	say(t, G, NULL, "yes");
	say(t, G, "10.0.0.3", "no");
	test_expect_text(t, s, "yes");
	test_expect_nothing(t, s);
	assert_int_equal(neutral(t, s, MCAST_LEAVE_SOURCE_GROUP, G, "10.0.0.2"), 0);
	assert_false(heard(t, G));
}

static void a_filter_of_any_family_is_set_and_read(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = listener(t, 7);
	union {
		struct group_filter gf;
		uint8_t bytes[GROUP_FILTER_SIZE(3)];
	} u = { .gf = { .gf_interface = (uint32_t)t->link->ifindex,
			.gf_group = ss(G),
			.gf_fmode = MCAST_INCLUDE,
			.gf_numsrc = 1,
			.gf_slist = { ss("10.0.0.2") } } };
	socklen_t len = sizeof(u);

	assert_int_equal(join(t, s, G), 0);
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(0) - 1), -EINVAL);
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(0)), -EINVAL);
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, GROUP_FILTER_SIZE(1)), 0);
	u.gf.gf_numsrc = 3;
	u.gf.gf_fmode = 9;
	assert_int_equal(sea_socket_getsockopt(t->stack, s, IPPROTO_IP, MCAST_MSFILTER, &u, &len,
					       t->now),
			 0);
	assert_int_equal(len, GROUP_FILTER_SIZE(1));
	assert_int_equal(u.gf.gf_fmode, MCAST_INCLUDE);
	assert_int_equal(u.gf.gf_numsrc, 1);
	say(t, G, NULL, "yes");
	say(t, G, "10.0.0.3", "no");
	test_expect_text(t, s, "yes");
	test_expect_nothing(t, s);
	u.gf.gf_numsrc = 11;
	assert_int_equal(set(t, s, MCAST_MSFILTER, &u, sizeof(u)), -ENOBUFS);
}

/* -- who hears it -- */

static void a_socket_in_no_group_hears_all_groups_unless_it_says_so(void **state)
{
	struct test_stack *t = *state;
	sea_socket in_s = listener(t, 7), all = listener(t, 7), own = listener(t, 7);

	assert_int_equal(join(t, in_s, G), 0);
	assert_int_equal(test_get_int(t, own, IPPROTO_IP, IP_MULTICAST_ALL), 1);
	assert_int_equal(test_set_int(t, own, IPPROTO_IP, IP_MULTICAST_ALL, 2), -EINVAL);
	assert_int_equal(test_set_int(t, own, IPPROTO_IP, IP_MULTICAST_ALL, 0), 0);
	assert_int_equal(test_get_int(t, own, IPPROTO_IP, IP_MULTICAST_ALL), 0);
	say(t, G, NULL, "x");
	test_expect_text(t, in_s, "x");
	test_expect_text(t, all, "x");
	test_expect_nothing(t, own);
}

static void a_membership_is_of_one_link(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct test_stack *t = *state;
	sea_socket here = listener(t, 7), there = listener(t, 7);

	test_add_link(t, "eth1", &mac, "10.1.0.1/24");
	assert_int_equal(test_set_int(t, there, IPPROTO_IP, IP_MULTICAST_ALL, 0), 0);
	assert_int_equal(member(t, there, IP_ADD_MEMBERSHIP, G, "10.1.0.1"), 0);
	say(t, G, NULL, "x");
	assert_int_equal(test_drops(t, SEA_DROP_IP_GROUP), 1);
	assert_int_equal(join(t, here, G), 0);
	say(t, G, NULL, "x");
	test_expect_text(t, here, "x");
	test_expect_nothing(t, there);
}

static void a_source_that_no_host_may_have_is_not_heard(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(join(t, listener(t, 7), G), 0);
	say(t, G, "0.0.0.0", "x");
	say(t, G, "127.0.0.1", "x");
	say(t, G, "10.0.0.1", "x"); /* ours, forged */
	assert_int_equal(test_drops(t, SEA_DROP_IP_MARTIAN_SOURCE), 3);
	assert_int_equal(test_mib(t, SEA_MIB_UdpInDatagrams), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, udp_setup, udp_teardown)
	const struct CMUnitTest tests[] = {
		T(only_groups_that_were_joined_are_heard),
		T(errors_of_joining_are_linuxs),
		T(a_group_without_a_link_named_is_joined_where_its_route_leads),
		T(memberships_of_a_socket_are_bounded),
		T(optmem_max_bounds_memberships_and_filters),
		T(memberships_end_with_the_socket_and_with_the_link),
		cmocka_unit_test(a_stream_may_join_only_by_newer_options),
		T(only_sources_that_are_wanted_are_heard),
		T(errors_of_sources_are_linuxs),
		T(a_filter_is_set_and_read_whole),
		T(options_for_any_family_do_the_same),
		T(a_filter_of_any_family_is_set_and_read),
		T(a_socket_in_no_group_hears_all_groups_unless_it_says_so),
		T(a_membership_is_of_one_link),
		T(a_source_that_no_host_may_have_is_not_heard),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
