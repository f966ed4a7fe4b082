/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every number that may be a socket option, on TCP sockets of the kernel's and of ours: read and set
 * with values and sizes that are right, odd and wrong, in the states that a socket comes through.
 * Results, lengths and bytes are compared. What is meant to differ is listed with the reason, and the
 * list is wrong when it does not differ.
 *
 *	tcp_options_peer [-v]      (in a network namespace of its own, lo up; -v: every difference)
 */
#include <netinet/in.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/netns/tcp_options_meant.h"
#include "tests/netns/world.h"

#define PORT_OTHER 7100 /* the listener's */
#define PORT_TESTED 7101
#define BIG 1024

enum state { CLOSED, BOUND, LISTENING, CONNECTED, ACCEPTED, PEER_CLOSED, SHUT, RESET, STATES };

static const char *const state_names[] = { "closed",   "bound",       "listening", "connected",
					   "accepted", "peer-closed", "shut",      "reset" };

static const struct sort {
	const char *name;
	int domain;
	bool mapped;
} sorts[] = {
	{ "IPv4", AF_INET, false },
	{ "IPv6", AF_INET6, false },
	{ "mapped", AF_INET6, true },
};

static const struct range {
	int level, first, last;
} ranges[] = {
	{ SOL_SOCKET, 0, 90 },  { IPPROTO_IP, 0, 60 }, { IPPROTO_IPV6, 0, 82 },
	{ IPPROTO_TCP, 0, 50 }, { IPPROTO_UDP, 1, 3 }, { IPPROTO_ICMP, 1, 1 },
	{ 255, 1, 2 },          { 300, 1, 1 },
};

static const int values[] = {
	0,     1,     2,     3,       4,         5,         7,    8,    31,   32,
	63,    64,    87,    88,      120,       121,       127,  128,  200,  254,
	255,   256,   257,   536,     1279,      1280,      1460, 4096, 9000, 32767,
	32768, 65535, 65536, 1 << 20, INT32_MAX, INT32_MIN, -1,   -2,   -3,   0x01010101,
};
static const socklen_t sizes[] = { 0,  1,  2,  3,  4,  5,  7,  8,   9,  12,
				   15, 16, 17, 20, 24, 32, 40, 128, BIG };

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* One socket in a state, in one world, and what it takes to have it. */
struct stage {
	struct world *w;
	struct wsock listener, tested, other;
};

static bool verbose;
static unsigned long calls, differing;

/* -- the states -- */

static void must(bool so, const char *what)
{
	if (so)
		return;
	printf("%s: did not happen\n", what);
	exit(1);
}

/* Is accepted, sooner or later. */
static void accept_into(struct stage *s, struct wsock *child)
{
	unsigned tries = 0;
	long result;

	do {
		world_settle(s->w, 0);
		result = world_accept(s->w, s->listener, child);
	} while (result && !s->w->ours && world_patient(&tries));
	must(result == 0, "accept");
}

static void wait_for(struct stage *s, uint32_t mask)
{
	unsigned tries = 0;

	world_settle(s->w, 0);
	while (!(world_poll(s->w, s->tested) & mask) && !s->w->ours && world_patient(&tries))
		;
	must(world_poll(s->w, s->tested) & mask, "poll");
}

/* Until all that it sent, a FIN included, is acknowledged. */
static void wait_acked(struct stage *s, struct wsock sender)
{
	unsigned tries = 0;
	int left;

	do {
		world_settle(s->w, 1);
		must(!world_ioctl(s->w, sender, SIOCOUTQ, &left), "SIOCOUTQ");
	} while (left && world_patient(&tries));
	must(!left, "acknowledgment");
}

static void make_connection(struct stage *s, const struct sort *sort, bool tested_accepts)
{
	struct sockaddr_storage any;
	struct wsock *child = tested_accepts ? &s->tested : &s->other;
	struct wsock *opener = tested_accepts ? &s->other : &s->tested;
	socklen_t len;

	*opener = world_socket(s->w, sort->domain);
	len = world_loopback(sort->domain, sort->mapped, PORT_TESTED, &any);
	must(!world_bind(s->w, *opener, &any, len), "bind");
	len = world_loopback(sort->domain, sort->mapped, PORT_OTHER, &any);
	(void)world_connect(s->w, *opener, &any, len);
	accept_into(s, child);
	wait_for(s, SEA_POLLOUT);
}

