/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public structs that the library fills begin with their size, set by the caller. A program built
 * against another version's header has a smaller struct or a larger one; it gets what fits.
 */
#ifndef SEA_CORE_ABI_H
#define SEA_CORE_ABI_H

#include <stddef.h>

/*
 * Fills the caller's struct from `ours`, of `ours_size` bytes; both begin with a size_t. No byte
 * beyond the caller's size is written, what it has beyond ours is zeroed, and its size stays.
 */
void sea_abi_fill(void *theirs, const void *ours, size_t ours_size);

#endif
