/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a path stands for, beneath a root that it cannot leave: a file, a folder's index or listing,
 * or a place to go to instead.
 */
#ifndef SEA_HTTP_CONTENT_H
#define SEA_HTTP_CONTENT_H

#include <stdint.h>
#include <time.h>

#include "tools/cli/text.h"

struct sea_http_content {
	int status;       /* 200; 301: the same with a slash behind it; 403, 404, 500, 503 */
	int fd;           /* a file; -1: the bytes are in `text` */
	uint64_t size;    /* of either */
	time_t modified;  /* a file's; 0: not known */
	char etag[64];    /* a file's, with its quotes; else empty */
	const char *type; /* Content-Type */
	struct sea_text text;
};

/* `path` is relative to `root` ("." for the root itself), as sea_http_target_path() has it. */
void sea_http_content_open(struct sea_http_content *content, int root, const char *path);
void sea_http_content_close(struct sea_http_content *content);

#endif
