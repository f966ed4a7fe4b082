/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the web server and its client read: heads, targets, ranges, chunks. The first byte chooses,
 * the rest is what came from the wire.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/http/range.h"
#include "tools/http/reply.h"
#include "tools/http/request.h"
#include "tools/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void request(const char *bytes, size_t len)
{
	static char path[SEA_HTTP_TARGET_MAX + 1];
	struct sea_http_request request;
	size_t end = sea_http_head_end(bytes, len);
	uint64_t first, part;

	check(end <= len);
	if (!end || sea_http_request_parse(bytes, end, &request))
		return;
	if (sea_http_target_path(request.target, path))
		check(strlen(path) <= SEA_HTTP_TARGET_MAX && path[0] != '/');
	if (sea_http_range_parse(request.range, 1000, &first, &part) == SEA_HTTP_RANGE_PART)
		check(part >= 1 && first + part <= 1000);
}

static void body(const struct sea_http_reply *reply, const char *bytes, size_t len)
{
	struct sea_http_body body;
	uint64_t out = 0;

	sea_http_body_init(&body, reply, false);
	while (len && !body.done) {
		const char *data;
		size_t data_len;
		long n = sea_http_body_next(&body, bytes, len, &data, &data_len);

		if (n < 0)
			return;
		check(n > 0 && (size_t)n <= len && data_len <= (size_t)n);
		out += data_len;
		bytes += n;
		len -= (size_t)n;
	}
	check(!reply->has_length || reply->chunked || out <= reply->length);
}

static void reply(const char *bytes, size_t len)
{
	struct sea_http_reply reply;
	size_t end = sea_http_head_end(bytes, len);

	if (end && sea_http_reply_parse(bytes, end, &reply))
		body(&reply, bytes + end, len - end);
}

static void url(const char *bytes, size_t len)
{
	static struct sea_url url;
	char *text = strndup(bytes, len), name[64];

	if (text && !sea_url_parse(text, &url)) {
		check(url.target[0] == '/' && url.port);
		sea_url_filename(&url, name, sizeof(name));
		check(name[0] && !strchr(name, '/'));
		sea_url_follow(&url, text);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	switch (data[0]) {
	case 'q':
		request((const char *)data + 1, size - 1);
		break;
	case 'r':
		reply((const char *)data + 1, size - 1);
		break;
	case 'u':
		url((const char *)data + 1, size - 1);
		break;
	}
	return 0;
}
