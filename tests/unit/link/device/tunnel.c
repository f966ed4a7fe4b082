/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnels through IPv4. no-oracle: the kernel here has none of them; RFC 2003, 4213, 6040 and what Linux is known to do. */
#include "tunnels.h"

#include "wire/icmp.h"

static void inject_outer(uint8_t proto, uint8_t tos, const void *inner, size_t len)
{
	const struct test_ip ip = { .proto = proto, .tos = tos };

	test_inject_ip(&t, &ip, inner, len);
}

static void inject_echo(uint8_t outer_tos, uint8_t inner_tos)
{
	uint8_t packet[64];

	inject_outer(SEA_IPPROTO_IPIP, outer_tos, packet, put_echo(packet, inner_tos, 77));
}

/* The reply within the next frame. */
static const struct sea_ipv4_hdr *take_reply(const struct sea_ipv4_hdr **outer)
{
	const struct sea_ipv4_hdr *inner;
	const uint8_t *payload;
	size_t len;

	*outer = take_outer(SEA_IPPROTO_IPIP, &payload, &len);
	assert_true(len >= sizeof(*inner) + 8);
	inner = (const void *)payload;
	assert_memory_equal(inner->src.b, test_ip4(INNER_US).b, 4);
	assert_memory_equal(inner->dst.b, test_ip4(INNER_PEER).b, 4);
	assert_int_equal(payload[sizeof(*inner)], SEA_ICMP_ECHO_REPLY);
	return inner;
}

static void expect_unreachable(uint8_t code)
{
	const uint8_t *icmp;
	size_t len;

	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[0], SEA_ICMP_DEST_UNREACH);
	assert_int_equal(icmp[1], code);
}

/* -- made and shown -- */

static void a_tunnel_is_made_and_shown_as_what_it_is(void **state)
{
	const struct data d = plain_data();
	uint32_t len;

	(void)state;
	assert_int_equal(ask_tunnel("ipip", "tun0", &d), 0);
	show("tun0");
	assert_string_equal(kind_of(), "ipip");
	assert_int_equal(shown().ifi_type, ARPHRD_TUNNEL);
	assert_int_equal(shown().ifi_flags, SEA_IFF_POINTOPOINT | SEA_IFF_NOARP);
	assert_int_equal(u32_of(IFLA_MTU), 1480);
	assert_int_equal(u32_of(IFLA_MIN_MTU), 0);
	assert_int_equal(u32_of(IFLA_LINK), 0);
	assert_memory_equal(attr_of(IFLA_ADDRESS, &len), test_our_ip.b, 4);
	assert_int_equal(len, 4);
	assert_memory_equal(attr_of(IFLA_BROADCAST, &len), test_peer_ip.b, 4);
	assert_memory_equal(data_of(IFLA_IPTUN_LOCAL, &len), test_our_ip.b, 4);
	assert_memory_equal(data_of(IFLA_IPTUN_REMOTE, &len), test_peer_ip.b, 4);
	assert_int_equal(*data_of(IFLA_IPTUN_PROTO, &len), SEA_IPPROTO_IPIP);
	assert_int_equal(*data_of(IFLA_IPTUN_PMTUDISC, &len), 1);
	assert_int_equal(*data_of(IFLA_IPTUN_TTL, &len), 0);
}

