/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenes that are played on both devices, Seastack and this machine's kernel: all that calls answer is the
 * same. Skipped where the kernel gives no namespace.
 */
#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#define SAID_MAX 256

/* What a scene heard, with the line that it asked in. */
struct scene {
	struct host h;
	struct {
		int line;
		long value;
	} said[SAID_MAX];
	unsigned n;
};

static void hear(struct scene *s, int line, long value)
{
	assert_true(s->n < SAID_MAX);
	s->said[s->n].line = line;
	s->said[s->n++].value = value;
}

#define HEAR(s, value) hear(s, __LINE__, (long)(value))
#define ASK(s, nr, ...) HEAR(s, sys(&(s)->h, SEA_DUT_##nr, __VA_ARGS__))
#define SYS(s, nr, ...) sys(&(s)->h, SEA_DUT_##nr, __VA_ARGS__)

static void play(void (*scene)(struct scene *))
{
	struct scene *ours = calloc(1, sizeof(*ours)), *theirs = calloc(1, sizeof(*theirs));

	assert_non_null(ours);
	assert_non_null(theirs);
	if (!host_new_linux(&theirs->h)) {
		free(ours);
		free(theirs);
		skip();
	}
	host_new(&ours->h);
	scene(ours);
	scene(theirs);
	host_end(&ours->h);
	host_end(&theirs->h);
	assert_int_equal(ours->n, theirs->n);
	for (unsigned i = 0; i < ours->n; i++) {
		if (ours->said[i].value != theirs->said[i].value)
			print_error("line %d: %ld, but Linux %ld\n", ours->said[i].line,
				    ours->said[i].value, theirs->said[i].value);
		assert_int_equal(ours->said[i].value, theirs->said[i].value);
	}
	free(ours);
	free(theirs);
}

/* POLL* of one descriptor, now. */
static long ready(struct scene *s, long fd)
{
	struct pollfd pfd = { .fd = (int)fd, .events = 0x3fff };

	(void)SYS(s, poll, &pfd, 1, 0);
	return pfd.revents;
}

static sea_time soon(struct scene *s)
{
	return sea_time_add(sea_dut_now(s->h.dut), 30 * SEA_SEC);
}

static void pipes(struct scene *s)
{
	static char buf[200000];
	int p[2], n;

	ASK(s, pipe, p);
	HEAR(s, p[1] - p[0]);
	HEAR(s, ready(s, p[0]));
	HEAR(s, ready(s, p[1]));
	ASK(s, fcntl, p[0], F_GETFL);
	ASK(s, fcntl, p[1], F_GETFL);
	ASK(s, fcntl, p[1], F_SETFL, O_NONBLOCK);
	ASK(s, fcntl, p[0], F_SETFL, O_NONBLOCK);
	ASK(s, read, p[0], buf, 10);
	ASK(s, read, p[0], buf, 0);
	ASK(s, write, p[1], buf, 0);
	ASK(s, write, p[1], buf, 100);
	ASK(s, write, p[1], buf, 5000);
	ASK(s, ioctl, p[0], FIONREAD, &n);
	HEAR(s, n);
	ASK(s, write, p[1], buf, 200000);
	ASK(s, write, p[1], buf, 1);
	HEAR(s, ready(s, p[1]));
	ASK(s, read, p[0], buf, 4000);
	HEAR(s, ready(s, p[1]));
	ASK(s, read, p[0], buf, 96);
	HEAR(s, ready(s, p[1]));
	ASK(s, write, p[1], buf, 4097);
	ASK(s, ioctl, p[1], FIONREAD, &n);
	HEAR(s, n);
	ASK(s, fcntl, p[0], F_GETPIPE_SZ);
	ASK(s, fcntl, p[0], F_SETPIPE_SZ, 5000);
	ASK(s, fcntl, p[0], F_SETPIPE_SZ, 100000);
	ASK(s, fcntl, p[0], F_SETPIPE_SZ, -1);
	ASK(s, close, p[1]);
	HEAR(s, ready(s, p[0]));
	ASK(s, read, p[0], buf, sizeof(buf));
	ASK(s, read, p[0], buf, sizeof(buf));
	HEAR(s, ready(s, p[0]));
	ASK(s, pipe2, p, O_NONBLOCK | O_CLOEXEC);
	ASK(s, close, p[0]);
	ASK(s, write, p[1], buf, 1);
	HEAR(s, ready(s, p[1]));
	ASK(s, pipe2, p, 1);
}

