/* SPDX-License-Identifier: Apache-2.0 */
/* VXLANs (RFC 7348): made, shown, up and down, and what their frames look like. Messages: tests/netns/netlink_vxlan.c. */
#include "tunnels.h"

#include <netinet/in.h>

#include "link/device/vxlan.h"
#include "wire/icmp.h"
#include "wire/udp.h"

#define HDRS (8u + SEA_VXLAN_HDR_LEN)

/* -- made -- */

void put_vxlan_port(struct data *d, uint16_t port)
{
	const sea_be16 wire = sea_be16_of(port);

	put_bytes(d, IFLA_VXLAN_PORT, &wire, sizeof(wire));
}

struct data vxlan_data(bool remote)
{
	struct data d = { 0 };

	put_u32(&d, IFLA_VXLAN_ID, VXLAN_VNI);
	if (remote)
		put_addr(&d, IFLA_VXLAN_GROUP, "10.0.0.2");
	put_addr(&d, IFLA_VXLAN_LOCAL, "10.0.0.1");
	put_vxlan_port(&d, VXLAN_PORT);
	return d;
}

static uint32_t number_of(uint16_t type)
{
	uint32_t len, v = 0;
	const uint8_t *at = data_of(type, &len);

	assert_non_null(at);
	assert_in_range(len, 1, 4);
	memcpy(&v, at, len);
	return v;
}

static void a_vxlan_is_made_and_shown_as_what_it_is(void **state)
{
	const struct data d = vxlan_data(true);
	uint32_t len;

	(void)state;
	assert_int_equal(ask_tunnel("vxlan", "tun0", &d), 0);
	show("tun0");
	assert_string_equal(kind_of(), "vxlan");
	assert_int_equal(shown().ifi_type, ARPHRD_ETHER);
	assert_int_equal(u32_of(IFLA_MTU), 1500);
	assert_int_equal(u32_of(IFLA_MIN_MTU), 68);
	assert_int_equal(u32_of(IFLA_MAX_MTU), 65535);
	assert_null(attr_of(IFLA_LINK, &len));
	assert_int_equal(number_of(IFLA_VXLAN_ID), VXLAN_VNI);
	assert_memory_equal(data_of(IFLA_VXLAN_GROUP, &len), test_peer_ip.b, 4);
	assert_memory_equal(data_of(IFLA_VXLAN_LOCAL, &len), test_our_ip.b, 4);
	assert_int_equal(sea_get16(data_of(IFLA_VXLAN_PORT, &len)), VXLAN_PORT);
	assert_int_equal(number_of(IFLA_VXLAN_AGEING), 300);
	assert_int_equal(number_of(IFLA_VXLAN_LEARNING), 1);
	assert_int_equal(number_of(IFLA_VXLAN_UDP_CSUM), 1);
}

static void expect_refused(uint16_t type, const void *value, uint16_t len, int err)
{
	struct data d = { 0 };

	put_u32(&d, IFLA_VXLAN_ID, 7);
	put_bytes(&d, type, value, len);
	assert_int_equal(ask_tunnel("vxlan", "tun9", &d), err);
	assert_null(sea_link_by_name(t.stack, "tun9"));
}

static void what_makes_no_vxlan_says_why(void **state)
{
	static const uint16_t absent[] = { IFLA_VXLAN_PROXY, IFLA_VXLAN_RSC, IFLA_VXLAN_L2MISS,
					   IFLA_VXLAN_COLLECT_METADATA, IFLA_VXLAN_REMCSUM_TX };
	const struct data d = vxlan_data(true);
	const uint8_t on = 1, df = 3, range[4] = { 0, 9, 0, 8 };
	const sea_be32 group = test_ip4("239.1.1.1");
	const uint32_t none = 99, vni = 0x1000000;

	(void)state;
	assert_int_equal(ask_tunnel("vxlan", "tun0", &d), 0);
	assert_int_equal(ask_tunnel("vxlan", "tun1", &d), -EEXIST);
	expect_refused(IFLA_VXLAN_ID, &vni, 4, -ERANGE);
	expect_refused(IFLA_VXLAN_LINK, &none, 4, -ENODEV);
	expect_refused(IFLA_VXLAN_DF, &df, 1, -EINVAL);
	expect_refused(IFLA_VXLAN_PORT_RANGE, range, 4, -EINVAL);
	expect_refused(IFLA_VXLAN_LOCAL, &group, 4, -EINVAL);
	expect_refused(IFLA_VXLAN_GROUP, &group, 4, -EINVAL); /* on which link? */
	for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		expect_refused(absent[i], &on, 1, -EOPNOTSUPP);
	expect_refused(IFLA_VXLAN_GBP, NULL, 0, -EOPNOTSUPP);
}

