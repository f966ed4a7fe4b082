/* SPDX-License-Identifier: Apache-2.0 */
/* The multicast router written out and read back: vifs, routes, what waits, upcalls. */
#include <errno.h>

#include "ip/ip_save.h"
#include "ip/mroute.h"

/* -- out -- */

static void save_key(const struct sea_mroute_key *key, struct sea_saver *to)
{
	sea_save_bytes(to, key->src.b, sizeof(key->src.b));
	sea_save_bytes(to, key->group.b, sizeof(key->group.b));
}

static void save_vifs(const struct sea_mrouter *mr, struct sea_saver *to)
{
	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++) {
		const struct sea_mrouter_vif *v = &mr->vifs[i];

		sea_save_u32(to, v->link ? (uint32_t)v->link->ifindex : 0);
		sea_save_u8(to, v->threshold);
		sea_save_u64(to, v->pkts_in);
		sea_save_u64(to, v->bytes_in);
		sea_save_u64(to, v->pkts_out);
		sea_save_u64(to, v->bytes_out);
	}
}

static void save_entry(const struct sea_mroute_entry *e, struct sea_saver *to)
{
	save_key(&e->key, to);
	sea_save_u64(to, e->order);
	sea_save_u16(to, e->parent);
	sea_save_bytes(to, e->ttls, sizeof(e->ttls));
	sea_save_u64(to, e->pkts);
	sea_save_u64(to, e->bytes);
	sea_save_u64(to, e->wrong_vif);
	sea_save_time(to, e->last_used);
	sea_save_time(to, e->quiet_until);
}

static void save_entries(const struct sea_mrouter *mr, struct sea_saver *to)
{
	const struct sea_list *node;

	sea_save_u32(to, mr->n_entries);
	for (node = mr->all.next; node != &mr->all; node = node->next)
		save_entry(sea_container(node, struct sea_mroute_entry, all), to);
	sea_save_u64(to, mr->order);
}

static void save_waiting(const struct sea_mrouter *mr, struct sea_saver *to)
{
	struct sea_list *node, *tmp;

	sea_save_u32(to, mr->n_waiting);
	SEA_LIST_EACH(node, tmp, &mr->waiting)
	{
		const struct sea_mroute_waiting *w =
			sea_container(node, struct sea_mroute_waiting, node);

		save_key(&w->key, to);
		sea_save_time(to, w->expires);
		sea_ip_save_pending(to, &w->pkts);
	}
	sea_save_timer(to, &mr->timer);
}

static void save_upcalls(const struct sea_mrouter *mr, struct sea_saver *to)
{
	sea_save_u16(to, mr->n_upcalls);
	for (unsigned i = 0; i < mr->n_upcalls; i++) {
		const struct sea_mrouter_upcall *u =
			&mr->upcalls[(mr->first_upcall + i) % SEA_MROUTE_UPCALLS_MAX];

		sea_save_u8(to, u->kind);
		sea_save_u8(to, u->vif);
		save_key(&u->key, to);
	}
}

void sea_mrouter_save(const struct sea_mrouter *mr, struct sea_saver *to)
{
	sea_save_tag(to, "MRTR");
	sea_save_u8(to, mr != NULL);
	if (!mr)
		return;
	sea_save_u8(to, mr->tell_wrong_vif);
	save_vifs(mr, to);
	save_entries(mr, to);
	save_waiting(mr, to);
	save_upcalls(mr, to);
}

/* -- in -- */

static void load_key(struct sea_mroute_key *key, struct sea_loader *from)
{
	sea_load_bytes(from, key->src.b, sizeof(key->src.b));
	sea_load_bytes(from, key->group.b, sizeof(key->group.b));
}

static void load_vif(struct sea_mrouter *mr, uint16_t i, struct sea_loader *from)
{
	struct sea_mroute_vif vif = { .vif = i, .ifindex = (int)sea_load_u32(from) };

	vif.threshold = sea_load_u8(from);
	if (vif.ifindex && !from->err)
		sea_load_fail(from, sea_mrouter_vif_add(mr, &vif));
	mr->vifs[i].pkts_in = sea_load_u64(from);
	mr->vifs[i].bytes_in = sea_load_u64(from);
	mr->vifs[i].pkts_out = sea_load_u64(from);
	mr->vifs[i].bytes_out = sea_load_u64(from);
}

