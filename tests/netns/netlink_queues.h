/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about queues of lo, with somebody listening: between the files that compare what is answered and heard. */
#ifndef SEA_TESTS_NETLINK_QUEUES_H
#define SEA_TESTS_NETLINK_QUEUES_H

#include "tests/netns/netlink_compare.h"

/* Those who ask, and those who hear RTNLGRP_TC; before all others. */
void queue_sockets_open(struct world w[2]);
void queue_sockets_close(struct world w[2]);

struct request queue_request(const char *name, uint16_t type, uint16_t flags, uint32_t parent,
			     uint32_t handle);
void put_kind(struct request *r, const char *kind);
/* What is answered, and heard. */
void queue_half_a_step(struct world w[2], const struct request *r);
/* And what there is then. */
void queue_step(struct world w[2], const struct request *r);

/* One datagram of `len` bytes, from a socket to itself. */
void queue_send_one(struct world *w, size_t len, long *result);
/* What the worlds are asked differently, and what they answer is not looked at: the error of the last that each says. */
void queue_ask_each(struct world w[2], const struct request r[2], int err[2]);

/* -- netlink_ingress.c -- */

/* What stands where packets come in, and its filters; in `n` random ways besides. */
void compare_ingress(struct world w[2], unsigned long n, uint64_t *seed);

#endif
