/* SPDX-License-Identifier: Apache-2.0 */
/* NETLINK_SOCK_DIAG asked by a program: dumps while sockets come and go, owners, ends of sockets and news of them. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#define MANY 300
#define BASE 2000 /* of ports */
#define PIECE 4096

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6,    &sea_tcp,
						    &sea_udp,  &sea_netlink, &sea_sock_diag };

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_socket nl;
	sea_time now;
	uint8_t bytes[PIECE];
	unsigned seen[MANY + 1]; /* how often each port was */
	bool done;
	struct inet_diag_msg last;
} f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.now = (sea_time){ SEA_SEC };
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 6, &f.stack), 0);
	assert_int_equal(sea_link_set_up(sea_link_by_name(f.stack, "lo"), true, f.now), 0);
	return sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, &f.nl, f.now);
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

static void settle(void)
{
	for (unsigned i = 0; i < 200; i++) {
		sea_stack_advance(f.stack, f.now);
		f.now.ns += SEA_MSEC;
	}
}

/* -- sockets -- */

static struct sockaddr_in name_of(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static sea_socket bound(int type, uint16_t port)
{
	struct sockaddr_in in = name_of(port);
	sea_socket s;

	assert_int_equal(sea_socket_new(f.stack, AF_INET, type, 0, &s, f.now), 0);
	assert_int_equal(sea_socket_bind(f.stack, s, (struct sockaddr *)&in, sizeof(in), f.now), 0);
	return s;
}

/* A connection to oneself: the client, the accepted. */
static void connection(sea_socket s[2])
{
	struct sockaddr_in in = name_of(BASE);
	sea_socket l = bound(SOCK_STREAM, BASE);

	assert_int_equal(sea_socket_listen(f.stack, l, 1, f.now), 0);
	s[0] = bound(SOCK_STREAM, BASE + 1);
	assert_int_equal(sea_socket_connect(f.stack, s[0], (struct sockaddr *)&in, sizeof(in),
					    f.now),
			 -EINPROGRESS);
	settle();
	assert_int_equal(sea_socket_accept(f.stack, l, NULL, NULL, &s[1], f.now), 0);
}

static int error_of(sea_socket s)
{
	socklen_t len = sizeof(int);
	int err = -1;

	assert_int_equal(sea_socket_getsockopt(f.stack, s, SOL_SOCKET, SO_ERROR, &err, &len, f.now),
			 0);
	return err;
}

/* -- requests -- */

static void ask(uint16_t type, uint16_t flags, const struct inet_diag_req_v2 *r, const void *more,
		size_t more_len)
{
	struct nlmsghdr h = { .nlmsg_len = (uint32_t)(sizeof(h) + sizeof(*r) + more_len),
			      .nlmsg_type = type,
			      .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) };
	struct iovec iov[3] = { { &h, sizeof(h) },
				{ (void *)(uintptr_t)r, sizeof(*r) },
				{ (void *)(uintptr_t)more, more_len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = more ? 3 : 2 };

	f.done = false;
	assert_int_equal(sea_socket_sendmsg(f.stack, f.nl, &m, 0, f.now), h.nlmsg_len);
}

static struct inet_diag_req_v2 all_of(uint8_t protocol)
{
	return (struct inet_diag_req_v2){ .sdiag_family = AF_INET,
					  .sdiag_protocol = protocol,
					  .idiag_states = UINT32_MAX,
					  .id.idiag_cookie = { UINT32_MAX, UINT32_MAX } };
}

static void take(const struct nlmsghdr *h, const uint8_t *body)
{
	unsigned port;

	if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
		f.done = true;
		return;
	}
	assert_int_equal(h->nlmsg_type, SOCK_DIAG_BY_FAMILY);
	memcpy(&f.last, body, sizeof(f.last));
	port = ntohs(f.last.id.idiag_sport);
	if (port >= BASE && port <= BASE + MANY)
		f.seen[port - BASE]++;
}

/* One datagram; false: there is none. */
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
	return n > 0;
}

/* -- tests -- */

static void a_dump_goes_on_while_sockets_come_and_go(void **state)
{
	const struct inet_diag_req_v2 all = all_of(IPPROTO_UDP);
	sea_socket s[MANY];

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		s[i] = bound(SOCK_DGRAM, (uint16_t)(BASE + i));
	ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all, NULL, 0);
	assert_true(read_piece());
	assert_false(f.done);
	for (unsigned i = 0; i < MANY; i += 3)
		sea_socket_close(f.stack, s[i], f.now);
	(void)bound(SOCK_DGRAM, BASE + MANY);
	while (read_piece())
		;
	assert_true(f.done);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(i % 3 ? f.seen[i] == 1 : f.seen[i] <= 1);
	assert_true(f.seen[MANY] <= 1);
}

/* The filter is not the program's any more by then. */
static void a_dump_goes_on_with_its_filter_after_a_restore(void **state)
{
	const struct inet_diag_req_v2 all = all_of(IPPROTO_UDP);
	const struct {
		struct nlattr a;
		struct inet_diag_bc_op op[2];
	} filter = { { sizeof(filter), INET_DIAG_REQ_BYTECODE },
		     { { INET_DIAG_BC_S_GE, 8, 12 }, { .no = BASE + 20 } } };
	struct snapshot snap = { 0 };
	struct sea_stack *restored;

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		(void)bound(SOCK_DGRAM, (uint16_t)(BASE + i));
	ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all, &filter, sizeof(filter));
	assert_true(read_piece());
	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 6, false, snapshot_read, &snap,
					&restored),
			 0);
	snapshot_free(&snap);
	f.stack = restored;
	while (read_piece())
		;
	assert_true(f.done);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(f.seen[i], i >= 20);
}

