/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP errors about datagrams that were sent: who learns of them, and how. */
#include "tests/lib/udp_peer.h"

#include <linux/errqueue.h>

#include "wire/icmp.h"

/* An ICMP error from the peer about the last frame that went out. */
static void answer(struct test_stack *t, uint8_t type, uint8_t code, uint16_t mtu)
{
	uint8_t out[2048] = { type, code };
	struct test_frame *f = test_take(t);
	size_t quoted;
	sea_be16 sum;

	assert_non_null(f);
	quoted = f->len - 14;
	sea_put16(out + 6, mtu);
	memcpy(out + 8, f->bytes + 14, quoted);
	sum = test_checksum(out, 8 + quoted, 0);
	memcpy(out + 2, &sum, 2);
	test_inject_ip(t, &(struct test_ip){ .proto = 1 }, out, 8 + quoted);
}

struct extended {
	struct sock_extended_err ee;
	struct sockaddr_in offender;
};

/* Takes an error from the queue: bytes of the datagram, or -errno. */
static ssize_t take_error(struct test_stack *t, sea_socket s, struct extended *e, char *buf,
			  size_t len, struct sockaddr_in *to)
{
	union {
		char bytes[128];
		struct cmsghdr align;
	} control;
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_name = to,
			      .msg_namelen = sizeof(*to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = sea_socket_recvmsg(t->stack, s, &msg, MSG_ERRQUEUE, t->now);

	if (n < 0)
		return n;
	assert_true(msg.msg_flags & MSG_ERRQUEUE);
	assert_int_equal(CMSG_FIRSTHDR(&msg)->cmsg_type, IP_RECVERR);
	assert_int_equal(CMSG_FIRSTHDR(&msg)->cmsg_len, CMSG_LEN(sizeof(*e)));
	memcpy(e, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(*e));
	return n;
}

/* RFC1122:4.1.3.3-a */
static void connected_socket_is_told_of_a_closed_port_once(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	char buf[8];

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_send(t, s, "x"), 1);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLOUT | SEA_POLLERR);
	assert_int_equal(test_send(t, s, "x"), -ECONNREFUSED);
	assert_int_equal(test_send(t, s, "x"), 1);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), 0);
	assert_int_equal(test_send(t, s, "x"), 1);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	udp_inject_text(t, 9, test_port(t, s), "data");
	assert_int_equal(test_recvfrom(t, s, buf, 8, 0, NULL), -ECONNREFUSED);
	assert_int_equal(test_recvfrom(t, s, buf, 8, 0, NULL), 4);
}

static void soft_errors_and_unconnected_sockets_are_not_told(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t), u = test_udp(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_send(t, s, "x"), 1);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), 0);
	assert_int_equal(test_sendto(t, u, "x", 1, 0, "10.0.0.2", 9), 1);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	assert_int_equal(test_get_int(t, u, SOL_SOCKET, SO_ERROR), 0);
}

static void error_about_nothing_we_sent_is_dropped(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_send(t, s, "x"), 1);
	test_close(t, s);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	assert_int_equal(test_drops(t, SEA_DROP_ICMP_NO_SOCKET), 1);
}

/* RFC 1191 */
static void path_mtu_is_learnt_and_told(void **state)
{
	struct test_stack *t = *state;
	static const char big[1400];
	sea_socket s = test_udp(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_sendto(t, s, big, 1400, 0, NULL, 0), 1400);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, 1000);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), EMSGSIZE);
	assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_MTU), 1000);
	assert_int_equal(test_sendto(t, s, big, 1400, 0, NULL, 0), 1400); /* cut */
	assert_int_equal(test_take_all(t), 2);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(test_sendto(t, s, big, 1400, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(test_sendto(t, s, big, 972, 0, NULL, 0), 972);
	/* IP_PMTUDISC_PROBE looks past what was learnt. */
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE), 0);
	assert_int_equal(test_sendto(t, s, big, 1400, 0, NULL, 0), 1400);
}

