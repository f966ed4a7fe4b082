/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random calls, drawn from a seed, on sockets over loopback: a listener, who connects to it and what it accepted; two
 * datagram sockets; an echo socket. After each call the answer, what poll() says of every socket and how much
 * each can read are the same in the kernel and in the stack.
 *
 *	poll_masks_peer [ROUNDS [SEED]]        (in a network namespace of its own, lo up)
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/netns/world.h"

#define CALLS 40
#define PORT 7001
#define DEAD_PORT 9
#define BACKLOG 100 /* nobody waits for a SYN to come again */

enum slot { LISTENER, CLIENT, CHILD, UDP, UDP_PEER, ECHO, SLOTS };
static const char *const slot_names[] = { "listener", "client", "child", "udp", "udp2", "echo" };

enum what {
	SEND,
	RECV,
	SHUTDOWN,
	ERROR,
	SETOPT,
	CONNECT,
	ACCEPT,
	LISTEN,
	CLOSE,
	ABORT,
	REOPEN,
	WHATS,
};
static const char *const what_names[] = { "send",       "recv",    "shutdown", "SO_ERROR",
					  "setsockopt", "connect", "accept",   "listen",
					  "close",      "abort",   "open" };

/* Decided once, made in both worlds. */
struct call {
	enum what what;
	enum slot slot;
	int flags, level, name, value;
	size_t len;
	uint16_t port;
};

struct side {
	struct world w;
	struct wsock s[SLOTS];
};

/* What can be seen of all sockets after a call. */
struct view {
	uint32_t mask[SLOTS];
	int readable[SLOTS];
};

static uint64_t rng;
static bool over6;

static uint32_t below(uint32_t n)
{
	rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng >> 33) % n;
}

/* -- the sockets -- */

static void open_slot(struct side *side, enum slot slot)
{
	static const struct {
		int type, protocol, protocol6;
	} kinds[SLOTS] = {
		{ SOCK_STREAM, 0, 0 }, { SOCK_STREAM, 0, 0 },
		{ 0, 0, 0 },           { SOCK_DGRAM, 0, 0 },
		{ SOCK_DGRAM, 0, 0 },  { SOCK_DGRAM, IPPROTO_ICMP, IPPROTO_ICMPV6 },
	};
	struct sockaddr_storage any;
	socklen_t len =
		world_loopback(over6 ? AF_INET6 : AF_INET, false, (uint16_t)(PORT + slot), &any);
	int one = 1;

	if (world_is_open(&side->w, side->s[slot]))
		(void)world_close(&side->w, &side->s[slot]);
	if (slot == CHILD)
		return;
	if (world_open(&side->w, over6 ? AF_INET6 : AF_INET, kinds[slot].type,
		       over6 ? kinds[slot].protocol6 : kinds[slot].protocol, &side->s[slot]))
		abort();
	(void)world_setsockopt(&side->w, side->s[slot], SOL_SOCKET, SO_REUSEADDR, &one,
			       sizeof(one));
	/* Nor is there anything that a delayed ACK would set free. */
	(void)world_setsockopt(&side->w, side->s[slot], IPPROTO_TCP, TCP_NODELAY, &one,
			       sizeof(one));
	if (slot == LISTENER || slot == UDP || slot == UDP_PEER)
		if (world_bind(&side->w, side->s[slot], &any, len))
			abort();
}

static void begin(struct side *side)
{
	for (enum slot i = 0; i < SLOTS; i++)
		open_slot(side, i);
	if (world_listen(&side->w, side->s[LISTENER], BACKLOG))
		abort();
}

static void end(struct side *side)
{
	for (enum slot i = 0; i < SLOTS; i++)
		world_abort(&side->w, &side->s[i]);
	side->w.now.ns += 300 * SEA_SEC; /* no TIME-WAIT is left of it */
	world_settle(&side->w, 0);
}

/* -- drawing -- */

