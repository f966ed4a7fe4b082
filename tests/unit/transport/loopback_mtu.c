/* SPDX-License-Identifier: Apache-2.0 */
/* `lo` takes 65,536 bytes, as Linux's: what that means for both families' paths, datagrams and segments. */
#include "core/link.h"
#include "tests/lib/sockets.h"

#include <netinet/tcp.h>

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp, &sea_tcp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 4);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static struct sockaddr_in6 own6(uint16_t port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6,
				      .sin6_port = htons(port),
				      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
}

static sea_socket socket6(int type)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, type, 0, &s, t.now), 0);
	return s;
}

/* From `s`, connected to a port where nobody is. */
static ssize_t send_zeros(sea_socket s, size_t len)
{
	static char zeros[65536];
	struct iovec iov = { zeros, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_sendmsg(t.stack, s, &msg, 0, t.now);

	test_advance(&t, 1); /* it comes, and credits the socket */
	(void)test_get_int(&t, s, SOL_SOCKET, SO_ERROR);
	return n;
}

static sea_socket connected6(void)
{
	struct sockaddr_in6 to = own6(9);
	sea_socket s = socket6(SOCK_DGRAM);

	assert_int_equal(sea_socket_connect(t.stack, s, (void *)&to, sizeof(to), t.now), 0);
	return s;
}

static void the_mtu_is_linuxs_and_may_be_all_that_ipv6_can_be(void **state)
{
	struct sea_link *lo = sea_link_by_name(t.stack, "lo");

	assert_int_equal(lo->mtu, 65536);
	assert_int_equal(sea_link_set_mtu(lo, 65576, t.now), -EINVAL);
	assert_int_equal(sea_link_set_mtu(lo, 65575, t.now), 0);
	assert_int_equal(sea_link_set_mtu(t.link, 65536, t.now), -EINVAL);
	assert_int_equal(sea_link_set_mtu(t.link, 65535, t.now), 0);
}

static void ipv4_uses_a_byte_less_of_it_whatever_path_is_asked_for(void **state)
{
	sea_socket s = test_udp(&t);

	assert_int_equal(test_connect(&t, s, "127.0.0.1", 9), 0);
	assert_int_equal(test_get_int(&t, s, IPPROTO_IP, IP_MTU), 65535);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE), 0);
	assert_int_equal(test_get_int(&t, s, IPPROTO_IP, IP_MTU), 65535);
	assert_int_equal(send_zeros(s, 65507), 65507);
	assert_int_equal(send_zeros(s, 65508), -EMSGSIZE);
	test_close(&t, s);
}

static void ipv6_sends_datagrams_of_all_of_it_in_one_piece(void **state)
{
	sea_socket s = connected6();

	assert_int_equal(test_get_int(&t, s, IPPROTO_IPV6, IPV6_MTU), 65536);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IPV6, IPV6_DONTFRAG, 1), 0);
	assert_int_equal(send_zeros(s, 65488), 65488);
	assert_int_equal(send_zeros(s, 65489), -EMSGSIZE);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IPV6, IPV6_DONTFRAG, 0), 0);
	assert_int_equal(send_zeros(s, 65527), 65527); /* in two fragments */
	test_close(&t, s);
}

static void of_the_largest_mtu_no_ipv6_datagram_is_cut(void **state)
{
	sea_socket s = connected6();

	assert_int_equal(sea_link_set_mtu(sea_link_by_name(t.stack, "lo"), 65575, t.now), 0);
	assert_int_equal(test_get_int(&t, s, IPPROTO_IPV6, IPV6_MTU), 65575);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IPV6, IPV6_DONTFRAG, 1), 0);
	assert_int_equal(send_zeros(s, 65527), 65527);
	test_close(&t, s);
}

/* A connection of the stack with itself; what its ends advertised. */
static uint32_t advertised(const struct sockaddr *at, socklen_t len, sea_socket *client,
			   sea_socket *child)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);
	sea_socket listener;

	assert_int_equal(sea_socket_new(t.stack, at->sa_family, SOCK_STREAM, 0, &listener, t.now),
			 0);
	assert_int_equal(sea_socket_new(t.stack, at->sa_family, SOCK_STREAM, 0, client, t.now), 0);
	assert_int_equal(sea_socket_bind(t.stack, listener, at, len, t.now), 0);
	assert_int_equal(sea_socket_listen(t.stack, listener, 1, t.now), 0);
	assert_int_equal(sea_socket_connect(t.stack, *client, at, len, t.now), -EINPROGRESS);
	test_advance(&t, 1);
	assert_int_equal(sea_socket_accept(t.stack, listener, NULL, NULL, child, t.now), 0);
	assert_int_equal(
		sea_socket_getsockopt(t.stack, *child, IPPROTO_TCP, TCP_INFO, &info, &n, t.now), 0);
	test_close(&t, listener);
	return info.tcpi_advmss;
}

static void segments_are_as_large_as_each_family_takes(void **state)
{
	const struct sockaddr_in at4 = test_in("127.0.0.1", 80);
	const struct sockaddr_in6 at6 = own6(80);
	sea_socket a, b;

	assert_int_equal(advertised((const void *)&at4, sizeof(at4), &a, &b), 65495 - 12);
	test_close(&t, a);
	test_close(&t, b);
	assert_int_equal(advertised((const void *)&at6, sizeof(at6), &a, &b), 65476 - 12);
	test_close(&t, a);
	test_close(&t, b);
}

static size_t read_all(sea_socket s)
{
	static char buf[65536];
	size_t got = 0;
	ssize_t n;

	do {
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		n = sea_socket_recvmsg(t.stack, s, &msg, 0, t.now);
		got += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return got;
}

/* 65,575 bytes, too: the length field of IPv6 does not count the header. */
static void a_stream_goes_through_in_segments_of_the_largest_mtu(void **state)
{
	const struct sockaddr_in6 at = own6(80);
	static char data[1u << 18];
	size_t sent = 0, got = 0;
	sea_socket a, b;

	assert_int_equal(sea_link_set_mtu(sea_link_by_name(t.stack, "lo"), 65575, t.now), 0);
	assert_int_equal(advertised((const void *)&at, sizeof(at), &a, &b), 65515 - 12);
	for (unsigned turn = 0; turn < 200 && got < sizeof(data); turn++) {
		struct iovec iov = { data + sent, sizeof(data) - sent };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = sent < sizeof(data) ? sea_socket_sendmsg(t.stack, a, &msg, 0, t.now)
						: 0;

		sent += n > 0 ? (size_t)n : 0;
		test_advance(&t, 50);
		got += read_all(b);
	}
	assert_int_equal(got, sizeof(data));
	assert_in_range(test_get_int(&t, a, IPPROTO_TCP, TCP_MAXSEG), 60000, 65503);
	test_close(&t, a);
	test_close(&t, b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_mtu_is_linuxs_and_may_be_all_that_ipv6_can_be),
		TEST(ipv4_uses_a_byte_less_of_it_whatever_path_is_asked_for),
		TEST(ipv6_sends_datagrams_of_all_of_it_in_one_piece),
		TEST(of_the_largest_mtu_no_ipv6_datagram_is_cut),
		TEST(segments_are_as_large_as_each_family_takes),
		TEST(a_stream_goes_through_in_segments_of_the_largest_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
