/* SPDX-License-Identifier: Apache-2.0 */
/* What every call says of a descriptor of every kind. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

enum kind {
	REGULAR,
	READING,
	WRITING,
	DIRECTORY,
	PLACE,
	FAR,
	OUT,
	IN,
	DEVICE,
	COUNTER,
	TIMER,
	SET,
	CLOSED,
	KINDS
};

static const char *const names[KINDS] = { "regular file", "file to read", "file to write",
					  "directory",    "O_PATH file",  "O_PATH directory",
					  "pipe's end",   "pipe's start", "device",
					  "eventfd",      "timerfd",      "epoll",
					  "closed" };

static char block[512];
static int ends[2];

static int open_kind(enum kind kind)
{
	switch (kind) {
	case REGULAR:
		return open("kind", O_RDWR);
	case READING:
		return open("kind", O_RDONLY);
	case WRITING:
		return open("kind", O_WRONLY);
	case DIRECTORY:
		return open("kinds", O_RDONLY);
	case PLACE:
		return open("kind", O_PATH);
	case FAR:
		return open("kinds", O_PATH);
	case OUT:
		return dup(ends[0]);
	case IN:
		return dup(ends[1]);
	case DEVICE:
		return open("/dev/null", O_RDWR);
	case COUNTER:
		return eventfd(0, EFD_NONBLOCK);
	case TIMER:
		return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	case SET:
		return epoll_create1(0);
	default:
		return 90;
	}
}

/* Files without a name and a place: kernels differ in what they let one do to their inode. */
static bool nameless(enum kind kind)
{
	return kind == COUNTER || kind == TIMER || kind == SET;
}

static void transfers(int fd, enum kind kind)
{
	struct iovec iov = { block, 8 };

	memset(block, 0, sizeof(block));
	SHOW(write(fd, block, 0));
	SHOW(write(fd, block, 8));
	SHOW(writev(fd, &iov, 1));
	SHOW(read(fd, block, 0));
	SHOW(read(fd, block, 8));
	SHOW(readv(fd, &iov, 1));
	SHOW(read(fd, block, 8));
	if (kind == REGULAR) { /* kernels differ in what they look at first */
		SHOW(writev(fd, (void *)8, 1));
		SHOW(writev(fd, &iov, -1));
		SHOW(readv(fd, (void *)8, 1));
		SHOW(readv(fd, &iov, 1025));
		SHOW(readv(fd, NULL, 0));
		iov.iov_len = -1;
		SHOW(readv(fd, &iov, 1));
		iov.iov_len = 8;
	}
	if (nameless(kind))
		return;
	SHOW(pread(fd, block, 8, 2));
	SHOW(pread(fd, block, 8, -1));
	SHOW(pwrite(fd, block, 8, 2));
	SHOW(pwrite(fd, block, 8, -1));
	SHOW(preadv(fd, &iov, 1, 2));
	SHOW(preadv(fd, &iov, 1, -1));
	SHOW(pwritev(fd, &iov, 1, 2));
	SHOW(pwritev(fd, &iov, 1, -1));
	SHOW(lseek(fd, 0, SEEK_CUR));
	if (kind != DIRECTORY) /* where one may go there, the file system says */
		SHOW(lseek(fd, 3, SEEK_SET));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(lseek(fd, 0, 99));
}

static void controls(int fd, enum kind kind)
{
	struct termios termios;
	int n = 0;

	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(fd, F_SETFD, FD_CLOEXEC));
	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(fcntl(fd, F_SETFL, O_NONBLOCK | O_WRONLY));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(fcntl(fd, F_DUPFD, 100));
	SHOW(close(100));
	SHOW(fcntl(fd, F_DUPFD, -1));
	SHOW(fcntl(fd, F_GETPIPE_SZ));
	SHOW(fcntl(fd, 9999));
	SHOW(syscall(SYS_fcntl, 0x100000000l | fd, F_GETFD));
	SHOW(syscall(SYS_ioctl, 0x100000000l | fd, FIOCLEX));
	SHOW(ioctl(fd, FIONCLEX));
	SHOW(fcntl(fd, F_GETFD));
	if (kind != SET) { /* which was a file without an ioctl once */
		SHOW(ioctl(fd, TCGETS, &termios));
		SHOW(ioctl(fd, FIONREAD, &n));
		SHOW(n);
		SHOW(ioctl(fd, 0x1234, &n));
	}
	n = 1;
	SHOW(ioctl(fd, FIONBIO, &n));
	SHOW(ioctl(fd, FIONBIO, (void *)8));
	SHOW(dup2(fd, 101));
	SHOW(dup2(fd, -1));
	SHOW(dup3(fd, 101, O_CLOEXEC));
	SHOW(dup3(fd, 101, O_NONBLOCK));
	SHOW(close(101));
}

