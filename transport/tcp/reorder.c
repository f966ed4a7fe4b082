/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how many segments may overtake another before that one is taken for lost (`reordering`,
 * the dupthresh), and what duplicate ACKs mean where the peer does not SACK (RFC 5681 §3.2, 6582).
 */
#include "transport/tcp/recover.h"

static void raise_to(struct tcp_conn *c, uint32_t segs)
{
	uint32_t max = (uint32_t)sea_tcp_st(c)->sysctl.max_reordering;
	struct tcp_side *side;

	max = max < UINT16_MAX ? max : UINT16_MAX;
	c->fl->rec.reordering = (uint16_t)(segs < max ? segs : max);
	c->fl->rec.reord_seen = true;
	side = sea_tcp_side_edit(c);
	if (side)
		side->reord_seen_n++;
}

void sea_tcp_reorder_seen(struct tcp_conn *c, sea_seq low, bool by_ts)
{
	uint32_t mss = c->mss_cache, metric, segs = c->fl->rec.reordering;

	if (!sea_seq_lt(low, c->fl->rec.fack))
		return;
	metric = (uint32_t)sea_seq_diff(c->fl->rec.fack, low);
	if (mss && metric > segs * mss)
		segs = (metric + mss - 1) / mss;
	raise_to(c, segs);
	tcp_count(c, by_ts ? SEA_MIB_TcpExtTCPTSReorder : SEA_MIB_TcpExtTCPSACKReorder);
}

/* At least one segment, or all that are lost, cannot be what the duplicates speak of. */
static bool limit_dups(struct tcp_txq *q)
{
	uint32_t holes = q->lost_out ? q->lost_out : 1;
	uint32_t max = q->packets_out > holes ? q->packets_out - holes : 0;

	if (q->dup_acked <= max)
		return false;
	q->dup_acked = max;
	return true;
}

void sea_tcp_dup_limit(struct tcp_conn *c)
{
	(void)limit_dups(&c->fl->txq);
}

/* More duplicates than there are segments that can have caused them: they were reordered. */
static void check(struct tcp_conn *c, uint32_t acked)
{
	if (!limit_dups(&c->fl->txq))
		return;
	raise_to(c, c->fl->txq.packets_out + acked);
	tcp_count(c, SEA_MIB_TcpExtTCPRenoReorder);
}

/*
 * No more duplicates count than segments were out when they began: those that the new data of this
 * round trip causes come after SND.UNA moves, or are forged (RFC 5681 §3.2, on [SCWA99]).
 */
static uint32_t believable(struct tcp_conn *c, uint32_t n)
{
	struct tcp_recovery *rec = &c->fl->rec;

	if (!rec->dup_count)
		rec->dup_limit = c->fl->txq.packets_out;
	if (rec->dup_count >= rec->dup_limit)
		return 0;
	if (n > rec->dup_limit - rec->dup_count)
		n = rec->dup_limit - rec->dup_count;
	rec->dup_count += n;
	return n;
}

void sea_tcp_dup_add(struct tcp_conn *c, uint32_t n)
{
	uint32_t prior = c->fl->txq.dup_acked;

	n = believable(c, n);
	c->fl->txq.dup_acked += n;
	check(c, 0);
	if (c->fl->txq.dup_acked > prior)
		c->delivered += c->fl->txq.dup_acked - prior;
}

void sea_tcp_dup_remove(struct tcp_conn *c, uint32_t acked)
{
	struct tcp_txq *q = &c->fl->txq;

	if (acked) {
		/* One ACK acknowledges one hole; what follows was announced by duplicates. */
		c->delivered += acked > q->dup_acked ? acked - q->dup_acked : 1;
		q->dup_acked = q->dup_acked > acked - 1 ? q->dup_acked - (acked - 1) : 0;
	}
	check(c, acked);
}

void sea_tcp_newreno_mark(struct tcp_conn *c, struct tcp_ack_sample *a)
{
	struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);
	bool third = c->fl->rec.ca_state < TCP_CA_RECOVERY &&
		     c->fl->txq.dup_acked >= c->fl->rec.reordering;
	bool partial = c->fl->rec.ca_state == TCP_CA_RECOVERY && a->una_advanced;

	if (!head || !(third || partial) || (head->bits & TCP_TX_LOST))
		return;
	/* Only the first segment is known to be missing. */
	if (head->segs > 1 &&
	    sea_tcp_txq_split(&c->fl->txq, head, sea_seq_add(head->seq, head->mss)))
		return;
	sea_tcp_txq_mark(&c->fl->txq, head, TCP_TX_LOST, 0);
	a->lost_segs += head->segs;
	limit_dups(&c->fl->txq);
}
