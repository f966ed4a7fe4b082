/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves: the header as Linux fills it, sizes, identifications, broadcasts, path MTUs. */
#include <errno.h>

#include "ip/ipv4.h"
#include "tests/lib/routes.h"
#include "tests/lib/stack_fixture.h"
#include "wire/tcp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
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

static struct sea_flow flow_to(const char *dst)
{
	return (struct sea_flow){ .family = SEA_AF_INET,
				  .proto = SEA_IPPROTO_UDP,
				  .dst = sea_ipaddr_of4(test_ip4(dst)) };
}

static struct sea_pkt *new_pkt(uint32_t len)
{
	static const uint8_t zero[65535];
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 64);

	assert_true(sea_pkt_append(pkt, zero, len));
	pkt->off_trans = sea_pkt_offset(pkt);
	return pkt;
}

static int output(const char *dst, struct sea_pkt *pkt, struct sea_ip_tx tx)
{
	struct sea_flow flow = flow_to(dst);
	struct sea_dst way;
	int err;

	tx.proto = tx.proto ? tx.proto : SEA_IPPROTO_UDP;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	err = sea_ip_output(t.stack, pkt, &way, &tx);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	return err;
}

static const struct sea_ipv4_hdr *sent(void)
{
	const uint8_t *payload;
	size_t len;

	return test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
}

static uint32_t mtu_to(const char *dst)
{
	struct sea_flow flow = flow_to(dst);
	struct sea_dst way;
	uint32_t mtu;

	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	mtu = way.mtu | (way.mtu_locked ? 1u << 31 : 0);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	return mtu;
}

/* RFC1122:3.2.1.6-a, RFC1122:3.2.1.8-a, RFC1122:3.4-a, RFC791:3.1-o, RFC791:3.3-a */
static void header_is_filled_as_told(void **state)
{
	const struct sea_ipv4_hdr *ip;

	assert_int_equal(output("10.0.0.2", new_pkt(8),
				(struct sea_ip_tx){ .df = true, .nofrag = true }),
			 0);
	ip = sent();
	assert_int_equal(sea_be16_get(ip->frag), SEA_IPV4_DF);
	assert_int_equal(sea_be16_get(ip->id), 0);
	assert_int_equal(ip->ttl, 64);
	assert_true(sea_be32_equal(ip->src, test_our_ip));
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
	assert_int_equal(
		output("10.0.0.2", new_pkt(8), (struct sea_ip_tx){ .ttl = 7, .tos = 0xb9 }), 0);
	ip = sent();
	assert_int_equal(ip->ttl, 7);
	assert_int_equal(ip->tos, 0xb9);
	assert_int_equal(sea_be16_get(ip->frag), 0);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutRequests), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutTransmits), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtOutOctets), 56);
}

/* RFC6864:4.1, RFC7739:5.3, RFC791:3.2-a */
static void identifications_do_not_repeat_and_peers_share_no_counter(void **state)
{
	bool seen[65536] = { false };
	uint16_t own = 0xffff, id;

	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(output("10.0.0.2", new_pkt(8), (struct sea_ip_tx){ 0 }), 0);
		id = sea_be16_get(sent()->id);
		assert_false(seen[id]);
		seen[id] = true;
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(output("10.0.0.2", new_pkt(8),
					(struct sea_ip_tx){ .df = true, .ident = &own }),
				 0);
		assert_int_equal(sea_be16_get(sent()->id), (uint16_t)(0xffff + i));
	}
	assert_int_equal(own, 1);
}

static void what_is_too_large_is_refused(void **state)
{
	assert_int_equal(output("10.0.0.2", new_pkt(1480), (struct sea_ip_tx){ 0 }), 0);
	assert_int_equal(output("10.0.0.2", new_pkt(1481), (struct sea_ip_tx){ .nofrag = true }),
			 -EMSGSIZE);
	assert_int_equal(output("127.0.0.1", new_pkt(65516), (struct sea_ip_tx){ 0 }), -EMSGSIZE);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_TOO_BIG), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutDiscards), 2);
	assert_int_equal(test_take_all(&t), 1);
}

