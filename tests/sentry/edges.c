/* SPDX-License-Identifier: Apache-2.0 */
/* The edges of transfers: limits, ends, times, what is in a directory, what was removed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static char block[8192];
static struct stat st;

static void buffers(int fd)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[3] = { { block, 4 }, { (void *)8, 4 }, { block + 4, 4 } };

	section("buffers");
	SHOW(ftruncate(fd, 0));
	SHOW(pwrite(fd, "0123456789", 10, 0));
	SHOW(read(fd, block, (size_t)-1));
	SHOW(write(fd, block, (size_t)-1));
	SHOW(pread(fd, (void *)-4096, 10, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pread(fd, (void *)8, 10, 10)); /* nothing is there to be copied */
	SHOW(pread(fd, (void *)8, 0, 0));
	SHOW(munmap(page + 4096, 4096));
	SHOW(pread(fd, page + 4096, 4, 0));
	SHOW(pread(fd, page + 4092, 4, 3));
	SHOW(memcmp(page + 4092, "3456", 4));
	SHOW(mprotect(page, 4096, PROT_READ));
	SHOW(pread(fd, page, 4, 0));
	SHOW(pwrite(fd, page + 4092, 4, 10));
	SHOW(mprotect(page, 4096, PROT_NONE));
	SHOW(pwrite(fd, page, 4, 0));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(readv(fd, iov, 1));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(readv(fd, iov + 1, 1));
	SHOW(lseek(fd, 0, SEEK_CUR));
	iov[1] = (struct iovec){ (void *)8, 0 };
	SHOW(readv(fd, iov, 3));
	SHOW(memcmp(block, "01234567", 8));
	SHOW(preadv(fd, iov, 3, 5));
	SHOW(memcmp(block, "56789345", 8));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(preadv(fd, iov, 3, 14));
	SHOW(pwritev(fd, iov, 3, 20));
	SHOW(pread(fd, block, 100, 0));
	SHOW(block[14]);
	SHOW(block[19]);
	SHOW(block[20]);
	SHOW(munmap(page, 4096));
}

static int soft(int which, rlim_t value)
{
	struct rlimit limit;

	getrlimit(which, &limit);
	limit.rlim_cur = value;
	return setrlimit(which, &limit);
}

static long said(long value)
{
	return value == -1 ? -errno : value;
}

/* What is told is written to a file, too: under the limit it is only noted. */
static void sizes(int fd)
{
	long r[9];

	r[0] = said(soft(RLIMIT_FSIZE, 50));
	r[1] = said(pwrite(fd, block, 100, 0));
	r[2] = said(pwrite(fd, block, 1, 50));
	r[3] = said(pwrite(fd, block, 0, 50));
	r[4] = said(pwrite(fd, block, 10, 45));
	r[5] = said(ftruncate(fd, 50));
	r[6] = said(ftruncate(fd, 51));
	r[7] = said(truncate("edge", 51));
	r[8] = said(ftruncate(fd, 20));
	soft(RLIMIT_FSIZE, RLIM_INFINITY);
	for (int i = 0; i < 9; i++)
		SHOW(r[i]);
}

