/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main of a fuzz target that is built without libFuzzer: hands it every file that is named, and
 * every file in a folder that is named, in the order of their names. Before them, an empty input.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

static int replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	int rc = -1;

	if (!file)
		return fail(path);
	/* Exactly as large as the input, so that a sanitizer sees a read beyond it. */
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, file) != size) {
		fail(path);
	} else {
		LLVMFuzzerTestOneInput(data, size);
		replayed++;
		rc = 0;
	}
	free(data);
	fclose(file);
	return rc;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_path(const char *path);

static int replay_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, not_hidden, alphasort);
	int rc = 0;

	if (n < 0)
		return fail(path);
	for (int i = 0; i < n; i++) {
		char *name;

		if (!rc && asprintf(&name, "%s/%s", path, entries[i]->d_name) >= 0) {
			rc = replay_path(name);
			free(name);
		}
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static int replay_path(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return fail(path);
	return S_ISDIR(st.st_mode) ? replay_folder(path) : replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	uint8_t *nothing = calloc(1, 1);

	LLVMFuzzerTestOneInput(nothing, 0);
	free(nothing);
	for (int i = 1; i < argc; i++) {
		if (replay_path(argv[i]))
			return 1;
	}
	printf("%u inputs replayed\n", replayed);
	return 0;
}
