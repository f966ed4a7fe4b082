/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's address space: its areas, and which frame each page that was touched is.
 *
 * Pages come into the stub as they are touched, and leave it when they are unmapped, protected or
 * to be copied. A private page is shared until someone writes: COW stands for "copy before write,
 * unless nobody else has it".
 *
 * Calls that change what the stub has mapped take the vcpu of the caller, a guest thread of this
 * space that stands still; NULL: no stub has anything of the space mapped yet. Addresses, lengths
 * and flags come from the guest as they are. Results are those of Linux: -errno, or a value.
 */
#ifndef SEA_SENTRY_MM_MM_H
#define SEA_SENTRY_MM_MM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

#include "sentry-glue/mm/memfile.h"
#include "sentry-glue/mm/ptab.h"
#include "sentry-glue/mm/vma.h"

struct sea_vcpu;
struct sea_platform;
struct sea_mappable;
struct sea_patches;

#define SEA_MM_BOTTOM 0x11000ull /* as vm.mmap_min_addr, and one page that stubs use at times */
#define SEA_MM_AREAS_MAX 65530u  /* as vm.max_map_count */

struct sea_mm {
	struct sea_memfile *file;
	const struct sea_platform *platform;
	unsigned int refs;
	struct sea_vmas vmas;
	struct sea_ptab pages; /* SEA_PTE_* and the frame */
	uint64_t top;          /* mmap searches downwards from here */
	uint64_t brk_start, brk;
	uint64_t resident;  /* pages with a frame */
	uint64_t withdrawn; /* how often the stub lost pages, or had others */
	uint64_t limit_as, limit_data, limit_stack; /* bytes; of RLIMIT_AS, _DATA, _STACK */
	bool patching;                              /* sites may be patched */
	bool shrunk;                                /* sea_mm_trim is due */
	struct sea_patches *patches;
	unsigned int clearing; /* who waits until all have stopped once (kernel/unpatch.c) */
	/* For /proc. */
	uint64_t arg_start, arg_end, env_start, env_end, stack_start;
};

#define SEA_PTE_FRAME 0xffffffffull
#define SEA_PTE_PRESENT (1ull << 32) /* with a reference to the frame  */
#define SEA_PTE_COW (1ull << 33)
#define SEA_PTE_MAPPED (1ull << 34)   /* the stub has it                */
#define SEA_PTE_WRITABLE (1ull << 35) /* ... and may write to it        */
#define SEA_PTE_PATCHED (1ull << 36)  /* ... but a copy with patches    */

/* One reference, empty. */
SEA_MUST_USE int sea_mm_new(struct sea_memfile *file, const struct sea_platform *platform,
			    struct sea_mm **mm);
void sea_mm_get(struct sea_mm *mm);
void sea_mm_put(struct sea_mm *mm);

/* A copy with everything private to be copied on write, also in `mm`. */
SEA_MUST_USE int sea_mm_fork(struct sea_mm *mm, struct sea_vcpu *vcpu, struct sea_mm **copy);

struct sea_mmap {
	uint64_t addr, len;
	int prot, prot_max, flags;   /* PROT_*, MAP_*                                      */
	struct sea_mappable *object; /* NULL with MAP_ANONYMOUS, else takes a reference    */
	uint64_t offset;
};

int64_t sea_mm_mmap(struct sea_mm *mm, struct sea_vcpu *vcpu, const struct sea_mmap *how);
int sea_mm_munmap(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len);
int sea_mm_mprotect(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len,
		    int prot);
int64_t sea_mm_mremap(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t old_len,
		      uint64_t new_len, int flags, uint64_t new_addr);
int sea_mm_madvise(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, uint64_t len,
		   int advice);
/* Whether an area is of the object. */
bool sea_mm_maps(const struct sea_mm *mm, const struct sea_mappable *object);
/* Files became shorter: pages behind their ends go, copies of them as well. 0, or -ESRCH. */
SEA_MUST_USE int sea_mm_trim(struct sea_mm *mm, struct sea_vcpu *vcpu);
/* The new end of the heap, or, where it cannot be had, the old one. */
uint64_t sea_mm_brk(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t brk);

/* What a fault at an address calls for. */
enum sea_fault {
	SEA_FAULT_DONE,  /* go on: the page is there now, or it was stale               */
	SEA_FAULT_AGAIN, /* nothing was wrong: if the same comes at once, it is SEGV_ACCERR */
	SEA_FAULT_MAPERR,
	SEA_FAULT_ACCERR,
	SEA_FAULT_BUS,
	SEA_FAULT_OOM,
	SEA_FAULT_LOST, /* the stub is gone */
};

/* `mapped`: the stub had something there, and the access was one that it did not allow. */
enum sea_fault sea_mm_fault(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, bool mapped);

/* Copies from and to the guest; all or nothing is not promised. 0 or -EFAULT. */
SEA_MUST_USE int sea_mm_read(struct sea_mm *mm, uint64_t addr, void *to, size_t len);
SEA_MUST_USE int sea_mm_write(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr,
			      const void *from, size_t len);
/* A string with its 0: its length, -EFAULT, or -ENAMETOOLONG when it does not fit in `size`. */
int64_t sea_mm_read_string(struct sea_mm *mm, uint64_t addr, char *to, size_t size);

/* The sentry's view of [addr, addr + *len), shortened to what lies in one page; for copies of
 * whole buffers and for atomics. NULL: -EFAULT. Good until the space changes. */
void *sea_mm_window(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t addr, size_t *len,
		    bool write);

#endif
