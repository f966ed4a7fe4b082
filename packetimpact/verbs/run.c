// SPDX-License-Identifier: Apache-2.0
/* packetimpact run and list. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packetimpact/bench/run.h"
#include "packetimpact/run/run.h"
#include "packetimpact/verbs/device.h"
#include "packetimpact/verbs/files.h"
#include "packetimpact/verbs/jobs.h"
#include "packetimpact/verbs/record.h"
#include "packetimpact/verbs/report.h"
#include "packetimpact/verbs/verb.h"

#define SETTINGS_MAX 64
#define FAMILIES 3
#define SCRIPT_PATIENCE 10 /* times that of a command */

static const char run_help[] =
	"Usage: packetimpact run [OPTION]... FILE|FOLDER|bench:[SUBJECT[/TEST]]...\n\n"
	"Runs scripts, of folders all *.pkt, and tests of the bench, and prints TAP.\n\n"
	"  --dut=DEVICE            what to try: seastack (as it is anyway), in virtual time, or\n"
	"                          linux, in a namespace\n"
	"  --record                with --dut=linux: keeps what it answers beside each script\n"
	"  --answers=FOLDER        where the answers to tests of the bench are kept: nowhere\n"
	"  --json=FILE             the results as JSON, too\n"
	"  -j, --jobs=N            so many scripts side by side: as many as there are processors, on linux 1\n"
	"  --patience=SECONDS      for a command or the code of a script; ten times that for all of it: 60\n"
	"  --ip_version=FAMILY     ipv4 (as it is anyway), ipv6, ipv4-mapped-ipv6, or all three: all\n"
	"  --local_ip=ADDRESS      the device's address\n"
	"  --remote_ip=ADDRESS     the peer's, with or without /prefix\n"
	"  --gateway_ip=ADDRESS    of the peer's network; the device's own address: none\n"
	"  --netmask_ip=ADDRESS    of the device's IPv4 network\n"
	"  --bind_port=PORT        where ... of bind() is: 8080\n"
	"  --connect_port=PORT     where ... of connect() is: 8080\n"
	"  --mtu=BYTES             of tun0\n"
	"  --mss=BYTES             packets that come in with more are super-segments\n"
	"  --tolerance_usecs=N     how much too early or late is still right: 4000\n"
	"  --tolerance_percent=N   the same, of the time since the event before: 12.5\n"
	"  --tcp_ts_tick_usecs=N   what a tick of the device's timestamps is; 0: not looked at\n"
	"  --tcp_ts_ecr_scaled     timestamps may be echoed that were never sent\n"
	"  --strict_segments       one segment of the script is one packet\n"
	"  --seed=N                of the device's random numbers: 1\n"
	"  -D, --define=NAME=VALUE what stands for NAME in the scripts\n"
	"  -v, --verbose           prints what was sent, of those that pass, too\n"
	"  -h, --help              print this\n";

static const char list_help[] =
	"Usage: packetimpact list FILE|FOLDER|bench:[SUBJECT[/TEST]]...\n"
	"       packetimpact list --tags\n\n"
	"Prints the names of the scripts and tests that run would run.\n\n"
	"  --tags                print what RFC 9293 asks for, each with its tests\n"
	"  -h, --help            print this\n";

struct command {
	struct sea_run_setting settings[SETTINGS_MAX];
	size_t n_settings;
	struct sea_script_define defines[SETTINGS_MAX];
	size_t n_defines;
	bool families[FAMILIES];
	const char *json;
	const char *answers; /* of tests of the bench; NULL: they are not looked at */
	unsigned jobs;       /* 0: it is not said */
	int patience_ms;
	bool record;
	unsigned unexplained; /* rows in which recordings differ, without a reason */
	struct sea_dut *(*dut_new)(const struct sea_dut_config *config, const char **why);
	bool help;
	struct sea_files files;
	char wrong[256];
};

static void take_define(struct command *c, char *text)
{
	char *equals = text ? strchr(text, '=') : NULL;

	if (!equals || equals == text || c->n_defines == SETTINGS_MAX) {
		snprintf(c->wrong, sizeof(c->wrong), "a define is NAME=VALUE");
		return;
	}
	*equals = '\0';
	c->defines[c->n_defines++] = (struct sea_script_define){ text, equals + 1 };
}

static void take_family(struct command *c, const char *value)
{
	bool known = false;

	memset(c->families, 0, sizeof(c->families));
	for (unsigned i = 0; i < FAMILIES; i++) {
		c->families[i] = !strcmp(value, "all") ||
				 !strcmp(value, sea_run_family_name((enum sea_run_family)i));
		known |= c->families[i];
	}
	if (!known)
		snprintf(c->wrong, sizeof(c->wrong), "there is no --ip_version=%s", value);
}

