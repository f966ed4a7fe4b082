/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/mm/mm.h"
#include "tests/unit/sentry-glue/guest.h"

#define FRAMES 4096u
#define AREA 0x10000000ull
#define RW (PROT_READ | PROT_WRITE)
#define ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

struct world {
	struct guest g;
	struct sea_mm *mm;
};

static int world_new(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct guest *g = &w->g;

	assert_int_equal(sea_memfile_init(&g->file, FRAMES), 0);
	assert_int_equal(sea_platform_init(&g->platform, &sea_platform_ptrace, g->file.fd, NULL),
			 0);
	assert_int_equal(g->platform.ops->start(&g->platform, &g->vcpu), 0);
	assert_int_equal(sea_mm_new(&g->file, &g->platform, &w->mm), 0);
	*state = w;
	return 0;
}

static int world_free(void **state)
{
	struct world *w = *state;

	w->g.platform.ops->stop(w->g.vcpu);
	sea_mm_put(w->mm);
	assert_int_equal(w->g.file.used, 0);
	sea_platform_fini(&w->g.platform);
	sea_memfile_fini(&w->g.file);
	free(w);
	return 0;
}

static int64_t map_as(struct world *w, uint64_t addr, uint64_t pages, int prot, int flags)
{
	struct sea_mmap how = {
		.addr = addr, .len = pages * SEA_PAGE, .prot = prot, .prot_max = ALL, .flags = flags
	};

	return sea_mm_mmap(w->mm, w->g.vcpu, &how);
}

static uint64_t map_anonymous(struct world *w, uint64_t addr, uint64_t pages, int prot)
{
	int64_t got =
		map_as(w, addr, pages, prot, MAP_PRIVATE | MAP_ANONYMOUS | (addr ? MAP_FIXED : 0));

	assert_true(got > 0);
	return (uint64_t)got;
}

/* Runs an instruction and a system call at CODE, with faults as a kernel handles them. The first
 * fault that it could not is the result; SEA_FAULT_DONE: it came through. */
static enum sea_fault play(struct world *w, const char *code, uint64_t rsi, uint64_t *rax)
{
	struct user_regs_struct regs = guest_regs(CODE);
	struct guest *g = &w->g;

	if (!sea_vma_find(&w->mm->vmas, CODE) || sea_vma_find(&w->mm->vmas, CODE)->start > CODE)
		map_anonymous(w, CODE, 1, ALL);
	assert_int_equal(sea_mm_write(w->mm, g->vcpu, CODE, code, 4), 0);
	regs.rsi = rsi;
	regs.rax = *rax;
	for (int i = 0; i < 8; i++) {
		enum sea_fault fault;

		assert_int_equal(g->platform.ops->run(g->vcpu, &regs, &g->event), 0);
		*rax = g->event.why == SEA_STOP_SYSCALL ? regs.orig_rax : regs.rax;
		if (g->event.why == SEA_STOP_SYSCALL)
			return SEA_FAULT_DONE;
		fault = sea_mm_fault(w->mm, g->vcpu, (uint64_t)(uintptr_t)g->event.info.si_addr,
				     g->event.info.si_code == SEGV_ACCERR);
		if (fault != SEA_FAULT_DONE)
			return fault;
	}
	return SEA_FAULT_LOST;
}

static enum sea_fault load(struct world *w, uint64_t addr, uint64_t *value)
{
	*value = 0;
	return play(w, "\x8a\x06\x0f\x05", addr, value); /* mov (%rsi),%al; syscall */
}

static enum sea_fault store(struct world *w, uint64_t addr, uint64_t value)
{
	return play(w, "\x88\x06\x0f\x05", addr, &value); /* mov %al,(%rsi); syscall */
}

static uint64_t loaded(struct world *w, uint64_t addr)
{
	uint64_t value;

	assert_int_equal(load(w, addr, &value), SEA_FAULT_DONE);
	return value;
}

static uint8_t seen(struct sea_mm *mm, uint64_t addr)
{
	uint8_t byte;

	assert_int_equal(sea_mm_read(mm, addr, &byte, 1), 0);
	return byte;
}

