/* SPDX-License-Identifier: Apache-2.0 */
/* GRE (RFC 2784, RFC 2890), of packets and of frames. no-oracle, as tunnel.c. */
#include "tunnels.h"

#include "wire/icmp.h"

static struct data gre_data(uint16_t flags, uint32_t key)
{
	const sea_be16 f = sea_be16_of(flags);
	const sea_be32 wire = sea_be32_of(key);
	struct data d = { 0 };

	put_addr(&d, IFLA_GRE_LOCAL, "10.0.0.1");
	put_addr(&d, IFLA_GRE_REMOTE, "10.0.0.2");
	put_bytes(&d, IFLA_GRE_IFLAGS, &f, 2);
	put_bytes(&d, IFLA_GRE_OFLAGS, &f, 2);
	put_bytes(&d, IFLA_GRE_IKEY, &wire, 4);
	put_bytes(&d, IFLA_GRE_OKEY, &wire, 4);
	return d;
}

/* An echo request behind a header of these flags; `sum_error` spoils its checksum. */
static void inject_gre(uint16_t flags, uint32_t key, uint32_t seq, uint8_t sum_error)
{
	const struct test_ip ip = { .proto = SEA_IPPROTO_GRE };
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
		b[5] ^= sum_error;
	}
	test_inject_ip(&t, &ip, b, at);
}

/* The reply behind its header, whose flags are these. */
static const uint8_t *take_gre(uint16_t flags)
{
	const uint8_t *gre;
	size_t len;

	(void)take_outer(SEA_IPPROTO_GRE, &gre, &len);
	assert_int_equal(sea_get16(gre), flags);
	assert_int_equal(sea_get16(gre + 2), SEA_ETHERTYPE_IPV4);
	assert_int_equal(len, sea_gre_hdr_len(flags) + 36);
	assert_int_equal(gre[sea_gre_hdr_len(flags) + 20], SEA_ICMP_ECHO_REPLY);
	if (flags & SEA_GRE_CSUM)
		assert_int_equal(sea_be16_get(test_checksum(gre, len, 0)), 0);
	return gre;
}

/* RFC2784:2 */
static void gre_carries_a_ping(void **state)
{
	const struct data d = gre_data(0, 0);

	(void)state;
	make_tunnel("gre", &d);
	assert_int_equal(link_of("tun0")->mtu, 1476);
	inject_gre(0, 0, 0, 0);
	take_gre(0);
	show("tun0");
	assert_int_equal(shown().ifi_type, ARPHRD_IPGRE);
}

/* RFC2890:2 */
static void keys_checksums_and_numbers_stand_where_they_belong(void **state)
{
	const uint16_t flags = SEA_GRE_KEY | SEA_GRE_SEQ | SEA_GRE_CSUM;
	const struct data d = gre_data(flags, 0xdeadbeef);
	const uint8_t *gre;
	uint32_t len;

	(void)state;
	make_tunnel("gre", &d);
	assert_int_equal(link_of("tun0")->mtu, 1464);
	for (uint32_t seq = 0; seq < 3; seq++) {
		inject_gre(flags, 0xdeadbeef, seq, 0);
		gre = take_gre(flags);
		assert_int_equal(sea_get32(gre + 8), 0xdeadbeef);
		assert_int_equal(sea_get32(gre + 12), seq);
	}
	show("tun0");
	assert_memory_equal(data_of(IFLA_GRE_IKEY, &len), "\xde\xad\xbe\xef", 4);
	assert_memory_equal(data_of(IFLA_GRE_OFLAGS, &len), "\xb0\0", 2);
	tunnels_restore();
	test_know_peer(&t);
	inject_gre(flags, 0xdeadbeef, 2, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_GRE_SEQUENCE), 1);
	inject_gre(flags, 0xdeadbeef, 3, 0);
	assert_int_equal(sea_get32(take_gre(flags) + 12), 3);
}

/* SEA_DROP_GRE_CHECKSUM */
static void a_checksum_is_there_and_right_where_it_was_agreed_on(void **state)
{
	const struct data d = gre_data(SEA_GRE_CSUM, 0);

	(void)state;
	make_tunnel("gre", &d);
	inject_gre(SEA_GRE_CSUM, 0, 0, 1);
	assert_int_equal(test_drops(&t, SEA_DROP_GRE_CHECKSUM), 1);
	assert_int_equal(link_of("tun0")->stats.rx_errors, 0);
	inject_gre(0, 0, 0, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_GRE_CHECKSUM), 2);
	assert_int_equal(link_of("tun0")->stats.rx_errors, 1);
	inject_gre(SEA_GRE_CSUM, 0, 0, 0);
	take_gre(SEA_GRE_CSUM);
}

