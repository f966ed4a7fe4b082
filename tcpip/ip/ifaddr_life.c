/* SPDX-License-Identifier: Apache-2.0 */
/* The lifetimes of IPv4 addresses: when one is deprecated, and when it goes. */
#include <errno.h>
#include <string.h>

#include "ip/ipv4.h"

static sea_time end_of(const struct sea_ifaddr4 *a, uint32_t life_s)
{
	if (life_s == SEA_LIFETIME_INFINITE)
		return SEA_TIME_NEVER;
	return sea_time_add(a->updated, (int64_t)life_s * SEA_SEC);
}

static bool is_over(const struct sea_ifaddr4 *a, uint32_t life_s)
{
	return !sea_time_before(a->link->stack->shard.now, end_of(a, life_s));
}

static void arm(struct sea_ifaddr4 *a)
{
	sea_time end = end_of(a, a->valid_s);

	/* What never ends is never deprecated in time, as on Linux. */
	if (!(a->flags & (SEA_IFA_DEPRECATED | SEA_IFA_PERMANENT)) &&
	    sea_time_before(end_of(a, a->preferred_s), end))
		end = end_of(a, a->preferred_s);
	sea_stack_arm(a->link->stack, &a->life, end);
}

/* Addresses of hosts are spoken from to their end, deprecated or not, as on Linux. */
static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_ifaddr4 *a = sea_container(timer, struct sea_ifaddr4, life);
	struct sea_link *link = a->link;

	(void)now;
	if (is_over(a, a->valid_s)) {
		sea_ifaddr4_remove(link->stack, link, a);
		return;
	}
	a->flags |= SEA_IFA_DEPRECATED;
	sea_ifaddr4_changed(link);
	sea_ifaddr4_tell(a, false);
	arm(a);
}

void sea_ifaddr4_life_init(struct sea_ifaddr4 *a)
{
	sea_timer_init(&a->life, fire);
}

int sea_ifaddr4_life_check(const struct sea_ifaddr *addr)
{
	if (!addr->valid_s && !addr->preferred_s)
		return 0;
	return !addr->valid_s || addr->preferred_s > addr->valid_s ? -EINVAL : 0;
}

void sea_ifaddr4_life_set(struct sea_ifaddr4 *a, uint32_t valid_s, uint32_t preferred_s)
{
	bool for_ever = !valid_s && !preferred_s;

	a->valid_s = for_ever ? SEA_LIFETIME_INFINITE : valid_s;
	a->preferred_s = for_ever ? SEA_LIFETIME_INFINITE : preferred_s;
	a->updated = a->link->stack->shard.now;
	a->flags &= ~(SEA_IFA_DEPRECATED | SEA_IFA_PERMANENT);
	if (a->valid_s == SEA_LIFETIME_INFINITE)
		a->flags |= SEA_IFA_PERMANENT;
	if (a->preferred_s == 0)
		a->flags |= SEA_IFA_DEPRECATED;
	arm(a);
}

int sea_ifaddr4_change(struct sea_ifaddr4 *a, const struct sea_ifaddr *addr)
{
	int err = a->metric == addr->metric ? 0 : sea_ifaddr4_set_metric(a, addr->metric);

	if (err)
		return err;
	a->proto = addr->protocol;
	sea_ifaddr4_life_set(a, addr->valid_s, addr->preferred_s);
	sea_ifaddr4_changed(a->link);
	sea_ifaddr4_tell(a, false);
	return 0;
}

/* Never 0 before it is over: what is left is rounded up. */
static uint32_t left_s(const struct sea_ifaddr4 *a, uint32_t life_s)
{
	int64_t ns = sea_time_diff(end_of(a, life_s), a->link->stack->shard.now);

	if (life_s == SEA_LIFETIME_INFINITE || a->flags & SEA_IFA_PERMANENT)
		return SEA_LIFETIME_INFINITE;
	return ns <= 0 ? 0 : (uint32_t)((ns + SEA_SEC - 1) / SEA_SEC);
}

static struct sea_addr addr_of(sea_be32 a)
{
	return sea_addr_v4(a.b[0], a.b[1], a.b[2], a.b[3]);
}

const char *sea_ifaddr4_label(const struct sea_ifaddr4 *a)
{
	return *a->label ? a->label : a->link->name;
}

struct sea_ifaddr sea_ifaddr4_show(const struct sea_ifaddr4 *a)
{
	struct sea_ifaddr ours = { .ifindex = a->link->ifindex,
				   .local = addr_of(a->local),
				   .prefix_len = a->prefix_len,
				   .scope = (enum sea_scope)a->scope,
				   .flags = a->flags | (a->secondary ? SEA_IFA_SECONDARY : 0),
				   .valid_s = left_s(a, a->valid_s),
				   .preferred_s = left_s(a, a->preferred_s),
				   .metric = a->metric,
				   .protocol = a->proto,
				   .created = a->created,
				   .updated = a->updated };

	if (!sea_ipv4_is_any(a->broadcast))
		ours.broadcast = addr_of(a->broadcast);
	if (!sea_be32_equal(a->peer, a->local))
		ours.peer = addr_of(a->peer);
	memcpy(ours.label, sea_ifaddr4_label(a), sizeof(ours.label));
	return ours;
}

void sea_ifaddr4_tell(const struct sea_ifaddr4 *a, bool gone)
{
	struct sea_stack *stack = a->link->stack;
	struct sea_ifaddr shown;

	if (!stack->addr_observer)
		return;
	shown = sea_ifaddr4_show(a);
	stack->addr_observer(stack, &shown, gone);
}
