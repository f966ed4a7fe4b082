/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What TCP remembers of peers from one connection to the next (ip-tcp_metrics(8)): noted when a connection ends in
 * order, used when another to the same address begins. An entry is forgotten after an hour; at most 8192 are kept, of
 * which the oldest goes for a new one. net.ipv4.tcp_no_metrics_save turns it off; tcp_no_ssthresh_metrics_save leaves
 * ssthresh out, and does so anyway, as on Linux.
 */
#ifndef SEASTACK_TCP_METRICS_H
#define SEASTACK_TCP_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_stack;

/* Begins with its size, as in <seastack/config.h>. What is 0 is not known. */
struct sea_tcp_metrics {
	size_t size;
	struct sea_addr dst, src; /* the peer's, ours */
	int64_t age_ns;           /* since it was made */
	uint32_t rtt_us, rttvar_us;
	uint32_t ssthresh, cwnd, reordering; /* in segments */
	/* Fast open (RFC 7413): the MSS of its SYN-ACKs, SYNs with data lost in a row, and its cookie. */
	uint32_t fastopen_mss, fastopen_syn_drops;
	uint8_t fastopen_cookie[16], fastopen_cookie_len;
};

/* All of them: start with *cursor = 0; false at the end. */
SEA_API bool sea_tcp_metrics_next(struct sea_stack *stack, uint64_t *cursor,
				  struct sea_tcp_metrics *metrics);
/*
 * What is known of `dst` from `src`; without one (family 0) from any. 0, -ESRCH (nothing), -EOPNOTSUPP (a stack
 * without TCP), -EINVAL.
 */
SEA_API SEA_MUST_USE int sea_tcp_metrics_get(struct sea_stack *stack, const struct sea_addr *dst,
					     const struct sea_addr *src,
					     struct sea_tcp_metrics *metrics);
/* Forgets it; without `src` from all. 0, -ESRCH, -EOPNOTSUPP. */
SEA_API int sea_tcp_metrics_del(struct sea_stack *stack, const struct sea_addr *dst,
				const struct sea_addr *src, sea_time now);
/* Forgets all: 0 or -EOPNOTSUPP. */
SEA_API int sea_tcp_metrics_flush(struct sea_stack *stack, sea_time now);

SEA_END_DECLS
#endif
