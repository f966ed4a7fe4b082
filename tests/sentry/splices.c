/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from one descriptor to another: splice, tee, vmsplice, sendfile, copy_file_range. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define NB SPLICE_F_NONBLOCK

static char block[1 << 20], text[64];

static int waiting(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) ? -1 : n;
}

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) >= 0 ? p.revents : -1;
}

static int file_with(const char *name, int size)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (int i = 0; i < size; i++)
		block[i] = (char)('a' + i % 23);
	if (fd >= 0 && write(fd, block, size) != size)
		return -1;
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void drain(int fd)
{
	int was = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, was | O_NONBLOCK);
	while (read(fd, block, sizeof(block)) > 0)
		continue;
	fcntl(fd, F_SETFL, was);
}

static void sizes(void)
{
	int fds[2], file = file_with("s", 10);

	section("F_SETPIPE_SZ");
	pipe2(fds, O_NONBLOCK);
	SHOW(fcntl(fds[0], F_GETPIPE_SZ));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 0));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 5000));
	SHOW(fcntl(fds[1], F_GETPIPE_SZ));
	SHOW(write(fds[1], block, 20000));
	SHOW(polled(fds[1]));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 4096));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 1 << 20));
	SHOW(waiting(fds[0]));
	SHOW(polled(fds[1]));
	SHOW(write(fds[1], block, 1 << 20));
	SHOW(waiting(fds[0]));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 65536));
	SHOW(read(fds[0], block, 1000000));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 65536));
	SHOW(waiting(fds[0]));
	SHOW(read(fds[0], block, 1000000));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, -1));
	SHOW(fcntl(file, F_SETPIPE_SZ, 4096));
	SHOW(fcntl(file, F_GETPIPE_SZ));
	SHOW(fcntl(99, F_GETPIPE_SZ));
	close(fds[0]), close(fds[1]), close(file);
	unlink("s");
}

/* What is small goes into the page of what was there; what is not has a page of its own. */
static void slots(void)
{
	int fds[2], n;

	section("the pages of a pipe");
	pipe2(fds, O_NONBLOCK);
	fcntl(fds[0], F_SETPIPE_SZ, 4096);
	SHOW(write(fds[1], block, 1));
	SHOW(write(fds[1], block, 4096));
	SHOW(write(fds[1], block, 4095));
	SHOW(write(fds[1], block, 1));
	SHOW(polled(fds[1]));
	SHOW(read(fds[0], block, 4095));
	SHOW(write(fds[1], block, 1));
	SHOW(waiting(fds[0]));
	SHOW(read(fds[0], block, 4096));
	SHOW(fcntl(fds[0], F_SETPIPE_SZ, 8192));
	SHOW(write(fds[1], block, 3000));
	SHOW(write(fds[1], block, 3000));
	SHOW(write(fds[1], block, 3000));
	SHOW(write(fds[1], block, 1000));
	SHOW(write(fds[1], block, 97));
	SHOW(write(fds[1], block, 96));
	SHOW(waiting(fds[0]));
	drain(fds[0]);
	for (n = 0; write(fds[1], block, 100) == 100; n++)
		continue;
	SHOW(n);
	SHOW(waiting(fds[0]));
	drain(fds[0]);
	SHOW(write(fds[1], block, 5000));
	SHOW(write(fds[1], block, 5000));
	SHOW(waiting(fds[0]));
	close(fds[0]), close(fds[1]);
}

static void packets(void)
{
	struct iovec vec[2] = { { text, 3 }, { text + 8, 5 } };
	int fds[2];

	section("packets in a pipe");
	SHOW(pipe2(fds, O_DIRECT | O_NONBLOCK));
	SHOW(fcntl(fds[0], F_GETFL));
	SHOW(fcntl(fds[1], F_GETFL));
	SHOW(write(fds[1], "one", 3));
	SHOW(write(fds[1], "three", 5));
	SHOW(waiting(fds[0]));
	SHOW(read(fds[0], text, 2));
	SHOW(read(fds[0], text, 60));
	SHOW(text[4]);
	SHOW(read(fds[0], text, 60));
	SHOW(write(fds[1], block, 10000));
	SHOW(read(fds[0], block, 60000));
	SHOW(read(fds[0], block, 60000));
	SHOW(read(fds[0], block, 60000));
	SHOW(writev(fds[1], vec, 2));
	SHOW(readv(fds[0], vec, 2));
	SHOW(write(fds[1], "", 0));
	SHOW(read(fds[0], text, 60));
	SHOW(write(fds[1], "ab", 2));
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	SHOW(write(fds[1], "cd", 2));
	SHOW(write(fds[1], "ef", 2));
	SHOW(read(fds[0], text, 60));
	SHOW(read(fds[0], text, 60));
	fcntl(fds[1], F_SETFL, O_NONBLOCK | O_DIRECT);
	SHOW(write(fds[1], "gh", 2));
	SHOW(read(fds[0], text, 60));
	close(fds[0]), close(fds[1]);
}

