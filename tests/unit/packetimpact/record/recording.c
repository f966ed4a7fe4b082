/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: the file beside a script, and what of it must be alike. */
#include "packetimpact/record/recording.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/seastack-recording-XXXXXX";
static char script[64], file[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(script, sizeof(script), "%s/x.pkt", folder);
	snprintf(file, sizeof(file), "%s/x.linux", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(folder);
}

static void assert_section(const char *family, const char *head, const char *trace)
{
	char got[64] = "";
	char *text = sea_recording_read(script, family, got, sizeof(got));

	assert_non_null(text);
	assert_string_equal(text, trace);
	assert_string_equal(got, head);
	free(text);
}

static void each_family_has_a_section(void **state)
{
	char head[64];

	assert_null(sea_recording_read(script, "ipv4", head, sizeof(head)));
	assert_int_equal(sea_recording_write(script, "ipv4", "passed", "linux 6.1", " 0 a\n 1 b\n"),
			 0);
	assert_int_equal(sea_recording_write(script, "ipv6", "failed", "linux 6.1", ""), 0);
	assert_int_equal(sea_recording_write(script, "ipv4-mapped-ipv6", "passed", "linux 6.1",
					     " 0 m\n"),
			 0);
	assert_section("ipv4", "passed on linux 6.1", " 0 a\n 1 b\n");
	assert_section("ipv6", "failed on linux 6.1", "");
	assert_section("ipv4-mapped-ipv6", "passed on linux 6.1", " 0 m\n");
	assert_null(sea_recording_read(script, "ipv", head, sizeof(head)));
}

static void a_new_answer_takes_the_place_of_the_old(void **state)
{
	assert_int_equal(sea_recording_write(script, "ipv6", "passed", "linux 6.2", " 0 c\n"), 0);
	assert_section("ipv4", "passed on linux 6.1", " 0 a\n 1 b\n");
	assert_section("ipv6", "passed on linux 6.2", " 0 c\n");
	assert_section("ipv4-mapped-ipv6", "passed on linux 6.1", " 0 m\n");
}

static void put(const char *text)
{
	FILE *to = fopen(file, "we");

	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static void what_is_no_recording_is_told(void **state)
{
	(void)state;
	unlink(file);
	assert_null(sea_recording_trouble(script));
	put("");
	assert_string_equal(sea_recording_trouble(script), "it has no section");
	put("\001\002 no text");
	assert_string_equal(sea_recording_trouble(script), "it has no section");
	assert_int_equal(sea_recording_write(script, "ipv4", "passed", "linux 6.1", " 0 a\n"), 0);
	assert_null(sea_recording_trouble(script));
	assert_section("ipv4", "passed on linux 6.1", " 0 a\n");
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_string_equal(sea_recording_trouble(script), "it is no file");
	unlink(file);
	assert_int_equal(symlink("/dev/zero", file), 0);
	assert_string_equal(sea_recording_trouble(script), "it is no file");
	unlink(file);
}

/* The old one stays. */
static void a_recording_that_cannot_be_written_changes_nothing(void **state)
{
	char fresh[80];

	(void)state;
	snprintf(fresh, sizeof(fresh), "%s.new", file);
	assert_int_equal(sea_recording_write(script, "ipv4", "passed", "linux 6.1", " 0 a\n"), 0);
	assert_int_equal(mkdir(fresh, 0700), 0);
	assert_int_equal(sea_recording_write(script, "ipv4", "passed", "linux 6.2", " 0 b\n"),
			 -EISDIR);
	assert_int_equal(rmdir(fresh), 0);
	assert_section("ipv4", "passed on linux 6.1", " 0 a\n");
}

static unsigned compare(const char *recorded, const char *seen, struct sea_recording_row rows[2])
{
	unsigned n;
	bool alike = sea_recording_compare(recorded, seen, false, rows, &n);

	assert_int_equal(alike, !n);
	return n;
}

static void calls_and_packets_are_compared_apart(void **state)
{
	struct sea_recording_row rows[2];

	assert_int_equal(compare("0 > A\n0 b = 1\n0 > C\n", "0 b = 1\n0 > A\n0 > C\n", rows), 0);
	assert_int_equal(compare("0 > A\n0 b = 1\n0 > C\n", "0 b = 2\n0 > A\n0 > D\n", rows), 2);
	assert_string_equal(rows[0].recorded, "0.000000 b = 1");
	assert_string_equal(rows[0].seen, "0.000000 b = 2");
	assert_string_equal(rows[1].recorded, "0.000000 > C");
	assert_string_equal(rows[1].seen, "0.000000 > D");
}

static void what_one_side_lacks_is_a_difference(void **state)
{
	struct sea_recording_row rows[2];

	assert_int_equal(compare("0 a = 1\n", "", rows), 1);
	assert_string_equal(rows[0].seen, "");
	assert_int_equal(compare("", "0 > A\n", rows), 1);
	assert_string_equal(rows[0].recorded, "");
	assert_string_equal(rows[0].seen, "0.000000 > A");
	assert_int_equal(compare("", "", rows), 0);
}

static void behind_the_end_of_a_partial_recording_nothing_is_compared(void **state)
{
	struct sea_recording_row rows[2];
	unsigned n;

	assert_true(sea_recording_compare("0 a = 1\n", "0 a = 1\n0 b = 1\n", true, rows, &n));
	assert_false(sea_recording_compare("0 a = 1\n", "0 a = 2\n0 b = 1\n", true, rows, &n));
	assert_false(sea_recording_compare("0 a = 1\n", "", true, rows, &n));
}

static void clocks_may_be_coarse_but_not_wrong(void **state)
{
	struct sea_recording_row rows[2];

	assert_int_equal(compare("1 a = 1\n2 b = 1\n", "1.007 a = 1\n2.130 b = 1\n", rows), 0);
	/* What came late at first is late no more. */
	assert_int_equal(
		compare("0 a = 1\n1 b = 1\n2 > C\n", "0 a = 1\n1.1 b = 1\n2.1 > C\n", rows), 0);
	assert_int_equal(compare("1 a = 1\n1 b = 1\n", "1 a = 1\n1.02 b = 1\n", rows), 1);
	assert_string_equal(rows[0].seen, "1.020000 b = 1");
}

static void fields_of_tcp_info_are_compared_one_by_one(void **state)
{
	struct sea_recording_row rows[2];

	(void)state;
	assert_int_equal(compare("1 tcp_info state 1 rto 204000 snd_cwnd 10\n",
				 "1 tcp_info state 1 rto 200000 snd_cwnd 10\n", rows),
			 0);
	assert_int_equal(compare("1 tcp_info state 1 rto 204000 lost 2\n",
				 "1 tcp_info state 1 rto 400000\n", rows),
			 1);
	assert_string_equal(rows[0].recorded, "1.000000 tcpi_rto 204000 tcpi_lost 2");
	assert_string_equal(rows[0].seen, "1.000000 tcpi_rto 400000 tcpi_lost 0");
	/* A rate by its round trip; what never happened by being old. */
	assert_int_equal(compare("1 tcp_info last_data_sent 5000000 rtt 20000 pacing_rate 100000\n",
				 "1 tcp_info last_data_sent 1000000 rtt 10000 pacing_rate 200000\n",
				 rows),
			 0);
	assert_int_equal(compare("1 tcp_info rtt 20000 pacing_rate 100000\n",
				 "1 tcp_info rtt 20000 pacing_rate 200000\n", rows),
			 1);
	/* A line that came later may have waited longer. */
	assert_int_equal(compare("1 tcp_info last_data_sent 100\n",
				 "1.1 tcp_info last_data_sent 200\n", rows),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_has_a_section),
		cmocka_unit_test(a_new_answer_takes_the_place_of_the_old),
		cmocka_unit_test(what_is_no_recording_is_told),
		cmocka_unit_test(a_recording_that_cannot_be_written_changes_nothing),
		cmocka_unit_test(calls_and_packets_are_compared_apart),
		cmocka_unit_test(what_one_side_lacks_is_a_difference),
		cmocka_unit_test(behind_the_end_of_a_partial_recording_nothing_is_compared),
		cmocka_unit_test(clocks_may_be_coarse_but_not_wrong),
		cmocka_unit_test(fields_of_tcp_info_are_compared_one_by_one),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
