/* SPDX-License-Identifier: Apache-2.0 */
/* UDP over IPv6: checksums that count addresses and may not be left out (RFC 8200 §8.1), lengths. */
#include <linux/udp.h>

#include "tests/lib/udp_peer.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 3);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static struct sockaddr_in6 in6(const char *ip, uint16_t port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET6, ip, &in.sin6_addr), 1);
	return in;
}

static sea_socket bound(uint16_t port)
{
	struct sockaddr_in6 in = in6("::", port);
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, SOCK_DGRAM, 0, &s, t.now), 0);
	assert_int_equal(sea_socket_bind(t.stack, s, (void *)&in, sizeof(in), t.now), 0);
	return s;
}

struct dgram {
	int len_error; /* of the field */
	bool no_sum;
	uint16_t sum_error;
	const char *sum_dst; /* the checksum is of this destination; NULL: the right one */
};

/* From port 1 of the peer to port 7; returns the frame's length. */
static size_t build(uint8_t *frame, struct dgram d, const void *data, size_t len)
{
	const struct test_ip6 ip = { .proto = SEA_IPPROTO_UDP };
	uint8_t msg[64] = { 0, 1, 0, 7 };
	sea_be16 sum;

	sea_put16(msg + 4, (uint16_t)(8 + (int)len + d.len_error));
	memcpy(msg + 8, data, len);
	sum = test_checksum(msg, 8 + len,
			    test_pseudo6(test_ip6(TEST_PEER_IP6).b,
					 test_ip6(d.sum_dst ? d.sum_dst : TEST_OUR_IP6).b,
					 SEA_IPPROTO_UDP, 8 + len));
	if (!d.no_sum)
		sea_put16(msg + 6, (uint16_t)(sea_be16_get(sum) + d.sum_error));
	return test_build_ip6(frame, &ip, msg, 8 + len);
}

static void inject(struct dgram d, const char *text)
{
	uint8_t frame[TEST_FRAME_MAX];

	test_inject(&t, frame, build(frame, d, text, strlen(text)));
}

/* RFC8200:8.1-a */
static void a_checksum_covers_the_ipv6_addresses(void **state)
{
	sea_socket s = bound(7);

	inject((struct dgram){ .sum_dst = "2001:db8::9" }, "abc");
	inject((struct dgram){ .sum_error = 1 }, "abc");
	assert_int_equal(test_drops(&t, SEA_DROP_UDP_CHECKSUM), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_Udp6InCsumErrors), 2);
	test_expect_nothing(&t, s);
	inject((struct dgram){ 0 }, "abc");
	test_expect_text(&t, s, "abc");
}

/* RFC8200:8.1-b, case 89 */
static void no_checksum_is_an_error_in_ipv6(void **state)
{
	sea_socket s = bound(7);

	inject((struct dgram){ .no_sum = true }, "abc");
	test_expect_nothing(&t, s);
	assert_int_equal(test_drops(&t, SEA_DROP_UDP_CHECKSUM), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Udp6InErrors), 1);
	assert_null(test_take(&t));
	/* Only who speaks of a tunnel wants it (RFC 6936). */
	assert_int_equal(test_set_int(&t, s, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1), 0);
	inject((struct dgram){ .no_sum = true }, "abc");
	test_expect_text(&t, s, "abc");
}

/* case 89: a length below the header's, beyond the packet, and zero, which is a jumbogram's. */
static void lengths_that_lie_are_dropped(void **state)
{
	static const int errors[] = { -11, -10, -4, 1, 1000, 60000 };
	sea_socket s = bound(7);

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		inject((struct dgram){ .len_error = errors[i] }, "abc");
	test_expect_nothing(&t, s);
	assert_int_equal(test_mib(&t, SEA_MIB_Udp6InErrors), 6);
}

/* RFC8200:8.1-c, case 89: minus zero is a checksum, zero is none. */
static void a_checksum_of_zero_is_sent_as_ones_in_ipv6(void **state)
{
	struct sockaddr_in6 to = in6(TEST_PEER_IP6, 9);
	sea_socket s = bound(7);
	uint8_t data[2];
	struct iovec iov = { data, 2 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	const uint8_t *udp;
	unsigned ones = 0;
	size_t len;

	for (unsigned i = 0; i < 65536; i++) {
		sea_put16(data, (uint16_t)i);
		assert_int_equal(sea_socket_sendmsg(t.stack, s, &msg, 0, t.now), 2);
		test_expect_ip6(test_take(&t), SEA_IPPROTO_UDP, &udp, &len);
		assert_int_not_equal(sea_get16(udp + 6), 0);
		ones += sea_get16(udp + 6) == 0xffff;
	}
	assert_in_range(ones, 1, 2);
}

/* To whatever it is bound; routes themselves know no such destination. */
static void a_sockets_any_address_is_this_host(void **state)
{
	sea_socket s = bound(7), from = bound(0);
	struct sockaddr_in6 to = in6("::", 7), peer;
	struct iovec iov = { (void *)(uintptr_t) "ab", 2 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};
	socklen_t len = sizeof(peer);
	char buf[8];

	assert_int_equal(sea_socket_sendmsg(t.stack, from, &msg, 0, t.now), 2);
	test_settle(&t);
	assert_int_equal(test_recvfrom(&t, s, buf, sizeof(buf), 0, NULL), 2);
	assert_int_equal(sea_socket_connect(t.stack, from, (void *)&to, sizeof(to), t.now), 0);
	assert_int_equal(sea_socket_getpeername(t.stack, from, (void *)&peer, &len), 0);
	assert_true(test_is_ip6(peer.sin6_addr.s6_addr, "::1"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_checksum_covers_the_ipv6_addresses),
		T(no_checksum_is_an_error_in_ipv6),
		T(lengths_that_lie_are_dropped),
		T(a_checksum_of_zero_is_sent_as_ones_in_ipv6),
		T(a_sockets_any_address_is_this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
