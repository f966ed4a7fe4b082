/* SPDX-License-Identifier: Apache-2.0 */
/* ip6tnl: what is asked for, and what comes out of it. no-oracle, as tunnel.c: RFC 2473, and what Linux is known to do. */
#include "tunnels.h"

#include "ip/ifaddr6.h"
#include "ip/ifid.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

#define INNER6_US "fd00:9::1"
#define INNER6_PEER "fd00:9::2"
#define CAN_BOTH (SEA_TUNNEL6_CAN_SEND | SEA_TUNNEL6_CAN_RECEIVE)

static struct data ip6_data(uint8_t proto)
{
	struct data d = { 0 };

	put_addr6(&d, IFLA_IPTUN_LOCAL, TEST_OUR_IP6);
	put_addr6(&d, IFLA_IPTUN_REMOTE, TEST_PEER_IP6);
	put_u8(&d, IFLA_IPTUN_ENCAP_LIMIT, 4);
	put_u8(&d, IFLA_IPTUN_PROTO, proto);
	return d;
}

static struct sea_link *make(const struct data *d)
{
	struct sea_link *link = make_tunnel("ip6tnl", d);

	test_add_addr6(&t, link, INNER6_US "/64");
	return link;
}

static void inject_echo(uint8_t outer_class, uint8_t inner_tos)
{
	uint8_t packet[64];

	inject_outer6(SEA_IPPROTO_IPIP, outer_class, packet, put_echo(packet, inner_tos, 77));
}

static void inject_echo6(uint8_t outer_class, uint8_t inner_class)
{
	uint8_t packet[128];

	inject_outer6(SEA_IPPROTO_IPV6, outer_class, packet,
		      put_echo6(packet, INNER6_PEER, INNER6_US, inner_class));
}

static const struct sea_ipv4_hdr *take_reply(const struct sea_ipv6_hdr **outer, int limit)
{
	const uint8_t *payload;
	size_t len;

	*outer = take_outer6(SEA_IPPROTO_IPIP, limit, &payload, &len);
	assert_int_equal(len, 36);
	assert_int_equal(payload[20], SEA_ICMP_ECHO_REPLY);
	return (const void *)payload;
}

static uint8_t class_of(const struct sea_ipv6_hdr *ip)
{
	return (uint8_t)(sea_be32_get(ip->ver_class_flow) >> 20);
}

/* -- made and shown -- */

static void a_tunnel_through_ipv6_is_made_and_shown_as_what_it_is(void **state)
{
	const struct data d = ip6_data(SEA_IPPROTO_IPV6);
	uint32_t len, flags;

	(void)state;
	assert_int_equal(ask_tunnel("ip6tnl", "tun0", &d), 0);
	show("tun0");
	assert_string_equal(kind_of(), "ip6tnl");
	assert_int_equal(shown().ifi_type, ARPHRD_TUNNEL6);
	assert_int_equal(shown().ifi_flags, SEA_IFF_POINTOPOINT | SEA_IFF_NOARP);
	assert_int_equal(u32_of(IFLA_MTU), 1500 - 40 - 8);
	assert_int_equal(u32_of(IFLA_MIN_MTU), 68);
	assert_memory_equal(attr_of(IFLA_ADDRESS, &len), test_ip6(TEST_OUR_IP6).b, 16);
	assert_int_equal(len, 16);
	assert_memory_equal(attr_of(IFLA_BROADCAST, &len), test_ip6(TEST_PEER_IP6).b, 16);
	assert_int_equal(*attr_of(IFLA_PERM_ADDRESS, &len) & 3, 2);
	assert_memory_equal(data_of(IFLA_IPTUN_LOCAL, &len), test_ip6(TEST_OUR_IP6).b, 16);
	assert_memory_equal(data_of(IFLA_IPTUN_REMOTE, &len), test_ip6(TEST_PEER_IP6).b, 16);
	assert_int_equal(*data_of(IFLA_IPTUN_PROTO, &len), SEA_IPPROTO_IPV6);
	assert_int_equal(*data_of(IFLA_IPTUN_ENCAP_LIMIT, &len), 4);
	memcpy(&flags, data_of(IFLA_IPTUN_FLAGS, &len), 4);
	assert_int_equal(flags, CAN_BOTH);
	assert_int_equal(sea_link_set_mtu(link_of("tun0"), 1279, t.now), -EINVAL);
	assert_int_equal(sea_link_set_mtu(link_of("tun0"), 1280, t.now), 0);
}

