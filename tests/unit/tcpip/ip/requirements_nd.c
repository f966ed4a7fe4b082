/* SPDX-License-Identifier: Apache-2.0 */
/* What RFC 4861 and 4862 ask for and no test of a single part shows. */
#include "ip/ndp.h"
#include "tests/unit/tcpip/ip/nd_fixture.h"

#define PEER "fe80::ff:fe00:2"

static const struct sea_mac other_mac = { { 2, 0, 0, 0, 0, 9 } };
static struct test_stack t;

static int setup(void **state)
{
	nd_new(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static struct sea_neigh *neighbour(const char *addr)
{
	struct sea_ipaddr a = test_ip6(addr);

	return sea_neigh_find(&sea_ipv6_of(t.stack)->neigh, t.link, &a);
}

/* A message of `fixed` bytes about `target` (NULL: about none), with an option or without. */
static void inject(uint8_t type, const char *target, uint8_t flags, uint8_t opt,
		   const struct sea_mac *mac, struct test_ip6 ip)
{
	uint8_t msg[40] = { type, 0, 0, 0, flags };
	size_t len = sea_ndp_fixed_len(type);

	if (target)
		memcpy(msg + 8, test_ip6(target).b, 16);
	if (mac)
		len += sea_ndp_put_lladdr(msg + len, opt, mac);
	ip.src = ip.src ? ip.src : PEER;
	ip.hop_limit = 255;
	test_inject_icmp6(&t, &ip, msg, len);
}

static void ns(const struct sea_mac *mac)
{
	inject(SEA_NDP_NS, ND_OUR_LL, 0, SEA_NDP_OPT_SLLA, mac,
	       (struct test_ip6){ .dst = "ff02::1:ff00:1" });
}

static void na(uint8_t flags, const struct sea_mac *mac)
{
	inject(SEA_NDP_NA, PEER, flags, SEA_NDP_OPT_TLLA, mac,
	       (struct test_ip6){ .dst = ND_OUR_LL });
}

/* -- routers -- */

/* RFC4861:6.1.1-a */
static void router_solicitations_are_for_programs(void **state)
{
	nd_settle(&t);
	inject(SEA_NDP_RS, NULL, 0, 0, NULL, (struct test_ip6){ .dst = "ff02::2" });
	assert_int_equal(test_drops(&t, SEA_DROP_IP_GROUP), 1); /* that is for routers */
	inject(SEA_NDP_RS, NULL, 0, SEA_NDP_OPT_SLLA, &other_mac,
	       (struct test_ip6){ .dst = ND_OUR_LL });
	assert_int_equal(test_drops(&t, SEA_DROP_ICMP_TYPE), 1);
	assert_null(neighbour(PEER));
	assert_null(test_take(&t));
}

/* RFC4861:6.1.2-d */
static void options_out_of_place_are_ignored(void **state)
{
	struct nd_ra ra = nd_ra(1800);

	nd_settle(&t);
	ra.opts_len += sea_ndp_put_lladdr(ra.opts, SEA_NDP_OPT_TLLA, &other_mac);
	memcpy(ra.opts + ra.opts_len, "\x04\x02\0\0\0\0\0\0\x60\0\0\0\0\0\0\0", 16);
	ra.opts_len += 16;
	nd_prefix(&ra, "2001:db8:1::/64", "LA", 3600, 1800);
	nd_inject(&t, &ra);
	assert_string_equal(nd_next_hop(&t, "2001:db8:9::1"), ND_ROUTER);
	nd_expect_addr(&t, "2001:db8:1::ff:fe00:1");
	assert_false(neighbour(ND_ROUTER)->state &
		     SEA_NUD_VALID); /* the target's is not the source's */
}

/* RFC4861:6.3.4-f */
static void a_router_that_advertises_itself_is_a_neighbour(void **state)
{
	struct nd_ra ra = nd_ra(1800);

	nd_settle(&t);
	ra.opts_len += sea_ndp_put_lladdr(ra.opts, SEA_NDP_OPT_SLLA, &other_mac);
	nd_inject(&t, &ra);
	assert_non_null(neighbour(ND_ROUTER));
	assert_int_equal(neighbour(ND_ROUTER)->state, SEA_NUD_STALE);
	assert_memory_equal(neighbour(ND_ROUTER)->mac.b, other_mac.b, 6);
	assert_true(neighbour(ND_ROUTER)->flags & SEA_NTF_ROUTER);
}

/* -- neighbours -- */

/* RFC4861:7.2.3-b */
static void who_asks_is_remembered_as_stale(void **state)
{
	nd_settle(&t);
	ns(&test_peer_mac);
	assert_memory_equal(neighbour(PEER)->mac.b, test_peer_mac.b, 6);
	assert_true(neighbour(PEER)->state & (SEA_NUD_STALE | SEA_NUD_DELAY));
	na(SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE, &test_peer_mac);
	assert_int_equal(neighbour(PEER)->state, SEA_NUD_REACHABLE);
	ns(&other_mac);
	assert_memory_equal(neighbour(PEER)->mac.b, other_mac.b, 6);
	assert_true(neighbour(PEER)->state & (SEA_NUD_STALE | SEA_NUD_DELAY));
}

static uint8_t answered_flags(void)
{
	const uint8_t *msg;
	size_t len;

	test_take_all(&t);
	ns(&test_peer_mac);
	assert_non_null(nd_take(&t, SEA_NDP_NA, &msg, &len));
	return msg[4];
}

/* RFC4861:7.2.4-d */
static void the_router_flag_is_set_by_who_forwards(void **state)
{
	nd_settle(&t);
	assert_int_equal(answered_flags(), SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE);
	nd_set(&t, "forwarding", "1");
	assert_int_equal(answered_flags(),
			 SEA_NDP_NA_ROUTER | SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE);
	nd_set(&t, "forwarding", "0");
	assert_int_equal(answered_flags(), SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE);
}

static void send_to_peer(void)
{
	struct sea_flow flow = { .family = SEA_AF_INET6,
				 .oif = t.link->ifindex,
				 .dst = test_ip6(PEER) };
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_UDP };
	struct sea_pkt *pkt;
	struct sea_dst dst;

	sea_stack_enter(t.stack, t.now);
	pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 8);
	assert_true(sea_pkt_append(pkt, "12345678", 8));
	pkt->off_trans = sea_pkt_offset(pkt);
	assert_int_equal(sea_ip_route(t.stack, &flow, &dst), 0);
	assert_int_equal(sea_ip_output(t.stack, pkt, &dst, &tx), 0);
	sea_dst_put(t.stack, &dst);
	sea_stack_leave(t.stack);
	test_settle(&t);
}

