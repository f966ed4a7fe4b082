/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/route, arp and rt_cache, and the list of all that IPv4 shows. */
#include <inttypes.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/proc.h"
#include "ip/route_info.h"
#include "wire/bytes.h"

#define ROUTE_WIDTH 127
#define RTF_UP 0x0001u /* <linux/route.h> */
#define RTF_GATEWAY 0x0002u
#define RTF_HOST 0x0004u
#define RTF_REJECT 0x0200u
#define ATF_COM 0x02u /* <linux/if_arp.h> */
#define ATF_PERM 0x04u
#define ATF_PUBL 0x08u
#define HDR_LEN 40u /* what `MTU` has over the MSS */

/* -- shared -- */

uint32_t sea_procnet_word(const uint8_t b[4])
{
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

uint64_t sea_procnet_ticks(const struct sea_stack *stack, const struct sea_timer *timer)
{
	int64_t ns = sea_timer_armed(timer) ? sea_time_diff(timer->deadline, stack->shard.now) : 0;

	return ns > 0 ? (uint64_t)ns / 10000000 : 0;
}

/* -- route: table main; prefixes of one address with the longest first, as Linux walks over them -- */

struct place {
	uint8_t key[16];
	int len; /* of the prefix at the cursor; -1: the next address is to be looked for */
	uint64_t alternative;
};

/* Of the cursor: [1] the length + 1, [2] the alternative, [3] the address. */
static struct place place_of(const struct sea_procnet_cursor *cursor)
{
	struct place p = { .len = (int)cursor->place[1] - 1, .alternative = cursor->place[2] };

	memcpy(p.key, &cursor->place[3], 4);
	return p;
}

static void keep_place(struct sea_procnet_cursor *cursor, const struct place *p)
{
	cursor->place[1] = (uint64_t)(p->len + 1);
	cursor->place[2] = p->alternative;
	memcpy(&cursor->place[3], p->key, 4);
}

static bool fits(const uint8_t key[4], int len)
{
	return !(len < 32 && sea_get32(key) << len);
}

static const struct sea_route_node *alternative(const struct sea_route_table *t,
						const struct place *p)
{
	const struct sea_route_node *n = sea_route_first(t, p->key, (uint8_t)p->len);

	for (uint64_t i = 0; n && i < p->alternative; i++)
		n = sea_route_after(n);
	return n;
}

/* The route at the place or behind it; moves the place there. NULL: there is none. */
static const struct sea_route_node *next_route(const struct sea_route_table *t, struct place *p,
					       bool begins)
{
	int after = begins ? -1 : 32;

	for (;;) {
		for (; p->len >= 0 && fits(p->key, p->len); p->len--, p->alternative = 0) {
			const struct sea_route_node *n = alternative(t, p);

			if (n)
				return n;
		}
		if (!sea_lpm_next(&t->lpm, p->key, &after))
			return NULL;
		p->len = after = 32;
		p->alternative = 0;
	}
}

static uint32_t flags_of(const struct sea_route_node *node, const struct sea_route_entry *e)
{
	return RTF_UP | (e->has_gateway && !e->gateway6 ? RTF_GATEWAY : 0) |
	       (node->prefix_len == 32 ? RTF_HOST : 0) |
	       (e->type == SEA_ROUTE_UNREACHABLE || e->type == SEA_ROUTE_PROHIBIT ? RTF_REJECT : 0);
}

/* Of a route with several ways Linux shows the first. */
static void put_route(struct sea_text *t, const struct sea_route_node *node)
{
	const struct sea_route_entry *e = sea_route_node_entry(node);
	uint32_t mask = __builtin_bswap32(sea_ipv4_mask(node->prefix_len));
	uint32_t advmss = e->metrics ? e->metrics->advmss : 0;
	size_t from = t->len;

	if (e->type == SEA_ROUTE_BROADCAST || e->type == SEA_ROUTE_MULTICAST)
		return;
	sea_procnet_put(t, "%s\t%08" PRIX32 "\t%08" PRIX32 "\t%04X\t0\t0\t",
			e->link ? e->link->name : "*", sea_procnet_word(node->key),
			e->has_gateway && !e->gateway6 ? sea_procnet_word(e->gateway.b) : 0,
			flags_of(node, e));
	sea_procnet_put(t, "%" PRIu32 "\t%08" PRIX32 "\t%" PRIu32 "\t%" PRIu32 "\t0", e->metric,
			mask, advmss ? advmss + HDR_LEN : 0, e->metrics ? e->metrics->window : 0);
	sea_procnet_put_end(t, from, ROUTE_WIDTH);
}

static bool write_route(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			struct sea_text *t)
{
	const struct sea_route_table *table = sea_ipv4_of(stack)->routes.main;
	const struct sea_route_node *node;
	struct place p = place_of(cursor);
	uint64_t at = cursor->place[0];

	if (at < 2)
		cursor->place[0]++;
	if (!at) {
		sea_text_str(t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\t"
				"MTU\tWindow\tIRTT");
		sea_procnet_put_end(t, 0, ROUTE_WIDTH);
		return true;
	}
	node = table ? next_route(table, &p, at == 1) : NULL;
	if (!node)
		return false;
	put_route(t, node);
	p.alternative++;
	keep_place(cursor, &p);
	return true;
}

/* Linux has no such cache any more, either. */
static bool write_rt_cache(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			   struct sea_text *t)
{
	(void)stack;
	if (!sea_procnet_begins(cursor))
		return false;
	sea_text_str(t,
		     "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\t"
		     "Window\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst");
	sea_procnet_put_end(t, 0, ROUTE_WIDTH);
	return true;
}

/* -- arp -- */

static unsigned arp_flags(const struct sea_neigh_info *n)
{
	if (n->flags & SEA_NTF_PROXY)
		return ATF_PUBL | ATF_PERM;
	if (n->state & SEA_NUD_PERMANENT)
		return ATF_PERM | ATF_COM;
	return n->state & SEA_NUD_VALID ? ATF_COM : 0;
}

/* ARPHRD_*: of a tun device none, of lo and its like their own. */
static unsigned hw_type(const struct sea_link *link)
{
	if (!link)
		return 0;
	return link->type == SEA_LINK_LOOPBACK ? 772 : link->type == SEA_LINK_IP ? 0xfffe : 1;
}

static void put_neigh(struct sea_text *t, struct sea_stack *stack, const struct sea_neigh_info *n)
{
	const struct sea_link *link = sea_link_by_index(stack, n->ifindex);
	const uint8_t *m = n->mac;
	char addr[SEA_ADDR_TEXT_MAX];

	if (n->state & SEA_NUD_NOARP)
		return;
	sea_procnet_put(t, "%-16s 0x%-10x0x%-10x", sea_addr_text(&n->addr, addr), hw_type(link),
			arp_flags(n));
	sea_procnet_put(t, "%02x:%02x:%02x:%02x:%02x:%02x     *        %s\n", m[0], m[1], m[2],
			m[3], m[4], m[5], link ? link->name : "*");
}

static bool write_arp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		      struct sea_text *t)
{
	struct sea_neigh_info n;

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, "IP address       HW type     Flags       HW address            "
				"Mask     Device\n");
		return true;
	}
	if (!sea_neigh_table_next(&sea_ipv4_of(stack)->neigh, &cursor->place[1], &n))
		return false;
	put_neigh(t, stack, &n);
	return true;
}

static const struct sea_procnet_file files[] = {
	{ .name = "arp", .write = write_arp },
	{ .name = "dev_mcast", .write = sea_procnet_write_dev_mcast },
	{ .name = "fib_trie", .write = sea_procnet_write_fib_trie },
	{ .name = "igmp", .write = sea_procnet_write_igmp },
	{ .name = "ip_mr_cache", .write = sea_procnet_write_mr_cache },
	{ .name = "ip_mr_vif", .write = sea_procnet_write_mr_vif },
	{ .name = "mcfilter", .write = sea_procnet_write_mcfilter },
	{ .name = "netstat", .write = sea_procnet_write_netstat },
	{ .name = "route", .write = write_route },
	{ .name = "rt_cache", .write = write_rt_cache },
	{ .name = "snmp", .write = sea_procnet_write_snmp },
	{ .name = "sockstat", .write = sea_procnet_write_sockstat },
};

const struct sea_procnet_files sea_ipv4_proc_files = { .files = files,
						       .n = sizeof(files) / sizeof(files[0]) };
