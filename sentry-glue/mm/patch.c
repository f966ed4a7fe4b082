/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/mm/patch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/patch_code.h"
#include "sentry-glue/platform/platform.h"

#define OFTEN 32u /* a patch costs about as much as ten calls by signal */
#define HEAT 64u
#define SITES_MAX 192u
#define PAGES_MAX 64u
#define BLOCKS_MAX 64u
#define REFUSED_MAX 8u
#define JUMP_LEN 5u

struct sea_patches {
	struct heat {
		uint64_t rip;
		unsigned int n;
	} heat[HEAT];
	/* Sites stay as long as the space: threads may be in their bridges. */
	struct sea_bridge sites[SITES_MAX];
	unsigned int nsites;
	struct patched {
		uint64_t page;
		uint32_t frame;
	} pages[PAGES_MAX];
	unsigned int npages;
	/* Pages of bridges, by number. */
	struct block {
		uint64_t page;
		uint32_t frame;
		uint8_t used[SEA_PAGE / 16]; /* of each 16 bytes, whether they are taken */
	} * blocks;
	unsigned int nblocks;
	uint64_t refused[REFUSED_MAX]; /* pages that guests jump about in */
	unsigned int nrefused;
};

static struct patched *page_find(const struct sea_mm *mm, uint64_t page)
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
	const struct patched *patched = page_find(mm, page);

	return patched ? patched->frame : 0;
}

static void page_drop(struct sea_mm *mm, struct patched *patched)
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
	return p->nrefused == REFUSED_MAX;
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

/* Room for a bridge in a page of them, from where the jump's bytes are as they have to be; 0: none. */
static uint64_t room_in(const struct block *block, uint64_t site)
{
	for (unsigned int at = 0; at + SEA_BRIDGE_SIZE <= SEA_PAGE; at++) {
		uint64_t address = block->page * SEA_PAGE + at;
		unsigned int last = (at + SEA_BRIDGE_SIZE - 1) / 16, i = at / 16;

		if (!sea_patch_reach(site, address))
			continue;
		while (i <= last && !block->used[i])
			i++;
		if (i > last)
			return address;
	}
	return 0;
}

static struct block *block_new(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t page)
{
	struct sea_patches *p = mm->patches;
	struct block *more = realloc(p->blocks, (p->nblocks + 1) * sizeof(*more));
	uint32_t frame, got;

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
	more[p->nblocks] = (struct block){ .page = page, .frame = frame };
	return &more[p->nblocks++];
}

static bool block_taken(const struct sea_patches *p, uint64_t page)
{
	for (unsigned int i = 0; i < p->nblocks; i++) {
		if (p->blocks[i].page == page)
			return true;
	}
	return false;
}

/* Where the bridge goes, and the block that is in; 0: there is no place. */
static uint64_t place(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t site, struct block **in)
{
	struct sea_patches *p = mm->patches;
	uint64_t at = 0, page = SEA_BRIDGES / SEA_PAGE;

	for (unsigned int i = 0; i < p->nblocks; i++) {
		*in = &p->blocks[i];
		at = room_in(*in, site);
		if (at)
			return at;
	}
	if (p->nblocks == BLOCKS_MAX)
		return 0;
	for (; page < SEA_BRIDGES_END / SEA_PAGE; page++) {
		const struct block fresh = { .page = page };

		if (!sea_patch_reach_page(site, page * SEA_PAGE) || block_taken(p, page))
			continue;
		at = room_in(&fresh, site);
		if (at)
			break;
	}
	*in = at ? block_new(mm, vcpu, page) : NULL;
	return *in ? at : 0;
}

static void bridge_put(struct sea_mm *mm, struct block *block, const struct sea_bridge *bridge)
{
	uint64_t at = bridge->at - block->page * SEA_PAGE;

	mm->platform->ops->bridge_put(bridge, sea_memfile_at(mm->file, block->frame) + at);
	memset(&block->used[at / 16], 1, (at + SEA_BRIDGE_SIZE - 1) / 16 - at / 16 + 1);
}

/* A copy of the page, with the jump and those that it has already, takes its place. */
static bool jump_put(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_bridge *bridge,
		     uint32_t from, int prot)
{
	uint64_t page = bridge->site / SEA_PAGE;
	struct patched *patched = page_find(mm, page);
	uint32_t copy, got;
	uint8_t *to;

	if (!patched && mm->patches->npages == PAGES_MAX)
		return false;
	copy = sea_memfile_alloc(mm->file, 1, &got);
	if (!copy)
		return false;
	to = sea_memfile_at(mm->file, copy);
	memcpy(to, sea_memfile_at(mm->file, patched ? patched->frame : from), SEA_PAGE);
	sea_patch_jump(to + (bridge->site & SEA_PAGE_MASK), bridge->site, bridge->at);
	if (mm->platform->ops->map(vcpu, page * SEA_PAGE, SEA_PAGE, prot, copy * SEA_PAGE)) {
		sea_memfile_put(mm->file, copy, 1);
		return false;
	}
	if (patched)
		sea_memfile_put(mm->file, patched->frame, 1);
	else
		patched = &mm->patches->pages[mm->patches->npages++];
	*patched = (struct patched){ page, copy };
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
	struct block *block;

	if (!len || p->nsites == SITES_MAX)
		return NULL;
	*bridge = (struct sea_bridge){ .site = site, .len = (uint8_t)len };
	memcpy(bridge->after, code + 2, len);
	bridge->at = place(mm, vcpu, site, &block);
	if (!bridge->at)
		return NULL;
	bridge_put(mm, block, bridge);
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
	struct heat *heat;

	if (!sea_patch_able(mm))
		return;
	if (!mm->patches)
		mm->patches = calloc(1, sizeof(*mm->patches));
	if (!mm->patches)
		return;
	heat = &mm->patches->heat[(rip * 0x9e3779b97f4a7c15ull) >> 58];
	if (heat->rip != rip)
		*heat = (struct heat){ .rip = rip };
	if (++heat->n == OFTEN)
		patch(mm, vcpu, rip - 2);
}

static void give_back(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t page)
{
	struct sea_patches *p = mm->patches;

	if (p->nrefused < REFUSED_MAX)
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
			give_back(mm, vcpu, bridge->site / SEA_PAGE);
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
			give_back(mm, vcpu, rip / SEA_PAGE);
		return true;
	}
	return false;
}
