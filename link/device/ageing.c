/* SPDX-License-Identifier: Apache-2.0 */
#include "link/device/ageing.h"

#include "core/stack.h"

#define BATCH 256u /* entries that one timer ends */

struct sea_aged *sea_ageing_oldest(const struct sea_ageing *ageing)
{
	struct sea_list *node = sea_list_first(&ageing->list);

	return node ? sea_container(node, struct sea_aged, node) : NULL;
}

uint32_t sea_ageing_count(const struct sea_ageing *ageing)
{
	uint32_t n = 0;

	for (const struct sea_list *node = ageing->list.next; node != &ageing->list;
	     node = node->next)
		n++;
	return n;
}

static sea_time due(const struct sea_ageing *ageing, const struct sea_aged *aged)
{
	return sea_time_add(aged->updated, ageing->ops->age(ageing));
}

/* A deadline that moves later is found when the timer fires. */
static void arm(struct sea_ageing *ageing)
{
	const struct sea_aged *oldest = sea_ageing_oldest(ageing);

	if (oldest)
		sea_stack_arm(ageing->stack, &ageing->timer, due(ageing, oldest));
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_ageing *ageing = sea_container(timer, struct sea_ageing, timer);
	struct sea_aged *oldest;

	for (unsigned i = 0; i < BATCH && (oldest = sea_ageing_oldest(ageing)); i++) {
		if (sea_time_before(now, due(ageing, oldest)))
			break;
		ageing->ops->expire(ageing, oldest);
	}
	arm(ageing);
}

void sea_ageing_init(struct sea_ageing *ageing, struct sea_stack *stack,
		     const struct sea_ageing_ops *ops)
{
	ageing->ops = ops;
	ageing->stack = stack;
	sea_list_init(&ageing->list);
	sea_timer_init(&ageing->timer, fire);
}

void sea_ageing_fini(struct sea_ageing *ageing)
{
	sea_timer_remove(&ageing->stack->shard.timers, &ageing->timer);
}

void sea_ageing_rearm(struct sea_ageing *ageing)
{
	sea_timer_cancel(&ageing->timer);
	arm(ageing);
}

void sea_aged_init(struct sea_aged *aged, sea_time now)
{
	aged->updated = now;
	sea_list_init(&aged->node);
}

void sea_aged_refile(struct sea_ageing *ageing, struct sea_aged *aged, bool ages)
{
	sea_list_remove(&aged->node);
	if (!ages)
		return;
	sea_list_push_back(&ageing->list, &aged->node);
	if (!sea_timer_armed(&ageing->timer))
		arm(ageing);
}
