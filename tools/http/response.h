/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to one request: a head, then a part of a file or of a text. It is written piece by piece
 * into memory that the send queue lends.
 */
#ifndef SEA_HTTP_RESPONSE_H
#define SEA_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "tools/http/content.h"
#include "tools/http/request.h"

struct sea_http_response {
	int status;
	bool keep_alive;
	struct sea_text head; /* what is left of it */
	struct sea_http_content content;
	uint64_t offset, left; /* of the content's bytes, to be sent */
};

/* Answers a request that was parsed with `status` (0: it is sound). */
void sea_http_response_make(struct sea_http_response *response, int root, int status,
			    const struct sea_http_request *request, time_t now);
void sea_http_response_fini(struct sea_http_response *response);

/* Bytes still to be sent. */
uint64_t sea_http_response_left(const struct sea_http_response *response);

/*
 * Fills `n` pieces with the next bytes; returns how many. -EIO: the file is shorter than it was, and
 * the promised length cannot be kept; or what reading it said.
 */
ssize_t sea_http_response_fill(struct sea_http_response *response, const struct iovec *iov, int n);

const char *sea_http_reason(int status);

#endif
