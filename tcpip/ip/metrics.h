/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics of routes, which outlive a route as long as somebody sends along it: counted references, by
 * a number that takes less room in a connection than a pointer.
 */
#ifndef SEA_IP_METRICS_H
#define SEA_IP_METRICS_H

#include "core/stack.h"
#include "ip/ip.h"

struct sea_metrics {
	uint32_t id, refs;
	struct sea_route_metrics m;
};

/* A new copy with one reference; NULL: no memory. */
struct sea_metrics *sea_metrics_new(struct sea_stack *stack, const struct sea_route_metrics *m);
/* One more, one less; 0 is ignored. */
void sea_metrics_get(struct sea_stack *stack, uint32_t id);
void sea_metrics_put(struct sea_stack *stack, uint32_t id);

/* What the route of this way says; NULL: nothing. */
static inline const struct sea_route_metrics *sea_dst_metrics(const struct sea_stack *stack,
							      const struct sea_dst *dst)
{
	return dst->metrics ? &stack->metrics.slots[dst->metrics - 1]->m : NULL;
}

#endif
