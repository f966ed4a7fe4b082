/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctls: their argument travels through a copy, and so does what a pointer in it means. Those of links are made
 * by whatever socket.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/if_tunnel.h>
#include <linux/ipv6.h>

#include "tools/exec/server.h"

/* What one pointer means, at most: lists of addresses, names, counters. */
#define DATA_MAX (64u << 10)
/* Memory is there, or not, in pages of at least so many bytes. */
#define PAGE 4096u

/* The argument, and where in it the pointer is. */
union argument {
	struct ifreq link;
	struct ifconf list;
	struct arpreq neighbour;
	struct rtentry route;
	struct in6_ifreq addr6;
	struct in6_rtmsg route6;
	int number;
};

struct asked {
	struct sea_ioctl call;
	int domain; /* of the socket */
	union argument arg, before;
	uint64_t data_at; /* 0: none */
	uint8_t data[DATA_MAX];
};

static struct sea_stack *stack_of(const struct sea_exec_call *call)
{
	return call->exec->server->host->stack;
}

/* Who hears of a descriptor's signals: what the kernel keeps of stand-ins, too. */
static bool is_files(uint64_t request)
{
	return request == FIOSETOWN || request == SIOCSPGRP || request == FIOGETOWN ||
	       request == SIOCGPGRP;
}

/* Those of a link take a struct ifreq, by whatever socket they are made, AF_UNIX included. */
static bool asks_link(uint64_t request)
{
	return sea_ioctl_arg_len(request) > sizeof(int) && !is_files(request);
}

static bool is_socket(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
}

/* As much as there is at `at`, up to `max` bytes. */
static int read_data(struct sea_exec_call *call, struct asked *asked, size_t max)
{
	size_t n, len = 0;
	int err = 0;

	while (!err && len < max) {
		n = PAGE - ((asked->data_at + len) & (PAGE - 1));
		if (n > max - len)
			n = max - len;
		err = sea_exec_read(call, asked->data_at + len, asked->data + len, n);
		len += err ? 0 : n;
	}
	asked->call.data = asked->data;
	asked->call.data_len = len;
	return err == -ESRCH ? err : 0;
}

/* Names of devices are as long as that, and nothing else is a route's. */
static bool has_name(const struct asked *asked)
{
	uint64_t request = asked->call.request;

	return asked->domain == AF_INET && (request == SIOCADDRT || request == SIOCDELRT);
}

/* A list is only written; its memory need not be readable. */
static void make_room(struct asked *asked)
{
	if (asked->arg.list.ifc_len > (int)DATA_MAX)
		asked->arg.list.ifc_len = DATA_MAX;
	asked->call.data = asked->data;
	asked->call.data_len = sizeof(asked->data);
}

/* What a number takes is another struct to IPv6, and to who does not know it any link's. */
static size_t arg_len(int domain, uint64_t request)
{
	size_t len = sea_ioctl_arg_len(request);

	if (domain == AF_INET || request == SIOCGIFCONF || len < sizeof(struct ifreq))
		return len;
	if (domain != AF_INET6)
		return sizeof(struct ifreq);
	switch (request) {
	case SIOCADDRT:
	case SIOCDELRT:
		return sizeof(struct in6_rtmsg);
	case SIOCSIFADDR:
	case SIOCDIFADDR:
	case SIOCSIFDSTADDR:
		return sizeof(struct in6_ifreq);
	default:
		return sizeof(struct ifreq);
	}
}

static uint64_t data_of(const struct asked *asked)
{
	switch (asked->call.request) {
	case SIOCGIFCONF:
		return (uint64_t)(uintptr_t)asked->arg.list.ifc_buf;
	case SIOCETHTOOL:
	case SIOCSHWTSTAMP:
	case SIOCGETTUNNEL:
	case SIOCADDTUNNEL:
	case SIOCDELTUNNEL:
	case SIOCCHGTUNNEL:
	case SIOCGETPRL:
	case SIOCADDPRL:
	case SIOCDELPRL:
	case SIOCCHGPRL:
		return (uint64_t)(uintptr_t)asked->arg.link.ifr_data;
	default:
		return has_name(asked) ? (uint64_t)(uintptr_t)asked->arg.route.rt_dev : 0;
	}
}

static int read_all(struct sea_exec_call *call, struct asked *asked, int domain)
{
	uint64_t request = call->arg[1];
	size_t len = arg_len(domain, request);
	int err = 0;

	memset(asked, 0, offsetof(struct asked, data));
	asked->domain = domain;
	asked->call.size = sizeof(asked->call);
	asked->call.request = request;
	asked->call.arg = call->arg[2] ? &asked->arg : NULL;
	asked->call.arg_len = len;
	if (asks_link(request))
		err = sea_exec_read(call, call->arg[2], &asked->arg, len);
	if (err)
		return err;
	asked->before = asked->arg;
	asked->data_at = data_of(asked);
	if (!asked->data_at)
		return 0;
	if (request == SIOCGIFCONF)
		make_room(asked);
	else
		err = read_data(call, asked, has_name(asked) ? IFNAMSIZ : DATA_MAX);
	return err;
}

/* What is only read may stand where nothing can be written. */
static int write_all(struct sea_exec_call *call, const struct asked *asked)
{
	size_t len = asked->call.arg_len;
	int err = 0;

	if (asked->call.data_written)
		err = sea_exec_write(call, asked->data_at, asked->data, asked->call.data_written);
	if (err || (asks_link(call->arg[1]) && !memcmp(&asked->arg, &asked->before, len)))
		return err;
	return sea_exec_write(call, call->arg[2], &asked->arg, len);
}

static int domain_of(struct sea_stack *stack, sea_socket sock, sea_time now)
{
	int domain = AF_UNSPEC;
	socklen_t len = sizeof(domain);

	return sea_socket_getsockopt(stack, sock, SOL_SOCKET, SO_DOMAIN, &domain, &len, now)
		       ? AF_UNSPEC
		       : domain;
}

static void serve(struct sea_exec_call *call, sea_socket sock, sea_time now)
{
	struct asked asked;
	int result = read_all(call, &asked, domain_of(stack_of(call), sock, now)), err = 0;

	if (!result)
		result = sea_socket_ioctl(stack_of(call), sock, &asked.call, now);
	if (result >= 0)
		err = write_all(call, &asked);
	sea_exec_answer(call, err ? err : result);
}

/* By a socket of the kernel's: as by one of a family that knows no ioctls of its own. */
static void serve_strangers(struct sea_exec_call *call, sea_time now)
{
	struct sea_stack *stack = stack_of(call);
	sea_socket sock;
	int err = sea_socket_new(stack, AF_NETLINK, SOCK_RAW, 0, &sock, now);

	if (err) {
		sea_exec_answer(call, err);
		return;
	}
	serve(call, sock, now);
	(void)sea_socket_close(stack, sock, now);
}

/* Only what is asked of sockets comes here; of others, terminals know FIONREAD and TIOCOUTQ. */
void sea_exec_ioctl(struct sea_exec_call *call, sea_time now)
{
	call->fd = sea_exec_fetch(call, (int)call->arg[0]);
	if (call->fd >= 0)
		call->standin = sea_standin_find(call->exec->server, call->fd);
	if (is_files(call->arg[1]))
		sea_exec_go_on(call);
	else if (call->standin && !call->standin->file)
		serve(call, call->standin->watcher.sock, now);
	else if (asks_link(call->arg[1]) && call->fd >= 0 && is_socket(call->fd))
		serve_strangers(call, now);
	else
		sea_exec_go_on(call);
}
