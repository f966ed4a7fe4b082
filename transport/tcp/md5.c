/* SPDX-License-Identifier: Apache-2.0 */
/* Which key is whose, and who has keys. */
#include "transport/tcp/md5.h"

#include <errno.h>
#include <string.h>

/* Far more than net.core.optmem_max lets in by default: what is loaded is to be no longer than can be. */
#define LOADED_MAX (INT32_MAX / TCP_MD5_OPTMEM)

/* -- finding -- */

bool sea_tcp_same_prefix(const struct sea_ipaddr *a, const struct sea_ipaddr *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a->b, b->b, whole) != 0)
		return false;
	return !rest || (a->b[whole] ^ b->b[whole]) >> (8 - rest) == 0;
}

/* A VRF's own key comes before one for all, then the longer prefix. */
static bool is_better(const struct tcp_md5_peer *a, const struct tcp_md5_peer *than)
{
	if (!a->l3index != !than->l3index)
		return a->l3index;
	return a->prefixlen > than->prefixlen;
}

const struct tcp_md5_key *sea_tcp_md5_find(const struct tcp_conn *c, uint8_t family,
					   const struct sea_ipaddr *addr, int l3index)
{
	const struct tcp_md5_key *best = NULL;
	struct sea_list *node, *tmp;

	if (!c->side->md5)
		return NULL;
	SEA_LIST_EACH(node, tmp, &c->side->md5->keys)
	{
		const struct tcp_md5_key *key = sea_container(node, struct tcp_md5_key, node);
		const struct tcp_md5_peer *p = &key->peer;

		if (p->family != family || !sea_tcp_same_prefix(&p->addr, addr, p->prefixlen))
			continue;
		if (p->flags & TCP_MD5_FLAG_IFINDEX && p->l3index != l3index)
			continue;
		if (!best || is_better(p, &best->peer))
			best = key;
	}
	return best;
}

const struct tcp_md5_key *sea_tcp_md5_of_peer(const struct tcp_conn *c)
{
	struct sea_ipaddr peer;

	if (!c->side->md5)
		return NULL;
	memcpy(peer.b, c->sock.raddr, sizeof(peer.b));
	return sea_tcp_md5_find(c, c->node.family, &peer,
				sea_l3mdev_of_index(c->sock.stack, c->sock.bound_ifindex));
}

const struct tcp_md5_key *sea_tcp_md5_of_req(const struct tcp_req *req)
{
	const struct tcp_conn *l = req->listener;

	if (!(l->flags & TCP_F_LOOK) || !l->side->md5)
		return NULL;
	return sea_tcp_md5_find(l, req->node.family, &req->raddr,
				sea_l3mdev_of_index(l->sock.stack, req->ifindex));
}

/* -- having -- */

struct tcp_md5_key *sea_tcp_md5_copy(const struct tcp_conn *c)
{
	const struct tcp_md5_key *key = tcp_md5_of(c);
	struct tcp_md5_key *copy = key ? sea_pool_alloc(&c->sock.stack->shard.pool, sizeof(*copy))
				       : NULL;

	if (!copy)
		return NULL;
	*copy = *key;
	sea_list_init(&copy->node);
	return copy;
}

void sea_tcp_md5_key_free(struct sea_stack *stack, struct tcp_md5_key *key)
{
	if (!key)
		return;
	sea_list_remove(&key->node);
	sea_pool_free(&stack->shard.pool, key, sizeof(*key));
}

void sea_tcp_md5_free(struct sea_stack *stack, struct tcp_md5 *md5)
{
	struct sea_list *node;

	if (!md5)
		return;
	while ((node = sea_list_first(&md5->keys)))
		sea_tcp_md5_key_free(stack, sea_container(node, struct tcp_md5_key, node));
	sea_pool_free(&stack->shard.pool, md5, sizeof(*md5));
}

/* -- as bytes -- */

static void put_key(struct sea_saver *to, const struct tcp_md5_key *key)
{
	sea_save_u8(to, key->peer.family);
	sea_save_u8(to, key->peer.prefixlen);
	sea_save_u8(to, key->peer.flags);
	sea_save_u32(to, (uint32_t)key->peer.l3index);
	sea_save_bytes(to, key->peer.addr.b, sizeof(key->peer.addr.b));
	sea_save_u8(to, key->len);
	sea_save_bytes(to, key->bytes, key->len);
}

static bool is_sound(const struct tcp_md5_key *key)
{
	if (key->peer.family != SEA_AF_INET && key->peer.family != SEA_AF_INET6)
		return false;
	return key->peer.prefixlen <= (key->peer.family == SEA_AF_INET ? 32 : 128) && key->len &&
	       key->len <= TCP_MD5_KEY_MAX;
}

static struct tcp_md5_key *get_key(struct sea_loader *from, struct sea_stack *stack)
{
	struct tcp_md5_key *key = sea_pool_zalloc(&stack->shard.pool, sizeof(*key));

	if (!key) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	sea_list_init(&key->node);
	key->peer.family = sea_load_u8(from);
	key->peer.prefixlen = sea_load_u8(from);
	key->peer.flags = sea_load_u8(from);
	key->peer.l3index = (int)sea_load_u32(from);
	sea_load_bytes(from, key->peer.addr.b, sizeof(key->peer.addr.b));
	key->len = sea_load_u8(from);
	if (!from->err && !is_sound(key))
		sea_load_fail(from, -EINVAL);
	if (!from->err)
		sea_load_bytes(from, key->bytes, key->len);
	if (!from->err)
		return key;
	sea_tcp_md5_key_free(stack, key);
	return NULL;
}

/* Keys that nobody could use would make connections unsigned. */
static uint32_t get_count(struct sea_loader *from, uint32_t max)
{
	uint32_t n = sea_load_count(from, max);

	if (!n || sea_tcp_has_md5)
		return n;
	sea_load_fail(from, -EPROTONOSUPPORT);
	return 0;
}

void sea_tcp_md5_save(struct sea_saver *to, const struct tcp_md5 *md5)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	if (!md5) {
		sea_save_u32(to, 0);
		return;
	}
	SEA_LIST_EACH(node, tmp, &md5->keys)
	n++;
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &md5->keys)
	put_key(to, sea_container(node, struct tcp_md5_key, node));
}

struct tcp_md5 *sea_tcp_md5_load(struct sea_loader *from, struct sea_stack *stack)
{
	uint32_t n = get_count(from, LOADED_MAX);
	struct tcp_md5 *md5 = n ? sea_pool_alloc(&stack->shard.pool, sizeof(*md5)) : NULL;
	struct tcp_md5_key *key;

	if (!n)
		return NULL;
	if (!md5) {
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	sea_list_init(&md5->keys);
	for (; n && (key = get_key(from, stack)); n--)
		sea_list_push_back(&md5->keys, &key->node);
	if (!from->err)
		return md5;
	sea_tcp_md5_free(stack, md5);
	return NULL;
}

void sea_tcp_md5_key_save(struct sea_saver *to, const struct tcp_md5_key *key)
{
	sea_save_u32(to, key != NULL);
	if (key)
		put_key(to, key);
}

struct tcp_md5_key *sea_tcp_md5_key_load(struct sea_loader *from, struct sea_stack *stack)
{
	return get_count(from, 1) ? get_key(from, stack) : NULL;
}
