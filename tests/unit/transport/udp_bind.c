/* SPDX-License-Identifier: Apache-2.0 */
/* Who may bind what, whom a datagram is for, and what connect() makes of a socket. */
#include "tests/lib/udp_peer.h"

/* Bit 0: SO_REUSEADDR, bit 1: SO_REUSEPORT. */
static sea_socket bound(struct test_stack *t, const char *ip, uint16_t port, int reuse, int *err)
{
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_REUSEADDR, reuse & 1), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_REUSEPORT, reuse >> 1), 0);
	*err = test_bind(t, s, ip, port);
	return s;
}

static int second_bind(struct test_stack *t, const char *ip1, int reuse1, const char *ip2,
		       int reuse2)
{
	int err1, err2;
	sea_socket a = bound(t, ip1, 7000, reuse1, &err1);
	sea_socket b = bound(t, ip2, 7000, reuse2, &err2);

	assert_int_equal(err1, 0);
	test_close(t, a);
	test_close(t, b);
	return err2;
}

/* The table was taken from Linux 6.18 (tests/netns/udp_binds.py asks again). */
static void conflicts_are_those_of_linux(void **state)
{
	struct test_stack *t = *state;
	static const char *const ips[] = { "127.0.0.1", "127.0.0.2", "0.0.0.0" };

	for (unsigned i = 0; i < 3 * 3; i++) {
		const char *a = ips[i / 3], *b = ips[i % 3];
		bool meet = a == b || i / 3 == 2 || i % 3 == 2;

		for (int r = 0; r < 16; r++) {
			int expected = meet && !(r >> 2 & r & 3) ? -EADDRINUSE : 0;

			assert_int_equal(second_bind(t, a, r >> 2, b, r & 3), expected);
		}
	}
}

static void devices_keep_binds_apart(void **state)
{
	struct test_stack *t = *state;
	sea_socket a = test_udp(t), b = test_udp(t), c = test_udp(t);

	assert_int_equal(sea_socket_setsockopt(t->stack, a, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2,
					       t->now),
			 0);
	assert_int_equal(sea_socket_setsockopt(t->stack, b, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4,
					       t->now),
			 0);
	assert_int_equal(test_bind(t, a, "0.0.0.0", 7), 0);
	assert_int_equal(test_bind(t, b, "0.0.0.0", 7), 0);
	assert_int_equal(test_bind(t, c, "0.0.0.0", 7), -EADDRINUSE);
	udp_inject_text(t, 1, 7, "wire");
	test_expect_nothing(t, a);
	test_expect_text(t, b, "wire");
	assert_int_equal(test_sendto(t, c, "loop", 4, 0, "127.0.0.1", 7), 4);
	test_settle(t);
	test_expect_text(t, a, "loop");
}

/* RFC1122:4.1.3.6-b */
static void only_own_addresses_can_be_bound(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr_in in = test_in("0.0.0.0", 0);

	assert_int_equal(test_bind(t, s, "9.9.9.9", 0), -EADDRNOTAVAIL);
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&in, 15, t->now), -EINVAL);
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&in, 129, t->now), -EINVAL);
	in.sin_family = AF_INET6;
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&in, 16, t->now), -EAFNOSUPPORT);
	in = test_in("127.0.0.1", 0);
	in.sin_family = AF_UNSPEC;
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&in, 16, t->now), -EAFNOSUPPORT);
	in.sin_addr.s_addr = 0;
	assert_int_equal(sea_socket_bind(t->stack, s, (void *)&in, 16, t->now), 0);
	assert_int_equal(test_bind(t, s, "0.0.0.0", 0), -EINVAL);
	s = test_udp(t);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_FREEBIND, 1), 0);
	assert_int_equal(test_bind(t, s, "9.9.9.9", 0), 0);
	s = test_udp(t);
	assert_int_equal(test_bind(t, s, "10.0.0.255", 0), 0);
	s = test_udp(t);
	assert_int_equal(test_bind(t, s, "224.0.0.1", 0), 0);
}

static void ephemeral_ports_are_of_the_range_and_run_out(void **state)
{
	struct test_stack *t = *state;
	sea_socket s;

	assert_int_equal(
		sea_sysctl_set(t->stack, "net.ipv4.ip_local_port_range", "40000 40003", t->now), 0);
	for (unsigned i = 0; i < 4; i++) {
		s = test_udp(t);
		assert_int_equal(test_bind(t, s, "0.0.0.0", 0), 0);
		assert_in_range(test_port(t, s), 40000, 40003);
	}
	s = test_udp(t);
	assert_int_equal(test_bind(t, s, "0.0.0.0", 0), -EADDRINUSE);
	assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.2", 9), -EAGAIN);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), -EAGAIN);
}

