/* SPDX-License-Identifier: Apache-2.0 */
/* ip6tnl: what goes in, how large, in how many tunnels, and what comes back of it. no-oracle, as tunnel.c. */
#include "tunnels.h"

#include "wire/icmp.h"
#include "wire/icmp6.h"

#define FAR6 "fd00:f::5"
#define FAR4 "172.16.0.5"

/* Destination options with an encapsulation limit. */
struct opts {
	uint8_t b[8];
};

static struct opts with_limit(uint8_t limit)
{
	return (struct opts){ { SEA_IPPROTO_UDP, 0, 4, 1, limit, 1, 1, 0 } };
}

static struct sea_link *make(uint32_t flags, uint8_t limit)
{
	struct data d = { 0 };
	struct sea_link *link;

	put_addr6(&d, IFLA_IPTUN_LOCAL, TEST_OUR_IP6);
	put_addr6(&d, IFLA_IPTUN_REMOTE, TEST_PEER_IP6);
	put_u8(&d, IFLA_IPTUN_ENCAP_LIMIT, limit);
	put_u32(&d, IFLA_IPTUN_FLAGS, flags);
	link = make_tunnel("ip6tnl", &d);
	add_route("172.16.0.0/16", link);
	add_route("fd00:f::/48", link);
	forward();
	memset(&link->stats, 0, sizeof(link->stats));
	return link;
}

/* The next frame is an ICMPv6 message to who sent what was within: what it quotes. */
static const uint8_t *take_icmp6(uint8_t type, uint8_t code, uint32_t info)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *icmp;
	size_t len;

	ip = test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &icmp, &len);
	assert_true(test_is_ip6(ip->dst, INNER6_FROM));
	assert_int_equal(icmp[0], type);
	assert_int_equal(icmp[1], code);
	assert_int_equal(sea_get32(icmp + 4), info);
	return icmp + 8;
}

static void expect_icmp4(uint8_t code, uint16_t mtu)
{
	const uint8_t *icmp;
	size_t len;

	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[0], SEA_ICMP_DEST_UNREACH);
	assert_int_equal(icmp[1], code);
	assert_int_equal(sea_get16(icmp + 6), mtu);
}

/* -- in how many tunnels -- */

/* RFC2473:4.1.1, RFC2473:5.1. SEA_DROP_TUNNEL_LIMIT */
static void what_is_in_a_tunnel_already_may_be_in_one_less(void **state)
{
	struct opts opts = with_limit(3);
	const struct sea_link *link;
	const uint8_t *payload;
	size_t len;

	(void)state;
	link = make(0, 9);
	inject_inner6(FAR6, 100, opts.b, 8);
	(void)take_outer6(SEA_IPPROTO_IPV6, 2, &payload, &len);
	assert_int_equal(len, 100);
	opts = with_limit(0);
	inject_inner6(FAR6, 100, opts.b, 8);
	take_icmp6(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 40 + 4);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_LIMIT), 1);
	assert_int_equal(link->stats.tx_errors, 1);
	assert_int_equal(link->stats.tx_packets, 1);
}

/* RFC2473:4.1.1 */
static void a_tunnel_without_a_limit_keeps_that_of_others(void **state)
{
	const struct opts opts = with_limit(1);
	const uint8_t *payload;
	size_t len;

	(void)state;
	make(SEA_TUNNEL6_NO_LIMIT, 0);
	inject_inner6(FAR6, 100, NULL, 0);
	(void)take_outer6(SEA_IPPROTO_IPV6, -1, &payload, &len);
	assert_int_equal(len, 100);
	inject_inner(FAR4, 100, true);
	(void)take_outer6(SEA_IPPROTO_IPIP, -1, &payload, &len);
	inject_inner6(FAR6, 100, opts.b, 8);
	(void)take_outer6(SEA_IPPROTO_IPV6, 0, &payload, &len);
}

