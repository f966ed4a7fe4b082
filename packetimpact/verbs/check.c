// SPDX-License-Identifier: Apache-2.0
/* packetimpact check: is it a script, and how was it understood? */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "packetimpact/script/script.h"
#include "packetimpact/verbs/verb.h"

#define DEFINES_MAX 64

static const char help[] =
	"Usage: packetimpact check [OPTION]... FILE...\n\n"
	"Reads scripts without running them. What is wrong is said with file, line and column.\n\n"
	"  --show                print each script again, as it was understood\n"
	"  -D, --define=NAME=VALUE\n"
	"                        what stands for NAME in the scripts\n"
	"  -h, --help            print this\n";

struct check {
	struct sea_script_define defines[DEFINES_MAX];
	size_t n_defines;
	bool show, help;
	const char *wrong;
};

static void take_define(struct check *check, char *text)
{
	char *equals = text ? strchr(text, '=') : NULL;

	if (!equals || equals == text) {
		check->wrong = "a define is NAME=VALUE";
	} else if (check->n_defines == DEFINES_MAX) {
		check->wrong = "that are too many defines";
	} else {
		*equals = '\0';
		check->defines[check->n_defines++] = (struct sea_script_define){ text, equals + 1 };
	}
}

/* Leaves the files in argv[0..*n). */
static void take_options(struct check *check, int argc, char **argv, int *n)
{
	bool over = false;

	*n = 0;
	for (int i = 1; i < argc && !check->wrong; i++) {
		char *arg = argv[i];

		if (over || arg[0] != '-' || !arg[1])
			argv[(*n)++] = arg;
		else if (!strcmp(arg, "--"))
			over = true;
		else if (!strcmp(arg, "--show"))
			check->show = true;
		else if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
			check->help = true;
		else if (!strncmp(arg, "--define=", 9))
			take_define(check, arg + 9);
		else if (!strncmp(arg, "-D", 2))
			take_define(check, arg[2] ? arg + 2 : argv[++i < argc ? i : argc]);
		else
			check->wrong = "there is no such option";
	}
}

static bool check_file(const struct check *check, const char *path)
{
	struct sea_script_error error;
	struct sea_script *script;

	if (sea_script_load(path, check->defines, check->n_defines, &script, &error)) {
		sea_script_error_print(&error, stderr);
		return false;
	}
	if (check->show)
		sea_script_print(script, stdout);
	sea_script_free(script);
	return true;
}

int sea_impact_check(int argc, char **argv)
{
	struct check check = { 0 };
	bool good = true;
	int n;

	take_options(&check, argc, argv, &n);
	if (check.help) {
		fputs(help, stdout);
		return SEA_IMPACT_OK;
	}
	if (!check.wrong && !n)
		check.wrong = "say which files";
	if (check.wrong) {
		fprintf(stderr, "packetimpact check: %s; see --help\n", check.wrong);
		return SEA_IMPACT_USAGE;
	}
	for (int i = 0; i < n; i++)
		good &= check_file(&check, argv[i]);
	return good ? SEA_IMPACT_OK : SEA_IMPACT_FAILED;
}
