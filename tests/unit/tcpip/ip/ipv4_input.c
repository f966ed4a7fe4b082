/* SPDX-License-Identifier: Apache-2.0 */
/* Which datagrams are taken and why the others are not; counters as Linux moves them. */
#include "ip/ip.h"
#include <stdio.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;

/* A transport that keeps the last packet's facts. */
static struct {
	unsigned n;
	struct sea_ip_rx rx;
	uint32_t len;
} heard;

static void hear(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	heard.n++;
	heard.rx = *rx;
	heard.len = pkt->len;
	sea_pkt_free(pkt);
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP, .input = hear };

static int setup(void **state)
{
	memset(&heard, 0, sizeof(heard));
	test_stack_new(&t, modules, 1);
	test_know_peer(&t);
	sea_stack_add_ip_proto(t.stack, &udp);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static const uint8_t payload[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void inject(struct test_ip ip)
{
	if (!ip.proto)
		ip.proto = SEA_IPPROTO_UDP;
	test_inject_ip(&t, &ip, payload, sizeof(payload));
}

static void expect_drop(struct test_ip ip, enum sea_drop reason)
{
	uint64_t before = test_drops(&t, reason);

	inject(ip);
	if (test_drops(&t, reason) != before + 1)
		print_error("not dropped as %s\n", sea_drop_name(reason));
	assert_int_equal(test_drops(&t, reason), before + 1);
	assert_int_equal(heard.n, 0);
	assert_null(test_take(&t));
}

/* RFC1812:5.2.1.2-a, RFC791:3.1-b */
static void datagram_for_us_is_delivered_without_its_padding(void **state)
{
	inject((struct test_ip){ .padding = 18, .tos = 0x02, .ttl = 9 });
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.len, sizeof(payload));
	assert_int_equal(heard.rx.dst_type, SEA_ROUTE_LOCAL);
	assert_int_equal(heard.rx.ttl, 9);
	assert_ptr_equal(heard.rx.link, t.link);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInReceives), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInDelivers), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInOctets), 46);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInECT0Pkts), 1);
}

/* RFC1122:3.2.1.1-a RFC1122:3.2.1.2-a, RFC1812:5.2.2-b, RFC791:3.1-a, RFC791:3.1-f */
static void broken_header_is_dropped(void **state)
{
	expect_drop((struct test_ip){ .sum_error = 1 }, SEA_DROP_IP_CHECKSUM);
	expect_drop((struct test_ip){ .ver_ihl = 0x65 }, SEA_DROP_IP_VERSION);
	expect_drop((struct test_ip){ .ver_ihl = 0x44 }, SEA_DROP_IP_HEADER_LEN);
	expect_drop((struct test_ip){ .ver_ihl = 0x4f }, SEA_DROP_IP_SHORT);
	expect_drop((struct test_ip){ .total_len = 19 }, SEA_DROP_IP_HEADER_LEN);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), 5);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInCsumErrors), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInNoECTPkts), 3);
	expect_drop((struct test_ip){ .total_len = 29 }, SEA_DROP_IP_SHORT);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInTruncatedPkts), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), 5);
}

static void frame_shorter_than_a_header_is_dropped(void **state)
{
	uint8_t frame[64];

	test_build_ip(frame, &(struct test_ip){ 0 }, NULL, 0);
	for (size_t len = 14; len < 34; len++)
		test_inject(&t, frame, len);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_SHORT), 20);
}

/* RFC1122:3.2.1.3-a, RFC1122:4.1.3.6-a */
static void source_that_no_host_may_have_is_dropped(void **state)
{
	static const char *const sources[] = { "224.0.0.1", "255.255.255.255", "0.0.0.0",
					       "127.0.0.1", "10.0.0.1" };

	for (unsigned i = 0; i < 5; i++)
		expect_drop((struct test_ip){ .src = sources[i] }, SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip){ .src = "10.0.0.1", .dst = "255.255.255.255" },
		    SEA_DROP_IP_MARTIAN_SOURCE);
	expect_drop((struct test_ip){ .src = "127.0.0.1", .dst = "224.0.0.1" },
		    SEA_DROP_IP_MARTIAN_SOURCE);
}

/* RFC1122:3.2.1.3-b */
static void destination_that_no_wire_may_carry_is_dropped(void **state)
{
	expect_drop((struct test_ip){ .dst = "127.0.0.1" }, SEA_DROP_IP_MARTIAN_DEST);
	expect_drop((struct test_ip){ .dst = "0.0.0.0" }, SEA_DROP_IP_MARTIAN_DEST);
}

