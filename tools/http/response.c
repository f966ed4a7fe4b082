/* SPDX-License-Identifier: Apache-2.0 */
/* Which status, fields and bytes a request gets (RFC 9110). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <seastack/version.h>

#include "tools/http/date.h"
#include "tools/http/listing.h"
#include "tools/http/range.h"
#include "tools/http/response.h"

#define PIECES_MAX 64

static const struct {
	int status;
	const char *reason, *page;
} reasons[] = {
	{ 200, "OK", "" },
	{ 206, "Partial Content", "" },
	{ 301, "Moved Permanently", "This folder's address ends with a slash." },
	{ 304, "Not Modified", "" },
	{ 400, "Bad Request", "This is not a request of HTTP/1.1." },
	{ 403, "Forbidden", "This may not be read." },
	{ 404, "Not Found", "There is no such file." },
	{ 405, "Method Not Allowed", "Files can be read by GET and HEAD only." },
	{ 408, "Request Timeout", "The request did not come to its end in time." },
	{ 414, "URI Too Long", "The address of the request is too long." },
	{ 416, "Range Not Satisfiable", "The file does not reach as far as this range." },
	{ 431, "Request Header Fields Too Large", "The head of the request is too long." },
	{ 500, "Internal Server Error", "The file cannot be read." },
	{ 501, "Not Implemented", "This method is not known." },
	{ 503, "Service Unavailable", "Too much is going on; try again." },
	{ 505, "HTTP Version Not Supported", "This server speaks HTTP/1.1 and HTTP/1.0." },
};

static size_t reason_index(int status)
{
	size_t i = 0;

	while (i < sizeof(reasons) / sizeof(reasons[0]) - 1 && reasons[i].status != status)
		i++;
	return i;
}

const char *sea_http_reason(int status)
{
	return reasons[reason_index(status)].reason;
}

/* The content becomes a page that tells the status. */
static void make_page(struct sea_http_response *response)
{
	struct sea_http_content *content = &response->content;

	sea_http_content_close(content);
	sea_text_printf(&content->text,
			"<!doctype html>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s\n",
			response->status, sea_http_reason(response->status),
			sea_http_reason(response->status),
			reasons[reason_index(response->status)].page);
	content->size = content->text.len;
	content->type = "text/html; charset=utf-8";
	content->etag[0] = '\0';
	content->modified = 0;
	response->offset = 0;
	response->left = content->size;
}

static bool is_unchanged(const struct sea_http_request *request,
			 const struct sea_http_content *content)
{
	char date[SEA_HTTP_DATE_MAX];

	if (!content->etag[0])
		return false;
	if (request->if_none_match.at)
		return sea_http_word_is(request->if_none_match, "*") ||
		       sea_http_word_lists(request->if_none_match, content->etag);
	return request->if_modified_since.at &&
	       sea_http_word_is(request->if_modified_since, sea_http_date(date, content->modified));
}

/* A range counts only for the very file that the client has begun with. */
static bool range_counts(const struct sea_http_request *request,
			 const struct sea_http_content *content)
{
	char date[SEA_HTTP_DATE_MAX];

	if (request->method != SEA_HTTP_GET || !content->etag[0])
		return false;
	return !request->if_range.at || sea_http_word_is(request->if_range, content->etag) ||
	       sea_http_word_is(request->if_range, sea_http_date(date, content->modified));
}

static int choose(struct sea_http_response *response, int root,
		  const struct sea_http_request *request)
{
	struct sea_http_content *content = &response->content;
	char path[SEA_HTTP_TARGET_MAX + 1];
	enum sea_http_range range = SEA_HTTP_RANGE_ALL;

	if (request->method == SEA_HTTP_OTHER)
		return 405;
	if (!sea_http_target_path(request->target, path))
		return 400;
	sea_http_content_open(content, root, path);
	if (content->status != 200)
		return content->status;
	response->left = content->size;
	if (is_unchanged(request, content))
		return 304;
	if (range_counts(request, content))
		range = sea_http_range_parse(request->range, content->size, &response->offset,
					     &response->left);
	return range == SEA_HTTP_RANGE_ALL ? 200 : range == SEA_HTTP_RANGE_PART ? 206 : 416;
}

/* The target with a slash behind its path, the query kept. */
static void put_location(struct sea_text *head, const struct sea_http_request *request)
{
	char path[SEA_HTTP_TARGET_MAX + 1], *rest = path, *segment;

	if (!sea_http_target_path(request->target, path))
		return;
	sea_text_puts(head, "Location: /");
	while ((segment = strsep(&rest, "/"))) {
		sea_http_escape_path(head, segment);
		sea_text_puts(head, "/");
	}
	sea_text_puts(head, "\r\n");
}

