/* SPDX-License-Identifier: Apache-2.0 */
/* Locks on files: flock, and fcntl's of processes and of open files. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static struct flock l;

static int lock(int fd, int cmd, short type, short whence, off_t start, off_t len)
{
	l = (struct flock){ .l_type = type, .l_whence = whence, .l_start = start, .l_len = len };
	return fcntl(fd, cmd, &l);
}

static void show_found(int fd, off_t start)
{
	SHOW(lock(fd, F_GETLK, F_WRLCK, SEEK_SET, start, 1));
	SHOW(l.l_type);
	SHOW(l.l_whence);
	SHOW(l.l_start);
	SHOW(l.l_len);
	SHOW(l.l_type != F_UNLCK && l.l_pid == getppid());
}

static void flocks(int fd, int other)
{
	section("flock");
	SHOW(flock(fd, 0));
	SHOW(flock(fd, LOCK_SH | LOCK_EX));
	SHOW(flock(99, LOCK_SH));
	SHOW(flock(fd, LOCK_UN));
	SHOW(flock(fd, LOCK_SH));
	SHOW(flock(other, LOCK_SH | LOCK_NB));
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	SHOW(flock(other, LOCK_SH | LOCK_NB));
	SHOW(flock(other, LOCK_UN));
	SHOW(flock(fd, LOCK_EX | LOCK_NB));
	SHOW(flock(other, LOCK_SH | LOCK_NB));
	IN_CHILD(SHOW(flock(fd, LOCK_EX | LOCK_NB)); SHOW(flock(other, LOCK_EX | LOCK_NB)););
	IN_CHILD(SHOW(flock(fd, LOCK_UN)););
	SHOW(flock(other, LOCK_EX | LOCK_NB));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
	SHOW(lock(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
	SHOW(flock(other, LOCK_UN));
}

static void ranges(int fd)
{
	section("fcntl locks");
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 10, 10));
	IN_CHILD(show_found(fd, 9); show_found(fd, 10); show_found(fd, 19); show_found(fd, 20););
	SHOW(lock(fd, F_SETLK, F_UNLCK, SEEK_SET, 13, 2));
	IN_CHILD(show_found(fd, 12); show_found(fd, 13); show_found(fd, 14); show_found(fd, 15););
	SHOW(lock(fd, F_SETLK, F_RDLCK, SEEK_SET, 12, 5));
	IN_CHILD(show_found(fd, 11); show_found(fd, 12); show_found(fd, 16); show_found(fd, 17);
		 SHOW(lock(fd, F_SETLK, F_RDLCK, SEEK_SET, 12, 5));
		 SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 12, 1));
		 SHOW(lock(fd, F_SETLK, F_RDLCK, SEEK_SET, 11, 1)););
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 20, 0));
	IN_CHILD(show_found(fd, 1 << 20););
	SHOW(lseek(fd, 50, SEEK_SET));
	SHOW(lock(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_CUR, 0, -5));
	IN_CHILD(show_found(fd, 45););
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_END, -1, 1));
	IN_CHILD(show_found(fd, 99););
	SHOW(lock(fd, F_GETLK, F_WRLCK, SEEK_SET, 0, 0));
	SHOW(l.l_type);
}

static void wrong(int fd, int other)
{
	int reads = open("locks", O_RDONLY), path = open("locks", O_PATH);

	section("wrong locks");
	SHOW(lock(fd, F_SETLK, 7, SEEK_SET, 0, 0));
	SHOW(lock(fd, F_SETLK, F_WRLCK, 9, 0, 0));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, -1, 0));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 3, -5));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 1, (off_t)(~0ull >> 1)));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 2, (off_t)(~0ull >> 1)));
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_CUR, (off_t)(~0ull >> 1), 1));
	SHOW(lock(fd, F_GETLK, F_UNLCK, SEEK_SET, 0, 0));
	SHOW(lock(reads, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
	SHOW(lock(path, F_SETLK, F_RDLCK, SEEK_SET, 0, 0));
	SHOW(flock(path, LOCK_SH));
	SHOW(flock(reads, LOCK_EX | LOCK_NB));
	SHOW(fcntl(fd, F_SETLK, 8));
	SHOW(lock(99, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
	SHOW(lock(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
	/* To close any descriptor of the file lets go of all. */
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 1));
	IN_CHILD(show_found(fd, 0););
	SHOW(close(reads));
	IN_CHILD(show_found(fd, 0););
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 1));
	SHOW(dup2(other, 60));
	SHOW(dup2(1, 60));
	IN_CHILD(show_found(fd, 0););
	close(path);
	close(60);
}

static void open_files(int fd, int other)
{
	section("OFD locks");
	SHOW(lock(fd, F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 10));
	SHOW(lock(other, F_OFD_SETLK, F_WRLCK, SEEK_SET, 9, 10));
	SHOW(lock(other, F_SETLK, F_RDLCK, SEEK_SET, 9, 10));
	SHOW(lock(other, F_OFD_SETLK, F_WRLCK, SEEK_SET, 10, 10));
	SHOW(lock(other, F_OFD_GETLK, F_WRLCK, SEEK_SET, 0, 10));
	SHOW(l.l_pid);
	SHOW(l.l_len);
	IN_CHILD(SHOW(lock(fd, F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 5)););
	l = (struct flock){ .l_type = F_WRLCK, .l_pid = 1 };
	SHOW(fcntl(fd, F_OFD_SETLK, &l));
	SHOW(lock(fd, F_OFD_SETLK, F_UNLCK, SEEK_SET, 0, 0));
	SHOW(lock(other, F_OFD_SETLK, F_UNLCK, SEEK_SET, 0, 0));
}

static void interrupted(int sig)
{
}

static void waiting(int fd)
{
	struct sigaction action = { .sa_handler = interrupted };
	char *turn = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	section("waiting for a lock");
	SHOW(lock(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 1));
	pid = fork();
	if (!pid) {
		*turn = 1;
		SHOW(lock(fd, F_SETLKW, F_WRLCK, SEEK_SET, 0, 1));
		SHOW(*turn);
		_exit(0);
	}
	while (!*(volatile char *)turn)
		usleep(1000);
	usleep(20000);
	*turn = 2;
	lock(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 1); /* not shown: who is first to say so is open */
	waitpid(pid, NULL, 0);
	SHOW(flock(fd, LOCK_EX));
	*turn = 0;
	pid = fork();
	if (!pid) {
		int mine = open("locks", O_RDWR);

		sigaction(SIGALRM, &action, NULL);
		ualarm(30000, 30000);
		SHOW(flock(mine, LOCK_SH));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	munmap(turn, 4096);
}

void conform_locks(void)
{
	int fd = open("locks", O_RDWR | O_CREAT, 0600), other = open("locks", O_RDWR);

	SHOW(ftruncate(fd, 100));
	flocks(fd, other);
	ranges(fd);
	wrong(fd, other);
	open_files(fd, other);
	waiting(fd);
	close(fd);
	close(other);
	unlink("locks");
}
