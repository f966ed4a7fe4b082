/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/hostdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sea_hostdir {
	unsigned int refs;
	int fd; /* -1: `name` in `in`, not opened yet */
	bool writable;
	struct sea_hostdir *in;
	char name[];
};

static struct sea_hostdir *make(int fd, bool writable, struct sea_hostdir *in, const char *name)
{
	struct sea_hostdir *dir = malloc(sizeof(*dir) + strlen(name) + 1);

	if (!dir)
		return NULL;
	dir->refs = 1;
	dir->fd = fd;
	dir->writable = writable;
	dir->in = in ? sea_hostdir_get(in) : NULL;
	strcpy(dir->name, name);
	return dir;
}

struct sea_hostdir *sea_hostdir_new(int fd, bool writable)
{
	return make(fd, writable, NULL, "");
}

struct sea_hostdir *sea_hostdir_sub(struct sea_hostdir *dir, const char *name)
{
	return make(-1, dir->writable, dir, name);
}

struct sea_hostdir *sea_hostdir_get(struct sea_hostdir *dir)
{
	dir->refs++;
	return dir;
}

void sea_hostdir_put(struct sea_hostdir *dir)
{
	while (dir && !--dir->refs) {
		struct sea_hostdir *in = dir->in;

		if (dir->fd >= 0)
			close(dir->fd);
		free(dir);
		dir = in;
	}
}

bool sea_hostdir_writable(const struct sea_hostdir *dir)
{
	return dir && dir->writable;
}

static int open_beneath(int fd, const char *name, int flags)
{
	struct open_how how = { .flags = (unsigned int)(flags | O_CLOEXEC | O_NOFOLLOW),
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };
	long got = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	return got < 0 ? -errno : (int)got;
}

int sea_hostdir_fd(struct sea_hostdir *dir)
{
	int in;

	if (dir->fd < 0) {
		in = sea_hostdir_fd(dir->in);
		if (in < 0)
			return in;
		dir->fd = open_beneath(in, dir->name, O_RDONLY | O_DIRECTORY);
		if (dir->fd < 0) {
			in = dir->fd;
			dir->fd = -1;
			return in;
		}
	}
	return dir->fd;
}

int sea_hostdir_stat(struct sea_hostdir *dir, const char *name, struct stat *st)
{
	int fd = sea_hostdir_fd(dir);

	if (fd < 0)
		return fd;
	return fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) ? -errno : 0;
}

int sea_hostdir_open(struct sea_hostdir *dir, const char *name, int access)
{
	int fd = sea_hostdir_fd(dir), got;
	struct stat st;

	if (fd < 0)
		return fd;
	/* O_NONBLOCK: should it have become a fifo meanwhile. */
	got = open_beneath(fd, name, access | O_NONBLOCK | O_NOCTTY);
	if (got >= 0 && (fstat(got, &st) || !S_ISREG(st.st_mode))) {
		close(got);
		return -EIO;
	}
	return got;
}

int sea_hostdir_statfs(struct sea_hostdir *dir, struct statfs *st)
{
	int fd = sea_hostdir_fd(dir);

	return fd < 0 ? fd : fstatfs(fd, st) ? -errno : 0;
}

int64_t sea_hostdir_readlink(struct sea_hostdir *dir, const char *name, char *to, size_t size)
{
	int fd = sea_hostdir_fd(dir);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, name, to, size);
	return n < 0 ? -errno : n;
}

int sea_hostdir_list(struct sea_hostdir *dir,
		     int (*each)(void *arg, const char *name, unsigned char type), void *arg)
{
	int fd = sea_hostdir_fd(dir), err = 0;
	struct dirent *entry;
	DIR *list;

	if (fd < 0)
		return fd;
	fd = open_beneath(fd, ".", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	list = fdopendir(fd);
	if (!list) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			err = each(arg, entry->d_name, entry->d_type);
	}
	closedir(list);
	return err;
}
