/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what is lost, by time (RFC 8985 §6). Entries stand in the queue in order of their last
 * sending, so looking ends at the first that was sent after the latest one delivered; entries that
 * are marked leave that order and are not looked at again until they are sent again.
 */
#include "transport/tcp/rack.h"

#define REO_WND_PERSIST 16 /* recoveries for which a widened window stays */
#define DOUBTFUL_MAX 128   /* entries looked at for the exact time to look again */

void sea_tcp_rack_init(struct tcp_recovery *rec, uint32_t reordering)
{
	rec->reordering = (uint16_t)(reordering < UINT16_MAX ? reordering : UINT16_MAX);
	rec->reo_wnd_steps = 1;
}

/* RACK_sent_after(): was `end` of the segment sent after what was delivered? Of one sending the order is that of numbers. */
static int64_t sent_after(const struct tcp_recovery *rec, const struct tcp_txseg *seg, sea_seq end)
{
	if (seg->last_sent.ns != rec->rack_sent.ns)
		return seg->last_sent.ns - rec->rack_sent.ns;
	if (seg->burst_no != rec->rack_burst_no)
		return seg->burst_no - rec->rack_burst_no;
	return sea_seq_diff(end, rec->rack_end);
}

void sea_tcp_rack_delivered(struct tcp_recovery *rec, const struct tcp_rtt *rtt,
			    const struct tcp_txseg *seg, sea_seq end, sea_time now)
{
	int64_t rtt_us = sea_time_diff(now, seg->last_sent) / SEA_USEC;

	/* Too fast for the retransmission: the original was delivered, and when it was sent is gone. */
	if ((seg->bits & (TCP_TX_RETRANS | TCP_TX_EVER_RETRANS)) && rtt_us < tcp_min_rtt_us(rtt))
		return;
	rec->rack_advanced = true;
	rec->rack_rtt_us = rtt_us < UINT32_MAX ? (uint32_t)rtt_us : UINT32_MAX;
	if (sent_after(rec, seg, end) > 0) {
		rec->rack_sent = seg->last_sent;
		rec->rack_burst_no = seg->burst_no;
		rec->rack_end = end;
	}
}

void sea_tcp_rack_adapt(struct tcp_recovery *rec, uint64_t prior_delivered, uint64_t delivered,
			int sysctl)
{
	if ((sysctl & TCP_RACK_STATIC_REO_WND) || !prior_delivered)
		return;
	if (prior_delivered < rec->last_delivered) /* not a round trip since the last time */
		rec->dsack_seen = false;
	if (rec->dsack_seen) {
		if (rec->reo_wnd_steps < UINT8_MAX)
			rec->reo_wnd_steps++;
		rec->dsack_seen = false;
		rec->last_delivered = delivered;
		rec->reo_wnd_persist = REO_WND_PERSIST;
	} else if (!rec->reo_wnd_persist) {
		rec->reo_wnd_steps = 1;
	}
}

uint32_t sea_tcp_rack_reo_wnd_us(const struct tcp_recovery *rec, const struct tcp_rtt *rtt,
				 const struct tcp_txq *q, int sysctl)
{
	uint64_t wnd;

	if (!rec->reord_seen) {
		if (rec->ca_state >= TCP_CA_RECOVERY)
			return 0;
		if (q->sacked_out >= rec->reordering && !(sysctl & TCP_RACK_NO_DUPTHRESH))
			return 0;
	}
	wnd = (uint64_t)(tcp_min_rtt_us(rtt) >> 2) * rec->reo_wnd_steps;
	return wnd < rtt->srtt_us >> 3 ? (uint32_t)wnd : rtt->srtt_us >> 3;
}

int64_t sea_tcp_rack_left_us(const struct tcp_recovery *rec, const struct tcp_txseg *seg,
			     uint32_t reo_wnd_us, sea_time now)
{
	return (int64_t)rec->rack_rtt_us + reo_wnd_us -
	       sea_time_diff(now, seg->last_sent) / SEA_USEC;
}

/* A lost retransmission waits to be sent a third time. */
static void mark(struct tcp_txq *q, struct tcp_txseg *seg, struct tcp_rack_result *r)
{
	if (seg->bits & TCP_TX_RETRANS)
		r->lost_retrans += seg->segs;
	r->lost += seg->segs;
	sea_tcp_txq_mark(q, seg, TCP_TX_LOST, TCP_TX_RETRANS);
}

/* Nothing doubtful has to wait longer than what was delivered would have. */
static int64_t wait_bound_us(const struct tcp_recovery *rec, sea_time now)
{
	return (int64_t)rec->rack_rtt_us + rec->reo_wnd_us -
	       sea_time_diff(now, rec->rack_sent) / SEA_USEC;
}

struct tcp_rack_result sea_tcp_rack_detect(struct tcp_recovery *rec, const struct tcp_rtt *rtt,
					   struct tcp_txq *q, int sysctl, sea_time now)
{
	struct tcp_rack_result r = { 0 };
	struct sea_list *node, *tmp;
	unsigned doubtful = 0;

	rec->rack_advanced = false;
	rec->reo_wnd_us = sea_tcp_rack_reo_wnd_us(rec, rtt, q, sysctl);
	SEA_LIST_EACH(node, tmp, &q->by_time)
	{
		struct tcp_txseg *seg = sea_container(node, struct tcp_txseg, by_time);
		int64_t left;

		if (sent_after(rec, seg, seg->end) >= 0)
			break;
		left = sea_tcp_rack_left_us(rec, seg, rec->reo_wnd_us, now);
		if (left <= 0)
			mark(q, seg, &r);
		else if (++doubtful <= DOUBTFUL_MAX)
			r.wait_us = left;
		else
			break;
	}
	if (doubtful > DOUBTFUL_MAX)
		r.wait_us = wait_bound_us(rec, now);
	return r;
}
