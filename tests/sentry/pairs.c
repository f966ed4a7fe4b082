/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of sockets, and socket calls on what is none. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLHUP };

	return poll(&p, 1, 0) >= 0 ? p.revents : -1;
}

static void options(int fd)
{
	struct sockaddr_un name;
	socklen_t len = sizeof(name);
	int value = -1;

	section("socket options");
	SHOW(getsockname(fd, (void *)&name, &len));
	SHOW(len);
	SHOW(name.sun_family);
	len = 1;
	SHOW(getpeername(fd, (void *)&name, &len));
	SHOW(len);
	len = sizeof(value);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	SHOW(value);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len));
	SHOW(value);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &len));
	SHOW(value);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len));
	SHOW(value);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len));
	SHOW(value);
	SHOW(getsockopt(fd, SOL_SOCKET, 9999, &value, &len));
	SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, NULL));
	len = -1;
	SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
}

static void bytes(int *fds)
{
	struct iovec vec[2];
	struct msghdr msg = { .msg_iov = vec, .msg_iovlen = 2 };
	char text[8] = "", more[8] = "";
	struct stat st;
	int n;

	section("socketpair");
	SHOW(fstat(fds[0], &st) ?: st.st_mode & S_IFMT);
	SHOW(lseek(fds[0], 0, SEEK_SET));
	SHOW(pread(fds[0], text, 1, 0));
	SHOW(polled(fds[0]));
	SHOW(write(fds[0], "hello", 5));
	SHOW(polled(fds[1]));
	SHOW(ioctl(fds[1], FIONREAD, &n) ?: n);
	SHOW(read(fds[1], text, 2));
	SHOW(text[1]);
	SHOW(recv(fds[1], text, 8, 0));
	SHOW(text[2]);
	SHOW(recv(fds[1], text, 8, MSG_DONTWAIT));
	SHOW(send(fds[1], "abc", 3, MSG_NOSIGNAL));
	SHOW(write(fds[1], "def", 3));
	vec[0] = (struct iovec){ text, 2 };
	vec[1] = (struct iovec){ more, 8 };
	SHOW(recvmsg(fds[0], &msg, 0));
	SHOW(text[1]);
	SHOW(more[3]);
	SHOW(msg.msg_flags);
	SHOW(msg.msg_namelen);
	SHOW(sendmsg(fds[0], &msg, 0));
	SHOW(read(fds[1], text, 8));
	SHOW(recv(fds[1], text, 0, MSG_DONTWAIT));
	SHOW(sendto(fds[0], "x", 1, 0, (void *)&(struct sockaddr){ AF_UNIX }, 16));
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	SHOW(read(fds[0], text, 1));
	SHOW(fcntl(fds[0], F_GETFL));
	fcntl(fds[0], F_SETFL, 0);
}

static void ends(void)
{
	int fds[2];
	char text[8];

	section("the end of a socket");
	signal(SIGPIPE, SIG_IGN);
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	write(fds[0], "ab", 2);
	SHOW(shutdown(fds[0], SHUT_WR));
	SHOW(polled(fds[0]));
	SHOW(polled(fds[1]));
	SHOW(read(fds[1], text, 8));
	SHOW(read(fds[1], text, 8));
	SHOW(write(fds[0], "c", 1));
	SHOW(write(fds[1], "d", 1));
	SHOW(read(fds[0], text, 8));
	SHOW(shutdown(fds[1], SHUT_WR));
	SHOW(polled(fds[0]));
	SHOW(polled(fds[1]));
	SHOW(shutdown(fds[0], 3));
	close(fds[0]);
	SHOW(polled(fds[1]));
	SHOW(read(fds[1], text, 8));
	close(fds[1]);
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	write(fds[0], "unread", 6);
	close(fds[1]);
	SHOW(polled(fds[0]));
	SHOW(read(fds[0], text, 8));
	SHOW(read(fds[0], text, 8));
	SHOW(write(fds[0], "x", 1));
	SHOW(send(fds[0], "x", 1, MSG_NOSIGNAL));
	close(fds[0]);
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	shutdown(fds[0], SHUT_RD);
	SHOW(polled(fds[0]));
	SHOW(read(fds[0], text, 8));
	SHOW(write(fds[1], "x", 1));
	SHOW(polled(fds[1]));
	close(fds[0]);
	close(fds[1]);
	signal(SIGPIPE, SIG_DFL);
}

/* One end waits for the other, in a child. */
static void between(void)
{
	static char block[300000];
	long all = 0, got;
	int fds[2], status;
	pid_t pid;

	section("a socket between processes");
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		memset(block, 'b', sizeof(block));
		_exit(write(fds[1], block, sizeof(block)) != sizeof(block));
	}
	close(fds[1]);
	while ((got = read(fds[0], block, 7777)) > 0)
		all += got;
	SHOW(got);
	SHOW(all);
	waitpid(pid, &status, 0);
	SHOW(status);
	close(fds[0]);
}

static void none(void)
{
	int fds[2], file = open(".", O_RDONLY);

	section("no socket");
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 2, fds));
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8l));
	SHOW(socketpair(AF_UNIX, 77, 0, fds));
	SHOW(socketpair(9999, SOCK_STREAM, 0, fds));
	SHOW(send(file, "x", 1, 0));
	SHOW(send(99, "x", 1, 0));
	SHOW(recv(file, fds, 1, 0));
	SHOW(recv(99, fds, 1, 0));
	SHOW(shutdown(file, 0));
	SHOW(shutdown(99, 0));
	close(file);
}

void conform_pairs(void)
{
	int fds[2];

	section("socketpair");
	SHOW(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
	SHOW(fcntl(fds[0], F_GETFD));
	SHOW(fcntl(fds[0], F_GETFL));
	close(fds[0]);
	close(fds[1]);
	SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	SHOW(fcntl(fds[1], F_GETFD));
	options(fds[0]);
	bytes(fds);
	close(fds[0]);
	close(fds[1]);
	ends();
	between();
	none();
}
