/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to know that a setting of a link, of all, or of those to come has changed is told: NETCONFA_* of Linux. */
#ifndef SEA_IP_CONF_TOLD_H
#define SEA_IP_CONF_TOLD_H

#include <linux/netconf.h>

#include "core/link.h"
#include "core/stack.h"
#include "core/sysctl.h"

static inline void sea_conf_tell(struct sea_stack *stack, uint8_t family, int ifindex, int what)
{
	if (stack->conf_observer)
		stack->conf_observer(stack, family, ifindex, what);
}

/* Whose settings `at` is of; `all`: those of all. */
static inline int sea_conf_ifindex(const struct sea_sysctl_at *at, const void *all)
{
	if (at->link)
		return at->link->ifindex;
	return at->base == all ? NETCONFA_IFINDEX_ALL : NETCONFA_IFINDEX_DEFAULT;
}

#endif
