/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of sockets that keep messages apart, and what is sent along with bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static char block[400000], text[64];
static int fds[2];

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLHUP };

	return poll(&p, 1, 0) >= 0 ? p.revents : -1;
}

static int waiting(int fd)
{
	int n = -1;

	return ioctl(fd, FIONREAD, &n) ? -1 : n;
}

static void pair(int type)
{
	SHOW(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds));
}

static void done(void)
{
	close(fds[0]), close(fds[1]);
}

static void messages(int type)
{
	struct iovec vec[2] = { { "ab", 2 }, { "cde", 3 } },
		     in[2] = { { text, 1 }, { text + 8, 2 } };
	struct msghdr out = { .msg_iov = vec, .msg_iovlen = 2 };
	struct msghdr msg = { .msg_iov = in, .msg_iovlen = 2 };

	pair(type);
	SHOW(polled(fds[0]));
	SHOW(recv(fds[0], text, 8, 0));
	SHOW(send(fds[0], "one", 3, 0));
	SHOW(send(fds[0], "three", 5, MSG_EOR | MSG_MORE));
	SHOW(write(fds[0], "", 0));
	SHOW(send(fds[0], "", 0, 0));
	SHOW(waiting(fds[1]));
	SHOW(polled(fds[1]));
	SHOW(recv(fds[1], text, 8, MSG_PEEK));
	SHOW(recv(fds[1], text, 2, MSG_PEEK | MSG_TRUNC));
	SHOW(recv(fds[1], text, 2, 0));
	SHOW(recv(fds[1], text, 2, MSG_TRUNC));
	SHOW(read(fds[1], text, 8));
	SHOW(read(fds[1], text, 8));
	SHOW(read(fds[1], text, 8));
	SHOW(read(fds[1], text, 8));
	SHOW(sendmsg(fds[0], &out, 0));
	SHOW(recvmsg(fds[1], &msg, 0));
	SHOW(msg.msg_flags);
	SHOW(msg.msg_namelen);
	SHOW(text[9]);
	SHOW(sendmsg(fds[0], &out, 0));
	SHOW(recvmsg(fds[1], &msg, MSG_TRUNC));
	SHOW(msg.msg_flags);
	if (type != SOCK_STREAM)
		SHOW(send(fds[0], "a", 1, MSG_OOB));
	SHOW(recv(fds[1], text, 8, 0));
	SHOW(sendto(fds[0], "x", 1, 0, (void *)&(struct sockaddr_un){ AF_UNIX, "none" }, 10));
	SHOW(sendto(fds[0], "x", 1, 0, (void *)&(struct sockaddr_un){ AF_UNIX, "\0none" }, 10));
	SHOW(sendto(fds[0], "x", 1, 0, (void *)&(struct sockaddr_un){ AF_INET, "none" }, 10));
	SHOW(sendto(fds[0], "x", 1, 0, (void *)&(struct sockaddr_un){ AF_UNIX, "none" }, 1));
	SHOW(sendto(fds[0], "x", 1, 0, (void *)&(struct sockaddr_un){ AF_UNIX, "." }, 10));
	while (recv(fds[1], block, sizeof(block), 0) > 0)
		continue;
	SHOW(send(fds[0], block, 300000, 0) <= 0 || type == SOCK_STREAM);
	SHOW(recv(fds[1], block, sizeof(block), 0) > 0);
	SHOW(send(fds[0], (char *)8, 4, 0));
	SHOW(send(fds[0], "ab", 2, 0));
	SHOW(recv(fds[1], (char *)8, 4, 0));
	SHOW(recv(fds[1], block, sizeof(block), 0) >= 0 || errno == EAGAIN);
	done();
}

static void fulls(int type)
{
	int n;

	pair(type);
	for (n = 0; n < 100000 && send(fds[0], block, 100, 0) == 100; n++)
		continue;
	SHOW(errno);
	SHOW(type == SOCK_DGRAM ? n : n > 200 && n < 3000);
	SHOW(polled(fds[0]) & POLLOUT);
	SHOW(recv(fds[1], block, 100, 0));
	SHOW(polled(fds[0]) & POLLOUT);
	SHOW(send(fds[0], block, 100, 0) > 0 || type != SOCK_DGRAM);
	done();
}

