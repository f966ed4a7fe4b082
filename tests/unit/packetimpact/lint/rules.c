/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule speaks when it is broken, and is silent when it nearly is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/packetimpact/lint/cases.h"

#include <cmocka.h>

static void check(const struct lint_case *c)
{
	struct verdict v;

	scene_judge(c->breaks, &v);
	if (!v.n[c->rule])
		fail_msg("%s is not found in\n%sbut\n%s", sea_lint_about[c->rule].name, c->breaks,
			 v.said);
	scene_judge(c->near_miss, &v);
	if (v.all)
		fail_msg("near %s, in\n%sis found\n%s", sea_lint_about[c->rule].name, c->near_miss,
			 v.said);
}

static void every_case_is_judged_rightly(void **state)
{
	for (size_t i = 0; i < lint_cases_n; i++)
		check(&lint_cases[i]);
	for (size_t i = 0; i < lint_more_cases_n; i++)
		check(&lint_more_cases[i]);
	for (size_t i = 0; i < lint_accecn_cases_n; i++)
		check(&lint_accecn_cases[i]);
}

static void every_rule_has_a_case(void **state)
{
	bool has[SEA_LINT_RULES] = { 0 };

	for (size_t i = 0; i < lint_cases_n; i++)
		has[lint_cases[i].rule] = true;
	for (size_t i = 0; i < lint_more_cases_n; i++)
		has[lint_more_cases[i].rule] = true;
	for (size_t i = 0; i < lint_accecn_cases_n; i++)
		has[lint_accecn_cases[i].rule] = true;
	for (int i = 0; i < SEA_LINT_RULES; i++) {
		if (!has[i])
			fail_msg("%s", sea_lint_about[i].name);
	}
}

static void a_capture_that_begins_in_the_midst_is_not_blamed(void **state)
{
	struct verdict v;

	scene_judge("0 > . 70000:100 9000 5 ts=7/8\n1 < . 9000:0 70100 5 ts=9/7 sack=70200-70300\n"
		    "2 > . 70300:100 9000 5 ts=8/9\n9000 < . 9000:3000 70400 5 ts=10/8\n",
		    &v);
	assert_int_equal(v.all, 0);
}

static void a_syn_after_the_end_begins_another_connection(void **state)
{
	struct verdict v;

	scene_judge(
		PLAIN
		"30 > F. 1:0 1 100\n40 < F. 1:0 2 1000\n50 > . 2:0 2 100\n"
		"100 > S 700000:0 - 100\n110 < S. 900000:0 700001 1000\n120 > . 700001:9 900001 100\n",
		&v);
	assert_int_equal(v.all, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_is_judged_rightly),
		cmocka_unit_test(every_rule_has_a_case),
		cmocka_unit_test(a_capture_that_begins_in_the_midst_is_not_blamed),
		cmocka_unit_test(a_syn_after_the_end_begins_another_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
