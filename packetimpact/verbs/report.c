// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/verbs/report.h"

#include <inttypes.h>
#include <string.h>

static const char *const verdicts[] = {
	[SEA_RUN_PASSED] = "passed",
	[SEA_RUN_FAILED] = "failed",
	[SEA_RUN_SKIPPED] = "skipped",
};

bool sea_report_begin(struct sea_report *report, size_t n, const char *json)
{
	*report = (struct sea_report){ 0 };
	if (json) {
		report->json = fopen(json, "we");
		if (!report->json)
			return false;
		fputs("{\"tests\": [", report->json);
	}
	printf("TAP version 13\n1..%zu\n", n);
	return true;
}

static void print_text(const char *text)
{
	for (size_t len; *text; text += len) {
		len = strcspn(text, "\n");
		printf("# %.*s\n", (int)len, text);
		len += text[len] == '\n';
	}
}

static void quote(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void add_json(const struct sea_report *report, const char *path, const char *family,
		     const struct sea_run_result *result)
{
	FILE *out = report->json;

	fputs(report->n > 1 ? ",\n{\"script\": " : "\n{\"script\": ", out);
	quote(out, path);
	fprintf(out, ", \"family\": \"%s\", \"verdict\": \"%s\", \"line\": %u, ", family,
		verdicts[result->verdict], result->line);
	fprintf(out, "\"seconds\": %.6f, \"report\": ", (double)result->virtual_ns / 1e9);
	quote(out, result->report);
	fputc('}', out);
}

void sea_report_add(struct sea_report *report, const char *path, const char *family,
		    const struct sea_run_result *result)
{
	report->n++;
	report->passed += result->verdict == SEA_RUN_PASSED;
	report->failed += result->verdict == SEA_RUN_FAILED;
	report->skipped += result->verdict == SEA_RUN_SKIPPED;
	printf("%sok %zu - %s (%s)", result->verdict == SEA_RUN_FAILED ? "not " : "", report->n,
	       path, family);
	if (result->verdict == SEA_RUN_SKIPPED)
		printf(" # SKIP %.*s", (int)strcspn(result->report, "\n"), result->report);
	putchar('\n');
	if (result->verdict != SEA_RUN_SKIPPED)
		print_text(result->report);
	fflush(stdout);
	if (report->json)
		add_json(report, path, family, result);
}

bool sea_report_end(struct sea_report *report)
{
	bool good = true;

	printf("%zu passed, %zu failed, %zu skipped\n", report->passed, report->failed,
	       report->skipped);
	if (report->json) {
		fprintf(report->json, "\n], \"passed\": %zu, \"failed\": %zu, \"skipped\": %zu}\n",
			report->passed, report->failed, report->skipped);
		good = !ferror(report->json);
		good = !fclose(report->json) && good;
	}
	return good;
}
