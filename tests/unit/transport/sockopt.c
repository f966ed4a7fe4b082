/* SPDX-License-Identifier: Apache-2.0 */
/* SOL_SOCKET and IPPROTO_IP; the expected answers were taken from Linux 6.18. */
#include "tests/lib/udp_peer.h"

#include <sys/time.h>

static int set(struct test_stack *t, sea_socket s, int level, int name, const void *v,
	       socklen_t len)
{
	return sea_socket_setsockopt(t->stack, s, level, name, v, len, t->now);
}

static int get(struct test_stack *t, sea_socket s, int level, int name, void *v, socklen_t *len)
{
	return sea_socket_getsockopt(t->stack, s, level, name, v, len, t->now);
}

static void flags_are_set_as_truth(void **state)
{
	static const int names[] = { SO_DEBUG,     SO_REUSEADDR,       SO_DONTROUTE, SO_BROADCAST,
				     SO_KEEPALIVE, SO_OOBINLINE,       SO_NO_CHECK,  SO_REUSEPORT,
				     SO_RXQ_OVFL,  SO_SELECT_ERR_QUEUE };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, names[i]), 0);
		assert_int_equal(set(t, s, SOL_SOCKET, names[i], "\1\0\0", 3), -EINVAL);
		assert_int_equal(test_set_int(t, s, SOL_SOCKET, names[i], -7), 0);
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, names[i]), 1);
		assert_int_equal(test_set_int(t, s, SOL_SOCKET, names[i], 0), 0);
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, names[i]), 0);
	}
}

static void buffers_are_doubled_and_clamped(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	static const struct {
		int name, get, in, out;
	} rows[] = {
		{ SO_RCVBUF, SO_RCVBUF, 0, 2304 },
		{ SO_RCVBUF, SO_RCVBUF, 4096, 8192 },
		{ SO_RCVBUF, SO_RCVBUF, -1, 8388608 },
		{ SO_RCVBUF, SO_RCVBUF, 1 << 30, 8388608 },
		{ SO_SNDBUF, SO_SNDBUF, 0, 4608 },
		{ SO_SNDBUF, SO_SNDBUF, -1, 8388608 },
		{ SO_RCVBUFFORCE, SO_RCVBUF, 1 << 24, 1 << 25 },
		{ SO_RCVBUFFORCE, SO_RCVBUF, -1, 2304 },
		{ SO_SNDBUFFORCE, SO_SNDBUF, 1 << 24, 1 << 25 },
		{ SO_SNDBUFFORCE, SO_SNDBUF, INT32_MAX, INT32_MAX - 1 },
	};

	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_RCVBUF), 212992);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, 72), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(test_set_int(t, s, SOL_SOCKET, rows[i].name, rows[i].in), 0);
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, rows[i].get), rows[i].out);
	}
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, 72), 3); /* SO_BUF_LOCK */
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, 72, 1), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, 72), 1);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, 72, 4), -EINVAL);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_RCVBUFFORCE), -ENOPROTOOPT);
}

static void defaults_follow_the_sysctls(void **state)
{
	struct test_stack *t = *state;

	assert_int_equal(sea_sysctl_set(t->stack, "net.core.rmem_default", "10000", t->now), 0);
	assert_int_equal(sea_sysctl_set(t->stack, "net.core.wmem_max", "10000", t->now), 0);
	assert_int_equal(test_get_int(t, test_udp(t), SOL_SOCKET, SO_RCVBUF), 10000);
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_SNDBUF), 20000);
}

static void facts_are_read_only(void **state)
{
	static const struct {
		int name, value;
	} facts[] = { { SO_TYPE, SOCK_DGRAM }, { SO_PROTOCOL, IPPROTO_UDP }, { SO_DOMAIN, AF_INET },
		      { SO_ACCEPTCONN, 0 },    { SO_SNDLOWAT, 1 },           { SO_ERROR, 0 } };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, facts[i].name), facts[i].value);
		assert_int_equal(test_set_int(t, s, SOL_SOCKET, facts[i].name, 1), -ENOPROTOOPT);
	}
}

