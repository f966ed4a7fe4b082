/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile arguments to socket calls, in the kernel and in the stack: on a listener, who connects to it, what it
 * accepted, two datagram sockets, an echo socket, and one of any kind. Answers, what they filled in, and what
 * poll() says of every socket afterwards are the same.
 *
 *	hostile_calls_peer [ROUNDS [SEED]]        (in a network namespace of its own, lo up)
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/netns/hostile_calls.h"
#include "tests/netns/world.h"

#define CALLS 40
#define FIRST_PORT 2000u
#define ROUNDS_OF_PORTS 2800u
#define PORTS 8u
#define EPHEMERAL 1 /* what any ephemeral port is shown as */
#define BACKLOG 100
#define PIECES 1025

struct side {
	struct world w;
	struct wsock s[H_SLOTS];
};

/* What a call said. */
struct answer {
	long result;
	size_t n;
	uint8_t bytes[2 * HOSTILE_BYTES + 64];
};

struct view {
	uint32_t mask[H_SLOTS];
};

static uint16_t first_port;
static bool over6;

/* -- the sockets -- */

static void open_slot(struct side *side, enum hostile_slot slot)
{
	static const int types[H_SLOTS] = { SOCK_STREAM, SOCK_STREAM, 0,          SOCK_DGRAM,
					    SOCK_DGRAM,  SOCK_DGRAM,  SOCK_STREAM };
	const int domain = over6 ? AF_INET6 : AF_INET;
	const int protocol = slot != H_ECHO ? 0 : over6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	struct sockaddr_storage any;
	socklen_t len = world_loopback(domain, false, (uint16_t)(first_port + slot), &any);
	int one = 1;

	if (world_is_open(&side->w, side->s[slot]))
		world_abort(&side->w, &side->s[slot]);
	if (slot == H_CHILD)
		return;
	if (world_open(&side->w, domain, types[slot], protocol, &side->s[slot]))
		abort();
	/* No clock decides what goes when. */
	(void)world_setsockopt(&side->w, side->s[slot], IPPROTO_TCP, TCP_NODELAY, &one,
			       sizeof(one));
	if (slot == H_LISTENER || slot == H_UDP || slot == H_UDP_PEER)
		(void)world_bind(&side->w, side->s[slot], &any, len);
}

static void begin(struct side *side)
{
	for (enum hostile_slot i = 0; i < H_SLOTS; i++)
		open_slot(side, i);
	(void)world_listen(&side->w, side->s[H_LISTENER], BACKLOG);
}

static void end(struct side *side)
{
	for (enum hostile_slot i = 0; i < H_SLOTS; i++)
		world_abort(&side->w, &side->s[i]);
	side->w.now.ns += 300 * SEA_SEC;
	world_settle(&side->w, 0);
}

/* -- the calls -- */

static void keep(struct answer *a, const void *bytes, size_t n)
{
	if (n > sizeof(a->bytes) - a->n)
		n = sizeof(a->bytes) - a->n;
	if (n)
		memcpy(a->bytes + a->n, bytes, n);
	a->n += n;
}

/* `whole` bytes of memory for a name that may be claimed to be longer than it is. */
static void keep_name(struct answer *a, uint8_t *any, size_t whole, socklen_t len)
{
	struct sockaddr_in in;

	memcpy(&in, any, sizeof(in));
	if (ntohs(in.sin_port) < first_port || ntohs(in.sin_port) >= first_port + PORTS)
		in.sin_port = in.sin_port ? htons(EPHEMERAL) : 0;
	if (len >= 4 && len < INT32_MAX)
		memcpy(any, &in, 4);
	keep(a, any, whole);
	keep(a, &len, sizeof(len));
}

static long accept_one(struct side *side, const struct hostile_call *c, struct answer *a)
{
	struct wsock child;
	long result = world_accept(&side->w, side->s[c->slot], &child);

	(void)a;
	if (result)
		return result;
	world_abort(&side->w, &side->s[H_CHILD]);
	side->s[H_CHILD] = child;
	return 0;
}

