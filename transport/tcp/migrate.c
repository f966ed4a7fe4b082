/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listener of a SO_REUSEPORT group stops: with tcp_migrate_req those that wait for accept(), and half-open
 * connections, go to the others of the group, as their flows' hashes decide.
 */
#include <string.h>

#include "transport/tcp/passive.h"

static bool is_mate(const struct tcp_conn *c, const struct tcp_conn *other)
{
	return other != c && (other->sock.flags & SEA_SOCK_REUSEPORT) &&
	       other->sock.domain == c->sock.domain && other->sock.family == c->sock.family &&
	       other->sock.bound_ifindex == c->sock.bound_ifindex &&
	       memcmp(other->sock.laddr, c->sock.laddr, sizeof(c->sock.laddr)) == 0;
}

/* The mate with this number; or how many there are. */
static struct tcp_conn *find_mate(const struct tcp_conn *c, unsigned number, unsigned *n)
{
	struct sea_list *node, *tmp;

	*n = 0;
	SEA_LIST_EACH(node, tmp, &c->port->listeners)
	{
		struct tcp_conn *other = sea_container(node, struct tcp_listen, node)->conn;

		if (is_mate(c, other) && (*n)++ == number)
			return other;
	}
	return NULL;
}

/* NULL: nobody is left. */
static struct tcp_conn *heir_of(const struct tcp_conn *c, const struct tcp_node *flow)
{
	unsigned n, number;
	struct tcp_conn *heir;

	(void)find_mate(c, UINT32_MAX, &n);
	number = (unsigned)((uint64_t)flow->hnode.hash * n >> 32);
	heir = find_mate(c, number, &n);
	sea_stack_count(c->sock.stack, heir ? SEA_MIB_TcpExtTCPMigrateReqSuccess
					    : SEA_MIB_TcpExtTCPMigrateReqFailure);
	return heir;
}

static void hand_over_child(struct tcp_conn *child)
{
	struct tcp_conn *from = child->parent, *heir = heir_of(from, &child->node);

	if (!heir)
		return;
	sea_list_remove(&child->accept_node);
	from->listen->n_accept--;
	child->parent = heir;
	sea_list_push_back(&heir->listen->accept_queue, &child->accept_node);
	heir->listen->n_accept++;
	sea_sock_raise(&heir->sock, SEA_POLLIN);
}

static void hand_over_req(struct tcp_req *req)
{
	struct tcp_conn *from = req->listener, *heir = heir_of(from, &req->node);

	if (!heir)
		return;
	sea_list_remove(&req->list);
	from->listen->n_reqs--;
	from->listen->n_young -= !req->num_timeout;
	req->listener = heir;
	sea_list_push_back(&heir->listen->reqs, &req->list);
	heir->listen->n_reqs++;
	heir->listen->n_young += !req->num_timeout;
}

void sea_tcp_migrate(struct tcp_conn *listener)
{
	struct tcp_listen *l = listener->listen;
	struct sea_list *node, *tmp;

	if (!sea_tcp_st(listener)->sysctl.migrate_req || !listener->port ||
	    !(listener->sock.flags & SEA_SOCK_REUSEPORT))
		return;
	SEA_LIST_EACH(node, tmp, &l->accept_queue)
	hand_over_child(sea_container(node, struct tcp_conn, accept_node));
	SEA_LIST_EACH(node, tmp, &l->reqs)
	hand_over_req(sea_container(node, struct tcp_req, list));
}
