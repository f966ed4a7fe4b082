// SPDX-License-Identifier: Apache-2.0
/* packetimpact lint: what does a capture say against those who sent it? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/lint/report.h"
#include "packetimpact/lint/svg.h"
#include "packetimpact/verbs/verb.h"

static const char help[] =
	"Usage: packetimpact lint [OPTION]... FILE\n\n"
	"Judges the TCP, UDP and ICMP of a capture (pcap or pcapng, also packed with gzip, zstd or lz4; -\n"
	"is standard input), each finding with its frame and the clause of the RFC.\n\n"
	"  --flow=N              only this connection, as the summary counts them\n"
	"  --json                print JSON\n"
	"  --no-notes            leave out notes\n"
	"  --quiet               findings and the last line only\n"
	"  --svg=FILE            plot time and sequence numbers of --flow (or the first one)\n"
	"  --direction=WHICH     whose data to plot: forward, of who sent the first segment, or back\n"
	"  -h, --help            print this\n";

struct lint_run {
	struct sea_lint_report report;
	struct sea_svg svg;
	const char *path, *svg_path, *wrong;
	bool help;
};

static void take_flow(struct lint_run *run, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '1' || *text > '9' || *end || n > UINT32_MAX)
		run->wrong = "a flow is a number from 1 on";
	else
		run->report.only = (uint32_t)n;
}

static void take_direction(struct lint_run *run, const char *text)
{
	if (strcmp(text, "forward") && strcmp(text, "back"))
		run->wrong = "the direction is forward or back";
	run->svg.side = !strcmp(text, "back");
}

static void take_option(struct lint_run *run, const char *arg)
{
	if (!strcmp(arg, "--json"))
		run->report.json = true;
	else if (!strcmp(arg, "--quiet"))
		run->report.quiet = true;
	else if (!strcmp(arg, "--no-notes"))
		run->report.no_notes = true;
	else if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
		run->help = true;
	else if (!strncmp(arg, "--flow=", 7))
		take_flow(run, arg + 7);
	else if (!strncmp(arg, "--direction=", 12))
		take_direction(run, arg + 12);
	else if (!strncmp(arg, "--svg=", 6) && arg[6])
		run->svg_path = arg + 6;
	else if (!strcmp(arg, "--svg") || !strcmp(arg, "--svg=") || !strcmp(arg, "--flow") ||
		 !strcmp(arg, "--direction"))
		run->wrong = "an option and its value are one word, as --svg=FILE";
	else
		run->wrong = "there is no such option";
}

static void take_options(struct lint_run *run, int argc, char **argv)
{
	bool over = false;

	for (int i = 1; i < argc && !run->wrong; i++) {
		if (!over && !strcmp(argv[i], "--"))
			over = true;
		else if (!over && argv[i][0] == '-' && argv[i][1])
			take_option(run, argv[i]);
		else if (run->path)
			run->wrong = "one capture at a time";
		else
			run->path = argv[i];
	}
	if (!run->help && !run->wrong && !run->path)
		run->wrong = "say which capture";
	run->svg.flow = run->report.only ? run->report.only : 1;
}

static void found(void *arg, const struct sea_lint_finding *finding)
{
	struct lint_run *run = arg;

	sea_lint_report_finding(&run->report, finding);
}

static void watch(void *arg, const struct sea_lint_look *look)
{
	struct lint_run *run = arg;

	sea_svg_add(&run->svg, look);
}

static bool write_svg(const struct lint_run *run)
{
	FILE *out = fopen(run->svg_path, "we");
	bool any, good;

	if (!out) {
		fprintf(stderr, "packetimpact lint: %s: %s\n", run->svg_path, strerror(errno));
		return false;
	}
	any = sea_svg_write(&run->svg, out);
	good = !fflush(out) && !ferror(out);
	good &= !fclose(out);
	if (!any)
		fprintf(stderr, "packetimpact lint: %s: there is no flow %u to plot\n",
			run->svg_path, run->svg.flow);
	else if (!good)
		fprintf(stderr, "packetimpact lint: %s: %s\n", run->svg_path, strerror(errno));
	return any && good;
}

/* Reads all of it; false with what stopped it in `why`. */
static bool read_all(struct lint_run *run, struct sea_lint *lint, struct sea_capture *capture,
		     char why[SEA_CAPTURE_WHY])
{
	struct sea_lint_frame frame;
	int status;

	while ((status = sea_capture_next(capture, &frame, why)) > 0) {
		if (run->report.begin_ns == UINT64_MAX)
			run->report.begin_ns = frame.time_ns;
		sea_lint_frame(lint, &frame);
	}
	sea_lint_end(lint);
	return !status;
}

static int judge(struct lint_run *run, struct sea_capture *capture)
{
	char why[SEA_CAPTURE_WHY] = "";
	struct sea_lint lint;
	bool whole, good;

	sea_lint_init(&lint, found, run);
	lint.watch = run->svg_path ? watch : NULL;
	sea_lint_report_begin(&run->report, run->path);
	whole = good = read_all(run, &lint, capture, why);
	sea_lint_report_end(&run->report, &lint, sea_capture_frames(capture),
			    sea_capture_others(capture), whole ? NULL : why);
	if (!whole)
		fprintf(stderr, "packetimpact lint: %s: %s; what was whole is judged\n", run->path,
			why);
	if (run->report.only > lint.flows.n) {
		fprintf(stderr, "packetimpact lint: %s: there is no flow %u, only %u\n", run->path,
			run->report.only, lint.flows.n);
		good = false;
	} else if (run->svg_path) {
		good &= write_svg(run);
	}
	good &= !lint.by_severity[SEA_LINT_ERROR] && !lint.by_severity[SEA_LINT_WARNING];
	sea_lint_fini(&lint);
	return good ? SEA_IMPACT_OK : SEA_IMPACT_FAILED;
}

int sea_impact_lint(int argc, char **argv)
{
	struct lint_run run = { .report = { .out = stdout } };
	char why[SEA_CAPTURE_WHY] = "";
	struct sea_capture *capture;
	FILE *file;
	int status;

	take_options(&run, argc, argv);
	if (run.help) {
		fputs(help, stdout);
		return SEA_IMPACT_OK;
	}
	if (run.wrong) {
		fprintf(stderr, "packetimpact lint: %s; see --help\n", run.wrong);
		return SEA_IMPACT_USAGE;
	}
	file = !strcmp(run.path, "-") ? stdin : fopen(run.path, "re");
	capture = file ? sea_capture_open(file, why) : NULL;
	if (!capture) {
		fprintf(stderr, "packetimpact lint: %s: %s\n", run.path,
			file ? why : strerror(errno));
		return SEA_IMPACT_FAILED;
	}
	status = judge(&run, capture);
	sea_capture_free(capture);
	sea_svg_fini(&run.svg);
	return status;
}
