/* SPDX-License-Identifier: Apache-2.0 */
/* What lint prints: findings as they come, then each flow and the totals; as text or JSON. */
#ifndef SEA_LINT_REPORT_H
#define SEA_LINT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "packetimpact/lint/lint.h"

/* So many findings of one rule in one flow are printed; all are counted. */
#define SEA_LINT_PRINTED_MAX 10

struct sea_lint_report {
	FILE *out;
	bool json, quiet, no_notes;
	uint32_t only; /* this flow's findings and summary; 0: all */
	/* the report's own */
	uint64_t begin_ns, findings, kept_back;
	uint32_t printed[SEA_LINT_RULES]; /* of no flow */
};

void sea_lint_report_begin(struct sea_lint_report *report, const char *name);
void sea_lint_report_finding(struct sea_lint_report *report,
			     const struct sea_lint_finding *finding);
/* `trouble` is what ended the reading before its time, or NULL. */
void sea_lint_report_end(struct sea_lint_report *report, const struct sea_lint *lint,
			 uint64_t frames, uint64_t others, const char *trouble);

/* A string of JSON. */
void sea_lint_report_quote(FILE *out, const char *text);

#endif
