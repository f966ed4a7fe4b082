/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes; what statfs says of kinds of files; the older calls that set times. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "tests/sentry/conform.h"

static char text[400], big[70000];

static void xattrs(void)
{
	int fd = open("x", O_RDWR | O_CREAT, 0600), path = open("x", O_PATH), p[2], in;

	section("extended attributes");
	symlink("x", "l"), mkfifo("f", 0600), mkdir("d", 0700);
	pipe(p);
	memset(text, 'n', sizeof(text) - 1);
	memcpy(text, "user.", 5);
	SHOW(getxattr("x", "user.a", NULL, 0));
	SHOW(listxattr("x", NULL, 0));
	SHOW(setxattr("x", "user.a", "value", 5, 4));
	SHOW(setxattr("none", "user.a", "value", 5, 0));
	SHOW(setxattr("x", "", "value", 5, 0));
	SHOW(setxattr("x", text, "value", 5, 0));
	SHOW(setxattr("x", "user.", "value", 5, 0));
	SHOW(setxattr("x", "user", "value", 5, 0));
	SHOW(setxattr("x", "other.a", "value", 5, 0));
	SHOW(getxattr("x", "other.a", big, 5));
	SHOW(removexattr("x", "other.a"));
	SHOW(setxattr("x", (char *)8, "value", 5, 0));
	SHOW(setxattr("x", "user.a", (char *)8, 5, 0));
	SHOW(setxattr("x", "user.a", big, 65537, 0));
	SHOW(setxattr("x", "user.a", "value", 5, XATTR_REPLACE));
	SHOW(setxattr("x", "user.a", "value", 5, XATTR_CREATE));
	SHOW(setxattr("x", "user.a", "value", 5, XATTR_CREATE));
	SHOW(getxattr("x", "user.a", NULL, 0));
	SHOW(getxattr("x", "user.a", big, 4));
	SHOW(getxattr("x", "user.a", big, 6));
	SHOW(memcmp(big, "value", 5));
	SHOW(getxattr("x", "user.a", (char *)8, 6));
	SHOW(setxattr("x", "user.a", "longer value", 12, XATTR_REPLACE));
	SHOW(fgetxattr(fd, "user.a", big, 60));
	SHOW(memcmp(big, "longer", 6));
	SHOW(fsetxattr(fd, "user.b", "", 0, 0));
	SHOW(fgetxattr(fd, "user.b", big, 60));
	SHOW(listxattr("l", big, 60));
	SHOW(listxattr("l", NULL, 0));
	SHOW(listxattr("l", big, 10));
	SHOW(flistxattr(fd, big, 60));
	SHOW(llistxattr("l", big, 60));
	SHOW(lsetxattr("l", "user.a", "v", 1, 0));
	SHOW(lgetxattr("l", "user.a", big, 60));
	SHOW(lremovexattr("l", "user.a"));
	SHOW(getxattr("l", "user.a", big, 60));
	SHOW(setxattr("f", "user.a", "v", 1, 0));
	SHOW(getxattr("f", "user.a", big, 60));
	SHOW(setxattr("d", "user.a", "v", 1, 0));
	SHOW(getxattr("d", "user.a", big, 60));
	SHOW(fsetxattr(path, "user.a", "v", 1, 0));
	SHOW(fgetxattr(99, "user.a", big, 60));
	SHOW(flistxattr(path, big, 60));
	in = inotify_init1(IN_NONBLOCK);
	inotify_add_watch(in, "x", IN_ALL_EVENTS);
	SHOW(removexattr("x", "user.a"));
	SHOW(read(in, big, sizeof(big)));
	SHOW(((struct inotify_event *)big)->mask);
	SHOW(removexattr("x", "user.a"));
	SHOW(fremovexattr(fd, "user.b"));
	SHOW(listxattr("x", big, 60));
	close(fd), close(path), close(p[0]), close(p[1]), close(in);
	unlink("x"), unlink("l"), unlink("f"), rmdir("d");
}

static long kind(int fd)
{
	struct statfs st;
	long ret = fstatfs(fd, &st);

	close(fd);
	return ret ? ret : st.f_type;
}

