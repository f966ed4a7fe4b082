/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv6's state written out and read back: keys, limits, addresses, groups, routes, neighbours, path
 * MTUs.
 * (Sysctls are the stack's to save.) Copies of multicasts that wait to be heard are lost, as a wire
 * may lose them. What the timer of lifetimes waits for is saved with it.
 */
#include <errno.h>

#include "ip/anycast6.h"
#include "ip/ip_save.h"
#include "ip/ipv6_module.h"
#include "ip/mroute.h"

static void save_link(const struct sea_link *link, struct sea_saver *to)
{
	const struct sea_link_ip6 *ip6 = sea_link_ip6(link);

	sea_save_u8(to, ip6->running);
	sea_save_bytes(to, ip6->first_mac.b, sizeof(ip6->first_mac.b));
	sea_save_bytes(to, ip6->token, sizeof(ip6->token));
	sea_ifaddr6_save(link, to);
	sea_anycast6_save(link, to);
	sea_groups_save(&sea_link_ip6(link)->groups, to);
	sea_save_u8(to, ip6->router_groups);
	sea_nd_host_save(&ip6->host, to);
}

static void load_link(struct sea_link *link, struct sea_loader *from)
{
	struct sea_link_ip6 *ip6 = sea_link_ip6(link);

	ip6->running = sea_load_u8(from);
	sea_load_bytes(from, ip6->first_mac.b, sizeof(ip6->first_mac.b));
	sea_load_bytes(from, ip6->token, sizeof(ip6->token));
	sea_ifaddr6_load(link, from);
	sea_anycast6_load(link, from);
	sea_groups_load(&sea_link_ip6(link)->groups, from);
	ip6->router_groups = sea_load_u8(from);
	sea_nd_host_load(link, from);
}

/* -- all of it -- */

void sea_ipv6_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	struct sea_ipv6_state *ip = state;
	struct sea_link *link = NULL;

	sea_save_tag(to, "IPV6");
	sea_ip_save_key(to, &ip->label_key);
	sea_flow_labels_save(&ip->leased, to);
	sea_icmp_peers_save(&ip->icmp_peers, to);
	sea_addrlabels_save(&ip->labels, to);
	sea_save_timer(to, &ip->life_timer);
	while ((link = sea_link_next(stack, link)))
		save_link(link, to);
	sea_routes_save(&ip->routes, to);
	sea_neigh_table_save(&ip->neigh, to);
	sea_pmtu_table_save(&ip->pmtu, to);
	sea_frag_table_save(&ip->frags, to);
	sea_mrouter_save(ip->mrouter, to);
}

int sea_ipv6_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct sea_ipv6_state *ip = state;
	struct sea_link *link = NULL;

	sea_load_tag(from, "IPV6");
	sea_ip_load_key(from, &ip->label_key);
	sea_flow_labels_load(&ip->leased, from);
	sea_icmp_peers_load(&ip->icmp_peers, from);
	sea_addrlabels_load(&ip->labels, from);
	sea_load_timer(from, stack, &ip->life_timer);
	while ((link = sea_link_next(stack, link)))
		load_link(link, from);
	sea_routes_load(&ip->routes, from);
	sea_neigh_table_load(&ip->neigh, from);
	sea_pmtu_table_load(&ip->pmtu, from);
	sea_frag_table_load(&ip->frags, from);
	sea_mrouter_load(&ip->mrouter, stack, &sea_ipv6_mrouter_ops, from);
	return from->err;
}