static void a_limit_is_found_wherever_it_stands(void **state)
{
	uint8_t b[40 + 64] = { 0x60, 0, 0, 0, 0, 64, SEA_IPV6_HOPOPTS };
	uint32_t at;

	(void)state;
	/* Hop-by-hop of padding, routing, then options of which the limit is the last. */
	memcpy(b + 40, "\x2b\x00\x01\x04\x00\x00\x00\x00", 8);
	memcpy(b + 48, "\x3c\x00\x00\x00\x00\x00\x00\x00", 8);
	memcpy(b + 56, "\x11\x01\x00\x01\x02\x00\x00\x05\x02\x00\x00\x00\x00\x04\x01\x07", 16);
	at = sea_tunnel6_find_limit(b, sizeof(b));
	assert_int_equal(at, 56 + 15);
	assert_int_equal(b[at], 7);
	for (uint32_t len = 0; len < 72; len++)
		assert_int_equal(sea_tunnel6_find_limit(b, len), 0);
	b[56 + 14] = 2; /* a limit of two bytes is none */
	assert_int_equal(sea_tunnel6_find_limit(b, sizeof(b)), 0);
	b[56 + 14] = 1;
	b[40] = SEA_IPV6_AUTH;
	memcpy(b + 48, "\x3c\x00\x00\x00\x00\x00\x00\x00", 8);
	assert_int_equal(sea_tunnel6_find_limit(b, sizeof(b)), 56 + 15);
	b[40] = SEA_IPV6_FRAGMENT;
	assert_int_equal(sea_tunnel6_find_limit(b, sizeof(b)), 56 + 15);
	b[51] = 8; /* not the first fragment */
	assert_int_equal(sea_tunnel6_find_limit(b, sizeof(b)), 0);
	b[40] = SEA_IPV6_ESP;
	assert_int_equal(sea_tunnel6_find_limit(b, sizeof(b)), 0);
}

/* -- how large -- */

/* RFC2473:7.1, RFC2473:7.2. SEA_DROP_TUNNEL_TOO_BIG */
static void what_is_too_large_for_a_tunnel_through_ipv6_is_told(void **state)
{
	struct sea_link *link;
	const uint8_t *payload;
	size_t len;

	(void)state;
	link = make(0, 4);
	assert_int_equal(sea_link_set_mtu(t.link, 1400, t.now), 0);
	inject_inner6(FAR6, 1390, NULL, 0);
	take_icmp6(SEA_ICMP6_PACKET_TOO_BIG, 0, 1400 - 48);
	inject_inner6(FAR6, 1352, NULL, 0);
	(void)take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	assert_int_equal(len, 1352);
	inject_inner(FAR4, 1390, true);
	expect_icmp4(SEA_ICMP_FRAG_NEEDED, 1352);
	inject_inner(FAR4, 1352, true);
	(void)take_outer6(SEA_IPPROTO_IPIP, 4, &payload, &len);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_TOO_BIG), 2);
	assert_int_equal(link->stats.tx_errors, 2);
}

/* RFC2473:7.1 */
static void the_smallest_that_must_pass_goes_in_fragments(void **state)
{
	const uint8_t *payload;
	size_t len, all = 0;

	(void)state;
	make(0, 4);
	assert_int_equal(sea_link_set_mtu(t.link, 1300, t.now), 0);
	inject_inner6(FAR6, 1280, NULL, 0);
	for (unsigned i = 0; i < 2; i++) {
		const struct sea_ipv6_hdr *outer;
		struct test_frame *f = test_take(&t);

		assert_non_null(f);
		outer = (const void *)(f->bytes + 14);
		assert_true(outer->next == SEA_IPV6_FRAGMENT || outer->next == SEA_IPV6_DSTOPTS);
		(void)test_expect_ip6(f, outer->next, &payload, &len);
		all += len;
	}
	assert_null(test_take(&t));
	assert_in_range(all, 1280 + 8 + 16, 1280 + 16 + 16); /* options may be in each of them */
}

/* -- what comes back -- */

