/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/http/reply.h"

static bool parse(const char *text, struct sea_http_reply *reply)
{
	return sea_http_reply_parse(text, strlen(text), reply);
}

static void a_reply_is_read(void **state)
{
	struct sea_http_reply reply;

	assert_true(
		parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", &reply));
	assert_int_equal(reply.status, 200);
	assert_true(reply.has_length);
	assert_int_equal(reply.length, 5);
	assert_true(parse("HTTP/1.0 301\r\nLocation: /x\r\n\r\n", &reply));
	assert_true(sea_http_word_is(reply.location, "/x"));
	assert_true(parse("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", &reply));
	assert_true(reply.chunked);
}

static void what_is_no_reply_is_refused(void **state)
{
	static const char *const wrong[] = {
		"\r\n\r\n",
		"SSH-2.0-x\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nbroken\r\n\r\n",
	};
	struct sea_http_reply reply;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (parse(wrong[i], &reply))
			fail_msg("'%s' was taken", wrong[i]);
	}
}

/* Feeds `text` in pieces of `step`; the body in `to`; how many bytes were used, or -1. */
static long feed(const struct sea_http_reply *reply, const char *text, size_t step, char *to,
		 bool *done)
{
	struct sea_http_body body;
	size_t len = strlen(text), at = 0, out = 0;

	sea_http_body_init(&body, reply, false);
	while (at < len && !body.done) {
		const char *data;
		size_t data_len;
		long n = sea_http_body_next(&body, text + at, len - at < step ? len - at : step,
					    &data, &data_len);

		if (n <= 0)
			return -1;
		memcpy(to + out, data, data_len);
		out += data_len;
		at += (size_t)n;
	}
	to[out] = '\0';
	*done = body.done;
	return (long)at;
}

static void chunks_are_put_together(void **state)
{
	static const char text[] =
		"5\r\nhello\r\n00A;x=y\r\n, world!!!\r\n0\r\nTrailer: x\r\n\r\nrest";
	const struct sea_http_reply reply = { .status = 200, .chunked = true };
	char got[64];
	bool done;

	for (size_t step = 1; step < sizeof(text); step++) {
		assert_int_equal(feed(&reply, text, step, got, &done), sizeof(text) - 5);
		assert_true(done);
		assert_string_equal(got, "hello, world!!!");
	}
}

static void chunks_that_make_no_sense_are_refused(void **state)
{
	static const char *const wrong[] = {
		"x\r\n",  "\r\n", "5\r\nhelloX\r\n", "1000000000000000000\r\n", "5\r\nhello\r\r\n",
		"-1\r\n",
	};
	const struct sea_http_reply reply = { .status = 200, .chunked = true };
	char got[64];
	bool done;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(feed(&reply, wrong[i], 1, got, &done), -1);
}

static void a_length_ends_the_body(void **state)
{
	const struct sea_http_reply reply = { .status = 200, .has_length = true, .length = 3 };
	char got[64];
	bool done;

	assert_int_equal(feed(&reply, "abcdef", 2, got, &done), 3);
	assert_true(done);
	assert_string_equal(got, "abc");
	assert_int_equal(feed(&reply, "ab", 2, got, &done), 2);
	assert_false(done);
}

static void only_a_body_without_length_may_end_by_closing(void **state)
{
	struct sea_http_body body;

	sea_http_body_init(&body, &(struct sea_http_reply){ .status = 200 }, false);
	assert_true(sea_http_body_may_close(&body));
	sea_http_body_init(&body, &(struct sea_http_reply){ .status = 200, .chunked = true },
			   false);
	assert_false(sea_http_body_may_close(&body));
	sea_http_body_init(
		&body, &(struct sea_http_reply){ .status = 200, .has_length = true, .length = 1 },
		false);
	assert_false(sea_http_body_may_close(&body));
	sea_http_body_init(&body, &(struct sea_http_reply){ .status = 200, .has_length = true },
			   false);
	assert_true(body.done);
	sea_http_body_init(&body, &(struct sea_http_reply){ .status = 204 }, false);
	assert_true(body.done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_read),
		cmocka_unit_test(what_is_no_reply_is_refused),
		cmocka_unit_test(chunks_are_put_together),
		cmocka_unit_test(chunks_that_make_no_sense_are_refused),
		cmocka_unit_test(a_length_ends_the_body),
		cmocka_unit_test(only_a_body_without_length_may_end_by_closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