static long send_one(struct side *side, struct hostile_call *c)
{
	static uint8_t data[4000];
	static struct iovec iov[PIECES];
	struct msghdr msg = { .msg_iov = iov,
			      .msg_iovlen = c->pieces,
			      .msg_name = c->null ? NULL : c->bytes,
			      .msg_namelen = c->len,
			      .msg_control = c->control_len ? c->control : NULL,
			      .msg_controllen = c->control_len };

	for (size_t i = 0; i < c->pieces; i++)
		iov[i] = (struct iovec){ data, c->piece };
	data[0] = over6 ? 128 : 8; /* an echo request as well */
	return world_sendmsg(&side->w, side->s[c->slot], &msg, c->flags);
}

static long recv_one(struct side *side, struct hostile_call *c, struct answer *a)
{
	static uint8_t data[4000];
	static struct iovec iov[PIECES];
	alignas(struct cmsghdr) uint8_t control[256] = { 0 };
	uint8_t name[HOSTILE_BYTES] = { 0 };
	struct msghdr msg = { .msg_iov = iov,
			      .msg_iovlen = c->pieces,
			      .msg_name = c->null ? NULL : name,
			      .msg_namelen = c->len,
			      .msg_control = c->control_len ? control : NULL,
			      .msg_controllen = c->control_len };
	long result;

	for (size_t i = 0; i < c->pieces; i++)
		iov[i] = (struct iovec){ data, c->piece };
	result = world_recvmsg(&side->w, side->s[c->slot], &msg, c->flags);
	if (result < 0)
		return result;
	keep_name(a, name, sizeof(struct sockaddr_in6), c->null ? 0 : msg.msg_namelen);
	keep(a, &msg.msg_flags, sizeof(msg.msg_flags));
	keep(a, &msg.msg_controllen, sizeof(msg.msg_controllen));
	return result;
}

static long name_one(struct side *side, struct hostile_call *c, struct answer *a)
{
	uint8_t name[HOSTILE_BYTES] = { 0 };
	socklen_t len = c->len;
	long result = world_name(&side->w, side->s[c->slot], c->what == H_PEER, name, &len);

	if (!result)
		keep_name(a, name, sizeof(struct sockaddr_in6), len);
	return result;
}

static long get_one(struct side *side, struct hostile_call *c, struct answer *a)
{
	uint8_t value[HOSTILE_BYTES];
	socklen_t len = c->len;
	long result;

	memcpy(value, c->bytes, sizeof(value));
	result = world_getsockopt(&side->w, side->s[c->slot], c->level, c->name,
				  c->null ? NULL : value, &len);
	if (result)
		return result;
	keep(a, &len, sizeof(len));
	if (!c->null)
		keep(a, value, sizeof(value));
	return result;
}

static long open_one(struct side *side, const struct hostile_call *c)
{
	world_abort(&side->w, &side->s[H_FRESH]);
	return world_open(&side->w, c->domain, c->type, c->protocol, &side->s[H_FRESH]);
}

static long make(struct side *side, struct hostile_call *c, struct answer *a)
{
	struct wsock *s = &side->s[c->slot];
	int value = -7;
	long result;

	switch (c->what) {
	case H_BIND:
		return world_bind(&side->w, *s, c->null ? NULL : c->bytes, c->len);
	case H_CONNECT:
		return world_connect(&side->w, *s, c->null ? NULL : c->bytes, c->len);
	case H_LISTEN:
		return world_listen(&side->w, *s, c->number);
	case H_ACCEPT:
		return accept_one(side, c, a);
	case H_SEND:
		return send_one(side, c);
	case H_RECV:
		return recv_one(side, c, a);
	case H_SHUTDOWN:
		return world_shutdown(&side->w, *s, c->number);
	case H_SET:
		return world_setsockopt(&side->w, *s, c->level, c->name, c->null ? NULL : c->bytes,
					c->len);
	case H_GET:
		return get_one(side, c, a);
	case H_IOCTL:
		result = world_ioctl(&side->w, *s, c->request, &value);
		keep(a, &value, sizeof(value));
		return result;
	case H_NAME:
	case H_PEER:
		return name_one(side, c, a);
	case H_CLOSE:
		return world_close(&side->w, s);
	default:
		open_slot(side, c->slot);
		return 0;
	}
}

