/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how large the chunks are that user bytes are copied into. A chunk is as large as the write
 * that asks for it or as what is queued already, whichever is more, up to 32 KiB: a request of one
 * byte holds 256, a stream gets full-sized chunks, and what lies between grows geometrically, so that
 * no 64 KiB are ever spread over more chunks than a packet has fragments.
 *
 * Appending writes behind bytes that packets in flight may share, never into them.
 */
#include <string.h>

#include "core/assert.h"
#include "core/minmax.h"
#include "transport/tcp/sendbuf.h"

#define CHUNK_MIN 256u
#define RING_MIN 8u

void sea_tcp_sendbuf_init(struct tcp_sendbuf *sb, sea_seq seq)
{
	*sb = (struct tcp_sendbuf){ .start = seq, .end = seq };
}

static struct tcp_chunk *chunk_at(const struct tcp_sendbuf *sb, uint32_t i)
{
	return &sb->ring[(sb->head + i) & sb->mask];
}

static sea_seq chunk_end(const struct tcp_chunk *chunk)
{
	return sea_seq_add(chunk->seq, chunk->len);
}

static uint32_t chunk_room(const struct tcp_chunk *chunk)
{
	return chunk->buf->cap - chunk->off - chunk->len;
}

static struct tcp_chunk *last_chunk(const struct tcp_sendbuf *sb)
{
	return sb->n ? chunk_at(sb, sb->n - 1) : NULL;
}

static void drop_ring(struct tcp_sendbuf *sb, struct sea_pool *pool)
{
	sea_pool_free(pool, sb->ring, sizeof(*sb->ring) * (sb->mask + 1));
	sb->ring = NULL;
	sb->head = sb->mask = 0;
}

/* A small one is kept for the next write; it goes with the connection's flight. */
static void drop_large_ring(struct tcp_sendbuf *sb, struct sea_pool *pool)
{
	if (sb->mask >= RING_MIN)
		drop_ring(sb, pool);
}

static void drop_first(struct tcp_sendbuf *sb, struct sea_pool *pool)
{
	sea_buf_put(chunk_at(sb, 0)->buf);
	sb->head = (sb->head + 1) & sb->mask;
	if (--sb->n == 0)
		drop_large_ring(sb, pool);
}

static void drop_last(struct tcp_sendbuf *sb, struct sea_pool *pool)
{
	sea_buf_put(last_chunk(sb)->buf);
	if (--sb->n == 0)
		drop_large_ring(sb, pool);
}

void sea_tcp_sendbuf_fini(struct tcp_sendbuf *sb, struct sea_pool *pool)
{
	while (sb->n)
		drop_first(sb, pool);
	if (sb->ring)
		drop_ring(sb, pool);
	sb->start = sb->end;
	sb->offered = 0;
}

/* Room for one more descriptor. */
static bool grow_ring(struct tcp_sendbuf *sb, struct sea_pool *pool)
{
	uint32_t size = sb->ring ? 2 * (sb->mask + 1) : RING_MIN;
	struct tcp_chunk *ring;

	if (sb->ring && sb->n <= sb->mask)
		return true;
	ring = sea_pool_alloc(pool, sizeof(*ring) * size);
	if (!ring)
		return false;
	for (uint32_t i = 0; i < sb->n; i++)
		ring[i] = *chunk_at(sb, i);
	if (sb->ring)
		drop_ring(sb, pool);
	sb->ring = ring;
	sb->mask = size - 1;
	sb->head = 0;
	return true;
}

static uint32_t chunk_size(const struct tcp_sendbuf *sb, size_t want)
{
	uint32_t queued = sea_tcp_sendbuf_len(sb) + sb->offered;
	size_t size = want > queued ? want : queued;

	if (size > TCP_CHUNK_MAX / 2)
		return TCP_CHUNK_MAX;
	return size < CHUNK_MIN ? CHUNK_MIN : (uint32_t)size;
}

/* An empty chunk at the end, for `want` bytes or the first of them. */
static struct tcp_chunk *add_chunk(struct tcp_sendbuf *sb, struct sea_pool *pool, size_t want)
{
	struct sea_buf *buf;

	if (!grow_ring(sb, pool))
		return NULL;
	buf = sea_buf_new(pool, chunk_size(sb, want));
	if (!buf) {
		if (!sb->n)
			drop_large_ring(sb, pool);
		return NULL;
	}
	*chunk_at(sb, sb->n) = (struct tcp_chunk){ .buf = buf, .seq = sb->end };
	return chunk_at(sb, sb->n++);
}

