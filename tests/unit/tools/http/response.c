/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/http/response.h"

/* A folder with a file, a folder, one with an index, and ways out of it. */
struct site {
	char path[64];
	int root;
	struct sea_text all; /* the last answer */
};

static void write_file(int at, const char *name, const char *text)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	static struct site site;

	strcpy(site.path, "site-XXXXXX");
	assert_non_null(mkdtemp(site.path));
	site.root = open(site.path, O_PATH | O_DIRECTORY);
	assert_int_equal(mkdirat(site.root, "sub", 0755), 0);
	assert_int_equal(mkdirat(site.root, "with", 0755), 0);
	write_file(site.root, "file.txt", "0123456789");
	write_file(site.root, "empty", "");
	write_file(site.root, "with/index.html", "<p>index");
	write_file(site.root, "sub/a<b>&c", "x");
	write_file(site.root, ".hidden", "x");
	assert_int_equal(symlinkat("/etc/passwd", site.root, "out"), 0);
	assert_int_equal(symlinkat("../..", site.root, "up"), 0);
	assert_int_equal(symlinkat("sub", site.root, "in"), 0);
	assert_int_equal(mkfifoat(site.root, "pipe", 0644), 0);
	*state = &site;
	return 0;
}

static int tear_down(void **state)
{
	struct site *site = *state;
	char command[128];

	sea_text_fini(&site->all);
	close(site->root);
	snprintf(command, sizeof(command), "rm -r '%s'", site->path);
	return system(command);
}

/* The status of the answer to a request, which is put into site->all in pieces of `step`. */
static int ask(struct site *site, const char *text, size_t step)
{
	struct sea_http_request request;
	struct sea_http_response response;
	int status = sea_http_request_parse(text, strlen(text), &request);

	sea_http_response_make(&response, site->root, status, &request, 784111777);
	sea_text_fini(&site->all);
	while (sea_http_response_left(&response)) {
		char a[512], b[512];
		struct iovec iov[] = { { a, step }, { b, step } };
		ssize_t n = sea_http_response_fill(&response, iov, 2);

		assert_true(n > 0);
		sea_text_add(&site->all, a, (size_t)n < step ? (size_t)n : step);
		sea_text_add(&site->all, b, (size_t)n < step ? 0 : (size_t)n - step);
	}
	sea_http_response_fini(&response);
	return response.status;
}

static int get(struct site *site, const char *target)
{
	char text[256];

	snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\n\r\n", target);
	return ask(site, text, 512);
}

static const char *body(const struct site *site)
{
	return strstr(site->all.at, "\r\n\r\n") + 4;
}

static bool has(const struct site *site, const char *text)
{
	return strstr(site->all.at, text) != NULL;
}

