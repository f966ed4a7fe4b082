/* SPDX-License-Identifier: Apache-2.0 */
/* Hash threshold over the fields that net.*.fib_multipath_hash_policy names. */
#include "ip/route_multipath.h"

#include <string.h>

#include "ip/ipv4.h"
#include "ip/nexthop_res.h"

static unsigned fields_of(const struct sea_routes *r)
{
	switch (r->hash_policy) {
	case 1:
		return SEA_ROUTE_HASH_SRC | SEA_ROUTE_HASH_DST | SEA_ROUTE_HASH_PROTO |
		       SEA_ROUTE_HASH_SPORT | SEA_ROUTE_HASH_DPORT;
	case 3:
		return (unsigned)r->hash_fields;
	default:
		if (r->family == SEA_AF_INET)
			return SEA_ROUTE_HASH_SRC | SEA_ROUTE_HASH_DST;
		return SEA_ROUTE_HASH_SRC | SEA_ROUTE_HASH_DST | SEA_ROUTE_HASH_PROTO |
		       SEA_ROUTE_HASH_FLOW_LABEL;
	}
}

/* 31 bits. Ports and label are unset in a flow whose packet has none. */
static uint32_t flow_hash(const struct sea_routes *r, const struct sea_flow *flow)
{
	unsigned fields = fields_of(r);
	uint8_t key[44] = { 0 };

	if (fields & SEA_ROUTE_HASH_SRC)
		memcpy(key, flow->src.b, 16);
	if (fields & SEA_ROUTE_HASH_DST)
		memcpy(key + 16, flow->dst.b, 16);
	if (fields & SEA_ROUTE_HASH_FLOW_LABEL)
		sea_put32(key + 32, flow->flow_label);
	if (fields & SEA_ROUTE_HASH_SPORT)
		sea_put16(key + 36, flow->sport);
	if (fields & SEA_ROUTE_HASH_DPORT)
		sea_put16(key + 38, flow->dport);
	if (fields & SEA_ROUTE_HASH_PROTO)
		key[40] = flow->proto;
	return (uint32_t)(sea_siphash13(&r->flow_key, key, sizeof(key)) >> 33);
}

/* Nobody said yet that the next hop is not there (net.ipv4.fib_multipath_use_neigh). */
static bool neighbour_good(const struct sea_routes *r, const struct sea_route_entry *e)
{
	const struct sea_neigh *n;

	if (!r->use_neigh || !e->has_gateway || e->gateway6)
		return true;
	n = sea_neigh_find(&sea_ipv4_of(r->stack)->neigh, e->link, &e->gateway);
	return !n || n->state & SEA_NUD_VALID;
}

/* A flow that speaks from an address rather leaves by the link that the address is of. */
static bool speaks_from(const struct sea_routes *r, const struct sea_route_entry *e,
			const struct sea_flow *flow)
{
	sea_be32 src = sea_ipaddr_to4(&flow->src), ours;

	if (r->family != SEA_AF_INET || sea_ipv4_is_any(src))
		return false;
	ours = e->has_prefsrc ? sea_ipaddr_to4(&e->prefsrc)
			      : sea_ifaddr4_select(e->link,
						   e->has_gateway && !e->gateway6
							   ? sea_ipaddr_to4(&e->gateway)
							   : (sea_be32){ { 0 } },
						   e->scope);
	return !memcmp(&src, &ours, sizeof(src));
}

const struct sea_route_way *sea_route_multipath(const struct sea_routes *r,
						const struct sea_route_info *info,
						const struct sea_flow *flow)
{
	uint32_t hash = flow_hash(r, flow);
	struct sea_nexthop_obj *group = info->nexthop;
	const struct sea_route_way *best = NULL, *fallback = NULL;
	int best_score = 0;

	/* Ways are its members, in their order. */
	if (group && group->res && group->n_members == info->n_ways)
		return &info->ways[sea_nexthop_res_pick(group->res, hash, r->stack->shard.now)];
	for (unsigned i = 0; i < info->n_ways; i++) {
		const struct sea_route_way *way = &info->ways[i];
		int score;

		if (way->entry.flags & SEA_ROUTE_F_UNUSABLE)
			continue;
		fallback = fallback ? fallback : way;
		if (!neighbour_good(r, &way->entry))
			continue;
		score = 1 + (hash <= way->upper) + 2 * speaks_from(r, &way->entry, flow);
		if (score > best_score) {
			best = way;
			best_score = score;
		}
	}
	return best ? best : fallback;
}
