/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours that were configured to stay, those who watch them, and a table under attack. */
#include <errno.h>
#include <stdio.h>

#include "ip/ipv4.h"
#include "tests/lib/arp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
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

static struct sea_neigh_table *table(void)
{
	return &sea_ipv4_of(t.stack)->neigh;
}

/* 0xff: there is no such entry. */
static int state_of(const char *addr)
{
	struct sea_ipaddr a = sea_ipaddr_of4(test_ip4(addr));
	const struct sea_neigh *n = sea_neigh_find(table(), t.link, &a);

	return n ? n->state : 0xff;
}

static void send_to(const char *dst, size_t len)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 8);
	struct sea_dst way;

	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_true(sea_pkt_append(pkt, "12345678", (uint32_t)len));
	pkt->off_trans = sea_pkt_offset(pkt);
	(void)sea_ip_output(t.stack, pkt, &way, &(struct sea_ip_tx){ .proto = 253 });
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void reply_from(struct sea_link *link, const struct sea_mac *mac, const char *addr)
{
	test_inject_arp(&t, link, &link->mac, SEA_ARP_REPLY, mac, addr, &link->mac, "10.0.0.1");
}

static void reply_from_peer(void)
{
	reply_from(t.link, &test_peer_mac, "10.0.0.2");
}

/* -- entries that were configured to stay, and who watches -- */

static int configure(const char *addr, enum sea_neigh_state state, uint32_t flags)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = t.link->ifindex,
				    .addr = test_addr(addr),
				    .mac = { 2, 0, 0, 0, 0, 2 },
				    .state = state,
				    .flags = flags };

	return sea_neigh_set(t.stack, &n, t.now);
}

/* RFC8504:5.4-d */
static void probes_go_on_to_all_where_mcast_resolicit_says_so(void **state)
{
	set("net.ipv4.neigh.eth0.mcast_resolicit", "2");
	assert_int_equal(configure("10.0.0.2", SEA_NUD_PROBE, 0), 0);
	test_advance(&t, 10 * SEA_SEC);
	/* What was configured to be probed is so from the first interval on. */
	for (unsigned i = 0; i < 3; i++)
		test_expect_arp(&t, t.link, &test_peer_mac, SEA_ARP_REQUEST);
	for (unsigned i = 0; i < 2; i++)
		test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);
	assert_null(test_take(&t));
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_FAILED);
}

static unsigned take_neigh_events(void)
{
	struct sea_event ev[8];
	unsigned n = sea_stack_take_events(t.stack, ev, 8), found = 0;

	for (unsigned i = 0; i < n; i++)
		if (ev[i].kind == SEA_EVENT_NEIGH) {
			assert_int_equal(ev[i].ifindex, t.link->ifindex);
			found++;
		}
	return found;
}

static void whoever_watches_is_asked_first_with_app_solicit(void **state)
{
	set("net.ipv4.neigh.eth0.app_solicit", "1");
	send_to("10.0.0.2", 8);
	assert_int_equal(take_neigh_events(), 1);
	assert_null(test_take(&t)); /* nobody else was asked */
	test_advance(&t, SEA_SEC);
	test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);
	assert_int_equal(take_neigh_events(), 0);
	reply_from_peer();
	assert_int_equal(take_neigh_events(), 1);
}

static void managed_entry_is_kept_resolved(void **state)
{
	assert_int_equal(configure("10.0.0.2", SEA_NUD_NONE, SEA_NTF_MANAGED), 0);
	test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);
	reply_from_peer();
	test_take_all(&t);
	/* Nobody speaks to it, and still it is asked for when it has gone stale, and does not go. */
	for (unsigned i = 0; i < 40; i++) {
		test_advance(&t, 5 * SEA_SEC);
		while (test_take(&t))
			reply_from_peer();
	}
	assert_int_not_equal(state_of("10.0.0.2"), SEA_NUD_FAILED);
	assert_int_not_equal(state_of("10.0.0.2"), 0xff);
	assert_true(sea_time_diff(t.now, sea_neigh_find(table(), t.link,
							&(struct sea_ipaddr){ { 10, 0, 0, 2 } })
						 ->confirmed) < 60 * SEA_SEC);
	assert_int_equal(configure("10.0.0.2", SEA_NUD_STALE, 0), 0);
	assert_int_equal(table()->n_managed, 0);
}

