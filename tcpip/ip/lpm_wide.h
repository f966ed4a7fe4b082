/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index in front of a large tree of 16-byte keys: a lookup goes by tables of up to 256 entries to a
 * *leaf* of one to four cache lines, read together, where it would read three of the tree one after the
 * other, and of ten times as much memory.
 *
 *	table             table (the next bits)    leaf
 *	+-----------+     +-----------+           +---+----------------+------------+
 *	| refs      | --> | refs      | --------> | n | keys, longest  | what each  |
 *	| founds    |     | founds    |           |   | prefixes first | of them has|
 *	+-----------+     +-----------+           +---+----------------+------------+
 *
 * What is found is what the longest prefix has that ends among the table's own bits and covers the entry;
 * longer ones are in the leaf, or below the next table. Tables begin with eight entries, the first of many
 * prefixes with 2,048. A leaf that would be too large doubles its table, if that parts its prefixes, the
 * table has less than 256 and no other below; else it becomes a table itself. So memory follows the
 * prefixes wherever they lie, and a table costs a lookup little: no more are on a way than it takes to tell
 * fifty prefixes apart.
 *
 * The tree alone is right. The index is a memory of it that lookups fill, leaf by leaf, and changes of
 * the tree empty: one leaf, or up to 256 entries for a prefix that ends in a table (2,048, of the first). It
 * has at most a line for each prefix, and begins anew when that much is in tables of prefixes that went;
 * without memory the tree answers.
 */
#ifndef SEA_IP_LPM_WIDE_H
#define SEA_IP_LPM_WIDE_H

#include "ip/lpm_key.h"

struct sea_lpm;

uint32_t sea_lpm_wide_lookup(const struct sea_lpm *lpm, const uint8_t *key);
/* Something else is found below this prefix than before. */
void sea_lpm_wide_change(struct sea_lpm *lpm, const struct lpm_key *k, unsigned prefix_len);
/* NULL: no memory. */
struct sea_lpm_wide *sea_lpm_wide_new(struct sea_lpm *lpm);
void sea_lpm_wide_free(struct sea_lpm *lpm);

#endif
