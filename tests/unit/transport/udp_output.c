/* SPDX-License-Identifier: Apache-2.0 */
/* UDP sockets: what is sent, and what is refused. */
#include "tests/lib/udp_peer.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* -- sending -- */

static void datagram_goes_out_with_ports_length_and_checksum(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const struct sea_udp_hdr *udp;
	const uint8_t *data;
	size_t len;

	assert_int_equal(test_bind(t, s, "10.0.0.1", 1000), 0);
	assert_int_equal(test_sendto(t, s, "hello", 5, 0, "10.0.0.2", 2000), 5);
	udp = udp_expect(t, &data, &len);
	assert_int_equal(sea_be16_get(udp->src), 1000);
	assert_int_equal(sea_be16_get(udp->dst), 2000);
	assert_int_not_equal(sea_be16_get(udp->sum), 0);
	assert_memory_equal(data, "hello", 5);
	assert_int_equal(test_mib(t, SEA_MIB_UdpOutDatagrams), 1);
}

/* RFC1122:4.1.3.4-a. A sum that comes out as zero is sent as all ones. */
static void checksum_of_zero_is_sent_as_ones(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const struct sea_udp_hdr *udp;
	const uint8_t *data;
	uint8_t word[2] = { 0, 0 };
	size_t len;
	uint16_t sum;

	assert_int_equal(test_bind(t, s, "10.0.0.1", 1000), 0);
	assert_int_equal(test_sendto(t, s, word, 2, 0, "10.0.0.2", 2000), 2);
	sum = sea_be16_get(udp_expect(t, &data, &len)->sum);
	word[0] = (uint8_t)(sum >> 8);
	word[1] = (uint8_t)sum;
	assert_int_equal(test_sendto(t, s, word, 2, 0, "10.0.0.2", 2000), 2);
	udp = udp_expect(t, &data, &len);
	assert_int_equal(sea_be16_get(udp->sum), 0xffff);
}

/* RFC1122:4.1.3.4-c */
static void no_check_sends_without_checksum(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const uint8_t *data;
	size_t len;

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_NO_CHECK, 1), 0);
	assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.2", 9), 1);
	assert_int_equal(sea_be16_get(udp_expect(t, &data, &len)->sum), 0);
}

static void pieces_of_a_message_make_one_datagram(void **state)
{
	struct test_stack *t = *state;
	struct iovec iov[3] = { { (void *)"ab", 2 }, { NULL, 0 }, { (void *)"cde", 3 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	sea_socket s = test_udp(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), 5);
	udp_expect_sent(t, 9, "abcde");
	msg.msg_iovlen = 1025;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EMSGSIZE);
	iov[0].iov_len = SIZE_MAX;
	msg.msg_iovlen = 3;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EINVAL);
}

static void destination_is_checked_as_on_linux(void **state)
{
	struct test_stack *t = *state;
	struct sockaddr_in in = test_in("10.0.0.2", 9);
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr msg = {
		.msg_name = &in, .msg_namelen = 15, .msg_iov = &iov, .msg_iovlen = 1
	};
	sea_socket s = test_udp(t);

	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EINVAL);
	msg.msg_namelen = 16;
	in.sin_family = AF_INET6;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EAFNOSUPPORT);
	in.sin_family = AF_UNSPEC;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), 1);
	in = test_in("10.0.0.2", 0);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EINVAL);
	in = test_in("9.9.9.9", 9);
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -ENETUNREACH);
	assert_int_equal(test_send(t, s, "x"), -EDESTADDRREQ);
	assert_int_equal(test_sendto(t, s, "x", 1, MSG_OOB, "10.0.0.2", 9), -EOPNOTSUPP);
}

/* RFC1122:3.3.6-c */
static void broadcast_needs_its_option(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.255", 9), -EACCES);
	assert_int_equal(test_connect(t, s, "10.0.0.255", 9), -EACCES);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_BROADCAST, 1), 0);
	assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.255", 9), 1);
	udp_expect_sent(t, 9, "x");
	assert_int_equal(test_connect(t, s, "10.0.0.255", 9), 0);
}

