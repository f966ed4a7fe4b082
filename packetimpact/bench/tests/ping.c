// SPDX-License-Identifier: Apache-2.0
/* Echo: sockets that ask, and the device that answers. */
#include "packetimpact/bench/bench.h"

#define QUIET_NS (20 * SEA_MSEC)

/* An echo header of the test's family: a request or its reply. */
static struct sea_bench_layer echo(const struct sea_bench *b, bool reply, uint16_t id, uint16_t seq)
{
	if (sea_bench_is_v6(b))
		return ICMP6(F(ICMP6_TYPE, reply ? 129 : 128), F(ICMP6_ID, id), F(ICMP6_SEQ, seq));
	return ICMP(F(ICMP_TYPE, reply ? 0 : 8), F(ICMP_ID, id), F(ICMP_SEQ, seq));
}

static long ping_socket(struct sea_bench *b)
{
	sea_bench_sysctl(b, "net.ipv4.ping_group_range", "0 2147483647");
	return sea_bench_socket(b, SOCK_DGRAM, sea_bench_is_v6(b) ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

/* A request to the peer as a program writes it. */
static long ask(struct sea_bench *b, long fd, const struct sea_addr *to, uint16_t seq)
{
	uint8_t message[12] = { sea_bench_is_v6(b) ? 128 : 8 };

	message[6] = (uint8_t)(seq >> 8);
	message[7] = (uint8_t)seq;
	memcpy(message + 8, "data", 4);
	return sea_bench_sendto(b, fd, to, 0, message, sizeof(message));
}

/* RFC792; RFC 4443 §4.1 */
static void a_socket_asks_and_hears_the_answer(struct sea_bench *b)
{
	const long fd = ping_socket(b);
	const struct sea_bench_layer any = IP(b, .src = sea_bench_local(b));

	SAME(b, sea_bench_bind(b, fd, NULL, 4321), 0);
	for (uint16_t seq = 1; seq < 10; seq++) {
		SAME(b, ask(b, fd, NULL, seq), 12);
		EXPECT(b, SEA_SEC, any, echo(b, false, 4321, seq), BYTES("data", 4));
		SEND(b, IP(b), echo(b, true, 4321, seq), BYTES("data", 4));
		SAME(b, sea_bench_recv(b, fd, 0), 12);
		SAME(b, sea_bench_buf(b)[7], seq);
		CHECK(b, !memcmp(sea_bench_buf(b) + 8, "data", 4));
	}
}

/* Answers by number, and by where a socket is bound. */
static void of_many_sockets_each_hears_its_own(struct sea_bench *b)
{
	long fds[6];

	for (unsigned i = 0; i < 6; i++) {
		fds[i] = ping_socket(b);
		SAME(b,
		     sea_bench_bind(b, fds[i], i % 2 ? sea_bench_local(b) : NULL,
				    (uint16_t)(500 + i)),
		     0);
		if (i >= 4)
			SAME(b, SYS(b, setsockopt, fds[i], SOL_SOCKET, SO_BINDTODEVICE, "tun0", 5),
			     0);
	}
	for (unsigned turn = 0; turn < 40; turn++) {
		const unsigned i = sea_bench_random(b, 8);

		sea_bench_say(b, "number %u", 500 + i);
		SEND(b, IP(b), echo(b, true, (uint16_t)(500 + i), (uint16_t)turn),
		     BYTES(NULL, sea_bench_random(b, 500)));
		for (unsigned j = 0; j < 6; j++)
			CHECK(b, (sea_bench_recv(b, fds[j], 0) > 0) == (i == j));
	}
}

/* Each of a socket's own choice. */
static void a_socket_has_a_number_of_its_own(struct sea_bench *b)
{
	const struct sea_bench_layer any = IP(b);
	const struct sea_bench_seen *seen;
	uint32_t ids[5];

	for (unsigned i = 0; i < 5; i++) {
		const long fd = ping_socket(b);

		SAME(b, ask(b, fd, NULL, (uint16_t)i), 12);
		if (sea_bench_is_v6(b)) {
			seen = EXPECT(b, SEA_SEC, any, ICMP6(F(ICMP6_TYPE, 128), F(ICMP6_SEQ, i)));
			(void)sea_bench_get(seen, SEA_BENCH_ICMP6, SEA_BENCH_ICMP6_ID, &ids[i]);
		} else {
			seen = EXPECT(b, SEA_SEC, any, ICMP(F(ICMP_TYPE, 8), F(ICMP_SEQ, i)));
			(void)sea_bench_get(seen, SEA_BENCH_ICMP, SEA_BENCH_ICMP_ID, &ids[i]);
		}
		SAME(b, sea_bench_port_of(b, fd), ids[i]);
		for (unsigned j = 0; j < i; j++)
			CHECK(b, ids[i] != ids[j]);
	}
}

/* RFC 1122 §3.2.2.6; RFC 4443 §4.2: the answer has all that was asked. */
static void requests_of_every_size_are_answered(struct sea_bench *b)
{
	static uint8_t data[1400];

	for (unsigned i = 0; i < 40; i++) {
		const size_t len = i < 2 ? i : sea_bench_random(b, sizeof(data));
		const struct sea_addr from = sea_bench_stranger(b, (uint8_t)(1 + i % 200));

		for (size_t j = 0; j < len; j++)
			data[j] = (uint8_t)sea_bench_random(b, 256);
		sea_bench_say(b, "%zu bytes", len);
		SEND(b, IP(b, .src = &from), echo(b, false, 9, (uint16_t)i), BYTES(data, len));
		if (len)
			EXPECT(b, SEA_SEC, IP(b, .src = sea_bench_local(b), .dst = &from),
			       echo(b, true, 9, (uint16_t)i), BYTES(data, len));
		else
			EXPECT(b, SEA_SEC, IP(b, .dst = &from), echo(b, true, 9, (uint16_t)i));
	}
}

/* RFC 1122 §3.2.2.6, as Linux has it by icmp_echo_ignore_broadcasts; RFC 4443 §4.2. */
static void requests_to_groups_are_answered_where_that_is_allowed(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	struct sea_addr group;

	CHECK(b, sea_addr_parse(v6 ? "ff02::1" : "224.0.0.1", &group));
	if (!v6) {
		SEND(b, IP(b, .dst = &group), echo(b, false, 1, 1), BYTES("all", 3));
		EXPECT_NONE(b, QUIET_NS, IP(b));
		sea_bench_sysctl(b, "net.ipv4.icmp_echo_ignore_broadcasts", "0");
	}
	SEND(b, IP(b, .dst = &group), echo(b, false, 1, 2), BYTES("all", 3));
	EXPECT(b, SEA_SEC, IP(b, .src = sea_bench_local(b)), echo(b, true, 1, 2), BYTES("all", 3));
	sea_bench_sysctl(b, v6 ? "net.ipv6.icmp.echo_ignore_all" : "net.ipv4.icmp_echo_ignore_all",
			 "1");
	SEND(b, IP(b), echo(b, false, 1, 3), BYTES("all", 3));
	EXPECT_NONE(b, QUIET_NS, IP(b));
}

/* RFC 4443 §2.4: one that is wrong is not answered. */
static void a_request_with_a_wrong_checksum_is_dropped(struct sea_bench *b)
{
	for (unsigned i = 0; i < 20; i++) {
		const uint16_t sum = (uint16_t)(1 + sea_bench_random(b, 1000));

		/* Random numbers of a request make the right sum another one each time. */
		if (sea_bench_is_v6(b))
			SEND(b, IPV6(),
			     ICMP6(F(ICMP6_TYPE, 128), F(ICMP6_ID, 1), F(ICMP6_SUM, sum)));
		else
			SEND(b, IPV4(), ICMP(F(ICMP_TYPE, 8), F(ICMP_ID, 1), F(ICMP_SUM, sum)));
	}
	EXPECT_NONE(b, QUIET_NS, IP(b));
}

const struct sea_bench_test sea_bench_ping[] = {
	BENCH(a_socket_asks_and_hears_the_answer),
	BENCH(of_many_sockets_each_hears_its_own),
	BENCH(a_socket_has_a_number_of_its_own),
	BENCH(requests_of_every_size_are_answered),
	BENCH(requests_to_groups_are_answered_where_that_is_allowed),
	BENCH(a_request_with_a_wrong_checksum_is_dropped),
	{ 0 },
};
