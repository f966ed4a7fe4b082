/* SPDX-License-Identifier: Apache-2.0 */
/* ARP and the states of neighbours: what is asked, answered, believed, kept and given up. */
#include <errno.h>
#include <stdio.h>

#include "ip/ip.h"
#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"
#include "wire/arp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;

static struct {
	unsigned n;
	int err;
} icmp_heard;

static void swallow(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	sea_pkt_free(pkt);
}

static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	icmp_heard.n++;
	icmp_heard.err = error->err;
	return true;
}

static const struct sea_ip_proto udp = { .proto = SEA_IPPROTO_UDP,
					 .input = swallow,
					 .icmp_error = icmp_error };

static int setup(void **state)
{
	memset(&icmp_heard, 0, sizeof(icmp_heard));
	test_stack_new(&t, modules, 1);
	sea_stack_add_ip_proto(t.stack, &udp);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* -- helpers -- */

static struct sea_neigh_table *table(void)
{
	return &sea_ipv4_of(t.stack)->neigh;
}

static void send_to(const char *dst, size_t len)
{
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .proto = SEA_IPPROTO_UDP,
				 .dst = sea_ipaddr_of4(test_ip4(dst)) };
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_UDP };
	static const uint8_t zero[2048];
	struct sea_dst way;
	struct sea_pkt *pkt;

	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, (uint32_t)len);
	assert_true(sea_pkt_append(pkt, zero, (uint32_t)len));
	pkt->off_trans = sea_pkt_offset(pkt);
	assert_int_equal(sea_ip_output(t.stack, pkt, &way, &tx), 0);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void inject_arp(const struct sea_mac *eth_dst, enum sea_arp_op op,
		       const struct sea_mac *sender, const char *sender_ip,
		       const struct sea_mac *target, const char *target_ip)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_arp_hdr arp;
	} f = { .eth = { *eth_dst, *sender, sea_be16_of(SEA_ETHERTYPE_ARP) } };

	sea_arp_put(&f.arp, op, sender, test_ip4(sender_ip), target, test_ip4(target_ip));
	test_inject(&t, &f, sizeof(f));
}

static void reply_from_peer(void)
{
	inject_arp(&test_our_mac, SEA_ARP_REPLY, &test_peer_mac, "10.0.0.2", &test_our_mac,
		   "10.0.0.1");
}

static const struct sea_arp_hdr *expect_arp(const struct sea_mac *eth_dst, enum sea_arp_op op)
{
	const struct test_frame *f = test_take(&t);
	const struct sea_ether_hdr *eth;
	const struct sea_arp_hdr *arp;

	assert_non_null(f);
	eth = (const struct sea_ether_hdr *)f->bytes;
	arp = (const struct sea_arp_hdr *)(eth + 1);
	assert_int_equal(sea_be16_get(eth->type), SEA_ETHERTYPE_ARP);
	assert_true(sea_arp_valid(arp));
	assert_int_equal(sea_be16_get(arp->op), op);
	assert_memory_equal(eth->dst.b, eth_dst->b, 6);
	return arp;
}

static void expect_udp(void)
{
	const uint8_t *payload;
	size_t len;

	test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
}

/* 0xff: there is no such entry. */
static int state_of(const char *addr)
{
	struct sea_neigh_info info = { .size = sizeof(info) };
	uint64_t cursor = 0;
	struct sea_addr a = test_addr(addr);

	while (sea_neigh_next(t.stack, &cursor, &info))
		if (!memcmp(info.addr.b, a.b, 16))
			return (int)info.state;
	return 0xff;
}

static void resolve(void)
{
	send_to("10.0.0.2", 8);
	reply_from_peer();
	assert_int_equal(test_take_all(&t), 2);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_REACHABLE);
}

/* -- asking -- */