static void filesystems(void)
{
	struct statfs st;
	int p[2], s[2];

	section("statfs");
	pipe(p);
	socketpair(AF_UNIX, SOCK_STREAM, 0, s);
	SHOW(kind(p[0]));
	SHOW(kind(s[0]));
	SHOW(kind(eventfd(0, 0)));
	SHOW(kind(epoll_create1(0)));
	SHOW(kind(open("/proc/self/comm", O_RDONLY)));
	SHOW(kind(open("/proc", O_PATH)));
	SHOW(kind(99));
	SHOW(statfs("/proc", &st));
	SHOW(st.f_type);
	SHOW(st.f_bsize);
	SHOW(st.f_blocks);
	SHOW(st.f_namelen);
	SHOW(statfs(".", (void *)8));
	SHOW(statfs("none", &st));
	SHOW(statfs(".", &st) ?: st.f_bsize);
	SHOW(st.f_namelen);
	SHOW(st.f_bfree <= st.f_blocks && st.f_bavail <= st.f_bfree);
	close(p[1]), close(s[1]);
}

static void times(void)
{
	struct timeval tv[2] = { { 1000, 5 }, { 2000, 6 } };
	struct utimbuf both = { 3000, 4000 };
	int dir = open(".", O_RDONLY);
	struct stat st;

	section("times");
	close(open("t", O_RDWR | O_CREAT, 0600));
	symlink("t", "tl");
	SHOW(syscall(SYS_utime, "t", &both));
	SHOW(stat("t", &st) ?: st.st_atime);
	SHOW(st.st_mtime);
	SHOW(syscall(SYS_utimes, "t", tv));
	SHOW(stat("t", &st) ?: st.st_atime);
	SHOW(st.st_mtim.tv_nsec);
	tv[0].tv_usec = 1000000;
	SHOW(syscall(SYS_utimes, "t", tv));
	tv[0].tv_usec = -1;
	SHOW(syscall(SYS_utimes, "t", tv));
	tv[0].tv_usec = 7;
	SHOW(syscall(SYS_futimesat, dir, "tl", tv));
	SHOW(stat("t", &st) ?: st.st_atim.tv_nsec);
	SHOW(lstat("tl", &st) ?: st.st_atime != 1000);
	SHOW(syscall(SYS_utime, "t", NULL));
	SHOW(stat("t", &st) ?: st.st_mtime > 4000);
	SHOW(syscall(SYS_utimes, "none", tv));
	SHOW(syscall(SYS_utimes, "t", 8l));
	SHOW(syscall(SYS_utime, "t", 8l));
	SHOW(syscall(SYS_futimesat, 99, "t", tv));
	SHOW(syscall(SYS_futimesat, dir, NULL, tv));
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
	SHOW(syscall(SYS_fchmodat2, dir, "t", 0640, 0));
	SHOW(stat("t", &st) ?: st.st_mode & 0777);
	SHOW(syscall(SYS_fchmodat2, dir, "t", 0600, AT_SYMLINK_NOFOLLOW));
	SHOW(syscall(SYS_fchmodat2, dir, "tl", 0600, AT_SYMLINK_NOFOLLOW));
	SHOW(syscall(SYS_fchmodat2, dir, "tl", 0644, 0));
	SHOW(stat("t", &st) ?: st.st_mode & 0777);
	SHOW(syscall(SYS_fchmodat2, dir, "", 0700, AT_EMPTY_PATH));
	SHOW(syscall(SYS_fchmodat2, dir, "t", 0600, 0x800));
	SHOW(syscall(SYS_fchmodat2, dir, "", 0700, 0));
	close(dir);
	unlink("t"), unlink("tl");
}

static void extended(void)
{
	int fd = eventfd(0, 0), p[2];
	struct statx sx;

	section("statx");
	pipe(p);
	SHOW(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
	SHOW(sx.stx_mode);
	SHOW(statx(p[0], "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
	SHOW(sx.stx_mode);
	SHOW(statx(AT_FDCWD, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
	SHOW(sx.stx_mode & S_IFMT);
	SHOW(statx(AT_FDCWD, ".", 0, STATX_BASIC_STATS, &sx));
	SHOW((sx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	SHOW(statx(AT_FDCWD, "/proc", 0, STATX_MNT_ID, &sx));
	SHOW(sx.stx_mask & STATX_MNT_ID);
	SHOW(sx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT);
	SHOW(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	SHOW(statx(AT_FDCWD, "/proc/self", 0, STATX_MNT_ID, &sx));
	SHOW(sx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	SHOW(statx(99, "", AT_EMPTY_PATH, 0, &sx));
	SHOW(statx(AT_FDCWD, "", 0, 0, &sx));
	SHOW(statx(AT_FDCWD, ".", 0, 0x80000000u, &sx));
	SHOW(statx(AT_FDCWD, ".", 0x10, 0, &sx));
	SHOW(statx(AT_FDCWD, ".", 0, 0, (void *)8));
	close(fd), close(p[0]), close(p[1]);
}

void conform_attributes(void)
{
	if (conform_in_memory)
		xattrs();
	filesystems();
	times();
	extended();
}
