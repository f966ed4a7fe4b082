/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/http/url.h"

static void a_url_has_host_port_and_target(void **state)
{
	struct sea_url url;

	assert_null(sea_url_parse("http://10.0.0.1/a/b?c=d#e", &url));
	assert_memory_equal(url.host.addr.b, "\x0a\x00\x00\x01", 4);
	assert_int_equal(url.port, 80);
	assert_string_equal(url.target, "/a/b?c=d");
	assert_null(sea_url_parse("HTTP://192.0.2.1:8080", &url));
	assert_int_equal(url.port, 8080);
	assert_string_equal(url.target, "/");
	assert_null(sea_url_parse("http://192.0.2.1?q", &url));
	assert_string_equal(url.target, "/?q");
}

static void what_cannot_be_fetched_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"10.0.0.1/file",
		"https://10.0.0.1/",
		"ftp://10.0.0.1/",
		"http://",
		"http:///file",
		"http://host.example/",
		"http://10.0.0.256/",
		"http://10.0.0/",
		"http://10.0.0.1:0/",
		"http://10.0.0.1:65536/",
		"http://10.0.0.1:/",
		"http://user@10.0.0.1/",
		"http://10.0.0.1/a b",
		"http://10.0.0.1/a\r\nHost: x",
		"http://[10.0.0.1]/",
		"http://[2001:db8::1/",
		"http://2001:db8::1/",
		"http://[2001:db8::1]80/",
		"http://[2001:db8::1]:0/",
		"http://[]/",
		"http://[fe80::1%25]/",
		"http://[fe80::1%25a/b]/",
		"http://10.0.0.1%25sea0/",
	};
	struct sea_url url;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!sea_url_parse(wrong[i], &url))
			fail_msg("'%s' was taken", wrong[i]);
	}
}

static void an_ipv6_address_stands_in_brackets(void **state)
{
	char text[SEA_URL_HOST_MAX];
	struct sea_url url;

	(void)state;
	assert_null(sea_url_parse("http://[2001:db8::1]/a", &url));
	assert_int_equal(url.host.addr.family, SEA_AF_INET6);
	assert_int_equal(url.port, 80);
	assert_string_equal(url.target, "/a");
	assert_string_equal(sea_url_host(&url, text), "[2001:db8::1]:80");
	assert_null(sea_url_parse("http://[fe80::1%25sea0]:8080?q", &url));
	assert_string_equal(url.host.dev, "sea0");
	assert_int_equal(url.port, 8080);
	/* Servers know nothing of our links. */
	assert_string_equal(sea_url_host(&url, text), "[fe80::1]:8080");
	assert_null(sea_url_follow(&url, "http://[fe80::1]:8080/next"));
	assert_string_equal(url.host.dev, "sea0");
	assert_non_null(sea_url_follow(&url, "http://[fe80::2]:8080/next"));
	assert_null(sea_url_parse("http://10.0.0.1/", &url));
	assert_string_equal(sea_url_host(&url, text), "10.0.0.1:80");
}

static void a_url_that_is_too_long_is_refused(void **state)
{
	char text[SEA_URL_MAX + 64] = "http://10.0.0.1/";
	struct sea_url url;

	memset(text + strlen(text), 'x', SEA_URL_MAX);
	assert_non_null(sea_url_parse(text, &url));
}

static void a_redirect_stays_on_its_host(void **state)
{
	struct sea_url url;

	assert_null(sea_url_parse("http://10.0.0.1:81/a", &url));
	assert_null(sea_url_follow(&url, "/b?c"));
	assert_string_equal(url.target, "/b?c");
	assert_null(sea_url_follow(&url, "http://10.0.0.1:81/c/"));
	assert_string_equal(url.target, "/c/");
	assert_non_null(sea_url_follow(&url, "http://10.0.0.2:81/c"));
	assert_non_null(sea_url_follow(&url, "http://10.0.0.1/c"));
	assert_non_null(sea_url_follow(&url, "//10.0.0.2/c"));
	assert_non_null(sea_url_follow(&url, "https://10.0.0.1:81/c"));
	assert_non_null(sea_url_follow(&url, "/a b"));
	assert_non_null(sea_url_follow(&url, ""));
	assert_string_equal(url.target, "/c/");
}

static void the_file_is_named_after_the_last_word(void **state)
{
	static const char *const names[][2] = {
		{ "http://10.0.0.1/a/file.bin?x=/y", "file.bin" },
		{ "http://10.0.0.1/", "index.html" },
		{ "http://10.0.0.1/a/", "index.html" },
		{ "http://10.0.0.1/a/..", "index.html" },
	};
	struct sea_url url;
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(sea_url_parse(names[i][0], &url));
		sea_url_filename(&url, name, sizeof(name));
		assert_string_equal(name, names[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_has_host_port_and_target),
		cmocka_unit_test(what_cannot_be_fetched_is_refused),
		cmocka_unit_test(an_ipv6_address_stands_in_brackets),
		cmocka_unit_test(a_url_that_is_too_long_is_refused),
		cmocka_unit_test(a_redirect_stays_on_its_host),
		cmocka_unit_test(the_file_is_named_after_the_last_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