static void draw_option(struct call *c)
{
	static const int tcp[][3] = {
		{ SOL_SOCKET, SO_RCVLOWAT, 0 },        { SOL_SOCKET, SO_RCVLOWAT, 10 },
		{ SOL_SOCKET, SO_RCVLOWAT, 300 },      { SOL_SOCKET, SO_OOBINLINE, 1 },
		{ SOL_SOCKET, SO_OOBINLINE, 0 },       { IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1 },
		{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, -1 }
	};
	unsigned i = below(5);

	if (c->slot < UDP) {
		c->level = tcp[i][0];
		c->name = tcp[i][1];
		c->value = tcp[i][2];
		return;
	}
	c->level = over6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->name = over6 ? IPV6_RECVERR : IP_RECVERR;
	c->value = (int)below(2);
}

static int draw_flags(const struct call *c)
{
	static const int send[] = { 0, 0, 0, 0, 0, 0, MSG_MORE, MSG_DONTWAIT, MSG_OOB };
	static const int recv[] = { 0, 0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE };

	const int flags = c->what == SEND ? send[below(9)] : recv[below(8)];

	return flags == MSG_MORE && c->slot < UDP ? 0 : flags; /* a clock would end it */
}

static struct call draw(void)
{
	static const uint8_t weights[WHATS] = { 8, 9, 3, 3, 3, 5, 4, 1, 1, 1, 3 };
	static const size_t lens[] = { 0, 1, 5, 50, 200, 400, 1000 };
	struct call c = { .slot = below(SLOTS), .port = PORT + LISTENER };
	unsigned at = below(41), i = 0;

	while (at >= weights[i])
		at -= weights[i++];
	c.what = (enum what)i;
	if (c.what == CONNECT && c.slot == LISTENER)
		c.slot = CLIENT;
	if (c.what == ACCEPT || c.what == LISTEN)
		c.slot = LISTENER;
	if (c.what == CONNECT && c.slot >= UDP)
		c.port =
			(uint16_t)(below(3) ? PORT + UDP + UDP_PEER - (unsigned)c.slot : DEAD_PORT);
	else if (c.what == CONNECT && !below(4))
		c.port = DEAD_PORT;
	c.len = lens[below(7)];
	if (c.what == SEND || c.what == RECV)
		c.flags = draw_flags(&c);
	if (c.what == SHUTDOWN)
		c.flags = (int)below(3);
	if (c.what == SETOPT)
		draw_option(&c);
	return c;
}

/* -- making -- */

static long transfer(struct side *side, const struct call *c)
{
	static uint8_t bytes[1024];
	uint8_t control[512];
	struct iovec iov = { bytes, c->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (c->what == RECV) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		return world_recvmsg(&side->w, side->s[c->slot], &msg, c->flags);
	}
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = over6 ? 128 : 8; /* an echo request as well */
	return world_sendmsg(&side->w, side->s[c->slot], &msg, c->flags);
}

static long connect_to(struct side *side, const struct call *c)
{
	struct sockaddr_storage any;
	socklen_t len = world_loopback(over6 ? AF_INET6 : AF_INET, false, c->port, &any);

	return world_connect(&side->w, side->s[c->slot], &any, len);
}

static long pending_error(struct side *side, const struct call *c)
{
	socklen_t len = sizeof(int);
	int err = 0;
	long result =
		world_getsockopt(&side->w, side->s[c->slot], SOL_SOCKET, SO_ERROR, &err, &len);

	return result ? result : err;
}

static long accept_child(struct side *side)
{
	struct wsock child;
	long result = world_accept(&side->w, side->s[LISTENER], &child);

	if (result)
		return result;
	if (world_is_open(&side->w, side->s[CHILD]))
		(void)world_close(&side->w, &side->s[CHILD]);
	side->s[CHILD] = child;
	return 0;
}

