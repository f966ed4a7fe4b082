/* SPDX-License-Identifier: Apache-2.0 */
/* Nexthop objects as they are configured, shown and saved; values and errors are rtnetlink's. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/save.h"
#include "ip/nexthop.h"
#include "ip/route_hop.h"

/* -- coming -- */

static int fill_group(struct sea_nexthops *t, const struct sea_nexthop *nh,
		      struct sea_nexthop_obj *obj)
{
	bool blackhole = false;

	if (nh->n_members > SEA_ROUTE_HOPS_MAX || nh->blackhole || nh->ifindex || nh->flags ||
	    nh->gateway.family)
		return -EINVAL;
	obj->members =
		sea_pool_alloc(&t->stack->shard.pool, nh->n_members * sizeof(obj->members[0]));
	if (!obj->members)
		return -ENOMEM;
	obj->room = (uint16_t)nh->n_members;
	for (unsigned i = 0; i < nh->n_members; i++) {
		struct sea_nexthop_obj *member = sea_nexthop_find(t->stack, nh->members[i].id);
		uint32_t weight = nh->members[i].weight ? nh->members[i].weight : 1;

		if (!member || member->n_members || weight > 256 ||
		    sea_nexthop_has_member(obj, member))
			return -EINVAL;
		blackhole = blackhole || member->blackhole;
		obj->members[obj->n_members++] =
			(struct sea_nexthop_ref){ member, (uint16_t)weight };
	}
	return blackhole && nh->n_members > 1 ? -EINVAL : 0;
}

static int fill_single(struct sea_nexthops *t, const struct sea_nexthop *nh,
		       struct sea_nexthop_obj *obj)
{
	const struct sea_route_hop hop = { .ifindex = nh->ifindex,
					   .gateway = nh->gateway,
					   .flags = nh->flags };
	struct sea_routes *r;
	int err;

	obj->family = nh->gateway.family ? nh->gateway.family : nh->family;
	obj->blackhole = nh->blackhole;
	if (nh->blackhole)
		return nh->ifindex || nh->gateway.family || nh->flags ? -EINVAL : 0;
	r = sea_routes_of(t->stack, obj->family);
	if (!r)
		return -EAFNOSUPPORT;
	if (!nh->ifindex)
		return -EINVAL;
	obj->way.type = SEA_ROUTE_UNICAST;
	err = sea_route_hop_check(r, &hop, nh->gateway.family ? SEA_SCOPE_GLOBAL : SEA_SCOPE_LINK,
				  &obj->way);
	if (!err && !obj->way.link->carrier)
		err = -ENETDOWN;
	return err;
}

typedef int fill_fn(struct sea_nexthops *t, const struct sea_nexthop *nh,
		    struct sea_nexthop_obj *obj);

static int make(struct sea_nexthops *t, const struct sea_nexthop *nh, fill_fn *fill,
		struct sea_nexthop_obj **made)
{
	struct sea_nexthop_obj *obj = sea_pool_zalloc(&t->stack->shard.pool, sizeof(*obj));
	int err;

	if (!obj)
		return -ENOMEM;
	obj->id = nh->id;
	obj->protocol = nh->protocol;
	sea_list_init(&obj->infos);
	sea_list_init(&obj->group);
	err = fill(t, nh, obj);
	if (err) {
		sea_nexthop_free(t, obj);
		return err;
	}
	*made = obj;
	return 0;
}

static bool in_larger_group(const struct sea_nexthops *t, const struct sea_nexthop_obj *obj)
{
	const struct sea_list *node;

	for (node = t->groups.next; node != &t->groups; node = node->next) {
		const struct sea_nexthop_obj *group =
			sea_container(node, struct sea_nexthop_obj, group);

		if (group->n_members > 1 && sea_nexthop_has_member(group, obj))
			return true;
	}
	return false;
}

/* Becomes what `to` is; routes and groups that name it follow. Consumes `to` where it succeeds. */
static int replace(struct sea_nexthops *t, struct sea_nexthop_obj *obj, struct sea_nexthop_obj *to)
{
	int err;

	if (!obj->n_members != !to->n_members)
		return -EINVAL;
	if (to->blackhole && in_larger_group(t, obj))
		return -EINVAL;
	err = to->n_members ? sea_nexthop_reserve(obj, to->n_members) : 0;
	if (err)
		return err;
	obj->family = to->family;
	obj->protocol = to->protocol;
	obj->blackhole = to->blackhole;
	obj->way = to->way;
	if (to->n_members) {
		sea_nexthop_free_members(t, obj->members, obj->room);
		obj->members = to->members;
		obj->n_members = to->n_members;
		obj->room = to->room;
		to->room = 0;
	}
	sea_nexthop_free(t, to);
	sea_nexthop_renew(t, obj);
	return 0;
}

static uint32_t free_id(struct sea_nexthops *t)
{
	do {
		if (!++t->last_id)
			t->last_id = 1;
	} while (sea_nexthop_find(t->stack, t->last_id));
	return t->last_id;
}

static int check_flags(const struct sea_nexthop_obj *old, uint32_t flags)
{
	if (old && flags & SEA_NLM_F_EXCL)
		return -EEXIST;
	if (old)
		return flags & SEA_NLM_F_REPLACE ? 0 : -EEXIST;
	return flags & SEA_NLM_F_CREATE ? 0 : -ENOENT;
}

