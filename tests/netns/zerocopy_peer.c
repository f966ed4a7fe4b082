/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSG_ZEROCOPY on the kernel's sockets and on ours, over `lo`: what each call returns, of how many the error queue tells,
 * whether they were copied, and that nothing is charged in the end.
 *
 *	zerocopy_peer [ROUNDS [SEED]]
 */
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/netns/world.h"

#define CALLS 12u
#define LEN_MAX 8000u
#define MEMINFO 55
#define MEMINFO_OPTMEM 6

static _Alignas(4096) uint8_t memory[2 * LEN_MAX]; /* stays as it is */
static uint64_t rng;

static uint32_t below(uint32_t n)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rng >> 33) % n;
}

struct call {
	int flags, zerocopy; /* SO_ZEROCOPY before it; -1: as it was */
	uint32_t len, parts;
};

struct answer {
	long set[CALLS + 1], sent[CALLS + 1];
	uint32_t told, optmem, poll;
	bool copied, in_order;
};

struct pair {
	struct wsock from, to;
	int type;
};

static struct call any_call(void)
{
	static const uint32_t sizes[] = { 0, 1, 20, 128, 129, 1000, 4097, LEN_MAX };
	static const int flags[] = { MSG_ZEROCOPY, MSG_ZEROCOPY, MSG_ZEROCOPY | MSG_MORE, 0,
				     MSG_MORE };
	struct call c = { .zerocopy = -1 };

	c.len = sizes[below(8)];
	c.flags = flags[below(5)];
	c.parts = 1 + below(3);
	if (!below(6))
		c.zerocopy = (int)below(3);
	return c;
}

/* -- a world's pair of sockets -- */

