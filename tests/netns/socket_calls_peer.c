/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same calls on the kernel's sockets and on ours, each in a world with nothing but `lo`: every
 * answer is compared. The calls are drawn from a seed; the first difference is printed with the calls
 * that led to it.
 *
 *	socket_calls_peer [ROUNDS [SEED]]        (in a network namespace of its own, lo up)
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

#define SOCKS 4
#define CALLS 60
#define EPHEMERAL 1 /* what any ephemeral port is shown as */

enum kind { KERNEL, OURS };

struct world {
	enum kind kind;
	struct sea_stack *stack;
	sea_time now;
	int fd[SOCKS];
	sea_socket sock[SOCKS];
};

/* One call, decided once and made in both worlds. */
struct call {
	enum what {
		BIND,
		CONNECT,
		SENDTO,
		SEND,
		RECV,
		NAME,
		PEER,
		SHUTDOWN,
		SETOPT,
		GETOPT,
		POLL,
		INQ,
		REOPEN,
		WHATS
	} what;
	unsigned s;
	struct sockaddr_in addr;
	socklen_t addrlen;
	int flags, level, name, value;
	size_t len;
};

/* As long as the longest length that is claimed for it: what checks memory reads all of that. */
struct any_name {
	alignas(struct sockaddr_storage) uint8_t bytes[2 * sizeof(struct sockaddr_storage)];
};

static struct any_name name_of(const struct call *c)
{
	struct any_name name = { { 0 } };

	memcpy(name.bytes, &c->addr, sizeof(c->addr));
	return name;
}

/* What it answered: a number and some bytes. */
struct answer {
	long result; /* or -errno */
	size_t n;
	uint8_t bytes[128];
};

static uint64_t rng;

static uint32_t below(uint32_t n)
{
	rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng >> 33) % n;
}

/* -- making calls up -- */

static void any_address(struct call *c)
{
	static const char *const ips[] = { "127.0.0.1",       "127.0.0.1", "127.0.0.2", "0.0.0.0",
					   "127.255.255.255", "9.9.9.9",   "127.0.0.1" };
	static const uint16_t ports[] = { 7001, 7002, 7003, 7001, 0 };
	static const socklen_t lens[] = { 0, 1, 2, 8, 15, 16, 17, 28, 128, 129 };

	c->addr = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(ports[below(5)]) };
	inet_pton(AF_INET, ips[below(7)], &c->addr.sin_addr);
	c->addrlen = sizeof(c->addr);
	if (below(8) == 0)
		c->addr.sin_family = below(2) ? AF_UNSPEC : AF_INET6;
	if (below(12) == 0)
		c->addrlen = lens[below(10)];
}

static void any_option(struct call *c)
{
	static const int sol[] = {
		SO_DEBUG,     SO_REUSEADDR,  SO_REUSEPORT,   SO_TYPE,      SO_ERROR,
		SO_BROADCAST, SO_SNDBUF,     SO_RCVBUF,      SO_KEEPALIVE, SO_OOBINLINE,
		SO_NO_CHECK,  SO_PRIORITY,   SO_LINGER,      SO_RCVLOWAT,  SO_RCVTIMEO,
		SO_TIMESTAMP, SO_ACCEPTCONN, SO_SNDLOWAT,    SO_PROTOCOL,  SO_DOMAIN,
		SO_RXQ_OVFL,  SO_MARK,       SO_TIMESTAMPNS, SO_BSDCOMPAT, 200
	};
	static const int ip[] = {
		IP_TOS,           IP_TTL,          IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_FREEBIND,
		IP_MULTICAST_TTL, IP_MTU_DISCOVER, IP_RECVERR, 24,         69
	};
	static const int values[] = { 0, 1, 1, 1, 2, 5, 255, 256, 4096, -1 };

	if (below(3)) {
		c->level = SOL_SOCKET;
		c->name = sol[below(sizeof(sol) / sizeof(sol[0]))];
	} else {
		c->level = IPPROTO_IP;
		c->name = ip[below(sizeof(ip) / sizeof(ip[0]))];
	}
	c->value = values[below(10)];
	c->len = below(6) ? sizeof(int) : below(9);
}

/* Certain to succeed as a connect()? */
static bool is_sound(const struct call *c)
{
	uint32_t ip = ntohl(c->addr.sin_addr.s_addr);

	if (c->addrlen < sizeof(c->addr) || c->addrlen > sizeof(struct sockaddr_storage))
		return false;
	return c->addr.sin_family == AF_UNSPEC ||
	       (c->addr.sin_family == AF_INET && (!ip || (ip & 0xffffff00) == 0x7f000000));
}

/*
 * Linux keeps where a corked datagram goes and where a connected socket sends to in one place, so that
 * each can spoil the other: a connect() that fails, or a corked datagram to elsewhere from a connected
 * socket. Nothing to be like, so these are left out.
 */
static void avoid_accident(struct call *c)
{
	static bool corked[SOCKS], connected[SOCKS];

	if (c->what == REOPEN)
		corked[c->s] = connected[c->s] = false;
	if (c->what == CONNECT && (corked[c->s] || (connected[c->s] && !is_sound(c))))
		c->what = POLL;
	if (c->what == CONNECT)
		connected[c->s] = true;
	if (c->what == SENDTO && connected[c->s])
		c->flags &= ~MSG_MORE;
	if (c->what == SEND || c->what == SENDTO)
		corked[c->s] = c->flags & MSG_MORE;
}