/* RFC2473:8 */
static void errors_of_the_path_are_told_to_who_sent_what_is_within(void **state)
{
	const uint8_t *payload, *quote;
	size_t len;

	(void)state;
	make(0, 4);
	inject_inner6(FAR6, 100, NULL, 0);
	(void)take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	inject_error6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NO_ROUTE, 0);
	quote = take_icmp6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
	assert_true(test_is_ip6(quote + 8, INNER6_FROM));
	assert_true(test_is_ip6(quote + 24, FAR6));
	inject_inner(FAR4, 100, false);
	(void)take_outer6(SEA_IPPROTO_IPIP, 4, &payload, &len);
	inject_error6(SEA_ICMP6_TIME_EXCEEDED, SEA_ICMP6_HOP_LIMIT, 0);
	expect_icmp4(SEA_ICMP_HOST_UNREACH, 0);
	test_advance(&t, 10 * SEA_SEC); /* ICMP's limits */
	test_take_all(&t);
	inject_inner(FAR4, 100, false);
	(void)take_outer6(SEA_IPPROTO_IPIP, 4, &payload, &len);
	inject_error6(SEA_ICMP6_TIME_EXCEEDED, SEA_ICMP6_REASSEMBLY, 0);
	inject_inner(FAR4, 100, false); /* and the next one goes as the others */
	(void)take_outer6(SEA_IPPROTO_IPIP, 4, &payload, &len);
	assert_null(test_take(&t));
}

/* RFC2473:8.2 */
static void a_path_that_takes_less_is_told_of_at_once(void **state)
{
	const uint8_t *payload;
	size_t len;

	(void)state;
	make(0, 4);
	inject_inner6(FAR6, 1440, NULL, 0);
	(void)take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	inject_error6(SEA_ICMP6_PACKET_TOO_BIG, 0, 1400);
	take_icmp6(SEA_ICMP6_PACKET_TOO_BIG, 0, 1400 - 48);
	inject_inner(FAR4, 1400, true);
	expect_icmp4(SEA_ICMP_FRAG_NEEDED, 1400 - 48);
	inject_inner(FAR4, 1352, true);
	(void)take_outer6(SEA_IPPROTO_IPIP, 4, &payload, &len);
	inject_error6(SEA_ICMP6_PACKET_TOO_BIG, 0, 1300);
	expect_icmp4(SEA_ICMP_FRAG_NEEDED, 1280);
}

/* RFC2473:8.1 */
static void whoever_points_to_a_limit_at_its_end_found_too_many_tunnels(void **state)
{
	const struct opts opts = with_limit(1);
	const uint8_t *payload;
	size_t len;

	(void)state;
	make(0, 4);
	inject_inner6(FAR6, 100, NULL, 0);
	(void)take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	inject_error6(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 44);
	assert_null(test_take(&t)); /* it is not at its end */
	inject_inner6(FAR6, 100, opts.b, 8);
	(void)take_outer6(SEA_IPPROTO_IPV6, 0, &payload, &len);
	inject_error6(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 43);
	assert_null(test_take(&t)); /* it is not what is pointed to */
	inject_inner6(FAR6, 100, opts.b, 8);
	(void)take_outer6(SEA_IPPROTO_IPV6, 0, &payload, &len);
	inject_error6(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_HDR_FIELD, 44);
	take_icmp6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
}

static void an_error_that_quotes_too_little_is_told_to_nobody(void **state)
{
	const uint8_t *payload;
	size_t len;

	(void)state;
	make(0, 4);
	inject_inner6(FAR6, 100, NULL, 0);
	(void)take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	t.frame.len = 14 + 40 + 8 + 39;
	inject_error6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NO_ROUTE, 0);
	assert_null(test_take(&t));
	t.frame.len++;
	inject_error6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_NO_ROUTE, 0);
	take_icmp6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
}

/* -- the way -- */

/* SEA_DROP_TUNNEL_NO_WAY */
static void a_tunnel_whose_end_is_not_ours_or_is_anybody_sends_nothing(void **state)
{
	static const char *const locals[] = { NULL, "2001:db8::77" };

	(void)state;
	forward();
	for (unsigned i = 0; i < 2; i++) {
		struct data d = { 0 };

		if (locals[i])
			put_addr6(&d, IFLA_IPTUN_LOCAL, locals[i]);
		put_addr6(&d, IFLA_IPTUN_REMOTE, TEST_PEER_IP6);
		add_route("fd00:f::/48", make_tunnel("ip6tnl", &d));
		test_advance(&t, 10 * SEA_SEC);
		test_take_all(&t);
		inject_inner6(FAR6, 100, NULL, 0);
		take_icmp6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_ADDR_UNREACH, 0);
		assert_in_range(test_drops(&t, SEA_DROP_TUNNEL_NO_WAY), i + 1, 99);
		assert_int_equal(delete_link("tun0"), 0);
	}
}

