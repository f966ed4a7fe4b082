/* SPDX-License-Identifier: Apache-2.0 */
/* ioctls of links in the kernel's world and in ours (w[0], w[1]): calls, and who makes which. */
#ifndef SEA_TESTS_LINK_IOCTLS_H
#define SEA_TESTS_LINK_IOCTLS_H

#include <stdint.h>

#include "tests/netns/world.h"

/* struct ifreq. */
#define ARG_MAX 40u

enum link_socket { BY_UDP, BY_TCP, BY_UDP6, BY_ECHO, BY_NETLINK, SOCKETS };
extern const char *const socket_names[SOCKETS];
extern struct wsock link_sockets[2][SOCKETS];

struct link_call {
	const char *what;
	enum link_socket socket;
	unsigned long request;
	bool null;  /* there is no argument */
	bool again; /* the kernel may take its time */
	size_t len;
	uint8_t arg[ARG_MAX];
};

void open_link_sockets(struct world w[2]);
/* A call that begins with a link's name, of up to 16 bytes, and goes on with `len` bytes, then others that mean nothing. */
struct link_call call_of(const char *what, unsigned long request, const char *name,
			 const void *value, size_t len);
/* Once in each world; what differs is printed and counted. */
void compare_call(struct world w[2], const struct link_call *c);

/* -- link_ioctls_calls.c -- */

/* All numbers of sockets. */
void compare_numbers(struct world w[2]);
void compare_gets(struct world w[2]);
void compare_sets(struct world w[2]);
void compare_any(struct world w[2], unsigned long n, uint64_t *seed);

/* -- link_ioctls_ethtool.c -- */

/* SIOCETHTOOL. */
void compare_ethtool_ioctls(struct world w[2]);

#endif
