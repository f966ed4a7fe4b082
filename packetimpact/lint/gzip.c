// SPDX-License-Identifier: Apache-2.0
/* gzip by zlib; files of several members, one behind the other, too. */
#include "packetimpact/lint/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zlib.h>

struct gzip {
	FILE *packed;
	z_stream z;
	bool over; /* at the end of a member */
	unsigned char in[16384];
};

/* Is there more to unpack? Not behind the last member. */
static bool more(struct gzip *g)
{
	if (g->z.avail_in)
		return true;
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)fread(g->in, 1, sizeof(g->in), g->packed);
	return g->z.avail_in;
}

static ssize_t gzip_read(void *cookie, char *to, size_t room)
{
	struct gzip *g = cookie;

	g->z.next_out = (unsigned char *)to;
	g->z.avail_out = (uInt)(room > 65536 ? 65536 : room);
	room = g->z.avail_out;
	while (g->z.avail_out == room) {
		int status;

		if (!more(g)) {
			if (g->over)
				return 0;
			errno = EBADMSG;
			return -1;
		}
		if (g->over)
			inflateReset(&g->z);
		status = inflate(&g->z, Z_NO_FLUSH);
		g->over = status == Z_STREAM_END;
		if (status != Z_OK && !g->over) {
			errno = EBADMSG;
			return -1;
		}
	}
	return (ssize_t)(room - g->z.avail_out);
}

static int gzip_close(void *cookie)
{
	struct gzip *g = cookie;

	inflateEnd(&g->z);
	fclose(g->packed);
	free(g);
	return 0;
}

FILE *sea_unpack_gzip(FILE *packed)
{
	struct gzip *g = calloc(1, sizeof(*g));
	FILE *out = NULL;

	if (!g)
		return NULL;
	g->packed = packed;
	if (inflateInit2(&g->z, 15 + 16) == Z_OK) {
		out = fopencookie(
			g, "r", (cookie_io_functions_t){ .read = gzip_read, .close = gzip_close });
		if (out)
			return out;
		inflateEnd(&g->z);
	}
	free(g);
	return NULL;
}
