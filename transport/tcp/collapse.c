/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small segments that were sent one by one go together when they have to go again. What the peer holds, what was larger
 * than a segment and what ends a record stays apart, and nothing reaches beyond the window.
 */
#include "transport/tcp/conn.h"

#include "core/minmax.h"
#include "transport/tcp/recover.h"

static uint32_t payload(const struct tcp_txseg *seg)
{
	return (uint32_t)sea_seq_diff(seg->end, seg->seq) - !!(seg->bits & TCP_TX_FIN);
}

static bool stands_alone(const struct tcp_txseg *seg)
{
	return seg->segs > 1 || (seg->bits & (TCP_TX_SACKED | TCP_TX_SYN));
}

/* Bytes that the segment may have. */
static uint32_t room_of(const struct tcp_conn *c, const struct tcp_txseg *seg)
{
	int32_t window = sea_seq_diff(sea_seq_add(c->snd_una, c->snd_wnd), seg->seq);

	/* A window that is closed takes one segment all the same, to probe it. */
	return window > 0 ? sea_min_u32((uint32_t)window, seg->mss) : seg->mss;
}

static bool may_join(const struct tcp_conn *c, const struct tcp_txseg *seg,
		     const struct tcp_txseg *next, uint32_t room)
{
	return next && !seg->eor && !stands_alone(next) && payload(seg) + payload(next) <= room &&
	       sea_seq_le(next->end, sea_seq_add(c->snd_una, c->snd_wnd));
}

void sea_tcp_collapse(struct tcp_conn *c, struct tcp_txseg *seg)
{
	struct tcp_txq *q = &c->fl->txq;
	uint32_t room = room_of(c, seg);

	if (!sea_tcp_st(c)->sysctl.retrans_collapse || stands_alone(seg) || payload(seg) >= room)
		return;
	while (may_join(c, seg, sea_tcp_txq_next(seg), room)) {
		sea_tcp_txq_join(q, seg);
		if (!tcp_has_sack(c) && q->dup_acked)
			q->dup_acked--;
	}
}
