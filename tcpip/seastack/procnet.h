/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of /proc/net, as Linux prints them: what the stack's tables, links and counters look like to
 * who reads them as text. A file is read in pieces and never made whole:
 *
 *	struct sea_procnet_reader reader = { .size = sizeof(reader) };
 *
 *	err = sea_procnet_open(stack, "tcp", &reader);
 *	while ((n = sea_procnet_read(stack, &reader, text, sizeof(text), at, now)) > 0)
 *		at += n;
 */
#ifndef SEASTACK_PROCNET_H
#define SEASTACK_PROCNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_stack;

/* Long enough for any file's name with its NUL. */
#define SEA_PROCNET_NAME_MAX 32

/* Where a walk stands among what a file shows: all 0 before the first line. */
struct sea_procnet_cursor {
	uint64_t place[8];
};

/* A file that is read: in the caller's memory, for it to copy or forget; nothing is to be closed. */
struct sea_procnet_reader {
	size_t size; /* set by the caller and left as it is */
	char name[SEA_PROCNET_NAME_MAX];
	struct sea_procnet_cursor
		cursor;  /* in front of the piece that `given` bytes were taken of */
	uint64_t offset; /* where reading goes on without beginning anew */
	uint32_t given;
};

/* Names in order: the one after that in `name` ("" for the first) into it, and true; or false. */
SEA_API bool sea_procnet_next(const struct sea_stack *stack, char name[SEA_PROCNET_NAME_MAX]);

/* At its beginning. 0, -ENOENT (the stack, of these modules, has no such file), or -EINVAL (the size). */
SEA_API SEA_MUST_USE int sea_procnet_open(const struct sea_stack *stack, const char *name,
					  struct sea_procnet_reader *reader);

/*
 * Up to `len` bytes from `offset` on, of what is there now: how many, 0 at the end, or -ENOENT (the reader is none of
 * this stack's). Whole lines, unless the first alone is longer than `len`. Anywhere but where the last read
 * ended, reading begins anew and passes over what is in front, as on Linux.
 */
SEA_API SEA_MUST_USE int64_t sea_procnet_read(struct sea_stack *stack,
					      struct sea_procnet_reader *reader, void *to,
					      size_t len, uint64_t offset, sea_time now);

SEA_END_DECLS
#endif
