/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local ports: who may share one (SO_REUSEADDR, SO_REUSEPORT, different addresses or links), and how
 * bind() and connect() get one that is free. What is in TIME_WAIT still owns its port.
 */
#include <errno.h>
#include <string.h>

#include "ip/ipv4.h"
#include "transport/bind.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/passive.h"

/* -- the table of ports -- */

static uint32_t hash_of(const struct tcp_table *t, uint16_t port)
{
	return (uint32_t)sea_siphash13_2u64(&t->key, port, 0);
}

struct tcp_port *sea_tcp_port_find(const struct tcp_table *t, uint16_t port)
{
	struct sea_hnode *h = sea_htable_first(&t->ports, hash_of(t, port));

	for (; h; h = sea_hnode_next(h)) {
		struct tcp_port *p = sea_container(h, struct tcp_port, hnode);

		if (p->port == port)
			return p;
	}
	return NULL;
}

static struct tcp_port *get_port(struct tcp_table *t, uint16_t port)
{
	struct tcp_port *p = sea_tcp_port_find(t, port);

	if (p)
		return p;
	p = sea_pool_zalloc(t->pool, sizeof(*p));
	if (!p)
		return NULL;
	p->port = port;
	p->fast_reuse = true;
	p->connect_only = true;
	sea_list_init(&p->owners);
	sea_list_init(&p->tws);
	sea_list_init(&p->listeners);
	if (sea_htable_insert(&t->ports, &p->hnode, hash_of(t, port))) {
		sea_pool_free(t->pool, p, sizeof(*p));
		return NULL;
	}
	return p;
}

static void put_port(struct tcp_table *t, struct tcp_port *p)
{
	if (!sea_list_empty(&p->owners) || !sea_list_empty(&p->tws))
		return;
	sea_htable_remove(&t->ports, &p->hnode);
	sea_pool_free(t->pool, p, sizeof(*p));
}

/* -- owners -- */

static void join(struct tcp_port *p, struct tcp_conn *c)
{
	c->port = p;
	c->sock.lport = p->port;
	c->node.lport = p->port;
	sea_list_push_back(&p->owners, &c->port_node);
	if (!(c->sock.flags & SEA_SOCK_REUSEADDR))
		p->fast_reuse = false;
}

int sea_tcp_port_join(struct tcp_table *t, struct tcp_conn *c, uint16_t port)
{
	struct tcp_port *p = get_port(t, port);

	if (!p)
		return -ENOMEM;
	join(p, c);
	if (c->sock.flags & SEA_SOCK_BIND_PORT)
		p->connect_only = false;
	return 0;
}

void sea_tcp_port_listen(struct tcp_conn *c)
{
	c->port->fast_reuse = false;
	c->port->connect_only = false;
	sea_list_push_back(&c->port->listeners, &c->listen->node);
}

void sea_tcp_port_release(struct tcp_table *t, struct tcp_conn *c)
{
	struct tcp_port *p = c->port;

	if (!p)
		return;
	sea_list_remove(&c->port_node);
	c->port = NULL;
	put_port(t, p);
}

void sea_tcp_port_share(struct tcp_port *port, struct tcp_tw *tw)
{
	tw->port = port;
	sea_list_push_back(&port->tws, &tw->port_node);
	if (!tw->reuse)
		port->fast_reuse = false;
}

int sea_tcp_port_restore(struct tcp_table *t, struct tcp_tw *tw, bool connect_only)
{
	struct tcp_port *p = get_port(t, tw->node.lport);

	if (!p)
		return -ENOMEM;
	sea_tcp_port_share(p, tw);
	if (!connect_only)
		p->connect_only = false;
	return 0;
}

void sea_tcp_port_unshare(struct tcp_table *t, struct tcp_tw *tw)
{
	struct tcp_port *p = tw->port;

	if (!p)
		return;
	sea_list_remove(&tw->port_node);
	tw->port = NULL;
	put_port(t, p);
}

