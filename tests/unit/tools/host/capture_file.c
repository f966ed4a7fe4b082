/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/host/capture_file.h"

/* Three blocks of 28, 20 and 100 bytes, of which only type and length matter here. */
static size_t blocks(uint8_t *to)
{
	static const uint8_t sizes[] = { 28, 20, 100 };
	size_t len = 0;

	memset(to, 0xab, 148);
	for (size_t i = 0; i < 3; i++) {
		memcpy(to + len + 4, (uint8_t[]){ sizes[i], 0, 0, 0 }, 4);
		len += sizes[i];
	}
	return len;
}

/* How much of the blocks is written when they come in pieces of `step` and the limit is `room`. */
static uint64_t whole_of(size_t step, uint64_t room)
{
	struct sea_capture_file file = { .fd = -1 };
	uint8_t bytes[148];
	size_t len = blocks(bytes), at = 0;

	while (at < len) {
		size_t n = len - at < step ? len - at : step;
		size_t fit = sea_capture_file_fit(&file, bytes + at, n, room);

		file.size += fit;
		at += n;
		if (fit < n)
			break;
	}
	return file.whole;
}

static void a_capture_ends_with_a_whole_block_at_its_limit(void **state)
{
	for (size_t step = 1; step <= 148; step++) {
		assert_int_equal(whole_of(step, 27), 0);
		assert_int_equal(whole_of(step, 28), 28);
		assert_int_equal(whole_of(step, 47), 28);
		assert_int_equal(whole_of(step, 48), 48);
		assert_int_equal(whole_of(step, 147), 48);
		assert_int_equal(whole_of(step, 148), 148);
		assert_int_equal(whole_of(step, UINT64_MAX), 148);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_ends_with_a_whole_block_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