/* What comes out of it goes in again until its time to live is over. */
static void the_other_end_is_this_host_where_that_is_allowed(void **state)
{
	struct data d = { 0 };
	struct sea_link *link;

	(void)state;
	put_addr6(&d, IFLA_IPTUN_LOCAL, TEST_OUR_IP6);
	put_addr6(&d, IFLA_IPTUN_REMOTE, TEST_OUR_IP6);
	link = make_tunnel("ip6tnl", &d);
	add_route("172.16.0.0/16", link);
	forward();
	memset(&link->stats, 0, sizeof(link->stats));
	inject_inner(FAR4, 100, true);
	expect_icmp4(SEA_ICMP_HOST_UNREACH, 0);
	sea_tunnel_of(link)->p.flags = SEA_TUNNEL6_OWN_REMOTE;
	inject_inner(FAR4, 100, true);
	test_settle(&t);
	assert_int_equal(link->stats.tx_packets, 63);
	assert_int_equal(link->stats.rx_packets, 63);
}

/* SEA_DROP_TUNNEL_LOOP */
static void a_tunnel_through_ipv6_does_not_go_into_itself(void **state)
{
	const struct test_ip6 ip = { .dst = FAR6, .proto = SEA_IPPROTO_UDP };
	struct sea_link *link;

	(void)state;
	link = make(0, 4);
	test_inject_ip6(&t, &ip, "12345678", 8); /* from the other end itself */
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_LOOP), 1);
	add_route(TEST_PEER_IP6 "/128", link);
	inject_inner(FAR4, 100, true);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_LOOP), 2);
	assert_int_equal(link->stats.tx_errors, 2);
}

#define END6 "2001:db8:99::2"

static void expect_to_end6(uint8_t next, size_t inner_len)
{
	const struct sea_ipv6_hdr *outer;
	const uint8_t *payload;
	size_t len;

	outer = test_expect_ip6(test_take(&t), SEA_IPV6_DSTOPTS, &payload, &len);
	assert_true(test_is_ip6(outer->dst, END6));
	assert_int_equal(payload[0], next);
	assert_int_equal(len, 8 + inner_len);
}

static void without_an_end_the_next_hop_through_ipv6_is_it(void **state)
{
	const struct sea_route out = test_route("::/0", TEST_PEER_IP6, t.link);
	struct sea_route r = { 0 };
	struct data d = { 0 };

	(void)state;
	assert_int_equal(sea_route_add(t.stack, &out, t.now), 0);
	put_addr6(&d, IFLA_IPTUN_LOCAL, TEST_OUR_IP6);
	r = test_route("fd00:f::/48", END6, make_tunnel("ip6tnl", &d));
	r.flags = SEA_RTNH_F_ONLINK;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_true(sea_addr_parse_prefix("172.16.0.0/16", &r.dst, &r.prefix_len));
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	forward();
	inject_inner6(FAR6, 100, NULL, 0);
	expect_to_end6(SEA_IPPROTO_IPV6, 100);
	inject_inner(FAR4, 100, true);
	expect_to_end6(SEA_IPPROTO_IPIP, 100);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup6, tunnels_teardown)

int run_ip6tnl_way_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_is_in_a_tunnel_already_may_be_in_one_less),
		TEST(a_tunnel_without_a_limit_keeps_that_of_others),
		TEST(a_limit_is_found_wherever_it_stands),
		TEST(what_is_too_large_for_a_tunnel_through_ipv6_is_told),
		TEST(the_smallest_that_must_pass_goes_in_fragments),
		TEST(errors_of_the_path_are_told_to_who_sent_what_is_within),
		TEST(a_path_that_takes_less_is_told_of_at_once),
		TEST(whoever_points_to_a_limit_at_its_end_found_too_many_tunnels),
		TEST(an_error_that_quotes_too_little_is_told_to_nobody),
		TEST(a_tunnel_whose_end_is_not_ours_or_is_anybody_sends_nothing),
		TEST(the_other_end_is_this_host_where_that_is_allowed),
		TEST(a_tunnel_through_ipv6_does_not_go_into_itself),
		TEST(without_an_end_the_next_hop_through_ipv6_is_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
