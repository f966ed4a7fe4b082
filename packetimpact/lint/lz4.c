// SPDX-License-Identifier: Apache-2.0
/* lz4, as its command line and Wireshark write it (frames), by liblz4; its blocks are 4 MiB at most. */
#include "packetimpact/lint/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <lz4frame.h>

struct lz4 {
	FILE *packed;
	LZ4F_dctx *z;
	size_t left; /* 0 at the end of a frame */
	size_t at, len;
	unsigned char in[16384];
};

static bool more(struct lz4 *s)
{
	if (s->at < s->len)
		return true;
	s->len = fread(s->in, 1, sizeof(s->in), s->packed);
	s->at = 0;
	return s->len;
}

static ssize_t lz4_read(void *cookie, char *to, size_t room)
{
	struct lz4 *s = cookie;
	size_t got = 0;

	while (!got) {
		size_t took;

		/* What is held back comes without new input. */
		if (!more(s) && !s->left)
			return 0;
		if (s->at == s->len && feof(s->packed)) {
			errno = EBADMSG;
			return -1;
		}
		got = room;
		took = s->len - s->at;
		s->left = LZ4F_decompress(s->z, to, &got, s->in + s->at, &took, NULL);
		s->at += took;
		if (LZ4F_isError(s->left)) {
			errno = EBADMSG;
			return -1;
		}
	}
	return (ssize_t)got;
}

static int lz4_close(void *cookie)
{
	struct lz4 *s = cookie;

	(void)LZ4F_freeDecompressionContext(s->z);
	fclose(s->packed);
	free(s);
	return 0;
}

FILE *sea_unpack_lz4(FILE *packed)
{
	struct lz4 *s = calloc(1, sizeof(*s));
	FILE *out = NULL;

	if (!s)
		return NULL;
	s->packed = packed;
	if (!LZ4F_isError(LZ4F_createDecompressionContext(&s->z, LZ4F_VERSION)))
		out = fopencookie(s, "r",
				  (cookie_io_functions_t){ .read = lz4_read, .close = lz4_close });
	if (out)
		return out;
	(void)LZ4F_freeDecompressionContext(s->z);
	free(s);
	return NULL;
}
