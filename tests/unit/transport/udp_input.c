/* SPDX-License-Identifier: Apache-2.0 */
/* UDP datagrams that come in, and who reads them. */
#include "tests/lib/udp_peer.h"

#include <sys/ioctl.h>

#include <seastack/stats.h>

/* -- receiving -- */

static void datagram_is_read_with_its_source(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sockaddr_in from;
	char buf[16];

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLOUT);
	udp_inject_text(t, 999, 7, "hello");
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLIN | SEA_POLLOUT);
	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), 0, &from), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(from.sin_port, htons(999));
	assert_int_equal(from.sin_addr.s_addr, inet_addr("10.0.0.2"));
	assert_int_equal(test_recvfrom(t, s, buf, sizeof(buf), 0, &from), -EAGAIN);
	assert_int_equal(test_mib(t, SEA_MIB_UdpInDatagrams), 1);
}

static void datagram_is_cut_and_peeked_as_on_linux(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct iovec iov;
	char buf[3];
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int pending;

	iov = (struct iovec){ buf, sizeof(buf) };
	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	udp_inject_text(t, 999, 7, "hello");
	udp_inject_text(t, 999, 7, "");
	assert_int_equal(sea_socket_ioctl_int(t->stack, s, FIONREAD, &pending, t->now), 0);
	assert_int_equal(pending, 5);
	assert_int_equal(sea_socket_recvmsg(t->stack, s, &msg, MSG_PEEK, t->now), 3);
	assert_int_equal(msg.msg_flags, MSG_TRUNC);
	assert_int_equal(sea_socket_recvmsg(t->stack, s, &msg, MSG_TRUNC, t->now), 5);
	assert_int_equal(msg.msg_flags, MSG_TRUNC);
	assert_int_equal(sea_socket_recvmsg(t->stack, s, &msg, 0, t->now), 0);
	assert_int_equal(msg.msg_flags, 0);
	assert_int_equal(sea_socket_recvmsg(t->stack, s, &msg, 0, t->now), -EAGAIN);
}

/* RFC1122:4.1.3.4-b */
static void malformed_datagrams_are_dropped(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	test_inject_ip(t, &(struct test_ip){ .proto = 17 }, "\0\7\0\7\0\7\0", 7);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .len = 7 }, "abc", 3);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .len = 12 }, "abc", 3);
	assert_int_equal(test_drops(t, SEA_DROP_UDP_SHORT), 3);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .sum_error = 1 }, "abc", 3);
	assert_int_equal(test_drops(t, SEA_DROP_UDP_CHECKSUM), 1);
	assert_int_equal(test_mib(t, SEA_MIB_UdpInErrors), 4);
	assert_int_equal(test_mib(t, SEA_MIB_UdpInCsumErrors), 1);
	test_expect_nothing(t, s);
}

static void bytes_behind_the_datagram_are_cut_off(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint8_t out[32];
	size_t len = udp_build(out, &(struct udp_dgram){ .sport = 1, .dport = 7 }, "abc", 3);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	memset(out + len, 0xee, 5);
	test_inject_ip(t, &(struct test_ip){ .proto = 17 }, out, len + 5);
	test_expect_text(t, s, "abc");
}

/* RFC1122:4.1.3.4-d */
static void datagram_without_checksum_is_taken(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .no_sum = true }, "abc", 3);
	test_expect_text(t, s, "abc");
}

/* RFC1122:4.1.3.1-a, RFC1122:3.2.2.1-b */
static void port_without_socket_is_answered(void **state)
{
	struct test_stack *t = *state;
	const uint8_t *icmp;
	size_t len;

	udp_inject_text(t, 999, 7, "hello");
	test_expect_ip(test_take(t), 1, &icmp, &len);
	assert_int_equal(icmp[0], 3);
	assert_int_equal(icmp[1], 3);
	assert_int_equal(len, 8 + 20 + 8 + 5);
	assert_memory_equal(icmp + 8 + 20 + 8, "hello", 5);
	assert_int_equal(test_drops(t, SEA_DROP_UDP_NO_SOCKET), 1);
	assert_int_equal(test_mib(t, SEA_MIB_UdpNoPorts), 1);
}

static void broadcast_for_nobody_is_not_answered(void **state)
{
	struct test_stack *t = *state;

	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7, .dst = "10.0.0.255" }, "abc", 3);
	assert_null(test_take(t));
	assert_int_equal(test_drops(t, SEA_DROP_UDP_NO_SOCKET), 1);
	assert_int_equal(test_mib(t, SEA_MIB_UdpIgnoredMulti), 1);
	assert_int_equal(test_mib(t, SEA_MIB_UdpNoPorts), 0);
}

static void meminfo(struct test_stack *t, sea_socket s, uint32_t mem[9])
{
	socklen_t len = 9 * sizeof(mem[0]);

	assert_int_equal(
		sea_socket_getsockopt(t->stack, s, SOL_SOCKET, SO_MEMINFO, mem, &len, t->now), 0);
	assert_int_equal(len, 36);
}