/* RFC1122:2.3.2.2-a, RFC1122:2.4-c, RFC1812:3.3.2-a */
static void packet_waits_for_the_answer_and_goes_then(void **state)
{
	const struct sea_arp_hdr *arp;

	send_to("10.0.0.2", 8);
	arp = expect_arp(&test_broadcast_mac, SEA_ARP_REQUEST);
	assert_true(sea_be32_equal(arp->sender_ip, test_our_ip));
	assert_true(sea_be32_equal(arp->target_ip, test_peer_ip));
	assert_true(sea_mac_is_zero(&arp->target_mac));
	assert_null(test_take(&t));
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_INCOMPLETE);
	reply_from_peer();
	expect_udp();
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_REACHABLE);
	send_to("10.0.0.2", 8);
	expect_udp();
}

/* RFC1122:2.3.2.1-b: one a second, three in all. */
static void silence_is_asked_three_times_and_reported_to_the_sender(void **state)
{
	send_to("10.0.0.2", 8);
	send_to("10.0.0.2", 8);
	for (unsigned i = 0; i < 3; i++) {
		expect_arp(&test_broadcast_mac, SEA_ARP_REQUEST);
		assert_null(test_take(&t));
		assert_int_equal(icmp_heard.n, 0);
		test_advance(&t, SEA_SEC);
	}
	assert_null(test_take(&t));
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_FAILED);
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_FAILED), 2);
	assert_int_equal(icmp_heard.n, 2);
	assert_int_equal(icmp_heard.err, EHOSTUNREACH);
	send_to("10.0.0.2", 8); /* and tries again for the next one */
	expect_arp(&test_broadcast_mac, SEA_ARP_REQUEST);
}

/* RFC4861:7.2.2-b */
static void queue_is_bounded_and_loses_the_oldest(void **state)
{
	unsigned sent = 0, kept;

	while (!test_drops(&t, SEA_DROP_NEIGH_QUEUE_FULL) && sent < 10000) {
		send_to("10.0.0.2", 1000);
		sent++;
	}
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_QUEUE_FULL), 1);
	assert_true(sent > 50 && sent < 500);
	test_take_all(&t);
	reply_from_peer();
	kept = test_take_all(&t);
	assert_int_equal(kept, sent - 1);
}

/* -- time -- */

/* RFC1122:2.3.2.1-a */
static void reachable_ages_to_stale_and_is_probed_when_used_again(void **state)
{
	resolve();
	test_advance(&t, 46 * SEA_SEC);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_STALE);
	assert_null(test_take(&t));
	send_to("10.0.0.2", 8);
	expect_udp(); /* at once */
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_DELAY);
	test_advance(&t, 5 * SEA_SEC - 1);
	assert_null(test_take(&t));
	test_advance(&t, 1);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_PROBE);
	expect_arp(&test_peer_mac, SEA_ARP_REQUEST); /* unicast */
	reply_from_peer();
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_REACHABLE);
}

/* RFC1122:3.3.1.4-a */
static void probes_without_an_answer_fail_after_three(void **state)
{
	resolve();
	test_advance(&t, 46 * SEA_SEC);
	send_to("10.0.0.2", 8);
	test_advance(&t, 5 * SEA_SEC);
	test_advance(&t, 2 * SEA_SEC);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_PROBE);
	test_advance(&t, SEA_SEC);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_FAILED);
	assert_int_equal(test_take_all(&t), 4); /* the datagram and three probes */
}

/* RFC1122:3.3.1.4-b, RFC4861:7.3.1-a */
static void progress_that_a_transport_saw_saves_the_probe(void **state)
{
	struct sea_ipaddr peer = sea_ipaddr_of4(test_peer_ip);

	resolve();
	test_advance(&t, 46 * SEA_SEC);
	send_to("10.0.0.2", 8);
	test_advance(&t, SEA_SEC);
	sea_stack_enter(t.stack, t.now);
	sea_neigh_confirm(sea_neigh_find(table(), t.link, &peer));
	sea_stack_leave(t.stack);
	test_advance(&t, 5 * SEA_SEC);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_REACHABLE);
	assert_int_equal(test_take_all(&t), 1);
}

