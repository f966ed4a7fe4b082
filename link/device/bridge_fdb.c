/* SPDX-License-Identifier: Apache-2.0 */
/* The forwarding database (IEEE 802.1D §7.9): learned from frames, aged, changed by hand. */
#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/device/bridge.h"

#define BUCKETS 64

/* -- found -- */

static uint32_t hash_of(const struct sea_bridge *b, const struct sea_mac *mac, uint16_t vid)
{
	uint64_t v = vid;

	memcpy((uint8_t *)&v + 2, mac->b, sizeof(mac->b));
	return (uint32_t)sea_siphash13_2u64(&b->key, v, 0);
}

struct sea_bridge_fdb *sea_bridge_fdb_find(const struct sea_bridge *b, const struct sea_mac *mac,
					   uint16_t vid)
{
	struct sea_hnode *n = sea_htable_first(&b->fdb, hash_of(b, mac, vid));

	for (; n; n = sea_hnode_next(n)) {
		struct sea_bridge_fdb *f = sea_container(n, struct sea_bridge_fdb, hash);

		if (f->vid == vid && sea_mac_equal(&f->mac, mac))
			return f;
	}
	return NULL;
}

/* -- told of -- */

void sea_bridge_fdb_tell(struct sea_bridge *b, struct sea_bridge_fdb *f, bool gone)
{
	const struct sea_fdb_entry e = sea_bridge_fdb_entry(b, f);

	sea_rtnl_tell_fdb(b->link->stack, &e, gone);
}

/* -- ageing -- */

static struct sea_bridge_fdb *of_aged(struct sea_aged *aged)
{
	return sea_container(aged, struct sea_bridge_fdb, aged);
}

static int64_t age(const struct sea_ageing *ageing)
{
	const struct sea_bridge *b = sea_container(ageing, const struct sea_bridge, ageing);

	return (int64_t)b->ageing_time * SEA_BRIDGE_CSEC;
}

static void expire(struct sea_ageing *ageing, struct sea_aged *aged)
{
	sea_bridge_fdb_del(sea_container(ageing, struct sea_bridge, ageing), of_aged(aged));
}

static const struct sea_ageing_ops ageing_ops = { .age = age, .expire = expire };

void sea_bridge_fdb_init(struct sea_bridge *b)
{
	struct sea_stack *stack = b->link->stack;

	sea_htable_init(&b->fdb, &stack->shard.pool, BUCKETS);
	b->key = sea_secret_key(&stack->shard.secret);
	sea_list_init(&b->entries);
	sea_ageing_init(&b->ageing, stack, &ageing_ops);
}

void sea_bridge_fdb_refile(struct sea_bridge *b, struct sea_bridge_fdb *f)
{
	sea_aged_refile(&b->ageing, &f->aged, !f->fixed && !f->ext);
}

void sea_bridge_fdb_set_ageing(struct sea_bridge *b, uint32_t csec)
{
	b->ageing_time = csec;
	sea_ageing_rearm(&b->ageing);
}

/* -- come and go -- */

struct sea_bridge_fdb *sea_bridge_fdb_new(struct sea_bridge *b, struct sea_bridge_port *port,
					  const struct sea_mac *mac, uint16_t vid)
{
	struct sea_stack *stack = b->link->stack;
	struct sea_bridge_fdb *f = sea_pool_zalloc(&stack->shard.pool, sizeof(*f));

	if (!f)
		return NULL;
	f->port = port;
	f->mac = *mac;
	f->vid = vid;
	f->serial = ++b->serial;
	f->used = stack->shard.now;
	sea_aged_init(&f->aged, f->used);
	if (sea_htable_insert(&b->fdb, &f->hash, hash_of(b, mac, vid))) {
		sea_pool_free(&stack->shard.pool, f, sizeof(*f));
		return NULL;
	}
	sea_list_insert(&f->node, &b->entries, b->entries.next);
	return f;
}

static void forget(struct sea_bridge *b, struct sea_bridge_fdb *f)
{
	b->n_learned -= f->counts;
	sea_htable_remove(&b->fdb, &f->hash);
	sea_list_remove(&f->node);
	sea_list_remove(&f->aged.node);
	sea_pool_free(&b->link->stack->shard.pool, f, sizeof(*f));
}

