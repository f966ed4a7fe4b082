/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seastack's side of the benchmarks: a stack on a tap that serves until it is stopped. One port a
 * service, so that a load tool measures the stack as it would the kernel:
 *
 *	7001 TCP sink, lending     7011 TCP sink through recvmsg
 *	7002 TCP source, lending   7012 TCP source through sendmsg
 *	7003 TCP and UDP echo      7004 TCP: one answer of as many bytes, then close
 *	7005 TCP: accepts and keeps (idle connections); SIGUSR1 prints bytes per connection
 *
 *	stackside TAP NETNS ADDR/LEN [MTU | -] [plain]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/socket.h>
#include <seastack/stats.h>

#define CHUNK (256 * 1024)

enum service {
	SINK_LEND,
	SOURCE_LEND,
	ECHO,
	ANSWER,
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

static bool answer(sea_socket s, sea_time now)
{
	ssize_t n = receive(s, NULL, now);

	if (n == -EAGAIN)
		return true;
	if (n > 0)
		(void)transmit(s, NULL, (size_t)n, now);
	return false;
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
	}
}

static void on_event(void *arg, const struct sea_event *ev, sea_time now)
{
	static bool (*const serve[])(sea_socket, sea_time) = {
		[SINK_LEND] = sink_lend,
		[SOURCE_LEND] = source_lend,
		[ECHO] = echo,
		[ANSWER] = answer,
		[KEEP] = keep,
		[SINK_COPY] = sink_copy,
		[SOURCE_COPY] = source_copy,
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
	printf("connections %zu bytes %zu each %.1f\n", kept, m.held - baseline,
	       kept ? (double)(m.held - baseline) / (double)kept : 0.0);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sea_tap_config config = { .size = sizeof(config) };
	struct sea_stack_config stack_config = SEA_STACK_CONFIG_INIT;
	struct sea_memory m = { .size = sizeof(m) };
	sea_time now = sea_os_now();
	struct sea_port *port;
	struct sea_env env;
	int err;

	if (argc < 4) {
		fprintf(stderr, "usage: stackside TAP NETNS ADDR/LEN [MTU|-] [plain]\n");
		return 2;
	}
	config.name = argv[1];
	config.netns = strcmp(argv[2], "-") == 0 ? NULL : argv[2];
	if (argc > 4 && strcmp(argv[4], "-") != 0)
		config.link.mtu = (uint32_t)atoi(argv[4]);
	config.no_offload = argc > 5 && strcmp(argv[5], "plain") == 0;
	err = sea_env_os(&env);
	if (!err)
		err = sea_stack_new(&stack_config, &env, sea_modules_all, sea_modules_all_n,
				    &stack);
	if (!err)
		err = sea_tap_open(stack, &config, &port, now);
	if (err)
		die(argv[1], err);
	add_address(sea_port_link(port), argv[3], now);
	open_service(7001, SOCK_STREAM, SINK_LEND, now);
	open_service(7002, SOCK_STREAM, SOURCE_LEND, now);
	open_service(7003, SOCK_STREAM, ECHO, now);
	open_service(7003, SOCK_DGRAM, UDP_ECHO, now);
	open_service(7004, SOCK_STREAM, ANSWER, now);
	open_service(7005, SOCK_STREAM, KEEP, now);
	open_service(7011, SOCK_STREAM, SINK_COPY, now);
	open_service(7012, SOCK_STREAM, SOURCE_COPY, now);
	sea_stack_memory(stack, &m);
	baseline = m.held;
	err = sea_driver_new(stack, &driver);
	if (!err)
		err = sea_driver_add_port(driver, port);
	if (err)
		die("driver", err);
	sea_driver_on_event(driver, on_event, NULL);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	printf("ready\n");
	fflush(stdout);
	while (!stopping) {
		struct sea_port *gone = NULL;

		err = sea_driver_turn(driver, sea_time_add(sea_os_now(), SEA_SEC), &gone);
		if (report)
			print_report();
		if (err || gone)
			break;
	}
	return 0;
}
