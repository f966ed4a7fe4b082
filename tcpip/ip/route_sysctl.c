/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sysctls of routes with several ways. What is inside a tunnel's packets we do not look at: policy
 * 2 and the inner fields are refused.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "core/sysctl.h"
#include "ip/route.h"
#include "ip/route_multipath.h"

#define ENTRY(full_name, field, low, high, test)                                           \
	{                                                                                  \
		.name = (full_name), .kind = SEA_SYSCTL_INT,                               \
		.offset = offsetof(struct sea_routes, field), .min = (low), .max = (high), \
		.check = (test), .changed = changed                                        \
	}

static void changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)at;
	sea_stack_routes_changed(stack);
}

static int not_inner(struct sea_stack *stack, const char *text)
{
	(void)stack;
	return strcmp(text, "2") ? 0 : -EINVAL;
}

static const struct sea_sysctl entries4[] = {
	ENTRY("net.ipv4.fib_multipath_hash_fields", hash_fields, 1, SEA_ROUTE_HASH_OUTER, NULL),
	ENTRY("net.ipv4.fib_multipath_hash_policy", hash_policy, 0, 3, not_inner),
	ENTRY("net.ipv4.fib_multipath_use_neigh", use_neigh, 0, 1, NULL),
};

static const struct sea_sysctl entries6[] = {
	ENTRY("net.ipv6.fib_multipath_hash_fields", hash_fields, 1, SEA_ROUTE_HASH_OUTER, NULL),
	ENTRY("net.ipv6.fib_multipath_hash_policy", hash_policy, 0, 3, not_inner),
};

void sea_routes_sysctl_add(struct sea_routes *r)
{
	bool v4 = r->family == SEA_AF_INET;

	r->sysctl_table = (struct sea_sysctl_table){ .entries = v4 ? entries4 : entries6,
						     .n = v4 ? 3 : 2,
						     .base = r };
	sea_sysctl_add(r->stack, &r->sysctl_table);
}
