/* SPDX-License-Identifier: Apache-2.0 */
/* Duplicate address detection: RFC 4862 §5.4, RFC 7527, RFC 4429, as Linux does them. */
#include <errno.h>

#include "tests/unit/tcpip/ip/nd_fixture.h"

#define SETTLED (SEA_IFA_PERMANENT)
#define WAITING (SEA_IFA_PERMANENT | SEA_IFA_TENTATIVE)
#define FAILED (SEA_IFA_PERMANENT | SEA_IFA_TENTATIVE | SEA_IFA_DADFAILED)
#define A "2001:db8::5"

static void forget_ll(struct test_stack *t)
{
	nd_new(t);
	nd_settle(t);
}

static const struct sea_ndp_ns *take_ns(struct test_stack *t, const struct sea_ipv6_hdr **ip,
					size_t *len)
{
	const uint8_t *msg;

	*ip = nd_take(t, SEA_NDP_NS, &msg, len);
	return *ip ? (const void *)msg : NULL;
}

/* RFC4862:5.4.2-b, RFC4862:4-a, RFC4862:5.4-a */
static void an_address_is_asked_for_from_nowhere_before_it_is_used(void **state)
{
	const struct sea_ipv6_hdr *ip;
	const struct sea_ndp_ns *ns;
	struct test_stack t;
	size_t len;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	nd_expect_flags(&t, A, WAITING);
	assert_false(nd_is_local(&t, A));
	test_advance(&t, SEA_SEC); /* the random delay is up to one */
	ns = take_ns(&t, &ip, &len);
	assert_non_null(ns);
	assert_true(test_is_ip6(ip->src, "::"));
	assert_true(test_is_ip6(ip->dst, "ff02::1:ff00:5"));
	assert_int_equal(ip->hop_limit, 255);
	assert_true(test_is_ip6(ns->target, A));
	test_advance(&t, SEA_SEC); /* and the answer has a second */
	nd_expect_flags(&t, A, SETTLED);
	assert_true(nd_is_local(&t, A));
	assert_int_equal(nd_count_sent(&t, SEA_NDP_NS), 0);
	test_stack_free(&t);
}

/* RFC4862:5.4.2-c */
static void the_first_question_waits_for_a_random_time(void **state)
{
	const struct sea_ipv6_hdr *ip;
	struct test_stack t;
	size_t len;
	int64_t ms = 0;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	while (!take_ns(&t, &ip, &len)) {
		test_advance(&t, SEA_MSEC);
		assert_true(ms++ <= 1000);
	}
	assert_true(ms > 1);
	nd_set(&t, "router_solicitation_delay", "0");
	assert_int_equal(nd_add(&t, "2001:db8::6/64", 0, 0, 0), 0);
	test_settle(&t);
	assert_non_null(take_ns(&t, &ip, &len));
	test_stack_free(&t);
}

/* RFC4862:5.1-a (DupAddrDetectTransmits, RetransTimer) RFC4862:5.4-c */
static void it_is_asked_as_often_as_the_link_says(void **state)
{
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	nd_set(&t, "dad_transmits", "3");
	nd_set(&t, "router_solicitation_delay", "0");
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	test_advance(&t, 2999 * SEA_MSEC);
	nd_expect_flags(&t, A, WAITING);
	assert_int_equal(nd_count_sent(&t, SEA_NDP_NS), 3);
	test_advance(&t, SEA_MSEC);
	nd_expect_flags(&t, A, SETTLED);
	nd_set(&t, "dad_transmits", "0");
	assert_int_equal(nd_add(&t, "2001:db8::6/64", 0, 0, 0), 0);
	test_settle(&t);
	nd_expect_flags(&t, "2001:db8::6", SETTLED);
	assert_int_equal(nd_count_sent(&t, SEA_NDP_NS), 0);
	test_stack_free(&t);
}

