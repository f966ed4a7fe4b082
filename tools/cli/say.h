/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the program ends and how it speaks: exit statuses, and one sentence on standard error that
 * begins with the program and the verb.
 */
#ifndef SEA_CLI_SAY_H
#define SEA_CLI_SAY_H

#include <seastack/compiler.h>

enum sea_exit {
	SEA_EXIT_OK = 0,
	SEA_EXIT_FAILED = 1, /* it was understood, but did not work */
	SEA_EXIT_USAGE = 2,  /* the command line says nothing that could be done */
};

/* From now on sentences begin with "seastack VERB: "; NULL: only the program. */
void sea_say_verb(const char *verb);

/* Without a newline at the end. */
void sea_say(const char *format, ...) SEA_PRINTF(1, 2);

/* The same, and gives SEA_EXIT_FAILED. */
int sea_say_failed(const char *format, ...) SEA_PRINTF(1, 2);

/* The same, points at --help, and gives SEA_EXIT_USAGE. */
int sea_say_usage(const char *format, ...) SEA_PRINTF(1, 2);

/* The text of a positive or negative errno. */
const char *sea_say_errno(int err);

#endif
