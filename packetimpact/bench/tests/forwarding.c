// SPDX-License-Identifier: Apache-2.0
/* What is not for the device: sent on, told of, or dropped. It goes back through tun0, whence it came. */
#include "packetimpact/bench/bench.h"

#define QUIET_NS (20 * SEA_MSEC)
/* IPv6's alone are recorded with others: what a router reports depends on what its host has reported already. */
#define REPORTS "reports of the groups that a router joins wait for a random time"
#define MTU 1500 /* of tun0, and 1520 over IPv6 */

static void be_a_router(struct sea_bench *b)
{
	sea_bench_sysctl(b, "net.ipv4.conf.all.send_redirects", "0");
	sea_bench_sysctl(b, "net.ipv4.conf.tun0.send_redirects", "0");
	sea_bench_sysctl(b, "net.ipv4.icmp_ratelimit", "0");
	sea_bench_sysctl(b, "net.ipv6.icmp.ratelimit", "0");
	sea_bench_sysctl(
		b, sea_bench_is_v6(b) ? "net.ipv6.conf.all.forwarding" : "net.ipv4.ip_forward",
		"1");
}

/* A datagram from the peer to `dst` with a hop limit; DF where that is one. */
static void pass(struct sea_bench *b, const struct sea_addr *dst, unsigned hops, bool df,
		 size_t len)
{
	if (sea_bench_is_v6(b))
		SEND(b, IPV6(.dst = dst, F(IPV6_HOPS, hops)), UDP(F(UDP_SRC, 5), F(UDP_DST, 6)),
		     BYTES(NULL, len));
	else
		SEND(b, IPV4(.dst = dst, F(IPV4_TTL, hops), F(IPV4_DF, df), F(IPV4_ID, 7)),
		     UDP(F(UDP_SRC, 5), F(UDP_DST, 6)), BYTES(NULL, len));
}

static void a_host_sends_nothing_on(struct sea_bench *b)
{
	for (unsigned i = 0; i < 10; i++) {
		const struct sea_addr dst = sea_bench_stranger(b, (uint8_t)(20 + i));

		pass(b, &dst, 1 + sea_bench_random(b, 255), false, sea_bench_random(b, 100));
	}
	EXPECT_NONE(b, QUIET_NS, IP(b));
}

/* RFC 1812 §5.3.1, RFC 8200 §3 */
static void a_router_takes_one_hop_of_each(struct sea_bench *b)
{
	be_a_router(b);
	for (unsigned i = 0; i < 20; i++) {
		const struct sea_addr dst = sea_bench_stranger(b, (uint8_t)(20 + i));
		const unsigned hops = 2 + sea_bench_random(b, 254);
		const size_t len = 1 + sea_bench_random(b, 1000);

		sea_bench_say(b, "%u hops, %zu bytes", hops, len);
		pass(b, &dst, hops, true, len);
		if (sea_bench_is_v6(b))
			EXPECT(b, SEA_SEC,
			       IPV6(.src = sea_bench_remote(b), .dst = &dst,
				    F(IPV6_HOPS, hops - 1)),
			       UDP(F(UDP_SRC, 5), F(UDP_DST, 6)), BYTES(NULL, len));
		else
			EXPECT(b, SEA_SEC,
			       IPV4(.src = sea_bench_remote(b), .dst = &dst, F(IPV4_TTL, hops - 1),
				    F(IPV4_ID, 7)),
			       UDP(F(UDP_SRC, 5), F(UDP_DST, 6)), BYTES(NULL, len));
	}
}