static struct sea_pkt *super_segment(uint16_t gso_size)
{
	struct sea_pkt *pkt = new_pkt(20 + 10000);
	struct sea_tcp_hdr *tcp = sea_pkt_at(pkt, pkt->off_trans);

	tcp->off = 5 << 4;
	pkt->gso_type = SEA_GSO_TCP4;
	pkt->gso_size = gso_size;
	pkt->gso_segs = (uint16_t)((10000 + gso_size - 1) / gso_size);
	return pkt;
}

static void super_segment_counts_by_its_segments(void **state)
{
	uint16_t own = 100;
	struct sea_ip_tx tx = { .proto = SEA_IPPROTO_TCP, .df = true, .ident = &own };

	assert_int_equal(output("10.0.0.2", super_segment(1460), tx), 0);
	assert_int_equal(own, 107);
	assert_int_equal(output("10.0.0.2", super_segment(1461), tx), -EMSGSIZE);
	assert_int_equal(test_mib(&t, SEA_MIB_IpOutTransmits), 1);
}

static void no_memory_for_the_header_is_a_counted_drop(void **state)
{
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, 0, 64);
	struct sea_flow flow = flow_to("10.0.0.2");
	struct sea_dst way;

	assert_true(sea_pkt_append(pkt, "12345678", 8));
	pkt->off_trans = sea_pkt_offset(pkt);
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	sea_pool_trim(&t.stack->shard.pool);
	test_env_fail_at(&t.env, 1);
	assert_int_equal(sea_ip_output(t.stack, pkt, &way, &(struct sea_ip_tx){ .proto = 17 }),
			 -ENOMEM);
	test_env_fail_at(&t.env, 0);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NO_MEMORY), 1);
}

/* RFC1122:3.3.6-a, RFC1812:4.2.3.1-a */
static void broadcast_goes_to_all_and_to_ourselves(void **state)
{
	assert_int_equal(output("10.0.0.255", new_pkt(8), (struct sea_ip_tx){ 0 }), 0);
	sent();
	assert_memory_equal(t.frame.bytes, test_broadcast_mac.b, 6);
	assert_int_equal(heard.n, 0);
	test_settle(&t);
	assert_int_equal(heard.n, 1);
	assert_ptr_equal(heard.rx.link, t.link);
	assert_int_equal(heard.rx.dst_type, SEA_ROUTE_BROADCAST);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtOutBcastPkts), 1);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtInBcastPkts), 1);
}

static void own_broadcasts_that_nobody_fetches_are_bounded(void **state)
{
	for (unsigned i = 0; i < 1001; i++)
		output("10.0.0.255", new_pkt(8), (struct sea_ip_tx){ 0 });
	assert_int_equal(test_drops(&t, SEA_DROP_LOOPBACK_FULL), 1);
	test_take_all(&t);
	sea_link_del(t.link, t.now);
	test_settle(&t);
	assert_true(test_drops(&t, SEA_DROP_LINK_DELETED) >= 1000);
	assert_int_equal(heard.n, 0);
}

static uint64_t freed_drops;

static void count_freed(void *ctx, const struct sea_trace *what)
{
	freed_drops += what->kind == SEA_TRACE_DROP && what->code == SEA_DROP_STACK_FREED;
}

static void broadcast_in_flight_ends_with_the_stack(void **state)
{
	t.stack->env.trace = count_freed;
	freed_drops = 0;
	output("10.0.0.255", new_pkt(8), (struct sea_ip_tx){ 0 });
	test_take_all(&t);
	test_stack_free(&t);
	assert_int_equal(freed_drops, 1);
	setup(state);
}

