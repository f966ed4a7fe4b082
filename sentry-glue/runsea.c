/* SPDX-License-Identifier: Apache-2.0 */
/* The program: runs others in a sandbox, and tells which system calls they have. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sentry-glue/cli/run.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/wall/wall.h"

static void print_help(void)
{
	puts("Usage: runsea VERB [OPTION]... [-- PROGRAM [ARGUMENT]...]\n"
	     "\n"
	     "Runs a program in a sandbox: its system calls are carried out by an application\n"
	     "kernel, and none of them by the host's.\n"
	     "\n"
	     "  do        run a program; it sees the host's files and changes none of them\n"
	     "  syscalls  every system call and what becomes of it\n"
	     "  wall      every call that the sandbox itself may make of the host\n"
	     "\n"
	     "'runsea do --help' tells more, and so does runsea(1).\n"
	     "\n"
	     "Exit status of do: the program's; 126 it cannot be run, 127 it is not there,\n"
	     "125 the sandbox failed, 2 the command line makes no sense.");
}

static const char *const words[] = {
	[SEA_CALL_ABSENT] = "absent",
	[SEA_CALL_DONE] = "done",
	[SEA_CALL_PARTIAL] = "partial",
	[SEA_CALL_REFUSED] = "refused",
};

static int print_syscalls(void)
{
	unsigned int n[4] = { 0 };

	for (uint64_t nr = 0; nr < SEA_CALLS_MAX; nr++) {
		const struct sea_call_entry *entry = sea_call_find(nr);

		if (!entry)
			continue;
		n[entry->status]++;
		printf("%3u  %-24s %-8s", (unsigned int)nr, entry->name, words[entry->status]);
		if (!entry->call)
			printf("  %s", strerrorname_np(entry->error));
		if (entry->note)
			printf("%s%s", entry->call ? "  " : ": ", entry->note);
		putchar('\n');
	}
	printf("%u done, %u partial, %u refused, %u absent\n", n[SEA_CALL_DONE],
	       n[SEA_CALL_PARTIAL], n[SEA_CALL_REFUSED], n[SEA_CALL_ABSENT]);
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("runsea: say what to do: do, syscalls or wall (see --help)\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help();
		return 0;
	}
	if (!strcmp(argv[1], "do"))
		return sea_run_main(argc - 1, argv + 1);
	if (!strcmp(argv[1], "syscalls") && argc == 2)
		return print_syscalls();
	if (!strcmp(argv[1], "wall") && argc == 2) {
		sea_wall_print(stdout);
		return fflush(stdout) ? 1 : 0;
	}
	if (!strcmp(argv[1], "syscalls") || !strcmp(argv[1], "wall"))
		fprintf(stderr, "runsea: '%s' takes nothing more, not '%s' (see --help)\n", argv[1],
			argv[2]);
	else
		fprintf(stderr, "runsea: there is no verb '%s' (see --help)\n", argv[1]);
	return 2;
}
