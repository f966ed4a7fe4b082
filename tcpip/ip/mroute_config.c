/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of <seastack/mroute.h>: entered, told apart by family, handed on. */
#include <seastack/mroute.h>

#include <errno.h>
#include <string.h>

#include "core/abi.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/mroute.h"

static const uint8_t families[] = { SEA_AF_INET, SEA_AF_INET6 };

/* Where the family's router stands, or would; NULL: the stack does not speak it. */
static struct sea_mrouter **router_of(const struct sea_stack *stack, uint8_t family)
{
	if (family == SEA_AF_INET && stack->ip4)
		return &sea_ipv4_of(stack)->mrouter;
	if (family == SEA_AF_INET6 && stack->ip6)
		return &sea_ipv6_of(stack)->mrouter;
	return NULL;
}

struct sea_mrouter *sea_mrouter_of(const struct sea_stack *stack, uint8_t family)
{
	struct sea_mrouter **at = router_of(stack, family);

	return at ? *at : NULL;
}

/* 0, or why there is none. */
static int find_router(const struct sea_stack *stack, uint8_t family, struct sea_mrouter **mr)
{
	struct sea_mrouter **at = router_of(stack, family);

	*mr = at ? *at : NULL;
	return !at ? -EAFNOSUPPORT : !*mr ? -EACCES : 0;
}

/* -- start and end -- */

static int start(struct sea_stack *stack, const struct sea_mroute_config *config)
{
	struct sea_mrouter **at = router_of(stack, config->family);

	if (!at)
		return -EAFNOSUPPORT;
	if (*at)
		return -EADDRINUSE;
	*at = sea_mrouter_new(stack, config->family == SEA_AF_INET ? &sea_ipv4_mrouter_ops
								   : &sea_ipv6_mrouter_ops);
	if (!*at)
		return -ENOMEM;
	(*at)->tell_wrong_vif = config->tell_wrong_vif;
	return 0;
}

int sea_mroute_start(struct sea_stack *stack, const struct sea_mroute_config *config, sea_time now)
{
	int err;

	if (config->size != sizeof(*config))
		return -EINVAL;
	sea_stack_enter(stack, now);
	err = start(stack, config);
	sea_stack_leave(stack);
	return err;
}

int sea_mroute_stop(struct sea_stack *stack, uint8_t family, sea_time now)
{
	struct sea_mrouter *mr;
	int err;

	sea_stack_enter(stack, now);
	err = find_router(stack, family, &mr);
	if (!err) {
		*router_of(stack, family) = NULL;
		sea_mrouter_free(mr, SEA_DROP_IP_MROUTE_TIMEOUT);
	}
	sea_stack_leave(stack);
	return err;
}

/* -- vifs -- */

int sea_mroute_vif_add(struct sea_stack *stack, const struct sea_mroute_vif *vif, sea_time now)
{
	struct sea_mrouter *mr;
	int err;

	if (vif->size != sizeof(*vif))
		return -EINVAL;
	sea_stack_enter(stack, now);
	err = find_router(stack, vif->family, &mr);
	if (!err)
		err = sea_mrouter_vif_add(mr, vif);
	sea_stack_leave(stack);
	return err;
}

int sea_mroute_vif_del(struct sea_stack *stack, uint8_t family, uint16_t vif, sea_time now)
{
	struct sea_mrouter *mr;
	int err;

	sea_stack_enter(stack, now);
	err = find_router(stack, family, &mr);
	if (!err)
		err = sea_mrouter_vif_del(mr, vif);
	sea_stack_leave(stack);
	return err;
}

static void show_vif(const struct sea_mrouter *mr, unsigned i, struct sea_mroute_vif *theirs)
{
	const struct sea_mrouter_vif *v = &mr->vifs[i];
	const struct sea_mroute_vif ours = { .family = mr->ops->family,
					     .vif = (uint16_t)i,
					     .threshold = v->threshold,
					     .ifindex = v->link->ifindex,
					     .pkts_in = v->pkts_in,
					     .bytes_in = v->bytes_in,
					     .pkts_out = v->pkts_out,
					     .bytes_out = v->bytes_out };

	sea_abi_fill(theirs, &ours, sizeof(ours));
}

