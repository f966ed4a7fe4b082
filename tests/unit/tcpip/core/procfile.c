/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc/net are read at any offset, in pieces of any length, as the text that they are. */
#include <errno.h>
#include <stdio.h>

#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/procnet.h>
#include <seastack/stack.h>

#include "core/link.h"
#include "core/procfile.h"
#include "core/stack.h"
#include "tests/lib/env.h"

#define LINES 300u
#define TEXT_MAX 16384

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_procnet_reader reader;
	sea_time now;
	char whole[TEXT_MAX];
	size_t len;
	unsigned lines, blanks; /* of the file "lines" */
} f;

/* Every third piece is empty, every seventh has two lines. */
static bool write_lines(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			struct sea_text *t)
{
	uint64_t i = cursor->place[0]++;

	(void)stack;
	if (i >= f.lines)
		return false;
	if (i % 3)
		sea_procnet_put(t, "line %u%*s\n", (unsigned)i, (int)f.blanks, "");
	if (i % 7 == 1)
		sea_procnet_put(t, "and one\n");
	return true;
}

/* As long as a piece may be; or one byte more than that. */
static bool write_long(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t)
{
	(void)stack;
	if (!sea_procnet_begins(cursor))
		return false;
	for (unsigned i = 0; i < SEA_PROCNET_PIECE_MAX - 2 + f.blanks; i++)
		sea_text_char(t, (char)('a' + i % 26));
	return true;
}

static const struct sea_procnet_file files[] = {
	{ .name = "lines", .write = write_lines },
	{ .name = "a_long_one", .write = write_long },
};
static const struct sea_procnet_files some = { .files = files, .n = 2 };

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.lines = LINES;
	f.now = (sea_time){ SEA_SEC };
	f.reader.size = sizeof(f.reader);
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, NULL, 0, &f.stack), 0);
	sea_stack_add_proc_files(f.stack, &some);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

static int64_t read_at(void *to, size_t len, uint64_t offset)
{
	return sea_procnet_read(f.stack, &f.reader, to, len, offset, f.now);
}

/* By pieces of at most so many bytes. */
static void read_whole(const char *name, size_t piece)
{
	int64_t n;

	f.len = 0;
	assert_int_equal(sea_procnet_open(f.stack, name, &f.reader), 0);
	while ((n = read_at(f.whole + f.len, piece, f.len)) > 0) {
		assert_in_range(n, 1, piece);
		f.len += (size_t)n;
		assert_in_range(f.len, 1, TEXT_MAX - piece - 1);
	}
	assert_int_equal(n, 0);
	f.whole[f.len] = '\0';
}

static void any_length_of_reads_gives_the_same_text(void **state)
{
	static char first[TEXT_MAX];
	size_t len;

	(void)state;
	read_whole("lines", 8000);
	len = f.len;
	assert_true(len > LINES * 5);
	memcpy(first, f.whole, len);
	for (size_t piece = 1; piece < 40; piece += 3) {
		read_whole("lines", piece);
		assert_int_equal(f.len, len);
		assert_memory_equal(f.whole, first, len);
	}
}

static void reads_give_whole_lines_where_one_fits(void **state)
{
	char text[100];
	int64_t n;

	(void)state;
	assert_int_equal(sea_procnet_open(f.stack, "lines", &f.reader), 0);
	n = read_at(text, 13, 0); /* "line 1", "and one" is one piece, and does not fit */
	assert_int_equal(n, 13);
	n = read_at(text, 8, 13);
	assert_int_equal(n, 2); /* what is left of it; "line 2" does not fit beside it */
	n = read_at(text, 9, 15);
	assert_int_equal(n, 7);
	assert_memory_equal(text, "line 2\n", 7);
}

static void any_offset_may_be_read(void **state)
{
	static char whole[TEXT_MAX];
	uint64_t random = 1;
	size_t len;

	(void)state;
	read_whole("lines", 8000);
	len = f.len;
	memcpy(whole, f.whole, len);
	for (unsigned i = 0; i < 300; i++) {
		size_t at = test_random(&random) % (len + 20), want = test_random(&random) % 50 + 1;
		char text[50];
		int64_t n = read_at(text, want, at);

		if (at >= len) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_in_range(n, 1, want);
		assert_memory_equal(text, whole + at, (size_t)n);
	}
	assert_int_equal(read_at(whole, 50, UINT64_MAX), 0);
	assert_int_equal(read_at(whole, 0, 0), 0);
}