static int change(const struct data *d)
{
	struct message m = making("vxlan", "tun0", d->bytes, d->len);

	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return ask(&m);
}

static void a_vxlan_may_be_changed_but_keeps_its_vni_and_port(void **state)
{
	struct data d = vxlan_data(true), other = { 0 };

	(void)state;
	make_tunnel("vxlan", &d);
	put_addr(&other, IFLA_VXLAN_GROUP, "10.0.0.3");
	put_u32(&other, IFLA_VXLAN_AGEING, 20);
	put_u8(&other, IFLA_VXLAN_TTL, 9);
	assert_int_equal(change(&other), 0);
	assert_int_equal(sea_vxlan_of(link_of("tun0"))->p.ttl, 9);
	assert_int_equal(sea_vxlan_of(link_of("tun0"))->p.age_s, 20);
	assert_int_equal(change(&d), -EOPNOTSUPP); /* a port is said */
	other = (struct data){ 0 };
	put_u32(&other, IFLA_VXLAN_ID, 43);
	assert_int_equal(change(&other), -EOPNOTSUPP);
}

/* -- frames -- */

static size_t put_frame(uint8_t *b, const struct sea_link *link, const struct vxlan_frame *f)
{
	sea_put32(b, f->flags);
	sea_put32(b + 4, f->vni << 8);
	memcpy(b + 8, link->mac.b, 6);
	memcpy(b + 14, f->from.b, 6);
	sea_put16(b + 20, SEA_ETHERTYPE_IPV4);
	return 22 + put_echo(b + 22, f->inner_tos, 33) - f->cut;
}

void inject_vxlan_frame(const struct sea_link *link, const struct vxlan_frame *f)
{
	const struct test_ip ip = { .src = f->src, .proto = SEA_IPPROTO_UDP, .tos = f->tos };
	uint8_t b[128] = { 0 };
	size_t len = 8 + put_frame(b + 8, link, f);

	sea_put16(b, 40000);
	sea_put16(b + 2, VXLAN_PORT);
	sea_put16(b + 4, (uint16_t)len);
	test_inject_ip(&t, &ip, b, len);
}

void inject_vxlan(const struct sea_link *link, uint8_t n, uint8_t host)
{
	const struct vxlan_frame f = { .src = host == 3 ? "10.0.0.3" : NULL,
				       .flags = SEA_VXLAN_F_VNI,
				       .vni = VXLAN_VNI,
				       .from = station(n) };

	inject_vxlan_frame(link, &f);
}

const uint8_t *take_vxlan(const char *dst, const struct sea_ipv4_hdr **outer, size_t *len)
{
	struct test_frame *f = test_take(&t);
	const sea_be32 to = test_ip4(dst);
	const uint8_t *udp;

	assert_non_null(f);
	*outer = test_expect_ip(f, SEA_IPPROTO_UDP, &udp, len);
	assert_memory_equal((*outer)->src.b, test_our_ip.b, 4);
	assert_memory_equal((*outer)->dst.b, to.b, 4);
	assert_true(*len >= HDRS + 14);
	assert_int_equal(sea_get16(udp + 2), VXLAN_PORT);
	assert_int_equal(sea_get16(udp + 4), *len);
	if (sea_get16(udp + 6))
		assert_int_equal(
			sea_be16_get(test_checksum(
				udp, *len, test_pseudo((*outer)->src, (*outer)->dst, 17, *len))),
			0);
	assert_int_equal(sea_get32(udp + 8), SEA_VXLAN_F_VNI);
	assert_int_equal(sea_get32(udp + 12), VXLAN_VNI << 8);
	*len -= HDRS;
	return udp + HDRS;
}

void send_to_station(struct sea_link *link, struct sea_mac to)
{
	static const uint8_t bytes[50] = { 1, 2, 3 };
	struct sea_pkt *pkt = sea_pkt_from_bytes(link, bytes, sizeof(bytes));

	assert_non_null(pkt);
	sea_stack_enter(t.stack, t.now);
	(void)sea_link_output(link, pkt, &to, 0x88b5);
	sea_stack_leave(t.stack);
	test_settle(&t);
}