static void nothing_is_asked_where_accept_dad_or_the_address_says_so(void **state)
{
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, "2001:db8::7/64", SEA_IFA_NODAD, 0, 0), 0);
	nd_expect_flags(&t, "2001:db8::7", SETTLED | SEA_IFA_NODAD);
	assert_true(nd_is_local(&t, "2001:db8::7"));
	nd_set(&t, "accept_dad", "0");
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	nd_expect_flags(&t, A, SETTLED);
	nd_set_of(&t, "all", "accept_dad", "1"); /* the higher of both counts */
	assert_int_equal(nd_add(&t, "2001:db8::6/64", 0, 0, 0), 0);
	nd_expect_flags(&t, "2001:db8::6", WAITING);
	test_stack_free(&t);
}

/* case 78 RFC4862:5.4.3-a */
static void one_who_asks_for_it_too_has_it(void **state)
{
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	nd_inject_dad_ns(&t, A, NULL);
	nd_expect_flags(&t, A, FAILED);
	assert_int_equal(test_mib(&t, SEA_MIB_SeaDadFailed), 1);
	test_advance(&t, 10 * SEA_SEC);
	nd_expect_flags(&t, A, FAILED); /* for good */
	assert_false(nd_is_local(&t, A));
	nd_inject_dad_ns(&t, A, NULL);
	assert_int_equal(test_mib(&t, SEA_MIB_SeaDadFailed), 1);
	assert_int_equal(nd_del(&t, A "/64"), 0);
	test_stack_free(&t);
}

/* RFC4862:5.4.4-a */
static void one_who_advertises_it_has_it(void **state)
{
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	nd_inject_na(&t, A, SEA_NDP_NA_OVERRIDE);
	nd_expect_flags(&t, A, FAILED);
	test_stack_free(&t);
}

/* RFC4862:5.4.3-a */
static void who_only_wants_to_speak_to_it_does_not_disturb(void **state)
{
	struct test_ip6 ip = { .src = TEST_PEER_LL, .dst = "ff02::1:ff00:5", .hop_limit = 255 };
	struct sea_ndp_ns ns = { .type = SEA_NDP_NS };
	struct sea_ipaddr target = test_ip6(A);
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	memcpy(ns.target, target.b, sizeof(ns.target));
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	test_inject_icmp6(&t, &ip, &ns, sizeof(ns));
	nd_expect_flags(&t, A, WAITING);
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_NOT_OURS), 1);
	assert_int_equal(nd_count_sent(&t, SEA_NDP_NA), 0);
	test_stack_free(&t);
}

/* case 77 */
static void a_settled_address_is_not_shaken_by_advertisements(void **state)
{
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, A "/64", SEA_IFA_NODAD, 0, 0), 0);
	for (unsigned i = 0; i < 1000; i++)
		nd_inject_na(&t, A, SEA_NDP_NA_OVERRIDE);
	nd_expect_flags(&t, A, SETTLED | SEA_IFA_NODAD);
	assert_true(nd_is_local(&t, A));
	assert_int_equal(test_drops(&t, SEA_DROP_NDP_DUPLICATE), 1000);
	/* It is defended. */
	nd_inject_dad_ns(&t, A, NULL);
	assert_int_equal(nd_count_sent(&t, SEA_NDP_NA), 1);
	test_stack_free(&t);
}

static void take_nonce(struct test_stack *t, uint8_t nonce[SEA_NDP_NONCE_LEN])
{
	const struct sea_ipv6_hdr *ip;
	const struct sea_ndp_ns *ns;
	struct sea_ndp_once once;
	size_t len;

	ns = take_ns(t, &ip, &len);
	assert_non_null(ns);
	sea_ndp_once_parse((const uint8_t *)(ns + 1), len - sizeof(*ns), &once);
	assert_false(once.has_slla);
	assert_int_equal(once.nonce_len, SEA_NDP_NONCE_LEN);
	memcpy(nonce, once.nonce, SEA_NDP_NONCE_LEN);
}

