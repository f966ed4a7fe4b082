/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to NETLINK_ROUTE, in a stack with addresses, or to NETLINK_SOCK_DIAG, with sockets. The input begins with a
 * byte that says to which, what the socket is set to and whether memory runs short, then rows: two bytes of length (of 11
 * bits) and that many bytes as one datagram, whose first four are made the right length of a message unless bit 12 says not
 * to; bit 13: all answers are read behind it; bit 14: it is for NETLINK_GENERIC. Whatever comes back is well formed: messages
 * fill datagrams, and attributes do not go beyond them.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/fuzz/env.h"

#define DATAGRAM_MAX 2047
#define ANSWERS_MAX 64

static const sea_time now = { SEA_SEC };

static struct sea_stack *make_stack(void)
{
	static const struct sea_module *const modules[] = {
		&sea_ipv4,
		&sea_ipv6,
		&sea_netlink,
		&sea_rtnetlink,
		&sea_sock_diag,
		&sea_tcp,
		&sea_udp,
		&sea_link_kinds,
		&sea_generic_netlink,
		&sea_tcp_metrics_netlink,
		&sea_ethtool_netlink,
	};
	struct sea_stack *stack;
	struct sea_ifaddr a = { .size = sizeof(a), .prefix_len = 24 };

	require(!sea_stack_new(NULL, &env, modules, sizeof(modules) / sizeof(modules[0]), &stack));
	require(!sea_link_set_up(sea_link_by_name(stack, "lo"), true, now));
	a.ifindex = 1;
	for (uint8_t i = 1; i < 80; i++) {
		a.local = sea_addr_v4(10, 0, 0, i);
		require(!sea_ifaddr_add(stack, &a, now));
	}
	return stack;
}

static void settle(struct sea_stack *stack)
{
	for (unsigned i = 0; i < 8; i++)
		sea_stack_advance(stack, now);
}

/* A connection that ended: its peer is remembered. */
static void make_peer(struct sea_stack *stack, sea_socket listener, const struct sockaddr_in *in)
{
	sea_socket c, s;

	require(!sea_socket_new(stack, AF_INET, SOCK_STREAM, 0, &c, now));
	require(sea_socket_connect(stack, c, (const struct sockaddr *)in, sizeof(*in), now) ==
		-EINPROGRESS);
	settle(stack);
	require(!sea_socket_accept(stack, listener, NULL, NULL, &s, now));
	require(!sea_socket_close(stack, c, now));
	settle(stack);
	require(!sea_socket_close(stack, s, now));
	settle(stack);
}

/* Bound ones, one that listens, a connection to it, what waits to be accepted, and a peer that is remembered. */
static void make_sockets(struct sea_stack *stack)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	sea_socket s, c;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (uint16_t i = 0; i < 8; i++) {
		in.sin_port = htons((uint16_t)(1000 + i));
		require(!sea_socket_new(stack, AF_INET, i % 2 ? SOCK_STREAM : SOCK_DGRAM, 0, &s,
					now));
		require(!sea_socket_bind(stack, s, (struct sockaddr *)&in, sizeof(in), now));
	}
	require(!sea_socket_listen(stack, s, 4, now));
	make_peer(stack, s, &in);
	for (unsigned i = 0; i < 2; i++) {
		require(!sea_socket_new(stack, AF_INET, SOCK_STREAM, 0, &c, now));
		require(sea_socket_connect(stack, c, (struct sockaddr *)&in, sizeof(in), now) ==
			-EINPROGRESS);
	}
	settle(stack);
	require(!sea_socket_accept(stack, s, NULL, NULL, &c, now));
}

static void check_datagram(const uint8_t *bytes, uint32_t len)
{
	while (len) {
		struct nlmsghdr h;

		require(len >= sizeof(h));
		memcpy(&h, bytes, sizeof(h));
		require(h.nlmsg_len >= sizeof(h) && h.nlmsg_len <= len);
		/* Only the last may end where no other could begin. */
		if (((h.nlmsg_len + 3) & ~3u) > len)
			return;
		bytes += (h.nlmsg_len + 3) & ~3u;
		len -= (h.nlmsg_len + 3) & ~3u;
	}
}

static void read_all(struct sea_stack *stack, sea_socket s)
{
	static uint8_t bytes[65536];

	for (unsigned i = 0; i < ANSWERS_MAX; i++) {
		struct iovec iov = { bytes, sizeof(bytes) };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = sea_socket_recvmsg(stack, s, &m, 0, now);

		if (n > 0)
			check_datagram(bytes, (uint32_t)n);
		else if (!(sea_socket_poll(stack, s) & (SEA_POLLIN | SEA_POLLERR)))
			return;
	}
}

static void send_one(struct sea_stack *stack, sea_socket s, const uint8_t *data, uint32_t len,
		     bool as_it_is)
{
	uint8_t bytes[DATAGRAM_MAX];
	struct iovec iov = { bytes, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (len)
		memcpy(bytes, data, len);
	if (len >= sizeof(len) && !as_it_is)
		memcpy(bytes, &len, sizeof(len));
	(void)!sea_socket_sendmsg(stack, s, &m, 0, now);
}

static sea_socket open_one(struct sea_stack *stack, int protocol, uint8_t how)
{
	static const int names[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK };
	sea_socket s;

	require(!sea_socket_new(stack, AF_NETLINK, SOCK_RAW, protocol, &s, now));
	for (unsigned i = 0; i < 3; i++) {
		int on = how >> i & 1;

		require(!sea_socket_setsockopt(stack, s, SOL_NETLINK, names[i], &on, sizeof(on),
					       now));
	}
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_stack *stack = make_stack();
	uint8_t how = size ? data[0] : 0;
	sea_socket s, generic;
	size_t at = 1;

	if (how & 8)
		make_sockets(stack);
	s = open_one(stack, how & 8 ? NETLINK_SOCK_DIAG : NETLINK_ROUTE, how);
	generic = open_one(stack, NETLINK_GENERIC, how);
	fail_in = how >> 4;
	while (at + 2 <= size) {
		uint32_t head = (uint32_t)(data[at] | data[at + 1] << 8), len = head & DATAGRAM_MAX;
		sea_socket to = head & 0x4000 ? generic : s;

		at += 2;
		len = len < size - at ? len : (uint32_t)(size - at);
		send_one(stack, to, data + at, len, head & 0x1000);
		at += len;
		if (head & 0x2000)
			read_all(stack, to);
	}
	fail_in = 0;
	read_all(stack, s);
	read_all(stack, generic);
	sea_stack_free(stack);
	require(!live);
	return 0;
}
