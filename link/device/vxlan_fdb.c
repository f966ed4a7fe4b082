/* SPDX-License-Identifier: Apache-2.0 */
/* Where stations are, as their frames tell (RFC 7348 §4.1) or somebody says. */
#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>

#include "core/save.h"
#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/device/vxlan.h"

#define BUCKETS 16

static const struct sea_mac nobody; /* 00:00:00:00:00:00: whoever is not known */

/* -- found -- */

static uint32_t hash_of(const struct sea_vxlan *v, const struct sea_mac *mac)
{
	uint64_t m = 0;

	memcpy(&m, mac->b, sizeof(mac->b));
	return (uint32_t)sea_siphash13_2u64(&v->key, m, 0);
}

static struct sea_vxlan_fdb *of_mac(struct sea_hnode *n, const struct sea_mac *mac)
{
	for (; n; n = sea_hnode_next(n)) {
		struct sea_vxlan_fdb *f = sea_container(n, struct sea_vxlan_fdb, hash);

		if (sea_mac_equal(&f->mac, mac))
			return f;
	}
	return NULL;
}

struct sea_vxlan_fdb *sea_vxlan_fdb_find(const struct sea_vxlan *v, const struct sea_mac *mac)
{
	return of_mac(sea_htable_first(&v->fdb, hash_of(v, mac)), mac);
}

struct sea_vxlan_fdb *sea_vxlan_fdb_next(const struct sea_vxlan_fdb *prev)
{
	return of_mac(sea_hnode_next(&prev->hash), &prev->mac);
}

void sea_vxlan_fdb_tell(struct sea_vxlan *v, const struct sea_vxlan_fdb *f, bool gone)
{
	const struct sea_fdb_entry e = sea_vxlan_fdb_entry(v, f);

	sea_rtnl_tell_fdb(v->link->stack, &e, gone);
}

void sea_vxlan_fdb_tell_all(struct sea_vxlan *v)
{
	const struct sea_list *n;

	for (n = v->entries.prev; n != &v->entries; n = n->prev)
		sea_vxlan_fdb_tell(v, sea_container(n, struct sea_vxlan_fdb, node), false);
}

/* -- ageing -- */

static int64_t age(const struct sea_ageing *ageing)
{
	return (int64_t)sea_container(ageing, const struct sea_vxlan, ageing)->p.age_s * SEA_SEC;
}

static void expire(struct sea_ageing *ageing, struct sea_aged *aged)
{
	sea_vxlan_fdb_del(sea_container(ageing, struct sea_vxlan, ageing),
			  sea_container(aged, struct sea_vxlan_fdb, aged));
}

static const struct sea_ageing_ops ageing_ops = { .age = age, .expire = expire };

void sea_vxlan_fdb_init(struct sea_vxlan *v)
{
	sea_htable_init(&v->fdb, &v->link->stack->shard.pool, BUCKETS);
	sea_list_init(&v->entries);
	sea_ageing_init(&v->ageing, v->link->stack, &ageing_ops);
}

static bool ages(const struct sea_vxlan_fdb *f)
{
	return !(f->state & (NUD_PERMANENT | NUD_NOARP)) && !(f->flags & NTF_EXT_LEARNED);
}

void sea_vxlan_fdb_refile(struct sea_vxlan *v, struct sea_vxlan_fdb *f)
{
	sea_aged_refile(&v->ageing, &f->aged, ages(f));
}

void sea_vxlan_fdb_set_ageing(struct sea_vxlan *v, uint32_t seconds)
{
	v->p.age_s = seconds;
	sea_ageing_rearm(&v->ageing);
}

/* -- come and go -- */

bool sea_vxlan_fdb_is_full(const struct sea_vxlan *v)
{
	return v->p.limit && v->fdb.n >= v->p.limit;
}

struct sea_vxlan_fdb *sea_vxlan_fdb_new(struct sea_vxlan *v, const struct sea_mac *mac,
					const struct sea_vxlan_to *to, uint16_t state,
					uint8_t flags)
{
	struct sea_stack *stack = v->link->stack;
	struct sea_vxlan_fdb *f = sea_pool_zalloc(&stack->shard.pool, sizeof(*f));

	if (!f)
		return NULL;
	f->mac = *mac;
	f->to = *to;
	f->state = state;
	f->flags = flags;
	f->serial = ++v->serial;
	f->used = stack->shard.now;
	sea_aged_init(&f->aged, f->used);
	if (sea_htable_insert(&v->fdb, &f->hash, hash_of(v, mac))) {
		sea_pool_free(&stack->shard.pool, f, sizeof(*f));
		return NULL;
	}
	sea_list_push_front(&v->entries, &f->node);
	return f;
}

static void forget(struct sea_vxlan *v, struct sea_vxlan_fdb *f)
{
	sea_htable_remove(&v->fdb, &f->hash);
	sea_list_remove(&f->node);
	sea_list_remove(&f->aged.node);
	sea_pool_free(&v->link->stack->shard.pool, f, sizeof(*f));
}

void sea_vxlan_fdb_del(struct sea_vxlan *v, struct sea_vxlan_fdb *f)
{
	sea_vxlan_fdb_tell(v, f, true);
	forget(v, f);
}

void sea_vxlan_fdb_fini(struct sea_vxlan *v)
{
	struct sea_list *node;

	while ((node = sea_list_first(&v->entries)))
		forget(v, sea_container(node, struct sea_vxlan_fdb, node));
	sea_ageing_fini(&v->ageing);
	sea_htable_fini(&v->fdb);
}

/* -- learned -- */

