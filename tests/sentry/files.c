/* SPDX-License-Identifier: Apache-2.0 */
/* Open files: positions, flags, descriptors. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static char block[8192];
static struct stat st;

static void opening(void)
{
	int fd;

	section("open");
	SHOW(open("missing", O_RDONLY));
	SHOW(open("", O_RDONLY));
	SHOW(open((const char *)8, O_RDONLY));
	SHOW(fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW(open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
	SHOW(open("f/", O_RDONLY));
	SHOW(open("f/x", O_RDONLY));
	SHOW(open("f", O_RDONLY | O_DIRECTORY));
	SHOW(open(".", O_WRONLY));
	SHOW(open(".", O_RDONLY | O_CREAT, 0600));
	SHOW(open("new/", O_WRONLY | O_CREAT, 0600));
	SHOW(openat(99, "f", O_RDONLY));
	SHOW(openat(fd, "f", O_RDONLY));
	SHOW(fstat(fd, &st));
	SHOW(st.st_mode);
	SHOW(st.st_nlink);
	SHOW(st.st_size);
	SHOW(close(fd));
	SHOW(close(fd));
	SHOW(close(-1));
	SHOW(fstat(fd, &st));
}

static void transfers(void)
{
	struct iovec iov[2] = { { block, 3 }, { block + 100, 4 } };
	int fd = open("f", O_RDWR), ro = open("f", O_RDONLY), wo = open("f", O_WRONLY);

	section("transfer");
	memset(block, 'x', sizeof(block));
	SHOW(write(fd, "hello world", 11));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, -5, SEEK_END));
	SHOW(read(fd, block, 100));
	SHOW(memcmp(block, "world", 5));
	SHOW(read(fd, block, 100));
	SHOW(lseek(fd, -1, SEEK_SET));
	SHOW(lseek(fd, 0, 77));
	SHOW(pread(fd, block, 3, 6));
	SHOW(memcmp(block, "wor", 3));
	SHOW(pread(fd, block, 3, -1));
	SHOW(pwrite(fd, "W", 1, 6));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 10000, SEEK_SET));
	SHOW(write(fd, "end", 3));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(pread(fd, block, 4, 5000));
	SHOW(block[0]);
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(readv(fd, iov, 2));
	SHOW(memcmp(block, "hel", 3));
	SHOW(memcmp(block + 100, "lo W", 4));
	SHOW(writev(fd, iov, 2));
	SHOW(readv(fd, iov, -1));
	SHOW(readv(fd, iov, 2000));
	SHOW(write(ro, "x", 1));
	SHOW(read(wo, block, 1));
	SHOW(read(fd, (void *)8, 10));
	SHOW(write(fd, (void *)8, 10));
	SHOW(read(-1, block, 1));
	SHOW(read(fd, block, 0));
	SHOW(ftruncate(fd, 5));
	SHOW(ftruncate(fd, -1));
	SHOW(ftruncate(ro, 5));
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(ftruncate(fd, 100));
	SHOW(pread(fd, block, 100, 0));
	SHOW(block[4]);
	SHOW(block[5]);
	SHOW(truncate("missing", 1));
	SHOW(truncate(".", 1));
	SHOW(fsync(fd));
	SHOW(fdatasync(-1));
	SHOW(ioctl(fd, FIONREAD, block));
	SHOW(ioctl(fd, 0x1234, block));
	SHOW(ioctl(-1, FIONREAD, block));
	close(fd), close(ro), close(wo);
}

static void appending(void)
{
	int fd = open("f", O_WRONLY | O_APPEND | O_TRUNC), other;

	section("append");
	SHOW(write(fd, "abc", 3));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(write(fd, "def", 3));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
	SHOW(fcntl(fd, F_SETFL, O_NONBLOCK));
	SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
	other = dup(fd);
	SHOW(lseek(other, 1, SEEK_SET));
	SHOW(lseek(fd, 0, SEEK_CUR));
	close(fd), close(other);
}

static void descriptors(void)
{
	struct rlimit limit = { 20, 20 }, old;
	int fd = open("f", O_RDONLY);

	section("descriptor");
	SHOW(dup(-1));
	SHOW(dup2(fd, fd) == fd);
	SHOW(dup2(fd, 15));
	SHOW(dup2(99, 15));
	SHOW(dup3(fd, fd, 0));
	SHOW(dup3(fd, 16, O_CLOEXEC));
	SHOW(fcntl(15, F_GETFD));
	SHOW(fcntl(16, F_GETFD));
	SHOW(fcntl(15, F_SETFD, FD_CLOEXEC));
	SHOW(fcntl(15, F_GETFD));
	SHOW(fcntl(fd, F_DUPFD, 10));
	SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 10));
	SHOW(fcntl(11, F_GETFD));
	SHOW(fcntl(99, F_GETFD));
	SHOW(fcntl(fd, 9999));
	SHOW(getrlimit(RLIMIT_NOFILE, &old));
	limit.rlim_max = old.rlim_max;
	SHOW(setrlimit(RLIMIT_NOFILE, &limit));
	SHOW(dup2(fd, 20));
	SHOW(fcntl(fd, F_DUPFD, 20));
	SHOW(fcntl(fd, F_DUPFD, 19));
	SHOW(fcntl(fd, F_DUPFD, 19));
	SHOW(setrlimit(RLIMIT_NOFILE, &old));
	limit.rlim_cur = limit.rlim_max + 1;
	limit.rlim_max = 5;
	SHOW(setrlimit(RLIMIT_NOFILE, &limit));
	SHOW(close_range(10, 19, 0));
	SHOW(close_range(11, 10, 0));
	SHOW(fcntl(16, F_GETFD));
	close(fd);
}

static void devices(void)
{
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR);
	struct pollfd p = { null, POLLIN | POLLOUT, 0 };

	section("device");
	block[7] = 'x';
	SHOW(read(null, block, 10));
	SHOW(write(null, block, 10));
	SHOW(read(zero, block, 100));
	SHOW(block[7]);
	SHOW(write(full, block, 1));
	SHOW(poll(&p, 1, 0));
	SHOW(p.revents);
	p.fd = 99;
	SHOW(poll(&p, 1, 0));
	SHOW(p.revents);
	p.fd = -1;
	SHOW(poll(&p, 1, 0));
	SHOW(fstat(null, &st));
	SHOW(S_ISCHR(st.st_mode));
	SHOW(st.st_rdev);
	close(null), close(zero), close(full);
}

void conform_files(void)
{
	umask(022);
	opening();
	transfers();
	appending();
	descriptors();
	devices();
}
