// SPDX-License-Identifier: Apache-2.0
/* The tests by name, and a test's life. */
#include "packetimpact/bench/run.h"

#include <stdlib.h>

#include "packetimpact/bench/state.h"
#include "packetimpact/bench/subjects.h"

#define FIRST_PORT 40000

static const struct subject {
	const char *name;
	const struct sea_bench_test *tests;
} subjects[] = {
#define SUBJECT(name) { #name, sea_bench_##name },
#include "packetimpact/bench/subjects.def"
#undef SUBJECT
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

bool sea_bench_is_name(const char *path)
{
	return !strncmp(path, SEA_BENCH_PREFIX, strlen(SEA_BENCH_PREFIX));
}

/* "" all, "subject" or "subject/" those of one, "subject/test" that one. */
static bool stands_for(const char *pattern, const char *subject, const char *test)
{
	const size_t len = strlen(subject);

	if (!*pattern)
		return true;
	if (strncmp(pattern, subject, len))
		return false;
	pattern += len;
	return !*pattern || (*pattern == '/' && (!pattern[1] || !strcmp(pattern + 1, test)));
}

int sea_bench_each(const char *pattern, int (*add)(void *ctx, const char *name), void *ctx)
{
	char name[256];
	int n = 0;

	pattern += strlen(SEA_BENCH_PREFIX);
	for (size_t i = 0; i < SUBJECTS; i++) {
		for (const struct sea_bench_test *t = subjects[i].tests; t->name; t++) {
			if (!stands_for(pattern, subjects[i].name, t->name))
				continue;
			snprintf(name, sizeof(name), SEA_BENCH_PREFIX "%s/%s", subjects[i].name,
				 t->name);
			if (add(ctx, name))
				return -1;
			n++;
		}
	}
	return n;
}

const struct sea_bench_test *sea_bench_find(const char *name)
{
	const char *pattern = name + strlen(SEA_BENCH_PREFIX);

	for (size_t i = 0; i < SUBJECTS; i++)
		for (const struct sea_bench_test *t = subjects[i].tests; t->name; t++)
			if (strchr(pattern, '/') && stands_for(pattern, subjects[i].name, t->name))
				return t;
	return NULL;
}

bool sea_bench_is_for(const char *name, enum sea_run_family family)
{
	const struct sea_bench_test *test = sea_bench_find(name);

	return test && ((family == SEA_RUN_IPV4 && test->families & SEA_BENCH_ON_V4) ||
			(family == SEA_RUN_IPV6 && test->families & SEA_BENCH_ON_V6));
}

bool sea_bench_answer_path(const char *folder, const char *name, char *path, size_t len)
{
	return snprintf(path, len, "%s/%s.pkt", folder, name + strlen(SEA_BENCH_PREFIX)) < (int)len;
}

/* -- a test's life -- */

static void fini(struct sea_bench *b)
{
	if (b->dut)
		sea_dut_close(b->dut);
	while (b->calls) {
		struct sea_bench_call *next = b->calls->next;

		free(b->calls);
		b->calls = next;
	}
	for (size_t i = 0; i < SEA_BENCH_KEPT; i++)
		free(b->bytes[i]);
	free(b);
}

static bool start(struct sea_bench *b, const struct sea_run_options *options)
{
	struct sea_run_config config;
	struct sea_dut_config dut;
	const char *why = "";

	sea_run_config_default(&config);
	config.family = options->family;
	for (size_t i = 0; i < options->n_settings; i++)
		(void)sea_run_config_set(&config, options->settings[i].name,
					 options->settings[i].value);
	/* There are strangers in the peer's network. */
	if (!config.remote_prefix_len)
		config.remote_prefix_len = options->family == SEA_RUN_IPV6 ? 64 : 24;
	if (!sea_run_config_finish(&config)) {
		fputs("its addresses are not of its family\n", b->report);
		return false;
	}
	sea_run_config_dut(&config, &dut);
	b->v6 = options->family == SEA_RUN_IPV6;
	b->local = config.local;
	b->remote = config.remote;
	b->random = config.seed;
	b->next_port = FIRST_PORT;
	b->dut = options->dut_new(&dut, &why);
	if (!b->dut)
		fprintf(b->report, "there is no device: %s\n", why);
	return b->dut;
}

/* What fails comes back by longjmp(). */
static bool run_to_end(const struct sea_bench_test *test, struct sea_bench *b)
{
	if (setjmp(b->end))
		return false;
	test->run(b);
	return true;
}

void sea_bench_run_test(const struct sea_bench_test *test, const struct sea_run_options *options,
			struct sea_run_result *result)
{
	struct sea_bench *b = calloc(1, sizeof(*b));
	size_t len;

	*result = (struct sea_run_result){ .verdict = SEA_RUN_FAILED };
	if (b)
		b->report = open_memstream(&result->report, &len);
	if (!b || !b->report) {
		free(b);
		result->report = strdup("out of memory\n");
		return;
	}
	if (start(b, options) && run_to_end(test, b))
		result->verdict = SEA_RUN_PASSED;
	if (b->dut)
		result->virtual_ns = sea_bench_now(b);
	(void)fclose(b->report);
	fini(b);
}

void sea_bench_run(const char *name, const struct sea_run_options *options,
		   struct sea_run_result *result)
{
	const struct sea_bench_test *test = sea_bench_find(name);

	if (test) {
		sea_bench_run_test(test, options, result);
		return;
	}
	*result = (struct sea_run_result){ .verdict = SEA_RUN_FAILED,
					   .report = strdup("there is no such test\n") };
}
