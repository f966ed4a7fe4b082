/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours written out and read back, with what waits for them. */
#include <errno.h>

#include "core/save.h"
#include "ip/ip_save.h"
#include "ip/neigh.h"

#define NEIGHS_MAX (1u << 20)

/* -- entries -- */

static void save_entry(const struct sea_neigh *n, struct sea_saver *to)
{
	sea_save_u32(to, (uint32_t)n->link->ifindex);
	sea_save_bytes(to, n->addr.b, sizeof(n->addr.b));
	sea_save_u8(to, n->state);
	sea_save_bytes(to, n->mac.b, sizeof(n->mac.b));
	sea_save_u8(to, n->probes);
	sea_save_u16(to, n->flags);
	sea_save_u8(to, n->protocol);
	sea_save_time(to, n->confirmed);
	sea_save_time(to, n->updated);
	sea_save_time(to, n->used);
	sea_save_timer(to, &n->timer);
	sea_save_u32(to, n->pending_bytes);
	sea_ip_save_pending(to, &n->pending);
}

void sea_neigh_table_save(const struct sea_neigh_table *t, struct sea_saver *to)
{
	struct sea_link *link = NULL;
	struct sea_list *node, *tmp;

	sea_save_tag(to, "NEIG");
	sea_save_u64(to, t->key.k0); /* dumps go on in its order */
	sea_save_u64(to, t->key.k1);
	while ((link = sea_link_next(t->stack, link)))
		sea_save_u64(to, (uint64_t)t->ops->params(link)->reachable_ns);
	sea_save_time(to, t->redrawn);
	sea_save_time(to, t->squeezed);
	sea_save_timer(to, &t->gc_timer);
	sea_save_u32(to, t->entries.n);
	SEA_LIST_EACH(node, tmp, &t->lru)
	save_entry(sea_container(node, struct sea_neigh, lru), to);
	sea_save_timer(to, &t->managed_timer);
	sea_neigh_proxy_save(t, to);
}

static bool state_known(uint8_t state)
{
	return !(state & (state - 1)); /* NONE or one of the bits */
}

static void load_entry(struct sea_neigh_table *t, struct sea_loader *from)
{
	struct sea_link *link = sea_link_by_index(t->stack, (int)sea_load_u32(from));
	struct sea_ipaddr addr;
	struct sea_neigh *n;

	uint8_t state;

	sea_load_bytes(from, addr.b, sizeof(addr.b));
	state = sea_load_u8(from);
	if (!from->err && (!link || sea_neigh_find(t, link, &addr) || !state_known(state)))
		sea_load_fail(from, -EINVAL);
	n = from->err ? NULL : sea_neigh_make(t, link, &addr);
	if (!n) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_neigh_enter(n, state);
	sea_load_bytes(from, n->mac.b, sizeof(n->mac.b));
	n->probes = sea_load_u8(from);
	sea_neigh_set_flags(n, sea_load_u16(from));
	n->protocol = sea_load_u8(from);
	n->confirmed = sea_load_time(from);
	n->updated = sea_load_time(from);
	n->used = sea_load_time(from);
	sea_load_timer(from, t->stack, &n->timer);
	n->pending_bytes = sea_load_u32(from);
	sea_ip_load_pending(from, &n->table->stack->shard.pool, &n->pending);
}

void sea_neigh_table_load(struct sea_neigh_table *t, struct sea_loader *from)
{
	struct sea_link *link = NULL;
	uint32_t n;

	sea_load_tag(from, "NEIG");
	t->key.k0 = sea_load_u64(from);
	t->key.k1 = sea_load_u64(from);
	while ((link = sea_link_next(t->stack, link)))
		t->ops->params(link)->reachable_ns = (int64_t)sea_load_u64(from);
	t->redrawn = sea_load_time(from);
	t->squeezed = sea_load_time(from);
	sea_load_timer(from, t->stack, &t->gc_timer);
	n = sea_load_count(from, NEIGHS_MAX);
	while (n-- && !from->err)
		load_entry(t, from);
	sea_load_timer(from, t->stack, &t->managed_timer);
	sea_neigh_proxy_load(t, from);
}