/* SEA_DROP_GRE_SEQUENCE, RFC2890:2.2 */
static void what_is_older_than_the_last_is_dropped(void **state)
{
	const struct data d = gre_data(SEA_GRE_SEQ, 0);

	(void)state;
	make_tunnel("gre", &d);
	inject_gre(SEA_GRE_SEQ, 0, 7, 0);
	take_gre(SEA_GRE_SEQ);
	inject_gre(SEA_GRE_SEQ, 0, 7, 0);
	inject_gre(0, 0, 0, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_GRE_SEQUENCE), 2);
	assert_int_equal(link_of("tun0")->stats.rx_errors, 2);
	inject_gre(SEA_GRE_SEQ, 0, 9, 0);
	take_gre(SEA_GRE_SEQ);
}

static void expect_port_unreachable(void)
{
	const uint8_t *icmp;
	size_t len;

	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[1], SEA_ICMP_PORT_UNREACH);
}

static void a_key_says_whose_it_is(void **state)
{
	const struct data d = gre_data(SEA_GRE_KEY, 5);

	(void)state;
	make_tunnel("gre", &d);
	inject_gre(SEA_GRE_KEY, 6, 0, 0);
	expect_port_unreachable();
	inject_gre(0, 0, 0, 0);
	expect_port_unreachable();
	inject_gre(SEA_GRE_KEY, 5, 0, 0);
	take_gre(SEA_GRE_KEY);
}

/* SEA_DROP_GRE_HEADER */
static void other_versions_and_cut_headers_are_dropped(void **state)
{
	const struct data d = gre_data(0, 0);
	const struct test_ip ip = { .proto = SEA_IPPROTO_GRE };

	(void)state;
	make_tunnel("gre", &d);
	inject_gre(1, 0, 0, 0);
	inject_gre(SEA_GRE_ROUTING, 0, 0, 0);
	test_inject_ip(&t, &ip, "\0\0\x8", 3);
	test_inject_ip(&t, &ip, "\x20\0\x8\0\0\0", 6);
	assert_int_equal(test_drops(&t, SEA_DROP_GRE_HEADER), 4);
	assert_null(test_take(&t));
}

static void what_makes_no_gre_tunnel_says_why(void **state)
{
	struct data d = gre_data(SEA_GRE_VERSION, 0);

	(void)state;
	assert_int_equal(ask_tunnel("gre", "tun0", &d), -EINVAL);
	d = gre_data(0, 0);
	put_u8(&d, IFLA_GRE_IGNORE_DF, 1);
	assert_int_equal(ask_tunnel("gre", "tun0", &d), -EINVAL);
	put_u8(&d, IFLA_GRE_PMTUDISC, 0);
	assert_int_equal(ask_tunnel("gre", "tun0", &d), 0);
	d = gre_data(SEA_GRE_KEY, 5);
	assert_int_equal(ask_tunnel("gre", "tun1", &d), 0);
	assert_int_equal(ask_tunnel("gre", "tun2", &d), -EEXIST);
	assert_int_equal(ask_tunnel("gretap", "tun2", &d), 0);
	put_addr(&d, IFLA_GRE_REMOTE, "0.0.0.0");
	assert_int_equal(ask_tunnel("gretap", "tun3", &d), -EINVAL);
	put_u8(&d, IFLA_GRE_ERSPAN_VER, 1);
	assert_int_equal(ask_tunnel("gre", "tun3", &d), -EOPNOTSUPP);
}

/* -- frames -- */

static void know_inner_peer(const struct sea_link *link)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = link->ifindex,
				    .addr = test_addr(INNER_PEER),
				    .mac = { 2, 0, 0, 0, 0, 9 },
				    .state = SEA_NUD_PERMANENT };

	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

