/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours by NDP: asked for, answered, believed (RFC 4861 §7). */
#include "ip/ndp.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;

static const struct sea_mac other_mac = { { 2, 0, 0, 0, 0, 9 } };

static int setup(void **state)
{
	test_stack_new6(&t, modules, 2);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* A message with or without a link address option. */
struct msg {
	uint8_t bytes[64];
	size_t len;
};

static struct msg make(uint8_t type, uint8_t flags, const char *target, uint8_t opt,
		       const struct sea_mac *mac)
{
	struct sea_ipaddr a = test_ip6(target);
	struct msg m = { .bytes = { type, 0, 0, 0, flags }, .len = 24 };

	memcpy(m.bytes + 8, a.b, 16);
	if (mac)
		m.len += sea_ndp_put_lladdr(m.bytes + m.len, opt, mac);
	return m;
}

static struct msg ns(const char *target, const struct sea_mac *mac)
{
	return make(SEA_NDP_NS, 0, target, SEA_NDP_OPT_SLLA, mac);
}

static struct msg na(uint8_t flags, const char *target, const struct sea_mac *mac)
{
	return make(SEA_NDP_NA, flags, target, SEA_NDP_OPT_TLLA, mac);
}

static void inject(struct test_ip6 ip, struct msg m)
{
	ip.hop_limit = ip.hop_limit ? ip.hop_limit : 255;
	test_inject_icmp6(&t, &ip, m.bytes, m.len);
}

static struct sea_neigh *peer(void)
{
	struct sea_ipaddr a = test_ip6(TEST_PEER_IP6);

	return sea_neigh_find(&sea_ipv6_of(t.stack)->neigh, t.link, &a);
}

static uint8_t peer_state(void)
{
	struct sea_neigh *n = peer();

	return n ? n->state : SEA_NUD_NONE;
}

/* Sends a datagram of ours to the peer. */
static void send_to_peer(void)
{
	struct sea_flow flow = { .family = SEA_AF_INET6,
				 .proto = SEA_IPPROTO_UDP,
				 .dst = test_ip6(TEST_PEER_IP6) };
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

/* The solicitation that must have gone out; its target is the peer. */
static const struct sea_ipv6_hdr *expect_ns(size_t *len)
{
	const uint8_t *msg;
	const struct sea_ipv6_hdr *ip =
		test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, len);

	assert_int_equal(msg[0], SEA_NDP_NS);
	assert_int_equal(ip->hop_limit, 255);
	assert_true(test_is_ip6(msg + 8, TEST_PEER_IP6));
	return ip;
}

struct answer {
	struct sea_ipv6_hdr ip;
	uint8_t flags;
	size_t len;
	uint8_t bytes[64];
};

static struct answer expect_na(const char *target)
{
	const uint8_t *msg;
	struct answer a;
	size_t len;

	a.ip = *test_expect_ip6(test_take(&t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_int_equal(msg[0], SEA_NDP_NA);
	assert_int_equal(a.ip.hop_limit, 255);
	assert_true(test_is_ip6(msg + 8, target));
	a.flags = msg[4];
	a.len = len;
	memcpy(a.bytes, msg, len < sizeof(a.bytes) ? len : sizeof(a.bytes));
	return a;
}

/* RFC4861:7.2.2-a, RFC4861:7.2.2-c */
static void what_waits_for_a_neighbour_goes_when_he_answers(void **state)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *payload;
	size_t len;

	send_to_peer();
	ip = expect_ns(&len);
	assert_int_equal(len, 32);
	assert_true(test_is_ip6(ip->dst, "ff02::1:ff00:2"));
	assert_true(test_is_ip6(ip->src, TEST_OUR_IP6));
	assert_memory_equal(t.frame.bytes, "\x33\x33\xff\x00\x00\x02", 6);
	assert_memory_equal(t.frame.bytes + 14 + 40 + 24, "\x01\x01\x02\x00\x00\x00\x00\x01", 8);
	assert_null(test_take(&t));
	inject((struct test_ip6){ 0 },
	       na(SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE, TEST_PEER_IP6, &test_peer_mac));
	test_expect_ip6(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
	assert_int_equal(peer_state(), SEA_NUD_REACHABLE);
}

/* RFC4861:7.2.2-d */
static void three_questions_without_an_answer_are_enough(void **state)
{
	size_t len;

	send_to_peer();
	for (unsigned i = 0; i < 3; i++) {
		expect_ns(&len);
		assert_null(test_take(&t));
		test_advance(&t, SEA_SEC);
	}
	assert_null(test_take(&t));
	assert_int_equal(peer_state(), SEA_NUD_FAILED);
	assert_int_equal(test_drops(&t, SEA_DROP_NEIGH_FAILED), 1);
}

/* RFC4861:7.2.4-a */
static void a_solicitation_for_our_address_is_answered(void **state)
{
	struct answer a;

	inject((struct test_ip6){ .dst = "ff02::1:ff00:1" }, ns(TEST_OUR_IP6, &test_peer_mac));
	a = expect_na(TEST_OUR_IP6);
	assert_int_equal(a.flags, SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE);
	assert_int_equal(a.len, 32);
	assert_memory_equal(a.bytes + 24, "\x02\x01\x02\x00\x00\x00\x00\x01", 8);
	assert_true(test_is_ip6(a.ip.dst, TEST_PEER_IP6));
	assert_true(test_is_ip6(a.ip.src, TEST_OUR_IP6));
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
	assert_int_equal(peer_state(), SEA_NUD_DELAY); /* it was spoken to */
}

/* RFC4861:7.2.4-b, as Linux: who asks us alone knows our MAC. */
static void a_unicast_solicitation_is_answered_without_the_mac(void **state)
{
	struct answer a;

	inject((struct test_ip6){ 0 }, ns(TEST_OUR_IP6, &test_peer_mac));
	a = expect_na(TEST_OUR_IP6);
	assert_int_equal(a.flags, SEA_NDP_NA_SOLICITED);
	assert_int_equal(a.len, 24);
}

/* RFC4861:7.2.4-c, RFC4861:7.2.3-c */
static void who_tries_our_address_is_told_so_by_all(void **state)
{
	struct answer a;

	inject((struct test_ip6){ .src = "::", .dst = "ff02::1:ff00:1" }, ns(TEST_OUR_IP6, NULL));
	a = expect_na(TEST_OUR_IP6);
	assert_int_equal(a.flags, SEA_NDP_NA_OVERRIDE);
	assert_true(test_is_ip6(a.ip.dst, "ff02::1"));
	assert_memory_equal(a.bytes + 24, "\x02\x01\x02\x00\x00\x00\x00\x01", 8);
}

/* RFC4861:7.2.3-a */
static void a_question_for_anothers_address_is_not_answered(void **state)
{
	inject((struct test_ip6){ .dst = "ff02::1" }, ns("2001:db8::7", &test_peer_mac));
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_NOT_OURS), 1);
	assert_int_equal(peer_state(), SEA_NUD_NONE);
}

static void expect_malformed(struct test_ip6 ip, struct msg m)
{
	uint64_t before = test_drops(&t, SEA_DROP_NDP_MALFORMED);

	inject(ip, m);
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_MALFORMED), before + 1);
	assert_null(test_take(&t));
}

