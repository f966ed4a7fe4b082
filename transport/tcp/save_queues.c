/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's queues as bytes: received packets, stored bytes, what is out and how it stands. */
#include <errno.h>

#include "transport/tcp/memory.h"
#include "transport/tcp/save.h"

#define BYTES_MAX (1u << 30)
#define PIECE 2048u

/* -- received packets -- */

static void save_rx(struct sea_saver *to, const struct sea_pkt *pkt)
{
	const struct tcp_rxcb *cb = (const struct tcp_rxcb *)(const void *)pkt->cb;
	uint8_t piece[PIECE];

	sea_save_u32(to, cb->seq.v);
	sea_save_u8(to, (uint8_t)(cb->fin | cb->joined << 1));
	sea_save_u32(to, cb->room);
	sea_save_u32(to, pkt->charged);
	sea_save_u32(to, pkt->len);
	for (uint32_t off = 0; off < pkt->len; off += PIECE) {
		uint32_t n = pkt->len - off < PIECE ? pkt->len - off : PIECE;

		(void)sea_pkt_read(pkt, off, piece, n);
		sea_save_bytes(to, piece, n);
	}
}

/* NULL where there is none: an error sticks then. */
static struct sea_pkt *load_rx(struct sea_loader *from, struct sea_pool *pool)
{
	sea_seq seq = sea_seq_of(sea_load_u32(from));
	uint8_t bits = sea_load_u8(from); /* a FIN, joined */
	uint16_t room = (uint16_t)sea_load_u32(from);
	uint32_t charged = sea_load_u32(from), len = sea_load_count(from, SEA_PKT_LEN_MAX);
	struct sea_pkt *pkt = from->err ? NULL : sea_pkt_new(pool, 0, len);
	uint8_t piece[PIECE];

	for (uint32_t off = 0; pkt && off < len; off += PIECE) {
		uint32_t n = len - off < PIECE ? len - off : PIECE;

		sea_load_bytes(from, piece, n);
		if (!sea_pkt_append(pkt, piece, n)) {
			sea_pkt_free(pkt);
			pkt = NULL;
		}
	}
	if (!pkt || !sea_pkt_settle(pkt, false)) {
		if (pkt)
			sea_pkt_free(pkt);
		sea_load_fail(from, -ENOMEM);
		return NULL;
	}
	pkt->charged = charged;
	*TCP_RXCB(pkt) = (struct tcp_rxcb){
		.seq = seq,
		.end = sea_seq_add(seq, len),
		.fin = bits & 1,
		.joined = bits & 2,
		.room = room,
	};
	return pkt;
}

static void load_rcvq(struct sea_loader *from, struct tcp_conn *c)
{
	uint32_t n = sea_load_count(from, BYTES_MAX);

	while (n-- && !from->err) {
		struct sea_pkt *pkt = load_rx(from, &c->sock.stack->shard.pool);

		if (pkt)
			sea_pktq_push(&c->rcvq.pkts, pkt);
	}
}

static const struct sea_pkt *pkt_of(struct sea_rbnode *node)
{
	struct tcp_rxcb *cb = sea_container(node, struct tcp_rxcb, node);

	return sea_container(cb, struct sea_pkt, cb);
}

static void save_reasm(struct sea_saver *to, const struct tcp_reasm *r)
{
	struct sea_rbnode *node = sea_rb_first(&r->by_seq);

	sea_save_u32(to, r->n);
	for (; node; node = sea_rb_next(node))
		save_rx(to, pkt_of(node));
	sea_save_u8(to, r->n_sack);
	for (unsigned i = 0; i < r->n_sack; i++) {
		sea_save_u32(to, r->sack[i].start.v);
		sea_save_u32(to, r->sack[i].end.v);
	}
}

static uint8_t load_n_sack(struct sea_loader *from)
{
	uint8_t n = sea_load_u8(from);

	if (n <= SEA_TCP_SACK_MAX)
		return n;
	sea_load_fail(from, -EINVAL);
	return 0;
}

