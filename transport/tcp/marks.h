/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where what the program wrote and was not yet sent is divided: a queue of boundaries, as Linux's send queue is of
 * skbs. Where they lie decides which segment is pushed (the one that ends a write), what no segment may reach over
 * (MSG_EOR), and how full the send buffer counts as.
 *
 *	 snd_nxt   head        second        tail = write_seq
 *	  |---------|------------|------------|
 */
#ifndef SEA_TCP_MARKS_H
#define SEA_TCP_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"
#include "wire/tcp.h"

enum tcp_mark_flag {
	TCP_MARK_PSH = 1, /* pushed */
	TCP_MARK_EOR = 2, /* no segment reaches over it */
	TCP_MARK_ZC = 4,  /* has pieces of MSG_ZEROCOPY, counted from TCP_MARK_PIECE on */
	TCP_MARK_PIECE = 1u << 8,
};

struct tcp_mark {
	sea_seq end;
	uint32_t flags;
};

#define TCP_MARKS_FEW 4u

struct tcp_marks {
	struct tcp_mark *ring; /* mask + 1 of them; NULL: they are in `few` */
	uint32_t mask, head, n;
	struct tcp_mark few[TCP_MARKS_FEW];
};

static inline void sea_tcp_marks_init(struct tcp_marks *m)
{
	m->ring = NULL;
	m->mask = TCP_MARKS_FEW - 1;
	m->head = m->n = 0;
}

void sea_tcp_marks_fini(struct tcp_marks *m, struct sea_pool *pool);

/* The i-th from the head; i < n. */
static inline struct tcp_mark *sea_tcp_mark_at(struct tcp_marks *m, uint32_t i)
{
	return &(m->ring ? m->ring : m->few)[(m->head + i) & m->mask];
}

/* A new one at the tail, at `end`. NULL: no memory. */
struct tcp_mark *sea_tcp_marks_push(struct tcp_marks *m, struct sea_pool *pool, sea_seq end);

/* The flags of all that a segment up to `seq` would take whole. */
uint32_t sea_tcp_marks_flags(struct tcp_marks *m, sea_seq seq);
/* All up to `seq` was sent. */
void sea_tcp_marks_pop(struct tcp_marks *m, sea_seq seq);

/* How far a segment that begins at the head may reach: the first EOR, or the tail. Needs n > 0. */
sea_seq sea_tcp_marks_reach(struct tcp_marks *m, sea_seq enough);
/*
 * The head takes bytes of the next part, up to `enough` if need be, unless a record ends it: as on Linux that is for good,
 * and what pushes the head is from then on behind them.
 */
void sea_tcp_marks_grow(struct tcp_marks *m, sea_seq enough);

#endif
