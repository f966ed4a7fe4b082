/* SPDX-License-Identifier: Apache-2.0 */
/* mmap, munmap, mprotect: what changes areas. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/patch.h"
#include "sentry-glue/platform/platform.h"

#define PROT_KNOWN (PROT_READ | PROT_WRITE | PROT_EXEC)
#define PROT_SEM_ 8 /* accepted by mprotect; without effect on x86 */
#define GROWS (PROT_GROWSDOWN | PROT_GROWSUP)
#define TOP_32BIT 0x80000000ull

static bool whole_range(uint64_t addr, uint64_t len)
{
	return !(addr & SEA_PAGE_MASK) && addr <= SEA_GUEST_TOP && len <= SEA_GUEST_TOP - addr;
}

static bool range_free(const struct sea_mm *mm, uint64_t addr, uint64_t len)
{
	const struct sea_vma *vma = sea_vma_find(&mm->vmas, addr);

	return !vma || vma->start >= addr + len;
}

/* Where a fixed mapping goes; it takes the place of what is there. */
static int64_t place_fixed(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_mmap *how,
			   uint64_t len)
{
	int err;

	if (how->addr & SEA_PAGE_MASK)
		return -EINVAL;
	if (!whole_range(how->addr, len))
		return -ENOMEM;
	if (how->addr < SEA_MM_BOTTOM)
		return -EPERM;
	if (how->flags & MAP_FIXED_NOREPLACE)
		return range_free(mm, how->addr, len) ? (int64_t)how->addr : -EEXIST;
	err = sea_mm_munmap(mm, vcpu, how->addr, len);
	return err ? err : (int64_t)how->addr;
}

/* Where nothing is, an island neither. */
static uint64_t gap(const struct sea_mm *mm, uint64_t top, uint64_t len)
{
	uint64_t addr, island;

	do {
		addr = sea_vma_gap(&mm->vmas, SEA_MM_BOTTOM, top, len);
		island = addr ? sea_patch_island(mm, addr, addr + len) : 0;
		top = island;
	} while (island);
	return addr;
}

static int64_t place(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_mmap *how,
		     uint64_t len)
{
	uint64_t addr = SEA_PAGE_UP(how->addr), top = mm->top;

	if (how->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		return place_fixed(mm, vcpu, how, len);
	if (how->addr && addr >= SEA_MM_BOTTOM && whole_range(addr, len) &&
	    range_free(mm, addr, len))
		return (int64_t)addr;
	if (how->flags & MAP_32BIT && top > TOP_32BIT)
		top = TOP_32BIT;
	addr = gap(mm, top, len);
	if (!addr && !(how->flags & MAP_32BIT))
		addr = gap(mm, SEA_GUEST_TOP, len);
	return addr ? (int64_t)addr : -ENOMEM;
}

static int populate(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len)
{
	const struct sea_vma *vma = sea_vma_find(&mm->vmas, addr);
	uint64_t *slot;

	for (uint64_t at = addr; at < addr + len; at += SEA_PAGE) {
		if (sea_mm_page(mm, vcpu, vma, at, vma->prot & PROT_WRITE, &slot))
			break; /* as on Linux: what could not be had comes later, or never */
	}
	return 0;
}

int64_t sea_mm_mmap(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_mmap *how)
{
	uint64_t len = SEA_PAGE_UP(how->len);
	struct sea_vma vma = { .prot = how->prot & PROT_KNOWN,
			       .prot_max = how->prot_max,
			       .shared = how->flags & MAP_SHARED,
			       .growsdown = how->flags & MAP_GROWSDOWN,
			       .object = how->object,
			       .offset = how->offset };
	int64_t addr;
	int err;

	if (!how->len || how->offset & SEA_PAGE_MASK)
		return -EINVAL;
	if (!len || len > SEA_GUEST_TOP)
		return -ENOMEM;
	if (how->offset + len < how->offset)
		return -EOVERFLOW;
	if (mm->vmas.n >= SEA_MM_AREAS_MAX || len > mm->limit_as ||
	    mm->vmas.bytes > mm->limit_as - len)
		return -ENOMEM;
	addr = place(mm, vcpu, how, len);
	if (addr < 0)
		return addr;
	vma.start = (uint64_t)addr;
	vma.end = vma.start + len;
	err = sea_vma_add(&mm->vmas, &vma);
	if (!err && how->flags & (MAP_POPULATE | MAP_LOCKED) && !(how->flags & MAP_NONBLOCK))
		err = populate(mm, vcpu, vma.start, len);
	return err ? err : addr;
}

int sea_mm_munmap(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len)
{
	int err;

	len = SEA_PAGE_UP(len);
	if (!len || !whole_range(addr, len))
		return -EINVAL;
	err = sea_vma_cut(&mm->vmas, addr, addr + len);
	return err ? err : sea_mm_zap(mm, vcpu, addr, addr + len);
}

/* One area, which the range covers wholly. */
static int protect_one(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_vma *vma, int prot)
{
	int err = 0;

	if (prot & ~vma->prot_max)
		return -EACCES;
	if (vma->prot != prot)
		err = sea_mm_withdraw(mm, vcpu, vma->start, vma->end);
	vma->prot = prot;
	sea_vma_join(&mm->vmas, vma);
	return err;
}

int sea_mm_mprotect(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len, int prot)
{
	struct sea_vma *vma;
	uint64_t end;
	int err;

	len = SEA_PAGE_UP(len);
	if (addr & SEA_PAGE_MASK || (prot & GROWS) == GROWS)
		return -EINVAL;
	if (!len)
		return 0;
	if (addr + len <= addr)
		return -ENOMEM;
	if (prot & ~(PROT_KNOWN | PROT_SEM_ | PROT_GROWSDOWN))
		return -EINVAL;
	if (!whole_range(addr, len))
		return -ENOMEM;
	end = addr + len;
	vma = sea_vma_find(&mm->vmas, addr);
	if (prot & PROT_GROWSDOWN) {
		if (!vma || !vma->growsdown)
			return -EINVAL;
		addr = vma->start;
	}
	while (addr < end) {
		if (!vma || vma->start > addr)
			return -ENOMEM;
		if (sea_vma_split(&mm->vmas, addr) || sea_vma_split(&mm->vmas, end))
			return -ENOMEM;
		vma = sea_vma_find(&mm->vmas, addr);
		addr = vma->end;
		err = protect_one(mm, vcpu, vma, prot & PROT_KNOWN);
		if (err)
			return err;
		vma = sea_vma_find(&mm->vmas, addr);
	}
	return 0;
}

uint64_t sea_mm_brk(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t brk)
{
	uint64_t old = SEA_PAGE_UP(mm->brk), new = SEA_PAGE_UP(brk);
	struct sea_mmap how = { .addr = old,
				.len = new - old,
				.prot = PROT_READ | PROT_WRITE,
				.prot_max = PROT_KNOWN,
				.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE };

	if (brk < mm->brk_start || brk >= SEA_GUEST_TOP || brk - mm->brk_start > mm->limit_data)
		return mm->brk;
	if (new < old && sea_mm_munmap(mm, vcpu, new, old - new))
		return mm->brk;
	if (new > old && sea_mm_mmap(mm, vcpu, &how) < 0)
		return mm->brk;
	mm->brk = brk;
	return brk;
}
