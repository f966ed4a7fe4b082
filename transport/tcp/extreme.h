/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least or the greatest of what was measured within a window that moves: three samples stand for all of them, as in
 * Kathleen Nichols' filter, which Linux uses, too. Each is the best since the one before it, and when the first grows
 * too old the second takes its place, so that what is told changes by what was measured, not to what came last.
 *
 *	|---------- window -----------|
 *	   best[0]    best[1]  best[2]   now
 *
 * A leaf: time is the caller's, in any unit that wraps (milliseconds, round trips).
 */
#ifndef SEA_TCP_EXTREME_H
#define SEA_TCP_EXTREME_H

#include <stdint.h>

struct tcp_extreme {
	struct tcp_extreme_sample {
		uint32_t at, value;
	} best[3]; /* by age, the oldest first */
};

/* What is told now. */
static inline uint32_t tcp_extreme(const struct tcp_extreme *e)
{
	return e->best[0].value;
}

/* `value` is all that is known. */
void sea_tcp_extreme_reset(struct tcp_extreme *e, uint32_t now, uint32_t value);
/* Another sample; what is older than `window` is forgotten. Returns what is told now. */
uint32_t sea_tcp_extreme_min(struct tcp_extreme *e, uint32_t window, uint32_t now, uint32_t value);
uint32_t sea_tcp_extreme_max(struct tcp_extreme *e, uint32_t window, uint32_t now, uint32_t value);

#endif
