/* SPDX-License-Identifier: Apache-2.0 */
/* Groups that a link listens to. */
#include "ip/group.h"

#include <errno.h>

#include "core/link.h"

static struct sea_pool *pool_of(const struct sea_groups *g)
{
	return &g->link->stack->shard.pool;
}

void sea_groups_init(struct sea_groups *g, struct sea_link *link, uint8_t family)
{
	g->link = link;
	g->family = family;
	sea_list_init(&g->list);
}

static void forget(struct sea_groups *g, struct sea_group *group)
{
	sea_list_remove(&group->node);
	sea_pool_free(pool_of(g), group, sizeof(*group));
}

void sea_groups_fini(struct sea_groups *g)
{
	struct sea_list *node;

	while ((node = sea_list_first(&g->list)))
		forget(g, sea_container(node, struct sea_group, node));
}

static struct sea_group *find(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &g->list)
	{
		struct sea_group *group = sea_container(node, struct sea_group, node);

		if (sea_ipaddr_equal(&group->addr, addr))
			return group;
	}
	return NULL;
}

int sea_group_join(struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_group *group = find(g, addr);

	if (!group) {
		group = sea_pool_zalloc(pool_of(g), sizeof(*group));
		if (!group)
			return -ENOMEM;
		group->addr = *addr;
		sea_list_push_back(&g->list, &group->node);
	}
	group->users++;
	return 0;
}

void sea_group_leave(struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_group *group = find(g, addr);

	if (group && --group->users == 0)
		forget(g, group);
}

bool sea_group_heard(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	return find(g, addr) != NULL;
}
