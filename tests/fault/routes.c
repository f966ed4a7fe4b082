/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules, nexthop objects, routes of several ways and VRFs with the Nth allocation failing, for every N:
 * each call says -ENOMEM or does its work, what was there before a call that failed is there after it,
 * and no memory stays behind.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "ip/nexthop.h"
#include "tests/fault/every.h"
#include "tests/lib/routes.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_stack_config no_cache = { .size = sizeof(no_cache) };
static struct test_stack t;
static unsigned failed;

/* What failed for want of memory may have other failures follow: something is missing then. */
static bool worked(int err)
{
	assert_true(err == 0 || err == -ENOMEM || err == -ENOBUFS || failed);
	failed += err != 0;
	return err == 0;
}

static struct sea_link *add_link(const char *name, enum sea_link_type type, const char *prefix)
{
	struct sea_link_config config = { .size = sizeof(config), .name = name, .type = type };
	struct sea_ifaddr a = { .size = sizeof(a) };
	struct sea_link *link;

	config.vrf_table = type == SEA_LINK_VRF ? 10 : 0;
	if (!worked(sea_link_add(t.stack, &config, &link, t.now)) ||
	    !worked(sea_link_set_up(link, true, t.now)))
		return NULL;
	if (!prefix)
		return link;
	a.ifindex = link->ifindex;
	assert_true(sea_addr_parse_prefix(prefix, &a.local, &a.prefix_len));
	return worked(sea_ifaddr_add(t.stack, &a, t.now)) ? link : NULL;
}

static unsigned count_routes(void)
{
	struct sea_route r = { .size = sizeof(r) };
	struct sea_route_cursor cursor = { { 0 } };
	unsigned n = 0;

	while (sea_route_next(t.stack, &cursor, &r))
		n++;
	return n;
}

static void add_several(uint32_t flags)
{
	const struct sea_route_hop hops[] = { { .gateway = test_addr("10.0.0.9"), .weight = 3 },
					      { .gateway = test_addr("10.1.0.9") } };
	struct sea_route r = test_route("10.9.0.0/16", NULL, NULL);
	unsigned before = count_routes();

	r.hops = hops;
	r.n_hops = 2;
	r.metrics = (struct sea_route_metrics){ .mtu = 1400, .initcwnd = 4 };
	if (!worked(sea_route_change(t.stack, &r, flags, t.now)))
		assert_int_equal(count_routes(), before);
}

static void nexthops(struct sea_link *a, struct sea_link *b)
{
	const struct sea_nexthop_member members[] = { { 1, 1 }, { 2, 3 }, { 3, 1 } };
	struct sea_nexthop nh = { .size = sizeof(nh), .family = SEA_AF_INET };
	struct sea_route r = test_route("10.8.0.0/16", NULL, NULL);
	uint32_t add = SEA_NLM_F_CREATE | SEA_NLM_F_EXCL;
	bool there;

	for (nh.id = 1; nh.id < 4; nh.id++) {
		nh.ifindex = nh.id == 2 ? b->ifindex : a->ifindex;
		nh.gateway = test_addr(nh.id == 2 ? "10.1.0.9" : "10.0.0.9");
		worked(sea_nexthop_add(t.stack, &nh, add, t.now));
	}
	nh = (struct sea_nexthop){ .size = sizeof(nh), .id = 9, .members = members };
	nh.n_members = 2;
	worked(sea_nexthop_add(t.stack, &nh, add, t.now));
	r.nexthop = 9;
	worked(sea_route_add(t.stack, &r, t.now));
	nh.n_members = 3;
	worked(sea_nexthop_add(t.stack, &nh, SEA_NLM_F_REPLACE, t.now));
	there = sea_nexthop_find(t.stack, 1);
	assert_int_equal(sea_nexthop_del(t.stack, 1, t.now), there ? 0 : -ENOENT); /* no memory */
}

static void rules(void)
{
	struct sea_rule rule = { .size = sizeof(rule),
				 .family = SEA_AF_INET,
				 .action = SEA_RULE_LOOKUP,
				 .table = 55,
				 .priority = 7 };

	worked(sea_rule_add(t.stack, &rule, t.now));
	rule.action = SEA_RULE_PROHIBIT;
	rule.table = 0;
	rule.mark = 3;
	worked(sea_rule_add(t.stack, &rule, t.now));
}

static void look_up(const char *dst)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = test_ipaddr(dst) };
	struct sea_dst way = { 0 };

	sea_stack_enter(t.stack, t.now);
	if (!sea_ip_route(t.stack, &flow, &way))
		sea_ip_pmtu_update(t.stack, &flow, 1300);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void reload(void)
{
	struct snapshot s = { 0 };
	struct sea_stack *again;

	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &s), 0);
	if (worked(sea_stack_load(&no_cache, &t.env.env, modules, 1, false, snapshot_read, &s,
				  &again)))
		sea_stack_free(again);
	snapshot_free(&s);
}

static void live(void)
{
	struct sea_link *a, *b, *vrf;

	if (!worked(sea_stack_new(&no_cache, &t.env.env, modules, 1, &t.stack)))
		return;
	a = add_link("eth0", SEA_LINK_ETHERNET, "10.0.0.1/24");
	b = add_link("eth1", SEA_LINK_ETHERNET, "10.1.0.1/24");
	if (a && b) {
		add_several(SEA_NLM_F_CREATE | SEA_NLM_F_EXCL);
		add_several(SEA_NLM_F_CREATE | SEA_NLM_F_REPLACE);
		nexthops(a, b);
		rules();
		look_up("10.9.0.1");
		look_up("10.8.0.1");
		vrf = add_link("red", SEA_LINK_VRF, NULL);
		if (vrf)
			worked(sea_link_set_master(b, vrf, t.now));
		reload();
		worked(sea_link_set_up(a, false, t.now));
	}
	sea_stack_free(t.stack);
}

static void begin(void)
{
	memset(&t, 0, sizeof(t));
	failed = 0;
}

int main(void)
{
	struct fault_day day = {
		.begin = begin,
		.live = live,
		.env = &t.env,
		.failed = &failed,
		.at_least = 60,
	};

	return fault_main(&day);
}
