/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a packet: made contiguous, writable, pushed, trimmed, appended. */
#include <string.h>

#include "core/pkt.h"

static struct sea_frag *last_frag(struct sea_pkt *pkt)
{
	return &pkt->frags[pkt->nfrags - 1];
}

/* Makes sure that one more fragment has a slot. */
static bool grow_frags(struct sea_pkt *pkt)
{
	struct sea_frag *table;

	if (pkt->frags != pkt->frags_inline)
		return pkt->nfrags < SEA_PKT_FRAGS_MAX;
	if (pkt->nfrags < SEA_PKT_FRAGS_INLINE)
		return true;
	table = sea_pool_alloc(pkt->pool, sizeof(*table) * SEA_PKT_FRAGS_MAX);
	if (!table)
		return false;
	memcpy(table, pkt->frags_inline, sizeof(pkt->frags_inline));
	pkt->frags = table;
	return true;
}

static void remove_frag(struct sea_pkt *pkt, unsigned i)
{
	sea_buf_put(pkt->frags[i].buf);
	pkt->nfrags--;
	memmove(&pkt->frags[i], &pkt->frags[i + 1], sizeof(*pkt->frags) * (pkt->nfrags - i));
}

/* Moves `len` bytes from the fragments behind the first to `to`. */
static void take_from_tail(struct sea_pkt *pkt, uint8_t *to, uint32_t len)
{
	while (len) {
		struct sea_frag *f = &pkt->frags[1];
		uint32_t n = f->len < len ? f->len : len;

		memcpy(to, f->buf->data + f->off, n);
		to += n;
		len -= n;
		f->off += n;
		f->len -= n;
		if (!f->len)
			remove_frag(pkt, 1);
	}
}

static void shift_offsets(struct sea_pkt *pkt, uint16_t by)
{
	pkt->off_link = (uint16_t)(pkt->off_link + by);
	pkt->off_net = (uint16_t)(pkt->off_net + by);
	pkt->off_trans = (uint16_t)(pkt->off_trans + by);
	pkt->csum_start = (uint16_t)(pkt->csum_start + by);
	pkt->frags[0].off += by;
}

/*
 * Gives the packet a head buffer of its own with the first `len` bytes (and the headers pulled
 * before them) at the same offsets plus `shift`; what else the old head held stays behind as a
 * fragment. The first `len` bytes lie in the old head.
 */
static bool new_head(struct sea_pkt *pkt, uint32_t len, uint16_t shift)
{
	struct sea_frag old = pkt->frags[0];
	struct sea_buf *head;

	if (old.len > len && !grow_frags(pkt))
		return false;
	head = sea_buf_new(pkt->pool, shift + old.off + len);
	if (!head)
		return false;
	memcpy(head->data + shift, old.buf->data, old.off + len);
	pkt->frags[0] = (struct sea_frag){ .buf = head, .off = old.off, .len = len };
	if (old.len > len) {
		memmove(&pkt->frags[2], &pkt->frags[1], sizeof(*pkt->frags) * (pkt->nfrags - 1u));
		pkt->nfrags++;
		pkt->frags[1] = (struct sea_frag){ .buf = old.buf,
						   .off = old.off + len,
						   .len = old.len - len };
	} else {
		sea_buf_put(old.buf);
	}
	shift_offsets(pkt, shift);
	return true;
}

bool sea_pkt_linear_slow(struct sea_pkt *pkt, uint32_t len)
{
	struct sea_frag *head = &pkt->frags[0];
	uint32_t missing = len - head->len;

	if (len > pkt->len)
		return false;
	if (len <= head->len)
		return true;
	if (head->buf->refs > 1 || head->buf->cap - head->off - head->len < missing) {
		struct sea_buf *buf = sea_buf_new(pkt->pool, head->off + len);

		if (!buf)
			return false;
		memcpy(buf->data, head->buf->data, head->off + head->len);
		sea_buf_put(head->buf);
		head->buf = buf;
	}
	take_from_tail(pkt, head->buf->data + head->off + head->len, missing);
	pkt->frags[0].len = len;
	return true;
}

bool sea_pkt_push_slow(struct sea_pkt *pkt, uint32_t len)
{
	uint32_t have = pkt->frags[0].len;
	uint32_t keep = have < SEA_PKT_HEADROOM ? have : SEA_PKT_HEADROOM;

	return new_head(pkt, keep, (uint16_t)(len + SEA_PKT_HEADROOM));
}

void *sea_pkt_writable(struct sea_pkt *pkt, uint32_t len)
{
	if (!sea_pkt_peek(pkt, len))
		return NULL;
	if (pkt->frags[0].buf->refs > 1 && !new_head(pkt, len, 0))
		return NULL;
	return pkt->frags[0].buf->data + pkt->frags[0].off;
}

void sea_pkt_trim_front(struct sea_pkt *pkt, uint32_t len)
{
	struct sea_frag *head = &pkt->frags[0];
	uint32_t n;

	SEA_ASSERT(pkt->pool->env, len <= pkt->len);
	pkt->len -= len;
	n = head->len < len ? head->len : len;
	head->off += n;
	head->len -= n;
	len -= n;
	while (len) {
		struct sea_frag *f = &pkt->frags[1];

		n = f->len < len ? f->len : len;
		f->off += n;
		f->len -= n;
		len -= n;
		if (!f->len)
			remove_frag(pkt, 1);
	}
}

void sea_pkt_trim_to(struct sea_pkt *pkt, uint32_t len)
{
	uint32_t excess;

	if (len >= pkt->len)
		return;
	excess = pkt->len - len;
	pkt->len = len;
	while (excess) {
		struct sea_frag *f = last_frag(pkt);
		uint32_t n = f->len < excess ? f->len : excess;

		f->len -= n;
		excess -= n;
		if (!f->len && pkt->nfrags > 1)
			remove_frag(pkt, pkt->nfrags - 1u);
	}
}

bool sea_pkt_append(struct sea_pkt *pkt, const void *bytes, uint32_t len)
{
	struct sea_frag *f = last_frag(pkt);
	uint32_t end = f->off + f->len;
	struct sea_buf *buf;

	if (f->buf->refs == 1 && !f->buf->release && f->buf->cap - end >= len) {
		memcpy(f->buf->data + end, bytes, len);
		f->len += len;
		pkt->len += len;
		return true;
	}
	buf = sea_buf_new(pkt->pool, len);
	if (!buf)
		return false;
	memcpy(buf->data, bytes, len);
	if (!sea_pkt_append_frag(pkt, buf, 0, len)) {
		sea_buf_put(buf);
		return false;
	}
	sea_buf_put(buf);
	return true;
}

bool sea_pkt_append_frag(struct sea_pkt *pkt, struct sea_buf *buf, uint32_t off, uint32_t len)
{
	if (!grow_frags(pkt))
		return false;
	pkt->frags[pkt->nfrags++] = (struct sea_frag){ sea_buf_get(buf), off, len };
	pkt->len += len;
	return true;
}