/* The chunk that takes the next byte of `want`; NULL: no memory. */
static struct tcp_chunk *open_chunk(struct tcp_sendbuf *sb, struct sea_pool *pool, size_t want)
{
	struct tcp_chunk *last = last_chunk(sb);

	return last && chunk_room(last) ? last : add_chunk(sb, pool, want);
}

/* Where the next byte is copied from. */
struct source {
	const struct iovec *iov;
	size_t off;
};

static struct source source_at(const struct iovec *iov, size_t skip)
{
	while (skip && skip >= iov->iov_len)
		skip -= iov++->iov_len;
	return (struct source){ iov, skip };
}

static void take(struct source *from, uint8_t *to, uint32_t len)
{
	while (len) {
		size_t left = from->iov->iov_len - from->off;
		uint32_t n = left < len ? (uint32_t)left : len;

		if (n)
			memcpy(to, (const uint8_t *)from->iov->iov_base + from->off, n);
		to += n;
		len -= n;
		from->off += n;
		if (from->off == from->iov->iov_len && len)
			*from = (struct source){ from->iov + 1, 0 };
	}
}

size_t sea_tcp_sendbuf_append(struct tcp_sendbuf *sb, struct sea_pool *pool,
			      const struct iovec *iov, size_t skip, size_t len)
{
	struct source from = source_at(iov, skip);
	size_t left = len;

	if (sb->offered)
		sea_tcp_sendbuf_commit(sb, pool, 0);
	while (left) {
		struct tcp_chunk *chunk = open_chunk(sb, pool, left);
		uint32_t n;

		if (!chunk)
			break;
		n = left < chunk_room(chunk) ? (uint32_t)left : chunk_room(chunk);
		take(&from, chunk->buf->data + chunk->off + chunk->len, n);
		chunk->len += n;
		sb->end = sea_seq_add(sb->end, n);
		left -= n;
	}
	return len - left;
}

bool sea_tcp_sendbuf_lend(struct tcp_sendbuf *sb, struct sea_pool *pool, struct sea_buf *buf,
			  uint32_t len)
{
	if (sb->offered)
		sea_tcp_sendbuf_commit(sb, pool, 0);
	if (!grow_ring(sb, pool))
		return false;
	*chunk_at(sb, sb->n++) = (struct tcp_chunk){ .buf = buf, .seq = sb->end, .len = len };
	sb->end = sea_seq_add(sb->end, len);
	return true;
}

/* Offers what is free in one chunk. */
static void offer(struct tcp_sendbuf *sb, const struct tcp_chunk *chunk, size_t want,
		  struct iovec *iov)
{
	uint32_t n = chunk_room(chunk);

	if (n > want - sb->offered)
		n = (uint32_t)(want - sb->offered);
	iov->iov_base = chunk->buf->data + chunk->off + chunk->len;
	iov->iov_len = n;
	sb->offered += n;
}

int sea_tcp_sendbuf_reserve(struct tcp_sendbuf *sb, struct sea_pool *pool, size_t want,
			    struct iovec *iov, int max)
{
	struct tcp_chunk *chunk;
	int n = 0;

	if (sb->offered)
		sea_tcp_sendbuf_commit(sb, pool, 0);
	if (want > UINT32_MAX / 2)
		want = UINT32_MAX / 2;
	chunk = last_chunk(sb);
	if (chunk && chunk_room(chunk) && want && max > 0)
		offer(sb, chunk, want, &iov[n++]);
	while (n < max && sb->offered < want) {
		chunk = add_chunk(sb, pool, want - sb->offered);
		if (!chunk)
			break;
		offer(sb, chunk, want, &iov[n++]);
	}
	return n;
}

/* The first chunk that has room: the offer began there. */
static uint32_t first_with_room(const struct tcp_sendbuf *sb)
{
	uint32_t i = sb->n;

	while (i && chunk_at(sb, i - 1)->len == 0)
		i--;
	return i && chunk_room(chunk_at(sb, i - 1)) ? i - 1 : i;
}