static void make_state(struct stage *s, const struct sort *sort, enum state state)
{
	struct sockaddr_storage any;
	socklen_t len = world_loopback(sort->domain, sort->mapped, PORT_TESTED, &any);

	s->other = WSOCK_NONE;
	if (state >= CONNECTED)
		make_connection(s, sort, state == ACCEPTED);
	else
		s->tested = world_socket(s->w, sort->domain);
	if (state == BOUND || state == LISTENING)
		must(!world_bind(s->w, s->tested, &any, len), "bind");
	if (state == LISTENING)
		must(!world_listen(s->w, s->tested, 5), "listen");
	if (state == SHUT)
		must(!world_shutdown(s->w, s->tested, SHUT_RDWR), "shutdown");
	if (state == PEER_CLOSED)
		must(!world_shutdown(s->w, s->other, SHUT_WR), "shutdown");
	if (state == RESET)
		world_abort(s->w, &s->other);
	if (state == PEER_CLOSED)
		wait_for(s, SEA_POLLRDHUP);
	if (state == PEER_CLOSED || state == SHUT)
		wait_acked(s, state == SHUT ? s->tested : s->other);
	if (state == RESET)
		wait_for(s, SEA_POLLERR);
}

static void end_state(struct stage *s)
{
	world_abort(s->w, &s->other);
	world_abort(s->w, &s->tested);
}

/* -- one call in both worlds -- */

struct answer {
	long result;
	socklen_t len;
	uint8_t bytes[BIG];
};

static void show(const char *what, const struct answer *k, const struct answer *o)
{
	printf("  %s: kernel %ld", what, k->result);
	for (int which = 0; which < 2; which++) {
		const struct answer *a = which ? o : k;

		if (which)
			printf(" | ours %ld", o->result);
		printf(" len %u", a->len);
		for (unsigned i = 0; i < 24 && i < a->len; i++)
			printf(i % 4 ? "%02x" : " %02x", a->bytes[i]);
	}
	printf("\n");
}

static bool same(const struct answer *k, const struct answer *o)
{
	return k->result == o->result && k->len == o->len &&
	       memcmp(k->bytes, o->bytes, sizeof(k->bytes)) == 0;
}

/* Is the answer another, and does anybody want to see it? */
static bool differs(struct option *opt, const struct answer *k, const struct answer *o,
		    const char *what)
{
	calls++;
	if (same(k, o))
		return false;
	differing++;
	if (verbose || (!opt->meant && opt->shown++ < 3)) {
		printf("%s level %d option %d %s", opt->meant ? "meant" : "DIFFERS", opt->level,
		       opt->name, opt->where);
		show(what, k, o);
	}
	return true;
}

static void get_both(struct stage *both, struct option *opt, socklen_t size, const char *after)
{
	struct answer a[2];
	char what[128];
	bool differ;

	for (int i = 0; i < 2; i++) {
		memset(&a[i], 0, sizeof(a[i]));
		memset(a[i].bytes, 0xaa, size);
		a[i].len = size;
		a[i].result = world_getsockopt(both[i].w, both[i].tested, opt->level, opt->name,
					       a[i].bytes, &a[i].len);
		if (opt->meant && opt->meant->how == BYTES)
			memset(a[i].bytes, 0, sizeof(a[i].bytes));
	}
	snprintf(what, sizeof(what), "get size %u after %s", size, after);
	differ = differs(opt, &a[0], &a[1], what);
	if (opt->meant)
		opt->differed |= differ || opt->meant->how == BYTES;
}

static void set_both(struct stage *both, struct option *opt, const void *val, socklen_t size,
		     const char *what)
{
	struct answer a[2];
	bool differ;

	memset(a, 0, sizeof(a));
	for (int i = 0; i < 2; i++)
		a[i].result = world_setsockopt(both[i].w, both[i].tested, opt->level, opt->name,
					       val, size);
	differ = differs(opt, &a[0], &a[1], what);
	opt->differed |= differ;
	get_both(both, opt, BIG, what);
	if (opt->level == IPPROTO_IP || opt->level == IPPROTO_IPV6)
		get_both(both, opt, 1, what);
}

/* The same int all over, or once and zeros. */
static void set_value(struct stage *both, struct option *opt, int value, socklen_t size, bool once)
{
	static int buffer[BIG / sizeof(int)];
	char what[64];

	for (size_t i = 0; i < N(buffer); i++)
		buffer[i] = i && once ? 0 : value;
	snprintf(what, sizeof(what), "set %d size %u%s", value, size, once ? " once" : "");
	set_both(both, opt, buffer, size, what);
}

