/* SPDX-License-Identifier: Apache-2.0 */
/* The table of nexthop objects, and what its changes do to routes. */
#include "ip/nexthop_res.h"

#include <errno.h>
#include <string.h>

#include "ip/route_hop.h"
#include "ip/route_walk.h"

/* -- the table -- */

static struct sea_nexthop_obj *obj_of(const struct sea_rbnode *node)
{
	return node ? sea_container(node, struct sea_nexthop_obj, node) : NULL;
}

int sea_nexthops_get(struct sea_stack *stack, uint8_t family)
{
	struct sea_nexthops *t = stack->nexthops;

	if (!t) {
		t = sea_pool_zalloc(&stack->shard.pool, sizeof(*t));
		if (!t)
			return -ENOMEM;
		t->stack = stack;
		t->owner = family;
		t->news_bucket = -1;
		sea_list_init(&t->groups);
		stack->nexthops = t;
	}
	t->users++;
	return 0;
}

/* The first with an id that is not smaller, or NULL. */
struct sea_nexthop_obj *sea_nexthop_from(const struct sea_nexthops *t, uint32_t id)
{
	struct sea_rbnode *node = t->by_id.root;
	struct sea_nexthop_obj *best = NULL;

	while (node) {
		struct sea_nexthop_obj *obj = obj_of(node);

		if (obj->id >= id)
			best = obj;
		node = obj->id >= id ? node->left : node->right;
	}
	return best;
}

struct sea_nexthop_obj *sea_nexthop_find(const struct sea_stack *stack, uint32_t id)
{
	struct sea_nexthop_obj *obj = stack->nexthops ? sea_nexthop_from(stack->nexthops, id)
						      : NULL;

	return obj && obj->id == id ? obj : NULL;
}

void sea_nexthop_link(struct sea_nexthops *t, struct sea_nexthop_obj *obj)
{
	struct sea_rbnode **at = &t->by_id.root, *parent = NULL;

	while (*at) {
		parent = *at;
		at = obj->id < obj_of(parent)->id ? &parent->left : &parent->right;
	}
	sea_rb_link(&t->by_id, &obj->node, parent, at);
	if (obj->n_members)
		sea_list_push_back(&t->groups, &obj->group);
	t->n++;
}

void sea_nexthop_free_members(struct sea_nexthops *t, struct sea_nexthop_ref *members, unsigned n)
{
	if (n)
		sea_pool_free(&t->stack->shard.pool, members, n * sizeof(*members));
}

void sea_nexthop_free(struct sea_nexthops *t, struct sea_nexthop_obj *obj)
{
	if (obj->res)
		sea_nexthop_res_free(obj->res);
	sea_nexthop_free_members(t, obj->members, obj->room);
	sea_pool_free(&t->stack->shard.pool, obj, sizeof(*obj));
}

void sea_nexthop_tell(const struct sea_nexthops *t, const struct sea_nexthop_obj *obj, bool gone)
{
	if (t->stack->nexthop_observer)
		t->stack->nexthop_observer(t->stack, obj, gone);
}

/* -- the ways of routes -- */

static bool is_of4(const struct sea_nexthop_obj *obj)
{
	for (unsigned i = 0; i < obj->n_members; i++)
		if (obj->members[i].obj->family == SEA_AF_INET)
			return true;
	return !obj->n_members && obj->family == SEA_AF_INET;
}

static const char *unfit_for4(const struct sea_nexthop_obj *obj, uint8_t scope)
{
	const struct sea_nexthop_obj *first = obj->n_members ? obj->members[0].obj : obj;

	if (obj->n_members && scope == SEA_SCOPE_HOST)
		return "Route with host scope can not have multiple nexthops";
	if (scope == SEA_SCOPE_HOST && first->way.has_gateway)
		return "Route with host scope can not have a gateway";
	if (first->way.flags & SEA_RTNH_F_ONLINK && scope >= SEA_SCOPE_LINK)
		return "Scope mismatch with nexthop";
	return NULL;
}

const char *sea_nexthop_unfit(const struct sea_nexthop_obj *obj, uint8_t family, uint8_t scope)
{
	if (family == SEA_AF_INET6 && is_of4(obj))
		return "IPv6 routes can not use an IPv4 nexthop";
	if (obj->fdb)
		return "Route cannot point to a fdb nexthop";
	return family == SEA_AF_INET ? unfit_for4(obj, scope) : NULL;
}

