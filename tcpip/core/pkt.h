/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet: a chain of fragments over shared buffers, and a short fixed set of facts.
 *
 *	 frags[0]                                        frags[1]     frags[2] …
 *	+-----------+------+------+-------+-----------+   +---------+  +---------+
 *	| headroom  | link | net  | trans | payload … |-->| payload |->| payload |
 *	+-----------+------+------+-------+-----------+   +---------+  +---------+
 *	^buf->data  ^off_link     ^off_trans
 *	                   ^off_net
 *
 * Headers are always in frags[0], whose memory begins at frags[0].buf->data; the packet's bytes
 * begin at `frags[0].off`. Pulling a header moves that forward but leaves the header's bytes and its
 * off_* in place, so that an error message can quote them; pushing moves it back. frags[0] may be
 * empty (len 0) when all of it was pulled.
 *
 * A packet has one owner. `_input`, `_output`, `_drop`, `_free` and `_done` consume it; everything
 * else borrows. Buffers are reference-counted with plain integers: they belong to one shard. The
 * bytes of a buffer with more than one reference are read-only.
 */
#ifndef SEA_CORE_PKT_H
#define SEA_CORE_PKT_H

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <seastack/pkt.h>
#include <seastack/socket.h>
#include <seastack/time.h>

#include "core/assert.h"
#include "core/drop.h"
#include "core/list.h"
#include "core/pool.h"

struct sea_link;
struct sea_stack;

struct sea_buf {
	uint32_t refs;
	uint32_t cap;  /* bytes at data */
	uint8_t *data; /* right behind this header, or foreign memory */
	struct sea_pool *pool;
	/* Foreign memory: called instead of freeing, when the last reference goes. */
	void (*release)(struct sea_buf *buf, void *ctx);
	void *release_ctx;
	bool copied; /* foreign: somebody had to copy its bytes (sea_pkt_unlend) */
};

/* Bytes that a buffer needs besides its data. Buffers' data is aligned to 64. */
#define SEA_BUF_OVERHEAD 64u

struct sea_frag {
	struct sea_buf *buf;
	uint32_t off; /* from buf->data */
	uint32_t len;
};

/* What is known of the transport checksum (RFC 1071), as the law of super-segments names it. */
enum sea_csum_state {
	SEA_CSUM_NONE,     /* nothing: receivers must check, the field is final on send */
	SEA_CSUM_VERIFIED, /* receive: somebody trusted has checked it */
	SEA_CSUM_COMPLETE, /* receive: pkt->csum is the sum of all bytes from off_trans on */
	SEA_CSUM_PARTIAL, /* the field holds the pseudo-header's sum; [csum_start, end) is to be added */
};

enum sea_gso_type { SEA_GSO_NONE, SEA_GSO_TCP4, SEA_GSO_TCP6, SEA_GSO_UDP };

/* PACKET_* of Linux's <linux/if_packet.h>. */
enum sea_pkt_type {
	SEA_PKT_HOST = 0,
	SEA_PKT_BROADCAST = 1,
	SEA_PKT_MULTICAST = 2,
	SEA_PKT_OTHERHOST = 3,
	SEA_PKT_OUTGOING = 4,
	SEA_PKT_LOOPBACK = 5,
};

#define SEA_PKT_FRAGS_INLINE 5
#define SEA_PKT_FRAGS_MAX SEA_PKT_IOV_MAX
#define SEA_PKT_CB 64
#define SEA_PKT_LEN_MAX (65535u + 64u) /* an IP packet and its link header */
/* Room for all headers in front of outgoing payload. */
#define SEA_PKT_HEADROOM 128u

