/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call sites that repeat are patched: their stub maps a private copy of the page, in which the
 * system call instruction and the three bytes after it are a jump to a bridge.
 *
 * Exact, because
 * - only pages are patched that nobody can write to: of private mappings, executable and not
 *   writable, and either the space's own or of a file of the host's that was not changed. A page that
 *   is unmapped, moved or gets another protection loses its patches first;
 * - what begins at the call is certain, since the guest has come from there; and of what is behind
 *   it only instructions are taken that mean the same elsewhere;
 * - the four bytes behind the jump's first are, each, no instruction: bridges are placed so. Who
 *   jumps into the middle raises SIGILL. Where that is the instruction behind the call, as after a
 *   signal or for a thread that was there, it goes on in the bridge; anywhere else the page is
 *   given back as it was, for good;
 * - where a bridge is too far, the jump goes to an island, among the guest's areas, that jumps on;
 *   see island.c;
 * - the copy takes the page's place by a mapping, so that no thread sees half a jump.
 * The sentry reads the original. What the guest itself reads of its code shows the jumps.
 *
 * Calls take the vcpu of a thread of the space that stands still.
 */
#ifndef SEA_SENTRY_MM_PATCH_H
#define SEA_SENTRY_MM_PATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

#include <seastack/compiler.h>

struct sea_mm;
struct sea_vcpu;
struct sea_event;

/* Whether sites of the space may be patched at all. */
bool sea_patch_able(const struct sea_mm *mm);

/* A call came by a signal, with rip behind it: if it does so often it is patched. */
void sea_patch_count(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t rip);

/* The guest has stopped, above its own addresses or not for a call: if that is in a bridge or an
 * island, as if it had not been.
 * rsp: what it ran with. */
void sea_patch_leave(struct sea_mm *mm, struct sea_vcpu *vcpu, struct user_regs_struct *regs,
		     struct sea_event *event, uint64_t rsp);

/* SIGILL at rip: true if it can go on now, there, or, where that is not 0, at *detour. */
bool sea_patch_illegal(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t rip, uint64_t *detour);

/* The frame that the stub is to have instead of a page's own; 0: that. */
uint32_t sea_patch_frame(const struct sea_mm *mm, uint64_t page);

/* The stub has nothing of the range mapped any more. */
void sea_patch_forget(struct sea_mm *mm, uint64_t start, uint64_t end);
/* The lowest page in the range that has islands, which are in the way of an area; 0: none. */
uint64_t sea_patch_island(const struct sea_mm *mm, uint64_t start, uint64_t end);
/* The stub has nothing of the range mapped any more: islands are to be there again. 0, or -errno. */
SEA_MUST_USE int sea_island_restore(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start,
				    uint64_t end);
/* Those in the range are given up; threads may be in them still. When all that ran have stopped
 * since, it is told so. 0, -ESRCH. */
SEA_MUST_USE int sea_patch_clear(struct sea_mm *mm, struct sea_vcpu *vcpu, uint64_t start,
				 uint64_t end);
void sea_patch_cleared(struct sea_mm *mm);

/* With the space. */
void sea_patch_fini(struct sea_mm *mm);

#endif
