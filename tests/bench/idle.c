/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an idle connection holds:
 *
 *	idle N             N connections between two stacks in this process: bytes for one at either end
 *	idle --kernel N    N connections of this machine's kernel to a stack, over a tun (root): bytes at our end
 *
 * Both ends are plain sockets that nothing was set of. Bytes are those that the stacks have allocated, all tables
 * included; what the process has besides (malloc's own) is in its resident memory, printed last. Some of the
 * connections then carry a byte each way, to show that they are ones. N is 1000 where it is not said.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seastack/config.h>
#include <seastack/event.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/os.h>
#include <seastack/pkt.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "bench.h"
#include "core/pkt.h"

#define PORT 80
#define PER_ADDRESS 20000u /* connections from one address */
#define BATCH 64u
#define AT_ONCE 256u
#define SHARE 4000u /* of the kernel's sockets in one process */
#define SAMPLE 100u

struct end {
	struct sea_env env; /* ours, that counts */
	struct sea_env os;
	size_t live;
	struct sea_stack *stack;
	struct sea_link *link;
	sea_socket *socks;
	unsigned n;
};

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
static struct end client, server;
static sea_socket listener;
static sea_time now = { SEA_SEC };

static void need(long err, const char *what)
{
	if (err < 0) {
		fprintf(stderr, "idle: %s: %s\n", what, strerror((int)-err));
		exit(1);
	}
}

/* -- memory -- */

static void *count_alloc(void *ctx, size_t size, size_t align)
{
	struct end *e = ctx;
	void *mem = e->os.alloc(e->os.ctx, size, align);

	e->live += mem ? size : 0;
	return mem;
}

static void count_free(void *ctx, void *mem, size_t size, size_t align)
{
	struct end *e = ctx;

	e->live -= size;
	e->os.free(e->os.ctx, mem, size, align);
}

static int os_secret(void *ctx, void *buf, size_t len)
{
	struct end *e = ctx;

	return e->os.secret(e->os.ctx, buf, len);
}

/* Of /proc/self/status or /proc/meminfo, in bytes. */
static double kilobytes(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	double value = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = strtod(line + strlen(key), NULL) * 1024;
	if (file)
		(void)fclose(file);
	return value;
}

/* -- the two ends -- */

static void start(struct end *e, unsigned n)
{
	need(sea_env_os(&e->os), "environment");
	e->env = e->os;
	e->env.ctx = e;
	e->env.alloc = count_alloc;
	e->env.free = count_free;
	e->env.secret = os_secret;
	need(sea_stack_new(NULL, &e->env, modules, 2, &e->stack), "stack");
	e->socks = calloc(n, sizeof(*e->socks));
	if (!e->socks)
		need(-ENOMEM, "sockets");
}

static void add_address(struct end *e, uint8_t b, uint8_t d)
{
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 8 };
	struct sea_link_info info = { .size = sizeof(info) };

	sea_link_info(e->link, &info);
	addr.ifindex = info.ifindex;
	addr.local = sea_addr_v4(10, b, 0, d);
	need(sea_ifaddr_add(e->stack, &addr, now), "address");
}

static void add_link(struct end *e)
{
	const struct sea_link_config config = {
		.size = sizeof(config),
		.name = "wire",
		.type = SEA_LINK_IP,
		.mtu = 1500,
		.txqueuelen = 4096,
		.features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_RX_TRUSTED,
	};

	need(sea_link_add(e->stack, &config, &e->link, now), "link");
	need(sea_link_set_up(e->link, true, now), "up");
}

static void listen_at(struct end *e)
{
	const struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	need(sea_sysctl_set(e->stack, "net.core.somaxconn", "4096", now), "somaxconn");
	need(sea_socket_new(e->stack, AF_INET, SOCK_STREAM, 0, &listener, now), "socket");
	need(sea_socket_bind(e->stack, listener, (const struct sockaddr *)&at, sizeof(at), now),
	     "bind");
	need(sea_socket_listen(e->stack, listener, 4096, now), "listen");
}

static void accept_all(struct end *e)
{
	sea_socket s;

	while (!sea_socket_accept(e->stack, listener, NULL, NULL, &s, now))
		e->socks[e->n++] = s;
}

