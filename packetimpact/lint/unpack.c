// SPDX-License-Identifier: Apache-2.0
/* A file whose first bytes were read to see what it is, from its beginning again: pipes cannot go back. */
#include "packetimpact/lint/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 16

struct again {
	FILE *file;
	uint8_t head[HEAD_MAX];
	size_t at, len;
};

static ssize_t again_read(void *cookie, char *to, size_t room)
{
	struct again *a = cookie;
	size_t n = a->len - a->at;

	if (!n) {
		n = fread(to, 1, room, a->file);
		return !n && ferror(a->file) ? -1 : (ssize_t)n;
	}
	if (n > room)
		n = room;
	memcpy(to, a->head + a->at, n);
	a->at += n;
	return (ssize_t)n;
}

static int again_close(void *cookie)
{
	struct again *a = cookie;

	if (a->file != stdin)
		fclose(a->file);
	free(a);
	return 0;
}

FILE *sea_unpack_nothing(FILE *file, const void *head, size_t len)
{
	struct again *a = len <= HEAD_MAX ? calloc(1, sizeof(*a)) : NULL;
	FILE *out;

	if (!a)
		return NULL;
	a->file = file;
	a->len = len;
	if (len)
		memcpy(a->head, head, len);
	out = fopencookie(a, "r",
			  (cookie_io_functions_t){ .read = again_read, .close = again_close });
	if (!out)
		free(a);
	return out;
}
