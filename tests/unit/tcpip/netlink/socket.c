/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink sockets, with a family of the test's own: each of its messages is a number to be answered. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/module.h"
#include "core/stack.h"
#include "netlink/netlink.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#define PROTOCOL NETLINK_USERSOCK
#define GROUP 3
#define ENTRIES 1000 /* of the table that is dumped */

enum { KIND_FAIL = 32, KIND_DUMP, KIND_NEWS };

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_socket s;
	uint8_t bytes[40000];
} f;

static const sea_time now = { SEA_SEC };
static uint32_t table_gen;

/* -- the family -- */

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	sea_nl_dump_gen(d, table_gen);
	for (; d->arg[0] < ENTRIES; d->arg[0]++) {
		uint32_t v = (uint32_t)d->arg[0];

		sea_nl_begin(out, d->port, d->msg_seq, KIND_DUMP, d->msg_flags, &v, sizeof(v));
		if (!sea_nl_end(out))
			return 1;
	}
	return 0;
}

static const struct sea_nl_kind dump_kind = { .type = KIND_DUMP, .dump = dump };

static const struct sea_nl_kind *find(struct sea_stack *stack, uint16_t type, uint8_t family)
{
	(void)stack;
	return type == KIND_DUMP && !family ? &dump_kind : NULL;
}

static int tell(struct sea_nl_req *req)
{
	uint8_t bytes[64];
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	sea_nl_begin(&out, 0, 0, KIND_NEWS, 0, NULL, 0);
	sea_nl_end(&out);
	sea_nl_notify(req->stack, PROTOCOL, GROUP, &out, req);
	return 0;
}

static int receive(struct sea_nl_req *req)
{
	switch (req->hdr.nlmsg_type) {
	case KIND_FAIL:
		return sea_nl_complain(req->extack, -EPERM, "as you like");
	case KIND_DUMP:
		return sea_nl_dump_start(req, &dump_kind);
	case KIND_NEWS:
		return tell(req);
	default:
		return -EOPNOTSUPP;
	}
}

static const struct sea_nl_family family = {
	.protocol = PROTOCOL, .n_groups = 40, .receive = receive, .find = find
};

static int family_init(struct sea_stack *stack, void **state)
{
	*state = NULL;
	sea_nl_add_family(stack, &family);
	return 0;
}

static void family_fini(struct sea_stack *stack, void *state)
{
	(void)stack;
	(void)state;
}

static const struct sea_module module = {
	.name = "test",
	.id = SEA_MODULE_RTNETLINK, /* a slot that is free here */
	.needs = 1u << SEA_MODULE_NETLINK,
	.init = family_init,
	.fini = family_fini,
};

static const struct sea_module *const modules[] = { &sea_netlink, &module };

/* -- calls -- */

static sea_socket open_one(void)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, PROTOCOL, &s, now), 0);
	return s;
}

static int bind_to(sea_socket s, uint32_t port, uint32_t groups)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups };

	return sea_socket_bind(f.stack, s, (struct sockaddr *)&name, sizeof(name), now);
}

static uint32_t port_of(sea_socket s)
{
	struct sockaddr_nl name;
	socklen_t len = sizeof(name);

	assert_int_equal(sea_socket_getsockname(f.stack, s, (struct sockaddr *)&name, &len), 0);
	assert_int_equal(len, sizeof(name));
	return name.nl_pid;
}

static ssize_t send_to(sea_socket s, const void *bytes, size_t len, uint32_t port, uint32_t groups)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups };
	struct iovec iov = { (void *)(uintptr_t)bytes, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (port || groups) {
		m.msg_name = &to;
		m.msg_namelen = sizeof(to);
	}
	return sea_socket_sendmsg(f.stack, s, &m, 0, now);
}

static ssize_t ask(sea_socket s, uint16_t type, uint16_t flags)
{
	struct nlmsghdr h = { .nlmsg_len = sizeof(h),
			      .nlmsg_type = type,
			      .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST),
			      .nlmsg_seq = 5 };

	return send_to(s, &h, sizeof(h), 0, 0);
}