static int watched(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0), err = epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), kept = errno;

	close(set);
	errno = kept;
	return err;
}

static void waits(int fd, enum kind kind)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
	struct itimerspec its;
	struct epoll_event event;

	SHOW(timerfd_gettime(fd, &its));
	SHOW(epoll_wait(fd, &event, 1, 0));
	SHOW(epoll_ctl(fd, EPOLL_CTL_DEL, ends[0], NULL));
	if (kind == SET)
		return;
	SHOW(poll(&p, 1, 0));
	SHOW(p.revents);
	SHOW(watched(fd));
}

static int mapped(int fd, int prot, int flags)
{
	void *at = mmap(NULL, 4096, prot, flags, fd, 0);

	if (at == MAP_FAILED)
		return -1;
	munmap(at, 4096);
	return 0;
}

static void maps(int fd)
{
	SHOW(mapped(fd, PROT_READ, MAP_PRIVATE));
	SHOW(mapped(fd, PROT_READ, MAP_SHARED));
	SHOW(mapped(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	SHOW(mapped(fd, PROT_READ | PROT_WRITE, MAP_SHARED));
	SHOW(mapped(fd, PROT_READ, 0));
}

static void files(int fd, enum kind kind)
{
	struct stat st = { 0 };
	struct statfs fs;
	struct flock l = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	SHOW(fsync(fd));
	SHOW(fdatasync(fd));
	if (kind == PLACE || kind == OUT || kind == CLOSED) /* those that leave the disk alone */
		SHOW(syncfs(fd));
	SHOW(fstat(fd, &st));
	SHOW(fstat(fd, (void *)8));
	SHOW(fstatfs(fd, &fs));
	SHOW(ftruncate(fd, -1));
	if (nameless(kind) || kind == DEVICE) /* which is the host's, and stays as it is */
		return;
	SHOW(st.st_mode & S_IFMT);
	SHOW(ftruncate(fd, 20));
	SHOW(fchmod(fd, kind == DIRECTORY ? 0700 : 0600));
	SHOW(fchown(fd, -1, -1));
	SHOW(futimens(fd, NULL));
	SHOW(flock(fd, LOCK_SH | LOCK_NB));
	SHOW(flock(fd, LOCK_UN));
	SHOW(fcntl(fd, F_GETLK, &l));
	SHOW(l.l_type);
	SHOW(syscall(SYS_fadvise64, fd, 0l, 0l, POSIX_FADV_NORMAL));
}

static void places(int fd, enum kind kind)
{
	int here = open(".", O_RDONLY | O_DIRECTORY);
	struct stat st;

	SHOW(syscall(SYS_getdents64, fd, block, 8));
	SHOW(fstatat(fd, "x", &st, 0));
	SHOW(fstatat(fd, "/", &st, 0));
	SHOW(fstatat(fd, "", &st, 0));
	SHOW(fstatat(fd, "", &st, AT_EMPTY_PATH));
	SHOW(openat(fd, "x", O_RDONLY));
	SHOW(openat(fd, "", O_RDONLY));
	SHOW(mkdirat(fd, "x", 0700));
	SHOW(mkdirat(fd, "", 0700));
	SHOW(mknodat(fd, "y", S_IFIFO | 0600, 0));
	SHOW(symlinkat("x", fd, "z"));
	SHOW(readlinkat(fd, "z", block, sizeof(block)));
	if (!nameless(kind))
		SHOW(readlinkat(fd, "", block, sizeof(block)));
	SHOW(linkat(fd, "y", fd, "w", 0));
	SHOW(renameat(fd, "w", fd, "v"));
	SHOW(fchmodat(fd, "x", 0750, 0));
	SHOW(fchownat(fd, "x", -1, -1, 0));
	SHOW(faccessat(fd, "x", W_OK, 0));
	SHOW(utimensat(fd, "x", NULL, 0));
	SHOW(unlinkat(fd, "v", 0));
	SHOW(unlinkat(fd, "y", 0));
	SHOW(unlinkat(fd, "z", 0));
	SHOW(unlinkat(fd, "x", 0));
	SHOW(unlinkat(fd, "x", AT_REMOVEDIR));
	SHOW(fchdir(fd));
	SHOW(fchdir(here));
	close(here);
}

void conform_kinds(void)
{
	close(open("kind", O_RDWR | O_CREAT | O_TRUNC, 0600));
	mkdir("kinds", 0700);
	pipe2(ends, O_NONBLOCK);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		int fd = open_kind(kind);

		section(names[kind]);
		SHOW(fd);
		transfers(fd, kind);
		controls(fd, kind);
		waits(fd, kind);
		maps(fd);
		files(fd, kind);
		places(fd, kind);
		SHOW(close(fd));
	}
	close(ends[0]), close(ends[1]);
	unlink("kind");
	rmdir("kinds");
}
