/* SPDX-License-Identifier: Apache-2.0 */
/* Nexthop objects written out and read back, whatever tables say of their gateways now. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/save.h"
#include "ip/nexthop_res.h"
#include "ip/route_hop.h"

/* -- written out -- */

static void save_obj(const struct sea_nexthop_obj *obj, struct sea_saver *to)
{
	sea_save_u32(to, obj->id);
	sea_save_u8(to, obj->family);
	sea_save_u8(to, obj->protocol);
	sea_save_u8(to, obj->scope);
	sea_save_u8(to, obj->blackhole);
	sea_save_u8(to, obj->fdb);
	sea_save_u32(to, obj->way.link ? (uint32_t)obj->way.link->ifindex : 0);
	sea_save_u8(to, obj->way.has_gateway);
	sea_save_bytes(to, obj->way.gateway.b, sizeof(obj->way.gateway.b));
	sea_save_u8(to, obj->way.flags & SEA_RTNH_F_ONLINK);
	sea_save_u32(to, obj->n_members);
	for (unsigned i = 0; i < obj->n_members; i++) {
		sea_save_u32(to, obj->members[i].obj->id);
		sea_save_u32(to, obj->members[i].weight);
	}
	sea_save_u8(to, obj->res != NULL);
	if (obj->res)
		sea_nexthop_res_save(obj->res, to);
}

/* Groups last: their members are there then; and in the order in which they were changed. */
void sea_nexthops_save(struct sea_stack *stack, struct sea_saver *to)
{
	const struct sea_nexthops *t = stack->nexthops;
	const struct sea_nexthop_obj *obj = sea_nexthop_from(t, 0);
	const struct sea_list *node;

	sea_save_u32(to, t->n);
	sea_save_u32(to, t->last_id);
	sea_save_u32(to, t->gen);
	for (; obj; obj = obj->id < UINT32_MAX ? sea_nexthop_from(t, obj->id + 1) : NULL)
		if (!obj->n_members)
			save_obj(obj, to);
	for (node = t->groups.next; node != &t->groups; node = node->next)
		save_obj(sea_container(node, struct sea_nexthop_obj, group), to);
}

/* -- read back -- */

struct saved {
	struct sea_nexthop nh;
	uint8_t family, scope, flags;
	bool has_gateway, resilient;
	struct sea_ipaddr gateway;
};

static void load_saved(struct sea_loader *from, struct sea_nexthops *t, struct saved *s)
{
	struct sea_nexthop *nh = &s->nh;

	*nh = (struct sea_nexthop){ .size = sizeof(*nh), .members = t->shown };
	nh->id = sea_load_u32(from);
	s->family = sea_load_u8(from);
	nh->protocol = sea_load_u8(from);
	s->scope = sea_load_u8(from);
	nh->blackhole = sea_load_u8(from);
	nh->fdb = sea_load_u8(from);
	nh->ifindex = (int)sea_load_u32(from);
	s->has_gateway = sea_load_u8(from);
	sea_load_bytes(from, s->gateway.b, sizeof(s->gateway.b));
	s->flags = sea_load_u8(from) & SEA_RTNH_F_ONLINK;
	nh->n_members = sea_load_count(from, SEA_ROUTE_HOPS_MAX);
	for (unsigned i = 0; i < nh->n_members; i++) {
		t->shown[i].id = sea_load_u32(from);
		t->shown[i].weight = sea_load_u32(from);
	}
	s->resilient = sea_load_u8(from);
}

static int restore_single(struct sea_nexthops *t, const struct saved *s,
			  struct sea_nexthop_obj *obj)
{
	obj->family = s->family;
	obj->scope = s->scope;
	obj->way.flags = s->flags;
	if (obj->blackhole)
		return 0;
	obj->way = (struct sea_route_entry){ .type = SEA_ROUTE_UNICAST,
					     .has_gateway = s->has_gateway,
					     .flags = s->flags,
					     .gateway = s->gateway,
					     .link = sea_link_by_index(t->stack, s->nh.ifindex) };
	return obj->way.link || obj->fdb ? 0 : -EINVAL;
}

static void restore(struct sea_nexthops *t, const struct saved *s, struct sea_loader *from)
{
	struct sea_nexthop_obj *obj = sea_nexthop_new(t, &s->nh);

	if (!obj) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_load_fail(from, s->nh.n_members ? sea_nexthop_fill_group(t, &s->nh, obj)
					    : restore_single(t, s, obj));
	if (!from->err && s->resilient)
		obj->res = sea_nexthop_res_load(t, obj, from);
	if (from->err)
		sea_nexthop_free(t, obj);
	else
		sea_nexthop_link(t, obj);
}

void sea_nexthops_load(struct sea_stack *stack, struct sea_loader *from)
{
	struct sea_nexthops *t = stack->nexthops;
	uint32_t n = sea_load_count(from, SEA_NEXTHOPS_MAX);

	t->last_id = sea_load_u32(from);
	t->gen = sea_load_u32(from);
	while (n-- && !from->err) {
		struct saved s;

		load_saved(from, t, &s);
		if (!s.nh.id || sea_nexthop_find(stack, s.nh.id))
			sea_load_fail(from, -EINVAL);
		if (!from->err)
			restore(t, &s, from);
	}
}