static void a_program_that_goes_leaves_no_filter_behind(void **state)
{
	const struct inet_diag_req_v2 all = all_of(IPPROTO_UDP);
	const struct {
		struct nlattr a;
		struct inet_diag_bc_op op;
	} filter = { { sizeof(filter), INET_DIAG_REQ_BYTECODE }, { INET_DIAG_BC_NOP, 4, 0 } };

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		(void)bound(SOCK_DGRAM, (uint16_t)(BASE + i));
	ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all, &filter, sizeof(filter));
	assert_true(read_piece());
	sea_socket_close(f.stack, f.nl, f.now); /* teardown counts what is left */
}

static void the_owner_is_shown(void **state)
{
	const struct inet_diag_req_v2 all = all_of(IPPROTO_UDP);
	sea_socket s = bound(SOCK_DGRAM, BASE);
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	(void)state;
	assert_int_equal(sea_socket_set_owner(f.stack, s, 1000, 77), 0);
	assert_int_equal(sea_socket_set_owner(f.stack, SEA_SOCKET_NONE, 1, 1), -EBADF);
	ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all, NULL, 0);
	assert_true(read_piece());
	assert_int_equal(f.last.idiag_uid, 1000);
	assert_int_equal(f.last.idiag_inode, 77);
	assert_int_equal(
		sea_socket_getsockopt(f.stack, s, SOL_SOCKET, SO_COOKIE, &cookie, &len, f.now), 0);
	assert_int_equal(f.last.id.idiag_cookie[0], (uint32_t)cookie);
	assert_int_equal(f.last.id.idiag_cookie[1], cookie >> 32);
	/* who has its place later is nobody's */
	sea_socket_close(f.stack, s, f.now);
	(void)bound(SOCK_DGRAM, BASE);
	ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &all, NULL, 0);
	while (read_piece())
		;
	assert_int_equal(f.last.idiag_uid, 0);
	assert_int_equal(f.last.idiag_inode, 0);
}

static void owners_are_kept_as_the_table_grows_and_is_restored(void **state)
{
	const struct inet_diag_req_v2 all = all_of(IPPROTO_UDP);
	sea_socket s = bound(SOCK_DGRAM, BASE + MANY);
	struct snapshot snap = { 0 };
	struct sea_stack *restored;

	(void)state;
	assert_int_equal(sea_socket_set_owner(f.stack, s, 5, 6), 0);
	for (unsigned i = 0; i < MANY; i++)
		(void)bound(SOCK_DGRAM, (uint16_t)(BASE + i));
	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 6, false, snapshot_read, &snap,
					&restored),
			 0);
	snapshot_free(&snap);
	f.stack = restored;
	ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP,
	    &(struct inet_diag_req_v2){ .sdiag_family = AF_INET,
					.sdiag_protocol = IPPROTO_UDP,
					.idiag_states = all.idiag_states,
					.id.idiag_sport = htons(BASE + MANY) },
	    NULL, 0);
	assert_true(read_piece());
	assert_int_equal(f.last.idiag_uid, 5);
	assert_int_equal(f.last.idiag_inode, 6);
}

static void who_is_destroyed_and_its_peer_are_told(void **state)
{
	struct inet_diag_req_v2 one = all_of(IPPROTO_TCP);
	sea_socket s[2];

	(void)state;
	connection(s);
	one.id.idiag_sport = htons(BASE + 1);
	one.id.idiag_dport = htons(BASE);
	one.id.idiag_src[0] = one.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
	ask(SOCK_DESTROY, NLM_F_ACK, &one, NULL, 0);
	settle();
	assert_int_equal(error_of(s[0]), ECONNABORTED);
	assert_int_equal(error_of(s[1]), ECONNRESET);
}

static void who_listens_hears_of_each_that_goes(void **state)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK,
				    .nl_groups = 1u << (SKNLGRP_INET_UDP_DESTROY - 1) };
	sea_socket udp = bound(SOCK_DGRAM, BASE), tcp = bound(SOCK_STREAM, BASE + 1);

	(void)state;
	assert_int_equal(
		sea_socket_bind(f.stack, f.nl, (struct sockaddr *)&name, sizeof(name), f.now), 0);
	sea_socket_close(f.stack, udp, f.now);
	sea_socket_close(f.stack, tcp, f.now); /* of another group */
	assert_true(read_piece());
	assert_int_equal(f.seen[0], 1);
	assert_int_equal(f.last.idiag_state, 7);
	assert_false(read_piece());
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_dump_goes_on_while_sockets_come_and_go),
		TEST(a_dump_goes_on_with_its_filter_after_a_restore),
		TEST(a_program_that_goes_leaves_no_filter_behind),
		TEST(the_owner_is_shown),
		TEST(owners_are_kept_as_the_table_grows_and_is_restored),
		TEST(who_is_destroyed_and_its_peer_are_told),
		TEST(who_listens_hears_of_each_that_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
