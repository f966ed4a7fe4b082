/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the prefixes of the tree that lie below one prefix: what an index is made from. Lengths
 * are those of keys, without LPM_PAD.
 */
#ifndef SEA_IP_LPM_WALK_H
#define SEA_IP_LPM_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "ip/lpm_node.h"

/* No bits of a prefix behind the base count from here on: it was too long to be told whole. */
#define LPM_WALK_BITS 62u

struct lpm_walk {
	struct lpm_key below; /* prefixes that begin with so many bits of this key, */
	unsigned below_len;   /* are longer than that, */
	unsigned len_max;     /* and not longer than this */
	unsigned base;        /* bits of `rel` begin here; not behind below_len */
	/*
	 * A prefix: its bits from `base` on, from the left, how many these are, what it finds. A longer
	 * one comes after those that cover it. One of more than LPM_WALK_BITS comes as if it had one more
	 * than that, with `found` 0. False: enough.
	 */
	bool (*each)(struct lpm_walk *walk, uint64_t rel, unsigned len, uint32_t found);
};

/* False: `each` had enough. */
bool sea_lpm_walk(const struct sea_lpm *lpm, struct lpm_walk *walk);

#endif
