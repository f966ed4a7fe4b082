/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of links a stack knows; links that stand on each other; how frames leave those without a driver. */
#include "core/link_kind.h"

#include <errno.h>
#include <string.h>

#include "core/link_set.h"
#include "core/save.h"
#include "core/stack.h"

#define PUMP_BATCH 64u

int sea_link_kind_add(struct sea_stack *stack, const struct sea_link_kind *kind)
{
	for (unsigned i = 0; i < SEA_LINK_KINDS_MAX; i++) {
		if (stack->link_kinds[i])
			continue;
		stack->link_kinds[i] = kind;
		return 0;
	}
	return -ENOSPC;
}

const struct sea_link_kind *sea_link_kind_find(const struct sea_stack *stack, const char *name)
{
	for (unsigned i = 0; i < SEA_LINK_KINDS_MAX && stack->link_kinds[i]; i++)
		if (!strcmp(stack->link_kinds[i]->name, name))
			return stack->link_kinds[i];
	return NULL;
}

/* -- on each other -- */

int sea_link_stand_on(struct sea_link *link, struct sea_link *lower)
{
	for (const struct sea_link *l = lower; l; l = l->lower)
		if (l == link)
			return -EINVAL;
	if (sea_link_depth(lower) + 1 > SEA_LINK_DEPTH_MAX)
		return -EMLINK;
	link->lower = lower;
	lower->n_uppers++;
	return 0;
}

struct sea_link *sea_link_next_upper(const struct sea_link *lower, const struct sea_link_kind *kind,
				     struct sea_link *link)
{
	if (!lower->n_uppers)
		return NULL;
	while ((link = sea_link_next(lower->stack, link)))
		if (link->lower == lower && (!kind || link->kind == kind))
			return link;
	return NULL;
}

void sea_link_end_uppers(struct sea_link *lower)
{
	while (lower->n_uppers)
		sea_link_end(sea_link_next_upper(lower, NULL, NULL));
}

/* -- frames that somebody else takes -- */

int sea_link_divert(struct sea_link *link,
		    void (*input)(struct sea_link *link, struct sea_pkt *pkt), void *ctx)
{
	struct sea_diversion *d;

	if (link->diversion)
		return -EBUSY;
	d = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->own = link->framing;
	d->framing = *d->own;
	d->framing.input = input;
	d->ctx = ctx;
	link->diversion = d;
	link->framing = &d->framing;
	return 0;
}

void sea_link_undivert(struct sea_link *link)
{
	struct sea_diversion *d = link->diversion;

	link->framing = d->own;
	link->diversion = NULL;
	sea_pool_free(&link->stack->shard.pool, d, sizeof(*d));
}

void sea_link_input_own(struct sea_link *link, struct sea_pkt *pkt)
{
	sea_link_own_framing(link)->input(link, pkt);
}

const struct sea_framing *sea_link_own_framing(const struct sea_link *link)
{
	return link->diversion ? link->diversion->own : link->framing;
}

void sea_link_set_framing(struct sea_link *link, const struct sea_framing *framing)
{
	struct sea_diversion *d = link->diversion;

	if (d) {
		void (*input)(struct sea_link *, struct sea_pkt *) = d->framing.input;

		d->own = framing;
		d->framing = *framing;
		d->framing.input = input;
	} else {
		link->framing = framing;
	}
}

/* -- wires -- */

void sea_link_join(struct sea_link *a, struct sea_link *b)
{
	a->peer = b;
	b->peer = a;
}

int sea_link_iflink(const struct sea_link *link)
{
	if (link->kind && link->kind->iflink)
		return link->kind->iflink(link);
	return link->lower ? link->lower->ifindex : link->ifindex;
}

/* -- out -- */

int sea_link_turn(struct sea_link *link, struct sea_pkt *pkt)
{
	if (!sea_list_empty(&link->wrappers))
		return sea_link_enqueue(link, pkt);
	link->stats.tx_packets++;
	link->stats.tx_bytes += pkt->len;
	return link->kind->xmit(link, pkt);
}

void sea_link_pump(struct sea_link *link, sea_time now)
{
	struct sea_pktq batch;
	struct sea_pkt *pkt;

	sea_pktq_init(&batch);
	sea_link_take_batch(link, &batch, PUMP_BATCH, now);
	while ((pkt = sea_pktq_pop(&batch)))
		(void)link->kind->xmit(link, pkt);
}

/* -- saved -- */

static const struct sea_link *next_of(const struct sea_stack *stack, const struct sea_link *prev)
{
	struct sea_list *node = prev ? prev->node.next : stack->links.next;

	return node == &stack->links ? NULL : sea_container(node, struct sea_link, node);
}

/* A link goes up behind those that it stands on: by depth. */
static void save_ups(struct sea_saver *to, const struct sea_stack *stack, unsigned depth)
{
	const struct sea_link *link = NULL;

	while ((link = next_of(stack, link)))
		if (link->kind && sea_link_depth(link) == depth) {
			sea_save_u32(to, (uint32_t)link->ifindex);
			sea_save_u8(to, link->up);
		}
}

void sea_save_kinds(struct sea_saver *to, const struct sea_stack *stack)
{
	const struct sea_link *link = NULL;
	uint32_t n = 0;

	sea_save_tag(to, "KIND");
	while ((link = next_of(stack, link))) {
		if (!link->kind)
			continue;
		n++;
		sea_save_u32(to, link->lower ? (uint32_t)link->lower->ifindex : 0);
		if (link->kind->save)
			link->kind->save(link, to);
	}
	sea_save_u32(to, n);
	for (unsigned depth = 0; depth <= SEA_LINK_DEPTH_MAX; depth++)
		save_ups(to, stack, depth);
}

static int load_kind(struct sea_loader *from, struct sea_link *link)
{
	uint32_t ifindex = sea_load_count(from, 65535);
	struct sea_link *lower = sea_link_by_index(link->stack, (int)ifindex);
	int err;

	if (from->err)
		return from->err;
	if (!lower != !link->kind->stands_on)
		return -EINVAL;
	err = lower ? sea_link_stand_on(link, lower) : 0;
	if (!err && link->kind->load)
		err = link->kind->load(link, from);
	return err == -EMLINK ? -EINVAL : err;
}

static void load_up(struct sea_loader *from, struct sea_stack *stack, sea_time now)
{
	struct sea_link *link = sea_link_by_index(stack, (int)sea_load_count(from, 65535));
	bool up = sea_load_u8(from);
	int err;

	if (from->err)
		return;
	err = link && link->kind ? sea_link_set_up(link, up, now) : -EINVAL;
	if (err)
		sea_load_fail(from, err == -ENOMEM ? err : -EINVAL);
}

void sea_load_kinds(struct sea_loader *from, struct sea_stack *stack, sea_time now)
{
	struct sea_link *link = NULL;

	sea_load_tag(from, "KIND");
	while ((link = sea_link_next(stack, link)) && !from->err)
		if (link->kind)
			sea_load_fail(from, load_kind(from, link));
	for (uint32_t n = sea_load_count(from, 65535); n && !from->err; n--)
		load_up(from, stack, now);
}
