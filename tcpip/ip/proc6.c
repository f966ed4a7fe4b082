/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/if_inet6, anycast6 and ipv6_route, and the list of all that IPv6 shows. */
#include <inttypes.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/anycast6.h"
#include "ip/ifaddr6.h"
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/proc.h"
#include "ip/route_info.h"

void sea_procnet_put_in6(struct sea_text *t, const uint8_t addr[16])
{
	for (unsigned i = 0; i < 16; i++)
		sea_text_hex(t, addr[i], 2);
}

/* -- what links have, one after the other: place[1] is the link, place[2] how many of its were written -- */

static const struct sea_list *nth_of(const struct sea_list *head, uint64_t n)
{
	const struct sea_list *node = head->next;

	while (node != head && n--)
		node = node->next;
	return node != head ? node : NULL;
}

static const struct sea_list *addrs_of(const struct sea_link *link)
{
	return link->ip6 ? &sea_link_ip6(link)->addrs : NULL;
}

static const struct sea_list *anycasts_of(const struct sea_link *link)
{
	return link->ip6 ? &sea_link_ip6(link)->anycasts : NULL;
}

/* The next one, behind which the cursor is moved; NULL: at the end. */
static const struct sea_list *next_of_link(struct sea_stack *stack,
					   struct sea_procnet_cursor *cursor,
					   const struct sea_list *(*of)(const struct sea_link *),
					   const struct sea_link **link)
{
	while ((*link = sea_procnet_link(stack, cursor))) {
		uint64_t index = (uint64_t)(*link)->ifindex;
		const struct sea_list *head = of(*link), *node;

		if (cursor->place[1] != index)
			cursor->place[2] = 0;
		node = head ? nth_of(head, cursor->place[2]) : NULL;
		cursor->place[1] = node ? index : index + 1;
		cursor->place[2] = node ? cursor->place[2] + 1 : 0;
		if (node)
			return node;
	}
	return NULL;
}

/* IPV6_ADDR_* of <net/ipv6.h>: a bit a scope; of global ones none. */
static unsigned scope_bits(const uint8_t addr[16])
{
	if (sea_in6_is_loopback(addr))
		return 0x10;
	switch (sea_in6_scope(addr)) {
	case SEA_IN6_SCOPE_LINK:
		return 0x20;
	case SEA_IN6_SCOPE_SITE:
		return 0x40;
	default:
		return 0;
	}
}

static bool write_if_inet6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			   struct sea_text *t)
{
	const struct sea_ifaddr6 *a;
	const struct sea_link *link;
	const struct sea_list *node = next_of_link(stack, cursor, addrs_of, &link);

	if (!node)
		return false;
	a = (const void *)((const char *)node - offsetof(struct sea_ifaddr6, node));
	sea_procnet_put_in6(t, a->addr.b);
	sea_procnet_put(t, " %02x %02x %02x %02x %8s\n", link->ifindex, a->prefix_len,
			scope_bits(a->addr.b), a->flags & 0xff, link->name);
	return true;
}

static bool write_anycast6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			   struct sea_text *t)
{
	const struct sea_anycast6 *a;
	const struct sea_link *link;
	const struct sea_list *node = next_of_link(stack, cursor, anycasts_of, &link);

	if (!node)
		return false;
	a = (const void *)((const char *)node - offsetof(struct sea_anycast6, node));
	sea_procnet_put(t, "%-4d %-15s ", link->ifindex, link->name);
	sea_procnet_put_in6(t, a->addr.b);
	sea_procnet_put(t, " %5" PRIu32 "\n", a->users);
	return true;
}

/* -- ipv6_route -- */

#define RTF_UP 0x00000001u /* <linux/ipv6_route.h>, <linux/route.h> */
#define RTF_GATEWAY 0x00000002u
#define RTF_REJECT 0x00000200u
#define RTF_DEFAULT 0x00010000u
#define RTF_ADDRCONF 0x00040000u
#define RTF_PREFIX_RT 0x00080000u
#define RTF_ANYCAST 0x00100000u
#define RTF_NONEXTHOP 0x00200000u
#define RTF_EXPIRES 0x00400000u
#define RTF_LOCAL 0x80000000u
#define RTPROT_KERNEL 2
#define RTPROT_RA 9

/*
 * A place in the order in which Linux walks over a tree: what a prefix contains comes before it. main comes before local,
 * and these before all others. At the end of a table without a route to all stands one that Linux has and nobody sees elsewhere.
 */
struct place6 {
	uint64_t table; /* 0: main, 1: local, 2: by id, the others */
	uint64_t other; /* … from this id on */
	uint8_t key[16];
	int len; /* -1: before the first */
	uint64_t alternative, way;
};