static long make_any(struct side *side, struct hostile_call *c, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	if (c->what == H_SOCKET)
		return a->result = open_one(side, c);
	if (c->what != H_REOPEN && !world_is_open(&side->w, side->s[c->slot]))
		return 0;
	return a->result = make(side, c, a);
}

/* -- comparing -- */

static struct view look(struct side *side)
{
	struct view v = { { 0 } };

	for (enum hostile_slot i = 0; i < H_SLOTS; i++)
		if (world_is_open(&side->w, side->s[i]))
			v.mask[i] = world_poll(&side->w, side->s[i]);
	return v;
}

static bool agree(struct side *kernel, struct side *ours, struct view *k, struct view *o)
{
	unsigned tries = 0;

	world_settle(&ours->w, 1);
	*o = look(ours);
	do
		*k = look(kernel);
	while (memcmp(k, o, sizeof(*k)) && world_patient(&tries));
	return !memcmp(k, o, sizeof(*k));
}

static bool same(const struct answer *k, const struct answer *o)
{
	return k->result == o->result && k->n == o->n && !memcmp(k->bytes, o->bytes, k->n);
}

static void tell(uint64_t seed, struct hostile_call *calls, const struct answer *k,
		 const struct answer *o, unsigned n, const struct view *kv, const struct view *ov)
{
	printf("seed %llu: what is said differs (IPv%d)\n", (unsigned long long)seed,
	       over6 ? 6 : 4);
	for (unsigned i = 0; i <= n; i++) {
		hostile_print_call(&calls[i]);
		printf(": kernel %ld ours %ld\n", k[i].result, o[i].result);
	}
	for (size_t i = 0; i < k[n].n || i < o[n].n; i++)
		if (k[n].bytes[i] != o[n].bytes[i])
			printf("byte %zu: kernel %02x ours %02x\n", i, k[n].bytes[i],
			       o[n].bytes[i]);
	for (enum hostile_slot i = 0; i < H_SLOTS; i++)
		if (kv->mask[i] != ov->mask[i])
			printf("%s poll: kernel %#x ours %#x\n", hostile_slots[i], kv->mask[i],
			       ov->mask[i]);
}

static bool round_agrees(struct side *kernel, struct side *ours, uint64_t seed)
{
	static struct hostile_call calls[CALLS];
	static struct answer k[CALLS], o[CALLS];
	struct hostile_draw draw = { .state = seed };
	struct view kv, ov;
	bool fine = true;

	over6 = hostile_below(&draw, 2);
	first_port = draw.port = (uint16_t)(FIRST_PORT + PORTS * (seed % ROUNDS_OF_PORTS));
	begin(kernel);
	begin(ours);
	for (unsigned n = 0; fine && n < CALLS; n++) {
		while (!hostile_draw_call(&draw, &calls[n]))
			;
		(void)make_any(kernel, &calls[n], &k[n]);
		(void)make_any(ours, &calls[n], &o[n]);
		fine = agree(kernel, ours, &kv, &ov) && same(&k[n], &o[n]);
		if (!fine)
			tell(seed, calls, k, o, n, &kv, &ov);
	}
	end(kernel);
	end(ours);
	return fine;
}

/* What once differed. */
static const uint64_t known[] = { 50205, 51304, 51506, 52308, 52506, 53106,
				  53201, 54603, 54704, 54900, 70111, 72601 };

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 130;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 11;
	struct side kernel, ours;
	unsigned wrong = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (enum hostile_slot i = 0; i < H_SLOTS; i++)
		kernel.s[i] = ours.s[i] = WSOCK_NONE;
	if (!world_init(&kernel.w, false) || !world_init(&ours.w, true))
		return 1;
	for (unsigned long i = 0; i < rounds && wrong < 5; i++)
		wrong += !round_agrees(&kernel, &ours, seed + i);
	for (size_t i = 0; argc == 1 && i < sizeof(known) / sizeof(known[0]); i++)
		wrong += !round_agrees(&kernel, &ours, known[i]);
	if (!wrong)
		printf("%lu rounds of %d calls, every answer the kernel's\n", rounds, CALLS);
	world_fini(&ours.w);
	return wrong != 0;
}
