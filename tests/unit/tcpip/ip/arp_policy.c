/* SPDX-License-Identifier: Apache-2.0 */
/* What the sysctls of a link make of ARP: whom it answers, for whom, whom it believes and how it asks. */
#include <errno.h>
#include <stdio.h>

#include "ip/ipv4.h"
#include "tests/lib/arp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static struct test_stack t;
static struct sea_link *far;

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

static void add_addr(struct sea_link *link, const char *prefix, enum sea_scope scope)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = link->ifindex, .scope = scope };

	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
}

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	far = test_add_link(&t, "eth1", &our_far_mac, "192.168.1.1/24");
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void ask(const char *sender, const char *target)
{
	test_inject_question(&t, t.link, &test_peer_mac, sender, target);
}

static void expect_answer(const char *addr)
{
	const struct sea_arp_hdr *arp = test_expect_arp(&t, t.link, &test_peer_mac, SEA_ARP_REPLY);

	test_expect_ip4(arp->sender_ip, addr);
	assert_memory_equal(arp->sender_mac.b, test_our_mac.b, 6);
	assert_null(test_take(&t));
}

static void expect_silence(void)
{
	assert_null(test_take(&t));
}

static bool known(const char *addr)
{
	struct sea_neigh_info info = { .size = sizeof(info) };
	struct sea_addr a = test_addr(addr);
	uint64_t cursor = 0;

	while (sea_neigh_next(t.stack, &cursor, &info))
		if (!memcmp(info.addr.b, a.b, 16) && !(info.flags & SEA_NTF_PROXY))
			return true;
	return false;
}

/* -- arp_ignore, arp_filter -- */

/* RFC826:reply-to-what-is-ours: by default for an address of any link. */
static void any_address_is_answered_for_on_any_link(void **state)
{
	ask("10.0.0.2", "192.168.1.1");
	expect_answer("192.168.1.1");
	ask("10.0.0.2", "127.0.0.1");
	expect_silence();
	ask("10.0.0.2", "10.0.0.77");
	expect_silence();
}

static void arp_ignore_1_answers_for_the_addresses_of_the_link(void **state)
{
	set("net.ipv4.conf.eth0.arp_ignore", "1");
	ask("10.0.0.2", "192.168.1.1");
	expect_silence();
	assert_int_equal(test_drops(&t, SEA_DROP_ARP_IGNORED), 1);
	assert_false(known("10.0.0.2"));
	ask("192.168.7.7", "10.0.0.1");
	expect_answer("10.0.0.1");
	ask("0.0.0.0", "192.168.1.1"); /* a probe */
	expect_silence();
}

static void arp_ignore_2_answers_those_of_the_same_prefix_only(void **state)
{
	set("net.ipv4.conf.all.arp_ignore", "2");
	ask("192.168.7.7", "10.0.0.1");
	expect_silence();
	ask("10.0.0.2", "10.0.0.1");
	expect_answer("10.0.0.1");
}

static void arp_ignore_3_does_not_answer_for_addresses_of_scope_host(void **state)
{
	add_addr(far, "10.9.9.9/32", SEA_SCOPE_HOST);
	ask("10.0.0.2", "10.9.9.9");
	expect_answer("10.9.9.9");
	set("net.ipv4.conf.all.arp_ignore", "3");
	ask("10.0.0.2", "10.9.9.9");
	expect_silence();
	ask("10.0.0.2", "192.168.1.1");
	expect_answer("192.168.1.1");
}

static void arp_ignore_8_answers_nobody_and_4_to_7_are_as_0(void **state)
{
	set("net.ipv4.conf.all.arp_ignore", "8");
	ask("10.0.0.2", "10.0.0.1");
	expect_silence();
	set("net.ipv4.conf.all.arp_ignore", "4");
	ask("10.0.0.2", "192.168.1.1");
	expect_answer("192.168.1.1");
}

static void arp_filter_answers_where_our_packets_would_go_out(void **state)
{
	set("net.ipv4.conf.all.arp_filter", "1");
	ask("10.0.0.2", "192.168.1.1");
	expect_answer("192.168.1.1");
	ask("192.168.1.9", "192.168.1.1");
	expect_silence();
	assert_int_equal(test_mib(&t, SEA_MIB_TcpExtArpFilter), 1);
	ask("198.51.100.1", "10.0.0.1");
	expect_silence();
}

static void reverse_path_filter_holds_for_questions_too(void **state)
{
	ask("192.168.1.9", "10.0.0.1");
	expect_answer("10.0.0.1");
	set("net.ipv4.conf.all.rp_filter", "1");
	ask("192.168.1.9", "10.0.0.1");
	expect_silence();
	assert_int_equal(test_mib(&t, SEA_MIB_TcpExtIPReversePathFilter), 0);
}

/* -- arp_accept, gratuitous messages -- */

static void gratuitous(const char *addr, enum sea_arp_op op)
{
	test_inject_arp(&t, t.link, &test_broadcast_mac, op, &test_peer_mac, addr, &test_peer_mac,
			addr);
}

