/* SPDX-License-Identifier: Apache-2.0 */
/* The table of nexthop objects, and what its changes do to routes. */
#include "ip/nexthop.h"

#include <errno.h>
#include <string.h>

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
	sea_nexthop_free_members(t, obj->members, obj->room);
	sea_pool_free(&t->stack->shard.pool, obj, sizeof(*obj));
}

/* -- the ways of routes -- */

static bool fits(const struct sea_nexthop_obj *obj, uint8_t family)
{
	if (!obj->n_members)
		return obj->blackhole || obj->family == family ||
		       (family == SEA_AF_INET && obj->way.has_gateway);
	for (unsigned i = 0; i < obj->n_members; i++)
		if (!fits(obj->members[i].obj, family))
			return false;
	return true;
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
	if (!fits(obj, family))
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

/* Routes that name it, or a group that it is in, lead elsewhere now. They have room. */
void sea_nexthop_renew(struct sea_nexthops *t, struct sea_nexthop_obj *obj)
{
	struct sea_list *node, *tmp;

	renew_infos(obj, t->ways);
	SEA_LIST_EACH(node, tmp, &t->groups)
	{
		struct sea_nexthop_obj *group = sea_container(node, struct sea_nexthop_obj, group);

		if (sea_nexthop_has_member(group, obj))
			renew_infos(group, t->ways);
	}
	sea_stack_routes_changed(t->stack);
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

	while ((node = sea_list_first(&obj->infos))) {
		struct sea_route_info *info =
			sea_container(node, struct sea_route_info, of_nexthop);

		sea_route_info_bury(info->routes, info);
	}
}

static void delete (struct sea_nexthops *t, struct sea_nexthop_obj *obj)
{
	bury_infos(obj);
	sea_rb_remove(&t->by_id, &obj->node);
	sea_list_remove(&obj->group);
	t->n--;
	sea_nexthop_free(t, obj);
}

static void drop_member(struct sea_nexthops *t, struct sea_nexthop_obj *group, unsigned i)
{
	unsigned n = group->n_members;

	memmove(&group->members[i], &group->members[i + 1],
		(n - i - 1) * sizeof(group->members[0]));
	group->n_members--;
	if (group->n_members) {
		renew_infos(group, t->ways);
		return;
	}
	sea_nexthop_free_members(t, group->members, group->room);
	group->room = 0;
	delete (t, group);
}

static void leave_groups(struct sea_nexthops *t, const struct sea_nexthop_obj *obj)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->groups)
	{
		struct sea_nexthop_obj *group = sea_container(node, struct sea_nexthop_obj, group);

		for (unsigned i = 0; i < group->n_members; i++) {
			if (group->members[i].obj != obj)
				continue;
			drop_member(t, group, i);
			break;
		}
	}
}

static void take_out(struct sea_nexthops *t, struct sea_nexthop_obj *obj)
{
	leave_groups(t, obj);
	delete (t, obj);
	sea_stack_routes_changed(t->stack);
}

int sea_nexthops_del(struct sea_stack *stack, uint32_t id)
{
	struct sea_nexthop_obj *obj = sea_nexthop_find(stack, id);

	if (!obj)
		return -ENOENT;
	take_out(stack->nexthops, obj);
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
			take_out(t, obj);
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
		take_out(t, obj);
	stack->nexthops = NULL;
	sea_pool_free(&stack->shard.pool, t, sizeof(*t));
}
