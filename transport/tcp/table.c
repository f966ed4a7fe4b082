/* SPDX-License-Identifier: Apache-2.0 */
/* Flows by their four-tuple, and which of several listeners on a port a SYN is for. */
#include "transport/tcp/table.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "transport/tcp/conn.h"

#define FLOW_BUCKETS 256u
#define PORT_BUCKETS 64u

void sea_tcp_table_init(struct tcp_table *t, struct sea_stack *stack)
{
	t->pool = &stack->shard.pool;
	t->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&t->flows, t->pool, FLOW_BUCKETS);
	sea_htable_init(&t->ports, t->pool, PORT_BUCKETS);
	sea_ports_init(&t->ephemeral, stack);
}

void sea_tcp_table_fini(struct tcp_table *t)
{
	sea_ports_fini(&t->ephemeral);
	sea_htable_fini(&t->ports);
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

struct tcp_node *sea_tcp_flow_find(struct tcp_table *t, uint8_t family,
				   const struct sea_ipaddr *laddr, uint16_t lport,
				   const struct sea_ipaddr *raddr, uint16_t rport)
{
	const struct tcp_node key = {
		.family = family,
		.lport = lport,
		.rport = rport,
		.laddr4 = word_of(laddr),
		.raddr4 = word_of(raddr),
	};

	/* Segments come in trains: most are of the flow that was asked for last. */
	if (!t->last || !same_flow(t->last, &key))
		t->last = find(t, &key, hash_of(t, &key));
	return t->last;
}

int sea_tcp_flow_add(struct tcp_table *t, struct tcp_node *node, const struct sea_ipaddr *laddr,
		     const struct sea_ipaddr *raddr)
{
	uint32_t hash;

	node->laddr4 = word_of(laddr);
	node->raddr4 = word_of(raddr);
	hash = hash_of(t, node);
	if (find(t, node, hash))
		return -EADDRNOTAVAIL;
	return sea_htable_insert(&t->flows, &node->hnode, hash);
}

void sea_tcp_flow_del(struct tcp_table *t, struct tcp_node *node)
{
	if (t->last == node)
		t->last = NULL;
	sea_htable_remove(&t->flows, &node->hnode);
}

/* -- listeners -- */

/* A listener on the address of the packet goes before one on any; then one bound to its link. */
static unsigned rank(const struct tcp_conn *c, const struct sea_ip_rx *rx)
{
	static const uint8_t any[16];
	unsigned r = 1;

	if (c->sock.family != rx->family)
		return 0;
	if (memcmp(c->sock.laddr, rx->dst.b, sizeof(c->sock.laddr)) == 0)
		r += 2;
	else if (memcmp(c->sock.laddr, any, sizeof(any)) != 0)
		return 0;
	if (!c->sock.bound_ifindex)
		return r;
	return c->sock.bound_ifindex == rx->link->ifindex ? r + 1 : 0;
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
	const struct tcp_node key = {
		.family = rx->family,
		.lport = lport,
		.rport = rport,
		.laddr4 = word_of(&rx->dst),
		.raddr4 = word_of(&rx->src),
	};

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