static struct sockaddr_in from_address(unsigned i)
{
	const uint8_t d = (uint8_t)(1 + i / PER_ADDRESS);
	struct sockaddr_in from = { .sin_family = AF_INET };

	from.sin_addr.s_addr = htonl(10u << 24 | 1u << 16 | d);
	from.sin_port = htons((uint16_t)(10000 + i % PER_ADDRESS));
	return from;
}

static struct sockaddr_in to_address(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	to.sin_addr.s_addr = htonl(10u << 24 | 2u << 16 | 1);
	return to;
}

/* -- between two stacks -- */

static unsigned carry(struct end *from, struct end *to)
{
	struct sea_pkt *out[BATCH], *in[BATCH];
	static uint8_t bytes[2048];
	unsigned n = sea_link_take_tx(from->link, out, BATCH, now);

	for (unsigned i = 0; i < n; i++) {
		const size_t len = sea_pkt_len(out[i]);

		if (len > sizeof(bytes) || !sea_pkt_read(out[i], 0, bytes, len))
			need(-EMSGSIZE, "packet");
		in[i] = sea_pkt_from_bytes(to->link, bytes, len);
		if (!in[i])
			need(-ENOMEM, "packet");
		in[i]->csum_state = SEA_CSUM_VERIFIED;
		sea_pkt_done(out[i]);
	}
	if (n)
		sea_link_input(to->link, in, n, now);
	return n;
}

static void settle(void)
{
	do {
		now = sea_time_add(now, SEA_USEC);
		sea_stack_advance(client.stack, now);
		sea_stack_advance(server.stack, now);
	} while (carry(&client, &server) + carry(&server, &client));
}

static void connect_one(unsigned i)
{
	const struct sockaddr_in from = from_address(i), to = to_address();
	sea_socket s;
	int err;

	need(sea_socket_new(client.stack, AF_INET, SOCK_STREAM, 0, &s, now), "socket");
	need(sea_socket_bind(client.stack, s, (const struct sockaddr *)&from, sizeof(from), now),
	     "bind");
	err = sea_socket_connect(client.stack, s, (const struct sockaddr *)&to, sizeof(to), now);
	need(err == -EINPROGRESS ? 0 : err, "connect");
	client.socks[client.n++] = s;
}

/* A byte from one end must come at the other: which end a connection has there is not known, but that it comes. */
static unsigned say(struct end *from, unsigned i)
{
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	need(sea_socket_sendmsg(from->stack, from->socks[i], &msg, 0, now), "sendmsg");
	return 1;
}

static unsigned heard(struct end *e)
{
	unsigned n = 0;
	char byte;

	for (unsigned i = 0; i < e->n; i++) {
		struct iovec iov = { &byte, 1 };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		n += sea_socket_recvmsg(e->stack, e->socks[i], &msg, 0, now) == 1;
	}
	return n;
}

static void talk(unsigned n)
{
	unsigned said = 0;

	for (unsigned i = 0; i < n; i += 1 + n / SAMPLE)
		said += say(&client, i);
	settle();
	if (heard(&server) != said)
		need(-EPROTO, "not all bytes came");
}

static void between_stacks(unsigned n)
{
	size_t empty[2];
	double rss;

	start(&client, n);
	start(&server, n);
	add_link(&client);
	add_link(&server);
	for (unsigned i = 0; i <= (n - 1) / PER_ADDRESS; i++)
		add_address(&client, 1, (uint8_t)(1 + i));
	add_address(&server, 2, 1);
	listen_at(&server);
	settle();
	empty[0] = client.live;
	empty[1] = server.live;
	rss = kilobytes("/proc/self/status", "VmRSS:");
	while (client.n < n) {
		for (unsigned i = 0; i < AT_ONCE && client.n < n; i++)
			connect_one(client.n);
		settle();
		accept_all(&server);
	}
	if (server.n != n)
		need(-EPROTO, "not all connections were accepted");
	printf("%-48s %10.0f bytes\n", "a connection at the connecting end",
	       (double)(client.live - empty[0]) / n);
	printf("%-48s %10.0f bytes\n", "a connection at the accepting end",
	       (double)(server.live - empty[1]) / n);
	printf("%-48s %10.0f bytes\n", "both, resident",
	       (kilobytes("/proc/self/status", "VmRSS:") - rss) / n);
	talk(n);
	sea_stack_free(client.stack);
	sea_stack_free(server.stack);
}