static void stranger_is_learnt_only_where_arp_accept_says_so(void **state)
{
	gratuitous("10.0.0.50", SEA_ARP_REQUEST);
	assert_false(known("10.0.0.50"));
	set("net.ipv4.conf.eth0.arp_accept", "2");
	gratuitous("10.0.0.50", SEA_ARP_REQUEST);
	assert_true(known("10.0.0.50"));
	gratuitous("10.7.0.51", SEA_ARP_REPLY);
	assert_false(known("10.7.0.51")); /* not of the link's prefix */
	set("net.ipv4.conf.eth0.arp_accept", "1");
	gratuitous("10.7.0.51", SEA_ARP_REPLY);
	assert_true(known("10.7.0.51"));
	gratuitous("10.0.0.1", SEA_ARP_REQUEST); /* ours */
	assert_false(known("10.0.0.1"));
	/* A question for somebody else is no news of the asker. */
	ask("10.0.0.60", "10.0.0.61");
	assert_false(known("10.0.0.60"));
}

static void drop_gratuitous_arp_believes_none(void **state)
{
	set("net.ipv4.conf.all.arp_accept", "1");
	set("net.ipv4.conf.eth0.drop_gratuitous_arp", "1");
	gratuitous("10.0.0.50", SEA_ARP_REQUEST);
	gratuitous("10.0.0.51", SEA_ARP_REPLY);
	assert_false(known("10.0.0.50"));
	assert_false(known("10.0.0.51"));
	assert_int_equal(test_drops(&t, SEA_DROP_ARP_IGNORED), 2);
}

/* -- arp_notify, arp_evict_nocarrier -- */

/* RFC826 RFC5227:3-announcement */
static void arp_notify_tells_of_our_addresses_at_up_and_new_mac(void **state)
{
	const struct sea_arp_hdr *arp;

	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	expect_silence();
	add_addr(t.link, "10.0.0.7/24", SEA_SCOPE_GLOBAL);
	set("net.ipv4.conf.eth0.arp_notify", "1");
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	for (unsigned i = 0; i < 2; i++) {
		arp = test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);
		test_expect_ip4(arp->sender_ip, i ? "10.0.0.7" : "10.0.0.1");
		test_expect_ip4(arp->target_ip, i ? "10.0.0.7" : "10.0.0.1");
	}
	assert_int_equal(sea_link_set_mac(t.link, far_mac.b, t.now), 0);
	arp = test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);
	assert_memory_equal(arp->sender_mac.b, far_mac.b, 6);
	assert_int_equal(test_take_all(&t), 1);
}

static void neighbours_go_with_the_carrier_unless_they_are_permanent(void **state)
{
	test_know_peer(&t);
	ask("10.0.0.3", "10.0.0.1");
	test_take_all(&t);
	set("net.ipv4.conf.eth0.arp_evict_nocarrier", "0");
	sea_link_set_carrier(t.link, false, t.now);
	sea_link_set_carrier(t.link, true, t.now);
	assert_true(known("10.0.0.3"));
	set("net.ipv4.conf.eth0.arp_evict_nocarrier", "1");
	sea_link_set_carrier(t.link, false, t.now);
	assert_false(known("10.0.0.3"));
	assert_true(known("10.0.0.2"));
}

/* -- arp_announce -- */

static void send_from(const char *src, const char *dst)
{
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .src = sea_ipaddr_of4(test_ip4(src)),
				 .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 8);
	struct sea_dst way;

	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_true(sea_pkt_append(pkt, "12345678", 8));
	pkt->off_trans = sea_pkt_offset(pkt);
	(void)sea_ip_output(t.stack, pkt, &way, &(struct sea_ip_tx){ .proto = 253 });
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void expect_question_from(const char *sender)
{
	const struct sea_arp_hdr *arp =
		test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);

	test_expect_ip4(arp->sender_ip, sender);
}

static void arp_announce_chooses_whom_a_question_comes_from(void **state)
{
	add_addr(t.link, "10.0.0.7/24", SEA_SCOPE_GLOBAL);
	send_from("192.168.1.1", "10.0.0.50");
	expect_question_from("192.168.1.1");
	set("net.ipv4.conf.all.arp_announce", "1");
	send_from("192.168.1.1", "10.0.0.51");
	expect_question_from("10.0.0.1");
	send_from("10.0.0.7", "10.0.0.52");
	expect_question_from("10.0.0.7");
	set("net.ipv4.conf.eth0.arp_announce", "2");
	send_from("10.0.0.7", "10.0.0.53");
	expect_question_from("10.0.0.1");
}

/* -- proxies -- */

static void be_router(void)
{
	struct sea_neigh_params *p = &sea_link_ip4(t.link)->neigh;

	set("net.ipv4.ip_forward", "1");
	p->proxy_delay = 0;
}

static void proxy_arp_answers_for_what_is_behind_another_link(void **state)
{
	be_router();
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
	set("net.ipv4.conf.eth0.proxy_arp", "1");
	ask("10.0.0.2", "192.168.1.50");
	expect_answer("192.168.1.50");
	assert_true(known("10.0.0.2"));
	ask("10.0.0.2", "10.0.0.50"); /* it stands where the asker does */
	expect_silence();
	ask("10.0.0.2", "198.51.100.1"); /* nowhere */
	expect_silence();
	set("net.ipv4.conf.eth0.forwarding", "0");
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
}