/* RFC1112:6.4 */
static void multicast_has_its_mac(void **state)
{
	static const uint8_t mac[6] = { 1, 0, 0x5e, 0x7f, 1, 2 };
	struct sea_flow flow = flow_to("239.255.1.2");
	struct sea_dst way;

	flow.oif = t.link->ifindex;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_int_equal(way.type, SEA_ROUTE_MULTICAST);
	assert_int_equal(
		sea_ip_output(t.stack, new_pkt(8), &way, &(struct sea_ip_tx){ .proto = 17 }), 0);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	sent();
	assert_memory_equal(t.frame.bytes, mac, 6);
	assert_int_equal(test_mib(&t, SEA_MIB_IpExtOutMcastPkts), 1);
}

static void loopback_is_heard_at_the_next_advance(void **state)
{
	assert_int_equal(output("127.0.0.1", new_pkt(8), (struct sea_ip_tx){ 0 }), 0);
	assert_int_equal(output("10.0.0.1", new_pkt(8), (struct sea_ip_tx){ 0 }), 0);
	assert_int_equal(heard.n, 0);
	test_settle(&t);
	assert_int_equal(heard.n, 2);
	assert_ptr_equal(heard.rx.link, t.stack->loopback);
	assert_null(test_take(&t));
}

/* -- path MTU -- */

static void pmtu(const char *dst, uint32_t mtu)
{
	struct sea_flow flow = flow_to(dst);

	sea_stack_enter(t.stack, t.now);
	sea_ip_pmtu_update(t.stack, &flow, mtu);
	sea_stack_leave(t.stack);
}

/* RFC1191:6.3, RFC1812:4.2.3.3-a */
static void path_mtu_is_remembered_for_ten_minutes(void **state)
{
	uint32_t gen = t.stack->route_gen;

	pmtu("10.0.0.2", 1400);
	assert_int_not_equal(t.stack->route_gen, gen);
	assert_int_equal(mtu_to("10.0.0.2"), 1400);
	assert_int_equal(mtu_to("10.0.0.3"), 1500);
	pmtu("10.0.0.2", 1450); /* never more */
	assert_int_equal(mtu_to("10.0.0.2"), 1400);
	test_advance(&t, 600 * SEA_SEC - 1);
	assert_int_equal(mtu_to("10.0.0.2"), 1400);
	gen = t.stack->route_gen;
	test_advance(&t, 1);
	assert_int_equal(mtu_to("10.0.0.2"), 1500);
	assert_int_not_equal(t.stack->route_gen, gen);
}

/* A forged MTU of 68 must not make us send crumbs: Linux's floor, and then fragments may be made. */
static void path_mtu_below_the_floor_is_the_floor_without_df(void **state)
{
	pmtu("10.0.0.2", 68);
	assert_int_equal(mtu_to("10.0.0.2"), 552 | 1u << 31);
	assert_int_equal(output("10.0.0.2", new_pkt(8), (struct sea_ip_tx){ .df = true }), 0);
	assert_int_equal(sea_be16_get(sent()->frag), 0);
	pmtu("127.0.0.1", 1000);
	assert_int_equal(mtu_to("127.0.0.1"), 65535);
}

/*
 * Case 41, case 81, CVE-2021-20322: one by chance makes room, so that who fills the table with forged
 * messages does not see from what is missing whether another one was believed.
 */
static void path_mtus_are_bounded_and_one_by_chance_makes_room(void **state)
{
	const struct sea_pmtu_table *table = &sea_ipv4_of(t.stack)->pmtu;
	struct sea_flow flow = flow_to("10.0.0.2");
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("0.0.0.0"),
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("10.0.0.2") };
	unsigned old = 0;

	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	sea_stack_enter(t.stack, t.now);
	for (uint32_t i = 0; i < SEA_PMTU_MAX + 100; i++) {
		sea_put32(flow.dst.b, (20u << 24) + i);
		sea_ip_pmtu_update(t.stack, &flow, 1300);
	}
	for (uint32_t i = 0; i < 100; i++) {
		sea_put32(flow.dst.b, (20u << 24) + i);
		old += sea_pmtu_find(table, &flow.dst) != NULL;
	}
	assert_int_equal(table->entries.n, SEA_PMTU_MAX);
	assert_int_equal(table->pushed_out, 100);
	assert_true(old > 80); /* the first are not the ones that went */
	sea_stack_leave(t.stack);
}

