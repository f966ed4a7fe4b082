/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the memory manager share. */
#ifndef SEA_SENTRY_MM_INNER_H
#define SEA_SENTRY_MM_INNER_H

#include "sentry-glue/mm/mm.h"

/* Takes from the stub what it has in the range; the pages stay. 0, or -ESRCH. */
SEA_MUST_USE int sea_mm_withdraw(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start,
				 uint64_t end);
/* The same, and forgets the pages. */
SEA_MUST_USE int sea_mm_zap(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start, uint64_t end);

/* Makes the page of an area present, to be written to if `write`. 0, -ENOMEM, -ENXIO, -EIO. When a
 * frame was replaced, what the stub has is withdrawn. */
SEA_MUST_USE int sea_mm_page(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_vma *vma,
			     uint64_t addr, bool write, uint64_t **slot);

/* Grows an area that grows downwards, if one is above addr; the area that then has it. */
struct sea_vma *sea_mm_grow(struct sea_mm *mm, uint64_t addr);

#endif