static void bind_without_port_takes_one_when_it_sends(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, 24, 1), 0);
	assert_int_equal(test_bind(t, s, "10.0.0.1", 0), 0);
	assert_int_equal(test_port(t, s), 0);
	assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.2", 9), 1);
	assert_int_not_equal(test_port(t, s), 0);
}

/* -- whom it is for -- */

static void exact_address_comes_before_any(void **state)
{
	struct test_stack *t = *state;
	int err;
	sea_socket any = bound(t, "0.0.0.0", 7, 1, &err);
	sea_socket first = bound(t, "10.0.0.1", 7, 1, &err);
	sea_socket second = bound(t, "10.0.0.1", 7, 1, &err);

	udp_inject_text(t, 1, 7, "latest");
	test_expect_text(t, second, "latest");
	test_close(t, second);
	udp_inject_text(t, 1, 7, "first");
	test_expect_text(t, first, "first");
	test_close(t, first);
	udp_inject_text(t, 1, 7, "any");
	test_expect_text(t, any, "any");
}

static void connected_socket_hears_only_its_peer(void **state)
{
	struct test_stack *t = *state;
	int err;
	sea_socket c = bound(t, "10.0.0.1", 7, 1, &err);
	sea_socket other = bound(t, "10.0.0.1", 7, 1, &err);

	assert_int_equal(test_connect(t, c, "10.0.0.2", 1), 0);
	udp_inject_text(t, 1, 7, "mine");
	udp_inject_text(t, 2, 7, "others");
	test_expect_text(t, c, "mine");
	test_expect_nothing(t, c);
	test_expect_text(t, other, "others");
	test_close(t, other);
	udp_inject_text(t, 2, 7, "nobody's");
	assert_int_equal(test_drops(t, SEA_DROP_UDP_NO_SOCKET), 1);
}

static void group_spreads_flows_and_keeps_each_together(void **state)
{
	struct test_stack *t = *state;
	unsigned got[4] = { 0 };
	sea_socket s[4];
	char buf[8];
	int err;

	for (unsigned i = 0; i < 4; i++) {
		s[i] = bound(t, "0.0.0.0", 7, 2, &err);
		assert_int_equal(err, 0);
	}
	for (unsigned i = 0; i < 400; i++) {
		unsigned hit = 0;

		udp_inject_text(t, (uint16_t)(1000 + i), 7, "a");
		udp_inject_text(t, (uint16_t)(1000 + i), 7, "b");
		for (unsigned k = 0; k < 4; k++) {
			if (test_recvfrom(t, s[k], buf, 8, 0, NULL) != 1)
				continue;
			assert_int_equal(test_recvfrom(t, s[k], buf, 8, 0, NULL), 1);
			got[k]++;
			hit++;
		}
		assert_int_equal(hit, 1);
	}
	for (unsigned k = 0; k < 4; k++)
		assert_in_range(got[k], 60, 140);
	/* Whoever leaves, first or last, the others go on. */
	test_close(t, s[0]);
	test_close(t, s[3]);
	for (unsigned i = 0; i < 50; i++)
		udp_inject_text(t, (uint16_t)(1000 + i), 7, "c");
	assert_int_equal(test_drops(t, SEA_DROP_UDP_NO_SOCKET), 0);
	assert_int_equal(test_recvfrom(t, s[1], buf, 8, 0, NULL), 1);
	assert_int_equal(test_recvfrom(t, s[2], buf, 8, 0, NULL), 1);
}

static void group_of_many_comes_and_goes(void **state)
{
	struct test_stack *t = *state;
	sea_socket s[40];
	int err;

	for (unsigned i = 0; i < 40; i++)
		s[i] = bound(t, "10.0.0.1", 7, 2, &err);
	for (unsigned i = 0; i < 40; i += 2)
		assert_int_equal(test_connect(t, s[i], "10.0.0.2", (uint16_t)(i + 1)), 0);
	for (unsigned i = 0; i < 40; i += 4)
		assert_int_equal(test_disconnect(t, s[i]), 0);
	for (unsigned i = 0; i < 40; i += 3)
		test_close(t, s[i]);
	for (uint16_t i = 0; i < 100; i++)
		udp_inject_text(t, (uint16_t)(1000 + i), 7, "x");
	assert_int_equal(test_drops(t, SEA_DROP_UDP_NO_SOCKET), 0);
}