static void what_makes_no_tunnel_through_ipv6_says_why(void **state)
{
	struct data d = ip6_data(0);

	(void)state;
	assert_int_equal(ask_tunnel("ip6tnl", "tun0", &d), 0);
	assert_int_equal(ask_tunnel("ip6tnl", "tun1", &d), -EEXIST);
	d = ip6_data(SEA_IPPROTO_GRE);
	assert_int_equal(ask_tunnel("ip6tnl", "tun1", &d), -EINVAL);
	d = (struct data){ 0 };
	put_addr6(&d, IFLA_IPTUN_REMOTE, "ff0e::1");
	assert_int_equal(ask_tunnel("ip6tnl", "tun1", &d), -EOPNOTSUPP);
	d = (struct data){ 0 };
	put_bytes(&d, IFLA_IPTUN_COLLECT_METADATA, NULL, 0);
	assert_int_equal(ask_tunnel("ip6tnl", "tun1", &d), -EOPNOTSUPP);
	d = (struct data){ 0 };
	put_u16(&d, IFLA_IPTUN_ENCAP_TYPE, TUNNEL_ENCAP_FOU);
	assert_int_equal(ask_tunnel("ip6tnl", "tun1", &d), -EOPNOTSUPP);
	assert_null(sea_link_by_name(t.stack, "tun1"));
}

static void without_ipv6_there_is_no_tunnel_through_it(void **state)
{
	const struct data d = ip6_data(0);

	(void)state;
	assert_int_equal(ask_tunnel("ip6tnl", "tun0", &d), -EAFNOSUPPORT);
}

static int change(const struct data *d)
{
	struct message m = making("ip6tnl", "tun0", d->bytes, d->len);

	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return ask(&m);
}

static void a_tunnel_through_ipv6_may_be_changed_and_lose_its_end(void **state)
{
	struct data d = ip6_data(0), other = ip6_data(0), none = { 0 };
	const struct sea_link *link;

	(void)state;
	assert_int_equal(ask_tunnel("ip6tnl", "tun0", &d), 0);
	put_u32(&d, IFLA_IPTUN_FLAGS, SEA_TUNNEL6_NO_LIMIT);
	assert_int_equal(change(&d), 0);
	link = link_of("tun0");
	assert_int_equal(link->mtu, 1460);
	put_addr6(&other, IFLA_IPTUN_REMOTE, "2001:db8::9");
	assert_int_equal(ask_tunnel("ip6tnl", "tun1", &other), 0);
	assert_int_equal(change(&other), -EEXIST);
	put_addr6(&none, IFLA_IPTUN_LOCAL, TEST_OUR_IP6);
	assert_int_equal(change(&none), 0);
	show("tun0");
	assert_int_equal(shown().ifi_flags & SEA_IFF_POINTOPOINT, 0);
	assert_int_equal(link->mtu, 1460);
}

static void a_tunnel_through_ipv6_comes_back_with_the_stack(void **state)
{
	struct data d = ip6_data(0);
	const struct sea_ipv6_hdr *outer;

	(void)state;
	put_u8(&d, IFLA_IPTUN_TTL, 9);
	put_u8(&d, IFLA_IPTUN_ENCAP_LIMIT, 7);
	put_u32(&d, IFLA_IPTUN_FLAGS, SEA_TUNNEL6_INNER_CLASS);
	make(&d);
	tunnels_restore();
	test_know_peer6(&t);
	inject_echo(0, 0x48);
	(void)take_reply(&outer, 7);
	assert_int_equal(outer->hop_limit, 9);
	assert_int_equal(class_of(outer), 0x48);
	assert_int_equal(delete_link("tun0"), 0);
	inject_echo(0, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_PROTOCOL), 1);
}

/* -- through -- */

/* RFC2473:3, RFC2473:5.1 */
static void pings_of_both_families_go_through(void **state)
{
	const struct data d = ip6_data(0);
	struct sea_ipaddr own = test_ip6("fe80::");
	const struct sea_ipv4_hdr *inner;
	const struct sea_ipv6_hdr *outer;
	struct sea_link *link;
	const uint8_t *payload;
	size_t len;

	(void)state;
	link = make(&d);
	sea_ifid_eui64(&link->mac, own.b + 8);
	assert_non_null(sea_ifaddr6_find(link, &own));
	memset(&link->stats, 0, sizeof(link->stats));
	inject_echo(0, 0);
	inner = take_reply(&outer, 4);
	assert_int_equal(outer->hop_limit, inner->ttl);
	inject_echo6(0, 0);
	outer = take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	assert_int_equal(len, 52);
	assert_int_equal(payload[40], SEA_ICMP6_ECHO_REPLY);
	assert_int_equal(outer->hop_limit, payload[7]);
	assert_int_equal(link->stats.rx_packets, 2);
	assert_int_equal(link->stats.rx_bytes, 36 + 52);
	assert_int_equal(link->stats.tx_packets, 2);
	assert_int_equal(link->stats.tx_bytes, 36 + 52);
	assert_int_equal(link->stats.tx_errors + link->stats.rx_errors, 0);
}

