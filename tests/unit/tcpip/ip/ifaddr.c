/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 addresses as ip-address(8) configures them, and conflict detection (RFC 5227). */
#include <errno.h>

#include "ip/ipv4.h"
#include "tests/lib/arp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac rival_mac = { { 2, 0, 0, 0, 0, 0x66 } };
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

static struct sea_ifaddr addr_of(const char *prefix)
{
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = t.link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	return a;
}

static void add(struct sea_ifaddr a)
{
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
}

static void del(const char *prefix)
{
	struct sea_ifaddr a = addr_of(prefix);

	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
}

/* As it is shown; size 0: it is not there. */
static struct sea_ifaddr shown(const char *addr)
{
	struct sea_ifaddr a = { .size = sizeof(a) };
	struct sea_addr want = test_addr(addr);
	uint64_t cursor = 0;

	while (sea_ifaddr_next(t.stack, &cursor, &a))
		if (!memcmp(a.local.b, want.b, 16))
			return a;
	return (struct sea_ifaddr){ 0 };
}

static bool there(const char *addr)
{
	return shown(addr).size;
}

/* A route that is there: its metric, or -1. */
static long metric_of(const char *prefix, enum sea_route_type type)
{
	struct sea_route r = { .size = sizeof(r) };
	struct sea_addr dst;
	struct sea_route_cursor cursor = { 0 };
	uint8_t len;

	assert_true(sea_addr_parse_prefix(prefix, &dst, &len));
	while (sea_route_next(t.stack, &cursor, &r))
		if (r.prefix_len == len && r.type == type && !memcmp(r.dst.b, dst.b, 16))
			return (long)r.metric;
	return -1;
}

static bool routed(const char *prefix)
{
	return metric_of(prefix, SEA_ROUTE_UNICAST) >= 0;
}

static bool local(const char *addr)
{
	return sea_ipv4_addr_type(t.stack, test_ip4(addr), 0) == SEA_ROUTE_LOCAL;
}

/* -- lifetimes -- */

static void address_is_deprecated_and_goes_in_time(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	a.valid_s = 100;
	a.preferred_s = 40;
	add(a);
	a = shown("192.168.7.1");
	assert_int_equal(a.valid_s, 100);
	assert_int_equal(a.preferred_s, 40);
	assert_int_equal(a.flags, 0);
	test_advance(&t, 39 * SEA_SEC);
	assert_int_equal(shown("192.168.7.1").preferred_s, 1);
	test_advance(&t, SEA_SEC);
	a = shown("192.168.7.1");
	assert_int_equal(a.flags, SEA_IFA_DEPRECATED);
	assert_int_equal(a.preferred_s, 0);
	assert_int_equal(a.valid_s, 60);
	assert_true(routed("192.168.7.0/24"));
	test_advance(&t, 60 * SEA_SEC);
	assert_false(there("192.168.7.1"));
	assert_false(routed("192.168.7.0/24"));
	assert_false(local("192.168.7.1"));
	assert_int_equal(shown("10.0.0.1").valid_s, SEA_LIFETIME_INFINITE);
	assert_int_equal(shown("10.0.0.1").flags, SEA_IFA_PERMANENT);
}

static void what_never_ends_is_not_deprecated_in_time(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	a.valid_s = SEA_LIFETIME_INFINITE;
	a.preferred_s = 5;
	add(a);
	test_advance(&t, 6 * SEA_SEC);
	a = shown("192.168.7.1");
	assert_int_equal(a.flags, SEA_IFA_PERMANENT);
	assert_int_equal(a.preferred_s, SEA_LIFETIME_INFINITE);
}

/* -- who is told -- */

static unsigned n_news, n_gone;
static struct sea_ifaddr last_news;

static void hear(struct sea_stack *stack, const struct sea_ifaddr *a, bool gone)
{
	assert_ptr_equal(stack, t.stack);
	last_news = *a;
	n_news++;
	n_gone += gone;
}

static void observer_hears_what_comes_changes_and_goes(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	n_news = n_gone = 0;
	t.stack->addr_observer = hear;
	a.valid_s = 100;
	a.preferred_s = 40;
	add(a);
	assert_int_equal(n_news, 1);
	assert_int_equal(last_news.flags, 0);
	test_advance(&t, 40 * SEA_SEC);
	assert_int_equal(n_news, 2);
	assert_int_equal(last_news.flags, SEA_IFA_DEPRECATED);
	add(addr_of("192.168.7.2/24"));
	assert_int_equal(n_news, 3);
	assert_int_equal(n_gone, 0);
	test_advance(&t, 60 * SEA_SEC);
	assert_int_equal(n_news, 5);
	assert_int_equal(n_gone, 2);
	assert_memory_equal(last_news.local.b, a.local.b, 4);
}

