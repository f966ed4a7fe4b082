/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts by name: files as they are, and of folders all that end in .pkt, in order. */
#ifndef SEA_PACKETIMPACT_FILES_H
#define SEA_PACKETIMPACT_FILES_H

#include <stddef.h>

struct sea_files {
	char **names;
	size_t n;
};

/* 0, or -errno with *bad, the path that it is about. */
int sea_files_add(struct sea_files *files, const char *path, const char **bad);
void sea_files_fini(struct sea_files *files);

#endif
