/* SPDX-License-Identifier: Apache-2.0 */
/* The program: finds the verb and hands over. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/say.h"
#include "tools/verbs/verb.h"

static const struct verb {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "up", "run a stack on a tap or an interface, with services", sea_verb_up },
	{ "get", "fetch a file over HTTP, through a stack of its own", sea_verb_get },
	{ "ping", "ask a host to answer", sea_verb_ping },
	{ "exec", "run a program in the network of a running stack", sea_verb_exec },
	{ "top", "links, busiest sockets and drops of a running stack, on a screen", sea_verb_top },
	{ "stat", "figures of a running stack", sea_verb_stat },
	{ "drops", "what a running stack discarded, and why", sea_verb_drops },
	{ "sockets", "the sockets of a running stack", sea_verb_sockets },
	{ "routes", "the routes of a running stack", sea_verb_routes },
	{ "neigh", "the neighbours of a running stack", sea_verb_neigh },
	{ "addrs", "the links and addresses of a running stack", sea_verb_addrs },
	{ "version", "which Seastack this is, or a running stack is", sea_verb_version },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(void)
{
	printf("Usage: seastack VERB [OPTION]... [OPERAND]...\n\n"
	       "A TCP/IP stack in userspace.\n\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-10s%s\n", verbs[i].name, verbs[i].help);
	printf("\n'seastack VERB --help' tells more, and so does seastack(1).\n\n"
	       "Exit status: 0 done, 1 it did not work, 2 the command line makes no sense.\n");
}

static int run(int argc, char **argv)
{
	if (argc < 2)
		return sea_say_usage(
			"say what to do: up, get, ping, exec, stat, top, drops, sockets, routes, neigh, addrs or version");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help();
		return SEA_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version"))
		return sea_verb_version(1, argv + 1);
	for (size_t i = 0; i < VERBS; i++) {
		if (!strcmp(verbs[i].name, argv[1]))
			return verbs[i].run(argc - 1, argv + 1);
	}
	return sea_say_usage("there is no verb '%s'", argv[1]);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* What was printed must have arrived: a full disk is a failure. */
	if (fclose(stdout) && !status)
		return sea_say_failed("cannot write to standard output");
	return status;
}
