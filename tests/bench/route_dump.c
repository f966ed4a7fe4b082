/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many routes put in by NETLINK_ROUTE, one by one, and dumps of all of them, here and by the kernel. Arguments: how
 * many routes (100000), how many dumps (5). The kernel's stand in a network namespace of this process's own; who may
 * not make one measures ours alone.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/bench/bench.h"

#define ROOM 32768u

static const sea_time now = { SEA_SEC };
static struct sea_stack *stack; /* NULL: the kernel's turn */
static sea_socket ours;
static int kernels;
static uint8_t bytes[ROOM] __attribute__((aligned(8)));

static ssize_t read_one(void)
{
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return stack ? sea_socket_recvmsg(stack, ours, &m, 0, now) : recvmsg(kernels, &m, 0);
}

static void ask(void *request, uint32_t len)
{
	struct iovec iov = { request, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = stack ? sea_socket_sendmsg(stack, ours, &m, 0, now) : sendmsg(kernels, &m, 0);

	if (n != (ssize_t)len)
		abort();
}

/* What is acknowledged: 0 or -errno. */
static int ask_for_ack(void *request, uint32_t len)
{
	int err;

	ask(request, len);
	if (read_one() < (ssize_t)(sizeof(struct nlmsghdr) + sizeof(err)))
		abort();
	memcpy(&err, bytes + sizeof(struct nlmsghdr), sizeof(err));
	return err;
}

static void set_lo_up(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} q = { .h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = RTM_SETLINK,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.i = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };

	if (ask_for_ack(&q, sizeof(q)))
		abort();
}

/* Route i: a host of 10.0.0.0/8 behind lo. */
static bool add(unsigned i)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
		struct nlattr dst;
		uint8_t addr[4];
		struct nlattr oif;
		uint32_t ifindex;
	} q = { .h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = RTM_NEWROUTE,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
		.r = { .rtm_family = AF_INET,
		       .rtm_dst_len = 32,
		       .rtm_table = RT_TABLE_MAIN,
		       .rtm_protocol = RTPROT_STATIC,
		       .rtm_scope = RT_SCOPE_LINK,
		       .rtm_type = RTN_UNICAST },
		.dst = { 8, RTA_DST },
		.addr = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i },
		.oif = { 8, RTA_OIF },
		.ifindex = 1 };

	return !ask_for_ack(&q, sizeof(q));
}

/* How many routes there were. */
static unsigned dump(void)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg r;
	} q = { .h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = RTM_GETROUTE,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .rtm_family = AF_INET } };
	unsigned n = 0;

	ask(&q, sizeof(q));
	for (;;) {
		ssize_t len = read_one();

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
	uint64_t start, adding, best = UINT64_MAX;
	unsigned made = 0, seen = 0;

	set_lo_up();
	start = bench_cpu_ns();
	while (made < n && add(made))
		made++;
	adding = bench_cpu_ns() - start;
	while (times--) {
		start = bench_cpu_ns();
		seen = dump();
		start = bench_cpu_ns() - start;
		best = start < best ? start : best;
	}
	printf("%-9s %7u routes  %6.0f ns to add one  %8.1f ms a dump  %6.0f ns each\n", who, seen,
	       made ? (double)adding / made : 0.0, (double)best / 1e6,
	       seen ? (double)best / seen : 0.0);
	if (made < n || seen < made)
		abort();
}

static void measure_kernel(unsigned n, unsigned times)
{
	if (unshare(CLONE_NEWNET)) {
		printf("kernel    may not make a network namespace\n");
		return;
	}
	kernels = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (kernels < 0)
		abort();
	measure("kernel", n, times);
	close(kernels);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
	unsigned times = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 5;
	struct sea_env env;

	measure_kernel(n, times);
	if (sea_env_os(&env) ||
	    sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack) ||
	    sea_socket_new(stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &ours, now))
		return 1;
	measure("seastack", n, times);
	sea_stack_free(stack);
	return 0;
}