void sea_tcp_port_reuse_changed(struct tcp_conn *c)
{
	if (c->port && !(c->sock.flags & SEA_SOCK_REUSEADDR))
		c->port->fast_reuse = false;
}

/* -- conflicts -- */

/* One end of a question: may these two stand on one port? */
struct claim {
	struct sea_claim addr;
	int ifindex;
	bool reuse, reuseport, listens;
};

static struct claim claim_of(const struct tcp_conn *c)
{
	return (struct claim){
		.addr = sea_sock_claim_of(&c->sock),
		.ifindex = c->sock.bound_ifindex,
		.reuse = c->sock.flags & SEA_SOCK_REUSEADDR,
		.reuseport = c->sock.flags & SEA_SOCK_REUSEPORT,
		.listens = c->state == TCP_S_LISTEN,
	};
}

static struct claim claim_of_tw(const struct tcp_tw *tw)
{
	return (struct claim){
		.addr = { tw->node.family, tw->laddr.b },
		.ifindex = tw->bound_ifindex,
		.reuse = tw->reuse,
		.reuseport = tw->reuseport,
	};
}

static bool overlap(const struct claim *a, const struct claim *b)
{
	if (a->ifindex && b->ifindex && a->ifindex != b->ifindex)
		return false;
	return sea_claims_meet(&a->addr, &b->addr);
}

/* SO_REUSEADDR helps only who names a port, and not against a listener. */
static bool conflict(const struct claim *mine, const struct claim *other, bool named)
{
	if (!overlap(mine, other) || (mine->reuseport && other->reuseport))
		return false;
	return !(named && mine->reuse && other->reuse && !other->listens);
}

static bool taken(const struct tcp_port *p, const struct tcp_conn *c, bool named)
{
	struct claim mine = claim_of(c), other;
	struct sea_list *node, *tmp;

	if (c->sock.more->flags4 & SEA_SOCK4_FORCE_REUSE || (named && mine.reuse && p->fast_reuse))
		return false;
	SEA_LIST_EACH(node, tmp, &p->owners)
	{
		const struct tcp_conn *owner = sea_container(node, struct tcp_conn, port_node);

		other = claim_of(owner);
		if (owner != c && conflict(&mine, &other, named))
			return true;
	}
	SEA_LIST_EACH(node, tmp, &p->tws)
	{
		other = claim_of_tw(sea_container(node, struct tcp_tw, port_node));
		if (conflict(&mine, &other, named))
			return true;
	}
	return false;
}

/* -- bind() -- */

struct bind_search {
	struct tcp_table *t;
	struct tcp_conn *c;
};

static bool free_to_bind(void *ctx, uint16_t port)
{
	const struct bind_search *s = ctx;
	const struct tcp_port *p = sea_tcp_port_find(s->t, port);

	return !p || !taken(p, s->c, false);
}

/* As if the port had been named. */
static bool free_to_share(void *ctx, uint16_t port)
{
	const struct bind_search *s = ctx;
	const struct tcp_port *p = sea_tcp_port_find(s->t, port);

	return !p || !taken(p, s->c, true);
}

/* When no port is free, one that SO_REUSEADDR lets it share will do (ip_autobind_reuse). */
static uint16_t choose_to_bind(struct bind_search *s)
{
	struct sea_ports *ports = &s->t->ephemeral;
	const struct sea_sock *sock = &s->c->sock;
	uint16_t port = sea_ports_pick(ports, SEA_PORT_BIND, sock, NULL, free_to_bind, s);

	if (port || !(sock->flags & SEA_SOCK_REUSEADDR) ||
	    !sea_ipv4_of(sock->stack)->sysctl.ip_autobind_reuse)
		return port;
	return sea_ports_pick(ports, SEA_PORT_BIND, sock, NULL, free_to_share, s);
}