/* RFC792; RFC 4443 §3.3: of the last hop it is told who sent it. */
static void a_packet_of_its_last_hop_is_told(struct sea_bench *b)
{
	be_a_router(b);
	for (unsigned hops = 0; hops < 2; hops++) {
		const struct sea_addr dst = sea_bench_stranger(b, (uint8_t)(20 + hops));

		sea_bench_say(b, "%u hops", hops);
		pass(b, &dst, hops, true, 50);
		if (sea_bench_is_v6(b))
			EXPECT(b, SEA_SEC,
			       IPV6(.src = sea_bench_local(b), .dst = sea_bench_remote(b)),
			       ICMP6(F(ICMP6_TYPE, 3), F(ICMP6_CODE, 0)), IPV6(.dst = &dst), UDP());
		else
			EXPECT(b, SEA_SEC,
			       IPV4(.src = sea_bench_local(b), .dst = sea_bench_remote(b)),
			       ICMP(F(ICMP_TYPE, 11), F(ICMP_CODE, 0)), IPV4(.dst = &dst), UDP());
	}
	EXPECT_NONE(b, QUIET_NS, IP(b), UDP());
}

/* RFC 1191 §4; RFC 4443 §3.2: with the size that would have fitted. */
static void a_packet_too_big_is_told_with_the_size(struct sea_bench *b)
{
	const struct sea_addr dst = sea_bench_stranger(b, 20);

	be_a_router(b);
	pass(b, &dst, 9, true, 3000);
	if (sea_bench_is_v6(b))
		EXPECT(b, SEA_SEC, IPV6(.dst = sea_bench_remote(b)),
		       ICMP6(F(ICMP6_TYPE, 2), F(ICMP6_CODE, 0), F(ICMP6_WORD, MTU + 20)),
		       IPV6(.dst = &dst), UDP());
	else
		EXPECT(b, SEA_SEC, IPV4(.dst = sea_bench_remote(b)),
		       ICMP(F(ICMP_TYPE, 3), F(ICMP_CODE, 4), F(ICMP_WORD, MTU)), IPV4(.dst = &dst),
		       UDP());
	EXPECT_NONE(b, QUIET_NS, IP(b), UDP());
}

/* RFC 791 §3.2: unless it may be cut: into pieces of eights, all with its identification. */
static void a_packet_too_big_is_cut_where_that_is_allowed(struct sea_bench *b)
{
	const struct sea_addr dst = sea_bench_stranger(b, 20);
	unsigned at = 0;

	be_a_router(b);
	pass(b, &dst, 9, false, 3000);
	for (unsigned i = 0; i < 3; i++) {
		const struct sea_bench_seen *seen =
			EXPECT(b, SEA_SEC,
			       IPV4(.dst = &dst, F(IPV4_ID, 7), F(IPV4_TTL, 8),
				    F(IPV4_OFFSET, at / 8), F(IPV4_MF, i < 2)));

		CHECK(b, seen->len <= MTU && (i == 2 || (seen->len - 20) % 8 == 0));
		at += (unsigned)seen->len - 20;
	}
	SAME(b, at, 3008);
}

/* RFC 1122 §3.2.1.3; RFC 4291 §2.5.3: nothing with it stands on a wire, to whom it may be. */
static void loopback_is_not_for_those_outside(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, 7000);
	struct sea_addr dst;

	CHECK(b, sea_addr_parse(v6 ? "::1" : "127.0.0.1", &dst));
	for (unsigned router = 0; router < 2; router++) {
		SEND(b, IP(b, .dst = &dst), UDP(F(UDP_DST, 7000)), BYTES("inside", 6));
		SEND(b, IP(b, .src = &dst), UDP(F(UDP_DST, 7000)), BYTES("inside", 6));
		SAME(b, sea_bench_recv(b, fd, 0), -EAGAIN);
		/* A router joins groups, and says so without an address. */
		EXPECT_NONE(b, QUIET_NS, IP(b, .src = sea_bench_local(b)));
		be_a_router(b);
	}
}

const struct sea_bench_test sea_bench_forwarding[] = {
	BENCH(a_host_sends_nothing_on),
	BENCH_BUT(a_router_takes_one_hop_of_each, REPORTS),
	BENCH_BUT(a_packet_of_its_last_hop_is_told, REPORTS),
	BENCH_BUT(a_packet_too_big_is_told_with_the_size, REPORTS),
	BENCH_V4(a_packet_too_big_is_cut_where_that_is_allowed),
	BENCH_BUT(loopback_is_not_for_those_outside, REPORTS),
	{ 0 },
};
