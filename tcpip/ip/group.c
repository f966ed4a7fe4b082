/* SPDX-License-Identifier: Apache-2.0 */
/* Groups that a link listens to, and what their users' filters come to together. */
#include "ip/group.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"

#define SOURCES_MIN 4u

static struct sea_pool *pool_of(const struct sea_groups *g)
{
	return &g->link->stack->shard.pool;
}

/* -- finding -- */

struct sea_group *sea_group_find(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_rbnode *node = g->by_addr.root;

	while (node) {
		struct sea_group *group = sea_container(node, struct sea_group, node);
		int cmp = memcmp(addr, &group->addr, sizeof(*addr));

		if (!cmp)
			return group;
		node = cmp < 0 ? node->left : node->right;
	}
	return NULL;
}

struct sea_group *sea_group_next(const struct sea_groups *g, const struct sea_group *prev)
{
	struct sea_rbnode *node = prev ? sea_rb_next(&prev->node) : sea_rb_first(&g->by_addr);

	return node ? sea_container(node, struct sea_group, node) : NULL;
}

/* Where the source is among the group's, or belongs. */
static uint32_t place_of(const struct sea_group *group, const struct sea_ipaddr *addr)
{
	uint32_t low = 0, high = group->n_sources;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (memcmp(&group->sources[mid].addr, addr, sizeof(*addr)) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct sea_group_source *sea_group_find_source(const struct sea_group *group,
					       const struct sea_ipaddr *addr)
{
	uint32_t i = place_of(group, addr);

	if (i == group->n_sources || !sea_ipaddr_equal(&group->sources[i].addr, addr))
		return NULL;
	return &group->sources[i];
}

/* -- life -- */

void sea_groups_init(struct sea_groups *g, struct sea_link *link, uint8_t family)
{
	memset(g, 0, sizeof(*g));
	g->link = link;
	g->family = family;
	sea_rbtree_init(&g->by_addr);
	sea_list_init(&g->used);
	sea_list_init(&g->unused);
	sea_group_reporter_init(&g->reporter);
}

static void forget(struct sea_groups *g, struct sea_group *group)
{
	sea_group_report_fini(group);
	sea_rb_remove(&g->by_addr, &group->node);
	sea_list_remove(&group->used);
	if (sea_list_linked(&group->unused)) {
		sea_list_remove(&group->unused);
		g->n_unused--;
	}
	sea_pool_free(pool_of(g), group->sources, group->max_sources * sizeof(*group->sources));
	sea_pool_free(pool_of(g), group, sizeof(*group));
}

void sea_groups_clear(struct sea_groups *g)
{
	struct sea_group *group;

	while ((group = sea_group_next(g, NULL)))
		forget(g, group);
}

void sea_groups_fini(struct sea_groups *g)
{
	sea_groups_clear(g);
	sea_group_reporter_fini(g);
}

struct sea_group *sea_group_add(struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_rbnode **link = &g->by_addr.root, *parent = NULL;
	struct sea_group *group = sea_group_find(g, addr);

	if (group)
		return group;
	group = sea_pool_zalloc(pool_of(g), sizeof(*group));
	if (!group)
		return NULL;
	group->of = g;
	group->addr = *addr;
	group->mode = SEA_GROUP_INCLUDE;
	sea_list_init(&group->used);
	sea_list_init(&group->unused);
	sea_group_report_init(group);
	while (*link) {
		parent = *link;
		link = memcmp(addr, &sea_container(parent, struct sea_group, node)->addr,
			      sizeof(*addr)) < 0
			       ? &parent->left
			       : &parent->right;
	}
	sea_rb_link(&g->by_addr, &group->node, parent, link);
	return group;
}

/* -- sources -- */

static int reserve(struct sea_groups *g, struct sea_group *group, uint32_t n)
{
	uint32_t max = group->max_sources ? group->max_sources : SOURCES_MIN;
	struct sea_group_source *sources;

	while (max < group->n_sources + n)
		max *= 2;
	if (max == group->max_sources || !n)
		return 0;
	sources = sea_pool_alloc(pool_of(g), max * sizeof(*sources));
	if (!sources)
		return -ENOMEM;
	if (group->n_sources)
		memcpy(sources, group->sources, group->n_sources * sizeof(*sources));
	sea_pool_free(pool_of(g), group->sources, group->max_sources * sizeof(*sources));
	group->sources = sources;
	group->max_sources = max;
	return 0;
}

/* NULL: it is not there, and there is no room. */
static struct sea_group_source *source_at(struct sea_group *group, const struct sea_ipaddr *addr)
{
	uint32_t i = place_of(group, addr);
	struct sea_group_source *s = &group->sources[i];

	if (i < group->n_sources && sea_ipaddr_equal(&s->addr, addr))
		return s;
	if (group->n_sources == group->max_sources)
		return NULL;
	memmove(s + 1, s, (group->n_sources - i) * sizeof(*s));
	group->n_sources++;
	*s = (struct sea_group_source){ .addr = *addr };
	return s;
}

struct sea_group_source *sea_group_add_source(struct sea_group *group,
					      const struct sea_ipaddr *addr)
{
	return reserve(group->of, group, 1) ? NULL : source_at(group, addr);
}

static uint32_t count_new(const struct sea_group *group, const struct sea_group_filter *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n; i++)
		n += !sea_group_find_source(group, &f->sources[i]);
	return n;
}

static void unsee(struct sea_group *group)
{
	for (uint32_t i = 0; i < group->n_sources; i++)
		group->sources[i].seen = false;
}

static void add_filter(struct sea_group *group, const struct sea_group_filter *f)
{
	group->users[f->mode]++;
	unsee(group);
	for (uint32_t i = 0; i < f->n; i++) {
		struct sea_group_source *s = source_at(group, &f->sources[i]);

		if (s && !s->seen)
			s->users[f->mode]++;
		if (s)
			s->seen = true;
	}
}

/* What was never added is not taken away. */
static void take_filter(struct sea_group *group, const struct sea_group_filter *f)
{
	if (!group->users[f->mode])
		return;
	group->users[f->mode]--;
	unsee(group);
	for (uint32_t i = 0; i < f->n; i++) {
		struct sea_group_source *s = sea_group_find_source(group, &f->sources[i]);

		if (s && !s->seen && s->users[f->mode])
			s->users[f->mode]--;
		if (s)
			s->seen = true;
	}
}

/* -- all users together -- */

static bool belongs(const struct sea_group *group, const struct sea_group_source *s)
{
	if (group->mode == SEA_GROUP_INCLUDE)
		return s->users[SEA_GROUP_INCLUDE];
	return !s->users[SEA_GROUP_INCLUDE] &&
	       s->users[SEA_GROUP_EXCLUDE] == group->users[SEA_GROUP_EXCLUDE];
}

void sea_group_tidy(struct sea_groups *g, struct sea_group *group)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < group->n_sources; i++) {
		const struct sea_group_source *s = &group->sources[i];

		if (s->users[0] || s->users[1] || s->changes)
			group->sources[n++] = *s;
	}
	group->n_sources = n;
	if (!sea_group_used(group) && !sea_group_report_pending(group))
		forget(g, group);
}