static void refusing(int file, int *a, int *b)
{
	loff_t pos = 0, minus = -1;
	int dir = open(".", O_RDONLY), append = open("f", O_WRONLY | O_APPEND);

	section("splice refuses");
	SHOW(splice(99, NULL, a[1], NULL, 10, 0));
	SHOW(splice(file, NULL, 99, NULL, 10, 0));
	SHOW(splice(99, NULL, a[1], NULL, 0, 0));
	SHOW(splice(99, NULL, a[1], NULL, 0, 0x100));
	SHOW(splice(99, NULL, a[1], NULL, 1, 0x100));
	SHOW(splice(file, NULL, a[0], NULL, 10, 0));
	SHOW(splice(a[1], NULL, file, NULL, 10, NB));
	SHOW(splice(a[0], &pos, b[1], NULL, 10, NB));
	SHOW(splice(file, NULL, a[1], &pos, 10, NB));
	SHOW(splice(file, NULL, file, NULL, 10, NB));
	SHOW(splice(file, (loff_t *)8, a[1], NULL, 10, NB));
	SHOW(splice(file, &minus, a[1], NULL, 10, NB));
	SHOW(splice(a[0], NULL, a[1], NULL, 10, NB));
	SHOW(splice(a[0], NULL, b[1], NULL, 10, NB));
	SHOW(splice(a[0], NULL, file, NULL, 10, NB));
	SHOW(write(a[1], "abc", 3));
	SHOW(splice(a[0], NULL, append, NULL, 10, NB));
	SHOW(splice(a[0], NULL, dir, NULL, 10, NB));
	SHOW(splice(dir, NULL, a[1], NULL, 10, NB));
	SHOW(waiting(a[0]));
	drain(a[0]);
	section("tee refuses");
	SHOW(tee(99, a[1], 10, 0));
	SHOW(tee(a[0], 99, 10, 0));
	SHOW(tee(99, 99, 0, 0));
	SHOW(tee(99, 99, 0, 0x100));
	SHOW(tee(file, a[1], 10, 0));
	SHOW(tee(a[0], file, 10, 0));
	SHOW(tee(a[0], a[1], 10, 0));
	SHOW(tee(a[1], b[1], 10, 0));
	SHOW(tee(a[0], b[0], 10, 0));
	SHOW(tee(a[0], b[1], 10, NB));
	close(dir), close(append);
}

static void from_file(int file, int *p)
{
	loff_t pos = 4094;

	section("splice from a file");
	SHOW(splice(file, NULL, p[1], NULL, 10, 0));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(waiting(p[0]));
	SHOW(splice(file, &pos, p[1], NULL, 5, SPLICE_F_MOVE | SPLICE_F_MORE));
	SHOW(pos);
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(read(p[0], text, 60));
	SHOW(text[0]);
	SHOW(text[10]);
	pos = 199999;
	SHOW(splice(file, &pos, p[1], NULL, 5, 0));
	SHOW(splice(file, &pos, p[1], NULL, 5, 0));
	drain(p[0]);
	SHOW(lseek(file, 0, SEEK_SET));
	SHOW(splice(file, NULL, p[1], NULL, 200000, 0));
	SHOW(splice(file, NULL, p[1], NULL, 200000, NB));
	SHOW(waiting(p[0]));
	drain(p[0]);
	pos = 1;
	SHOW(splice(file, &pos, p[1], NULL, 200000, 0));
	SHOW(waiting(p[0]));
	drain(p[0]);
}

