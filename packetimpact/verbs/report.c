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

/* How many bytes the character has that begins here; 0: it is none of UTF-8. */
static size_t utf8_len(const unsigned char *at)
{
	size_t n = *at < 0x80   ? 1
		   : *at < 0xc2 ? 0
		   : *at < 0xe0 ? 2
		   : *at < 0xf0 ? 3
		   : *at < 0xf5 ? 4
				: 0;

	for (size_t i = 1; i < n; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) ||
	    (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f))
		return 0; /* too long, a surrogate, beyond the last */
	return n;
}

static void quote(FILE *out, const char *text)
{
	fputc('"', out);
	for (size_t n; *text; text += n ? n : 1) {
		n = utf8_len((const unsigned char *)text);
		if (!n)
			fputs("\\ufffd", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			(void)fwrite(text, 1, n, out);
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
