/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which sizes memory comes in, and what happens to it when it is given back.
 *
 * The classes fit what a stack really asks for: small objects to the cache line, and buffers whose
 * data is a round number of bytes and whose header (SEA_BUF_OVERHEAD) comes on top.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/assert.h"
#include "core/pool.h"

#define ALIGN SEA_POOL_UNIT

#define UNITS_MAX SEA_POOL_UNITS_MAX

#define CLASS_SIZE(index, smallest, largest) [index] = (largest)*ALIGN,
static const uint32_t class_size[] = { SEA_POOL_EACH_CLASS(CLASS_SIZE) };
static_assert(sizeof(class_size) / sizeof(class_size[0]) == SEA_POOL_CLASSES, "a size for each");

static size_t units(size_t size)
{
	return (size + ALIGN - 1) / ALIGN;
}

void sea_pool_init(struct sea_pool *pool, const struct sea_env *env, size_t held_max,
		   size_t cache_max)
{
	memset(pool, 0, sizeof(*pool));
	pool->env = env;
	pool->held_max = held_max;
	pool->cache_max = cache_max;
	for (unsigned i = 0; i < SEA_POOL_CLASSES; i++)
		pool->classes[i].size = class_size[i];
}

void sea_pool_fini(struct sea_pool *pool)
{
	SEA_ASSERT(pool->env, pool->held == 0);
	sea_pool_trim(pool);
}

size_t sea_pool_size(const struct sea_pool *pool, size_t size)
{
	size_t n = units(size);

	return n <= UNITS_MAX ? pool->classes[sea_pool_class_of[n]].size : n * ALIGN;
}

/* Wraps so that a held_max of 0 is no cap. */
static bool over_cap(const struct sea_pool *pool, size_t size)
{
	return pool->held + size - 1 > pool->held_max - 1;
}

static void *cache_pop(struct sea_pool *pool, struct sea_pool_class *class)
{
	void *mem = class->free;

	memcpy(&class->free, mem, sizeof(class->free));
	class->n_free--;
	pool->cached -= class->size;
	return mem;
}

static void cache_push(struct sea_pool *pool, struct sea_pool_class *class, void *mem)
{
	memcpy(mem, &class->free, sizeof(class->free));
	class->free = mem;
	class->n_free++;
	pool->cached += class->size;
}

/* From the environment; what is cached goes back to it before we say no. */
static void *env_alloc(struct sea_pool *pool, size_t size)
{
	const struct sea_env *env = pool->env;
	void *mem;

	if (size > PTRDIFF_MAX || over_cap(pool, size)) {
		pool->n_failed++;
		return NULL;
	}
	mem = env->alloc(env->ctx, size, ALIGN);
	if (!mem && pool->cached) {
		sea_pool_trim(pool);
		mem = env->alloc(env->ctx, size, ALIGN);
	}
	if (mem)
		pool->held += size;
	else
		pool->n_failed++;
	return mem;
}

void *sea_pool_alloc_whole(struct sea_pool *pool, size_t *size)
{
	struct sea_pool_class *class;
	size_t n = units(*size);

	if (*size > UNITS_MAX * ALIGN) {
		*size = *size > PTRDIFF_MAX ? *size : n * ALIGN;
		return env_alloc(pool, *size);
	}
	class = &pool->classes[sea_pool_class_of[n]];
	*size = class->size;
	if (!class->free || over_cap(pool, class->size))
		return env_alloc(pool, class->size);
	pool->held += class->size;
	return cache_pop(pool, class);
}

void *sea_pool_alloc(struct sea_pool *pool, size_t size)
{
	void *mem = sea_pool_take(pool, size);

	return mem ? mem : sea_pool_alloc_whole(pool, &size);
}

void *sea_pool_zalloc(struct sea_pool *pool, size_t size)
{
	void *mem = sea_pool_alloc(pool, size);

	return mem ? memset(mem, 0, size) : NULL;
}

static void env_free(struct sea_pool *pool, void *mem, size_t size)
{
	pool->env->free(pool->env->ctx, mem, size, ALIGN);
}

static size_t class_cached(const struct sea_pool_class *class)
{
	return (size_t) class->n_free * class->size;
}

/*
 * The cache is full: the class that fills most of it yields, so that memory moves to the sizes that
 * are in use now.
 */
static __attribute__((noinline)) void cache_yield(struct sea_pool *pool,
						  struct sea_pool_class *class, void *mem)
{
	struct sea_pool_class *most = class;

	for (unsigned i = 0; i < SEA_POOL_CLASSES; i++)
		if (class_cached(&pool->classes[i]) > class_cached(most))
			most = &pool->classes[i];
	while (most != class && most->free && pool->cached + class->size > pool->cache_max)
		env_free(pool, cache_pop(pool, most), most->size);
	if (pool->cached + class->size <= pool->cache_max)
		cache_push(pool, class, mem);
	else
		env_free(pool, mem, class->size);
}

void sea_pool_free(struct sea_pool *pool, void *mem, size_t size)
{
	struct sea_pool_class *class;
	size_t n = units(size);

	if (!mem)
		return;
	if (__builtin_expect(n > UNITS_MAX, 0)) {
		pool->held -= n * ALIGN;
		env_free(pool, mem, n * ALIGN);
		return;
	}
	class = &pool->classes[sea_pool_class_of[n]];
	SEA_ASSERT(pool->env, mem != class->free && pool->held >= class->size);
	pool->held -= class->size;
	if (__builtin_expect(pool->cached + class->size > pool->cache_max, 0))
		cache_yield(pool, class, mem);
	else
		cache_push(pool, class, mem);
}

void sea_pool_trim(struct sea_pool *pool)
{
	for (unsigned i = 0; i < SEA_POOL_CLASSES; i++)
		while (pool->classes[i].free)
			env_free(pool, cache_pop(pool, &pool->classes[i]), pool->classes[i].size);
}