static void to_file(int file, int *p)
{
	loff_t pos = 100;
	int out = open("o", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;

	section("splice to a file");
	SHOW(write(p[1], "hello world", 11));
	SHOW(splice(p[0], NULL, out, NULL, 5, 0));
	SHOW(lseek(out, 0, SEEK_CUR));
	SHOW(splice(p[0], NULL, out, &pos, 100, 0));
	SHOW(pos);
	SHOW(lseek(out, 0, SEEK_CUR));
	SHOW(fstat(out, &st) ?: st.st_size);
	SHOW(pread(out, text, 60, 100));
	SHOW(text[1]);
	SHOW(splice(p[0], NULL, out, NULL, 5, NB));
	SHOW(splice(file, &(loff_t){ 0 }, p[1], NULL, 60000, 0));
	SHOW(splice(p[0], NULL, out, NULL, 60000, 0));
	SHOW(waiting(p[0]));
	close(out);
	unlink("o");
}

static void between(int *a, int *b)
{
	int none[2];

	section("splice between pipes");
	SHOW(write(a[1], "hello world", 11));
	SHOW(splice(a[0], NULL, b[1], NULL, 5, 0));
	SHOW(waiting(a[0]));
	SHOW(waiting(b[0]));
	SHOW(write(b[1], "!", 1));
	SHOW(splice(a[0], NULL, b[1], NULL, 100, 0));
	SHOW(read(b[0], text, 60));
	SHOW(text[5]);
	SHOW(text[11]);
	SHOW(fcntl(b[1], F_SETPIPE_SZ, 4096));
	SHOW(write(a[1], block, 10000));
	SHOW(splice(a[0], NULL, b[1], NULL, 10000, 0));
	SHOW(splice(a[0], NULL, b[1], NULL, 10000, NB));
	SHOW(waiting(b[0]));
	drain(a[0]), drain(b[0]);
	SHOW(fcntl(b[1], F_SETPIPE_SZ, 65536));
	section("tee");
	SHOW(write(a[1], "hello", 5));
	SHOW(tee(a[0], b[1], 3, 0));
	SHOW(tee(a[0], b[1], 100, 0));
	SHOW(waiting(a[0]));
	SHOW(waiting(b[0]));
	SHOW(write(a[1], "more", 4)); /* not into the page that both have now */
	SHOW(read(b[0], text, 60));
	SHOW(text[3]);
	SHOW(read(a[0], text, 60));
	SHOW(text[5]);
	signal(SIGPIPE, SIG_IGN);
	pipe(none);
	close(none[0]);
	SHOW(write(a[1], "x", 1));
	SHOW(splice(a[0], NULL, none[1], NULL, 1, 0));
	SHOW(tee(a[0], none[1], 1, 0));
	SHOW(vmsplice(none[1], &(struct iovec){ text, 1 }, 1, 0));
	close(none[1]);
	signal(SIGPIPE, SIG_DFL);
	drain(a[0]);
	pipe(none);
	close(none[1]);
	SHOW(splice(none[0], NULL, b[1], NULL, 1, 0));
	SHOW(tee(none[0], b[1], 1, 0));
	close(none[0]);
}

static void memory(int *p, int file)
{
	struct iovec vec[3] = { { "abc", 3 }, { "", 0 }, { "defg", 4 } };
	static char page[8192] __attribute__((aligned(4096)));

	section("vmsplice");
	SHOW(vmsplice(99, vec, 3, 0));
	SHOW(vmsplice(p[1], vec, 3, 0x100));
	SHOW(vmsplice(p[1], vec, 1025, 0));
	SHOW(vmsplice(file, vec, 3, 0));
	SHOW(vmsplice(p[1], (void *)8, 3, 0));
	SHOW(vmsplice(p[1], vec, 0, 0));
	SHOW(vmsplice(p[1], &(struct iovec){ (void *)8, 4 }, 1, 0));
	SHOW(vmsplice(p[1], vec, 3, 0));
	SHOW(waiting(p[0]));
	SHOW(read(p[0], text, 60));
	SHOW(text[6]);
	vec[0] = (struct iovec){ page + 4090, 10 };
	memset(page, 'q', sizeof(page));
	SHOW(vmsplice(p[1], vec, 1, SPLICE_F_GIFT));
	SHOW(waiting(p[0]));
	vec[0] = (struct iovec){ text, 4 };
	SHOW(vmsplice(p[0], vec, 1, 0));
	SHOW(text[3]);
	SHOW(waiting(p[0]));
	drain(p[0]);
	SHOW(vmsplice(p[0], vec, 1, NB));
	vec[0] = (struct iovec){ block, 1 << 20 };
	SHOW(vmsplice(p[1], vec, 1, 0) >= 61440);
	SHOW(vmsplice(p[1], vec, 1, NB));
	drain(p[0]);
}

/* What each kind of file is good for, as a source and as a sink. */
static void kind(const char *name, int fd, int *p)
{
	loff_t pos = 0;

	section(name);
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(splice(fd, NULL, p[1], NULL, 8, NB));
	drain(p[0]);
	SHOW(splice(fd, &pos, p[1], NULL, 8, NB));
	drain(p[0]);
	SHOW(sendfile(p[1], fd, NULL, 8));
	drain(p[0]);
	SHOW(write(p[1], "\1\0\0\0\0\0\0\0", 8));
	SHOW(splice(p[0], NULL, fd, NULL, 8, NB));
	SHOW(splice(p[0], NULL, fd, &pos, 8, NB));
	drain(p[0]);
	close(fd);
}

static void kinds(int *p)
{
	int ends[2];

	kind("splice and eventfd", eventfd(5, EFD_NONBLOCK), p);
	kind("splice and epoll", epoll_create1(0), p);
	kind("splice and timerfd", timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), p);
	kind("splice and /dev/null", open("/dev/null", O_RDWR), p);
	kind("splice and /dev/zero", open("/dev/zero", O_RDWR), p);
	kind("splice and /dev/full", open("/dev/full", O_RDWR), p);
	kind("splice and /proc", open("/proc/self/comm", O_RDONLY), p);
	kind("splice and a place", open(".", O_PATH), p);
	kind("splice and a memfd", memfd_create("m", 0), p);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
	SHOW(write(ends[1], "socketbytes", 11));
	kind("splice and a socket", ends[0], p);
	SHOW(read(ends[1], text, 60));
	close(ends[1]);
}

