/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of AF_UNIX with names: of files, and abstract; connections and datagrams to them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static struct sockaddr_un name;
static char text[300];

/* A name of both runs' own, should they run beside each other; `length` of one without zeros. */
static socklen_t called(const char *path)
{
	socklen_t n = offsetof(struct sockaddr_un, sun_path);

	memset(&name, 0, sizeof(name));
	name.sun_family = AF_UNIX;
	if (*path == '@')
		return n + 1 + snprintf(name.sun_path + 1, 100, "%s.%d", path + 1, getpgrp());
	strcpy(name.sun_path, path);
	return n + strlen(path) + 1;
}

static int bound(int type, const char *path)
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	socklen_t len = called(path);

	return bind(fd, (void *)&name, len) ? close(fd), -1 : fd;
}

static int listener(int type, const char *path, int backlog)
{
	int fd = bound(type, path);

	listen(fd, backlog);
	return fd;
}

static int connected(int fd, const char *path)
{
	socklen_t len = called(path);

	return connect(fd, (void *)&name, len);
}

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLHUP };

	return poll(&p, 1, 0) >= 0 ? p.revents : -1;
}

static int has(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

/* The name of either end: its length, and its first byte. */
static void named(int fd, int (*ask)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_un got = { .sun_path = "????" };
	socklen_t len = sizeof(got);

	SHOW(ask(fd, (void *)&got, &len));
	SHOW(got.sun_family);
	SHOW(len > 20 ? 20 : len);
	SHOW(got.sun_path[0]);
	SHOW(len > 3 ? got.sun_path[1] : 0);
}

static void fresh(int type)
{
	int fd;

	SHOW(fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	SHOW(fcntl(fd, F_GETFD));
	SHOW(fcntl(fd, F_GETFL));
	SHOW(polled(fd));
	named(fd, getsockname);
	named(fd, getpeername);
	SHOW(send(fd, "x", 1, MSG_NOSIGNAL));
	SHOW(recv(fd, text, 1, 0));
	SHOW(read(fd, text, 1));
	SHOW(shutdown(fd, SHUT_WR));
	SHOW(polled(fd));
	SHOW(send(fd, "x", 1, MSG_NOSIGNAL));
	SHOW(listen(fd, 1));
	SHOW(accept(fd, NULL, NULL));
	SHOW(has(fd, SO_ACCEPTCONN));
	SHOW(has(fd, SO_TYPE));
	close(fd);
}

static void kinds(void)
{
	section("sockets without a name");
	fresh(SOCK_STREAM);
	fresh(SOCK_DGRAM);
	fresh(SOCK_SEQPACKET);
	SHOW(socket(AF_UNIX, SOCK_RDM, 0));
	SHOW(socket(AF_UNIX, 77, 0));
	SHOW(socket(AF_UNIX, 13, 0));
	SHOW(socket(AF_UNIX, SOCK_STREAM, 7));
	SHOW(socket(9999, SOCK_STREAM, 0));
	SHOW(socket(-1, SOCK_STREAM, 0));
	SHOW(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
}

static void binds(int type)
{
	int fd = socket(AF_UNIX, type, 0), more;
	struct stat st;
	socklen_t len = called("name");
	mode_t mask = umask(027);

	SHOW(bind(fd, (void *)&name, 2 + 4));
	SHOW(bind(fd, (void *)&name, len));
	SHOW(stat("name", &st));
	SHOW(st.st_mode);
	SHOW(st.st_nlink);
	umask(mask);
	named(fd, getsockname);
	SHOW(bind(fd, (void *)&name, len));
	len = called("another");
	SHOW(bind(fd, (void *)&name, len));
	SHOW(access("another", F_OK));
	SHOW(bind(fd, (void *)&name, 2));
	SHOW(open("name", O_RDWR));
	SHOW(unlink("nam"));
	SHOW(unlink("name"));
	SHOW(rename("name", "other"));
	named(fd, getsockname);
	more = socket(AF_UNIX, type, 0);
	SHOW(bind(more, (void *)&name, 1));
	SHOW(bind(more, (void *)&name, 0));
	SHOW(bind(more, (void *)&name, sizeof(name) + 1));
	SHOW(bind(more, (void *)8l, 20));
	SHOW(bind(more, (void *)&name, -1));
	SHOW(bind(more, (void *)&name, 4000));
	len = called("none/name");
	SHOW(bind(more, (void *)&name, len));
	len = called("dir");
	mkdir("dir", 0755);
	SHOW(bind(more, (void *)&name, len));
	len = called("sock/");
	SHOW(bind(more, (void *)&name, len));
	rmdir("dir");
	name.sun_family = AF_INET;
	SHOW(bind(more, (void *)&name, len));
	SHOW(bind(more, (void *)&(struct sockaddr){ AF_UNIX }, 2));
	len = sizeof(name);
	SHOW(getsockname(more, (void *)&name, &len));
	SHOW(len);
	SHOW(name.sun_path[0]);
	close(fd);
	close(more);
	SHOW(bind(99, (void *)&name, len));
	SHOW(bind(0, (void *)&name, len) < 0);
	SHOW(listen(99, 1));
	SHOW(mknod("made", S_IFSOCK | 0600, 0));
	SHOW(stat("made", &st) ?: st.st_mode);
	fd = socket(AF_UNIX, type, 0);
	SHOW(connected(fd, "made"));
	SHOW(bound(type, "made"));
	unlink("name"), unlink("another"), unlink("other"), unlink("made");
	close(fd);
}

/* The longest that there may be: no zero behind it. */
static void longest(void)
{
	struct sockaddr_un got[2];
	socklen_t len = sizeof(got);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	section("the longest name of a socket");
	memset(&name, 'l', sizeof(name));
	name.sun_family = AF_UNIX;
	SHOW(bind(fd, (void *)&name, sizeof(name)));
	SHOW(getsockname(fd, (void *)got, &len));
	SHOW(len);
	memset(text, 'l', 108);
	text[108] = 0;
	SHOW(unlink(text));
	close(fd);
}

static void abstract(int type)
{
	int fd, more;
	socklen_t len;

	SHOW((fd = bound(type, "@abstract")) > 0);
	SHOW(bound(type, "@abstract"));
	SHOW((more = bound(type == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM, "@abstract")) > 0);
	close(more);
	len = called("@another");
	SHOW(bind(fd, (void *)&name, len));
	more = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	len = called("@abstract");
	SHOW(connect(more, (void *)&name, len));
	SHOW(connect(more, (void *)&name, len + 1));
	SHOW(listen(fd, 3));
	close(more);
	more = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	SHOW(connect(more, (void *)&name, len));
	close(fd);
	close(more);
	SHOW((fd = bound(type, "@abstract")) > 0);
	close(fd);
}

/* The name of a listener goes elsewhere, and then the listener. */
static void names_that_go(int type, int server)
{
	int client, got, other = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	SHOW(rename("server", "moved"));
	SHOW(connected(other, "server"));
	SHOW(connected(other, "moved"));
	SHOW(unlink("moved"));
	client = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	SHOW(connected(client, "moved"));
	SHOW((got = bound(type, "moved")) > 0);
	SHOW(connected(client, "moved"));
	unlink("moved");
	close(client), close(got);
	close(server);
	SHOW(polled(other));
	SHOW(has(other, SO_ERROR));
	SHOW(recv(other, text, 1, 0));
	SHOW(send(other, "x", 1, MSG_NOSIGNAL));
	close(other);
}

static void connects(int type)
{
	int server = listener(type, "server", 2), client, got, dgram;
	struct sockaddr_un from = { .sun_path = "????" };
	socklen_t len = sizeof(from);

	SHOW(has(server, SO_ACCEPTCONN));
	SHOW(polled(server));
	SHOW(accept(server, NULL, NULL));
	SHOW(send(server, "x", 1, MSG_NOSIGNAL));
	SHOW(recv(server, text, 1, 0));
	SHOW(ioctl(server, FIONREAD, &got));
	client = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	SHOW(connected(client, "nowhere"));
	SHOW(connected(client, "."));
	SHOW(connected(client, "server"));
	SHOW(connected(client, "server"));
	SHOW(connected(client, "nowhere"));
	SHOW(connect(client, (void *)&name, 1));
	SHOW(polled(client));
	SHOW(polled(server));
	named(client, getsockname);
	named(client, getpeername);
	SHOW(send(client, "early", 5, 0));
	SHOW(recv(client, text, 1, 0));
	SHOW(connected(server, "server"));
	SHOW(got = accept4(server, (void *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC));
	SHOW(len);
	SHOW(from.sun_family);
	SHOW(from.sun_path[0]);
	SHOW(fcntl(got, F_GETFD));
	SHOW(fcntl(got, F_GETFL));
	named(got, getsockname);
	named(got, getpeername);
	SHOW(polled(server));
	SHOW(polled(got));
	len = sizeof(from);
	SHOW(recvfrom(got, text, 9, 0, (void *)&from, &len));
	SHOW(len);
	len = sizeof(from);
	SHOW(write(got, "reply", 5));
	SHOW(recvfrom(client, text, 9, 0, (void *)&from, &len));
	SHOW(len);
	SHOW(from.sun_path[0]);
	len = called("server");
	SHOW(sendto(client, "x", 1, 0, (void *)&name, len));
	SHOW(sendto(server, "x", 1, MSG_NOSIGNAL, (void *)&name, len));
	SHOW(listen(client, 1));
	dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
	SHOW(connected(dgram, "server"));
	SHOW(sendto(dgram, "x", 1, 0, (void *)&name, len));
	close(dgram);
	SHOW(accept4(server, NULL, NULL, 0x4000000));
	SHOW(accept4(99, NULL, NULL, 0));
	close(client);
	SHOW(polled(got));
	SHOW(recv(got, text, 9, 0));
	SHOW(recv(got, text, 9, 0));
	named(got, getpeername);
	SHOW(send(got, "x", 1, MSG_NOSIGNAL));
	close(got);
	names_that_go(type, server);
}

/* More than a backlog takes; and a listener that does not want any more. */
static void backlogs(int type)
{
	int server = listener(type, "server", 1), fds[5], got;

	for (int i = 0; i < 4; i++) {
		fds[i] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
		SHOW(connected(fds[i], "server"));
	}
	SHOW(listen(server, 2));
	SHOW(connected(fds[2], "server"));
	SHOW(connected(fds[3], "server"));
	close(fds[0]);
	SHOW(got = accept(server, NULL, NULL));
	SHOW(recv(got, text, 1, 0));
	close(got);
	SHOW(connected(fds[3], "server"));
	SHOW(accept(server, (void *)&name, NULL));
	SHOW(accept(server, (void *)&name, &(socklen_t){ -1 }));
	SHOW(got = accept(server, (void *)&name, &(socklen_t){ 1 }));
	close(got);
	SHOW(shutdown(server, SHUT_RD));
	SHOW(polled(server));
	SHOW(accept(server, NULL, NULL));
	fds[0] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	SHOW(connected(fds[0], "server"));
	SHOW(listen(server, -1));
	close(server);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	unlink("server");
}

/* One waits to be accepted, the other for one to accept; and what they say of each other. */
static void meets(int type)
{
	int server = listener(type, "@meet", 0), client, got, status;
	struct ucred creds = { 0 };
	socklen_t len = sizeof(creds);
	pid_t pid;

	fcntl(server, F_SETFL, 0);
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 4; i++) {
			client = socket(AF_UNIX, type, 0);
			if (connected(client, "@meet") || send(client, "hello", 5, 0) != 5 ||
			    recv(client, text, 9, 0) != 2)
				_exit(1);
			close(client);
		}
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		got = accept(server, NULL, NULL);
		SHOW(recv(got, text, 9, 0));
		SHOW(getsockopt(got, SOL_SOCKET, SO_PEERCRED, &creds, &len));
		SHOW(creds.pid == pid);
		SHOW(creds.uid == getuid());
		SHOW(send(got, "ok", 2, 0));
		SHOW(recv(got, text, 9, 0));
		close(got);
	}
	waitpid(pid, &status, 0);
	SHOW(status);
	client = socket(AF_UNIX, type, 0);
	SHOW(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &creds, &len) ?: creds.pid);
	SHOW(creds.uid);
	SHOW(connected(client, "@meet"));
	SHOW(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &creds, &len) ?: creds.pid == getpid());
	close(client);
	close(server);
}

