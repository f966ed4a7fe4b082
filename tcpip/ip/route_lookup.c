/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a flow: rules say which table, the longest prefix that has a usable alternative which
 * route, and of several ways the flow's hash chooses one (route_multipath.c).
 */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "ip/route_info.h"
#include "ip/route_multipath.h"
#include "ip/route_rule.h"
#include "ip/way.h"

#define TOS_MASK 0x1c
#define LOOPBACK_IFINDEX 1

/* What is looked for, and as far as it is found. */
struct search {
	struct sea_routes *r;
	const struct sea_flow *flow;
	uint8_t scope;
	bool any_state;  /* IPv6: routers that do not answer will do */
	bool unanswered; /* one was passed over */
	const struct sea_route_table *table;
	const struct sea_route_node *node; /* NULL: nobody had to look at it */
	const struct sea_route_way *way;
};

static int verdict(const struct sea_route_entry *e)
{
	switch (e->type) {
	case SEA_ROUTE_BLACKHOLE:
		return -EINVAL;
	case SEA_ROUTE_UNREACHABLE:
		return -EHOSTUNREACH;
	case SEA_ROUTE_PROHIBIT:
		return -EACCES;
	case SEA_ROUTE_THROW:
		return -EAGAIN;
	default:
		return 0;
	}
}

static bool way_usable(const struct sea_flow *flow, const struct sea_route_entry *e)
{
	/* Leads nowhere, on no link; who asks for one by IPv6 does not mean that, as on Linux. */
	if (!e->link)
		return flow->family == SEA_AF_INET || !flow->oif || flow->oif == LOOPBACK_IFINDEX;
	return !(e->flags & SEA_ROUTE_F_UNUSABLE) && (!flow->oif || e->link->ifindex == flow->oif);
}

static const struct sea_route_way *first_way(const struct sea_flow *flow,
					     const struct sea_route_info *info)
{
	for (unsigned i = 0; i < info->n_ways; i++)
		if (way_usable(flow, &info->ways[i].entry))
			return &info->ways[i];
	return NULL;
}

/* -- alternatives of IPv4 -- */

static bool pick4(struct search *s, const struct sea_route_node *first)
{
	for (const struct sea_route_node *n = first; n; n = n->next) {
		const struct sea_route_info *info = n->info;

		if (info->gone || (n->tos && n->tos != (s->flow->tos & TOS_MASK)) ||
		    info->ways[0].entry.scope < s->scope)
			continue;
		s->way = first_way(s->flow, info);
		if (s->way) {
			s->node = n;
			return true;
		}
	}
	return false;
}

/* -- alternatives of IPv6 -- */

static bool in_source(const struct sea_flow *flow, const struct sea_route_entry *e)
{
	unsigned whole = e->src_len / 8, rest = e->src_len % 8;

	return !memcmp(flow->src.b, e->src.b, whole) &&
	       (!rest || !((flow->src.b[whole] ^ e->src.b[whole]) & (0xff00 >> rest & 0xff)));
}

/* A router that was asked and did not answer (RFC 4861 §6.3.6); who forwards does not ask. */
static bool answers(struct search *s, const struct sea_route_entry *e)
{
	const struct sea_neigh *n;

	if (s->any_state || !e->has_gateway || !e->link->framing->resolves)
		return true;
	n = sea_neigh_find(&sea_ipv6_of(s->r->stack)->neigh, e->link, &e->gateway);
	if (!n || n->state != SEA_NUD_FAILED)
		return true;
	s->unanswered = true;
	return false;
}

static const struct sea_route_way *first_way6(struct search *s, const struct sea_route_info *info)
{
	for (unsigned i = 0; i < info->n_ways; i++) {
		const struct sea_route_entry *e = &info->ways[i].entry;

		if (way_usable(s->flow, e) && (!e->link || answers(s, e)))
			return &info->ways[i];
	}
	return NULL;
}

static int pref_rank(const struct sea_route_entry *e)
{
	return e->pref == SEA_ROUTE_PREF_HIGH ? 2 : e->pref == SEA_ROUTE_PREF_LOW ? 0 : 1;
}

/* Alternatives that begin with `first` and are alike but for preference: where they end. */
static const struct sea_route_node *end_of_class(const struct sea_route_node *first)
{
	const struct sea_route_entry *a = sea_route_node_entry(first), *b;
	const struct sea_route_node *n = first->next;

	for (; n; n = n->next) {
		b = sea_route_node_entry(n);
		if (b->metric != a->metric || b->src_len != a->src_len ||
		    !sea_ipaddr_equal(&b->src, &a->src))
			break;
	}
	return n;
}

