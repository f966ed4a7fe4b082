/* SPDX-License-Identifier: Apache-2.0 */
/* The held ledger of one packet, and the copy-down rule for packets that stay in a queue. */
#include <string.h>

#include "core/pkt.h"

/* What a payload too large for one size class is cut into. */
#define PIECE 32768u
/* What a packet's first buffer holds of it in that case: headroom and the headers of all layers. */
#define HEAD 256u

static uint32_t buf_size(const struct sea_frag *f)
{
	return (uint32_t)sea_pool_size(f->buf->pool, SEA_BUF_OVERHEAD + (size_t)f->buf->cap);
}

static uint32_t facts_held(const struct sea_pkt *pkt)
{
	if (pkt->frags == pkt->frags_inline)
		return sizeof(*pkt);
	return (uint32_t)(sizeof(*pkt) + sizeof(struct sea_frag) * SEA_PKT_FRAGS_MAX);
}

uint32_t sea_pkt_held(const struct sea_pkt *pkt)
{
	uint32_t held = facts_held(pkt);

	for (unsigned i = 0; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];

		if (!f->buf->release)
			held += f->buf->refs > 1 ? f->len : buf_size(f);
	}
	return held;
}

/*
 * What it may come to hold while it waits: those who share its buffers now (a sender's queue, at
 * loopback) may let go of them.
 */
static uint32_t may_hold(const struct sea_pkt *pkt)
{
	uint32_t held = facts_held(pkt);

	for (unsigned i = 0; i < pkt->nfrags; i++)
		if (i == 0 || pkt->frags[i].buf != pkt->frags[i - 1].buf)
			held += buf_size(&pkt->frags[i]);
	return held;
}

/* How much of that is foreign memory. */
static uint32_t foreign(const struct sea_pkt *pkt)
{
	uint32_t size = 0;

	for (unsigned i = 0; i < pkt->nfrags; i++)
		if (pkt->frags[i].buf->release &&
		    (i == 0 || pkt->frags[i].buf != pkt->frags[i - 1].buf))
			size += buf_size(&pkt->frags[i]);
	return size;
}

/* Copies the next bytes of `pkt` into a fragment of their own. */
static bool append_piece(struct sea_pkt *copy, const struct sea_pkt *pkt)
{
	uint32_t left = pkt->len - copy->len, n = left < PIECE ? left : PIECE;
	struct sea_buf *buf = sea_buf_new(copy->pool, n);
	bool ok;

	if (!buf)
		return false;
	(void)sea_pkt_read(pkt, copy->len, buf->data, n);
	ok = sea_pkt_append_frag(copy, buf, 0, n);
	sea_buf_put(buf);
	return ok;
}

/* How much of the payload goes into one buffer with `headers`: all of it, or what begins it. */
static uint32_t first_len(const struct sea_pkt *pkt, uint32_t headers)
{
	size_t size = SEA_BUF_OVERHEAD + (size_t)headers + pkt->len;
	uint32_t head = headers < HEAD ? HEAD - headers : 0;

	if (pkt->len + headers <= PIECE &&
	    sizeof(*pkt) + sea_pool_size(pkt->pool, size) <= sea_pkt_held_max(pkt->len))
		return pkt->len;
	return pkt->len < head ? pkt->len : head;
}

/*
 * A copy that keeps the rule. What lies before the payload and the headers that begin it stay in one
 * piece, in the first fragment. NULL: no memory.
 */
static struct sea_pkt *compact_copy(const struct sea_pkt *pkt, uint32_t headers)
{
	uint32_t n = first_len(pkt, headers);
	struct sea_pkt *copy = sea_pkt_new(pkt->pool, headers, n);

	if (!copy)
		return NULL;
	memcpy(copy->frags[0].buf->data, pkt->frags[0].buf->data, headers);
	(void)sea_pkt_read(pkt, 0, copy->frags[0].buf->data + headers, n);
	copy->frags[0].len = copy->len = n;
	while (copy->len < pkt->len)
		if (!append_piece(copy, pkt)) {
			sea_pkt_free(copy);
			return NULL;
		}
	return copy;
}

/* Exchanges the memory of two packets, leaving their facts. */
static void swap_frags(struct sea_pkt *a, struct sea_pkt *b)
{
	struct sea_frag inline_frags[SEA_PKT_FRAGS_INLINE];
	bool a_inline = a->frags == a->frags_inline, b_inline = b->frags == b->frags_inline;
	struct sea_frag *a_frags = a->frags;
	uint16_t n = a->nfrags;

	memcpy(inline_frags, a->frags_inline, sizeof(inline_frags));
	memcpy(a->frags_inline, b->frags_inline, sizeof(inline_frags));
	memcpy(b->frags_inline, inline_frags, sizeof(inline_frags));
	a->frags = b_inline ? a->frags_inline : b->frags;
	b->frags = a_inline ? b->frags_inline : a_frags;
	a->nfrags = b->nfrags;
	b->nfrags = n;
}

bool sea_pkt_settle_slow(struct sea_pkt *pkt, bool keep_headers)
{
	uint32_t held = may_hold(pkt), max = sea_pkt_held_max(pkt->len);
	struct sea_pkt *copy;

	if (held <= max || held - foreign(pkt) <= max)
		return true;
	copy = compact_copy(pkt, keep_headers ? pkt->frags[0].off : 0);
	if (!copy)
		return false;
	swap_frags(pkt, copy);
	sea_pkt_free(copy);
	return true;
}
