// SPDX-License-Identifier: Apache-2.0
/* Which sockets datagrams reach, and how those of sockets leave, by what these are bound to. */
#include <net/if.h>

#include "packetimpact/bench/bench.h"

#define PORT 7000
#define PEER 9000
#define QUIET_NS (20 * SEA_MSEC)
#define PLACES 4 /* that a socket may be bound to and a datagram be for */

static const char *const place_names[PLACES] = { "any", "the address", "a group", "broadcast" };

/* Place `i`; false: there is none in this family. */
static bool place(const struct sea_bench *b, unsigned i, struct sea_addr *addr)
{
	const bool v6 = sea_bench_is_v6(b);

	*addr = *sea_bench_local(b);
	switch (i) {
	case 0:
		memset(addr->b, 0, sizeof(addr->b));
		return true;
	case 1:
		return true;
	case 2:
		return sea_addr_parse(v6 ? "ff0e::1234" : "239.1.2.3", addr);
	default:
		return !v6 && sea_addr_parse("192.168.255.255", addr);
	}
}

static void join(struct sea_bench *b, long fd, const struct sea_addr *group)
{
	struct ipv6_mreq v6 = { .ipv6mr_interface = 0 };
	struct ip_mreqn v4 = { .imr_ifindex = 0 };

	if (sea_bench_is_v6(b)) {
		memcpy(&v6.ipv6mr_multiaddr, group->b, 16);
		v6.ipv6mr_interface = (unsigned)sea_bench_ifindex(b);
		SAME(b, SYS(b, setsockopt, fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &v6, sizeof(v6)),
		     0);
	} else {
		memcpy(&v4.imr_multiaddr, group->b, 4);
		v4.imr_ifindex = sea_bench_ifindex(b);
		SAME(b, SYS(b, setsockopt, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4, sizeof(v4)), 0);
	}
}

static void to_device(struct sea_bench *b, long fd)
{
	SAME(b, SYS(b, setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "tun0", 5), 0);
}

static void one_reception(struct sea_bench *b, unsigned bound, unsigned to, bool device)
{
	struct sea_addr at, group, dst, from;
	const long keeper = sea_bench_socket(b, SOCK_DGRAM, 0);
	const long fd = sea_bench_socket(b, SOCK_DGRAM, 0);
	uint16_t port = 0;
	long got;

	if (!place(b, bound, &at) || !place(b, to, &dst))
		return;
	sea_bench_say(b, "bound to %s, for %s%s", place_names[bound], place_names[to],
		      device ? ", of one device" : "");
	(void)place(b, 2, &group);
	join(b, keeper, &group);
	SAME(b, sea_bench_bind(b, fd, &at, PORT), 0);
	if (device)
		to_device(b, fd);
	SEND(b, IP(b, .dst = &dst), UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT)), BYTES("datum", 5));
	got = sea_bench_recvfrom(b, fd, 0, &from, &port);
	SAME(b, got, bound == 0 || bound == to ? 5 : -EAGAIN);
	if (got == 5) {
		CHECK(b, !memcmp(from.b, sea_bench_remote(b)->b, sea_bench_is_v6(b) ? 16 : 4));
		SAME(b, port, PEER);
	}
	SAME(b, SYS(b, close, fd), 0);
	SAME(b, SYS(b, close, keeper), 0);
}

static void sockets_get_what_is_for_what_they_are_bound_to(struct sea_bench *b)
{
	for (unsigned bound = 0; bound < PLACES; bound++)
		for (unsigned to = 1; to < PLACES; to++)
			for (unsigned device = 0; device < 2; device++)
				one_reception(b, bound, to, device);
}

static void one_transmission(struct sea_bench *b, unsigned bound, unsigned to, bool device)
{
	const long fd = sea_bench_socket(b, SOCK_DGRAM, 0);
	struct sea_addr at, dst;

	if (!place(b, bound, &at) || !place(b, to, &dst))
		return;
	if (to == 1)
		dst = *sea_bench_remote(b);
	sea_bench_say(b, "bound to %s, to %s%s", place_names[bound], place_names[to],
		      device ? ", of one device" : "");
	SAME(b, sea_bench_bind(b, fd, &at, PORT), 0);
	if (device)
		to_device(b, fd);
	if (to == 3) {
		SAME(b, sea_bench_sendto(b, fd, &dst, PEER, "datum", 5), -EACCES);
		SAME(b, sea_bench_setsockopt(b, fd, SOL_SOCKET, SO_BROADCAST, 1), 0);
	}
	if (to == 2 && sea_bench_is_v6(b))
		SAME(b,
		     sea_bench_setsockopt(b, fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
					  sea_bench_ifindex(b)),
		     0);
	if (to == 2 && !sea_bench_is_v6(b)) {
		const struct ip_mreqn out = { .imr_ifindex = sea_bench_ifindex(b) };

		SAME(b, SYS(b, setsockopt, fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)), 0);
	}
	SAME(b, sea_bench_sendto(b, fd, &dst, PEER, "datum", 5), 5);
	/* Neither a group nor a broadcast address is ever a source. */
	EXPECT(b, SEA_SEC, IP(b, .src = sea_bench_local(b), .dst = &dst),
	       UDP(F(UDP_SRC, PORT), F(UDP_DST, PEER)), BYTES("datum", 5));
	SAME(b, SYS(b, close, fd), 0);
}