static void limits(int fd)
{
	section("RLIMIT_FSIZE");
	SHOW(ftruncate(fd, 0));
	signal(SIGXFSZ, SIG_IGN);
	IN_CHILD(sizes(fd););
	signal(SIGXFSZ, SIG_DFL);
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	section("RLIMIT_NOFILE");
	IN_CHILD(int ends[2]; SHOW(soft(RLIMIT_NOFILE, fd + 1)); SHOW(open("edge", O_RDONLY));
		 SHOW(dup(fd)); SHOW(pipe(ends)); SHOW(fcntl(fd, F_DUPFD, fd + 1));
		 SHOW(fcntl(fd, F_DUPFD, fd)); SHOW(dup2(fd, fd + 1)); SHOW(dup2(fd, 2)););
	section("RLIMIT_AS");
	IN_CHILD(SHOW(soft(RLIMIT_AS, 1ul << 30));
		 SHOW(mmap(NULL, 2ul << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		      MAP_FAILED);
		 SHOW(errno == ENOMEM););
}

static void appending(int fd)
{
	int more = open("edge", O_RDWR | O_APPEND), flags = O_RDWR | O_CREAT | O_TRUNC | O_NOCTTY;
	int all = open("edge2", flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);

	section("flags of open files");
	SHOW(ftruncate(fd, 0));
	SHOW(write(more, "abc", 3));
	SHOW(pwrite(more, "def", 3, 0)); /* appends all the same, as pwrite(2) says */
	SHOW(lseek(more, 0, SEEK_CUR));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	SHOW(lseek(more, 1, SEEK_SET));
	SHOW(read(more, block, 2));
	SHOW(memcmp(block, "bc", 2));
	SHOW(fcntl(more, F_SETFL, 0));
	SHOW(lseek(more, 0, SEEK_SET));
	SHOW(write(more, "X", 1));
	SHOW(pread(fd, block, 10, 0));
	SHOW(memcmp(block, "Xbcdef", 6));
	SHOW(fcntl(more, F_GETFL));
	SHOW(fcntl(all, F_GETFL));
	SHOW(fcntl(all, F_SETFL, O_APPEND | O_CREAT | O_TRUNC));
	SHOW(fcntl(all, F_GETFL));
	SHOW(fcntl(open("edge", O_PATH | O_CLOEXEC | O_TRUNC | O_RDWR), F_GETFL));
	SHOW(fstat(fd, &st));
	SHOW(st.st_size);
	close_range(fd + 1, ~0u, 0);
	unlink("edge2");
}

static void sending(int fd)
{
	off_t at = 2;
	int ends[2], reads = open("edge", O_RDONLY), adds = open("edge", O_WRONLY | O_APPEND);

	section("sendfile");
	SHOW(pipe2(ends, O_NONBLOCK));
	SHOW(sendfile(ends[1], reads, &at, 3));
	SHOW(at);
	SHOW(lseek(reads, 0, SEEK_CUR));
	SHOW(sendfile(ends[1], reads, NULL, 2));
	SHOW(lseek(reads, 0, SEEK_CUR));
	SHOW(read(ends[0], block, 100));
	SHOW(memcmp(block, "cdeXb", 5));
	SHOW(sendfile(ends[1], reads, NULL, 100));
	SHOW(sendfile(ends[1], reads, NULL, 100));
	SHOW(sendfile(ends[1], reads, NULL, 0));
	at = -1;
	SHOW(sendfile(ends[1], reads, &at, 1));
	at = 100;
	SHOW(sendfile(ends[1], reads, &at, 1));
	SHOW(at);
	SHOW(sendfile(ends[1], reads, (off_t *)8, 1));
	SHOW(sendfile(99, reads, NULL, 1));
	SHOW(sendfile(ends[1], 99, NULL, 1));
	SHOW(sendfile(reads, fd, NULL, 1));
	SHOW(sendfile(ends[1], adds, NULL, 1));
	SHOW(sendfile(adds, reads, NULL, 1));
	at = 0;
	SHOW(sendfile(ends[1], ends[0], &at, 1));
	close_range(fd + 1, ~0u, 0);
}

static void holes(int fd)
{
	section("lseek");
	SHOW(ftruncate(fd, 100));
	SHOW(lseek(fd, 0, SEEK_DATA));
	SHOW(lseek(fd, 100, SEEK_DATA));
	SHOW(lseek(fd, 100, SEEK_HOLE));
	SHOW(lseek(fd, -1, SEEK_DATA));
	SHOW(lseek(fd, -1, SEEK_HOLE));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 10, SEEK_END));
	SHOW(read(fd, block, 10));
	SHOW(lseek(fd, -111, SEEK_CUR));
	SHOW(lseek(fd, -110, SEEK_CUR));
	SHOW(lseek(fd, -101, SEEK_END));
	SHOW(lseek(fd, 0, 5));
	SHOW(lseek(fd, 0, -1));
	SHOW(lseek(fd, (off_t)(1ul << 63), SEEK_SET));
}

static void listing(void)
{
	int fd;

	section("getdents64");
	SHOW(mkdir("list", 0700));
	SHOW(fd = open("list", O_RDONLY | O_DIRECTORY));
	SHOW(syscall(SYS_getdents64, fd, block, 23)); /* one of the dots takes 24 */
	SHOW(syscall(SYS_getdents64, fd, block, 24));
	SHOW(syscall(SYS_getdents64, fd, block, 47));
	SHOW(syscall(SYS_getdents64, fd, block, 24));
	SHOW(syscall(SYS_getdents64, fd, block, 0));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(syscall(SYS_getdents64, fd, 8l, 100));
	SHOW(syscall(SYS_getdents64, fd, block, 100));
	SHOW(close(open("list/a_name_of_20_letters", O_CREAT | O_WRONLY, 0600)));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(syscall(SYS_getdents64, fd, block, sizeof(block)));
	SHOW(rmdir("list"));
	SHOW(unlink("list/a_name_of_20_letters"));
	SHOW(rmdir("list"));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(syscall(SYS_getdents64, fd, block, sizeof(block)));
	SHOW(openat(fd, "x", O_CREAT | O_WRONLY, 0600));
	SHOW(close(fd));
}