/* What there is no room or memory for stays unknown. */
static void learn_new(struct sea_vxlan *v, const struct sea_mac *mac,
		      const struct sea_vxlan_to *from)
{
	struct sea_vxlan_fdb *f;

	if (sea_vxlan_fdb_is_full(v) || v->fdb.n >= SEA_VXLAN_LEARNED_MAX)
		return;
	f = sea_vxlan_fdb_new(v, mac, from, NUD_REACHABLE, NTF_SELF);
	if (!f)
		return;
	sea_vxlan_fdb_refile(v, f);
	sea_vxlan_fdb_tell(v, f, false);
}

/* Stations move, but for those of whom somebody said where they are. */
bool sea_vxlan_fdb_learn(struct sea_vxlan *v, const struct sea_mac *mac,
			 const struct sea_vxlan_to *from)
{
	struct sea_vxlan_fdb *f = sea_vxlan_fdb_find(v, mac);
	bool moved;

	if (!f) {
		learn_new(v, mac, from);
		return true;
	}
	moved = !sea_ipaddr_equal(&f->to.addr, &from->addr) || f->to.link != from->link;
	if (moved && f->state & (NUD_PERMANENT | NUD_NOARP))
		return false;
	f->aged.updated = v->link->stack->shard.now;
	sea_vxlan_fdb_refile(v, f);
	if (!moved)
		return true;
	f->to.addr = from->addr;
	f->to.link = from->link;
	sea_vxlan_fdb_tell(v, f, false);
	return true;
}

/* -- the other end -- */

static struct sea_vxlan_fdb *default_of(const struct sea_vxlan *v)
{
	const struct sea_vxlan_to to = { v->p.remote, v->p.port, v->p.vni, v->p.link };
	struct sea_vxlan_fdb *f = sea_vxlan_fdb_find(v, &nobody);

	while (f && !sea_vxlan_same_to(&f->to, &to))
		f = sea_vxlan_fdb_next(f);
	return f;
}

int sea_vxlan_fdb_set_default(struct sea_vxlan *v, const struct sea_vxlan_to *to)
{
	struct sea_vxlan_fdb *was = default_of(v), *f = NULL;

	if (was && sea_vxlan_same_to(&was->to, to))
		return 0;
	if (!sea_vxlan_is_any(&to->addr)) {
		f = sea_vxlan_fdb_new(v, &nobody, to, NUD_PERMANENT | NUD_REACHABLE, NTF_SELF);
		if (!f)
			return -ENOMEM;
	}
	if (was)
		sea_vxlan_fdb_del(v, was);
	if (f && !v->link->untold)
		sea_vxlan_fdb_tell(v, f, false);
	return 0;
}

/* -- saved -- */

static void save_one(const struct sea_vxlan_fdb *f, struct sea_saver *to)
{
	sea_save_bytes(to, f->mac.b, sizeof(f->mac.b));
	sea_save_bytes(to, f->to.addr.b, sizeof(f->to.addr.b));
	sea_save_u16(to, f->to.port);
	sea_save_u32(to, f->to.vni);
	sea_save_u32(to, (uint32_t)f->to.link);
	sea_save_u16(to, f->state);
	sea_save_u8(to, f->flags);
	sea_save_time(to, f->used);
	sea_save_time(to, f->aged.updated);
}

/* The oldest first; then those that age, in the order in which they were heard of. */
void sea_vxlan_fdb_save(const struct sea_vxlan *v, struct sea_saver *to)
{
	const struct sea_list *n;

	sea_save_u32(to, v->fdb.n);
	for (n = v->entries.prev; n != &v->entries; n = n->prev)
		save_one(sea_container(n, struct sea_vxlan_fdb, node), to);
	sea_save_u32(to, sea_ageing_count(&v->ageing));
	for (n = v->ageing.list.next; n != &v->ageing.list; n = n->next)
		sea_save_bytes(to, sea_container(n, struct sea_vxlan_fdb, aged.node)->mac.b,
			       sizeof(struct sea_mac));
}

static int load_one(struct sea_vxlan *v, struct sea_loader *from)
{
	struct sea_vxlan_to to;
	struct sea_vxlan_fdb *f;
	struct sea_mac mac;
	uint16_t state;

	sea_load_bytes(from, mac.b, sizeof(mac.b));
	sea_load_bytes(from, to.addr.b, sizeof(to.addr.b));
	to.port = sea_load_u16(from);
	to.vni = sea_load_count(from, SEA_VXLAN_VNI_MAX);
	to.link = (int32_t)sea_load_count(from, INT32_MAX);
	state = sea_load_u16(from);
	if (from->err)
		return from->err;
	f = sea_vxlan_fdb_new(v, &mac, &to, state, sea_load_u8(from));
	if (!f)
		return -ENOMEM;
	f->used = sea_load_time(from);
	f->aged.updated = sea_load_time(from);
	return from->err;
}

/* Places of one address are alike, but for when they were heard of; those of many do not age as a rule. */
static int load_ages(struct sea_vxlan *v, struct sea_loader *from)
{
	for (uint32_t n = sea_load_u32(from); n && !from->err; n--) {
		struct sea_vxlan_fdb *f;
		struct sea_mac mac;

		sea_load_bytes(from, mac.b, sizeof(mac.b));
		f = sea_vxlan_fdb_find(v, &mac);
		while (f && (!ages(f) || sea_list_linked(&f->aged.node)))
			f = sea_vxlan_fdb_next(f);
		if (from->err || !f)
			return from->err ? from->err : -EINVAL;
		sea_list_push_back(&v->ageing.list, &f->aged.node);
	}
	sea_ageing_rearm(&v->ageing);
	return from->err;
}

int sea_vxlan_fdb_load(struct sea_vxlan *v, struct sea_loader *from)
{
	int err = 0;

	for (uint32_t n = sea_load_u32(from); n && !err && !from->err; n--)
		err = load_one(v, from);
	return err ? err : load_ages(v, from);
}