/* RFC1122:3.2.1.3-e */
static void datagram_for_another_host_is_dropped(void **state)
{
	expect_drop((struct test_ip){ .dst = "10.0.0.3" }, SEA_DROP_IP_NOT_LOCAL);
	expect_drop((struct test_ip){ .dst = "192.0.2.1" }, SEA_DROP_IP_NOT_LOCAL);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInAddrErrors), 2);
	expect_drop((struct test_ip){ .dst = "224.0.0.251" }, SEA_DROP_IP_GROUP);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInAddrErrors), 2);
}

/* RFC1122:3.2.1.3-d, RFC1122:3.3.6-d, RFC1812:5.2.3-a */
static void broadcasts_and_all_hosts_are_ours(void **state)
{
	static const char *const everybody[] = { "255.255.255.255", "10.0.0.255" };

	for (unsigned i = 0; i < 2; i++) {
		inject((struct test_ip){ .dst = everybody[i], .eth_dst = &test_broadcast_mac });
		assert_int_equal(heard.n, i + 1);
		assert_int_equal(heard.rx.dst_type, SEA_ROUTE_BROADCAST);
	}
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInBcastPkts), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInBcastOctets), 56);
	inject((struct test_ip){ .dst = "224.0.0.1",
				 .eth_dst = &(struct sea_mac){ { 1, 0, 0x5e, 0, 0, 1 } } });
	assert_int_equal(heard.rx.dst_type, SEA_ROUTE_MULTICAST);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInMcastPkts), 1);
	inject((struct test_ip){ .src = "0.0.0.0", .dst = "255.255.255.255" });
	assert_int_equal(heard.n, 4);
}

/* RFC1122:3.3.6-b: off by default, as on Linux. RFC1122:2.4-a */
static void unicast_in_a_broadcast_frame_is_dropped_where_the_sysctl_says_so(void **state)
{
	struct test_ip ip = { .eth_dst = &test_broadcast_mac };

	inject(ip);
	assert_int_equal(heard.n, 1);
	heard.n = 0;
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.conf.all.drop_unicast_in_l2_multicast",
					"1", t.now),
			 0);
	expect_drop(ip, SEA_DROP_IP_OTHER_DEST);
}

/* RFC1122:3.2.1.8-b */
static void options_are_read_and_source_routes_refused(void **state)
{
	static const uint8_t record_route[8] = { 7, 7, 4 }, loose[8] = { 131, 7, 4 },
			     too_long[4] = { 7, 9, 4, 0 };

	inject((struct test_ip){ .opts = record_route, .opts_len = 8 });
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.rx.hdr_len_net, 28);
	assert_int_equal(heard.len, sizeof(payload));
	heard.n = 0;
	expect_drop((struct test_ip){ .opts = loose, .opts_len = 8 }, SEA_DROP_IP_OPTIONS);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), 0);
	inject((struct test_ip){ .opts = too_long, .opts_len = 4 });
	assert_int_equal(test_drops(&t, SEA_DROP_IP_OPTIONS), 2);
	assert_int_equal(heard.n, 0);
	assert_int_equal(test_take_all(&t), 1); /* a parameter problem */
	assert_int_equal(test_mib(&t, SEA_MIB_IpInHdrErrors), 1);
}

/* RFC1122:3.2.2.1-a */
static void unknown_protocol_is_answered_with_an_error(void **state)
{
	const uint8_t *msg;
	size_t len;

	inject((struct test_ip){ .proto = 132, .id = 0x1234 });
	assert_int_equal(test_drops(&t, SEA_DROP_IP_PROTOCOL), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInUnknownProtos), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpInDelivers), 0);
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &msg, &len);
	assert_int_equal(len, 8 + 28);
	assert_int_equal(msg[0], 3);
	assert_int_equal(msg[1], 2);
	assert_int_equal(sea_get16(msg + 8 + 4), 0x1234);
}

static void header_split_over_fragments_is_read(void **state)
{
	uint8_t frame[64];
	size_t len =
		test_build_ip(frame, &(struct test_ip){ .proto = SEA_IPPROTO_UDP }, payload, 8);

	for (size_t cut = 14; cut < len; cut++) {
		struct sea_pkt *pkt = sea_pkt_from_bytes(t.link, frame, cut);
		struct sea_buf *buf = sea_buf_new(&t.stack->shard.pool, 64);

		memcpy(buf->data, frame + cut, len - cut);
		assert_true(sea_pkt_append_frag(pkt, buf, 0, (uint32_t)(len - cut)));
		sea_buf_put(buf);
		sea_link_input(t.link, &pkt, 1, t.now);
	}
	assert_int_equal(heard.n, len - 14);
}