/* SEA_DROP_TUNNEL_PROTOCOL */
static void a_mode_is_one_protocol(void **state)
{
	const struct data d = ip6_data(SEA_IPPROTO_IPIP);
	const struct sea_ipv6_hdr *outer;

	(void)state;
	make(&d);
	test_take_all(&t);
	inject_echo(0, 0);
	(void)take_reply(&outer, 4);
	inject_echo6(0, 0);
	assert_null(test_take(&t));
	assert_in_range(test_drops(&t, SEA_DROP_TUNNEL_PROTOCOL), 1,
			99); /* and what it says of itself */
}

static void class_label_and_hop_limit_are_those_that_were_chosen(void **state)
{
	const sea_be32 flowinfo = sea_be32_of(0x02345678);
	struct data d = ip6_data(0);
	const struct sea_ipv6_hdr *outer;

	(void)state;
	put_u8(&d, IFLA_IPTUN_TTL, 9);
	put_bytes(&d, IFLA_IPTUN_FLOWINFO, &flowinfo, 4);
	make(&d);
	inject_echo(0, 0x48);
	(void)take_reply(&outer, 4);
	assert_int_equal(outer->hop_limit, 9);
	assert_int_equal(sea_be32_get(outer->ver_class_flow),
			 0x62045678); /* ECN is the inner one's */
}

static void class_and_label_may_be_the_inner_ones(void **state)
{
	struct data d = ip6_data(0);
	const struct sea_ipv6_hdr *outer;
	const uint8_t *payload;
	size_t len;

	(void)state;
	put_u32(&d, IFLA_IPTUN_FLAGS, SEA_TUNNEL6_INNER_CLASS | SEA_TUNNEL6_INNER_LABEL);
	make(&d);
	inject_echo6(0, 0x48);
	outer = take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	assert_int_equal(class_of(outer), 0x48);
	assert_int_equal(sea_be32_get(outer->ver_class_flow) & 0xfffff,
			 sea_get32(payload) & 0xfffff);
	assert_int_not_equal(sea_get32(payload) & 0xfffff, 0);
}

/* RFC6040:4.2. SEA_DROP_TUNNEL_ECN */
static void congestion_outside_is_told_within_through_ipv6(void **state)
{
	const struct data d = ip6_data(0);
	const struct sea_ipv4_hdr *inner;
	const struct sea_ipv6_hdr *outer;

	(void)state;
	make(&d);
	inject_echo(3, 2);
	inner = take_reply(&outer, 4);
	assert_int_equal(inner->tos & 3, 3);
	assert_int_equal(class_of(outer) & 3, 2);
	inject_echo(3, 0);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_ECN), 1);
}

static void what_comes_out_may_have_the_outer_dscp(void **state)
{
	struct data d = ip6_data(0);
	const struct sea_ipv6_hdr *outer;
	const uint8_t *payload;
	size_t len;

	(void)state;
	put_u32(&d, IFLA_IPTUN_FLAGS, SEA_TUNNEL6_COPY_DSCP);
	make(&d);
	inject_echo(0xb8, 0x22);
	assert_int_equal(take_reply(&outer, 4)->tos, 0xba);
	inject_echo6(0xb8, 0x22);
	(void)take_outer6(SEA_IPPROTO_IPV6, 4, &payload, &len);
	assert_int_equal(sea_get32(payload) >> 20 & 0xff, 0xba);
	inject_outer6(SEA_IPPROTO_IPV6, 0xb8, payload, 20);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SHORT), 1);
}

/* -- whose -- */

static void make_as(const char *name, const char *local, const char *remote)
{
	struct data d = { 0 };

	if (local)
		put_addr6(&d, IFLA_IPTUN_LOCAL, local);
	if (remote)
		put_addr6(&d, IFLA_IPTUN_REMOTE, remote);
	assert_int_equal(ask_tunnel("ip6tnl", name, &d), 0);
	assert_int_equal(sea_link_set_up(link_of(name), true, t.now), 0);
}