/* One of packetdrill's, checked at once. */
static void take_setting(struct command *c, const char *name, const char *value)
{
	struct sea_run_config config;
	const char *wrong;

	sea_run_config_default(&config);
	wrong = sea_run_config_set(&config, name, value);
	if (!wrong && config.patience_ms != SEA_DUT_PATIENCE_MS)
		c->patience_ms = config.patience_ms;
	if (wrong)
		snprintf(c->wrong, sizeof(c->wrong), "--%s%s%s %s", name, value ? "=" : "",
			 value ? value : "", wrong);
	else if (c->n_settings == SETTINGS_MAX)
		snprintf(c->wrong, sizeof(c->wrong), "these are too many options");
	else
		c->settings[c->n_settings++] = (struct sea_run_setting){ name, value };
}

static void take_device(struct command *c, const char *value)
{
	c->dut_new = sea_device_by_name(value);
	if (!c->dut_new)
		snprintf(c->wrong, sizeof(c->wrong), "there is no device %s", value);
}

static void take_jobs(struct command *c, const char *value)
{
	char *end = NULL;
	unsigned long n = value ? strtoul(value, &end, 10) : 0;

	if (!n || *end || n > 1024)
		snprintf(c->wrong, sizeof(c->wrong), "--jobs is a number from 1 to 1024");
	c->jobs = (unsigned)n;
}

static void take_long(struct command *c, char *name, char *value)
{
	if (!strcmp(name, "help"))
		c->help = true;
	else if (!strcmp(name, "record") && !value)
		c->record = true;
	else if (!strcmp(name, "define"))
		take_define(c, value);
	else if (!strcmp(name, "jobs"))
		take_jobs(c, value);
	else if (!strcmp(name, "json") && value)
		c->json = value;
	else if (!strcmp(name, "answers") && value)
		c->answers = value;
	else if (!strcmp(name, "ip_version") && value)
		take_family(c, value);
	else if (!strcmp(name, "dut") && value)
		take_device(c, value);
	else
		take_setting(c, name, value);
}

static void take_file(struct command *c, const char *path)
{
	const char *bad;
	int rc = sea_files_add(&c->files, path, &bad);

	if (rc)
		snprintf(c->wrong, sizeof(c->wrong), "%.200s: %s", bad, strerror(-rc));
}

static void take_args(struct command *c, int argc, char **argv)
{
	for (int i = 1; i < argc && !c->wrong[0]; i++) {
		char *arg = argv[i], *equals = strchr(arg, '=');

		if (!strcmp(arg, "-h")) {
			c->help = true;
		} else if (!strcmp(arg, "-v")) {
			take_setting(c, "verbose", NULL);
		} else if (!strncmp(arg, "-j", 2)) {
			take_jobs(c, arg[2] ? arg + 2 : i + 1 < argc ? argv[++i] : NULL);
		} else if (!strncmp(arg, "-D", 2)) {
			take_define(c, arg[2] ? arg + 2 : i + 1 < argc ? argv[++i] : NULL);
		} else if (!strncmp(arg, "--", 2)) {
			if (equals)
				*equals = '\0';
			/* a value may be the next word, as with getopt */
			if (!equals && sea_run_config_has_value(arg + 2) && i + 1 < argc)
				take_long(c, arg + 2, argv[++i]);
			else
				take_long(c, arg + 2, equals ? equals + 1 : NULL);
		} else if (arg[0] == '-' && arg[1]) {
			snprintf(c->wrong, sizeof(c->wrong), "there is no option %s", arg);
		} else {
			take_file(c, arg);
		}
	}
	if (!c->wrong[0] && c->record && c->dut_new != sea_dut_linux_new)
		snprintf(c->wrong, sizeof(c->wrong), "only --dut=linux is recorded");
	if (!c->wrong[0] && !c->help && !c->files.n)
		snprintf(c->wrong, sizeof(c->wrong), "there are no scripts");
}

/* By packetdrill's custom: x-v6.pkt is for IPv6 alone, x-v4.pkt for the others. */
static bool is_for(const char *path, enum sea_run_family family)
{
	size_t len = strlen(path);
	const char *end = len > 6 ? path + len - 6 : path;

	if (sea_bench_is_name(path))
		return sea_bench_is_for(path, family);
	return family == SEA_RUN_IPV6 ? strcmp(end, "v4.pkt") != 0 : strcmp(end, "v6.pkt") != 0;
}

/* A script, or a test of the bench, over a family. */
struct piece {
	const char *path;
	enum sea_run_family family;
};

/* NULL: no memory. */
static struct piece *pieces_of(const struct command *c, size_t *n)
{
	struct piece *pieces = calloc(c->files.n * FAMILIES + 1, sizeof(*pieces));

	*n = 0;
	for (size_t i = 0; pieces && i < c->files.n; i++)
		for (unsigned f = 0; f < FAMILIES; f++)
			if (c->families[f] && is_for(c->files.names[i], (enum sea_run_family)f))
				pieces[(*n)++] =
					(struct piece){ c->files.names[i], (enum sea_run_family)f };
	return pieces;
}

