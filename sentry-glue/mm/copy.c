/* SPDX-License-Identifier: Apache-2.0 */
/* Between the sentry and the guest's memory: the only door. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/mm/inner.h"
#include "sentry-glue/platform/platform.h"

void *sea_mm_window(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, size_t *len,
		    bool write)
{
	uint64_t in_page = addr & SEA_PAGE_MASK, *slot;
	struct sea_vma *vma;

	if (addr >= SEA_GUEST_TOP)
		return NULL;
	vma = sea_mm_grow(mm, addr);
	if (!vma || !(vma->prot & (write ? PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC)))
		return NULL;
	if (sea_mm_page(mm, vcpu, vma, addr - in_page, write, &slot))
		return NULL;
	if (*len > SEA_PAGE - in_page)
		*len = SEA_PAGE - in_page;
	return sea_memfile_at(mm->file, (uint32_t)(*slot & SEA_PTE_FRAME)) + in_page;
}

int sea_mm_read(struct sea_mm *mm, uint64_t addr, void *to, size_t len)
{
	for (size_t done = 0, n; done < len; done += n) {
		const void *from;

		n = len - done;
		from = sea_mm_window(mm, NULL, addr + done, &n, false);
		if (!from)
			return -EFAULT;
		memcpy((char *)to + done, from, n);
	}
	return 0;
}

int sea_mm_write(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, const void *from,
		 size_t len)
{
	for (size_t done = 0, n; done < len; done += n) {
		void *to;

		n = len - done;
		to = sea_mm_window(mm, vcpu, addr + done, &n, true);
		if (!to)
			return -EFAULT;
		memcpy(to, (const char *)from + done, n);
	}
	return 0;
}

int64_t sea_mm_read_string(struct sea_mm *mm, uint64_t addr, char *to, size_t size)
{
	for (size_t done = 0, n; done < size; done += n) {
		const char *from;
		size_t part;

		n = size - done;
		from = sea_mm_window(mm, NULL, addr + done, &n, false);
		if (!from)
			return -EFAULT;
		/* Other threads of the guest may write meanwhile: look at the copy only. */
		memcpy(to + done, from, n);
		part = strnlen(to + done, n);
		if (part < n)
			return (int64_t)(done + part);
	}
	return -ENAMETOOLONG;
}
