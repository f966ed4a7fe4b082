/* SPDX-License-Identifier: Apache-2.0 */
/* Flows by their four-tuple, and which of several listeners on a port a SYN is for. */
#include "ip/l3mdev.h"
#include "transport/tcp/table.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/passive.h"

#define FLOW_BUCKETS 256u
#define PORT_BUCKETS 64u

void sea_tcp_table_init(struct tcp_table *t, struct sea_stack *stack)
{
	t->stack = stack;
	t->pool = &stack->shard.pool;
	t->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&t->flows, t->pool, FLOW_BUCKETS);
	sea_htable_init(&t->flows6, t->pool, FLOW_BUCKETS);
	sea_htable_init(&t->ports, t->pool, PORT_BUCKETS);
	sea_ports_init(&t->ephemeral, stack);
}

void sea_tcp_table_fini(struct tcp_table *t)
{
	sea_ports_fini(&t->ephemeral);
	sea_htable_fini(&t->ports);
	sea_htable_fini(&t->flows6);
	sea_htable_fini(&t->flows);
}

/* -- flows -- */

static uint32_t word_of(const struct sea_ipaddr *addr)
{
	uint32_t w;

	memcpy(&w, addr->b, sizeof(w));
	return w;
}

static uint32_t hash_of(const struct tcp_table *t, const struct tcp_node *key)
{
	return (uint32_t)sea_siphash13_2u64(&t->key, (uint64_t)key->laddr4 << 32 | key->raddr4,
					    (uint64_t)key->family << 32 |
						    (uint32_t)key->lport << 16 | key->rport);
}

/* For IPv6 this says only that they may be of one flow: see same_ends(). */
static bool same_flow(const struct tcp_node *a, const struct tcp_node *b)
{
	return a->laddr4 == b->laddr4 && a->raddr4 == b->raddr4 && a->lport == b->lport &&
	       a->rport == b->rport && a->family == b->family;
}

static struct tcp_node *find(const struct tcp_table *t, const struct tcp_node *key, uint32_t hash)
{
	struct sea_hnode *h;

	for (h = sea_htable_first(&t->flows, hash); h; h = sea_hnode_next(h)) {
		struct tcp_node *node = sea_container(h, struct tcp_node, hnode);

		if (same_flow(node, key))
			return node;
	}
	return NULL;
}

/* -- flows of IPv6: the hash of all is in the node, so that few others' addresses are looked at -- */

static void hash_ends(const struct tcp_table *t, struct tcp_node *node,
		      const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr)
{
	struct sea_ipaddr ends[2] = { *laddr, *raddr };
	uint64_t hash = sea_siphash13(&t->key, ends, sizeof(ends));

	node->laddr4 = (uint32_t)(hash >> 32);
	node->raddr4 = (uint32_t)hash;
}

static bool same_ends(const struct tcp_node *node, const struct sea_ipaddr *laddr,
		      const struct sea_ipaddr *raddr)
{
	const struct tcp_conn *c = sea_container(node, const struct tcp_conn, node);
	const struct tcp_req *req = sea_container(node, const struct tcp_req, node);
	const struct tcp_tw *tw = sea_container(node, const struct tcp_tw, node);

	switch ((enum tcp_kind)node->kind) {
	case TCP_KIND_CONN:
		return memcmp(c->sock.laddr, laddr, sizeof(*laddr)) == 0 &&
		       memcmp(c->sock.raddr, raddr, sizeof(*raddr)) == 0;
	case TCP_KIND_REQ:
		return sea_ipaddr_equal(&req->laddr, laddr) && sea_ipaddr_equal(&req->raddr, raddr);
	case TCP_KIND_TW:
		return sea_ipaddr_equal(&tw->laddr, laddr) && sea_ipaddr_equal(&tw->raddr, raddr);
	}
	return false;
}

/* -- flows with the same ends in different VRFs -- */

static int bound_of(const struct tcp_node *node)
{
	switch ((enum tcp_kind)node->kind) {
	case TCP_KIND_CONN:
		return sea_container(node, const struct tcp_conn, node)->sock.bound_ifindex;
	case TCP_KIND_REQ:
		return sea_tcp_req_oif(sea_container(node, const struct tcp_req, node));
	case TCP_KIND_TW:
		return sea_container(node, const struct tcp_tw, node)->bound_ifindex;
	}
	return 0;
}

