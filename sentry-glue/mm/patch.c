/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/mm/patch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/patch_code.h"
#include "sentry-glue/mm/patch_inner.h"

#define OFTEN 32u /* a patch costs about as much as ten calls by signal */
#define JUMP_LEN 5u

static struct sea_patched *page_find(const struct sea_mm *mm, uint64_t page)
{
	struct sea_patches *p = mm->patches;

	for (unsigned int i = 0; p && i < p->npages; i++) {
		if (p->pages[i].page == page)
			return &p->pages[i];
	}
	return NULL;
}

uint32_t sea_patch_frame(const struct sea_mm *mm, uint64_t page)
{
	const struct sea_patched *patched = page_find(mm, page);

	return patched ? patched->frame : 0;
}

static void page_drop(struct sea_mm *mm, struct sea_patched *patched)
{
	struct sea_patches *p = mm->patches;
	uint64_t *slot = sea_ptab_slot(&mm->pages, patched->page, false);

	for (unsigned int i = 0; i < p->nsites; i++) {
		if (p->sites[i].site / SEA_PAGE == patched->page)
			p->sites[i].live = false;
	}
	if (slot)
		*slot &= ~SEA_PTE_PATCHED;
	sea_memfile_put(mm->file, patched->frame, 1);
	*patched = p->pages[--p->npages];
}

void sea_patch_forget(struct sea_mm *mm, uint64_t start, uint64_t end)
{
	struct sea_patches *p = mm->patches;

	for (unsigned int i = 0; p && i < p->npages;) {
		if (p->pages[i].page >= start / SEA_PAGE && p->pages[i].page < end / SEA_PAGE)
			page_drop(mm, &p->pages[i]);
		else
			i++;
	}
}

void sea_patch_fini(struct sea_mm *mm)
{
	struct sea_patches *p = mm->patches;

	if (!p)
		return;
	sea_patch_forget(mm, 0, SEA_PTAB_PAGES * SEA_PAGE);
	for (unsigned int i = 0; i < p->nblocks; i++)
		sea_memfile_put(mm->file, p->blocks[i].frame, 1);
	free(p->blocks);
	free(p);
	mm->patches = NULL;
}

static bool refused(const struct sea_patches *p, uint64_t page)
{
	for (unsigned int i = 0; i < p->nrefused; i++) {
		if (p->refused[i] == page)
			return true;
	}
	return p->nrefused == SEA_PATCH_REFUSED;
}

/* Whether a page of the area is as good as its own: nobody else writes to it. */
static bool unshared(const struct sea_vma *vma, uint64_t pte)
{
	struct sea_mappable *object = vma->object;

	/* Of what was copied, or never was a file's, forks have a copy as soon as they write. */
	if (!object || !(pte & SEA_PTE_COW))
		return true;
	return object->ops->steady && object->ops->steady(object);
}

/* The page's frame, if the guest cannot write to it; 0: it can. */
static uint32_t text_frame(struct sea_mm *mm, uint64_t addr, int *prot)
{
	const struct sea_vma *vma = sea_vma_find(&mm->vmas, addr);
	uint64_t pte = sea_ptab_get(&mm->pages, addr / SEA_PAGE);

	if (!vma || vma->start > addr || vma->shared || !(vma->prot & PROT_EXEC) ||
	    vma->prot & PROT_WRITE)
		return 0;
	if (!(pte & SEA_PTE_MAPPED) || !unshared(vma, pte))
		return 0;
	*prot = vma->prot & (PROT_READ | PROT_EXEC);
	return (uint32_t)(pte & SEA_PTE_FRAME);
}

uint64_t sea_patch_room(const struct sea_patch_block *block, uint64_t site, unsigned int size)
{
	for (unsigned int at = 0; at + size <= SEA_PAGE; at++) {
		uint64_t address = block->page * SEA_PAGE + at;
		unsigned int last = (at + size - 1) / 16, i = at / 16;

		if (site && !sea_patch_reach(site, address))
			continue;
		while (i <= last && !block->used[i])
			i++;
		if (i > last)
			return address;
	}
	return 0;
}

