/* SPDX-License-Identifier: Apache-2.0 */
/* The table of metrics in use: few, however many routes there are. */
#include "ip/metrics.h"

#include <string.h>

#define SLOTS_LEAST 8u

static bool grow(struct sea_stack *stack)
{
	struct sea_metrics_table *t = &stack->metrics;
	uint32_t n = t->n_slots ? 2 * t->n_slots : SLOTS_LEAST;
	struct sea_metrics **slots = sea_pool_zalloc(&stack->shard.pool, n * sizeof(*slots));

	if (!slots)
		return false;
	if (t->n_slots)
		memcpy(slots, t->slots, t->n_slots * sizeof(*slots));
	sea_pool_free(&stack->shard.pool, t->slots, t->n_slots * sizeof(*slots));
	t->lowest = t->n_slots;
	t->slots = slots;
	t->n_slots = n;
	return true;
}

/* The last one took its leave. */
static void end_if_unused(struct sea_stack *stack)
{
	struct sea_metrics_table *t = &stack->metrics;

	if (t->n_used)
		return;
	sea_pool_free(&stack->shard.pool, t->slots, t->n_slots * sizeof(*t->slots));
	*t = (struct sea_metrics_table){ 0 };
}

struct sea_metrics *sea_metrics_new(struct sea_stack *stack, const struct sea_route_metrics *m)
{
	struct sea_metrics_table *t = &stack->metrics;
	struct sea_metrics *metrics;

	while (t->lowest < t->n_slots && t->slots[t->lowest])
		t->lowest++;
	if (t->lowest == t->n_slots && !grow(stack))
		return NULL;
	metrics = sea_pool_alloc(&stack->shard.pool, sizeof(*metrics));
	if (!metrics) {
		end_if_unused(stack);
		return NULL;
	}
	*metrics = (struct sea_metrics){ .id = t->lowest + 1, .refs = 1, .m = *m };
	t->slots[t->lowest] = metrics;
	t->n_used++;
	return metrics;
}

void sea_metrics_get(struct sea_stack *stack, uint32_t id)
{
	if (id)
		stack->metrics.slots[id - 1]->refs++;
}

void sea_metrics_put(struct sea_stack *stack, uint32_t id)
{
	struct sea_metrics_table *t = &stack->metrics;
	struct sea_metrics *metrics = id ? t->slots[id - 1] : NULL;

	if (!metrics || --metrics->refs)
		return;
	sea_pool_free(&stack->shard.pool, metrics, sizeof(*metrics));
	t->slots[id - 1] = NULL;
	if (id - 1 < t->lowest)
		t->lowest = id - 1;
	t->n_used--;
	end_if_unused(stack);
}
