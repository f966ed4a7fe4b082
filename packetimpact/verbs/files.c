// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/verbs/files.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/bench/run.h"

static int add(struct sea_files *files, const char *name)
{
	char **more = realloc(files->names, (files->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	files->names = more;
	files->names[files->n] = strdup(name);
	if (!files->names[files->n])
		return -ENOMEM;
	files->n++;
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_script(const FTSENT *entry)
{
	size_t len = entry->fts_namelen;

	return entry->fts_info == FTS_F &&
	       (entry->fts_level == 0 || (len > 4 && !strcmp(entry->fts_name + len - 4, ".pkt")));
}

/* What cannot be read, or what was named and is neither a file nor a folder. */
static int trouble(const FTSENT *entry)
{
	switch (entry->fts_info) {
	case FTS_NS:
	case FTS_ERR:
	case FTS_DNR:
		return -entry->fts_errno;
	case FTS_SLNONE:
		return entry->fts_level == 0 ? -ENOENT : 0;
	case FTS_DEFAULT:
		return entry->fts_level == 0 ? -EINVAL : 0;
	default:
		return 0;
	}
}

static int add_test(void *ctx, const char *name)
{
	return add(ctx, name);
}

static int add_tests(struct sea_files *files, const char *pattern)
{
	int n = sea_bench_each(pattern, add_test, files);

	return n < 0 ? -ENOMEM : n == 0 ? -ENOENT : 0;
}

const char *sea_files_answer(const char *answers, const char *name, char place[PATH_MAX],
			     const char **reason)
{
	const struct sea_bench_test *test;

	if (!sea_bench_is_name(name))
		return name;
	test = sea_bench_find(name);
	if (!answers || !test || !sea_bench_answer_path(answers, name, place, PATH_MAX))
		return NULL;
	*reason = test->differs;
	return place;
}

static int add_files(struct sea_files *files, const char *path)
{
	char *roots[] = { (char *)path, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	int rc = 0;

	if (!fts)
		return -errno;
	while (!rc && (entry = fts_read(fts))) {
		rc = trouble(entry);
		if (!rc && is_script(entry))
			rc = add(files, entry->fts_path);
	}
	fts_close(fts);
	return rc;
}

int sea_files_add(struct sea_files *files, const char *path, const char **bad)
{
	*bad = path;
	return sea_bench_is_name(path) ? add_tests(files, path) : add_files(files, path);
}

void sea_files_fini(struct sea_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->names[i]);
	free(files->names);
}
