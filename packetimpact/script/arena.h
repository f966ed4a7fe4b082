/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once. */
#ifndef SEA_PACKETIMPACT_SCRIPT_ARENA_H
#define SEA_PACKETIMPACT_SCRIPT_ARENA_H

#include <stddef.h>

struct sea_arena_block;

/* Zero is an empty one. */
struct sea_arena {
	struct sea_arena_block *blocks; /* the one in use first */
	size_t left;                    /* in it */
};

/* Zeroed and aligned for anything; NULL: no memory. */
void *sea_arena_alloc(struct sea_arena *arena, size_t len);
/* A copy with a NUL behind it. */
char *sea_arena_copy(struct sea_arena *arena, const char *s, size_t len);
void sea_arena_fini(struct sea_arena *arena);

#endif
