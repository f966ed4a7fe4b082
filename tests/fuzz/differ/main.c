// SPDX-License-Identifier: Apache-2.0
/*
 * differ [--linux] [--windows] [--first SEED] [--count N] [--seconds S] [--skip TEXT]… [--out FOLDER] [--show]
 *
 * Without --linux: each program is drawn and played again on Seastack, twice; all answers are the same.
 * With it (root): Seastack beside this machine's kernel. A difference that stays is made small and written, as
 * a script, to FOLDER/SEED.pkt (or standard output); --skip: not those whose key has TEXT in it.
 */
#include "tests/fuzz/differ/differ.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SKIPS 64
#define TRIES 3

struct options {
	bool kernel, windows, show;
	uint64_t first, count;
	long seconds;
	const char *skip[SKIPS];
	unsigned n_skip;
	const char *folder;
	char seen[256][200]; /* keys of this run: one script each */
	unsigned n_seen;
};

static bool wanted(const struct options *o, const char *key)
{
	for (unsigned i = 0; i < o->n_skip; i++)
		if (strstr(key, o->skip[i]))
			return false;
	for (unsigned i = 0; i < o->n_seen; i++)
		if (!strcmp(key, o->seen[i]))
			return false;
	return true;
}

static void report(struct options *o, struct diff_program *program, const char *key)
{
	struct diff_trace *traces[2];
	struct diff_difference d;
	char path[512];
	FILE *out = stdout;

	diff_shrink(program, o->windows, key);
	if (!diff_judge(program, o->windows, &d, traces))
		return;
	if (o->folder) {
		snprintf(path, sizeof(path), "%s/%llu.pkt", o->folder,
			 (unsigned long long)program->seed);
		out = fopen(path, "w");
	}
	if (out)
		diff_write(program, traces, &d, out);
	if (out && out != stdout)
		fclose(out);
	diff_trace_free(traces[0]);
	diff_trace_free(traces[1]);
}

/* True: it differs in every try, and in the same. */
static bool stays(struct options *o, const struct diff_program *program, struct diff_difference *d)
{
	struct diff_difference again;

	if (!diff_judge(program, o->windows, d, NULL))
		exit(77);
	for (unsigned i = 1; d->found && i < TRIES; i++)
		if (!diff_judge(program, o->windows, &again, NULL) || !again.found ||
		    strcmp(d->key, again.key))
			return false;
	return d->found;
}

static bool beside_linux(struct options *o, uint64_t seed)
{
	static struct diff_program program;
	struct diff_difference d;
	const char *why;

	if (!diff_draw(&program, seed, &why))
		exit(77);
	if (!stays(o, &program, &d))
		return true;
	if (!wanted(o, d.key))
		return false;
	if (o->n_seen < 256)
		snprintf(o->seen[o->n_seen++], sizeof(o->seen[0]), "%s", d.key);
	printf("seed %llu: %s\n", (unsigned long long)seed, d.key);
	fflush(stdout);
	report(o, &program, d.key);
	return false;
}

static bool beside_itself(const struct options *o, uint64_t seed)
{
	static struct diff_program program;
	struct diff_trace *first, *second;
	struct diff_difference d = { 0 };
	const char *why;

	if (!diff_draw(&program, seed, &why))
		exit(77);
	first = diff_play(&program, false, true, NULL, &why);
	second = first ? diff_play(&program, false, true, first, &why) : NULL;
	if (second)
		d = diff_compare(first, second);
	if (!second || d.found)
		printf("seed %llu: %s\n", (unsigned long long)seed, second ? d.key : why);
	if (second && (d.found || o->show))
		diff_write(&program, (struct diff_trace *[2]){ first, second }, &d, stdout);
	diff_trace_free(first);
	diff_trace_free(second);
	return second && !d.found;
}

static void parse(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--linux") || !strcmp(argv[i], "--windows") ||
		    !strcmp(argv[i], "--show")) {
			o->kernel = o->kernel || argv[i][2] == 'l';
			o->windows = o->windows || argv[i][2] == 'w';
			o->show = o->show || argv[i][2] == 's';
			continue;
		}
		i++;
		if (!strcmp(argv[i - 1], "--first"))
			o->first = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i - 1], "--count"))
			o->count = strtoull(value, NULL, 0);
		else if (!strcmp(argv[i - 1], "--seconds"))
			o->seconds = atol(value);
		else if (!strcmp(argv[i - 1], "--out"))
			o->folder = value;
		else if (!strcmp(argv[i - 1], "--skip") && o->n_skip < SKIPS)
			o->skip[o->n_skip++] = value;
		else
			exit((fprintf(stderr, "what is %s?\n", argv[i - 1]), 2));
	}
}

int main(int argc, char **argv)
{
	static struct options o = { .first = 1, .count = 40 };
	uint64_t same = 0, other = 0;
	time_t end;

	parse(&o, argc, argv);
	end = o.seconds ? time(NULL) + o.seconds : 0;
	for (uint64_t i = 0; i < o.count && (!end || time(NULL) < end); i++)
		*((o.kernel ? beside_linux(&o, o.first + i) : beside_itself(&o, o.first + i))
			  ? &same
			  : &other) += 1;
	printf("%llu the same, %llu not\n", (unsigned long long)same, (unsigned long long)other);
	return other != 0;
}
