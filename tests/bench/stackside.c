/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seastack's column of the benchmarks: a stack at 10.77.0.2 on a tap that serves as toy.c does.
 *
 *	TCP 5001 reads and forgets    TCP 5002 sends as fast as the peer takes it
 *	TCP 5003 sends back           UDP 5004 sends back
 *	TCP 5005 keeps the connection: SIGUSR1 prints real memory per connection
 *
 * Bulk goes by the lending calls; with --copy through recvmsg and sendmsg of 256 KiB.
 *
 * With --watch it prints every MS what TCP_INFO says of the last connection to 5002: ms, cwnd, ssthresh, RTT in us,
 * segments sent again. With --counters it says at its end on standard error what it counted. With --interface NAME it is behind a packet socket on that interface instead of a tap.
 *
 * usage: stackside --tap NAME|--interface NAME [--no-offload] [--copy] [--cpu N] [--busy-poll USEC]
 *                  [--congestion NAME] [--counters] [--watch MS]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/socket.h>
#include <seastack/stack.h>
#include <seastack/stats.h>

#define CHUNK (256 * 1024)

enum service {
	SINK_LEND,
	SOURCE_LEND,
	ECHO,
	KEEP,
	SINK_COPY,
	SOURCE_COPY,
	UDP_ECHO,
	LISTENER = 0x100, /* added to what its connections will be */
};

static struct sea_stack *stack;
static struct sea_driver *driver;
static volatile sig_atomic_t report, stopping;
static size_t baseline, kept;
static sea_socket watched;
static char buffer[CHUNK];

static void die(const char *what, int err)
{
	fprintf(stderr, "stackside: %s: %s\n", what, strerror(-err));
	exit(1);
}

/* The cookie says what a socket is for. */
static void watch(sea_socket s, enum service service, uint32_t mask)
{
	int err = sea_socket_watch(stack, s, mask, (uint64_t)service);

	if (err)
		die("watch", err);
}

static void end(sea_socket s, sea_time now)
{
	(void)sea_socket_close(stack, s, now);
}

/* -- services: each goes as far as it can; false: the connection has ended -- */

static bool sink_lend(sea_socket s, sea_time now)
{
	struct iovec iov[64];
	int n;

	while ((n = sea_socket_recv_peek(stack, s, iov, 64, now)) > 0) {
		size_t bytes = 0;

		for (int i = 0; i < n; i++)
			bytes += iov[i].iov_len;
		if (sea_socket_recv_consume(stack, s, bytes, now))
			return false;
	}
	return n == -EAGAIN;
}

static bool source_lend(sea_socket s, sea_time now)
{
	struct iovec iov[16];
	int n;

	while ((n = sea_socket_send_reserve(stack, s, CHUNK, iov, 16, now)) > 0) {
		size_t bytes = 0;

		for (int i = 0; i < n; i++)
			bytes += iov[i].iov_len;
		if (sea_socket_send_commit(stack, s, bytes, 0, now))
			return false;
	}
	return n == -EAGAIN;
}

static ssize_t receive(sea_socket s, struct sockaddr_in *from, sea_time now)
{
	struct iovec iov = { buffer, sizeof(buffer) };
	struct msghdr msg = { .msg_name = from,
			      .msg_namelen = from ? sizeof(*from) : 0,
			      .msg_iov = &iov,
			      .msg_iovlen = 1 };

	return sea_socket_recvmsg(stack, s, &msg, 0, now);
}

static ssize_t transmit(sea_socket s, const struct sockaddr_in *to, size_t len, sea_time now)
{
	struct iovec iov = { buffer, len };
	struct sockaddr_in addr;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (to) {
		addr = *to;
		msg.msg_name = &addr;
		msg.msg_namelen = sizeof(addr);
	}
	return sea_socket_sendmsg(stack, s, &msg, 0, now);
}

static bool sink_copy(sea_socket s, sea_time now)
{
	ssize_t n;

	while ((n = receive(s, NULL, now)) > 0)
		;
	return n == -EAGAIN;
}

static bool source_copy(sea_socket s, sea_time now)
{
	ssize_t n;

	while ((n = transmit(s, NULL, sizeof(buffer), now)) > 0)
		;
	return n == -EAGAIN;
}

static bool echo(sea_socket s, sea_time now)
{
	ssize_t n;

	while ((n = receive(s, NULL, now)) > 0)
		if (transmit(s, NULL, (size_t)n, now) != n)
			return false;
	return n == -EAGAIN;
}