/* Of the cursor: [1] table, [2] other, [3] length + 1, [4] alternative and way, [5], [6] the prefix. */
static struct place6 place6_of(const struct sea_procnet_cursor *c)
{
	struct place6 p = { .table = c->place[1],
			    .other = c->place[2],
			    .len = (int)c->place[3] - 1,
			    .alternative = c->place[4] >> 32,
			    .way = (uint32_t)c->place[4] };

	memcpy(p.key, &c->place[5], sizeof(p.key));
	return p;
}

static void keep_place6(struct sea_procnet_cursor *c, const struct place6 *p)
{
	c->place[1] = p->table;
	c->place[2] = p->other;
	c->place[3] = (uint64_t)(p->len + 1);
	c->place[4] = p->alternative << 32 | p->way;
	memcpy(&c->place[5], p->key, sizeof(p->key));
}

static void begin_table(struct place6 *p, uint64_t table, uint64_t other)
{
	*p = (struct place6){ .table = table, .other = other, .len = -1 };
}

static const struct sea_route_table *table_of(const struct sea_routes *r, const struct place6 *p)
{
	const struct sea_route_table *t = r->tables;

	if (p->table == 0)
		return r->main;
	if (p->table == 1)
		return r->local;
	while (t && (t->id < p->other || t == r->main || t == r->local))
		t = t->next;
	return t;
}

/* How many bits both begin with. */
static int common_bits(const uint8_t a[16], const uint8_t b[16])
{
	for (int i = 0; i < 16; i++)
		if (a[i] != b[i])
			return i * 8 + __builtin_clz((unsigned)(a[i] ^ b[i])) - 24;
	return 128;
}

static void cut(uint8_t key[16], int len)
{
	for (int i = 0; i < 16; i++)
		key[i] &= (uint8_t)(len >= (i + 1) * 8 ? 0xff
				    : len <= i * 8     ? 0
						       : 0xff00 >> (len - i * 8));
}

/* From a prefix that is there down to the first that it contains and that contains none. */
static void go_down(const struct sea_route_table *t, uint8_t key[16], int *len)
{
	uint8_t next[16];
	int next_len = *len;

	memcpy(next, key, sizeof(next));
	while (sea_lpm_next(&t->lpm, next, &next_len) && next_len > *len &&
	       common_bits(next, key) >= *len) {
		memcpy(key, next, sizeof(next));
		*len = next_len;
	}
}

/* The longest prefix that contains the place's and not what differs from it after `common` bits; false: none. */
static bool go_up(const struct sea_route_table *t, struct place6 *p, int common)
{
	uint8_t key[16];

	memcpy(key, p->key, sizeof(key));
	for (int len = p->len - 1; len > common; len--) {
		cut(key, len);
		if (!sea_lpm_get(&t->lpm, key, (uint8_t)len))
			continue;
		memcpy(p->key, key, sizeof(key));
		p->len = len;
		return true;
	}
	return false;
}

/* The next prefix in that order; false: there is none in this table. */
static bool next_prefix(const struct sea_route_table *t, struct place6 *p)
{
	uint8_t key[16];
	int len = -1;
	bool more;

	p->alternative = p->way = 0;
	memcpy(key, p->key, sizeof(key));
	if (p->len >= 0) { /* behind all that the place contains */
		for (int i = 0; i < 16; i++)
			key[i] |= (uint8_t)(p->len >= (i + 1) * 8 ? 0
					    : p->len <= i * 8     ? 0xff
								  : 0xff >> (p->len - i * 8));
		len = 128;
	}
	more = sea_lpm_next(&t->lpm, key, &len);
	/* What contains both is no longer than what they have in common. */
	if (p->len >= 0 && go_up(t, p, more ? common_bits(key, p->key) : -1))
		return true;
	if (!more)
		return false;
	go_down(t, key, &len);
	memcpy(p->key, key, sizeof(key));
	p->len = len;
	return true;
}

/* The way at the place, or the next one in its table; NULL: none. */
static const struct sea_route_entry *way_in(const struct sea_route_table *t, struct place6 *p)
{
	do {
		const struct sea_route_node *n =
			p->len < 0 ? NULL : sea_route_first(t, p->key, (uint8_t)p->len);

		for (uint64_t i = 0; n && i < p->alternative; i++)
			n = sea_route_after(n);
		for (; n; n = sea_route_after(n), p->alternative++, p->way = 0)
			if (p->way < n->info->n_ways)
				return &n->info->ways[p->way].entry;
	} while (next_prefix(t, p));
	return NULL;
}

