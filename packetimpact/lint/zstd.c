// SPDX-License-Identifier: Apache-2.0
/* zstd by libzstd; its window is bounded (128 MiB), so that no file takes all memory. */
#include "packetimpact/lint/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zstd.h>

#define WINDOW_LOG_MAX 27

struct zstd {
	FILE *packed;
	ZSTD_DStream *z;
	ZSTD_inBuffer from;
	size_t left; /* 0 at the end of a frame */
	unsigned char in[16384];
};

static bool more(struct zstd *s)
{
	if (s->from.pos < s->from.size)
		return true;
	s->from = (ZSTD_inBuffer){ s->in, fread(s->in, 1, sizeof(s->in), s->packed), 0 };
	return s->from.size;
}

static ssize_t zstd_read(void *cookie, char *to, size_t room)
{
	struct zstd *s = cookie;
	ZSTD_outBuffer out = { to, room, 0 };

	while (!out.pos) {
		/* What is held back comes without new input. */
		if (!more(s) && !s->left)
			return 0;
		if (s->from.size == s->from.pos && feof(s->packed)) {
			errno = EBADMSG;
			return -1;
		}
		s->left = ZSTD_decompressStream(s->z, &out, &s->from);
		if (ZSTD_isError(s->left)) {
			errno = EBADMSG;
			return -1;
		}
	}
	return (ssize_t)out.pos;
}

static int zstd_close(void *cookie)
{
	struct zstd *s = cookie;

	ZSTD_freeDStream(s->z);
	fclose(s->packed);
	free(s);
	return 0;
}

FILE *sea_unpack_zstd(FILE *packed)
{
	struct zstd *s = calloc(1, sizeof(*s));
	FILE *out = NULL;

	if (!s)
		return NULL;
	s->packed = packed;
	s->z = ZSTD_createDStream();
	if (s->z &&
	    !ZSTD_isError(ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		out = fopencookie(
			s, "r", (cookie_io_functions_t){ .read = zstd_read, .close = zstd_close });
	if (out)
		return out;
	ZSTD_freeDStream(s->z);
	free(s);
	return NULL;
}
