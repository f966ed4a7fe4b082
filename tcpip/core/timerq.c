/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which timer fires next: a pairing heap over (queued, order).
 *
 * A timer whose deadline moved later or was cancelled stays where it stands and is *stale*. Among
 * equal `queued` a stale timer goes before all others. It may then stand below a timer that it ought
 * to precede, which does no harm: it will not fire at that time anyway, and what stands below it was
 * compared with what stands above it before.
 *
 * New timers do not go below the root one by one, or the first look at it after a million of them
 * would have a million children to meld. They count up like a binary number, two heaps of the same
 * size making one, so that only a few are left to meld with the root: steps stay short.
 *
 * `prev` of a first child is its parent, of any other child its left neighbour, of the root NULL.
 */
#include <stddef.h>

#include "core/assert.h"
#include "core/timerq.h"

static bool stale(const struct sea_timer *t)
{
	return t->deadline.ns != t->queued.ns;
}

static bool goes_before(const struct sea_timer *a, const struct sea_timer *b)
{
	if (a->queued.ns != b->queued.ns)
		return a->queued.ns < b->queued.ns;
	return (stale(a) ? 0 : a->order) < (stale(b) ? 0 : b->order);
}

static void push_child(struct sea_timer *parent, struct sea_timer *t)
{
	t->prev = parent;
	t->sibling = parent->child;
	if (t->sibling)
		t->sibling->prev = t;
	parent->child = t;
}

/* Makes one heap of two roots without siblings. */
static struct sea_timer *meld(struct sea_timer *a, struct sea_timer *b)
{
	if (goes_before(b, a)) {
		push_child(b, a);
		return b;
	}
	push_child(a, b);
	return a;
}

/* Melds neighbours in pairs; the pairs come back last first, chained by `sibling`. */
static struct sea_timer *meld_pairs(struct sea_timer *t)
{
	struct sea_timer *pairs = NULL, *second, *next;

	for (; t; t = next) {
		second = t->sibling;
		next = second ? second->sibling : NULL;
		if (second)
			t = meld(t, second);
		t->sibling = pairs;
		pairs = t;
	}
	return pairs;
}

/* Makes one heap of a list of siblings: pairs left to right, then all of them right to left. */
static struct sea_timer *meld_siblings(struct sea_timer *first)
{
	struct sea_timer *t = meld_pairs(first), *next;

	if (!t)
		return NULL;
	for (next = t->sibling; next;) {
		struct sea_timer *pair = next;

		next = pair->sibling;
		t = meld(t, pair);
	}
	t->prev = t->sibling = NULL;
	return t;
}

static void insert(struct sea_timerq *q, struct sea_timer *t)
{
	unsigned i;

	t->queued = t->deadline;
	t->prev = t->sibling = NULL;
	for (i = 0; q->n_fresh >> i & 1; i++)
		t = meld(q->fresh[i], t);
	q->fresh[i] = t;
	q->n_fresh++;
}

/* Brings new timers below the root (or to it). */
static void gather(struct sea_timerq *q)
{
	for (; q->n_fresh; q->n_fresh &= q->n_fresh - 1) {
		struct sea_timer *t = q->fresh[__builtin_ctz(q->n_fresh)];

		q->root = q->root ? meld(q->root, t) : t;
	}
}

/* Cuts a timer that is not the root from its parent and siblings; what is below goes with it. */
static void cut(struct sea_timer *t)
{
	if (t->prev->child == t)
		t->prev->child = t->sibling;
	else
		t->prev->sibling = t->sibling;
	if (t->sibling)
		t->sibling->prev = t->prev;
}

/* Takes one timer out, after gathering; what is below it stays. */
static void take_out(struct sea_timerq *q, struct sea_timer *t)
{
	struct sea_timer *below = meld_siblings(t->child);

	t->child = NULL;
	if (q->root == t) {
		q->root = below;
		return;
	}
	cut(t);
	if (below)
		q->root = q->root ? meld(q->root, below) : below;
}

static void forget(struct sea_timerq *q, struct sea_timer *t)
{
	SEA_ASSERT(q->env, q->n > 0);
	t->queued = SEA_TIME_NEVER;
	t->prev = t->sibling = NULL;
	q->n--;
}

void sea_timerq_init(struct sea_timerq *q, const struct sea_env *env)
{
	*q = (struct sea_timerq){ .env = env };
}

void sea_timer_init(struct sea_timer *timer, void (*fire)(struct sea_timer *, sea_time))
{
	*timer = (struct sea_timer){
		.deadline = SEA_TIME_NEVER,
		.queued = SEA_TIME_NEVER,
		.fire = fire,
	};
}

/* Takes out a timer that is to go further ahead; what is below goes with it where it may. */
static void lift_out(struct sea_timerq *q, struct sea_timer *t)
{
	gather(q);
	if (t->queued.ns == t->deadline.ns)
		take_out(q, t); /* its new order is after that of timers below it */
	else if (q->root == t)
		q->root = NULL;
	else
		cut(t);
}

void sea_timer_bring_forward(struct sea_timerq *q, struct sea_timer *t)
{
	if (sea_time_is_never(t->queued))
		q->n++;
	else
		lift_out(q, t);
	insert(q, t);
}

void sea_timer_remove(struct sea_timerq *q, struct sea_timer *timer)
{
	timer->deadline = SEA_TIME_NEVER;
	if (sea_time_is_never(timer->queued))
		return;
	gather(q);
	take_out(q, timer);
	forget(q, timer);
}

/* Gives a stale timer, which is out of the heap, its true place. */
static void settle(struct sea_timerq *q, struct sea_timer *t)
{
	if (sea_timer_armed(t))
		insert(q, t);
	else
		forget(q, t);
}

/*
 * Moves what is due, at most `budget`, in order from the heap to the list below `due`. There they can
 * still be cancelled, re-armed and removed as if that were a heap.
 */
static void collect(struct sea_timerq *q, sea_time now, unsigned budget, struct sea_timer *due)
{
	struct sea_timer *t, *last = due;

	gather(q);
	while (budget && (t = q->root) && !sea_time_before(now, t->queued)) {
		take_out(q, t);
		if (stale(t)) {
			settle(q, t);
			if (!sea_time_before(now, t->deadline))
				gather(q); /* it is due in its new place, too */
			continue;
		}
		t->prev = last;
		if (last == due)
			due->child = t;
		else
			last->sibling = t;
		last = t;
		budget--;
	}
}

unsigned sea_timerq_run(struct sea_timerq *q, sea_time now, unsigned budget)
{
	struct sea_timer due = { 0 }, *t;
	unsigned fired = 0;

	collect(q, now, budget, &due);
	while ((t = due.child)) {
		cut(t);
		if (stale(t)) {
			settle(q, t);
			continue;
		}
		forget(q, t);
		t->deadline = SEA_TIME_NEVER;
		t->fire(t, now);
		fired++;
	}
	return fired;
}

sea_time sea_timerq_deadline(struct sea_timerq *q)
{
	struct sea_timer *t;

	for (gather(q); (t = q->root) && stale(t); gather(q)) {
		take_out(q, t);
		settle(q, t);
	}
	return t ? t->deadline : SEA_TIME_NEVER;
}
