/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/route_walk.h"

#include <string.h>

/* -- tables -- */

#define TABLE_BUCKETS 256u

/* Of one bucket the one with the larger number: Linux shows the newest. */
static uint64_t rank_of(uint32_t table)
{
	return (uint64_t)(table % TABLE_BUCKETS) << 32 | (UINT32_MAX - table);
}

const struct sea_route_table *sea_route_walk_table(const struct sea_routes *r,
						   const uint32_t *after)
{
	const struct sea_route_table *best = NULL;

	for (const struct sea_route_table *t = r->tables; t; t = t->next)
		if ((!after || rank_of(t->id) > rank_of(*after)) &&
		    (!best || rank_of(t->id) < rank_of(best->id)))
			best = t;
	return best;
}

static const struct sea_route_table *next_table(const struct sea_route_walk *w)
{
	if (!w->only_table)
		return sea_route_walk_table(w->routes, w->place.in_table ? &w->place.table : NULL);
	return w->place.in_table ? NULL : sea_route_table_find(w->routes, w->only_table);
}

/* -- prefixes -- */

static bool same_key(const struct sea_routes *r, const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, r->addr_len);
}

static void move_to(struct sea_route_spot *p, const struct sea_route_node *n)
{
	memcpy(p->key, n->key, sizeof(p->key));
	p->len = n->prefix_len;
}

/* The first prefix of the next address. */
static const struct sea_route_node *next_address(const struct sea_lpm *lpm,
						 const struct sea_route_spot *p)
{
	int len = p->len < 0 ? -1 : 32;
	uint8_t key[16];

	memcpy(key, p->key, sizeof(key));
	return sea_lpm_next(lpm, key, &len);
}

/* The longest of the address whose shortest is `n`. What comes behind all of them is noted. */
static const struct sea_route_node *longest(struct sea_route_walk *w,
					    const struct sea_route_node *n)
{
	const struct sea_route_node *shortest = n;
	int len = n->prefix_len;
	uint8_t key[16];

	memcpy(key, n->key, sizeof(key));
	while ((w->ahead = sea_lpm_next(&w->table->lpm, key, &len)) &&
	       same_key(w->routes, w->ahead->key, n->key))
		n = w->ahead;
	w->is_shortest = n == shortest;
	return n;
}

static const struct sea_route_node *next4(struct sea_route_walk *w, const struct sea_route_spot *p)
{
	const struct sea_lpm *lpm = &w->table->lpm;
	const struct sea_route_node *n = NULL;

	if (p->len > 0 && !w->is_shortest)
		n = sea_lpm_lookup_below(lpm, p->key, (unsigned)p->len);
	if (n && same_key(w->routes, n->key, p->key))
		return n;
	n = w->ahead ? w->ahead : next_address(lpm, p);
	return n ? longest(w, n) : NULL;
}

static bool is_within(const struct sea_route_node *n, const uint8_t *key, unsigned len)
{
	unsigned whole = len / 8, bits = len % 8;

	return n->prefix_len >= len && !memcmp(n->key, key, whole) &&
	       !(bits && (n->key[whole] ^ key[whole]) & (0xff00 >> bits));
}

/* The first prefix behind all that lies within this one. */
static const struct sea_route_node *behind_all_within(const struct sea_lpm *lpm,
						      const struct sea_route_spot *p)
{
	unsigned i = (unsigned)p->len / 8;
	uint8_t key[16];
	int len = 128;

	memcpy(key, p->key, sizeof(key));
	if (i < sizeof(key))
		key[i++] |= (uint8_t)(0xff >> p->len % 8);
	while (i < sizeof(key))
		key[i++] = 0xff;
	return sea_lpm_next(lpm, key, &len);
}

static const struct sea_route_node *innermost(const struct sea_lpm *lpm,
					      const struct sea_route_node *n)
{
	const struct sea_route_node *inner = n;
	uint8_t key[16];
	int len;

	while (inner && is_within(inner, n->key, n->prefix_len)) {
		n = inner;
		memcpy(key, n->key, sizeof(key));
		len = n->prefix_len;
		inner = sea_lpm_next(lpm, key, &len);
	}
	return n;
}

static const struct sea_route_node *next6(const struct sea_route_walk *w,
					  const struct sea_route_spot *p)
{
	const struct sea_lpm *lpm = &w->table->lpm;
	const struct sea_route_node *n, *around = NULL;
	uint8_t key[16] = { 0 };
	int len = -1;

	if (p->len < 0) {
		n = sea_lpm_next(lpm, key, &len);
		return n ? innermost(lpm, n) : NULL;
	}
	if (p->len > 0)
		around = sea_lpm_lookup_below(lpm, p->key, (unsigned)p->len);
	n = behind_all_within(lpm, p);
	if (n && (!around || is_within(n, around->key, around->prefix_len)))
		return innermost(lpm, n);
	return around;
}

/* The first of the next prefix of the table that has a route still. */
static const struct sea_route_node *next_prefix(struct sea_route_walk *w)
{
	const struct sea_route_node *n;

	do {
		n = w->routes->addr_len == 4 ? next4(w, &w->place) : next6(w, &w->place);
		if (!n)
			return NULL;
		move_to(&w->place, n);
		while (n && n->info->gone)
			n = n->next;
	} while (!n);
	w->place.alternative = 0;
	return n;
}

/* -- the walk -- */

/* On from where nothing is left of a prefix. */
static void go_on(struct sea_route_walk *w)
{
	w->node = w->table ? next_prefix(w) : NULL;
	while (!w->node) {
		w->table = next_table(w);
		w->ahead = NULL;
		w->is_shortest = false;
		if (!w->table)
			return;
		w->place = (struct sea_route_spot){ .table = w->table->id,
						    .len = -1,
						    .in_table = true };
		w->node = next_prefix(w);
	}
}

void sea_route_walk_next(struct sea_route_walk *w)
{
	w->place.alternative++;
	w->node = sea_route_after(w->node);
	if (!w->node)
		go_on(w);
}

void sea_route_walk_begin(struct sea_route_walk *w, const struct sea_routes *r, uint32_t only_table,
			  const struct sea_route_spot *place)
{
	*w = (struct sea_route_walk){ .routes = r, .only_table = only_table, .place = *place };
	if (place->in_table)
		w->table = sea_route_table_find(r, place->table);
	if (w->table && place->len >= 0) {
		w->node = sea_route_first(w->table, place->key, (uint8_t)place->len);
		for (uint32_t i = 0; w->node && i < place->alternative; i++)
			w->node = sea_route_after(w->node);
	}
	if (!w->node)
		go_on(w);
}