struct sea_patch_block *sea_patch_block_new(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t page,
					    bool island)
{
	struct sea_patches *p = mm->patches;
	struct sea_patch_block *more;
	uint32_t frame, got;

	if (p->nblocks == SEA_PATCH_BLOCKS)
		return NULL;
	more = realloc(p->blocks, (p->nblocks + 1) * sizeof(*more));
	if (!more)
		return NULL;
	p->blocks = more;
	frame = sea_memfile_alloc(mm->file, 1, &got);
	if (!frame)
		return NULL;
	if (mm->platform->ops->map(vcpu, page * SEA_PAGE, SEA_PAGE, PROT_READ | PROT_EXEC,
				   frame * SEA_PAGE)) {
		sea_memfile_put(mm->file, frame, 1);
		return NULL;
	}
	more[p->nblocks] =
		(struct sea_patch_block){ .page = page, .frame = frame, .island = island };
	p->nislands += island;
	return &more[p->nblocks++];
}

uint8_t *sea_patch_take(struct sea_mm *mm, struct sea_patch_block *block, uint64_t at,
			unsigned int len)
{
	uint64_t in = at - block->page * SEA_PAGE;

	memset(&block->used[in / 16], 1, (in + len - 1) / 16 - in / 16 + 1);
	return sea_memfile_at(mm->file, block->frame) + in;
}

bool sea_patch_taken(const struct sea_patches *p, uint64_t page)
{
	for (unsigned int i = 0; i < p->nblocks; i++) {
		if (p->blocks[i].page == page)
			return true;
	}
	return false;
}

/* A page for bridges that jumps from the site reach (0: that are jumped to from islands); 0: none. */
static uint64_t find_page(const struct sea_patches *p, uint64_t site)
{
	uint64_t page = SEA_BRIDGES / SEA_PAGE;

	for (; page < SEA_BRIDGES_END / SEA_PAGE; page++) {
		const struct sea_patch_block fresh = { .page = page };

		if (sea_patch_taken(p, page) ||
		    (site && !sea_patch_reach_page(site, page * SEA_PAGE)))
			continue;
		if (sea_patch_room(&fresh, site, SEA_BRIDGE_SIZE))
			return page;
	}
	return 0;
}

/* Puts the bridge where jumps from `reach` get to. False: there is no place. */
static bool bridge_put(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_bridge *bridge,
		       uint64_t reach)
{
	struct sea_patches *p = mm->patches;
	struct sea_patch_block *in = NULL;
	uint64_t at = 0, page;

	for (unsigned int i = 0; i < p->nblocks && !at; i++) {
		in = &p->blocks[i];
		at = in->island ? 0 : sea_patch_room(in, reach, SEA_BRIDGE_SIZE);
	}
	if (!at) {
		page = find_page(p, reach);
		in = page ? sea_patch_block_new(mm, vcpu, page, false) : NULL;
		if (!in)
			return false;
		at = sea_patch_room(in, reach, SEA_BRIDGE_SIZE);
	}
	bridge->at = bridge->from = at;
	mm->platform->ops->bridge_put(bridge, sea_patch_take(mm, in, at, SEA_BRIDGE_SIZE));
	return true;
}

/* A copy of the page, with the jump and those that it has already, takes its place. */
static bool jump_put(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_bridge *bridge,
		     uint32_t from, int prot)
{
	uint64_t page = bridge->site / SEA_PAGE;
	struct sea_patched *patched = page_find(mm, page);
	uint32_t copy, got;
	uint8_t *to;

	if (!patched && mm->patches->npages == SEA_PATCH_PAGES)
		return false;
	copy = sea_memfile_alloc(mm->file, 1, &got);
	if (!copy)
		return false;
	to = sea_memfile_at(mm->file, copy);
	memcpy(to, sea_memfile_at(mm->file, patched ? patched->frame : from), SEA_PAGE);
	sea_patch_jump(to + (bridge->site & SEA_PAGE_MASK), bridge->site, bridge->from);
	if (mm->platform->ops->map(vcpu, page * SEA_PAGE, SEA_PAGE, prot, copy * SEA_PAGE)) {
		sea_memfile_put(mm->file, copy, 1);
		return false;
	}
	if (patched)
		sea_memfile_put(mm->file, patched->frame, 1);
	else
		patched = &mm->patches->pages[mm->patches->npages++];
	*patched = (struct sea_patched){ page, copy };
	*sea_ptab_slot(&mm->pages, page, false) |= SEA_PTE_PATCHED;
	return true;
}

static struct sea_bridge *site_find(struct sea_mm *mm, uint64_t site)
{
	for (unsigned int i = 0; i < mm->patches->nsites; i++) {
		if (mm->patches->sites[i].site == site)
			return &mm->patches->sites[i];
	}
	return NULL;
}

