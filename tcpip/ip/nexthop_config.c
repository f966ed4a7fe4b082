/* SPDX-License-Identifier: Apache-2.0 */
/* Nexthop objects as they are configured and shown; values and errors are rtnetlink's. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/nexthop_res.h"
#include "ip/route_hop.h"

/* -- coming -- */

static int refuse(struct sea_nexthops *t, int err, const char *why)
{
	t->why = why;
	return err;
}

static int check_members(struct sea_nexthops *t, const struct sea_nexthop *nh)
{
	for (unsigned i = 0; i < nh->n_members; i++) {
		if (nh->members[i].weight > UINT16_MAX)
			return refuse(t, -EINVAL, "Invalid weight");
		for (unsigned k = 0; k < i; k++)
			if (nh->members[k].id == nh->members[i].id)
				return refuse(t, -EINVAL,
					      "Nexthop id can not be used twice in a group");
	}
	return 0;
}

static int check_member(struct sea_nexthops *t, const struct sea_nexthop *nh,
			const struct sea_nexthop_obj *group, const struct sea_nexthop_obj *member)
{
	if (!member)
		return refuse(t, -EINVAL, "Invalid nexthop id");
	if (member->n_members)
		return refuse(t, -EINVAL,
			      member->res
				      ? "Resilient group can not be a nexthop within a group"
				      : "Hash-threshold group can not be a nexthop within a group");
	if (member->blackhole && nh->n_members > 1)
		return refuse(t, -EINVAL,
			      "Blackhole nexthop can not be used in a group with more than 1 path");
	if (nh->fdb && !member->fdb)
		return refuse(t, -EINVAL, "FDB nexthop group can only have fdb nexthops");
	if (nh->fdb && group->n_members && group->members[0].obj->family != member->family)
		return refuse(t, -EINVAL, "FDB nexthop group cannot have mixed family nexthops");
	if (!nh->fdb && member->fdb)
		return refuse(t, -EINVAL, "Non FDB nexthop group cannot have fdb nexthops");
	return 0;
}

int sea_nexthop_fill_group(struct sea_nexthops *t, const struct sea_nexthop *nh,
			   struct sea_nexthop_obj *obj)
{
	int err;

	if (nh->n_members > SEA_ROUTE_HOPS_MAX || nh->blackhole || nh->ifindex || nh->flags ||
	    nh->gateway.family)
		return -EINVAL;
	err = check_members(t, nh);
	if (err)
		return err;
	obj->members =
		sea_pool_alloc(&t->stack->shard.pool, nh->n_members * sizeof(obj->members[0]));
	if (!obj->members)
		return -ENOMEM;
	obj->room = (uint16_t)nh->n_members;
	for (unsigned i = 0; i < nh->n_members; i++) {
		struct sea_nexthop_obj *member = sea_nexthop_find(t->stack, nh->members[i].id);
		uint32_t weight = nh->members[i].weight ? nh->members[i].weight : 1;

		err = check_member(t, nh, obj, member);
		if (err)
			return err;
		obj->members[obj->n_members++] =
			(struct sea_nexthop_ref){ .obj = member, .weight = (uint16_t)weight };
	}
	return 0;
}

/* What Linux says of the link itself, before it looks at the gateway. */
static int check_link(struct sea_nexthops *t, int ifindex)
{
	const struct sea_link *link = sea_link_by_index(t->stack, ifindex);

	if (!link)
		return refuse(t, -EINVAL, "Invalid device index");
	if (!link->up)
		return refuse(t, -ENETDOWN, "Nexthop device is not up");
	return link->carrier ? 0 : refuse(t, -ENETDOWN, "Carrier for nexthop device is down");
}

/* Of the way to a gateway. */
static uint8_t scope_of(struct sea_routes *r, const struct sea_nexthop *nh)
{
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .oif = nh->ifindex,
				       .dst = sea_ipaddr_of(&nh->gateway) };
	const struct sea_route_entry *e;

	if (r->family != SEA_AF_INET)
		return SEA_SCOPE_LINK; /* whatever leads there */
	if (!nh->gateway.family)
		return SEA_SCOPE_HOST;
	if (nh->flags & SEA_RTNH_F_ONLINK || sea_routes_lookup_scoped(r, &flow, SEA_SCOPE_LINK, &e))
		return SEA_SCOPE_LINK;
	return e->scope;
}

/* Of a bridge: an address, which nothing here uses. */
static int fill_fdb(const struct sea_nexthop *nh, struct sea_nexthop_obj *obj)
{
	if (nh->ifindex || nh->flags)
		return -EINVAL;
	obj->scope = SEA_SCOPE_LINK;
	obj->way.has_gateway = nh->gateway.family || obj->family == SEA_AF_INET6;
	obj->way.gateway = sea_ipaddr_of(&nh->gateway);
	return 0;
}