static bool udp_echo(sea_socket s, sea_time now)
{
	struct sockaddr_in from;
	ssize_t n;

	while ((n = receive(s, &from, now)) >= 0)
		(void)transmit(s, &from, (size_t)n, now);
	return true;
}

static bool keep(sea_socket s, sea_time now)
{
	return receive(s, NULL, now) == -EAGAIN;
}

static void accept_all(sea_socket listener, enum service service, sea_time now)
{
	bool writes = service == SOURCE_LEND || service == SOURCE_COPY;
	sea_socket s;

	while (sea_socket_accept(stack, listener, NULL, NULL, &s, now) == 0) {
		int one = 1;

		if (sea_socket_setsockopt(stack, s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one),
					  now))
			die("TCP_NODELAY", -EINVAL);
		watch(s, service, writes ? SEA_POLLOUT : SEA_POLLIN);
		kept += service == KEEP;
		if (writes)
			watched = s;
	}
}

static void on_event(void *arg, const struct sea_event *ev, sea_time now)
{
	static bool (*const serve[])(sea_socket, sea_time) = {
		[SINK_LEND] = sink_lend, [SOURCE_LEND] = source_lend, [ECHO] = echo,
		[KEEP] = keep,           [SINK_COPY] = sink_copy,     [SOURCE_COPY] = source_copy,
		[UDP_ECHO] = udp_echo,
	};

	(void)arg;
	if (ev->kind != SEA_EVENT_SOCKET)
		return;
	if (ev->cookie & LISTENER) {
		accept_all(ev->socket, (enum service)(ev->cookie & ~(uint64_t)LISTENER), now);
	} else if (!serve[ev->cookie](ev->socket, now)) {
		kept -= ev->cookie == KEEP;
		end(ev->socket, now);
	}
}

static void open_service(uint16_t port, int type, enum service service, sea_time now)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	sea_socket s;
	int err = sea_socket_new(stack, AF_INET, type, 0, &s, now);

	if (!err)
		err = sea_socket_bind(stack, s, (struct sockaddr *)&addr, sizeof(addr), now);
	if (!err && type == SOCK_STREAM)
		err = sea_socket_listen(stack, s, 4096, now);
	if (err)
		die("service", err);
	watch(s, (enum service)(type == SOCK_STREAM ? service | LISTENER : service), SEA_POLLIN);
}

static void add_address(struct sea_link *link, const char *text, sea_time now)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_ifaddr addr = { .size = sizeof(addr) };
	int err;

	sea_link_info(link, &info);
	addr.ifindex = info.ifindex;
	if (!sea_addr_parse_prefix(text, &addr.local, &addr.prefix_len))
		die(text, -EINVAL);
	err = sea_link_set_up(link, true, now);
	if (!err)
		err = sea_ifaddr_add(stack, &addr, now);
	if (err)
		die(text, err);
}

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		report = 1;
	else
		stopping = 1;
}

static void print_report(void)
{
	struct sea_memory m = { .size = sizeof(m) };

	report = 0;
	sea_stack_memory(stack, &m);
	printf("packets %zu buffers %zu timers %zu\n", m.pkts, m.bufs, m.timers);
	printf("connections %zu bytes %zu each %.1f\n", kept, m.held - baseline,
	       kept ? (double)(m.held - baseline) / (double)kept : 0.0);
	fflush(stdout);
}

/* What it counted, in one line. */
static void print_counters(void)
{
	struct sea_counter c;

	for (unsigned i = 0; sea_stack_mib(stack, i, &c); i++)
		if (c.value)
			fprintf(stderr, "%s=%llu ", c.name, (unsigned long long)c.value);
	fprintf(stderr, "\n");
}

static void print_watched(sea_time now)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (sea_socket_getsockopt(stack, watched, IPPROTO_TCP, TCP_INFO, &info, &len, now))
		return;
	printf("%lld %u %d %u %u\n", (long long)(now.ns / SEA_MSEC), info.tcpi_snd_cwnd,
	       (int)info.tcpi_snd_ssthresh, info.tcpi_rtt, info.tcpi_total_retrans);
	fflush(stdout);
}