static void sockets_send_from_what_they_are_bound_to(struct sea_bench *b)
{
	/* What is bound to a group of IPv6 would have it as source; Linux refuses that in its own way. */
	for (unsigned bound = 0; bound < PLACES; bound++)
		for (unsigned to = 1; to < PLACES; to++)
			for (unsigned device = 0; device < 2 && !(sea_bench_is_v6(b) && bound == 2);
			     device++)
				one_transmission(b, bound, to, device);
}

/* RFC768; RFC 1122 §4.1.3.2 */
static void any_address_takes_unicast_of_every_size(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	static uint8_t data[1452];

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)sea_bench_random(b, 256);
	for (unsigned i = 0; i < 40; i++) {
		const size_t len = i < 2 ? i : 1 + sea_bench_random(b, sizeof(data));

		sea_bench_say(b, "%zu bytes", len);
		SEND(b, IP(b), UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT)), BYTES(data, len));
		SAME(b, sea_bench_recv(b, fd, 0), len);
		CHECK(b, !memcmp(sea_bench_buf(b), data, len));
	}
}

/* RFC 1122 §3.2.1.3: no group, no broadcast is a source. */
static void a_source_that_is_a_group_is_dropped(struct sea_bench *b)
{
	static const char *const v4[] = { "224.0.0.1", "239.1.2.3", "255.255.255.255", "127.0.0.1",
					  NULL };
	static const char *const v6[] = { "ff02::1", "ff0e::1234", "::1", NULL };
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const char *const *at = sea_bench_is_v6(b) ? v6 : v4;
	struct sea_addr src;

	for (; *at; at++) {
		sea_bench_say(b, "from %s", *at);
		CHECK(b, sea_addr_parse(*at, &src));
		SEND(b, IP(b, .src = &src), UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT)),
		     BYTES("datum", 5));
		SAME(b, sea_bench_recv(b, fd, 0), -EAGAIN);
		SEND(b, IP(b, .src = &src), UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT + 1)));
		EXPECT_NONE(b, QUIET_NS, IP(b));
	}
}

/* RFC768: what is wrong inside of a datagram is its end. */
static void a_datagram_that_lies_is_dropped(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);

	for (unsigned i = 0; i < 30; i++) {
		const uint16_t len = (uint16_t)sea_bench_random(b, 65536);
		const uint16_t sum = (uint16_t)(1 + sea_bench_random(b, 65535));

		sea_bench_say(b, "length %u", len);
		SEND(b, IP(b),
		     UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT), F(UDP_SUM, sum), F(UDP_LEN, len)),
		     BYTES("datum", 5));
		SAME(b, sea_bench_recv(b, fd, 0), -EAGAIN);
	}
}

/* Datagrams of many peers to many sockets find their own, connected ones first. */
static void of_many_sockets_each_gets_its_own(struct sea_bench *b)
{
	long fds[8];
	const long any = sea_bench_socket(b, SOCK_DGRAM, 0);

	SAME(b, sea_bench_setsockopt(b, any, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	SAME(b, sea_bench_bind(b, any, NULL, PORT), 0);
	for (unsigned i = 0; i < 8; i++) {
		struct sea_addr peer = sea_bench_stranger(b, (uint8_t)(10 + i));

		fds[i] = sea_bench_socket(b, SOCK_DGRAM, 0);
		SAME(b, sea_bench_setsockopt(b, fds[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
		SAME(b, sea_bench_bind(b, fds[i], NULL, PORT), 0);
		SAME(b, sea_bench_connect(b, fds[i], &peer, PEER), 0);
	}
	for (unsigned turn = 0; turn < 40; turn++) {
		const unsigned i = sea_bench_random(b, 10);
		struct sea_addr peer = sea_bench_stranger(b, (uint8_t)(10 + i));

		sea_bench_say(b, "peer %u", i);
		SEND(b, IP(b, .src = &peer), UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT)),
		     BYTES(&turn, sizeof(turn)));
		SAME(b, sea_bench_recv(b, i < 8 ? fds[i] : any, 0), sizeof(turn));
		CHECK(b, !memcmp(sea_bench_buf(b), &turn, sizeof(turn)));
	}
	SAME(b, sea_bench_recv(b, any, 0), -EAGAIN);
}

const struct sea_bench_test sea_bench_datagrams[] = {
	BENCH(sockets_get_what_is_for_what_they_are_bound_to),
	BENCH(sockets_send_from_what_they_are_bound_to),
	BENCH(any_address_takes_unicast_of_every_size),
	BENCH(a_source_that_is_a_group_is_dropped),
	BENCH(a_datagram_that_lies_is_dropped),
	BENCH(of_many_sockets_each_gets_its_own),
	{ 0 },
};