/* What is bound to nothing is in no VRF; but with tcp_l3mdev_accept it hears them all. */
static bool same_vrf(const struct tcp_table *t, const struct tcp_node *node, int ifindex)
{
	int bound = bound_of(node), vrf = sea_l3mdev_of_index(t->stack, ifindex);

	return sea_l3mdev_of_index(t->stack, bound) == vrf ||
	       (!bound && sea_tcp_of(t->stack)->sysctl.l3mdev_accept);
}

struct tcp_node *sea_tcp_flow_in_vrf(struct tcp_table *t, const struct tcp_node *node,
				     const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr,
				     int ifindex)
{
	const struct sea_htable *flows = node->family == SEA_AF_INET ? &t->flows : &t->flows6;
	struct sea_hnode *h = sea_htable_first(flows, hash_of(t, node));

	for (; h; h = sea_hnode_next(h)) {
		struct tcp_node *other = sea_container(h, struct tcp_node, hnode);

		if (same_flow(other, node) && same_vrf(t, other, ifindex) &&
		    (node->family == SEA_AF_INET || same_ends(other, laddr, raddr)))
			return other;
	}
	return NULL;
}

/* -- flows of IPv6, found and entered -- */

static struct tcp_node *find6(const struct tcp_table *t, const struct tcp_node *key,
			      const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr)
{
	struct sea_hnode *h;

	for (h = sea_htable_first(&t->flows6, hash_of(t, key)); h; h = sea_hnode_next(h)) {
		struct tcp_node *node = sea_container(h, struct tcp_node, hnode);

		if (same_flow(node, key) && same_ends(node, laddr, raddr))
			return node;
	}
	return NULL;
}

/* The last one is known by its addresses alone, without a hash. */
static __attribute__((noinline)) struct tcp_node *
flow_find6(struct tcp_table *t, const struct sea_ipaddr *laddr, uint16_t lport,
	   const struct sea_ipaddr *raddr, uint16_t rport)
{
	struct tcp_node key = { .family = SEA_AF_INET6, .lport = lport, .rport = rport };
	const struct tcp_node *last = t->last;

	if (last && last->family == SEA_AF_INET6 && last->lport == lport && last->rport == rport &&
	    same_ends(last, laddr, raddr))
		return t->last;
	hash_ends(t, &key, laddr, raddr);
	t->last = find6(t, &key, laddr, raddr);
	return t->last;
}

static int flow_add6(struct tcp_table *t, struct tcp_node *node, const struct sea_ipaddr *laddr,
		     const struct sea_ipaddr *raddr)
{
	hash_ends(t, node, laddr, raddr);
	if (sea_tcp_flow_in(t, find6(t, node, laddr, raddr), laddr, raddr, bound_of(node)))
		return -EADDRNOTAVAIL;
	return sea_htable_insert(&t->flows6, &node->hnode, hash_of(t, node));
}

/* -- both -- */

static __attribute__((noinline)) struct tcp_node *
flow_find4(struct tcp_table *t, const struct sea_ipaddr *laddr, uint16_t lport,
	   const struct sea_ipaddr *raddr, uint16_t rport)
{
	const struct tcp_node key = {
		.family = SEA_AF_INET,
		.lport = lport,
		.rport = rport,
		.laddr4 = word_of(laddr),
		.raddr4 = word_of(raddr),
	};

	t->last = find(t, &key, hash_of(t, &key));
	return t->last;
}

struct tcp_node *sea_tcp_flow_find_slow(struct tcp_table *t, uint8_t family,
					const struct sea_ipaddr *laddr, uint16_t lport,
					const struct sea_ipaddr *raddr, uint16_t rport)
{
	if (family != SEA_AF_INET)
		return flow_find6(t, laddr, lport, raddr, rport);
	return flow_find4(t, laddr, lport, raddr, rport);
}