static void a_file_is_sent_in_pieces_of_any_size(void **state)
{
	struct site *site = *state;

	for (size_t step = 1; step <= 512; step += 7) {
		assert_int_equal(ask(site, "GET /file.txt HTTP/1.1\r\nHost: x\r\n\r\n", step), 200);
		assert_string_equal(body(site), "0123456789");
		assert_true(has(site, "HTTP/1.1 200 OK\r\n"));
		assert_true(has(site, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
		assert_true(has(site, "Content-Length: 10\r\n"));
		assert_true(has(site, "Content-Type: text/plain; charset=utf-8\r\n"));
		assert_false(has(site, "Connection:"));
	}
	assert_int_equal(get(site, "/empty"), 200);
	assert_string_equal(body(site), "");
}

static void head_tells_the_length_and_sends_nothing(void **state)
{
	struct site *site = *state;

	assert_int_equal(ask(site, "HEAD /file.txt HTTP/1.0\r\n\r\n", 512), 200);
	assert_true(has(site, "Content-Length: 10\r\n"));
	assert_true(has(site, "Connection: close\r\n"));
	assert_string_equal(body(site), "");
}

static void a_range_is_sent_alone(void **state)
{
	struct site *site = *state;

	assert_int_equal(ask(site, "GET /file.txt HTTP/1.0\r\nRange: bytes=2-4\r\n\r\n", 3), 206);
	assert_true(has(site, "Content-Range: bytes 2-4/10\r\n"));
	assert_string_equal(body(site), "234");
	assert_int_equal(ask(site, "GET /file.txt HTTP/1.0\r\nRange: bytes=10-\r\n\r\n", 512), 416);
	assert_true(has(site, "Content-Range: bytes */10\r\n"));
	assert_int_equal(
		ask(site, "GET /file.txt HTTP/1.0\r\nRange: bytes=2-4\r\nIf-Range: \"x\"\r\n\r\n",
		    512),
		200);
	assert_string_equal(body(site), "0123456789");
}

static void what_a_client_has_is_not_sent_again(void **state)
{
	struct site *site = *state;
	char text[256], *tag;

	assert_int_equal(get(site, "/file.txt"), 200);
	tag = strstr(site->all.at, "ETag: ") + 6;
	snprintf(text, sizeof(text), "GET /file.txt HTTP/1.0\r\nIf-None-Match: \"x\", %.*s\r\n\r\n",
		 (int)strcspn(tag, "\r"), tag);
	assert_int_equal(ask(site, text, 512), 304);
	assert_false(has(site, "Content-Length"));
	assert_string_equal(body(site), "");
	assert_int_equal(ask(site, "GET /file.txt HTTP/1.0\r\nIf-None-Match: \"x\"\r\n\r\n", 512),
			 200);
}

static void a_folder_shows_its_index_or_what_is_in_it(void **state)
{
	struct site *site = *state;

	assert_int_equal(get(site, "/with/"), 200);
	assert_string_equal(body(site), "<p>index");
	assert_int_equal(get(site, "/sub/"), 200);
	assert_true(has(site, "<a href=\"./a%3Cb%3E%26c\">a&lt;b&gt;&amp;c</a>"));
	assert_int_equal(get(site, "/"), 200);
	assert_true(has(site, "file.txt"));
	assert_false(has(site, ".hidden"));
	assert_int_equal(get(site, "/in/"), 200);
}

static void a_folder_without_its_slash_moves(void **state)
{
	struct site *site = *state;

	assert_int_equal(get(site, "/sub?x"), 301);
	assert_true(has(site, "Location: /sub/\r\n"));
}

static void nothing_leads_out_of_the_root(void **state)
{
	static const char *const targets[] = {
		"/../../../../etc/passwd",
		"/%2e%2e/%2e%2e/etc/passwd",
		"/out",
		"/up/etc/passwd",
		"/sub/../../x",
		"/..",
		"/up/",
		"//../etc/passwd",
	};
	struct site *site = *state;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		assert_int_equal(get(site, targets[i]), 404);
	assert_int_equal(get(site, "/sub/../file.txt"), 200);
}

static void what_cannot_be_sent_is_told(void **state)
{
	struct site *site = *state;

	assert_int_equal(get(site, "/missing"), 404);
	assert_true(strstr(body(site), "Not Found") != NULL);
	assert_int_equal(get(site, "/file.txt/x"), 404);
	assert_int_equal(get(site, "/pipe"), 403);
	assert_int_equal(get(site, "/%zz"), 400);
	assert_int_equal(ask(site, "POST / HTTP/1.0\r\n\r\n", 512), 405);
	assert_true(has(site, "Allow: GET, HEAD\r\n"));
	assert_int_equal(ask(site, "nonsense\r\n\r\n", 512), 400);
}

static void a_file_that_shrinks_breaks_the_promise(void **state)
{
	struct site *site = *state;
	static const char text[] = "GET /shrinks HTTP/1.0\r\n\r\n";
	struct sea_http_request request;
	struct sea_http_response response;
	char bytes[512];
	struct iovec iov = { bytes, sizeof(bytes) };
	int fd = openat(site->root, "shrinks", O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_int_equal(ftruncate(fd, 1000), 0);
	assert_int_equal(sea_http_request_parse(text, sizeof(text) - 1, &request), 0);
	sea_http_response_make(&response, site->root, 0, &request, 0);
	assert_true(sea_http_response_fill(&response, &iov, 1) > 0);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(sea_http_response_fill(&response, &iov, 1), -5);
	sea_http_response_fini(&response);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_sent_in_pieces_of_any_size),
		cmocka_unit_test(head_tells_the_length_and_sends_nothing),
		cmocka_unit_test(a_range_is_sent_alone),
		cmocka_unit_test(what_a_client_has_is_not_sent_again),
		cmocka_unit_test(a_folder_shows_its_index_or_what_is_in_it),
		cmocka_unit_test(a_folder_without_its_slash_moves),
		cmocka_unit_test(nothing_leads_out_of_the_root),
		cmocka_unit_test(what_cannot_be_sent_is_told),
		cmocka_unit_test(a_file_that_shrinks_breaks_the_promise),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
