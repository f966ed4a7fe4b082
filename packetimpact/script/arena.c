// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/script/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)16384)

struct sea_arena_block {
	struct sea_arena_block *next;
	size_t len;
	alignas(max_align_t) unsigned char bytes[];
};

static struct sea_arena_block *grown(struct sea_arena *arena, size_t len)
{
	struct sea_arena_block *block;

	if (len < BLOCK_BYTES)
		len = BLOCK_BYTES;
	block = calloc(1, sizeof(*block) + len);
	if (!block)
		return NULL;
	block->len = len;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->left = len;
	return block;
}

void *sea_arena_alloc(struct sea_arena *arena, size_t len)
{
	struct sea_arena_block *block = arena->blocks;
	void *at;

	if (len > SIZE_MAX / 2)
		return NULL;
	len = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (len > arena->left)
		block = grown(arena, len);
	if (!block)
		return NULL;
	at = block->bytes + (block->len - arena->left);
	arena->left -= len;
	return at;
}

char *sea_arena_copy(struct sea_arena *arena, const char *s, size_t len)
{
	char *copy = sea_arena_alloc(arena, len + 1);

	if (copy && len)
		memcpy(copy, s, len);
	return copy;
}

void sea_arena_fini(struct sea_arena *arena)
{
	while (arena->blocks) {
		struct sea_arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	arena->left = 0;
}