static int sent(int fd, const char *to, const char *what)
{
	socklen_t len = called(to);

	return sendto(fd, what, strlen(what), 0, (void *)&name, len);
}

static void aimed_at_each_other(void)
{
	int one = bound(SOCK_DGRAM, "@one"), two = bound(SOCK_DGRAM, "@two");

	SHOW(connected(one, "@two"));
	SHOW(connected(two, "@one"));
	SHOW(send(one, "lost", 4, 0));
	SHOW(connect(two, &(struct sockaddr){ AF_UNSPEC }, 2));
	SHOW(polled(one));
	SHOW(has(one, SO_ERROR));
	SHOW(polled(two));
	SHOW(connected(one, "@one"));
	SHOW(send(one, "self", 4, 0));
	SHOW(recv(one, text, 99, 0));
	SHOW(connect(one, (void *)&name, 0));
	close(one), close(two);
}

static void datagrams(void)
{
	int one, two, three, n;
	struct sockaddr_un from = { 0 };
	socklen_t len = sizeof(from);

	section("datagrams to names");
	one = bound(SOCK_DGRAM, "one");
	two = bound(SOCK_DGRAM, "@two");
	three = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	SHOW(sent(three, "one", "first"));
	SHOW(sent(two, "one", "second"));
	SHOW(sent(two, "nobody", "x"));
	SHOW(sent(two, "@nobody", "x"));
	SHOW(recvfrom(one, text, 99, 0, (void *)&from, &len));
	SHOW(len);
	len = sizeof(from);
	SHOW(recvfrom(one, text, 99, 0, (void *)&from, &len));
	SHOW(len > 7);
	SHOW(from.sun_path[1]);
	SHOW(sendto(one, "back", 4, 0, (void *)&from, len));
	SHOW(recv(two, text, 99, 0));
	SHOW(connected(three, "one"));
	named(three, getpeername);
	SHOW(send(three, "aimed", 5, 0));
	SHOW(sent(three, "@two", "aside"));
	SHOW(connected(one, "@two"));
	SHOW(send(three, "refused", 7, 0));
	SHOW(sent(two, "one", "taken"));
	SHOW(connected(three, "one"));
	SHOW(recv(one, text, 99, 0));
	SHOW(recv(two, text, 99, 0));
	SHOW(connect(one, &(struct sockaddr){ AF_UNSPEC }, sizeof(struct sockaddr)));
	named(one, getpeername);
	SHOW(recv(one, text, 99, 0));
	SHOW(send(one, "x", 1, 0));
	for (n = 0; n < 100 && send(three, "fill", 4, 0) == 4; n++)
		continue;
	SHOW(errno);
	SHOW(n);
	SHOW(polled(three));
	SHOW(polled(two));
	SHOW(sent(two, "one", "full"));
	SHOW(recv(one, text, 99, 0));
	SHOW(polled(three));
	SHOW(sent(two, "one", "room"));
	SHOW(shutdown(one, SHUT_RD));
	signal(SIGPIPE, SIG_IGN);
	SHOW(send(three, "x", 1, 0));
	signal(SIGPIPE, SIG_DFL);
	close(one);
	SHOW(polled(three));
	SHOW(send(three, "x", 1, 0));
	SHOW(send(three, "x", 1, 0));
	named(three, getpeername);
	SHOW(sent(two, "one", "x"));
	unlink("one");
	close(two), close(three);
	aimed_at_each_other();
}

