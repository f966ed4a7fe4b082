/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6's state written out and read back: keys, limits, addresses, groups, routes, neighbours, path
 * MTUs.
 * (Sysctls are the stack's to save.) Copies of multicasts that wait to be heard are lost, as a wire
 * may lose them.
 */
#include <errno.h>

#include "ip/ip_save.h"
#include "ip/ipv6_module.h"

#define ADDRS_MAX (1u << 20)

/* -- addresses -- */

static uint32_t count_addrs(const struct sea_link *link)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	n++;
	return n;
}

static void save_addr(const struct sea_ifaddr6 *a, struct sea_saver *to)
{
	sea_save_bytes(to, a->addr.b, sizeof(a->addr.b));
	sea_save_u8(to, a->prefix_len);
	sea_save_u8(to, a->scope);
	sea_save_u32(to, a->flags);
	sea_save_u32(to, a->metric);
	sea_save_u32(to, a->valid_s);
	sea_save_u32(to, a->preferred_s);
	sea_save_time(to, a->created);
	sea_save_time(to, a->updated);
	sea_save_u8(to, a->proto);
	sea_save_u8(to, a->heard);
}

static void load_addr(struct sea_ifaddr6 *a, struct sea_loader *from)
{
	sea_load_bytes(from, a->addr.b, sizeof(a->addr.b));
	a->prefix_len = sea_load_u8(from);
	a->scope = sea_load_u8(from);
	a->flags = sea_load_u32(from);
	a->metric = sea_load_u32(from);
	a->valid_s = sea_load_u32(from);
	a->preferred_s = sea_load_u32(from);
	a->created = sea_load_time(from);
	a->updated = sea_load_time(from);
	a->proto = sea_load_u8(from);
	a->heard = sea_load_u8(from);
}

static void save_link(const struct sea_link *link, struct sea_saver *to)
{
	struct sea_list *node, *tmp;

	sea_save_u8(to, sea_link_ip6(link)->running);
	sea_save_u32(to, count_addrs(link));
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	save_addr(sea_container(node, struct sea_ifaddr6, node), to);
	sea_groups_save(&sea_link_ip6(link)->groups, to);
}

static void load_link(struct sea_link *link, struct sea_loader *from)
{
	uint32_t n;

	sea_ifaddr6_clear(link);
	sea_link_ip6(link)->running = sea_load_u8(from);
	n = sea_load_count(from, ADDRS_MAX);
	while (n-- && !from->err) {
		struct sea_ifaddr6 a = { 0 };

		load_addr(&a, from);
		sea_load_fail(from, a.prefix_len > 128 ? -EINVAL : sea_ifaddr6_append(link, &a));
	}
	sea_groups_load(&sea_link_ip6(link)->groups, from);
}

/* -- all of it -- */

void sea_ipv6_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	struct sea_ipv6_state *ip = state;
	struct sea_link *link = NULL;

	sea_save_tag(to, "IPV6");
	sea_ip_save_key(to, &ip->label_key);
	sea_icmp_peers_save(&ip->icmp_peers, to);
	while ((link = sea_link_next(stack, link)))
		save_link(link, to);
	sea_routes_save(&ip->routes, to);
	sea_neigh_table_save(&ip->neigh, to);
	sea_ip_save_pmtu(to, &ip->pmtu);
	sea_frag_table_save(&ip->frags, to);
}

int sea_ipv6_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct sea_ipv6_state *ip = state;
	struct sea_link *link = NULL;

	sea_load_tag(from, "IPV6");
	sea_ip_load_key(from, &ip->label_key);
	sea_icmp_peers_load(&ip->icmp_peers, from);
	while ((link = sea_link_next(stack, link)))
		load_link(link, from);
	sea_routes_load(&ip->routes, from);
	sea_neigh_table_load(&ip->neigh, from);
	sea_ip_load_pmtu(from, &ip->pmtu);
	sea_frag_table_load(&ip->frags, from);
	return from->err;
}