/* Of a class the best by preference; among equals the first, or in turns while none answers. */
static bool pick_of_class(struct search *s, const struct sea_route_node *first,
			  const struct sea_route_node *end)
{
	unsigned n_best = 0, turn;
	int best = -1;

	for (const struct sea_route_node *n = first; n != end; n = n->next) {
		const struct sea_route_way *way;
		int rank = pref_rank(sea_route_node_entry(n));

		if (n->info->gone || rank < best || (rank == best && !s->any_state) ||
		    sea_route_is_expired(s->r, sea_route_node_entry(n)))
			continue;
		way = first_way6(s, n->info);
		if (!way)
			continue;
		n_best = rank > best ? 1 : n_best + 1;
		turn = s->r->next_router % n_best;
		if (rank > best || !turn) {
			s->node = n;
			s->way = way;
		}
		best = rank;
	}
	return best >= 0;
}

static bool pick6(struct search *s, const struct sea_route_node *first)
{
	bool by_source = false;
	const struct sea_route_node *n = first, *end;

	for (; n; n = end) {
		const struct sea_route_entry *e = sea_route_node_entry(n);

		end = end_of_class(n);
		by_source = by_source || (e->src_len && !n->info->gone);
		/* Where some ask for a source, the others of this prefix do not count: as on Linux. */
		if (e->src_len ? !in_source(s->flow, e) : by_source)
			continue;
		if (pick_of_class(s, n, end))
			return true;
	}
	return false;
}

/* -- one table -- */

/* The longest prefix that has a usable alternative. */
static bool search_nodes(struct search *s, const struct sea_route_table *t)
{
	const struct sea_route_node *first =
		sea_lpm_lookup_below(&t->lpm, s->flow->dst.b, SEA_LPM_ANY);
	bool v4 = s->r->family == SEA_AF_INET;

	while (first) {
		if (v4 ? pick4(s, first) : pick6(s, first))
			return true;
		first = first->prefix_len
				? sea_lpm_lookup_below(&t->lpm, s->flow->dst.b, first->prefix_len)
				: NULL;
	}
	return false;
}

/* The first alternative of the longest prefix, which asks for nothing of the flow; as pick4(), pick6(). */
static bool pick_first(struct search *s, const struct sea_route_info *info)
{
	const struct sea_route_entry *e = &info->ways[0].entry;

	if (info->gone)
		return false;
	if (s->r->family == SEA_AF_INET)
		s->way = e->scope < s->scope ? NULL : first_way(s->flow, info);
	else
		s->way = sea_route_is_expired(s->r, e) ? NULL : first_way6(s, info);
	return s->way;
}

/* Nearly always that is the one: then nothing is read of the prefix itself. */
static bool search_table(struct search *s, const struct sea_route_table *t)
{
	uint32_t found = sea_lpm_lookup(&t->lpm, s->flow->dst.b);

	s->table = t;
	s->node = NULL;
	if (!found)
		return false;
	return (found != SEA_ROUTE_FOUND_NODES && pick_first(s, sea_route_info_of(s->r, found))) ||
	       search_nodes(s, t);
}

/* Of the prefix that was found. */
static unsigned prefix_len(const struct search *s)
{
	const struct sea_route_node *node = s->node;

	if (!node)
		node = sea_lpm_lookup_below(&s->table->lpm, s->flow->dst.b, SEA_LPM_ANY);
	return node->prefix_len;
}

/* -EAGAIN: this table has nothing to say. */
static int lookup_table(struct search *s, const struct sea_route_table *t)
{
	return t && search_table(s, t) ? verdict(&s->way->entry) : -EAGAIN;
}

/* -- rules -- */

/* Local and main as if one table: the longer prefix wins, whichever it is in. */
static int lookup_merged(struct search *s)
{
	struct search main = *s;
	bool in_local = search_table(s, s->r->local), in_main;

	if (in_local && prefix_len(s) == 32)
		return verdict(&s->way->entry);
	in_main = search_table(&main, s->r->main);
	if (in_main && (!in_local || prefix_len(&main) > prefix_len(s)))
		*s = main;
	return in_local || in_main ? verdict(&s->way->entry) : -EAGAIN;
}

static int lookup_plain(struct search *s)
{
	int err;

	if (s->r->merged) {
		err = lookup_merged(s);
		return err == -EAGAIN ? lookup_table(s, s->r->dflt) : err;
	}
	err = lookup_table(s, s->r->local);
	if (err == -EAGAIN)
		err = lookup_table(s, s->r->main);
	if (err == -EAGAIN && s->r->family == SEA_AF_INET)
		err = lookup_table(s, s->r->dflt);
	return err;
}

static const struct sea_route_table *table_of(const struct search *s,
					      const struct sea_route_rule *rule)
{
	if (rule->rule.l3mdev)
		return sea_route_table_find(s->r, sea_l3mdev_table(s->r->stack, s->flow));
	return rule->table;
}