/* case 78 RFC7527:4.1 RFC7527:4.2, RFC4862:5.4.3-a, RFC8504:6.3-c */
static void our_own_echo_is_no_duplicate(void **state)
{
	uint8_t nonce[SEA_NDP_NONCE_LEN];
	struct test_stack t;

	(void)state;
	forget_ll(&t);
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	test_advance(&t, SEA_SEC);
	take_nonce(&t, nonce);
	nd_inject_dad_ns(&t, A, nonce);
	nd_expect_flags(&t, A, WAITING);
	nonce[0] ^= 1;
	nd_inject_dad_ns(&t, A, nonce);
	nd_expect_flags(&t, A, FAILED);
	test_stack_free(&t);
}

static void without_enhanced_dad_there_is_no_nonce(void **state)
{
	const struct sea_ipv6_hdr *ip;
	struct test_stack t;
	size_t len;

	(void)state;
	forget_ll(&t);
	nd_set(&t, "enhanced_dad", "0");
	nd_set_of(&t, "all", "enhanced_dad", "0");
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	test_advance(&t, SEA_SEC);
	assert_non_null(take_ns(&t, &ip, &len));
	assert_int_equal(len, sizeof(struct sea_ndp_ns));
	test_stack_free(&t);
}

/* RFC4862:5.4.5-a */
static void a_link_whose_own_address_is_another_s_falls_silent(void **state)
{
	struct test_stack t;

	(void)state;
	nd_new(&t);
	nd_set(&t, "accept_dad", "2");
	nd_link(&t, true);
	nd_inject_dad_ns(&t, ND_OUR_LL, NULL);
	assert_int_equal(nd_count_addrs(&t), 0);
	assert_int_equal(nd_get(&t, "disable_ipv6"), 1);
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), -EACCES);
	nd_set(&t, "disable_ipv6", "0"); /* until somebody says otherwise */
	test_advance(&t, 3 * SEA_SEC);
	nd_expect_flags(&t, ND_OUR_LL, SETTLED);
	test_stack_free(&t);
}

static void with_accept_dad_1_only_the_address_is_lost(void **state)
{
	struct test_stack t;

	(void)state;
	nd_new(&t);
	nd_link(&t, true);
	nd_inject_na(&t, ND_OUR_LL, 0);
	nd_expect_flags(&t, ND_OUR_LL, FAILED);
	assert_int_equal(nd_get(&t, "disable_ipv6"), 0);
	test_stack_free(&t);
}

/* RFC4429:2.1 RFC4429:3.3, RFC8504:6.3-c */
static void an_optimistic_address_is_used_at_once_and_lost_when_it_must(void **state)
{
	const struct sea_ipv6_hdr *ip;
	struct test_stack t;
	size_t len;

	(void)state;
	nd_new(&t);
	nd_set(&t, "optimistic_dad", "1");
	nd_link(&t, true);
	nd_expect_flags(&t, ND_OUR_LL, WAITING | SEA_IFA_OPTIMISTIC);
	assert_true(nd_is_local(&t, ND_OUR_LL));
	assert_non_null(take_ns(&t, &ip, &len)); /* without delay */
	nd_inject_na(&t, ND_OUR_LL, 0);
	nd_expect_flags(&t, ND_OUR_LL, FAILED);
	assert_false(nd_is_local(&t, ND_OUR_LL));
	nd_link(&t, false);
	nd_settle(&t);
	nd_expect_flags(&t, ND_OUR_LL, SETTLED);
	test_stack_free(&t);
}