/* Linux chooses once what does not depend on other tables was judged, and never gives back. */
static uint32_t free_id(struct sea_nexthops *t)
{
	do {
		if (!++t->last_id)
			t->last_id = 1;
	} while (sea_nexthop_find(t->stack, t->last_id));
	return t->last_id;
}

/* Linux has it lead to lo, and keeps of IPv6 a flag that means nothing. */
static int fill_blackhole(struct sea_nexthops *t, const struct sea_nexthop *nh,
			  struct sea_nexthop_obj *obj)
{
	if (nh->ifindex || nh->gateway.family || nh->fdb || nh->flags & ~SEA_RTNH_F_ONLINK)
		return -EINVAL;
	if (!obj->id)
		obj->id = free_id(t);
	if (nh->flags && obj->family == SEA_AF_INET)
		return refuse(t, -EINVAL,
			      "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set");
	obj->way.flags = (uint8_t)nh->flags;
	return 0;
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
	r = sea_routes_of(t->stack, obj->family);
	if (!r)
		return -EAFNOSUPPORT;
	if (nh->blackhole)
		return fill_blackhole(t, nh, obj);
	if (nh->fdb)
		return fill_fdb(nh, obj);
	err = check_link(t, nh->ifindex);
	if (err)
		return err;
	if (!obj->id)
		obj->id = free_id(t);
	obj->way.type = SEA_ROUTE_UNICAST;
	r->why = NULL;
	err = sea_route_hop_check(r, &hop, nh->gateway.family ? SEA_SCOPE_GLOBAL : SEA_SCOPE_LINK,
				  &obj->way);
	if (err)
		return refuse(t, err, r->why);
	obj->scope = scope_of(r, nh);
	return 0;
}

/* May routes that name one name the other? */
static int check_routes(struct sea_nexthops *t, const struct sea_nexthop_obj *named,
			const struct sea_nexthop_obj *to)
{
	const struct sea_list *at;

	for (at = named->infos.next; at != &named->infos; at = at->next) {
		const struct sea_route_info *info =
			sea_container(at, struct sea_route_info, of_nexthop);
		const char *why =
			sea_nexthop_unfit(to, info->routes->family, info->ways[0].entry.scope);

		if (why)
			return refuse(t, -EINVAL, why);
	}
	return 0;
}

static int check_groups(struct sea_nexthops *t, const struct sea_nexthop_obj *obj,
			const struct sea_nexthop_obj *to)
{
	const struct sea_nexthop_obj *group = NULL;
	int err = 0;

	while (!err && (group = sea_nexthop_group_with(t, obj, group))) {
		if (to->blackhole && group->n_members > 1)
			return refuse(t, -EINVAL,
				      "Blackhole nexthop can not be a member of a group with more "
				      "than one path");
		err = check_routes(t, group, to);
	}
	return err;
}

/* A group stays what it is, with as many buckets. */
static int check_kind(struct sea_nexthops *t, const struct sea_nexthop_obj *obj,
		      const struct sea_nexthop_res_ask *ask)
{
	if (!obj->res != !ask)
		return refuse(t, -EINVAL,
			      "Can not replace a nexthop group with one of a different type.");
	if (ask && ask->has_buckets && ask->buckets != obj->res->n_buckets)
		return refuse(t, -EINVAL,
			      "Can not change number of buckets of a resilient nexthop group.");
	return 0;
}

static int check_replacement(struct sea_nexthops *t, const struct sea_nexthop_obj *obj,
			     const struct sea_nexthop_obj *to,
			     const struct sea_nexthop_res_ask *ask)
{
	int err = check_routes(t, obj, to);

	if (!err)
		err = check_groups(t, obj, to);
	if (err)
		return err;
	if (!obj->n_members != !to->n_members)
		return refuse(t, -EINVAL,
			      to->n_members ? "Can not replace a nexthop with a nexthop group."
					    : "Can not replace a nexthop group with a nexthop.");
	if (obj->fdb != to->fdb && sea_nexthop_group_with(t, obj, NULL))
		return refuse(t, -EINVAL, "Cannot change nexthop FDB status while in a group");
	return to->n_members ? check_kind(t, obj, ask) : 0;
}

static void take_over(struct sea_nexthops *t, struct sea_nexthop_obj *obj,
		      struct sea_nexthop_obj *to, const struct sea_nexthop_res_ask *ask)
{
	obj->family = to->family;
	obj->protocol = to->protocol;
	obj->scope = to->scope;
	obj->blackhole = to->blackhole;
	obj->fdb = to->fdb;
	obj->way = to->way;
	if (!to->n_members)
		return;
	sea_nexthop_free_members(t, obj->members, obj->room);
	obj->members = to->members;
	obj->n_members = to->n_members;
	obj->room = to->room;
	to->room = 0;
	if (ask) {
		sea_nexthop_res_retime(obj->res, ask);
		sea_nexthop_res_follow(obj->res);
	}
	sea_list_remove(&obj->group); /* the last that was changed */
	sea_list_push_back(&t->groups, &obj->group);
}

