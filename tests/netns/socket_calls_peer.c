/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same calls on the kernel's sockets and on ours, each in a world with nothing but `lo`: every
 * answer is compared. The calls are drawn from a seed; the first difference is printed with the calls
 * that led to it.
 *
 *	socket_calls_peer [MODE [ROUNDS [SEED]]]    (in a network namespace of its own, lo up)
 *
 * The modes: `inet` has UDP sockets of IPv4; `inet6` datagram sockets of both families, control messages
 * included; `binds` UDP and TCP of both, and who may have which address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seastack/env.h>
#include <seastack/modules.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/netns/socket_calls_any.h"

enum kind { KERNEL, OURS };

struct world {
	enum kind kind;
	struct sea_stack *stack;
	sea_time now;
	int fd[SOCKS];
	sea_socket sock[SOCKS];
};

/* As long as the longest length that is claimed for it: what checks memory reads all of that. */
struct any_name {
	alignas(struct sockaddr_storage) uint8_t bytes[2 * sizeof(struct sockaddr_storage)];
};

static struct any_name name_of(const struct call *c)
{
	struct any_name name = { { 0 } };

	memcpy(name.bytes, &c->addr, sizeof(c->addr.in6));
	return name;
}

/* What it answered: a number and some bytes. */
struct answer {
	long result; /* or -errno */
	size_t n;
	uint8_t bytes[128 + CONTROL_MAX];
};

/* -- making them -- */

static struct sockaddr *sa(struct sockaddr_storage *any)
{
	return (struct sockaddr *)(void *)any;
}

static bool ours(const struct world *w)
{
	return w->kind == OURS;
}

static void open_socket(struct world *w, unsigned i, unsigned which)
{
	const struct sort *sort = &sorts[which];

	if (ours(w)) {
		if (!sea_socket_is_none(w->sock[i]))
			(void)sea_socket_close(w->stack, w->sock[i], w->now);
		if (sea_socket_new(w->stack, sort->domain, sort->type, sort->protocol, &w->sock[i],
				   w->now))
			abort();
		return;
	}
	if (w->fd[i] >= 0)
		close(w->fd[i]);
	w->fd[i] = socket(sort->domain, sort->type | SOCK_NONBLOCK | SOCK_CLOEXEC, sort->protocol);
	if (w->fd[i] < 0)
		abort();
}

static long kernel(long result)
{
	return result < 0 ? -errno : result;
}

static void message(struct world *w, const struct call *c, bool named, struct answer *a)
{
	static uint8_t data[70000];
	struct any_name to = name_of(c);
	struct iovec iov = { data, c->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	for (size_t i = 0; i < c->len; i++)
		data[i] = (uint8_t)(i + c->len);
	if (mode == INET6 && c->len > 1) { /* an echo request as well */
		data[0] = 128;
		data[1] = 0;
	}
	if (named) {
		msg.msg_name = &to;
		msg.msg_namelen = c->addrlen;
	}
	if (ours(w))
		a->result = sea_socket_sendmsg(w->stack, w->sock[c->s], &msg, c->flags, w->now);
	else
		a->result = kernel(sendmsg(w->fd[c->s], &msg, c->flags | MSG_NOSIGNAL));
}

static uint16_t show_port(uint16_t port)
{
	return port && (ntohs(port) < 7001 || ntohs(port) > 7003) ? htons(EPHEMERAL) : port;
}

/* The port is at the same place in both families' names. */
static void keep_name(struct answer *a, const struct sockaddr_storage *any, socklen_t len)
{
	struct sockaddr_in in;

	memcpy(a->bytes + a->n, any, sizeof(struct sockaddr_in6));
	memcpy(&in, any, sizeof(in));
	in.sin_port = show_port(in.sin_port);
	memcpy(a->bytes + a->n, &in, sizeof(in));
	a->n += sizeof(struct sockaddr_in6);
	a->bytes[a->n++] = (uint8_t)len;
}

/* But for times, which are each world's own. */
static void keep_control(struct answer *a, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET || a->n + c->cmsg_len > sizeof(a->bytes))
			continue;
		memcpy(a->bytes + a->n, c, c->cmsg_len);
		a->n += c->cmsg_len;
	}
}

