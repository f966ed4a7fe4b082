/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc/net: found by name, and read at any offset, piece by piece. */
#include "core/procfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"

static const struct sea_procnet_file *find(const struct sea_stack *stack, const char *name)
{
	for (unsigned t = 0; t < SEA_PROCNET_FILES_MAX && stack->proc_files[t]; t++)
		for (unsigned i = 0; i < stack->proc_files[t]->n; i++)
			if (!strcmp(stack->proc_files[t]->files[i].name, name))
				return &stack->proc_files[t]->files[i];
	return NULL;
}

void sea_stack_add_proc_files(struct sea_stack *stack, const struct sea_procnet_files *files)
{
	unsigned t = 0;

	for (unsigned i = 0; i < files->n; i++)
		SEA_ASSERT(&stack->env,
			   !find(stack, files->files[i].name) &&
				   strlen(files->files[i].name) < SEA_PROCNET_NAME_MAX);
	while (t < SEA_PROCNET_FILES_MAX && stack->proc_files[t])
		t++;
	SEA_ASSERT(&stack->env, t < SEA_PROCNET_FILES_MAX);
	stack->proc_files[t] = files;
}

bool sea_procnet_next(const struct sea_stack *stack, char name[SEA_PROCNET_NAME_MAX])
{
	const char *next = NULL;

	for (unsigned t = 0; t < SEA_PROCNET_FILES_MAX && stack->proc_files[t]; t++)
		for (unsigned i = 0; i < stack->proc_files[t]->n; i++) {
			const char *one = stack->proc_files[t]->files[i].name;

			if (strcmp(one, name) > 0 && (!next || strcmp(one, next) < 0))
				next = one;
		}
	if (next)
		memcpy(name, next, strlen(next) + 1);
	return next;
}

/* -- reading -- */

int sea_procnet_open(const struct sea_stack *stack, const char *name,
		     struct sea_procnet_reader *reader)
{
	const struct sea_procnet_file *file = find(stack, name);

	if (reader->size != sizeof(*reader))
		return -EINVAL;
	*reader = (struct sea_procnet_reader){ .size = sizeof(*reader) };
	if (!file)
		return -ENOENT;
	memcpy(reader->name, file->name, strlen(file->name) + 1);
	return 0;
}

static void begin_anew(struct sea_procnet_reader *reader)
{
	reader->cursor = (struct sea_procnet_cursor){ 0 };
	reader->offset = 0;
	reader->given = 0;
}

/* Where reading goes: bytes in front of `from` are passed over. */
struct reading {
	struct sea_stack *stack;
	const struct sea_procnet_file *file;
	struct sea_procnet_reader *reader;
	char *to;
	size_t room, done;
	uint64_t from;
};

/* Of the piece, what is still to be given; false: there is no room for all of it. */
static bool give(struct reading *r, const struct sea_text *piece)
{
	struct sea_procnet_reader *reader = r->reader;
	/* It may be shorter by now than what was given of it. */
	size_t at = reader->given < piece->len ? reader->given : piece->len;
	size_t left = piece->len - at, skip = 0;

	if (reader->offset < r->from) {
		skip = r->from - reader->offset < left ? (size_t)(r->from - reader->offset) : left;
		reader->offset += skip;
		reader->given += (uint32_t)skip;
		at += skip;
		left -= skip;
	}
	if (left > r->room - r->done) {
		if (r->done)
			return false;
		left = r->room;
	}
	memcpy(r->to + r->done, piece->text + at, left);
	r->done += left;
	reader->offset += left;
	reader->given += (uint32_t)left;
	return at + left == piece->len;
}

static void read_pieces(struct reading *r)
{
	char bytes[SEA_PROCNET_PIECE_MAX];
	struct sea_text piece;

	while (r->done < r->room) {
		struct sea_procnet_cursor cursor = r->reader->cursor;

		sea_text_init(&piece, bytes, sizeof(bytes));
		if (!r->file->write(r->stack, &cursor, &piece))
			return;
		/* Else something is missing. */
		SEA_ASSERT(&r->stack->env, piece.len < sizeof(bytes) - 1);
		if (!give(r, &piece))
			return;
		r->reader->cursor = cursor;
		r->reader->given = 0;
	}
}

int64_t sea_procnet_read(struct sea_stack *stack, struct sea_procnet_reader *reader, void *to,
			 size_t len, uint64_t offset, sea_time now)
{
	struct reading r = { .stack = stack,
			     .file = find(stack, reader->name),
			     .reader = reader,
			     .to = to,
			     .room = len < INT32_MAX ? len : INT32_MAX,
			     .from = offset };

	if (!r.file)
		return -ENOENT;
	if (offset != reader->offset)
		begin_anew(reader);
	sea_stack_enter(stack, now);
	read_pieces(&r);
	sea_stack_leave(stack);
	return (int64_t)r.done;
}

/* -- writing -- */

void sea_procnet_put(struct sea_text *t, const char *fmt, ...)
{
	size_t room = t->room - t->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->text + t->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

void sea_procnet_put_end(struct sea_text *t, size_t from, size_t width)
{
	size_t have = t->len - from;

	sea_procnet_put(t, "%*s\n", (int)(have < width ? width - have : 0), "");
}

bool sea_procnet_begins(struct sea_procnet_cursor *cursor)
{
	return !cursor->place[0]++;
}

struct sea_link *sea_procnet_link(struct sea_stack *stack, const struct sea_procnet_cursor *cursor)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		struct sea_link *link = sea_container(node, struct sea_link, node);

		if ((uint64_t)link->ifindex >= cursor->place[1])
			return link;
	}
	return NULL;
}