int sea_tcp_flow_add(struct tcp_table *t, struct tcp_node *node, const struct sea_ipaddr *laddr,
		     const struct sea_ipaddr *raddr)
{
	uint32_t hash;

	if (node->family != SEA_AF_INET)
		return flow_add6(t, node, laddr, raddr);
	node->laddr4 = word_of(laddr);
	node->raddr4 = word_of(raddr);
	hash = hash_of(t, node);
	if (sea_tcp_flow_in(t, find(t, node, hash), laddr, raddr, bound_of(node)))
		return -EADDRNOTAVAIL;
	return sea_htable_insert(&t->flows, &node->hnode, hash);
}

void sea_tcp_flow_del(struct tcp_table *t, struct tcp_node *node)
{
	if (t->last == node)
		t->last = NULL;
	sea_htable_remove(node->family == SEA_AF_INET ? &t->flows : &t->flows6, &node->hnode);
}

struct tcp_node *sea_tcp_flow_walk(const struct tcp_table *t, struct tcp_walk *walk)
{
	struct sea_hnode *h = NULL;

	if (!walk->six)
		h = sea_htable_walk(&t->flows, &walk->cursor);
	if (!h && !walk->six)
		*walk = (struct tcp_walk){ .six = true };
	if (walk->six)
		h = sea_htable_walk(&t->flows6, &walk->cursor);
	return h ? sea_container(h, struct tcp_node, hnode) : NULL;
}

/* -- listeners -- */

/*
 * A listener on the address of the packet goes before one on any; then one bound to its link, then
 * IPv4's own before IPv6's that hear IPv4, too.
 */
static unsigned rank(const struct tcp_conn *c, const struct sea_ip_rx *rx)
{
	static const uint8_t any[16];
	unsigned r = 1 + (c->sock.domain == rx->family);

	if (!sea_sock_speaks(&c->sock, rx->family))
		return 0;
	if (memcmp(c->sock.laddr, rx->dst.b, sizeof(c->sock.laddr)) == 0)
		r += 4;
	else if (memcmp(c->sock.laddr, any, sizeof(any)) != 0)
		return 0;
	if (!sea_l3mdev_hears(c->sock.stack, c->sock.bound_ifindex, rx->link->ifindex,
			      sea_tcp_of(c->sock.stack)->sysctl.l3mdev_accept))
		return 0;
	return c->sock.bound_ifindex ? r + 2 : r;
}

/* Number `pick` of the port's listeners of rank `best`. */
static struct tcp_conn *nth(const struct tcp_port *port, const struct sea_ip_rx *rx, unsigned best,
			    unsigned pick)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &port->listeners)
	{
		struct tcp_conn *c = sea_container(node, struct tcp_listen, node)->conn;

		if (rank(c, rx) == best && pick-- == 0)
			return c;
	}
	return NULL;
}

static uint32_t flow_hash(const struct tcp_table *t, const struct sea_ip_rx *rx, uint16_t lport,
			  uint16_t rport)
{
	struct tcp_node key = {
		.family = rx->family,
		.lport = lport,
		.rport = rport,
		.laddr4 = word_of(&rx->dst),
		.raddr4 = word_of(&rx->src),
	};

	if (rx->family != SEA_AF_INET)
		hash_ends(t, &key, &rx->dst, &rx->src);
	return hash_of(t, &key);
}

/* Several of the same rank can only be a SO_REUSEPORT group: the flow's hash decides, evenly. */
struct tcp_conn *sea_tcp_listener_find(const struct tcp_table *t, const struct sea_ip_rx *rx,
				       uint16_t lport, uint16_t rport)
{
	const struct tcp_port *port = sea_tcp_port_find(t, lport);
	unsigned best = 0, n = 0, pick = 0;
	struct sea_list *node, *tmp;

	if (!port)
		return NULL;
	SEA_LIST_EACH(node, tmp, &port->listeners)
	{
		unsigned r = rank(sea_container(node, struct tcp_listen, node)->conn, rx);

		if (r > best) {
			best = r;
			n = 0;
		}
		n += r && r == best;
	}
	if (n > 1)
		pick = (unsigned)((uint64_t)flow_hash(t, rx, lport, rport) * n >> 32);
	return best ? nth(port, rx, best, pick) : NULL;
}
