/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses written out and read back, with what they wait for; groups are their link's to save. */
#include <errno.h>

#include "core/save.h"
#include "ip/dad.h"
#include "ip/ipv6.h"

#define ADDRS_MAX (1u << 20)
#define NOBODY UINT32_MAX

static struct sea_ifaddr6 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr6, node);
}

/* The place of an address among its link's. */
static uint32_t rank_of(const struct sea_ifaddr6 *a)
{
	struct sea_list *node, *tmp;
	uint32_t rank = 0;

	if (!a)
		return NOBODY;
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(a->link)->addrs)
	{
		if (ifaddr_of(node) == a)
			break;
		rank++;
	}
	return rank;
}

static struct sea_ifaddr6 *at_rank(const struct sea_link *link, uint32_t rank)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	if (!rank--)
		return ifaddr_of(node);
	return NULL;
}

/* -- one address -- */

static void save_dad(const struct sea_dad *dad, struct sea_saver *to)
{
	sea_save_timer(to, &dad->timer);
	sea_save_u32(to, (uint32_t)dad->left);
	sea_save_u8(to, dad->has_nonce);
	sea_save_bytes(to, dad->nonce, sizeof(dad->nonce));
	sea_save_u8(to, dad->counter);
}

static void load_dad(struct sea_ifaddr6 *a, struct sea_loader *from)
{
	sea_load_timer(from, a->link->stack, &a->dad.timer);
	a->dad.left = (int32_t)sea_load_u32(from);
	a->dad.has_nonce = sea_load_u8(from);
	sea_load_bytes(from, a->dad.nonce, sizeof(a->dad.nonce));
	a->dad.counter = sea_load_u8(from);
}

static void save_addr(const struct sea_ifaddr6 *a, struct sea_saver *to)
{
	sea_save_bytes(to, a->addr.b, sizeof(a->addr.b));
	sea_save_bytes(to, a->peer.b, sizeof(a->peer.b));
	sea_save_u8(to, a->prefix_len);
	sea_save_u8(to, a->scope);
	sea_save_u32(to, a->flags);
	sea_save_u32(to, a->metric);
	sea_save_u32(to, a->valid_s);
	sea_save_u32(to, a->preferred_s);
	sea_save_time(to, a->created);
	sea_save_time(to, a->updated);
	sea_save_u8(to, a->proto);
	sea_save_u8(to, a->heard);
	sea_save_u8(to, a->has_prefix);
	sea_save_u8(to, a->routers);
	sea_save_u8(to, a->tokenized);
	sea_save_u32(to, rank_of(a->public));
	sea_save_u32(to, a->desync_s);
	sea_save_u8(to, a->succeeded);
	sea_save_u32(to, (uint32_t)a->regens);
	save_dad(&a->dad, to);
}

/* `public` is the rank of its public address until all of the link's are there. */
static void load_addr(struct sea_ifaddr6 *a, uint32_t *public, struct sea_loader *from)
{
	sea_load_bytes(from, a->addr.b, sizeof(a->addr.b));
	sea_load_bytes(from, a->peer.b, sizeof(a->peer.b));
	a->prefix_len = sea_load_u8(from);
	a->scope = sea_load_u8(from);
	a->flags = sea_load_u32(from);
	a->metric = sea_load_u32(from);
	a->valid_s = sea_load_u32(from);
	a->preferred_s = sea_load_u32(from);
	a->created = sea_load_time(from);
	a->updated = sea_load_time(from);
	a->proto = sea_load_u8(from);
	a->heard = sea_load_u8(from);
	a->has_prefix = sea_load_u8(from);
	a->routers = sea_load_u8(from);
	a->tokenized = sea_load_u8(from);
	*public = sea_load_u32(from);
	a->desync_s = sea_load_u32(from);
	a->succeeded = sea_load_u8(from);
	a->regens = (int32_t)sea_load_u32(from);
	load_dad(a, from);
	if (a->prefix_len > 128)
		sea_load_fail(from, -EINVAL);
}

static void load_one(struct sea_link *link, uint32_t *public, struct sea_loader *from)
{
	struct sea_ifaddr6 *a = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*a));

	if (!a) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	a->link = link;
	sea_dad_init(a);
	sea_list_push_back(&sea_link_ip6(link)->addrs, &a->node);
	load_addr(a, public, from);
	if (!from->err)
		sea_ifaddr6_await(a);
}

/* -- those of a link -- */

void sea_ifaddr6_save(const struct sea_link *link, struct sea_saver *to)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	n++;
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	save_addr(ifaddr_of(node), to);
}

/* The link may have come up, and begun, before it was loaded. */
static void forget_all(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	sea_dad_stop(ifaddr_of(node));
	sea_ifaddr6_clear(link);
}

/* A temporary address may stand before its public one: ranks are resolved at the end. */
void sea_ifaddr6_load(struct sea_link *link, struct sea_loader *from)
{
	uint32_t n = sea_load_count(from, ADDRS_MAX), rank;
	struct sea_pool *pool = &link->stack->shard.pool;
	uint32_t *publics = n ? sea_pool_alloc(pool, n * sizeof(*publics)) : NULL;

	forget_all(link);
	if (n && !publics) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	for (rank = 0; rank < n && !from->err; rank++)
		load_one(link, &publics[rank], from);
	for (rank = 0; rank < n && !from->err; rank++)
		if (publics[rank] != NOBODY)
			at_rank(link, rank)->public = at_rank(link, publics[rank]);
	sea_pool_free(pool, publics, n * sizeof(*publics));
}
