/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to NETLINK_SOCK_DIAG, and what comes back. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/netns/netlink_diag.h"

#define PROTOCOL 4 /* NETLINK_SOCK_DIAG */
#define NO_TWIN TWINS_MAX
#define ATTR_BYTECODE 1
#define ATTR_PROTOCOL 3
#define COOKIE_AT 48 /* in a request of today */
#define COOKIE_AT_COMPAT 44

/* Once something differs, the rest is for who reads it. */
static bool patient(unsigned *tries)
{
	return world_patient(tries) && (!n_differ || *tries < 60);
}

/* -- both are asked -- */

struct ask {
	struct request r;
	unsigned mode;
	struct twin *cookie_of; /* NULL: as it stands */
};

static long ask_one(const struct twins *t, unsigned i, const struct ask *a, struct messages *m)
{
	static struct answers answers;
	struct request r = a->r;
	struct wsock s;
	long sent;

	if (a->cookie_of)
		memcpy(r.body + (r.type == TCPDIAG_GETSOCK ? COOKIE_AT_COMPAT : COOKIE_AT),
		       &a->cookie_of->cookie[i], 8);
	if (world_open(&t->w[i], AF_NETLINK, SOCK_RAW, PROTOCOL, &s))
		abort();
	set_mode(&t->w[i], s, a->mode);
	sent = ask(&t->w[i], s, &r);
	listen_to(&t->w[i], s, &answers);
	world_close(&t->w[i], &s);
	messages_of(t, i, &answers, m);
	return sent;
}

static void tell(const struct ask *a, const long sent[2], const struct messages m[2])
{
	n_differ++;
	printf("differ: %s (type %u, flags 0x%x, mode %u): sent %ld, %ld\n  body", a->r.name,
	       a->r.type, a->r.flags, a->mode, sent[0], sent[1]);
	for (uint32_t k = 0; k < a->r.len; k++)
		printf("%s%02x", k % 4 ? "" : " ", a->r.body[k]);
	printf("\n");
	messages_print("kernel", &m[0]);
	messages_print("ours", &m[1]);
}

/* Asked again and again, until the kernel says what is said here, or had time enough; what ends sockets is asked once. */
static void compare_asked(const struct twins *t, const struct ask *a)
{
	static struct messages m[2];
	unsigned tries = 0;
	long sent[2];

	sent[1] = ask_one(t, 1, a, &m[1]);
	do {
		sent[0] = ask_one(t, 0, a, &m[0]);
	} while (a->r.type != SOCK_DESTROY && !messages_same(&m[0], &m[1]) && patient(&tries));
	n_compared++;
	if (sent[0] != sent[1] || !messages_same(&m[0], &m[1]))
		tell(a, sent, m);
}

/* -- requests -- */

static struct inet_diag_req_v2 dump_of(uint8_t family, uint8_t protocol)
{
	return (struct inet_diag_req_v2){ .sdiag_family = family,
					  .sdiag_protocol = protocol,
					  .idiag_ext = 0xff,
					  .idiag_states = UINT32_MAX };
}

static struct ask ask_of(const char *name, uint16_t type, uint16_t flags,
			 const struct inet_diag_req_v2 *r)
{
	return (struct ask){ .r = request_of(name, type, flags, r, sizeof(*r)) };
}

/* The names of one, as it sees itself; swapped for UDP. */
static void put_names(const struct twins *t, const struct twin *v, struct inet_diag_sockid *id)
{
	bool swapped = v->type == SOCK_DGRAM;

	for (unsigned peers = 0; peers < 2; peers++) {
		struct sockaddr_storage name = { 0 };
		socklen_t len = sizeof(name);
		const struct sockaddr_in *in = (const void *)&name;
		const struct sockaddr_in6 *in6 = (const void *)&name;
		void *addr = peers == swapped ? id->idiag_src : id->idiag_dst;

		if (world_name(&t->w[0], v->s[0], peers, &name, &len))
			continue;
		if (v->domain == AF_INET)
			memcpy(addr, &in->sin_addr, 4);
		else
			memcpy(addr, &in6->sin6_addr, 16);
		if (peers == swapped)
			id->idiag_sport = in->sin_port;
		else
			id->idiag_dport = in->sin_port;
	}
}

