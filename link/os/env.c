/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of an ordinary process. */
#include <seastack/env.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#define LARGE_PAGE ((size_t)2 << 20)

static void *alloc(void *ctx, size_t size, size_t align)
{
	void *mem;

	(void)ctx;
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (size >= LARGE_PAGE)
		align = LARGE_PAGE;
	if (posix_memalign(&mem, align, size))
		return NULL;
	/* Large tables are read at random, which small pages make twice as slow. A wish only. */
	if (size >= LARGE_PAGE)
		(void)madvise(mem, size / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE);
	return mem;
}

static void release(void *ctx, void *mem, size_t size, size_t align)
{
	(void)ctx;
	(void)size;
	(void)align;
	free(mem);
}

/* Waits until the kernel's generator is seeded. */
static int secret(void *ctx, void *buf, size_t len)
{
	uint8_t *at = buf;

	(void)ctx;
	while (len) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static void log_warnings(void *ctx, enum sea_log_level level, const char *text)
{
	(void)ctx;
	if (level <= SEA_LOG_WARN)
		fprintf(stderr, "seastack: %s\n", text);
}

static SEA_NORETURN void die(void *ctx, const char *what, const char *file, int line)
{
	(void)ctx;
	fprintf(stderr, "seastack: %s:%d: assertion failed: %s\n", file, line, what);
	abort();
}

int sea_env_os(struct sea_env *env)
{
	*env = (struct sea_env){
		.size = sizeof(*env),
		.alloc = alloc,
		.free = release,
		.secret = secret,
		.log = log_warnings,
		.panic = die,
	};
	return secret(NULL, &env->seed, sizeof(env->seed));
}
