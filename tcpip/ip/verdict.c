/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many verdicts are remembered: few at first; where many pairs of addresses take each other's place
 * (a router of many flows, a server of many clients), once and for all more. One who sends from
 * ever new addresses only makes us ask the tables, as without any memory.
 */
#include "ip/verdict.h"

#define MANY_BITS 12u
#define PATIENCE 1024u /* verdicts lost before there are more */

static_assert(SEA_VERDICTS == 1 << 8, "the upper 8 bits of the hash choose among few");

void sea_verdicts_init(struct sea_verdicts *verdicts)
{
	verdicts->slots = verdicts->few;
	verdicts->shift = 32 - 8;
}

void sea_verdicts_fini(struct sea_verdicts *verdicts, struct sea_pool *pool)
{
	if (verdicts->slots != verdicts->few)
		sea_pool_free(pool, verdicts->slots, sizeof(verdicts->few[0]) << MANY_BITS);
}

/* Without memory it stays as it is, until as many are lost again. */
static void grow(struct sea_verdicts *verdicts, struct sea_pool *pool)
{
	struct sea_verdict *many = sea_pool_zalloc(pool, sizeof(verdicts->few[0]) << MANY_BITS);

	verdicts->lost = 0;
	if (!many)
		return;
	verdicts->slots = many;
	verdicts->shift = 32 - MANY_BITS;
}

struct sea_verdict *sea_verdict_make(struct sea_stack *stack, struct sea_verdicts *verdicts,
				     uint32_t mix)
{
	struct sea_verdict *v = sea_verdict_slot(verdicts, mix);

	if (v->gen != stack->route_gen || verdicts->slots != verdicts->few ||
	    ++verdicts->lost < PATIENCE)
		return v;
	grow(verdicts, &stack->shard.pool);
	return sea_verdict_slot(verdicts, mix);
}

/*
 * The table of neighbours tells by its epoch that none has left it since it was looked up, so no
 * reference is held that would keep it from being collected.
 */
bool sea_verdict_resolve(struct sea_neigh_table *t, struct sea_verdict *v)
{
	if (v->neigh && v->neigh_epoch == t->epoch)
		return true;
	v->neigh = sea_neigh_get(t, v->out, &v->next_hop);
	if (!v->neigh)
		return false;
	sea_neigh_put(v->neigh); /* the table has its own */
	v->neigh_epoch = t->epoch;
	return true;
}