/* A cursor is the place among both families' numbers. */
bool sea_mroute_vif_next(struct sea_stack *stack, uint64_t *cursor, struct sea_mroute_vif *vif)
{
	while (*cursor < (uint64_t)2 * SEA_MROUTE_VIFS) {
		unsigned i = (unsigned)(*cursor % SEA_MROUTE_VIFS);
		struct sea_mrouter *mr;

		if (!find_router(stack, families[(*cursor)++ / SEA_MROUTE_VIFS], &mr) &&
		    mr->vifs[i].link) {
			show_vif(mr, i, vif);
			return true;
		}
	}
	return false;
}

/* -- routes -- */

typedef int route_fn(struct sea_mrouter *mr, const struct sea_mroute *route);

static int route_call(struct sea_stack *stack, const struct sea_mroute *route, sea_time now,
		      route_fn *fn)
{
	struct sea_mrouter *mr;
	int err;

	if (route->size != sizeof(*route))
		return -EINVAL;
	sea_stack_enter(stack, now);
	err = find_router(stack, route->family, &mr);
	if (!err)
		err = fn(mr, route);
	sea_stack_leave(stack);
	return err;
}

int sea_mroute_add(struct sea_stack *stack, const struct sea_mroute *route, sea_time now)
{
	return route_call(stack, route, now, sea_mrouter_add);
}

int sea_mroute_del(struct sea_stack *stack, const struct sea_mroute *route, sea_time now)
{
	return route_call(stack, route, now, sea_mrouter_del);
}

/* Any has no family. */
static struct sea_addr show_addr(uint8_t family, const struct sea_ipaddr *a)
{
	static const struct sea_ipaddr any;
	struct sea_addr addr = { 0 };

	if (sea_ipaddr_equal(a, &any))
		return addr;
	addr.family = family;
	memcpy(addr.b, a->b, sizeof(addr.b));
	return addr;
}

static void show_route(uint8_t family, const struct sea_mroute_entry *e, struct sea_mroute *theirs)
{
	struct sea_mroute ours = { .family = family,
				   .parent = e->parent,
				   .src = show_addr(family, &e->key.src),
				   .group = show_addr(family, &e->key.group),
				   .pkts = e->pkts,
				   .bytes = e->bytes,
				   .wrong_vif = e->wrong_vif,
				   .last_used = e->last_used };

	memcpy(ours.ttls, e->ttls, sizeof(ours.ttls));
	sea_abi_fill(theirs, &ours, sizeof(ours));
}

/* A cursor is the rank among all routes. */
bool sea_mroute_next(struct sea_stack *stack, uint64_t *cursor, struct sea_mroute *route)
{
	uint64_t rank = *cursor;

	for (unsigned i = 0; i < 2; i++) {
		const struct sea_mroute_entry *e;
		struct sea_mrouter *mr;

		if (find_router(stack, families[i], &mr))
			continue;
		e = sea_mrouter_at(mr, rank);
		if (e) {
			show_route(families[i], e, route);
			++*cursor;
			return true;
		}
		rank -= mr->n_entries;
	}
	return false;
}

/* -- upcalls -- */

bool sea_mroute_take_upcall(struct sea_stack *stack, uint8_t family,
			    struct sea_mroute_upcall *upcall)
{
	struct sea_mroute_upcall ours = { .family = family };
	struct sea_mrouter_upcall u;
	struct sea_mrouter *mr;

	SEA_ASSERT(&stack->env, !stack->shard.entered);
	if (find_router(stack, family, &mr) || !sea_mrouter_take(mr, &u))
		return false;
	ours.kind = (enum sea_mroute_upcall_kind)u.kind;
	ours.vif = u.vif;
	ours.src = show_addr(family, &u.key.src);
	ours.group = show_addr(family, &u.key.group);
	sea_abi_fill(upcall, &ours, sizeof(ours));
	return true;
}
