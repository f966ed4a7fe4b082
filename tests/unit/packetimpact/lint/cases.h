/* SPDX-License-Identifier: Apache-2.0 */
/* For each rule a conversation that breaks it, and one that nearly does. */
#ifndef SEA_TESTS_LINT_CASES_H
#define SEA_TESTS_LINT_CASES_H

#include "tests/unit/packetimpact/lint/scene.h"

/* All options; none; ECN, and Accurate ECN. */
#define FULL                                                \
	"0 > S 0:0 - 65535 mss=1460 sp ts=100/0 ws=7\n"     \
	"10 < S. 0:0 1 65535 mss=1460 sp ts=900/100 ws=7\n" \
	"20 > . 1:0 1 512 ts=110/900\n"
#define PLAIN                           \
	"0 > S 0:0 - 100 mss=1460\n"    \
	"10 < S. 0:0 1 1000 mss=1460\n" \
	"20 > . 1:0 1 100\n"
#define SACKS                      \
	"0 > S 0:0 - 100 sp\n"     \
	"10 < S. 0:0 1 65535 sp\n" \
	"20 > . 1:0 1 100\n"
#define ECN                      \
	"0 > SEW 0:0 - 100\n"    \
	"10 < S.E 0:0 1 65535\n" \
	"20 > . 1:0 1 100\n"

/* ACE is a digit of AE, CWR, ECE: 5 is AE, 6 AW, 7 AEW. */
#define ACCECN                   \
	"0 > SAEW 0:0 - 1000\n"  \
	"10 < S.W 0:0 1 65535\n" \
	"20 > .W 1:0 1 1000\n"

struct lint_case {
	enum sea_lint_rule rule;
	const char *breaks, *near_miss;
};

extern const struct lint_case lint_cases[], lint_more_cases[], lint_accecn_cases[];
extern const size_t lint_cases_n, lint_more_cases_n, lint_accecn_cases_n;

#endif
