/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many verdicts are remembered: few at first; where many pairs of addresses take each other's place
 * (a router of many flows, a server of many clients), once and for all more. One who sends from
 * ever new addresses only makes us ask the tables, as without any memory.
 */
#include "ip/ipv4.h"

#define MANY_BITS 12u
#define PATIENCE 1024u /* verdicts lost before there are more */

static_assert(SEA_IPV4_VERDICTS == 1 << 8, "the upper 8 bits of the hash choose among few");

void sea_ipv4_verdicts_init(struct sea_ipv4_verdicts *verdicts)
{
	verdicts->slots = verdicts->few;
	verdicts->shift = 32 - 8;
}

void sea_ipv4_verdicts_fini(struct sea_ipv4_verdicts *verdicts, struct sea_pool *pool)
{
	if (verdicts->slots != verdicts->few)
		sea_pool_free(pool, verdicts->slots, sizeof(verdicts->few[0]) << MANY_BITS);
}

/* Without memory it stays as it is, until as many are lost again. */
static void grow(struct sea_ipv4_verdicts *verdicts, struct sea_pool *pool)
{
	struct sea_ipv4_verdict *many =
		sea_pool_zalloc(pool, sizeof(verdicts->few[0]) << MANY_BITS);

	verdicts->lost = 0;
	if (!many)
		return;
	verdicts->slots = many;
	verdicts->shift = 32 - MANY_BITS;
}

struct sea_ipv4_verdict *sea_ipv4_verdict_make(struct sea_stack *stack, sea_be32 src, sea_be32 dst)
{
	struct sea_ipv4_verdicts *verdicts = &sea_ipv4_of(stack)->verdicts;
	struct sea_ipv4_verdict *v = sea_ipv4_verdict_slot(verdicts, src, dst);

	if (v->gen != stack->route_gen || verdicts->slots != verdicts->few ||
	    ++verdicts->lost < PATIENCE)
		return v;
	grow(verdicts, &stack->shard.pool);
	return sea_ipv4_verdict_slot(verdicts, src, dst);
}