static void splices(struct scene *s)
{
	static char buf[200000];
	long conn = host_connection(&s->h);
	struct sea_dut_call call;
	loff_t off = 0;
	int p[2], q[2];

	ASK(s, pipe2, p, O_NONBLOCK);
	ASK(s, pipe, q);
	/* Only the socket's own flag keeps it from waiting. */
	begin(&s->h, &call, SEA_DUT_splice, conn, NULL, p[1], NULL, 1000, SPLICE_F_NONBLOCK);
	HEAR(s, call.done);
	sea_dut_interrupt(s->h.dut, &call);
	HEAR(s, call.result);
	ASK(s, fcntl, conn, F_SETFL, O_NONBLOCK);
	ASK(s, splice, conn, NULL, p[1], NULL, 1000, 0);
	peer_send(&s->h, SEA_TCP_ACK, 1000);
	peer_send(&s->h, SEA_TCP_ACK, 500);
	ASK(s, splice, conn, NULL, p[1], NULL, 700, 0);
	ASK(s, splice, conn, NULL, p[1], NULL, 100000, 0);
	ASK(s, splice, conn, NULL, p[1], NULL, 100000, 0);
	ASK(s, splice, conn, NULL, p[1], NULL, 0, 0);
	ASK(s, splice, conn, &off, p[1], NULL, 10, 0);
	ASK(s, splice, conn, NULL, p[1], &off, 10, 0);
	ASK(s, splice, conn, NULL, conn, NULL, 10, 0);
	ASK(s, splice, p[0], NULL, p[1], NULL, 10, 0);
	ASK(s, splice, p[1], NULL, q[1], NULL, 10, 0);
	ASK(s, splice, p[0], NULL, q[0], NULL, 10, 0);
	ASK(s, splice, conn, NULL, p[1], NULL, 10, 0x10);
	ASK(s, splice, 77, NULL, p[1], NULL, 10, 0);
	ASK(s, splice, p[0], NULL, q[1], NULL, 800, 0);
	ASK(s, splice, p[0], NULL, conn, NULL, 300, SPLICE_F_MORE);
	ASK(s, splice, p[0], NULL, conn, NULL, 10000, 0);
	ASK(s, splice, p[0], NULL, conn, NULL, 10000, 0);
	ASK(s, read, q[0], buf, sizeof(buf));
	ASK(s, close, p[1]);
	ASK(s, splice, p[0], NULL, conn, NULL, 10000, 0);
	ASK(s, close, q[0]);
	ASK(s, splice, conn, NULL, q[1], NULL, 10, 0);
	peer_send(&s->h, SEA_TCP_FIN | SEA_TCP_ACK, 0);
	ASK(s, pipe, p);
	ASK(s, splice, conn, NULL, p[1], NULL, 10, 0);
	ASK(s, splice, SYS(s, socket, AF_INET, SOCK_STREAM, 0), NULL, p[1], NULL, 10, 0);
}

