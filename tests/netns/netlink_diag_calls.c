/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that come, change and go, alike in both worlds. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/netns/netlink_diag.h"

#define PORTS 20000
#define SETTLE_MS 60 /* delayed acknowledgments, too */

static void settle(struct twins *t)
{
	world_settle(&t->w[1], SETTLE_MS);
}

/* -- of a kind -- */

static struct twin *pick(struct twins *t, int type, bool listens)
{
	unsigned from = t->n ? (unsigned)twins_random(t, t->n) : 0;

	for (unsigned i = 0; i < t->n; i++) {
		struct twin *v = &t->v[(from + i) % t->n];

		if ((!type || v->type == type) && (!listens || v->listens))
			return v;
	}
	return NULL;
}

static void know(struct twins *t, struct twin *v)
{
	struct stat st = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		socklen_t len = sizeof(v->cookie[i]);

		if (world_getsockopt(&t->w[i], v->s[i], SOL_SOCKET, SO_COOKIE, &v->cookie[i], &len))
			abort();
	}
	if (fstat(v->s[0].fd, &st) ||
	    sea_socket_set_owner(t->w[1].stack, v->s[1].s, 0, (uint32_t)st.st_ino))
		abort();
}

static struct twin *make(struct twins *t, int domain, int type)
{
	struct twin *v = &t->v[t->n];
	long r[2];

	if (t->n == TWINS_MAX)
		return NULL;
	*v = (struct twin){ .domain = domain, .type = type };
	for (unsigned i = 0; i < 2; i++)
		r[i] = world_open(&t->w[i], domain, type, 0, &v->s[i]);
	compare_results("socket()", r);
	t->n++;
	know(t, v);
	return v;
}

static void end(struct twins *t, struct twin *v)
{
	/* An orphan of the kernel's is what it is by how far loopback had come within the call. */
	for (unsigned i = 0; i < 2; i++) {
		const struct linger now = { .l_onoff = 1 };

		if (v->type == SOCK_STREAM)
			world_setsockopt(&t->w[i], v->s[i], SOL_SOCKET, SO_LINGER, &now,
					 sizeof(now));
		world_close(&t->w[i], &v->s[i]);
	}
	*v = t->v[--t->n];
	settle(t);
}

/* -- calls -- */

static void bind_one(struct twins *t, struct twin *v, uint16_t port)
{
	struct sockaddr_storage any;
	socklen_t len = world_loopback(v->domain, twins_random(t, 3) == 0, port, &any);
	long r[2];

	if (v->domain == AF_INET6 && twins_random(t, 2))
		((struct sockaddr_in6 *)(void *)&any)->sin6_addr = in6addr_any;
	for (unsigned i = 0; i < 2; i++)
		r[i] = world_bind(&t->w[i], v->s[i], &any, len);
	compare_results("bind()", r);
}

static void listen_one(struct twins *t, struct twin *v)
{
	/* Full ones make who waits send again, and time is not the same. */
	int backlog = 6 + (int)twins_random(t, 5);
	long r[2];

	for (unsigned i = 0; i < 2; i++)
		r[i] = world_listen(&t->w[i], v->s[i], backlog);
	compare_results("listen()", r);
	v->listens |= !r[0];
}

/* To a socket that is there. */
static void connect_one(struct twins *t, struct twin *v)
{
	struct twin *to = pick(t, v->type, v->type == SOCK_STREAM);
	struct sockaddr_storage any = { 0 };
	/* A datagram socket that is bound to ::1 keeps that there, though it speaks IPv4. */
	bool mapped = v->domain == AF_INET6 && to && to->domain == AF_INET &&
		      v->type == SOCK_STREAM;
	uint16_t port = PORTS;
	long r[2];

	if (to) {
		struct sockaddr_storage name = { 0 };
		socklen_t len = sizeof(name);

		world_name(&t->w[0], to->s[0], false, &name, &len);
		port = ntohs(((struct sockaddr_in *)(void *)&name)->sin_port);
	}
	if (!port)
		return;
	for (unsigned i = 0; i < 2; i++) {
		socklen_t len = world_loopback(v->domain, mapped, port, &any);

		r[i] = world_connect(&t->w[i], v->s[i], &any, len);
	}
	compare_results("connect()", r);
	settle(t);
}

static void accept_one(struct twins *t, struct twin *v)
{
	struct twin *child = &t->v[t->n];
	unsigned tries = 0;
	long r[2];

	if (t->n == TWINS_MAX)
		return;
	*child = (struct twin){ .domain = v->domain, .type = v->type };
	r[1] = world_accept(&t->w[1], v->s[1], &child->s[1]);
	do {
		r[0] = world_accept(&t->w[0], v->s[0], &child->s[0]);
	} while (r[0] != r[1] && world_patient(&tries));
	compare_results("accept()", r);
	if (!r[0] && !r[1]) {
		t->n++;
		know(t, child);
	}
}