static void know_inner_peer(const struct sea_link *link)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = link->ifindex,
				    .addr = test_addr(INNER_PEER),
				    .mac = { 2, 0, 0, 0, 0, 9 },
				    .state = SEA_NUD_PERMANENT };

	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
}

static struct sea_link *make_known(const struct data *d)
{
	struct sea_link *link = make_tunnel("vxlan", d);

	know_inner_peer(link);
	return link;
}

/* RFC7348:5 */
static void a_ping_goes_through_and_its_reply_comes_back(void **state)
{
	const struct data d = vxlan_data(true);
	const struct sea_ipv4_hdr *outer;
	const uint8_t *frame;
	struct sea_link *link;
	size_t len;

	(void)state;
	link = make_known(&d);
	inject_vxlan(link, 9, 2);
	frame = take_vxlan("10.0.0.2", &outer, &len);
	assert_int_equal(len, 14 + 36);
	assert_memory_equal(frame, station(9).b, 6);
	assert_memory_equal(frame + 6, link->mac.b, 6);
	assert_int_equal(frame[14 + 20], SEA_ICMP_ECHO_REPLY);
	assert_int_equal(outer->ttl, 64);
	assert_int_equal(sea_be16_get(outer->frag), 0);
	assert_int_equal(link->stats.rx_packets, 1);
	assert_int_equal(link->stats.tx_errors, 0);
}

static void ttl_tos_and_df_are_those_that_were_chosen(void **state)
{
	const struct vxlan_frame f = {
		.flags = SEA_VXLAN_F_VNI, .vni = VXLAN_VNI, .from = station(9), .inner_tos = 0x48
	};
	struct data d = vxlan_data(true);
	const struct sea_ipv4_hdr *outer;
	size_t len;

	(void)state;
	put_u8(&d, IFLA_VXLAN_TTL, 9);
	put_u8(&d, IFLA_VXLAN_TOS, 1);
	put_u8(&d, IFLA_VXLAN_DF, SEA_VXLAN_DF_SET);
	put_u8(&d, IFLA_VXLAN_UDP_CSUM, 0);
	inject_vxlan_frame(make_known(&d), &f);
	(void)take_vxlan("10.0.0.2", &outer, &len);
	assert_int_equal(outer->ttl, 9);
	assert_int_equal(outer->tos, 0x48);
	assert_int_equal(sea_be16_get(outer->frag), SEA_IPV4_DF);
	assert_int_equal(sea_get16((const uint8_t *)(outer + 1) + 6), 0);
}

/* RFC6040:4.2 */
static void congestion_on_the_way_is_told_within(void **state)
{
	struct vxlan_frame f = {
		.flags = SEA_VXLAN_F_VNI, .vni = VXLAN_VNI, .from = station(9), .tos = 3
	};
	const struct data d = vxlan_data(true);
	const struct sea_ipv4_hdr *outer;
	const uint8_t *frame;
	struct sea_link *link;
	size_t len;

	(void)state;
	link = make_known(&d);
	f.inner_tos = 2;
	inject_vxlan_frame(link, &f);
	frame = take_vxlan("10.0.0.2", &outer, &len);
	assert_int_equal(frame[14 + 1] & 3, 3);
	assert_int_equal(outer->tos & 3, 2);
	f.inner_tos = 0;
	inject_vxlan_frame(link, &f);
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_ECN), 1);
}

/* SEA_DROP_VXLAN_HEADER, SEA_DROP_VXLAN_NONE, SEA_DROP_TUNNEL_SHORT. RFC7348:5 */
static void what_is_no_frame_of_ours_is_dropped(void **state)
{
	struct vxlan_frame f = { .vni = VXLAN_VNI, .from = station(9) };
	const struct data d = vxlan_data(true);
	struct sea_link *link;

	(void)state;
	link = make_known(&d);
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_HEADER), 1);
	assert_int_equal(link->stats.rx_errors, 0);
	f.flags = SEA_VXLAN_F_VNI | 1;
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_HEADER), 2);
	assert_int_equal(link->stats.rx_errors, 1);
	f.flags = SEA_VXLAN_F_VNI;
	f.vni++;
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_NONE), 1);
	f.vni--;
	f.cut = 36 + 4;
	inject_vxlan_frame(link, &f);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SHORT), 1);
	assert_null(test_take(&t));
}

/* -- the port -- */