static void files(struct scene *s)
{
	char path[] = "/tmp/seastack-dut-file-XXXXXX", buf[16];
	long conn = host_connection(&s->h), fd;
	int made = mkstemp(path), p[2];
	uint8_t flags = 0;
	off_t off = 99990;

	assert_true(made >= 0);
	assert_int_equal(ftruncate(made, 100000), 0);
	close(made);
	ASK(s, pipe, p);
	fd = SYS(s, open, path, O_RDONLY, 0);
	HEAR(s, ready(s, fd));
	ASK(s, read, fd, buf, sizeof(buf));
	ASK(s, write, fd, buf, 1);
	ASK(s, sendfile, conn, fd, NULL, 50);
	ASK(s, sendfile, conn, fd, &off, 50);
	HEAR(s, sea_dut_run(s->h.dut, soon(s), SEA_DUT_STOP_PACKET));
	HEAR(s, peer_take(&s->h, &flags));
	HEAR(s, flags);
	peer_send(&s->h, SEA_TCP_ACK, 0);
	HEAR(s, sea_dut_run(s->h.dut, soon(s), SEA_DUT_STOP_PACKET));
	HEAR(s, peer_take(&s->h, &flags));
	HEAR(s, flags);
	HEAR(s, off);
	ASK(s, sendfile, conn, fd, &off, 50);
	off = -1;
	ASK(s, sendfile, conn, fd, &off, 50);
	ASK(s, sendfile, conn, conn, NULL, 50);
	ASK(s, sendfile, fd, fd, NULL, 50);
	ASK(s, sendfile, conn, fd, NULL, -1);
	ASK(s, sendfile, 77, fd, NULL, 1);
	ASK(s, sendfile, p[1], fd, NULL, 6000);
	ASK(s, read, p[0], buf, sizeof(buf));
	ASK(s, splice, fd, NULL, p[1], NULL, 4000, 0);
	off = 10;
	ASK(s, splice, fd, &off, p[1], NULL, 5, 0);
	HEAR(s, off);
	ASK(s, splice, p[0], NULL, fd, NULL, 5, 0);
	unlink(path);
}

/* What one look into an epoll finds: how much, and the first one's events. */
static void wait_now(struct scene *s, int line, long ep)
{
	struct epoll_event ev[8] = { 0 };

	hear(s, line, SYS(s, epoll_wait, ep, ev, 8, 0));
	hear(s, line, ev[0].events);
	hear(s, line, ev[0].data.u32);
}

#define WAIT(s, ep) wait_now(s, __LINE__, ep)

static void control(struct scene *s, int line, long ep, int what, long fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u32 = events & 0xff };

	hear(s, line, SYS(s, epoll_ctl, ep, what, fd, &ev));
}

