/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that floods what descriptors stand for: it holds as much of everything as it can get, in
 * knots that nobody can untie, and ends. What it prints depends on nothing but our limits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOLDERS 56 /* processes that hold all that they can have */

static void tell(const char *what, long n)
{
	int err = errno;

	printf("%s: %ld %s\n", what, n, strerrorname_np(err));
	fflush(stdout);
}

static int send_fd(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vec = { "x", 1 };
	struct msghdr msg = { .msg_iov = &vec,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = (void *)control;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return (int)sendmsg(to, &msg, MSG_DONTWAIT);
}

/* Sockets in each other's queues, whose last outside use ends. That none stays is seen by how many
 * may be in flight after it all. */
static void knots(void)
{
	int fds[2], more[2], n;

	for (int i = 0; i < 3000; i++) {
		if (socketpair(AF_UNIX, i % 2 ? SOCK_STREAM : SOCK_DGRAM, 0, fds) ||
		    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, more) || send_fd(fds[0], fds[1]) != 1 ||
		    send_fd(fds[0], more[1]) != 1 || send_fd(more[0], fds[1]) != 1 ||
		    send_fd(more[1], fds[0]) != 1 || send_fd(fds[1], fds[1]) != 1) {
			tell("knot", i);
			return;
		}
		close(more[i % 2]), close(fds[0]), close(fds[1]), close(more[!(i % 2)]);
	}
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	errno = 0;
	for (n = 0; send_fd(fds[0], fds[n % 2]) == 1; n++)
		continue;
	tell("in flight", n > 200 ? -1 : n); /* the buffer is full before there are too many */
	close(fds[0]), close(fds[1]);
}

/* Each in the queue of the next: all go when the first does, however many. */
static void chain(void)
{
	int last[2], fds[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, last);
	for (int i = 0; i < 900; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || send_fd(fds[0], last[1]) != 1) {
			tell("chain", i);
			return;
		}
		close(last[0]), close(last[1]);
		last[0] = fds[0], last[1] = fds[1];
	}
	close(last[0]), close(last[1]);
	tell("chain", 900);
}

static void too_many(void)
{
	int fds[2], n = 0;

	for (int i = 0; i < 20; i++) {
		socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
		while (send_fd(fds[0], 0) == 1)
			n++;
	}
	tell("too many references", n);
}

/* Past the first limit pipes are small, past the second there are none. */
static void pipes(void)
{
	int done[2], fds[2], n = 0, small = 0;
	pid_t pids[HOLDERS];
	char byte;

	pipe(done);
	for (int i = 0; i < HOLDERS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		while (!pipe(fds)) {
			n++;
			small += fcntl(fds[0], F_GETPIPE_SZ) == 8192;
			if (fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) > 0)
				fcntl(fds[0], F_SETPIPE_SZ, 65536);
		}
		byte = (char)((errno == ENFILE) + 2 * (small > 0));
		write(done[1], &byte, 1);
		pause();
	}
	small = 0;
	for (int i = 0; i < HOLDERS; i++) {
		if (read(done[0], &byte, 1) != 1)
			break;
		n += byte & 1;
		small += byte >> 1;
	}
	errno = 0;
	tell("small pipes", small > HOLDERS / 2);
	tell("no more pipes", n > 0);
	tell("one more", pipe(fds));
	for (int i = 0; i < HOLDERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	errno = 0;
	tell("and again", pipe(fds) ?: fcntl(fds[0], F_GETPIPE_SZ));
}

static void sets(void)
{
	char name[16];
	int n = 0, in;

	while ((in = inotify_init1(IN_NONBLOCK)) >= 0)
		n++;
	tell("sets of inotify", n);
	in = 20; /* one of them */
	for (n = 0; n < 70000; n++) {
		snprintf(name, sizeof(name), "w%d", n);
		close(open(name, O_CREAT | O_RDONLY, 0600));
		if (inotify_add_watch(in, name, IN_ALL_EVENTS) < 0)
			break;
	}
	tell("watches", n);
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]))
		return 2;
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1024, 1024 });
	close_range(3, ~0u, 0);
	knots();
	chain();
	if (!fork()) {
		too_many();
		_exit(0);
	}
	wait(NULL);
	if (!fork()) {
		sets();
		_exit(0);
	}
	wait(NULL);
	pipes();
	return 0;
}
