/* SPDX-License-Identifier: Apache-2.0 */
/* What TCP remembers of peers, asked by generic netlink: tcp_metrics. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/tcp_metrics.h>

#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>
#include <seastack/tcp_metrics.h>

#include "netlink/policy.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#define PORT 2000
#define MANY 60
#define FAMILY 19 /* the first that is given */
#define HDR 20u

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp, &sea_netlink,
						    &sea_generic_netlink,
						    &sea_tcp_metrics_netlink };

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_socket nl;
	sea_time now;
	uint8_t bytes[4096] __attribute__((aligned(8)));
	size_t len;
	int err;            /* of what was answered */
	unsigned n, pieces; /* peers shown */
	unsigned seen[256]; /* by the last byte of the address */
	uint8_t last[512];  /* attributes of the last */
	uint32_t last_len;
} f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.now = (sea_time){ SEA_SEC };
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 5, &f.stack), 0);
	assert_int_equal(sea_link_set_up(sea_link_by_name(f.stack, "lo"), true, f.now), 0);
	return sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, &f.nl, f.now);
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

static void settle(unsigned ms)
{
	for (unsigned i = 0; i < ms; i++) {
		for (unsigned k = 0; k < 8; k++)
			sea_stack_advance(f.stack, f.now);
		f.now.ns += SEA_MSEC;
	}
}

/* -- peers -- */

static struct sockaddr_in name_of(uint8_t host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(0x7f000000u + host) };
}

static sea_socket bound(uint8_t host, uint16_t port)
{
	struct sockaddr_in in = name_of(host, port);
	sea_socket s;

	assert_int_equal(sea_socket_new(f.stack, AF_INET, SOCK_STREAM, 0, &s, f.now), 0);
	assert_int_equal(sea_socket_bind(f.stack, s, (struct sockaddr *)&in, sizeof(in), f.now), 0);
	return s;
}

/* A connection from 127.0.0.`host` to 127.0.0.1, ended in order. */
static void visit(uint8_t host)
{
	struct sockaddr_in in = name_of(1, PORT);
	sea_socket l = bound(1, PORT), c = bound(host, 0), s;

	assert_int_equal(sea_socket_listen(f.stack, l, 1, f.now), 0);
	assert_int_equal(sea_socket_connect(f.stack, c, (struct sockaddr *)&in, sizeof(in), f.now),
			 -EINPROGRESS);
	settle(2);
	assert_int_equal(sea_socket_accept(f.stack, l, NULL, NULL, &s, f.now), 0);
	sea_socket_close(f.stack, c, f.now);
	settle(2);
	sea_socket_close(f.stack, s, f.now);
	settle(2);
	sea_socket_close(f.stack, l, f.now);
}

/* -- asking -- */

static void ask(uint8_t cmd, uint16_t flags, uint8_t host)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		struct nlattr a;
		uint8_t addr[4];
	} m = { .h = { .nlmsg_len = host ? (uint32_t)sizeof(m) : HDR,
		       .nlmsg_type = FAMILY,
		       .nlmsg_flags = flags | NLM_F_REQUEST },
		.g = { .cmd = cmd, .version = 1 },
		.a = { 8, TCP_METRICS_ATTR_ADDR_IPV4 },
		.addr = { 127, 0, 0, host } };
	struct iovec iov = { &m, m.h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	f.n = f.pieces = 0;
	memset(f.seen, 0, sizeof(f.seen));
	assert_int_equal(sea_socket_sendmsg(f.stack, f.nl, &msg, 0, f.now), m.h.nlmsg_len);
}

static const uint8_t *attr_of(const uint8_t *bytes, uint32_t len, uint16_t type)
{
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (sea_nl_next(bytes, len, &at, &a))
		if (a.type == type)
			return a.value;
	return NULL;
}

static void take(const struct nlmsghdr *h, const uint8_t *body)
{
	const uint8_t *addr;

	if (h->nlmsg_type != FAMILY) {
		memcpy(&f.err, body, sizeof(f.err));
		return;
	}
	f.last_len = h->nlmsg_len - HDR;
	assert_true(f.last_len <= sizeof(f.last));
	memcpy(f.last, body + 4, f.last_len);
	addr = attr_of(f.last, f.last_len, TCP_METRICS_ATTR_ADDR_IPV4);
	assert_non_null(addr);
	f.seen[addr[3]]++;
	f.n++;
}

