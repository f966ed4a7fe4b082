/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.ipv4.neigh.* and net.ipv6.neigh.* of links: names, ranges, and the older names of the same
 * values in coarser units, which follow.
 */
#include "ip/neigh_sysctl.h"

#include <stddef.h>

#define HZ 1000     /* the kernel that we are like: net.ipv6.neigh.*.retrans_time is in these */
#define USER_HZ 100 /* net.ipv4.neigh.*.retrans_time */

static void follow(struct sea_neigh_params *p, int32_t retrans_unit_ms)
{
	p->base_reachable_time = p->base_reachable_time_ms / 1000;
	p->retrans_time = p->retrans_time_ms / retrans_unit_ms;
	p->unres_qlen = p->unres_qlen_bytes / SEA_NEIGH_FRAME;
}

void sea_neigh_params_follow(struct sea_neigh_params *p, uint8_t family)
{
	follow(p, 1000 / (family == SEA_AF_INET ? USER_HZ : HZ));
}

static void followed4(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)stack;
	sea_neigh_params_follow(at->base, SEA_AF_INET);
}

static void followed6(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)stack;
	sea_neigh_params_follow(at->base, SEA_AF_INET6);
}

/* Another one is drawn at once, as on Linux. */
static void reachable_ms_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_neigh_params *p = at->base;

	p->base_reachable_time = p->base_reachable_time_ms / 1000;
	sea_neigh_params_draw(p, stack);
}

static void reachable_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_neigh_params *p = at->base;

	p->base_reachable_time_ms = p->base_reachable_time * 1000;
	sea_neigh_params_draw(p, stack);
}

static void retrans4_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_neigh_params *p = at->base;

	(void)stack;
	p->retrans_time_ms = p->retrans_time * (1000 / USER_HZ);
}

static void retrans6_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_neigh_params *p = at->base;

	(void)stack;
	p->retrans_time_ms = p->retrans_time * (1000 / HZ);
}

static void unres_qlen_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_neigh_params *p = at->base;

	(void)stack;
	p->unres_qlen_bytes = p->unres_qlen * SEA_NEIGH_FRAME;
}

#define NEIGH_THEN(field, low, high, then)                                                       \
	{                                                                                        \
		.name = #field, .kind = SEA_SYSCTL_INT,                                          \
		.offset = offsetof(struct sea_neigh_params, field), .min = (low), .max = (high), \
		.changed = (then)                                                                \
	}
#define NEIGH(field, low) NEIGH_THEN(field, low, INT32_MAX, NULL)

/* The finer names stand behind the coarser ones: what is loaded in this order keeps its fraction. */
#define ALL(followed, retrans_changed, retrans_max)                                                \
	{                                                                                          \
		NEIGH(anycast_delay, 0), NEIGH(app_solicit, 0),                                    \
			NEIGH_THEN(base_reachable_time, 0, INT32_MAX / 1000, reachable_changed),   \
			NEIGH_THEN(base_reachable_time_ms, 0, INT32_MAX, reachable_ms_changed),    \
			NEIGH(delay_first_probe_time, 0), NEIGH(gc_stale_time, 0),                 \
			NEIGH(interval_probe_time_ms, 1), NEIGH(locktime, 0),                      \
			NEIGH(mcast_resolicit, 0), NEIGH(mcast_solicit, 0), NEIGH(proxy_delay, 0), \
			NEIGH(proxy_qlen, 0),                                                      \
			NEIGH_THEN(retrans_time, 0, retrans_max, retrans_changed),                 \
			NEIGH_THEN(retrans_time_ms, 0, INT32_MAX, followed),                       \
			NEIGH(ucast_solicit, 0),                                                   \
			NEIGH_THEN(unres_qlen, 0, INT32_MAX / SEA_NEIGH_FRAME,                     \
				   unres_qlen_changed),                                            \
			NEIGH_THEN(unres_qlen_bytes, 0, INT32_MAX, followed),                      \
	}

static const struct sea_sysctl entries4[] =
	ALL(followed4, retrans4_changed, INT32_MAX / (1000 / USER_HZ));
static const struct sea_sysctl entries6[] = ALL(followed6, retrans6_changed, INT32_MAX);

#define GC(family, field)                                                                  \
	{                                                                                  \
		.name = "net." family ".neigh.default.gc_" #field, .kind = SEA_SYSCTL_INT, \
		.offset = offsetof(struct sea_neigh_gc, field), .min = 0, .max = INT32_MAX \
	}
#define ALL_GC(family)                                                          \
	{                                                                       \
		GC(family, interval), GC(family, thresh1), GC(family, thresh2), \
			GC(family, thresh3)                                     \
	}

static const struct sea_sysctl gc_entries4[] = ALL_GC("ipv4");
static const struct sea_sysctl gc_entries6[] = ALL_GC("ipv6");

#define N(array) (sizeof(array) / sizeof((array)[0]))

void sea_neigh_sysctl_add(struct sea_neigh_table *t, void *(*of_link)(const struct sea_link *link))
{
	const bool v4 = t->ops->family == SEA_AF_INET;

	t->gc_sysctls = (struct sea_sysctl_table){ .entries = v4 ? gc_entries4 : gc_entries6,
						   .n = N(gc_entries4),
						   .base = &t->gc };
	t->sysctls = (struct sea_sysctl_tree){ .prefix = v4 ? "net.ipv4.neigh." : "net.ipv6.neigh.",
					       .entries = v4 ? entries4 : entries6,
					       .n = N(entries4),
					       .dflt = &t->params,
					       .of_link = of_link };
	sea_sysctl_add(t->stack, &t->gc_sysctls);
	sea_sysctl_add_tree(t->stack, &t->sysctls);
}
