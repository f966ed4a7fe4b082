/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of a host between entries: both ledgers, the copy-down rule, and that nothing
 * which waits was forgotten by its timer.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/stats.h>

#include "core/link.h"
#include "core/pfifo_fast.h"
#include "core/sock.h"
#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/neigh.h"
#include "tests/sim/check.h"
#include "tests/sim/sim.h"

#define INDEX_MASK ((1u << 28) - 1)

/* -- the held ledger -- */

static void check_pool(struct sim_host *h)
{
	const struct sea_pool *pool = &h->stack->shard.pool;
	size_t cached = 0;

	for (unsigned i = 0; i < SEA_POOL_CLASSES; i++)
		cached += (size_t)pool->classes[i].n_free * pool->classes[i].size;
	SIM_CHECK(h->world, cached == pool->cached);
	SIM_CHECK(h->world,
		  pool->held + pool->cached + sizeof(struct sea_stack) == h->env.live_bytes);
}

void sim_check_kept(struct sim_world *w, const struct sea_pkt *pkt)
{
	if (sea_pkt_held(pkt) > sea_pkt_held_max(pkt->len))
		sim_fail(w, "a packet of %u bytes is kept with %u bytes of memory", pkt->len,
			 sea_pkt_held(pkt));
}

/* -- the charged ledger of what is sent -- */

struct charges {
	const struct sea_stack *stack;
	int64_t *by_slot;
	uint32_t n;
};

/* An owner that is gone is charged nothing. */
static void add_pkt(struct charges *c, const struct sea_pkt *pkt)
{
	if (!sea_socket_is_none(pkt->owner) && sea_sock_get(c->stack, pkt->owner))
		c->by_slot[pkt->owner.v & INDEX_MASK] += pkt->charged;
}

static void add_queue(struct charges *c, const struct sea_pktq *q)
{
	for (const struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next)
		add_pkt(c, pkt);
}

static void add_links(struct sim_host *h, struct charges *c)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &h->stack->links)
	{
		const struct sea_link *link = sea_container(node, struct sea_link, node);

		SIM_CHECK(h->world, link->queue.kind == &sea_qdisc_pfifo_fast);
		for (unsigned i = 0; i < SEA_PFIFO_FAST_BANDS; i++)
			add_queue(c, &((const struct sea_pfifo_fast *)link->queue.state)->band[i]);
		add_queue(c, &link->ready);
		add_queue(c, &link->input);
	}
	for (unsigned i = 0; i < h->n_nics; i++)
		for (unsigned k = 0; k < h->nic[i].n_lent; k++)
			add_pkt(c, h->nic[i].lent[k]);
}

static void check_neighbours(struct sim_host *h, struct sea_neigh_table *t, struct charges *c)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->lru)
	{
		const struct sea_neigh *n = sea_container(node, struct sea_neigh, lru);

		for (const struct sea_pkt *pkt = n->pending.head; pkt; pkt = pkt->next)
			sim_check_kept(h->world, pkt);
		SIM_CHECK(h->world, !n->pending.n || sea_timer_armed(&n->timer));
		add_queue(c, &n->pending);
	}
}

static void check_internet(struct sim_host *h, struct charges *c)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(h->stack);
	struct sea_ipv6_state *ip6 = sea_ipv6_of(h->stack);

	check_neighbours(h, &ip->neigh, c);
	check_neighbours(h, &ip6->neigh, c);
	add_queue(c, &ip->loop.looped);
	add_queue(c, &ip6->loop.looped);
}

static void check_socket(struct sim_host *h, struct sea_sock *sock, int64_t in_links)
{
	struct sim_world *w = h->world;

	in_links += sim_corked_bytes(sock);
	/* What a wrapper holds back nobody sees but the wrapper. */
	if (h->hold_ns ? sock->wmem_alloc < in_links : sock->wmem_alloc != in_links)
		sim_fail(w,
			 "a %s socket is charged %d bytes for packets below it that hold %" PRId64,
			 sock->ops->name, sock->wmem_alloc, in_links);
	if (sock->protocol != IPPROTO_TCP)
		sim_check_dgram(h, sock);
	SIM_CHECK(w, !sock->edge || sea_list_linked(&sock->event));
}

void sim_check_host(struct sim_host *h)
{
	struct sea_sock_table *t = &h->stack->shard.socks;
	struct charges c = { .stack = h->stack, .n = t->n_slots };

	check_pool(h);
	SIM_CHECK(h->world, !h->stack->shard.entered);
	c.by_slot = calloc(c.n + 1u, sizeof(*c.by_slot));
	SIM_CHECK(h->world, c.by_slot);
	add_links(h, &c);
	check_internet(h, &c);
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].sock)
			check_socket(h, t->slots[i].sock, c.by_slot[i]);
	free(c.by_slot);
	sim_check_tcp(h);
}

/* -- at the end -- */

void sim_print_sockets(struct sim_host *h, FILE *to)
{
	struct sea_socket_info info = { .size = sizeof(info) };
	uint64_t cursor = 0;

	while (sea_socket_next(h->stack, &cursor, &info)) {
		const struct sockaddr_in *local = (const struct sockaddr_in *)(void *)&info.local;
		const struct sockaddr_in *peer = (const struct sockaddr_in *)(void *)&info.peer;

		fprintf(to, "host %u: type %d state %d, port %u, peer port %u, rx %u tx %u%s\n",
			h->index, info.type, info.state, ntohs(local->sin_port),
			ntohs(peer->sin_port), info.rx_bytes, info.tx_bytes,
			sea_socket_is_none(info.socket) ? "" : ", held");
		info.size = sizeof(info);
	}
}

void sim_check_idle(struct sim_host *h)
{
	struct sea_memory memory = { .size = sizeof(memory) };
	struct sea_socket_info info = { .size = sizeof(info) };
	unsigned n_lent = 0;
	uint64_t cursor = 0;

	if (sea_socket_next(h->stack, &cursor, &info)) {
		sim_print_sockets(h, stderr);
		sim_fail(h->world, "host %u: a socket is left", h->index);
	}
	for (unsigned i = 0; i < h->n_nics; i++)
		n_lent += h->nic[i].n_lent;
	sea_stack_memory(h->stack, &memory);
	SIM_CHECK(h->world, memory.pkts == n_lent && memory.sockets == 0);
	/* One piece of memory for the next frame may stand in each receive chain. */
	SIM_CHECK(h->world, memory.bufs <= n_lent + h->n_nics * SEA_RX_CHAIN_MAX);
	SIM_CHECK(h->world, memory.held <= h->held_idle);
}