/* RFC1122:3.3.1.4-c */
static void reachable_and_in_use_goes_to_delay(void **state)
{
	resolve();
	for (unsigned i = 0; i < 46; i++) {
		send_to("10.0.0.2", 8);
		if (state_of("10.0.0.2") != SEA_NUD_REACHABLE)
			break;
		test_advance(&t, SEA_SEC);
	}
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_DELAY);
}

/* -- answering -- */

static void question_for_our_address_is_answered_and_the_asker_remembered(void **state)
{
	static const struct sea_mac none;
	const struct sea_arp_hdr *arp;

	inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &test_peer_mac, "10.0.0.2", &none,
		   "10.0.0.1");
	arp = expect_arp(&test_peer_mac, SEA_ARP_REPLY);
	assert_memory_equal(arp->sender_mac.b, test_our_mac.b, 6);
	assert_true(sea_be32_equal(arp->sender_ip, test_our_ip));
	assert_true(sea_be32_equal(arp->target_ip, test_peer_ip));
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_STALE);
	send_to("10.0.0.2", 8);
	expect_udp();
}

/* RFC5227:2.1.1 */
static void probe_for_our_address_is_told_that_it_is_taken(void **state)
{
	static const struct sea_mac none;
	const struct sea_arp_hdr *arp;

	inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &test_peer_mac, "0.0.0.0", &none,
		   "10.0.0.1");
	arp = expect_arp(&test_peer_mac, SEA_ARP_REPLY);
	assert_true(sea_ipv4_is_any(arp->target_ip));
	assert_int_equal(state_of("0.0.0.0"), 0xff);
}

static void what_does_not_concern_us_is_dropped(void **state)
{
	static const struct sea_mac none;

	inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &test_peer_mac, "10.0.0.2", &none,
		   "10.0.0.3");
	inject_arp(&test_our_mac, SEA_ARP_REPLY, &test_peer_mac, "10.0.0.2", &test_our_mac,
		   "10.0.0.1"); /* nobody asked */
	inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &test_peer_mac, "10.0.0.2", &none,
		   "127.0.0.1");
	inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &test_peer_mac, "10.0.0.2", &none,
		   "10.0.0.2"); /* gratuitous, of a stranger */
	assert_int_equal(test_drops(&t, SEA_DROP_ARP_NOT_OURS), 4);
	assert_null(test_take(&t));
	assert_int_equal(state_of("10.0.0.2"), 0xff);
}

static void claims_to_be_us_or_nobody_are_not_answered(void **state)
{
	static const char *const senders[] = { "10.0.0.1", "127.0.0.9", "224.0.0.9",
					       "255.255.255.255" };
	static const struct sea_mac none;

	for (unsigned i = 0; i < 4; i++)
		inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &test_peer_mac, senders[i], &none,
			   "10.0.0.1");
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_ARP_NOT_OURS), 4);
}

static void malformed_messages_are_dropped(void **state)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_arp_hdr arp;
	} f = { .eth = { test_our_mac, test_peer_mac, sea_be16_of(SEA_ETHERTYPE_ARP) } };

	sea_arp_put(&f.arp, SEA_ARP_REPLY, &test_peer_mac, test_peer_ip, &test_our_mac,
		    test_our_ip);
	test_inject(&t, &f, sizeof(f) - 1);
	f.arp.hw_len = 8;
	test_inject(&t, &f, sizeof(f));
	f.arp.hw_len = 6;
	f.arp.op = sea_be16_of(3);
	test_inject(&t, &f, sizeof(f));
	assert_int_equal(test_drops(&t, SEA_DROP_ARP_MALFORMED), 3);
}

/* -- believing -- */

static void first_of_several_answers_counts_for_a_second(void **state)
{
	static const struct sea_mac liar = { { 2, 0, 0, 0, 0, 0x66 } };
	struct sea_ipaddr peer = sea_ipaddr_of4(test_peer_ip);

	resolve();
	inject_arp(&test_our_mac, SEA_ARP_REPLY, &liar, "10.0.0.2", &test_our_mac, "10.0.0.1");
	assert_memory_equal(sea_neigh_find(table(), t.link, &peer)->mac.b, test_peer_mac.b, 6);
	test_advance(&t, SEA_SEC + 1);
	inject_arp(&test_our_mac, SEA_ARP_REPLY, &liar, "10.0.0.2", &test_our_mac, "10.0.0.1");
	assert_memory_equal(sea_neigh_find(table(), t.link, &peer)->mac.b, liar.b, 6);
}

