/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as tables, so that what --help prints is what is understood. Groups of options are shared
 * among verbs: they fill the verb's settings, which begin with the group's.
 */
#ifndef SEA_CLI_OPTION_H
#define SEA_CLI_OPTION_H

#include <stddef.h>

struct sea_option {
	const char *name;  /* without the dashes; NULL ends the table */
	const char *value; /* how --help calls its value; NULL: it takes none */
	const char *help;
	/* NULL, or what is wrong with the value: "is no ...", to stand behind it in a sentence. */
	const char *(*set)(void *settings, const char *value);
	char letter; /* -x, or 0 */
};

struct sea_option_group {
	const char *title; /* NULL ends the list */
	const struct sea_option *options;
};

struct sea_usage {
	const char *verb;
	const char *operands; /* as --help shows them: "URL" */
	const char *about;    /* one paragraph */
	const struct sea_option_group *groups;
	const char *notes; /* examples; NULL: none */
	int operands_min, operands_max;
};

/* "Go on": what sea_usage_parse() gives when the command line is sound. */
#define SEA_USAGE_RUN (-1)

/*
 * Fills `settings` from argv[1..]; argv is left with the operands in argv[0..*n). Returns
 * SEA_USAGE_RUN, or the exit status: --help was printed, or the sentence was said.
 */
int sea_usage_parse(const struct sea_usage *usage, int argc, char **argv, void *settings, int *n);

#endif
