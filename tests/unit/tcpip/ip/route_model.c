/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random tables and rules: what a lookup finds, beside what a plain model of the same finds that looks
 * at every rule and every route. Routes come and go, links go down and up, on the way.
 */
#include <errno.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/route_info.h"
#include "ip/route_rule.h"
#include "tests/lib/routes.h"

#define ROUNDS 30
#define STEPS 120
#define LOOKUPS 40
#define ROUTES_MAX 400
#define RULES 12
#define LINKS 3

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;
static struct sea_link *links[LINKS];
static uint64_t seed;

struct model_route {
	struct sea_route_entry e;
	uint32_t table;
	unsigned order; /* in which it came */
};

static struct model_route routes[ROUTES_MAX];
static unsigned n_routes, n_came;
static struct sea_rule rules[RULES + 3];
static unsigned n_rules;
static bool merged;

static unsigned random_below(unsigned n)
{
	return (unsigned)(test_random(&seed) % n);
}

/* -- the model -- */

static bool covers(const uint8_t *prefix, unsigned len, const uint8_t *addr)
{
	for (unsigned bit = 0; bit < len; bit++)
		if ((prefix[bit / 8] ^ addr[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static bool usable(const struct sea_routes *r, const struct model_route *m,
		   const struct sea_flow *flow)
{
	if (m->e.tos && m->e.tos != (flow->tos & 0x1c))
		return false;
	if (m->e.src_len && !covers(m->e.src.b, m->e.src_len, flow->src.b))
		return false;
	if (!m->e.link) /* IPv6: who asks for a link other than lo does not mean that */
		return r->family == SEA_AF_INET || flow->oif <= 1;
	return (m->e.link->up || m->e.type == SEA_ROUTE_LOCAL) &&
	       (!flow->oif || m->e.link->ifindex == flow->oif);
}

/* Of a prefix that has routes for some sources, IPv6 counts only those. */
static bool shadowed(const struct sea_routes *r, const struct model_route *m)
{
	if (r->family == SEA_AF_INET || m->e.src_len)
		return false;
	for (unsigned i = 0; i < n_routes; i++)
		if (routes[i].table == m->table && routes[i].e.src_len &&
		    routes[i].e.prefix_len == m->e.prefix_len &&
		    !memcmp(routes[i].e.key, m->e.key, 16))
			return true;
	return false;
}

static uint32_t rank_of_table(uint32_t table)
{
	return table == SEA_TABLE_LOCAL ? 0 : 1;
}

/* Is `a` met before `b`? */
static bool better(const struct model_route *a, const struct model_route *b)
{
	if (a->e.prefix_len != b->e.prefix_len)
		return a->e.prefix_len > b->e.prefix_len;
	if (a->table != b->table)
		return rank_of_table(a->table) < rank_of_table(b->table);
	if (a->e.tos != b->e.tos)
		return a->e.tos > b->e.tos;
	if (a->e.src_len != b->e.src_len)
		return a->e.src_len > b->e.src_len;
	if (a->e.metric != b->e.metric)
		return a->e.metric < b->e.metric;
	return a->order < b->order;
}

static const struct model_route *in_tables(const struct sea_routes *r, const struct sea_flow *flow,
					   uint32_t table, uint32_t second)
{
	const struct model_route *best = NULL;

	for (unsigned i = 0; i < n_routes; i++) {
		const struct model_route *m = &routes[i];

		if ((m->table != table && m->table != second) ||
		    !covers(m->e.key, m->e.prefix_len, flow->dst.b) || !usable(r, m, flow) ||
		    shadowed(r, m))
			continue;
		if (!best || better(m, best))
			best = m;
	}
	return best;
}

static bool rule_matches(const struct sea_rule *rule, const struct sea_flow *flow)
{
	bool yes = covers(rule->src.b, rule->src_len, flow->src.b) &&
		   covers(rule->dst.b, rule->dst_len, flow->dst.b) &&
		   !((rule->mark ^ flow->mark) & rule->mark_mask) &&
		   (!rule->tos || rule->tos == (flow->tos & 0x1c)) &&
		   (!rule->ip_proto || rule->ip_proto == flow->proto) &&
		   (!rule->dport_min ||
		    (flow->dport >= rule->dport_min && flow->dport <= rule->dport_max));

	return yes != rule->invert;
}

static int verdict(const struct model_route *m)
{
	switch (m ? m->e.type : SEA_ROUTE_THROW) {
	case SEA_ROUTE_BLACKHOLE:
		return -EINVAL;
	case SEA_ROUTE_UNREACHABLE:
		return -EHOSTUNREACH;
	case SEA_ROUTE_PROHIBIT:
		return -EACCES;
	case SEA_ROUTE_THROW:
		return -EAGAIN;
	}
	return 0;
}

static int model_lookup(const struct sea_routes *r, const struct sea_flow *flow,
			const struct model_route **found)
{
	for (unsigned i = 0; i < n_rules; i++) {
		const struct sea_rule *rule = &rules[i];
		int err;

		/* One table, looked at once. */
		if (!rule_matches(rule, flow) || (merged && rule->table == SEA_TABLE_MAIN))
			continue;
		if (rule->action == SEA_RULE_GOTO) {
			while (i + 1 < n_rules && rules[i + 1].priority < rule->target)
				i++;
			continue;
		}
		if (rule->action != SEA_RULE_LOOKUP)
			return rule->action == SEA_RULE_PROHIBIT ? -EACCES : -EINVAL;
		*found = in_tables(r, flow, rule->table,
				   merged && rule->table == SEA_TABLE_LOCAL ? SEA_TABLE_MAIN : 0);
		err = verdict(*found);
		if (!err && rule->suppress && (*found)->e.prefix_len <= rule->suppress_prefix_len)
			continue;
		if (err != -EAGAIN)
			return err;
	}
	return -ENETUNREACH;
}

/* -- what is tried -- */

static void random_addr(const struct sea_routes *r, struct sea_ipaddr *a)
{
	*a = (struct sea_ipaddr){ { 0 } };
	a->b[0] = r->family == SEA_AF_INET ? 10 : 0x20;
	for (unsigned i = 1; i < 4; i++)
		a->b[i] = (uint8_t)random_below(4); /* so that prefixes nest */
}

static void cut(uint8_t *key, unsigned len)
{
	for (unsigned bit = len; bit < 128; bit++)
		key[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static const uint32_t tables[] = { SEA_TABLE_LOCAL, SEA_TABLE_MAIN, SEA_TABLE_DEFAULT, 100, 200 };

static struct model_route random_route(const struct sea_routes *r)
{
	static const uint8_t types[] = { SEA_ROUTE_UNICAST, SEA_ROUTE_UNICAST,   SEA_ROUTE_UNICAST,
					 SEA_ROUTE_LOCAL,   SEA_ROUTE_BLACKHOLE, SEA_ROUTE_PROHIBIT,
					 SEA_ROUTE_THROW };
	struct model_route m = { .table = tables[random_below(5)] };
	struct sea_ipaddr a;

	random_addr(r, &a);
	m.e.prefix_len = (uint8_t)random_below(33);
	m.e.type = types[random_below(sizeof(types))];
	m.e.metric = random_below(3);
	memcpy(m.e.key, a.b, 16);
	cut(m.e.key, m.e.prefix_len);
	if (m.e.type <= SEA_ROUTE_LOCAL)
		m.e.link = links[random_below(LINKS)];
	if (r->family == SEA_AF_INET) {
		m.e.tos = (uint8_t)(random_below(4) ? 0 : 0x10);
	} else if (!random_below(4)) {
		m.e.src_len = (uint8_t)(1 + random_below(32));
		random_addr(r, &m.e.src);
		cut(m.e.src.b, m.e.src_len);
	}
	return m;
}

static void add_route(struct sea_routes *r)
{
	struct model_route m = random_route(r);
	int err;

	if (n_routes == ROUTES_MAX || (m.e.link && !m.e.link->up && m.e.type != SEA_ROUTE_LOCAL))
		return;
	err = sea_routes_insert(r, m.table, &m.e);
	if (err == -EEXIST)
		return;
	assert_int_equal(err, 0);
	m.order = n_came++;
	routes[n_routes++] = m;
}

static void del_route(struct sea_routes *r)
{
	unsigned i = n_routes ? random_below(n_routes) : 0;

	if (!n_routes)
		return;
	assert_true(sea_routes_remove(r, routes[i].table, &routes[i].e));
	routes[i] = routes[--n_routes];
}

static void flap_link(struct sea_routes *r)
{
	struct sea_link *link = links[random_below(LINKS)];

	link->up = !link->up;
	if (link->up)
		return;
	sea_routes_purge(r, &(struct sea_routes_purge){ .link = link, .keep_local = true });
	for (unsigned i = n_routes; i--;)
		if (routes[i].e.link == link && routes[i].e.type != SEA_ROUTE_LOCAL)
			routes[i] = routes[--n_routes];
}

static void add_rule(struct sea_routes *r)
{
	static const uint8_t actions[] = { SEA_RULE_LOOKUP, SEA_RULE_LOOKUP, SEA_RULE_LOOKUP,
					   SEA_RULE_GOTO, SEA_RULE_PROHIBIT };
	struct sea_rule rule = { .size = sizeof(rule), .family = r->family };
	unsigned at = 0;

	rule.action = actions[random_below(5)];
	rule.priority = 1 + random_below(1000);
	if (rule.action == SEA_RULE_LOOKUP)
		rule.table = tables[random_below(5)];
	if (rule.action == SEA_RULE_LOOKUP && !random_below(3)) {
		rule.suppress = true;
		rule.suppress_prefix_len = (uint8_t)random_below(24);
	}
	if (rule.action == SEA_RULE_GOTO)
		rule.target = 32766;
	rule.src.family = rule.dst.family = r->family;
	if (!random_below(2)) {
		struct sea_ipaddr a;

		random_addr(r, &a);
		rule.dst_len = (uint8_t)(8 + random_below(24));
		memcpy(rule.dst.b, a.b, 16);
		cut(rule.dst.b, rule.dst_len);
	}
	rule.mark_mask = random_below(2);
	rule.mark = rule.mark_mask & random_below(2);
	rule.tos = random_below(4) ? 0 : 0x10;
	rule.ip_proto = random_below(3) ? 0 : 6;
	if (!random_below(3)) {
		rule.dport_min = (uint16_t)(1 + random_below(4));
		rule.dport_max = (uint16_t)(rule.dport_min + random_below(3));
	}
	rule.invert = !random_below(5);
	if (n_rules == RULES + 2 || sea_rules_add(r, &rule))
		return;
	merged = false;
	while (rules[at].priority <= rule.priority)
		at++;
	memmove(&rules[at + 1], &rules[at], (n_rules - at) * sizeof(rules[0]));
	rules[at] = rule;
	n_rules++;
}

static void compare(struct sea_routes *r)
{
	struct sea_flow flow = { .family = r->family,
				 .tos = (uint8_t)(random_below(2) ? 0 : 0x10),
				 .proto = (uint8_t)(random_below(2) ? 6 : 17),
				 .mark = random_below(2),
				 .dport = (uint16_t)random_below(8),
				 .oif = random_below(3) ? 0 : links[random_below(LINKS)]->ifindex };
	const struct sea_route_entry *e = NULL;
	const struct model_route *m = NULL;
	int err, wanted;

	random_addr(r, &flow.src);
	random_addr(r, &flow.dst);
	wanted = model_lookup(r, &flow, &m);
	err = sea_routes_lookup(r, &flow, &e);
	assert_int_equal(err, wanted);
	if (err)
		return;
	assert_ptr_equal(e->link, m->e.link);
	assert_int_equal(e->type, m->e.type);
	assert_int_equal(e->metric, m->e.metric);
	assert_int_equal(e->src_len, m->e.src_len);
}

static void step(struct sea_routes *r)
{
	unsigned what = random_below(20);

	if (what < 13)
		add_route(r);
	else if (what < 17)
		del_route(r);
	else if (what == 17)
		flap_link(r);
	else if (what == 18)
		add_rule(r);
	else
		while (sea_routes_reap(r, 3))
			;
}

static void begin(struct sea_routes *r, uint8_t family)
{
	static const uint32_t priorities[] = { 0, 32766, 32767 };

	assert_int_equal(sea_routes_init(r, t.stack, family), 0);
	n_routes = 0;
	n_rules = family == SEA_AF_INET ? 3 : 2;
	merged = family == SEA_AF_INET;
	for (unsigned i = 0; i < n_rules; i++)
		rules[i] = (struct sea_rule){ .action = SEA_RULE_LOOKUP,
					      .priority = priorities[i],
					      .table = tables[i] };
}

static void lookups_are_those_of_the_model(uint8_t family)
{
	struct sea_routes r;

	for (unsigned round = 0; round < ROUNDS; round++) {
		seed = round + 1;
		sea_stack_enter(t.stack, t.now);
		begin(&r, family);
		for (unsigned i = 0; i < STEPS; i++) {
			step(&r);
			for (unsigned k = 0; k < LOOKUPS; k++)
				compare(&r);
		}
		sea_routes_fini(&r);
		for (unsigned i = 0; i < LINKS; i++)
			links[i]->up = true;
		sea_stack_leave(t.stack);
	}
}

static void lookups_of_ipv4_are_those_of_a_plain_model(void **state)
{
	lookups_are_those_of_the_model(SEA_AF_INET);
}

static void lookups_of_ipv6_are_those_of_a_plain_model(void **state)
{
	lookups_are_those_of_the_model(SEA_AF_INET6);
}

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	links[0] = t.link;
	links[1] = test_add_link(&t, "eth1", &test_peer_mac, NULL);
	links[2] = test_add_link(&t, "eth2", &test_peer_mac, NULL);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lookups_of_ipv4_are_those_of_a_plain_model),
		TEST(lookups_of_ipv6_are_those_of_a_plain_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
