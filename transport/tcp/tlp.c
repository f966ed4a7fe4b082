/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tail loss probes (RFC 8985 §7): when ACKs stay away for two round trips, one segment (new data, else
 * the last again) provokes a SACK, so that a loss at the tail costs no timeout. One probe is out at a
 * time; if it was the probe that repaired the loss, the window is reduced all the same.
 */
#include "transport/tcp/recover.h"

#define MIN_US 2000 /* room for the peer's timer granularity */

/* Linux's tcp_early_retrans: 3 and 4 allow probes. */
static bool allowed(const struct tcp_conn *c)
{
	int32_t mode = sea_tcp_st(c)->sysctl.early_retrans;

	if (mode != 3 && mode != 4)
		return false;
	if (!c->fl->txq.packets_out || !tcp_has_sack(c) || c->fl->rec.tlp_out)
		return false;
	return tcp_in(c, TCP_SYNCHRONIZED) &&
	       (c->fl->rec.ca_state == TCP_CA_OPEN || c->fl->rec.ca_state == TCP_CA_CWR);
}

int64_t sea_tcp_tlp_timeout_ns(const struct tcp_conn *c)
{
	int64_t us = TCP_RTO_INIT_US;

	if (!allowed(c))
		return -1;
	if (c->rtt.srtt_us) {
		us = c->rtt.srtt_us >> 2; /* 2 SRTT */
		/* A single segment's ACK may be delayed. */
		us += c->fl->txq.packets_out == 1 ? c->rtt.rto_min_us : MIN_US;
	}
	return us * SEA_USEC;
}

/* The last segment of what is out, cut off a super-segment; NULL: there is none. */
static struct tcp_txseg *last_segment(struct tcp_conn *c)
{
	struct tcp_txseg *seg = sea_tcp_txq_last(&c->fl->txq);

	if (!seg || seg->segs < 2)
		return seg;
	if (sea_tcp_txq_split(&c->fl->txq, seg, sea_seq_add(seg->seq, (seg->segs - 1u) * seg->mss)))
		return NULL;
	return sea_tcp_txq_next(seg);
}

static bool resend_last(struct tcp_conn *c)
{
	struct tcp_txseg *seg = last_segment(c);

	return seg && sea_tcp_retransmit_probe(c, seg) == 0;
}

void sea_tcp_recovery_tlp(struct tcp_conn *c)
{
	struct tcp_recovery *rec = &c->fl->rec;

	if (!rec->tlp_out && c->fl->txq.packets_out) {
		rec->tlp_out = true; /* so that sending does not schedule another */
		rec->tlp_retrans = false;
		if (!sea_tcp_send_new_probe(c)) {
			rec->tlp_retrans = resend_last(c);
			rec->tlp_out = rec->tlp_retrans;
		}
		if (rec->tlp_out) {
			rec->tlp_high_seq = c->snd_nxt;
			tcp_count(c, SEA_MIB_TcpExtTCPLossProbes);
		}
	}
	if (c->fl->txq.packets_out)
		tcp_arm_rtx_paced(c, TCP_RTX_RTO, tcp_rto_ns(c, c->rto_shift));
}

/* The probe arrived and nothing else did: it repaired a loss (RFC 8985 §7.4.2). */
static void probe_repaired(struct tcp_conn *c)
{
	sea_tcp_begin_reduction(c);
	c->fl->rec.ca_state = TCP_CA_CWR;
	sea_tcp_end_reduction(c);
	sea_tcp_keep_open(c);
	tcp_count(c, SEA_MIB_TcpExtTCPLossProbeRecovery);
}

void sea_tcp_tlp_ack(struct tcp_conn *c, sea_seq ack, const struct tcp_ack_sample *a)
{
	struct tcp_recovery *rec = &c->fl->rec;
	bool duplicate = !a->una_advanced && !a->data && !a->window_update && !a->sacked_segs;

	if (!rec->tlp_out || sea_seq_lt(ack, rec->tlp_high_seq))
		return;
	if (!rec->tlp_retrans || a->dsack_tlp)
		rec->tlp_out = false; /* new data arrived, or the original and the probe did */
	else if (sea_seq_gt(ack, rec->tlp_high_seq))
		probe_repaired(c);
	else if (duplicate)
		rec->tlp_out = false;
}
