/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of prefixes: which one an address has, and how they are configured. */
#include "ip/addrlabel.h"

#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "ip/in6.h"

struct label {
	struct sea_list node;
	uint8_t prefix[16]; /* zero behind prefix_len */
	uint8_t prefix_len;
	int ifindex;
	uint32_t label;
};

static struct label *label_of(struct sea_list *node)
{
	return sea_container(node, struct label, node);
}

/* -- asking -- */

static bool fits(const struct label *l, const uint8_t addr[16], int ifindex)
{
	return (!l->ifindex || l->ifindex == ifindex) &&
	       sea_in6_same_prefix(l->prefix, addr, l->prefix_len);
}

uint32_t sea_addrlabel_of(const struct sea_addrlabels *t, const uint8_t addr[16], int ifindex)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->list)
	if (fits(label_of(node), addr, ifindex))
		return label_of(node)->label;
	return SEA_ADDRLABEL_NONE;
}

static bool is_loopback_s(const struct label *l)
{
	return l->prefix_len == 128 && sea_in6_is_loopback(l->prefix);
}

static struct sea_addrlabel shown(const struct label *l)
{
	struct sea_addrlabel label = { .size = sizeof(label),
				       .prefix.family = SEA_AF_INET6,
				       .prefix_len = l->prefix_len,
				       .ifindex = l->ifindex,
				       .label = l->label };

	memcpy(label.prefix.b, l->prefix, sizeof(l->prefix));
	return label;
}

bool sea_addrlabels_match(const struct sea_addrlabels *t, const uint8_t addr[16], int ifindex,
			  struct sea_addrlabel *label)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->list)
	{
		const struct label *l = label_of(node);

		if (!fits(l, addr, ifindex) || is_loopback_s(l))
			continue;
		*label = shown(l);
		return true;
	}
	return false;
}

/* -- change -- */

static bool is_same(const struct label *a, const struct label *b)
{
	return a->prefix_len == b->prefix_len && a->ifindex == b->ifindex &&
	       !memcmp(a->prefix, b->prefix, sizeof(a->prefix));
}

static int check(const struct sea_addrlabel *label)
{
	if (label->size != sizeof(*label) || label->prefix.family != SEA_AF_INET6 ||
	    label->prefix_len > 128 || label->ifindex < 0)
		return -EINVAL;
	return 0;
}

/* What embeds IPv4 has one label for all of it (as on Linux). */
static int check_new(const struct sea_addrlabel *label)
{
	int err = check(label);

	if (err)
		return err;
	if (label->label == SEA_ADDRLABEL_NONE ||
	    (label->prefix_len > 96 && sea_in6_is_mapped(label->prefix.b)))
		return -EINVAL;
	return 0;
}

static struct label label_like(const struct sea_addrlabel *label)
{
	struct label l = { .prefix_len = label->prefix_len,
			   .ifindex = label->ifindex,
			   .label = label->label };

	sea_in6_prefix(l.prefix, label->prefix.b, label->prefix_len);
	return l;
}

/* What the new one comes to stand before, or what is the same. */
static struct sea_list *place_of(struct sea_addrlabels *t, const struct label *l)
{
	struct sea_list *at = t->list.next;

	for (; at != &t->list; at = at->next) {
		const struct label *other = label_of(at);

		if (is_same(other, l) || other->prefix_len < l->prefix_len ||
		    (other->prefix_len == l->prefix_len && !other->ifindex))
			break;
	}
	return at;
}

static int insert(struct sea_addrlabels *t, struct sea_list *before, const struct label *like)
{
	struct label *l;

	if (t->n >= SEA_ADDRLABELS_MAX)
		return -ENOSPC;
	l = sea_pool_alloc(t->pool, sizeof(*l));
	if (!l)
		return -ENOMEM;
	*l = *like;
	sea_list_insert(&l->node, before->prev, before);
	t->n++;
	t->seq++;
	return 0;
}

static int put(struct sea_addrlabels *t, const struct sea_addrlabel *label, bool replace)
{
	struct sea_list *at;
	struct label l;
	int err = check_new(label);

	if (err)
		return err;
	l = label_like(label);
	at = place_of(t, &l);
	if (at == &t->list || !is_same(label_of(at), &l))
		return insert(t, at, &l);
	if (!replace)
		return -EEXIST;
	label_of(at)->label = l.label;
	t->seq++;
	return 0;
}

int sea_addrlabels_add(struct sea_addrlabels *t, const struct sea_addrlabel *label)
{
	return put(t, label, false);
}

int sea_addrlabels_replace(struct sea_addrlabels *t, const struct sea_addrlabel *label)
{
	return put(t, label, true);
}