/* A full queue makes room for who waits. */
static void waits(void)
{
	int one, two, status;
	pid_t pid;

	section("who waits for room in a queue of datagrams");
	one = bound(SOCK_DGRAM, "@one");
	fcntl(one, F_SETFL, 0);
	pid = fork();
	if (!pid) {
		two = socket(AF_UNIX, SOCK_DGRAM, 0);
		for (int i = 0; i < 40; i++) {
			if (i == 20 && connected(two, "@one"))
				_exit(2);
			if ((i < 20 ? sent(two, "@one", "datagram")
				    : send(two, "datagram", 8, 0)) != 8)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < 40; i++)
		SHOW(recv(one, text, 99, 0));
	waitpid(pid, &status, 0);
	SHOW(status);
	two = socket(AF_UNIX, SOCK_DGRAM, 0);
	setsockopt(two, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){ 0, 2000 },
		   sizeof(struct timeval));
	for (int i = 0; i < 11; i++)
		sent(two, "@one", "x");
	SHOW(sent(two, "@one", "x"));
	close(one), close(two);
}

/* Who may write to the file may connect. */
static void rights(void)
{
	int server = listener(SOCK_STREAM, "guarded", 3), client;

	section("rights of a socket's file");
	SHOW(chmod("guarded", 0500));
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	IN_CHILD(if (setuid(12345) == 0 || getuid()) SHOW(connected(client, "guarded")););
	SHOW(chmod("guarded", 0222));
	SHOW(connected(client, "guarded"));
	close(client);
	SHOW(connected(server, "guarded"));
	SHOW(connected(0, "guarded") < 0);
	SHOW(connected(99, "guarded"));
	close(server);
	unlink("guarded");
}

