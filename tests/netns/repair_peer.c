/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_REPAIR call by call: a socket is put in repair and gets calls that are drawn from a seed, the same in the kernel's
 * world and in ours; every answer is compared, and so is what TCP_INFO tells of it. Its peer is not there, and nothing
 * is ever sent to it: no timer is as short as a round. On a machine that stands still for seconds it may be after all,
 * and so only what differs three times in a row does.
 *
 *	repair_peer [ROUNDS [SEED]]      (in a network namespace of its own, lo up, tcp_early_retrans 0)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/netns/world.h"

#define CALLS 28
#define SHOWN 64 /* bytes of an answer */
#define SEND_MAX 60000
#define PORT_TAKEN 7400
#define PORT_NOBODY 7401

enum what {
	SET,
	GET,
	SEND,
	RECV,
	CONNECT,
	DISCONNECT,
	BIND,
	SHUTDOWN,
	IOCTL,
	INFO,
	POLL,
	LISTEN,
	WHATS
};

static const char *const names[WHATS] = { "set",     "get",        "send", "recv",
					  "connect", "disconnect", "bind", "shutdown",
					  "ioctl",   "info",       "poll", "listen" };

struct call {
	enum what what;
	int name, level, flags;
	socklen_t len;
	uint32_t v[10];
};

struct answer {
	long result;
	socklen_t len;
	uint8_t bytes[SHOWN];
};

static uint64_t rng;

static uint32_t below(uint32_t n)
{
	rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(rng >> 33) % n;
}

/* -- drawn -- */

static const int options[] = { TCP_REPAIR,         TCP_REPAIR_QUEUE,   TCP_REPAIR_QUEUE,
			       TCP_REPAIR_QUEUE,   TCP_QUEUE_SEQ,      TCP_QUEUE_SEQ,
			       TCP_REPAIR_OPTIONS, TCP_REPAIR_OPTIONS, TCP_REPAIR_WINDOW,
			       TCP_REPAIR_WINDOW,  TCP_TIMESTAMP,      TCP_MAXSEG };

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers near each other, so that they are often in order. */
static uint32_t number(void)
{
	static const uint32_t some[] = { 0, 1, 2, 3, 1000, 2000, 2100, 65536, 0xfffffff0u };

	return below(3) ? some[below(N(some))] : 2000 + below(5000);
}

static void draw_set(struct call *c)
{
	static const uint32_t codes[] = { 2, 3, 4, 8, 4, 8, 5, 99 };
	static const socklen_t lens[] = { 0, 3, 4, 5, 8, 12, 16, 19, 20, 21, 24, 40 };

	c->len = 4;
	switch (c->name) {
	case TCP_REPAIR: /* 0 would send a probe; off it is seldom, for calls that are not in repair */
		c->v[0] = below(8) ? 1 : below(3) ? (uint32_t)-2 : 2;
		break;
	case TCP_REPAIR_QUEUE:
		c->v[0] = below(12) ? below(3) : 3 + below(2) * 0x80000000u;
		break;
	case TCP_REPAIR_OPTIONS:
		c->len = 8 * (1 + below(3));
		for (unsigned i = 0; i < 6; i += 2) {
			c->v[i] = codes[below(N(codes))];
			c->v[i + 1] = c->v[i] == 3   ? below(16) | below(16) << 16
				      : c->v[i] == 2 ? 500 + below(2000)
						     : !below(8);
		}
		break;
	case TCP_REPAIR_WINDOW:
		c->len = 20;
		for (unsigned i = 0; i < 5; i++)
			c->v[i] = number();
		c->v[3] += 1u << 20; /* what is peeked at is no reason to tell of room */
		break;
	case TCP_TIMESTAMP:
		c->v[0] = number() & ~1u;
		break;
	default:
		c->v[0] = number();
		break;
	}
	if (!below(15))
		c->len = lens[below(N(lens))];
}

static struct call any_call(void)
{
	static const enum what often[] = { SET,     SET,  SET,  SET,   SET,   SET,  GET,
					   GET,     GET,  SEND, SEND,  SEND,  RECV, RECV,
					   CONNECT, INFO, INFO, IOCTL, IOCTL, POLL };
	static const enum what seldom[] = { DISCONNECT, BIND, SHUTDOWN, LISTEN };
	static const int flags[] = { MSG_PEEK, MSG_PEEK,    MSG_PEEK, 0, MSG_PEEK | MSG_TRUNC,
				     MSG_OOB,  MSG_ERRQUEUE };
	static const int requests[] = { SIOCINQ, SIOCOUTQ, SIOCOUTQNSD };
	static const uint32_t sizes[] = { 0, 1, 10, 536, 1448, 4096, 4097, 20000, 50000, SEND_MAX };
	struct call c = { .what = below(9) ? often[below(N(often))] : seldom[below(N(seldom))] };