static void verdict_on_addresses_ends_with_the_address(void **state)
{
	struct sea_ifaddr a = { .size = sizeof(a),
				.ifindex = t.link->ifindex,
				.local = test_addr("10.0.0.2"), /* the peer's */
				.prefix_len = 24 };

	inject((struct test_ip){ 0 });
	inject((struct test_ip){ 0 });
	assert_int_equal(heard.n, 2);
	heard.n = 0;
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
	expect_drop((struct test_ip){ 0 }, SEA_DROP_IP_MARTIAN_SOURCE);
	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
	inject((struct test_ip){ 0 });
	assert_int_equal(heard.n, 1);
	heard.n = 0;
	a.local = test_addr("10.0.0.1");
	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
	expect_drop((struct test_ip){ 0 }, SEA_DROP_IP_NOT_LOCAL);
}

static void verdict_holds_for_its_link_and_addresses_only(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 1, 1 } };
	struct sea_link *other = test_add_link(&t, "eth1", &mac, "192.168.1.1/24");
	uint8_t frame[128];
	size_t len;

	for (unsigned i = 0; i < 1000; i++) {
		struct test_ip ip = { .proto = SEA_IPPROTO_UDP,
				      .dst = i % 2 ? "10.0.0.1" : "10.0.0.9" };

		test_inject_ip(&t, &ip, payload, sizeof(payload));
	}
	assert_int_equal(heard.n, 500);
	len = test_build_ip(frame, &(struct test_ip){ .proto = SEA_IPPROTO_UDP, .eth_dst = &mac },
			    payload, sizeof(payload));
	test_inject_on(&t, other, frame, len);
	assert_int_equal(heard.n, 501);
	assert_ptr_equal(heard.rx.link, other);
}

/* From `n` sources in turns, `rounds` times. */
static void inject_from_many(unsigned n, unsigned rounds)
{
	char src[32];

	heard.n = 0;
	for (unsigned i = 0; i < n * rounds; i++) {
		struct test_ip ip = { .proto = SEA_IPPROTO_UDP, .src = src };

		snprintf(src, sizeof(src), "10.1.%u.%u", i % n / 250, 1 + i % n % 250);
		test_inject_ip(&t, &ip, payload, sizeof(payload));
	}
	assert_int_equal(heard.n, n * rounds);
}

static void many_pairs_of_addresses_make_room_for_their_verdicts_once(void **state)
{
	struct sea_verdicts *v = &sea_ipv4_of(t.stack)->verdicts;
	struct sea_ifaddr a = { .size = sizeof(a),
				.ifindex = t.link->ifindex,
				.local = test_addr("10.1.100.1"),
				.prefix_len = 16 };
	size_t held;

	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
	inject_from_many(100, 3);
	assert_ptr_equal(v->slots, v->few);
	test_env_fail_at(&t.env, 1); /* no memory: few will do */
	inject_from_many(2000, 2);
	test_env_fail_at(&t.env, 0);
	assert_ptr_equal(v->slots, v->few);
	inject_from_many(2000, 2);
	assert_ptr_not_equal(v->slots, v->few);
	held = t.stack->shard.pool.held;
	inject_from_many(2000, 4);
	assert_int_equal(t.stack->shard.pool.held, held);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(datagram_for_us_is_delivered_without_its_padding),
		TEST(broken_header_is_dropped),
		TEST(frame_shorter_than_a_header_is_dropped),
		TEST(source_that_no_host_may_have_is_dropped),
		TEST(destination_that_no_wire_may_carry_is_dropped),
		TEST(datagram_for_another_host_is_dropped),
		TEST(broadcasts_and_all_hosts_are_ours),
		TEST(unicast_in_a_broadcast_frame_is_dropped_where_the_sysctl_says_so),
		TEST(options_are_read_and_source_routes_refused),
		TEST(unknown_protocol_is_answered_with_an_error),
		TEST(header_split_over_fragments_is_read),
		TEST(verdict_on_addresses_ends_with_the_address),
		TEST(verdict_holds_for_its_link_and_addresses_only),
		TEST(many_pairs_of_addresses_make_room_for_their_verdicts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
