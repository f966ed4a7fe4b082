/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small numbers for what routes share, so that a lookup in a trie ends at an info without reading the
 * node of the prefix: with a million prefixes that would be one cache miss more.
 */
#include <string.h>

#include "ip/route_info.h"

static bool ids_grow(struct sea_routes *r)
{
	struct sea_pool *pool = &r->stack->shard.pool;
	uint32_t n = r->n_ids ? 2 * r->n_ids : 16;
	union sea_route_id *more = sea_pool_alloc(pool, n * sizeof(*more));

	if (!more)
		return false;
	if (r->n_ids)
		memcpy(more, r->by_id, r->n_ids * sizeof(*more));
	for (uint32_t i = n; i-- > r->n_ids && i >= SEA_ROUTE_FOUND_MIN;) {
		more[i].next_free = r->free_id;
		r->free_id = i;
	}
	sea_pool_free(pool, r->by_id, r->n_ids * sizeof(*more));
	r->by_id = more;
	r->n_ids = n;
	return true;
}

void sea_route_id_get(struct sea_routes *r, struct sea_route_info *info)
{
	if (!r->free_id && !ids_grow(r))
		return;
	info->id = r->free_id;
	r->free_id = (uint32_t)r->by_id[info->id].next_free;
	r->by_id[info->id].info = info;
}

void sea_route_id_put(struct sea_routes *r, const struct sea_route_info *info)
{
	if (!info->id)
		return;
	r->by_id[info->id].next_free = r->free_id;
	r->free_id = info->id;
}

/* Which of them is taken depends on more than who is usable. */
static bool is_choice(const struct sea_route_node *first)
{
	const struct sea_route_node *next = first->next;

	if (first->tos || sea_route_node_entry(first)->src_len)
		return true;
	return next && first->info->routes->family == SEA_AF_INET6 &&
	       sea_route_node_entry(next)->metric == sea_route_node_entry(first)->metric;
}

uint32_t sea_route_found(const struct sea_route_node *first)
{
	return first->info->id && !is_choice(first) ? first->info->id : SEA_ROUTE_FOUND_NODES;
}
