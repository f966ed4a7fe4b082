// SPDX-License-Identifier: Apache-2.0
/* Headers of IP: unknown protocols and options, and identifications. */
#include "packetimpact/bench/bench.h"

#define QUIET_NS (20 * SEA_MSEC)
#define PORT 7000

/* Protocols of which no host has any, in IPv6's numbers too. */
static uint8_t unknown_protocol(struct sea_bench *b)
{
	return (uint8_t)(150 + sea_bench_random(b, 100));
}

/* RFC 8200 §4: code 1, the pointer at the byte that says it; as much of the packet as fits is quoted. */
static void an_unknown_next_header_is_pointed_at(struct sea_bench *b)
{
	uint8_t data[64];

	sea_bench_sysctl(b, "net.ipv6.icmp.ratelimit", "0");
	for (unsigned i = 0; i < 12; i++) {
		const uint8_t next = unknown_protocol(b);

		memset(data, (int)i, sizeof(data));
		sea_bench_say(b, "header %u", next);
		SEND(b, IPV6(F(IPV6_NEXT, next)), BYTES(data, sizeof(data)));
		EXPECT(b, SEA_SEC, IPV6(.dst = sea_bench_remote(b)),
		       ICMP6(F(ICMP6_TYPE, 4), F(ICMP6_CODE, 1), F(ICMP6_WORD, 6)),
		       IPV6(F(IPV6_NEXT, next)), BYTES(data, sizeof(data)));
		SEND(b, IPV6(), DSTOPTS(F(DSTOPTS_NEXT, next), .bytes = "\1\4\0\0\0\0", .len = 6),
		     BYTES(data, sizeof(data)));
		EXPECT(b, SEA_SEC, IPV6(),
		       ICMP6(F(ICMP6_TYPE, 4), F(ICMP6_CODE, 1), F(ICMP6_WORD, 40)), IPV6(),
		       DSTOPTS(F(DSTOPTS_NEXT, next)), BYTES(data, sizeof(data)));
	}
}

/* RFC 1122 §3.2.2.1: protocol unreachable. */
static void an_unknown_protocol_is_unreachable(struct sea_bench *b)
{
	sea_bench_sysctl(b, "net.ipv4.icmp_ratelimit", "0");
	for (unsigned i = 0; i < 12; i++) {
		const uint8_t proto = unknown_protocol(b);

		sea_bench_say(b, "protocol %u", proto);
		SEND(b, IPV4(F(IPV4_PROTO, proto), F(IPV4_ID, i)), BYTES("something", 9));
		EXPECT(b, SEA_SEC, IPV4(.dst = sea_bench_remote(b)),
		       ICMP(F(ICMP_TYPE, 3), F(ICMP_CODE, 2)),
		       IPV4(F(IPV4_PROTO, proto), F(IPV4_ID, i)), BYTES("something", 9));
	}
}

/* One option of an action, in a header, to an address: RFC 8200 §4.2. */
static void one_option(struct sea_bench *b, unsigned action, bool hop, bool group)
{
	const uint8_t type = (uint8_t)(action << 6 | 0x1e); /* one for experiments: RFC 3692 */
	const uint8_t option[6] = { type, 4, 1, 2, 3, 4 };
	const uint16_t seq = (uint16_t)sea_bench_random(b, 65536);
	const struct sea_bench_layer echo =
		ICMP6(F(ICMP6_TYPE, 128), F(ICMP6_ID, 1), F(ICMP6_SEQ, seq));
	const struct sea_bench_layer opts = hop ? HOPOPTS(.bytes = option, .len = 6)
						: DSTOPTS(.bytes = option, .len = 6);
	struct sea_addr dst = *sea_bench_local(b);

	sea_bench_say(b, "action %u in %s options to %s", action,
		      hop ? "hop-by-hop" : "destination", group ? "a group" : "us");
	if (group)
		(void)sea_addr_parse("ff02::1", &dst);
	SEND(b, IPV6(.dst = &dst), opts, echo);
	if (action == 0)
		EXPECT(b, SEA_SEC, IPV6(), ICMP6(F(ICMP6_TYPE, 129), F(ICMP6_SEQ, seq)));
	else if (action == 2 || (action == 3 && !group))
		EXPECT(b, SEA_SEC, IPV6(.dst = sea_bench_remote(b)),
		       ICMP6(F(ICMP6_TYPE, 4), F(ICMP6_CODE, 2), F(ICMP6_WORD, 42)),
		       IPV6(.dst = &dst), opts, ICMP6(F(ICMP6_SEQ, seq)));
	else
		EXPECT_NONE(b, QUIET_NS, IPV6());
}

static void unknown_options_are_treated_as_they_say(struct sea_bench *b)
{
	sea_bench_sysctl(b, "net.ipv6.icmp.ratelimit", "0");
	for (unsigned action = 0; action < 4; action++)
		for (unsigned hop = 0; hop < 2; hop++)
			for (unsigned group = 0; group < 2; group++)
				one_option(b, action, hop, group);
}

/* RFC 6864 §4.2: what is sent again without DF is another datagram. */
static void what_is_sent_again_has_another_id(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 1);
	const struct sea_bench_seen *seen;
	struct sea_bench_peer p;
	uint32_t ids[4];
	long conn;

	sea_bench_peer_init(b, &p, PORT);
	sea_bench_peer_open(b, &p);
	conn = SYS(b, accept, fd, 0, 0);
	CHECK(b, conn >= 0);
	SAME(b, sea_bench_setsockopt(b, conn, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT), 0);
	SAME(b, SYS(b, send, conn, "sent again", 10, 0), 10);
	for (unsigned i = 0; i < 4; i++) {
		seen = EXPECT(b, 5 * SEA_SEC, IPV4(F(IPV4_DF, 0)), FROM(&p),
			      BYTES("sent again", 10));
		(void)sea_bench_get(seen, SEA_BENCH_IPV4, SEA_BENCH_IPV4_ID, &ids[i]);
		for (unsigned j = 0; j < i; j++)
			CHECK(b, ids[i] != ids[j]);
	}
}

/* RFC 1122 §3.2.1: a header that cannot be believed is the end of its packet. */
static void a_header_that_lies_is_dropped(struct sea_bench *b)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);

	for (unsigned ihl = 0; ihl < 5; ihl++)
		SEND(b, IPV4(F(IPV4_IHL, ihl)), UDP(F(UDP_DST, PORT)), BYTES("datum", 5));
	for (unsigned i = 0; i < 30; i++)
		SEND(b, IPV4(F(IPV4_LEN, 34 + sea_bench_random(b, 60000))), UDP(F(UDP_DST, PORT)),
		     BYTES("datum", 5));
	for (unsigned i = 0; i < 30; i++)
		SEND(b, IPV4(F(IPV4_SUM, 0x5a5a), F(IPV4_ID, i)), UDP(F(UDP_DST, PORT)),
		     BYTES("datum", 5));
	SAME(b, sea_bench_recv(b, fd, 0), -EAGAIN);
	EXPECT_NONE(b, QUIET_NS, IPV4());
	SEND(b, IPV4(), UDP(F(UDP_DST, PORT)), BYTES("datum", 5));
	SAME(b, sea_bench_recv(b, fd, 0), 5);
}

const struct sea_bench_test sea_bench_headers[] = {
	BENCH_V6(an_unknown_next_header_is_pointed_at),
	BENCH_V4(an_unknown_protocol_is_unreachable),
	BENCH_V6(unknown_options_are_treated_as_they_say),
	BENCH_V4(what_is_sent_again_has_another_id),
	BENCH_V4(a_header_that_lies_is_dropped),
	{ 0 },
};