static ssize_t receive_from(sea_socket s, size_t room, int flags)
{
	struct iovec iov = { f.bytes, room };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_recvmsg(f.stack, s, &m, flags, now);
}

static struct nlmsghdr header_at(size_t at)
{
	struct nlmsghdr h;

	memcpy(&h, f.bytes + at, sizeof(h));
	return h;
}

static int number_at(size_t at)
{
	int v;

	memcpy(&v, f.bytes + at, sizeof(v));
	return v;
}

static void set(sea_socket s, int name, int v)
{
	assert_int_equal(sea_socket_setsockopt(f.stack, s, SOL_NETLINK, name, &v, sizeof(v), now),
			 0);
}

static void acknowledged(sea_socket s, int err)
{
	assert_true(receive_from(s, 4096, 0) >= 36);
	assert_int_equal(header_at(0).nlmsg_type, NLMSG_ERROR);
	assert_int_equal(header_at(0).nlmsg_seq, 5);
	assert_int_equal(header_at(0).nlmsg_pid, port_of(s));
	assert_int_equal(number_at(16), err);
}

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	table_gen = 1;
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 2, &f.stack), 0);
	f.s = open_one();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	return f.env.live != 0;
}

/* -- tests -- */

static void types_and_protocols_are_judged(void **state)
{
	sea_socket s;

	(void)state;
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_STREAM, PROTOCOL, &s, now),
			 -ESOCKTNOSUPPORT);
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_DGRAM, 0, &s, now),
			 -EPROTONOSUPPORT);
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, 32, &s, now),
			 -EPROTONOSUPPORT);
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, -1, &s, now),
			 -EPROTONOSUPPORT);
}

static void a_port_is_one_sockets(void **state)
{
	sea_socket other = open_one();

	(void)state;
	assert_int_equal(bind_to(f.s, 77, 0), 0);
	assert_int_equal(port_of(f.s), 77);
	assert_int_equal(bind_to(other, 77, 0), -EADDRINUSE);
	assert_int_equal(bind_to(other, 0, 0), 0);
	assert_true(port_of(other) && port_of(other) != 77);
	assert_int_equal(bind_to(f.s, 78, 0), -EINVAL);
	assert_int_equal(bind_to(f.s, 77, 1), 0);
	assert_int_equal(sea_socket_close(f.stack, f.s, now), 0);
	f.s = open_one();
	assert_int_equal(bind_to(f.s, 77, 0), 0);
}

static void requests_are_acknowledged_as_they_ask(void **state)
{
	(void)state;
	assert_int_equal(ask(f.s, KIND_FAIL, 0), 16);
	acknowledged(f.s, -EPERM);
	assert_int_equal(header_at(0).nlmsg_len, 36); /* the request whole */
	assert_int_equal(ask(f.s, KIND_NEWS, 0), 16);
	assert_int_equal(receive_from(f.s, 100, 0), -EAGAIN);
	assert_int_equal(ask(f.s, KIND_NEWS, NLM_F_ACK), 16);
	acknowledged(f.s, 0);
	assert_int_equal(ask(f.s, 99, 0), 16);
	acknowledged(f.s, -EOPNOTSUPP);
	assert_int_equal(ask(f.s, NLMSG_NOOP, NLM_F_ACK), 16);
	acknowledged(f.s, 0);
}