static void set_words(struct stage *both, struct option *opt)
{
	static const char *const words[] = { "reno", "cubic", "bbr-", "lo", "eth9", "", "x" };

	for (size_t i = 0; i < N(words); i++) {
		char buffer[32] = "", what[64];

		memcpy(buffer, words[i], strlen(words[i]));
		snprintf(what, sizeof(what), "set \"%s\"", words[i]);
		set_both(both, opt, buffer, (socklen_t)strlen(words[i]), what);
		set_both(both, opt, buffer, (socklen_t)strlen(words[i]) + 1, what);
		set_both(both, opt, buffer, sizeof(buffer), what);
	}
}

static void try_option(struct stage *both, struct option *opt)
{
	static const int few[] = { 0, 1, 2, -1 };

	for (size_t i = 0; i < N(sizes); i++)
		get_both(both, opt, sizes[i], "nothing");
	for (size_t i = 0; i < N(values); i++) {
		set_value(both, opt, values[i], sizeof(int), true);
		set_value(both, opt, values[i], 16, true);
		set_value(both, opt, values[i], 16, false);
	}
	for (size_t i = 0; i < N(sizes); i++)
		for (size_t v = 0; v < N(few); v++)
			set_value(both, opt, few[v], sizes[i], false);
	set_words(both, opt);
	set_both(both, opt, NULL, 0, "set NULL size 0");
}

/* -- all of them -- */

static void try_in(struct stage *both, struct option *opt, const struct sort *sort,
		   enum state state)
{
	char where[64];

	snprintf(where, sizeof(where), "%s %s", sort->name, state_names[state]);
	opt->where = where;
	for (int i = 0; i < 2; i++)
		make_state(&both[i], sort, state);
	try_option(both, opt);
	for (int i = 0; i < 2; i++)
		end_state(&both[i]);
	opt->where = NULL;
}

static bool try_everywhere(struct stage *both, const struct sort *sort, struct option *opt)
{
	unsigned long before = differing;

	for (enum state state = CLOSED; state < STATES; state++)
		if (!sort->mapped || state == CLOSED || state == CONNECTED)
			try_in(both, opt, sort, state);
	return differing == before;
}

static void listen_for(struct stage *s, const struct sort *sort)
{
	struct sockaddr_storage any;
	socklen_t len = world_loopback(sort->domain, sort->mapped, PORT_OTHER, &any);

	s->listener = world_socket(s->w, sort->domain);
	must(!world_bind(s->w, s->listener, &any, len), "bind");
	must(!world_listen(s->w, s->listener, 5), "listen");
}

static bool differed[N(meant)];

/* True: as it is meant. */
static bool try_number(struct stage *both, const struct sort *sort, int level, int name)
{
	struct option opt = { .level = level, .name = name, .meant = meant_of(level, name) };
	bool agreed;

	if (opt.meant && opt.meant->how == UNTRIED) {
		differed[opt.meant - meant] = true;
		return true;
	}
	agreed = try_everywhere(both, sort, &opt);
	if (opt.meant)
		differed[opt.meant - meant] |= opt.differed;
	return agreed || opt.meant;
}

static unsigned try_sort(struct stage *both, const struct sort *sort)
{
	unsigned bad = 0;

	for (int i = 0; i < 2; i++)
		listen_for(&both[i], sort);
	for (size_t r = 0; r < N(ranges); r++)
		for (int name = ranges[r].first; name <= ranges[r].last; name++)
			bad += !try_number(both, sort, ranges[r].level, name);
	for (int i = 0; i < 2; i++)
		world_abort(both[i].w, &both[i].listener);
	return bad;
}

int main(int argc, char **argv)
{
	struct world kernel, ours;
	struct stage both[2] = { { .w = &kernel }, { .w = &ours } };
	unsigned bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	must(world_init(&kernel, false) && world_init(&ours, true), "worlds");
	for (size_t i = 0; i < N(sorts); i++)
		bad += try_sort(both, &sorts[i]);
	for (size_t i = 0; i < N(meant); i++) {
		if (differed[i])
			continue;
		printf("level %d option %d does not differ: %s\n", meant[i].level, meant[i].name,
		       meant[i].reason);
		bad++;
	}
	printf("%lu calls, %lu differ, %u options not as they are meant\n", calls, differing, bad);
	world_fini(&ours);
	return bad ? 1 : 0;
}
