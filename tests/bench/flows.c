/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several bulk flows at once from plain sockets of the kernel, to peers that serve as toy.c does:
 *
 *	flows recv|send [--seconds S] [--congestion NAME] HOST:N ...
 *
 * prints a line "HOST MBIT" for each: N flows from (recv) or to (send) each HOST, what was received, or
 * acknowledged, in S seconds (10) after a fifth of that for slow start. NAME (cubic) is the sender's where that is us.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { PORT_SINK = 5001, PORT_SOURCE = 5002 };

#define FLOWS_MAX 256
#define BULK (256u << 10)

struct flow {
	const char *host;
	int fd;
	uint64_t received, at_start;
};

static struct flow flows[FLOWS_MAX];
static int n_flows, epoll = -1;
static bool sends;
static double seconds = 10;
static const char *congestion = "cubic";
static uint8_t buf[BULK];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void open_flow(const char *host)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(sends ? PORT_SINK : PORT_SOURCE) };
	struct flow *f = &flows[n_flows];
	struct epoll_event ev = { .events = sends ? EPOLLOUT : EPOLLIN, .data.ptr = f };

	if (n_flows++ == FLOWS_MAX || !inet_aton(host, &at.sin_addr))
		exit(2);
	f->host = host;
	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (f->fd < 0 || setsockopt(f->fd, IPPROTO_TCP, TCP_CONGESTION, congestion,
				    (socklen_t)strlen(congestion)))
		die(congestion);
	if (connect(f->fd, (struct sockaddr *)&at, sizeof(at)) && errno != EINPROGRESS)
		die(host);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, f->fd, &ev))
		die("epoll_ctl");
}

/* HOST:N */
static void open_flows(char *spec)
{
	char *colon = strchr(spec, ':');
	int n = colon ? atoi(colon + 1) : 1;

	if (colon)
		*colon = 0;
	while (n-- > 0)
		open_flow(spec);
}

static void move(struct flow *f)
{
	ssize_t n = sends ? send(f->fd, buf, sizeof(buf), 0) : recv(f->fd, buf, sizeof(buf), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		die(f->host);
	if (n > 0 && !sends)
		f->received += (uint64_t)n;
}

static void move_until(uint64_t end_ns)
{
	struct epoll_event ev[FLOWS_MAX];
	uint64_t now;

	while ((now = bench_ns()) < end_ns) {
		int n = epoll_wait(epoll, ev, FLOWS_MAX, (int)((end_ns - now) / 1000000) + 1);

		for (int i = 0; i < n; i++)
			move(ev[i].data.ptr);
	}
}

static uint64_t bytes_of(const struct flow *f)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (!sends)
		return f->received;
	if (getsockopt(f->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	return info.tcpi_bytes_acked;
}

static void measure(void)
{
	uint64_t start = bench_ns() + (uint64_t)(seconds * 2e8);

	move_until(start);
	start = bench_ns();
	for (int i = 0; i < n_flows; i++)
		flows[i].at_start = bytes_of(&flows[i]);
	move_until(start + (uint64_t)(seconds * 1e9));
	seconds = (double)(bench_ns() - start) / 1e9;
	for (int i = 0; i < n_flows; i++)
		printf("%s %.4f\n", flows[i].host,
		       (double)(bytes_of(&flows[i]) - flows[i].at_start) * 8 / 1e6 / seconds);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", 1, NULL, 's' },
		{ "congestion", 1, NULL, 'c' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = atof(optarg);
		else if (c == 'c')
			congestion = optarg;
		else
			return 2;
	}
	if (optind + 1 >= argc) {
		fprintf(stderr,
			"usage: flows recv|send [--seconds S] [--congestion NAME] HOST:N ...\n");
		return 2;
	}
	sends = strcmp(argv[optind++], "send") == 0;
	epoll = epoll_create1(0);
	signal(SIGPIPE, SIG_IGN);
	for (; optind < argc; optind++)
		open_flows(argv[optind]);
	measure();
	return 0;
}
