/* SPDX-License-Identifier: Apache-2.0 */
/* UDP as NETLINK_SOCK_DIAG shows it. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/stack.h"
#include "transport/diag/inet.h"
#include "transport/udp.h"

#define ESTABLISHED 1
#define CLOSED 7

static uint32_t rqueue_of(const struct sea_sock *sock)
{
	const struct sea_dgram *d = sea_container(sock, const struct sea_dgram, sock);

	return (uint32_t)(sock->rmem_alloc - d->rx_deficit);
}

static void show(const struct udp_sock *u, struct sea_diag *e)
{
	const struct sea_sock *sock = &u->d.sock;

	sea_diag_of_sock(e, sock);
	e->state = sea_sock_connected(sock) ? ESTABLISHED : CLOSED;
	e->states = 1u << e->state;
	e->rqueue = rqueue_of(sock);
	e->wqueue = (uint32_t)sock->wmem_alloc;
}

/* Those that have a port. */
static bool next(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e)
{
	const struct sea_sock_table *t = &stack->shard.socks;

	while (*cursor < t->n_slots) {
		const struct sea_sock *sock = t->slots[(*cursor)++].sock;

		if (!sock || sock->ops != &sea_udp_ops || !sock->lport)
			continue;
		show(sea_container(sock, const struct udp_sock, d.sock), e);
		return true;
	}
	return false;
}

static bool find(struct sea_stack *stack, const struct sea_diag_key *asked, struct sea_diag *e)
{
	struct sea_diag_key mapped;
	const struct sea_diag_key *key = sea_diag_settle(asked, &mapped);
	const struct udp_flow flow = { .family = key->family,
				       .sport = key->dport,
				       .dport = key->sport,
				       .ifindex = (int)key->ifindex,
				       .src = &key->dst,
				       .dst = &key->src };
	struct udp_sock *u = sea_udp_table_find(udp_of(stack), &flow);

	if (!u || (key != asked && u->d.sock.domain != SEA_AF_INET6))
		return false;
	show(u, e);
	e->object = u;
	return true;
}

/* So Linux reckons when nothing is charged any more. */
static void show_last(const struct sea_sock *sock, struct sea_diag *e)
{
	e->state = sea_sock_connected(sock) ? ESTABLISHED : CLOSED;
	e->rqueue = rqueue_of(sock);
	e->wqueue = UINT32_MAX;
}

/* As a connection that is dissolved, but for the error. */
static int destroy(struct sea_stack *stack, struct sea_diag *e)
{
	static const struct sea_endpoint nobody = { 0 };
	struct udp_sock *u = e->object;
	int err = sea_udp_ops.connect(&u->d.sock, &nobody);

	(void)stack;
	sea_sock_set_error(&u->d.sock, ECONNABORTED);
	return err;
}

const struct sea_diag_proto sea_udp_diag = {
	.protocol = IPPROTO_UDP,
	.next = next,
	.find = find,
	.find_is_swapped = true,
	.find_stale = ESTALE,
	.destroy = destroy,
	.show_last = show_last,
};