/* A lock is the administrator's word against that of any router (RFC 5927 §7.2 in other words). */
static void locked_mtu_of_a_route_is_not_moved_by_routers(void **state)
{
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("10.5.0.0"),
			       .prefix_len = 16,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("10.0.0.2"),
			       .metrics = { .mtu = 1300, .mtu_lock = true } };

	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	pmtu("10.5.0.1", 600);
	assert_int_equal(mtu_to("10.5.0.1"), 1300 | 1u << 31);
	assert_int_equal(sea_ipv4_of(t.stack)->pmtu.entries.n, 0);
}

/* A redirect moves one destination to another gateway, for its time and for that route alone. */
static void better_gateway_is_taken_while_it_is_believed(void **state)
{
	struct sea_pmtu_table *table = &sea_ipv4_of(t.stack)->pmtu;
	struct sea_flow flow = flow_to("10.5.0.1");
	struct sea_ipaddr old = sea_ipaddr_of4(test_ip4("10.0.0.9"));
	struct sea_ipaddr better = sea_ipaddr_of4(test_ip4("10.0.0.2"));
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("10.5.0.0"),
			       .prefix_len = 16,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("10.0.0.9") };

	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_string_equal(test_way(&t, flow, "10.5.0.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	sea_stack_enter(t.stack, t.now);
	sea_pmtu_redirect(table,
			  &(struct sea_pmtu_hop){ .dst = flow.dst,
						  .from = old,
						  .gateway = better,
						  .ifindex = t.link->ifindex,
						  .expires = sea_time_add(t.now, 300 * SEA_SEC) });
	sea_stack_leave(t.stack);
	assert_string_equal(test_way(&t, flow, "10.5.0.1"), "10.0.0.2 dev eth0 src 10.0.0.1");
	assert_string_equal(test_way(&t, flow, "10.5.0.2"), "10.0.0.9 dev eth0 src 10.0.0.1");
	pmtu("10.5.0.1", 1400);
	assert_int_equal(mtu_to("10.5.0.1"), 1400);
	test_advance(&t, 301 * SEA_SEC);
	assert_string_equal(test_way(&t, flow, "10.5.0.1"), "10.0.0.9 dev eth0 src 10.0.0.1");
	assert_int_equal(mtu_to("10.5.0.1"), 1400);
	test_advance(&t, 300 * SEA_SEC);
	assert_int_equal(table->entries.n, 0);
}

/* RFC1122:3.3.3-b */
static void link_mtu_and_route_mtu_bound_the_path(void **state)
{
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("10.5.0.0"),
			       .prefix_len = 16,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("10.0.0.2"),
			       .metrics.mtu = 1300 };

	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	assert_int_equal(mtu_to("10.5.0.1"), 1300);
	assert_int_equal(sea_link_set_mtu(t.link, 1000, t.now), 0);
	assert_int_equal(mtu_to("10.5.0.1"), 1000);
	assert_int_equal(mtu_to("10.0.0.2"), 1000);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_is_filled_as_told),
		TEST(identifications_do_not_repeat_and_peers_share_no_counter),
		TEST(what_is_too_large_is_refused),
		TEST(super_segment_counts_by_its_segments),
		TEST(no_memory_for_the_header_is_a_counted_drop),
		TEST(broadcast_goes_to_all_and_to_ourselves),
		TEST(own_broadcasts_that_nobody_fetches_are_bounded),
		TEST(broadcast_in_flight_ends_with_the_stack),
		TEST(multicast_has_its_mac),
		TEST(loopback_is_heard_at_the_next_advance),
		TEST(path_mtu_is_remembered_for_ten_minutes),
		TEST(path_mtu_below_the_floor_is_the_floor_without_df),
		TEST(path_mtus_are_bounded_and_one_by_chance_makes_room),
		TEST(locked_mtu_of_a_route_is_not_moved_by_routers),
		TEST(better_gateway_is_taken_while_it_is_believed),
		TEST(link_mtu_and_route_mtu_bound_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