/* RFC4429:3.3 */
static void an_optimistic_address_overrides_nobody(void **state)
{
	struct test_ip6 ip = { .src = TEST_PEER_LL, .dst = "ff02::1:ff00:1", .hop_limit = 255 };
	struct {
		struct sea_ndp_ns ns;
		uint8_t mac[SEA_NDP_LLADDR_LEN];
	} msg = { .ns.type = SEA_NDP_NS };
	struct sea_ipaddr target = test_ip6(ND_OUR_LL);
	const uint8_t *na;
	struct test_stack t;
	size_t len;

	(void)state;
	nd_new(&t);
	nd_set(&t, "optimistic_dad", "1");
	nd_link(&t, true);
	memcpy(msg.ns.target, target.b, sizeof(target.b));
	sea_ndp_put_lladdr(msg.mac, SEA_NDP_OPT_SLLA, &test_peer_mac);
	test_inject_icmp6(&t, &ip, &msg, sizeof(msg));
	assert_non_null(nd_take(&t, SEA_NDP_NA, &na, &len));
	assert_int_equal(na[4] & SEA_NDP_NA_OVERRIDE, 0);
	test_advance(&t, 3 * SEA_SEC);
	test_take_all(&t);
	test_inject_icmp6(&t, &ip, &msg, sizeof(msg));
	assert_non_null(nd_take(&t, SEA_NDP_NA, &na, &len));
	assert_int_equal(na[4] & SEA_NDP_NA_OVERRIDE, SEA_NDP_NA_OVERRIDE);
	test_stack_free(&t);
}

static void without_a_carrier_nobody_is_asked(void **state)
{
	struct test_stack t;

	(void)state;
	nd_new(&t);
	sea_link_set_carrier(t.link, false, t.now);
	nd_link(&t, true);
	test_advance(&t, 10 * SEA_SEC);
	nd_expect_flags(&t, ND_OUR_LL, WAITING);
	sea_link_set_carrier(t.link, true, t.now);
	test_advance(&t, 2 * SEA_SEC);
	nd_expect_flags(&t, ND_OUR_LL, SETTLED);
	test_stack_free(&t);
}

/* RFC4861:7.2.6-a (Linux's ndisc_notify) */
static void a_new_address_is_told_of_where_ndisc_notify_says_so(void **state)
{
	const struct sea_ipv6_hdr *ip;
	const uint8_t *na;
	struct test_stack t;
	size_t len;

	(void)state;
	forget_ll(&t);
	nd_set(&t, "ndisc_notify", "1");
	assert_int_equal(nd_add(&t, A "/64", 0, 0, 0), 0);
	test_advance(&t, 2 * SEA_SEC);
	ip = nd_take(&t, SEA_NDP_NA, &na, &len);
	assert_non_null(ip);
	assert_true(test_is_ip6(ip->dst, "ff02::1"));
	assert_true(test_is_ip6(ip->src, A));
	assert_int_equal(na[4], SEA_NDP_NA_OVERRIDE);
	test_stack_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_asked_for_from_nowhere_before_it_is_used),
		cmocka_unit_test(the_first_question_waits_for_a_random_time),
		cmocka_unit_test(it_is_asked_as_often_as_the_link_says),
		cmocka_unit_test(nothing_is_asked_where_accept_dad_or_the_address_says_so),
		cmocka_unit_test(one_who_asks_for_it_too_has_it),
		cmocka_unit_test(one_who_advertises_it_has_it),
		cmocka_unit_test(who_only_wants_to_speak_to_it_does_not_disturb),
		cmocka_unit_test(a_settled_address_is_not_shaken_by_advertisements),
		cmocka_unit_test(our_own_echo_is_no_duplicate),
		cmocka_unit_test(without_enhanced_dad_there_is_no_nonce),
		cmocka_unit_test(a_link_whose_own_address_is_another_s_falls_silent),
		cmocka_unit_test(with_accept_dad_1_only_the_address_is_lost),
		cmocka_unit_test(an_optimistic_address_is_used_at_once_and_lost_when_it_must),
		cmocka_unit_test(an_optimistic_address_overrides_nobody),
		cmocka_unit_test(without_a_carrier_nobody_is_asked),
		cmocka_unit_test(a_new_address_is_told_of_where_ndisc_notify_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
