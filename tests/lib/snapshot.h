/* SPDX-License-Identifier: Apache-2.0 */
/* A saved stack in memory. */
#ifndef SEA_TESTS_SNAPSHOT_H
#define SEA_TESTS_SNAPSHOT_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/save.h>

struct snapshot {
	uint8_t *bytes;
	size_t len, at; /* at: how far it is read */
	size_t fail_at; /* writing fails from this length on; 0: never */
};

static inline int snapshot_write(void *ctx, const void *bytes, size_t len)
{
	struct snapshot *s = ctx;
	uint8_t *grown;

	if (s->fail_at && s->len + len > s->fail_at)
		return -ENOSPC;
	grown = realloc(s->bytes, s->len + len);
	if (!grown)
		return -ENOMEM;
	memcpy(grown + s->len, bytes, len);
	s->bytes = grown;
	s->len += len;
	return 0;
}

static inline int snapshot_read(void *ctx, void *bytes, size_t len)
{
	struct snapshot *s = ctx;

	if (len > s->len - s->at)
		return -EIO;
	memcpy(bytes, s->bytes + s->at, len);
	s->at += len;
	return 0;
}

static inline void snapshot_free(struct snapshot *s)
{
	free(s->bytes);
	*s = (struct snapshot){ 0 };
}

#endif
