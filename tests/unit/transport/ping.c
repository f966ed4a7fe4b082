/* SPDX-License-Identifier: Apache-2.0 */
/* Echo sockets (SOCK_DGRAM, IPPROTO_ICMP). */
#include "tests/lib/sockets.h"

#include "wire/icmp.h"

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ping };
	struct test_stack *t = malloc(sizeof(*t));

	test_stack_new(t, modules, 2);
	test_know_peer(t);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(*state);
	free(*state);
	return 0;
}

static sea_socket ping(struct test_stack *t)
{
	return test_socket(t, SOCK_DGRAM, IPPROTO_ICMP);
}

static const char request[] = "\x08\0\0\0\0\0\0\7hello";
#define REQUEST_LEN (sizeof(request) - 1)

static ssize_t send_request(struct test_stack *t, sea_socket s, const char *ip)
{
	return test_sendto(t, s, request, REQUEST_LEN, 0, ip, 0);
}

/* The request that went out comes back as a reply. */
static void reply(struct test_stack *t, uint16_t id)
{
	uint8_t out[64] = { 0, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id, 0, 7 };
	sea_be16 sum;

	memcpy(out + 8, "hello", 5);
	sum = test_checksum(out, 13, 0);
	memcpy(out + 2, &sum, 2);
	test_inject_ip(t, &(struct test_ip){ .proto = 1 }, out, 13);
}

/* RFC1122:3.2.2.6-g */
static void request_goes_out_with_our_identifier_and_checksum(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);
	const uint8_t *icmp;
	size_t len;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 77), 0);
	assert_int_equal(send_request(t, s, "10.0.0.2"), REQUEST_LEN);
	test_expect_ip(test_take(t), 1, &icmp, &len);
	assert_int_equal(len, REQUEST_LEN);
	assert_int_equal(icmp[0], SEA_ICMP_ECHO);
	assert_int_equal(sea_get16(icmp + 4), 77);
	assert_int_equal(sea_get16(icmp + 6), 7);
	assert_int_equal(sea_be16_get(test_checksum(icmp, len, 0)), 0);
	assert_int_equal(test_mib(t, SEA_MIB_IcmpOutEchos), 1);
}

static void reply_is_read_with_its_header(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t), other = ping(t);
	struct sockaddr_in from;
	uint8_t buf[64];

	assert_int_equal(test_bind(t, s, "0.0.0.0", 77), 0);
	assert_int_equal(test_bind(t, other, "0.0.0.0", 78), 0);
	reply(t, 77);
	test_expect_nothing(t, other);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLIN | SEA_POLLOUT);
	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), MSG_OOB, &from), -EOPNOTSUPP);
	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), 0, &from), 13);
	assert_int_equal(buf[0], SEA_ICMP_ECHO_REPLY);
	assert_int_equal(sea_get16(buf + 4), 77);
	assert_memory_equal(buf + 8, "hello", 5);
	assert_int_equal(from.sin_addr.s_addr, inet_addr("10.0.0.2"));
	assert_int_equal(from.sin_port, 0);
	reply(t, 79);
	assert_int_equal(test_drops(t, SEA_DROP_ICMP_NO_SOCKET), 1);
}

static void own_address_answers(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);
	uint8_t buf[64];

	assert_int_equal(send_request(t, s, "127.0.0.1"), REQUEST_LEN);
	test_settle(t);
	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), 0, NULL), REQUEST_LEN);
	assert_int_equal(buf[0], SEA_ICMP_ECHO_REPLY);
	assert_int_equal(sea_get16(buf + 4), test_port(t, s));
}

static void only_echo_requests_are_sent(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);
	struct sockaddr_in in = test_in("10.0.0.2", 0);
	struct iovec iov = { (void *)(uintptr_t)request, 8 };
	struct msghdr msg = {
		.msg_name = &in, .msg_namelen = 16, .msg_iov = &iov, .msg_iovlen = 1
	};
	static const char big[1500] = { 8 };

	assert_int_equal(test_sendto(t, s, "\x08\0\0\0\0\0\0", 7, 0, "10.0.0.2", 0), -EINVAL);
	assert_int_equal(test_sendto(t, s, "\x08\1\0\0\0\0\0\1", 8, 0, "10.0.0.2", 0), -EINVAL);
	assert_int_equal(test_sendto(t, s, "\0\0\0\0\0\0\0\1", 8, 0, "10.0.0.2", 0), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
	assert_int_equal(test_sendto(t, s, big, 1481, 0, "10.0.0.2", 0), -EMSGSIZE);
	assert_int_equal(test_sendto(t, s, request, 8, MSG_OOB, "10.0.0.2", 0), -EOPNOTSUPP);
	assert_int_equal(test_sendto(t, s, request, 8, 0, NULL, 0), -EDESTADDRREQ);
	in.sin_family = AF_UNSPEC;
	assert_int_equal(sea_socket_sendmsg(t->stack, s, &msg, 0, t->now), -EAFNOSUPPORT);
	assert_null(test_take(t));
}

