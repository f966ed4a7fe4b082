/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/cli/say.h"
#include "tools/host/config.h"

#define WORDS_MAX 256

static const struct sea_option_group groups[] = {
	{ "The links:", sea_link_options },
	{ "The network:", sea_host_options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "up",
	.operands = "",
	.about = "",
	.groups = groups,
};

/* What `words`, separated by spaces, make of a host; the status. */
static int read_words(const char *words, struct sea_host_config *config)
{
	static char copy[4096];
	char *argv[WORDS_MAX] = { copy }, *rest = copy, *word;
	int argc = 1, n;

	*config = (struct sea_host_config){ 0 };
	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, " ")) && argc < WORDS_MAX)
		argv[argc++] = word;
	return sea_usage_parse(&usage, argc, argv, config, &n);
}

static void assert_addr(const struct sea_addr *addr, const char *expected)
{
	char text[SEA_ADDR_TEXT_MAX];

	assert_string_equal(sea_addr_text(addr, text), expected);
}

static void options_are_for_the_link_before_them(void **state)
{
	struct sea_host_config config;

	(void)state;
	assert_int_equal(
		read_words("--link tap:a --addr 10.0.0.2/24 --mtu 1400 --gw 10.0.0.1 "
			   "--link packet:b --addr 10.0.1.2/24 --addr 2001:db8::2/64 "
			   "--no-offload --no-autoconf --fault loss=2% --capture f --gw fe80::1 "
			   "--route 10.8.0.0/16,via=10.0.1.1 --busy-poll 250",
			   &config),
		SEA_USAGE_RUN);
	assert_int_equal(sea_host_config_check(&config, true), SEA_USAGE_RUN);
	assert_int_equal(config.links, 2);
	assert_int_equal(config.link[0].kind, SEA_LINK_TAP);
	assert_string_equal(config.link[0].device, "a");
	assert_int_equal(config.link[0].addrs, 1);
	assert_int_equal(config.link[0].mtu, 1400);
	assert_false(config.link[0].no_offload || config.link[0].faulty);
	assert_null(config.link[0].capture);
	assert_addr(&config.link[0].gateway[0], "10.0.0.1");
	assert_int_equal(config.link[1].kind, SEA_LINK_PACKET);
	assert_int_equal(config.link[1].addrs, 2);
	assert_addr(&config.link[1].addr[1].addr, "2001:db8::2");
	assert_int_equal(config.link[1].addr[1].len, 64);
	assert_int_equal(config.link[1].mtu, 0);
	assert_true(config.link[1].no_offload && config.link[1].faulty);
	assert_true(config.link[1].no_autoconf && !config.link[0].no_autoconf);
	assert_false(config.forward);
	assert_int_equal(config.busy_poll_us, 250);
	assert_string_equal(config.link[1].capture, "f");
	assert_addr(&config.link[1].gateway[1], "fe80::1");
	assert_int_equal(config.link[1].gateway[0].family, 0);
	assert_int_equal(config.routes, 1);
}

static void options_before_the_first_link_are_for_it(void **state)
{
	struct sea_host_config config;

	(void)state;
	assert_int_equal(read_words("--netns n --addr 10.0.0.2/24 --mtu 9000 --link tap:a --mac "
				    "02:00:00:00:00:01 --link tap:b --addr 10.0.1.2/24",
				    &config),
			 SEA_USAGE_RUN);
	assert_int_equal(sea_host_config_check(&config, true), SEA_USAGE_RUN);
	assert_string_equal(config.link[0].netns, "n");
	assert_int_equal(config.link[0].mtu, 9000);
	assert_int_equal(config.link[0].mac[0], 2);
	assert_null(config.link[1].netns);
	assert_int_equal(config.link[1].mtu, 0);
	assert_int_equal(config.link[1].mac[0], 0);
}

static void what_is_missing_is_told(void **state)
{
	static const char *const wrong[] = {
		"--addr 10.0.0.2/24",
		"--link tap:a",
		"--link tap:a --addr 10.0.0.2/24 --link tap:b",
		"--link tap:a --addr 10.0.0.2/24 --capture-limit 1M",
		"--link tap:a --addr 10.0.0.2/24 --route 10.8.0.0/16,dev=b",
	};
	struct sea_host_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(read_words(wrong[i], &config), SEA_USAGE_RUN);
		if (sea_host_config_check(&config, true) != SEA_EXIT_USAGE)
			fail_msg("%s", wrong[i]);
	}
}

static void a_link_that_need_not_speak_at_once_needs_no_address(void **state)
{
	struct sea_host_config config;

	(void)state;
	assert_int_equal(read_words("--link tap:a", &config), SEA_USAGE_RUN);
	assert_int_equal(sea_host_config_check(&config, false), SEA_USAGE_RUN);
	assert_int_equal(sea_host_config_check(&config, true), SEA_EXIT_USAGE);
}

static void what_is_said_twice_is_refused(void **state)
{
	static const char *const wrong[] = {
		"--link tap:a --link packet:a",
		"--link tap:a --gw 10.0.0.1 --gw 10.0.0.3",
		"--link tap:a --gw fe80::1 --gw fe80::2",
	};
	struct sea_host_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (read_words(wrong[i], &config) != SEA_EXIT_USAGE)
			fail_msg("%s", wrong[i]);
	}
}

/* `start`, and so often `before`, a number that counts up, and `behind`. */
static int repeat(const char *start, const char *before, const char *behind, int times,
		  struct sea_host_config *config)
{
	char words[4096];
	int len = snprintf(words, sizeof(words), "%s", start);

	for (int i = 0; i < times; i++)
		len += snprintf(words + len, sizeof(words) - (size_t)len, " %s%d%s", before, i,
				behind);
	return read_words(words, config);
}

static void one_reads_on_for_a_second_at_most(void **state)
{
	struct sea_host_config config;

	(void)state;
	assert_int_equal(read_words("--busy-poll 1000000", &config), SEA_USAGE_RUN);
	assert_int_equal(config.busy_poll_us, 1000000);
	assert_int_equal(read_words("--busy-poll 1000001", &config), SEA_EXIT_USAGE);
	assert_int_equal(read_words("--busy-poll ever", &config), SEA_EXIT_USAGE);
}

static void there_is_an_end_to_everything(void **state)
{
	static const struct {
		const char *before, *behind;
		int most;
	} cases[] = {
		{ "--link=tap:s", "", SEA_HOST_LINKS_MAX },
		{ "--addr=10.0.", ".2/24", SEA_HOST_ADDRS_MAX },
		{ "--route=10.", ".0.0/16,dev=a", SEA_HOST_ROUTES_MAX },
	};
	struct sea_host_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(repeat("--mtu 1500", cases[i].before, cases[i].behind,
					cases[i].most, &config),
				 SEA_USAGE_RUN);
		assert_int_equal(repeat("--mtu 1500", cases[i].before, cases[i].behind,
					cases[i].most + 1, &config),
				 SEA_EXIT_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_for_the_link_before_them),
		cmocka_unit_test(options_before_the_first_link_are_for_it),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(a_link_that_need_not_speak_at_once_needs_no_address),
		cmocka_unit_test(what_is_said_twice_is_refused),
		cmocka_unit_test(one_reads_on_for_a_second_at_most),
		cmocka_unit_test(there_is_an_end_to_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