static void what_makes_no_tunnel_says_why(void **state)
{
	struct data d = plain_data();

	(void)state;
	assert_int_equal(ask_tunnel("ipip", "tun0", &d), 0);
	assert_int_equal(ask_tunnel("ipip", "tun1", &d), -EEXIST);
	put_u8(&d, IFLA_IPTUN_PROTO, SEA_IPPROTO_IPV6);
	assert_int_equal(ask_tunnel("ipip", "tun1", &d), -EINVAL);
	assert_int_equal(ask_tunnel("sit", "tun1", &d), 0);
	d = (struct data){ 0 };
	put_addr(&d, IFLA_IPTUN_REMOTE, "224.1.1.1");
	assert_int_equal(ask_tunnel("ipip", "tun2", &d), -EOPNOTSUPP);
	d = (struct data){ 0 };
	put_u16(&d, IFLA_IPTUN_6RD_PREFIXLEN, 16);
	assert_int_equal(ask_tunnel("sit", "tun2", &d), -EOPNOTSUPP);
	d = (struct data){ 0 };
	put_u16(&d, IFLA_IPTUN_FLAGS, SIT_ISATAP);
	assert_int_equal(ask_tunnel("sit", "tun2", &d), -EOPNOTSUPP);
	d = (struct data){ 0 };
	put_u16(&d, IFLA_IPTUN_ENCAP_TYPE, TUNNEL_ENCAP_FOU);
	assert_int_equal(ask_tunnel("ipip", "tun2", &d), -EOPNOTSUPP);
	d = (struct data){ 0 };
	put_bytes(&d, IFLA_IPTUN_COLLECT_METADATA, NULL, 0);
	assert_int_equal(ask_tunnel("ipip", "tun2", &d), -EOPNOTSUPP);
	assert_null(sea_link_by_name(t.stack, "tun2"));
}

static int change(const char *kind, const struct data *d)
{
	struct message m = making(kind, "tun0", d->bytes, d->len);

	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return ask(&m);
}

static void a_tunnel_may_be_changed_but_not_lose_its_end(void **state)
{
	struct data d = plain_data(), other = { 0 };

	(void)state;
	assert_int_equal(ask_tunnel("ipip", "tun0", &d), 0);
	put_u8(&d, IFLA_IPTUN_TTL, 9);
	assert_int_equal(change("ipip", &d), 0);
	assert_int_equal(sea_tunnel_of(link_of("tun0"))->p.ttl, 9);
	put_addr(&other, IFLA_IPTUN_LOCAL, "10.0.0.1");
	assert_int_equal(change("ipip", &other), -EINVAL);
	put_addr(&other, IFLA_IPTUN_REMOTE, "10.0.0.9");
	assert_int_equal(ask_tunnel("ipip", "tun1", &other), 0);
	assert_int_equal(change("ipip", &other), -EEXIST);
	assert_int_equal(change("sit", &d), -EOPNOTSUPP);
	assert_memory_equal(sea_tunnel_of(link_of("tun0"))->p.remote.b, test_peer_ip.b, 4);
	assert_int_equal(sea_link_set_mtu(link_of("tun0"), 65515, t.now), 0);
	assert_int_equal(sea_link_set_mtu(link_of("tun0"), 65516, t.now), -EINVAL);
}

static void a_tunnel_comes_back_with_the_stack(void **state)
{
	struct data d = plain_data();
	const struct sea_ipv4_hdr *outer;
	uint16_t ident;

	(void)state;
	put_u8(&d, IFLA_IPTUN_TTL, 9);
	put_u8(&d, IFLA_IPTUN_TOS, 0x20);
	make_tunnel("ipip", &d);
	inject_echo(0, 0);
	(void)take_reply(&outer);
	ident = sea_be16_get(outer->id);
	tunnels_restore();
	test_know_peer(&t);
	inject_echo(0, 0);
	(void)take_reply(&outer);
	assert_int_equal(outer->ttl, 9);
	assert_int_equal(outer->tos, 0x20);
	assert_int_equal(sea_be16_get(outer->id), (uint16_t)(ident + 1));
}

/* -- through -- */

