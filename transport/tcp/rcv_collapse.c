/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues that waste their buffer are copied together, as Linux does before it throws anything away: what lies close
 * moves into packets that one page of memory holds. The charged ledger shrinks by what they weigh less.
 *
 * A *piece* is what would be one packet of Linux's: packets that were joined (join.c), the last of which has the charge
 * of all.
 */
#include "transport/tcp/reasm.h"

#include "core/minmax.h"
#include "transport/tcp/memory.h"

#define LINEAR_MOST (4096u - 320u) /* payload of a page: the table of pages is behind it */

struct piece {
	sea_seq seq, end;
	uint32_t charged;
	bool fin;
};

/* The one at the head of the queue, which is not empty. */
static struct piece first_piece(const struct sea_pktq *q)
{
	const struct sea_pkt *pkt = q->head;
	struct piece p = { .seq = TCP_RXCB(pkt)->seq };

	for (; pkt; pkt = pkt->next) {
		p.end = TCP_RXCB(pkt)->end;
		p.charged = pkt->charged;
		p.fin = TCP_RXCB(pkt)->fin;
		if (pkt->charged)
			break;
	}
	return p;
}

static void move_piece(struct sea_pktq *to, struct sea_pktq *from)
{
	bool last;

	do {
		struct sea_pkt *pkt = sea_pktq_pop(from);

		last = pkt->charged || !from->head;
		sea_pktq_push(to, pkt);
	} while (!last);
}

/* It takes more than its share of the window, or its beginning was read. */
static bool is_bloated(const struct tcp_conn *c, const struct piece *p)
{
	return sea_tcp_win_from_space(c, (int32_t)p->charged) >
		       (uint32_t)sea_seq_diff(p->end, p->seq) ||
	       sea_seq_lt(p->seq, c->rcvq.copied_seq);
}

/* What comes before a FIN; that has to stand alone. */
static sea_seq end_of(const struct sea_pktq *q)
{
	sea_seq end = TCP_RXCB(q->head)->seq;

	for (const struct sea_pkt *pkt = q->head; pkt && !TCP_RXCB(pkt)->fin; pkt = pkt->next)
		end = TCP_RXCB(pkt)->end;
	return end;
}

/* Bytes from `at` on, as many as `to` has room for, which is no more than there are. */
static void fill(struct tcp_conn *c, struct sea_pkt *to, struct sea_pktq *from, sea_seq at)
{
	uint32_t room = (uint32_t)sea_seq_diff(TCP_RXCB(to)->end, at);

	while (room) {
		struct sea_pkt *pkt = from->head;
		uint32_t off = (uint32_t)sea_seq_diff(at, TCP_RXCB(pkt)->seq);
		uint32_t n = sea_min_u32(room, pkt->len - off);

		(void)sea_pkt_read(pkt, off, sea_pkt_put(to, n), n);
		at = sea_seq_add(at, n);
		room -= n;
		if (sea_seq_lt(at, TCP_RXCB(pkt)->end))
			return;
		tcp_uncharge_rx(c, pkt->charged);
		if (pkt->charged)
			sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPRcvCollapsed);
		sea_pkt_free(sea_pktq_pop(from));
	}
}

static struct sea_pkt *page_for(struct tcp_conn *c, sea_seq at, uint32_t len)
{
	struct sea_pkt *pkt = sea_pkt_new(&c->sock.stack->shard.pool, 0, len);
	struct tcp_rxcb *cb;

	if (!pkt)
		return NULL;
	cb = TCP_RXCB(pkt);
	cb->seq = at;
	cb->end = sea_seq_add(at, len);
	cb->fin = cb->joined = false;
	pkt->charged = sea_truesize_linear(len, &cb->room);
	tcp_charge_rx(c, pkt->charged);
	return pkt;
}

/* Pages for [at, end); false: no memory for all of them, and none is there. */
static bool make_pages(struct tcp_conn *c, struct sea_pktq *pages, sea_seq at, sea_seq end)
{
	struct sea_pkt *page;

	while (sea_seq_lt(at, end)) {
		page = page_for(c, at, sea_min_u32((uint32_t)sea_seq_diff(end, at), LINEAR_MOST));
		if (!page)
			break;
		at = TCP_RXCB(page)->end;
		sea_pktq_push(pages, page);
	}
	if (!sea_seq_lt(at, end))
		return true;
	while ((page = sea_pktq_pop(pages))) {
		tcp_uncharge_rx(c, page->charged);
		sea_pkt_free(page);
	}
	return false;
}

/* A queue without holes. */
static void collapse(struct tcp_conn *c, struct sea_pktq *q)
{
	struct sea_pktq done, pages;
	struct sea_pkt *page;
	struct piece p;
	sea_seq end;

	sea_pktq_init(&done);
	sea_pktq_init(&pages);
	while (q->head && (p = first_piece(q), p.fin || !is_bloated(c, &p)))
		move_piece(&done, q);
	if (q->head) {
		end = end_of(q);
		if (sea_seq_lt(p.seq, c->rcvq.copied_seq))
			p.seq = sea_seq_min(c->rcvq.copied_seq, end);
		(void)make_pages(c, &pages, p.seq, end);
	}
	while ((page = sea_pktq_pop(&pages))) {
		fill(c, page, q, TCP_RXCB(page)->seq);
		sea_pktq_push(&done, page);
	}
	sea_pktq_splice(&done, q);
	*q = done;
	if (!q->head)
		q->tail = &q->head;
}

/* Runs of one small piece are not worth it, and many of them end it. */
static void collapse_out_of_order(struct tcp_conn *c)
{
	struct tcp_reasm *r = &c->fl->reasm;
	uint32_t tiny = 0;
	sea_seq from = c->rcv_nxt;
	struct sea_pktq run;

	while (sea_tcp_reasm_take_run(r, from, &run)) {
		struct piece p = first_piece(&run);
		sea_seq end = TCP_RXCB(sea_container(run.tail, struct sea_pkt, next))->end;

		if (!sea_seq_eq(p.end, end) || (uint32_t)sea_seq_diff(end, p.seq) >= LINEAR_MOST)
			collapse(c, &run);
		else
			tiny += p.charged;
		sea_tcp_reasm_put_run(r, &run);
		from = sea_seq_add(end, 1);
		if (tiny > (uint32_t)c->sock.rcvbuf >> 3)
			return;
	}
}

void sea_tcp_rcv_collapse(struct tcp_conn *c)
{
	collapse_out_of_order(c);
	if (c->rcvq.pkts.head)
		collapse(c, &c->rcvq.pkts);
}
