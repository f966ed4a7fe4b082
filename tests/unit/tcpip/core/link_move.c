/* SPDX-License-Identifier: Apache-2.0 */
/* Links that move between the stacks of one process. */
#include <errno.h>

#include <seastack/wrap.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac b_mac = { { 2, 0, 0, 0, 0, 0x22 } };
static struct test_stack a, b, c;

static int setup(void **state)
{
	test_stack_new(&a, modules, 1);
	test_stack_new_bare(&b, modules, 1);
	test_stack_new_bare(&c, modules, 1);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&a);
	test_stack_free(&b);
	test_stack_free(&c);
	return 0;
}

static bool routed(struct test_stack *t, const char *dst)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_dst way = { 0 };
	int err;

	sea_stack_enter(t->stack, t->now);
	err = sea_ip_route(t->stack, &flow, &way);
	sea_dst_put(t->stack, &way);
	sea_stack_leave(t->stack);
	return !err;
}

static void settle_all(void)
{
	for (unsigned i = 0; i < 4; i++) {
		test_settle(&a);
		test_settle(&b);
		test_settle(&c);
	}
}

static void give_addr(struct test_stack *t, struct sea_link *link, const char *prefix)
{
	struct sea_ifaddr addr = { .size = sizeof(addr), .ifindex = link->ifindex };

	assert_true(sea_addr_parse_prefix(prefix, &addr.local, &addr.prefix_len));
	assert_int_equal(sea_ifaddr_add(t->stack, &addr, t->now), 0);
	assert_int_equal(sea_link_set_up(link, true, t->now), 0);
}

static void link_leaves_its_addresses_and_routes_behind(void **state)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_link *link = a.link;

	test_know_peer(&a);
	assert_true(routed(&a, "10.0.0.9"));
	assert_int_equal(sea_link_set_mtu(link, 1400, a.now), 0);
	assert_int_equal(sea_link_move(&link, b.stack, a.now), 0);
	assert_null(sea_link_by_name(a.stack, "eth0"));
	assert_ptr_equal(sea_link_by_name(b.stack, "eth0"), link);
	assert_ptr_equal(sea_link_stack(link), b.stack);
	sea_link_info(link, &info);
	assert_int_equal(info.mtu, 1400);
	assert_memory_equal(info.mac, test_our_mac.b, 6);
	assert_false(info.up);
	assert_false(routed(&a, "10.0.0.9"));
	assert_false(routed(&b, "10.0.0.9"));
	give_addr(&b, link, "10.0.0.1/24");
	assert_true(routed(&b, "10.0.0.9"));
	assert_int_equal(sea_link_move(&link, b.stack, a.now), 0); /* where it is */
}

static void what_cannot_move_stays(void **state)
{
	struct sea_link *link = a.link, *lo = a.stack->loopback, *other;
	struct sea_wrapper *gro;

	assert_int_equal(sea_link_move(&lo, b.stack, a.now), -EINVAL);
	other = test_add_link(&b, "eth0", &b_mac, NULL);
	assert_int_equal(sea_link_move(&link, b.stack, a.now), -EEXIST);
	sea_link_del(other, b.now);
	assert_int_equal(sea_wrap_gro(link, &gro, a.now), 0);
	assert_int_equal(sea_link_move(&link, b.stack, a.now), -EBUSY);
	sea_wrapper_remove(gro, a.now);
	assert_ptr_equal(link, a.link);
	assert_true(routed(&a, "10.0.0.9"));
}

static const uint8_t echo[12] = { 8, 0, 0xf7, 0xfe, 0, 1 };

/* An echo request from `t` out of `link`; answered, it is heard as a reply. */
static void ping(struct test_stack *t, const char *dst)
{
	struct sea_flow flow = { .family = SEA_AF_INET,
				 .proto = SEA_IPPROTO_ICMP,
				 .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_pkt *pkt;

	sea_stack_enter(t->stack, t->now);
	pkt = sea_pkt_new(&t->stack->shard.pool, SEA_PKT_HEADROOM, sizeof(echo));
	assert_true(sea_pkt_append(pkt, echo, sizeof(echo)));
	sea_icmp_output(t->stack, pkt, &flow, 0, NULL);
	sea_stack_leave(t->stack);
	settle_all();
}

static void pair_stays_joined_from_stack_to_stack(void **state)
{
	struct sea_link *end = test_add_link(&b, "veth", &b_mac, NULL);

	assert_int_equal(sea_pair_join(a.link, end, 0, a.now), 0);
	give_addr(&b, end, "10.0.0.2/24");
	ping(&a, "10.0.0.2");
	assert_int_equal(test_mib(&a, SEA_MIB_IcmpInEchoReps), 1);
	assert_int_equal(sea_link_move(&end, c.stack, b.now), 0);
	give_addr(&c, end, "10.0.0.2/24");
	a.now = sea_time_add(a.now, 60 * SEA_SEC);
	ping(&a, "10.0.0.2");
	assert_int_equal(test_mib(&a, SEA_MIB_IcmpInEchoReps), 2);
	assert_int_equal(test_mib(&c, SEA_MIB_IcmpInEchos), 1);
	/* Both ends in one stack, and one of them back. */
	assert_int_equal(sea_link_move(&a.link, c.stack, a.now), 0);
	assert_int_equal(sea_link_move(&end, b.stack, a.now), 0);
	sea_link_del(end, a.now);
	assert_false(a.link->carrier);
}

static void pair_ends_with_the_stack_that_an_end_moved_to(void **state)
{
	struct sea_link *end = test_add_link(&b, "veth", &b_mac, NULL);

	assert_int_equal(sea_pair_join(end, a.link, 0, a.now), 0);
	assert_int_equal(sea_link_move(&end, c.stack, b.now), 0);
	test_stack_free(&b);
	test_stack_free(&c);
	assert_false(a.link->carrier);
	test_stack_new_bare(&b, modules, 1);
	test_stack_new_bare(&c, modules, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(link_leaves_its_addresses_and_routes_behind),
		T(what_cannot_move_stays),
		T(pair_stays_joined_from_stack_to_stack),
		T(pair_ends_with_the_stack_that_an_end_moved_to),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