void sea_bridge_fdb_del(struct sea_bridge *b, struct sea_bridge_fdb *f)
{
	sea_bridge_fdb_tell(b, f, true);
	forget(b, f);
}

void sea_bridge_fdb_fini(struct sea_bridge *b)
{
	struct sea_list *node;

	while ((node = sea_list_first(&b->entries)))
		forget(b, sea_container(node, struct sea_bridge_fdb, node));
	sea_ageing_fini(&b->ageing);
	sea_htable_fini(&b->fdb);
}

void sea_bridge_fdb_flush(struct sea_bridge *b, const struct sea_bridge_port *port, uint16_t vid,
			  bool all)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &b->entries)
	{
		struct sea_bridge_fdb *f = sea_container(node, struct sea_bridge_fdb, node);

		if ((port && f->port != port) || (vid && f->vid != vid))
			continue;
		if (!all && (f->fixed || f->ext))
			continue;
		if (f->local)
			sea_bridge_fdb_del_local(b, f->port, &f->mac, f->vid);
		else
			sea_bridge_fdb_del(b, f);
	}
}

/* -- learned -- */

static void learn_new(struct sea_bridge_port *p, const struct sea_mac *mac, uint16_t vid)
{
	struct sea_bridge *b = p->bridge;
	struct sea_bridge_fdb *f;

	if (b->max_learned && b->n_learned >= b->max_learned)
		return;
	f = sea_bridge_fdb_new(b, p, mac, vid);
	if (!f)
		return;
	f->counts = true;
	b->n_learned++;
	sea_bridge_fdb_refile(b, f);
	sea_bridge_fdb_tell(b, f, false);
}

/* With an ageing time of 0 nothing is learned (as on Linux: frames are flooded). */
void sea_bridge_fdb_learn(struct sea_bridge_port *p, const struct sea_mac *mac, uint16_t vid)
{
	struct sea_bridge *b = p->bridge;
	struct sea_bridge_fdb *f;
	bool moved;

	if (!b->ageing_time)
		return;
	f = sea_bridge_fdb_find(b, mac, vid);
	if (!f) {
		learn_new(p, mac, vid);
		return;
	}
	if (f->local) /* somebody has our address, or a frame came back to us */
		return;
	moved = f->port != p && !f->sticky;
	if (moved) {
		f->port = p;
		f->ext = false;
	}
	f->aged.updated = b->link->stack->shard.now;
	sea_bridge_fdb_refile(b, f);
	if (moved)
		sea_bridge_fdb_tell(b, f, false);
}

/* -- a port's own -- */

int sea_bridge_fdb_add_local(struct sea_bridge *b, struct sea_bridge_port *port,
			     const struct sea_mac *mac, uint16_t vid)
{
	struct sea_bridge_fdb *f = sea_bridge_fdb_find(b, mac, vid);

	if (sea_mac_is_multicast(mac) || sea_mac_is_zero(mac))
		return 0;
	if (f && f->local) /* several ports may have it: the first one's entry will do */
		return 0;
	if (f)
		sea_bridge_fdb_del(b, f);
	f = sea_bridge_fdb_new(b, port, mac, vid);
	if (!f)
		return -ENOMEM;
	f->local = f->fixed = true;
	sea_bridge_fdb_tell(b, f, false);
	return 0;
}

/* Who else has this address, in this VLAN? */
static struct sea_bridge_port *other_with(const struct sea_bridge *b,
					  const struct sea_bridge_port *but,
					  const struct sea_mac *mac, uint16_t vid)
{
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p != but && sea_mac_equal(&p->link->mac, mac) &&
		    (!vid || sea_bridge_vlan_has(p->vlans.member, vid)))
			return p;
	}
	return NULL;
}

void sea_bridge_fdb_del_local(struct sea_bridge *b, struct sea_bridge_port *port,
			      const struct sea_mac *mac, uint16_t vid)
{
	struct sea_bridge_fdb *f = sea_bridge_fdb_find(b, mac, vid);
	struct sea_bridge_port *other;

	if (!f || !f->local || f->port != port)
		return;
	other = other_with(b, port, mac, vid);
	if (other) {
		f->port = other;
		f->user = false;
	} else if (port && sea_mac_equal(&b->own, mac) &&
		   (!vid || sea_bridge_vlan_has(b->vlans.member, vid))) {
		f->port = NULL;
		f->user = false;
	} else {
		sea_bridge_fdb_del(b, f);
	}
}

