/* SPDX-License-Identifier: Apache-2.0 */
/* net.ipv4.ipfrag_*, net.ipv6.ip6frag_*. */
#include <stddef.h>

#include "ip/frag.h"

static bool conf_agrees(const struct sea_sysctl_at *at)
{
	const struct sea_frag_conf *c = at->base;

	return c->low_thresh <= c->high_thresh;
}

#define FRAG(full_name, field, low, may)                                                         \
	{                                                                                        \
		.name = (full_name), .kind = SEA_SYSCTL_INT,                                     \
		.offset = offsetof(struct sea_frag_conf, field), .min = (low), .max = INT32_MAX, \
		.agrees = (may)                                                                  \
	}

static const struct sea_sysctl entries4[] = {
	FRAG("net.ipv4.ipfrag_high_thresh", high_thresh, 0, conf_agrees),
	FRAG("net.ipv4.ipfrag_low_thresh", low_thresh, 0, conf_agrees),
	FRAG("net.ipv4.ipfrag_max_dist", max_dist, 0, NULL),
	FRAG("net.ipv4.ipfrag_time", time, INT32_MIN, NULL),
};

static const struct sea_sysctl entries6[] = {
	FRAG("net.ipv6.ip6frag_high_thresh", high_thresh, 0, conf_agrees),
	FRAG("net.ipv6.ip6frag_low_thresh", low_thresh, 0, conf_agrees),
	FRAG("net.ipv6.ip6frag_time", time, INT32_MIN, NULL),
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

void sea_frag_sysctl_add(struct sea_frag_table *t)
{
	const bool v4 = t->family->family == SEA_AF_INET;

	t->sysctls = (struct sea_sysctl_table){ .entries = v4 ? entries4 : entries6,
						.n = v4 ? N(entries4) : N(entries6),
						.base = &t->conf };
	sea_sysctl_add(t->stack, &t->sysctls);
}