/* RFC2003:3 */
static void a_ping_goes_through_and_its_reply_comes_back(void **state)
{
	const struct data d = plain_data();
	const struct sea_ipv4_hdr *inner, *outer;
	const struct sea_link *link;

	(void)state;
	link = make_tunnel("ipip", &d);
	inject_echo(0, 0);
	inner = take_reply(&outer);
	assert_int_equal(outer->ttl, inner->ttl);
	assert_int_equal(outer->tos, 0);
	assert_int_equal(sea_be16_get(outer->frag), SEA_IPV4_DF);
	assert_int_equal(link->stats.rx_packets, 1);
	assert_int_equal(link->stats.rx_bytes, 36);
	assert_int_equal(link->stats.tx_packets, 1);
	assert_int_equal(link->stats.tx_bytes, 36);
	assert_int_equal(link->stats.tx_errors, 0);
}

static void ttl_and_tos_are_those_that_were_chosen(void **state)
{
	struct data d = plain_data();
	const struct sea_ipv4_hdr *outer;

	(void)state;
	put_u8(&d, IFLA_IPTUN_TTL, 9);
	put_u8(&d, IFLA_IPTUN_TOS, 0x20);
	make_tunnel("ipip", &d);
	inject_echo(0, 0x48);
	(void)take_reply(&outer);
	assert_int_equal(outer->ttl, 9);
	assert_int_equal(outer->tos, 0x20);
}

static void a_tos_of_1_is_the_inner_one(void **state)
{
	struct data d = plain_data();
	const struct sea_ipv4_hdr *outer;

	(void)state;
	put_u8(&d, IFLA_IPTUN_TOS, 1);
	put_u8(&d, IFLA_IPTUN_PMTUDISC, 0);
	make_tunnel("ipip", &d);
	inject_echo(0, 0x48);
	(void)take_reply(&outer);
	assert_int_equal(outer->tos, 0x48);
	assert_int_equal(sea_be16_get(outer->frag), 0);
}

/* RFC6040:4.2, and what Linux makes of CE on the way in (RFC 3168 §9.1.1). */
static void congestion_in_the_tunnel_is_told_within(void **state)
{
	const struct data d = plain_data();
	const struct sea_ipv4_hdr *inner, *outer;

	(void)state;
	make_tunnel("ipip", &d);
	inject_echo(3, 2);
	inner = take_reply(&outer);
	assert_int_equal(inner->tos & 3, 3);
	assert_int_equal(outer->tos & 3, 2);
	inject_echo(1, 2);
	inner = take_reply(&outer);
	assert_int_equal(inner->tos & 3, 1);
	assert_int_equal(outer->tos & 3, 1);
	inject_echo(2, 0);
	inner = take_reply(&outer);
	assert_int_equal(inner->tos & 3, 0);
}

/* SEA_DROP_TUNNEL_ECN */
static void congestion_that_cannot_be_told_is_a_loss(void **state)
{
	const struct data d = plain_data();
	const struct sea_link *link;

	(void)state;
	link = make_tunnel("ipip", &d);
	inject_echo(3, 0);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_ECN), 1);
	assert_int_equal(link->stats.rx_errors, 1);
}