static void no_cookie(struct inet_diag_sockid *id)
{
	id->idiag_cookie[0] = id->idiag_cookie[1] = UINT32_MAX;
}

static struct ask exact_of(struct twins *t, struct twin *v, uint16_t type)
{
	struct inet_diag_req_v2 r =
		dump_of((uint8_t)v->domain, v->type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
	unsigned kind = (unsigned)twins_random(t, 4);
	struct ask a;

	put_names(t, v, &r.id);
	if (kind)
		no_cookie(&r.id);
	if (kind == 3 && twins_random(t, 2))
		r.id.idiag_if = (uint32_t)twins_random(t, 3);
	a = ask_of("one", type,
		   (uint16_t)(type == SOCK_DESTROY || twins_random(t, 2) ? NLM_F_ACK : 0), &r);
	if (kind == 2)
		a.cookie_of = v;
	return a;
}

/* -- filters -- */

static void put_op(uint8_t *code, uint32_t *len, uint8_t op, uint32_t op_len)
{
	const struct inet_diag_bc_op head = { op, (uint8_t)op_len, 0 };

	memcpy(code + *len, &head, sizeof(head));
	*len += op_len;
}

static void put_host(struct twins *t, uint8_t *at)
{
	static const uint8_t families[] = { AF_UNSPEC, AF_INET, AF_INET, AF_INET6 };
	uint8_t family = families[twins_random(t, 4)];
	struct inet_diag_hostcond cond = {
		.family = family,
		.prefix_len = (uint8_t)twins_random(t, family == AF_INET ? 33
						       : family          ? 129
									 : 1),
		.port = twins_random(t, 2) ? -1 : 20000 + (int)twins_random(t, 8),
	};
	struct sockaddr_storage any;

	memcpy(at, &cond, sizeof(cond));
	if (!family)
		return;
	world_loopback(family, twins_random(t, 2), 0, &any);
	if (family == AF_INET)
		memcpy(at + sizeof(cond), &((struct sockaddr_in *)(void *)&any)->sin_addr, 4);
	else
		memcpy(at + sizeof(cond), &((struct sockaddr_in6 *)(void *)&any)->sin6_addr, 16);
}

static uint32_t op_len_of(uint8_t op, const uint8_t *host)
{
	if (op == INET_DIAG_BC_S_COND || op == INET_DIAG_BC_D_COND)
		return 12u + (host[0] == AF_INET ? 4u : host[0] ? 16u : 0);
	if (op == INET_DIAG_BC_DEV_COND)
		return 8;
	if (op == 10 || op == 13)
		return 12;
	return op == INET_DIAG_BC_NOP || op == INET_DIAG_BC_JMP || op == INET_DIAG_BC_AUTO ? 4 : 8;
}

/* Its condition behind an operation. */
static void put_value(struct twins *t, uint8_t op, uint8_t *at, const uint8_t *host)
{
	const struct inet_diag_bc_op port = { .no = (uint16_t)(20000 + twins_random(t, 8)) };
	const uint32_t mark[2] = { (uint32_t)twins_random(t, 8), (uint32_t)twins_random(t, 8) };
	const uint32_t dev = (uint32_t)twins_random(t, 2);

	if (op == INET_DIAG_BC_S_COND || op == INET_DIAG_BC_D_COND)
		memcpy(at, host, op_len_of(op, host) - 4);
	else if (op == INET_DIAG_BC_DEV_COND)
		memcpy(at, &dev, sizeof(dev));
	else if (op == 10)
		memcpy(at, mark, sizeof(mark));
	else if (op_len_of(op, host) == 8)
		memcpy(at, &port, sizeof(port));
}

static uint32_t make_filter(struct twins *t, uint8_t code[256])
{
	uint32_t begins[6], len = 0, n = 1 + (uint32_t)twins_random(t, 5);

	for (uint32_t i = 0; i < n; i++) {
		uint8_t host[32] = { 0 }, op = (uint8_t)twins_random(t, 13);

		put_host(t, host);
		begins[i] = len;
		put_op(code, &len, op, op_len_of(op, host));
		put_value(t, op, code + begins[i] + 4, host);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t to = (uint32_t)twins_random(t, n - i + 2);
		uint16_t no = (uint16_t)(to + i + 1 < n    ? begins[i + 1 + to] - begins[i]
					 : to + i + 1 == n ? len - begins[i]
							   : len - begins[i] + 4);

		memcpy(code + begins[i] + 2, &no, sizeof(no));
	}
	if (twins_random(t, 4) == 0)
		code[twins_random(t, len)] = (uint8_t)twins_random(t, 40);
	if (twins_random(t, 16) == 0)
		len -= (uint32_t)twins_random(t, len);
	return len;
}

/* -- requests of some kind -- */

static struct ask some_dump(struct twins *t)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_TCP,  IPPROTO_UDP, IPPROTO_UDP,
					     136,         IPPROTO_ICMP, 0,           132 };
	static const uint8_t families[] = { AF_INET, AF_INET6, AF_INET, AF_INET6, AF_UNSPEC };
	struct inet_diag_req_v2 r = dump_of(families[twins_random(t, twins_random(t, 8) ? 4 : 5)],
					    protocols[twins_random(t, twins_random(t, 4) ? 4 : 8)]);
	uint8_t code[256] = { 0 };
	struct ask a;

	r.idiag_ext = (uint8_t)twins_random(t, 256);
	if (twins_random(t, 3) == 0)
		r.idiag_states = (uint32_t)twins_random(t, 1u << 14);
	if (twins_random(t, 4) == 0)
		r.id.idiag_sport = htons((uint16_t)(20000 + twins_random(t, 8)));
	if (twins_random(t, 8) == 0)
		r.id.idiag_dport = htons((uint16_t)(20000 + twins_random(t, 8)));
	a = ask_of("dump", SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &r);
	if (twins_random(t, 2))
		put_attr(&a.r, ATTR_BYTECODE, code, (uint16_t)make_filter(t, code));
	if (twins_random(t, 12) == 0) {
		uint32_t protocol = twins_random(t, 2) ? IPPROTO_UDP : 261;

		put_attr(&a.r, ATTR_PROTOCOL, &protocol, (uint16_t)(2 * (1 + twins_random(t, 2))));
	}
	if (twins_random(t, 16) == 0)
		a.r.len = (uint32_t)twins_random(t, a.r.len + 1);
	return a;
}

