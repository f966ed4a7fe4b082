/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes whose MTU is below what any link has, down to one byte: what is sent along them is cut, refused or
 * waits, and nothing breaks or is left. Linux lets such routes in, too.
 */
#include "tests/lib/routes.h"
#include "tests/lib/sockets.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_ping, &sea_udp,
						    &sea_tcp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 5);
	test_know_peer(&t);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

union name {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t peer(int family, uint16_t port, union name *name)
{
	memset(name, 0, sizeof(*name));
	if (family == AF_INET) {
		name->in = test_in("10.0.0.2", port);
		return sizeof(name->in);
	}
	name->in6.sin6_family = AF_INET6;
	name->in6.sin6_port = htons(port);
	memcpy(&name->in6.sin6_addr, test_ip6(TEST_PEER_IP6).b, 16);
	return sizeof(name->in6);
}

/* All that goes out fits the link, whatever the route says. */
static void take_what_fits(void)
{
	struct test_frame *f;

	while ((f = test_take(&t)))
		assert_in_range(f->len, 15, 14 + 1500);
}

static void datagrams(int family, int protocol, const uint8_t *data, size_t len)
{
	sea_socket s;
	union name name;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_name = &name,
			      .msg_namelen = peer(family, protocol ? 0 : 9, &name),
			      .msg_iov = &iov,
			      .msg_iovlen = 1 };

	assert_int_equal(sea_socket_new(t.stack, family, SOCK_DGRAM, protocol, &s, t.now), 0);
	(void)!sea_socket_sendmsg(t.stack, s, &msg, 0, t.now);
	(void)!sea_socket_sendmsg(t.stack, s, &msg, MSG_MORE, t.now);
	(void)!sea_socket_sendmsg(t.stack, s, &msg, 0, t.now);
	take_what_fits();
	test_close(&t, s);
}

static void stream(int family)
{
	sea_socket s;
	union name name;
	socklen_t len = peer(family, 80, &name);

	assert_int_equal(sea_socket_new(t.stack, family, SOCK_STREAM, 0, &s, t.now), 0);
	(void)!sea_socket_connect(t.stack, s, &name.sa, len, t.now);
	test_settle(&t);
	take_what_fits();
	test_close(&t, s);
}

static void over_family(int family, const char *host, int echo, uint8_t request)
{
	static uint8_t data[3000];
	struct sea_route r = test_route(host, NULL, t.link);

	data[0] = request;
	for (r.metrics.mtu = 1; r.metrics.mtu < 1400;
	     r.metrics.mtu += r.metrics.mtu < 120 ? 1 : 37) {
		assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
		datagrams(family, 0, data, sizeof(data));
		datagrams(family, 0, data, 1);
		datagrams(family, echo, data, sizeof(data));
		stream(family);
		assert_int_equal(sea_route_del(t.stack, &r, t.now), 0);
	}
}

static void what_is_sent_along_them_is_cut_or_refused(void **state)
{
	over_family(AF_INET, "10.0.0.2/32", IPPROTO_ICMP, 8);
	over_family(AF_INET6, TEST_PEER_IP6 "/128", IPPROTO_ICMPV6, 128);
}

static void what_is_answered_along_them_is_bounded(void **state)
{
	static uint8_t data[1400] = { 0, 9, 0, 7 };
	struct sea_route r4 = test_route("10.0.0.2/32", NULL, t.link);
	struct sea_route r6 = test_route(TEST_PEER_IP6 "/128", NULL, t.link);

	for (uint32_t mtu = 1; mtu < 1400; mtu += mtu < 120 ? 1 : 37) {
		uint8_t echo[1200] = { 128 };

		r4.metrics.mtu = r6.metrics.mtu = mtu;
		assert_int_equal(sea_route_add(t.stack, &r4, t.now), 0);
		assert_int_equal(sea_route_add(t.stack, &r6, t.now), 0);
		test_inject_ip(&t, &(struct test_ip){ .proto = 253 }, data, sizeof(data));
		test_inject_ip6(&t, &(struct test_ip6){ .proto = 253 }, data, sizeof(data));
		test_inject_icmp6(&t, &(struct test_ip6){ 0 }, echo, sizeof(echo));
		take_what_fits();
		assert_int_equal(sea_route_del(t.stack, &r4, t.now), 0);
		assert_int_equal(sea_route_del(t.stack, &r6, t.now), 0);
		test_advance(&t, SEA_SEC);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_sent_along_them_is_cut_or_refused),
		T(what_is_answered_along_them_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
