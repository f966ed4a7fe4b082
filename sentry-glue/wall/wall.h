/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wall around the sentry itself: should a guest ever get the better of it, what it then has is
 * an empty root directory, namespaces with nothing in them, no capabilities, and the host calls of
 * wall.def.
 */
#ifndef SEA_SENTRY_WALL_WALL_H
#define SEA_SENTRY_WALL_WALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <seastack/compiler.h>

/* What is left of the host's files: a directory, with all that is mounted there, out of which no .. leads. */
struct sea_wall_view {
	const char *path;
	bool writable;
	int fd; /* is filled in */
};

/* Leaves everything: user, mount, network, IPC, UTS and cgroup namespaces of its own, and a root
 * directory that is empty and read-only, but for the views. The process has one thread. 0, or -errno with
 * *what the step that failed. */
SEA_MUST_USE int sea_wall_enter(struct sea_wall_view *views, unsigned int n, const char **what);

/* From now on it and its children neither trace nor, since Linux 6.12, signal a process that is not one of them,
 * nor use TCP (landlock(7)), as far as the host has that: since Linux 6.7. 0 or -errno. */
SEA_MUST_USE int sea_wall_scope(void);

#define SEA_WALL_ON_PTRACE 1u /* the platform; else it is trap         */
#define SEA_WALL_WITH_RW 2u   /* there are views that may be written to */

/* From now on only what the table lists for that case. The process has one thread. */
SEA_MUST_USE int sea_wall_filter(unsigned int how);

/* The table as Markdown. */
void sea_wall_print(FILE *to);

/* --- the table, for the test --- */

#define SEA_WALL_CONDITIONS 3

struct sea_wall_condition {
	enum {
		SEA_WALL_NONE,
		SEA_WALL_IS,
		SEA_WALL_ONLY,
		SEA_WALL_COMMAND,
		SEA_WALL_FD,
		SEA_WALL_SELF
	} kind;
	unsigned int arg;
	uint64_t value;
	const char *text;
};

struct sea_wall_line {
	enum { SEA_WALL_BOTH, SEA_WALL_TRAP, SEA_WALL_PTRACE, SEA_WALL_RW } when;
	const char *name;
	uint32_t nr;
	int error; /* of one that is refused; 0: it is let through */
	struct sea_wall_condition conditions[SEA_WALL_CONDITIONS + 1]; /* up to the first NONE */
	const char *why;
};

extern const struct sea_wall_line sea_wall_lines[];
extern const size_t sea_wall_nlines;

bool sea_wall_applies(const struct sea_wall_line *line, unsigned int how);

/* The line that says what becomes of a call; `self` is the process that makes it. NULL: its end. */
const struct sea_wall_line *sea_wall_find(unsigned int how, uint32_t nr, const uint64_t *args,
					  uint64_t self);

#endif