static void sending(int file, int *p)
{
	off_t pos = 199990, minus = -1;
	int out = open("o", O_RDWR | O_CREAT | O_TRUNC, 0600), append;
	int ends[2], again = open("f", O_RDWR);

	section("sendfile");
	SHOW(sendfile(out, 99, NULL, 10));
	SHOW(sendfile(99, file, NULL, 10));
	SHOW(sendfile(99, 99, NULL, 0));
	SHOW(sendfile(out, p[0], NULL, 10));
	SHOW(sendfile(out, p[0], &pos, 10));
	SHOW(sendfile(out, file, (off_t *)8, 10));
	SHOW(sendfile(out, file, &minus, 10));
	SHOW(lseek(file, 3, SEEK_SET));
	SHOW(sendfile(out, file, NULL, 10));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(lseek(out, 0, SEEK_CUR));
	SHOW(sendfile(out, file, &pos, 100));
	SHOW(pos);
	SHOW(lseek(out, 0, SEEK_CUR));
	SHOW(sendfile(out, file, &pos, 100));
	SHOW(sendfile(p[0], file, &pos, 100));
	pos = 0;
	SHOW(sendfile(p[1], file, &pos, 100000));
	SHOW(waiting(p[0]));
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	SHOW(sendfile(p[1], file, &pos, 10));
	fcntl(p[1], F_SETFL, 0);
	drain(p[0]);
	append = open("o", O_RDWR | O_APPEND);
	SHOW(sendfile(append, file, &pos, 10));
	SHOW(sendfile(again, file, &(off_t){ 5 }, 10));
	SHOW(lseek(again, 0, SEEK_CUR));
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	SHOW(sendfile(ends[0], file, &(off_t){ 5 }, 10));
	SHOW(read(ends[1], text, 60));
	SHOW(text[0]);
	SHOW(sendfile(out, ends[1], NULL, 10));
	close(ends[0]), close(ends[1]), close(append), close(out), close(again);
	unlink("o");
}