static void gratuitous_arp_moves_a_known_neighbour(void **state)
{
	static const struct sea_mac moved = { { 2, 0, 0, 0, 0, 0x77 } };
	struct sea_ipaddr peer = sea_ipaddr_of4(test_peer_ip);

	resolve();
	inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST, &moved, "10.0.0.2",
		   &(struct sea_mac){ { 0 } }, "10.0.0.2");
	assert_memory_equal(sea_neigh_find(table(), t.link, &peer)->mac.b, moved.b, 6);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_STALE);
}

static void permanent_entry_is_not_moved_by_arp(void **state)
{
	static const struct sea_mac liar = { { 2, 0, 0, 0, 0, 0x66 } };

	test_know_peer(&t);
	test_advance(&t, 10 * SEA_SEC);
	inject_arp(&test_our_mac, SEA_ARP_REPLY, &liar, "10.0.0.2", &test_our_mac, "10.0.0.1");
	send_to("10.0.0.2", 8);
	expect_udp();
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_PERMANENT);
}

/* -- bounds -- */

/* case 77 */
static void flood_of_askers_leaves_the_table_bounded_and_neighbours_in_it(void **state)
{
	char text[32];

	resolve();
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", 1 + i / 250, 1 + i % 250);
		inject_arp(&test_broadcast_mac, SEA_ARP_REQUEST,
			   &(struct sea_mac){ { 2, 1, 0, 0, (uint8_t)(i >> 8), (uint8_t)i } }, text,
			   &(struct sea_mac){ { 0 } }, "10.0.0.1");
		test_take_all(&t);
	}
	assert_true(table()->entries.n <= 1024);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_REACHABLE);
	send_to("10.0.0.3", 8); /* and there is room for whom we want to speak to */
	expect_arp(&test_broadcast_mac, SEA_ARP_REQUEST);
}

static void full_table_of_busy_entries_refuses_another(void **state)
{
	struct sea_flow flow = { .family = SEA_AF_INET };
	uint8_t echo[8] = { 8, 0, 0xf7, 0xff };
	struct sea_dst way, busy[3];
	char text[32];

	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.neigh.default.gc_thresh2", "2", t.now),
			 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.neigh.default.gc_thresh3", "3", t.now),
			 0);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", 10 + i);
		send_to(text, 8);
		flow.dst = sea_ipaddr_of4(test_ip4(text));
		sea_stack_enter(t.stack, t.now);
		assert_int_equal(sea_ip_route(t.stack, &flow, &busy[i]), 0);
		sea_stack_leave(t.stack);
	}
	flow.dst = sea_ipaddr_of4(test_ip4("10.0.0.20"));
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), -ENOBUFS);
	sea_stack_leave(t.stack);
	test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP, .src = "10.0.0.21" }, echo,
		       sizeof(echo));
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_TABLE_FULL), 1);
	for (unsigned i = 0; i < 3; i++)
		sea_dst_put(t.stack, &busy[i]);
}

static void ways_that_were_only_looked_up_fill_nothing(void **state)
{
	struct sea_flow flow = { .family = SEA_AF_INET };
	struct sea_route all = { .size = sizeof(all),
				 .dst = test_addr("10.0.0.0"),
				 .prefix_len = 8,
				 .type = SEA_ROUTE_UNICAST,
				 .scope = SEA_SCOPE_LINK,
				 .ifindex = t.link->ifindex };
	struct sea_dst way;

	assert_int_equal(sea_route_add(t.stack, &all, t.now), 0);
	sea_stack_enter(t.stack, t.now);
	for (uint32_t i = 0; i < 3000; i++) {
		sea_put32(flow.dst.b, (10u << 24) + 1000 + i);
		assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
		sea_dst_put(t.stack, &way);
	}
	sea_stack_leave(t.stack);
	assert_true(table()->entries.n <= 1024);
}

