/* SPDX-License-Identifier: Apache-2.0 */
/* Results as TAP on standard output, and as JSON in a file. */
#ifndef SEA_PACKETIMPACT_REPORT_H
#define SEA_PACKETIMPACT_REPORT_H

#include <stdio.h>

#include "packetimpact/run/run.h"

struct sea_report {
	size_t n, passed, failed, skipped;
	FILE *json; /* NULL: none */
};

/* `json` NULL: none. False: that file cannot be written; errno says why. */
bool sea_report_begin(struct sea_report *report, size_t n, const char *json);
void sea_report_add(struct sea_report *report, const char *path, const char *family,
		    const struct sea_run_result *result);
/* "N passed, N failed, N skipped". False: the JSON was not written; errno says why. */
bool sea_report_end(struct sea_report *report);

#endif