static bool read_piece(void)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, f.nl, &m, 0, f.now);

	for (ssize_t at = 0; at < n;) {
		struct nlmsghdr h;

		memcpy(&h, f.bytes + at, sizeof(h));
		assert_true(h.nlmsg_len >= sizeof(h) && h.nlmsg_len <= n - at);
		take(&h, f.bytes + at + sizeof(h));
		at += (h.nlmsg_len + 3) & ~3u;
	}
	f.pieces += n > 0;
	return n > 0;
}

static void read_all(void)
{
	f.err = 1;
	while (read_piece())
		;
}

/* -- tests -- */

static void a_peer_is_shown_with_what_is_known_of_it(void **state)
{
	const uint8_t *vals, *src, *cwnd;
	uint64_t age;
	uint32_t v;

	(void)state;
	visit(2);
	f.now.ns += 5 * SEA_SEC;
	ask(TCP_METRICS_CMD_GET, 0, 2);
	read_all();
	assert_int_equal(f.n, 1);
	src = attr_of(f.last, f.last_len, TCP_METRICS_ATTR_SADDR_IPV4);
	assert_non_null(src);
	assert_int_equal(src[3], 1);
	memcpy(&age, attr_of(f.last, f.last_len, TCP_METRICS_ATTR_AGE), sizeof(age));
	assert_in_range(age, 5000, 5010);
	vals = attr_of(f.last, f.last_len, TCP_METRICS_ATTR_VALS);
	assert_non_null(vals);
	cwnd = attr_of(vals, f.last_len - (uint32_t)(vals - f.last), TCP_METRIC_CWND + 1);
	assert_non_null(cwnd);
	memcpy(&v, cwnd, sizeof(v));
	assert_in_range(v, 10, 12);
	assert_null(attr_of(f.last, f.last_len, TCP_METRICS_ATTR_FOPEN_MSS));
}

static void a_peer_that_is_not_known_is_ESRCH(void **state)
{
	(void)state;
	ask(TCP_METRICS_CMD_GET, 0, 9);
	read_all();
	assert_int_equal(f.err, -ESRCH);
	ask(TCP_METRICS_CMD_GET, 0, 0); /* none was named */
	read_all();
	assert_int_equal(f.err, -EAFNOSUPPORT);
	ask(TCP_METRICS_CMD_DEL, 0, 9);
	read_all();
	assert_int_equal(f.err, -ESRCH);
}

static void one_is_forgotten_by_its_address_all_without(void **state)
{
	(void)state;
	visit(2);
	visit(3);
	ask(TCP_METRICS_CMD_DEL, NLM_F_ACK, 2);
	read_all();
	assert_int_equal(f.err, 0);
	ask(TCP_METRICS_CMD_GET, NLM_F_DUMP, 0);
	read_all();
	assert_int_equal(f.seen[2], 0);
	assert_int_equal(f.seen[3], 1);
	assert_true(f.seen[1] >= 1);
	ask(TCP_METRICS_CMD_DEL, NLM_F_ACK, 0);
	read_all();
	ask(TCP_METRICS_CMD_GET, NLM_F_DUMP, 0);
	read_all();
	assert_int_equal(f.n, 0);
	assert_int_equal(f.err, 0);
}

static void a_dump_goes_on_while_peers_are_forgotten_and_after_a_restore(void **state)
{
	const struct sea_addr gone = sea_addr_v4(127, 0, 0, 20);
	struct snapshot snap = { 0 };
	struct sea_stack *restored;

	(void)state;
	for (uint8_t i = 0; i < MANY; i++)
		visit((uint8_t)(2 + i));
	ask(TCP_METRICS_CMD_GET, NLM_F_DUMP, 0);
	assert_true(read_piece());
	assert_int_equal(sea_tcp_metrics_del(f.stack, &gone, NULL, f.now), 0);
	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 5, false, snapshot_read, &snap,
					&restored),
			 0);
	snapshot_free(&snap);
	f.stack = restored;
	read_all();
	assert_true(f.pieces > 1);
	assert_int_equal(f.err, 0);
	for (unsigned i = 2; i < 2 + MANY; i++)
		assert_true(i == 20 ? f.seen[i] <= 1 : f.seen[i] == 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_peer_is_shown_with_what_is_known_of_it),
		TEST(a_peer_that_is_not_known_is_ESRCH),
		TEST(one_is_forgotten_by_its_address_all_without),
		TEST(a_dump_goes_on_while_peers_are_forgotten_and_after_a_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
