/* SPDX-License-Identifier: Apache-2.0 */
/* Anycast addresses (RFC 4291 §2.6): whose, how they answer. What is expected was seen on Linux 6.18. */
#include <netinet/in.h>
#include <sys/socket.h>

#include <seastack/save.h>
#include <seastack/socket.h>
#include <seastack/stats.h>

#include "ip/anycast6.h"
#include "ip/ipv6.h"
#include "ip/ndp.h"
#include "tests/lib/sockets.h"
#include "tests/lib/snapshot.h"

#define ANY "2001:db8::77"
#define SOLICITED "ff02::1:ff00:77"
#define ROUTERS "2001:db8::"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp, &sea_tcp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 4);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static sea_socket socket6(int type)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, type, 0, &s, t.now), 0);
	return s;
}

static int option(sea_socket s, int name, const char *addr, int ifindex)
{
	struct sea_ipaddr a = test_ip6(addr);
	struct ipv6_mreq mreq = { .ipv6mr_interface = (unsigned)ifindex };

	memcpy(&mreq.ipv6mr_multiaddr, a.b, 16);
	return sea_socket_setsockopt(t.stack, s, IPPROTO_IPV6, name, &mreq, sizeof(mreq), t.now);
}

static int join(sea_socket s, const char *addr, int ifindex)
{
	return option(s, IPV6_JOIN_ANYCAST, addr, ifindex);
}

static int leave(sea_socket s, const char *addr, int ifindex)
{
	return option(s, IPV6_LEAVE_ANYCAST, addr, ifindex);
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static uint8_t type_of(const char *addr)
{
	struct sea_ipaddr a = test_ip6(addr);

	return sea_ipv6_addr_type(t.stack, &a, 0);
}

static bool heard(const char *group)
{
	struct sea_ipaddr a = test_ip6(group);

	return sea_group_heard(&sea_link_ip6(t.link)->groups, &a);
}

/* -- whose -- */

static void a_socket_s_anycast_address_ends_with_it(void **state)
{
	sea_socket s = socket6(SOCK_DGRAM), other = socket6(SOCK_STREAM);

	assert_int_equal(join(s, ANY, 0), 0);
	assert_int_equal(join(s, ANY, t.link->ifindex), 0); /* as often as it likes */
	assert_int_equal(join(other, ANY, 0), 0);
	assert_int_equal(type_of(ANY), SEA_ROUTE_ANYCAST);
	assert_true(heard(SOLICITED));
	assert_int_equal(leave(s, ANY, 0), 0);
	assert_int_equal(leave(s, ANY, t.link->ifindex), 0);
	assert_int_equal(leave(s, ANY, 0), -ENOENT);
	assert_int_equal(type_of(ANY), SEA_ROUTE_ANYCAST);
	test_close(&t, other);
	assert_int_equal(type_of(ANY), SEA_ROUTE_UNICAST);
	assert_false(heard(SOLICITED));
}

static void a_host_has_those_of_its_prefixes_alone(void **state)
{
	sea_socket s = socket6(SOCK_DGRAM);
	int link = t.link->ifindex;

	assert_int_equal(join(s, "2001:db8:9::1", link), -EADDRNOTAVAIL);
	assert_int_equal(join(s, "2001:db8:9::1", 0), -EADDRNOTAVAIL);
	assert_int_equal(join(s, "::", link), -EADDRNOTAVAIL);
	assert_int_equal(join(s, TEST_OUR_IP6, link), -EINVAL);
	assert_int_equal(join(s, "::1", link), -EINVAL);
	assert_int_equal(join(s, "ff02::1", link), -EINVAL);
	assert_int_equal(join(s, ANY, 99), -ENODEV);
	assert_int_equal(join(s, "fe80::77", link), 0);
	assert_int_equal(leave(s, ANY, 99), -ENOENT);
	assert_int_equal(sea_socket_setsockopt(t.stack, s, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, "", 1,
					       t.now),
			 -EINVAL);
	set("net.ipv6.conf.all.forwarding", "1");
	assert_int_equal(join(s, "2001:db8:9::1", link), 0);
	assert_int_equal(join(s, "2001:db8:9::2", 0), 0);
	set("net.ipv6.conf.eth0.disable_ipv6", "1");
	assert_int_equal(join(s, "2001:db8:9::3", link), -EACCES);
}

static void how_many_a_socket_may_have_is_bounded(void **state)
{
	sea_socket s = socket6(SOCK_DGRAM);

	for (unsigned i = 0; i < 4095; i++)
		assert_int_equal(join(s, ANY, 0), 0);
	assert_int_equal(join(s, ANY, 0), -ENOMEM);
}

/* RFC4291:2.6.1 */
static void who_forwards_is_the_subnet_routers_address(void **state)
{
	assert_int_equal(type_of(ROUTERS), SEA_ROUTE_UNICAST);
	set("net.ipv6.conf.all.forwarding", "1");
	assert_int_equal(type_of(ROUTERS), SEA_ROUTE_ANYCAST);
	assert_int_equal(type_of("fe80::"), SEA_ROUTE_ANYCAST);
	assert_true(heard("ff02::1:ff00:0"));
	test_add_addr6(&t, t.link, "2001:db8:1::1/64");
	test_add_addr6(&t, t.link, "2001:db8:2::2/127"); /* RFC6164:5 */
	assert_int_equal(type_of("2001:db8:1::"), SEA_ROUTE_ANYCAST);
	assert_int_equal(type_of("2001:db8:2::2"), SEA_ROUTE_LOCAL);
	set("net.ipv6.conf.eth0.forwarding", "0");
	assert_int_equal(type_of(ROUTERS), SEA_ROUTE_UNICAST);
	assert_false(heard("ff02::1:ff00:0"));
}

static void the_subnet_routers_address_comes_and_goes_with_ours(void **state)
{
	struct sea_ifaddr a = { .size = sizeof(a),
				.ifindex = t.link->ifindex,
				.local = test_addr(TEST_OUR_IP6),
				.prefix_len = 64 };

	set("net.ipv6.conf.all.forwarding", "1");
	test_add_addr6(&t, t.link, "2001:db8::8/64"); /* the same prefix twice */
	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
	assert_int_equal(type_of(ROUTERS), SEA_ROUTE_ANYCAST);
	a.local = test_addr("2001:db8::8");
	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
	assert_int_equal(type_of(ROUTERS), SEA_ROUTE_UNICAST);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(type_of("fe80::"), SEA_ROUTE_UNICAST);
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	test_advance(&t, 5 * SEA_SEC);
	assert_int_equal(type_of("fe80::"), SEA_ROUTE_ANYCAST);
}

/* -- solicited -- */

static void solicit(const char *src, const char *dst, const char *target, bool with_mac)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 2 } };
	uint8_t msg[32] = { SEA_NDP_NS };
	struct sea_ipaddr a = test_ip6(target);
	size_t len = 24;

	memcpy(msg + 8, a.b, 16);
	if (with_mac)
		len += sea_ndp_put_lladdr(msg + len, SEA_NDP_OPT_SLLA, &mac);
	test_inject_icmp6(&t, &(struct test_ip6){ .src = src, .dst = dst, .hop_limit = 255 }, msg,
			  len);
}

