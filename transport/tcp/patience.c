/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For how long a connection tries: as many doublings of the RTO as tcp_retries2 allows (RFC 1122 R2), or the program's
 * TCP_USER_TIMEOUT (RFC 5482).
 */
#include "transport/tcp/conn.h"
#include "transport/tcp/recovery.h"

#define LEAST_NS (2 * SEA_MSEC) /* Linux's TCP_TIMEOUT_MIN */

bool sea_tcp_tried(const struct tcp_conn *c, sea_time since, unsigned retries)
{
	bool opening = tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV);
	int64_t base = (opening ? TCP_RTO_INIT_US : TCP_RTO_MIN_US) * SEA_USEC;
	int64_t limit = 0, elapsed = sea_time_diff(tcp_now(c), since);

	for (unsigned i = 0; i <= retries; i++) {
		int64_t step = base << (i < 20 ? i : 20);

		limit += step < tcp_rto_max_ns(c) ? step : tcp_rto_max_ns(c);
	}
	return elapsed >= limit;
}

bool sea_tcp_tried_enough(const struct tcp_conn *c, sea_time since, unsigned retries)
{
	if (c->side->user_timeout_ms)
		return sea_time_diff(tcp_now(c), since) >= c->side->user_timeout_ms * SEA_MSEC;
	return sea_tcp_tried(c, since, retries);
}

unsigned sea_tcp_retries(const struct tcp_conn *c)
{
	const struct tcp_sysctls *sys = &sea_tcp_st(c)->sysctl;

	if (!(c->flags & TCP_F_ORPHAN))
		return (unsigned)sys->retries2;
	return sys->orphan_retries ? (unsigned)sys->orphan_retries : 8;
}

sea_time sea_tcp_first_retransmission(const struct tcp_conn *c)
{
	const struct tcp_txseg *head = sea_tcp_txq_first(&c->fl->txq);

	if (c->fl->rec.retrans_stamp.ns)
		return c->fl->rec.retrans_stamp;
	return head ? head->first_sent : tcp_now(c);
}

int64_t sea_tcp_rto_till_end(const struct tcp_conn *c, sea_time since, unsigned backoff)
{
	int64_t rto = tcp_rto_ns(c, c->rto_shift + backoff), left;

	if (!c->side->user_timeout_ms || !since.ns)
		return rto;
	left = c->side->user_timeout_ms * SEA_MSEC - sea_time_diff(tcp_now(c), since);
	if (left < LEAST_NS)
		left = LEAST_NS;
	return left < rto ? left : rto;
}
