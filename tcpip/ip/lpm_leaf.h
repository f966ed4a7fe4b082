/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A leaf of the index of wide keys: the prefixes below one entry of a table, longest first.
 *
 *	n, wide, id_bytes | n keys of 4 or 8 bytes | n ids of 1, 2 or 4 bytes
 *
 * A key is the prefix's bits behind those that led here, a one, and zeros; so it says its own length.
 * Id 0: the tree knows.
 */
#ifndef SEA_IP_LPM_LEAF_H
#define SEA_IP_LPM_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "ip/lpm_walk.h"

#define LPM_LEAF_LINES 4u
/* More of them never fit. */
#define LPM_LEAF_MAX 50u

/* What a leaf is made from. */
struct lpm_prefixes {
	unsigned n;
	uint32_t id_max;
	unsigned len_max;
	uint64_t key[LPM_LEAF_MAX];
	uint32_t id[LPM_LEAF_MAX];
};

/* The prefixes longer than `len` that begin with so many bits of `k`; false: too many. */
bool sea_lpm_leaf_collect(const struct sea_lpm *lpm, const struct lpm_key *k, unsigned len,
			  struct lpm_prefixes *to);
/* How many lines they take; more than LPM_LEAF_LINES: too many. */
unsigned sea_lpm_leaf_lines(const struct lpm_prefixes *from);
void sea_lpm_leaf_write(const struct lpm_prefixes *from, void *leaf);

/* `bits`: of an address, those that the leaf's keys begin with. False: no prefix covers it. */
bool sea_lpm_leaf_find(const void *leaf, unsigned n_lines, uint64_t bits, uint32_t *id);

#endif
