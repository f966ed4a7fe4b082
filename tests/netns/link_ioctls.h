/* SPDX-License-Identifier: Apache-2.0 */
/* ioctls of links in the kernel's world and in ours (w[0], w[1]): calls, and who makes which. */
#ifndef SEA_TESTS_LINK_IOCTLS_H
#define SEA_TESTS_LINK_IOCTLS_H

#include <stdint.h>

#include "tests/netns/world.h"

/* No struct is larger. */
#define ARG_MAX 128u

#define N(array) (sizeof(array) / sizeof((array)[0]))
/* Below `below`. */
uint64_t next_random(uint64_t *seed, uint64_t below);
#define ONE_OF(array) (array)[next_random(seed, N(array))]

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
	const char *device; /* what rt_dev of a struct rtentry means; NULL: no pointer is there */
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

/* -- link_ioctls_addrs.c, link_ioctls_routes.c, link_ioctls_arp.c, link_ioctls_v6.c -- */

/* `n` changes of addresses, routes, neighbours; v0 is up. */
void compare_addrs(struct world w[2], unsigned long n, uint64_t *seed);
void compare_routes(struct world w[2], unsigned long n, uint64_t *seed);
void compare_neighbours(struct world w[2], unsigned long n, uint64_t *seed);
/* Addresses and routes of lo. */
void compare_ipv6(struct world w[2], unsigned long n, uint64_t *seed);

/* A call whose argument is all of this. */
struct link_call call_with(const char *what, unsigned long request, const void *arg, size_t len);
/* A whole table by netlink: RTM_GET*. */
void compare_table(struct world w[2], const char *what, uint16_t type, const void *hdr,
		   uint32_t len);

#endif
