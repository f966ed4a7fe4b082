/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how fast the window shrinks in recovery. While more is in flight than ssthresh, one segment
 * goes out for every prior_cwnd / ssthresh delivered, so that the flight arrives at ssthresh when
 * the recovery ends. Below ssthresh, packet conservation (the conservative bound, CRB), or one more
 * an ACK where the ACK proves that the path drains (the slow-start bound, SSRB).
 */
#include "transport/tcp/prr.h"

void sea_tcp_prr_begin(struct tcp_recovery *rec, uint32_t cwnd)
{
	rec->prior_cwnd = cwnd;
	rec->prr_delivered = 0;
	rec->prr_out = 0;
}

static int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* RFC 6937 §3.1, first part; rounded up. */
static int64_t proportional(const struct tcp_recovery *rec, uint32_t ssthresh)
{
	uint64_t due = (uint64_t)ssthresh * rec->prr_delivered + rec->prior_cwnd - 1;

	return (int64_t)(due / rec->prior_cwnd) - rec->prr_out;
}

uint32_t sea_tcp_prr_cwnd(struct tcp_recovery *rec, uint32_t ssthresh, uint32_t in_flight,
			  uint32_t delivered, bool safe)
{
	int64_t room = (int64_t)ssthresh - in_flight, n;

	rec->prr_delivered += delivered;
	if (room < 0) {
		n = proportional(rec, ssthresh);
	} else {
		n = max_i64((int64_t)rec->prr_delivered - rec->prr_out, delivered);
		n = min_i64(n + safe, room);
	}
	/* The first ACK of a recovery always lets the fast retransmission out. */
	n = max_i64(n, rec->prr_out ? 0 : 1);
	return in_flight + (uint32_t)n;
}
