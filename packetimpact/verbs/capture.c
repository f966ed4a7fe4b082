// SPDX-License-Identifier: Apache-2.0
/* packetimpact record: a script's conversation with a device, as a capture. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/record/tap.h"
#include "packetimpact/record/workload.h"
#include "packetimpact/run/run.h"
#include "packetimpact/verbs/device.h"
#include "packetimpact/verbs/record.h"
#include "packetimpact/verbs/verb.h"

#define SETTINGS_MAX 32
#define MTU 1500u

static const char help[] =
	"Usage: packetimpact record [OPTION]... --out=FILE SCRIPT\n"
	"       packetimpact record [--mtu=BYTES] --out=FILE -- PROGRAM [ARGUMENT]...\n\n"
	"Runs a script against a device and writes what was on the wire as a capture (pcapng), each packet\n"
	"with the calls that came before it in its comment. Or runs a program on this machine's kernel, in a\n"
	"network namespace of its own, and captures what it sends to itself.\n\n"
	"  --out=FILE              the capture\n"
	"  --dut=DEVICE            linux, in a namespace (as it is anyway), or seastack\n"
	"  --ip_version=FAMILY     ipv4 (as it is anyway), ipv6 or ipv4-mapped-ipv6; and what else run takes\n"
	"  --mtu=BYTES             of tun0, or of the program's loopback device: 1500\n"
	"  -D, --define=NAME=VALUE what stands for NAME in the script\n"
	"  -h, --help              print this\n";

struct command {
	struct sea_run_setting settings[SETTINGS_MAX];
	struct sea_script_define defines[SETTINGS_MAX];
	struct sea_run_options options;
	const char *path, *out_path;
	char **program; /* behind --; NULL: none */
	unsigned mtu;
	bool help;
	char wrong[200];
};

/* Of the one run of this verb. */
static struct {
	sea_dut_new_fn *real;
	FILE *out;
	char *note;
	long frames;
} now;

static struct sea_dut *tapped_new(const struct sea_dut_config *config, const char **why)
{
	struct sea_dut *dut = now.real(config, why);

	if (!dut)
		return NULL;
	dut = sea_tap_new(dut, config, now.note, now.out, &now.frames);
	if (!dut)
		*why = "out of memory";
	return dut;
}

static void take_define(struct command *c, char *text)
{
	char *equals = text ? strchr(text, '=') : NULL;

	if (!equals || equals == text || c->options.n_defines == SETTINGS_MAX) {
		snprintf(c->wrong, sizeof(c->wrong), "a define is NAME=VALUE");
		return;
	}
	*equals = '\0';
	c->defines[c->options.n_defines++] = (struct sea_script_define){ text, equals + 1 };
}

static void take_setting(struct command *c, const char *name, const char *value)
{
	struct sea_run_config config;
	const char *wrong;

	sea_run_config_default(&config);
	wrong = sea_run_config_set(&config, name, value);
	if (wrong)
		snprintf(c->wrong, sizeof(c->wrong), "--%.40s%s%.80s %s", name, value ? "=" : "",
			 value ? value : "", wrong);
	else if (c->options.n_settings == SETTINGS_MAX)
		snprintf(c->wrong, sizeof(c->wrong), "these are too many options");
	else
		c->settings[c->options.n_settings++] = (struct sea_run_setting){ name, value };
	if (!wrong && !strcmp(name, "ip_version"))
		c->options.family = config.family;
	if (!wrong && config.mtu)
		c->mtu = config.mtu;
}

static void take_long(struct command *c, char *name)
{
	char *value = strchr(name, '=');

	if (value)
		*value++ = '\0';
	if (!strcmp(name, "help") && !value)
		c->help = true;
	else if (!strcmp(name, "out") && value && *value)
		c->out_path = value;
	else if (!strcmp(name, "define"))
		take_define(c, value);
	else if (!strcmp(name, "dut") && value) {
		c->options.dut_new = sea_device_by_name(value);
		if (!c->options.dut_new)
			snprintf(c->wrong, sizeof(c->wrong), "there is no device %.80s", value);
	} else
		take_setting(c, name, value);
}