/* The advertisement of `target` that goes out now, from an address of ours alone. */
static void expect_na(const char *src, const char *dst, const char *target, uint8_t flags,
		      size_t len)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *msg;
	size_t n;

	ip = test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &n);
	assert_int_equal(msg[0], SEA_NDP_NA);
	assert_int_equal(msg[4], flags);
	assert_int_equal(n, len);
	assert_true(test_is_ip6(msg + 8, target));
	assert_true(test_is_ip6(ip->src, src));
	assert_true(test_is_ip6(ip->dst, dst));
	assert_null(test_take(&t));
}

/* RFC4861:7.2.7-a RFC4861:7.2.4-e */
static void all_who_are_asked_answer_late_and_override_nobody(void **state)
{
	sea_socket s = socket6(SOCK_DGRAM);

	assert_int_equal(join(s, ANY, 0), 0);
	test_advance(&t, 5 * SEA_SEC);
	test_take_all(&t);
	solicit(TEST_PEER_IP6, SOLICITED, ANY, true);
	assert_null(test_take(&t));
	test_advance(&t, 800 * SEA_MSEC);
	expect_na(TEST_OUR_IP6, TEST_PEER_IP6, ANY, SEA_NDP_NA_SOLICITED, 32);
	solicit(TEST_PEER_IP6, ANY, ANY, true); /* who asks one alone is told at once */
	expect_na(TEST_OUR_IP6, TEST_PEER_IP6, ANY, SEA_NDP_NA_SOLICITED, 24);
	solicit("::", SOLICITED, ANY, false);
	test_advance(&t, 800 * SEA_MSEC);
	expect_na(TEST_OUR_LL, "ff02::1", ANY, 0, 32);
	set("net.ipv6.neigh.eth0.proxy_delay", "0");
	solicit(TEST_PEER_IP6, SOLICITED, ANY, true);
	expect_na(TEST_OUR_IP6, TEST_PEER_IP6, ANY, SEA_NDP_NA_SOLICITED, 32);
}

static void answers_that_wait_are_bounded_and_end_with_their_reason(void **state)
{
	sea_socket s = socket6(SOCK_DGRAM);

	assert_int_equal(join(s, ANY, 0), 0);
	test_advance(&t, 5 * SEA_SEC);
	test_take_all(&t);
	for (unsigned i = 0; i < 100; i++)
		solicit(TEST_PEER_IP6, SOLICITED, ANY, true);
	assert_int_equal(sea_ipv6_of(t.stack)->answers.n, 65); /* proxy_qlen, as for proxies */
	test_close(&t, s);
	test_advance(&t, 800 * SEA_MSEC);
	assert_int_equal(sea_ipv6_of(t.stack)->answers.n, 0);
	for (struct test_frame *f; (f = test_take(&t));)
		assert_int_not_equal(f->bytes[14 + 40], SEA_NDP_NA);
	s = socket6(SOCK_DGRAM);
	assert_int_equal(join(s, ANY, 0), 0);
	solicit(TEST_PEER_IP6, SOLICITED, ANY, true);
	sea_link_del(t.link, t.now);
	assert_int_equal(sea_ipv6_of(t.stack)->answers.n, 0);
	assert_int_equal(leave(s, ANY, 0), 0);
}

