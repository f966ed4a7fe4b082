// SPDX-License-Identifier: Apache-2.0
/* The program: finds the verb and hands over. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "packetimpact/verbs/verb.h"

static const struct verb {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", "run scripts against a device", sea_impact_run },
	{ "list", "print which scripts would run", sea_impact_list },
	{ "check", "read scripts without running them", sea_impact_check },
	{ "lint", "judge a capture", sea_impact_lint },
	{ "replay", "play one side of a capture, and compare the other", sea_impact_replay },
	{ "record", "run a script, and keep its wire as a capture", sea_impact_record },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(void)
{
	printf("Usage: packetimpact VERB [OPTION]... FILE...\n\n"
	       "Does a TCP/IP stack behave as it must on the wire and at its system calls?\n\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-10s%s\n", verbs[i].name, verbs[i].help);
	printf("\n'packetimpact VERB --help' tells more, and so does packetimpact(1).\n\n"
	       "Exit status: 0 all is well, 1 something is not, 2 the command line makes no sense.\n");
}

static int run(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		print_help();
		return argc < 2 ? SEA_IMPACT_USAGE : SEA_IMPACT_OK;
	}
	for (size_t i = 0; i < VERBS; i++) {
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "packetimpact: there is no verb '%s'; see --help\n", argv[1]);
	return SEA_IMPACT_USAGE;
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* What was printed must have arrived: a full disk is a failure. */
	if (fflush(stdout) || ferror(stdout)) {
		perror("packetimpact: standard output");
		return SEA_IMPACT_FAILED;
	}
	return status;
}
