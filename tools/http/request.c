/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests are understood, and with which status the others are refused. */
#include <string.h>
#include <strings.h>

#include "tools/http/request.h"
#include "wire/hex.h"

static int read_version(struct sea_http_word word, struct sea_http_request *request)
{
	if (word.len != 8 || memcmp(word.at, "HTTP/", 5) || word.at[6] != '.' || word.at[5] < '0' ||
	    word.at[5] > '9' || word.at[7] < '0' || word.at[7] > '9')
		return 400;
	if (word.at[5] != '1')
		return 505;
	request->minor = (unsigned)(word.at[7] - '0');
	request->keep_alive = request->minor >= 1;
	return 0;
}

static int read_request_line(struct sea_http_word line, struct sea_http_request *request)
{
	struct sea_http_word method;

	if (!sea_http_word_cut(&line, ' ', &method) || !sea_http_is_token(method) ||
	    !sea_http_word_cut(&line, ' ', &request->target) || !request->target.len)
		return 400;
	/* Methods are case-sensitive (RFC 9110 §9.1). */
	if (method.len == 3 && !memcmp(method.at, "GET", 3))
		request->method = SEA_HTTP_GET;
	else if (method.len == 4 && !memcmp(method.at, "HEAD", 4))
		request->method = SEA_HTTP_HEAD;
	if (request->target.len > SEA_HTTP_TARGET_MAX)
		return 414;
	return read_version(line, request);
}

static int set_once(struct sea_http_word *to, struct sea_http_word value)
{
	if (to->at)
		return 400;
	*to = value;
	return 0;
}

static int read_host(struct sea_http_request *request)
{
	if (request->has_host)
		return 400;
	request->has_host = true;
	return 0;
}

static int read_length(struct sea_http_word value, struct sea_http_request *request)
{
	uint64_t length;

	if (!sea_http_word_number(value, &length))
		return 400;
	request->has_body |= length > 0;
	return 0;
}

static void read_connection(struct sea_http_word value, struct sea_http_request *request)
{
	if (sea_http_word_lists(value, "close"))
		request->keep_alive = false;
	else if (sea_http_word_lists(value, "keep-alive"))
		request->keep_alive = true;
}

static int read_field(struct sea_http_word line, struct sea_http_request *request)
{
	struct sea_http_word name, value;

	if (!sea_http_field(line, &name, &value))
		return 400;
	if (sea_http_word_is(name, "Host"))
		return read_host(request);
	if (sea_http_word_is(name, "Range"))
		return set_once(&request->range, value);
	if (sea_http_word_is(name, "If-Range"))
		return set_once(&request->if_range, value);
	if (sea_http_word_is(name, "If-None-Match"))
		return set_once(&request->if_none_match, value);
	if (sea_http_word_is(name, "If-Modified-Since"))
		return set_once(&request->if_modified_since, value);
	if (sea_http_word_is(name, "Content-Length"))
		return read_length(value, request);
	if (sea_http_word_is(name, "Connection"))
		read_connection(value, request);
	else if (sea_http_word_is(name, "Transfer-Encoding"))
		request->has_body = true;
	return 0;
}

int sea_http_request_parse(const char *head, size_t len, struct sea_http_request *request)
{
	struct sea_http_word rest = { head, len }, line;
	int status;

	*request = (struct sea_http_request){ .method = SEA_HTTP_OTHER };
	if (!sea_http_head_line(&rest, &line))
		return 400;
	status = read_request_line(line, request);
	while (!status && sea_http_head_line(&rest, &line) && line.len)
		status = read_field(line, request);
	if (!status && request->minor >= 1 && !request->has_host)
		status = 400;
	/* A body is never read, so nothing behind it can be found. */
	if (status || request->has_body)
		request->keep_alive = false;
	return status;
}

/* "http://host/path" and "/path" name the same file (RFC 9112 §3.2.2). */
static bool origin_form(struct sea_http_word *target)
{
	const char *slash;

	if (target->len > 7 && !strncasecmp(target->at, "http://", 7)) {
		slash = memchr(target->at + 7, '/', target->len - 7);
		if (!slash)
			return false;
		target->len -= (size_t)(slash - target->at);
		target->at = slash;
	}
	return target->len && target->at[0] == '/';
}

bool sea_http_target_path(struct sea_http_word target, char *path)
{
	size_t out = 0, in = 0;

	if (target.len > SEA_HTTP_TARGET_MAX || !origin_form(&target))
		return false;
	for (; in < target.len && target.at[in] != '?' && target.at[in] != '#'; in++) {
		char c = target.at[in];

		if (c == '%') {
			int high = in + 2 < target.len ? sea_hex_digit(target.at[in + 1]) : -1;
			int low = high < 0 ? -1 : sea_hex_digit(target.at[in + 2]);

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			in += 2;
		}
		if (!c)
			return false;
		/* However many slashes, and however written: the root is where it begins. */
		if (c != '/' || out)
			path[out++] = c;
	}
	strcpy(path + out, out ? "" : ".");
	return true;
}
