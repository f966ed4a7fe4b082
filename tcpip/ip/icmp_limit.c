/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many ICMP errors go out (RFC 1812 §4.3.2.8): a bucket per destination and one for all, with
 * Linux's sizes. The one for all takes a random number of tokens for each message, one on average,
 * so that nobody can count by it what we send to others (CVE-2020-25705).
 *
 * Destinations share their buckets by a keyed hash, so the memory is fixed.
 */
#include "ip/ipv4.h"

#define PEER_BURST 6 /* messages at once, as Linux */
#define REFILL_MIN_NS (20 * SEA_MSEC)

void sea_icmp_limit_init(struct sea_ipv4_state *ip)
{
	ip->icmp_global.tokens = (uint32_t)ip->sysctl.icmp_msgs_burst;
	ip->icmp_global.refilled = ip->stack->shard.now;
	for (unsigned i = 0; i < SEA_ICMP_PEERS; i++) {
		ip->icmp_peers[i].tokens = UINT32_MAX; /* cut to the burst when it is looked at */
		ip->icmp_peers[i].refilled = ip->stack->shard.now;
	}
}

static bool exempt(const struct sea_ipv4_state *ip, uint8_t type, uint8_t code)
{
	if (type > SEA_ICMP_TYPE_MAX)
		return true;
	if (type == SEA_ICMP_DEST_UNREACH && code == SEA_ICMP_FRAG_NEEDED)
		return true; /* path MTU discovery must not stall */
	return !(ip->sysctl.icmp_ratemask >> type & 1);
}

/* Adds `earned`, to at most `max`. */
static void refill(struct sea_icmp_limit *l, uint64_t earned, uint32_t max)
{
	uint64_t sum = l->tokens + earned;

	l->tokens = sum < max ? (uint32_t)sum : max;
}

/* Tokens are milliseconds; a message costs icmp_ratelimit of them. */
static struct sea_icmp_limit *peer_ready(struct sea_ipv4_state *ip, sea_be32 dst)
{
	uint64_t h = sea_siphash13_2u64(&ip->icmp_key, sea_be32_get(dst), 0);
	struct sea_icmp_limit *l = &ip->icmp_peers[h % SEA_ICMP_PEERS];
	uint32_t cost = (uint32_t)ip->sysctl.icmp_ratelimit;
	int64_t ms = sea_time_diff(ip->stack->shard.now, l->refilled) / SEA_MSEC;

	refill(l, (uint64_t)ms, PEER_BURST * cost);
	l->refilled = sea_time_add(l->refilled, ms * SEA_MSEC);
	return l->tokens >= cost ? l : NULL;
}

static bool global_ready(struct sea_ipv4_state *ip)
{
	struct sea_icmp_limit *l = &ip->icmp_global;
	int64_t ns = sea_time_diff(ip->stack->shard.now, l->refilled);

	if (ns >= REFILL_MIN_NS) {
		uint64_t ms = (uint64_t)(ns < SEA_SEC ? ns : SEA_SEC) / SEA_MSEC;

		refill(l, ms * (uint32_t)ip->sysctl.icmp_msgs_per_sec / 1000,
		       (uint32_t)ip->sysctl.icmp_msgs_burst);
		l->refilled = ip->stack->shard.now;
	}
	return l->tokens > 0;
}

static void take_global(struct sea_ipv4_state *ip)
{
	uint32_t n = sea_secret_below(&ip->stack->shard.secret, 3);
	struct sea_icmp_limit *l = &ip->icmp_global;

	l->tokens -= n < l->tokens ? n : l->tokens;
}

bool sea_icmp_allow(struct sea_stack *stack, uint8_t type, uint8_t code, sea_be32 dst)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_icmp_limit *peer;

	if (exempt(ip, type, code))
		return true;
	if (!global_ready(ip)) {
		sea_stack_count(stack, SEA_MIB_IcmpOutRateLimitGlobal);
		return false;
	}
	peer = peer_ready(ip, dst);
	if (!peer) {
		sea_stack_count(stack, SEA_MIB_IcmpOutRateLimitHost);
		return false;
	}
	peer->tokens -= (uint32_t)ip->sysctl.icmp_ratelimit;
	take_global(ip);
	return true;
}
