/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctls of sockets of each family, in a stack with a few links. The input is rows: a byte that says by which socket, a
 * byte of the request's number (behind 0x89; 0 stands for SIOCETHTOOL, 1 for SIOCGIFCONF), one of how much of the argument
 * is there (255: all, 254: NULL), the argument, then two bytes of length and that many as what a pointer in it means. Each
 * lies in memory of exactly its size; nobody writes more than that, or says so.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/fuzz/env.h"

#define ROWS_MAX 64
#define DATA_MAX 8192u
#define SOCKETS 4

static const sea_time now = { SEA_SEC };

struct input {
	const uint8_t *bytes;
	size_t left;
};

static void take(struct input *in, void *to, size_t len)
{
	size_t n = in->left < len ? in->left : len;

	memset(to, 0, len);
	if (n)
		memcpy(to, in->bytes, n);
	in->bytes += n;
	in->left -= n;
}

static struct sea_stack *make_stack(void)
{
	static const struct sea_module *const modules[] = {
		&sea_ipv4, &sea_ipv6,       &sea_netlink,         &sea_rtnetlink,      &sea_tcp,
		&sea_udp,  &sea_link_kinds, &sea_generic_netlink, &sea_ethtool_netlink
	};
	struct sea_link_config config = { .size = sizeof(config),
					  .name = "a",
					  .features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24, .ifindex = 2 };
	struct sea_stack *stack;
	struct sea_link *link;

	require(!sea_stack_new(NULL, &env, modules, sizeof(modules) / sizeof(modules[0]), &stack));
	require(!sea_link_add(stack, &config, &link, now));
	config.name = "b";
	config.type = SEA_LINK_IP;
	require(!sea_link_add(stack, &config, &link, now));
	for (uint8_t i = 1; i < 4; i++) {
		addr.local = sea_addr_v4(10, 0, 0, i);
		require(!sea_ifaddr_add(stack, &addr, now));
	}
	return stack;
}

static void make_sockets(struct sea_stack *stack, sea_socket socks[SOCKETS])
{
	static const int kinds[SOCKETS][2] = { { AF_INET, SOCK_DGRAM },
					       { AF_INET, SOCK_STREAM },
					       { AF_INET6, SOCK_DGRAM },
					       { AF_NETLINK, SOCK_RAW } };

	for (unsigned i = 0; i < SOCKETS; i++)
		require(!sea_socket_new(stack, kinds[i][0], kinds[i][1], 0, &socks[i], now));
}

static unsigned long request_of(uint8_t byte)
{
	switch (byte) {
	case 0:
		return SIOCETHTOOL;
	case 1:
		return SIOCGIFCONF;
	default:
		return 0x8900ul | byte;
	}
}

/* Of exactly `len` bytes; NULL for none. */
static void *copy_of(struct input *in, size_t len)
{
	void *bytes = len ? malloc(len) : NULL;

	if (bytes)
		take(in, bytes, len);
	return bytes;
}

static void make_call(struct sea_stack *stack, const sea_socket *socks, struct input *in)
{
	uint8_t head[3], size[2];
	struct sea_ioctl call = { .size = sizeof(call) };
	int result;

	take(in, head, sizeof(head));
	call.request = request_of(head[1]);
	call.arg_len = head[2] == 255 ? sea_ioctl_arg_len(call.request) : head[2];
	call.arg = head[2] == 254 ? NULL : copy_of(in, call.arg_len);
	take(in, size, sizeof(size));
	call.data_len = (size[0] | (size_t)size[1] << 8) % DATA_MAX;
	call.data = copy_of(in, call.data_len);
	result = sea_socket_ioctl(stack, socks[head[0] % SOCKETS], &call, now);
	require(call.data_written <= call.data_len);
	require(result >= 0 || !call.data_written);
	free(call.arg);
	free(call.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct sea_stack *stack = make_stack();
	sea_socket socks[SOCKETS];

	make_sockets(stack, socks);
	for (unsigned i = 0; i < ROWS_MAX && in.left; i++) {
		make_call(stack, socks, &in);
		sea_stack_advance(stack, now);
	}
	sea_stack_free(stack);
	require(live == 0);
	return 0;
}
