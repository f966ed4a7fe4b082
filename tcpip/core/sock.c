/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all sockets have in common: Linux's defaults, the pending error, and the table that gives
 * out handles. A handle is shard, generation and index, so that a stale one is noticed:
 *
 *	 63    56 55            28 27             0
 *	+--------+----------------+----------------+
 *	| shard  | generation     | index          |
 *	+--------+----------------+----------------+
 */
#include "core/sock.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define INDEX_BITS 28
#define INDEX_MASK ((1u << INDEX_BITS) - 1)
#define NO_SLOT UINT32_MAX
#define SLOTS_MIN 64u

const struct sea_sock_more sea_sock_plain = {
	.hops = -1,
	.mcast_hops = 1,
	.mtu_discover = SEA_PMTUDISC_WANT,
	.peek_off = -1,
	.max_pacing_rate = UINT64_MAX,
};

void sea_sock_init(struct sea_sock *sock, struct sea_stack *stack, const struct sea_sock_ops *ops,
		   int domain, int type, int protocol)
{
	memset(sock, 0, sizeof(*sock));
	sock->stack = stack;
	sock->ops = ops;
	sea_list_init(&sock->event);
	sock->domain = (uint8_t)domain;
	sock->type = (uint8_t)type;
	sock->protocol = (uint8_t)protocol;
	sock->family = domain == SEA_AF_INET ? SEA_AF_INET : 0;
	sock->more = &sea_sock_plain;
	sock->rcvbuf = stack->sysctl.rmem_default;
	sock->sndbuf = stack->sysctl.wmem_default;
	sock->rcvlowat = 1;
	sock->mcast_ttl = 1;
	sock->mtu_discover = SEA_PMTUDISC_WANT;
}

/* -- handles -- */

static sea_socket handle_of(uint32_t gen, uint32_t index)
{
	return (sea_socket){ (uint64_t)gen << INDEX_BITS | index };
}

static struct sea_sock_slot *slot_of(const struct sea_stack *stack, sea_socket handle)
{
	const struct sea_sock_table *t = &stack->shard.socks;
	uint64_t index = handle.v & INDEX_MASK, gen = handle.v >> INDEX_BITS;

	if (index >= t->n_slots || t->slots[index].gen != gen)
		return NULL;
	return &t->slots[index];
}

/* Owners of a table of `n` slots; false: no memory. */
static bool grow_owners(struct sea_stack *stack, uint32_t n)
{
	struct sea_sock_table *t = &stack->shard.socks;
	struct sea_sock_owner *owners = sea_pool_zalloc(&stack->shard.pool, n * sizeof(*t->owners));

	if (!owners)
		return false;
	if (t->owners) {
		memcpy(owners, t->owners, t->n_slots * sizeof(*owners));
		sea_pool_free(&stack->shard.pool, t->owners, t->n_slots * sizeof(*owners));
	}
	t->owners = owners;
	return true;
}

struct sea_sock_owner sea_sock_owner_of(const struct sea_sock *sock)
{
	const struct sea_sock_table *t = &sock->stack->shard.socks;

	if (!t->owners || sea_socket_is_none(sock->handle))
		return (struct sea_sock_owner){ 0 };
	return t->owners[sock->handle.v & INDEX_MASK];
}

int sea_sock_set_owner(struct sea_sock *sock, uint32_t uid, uint32_t inode)
{
	struct sea_sock_table *t = &sock->stack->shard.socks;

	if (!t->owners && !grow_owners(sock->stack, t->n_slots))
		return -ENOMEM;
	t->owners[sock->handle.v & INDEX_MASK] =
		(struct sea_sock_owner){ .uid = uid, .inode = inode };
	return 0;
}

