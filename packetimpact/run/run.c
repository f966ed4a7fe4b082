// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/run.h"

#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packetimpact/run/state.h"

#define FIRST_PORT 40000
#define NS_PER_US 1000
#define MEMORY_MAX ((size_t)1 << 30) /* that a script may take */
#define TELL_MAX 65536               /* bytes of what a command said */
#define BLOCK_WAIT_NS 1000000000     /* how long the next call waits for one that blocks */

bool sea_run_fail(struct sea_run *run, struct sea_script_pos pos, const char *format, ...)
{
	va_list args;

	if (!run->failed) {
		run->failed = true;
		run->failed_line = pos.line;
		fprintf(run->report, "%s:%u: ", run->script->path, pos.line);
		va_start(args, format);
		vfprintf(run->report, format, args);
		va_end(args);
		fputc('\n', run->report);
	}
	return false;
}

void sea_run_note(struct sea_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(run->report, format, args);
	va_end(args);
	fputc('\n', run->report);
}

void *sea_run_alloc(struct sea_run *run, size_t len)
{
	const struct sea_script_pos pos = run->event ? run->event->pos
						     : (struct sea_script_pos){ 0, 0 };
	void *memory;

	if (len > MEMORY_MAX - run->taken) {
		sea_run_fail(run, pos, "this script takes too much memory");
		return NULL;
	}
	run->taken += len;
	memory = sea_arena_alloc(&run->arena, len);
	if (!memory)
		sea_run_fail(run, pos, "out of memory");
	return memory;
}

/* ---- time ---- */

int64_t sea_run_now(const struct sea_run *run)
{
	return sea_dut_now(run->dut).ns - run->start.ns;
}

bool sea_run_until(struct sea_run *run, int64_t script_ns, unsigned stop, unsigned *why)
{
	sea_time until = script_ns == INT64_MAX ? SEA_TIME_NEVER
						: sea_time_add(run->start, script_ns);
	unsigned there;

	do {
		there = sea_dut_run(run->dut, until, stop | (run->pending ? SEA_DUT_STOP_CALL : 0));
		if (!sea_run_reap(run))
			return false;
	} while (there & SEA_DUT_STOP_CALL & ~stop);
	if (why)
		*why = there;
	return true;
}

static const char *range_text(const struct sea_script_event *event, int64_t from_ns, int64_t to_ns,
			      char text[64])
{
	if (event->time.range)
		snprintf(text, 64, "from %.6f to %.6f s", (double)from_ns / 1e9,
			 (double)to_ns / 1e9);
	else
		snprintf(text, 64, "at %.6f s", (double)from_ns / 1e9);
	return text;
}

bool sea_run_check_time(struct sea_run *run, const struct sea_script_event *event, int64_t from_ns,
			int64_t to_ns, int64_t seen_ns, int64_t since_ns, const char *what)
{
	int64_t allowed = run->config.tolerance_ns, grown;
	char text[64];

	if (since_ns >= 0) {
		grown = (int64_t)(run->config.tolerance_percent / 100 *
				  (double)(from_ns - since_ns));
		if (grown > allowed)
			allowed = grown;
	}
	if (seen_ns >= from_ns - allowed && seen_ns <= to_ns + allowed)
		return true;
	return sea_run_fail(run, event->pos, "%s was expected %s (+-%.6f) and was at %.6f s", what,
			    range_text(event, from_ns, to_ns, text), (double)allowed / 1e9,
			    (double)seen_ns / 1e9);
}

bool sea_run_wait_event(struct sea_run *run, const char *what)
{
	if (sea_run_now(run) < run->time_ns && !sea_run_until(run, run->time_ns, 0, NULL))
		return false;
	return run->event == run->script->events ||
	       sea_run_check_time(run, run->event, run->time_ns, run->time_ns, sea_run_now(run),
				  run->last_ns, what);
}

static bool is_inbound(const struct sea_script_event *event)
{
	return event->kind == SEA_EVENT_PACKET && !event->packet.outbound;
}