static void df_follows_mtu_discover(void **state)
{
	static const uint16_t df[] = { 0, SEA_IPV4_DF, SEA_IPV4_DF, SEA_IPV4_DF, 0, 0 };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	const uint8_t *payload;
	size_t len;

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	for (int v = 0; v < 6; v++) {
		assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, v), 0);
		assert_int_equal(test_send(t, s, "x"), 1);
		assert_int_equal(
			sea_be16_get(test_expect_ip(test_take(t), 17, &payload, &len)->frag),
			df[v]);
	}
}

static void error_queue_tells_which_datagram_met_which_error(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr_in to;
	struct extended e;
	char buf[16];

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVERR, 1), 0);
	assert_int_equal(test_sendto(t, s, "first", 5, 0, "10.0.0.2", 9), 5);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLOUT | SEA_POLLERR);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
	assert_int_equal(test_sendto(t, s, "second", 6, 0, "10.0.0.2", 10), 6);
	answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
	assert_int_equal(take_error(t, s, &e, buf, 16, &to), 5);
	assert_memory_equal(buf, "first", 5);
	assert_int_equal(e.ee.ee_errno, EHOSTUNREACH);
	assert_int_equal(e.ee.ee_origin, SO_EE_ORIGIN_ICMP);
	assert_int_equal(e.ee.ee_type, 3);
	assert_int_equal(e.ee.ee_code, 1);
	assert_int_equal(e.offender.sin_addr.s_addr, inet_addr("10.0.0.2"));
	assert_int_equal(to.sin_port, htons(9));
	/* The next one in line is what SO_ERROR says now, and nothing when it is gone. */
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	assert_int_equal(take_error(t, s, &e, buf, 2, &to), 2);
	assert_int_equal(e.ee.ee_errno, ECONNREFUSED);
	assert_int_equal(take_error(t, s, &e, buf, 16, &to), -EAGAIN);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), 0);
}

static void error_queue_is_bounded_and_emptied_when_switched_off(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr_in to;
	struct extended e;
	char buf[16];

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVERR, 1), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVBUF, 1), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(test_sendto(t, s, "x", 1, 0, "10.0.0.2", 9), 1);
		answer(t, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PORT_UNREACH, 0);
		(void)test_get_int(t, s, SOL_SOCKET, SO_ERROR);
	}
	assert_int_equal(test_drops(t, SEA_DROP_SOCKET_ERRQ), 2); /* 2 x 832 are below 2304 */
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVERR, 0), 0);
	assert_int_equal(take_error(t, s, &e, buf, 16, &to), -EAGAIN);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLOUT);
}

static void datagram_too_large_is_explained_in_the_error_queue(void **state)
{
	struct test_stack *t = *state;
	static const char big[3000];
	sea_socket s = test_udp(t);
	struct sockaddr_in to;
	struct extended e;
	char buf[16];

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVERR, 1), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_sendto(t, s, big, sizeof(big), 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(take_error(t, s, &e, buf, 16, &to), 0);
	assert_int_equal(e.ee.ee_errno, EMSGSIZE);
	assert_int_equal(e.ee.ee_origin, SO_EE_ORIGIN_LOCAL);
	assert_int_equal(e.ee.ee_info, 1500);
	assert_int_equal(to.sin_port, htons(9));
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), 0);
}

static void unanswered_neighbour_is_an_error(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVERR, 1), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.77", 9), 0);
	assert_int_equal(test_send(t, s, "x"), 1);
	test_advance(t, 4 * SEA_SEC);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(connected_socket_is_told_of_a_closed_port_once),
		UDP_TEST(soft_errors_and_unconnected_sockets_are_not_told),
		UDP_TEST(error_about_nothing_we_sent_is_dropped),
		UDP_TEST(path_mtu_is_learnt_and_told),
		UDP_TEST(df_follows_mtu_discover),
		UDP_TEST(error_queue_tells_which_datagram_met_which_error),
		UDP_TEST(error_queue_is_bounded_and_emptied_when_switched_off),
		UDP_TEST(datagram_too_large_is_explained_in_the_error_queue),
		UDP_TEST(unanswered_neighbour_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
