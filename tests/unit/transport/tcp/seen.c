/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection over IPv6 remembers of its peer's packets, of a stack with itself. pkt_options_peer.c (netns)
 * compares all of it with the kernel's.
 */
#include <stdio.h>

#include <linux/in6.h>

#include "tests/lib/snapshot.h"
#include "tests/lib/sockets.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_tcp };
static struct test_stack t;
static sea_socket listener, client, child;

static void set(sea_socket s, int name, int v)
{
	assert_int_equal(test_set_int(&t, s, IPPROTO_IPV6, name, v), 0);
}

static sea_socket socket6(void)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, SOCK_STREAM, 0, &s, t.now), 0);
	return s;
}

/* A listener; a client with hop limit 33, class 0x28 and label 0x91234. */
static int setup(void **state)
{
	const struct sockaddr_in6 at = { .sin6_family = AF_INET6,
					 .sin6_port = htons(80),
					 .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	test_stack_new6(&t, modules, 3);
	listener = socket6();
	client = socket6();
	assert_int_equal(sea_socket_bind(t.stack, listener, (const void *)&at, sizeof(at), t.now),
			 0);
	assert_int_equal(sea_socket_listen(t.stack, listener, 1, t.now), 0);
	set(client, IPV6_UNICAST_HOPS, 33);
	set(client, IPV6_TCLASS, 0x28);
	set(client, IPV6_FLOWINFO_SEND, 1);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void open_connection(void)
{
	const struct sockaddr_in6 at = { .sin6_family = AF_INET6,
					 .sin6_port = htons(80),
					 .sin6_flowinfo = htonl(0x91234),
					 .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	assert_int_equal(sea_socket_connect(t.stack, client, (const void *)&at, sizeof(at), t.now),
			 -EINPROGRESS);
	test_advance(&t, 1);
	assert_int_equal(sea_socket_accept(t.stack, listener, NULL, NULL, &child, t.now), 0);
}

static void send_byte(void)
{
	struct iovec iov = { &(char){ 'x' }, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(sea_socket_sendmsg(t.stack, client, &msg, 0, t.now), 1);
	test_advance(&t, 1);
	assert_int_equal(sea_socket_recvmsg(t.stack, child, &msg, 0, t.now), 1);
}

/* The control message that is told of; its bytes as text, "-": it is not among them. */
static const char *told(struct sea_stack *stack, int type)
{
	static char text[200];
	_Alignas(8) uint8_t buf[400];
	socklen_t len = sizeof(buf);
	struct msghdr msg = { .msg_control = buf };
	size_t n = 0;

	assert_int_equal(sea_socket_getsockopt(stack, child, IPPROTO_IPV6, IPV6_2292PKTOPTIONS, buf,
					       &len, t.now),
			 0);
	msg.msg_controllen = len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		for (size_t i = 0; c->cmsg_type == type && i < c->cmsg_len - CMSG_LEN(0); i++)
			n += (size_t)sprintf(text + n, "%02x", CMSG_DATA(c)[i]);
	return n ? text : "-";
}

static uint32_t label_of_other_side(void)
{
	struct in6_flowlabel_req req = { .flr_action = IPV6_FL_A_GET,
					 .flr_flags = IPV6_FL_F_REMOTE };
	socklen_t len = sizeof(req);

	assert_int_equal(sea_socket_getsockopt(t.stack, child, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR,
					       &req, &len, t.now),
			 0);
	return ntohl(req.flr_label);
}

static void what_a_connection_began_with_is_told_whenever_it_is_asked_for(void **state)
{
	open_connection();
	assert_string_equal(told(t.stack, IPV6_HOPLIMIT), "-");
	assert_int_equal(label_of_other_side(), 0x91234);
	set(child, IPV6_RECVHOPLIMIT, 1);
	set(child, IPV6_RECVTCLASS, 1);
	set(child, IPV6_FLOWINFO, 1);
	assert_string_equal(told(t.stack, IPV6_HOPLIMIT), "21000000");
	assert_string_equal(told(t.stack, IPV6_TCLASS), "28000000");
	assert_string_equal(told(t.stack, IPV6_FLOWINFO), "02891234");
	assert_int_equal(test_get_int(&t, child, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 33);
	assert_int_equal(test_get_int(&t, child, IPPROTO_IPV6, IPV6_MULTICAST_IF), 1);
}

static void segments_are_looked_at_where_options_ask(void **state)
{
	open_connection();
	set(client, IPV6_UNICAST_HOPS, 34);
	send_byte();
	set(child, IPV6_RECVHOPLIMIT, 1);
	assert_string_equal(told(t.stack, IPV6_HOPLIMIT), "21000000");
	set(client, IPV6_UNICAST_HOPS, 35);
	send_byte();
	assert_string_equal(told(t.stack, IPV6_HOPLIMIT), "23000000");
}

static struct sea_stack *copy_stack(void)
{
	struct snapshot snap = { 0 };
	struct sea_stack *copy;

	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &snap), 0);
	assert_int_equal(
		sea_stack_load(NULL, &t.env.env, modules, 3, 0, snapshot_read, &snap, &copy), 0);
	snapshot_free(&snap);
	return copy;
}

/* With the extension header that was asked for, until one comes that has none. */
static void a_packet_is_kept_over_a_restart(void **state)
{
	static const uint8_t header[8] = { 0, 0, 1, 4 };
	struct sea_stack *copy;

	open_connection();
	set(child, IPV6_RECVHOPOPTS, 1);
	set(child, IPV6_RECVHOPLIMIT, 1);
	assert_int_equal(sea_socket_setsockopt(t.stack, client, IPPROTO_IPV6, IPV6_HOPOPTS, header,
					       sizeof(header), t.now),
			 0);
	set(client, IPV6_UNICAST_HOPS, 36);
	send_byte();
	assert_string_equal(told(t.stack, IPV6_HOPOPTS), "0600010400000000");
	copy = copy_stack();
	assert_string_equal(told(copy, IPV6_HOPOPTS), "0600010400000000");
	assert_string_equal(told(copy, IPV6_HOPLIMIT), "24000000");
	sea_stack_free(copy);
	assert_int_equal(sea_socket_setsockopt(t.stack, client, IPPROTO_IPV6, IPV6_HOPOPTS, NULL, 0,
					       t.now),
			 0);
	send_byte();
	assert_string_equal(told(t.stack, IPV6_HOPOPTS), "-");
}

/* Whatever allocation fails: the byte comes, sooner or later, and what is told of is as it was or as it came. */
static void without_memory_for_it_a_packet_is_not_kept(void **state)
{
	struct iovec iov = { &(char){ 'x' }, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned kept = 0, lost = 0;

	open_connection();
	set(child, IPV6_FLOWINFO, 1);
	set(child, IPV6_RECVHOPLIMIT, 1);
	for (unsigned n = 1; n < 16; n++) {
		const char *was, *is;
		ssize_t sent;
		char before[16];

		set(client, IPV6_UNICAST_HOPS, 40 + (int)n);
		was = told(t.stack, IPV6_HOPLIMIT);
		memcpy(before, was, strlen(was) + 1);
		test_env_fail_at(&t.env, n);
		sent = sea_socket_sendmsg(t.stack, client, &msg, 0, t.now);
		test_advance(&t, 1);
		test_env_fail_at(&t.env, 0);
		is = told(t.stack, IPV6_HOPLIMIT);
		*(strcmp(is, before) ? &kept : &lost) += 1;
		test_advance(&t, 3 * SEA_SEC);
		if (sent == 1)
			assert_int_equal(sea_socket_recvmsg(t.stack, child, &msg, 0, t.now), 1);
		else
			send_byte();
	}
	assert_true(kept && lost);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_connection_began_with_is_told_whenever_it_is_asked_for),
		TEST(segments_are_looked_at_where_options_ask),
		TEST(a_packet_is_kept_over_a_restart),
		TEST(without_memory_for_it_a_packet_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
