/* SPDX-License-Identifier: Apache-2.0 */
/* The first stack: strings at the top, below them the vectors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/loader/loader.h"

#define STACK_FIRST (132ull << 10)
#define ARGS_MAX (2ull << 20) /* a quarter of the usual 8 MiB */
#define VECTOR_MAX 44
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

struct builder {
	struct sea_mm *mm;
	uint64_t sp;
	int err;
};

static uint64_t push(struct builder *b, const void *from, size_t len)
{
	b->sp -= len;
	if (!b->err)
		b->err = sea_mm_write(b->mm, NULL, b->sp, from, len) ? -EFAULT : 0;
	return b->sp;
}

static size_t count(char **list, uint64_t *bytes)
{
	size_t n = 0;

	for (; list[n]; n++)
		*bytes += strlen(list[n]) + 1 + sizeof(uint64_t);
	return n;
}

/* Strings, the last first, and their addresses. */
static void push_strings(struct builder *b, char **list, size_t n, uint64_t *at)
{
	while (n--)
		at[n] = push(b, list[n], strlen(list[n]) + 1);
}

static int map_stack(struct sea_mm *mm)
{
	uint64_t r = 0, top;
	struct sea_mmap how = { .len = STACK_FIRST,
				.prot = PROT_READ | PROT_WRITE,
				.prot_max = PROT_READ | PROT_WRITE | PROT_EXEC,
				.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN };
	int64_t got;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		r = 0;
	top = SEA_GUEST_TOP - (1 + (r % SEA_STACK_RANDOM)) * SEA_PAGE;
	how.addr = top - STACK_FIRST;
	got = sea_mm_mmap(mm, NULL, &how);
	mm->stack_start = top;
	return got < 0 ? (int)got : 0;
}

struct aux {
	uint64_t pair[VECTOR_MAX];
	unsigned int n;
};

static void aux_add(struct aux *aux, uint64_t type, uint64_t value)
{
	aux->pair[aux->n++] = type;
	aux->pair[aux->n++] = value;
}

static void aux_fill(struct aux *aux, const struct sea_task *task, const struct sea_image *image,
		     uint64_t random, uint64_t name, uint64_t platform)
{
	const struct sea_creds *creds = &task->process->creds;

	if (task->kernel->platform.vdso.n)
		aux_add(aux, AT_SYSINFO_EHDR, task->kernel->platform.vdso.header);
	aux_add(aux, AT_MINSIGSTKSZ, getauxval(AT_MINSIGSTKSZ));
	aux_add(aux, AT_HWCAP, getauxval(AT_HWCAP));
	aux_add(aux, AT_PAGESZ, SEA_PAGE);
	aux_add(aux, AT_CLKTCK, 100);
	aux_add(aux, AT_PHDR, image->phdr);
	aux_add(aux, AT_PHENT, 56);
	aux_add(aux, AT_PHNUM, image->phnum);
	aux_add(aux, AT_BASE, image->base);
	aux_add(aux, AT_FLAGS, 0);
	aux_add(aux, AT_ENTRY, image->program);
	aux_add(aux, AT_UID, creds->uid);
	aux_add(aux, AT_EUID, creds->euid);
	aux_add(aux, AT_GID, creds->gid);
	aux_add(aux, AT_EGID, creds->egid);
	aux_add(aux, AT_SECURE, 0);
	aux_add(aux, AT_RANDOM, random);
	aux_add(aux, AT_HWCAP2, getauxval(AT_HWCAP2));
	aux_add(aux, AT_EXECFN, name);
	aux_add(aux, AT_PLATFORM, platform);
	aux_add(aux, AT_NULL, 0);
}

/* argc, argv, envp, auxv, from the stack pointer upwards. */
static void push_vectors(struct builder *b, const uint64_t *args, size_t argc, const uint64_t *envs,
			 size_t envc, const struct aux *aux)
{
	const uint64_t zero = 0, n = argc;
	size_t words = 1 + argc + 1 + envc + 1 + aux->n;

	b->sp &= ~15ull;
	if (words & 1)
		b->sp -= 8;
	push(b, aux->pair, aux->n * 8);
	push(b, &zero, 8);
	push(b, envs, envc * 8);
	push(b, &zero, 8);
	push(b, args, argc * 8);
	push(b, &n, 8);
}

int sea_stack_build(struct sea_task *task, struct sea_mm *mm, const struct sea_image *image,
		    const char *path, char **argv, char **envp, uint64_t *sp)
{
	uint64_t bytes = 0, *at, name, platform, random;
	size_t argc = count(argv, &bytes), envc = count(envp, &bytes);
	struct builder b = { .mm = mm };
	struct aux aux = { 0 };
	uint8_t seed[16];
	int err = map_stack(mm);

	if (err)
		return err;
	if (bytes > ARGS_MAX)
		return -E2BIG;
	at = calloc(argc + envc + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	b.sp = mm->stack_start - 8;
	name = push(&b, path, strlen(path) + 1);
	mm->env_end = b.sp;
	push_strings(&b, envp, envc, at + argc);
	mm->env_start = mm->arg_end = b.sp;
	push_strings(&b, argv, argc, at);
	mm->arg_start = b.sp;
	platform = push(&b, "x86_64", 7);
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		b.err = -EIO;
	random = push(&b, seed, sizeof(seed));
	aux_fill(&aux, task, image, random, name, platform);
	push_vectors(&b, at, argc, at + argc, envc, &aux);
	free(at);
	*sp = b.sp;
	return b.err;
}
