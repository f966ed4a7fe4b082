/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages that do not fit, or make no sense; facts that only some sockets are told. */
#include "tests/lib/udp_peer.h"

union control {
	char bytes[256];
	struct cmsghdr align;
};

static ssize_t receive(struct test_stack *t, sea_socket s, union control *c, size_t room,
		       struct msghdr *msg)
{
	static char buf[16];
	static struct iovec iov;

	iov = (struct iovec){ buf, sizeof(buf) };
	memset(c, 0xee, sizeof(*c));
	*msg = (struct msghdr){
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = c, .msg_controllen = room
	};
	return sea_socket_recvmsg(t->stack, s, msg, 0, t->now);
}

/* As on Linux: header and what there is room for, or nothing, and MSG_CTRUNC. */
static void message_that_does_not_fit_is_cut(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	union control c;
	struct msghdr msg;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_PKTINFO, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVTTL, 1), 0);
	for (size_t room = 0; room <= CMSG_SPACE(12) + CMSG_SPACE(4); room++) {
		udp_inject_text(t, 1, 7, "x");
		assert_int_equal(receive(t, s, &c, room, &msg), 1);
		assert_true(msg.msg_controllen <= room);
		assert_int_equal((unsigned char)c.bytes[room], 0xee);
		assert_int_equal(!(msg.msg_flags & MSG_CTRUNC),
				 room >= CMSG_SPACE(12) + CMSG_LEN(4));
		if (room >= sizeof(struct cmsghdr))
			assert_in_range(CMSG_FIRSTHDR(&msg)->cmsg_len, sizeof(struct cmsghdr),
					CMSG_LEN(12));
	}
}

/* As Linux 6.18 told them of the same datagrams. RFC1122:4.1.3.2-a */
static void options_are_told_as_they_came_and_as_they_would_go_back(void **state)
{
	static const uint8_t route[12] = { 1, 1, 7, 7, 4 }, alert[4] = { 148, 4 };
	static const uint8_t came[12] = { 1, 1, 7, 7, 8, 10, 0, 0, 1 };
	static const uint8_t back[8] = { 7, 7, 8, 10, 0, 0, 1 };
	struct test_ip ip = { .proto = 17, .opts = route, .opts_len = sizeof(route) };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct cmsghdr *c;
	struct msghdr msg;
	union control room;
	uint8_t udp[32];
	size_t len = udp_build(udp, &(struct udp_dgram){ .sport = 1, .dport = 7 }, "x", 1);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVOPTS, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RETOPTS, 1), 0);
	test_inject_ip(t, &ip, udp, len);
	assert_int_equal(receive(t, s, &room, sizeof(room), &msg), 1);
	c = CMSG_FIRSTHDR(&msg);
	assert_int_equal(c->cmsg_type, IP_RECVOPTS);
	assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(came)));
	assert_memory_equal(CMSG_DATA(c), came, sizeof(came));
	c = CMSG_NXTHDR(&msg, c);
	assert_int_equal(c->cmsg_type, IP_RETOPTS);
	assert_int_equal(c->cmsg_len, CMSG_LEN(sizeof(back)));
	assert_memory_equal(CMSG_DATA(c), back, sizeof(back));
	ip.opts = alert;
	ip.opts_len = sizeof(alert);
	test_inject_ip(t, &ip, udp, len);
	assert_int_equal(receive(t, s, &room, sizeof(room), &msg), 1);
	c = CMSG_NXTHDR(&msg, CMSG_FIRSTHDR(&msg));
	assert_int_equal(c->cmsg_type, IP_RETOPTS);
	assert_int_equal(c->cmsg_len, CMSG_LEN(0));
	test_inject_ip(t, &(struct test_ip){ .proto = 17 }, udp, len);
	assert_int_equal(receive(t, s, &room, sizeof(room), &msg), 1);
	assert_int_equal(msg.msg_controllen, 0);
}

