/* SPDX-License-Identifier: Apache-2.0 */
/* The table of leased flow labels, and when they end. */
#include "ip/flowlabel.h"

#include <errno.h>

#include "core/minmax.h"
#include "core/save.h"
#include "wire/ipv6.h"

#define LEAST_S 6u /* of lingering and of lasting */

static struct sea_pool *pool_of(const struct sea_flow_labels *t)
{
	return &t->stack->shard.pool;
}

static struct sea_flow_label *label_of(struct sea_rbnode *node)
{
	return sea_container(node, struct sea_flow_label, node);
}

static bool is_strict(const struct sea_flow_label *fl)
{
	return fl->share != SEA_FLOW_ANY || fl->ext;
}

/* -- the tree -- */

struct sea_flow_label *sea_flow_label_find(const struct sea_flow_labels *t, uint32_t label)
{
	struct sea_rbnode *node = t->tree.root;

	while (node && label_of(node)->label != label)
		node = label < label_of(node)->label ? node->left : node->right;
	return node ? label_of(node) : NULL;
}

static void insert(struct sea_flow_labels *t, struct sea_flow_label *fl)
{
	struct sea_rbnode **link = &t->tree.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = fl->label < label_of(parent)->label ? &parent->left : &parent->right;
	}
	sea_rb_link(&t->tree, &fl->node, parent, link);
	t->n++;
	t->n_strict += is_strict(fl);
}

static void end(struct sea_flow_labels *t, struct sea_flow_label *fl)
{
	sea_rb_remove(&t->tree, &fl->node);
	t->n--;
	t->n_strict -= is_strict(fl);
	sea_sock_ext_free(pool_of(t), fl->ext);
	sea_pool_free(pool_of(t), fl, sizeof(*fl));
}

static uint32_t any_free(const struct sea_flow_labels *t)
{
	uint32_t label;

	do
		label = (uint32_t)sea_secret_u64(&t->stack->shard.secret) & SEA_IPV6_FLOW_LABEL;
	while (!label || sea_flow_label_find(t, label));
	return label;
}

struct sea_flow_label *sea_flow_label_new(struct sea_flow_labels *t,
					  const struct sea_flow_label *from)
{
	struct sea_flow_label *fl = sea_pool_alloc(pool_of(t), sizeof(*fl));

	if (!fl)
		return NULL;
	*fl = *from;
	if (!fl->label)
		fl->label = any_free(t);
	fl->users = 1;
	insert(t, fl);
	return fl;
}

/* -- time -- */

void sea_flow_label_renew(struct sea_flow_labels *t, struct sea_flow_label *fl,
			  const struct sea_flow_times *times)
{
	int64_t linger = sea_max_u32(times->linger_s, LEAST_S) * SEA_SEC;
	int64_t lasts = sea_max_u32(times->expires_s, LEAST_S) * SEA_SEC;
	sea_time expires;

	if (linger > fl->linger_ns)
		fl->linger_ns = linger;
	expires = sea_time_add(t->stack->shard.now, lasts > fl->linger_ns ? lasts : fl->linger_ns);
	if (sea_time_before(fl->expires, expires))
		fl->expires = expires;
}

void sea_flow_label_put(struct sea_flow_labels *t, struct sea_flow_label *fl)
{
	sea_time gone = sea_time_add(t->stack->shard.now, fl->linger_ns);

	if (--fl->users)
		return;
	if (sea_time_before(fl->expires, gone))
		fl->expires = gone;
	if (sea_time_before(fl->expires, t->timer.deadline))
		sea_stack_arm(t->stack, &t->timer, fl->expires);
}

/* Ends those whose time has come, and waits for the next one's. */
static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_flow_labels *t = sea_container(timer, struct sea_flow_labels, timer);
	sea_time next = SEA_TIME_NEVER;
	struct sea_rbnode *node = sea_rb_first(&t->tree), *after;

	for (; node; node = after) {
		struct sea_flow_label *fl = label_of(node);

		after = sea_rb_next(node);
		if (fl->users)
			continue;
		if (!sea_time_before(now, fl->expires))
			end(t, fl);
		else if (sea_time_before(fl->expires, next))
			next = fl->expires;
	}
	if (!sea_time_is_never(next))
		sea_stack_arm(t->stack, timer, next);
}

/* -- life -- */

void sea_flow_labels_init(struct sea_flow_labels *t, struct sea_stack *stack)
{
	*t = (struct sea_flow_labels){ .stack = stack };
	sea_rbtree_init(&t->tree);
	sea_timer_init(&t->timer, fire);
}

void sea_flow_labels_fini(struct sea_flow_labels *t)
{
	struct sea_rbnode *node;

	sea_timer_remove(&t->stack->shard.timers, &t->timer);
	while ((node = sea_rb_first(&t->tree)))
		end(t, label_of(node));
}

/* -- written out and read back -- */

void sea_flow_labels_save(const struct sea_flow_labels *t, struct sea_saver *to)
{
	struct sea_rbnode *node = sea_rb_first(&t->tree);

	sea_save_u32(to, t->n);
	for (; node; node = sea_rb_next(node)) {
		const struct sea_flow_label *fl = label_of(node);

		sea_save_u32(to, fl->label);
		sea_save_u8(to, fl->share);
		sea_save_u64(to, (uint64_t)fl->linger_ns);
		sea_save_time(to, fl->expires);
		sea_save_bytes(to, fl->dst.b, sizeof(fl->dst.b));
		sea_save_sock_ext(to, fl->ext);
	}
	sea_save_timer(to, &t->timer);
}

static void load_one(struct sea_flow_labels *t, struct sea_loader *from)
{
	struct sea_flow_label like = { .users = 0 };
	struct sea_flow_label *fl;

	like.label = sea_load_u32(from);
	like.share = sea_load_u8(from);
	like.linger_ns = (int64_t)sea_load_u64(from);
	like.expires = sea_load_time(from);
	sea_load_bytes(from, like.dst.b, sizeof(like.dst.b));
	like.ext = sea_load_sock_ext(from, pool_of(t));
	if (!like.label || like.label > SEA_IPV6_FLOW_LABEL || sea_flow_label_find(t, like.label))
		sea_load_fail(from, -EINVAL);
	fl = from->err ? NULL : sea_flow_label_new(t, &like);
	if (!fl) {
		sea_sock_ext_free(pool_of(t), like.ext);
		sea_load_fail(from, -ENOMEM);
		return;
	}
	fl->users = 0;
}

void sea_flow_labels_load(struct sea_flow_labels *t, struct sea_loader *from)
{
	for (uint32_t n = sea_load_count(from, SEA_FLOW_LABELS_MAX); n && !from->err; n--)
		load_one(t, from);
	sea_load_timer(from, t->stack, &t->timer);
}
