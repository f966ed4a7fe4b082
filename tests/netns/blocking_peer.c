/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's blocking calls (<seastack/blocking.h>) and the kernel's, on TCP, through a tap between the
 * two: each side runs the same scenario against the other, and what the calls gave is compared. The
 * scenarios wait for time to pass, so all run at once, each side of each on a thread of its own.
 * Started by blocking.sh in a namespace of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <seastack/addr.h>
#include <seastack/blocking.h>
#include <seastack/config.h>
#include <seastack/modules.h>
#include <seastack/os.h>

#define KERNEL "10.9.0.1"
#define OURS "10.9.0.2"
#define ABSENT "10.9.0.77" /* nobody answers for it */
#define SILENT "10.9.0.78" /* has a link address, and says nothing */
#define LISTENS 7000       /* takes connections, sends "hello" and no more */
#define REFUSES 7001
#define FULL_STOP 7002 /* sends "hello", and ends */
#define CALLS_MAX 8

static struct sea_stack *stack;
static struct sea_driver *driver;
static struct sea_port *port;
static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER; /* of the stack */

static void require(const char *what, long err)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror((int)-err));
	exit(1);
}

/* -- a socket of either side, whose calls block -- */

struct side {
	bool ours;
	int fd;
	sea_socket sock;
	long got[CALLS_MAX]; /* what the calls gave, in order */
	unsigned calls;
	void (*run)(struct side *side);
	pthread_t thread;
};

static struct sockaddr_in at(const char *addr, uint16_t number)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(number) };

	inet_pton(AF_INET, addr, &in.sin_addr);
	return in;
}

static long kernel(long result)
{
	return result < 0 ? -errno : result;
}

static void note(struct side *side, long result)
{
	if (side->calls == CALLS_MAX)
		abort();
	side->got[side->calls++] = result;
}

/* What a consumer does, who only sleeps: a call that is begun goes on until it is done. */
static long finish(struct sea_blocking *op)
{
	while (!sea_blocking_done(op)) {
		pthread_mutex_unlock(&owner);
		usleep(1000);
		pthread_mutex_lock(&owner);
		sea_blocking_step(op, sea_os_now());
	}
	pthread_mutex_unlock(&owner);
	return op->result;
}

static long connect_to(struct side *side, const char *addr, uint16_t number)
{
	struct sockaddr_in in = at(addr, number);
	struct sea_blocking op;

	if (!side->ours)
		return kernel(connect(side->fd, (struct sockaddr *)&in, sizeof(in)));
	pthread_mutex_lock(&owner);
	sea_blocking_connect(&op, stack, side->sock, (struct sockaddr *)&in, sizeof(in),
			     sea_os_now());
	return finish(&op);
}

static const char *peer_of(const struct side *side)
{
	return side->ours ? KERNEL : OURS;
}

static long receive(struct side *side, size_t len, int flags)
{
	char bytes[64];
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct sea_blocking op;

	if (!side->ours)
		return kernel(recvmsg(side->fd, &msg, flags));
	pthread_mutex_lock(&owner);
	sea_blocking_recvmsg(&op, stack, side->sock, &msg, flags, sea_os_now());
	return finish(&op);
}