static void forget(struct sea_addrlabels *t, struct label *l)
{
	sea_list_remove(&l->node);
	sea_pool_free(t->pool, l, sizeof(*l));
	t->n--;
}

int sea_addrlabels_del(struct sea_addrlabels *t, const struct sea_addrlabel *label)
{
	struct sea_list *node, *tmp;
	struct label like;
	int err = check(label);

	if (err)
		return err;
	like = label_like(label);
	SEA_LIST_EACH(node, tmp, &t->list)
	{
		if (!is_same(label_of(node), &like))
			continue;
		forget(t, label_of(node));
		return 0;
	}
	return -ESRCH;
}

void sea_addrlabels_forget_link(struct sea_addrlabels *t, int ifindex)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &t->list)
	if (label_of(node)->ifindex == ifindex)
		forget(t, label_of(node));
}

/* A cursor is the rank of the next entry. */
bool sea_addrlabels_next(const struct sea_addrlabels *t, uint64_t *cursor,
			 struct sea_addrlabel *label)
{
	struct sea_list *node, *tmp;
	uint64_t rank = 0;

	SEA_LIST_EACH(node, tmp, &t->list)
	{
		if (rank++ < *cursor)
			continue;
		*label = shown(label_of(node));
		*cursor = rank;
		return true;
	}
	return false;
}

/* -- life -- */

/* RFC 6724 §2.1 and what Linux adds to it, in the order in which Linux puts them in. */
static const struct {
	uint8_t prefix[16];
	uint8_t prefix_len, label;
} defaults[] = {
	{ { 0 }, 0, 1 },
	{ { 0xfc }, 7, 5 },
	{ { 0xfe, 0xc0 }, 10, 11 },
	{ { 0x20, 0x02 }, 16, 2 },
	{ { 0x3f, 0xfe }, 16, 12 },
	{ { 0x20, 0x01 }, 32, 6 },
	{ { 0x20, 0x01, 0x00, 0x10 }, 28, 7 },
	{ { [10] = 0xff, [11] = 0xff }, 96, 4 },
	{ { 0 }, 96, 3 },
	{ { [15] = 1 }, 128, 0 },
};

static struct sea_addrlabel default_label(unsigned i)
{
	struct sea_addrlabel label = { .size = sizeof(label),
				       .prefix.family = SEA_AF_INET6,
				       .prefix_len = defaults[i].prefix_len,
				       .label = defaults[i].label };

	memcpy(label.prefix.b, defaults[i].prefix, sizeof(label.prefix.b));
	return label;
}

int sea_addrlabels_init(struct sea_addrlabels *t, struct sea_pool *pool)
{
	t->pool = pool;
	t->n = 0;
	t->seq = 0;
	sea_list_init(&t->list);
	for (unsigned i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		const struct sea_addrlabel label = default_label(i);

		if (sea_addrlabels_add(t, &label)) {
			sea_addrlabels_fini(t);
			return -ENOMEM;
		}
	}
	return 0;
}

void sea_addrlabels_fini(struct sea_addrlabels *t)
{
	struct sea_list *node;

	while ((node = sea_list_first(&t->list)))
		forget(t, label_of(node));
}

/* The last first: each goes before what is there already. */
void sea_addrlabels_save(const struct sea_addrlabels *t, struct sea_saver *to)
{
	sea_save_u32(to, t->seq);
	sea_save_u32(to, t->n);
	for (struct sea_list *node = t->list.prev; node != &t->list; node = node->prev) {
		const struct label *l = label_of(node);

		sea_save_bytes(to, l->prefix, sizeof(l->prefix));
		sea_save_u8(to, l->prefix_len);
		sea_save_u32(to, (uint32_t)l->ifindex);
		sea_save_u32(to, l->label);
	}
}

static int load_one(struct sea_addrlabels *t, const struct sea_addrlabel *label)
{
	struct label l;
	int err = check_new(label);

	if (err)
		return err;
	l = label_like(label);
	if (t->n && label_of(t->list.next)->prefix_len > l.prefix_len)
		return -EINVAL;
	return insert(t, t->list.next, &l);
}

void sea_addrlabels_load(struct sea_addrlabels *t, struct sea_loader *from)
{
	uint32_t seq = sea_load_u32(from), n = sea_load_count(from, SEA_ADDRLABELS_MAX);

	sea_addrlabels_fini(t);
	while (n-- && !from->err) {
		struct sea_addrlabel label = { .size = sizeof(label),
					       .prefix.family = SEA_AF_INET6 };

		sea_load_bytes(from, label.prefix.b, sizeof(label.prefix.b));
		label.prefix_len = sea_load_u8(from);
		label.ifindex = (int)sea_load_u32(from);
		label.label = sea_load_u32(from);
		if (!from->err)
			sea_load_fail(from, load_one(t, &label));
	}
	t->seq = seq;
}