/* A bridge for the site: the one that it had, if it was given back, or a new one. */
static struct sea_bridge *bridge_for(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t site,
				     const uint8_t *code)
{
	struct sea_patches *p = mm->patches;
	struct sea_bridge *bridge = &p->sites[p->nsites];
	unsigned int len = sea_patch_after(code + 2);

	if (!len || p->nsites == SEA_PATCH_SITES)
		return NULL;
	*bridge = (struct sea_bridge){ .site = site, .len = (uint8_t)len };
	memcpy(bridge->after, code + 2, len);
	if (!bridge_put(mm, vcpu, bridge, site) &&
	    (!bridge_put(mm, vcpu, bridge, 0) || !sea_island_put(mm, vcpu, bridge)))
		return NULL;
	p->nsites++;
	return bridge;
}

static void patch(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t site)
{
	struct sea_bridge *bridge = site_find(mm, site);
	const uint8_t *code;
	uint32_t frame;
	int prot;

	if ((site & SEA_PAGE_MASK) + SEA_PATCH_BYTES > SEA_PAGE ||
	    refused(mm->patches, site / SEA_PAGE))
		return;
	frame = text_frame(mm, site, &prot);
	if (!frame || (bridge && bridge->live))
		return;
	code = sea_memfile_at(mm->file, frame) + (site & SEA_PAGE_MASK);
	if (code[0] != 0x0f || code[1] != 0x05)
		return;
	/* One that lies where other code was is of no use: its page was another then. */
	if (bridge && memcmp(bridge->after, code + 2, bridge->len))
		return;
	if (bridge && bridge->gone && !sea_island_again(mm, vcpu, bridge))
		return;
	if (!bridge)
		bridge = bridge_for(mm, vcpu, site, code);
	if (bridge)
		bridge->live = jump_put(mm, vcpu, bridge, frame, prot);
}

bool sea_patch_able(const struct sea_mm *mm)
{
	return mm->patching && mm->platform->bridges;
}

void sea_patch_count(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t rip)
{
	struct sea_patch_heat *heat;

	if (!sea_patch_able(mm))
		return;
	if (!mm->patches)
		mm->patches = calloc(1, sizeof(*mm->patches));
	if (!mm->patches)
		return;
	heat = &mm->patches->heat[(rip * 0x9e3779b97f4a7c15ull) >> 58];
	if (heat->rip != rip)
		*heat = (struct sea_patch_heat){ .rip = rip };
	if (++heat->n == OFTEN)
		patch(mm, vcpu, rip - 2);
}

void sea_patch_give_back(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t page)
{
	struct sea_patches *p = mm->patches;

	if (p->nrefused < SEA_PATCH_REFUSED)
		p->refused[p->nrefused++] = page;
	/* Where that fails the stub is gone, which the next call of the platform says. */
	if (sea_mm_withdraw(mm, vcpu, page * SEA_PAGE, (page + 1) * SEA_PAGE))
		return;
}

void sea_patch_leave(struct sea_mm *mm, struct sea_vcpu *vcpu, struct user_regs_struct *regs,
		     struct sea_event *event, uint64_t rsp)
{
	struct sea_patches *p = mm->patches;
	bool raised;

	if (p && p->nsites && regs->rip < SEA_GUEST_TOP) {
		sea_island_leave(mm, vcpu, regs, event);
		return;
	}
	for (unsigned int i = 0; p && i < p->nsites; i++) {
		const struct sea_bridge *bridge = &p->sites[i];

		if (regs->rip - bridge->at >= SEA_BRIDGE_SIZE)
			continue;
		raised = (uint64_t)(uintptr_t)event->info.si_addr == regs->rip;
		mm->platform->ops->bridge_leave(bridge, regs, event, rsp);
		if (raised)
			event->info.si_addr = (void *)(uintptr_t)regs->rip;
		/* It takes single steps, and would see ours. */
		if (event->why == SEA_STOP_SIGNAL && regs->rip == bridge->site) {
			sea_patch_give_back(mm, vcpu, bridge->site / SEA_PAGE);
			event->why = SEA_STOP_KICKED;
		}
		return;
	}
}

bool sea_patch_illegal(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t rip, uint64_t *detour)
{
	struct sea_patches *p = mm->patches;

	for (unsigned int i = 0; p && i < p->nsites; i++) {
		const struct sea_bridge *bridge = &p->sites[i];

		if (!bridge->live || rip - bridge->site - 1 >= JUMP_LEN - 1)
			continue;
		*detour = 0;
		if (rip == bridge->site + 2)
			*detour = mm->platform->ops->bridge_behind(bridge);
		else
			sea_patch_give_back(mm, vcpu, rip / SEA_PAGE);
		return true;
	}
	return false;
}
