/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of resilient groups: whose each is, and when it moves. */
#include "ip/nexthop_res.h"

#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "core/stack.h"

/* Whoever waits for buckets to be idle looks that often at most. */
#define UPKEEP_MIN (SEA_SEC / 2)

static sea_time now_of(const struct sea_nexthop_res *res)
{
	return res->table->stack->shard.now;
}

static struct sea_pool *pool_of(const struct sea_nexthop_res *res)
{
	return &res->table->stack->shard.pool;
}

/* -- who has how many -- */

/* By weight, each rounded where it ends, so that the sum is right. */
static void share_out(struct sea_nexthop_res *res)
{
	struct sea_nexthop_obj *group = res->group;
	uint64_t total = 0, sum = 0;
	uint32_t from = 0;

	for (unsigned i = 0; i < group->n_members; i++)
		total += group->members[i].weight;
	for (unsigned i = 0; i < group->n_members; i++) {
		uint32_t to;

		sum += group->members[i].weight;
		to = (uint32_t)((res->n_buckets * sum + total / 2) / total);
		group->members[i].wants = (uint16_t)(to - from);
		from = to;
	}
}

static unsigned place_of(const struct sea_nexthop_obj *group, const struct sea_nexthop_obj *nh)
{
	unsigned i = 0;

	while (i < group->n_members && group->members[i].obj != nh)
		i++;
	return i;
}

/* Those of members that are gone are nobody's. */
static void count_buckets(struct sea_nexthop_res *res)
{
	struct sea_nexthop_obj *group = res->group;

	for (unsigned i = 0; i < group->n_members; i++)
		group->members[i].count = 0;
	for (unsigned i = 0; i < res->n_buckets; i++) {
		struct sea_nexthop_bucket *b = &res->buckets[i];
		unsigned place = b->nh ? place_of(group, b->nh) : group->n_members;

		b->nh = place < group->n_members ? b->nh : NULL;
		b->member = (uint16_t)place;
		if (b->nh)
			group->members[place].count++;
	}
}

/* Of members that are under, the last is the first to get one (as on Linux). NULL: there is none. */
static struct sea_nexthop_ref *under(const struct sea_nexthop_res *res)
{
	for (unsigned i = res->group->n_members; i--;)
		if (res->group->members[i].count < res->group->members[i].wants)
			return &res->group->members[i];
	return NULL;
}

/* -- moving -- */

/* What was not used since it moved is idle at once. */
static sea_time idle_at(const struct sea_nexthop_res *res, const struct sea_nexthop_bucket *b)
{
	if (!sea_time_diff(b->used, b->migrated))
		return now_of(res);
	return sea_time_add(b->used, res->idle_timer * (int64_t)SEA_NEXTHOP_CSEC);
}

static sea_time patience_ends(const struct sea_nexthop_res *res)
{
	return res->unbalanced_timer
		       ? sea_time_add(res->unbalanced_since,
				      res->unbalanced_timer * (int64_t)SEA_NEXTHOP_CSEC)
		       : SEA_TIME_NEVER;
}

/* False: not yet, and *next is when it could, if that is earlier. */
static bool may_move(const struct sea_nexthop_res *res, const struct sea_nexthop_bucket *b,
		     sea_time *next)
{
	const struct sea_nexthop_ref *m;

	if (!b->nh)
		return true;
	m = &res->group->members[b->member];
	if (m->count <= m->wants)
		return false;
	if (!sea_time_before(now_of(res), idle_at(res, b)) ||
	    !sea_time_before(now_of(res), patience_ends(res)))
		return true;
	*next = sea_time_min(*next, sea_time_min(idle_at(res, b), patience_ends(res)));
	return false;
}

static void move(struct sea_nexthop_res *res, struct sea_nexthop_bucket *b,
		 struct sea_nexthop_ref *to)
{
	if (b->nh)
		res->group->members[b->member].count--;
	b->nh = to->obj;
	b->member = (uint16_t)(to - res->group->members);
	b->used = b->migrated = now_of(res);
	to->count++;
}

static void tell(struct sea_nexthop_res *res, unsigned i)
{
	res->table->news_bucket = (int32_t)i;
	sea_nexthop_tell(res->table, res->group, false);
	res->table->news_bucket = -1;
}

static void upkeep(struct sea_nexthop_res *res, bool told)
{
	sea_time next = SEA_TIME_NEVER;
	struct sea_nexthop_ref *to = under(res);

	for (unsigned i = 0; to && i < res->n_buckets; i++) {
		if (!may_move(res, &res->buckets[i], &next))
			continue;
		move(res, &res->buckets[i], to);
		if (told)
			tell(res, i);
		to = under(res);
	}
	res->unbalanced = to != NULL;
	if (!to)
		sea_timer_cancel(&res->timer);
	else
		sea_stack_arm(res->table->stack, &res->timer,
			      sea_time_max(next, sea_time_add(now_of(res), UPKEEP_MIN)));
}

static void fire(struct sea_timer *timer, sea_time now)
{
	(void)now;
	upkeep(sea_container(timer, struct sea_nexthop_res, timer), true);
}

