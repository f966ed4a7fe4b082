/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves: the header as Linux fills it, ways, sizes, groups, path MTUs. */
#include <errno.h>

#include "ip/icmp6.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;

static struct {
	unsigned n;
	struct sea_ip_rx rx;
} heard;

static void hear(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	heard.n++;
	heard.rx = *rx;
	sea_pkt_free(pkt);
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP, .input = hear };

static int setup(void **state)
{
	memset(&heard, 0, sizeof(heard));
	test_stack_new6(&t, modules, 2);
	test_know_peer6(&t);
	sea_stack_add_ip_proto(t.stack, &udp);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static struct sea_pkt *new_pkt(uint32_t len)
{
	static const uint8_t payload[65535] = { 0, 1, 0, 2 };
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 64);

	assert_true(sea_pkt_append(pkt, payload, len));
	pkt->off_trans = sea_pkt_offset(pkt);
	return pkt;
}

static struct sea_flow flow_to(const char *dst, int oif)
{
	return (struct sea_flow){
		.family = SEA_AF_INET6, .proto = SEA_IPPROTO_UDP, .oif = oif, .dst = test_ip6(dst)
	};
}

/* The way to `dst`, let go of at once. */
static int route(const char *dst, int oif, struct sea_dst *way)
{
	struct sea_flow flow = flow_to(dst, oif);
	int err;

	sea_stack_enter(t.stack, t.now);
	err = sea_ip_route(t.stack, &flow, way);
	if (!err) {
		struct sea_dst copy = *way;

		sea_dst_put(t.stack, &copy);
	}
	sea_stack_leave(t.stack);
	return err;
}

static int output_on(const char *dst, int oif, uint32_t len, struct sea_ip_tx tx)
{
	struct sea_flow flow = flow_to(dst, oif);
	struct sea_dst way;
	int err;

	tx.proto = tx.proto ? tx.proto : SEA_IPPROTO_UDP;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	err = sea_ip_output(t.stack, new_pkt(len), &way, &tx);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	test_settle(&t);
	return err;
}

static int output(uint32_t len, struct sea_ip_tx tx)
{
	return output_on(TEST_PEER_IP6, 0, len, tx);
}

static const struct sea_ipv6_hdr *sent(uint8_t next)
{
	const uint8_t *payload;
	size_t len;

	return test_expect_ip6(test_take(&t), next, &payload, &len);
}

static uint32_t label_of(const struct sea_ipv6_hdr *ip)
{
	return sea_be32_get(ip->ver_class_flow) & SEA_IPV6_FLOW_LABEL;
}

/* RFC8200:3-a */
static void header_is_filled_as_told(void **state)
{
	const struct sea_ipv6_hdr *ip;

	assert_int_equal(output(8, (struct sea_ip_tx){ .tos = 0xb9, .flow_label = 0x12345 }), 0);
	ip = sent(SEA_IPPROTO_UDP);
	assert_int_equal(sea_be32_get(ip->ver_class_flow), 0x6b912345);
	assert_int_equal(ip->hop_limit, 64);
	assert_true(test_is_ip6(ip->src, TEST_OUR_IP6));
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
	set("net.ipv6.conf.eth0.hop_limit", "33");
	output(8, (struct sea_ip_tx){ 0 });
	assert_int_equal(sent(SEA_IPPROTO_UDP)->hop_limit, 33);
	output(8, (struct sea_ip_tx){ .ttl = 7 });
	assert_int_equal(sent(SEA_IPPROTO_UDP)->hop_limit, 7);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutRequests), 3);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutTransmits), 3);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutOctets), 3 * 48);
}

static void extension_headers_stand_in_front_of_the_transport(void **state)
{
	static const uint8_t exts[] = { SEA_IPPROTO_UDP, 0, 5, 2, 0, 0, 1, 0 };
	const uint8_t *payload;
	size_t len;

	output(8, (struct sea_ip_tx){ .opts = exts, .opts_len = 8, .opts_next = SEA_IPV6_HOPOPTS });
	test_expect_ip6(test_take(&t), SEA_IPV6_HOPOPTS, &payload, &len);
	assert_int_equal(len, 16);
	assert_memory_equal(payload, exts, 8);
	assert_int_equal(sea_get32(payload + 8), 0x00010002);
}

