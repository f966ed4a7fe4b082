/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buckets of ICMP. The one for all takes a random number of tokens for each message, one on
 * average, so that nobody can count by it what we send to others (CVE-2020-25705).
 */
#include "ip/icmp_limit.h"

#include "core/save.h"
#include "ip/ip_save.h"

#define PEER_BURST 6 /* messages at once, as Linux */
#define REFILL_MIN_NS (20 * SEA_MSEC)

void sea_icmp_global_init(struct sea_icmp_global *g, struct sea_stack *stack,
			  struct sea_icmp_rate rate)
{
	g->rate = rate;
	g->bucket.tokens = (uint32_t)rate.burst;
	g->bucket.refilled = stack->shard.now;
}

void sea_icmp_peers_init(struct sea_icmp_peers *p, struct sea_stack *stack)
{
	p->key = sea_secret_key(&stack->shard.secret);
	for (unsigned i = 0; i < SEA_ICMP_PEERS; i++) {
		p->buckets[i].tokens = UINT32_MAX; /* cut to the burst when it is looked at */
		p->buckets[i].refilled = stack->shard.now;
	}
}

/* Adds `earned`, to at most `max`. */
static void refill(struct sea_icmp_bucket *b, uint64_t earned, uint32_t max)
{
	uint64_t sum = b->tokens + earned;

	b->tokens = sum < max ? (uint32_t)sum : max;
}

/* Tokens are milliseconds. */
static struct sea_icmp_bucket *peer_ready(struct sea_icmp_peers *p, const struct sea_ipaddr *dst,
					  uint32_t cost_ms, sea_time now)
{
	struct sea_icmp_bucket *b;
	uint64_t addr[2];
	int64_t ms;

	memcpy(addr, dst->b, sizeof(addr));
	b = &p->buckets[sea_siphash13_2u64(&p->key, addr[0], addr[1]) % SEA_ICMP_PEERS];
	ms = sea_time_diff(now, b->refilled) / SEA_MSEC;
	refill(b, (uint64_t)ms, PEER_BURST * cost_ms);
	b->refilled = sea_time_add(b->refilled, ms * SEA_MSEC);
	return b->tokens >= cost_ms ? b : NULL;
}

static bool global_ready(struct sea_icmp_global *g, sea_time now)
{
	struct sea_icmp_bucket *b = &g->bucket;
	int64_t ns = sea_time_diff(now, b->refilled);

	if (ns >= REFILL_MIN_NS) {
		uint64_t ms = (uint64_t)(ns < SEA_SEC ? ns : SEA_SEC) / SEA_MSEC;

		refill(b, ms * (uint32_t)g->rate.per_sec / 1000, (uint32_t)g->rate.burst);
		b->refilled = now;
	}
	return b->tokens > 0;
}

static void take_global(struct sea_icmp_global *g, struct sea_stack *stack)
{
	uint32_t n = sea_secret_below(&stack->shard.secret, 3);
	struct sea_icmp_bucket *b = &g->bucket;

	b->tokens -= n < b->tokens ? n : b->tokens;
}

bool sea_icmp_limit(struct sea_stack *stack, struct sea_icmp_global *g, struct sea_icmp_peers *p,
		    const struct sea_ipaddr *dst, uint32_t cost_ms, enum sea_mib refused_host)
{
	struct sea_icmp_bucket *peer;

	if (!global_ready(g, stack->shard.now)) {
		sea_stack_count(stack, SEA_MIB_IcmpOutRateLimitGlobal);
		return false;
	}
	peer = peer_ready(p, dst, cost_ms, stack->shard.now);
	if (!peer) {
		sea_stack_count(stack, refused_host);
		return false;
	}
	peer->tokens -= cost_ms;
	take_global(g, stack);
	return true;
}

/* -- saving -- */

void sea_icmp_bucket_save(const struct sea_icmp_bucket *b, struct sea_saver *to)
{
	sea_save_u32(to, b->tokens);
	sea_save_time(to, b->refilled);
}

void sea_icmp_bucket_load(struct sea_icmp_bucket *b, struct sea_loader *from)
{
	b->tokens = sea_load_u32(from);
	b->refilled = sea_load_time(from);
}

void sea_icmp_peers_save(const struct sea_icmp_peers *p, struct sea_saver *to)
{
	sea_ip_save_key(to, &p->key);
	for (unsigned i = 0; i < SEA_ICMP_PEERS; i++)
		sea_icmp_bucket_save(&p->buckets[i], to);
}

void sea_icmp_peers_load(struct sea_icmp_peers *p, struct sea_loader *from)
{
	sea_ip_load_key(from, &p->key);
	for (unsigned i = 0; i < SEA_ICMP_PEERS; i++)
		sea_icmp_bucket_load(&p->buckets[i], from);
}