static void receive(struct world *w, const struct call *c, struct answer *a)
{
	static uint8_t data[70000];
	alignas(struct cmsghdr) uint8_t control[CONTROL_MAX] = { 0 };
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { data, c->len };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};
	size_t n;

	if (mode == INET6) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
	}
	if (ours(w))
		a->result = sea_socket_recvmsg(w->stack, w->sock[c->s], &msg, c->flags, w->now);
	else
		a->result = kernel(recvmsg(w->fd[c->s], &msg, c->flags));
	if (a->result < 0)
		return;
	msg.msg_flags &= ~(MSG_NOSIGNAL | (mode == INET ? MSG_CTRUNC : 0)); /* no room for them */
	memcpy(a->bytes, &msg.msg_flags, sizeof(msg.msg_flags));
	a->n = sizeof(msg.msg_flags);
	keep_name(a, &from, msg.msg_namelen);
	n = (size_t)a->result < c->len ? (size_t)a->result : c->len;
	n = n < 64 ? n : 64;
	memcpy(a->bytes + a->n, data, n);
	if (mode == INET6 && n >= 8)
		memset(a->bytes + a->n + 2, 0, 4); /* of an echo: checksum, identifier */
	a->n += n;
	if (mode == INET6)
		keep_control(a, &msg);
}

static void name(struct world *w, const struct call *c, struct answer *a)
{
	struct sockaddr_storage any = { 0 };
	socklen_t len = sizeof(any);

	if (ours(w))
		a->result =
			c->what == NAME
				? sea_socket_getsockname(w->stack, w->sock[c->s], sa(&any), &len)
				: sea_socket_getpeername(w->stack, w->sock[c->s], sa(&any), &len);
	else
		a->result = kernel(c->what == NAME ? getsockname(w->fd[c->s], sa(&any), &len)
						   : getpeername(w->fd[c->s], sa(&any), &len));
	if (!a->result)
		keep_name(a, &any, len);
}

static void option(struct world *w, const struct call *c, struct answer *a)
{
	uint8_t v[64] = { 0 };
	socklen_t len = (socklen_t)c->len;

	memcpy(v, &c->value, sizeof(c->value));
	if (c->level == IPPROTO_IPV6 && len >= 8) /* no header, but a whole one */
		v[1] = 0;
	if (c->what == SETOPT && ours(w))
		a->result = sea_socket_setsockopt(w->stack, w->sock[c->s], c->level, c->name, v,
						  len, w->now);
	else if (c->what == SETOPT)
		a->result = kernel(setsockopt(w->fd[c->s], c->level, c->name, v, len));
	else if (ours(w))
		a->result = sea_socket_getsockopt(w->stack, w->sock[c->s], c->level, c->name, v,
						  &len, w->now);
	else
		a->result = kernel(getsockopt(w->fd[c->s], c->level, c->name, v, &len));
	if (c->what == GETOPT && !a->result) {
		memcpy(a->bytes, v, len);
		a->n = len;
	}
}

static long ready(struct world *w, const struct call *c)
{
	struct pollfd p = { .fd = w->fd[c->s], .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };

	if (ours(w))
		return sea_socket_poll(w->stack, w->sock[c->s]);
	poll(&p, 1, 0);
	return p.revents;
}

static long pending(struct world *w, const struct call *c)
{
	int n = 0, err;

	err = ours(w) ? sea_socket_ioctl_int(w->stack, w->sock[c->s], FIONREAD, &n, w->now)
		      : (int)kernel(ioctl(w->fd[c->s], FIONREAD, &n));
	return err ? err : n;
}

static long address(struct world *w, const struct call *c)
{
	struct any_name to = name_of(c);

	if (ours(w))
		return c->what == BIND ? sea_socket_bind(w->stack, w->sock[c->s], (void *)&to,
							 c->addrlen, w->now)
				       : sea_socket_connect(w->stack, w->sock[c->s], (void *)&to,
							    c->addrlen, w->now);
	return kernel(c->what == BIND ? bind(w->fd[c->s], (void *)&to, c->addrlen)
				      : connect(w->fd[c->s], (void *)&to, c->addrlen));
}

static long begin_listening(struct world *w, const struct call *c)
{
	return ours(w) ? sea_socket_listen(w->stack, w->sock[c->s], 1, w->now)
		       : kernel(listen(w->fd[c->s], 1));
}

static long shut(struct world *w, const struct call *c)
{
	return ours(w) ? sea_socket_shutdown(w->stack, w->sock[c->s], c->flags, w->now)
		       : kernel(shutdown(w->fd[c->s], c->flags));
}

/* What goes over loopback arrives before the next call; the kernel may leave that to a thread. */
static void settle(struct world *w)
{
	if (!ours(w))
		usleep(100);
	for (unsigned i = 0; ours(w) && i < 8; i++)
		sea_stack_advance(w->stack, w->now);
}