/* A super-segment behind extension headers is cut, each segment with all of them. */
static void segments_keep_their_extension_headers(void **state)
{
	static const uint8_t exts[] = { SEA_IPPROTO_UDP, 0, 5, 2, 0, 0, 1, 0 };
	const struct sea_ip_tx tx = {
		.proto = SEA_IPPROTO_UDP, .opts = exts, .opts_len = 8, .opts_next = SEA_IPV6_HOPOPTS
	};
	struct sea_flow flow = flow_to(TEST_PEER_IP6, 0);
	struct sea_pkt *pkt = new_pkt(8 + 2500);
	const struct sea_ipv6_hdr *ip;
	const uint8_t *payload;
	struct sea_dst way;
	size_t len;

	pkt->gso_type = SEA_GSO_UDP;
	pkt->gso_size = 1000;
	pkt->gso_segs = 3;
	pkt->csum_state = SEA_CSUM_PARTIAL;
	pkt->csum_start = pkt->off_trans;
	pkt->csum_offset = 6;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_int_equal(sea_ip_output(t.stack, pkt, &way, &tx), 0);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	for (unsigned i = 0; i < 3; i++) {
		ip = test_expect_ip6(test_take(&t), SEA_IPV6_HOPOPTS, &payload, &len);
		assert_int_equal(len, 8 + 8 + (i < 2 ? 1000 : 500));
		assert_memory_equal(payload, exts, 8);
		assert_int_equal(sea_get16(payload + 12), len - 8);
		assert_int_equal(sea_be16_get(test_checksum(
					 payload + 8, len - 8,
					 test_pseudo6(ip->src, ip->dst, SEA_IPPROTO_UDP, len - 8))),
				 0);
	}
	assert_null(test_take(&t));
}

/* RFC6437:3-1, RFC8200:6-a, RFC8504:5.1-f */
static void a_flow_has_one_label_of_its_own(void **state)
{
	uint32_t label;

	output(8, (struct sea_ip_tx){ 0 });
	label = label_of(sent(SEA_IPPROTO_UDP));
	assert_int_not_equal(label, 0);
	output(60, (struct sea_ip_tx){ 0 });
	assert_int_equal(label_of(sent(SEA_IPPROTO_UDP)), label);
	output(8, (struct sea_ip_tx){ .auto_label = SEA_AUTO_LABEL_OFF });
	assert_int_equal(label_of(sent(SEA_IPPROTO_UDP)), 0);
	set("net.ipv6.auto_flowlabels", "2");
	output(8, (struct sea_ip_tx){ 0 });
	assert_int_equal(label_of(sent(SEA_IPPROTO_UDP)), 0);
	output(8, (struct sea_ip_tx){ .auto_label = SEA_AUTO_LABEL_ON });
	assert_int_equal(label_of(sent(SEA_IPPROTO_UDP)), label);
	set("net.ipv6.auto_flowlabels", "3");
	output(8, (struct sea_ip_tx){ .auto_label = SEA_AUTO_LABEL_OFF });
	assert_int_equal(label_of(sent(SEA_IPPROTO_UDP)), label);
	set("net.ipv6.auto_flowlabels", "0");
	output(8, (struct sea_ip_tx){ .auto_label = SEA_AUTO_LABEL_ON });
	assert_int_equal(label_of(sent(SEA_IPPROTO_UDP)), 0);
}

/* RFC2464:7-1, RFC4861:7.2.2-e, RFC8504:4.1-a */
static void a_group_has_its_mac_and_is_heard_here(void **state)
{
	const struct sea_ipv6_hdr *ip;

	assert_int_equal(output_on("ff02::1", t.link->ifindex, 8, (struct sea_ip_tx){ .ttl = 1 }),
			 0);
	ip = sent(SEA_IPPROTO_UDP);
	assert_memory_equal(t.frame.bytes, "\x33\x33\0\0\0\1", 6);
	assert_true(test_is_ip6(ip->src, TEST_OUR_LL));
	assert_int_equal(heard.n, 1);
	assert_ptr_equal(heard.rx.link, t.link);
	output_on("ff02::1", t.link->ifindex, 8, (struct sea_ip_tx){ .not_to_self = true });
	output_on("ff02::fb", t.link->ifindex, 8, (struct sea_ip_tx){ 0 });
	assert_int_equal(test_take_all(&t), 2);
	assert_int_equal(heard.n, 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutMcastPkts), 3);
}

