/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which three samples are kept. */
#include "transport/tcp/extreme.h"

#include <stdbool.h>

void sea_tcp_extreme_reset(struct tcp_extreme *e, uint32_t now, uint32_t value)
{
	for (unsigned i = 0; i < 3; i++)
		e->best[i] = (struct tcp_extreme_sample){ now, value };
}

/* The oldest is forgotten, and `s` is the youngest. */
static void shift(struct tcp_extreme *e, struct tcp_extreme_sample s)
{
	e->best[0] = e->best[1];
	e->best[1] = e->best[2];
	e->best[2] = s;
}

/*
 * Time goes on: while nothing better came, the second sample is to be from the second quarter of the window, and the
 * third from its second half.
 */
static void age(struct tcp_extreme *e, uint32_t window, struct tcp_extreme_sample s)
{
	uint32_t passed = s.at - e->best[0].at;

	if (passed > window) {
		shift(e, s);
		if (s.at - e->best[0].at >
		    window) /* not for a whole window was anything measured */
			shift(e, s);
	} else if (e->best[1].at == e->best[0].at && passed > window / 4) {
		e->best[1] = e->best[2] = s;
	} else if (e->best[2].at == e->best[1].at && passed > window / 2) {
		e->best[2] = s;
	}
}

static inline bool is_no_worse(uint32_t a, uint32_t b, bool max)
{
	return max ? a >= b : a <= b;
}

static inline uint32_t add(struct tcp_extreme *e, uint32_t window, struct tcp_extreme_sample s,
			   bool max)
{
	if (is_no_worse(s.value, e->best[0].value, max) || s.at - e->best[2].at > window) {
		sea_tcp_extreme_reset(e, s.at, s.value);
		return s.value;
	}
	if (is_no_worse(s.value, e->best[1].value, max))
		e->best[1] = e->best[2] = s;
	else if (is_no_worse(s.value, e->best[2].value, max))
		e->best[2] = s;
	age(e, window, s);
	return e->best[0].value;
}

uint32_t sea_tcp_extreme_min(struct tcp_extreme *e, uint32_t window, uint32_t now, uint32_t value)
{
	return add(e, window, (struct tcp_extreme_sample){ now, value }, false);
}

uint32_t sea_tcp_extreme_max(struct tcp_extreme *e, uint32_t window, uint32_t now, uint32_t value)
{
	return add(e, window, (struct tcp_extreme_sample){ now, value }, true);
}
