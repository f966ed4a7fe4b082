/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of descriptors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/lock.h"

#define ROOM_FIRST 32u

/* A table that closes a file lets go of all its locks there, however often it has it open. */
static void release(struct sea_files *files, struct sea_file *file)
{
	if (!file)
		return;
	sea_lock_forget(file->node, files);
	sea_file_put(file);
}

struct sea_files *sea_files_new(void)
{
	struct sea_files *files = calloc(1, sizeof(*files));

	if (files)
		files->refs = 1;
	return files;
}

static int grow(struct sea_files *files, unsigned int need)
{
	unsigned int n = files->n ? files->n : ROOM_FIRST;
	struct sea_fd *fds;

	while (n < need)
		n *= 2;
	fds = realloc(files->fds, n * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	memset(fds + files->n, 0, (n - files->n) * sizeof(*fds));
	files->fds = fds;
	files->n = n;
	return 0;
}

struct sea_files *sea_files_copy(const struct sea_files *files)
{
	struct sea_files *copy = sea_files_new();

	if (!copy || (files->n && grow(copy, files->n))) {
		free(copy);
		return NULL;
	}
	for (unsigned int i = 0; i < files->n; i++) {
		copy->fds[i] = files->fds[i];
		if (copy->fds[i].file)
			sea_file_get(copy->fds[i].file);
	}
	return copy;
}

void sea_files_put(struct sea_files *files)
{
	if (!files || --files->refs)
		return;
	for (unsigned int i = 0; i < files->n; i++)
		release(files, files->fds[i].file);
	free(files->fds);
	free(files);
}

void sea_files_exec(struct sea_files *files)
{
	for (unsigned int i = 0; i < files->n; i++) {
		if (files->fds[i].file && files->fds[i].cloexec)
			sea_fd_close(files, i);
	}
}

struct sea_file *sea_fd_get(const struct sea_files *files, int64_t fd)
{
	return fd >= 0 && fd < files->n ? files->fds[fd].file : NULL;
}

int64_t sea_fd_set(struct sea_files *files, unsigned int fd, struct sea_file *file, bool cloexec)
{
	struct sea_file *old;

	if (fd >= files->n && grow(files, fd + 1)) {
		sea_file_put(file);
		return -ENOMEM;
	}
	old = files->fds[fd].file;
	files->fds[fd] = (struct sea_fd){ file, cloexec };
	release(files, old);
	return fd;
}

static unsigned int lowest_free(const struct sea_files *files, unsigned int from)
{
	while (from < files->n && files->fds[from].file)
		from++;
	return from;
}

int sea_fd_room(const struct sea_files *files, uint64_t limit)
{
	unsigned int fd = lowest_free(files, 0);

	return fd >= limit || fd >= SEA_FDS_MAX ? -EMFILE : 0;
}

int64_t sea_fd_add(struct sea_files *files, struct sea_file *file, unsigned int from,
		   uint64_t limit, bool cloexec)
{
	unsigned int fd = lowest_free(files, from);

	if (fd >= limit || fd >= SEA_FDS_MAX) {
		sea_file_put(file);
		return -EMFILE;
	}
	return sea_fd_set(files, fd, file, cloexec);
}

int sea_fd_close(struct sea_files *files, int64_t fd)
{
	struct sea_file *file = sea_fd_get(files, fd);

	if (!file)
		return -EBADF;
	files->fds[fd] = (struct sea_fd){ 0 };
	release(files, file);
	return 0;
}