static void timeouts_are_checked(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct timeval tv = { 3, 250000 };
	socklen_t len = sizeof(tv);

	assert_int_equal(set(t, s, SOL_SOCKET, SO_RCVTIMEO, &tv, 15), -EINVAL);
	assert_int_equal(set(t, s, SOL_SOCKET, SO_RCVTIMEO, &tv, 16), 0);
	assert_int_equal(get(t, s, SOL_SOCKET, 66, &tv, &len), 0);
	assert_int_equal(len, 16);
	assert_int_equal(tv.tv_sec, 3);
	assert_int_equal(tv.tv_usec, 250000);
	tv = (struct timeval){ 1, 1000000 };
	assert_int_equal(set(t, s, SOL_SOCKET, SO_SNDTIMEO, &tv, 16), -EDOM);
	tv = (struct timeval){ 1, -1 };
	assert_int_equal(set(t, s, SOL_SOCKET, SO_SNDTIMEO, &tv, 16), -EDOM);
	tv = (struct timeval){ -1, 0 };
	assert_int_equal(set(t, s, SOL_SOCKET, SO_SNDTIMEO, &tv, 16), 0);
	assert_int_equal(get(t, s, SOL_SOCKET, SO_SNDTIMEO, &tv, &len), 0);
	assert_int_equal(tv.tv_sec, 0);
	tv = (struct timeval){ INT64_MAX, 0 };
	assert_int_equal(set(t, s, SOL_SOCKET, SO_SNDTIMEO, &tv, 16), 0);
	assert_int_equal(get(t, s, SOL_SOCKET, SO_SNDTIMEO, &tv, &len), 0);
	assert_int_equal(tv.tv_sec, 0);
}

static void linger_keeps_its_seconds(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	struct linger v = { 1, 5 };
	socklen_t len = sizeof(v);

	assert_int_equal(set(t, s, SOL_SOCKET, SO_LINGER, &v, 7), -EINVAL);
	assert_int_equal(set(t, s, SOL_SOCKET, SO_LINGER, &v, 8), 0);
	v = (struct linger){ 0, 9 };
	assert_int_equal(set(t, s, SOL_SOCKET, SO_LINGER, &v, 8), 0);
	assert_int_equal(get(t, s, SOL_SOCKET, SO_LINGER, &v, &len), 0);
	assert_int_equal(v.l_onoff, 0);
	assert_int_equal(v.l_linger, 5);
}

static void low_water_is_at_least_one(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVLOWAT, 0), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_RCVLOWAT), 1);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_RCVLOWAT, -1), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_RCVLOWAT), INT32_MAX);
}

static void timestamps_exclude_each_other(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_TIMESTAMPNS, 1), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_TIMESTAMP), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_TIMESTAMPNS), 1);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_TIMESTAMP, 0), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_TIMESTAMPNS), 0);
}

static void devices_are_known_by_name_and_index(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	char name[20] = "?";
	socklen_t len = sizeof(name);

	assert_int_equal(get(t, s, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(set(t, s, SOL_SOCKET, SO_BINDTODEVICE, "nope", 4), -ENODEV);
	assert_int_equal(set(t, s, SOL_SOCKET, SO_BINDTODEVICE, "lo\0garbage", 10), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, 62), 1);
	len = 15;
	assert_int_equal(get(t, s, SOL_SOCKET, SO_BINDTODEVICE, name, &len), -EINVAL);
	len = 20;
	assert_int_equal(get(t, s, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	assert_int_equal(len, 3);
	assert_string_equal(name, "lo");
	assert_int_equal(set(t, s, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, 62), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, 62, -1), -EINVAL);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, 62, 300), 0);
}