static void super_segments_go_through_in_segments(void **state)
{
	const struct data d = plain_data();
	const struct frame_spec spec = { .raw = true, .payload = 2500 };
	struct sea_link *link;
	const uint8_t *payload;
	size_t len;

	(void)state;
	link = make_tunnel("ipip", &d);
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(
		sea_link_output(link, super_pkt(&k.f, &spec, 1000), NULL, SEA_ETHERTYPE_IPV4), 0);
	sea_stack_leave(t.stack);
	for (unsigned i = 0; i < 3; i++) {
		const struct sea_ipv4_hdr *ip;

		(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
		ip = (const void *)payload;
		assert_int_equal(len, i < 2 ? 1040 : 540);
		assert_int_equal(
			sea_be16_get(test_checksum(payload + 20, len - 20,
						   test_pseudo(ip->src, ip->dst, 6, len - 20))),
			0);
	}
	assert_int_equal(link->stats.tx_packets, 3);
	assert_int_equal(link->stats.tx_bytes, 2500 + 3 * 40);
}

/* -- whose -- */

static void make_as(const char *name, const char *local, const char *remote)
{
	struct data d = { 0 };

	if (local)
		put_addr(&d, IFLA_IPTUN_LOCAL, local);
	if (remote)
		put_addr(&d, IFLA_IPTUN_REMOTE, remote);
	assert_int_equal(ask_tunnel("ipip", name, &d), 0);
	assert_int_equal(sea_link_set_up(link_of(name), true, t.now), 0);
}

static void the_tunnel_that_says_most_takes_the_packet(void **state)
{
	static const char *const names[] = { "both", "remote", "local", "any" };

	(void)state;
	make_as("any", NULL, NULL);
	make_as("local", "10.0.0.1", NULL);
	make_as("remote", NULL, "10.0.0.2");
	make_as("both", "10.0.0.1", "10.0.0.2");
	make_as("other", "10.0.0.1", "10.0.0.3");
	for (unsigned i = 0; i < 4; i++) {
		inject_echo(0, 0);
		assert_int_equal(link_of(names[i])->stats.rx_packets, 1);
		assert_int_equal(delete_link(names[i]), 0);
	}
	assert_int_equal(link_of("other")->stats.rx_packets, 0);
}

/* SEA_DROP_TUNNEL_NONE */
static void what_no_tunnel_takes_is_answered_as_by_linux(void **state)
{
	(void)state;
	inject_echo(0, 0);
	expect_unreachable(SEA_ICMP_PROT_UNREACH);
	make_as("other", "10.0.0.1", "10.0.0.3");
	inject_echo(0, 0);
	expect_unreachable(SEA_ICMP_PORT_UNREACH);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_NONE), 1);
	make_as("down", "10.0.0.1", "10.0.0.2");
	assert_int_equal(sea_link_set_up(link_of("down"), false, t.now), 0);
	inject_echo(0, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_NONE), 2);
	assert_int_equal(delete_link("down"), 0);
	assert_int_equal(delete_link("other"), 0);
	test_advance(&t, 2 * SEA_SEC);
	test_take_all(&t);
	inject_echo(0, 0);
	expect_unreachable(SEA_ICMP_PROT_UNREACH);
}

/* SEA_DROP_TUNNEL_SHORT, SEA_DROP_TUNNEL_FULL */
static void what_makes_no_packet_or_finds_no_room_is_dropped(void **state)
{
	const struct data d = plain_data();
	struct sea_link *link;
	uint8_t packet[64];

	(void)state;
	link = make_tunnel("ipip", &d);
	inject_outer(SEA_IPPROTO_IPIP, 0, packet, put_echo(packet, 0, 9) - 17);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SHORT), 1);
	assert_int_equal(link->stats.rx_errors, 1);
	link->input_max = 1;
	t.unsettled = true;
	inject_echo(0, 0);
	inject_echo(0, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_FULL), 1);
	assert_int_equal(link->stats.rx_dropped, 1);
}

/* A packet in a packet in a packet … is taken out one layer at a time, and does not nest. */
static void packets_within_packets_end(void **state)
{
	uint8_t bytes[2][1400];
	size_t len = put_echo(bytes[0], 0, 9);
	unsigned now = 0;

	(void)state;
	make_as("any", "10.0.0.1", NULL);
	for (unsigned i = 0; i < 50; i++) {
		const struct test_ip ip = { .proto = SEA_IPPROTO_IPIP };
		uint8_t frame[1500];

		len = test_build_ip(frame, &ip, bytes[now], len) - 14;
		now = !now;
		memcpy(bytes[now], frame + 14, len);
	}
	inject_outer(SEA_IPPROTO_IPIP, 0, bytes[now], len);
	test_settle(&t);
	assert_in_range(link_of("any")->stats.rx_packets, 1, 51);
}

/* -- the way out -- */