static void fresh_memory_is_zero_and_keeps_what_is_written(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, 0, 40, RW);

	assert_int_equal(loaded(w, at + 5 * SEA_PAGE), 0);
	for (uint64_t i = 0; i < 40; i++)
		assert_int_equal(store(w, at + i * SEA_PAGE + 7, i + 1), SEA_FAULT_DONE);
	for (uint64_t i = 0; i < 40; i++) {
		assert_int_equal(loaded(w, at + i * SEA_PAGE + 7), i + 1);
		assert_int_equal(seen(w->mm, at + i * SEA_PAGE + 7), i + 1);
	}
}

static void what_the_sentry_writes_the_guest_reads(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, 0, 3, RW);
	char block[2 * SEA_PAGE];

	memset(block, 'x', sizeof(block));
	assert_int_equal(loaded(w, at + SEA_PAGE), 0);
	assert_int_equal(sea_mm_write(w->mm, w->g.vcpu, at + 100, block, sizeof(block)), 0);
	assert_int_equal(loaded(w, at + 99), 0);
	assert_int_equal(loaded(w, at + 100), 'x');
	assert_int_equal(loaded(w, at + 2 * SEA_PAGE + 99), 'x');
	assert_int_equal(loaded(w, at + 2 * SEA_PAGE + 100), 0);
}

static void protection_is_that_of_the_area(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, 0, 3, RW), value;

	assert_int_equal(store(w, at + SEA_PAGE, 9), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_mprotect(w->mm, w->g.vcpu, at + SEA_PAGE, SEA_PAGE, PROT_READ), 0);
	assert_int_equal(store(w, at + SEA_PAGE, 8), SEA_FAULT_AGAIN);
	assert_int_equal(loaded(w, at + SEA_PAGE), 9);
	assert_int_equal(store(w, at, 8), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_mprotect(w->mm, w->g.vcpu, at, 3 * SEA_PAGE, PROT_NONE), 0);
	assert_int_equal(load(w, at, &value), SEA_FAULT_ACCERR);
	assert_int_equal(sea_mm_read(w->mm, at, &value, 1), -EFAULT);
	assert_int_equal(w->mm->vmas.n, 2); /* the code's, and one again of three */
	assert_int_equal(sea_mm_mprotect(w->mm, w->g.vcpu, at, 3 * SEA_PAGE, RW), 0);
	assert_int_equal(store(w, at + SEA_PAGE, 7), SEA_FAULT_DONE);
	assert_int_equal(loaded(w, at), 8);
	assert_int_equal(sea_mm_mprotect(w->mm, w->g.vcpu, at, 4 * SEA_PAGE, RW), -ENOMEM);
	assert_int_equal(sea_mm_mprotect(w->mm, w->g.vcpu, at + 1, SEA_PAGE, RW), -EINVAL);
}

static void unmapped_memory_is_gone_and_given_back(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, 0, 64, RW), value;
	uint32_t before = w->g.file.used;

	for (uint64_t i = 0; i < 64; i++)
		assert_int_equal(store(w, at + i * SEA_PAGE, 1), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_munmap(w->mm, w->g.vcpu, at + SEA_PAGE, 62 * SEA_PAGE), 0);
	assert_int_equal(load(w, at + SEA_PAGE, &value), SEA_FAULT_MAPERR);
	assert_int_equal(load(w, at + 62 * SEA_PAGE, &value), SEA_FAULT_MAPERR);
	assert_int_equal(loaded(w, at), 1);
	assert_int_equal(loaded(w, at + 63 * SEA_PAGE), 1);
	assert_true(w->g.file.used <= before + 3);
	/* The frames of others come back as zeros. */
	at = map_anonymous(w, AREA, 62, RW);
	for (uint64_t i = 0; i < 62; i++)
		assert_int_equal(loaded(w, at + i * SEA_PAGE), 0);
}

