/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/fib_trie: IPv4's tables, each as the tree of bits in which its prefixes part. Linux's own nodes take several
 * bits at once where there are many prefixes, as ours do (ip/lpm.h); here each node takes one. Leaves and their routes are
 * as on Linux.
 */
#include <inttypes.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/proc.h"
#include "ip/route_info.h"
#include "ip/route_walk.h"
#include "wire/bytes.h"

#define BITS 32u

/* Of the cursor. */
enum {
	TABLE, /* its number */
	STAGE,
	KEY,  /* the leaf's */
	ROUTE /* of the leaf's: the next one */
};

enum stage { AT_TABLE, AT_FIRST_LEAF, IN_LEAF, BEHIND_LEAF };

/* What is shown of a table: local and main are shown as one while they are asked as one. */
struct view {
	const struct sea_route_table *tables[2];
	unsigned n;
};

static struct view view_of(const struct sea_routes *r, const struct sea_route_table *t)
{
	if (r->merged && (t == r->local || t == r->main))
		return (struct view){ { r->local, r->main }, 2 };
	return (struct view){ { t }, 1 };
}

/* -- keys -- */

/* The first key from `from` on; false: there is none. */
static bool first_key(const struct view *v, uint32_t from, uint32_t *key)
{
	bool found = false;

	for (unsigned i = 0; i < v->n; i++) {
		int len = from ? (int)BITS : -1;
		uint8_t at[16];
		uint32_t is;

		sea_put32(at, from ? from - 1 : 0);
		if (!sea_lpm_next(&v->tables[i]->lpm, at, &len))
			continue;
		is = sea_get32(at);
		*key = found && *key < is ? *key : is;
		found = true;
	}
	return found;
}

/* Is there a key with these first `len` bits? */
static bool has_key(const struct view *v, uint32_t bits, unsigned len)
{
	uint32_t rest = len < BITS ? UINT32_MAX >> len : 0, key;

	return first_key(v, bits & ~rest, &key) && key <= (bits | rest);
}

static bool bit_of(uint32_t key, unsigned at)
{
	return key >> (BITS - 1 - at) & 1;
}

/* Do keys with the first bits of this one part at bit `at`? */
static bool part_at(const struct view *v, uint32_t key, unsigned at)
{
	return at < BITS && has_key(v, key ^ 1u << (BITS - 1 - at), at + 1);
}

/* -- lines -- */

static void put_indent(struct sea_text *t, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		sea_text_str(t, "   ");
	sea_text_str(t, "  ");
}

static void put_key(struct sea_text *t, uint32_t key)
{
	sea_procnet_put(t, "%u.%u.%u.%u", key >> 24, key >> 16 & 0xff, key >> 8 & 0xff, key & 0xff);
}

/* How many of the two sides below part at the next bit; that of this key does where `parts`. */
static unsigned full_below(const struct view *v, uint32_t key, unsigned at, bool parts)
{
	uint32_t other = key ^ 1u << (BITS - 1 - at);

	/* A key of the other side, whichever bit comes next: there is one. */
	if (at + 1 < BITS && has_key(v, other, at + 2) && part_at(v, other, at + 1))
		return parts + 1u;
	return parts;
}

static void put_node(struct sea_text *t, const struct view *v, uint32_t key, unsigned at,
		     unsigned depth, bool parts)
{
	put_indent(t, depth);
	sea_text_str(t, "+-- ");
	put_key(t, key & ~(UINT32_MAX >> at));
	sea_procnet_put(t, "/%u 1 %u 0\n", at, full_below(v, key, at, parts));
}

/* How many nodes are above the leaf; parts[]: at which bits. Returns the first that has no leaf before this one. */
static unsigned find_nodes(const struct view *v, uint32_t key, bool parts[BITS + 1])
{
	unsigned first = 0;

	for (unsigned at = 0; at < BITS; at++) {
		parts[at] = part_at(v, key, at);
		if (parts[at] && bit_of(key, at))
			first = at + 1;
	}
	parts[BITS] = false;
	return first;
}

/* The leaf, and in front of it the nodes of which it is the first. */
static void put_leaf(struct sea_text *t, const struct view *v, uint32_t key)
{
	bool parts[BITS + 1];
	unsigned first = find_nodes(v, key, parts), depth = 0;

	for (unsigned at = 0; at < BITS; at++) {
		if (parts[at] && at >= first)
			put_node(t, v, key, at, depth, parts[at + 1]);
		depth += parts[at];
	}
	put_indent(t, depth);
	sea_text_str(t, "|-- ");
	put_key(t, key);
	sea_text_char(t, '\n');
}

