/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a stream that were written and not yet acknowledged: a ring of descriptors over
 * buffers, addressed by sequence number. Transmissions and retransmissions take references to the
 * same buffers, so user bytes are copied once, or not at all where they are lent. But for a small ring, memory exists only while bytes
 * are queued.
 *
 *	 snd_una                                        end
 *	  | head   chunk 0 | chunk 1 | … | chunk n-1  room |
 */
#ifndef SEA_TCP_SENDBUF_H
#define SEA_TCP_SENDBUF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/pkt.h"
#include "wire/tcp.h"

#define TCP_CHUNK_MAX 32768u /* data bytes of a full-sized chunk */

struct tcp_chunk {
	struct sea_buf *buf;
	sea_seq seq;       /* of the first byte */
	uint32_t off, len; /* in buf */
};

struct tcp_sendbuf {
	struct tcp_chunk *ring; /* power of two of them, or NULL */
	uint32_t mask, head, n;
	uint32_t offered;   /* bytes of room that reserve() lent out */
	sea_seq start, end; /* [start, end) is stored */
};

/* Empty, at sequence number `seq`. */
void sea_tcp_sendbuf_init(struct tcp_sendbuf *sb, sea_seq seq);
void sea_tcp_sendbuf_fini(struct tcp_sendbuf *sb, struct sea_pool *pool);

static inline uint32_t sea_tcp_sendbuf_len(const struct tcp_sendbuf *sb)
{
	return (uint32_t)sea_seq_diff(sb->end, sb->start);
}

/*
 * Copies up to `len` bytes from *iov on (skipping `skip` bytes of it) to the end; returns bytes
 * copied, fewer only for want of memory. Takes an outstanding offer back.
 */
size_t sea_tcp_sendbuf_append(struct tcp_sendbuf *sb, struct sea_pool *pool,
			      const struct iovec *iov, size_t skip, size_t len);

/*
 * The `len` bytes of `buf`, which is over foreign memory (transport/zerocopy.h), stand at the end: takes its reference
 * over. False: no memory, nothing changed. Takes an outstanding offer back.
 */
bool sea_tcp_sendbuf_lend(struct tcp_sendbuf *sb, struct sea_pool *pool, struct sea_buf *buf,
			  uint32_t len);

/*
 * Offers room at the end to write into: returns the pieces written to iov (0: no memory), `want`
 * bytes at most; sb->offered tells how many. Replaces an earlier offer.
 */
int sea_tcp_sendbuf_reserve(struct tcp_sendbuf *sb, struct sea_pool *pool, size_t want,
			    struct iovec *iov, int max);
/* Takes the first `len` <= sb->offered bytes in; the rest of the offer is given back. */
void sea_tcp_sendbuf_commit(struct tcp_sendbuf *sb, struct sea_pool *pool, size_t len);

/* Everything before `una` was acknowledged: frees it. */
void sea_tcp_sendbuf_ack(struct tcp_sendbuf *sb, struct sea_pool *pool, sea_seq una);

/* Appends bytes [seq, seq + len) to the packet as shared fragments. False: no memory (pkt to be freed). */
bool sea_tcp_sendbuf_attach(const struct tcp_sendbuf *sb, sea_seq seq, uint32_t len,
			    struct sea_pkt *pkt);

/* Copies them into the room that the packet was made with; of lent memory that is told. */
void sea_tcp_sendbuf_copy(const struct tcp_sendbuf *sb, sea_seq seq, struct sea_pkt *pkt,
			  uint32_t len);

/* Copies stored bytes out, for save. */
void sea_tcp_sendbuf_read(const struct tcp_sendbuf *sb, sea_seq seq, void *to, uint32_t len);

#endif