struct batch {
	struct command *command;
	struct piece *pieces;
	struct sea_report report;
};

/* What was answered is kept, or held against what Linux answered. */
static void take_answer(const struct command *c, const struct piece *piece,
			struct sea_outcome *outcome, FILE *notes)
{
	const char *family = sea_run_family_name(piece->family), *reason = NULL, *path;
	char place[PATH_MAX];
	int err = 0;

	path = sea_files_answer(c->answers, piece->path, place, &reason);
	if (!path)
		return;
	if (c->record)
		err = sea_record_save(path, family, &outcome->result);
	else if (c->dut_new == sea_dut_seastack_new)
		outcome->unexplained = sea_record_compare(path, family, reason, notes);
	if (err) {
		fprintf(notes, "# %s: the answer could not be kept: %s\n", piece->path,
			strerror(-err));
		outcome->unexplained++;
	}
}

static void run_piece(void *ctx, size_t i, struct sea_outcome *outcome)
{
	const struct batch *batch = ctx;
	const struct command *c = batch->command;
	const struct piece *piece = &batch->pieces[i];
	const struct sea_run_options options = { .family = piece->family,
						 .settings = c->settings,
						 .n_settings = c->n_settings,
						 .defines = c->defines,
						 .n_defines = c->n_defines,
						 .dut_new = sea_record_begin(c->dut_new) };
	size_t len;
	FILE *notes = open_memstream(&outcome->notes, &len);

	if (sea_bench_is_name(piece->path))
		sea_bench_run(piece->path, &options, &outcome->result);
	else
		sea_run_script(piece->path, &options, &outcome->result);
	if (!notes)
		return;
	take_answer(c, piece, outcome, notes);
	fclose(notes);
}

static void tell_piece(void *ctx, size_t i, const struct sea_outcome *outcome)
{
	struct batch *batch = ctx;
	const struct piece *piece = &batch->pieces[i];

	sea_report_add(&batch->report, piece->path, sea_run_family_name(piece->family),
		       &outcome->result);
	fputs(outcome->notes ? outcome->notes : "", stdout);
	batch->command->unexplained += outcome->unexplained;
}

/* Where time is real, they must not disturb each other; recordings have files in common. */
static unsigned side_by_side(const struct command *c)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->record)
		return 1;
	if (c->jobs)
		return c->jobs;
	return c->dut_new == sea_dut_seastack_new && online > 0 ? (unsigned)online : 1;
}

static int run_all(struct batch *batch, size_t n)
{
	const struct sea_jobs jobs = { .n = n,
				       .side_by_side = side_by_side(batch->command),
				       .patience_ms = batch->command->patience_ms * SCRIPT_PATIENCE,
				       .work = run_piece,
				       .done = tell_piece,
				       .ctx = batch };

	return sea_jobs_run(&jobs);
}

static int run_command(struct command *c)
{
	size_t n;
	struct batch batch = { .command = c, .pieces = pieces_of(c, &n) };
	bool written;
	int err;

	if (!batch.pieces || !sea_report_begin(&batch.report, n, c->json)) {
		perror(c->json);
		free(batch.pieces);
		return SEA_IMPACT_FAILED;
	}
	err = run_all(&batch, n);
	if (err)
		fprintf(stderr, "packetimpact: no processes: %s\n", strerror(-err));
	if (c->unexplained)
		printf("# %u differences from Linux's answers have no reason\n", c->unexplained);
	written = sea_report_end(&batch.report);
	if (!written)
		perror(c->json);
	free(batch.pieces);
	return written && !err && !batch.report.failed && !c->unexplained ? SEA_IMPACT_OK
									  : SEA_IMPACT_FAILED;
}

static int with_args(int argc, char **argv, const char *help, int (*then)(struct command *c))
{
	struct command c = { .families = { [SEA_RUN_IPV4] = true },
			     .patience_ms = SEA_DUT_PATIENCE_MS,
			     .dut_new = sea_dut_seastack_new };
	int status;

	take_args(&c, argc, argv);
	if (c.help) {
		fputs(help, stdout);
		status = SEA_IMPACT_OK;
	} else if (c.wrong[0]) {
		fprintf(stderr, "packetimpact %s: %s; see --help\n", argv[0], c.wrong);
		status = SEA_IMPACT_USAGE;
	} else {
		status = then(&c);
	}
	sea_files_fini(&c.files);
	return status;
}

static int list_command(struct command *c)
{
	for (size_t i = 0; i < c->files.n; i++)
		puts(c->files.names[i]);
	return SEA_IMPACT_OK;
}

int sea_impact_run(int argc, char **argv)
{
	return with_args(argc, argv, run_help, run_command);
}

int sea_impact_list(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--tags"))
		return sea_impact_tags();
	if (argc > 2 && !strcmp(argv[1], "--tags")) {
		fprintf(stderr, "packetimpact list: --tags stands alone; see --help\n");
		return 2;
	}
	return with_args(argc, argv, list_help, list_command);
}
