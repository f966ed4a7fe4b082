/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a packet: made, shared, copied, freed, dropped. */
#include "core/pkt.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/sock.h"
#include "core/stack.h"

/* Packets with an owner come from their stack's own pool. */
static struct sea_stack *stack_of(struct sea_pool *pool)
{
	return sea_container(pool, struct sea_stack, shard.pool);
}

/* In two steps, which the compiler makes stores of: one of that length would be a loop. */
static inline void clear_facts(struct sea_pkt *pkt)
{
	memset(pkt, 0, offsetof(struct sea_pkt, off_link));
	memset(&pkt->off_link, 0,
	       offsetof(struct sea_pkt, cb) - offsetof(struct sea_pkt, off_link));
}

static inline struct sea_pkt *pkt_alloc(struct sea_pool *pool)
{
	struct sea_pkt *pkt = sea_pool_take(pool, sizeof(*pkt));

	if (__builtin_expect(!pkt, 0)) {
		pkt = sea_pool_alloc(pool, sizeof(*pkt));
		if (!pkt)
			return NULL;
	}
	clear_facts(pkt);
	pkt->pool = pool;
	pkt->frags = pkt->frags_inline;
	pool->n_pkts++;
	return pkt;
}

struct sea_pkt *sea_pkt_new(struct sea_pool *pool, uint32_t headroom, uint32_t room)
{
	struct sea_pkt *pkt = pkt_alloc(pool);
	struct sea_buf *buf;

	if (!pkt)
		return NULL;
	buf = sea_buf_make(pool, SEA_BUF_OVERHEAD + (size_t)headroom + room);
	if (!buf) {
		pool->n_pkts--;
		sea_pool_free(pool, pkt, sizeof(*pkt));
		return NULL;
	}
	pkt->frags_inline[0] = (struct sea_frag){ .buf = buf, .off = headroom };
	pkt->nfrags = 1;
	return pkt;
}

struct sea_pkt *sea_pkt_new_over(struct sea_pool *pool, struct sea_buf *buf, uint32_t len)
{
	struct sea_pkt *pkt = pkt_alloc(pool);

	if (!pkt)
		return NULL;
	pkt->frags[0] = (struct sea_frag){ .buf = buf, .len = len };
	pkt->nfrags = 1;
	pkt->len = len;
	return pkt;
}

void sea_pkt_orphan(struct sea_pkt *pkt)
{
	sea_socket owner = pkt->owner;
	uint32_t charged = pkt->charged;

	if (sea_socket_is_none(owner))
		return;
	if (__builtin_expect(pkt->stamp_snd, 0))
		sea_sock_tx_stamp(stack_of(pkt->pool), pkt, SEA_STAMP_SND);
	pkt->owner = SEA_SOCKET_NONE;
	pkt->charged = 0;
	sea_sock_tx_credit(stack_of(pkt->pool), owner, charged);
}

void sea_pkt_free(struct sea_pkt *pkt)
{
	struct sea_pool *pool = pkt->pool;

	sea_pkt_orphan(pkt);
	for (unsigned i = 0; i < pkt->nfrags; i++)
		sea_buf_put(pkt->frags[i].buf);
	if (pkt->frags != pkt->frags_inline)
		sea_pool_free(pool, pkt->frags, sizeof(struct sea_frag) * SEA_PKT_FRAGS_MAX);
	pool->n_pkts--;
	sea_pool_free(pool, pkt, sizeof(*pkt));
}

void sea_pkt_done(struct sea_pkt *pkt)
{
	sea_pkt_free(pkt);
}

static void tell_captures(const struct sea_pkt *pkt, enum sea_drop reason)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &pkt->link->wrappers)
	{
		struct sea_wrapper *w = sea_container(node, struct sea_wrapper, node);

		if (w->ops->dropped)
			w->ops->dropped(w, pkt, reason);
	}
}

