/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/netns/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <seastack/env.h>
#include <seastack/modules.h>

#define PATIENCE 3000 /* of 10 ms */

static long kernel(long result)
{
	return result < 0 ? -errno : result;
}

/* The one that any namespace may have; what a kernel begins with is its owner's choice. */
static bool set_reno(struct world *w)
{
	FILE *f;
	bool done;

	if (w->ours)
		return !sea_sysctl_set(w->stack, "net.ipv4.tcp_congestion_control", "reno", w->now);
	f = fopen("/proc/sys/net/ipv4/tcp_congestion_control", "w");
	done = f && fputs("reno", f) >= 0;
	return f && !fclose(f) && done;
}

/* Where process 1 is, too, it is the machine's: what is compared would change its addresses and routes. */
static bool is_machines_own(void)
{
	struct stat ours, first;

	return !stat("/proc/self/ns/net", &ours) && !stat("/proc/1/ns/net", &first) &&
	       ours.st_dev == first.st_dev && ours.st_ino == first.st_ino;
}

bool world_init(struct world *w, bool ours)
{
	static const struct sea_module *const modules[] = {
		&sea_ipv4,
		&sea_ipv6,
		&sea_tcp,
		&sea_udp,
		&sea_ping,
		&sea_netlink,
		&sea_rtnetlink,
		&sea_sock_diag,
		&sea_link_kinds,
		&sea_generic_netlink,
		&sea_ethtool_netlink,
		&sea_tcp_metrics_netlink,
		&sea_qdiscs,
	};
	static struct sea_env env;

	*w = (struct world){ .ours = ours, .now = { SEA_SEC } };
	if (!ours && is_machines_own()) {
		(void)fprintf(stderr, "this is the machine's own network: run it by its script\n");
		return false;
	}
	if (ours &&
	    (sea_env_os(&env) ||
	     sea_stack_new(NULL, &env, modules, sizeof(modules) / sizeof(modules[0]), &w->stack)))
		return false;
	return set_reno(w);
}

void world_fini(struct world *w)
{
	if (w->ours)
		sea_stack_free(w->stack);
}

void world_settle(struct world *w, unsigned ms)
{
	if (!w->ours)
		return;
	for (unsigned i = 0; i <= ms; i++) {
		for (unsigned n = 0; n < 16; n++)
			sea_stack_advance(w->stack, w->now);
		w->now.ns += i < ms ? SEA_MSEC : 0;
	}
}

bool world_patient(unsigned *tries)
{
	usleep(*tries < 20 ? 100 : 10000);
	return ++*tries < PATIENCE;
}

bool world_is_open(const struct world *w, struct wsock s)
{
	return w->ours ? !sea_socket_is_none(s.s) : s.fd >= 0;
}

struct wsock world_socket(struct world *w, int domain)
{
	struct wsock s = WSOCK_NONE;

	if (w->ours) {
		if (sea_socket_new(w->stack, domain, SOCK_STREAM, 0, &s.s, w->now))
			abort();
		return s;
	}
	s.fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s.fd < 0)
		abort();
	return s;
}

