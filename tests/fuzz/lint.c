/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture: judged and printed to the end, whatever they are. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "packetimpact/lint/report.h"
#include "packetimpact/lint/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct all {
	struct sea_lint_report report;
	struct sea_svg svg;
};

static void found(void *arg, const struct sea_lint_finding *finding)
{
	struct all *all = arg;

	sea_lint_report_finding(&all->report, finding);
}

static void watch(void *arg, const struct sea_lint_look *look)
{
	struct all *all = arg;

	sea_svg_add(&all->svg, look);
}

static void judge(struct sea_capture *capture, struct all *all)
{
	char why[SEA_CAPTURE_WHY];
	struct sea_lint_frame frame;
	struct sea_lint lint;

	sea_lint_init(&lint, found, all);
	lint.watch = watch;
	sea_lint_report_begin(&all->report, "fuzz");
	while (sea_capture_next(capture, &frame, why) > 0)
		sea_lint_frame(&lint, &frame);
	sea_lint_end(&lint);
	sea_lint_report_end(&all->report, &lint, sea_capture_frames(capture),
			    sea_capture_others(capture), NULL);
	if (lint.flows.budget.used > lint.flows.budget.max)
		abort();
	sea_lint_fini(&lint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct all all = { .svg.flow = 1 };
	char why[SEA_CAPTURE_WHY];
	struct sea_capture *capture;
	FILE *file = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;

	capture = file ? sea_capture_open(file, why) : NULL;
	if (!capture)
		return 0;
	all.report.out = fopen("/dev/null", "we");
	if (!all.report.out)
		abort();
	judge(capture, &all);
	sea_svg_write(&all.svg, all.report.out);
	fclose(all.report.out);
	sea_svg_fini(&all.svg);
	sea_capture_free(capture);
	return 0;
}
