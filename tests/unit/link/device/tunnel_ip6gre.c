/* SPDX-License-Identifier: Apache-2.0 */
/* GRE through IPv6 (RFC 7676), of packets and of frames. no-oracle, as tunnel.c. */
#include "tunnels.h"

#include "wire/icmp.h"
#include "wire/icmp6.h"

static struct data gre6_data(uint16_t flags, uint32_t key)
{
	const sea_be16 f = sea_be16_of(flags);
	const sea_be32 wire = sea_be32_of(key);
	struct data d = { 0 };

	put_addr6(&d, IFLA_GRE_LOCAL, TEST_OUR_IP6);
	put_addr6(&d, IFLA_GRE_REMOTE, TEST_PEER_IP6);
	put_bytes(&d, IFLA_GRE_IFLAGS, &f, 2);
	put_bytes(&d, IFLA_GRE_OFLAGS, &f, 2);
	put_bytes(&d, IFLA_GRE_IKEY, &wire, 4);
	put_bytes(&d, IFLA_GRE_OKEY, &wire, 4);
	put_u8(&d, IFLA_GRE_ENCAP_LIMIT, 4);
	return d;
}

static void inject_gre6(uint16_t flags, uint32_t key, uint32_t seq)
{
	uint8_t b[128] = { 0 };
	size_t at = 4;

	sea_put16(b, flags);
	sea_put16(b + 2, SEA_ETHERTYPE_IPV4);
	at += flags & SEA_GRE_CSUM ? 4 : 0;
	if (flags & SEA_GRE_KEY) {
		sea_put32(b + at, key);
		at += 4;
	}
	if (flags & SEA_GRE_SEQ) {
		sea_put32(b + at, seq);
		at += 4;
	}
	at += put_echo(b + at, 0, 77);
	if (flags & SEA_GRE_CSUM) {
		const sea_be16 sum = test_checksum(b, at, 0);

		memcpy(b + 4, &sum, 2);
	}
	inject_outer6(SEA_IPPROTO_GRE, 0, b, at);
}

static const uint8_t *take_gre6(uint16_t flags)
{
	const uint8_t *gre;
	size_t len;

	(void)take_outer6(SEA_IPPROTO_GRE, 4, &gre, &len);
	assert_int_equal(sea_get16(gre), flags);
	assert_int_equal(sea_get16(gre + 2), SEA_ETHERTYPE_IPV4);
	assert_int_equal(len, sea_gre_hdr_len(flags) + 36);
	assert_int_equal(gre[sea_gre_hdr_len(flags) + 20], SEA_ICMP_ECHO_REPLY);
	if (flags & SEA_GRE_CSUM)
		assert_int_equal(sea_be16_get(test_checksum(gre, len, 0)), 0);
	return gre;
}

static void expect_port_unreachable6(void)
{
	const uint8_t *icmp;
	size_t len;

	(void)take_outer6(SEA_IPPROTO_ICMPV6, -1, &icmp, &len);
	assert_int_equal(icmp[0], SEA_ICMP6_DEST_UNREACH);
	assert_int_equal(icmp[1], SEA_ICMP6_PORT_UNREACH);
}

/* RFC7676:3 */
static void gre_through_ipv6_carries_a_ping(void **state)
{
	const struct data d = gre6_data(0, 0);
	uint32_t len;

	(void)state;
	make_tunnel("ip6gre", &d);
	assert_int_equal(link_of("tun0")->mtu, 1500 - 40 - 8 - 4);
	inject_gre6(0, 0, 0);
	take_gre6(0);
	show("tun0");
	assert_string_equal(kind_of(), "ip6gre");
	assert_int_equal(shown().ifi_type, ARPHRD_IP6GRE);
	assert_int_equal(shown().ifi_flags & SEA_IFF_POINTOPOINT, SEA_IFF_POINTOPOINT);
	assert_memory_equal(data_of(IFLA_GRE_REMOTE, &len), test_ip6(TEST_PEER_IP6).b, 16);
	assert_int_equal(len, 16);
	assert_int_equal(*data_of(IFLA_GRE_ENCAP_LIMIT, &len), 4);
}

/* RFC2890:2 */
static void keys_checksums_and_numbers_are_those_of_gre(void **state)
{
	const uint16_t flags = SEA_GRE_KEY | SEA_GRE_SEQ | SEA_GRE_CSUM;
	const struct data d = gre6_data(flags, 0xdeadbeef);
	const uint8_t *gre;

	(void)state;
	make_tunnel("ip6gre", &d);
	for (uint32_t seq = 0; seq < 2; seq++) {
		inject_gre6(flags, 0xdeadbeef, seq);
		gre = take_gre6(flags);
		assert_int_equal(sea_get32(gre + 8), 0xdeadbeef);
		assert_int_not_equal(sea_get32(gre + 12), 0xffffffff);
	}
	tunnels_restore();
	test_know_peer6(&t);
	inject_gre6(flags, 0xdeadbeef, 1);
	assert_int_equal(test_drops(&t, SEA_DROP_GRE_SEQUENCE), 1);
	inject_gre6(flags, 0xdeadbeef, 2);
	take_gre6(flags);
	inject_gre6(flags, 7, 3);
	expect_port_unreachable6();
}

