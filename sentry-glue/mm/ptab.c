/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/mm/ptab.h"

#include <stdlib.h>

#define BITS 9
#define ENTRIES (1u << BITS)
#define LEVELS 4

union node {
	union node *below[ENTRIES];
	uint64_t entry[ENTRIES];
};

static unsigned int index_of(uint64_t page, int level)
{
	return (unsigned int)(page >> (BITS * level)) & (ENTRIES - 1);
}

uint64_t *sea_ptab_slot(struct sea_ptab *table, uint64_t page, bool make)
{
	union node **link = (union node **)&table->root;

	if (page >= SEA_PTAB_PAGES)
		return NULL;
	for (int level = LEVELS - 1;; level--) {
		if (!*link && make)
			*link = calloc(1, sizeof(union node));
		if (!*link)
			return NULL;
		if (!level)
			return &(*link)->entry[index_of(page, 0)];
		link = &(*link)->below[index_of(page, level)];
	}
}

/* The node of level 0 that has the page; else NULL, and *page is moved behind what is missing. */
static union node *leaf_of(struct sea_ptab *table, uint64_t *page)
{
	union node *node = table->root;

	for (int level = LEVELS - 1; level; level--) {
		union node *below = node->below[index_of(*page, level)];

		if (!below) {
			*page = ((*page >> (BITS * level)) + 1) << (BITS * level);
			return NULL;
		}
		node = below;
	}
	return node;
}

uint64_t *sea_ptab_next(struct sea_ptab *table, uint64_t *page, uint64_t end)
{
	if (!table->root)
		return NULL;
	if (end > SEA_PTAB_PAGES)
		end = SEA_PTAB_PAGES;
	while (*page < end) {
		union node *leaf = leaf_of(table, page);

		if (!leaf)
			continue;
		do {
			if (leaf->entry[index_of(*page, 0)])
				return &leaf->entry[index_of(*page, 0)];
			++*page;
		} while (*page < end && index_of(*page, 0));
	}
	return NULL;
}

static void node_free(union node *node, int level)
{
	for (unsigned int i = 0; level && i < ENTRIES; i++) {
		if (node->below[i])
			node_free(node->below[i], level - 1);
	}
	free(node);
}

void sea_ptab_fini(struct sea_ptab *table)
{
	if (table->root)
		node_free(table->root, LEVELS - 1);
	table->root = NULL;
}