void sea_group_list(struct sea_groups *g, struct sea_group *group)
{
	bool linked = sea_list_linked(&group->unused), used = sea_group_used(group);

	if (!used)
		sea_list_remove(&group->used);
	else if (!sea_list_linked(&group->used))
		sea_list_push_front(&g->used, &group->used);
	if (used && linked) {
		sea_list_remove(&group->unused);
		g->n_unused--;
	}
	if (used || linked)
		return;
	sea_list_push_back(&g->unused, &group->unused);
	if (++g->n_unused <= SEA_GROUPS_UNUSED_MAX)
		return;
	sea_stack_count(g->link->stack, SEA_MIB_SeaGroupsForgotten);
	forget(g, sea_container(g->unused.next, struct sea_group, unused));
}

/* Whoever wants to know that its first user came, or its last one went. */
static void tell(struct sea_groups *g, struct sea_group *group, bool was_used)
{
	struct sea_stack *stack = g->link->stack;

	if (was_used == sea_group_used(group))
		return;
	if (!was_used)
		group->since = stack->shard.now;
	if (stack->group_observer)
		stack->group_observer(group, was_used);
}

static void settle(struct sea_groups *g, struct sea_group *group, bool was_used)
{
	uint8_t mode = group->mode;

	group->mode = group->users[SEA_GROUP_EXCLUDE] ? SEA_GROUP_EXCLUDE : SEA_GROUP_INCLUDE;
	for (uint32_t i = 0; i < group->n_sources; i++) {
		struct sea_group_source *s = &group->sources[i];
		bool listed = belongs(group, s);

		s->seen = s->listed != listed;
		s->listed = listed;
	}
	sea_group_report_changed(g, group, mode, was_used);
	sea_group_list(g, group);
	tell(g, group, was_used);
	sea_group_tidy(g, group);
}

int sea_group_change(struct sea_groups *g, const struct sea_ipaddr *addr,
		     const struct sea_group_filter *old, const struct sea_group_filter *new)
{
	struct sea_group *group = sea_group_add(g, addr);
	bool was_used;

	if (!group)
		return -ENOMEM;
	was_used = sea_group_used(group);
	if (reserve(g, group, count_new(group, new))) {
		sea_group_tidy(g, group);
		return -ENOMEM;
	}
	add_filter(group, new);
	if (old)
		take_filter(group, old);
	settle(g, group, was_used);
	return 0;
}

void sea_group_narrow(struct sea_groups *g, const struct sea_ipaddr *addr,
		      const struct sea_group_filter *old, const struct sea_group_filter *new)
{
	struct sea_group *group = sea_group_find(g, addr);
	bool was_used;

	if (!group)
		return;
	was_used = sea_group_used(group);
	if (new)
		add_filter(group, new);
	take_filter(group, old);
	settle(g, group, was_used);
}

static const struct sea_group_filter everybody = { .mode = SEA_GROUP_EXCLUDE };

int sea_group_join(struct sea_groups *g, const struct sea_ipaddr *addr)
{
	return sea_group_change(g, addr, NULL, &everybody);
}

void sea_group_leave(struct sea_groups *g, const struct sea_ipaddr *addr)
{
	sea_group_narrow(g, addr, &everybody, NULL);
}

/* -- asking -- */

bool sea_group_heard(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	const struct sea_group *group = sea_group_find(g, addr);

	return group && sea_group_used(group);
}

bool sea_group_accepts(const struct sea_groups *g, const struct sea_ipaddr *addr,
		       const struct sea_ipaddr *src)
{
	static const struct sea_ipaddr any;
	const struct sea_group *group = sea_group_find(g, addr);
	const struct sea_group_source *s;

	if (!group || !sea_group_used(group))
		return false;
	if (sea_ipaddr_equal(src, &any))
		return true;
	s = sea_group_find_source(group, src);
	return (s && s->listed) == (group->mode == SEA_GROUP_INCLUDE);
}