int sea_nexthops_add(struct sea_stack *stack, struct sea_nexthop *nexthop, uint32_t flags)
{
	struct sea_nexthops *t = stack->nexthops;
	struct sea_nexthop_obj *old, *obj;
	int err;

	if (nexthop->size != sizeof(*nexthop))
		return -EINVAL;
	if (!t)
		return -EAFNOSUPPORT;
	old = nexthop->id ? sea_nexthop_find(stack, nexthop->id) : NULL;
	err = check_flags(old, flags);
	if (!err && !old && t->n >= SEA_NEXTHOPS_MAX)
		err = -ENOSPC;
	if (!err)
		err = make(t, nexthop, nexthop->n_members ? fill_group : fill_single, &obj);
	if (err)
		return err;
	if (old) {
		err = replace(t, old, obj);
		if (err)
			sea_nexthop_free(t, obj);
		return err;
	}
	if (!obj->id)
		nexthop->id = obj->id = free_id(t);
	sea_nexthop_link(t, obj);
	return 0;
}

/* -- showing -- */

static void show(struct sea_nexthops *t, const struct sea_nexthop_obj *obj, struct sea_nexthop *nh)
{
	*nh = (struct sea_nexthop){ .size = sizeof(*nh),
				    .id = obj->id,
				    .family = obj->family,
				    .blackhole = obj->blackhole,
				    .ifindex = obj->way.link ? obj->way.link->ifindex : 0,
				    .flags = obj->way.flags & SEA_RTNH_F_ONLINK,
				    .protocol = obj->protocol,
				    .n_members = obj->n_members,
				    .members = obj->n_members ? t->shown : NULL };
	if (obj->way.has_gateway) {
		nh->gateway.family = obj->family;
		memcpy(nh->gateway.b, obj->way.gateway.b, sizeof(nh->gateway.b));
	}
	for (unsigned i = 0; i < obj->n_members; i++)
		t->shown[i] = (struct sea_nexthop_member){ obj->members[i].obj->id,
							   obj->members[i].weight };
}

bool sea_nexthops_next(struct sea_stack *stack, uint32_t *id, struct sea_nexthop *nexthop)
{
	struct sea_nexthops *t = stack->nexthops;
	struct sea_nexthop_obj *obj = t && *id < UINT32_MAX ? sea_nexthop_from(t, *id + 1) : NULL;

	if (!obj)
		return false;
	show(t, obj, nexthop);
	*id = obj->id;
	return true;
}

/* -- saving -- */

static void save_one(const struct sea_nexthop *nh, struct sea_saver *to)
{
	sea_save_u32(to, nh->id);
	sea_save_u8(to, nh->family);
	sea_save_u8(to, nh->blackhole);
	sea_save_u32(to, (uint32_t)nh->ifindex);
	sea_save_u8(to, nh->gateway.family);
	sea_save_bytes(to, nh->gateway.b, sizeof(nh->gateway.b));
	sea_save_u32(to, nh->flags);
	sea_save_u8(to, nh->protocol);
	sea_save_u32(to, nh->n_members);
	for (unsigned i = 0; i < nh->n_members; i++) {
		sea_save_u32(to, nh->members[i].id);
		sea_save_u32(to, nh->members[i].weight);
	}
}

/* Groups last: their members are there then. */
void sea_nexthops_save(struct sea_stack *stack, struct sea_saver *to)
{
	struct sea_nexthop nh;

	sea_save_u32(to, stack->nexthops->n);
	sea_save_u32(to, stack->nexthops->last_id);
	for (int groups = 0; groups < 2; groups++) {
		uint32_t id = 0;

		while (sea_nexthops_next(stack, &id, &nh))
			if (!nh.n_members == !groups)
				save_one(&nh, to);
	}
}

static void load_one(struct sea_loader *from, struct sea_nexthops *t, struct sea_nexthop *nh)
{
	*nh = (struct sea_nexthop){ .size = sizeof(*nh), .members = t->shown };
	nh->id = sea_load_u32(from);
	nh->family = sea_load_u8(from);
	nh->blackhole = sea_load_u8(from);
	nh->ifindex = (int)sea_load_u32(from);
	nh->gateway.family = sea_load_u8(from);
	sea_load_bytes(from, nh->gateway.b, sizeof(nh->gateway.b));
	nh->flags = sea_load_u32(from);
	nh->protocol = sea_load_u8(from);
	nh->n_members = sea_load_count(from, SEA_ROUTE_HOPS_MAX);
	for (unsigned i = 0; i < nh->n_members; i++) {
		t->shown[i].id = sea_load_u32(from);
		t->shown[i].weight = sea_load_u32(from);
	}
}

/* As it was, whatever tables say now: they are not there yet. */
static int restore_single(struct sea_nexthops *t, const struct sea_nexthop *nh,
			  struct sea_nexthop_obj *obj)
{
	obj->family = nh->family;
	obj->blackhole = nh->blackhole;
	if (nh->blackhole)
		return 0;
	obj->way = (struct sea_route_entry){ .type = SEA_ROUTE_UNICAST,
					     .has_gateway = nh->gateway.family,
					     .flags = nh->flags & SEA_RTNH_F_ONLINK,
					     .gateway = sea_ipaddr_of(&nh->gateway),
					     .link = sea_link_by_index(t->stack, nh->ifindex) };
	return obj->way.link ? 0 : -EINVAL;
}

void sea_nexthops_load(struct sea_stack *stack, struct sea_loader *from)
{
	struct sea_nexthops *t = stack->nexthops;
	uint32_t n = sea_load_count(from, SEA_NEXTHOPS_MAX);

	t->last_id = sea_load_u32(from);
	while (n-- && !from->err) {
		struct sea_nexthop_obj *obj;
		struct sea_nexthop nh;

		load_one(from, t, &nh);
		if (!nh.id || sea_nexthop_find(stack, nh.id))
			sea_load_fail(from, -EINVAL);
		if (from->err)
			break;
		sea_load_fail(from, make(t, &nh, nh.n_members ? fill_group : restore_single, &obj));
		if (!from->err)
			sea_nexthop_link(t, obj);
	}
}
