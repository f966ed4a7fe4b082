/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that tells what its system calls give, a line each. It is run natively and in the
 * sandbox: the lines must be the same. So nothing of it may depend on the time, on addresses or on
 * ids that differ from run to run.
 */
#ifndef TESTS_SENTRY_CONFORM_H
#define TESTS_SENTRY_CONFORM_H

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints what was done and what came of it, with the errno where that is -1. */
#define SHOW(e) show(#e, (long)(e))
void show(const char *what, long value);
void section(const char *name);

/* In a child: limits, directory and signals are its own, and it has none of our locks. */
#define IN_CHILD(...)                  \
	do {                           \
		pid_t pid = fork();    \
		if (!pid) {            \
			__VA_ARGS__    \
			_exit(0);      \
		}                      \
		waitpid(pid, NULL, 0); \
	} while (0)

/* Whether files are to have all that a filesystem may have. */
extern bool conform_in_memory;

void conform_files(void);
void conform_names(void);
void conform_pipes(void);
void conform_memory(void);
void conform_process(void);
void conform_signals(void);
void conform_threads(void);
void conform_locks(void);
void conform_epoll(void);
void conform_kinds(void);
void conform_paths(void);
void conform_edges(void);
void conform_queued(void);
void conform_ptimers(void);
void conform_ptys(void);
void conform_sessions(void);
void conform_shrinks(void);
void conform_asks(void);
void conform_special(void);
void conform_pairs(void);
void conform_sockets(void);
void conform_unixes(void);
void conform_owners(void);
void conform_scheds(void);
void conform_leases(void);
void conform_attributes(void);
void conform_nested(void);
void conform_places(void);
void conform_splices(void);
void conform_watches(void);
void conform_usage(void);

#endif