static int bind_udp(const char *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(VXLAN_PORT) };
	const sea_be32 a = test_ip4(addr);
	sea_socket s;
	int err;

	memcpy(&sin.sin_addr, a.b, 4);
	assert_int_equal(sea_socket_new(t.stack, AF_INET, SOCK_DGRAM, 0, &s, t.now), 0);
	err = sea_socket_bind(t.stack, s, (const struct sockaddr *)&sin, sizeof(sin), t.now);
	if (err)
		(void)sea_socket_close(t.stack, s, t.now);
	return err;
}

static void a_port_is_the_links_while_it_is_up(void **state)
{
	const struct data d = vxlan_data(true);
	struct sea_link *link;

	(void)state;
	link = make_tunnel("vxlan", &d);
	assert_int_equal(bind_udp("0.0.0.0"), -EADDRINUSE);
	assert_int_equal(bind_udp("10.0.0.1"), -EADDRINUSE);
	assert_int_equal(sea_link_set_up(link, false, t.now), 0);
	inject_vxlan(link, 9, 2);
	assert_int_equal(test_drops(&t, SEA_DROP_UDP_NO_SOCKET), 1);
	assert_int_equal(bind_udp("10.0.0.1"), 0);
	assert_int_equal(sea_link_set_up(link, true, t.now), -EADDRINUSE);
	assert_false(link->up);
}

static void vxlans_share_a_port(void **state)
{
	struct data d = vxlan_data(true), other = { 0 };
	struct sea_link *link;

	(void)state;
	link = make_tunnel("vxlan", &d);
	put_u32(&other, IFLA_VXLAN_ID, 43);
	put_vxlan_port(&other, VXLAN_PORT);
	assert_int_equal(ask_tunnel("vxlan", "tun1", &other), 0);
	assert_int_equal(sea_link_set_up(link_of("tun1"), true, t.now), 0);
	assert_int_equal(delete_link("tun0"), 0);
	assert_int_equal(bind_udp("0.0.0.0"), -EADDRINUSE);
	link = link_of("tun1");
	inject_vxlan(link, 9, 2);
	assert_int_equal(test_drops(&t, SEA_DROP_VXLAN_NONE), 1);
	assert_int_equal(delete_link("tun1"), 0);
	assert_int_equal(bind_udp("0.0.0.0"), 0);
}

static uint16_t port_to(struct sea_link *link, uint8_t n)
{
	const struct sea_ipv4_hdr *outer;
	size_t len;

	send_to_station(link, station(n));
	(void)take_vxlan("10.0.0.2", &outer, &len);
	return sea_get16((const uint8_t *)(outer + 1));
}

/* RFC7348:5 (source port) */
static void the_source_port_tells_flows_from_each_other(void **state)
{
	const uint8_t range[4] = { 0x10, 0, 0x10, 200 };
	struct data d = vxlan_data(true);
	struct sea_link *link;
	unsigned others = 0;

	(void)state;
	put_bytes(&d, IFLA_VXLAN_PORT_RANGE, range, 4);
	link = make_tunnel("vxlan", &d);
	for (uint8_t n = 1; n < 20; n++) {
		uint16_t port = port_to(link, n);

		assert_in_range(port, 0x1000, 0x1000 + 199);
		assert_int_equal(port_to(link, n), port);
		others += port != port_to(link, 1);
	}
	assert_in_range(others, 10, 19);
}

/* -- sizes, the link below, the way -- */

static void a_link_below_says_its_mtu_and_takes_it_along(void **state)
{
	struct data d = vxlan_data(true);

	(void)state;
	put_u32(&d, IFLA_VXLAN_LINK, (uint32_t)t.link->ifindex);
	assert_int_equal(ask_tunnel("vxlan", "tun0", &d), 0);
	assert_int_equal(link_of("tun0")->mtu, 1450);
	assert_int_equal(sea_link_set_mtu(link_of("tun0"), 1451, t.now), -EINVAL);
	sea_link_del(t.link, t.now);
	t.link = NULL;
	assert_null(sea_link_by_name(t.stack, "tun0"));
}

/* SEA_DROP_TUNNEL_TOO_BIG */
static void what_is_too_large_with_df_is_told_of(void **state)
{
	struct data d = vxlan_data(true);
	const uint8_t *icmp;
	size_t len;

	(void)state;
	put_u8(&d, IFLA_VXLAN_DF, SEA_VXLAN_DF_INHERIT);
	make_known(&d);
	forward();
	inject_inner(INNER_PEER, 1451, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &icmp, &len);
	assert_int_equal(icmp[1], SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_get16(icmp + 6), 1450);
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_TOO_BIG), 1);
	inject_inner(INNER_PEER, 1451, false);
	(void)take_outer(SEA_IPPROTO_UDP, &icmp, &len);
	(void)take_outer(SEA_IPPROTO_UDP, &icmp, &len); /* in fragments */
}