static void after_a_fork_each_side_writes_for_itself(void **state)
{
	struct world *w = *state, child = *w;
	uint64_t at = map_anonymous(w, 0, 4, RW), shared;

	shared = (uint64_t)map_as(w, 0, 1, RW, MAP_SHARED | MAP_ANONYMOUS);
	assert_int_equal(store(w, at, 1), SEA_FAULT_DONE);
	assert_int_equal(store(w, at + SEA_PAGE, 2), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_fork(w->mm, w->g.vcpu, &child.mm), 0);
	assert_int_equal(w->g.platform.ops->start(&w->g.platform, &child.g.vcpu), 0);

	assert_int_equal(loaded(&child, at), 1);
	assert_int_equal(store(&child, at, 11), SEA_FAULT_DONE);
	assert_int_equal(store(w, at + SEA_PAGE, 22), SEA_FAULT_DONE);
	assert_int_equal(loaded(w, at), 1);
	assert_int_equal(loaded(&child, at), 11);
	assert_int_equal(loaded(&child, at + SEA_PAGE), 2);
	assert_int_equal(loaded(w, at + SEA_PAGE), 22);
	assert_int_equal(store(w, shared, 5), SEA_FAULT_DONE);

	w->g.platform.ops->stop(child.g.vcpu);
	sea_mm_put(child.mm);
	assert_int_equal(store(w, at, 3), SEA_FAULT_DONE); /* alone again: no copy */
	assert_int_equal(loaded(w, at), 3);
}

static void shared_objects_are_one_memory_on_both_sides_of_a_fork(void **state)
{
	struct world *w = *state, child = *w;
	struct sea_mmap how = {
		.len = 3 * SEA_PAGE, .prot = RW, .prot_max = ALL, .flags = MAP_SHARED
	};
	uint64_t at;

	assert_int_equal(sea_shared_new(&w->g.file, &how.object), 0);
	at = (uint64_t)sea_mm_mmap(w->mm, w->g.vcpu, &how);
	how.object->ops->put(how.object);
	assert_int_equal(store(w, at, 1), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_fork(w->mm, w->g.vcpu, &child.mm), 0);
	assert_int_equal(w->g.platform.ops->start(&w->g.platform, &child.g.vcpu), 0);
	assert_int_equal(store(&child, at, 2), SEA_FAULT_DONE);
	assert_int_equal(store(&child, at + 2 * SEA_PAGE, 3), SEA_FAULT_DONE);
	assert_int_equal(loaded(w, at), 2);
	assert_int_equal(loaded(w, at + 2 * SEA_PAGE), 3);
	w->g.platform.ops->stop(child.g.vcpu);
	sea_mm_put(child.mm);
}

static void mremap_moves_shrinks_and_grows(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, AREA, 4, RW), value;
	int64_t to;

	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(store(w, at + i * SEA_PAGE, i + 1), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_mremap(w->mm, w->g.vcpu, at, 4 * SEA_PAGE, 3 * SEA_PAGE, 0, 0), at);
	assert_int_equal(load(w, at + 3 * SEA_PAGE, &value), SEA_FAULT_MAPERR);
	assert_int_equal(sea_mm_mremap(w->mm, w->g.vcpu, at, 3 * SEA_PAGE, 5 * SEA_PAGE, 0, 0), at);
	assert_int_equal(loaded(w, at + 4 * SEA_PAGE), 0);
	map_anonymous(w, at + 5 * SEA_PAGE, 1, PROT_READ);
	assert_int_equal(sea_mm_mremap(w->mm, w->g.vcpu, at, 5 * SEA_PAGE, 6 * SEA_PAGE, 0, 0),
			 -ENOMEM);
	to = sea_mm_mremap(w->mm, w->g.vcpu, at, 5 * SEA_PAGE, 9 * SEA_PAGE, MREMAP_MAYMOVE, 0);
	assert_true(to > 0 && (uint64_t)to != at);
	assert_int_equal(load(w, at, &value), SEA_FAULT_MAPERR);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(loaded(w, (uint64_t)to + i * SEA_PAGE), i + 1);
	assert_int_equal(sea_mm_mremap(w->mm, w->g.vcpu, (uint64_t)to, SEA_PAGE, SEA_PAGE,
				       MREMAP_MAYMOVE | MREMAP_FIXED, at),
			 at);
	assert_int_equal(loaded(w, at), 1);
	assert_int_equal(loaded(w, (uint64_t)to + SEA_PAGE), 2);
	assert_int_equal(sea_mm_mremap(w->mm, w->g.vcpu, 0x30000, SEA_PAGE, SEA_PAGE * 2, 0, 0),
			 -EFAULT);
}