static int obey(struct search *s, const struct sea_route_rule *rule)
{
	int err;

	switch (rule->rule.action) {
	case SEA_RULE_BLACKHOLE:
		return -EINVAL;
	case SEA_RULE_UNREACHABLE:
		return -ENETUNREACH;
	case SEA_RULE_PROHIBIT:
		return -EACCES;
	case SEA_RULE_LOOKUP:
		err = lookup_table(s, table_of(s, rule));
		if (!err && rule->rule.suppress && prefix_len(s) <= rule->rule.suppress_prefix_len)
			return -EAGAIN;
		return err;
	default:
		return -EAGAIN;
	}
}

static int lookup_rules(struct search *s)
{
	const struct sea_route_rule *rule = s->r->rules;
	int iif = s->flow->iif ? s->flow->iif : LOOPBACK_IFINDEX;

	while (rule) {
		int err;

		if (!sea_rule_matches(s->r, rule, s->flow, iif)) {
			rule = rule->next;
			continue;
		}
		if (rule->rule.action == SEA_RULE_GOTO && rule->target) {
			rule = rule->target;
			continue;
		}
		err = obey(s, rule);
		if (err != -EAGAIN)
			return err;
		rule = rule->next;
	}
	return -EAGAIN;
}

static int search_all(struct search *s)
{
	return s->r->plain_rules ? lookup_plain(s) : lookup_rules(s);
}

/* IPv6: first among routers that answer, then among all, in turns. */
static int search_twice(struct search *s)
{
	int err;

	s->any_state = s->r->family == SEA_AF_INET;
	err = search_all(s);
	if (err != -EAGAIN || !s->unanswered)
		return err;
	s->any_state = true;
	s->r->next_router++;
	return search_all(s);
}

/* -- the door -- */

int sea_routes_lookup_scoped(struct sea_routes *r, const struct sea_flow *flow, uint8_t scope,
			     const struct sea_route_entry **entry)
{
	struct search s = { .r = r, .flow = flow, .scope = scope };
	struct sea_flow in_vrf;
	int err;

	if (sea_l3mdev_is_master(r->stack, flow->oif)) {
		in_vrf = *flow; /* any of its links will do, once its table is chosen */
		in_vrf.l3mdev = flow->oif;
		in_vrf.oif = 0;
		s.flow = &in_vrf;
	}
	err = search_twice(&s);
	r->unanswered = s.unanswered;
	if (err == -EAGAIN)
		return -ENETUNREACH;
	if (!s.way)
		return err;
	if (!err && s.way->info->n_ways > 1 && !s.flow->oif)
		s.way = sea_route_multipath(r, s.way->info, s.flow);
	*entry = &s.way->entry;
	return err;
}

int sea_routes_lookup(struct sea_routes *r, const struct sea_flow *flow,
		      const struct sea_route_entry **entry)
{
	return sea_routes_lookup_scoped(r, flow, 0, entry);
}

/* What main has of a longer prefix says what the address is, where both are as one table. */
static void look_nearer(struct search *s)
{
	struct search main = *s;

	if (s->r->merged && s->table == s->r->local && prefix_len(s) < 32 &&
	    search_table(&main, s->r->main) && prefix_len(&main) > prefix_len(s))
		*s = main;
}

uint8_t sea_routes_local_type(struct sea_routes *r, const struct sea_ipaddr *addr, int ifindex)
{
	const struct sea_flow flow = { .oif = sea_l3mdev_is_master(r->stack, ifindex) ? 0 : ifindex,
				       .dst = *addr };
	struct search s = { .r = r, .flow = &flow, .any_state = true };

	if (lookup_table(&s, sea_l3mdev_local_table(r, ifindex)))
		return SEA_ROUTE_UNICAST;
	look_nearer(&s);
	return verdict(&s.way->entry) ? SEA_ROUTE_UNICAST : s.way->entry.type;
}

/* Without what is the hot path's: the same again, and where it ended. */
int sea_routes_find(struct sea_routes *r, const struct sea_flow *flow,
		    struct sea_route_found *found)
{
	const struct sea_flow *asked = flow;
	struct sea_flow in_vrf = *flow;
	struct search s = { .r = r };
	int err;

	if (sea_l3mdev_is_master(r->stack, flow->oif)) {
		in_vrf.l3mdev = flow->oif;
		in_vrf.oif = 0;
		asked = &in_vrf;
	}
	s.flow = asked;
	err = search_twice(&s);
	if (err == -EAGAIN || !s.way)
		return err == -EAGAIN ? -ENETUNREACH : err;
	if (!err && s.way->info->n_ways > 1 && !asked->oif)
		s.way = sea_route_multipath(r, s.way->info, asked);
	found->table = s.table;
	found->entry = &s.way->entry;
	found->node = s.node;
	if (!s.node)
		found->node = sea_lpm_lookup_below(&s.table->lpm, flow->dst.b, SEA_LPM_ANY);
	while (found->node->info->gone)
		found->node = found->node->next;
	return err;
}
