/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Islands: where a bridge is out of a jump's reach, as from programs that say where they lie, the jump goes
 * to a few bytes within reach, in pages among the guest's that it has no area in, and these jump on.
 * A thread is there only before that one instruction, with everything as at the site. When the
 * guest comes to have an area there, the islands in it are cleared first.
 */
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/patch_code.h"
#include "sentry-glue/mm/patch_inner.h"

#define ISLAND_LEN 14u
#define NO_INSTRUCTION 0x06
#define CLEARS_MAX 8u
#define STACK_ROOM (1ull << 30)

/* Whether the guest has nothing there, and no stack that may grow to there. */
static bool nobody(const struct sea_mm *mm, uint64_t page)
{
	uint64_t end = (page + 1) * SEA_PAGE;
	const struct sea_vma *next;

	if (page < SEA_PAGE_UP(SEA_MM_BOTTOM) / SEA_PAGE || page >= SEA_GUEST_TOP / SEA_PAGE)
		return false;
	next = sea_vma_find(&mm->vmas, page * SEA_PAGE);
	if (next && (next->start < end || (next->growsdown && next->start - end < STACK_ROOM)))
		return false;
	return !sea_patch_taken(mm->patches, page);
}

/* A page with room for an island, the farther from the program the better: its heap grows. */
static uint64_t find_page(const struct sea_mm *mm, uint64_t site)
{
	static const int8_t far[] = { -126, -102, -50, -44, 0x61, 0x60, 0x3f, 0x37, 0x2f, 0x27 };

	for (size_t i = 0; i < sizeof(far); i++) {
		int64_t distance = far[i] * 0x1000000ll;

		for (uint64_t at = 0; at < 0x1000000; at += SEA_PAGE) {
			const struct sea_patch_block fresh = {
				.page = (site + (uint64_t)distance + at) / SEA_PAGE
			};

			if (sea_patch_reach_page(site, fresh.page * SEA_PAGE) &&
			    nobody(mm, fresh.page) && sea_patch_room(&fresh, site, ISLAND_LEN))
				return fresh.page;
		}
	}
	return 0;
}

bool sea_island_put(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_bridge *bridge)
{
	static const uint8_t jump[] = { 0xff, 0x25, 0, 0, 0, 0 }; /* jmp *0(%rip) */
	struct sea_patches *p = mm->patches;
	struct sea_patch_block *in = NULL;
	uint64_t at = 0, page;
	uint8_t *to;

	for (unsigned int i = 0; i < p->nblocks && !at; i++) {
		in = &p->blocks[i];
		at = in->island ? sea_patch_room(in, bridge->site, ISLAND_LEN) : 0;
	}
	if (!at) {
		/* While some are given up, who is in one of them is known by its address. */
		page = mm->clearing ? 0 : find_page(mm, bridge->site);
		in = page ? sea_patch_block_new(mm, vcpu, page, true) : NULL;
		if (!in)
			return false;
		memset(sea_memfile_at(mm->file, in->frame), NO_INSTRUCTION, SEA_PAGE);
		at = sea_patch_room(in, bridge->site, ISLAND_LEN);
	}
	to = sea_patch_take(mm, in, at, ISLAND_LEN);
	memcpy(to, jump, sizeof(jump));
	memcpy(to + sizeof(jump), &bridge->at, sizeof(bridge->at));
	bridge->from = at;
	return true;
}

bool sea_island_again(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_bridge *bridge)
{
	/* A guest that comes wherever islands are is left alone. */
	if (bridge->from || mm->patches->nclears >= CLEARS_MAX || !sea_island_put(mm, vcpu, bridge))
		return false;
	bridge->gone = false;
	return true;
}

void sea_island_leave(struct sea_mm *mm, struct sea_vcpu *vcpu, struct user_regs_struct *regs,
		      struct sea_event *event)
{
	struct sea_patches *p = mm->patches;

	for (unsigned int i = 0; i < p->nsites; i++) {
		const struct sea_bridge *bridge = &p->sites[i];

		if (!bridge->from || bridge->from != regs->rip || bridge->from == bridge->at)
			continue;
		regs->rip = bridge->site;
		/* It takes single steps, and would see ours; or it has lost the island just now. */
		if (event->why == SEA_STOP_SIGNAL && event->info.si_signo == SIGTRAP)
			sea_patch_give_back(mm, vcpu, bridge->site / SEA_PAGE);
		event->why = SEA_STOP_KICKED;
		return;
	}
}

uint64_t sea_patch_island(const struct sea_mm *mm, uint64_t start, uint64_t end)
{
	const struct sea_patches *p = mm->patches;
	uint64_t lowest = 0;

	if (!p || !p->nislands)
		return 0;
	for (unsigned int i = 0; i < p->nblocks; i++) {
		uint64_t at = p->blocks[i].page * SEA_PAGE;

		if (p->blocks[i].island && at < end && at + SEA_PAGE > start &&
		    (!lowest || at < lowest))
			lowest = at;
	}
	return lowest;
}

int sea_island_restore(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start, uint64_t end)
{
	const struct sea_patches *p = mm->patches;
	int err = 0;

	if (!p || !p->nislands)
		return 0;
	for (unsigned int i = 0; i < p->nblocks && !err; i++) {
		const struct sea_patch_block *block = &p->blocks[i];
		uint64_t at = block->page * SEA_PAGE;

		if (block->island && at < end && at + SEA_PAGE > start)
			err = mm->platform->ops->map(vcpu, at, SEA_PAGE, PROT_READ | PROT_EXEC,
						     block->frame * SEA_PAGE);
	}
	return err;
}

static void forget_heat(struct sea_patches *p, uint64_t site)
{
	for (unsigned int i = 0; i < SEA_PATCH_HEAT; i++) {
		if (p->heat[i].rip == site + 2)
			p->heat[i].n = 0;
	}
}

static int clear(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_patch_block *block)
{
	struct sea_patches *p = mm->patches;
	uint64_t at = block->page * SEA_PAGE;
	int err = 0;

	for (unsigned int i = 0; i < p->nsites && !err; i++) {
		struct sea_bridge *bridge = &p->sites[i];

		if (bridge->from - at >= SEA_PAGE)
			continue;
		bridge->gone = true;
		forget_heat(p, bridge->site);
		err = sea_mm_withdraw(mm, vcpu, SEA_PAGE_DOWN(bridge->site),
				      SEA_PAGE_DOWN(bridge->site) + SEA_PAGE);
	}
	if (!err)
		err = mm->platform->ops->unmap(vcpu, at, SEA_PAGE);
	sea_memfile_put(mm->file, block->frame, 1);
	*block = p->blocks[--p->nblocks];
	p->nislands--;
	p->nclears++;
	return err;
}

int sea_patch_clear(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start, uint64_t end)
{
	struct sea_patches *p = mm->patches;
	int err = 0;

	for (unsigned int i = 0; p && i < p->nblocks && !err;) {
		struct sea_patch_block *block = &p->blocks[i];
		uint64_t at = block->page * SEA_PAGE;

		if (block->island && at < end && at + SEA_PAGE > start)
			err = clear(mm, vcpu, block);
		else
			i++;
	}
	return err;
}

void sea_patch_cleared(struct sea_mm *mm)
{
	struct sea_patches *p = mm->patches;

	for (unsigned int i = 0; p && i < p->nsites; i++) {
		if (p->sites[i].gone)
			p->sites[i].from = 0;
	}
}
