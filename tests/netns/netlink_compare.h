/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to NETLINK_ROUTE in the kernel's world and in ours (world.h: w[0], w[1]): every byte of every datagram
 * that comes back is compared, but for ports and stamps of time. What differs is printed and counted.
 */
#ifndef SEA_TESTS_NETLINK_COMPARE_H
#define SEA_TESTS_NETLINK_COMPARE_H

#include <stdint.h>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "tests/netns/world.h"

#define DATAGRAMS_MAX 16
#define BYTES_MAX 8192
#define REQUEST_MAX 512

struct answers {
	unsigned n;
	long len[DATAGRAMS_MAX]; /* or -errno */
	uint8_t bytes[DATAGRAMS_MAX][BYTES_MAX] __attribute__((aligned(8)));
};

struct request {
	const char *name;
	uint16_t type, flags;
	uint32_t len; /* of the body */
	uint8_t body[REQUEST_MAX];
};

/* What a socket is set to, before the request. */
enum { EXT_ACK = 1, CAP_ACK = 2, STRICT = 4, MODES = 8 };

/* The kernel's time passes: what is left of a lifetime counts as what it was, if that was a multiple of this. */
#define LIFE 100000u

extern unsigned n_compared, n_differ;

/* -- requests -- */

struct request request_of(const char *name, uint16_t type, uint16_t flags, const void *hdr,
			  uint32_t hdr_len);
void put(struct request *r, const void *bytes, uint32_t len);
void put_attr(struct request *r, uint16_t type, const void *value, uint16_t len);

/* -- asking -- */

void set_mode(struct world *w, struct wsock s, unsigned mode);
/* What sendmsg() says. */
long ask(struct world *w, struct wsock s, const struct request *r);
/* All that is there to be read. */
void listen_to(struct world *w, struct wsock s, struct answers *a);

/* Until all addresses of IPv6 that are there are ours for sure: the kernel makes them so from a thread. */
void wait_for_addrs6(struct world *w, struct wsock s);

/* -- compared -- */

/* Takes out what cannot be the same in both worlds. */
void make_neutral_all(struct answers *a);
/* Of both worlds; changes the answers. */
void judge(const struct request *r, unsigned mode, const long sent[2], struct answers a[2]);
/* Takes out of an answer what cannot be the same; how long it is then. */
long neutral_answer(uint8_t *bytes, long len);
/* Each from a socket of its own. */
void compare(struct world w[2], const struct request *r, unsigned mode);
/* Likewise of neighbours, whose order is that of a hash: netlink_sorted.c. */
void compare_sorted(struct world w[2], const struct request *r, unsigned mode);
/* One step of a scenario: what each world says, in `r`. */
void compare_results(const char *what, const long r[2]);

/* -- netlink_links.c -- */

/* Takes out what cannot be the same of RTM_NEWLINK and RTM_DELLINK; how long the message is then. */
uint32_t neutral_link(uint8_t *msg, uint32_t len);
/* RTM_GETLINK. */
void compare_links(struct world w[2]);

/* -- netlink_kinds.c -- */

/* Links of kinds that nobody knows are asked for. */
void compare_kinds(struct world w[2]);

/* -- netlink_veth.c -- */

/* Pairs of links, made and ended. */
void compare_veth(struct world w[2]);

/* The ends that it makes. */
#define VETH_FIRST 10
#define VETH_SECOND 11
/* A pair "va" and "vb", down. */
void make_veth(struct world w[2]);
/* One end goes up or down. */
void set_veth_up(struct world w[2], int32_t index, bool up);
void end_veth(struct world w[2]);

/* -- netlink_vxlan.c -- */

/* VXLANs and where their stations are. */
void compare_vxlan(struct world w[2]);

/* -- netlink_adverts.c -- */

/* Routers' advertisements come in by a pair, while somebody listens. */
void compare_adverts(struct world w[2]);

/* -- netlink_labels.c -- */

/* RTM_GETADDRLABEL; then `n` changes. */
void compare_labels(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_netconf.c -- */

/* Settings are written `n` times, while somebody listens. */
void compare_news_of_settings(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_queues.c -- */

/* Queues of lo, in `n` random ways besides those that are written down. */
void compare_queues(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_defaults.c -- */

/* Settings of IPv4's are written to "default" `n` times. */
void compare_defaults(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_random.c -- */

/* `n` requests for any table. */
void compare_random(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_sets.c -- */

/* lo is set in `n` ways, while somebody listens. */
void compare_sets_of_links(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_groups.c -- */

/* RTM_GETMULTICAST, RTM_GETANYCAST; then `n` times one is joined or left. */
void compare_groups(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_stats.c -- */

/* RTM_GETSTATS. */
void compare_stats(struct world w[2]);

/* -- netlink_addrs.c -- */

/* Addresses of lo come and go `n` times, while somebody listens. */
void compare_changes_of_addrs(struct world w[2], unsigned long n, uint64_t *seed);

/* -- netlink_addrs6.c -- */

/* Likewise of IPv6. */
void compare_changes_of_addrs6(struct world w[2], unsigned long n, uint64_t *seed);

#endif
