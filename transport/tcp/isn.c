/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where sequence numbers and timestamps begin: a keyed hash of whom we talk to, so that nobody else
 * can tell, plus for sequence numbers a clock, so that they rise from one connection to the next
 * (RFC 6528, RFC 7323 §5.4).
 */
#include <string.h>

#include "transport/tcp/passive.h"

#define ISN_CLOCK_SHIFT 6 /* one in 64 ns: round in 274 s, more than two lives of a segment */

static uint64_t hash(const struct sea_siphash_key *key, uint8_t family,
		     const struct sea_ipaddr *laddr, uint16_t lport, const struct sea_ipaddr *raddr,
		     uint16_t rport)
{
	uint8_t in[16 + 16 + 2 + 2 + 1];

	memcpy(in, laddr->b, 16);
	memcpy(in + 16, raddr->b, 16);
	memcpy(in + 32, &lport, 2);
	memcpy(in + 34, &rport, 2);
	in[36] = family;
	return sea_siphash24(key, in, sizeof(in));
}

sea_seq sea_tcp_isn(const struct sea_stack *stack, uint8_t family, const struct sea_ipaddr *laddr,
		    uint16_t lport, const struct sea_ipaddr *raddr, uint16_t rport)
{
	uint64_t h = hash(&sea_tcp_of(stack)->isn_key, family, laddr, lport, raddr, rport);

	return sea_seq_of((uint32_t)h + (uint32_t)(stack->shard.now.ns >> ISN_CLOCK_SHIFT));
}

/* One for a pair of hosts, so that RFC 6191's comparison of timestamps across connections works. */
uint32_t sea_tcp_ts_offset(const struct sea_stack *stack, uint8_t family,
			   const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr)
{
	const struct tcp_state *st = sea_tcp_of(stack);

	if (st->sysctl.timestamps != 1)
		return 0;
	return (uint32_t)hash(&st->ts_key, family, laddr, 0, raddr, 0);
}
