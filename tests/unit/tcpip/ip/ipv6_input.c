/* SPDX-License-Identifier: Apache-2.0 */
/* Which IPv6 packets are let in, and what becomes of the others. */
#include "ip/ipv6.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;

static struct {
	unsigned n;
	uint32_t len;
	struct sea_ip_rx rx;
} heard;

static void hear(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	heard.n++;
	heard.len = pkt->len;
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

static void inject(struct test_ip6 ip)
{
	static const uint8_t payload[16];

	ip.proto = ip.proto ? ip.proto : SEA_IPPROTO_UDP;
	test_inject_ip6(&t, &ip, payload, sizeof(payload));
}

/* RFC8200:7-a */
static void a_packet_for_us_is_handed_over_with_its_facts(void **state)
{
	inject((struct test_ip6){ .tclass = 0xb9, .hop_limit = 7, .flow_label = 0xabcde });
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.len, 16);
	assert_int_equal(heard.rx.family, SEA_AF_INET6);
	assert_int_equal(heard.rx.proto, SEA_IPPROTO_UDP);
	assert_int_equal(heard.rx.tos, 0xb9);
	assert_int_equal(heard.rx.ttl, 7);
	assert_int_equal(heard.rx.flow_label, 0xabcde);
	assert_int_equal(heard.rx.dst_type, SEA_ROUTE_LOCAL);
	assert_int_equal(heard.rx.hdr_len_net, 40);
	assert_ptr_equal(heard.rx.link, t.link);
	assert_true(test_is_ip6(heard.rx.src.b, TEST_PEER_IP6));
	assert_true(test_is_ip6(heard.rx.dst.b, TEST_OUR_IP6));
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InReceives), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InDelivers), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InOctets), 56);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InECT1Pkts), 1);
}

/* RFC8200:3-e */
static void padding_behind_the_packet_is_cut(void **state)
{
	inject((struct test_ip6){ .padding = 9 });
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.len, 16);
}

/* RFC8200:3-e */
static void a_packet_longer_than_its_frame_is_truncated(void **state)
{
	inject((struct test_ip6){ .payload_len = 17 });
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_SHORT), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InTruncatedPkts), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InHdrErrors), 0);
}

static void a_short_header_is_dropped(void **state)
{
	uint8_t frame[TEST_FRAME_MAX];

	test_build_ip6(frame, &(struct test_ip6){ .proto = SEA_IPPROTO_UDP }, NULL, 0);
	test_inject(&t, frame, sizeof(struct sea_ether_hdr) + 39);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_SHORT), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InHdrErrors), 1);
}

static void another_version_is_dropped(void **state)
{
	inject((struct test_ip6){ .version = 4 });
	inject((struct test_ip6){ .version = 7 });
	assert_int_equal(test_drops(&t, SEA_DROP_IP_VERSION), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InHdrErrors), 2);
}

struct martian {
	const char *src, *dst;
	enum sea_drop why;
};

/* case 63: what may not come from a wire. RFC4291:2.5.3, RFC4291:2.7, RFC8504:6.1-a */
static void martians_are_dropped(void **state)
{
	static const struct martian martians[] = {
		{ "::1", NULL, SEA_DROP_IP_MARTIAN_SOURCE },
		{ NULL, "::1", SEA_DROP_IP_MARTIAN_DEST },
		{ "ff02::1", NULL, SEA_DROP_IP_MARTIAN_SOURCE },
		{ "ff0e::1", NULL, SEA_DROP_IP_MARTIAN_SOURCE },
		{ "::ffff:10.0.0.2", NULL, SEA_DROP_IP_MARTIAN_SOURCE },
		{ NULL, "ff00::1", SEA_DROP_IP_MARTIAN_DEST },
		{ NULL, "ff01::1", SEA_DROP_IP_MARTIAN_DEST },
	};

	for (unsigned i = 0; i < sizeof(martians) / sizeof(martians[0]); i++) {
		uint64_t before = test_drops(&t, martians[i].why);

		inject((struct test_ip6){ .src = martians[i].src, .dst = martians[i].dst });
		assert_int_equal(test_drops(&t, martians[i].why), before + 1);
	}
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InHdrErrors), 7);
	assert_null(test_take(&t));
}

static void another_hosts_address_is_not_ours(void **state)
{
	inject((struct test_ip6){ .dst = "2001:db8::3" });
	inject((struct test_ip6){ .dst = "fe80::3" });
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NOT_LOCAL), 2);
}

static void a_group_is_heard_where_it_was_joined(void **state)
{
	inject((struct test_ip6){ .dst = "ff02::1" });
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.rx.dst_type, SEA_ROUTE_MULTICAST);
	inject((struct test_ip6){ .dst = "ff02::1:ff00:1" });
	assert_int_equal(heard.n, 2);
	inject((struct test_ip6){ .dst = "ff02::fb" });
	assert_int_equal(heard.n, 2);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_GROUP), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InMcastPkts), 3);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InMcastOctets), 3 * 56);
}

/* RFC4007:9 */
static void a_link_local_address_is_ours_on_its_link_only(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 1, 1 } };
	struct sea_link *other = test_add_link(&t, "eth1", &mac, NULL);
	struct test_ip6 ip = { .eth_dst = &mac, .dst = TEST_OUR_LL, .proto = SEA_IPPROTO_UDP };
	uint8_t frame[TEST_FRAME_MAX];
	size_t len = test_build_ip6(frame, &ip, "12345678", 8);

	test_inject_on(&t, other, frame, len);
	assert_int_equal(heard.n, 0);
	inject((struct test_ip6){ .dst = TEST_OUR_LL });
	assert_int_equal(heard.n, 1);
}

static void a_unicast_packet_in_a_multicast_frame_is_dropped_on_demand(void **state)
{
	const struct sea_mac group = { { 0x33, 0x33, 0, 0, 0, 1 } };

	inject((struct test_ip6){ .eth_dst = &group });
	assert_int_equal(heard.n, 1);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.conf.eth0.drop_unicast_in_l2_multicast",
					"1", t.now),
			 0);
	inject((struct test_ip6){ .eth_dst = &group });
	assert_int_equal(heard.n, 1);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_OTHER_DEST), 1);
}

static void a_link_without_ipv6_takes_none(void **state)
{
	assert_int_equal(sea_link_set_mtu(t.link, 1279, t.now), 0);
	inject((struct test_ip6){ 0 });
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_IPV6_DISABLED), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_Ip6InDiscards), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_for_us_is_handed_over_with_its_facts),
		TEST(padding_behind_the_packet_is_cut),
		TEST(a_packet_longer_than_its_frame_is_truncated),
		TEST(a_short_header_is_dropped),
		TEST(another_version_is_dropped),
		TEST(martians_are_dropped),
		TEST(another_hosts_address_is_not_ours),
		TEST(a_group_is_heard_where_it_was_joined),
		TEST(a_link_local_address_is_ours_on_its_link_only),
		TEST(a_unicast_packet_in_a_multicast_frame_is_dropped_on_demand),
		TEST(a_link_without_ipv6_takes_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
