/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of the bench by name, and running one. A name is "bench:SUBJECT/TEST", as the verbs run and list take
 * it: "bench:" are all, "bench:SUBJECT" those of one subject.
 */
#ifndef SEA_PACKETIMPACT_BENCH_RUN_H
#define SEA_PACKETIMPACT_BENCH_RUN_H

#include "packetimpact/bench/bench.h"
#include "packetimpact/run/run.h"

#define SEA_BENCH_PREFIX "bench:"

bool sea_bench_is_name(const char *path);
/* Calls `add` with the full name of each test that `pattern` stands for; how many those are, -1: `add` refused. */
int sea_bench_each(const char *pattern, int (*add)(void *ctx, const char *name), void *ctx);
/* NULL: there is none. */
const struct sea_bench_test *sea_bench_find(const char *name);
bool sea_bench_is_for(const char *name, enum sea_run_family family);

/* Runs one by its full name, as sea_run_script() does a script; of the settings the seed counts. */
void sea_bench_run(const char *name, const struct sea_run_options *options,
		   struct sea_run_result *result);

/* The same with a test that is none of the table's. */
void sea_bench_run_test(const struct sea_bench_test *test, const struct sea_run_options *options,
			struct sea_run_result *result);

/* Where the answer of Linux to a test is kept: a script's name, beside which x.linux stands. */
bool sea_bench_answer_path(const char *folder, const char *name, char *path, size_t len);

#endif