/* Doubles the table; the free ones hang together by their indices, in order. */
static int grow(struct sea_stack *stack)
{
	struct sea_sock_table *t = &stack->shard.socks;
	uint32_t max = t->max < INDEX_MASK ? t->max : INDEX_MASK;
	uint32_t n = t->n_slots ? 2 * t->n_slots : SLOTS_MIN;
	struct sea_sock_slot *slots;

	n = n < max ? n : max;
	if (n <= t->n_slots)
		return -ENFILE;
	slots = sea_pool_alloc(&stack->shard.pool, n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	if (t->owners && !grow_owners(stack, n)) {
		sea_pool_free(&stack->shard.pool, slots, n * sizeof(*slots));
		return -ENOMEM;
	}
	if (t->n_slots)
		memcpy(slots, t->slots, t->n_slots * sizeof(*slots));
	sea_pool_free(&stack->shard.pool, t->slots, t->n_slots * sizeof(*slots));
	for (uint32_t i = t->n_slots; i < n; i++)
		slots[i] = (struct sea_sock_slot){ .gen = 1, .next_free = i + 1 };
	slots[n - 1].next_free = t->free_head;
	t->free_head = t->n_slots;
	t->slots = slots;
	t->n_slots = n;
	return 0;
}

int sea_sock_register(struct sea_sock *sock)
{
	struct sea_sock_table *t = &sock->stack->shard.socks;
	struct sea_sock_slot *slot;

	if (t->free_head == NO_SLOT) {
		int err = grow(sock->stack);

		if (err)
			return err;
	}
	slot = &t->slots[t->free_head];
	sock->handle = handle_of(slot->gen, t->free_head);
	if (t->owners)
		t->owners[t->free_head] = (struct sea_sock_owner){ 0 };
	t->free_head = slot->next_free;
	slot->sock = sock;
	t->n_used++;
	return 0;
}

bool sea_sock_claim(struct sea_sock *sock, sea_socket handle)
{
	struct sea_sock_slot *slot = slot_of(sock->stack, handle);

	if (!slot || slot->sock || slot->next_free != SEA_SOCK_SLOT_WAITING)
		return false;
	slot->sock = sock;
	slot->next_free = NO_SLOT;
	sock->handle = handle;
	sock->stack->shard.socks.n_used++;
	return true;
}

void sea_sock_unregister(struct sea_sock *sock)
{
	struct sea_sock_table *t = &sock->stack->shard.socks;
	struct sea_sock_slot *slot;

	if (sock->more->mcast.groups)
		sock->more->mcast.groups->free(sock);
	if (sock->more->leases)
		sock->more->leases->free(sock);
	if (sock->more->zerocopy)
		sock->more->zerocopy->free(sock);
	sea_list_remove(&sock->event);
	if (sea_socket_is_none(sock->handle))
		return;
	slot = slot_of(sock->stack, sock->handle);
	SEA_ASSERT(&sock->stack->env, slot && slot->sock == sock);
	slot->sock = NULL;
	slot->gen = (slot->gen + 1) & INDEX_MASK;
	if (!slot->gen)
		slot->gen = 1;
	slot->next_free = t->free_head;
	t->free_head = (uint32_t)(slot - t->slots);
	t->n_used--;
	sock->handle = SEA_SOCKET_NONE;
}

/* -- what few sockets set -- */

struct sea_sock_more *sea_sock_more_edit(struct sea_sock *sock)
{
	struct sea_sock_more *own;

	if (sock->more != &sea_sock_plain)
		return (struct sea_sock_more *)(uintptr_t)sock->more;
	own = sea_pool_alloc(&sock->stack->shard.pool, sizeof(*own));
	if (!own)
		return NULL;
	*own = sea_sock_plain;
	sea_pktq_init(&own->errq);
	sock->more = own;
	return own;
}

static uint32_t ext_len(const struct sea_sock_ext *ext)
{
	uint32_t len = 0;

	for (unsigned i = 0; ext && i < SEA_EXT_N; i++)
		len += ext->len[i];
	return len;
}

void sea_sock_ext_free(struct sea_pool *pool, struct sea_sock_ext *ext)
{
	if (ext)
		sea_pool_free(pool, ext, sizeof(*ext) + ext_len(ext));
}

int sea_sock_more_copy(struct sea_sock *to, const struct sea_sock *from)
{
	struct sea_pool *pool = &to->stack->shard.pool;
	const struct sea_sock_ext *ext = from->more->ext;
	size_t ext_size = ext ? sizeof(*ext) + ext_len(ext) : 0;
	struct sea_sock_more *own;

	if (from->more == &sea_sock_plain)
		return 0;
	own = sea_sock_more_edit(to);
	if (!own)
		return -ENOMEM;
	*own = *from->more;
	own->mcast.groups = NULL; /* who accepts is in no group yet */
	own->leases = NULL;
	own->zerocopy = NULL;
	own->optmem = 0;
	sea_pktq_init(&own->errq);
	own->rxpmtu = 0;
	if (!ext)
		return 0;
	own->ext = sea_pool_alloc(pool, ext_size);
	if (!own->ext)
		return -ENOMEM;
	memcpy(own->ext, ext, ext_size);
	return 0;
}

struct sea_sock_ext *sea_sock_ext_make(struct sea_pool *pool, const uint8_t *const at[SEA_EXT_N],
				       const uint16_t len[SEA_EXT_N])
{
	struct sea_sock_ext *ext;
	uint32_t total = 0;

	for (unsigned i = 0; i < SEA_EXT_N; i++)
		total += len[i];
	ext = total ? sea_pool_alloc(pool, sizeof(*ext) + total) : NULL;
	if (!ext)
		return NULL;
	total = 0;
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		ext->len[i] = len[i];
		if (len[i])
			memcpy(ext->bytes + total, at[i], len[i]);
		total += len[i];
	}
	return ext;
}