struct sea_pkt {
	struct sea_pkt *next; /* in a sea_pktq; NULL at its end */
	struct sea_pool *pool;
	struct sea_frag *frags; /* frags_inline, or a table of SEA_PKT_FRAGS_MAX */
	struct sea_link *link;  /* came in or goes out here */
	uint32_t len;           /* bytes from frags[0].off on, over all fragments */
	uint16_t nfrags;        /* at least 1 */
	uint16_t protocol;      /* EtherType of the network header */
	/* Offsets from frags[0].buf->data. Valid once the layer set them. */
	uint16_t off_link, off_net, off_trans;
	uint8_t type;         /* enum sea_pkt_type */
	uint8_t csum_state;   /* enum sea_csum_state */
	uint8_t gso_type;     /* enum sea_gso_type */
	uint8_t requeued : 1; /* the wire did not take it the first time */
	uint8_t trusted : 1;  /* came over a trusted link or our own loopback */
	uint8_t routed : 1;   /* looped back after it was routed to a group: not again */
	uint8_t edt : 1;      /* send: `time` is when it may leave at the earliest */
	/* Send: the owner wants to know when it stands before the link's queue, when it leaves (`tskey`). */
	uint8_t stamp_sched : 1;
	uint8_t stamp_snd : 1;
	uint8_t accecn : 1; /* a super-segment's CWR is part of a number (RFC 9768): each segment has it */
	uint16_t gso_size; /* payload bytes a segment (the last may be shorter) */
	uint16_t gso_segs;
	uint16_t csum_start;  /* PARTIAL: like off_*, where summing begins */
	uint16_t csum_offset; /* PARTIAL: from there to the field */
	/* COMPLETE: 16-bit folded or 32-bit unfolded sum of the bytes from off_trans on. */
	uint32_t csum;
	uint32_t hash; /* of the flow; 0: not known */
	uint32_t mark, priority;
	sea_time time;    /* receive: when it came in; send: when it was made */
	sea_socket owner; /* send: whom its leaving credits; NONE otherwise */
	uint32_t charged; /* bytes on a socket's ledger, credited on free */
	uint32_t capture; /* the capture record waiting for this packet's fate; 0: none */
	alignas(8) uint8_t cb[SEA_PKT_CB]; /* the present layer's; each layer may overwrite it */
	uint32_t tskey;                    /* what the owner calls it; only with stamp_* */
	struct sea_frag frags_inline[SEA_PKT_FRAGS_INLINE];
};

static_assert(sizeof(struct sea_pkt) <= 256, "a packet's facts fit four cache lines");

/* The layer's view of pkt->cb, checked for size. */
#define SEA_PKT_CB_AS(pkt, type)                                                      \
	({                                                                            \
		static_assert(sizeof(type) <= SEA_PKT_CB, "control block too small"); \
		(type *)(void *)(pkt)->cb;                                            \
	})

/* -- buffers -- */

static inline struct sea_buf *sea_buf_init(struct sea_buf *buf, struct sea_pool *pool, size_t size)
{
	buf->refs = 1;
	buf->cap = (uint32_t)(size - SEA_BUF_OVERHEAD);
	buf->data = (uint8_t *)buf + SEA_BUF_OVERHEAD;
	buf->pool = pool;
	buf->release = NULL;
	pool->n_bufs++;
	return buf;
}

/* sea_buf_new() in line; `size` counts SEA_BUF_OVERHEAD. */
static inline struct sea_buf *sea_buf_make(struct sea_pool *pool, size_t size)
{
	struct sea_buf *buf = sea_pool_take(pool, size);

	if (__builtin_expect(buf != NULL, 1))
		return sea_buf_init(buf, pool, sea_pool_taken(pool, size));
	buf = sea_pool_alloc_whole(pool, &size);
	return buf ? sea_buf_init(buf, pool, size) : NULL;
}

/* A buffer of at least `cap` bytes with one reference, or NULL. Its cap is all its class offers. */
struct sea_buf *sea_buf_new(struct sea_pool *pool, uint32_t cap);
/*
 * A buffer over foreign memory, which packets only read; `release` runs when the last reference goes. A packet's headers
 * never lie in one.
 */
struct sea_buf *sea_buf_new_foreign(struct sea_pool *pool, void *data, uint32_t cap,
				    void (*release)(struct sea_buf *, void *), void *ctx);
static inline struct sea_buf *sea_buf_get(struct sea_buf *buf)
{
	buf->refs++;
	return buf;
}
void sea_buf_put(struct sea_buf *buf);

/* -- life -- */

/* An empty packet whose first fragment has room for `headroom` + `room` bytes; NULL: no memory. */
struct sea_pkt *sea_pkt_new(struct sea_pool *pool, uint32_t headroom, uint32_t room);

/* A packet of the first `len` bytes of `buf`, whose reference it takes over. NULL: no memory, buf stays. */
struct sea_pkt *sea_pkt_new_over(struct sea_pool *pool, struct sea_buf *buf, uint32_t len);

/* Frees a packet that was delivered, sent or answered; credits its owner. Not for discarding. */
void sea_pkt_free(struct sea_pkt *pkt);

