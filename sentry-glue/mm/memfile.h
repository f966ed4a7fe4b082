/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory file: one memfd that holds every page of every guest, and the sentry's view of it.
 *
 * It is a row of frames of 4096 bytes with a count of references each. A frame without references
 * takes no memory, and one that is handed out is zero. Frame 0 is never handed out: it stays zero
 * and stands for all that was never written.
 */
#ifndef SEA_SENTRY_MM_MEMFILE_H
#define SEA_SENTRY_MM_MEMFILE_H

#include <stdint.h>

#include <seastack/compiler.h>

#define SEA_PAGE 4096ull
#define SEA_PAGE_MASK (SEA_PAGE - 1)
#define SEA_PAGE_DOWN(x) ((x) & ~SEA_PAGE_MASK)
#define SEA_PAGE_UP(x) SEA_PAGE_DOWN((x) + SEA_PAGE_MASK)

#define SEA_FRAME_ZERO 0u

struct sea_memfile {
	int fd;
	uint32_t frames; /* the limit                      */
	uint32_t used;   /* handed out now                 */
	uint32_t next;   /* where the search begins        */
	uint8_t *base;   /* frame n is at base + n * 4096  */
	uint32_t *refs;
};

/* frames: the most that all guests together may have; at most 2^31. */
SEA_MUST_USE int sea_memfile_init(struct sea_memfile *file, uint32_t frames);
void sea_memfile_fini(struct sea_memfile *file);

/* A run of frames, as long as there is one, of at most `want`: the first frame, and their number
 * in *got. Each has one reference. 0 when there is none left. */
uint32_t sea_memfile_alloc(struct sea_memfile *file, uint32_t want, uint32_t *got);

static inline uint8_t *sea_memfile_at(const struct sea_memfile *file, uint32_t frame)
{
	return file->base + (uint64_t)frame * SEA_PAGE;
}

void sea_memfile_get(struct sea_memfile *file, uint32_t frame);
/* Of a run of frames that follow each other. */
void sea_memfile_put(struct sea_memfile *file, uint32_t frame, uint32_t n);

/* True when nobody else has a reference to the frame. */
static inline int sea_memfile_sole(const struct sea_memfile *file, uint32_t frame)
{
	return file->refs[frame] == 1;
}

#endif
