/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a fetched file goes: into FILE.part, which becomes FILE when all of it is there; or, for "-",
 * to standard output.
 */
#ifndef SEA_HTTP_DOWNLOAD_H
#define SEA_HTTP_DOWNLOAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct sea_download {
	int fd;           /* -1: not open */
	const char *path; /* "-": standard output */
	char part[4096];
	uint64_t written;
};

/* 0 or -errno, as below. */
int sea_download_open(struct sea_download *download, const char *path);
int sea_download_write(struct sea_download *download, const char *bytes, size_t len);
/* All is there: it gets its name. */
int sea_download_finish(struct sea_download *download);
/* It will not be finished: what is there is removed. */
void sea_download_abandon(struct sea_download *download);

#endif