static long send_bytes(struct side *side, void *bytes, size_t len)
{
	struct iovec iov = { bytes, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct sea_blocking op;

	if (!side->ours)
		return kernel(sendmsg(side->fd, &msg, MSG_NOSIGNAL));
	pthread_mutex_lock(&owner);
	sea_blocking_sendmsg(&op, stack, side->sock, &msg, MSG_NOSIGNAL, sea_os_now());
	return finish(&op);
}

static long accept_one(struct side *side)
{
	struct sea_blocking op;

	if (!side->ours)
		return kernel(accept(side->fd, NULL, NULL));
	pthread_mutex_lock(&owner);
	sea_blocking_accept(&op, stack, side->sock, NULL, NULL, sea_os_now());
	return finish(&op);
}

static long listen_at(struct side *side, uint16_t number)
{
	struct sockaddr_in in = at("0.0.0.0", number);
	long err;

	if (!side->ours) {
		err = kernel(bind(side->fd, (struct sockaddr *)&in, sizeof(in)));
		return err ? err : kernel(listen(side->fd, 8));
	}
	pthread_mutex_lock(&owner);
	err = sea_socket_bind(stack, side->sock, (struct sockaddr *)&in, sizeof(in), sea_os_now());
	if (!err)
		err = sea_socket_listen(stack, side->sock, 8, sea_os_now());
	pthread_mutex_unlock(&owner);
	return err;
}

static void set(struct side *side, int level, int name, const void *value, socklen_t len)
{
	long err;

	if (!side->ours) {
		require("setsockopt", kernel(setsockopt(side->fd, level, name, value, len)));
		return;
	}
	pthread_mutex_lock(&owner);
	err = sea_socket_setsockopt(stack, side->sock, level, name, value, len, sea_os_now());
	pthread_mutex_unlock(&owner);
	require("setsockopt", err);
}

/* SO_RCVTIMEO or SO_SNDTIMEO: so little that a test need not wait, and nothing is to come. */
static void be_impatient(struct side *side, int name)
{
	const struct timeval tv = { .tv_usec = 50000 };

	set(side, SOL_SOCKET, name, &tv, sizeof(tv));
}

/* -- the scenarios -- */

static void connect_returns_when_it_is_connected(struct side *side)
{
	note(side, connect_to(side, peer_of(side), LISTENS));
	note(side, receive(side, 5, MSG_WAITALL));
	note(side, connect_to(side, peer_of(side), LISTENS));
}

static void who_is_refused_is_told_and_may_try_again(struct side *side)
{
	note(side, connect_to(side, peer_of(side), REFUSES));
	note(side, connect_to(side, peer_of(side), REFUSES));
	note(side, connect_to(side, peer_of(side), LISTENS));
}

static void nobody_there_is_told_after_a_while(struct side *side)
{
	note(side, connect_to(side, ABSENT, LISTENS));
}

static void silence_is_given_up_after_the_last_syn(struct side *side)
{
	set(side, IPPROTO_TCP, TCP_SYNCNT, &(int){ 1 }, sizeof(int));
	note(side, connect_to(side, SILENT, LISTENS));
	note(side, receive(side, 1, 0));
}

static void connect_that_times_out_goes_on_behind(struct side *side)
{
	be_impatient(side, SO_SNDTIMEO);
	note(side, connect_to(side, SILENT, LISTENS));
	note(side, connect_to(side, SILENT, LISTENS));
	note(side, receive(side, 1, MSG_DONTWAIT));
}

static void receiving_gives_up_when_its_time_is_over(struct side *side)
{
	note(side, connect_to(side, peer_of(side), LISTENS));
	note(side, receive(side, 1, 0));
	be_impatient(side, SO_RCVTIMEO);
	note(side, receive(side, 10, MSG_WAITALL)); /* what there is */
	note(side, receive(side, 10, MSG_WAITALL));
	note(side, receive(side, 10, 0));
}

static void the_end_of_a_stream_ends_waiting_for_all(struct side *side)
{
	note(side, connect_to(side, peer_of(side), FULL_STOP));
	note(side, receive(side, 10, MSG_WAITALL));
	note(side, receive(side, 10, MSG_WAITALL));
}

static void accepting_gives_up_when_its_time_is_over(struct side *side)
{
	note(side, listen_at(side, 7009));
	be_impatient(side, SO_RCVTIMEO);
	note(side, accept_one(side));
}

/* Nobody reads: what the buffers hold is gone, the rest times out. */
static void sending_gives_up_when_its_time_is_over(struct side *side)
{
	const size_t len = 32 << 20;
	void *bytes = calloc(1, len);
	long sent;

	if (!bytes)
		abort();
	note(side, connect_to(side, peer_of(side), LISTENS));
	be_impatient(side, SO_SNDTIMEO);
	while ((sent = send_bytes(side, bytes, len)) > 0)
		;
	note(side, sent);
	free(bytes);
}

struct scenario {
	const char *name;
	void (*run)(struct side *side);
	struct side sides[2]; /* the kernel's, ours */
};

#define SCENARIO(fn)                     \
	{                                \
		.name = #fn, .run = (fn) \
	}

static struct scenario scenarios[] = {
	SCENARIO(connect_returns_when_it_is_connected),
	SCENARIO(who_is_refused_is_told_and_may_try_again),
	SCENARIO(nobody_there_is_told_after_a_while),
	SCENARIO(silence_is_given_up_after_the_last_syn),
	SCENARIO(connect_that_times_out_goes_on_behind),
	SCENARIO(receiving_gives_up_when_its_time_is_over),
	SCENARIO(the_end_of_a_stream_ends_waiting_for_all),
	SCENARIO(accepting_gives_up_when_its_time_is_over),
	SCENARIO(sending_gives_up_when_its_time_is_over),
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

/* -- whom they talk to: both sides' servers, served by the main thread -- */

static const uint16_t served[] = { LISTENS, FULL_STOP };
static struct side servers[2][2]; /* by side, then as in `served` */

static void open_socket(struct side *side, bool ours)
{
	*side = (struct side){ .ours = ours, .fd = -1 };
	if (ours)
		require("socket",
			sea_socket_new(stack, AF_INET, SOCK_STREAM, 0, &side->sock, sea_os_now()));
	else
		require("socket", side->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static void open_servers(void)
{
	for (unsigned ours = 0; ours < 2; ours++) {
		for (unsigned i = 0; i < 2; i++) {
			open_socket(&servers[ours][i], ours);
			require("listen", listen_at(&servers[ours][i], served[i]));
			if (!ours)
				fcntl(servers[ours][i].fd, F_SETFL, O_NONBLOCK);
		}
	}
}

static void serve_kernel(const struct side *server, bool ends)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	require("send", send(fd, "hello", 5, MSG_NOSIGNAL));
	if (ends)
		close(fd);
}

static void serve_ours(const struct side *server, bool ends)
{
	struct iovec iov = { (char[]){ "hello" }, 5 };
	const struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	sea_time now = sea_os_now();
	sea_socket sock;

	if (sea_socket_accept(stack, server->sock, NULL, NULL, &sock, now))
		return;
	require("send", sea_socket_sendmsg(stack, sock, &msg, MSG_NOSIGNAL, now));
	if (ends)
		require("close", sea_socket_close(stack, sock, now));
}

static void serve(void)
{
	for (unsigned i = 0; i < 2; i++) {
		serve_ours(&servers[1][i], served[i] == FULL_STOP);
		serve_kernel(&servers[0][i], served[i] == FULL_STOP);
	}
}

/* -- all of it -- */

static atomic_uint running;

static void *run(void *arg)
{
	struct side *side = arg;

	side->run(side);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void begin_stack(void)
{
	const struct sea_tap_config config = { .size = sizeof(config), .name = "blocking0" };
	struct sea_ifaddr addr = { .size = sizeof(addr), .prefix_len = 24 };
	struct sea_neigh_info silent = { .size = sizeof(silent),
					 .mac = { 2, 0, 0, 0, 0, 0x78 },
					 .state = SEA_NUD_PERMANENT };
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_env env;
	sea_time now = sea_os_now();

	require("env", sea_env_os(&env));
	require("stack", sea_stack_new(NULL, &env, sea_modules_all, sea_modules_all_n, &stack));
	require("driver", sea_driver_new(stack, &driver));
	require("tap", sea_tap_open(stack, &config, &port, now));
	require("up", sea_link_set_up(sea_port_link(port), true, now));
	sea_link_info(sea_port_link(port), &info);
	addr.ifindex = silent.ifindex = info.ifindex;
	if (!sea_addr_parse(OURS, &addr.local) || !sea_addr_parse(SILENT, &silent.addr))
		abort();
	require("address", sea_ifaddr_add(stack, &addr, now));
	require("neighbour", sea_neigh_set(stack, &silent, now));
	require("port", sea_driver_add_port(driver, port));
}

static void begin_kernel(void)
{
	if (system("ip addr add " KERNEL "/24 dev blocking0 && ip link set blocking0 up && "
		   "ip neigh add " SILENT " lladdr 02:00:00:00:00:78 dev blocking0"))
		exit(1);
}

static void print(const struct side *side)
{
	printf("\t%s:", side->ours ? "ours" : "the kernel's");
	for (unsigned i = 0; i < side->calls; i++)
		printf(" %ld%s%s", side->got[i], side->got[i] < 0 ? " " : "",
		       side->got[i] < 0 ? strerror((int)-side->got[i]) : "");
	printf("\n");
}

static bool judge(const struct scenario *scenario)
{
	const struct side *k = &scenario->sides[0], *o = &scenario->sides[1];
	bool same = k->calls == o->calls && !memcmp(k->got, o->got, k->calls * sizeof(k->got[0]));

	printf("%s: %s\n", same ? "ok" : "FAILED", scenario->name);
	print(k);
	print(o);
	return same;
}

static void start(struct scenario *scenario)
{
	for (unsigned ours = 0; ours < 2; ours++) {
		struct side *side = &scenario->sides[ours];

		open_socket(side, ours);
		side->run = scenario->run;
		atomic_fetch_add(&running, 1);
		require("thread", -pthread_create(&side->thread, NULL, run, side));
	}
}

/* The stack is everybody's in turn: a thread that wants it is not kept waiting for long. */
static void drive(void)
{
	while (atomic_load(&running)) {
		pthread_mutex_lock(&owner);
		serve();
		require("turn",
			sea_driver_turn(driver, sea_time_add(sea_os_now(), SEA_MSEC), NULL));
		pthread_mutex_unlock(&owner);
		usleep(200);
	}
}

static bool end(struct scenario *scenario)
{
	for (unsigned ours = 0; ours < 2; ours++)
		require("join", -pthread_join(scenario->sides[ours].thread, NULL));
	return judge(scenario);
}

int main(void)
{
	bool good = true;

	alarm(300);
	begin_stack();
	begin_kernel();
	open_servers();
	pthread_mutex_lock(&owner);
	for (unsigned i = 0; i < SCENARIOS; i++)
		start(&scenarios[i]);
	pthread_mutex_unlock(&owner);
	drive();
	for (unsigned i = 0; i < SCENARIOS; i++)
		good = end(&scenarios[i]) && good;
	sea_driver_free(driver);
	sea_port_close(port, sea_os_now());
	sea_stack_free(stack);
	return good ? 0 : 1;
}
