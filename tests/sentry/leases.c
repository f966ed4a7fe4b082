/* SPDX-License-Identifier: Apache-2.0 */
/* Leases, locks in a ring, descriptors of new processes, numbers in several buffers, birth times. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define SIG (SIGRTMIN + 3)

static sigset_t ours;
static siginfo_t info;

static int came(void)
{
	const struct timespec now = { 0 };

	memset(&info, 0, sizeof(info));
	return sigtimedwait(&ours, &info, &now) < 0 ? errno = 0, 0 : info.si_signo;
}

static void asks(void)
{
	int fd = open("leased", O_RDWR | O_CREAT, 0644), dir = open(".", O_RDONLY), only, ends[2];

	section("leases");
	pipe(ends);
	SHOW(fcntl(fd, F_GETLEASE));
	SHOW(fcntl(fd, F_SETLEASE, F_UNLCK));
	SHOW(fcntl(fd, F_SETLEASE, 7));
	SHOW(fcntl(fd, F_SETLEASE, F_RDLCK));
	SHOW(fcntl(fd, F_SETLEASE, F_WRLCK));
	SHOW(fcntl(fd, F_GETLEASE));
	SHOW(fcntl(fd, F_GETOWN) == getpid());
	SHOW(fcntl(fd, F_SETLEASE, F_UNLCK));
	SHOW(fcntl(fd, F_GETLEASE));
	only = open("leased", O_RDONLY);
	SHOW(fcntl(fd, F_SETLEASE, F_WRLCK));
	SHOW(fcntl(only, F_SETLEASE, F_WRLCK));
	SHOW(fcntl(only, F_SETLEASE, F_RDLCK));
	close(fd);
	SHOW(fcntl(only, F_SETLEASE, F_RDLCK));
	SHOW(fcntl(only, F_GETLEASE));
	fd = open("leased", O_RDONLY);
	SHOW(fcntl(fd, F_SETLEASE, F_RDLCK));
	SHOW(fcntl(fd, F_SETLEASE, F_WRLCK));
	SHOW(fcntl(only, F_SETLEASE, F_UNLCK));
	SHOW(fcntl(fd, F_GETLEASE));
	close(only);
	SHOW(fcntl(fd, F_SETLEASE, F_WRLCK));
	close(fd);
	fd = open("leased", O_RDONLY);
	SHOW(fcntl(fd, F_GETLEASE));
	close(fd);
	SHOW(fcntl(ends[0], F_SETLEASE, F_RDLCK));
	SHOW(fcntl(dir, F_SETLEASE, F_RDLCK));
	SHOW(fcntl(99, F_SETLEASE, F_RDLCK));
	close(dir), close(ends[0]), close(ends[1]);
}

/* Somebody wants the file, who waits until we let go. */
static void breaks(int type, int flags, int become)
{
	int fd = open("leased", type == F_RDLCK || become == F_RDLCK ? O_RDONLY : O_RDWR), status;
	pid_t pid;

	fcntl(fd, F_SETSIG, SIG);
	SHOW(fcntl(fd, F_SETLEASE, type));
	SHOW(open("leased", flags | O_NONBLOCK));
	SHOW(came());
	SHOW(info.si_code);
	SHOW(info.si_fd == fd);
	SHOW(fcntl(fd, F_GETLEASE));
	SHOW(came());
	pid = fork();
	if (!pid)
		_exit(open("leased", flags) < 0);
	usleep(20000);
	SHOW(fcntl(fd, F_SETLEASE, become));
	SHOW(waitpid(pid, &status, 0) == pid);
	SHOW(status);
	SHOW(fcntl(fd, F_GETLEASE));
	close(fd);
}

static void broken(void)
{
	int fd;

	section("leases that are broken");
	breaks(F_RDLCK, O_WRONLY, F_UNLCK);
	breaks(F_WRLCK, O_RDONLY, F_RDLCK);
	breaks(F_WRLCK, O_RDONLY, F_UNLCK);
	breaks(F_WRLCK, O_RDWR, F_UNLCK);
	fd = open("leased", O_RDONLY);
	SHOW(fcntl(fd, F_SETLEASE, F_RDLCK));
	SHOW(open("leased", O_RDONLY | O_NONBLOCK) > 0);
	SHOW(open("leased", O_PATH) > 0);
	SHOW(chmod("leased", 0600));
	SHOW(rename("leased", "moved") ?: rename("moved", "leased"));
	SHOW(came());
	IN_CHILD(close(fd); SHOW(fcntl(open("leased", O_RDONLY), F_GETLEASE)););
	SHOW(fcntl(fd, F_GETLEASE));
	SHOW(unlink("leased"));
	SHOW(came());
	close(fd);
}

/* Either of two has what the other waits for. */
static void ring(void)
{
	struct flock first = { F_WRLCK, SEEK_SET, 0, 1 }, second = { F_WRLCK, SEEK_SET, 1, 1 };
	int fd = open("ring", O_RDWR | O_CREAT, 0600), ends[2], status;
	pid_t pid;

	section("locks in a ring");
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	SHOW(fcntl(fd, F_SETLK, &first));
	pid = fork();
	if (!pid) {
		fcntl(fd, F_SETLK, &second);
		write(ends[1], "", 1);
		_exit(fcntl(fd, F_SETLKW, &first) != 0);
	}
	read(ends[0], &status, 1);
	usleep(100000);
	SHOW(fcntl(fd, F_SETLKW, &second));
	first.l_type = F_UNLCK;
	SHOW(fcntl(fd, F_SETLK, &first));
	SHOW(waitpid(pid, &status, 0) == pid);
	SHOW(status);
	SHOW(fcntl(fd, F_SETLKW, &second));
	close(fd), close(ends[0]), close(ends[1]);
	unlink("ring");
}