static void unused_entries_are_forgotten_in_time(void **state)
{
	char text[32];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", 2 + i);
		send_to(text, 8);
	}
	test_take_all(&t);
	assert_int_equal(table()->entries.n, 200);
	test_advance(&t, 120 * SEA_SEC);
	assert_true(table()->entries.n < 128);
	assert_int_equal(table()->n_dynamic, table()->entries.n);
}

/* -- links -- */

static void neighbours_go_with_the_link_and_with_its_address(void **state)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };

	resolve();
	assert_int_equal(sea_link_set_mac(t.link, mac, t.now), 0);
	assert_int_equal(table()->entries.n, 0);
	send_to("10.0.0.2", 8);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(table()->entries.n, 0);
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_FAILED), 1);
	assert_int_equal(icmp_heard.n, 0);
}

static void entry_that_is_deleted_under_a_route_stops_sending(void **state)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_peer_ip) };
	struct sea_neigh_info info = { .size = sizeof(info),
				       .ifindex = t.link->ifindex,
				       .addr = test_addr("10.0.0.2") };
	struct sea_dst way;

	test_know_peer(&t);
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	sea_stack_leave(t.stack);
	assert_int_equal(sea_neigh_del(t.stack, &info, t.now), 0);
	assert_int_equal(sea_neigh_del(t.stack, &info, t.now), -ENOENT);
	assert_false(sea_dst_valid(t.stack, &way));
	sea_stack_enter(t.stack, t.now);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void nonsense_is_not_configured(void **state)
{
	struct sea_neigh_info info = { .size = sizeof(info),
				       .ifindex = t.link->ifindex,
				       .addr = test_addr("10.0.0.2"),
				       .state = SEA_NUD_INCOMPLETE };

	assert_int_equal(sea_neigh_set(t.stack, &info, t.now), -EINVAL);
	info.state = SEA_NUD_REACHABLE | SEA_NUD_STALE;
	assert_int_equal(sea_neigh_set(t.stack, &info, t.now), -EINVAL);
	info.state = SEA_NUD_PERMANENT;
	info.size = 1;
	assert_int_equal(sea_neigh_set(t.stack, &info, t.now), -EINVAL);
	info.size = sizeof(info);
	info.ifindex = 99;
	assert_int_equal(sea_neigh_set(t.stack, &info, t.now), -ENODEV);
	info.addr.family = SEA_AF_INET6;
	assert_int_equal(sea_neigh_set(t.stack, &info, t.now), -EAFNOSUPPORT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(packet_waits_for_the_answer_and_goes_then),
		TEST(silence_is_asked_three_times_and_reported_to_the_sender),
		TEST(queue_is_bounded_and_loses_the_oldest),
		TEST(reachable_ages_to_stale_and_is_probed_when_used_again),
		TEST(probes_without_an_answer_fail_after_three),
		TEST(progress_that_a_transport_saw_saves_the_probe),
		TEST(reachable_and_in_use_goes_to_delay),
		TEST(question_for_our_address_is_answered_and_the_asker_remembered),
		TEST(probe_for_our_address_is_told_that_it_is_taken),
		TEST(what_does_not_concern_us_is_dropped),
		TEST(claims_to_be_us_or_nobody_are_not_answered),
		TEST(malformed_messages_are_dropped),
		TEST(first_of_several_answers_counts_for_a_second),
		TEST(gratuitous_arp_moves_a_known_neighbour),
		TEST(permanent_entry_is_not_moved_by_arp),
		TEST(flood_of_askers_leaves_the_table_bounded_and_neighbours_in_it),
		TEST(full_table_of_busy_entries_refuses_another),
		TEST(ways_that_were_only_looked_up_fill_nothing),
		TEST(unused_entries_are_forgotten_in_time),
		TEST(neighbours_go_with_the_link_and_with_its_address),
		TEST(entry_that_is_deleted_under_a_route_stops_sending),
		TEST(nonsense_is_not_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