/* RFC4291:2.7.1-1 */
static void an_interface_local_group_stays_here(void **state)
{
	assert_int_equal(output_on("ff01::1", t.link->ifindex, 8, (struct sea_ip_tx){ 0 }), 0);
	assert_null(test_take(&t));
	assert_int_equal(heard.n, 1);
}

static void a_hop_limit_of_nothing_stays_here(void **state)
{
	output_on("ff02::1", t.link->ifindex, 8, (struct sea_ip_tx){ .only_to_self = true });
	assert_null(test_take(&t));
	assert_int_equal(heard.n, 1);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TTL_ZERO), 1);
}

static void an_mtu_beyond_the_links_is_refused(void **state)
{
	static const char name[] = "net.ipv6.conf.eth0.mtu";

	assert_int_equal(sea_sysctl_set(t.stack, name, "1501", t.now), -EINVAL);
	assert_int_equal(sea_sysctl_set(t.stack, name, "1279", t.now), -EINVAL);
	assert_int_equal(sea_sysctl_set(t.stack, name, "1500", t.now), 0);
	/* The template is of no link. */
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.conf.default.mtu", "9000", t.now), 0);
}

static void our_own_addresses_are_reached_over_loopback(void **state)
{
	struct sea_dst way;

	assert_int_equal(route("::1", 0, &way), 0);
	assert_int_equal(way.type, SEA_ROUTE_LOCAL);
	assert_true(test_is_ip6(way.src.b, "::1"));
	assert_int_equal(way.mtu, t.stack->loopback->mtu);
	assert_int_equal(route("::", 0, &way), -ENETUNREACH); /* that is a socket's name for it */
	assert_int_equal(output_on(TEST_OUR_IP6, 0, 8, (struct sea_ip_tx){ 0 }), 0);
	assert_null(test_take(&t));
	assert_int_equal(heard.n, 1);
	assert_ptr_equal(heard.rx.link, t.stack->loopback);
	assert_true(test_is_ip6(heard.rx.src.b, TEST_OUR_IP6));
}

/* RFC4007:6: on lo it is still of its link. */
static void our_link_local_address_keeps_its_link_over_loopback(void **state)
{
	assert_int_equal(output_on(TEST_OUR_LL, t.link->ifindex, 8, (struct sea_ip_tx){ 0 }), 0);
	assert_null(test_take(&t));
	assert_int_equal(heard.n, 1);
	assert_ptr_equal(heard.rx.link, t.link);
}

static void add_route(const char *dst, uint8_t len, enum sea_route_type type, const char *gateway)
{
	struct sea_route r = {
		.size = sizeof(r), .dst = test_addr(dst), .prefix_len = len, .type = type
	};

	if (gateway)
		r.gateway = test_addr(gateway);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
}

static void routes_lead_or_refuse_as_on_linux(void **state)
{
	struct sea_dst way;

	assert_int_equal(route("2001:db8:1::1", 0, &way), -ENETUNREACH);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6OutNoRoutes), 1);
	add_route("2001:db8:1::", 48, SEA_ROUTE_UNICAST, TEST_PEER_IP6);
	add_route("2001:db8:2::", 48, SEA_ROUTE_BLACKHOLE, NULL);
	add_route("2001:db8:3::", 48, SEA_ROUTE_UNREACHABLE, NULL);
	add_route("2001:db8:4::", 48, SEA_ROUTE_PROHIBIT, NULL);
	assert_int_equal(route("2001:db8:2::1", 0, &way), -EINVAL);
	assert_int_equal(route("2001:db8:3::1", 0, &way), -EHOSTUNREACH);
	assert_int_equal(route("2001:db8:4::1", 0, &way), -EACCES);
	assert_int_equal(route("2001:db8:1::1", 99, &way), -ENETUNREACH);
	assert_int_equal(output_on("2001:db8:1::1", 0, 8, (struct sea_ip_tx){ 0 }), 0);
	sent(SEA_IPPROTO_UDP);
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
}