void sea_tcp_sendbuf_commit(struct tcp_sendbuf *sb, struct sea_pool *pool, size_t len)
{
	uint32_t left = (uint32_t)len;

	SEA_ASSERT(pool->env, len <= sb->offered);
	for (uint32_t i = first_with_room(sb); left; i++) {
		struct tcp_chunk *chunk = chunk_at(sb, i);
		uint32_t n = sea_min_u32(left, chunk_room(chunk));

		if (!chunk->len)
			chunk->seq = sb->end;
		chunk->len += n;
		sb->end = sea_seq_add(sb->end, n);
		left -= n;
	}
	sb->offered = 0;
	while (sb->n && last_chunk(sb)->len == 0)
		drop_last(sb, pool);
}

/* The chunk is acknowledged up to `una` and no part of an offer. */
static bool is_done(const struct tcp_sendbuf *sb, const struct tcp_chunk *chunk, sea_seq una)
{
	if (!chunk->len || sea_seq_gt(chunk_end(chunk), una))
		return false;
	return !sb->offered || !chunk_room(chunk);
}

void sea_tcp_sendbuf_ack(struct tcp_sendbuf *sb, struct sea_pool *pool, sea_seq una)
{
	struct tcp_chunk *first;
	uint32_t n;

	una = sea_seq_min(una, sb->end);
	if (!sea_seq_gt(una, sb->start))
		return;
	sb->start = una;
	while (sb->n && is_done(sb, chunk_at(sb, 0), una))
		drop_first(sb, pool);
	first = sb->n ? chunk_at(sb, 0) : NULL;
	if (!first || !sea_seq_lt(first->seq, una))
		return;
	n = (uint32_t)sea_seq_diff(una, first->seq);
	first->seq = una;
	first->off += n;
	first->len -= n;
}

/* Index of the chunk that holds `seq`, which is stored. */
static uint32_t find_chunk(const struct tcp_sendbuf *sb, sea_seq seq)
{
	uint32_t lo = 0, hi = sb->n - 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo + 1) / 2;

		if (sea_seq_le(chunk_at(sb, mid)->seq, seq))
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static bool is_stored(const struct tcp_sendbuf *sb, sea_seq seq, uint32_t len)
{
	return sea_seq_ge(seq, sb->start) && sea_seq_le(sea_seq_add(seq, len), sb->end);
}

/* The part of chunk i from `seq` on, at most `len` bytes. */
static struct sea_frag piece(const struct tcp_sendbuf *sb, uint32_t i, sea_seq seq, uint32_t len)
{
	const struct tcp_chunk *chunk = chunk_at(sb, i);
	uint32_t skip = (uint32_t)sea_seq_diff(seq, chunk->seq);

	return (struct sea_frag){
		.buf = chunk->buf,
		.off = chunk->off + skip,
		.len = sea_min_u32(len, chunk->len - skip),
	};
}

bool sea_tcp_sendbuf_attach(const struct tcp_sendbuf *sb, sea_seq seq, uint32_t len,
			    struct sea_pkt *pkt)
{
	uint32_t i;

	if (!len)
		return true;
	SEA_ASSERT(pkt->pool->env, is_stored(sb, seq, len));
	for (i = find_chunk(sb, seq); len; i++) {
		struct sea_frag frag = piece(sb, i, seq, len);

		if (!sea_pkt_append_frag(pkt, frag.buf, frag.off, frag.len))
			return false;
		seq = sea_seq_add(seq, frag.len);
		len -= frag.len;
	}
	return true;
}

/* `note`: in lent memory's buffers. */
static inline __attribute__((always_inline)) void
copy_out(const struct tcp_sendbuf *sb, sea_seq seq, uint8_t *bytes, uint32_t len, bool note)
{
	for (uint32_t i = len ? find_chunk(sb, seq) : 0; len; i++) {
		struct sea_frag frag = piece(sb, i, seq, len);

		memcpy(bytes, frag.buf->data + frag.off, frag.len);
		if (note && __builtin_expect(frag.buf->release != NULL, 0))
			frag.buf->copied = true;
		bytes += frag.len;
		seq = sea_seq_add(seq, frag.len);
		len -= frag.len;
	}
}

void sea_tcp_sendbuf_copy(const struct tcp_sendbuf *sb, sea_seq seq, struct sea_pkt *pkt,
			  uint32_t len)
{
	copy_out(sb, seq, sea_pkt_put(pkt, len), len, true);
}

void sea_tcp_sendbuf_read(const struct tcp_sendbuf *sb, sea_seq seq, void *to, uint32_t len)
{
	copy_out(sb, seq, to, len, false);
}