	c.name = options[below(N(options))];
	c.level = !below(8) ? SOL_SOCKET : IPPROTO_TCP;
	if (c.level == SOL_SOCKET)
		c.name = SO_REUSEADDR;
	c.flags = flags[below(N(flags))];
	if (c.what == SET)
		draw_set(&c);
	else if (c.what == GET)
		c.len = below(4) ? (c.name == TCP_REPAIR_WINDOW ? 20 : 4) : below(26);
	else if (c.what == SEND)
		c.len = sizes[below(N(sizes))];
	else if (c.what == RECV)
		c.len = SEND_MAX; /* with less room than there is Linux says more than it wrote */
	else if (c.what == IOCTL)
		c.name = requests[below(3)];
	else if (c.what == SHUTDOWN)
		c.flags = (int)below(3);
	return c;
}

/* After a disconnect Linux keeps some of the old numbers, and adds to them: nothing to be like. */
static struct call call_after(void)
{
	static const struct {
		int level, name;
	} asked[] = { { SOL_SOCKET, SO_ERROR },
		      { IPPROTO_TCP, TCP_REPAIR },
		      { SOL_SOCKET, SO_REUSEADDR },
		      { IPPROTO_TCP, TCP_REPAIR_QUEUE },
		      { IPPROTO_TCP, TCP_MAXSEG } };
	unsigned i = below(N(asked));

	return (struct call){ .what = below(3) ? GET : POLL,
			      .level = asked[i].level,
			      .name = asked[i].name,
			      .len = 4 };
}

/* -- made -- */

static long set_to(struct world *w, struct wsock s, int name, int v)
{
	return world_setsockopt(w, s, IPPROTO_TCP, name, &v, sizeof(v));
}

static void make_get(struct world *w, struct wsock s, const struct call *c, struct answer *a)
{
	a->len = c->len;
	a->result = world_getsockopt(w, s, c->level, c->name, a->bytes, &a->len);
	if (c->name == TCP_TIMESTAMP) /* each world's clock */
		memset(a->bytes, 0, sizeof(a->bytes));
}

static uint8_t text[SEND_MAX];

static int queue_of(struct world *w, struct wsock s)
{
	socklen_t len = sizeof(int);
	int v = 0;

	return world_getsockopt(w, s, IPPROTO_TCP, TCP_REPAIR_QUEUE, &v, &len) ? -1 : v;
}

