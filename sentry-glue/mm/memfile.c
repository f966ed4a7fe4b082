/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/mm/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int map_all(struct sea_memfile *file)
{
	size_t len = (size_t)file->frames * SEA_PAGE;
	void *at;

	if (ftruncate(file->fd, (off_t)len))
		return -errno;
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file->fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	/* A stub begins as a copy of this process, and has no use for it. */
	madvise(at, len, MADV_DONTFORK);
	file->base = at;
	file->refs = mmap(NULL, file->frames * sizeof(*file->refs), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (file->refs != MAP_FAILED)
		return 0;
	munmap(file->base, len);
	return -ENOMEM;
}

int sea_memfile_init(struct sea_memfile *file, uint32_t frames)
{
	int err;

	*file = (struct sea_memfile){ .frames = frames, .next = 1 };
	file->fd = memfd_create("seastack-memory", MFD_CLOEXEC);
	if (file->fd < 0)
		return -errno;
	err = map_all(file);
	if (err) {
		close(file->fd);
		return err;
	}
	file->refs[SEA_FRAME_ZERO] = 1;
	return 0;
}

void sea_memfile_fini(struct sea_memfile *file)
{
	munmap(file->base, (size_t)file->frames * SEA_PAGE);
	munmap(file->refs, file->frames * sizeof(*file->refs));
	close(file->fd);
}

/* The first free frame at or behind `from`, or 0. */
static uint32_t find_free(const struct sea_memfile *file, uint32_t from)
{
	for (uint32_t i = from; i < file->frames; i++) {
		if (!file->refs[i])
			return i;
	}
	return 0;
}

uint32_t sea_memfile_alloc(struct sea_memfile *file, uint32_t want, uint32_t *got)
{
	uint32_t first, n = 0;

	*got = 0;
	if (file->used >= file->frames - 1)
		return 0;
	first = find_free(file, file->next);
	if (!first)
		first = find_free(file, 1);
	if (!first)
		return 0;
	while (n < want && first + n < file->frames && !file->refs[first + n])
		file->refs[first + n++] = 1;
	file->used += n;
	file->next = first + n;
	*got = n;
	return first;
}

void sea_memfile_get(struct sea_memfile *file, uint32_t frame)
{
	if (frame != SEA_FRAME_ZERO)
		file->refs[frame]++;
}

/* Gives the memory of free frames back: what is handed out next is zero again. */
static void release(struct sea_memfile *file, uint32_t first, uint32_t n)
{
	if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)(first * SEA_PAGE), (off_t)(n * SEA_PAGE)))
		abort(); /* to hand out a guest's bytes to another would be worse */
	file->used -= n;
	/* The search goes on from the lowest: the file stays dense. */
	if (first < file->next)
		file->next = first;
}

void sea_memfile_put(struct sea_memfile *file, uint32_t frame, uint32_t n)
{
	uint32_t first = 0, run = 0;

	for (uint32_t i = frame; i < frame + n; i++) {
		if (i != SEA_FRAME_ZERO && !--file->refs[i]) {
			first = run ? first : i;
			run++;
			continue;
		}
		if (run)
			release(file, first, run);
		run = 0;
	}
	if (run)
		release(file, first, run);
}
