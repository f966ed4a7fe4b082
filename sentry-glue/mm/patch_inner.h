/* SPDX-License-Identifier: Apache-2.0 */
/* What the patches (patch.c) and their islands (island.c) share. */
#ifndef SEA_SENTRY_MM_PATCH_INNER_H
#define SEA_SENTRY_MM_PATCH_INNER_H

#include "sentry-glue/mm/mm.h"
#include "sentry-glue/mm/patch.h"
#include "sentry-glue/platform/platform.h"

#define SEA_PATCH_HEAT 64u
#define SEA_PATCH_SITES 192u
#define SEA_PATCH_PAGES 64u
#define SEA_PATCH_BLOCKS 64u
#define SEA_PATCH_REFUSED 8u

/* A page of bridges or of islands. */
struct sea_patch_block {
	uint64_t page; /* its number */
	uint32_t frame;
	bool island;
	uint8_t used[SEA_PAGE / 16]; /* of each 16 bytes, whether they are taken */
};

struct sea_patches {
	struct sea_patch_heat {
		uint64_t rip;
		unsigned int n;
	} heat[SEA_PATCH_HEAT];
	/* Sites stay as long as the space: threads may be in their bridges. */
	struct sea_bridge sites[SEA_PATCH_SITES];
	unsigned int nsites;
	struct sea_patched {
		uint64_t page;
		uint32_t frame;
	} pages[SEA_PATCH_PAGES];
	unsigned int npages;
	struct sea_patch_block *blocks;
	unsigned int nblocks, nislands, nclears;
	uint64_t refused[SEA_PATCH_REFUSED]; /* pages that guests jump about in */
	unsigned int nrefused;
};

/* Room for `size` bytes in the block, from where a jump from the site has no instruction in its
 * distance (site 0: anywhere); 0: none. */
uint64_t sea_patch_room(const struct sea_patch_block *block, uint64_t site, unsigned int size);
bool sea_patch_taken(const struct sea_patches *patches, uint64_t page);
/* A page more, which guests may read and run. NULL: it cannot be had. */
struct sea_patch_block *sea_patch_block_new(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t page,
					    bool island);
/* Where `len` bytes at an address of the block are in the sentry; they are taken from now on. */
uint8_t *sea_patch_take(struct sea_mm *mm, struct sea_patch_block *block, uint64_t at,
			unsigned int len);
/* The page becomes again what it was, for good. */
void sea_patch_give_back(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t page);

/* --- islands --- */

/* Puts one between site and bridge: bridge->from. False: there is no place. */
bool sea_island_put(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_bridge *bridge);
/* One more, for a bridge whose island is gone. */
bool sea_island_again(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_bridge *bridge);
/* If the guest has stopped in one, it is still at the site. */
void sea_island_leave(struct sea_mm *mm, struct sea_vcpu *vcpu, struct user_regs_struct *regs,
		      struct sea_event *event);

#endif