/* RFC4861:7.2.5-b */
static void an_answer_without_an_address_answers_nothing(void **state)
{
	nd_settle(&t);
	send_to_peer();
	assert_int_equal(neighbour(PEER)->state, SEA_NUD_INCOMPLETE);
	na(SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE, NULL);
	assert_int_equal(neighbour(PEER)->state, SEA_NUD_INCOMPLETE);
	na(SEA_NDP_NA_SOLICITED, &test_peer_mac);
	assert_int_equal(neighbour(PEER)->state, SEA_NUD_REACHABLE);
}

/* RFC4861:7.3.3-b */
static void three_probes_without_an_answer_end_it(void **state)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *msg;
	size_t len;

	nd_settle(&t);
	ns(&test_peer_mac);
	test_take_all(&t);
	send_to_peer();
	assert_int_equal(test_take_all(&t), 1); /* the packet, at once */
	test_advance(&t, 5 * SEA_SEC);
	for (unsigned i = 0; i < 3; i++) {
		ip = nd_take(&t, SEA_NDP_NS, &msg, &len);
		assert_non_null(ip);
		assert_true(test_is_ip6(ip->dst, PEER)); /* unicast */
		assert_null(test_take(&t));
		test_advance(&t, SEA_SEC);
	}
	assert_int_equal(neighbour(PEER)->state, SEA_NUD_FAILED);
	send_to_peer();
	ip = nd_take(&t, SEA_NDP_NS, &msg, &len);
	assert_true(test_is_ip6(ip->dst, "ff02::1:ff00:2")); /* and anew, of all */
}