static void send_one(struct twins *t, struct twin *v)
{
	static uint8_t bytes[3000];
	struct iovec iov = { bytes, (size_t)twins_random(t, sizeof(bytes)) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	long r[2];

	for (unsigned i = 0; i < 2; i++)
		r[i] = world_sendmsg(&t->w[i], v->s[i], &m, 0);
	compare_results("send()", r);
	settle(t);
}

static void recv_one(struct twins *t, struct twin *v)
{
	static uint8_t bytes[3000];
	struct iovec iov = { bytes, (size_t)twins_random(t, sizeof(bytes)) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned tries = 0;
	long r[2];

	r[1] = world_recvmsg(&t->w[1], v->s[1], &m, 0);
	do {
		r[0] = world_recvmsg(&t->w[0], v->s[0], &m, 0);
	} while (r[0] != r[1] && r[0] < 0 && world_patient(&tries));
	compare_results("recv()", r);
	settle(t);
}

static void shut_one(struct twins *t, struct twin *v)
{
	int how = (int)twins_random(t, 3);
	long r[2];

	for (unsigned i = 0; i < 2; i++)
		r[i] = world_shutdown(&t->w[i], v->s[i], how);
	compare_results("shutdown()", r);
	settle(t);
}

static void set_one(struct twins *t, struct twin *v)
{
	static const struct {
		int level, name, max;
	} options[] = {
		{ SOL_SOCKET, SO_MARK, 8 },          { SOL_SOCKET, SO_PRIORITY, 8 },
		{ SOL_SOCKET, SO_KEEPALIVE, 2 },     { SOL_SOCKET, SO_SNDBUF, 300000 },
		{ SOL_SOCKET, SO_RCVBUF, 300000 },   { IPPROTO_IP, IP_TOS, 256 },
		{ IPPROTO_IP, IP_RECVERR, 2 },       { IPPROTO_IP, IP_FREEBIND, 2 },
		{ IPPROTO_IP, IP_TRANSPARENT, 2 },   { IPPROTO_IP, IP_MULTICAST_LOOP, 2 },
		{ IPPROTO_IP, IP_MULTICAST_ALL, 2 }, { IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 2 },
		{ IPPROTO_IPV6, IPV6_TCLASS, 256 },  { IPPROTO_IPV6, IPV6_MULTICAST_ALL, 2 },
		{ IPPROTO_TCP, TCP_NODELAY, 2 },
	};
	unsigned k = (unsigned)twins_random(t, sizeof(options) / sizeof(options[0]));
	int value = (int)twins_random(t, (uint64_t)options[k].max);
	long r[2];

	for (unsigned i = 0; i < 2; i++)
		r[i] = world_setsockopt(&t->w[i], v->s[i], options[k].level, options[k].name,
					&value, sizeof(value));
	compare_results("setsockopt()", r);
}

void twins_call(struct twins *t)
{
	struct twin *v = pick(t, 0, false), *l = pick(t, SOCK_STREAM, true);

	switch (twins_random(t, 12)) {
	case 0:
		v = make(t, twins_random(t, 2) ? AF_INET : AF_INET6,
			 twins_random(t, 3) ? SOCK_STREAM : SOCK_DGRAM);
		if (v)
			bind_one(t, v, (uint16_t)(PORTS + t->next_port++));
		break;
	case 1:
		if (v && v->type == SOCK_STREAM)
			listen_one(t, v);
		break;
	case 2:
	case 3:
		if (v && !v->listens)
			connect_one(t, v);
		break;
	case 4:
	case 5:
		if (l)
			accept_one(t, l);
		break;
	case 6:
		if (v)
			send_one(t, v);
		break;
	case 7:
		if (v)
			recv_one(t, v);
		break;
	case 8:
		if (v)
			shut_one(t, v);
		break;
	case 9:
		if (v && t->n > TWINS_MAX / 2)
			end(t, v);
		break;
	default:
		if (v)
			set_one(t, v);
		break;
	}
}

void twins_begin(struct twins *t)
{
	static const int domains[] = { AF_INET, AF_INET6 };

	for (unsigned i = 0; i < 2; i++) {
		struct twin *l = make(t, domains[i], SOCK_STREAM), *c, *u;

		bind_one(t, l, (uint16_t)(PORTS + t->next_port++));
		listen_one(t, l);
		c = make(t, domains[i], SOCK_STREAM);
		bind_one(t, c, (uint16_t)(PORTS + t->next_port++));
		connect_one(t, c);
		accept_one(t, l);
		u = make(t, domains[i], SOCK_DGRAM);
		bind_one(t, u, (uint16_t)(PORTS + t->next_port++));
	}
	make(t, AF_INET, SOCK_STREAM);
	bind_one(t, &t->v[t->n - 1], (uint16_t)(PORTS + t->next_port++));
}

void twins_end(struct twins *t)
{
	while (t->n)
		end(t, &t->v[t->n - 1]);
}