static void the_heap_grows_and_shrinks(void **state)
{
	struct world *w = *state;
	uint64_t value;

	w->mm->brk_start = w->mm->brk = AREA;
	assert_int_equal(sea_mm_brk(w->mm, w->g.vcpu, 0), AREA);
	assert_int_equal(sea_mm_brk(w->mm, w->g.vcpu, AREA + 10001), AREA + 10001);
	assert_int_equal(store(w, AREA + 10000, 3), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_brk(w->mm, w->g.vcpu, AREA + 1), AREA + 1);
	assert_int_equal(load(w, AREA + 10000, &value), SEA_FAULT_MAPERR);
	map_anonymous(w, AREA + 4 * SEA_PAGE, 1, RW);
	assert_int_equal(sea_mm_brk(w->mm, w->g.vcpu, AREA + 5 * SEA_PAGE), AREA + 1);
	w->mm->limit_data = 2 * SEA_PAGE;
	assert_int_equal(sea_mm_brk(w->mm, w->g.vcpu, AREA + 3 * SEA_PAGE), AREA + 1);
}

static void dontneed_leaves_zeros(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, 0, 2, RW);

	assert_int_equal(store(w, at, 1), SEA_FAULT_DONE);
	assert_int_equal(store(w, at + SEA_PAGE, 2), SEA_FAULT_DONE);
	assert_int_equal(sea_mm_madvise(w->mm, w->g.vcpu, at, SEA_PAGE, MADV_DONTNEED), 0);
	assert_int_equal(loaded(w, at), 0);
	assert_int_equal(loaded(w, at + SEA_PAGE), 2);
	assert_int_equal(sea_mm_madvise(w->mm, w->g.vcpu, at, 3 * SEA_PAGE, MADV_WILLNEED),
			 -ENOMEM);
	assert_int_equal(sea_mm_madvise(w->mm, w->g.vcpu, at, SEA_PAGE, 4711), -EINVAL);
}

static void a_stack_grows_downwards_up_to_its_limit(void **state)
{
	struct world *w = *state;
	uint64_t value;

	assert_true(map_as(w, AREA, 1, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN) > 0);
	w->mm->limit_stack = 64 * SEA_PAGE;
	assert_int_equal(store(w, AREA - 3, 1), SEA_FAULT_DONE);
	assert_int_equal(store(w, AREA - 60 * SEA_PAGE, 2), SEA_FAULT_DONE);
	assert_int_equal(load(w, AREA - 64 * SEA_PAGE, &value), SEA_FAULT_MAPERR);
	assert_int_equal(loaded(w, AREA - 60 * SEA_PAGE), 2);
}