/* One turn, for `step_ns` at most. */
static void turn(int64_t step_ns, struct sea_port **gone)
{
	int err = sea_driver_turn(driver, sea_time_add(sea_os_now(), step_ns), gone);

	if (err && !*gone)
		die("driver", err);
	if (report)
		print_report();
}

struct options {
	const char *tap, *interface, *congestion;
	bool no_offload, copy, counters;
	int cpu;
	int64_t busy_poll_us, watch_ms;
};

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = { { "tap", required_argument, NULL, 't' },
						 { "interface", required_argument, NULL, 'i' },
						 { "no-offload", no_argument, NULL, 'n' },
						 { "copy", no_argument, NULL, 'c' },
						 { "counters", no_argument, NULL, 'm' },
						 { "cpu", required_argument, NULL, 'p' },
						 { "busy-poll", required_argument, NULL, 'b' },
						 { "watch", required_argument, NULL, 'w' },
						 { "congestion", required_argument, NULL, 'g' },
						 { 0 } };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (opt == 't')
			o->tap = optarg;
		else if (opt == 'i')
			o->interface = optarg;
		else if (opt == 'n')
			o->no_offload = true;
		else if (opt == 'c')
			o->copy = true;
		else if (opt == 'm')
			o->counters = true;
		else if (opt == 'w')
			o->watch_ms = atoi(optarg);
		else if (opt == 'p')
			o->cpu = atoi(optarg);
		else if (opt == 'b')
			o->busy_poll_us = atoi(optarg);
		else if (opt == 'g')
			o->congestion = optarg;
		else
			exit(2);
	}
	if (!o->tap && !o->interface) {
		fprintf(stderr, "stackside: --tap NAME or --interface NAME is missing\n");
		exit(2);
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("--cpu", -errno);
}

static int open_port(const struct options *o, struct sea_port **port, sea_time now)
{
	struct sea_tap_config tap = {
		.size = sizeof(tap),
		.name = o->tap,
		.no_offload = o->no_offload,
	};
	struct sea_afpacket_config interface = {
		.size = sizeof(interface),
		.interface = o->interface,
		.no_offload = o->no_offload,
	};

	return o->tap ? sea_tap_open(stack, &tap, port, now)
		      : sea_afpacket_open(stack, &interface, port, now);
}

static struct sea_port *start(const struct options *o, sea_time now)
{
	struct sea_port *port;
	struct sea_env env;
	int err = sea_env_os(&env);

	if (!err)
		err = sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack);
	if (!err)
		err = open_port(o, &port, now);
	if (!err)
		err = sea_driver_new(stack, &driver);
	if (!err)
		err = sea_driver_add_port(driver, port);
	if (err)
		die(o->tap ? o->tap : o->interface, err);
	sea_driver_on_event(driver, on_event, NULL);
	sea_driver_set_busy_poll(driver, o->busy_poll_us * SEA_USEC);
	return port;
}

static void open_services(bool copy, sea_time now)
{
	open_service(5001, SOCK_STREAM, copy ? SINK_COPY : SINK_LEND, now);
	open_service(5002, SOCK_STREAM, copy ? SOURCE_COPY : SOURCE_LEND, now);
	open_service(5003, SOCK_STREAM, ECHO, now);
	open_service(5004, SOCK_DGRAM, UDP_ECHO, now);
	open_service(5005, SOCK_STREAM, KEEP, now);
}

int main(int argc, char **argv)
{
	struct sea_memory m = { .size = sizeof(m) };
	struct options o = { .cpu = -1 };
	sea_time now = sea_os_now();
	struct sea_port *port, *gone = NULL;

	parse(argc, argv, &o);
	pin(o.cpu);
	port = start(&o, now);
	add_address(sea_port_link(port), "10.77.0.2/24", now);
	if (o.congestion &&
	    sea_sysctl_set(stack, "net.ipv4.tcp_congestion_control", o.congestion, now))
		die(o.congestion, -EINVAL);
	open_services(o.copy, now);
	sea_stack_memory(stack, &m);
	baseline = m.held;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	for (sea_time next = now; !stopping && !gone;) {
		turn(o.watch_ms ? o.watch_ms * SEA_MSEC : SEA_SEC, &gone);
		now = sea_os_now();
		if (!o.watch_ms || sea_time_before(now, next))
			continue;
		print_watched(now);
		next = sea_time_add(now, o.watch_ms * SEA_MSEC);
	}
	if (o.counters)
		print_counters();
	return 0;
}
