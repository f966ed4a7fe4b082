/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time-sequence plot of one side's data: segments as strokes, retransmissions red, acknowledgments as steps, the
 * edge of the window above, SACK blocks.
 */
#ifndef SEA_LINT_SVG_H
#define SEA_LINT_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "packetimpact/lint/lint.h"

#define SEA_SVG_POINTS_MAX 100000u

struct sea_svg_point {
	enum sea_svg_kind {
		SEA_SVG_DATA,
		SEA_SVG_AGAIN,
		SEA_SVG_ACK,
		SEA_SVG_EDGE,
		SEA_SVG_SACK
	} kind;
	uint64_t ns;
	int64_t from, to; /* sequence numbers, relative to the first */
};

struct sea_svg {
	uint32_t flow; /* which one */
	int side;      /* whose data: 0 is who sent the first segment */
	/* its own */
	struct sea_svg_point *points;
	size_t n, room;
	bool begun, full;
	sea_seq base;
	int64_t base_at;
	char title[160];
};

void sea_svg_add(struct sea_svg *svg, const struct sea_lint_look *look);
/* False where there was nothing to plot. */
bool sea_svg_write(const struct sea_svg *svg, FILE *out);
void sea_svg_fini(struct sea_svg *svg);

#endif
