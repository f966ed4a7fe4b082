/* SPDX-License-Identifier: Apache-2.0 */
/* Decides where the lines of an index lie. */
#include "ip/lpm_lines.h"

#include <string.h>

#define CHUNK_LINES (1u << LPM_LINES_CHUNK_BITS)
#define CHUNK_SIZE ((size_t)CHUNK_LINES * LPM_LINE)

void sea_lpm_lines_init(struct lpm_lines *lines, struct sea_pool *pool)
{
	memset(lines, 0, sizeof(*lines));
	lines->pool = pool;
}

void sea_lpm_lines_fini(struct lpm_lines *lines)
{
	while (lines->n_chunks)
		sea_pool_free(lines->pool, lines->chunk[--lines->n_chunks], CHUNK_SIZE);
}

/* A run lies in one chunk. Line 0 is nobody's: it says that there is none. */
static uint32_t never_used(struct lpm_lines *lines, unsigned n)
{
	uint32_t line = lines->n_used ? lines->n_used : 1, left = CHUNK_LINES - line % CHUNK_LINES;
	void *chunk;

	if (left < n)
		line += left;
	if (line >> LPM_LINES_CHUNK_BITS == lines->n_chunks) {
		if (lines->n_chunks == LPM_LINES_CHUNKS)
			return 0;
		chunk = sea_pool_alloc(lines->pool, CHUNK_SIZE);
		if (!chunk)
			return 0;
		lines->chunk[lines->n_chunks++] = chunk;
	}
	lines->n_used = line + n;
	return line;
}

uint32_t sea_lpm_lines_get(struct lpm_lines *lines, unsigned n)
{
	uint32_t line = lines->free[n];

	if (!line)
		return never_used(lines, n);
	memcpy(&lines->free[n], lpm_line(lines, line), sizeof(lines->free[n]));
	lines->n_free -= n;
	return line;
}

void sea_lpm_lines_put(struct lpm_lines *lines, uint32_t line, unsigned n)
{
	memcpy(lpm_line(lines, line), &lines->free[n], sizeof(lines->free[n]));
	lines->free[n] = line;
	lines->n_free += n;
}
