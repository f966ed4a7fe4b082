/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of signals, of processes and of memory; openat2; calls with a flags argument more. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

/* What two signals and a queue of real-time ones look like, polled and read. */
static void signals_are_read(int fd)
{
	struct signalfd_siginfo info[2];
	struct epoll_event event = { .events = EPOLLIN };
	int epoll;

	SHOW(fd > 2);
	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(read(fd, info, sizeof(info)));
	SHOW(read(fd, info, 64));
	SHOW(write(fd, info, 128));
	SHOW(polled(fd));
	epoll = epoll_create1(0);
	SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	SHOW(epoll_wait(epoll, &event, 1, 0));
	kill(getpid(), SIGUSR1);
	SHOW(polled(fd));
	SHOW(epoll_wait(epoll, &event, 1, 0));
	SHOW(read(fd, info, sizeof(info)));
	SHOW(info[0].ssi_signo);
	SHOW(info[0].ssi_code);
	SHOW(info[0].ssi_pid == (unsigned)getpid());
	SHOW(polled(fd));
	SHOW(epoll_wait(epoll, &event, 1, 0));
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 5 });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 6 });
	SHOW(read(fd, info, sizeof(info)));
	SHOW(info[0].ssi_int);
	SHOW(info[1].ssi_int);
	SHOW(info[1].ssi_code);
	close(epoll);
}

/* A child that ended, and one that sends a signal to a reader who waits. */
static void children_are_read(int fd, sigset_t *set)
{
	struct signalfd_siginfo info[2];
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(9);
	while (!(polled(fd) & POLLIN))
		usleep(1000);
	SHOW(read(fd, info, sizeof(info)));
	SHOW(info[0].ssi_signo);
	SHOW(info[0].ssi_code);
	SHOW(info[0].ssi_status);
	SHOW(info[0].ssi_pid == (unsigned)pid);
	waitpid(pid, &status, 0);
	pid = fork();
	if (!pid) {
		usleep(20000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	fcntl(fd, F_SETFL, 0);
	sigdelset(set, SIGCHLD);
	SHOW(signalfd(fd, set, 0) == fd);
	SHOW(read(fd, info, 128));
	SHOW(info[0].ssi_signo);
	waitpid(pid, &status, 0);
}

static void signalfds(void)
{
	sigset_t set, old;
	int fd;

	section("signalfd");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGKILL);
	sigprocmask(SIG_BLOCK, &set, &old);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	signals_are_read(fd);
	children_are_read(fd, &set);
	SHOW(signalfd(0, &set, 0));
	SHOW(signalfd(99, &set, 0));
	SHOW(signalfd(-1, &set, 1));
	SHOW(syscall(SYS_signalfd4, -1, &set, 4, 0));
	SHOW(syscall(SYS_signalfd4, -1, 8l, 8, 0));
	close(fd);
	while (sigtimedwait(&set, NULL, &(struct timespec){ 0 }) > 0)
		continue;
	sigaddset(&set, SIGCHLD);
	while (sigtimedwait(&set, NULL, &(struct timespec){ 0 }) > 0)
		continue;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

#define OPEN(pid, flags) syscall(SYS_pidfd_open, pid, flags)
#define SEND(fd, sig, info, flags) syscall(SYS_pidfd_send_signal, fd, sig, info, flags)

static void pidfds(void)
{
	siginfo_t info = { 0 };
	int fd, own, ends[2];
	char byte;
	pid_t pid;

	section("pidfd");
	SHOW(OPEN(0, 0));
	SHOW(OPEN(-1, 0));
	SHOW(OPEN(4000000, 0));
	SHOW(OPEN(getpid(), 0x40000000));
	own = (int)OPEN(getpid(), 0);
	SHOW(fcntl(own, F_GETFD));
	SHOW(fcntl(own, F_GETFL));
	SHOW(polled(own));
	SHOW(SEND(own, 0, NULL, 0));
	SHOW(SEND(own, 65, NULL, 0));
	SHOW(SEND(own, 0, NULL, 64));
	SHOW(SEND(0, 0, NULL, 0));
	SHOW(SEND(99, 0, NULL, 0));
	SHOW(SEND(own, SIGUSR1, 8l, 0));
	SHOW(SEND(own, SIGUSR1, &info, 0));
	SHOW(read(own, &byte, 1));
	SHOW(write(own, &byte, 1));
	pipe(ends);
	pid = fork();
	if (!pid) {
		close(ends[1]);
		read(ends[0], &byte, 1);
		_exit(0);
	}
	fd = (int)OPEN(pid, O_NONBLOCK);
	SHOW(fcntl(fd, F_GETFL));
	SHOW(polled(fd));
	SHOW(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
	SHOW(info.si_pid);
	SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
	SHOW(waitid(P_PIDFD, own, &info, WEXITED));
	SHOW(waitid(P_PIDFD, ends[0], &info, WEXITED));
	SHOW(waitid(P_PIDFD, 99, &info, WEXITED));
	SHOW(SEND(fd, SIGTERM, NULL, 0));
	SHOW(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 30000));
	SHOW(polled(fd));
	SHOW(SEND(fd, 0, NULL, 0));
	SHOW(waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT));
	SHOW(info.si_pid == pid);
	SHOW(info.si_code);
	SHOW(info.si_status);
	SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
	SHOW(polled(fd));
	SHOW(SEND(fd, 0, NULL, 0));
	SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
	SHOW(OPEN(pid, 0));
	close(fd);
	close(own);
	close(ends[0]);
	close(ends[1]);
}

static void memory(void)
{
	struct stat st;
	char *at, byte = 0;
	int fd = (int)syscall(SYS_memfd_create, "name", MFD_CLOEXEC);

	section("memfd");
	SHOW(fd > 2);
	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(fstat(fd, &st));
	SHOW(st.st_mode);
	SHOW(st.st_nlink);
	SHOW(st.st_size);
	SHOW(ftruncate(fd, 8192));
	at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	SHOW(at != MAP_FAILED);
	at[5000] = 'm';
	SHOW(pread(fd, &byte, 1, 5000));
	SHOW(byte);
	munmap(at, 8192);
	SHOW(syscall(SYS_memfd_create, "name", 0x4000));
	SHOW(syscall(SYS_memfd_create, 8l, 0));
	close(fd);
}

static void sizes(void)
{
	char bytes[16] = { 0 };
	struct stat st;
	int fd = open("sized", O_RDWR | O_CREAT, 0644), ends[2], dir = open(".", O_RDONLY);

	section("fallocate");
	SHOW(fallocate(fd, 0, 0, 100));
	SHOW(fstat(fd, &st) ?: st.st_size);
	SHOW(fallocate(fd, 0, 50, 10));
	SHOW(fstat(fd, &st) ?: st.st_size);
	SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 5000));
	SHOW(fstat(fd, &st) ?: st.st_size);
	SHOW(pwrite(fd, "0123456789", 10, 0));
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3));
	SHOW(pread(fd, bytes, 10, 0));
	SHOW(bytes[1] == '1' && !bytes[2] && !bytes[4] && bytes[5] == '5');
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1));
	SHOW(fallocate(fd, 0, -1, 1));
	SHOW(fallocate(fd, 0, 0, 0));
	SHOW(fallocate(fd, 0, 0, -1));
	SHOW(fallocate(fd, 0x4000, 0, 1));
	SHOW(fallocate(99, 0, 0, 1));
	SHOW(posix_fallocate(fd, 0, 200));
	SHOW(fstat(fd, &st) ?: st.st_size);
	pipe(ends);
	SHOW(fallocate(ends[1], 0, 0, 1));
	SHOW(fallocate(dir, 0, 0, 1));
	close(ends[0]);
	close(ends[1]);
	close(dir);
	close(fd);
	fd = open("sized", O_RDONLY);
	SHOW(fallocate(fd, 0, 0, 1));
	close(fd);
	unlink("sized");
}