static void proxy_arp_pvlan_answers_for_the_same_link(void **state)
{
	be_router();
	set("net.ipv4.conf.eth0.proxy_arp_pvlan", "1");
	ask("10.0.0.2", "10.0.0.50");
	expect_answer("10.0.0.50");
	ask("10.0.0.2", "10.0.0.2"); /* a probe for itself */
	expect_silence();
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
}

static void links_of_one_medium_need_no_proxy(void **state)
{
	be_router();
	set("net.ipv4.conf.all.proxy_arp", "1");
	set("net.ipv4.conf.eth0.medium_id", "4");
	ask("10.0.0.2", "192.168.1.50");
	expect_answer("192.168.1.50");
	set("net.ipv4.conf.eth1.medium_id", "4");
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
	set("net.ipv4.conf.eth1.medium_id", "5");
	set("net.ipv4.conf.eth0.medium_id", "-1");
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
}

static void proxy_entries_are_answered_for(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = t.link->ifindex,
				    .addr = test_addr("192.168.1.50"),
				    .flags = SEA_NTF_PROXY };
	struct sea_neigh_info seen = { .size = sizeof(seen) };
	uint64_t cursor = 0;

	be_router();
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	ask("10.0.0.2", "192.168.1.50");
	expect_answer("192.168.1.50");
	ask("10.0.0.2", "192.168.1.51");
	expect_silence();
	do
		assert_true(sea_neigh_next(t.stack, &cursor, &seen));
	while (!(seen.flags & SEA_NTF_PROXY));
	assert_memory_equal(seen.addr.b, n.addr.b, 16);
	assert_false(sea_neigh_next(t.stack, &cursor, &seen));
	assert_int_equal(sea_neigh_del(t.stack, &n, t.now), 0);
	assert_int_equal(sea_neigh_del(t.stack, &n, t.now), -ENOENT);
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
	n.ifindex = 0; /* on every link */
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	ask("10.0.0.2", "192.168.1.50");
	expect_answer("192.168.1.50");
	n.state = SEA_NUD_STALE;
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), -EINVAL);
}

static void proxy_entry_goes_with_its_link(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .ifindex = far->ifindex,
				    .addr = test_addr("10.0.0.50"),
				    .flags = SEA_NTF_PROXY };

	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	assert_int_equal(sea_link_set_up(far, false, t.now), 0);
	assert_int_equal(sea_neigh_del(t.stack, &n, t.now), -ENOENT);
}

static void proxy_waits_so_that_the_host_itself_answers_first(void **state)
{
	be_router();
	set("net.ipv4.conf.eth0.proxy_arp", "1");
	set("net.ipv4.neigh.eth0.proxy_delay", "80");
	ask("10.0.0.2", "192.168.1.50");
	expect_silence();
	test_advance(&t, 800 * SEA_MSEC);
	expect_answer("192.168.1.50");
	/* Asked in person, it answers at once. */
	test_inject_arp(&t, t.link, &test_our_mac, SEA_ARP_REQUEST, &test_peer_mac, "10.0.0.2",
			&test_our_mac, "192.168.1.50");
	expect_answer("192.168.1.50");
}

static void questions_that_wait_are_bounded_by_proxy_qlen(void **state)
{
	be_router();
	set("net.ipv4.conf.eth0.proxy_arp", "1");
	set("net.ipv4.neigh.eth0.proxy_delay", "80");
	set("net.ipv4.neigh.eth0.proxy_qlen", "3");
	for (unsigned i = 0; i < 10; i++)
		ask("10.0.0.2", "192.168.1.50");
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_PROXY_FULL), 6);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(test_drops(&t, SEA_DROP_LINK_DOWN), 4);
	test_advance(&t, SEA_SEC);
	expect_silence();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(any_address_is_answered_for_on_any_link),
		T(arp_ignore_1_answers_for_the_addresses_of_the_link),
		T(arp_ignore_2_answers_those_of_the_same_prefix_only),
		T(arp_ignore_3_does_not_answer_for_addresses_of_scope_host),
		T(arp_ignore_8_answers_nobody_and_4_to_7_are_as_0),
		T(arp_filter_answers_where_our_packets_would_go_out),
		T(reverse_path_filter_holds_for_questions_too),
		T(stranger_is_learnt_only_where_arp_accept_says_so),
		T(drop_gratuitous_arp_believes_none),
		T(arp_notify_tells_of_our_addresses_at_up_and_new_mac),
		T(neighbours_go_with_the_carrier_unless_they_are_permanent),
		T(arp_announce_chooses_whom_a_question_comes_from),
		T(proxy_arp_answers_for_what_is_behind_another_link),
		T(proxy_arp_pvlan_answers_for_the_same_link),
		T(links_of_one_medium_need_no_proxy),
		T(proxy_entries_are_answered_for),
		T(proxy_entry_goes_with_its_link),
		T(proxy_waits_so_that_the_host_itself_answers_first),
		T(questions_that_wait_are_bounded_by_proxy_qlen),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