static void a_file_that_becomes_shorter_is_read_on(void **state)
{
	char text[100];
	int64_t n;

	(void)state;
	f.blanks = 20;
	assert_int_equal(sea_procnet_open(f.stack, "lines", &f.reader), 0);
	n = read_at(text, 20, 0);
	assert_int_equal(n, 20); /* of the first line */
	f.blanks = 0;
	n = read_at(text, 10, 20);
	assert_int_equal(n, 7);
	assert_memory_equal(text, "line 2\n", 7);
	f.lines = 2;
	assert_int_equal(read_at(text, 10, 27), 0);
}

static void a_copy_of_a_reader_goes_on_from_where_it_was(void **state)
{
	struct sea_procnet_reader copy;
	char a[64], b[64];
	int64_t n;

	(void)state;
	assert_int_equal(sea_procnet_open(f.stack, "lines", &f.reader), 0);
	n = read_at(a, 64, 0);
	copy = f.reader;
	assert_int_equal(read_at(a, 64, (uint64_t)n),
			 sea_procnet_read(f.stack, &copy, b, 64, (uint64_t)n, f.now));
	assert_memory_equal(a, b, 40);
}

static void names_come_in_order(void **state)
{
	static const char *const want[] = { "a_long_one", "dev",    "lines", "packet",
					    "protocols",  "psched", "ptype" };
	char name[SEA_PROCNET_NAME_MAX] = "";

	(void)state;
	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(sea_procnet_next(f.stack, name));
		assert_string_equal(name, want[i]);
	}
	assert_false(sea_procnet_next(f.stack, name));
}

static void what_is_not_there_cannot_be_read(void **state)
{
	char text[10];

	(void)state;
	assert_int_equal(sea_procnet_open(f.stack, "tcp", &f.reader), -ENOENT);
	assert_int_equal(read_at(text, 10, 0), -ENOENT);
	f.reader.size--;
	assert_int_equal(sea_procnet_open(f.stack, "dev", &f.reader), -EINVAL);
}

static void a_piece_may_be_as_long_as_is_said(void **state)
{
	(void)state;
	read_whole("a_long_one", 5000);
	assert_int_equal(f.len, SEA_PROCNET_PIECE_MAX - 2);
	read_whole("a_long_one", 7);
	assert_int_equal(f.len, SEA_PROCNET_PIECE_MAX - 2);
	f.blanks = 1; /* the writer's fault */
	assert_int_equal(sea_procnet_open(f.stack, "a_long_one", &f.reader), 0);
	expect_assert_failure(read_at(f.whole, 5000, 0));
	sea_stack_leave(f.stack); /* whence the assertion leapt */
}

static void dev_shows_links_and_their_counters(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "a_longer_name0",
						.type = SEA_LINK_ETHERNET };
	struct sea_link *link;

	(void)state;
	assert_int_equal(sea_link_add(f.stack, &config, &link, f.now), 0);
	link->stats = (struct sea_link_stats){ 12345678901, 2, 3, 4, 5, 6, 7, 8, 9 };
	read_whole("dev", 500);
	assert_string_equal(
		f.whole,
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets "
		"errs drop fifo colls carrier compressed\n"
		"    lo:       0       0    0    0    0     0          0         0        0       0"
		"    0    0    0     0       0          0\n"
		"a_longer_name0:       2 12345678901    4    3    0     0          0         9"
		"        6       5    8    7    0     0       0          0\n");
}

static void nobody_hears_anything_without_protocols(void **state)
{
	(void)state;
	read_whole("ptype", 100);
	assert_string_equal(f.whole, "Type Device      Function\n");
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(any_length_of_reads_gives_the_same_text),
		T(reads_give_whole_lines_where_one_fits),
		T(any_offset_may_be_read),
		T(a_file_that_becomes_shorter_is_read_on),
		T(a_copy_of_a_reader_goes_on_from_where_it_was),
		T(names_come_in_order),
		T(what_is_not_there_cannot_be_read),
		T(a_piece_may_be_as_long_as_is_said),
		T(dev_shows_links_and_their_counters),
		T(nobody_hears_anything_without_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