void sea_nexthop_res_follow(struct sea_nexthop_res *res)
{
	share_out(res);
	count_buckets(res);
	if (!res->unbalanced)
		res->unbalanced_since = now_of(res);
	upkeep(res, false);
}

/* -- made -- */

struct sea_nexthop_res *sea_nexthop_res_new(struct sea_nexthops *t, struct sea_nexthop_obj *group,
					    const struct sea_nexthop_res_ask *ask)
{
	struct sea_pool *pool = &t->stack->shard.pool;
	struct sea_nexthop_res *res = sea_pool_zalloc(pool, sizeof(*res));

	if (!res)
		return NULL;
	res->table = t;
	res->group = group;
	res->idle_timer = SEA_NEXTHOP_IDLE_TIMER;
	sea_timer_init(&res->timer, fire);
	sea_nexthop_res_retime(res, ask);
	if (!ask->has_buckets)
		return res;
	res->buckets = sea_pool_zalloc(pool, ask->buckets * sizeof(res->buckets[0]));
	if (!res->buckets) {
		sea_pool_free(pool, res, sizeof(*res));
		return NULL;
	}
	res->n_buckets = ask->buckets;
	return res;
}

void sea_nexthop_res_free(struct sea_nexthop_res *res)
{
	sea_timer_cancel(&res->timer);
	if (res->buckets)
		sea_pool_free(pool_of(res), res->buckets, res->n_buckets * sizeof(res->buckets[0]));
	sea_pool_free(pool_of(res), res, sizeof(*res));
}

void sea_nexthop_res_retime(struct sea_nexthop_res *res, const struct sea_nexthop_res_ask *ask)
{
	if (ask->has_idle)
		res->idle_timer = ask->idle_timer;
	if (ask->has_unbalanced)
		res->unbalanced_timer = ask->unbalanced_timer;
}

/* -- used and shown -- */

unsigned sea_nexthop_res_pick(struct sea_nexthop_res *res, uint32_t hash, sea_time now)
{
	struct sea_nexthop_bucket *b = &res->buckets[hash % res->n_buckets];

	b->used = now;
	return b->member;
}

static uint64_t csec_since(const struct sea_nexthop_res *res, sea_time t)
{
	int64_t ns = sea_time_diff(now_of(res), t);

	return ns > 0 ? (uint64_t)ns / SEA_NEXTHOP_CSEC : 0;
}

uint64_t sea_nexthop_bucket_idle(const struct sea_nexthop_res *res, unsigned i)
{
	return csec_since(res, res->buckets[i].used);
}

uint64_t sea_nexthop_res_unbalanced(const struct sea_nexthop_res *res)
{
	return res->unbalanced ? csec_since(res, res->unbalanced_since) : 0;
}

/* -- saved -- */

void sea_nexthop_res_save(const struct sea_nexthop_res *res, struct sea_saver *to)
{
	sea_save_u16(to, res->n_buckets);
	sea_save_u32(to, res->idle_timer);
	sea_save_u32(to, res->unbalanced_timer);
	sea_save_u8(to, res->unbalanced);
	sea_save_time(to, res->unbalanced_since);
	sea_save_timer(to, &res->timer);
	for (unsigned i = 0; i < res->n_buckets; i++) {
		sea_save_u16(to, res->buckets[i].member);
		sea_save_time(to, res->buckets[i].used);
		sea_save_time(to, res->buckets[i].migrated);
	}
}

static void load_buckets(struct sea_nexthop_res *res, struct sea_loader *from)
{
	for (unsigned i = 0; i < res->n_buckets && !from->err; i++) {
		struct sea_nexthop_bucket *b = &res->buckets[i];

		b->member = sea_load_u16(from);
		b->used = sea_load_time(from);
		b->migrated = sea_load_time(from);
		if (from->err || b->member >= res->group->n_members) {
			sea_load_fail(from, -EINVAL);
			return;
		}
		b->nh = res->group->members[b->member].obj;
	}
}

struct sea_nexthop_res *sea_nexthop_res_load(struct sea_nexthops *t, struct sea_nexthop_obj *group,
					     struct sea_loader *from)
{
	struct sea_nexthop_res_ask ask = { .has_buckets = true,
					   .has_idle = true,
					   .has_unbalanced = true };
	struct sea_nexthop_res *res;

	ask.buckets = sea_load_u16(from);
	ask.idle_timer = sea_load_u32(from);
	ask.unbalanced_timer = sea_load_u32(from);
	if (from->err || !ask.buckets || !group->n_members) {
		sea_load_fail(from, -EINVAL);
		return NULL;
	}
	res = sea_nexthop_res_new(t, group, &ask);
	if (!res) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	res->unbalanced = sea_load_u8(from);
	res->unbalanced_since = sea_load_time(from);
	sea_load_timer(from, t->stack, &res->timer);
	load_buckets(res, from);
	if (!from->err) {
		share_out(res);
		count_buckets(res);
	}
	return res;
}
