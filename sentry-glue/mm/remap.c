/* SPDX-License-Identifier: Apache-2.0 */
/* mremap and madvise. */
#include <errno.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/platform/platform.h"

#define MADV_POPULATE_READ_ 22
#define MADV_POPULATE_WRITE_ 23

/* Hands the pages of a range over to another of the same length, which has none. */
static int pages_move(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t from, uint64_t to,
		      uint64_t len)
{
	uint64_t page = from / SEA_PAGE, *slot, *dest;
	int err = sea_mm_withdraw(mm, vcpu, from, from + len);

	for (; !err && (slot = sea_ptab_next(&mm->pages, &page, (from + len) / SEA_PAGE)); page++) {
		dest = sea_ptab_slot(&mm->pages, page - from / SEA_PAGE + to / SEA_PAGE, true);
		if (!dest)
			return -ENOMEM;
		*dest = *slot;
		*slot = 0;
	}
	return err;
}

/* An area like `vma`, where it has [addr, addr + old_len), of new_len bytes elsewhere. */
static int64_t move(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_vma *vma,
		    uint64_t addr, uint64_t old_len, uint64_t new_len, const struct sea_mmap *where)
{
	struct sea_mmap how = *where;
	int64_t to;
	int err;

	how.len = new_len;
	how.prot = vma->prot;
	how.prot_max = vma->prot_max;
	how.flags |= vma->shared ? MAP_SHARED : MAP_PRIVATE;
	how.object = vma->object;
	how.offset = vma->offset + (addr - vma->start);
	to = sea_mm_mmap(mm, vcpu, &how);
	if (to < 0)
		return to;
	err = pages_move(mm, vcpu, addr, (uint64_t)to, old_len < new_len ? old_len : new_len);
	if (!err)
		err = sea_mm_munmap(mm, vcpu, addr, old_len);
	return err ? err : to;
}

/* Makes it longer where it is; false: that is not free. */
static bool extend(struct sea_mm *mm, struct sea_vma *vma, uint64_t addr, uint64_t old_len,
		   uint64_t new_len)
{
	const struct sea_vma *next = sea_vma_next(vma);

	if (vma->end != addr + old_len || new_len > SEA_GUEST_TOP - addr ||
	    (next && next->start < addr + new_len))
		return false;
	mm->vmas.bytes += new_len - old_len;
	vma->end = addr + new_len;
	sea_vma_join(&mm->vmas, vma);
	return true;
}

static int64_t check(struct sea_mm *mm, uint64_t addr, uint64_t old_len, uint64_t new_len,
		     int flags, uint64_t new_addr)
{
	const struct sea_vma *vma;

	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) || addr & SEA_PAGE_MASK || !new_len ||
	    !old_len)
		return -EINVAL;
	if (flags & MREMAP_FIXED &&
	    (!(flags & MREMAP_MAYMOVE) || new_addr & SEA_PAGE_MASK || new_len > SEA_GUEST_TOP ||
	     new_addr > SEA_GUEST_TOP - new_len ||
	     (new_addr < addr + old_len && addr < new_addr + new_len)))
		return -EINVAL;
	vma = sea_vma_find(&mm->vmas, addr);
	if (!vma || vma->start > addr || vma->end - addr < old_len)
		return -EFAULT;
	if (new_len > old_len && mm->vmas.bytes + (new_len - old_len) > mm->limit_as)
		return -ENOMEM;
	return 0;
}

int64_t sea_mm_mremap(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t old_len,
		      uint64_t new_len, int flags, uint64_t new_addr)
{
	struct sea_mmap where = { 0 };
	struct sea_vma *vma;
	int64_t err;

	old_len = SEA_PAGE_UP(old_len);
	new_len = SEA_PAGE_UP(new_len);
	err = check(mm, addr, old_len, new_len, flags, new_addr);
	if (err)
		return err;
	vma = sea_vma_find(&mm->vmas, addr);
	if (flags & MREMAP_FIXED) {
		where = (struct sea_mmap){ .addr = new_addr, .flags = MAP_FIXED };
		return move(mm, vcpu, vma, addr, old_len, new_len, &where);
	}
	if (new_len <= old_len) {
		if (new_len < old_len)
			err = sea_mm_munmap(mm, vcpu, addr + new_len, old_len - new_len);
		return err ? err : (int64_t)addr;
	}
	if (extend(mm, vma, addr, old_len, new_len))
		return (int64_t)addr;
	return flags & MREMAP_MAYMOVE ? move(mm, vcpu, vma, addr, old_len, new_len, &where)
				      : -ENOMEM;
}

static int advise_one(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_vma *vma, uint64_t start,
		      uint64_t end, int advice)
{
	uint64_t *slot;
	int err = 0;

	switch (advice) {
	case MADV_FREE:
		if (vma->object || vma->shared)
			return -EINVAL;
		return sea_mm_zap(mm, vcpu, start, end);
	case MADV_DONTNEED:
		return sea_mm_zap(mm, vcpu, start, end);
	case MADV_DONTFORK:
	case MADV_DOFORK:
		vma->dontfork = advice == MADV_DONTFORK;
		break;
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
		if (advice == MADV_WIPEONFORK && (vma->object || vma->shared))
			return -EINVAL;
		vma->wipeonfork = advice == MADV_WIPEONFORK;
		break;
	case MADV_POPULATE_READ_:
	case MADV_POPULATE_WRITE_:
		if (!(vma->prot & (advice == MADV_POPULATE_READ_ ? PROT_READ : PROT_WRITE)))
			return -EINVAL;
		for (; !err && start < end; start += SEA_PAGE)
			err = sea_mm_page(mm, vcpu, vma, start, advice == MADV_POPULATE_WRITE_,
					  &slot);
		return err == -ENXIO ? -EFAULT : err;
	}
	return 0;
}

static bool splits(int advice)
{
	return advice == MADV_DONTFORK || advice == MADV_DOFORK || advice == MADV_WIPEONFORK ||
	       advice == MADV_KEEPONFORK;
}

static bool known(int advice)
{
	switch (advice) {
	case MADV_NORMAL ... MADV_DONTNEED:
	case MADV_FREE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_MERGEABLE ... MADV_KEEPONFORK:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ_:
	case MADV_POPULATE_WRITE_:
		return true;
	}
	return false;
}

int sea_mm_madvise(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len,
		   int advice)
{
	uint64_t end;
	bool hole = false;
	int err = 0;

	len = SEA_PAGE_UP(len);
	if (!known(advice) || addr & SEA_PAGE_MASK || addr + len < addr)
		return -EINVAL;
	end = addr + len;
	if (splits(advice) && (sea_vma_split(&mm->vmas, addr) || sea_vma_split(&mm->vmas, end)))
		return -ENOMEM;
	while (!err && addr < end) {
		struct sea_vma *vma = sea_vma_find(&mm->vmas, addr);
		uint64_t stop;

		hole |= !vma || vma->start > addr;
		if (!vma || vma->start >= end)
			break;
		addr = vma->start > addr ? vma->start : addr;
		stop = vma->end < end ? vma->end : end;
		err = advise_one(mm, vcpu, vma, addr, stop, advice);
		addr = stop;
	}
	return err ? err : hole ? -ENOMEM : 0;
}