static void label_is_the_link_s_name_or_one_of_its_own(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24"), own;

	memcpy(a.label, "net:1", 6);
	add(a);
	add(addr_of("192.168.7.2/24"));
	own = shown("192.168.7.1");
	assert_string_equal(own.label, "net:1");
	own = shown("192.168.7.2");
	assert_string_equal(own.label, t.link->name);
	memset(a.label, 'x', sizeof(a.label));
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -EINVAL);
}

static void expect_refused(struct sea_ifaddr a)
{
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), -EINVAL);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	a.preferred_s = 5;
	expect_refused(a);
	a.valid_s = 4;
	expect_refused(a);
	a.valid_s = a.preferred_s = 0;
	a.flags = SEA_IFA_MCAUTOJOIN;
	expect_refused(a);
	a.flags = SEA_IFA_ACD | SEA_IFA_NODAD;
	expect_refused(a);
	a.flags = 0x40000000;
	expect_refused(a);
	a.flags = 0;
	a.peer = test_addr("::1");
	expect_refused(a);
	assert_false(there("192.168.7.1"));
}

/* -- what comes along -- */

static void metric_and_protocol_are_kept(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	a.metric = 77;
	a.protocol = 9;
	add(a);
	assert_int_equal(metric_of("192.168.7.0/24", SEA_ROUTE_UNICAST), 77);
	assert_int_equal(shown("192.168.7.1").metric, 77);
	assert_int_equal(shown("192.168.7.1").protocol, 9);
	del("192.168.7.1/24");
	assert_false(routed("192.168.7.0/24"));
}

static void noprefixroute_brings_no_route(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	a.flags = SEA_IFA_NOPREFIXROUTE;
	add(a);
	assert_false(routed("192.168.7.0/24"));
	assert_true(local("192.168.7.1"));
	assert_int_equal(metric_of("192.168.7.255/32", SEA_ROUTE_BROADCAST), 0);
	assert_int_equal(shown("192.168.7.1").flags, SEA_IFA_NOPREFIXROUTE | SEA_IFA_PERMANENT);
}

static void peer_is_what_the_prefix_is_of(void **state)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/32");
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .dst = sea_ipaddr_of4(test_ip4("172.16.0.2")) };
	struct sea_addr peer = test_addr("172.16.0.2");
	struct sea_dst way;

	a.peer = peer;
	add(a);
	assert_true(routed("172.16.0.2/32"));
	assert_true(local("192.168.7.1"));
	assert_memory_equal(shown("192.168.7.1").peer.b, peer.b, 16);
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	test_expect_ip4(sea_ipaddr_to4(&way.src), "192.168.7.1");
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	/* The same local address towards another peer is another address. */
	a.peer = test_addr("172.16.0.3");
	add(a);
	a.peer = peer;
	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
	assert_false(routed("172.16.0.2/32"));
	assert_true(routed("172.16.0.3/32"));
	assert_true(local("192.168.7.1"));
}

/* -- promote_secondaries -- */

static void secondaries_go_with_the_primary_or_take_its_place(void **state)
{
	struct sea_ifaddr first = addr_of("192.168.7.1/24");

	for (unsigned promote = 0; promote < 2; promote++) {
		assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.conf.all.promote_secondaries",
						promote ? "1" : "0", t.now),
				 0);
		add(first);
		add(addr_of("192.168.7.2/24"));
		add(addr_of("192.168.7.3/24"));
		assert_true(shown("192.168.7.2").flags & SEA_IFA_SECONDARY);
		del("192.168.7.1/24");
		assert_int_equal(there("192.168.7.2"), promote);
		assert_int_equal(there("192.168.7.3"), promote);
		assert_int_equal(routed("192.168.7.0/24"), promote);
	}
	assert_false(shown("192.168.7.2").flags & SEA_IFA_SECONDARY);
	assert_true(shown("192.168.7.3").flags & SEA_IFA_SECONDARY);
	assert_true(local("192.168.7.2") && local("192.168.7.3"));
	assert_false(local("192.168.7.1"));
	test_expect_ip4(sea_ifaddr4_select(t.link, test_ip4("192.168.7.9"), SEA_SCOPE_LINK),
			"192.168.7.2");
}

/* -- RFC 5227 -- */

static void add_guarded(void)
{
	struct sea_ifaddr a = addr_of("192.168.7.1/24");

	a.flags = SEA_IFA_ACD;
	add(a);
	assert_true(shown("192.168.7.1").flags & SEA_IFA_TENTATIVE);
	assert_false(local("192.168.7.1"));
}

static void expect_message(const char *sender)
{
	const struct sea_arp_hdr *arp =
		test_expect_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST);

	test_expect_ip4(arp->sender_ip, sender);
	test_expect_ip4(arp->target_ip, "192.168.7.1");
	assert_true(sea_mac_is_zero(&arp->target_mac));
}

