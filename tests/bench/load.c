/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load from plain sockets of the kernel, against whatever listens on the ports of toy.c:
 *
 *	load send HOST    bulk to 5001: Gbit/s            load rr HOST    64 bytes there and back: p50 in us
 *	load recv HOST    bulk from 5002: Gbit/s          load crr HOST   connect, request, close: per second
 *	load udp HOST     64-byte echo: per second        load serve      listens on all of them
 *	load idle HOST    opens --conns connections to 5005, from 10.77.0.10 on, says so, holds them S seconds
 *
 * Options: --seconds S (2), --cpu N, --congestion NAME (cubic), --conns N at once (crr: 16, udp: 32 datagrams). A figure goes to
 * standard output, alone. Connections of crr and idle end with a reset, so that none waits in TIME-WAIT.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { PORT_SINK = 5001, PORT_SOURCE = 5002, PORT_ECHO = 5003, PORT_UDP = 5004, PORT_KEEP = 5005 };

#define BULK (256u << 10)
#define REQUEST 64u
#define SAMPLES_MAX 1000000u
#define CONNS_MAX 256
#define CONNS_PER_ADDRESS 16000 /* and per process, for the limit on open files */

static struct sockaddr_in host = { .sin_family = AF_INET };
static double seconds = 2;
static int conns;
static const char *congestion = "cubic";
static uint8_t buf[BULK];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A namespace may silently have another default; by name, a privileged program gets what it asks for. */
static void use_congestion(int fd)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, (socklen_t)strlen(congestion)))
		die(congestion);
}

static int new_socket(int type, uint16_t port, bool nonblock)
{
	int fd = socket(AF_INET, type | (nonblock ? SOCK_NONBLOCK : 0), 0), one = 1;

	if (fd < 0)
		die("socket");
	if (type == SOCK_STREAM) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		use_congestion(fd);
	}
	host.sin_port = htons(port);
	if (connect(fd, (struct sockaddr *)&host, sizeof(host)) && errno != EINPROGRESS)
		die("connect");
	return fd;
}

static uint64_t until_ns(double s)
{
	return bench_ns() + (uint64_t)(s * 1e9);
}

/* -- bulk -- */

/* The first fifth of the time is for slow start. */
static void bulk(uint16_t port, ssize_t (*move)(int fd))
{
	int fd = new_socket(SOCK_STREAM, port, false);
	uint64_t warm = until_ns(seconds / 5), start = 0, end, bytes = 0;

	end = warm + (uint64_t)(seconds * 1e9);
	for (;;) {
		ssize_t n = move(fd);
		uint64_t now = bench_ns();

		if (n <= 0)
			die("bulk");
		if (start)
			bytes += (uint64_t)n;
		else if (now >= warm)
			start = now;
		if (now >= end)
			break;
	}
	printf("%.4g\n", (double)bytes * 8 / (double)(bench_ns() - start));
}

static ssize_t move_out(int fd)
{
	return send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
}

static ssize_t move_in(int fd)
{
	return recv(fd, buf, sizeof(buf), 0);
}

/* -- request and response -- */

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void request_response(void)
{
	static uint32_t samples[SAMPLES_MAX];
	int fd = new_socket(SOCK_STREAM, PORT_ECHO, false);
	uint64_t end = until_ns(seconds);
	unsigned n = 0;

	while (n < SAMPLES_MAX && bench_ns() < end) {
		uint64_t start = bench_ns();

		if (send(fd, buf, REQUEST, MSG_NOSIGNAL) != REQUEST ||
		    recv(fd, buf, REQUEST, MSG_WAITALL) != REQUEST)
			die("request");
		samples[n++] = (uint32_t)(bench_ns() - start);
	}
	qsort(samples, n, sizeof(samples[0]), compare);
	printf("%.2f\n", samples[n / 2] / 1e3);
}

/* -- connect, request, close -- */

static void reset_and_close(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static void start_conn(int epoll)
{
	int fd = new_socket(SOCK_STREAM, PORT_ECHO, true);
	struct epoll_event ev = { .events = EPOLLOUT, .data.fd = fd };

	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* True when the connection has done its one request. */
static bool step_conn(int epoll, struct epoll_event *ev)
{
	int fd = ev->data.fd;

	if (ev->events & EPOLLOUT) {
		ev->events = EPOLLIN;
		if (send(fd, buf, REQUEST, MSG_NOSIGNAL) != REQUEST)
			die("crr: send");
		epoll_ctl(epoll, EPOLL_CTL_MOD, fd, ev);
		return false;
	}
	if (recv(fd, buf, sizeof(buf), 0) <= 0)
		die("crr: recv");
	reset_and_close(fd);
	return true;
}

static void connect_request_close(void)
{
	struct epoll_event ev[CONNS_MAX];
	int epoll = epoll_create1(0);
	uint64_t begin = bench_ns(), end = until_ns(seconds), done = 0;

	for (int i = 0; i < (conns ? conns : 16) && i < CONNS_MAX; i++)
		start_conn(epoll);
	while (bench_ns() < end) {
		int n = epoll_wait(epoll, ev, CONNS_MAX, 1000);

		for (int i = 0; i < n; i++) {
			if (step_conn(epoll, &ev[i])) {
				done++;
				start_conn(epoll);
			}
		}
	}
	printf("%.0f\n", (double)done * 1e9 / (double)(bench_ns() - begin));
}

/* -- many connections that do nothing -- */

/* From one address after the other, for a pair of addresses has too few ports. */
static void open_idle(int i)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct linger none = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	from.sin_addr.s_addr = htonl(0x0a4d000au + (uint32_t)(i / CONNS_PER_ADDRESS));
	host.sin_port = htons(PORT_KEEP);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)))
		die("bind");
	if (connect(fd, (struct sockaddr *)&host, sizeof(host)))
		die("connect");
}

