/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sentry-glue/mm/patch_code.h"

static unsigned int after(const char *code, size_t len)
{
	uint8_t bytes[SEA_PATCH_BYTES] = { 0 };

	assert_true(len <= SEA_PATCH_BYTES - 2);
	memcpy(bytes, code, len);
	return sea_patch_after(bytes);
}

#define AFTER(code) after(code, sizeof(code) - 1)

static void what_a_c_library_has_behind_its_calls_is_known(void **state)
{
	(void)state;
	assert_int_equal(AFTER("\x48\x3d\x00\xf0\xff\xff\x77"), 6); /* cmp $-4096, %rax; ja */
	assert_int_equal(AFTER("\x3d\x00\xf0\xff\xff"), 5);         /* cmp $-4096, %eax */
	assert_int_equal(AFTER("\xc3\x66\x2e"), 1);                 /* ret */
	assert_int_equal(AFTER("\x48\x89\xc5"), 3);                 /* mov %rax, %rbp */
	assert_int_equal(AFTER("\x49\x89\xc4"), 3);                 /* mov %rax, %r12 */
	assert_int_equal(AFTER("\x89\xc2\x31\xc0"), 4); /* mov %eax, %edx; xor %eax, %eax */
	assert_int_equal(AFTER("\x48\x85\xc0\x78"), 3); /* test %rax, %rax; js */
	assert_int_equal(AFTER("\x83\xf8\xff"), 3);     /* cmp $-1, %eax */
	assert_int_equal(AFTER("\xf7\xd8\xc3"), 3);     /* neg %eax; ret */
	assert_int_equal(AFTER("\x89\xc5\x48\x3d\x00\xf0\xff\xff"), 8);
}

static void what_depends_on_its_place_or_on_memory_is_not_taken(void **state)
{
	(void)state;
	assert_int_equal(AFTER("\x85\xc0\x78\x10"), 0);             /* test %eax, %eax; js */
	assert_int_equal(AFTER("\x48\x8b\x44\x24\x08"), 0);         /* mov 8(%rsp), %rax */
	assert_int_equal(AFTER("\x48\x8b\x05\x00\x00\x00\x00"), 0); /* mov 0(%rip), %rax */
	assert_int_equal(AFTER("\x48\x89\x03"), 0);                 /* mov %rax, (%rbx) */
	assert_int_equal(AFTER("\xe8\x00\x00\x00\x00"), 0);         /* call */
	assert_int_equal(AFTER("\xeb\xfe\x90"), 0);                 /* jmp */
	assert_int_equal(AFTER("\x0f\x05\x90"), 0);                 /* syscall */
	assert_int_equal(AFTER("\xf7\xe0\x90"), 0);                 /* mul %eax */
	assert_int_equal(AFTER("\xf7\xf1\x90"), 0);                 /* div %ecx: it may fault */
	assert_int_equal(AFTER("\x66\x3d\x00\xf0\x90"), 0);         /* another length */
}

static void a_jump_within_reach_has_no_instruction_in_its_distance(void **state)
{
	const uint64_t site = 0x7fffc7000123ull;
	unsigned int found = 0;

	(void)state;
	for (uint64_t page = 0x7ffff0010000ull; page < 0x7fffffff0000ull && found < 50;
	     page += 4096) {
		uint8_t code[5];

		if (!sea_patch_reach_page(site, page))
			continue;
		for (uint64_t at = page; at < page + 4096; at++) {
			uint32_t distance;

			if (!sea_patch_reach(site, at))
				continue;
			found++;
			sea_patch_jump(code, site, at);
			memcpy(&distance, code + 1, 4);
			assert_int_equal(code[0], 0xe9);
			assert_int_equal(site + 5 + distance, at);
			for (int i = 1; i < 5; i++) {
				/* Invalid in 64-bit mode, of those that the architecture lists. */
				assert_non_null(
					memchr("\x06\x07\x0e\x16\x17\x1e\x1f\x27\x2f\x37\x3f"
					       "\x60\x61\x82\x9a\xce\xd4\xea",
					       code[i], 18));
			}
		}
	}
	assert_true(found >= 50);
}

static void what_is_too_far_is_not_within_reach(void **state)
{
	const uint64_t d = 0x06060606;

	(void)state;
	assert_true(sea_patch_reach(0x400000, 0x400005 + d));
	assert_false(sea_patch_reach(0x400000, 0x400005 + (1ull << 32) + d));
	assert_false(sea_patch_reach(0x400000, 0x400005 - d));
	assert_true(sea_patch_reach(0x80000000, 0x80000005 - (0x100000000 - 0xea060606)));
	assert_false(sea_patch_reach(0x400000, 0x400005 + 0xea060606ull));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_c_library_has_behind_its_calls_is_known),
		cmocka_unit_test(what_depends_on_its_place_or_on_memory_is_not_taken),
		cmocka_unit_test(a_jump_within_reach_has_no_instruction_in_its_distance),
		cmocka_unit_test(what_is_too_far_is_not_within_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