static void become_owner(void)
{
	add_guarded();
	test_advance(&t, 10 * SEA_SEC);
	assert_int_equal(test_take_all(&t), 5);
	assert_true(local("192.168.7.1"));
}

/* RFC5227:2.1.1-MUST-probe RFC5227:2.1.1-sender-zero RFC5227:2.3-announce */
static void guarded_address_is_probed_then_announced(void **state)
{
	add_guarded();
	assert_null(test_take(&t));
	test_advance(&t, SEA_SEC);
	expect_message("0.0.0.0");
	assert_null(test_take(&t));
	test_advance(&t, 4 * SEA_SEC);
	expect_message("0.0.0.0");
	expect_message("0.0.0.0");
	assert_null(test_take(&t));
	assert_true(shown("192.168.7.1").flags & SEA_IFA_TENTATIVE);
	test_advance(&t, 2 * SEA_SEC);
	expect_message("192.168.7.1");
	assert_false(shown("192.168.7.1").flags & SEA_IFA_TENTATIVE);
	assert_true(local("192.168.7.1") && routed("192.168.7.0/24"));
	test_advance(&t, 2 * SEA_SEC);
	expect_message("192.168.7.1");
	test_advance(&t, 60 * SEA_SEC);
	assert_null(test_take(&t));
}

static void expect_failed(void)
{
	assert_true(shown("192.168.7.1").flags & SEA_IFA_DADFAILED);
	test_take_all(&t);
	test_advance(&t, 60 * SEA_SEC);
	assert_null(test_take(&t));
	assert_false(local("192.168.7.1"));
	assert_false(routed("192.168.7.0/24"));
	del("192.168.7.1/24");
}

/* RFC5227:2.1.1-MUST-NOT-use-on-conflict */
static void address_that_somebody_has_or_wants_too_is_not_used(void **state)
{
	add_guarded();
	test_advance(&t, SEA_SEC);
	test_inject_arp(&t, t.link, &test_our_mac, SEA_ARP_REPLY, &rival_mac, "192.168.7.1",
			&test_our_mac, "0.0.0.0");
	expect_failed();
	add_guarded();
	test_inject_question(&t, t.link, &rival_mac, "0.0.0.0", "192.168.7.1");
	expect_failed();
	/* Our own probe, come back over a loop, is no rival. */
	add_guarded();
	test_inject_question(&t, t.link, &test_our_mac, "0.0.0.0", "192.168.7.1");
	test_advance(&t, 10 * SEA_SEC);
	assert_true(local("192.168.7.1"));
}

/* RFC5227:2.4-defend case 77 */
static void address_is_defended_but_not_for_ever_again(void **state)
{
	become_owner();
	for (unsigned i = 0; i < 100; i++)
		test_inject_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST, &rival_mac,
				"192.168.7.1", &rival_mac, "192.168.7.1");
	expect_message("192.168.7.1");
	assert_null(test_take(&t));
	test_advance(&t, 10 * SEA_SEC);
	test_inject_question(&t, t.link, &rival_mac, "192.168.7.1", "192.168.7.9");
	expect_message("192.168.7.1");
	assert_true(local("192.168.7.1"));
}

/* RFC5227:2.1-MUST-probe-on-link-up */
static void address_is_probed_again_when_the_link_comes_up(void **state)
{
	become_owner();
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	test_advance(&t, SEA_SEC);
	assert_int_equal(sea_link_set_up(t.link, true, t.now), 0);
	assert_true(shown("192.168.7.1").flags & SEA_IFA_TENTATIVE);
	assert_false(local("192.168.7.1"));
	test_advance(&t, 10 * SEA_SEC);
	assert_int_equal(test_take_all(&t), 5);
	assert_true(local("192.168.7.1"));
}

static void address_without_the_option_is_used_at_once(void **state)
{
	add(addr_of("192.168.7.1/24"));
	assert_true(local("192.168.7.1"));
	test_advance(&t, 10 * SEA_SEC);
	test_inject_arp(&t, t.link, &test_broadcast_mac, SEA_ARP_REQUEST, &rival_mac, "192.168.7.1",
			&rival_mac, "192.168.7.1");
	assert_null(test_take(&t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(address_is_deprecated_and_goes_in_time),
		T(what_never_ends_is_not_deprecated_in_time),
		T(observer_hears_what_comes_changes_and_goes),
		T(label_is_the_link_s_name_or_one_of_its_own),
		T(what_makes_no_sense_is_refused),
		T(metric_and_protocol_are_kept),
		T(noprefixroute_brings_no_route),
		T(peer_is_what_the_prefix_is_of),
		T(secondaries_go_with_the_primary_or_take_its_place),
		T(guarded_address_is_probed_then_announced),
		T(address_that_somebody_has_or_wants_too_is_not_used),
		T(address_is_defended_but_not_for_ever_again),
		T(address_is_probed_again_when_the_link_comes_up),
		T(address_without_the_option_is_used_at_once),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