/* -- against the kernel -- */

/* A process with its share of the sockets, for one may have only so many; it ends with the pipe's other end. */
static void hold_share(unsigned first, unsigned last, int until)
{
	const struct rlimit files = { last - first + 100, last - first + 100 };
	const struct sockaddr_in to = to_address();
	char byte;

	need(setrlimit(RLIMIT_NOFILE, &files) ? -errno : 0, "so many descriptors");
	for (unsigned i = first; i < last; i++) {
		const struct sockaddr_in from = from_address(i);
		const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		need(fd < 0 ? -errno : 0, "socket of the kernel");
		need(bind(fd, (const struct sockaddr *)&from, sizeof(from)) ? -errno : 0,
		     "its bind");
		need(connect(fd, (const struct sockaddr *)&to, sizeof(to)) ? -errno : 0,
		     "its connect");
	}
	(void)!read(until, &byte, 1);
	exit(0);
}

/* The pipe's end that keeps them. */
static int start_holders(unsigned n)
{
	int ends[2];

	need(pipe(ends) ? -errno : 0, "pipe");
	for (unsigned first = 0; first < n; first += SHARE) {
		const pid_t pid = fork();

		need(pid < 0 ? -errno : 0, "fork");
		if (!pid) {
			(void)close(ends[1]);
			hold_share(first, first + SHARE < n ? first + SHARE : n, ends[0]);
		}
	}
	(void)close(ends[0]);
	return ends[1];
}

static void serve(struct sea_port *port)
{
	now = sea_os_now();
	need(sea_port_receive(port, 256, now), "tun");
	sea_stack_advance(server.stack, now);
	accept_all(&server);
	need(sea_port_transmit(port, now), "tun");
}

static struct sea_port *open_tun(unsigned n)
{
	const struct sea_tap_config tun = { .size = sizeof(tun),
					    .name = "idle0",
					    .tun = true,
					    .link = { .size = sizeof(tun.link), .name = "tun0" } };
	struct sea_port *port;
	char command[128];

	now = sea_os_now();
	need(sea_tap_open(server.stack, &tun, &port, now), "tun");
	server.link = sea_port_link(port);
	need(sea_link_set_up(server.link, true, now), "up");
	add_address(&server, 2, 1);
	need(system("ip link set idle0 up && ip route add 10.2.0.0/16 dev idle0") ? -EIO : 0, "ip");
	for (unsigned i = 0; i <= (n - 1) / PER_ADDRESS; i++) {
		snprintf(command, sizeof(command), "ip addr add 10.1.0.%u/32 dev idle0", 1 + i);
		need(system(command) ? -EIO : 0, "ip");
	}
	return port;
}

static void against_kernel(unsigned n)
{
	struct sea_port *port;
	double slab;
	size_t empty;
	int holders;

	need(unshare(CLONE_NEWNET) ? -errno : 0, "a network namespace");
	start(&server, n);
	port = open_tun(n);
	listen_at(&server);
	empty = server.live;
	slab = kilobytes("/proc/meminfo", "Slab:");
	holders = start_holders(n);
	(void)alarm(300); /* a process that gave up is waited for in vain */
	while (server.n < n)
		serve(port);
	printf("%-48s %10.0f bytes\n", "a connection at our end",
	       (double)(server.live - empty) / n);
	printf("%-48s %10.0f bytes\n", "at the kernel's, of all its slabs",
	       (kilobytes("/proc/meminfo", "Slab:") - slab) / n);
	(void)close(holders);
}

int main(int argc, char **argv)
{
	const bool kernel = argc > 1 && !strcmp(argv[1], "--kernel");
	const char *count = argc > 1 + kernel ? argv[1 + kernel] : "1000";
	const unsigned long n = strtoul(count, NULL, 10);

	if (!n || n > 5000000) {
		fprintf(stderr, "usage: idle [--kernel] [N]\n");
		return 2;
	}
	if (kernel)
		against_kernel((unsigned)n);
	else
		between_stacks((unsigned)n);
	return 0;
}