static void mmap_refuses_what_linux_refuses(void **state)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	struct world *w = *state;
	uint64_t at = map_anonymous(w, AREA, 2, RW);

	assert_int_equal(map_as(w, 0, 0, RW, flags), -EINVAL);
	assert_int_equal(map_as(w, AREA + 1, 1, RW, flags | MAP_FIXED), -EINVAL);
	assert_int_equal(map_as(w, 0, 1, RW, flags | MAP_FIXED), -EPERM);
	assert_int_equal(map_as(w, SEA_GUEST_TOP, 1, RW, flags | MAP_FIXED), -ENOMEM);
	assert_int_equal(map_as(w, 0, 1ull << 40, RW, flags), -ENOMEM);
	assert_int_equal(map_as(w, at + SEA_PAGE, 1, RW, flags | MAP_FIXED_NOREPLACE), -EEXIST);
	assert_int_equal(map_as(w, at + 2 * SEA_PAGE, 1, RW, flags | MAP_FIXED_NOREPLACE),
			 at + 2 * SEA_PAGE);
	assert_true(map_as(w, 0, 1, RW, flags | MAP_32BIT) < 0x80000000);
	/* A hint is taken where there is room, and else ignored. */
	assert_int_equal(map_as(w, AREA * 2, 1, RW, flags), AREA * 2);
	assert_true(map_as(w, AREA, 1, RW, flags) > (int64_t)(AREA * 3));
	w->mm->limit_as = w->mm->vmas.bytes + SEA_PAGE;
	assert_int_equal(map_as(w, 0, 2, RW, flags), -ENOMEM);
}

static void a_huge_reservation_takes_no_memory(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, 0, 1ull << 34, PROT_NONE); /* 64 TiB */

	assert_int_equal(w->g.file.used, 0);
	assert_int_equal(sea_mm_mprotect(w->mm, w->g.vcpu, at + (1ull << 40), SEA_PAGE, RW), 0);
	assert_int_equal(store(w, at + (1ull << 40), 1), SEA_FAULT_DONE);
	assert_true(w->g.file.used <= 32);
}

static void memory_that_is_all_taken_is_an_error(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, AREA, FRAMES * 2, RW), i = 0;
	enum sea_fault fault;

	do {
		fault = store(w, at + i * SEA_PAGE * 16, 1);
	} while (fault == SEA_FAULT_DONE && i++ < FRAMES);
	assert_int_equal(fault, SEA_FAULT_OOM);
	assert_int_equal(sea_mm_munmap(w->mm, w->g.vcpu, at, SEA_PAGE * 64), 0);
	assert_int_equal(store(w, at + SEA_PAGE * 64, 1), SEA_FAULT_DONE);
}

static void strings_are_read_to_their_end(void **state)
{
	struct world *w = *state;
	uint64_t at = map_anonymous(w, AREA, 2, RW);
	char text[64];

	assert_int_equal(sea_mm_write(w->mm, NULL, at + SEA_PAGE - 3, "abcdef", 7), 0);
	assert_int_equal(sea_mm_read_string(w->mm, at + SEA_PAGE - 3, text, sizeof(text)), 6);
	assert_string_equal(text, "abcdef");
	assert_int_equal(sea_mm_read_string(w->mm, at + SEA_PAGE - 3, text, 6), -ENAMETOOLONG);
	assert_int_equal(sea_mm_write(w->mm, NULL, at + 2 * SEA_PAGE - 3, "xyz", 3), 0);
	assert_int_equal(sea_mm_read_string(w->mm, at + 2 * SEA_PAGE - 3, text, sizeof(text)),
			 -EFAULT);
	assert_int_equal(sea_mm_read_string(w->mm, ~0ull - 5, text, sizeof(text)), -EFAULT);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(fresh_memory_is_zero_and_keeps_what_is_written),
		IN_WORLD(what_the_sentry_writes_the_guest_reads),
		IN_WORLD(protection_is_that_of_the_area),
		IN_WORLD(unmapped_memory_is_gone_and_given_back),
		IN_WORLD(after_a_fork_each_side_writes_for_itself),
		IN_WORLD(shared_objects_are_one_memory_on_both_sides_of_a_fork),
		IN_WORLD(mremap_moves_shrinks_and_grows),
		IN_WORLD(the_heap_grows_and_shrinks),
		IN_WORLD(dontneed_leaves_zeros),
		IN_WORLD(a_stack_grows_downwards_up_to_its_limit),
		IN_WORLD(mmap_refuses_what_linux_refuses),
		IN_WORLD(a_huge_reservation_takes_no_memory),
		IN_WORLD(memory_that_is_all_taken_is_an_error),
		IN_WORLD(strings_are_read_to_their_end),
	};

	guest_skip_unless_allowed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