void sea_pkt_drop(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop reason)
{
	SEA_ASSERT(&stack->env, reason < SEA_DROP_N);
	stack->shard.counters.drop[reason]++;
	pkt->stamp_snd = 0; /* it did not leave */
	if (pkt->capture && pkt->link)
		tell_captures(pkt, reason);
	if (stack->env.trace)
		stack->env.trace(stack->env.ctx, &(struct sea_trace){
							 .kind = SEA_TRACE_DROP,
							 .now = stack->shard.now,
							 .pkt = pkt,
							 .link = pkt->link,
							 .code = reason,
							 .text = sea_drop_name(reason),
						 });
	sea_pkt_free(pkt);
}

/* The facts of `from`, but for what ties a packet to its place: queue, memory, owner, capture. */
static void copy_facts(struct sea_pkt *to, const struct sea_pkt *from)
{
	struct sea_pool *pool = to->pool;
	struct sea_frag *frags = to->frags;
	uint16_t nfrags = to->nfrags;

	memcpy(to, from, offsetof(struct sea_pkt, frags_inline));
	to->next = NULL;
	to->pool = pool;
	to->frags = frags;
	to->nfrags = nfrags;
	to->owner = SEA_SOCKET_NONE;
	to->charged = 0;
	to->capture = 0;
}

struct sea_pkt *sea_pkt_clone(const struct sea_pkt *pkt, struct sea_pool *pool)
{
	const struct sea_frag *first = &pkt->frags[0];
	struct sea_pkt *clone = sea_pkt_new_over(pool, sea_buf_get(first->buf), first->len);

	if (!clone) {
		sea_buf_put(first->buf);
		return NULL;
	}
	clone->frags[0].off = first->off;
	for (unsigned i = 1; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];

		if (!sea_pkt_append_frag(clone, f->buf, f->off, f->len)) {
			sea_pkt_free(clone);
			return NULL;
		}
	}
	copy_facts(clone, pkt);
	return clone;
}

/* Larger copies are made in pieces, so that each comes from a size class. */
#define COPY_PIECE 32768u

struct sea_pkt *sea_pkt_copy(const struct sea_pkt *pkt, struct sea_pool *pool)
{
	uint32_t off = pkt->frags[0].off, done = 0;
	uint32_t first = pkt->len < COPY_PIECE ? pkt->len : COPY_PIECE;
	struct sea_pkt *copy = sea_pkt_new(pool, off, first);

	if (!copy)
		return NULL;
	memcpy(copy->frags[0].buf->data, pkt->frags[0].buf->data, off);
	for (unsigned i = 0; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];

		for (uint32_t at = 0; at < f->len;) {
			uint32_t n = f->len - at;
			uint32_t piece = COPY_PIECE - done % COPY_PIECE;

			n = n < piece ? n : piece;
			if (!sea_pkt_append(copy, f->buf->data + f->off + at, n)) {
				sea_pkt_free(copy);
				return NULL;
			}
			at += n;
			done += n;
		}
	}
	copy_facts(copy, pkt);
	return copy;
}

size_t sea_pkt_len(const struct sea_pkt *pkt)
{
	return pkt->len;
}

int sea_pkt_iov(const struct sea_pkt *pkt, struct iovec *iov, int max)
{
	int n = 0;

	for (unsigned i = 0; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];

		if (!f->len)
			continue;
		if (n == max)
			return -EMSGSIZE;
		iov[n].iov_base = f->buf->data + f->off;
		iov[n++].iov_len = f->len;
	}
	return n;
}

bool sea_pkt_read(const struct sea_pkt *pkt, size_t off, void *to, size_t len)
{
	uint8_t *at = to;

	if (off > pkt->len || len > pkt->len - off)
		return false;
	for (unsigned i = 0; len; i++) {
		const struct sea_frag *f = &pkt->frags[i];
		size_t n;

		if (off >= f->len) {
			off -= f->len;
			continue;
		}
		n = f->len - off < len ? f->len - off : len;
		memcpy(at, f->buf->data + f->off + off, n);
		at += n;
		len -= n;
		off = 0;
	}
	return true;
}