/* A directory that is gone is still one to be in. */
static void removed(void)
{
	section("removed directory");
	SHOW(mkdir("gone", 0700));
	SHOW(mkdir("gone/too", 0700));
	SHOW(chdir("gone/too"));
	SHOW(rmdir("../too"));
	SHOW(rmdir("../../gone"));
	SHOW(getcwd(block, sizeof(block)) == NULL);
	SHOW(errno == ENOENT);
	SHOW(stat(".", &st));
	SHOW(mkdir("x", 0700));
	SHOW(open("x", O_CREAT | O_WRONLY, 0600));
	SHOW(symlink("x", "y"));
	SHOW(mknod("x", S_IFIFO | 0600, 0));
	SHOW(link("../../edge", "x"));
	SHOW(rename("../../edge", "x"));
	SHOW(stat("x", &st));
	SHOW(stat("..", &st));
	SHOW(stat("../..", &st));
	SHOW(stat("../../edge", &st));
	SHOW(chdir(".."));
	SHOW(getcwd(block, sizeof(block)) == NULL);
	SHOW(chdir("too"));
	SHOW(chdir(".."));
	SHOW(getcwd(block, sizeof(block)) != NULL);
	SHOW(stat("edge", &st));
}

static int times(long a, long a_ns, long m, long m_ns)
{
	struct timespec ts[2] = { { a, a_ns }, { m, m_ns } };

	return utimensat(AT_FDCWD, "edge", ts, 0);
}

static void stamps(int fd)
{
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };

	section("utimensat");
	SHOW(times(100, 200, 300, 400));
	SHOW(times(1, 0, 2, 1000000000));
	SHOW(times(1, -1, 2, 0));
	SHOW(stat("edge", &st));
	SHOW(st.st_atim.tv_sec);
	SHOW(st.st_atim.tv_nsec);
	SHOW(st.st_mtim.tv_sec);
	SHOW(st.st_mtim.tv_nsec);
	SHOW(times(500, 0, 0, UTIME_OMIT));
	SHOW(times(0, UTIME_OMIT, 600, 1));
	SHOW(stat("edge", &st));
	SHOW(st.st_atim.tv_sec);
	SHOW(st.st_mtim.tv_sec);
	SHOW(st.st_mtim.tv_nsec);
	SHOW(times(0, UTIME_NOW, 700, 0));
	SHOW(stat("edge", &st));
	SHOW(st.st_atim.tv_sec > 1700000000);
	SHOW(st.st_mtim.tv_sec);
	SHOW(utimensat(99, "missing", omit, 0)); /* nothing is looked at */
	SHOW(syscall(SYS_utimensat, AT_FDCWD, NULL, NULL, 0));
	SHOW(syscall(SYS_utimensat, fd, NULL, NULL, AT_SYMLINK_NOFOLLOW));
	SHOW(syscall(SYS_utimensat, fd, NULL, 8l, 0));
	SHOW(syscall(SYS_utimensat, fd, NULL, NULL, 0));
	SHOW(syscall(SYS_utimensat, fd, "", NULL, 0));
	SHOW(symlink("edge", "edge2"));
	SHOW(utimensat(AT_FDCWD, "edge2", NULL, AT_SYMLINK_NOFOLLOW));
	SHOW(stat("edge", &st));
	SHOW(fchmodat(AT_FDCWD, "edge2", 0640, 0));
	SHOW(stat("edge", &st));
	SHOW(st.st_mode);
	SHOW(unlink("edge2"));
}

static void fifos(void)
{
	int fds[2];

	section("fifo");
	SHOW(mkfifo("fifo", 0640));
	SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
	SHOW(fds[0] = open("fifo", O_RDONLY | O_NONBLOCK));
	SHOW(read(fds[0], block, 10));
	SHOW(fds[1] = open("fifo", O_WRONLY | O_NONBLOCK));
	SHOW(read(fds[0], block, 10));
	SHOW(write(fds[1], "abc", 3));
	SHOW(read(fds[0], block, 10));
	SHOW(close(fds[1]));
	SHOW(read(fds[0], block, 10));
	SHOW(fds[1] = open("fifo", O_RDWR | O_NONBLOCK));
	SHOW(close(fds[0]));
	SHOW(write(fds[1], "abc", 3));
	SHOW(read(fds[1], block, 2));
	SHOW(lseek(fds[1], 0, SEEK_SET));
	SHOW(close(fds[1]));
	SHOW(truncate("fifo", 0));
	SHOW(open("fifo", O_RDONLY | O_DIRECTORY));
	SHOW(mkdir("fifo", 0700));
	SHOW(rmdir("fifo"));
	SHOW(stat("fifo/x", &st));
	SHOW(unlink("fifo"));
}

void conform_edges(void)
{
	int fd = open("edge", O_RDWR | O_CREAT, 0600);

	buffers(fd);
	limits(fd);
	appending(fd);
	sending(fd);
	holes(fd);
	stamps(fd);
	listing();
	removed();
	fifos();
	close(fd);
	unlink("edge");
}