/* Measured on Linux 6.18: nine times 832 bytes fit 8192, and one datagram always does. */
static void receive_buffer_counts_what_linux_counts(void **state)
{
	struct test_stack *t = *state;
	static const char big[1400];
	sea_socket s = test_udp(t);
	static const uint32_t left[] = { 7488, 7488, 4992, 4992, 4992, 2496, 2496, 2496, 0 };
	uint32_t mem[9];

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVBUF, 4096), 0);
	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	for (unsigned i = 0; i < 12; i++)
		udp_inject_text(t, 999, 7, "x");
	meminfo(t, s, mem);
	assert_int_equal(mem[0], 7488);
	assert_int_equal(mem[1], 8192);
	assert_int_equal(mem[8], 3);
	assert_int_equal(test_drops(t, SEA_DROP_UDP_RCVBUF), 3);
	assert_int_equal(test_mib(t, SEA_MIB_UdpRcvbufErrors), 3);
	assert_int_equal(test_mib(t, SEA_MIB_UdpInErrors), 3);
	for (unsigned i = 0; i < 9; i++) {
		test_expect_text(t, s, "x");
		meminfo(t, s, mem);
		assert_int_equal(mem[0], left[i]);
	}
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVBUF, 1), 0);
	udp_inject(t, &(struct udp_dgram){ .sport = 1, .dport = 7 }, big, sizeof(big));
	udp_inject_text(t, 999, 7, "x");
	assert_int_equal(test_drops(t, SEA_DROP_UDP_RCVBUF), 4);
}

static void protocol_memory_ends_for_all_sockets(void **state)
{
	struct test_stack *t = *state;
	sea_socket a = test_udp(t), b = test_udp(t);

	assert_int_equal(test_bind(t, a, "0.0.0.0", 7), 0);
	assert_int_equal(test_bind(t, b, "0.0.0.0", 8), 0);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.udp_mem", "1 1 1", t->now), 0);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.udp_rmem_min", "1", t->now), 0);
	for (unsigned i = 0; i < 6; i++)
		udp_inject_text(t, 999, 7, "x");
	assert_int_equal(test_drops(t, SEA_DROP_UDP_MEM), 2); /* 4 x 832 fit a page */
	assert_int_equal(test_mib(t, SEA_MIB_UdpMemErrors), 2);
	udp_inject_text(t, 999, 8, "y"); /* a socket without any has its minimum */
	udp_inject_text(t, 999, 8, "y");
	assert_int_equal(test_drops(t, SEA_DROP_UDP_MEM), 3);
	for (unsigned i = 0; i < 4; i++)
		test_expect_text(t, a, "x");
	udp_inject_text(t, 999, 8, "z");
	test_expect_text(t, b, "y");
	test_expect_text(t, b, "z");
}

static void queued_datagram_holds_little(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct sea_memory m = { .size = sizeof(m) };
	size_t before;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	sea_stack_memory(t->stack, &m);
	before = m.held;
	for (unsigned i = 0; i < 10; i++)
		udp_inject_text(t, 999, 7, "x");
	sea_stack_memory(t->stack, &m);
	assert_true(m.held - before <= 10 * (2 * 1 + 512));
}

static void closing_drops_what_was_not_read(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	udp_inject_text(t, 999, 7, "x");
	test_close(t, s);
	assert_int_equal(test_drops(t, SEA_DROP_SOCKET_CLOSED), 1);
	assert_int_equal(sea_socket_close(t->stack, s, t->now), -EBADF);
	assert_int_equal(sea_socket_poll(t->stack, s), SEA_POLLERR | SEA_POLLHUP);
}

/* A small datagram in a large packet has to be copied down before it may wait. */
static void datagram_that_finds_no_memory_is_dropped(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint8_t out[1400] = { 0 }, frame[1500];
	struct sea_pkt *pkt;
	size_t len;

	assert_int_equal(test_bind(t, s, "0.0.0.0", 7), 0);
	(void)udp_build(out, &(struct udp_dgram){ .sport = 1, .dport = 7 }, "x", 1);
	len = test_build_ip(frame, &(struct test_ip){ .proto = 17 }, out, sizeof(out));
	pkt = sea_pkt_from_bytes(t->link, frame, len);
	assert_non_null(pkt);
	sea_pool_trim(&t->stack->shard.pool);
	test_env_fail_at(&t->env, 1);
	sea_link_input(t->link, &pkt, 1, t->now);
	test_env_fail_at(&t->env, 0);
	assert_int_equal(test_drops(t, SEA_DROP_SOCKET_NO_MEMORY), 1);
	test_expect_nothing(t, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(datagram_is_read_with_its_source),
		UDP_TEST(datagram_is_cut_and_peeked_as_on_linux),
		UDP_TEST(malformed_datagrams_are_dropped),
		UDP_TEST(bytes_behind_the_datagram_are_cut_off),
		UDP_TEST(datagram_without_checksum_is_taken),
		UDP_TEST(port_without_socket_is_answered),
		UDP_TEST(broadcast_for_nobody_is_not_answered),
		UDP_TEST(receive_buffer_counts_what_linux_counts),
		UDP_TEST(protocol_memory_ends_for_all_sockets),
		UDP_TEST(queued_datagram_holds_little),
		UDP_TEST(closing_drops_what_was_not_read),
		UDP_TEST(datagram_that_finds_no_memory_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