/* -- spoken to, and from -- */

static const struct sea_ipv6_hdr *answer_to(uint8_t proto, const void *payload, size_t len,
					    uint8_t kind)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *msg;
	size_t n;

	if (proto == SEA_IPPROTO_ICMPV6)
		test_inject_icmp6(&t, &(struct test_ip6){ .dst = ANY }, payload, len);
	else
		test_inject_ip6(&t, &(struct test_ip6){ .proto = proto, .dst = ANY }, payload, len);
	ip = test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &n);
	assert_int_equal(msg[0], kind);
	return ip;
}

static void nothing_but_errors_speaks_from_it(void **state)
{
	static const uint8_t echo[12] = { 128, 0, 0, 0, 0, 1, 0, 1 }, unknown[8];
	sea_socket s = socket6(SOCK_DGRAM);
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };

	assert_int_equal(join(s, ANY, 0), 0);
	test_advance(&t, 5 * SEA_SEC);
	test_take_all(&t);
	assert_true(test_is_ip6(answer_to(SEA_IPPROTO_ICMPV6, echo, 12, 129)->src, TEST_OUR_IP6));
	assert_true(test_is_ip6(answer_to(200, unknown, 8, 4)->src, ANY)); /* as on Linux */
	set("net.ipv6.anycast_src_echo_reply", "1");
	assert_true(test_is_ip6(answer_to(SEA_IPPROTO_ICMPV6, echo, 12, 129)->src, ANY));
	set("net.ipv6.icmp.echo_ignore_anycast", "1");
	test_inject_icmp6(&t, &(struct test_ip6){ .dst = ANY }, echo, 12);
	assert_null(test_take(&t));
	inet_pton(AF_INET6, ANY, &in6.sin6_addr);
	assert_int_equal(sea_socket_bind(t.stack, s, (void *)&in6, sizeof(in6), t.now),
			 -EADDRNOTAVAIL);
}

static void no_connection_is_made_to_it(void **state)
{
	static const uint8_t syn[20] = { 0, 9, 0, 99, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 16, 0 };
	sea_socket s = socket6(SOCK_STREAM);

	assert_int_equal(join(s, ANY, 0), 0);
	test_advance(&t, 5 * SEA_SEC);
	test_take_all(&t);
	test_inject_ip6(&t, &(struct test_ip6){ .proto = 6, .dst = ANY }, syn, sizeof(syn));
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_TCP_NOT_UNICAST), 1);
}

/* -- saved -- */

static void anycast_addresses_survive_a_save(void **state)
{
	static const struct sea_stack_config config = { .size = sizeof(config) };
	sea_socket s = socket6(SOCK_DGRAM);
	struct snapshot snap = { 0 };
	struct sea_stack *again;

	set("net.ipv6.conf.all.forwarding", "1");
	assert_int_equal(join(s, ANY, 0), 0);
	assert_int_equal(join(s, "2001:db8:7::7", t.link->ifindex), 0);
	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &snap), 0);
	assert_int_equal(sea_stack_load(&config, &t.env.env, modules, 4, false, snapshot_read,
					&snap, &again),
			 0);
	snapshot_free(&snap);
	sea_stack_free(t.stack);
	t.stack = again;
	t.link = sea_link_by_name(again, "eth0");
	assert_int_equal(type_of(ANY), SEA_ROUTE_ANYCAST);
	assert_int_equal(leave(s, ANY, 0), 0);
	assert_int_equal(type_of(ANY), SEA_ROUTE_UNICAST);
	assert_false(heard(SOLICITED));
	test_close(&t, s);
	assert_int_equal(type_of("2001:db8:7::7"), SEA_ROUTE_UNICAST);
	set("net.ipv6.conf.all.forwarding", "0");
	assert_int_equal(type_of(ROUTERS), SEA_ROUTE_UNICAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_socket_s_anycast_address_ends_with_it),
		T(a_host_has_those_of_its_prefixes_alone),
		T(how_many_a_socket_may_have_is_bounded),
		T(who_forwards_is_the_subnet_routers_address),
		T(the_subnet_routers_address_comes_and_goes_with_ours),
		T(all_who_are_asked_answer_late_and_override_nobody),
		T(answers_that_wait_are_bounded_and_end_with_their_reason),
		T(nothing_but_errors_speaks_from_it),
		T(no_connection_is_made_to_it),
		T(anycast_addresses_survive_a_save),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