static void cookie_and_names_have_their_sizes(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint64_t cookie;
	struct sockaddr_in in;
	socklen_t len = 7;

	assert_int_equal(get(t, s, SOL_SOCKET, SO_COOKIE, &cookie, &len), -EINVAL);
	len = 8;
	assert_int_equal(get(t, s, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	assert_true(cookie != 0);
	len = 16;
	assert_int_equal(get(t, s, SOL_SOCKET, SO_PEERNAME, &in, &len), -ENOTCONN);
	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(get(t, s, SOL_SOCKET, SO_PEERNAME, &in, &len), 0);
	assert_int_equal(in.sin_port, htons(9));
	len = 17;
	assert_int_equal(get(t, s, SOL_SOCKET, SO_PEERNAME, &in, &len), -EINVAL);
	len = 2;
	assert_int_equal(get(t, s, SOL_SOCKET, SO_TYPE, &in, &len), 0);
	assert_int_equal(len, 2);
}

static void what_is_not_known_or_not_done_is_refused(void **state)
{
	static const int refused[] = { 0,  22, 23, 24, 26, 31, 41, 43, 44, 46, 50,
				       51, 52, 54, 58, 68, 69, 70, 78, 84, 99, 255 };
	static const int unsupported[] = { SO_PASSCRED, SO_PASSSEC, 76, 83 };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(test_set_int(t, s, SOL_SOCKET, refused[i], 1), -ENOPROTOOPT);
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		assert_int_equal(test_set_int(t, s, SOL_SOCKET, unsupported[i], 1), -EOPNOTSUPP);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, 255), -ENOPROTOOPT);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_DETACH_FILTER, 1), -ENOENT);
	assert_int_equal(test_get_int(t, s, 255, 1), -EOPNOTSUPP);
	assert_int_equal(test_set_int(t, s, 255, 1, 1), -ENOPROTOOPT);
	assert_int_equal(test_set_int(t, s, IPPROTO_UDP, 103, 1), -ENOPROTOOPT);
}

static void ip_options_take_a_byte_or_an_int(void **state)
{
	static const int names[] = { IP_PKTINFO, IP_RECVTTL,         IP_RECVTOS,
				     IP_RECVERR, IP_RECVORIGDSTADDR, 24 };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	unsigned char byte = 0xee;
	socklen_t len = 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(set(t, s, IPPROTO_IP, names[i], "\1", 1), 0);
		assert_int_equal(test_get_int(t, s, IPPROTO_IP, names[i]), 1);
		assert_int_equal(set(t, s, IPPROTO_IP, names[i], "", 0), 0);
		assert_int_equal(get(t, s, IPPROTO_IP, names[i], &byte, &len), 0);
		assert_int_equal(byte, 0);
	}
	assert_int_equal(set(t, s, IPPROTO_IP, IP_FREEBIND, "", 0), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_TTL, 0), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_TTL, 256), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_TTL, 9), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_TTL), 9);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_TTL, -1), 0);
	assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_TTL), 64);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, 6), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MULTICAST_TTL, 300), -EINVAL);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MULTICAST_TTL, 255), 0);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_HDRINCL, 1), -ENOPROTOOPT);
	assert_int_equal(test_set_int(t, s, IPPROTO_IP, 69, 1), -ENOPROTOOPT);
}

/* RFC1122:2.4-b */
static void tos_gives_the_priority(void **state)
{
	static const int rows[][2] = {
		{ 0x00, 0 }, { 0x08, 2 }, { 0x10, 6 }, { 0x18, 4 }, { 0xe0, 0 }
	};
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_TOS, rows[i][0]), 0);
		assert_int_equal(test_get_int(t, s, IPPROTO_IP, IP_TOS), rows[i][0]);
		assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_PRIORITY), rows[i][1]);
	}
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_PRIORITY, -1), 0);
	assert_int_equal(test_get_int(t, s, SOL_SOCKET, SO_PRIORITY), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(flags_are_set_as_truth),
		UDP_TEST(buffers_are_doubled_and_clamped),
		UDP_TEST(defaults_follow_the_sysctls),
		UDP_TEST(facts_are_read_only),
		UDP_TEST(timeouts_are_checked),
		UDP_TEST(linger_keeps_its_seconds),
		UDP_TEST(low_water_is_at_least_one),
		UDP_TEST(timestamps_exclude_each_other),
		UDP_TEST(devices_are_known_by_name_and_index),
		UDP_TEST(cookie_and_names_have_their_sizes),
		UDP_TEST(what_is_not_known_or_not_done_is_refused),
		UDP_TEST(ip_options_take_a_byte_or_an_int),
		UDP_TEST(tos_gives_the_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