static void load_entry(struct sea_mrouter *mr, struct sea_loader *from)
{
	struct sea_mroute_key key = { { { 0 } }, { { 0 } } };
	struct sea_mroute_entry *e;
	uint64_t order;
	uint16_t parent;

	load_key(&key, from);
	order = sea_load_u64(from);
	parent = sea_load_u16(from);
	if (parent >= SEA_MROUTE_VIFS || order < mr->order)
		sea_load_fail(from, -EINVAL);
	mr->order = order;
	e = from->err ? NULL : sea_mrouter_insert(mr, &key, parent);
	if (!e) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_load_bytes(from, e->ttls, sizeof(e->ttls));
	e->pkts = sea_load_u64(from);
	e->bytes = sea_load_u64(from);
	e->wrong_vif = sea_load_u64(from);
	e->last_used = sea_load_time(from);
	e->quiet_until = sea_load_time(from);
}

/* What the packets' control blocks say of their links holds for the loaded stack, too. */
static void find_links(struct sea_mrouter *mr, struct sea_pktq *q, struct sea_loader *from)
{
	for (struct sea_pkt *pkt = q->head; pkt; pkt = pkt->next) {
		pkt->link = sea_link_by_index(mr->stack,
					      SEA_PKT_CB_AS(pkt, struct sea_mroute_cb)->ifindex);
		if (!pkt->link || pkt->len < mr->ops->hdr_len ||
		    pkt->off_trans < pkt->off_net + mr->ops->hdr_len)
			sea_load_fail(from, -EINVAL);
	}
}

static void load_waiting(struct sea_mrouter *mr, struct sea_loader *from)
{
	struct sea_mroute_key key = { { { 0 } }, { { 0 } } };
	struct sea_mroute_waiting *w;

	load_key(&key, from);
	w = from->err ? NULL : sea_mrouter_wait_new(mr, &key);
	if (!w) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	w->expires = sea_load_time(from);
	sea_ip_load_pending(from, &mr->stack->shard.pool, &w->pkts);
	find_links(mr, &w->pkts, from);
}

static void load_upcall(struct sea_mrouter *mr, struct sea_loader *from)
{
	struct sea_mroute_key key = { { { 0 } }, { { 0 } } };
	uint8_t kind = sea_load_u8(from), vif = sea_load_u8(from);

	load_key(&key, from);
	if (!from->err)
		(void)sea_mrouter_tell(mr, (enum sea_mroute_upcall_kind)kind, &key, vif);
}

static void load_all(struct sea_mrouter *mr, struct sea_loader *from)
{
	uint32_t n;

	mr->tell_wrong_vif = sea_load_u8(from);
	for (uint16_t i = 0; i < SEA_MROUTE_VIFS; i++)
		load_vif(mr, i, from);
	for (n = sea_load_count(from, SEA_MROUTES_MAX); n && !from->err; n--)
		load_entry(mr, from);
	mr->order = sea_load_u64(from);
	for (n = sea_load_count(from, SEA_MROUTE_WAITING_MAX); n && !from->err; n--)
		load_waiting(mr, from);
	sea_load_timer(from, mr->stack, &mr->timer);
	n = sea_load_u16(from);
	if (n > SEA_MROUTE_UPCALLS_MAX)
		sea_load_fail(from, -EINVAL);
	for (; n && !from->err; n--)
		load_upcall(mr, from);
}

void sea_mrouter_load(struct sea_mrouter **mr, struct sea_stack *stack,
		      const struct sea_mrouter_ops *ops, struct sea_loader *from)
{
	sea_mrouter_free(*mr, SEA_DROP_STACK_FREED);
	*mr = NULL;
	sea_load_tag(from, "MRTR");
	if (!sea_load_u8(from) || from->err)
		return;
	*mr = sea_mrouter_new(stack, ops);
	if (*mr)
		load_all(*mr, from);
	else
		sea_load_fail(from, -ENOMEM);
}
