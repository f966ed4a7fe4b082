/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers, as the client reads it: the head, and where the body's bytes are. */
#ifndef SEA_HTTP_REPLY_H
#define SEA_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/http/head.h"

struct sea_http_reply {
	int status;
	bool chunked;
	bool has_length;
	uint64_t length;
	struct sea_http_word location;
};

/* Reads a whole head. False when it is none. */
bool sea_http_reply_parse(const char *head, size_t len, struct sea_http_reply *reply);

/* The body, taken out of what comes behind the head (RFC 9112 §6, §7.1). */
struct sea_http_body {
	enum { SEA_HTTP_BODY_LENGTH, SEA_HTTP_BODY_CHUNKED, SEA_HTTP_BODY_CLOSE } kind;
	enum {
		SEA_HTTP_CHUNK_SIZE,
		SEA_HTTP_CHUNK_EXTENSION,
		SEA_HTTP_CHUNK_DATA,
		SEA_HTTP_CHUNK_END,     /* the line end behind a chunk */
		SEA_HTTP_CHUNK_TRAILER, /* a line behind the last chunk */
	} chunk;
	uint64_t left; /* of the length, or of the chunk */
	unsigned digits, column, trailer;
	bool done;
};

void sea_http_body_init(struct sea_http_body *body, const struct sea_http_reply *reply,
			bool is_head);

/*
 * Looks at the next `len` bytes: *data and *data_len are those of the body among them, if any.
 * Returns how many bytes were used up, at least one unless `done` or len is 0; -1 when the chunks
 * make no sense. Call again with the rest.
 */
long sea_http_body_next(struct sea_http_body *body, const char *bytes, size_t len,
			const char **data, size_t *data_len);

/* The server closed: was that the end of the body? */
bool sea_http_body_may_close(const struct sea_http_body *body);

#endif