static long how(unsigned long long flags, unsigned long long mode, unsigned long long resolve)
{
	struct open_how h = { flags, mode, resolve };
	long fd = syscall(SYS_openat2, AT_FDCWD, "how", &h, sizeof(h));

	if (fd >= 0)
		close((int)fd);
	return fd < 0 ? -1 : 1;
}

static void openat2s(void)
{
	struct {
		struct open_how h;
		long more;
	} longer = { { O_RDONLY }, 0 };
	struct stat st;
	long fd;

	section("openat2");
	umask(022);
	SHOW(how(O_RDONLY, 0, 0));
	SHOW(how(O_RDWR | O_CREAT, 0640, 0));
	SHOW(stat("how", &st) ?: st.st_mode);
	SHOW(how(O_RDONLY, 0644, 0));
	SHOW(how(O_RDWR | O_CREAT, 010000, 0));
	SHOW(how(1ull << 40, 0, 0));
	SHOW(how(0x40000000, 0, 0));
	SHOW(how(O_PATH | O_RDWR, 0, 0));
	SHOW(how(O_PATH | O_CLOEXEC, 0, 0));
	SHOW(how(O_RDONLY, 0, 1ull << 40));
	fd = syscall(SYS_openat2, AT_FDCWD, "how", &longer, sizeof(longer));
	SHOW(fd > 2);
	close((int)fd);
	longer.more = 1;
	SHOW(syscall(SYS_openat2, AT_FDCWD, "how", &longer, sizeof(longer)));
	SHOW(syscall(SYS_openat2, AT_FDCWD, "how", &longer, 8));
	SHOW(syscall(SYS_openat2, AT_FDCWD, "how", &longer, 5000));
	SHOW(syscall(SYS_openat2, AT_FDCWD, "how", 8l, 24));
	SHOW(syscall(SYS_openat2, 99, "how", &(struct open_how){ 0 }, 24));
	unlink("how");
}

static void vectors(void)
{
	char a[4] = "ab", b[4] = "cd";
	struct iovec vec[2] = { { a, 2 }, { b, 2 } };
	int fd = open("vectors", O_RDWR | O_CREAT, 0644);

	section("preadv2");
	SHOW(pwritev2(fd, vec, 2, 0, 0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwritev2(fd, vec, 2, -1, RWF_DSYNC));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(preadv2(fd, vec, 2, 1, 0));
	SHOW(a[0]);
	SHOW(preadv2(fd, vec, 2, -1, 0));
	SHOW(preadv2(fd, vec, 2, -2, 0));
	SHOW(preadv2(fd, vec, 2, 0, 0x40000000));
	SHOW(preadv2(99, vec, 2, 0, 0));
	close(fd);
	unlink("vectors");
}

void conform_special(void)
{
	signalfds();
	pidfds();
	memory();
	sizes();
	openat2s();
	vectors();
}