static void extended_acks_come_where_they_are_asked_for(void **state)
{
	(void)state;
	set(f.s, NETLINK_EXT_ACK, 1);
	set(f.s, NETLINK_CAP_ACK, 1);
	assert_int_equal(ask(f.s, KIND_FAIL, 0), 16);
	acknowledged(f.s, -EPERM);
	assert_int_equal(header_at(0).nlmsg_flags, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	assert_string_equal((char *)f.bytes + 36 + 4, "as you like");
}

static void several_messages_are_served_one_by_one(void **state)
{
	struct nlmsghdr h[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		h[i] = (struct nlmsghdr){ .nlmsg_len = sizeof(h[i]),
					  .nlmsg_type = KIND_FAIL,
					  .nlmsg_flags = NLM_F_REQUEST,
					  .nlmsg_seq = 5 };
	h[2].nlmsg_len = 17; /* of which a byte is missing */
	assert_int_equal(send_to(f.s, h, sizeof(h), 0, 0), sizeof(h));
	acknowledged(f.s, -EPERM);
	acknowledged(f.s, -EPERM);
	assert_int_equal(receive_from(f.s, 100, 0), -EAGAIN);
}

static void sending_is_refused_as_by_linux(void **state)
{
	struct sockaddr_nl to = { .nl_family = AF_INET };
	struct iovec iov = { f.bytes, 16 };
	struct msghdr m = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	static uint8_t big[300000];

	(void)state;
	assert_int_equal(sea_socket_sendmsg(f.stack, f.s, &m, 0, now), -EINVAL);
	to.nl_family = AF_NETLINK;
	m.msg_namelen = 4;
	assert_int_equal(sea_socket_sendmsg(f.stack, f.s, &m, 0, now), -EINVAL);
	assert_int_equal(send_to(f.s, big, 0, 0, 0), -ENODATA);
	assert_int_equal(send_to(f.s, big, sizeof(big), 0, 0), -EMSGSIZE);
	assert_int_equal(send_to(f.s, big, 16, 4711, 0), -ECONNREFUSED);
	m.msg_namelen = sizeof(to);
	assert_int_equal(sea_socket_sendmsg(f.stack, f.s, &m, MSG_OOB, now), -EOPNOTSUPP);
}

static void programs_speak_to_each_other(void **state)
{
	sea_socket other = open_one();
	struct sockaddr_nl from;
	struct iovec iov = { f.bytes, 4 };
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};

	(void)state;
	assert_int_equal(bind_to(f.s, 1, 0), 0);
	assert_int_equal(bind_to(other, 2, 1u << (GROUP - 1)), 0);
	assert_int_equal(send_to(f.s, "hello", 5, 2, 0), 5);
	assert_int_equal(sea_socket_recvmsg(f.stack, other, &m, MSG_TRUNC | MSG_PEEK, now), 5);
	assert_true(m.msg_flags & MSG_TRUNC);
	assert_int_equal(from.nl_pid, 1);
	assert_int_equal(receive_from(other, 100, 0), 5);
	assert_int_equal(send_to(f.s, "all", 3, 0, 1u << (GROUP - 1)), 3);
	assert_int_equal(receive_from(other, 100, 0), 3);
	assert_int_equal(receive_from(f.s, 100, 0), -EAGAIN);
}

static void news_reach_members_and_who_asked_for_an_echo(void **state)
{
	sea_socket member = open_one();
	uint8_t control[64];
	struct iovec iov = { f.bytes, 100 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct nl_pktinfo info;

	(void)state;
	assert_false(sea_nl_has_listeners(f.stack, PROTOCOL, GROUP));
	assert_int_equal(bind_to(member, 0, 0), 0);
	set(member, NETLINK_ADD_MEMBERSHIP, GROUP);
	set(member, NETLINK_PKTINFO, 1);
	assert_true(sea_nl_has_listeners(f.stack, PROTOCOL, GROUP));
	assert_int_equal(ask(f.s, KIND_NEWS, 0), 16);
	assert_int_equal(receive_from(f.s, 100, 0), -EAGAIN);
	assert_int_equal(sea_socket_poll(f.stack, member), SEA_POLLIN | SEA_POLLOUT);
	assert_int_equal(sea_socket_recvmsg(f.stack, member, &m, 0, now), 16);
	memcpy(&info, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(info));
	assert_int_equal(info.group, GROUP);
	assert_int_equal(ask(f.s, KIND_NEWS, NLM_F_ECHO), 16);
	assert_int_equal(receive_from(f.s, 100, 0), 16);
	set(member, NETLINK_DROP_MEMBERSHIP, GROUP);
	assert_false(sea_nl_has_listeners(f.stack, PROTOCOL, GROUP));
}

/* News come from port 0, and who has it takes them for his own; those of an echo come from who asked. */
static void a_member_without_a_port_hears_what_comes_from_others_only(void **state)
{
	sea_socket member = open_one();

	(void)state;
	set(member, NETLINK_ADD_MEMBERSHIP, GROUP);
	assert_int_equal(ask(f.s, KIND_NEWS, 0), 16);
	assert_int_equal(receive_from(member, 100, 0), -EAGAIN);
	assert_int_equal(ask(f.s, KIND_NEWS, NLM_F_ECHO), 16);
	assert_int_equal(receive_from(member, 100, 0), 16);
	assert_int_equal(send_to(f.s, "all", 3, 0, 1u << (GROUP - 1)), 3);
	assert_int_equal(receive_from(member, 100, 0), 3);
}

static void what_is_lost_is_told_once(void **state)
{
	sea_socket member = open_one();
	int small = 1000;

	(void)state;
	assert_int_equal(bind_to(member, 0, 0), 0);
	set(member, NETLINK_ADD_MEMBERSHIP, GROUP);
	assert_int_equal(sea_socket_setsockopt(f.stack, member, SOL_SOCKET, SO_RCVBUF, &small,
					       sizeof(small), now),
			 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(ask(f.s, KIND_NEWS, 0), 16);
	assert_true(sea_socket_poll(f.stack, member) & SEA_POLLERR);
	assert_int_equal(receive_from(member, 100, 0), -ENOBUFS);
	while (receive_from(member, 100, 0) == 16)
		;
	assert_int_equal(receive_from(member, 100, 0), -EAGAIN);
	assert_int_equal(ask(f.s, KIND_NEWS, 0), 16);
	assert_int_equal(receive_from(member, 100, 0), 16);
	set(member, NETLINK_NO_ENOBUFS, 1);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(ask(f.s, KIND_NEWS, 0), 16);
	assert_int_equal(receive_from(member, 100, 0), 16);
}

/* Reads a dump to its end: the numbers in their order. How many datagrams. */
static unsigned read_dump(size_t room, unsigned from, uint16_t *flags)
{
	unsigned datagrams = 0, next = from;

	for (;; datagrams++) {
		ssize_t n = receive_from(f.s, room, 0);

		assert_true(n > 0);
		for (ssize_t at = 0; at < n; at += header_at((size_t)at).nlmsg_len) {
			*flags |= header_at((size_t)at).nlmsg_flags;
			assert_int_equal(header_at((size_t)at).nlmsg_seq, 5);
			if (header_at((size_t)at).nlmsg_type == NLMSG_DONE) {
				assert_int_equal(next, ENTRIES);
				assert_int_equal(number_at((size_t)at + 16), 0);
				return datagrams + 1;
			}
			assert_int_equal(number_at((size_t)at + 16), next++);
		}
	}
}

static void dumps_come_in_pieces_of_what_is_read(void **state)
{
	uint16_t flags = 0;

	(void)state;
	assert_int_equal(ask(f.s, KIND_DUMP, NLM_F_DUMP), 16);
	assert_int_equal(read_dump(4096, 0, &flags),
			 5); /* 20,000 bytes, and the end, in 4,096 each */
	assert_int_equal(flags, NLM_F_MULTI);
	assert_int_equal(ask(f.s, KIND_DUMP, NLM_F_DUMP), 16);
	/* The first piece was written for the last one's room, before anybody read. */
	assert_int_equal(read_dump(32768, 0, &flags), 2);
	assert_int_equal(receive_from(f.s, 100, 0), -EAGAIN);
}

static void one_dump_runs_at_a_time(void **state)
{
	uint16_t flags = 0;

	(void)state;
	assert_int_equal(ask(f.s, KIND_DUMP, NLM_F_DUMP), 16);
	assert_int_equal(ask(f.s, KIND_DUMP, NLM_F_DUMP), 16);
	assert_int_equal(receive_from(f.s, 4096, 0), 3760);
	acknowledged(f.s, -EBUSY);
	read_dump(4096, 188, &flags);
}

static void a_table_that_changes_is_told(void **state)
{
	uint16_t flags = 0;

	(void)state;
	assert_int_equal(ask(f.s, KIND_DUMP, NLM_F_DUMP), 16);
	table_gen++;
	read_dump(4096, 0, &flags);
	assert_true(flags & NLM_F_DUMP_INTR);
}

static void a_dump_goes_on_in_the_stack_that_was_restored(void **state)
{
	struct snapshot snap = { 0 };
	struct sea_stack *restored;
	uint16_t flags = 0;

	(void)state;
	assert_int_equal(bind_to(f.s, 77, 5), 0);
	assert_int_equal(ask(f.s, KIND_DUMP, NLM_F_DUMP), 16);
	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 2, false, snapshot_read, &snap,
					&restored),
			 0);
	snapshot_free(&snap);
	f.stack = restored;
	assert_int_equal(port_of(f.s), 77);
	read_dump(4096, 0, &flags);
}

static void options_are_read_back(void **state)
{
	uint32_t words[2] = { 0 };
	socklen_t len = sizeof(words);
	int v = 0;

	(void)state;
	set(f.s, NETLINK_ADD_MEMBERSHIP, 33);
	set(f.s, NETLINK_ADD_MEMBERSHIP, 2);
	assert_int_equal(sea_socket_getsockopt(f.stack, f.s, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS,
					       words, &len, now),
			 0);
	assert_int_equal(len, 8);
	assert_int_equal(words[0], 2);
	assert_int_equal(words[1], 1);
	v = 41;
	assert_int_equal(sea_socket_setsockopt(f.stack, f.s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
					       &v, sizeof(v), now),
			 -EINVAL);
	assert_int_equal(sea_socket_setsockopt(f.stack, f.s, SOL_NETLINK, 99, &v, sizeof(v), now),
			 -ENOPROTOOPT);
	assert_int_equal(sea_socket_setsockopt(f.stack, f.s, SOL_NETLINK, 99, NULL, 222, now),
			 -EFAULT);
	assert_int_equal(sea_socket_setsockopt(f.stack, f.s, SOL_NETLINK, 99, NULL, 3, now),
			 -ENOPROTOOPT);
	assert_int_equal(sea_socket_setsockopt(f.stack, f.s, 6, 1, &v, sizeof(v), now),
			 -ENOPROTOOPT);
	len = 2;
	assert_int_equal(sea_socket_getsockopt(f.stack, f.s, SOL_NETLINK, NETLINK_EXT_ACK, &v, &len,
					       now),
			 -EINVAL);
}

/* Whatever allocation fails, the answer is less, never a leak (the fixture counts). */
static void without_memory_nothing_leaks(void **state)
{
	(void)state;
	for (size_t n = 1; n < 6; n++) {
		f.env.calls = 0;
		f.env.fail_at = n;
		(void)!ask(f.s, KIND_DUMP, NLM_F_DUMP);
		(void)!ask(f.s, KIND_FAIL, 0);
		f.env.fail_at = 0;
		while (receive_from(f.s, sizeof(f.bytes), 0) != -EAGAIN)
			;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(types_and_protocols_are_judged),
		TEST(a_port_is_one_sockets),
		TEST(requests_are_acknowledged_as_they_ask),
		TEST(extended_acks_come_where_they_are_asked_for),
		TEST(several_messages_are_served_one_by_one),
		TEST(sending_is_refused_as_by_linux),
		TEST(programs_speak_to_each_other),
		TEST(news_reach_members_and_who_asked_for_an_echo),
		TEST(a_member_without_a_port_hears_what_comes_from_others_only),
		TEST(what_is_lost_is_told_once),
		TEST(dumps_come_in_pieces_of_what_is_read),
		TEST(one_dump_runs_at_a_time),
		TEST(a_table_that_changes_is_told),
		TEST(a_dump_goes_on_in_the_stack_that_was_restored),
		TEST(options_are_read_back),
		TEST(without_memory_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