/* Several messages in a call. */
static void several(int type)
{
	struct iovec vec[4] = { { text, 9 }, { text + 10, 9 }, { text + 20, 9 }, { text + 30, 9 } };
	struct mmsghdr m[4] = { 0 };
	int fds[2];

	for (int i = 0; i < 4; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &vec[i], .msg_iovlen = 1 };
	socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds);
	SHOW(sendmmsg(fds[0], m, 4, 0));
	SHOW(m[3].msg_len);
	SHOW(sendmmsg(fds[0], m, 0, 0));
	m[0].msg_len = 77;
	SHOW(recvmmsg(fds[1], m, 2, 0, NULL));
	SHOW(m[0].msg_len);
	SHOW(recvmmsg(fds[1], m, 4, 0, &(struct timespec){ 30 }));
	SHOW(m[1].msg_len);
	SHOW(recvmmsg(fds[1], m, 4, 0, NULL));
	SHOW(recvmmsg(fds[1], m, 4, 0, &(struct timespec){ -1 }));
	SHOW(recvmmsg(fds[1], m, 4, 0, (void *)8l));
	SHOW(recvmmsg(99, m, 4, 0, NULL));
	SHOW(sendmmsg(99, m, 4, 0));
	SHOW(sendmmsg(fds[0], (void *)8l, 4, 0));
	m[2].msg_hdr.msg_iov = (void *)8l;
	SHOW(sendmmsg(fds[0], m, 4, 0));
	SHOW(recvmmsg(fds[1], m, 4, MSG_WAITFORONE, NULL));
	SHOW(sendmmsg(fds[0], m, 2, 0));
	SHOW(recvmmsg(fds[1], m, 2, 0, &(struct timespec){ 0 }));
	SHOW(recvmmsg(fds[1], m, 1, 0, &(struct timespec){ 0 }));
	close(fds[1]);
	SHOW(sendmmsg(fds[0], m, 2, MSG_NOSIGNAL));
	close(fds[0]);
}

void conform_unixes(void)
{
	kinds();
	section("names of streams");
	binds(SOCK_STREAM);
	abstract(SOCK_STREAM);
	section("names of packets");
	binds(SOCK_SEQPACKET);
	abstract(SOCK_SEQPACKET);
	section("names of datagrams");
	binds(SOCK_DGRAM);
	longest();
	section("connections of streams");
	connects(SOCK_STREAM);
	backlogs(SOCK_STREAM);
	meets(SOCK_STREAM);
	section("connections of packets");
	connects(SOCK_SEQPACKET);
	backlogs(SOCK_SEQPACKET);
	meets(SOCK_SEQPACKET);
	datagrams();
	waits();
	rights();
	section("several messages: bytes");
	several(SOCK_STREAM);
	section("several messages: datagrams");
	several(SOCK_DGRAM);
}
