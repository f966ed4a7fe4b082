/* SPDX-License-Identifier: Apache-2.0 */
#include "ip/ifaddr6_change.h"

#include <errno.h>
#include <string.h>

#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/slaac.h"

#define CHANGED                                                                         \
	(SEA_IFA_DEPRECATED | SEA_IFA_PERMANENT | SEA_IFA_NODAD | SEA_IFA_HOMEADDRESS | \
	 SEA_IFA_MANAGETEMPADDR | SEA_IFA_NOPREFIXROUTE)

static bool has_peer(const struct sea_ifaddr6 *a)
{
	return !sea_in6_is_any(a->peer.b);
}

struct sea_ifaddr sea_ifaddr6_show(const struct sea_ifaddr6 *a)
{
	struct sea_ifaddr ours = { .ifindex = a->link->ifindex,
				   .local = { .family = SEA_AF_INET6 },
				   .prefix_len = a->prefix_len,
				   .scope = (enum sea_scope)a->scope,
				   .flags = a->flags,
				   .valid_s = sea_ifaddr6_left_s(a, a->valid_s),
				   .preferred_s = sea_ifaddr6_left_s(a, a->preferred_s),
				   .metric = a->metric,
				   .protocol = a->proto,
				   .created = a->created,
				   .updated = a->updated };

	memcpy(ours.local.b, a->addr.b, sizeof(ours.local.b));
	if (has_peer(a)) {
		ours.peer.family = SEA_AF_INET6;
		memcpy(ours.peer.b, a->peer.b, sizeof(ours.peer.b));
	}
	return ours;
}

void sea_ifaddr6_tell(const struct sea_ifaddr6 *a, bool gone)
{
	struct sea_stack *stack = a->link->stack;
	struct sea_ifaddr shown;

	if (!stack->addr_observer)
		return;
	shown = sea_ifaddr6_show(a);
	stack->addr_observer(stack, &shown, gone);
}

/* -- changed -- */

/* Out of the list for as long as its old prefix is looked at, and back in its place. */
static void leave_prefix(struct sea_ifaddr6 *a)
{
	struct sea_list *prev = a->node.prev, *next = a->node.next;

	sea_list_remove(&a->node);
	sea_ifaddr6_del_prefix_route(a);
	sea_list_insert(&a->node, prev, next);
}

static void set_facts(struct sea_ifaddr6 *a, const struct sea_ifaddr *addr)
{
	/* What is new of the others stays from then on (as on Linux). */
	a->flags = (a->flags & ~CHANGED) | addr->flags;
	if (addr->metric)
		a->metric = addr->metric;
	a->proto = addr->protocol;
	a->valid_s = addr->valid_s;
	a->preferred_s = addr->preferred_s;
	a->updated = a->link->stack->shard.now;
	if (a->valid_s == SEA_LIFETIME_INFINITE)
		a->flags |= SEA_IFA_PERMANENT;
	if (!a->preferred_s)
		a->flags |= SEA_IFA_DEPRECATED;
	a->has_prefix = !(a->flags & SEA_IFA_NOPREFIXROUTE);
}

static int set_peer(struct sea_ifaddr6 *a, const struct sea_ifaddr *addr)
{
	if (!addr->peer.family || !memcmp(a->peer.b, addr->peer.b, sizeof(a->peer.b)))
		return 0;
	sea_ifaddr6_del_peer_route(a);
	memcpy(a->peer.b, addr->peer.b, sizeof(a->peer.b));
	return a->flags & SEA_IFA_TENTATIVE ? 0 : sea_ifaddr6_add_peer_route(a);
}

static void follow(struct sea_ifaddr6 *a, bool had_temporary)
{
	bool has_temporary = a->flags & SEA_IFA_MANAGETEMPADDR;

	if (had_temporary && !has_temporary)
		sea_temp_drop_all(a);
	else if (has_temporary)
		sea_temp_follow(a, a->valid_s, a->preferred_s, !had_temporary);
}

int sea_ifaddr6_change(struct sea_ifaddr6 *a, const struct sea_ifaddr *addr)
{
	bool had_temporary = a->flags & SEA_IFA_MANAGETEMPADDR;
	int err;

	if (addr->flags & SEA_IFA_MANAGETEMPADDR &&
	    (a->flags & SEA_IFA_TEMPORARY || a->prefix_len != 64))
		return -EINVAL;
	leave_prefix(a);
	set_facts(a, addr);
	err = set_peer(a, addr);
	if (!err && sea_link_ip6(a->link)->running)
		err = sea_ifaddr6_add_prefix_route(a);
	if (!(a->flags & SEA_IFA_TENTATIVE))
		sea_ifaddr6_tell(a, false);
	sea_ifaddr6_await(a);
	sea_ifaddr6_changed(a->link);
	follow(a, had_temporary);
	return err;
}
