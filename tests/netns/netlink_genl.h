/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to NETLINK_GENERIC in the kernel's world and in ours: all messages that come back are compared, byte by byte.
 * What cannot be the same is made so:
 *
 *	numbers          of families but nlctrl, which are given as they register, and of their groups
 *	families         that are only the kernel's are left out of dumps; so is ethtool, of whose commands there are some here
 *	tcp_metrics      in whatever order (the kernel's is that of a hash); ages, and what was measured of peers, of which
 *	                 there must be the same kinds
 */
#ifndef SEA_TESTS_NETLINK_GENL_H
#define SEA_TESTS_NETLINK_GENL_H

#include <linux/genetlink.h>
#include <linux/tcp_metrics.h>

#include "tests/netns/netlink_compare.h"

#define GENL_MESSAGES_MAX 64
#define GENL_MESSAGE_MAX BYTES_MAX

/* A request to a family, by name; nlctrl itself: NULL. */
struct genl_ask {
	struct request r;
	const char *family;
	const char *about; /* whose number answers of nlctrl have; NULL: that of tcp_metrics */
	unsigned mode;
	unsigned id_at; /* where the number of tcp_metrics is in the body; 0: nowhere */
};

struct genl_messages {
	unsigned n;
	uint32_t len[GENL_MESSAGES_MAX];
	uint8_t bytes[GENL_MESSAGES_MAX][GENL_MESSAGE_MAX] __attribute__((aligned(8)));
};

struct genl_ask genl_ask_of(const char *name, const char *family, uint8_t cmd, uint16_t flags);
void genl_put_id(struct genl_ask *a, uint16_t id);
/* That of tcp_metrics, as the world has it. */
void genl_put_metrics_id(struct genl_ask *a);

/* Each in every mode that a socket can be in; `again`: until the kernel says the same, or had long enough. */
void genl_compare(struct world w[2], struct genl_ask *a);
void genl_compare_once(struct world w[2], const struct genl_ask *a, bool again);

/* -- netlink_genl_ethtool.c -- */

/* What is asked of lo. */
void compare_ethtool(struct world w[2]);

/* What a header has; -1: no such attribute. */
struct ethtool_header {
	long index, flags;
	const char *name;
};

/* Its type in messages of the command. */
uint16_t ethtool_header_type(uint8_t cmd);
void ethtool_put_header(struct genl_ask *a, const struct ethtool_header *h);
/* An attribute with others in it. */
unsigned genl_begin_nest(struct genl_ask *a, uint16_t type);
void genl_end_nest(struct genl_ask *a, unsigned at);

/* -- netlink_genl_device.c -- */

/* Its counters, stamps and modules. */
void compare_ethtool_device(struct world w[2]);

/* -- netlink_genl_set.c -- */

/* The number that a family has in each world; 0: none. */
uint16_t genl_id_of(struct world *w, const char *family);
/* All messages of an answer, neutral: of tcp_metrics they are sorted. */
void genl_messages_of(const struct answers *a, const struct genl_ask *ask, uint16_t id,
		      struct genl_messages *m);
bool genl_messages_same(const struct genl_messages *a, const struct genl_messages *b);
void genl_messages_print(const char *who, const struct genl_messages *m);

#endif