static void broadcast_is_heard_by_all(void **state)
{
	struct test_stack *t = *state;
	int err;
	sea_socket a = bound(t, "0.0.0.0", 7, 1, &err), b = bound(t, "0.0.0.0", 7, 1, &err);
	sea_socket c = bound(t, "10.0.0.255", 7, 1, &err), d = bound(t, "10.0.0.1", 7, 1, &err);
	sea_socket e = bound(t, "0.0.0.0", 7, 1, &err);

	assert_int_equal(test_connect(t, e, "10.0.0.2", 99), 0);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .dst = "10.0.0.255" }, "all", 3);
	test_expect_text(t, a, "all");
	test_expect_text(t, b, "all");
	test_expect_text(t, c, "all");
	test_expect_nothing(t, d);
	test_expect_nothing(t, e);
}

static void socket_bound_to_broadcast_speaks_from_an_address(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const struct sea_ipv4_hdr *ip;
	const uint8_t *payload;
	size_t len;

	assert_int_equal(test_bind(t, s, "10.0.0.255", 7), 0);
	assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.2", 9), 1);
	ip = test_expect_ip(test_take(t), 17, &payload, &len);
	assert_true(sea_be32_equal(ip->src, test_our_ip));
}

/* -- connect -- */

/* RFC1122:3.3.4.3-b */
static void connect_names_both_ends_and_unspec_forgets(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	assert_int_equal(sea_socket_getpeername(t->stack, s, (void *)&in, &len), -ENOTCONN);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_name(t, s).sin_addr.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(sea_socket_getpeername(t->stack, s, (void *)&in, &len), 0);
	assert_int_equal(in.sin_port, htons(9));
	assert_int_equal(in.sin_addr.s_addr, inet_addr("10.0.0.2"));
	assert_int_equal(test_bind(t, s, "0.0.0.0", 0), -EINVAL);
	assert_int_equal(test_disconnect(t, s), 0);
	assert_int_equal(test_name(t, s).sin_addr.s_addr, 0);
	assert_int_equal(test_port(t, s), 0);
	assert_int_equal(test_bind(t, s, "10.0.0.1", 7), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_disconnect(t, s), 0);
	assert_int_equal(test_name(t, s).sin_addr.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(test_port(t, s), 7);
	assert_int_equal(test_send(t, s, "x"), -EDESTADDRREQ);
}

static void connect_to_nowhere_leaves_the_port(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_connect(t, s, "9.9.9.9", 9), -ENETUNREACH);
	assert_int_not_equal(test_port(t, s), 0);
	assert_int_equal(test_connect(t, s, "0.0.0.0", 9), 0);
	assert_int_equal(test_name(t, s).sin_addr.s_addr, inet_addr("127.0.0.1"));
}

static void route_is_asked_again_when_it_changed(void **state)
{
	struct test_stack *t = *state;
	const struct sea_route route = { .size = sizeof(route),
					 .dst = sea_addr_v4(9, 9, 9, 0),
					 .prefix_len = 24,
					 .type = SEA_ROUTE_UNICAST,
					 .gateway = sea_addr_v4(10, 0, 0, 2) };
	sea_socket s = test_udp(t);

	assert_int_equal(sea_route_add(t->stack, &route, t->now), 0);
	assert_int_equal(test_connect(t, s, "9.9.9.9", 9), 0);
	assert_int_equal(test_send(t, s, "x"), 1);
	udp_expect_sent(t, 9, "x");
	assert_int_equal(sea_route_del(t->stack, &route, t->now), 0);
	assert_int_equal(test_send(t, s, "x"), -ENETUNREACH);
	assert_int_equal(sea_route_add(t->stack, &route, t->now), 0);
	assert_int_equal(test_send(t, s, "y"), 1);
	udp_expect_sent(t, 9, "y");
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_DONTROUTE, 1), 0);
	assert_int_equal(test_send(t, s, "x"), -ENETUNREACH);
	assert_int_equal(test_sendto(t, s, "z", 1, 0, "10.0.0.2", 9), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(conflicts_are_those_of_linux),
		UDP_TEST(devices_keep_binds_apart),
		UDP_TEST(only_own_addresses_can_be_bound),
		UDP_TEST(ephemeral_ports_are_of_the_range_and_run_out),
		UDP_TEST(bind_without_port_takes_one_when_it_sends),
		UDP_TEST(exact_address_comes_before_any),
		UDP_TEST(connected_socket_hears_only_its_peer),
		UDP_TEST(group_spreads_flows_and_keeps_each_together),
		UDP_TEST(group_of_many_comes_and_goes),
		UDP_TEST(broadcast_is_heard_by_all),
		UDP_TEST(socket_bound_to_broadcast_speaks_from_an_address),
		UDP_TEST(connect_names_both_ends_and_unspec_forgets),
		UDP_TEST(connect_to_nowhere_leaves_the_port),
		UDP_TEST(route_is_asked_again_when_it_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
