/* SPDX-License-Identifier: Apache-2.0 */
/* Bound UDP sockets: who may bind what, and whom a datagram is for. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/l3mdev.h"
#include "ip/udp_port.h"
#include "transport/bind.h"
#include "transport/mcast.h"
#include "transport/udp.h"

#define GROUP_MIN 4u
#define TABLE_MIN 16u

static const struct sea_ipaddr any;

static struct sea_ipaddr laddr_of(const struct udp_sock *u)
{
	struct sea_ipaddr a;

	memcpy(a.b, u->d.sock.laddr, sizeof(a.b));
	return a;
}

static struct sea_ipaddr raddr_of(const struct udp_sock *u)
{
	struct sea_ipaddr a;

	memcpy(a.b, u->d.sock.raddr, sizeof(a.b));
	return a;
}

static uint32_t hash_port(const struct udp_state *udp, uint16_t port)
{
	return (uint32_t)sea_siphash13_2u64(&udp->key, port, 0);
}

/* Without holes: it is hashed as it lies. */
struct key {
	struct sea_ipaddr laddr, raddr;
	uint16_t lport, rport;
	uint32_t family; /* 0: any address, of whichever family */
};

static uint32_t hash_key(const struct udp_state *udp, const struct key *k)
{
	uint64_t w[4], ports = (uint64_t)k->family << 32 | (uint32_t)k->lport << 16 | k->rport;

	memcpy(w, k->laddr.b, 16);
	memcpy(w + 2, k->raddr.b, 16);
	/* IPv4 and the unspecified address: half a word each. */
	if (!w[1] && !w[3] && !((w[0] | w[2]) >> 32))
		return (uint32_t)sea_siphash13_2u64(&udp->key, w[0] | w[2] << 32, ports);
	return (uint32_t)sea_siphash13(&udp->key, k, sizeof(*k));
}

static struct key key_of(const struct udp_sock *u)
{
	const struct sea_sock *sock = &u->d.sock;
	struct key k = { laddr_of(u), raddr_of(u), sock->lport, sock->rport, sock->family };

	if (!sea_sock_connected(sock) && sea_ipaddr_equal(&k.laddr, &any))
		k.family = 0;
	return k;
}

static bool key_equal(const struct key *a, const struct key *b)
{
	return a->lport == b->lport && a->rport == b->rport && a->family == b->family &&
	       sea_ipaddr_equal(&a->laddr, &b->laddr) && sea_ipaddr_equal(&a->raddr, &b->raddr);
}

static bool stands_at(const struct udp_sock *u, const struct key *k)
{
	struct key uk = key_of(u);

	return key_equal(&uk, k);
}

/* -- life -- */

int sea_udp_table_init(struct udp_state *udp)
{
	struct sea_pool *pool = &udp->stack->shard.pool;

	udp->key = sea_secret_key(&udp->stack->shard.secret);
	sea_htable_init(&udp->ports, pool, TABLE_MIN);
	sea_htable_init(&udp->addrs, pool, TABLE_MIN);
	return sea_htable_insert(&udp->addrs, &udp->keeper, 0);
}

void sea_udp_table_fini(struct udp_state *udp)
{
	if (udp->keeper.linked)
		sea_htable_remove(&udp->addrs, &udp->keeper);
	sea_htable_fini(&udp->addrs);
	sea_htable_fini(&udp->ports);
}

/* -- groups -- */

static bool may_group(const struct udp_sock *u)
{
	return u->d.sock.flags & SEA_SOCK_REUSEPORT && !sea_sock_connected(&u->d.sock);
}

static bool same_place(const struct udp_sock *a, const struct udp_sock *b)
{
	struct key ka = key_of(a), kb = key_of(b);

	return key_equal(&ka, &kb) && a->d.sock.domain == b->d.sock.domain &&
	       a->d.sock.family == b->d.sock.family &&
	       a->d.sock.bound_ifindex == b->d.sock.bound_ifindex;
}