static void load_reasm(struct sea_loader *from, struct tcp_conn *c)
{
	uint32_t n = sea_load_count(from, BYTES_MAX);

	while (n-- && !from->err) {
		struct sea_pkt *pkt = load_rx(from, &c->sock.stack->shard.pool);

		if (pkt && !sea_tcp_reasm_put_back(&c->fl->reasm, pkt)) {
			sea_pkt_free(pkt);
			sea_load_fail(from, -EINVAL);
		}
	}
	/* The order in which blocks are reported is that of arrival. */
	c->fl->reasm.n_sack = load_n_sack(from);
	for (unsigned i = 0; i < c->fl->reasm.n_sack; i++) {
		c->fl->reasm.sack[i].start = sea_seq_of(sea_load_u32(from));
		c->fl->reasm.sack[i].end = sea_seq_of(sea_load_u32(from));
	}
}

/* -- stored bytes -- */

static void save_sendbuf(struct sea_saver *to, const struct tcp_sendbuf *sb)
{
	uint32_t len = sea_tcp_sendbuf_len(sb);
	uint8_t piece[PIECE];

	sea_save_u32(to, sb->start.v);
	sea_save_u32(to, len);
	for (uint32_t off = 0; off < len; off += PIECE) {
		uint32_t n = len - off < PIECE ? len - off : PIECE;

		sea_tcp_sendbuf_read(sb, sea_seq_add(sb->start, off), piece, n);
		sea_save_bytes(to, piece, n);
	}
}

static void load_sendbuf(struct sea_loader *from, struct tcp_conn *c)
{
	struct sea_pool *pool = &c->sock.stack->shard.pool;
	uint8_t piece[PIECE];
	uint32_t len;

	sea_tcp_sendbuf_init(&c->fl->sendbuf, sea_seq_of(sea_load_u32(from)));
	len = sea_load_count(from, BYTES_MAX);
	for (uint32_t off = 0; off < len && !from->err; off += PIECE) {
		struct iovec iov = { piece, len - off < PIECE ? len - off : PIECE };

		sea_load_bytes(from, piece, iov.iov_len);
		if (sea_tcp_sendbuf_append(&c->fl->sendbuf, pool, &iov, 0, iov.iov_len) !=
		    iov.iov_len)
			sea_load_fail(from, -ENOMEM);
	}
	tcp_mem_charge(sea_tcp_st(c), tcp_stored(c));
}

/* -- how what waits is divided -- */

static void save_marks(struct sea_saver *to, struct tcp_marks *m)
{
	sea_save_u32(to, m->n);
	for (uint32_t i = 0; i < m->n; i++) {
		sea_save_u32(to, sea_tcp_mark_at(m, i)->end.v);
		sea_save_u32(to, sea_tcp_mark_at(m, i)->flags);
	}
}

/* They go up from SND.NXT to the end of what was written. */
static void load_marks(struct sea_loader *from, struct tcp_conn *c)
{
	uint32_t n = sea_load_count(from, BYTES_MAX);
	sea_seq at = c->snd_nxt;

	while (n-- && !from->err) {
		sea_seq end = sea_seq_of(sea_load_u32(from));
		struct tcp_mark *mark;

		mark = sea_seq_gt(end, at) && sea_seq_le(end, c->write_seq)
			       ? sea_tcp_marks_push(&c->fl->marks, &c->sock.stack->shard.pool, end)
			       : NULL;
		if (mark)
			mark->flags = sea_load_u32(from);
		else
			sea_load_fail(from, -EINVAL);
		at = end;
	}
	if (!from->err && tcp_unsent(c) && !sea_seq_eq(at, c->write_seq))
		sea_load_fail(from, -EINVAL);
}

/* -- the retransmit queue -- */

#define M(member) TCP_MEMBER(tcp_txseg, member)

static const struct tcp_member seg_members[] = {
	M(seq),
	M(end),
	M(mss),
	M(bits),
	M(flags),
	M(burst_no),
	M(eor),
	M(taken_back),
	M(first_sent),
	M(last_sent),
	M(delivered),
	M(delivered_stamp),
	M(first_tx_stamp),
	M(path.in_flight),
	M(path.lost),
};

#define SEG_MEMBERS (sizeof(seg_members) / sizeof(seg_members[0]))

static uint32_t in_time(const struct tcp_txq *q)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &q->by_time)
	n++;
	return n;
}

