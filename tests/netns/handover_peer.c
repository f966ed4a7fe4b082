/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a transfer over a tap, which another process of this program goes on with: after so many bytes the
 * connection is taken apart (tests/lib/handover.h), written to a file, and the process ends. The device stays.
 *
 *	handover_peer TAP ADDRESS receive|send FILE STATE MOVE_AT [resume]
 *
 * Received bytes go to FILE's end; what is sent is FILE. Port 5000 is listened at, for one connection; with `resume` it
 * is the one in STATE. MOVE_AT 0: it is not moved, but closed at the end of the stream. Says "listening", "moved" or
 * "done"; of the last it ends when its standard input does, so that what is left on the wire is answered.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <seastack/config.h>
#include <seastack/env.h>
#include <seastack/event.h>
#include <seastack/modules.h>
#include <seastack/os.h>

#include "tests/lib/handover.h"

#define PORT 5000
#define CHUNK 65536

static struct peer {
	struct sea_stack *stack;
	struct sea_driver *driver;
	struct sea_port *port;
	sea_socket listener, sock;
	bool sends, over;
	int fd; /* FILE */
	const char *state;
	uint64_t move_at,
		done; /* done: bytes read, or written, by this process and those before it */
} p;

static void must(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	exit(1);
}

static void must_be(bool so, const char *what)
{
	must(so ? 0 : -errno, what);
}

static void say(const char *what)
{
	puts(what);
	fflush(stdout);
}

/* -- the state in a file -- */

static void write_all(int fd, const void *bytes, size_t len)
{
	must_be(write(fd, bytes, len) == (ssize_t)len, "write");
}

static void read_all(int fd, void *bytes, size_t len)
{
	must_be(read(fd, bytes, len) == (ssize_t)len, "read");
}

