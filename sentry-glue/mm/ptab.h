/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sparse table from page numbers to 64-bit entries, four levels of 512: what page tables are to a
 * processor. Entry 0 is none. Used for what is mapped where, and for the pages of a file.
 */
#ifndef SEA_SENTRY_MM_PTAB_H
#define SEA_SENTRY_MM_PTAB_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/compiler.h>

#define SEA_PTAB_PAGES (1ull << 36) /* page numbers are below */

struct sea_ptab {
	void *root;
};

/* NULL: there is none and, with `make`, no memory to make it. */
uint64_t *sea_ptab_slot(struct sea_ptab *table, uint64_t page, bool make);

static inline uint64_t sea_ptab_get(struct sea_ptab *table, uint64_t page)
{
	uint64_t *slot = sea_ptab_slot(table, page, false);

	return slot ? *slot : 0;
}

/* The first page in [*page, end) with an entry, in *page, and the entry; NULL: there is none. */
uint64_t *sea_ptab_next(struct sea_ptab *table, uint64_t *page, uint64_t end);

/* Frees the table; what entries stand for is the owner's. */
void sea_ptab_fini(struct sea_ptab *table);

#endif