/* What is printed goes to a file, too: that may have no limit. */
static void limited(int file, int out)
{
	struct rlimit was, low = { 50, RLIM_INFINITY };
	long n[3], err[3];

	getrlimit(RLIMIT_FSIZE, &was);
	low.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	lseek(out, 45, SEEK_SET);
	setrlimit(RLIMIT_FSIZE, &low);
	n[0] = copy_file_range(file, &(loff_t){ 0 }, out, &(loff_t){ 45 }, 100, 0), err[0] = errno;
	n[1] = copy_file_range(file, &(loff_t){ 0 }, out, &(loff_t){ 50 }, 100, 0), err[1] = errno;
	n[2] = sendfile(out, file, &(off_t){ 0 }, 100), err[2] = errno;
	setrlimit(RLIMIT_FSIZE, &was);
	for (int i = 0; i < 3; i++) {
		errno = err[i];
		SHOW(n[i]);
	}
	signal(SIGXFSZ, SIG_DFL);
}

static void copying(int file, int *p)
{
	int out = open("o", O_RDWR | O_CREAT | O_TRUNC, 0600),
	    append = open("o", O_RDWR | O_APPEND);
	int dir = open(".", O_RDONLY), rd = open("o", O_RDONLY), wr = open("f", O_WRONLY);
	loff_t in = 10, to = 20, minus = -1;
	struct stat st;

	section("copy_file_range");
	SHOW(copy_file_range(99, NULL, out, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, 99, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, out, NULL, 10, 1));
	SHOW(copy_file_range(file, (loff_t *)8, out, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, out, (loff_t *)8, 10, 0));
	SHOW(copy_file_range(dir, NULL, out, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, dir, NULL, 10, 0));
	SHOW(copy_file_range(p[0], NULL, out, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, p[1], NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, rd, NULL, 10, 0));
	SHOW(copy_file_range(wr, NULL, out, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, append, NULL, 10, 0));
	SHOW(copy_file_range(file, &minus, out, NULL, 10, 0));
	SHOW(copy_file_range(file, NULL, out, &minus, 10, 0));
	SHOW(lseek(file, 0, SEEK_SET));
	SHOW(copy_file_range(file, NULL, out, NULL, 10, 0));
	SHOW(lseek(file, 0, SEEK_CUR));
	SHOW(lseek(out, 0, SEEK_CUR));
	SHOW(copy_file_range(file, &in, out, &to, 5, 0));
	SHOW(in);
	SHOW(to);
	SHOW(fstat(out, &st) ?: st.st_size);
	SHOW(lseek(out, 0, SEEK_CUR));
	in = 199995;
	SHOW(copy_file_range(file, &in, out, NULL, 100, 0));
	SHOW(copy_file_range(file, &in, out, NULL, 100, 0));
	in = 0, to = 5;
	SHOW(copy_file_range(file, &in, file, &to, 100, 0));
	in = 0, to = 100;
	SHOW(copy_file_range(file, &in, file, &to, 100, 0));
	in = 0;
	SHOW(copy_file_range(file, &in, out, &(loff_t){ 0 }, 1 << 20, 0));
	SHOW(in);
	SHOW(fstat(out, &st) ?: st.st_size);
	SHOW(copy_file_range(file, NULL, out, NULL, 0, 0));
	limited(file, out);
	close(out), close(append), close(dir), close(rd), close(wr);
	unlink("o");
}

/* One side waits for the other. */
static void sleeping(void)
{
	int a[2], b[2], status;
	long all = 0, n;
	pid_t pid;

	section("splice waits");
	pipe(a), pipe(b);
	pid = fork();
	if (!pid) {
		close(a[1]), close(b[0]);
		while ((n = splice(a[0], NULL, b[1], NULL, 5000, 0)) > 0)
			all += n;
		_exit(all != 300000);
	}
	close(a[0]), close(b[1]);
	if (!fork()) {
		close(b[0]);
		memset(block, 's', 300000);
		_exit(write(a[1], block, 300000) != 300000);
	}
	close(a[1]);
	while ((n = read(b[0], block, 7000)) > 0)
		all += n;
	SHOW(all);
	SHOW(block[0]);
	waitpid(pid, &status, 0);
	SHOW(status);
	wait(&status);
	SHOW(status);
	close(b[0]);
}

void conform_splices(void)
{
	int file = file_with("f", 200000), a[2], b[2];

	pipe(a), pipe(b);
	sizes();
	slots();
	packets();
	refusing(file, a, b);
	from_file(file, a);
	to_file(file, a);
	between(a, b);
	memory(a, file);
	kinds(a);
	sending(file, a);
	copying(file, a);
	sleeping();
	close(file), close(a[0]), close(a[1]), close(b[0]), close(b[1]);
	unlink("f");
}
