/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything TCP in a stack as bytes: secrets, then every connection that has a handle, a listener
 * with its requests and its waiting children behind it, then orphans, then TIME_WAIT, oldest first.
 */
#include "transport/tcp/save.h"

#include <errno.h>
#include <string.h>

#include "transport/flow_lease.h"
#include "transport/mcast.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/module.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/repair.h"
#include "transport/zerocopy.h"

#define COUNT_MAX (1u << 24)

/* -- one connection -- */

static void save_listen(struct sea_saver *to, const struct tcp_conn *c)
{
	struct tcp_listen *l = c->listen;
	struct sea_list *node, *tmp;

	sea_save_u32(to, l->backlog);
	sea_save_time(to, l->cookie_sent);
	sea_save_u8(to, l->flood_logged);
	sea_tcp_fastopen_save_listen(to, c);
	sea_save_u32(to, l->n_reqs);
	SEA_LIST_EACH(node, tmp, &l->reqs)
	sea_tcp_save_req(to, sea_container(node, struct tcp_req, list));
	sea_save_u32(to, l->n_accept);
	SEA_LIST_EACH(node, tmp, &l->accept_queue)
	sea_tcp_save_sock(&sea_container(node, struct tcp_conn, accept_node)->sock, to);
}

static bool has_work(const struct tcp_conn *c)
{
	return sea_list_linked(&c->work.node) || (c->flags & TCP_F_TSQ) ||
	       (c->fl->pacer && sea_timer_armed(&c->fl->pacer->timer));
}

void sea_tcp_save_sock(struct sea_sock *sock, struct sea_saver *to)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	sea_save_sock(to, sock);
	sea_mcast_save(to, sock);
	sea_flow_leases_save(to, sock);
	sea_zc_save(to, sock);
	sea_tcp_flight_forgo(c);
	sea_tcp_save_fields(to, c);
	sea_save_u8(to, c->port != NULL);
	sea_save_u8(to, c->port && c->port->connect_only);
	sea_tcp_save_queues(to, c);
	sea_save_u8(to, has_work(c));
	sea_save_timer(to, &c->timer);
	if (c->state == TCP_S_LISTEN)
		save_listen(to, c);
}

static struct tcp_conn *load_conn(struct sea_loader *from, struct sea_stack *stack);

static void load_children(struct sea_loader *from, struct tcp_conn *c)
{
	uint32_t n = sea_load_count(from, COUNT_MAX);

	while (n-- && !from->err) {
		struct tcp_conn *child = load_conn(from, c->sock.stack);

		if (!child)
			return;
		child->parent = c;
		sea_list_push_back(&c->listen->accept_queue, &child->accept_node);
		c->listen->n_accept++;
	}
}

/* The connection is CLOSED still, on its port; it becomes a listener. */
static void load_listen(struct sea_loader *from, struct tcp_conn *c)
{
	uint32_t backlog = sea_load_u32(from), n;

	if (from->err || !c->port || sea_tcp_listen_restore(c, backlog)) {
		sea_load_fail(from, -EINVAL);
		return;
	}
	c->listen->cookie_sent = sea_load_time(from);
	c->listen->flood_logged = sea_load_u8(from);
	sea_tcp_fastopen_load_listen(from, c);
	n = sea_load_count(from, COUNT_MAX);
	while (n-- && !from->err)
		sea_tcp_load_req(from, c);
	load_children(from, c);
}

/* Its place on the port and in the table. */
static int enter_tables(struct tcp_conn *c, bool has_port, bool connect_only)
{
	struct tcp_table *t = &sea_tcp_st(c)->table;
	struct sea_ipaddr laddr, raddr;
	bool in_flows = c->flags & TCP_F_IN_FLOWS;
	int err = has_port ? sea_tcp_port_join(t, c, c->sock.lport) : 0;

	tcp_clear(c, TCP_F_IN_FLOWS);
	if (err)
		return err;
	if (c->port && !connect_only)
		c->port->connect_only = false;
	if (!in_flows)
		return 0;
	memcpy(laddr.b, c->sock.laddr, sizeof(laddr.b));
	memcpy(raddr.b, c->sock.raddr, sizeof(raddr.b));
	err = sea_tcp_flow_add(t, &c->node, &laddr, &raddr);
	if (!err)
		c->flags |= TCP_F_IN_FLOWS;
	return err;
}

static void load_into(struct sea_loader *from, struct tcp_conn *c)
{
	struct sea_stack *stack = c->sock.stack;
	bool has_port, connect_only, listens;

	sea_load_sock(from, stack, &c->sock);
	sea_mcast_load(from, &c->sock);
	sea_flow_leases_load(from, &c->sock);
	sea_zc_load(from, &c->sock);
	c->sock.wmem_alloc = 0; /* what waited below is lost, as on a wire */
	tcp_mem_charge(sea_tcp_st(c), (uint32_t)c->sock.rmem_alloc);
	sea_tcp_load_fields(from, c);
	if (tcp_in_repair(c))
		c->sock.ops = &sea_tcp_repair_ops;
	if (c->flags & TCP_F_ORPHAN)
		sea_tcp_of(stack)->n_orphans++;
	listens = c->state == TCP_S_LISTEN;
	if (listens)
		c->state = TCP_S_CLOSED;
	has_port = sea_load_u8(from);
	connect_only = sea_load_u8(from);
	if (from->err || enter_tables(c, has_port, connect_only)) {
		tcp_clear(c, TCP_F_IN_FLOWS);
		sea_load_fail(from, -EINVAL);
		return;
	}
	sea_tcp_load_queues(from, c);
	tcp_clear(c, TCP_F_TSQ);
	if (sea_load_u8(from))
		sea_stack_defer(stack, &c->work);
	if (!from->err)
		sea_load_timer(from, stack, &c->timer);
	if (listens)
		load_listen(from, c);
}

