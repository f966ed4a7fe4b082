/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache lines for an index, dealt out in runs of 1 to LPM_LINES_RUN from chunks of two megabytes, in which
 * the processor's large pages fit: what lookups touch is anywhere among them. Lines are known by number,
 * half as wide as a pointer. Runs that come back are dealt out again, by length; memory goes back only
 * as a whole.
 */
#ifndef SEA_IP_LPM_LINES_H
#define SEA_IP_LPM_LINES_H

#include <stdint.h>

#include "core/pool.h"

#define LPM_LINE 64u
#define LPM_LINES_RUN 256u
#define LPM_LINES_CHUNK_BITS 15u
#define LPM_LINES_CHUNKS 512u /* a gigabyte */

struct lpm_lines {
	struct sea_pool *pool;
	uint32_t n_used, n_free;          /* lines that were ever dealt out; that came back */
	uint32_t n_chunks;                /* in use */
	uint32_t free[LPM_LINES_RUN + 1]; /* by length: the first run, or 0 */
	unsigned char *chunk[LPM_LINES_CHUNKS];
};

static inline void *lpm_line(const struct lpm_lines *lines, uint32_t line)
{
	unsigned char *chunk = lines->chunk[line >> LPM_LINES_CHUNK_BITS];

	return chunk + (size_t)(line & ((1u << LPM_LINES_CHUNK_BITS) - 1)) * LPM_LINE;
}

void sea_lpm_lines_init(struct lpm_lines *lines, struct sea_pool *pool);
void sea_lpm_lines_fini(struct lpm_lines *lines);

/* `n` lines of undefined contents; 0: no memory. */
uint32_t sea_lpm_lines_get(struct lpm_lines *lines, unsigned n);
void sea_lpm_lines_put(struct lpm_lines *lines, uint32_t line, unsigned n);

#endif