/* Credits the owner now: the packet is nobody's any more (it turned round at loopback). */
void sea_pkt_orphan(struct sea_pkt *pkt);

/* The only way to discard a packet: counts, traces, tells the capture, frees. */
void sea_pkt_drop(struct sea_stack *stack, struct sea_pkt *pkt, enum sea_drop reason);

/*
 * A second packet over the same buffers, which become read-only: pushing and sea_pkt_writable() give
 * it a head of its own. Not owned by a socket. NULL: no memory.
 */
struct sea_pkt *sea_pkt_clone(const struct sea_pkt *pkt, struct sea_pool *pool);

/* A deep copy into another pool, offsets and facts included. NULL: no memory. */
struct sea_pkt *sea_pkt_copy(const struct sea_pkt *pkt, struct sea_pool *pool);

/* -- the one checked door to the bytes -- */

/* Makes the first `len` bytes contiguous; false when the packet is shorter or memory is short. */
bool sea_pkt_linear_slow(struct sea_pkt *pkt, uint32_t len);

/* The next `len` bytes in one piece, or NULL. The pointer lives until the packet is changed. */
static inline void *sea_pkt_peek(struct sea_pkt *pkt, uint32_t len)
{
	if (__builtin_expect(pkt->frags[0].len < len, 0) && !sea_pkt_linear_slow(pkt, len))
		return NULL;
	return pkt->frags[0].buf->data + pkt->frags[0].off;
}

/* Moves past bytes that sea_pkt_peek() has shown. */
static inline void sea_pkt_skip(struct sea_pkt *pkt, uint32_t len)
{
	struct sea_frag *f = pkt->frags;

	f->off += len;
	f->len -= len;
	pkt->len -= len;
}

/* Both. */
static inline void *sea_pkt_pull(struct sea_pkt *pkt, uint32_t len)
{
	uint8_t *at = sea_pkt_peek(pkt, len);

	if (at)
		sea_pkt_skip(pkt, len);
	return at;
}

/* Takes back `len` bytes that were pulled (they are still there). */
static inline void sea_pkt_unpull(struct sea_pkt *pkt, uint32_t len)
{
	struct sea_frag *f = pkt->frags;

	f->off -= len;
	f->len += len;
	pkt->len += len;
}

/* A head buffer of the packet's own with `len` bytes of headroom; false: no memory. */
bool sea_pkt_push_slow(struct sea_pkt *pkt, uint32_t len);

/*
 * Takes `len` bytes of headroom in front (contents undefined), getting a new head buffer when there
 * is no room or the head is shared. NULL: no memory.
 */
static inline void *sea_pkt_push(struct sea_pkt *pkt, uint32_t len)
{
	if (__builtin_expect(pkt->frags[0].off < len || pkt->frags[0].buf->refs > 1, 0) &&
	    !sea_pkt_push_slow(pkt, len))
		return NULL;
	sea_pkt_unpull(pkt, len);
	return pkt->frags[0].buf->data + pkt->frags[0].off;
}

/* The next `len` bytes (contents undefined) of the room that a new packet was made with. */
static inline void *sea_pkt_put(struct sea_pkt *pkt, uint32_t len)
{
	struct sea_frag *f = &pkt->frags[0];
	uint8_t *at = f->buf->data + f->off + f->len;

	f->len += len;
	pkt->len += len;
	return at;
}

/* Position of the packet's first byte, in the terms of off_*. */
static inline uint16_t sea_pkt_offset(const struct sea_pkt *pkt)
{
	return (uint16_t)pkt->frags[0].off;
}

/* A header whose off_* was set by a layer that had pulled or pushed it. */
static inline void *sea_pkt_at(const struct sea_pkt *pkt, uint16_t off)
{
	return pkt->frags[0].buf->data + off;
}

/* Drops bytes from the front over any number of fragments (headers stay readable). */
void sea_pkt_trim_front(struct sea_pkt *pkt, uint32_t len);
/* Cuts the packet to its first `len` bytes. */
void sea_pkt_trim_to(struct sea_pkt *pkt, uint32_t len);

