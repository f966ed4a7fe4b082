// SPDX-License-Identifier: Apache-2.0
/* Membership of groups: what is heard, by whom, and what of it is on the wire (RFC 3376, 3678, 3810). */
#include "packetimpact/bench/bench.h"

#define PORT 7000
#define PEER 9000
#define QUIET_NS (20 * SEA_MSEC)

static struct sea_addr group_of(struct sea_bench *b, unsigned number)
{
	struct sea_addr group;

	CHECK(b, sea_addr_parse(sea_bench_is_v6(b) ? "ff0e::1200" : "239.1.2.0", &group));
	group.b[sea_bench_is_v6(b) ? 15 : 3] = (uint8_t)number;
	return group;
}

/* MCAST_JOIN_GROUP or MCAST_LEAVE_GROUP. */
static long member(struct sea_bench *b, long fd, int option, const struct sea_addr *group)
{
	struct group_req req = { .gr_interface = (uint32_t)sea_bench_ifindex(b) };

	(void)sea_bench_sockaddr(b, group, 0, &req.gr_group);
	return SYS(b, setsockopt, fd, sea_bench_is_v6(b) ? IPPROTO_IPV6 : IPPROTO_IP, option, &req,
		   sizeof(req));
}

static long source(struct sea_bench *b, long fd, int option, const struct sea_addr *group,
		   const struct sea_addr *from)
{
	struct group_source_req req = { .gsr_interface = (uint32_t)sea_bench_ifindex(b) };

	(void)sea_bench_sockaddr(b, group, 0, &req.gsr_group);
	(void)sea_bench_sockaddr(b, from, 0, &req.gsr_source);
	return SYS(b, setsockopt, fd, sea_bench_is_v6(b) ? IPPROTO_IPV6 : IPPROTO_IP, option, &req,
		   sizeof(req));
}

static void send_to(struct sea_bench *b, const struct sea_addr *from, const struct sea_addr *group)
{
	SEND(b, IP(b, .src = from, .dst = group), UDP(F(UDP_SRC, PEER), F(UDP_DST, PORT)),
	     BYTES("to all", 6));
}