static void handled(int sig)
{
	_exit(sig);
}

static long clone_with(uint64_t flags, int *fd)
{
	struct clone_args args = { .flags = flags, .pidfd = (uintptr_t)fd, .exit_signal = SIGCHLD };

	return syscall(SYS_clone3, &args, sizeof(args));
}

static void processes(void)
{
	int fd = -1, status;
	siginfo_t child = { 0 };
	long pid;

	section("descriptors of new processes");
	pid = clone_with(CLONE_PIDFD, &fd);
	if (!pid)
		_exit(fcntl(fd, F_GETFD) >= 0 ? 1 : 7); /* it has no such thing */
	SHOW(fd >= 3);
	SHOW(fcntl(fd, F_GETFD));
	SHOW(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 30000));
	SHOW(waitid(P_PIDFD, fd, &child, WEXITED));
	SHOW(child.si_pid == pid);
	SHOW(child.si_status);
	SHOW(waitid(P_PIDFD, fd, &child, WEXITED));
	close(fd);
	pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);
	if (!pid)
		_exit(5);
	SHOW(waitid(P_PIDFD, fd, &child, WEXITED));
	SHOW(child.si_status);
	close(fd);
	SHOW(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &fd, 0, 0));
	SHOW(clone_with(CLONE_PIDFD, (int *)8l));
	SHOW(clone_with(CLONE_PIDFD | CLONE_DETACHED, &fd));
	SHOW(wait(NULL));
	signal(SIGUSR1, handled);
	signal(SIGUSR2, SIG_IGN);
	pid = clone_with(CLONE_CLEAR_SIGHAND, NULL);
	if (!pid) {
		raise(SIGUSR2);
		raise(SIGUSR1);
		_exit(99);
	}
	SHOW(waitpid(pid, &status, 0) == pid);
	SHOW(status);
	SHOW(clone_with(CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, NULL));
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
}

/* An eventfd takes each buffer for a number: short ones once made us read beyond them. */
static void numbers(void)
{
	uint64_t one = 1, most = UINT64_MAX, value = 0;
	struct iovec short_first[] = { { &one, 1 }, { &one, 8 } };
	struct iovec empty_first[] = { { &one, 0 }, { &one, 8 } };
	struct iovec two[] = { { &one, 8 }, { &one, 8 } };
	struct iovec long_first[] = { { (uint64_t[]){ 1, 1 }, 16 }, { &one, 8 } };
	struct iovec bad_second[] = { { &one, 8 }, { &most, 8 } };
	struct iovec bad[] = { { (void *)8l, 8 }, { &one, 8 } };
	int fd = eventfd(0, EFD_NONBLOCK);

	section("numbers in several buffers");
	SHOW(writev(fd, short_first, 2));
	SHOW(writev(fd, empty_first, 2));
	SHOW(writev(fd, two, 2));
	SHOW(writev(fd, long_first, 2));
	SHOW(writev(fd, bad_second, 2));
	SHOW(writev(fd, bad, 2));
	SHOW(writev(fd, two, 0));
	SHOW(write(fd, (uint64_t[]){ 1, 1 }, 16));
	SHOW(read(fd, &value, 8));
	SHOW(value);
	close(fd);
}

static void others(void)
{
	struct iovec vec = { "added", 5 };
	struct statx first = { 0 }, second = { 0 };
	int fd;

	section("what came late");
	SHOW(syscall(SYS_pidfd_send_signal, open("/proc/self", O_DIRECTORY), 0, NULL, 0));
	SHOW(syscall(SYS_pidfd_send_signal, open("/proc", O_DIRECTORY), 0, NULL, 0));
	SHOW(fcntl(open(".", O_RDONLY), F_NOTIFY, DN_MULTISHOT));
	SHOW(sched_getscheduler(1));
	if (!conform_in_memory)
		return;
	fd = open("late", O_RDWR | O_CREAT, 0600);
	SHOW(write(fd, "text", 4));
	SHOW(lseek(fd, 1, SEEK_SET));
	SHOW(pwritev2(fd, &vec, 1, 0, RWF_APPEND));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(pwritev2(fd, &vec, 1, -1, RWF_APPEND));
	SHOW(lseek(fd, 0, SEEK_CUR));
	SHOW(lseek(fd, 0, SEEK_END));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(preadv2(fd, &vec, 1, 0, 0x400));
	SHOW(statx(AT_FDCWD, "late", 0, STATX_ALL, &first));
	SHOW(first.stx_mask & STATX_BTIME);
	SHOW(first.stx_btime.tv_sec != 0);
	SHOW(futimens(fd, (struct timespec[]){ { 5 }, { 6 } }));
	SHOW(statx(AT_FDCWD, "late", 0, STATX_ALL, &second));
	SHOW(memcmp(&first.stx_btime, &second.stx_btime, sizeof(first.stx_btime)));
	SHOW(second.stx_mtime.tv_sec);
	close(fd);
	unlink("late");
}

void conform_leases(void)
{
	sigset_t old;

	sigemptyset(&ours);
	sigaddset(&ours, SIG);
	sigaddset(&ours, SIGIO);
	sigprocmask(SIG_BLOCK, &ours, &old);
	IN_CHILD(asks(); broken(););
	sigprocmask(SIG_SETMASK, &old, NULL);
	ring();
	processes();
	numbers();
	others();
}