static struct ask compat(struct twins *t)
{
	struct inet_diag_req r = { .idiag_family =
					   (uint8_t)(twins_random(t, 3) ? AF_INET : AF_INET6),
				   .idiag_ext = (uint8_t)twins_random(t, 256),
				   .idiag_states = (uint32_t)twins_random(t, 1u << 14) };
	struct twin *v = &t->v[twins_random(t, t->n)];
	bool dump = twins_random(t, 2);

	no_cookie(&r.id);
	if (!dump && v->type == SOCK_STREAM) {
		put_names(t, v, &r.id);
		r.idiag_family = (uint8_t)v->domain;
	}
	return (struct ask){ .r = request_of("old", TCPDIAG_GETSOCK,
					     (uint16_t)(dump ? NLM_F_DUMP : NLM_F_ACK), &r,
					     twins_random(t, 8) ? sizeof(r) : 56) };
}

/* What others hear of its end. */
static void compare_ends(struct twins *t)
{
	for (unsigned k = 0; k < t->n; k++) {
		long r[2], err[2];
		unsigned tries = 0;

		do {
			for (unsigned i = 0; i < 2; i++)
				r[i] = world_poll(&t->w[i], t->v[k].s[i]);
		} while (r[0] != r[1] && patient(&tries));
		compare_results("poll()", r);
		for (unsigned i = 0; i < 2; i++) {
			int v = 0;
			socklen_t len = sizeof(v);

			world_getsockopt(&t->w[i], t->v[k].s[i], SOL_SOCKET, SO_ERROR, &v, &len);
			err[i] = v;
		}
		compare_results("SO_ERROR", err);
	}
}