static void make(struct world *w, const struct call *c, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	switch (c->what) {
	case BIND:
	case CONNECT:
		a->result = address(w, c);
		break;
	case SENDTO:
	case SEND:
		message(w, c, c->what == SENDTO, a);
		break;
	case RECV:
		receive(w, c, a);
		break;
	case NAME:
	case PEER:
		name(w, c, a);
		break;
	case SHUTDOWN:
		a->result = shut(w, c);
		break;
	case SETOPT:
	case GETOPT:
		option(w, c, a);
		break;
	case POLL:
		a->result = ready(w, c);
		break;
	case INQ:
		a->result = pending(w, c);
		break;
	case LISTEN:
		a->result = begin_listening(w, c);
		break;
	default:
		open_socket(w, c->s, c->sort);
		break;
	}
	if (c->what == SEND || c->what == SENDTO)
		settle(w);
}

/* -- comparing -- */

static void print(const struct call *c, const struct answer *k, const struct answer *o)
{
	static const char *const names[] = { "bind",       "connect",     "sendto",      "send",
					     "recv",       "getsockname", "getpeername", "shutdown",
					     "setsockopt", "getsockopt",  "poll",        "inq",
					     "reopen",     "listen" };
	bool six = mode != INET && c->addr.in.sin_family != AF_INET;
	const void *addr = six ? (const void *)&c->addr.in6.sin6_addr : &c->addr.in.sin_addr;
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(six ? AF_INET6 : AF_INET, addr, ip, sizeof(ip));
	printf("socket %u %s(", c->s, names[c->what]);
	if (c->what == SETOPT || c->what == GETOPT)
		printf("level %d name %d value %d len %zu", c->level, c->name, c->value, c->len);
	else
		printf("sort %u family %d %s:%d%%%u addrlen %u flags %#x len %zu", c->sort,
		       c->addr.in.sin_family, ip, ntohs(c->addr.in.sin_port),
		       six ? c->addr.in6.sin6_scope_id : 0, c->addrlen, (unsigned)c->flags, c->len);
	printf(") kernel %ld ours %ld\n", k->result, o->result);
}

static bool equal(const struct answer *a, const struct answer *b)
{
	return a->result == b->result && a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static bool round_agrees(struct world *k, struct world *o, uint64_t seed)
{
	static struct call calls[CALLS];
	static struct answer ka[CALLS], oa[CALLS];

	rng = seed;
	for (unsigned i = 0; i < SOCKS; i++) {
		avoid_accident(&(struct call){ .what = REOPEN, .s = i });
		open_socket(k, i, mode == INET ? 0 : i % 2);
		open_socket(o, i, mode == INET ? 0 : i % 2);
	}
	for (unsigned n = 0; n < CALLS; n++) {
		calls[n] = any_call();
		make(k, &calls[n], &ka[n]);
		make(o, &calls[n], &oa[n]);
		if (equal(&ka[n], &oa[n]))
			continue;
		printf("seed %llu: answers differ\n", (unsigned long long)seed);
		for (unsigned i = 0; i <= n; i++)
			print(&calls[i], &ka[i], &oa[i]);
		for (unsigned i = 0; i < ka[n].n || i < oa[n].n; i++)
			printf("%02x/%02x ", ka[n].bytes[i], oa[n].bytes[i]);
		printf("\n");
		return false;
	}
	return true;
}

/* Labels would be each world's own. */
static bool without_labels(struct world *o)
{
	int fd = open("/proc/sys/net/ipv6/auto_flowlabels", O_WRONLY);
	bool done = fd >= 0 && write(fd, "0", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done && !sea_sysctl_set(o->stack, "net.ipv6.auto_flowlabels", "0", o->now);
}

int main(int argc, char **argv)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_ping,
							    &sea_tcp, &sea_udp };
	static const char *const modes[] = { "inet", "inet6", "binds" };
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 300;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
	struct world k = { .kind = KERNEL, .fd = { -1, -1, -1, -1 } }, o = { .kind = OURS };
	struct sea_env env;

	for (unsigned i = 0; argc > 1 && i < 3; i++)
		if (strcmp(argv[1], modes[i]) == 0)
			mode = i;
	if (sea_env_os(&env) || sea_stack_new(NULL, &env, modules, 5, &o.stack))
		return 1;
	if (mode != INET && !without_labels(&o))
		return 1;
	for (unsigned long i = 0; i < rounds; i++) {
		o.now.ns += SEA_SEC;
		if (!round_agrees(&k, &o, seed + i))
			return 1;
	}
	printf("%s: %lu rounds of %d calls, every answer the kernel's\n", modes[mode], rounds,
	       CALLS);
	sea_stack_free(o.stack);
	return 0;
}