static void lost_datagrams_are_told_with_the_next(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	union control c;
	struct msghdr msg;
	uint32_t lost;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RXQ_OVFL, 1), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVBUF, 1), 0);
	for (unsigned i = 0; i < 5; i++)
		udp_inject_text(t, 1, 7, "x");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(receive(t, s, &c, sizeof(c), &msg), 1);
		assert_int_equal(msg.msg_controllen, 0);
	}
	udp_inject_text(t, 1, 7, "x");
	assert_int_equal(receive(t, s, &c, sizeof(c), &msg), 1);
	assert_int_equal(CMSG_FIRSTHDR(&msg)->cmsg_type, SO_RXQ_OVFL);
	memcpy(&lost, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(lost));
	assert_int_equal(lost, 3);
}

static void original_destination_is_told(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr_in in;
	union control c;
	struct msghdr msg;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVORIGDSTADDR, 1), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
	udp_inject_text(t, 1, 7, "x");
	assert_int_equal(receive(t, s, &c, sizeof(c), &msg), 1);
	assert_int_equal(CMSG_FIRSTHDR(&msg)->cmsg_type, SO_TIMESTAMP);
	memcpy(&in, CMSG_DATA(CMSG_NXTHDR(&msg, CMSG_FIRSTHDR(&msg))), sizeof(in));
	assert_int_equal(in.sin_port, htons(7));
	assert_int_equal(in.sin_addr.s_addr, inet_addr("10.0.0.1"));
}

static ssize_t send_with(struct test_stack *t, sea_socket s, int level, int type, const void *data,
			 size_t len)
{
	union control c = { .bytes = { 0 } };
	struct iovec iov = { (void *)(uintptr_t) "x", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_LEN(len)
	};

	*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){ CMSG_LEN(len), level, type };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), data, len);
	return sea_socket_sendmsg(t->stack, s, &msg, 0, t->now);
}

static void senders_messages_are_checked(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const int one = 1, big = 256;
	struct in_pktinfo info = { 0 };

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_TTL, &one, 4), 1);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_TTL, &one, 1), -EINVAL);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_TTL, &big, 4), -EINVAL);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_TOS, &one, 1), 1);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_TOS, &one, 2), -EINVAL);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_TOS, &big, 4), -EINVAL);
	assert_int_equal(send_with(t, s, SOL_SOCKET, SO_MARK, &one, 4), 1);
	assert_int_equal(send_with(t, s, SOL_SOCKET, SO_PRIORITY, &one, 4), 1);
	assert_int_equal(send_with(t, s, SOL_SOCKET, SO_LINGER, &one, 4), -EINVAL);
	assert_int_equal(send_with(t, s, SOL_SOCKET, SCM_RIGHTS, &one, 4), 1);
	assert_int_equal(send_with(t, s, IPPROTO_UDP, 103, &one, 2), -EINVAL);
	assert_int_equal(send_with(t, s, 99, 99, &one, 4), 1);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info) - 1), -EINVAL);
	info.ipi_ifindex = 99;
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info)), -ENODEV);
}

static void pktinfo_chooses_the_source(void **state)
{
	struct test_stack *t = *state;
	const struct sea_ifaddr second = { .size = sizeof(second),
					   .ifindex = 2,
					   .local = sea_addr_v4(10, 0, 0, 99),
					   .prefix_len = 24 };
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = inet_addr("10.0.0.99") };
	const struct sea_ipv4_hdr *ip;
	const uint8_t *payload;
	sea_socket s = test_udp(t);
	size_t len;

	assert_int_equal(sea_ifaddr_add(t->stack, &second, t->now), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(send_with(t, s, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info)), 1);
	ip = test_expect_ip(test_take(t), 17, &payload, &len);
	assert_true(sea_be32_equal(ip->src, test_ip4("10.0.0.99")));
	assert_int_equal(test_send(t, s, "y"), 1);
	ip = test_expect_ip(test_take(t), 17, &payload, &len);
	assert_true(sea_be32_equal(ip->src, test_our_ip));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(message_that_does_not_fit_is_cut),
		UDP_TEST(options_are_told_as_they_came_and_as_they_would_go_back),
		UDP_TEST(lost_datagrams_are_told_with_the_next),
		UDP_TEST(original_destination_is_told),
		UDP_TEST(senders_messages_are_checked),
		UDP_TEST(pktinfo_chooses_the_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