/* Ours counts for more than the other end's, unlike in tunnels through IPv4. */
static void the_tunnel_through_ipv6_that_says_most_takes_the_packet(void **state)
{
	static const char *const names[] = { "both", "local", "remote", "any" };

	(void)state;
	make_as("any", NULL, NULL);
	make_as("local", TEST_OUR_IP6, NULL);
	make_as("remote", NULL, TEST_PEER_IP6);
	make_as("both", TEST_OUR_IP6, TEST_PEER_IP6);
	make_as("other", TEST_OUR_IP6, "2001:db8::3");
	for (unsigned i = 0; i < 4; i++) {
		inject_echo(0, 0);
		assert_int_equal(link_of(names[i])->stats.rx_packets, 1);
		assert_int_equal(delete_link(names[i]), 0);
	}
	assert_int_equal(link_of("other")->stats.rx_packets, 0);
}

static void expect_icmp6(uint8_t type, uint8_t code)
{
	const uint8_t *icmp;
	size_t len;

	(void)take_outer6(SEA_IPPROTO_ICMPV6, -1, &icmp, &len);
	assert_int_equal(icmp[0], type);
	assert_int_equal(icmp[1], code);
}

/* SEA_DROP_TUNNEL_NONE */
static void what_no_tunnel_through_ipv6_takes_is_answered(void **state)
{
	const struct data d4 = plain_data();

	(void)state;
	assert_int_equal(ask_tunnel("sit", "four", &d4), 0); /* takes both protocols, over IPv4 */
	inject_echo(0, 0);
	expect_icmp6(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_UNK_NEXT_HEADER);
	make_as("other", TEST_OUR_IP6, "2001:db8::3");
	test_advance(&t, 10 * SEA_SEC);
	test_take_all(&t);
	inject_echo(0, 0);
	expect_icmp6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_PORT_UNREACH);
	inject_echo6(0, 0);
	expect_icmp6(SEA_ICMP6_DEST_UNREACH, SEA_ICMP6_PORT_UNREACH);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_NONE), 2);
	assert_int_equal(delete_link("four"), 0);
	assert_int_equal(delete_link("other"), 0);
	test_advance(&t, 2 * SEA_SEC);
	test_take_all(&t);
	inject_echo6(0, 0);
	expect_icmp6(SEA_ICMP6_PARAM_PROBLEM, SEA_ICMP6_UNK_NEXT_HEADER);
}

/* SEA_DROP_TUNNEL_SPOOFED */
static void nobody_speaks_from_an_address_that_is_ours(void **state)
{
	const struct test_ip6 ip = { .src = "2001:db8::7", .proto = SEA_IPPROTO_IPIP };
	uint8_t packet[64];
	struct data d = { 0 };

	(void)state;
	put_addr6(&d, IFLA_IPTUN_LOCAL, TEST_OUR_IP6);
	make(&d);
	test_inject_ip6(&t, &ip, packet, put_echo(packet, 0, 9));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SPOOFED), 0);
	test_add_addr6(&t, t.link, "2001:db8::7/64");
	test_inject_ip6(&t, &ip, packet, put_echo(packet, 0, 9));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SPOOFED), 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup6, tunnels_teardown)

int run_ip6tnl_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_tunnel_through_ipv6_is_made_and_shown_as_what_it_is),
		TEST(what_makes_no_tunnel_through_ipv6_says_why),
		cmocka_unit_test_setup_teardown(without_ipv6_there_is_no_tunnel_through_it,
						tunnels_setup, tunnels_teardown),
		TEST(a_tunnel_through_ipv6_may_be_changed_and_lose_its_end),
		TEST(a_tunnel_through_ipv6_comes_back_with_the_stack),
		TEST(pings_of_both_families_go_through),
		TEST(a_mode_is_one_protocol),
		TEST(class_label_and_hop_limit_are_those_that_were_chosen),
		TEST(class_and_label_may_be_the_inner_ones),
		TEST(congestion_outside_is_told_within_through_ipv6),
		TEST(what_comes_out_may_have_the_outer_dscp),
		TEST(the_tunnel_through_ipv6_that_says_most_takes_the_packet),
		TEST(what_no_tunnel_through_ipv6_takes_is_answered),
		TEST(nobody_speaks_from_an_address_that_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