static void an_error_lowers_what_the_path_takes(void **state)
{
	const struct test_ip ip = { .proto = SEA_IPPROTO_ICMP };
	uint8_t icmp[8 + 28] = { SEA_ICMP_DEST_UNREACH, SEA_ICMP_FRAG_NEEDED };
	struct data d = vxlan_data(true);
	const struct sea_ipv4_hdr *outer;
	struct sea_link *link;
	const uint8_t *told;
	sea_be16 sum;
	size_t len;

	(void)state;
	put_u8(&d, IFLA_VXLAN_DF, SEA_VXLAN_DF_SET);
	link = make_known(&d);
	forward();
	send_to_station(link, station(9));
	(void)take_vxlan("10.0.0.2", &outer, &len);
	sea_put16(icmp + 6, 1000);
	memcpy(icmp + 8, outer, 28);
	sum = test_checksum(icmp, sizeof(icmp), 0);
	memcpy(icmp + 2, &sum, 2);
	test_inject_ip(&t, &ip, icmp, sizeof(icmp));
	inject_inner(INNER_PEER, 1200, true);
	(void)take_outer(SEA_IPPROTO_ICMP, &told, &len);
	assert_int_equal(sea_get16(told + 6), 950);
}

/* SEA_DROP_TUNNEL_NO_WAY, SEA_DROP_TUNNEL_LOOP */
static void a_vxlan_without_a_way_or_into_itself_drops(void **state)
{
	struct data d = vxlan_data(false);
	struct sea_link *link;

	(void)state;
	put_addr(&d, IFLA_VXLAN_GROUP, "172.16.0.5");
	link = make_tunnel("vxlan", &d);
	send_to_station(link, station(9));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_NO_WAY), 1);
	assert_int_equal(link->stats.tx_errors, 1);
	add_route("172.16.0.0/16", link);
	send_to_station(link, station(9));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_LOOP), 1);
}

/* RFC6935: without a checksum, where somebody chose that */
static void ipv6_goes_without_a_checksum_where_it_may(void **state)
{
	const struct sea_ipaddr remote = test_ip6(TEST_PEER_IP6);
	struct data d = { 0 };
	struct sea_link *link;
	const uint8_t *udp;
	size_t len;

	(void)state;
	put_u32(&d, IFLA_VXLAN_ID, VXLAN_VNI);
	put_bytes(&d, IFLA_VXLAN_GROUP6, remote.b, 16);
	put_vxlan_port(&d, VXLAN_PORT);
	put_u8(&d, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1);
	assert_int_equal(ask_tunnel("vxlan", "tun0", &d), 0);
	link = link_of("tun0");
	assert_int_equal(sea_link_set_up(link, true, t.now), 0);
	test_settle(&t);
	test_take_all(&t);
	send_to_station(link, station(9));
	(void)test_expect_ip6(test_take(&t), SEA_IPPROTO_UDP, &udp, &len);
	assert_int_equal(len, HDRS + 14 + 50);
	assert_int_equal(sea_get16(udp + 6), 0);
	assert_int_equal(sea_get32(udp + 12), VXLAN_VNI << 8);
	assert_int_equal(change(&(struct data){ 0 }), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup, tunnels_teardown)
#define TEST6(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup6, tunnels_teardown)

int run_vxlan_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_vxlan_is_made_and_shown_as_what_it_is),
		TEST(what_makes_no_vxlan_says_why),
		TEST(a_vxlan_may_be_changed_but_keeps_its_vni_and_port),
		TEST(a_ping_goes_through_and_its_reply_comes_back),
		TEST(ttl_tos_and_df_are_those_that_were_chosen),
		TEST(congestion_on_the_way_is_told_within),
		TEST(what_is_no_frame_of_ours_is_dropped),
		TEST(a_port_is_the_links_while_it_is_up),
		TEST(vxlans_share_a_port),
		TEST(the_source_port_tells_flows_from_each_other),
		TEST(a_link_below_says_its_mtu_and_takes_it_along),
		TEST(what_is_too_large_with_df_is_told_of),
		TEST(an_error_lowers_what_the_path_takes),
		TEST(a_vxlan_without_a_way_or_into_itself_drops),
		TEST6(ipv6_goes_without_a_checksum_where_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