static void gre_over_each_ip_is_taken_by_its_own(void **state)
{
	const struct data d = gre6_data(0, 0);
	const struct test_ip ip = { .proto = SEA_IPPROTO_GRE };
	const uint8_t *icmp;
	size_t len;

	(void)state;
	make_tunnel("ip6gre", &d);
	test_inject_ip(&t, &ip, "\0\0\x8\0abcdefgh", 12);
	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[1], SEA_ICMP_PROT_UNREACH);
}

static void what_makes_no_gre_tunnel_through_ipv6_says_why(void **state)
{
	struct data d = gre6_data(SEA_GRE_VERSION, 0);

	(void)state;
	assert_int_equal(ask_tunnel("ip6gre", "tun0", &d), -EINVAL);
	d = gre6_data(SEA_GRE_KEY, 5);
	assert_int_equal(ask_tunnel("ip6gre", "tun1", &d), 0);
	assert_int_equal(ask_tunnel("ip6gre", "tun2", &d), -EEXIST);
	assert_int_equal(ask_tunnel("ip6gretap", "tun2", &d), 0);
	put_addr6(&d, IFLA_GRE_REMOTE, "::");
	assert_int_equal(ask_tunnel("ip6gretap", "tun3", &d), -EINVAL);
	put_u8(&d, IFLA_GRE_ERSPAN_VER, 1); /* iproute2 says that of each */
	assert_int_equal(ask_tunnel("ip6gre", "tun3", &d), 0);
	put_bytes(&d, IFLA_GRE_COLLECT_METADATA, NULL, 0);
	assert_int_equal(ask_tunnel("ip6gre", "tun4", &d), -EOPNOTSUPP);
}

/* -- errors -- */

static void errors_of_the_path_are_told_to_the_next_sender(void **state)
{
	const struct data d = gre6_data(SEA_GRE_KEY, 5);
	const uint8_t *payload;
	size_t len;

	(void)state;
	add_route("172.16.0.0/16", make_tunnel("ip6gre", &d));
	forward();
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer6(SEA_IPPROTO_GRE, 4, &payload, &len);
	inject_error6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_PORT_UNREACH, 0); /* of something else */
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer6(SEA_IPPROTO_GRE, 4, &payload, &len);
	inject_error6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer(SEA_IPPROTO_ICMP, &payload, &len);
	assert_int_equal(payload[1], SEA_ICMP_HOST_UNREACH);
	(void)take_outer6(SEA_IPPROTO_GRE, 4, &payload, &len);
	inject_error6(SEA_ICMP6_PACKET_TOO_BIG, 0, 1400);
	inject_inner("172.16.0.5", 1360, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &payload, &len);
	assert_int_equal(payload[1], SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_get16(payload + 6), 1400 - 40 - 8 - 8);
}

/* -- frames -- */

static void ip6gretap_carries_frames(void **state)
{
	const struct data d = gre6_data(0, 0);
	static const uint8_t from[6] = { 2, 0, 0, 0, 0, 9 };
	struct sea_neigh_info n = { .size = sizeof(n),
				    .addr = test_addr(INNER_PEER),
				    .mac = { 2, 0, 0, 0, 0, 9 },
				    .state = SEA_NUD_PERMANENT };
	uint8_t b[128] = { 0, 0, 0x65, 0x58 };
	struct sea_link *link;
	const uint8_t *gre;
	size_t len;

	(void)state;
	link = make_tunnel("ip6gretap", &d);
	n.ifindex = link->ifindex;
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	assert_int_equal(link->mtu, 1500 - 40 - 8 - 4 - 14);
	memcpy(b + 4, link->mac.b, 6);
	memcpy(b + 10, from, 6);
	sea_put16(b + 16, SEA_ETHERTYPE_IPV4);
	inject_outer6(SEA_IPPROTO_GRE, 3, b, 18 + put_echo(b + 18, 2, 33));
	(void)take_outer6(SEA_IPPROTO_GRE, 4, &gre, &len);
	assert_int_equal(sea_get16(gre + 2), SEA_GRE_TEB);
	assert_int_equal(len, 4 + 14 + 36);
	assert_memory_equal(gre + 10, link->mac.b, 6);
	assert_int_equal(gre[4 + 14 + 1] & 3, 3); /* congestion was told */
	forward();
	assert_int_equal(sea_link_set_mtu(t.link, 1400, t.now), 0);
	inject_inner(INNER_PEER, 1390, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &gre, &len);
	assert_int_equal(sea_get16(gre + 6), 1400 - 40 - 8 - 4 - 14);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup6, tunnels_teardown)

int run_ip6gre_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(gre_through_ipv6_carries_a_ping),
		TEST(keys_checksums_and_numbers_are_those_of_gre),
		TEST(gre_over_each_ip_is_taken_by_its_own),
		TEST(what_makes_no_gre_tunnel_through_ipv6_says_why),
		TEST(errors_of_the_path_are_told_to_the_next_sender),
		TEST(ip6gretap_carries_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
