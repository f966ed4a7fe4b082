// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/verbs/record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "packetimpact/record/recording.h"
#include "packetimpact/record/trace.h"

/* Of the script that runs now. */
static struct {
	sea_dut_new_fn *real;
	char *trace; /* NULL: no device has ended yet */
	char name[80];
} now;

static struct sea_dut *traced_new(const struct sea_dut_config *config, const char **why)
{
	struct sea_dut *dut = now.real(config, why);

	if (!dut)
		return NULL;
	free(now.trace);
	snprintf(now.name, sizeof(now.name), "%s", sea_dut_name(dut));
	dut = sea_trace_new(dut, &now.trace);
	if (!dut)
		*why = "out of memory";
	return dut;
}

sea_dut_new_fn *sea_record_begin(sea_dut_new_fn *real)
{
	now.real = real;
	free(now.trace);
	now.trace = NULL;
	return traced_new;
}

static const char *verdict_name(enum sea_run_verdict verdict)
{
	switch (verdict) {
	case SEA_RUN_PASSED:
		return "passed";
	case SEA_RUN_FAILED:
		return "failed";
	case SEA_RUN_SKIPPED:
		break;
	}
	return "skipped";
}

/* The last folder on the way, where it is not there: that of a subject of the bench. */
static void make_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) >= sizeof(folder))
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	(void)mkdir(folder, 0777);
}

int sea_record_save(const char *path, const char *family, const struct sea_run_result *result)
{
	if (!now.trace)
		return 0;
	make_folder(path);
	return sea_recording_write(path, family, verdict_name(result->verdict), now.name,
				   now.trace);
}

bool sea_record_reason(const char *path, char *reason, size_t len)
{
	static const char mark[] = "// differs from Linux: ";
	FILE *script = fopen(path, "re");
	char line[512];
	bool found = false;

	while (script && !found && fgets(line, sizeof(line), script)) {
		if (strncmp(line, mark, strlen(mark)))
			continue;
		snprintf(reason, len, "%.*s", (int)strcspn(line + strlen(mark), "\n"),
			 line + strlen(mark));
		found = true;
	}
	if (script)
		(void)fclose(script);
	return found;
}

static void print_rows(FILE *out, const char *path, const char *family, const char *head,
		       const struct sea_recording_row *rows, unsigned n, const char *reason)
{
	fprintf(out, "# %s (%s) differs from its recording (%s): %s\n", path, family, head, reason);
	for (unsigned i = 0; i < n; i++) {
		fprintf(out, "#   linux: %s\n",
			rows[i].recorded[0] ? rows[i].recorded : "nothing more");
		fprintf(out, "#   %s: %s\n", now.name,
			rows[i].seen[0] ? rows[i].seen : "nothing more");
	}
}

unsigned sea_record_compare(const char *path, const char *family, const char *reason, FILE *out)
{
	struct sea_recording_row rows[2];
	char head[128], said[400], *recorded;
	const char *trouble = sea_recording_trouble(path);
	unsigned n = 0;

	if (trouble) {
		fprintf(out, "# %s: what is beside it is no recording: %s\n", path, trouble);
		return 1;
	}
	recorded = now.trace ? sea_recording_read(path, family, head, sizeof(head)) : NULL;
	if (!recorded)
		return 0;
	if (!sea_recording_compare(recorded, now.trace, strncmp(head, "passed", 6) != 0, rows,
				   &n)) {
		if (!reason && sea_record_reason(path, said, sizeof(said)))
			reason = said;
		print_rows(out, path, family, head, rows, n,
			   reason ? reason : "no reason is given");
		n = reason ? 0 : n;
	}
	free(recorded);
	return n;
}