/* One process for each address: opens its share, says so, holds it. */
static void hold_share(int from, int to, int ready)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	for (int i = from; i < to; i++)
		open_idle(i);
	(void)!write(ready, "", 1);
	usleep((useconds_t)(seconds * 1e6));
	_exit(0);
}

static void hold_idle(void)
{
	int n = conns ? conns : 1000, shares = 0, ready[2];

	if (pipe(ready))
		die("pipe");
	for (int from = 0; from < n; from += CONNS_PER_ADDRESS, shares++) {
		int to = from + CONNS_PER_ADDRESS < n ? from + CONNS_PER_ADDRESS : n;

		if (fork() == 0)
			hold_share(from, to, ready[1]);
	}
	close(ready[1]);
	for (char byte; shares && read(ready[0], &byte, 1) == 1; shares--)
		;
	if (shares)
		exit(1);
	printf("open %d\n", n);
	fflush(stdout);
	while (wait(NULL) > 0)
		;
}

/* -- UDP -- */

static void udp_echo(void)
{
	int fd = new_socket(SOCK_DGRAM, PORT_UDP, false), window = conns ? conns : 32;
	struct timeval patience = { .tv_usec = 50000 };
	uint64_t begin = bench_ns(), end = until_ns(seconds), done = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (int i = 0; i < window; i++)
		(void)!send(fd, buf, REQUEST, 0);
	while (bench_ns() < end) {
		/* All lost: start again. */
		if (recv(fd, buf, sizeof(buf), 0) > 0)
			done++;
		(void)!send(fd, buf, REQUEST, 0);
	}
	printf("%.0f\n", (double)done * 1e9 / (double)(bench_ns() - begin));
}

/* -- the kernel as server -- */

static int listen_on(int epoll, int type, uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1;
	struct epoll_event ev = { .events = EPOLLIN,
				  .data.u64 = (uint64_t)port << 32 | (uint32_t)fd };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (type == SOCK_STREAM)
		use_congestion(fd);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listen(fd, 4096)))
		die("listen");
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
	return fd;
}

static void accept_all(int epoll, int listener, uint16_t port)
{
	int fd, one = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct epoll_event ev = { .events = port == PORT_SOURCE ? EPOLLOUT : EPOLLIN };

		/* Bit 48 tells a connection from its listener. */
		ev.data.u64 = (uint64_t)1 << 48 | (uint64_t)port << 32 | (uint32_t)fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
	}
}

static void serve_conn(int fd, uint16_t port)
{
	ssize_t n = port == PORT_SOURCE ? send(fd, buf, sizeof(buf), MSG_NOSIGNAL)
					: recv(fd, buf, sizeof(buf), 0);

	if (n > 0 && port == PORT_ECHO)
		n = send(fd, buf, (size_t)n, MSG_NOSIGNAL);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		close(fd);
}

static void serve_udp(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	for (int i = 0; i < 64; i++) {
		n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
		if (n < 0)
			return;
		(void)!sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}

static void serve(void)
{
	struct epoll_event ev[64];
	int epoll = epoll_create1(0), udp = listen_on(epoll, SOCK_DGRAM, PORT_UDP);

	for (uint16_t port = PORT_SINK; port <= PORT_ECHO; port++)
		listen_on(epoll, SOCK_STREAM, port);
	for (;;) {
		int n = epoll_wait(epoll, ev, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd = (int)(uint32_t)ev[i].data.u64;
			uint16_t port = (uint16_t)(ev[i].data.u64 >> 32);

			if (fd == udp)
				serve_udp(fd);
			else if (ev[i].data.u64 >> 48)
				serve_conn(fd, port);
			else
				accept_all(epoll, fd, port);
		}
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static void run(const char *mode)
{
	if (strcmp(mode, "send") == 0)
		bulk(PORT_SINK, move_out);
	else if (strcmp(mode, "recv") == 0)
		bulk(PORT_SOURCE, move_in);
	else if (strcmp(mode, "rr") == 0)
		request_response();
	else if (strcmp(mode, "crr") == 0)
		connect_request_close();
	else if (strcmp(mode, "udp") == 0)
		udp_echo();
	else if (strcmp(mode, "idle") == 0)
		hold_idle();
	else if (strcmp(mode, "serve") == 0)
		serve();
	else
		exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "congestion", 1, NULL, 'g' },
		{ "conns", 1, NULL, 'n' },
		{ "cpu", 1, NULL, 'c' },
		{ "seconds", 1, NULL, 's' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = atof(optarg);
		else if (c == 'c')
			pin(atoi(optarg));
		else if (c == 'g')
			congestion = optarg;
		else if (c == 'n')
			conns = atoi(optarg);
	}
	if (optind == argc || (optind + 1 < argc && !inet_aton(argv[optind + 1], &host.sin_addr))) {
		fprintf(stderr,
			"usage: load send|recv|rr|crr|udp|serve [HOST] [--seconds S] [--cpu N] "
			"[--conns N]\n");
		return 2;
	}
	run(argv[optind]);
	return 0;
}