/* NULL on error. */
static struct tcp_conn *load_conn(struct sea_loader *from, struct sea_stack *stack)
{
	struct tcp_conn *c = sea_tcp_conn_new(stack);

	if (!c) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	load_into(from, c);
	if (!from->err)
		return c;
	sea_tcp_conn_free(c, SEA_DROP_STACK_FREED);
	return NULL;
}

/* -- connections without a handle and without a listener -- */

static struct tcp_conn *orphan_of(struct tcp_node *node)
{
	struct tcp_conn *c = sea_container(node, struct tcp_conn, node);

	return node->kind == TCP_KIND_CONN && (c->flags & TCP_F_ORPHAN) ? c : NULL;
}

static void save_orphans(struct sea_saver *to, const struct tcp_state *st)
{
	struct tcp_walk walk = { 0 };
	struct tcp_node *node;

	sea_save_u32(to, st->n_orphans);
	while ((node = sea_tcp_flow_walk(&st->table, &walk)))
		if (orphan_of(node))
			sea_tcp_save_sock(&orphan_of(node)->sock, to);
}

/* -- secrets -- */

static void save_key(struct sea_saver *to, const struct sea_siphash_key *key)
{
	sea_save_u64(to, key->k0);
	sea_save_u64(to, key->k1);
}

/* Two copies of one snapshot must not answer alike: then init's new key stays. */
static void load_key(struct sea_loader *from, struct sea_siphash_key *key)
{
	struct sea_siphash_key old = { .k0 = sea_load_u64(from) };

	old.k1 = sea_load_u64(from);
	if (!from->fresh_secrets)
		*key = old;
}

/* -- the module -- */

void sea_tcp_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	const struct tcp_state *st = state;
	struct sea_list *node, *tmp;

	sea_save_tag(to, "TCP ");
	save_key(to, &st->isn_key);
	save_key(to, &st->ts_key);
	save_key(to, &st->cookie_key[0]);
	save_key(to, &st->cookie_key[1]);
	save_key(to, &st->table.key); /* the order in which orphans stand */
	sea_save_time(to, st->cookie_epoch);
	sea_save_time(to, st->challenge_stamp);
	sea_save_u32(to, st->challenge_left);
	sea_save_time(to, st->mem.pressed_since);
	sea_tcp_peers_save(to, &st->peers);
	sea_save_u32(to, st->fastopen_holes);
	sea_save_time(to, st->fastopen_hole);
	sea_save_u8(to, st->fastopen_keys.n);
	sea_save_bytes(to, st->fastopen_keys.b, sizeof(st->fastopen_keys.b));
	sea_save_socks(to, stack, &sea_tcp_sock_ops);
	sea_save_socks(to, stack, &sea_tcp_repair_ops);
	save_orphans(to, st);
	sea_save_u32(to, st->n_time_wait);
	SEA_LIST_EACH(node, tmp, &st->time_waits)
	sea_tcp_save_tw(to, sea_container(node, struct tcp_tw, list));
}

static void load_conns(struct sea_loader *from, struct sea_stack *stack)
{
	uint32_t n = sea_load_count(from, COUNT_MAX);

	while (n-- && !from->err)
		(void)load_conn(from, stack);
}

int sea_tcp_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct tcp_state *st = state;
	sea_time pressed_since;
	uint32_t n;

	sea_load_tag(from, "TCP ");
	load_key(from, &st->isn_key);
	load_key(from, &st->ts_key);
	load_key(from, &st->cookie_key[0]);
	load_key(from, &st->cookie_key[1]);
	load_key(from, &st->table.key);
	st->cookie_epoch = sea_load_time(from);
	st->challenge_stamp = sea_load_time(from);
	st->challenge_left = sea_load_u32(from);
	pressed_since = sea_load_time(from);
	sea_tcp_peers_load(from, &st->peers);
	st->fastopen_holes = sea_load_u32(from);
	st->fastopen_hole = sea_load_time(from);
	st->fastopen_keys.n = sea_load_u8(from) % (TCP_FASTOPEN_KEYS_MAX + 1);
	sea_load_bytes(from, st->fastopen_keys.b, sizeof(st->fastopen_keys.b));
	load_conns(from, stack);
	load_conns(from, stack);
	load_conns(from, stack);
	st->mem.pressed_since = pressed_since; /* now that all is charged */
	n = sea_load_count(from, COUNT_MAX);
	while (n-- && !from->err)
		sea_tcp_load_tw(from, stack);
	return from->err;
}