static void save_txq(struct sea_saver *to, const struct tcp_txq *q)
{
	struct tcp_txseg *seg = sea_tcp_txq_first(q);
	struct sea_list *node, *tmp;

	sea_save_u32(to, q->n);
	for (; seg; seg = sea_tcp_txq_next(seg))
		sea_tcp_save_members(to, seg, seg_members, SEG_MEMBERS);
	sea_save_u32(to, in_time(q));
	SEA_LIST_EACH(node, tmp, &q->by_time)
	sea_save_u32(to, sea_container(node, struct tcp_txseg, by_time)->seq.v);
	sea_save_u32(to, q->dup_acked);
	sea_save_time(to, q->burst);
	sea_save_u16(to, q->burst_n);
	sea_save_u32(to, q->lost.total);
	sea_save_u32(to, q->lost.segs);
	sea_save_u32(to, q->lost.ranges);
	sea_save_u32(to, q->lost.end.v);
	sea_save_u32(to, q->lost.first.segs);
	sea_save_u32(to, q->lost.first.in_flight);
	sea_save_u32(to, q->lost.first.lost);
	sea_save_u8(to, q->lost.first.app_limited);
}

static bool load_seg(struct sea_loader *from, struct tcp_txq *q)
{
	const uint8_t at_once = TCP_TX_SYN | TCP_TX_FIN;
	struct tcp_txseg in = { 0 }, *seg, *last = sea_tcp_txq_last(q);

	sea_tcp_load_members(from, &in, seg_members, SEG_MEMBERS);
	if (from->err || !in.mss || !sea_seq_lt(in.seq, in.end) ||
	    (last && !sea_seq_eq(last->end, in.seq)))
		return false;
	seg = sea_tcp_txq_push(q, in.seq, in.end, in.mss, in.bits & at_once, in.flags,
			       in.first_sent);
	if (!seg)
		return false;
	seg->burst_no = in.burst_no;
	seg->eor = in.eor;
	seg->taken_back = in.taken_back;
	seg->last_sent = in.last_sent;
	seg->delivered = in.delivered;
	seg->delivered_stamp = in.delivered_stamp;
	seg->first_tx_stamp = in.first_tx_stamp;
	seg->path = in.path;
	sea_tcp_txq_mark(q, seg, (uint8_t)(in.bits & ~at_once), 0);
	return true;
}

static void load_txq(struct sea_loader *from, struct tcp_txq *q)
{
	uint32_t n = sea_load_count(from, BYTES_MAX);

	while (n-- && !from->err)
		if (!load_seg(from, q))
			sea_load_fail(from, -EINVAL);
	n = sea_load_count(from, q->n);
	while (n-- && !from->err) {
		struct tcp_txseg *seg = sea_tcp_txq_find(q, sea_seq_of(sea_load_u32(from)));

		if (!seg || !sea_list_linked(&seg->by_time))
			continue;
		sea_list_remove(&seg->by_time);
		sea_list_push_back(&q->by_time, &seg->by_time);
	}
	q->dup_acked = sea_load_count(from, q->packets_out);
	q->burst = sea_load_time(from);
	q->burst_n = sea_load_u16(from);
	q->lost.total = sea_load_u32(from);
	q->lost.segs = sea_load_u32(from);
	q->lost.ranges = sea_load_u32(from);
	q->lost.end = sea_seq_of(sea_load_u32(from));
	q->lost.first.segs = sea_load_u32(from);
	q->lost.first.in_flight = sea_load_u32(from);
	q->lost.first.lost = sea_load_u32(from);
	q->lost.first.app_limited = sea_load_u8(from);
}

/* -- all -- */

void sea_tcp_save_queues(struct sea_saver *to, const struct tcp_conn *c)
{
	const struct sea_pkt *pkt = c->rcvq.pkts.head;

	sea_save_u32(to, c->rcvq.pkts.n);
	for (; pkt; pkt = pkt->next)
		save_rx(to, pkt);
	if (tcp_idle(c))
		return;
	save_reasm(to, &c->fl->reasm);
	save_sendbuf(to, &c->fl->sendbuf);
	save_marks(to, &c->fl->marks);
	save_txq(to, &c->fl->txq);
}

void sea_tcp_load_queues(struct sea_loader *from, struct tcp_conn *c)
{
	load_rcvq(from, c);
	if (tcp_idle(c))
		return;
	load_reasm(from, c);
	load_sendbuf(from, c);
	load_marks(from, c);
	load_txq(from, &c->fl->txq);
}