static void what_others_learnt_is_not_collected(void **state)
{
	assert_int_equal(configure("10.0.0.2", SEA_NUD_STALE, SEA_NTF_EXT_LEARNED), 0);
	assert_int_equal(table()->n_dynamic, 0);
	set("net.ipv4.neigh.default.gc_thresh1", "0");
	test_advance(&t, 600 * SEA_SEC);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_STALE);
	assert_int_equal(configure("10.0.0.3", SEA_NUD_NONE, 0), -EINVAL);
	assert_int_equal(configure("10.0.0.3", SEA_NUD_STALE, 0x8000), -EINVAL);
}

/* -- under attack -- */

/*
 * case 76, RFC6583:7.1: a whole prefix is scanned through us; who is there stays, and may come.
 * RFC8504:5.4-c
 */
static void scan_of_a_prefix_leaves_room_for_those_who_are_there(void **state)
{
	struct sea_link *far = test_add_link(&t, "eth1", &our_far_mac, "172.16.0.1/12");
	char addr[16];

	set("net.ipv4.ip_forward", "1");
	send_to("10.0.0.2", 8);
	reply_from_peer();
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(addr, sizeof(addr), "172.20.%u.%u", i >> 8, i & 0xff);
		test_inject_ip(&t, &(struct test_ip){ .dst = addr, .proto = 253 }, "12345678", 8);
		if (i % 100 == 0) {
			test_take_all(&t);
			test_advance(&t, 10 * SEA_MSEC);
		}
	}
	test_take_all(&t);
	assert_int_equal(table()->n_dynamic, 1024);
	assert_int_equal(state_of("10.0.0.2"), SEA_NUD_REACHABLE);
	/* One that nobody has spoken to yet is found while the scan goes on. */
	test_inject_ip(&t, &(struct test_ip){ .dst = "172.16.0.2", .proto = 253 }, "12345678", 8);
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_TABLE_FULL), 0);
	test_expect_ip4(test_expect_arp(&t, far, &test_broadcast_mac, SEA_ARP_REQUEST)->target_ip,
			"172.16.0.2");
	reply_from(far, &far_mac, "172.16.0.2");
	assert_memory_equal(test_take(&t)->bytes, far_mac.b, 6);
}

/* case 77: answers that nobody asked for, under ever new addresses and under those we know. */
static void flood_of_claims_makes_no_entry_and_moves_none_for_a_second(void **state)
{
	char addr[16];

	send_to("10.0.0.2", 8);
	reply_from_peer();
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(addr, sizeof(addr), "10.0.%u.%u", 1 + (i >> 8), i & 0xff);
		reply_from(t.link, &far_mac, addr);
	}
	assert_int_equal(table()->entries.n, 1);
	reply_from(t.link, &far_mac, "10.0.0.2");
	test_take_all(&t);
	send_to("10.0.0.2", 8);
	assert_memory_equal(test_take(&t)->bytes, test_peer_mac.b, 6);
	reply_from(t.link, &far_mac, "10.0.0.1"); /* who says that he is we */
	assert_int_equal(table()->entries.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(probes_go_on_to_all_where_mcast_resolicit_says_so),
		T(whoever_watches_is_asked_first_with_app_solicit),
		T(managed_entry_is_kept_resolved),
		T(what_others_learnt_is_not_collected),
		T(scan_of_a_prefix_leaves_room_for_those_who_are_there),
		T(flood_of_claims_makes_no_entry_and_moves_none_for_a_second),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