/* case 71. RFC4861:7.1.1-a, RFC4861:7.1.1-b, RFC4862:5.4.1-a */
static void solicitations_that_are_not_valid_are_dropped(void **state)
{
	const struct test_ip6 group = { .dst = "ff02::1:ff00:1" };
	struct msg m = ns(TEST_OUR_IP6, &test_peer_mac);

	expect_malformed((struct test_ip6){ .dst = group.dst, .hop_limit = 254 }, m);
	m.bytes[1] = 1;
	expect_malformed(group, m);
	m = ns(TEST_OUR_IP6, &test_peer_mac);
	m.len = 23;
	expect_malformed(group, m);
	m = ns(TEST_OUR_IP6, &test_peer_mac);
	m.bytes[25] = 0; /* an option of no length */
	expect_malformed(group, m);
	m.bytes[25] = 2; /* longer than the message */
	expect_malformed(group, m);
	expect_malformed(group, ns("ff02::1", &test_peer_mac));
	/* From nobody: only to the solicited-node group, and without a MAC. */
	expect_malformed((struct test_ip6){ .src = "::" }, ns(TEST_OUR_IP6, NULL));
	expect_malformed((struct test_ip6){ .src = "::", .dst = "ff02::1" },
			 ns(TEST_OUR_IP6, NULL));
	expect_malformed((struct test_ip6){ .src = "::", .dst = group.dst },
			 ns(TEST_OUR_IP6, &test_peer_mac));
}

/* RFC4861:7.1.2-a */
static void advertisements_that_are_not_valid_are_dropped(void **state)
{
	expect_malformed((struct test_ip6){ .hop_limit = 64 },
			 na(SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, &other_mac));
	expect_malformed((struct test_ip6){ 0 }, na(0, "ff02::2", &other_mac));
	expect_malformed((struct test_ip6){ .dst = "ff02::1" },
			 na(SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, &other_mac));
}

/* RFC4861:7.2.5-a */
static void an_advertisement_that_nobody_asked_for_makes_no_neighbour(void **state)
{
	inject((struct test_ip6){ .dst = "ff02::1" },
	       na(SEA_NDP_NA_OVERRIDE, TEST_PEER_IP6, &test_peer_mac));
	assert_int_equal(peer_state(), SEA_NUD_NONE);
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_NOT_OURS), 1);
}

