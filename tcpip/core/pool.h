/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of one shard: size classes with free lists on top of env->alloc, and the *held* ledger, the
 * real bytes in use that the hard cap counts. (The other ledger, *charged*, models Linux's truesize
 * and lives on sockets; neither derives from the other: core/charge.h.)
 *
 * Free lists are last-in first-out, so that the memory a packet gets is still in the cache.
 */
#ifndef SEA_CORE_POOL_H
#define SEA_CORE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/env.h>

/* Size classes of buffers and objects; what is larger goes straight to the environment. */
#define SEA_POOL_CLASSES 17

struct sea_pool_class {
	void *free; /* singly linked through the first word */
	uint32_t size;
	uint32_t n_free;
};

struct sea_pool {
	const struct sea_env *env;
	size_t held, cached;
	size_t held_max;  /* 0: no cap */
	size_t cache_max; /* 0: memory goes back to the environment at once */
	size_t n_pkts, n_bufs, n_failed;
	struct sea_pool_class classes[SEA_POOL_CLASSES];
};

/* Caller's memory. `env` is borrowed for the pool's life. */
void sea_pool_init(struct sea_pool *pool, const struct sea_env *env, size_t held_max,
		   size_t cache_max);
/* Gives cached memory back; asserts that nothing is held. */
void sea_pool_fini(struct sea_pool *pool);

/*
 * At least `size` bytes, aligned to 64, contents undefined; NULL at the cap or when the environment
 * has none. sea_pool_size() tells how many bytes the class really has: all may be used.
 */
void *sea_pool_alloc(struct sea_pool *pool, size_t size);
/* The same, and in *size what sea_pool_size() tells. */
void *sea_pool_alloc_whole(struct sea_pool *pool, size_t *size);
/* The same, zeroed up to `size`. */
void *sea_pool_zalloc(struct sea_pool *pool, size_t size);
/* `size` as it was asked for (any value of the same class will do). NULL is ignored. */
void sea_pool_free(struct sea_pool *pool, void *mem, size_t size);

/* Real size of an allocation of `size` bytes. */
size_t sea_pool_size(const struct sea_pool *pool, size_t size);

/* Gives all cached memory back to the environment. */
void sea_pool_trim(struct sea_pool *pool);

#endif