static void ends(int type)
{
	int value = -1;
	socklen_t len = sizeof(value);

	signal(SIGPIPE, SIG_IGN);
	pair(type);
	SHOW(send(fds[0], "a", 1, 0));
	SHOW(shutdown(fds[0], SHUT_WR));
	SHOW(polled(fds[0]));
	SHOW(polled(fds[1]));
	SHOW(send(fds[0], "a", 1, 0));
	SHOW(recv(fds[1], text, 8, 0));
	SHOW(recv(fds[1], text, 8, 0));
	SHOW(send(fds[1], "b", 1, 0));
	SHOW(shutdown(fds[0], SHUT_RD));
	SHOW(polled(fds[0]));
	SHOW(polled(fds[1]));
	SHOW(recv(fds[0], text, 8, 0));
	SHOW(recv(fds[0], text, 8, 0));
	SHOW(send(fds[1], "b", 1, 0));
	done();
	pair(type);
	SHOW(send(fds[0], "ab", 2, 0));
	close(fds[0]);
	SHOW(polled(fds[1]));
	SHOW(send(fds[1], "b", 1, 0));
	SHOW(send(fds[1], "b", 1, 0));
	SHOW(recv(fds[1], text, 1, 0));
	SHOW(recv(fds[1], text, 8, 0));
	SHOW(recv(fds[1], text, 8, 0));
	SHOW(polled(fds[1]));
	SHOW(shutdown(fds[1], SHUT_WR));
	SHOW(getpeername(fds[1], (void *)block, &(socklen_t){ 100 }));
	close(fds[1]);
	pair(type);
	SHOW(send(fds[0], "unread", 6, 0));
	close(fds[1]);
	SHOW(polled(fds[0]));
	SHOW(getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &value, &len));
	SHOW(value);
	SHOW(recv(fds[0], text, 8, 0));
	SHOW(send(fds[0], "b", 1, MSG_NOSIGNAL));
	close(fds[0]);
	signal(SIGPIPE, SIG_DFL);
}