static void make_send(struct world *w, struct wsock s, const struct call *c, struct answer *a)
{
	struct iovec iov = { text, c->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	a->result = world_sendmsg(w, s, &msg, 0);
}

/* A window that is nearly used up is told of when something is read on Linux, and be it only looked at. */
static bool would_tell(struct world *w, struct wsock s)
{
	int waits = 0;

	return queue_of(w, s) == TCP_RECV_QUEUE && !world_ioctl(w, s, SIOCINQ, &waits) &&
	       waits > 25000;
}

static void make_recv(struct world *w, struct wsock s, const struct call *c, struct answer *a)
{
	static uint8_t room[SEND_MAX * 6];
	struct iovec iov = { room, sizeof(room) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	uint32_t sum = 0;

	if (would_tell(w, s))
		return;
	a->result = world_recvmsg(w, s, &msg, c->flags);
	for (long i = 0; i < a->result; i++)
		sum = sum * 31 + room[i];
	memcpy(a->bytes, &sum, sizeof(sum));
}

/* What of tcp_info hangs neither on clocks nor on how each world measures memory. */
static void make_info(struct world *w, struct wsock s, struct answer *a)
{
	uint8_t info[280] = { 0 };
	socklen_t len = sizeof(info), n = 0;
	static const struct {
		uint8_t at, size;
	} shown[] = { { 0, 2 },   { 2, 3 },   { 5, 2 },   { 8, 4 },  { 24, 4 },
		      { 28, 4 },  { 60, 4 },  { 76, 4 },  { 80, 4 }, { 84, 4 },
		      { 100, 4 }, { 120, 8 }, { 128, 8 }, { 144, 4 } };

	a->result = world_getsockopt(w, s, IPPROTO_TCP, TCP_INFO, info, &len);
	for (unsigned i = 0; i < N(shown); i++) {
		memcpy(a->bytes + n, info + shown[i].at, shown[i].size);
		n += shown[i].size;
	}
}

static socklen_t nobody(struct sockaddr_storage *at)
{
	return world_loopback(AF_INET, false, PORT_NOBODY, at);
}

static void make_ioctl(struct world *w, struct wsock s, const struct call *c, struct answer *a)
{
	int v = 0;

	a->result = world_ioctl(w, s, (unsigned long)c->name, &v);
	v = v < 0 ? 0
		  : v; /* of a closed socket Linux tells the difference of numbers, whatever it is */
	memcpy(a->bytes, &v, sizeof(v));
}

static void make(struct world *w, struct wsock s, const struct call *c, struct answer *a)
{
	struct sockaddr any = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage at;
	socklen_t len;

	memset(a, 0, sizeof(*a));
	switch (c->what) {
	case SET:
		a->result = world_setsockopt(w, s, c->level, c->name, c->v, c->len);
		break;
	case GET:
		make_get(w, s, c, a);
		break;
	case SEND:
		make_send(w, s, c, a);
		break;
	case RECV:
		make_recv(w, s, c, a);
		break;
	case CONNECT:
		len = nobody(&at);
		a->result = world_connect(w, s, &at, len);
		break;
	case DISCONNECT:
		a->result = world_connect(w, s, &any, sizeof(any));
		break;
	case BIND:
		len = world_loopback(AF_INET, false, PORT_TAKEN, &at);
		a->result = world_bind(w, s, &at, len);
		break;
	case SHUTDOWN: /* else a FIN might leave */
		a->result = queue_of(w, s) == TCP_SEND_QUEUE ? world_shutdown(w, s, c->flags) : 0;
		break;
	case IOCTL:
		make_ioctl(w, s, c, a);
		break;
	case INFO:
		make_info(w, s, a);
		break;
	case POLL:
		a->result = world_poll(w, s);
		break;
	default:
		a->result = world_listen(w, s, 1);
		break;
	}
}

/* -- compared -- */

static void print(const char *who, const struct answer *a)
{
	printf("  %-6s %ld, %u bytes:", who, a->result, a->len);
	for (unsigned i = 0; i < SHOWN; i++)
		printf("%s%02x", i % 4 ? "" : " ", a->bytes[i]);
	printf("\n");
}

static void print_call(unsigned i, const struct call *c)
{
	printf("%2u %s name %d flags %d len %u:", i, names[c->what], c->name, c->flags, c->len);
	for (unsigned j = 0; c->what == SET && j < c->len / 4 && j < 6; j++)
		printf(" %u", c->v[j]);
	printf("\n");
}

static struct wsock begin(struct world *w, bool in_repair)
{
	struct wsock s = world_socket(w, AF_INET);

	if (in_repair && set_to(w, s, TCP_REPAIR, TCP_REPAIR_ON))
		abort();
	return s;
}

static void finish(struct world *w, struct wsock *s)
{
	(void)set_to(w, *s, TCP_REPAIR, TCP_REPAIR_ON);
	(void)world_close(w, s);
	world_settle(w, 0);
}

static bool round_agrees(struct world *k, struct world *o, uint64_t seed, bool tell)
{
	struct call calls[CALLS];
	struct answer ka, oa;
	bool in_repair, same = true, listened = false, over = false;
	struct wsock ks, os;
	unsigned i;

	rng = seed;
	in_repair = below(10);
	ks = begin(k, in_repair);
	os = begin(o, in_repair);
	for (i = 0; i < CALLS && same; i++) {
		calls[i] = over ? call_after() : any_call();
		if (!in_repair && (calls[i].what == CONNECT || calls[i].name == TCP_REPAIR))
			calls[i].what = POLL;
		listened |= calls[i].what == LISTEN;
		over |= calls[i].what == DISCONNECT || (listened && calls[i].what == SHUTDOWN);
		make(k, ks, &calls[i], &ka);
		make(o, os, &calls[i], &oa);
		same = memcmp(&ka, &oa, sizeof(ka)) == 0;
	}
	finish(k, &ks);
	finish(o, &os);
	if (same || !tell)
		return same;
	printf("seed %llu differs%s:\n", (unsigned long long)seed, in_repair ? ", in repair" : "");
	for (unsigned j = 0; j < i; j++)
		print_call(j, &calls[j]);
	print("kernel", &ka);
	print("ours", &oa);
	return false;
}

/* Somebody has the port that bind() names. */
static bool take_port(struct world *w)
{
	struct wsock s = world_socket(w, AF_INET);
	struct sockaddr_storage at;
	socklen_t len = world_loopback(AF_INET, false, PORT_TAKEN, &at);

	return !world_bind(w, s, &at, len) && !world_listen(w, s, 1);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 3000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	static struct world k, o;

	for (unsigned i = 0; i < SEND_MAX; i++)
		text[i] = (uint8_t)(i * 7 + i / 256);
	if (!world_init(&k, false) || !world_init(&o, true) || !take_port(&k) || !take_port(&o))
		return 1;
	for (unsigned long i = 0; i < rounds; i++)
		if (!round_agrees(&k, &o, seed + i, false) &&
		    !round_agrees(&k, &o, seed + i, false) && !round_agrees(&k, &o, seed + i, true))
			return 1;
	printf("%lu rounds of %d calls, every answer the kernel's\n", rounds, CALLS);
	world_fini(&o);
	return 0;
}