static void too_large_is_refused_where_nobody_may_cut_it(void **state)
{
	assert_int_equal(output(1460, (struct sea_ip_tx){ .nofrag = true }), 0);
	assert_int_equal(output(1461, (struct sea_ip_tx){ .nofrag = true }), -EMSGSIZE);
	assert_int_equal(test_take_all(&t), 1);
	assert_int_equal(output(65535, (struct sea_ip_tx){ .opts_len = 8 }), -EMSGSIZE);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TOO_BIG), 2);
}

static uint32_t mtu_to(const char *dst)
{
	struct sea_dst way;

	assert_int_equal(route(dst, 0, &way), 0);
	return way.mtu;
}

static void learn_mtu(const char *dst, uint32_t mtu)
{
	struct sea_flow flow = flow_to(dst, 0);

	sea_stack_enter(t.stack, t.now);
	sea_ip_pmtu_update(t.stack, &flow, mtu);
	sea_stack_leave(t.stack);
}

/* RFC8201:4-1, RFC8201:5.3-1, case 79 RFC8200:5-c, RFC8504:5.7-a, RFC8504:5.7-b */
static void path_mtus_fall_to_1280_and_are_forgotten(void **state)
{
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1500);
	learn_mtu(TEST_PEER_IP6, 1400);
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1400);
	assert_int_equal(mtu_to("2001:db8::3"), 1500);
	learn_mtu(TEST_PEER_IP6, 1450);
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1400);
	learn_mtu(TEST_PEER_IP6, 1279);
	learn_mtu(TEST_PEER_IP6, 0);
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1400);
	learn_mtu(TEST_PEER_IP6, 1280);
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1280);
	test_advance(&t, 599 * SEA_SEC);
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1280);
	test_advance(&t, 2 * SEA_SEC);
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1500);
	set("net.ipv6.conf.eth0.mtu", "1300");
	assert_int_equal(mtu_to(TEST_PEER_IP6), 1300);
}

/* -- hooks -- */

static unsigned seen[SEA_HOOK_POINTS];

static bool see(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	const uint8_t *first = sea_pkt_peek(pkt, 40);

	assert_int_equal(first[0] >> 4, 6);
	assert_int_equal(at->family, SEA_AF_INET6);
	seen[at->point]++;
	return true;
}

static void hooks_see_packets_whole_at_each_point(void **state)
{
	static struct sea_hook hooks[SEA_HOOK_POINTS];

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < SEA_HOOK_POINTS; i++) {
		hooks[i] = (struct sea_hook){ "see", SEA_AF_INET6, (enum sea_hook_point)i, 0, see };
		sea_hook_add(t.stack, &hooks[i]);
	}
	output(8, (struct sea_ip_tx){ 0 });
	test_inject_ip6(&t, &(struct test_ip6){ .proto = SEA_IPPROTO_UDP }, "12345678", 8);
	assert_int_equal(heard.n, 1);
	assert_int_equal(seen[SEA_HOOK_LOCAL_OUT], 1);
	assert_int_equal(seen[SEA_HOOK_POSTROUTING], 1);
	assert_int_equal(seen[SEA_HOOK_PREROUTING], 1);
	assert_int_equal(seen[SEA_HOOK_LOCAL_IN], 1);
	for (unsigned i = 0; i < SEA_HOOK_POINTS; i++)
		sea_hook_del(t.stack, &hooks[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_is_filled_as_told),
		TEST(extension_headers_stand_in_front_of_the_transport),
		TEST(segments_keep_their_extension_headers),
		TEST(a_flow_has_one_label_of_its_own),
		TEST(a_group_has_its_mac_and_is_heard_here),
		TEST(an_interface_local_group_stays_here),
		TEST(a_hop_limit_of_nothing_stays_here),
		TEST(an_mtu_beyond_the_links_is_refused),
		TEST(our_own_addresses_are_reached_over_loopback),
		TEST(our_link_local_address_keeps_its_link_over_loopback),
		TEST(routes_lead_or_refuse_as_on_linux),
		TEST(too_large_is_refused_where_nobody_may_cut_it),
		TEST(path_mtus_fall_to_1280_and_are_forgotten),
		TEST(hooks_see_packets_whole_at_each_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
