/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what may be configured (with rtnetlink's errors), and which flow one speaks of. */
#include "ip/route_rule.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/l3mdev.h"
#include "ip/route_info.h"

#define TOS_MASK 0x1c
#define RTPROT_KERNEL 2

/* -- matching -- */

static bool in_prefix(const struct sea_ipaddr *a, const struct sea_addr *prefix, uint8_t len)
{
	unsigned whole = len / 8, rest = len % 8;

	return !memcmp(a->b, prefix->b, whole) &&
	       (!rest || !((a->b[whole] ^ prefix->b[whole]) & (0xff00 >> rest & 0xff)));
}

static bool in_range(uint16_t port, uint16_t min, uint16_t max)
{
	return !min || (port >= min && port <= max);
}

static bool matches_class(const struct sea_rule *rule, const struct sea_flow *flow)
{
	if (rule->tos && rule->tos != (flow->tos & TOS_MASK))
		return false;
	return !rule->dscp_mask || !((flow->tos >> 2 ^ rule->dscp) & rule->dscp_mask);
}

bool sea_rule_matches_more(const struct sea_routes *r, const struct sea_route_rule *n,
			   const struct sea_flow *flow)
{
	const struct sea_rule *rule = &n->rule;

	if (rule->l3mdev && !sea_l3mdev_table(r->stack, flow))
		return false;
	if ((rule->src_len && !in_prefix(&flow->src, &rule->src, rule->src_len)) ||
	    (rule->dst_len && !in_prefix(&flow->dst, &rule->dst, rule->dst_len)))
		return false;
	if (!matches_class(rule, flow) || (rule->ip_proto && rule->ip_proto != flow->proto))
		return false;
	return in_range(flow->sport, rule->sport_min, rule->sport_max) &&
	       in_range(flow->dport, rule->dport_min, rule->dport_max);
}

static bool asks_more(const struct sea_rule *rule)
{
	return rule->l3mdev || rule->src_len || rule->dst_len || rule->tos || rule->dscp_mask ||
	       rule->ip_proto || rule->sport_min || rule->dport_min;
}

/* -- what is configured -- */

static bool prefix_valid(const struct sea_routes *r, const struct sea_addr *addr, uint8_t len)
{
	return !len || (addr->family == r->family && len <= r->addr_len * 8);
}

static bool range_valid(uint16_t min, uint16_t max)
{
	return (!min && !max) || (min && min <= max && max < UINT16_MAX);
}

static bool name_valid(const char *name)
{
	return memchr(name, 0, SEA_IFNAMSIZ);
}

static bool action_valid(const struct sea_rule *rule)
{
	switch (rule->action) {
	case SEA_RULE_LOOKUP:
		return !rule->target && !rule->l3mdev == !!rule->table;
	case SEA_RULE_GOTO:
		return !rule->l3mdev &&
		       (rule->any_priority ? rule->target : rule->target > rule->priority);
	case SEA_RULE_NOP:
	case SEA_RULE_BLACKHOLE:
	case SEA_RULE_UNREACHABLE:
	case SEA_RULE_PROHIBIT:
		return !rule->target && !rule->l3mdev;
	}
	return false;
}

static bool valid(const struct sea_routes *r, const struct sea_rule *rule)
{
	if (rule->size != sizeof(*rule) || rule->family != r->family)
		return false;
	if (!prefix_valid(r, &rule->src, rule->src_len) ||
	    !prefix_valid(r, &rule->dst, rule->dst_len))
		return false;
	if (!range_valid(rule->sport_min, rule->sport_max) ||
	    !range_valid(rule->dport_min, rule->dport_max))
		return false;
	if (!name_valid(rule->iif) || !name_valid(rule->oif) || rule->tos & ~TOS_MASK ||
	    (rule->tos && rule->dscp_mask) || rule->dscp & ~rule->dscp_mask ||
	    rule->dscp_mask > 0x3f)
		return false;
	if (rule->suppress && rule->suppress_prefix_len > r->addr_len * 8)
		return false;
	return action_valid(rule);
}

static bool same_prefix(const struct sea_addr *a, uint8_t a_len, const struct sea_addr *b,
			uint8_t b_len)
{
	return a_len == b_len && (!a_len || !memcmp(a->b, b->b, sizeof(a->b)));
}

/* What the two select, priority and action apart. */
static bool same_selector(const struct sea_rule *a, const struct sea_rule *b)
{
	return a->invert == b->invert && a->l3mdev == b->l3mdev &&
	       same_prefix(&a->src, a->src_len, &b->src, b->src_len) &&
	       same_prefix(&a->dst, a->dst_len, &b->dst, b->dst_len) && !strcmp(a->iif, b->iif) &&
	       !strcmp(a->oif, b->oif) && a->mark == b->mark && a->mark_mask == b->mark_mask &&
	       a->tos == b->tos && a->dscp == b->dscp && a->dscp_mask == b->dscp_mask &&
	       a->ip_proto == b->ip_proto && a->sport_min == b->sport_min &&
	       a->sport_max == b->sport_max && a->dport_min == b->dport_min &&
	       a->dport_max == b->dport_max;
}

static bool same(const struct sea_rule *a, const struct sea_rule *b)
{
	return a->action == b->action && a->table == b->table && a->target == b->target &&
	       a->suppress == b->suppress && a->suppress_prefix_len == b->suppress_prefix_len &&
	       same_selector(a, b);
}

/*
 * Is it there already? As Linux sees it, that asks for anything counts where the new one asks for it, but prefixes
 * and class do not where it does not, nor whether it is inverted or suppresses anything.
 */
static bool same_to_linux(const struct sea_rule *a, const struct sea_rule *rule)
{
	struct sea_rule told = *a;

	told.invert = rule->invert;
	if (!rule->src_len)
		told.src_len = 0;
	if (!rule->dst_len)
		told.dst_len = 0;
	if (!rule->tos)
		told.tos = 0;
	if (!rule->dscp_mask)
		told.dscp = told.dscp_mask = 0;
	return a->action == rule->action && a->table == rule->table && a->target == rule->target &&
	       (!rule->protocol || a->protocol == rule->protocol) && same_selector(&told, rule);
}

/* -- the list -- */

/* As Linux: right before all rules but the first. */
static uint32_t default_priority(const struct sea_routes *r)
{
	const struct sea_route_rule *second = r->rules ? r->rules->next : NULL;

	return second && second->rule.priority ? second->rule.priority - 1 : 0;
}

static int index_of(const struct sea_routes *r, const char *name)
{
	const struct sea_link *link;

	if (!name[0])
		return 0;
	link = sea_link_by_name(r->stack, name);
	return link ? link->ifindex : -1;
}

static bool by_flow(const struct sea_rule *rule)
{
	return rule->ip_proto || rule->sport_max || rule->dport_max;
}

/* Links, targets and the fast path follow from the list. */
static void settle(struct sea_routes *r)
{
	static const uint32_t priorities[] = { 0, 32766, 32767 };
	static const uint32_t tables[] = { SEA_TABLE_LOCAL, SEA_TABLE_MAIN, SEA_TABLE_DEFAULT };
	unsigned n_default = r->family == SEA_AF_INET ? 3 : 2, i = 0;
	const struct sea_rule plain = { .action = SEA_RULE_LOOKUP };
	struct sea_route_rule *n, *to;

	r->plain_rules = r->n_rules == n_default;
	r->rules_by_flow = false;
	for (n = r->rules; n; n = n->next, i++) {
		n->iif = index_of(r, n->rule.iif);
		n->oif = index_of(r, n->rule.oif);
		for (to = n->next; to && to->rule.priority < n->rule.target; to = to->next)
			;
		n->target = to && n->rule.action == SEA_RULE_GOTO &&
					    to->rule.priority == n->rule.target
				    ? to
				    : NULL;
		r->rules_by_flow |= by_flow(&n->rule);
		if (i >= n_default || n->rule.priority != priorities[i] ||
		    n->rule.table != tables[i] || n->rule.suppress ||
		    n->rule.action != SEA_RULE_LOOKUP || !same_selector(&n->rule, &plain))
			r->plain_rules = false;
	}
	r->merged = r->merged && r->plain_rules;
	sea_stack_routes_changed(r->stack);
}

static void tell(struct sea_routes *r, const struct sea_route_rule *n, bool gone)
{
	if (r->stack->rule_observer)
		r->stack->rule_observer(r->stack, r, n, gone);
}

static int insert(struct sea_routes *r, const struct sea_rule *rule)
{
	struct sea_route_rule *n, **at = &r->rules;

	if (r->n_rules >= SEA_RULES_MAX)
		return -ENOSPC;
	n = sea_pool_zalloc(&r->stack->shard.pool, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->rule = *rule;
	n->rule.any_priority = false;
	n->mark = rule->mark;
	n->mark_mask = rule->mark_mask;
	n->invert = rule->invert;
	n->asks_more = asks_more(rule);
	if (rule->table)
		n->table = sea_route_table_get(r, rule->table);
	if (rule->table && !n->table) {
		sea_pool_free(&r->stack->shard.pool, n, sizeof(*n));
		return -ENOMEM;
	}
	while (*at && (*at)->rule.priority <= rule->priority)
		at = &(*at)->next;
	n->next = *at;
	*at = n;
	r->n_rules++;
	return 0;
}

static void remove_at(struct sea_routes *r, struct sea_route_rule **at)
{
	struct sea_route_rule *n = *at;

	*at = n->next;
	r->n_rules--;
	sea_pool_free(&r->stack->shard.pool, n, sizeof(*n));
}

typedef bool same_fn(const struct sea_rule *a, const struct sea_rule *rule);

static bool is_there(const struct sea_routes *r, const struct sea_rule *rule, same_fn *fn)
{
	const struct sea_route_rule *n = r->rules;
	struct sea_rule ours = *rule;

	if (ours.mark && !ours.mark_mask)
		ours.mark_mask = UINT32_MAX;
	while (n && (n->rule.priority != ours.priority || !fn(&n->rule, &ours)))
		n = n->next;
	return n && !rule->any_priority;
}

/* What was put in stands behind all of its priority. */
static const struct sea_route_rule *newest(const struct sea_routes *r, uint32_t priority)
{
	const struct sea_route_rule *n = r->rules, *last = n;

	for (; n && n->rule.priority <= priority; n = n->next)
		last = n;
	return last;
}

int sea_rules_add(struct sea_routes *r, const struct sea_rule *rule)
{
	if (valid(r, rule) && is_there(r, rule, same))
		return -EEXIST;
	return sea_rules_change(r, rule, false);
}

int sea_rules_change(struct sea_routes *r, const struct sea_rule *rule, bool exclusive)
{
	struct sea_rule ours;
	int err;

	if (!valid(r, rule))
		return -EINVAL;
	ours = *rule;
	if (ours.mark && !ours.mark_mask)
		ours.mark_mask = UINT32_MAX;
	if (rule->any_priority)
		ours.priority = default_priority(r);
	if (ours.action == SEA_RULE_GOTO && ours.target <= ours.priority)
		return sea_routes_refuse(r, -EINVAL, "Backward goto not supported");
	if (exclusive && is_there(r, &ours, same_to_linux))
		return -EEXIST;
	err = insert(r, &ours);
	if (err)
		return err;
	settle(r);
	tell(r, newest(r, ours.priority), false);
	return 0;
}

/* Has the rule all that is said? A field that is zero says nothing, nor does, as on Linux, that it is inverted. */
static bool described(const struct sea_rule *a, const struct sea_rule *by)
{
	struct sea_rule told = *a;

	if ((!by->any_priority && a->priority != by->priority) ||
	    (by->action && a->action != by->action) || (by->table && a->table != by->table) ||
	    (by->target && a->target != by->target) ||
	    (by->protocol && a->protocol != by->protocol))
		return false;
	if (by->suppress && (!a->suppress || a->suppress_prefix_len != by->suppress_prefix_len))
		return false;
	told.invert = by->invert;
	if (!by->src_len)
		told.src_len = 0;
	if (!by->dst_len)
		told.dst_len = 0;
	if (!by->iif[0])
		told.iif[0] = 0;
	if (!by->oif[0])
		told.oif[0] = 0;
	if (!by->mark_mask)
		told.mark = told.mark_mask = 0;
	if (!by->tos)
		told.tos = 0;
	if (!by->dscp_mask)
		told.dscp = told.dscp_mask = 0;
	if (!by->ip_proto)
		told.ip_proto = 0;
	if (!by->sport_min)
		told.sport_min = told.sport_max = 0;
	if (!by->dport_min)
		told.dport_min = told.dport_max = 0;
	return same_selector(&told, by);
}

int sea_rules_del(struct sea_routes *r, const struct sea_rule *rule)
{
	struct sea_route_rule **at = &r->rules;

	if (rule->size != sizeof(*rule) || rule->family != r->family || !name_valid(rule->iif) ||
	    !name_valid(rule->oif) || !prefix_valid(r, &rule->src, rule->src_len) ||
	    !prefix_valid(r, &rule->dst, rule->dst_len))
		return -EINVAL;
	while (*at && !described(&(*at)->rule, rule))
		at = &(*at)->next;
	if (!*at)
		return -ENOENT;
	tell(r, *at, true);
	remove_at(r, at);
	settle(r);
	return 0;
}

bool sea_rules_at(const struct sea_routes *r, uint32_t rank, struct sea_rule *rule)
{
	const struct sea_route_rule *n = r->rules;

	while (n && rank--)
		n = n->next;
	if (n)
		*rule = n->rule;
	return n;
}

void sea_rules_link_added(struct sea_routes *r, const struct sea_link *link)
{
	for (struct sea_route_rule *n = r->rules; n; n = n->next) {
		if (!strcmp(n->rule.iif, link->name))
			n->iif = link->ifindex;
		if (!strcmp(n->rule.oif, link->name))
			n->oif = link->ifindex;
	}
}

void sea_rules_link_gone(struct sea_routes *r, const struct sea_link *link)
{
	for (struct sea_route_rule *n = r->rules; n; n = n->next) {
		if (n->iif == link->ifindex)
			n->iif = -1;
		if (n->oif == link->ifindex)
			n->oif = -1;
	}
}

int sea_rules_add_l3mdev(struct sea_routes *r)
{
	const struct sea_rule rule = { .size = sizeof(rule),
				       .family = r->family,
				       .action = SEA_RULE_LOOKUP,
				       .priority = 1000,
				       .l3mdev = true,
				       .protocol = RTPROT_KERNEL };
	int err = sea_rules_add(r, &rule);

	return err == -EEXIST ? 0 : err;
}

int sea_rules_restore(struct sea_routes *r, const struct sea_rule *rule)
{
	return valid(r, rule) ? insert(r, rule) : -EINVAL;
}

void sea_rules_settle(struct sea_routes *r, bool merged)
{
	r->merged = merged;
	settle(r);
}

/* -- life -- */

void sea_rules_fini(struct sea_routes *r)
{
	while (r->rules)
		remove_at(r, &r->rules);
}

int sea_rules_init(struct sea_routes *r)
{
	struct sea_rule rule = { .size = sizeof(rule),
				 .family = r->family,
				 .action = SEA_RULE_LOOKUP,
				 .protocol = RTPROT_KERNEL };
	static const uint32_t tables[] = { SEA_TABLE_LOCAL, SEA_TABLE_MAIN, SEA_TABLE_DEFAULT };
	unsigned n = r->family == SEA_AF_INET ? 3 : 2;

	for (unsigned i = 0; i < n; i++) {
		int err;

		rule.priority = i ? 32765 + i : 0;
		rule.table = tables[i];
		err = insert(r, &rule);
		if (err)
			return err;
	}
	r->merged = r->family == SEA_AF_INET;
	settle(r);
	return 0;
}
