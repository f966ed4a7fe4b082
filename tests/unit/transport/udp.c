/* SPDX-License-Identifier: Apache-2.0 */
/* UDP sockets: control messages, shutdown, calls that are not theirs. */
#include "tests/lib/udp_peer.h"

#include <linux/sockios.h>

/* -- control messages -- */

/* RFC1122:3.2.1.6-b, RFC1122:4.1.3.5-a, RFC1122:4.1.4-b, RFC791:3.3-b, RFC8504:10-a */
static void packet_facts_come_as_control_messages(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	char buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct in_pktinfo info;
	struct timespec ts;
	int ttl;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_TIMESTAMPNS, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_PKTINFO, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVTTL, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVTOS, 1), 0);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .ttl = 33, .tos = 0x10 }, "x",
		   1);
	assert_int_equal(sea_socket_recvmsg(t->stack, s, &msg, 0, t->now), 1);
	c = CMSG_FIRSTHDR(&msg);
	assert_int_equal(c->cmsg_type, SO_TIMESTAMPNS);
	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	assert_int_equal(ts.tv_sec, t->now.ns / SEA_SEC);
	c = CMSG_NXTHDR(&msg, c);
	assert_int_equal(c->cmsg_type, IP_PKTINFO);
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	assert_int_equal(info.ipi_ifindex, 2);
	assert_int_equal(info.ipi_addr.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(info.ipi_spec_dst.s_addr, inet_addr("10.0.0.1"));
	c = CMSG_NXTHDR(&msg, c);
	assert_int_equal(c->cmsg_type, IP_TTL);
	memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	assert_int_equal(ttl, 33);
	c = CMSG_NXTHDR(&msg, c);
	assert_int_equal(c->cmsg_type, IP_TOS);
	assert_int_equal(*CMSG_DATA(c), 0x10);
	assert_null(CMSG_NXTHDR(&msg, c));
}

/* RFC1122:4.1.3.5-a, RFC1122:4.1.4-a */
static void control_messages_shape_one_datagram(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	union {
		char bytes[CMSG_SPACE(sizeof(int)) * 2];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const struct sea_ipv4_hdr *ip;
	const uint8_t *payload;
	int ttl = 7, tos = 0x20;
	size_t len;

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), IPPROTO_IP, IP_TTL };
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	c = CMSG_NXTHDR(&msg, c);
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), IPPROTO_IP, IP_TOS };
	memcpy(CMSG_DATA(c), &tos, sizeof(tos));
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), 1);
	ip = test_expect_ip(test_take(t), 17, &payload, &len);
	assert_int_equal(ip->ttl, 7);
	assert_int_equal(ip->tos, 0x20);
	c->cmsg_type = IP_MTU;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EINVAL);
	c->cmsg_type = IP_TTL;
	ttl = 0;
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EINVAL);
	c->cmsg_len = 1000;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EINVAL);
}

/* -- shutdown -- */

static void shutdown_takes_effect_as_on_linux(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), u = test_udp(t);

	assert_int_equal(sea_socket_shutdown(t->stack, u, SHUT_RDWR, t->now), -ENOTCONN);
	assert_int_equal(sea_socket_poll(t->stack, u),
			 SEA_POLLIN | SEA_POLLOUT | SEA_POLLHUP | SEA_POLLRDHUP);
	assert_int_equal(test_sendto(t, u, "x", 1, 0, "10.0.0.2", 9), -EPIPE);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(sea_socket_shutdown(t->stack, s, 3, t->now), -EINVAL);
	assert_int_equal(sea_socket_shutdown(t->stack, s, SHUT_RD, t->now), 0);
	test_expect_nothing(t, s);
	assert_int_equal(test_send(t, s, "x"), 1);
	assert_int_equal(sea_socket_shutdown(t->stack, s, SHUT_WR, t->now), 0);
	assert_int_equal(test_send(t, s, "x"), -EPIPE);
	udp_inject_text(t, 9, test_port(t, s), "late");
	test_expect_text(t, s, "late");
}

static void calls_for_streams_are_refused(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), child;
	struct iovec iov;
	int v;

	assert_int_equal(sea_socket_listen(t->stack, s, 1, t->now), -EOPNOTSUPP);
	assert_int_equal(sea_socket_accept(t->stack, s, NULL, NULL, &child, t->now), -EOPNOTSUPP);
	assert_int_equal(sea_socket_recv_peek(t->stack, s, &iov, 1, t->now), -EOPNOTSUPP);
	assert_int_equal(sea_socket_recv_consume(t->stack, s, 1, t->now), -EOPNOTSUPP);
	assert_int_equal(sea_socket_send_reserve(t->stack, s, 1, &iov, 1, t->now), -EOPNOTSUPP);
	assert_int_equal(sea_socket_send_commit(t->stack, s, 1, 0, t->now), -EOPNOTSUPP);
	assert_int_equal(sea_socket_ioctl_int(t->stack, s, SIOCATMARK, &v, t->now), -ENOTTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(packet_facts_come_as_control_messages),
		UDP_TEST(control_messages_shape_one_datagram),
		UDP_TEST(shutdown_takes_effect_as_on_linux),
		UDP_TEST(calls_for_streams_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
