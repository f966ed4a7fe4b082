/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4's state written out and read back: keys, limits, addresses, routes, neighbours, path MTUs,
 * unfinished datagrams.
 * (Sysctls are the stack's to save.) Copies of broadcasts that wait to be heard are lost, as a wire
 * may lose them.
 */
#include <errno.h>

#include "ip/ipv4_module.h"

#define ADDRS_MAX (1u << 20)

/* -- small things -- */

static void save_limit(struct sea_saver *to, const struct sea_icmp_limit *l)
{
	sea_save_u32(to, l->tokens);
	sea_save_time(to, l->refilled);
}

static void load_limit(struct sea_loader *from, struct sea_icmp_limit *l)
{
	l->tokens = sea_load_u32(from);
	l->refilled = sea_load_time(from);
}

static void save_key(struct sea_saver *to, const struct sea_siphash_key *key)
{
	sea_save_u64(to, key->k0);
	sea_save_u64(to, key->k1);
}

static void load_key(struct sea_loader *from, struct sea_siphash_key *key)
{
	struct sea_siphash_key saved;

	saved.k0 = sea_load_u64(from);
	saved.k1 = sea_load_u64(from);
	if (!from->fresh_secrets)
		*key = saved;
}

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
	save_key(to, &ip->icmp_key);
	save_key(to, &ip->id_key);
	for (unsigned i = 0; i < 256; i++)
		sea_save_u16(to, ip->id_counter[i]);
	save_limit(to, &ip->icmp_global);
	for (unsigned i = 0; i < SEA_ICMP_PEERS; i++)
		save_limit(to, &ip->icmp_peers[i]);
	save_redirects(ip, to);
}

static void load_basics(struct sea_ipv4_state *ip, struct sea_loader *from)
{
	load_key(from, &ip->icmp_key);
	load_key(from, &ip->id_key);
	for (unsigned i = 0; i < 256; i++)
		ip->id_counter[i] = sea_load_u16(from);
	load_limit(from, &ip->icmp_global);
	for (unsigned i = 0; i < SEA_ICMP_PEERS; i++)
		load_limit(from, &ip->icmp_peers[i]);
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
	}
}

static void load_addrs(struct sea_link *link, struct sea_loader *from)
{
	uint32_t n = sea_load_count(from, ADDRS_MAX);

	sea_ifaddr4_clear(link);
	while (n-- && !from->err) {
		struct sea_ifaddr4 a = { 0 };
		int err;

		sea_load_bytes(from, a.local.b, sizeof(a.local.b));
		sea_load_bytes(from, a.broadcast.b, sizeof(a.broadcast.b));
		a.prefix_len = sea_load_u8(from);
		a.scope = sea_load_u8(from);
		a.secondary = sea_load_u8(from);
		err = a.prefix_len > 32 ? -EINVAL : sea_ifaddr4_append(link, &a);
		sea_load_fail(from, err);
	}
}

/* -- path MTUs -- */

static void save_pmtu(const struct sea_pmtu_table *t, struct sea_saver *to)
{
	struct sea_list *node, *tmp;

	sea_save_u32(to, t->entries.n);
	SEA_LIST_EACH(node, tmp, &t->ages)
	{
		const struct sea_pmtu *p = sea_container(node, struct sea_pmtu, age);

		sea_save_bytes(to, p->dst.b, sizeof(p->dst.b));
		sea_save_u32(to, p->mtu);
		sea_save_u8(to, p->locked);
		sea_save_time(to, p->expires);
	}
}

static void load_pmtu(struct sea_pmtu_table *t, struct sea_loader *from)
{
	uint32_t n = sea_load_count(from, SEA_PMTU_MAX);

	while (n-- && !from->err) {
		struct sea_ipaddr dst;
		uint32_t mtu;
		bool locked;
		sea_time expires;

		sea_load_bytes(from, dst.b, sizeof(dst.b));
		mtu = sea_load_u32(from);
		locked = sea_load_u8(from);
		expires = sea_load_time(from);
		if (!from->err)
			sea_pmtu_set(t, &dst, mtu, locked, expires);
	}
}

/* -- all of it -- */

void sea_ipv4_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	struct sea_ipv4_state *ip = state;
	struct sea_link *link = NULL;

	sea_save_tag(to, "IPV4");
	save_basics(ip, to);
	while ((link = sea_link_next(stack, link))) {
		save_addrs(link, to);
		sea_groups_save(&sea_link_ip4(link)->groups, to);
	}
	sea_routes_save(&ip->routes, to);
	sea_neigh_table_save(&ip->neigh, to);
	save_pmtu(&ip->pmtu, to);
	sea_frag_table_save(&ip->frags, to);
}

int sea_ipv4_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct sea_ipv4_state *ip = state;
	struct sea_link *link = NULL;

	sea_load_tag(from, "IPV4");
	load_basics(ip, from);
	while ((link = sea_link_next(stack, link))) {
		load_addrs(link, from);
		sea_groups_load(&sea_link_ip4(link)->groups, from);
	}
	sea_routes_load(&ip->routes, from);
	sea_neigh_table_load(&ip->neigh, from);
	load_pmtu(&ip->pmtu, from);
	sea_frag_table_load(&ip->frags, from);
	return from->err;
}
