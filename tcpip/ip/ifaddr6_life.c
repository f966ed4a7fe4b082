/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long addresses live (RFC 4862 §5.5.4): one timer for all addresses of a stack and for all name
 * servers and domains, armed for whatever ends first.
 */
#include "ip/in6.h"
#include "ip/ifaddr6_change.h"
#include "ip/ipv6.h"
#include "ip/slaac.h"

static struct sea_ifaddr6 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr6, node);
}

static sea_time end_of(const struct sea_ifaddr6 *a, uint32_t lifetime_s)
{
	return lifetime_s == SEA_LIFETIME_INFINITE ? SEA_TIME_NEVER
						   : sea_time_add(a->updated, lifetime_s * SEA_SEC);
}

sea_time sea_ifaddr6_valid_until(const struct sea_ifaddr6 *a)
{
	return end_of(a, a->valid_s);
}

/* Whole seconds, rounded up: what lives is never shown as dead. */
uint32_t sea_ifaddr6_left_s(const struct sea_ifaddr6 *a, uint32_t lifetime_s)
{
	int64_t left = sea_time_diff(end_of(a, lifetime_s), a->link->stack->shard.now);

	if (lifetime_s == SEA_LIFETIME_INFINITE)
		return SEA_LIFETIME_INFINITE;
	return left > 0 ? (uint32_t)((left + SEA_SEC - 1) / SEA_SEC) : 0;
}

/* -- what comes next -- */

/* A temporary address that has no successor yet gets one before it is deprecated. */
static bool needs_successor(const struct sea_ifaddr6 *a)
{
	return a->flags & SEA_IFA_TEMPORARY && a->public && !a->succeeded &&
	       !(a->flags & (SEA_IFA_TENTATIVE | SEA_IFA_DEPRECATED));
}

static sea_time succession(const struct sea_ifaddr6 *a)
{
	return sea_time_add(end_of(a, a->preferred_s),
			    -sea_temp_regen_advance_s(a->link) * SEA_SEC);
}

/* The next time at which something happens to the address by itself. */
static sea_time next_turn(const struct sea_ifaddr6 *a)
{
	sea_time next = end_of(a, a->valid_s);

	if (!(a->flags & SEA_IFA_DEPRECATED))
		next = sea_time_min(next, end_of(a, a->preferred_s));
	if (needs_successor(a))
		next = sea_time_min(next, succession(a));
	return next;
}

void sea_ip6_await(struct sea_stack *stack, sea_time when)
{
	struct sea_timer *timer = &sea_ipv6_of(stack)->life_timer;

	if (sea_time_before(when, timer->deadline))
		sea_stack_arm(stack, timer, when);
}

void sea_ifaddr6_await(const struct sea_ifaddr6 *a)
{
	sea_ip6_await(a->link->stack, next_turn(a));
}

/* -- what happens -- */

static bool is_over(const struct sea_ifaddr6 *a, sea_time now)
{
	return !sea_time_before(now, end_of(a, a->valid_s));
}

/* Dropping one may take others with it: begins anew after each. */
static bool drop_one(struct sea_link *link, sea_time now)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		if (is_over(ifaddr_of(node), now)) {
			sea_ifaddr6_drop(ifaddr_of(node));
			return true;
		}
	}
	return false;
}

static void age(struct sea_ifaddr6 *a, sea_time now)
{
	if (needs_successor(a) && !sea_time_before(now, succession(a))) {
		a->succeeded = true;
		a->public->regens = 0;
		sea_temp_make(a->public);
	}
	if (a->flags & SEA_IFA_DEPRECATED || sea_time_before(now, end_of(a, a->preferred_s)))
		return;
	a->flags |= SEA_IFA_DEPRECATED;
	sea_ifaddr6_changed(a->link);
	sea_ifaddr6_tell(a, false);
}

static sea_time age_link(struct sea_link *link, sea_time now)
{
	struct sea_list *node, *tmp;
	sea_time next = SEA_TIME_NEVER;

	while (drop_one(link, now))
		;
	/* A successor stands in front of where it is made: it is not met again. */
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		age(ifaddr_of(node), now);
		next = sea_time_min(next, next_turn(ifaddr_of(node)));
	}
	if (sea_ra_dns_expire(&sea_link_ip6(link)->host.dns, now, &next))
		sea_nd_host_dns_changed(link);
	sea_ra_routers_probe(link, now, &next);
	return next;
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_ipv6_state *ip = sea_container(timer, struct sea_ipv6_state, life_timer);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ip->stack->links)
	sea_ip6_await(ip->stack, age_link(sea_container(node, struct sea_link, node), now));
}

void sea_ip6_life_init(struct sea_ipv6_state *ip)
{
	sea_timer_init(&ip->life_timer, fire);
}

/* -- what is said anew -- */

void sea_ifaddr6_renew(struct sea_ifaddr6 *a, uint32_t valid_s, uint32_t preferred_s)
{
	uint32_t flags = a->flags & ~(SEA_IFA_DEPRECATED | SEA_IFA_PERMANENT);

	if (valid_s == SEA_LIFETIME_INFINITE && a->proto != SEA_IFAPROT_KERNEL_RA)
		flags |= SEA_IFA_PERMANENT;
	if (!preferred_s)
		flags |= SEA_IFA_DEPRECATED;
	a->valid_s = valid_s;
	a->preferred_s = preferred_s;
	a->updated = a->link->stack->shard.now;
	if (flags != a->flags) {
		a->flags = flags;
		sea_ifaddr6_changed(a->link);
	}
	if (!(a->flags & SEA_IFA_TENTATIVE))
		sea_ifaddr6_tell(a, false);
	sea_ifaddr6_await(a);
}
