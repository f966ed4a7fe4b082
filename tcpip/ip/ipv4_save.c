/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4's state written out and read back: keys, limits, addresses, routes, neighbours, path MTUs,
 * unfinished datagrams.
 * (Sysctls are the stack's to save.) Copies of broadcasts that wait to be heard are lost, as a wire
 * may lose them.
 */
#include <errno.h>

#include "ip/ip_save.h"
#include "ip/ipv4_module.h"
#include "ip/mroute.h"

#define ADDRS_MAX (1u << 20)

/* -- keys and counters -- */

static void save_redirects(const struct sea_ipv4_state *ip, struct sea_saver *to)
{
	for (unsigned i = 0; i < SEA_REDIRECT_PEERS; i++) {
		sea_save_u32(to, ip->redirect_peers[i].n);
		sea_save_time(to, ip->redirect_peers[i].last);
	}
	sea_save_u32(to, ip->martians.used);
	sea_save_time(to, ip->martians.since);
}

static void load_redirects(struct sea_ipv4_state *ip, struct sea_loader *from)
{
	for (unsigned i = 0; i < SEA_REDIRECT_PEERS; i++) {
		ip->redirect_peers[i].n = sea_load_u32(from);
		ip->redirect_peers[i].last = sea_load_time(from);
	}
	ip->martians.used = sea_load_u32(from);
	ip->martians.since = sea_load_time(from);
}

static void save_basics(const struct sea_ipv4_state *ip, struct sea_saver *to)
{
	sea_ip_save_key(to, &ip->id_key);
	for (unsigned i = 0; i < 256; i++)
		sea_save_u16(to, ip->id_counter[i]);
	sea_icmp_bucket_save(&ip->icmp_global.bucket, to);
	sea_icmp_peers_save(&ip->icmp_peers, to);
	save_redirects(ip, to);
}

static void load_basics(struct sea_ipv4_state *ip, struct sea_loader *from)
{
	sea_ip_load_key(from, &ip->id_key);
	for (unsigned i = 0; i < 256; i++)
		ip->id_counter[i] = sea_load_u16(from);
	sea_icmp_bucket_load(&ip->icmp_global.bucket, from);
	sea_icmp_peers_load(&ip->icmp_peers, from);
	load_redirects(ip, from);
}

/* -- addresses -- */

static uint32_t count_addrs(const struct sea_link *link)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	n++;
	return n;
}

static void save_life(const struct sea_ifaddr4 *a, struct sea_saver *to)
{
	sea_save_bytes(to, a->peer.b, sizeof(a->peer.b));
	sea_save_u32(to, a->flags);
	sea_save_u32(to, a->metric);
	sea_save_u32(to, a->valid_s);
	sea_save_u32(to, a->preferred_s);
	sea_save_time(to, a->created);
	sea_save_time(to, a->updated);
	sea_save_u8(to, a->proto);
	sea_save_bytes(to, a->label, sizeof(a->label));
	sea_save_u8(to, a->acd.sent);
	sea_save_time(to, a->acd.defended);
	sea_save_timer(to, &a->life);
	sea_save_timer(to, &a->acd.timer);
}

static void load_life(struct sea_stack *stack, struct sea_loader *from, struct sea_ifaddr4 *a)
{
	sea_load_bytes(from, a->peer.b, sizeof(a->peer.b));
	a->flags = sea_load_u32(from);
	a->metric = sea_load_u32(from);
	a->valid_s = sea_load_u32(from);
	a->preferred_s = sea_load_u32(from);
	a->created = sea_load_time(from);
	a->updated = sea_load_time(from);
	a->proto = sea_load_u8(from);
	sea_load_bytes(from, a->label, sizeof(a->label));
	a->label[sizeof(a->label) - 1] = 0;
	a->acd.sent = sea_load_u8(from);
	a->acd.defended = sea_load_time(from);
	sea_load_timer(from, stack, &a->life);
	sea_load_timer(from, stack, &a->acd.timer);
}

static void save_addrs(const struct sea_link *link, struct sea_saver *to)
{
	struct sea_list *node, *tmp;

	sea_save_u32(to, count_addrs(link));
	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		const struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		sea_save_bytes(to, a->local.b, sizeof(a->local.b));
		sea_save_bytes(to, a->broadcast.b, sizeof(a->broadcast.b));
		sea_save_u8(to, a->prefix_len);
		sea_save_u8(to, a->scope);
		sea_save_u8(to, a->secondary);
		save_life(a, to);
	}
}

static void load_addrs(struct sea_link *link, struct sea_loader *from)
{
	uint32_t n = sea_load_count(from, ADDRS_MAX);

	sea_ifaddr4_clear(link);
	while (n-- && !from->err) {
		struct sea_ifaddr4 a = { 0 }, *added;

		sea_load_bytes(from, a.local.b, sizeof(a.local.b));
		sea_load_bytes(from, a.broadcast.b, sizeof(a.broadcast.b));
		a.prefix_len = sea_load_u8(from);
		a.scope = sea_load_u8(from);
		a.secondary = sea_load_u8(from);
		if (a.prefix_len > 32)
			sea_load_fail(from, -EINVAL);
		added = from->err ? NULL : sea_ifaddr4_append(link, &a);
		if (added)
			load_life(link->stack, from, added);
		else
			sea_load_fail(from, -ENOMEM);
	}
}

/* -- all of it -- */

void sea_ipv4_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	struct sea_ipv4_state *ip = state;
	struct sea_link *link = NULL;

	sea_save_tag(to, "IPV4");
	save_basics(ip, to);
	sea_save_u64(to, ip->own_conf);
	while ((link = sea_link_next(stack, link))) {
		save_addrs(link, to);
		sea_groups_save(&sea_link_ip4(link)->groups, to);
		sea_save_u8(to, sea_link_ip4(link)->in_all_hosts);
		sea_save_u64(to, sea_link_ip4(link)->own_conf);
	}
	sea_routes_save(&ip->routes, to);
	sea_neigh_table_save(&ip->neigh, to);
	sea_pmtu_table_save(&ip->pmtu, to);
	sea_frag_table_save(&ip->frags, to);
	sea_mrouter_save(ip->mrouter, to);
}

int sea_ipv4_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct sea_ipv4_state *ip = state;
	struct sea_link *link = NULL;

	sea_load_tag(from, "IPV4");
	load_basics(ip, from);
	ip->own_conf = sea_load_u64(from);
	while ((link = sea_link_next(stack, link))) {
		load_addrs(link, from);
		sea_groups_load(&sea_link_ip4(link)->groups, from);
		sea_link_ip4(link)->in_all_hosts = sea_load_u8(from);
		sea_link_ip4(link)->own_conf = sea_load_u64(from);
	}
	sea_routes_load(&ip->routes, from);
	sea_neigh_table_load(&ip->neigh, from);
	sea_pmtu_table_load(&ip->pmtu, from);
	sea_frag_table_load(&ip->frags, from);
	sea_mrouter_load(&ip->mrouter, stack, &sea_ipv4_mrouter_ops, from);
	return from->err;
}
