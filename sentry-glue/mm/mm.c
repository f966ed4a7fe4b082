/* SPDX-License-Identifier: Apache-2.0 */
/* A space's life: new, fork, end. */
#include "sentry-glue/mm/mm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/patch.h"
#include "sentry-glue/platform/platform.h"

int sea_mm_new(struct sea_memfile *file, const struct sea_platform *platform, struct sea_mm **made)
{
	struct sea_mm *mm = calloc(1, sizeof(*mm));

	if (!mm)
		return -ENOMEM;
	mm->file = file;
	mm->platform = platform;
	mm->refs = 1;
	mm->top = SEA_GUEST_TOP;
	mm->limit_as = mm->limit_data = ~0ull;
	mm->limit_stack = 8ull << 20;
	*made = mm;
	return 0;
}

void sea_mm_get(struct sea_mm *mm)
{
	mm->refs++;
}

void sea_mm_put(struct sea_mm *mm)
{
	if (--mm->refs)
		return;
	/* No stub has it any more, so there is none to lose. */
	if (sea_mm_zap(mm, NULL, 0, SEA_PTAB_PAGES * SEA_PAGE))
		abort();
	sea_patch_fini(mm);
	sea_ptab_fini(&mm->pages);
	sea_vma_fini(&mm->vmas);
	free(mm);
}

/* What the copy begins with: all that can be told without a page. */
static int inherit(const struct sea_mm *mm, struct sea_mm *copy)
{
	struct sea_vmas vmas = copy->vmas;
	struct sea_ptab pages = copy->pages;

	*copy = *mm;
	copy->refs = 1;
	copy->vmas = vmas;
	copy->pages = pages;
	copy->resident = 0;
	copy->patches = NULL;
	copy->clearing = 0;
	for (struct sea_vma *vma = sea_vma_find(&mm->vmas, 0); vma; vma = sea_vma_next(vma)) {
		if (!vma->dontfork && sea_vma_add(&copy->vmas, vma))
			return -ENOMEM;
	}
	return 0;
}

/* Both sides have the page from now on, and neither may write to it as it is. */
static int share_area(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_vma *vma,
		      struct sea_mm *copy)
{
	uint64_t page = vma->start / SEA_PAGE, *slot, *dest;
	bool writable = false;

	for (; (slot = sea_ptab_next(&mm->pages, &page, vma->end / SEA_PAGE)); page++) {
		dest = sea_ptab_slot(&copy->pages, page, true);
		if (!dest)
			return -ENOMEM;
		writable |= *slot & SEA_PTE_WRITABLE;
		*slot |= SEA_PTE_COW;
		*dest = *slot & ~(SEA_PTE_MAPPED | SEA_PTE_WRITABLE | SEA_PTE_PATCHED);
		sea_memfile_get(mm->file, (uint32_t)(*slot & SEA_PTE_FRAME));
		copy->resident++;
	}
	return writable ? sea_mm_withdraw(mm, vcpu, vma->start, vma->end) : 0;
}

int sea_mm_fork(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_mm **made)
{
	struct sea_mm *copy;
	int err = sea_mm_new(mm->file, mm->platform, &copy);

	if (err)
		return err;
	err = inherit(mm, copy);
	for (struct sea_vma *vma = sea_vma_find(&mm->vmas, 0); vma && !err;
	     vma = sea_vma_next(vma)) {
		if (!vma->shared && !vma->dontfork && !vma->wipeonfork)
			err = share_area(mm, vcpu, vma, copy);
	}
	if (err)
		sea_mm_put(copy);
	else
		*made = copy;
	return err;
}

bool sea_mm_maps(const struct sea_mm *mm, const struct sea_mappable *object)
{
	const struct sea_vma *vma = sea_vma_find(&mm->vmas, 0);

	while (vma && vma->object != object)
		vma = sea_vma_next(vma);
	return vma;
}

int sea_mm_trim(struct sea_mm *mm, struct sea_vcpu *vcpu)
{
	int err = 0;

	for (struct sea_vma *vma = sea_vma_find(&mm->vmas, 0); vma && !err;
	     vma = sea_vma_next(vma)) {
		struct sea_mappable *object = vma->object;
		uint64_t first = vma->offset / SEA_PAGE, pages;

		if (!object || !object->ops->pages)
			continue;
		pages = object->ops->pages(object);
		pages = pages > first ? pages - first : 0; /* of the area */
		if (pages < (vma->end - vma->start) / SEA_PAGE)
			err = sea_mm_zap(mm, vcpu, vma->start + pages * SEA_PAGE, vma->end);
	}
	return err;
}