void twins_ask(struct twins *t)
{
	unsigned kind = (unsigned)twins_random(t, 16);
	struct twin *v = t->n ? &t->v[twins_random(t, t->n)] : NULL;
	struct ask a = some_dump(t);

	/* After the end of a connection the kernel may look for a datagram socket in the wrong place. */
	if (v && kind < 5 && !(v->destroyed && v->type == SOCK_DGRAM))
		a = exact_of(t, v, SOCK_DIAG_BY_FAMILY);
	else if (v && kind == 5)
		a = exact_of(t, v, SOCK_DESTROY);
	else if (v && kind < 8)
		a = compat(t);
	a.mode = (unsigned)twins_random(t, MODES);
	compare_asked(t, &a);
	if (a.r.type != SOCK_DESTROY)
		return;
	v->listens = false;
	v->destroyed = true;
	world_settle(&t->w[1], 60);
	compare_ends(t);
}

void twins_ask_all(struct twins *t)
{
	static const uint8_t families[] = {
		0, AF_INET, AF_INET6, 3, 45, 46, 255, AF_UNIX, AF_PACKET
	};
	static const uint16_t types[] = { 16, 17, 18, 19, 20, 21, 22, 23, 24, 40 };
	static const uint8_t protocols[] = { 0, IPPROTO_TCP, IPPROTO_UDP, 136, 132, 33, 1, 2 };

	for (unsigned f = 0; f < sizeof(families); f++)
		for (unsigned k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			for (unsigned p = 0; p < sizeof(protocols); p++) {
				struct inet_diag_req_v2 r = dump_of(families[f], protocols[p]);
				struct ask a = ask_of("all", types[k], NLM_F_ACK, &r);

				no_cookie(&r.id);
				compare_asked(t, &a);
				a.r.flags |= NLM_F_DUMP;
				compare_asked(t, &a);
				a.r.len = 2 + 6 * p;
				compare_asked(t, &a);
			}
}

/* -- news -- */

static struct wsock hears[2];

void twins_listen(struct twins *t)
{
	for (unsigned i = 0; i < 2; i++) {
		struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = 15 };

		if (world_open(&t->w[i], AF_NETLINK, SOCK_RAW, PROTOCOL, &hears[i]) ||
		    world_bind(&t->w[i], hears[i], &name, sizeof(name)))
			abort();
	}
}

/* The kernel tells from a thread, some time. */
void twins_hear(struct twins *t)
{
	static struct answers answers, more;
	static struct messages m[2];
	const struct ask a = { .r.name = "news" };
	const long sent[2] = { 0, 0 };
	unsigned tries = 0;

	listen_to(&t->w[1], hears[1], &answers);
	messages_of(t, 1, &answers, &m[1]);
	answers.n = 0;
	do {
		listen_to(&t->w[0], hears[0], &more);
		for (unsigned i = 0; i < more.n && answers.n < DATAGRAMS_MAX; i++) {
			memcpy(answers.bytes[answers.n], more.bytes[i], BYTES_MAX);
			answers.len[answers.n++] = more.len[i];
		}
		messages_of(t, 0, &answers, &m[0]);
	} while (!messages_same(&m[0], &m[1]) && patient(&tries));
	n_compared++;
	if (!messages_same(&m[0], &m[1]))
		tell(&a, sent, m);
}