/* A socket in `addrs` that this one shares address, port and device with. */
static struct udp_sock *find_sibling(const struct udp_state *udp, const struct udp_sock *u)
{
	struct key k = key_of(u);
	struct sea_hnode *node = sea_htable_first(&udp->addrs, hash_key(udp, &k));

	for (; node; node = sea_hnode_next(node)) {
		struct udp_sock *o = sea_container(node, struct udp_sock, addr_node);

		if (node != &udp->keeper && same_place(o, u) && may_group(o))
			return o;
	}
	return NULL;
}

static size_t group_size(uint32_t max)
{
	return sizeof(struct udp_group) + max * sizeof(struct udp_sock *);
}

/* A group with one more place than it had, or a first one with `leader` in it; NULL: no memory. */
static struct udp_group *group_with_room(struct sea_pool *pool, struct udp_sock *leader)
{
	struct udp_group *old = leader->group, *g;
	uint32_t n = old ? old->n : 1, max = old ? 2 * old->max : GROUP_MIN;

	if (old && old->n < old->max)
		return old;
	g = sea_pool_alloc(pool, group_size(max));
	if (!g)
		return NULL;
	*g = (struct udp_group){ .n = n, .max = max };
	if (old)
		memcpy(g->socks, old->socks, n * sizeof(g->socks[0]));
	else
		g->socks[0] = leader;
	for (uint32_t i = 0; i < n; i++)
		g->socks[i]->group = g;
	if (old)
		sea_pool_free(pool, old, group_size(old->max));
	return g;
}

/* In order of serials, so that the order follows from the sockets alone. */
static bool group_join(struct udp_sock *u, struct udp_sock *leader)
{
	struct udp_group *g = group_with_room(&u->d.sock.stack->shard.pool, leader);
	uint32_t at;

	if (!g)
		return false;
	for (at = g->n; at && g->socks[at - 1]->serial > u->serial; at--)
		g->socks[at] = g->socks[at - 1];
	g->socks[at] = u;
	g->n++;
	u->group = g;
	return true;
}

/* Returns who is first now; NULL: nobody is left. */
static struct udp_sock *group_leave(struct udp_sock *u)
{
	struct udp_group *g = u->group;
	uint32_t at = 0;

	while (g->socks[at] != u)
		at++;
	g->n--;
	memmove(&g->socks[at], &g->socks[at + 1], (g->n - at) * sizeof(g->socks[0]));
	u->group = NULL;
	if (g->n)
		return g->socks[0];
	sea_pool_free(&u->d.sock.stack->shard.pool, g, group_size(g->max));
	return NULL;
}

/* -- in and out -- */

/* Connected to port 0: hears every port of its peer, as on Linux. */
static bool hears_any_port(const struct udp_sock *u)
{
	return sea_sock_connected(&u->d.sock) && !u->d.sock.rport;
}

/* Only the first node of a table needs memory, and that was the keeper. */
static void stand(struct udp_state *udp, struct udp_sock *u)
{
	struct key k = key_of(u);
	int err = sea_htable_insert(&udp->addrs, &u->addr_node, hash_key(udp, &k));

	SEA_ASSERT(&udp->stack->env, !err);
	udp->n_any_port += hears_any_port(u);
}

static void step_aside(struct udp_state *udp, struct udp_sock *u)
{
	if (!u->addr_node.linked)
		return;
	sea_htable_remove(&udp->addrs, &u->addr_node);
	udp->n_any_port -= hears_any_port(u);
}

void sea_udp_table_join(struct udp_sock *u)
{
	struct udp_state *udp = udp_of(u->d.sock.stack);
	struct udp_sock *leader = may_group(u) ? find_sibling(udp, u) : NULL;

	if (leader && group_join(u, leader)) {
		if (u->group->socks[0] != u)
			return;
		step_aside(udp, leader);
	}
	stand(udp, u);
}