/* RFC2003:5.1 */
static void what_is_too_large_is_told_to_its_sender(void **state)
{
	const struct data d = plain_data();
	const struct sea_link *link;
	const uint8_t *icmp;
	size_t len;

	(void)state;
	link = make_tunnel("ipip", &d);
	add_route("172.16.0.0/16", link);
	forward();
	assert_int_equal(sea_link_set_mtu(t.link, 1400, t.now), 0);
	inject_inner("172.16.0.5", 1390, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[0], SEA_ICMP_DEST_UNREACH);
	assert_int_equal(icmp[1], SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_get16(icmp + 6), 1380);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_TOO_BIG), 1);
	assert_int_equal(link->stats.tx_errors, 1);
	assert_int_equal(link->stats.tx_packets, 0);
	inject_inner("172.16.0.5", 1380, true);
	(void)take_outer(SEA_IPPROTO_IPIP, &icmp, &len);
	assert_int_equal(len, 1380);
}

static void without_pmtudisc_it_goes_in_fragments(void **state)
{
	struct data d = plain_data();
	const uint8_t *payload;
	size_t len, all = 0;

	(void)state;
	put_u8(&d, IFLA_IPTUN_PMTUDISC, 0);
	add_route("172.16.0.0/16", make_tunnel("ipip", &d));
	forward();
	assert_int_equal(sea_link_set_mtu(t.link, 1400, t.now), 0);
	inject_inner("172.16.0.5", 1396, false);
	for (unsigned i = 0; i < 2; i++) {
		(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
		all += len;
	}
	assert_int_equal(all, 1396);
}

/* An ICMP error about the packet in the last frame. */
static void inject_error(uint8_t type, uint8_t code, uint16_t mtu)
{
	const struct test_ip ip = { .proto = SEA_IPPROTO_ICMP };
	uint8_t icmp[8 + 28] = { type, code };
	sea_be16 sum;

	sea_put16(icmp + 6, mtu);
	memcpy(icmp + 8, t.frame.bytes + 14, 28);
	sum = test_checksum(icmp, sizeof(icmp), 0);
	memcpy(icmp + 2, &sum, 2);
	test_inject_ip(&t, &ip, icmp, sizeof(icmp));
}

/* RFC2003:4 */
static void errors_of_the_path_are_told_within(void **state)
{
	const struct data d = plain_data();
	const uint8_t *payload;
	size_t len;

	(void)state;
	add_route("172.16.0.0/16", make_tunnel("ipip", &d));
	forward();
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
	inject_error(SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0);
	inject_inner("172.16.0.5", 100, false);
	expect_unreachable(SEA_ICMP_HOST_UNREACH);
	(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
	inject_error(SEA_ICMP_TIME_EXCEEDED, 0, 0); /* the inner one's is its own affair */
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
	inject_error(SEA_ICMP_DEST_UNREACH, SEA_ICMP_HOST_UNREACH, 0);
	test_advance(&t, 31 * SEA_SEC);
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
}

static void the_path_takes_less_from_when_it_says_so(void **state)
{
	const struct data d = plain_data();
	const uint8_t *payload;
	size_t len;

	(void)state;
	add_route("172.16.0.0/16", make_tunnel("ipip", &d));
	forward();
	inject_inner("172.16.0.5", 1200, true);
	(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
	inject_error(SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED, 1000);
	inject_inner("172.16.0.5", 1200, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &payload, &len);
	assert_int_equal(payload[1], SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_get16(payload + 6), 980);
}

/* SEA_DROP_TUNNEL_NO_WAY, SEA_DROP_TUNNEL_LOOP */
static void a_tunnel_without_a_way_or_into_itself_drops(void **state)
{
	struct sea_link *link;

	(void)state;
	make_as("tun0", NULL, "203.0.113.9");
	link = link_of("tun0");
	add_route("172.16.0.0/16", link);
	forward();
	inject_inner("172.16.0.5", 100, false);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_NO_WAY), 1);
	add_addr(link, INNER_US "/24");
	add_route("203.0.113.0/24", link);
	inject_inner("172.16.0.5", 100, false);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_LOOP), 1);
	assert_int_equal(link->stats.tx_errors, 2);
	assert_int_equal(link->stats.tx_packets, 0);
}

