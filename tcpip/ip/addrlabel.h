/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy table of RFC 6724 §2.1, as far as it is labels: prefixes, the longest first, each with a
 * number; source and destination go well together when their numbers are the same. One table per
 * stack, as `ip addrlabel` shows it.
 */
#ifndef SEA_IP_ADDRLABEL_H
#define SEA_IP_ADDRLABEL_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>

#include "core/list.h"
#include "core/pool.h"

struct sea_saver;
struct sea_loader;

#define SEA_ADDRLABELS_MAX 1024u
#define SEA_ADDRLABEL_NONE UINT32_MAX /* no entry matches */

struct sea_addrlabels {
	struct sea_pool *pool;
	struct sea_list
		list; /* the longest prefix first; of one length those of links, then the latest first */
	unsigned n;
	uint32_t seq; /* how often one was put in, the defaults counted (ifal_seq) */
};

/* Linux's defaults: 0 or -ENOMEM with nothing left behind. */
SEA_MUST_USE int sea_addrlabels_init(struct sea_addrlabels *t, struct sea_pool *pool);
void sea_addrlabels_fini(struct sea_addrlabels *t);

/* The label of an address on this link (0: no link is named). */
uint32_t sea_addrlabel_of(const struct sea_addrlabels *t, const uint8_t addr[16], int ifindex);
/* The entry that it is from; false: none matches. As Linux tells who asks, ::1's own is never it, though it is used. */
bool sea_addrlabels_match(const struct sea_addrlabels *t, const uint8_t addr[16], int ifindex,
			  struct sea_addrlabel *label);

/*
 * As <seastack/config.h>. As on Linux, one that is there is found only where the new one would come to stand behind it:
 * among prefixes of one length that are of no link, only the latest is.
 */
SEA_MUST_USE int sea_addrlabels_add(struct sea_addrlabels *t, const struct sea_addrlabel *label);
/* The same, but what is there gets the new label. */
SEA_MUST_USE int sea_addrlabels_replace(struct sea_addrlabels *t,
					const struct sea_addrlabel *label);
SEA_MUST_USE int sea_addrlabels_del(struct sea_addrlabels *t, const struct sea_addrlabel *label);
bool sea_addrlabels_next(const struct sea_addrlabels *t, uint64_t *cursor,
			 struct sea_addrlabel *label);
/* The link is gone, and what was said of it. */
void sea_addrlabels_forget_link(struct sea_addrlabels *t, int ifindex);

void sea_addrlabels_save(const struct sea_addrlabels *t, struct sea_saver *to);
/* Errors stick to `from`. */
void sea_addrlabels_load(struct sea_addrlabels *t, struct sea_loader *from);

#endif