/* -- saved -- */

enum {
	SAVED_LOCAL = 1,
	SAVED_FIXED = 2,
	SAVED_USER = 4,
	SAVED_STICKY = 8,
	SAVED_EXT = 16,
	SAVED_COUNTS = 32,
};

static uint8_t flags_of(const struct sea_bridge_fdb *f)
{
	return (uint8_t)((f->local ? SAVED_LOCAL : 0) | (f->fixed ? SAVED_FIXED : 0) |
			 (f->user ? SAVED_USER : 0) | (f->sticky ? SAVED_STICKY : 0) |
			 (f->ext ? SAVED_EXT : 0) | (f->counts ? SAVED_COUNTS : 0));
}

static void save_one(const struct sea_bridge_fdb *f, struct sea_saver *to)
{
	sea_save_bytes(to, f->mac.b, sizeof(f->mac.b));
	sea_save_u16(to, f->vid);
	sea_save_u16(to, f->port ? f->port->no : 0);
	sea_save_u8(to, flags_of(f));
	sea_save_time(to, f->used);
	sea_save_time(to, f->aged.updated);
}

/* The oldest first. */
void sea_bridge_fdb_save(const struct sea_bridge *b, struct sea_saver *to)
{
	const struct sea_list *n;

	sea_save_u32(to, b->fdb.n);
	for (n = b->entries.prev; n != &b->entries; n = n->prev)
		save_one(sea_container(n, struct sea_bridge_fdb, node), to);
	sea_save_u32(to, sea_ageing_count(&b->ageing));
	for (n = b->ageing.list.next; n != &b->ageing.list; n = n->next) {
		const struct sea_bridge_fdb *f = sea_container(n, struct sea_bridge_fdb, aged.node);

		sea_save_bytes(to, f->mac.b, sizeof(f->mac.b));
		sea_save_u16(to, f->vid);
	}
}

static int load_one(struct sea_bridge *b, struct sea_loader *from)
{
	struct sea_bridge_port *port;
	struct sea_bridge_fdb *f;
	struct sea_mac mac;
	uint16_t vid, no;
	uint8_t flags;

	sea_load_bytes(from, mac.b, sizeof(mac.b));
	vid = sea_load_u16(from);
	no = sea_load_u16(from);
	flags = sea_load_u8(from);
	port = no ? sea_bridge_port_by_no(b, no) : NULL;
	if (from->err || vid >= SEA_BRIDGE_VIDS || (no && !port) || sea_mac_is_zero(&mac) ||
	    sea_bridge_fdb_find(b, &mac, vid))
		return from->err ? from->err : -EINVAL;
	f = sea_bridge_fdb_new(b, port, &mac, vid);
	if (!f)
		return -ENOMEM;
	f->local = flags & SAVED_LOCAL;
	f->fixed = flags & SAVED_FIXED;
	f->user = flags & SAVED_USER;
	f->sticky = flags & SAVED_STICKY;
	f->ext = flags & SAVED_EXT;
	f->counts = flags & SAVED_COUNTS;
	b->n_learned += f->counts;
	f->used = sea_load_time(from);
	f->aged.updated = sea_load_time(from);
	return from->err;
}

/* Those that age, in the order in which they were last heard of. */
static int load_ages(struct sea_bridge *b, struct sea_loader *from)
{
	for (uint32_t n = sea_load_u32(from); n && !from->err; n--) {
		struct sea_bridge_fdb *f;
		struct sea_mac mac;

		sea_load_bytes(from, mac.b, sizeof(mac.b));
		f = sea_bridge_fdb_find(b, &mac, sea_load_u16(from));
		if (from->err || !f || f->fixed || f->ext || sea_list_linked(&f->aged.node))
			return from->err ? from->err : -EINVAL;
		sea_list_push_back(&b->ageing.list, &f->aged.node);
	}
	sea_ageing_rearm(&b->ageing);
	return from->err;
}

int sea_bridge_fdb_load(struct sea_bridge *b, struct sea_loader *from)
{
	int err = 0;

	for (uint32_t n = sea_load_u32(from); n && !err; n--)
		err = load_one(b, from);
	return err ? err : load_ages(b, from);
}