#define CTL(s, ep, what, fd, events) \
	control(s, __LINE__, ep, EPOLL_CTL_##what, fd, (uint32_t)(events))

static void epolls(struct scene *s)
{
	long conn = host_connection(&s->h), ep = SYS(s, epoll_create, 1);
	long other = SYS(s, epoll_create1, EPOLL_CLOEXEC);
	char buf[100];

	ASK(s, epoll_create, 0);
	ASK(s, epoll_create1, 1);
	CTL(s, ep, MOD, conn, EPOLLIN);
	CTL(s, ep, DEL, conn, 0);
	CTL(s, ep, ADD, ep, EPOLLIN);
	CTL(s, ep, ADD, 77, EPOLLIN);
	CTL(s, conn, ADD, ep, EPOLLIN);
	ASK(s, epoll_ctl, ep, 9, conn, buf);
	ASK(s, epoll_ctl, ep, EPOLL_CTL_ADD, conn, NULL);
	ASK(s, epoll_wait, ep, buf, 0, 0);
	ASK(s, epoll_wait, conn, buf, 1, 0);
	CTL(s, ep, ADD, conn, EPOLLIN | EPOLLOUT | EPOLLET);
	CTL(s, ep, ADD, conn, EPOLLIN);
	WAIT(s, ep);
	WAIT(s, ep);
	peer_send(&s->h, SEA_TCP_ACK, 10);
	WAIT(s, ep);
	WAIT(s, ep);
	/* Each arrival is an edge. */
	peer_send(&s->h, SEA_TCP_ACK, 10);
	WAIT(s, ep);
	CTL(s, ep, MOD, conn, EPOLLIN | EPOLLONESHOT);
	WAIT(s, ep);
	peer_send(&s->h, SEA_TCP_ACK, 10);
	WAIT(s, ep);
	CTL(s, ep, MOD, conn, EPOLLIN);
	WAIT(s, ep);
	WAIT(s, ep);
	/* An epoll in an epoll. */
	CTL(s, other, ADD, ep, EPOLLIN);
	WAIT(s, other);
	HEAR(s, ready(s, ep));
	CTL(s, ep, ADD, other, EPOLLIN);
	ASK(s, read, conn, buf, sizeof(buf));
	WAIT(s, other);
	WAIT(s, ep);
	CTL(s, ep, MOD, conn, EPOLLIN | EPOLLRDHUP | EPOLLEXCLUSIVE);
	CTL(s, ep, DEL, conn, 0);
	CTL(s, ep, ADD, conn, EPOLLIN | EPOLLRDHUP | EPOLLEXCLUSIVE);
	CTL(s, ep, ADD, conn, EPOLLIN | EPOLLOUT | EPOLLEXCLUSIVE);
	CTL(s, ep, MOD, conn, EPOLLIN);
	CTL(s, ep, DEL, conn, 0);
	CTL(s, ep, ADD, conn, EPOLLIN | EPOLLRDHUP);
	peer_send(&s->h, SEA_TCP_FIN | SEA_TCP_ACK, 0);
	WAIT(s, ep);
	ASK(s, close, conn);
	WAIT(s, ep);
}

static void polls(struct scene *s)
{
	long listener = host_listen(&s->h, SOCK_NONBLOCK), conn;
	long fresh = SYS(s, socket, AF_INET, SOCK_STREAM, 0);
	long dgram = SYS(s, socket, AF_INET, SOCK_DGRAM, 0);
	struct pollfd pfd[3] = { { .fd = -1 },
				 { .fd = 77 },
				 { .fd = (int)fresh, .events = POLLIN } };
	struct timeval zero = { 0 };
	fd_set in, out;

	HEAR(s, ready(s, fresh));
	HEAR(s, ready(s, dgram));
	HEAR(s, ready(s, listener));
	ASK(s, accept, listener, NULL, NULL);
	peer_connect(&s->h);
	HEAR(s, ready(s, listener));
	conn = SYS(s, accept, listener, NULL, NULL);
	HEAR(s, ready(s, listener));
	HEAR(s, ready(s, conn));
	ASK(s, poll, pfd, 3, 0);
	HEAR(s, pfd[0].revents);
	HEAR(s, pfd[1].revents);
	HEAR(s, pfd[2].revents);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET((int)conn, &in);
	FD_SET((int)conn, &out);
	ASK(s, select, conn + 1, &in, &out, NULL, &zero);
	HEAR(s, FD_ISSET((int)conn, &in));
	HEAR(s, FD_ISSET((int)conn, &out));
	FD_SET(77, &in);
	ASK(s, select, 78, &in, NULL, NULL, &zero);
	zero.tv_usec = 1000000;
	ASK(s, select, 78, &in, NULL, NULL, &zero);
	ASK(s, select, -1, NULL, NULL, NULL, NULL);
	peer_send(&s->h, SEA_TCP_ACK, 10);
	HEAR(s, ready(s, conn));
	ASK(s, shutdown, conn, SHUT_WR);
	HEAR(s, ready(s, conn));
	peer_send(&s->h, SEA_TCP_RST | SEA_TCP_ACK, 0);
	HEAR(s, ready(s, conn));
	ASK(s, ioctl, conn, SIOCINQ, NULL);
	ASK(s, ioctl, conn, 0x5499, pfd);
	ASK(s, ioctl, 77, SIOCINQ, pfd);
}

static void arguments(struct scene *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	long conn = host_connection(&s->h), fd = SYS(s, socket, AF_INET, SOCK_STREAM, 0);
	struct iovec iov = { NULL, 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 2000 };
	socklen_t len = (socklen_t)-1;
	char buf[16] = "";

	ASK(s, socket, 99, SOCK_STREAM, 0);
	ASK(s, socket, AF_INET, 12, 0);
	ASK(s, socket, AF_INET, SOCK_STREAM, 999);
	ASK(s, socket, AF_INET, SOCK_STREAM | 0x40, 0);
	ASK(s, bind, fd, &at, 3);
	ASK(s, bind, fd, &at, 1000);
	ASK(s, bind, fd, NULL, sizeof(at));
	ASK(s, connect, fd, &at, 1);
	ASK(s, getsockname, fd, &at, NULL);
	ASK(s, getsockname, fd, &at, &len);
	ASK(s, getpeername, fd, &at, &len);
	ASK(s, accept4, fd, NULL, NULL, 1);
	ASK(s, accept, fd, NULL, NULL);
	ASK(s, shutdown, conn, 3);
	ASK(s, write, conn, NULL, 5);
	ASK(s, sendto, conn, buf, 1, 0, NULL, 5);
	ASK(s, sendto, conn, buf, 1, 0, &at, 1000);
	ASK(s, sendmsg, conn, &msg, 0);
	ASK(s, writev, conn, &iov, 2000);
	ASK(s, readv, conn, &iov, 2000);
	ASK(s, writev, conn, &iov, 0);
	iov.iov_len = (size_t)-1;
	ASK(s, writev, conn, &iov, 1);
	ASK(s, recv, conn, NULL, 5, MSG_DONTWAIT);
	ASK(s, read, fd, NULL, 5);
	ASK(s, write, fd, NULL, 5);
	peer_send(&s->h, SEA_TCP_ACK, 10);
	ASK(s, recv, conn, NULL, 5, 0);
	ASK(s, recvmsg, conn, NULL, 0);
	ASK(s, recv, conn, buf, sizeof(buf), MSG_PEEK);
	ASK(s, read, conn, buf, 0);
	ASK(s, read, conn, buf, sizeof(buf));
	ASK(s, fcntl, conn, F_GETFL);
	ASK(s, fcntl, conn, F_GETPIPE_SZ);
	ASK(s, fcntl, conn, 9999);
	ASK(s, fcntl, conn, F_DUPFD, -1);
	ASK(s, dup2, 77, conn);
	ASK(s, open, NULL, O_RDONLY);
	ASK(s, open, "/no/such/file", O_RDONLY);
	ASK(s, getsockopt, conn, SOL_SOCKET, SO_TYPE, buf, &len);
	ASK(s, getsockopt, conn, SOL_SOCKET, SO_TYPE, NULL, NULL);
	ASK(s, setsockopt, conn, SOL_SOCKET, SO_SNDBUF, NULL, 4);
	ASK(s, setsockopt, conn, SOL_SOCKET, SO_SNDBUF, buf, -1);
}

static void waits(struct scene *s)
{
	long listener = host_listen(&s->h, 0), conn;
	struct sea_dut_call call, other;
	char buf[100];

	begin(&s->h, &call, SEA_DUT_accept, listener, NULL, NULL);
	HEAR(s, call.done);
	HEAR(s, sea_dut_run(s->h.dut, sea_dut_now(s->h.dut), SEA_DUT_STOP_CALL));
	peer_connect(&s->h);
	while (!call.done)
		(void)sea_dut_run(s->h.dut, soon(s), SEA_DUT_STOP_CALL);
	conn = call.result;
	HEAR(s, conn > listener);
	begin(&s->h, &call, SEA_DUT_recv, conn, buf, 100, MSG_WAITALL);
	begin(&s->h, &other, SEA_DUT_accept, listener, NULL, NULL);
	peer_send(&s->h, SEA_TCP_ACK, 40);
	HEAR(s, call.done);
	sea_dut_interrupt(s->h.dut, &call);
	HEAR(s, call.result);
	HEAR(s, other.done);
	sea_dut_interrupt(s->h.dut, &other);
	HEAR(s, other.result);
	begin(&s->h, &call, SEA_DUT_read, conn, buf, 100);
	peer_send(&s->h, SEA_TCP_FIN | SEA_TCP_ACK, 0);
	while (!call.done)
		(void)sea_dut_run(s->h.dut, soon(s), SEA_DUT_STOP_CALL);
	HEAR(s, call.result);
	/* One that waits when the device ends. */
	begin(&s->h, &call, SEA_DUT_accept, listener, NULL, NULL);
	HEAR(s, call.done);
}

static void wire(struct scene *s)
{
	static char buf[4000];
	struct sea_dut_packet packet;
	long conn = host_connection(&s->h), got = 0;

	ASK(s, write, conn, buf, sizeof(buf));
	HEAR(s, sea_dut_run(s->h.dut, soon(s), SEA_DUT_STOP_PACKET));
	HEAR(s, sea_dut_take(s->h.dut, &packet));
	HEAR(s, packet.gso_size);
	HEAR(s, packet.len > 1500);
	HEAR(s, sea_csum_fold(sea_csum_scalar(packet.bytes + 20, packet.len - 20,
					      sea_csum_pseudo4(packet.bytes + 12, packet.bytes + 16,
							       SEA_IPPROTO_TCP,
							       (uint32_t)packet.len - 20))));
	s->h.peer_gso = 1000;
	peer_send(&s->h, SEA_TCP_ACK, 3000);
	ASK(s, ioctl, conn, SIOCINQ, &got);
	HEAR(s, got);
	packet = (struct sea_dut_packet){ .bytes = (const uint8_t *)"\x25", .len = 1 };
	HEAR(s, sea_dut_inject(s->h.dut, &packet));
	packet.bytes = (const uint8_t *)"\x45";
	HEAR(s, sea_dut_inject(s->h.dut, &packet));
	HEAR(s, sea_dut_take(s->h.dut, &packet));
}

static void settings(struct scene *s)
{
	char text[64] = "";

	HEAR(s, sea_dut_sysctl_get(s->h.dut, "net.ipv4.tcp_sack", text, sizeof(text)));
	HEAR(s, text[0]);
	HEAR(s, sea_dut_sysctl_set(s->h.dut, "net.ipv4.tcp_sack", "0"));
	HEAR(s, sea_dut_sysctl_set(s->h.dut, "net/ipv4/tcp_timestamps", "0"));
	HEAR(s, sea_dut_sysctl_set(s->h.dut, "net.ipv4.tcp_sack", "x"));
	HEAR(s, sea_dut_sysctl_set(s->h.dut, "net.ipv4.no_such_thing", "1"));
	HEAR(s,
	     sea_dut_sysctl_get(s->h.dut, "net.ipv4.conf.tun0.mc_forwarding", text, sizeof(text)));
	HEAR(s, sea_dut_shell(s->h.dut, "exit 3", "/"));
	HEAR(s, sea_dut_shell(s->h.dut, "kill -9 $$", "/"));
	HEAR(s, sea_dut_shell(s->h.dut, "test $(cat /proc/sys/net/ipv4/tcp_sack) = 0", "/"));
	HEAR(s, sea_dut_shell(s->h.dut, "test $PPID = $PACKETDRILL_PID", "/"));
	HEAR(s, sea_dut_shell(s->h.dut, ":", "/no/such/folder"));
}

static void waiting_calls_are_the_kernels(void **state)
{
	play(waits);
}

static void packets_are_the_kernels(void **state)
{
	play(wire);
}

static void settings_are_the_kernels(void **state)
{
	play(settings);
}

static void pipes_are_the_kernels(void **state)
{
	play(pipes);
}

static void splice_is_the_kernels(void **state)
{
	play(splices);
}

static void files_are_read_and_sent_as_the_kernels(void **state)
{
	play(files);
}

static void epoll_is_the_kernels(void **state)
{
	play(epolls);
}

static void poll_and_select_are_the_kernels(void **state)
{
	play(polls);
}

static void wrong_arguments_are_the_kernels(void **state)
{
	play(arguments);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipes_are_the_kernels),
		cmocka_unit_test(splice_is_the_kernels),
		cmocka_unit_test(files_are_read_and_sent_as_the_kernels),
		cmocka_unit_test(epoll_is_the_kernels),
		cmocka_unit_test(poll_and_select_are_the_kernels),
		cmocka_unit_test(waiting_calls_are_the_kernels),
		cmocka_unit_test(packets_are_the_kernels),
		cmocka_unit_test(settings_are_the_kernels),
		cmocka_unit_test(wrong_arguments_are_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
