/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dump of many sockets by NETLINK_SOCK_DIAG, here and by the kernel: bound UDP sockets, with what `ss -uanpeim` asks.
 * Arguments: how many (100000), how many dumps (5). The kernel's stand in a network namespace and process of their own.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/bench/bench.h"

#define PER_ADDR 50000u /* ports of one address */
#define ROOM 32768u

static const sea_time now = { SEA_SEC };
static struct sea_stack *stack; /* NULL: the kernel's turn */
static uint8_t bytes[ROOM];

static struct sockaddr_in name_of(unsigned i)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)(1024 + i % PER_ADDR)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i / PER_ADDR) };
}

/* False: it could not be made. */
static bool make(unsigned i)
{
	struct sockaddr_in in = name_of(i);
	sea_socket s;
	int fd;

	if (stack)
		return !sea_socket_new(stack, AF_INET, SOCK_DGRAM, 0, &s, now) &&
		       !sea_socket_bind(stack, s, (struct sockaddr *)&in, sizeof(in), now);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && !bind(fd, (struct sockaddr *)&in, sizeof(in));
}

static ssize_t read_one(int fd, sea_socket s)
{
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return stack ? sea_socket_recvmsg(stack, s, &m, 0, now) : recvmsg(fd, &m, 0);
}

static void ask(int fd, sea_socket s)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} q = { .h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = AF_INET,
		       .sdiag_protocol = IPPROTO_UDP,
		       .idiag_ext = 0xff,
		       .idiag_states = UINT32_MAX } };
	struct iovec iov = { &q, sizeof(q) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = stack ? sea_socket_sendmsg(stack, s, &m, 0, now) : sendmsg(fd, &m, 0);

	if (n != sizeof(q))
		abort();
}

/* How many sockets there were. */
static unsigned dump(int fd, sea_socket s)
{
	unsigned n = 0;

	ask(fd, s);
	for (;;) {
		ssize_t len = read_one(fd, s);

		if (len <= 0)
			abort();
		for (ssize_t at = 0; at < len;) {
			struct nlmsghdr h;

			memcpy(&h, bytes + at, sizeof(h));
			if (h.nlmsg_type == NLMSG_DONE)
				return n;
			n++;
			at += (h.nlmsg_len + 3) & ~3u;
		}
	}
}

static void measure(const char *who, unsigned n, unsigned times)
{
	int fd = stack ? -1 : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	uint64_t best = UINT64_MAX;
	sea_socket s = SEA_SOCKET_NONE;
	unsigned made = 0, seen = 0;

	if (stack && sea_socket_new(stack, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, &s, now))
		abort();
	while (made < n && make(made))
		made++;
	while (times--) {
		uint64_t start = bench_cpu_ns();

		seen = dump(fd, s);
		start = bench_cpu_ns() - start;
		best = start < best ? start : best;
	}
	printf("%-9s %7u sockets  %8.1f ms a dump  %6.0f ns each\n", who, seen, (double)best / 1e6,
	       seen ? (double)best / seen : 0.0);
	if (fd >= 0)
		close(fd);
	if (seen < made)
		abort();
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	unsigned times = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5;
	struct rlimit files = { n + 100, n + 100 };
	struct sea_env env;

	if (setrlimit(RLIMIT_NOFILE, &files))
		printf("the kernel's world gets as many as it may have\n");
	measure("kernel", n, times);
	if (sea_env_os(&env) ||
	    sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack) ||
	    sea_link_set_up(sea_link_by_name(stack, "lo"), true, now))
		return 1;
	measure("seastack", n, times);
	sea_stack_free(stack);
	return 0;
}