/* Relative times count from now; of packets that come in one after another, from the one before. */
static bool set_time(struct sea_run *run)
{
	const struct sea_script_time *time = &run->event->time;
	int64_t base = 0;

	if (time->kind != SEA_TIME_ABSOLUTE && run->event != run->script->events)
		base = run->last_inbound && is_inbound(run->event) ? run->last_ns
								   : sea_run_now(run);
	run->time_ns = base + time->from_ns;
	run->to_ns = base + time->to_ns;
	if (run->event == run->script->events && run->time_ns != 0)
		return sea_run_fail(run, run->event->pos, "the first event must be at time 0");
	if (time->kind == SEA_TIME_ABSOLUTE && run->time_ns < run->last_ns)
		return sea_run_fail(run, run->event->pos, "time runs backwards in this script");
	return true;
}

/* ---- events ---- */

/* What commands say is kept, and told where they fail. */
static int shell_quietly(struct sea_run *run, const char *text, const char *dir, FILE *said)
{
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), status;

	fflush(NULL);
	(void)dup2(fileno(said), STDOUT_FILENO);
	(void)dup2(fileno(said), STDERR_FILENO);
	status = sea_dut_shell(run->dut, text, dir);
	fflush(NULL);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(err, STDERR_FILENO);
	(void)close(out);
	(void)close(err);
	return status;
}

static void tell(struct sea_run *run, FILE *said)
{
	char line[512];

	rewind(said);
	while (ftell(said) < TELL_MAX && fgets(line, sizeof(line), said))
		fprintf(run->report, "  %s%s", line, strchr(line, '\n') ? "" : "\n");
	if (fgetc(said) != EOF)
		fputs("  ...\n", run->report);
}

/* A script's folder is where its commands run. */
static bool shell(struct sea_run *run, struct sea_script_pos pos, const char *text)
{
	char *path = strdup(run->script->path);
	FILE *said = tmpfile();
	int status = -1;

	if (path && said)
		status = shell_quietly(run, text, dirname(path), said);
	if (status == -ETIME)
		sea_run_fail(run, pos, "the command did not end: %s", text);
	else if (status)
		sea_run_fail(run, pos, "the command ended with status %d: %s", status, text);
	if (said && (status || run->config.verbose))
		tell(run, said);
	if (said)
		fclose(said);
	free(path);
	return !status;
}

/* As packetdrill has it: a call waits for the one that still blocks, but not for ever. */
static bool await_blocking(struct sea_run *run)
{
	int64_t until = sea_run_now(run) + BLOCK_WAIT_NS;
	unsigned why = SEA_DUT_STOP_CALL;

	while (run->pending && why)
		if (!sea_run_until(run, until, SEA_DUT_STOP_CALL, &why))
			return false;
	return true;
}

static bool run_event(struct sea_run *run)
{
	const struct sea_script_event *event = run->event;

	if (!set_time(run))
		return false;
	switch (event->kind) {
	case SEA_EVENT_PACKET:
		return sea_run_packet(run);
	case SEA_EVENT_CALL:
		return await_blocking(run) && sea_run_wait_event(run, "the call") &&
		       sea_run_call(run);
	case SEA_EVENT_SHELL:
		return sea_run_wait_event(run, "the command") &&
		       shell(run, event->pos, event->text.s);
	case SEA_EVENT_CODE:
		return sea_run_wait_event(run, "the code") && sea_run_code(run);
	}
	return false;
}

static bool run_events(struct sea_run *run)
{
	run->last_ns = -1;
	for (run->event = run->script->events; run->event; run->event = run->event->next) {
		if (!run_event(run))
			return false;
		run->last_ns = run->time_ns;
		run->last_inbound = is_inbound(run->event);
	}
	return true;
}

static bool end_pending(struct sea_run *run)
{
	if (!await_blocking(run))
		return false;
	if (run->pending)
		return sea_run_fail(run, run->pending->event->pos,
				    "this call still blocks at the end of the script");
	return true;
}

static bool run_script(struct sea_run *run)
{
	const struct sea_script *script = run->script;
	bool good = !script->init.s || shell(run, script->init_pos, script->init.s);

	if (!good)
		return false;
	run->start = sea_dut_now(run->dut);
	good = run_events(run) && end_pending(run);
	if (script->cleanup.s) {
		const struct sea_script_pos pos = { 0, 0 };

		good = shell(run, pos, script->cleanup.s) && good;
	}
	return good && sea_run_code_finish(run);
}

/* ---- what it runs with ---- */

