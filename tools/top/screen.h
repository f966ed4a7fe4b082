/* SPDX-License-Identifier: Apache-2.0 */
/* A sample as one screen of text. */
#ifndef SEA_TOP_SCREEN_H
#define SEA_TOP_SCREEN_H

#include "tools/cli/text.h"
#include "tools/top/sample.h"

/* By what flows stand in order, the largest first: the key that asks for it, its name, what it is. */
struct sea_top_order {
	char key;
	const char *name, *meaning;
	double (*value)(const struct sea_top_flow *flow);
};

/* Ends with a name of NULL; the first is what is taken by default. */
extern const struct sea_top_order sea_top_orders[];

struct sea_top_view {
	unsigned rows, columns;
	const struct sea_top_order *order;
	bool keys; /* the last row tells which keys there are */
};

/*
 * At most `rows` lines of at most `columns` characters of ASCII, whatever the stack says; each ends with a newline.
 * Puts the sample's flows in that order.
 */
void sea_top_screen(struct sea_top_sample *sample, const struct sea_top_view *view,
		    struct sea_text *to);

#endif