void sea_udp_table_leave(struct udp_sock *u)
{
	struct udp_state *udp = udp_of(u->d.sock.stack);
	struct udp_sock *first = u->group ? group_leave(u) : NULL;

	step_aside(udp, u);
	if (first && !first->addr_node.linked)
		stand(udp, first);
}

void sea_udp_table_unbind(struct udp_sock *u)
{
	struct udp_state *udp = udp_of(u->d.sock.stack);

	if (!u->port_node.linked)
		return;
	sea_udp_table_leave(u);
	sea_htable_remove(&udp->ports, &u->port_node);
	u->d.sock.lport = 0;
}

int sea_udp_table_restore(struct udp_sock *u)
{
	struct udp_state *udp = udp_of(u->d.sock.stack);
	int err = sea_htable_insert(&udp->ports, &u->port_node, hash_port(udp, u->d.sock.lport));

	if (!err)
		sea_udp_table_join(u);
	return err;
}

void sea_udp_table_rekey(struct udp_state *udp, const struct sea_siphash_key *key)
{
	SEA_ASSERT(&udp->stack->env, !udp->ports.n);
	udp->key = *key;
}

/* -- conflicts, as Linux sees them -- */

static bool in_the_way(const struct sea_sock *a, const struct sea_sock *b)
{
	struct sea_claim ca = sea_sock_claim_of(a), cb = sea_sock_claim_of(b);
	uint32_t both = a->flags & b->flags;

	if (both & (SEA_SOCK_REUSEADDR | SEA_SOCK_REUSEPORT))
		return false;
	if (a->bound_ifindex && b->bound_ifindex && a->bound_ifindex != b->bound_ifindex)
		return false;
	return sea_claims_meet(&ca, &cb);
}

/* Links have ports at any address of a family. */
static bool is_links(const struct udp_sock *u, uint16_t port)
{
	static const uint8_t families[] = { SEA_AF_INET, SEA_AF_INET6 };
	const struct sea_claim own = sea_sock_claim_of(&u->d.sock);

	for (unsigned i = 0; i < sizeof(families); i++) {
		const struct sea_claim other = { families[i], any.b };

		if (sea_claims_meet(&own, &other) &&
		    sea_udp_port_find(u->d.sock.stack, families[i], port))
			return true;
	}
	return false;
}

bool sea_udp_table_in_use(const struct sea_stack *stack, uint8_t family, uint16_t port)
{
	const struct udp_state *udp = udp_of(stack);
	const struct sea_claim all = { family, any.b };
	struct sea_hnode *node = sea_htable_first(&udp->ports, hash_port(udp, port));

	for (; node; node = sea_hnode_next(node)) {
		const struct udp_sock *u = sea_container(node, struct udp_sock, port_node);
		const struct sea_claim claim = sea_sock_claim_of(&u->d.sock);

		if (u->d.sock.lport == port && sea_claims_meet(&claim, &all))
			return true;
	}
	return false;
}

static bool is_free(void *ctx, uint16_t port)
{
	const struct udp_sock *u = ctx;
	const struct udp_state *udp = udp_of(u->d.sock.stack);
	struct sea_hnode *node = sea_htable_first(&udp->ports, hash_port(udp, port));

	if (is_links(u, port))
		return false;
	for (; node; node = sea_hnode_next(node)) {
		const struct udp_sock *o = sea_container(node, struct udp_sock, port_node);

		if (o->d.sock.lport == port && in_the_way(&u->d.sock, &o->d.sock))
			return false;
	}
	return true;
}

int sea_udp_table_bind(struct udp_sock *u, uint16_t port)
{
	struct sea_sock *sock = &u->d.sock;
	struct udp_state *udp = udp_of(sock->stack);
	int err;

	if (!port)
		port = sea_ports_pick(&udp->ephemeral, SEA_PORT_ANY, sock, NULL, is_free, u);
	else if (!is_free(u, port))
		port = 0;
	if (!port)
		return -EADDRINUSE;
	sock->lport = port;
	u->serial = udp->serial + 1;
	err = sea_udp_table_restore(u);
	if (err)
		sock->lport = 0;
	else
		udp->serial++;
	return err;
}