static bool set_config(struct sea_run *run, const struct sea_run_options *options)
{
	struct sea_script_pos pos = { 1, 1 };
	const char *wrong;

	sea_run_config_default(&run->config);
	run->config.family = options->family;
	for (const struct sea_script_setting *s = run->script->settings; s; s = s->next) {
		wrong = sea_run_config_set(&run->config, s->name.s,
					   s->has_value ? s->value.s : NULL);
		if (wrong) {
			run->skipped = !sea_run_config_has_value(s->name.s);
			return sea_run_fail(run, s->pos, "--%s %s", s->name.s, wrong);
		}
	}
	for (size_t i = 0; i < options->n_settings; i++) {
		wrong = sea_run_config_set(&run->config, options->settings[i].name,
					   options->settings[i].value);
		if (wrong)
			return sea_run_fail(run, pos, "--%s %s", options->settings[i].name, wrong);
	}
	if (sea_run_config_finish(&run->config))
		return true;
	run->skipped = true;
	return sea_run_fail(run, pos, "its addresses are not of %s",
			    sea_run_family_name(run->config.family));
}

static bool open_dut(struct sea_run *run, const struct sea_run_options *options)
{
	struct sea_dut_config dut;
	const char *why = "";

	sea_run_config_dut(&run->config, &dut);
	run->dut = options->dut_new(&dut, &why);
	if (run->dut)
		return true;
	return sea_run_fail(run, (struct sea_script_pos){ 1, 1 }, "there is no device: %s", why);
}

/* The command line's first, for the first of a name counts. */
static struct sea_script *load(const char *path, const struct sea_run_options *options,
			       FILE *report, unsigned *line)
{
	size_t n_own, n = options->n_defines;
	const struct sea_script_define *own = sea_run_config_defines(options->family, &n_own);
	struct sea_script_define *all = calloc(n + n_own, sizeof(*all));
	struct sea_script_error error;
	struct sea_script *script = NULL;

	if (!all)
		return NULL;
	if (n)
		memcpy(all, options->defines, n * sizeof(*all));
	memcpy(all + n, own, n_own * sizeof(*all));
	if (sea_script_load(path, all, n + n_own, &script, &error)) {
		sea_script_error_print(&error, report);
		*line = error.pos.line;
	}
	free(all);
	return script;
}

/* True: the script says another one. */
static bool own_family(const struct sea_script *script, enum sea_run_family *family)
{
	struct sea_run_config config = { .family = *family };

	for (const struct sea_script_setting *s = script->settings; s; s = s->next)
		if (!strcmp(s->name.s, "ip_version") && s->has_value)
			(void)sea_run_config_set(&config, "ip_version", s->value.s);
	if (config.family == *family)
		return false;
	*family = config.family;
	return true;
}

static void fini(struct sea_run *run)
{
	sea_dut_close(run->dut);
	if (run->code)
		fclose(run->code);
	free(run->code_text);
	sea_arena_fini(&run->arena);
}

static void run_loaded(struct sea_script *script, const struct sea_run_options *options,
		       FILE *report, struct sea_run_result *result)
{
	struct sea_run run = { .script = script, .report = report, .next_port = FIRST_PORT };
	bool good = set_config(&run, options) && open_dut(&run, options) && run_script(&run);

	result->verdict = good ? SEA_RUN_PASSED : run.skipped ? SEA_RUN_SKIPPED : SEA_RUN_FAILED;
	result->line = run.failed_line;
	if (run.dut)
		result->virtual_ns = sea_dut_now(run.dut).ns;
	fini(&run);
}

void sea_run_script(const char *path, const struct sea_run_options *options,
		    struct sea_run_result *result)
{
	struct sea_run_options own = *options;
	struct sea_script *script;
	FILE *report;
	size_t len;

	*result = (struct sea_run_result){ .verdict = SEA_RUN_FAILED };
	report = open_memstream(&result->report, &len);
	if (!report) {
		result->report = strdup("out of memory\n");
		return;
	}
	script = load(path, options, report, &result->line);
	/* its own family brings other defines */
	if (script && own_family(script, &own.family)) {
		sea_script_free(script);
		script = load(path, &own, report, &result->line);
	}
	if (script)
		run_loaded(script, &own, report, result);
	sea_script_free(script);
	fclose(report);
}

void sea_run_result_fini(struct sea_run_result *result)
{
	free(result->report);
	result->report = NULL;
}