static void take_args(struct command *c, int argc, char **argv)
{
	for (int i = 1; i < argc && !c->wrong[0]; i++) {
		char *arg = argv[i];

		if (!strcmp(arg, "--")) {
			c->program = argv + i + 1;
			break;
		}
		if (!strcmp(arg, "-h"))
			c->help = true;
		else if (!strncmp(arg, "-D", 2))
			take_define(c, arg[2] ? arg + 2 : i + 1 < argc ? argv[++i] : NULL);
		else if (!strncmp(arg, "--", 2))
			take_long(c, arg + 2);
		else if (arg[0] == '-')
			snprintf(c->wrong, sizeof(c->wrong), "there is no option %.80s", arg);
		else if (c->path)
			snprintf(c->wrong, sizeof(c->wrong), "one script at a time");
		else
			c->path = arg;
	}
	if (!c->wrong[0] && c->program && (c->path || !c->program[0]))
		snprintf(c->wrong, sizeof(c->wrong), "say a script, or a program behind --");
	if (!c->wrong[0] && c->program && c->options.dut_new != sea_dut_linux_new)
		snprintf(c->wrong, sizeof(c->wrong), "a program runs on linux alone");
	if (!c->wrong[0] && !c->help && !c->path && !c->program)
		snprintf(c->wrong, sizeof(c->wrong), "say which script");
	if (!c->wrong[0] && !c->help && !c->out_path)
		snprintf(c->wrong, sizeof(c->wrong), "say where to, as --out=FILE");
}

/* What the first packet's comment says of where it is from. */
static char *note_of(const struct command *c)
{
	char reason[400], *note = NULL;
	int n;

	if (sea_record_reason(c->path, reason, sizeof(reason)))
		n = asprintf(&note, "script %s (%s)\ndiffers: %s", c->path,
			     sea_run_family_name(c->options.family), reason);
	else
		n = asprintf(&note, "script %s (%s)", c->path,
			     sea_run_family_name(c->options.family));
	return n < 0 ? NULL : note;
}

static int tell(const struct command *c, const struct sea_run_result *result)
{
	static const char *const verdicts[] = { "passed", "failed", "skipped" };

	fputs(result->report, stderr);
	if (now.frames < 0) {
		fprintf(stderr, "packetimpact record: %s: %s\n", c->out_path,
			strerror((int)-now.frames));
		return SEA_IMPACT_FAILED;
	}
	printf("%s: %ld frames of %s, which %s\n", c->out_path, now.frames, c->path,
	       verdicts[result->verdict]);
	return result->verdict == SEA_RUN_PASSED && now.frames ? SEA_IMPACT_OK : SEA_IMPACT_FAILED;
}

static int record_program(const struct command *c)
{
	struct sea_workload workload = { .argv = c->program, .mtu = c->mtu };
	const char *what;
	int err = sea_workload_run(&workload, now.out, &what);

	if (fclose(now.out) && !err)
		err = -errno;
	if (err) {
		fprintf(stderr, "packetimpact record: %s: %s: %s\n", c->out_path, what,
			strerror(-err));
		return SEA_IMPACT_FAILED;
	}
	printf("%s: %ld frames of %s, which ended with %d\n", c->out_path, workload.frames,
	       c->program[0], workload.status);
	return !workload.status && workload.frames ? SEA_IMPACT_OK : SEA_IMPACT_FAILED;
}

static int record_script(struct command *c)
{
	struct sea_run_result result;
	int status;

	now.real = c->options.dut_new;
	now.note = note_of(c);
	now.frames = 0;
	c->options.dut_new = tapped_new;
	c->options.settings = c->settings;
	c->options.defines = c->defines;
	sea_run_script(c->path, &c->options, &result);
	if (fclose(now.out) && now.frames >= 0)
		now.frames = -errno;
	status = tell(c, &result);
	sea_run_result_fini(&result);
	free(now.note);
	return status;
}

static int record(struct command *c)
{
	now.out = fopen(c->out_path, "we");
	if (!now.out) {
		fprintf(stderr, "packetimpact record: %s: %s\n", c->out_path, strerror(errno));
		return SEA_IMPACT_FAILED;
	}
	return c->program ? record_program(c) : record_script(c);
}

int sea_impact_record(int argc, char **argv)
{
	struct command c = { .options.dut_new = sea_dut_linux_new, .mtu = MTU };

	take_args(&c, argc, argv);
	if (c.help) {
		fputs(help, stdout);
		return SEA_IMPACT_OK;
	}
	if (c.wrong[0]) {
		fprintf(stderr, "packetimpact record: %s; see --help\n", c.wrong);
		return SEA_IMPACT_USAGE;
	}
	return record(&c);
}