static uint32_t flags6(const struct place6 *p, const struct sea_route_entry *e)
{
	uint32_t f = RTF_UP | (e->has_gateway ? RTF_GATEWAY : 0) |
		     (e->expires.ns ? RTF_EXPIRES : 0);

	if (e->type >= SEA_ROUTE_BLACKHOLE)
		return RTF_REJECT | RTF_NONEXTHOP;
	if (e->type == SEA_ROUTE_LOCAL)
		f |= RTF_LOCAL | (e->protocol == RTPROT_KERNEL ? RTF_NONEXTHOP : 0);
	if (e->type == SEA_ROUTE_ANYCAST)
		f |= RTF_ANYCAST | RTF_NONEXTHOP;
	if (e->protocol == RTPROT_RA)
		f |= RTF_ADDRCONF | (p->len ? 0 : RTF_DEFAULT);
	if (e->protocol == RTPROT_KERNEL && e->expires.ns)
		f |= RTF_ADDRCONF | RTF_PREFIX_RT;
	return f | (uint32_t)(e->pref & 3) << 27;
}

static void put_route6(struct sea_text *t, const uint8_t dst[16], int len,
		       const struct sea_route_entry *e)
{
	static const uint8_t none[16] = { 0 };

	sea_procnet_put_in6(t, dst);
	sea_procnet_put(t, " %02x ", (unsigned)len);
	sea_procnet_put_in6(t, e->src_len ? e->src.b : none);
	sea_procnet_put(t, " %02x ", e->src_len);
	sea_procnet_put_in6(t, e->has_gateway ? e->gateway.b : none);
}

/* References and use are Linux's own business: one, and none. */
static void put_rest6(struct sea_text *t, uint32_t metric, uint32_t flags, const char *name)
{
	sea_procnet_put(t, " %08" PRIx32 " 00000001 00000000 %08" PRIx32 " %8s\n", metric, flags,
			name);
}

static void put_null6(struct sea_text *t)
{
	static const struct sea_route_entry nothing = { 0 };
	static const uint8_t any[16] = { 0 };

	put_route6(t, any, 0, &nothing);
	put_rest6(t, UINT32_MAX, RTF_REJECT | RTF_NONEXTHOP, "lo");
}

/* A table without a route to all; of others than main and local those that were ever used. */
static bool ends_with_null(const struct sea_route_table *table, const struct place6 *p)
{
	static const uint8_t any[16] = { 0 };

	if (!table)
		return true;
	return !sea_route_first(table, any, 0) && (p->table < 2 || p->len >= 0);
}

static bool write_route6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			 struct sea_text *t)
{
	struct sea_routes *r = &sea_ipv6_of(stack)->routes;
	struct place6 p = place6_of(cursor);
	const struct sea_route_table *table;
	const struct sea_route_entry *e;

	if (!cursor->place[0]++)
		begin_table(&p, 0, 0);
	table = table_of(r, &p);
	if (!table && p.table == 2)
		return false;
	e = table ? way_in(table, &p) : NULL;
	if (e) {
		put_route6(t, p.key, p.len, e);
		put_rest6(t, e->metric, flags6(&p, e),
			  e->link && e->type < SEA_ROUTE_BLACKHOLE ? e->link->name : "lo");
		p.way++;
	} else {
		if (ends_with_null(table, &p))
			put_null6(t);
		begin_table(&p, p.table < 2 ? p.table + 1 : 2,
			    p.table == 2 ? (uint64_t)table->id + 1 : 0);
	}
	keep_place6(cursor, &p);
	return true;
}

static const struct sea_procnet_file files[] = {
	{ .name = "anycast6", .write = write_anycast6 },
	{ .name = "if_inet6", .write = write_if_inet6 },
	{ .name = "igmp6", .write = sea_procnet_write_igmp6 },
	{ .name = "ip6_flowlabel", .write = sea_procnet_write_flowlabel },
	{ .name = "ip6_mr_cache", .write = sea_procnet_write_mr_cache6 },
	{ .name = "ip6_mr_vif", .write = sea_procnet_write_mr_vif6 },
	{ .name = "ipv6_route", .write = write_route6 },
	{ .name = "mcfilter6", .write = sea_procnet_write_mcfilter6 },
	{ .name = "snmp6", .write = sea_procnet_write_snmp6 },
	{ .name = "sockstat6", .write = sea_procnet_write_sockstat6 },
};

const struct sea_procnet_files sea_ipv6_proc_files = { .files = files,
						       .n = sizeof(files) / sizeof(files[0]) };