static void tell_replaced(struct sea_nexthops *t, const struct sea_nexthop_obj *obj)
{
	const struct sea_nexthop_obj *group = NULL;

	sea_nexthop_tell(t, obj, false);
	sea_nexthop_tell_routes(t, obj);
	while ((group = sea_nexthop_group_with(t, obj, group)))
		sea_nexthop_tell_routes(t, group);
}

/* Becomes what `to` is; routes and groups that name it follow. Consumes `to` where it succeeds. */
static int replace(struct sea_nexthops *t, struct sea_nexthop_obj *obj, struct sea_nexthop_obj *to,
		   const struct sea_nexthop_res_ask *ask)
{
	int err = check_replacement(t, obj, to, ask);

	if (!err && to->n_members)
		err = sea_nexthop_reserve(obj, to->n_members);
	if (err)
		return err;
	take_over(t, obj, to, ask);
	sea_nexthop_free(t, to);
	t->gen++;
	sea_nexthop_renew(t, obj);
	tell_replaced(t, obj);
	return 0;
}

struct sea_nexthop_obj *sea_nexthop_new(struct sea_nexthops *t, const struct sea_nexthop *nh)
{
	struct sea_nexthop_obj *obj = sea_pool_zalloc(&t->stack->shard.pool, sizeof(*obj));

	if (!obj)
		return NULL;
	obj->id = nh->id;
	obj->protocol = nh->protocol;
	obj->fdb = nh->fdb;
	obj->blackhole = nh->blackhole;
	sea_list_init(&obj->infos);
	sea_list_init(&obj->group);
	return obj;
}

static int make_buckets(struct sea_nexthops *t, struct sea_nexthop_obj *obj,
			const struct sea_nexthop_res_ask *ask)
{
	if (!ask->has_buckets)
		return refuse(t, -EINVAL,
			      "Number of buckets not specified for nexthop group insertion");
	obj->res = sea_nexthop_res_new(t, obj, ask);
	if (!obj->res)
		return -ENOMEM;
	sea_nexthop_res_follow(obj->res);
	return 0;
}

/* Takes its place: 0, or why it may not. Consumes `obj` where it succeeds. */
static int insert(struct sea_nexthops *t, struct sea_nexthop_obj *obj,
		  const struct sea_nexthop_res_ask *ask, uint32_t flags)
{
	int err;

	struct sea_nexthop_obj *old = sea_nexthop_find(t->stack, obj->id);

	if (old)
		return flags & SEA_NLM_F_REPLACE ? replace(t, old, obj, ask) : -EEXIST;
	if (flags & SEA_NLM_F_REPLACE && !(flags & SEA_NLM_F_CREATE))
		return refuse(t, -ENOENT, "Replace specified without create and no entry exists");
	if (t->n >= SEA_NEXTHOPS_MAX)
		return -ENOSPC;
	err = ask ? make_buckets(t, obj, ask) : 0;
	if (err)
		return err;
	sea_nexthop_link(t, obj);
	t->gen++;
	sea_nexthop_tell(t, obj, false);
	return 0;
}

int sea_nexthops_add(struct sea_stack *stack, struct sea_nexthop *nexthop, uint32_t flags)
{
	return sea_nexthops_add_resilient(stack, nexthop, NULL, flags);
}

int sea_nexthops_add_resilient(struct sea_stack *stack, struct sea_nexthop *nexthop,
			       const struct sea_nexthop_res_ask *ask, uint32_t flags)
{
	struct sea_nexthops *t = stack->nexthops;
	struct sea_nexthop_obj *obj;
	uint32_t id;
	int err;

	if (nexthop->size != sizeof(*nexthop))
		return -EINVAL;
	if (!t)
		return -EAFNOSUPPORT;
	t->why = NULL;
	if (!nexthop->id && flags & SEA_NLM_F_REPLACE)
		return refuse(t, -EINVAL, "Replace requires nexthop id");
	obj = sea_nexthop_new(t, nexthop);
	if (!obj)
		return -ENOMEM;
	err = nexthop->n_members ? sea_nexthop_fill_group(t, nexthop, obj)
				 : fill_single(t, nexthop, obj);
	if (!err && !obj->id)
		obj->id = free_id(t);
	id = obj->id;
	if (!err)
		err = insert(t, obj, ask, flags);
	if (!err)
		nexthop->id = id;
	else
		sea_nexthop_free(t, obj);
	return err;
}

/* -- showing -- */

static void show(struct sea_nexthops *t, const struct sea_nexthop_obj *obj, struct sea_nexthop *nh)
{
	*nh = (struct sea_nexthop){ .size = sizeof(*nh),
				    .id = obj->id,
				    .family = obj->family,
				    .blackhole = obj->blackhole,
				    .fdb = obj->fdb,
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