long world_open(struct world *w, int domain, int type, int protocol, struct wsock *s)
{
	long result;

	*s = WSOCK_NONE;
	if (w->ours)
		return sea_socket_new(w->stack, domain, type, protocol, &s->s, w->now);
	result = kernel(socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
	if (result < 0)
		return result;
	s->fd = (int)result;
	return 0;
}

long world_bind(struct world *w, struct wsock s, const void *addr, socklen_t len)
{
	return w->ours ? sea_socket_bind(w->stack, s.s, addr, len, w->now)
		       : kernel(bind(s.fd, addr, len));
}

long world_listen(struct world *w, struct wsock s, int backlog)
{
	return w->ours ? sea_socket_listen(w->stack, s.s, backlog, w->now)
		       : kernel(listen(s.fd, backlog));
}

long world_connect(struct world *w, struct wsock s, const void *addr, socklen_t len)
{
	return w->ours ? sea_socket_connect(w->stack, s.s, addr, len, w->now)
		       : kernel(connect(s.fd, addr, len));
}

long world_accept(struct world *w, struct wsock s, struct wsock *child)
{
	long result;

	*child = WSOCK_NONE;
	if (w->ours)
		return sea_socket_accept(w->stack, s.s, NULL, NULL, &child->s, w->now);
	result = kernel(accept4(s.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	if (result < 0)
		return result;
	child->fd = (int)result;
	return 0;
}

long world_sendmsg(struct world *w, struct wsock s, const struct msghdr *msg, int flags)
{
	return w->ours ? sea_socket_sendmsg(w->stack, s.s, msg, flags | MSG_NOSIGNAL, w->now)
		       : kernel(sendmsg(s.fd, msg, flags | MSG_NOSIGNAL));
}

long world_recvmsg(struct world *w, struct wsock s, struct msghdr *msg, int flags)
{
	return w->ours ? sea_socket_recvmsg(w->stack, s.s, msg, flags, w->now)
		       : kernel(recvmsg(s.fd, msg, flags));
}

long world_shutdown(struct world *w, struct wsock s, int how)
{
	return w->ours ? sea_socket_shutdown(w->stack, s.s, how, w->now)
		       : kernel(shutdown(s.fd, how));
}

long world_close(struct world *w, struct wsock *s)
{
	long result = w->ours ? sea_socket_close(w->stack, s->s, w->now) : kernel(close(s->fd));

	*s = WSOCK_NONE;
	return result;
}

long world_setsockopt(struct world *w, struct wsock s, int level, int name, const void *val,
		      socklen_t len)
{
	return w->ours ? sea_socket_setsockopt(w->stack, s.s, level, name, val, len, w->now)
		       : kernel(setsockopt(s.fd, level, name, val, len));
}

long world_getsockopt(struct world *w, struct wsock s, int level, int name, void *val,
		      socklen_t *len)
{
	return w->ours ? sea_socket_getsockopt(w->stack, s.s, level, name, val, len, w->now)
		       : kernel(getsockopt(s.fd, level, name, val, len));
}

long world_ioctl(struct world *w, struct wsock s, unsigned long request, int *value)
{
	return w->ours ? sea_socket_ioctl_int(w->stack, s.s, request, value, w->now)
		       : kernel(ioctl(s.fd, request, value));
}

long world_ask(struct world *w, struct wsock s, unsigned long request, void *arg, size_t len)
{
	struct sea_ioctl call = { .size = sizeof(call) };

	if (!w->ours)
		return kernel(ioctl(s.fd, request, arg));
	call.request = request;
	call.arg = arg;
	call.arg_len = len;
	return sea_socket_ioctl(w->stack, s.s, &call, w->now);
}

long world_name(struct world *w, struct wsock s, bool peers, void *addr, socklen_t *len)
{
	if (w->ours)
		return peers ? sea_socket_getpeername(w->stack, s.s, addr, len)
			     : sea_socket_getsockname(w->stack, s.s, addr, len);
	return kernel(peers ? getpeername(s.fd, addr, len) : getsockname(s.fd, addr, len));
}

uint32_t world_poll(struct world *w, struct wsock s)
{
	struct pollfd p = { .fd = s.fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	if (w->ours)
		return sea_socket_poll(w->stack, s.s);
	poll(&p, 1, 0);
	return (uint32_t)(uint16_t)p.revents;
}

socklen_t world_loopback(int domain, bool mapped, uint16_t port, struct sockaddr_storage *any)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memset(any, 0, sizeof(*any));
	if (domain == AF_INET) {
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		memcpy(any, &in, sizeof(in));
		return sizeof(in);
	}
	inet_pton(AF_INET6, mapped ? "::ffff:127.0.0.1" : "::1", &in6.sin6_addr);
	memcpy(any, &in6, sizeof(in6));
	return sizeof(in6);
}

void world_abort(struct world *w, struct wsock *s)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (!world_is_open(w, *s))
		return;
	(void)world_setsockopt(w, *s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void)world_close(w, s);
	world_settle(w, 0);
}