static void make_reachable(void)
{
	send_to_peer();
	inject((struct test_ip6){ 0 },
	       na(SEA_NDP_NA_SOLICITED | SEA_NDP_NA_OVERRIDE, TEST_PEER_IP6, &test_peer_mac));
	test_take_all(&t);
	assert_int_equal(peer_state(), SEA_NUD_REACHABLE);
}

/* RFC4861:7.2.5-c, RFC4861:7.3.3-d */
static void another_mac_without_override_only_casts_doubt(void **state)
{
	make_reachable();
	inject((struct test_ip6){ 0 }, na(SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, &other_mac));
	assert_int_equal(peer_state(), SEA_NUD_STALE);
	assert_memory_equal(peer()->mac.b, test_peer_mac.b, 6);
	inject((struct test_ip6){ 0 }, na(SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, &other_mac));
	assert_int_equal(peer_state(), SEA_NUD_STALE);
	assert_memory_equal(peer()->mac.b, test_peer_mac.b, 6);
}

/* RFC4861:7.2.5-d */
static void another_mac_with_override_replaces_the_first(void **state)
{
	make_reachable();
	inject((struct test_ip6){ .dst = "ff02::1" },
	       na(SEA_NDP_NA_OVERRIDE, TEST_PEER_IP6, &other_mac));
	assert_int_equal(peer_state(), SEA_NUD_STALE);
	assert_memory_equal(peer()->mac.b, other_mac.b, 6);
	inject((struct test_ip6){ 0 }, na(SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, NULL));
	assert_int_equal(peer_state(), SEA_NUD_REACHABLE);
	assert_memory_equal(peer()->mac.b, other_mac.b, 6);
}

/* RFC4861:7.2.5-e */
static void the_router_flag_is_what_the_last_advertisement_says(void **state)
{
	make_reachable();
	assert_false(peer()->flags & SEA_NTF_ROUTER);
	inject((struct test_ip6){ 0 },
	       na(SEA_NDP_NA_ROUTER | SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, &test_peer_mac));
	assert_true(peer()->flags & SEA_NTF_ROUTER);
	inject((struct test_ip6){ 0 }, na(SEA_NDP_NA_SOLICITED, TEST_PEER_IP6, &test_peer_mac));
	assert_false(peer()->flags & SEA_NTF_ROUTER);
}

/* RFC4861:7.3.3-a, RFC4861:7.3.3-c, RFC8504:5.4-a */
static void a_neighbour_in_doubt_is_probed_by_unicast(void **state)
{
	const struct sea_ipv6_hdr *ip;
	size_t len;

	make_reachable();
	test_advance(&t, 60 * SEA_SEC);
	assert_int_equal(peer_state(), SEA_NUD_STALE);
	send_to_peer();
	assert_int_equal(test_take_all(&t), 1);
	assert_int_equal(peer_state(), SEA_NUD_DELAY);
	test_advance(&t, 5 * SEA_SEC);
	ip = expect_ns(&len);
	assert_true(test_is_ip6(ip->dst, TEST_PEER_IP6));
	assert_memory_equal(t.frame.bytes, test_peer_mac.b, 6);
}

/* RFC4861:7.2.6-a, as Linux with ndisc_notify */
static void a_new_mac_is_told_to_all_on_demand(void **state)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, 5 };
	struct answer a;

	assert_int_equal(sea_link_set_mac(t.link, mac, t.now), 0);
	assert_null(test_take(&t));
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv6.conf.eth0.ndisc_notify", "1", t.now), 0);
	assert_int_equal(sea_link_set_mac(t.link, test_our_mac.b, t.now), 0);
	a = expect_na(TEST_OUR_IP6);
	assert_int_equal(a.flags, SEA_NDP_NA_OVERRIDE);
	assert_true(test_is_ip6(a.ip.dst, "ff02::1"));
	assert_memory_equal(a.bytes + 24, "\2\1\2\0\0\0\0\1", 8);
	expect_na(TEST_OUR_LL);
	assert_null(test_take(&t));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_for_a_neighbour_goes_when_he_answers),
		TEST(three_questions_without_an_answer_are_enough),
		TEST(a_solicitation_for_our_address_is_answered),
		TEST(a_unicast_solicitation_is_answered_without_the_mac),
		TEST(who_tries_our_address_is_told_so_by_all),
		TEST(a_question_for_anothers_address_is_not_answered),
		TEST(solicitations_that_are_not_valid_are_dropped),
		TEST(advertisements_that_are_not_valid_are_dropped),
		TEST(an_advertisement_that_nobody_asked_for_makes_no_neighbour),
		TEST(another_mac_without_override_only_casts_doubt),
		TEST(another_mac_with_override_replaces_the_first),
		TEST(the_router_flag_is_what_the_last_advertisement_says),
		TEST(a_neighbour_in_doubt_is_probed_by_unicast),
		TEST(a_new_mac_is_told_to_all_on_demand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
