/* SPDX-License-Identifier: Apache-2.0 */
#include "core/filter.h"

#include <errno.h>

#include <linux/pkt_cls.h>

#include "core/link.h"
#include "core/qdisc.h"
#include "core/stack.h"

/* -- a link's -- */

struct sea_filters *sea_filters_of(const struct sea_link *link)
{
	return sea_queue_stands(link->ingress) ? link->ingress->state : NULL;
}

/* Those of a lower priority's number first. */
int sea_filter_add(struct sea_link *link, struct sea_filter_block *block,
		   const struct sea_filter *how)
{
	struct sea_filter *f = sea_pool_alloc(&link->stack->shard.pool, sizeof(*f)),
			  **at = &block->first;

	if (!f)
		return -ENOMEM;
	while (*at && (*at)->prio < how->prio)
		at = &(*at)->next;
	*f = *how;
	f->action.made = link->stack->shard.now;
	f->next = *at;
	*at = f;
	sea_link_set_turn(link);
	return 0;
}

void sea_filter_del(struct sea_link *link, struct sea_filter_block *block, struct sea_filter *f)
{
	struct sea_filter **at = &block->first;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	sea_pool_free(&link->stack->shard.pool, f, sizeof(*f));
	sea_link_set_turn(link);
}

void sea_filter_flush(struct sea_link *link, struct sea_filter_block *block)
{
	while (block->first)
		sea_filter_del(link, block, block->first);
}

/* -- actions by their numbers -- */

static bool block_has_index(const struct sea_filter_block *block, uint32_t index)
{
	for (const struct sea_filter *f = block->first; f; f = f->next)
		if (f->acts && f->action.index == index)
			return true;
	return false;
}

bool sea_filter_has_index(struct sea_stack *stack, uint32_t index)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link))) {
		const struct sea_filters *all = sea_filters_of(link);

		if (all && (block_has_index(&all->in, index) || block_has_index(&all->out, index)))
			return true;
	}
	return false;
}

uint32_t sea_filter_free_index(struct sea_stack *stack)
{
	uint32_t index = 1;

	while (sea_filter_has_index(stack, index))
		index++;
	return index;
}

/* -- what becomes of a packet -- */

/* As it stands in the frame: of one with a tag, the tag's. Frames without a link header are of IP. */
static uint16_t protocol_of(const struct sea_link *link, struct sea_pkt *pkt)
{
	uint32_t hdr = link->framing->hdr_len;
	const uint8_t *begin = sea_pkt_peek(pkt, hdr ? hdr : 1);

	if (!begin)
		return 0;
	if (hdr)
		return sea_get16(begin + hdr - 2);
	return *begin >> 4 == 6 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4;
}

/* Packets and bytes that a super-segment counts as. */
struct weight {
	uint64_t packets, bytes;
};

static void count_action(struct sea_filter_action *a, const struct weight *w, sea_time now)
{
	if (!a->packets)
		a->first = now;
	a->used = now;
	a->packets += w->packets;
	a->bytes += w->bytes;
	a->dropped += a->verdict == TC_ACT_SHOT;
}

/* The first that does not leave it to the next: TC_ACT_*. */
static int32_t judge(struct sea_link *link, const struct sea_filter_block *block,
		     struct sea_pkt *pkt, const struct weight *w)
{
	uint16_t protocol = protocol_of(link, pkt);

	for (struct sea_filter *f = block->first; f; f = f->next) {
		if (f->protocol != SEA_FILTER_ANY_PROTOCOL && f->protocol != protocol)
			continue;
		f->hits++;
		if (!f->acts)
			return TC_ACT_OK;
		count_action(&f->action, w, link->stack->shard.now);
		if (f->action.verdict != TC_ACT_UNSPEC)
			return f->action.verdict;
	}
	return TC_ACT_OK;
}

static bool passes(int32_t verdict)
{
	return verdict != TC_ACT_SHOT && verdict != TC_ACT_STOLEN;
}

/* -- in -- */

/* Where packets come in their link header does not count (as on Linux). */
static struct weight weigh_in(const struct sea_link *link, const struct sea_pkt *pkt)
{
	uint32_t hdr = link->framing->hdr_len;

	return (struct weight){ .packets = pkt->gso_segs > 1 ? pkt->gso_segs : 1,
				.bytes = pkt->len > hdr ? pkt->len - hdr : 0 };
}

static bool lets_in(struct sea_link *link, struct sea_filters *all, struct sea_pkt *pkt)
{
	const struct weight w = weigh_in(link, pkt);
	int32_t verdict;

	link->ingress->sent.packets += w.packets;
	link->ingress->sent.bytes += w.bytes;
	verdict = judge(link, &all->in, pkt, &w);
	all->dropped += verdict == TC_ACT_SHOT;
	return passes(verdict);
}

void sea_filter_receive(struct sea_link *link, struct sea_pktq *batch)
{
	struct sea_filters *all = sea_filters_of(link);
	struct sea_pktq passed;
	struct sea_pkt *pkt;

	if (!all || !all->in.first || !sea_link_running(link))
		return;
	sea_pktq_init(&passed);
	while ((pkt = sea_pktq_pop(batch))) {
		if (lets_in(link, all, pkt))
			sea_pktq_push(&passed, pkt);
		else
			sea_pkt_drop(link->stack, pkt, SEA_DROP_TC_INGRESS);
	}
	*batch = passed;
}

/* -- out -- */

static int32_t judge_output(struct sea_link *link, struct sea_filters *all, struct sea_pkt *pkt)
{
	struct sea_queue *q = link->ingress;
	struct weight w = { q->sent.packets, q->sent.bytes };
	int32_t verdict;

	sea_queue_count(link, q, pkt);
	w = (struct weight){ q->sent.packets - w.packets, q->sent.bytes - w.bytes };
	verdict = judge(link, &all->out, pkt, &w);
	all->dropped += verdict == TC_ACT_SHOT;
	return verdict;
}

/* A sender is told of what is dropped, but not of what is stolen (as on Linux). */
int sea_filter_output(struct sea_link *link, struct sea_pkt *pkt)
{
	int32_t verdict = judge_output(link, sea_filters_of(link), pkt);

	if (!passes(verdict)) {
		sea_pkt_drop(link->stack, pkt, SEA_DROP_TC_EGRESS);
		return verdict == TC_ACT_SHOT ? -ENOBUFS : 0;
	}
	return sea_link_is_turned(link) ? link->framing->turn(link, pkt)
					: sea_link_enqueue(link, pkt);
}