static void put_file_fields(const struct sea_http_response *response, struct sea_text *head)
{
	const struct sea_http_content *content = &response->content;
	char date[SEA_HTTP_DATE_MAX];

	if (!content->etag[0])
		return;
	sea_text_printf(head, "ETag: %s\r\nLast-Modified: %s\r\nAccept-Ranges: bytes\r\n",
			content->etag, sea_http_date(date, content->modified));
	if (response->status == 206)
		sea_text_printf(head,
				"Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n",
				response->offset, response->offset + response->left - 1,
				content->size);
}

static void make_head(struct sea_http_response *response, const struct sea_http_request *request,
		      uint64_t file_size, time_t now)
{
	struct sea_text *head = &response->head;
	char date[SEA_HTTP_DATE_MAX];

	sea_text_printf(head, "HTTP/1.1 %d %s\r\nServer: seastack/%s\r\nDate: %s\r\n",
			response->status, sea_http_reason(response->status), sea_version(),
			sea_http_date(date, now));
	if (response->status != 304)
		sea_text_printf(head, "Content-Type: %s\r\nContent-Length: %" PRIu64 "\r\n",
				response->content.type, response->left);
	put_file_fields(response, head);
	if (response->status == 301)
		put_location(head, request);
	if (response->status == 405)
		sea_text_puts(head, "Allow: GET, HEAD\r\n");
	if (response->status == 416)
		sea_text_printf(head, "Content-Range: bytes */%" PRIu64 "\r\n", file_size);
	/* HTTP/1.0 closes unless it is told otherwise. */
	if (!response->keep_alive)
		sea_text_puts(head, "Connection: close\r\n");
	else if (!request->minor)
		sea_text_puts(head, "Connection: keep-alive\r\n");
	sea_text_puts(head, "\r\n");
}

void sea_http_response_make(struct sea_http_response *response, int root, int status,
			    const struct sea_http_request *request, time_t now)
{
	uint64_t file_size;

	*response = (struct sea_http_response){ .content.fd = -1 };
	response->keep_alive = request->keep_alive;
	response->status = status ? status : choose(response, root, request);
	file_size = response->content.size;
	if (response->status != 200 && response->status != 206 && response->status != 304)
		make_page(response);
	make_head(response, request, file_size, now);
	if (request->method == SEA_HTTP_HEAD || response->status == 304)
		response->left = 0;
}

void sea_http_response_fini(struct sea_http_response *response)
{
	sea_text_fini(&response->head);
	sea_http_content_close(&response->content);
}

uint64_t sea_http_response_left(const struct sea_http_response *response)
{
	return response->head.len + response->left;
}

/* Copies what fits into the pieces from byte `at` on; how much. */
static size_t scatter(const struct iovec *iov, int n, size_t at, const char *from, size_t len)
{
	size_t done = 0;

	for (int i = 0; i < n && done < len; i++) {
		size_t part;

		if (at >= iov[i].iov_len) {
			at -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - at < len - done ? iov[i].iov_len - at : len - done;
		memcpy((char *)iov[i].iov_base + at, from + done, part);
		done += part;
		at = 0;
	}
	return done;
}

/* The pieces from byte `at` on, at most `len` bytes of them; how many pieces. */
static int pieces_from(const struct iovec *iov, int n, size_t at, uint64_t len,
		       struct iovec to[PIECES_MAX])
{
	int k = 0;

	for (int i = 0; i < n && k < PIECES_MAX && len; i++) {
		size_t part;

		if (at >= iov[i].iov_len) {
			at -= iov[i].iov_len;
			continue;
		}
		part = iov[i].iov_len - at < len ? iov[i].iov_len - at : (size_t)len;
		to[k++] = (struct iovec){ (char *)iov[i].iov_base + at, part };
		len -= part;
		at = 0;
	}
	return k;
}

static ssize_t fill_from_file(struct sea_http_response *response, const struct iovec *iov, int n,
			      size_t at)
{
	struct iovec rest[PIECES_MAX];
	int k = pieces_from(iov, n, at, response->left, rest);
	ssize_t got;

	if (!k)
		return 0;
	do
		got = preadv(response->content.fd, rest, k, (off_t)response->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	return got ? got : -EIO;
}

ssize_t sea_http_response_fill(struct sea_http_response *response, const struct iovec *iov, int n)
{
	size_t at = scatter(iov, n, 0, response->head.at, response->head.len);
	ssize_t got = 0;

	sea_text_shift(&response->head, at);
	if (response->head.len || !response->left)
		return (ssize_t)at;
	if (response->content.fd >= 0)
		got = fill_from_file(response, iov, n, at);
	else
		got = (ssize_t)scatter(iov, n, at, response->content.text.at + response->offset,
				       (size_t)response->left);
	if (got < 0)
		return got;
	response->offset += (uint64_t)got;
	response->left -= (uint64_t)got;
	return (ssize_t)at + got;
}