static void put_way(const struct sea_nexthop_obj *obj, const struct sea_route_entry *like,
		    uint8_t family, uint16_t weight, struct sea_route_entry *way)
{
	*way = *like;
	way->link = obj->way.link;
	way->has_gateway = obj->way.has_gateway;
	way->gateway = obj->way.gateway;
	way->gateway6 = obj->way.has_gateway && obj->family != family;
	way->flags = obj->way.flags & SEA_RTNH_F_ONLINK;
	way->weight = weight;
	if (obj->blackhole)
		way->type = SEA_ROUTE_BLACKHOLE;
}

int sea_nexthop_ways(const struct sea_nexthop_obj *obj, const struct sea_route_entry *like,
		     uint8_t family, struct sea_route_entry *ways)
{
	if (obj->fdb || (family == SEA_AF_INET6 && is_of4(obj)))
		return -EINVAL;
	if (!obj->n_members) {
		put_way(obj, like, family, 1, ways);
		return 1;
	}
	for (unsigned i = 0; i < obj->n_members; i++)
		put_way(obj->members[i].obj, like, family, obj->members[i].weight, &ways[i]);
	return obj->n_members;
}

/* What routes say of themselves apart from this object: the first way, its type given back. */
static struct sea_route_entry without_way(const struct sea_route_info *info)
{
	struct sea_route_entry like = info->ways[0].entry;

	if (like.type == SEA_ROUTE_BLACKHOLE)
		like.type = SEA_ROUTE_UNICAST;
	return like;
}

static void renew_infos(struct sea_nexthop_obj *obj, struct sea_route_entry *ways)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &obj->infos)
	{
		struct sea_route_info *info =
			sea_container(node, struct sea_route_info, of_nexthop);
		struct sea_route_entry like = without_way(info);
		int n = sea_nexthop_ways(obj, &like, info->routes->family, ways);

		if (n > 0)
			sea_route_info_set_ways(info->routes, info, ways, (unsigned)n);
		else
			sea_route_info_bury(info->routes, info);
	}
}

bool sea_nexthop_has_member(const struct sea_nexthop_obj *group, const struct sea_nexthop_obj *obj)
{
	for (unsigned i = 0; i < group->n_members; i++)
		if (group->members[i].obj == obj)
			return true;
	return false;
}

struct sea_nexthop_obj *sea_nexthop_group_with(const struct sea_nexthops *t,
					       const struct sea_nexthop_obj *obj,
					       const struct sea_nexthop_obj *behind)
{
	const struct sea_list *node = behind ? behind->group.prev : t->groups.prev;

	for (; node != &t->groups; node = node->prev) {
		struct sea_nexthop_obj *group = sea_container(node, struct sea_nexthop_obj, group);

		if (sea_nexthop_has_member(group, obj))
			return group;
	}
	return NULL;
}

/* Routes that name it, or a group that it is in, lead elsewhere now. They have room. */
void sea_nexthop_renew(struct sea_nexthops *t, struct sea_nexthop_obj *obj)
{
	struct sea_nexthop_obj *group = NULL;

	renew_infos(obj, t->ways);
	while ((group = sea_nexthop_group_with(t, obj, group)))
		renew_infos(group, t->ways);
	sea_stack_routes_changed(t->stack);
}

/* -- news of routes -- */

static bool leads_by(const struct sea_route_node *node, const struct sea_nexthop_obj *obj)
{
	return node->info->nexthop == obj;
}

static void tell_route(const struct sea_route_node *node)
{
	struct sea_routes *r = node->info->routes;

	r->news_flags = SEA_NLM_F_REPLACE;
	r->news_way = 0;
	sea_route_tell(r, node, false);
}

/* IPv4's in the order of their tables. */
static void tell_routes4(const struct sea_routes *r, const struct sea_nexthop_obj *obj)
{
	const struct sea_route_spot start = { .len = -1 };
	struct sea_route_walk w;

	for (sea_route_walk_begin(&w, r, 0, &start); w.node; sea_route_walk_next(&w))
		if (leads_by(w.node, obj))
			tell_route(w.node);
}

/* IPv6's, the last that came first. */
static void tell_routes6(const struct sea_nexthop_obj *obj)
{
	const struct sea_list *at, *node;

	for (at = obj->infos.prev; at != &obj->infos; at = at->prev) {
		const struct sea_route_info *info =
			sea_container(at, struct sea_route_info, of_nexthop);

		if (info->routes->family != SEA_AF_INET6)
			continue;
		for (node = info->nodes.prev; node != &info->nodes; node = node->prev)
			tell_route(sea_container(node, struct sea_route_node, of_info));
	}
}

