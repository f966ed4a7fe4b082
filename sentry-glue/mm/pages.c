/* SPDX-License-Identifier: Apache-2.0 */
/* Which frame a page is, and what of it the stub has. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/patch.h"
#include "sentry-glue/platform/platform.h"

/* A fault brings what lies in the same 64 KiB. */
#define AROUND_PAGES 16u

int sea_mm_withdraw(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start, uint64_t end)
{
	uint64_t page = start / SEA_PAGE, first = 0, last = 0, *slot;
	int err = 0;

	mm->withdrawn++;
	for (; (slot = sea_ptab_next(&mm->pages, &page, end / SEA_PAGE)); page++) {
		if (!(*slot & SEA_PTE_MAPPED))
			continue;
		*slot &= ~(SEA_PTE_MAPPED | SEA_PTE_WRITABLE);
		first = last ? first : page;
		last = page + 1;
	}
	if (last && vcpu)
		err = mm->platform->ops->unmap(vcpu, first * SEA_PAGE, (last - first) * SEA_PAGE);
	if (last && vcpu && !err)
		err = sea_island_restore(mm, vcpu, first * SEA_PAGE, last * SEA_PAGE);
	sea_patch_forget(mm, start, end);
	return err;
}

int sea_mm_zap(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start, uint64_t end)
{
	uint64_t page = start / SEA_PAGE, *slot;
	uint32_t first = 0, n = 0;
	int err = sea_mm_withdraw(mm, vcpu, start, end);

	/* Frames go back in runs: that is one call to the host for many. */
	for (; (slot = sea_ptab_next(&mm->pages, &page, end / SEA_PAGE)); page++) {
		uint32_t frame = (uint32_t)(*slot & SEA_PTE_FRAME);

		if (n && frame != first + n) {
			sea_memfile_put(mm->file, first, n);
			n = 0;
		}
		first = n ? first : frame;
		n++;
		*slot = 0;
		mm->resident--;
	}
	if (n)
		sea_memfile_put(mm->file, first, n);
	return err;
}

/* Pages of the window around addr, as far as the area goes. */
static void window(const struct sea_vma *vma, uint64_t addr, uint64_t *start, uint64_t *end)
{
	const uint64_t size = AROUND_PAGES * SEA_PAGE;

	*start = addr & ~(size - 1);
	*end = *start + size;
	if (*start < vma->start)
		*start = vma->start;
	if (*end > vma->end)
		*end = vma->end;
}

/* Gives zero frames to addr and to the pages above it that have none. */
static int anonymous_new(struct sea_mm *mm, const struct sea_vma *vma, uint64_t addr)
{
	uint64_t start, end, page = addr / SEA_PAGE, *slot;
	uint32_t want = 0, got, frame;

	window(vma, addr, &start, &end);
	while (page + want < end / SEA_PAGE && !sea_ptab_get(&mm->pages, page + want))
		want++;
	frame = sea_memfile_alloc(mm->file, want, &got);
	if (!frame)
		return -ENOMEM;
	for (uint32_t i = 0; i < got; i++) {
		slot = sea_ptab_slot(&mm->pages, page + i, true);
		if (!slot) {
			sea_memfile_put(mm->file, frame + i, got - i);
			return i ? 0 : -ENOMEM;
		}
		*slot = SEA_PTE_PRESENT | (frame + i);
		mm->resident++;
	}
	return 0;
}

/* Behind the end of a file that was longer, whose pages are about to be taken away. */
static bool behind(const struct sea_vma *vma, uint64_t addr)
{
	return vma->object && vma->object->ops->pages &&
	       (vma->offset + (addr - vma->start)) / SEA_PAGE >=
		       vma->object->ops->pages(vma->object);
}

static int page_in(struct sea_mm *mm, const struct sea_vma *vma, uint64_t addr, uint64_t *slot)
{
	uint32_t frame = SEA_FRAME_ZERO;

	if (vma->object) {
		uint64_t index = (vma->offset + (addr - vma->start)) / SEA_PAGE;
		int err = vma->object->ops->page(vma->object, index, &frame);

		if (err)
			return err;
		sea_memfile_get(mm->file, frame);
	}
	*slot = SEA_PTE_PRESENT | frame | (vma->shared ? 0 : SEA_PTE_COW);
	mm->resident++;
	return 0;
}

static int page_break(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t *slot)
{
	uint32_t frame = (uint32_t)(*slot & SEA_PTE_FRAME), copy, got;
	int err = 0;

	if (frame != SEA_FRAME_ZERO && sea_memfile_sole(mm->file, frame)) {
		*slot &= ~SEA_PTE_COW;
		return 0;
	}
	copy = sea_memfile_alloc(mm->file, 1, &got);
	if (!copy)
		return -ENOMEM;
	if (frame != SEA_FRAME_ZERO)
		memcpy(sea_memfile_at(mm->file, copy), sea_memfile_at(mm->file, frame), SEA_PAGE);
	mm->withdrawn++;
	if (*slot & SEA_PTE_MAPPED && vcpu)
		err = mm->platform->ops->unmap(vcpu, addr, SEA_PAGE);
	*slot = SEA_PTE_PRESENT | copy;
	sea_memfile_put(mm->file, frame, 1);
	return err;
}

/* The guest may write to pages from `low` to `high`, which the stub or a call of the guest's gets at. */
static void say_dirty(const struct sea_vma *vma, uint64_t low, uint64_t high)
{
	if (!vma->shared || !vma->object || !vma->object->ops->dirty)
		return;
	for (; low <= high; low++)
		vma->object->ops->dirty(vma->object,
					vma->offset / SEA_PAGE + low - vma->start / SEA_PAGE);
}