const uint8_t *sea_ext_bytes_of(const struct sea_sock_ext *ext, enum sea_ext which)
{
	const uint8_t *at = ext ? ext->bytes : NULL;

	if (!ext || !ext->len[which])
		return NULL;
	for (unsigned i = 0; i < which; i++)
		at += ext->len[i];
	return at;
}

const uint8_t *sea_sock_ext_of(const struct sea_sock *sock, enum sea_ext which)
{
	return sea_ext_bytes_of(sock->more->ext, which);
}

int sea_sock_ext_set(struct sea_sock *sock, enum sea_ext which, const void *bytes, uint16_t len)
{
	struct sea_pool *pool = &sock->stack->shard.pool;
	struct sea_sock_more *more = sea_sock_more_edit(sock);
	const uint8_t *at[SEA_EXT_N];
	uint16_t lens[SEA_EXT_N];
	struct sea_sock_ext *new;
	uint32_t total = 0;

	if (!more)
		return -ENOMEM;
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		at[i] = i == which ? bytes : sea_sock_ext_of(sock, (enum sea_ext)i);
		lens[i] = i == which ? len : at[i] ? more->ext->len[i] : 0;
		total += lens[i];
	}
	new = sea_sock_ext_make(pool, at, lens);
	if (total && !new)
		return -ENOMEM;
	sea_sock_ext_free(pool, more->ext);
	more->ext = new;
	return 0;
}

void sea_sock_fini(struct sea_sock *sock)
{
	struct sea_pool *pool = &sock->stack->shard.pool;
	struct sea_sock_more *own;
	struct sea_pkt *pkt;

	sea_sock_unregister(sock);
	if (sock->more == &sea_sock_plain)
		return;
	own = sea_sock_more_edit(sock);
	while ((pkt = sea_pktq_pop(&own->errq)))
		sea_pkt_free(pkt);
	sea_sock_ext_free(pool, own->ext);
	sea_pool_free(pool, own, sizeof(*own));
	sock->more = &sea_sock_plain;
}

struct sea_sock *sea_sock_get(const struct sea_stack *stack, sea_socket handle)
{
	struct sea_sock_slot *slot = slot_of(stack, handle);

	return slot ? slot->sock : NULL;
}

/* -- errors, credit -- */

int sea_sock_take_error(struct sea_sock *sock)
{
	int err = sock->err;

	sock->err = 0;
	return err;
}

void sea_sock_set_error(struct sea_sock *sock, int err)
{
	sock->err = err;
	sea_sock_raise(sock, SEA_POLLERR);
}

void sea_sock_tx_stamp(struct sea_stack *stack, const struct sea_pkt *pkt, enum sea_stamp which)
{
	struct sea_sock *sock = sea_sock_get(stack, pkt->owner);

	if (sock && sock->ops->tx_stamp)
		sock->ops->tx_stamp(sock, pkt, which);
}

void sea_sock_tx_credit(struct sea_stack *stack, sea_socket owner, uint32_t charged)
{
	struct sea_sock *sock = sea_sock_get(stack, owner);

	if (!sock)
		return;
	sock->wmem_alloc -= (int32_t)charged;
	if (sock->ops->tx_done)
		sock->ops->tx_done(sock);
}