static long reusing(struct sea_bench *b, const struct sea_addr *addr)
{
	const long fd = sea_bench_socket(b, SOCK_DGRAM, 0);

	SAME(b, sea_bench_setsockopt(b, fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	SAME(b, sea_bench_bind(b, fd, addr, PORT), 0);
	return fd;
}

/* RFC 1112 §7.1 */
static void what_is_joined_is_heard_until_it_is_left(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const struct sea_addr group = group_of(b, 3);

	for (unsigned turn = 0; turn < 5; turn++) {
		send_to(b, sea_bench_remote(b), &group);
		SAME(b, sea_bench_recv(b, fd, 0), -EAGAIN);
		SAME(b, member(b, fd, MCAST_JOIN_GROUP, &group), 0);
		SAME(b, member(b, fd, MCAST_JOIN_GROUP, &group), -EADDRINUSE);
		send_to(b, sea_bench_remote(b), &group);
		SAME(b, sea_bench_recv(b, fd, 0), 6);
		SAME(b, member(b, fd, MCAST_LEAVE_GROUP, &group), 0);
		SAME(b, member(b, fd, MCAST_LEAVE_GROUP, &group), -EADDRNOTAVAIL);
	}
}

/* Each of the sockets gets a copy, of a group and of broadcasts; of unicast one does. */
static void all_sockets_hear_a_group_and_one_hears_unicast(struct sea_bench *b)
{
	const struct sea_addr group = group_of(b, 4);
	unsigned heard = 0;
	long fds[5];

	for (unsigned i = 0; i < 5; i++) {
		fds[i] = reusing(b, NULL);
		SAME(b, member(b, fds[i], MCAST_JOIN_GROUP, &group), 0);
	}
	for (unsigned turn = 0; turn < 10; turn++) {
		send_to(b, sea_bench_remote(b), &group);
		for (unsigned i = 0; i < 5; i++)
			SAME(b, sea_bench_recv(b, fds[i], 0), 6);
	}
	send_to(b, sea_bench_remote(b), sea_bench_local(b));
	for (unsigned i = 0; i < 5; i++)
		heard += sea_bench_recv(b, fds[i], 0) == 6;
	SAME(b, heard, 1);
}

/* IP_MULTICAST_ALL, IPV6_MULTICAST_ALL: others' memberships count, or do not. */
static void others_groups_are_heard_unless_that_is_off(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	const long joined = reusing(b, NULL), other = reusing(b, NULL);
	const struct sea_addr group = group_of(b, 5);

	SAME(b, member(b, joined, MCAST_JOIN_GROUP, &group), 0);
	send_to(b, sea_bench_remote(b), &group);
	SAME(b, sea_bench_recv(b, joined, 0), 6);
	SAME(b, sea_bench_recv(b, other, 0), 6);
	SAME(b,
	     sea_bench_setsockopt(b, other, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
				  v6 ? 29 /* IPV6_MULTICAST_ALL */ : 49 /* IP_MULTICAST_ALL */, 0),
	     0);
	send_to(b, sea_bench_remote(b), &group);
	SAME(b, sea_bench_recv(b, joined, 0), 6);
	SAME(b, sea_bench_recv(b, other, 0), -EAGAIN);
}

/* RFC 3678 §1: of a group by source only these are heard. */
static void of_sources_only_those_are_heard_that_were_joined(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const struct sea_addr group = group_of(b, 6);
	bool wanted[16] = { false };

	for (unsigned turn = 0; turn < 60; turn++) {
		const unsigned i = sea_bench_random(b, 16);
		const struct sea_addr from = sea_bench_stranger(b, (uint8_t)(20 + i));

		sea_bench_say(b, "turn %u, source %u", turn, i);
		if (sea_bench_random(b, 2)) {
			send_to(b, &from, &group);
			SAME(b, sea_bench_recv(b, fd, 0), wanted[i] ? 6 : -EAGAIN);
			continue;
		}
		SAME(b,
		     source(b, fd, wanted[i] ? MCAST_LEAVE_SOURCE_GROUP : MCAST_JOIN_SOURCE_GROUP,
			    &group, &from),
		     0);
		wanted[i] = !wanted[i];
	}
}

/* The other way round: all but those that are blocked. */
static void sources_that_are_blocked_are_not_heard(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const struct sea_addr group = group_of(b, 7);
	const struct sea_addr bad = sea_bench_stranger(b, 66), good = sea_bench_stranger(b, 7);

	SAME(b, source(b, fd, MCAST_BLOCK_SOURCE, &group, &bad),
	     sea_bench_is_v6(b) ? -EINVAL : -EINVAL);
	SAME(b, member(b, fd, MCAST_JOIN_GROUP, &group), 0);
	for (unsigned turn = 0; turn < 4; turn++) {
		send_to(b, &bad, &group);
		SAME(b, sea_bench_recv(b, fd, 0), turn % 2 ? -EAGAIN : 6);
		send_to(b, &good, &group);
		SAME(b, sea_bench_recv(b, fd, 0), 6);
		SAME(b,
		     source(b, fd, turn % 2 ? MCAST_UNBLOCK_SOURCE : MCAST_BLOCK_SOURCE, &group,
			    &bad),
		     0);
	}
}

/* By IP_MULTICAST_LOOP a sender hears itself; by the TTL its datagram leaves or does not. */
static void a_sender_hears_itself_unless_that_is_off(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	const int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const struct sea_addr group = group_of(b, 8);

	SAME(b, member(b, fd, MCAST_JOIN_GROUP, &group), 0);
	if (v6) {
		SAME(b, sea_bench_setsockopt(b, fd, level, IPV6_MULTICAST_IF, sea_bench_ifindex(b)),
		     0);
	} else {
		const struct ip_mreqn out = { .imr_ifindex = sea_bench_ifindex(b) };

		SAME(b, SYS(b, setsockopt, fd, level, IP_MULTICAST_IF, &out, sizeof(out)), 0);
	}
	for (int on = 0; on < 2; on++) {
		SAME(b,
		     sea_bench_setsockopt(b, fd, level,
					  v6 ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP, on),
		     0);
		SAME(b, sea_bench_sendto(b, fd, &group, PORT, "mine", 4), 4);
		if (v6)
			EXPECT(b, SEA_SEC, IPV6(.dst = &group, F(IPV6_HOPS, 1)),
			       UDP(F(UDP_DST, PORT)));
		else
			EXPECT(b, SEA_SEC, IPV4(.dst = &group, F(IPV4_TTL, 1)),
			       UDP(F(UDP_DST, PORT)));
		SAME(b, sea_bench_recv(b, fd, 0), on ? 4 : -EAGAIN);
	}
	SAME(b, sea_bench_setsockopt(b, fd, level, v6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, 0),
	     0);
	SAME(b, sea_bench_sendto(b, fd, &group, PORT, "mine", 4), 4);
	EXPECT_NONE(b, QUIET_NS, IP(b, .dst = &group), UDP());
}

/* RFC 3376 §5.1; RFC 3810 §6.1: joining and leaving are reported, with one record of the group. */
static void joining_and_leaving_are_reported(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const struct sea_addr group = group_of(b, 9);
	uint8_t record[20] = { 0 };

	memcpy(record + 4, group.b, v6 ? 16 : 4);
	for (unsigned leave = 0; leave < 2; leave++) {
		struct sea_addr routers;

		record[0] = leave ? 3 : 4; /* CHANGE_TO_INCLUDE_MODE, CHANGE_TO_EXCLUDE_MODE */
		CHECK(b, sea_addr_parse(v6 ? "ff02::16" : "224.0.0.22", &routers));
		SAME(b, member(b, fd, leave ? MCAST_LEAVE_GROUP : MCAST_JOIN_GROUP, &group), 0);
		if (v6)
			EXPECT(b, 5 * SEA_SEC, IPV6(.dst = &routers, F(IPV6_HOPS, 1)), HOPOPTS(),
			       ICMP6(F(ICMP6_TYPE, 143), F(ICMP6_SEQ, 1)), BYTES(record, 20));
		else
			EXPECT(b, 5 * SEA_SEC,
			       IPV4(.dst = &routers, F(IPV4_TTL, 1), F(IPV4_PROTO, 2),
				    F(IPV4_IHL, 6)));
	}
}

const struct sea_bench_test sea_bench_groups[] = {
	BENCH(what_is_joined_is_heard_until_it_is_left),
	BENCH(all_sockets_hear_a_group_and_one_hears_unicast),
	BENCH(others_groups_are_heard_unless_that_is_off),
	BENCH(of_sources_only_those_are_heard_that_were_joined),
	BENCH(sources_that_are_blocked_are_not_heard),
	BENCH(a_sender_hears_itself_unless_that_is_off),
	BENCH_BUT(joining_and_leaving_are_reported,
		  "reports wait for a random time (RFC 3376:5.1)"),
	{ 0 },
};