static void inject_frame(const struct sea_link *link, uint8_t outer_tos)
{
	const struct test_ip ip = { .proto = SEA_IPPROTO_GRE, .tos = outer_tos };
	static const uint8_t from[6] = { 2, 0, 0, 0, 0, 9 };
	uint8_t b[128] = { 0, 0, 0x65, 0x58 };

	memcpy(b + 4, link->mac.b, 6);
	memcpy(b + 10, from, 6);
	sea_put16(b + 16, SEA_ETHERTYPE_IPV4);
	test_inject_ip(&t, &ip, b, 18 + put_echo(b + 18, 2, 33));
}

static void gretap_carries_frames(void **state)
{
	const struct data d = gre_data(0, 0);
	const struct sea_ipv4_hdr *outer;
	struct sea_link *link;
	const uint8_t *gre;
	size_t len;

	(void)state;
	link = make_tunnel("gretap", &d);
	know_inner_peer(link);
	assert_int_equal(link->mtu, 1462);
	inject_frame(link, 3);
	outer = take_outer(SEA_IPPROTO_GRE, &gre, &len);
	assert_int_equal(sea_get16(gre + 2), SEA_GRE_TEB);
	assert_int_equal(len, 4 + 14 + 36);
	assert_memory_equal(gre + 10, link->mac.b, 6);
	assert_int_equal(gre[4 + 14 + 1] & 3, 3); /* congestion was told */
	assert_int_equal(outer->tos & 3, 2);
	assert_int_equal(outer->ttl, gre[4 + 14 + 8]);
	show("tun0");
	assert_int_equal(shown().ifi_type, ARPHRD_ETHER);
	assert_int_equal(shown().ifi_flags & SEA_IFF_BROADCAST, SEA_IFF_BROADCAST);
}

static void a_packet_that_is_too_large_for_gretap_is_told_of_as_itself(void **state)
{
	const struct data d = gre_data(0, 0);
	struct sea_link *link;
	const uint8_t *icmp;
	size_t len;

	(void)state;
	link = make_tunnel("gretap", &d);
	know_inner_peer(link);
	forward();
	assert_int_equal(sea_link_set_mtu(t.link, 1400, t.now), 0);
	inject_inner(INNER_PEER, 1390, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[1], SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_get16(icmp + 6), 1400 - 20 - 4 - 14);
	assert_memory_equal(icmp + 8 + 16, test_ip4(INNER_PEER).b, 4);
	inject_inner(INNER_PEER, 1362, true);
	(void)take_outer(SEA_IPPROTO_GRE, &icmp, &len);
	assert_int_equal(len, 4 + 14 + 1362);
}

/* An ICMP error about it finds the tunnel by the key that it quotes. */
static void errors_find_the_tunnel_by_its_key(void **state)
{
	const struct data d = gre_data(SEA_GRE_KEY, 5);
	const struct test_ip ip = { .proto = SEA_IPPROTO_ICMP };
	uint8_t icmp[8 + 28] = { SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED };
	const uint8_t *gre;
	struct sea_link *link;
	sea_be16 sum;
	size_t len;

	(void)state;
	link = make_tunnel("gre", &d);
	add_route("172.16.0.0/16", link);
	forward();
	inject_inner("172.16.0.5", 1200, true);
	(void)take_outer(SEA_IPPROTO_GRE, &gre, &len);
	sea_put16(icmp + 6, 1000);
	memcpy(icmp + 8, t.frame.bytes + 14, 28);
	sum = test_checksum(icmp, sizeof(icmp), 0);
	memcpy(icmp + 2, &sum, 2);
	test_inject_ip(&t, &ip, icmp, sizeof(icmp));
	inject_inner("172.16.0.5", 1200, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &gre, &len);
	assert_int_equal(sea_get16(gre + 6), 1000 - 28);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup, tunnels_teardown)

int run_gre_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(gre_carries_a_ping),
		TEST(keys_checksums_and_numbers_stand_where_they_belong),
		TEST(a_checksum_is_there_and_right_where_it_was_agreed_on),
		TEST(what_is_older_than_the_last_is_dropped),
		TEST(a_key_says_whose_it_is),
		TEST(other_versions_and_cut_headers_are_dropped),
		TEST(what_makes_no_gre_tunnel_says_why),
		TEST(gretap_carries_frames),
		TEST(a_packet_that_is_too_large_for_gretap_is_told_of_as_itself),
		TEST(errors_find_the_tunnel_by_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
