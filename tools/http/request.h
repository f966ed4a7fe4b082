/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a request, read strictly (RFC 9112), and the file that its target names. */
#ifndef SEA_HTTP_REQUEST_H
#define SEA_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/http/head.h"

/* A longer head is answered with 431, a longer request line with 414. */
#define SEA_HTTP_HEAD_MAX 16384
#define SEA_HTTP_TARGET_MAX 8000

enum sea_http_method { SEA_HTTP_GET, SEA_HTTP_HEAD, SEA_HTTP_OTHER };

struct sea_http_request {
	enum sea_http_method method;
	struct sea_http_word target;
	unsigned minor; /* HTTP/1.minor */
	bool keep_alive;
	bool has_body;
	bool has_host;
	struct sea_http_word range, if_range, if_none_match, if_modified_since;
};

/*
 * Reads a whole head, empty line included. 0, or the status to refuse it with: 400, 414, 501, 505.
 * Whatever it is, keep_alive and method tell what was understood until then.
 */
int sea_http_request_parse(const char *head, size_t len, struct sea_http_request *request);

/*
 * The path of a target, percent-decoded, relative to the root ("." for the root itself), without
 * query. False when it is no path of a file. `path` has room for SEA_HTTP_TARGET_MAX + 1.
 */
bool sea_http_target_path(struct sea_http_word target, char *path);

#endif
