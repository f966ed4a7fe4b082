/* SPDX-License-Identifier: Apache-2.0 */
/* The control law of CoDel, as RFC 8289 §5 has it; where it begins again, as Linux does. */
#include "link/qdisc/codel.h"

#define AGAIN 16 /* intervals after which nothing of the latest time is to be learnt */

void sea_codel_init(struct sea_codel *c)
{
	*c = (struct sea_codel){ .first_above = SEA_TIME_NEVER, .drop_next = { INT64_MIN } };
}

/* The square root, rounded down. */
static uint64_t root_of(uint64_t v)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= v)
			root |= bit;
	return root;
}

/* An interval by the root of `count`, which is not 0, behind `t`. */
static sea_time control_law(sea_time t, const struct sea_codel_params *params, uint32_t count)
{
	uint64_t root = root_of((uint64_t)count << 32); /* times 2^16 */

	return sea_time_add(t, (int64_t)(((uint64_t)params->interval_ns << 16) / root));
}

/* Have packets waited for too long for an interval? */
static bool is_above(struct sea_codel *c, const struct sea_codel_params *params, uint64_t backlog,
		     sea_time now)
{
	if (c->delay_ns < params->target_ns || backlog <= params->mtu) {
		c->first_above = SEA_TIME_NEVER;
		return false;
	}
	if (sea_time_is_never(c->first_above)) {
		c->first_above = sea_time_add(now, params->interval_ns);
		return false;
	}
	return sea_time_before(c->first_above, now);
}

/* Where it stopped only just now, what was reached then is where it begins. */
static void begin_dropping(struct sea_codel *c, const struct sea_codel_params *params, sea_time now)
{
	uint32_t reached = c->count - c->lastcount;
	bool again = sea_time_diff(now, c->drop_next) < AGAIN * params->interval_ns;

	c->dropping = true;
	c->count = reached > 1 && again ? reached : 1;
	c->lastcount = c->count;
	c->drop_next = control_law(now, params, c->count);
}

bool sea_codel_judge(struct sea_codel *c, const struct sea_codel_params *params, int64_t delay_ns,
		     uint64_t backlog, sea_time now)
{
	bool above;

	c->delay_ns = delay_ns;
	above = is_above(c, params, backlog, now);
	if (!c->dropping) {
		if (above)
			begin_dropping(c, params, now);
		return above;
	}
	c->dropping = above;
	if (!above || sea_time_before(now, c->drop_next))
		return false;
	if (c->count < UINT32_MAX)
		c->count++;
	c->drop_next = control_law(c->drop_next, params, c->count);
	return true;
}

void sea_codel_empty(struct sea_codel *c)
{
	c->dropping = false;
	c->first_above = SEA_TIME_NEVER;
}