int sea_tcp_port_bind(struct tcp_table *t, struct tcp_conn *c, uint16_t port)
{
	struct bind_search search = { t, c };
	struct tcp_port *p;

	if (c->port)
		return taken(c->port, c, true) ? -EADDRINUSE : 0;
	if (!port) {
		port = choose_to_bind(&search);
		if (!port)
			return -EADDRINUSE;
	}
	p = sea_tcp_port_find(t, port);
	if (p && taken(p, c, true))
		return -EADDRINUSE;
	p = get_port(t, port);
	if (!p)
		return -ENOMEM;
	p->connect_only = false;
	join(p, c);
	return 0;
}

/* -- connect() -- */

struct connect_search {
	struct tcp_table *t;
	struct tcp_conn *c;
	struct sea_ipaddr laddr, raddr;
};

static struct tcp_node *flow_at(const struct connect_search *s, uint16_t port)
{
	struct tcp_node *node = sea_tcp_flow_find(s->t, s->c->sock.family, &s->laddr, port,
						  &s->raddr, s->c->sock.rport);

	return sea_tcp_flow_in(s->t, node, &s->laddr, &s->raddr, s->c->sock.bound_ifindex);
}

static bool free_to_connect(void *ctx, uint16_t port)
{
	const struct connect_search *s = ctx;
	const struct tcp_port *p = sea_tcp_port_find(s->t, port);
	struct tcp_node *node;

	if (!p)
		return true;
	if (!p->connect_only)
		return false;
	node = flow_at(s, port);
	if (!node)
		return true;
	return node->kind == TCP_KIND_TW &&
	       sea_tcp_tw_reusable(sea_container(node, struct tcp_tw, node), false);
}

/* An old connection in TIME_WAIT gives way: the new one's numbers begin beyond its own (RFC 6191). */
static int take_over(struct connect_search *s, uint16_t port, bool chosen)
{
	struct tcp_node *node = flow_at(s, port);
	struct tcp_conn *c = s->c;
	struct tcp_tw *tw;

	c->write_seq = sea_seq_of(0);
	if (!node)
		return 0;
	if (node->kind != TCP_KIND_TW)
		return -EADDRNOTAVAIL;
	tw = sea_container(node, struct tcp_tw, node);
	if (!sea_tcp_tw_reusable(tw, chosen))
		return -EADDRNOTAVAIL;
	c->write_seq = sea_seq_add(tw->snd_nxt, 65537);
	if (!c->write_seq.v)
		c->write_seq.v = 1;
	c->ts_recent = tw->ts_recent;
	c->ts_recent_stamp = tw->ts_recent_stamp;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTWRecycled);
	sea_tcp_tw_free(tw);
	return 0;
}

static int choose_port(struct connect_search *s, uint16_t *port)
{
	const struct tcp_conn *c = s->c;
	struct sea_endpoint peer = { .family = c->sock.family, .port = c->sock.rport };

	memcpy(peer.addr, c->sock.raddr, sizeof(peer.addr));
	*port = sea_ports_pick(&s->t->ephemeral, SEA_PORT_CONNECT, &c->sock, &peer, free_to_connect,
			       s);
	return *port ? 0 : -EADDRNOTAVAIL;
}

int sea_tcp_port_connect(struct tcp_table *t, struct tcp_conn *c)
{
	struct connect_search s = { .t = t, .c = c };
	uint16_t port = c->sock.lport;
	bool chosen = c->port;
	int err;

	memcpy(s.laddr.b, c->sock.laddr, sizeof(s.laddr.b));
	memcpy(s.raddr.b, c->sock.raddr, sizeof(s.raddr.b));
	err = chosen ? 0 : choose_port(&s, &port);
	if (!err)
		err = take_over(&s, port, chosen);
	if (!err && !chosen)
		err = sea_tcp_port_join(t, c, port);
	if (err)
		return err;
	c->node.family = c->sock.family;
	c->node.lport = port;
	c->node.rport = c->sock.rport;
	err = sea_tcp_flow_add(t, &c->node, &s.laddr, &s.raddr);
	if (!err)
		c->flags |= TCP_F_IN_FLOWS;
	else if (!chosen)
		sea_tcp_port_release(t, c);
	return err;
}
