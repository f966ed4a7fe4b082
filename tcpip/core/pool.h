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

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* CLASS(index, smallest, largest size), both in units of 64 bytes. */
#define SEA_POOL_EACH_CLASS(CLASS)                    \
	CLASS(0, 0, 1)                                \
	CLASS(1, 2, 2)                                \
	CLASS(2, 3, 3)                                \
	CLASS(3, 4, 4) /* a packet */                 \
	CLASS(4, 5, 5) /* 256 bytes of data */        \
	CLASS(5, 6, 7)                                \
	CLASS(6, 8, 9) /* 512 */                      \
	CLASS(7, 10, 12)                              \
	CLASS(8, 13, 15) /* an idle TCP connection */ \
	CLASS(9, 16, 17) /* 1 KiB */                  \
	CLASS(10, 18, 24)                             \
	CLASS(11, 25, 33)   /* 2 KiB */               \
	CLASS(12, 34, 65)   /* 4 KiB */               \
	CLASS(13, 66, 129)  /* 8 KiB */               \
	CLASS(14, 130, 257) /* 16 KiB */              \
	CLASS(15, 258, 513) /* 32 KiB */              \
	CLASS(16, 514, 577) /* 36 KiB */

#define SEA_POOL_UNIT 64u
#define SEA_POOL_UNITS_MAX 577u
/* Nothing: without a word in front of the bracket clang-format takes the file for Objective-C. */
#define SEA_POOL_RUN
#define SEA_POOL_CLASS_OF(index, smallest, largest) SEA_POOL_RUN[(smallest)...(largest)] = (index),
/* Here, so that the class of a constant is one, too. */
static const uint8_t sea_pool_class_of[] = { SEA_POOL_EACH_CLASS(SEA_POOL_CLASS_OF) };
static_assert(sizeof(sea_pool_class_of) == SEA_POOL_UNITS_MAX + 1, "the largest class ends it");

/*
 * At least `size` bytes, aligned to 64, contents undefined; NULL at the cap or when the environment
 * has none. sea_pool_size() tells how many bytes the class really has: all may be used.
 */
void *sea_pool_alloc(struct sea_pool *pool, size_t size);
/* The same, and in *size what sea_pool_size() tells. */
void *sea_pool_alloc_whole(struct sea_pool *pool, size_t *size);
/*
 * The same in line, where a call would cost as much again: memory of the class of `size`, but NULL also where there
 * is none at hand, or it would go beyond the cap. Then sea_pool_alloc_whole() is to be asked.
 */
static inline void *sea_pool_take(struct sea_pool *pool, size_t size)
{
	struct sea_pool_class *class;
	void *mem;

	if (__builtin_expect(size > SEA_POOL_UNITS_MAX * SEA_POOL_UNIT, 0))
		return NULL;
	class = &pool->classes[sea_pool_class_of[(size + SEA_POOL_UNIT - 1) / SEA_POOL_UNIT]];
	mem = class->free;
	/* Wraps so that a held_max of 0 is no cap. */
	if (__builtin_expect(!mem || pool->held + class->size - 1 > pool->held_max - 1, 0))
		return NULL;
	pool->held += class->size;
	pool->cached -= class->size;
	memcpy(&class->free, mem, sizeof(class->free));
	class->n_free--;
	return mem;
}

/* Bytes that sea_pool_take() gave. */
static inline size_t sea_pool_taken(const struct sea_pool *pool, size_t size)
{
	return pool->classes[sea_pool_class_of[(size + SEA_POOL_UNIT - 1) / SEA_POOL_UNIT]].size;
}

/* The same, zeroed up to `size`. */
void *sea_pool_zalloc(struct sea_pool *pool, size_t size);
/* `size` as it was asked for (any value of the same class will do). NULL is ignored. */
void sea_pool_free(struct sea_pool *pool, void *mem, size_t size);

/* Real size of an allocation of `size` bytes. */
size_t sea_pool_size(const struct sea_pool *pool, size_t size);

/* Gives all cached memory back to the environment. */
void sea_pool_trim(struct sea_pool *pool);

#endif