static void identifiers_are_shared_unless_one_objects(void **state)
{
	struct test_stack *t = *state;
	sea_socket a = ping(t), b = ping(t), c = ping(t);
	uint8_t buf[64];

	assert_int_equal(test_bind(t, a, "0.0.0.0", 77), 0);
	assert_int_equal(test_bind(t, b, "10.0.0.1", 77), 0);
	assert_int_equal(test_set_int(t, c, SOL_SOCKET, SO_REUSEADDR, 0), 0);
	assert_int_equal(test_bind(t, c, "0.0.0.0", 77), -EADDRINUSE);
	assert_int_equal(test_bind(t, c, "10.0.0.255", 5), -EADDRNOTAVAIL);
	assert_int_equal(test_bind(t, a, "0.0.0.0", 78), -EINVAL);
	reply(t, 77);
	assert_int_equal(test_recvfrom(t, b, buf, sizeof(buf), 0, NULL), 13);
	test_expect_nothing(t, a);
}

static void connected_socket_has_a_peer_and_its_name_with_a_port(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	assert_int_equal(sea_socket_shutdown(t->stack, s, SHUT_RD, t->now), -ENOTCONN);
	s = ping(t);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 55), 0);
	assert_int_equal(sea_socket_getpeername(t->stack, s, (void *)&in, &len), 0);
	assert_int_equal(in.sin_port, htons(55)); /* of no use, but shown */
	assert_int_equal(send_request(t, s, NULL), REQUEST_LEN);
	assert_int_equal(test_name(t, s).sin_addr.s_addr, inet_addr("10.0.0.1"));
	assert_int_equal(test_disconnect(t, s), 0);
	assert_int_equal(test_port(t, s), 0);
	assert_int_equal(test_bind(t, s, "10.0.0.1", 99), 0);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 0), 0);
	assert_int_equal(sea_socket_getpeername(t->stack, s, (void *)&in, &len), -ENOTCONN);
	assert_int_equal(test_disconnect(t, s), 0);
	assert_int_equal(test_port(t, s), 99);
}

/* A request is sent, and the peer says this of it. */
static void send_and_hear(struct test_stack *t, sea_socket s, uint8_t type, uint8_t code)
{
	uint8_t out[128] = { type, code };
	struct test_frame *f;
	size_t quoted;
	sea_be16 sum;

	assert_int_equal(send_request(t, s, NULL), REQUEST_LEN);
	f = test_take(t);
	quoted = f->len - 14;
	memcpy(out + 8, f->bytes + 14, quoted);
	sum = test_checksum(out, 8 + quoted, 0);
	memcpy(out + 2, &sum, 2);
	test_inject_ip(t, &(struct test_ip){ .proto = 1 }, out, 8 + quoted);
}

static void errors_come_to_the_socket_that_asked(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 0), 0);
	send_and_hear(t, s, SEA_ICMP_DEST_UNREACH, SEA_ICMP_PKT_FILTERED);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
}

/* What is no error is told to echo sockets that want to see all, a redirect whatever its code. */
static void source_quench_and_redirects_are_told_to_who_wants_all(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 0), 0);
	for (int on = 0; on < 2; on++) {
		assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_RECVERR, on), 0);
		send_and_hear(t, s, SEA_ICMP_SOURCE_QUENCH, 0);
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), on ? EREMOTEIO : 0);
		send_and_hear(t, s, SEA_ICMP_REDIRECT, 4);
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_ERROR), on ? EREMOTEIO : 0);
	}
	assert_int_equal(test_drops(t, SEA_DROP_ICMP_TYPE), 2); /* the redirects' code */
}

static void full_buffer_drops_replies(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = ping(t);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 77), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVBUF, 1), 0);
	for (unsigned i = 0; i < 4; i++)
		reply(t, 77);
	assert_int_equal(test_drops(t, SEA_DROP_PING_RCVBUF), 2); /* 2 x 832 fit 2304 */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(request_goes_out_with_our_identifier_and_checksum),
		T(reply_is_read_with_its_header),
		T(own_address_answers),
		T(only_echo_requests_are_sent),
		T(identifiers_are_shared_unless_one_objects),
		T(connected_socket_has_a_peer_and_its_name_with_a_port),
		T(errors_come_to_the_socket_that_asked),
		T(source_quench_and_redirects_are_told_to_who_wants_all),
		T(full_buffer_drops_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