static void tunnels_through_each_other_end(void **state)
{
	(void)state;
	make_as("a", NULL, "203.0.113.1");
	make_as("b", NULL, "203.0.113.2");
	add_addr(link_of("a"), INNER_US "/24");
	add_route("172.16.0.0/16", link_of("a"));
	add_route("203.0.113.1/32", link_of("b"));
	add_route("203.0.113.2/32", link_of("a"));
	forward();
	inject_inner("172.16.0.5", 100, false);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_LOOP), 1);
	assert_int_equal(sea_tunnels_of(t.stack)->depth, 0);
}

static void without_an_end_the_next_hop_is_it(void **state)
{
	struct sea_route r = { .size = sizeof(r), .type = SEA_ROUTE_UNICAST };
	const uint8_t *payload;
	size_t len;

	(void)state;
	make_as("tun0", "10.0.0.1", NULL);
	assert_true(sea_addr_parse_prefix("172.16.0.0/16", &r.dst, &r.prefix_len));
	r.gateway = test_addr("10.0.0.2");
	r.ifindex = link_of("tun0")->ifindex;
	r.flags = SEA_RTNH_F_ONLINK;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	forward();
	inject_inner("172.16.0.5", 100, false);
	(void)take_outer(SEA_IPPROTO_IPIP, &payload, &len);
	assert_int_equal(len, 100);
}

/* SEA_DROP_TUNNEL_PROTOCOL */
static void ipip_carries_ipv4_alone(void **state)
{
	const struct data d = plain_data();
	struct sea_link *link;
	uint8_t bytes[40] = { 0x60 };
	struct sea_pkt *pkt;

	(void)state;
	link = make_tunnel("ipip", &d);
	pkt = sea_pkt_from_bytes(t.link, bytes, sizeof(bytes));
	assert_non_null(pkt);
	sea_stack_enter(t.stack, t.now);
	(void)sea_link_output(link, pkt, NULL, SEA_ETHERTYPE_IPV6);
	sea_stack_leave(t.stack);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_PROTOCOL), 1);
	assert_int_equal(link->stats.tx_errors, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup, tunnels_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_tunnel_is_made_and_shown_as_what_it_is),
		TEST(what_makes_no_tunnel_says_why),
		TEST(a_tunnel_may_be_changed_but_not_lose_its_end),
		TEST(a_tunnel_comes_back_with_the_stack),
		TEST(a_ping_goes_through_and_its_reply_comes_back),
		TEST(ttl_and_tos_are_those_that_were_chosen),
		TEST(a_tos_of_1_is_the_inner_one),
		TEST(congestion_in_the_tunnel_is_told_within),
		TEST(congestion_that_cannot_be_told_is_a_loss),
		TEST(super_segments_go_through_in_segments),
		TEST(the_tunnel_that_says_most_takes_the_packet),
		TEST(what_no_tunnel_takes_is_answered_as_by_linux),
		TEST(what_makes_no_packet_or_finds_no_room_is_dropped),
		TEST(packets_within_packets_end),
		TEST(what_is_too_large_is_told_to_its_sender),
		TEST(without_pmtudisc_it_goes_in_fragments),
		TEST(errors_of_the_path_are_told_within),
		TEST(the_path_takes_less_from_when_it_says_so),
		TEST(a_tunnel_without_a_way_or_into_itself_drops),
		TEST(tunnels_through_each_other_end),
		TEST(without_an_end_the_next_hop_is_it),
		TEST(ipip_carries_ipv4_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) + run_gre_tests() + run_sit_tests() +
	       run_ip6_ioctl_tests() + run_ip6tnl_tests() + run_ip6tnl_way_tests() +
	       run_ip6gre_tests() + run_ioctl_tests() + run_vxlan_tests() + run_vxlan_fdb_tests();
}