static bool open_pair(struct world *w, int domain, struct pair *p)
{
	const int on = 1, room = 1 << 19;
	struct sockaddr_storage at;
	struct wsock listener;
	socklen_t len = world_loopback(domain, false, 0, &at), n = sizeof(at);
	unsigned tries = 0;

	p->to = WSOCK_NONE;
	if (world_open(w, domain, p->type, 0, &p->from) ||
	    world_open(w, domain, p->type, 0, &listener) || world_bind(w, listener, &at, len) ||
	    world_name(w, listener, false, &at, &n) ||
	    world_setsockopt(w, p->from, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) ||
	    world_setsockopt(w, p->from, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		return false;
	if (p->type == SOCK_DGRAM) {
		p->to = listener;
		return !world_connect(w, p->from, &at, len);
	}
	if (world_listen(w, listener, 1))
		return false;
	(void)world_connect(w, p->from, &at, len);
	do
		world_settle(w, 0);
	while (world_accept(w, listener, &p->to) && world_patient(&tries));
	(void)world_close(w, &listener);
	return world_is_open(w, p->to);
}

static void drain(struct world *w, const struct pair *p)
{
	static uint8_t room[65536];
	struct iovec iov = { room, sizeof(room) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	world_settle(w, 0);
	while (world_recvmsg(w, p->to, &msg, 0) > 0)
		world_settle(w, 0);
}

static long send_it(struct world *w, const struct pair *p, const struct call *c)
{
	struct iovec iov[3];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = c->parts };
	uint32_t at = 0;

	for (uint32_t i = 0; i < c->parts; i++) {
		uint32_t n = i + 1 < c->parts ? c->len / c->parts : c->len - at;

		iov[i] = (struct iovec){ memory + at, n };
		at += n;
	}
	return world_sendmsg(w, p->from, &msg, c->flags);
}

/* Takes what the error queue has; false: it is empty. */
static bool take_told(struct world *w, const struct pair *p, struct answer *a)
{
	union {
		char bytes[256];
		struct cmsghdr align;
	} control;
	struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
	struct sock_extended_err ee;

	if (world_recvmsg(w, p->from, &msg, MSG_ERRQUEUE) < 0)
		return false;
	memcpy(&ee, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ee));
	a->in_order &= ee.ee_origin == SO_EE_ORIGIN_ZEROCOPY && ee.ee_info == a->told &&
		       ee.ee_data >= ee.ee_info && !ee.ee_errno;
	a->copied &= ee.ee_code == SO_EE_CODE_ZEROCOPY_COPIED;
	a->told = ee.ee_data + 1;
	return true;
}

static uint32_t optmem(struct world *w, const struct pair *p)
{
	uint32_t info[9] = { 0 };
	socklen_t len = sizeof(info);

	(void)world_getsockopt(w, p->from, SOL_SOCKET, MEMINFO, info, &len);
	return info[MEMINFO_OPTMEM];
}

/* Until nothing is out, which the charge shows. */
static void await_told(struct world *w, const struct pair *p, struct answer *a)
{
	unsigned tries = 0;

	do {
		world_settle(w, w->ours ? 50 : 0);
		drain(w, p);
		while (take_told(w, p, a))
			;
	} while (optmem(w, p) && world_patient(&tries));
	a->optmem = optmem(w, p);
	a->poll = world_poll(w, p->from) & SEA_POLLERR;
}

static bool play(struct world *w, int domain, int type, const struct call *calls, struct answer *a)
{
	struct pair p = { .type = type };

	memset(a, 0, sizeof(*a));
	a->copied = a->in_order = true;
	if (!open_pair(w, domain, &p))
		return false;
	for (unsigned i = 0; i <= CALLS; i++) {
		if (calls[i].zerocopy >= 0)
			a->set[i] = world_setsockopt(w, p.from, SOL_SOCKET, SO_ZEROCOPY,
						     &calls[i].zerocopy, sizeof(int));
		a->sent[i] = send_it(w, &p, &calls[i]);
		drain(w, &p);
	}
	await_told(w, &p, a);
	(void)world_close(w, &p.to);
	(void)world_close(w, &p.from);
	world_settle(w, 0);
	return true;
}

static void print(const char *who, const struct answer *a)
{
	printf("  %s:", who);
	for (unsigned i = 0; i <= CALLS; i++)
		printf(" %ld/%ld", a->set[i], a->sent[i]);
	printf(", told of %u%s%s, optmem %u, poll %#x\n", a->told, a->copied ? ", copied" : "",
	       a->in_order ? "" : ", out of order", a->optmem, a->poll);
}

static bool round_agrees(struct world *k, struct world *o, uint64_t seed)
{
	struct call calls[CALLS + 1];
	struct answer ka, oa;
	int domain, type;

	rng = seed * 7919 + 1;
	domain = below(2) ? AF_INET : AF_INET6;
	type = below(2) ? SOCK_STREAM : SOCK_DGRAM;
	for (unsigned i = 0; i <= CALLS; i++)
		calls[i] = any_call();
	calls[CALLS].flags &= ~MSG_MORE; /* nothing waits for more */
	calls[CALLS].len = 100;
	if (!play(k, domain, type, calls, &ka) || !play(o, domain, type, calls, &oa)) {
		printf("seed %llu: no connection\n", (unsigned long long)seed);
		return false;
	}
	if (!memcmp(&ka, &oa, sizeof(ka)) && ka.in_order)
		return true;
	printf("seed %llu, %s of IPv%d:\n ", (unsigned long long)seed,
	       type == SOCK_STREAM ? "a stream" : "datagrams", domain == AF_INET ? 4 : 6);
	for (unsigned i = 0; i <= CALLS; i++)
		printf(" %u%s%s(%d)", calls[i].len, calls[i].flags & MSG_ZEROCOPY ? "z" : "",
		       calls[i].flags & MSG_MORE ? "+" : "", calls[i].zerocopy);
	printf("\n");
	print("kernel", &ka);
	print("ours", &oa);
	return false;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 60;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	static struct world k, o;

	if (!world_init(&k, false) || !world_init(&o, true))
		return 1;
	for (unsigned long i = 0; i < rounds; i++)
		if (!round_agrees(&k, &o, seed + i))
			return 1;
	printf("%lu rounds of %u calls, every answer the kernel's\n", rounds, CALLS + 1);
	world_fini(&o);
	return 0;
}