static struct call any_call(void)
{
	static const int send_flags[] = { 0, 0, 0, MSG_MORE, MSG_OOB, MSG_CONFIRM, MSG_DONTROUTE };
	static const int recv_flags[] = { 0,           0, MSG_PEEK, MSG_TRUNC, MSG_PEEK | MSG_TRUNC,
					  MSG_ERRQUEUE };
	struct call c = { .what = (enum what)below(WHATS), .s = below(SOCKS) };

	any_address(&c);
	if (c.what == REOPEN && below(4))
		c.what = SENDTO;
	if (c.what == SETOPT || c.what == GETOPT)
		any_option(&c);
	else if (c.what == RECV)
		c.flags = recv_flags[below(6)];
	else
		c.flags = send_flags[below(7)];
	avoid_accident(&c);
	if (c.what == SHUTDOWN)
		c.flags = (int)below(5) - 1;
	if (c.what != SETOPT && c.what != GETOPT)
		c.len = below(10) ? below(40) : below(70000);
	return c;
}

/* -- making them -- */

static struct sockaddr *sa(struct sockaddr_in *in)
{
	return (struct sockaddr *)(void *)in;
}

static bool ours(const struct world *w)
{
	return w->kind == OURS;
}

static void open_socket(struct world *w, unsigned i)
{
	if (ours(w)) {
		if (!sea_socket_is_none(w->sock[i]))
			(void)sea_socket_close(w->stack, w->sock[i], w->now);
		if (sea_socket_new(w->stack, AF_INET, SOCK_DGRAM, 0, &w->sock[i], w->now))
			abort();
		return;
	}
	if (w->fd[i] >= 0)
		close(w->fd[i]);
	w->fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
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
	return ntohs(port) >= 32768 ? htons(EPHEMERAL) : port;
}

static void keep_name(struct answer *a, struct sockaddr_in *in)
{
	in->sin_port = show_port(in->sin_port);
	memcpy(a->bytes + a->n, in, sizeof(*in));
	a->n += sizeof(*in);
}

static void receive(struct world *w, const struct call *c, struct answer *a)
{
	static uint8_t data[70000];
	struct sockaddr_in from = { 0 };
	struct iovec iov = { data, c->len };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};
	size_t n;

	if (ours(w))
		a->result = sea_socket_recvmsg(w->stack, w->sock[c->s], &msg, c->flags, w->now);
	else
		a->result = kernel(recvmsg(w->fd[c->s], &msg, c->flags));
	if (a->result < 0)
		return;
	msg.msg_flags &= ~(MSG_NOSIGNAL | MSG_CTRUNC); /* there is no room for control messages */
	memcpy(a->bytes, &msg.msg_flags, sizeof(msg.msg_flags));
	a->n = sizeof(msg.msg_flags);
	keep_name(a, &from);
	n = (size_t)a->result < c->len ? (size_t)a->result : c->len;
	n = n < 64 ? n : 64;
	memcpy(a->bytes + a->n, data, n);
	a->n += n;
}

static void name(struct world *w, const struct call *c, struct answer *a)
{
	struct sockaddr_in in = { 0 };
	socklen_t len = sizeof(in);

	if (ours(w))
		a->result =
			c->what == NAME
				? sea_socket_getsockname(w->stack, w->sock[c->s], sa(&in), &len)
				: sea_socket_getpeername(w->stack, w->sock[c->s], sa(&in), &len);
	else
		a->result = kernel(c->what == NAME ? getsockname(w->fd[c->s], sa(&in), &len)
						   : getpeername(w->fd[c->s], sa(&in), &len));
	if (!a->result)
		keep_name(a, &in);
}

static void option(struct world *w, const struct call *c, struct answer *a)
{
	uint8_t v[16] = { 0 };
	socklen_t len = (socklen_t)c->len;

	memcpy(v, &c->value, sizeof(c->value));
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

	err = ours(w) ? sea_socket_ioctl(w->stack, w->sock[c->s], FIONREAD, &n, w->now)
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
	default:
		open_socket(w, c->s);
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
					     "reopen" };
	char ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &c->addr.sin_addr, ip, sizeof(ip));
	printf("socket %u %s(", c->s, names[c->what]);
	if (c->what == SETOPT || c->what == GETOPT)
		printf("level %d name %d value %d len %zu", c->level, c->name, c->value, c->len);
	else
		printf("family %d %s:%d addrlen %u flags %#x len %zu", c->addr.sin_family, ip,
		       ntohs(c->addr.sin_port), c->addrlen, (unsigned)c->flags, c->len);
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
		open_socket(k, i);
		open_socket(o, i);
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

int main(int argc, char **argv)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp };
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 300;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct world k = { .kind = KERNEL, .fd = { -1, -1, -1, -1 } }, o = { .kind = OURS };
	struct sea_env env;

	if (sea_env_os(&env) || sea_stack_new(NULL, &env, modules, 2, &o.stack))
		return 1;
	for (unsigned long i = 0; i < rounds; i++) {
		o.now.ns += SEA_SEC;
		if (!round_agrees(&k, &o, seed + i))
			return 1;
	}
	printf("%lu rounds of %d calls, every answer the kernel's\n", rounds, CALLS);
	sea_stack_free(o.stack);
	return 0;
}