/* Found by fuzzing: twice the longest reachable time is no int any more. */
static void the_longest_reachable_time_is_borne(void **state)
{
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.neigh.default.base_reachable_time_ms",
					"2147483647", t.now),
			 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.neigh.eth0.base_reachable_time_ms",
					"2147483647", t.now),
			 0);
	nd_settle(&t);
	ns(&test_peer_mac);
	assert_true(sea_time_before(neighbour(PEER)->confirmed, t.now)); /* long ago */
	assert_int_equal(sea_time_diff(t.now, neighbour(PEER)->confirmed) / SEA_MSEC,
			 2 * INT64_C(2147483647));
	na(SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE, &test_peer_mac);
	test_advance(&t, 3600 * SEA_SEC);
	assert_int_equal(neighbour(PEER)->state, SEA_NUD_REACHABLE);
}

/* -- addresses -- */

/* RFC4862:5.3-c */
static void a_link_local_address_lives_for_ever(void **state)
{
	nd_settle(&t);
	assert_int_equal(nd_expect_addr(&t, ND_OUR_LL).valid_s, SEA_LIFETIME_INFINITE);
	assert_int_equal(nd_expect_addr(&t, ND_OUR_LL).preferred_s, SEA_LIFETIME_INFINITE);
}

static const uint8_t echo_request[] = { SEA_ICMP6_ECHO, 0, 0, 0, 0, 1, 0, 1 };

/* RFC4862:5.4-d */
static void a_tentative_address_neither_speaks_nor_answers(void **state)
{
	const struct test_ip6 ip = { .dst = "2001:db8::1" };
	const uint8_t *msg;
	size_t len;

	nd_settle(&t);
	assert_int_equal(nd_add(&t, "2001:db8::1/64", 0, 0, 0), 0);
	assert_true(nd_expect_addr(&t, "2001:db8::1").flags & SEA_IFA_TENTATIVE);
	test_inject_icmp6(&t, &ip, echo_request, sizeof(echo_request));
	inject(SEA_NDP_NS, "2001:db8::1", 0, SEA_NDP_OPT_SLLA, &test_peer_mac,
	       (struct test_ip6){ .dst = "ff02::1:ff00:1" });
	assert_null(nd_take(&t, SEA_NDP_NA, &msg, &len));
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutEchoReplies), 0);
	test_advance(&t, 3 * SEA_SEC);
	assert_false(nd_expect_addr(&t, "2001:db8::1").flags & SEA_IFA_TENTATIVE);
	test_inject_icmp6(&t, &ip, echo_request, sizeof(echo_request));
	assert_int_equal(test_mib(&t, SEA_MIB_Icmp6OutEchoReplies), 1);
}

/* RFC4862:5.4.2-a */
static void the_groups_are_joined_before_it_is_asked(void **state)
{
	struct sea_ipaddr all = test_ip6("ff02::1"), group = test_ip6("ff02::1:ff00:77");
	const struct sea_groups *g;

	nd_settle(&t);
	assert_int_equal(nd_add(&t, "2001:db8::77/64", 0, 0, 0), 0);
	g = &sea_link_ip6(t.link)->groups;
	assert_int_equal(nd_count_sent(&t, SEA_NDP_NS), 0); /* nobody was asked yet */
	assert_true(sea_group_heard(g, &all) && sea_group_heard(g, &group));
	test_advance(&t, 2 * SEA_SEC);
	assert_true(nd_count_sent(&t, SEA_NDP_NS) > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(router_solicitations_are_for_programs),
		T(options_out_of_place_are_ignored),
		T(a_router_that_advertises_itself_is_a_neighbour),
		T(who_asks_is_remembered_as_stale),
		T(the_router_flag_is_set_by_who_forwards),
		T(an_answer_without_an_address_answers_nothing),
		T(three_probes_without_an_answer_end_it),
		T(the_longest_reachable_time_is_borne),
		T(a_link_local_address_lives_for_ever),
		T(a_tentative_address_neither_speaks_nor_answers),
		T(the_groups_are_joined_before_it_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
