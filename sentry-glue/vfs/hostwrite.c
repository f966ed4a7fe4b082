/* SPDX-License-Identifier: Apache-2.0 */
/* What is changed in the host's directories. Every name is one component, and no link is followed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/vfs/hostdir.h"

/* Since Linux 6.6; older headers do not have it. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static int result(long got)
{
	return got < 0 ? -errno : 0;
}

int sea_hostdir_make_file(struct sea_hostdir *dir, const char *name, uint32_t mode)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
				.mode = mode & 07777,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };
	int fd = sea_hostdir_fd(dir), made;

	if (fd < 0)
		return fd;
	made = (int)syscall(SYS_openat2, fd, name, &how, sizeof(how));
	return made < 0 ? -errno : made;
}

int sea_hostdir_make(struct sea_hostdir *dir, const char *name, uint32_t mode, const char *symlink)
{
	int fd = sea_hostdir_fd(dir);

	if (fd < 0)
		return fd;
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return result(mkdirat(fd, name, mode & 07777));
	case S_IFLNK:
		return result(symlinkat(symlink, fd, name));
	case S_IFIFO:
	case S_IFSOCK:
		return result(mknodat(fd, name, mode & (S_IFMT | 07777), 0));
	}
	return -EPERM;
}

int sea_hostdir_remove(struct sea_hostdir *dir, const char *name, bool directory)
{
	int fd = sea_hostdir_fd(dir);

	return fd < 0 ? fd : result(unlinkat(fd, name, directory ? AT_REMOVEDIR : 0));
}

int sea_hostdir_rename(struct sea_hostdir *from, const char *name, struct sea_hostdir *to,
		       const char *to_name, unsigned int flags)
{
	int from_fd = sea_hostdir_fd(from), to_fd = sea_hostdir_fd(to);

	if (from_fd < 0 || to_fd < 0)
		return from_fd < 0 ? from_fd : to_fd;
	return result(syscall(SYS_renameat2, from_fd, name, to_fd, to_name, flags));
}

int sea_hostdir_link(struct sea_hostdir *from, const char *name, struct sea_hostdir *to,
		     const char *to_name)
{
	int from_fd = sea_hostdir_fd(from), to_fd = sea_hostdir_fd(to);

	if (from_fd < 0 || to_fd < 0)
		return from_fd < 0 ? from_fd : to_fd;
	return result(linkat(from_fd, name, to_fd, to_name, 0));
}

int sea_hostdir_chmod(struct sea_hostdir *dir, const char *name, uint32_t mode)
{
	int fd = sea_hostdir_fd(dir), opened, err;

	if (fd < 0)
		return fd;
	if (!name)
		return result(fchmod(fd, mode & 07777));
	err = result(syscall(SYS_fchmodat2, fd, name, mode & 07777, AT_SYMLINK_NOFOLLOW));
	if (err != -ENOSYS)
		return err;
	opened = sea_hostdir_open(dir, name, O_RDONLY);
	if (opened < 0)
		return opened;
	err = result(fchmod(opened, mode & 07777));
	close(opened);
	return err;
}

int sea_hostdir_chown(struct sea_hostdir *dir, const char *name, uint32_t uid, uint32_t gid)
{
	int fd = sea_hostdir_fd(dir);

	if (fd < 0)
		return fd;
	return result(fchownat(fd, name ? name : "", uid, gid,
			       name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH));
}

int sea_hostdir_utimes(struct sea_hostdir *dir, const char *name, const struct timespec times[2])
{
	int fd = sea_hostdir_fd(dir);

	if (fd < 0)
		return fd;
	return result(name ? utimensat(fd, name, times, AT_SYMLINK_NOFOLLOW) : futimens(fd, times));
}

int sea_hostdir_sync(struct sea_hostdir *dir)
{
	int fd = sea_hostdir_fd(dir);

	return fd < 0 ? fd : result(syncfs(fd));
}
