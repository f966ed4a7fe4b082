/* SPDX-License-Identifier: Apache-2.0 */
/* The table of host calls: as data, as text, and what it says of one call. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include "sentry-glue/wall/wall.h"

/* Since Linux 6.6; older headers do not have it. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define UNWRAP(...) __VA_ARGS__
#define IS(n, v)                                       \
	{                                              \
		SEA_WALL_IS, n, (uint64_t)(v), "= " #v \
	}
#define ONLY(n, v)                                          \
	{                                                   \
		SEA_WALL_ONLY, n, (uint64_t)(v), "only " #v \
	}
#define COMMAND(n, v)                                        \
	{                                                    \
		SEA_WALL_COMMAND, n, (uint64_t)(v), "is " #v \
	}
#define FD(n)                                        \
	{                                            \
		SEA_WALL_FD, n, 0, "is a descriptor" \
	}
#define OURSELVES(n)                                \
	{                                           \
		SEA_WALL_SELF, n, 0, "is ourselves" \
	}
#define SEA_WALL(when, call, conditions, why) \
	{ SEA_WALL_##when, #call, SYS_##call, 0, { UNWRAP conditions }, why },
#define SEA_WALL_REFUSED(call, error, why) \
	{ SEA_WALL_BOTH, #call, SYS_##call, error, { { SEA_WALL_NONE, 0, 0, NULL } }, why },

const struct sea_wall_line sea_wall_lines[] = {
#include "sentry-glue/wall/wall.def"
};
const size_t sea_wall_nlines = sizeof(sea_wall_lines) / sizeof(sea_wall_lines[0]);

static bool holds(const struct sea_wall_condition *c, const uint64_t *args, uint64_t self)
{
	uint64_t arg = args[c->arg];

	switch (c->kind) {
	case SEA_WALL_IS:
		return arg == c->value;
	case SEA_WALL_ONLY:
		return !(arg & ~c->value);
	case SEA_WALL_COMMAND:
		return (arg & 127) == c->value;
	case SEA_WALL_FD:
		return !(arg & 0x80000000u);
	case SEA_WALL_SELF:
		return arg == self;
	case SEA_WALL_NONE:
		break;
	}
	return true;
}

bool sea_wall_applies(const struct sea_wall_line *line, unsigned int how)
{
	switch (line->when) {
	case SEA_WALL_TRAP:
		return !(how & SEA_WALL_ON_PTRACE);
	case SEA_WALL_PTRACE:
		return how & SEA_WALL_ON_PTRACE;
	case SEA_WALL_RW:
		return how & SEA_WALL_WITH_RW;
	case SEA_WALL_BOTH:
		break;
	}
	return true;
}

const struct sea_wall_line *sea_wall_find(unsigned int how, uint32_t nr, const uint64_t *args,
					  uint64_t self)
{
	for (size_t i = 0; i < sea_wall_nlines; i++) {
		const struct sea_wall_line *line = &sea_wall_lines[i];
		const struct sea_wall_condition *c = line->conditions;

		if (line->nr != nr || !sea_wall_applies(line, how))
			continue;
		while (c->kind != SEA_WALL_NONE && holds(c, args, self))
			c++;
		if (c->kind == SEA_WALL_NONE)
			return line;
	}
	return NULL;
}

/* In Markdown a bar ends a cell. */
static void print_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', to);
		fputc(*text, to);
	}
}

void sea_wall_print(FILE *to)
{
	static const char *const when[] = { "", "trap", "ptrace", "--rw" };

	fputs("| call | its arguments, from 0 | for | only |\n|---|---|---|---|\n", to);
	for (size_t i = 0; i < sea_wall_nlines; i++) {
		const struct sea_wall_line *line = &sea_wall_lines[i];

		fprintf(to, "| %s |", line->name);
		for (const struct sea_wall_condition *c = line->conditions; c->kind; c++) {
			fprintf(to, "%s %u ", c == line->conditions ? "" : ",", c->arg);
			print_text(to, c->text);
		}
		if (line->error)
			fprintf(to, " refused: %s", strerrorname_np(line->error));
		fprintf(to, " | %s | %s |\n", line->why, when[line->when]);
	}
}
