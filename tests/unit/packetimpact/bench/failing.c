// SPDX-License-Identifier: Apache-2.0
/* Tests of the bench that fail, and what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "packetimpact/bench/run.h"

/* Runs one; it must fail and say all of these words, the last is NULL. */
static void fails(void (*run)(struct sea_bench *b), const char *first, const char *second)
{
	const struct sea_bench_test test = { "one", run, SEA_BENCH_ON_V4, NULL };
	const struct sea_run_options options = { .family = SEA_RUN_IPV4,
						 .dut_new = sea_dut_seastack_new };
	struct sea_run_result result;

	sea_bench_run_test(&test, &options, &result);
	assert_int_equal(result.verdict, SEA_RUN_FAILED);
	assert_non_null(strstr(result.report, first));
	assert_non_null(strstr(result.report, second));
	sea_run_result_fini(&result);
}

static void ask(struct sea_bench *b)
{
	SEND(b, IP(b), ICMP(F(ICMP_TYPE, 8), F(ICMP_ID, 77)));
}

static void expects_another(struct sea_bench *b)
{
	ask(b);
	EXPECT(b, SEA_SEC, IP(b), ICMP(F(ICMP_ID, 78)));
}

static void expects_none(struct sea_bench *b)
{
	ask(b);
	EXPECT_NONE(b, SEA_SEC, IP(b), ICMP(F(ICMP_ID, 77)));
}

static void counts_wrong(struct sea_bench *b)
{
	sea_bench_say(b, "the second");
	SAME(b, 1 + 1, 3);
}

static void blocks(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, 7000);

	(void)SYS(b, read, fd, "", 0);
	(void)sea_bench_end(b, sea_bench_begin_recv(b, fd, 10, 0), SEA_SEC);
}

static void sends_what_cannot_be(struct sea_bench *b)
{
	SEND(b, IP(b), BYTES(NULL, 70000));
}

static void what_did_not_come_is_told_with_what_came(void **state)
{
	(void)state;
	fails(expects_another, "this did not come: ipv4 / icmp id=78",
	      "ipv4 from=192.168.0.1 to=192.0.2.1");
}

static void what_should_not_have_come_is_told(void **state)
{
	(void)state;
	fails(expects_none, "this should not have come: ipv4 / icmp id=77", "failing.c:");
}

static void a_wrong_number_is_told_with_its_case(void **state)
{
	(void)state;
	fails(counts_wrong, "1 + 1 is 2, not 3", "the case: the second");
}

static void a_call_that_blocks_is_told(void **state)
{
	(void)state;
	fails(blocks, "goes on and on", "recv");
}

static void a_packet_that_is_too_large_is_told(void **state)
{
	(void)state;
	fails(sends_what_cannot_be, "cannot be built", "");
}

static int count(void *ctx, const char *name)
{
	assert_non_null(sea_bench_find(name));
	++*(int *)ctx;
	return 0;
}

static void names_stand_for_all_of_a_subject_or_one(void **state)
{
	int n = 0;

	(void)state;
	assert_true(sea_bench_each("bench:", count, &n) == n && n >= 25);
	n = 0;
	assert_true(sea_bench_each("bench:ping", count, &n) == n && n > 1);
	assert_int_equal(sea_bench_each("bench:ping/a_socket_asks_and_hears_the_answer", count, &n),
			 1);
	assert_int_equal(sea_bench_each("bench:ping/a_socket", count, &n), 0);
	assert_int_equal(sea_bench_each("bench:pin", count, &n), 0);
	assert_null(sea_bench_find("bench:ping"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_did_not_come_is_told_with_what_came),
		cmocka_unit_test(what_should_not_have_come_is_told),
		cmocka_unit_test(a_wrong_number_is_told_with_its_case),
		cmocka_unit_test(a_call_that_blocks_is_told),
		cmocka_unit_test(a_packet_that_is_too_large_is_told),
		cmocka_unit_test(names_stand_for_all_of_a_subject_or_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