/* -- lookup -- */

/* Better by a bound device, by the family's own domain, then by the later bind; -1: not at all. */
static int score(const struct udp_sock *u, uint8_t family, int ifindex)
{
	const struct sea_sock *sock = &u->d.sock;
	int own = sock->domain == family;

	if (!sea_sock_speaks(sock, family) ||
	    !sea_l3mdev_hears(sock->stack, sock->bound_ifindex, ifindex,
			      udp_of(sock->stack)->mem.l3mdev_accept))
		return -1;
	return sock->bound_ifindex ? 2 + own : own;
}

static struct udp_sock *find(const struct udp_state *udp, const struct key *k,
			     const struct udp_flow *flow)
{
	struct sea_hnode *node = sea_htable_first(&udp->addrs, hash_key(udp, k));
	struct udp_sock *best = NULL;
	int best_score = -1;

	for (; node; node = sea_hnode_next(node)) {
		struct udp_sock *u = sea_container(node, struct udp_sock, addr_node);
		int s;

		if (node == &udp->keeper || !stands_at(u, k))
			continue;
		s = score(u, flow->family, flow->ifindex);
		if (s > best_score || (s == best_score && s >= 0 && u->serial > best->serial)) {
			best = u;
			best_score = s;
		}
	}
	return best;
}

/* The flow's hash chooses among a group (multiplied, not divided: no bias, no division). */
static struct udp_sock *choose(const struct udp_state *udp, struct udp_sock *u, const struct key *k)
{
	uint64_t hash;

	if (!u || !u->group)
		return u;
	hash = sea_siphash13(&udp->key, k, sizeof(*k)) & UINT32_MAX;
	return u->group->socks[hash * u->group->n >> 32];
}

struct udp_sock *sea_udp_table_find(const struct udp_state *udp, const struct udp_flow *f)
{
	const struct key full = { *f->dst, *f->src, f->dport, f->sport, f->family };
	const struct key peer = { *f->dst, *f->src, f->dport, 0, f->family };
	const struct key local = { *f->dst, any, f->dport, 0, f->family };
	const struct key wild = { any, any, f->dport, 0, 0 };
	struct udp_sock *u = find(udp, &full, f);

	if (!u && udp->n_any_port)
		u = find(udp, &peer, f);
	if (u)
		return u;
	u = find(udp, &local, f);
	if (!u)
		u = find(udp, &wild, f);
	return choose(udp, u, &full);
}

static bool hears(const struct udp_sock *u, const struct sea_ip_rx *rx, uint16_t sport,
		  uint16_t dport)
{
	const struct sea_sock *sock = &u->d.sock;
	struct sea_ipaddr laddr = laddr_of(u), raddr = raddr_of(u);

	return sock->lport == dport &&
	       (sea_ipaddr_equal(&laddr, &any) || sea_ipaddr_equal(&laddr, &rx->dst)) &&
	       (!sea_sock_connected(sock) ||
		(sea_ipaddr_equal(&raddr, &rx->src) && (!sock->rport || sock->rport == sport))) &&
	       score(u, rx->family, rx->link->ifindex) >= 0 &&
	       (rx->dst_type != SEA_ROUTE_MULTICAST ||
		sea_mcast_wants(sock, rx->family, rx->link->ifindex, &rx->dst, &rx->src));
}

struct udp_sock *sea_udp_table_next_hearer(const struct udp_state *udp, struct udp_sock *prev,
					   const struct sea_ip_rx *rx, uint16_t sport,
					   uint16_t dport)
{
	struct sea_hnode *node = prev ? sea_hnode_next(&prev->port_node)
				      : sea_htable_first(&udp->ports, hash_port(udp, dport));

	for (; node; node = sea_hnode_next(node)) {
		struct udp_sock *u = sea_container(node, struct udp_sock, port_node);

		if (hears(u, rx, sport, dport))
			return u;
	}
	return NULL;
}