static void save(const struct handover *h)
{
	size_t len = (size_t)(h->state.received + h->state.stored);
	int fd = open(p.state, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	must_be(fd >= 0, "the state");
	write_all(fd, &h->state, sizeof(h->state));
	write_all(fd, &p.done, sizeof(p.done));
	write_all(fd, h->bytes, len);
	must_be(!close(fd), "close");
}

static void load(struct handover *h)
{
	int fd = open(p.state, O_RDONLY);
	size_t len;

	must_be(fd >= 0, "the state");
	read_all(fd, &h->state, sizeof(h->state));
	read_all(fd, &p.done, sizeof(p.done));
	len = (size_t)(h->state.received + h->state.stored);
	h->bytes = malloc(len + 1);
	must(h->bytes ? 0 : -ENOMEM, "memory");
	read_all(fd, h->bytes, len);
	close(fd);
}

/* -- moving -- */

static void move_on(sea_time now)
{
	struct handover h;

	must(handover_take(p.stack, p.sock, &h, now), "taking it apart");
	save(&h);
	handover_free(&h);
	say("moved");
	exit(0); /* whatever is in the link's queue is lost, as on a wire */
}

static void resume(sea_time now)
{
	struct handover h;

	load(&h);
	must(handover_give(p.stack, &h, &p.sock, now), "putting it together");
	handover_free(&h);
}

/* -- the stream -- */

static void finish(sea_time now)
{
	must(sea_socket_close(p.stack, p.sock, now), "close");
	p.sock = SEA_SOCKET_NONE;
	p.over = true;
	say("done");
}

static uint8_t chunk[CHUNK];

/* How much of it is moved in one go: not beyond the point where the connection moves. */
static size_t wanted(void)
{
	uint64_t left = p.move_at ? p.move_at - p.done : CHUNK;

	return left < CHUNK ? (size_t)left : CHUNK;
}

/* > 0, 0 at the end of the stream, or -EAGAIN. */
static ssize_t receive_some(sea_time now)
{
	struct iovec iov = { chunk, wanted() };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(p.stack, p.sock, &msg, 0, now);

	if (n > 0)
		write_all(p.fd, chunk, (size_t)n);
	return n;
}

static ssize_t send_some(sea_time now)
{
	struct iovec iov = { chunk, 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = pread(p.fd, chunk, wanted(), (off_t)p.done);

	must_be(n >= 0, "the file");
	iov.iov_len = (size_t)n;
	return n ? sea_socket_sendmsg(p.stack, p.sock, &msg, 0, now) : 0;
}

static void work(sea_time now)
{
	ssize_t n = 1;

	while (!sea_socket_is_none(p.sock) && n > 0) {
		n = p.sends ? send_some(now) : receive_some(now);
		must(n == -EAGAIN ? 0 : (int)n, "the stream");
		p.done += n > 0 ? (uint64_t)n : 0;
		if (n == 0)
			finish(now);
		else if (p.move_at && p.done == p.move_at)
			move_on(now);
	}
}

static void on_event(void *arg, const struct sea_event *event, sea_time now)
{
	(void)arg;
	(void)event;
	if (sea_socket_is_none(p.sock) && !p.over && !sea_socket_is_none(p.listener) &&
	    !sea_socket_accept(p.stack, p.listener, NULL, NULL, &p.sock, now))
		must(sea_socket_watch(p.stack, p.sock, SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP, 1),
		     "watch");
	work(now);
}

static void on_stdin(void *arg, uint32_t events, sea_time now)
{
	char byte;

	(void)arg;
	(void)events;
	(void)now;
	if (read(STDIN_FILENO, &byte, 1) <= 0)
		sea_driver_stop(p.driver);
}

/* -- the stack -- */

static int ifindex_of(const struct sea_link *link)
{
	struct sea_link_info info = { .size = sizeof(info) };

	sea_link_info(link, &info);
	return info.ifindex;
}

static void open_stack(const char *tap, const char *address, sea_time now)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
	static struct sea_env env;
	struct sea_tap_config config = { .size = sizeof(config), .name = tap };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };

	config.link = (struct sea_link_config){ .size = sizeof(config.link),
						.mac = { 2, 0, 0, 0, 0, 9 } };
	must(sea_env_os(&env), "environment");
	must(sea_stack_new(NULL, &env, modules, 2, &p.stack), "stack");
	must(sea_tap_open(p.stack, &config, &p.port, now), "tap");
	must(sea_link_set_up(sea_port_link(p.port), true, now), "link");
	addr.ifindex = ifindex_of(sea_port_link(p.port));
	must(sea_addr_parse(address, &addr.local) ? 0 : -EINVAL, "address");
	must(sea_ifaddr_add(p.stack, &addr, now), "address");
	must(sea_driver_new(p.stack, &p.driver), "driver");
	sea_driver_on_event(p.driver, on_event, NULL);
	must(sea_driver_add_port(p.driver, p.port), "port");
	must(sea_driver_add_fd(p.driver, STDIN_FILENO, EPOLLIN, on_stdin, NULL), "stdin");
}

static void listen_for_one(sea_time now)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	must(sea_socket_new(p.stack, AF_INET, SOCK_STREAM, 0, &p.listener, now), "socket");
	must(sea_socket_bind(p.stack, p.listener, (void *)&at, sizeof(at), now), "bind");
	must(sea_socket_listen(p.stack, p.listener, 1, now), "listen");
	must(sea_socket_watch(p.stack, p.listener, SEA_POLLIN, 0), "watch");
	say("listening");
}

int main(int argc, char **argv)
{
	sea_time now = sea_os_now();

	if (argc < 7)
		return 2;
	p.sends = strcmp(argv[3], "send") == 0;
	p.fd = open(argv[4], p.sends ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND, 0600);
	must_be(p.fd >= 0, argv[4]);
	p.state = argv[5];
	p.move_at = strtoull(argv[6], NULL, 0);
	open_stack(argv[1], argv[2], now);
	if (argc > 7)
		resume(now);
	else
		listen_for_one(now);
	if (argc > 7)
		must(sea_socket_watch(p.stack, p.sock, SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP, 1),
		     "watch");
	work(now);
	must(sea_driver_run(p.driver), "driver");
	return 0;
}