static void datagram_larger_than_the_path_is_refused_where_it_is_not_to_be_cut(void **state)
{
	struct test_stack *t = *state;
	static const char big[65536];
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_sendto(t, s, big, 1472, 0, NULL, 0), 1472);
	assert_int_equal(test_sendto(t, s, big, 1473, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(test_sendto(t, s, big, 65536, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_MTU), 1500);
	assert_int_equal(test_get_int(t, test_udp(t), IPPROTO_IP, IP_MTU), -ENOTCONN);
}

static void loopback_carries_the_largest_datagram(void **state)
{
	struct test_stack *t = *state;
	static char big[65508], got[65508];
	sea_socket a = test_udp(t), b = test_udp(t);

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7);
	assert_int_equal(test_bind(t, a, "127.0.0.1", 7), 0);
	assert_int_equal(test_sendto(t, b, big, 65507, 0, "127.0.0.1", 7), 65507);
	assert_int_equal(test_sendto(t, b, big, 65508, 0, "127.0.0.1", 7), -EMSGSIZE);
	test_settle(t);
	assert_int_equal(test_recvfrom(t, a, got, sizeof(got), 0, NULL), 65507);
	assert_memory_equal(big, got, 65507);
}

static void cork_makes_one_datagram_of_many_sends(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_UDP, 1, 1), 0);
	assert_int_equal(test_send(t, s, "ab"), 2);
	assert_int_equal(test_send(t, s, "cd"), 2);
	assert_null(test_take(t));
	assert_int_equal(test_set_int(t, s, IPPROTO_UDP, 1, 0), 0);
	udp_expect_sent(t, 9, "abcd");
	assert_int_equal(test_sendto(t, s, "ef", 2, MSG_MORE, NULL, 0), 2);
	assert_null(test_take(t));
	assert_int_equal(test_sendto(t, s, "g", 1, 0, "10.0.0.3", 10), 1);
	udp_expect_sent(t, 9, "efg");
	assert_int_equal(test_sendto(t, s, "x", 1, MSG_MORE, NULL, 0), 1);
}

static void corked_datagram_that_grows_too_large_is_forgotten(void **state)
{
	struct test_stack *t = *state;
	static const char big[1472];
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_sendto(t, s, big, 1400, MSG_MORE, NULL, 0), 1400);
	assert_int_equal(test_sendto(t, s, big, 100, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(test_drops(t, SEA_DROP_SOCKET_CLOSED), 1);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), 0);
	assert_null(test_take(t));
	assert_int_equal(test_send(t, s, "y"), 1);
	udp_expect_sent(t, 9, "y");
}

static void send_buffer_ends_and_comes_back(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_event ev[8];
	unsigned sent = 0;
	int out = 0;

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_SNDBUF, 1), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	while (test_send(t, s, "x") == 1)
		sent++;
	assert_int_equal(sent, 6); /* 832 each, until 4608 are reached */
	assert_int_equal(test_send(t, s, "x"), -EAGAIN);
	assert_int_equal(sea_socket_poll(t->stack, s), 0);
	assert_int_equal(sea_socket_ioctl_int(t->stack, s, SIOCOUTQ, &out, t->now), 0);
	assert_int_equal(out, 6 * 832);
	assert_int_equal(sea_socket_watch(t->stack, s, SEA_POLLOUT, 5), 0);
	while (sea_stack_take_events(t->stack, ev, 8))
		;
	assert_int_equal(test_take_all(t), 6);
	assert_int_equal(sea_stack_take_events(t->stack, ev, 8), 1);
	assert_int_equal(ev[0].edge, SEA_POLLOUT);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLOUT);
	assert_int_equal(test_send(t, s, "x"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(datagram_goes_out_with_ports_length_and_checksum),
		UDP_TEST(checksum_of_zero_is_sent_as_ones),
		UDP_TEST(no_check_sends_without_checksum),
		UDP_TEST(pieces_of_a_message_make_one_datagram),
		UDP_TEST(destination_is_checked_as_on_linux),
		UDP_TEST(broadcast_needs_its_option),
		UDP_TEST(datagram_larger_than_the_path_is_refused_where_it_is_not_to_be_cut),
		UDP_TEST(loopback_carries_the_largest_datagram),
		UDP_TEST(cork_makes_one_datagram_of_many_sends),
		UDP_TEST(corked_datagram_that_grows_too_large_is_forgotten),
		UDP_TEST(send_buffer_ends_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
