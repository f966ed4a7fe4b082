/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wire between two links (veth). What one end sends is copied into the other end's stack and
 * waits there for its next advance, so neither stack is entered while the other is.
 */
#include <errno.h>

#include "core/link.h"
#include "core/stack.h"

#define QUEUE_DEFAULT 1000u /* net.core.netdev_max_backlog */
#define PUMP_BATCH 64u

struct sea_pair {
	struct sea_pool *pool; /* where this comes from: that of the first end's stack */
	struct sea_link *ends[2];
};

static struct sea_link *peer_of(const struct sea_link *link)
{
	return link->pair->ends[link->pair->ends[0] == link];
}

static void refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop reason)
{
	link->stats.tx_dropped++;
	sea_pkt_drop(link->stack, pkt, reason);
}

/* Nothing of the sender's but what stands on the wire, and its checksum's state. */
static void forget_sender(struct sea_pkt *pkt, const struct sea_link *to)
{
	pkt->type = SEA_PKT_HOST;
	pkt->requeued = 0;
	pkt->trusted = (to->features & SEA_LINK_F_RX_TRUSTED) != 0;
	pkt->mark = pkt->priority = pkt->hash = 0;
	if (!pkt->trusted)
		pkt->csum_state = SEA_CSUM_NONE;
}

static void hand_over(struct sea_link *link, struct sea_link *peer, struct sea_pkt *pkt)
{
	struct sea_pkt *copy;

	if (peer->input.n >= peer->input_max) {
		refuse(link, pkt, SEA_DROP_PAIR_FULL);
		return;
	}
	copy = sea_pkt_copy(pkt, &peer->stack->shard.pool);
	if (!copy) {
		refuse(link, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	sea_pkt_note_copied(pkt);
	forget_sender(copy, peer);
	(void)sea_link_queue_input(peer, copy); /* there is room */
	sea_pkt_done(pkt);
}

/* An end that does not trust the other gets finished frames only. */
static void finish(struct sea_link *link, struct sea_pkt *pkt, struct sea_pktq *out)
{
	struct sea_stack *stack = link->stack;

	if (pkt->gso_type != SEA_GSO_NONE)
		sea_gso_segment(stack, pkt, out);
	else if (pkt->csum_state == SEA_CSUM_PARTIAL && !sea_pkt_csum_finish(pkt, stack->csum))
		refuse(link, pkt, SEA_DROP_LINK_NO_MEMORY);
	else
		sea_pktq_push(out, pkt);
}

static void pump(struct sea_link *link, sea_time now)
{
	struct sea_link *peer = peer_of(link);
	struct sea_pktq batch, ready;
	struct sea_pkt *pkt;

	sea_pktq_init(&batch);
	sea_pktq_init(&ready);
	sea_link_take_batch(link, &batch, PUMP_BATCH, now);
	while ((pkt = sea_pktq_pop(&batch))) {
		if (peer->features & SEA_LINK_F_RX_TRUSTED)
			sea_pktq_push(&ready, pkt);
		else
			finish(link, pkt, &ready);
	}
	while ((pkt = sea_pktq_pop(&ready)))
		hand_over(link, peer, pkt);
}

/* Output looks for a pump or a driver from here on; what waits is listed anew with the next frame. */
static void set_pump(struct sea_link *link, void (*fn)(struct sea_link *, sea_time),
		     void (*detached)(struct sea_link *))
{
	sea_list_remove(&link->tx_node);
	link->pump = fn;
	link->detached = detached;
}

/* One end is deleted: the other has lost its carrier. */
static void part(struct sea_link *link)
{
	struct sea_pair *pair = link->pair;
	struct sea_link *peer = peer_of(link);

	for (unsigned i = 0; i < 2; i++) {
		set_pump(pair->ends[i], NULL, NULL);
		pair->ends[i]->moved = NULL;
		pair->ends[i]->pair = NULL;
	}
	sea_pool_free(pair->pool, pair, sizeof(*pair));
	sea_link_carrier(peer, false);
}

static int move_end(struct sea_link *link, struct sea_link *to);

static void join_end(struct sea_link *link, struct sea_pair *pair, unsigned queue_max)
{
	link->pair = pair;
	link->input_max = queue_max ? queue_max : QUEUE_DEFAULT;
	set_pump(link, pump, part);
	link->moved = move_end;
}

/* One end is in another stack now; the pair belongs to one of the two that its ends are in. */
static int move_end(struct sea_link *link, struct sea_link *to)
{
	struct sea_pool *pool = &to->stack->shard.pool;
	struct sea_link *peer = peer_of(link);
	struct sea_pair *old = link->pair, *pair = sea_pool_alloc(pool, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	*pair = (struct sea_pair){ .pool = pool, .ends = { to, peer } };
	join_end(to, pair, link->input_max);
	peer->pair = pair;
	set_pump(link, NULL, NULL);
	link->moved = NULL;
	link->pair = NULL;
	sea_pool_free(old->pool, old, sizeof(*old));
	return 0;
}

static int join(struct sea_link *a, struct sea_link *b, unsigned queue_max)
{
	struct sea_pool *pool = &a->stack->shard.pool;
	struct sea_pair *pair;

	if (a == b || a->type != b->type || a->framing->turn)
		return -EINVAL;
	if (a->pair || b->pair)
		return -EBUSY;
	pair = sea_pool_alloc(pool, sizeof(*pair));
	if (!pair)
		return -ENOMEM;
	*pair = (struct sea_pair){ .pool = pool, .ends = { a, b } };
	join_end(a, pair, queue_max);
	join_end(b, pair, queue_max);
	return 0;
}

int sea_pair_join(struct sea_link *a, struct sea_link *b, unsigned queue_max, sea_time now)
{
	bool two = a->stack != b->stack;
	int err;

	sea_stack_enter(a->stack, now);
	if (two)
		sea_stack_enter(b->stack, now);
	err = join(a, b, queue_max);
	if (two)
		sea_stack_leave(b->stack);
	sea_stack_leave(a->stack);
	return err;
}
