/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's day on a link with routers, with the Nth allocation failing, for every N: addresses are
 * configured and advertised, found to be others', outlived; routers come, fall silent and go. Each
 * call says -ENOMEM or does its work; no memory stays behind.
 */
#include <errno.h>

#include "tests/unit/tcpip/ip/nd_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static const struct sea_stack_config no_cache = { .size = sizeof(no_cache) };

/* What failed must have failed for want of memory. */
static bool worked(unsigned *failed, int err)
{
	assert_true(err == 0 || err == -ENOMEM);
	*failed += err != 0;
	return err == 0;
}

static void set(struct test_stack *t, const char *name, const char *value)
{
	assert_int_equal(nd_try_set(t, name, value), 0);
}

static bool begin(struct test_stack *t, unsigned *failed)
{
	struct sea_link_config config = { .size = sizeof(config), .name = "eth0" };

	memcpy(config.mac, test_our_mac.b, sizeof(config.mac));
	if (!worked(failed, sea_link_add(t->stack, &config, &t->link, t->now)))
		return false;
	set(t, "use_tempaddr", "2");
	set(t, "accept_ra_rt_info_max_plen", "64");
	set(t, "keep_addr_on_down", "1");
	set(t, "ndisc_notify", "1");
	return worked(failed, sea_link_set_up(t->link, true, t->now));
}

static void configure(struct test_stack *t, unsigned *failed)
{
	struct sea_addrlabel label = { .size = sizeof(label),
				       .prefix = test_addr("2001:db8::"),
				       .prefix_len = 32,
				       .label = 77 };

	worked(failed, nd_add(t, "2001:db8::5/64", 0, 0, 0));
	worked(failed, nd_add(t, "2001:db8::6/64", SEA_IFA_NODAD, 0, 0));
	worked(failed, nd_add(t, "2001:db8:5::7/64", SEA_IFA_MANAGETEMPADDR, 50, 40));
	worked(failed, sea_addrlabel_add(t->stack, &label, t->now));
	if (nd_addr(t, "2001:db8::6").size)
		worked(failed, nd_del(t, "2001:db8::6/64"));
}

static void advertise(struct test_stack *t, const char *router, uint16_t lifetime)
{
	static const uint8_t dns[] = { SEA_NDP_OPT_RDNSS,
				       3,
				       0,
				       0,
				       0,
				       0,
				       0,
				       30,
				       0x20,
				       1,
				       0xd,
				       0xb8,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0,
				       0x53,
				       SEA_NDP_OPT_DNSSL,
				       2,
				       0,
				       0,
				       0,
				       0,
				       0,
				       60,
				       1,
				       'a',
				       2,
				       'b',
				       'c',
				       0,
				       0,
				       0 };
	struct nd_ra ra = nd_ra(lifetime);

	ra.src = router;
	ra.opts_len = sea_ndp_put_lladdr(ra.opts, SEA_NDP_OPT_SLLA, &test_peer_mac);
	nd_prefix(&ra, "2001:db8:1::/64", "LA", 3600, 1800);
	nd_prefix(&ra, "2001:db8:2::/64", "LA", 60, 30);
	nd_route_info(&ra, "2001:db8:7::/48", SEA_NDP_PREF_HIGH, lifetime);
	nd_mtu(&ra, 1400);
	memcpy(ra.opts + ra.opts_len, dns, sizeof(dns));
	ra.opts_len += sizeof(dns);
	nd_inject(t, &ra);
	test_take_all(t);
}

static void pass(struct test_stack *t, int64_t ns)
{
	test_advance(t, ns);
	test_take_all(t);
}

static void live(struct test_stack *t, unsigned *failed)
{
	if (!begin(t, failed))
		return;
	pass(t, 3 * SEA_SEC);
	configure(t, failed);
	advertise(t, ND_ROUTER, 1800);
	advertise(t, ND_OTHER_ROUTER, 1800);
	nd_inject_na(t, "2001:db8:1::ff:fe00:1", 0); /* it is another's */
	pass(t, 3 * SEA_SEC);
	advertise(t, ND_ROUTER, 1800);
	nd_inject_na(t, ND_OTHER_ROUTER, SEA_NDP_NA_OVERRIDE); /* it is no router any more */
	pass(t, 100 * SEA_SEC);
	advertise(t, ND_ROUTER, 0);
	worked(failed, sea_link_set_up(t->link, false, t->now));
	set(t, "stable_secret", "2001:db8::1");
	worked(failed, sea_link_set_up(t->link, true, t->now));
	pass(t, 3 * SEA_SEC);
}

static size_t run(size_t nth, bool once)
{
	struct test_stack t = { .now.ns = SEA_SEC };
	unsigned failed = 0;

	test_env_init(&t.env);
	test_env_fail_at(&t.env, nth);
	t.env.fail_once = once;
	if (worked(&failed, sea_stack_new(&no_cache, &t.env.env, modules, 2, &t.stack))) {
		live(&t, &failed);
		sea_stack_free(t.stack);
	}
	if (t.env.live)
		print_error("allocation %zu: %zu left behind\n", nth, t.env.live);
	assert_int_equal(t.env.live, 0);
	assert_true(nth || !failed);
	return t.env.calls;
}

static void every_allocation_may_fail(bool once)
{
	size_t total = run(0, false);

	assert_true(total > 100);
	for (size_t nth = 1; nth <= total; nth++)
		run(nth, once);
}

static void any_one_allocation_may_fail(void **state)
{
	(void)state;
	every_allocation_may_fail(true);
}

static void all_allocations_from_any_on_may_fail(void **state)
{
	(void)state;
	every_allocation_may_fail(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_one_allocation_may_fail),
		cmocka_unit_test(all_allocations_from_any_on_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