/* Appends bytes to the tail: into spare room, or a new buffer. False: no memory, nothing changed. */
bool sea_pkt_append(struct sea_pkt *pkt, const void *bytes, uint32_t len);
/* Appends a fragment, taking a reference. False: no free slot and no memory for a larger table. */
bool sea_pkt_append_frag(struct sea_pkt *pkt, struct sea_buf *buf, uint32_t off, uint32_t len);

/* Makes the bytes in [0, len) safe to write (unshares the head). NULL: no memory or too short. */
void *sea_pkt_writable(struct sea_pkt *pkt, uint32_t len);

/* -- foreign memory that a program lent -- */

/*
 * Foreign fragments become copies in the packet's pool, and their buffers say so: where somebody may keep the packet for
 * longer than a wire takes, like a reader on this machine. False: no memory, and the packet is whole all the same.
 */
SEA_MUST_USE bool sea_pkt_unlend_slow(struct sea_pkt *pkt);

SEA_MUST_USE static inline bool sea_pkt_unlend(struct sea_pkt *pkt)
{
	return pkt->nfrags == 1 || sea_pkt_unlend_slow(pkt);
}

/* The packet goes on as a copy, which the foreign buffers of this one say. */
void sea_pkt_note_copied(const struct sea_pkt *pkt);

/* -- the held ledger -- */

/*
 * Real bytes of this packet: itself, its table, and its buffers as far as no one shares them. Foreign memory is not
 * ours to count.
 */
uint32_t sea_pkt_held(const struct sea_pkt *pkt);

/*
 * The copy-down rule: a packet kept in a queue holds at most 2 x payload + 512 bytes. Copies where
 * it would hold more; false when there was no memory to do so (the caller drops the packet). The
 * headers before the payload survive only when `keep_headers`.
 */
static inline uint32_t sea_pkt_held_max(uint32_t payload)
{
	return 2 * payload + 512;
}
SEA_MUST_USE bool sea_pkt_settle_slow(struct sea_pkt *pkt, bool keep_headers);

/* Most packets are one piece of the pool's memory, and small enough. */
static inline bool sea_pkt_is_settled(const struct sea_pkt *pkt)
{
	const struct sea_buf *buf = pkt->frags[0].buf;

	return pkt->nfrags == 1 && pkt->frags == pkt->frags_inline && !buf->release &&
	       sizeof(*pkt) + SEA_BUF_OVERHEAD + buf->cap <= sea_pkt_held_max(pkt->len);
}

SEA_MUST_USE static inline bool sea_pkt_settle(struct sea_pkt *pkt, bool keep_headers)
{
	return __builtin_expect(sea_pkt_is_settled(pkt), 1) ||
	       sea_pkt_settle_slow(pkt, keep_headers);
}

/* -- queues -- */

struct sea_pktq {
	struct sea_pkt *head, **tail; /* tail: where the next pointer goes */
	uint32_t n;
	uint64_t bytes; /* sum of len as it was when pushed */
};

static inline void sea_pktq_init(struct sea_pktq *q)
{
	q->head = NULL;
	q->tail = &q->head;
	q->n = 0;
	q->bytes = 0;
}

static inline void sea_pktq_push(struct sea_pktq *q, struct sea_pkt *pkt)
{
	pkt->next = NULL;
	*q->tail = pkt;
	q->tail = &pkt->next;
	q->n++;
	q->bytes += pkt->len;
}

static inline struct sea_pkt *sea_pktq_pop(struct sea_pktq *q)
{
	struct sea_pkt *pkt = q->head;

	if (!pkt)
		return NULL;
	q->head = pkt->next;
	if (!q->head)
		q->tail = &q->head;
	q->n--;
	q->bytes -= pkt->len;
	pkt->next = NULL;
	return pkt;
}

static inline void sea_pktq_push_front(struct sea_pktq *q, struct sea_pkt *pkt)
{
	pkt->next = q->head;
	if (!q->head)
		q->tail = &pkt->next;
	q->head = pkt;
	q->n++;
	q->bytes += pkt->len;
}

/* The one that was pushed last; NULL. */
static inline struct sea_pkt *sea_pktq_last(const struct sea_pktq *q)
{
	return q->head ? sea_container(q->tail, struct sea_pkt, next) : NULL;
}

/* Moves all of `from` to the end of `to`. */
static inline void sea_pktq_splice(struct sea_pktq *to, struct sea_pktq *from)
{
	if (!from->head)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	to->n += from->n;
	to->bytes += from->bytes;
	sea_pktq_init(from);
}

#endif