static void options(int type)
{
	struct timeval tv = { 0, 30000 };
	struct ucred cred;
	int value = -1;
	socklen_t len = sizeof(value);

	pair(type);
#define GET(opt)                                                 \
	len = sizeof(value), value = -1;                         \
	SHOW(getsockopt(fds[0], SOL_SOCKET, opt, &value, &len)); \
	SHOW(value)
#define SET(opt, v)  \
	value = (v); \
	SHOW(setsockopt(fds[0], SOL_SOCKET, opt, &value, sizeof(value)))
	GET(SO_TYPE);
	GET(SO_PASSCRED);
	SET(SO_PASSCRED, 5);
	GET(SO_PASSCRED);
	SET(SO_PASSCRED, 0);
	GET(SO_SNDBUF);
	GET(SO_RCVBUF);
	SET(SO_SNDBUF, 10000);
	GET(SO_SNDBUF);
	SET(SO_RCVBUF, 1);
	GET(SO_RCVBUF);
	GET(SO_REUSEADDR);
	GET(SO_KEEPALIVE);
	GET(SO_LINGER);
	SET(SO_TYPE, 1);
	SET(9999, 1);
	SHOW(setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &value, 2));
	SHOW(setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, (void *)8, 4));
	SHOW(setsockopt(fds[0], 6, 1, &value, 4));
	SHOW(setsockopt(0, SOL_SOCKET, SO_PASSCRED, &value, 4));
	SHOW(setsockopt(99, SOL_SOCKET, SO_PASSCRED, &value, 4));
	len = sizeof(cred);
	SHOW(getsockopt(fds[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	SHOW(len);
	SHOW(cred.pid == getpid() && cred.uid == geteuid() && cred.gid == getegid());
	len = 4;
	SHOW(getsockopt(fds[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	SHOW(len);
	SHOW(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	len = sizeof(tv);
	SHOW(getsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	SHOW(tv.tv_sec);
	fcntl(fds[0], F_SETFL, 0);
	SHOW(recv(fds[0], text, 1, 0));
	tv.tv_usec = 1000000;
	SHOW(setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	done();
}

/* A message with these descriptors, and what came of it. */
static long send_fds(int to, const char *bytes, int n, const int *files)
{
	char control[CMSG_SPACE(300 * sizeof(int))] = { 0 };
	struct iovec vec = { (char *)bytes, strlen(bytes) };
	struct msghdr msg = { .msg_iov = &vec,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), files, n * sizeof(int));
	return sendmsg(to, &msg, 0);
}

/* Tells what came with a message; the descriptors that did are closed again. */
static void receive(int from, unsigned int room, unsigned int bytes, int flags)
{
	char control[2048], line[100];
	struct iovec vec = { text, bytes };
	struct msghdr msg = {
		.msg_iov = &vec, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room
	};

	long n = recvmsg(from, &msg, flags);

	SHOW(n);
	if (n < 0)
		return;
	SHOW(msg.msg_controllen);
	SHOW(msg.msg_flags);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		snprintf(line, sizeof(line), "  %d %d", c->cmsg_level, c->cmsg_type);
		show(line, c->cmsg_len);
		for (int *fd = (int *)CMSG_DATA(c);
		     c->cmsg_type == SCM_RIGHTS && (char *)(fd + 1) <= (char *)c + c->cmsg_len;
		     fd++) {
			SHOW(*fd);
			SHOW(fcntl(*fd, F_GETFD));
			close(*fd);
		}
		if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred *u = (void *)CMSG_DATA(c);

			SHOW(u->pid == getpid() ? 1 : u->pid ? 2 : 0);
			SHOW(u->uid == getuid() ? -1 : u->uid);
		}
	}
}

static void rights(int type)
{
	int file = open(".", O_RDONLY), files[300], n;
	struct msghdr msg = { 0 };
	char control[64] = { 0 };
	struct cmsghdr *c = (void *)control;

	for (n = 0; n < 300; n++)
		files[n] = file;
	pair(type);
	SHOW(send_fds(fds[0], "ab", 2, files));
	receive(fds[1], 100, 60, 0);
	SHOW(send_fds(fds[0], "ab", 2, files));
	receive(fds[1], CMSG_LEN(4), 60, MSG_CMSG_CLOEXEC);
	SHOW(send_fds(fds[0], "ab", 2, files));
	receive(fds[1], 17, 60, 0);
	SHOW(send_fds(fds[0], "ab", 2, files));
	receive(fds[1], 0, 60, 0);
	SHOW(send_fds(fds[0], "ab", 1, files));
	receive(fds[1], 100, 1, MSG_PEEK);
	receive(fds[1], 100, 1, 0);
	receive(fds[1], 100, 60, 0);
	SHOW(send_fds(fds[0], "ab", 1, files));
	SHOW(send(fds[0], "cd", 2, 0));
	SHOW(send_fds(fds[0], "ef", 1, files));
	SHOW(read(fds[1], text, 60));
	receive(fds[1], 100, 60, 0);
	receive(fds[1], 100, 60, 0);
	SHOW(send_fds(fds[0], "", 1, files));
	receive(fds[1], 100, 60, 0);
	SHOW(send_fds(fds[0], "a", 253, files));
	SHOW(read(fds[1], text, 60));
	SHOW(send_fds(fds[0], "a", 254, files));
	files[1] = 99;
	SHOW(send_fds(fds[0], "a", 2, files));
	files[1] = -1;
	SHOW(send_fds(fds[0], "a", 2, files));
	SHOW(send_fds(fds[0], "a", 0, files));
	receive(fds[1], 100, 60, 0);
	close(file);
	file = open(".", O_PATH);
	SHOW(send_fds(fds[0], "a", 1, &file));
	receive(fds[1], 100, 60, 0);
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	c->cmsg_len = 15;
	SHOW(sendmsg(fds[0], &msg, 0));
	c->cmsg_len = 100;
	SHOW(sendmsg(fds[0], &msg, 0));
	c->cmsg_len = 20, c->cmsg_level = SOL_SOCKET, c->cmsg_type = 77;
	SHOW(sendmsg(fds[0], &msg, 0));
	c->cmsg_level = 77;
	SHOW(sendmsg(fds[0], &msg, 0));
	msg.msg_controllen = 15;
	SHOW(sendmsg(fds[0], &msg, 0));
	msg.msg_control = (void *)8;
	SHOW(sendmsg(fds[0], &msg, 0));
	SHOW(sendmsg(fds[0], (void *)8, 0));
	while (recv(fds[1], text, 60, 0) >= 0 && type != SOCK_STREAM)
		continue;
	close(file);
	done();
}

static void credentials(int type)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct iovec vec = { "ab", 2 };
	struct msghdr msg = { .msg_iov = &vec,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = (void *)control;
	struct ucred *u = (void *)CMSG_DATA(c);
	int one = 1, status;

	pair(type);
	SHOW(send(fds[0], "early", 5, 0));
	SHOW(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	receive(fds[1], 100, 60, 0);
	SHOW(send(fds[0], "late", 4, 0));
	receive(fds[1], 100, 2, MSG_PEEK);
	receive(fds[1], 100, 60, 0);
	SHOW(send(fds[0], "late", 4, 0));
	receive(fds[1], 20, 60, 0);
	SHOW(send_fds(fds[0], "ab", 1, fds));
	receive(fds[1], 100, 60, 0);
	c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(*u));
	*u = (struct ucred){ getpid(), getuid(), getgid() };
	SHOW(sendmsg(fds[0], &msg, 0));
	receive(fds[1], 100, 60, 0);
	u->pid = 0x7ffffff;
	SHOW(sendmsg(fds[0], &msg, 0));
	u->pid = getpid();
	u->uid = -1;
	SHOW(sendmsg(fds[0], &msg, 0));
	c->cmsg_len--;
	SHOW(sendmsg(fds[0], &msg, 0));
	SHOW(send(fds[0], "mine", 4, 0));
	if (!fork()) {
		send(fds[0], "its", 3, 0);
		_exit(0);
	}
	wait(&status);
	receive(fds[1], 100, 60, 0);
	receive(fds[1], 100, 60, 0);
	done();
}

/* What is in flight is there as long as it flies, and not longer. */
/* Until the other end is nowhere any more: Linux looks for that when it comes to it, and begins
 * when some socket is closed. */
static long gone(int fd)
{
	long n = -1;

	for (int i = 0; i < 30000 && (n = read(fd, text, 1)) < 0; i++) {
		int some[2];

		socketpair(AF_UNIX, SOCK_STREAM, 0, some);
		close(some[0]), close(some[1]);
		usleep(1000);
	}
	return n;
}

static void flying(void)
{
	int p[2], more[2];

	section("descriptors in flight");
	pair(SOCK_STREAM);
	pipe2(p, O_NONBLOCK);
	SHOW(send_fds(fds[0], "a", 1, &p[1]));
	close(p[1]);
	SHOW(read(p[0], text, 1));
	close(fds[0]), close(fds[1]);
	SHOW(gone(p[0]));
	close(p[0]);
	/* In itself, and in each other's: nobody can get at them any more. */
	pipe2(p, O_NONBLOCK);
	pair(SOCK_STREAM);
	socketpair(AF_UNIX, SOCK_DGRAM, 0, more);
	SHOW(send_fds(fds[0], "a", 1, &fds[1]));
	SHOW(send_fds(fds[0], "b", 1, &more[1]));
	SHOW(send_fds(more[0], "c", 1, &fds[1]));
	SHOW(send_fds(more[0], "d", 1, &p[1]));
	close(p[1]);
	SHOW(read(p[0], text, 1));
	close(more[0]), close(more[1]);
	SHOW(read(p[0], text, 1));
	close(fds[0]), close(fds[1]);
	SHOW(gone(p[0]));
	close(p[0]);
}

void conform_sockets(void)
{
	static const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM };
	static const char *const names[] = { "datagrams", "packets", "a stream" };

	for (int i = 0; i < 3; i++) {
		section(names[i]);
		messages(types[i]);
		fulls(types[i]);
		ends(types[i]);
		options(types[i]);
		rights(types[i]);
		credentials(types[i]);
	}
	flying();
	section("socketpair");
	SHOW(socketpair(AF_UNIX, SOCK_RAW, 0, fds));
	done();
}
