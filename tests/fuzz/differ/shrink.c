// SPDX-License-Identifier: Apache-2.0
/* A smaller program with the same difference. */
#include "tests/fuzz/differ/differ.h"

#include <string.h>

static bool still(const struct diff_program *program, bool windows, const char *key)
{
	struct diff_difference d;

	return diff_judge(program, windows, &d, NULL) && d.found && !strcmp(d.key, key);
}

/* The time of a step that goes is the next one's. */
static void cut(struct diff_program *p, unsigned from, unsigned n)
{
	memmove(&p->steps[from], &p->steps[from + n], (p->n - from - n) * sizeof(p->steps[0]));
	p->n -= n;
}

static void cut_steps(struct diff_program *p, bool windows, const char *key)
{
	for (unsigned n = p->n / 2; n; n /= 2) {
		for (unsigned end = p->n; end >= n && end > 0;) {
			struct diff_program smaller = *p;

			cut(&smaller, end - n, n);
			if (still(&smaller, windows, key))
				*p = smaller;
			end = end > n ? end - n : 0;
			if (end > p->n)
				end = p->n;
		}
	}
}

static void cut_rest(struct diff_program *p, bool windows, const char *key)
{
	struct diff_program smaller = *p;

	for (unsigned i = p->n_settings; i-- > 0;) {
		smaller = *p;
		memmove(&smaller.settings[i], &smaller.settings[i + 1],
			(p->n_settings - i - 1) * sizeof(p->settings[0]));
		smaller.n_settings--;
		if (still(&smaller, windows, key))
			*p = smaller;
	}
	smaller = *p;
	smaller.family = SEA_RUN_IPV4;
	if (p->family != SEA_RUN_IPV4 && still(&smaller, windows, key))
		*p = smaller;
	smaller = *p;
	smaller.tail_ns = 2000000;
	if (p->tail_ns > smaller.tail_ns && still(&smaller, windows, key))
		*p = smaller;
}

/* Options and sizes. */
static void cut_packets(struct diff_program *p, bool windows, const char *key)
{
	for (unsigned i = 0; i < p->n; i++) {
		struct diff_program smaller = *p;
		struct diff_step *step = &smaller.steps[i];

		if (!step->is_packet || step->packet.proto != SEA_SCRIPT_TCP)
			continue;
		step->n_options = 0;
		if (p->steps[i].n_options && still(&smaller, windows, key))
			*p = smaller;
		smaller = *p;
		step->packet.tcp.payload = 0;
		if (p->steps[i].packet.tcp.payload && still(&smaller, windows, key))
			*p = smaller;
		smaller = *p;
		step->packet.tcp.flags &= (uint16_t) ~(SEA_FLAG_PSH | SEA_FLAG_ECE | SEA_FLAG_CWR);
		if (p->steps[i].packet.tcp.flags != step->packet.tcp.flags &&
		    still(&smaller, windows, key))
			*p = smaller;
	}
}

/* Time that need not pass: of all steps, then of each. */
static void cut_times(struct diff_program *p, bool windows, const char *key)
{
	struct diff_program smaller = *p;

	for (unsigned i = 0; i < p->n; i++)
		smaller.steps[i].delay_ns = 1000000;
	if (still(&smaller, windows, key)) {
		*p = smaller;
		return;
	}
	for (unsigned i = 0; i < p->n; i++) {
		smaller = *p;
		smaller.steps[i].delay_ns = 1000000;
		if (p->steps[i].delay_ns > 10000000 && still(&smaller, windows, key))
			*p = smaller;
	}
}

void diff_shrink(struct diff_program *program, bool windows, const char *key)
{
	unsigned before;

	cut_times(program, windows, key);
	do {
		before = program->n;
		cut_steps(program, windows, key);
	} while (program->n < before);
	cut_rest(program, windows, key);
	cut_packets(program, windows, key);
}
