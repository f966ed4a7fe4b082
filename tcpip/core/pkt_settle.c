/* SPDX-License-Identifier: Apache-2.0 */
/* The held ledger of one packet, and the copy-down rule for packets that stay in a queue. */
#include <string.h>

#include "core/pkt.h"

/* Pieces that a payload too large for one size class is copied into. */
#define PIECE 32768u

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

	for (unsigned i = 0; i < pkt->nfrags; i++)
		held += pkt->frags[i].buf->refs > 1 ? pkt->frags[i].len : buf_size(&pkt->frags[i]);
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

/* Would one buffer for `headers` and the payload keep the rule? If not, they get one each. */
static bool fits_one(const struct sea_pkt *pkt, uint32_t headers)
{
	size_t size = SEA_BUF_OVERHEAD + (size_t)headers + pkt->len;

	return pkt->len + headers <= PIECE &&
	       sizeof(*pkt) + sea_pool_size(pkt->pool, size) <= sea_pkt_held_max(pkt->len);
}

/* The fragments of a compact copy: headers first, then the payload in pieces; NULL: no memory. */
static struct sea_pkt *compact_copy(const struct sea_pkt *pkt, uint32_t headers)
{
	bool one = fits_one(pkt, headers);
	uint32_t done = 0;
	struct sea_pkt *copy = sea_pkt_new(pkt->pool, headers, one ? pkt->len : 0);

	if (!copy)
		return NULL;
	memcpy(copy->frags[0].buf->data, pkt->frags[0].buf->data, headers);
	while (done < pkt->len) {
		uint32_t n = pkt->len - done < PIECE ? pkt->len - done : PIECE;
		struct sea_buf *buf = one ? copy->frags[0].buf : sea_buf_new(pkt->pool, n);

		if (!buf)
			goto fail;
		(void)sea_pkt_read(pkt, done, buf->data + (one ? headers : 0), n);
		if (one) {
			copy->frags[0].len = n;
			copy->len = n;
		} else {
			bool ok = sea_pkt_append_frag(copy, buf, 0, n);

			sea_buf_put(buf);
			if (!ok)
				goto fail;
		}
		done += n;
	}
	return copy;
fail:
	sea_pkt_free(copy);
	return NULL;
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

bool sea_pkt_settle(struct sea_pkt *pkt, bool keep_headers)
{
	struct sea_pkt *copy;

	if (may_hold(pkt) <= sea_pkt_held_max(pkt->len))
		return true;
	copy = compact_copy(pkt, keep_headers ? pkt->frags[0].off : 0);
	if (!copy)
		return false;
	swap_frags(pkt, copy);
	sea_pkt_free(copy);
	return true;
}