static bool has_routes4(const struct sea_nexthop_obj *obj)
{
	const struct sea_list *at;

	for (at = obj->infos.next; at != &obj->infos; at = at->next)
		if (sea_container(at, struct sea_route_info, of_nexthop)->routes->family ==
		    SEA_AF_INET)
			return true;
	return false;
}

void sea_nexthop_tell_routes(struct sea_nexthops *t, const struct sea_nexthop_obj *obj)
{
	if (!t->stack->route_observer || sea_list_empty(&obj->infos))
		return;
	if (has_routes4(obj))
		tell_routes4(sea_routes_of(t->stack, SEA_AF_INET), obj);
	tell_routes6(obj);
}

int sea_nexthop_reserve(struct sea_nexthop_obj *obj, unsigned n)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &obj->infos)
	{
		struct sea_route_info *info =
			sea_container(node, struct sea_route_info, of_nexthop);

		if (!sea_route_info_reserve(info->routes, info, n))
			return -ENOMEM;
	}
	return 0;
}

/* -- going -- */

static void bury_infos(struct sea_nexthop_obj *obj)
{
	struct sea_list *node;

	while ((node = sea_list_last(&obj->infos))) {
		struct sea_route_info *info =
			sea_container(node, struct sea_route_info, of_nexthop);

		sea_route_info_bury(info->routes, info);
	}
}

static void take_out(struct sea_nexthops *t, struct sea_nexthop_obj *obj, bool silent);

/* It counts as one that was changed now. */
static void move_to_end(struct sea_nexthops *t, struct sea_nexthop_obj *group)
{
	sea_list_remove(&group->group);
	sea_list_push_back(&t->groups, &group->group);
}

static void drop_member(struct sea_nexthops *t, struct sea_nexthop_obj *group,
			const struct sea_nexthop_obj *obj)
{
	unsigned i = 0;

	while (group->members[i].obj != obj)
		i++;
	group->n_members--;
	memmove(&group->members[i], &group->members[i + 1],
		(group->n_members - i) * sizeof(group->members[0]));
	if (group->res)
		sea_nexthop_res_follow(group->res);
	renew_infos(group, t->ways);
	move_to_end(t, group);
}

/* The last that were changed first, as Linux; those that stay move behind where the walk began. */
static void leave_groups(struct sea_nexthops *t, const struct sea_nexthop_obj *obj, bool silent)
{
	struct sea_list *node, *prev;

	for (node = t->groups.prev; node != &t->groups; node = prev) {
		struct sea_nexthop_obj *group = sea_container(node, struct sea_nexthop_obj, group);

		prev = node->prev;
		if (!sea_nexthop_has_member(group, obj))
			continue;
		if (group->n_members == 1) {
			take_out(t, group, silent);
			continue;
		}
		drop_member(t, group, obj);
		if (!silent)
			sea_nexthop_tell(t, group, false);
	}
}

/* First itself, then its routes, then its groups: in this order Linux tells of them. */
static void take_out(struct sea_nexthops *t, struct sea_nexthop_obj *obj, bool silent)
{
	sea_rb_remove(&t->by_id, &obj->node);
	t->n--;
	t->gen++;
	if (!silent)
		sea_nexthop_tell(t, obj, true);
	bury_infos(obj);
	sea_list_remove(&obj->group);
	if (!obj->n_members)
		leave_groups(t, obj, silent);
	sea_nexthop_free(t, obj);
	sea_stack_routes_changed(t->stack);
}

int sea_nexthops_del(struct sea_stack *stack, uint32_t id)
{
	struct sea_nexthop_obj *obj = sea_nexthop_find(stack, id);

	if (!obj)
		return -ENOENT;
	take_out(stack->nexthops, obj, false);
	return 0;
}

void sea_nexthops_flush(struct sea_stack *stack, const struct sea_link *link)
{
	struct sea_nexthops *t = stack->nexthops;
	struct sea_nexthop_obj *obj = t ? sea_nexthop_from(t, 0) : NULL, *next;
	uint32_t id;

	for (; obj; obj = next) {
		id = obj->id;
		if (obj->way.link == link)
			take_out(t, obj, true); /* as on Linux */
		next = id < UINT32_MAX ? sea_nexthop_from(t, id + 1) : NULL;
	}
}

void sea_nexthops_put(struct sea_stack *stack)
{
	struct sea_nexthops *t = stack->nexthops;
	struct sea_nexthop_obj *obj;

	if (!t || --t->users)
		return;
	while ((obj = sea_nexthop_from(t, 0)))
		take_out(t, obj, true);
	stack->nexthops = NULL;
	sea_pool_free(&stack->shard.pool, t, sizeof(*t));
}
