/* SPDX-License-Identifier: Apache-2.0 */
/* A host's environment: memory that is counted, secrets that come from the seed. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

static struct sim_env *env_of(void *ctx)
{
	return &((struct sim_host *)ctx)->env;
}

static bool fails(struct sim_env *e)
{
	e->calls++;
	if (e->fail_at && e->calls >= e->fail_at && e->calls - e->fail_at < e->fail_n)
		return true;
	return e->fail_ppm && sim_chance(&e->fault, e->fail_ppm);
}

static void *env_alloc(void *ctx, size_t size, size_t align)
{
	struct sim_env *e = env_of(ctx);
	void *mem = NULL;

	if (fails(e))
		return NULL;
	if (posix_memalign(&mem, align, size))
		return NULL;
	memset(mem, 0xa5, size < 512 ? size : 512);
	e->live++;
	e->live_bytes += size;
	return mem;
}

static void env_free(void *ctx, void *mem, size_t size, size_t align)
{
	struct sim_env *e = env_of(ctx);
	struct sim_world *w = ((struct sim_host *)ctx)->world;

	(void)align;
	SIM_CHECK(w, mem && e->live && e->live_bytes >= size);
	e->live--;
	e->live_bytes -= size;
	free(mem);
}

static int env_secret(void *ctx, void *buf, size_t len)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)sim_random(&env_of(ctx)->secret);
	return 0;
}

SEA_NORETURN static void env_panic(void *ctx, const char *what, const char *file, int line)
{
	sim_fail(((struct sim_host *)ctx)->world, "assertion of the stack: %s (%s:%d)", what, file,
		 line);
}

void sim_env_init(struct sim_env *e, struct sim_world *w, uint64_t seed)
{
	struct sim_host *h = (struct sim_host *)((char *)e - offsetof(struct sim_host, env));

	h->world = w;
	e->env = (struct sea_env){
		.size = sizeof(e->env),
		.ctx = h,
		.alloc = env_alloc,
		.free = env_free,
		.secret = env_secret,
		.seed = seed,
		.panic = env_panic,
	};
	e->secret.state = seed * 3 + 1;
	e->fault.state = seed * 5 + 2;
}
