/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link's groups, written out and read back: who uses them with which filters, what is still to be
 * told, and what is known of the querier.
 */
#include <errno.h>

#include "core/link.h"
#include "core/save.h"
#include "ip/group.h"

#define GROUPS_MAX (1u << 24)
#define SOURCES_MAX (1u << 24)

/* -- out -- */

static void save_source(struct sea_saver *to, const struct sea_group_source *s)
{
	sea_save_bytes(to, s->addr.b, sizeof(s->addr.b));
	sea_save_u32(to, s->users[0]);
	sea_save_u32(to, s->users[1]);
	sea_save_u8(to, s->listed);
	sea_save_u8(to, s->asked);
	sea_save_u8(to, s->changes);
}

static void save_group(struct sea_saver *to, const struct sea_group *group)
{
	const struct sea_group_report *r = &group->report;

	sea_save_bytes(to, group->addr.b, sizeof(group->addr.b));
	sea_save_u32(to, group->users[0]);
	sea_save_u32(to, group->users[1]);
	sea_save_time(to, group->since);
	sea_save_u8(to, group->mode);
	sea_save_timer(to, &r->timer);
	sea_save_u8(to, r->unsolicited);
	sea_save_u8(to, r->changes);
	sea_save_u8(to, r->reporter);
	sea_save_u8(to, r->sources_asked);
	sea_save_u32(to, group->n_sources);
	for (uint32_t i = 0; i < group->n_sources; i++)
		save_source(to, &group->sources[i]);
}

static void save_reporter(struct sea_saver *to, const struct sea_group_reporter *r)
{
	sea_save_timer(to, &r->change_timer);
	sea_save_timer(to, &r->general_timer);
	sea_save_u8(to, r->rounds);
	sea_save_time(to, r->older_until[0]);
	sea_save_time(to, r->older_until[1]);
	sea_save_u8(to, r->robustness);
	sea_save_u64(to, (uint64_t)r->query_interval_ns);
	sea_save_u64(to, (uint64_t)r->response_interval_ns);
}

/* Those in use, the oldest first, then the others in the order in which they will be forgotten. */
void sea_groups_save(const struct sea_groups *g, struct sea_saver *to)
{
	struct sea_list *node, *tmp;
	uint32_t n = g->n_unused;

	SEA_LIST_EACH(node, tmp, &g->used)
	n++;
	save_reporter(to, &g->reporter);
	sea_save_u32(to, n);
	for (node = g->used.prev; node != &g->used; node = node->prev)
		save_group(to, sea_container(node, struct sea_group, used));
	SEA_LIST_EACH(node, tmp, &g->unused)
	save_group(to, sea_container(node, struct sea_group, unused));
}

/* -- in -- */

static void load_source(struct sea_loader *from, struct sea_group *group)
{
	struct sea_group_source *s;
	struct sea_ipaddr addr;

	sea_load_bytes(from, addr.b, sizeof(addr.b));
	s = from->err ? NULL : sea_group_add_source(group, &addr);
	if (!s) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	s->users[0] = sea_load_u32(from);
	s->users[1] = sea_load_u32(from);
	s->listed = sea_load_u8(from);
	s->asked = sea_load_u8(from);
	s->changes = sea_load_u8(from);
}

static void load_report(struct sea_loader *from, struct sea_group *group)
{
	struct sea_group_report *r = &group->report;

	sea_load_timer(from, group->of->link->stack, &r->timer);
	r->unsolicited = sea_load_u8(from);
	r->changes = sea_load_u8(from);
	r->reporter = sea_load_u8(from);
	r->sources_asked = sea_load_u8(from);
}

static void load_group(struct sea_loader *from, struct sea_groups *g)
{
	struct sea_group *group;
	struct sea_ipaddr addr;
	uint32_t n;

	sea_load_bytes(from, addr.b, sizeof(addr.b));
	group = from->err ? NULL : sea_group_add(g, &addr);
	if (!group) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	group->users[0] = sea_load_u32(from);
	group->users[1] = sea_load_u32(from);
	group->since = sea_load_time(from);
	group->mode = sea_load_u8(from) & 1;
	load_report(from, group);
	for (n = sea_load_count(from, SOURCES_MAX); n && !from->err; n--)
		load_source(from, group);
	sea_group_list(g, group);
}

static void load_reporter(struct sea_loader *from, struct sea_groups *g)
{
	struct sea_group_reporter *r = &g->reporter;
	struct sea_stack *stack = g->link->stack;

	sea_load_timer(from, stack, &r->change_timer);
	sea_load_timer(from, stack, &r->general_timer);
	r->rounds = sea_load_u8(from);
	r->older_until[0] = sea_load_time(from);
	r->older_until[1] = sea_load_time(from);
	r->robustness = sea_load_u8(from);
	r->query_interval_ns = (int64_t)sea_load_u64(from);
	r->response_interval_ns = (int64_t)sea_load_u64(from);
}

void sea_groups_load(struct sea_groups *g, struct sea_loader *from)
{
	sea_groups_clear(g);
	load_reporter(from, g);
	for (uint32_t n = sea_load_count(from, GROUPS_MAX); n && !from->err; n--)
		load_group(from, g);
}
