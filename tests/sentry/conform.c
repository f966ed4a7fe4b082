/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sentry/conform.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *in = "";

void section(const char *name)
{
	in = name;
}

void show(const char *what, long value)
{
	int err = errno;

	printf("%s: %s -> %ld", in, what, value);
	if (value == -1)
		printf(" %s", strerrorname_np(err) ? strerrorname_np(err) : "?");
	putchar('\n');
	fflush(stdout); /* or a child would have it, too */
	errno = 0;
}

bool conform_in_memory = true;

/* The argument is an empty directory to work in; with another it is one below --rw, where some of
 * what a filesystem may lack is lacking. */
int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3 || chdir(argv[1]))
		return 2;
	conform_in_memory = argc == 2;
	close_range(3, ~0u, 0); /* whatever else whoever started us had */
	conform_files();
	conform_kinds();
	conform_paths();
	conform_edges();
	conform_locks();
	conform_epoll();
	conform_names();
	conform_pipes();
	conform_memory();
	conform_process();
	conform_signals();
	conform_threads();
	conform_queued();
	conform_asks();
	conform_special();
	conform_pairs();
	conform_sockets();
	conform_unixes();
	conform_owners();
	conform_scheds();
	conform_leases();
	conform_attributes();
	conform_nested();
	conform_places();
	conform_splices();
	conform_watches();
	conform_usage();
	conform_ptimers();
	conform_shrinks();
	conform_ptys();
	conform_sessions();
	return 0;
}
