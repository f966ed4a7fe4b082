/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index in front of a large tree of four-byte keys: a lookup reads one cache line, a *slot* of a /16,
 * where the tree takes four, and all that lookups read of a million prefixes are four megabytes.
 *
 *	+-----------------+-----------------+----------------+
 *	| starts: 256 bits| found, len      | ids of the runs|
 *	+-----------------+-----------------+----------------+
 *
 * A run is of neighbouring /24s that find the same; a bit of `starts` begins one. `found` is what the
 * longest prefix of 8 to 16 bits has. Shorter and longer ones are the tree's: an id says so.
 *
 * The tree alone is right. The index is a memory of it that lookups fill, slot by slot, and changes of
 * the tree empty: one slot, or up to 256 for a short prefix. Without memory the tree answers.
 */
#ifndef SEA_IP_LPM_INDEX_H
#define SEA_IP_LPM_INDEX_H

#include "ip/lpm_key.h"

struct sea_lpm;

uint32_t sea_lpm_index_lookup(const struct sea_lpm *lpm, const uint8_t *key);
/* Something else is found below this prefix than before. */
void sea_lpm_index_change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len);
/* NULL: no memory. */
struct sea_lpm_index *sea_lpm_index_new(struct sea_lpm *lpm);
void sea_lpm_index_free(struct sea_lpm *lpm);

#endif
