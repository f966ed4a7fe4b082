/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same sockets in the kernel's world and in ours, and requests to NETLINK_SOCK_DIAG about them: all messages that come
 * back are compared, byte by byte, in whatever order (the kernel's is that of a hash). What cannot be the same is made so:
 *
 *	cookies         the number of the socket, if it is what SO_COOKIE says there
 *	inodes          ours have those of their twins
 *	time            of TCP_INFO, and until a timer fires
 *	memory          that is held ahead (fwd_alloc); of TCP what received segments take when they are joined, and drops
 *	TCP that ended  its peer, its path and what its numbers come to
 *	orphans         are not made
 *	control groups  attributes of the kernel's are taken away: nobody is in any here
 */
#ifndef SEA_TESTS_NETLINK_DIAG_H
#define SEA_TESTS_NETLINK_DIAG_H

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "tests/netns/netlink_compare.h"

#define TWINS_MAX 12
#define MESSAGES_MAX 96
#define MESSAGE_MAX 1024

/* A socket in both worlds. */
struct twin {
	struct wsock s[2];
	int domain, type;
	uint64_t cookie[2];
	bool listens, destroyed;
};

struct twins {
	struct world *w; /* two */
	struct twin v[TWINS_MAX];
	unsigned n;
	uint64_t *seed;
	unsigned next_port;
};

struct messages {
	unsigned n;
	uint32_t len[MESSAGES_MAX];
	uint8_t bytes[MESSAGES_MAX][MESSAGE_MAX] __attribute__((aligned(8)));
};

static inline uint64_t twins_random(struct twins *t, uint64_t below)
{
	uint64_t z = *t->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

/* -- netlink_diag_calls.c -- */

/* Some call on some of them, in both worlds; what it says is compared. */
void twins_call(struct twins *t);
/* Calls until there is something of every kind. */
void twins_begin(struct twins *t);
void twins_end(struct twins *t);

/* -- netlink_diag_set.c -- */

/* All messages of one answer, neutral and sorted. */
void messages_of(const struct twins *t, unsigned world, const struct answers *a,
		 struct messages *m);
bool messages_same(const struct messages *a, const struct messages *b);
void messages_print(const char *who, const struct messages *m);

/* -- netlink_diag_ask.c -- */

/* Some request: dumps, with filters, exact ones, ends of sockets, and such as make no sense. */
void twins_ask(struct twins *t);
/* The requests that are written down. */
void twins_ask_all(struct twins *t);
/* Listens to who goes; what was heard since is compared. */
void twins_listen(struct twins *t);
void twins_hear(struct twins *t);

#endif