static void put_scope(struct sea_text *t, uint8_t scope)
{
	static const struct {
		uint8_t scope;
		const char *name;
	} names[] = { { 0, "universe" },
		      { 200, "site" },
		      { 253, "link" },
		      { 254, "host" },
		      { 255, "nowhere" } };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].scope == scope) {
			sea_text_str(t, names[i].name);
			return;
		}
	}
	sea_procnet_put(t, "scope=%u", scope);
}

static void put_route(struct sea_text *t, const struct view *v, const struct sea_route_node *n)
{
	static const char *const types[] = { "UNSPEC",   "UNICAST",   "LOCAL",     "BROADCAST",
					     "ANYCAST",  "MULTICAST", "BLACKHOLE", "UNREACHABLE",
					     "PROHIBIT", "THROW",     "NAT",       "XRESOLVE" };
	const struct sea_route_entry *e = sea_route_node_entry(n);
	bool parts[BITS + 1];
	unsigned depth = 1;

	(void)find_nodes(v, sea_get32(n->key), parts);
	for (unsigned at = 0; at < BITS; at++)
		depth += parts[at];
	put_indent(t, depth);
	sea_procnet_put(t, "/%u ", n->prefix_len);
	put_scope(t, e->scope);
	sea_procnet_put(t, " %s",
			e->type < sizeof(types) / sizeof(types[0]) ? types[e->type] : "?");
	if (n->tos)
		sea_procnet_put(t, " tos=%u", n->tos);
	sea_text_char(t, '\n');
}

/* -- the walk -- */

/* The leaf's routes, the longest prefix first; NULL: it has no more than `skip`. */
static const struct sea_route_node *route_at(const struct view *v, uint32_t key, uint64_t skip)
{
	uint8_t at[16];

	sea_put32(at, key);
	for (int len = BITS; len >= 0 && (len == BITS || !(key << len)); len--) {
		for (unsigned i = 0; i < v->n; i++) {
			const struct sea_route_node *n =
				sea_route_first(v->tables[i], at, (uint8_t)len);

			for (; n; n = sea_route_after(n))
				if (!skip--)
					return n;
		}
	}
	return NULL;
}

static void put_table(struct sea_text *t, uint32_t id)
{
	if (id == SEA_TABLE_MAIN)
		sea_text_str(t, "Main:\n");
	else if (id == SEA_TABLE_LOCAL)
		sea_text_str(t, "Local:\n");
	else
		sea_procnet_put(t, "Id %" PRIu32 ":\n", id);
}

/* Linux makes tables for the first route in them, not for a rule. */
static bool is_shown(const struct sea_routes *r, const struct sea_route_table *t)
{
	return t == r->local || t == r->main || t->lpm.n;
}

static bool begin_table(const struct sea_routes *r, struct sea_procnet_cursor *c,
			struct sea_text *t)
{
	const uint32_t after = (uint32_t)c->place[TABLE];
	const struct sea_route_table *table = sea_route_walk_table(r, after ? &after : NULL);

	if (!table)
		return false;
	*c = (struct sea_procnet_cursor){ .place = { table->id, AT_FIRST_LEAF } };
	if (is_shown(r, table))
		put_table(t, table->id);
	return true;
}

/* An empty piece where the table has no more: the next one comes then. */
static bool next_leaf(const struct view *v, struct sea_procnet_cursor *c, struct sea_text *t)
{
	bool begins = c->place[STAGE] == AT_FIRST_LEAF;
	uint32_t last = (uint32_t)c->place[KEY], key;

	if ((!begins && last == UINT32_MAX) || !first_key(v, begins ? 0 : last + 1, &key)) {
		c->place[STAGE] = AT_TABLE;
		return true;
	}
	put_leaf(t, v, key);
	c->place[STAGE] = IN_LEAF;
	c->place[KEY] = key;
	c->place[ROUTE] = 0;
	return true;
}

bool sea_procnet_write_fib_trie(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t)
{
	const struct sea_routes *r = &sea_ipv4_of(stack)->routes;
	const struct sea_route_table *table =
		sea_route_table_find(r, (uint32_t)cursor->place[TABLE]);
	const struct sea_route_node *n;
	struct view v;

	if (cursor->place[STAGE] == AT_TABLE || !table)
		return begin_table(r, cursor, t);
	v = view_of(r, table);
	if (cursor->place[STAGE] != IN_LEAF)
		return next_leaf(&v, cursor, t);
	n = route_at(&v, (uint32_t)cursor->place[KEY], cursor->place[ROUTE]++);
	if (n)
		put_route(t, &v, n);
	else
		cursor->place[STAGE] = BEHIND_LEAF;
	return true;
}
