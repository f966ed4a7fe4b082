/* SPDX-License-Identifier: Apache-2.0 */
/* Echo sockets of IPv6 (SOCK_DGRAM, IPPROTO_ICMPV6). */
#include "tests/lib/sockets.h"

#include "wire/icmp6.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_ping };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 3);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static struct sockaddr_in6 in6(const char *ip, uint16_t port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memcpy(&in.sin6_addr, test_ip6(ip).b, 16);
	return in;
}

/* Of identifier 77. */
static sea_socket ping(void)
{
	struct sockaddr_in6 in = in6("::", 77);
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, &s, t.now),
			 0);
	assert_int_equal(sea_socket_bind(t.stack, s, (void *)&in, sizeof(in), t.now), 0);
	return s;
}

static ssize_t send_message(sea_socket s, uint8_t type, const char *ip)
{
	struct sockaddr_in6 to = in6(ip, 0);
	uint8_t data[] = { type, 0, 0, 0, 0, 0, 0, 7, 'h', 'i' };
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};

	return sea_socket_sendmsg(t.stack, s, &msg, 0, t.now);
}

static ssize_t receive(sea_socket s, uint8_t *buf, size_t size, struct sockaddr_in6 *from)
{
	struct iovec iov = { buf, size };
	struct msghdr msg = {
		.msg_name = from, .msg_namelen = sizeof(*from), .msg_iov = &iov, .msg_iovlen = 1
	};

	return sea_socket_recvmsg(t.stack, s, &msg, 0, t.now);
}

/* RFC4443:4.1-b, RFC4443:4.2-c */
static void a_request_goes_out_and_its_answer_comes_to_who_asked(void **state)
{
	sea_socket s = ping();
	struct sockaddr_in6 from;
	uint8_t buf[64], answer[64];
	const uint8_t *msg;
	size_t len;

	assert_int_equal(send_message(s, SEA_ICMP6_ECHO, TEST_PEER_IP6), 10);
	test_expect_ip6(test_take(&t), IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(len, 10);
	assert_int_equal(msg[0], SEA_ICMP6_ECHO);
	assert_int_equal(sea_get16(msg + 4), 77);
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutEchos), 1);
	memcpy(answer, msg, len);
	answer[0] = SEA_ICMP6_ECHO_REPLY;
	memset(answer + 2, 0, 2);
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, answer, len);
	assert_int_equal(receive(s, buf, sizeof(buf), &from), 10);
	assert_int_equal(buf[0], SEA_ICMP6_ECHO_REPLY);
	assert_memory_equal(buf + 8, "hi", 2);
	assert_memory_equal(&from.sin6_addr, test_ip6(TEST_PEER_IP6).b, 16);
	answer[5] = 78; /* another's */
	memset(answer + 2, 0, 2);
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, answer, len);
	assert_int_equal(receive(s, buf, sizeof(buf), &from), -EAGAIN);
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_NO_SOCKET), 1);
}

static void only_echo_requests_are_sent(void **state)
{
	sea_socket s = ping();

	assert_int_equal(send_message(s, SEA_ICMP6_ECHO_REPLY, TEST_PEER_IP6), -EINVAL);
	assert_int_equal(send_message(s, 8, TEST_PEER_IP6), -EINVAL); /* that is IPv4's */
	assert_null(test_take(&t));
}

static void an_error_comes_to_the_socket_that_asked(void **state)
{
	struct sockaddr_in6 to = in6(TEST_PEER_IP6, 0);
	uint8_t error[8 + 200] = { SEA_ICMP6_DEST_UNREACH, 1 };
	sea_socket s = ping();
	size_t len;

	assert_int_equal(sea_socket_connect(t.stack, s, (void *)&to, sizeof(to), t.now), 0);
	assert_int_equal(send_message(s, SEA_ICMP6_ECHO, TEST_PEER_IP6), 10);
	assert_non_null(test_take(&t));
	len = t.frame.len - 14;
	memcpy(error + 8, t.frame.bytes + 14, len);
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, error, 8 + len);
	assert_int_equal(test_get_int(&t, s, SOL_SOCKET, SO_ERROR), EACCES);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_request_goes_out_and_its_answer_comes_to_who_asked),
		T(only_echo_requests_are_sent),
		T(an_error_comes_to_the_socket_that_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