static long make(struct side *side, const struct call *c)
{
	struct wsock *s = &side->s[c->slot];

	if (c->what != REOPEN && !world_is_open(&side->w, *s))
		return 0;
	switch (c->what) {
	case SEND:
	case RECV:
		return transfer(side, c);
	case SHUTDOWN:
		return world_shutdown(&side->w, *s, c->flags);
	case ERROR:
		return pending_error(side, c);
	case SETOPT:
		return world_setsockopt(&side->w, *s, c->level, c->name, &c->value,
					sizeof(c->value));
	case CONNECT:
		return connect_to(side, c);
	case ACCEPT:
		return accept_child(side);
	case LISTEN:
		return world_listen(&side->w, *s, BACKLOG);
	case CLOSE:
		return world_close(&side->w, s);
	case ABORT:
		world_abort(&side->w, s);
		return 0;
	default:
		open_slot(side, c->slot);
		return 0;
	}
}

/* -- comparing -- */

static struct view look(struct side *side)
{
	struct view v = { { 0 }, { 0 } };

	for (enum slot i = 0; i < SLOTS; i++) {
		if (!world_is_open(&side->w, side->s[i]))
			continue;
		v.mask[i] = world_poll(&side->w, side->s[i]);
		if (i != LISTENER)
			(void)world_ioctl(&side->w, side->s[i], FIONREAD, &v.readable[i]);
	}
	return v;
}

static bool same(const struct view *a, const struct view *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool agree(struct side *kernel, struct side *ours, struct view *k, struct view *o)
{
	unsigned tries = 0;

	world_settle(&ours->w, 1);
	*o = look(ours);
	do
		*k = look(kernel);
	while (!same(k, o) && world_patient(&tries));
	return same(k, o);
}

static void print(const struct call *c, long kernel, long ours)
{
	printf("%s %s(", slot_names[c->slot], what_names[c->what]);
	if (c->what == SETOPT)
		printf("level %d name %d value %d", c->level, c->name, c->value);
	else
		printf("port %u flags %#x len %zu", c->port, (unsigned)c->flags, c->len);
	printf(") kernel %ld ours %ld\n", kernel, ours);
}

static void print_view(const struct view *k, const struct view *o)
{
	for (enum slot i = 0; i < SLOTS; i++)
		printf("%-8s poll: kernel %#5x ours %#5x  readable: kernel %d ours %d%s\n",
		       slot_names[i], k->mask[i], o->mask[i], k->readable[i], o->readable[i],
		       k->mask[i] == o->mask[i] && k->readable[i] == o->readable[i] ? "" : "  <<<");
}

static bool round_agrees(struct side *kernel, struct side *ours, uint64_t seed)
{
	static struct call calls[CALLS];
	static long k[CALLS], o[CALLS];
	struct view kv, ov;
	bool fine = true;

	rng = seed;
	over6 = below(2);
	begin(kernel);
	begin(ours);
	for (unsigned n = 0; fine && n < CALLS; n++) {
		calls[n] = draw();
		k[n] = make(kernel, &calls[n]);
		o[n] = make(ours, &calls[n]);
		fine = agree(kernel, ours, &kv, &ov) && k[n] == o[n];
		if (fine)
			continue;
		printf("seed %llu: what is seen differs (IPv%d)\n", (unsigned long long)seed,
		       over6 ? 6 : 4);
		for (unsigned i = 0; i <= n; i++)
			print(&calls[i], k[i], o[i]);
		print_view(&kv, &ov);
	}
	end(kernel);
	end(ours);
	return fine;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 300;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct side kernel = { .s = { WSOCK_NONE, WSOCK_NONE, WSOCK_NONE, WSOCK_NONE, WSOCK_NONE,
				      WSOCK_NONE } };
	struct side ours = kernel;
	unsigned wrong = 0;

	if (!world_init(&kernel.w, false) || !world_init(&ours.w, true))
		return 1;
	for (unsigned long i = 0; i < rounds && wrong < 3; i++)
		wrong += !round_agrees(&kernel, &ours, seed + i);
	if (argc == 1) /* what once differed */
		wrong += !round_agrees(&kernel, &ours, 5470);
	if (!wrong)
		printf("%lu rounds of %d calls, every mask the kernel's\n", rounds, CALLS);
	world_fini(&ours.w);
	return wrong != 0;
}
