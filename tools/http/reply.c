/* SPDX-License-Identifier: Apache-2.0 */
/* Reading heads and bodies of servers; what is ambiguous is refused. */
#include <string.h>

#include "tools/http/reply.h"

#define TRAILER_MAX 8192

static bool read_status(struct sea_http_word line, struct sea_http_reply *reply)
{
	uint64_t status;

	if (line.len < 12 || memcmp(line.at, "HTTP/1.", 7) || line.at[8] != ' ' ||
	    (line.len > 12 && line.at[12] != ' ') ||
	    !sea_http_word_number((struct sea_http_word){ line.at + 9, 3 }, &status))
		return false;
	reply->status = (int)status;
	return status >= 100;
}

static bool read_field(struct sea_http_word line, struct sea_http_reply *reply)
{
	struct sea_http_word name, value;
	uint64_t length;

	if (!sea_http_field(line, &name, &value))
		return false;
	if (sea_http_word_is(name, "Location")) {
		reply->location = value;
	} else if (sea_http_word_is(name, "Transfer-Encoding")) {
		reply->chunked = true;
		return sea_http_word_is(value, "chunked");
	} else if (sea_http_word_is(name, "Content-Length")) {
		if (!sea_http_word_number(value, &length) || length > INT64_MAX ||
		    (reply->has_length && length != reply->length))
			return false;
		reply->has_length = true;
		reply->length = length;
	}
	return true;
}

bool sea_http_reply_parse(const char *head, size_t len, struct sea_http_reply *reply)
{
	struct sea_http_word rest = { head, len }, line;

	*reply = (struct sea_http_reply){ 0 };
	if (!sea_http_head_line(&rest, &line) || !read_status(line, reply))
		return false;
	while (sea_http_head_line(&rest, &line) && line.len) {
		if (!read_field(line, reply))
			return false;
	}
	return true;
}

void sea_http_body_init(struct sea_http_body *body, const struct sea_http_reply *reply,
			bool is_head)
{
	*body = (struct sea_http_body){ .kind = SEA_HTTP_BODY_CLOSE };
	if (is_head || reply->status == 204 || reply->status == 304) {
		body->kind = SEA_HTTP_BODY_LENGTH;
		body->done = true;
	} else if (reply->chunked) {
		body->kind = SEA_HTTP_BODY_CHUNKED;
	} else if (reply->has_length) {
		body->kind = SEA_HTTP_BODY_LENGTH;
		body->left = reply->length;
		body->done = !body->left;
	}
}

static bool add_digit(struct sea_http_body *body, char c)
{
	unsigned digit;

	if (c >= '0' && c <= '9')
		digit = (unsigned)(c - '0');
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		digit = (unsigned)((c | 0x20) - 'a') + 10;
	else
		return false;
	body->left = body->left << 4 | digit;
	return ++body->digits <= 15;
}

static bool size_ended(struct sea_http_body *body, char c)
{
	if (!body->digits || !strchr("\r\n; \t", c) || !c)
		return false;
	body->chunk = SEA_HTTP_CHUNK_EXTENSION;
	body->trailer = 0;
	if (c == '\n')
		body->chunk = body->left ? SEA_HTTP_CHUNK_DATA : SEA_HTTP_CHUNK_TRAILER;
	return true;
}

/* One byte between the data of chunks. */
static bool between(struct sea_http_body *body, char c)
{
	switch (body->chunk) {
	case SEA_HTTP_CHUNK_SIZE:
		return add_digit(body, c) || (body->digits <= 15 && size_ended(body, c));
	case SEA_HTTP_CHUNK_EXTENSION:
		if (c == '\n')
			body->chunk = body->left ? SEA_HTTP_CHUNK_DATA : SEA_HTTP_CHUNK_TRAILER;
		return ++body->trailer <= TRAILER_MAX;
	case SEA_HTTP_CHUNK_END:
		if (c != '\n')
			return c == '\r' && !body->column++;
		body->chunk = SEA_HTTP_CHUNK_SIZE;
		body->column = body->digits = 0;
		return true;
	case SEA_HTTP_CHUNK_TRAILER:
		if (c == '\n') {
			body->done = !body->column;
			body->column = 0;
		} else if (c != '\r') {
			body->column++;
		}
		return ++body->trailer <= TRAILER_MAX;
	case SEA_HTTP_CHUNK_DATA:
		break;
	}
	return false;
}

static long take_data(struct sea_http_body *body, size_t len, const char *bytes, const char **data,
		      size_t *data_len)
{
	size_t n = body->kind != SEA_HTTP_BODY_CLOSE && body->left < len ? (size_t)body->left : len;

	*data = bytes;
	*data_len = n;
	if (body->kind == SEA_HTTP_BODY_CLOSE)
		return (long)n;
	body->left -= n;
	if (!body->left && body->kind == SEA_HTTP_BODY_CHUNKED)
		body->chunk = SEA_HTTP_CHUNK_END;
	else if (!body->left)
		body->done = true;
	return (long)n;
}

long sea_http_body_next(struct sea_http_body *body, const char *bytes, size_t len,
			const char **data, size_t *data_len)
{
	size_t used = 0;

	*data_len = 0;
	if (body->kind != SEA_HTTP_BODY_CHUNKED || body->chunk == SEA_HTTP_CHUNK_DATA)
		return body->done ? 0 : take_data(body, len, bytes, data, data_len);
	while (used < len && !body->done && body->chunk != SEA_HTTP_CHUNK_DATA) {
		if (!between(body, bytes[used++]))
			return -1;
	}
	return (long)used;
}

bool sea_http_body_may_close(const struct sea_http_body *body)
{
	return body->done || body->kind == SEA_HTTP_BODY_CLOSE;
}
