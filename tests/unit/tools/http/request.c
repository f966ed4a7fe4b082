/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/http/request.h"

static int parse(const char *text, struct sea_http_request *request)
{
	assert_int_equal(sea_http_head_end(text, strlen(text)), strlen(text));
	return sea_http_request_parse(text, strlen(text), request);
}

static void a_head_ends_with_an_empty_line(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET";

	for (size_t len = 0; len < sizeof(text) - 4; len++)
		assert_int_equal(sea_http_head_end(text, len), 0);
	assert_int_equal(sea_http_head_end(text, sizeof(text) - 1), sizeof(text) - 4);
	assert_int_equal(sea_http_head_end("a\n\nb", 4), 3);
}

static void a_request_is_read(void **state)
{
	struct sea_http_request request;

	assert_int_equal(parse("GET /a?b HTTP/1.1\r\nhost: x\r\nRange:  bytes=0-1 \r\n"
			       "If-Range: \"e\"\r\nX-Other: \t\r\n\r\n",
			       &request),
			 0);
	assert_int_equal(request.method, SEA_HTTP_GET);
	assert_int_equal(request.minor, 1);
	assert_true(request.keep_alive);
	assert_false(request.has_body);
	assert_true(sea_http_word_is(request.target, "/a?b"));
	assert_true(sea_http_word_is(request.range, "bytes=0-1"));
	assert_true(sea_http_word_is(request.if_range, "\"e\""));
	assert_null(request.if_none_match.at);
}

static void keep_alive_follows_version_and_connection(void **state)
{
	static const struct {
		const char *text;
		bool keep_alive;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, CLOSE\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", false },
	};
	struct sea_http_request request;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, &request), 0);
		assert_int_equal(request.keep_alive, cases[i].keep_alive);
	}
}

static void what_is_no_request_is_refused(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "\n\n", 400 },
		{ "GET\r\n\r\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET  HTTP/1.1\r\n\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / http/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1 \r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nNoColon\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nA: b\001\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nRange: a\r\nRange: b\r\n\r\n", 400 },
	};
	struct sea_http_request request;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = parse(cases[i].text, &request);

		if (status != cases[i].status)
			fail_msg("%s: %d", cases[i].text, status);
		assert_false(request.keep_alive);
	}
}

static void other_methods_are_told_apart(void **state)
{
	struct sea_http_request request;

	assert_int_equal(parse("HEAD / HTTP/1.0\r\n\r\n", &request), 0);
	assert_int_equal(request.method, SEA_HTTP_HEAD);
	assert_int_equal(parse("get / HTTP/1.0\r\n\r\n", &request), 0);
	assert_int_equal(request.method, SEA_HTTP_OTHER);
	assert_int_equal(parse("POST / HTTP/1.0\r\n\r\n", &request), 0);
	assert_int_equal(request.method, SEA_HTTP_OTHER);
}

static void a_target_that_is_too_long_is_told_so(void **state)
{
	static char text[SEA_HTTP_TARGET_MAX + 64] = "GET /";
	struct sea_http_request request;

	memset(text + 5, 'x', SEA_HTTP_TARGET_MAX);
	strcat(text, " HTTP/1.0\r\n\r\n");
	assert_int_equal(parse(text, &request), 414);
}

static bool path_is(const char *target, const char *path)
{
	char got[SEA_HTTP_TARGET_MAX + 1];

	if (!sea_http_target_path((struct sea_http_word){ target, strlen(target) }, got))
		return !path;
	return path && !strcmp(got, path);
}

static void a_target_names_a_path(void **state)
{
	assert_true(path_is("/", "."));
	assert_true(path_is("///", "."));
	assert_true(path_is("/a/b", "a/b"));
	assert_true(path_is("/a/", "a/"));
	assert_true(path_is("/a%20b%2Fc?q#f", "a b/c"));
	assert_true(path_is("/..%2f..", "../.."));
	assert_true(path_is("http://host/a", "a"));
	assert_true(path_is("/?x", "."));
	assert_true(path_is("/%2f/%2Fetc/passwd", "etc/passwd"));
}

static void what_names_no_path_is_refused(void **state)
{
	assert_true(path_is("", NULL));
	assert_true(path_is("a", NULL));
	assert_true(path_is("*", NULL));
	assert_true(path_is("http://host", NULL));
	assert_true(path_is("/%", NULL));
	assert_true(path_is("/%4", NULL));
	assert_true(path_is("/%zz", NULL));
	assert_true(path_is("/a%00b", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_ends_with_an_empty_line),
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(keep_alive_follows_version_and_connection),
		cmocka_unit_test(what_is_no_request_is_refused),
		cmocka_unit_test(other_methods_are_told_apart),
		cmocka_unit_test(a_target_that_is_too_long_is_told_so),
		cmocka_unit_test(a_target_names_a_path),
		cmocka_unit_test(what_names_no_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
