/* SPDX-License-Identifier: Apache-2.0 */
/* What patches (mm/patch.h) know of x86 code. */
#ifndef SEA_SENTRY_MM_PATCH_CODE_H
#define SEA_SENTRY_MM_PATCH_CODE_H

#include <stdbool.h>
#include <stdint.h>

/* So many bytes from the call on are looked at. */
#define SEA_PATCH_BYTES 16u

/* How many bytes the instructions behind the call have that a bridge has to do too, so that there is
 * room for a jump: at least 3, fewer where a return is among them, at most 8. 0: they are not of
 * those that mean the same anywhere. code: SEA_PATCH_BYTES - 2 bytes. */
unsigned int sea_patch_after(const uint8_t *code);

/* Whether none of the four bytes of the distance, in a jump from site to address, begins an
 * instruction. */
bool sea_patch_reach(uint64_t site, uint64_t address);
/* Whether that may be so for an address in that page. */
bool sea_patch_reach_page(uint64_t site, uint64_t page);

void sea_patch_jump(uint8_t *to, uint64_t site, uint64_t address);

#endif
