/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts by name: files as they are, and of folders all that end in .pkt, in order; and tests of the bench,
 * "bench:SUBJECT/TEST".
 */
#ifndef SEA_PACKETIMPACT_FILES_H
#define SEA_PACKETIMPACT_FILES_H

#include <limits.h>
#include <stddef.h>

struct sea_files {
	char **names;
	size_t n;
};

/* 0, or -errno with *bad, the path that it is about. */
int sea_files_add(struct sea_files *files, const char *path, const char **bad);
/*
 * The script beside which the answer of Linux to a name stands: itself, or of a test of the bench one in the folder
 * `answers` that is not there, built in `place`. NULL: there is no such place. *reason is why such a test's answer
 * differs, where it says so.
 */
const char *sea_files_answer(const char *answers, const char *name, char place[PATH_MAX],
			     const char **reason);
void sea_files_fini(struct sea_files *files);

#endif