int sea_mm_page(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_vma *vma, uint64_t addr,
		bool write, uint64_t **found)
{
	uint64_t *slot = sea_ptab_slot(&mm->pages, addr / SEA_PAGE, true);
	int err = 0;

	if (!slot)
		return -ENOMEM;
	if (mm->shrunk && behind(vma, addr))
		return -ENXIO;
	if (!*slot)
		err = write && !vma->object ? anonymous_new(mm, vma, addr)
					    : page_in(mm, vma, addr, slot);
	if (!err && write && *slot & SEA_PTE_COW)
		err = page_break(mm, vcpu, addr, slot);
	if (!err && write)
		say_dirty(vma, addr / SEA_PAGE, addr / SEA_PAGE);
	*found = slot;
	return err;
}

struct sea_vma *sea_mm_grow(struct sea_mm *mm, uint64_t addr)
{
	struct sea_vma *vma = sea_vma_find(&mm->vmas, addr);

	if (!vma || vma->start <= addr)
		return vma;
	addr = SEA_PAGE_DOWN(addr);
	if (!vma->growsdown || addr < SEA_MM_BOTTOM || vma->end - addr > mm->limit_stack ||
	    sea_patch_island(mm, addr, vma->start))
		return NULL;
	mm->vmas.bytes += vma->start - addr;
	vma->start = addr;
	return vma;
}

/* Whether two pages that follow each other can be mapped by one call. */
static bool follows(uint64_t low, uint64_t high)
{
	return low && high && (low & SEA_PTE_FRAME) + 1 == (high & SEA_PTE_FRAME) &&
	       (low & SEA_PTE_COW) == (high & SEA_PTE_COW) && !(high & SEA_PTE_MAPPED) &&
	       !(low & SEA_PTE_MAPPED) && !((low | high) & SEA_PTE_PATCHED);
}

/* Maps the page, and with it its neighbours that can come by the same call. */
static int map_run(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_vma *vma,
		   uint64_t addr)
{
	uint64_t start, end, low = addr / SEA_PAGE, high = low, pte, frame;
	int prot = vma->prot & (PROT_READ | PROT_WRITE | PROT_EXEC), err;

	window(vma, addr, &start, &end);
	pte = sea_ptab_get(&mm->pages, low);
	while (low > start / SEA_PAGE &&
	       follows(sea_ptab_get(&mm->pages, low - 1), sea_ptab_get(&mm->pages, low)))
		low--;
	while (high + 1 < end / SEA_PAGE &&
	       follows(sea_ptab_get(&mm->pages, high), sea_ptab_get(&mm->pages, high + 1)))
		high++;
	if (pte & SEA_PTE_COW)
		prot &= ~PROT_WRITE;
	frame = sea_ptab_get(&mm->pages, low) & SEA_PTE_FRAME;
	if (pte & SEA_PTE_PATCHED)
		frame = sea_patch_frame(mm, low);
	err = mm->platform->ops->map(vcpu, low * SEA_PAGE, (high - low + 1) * SEA_PAGE, prot,
				     frame * SEA_PAGE);
	if (!err && prot & PROT_WRITE)
		say_dirty(vma, low, high);
	for (; !err && low <= high; low++)
		*sea_ptab_slot(&mm->pages, low, false) |=
			SEA_PTE_MAPPED | (prot & PROT_WRITE ? SEA_PTE_WRITABLE : 0);
	return err;
}

/* Brings the pages of an object that lie around addr; where that fails, they come later. */
static void bring_around(struct sea_mm *mm, const struct sea_vma *vma, uint64_t addr)
{
	uint64_t start, end, *slot;

	window(vma, addr, &start, &end);
	for (; start < end; start += SEA_PAGE) {
		if (!sea_ptab_get(&mm->pages, start / SEA_PAGE) &&
		    sea_mm_page(mm, NULL, vma, start, false, &slot))
			return;
	}
}

static enum sea_fault judge(int err)
{
	return err == -ENXIO || err == -EIO ? SEA_FAULT_BUS
	       : err == -ENOMEM             ? SEA_FAULT_OOM
	       : err                        ? SEA_FAULT_LOST
					    : SEA_FAULT_DONE;
}

enum sea_fault sea_mm_fault(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, bool mapped)
{
	struct sea_vma *vma = addr < SEA_GUEST_TOP ? sea_mm_grow(mm, addr) : NULL;
	uint64_t *slot, pte;
	bool write;
	int err;

	if (!vma)
		return SEA_FAULT_MAPERR;
	if (!(vma->prot & (PROT_READ | PROT_WRITE | PROT_EXEC)))
		return SEA_FAULT_ACCERR;
	addr = SEA_PAGE_DOWN(addr);
	pte = sea_ptab_get(&mm->pages, addr / SEA_PAGE);
	/* The stub cannot say whether it read or wrote: what it had tells. */
	if (pte & SEA_PTE_MAPPED &&
	    (!mapped || !(vma->prot & PROT_WRITE) || pte & SEA_PTE_WRITABLE))
		return SEA_FAULT_AGAIN;
	write = vma->prot & PROT_WRITE && (pte & SEA_PTE_MAPPED || !vma->object);
	if (pte & SEA_PTE_MAPPED)
		*sea_ptab_slot(&mm->pages, addr / SEA_PAGE, false) &= ~SEA_PTE_MAPPED;
	err = sea_mm_page(mm, vcpu, vma, addr, write, &slot);
	if (err)
		return judge(err);
	if (vma->object)
		bring_around(mm, vma, addr);
	err = map_run(mm, vcpu, vma, addr);
	return err == -ENOMEM ? SEA_FAULT_OOM : judge(err);
}
