/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a running stack for a sample, without waiting: a stack that hangs does not hold up the keys. One question
 * after the other, each on a connection of its own.
 */
#ifndef SEA_TOP_ASK_H
#define SEA_TOP_ASK_H

#include "tools/cli/text.h"
#include "tools/control/control.h"
#include "tools/top/sample.h"

/* "Not yet": more is to come, by ask->fd, or when it is tried again a little later if that is -1. */
#define SEA_TOP_LATER 1

struct sea_top_ask {
	const char *path; /* of the control socket */
	int fd;           /* -1: none is open */
	unsigned question;
	struct sea_text in;            /* of an answer, what is not a whole line yet */
	struct sea_top_sample *sample; /* NULL: nothing is being asked */
	/* Why it failed: -errno of connecting, or what the stack said, or neither: it went away. */
	int err;
	char sentence[SEA_CONTROL_LINE_MAX];
};

void sea_top_ask_begin(struct sea_top_ask *ask, struct sea_top_sample *sample);
/* 0: the sample has all; SEA_TOP_LATER; or -1: it failed. */
int sea_top_ask_step(struct sea_top_ask *ask);
/* Says why it failed; the exit status. */
int sea_top_ask_complain(const struct sea_top_ask *ask);
void sea_top_ask_fini(struct sea_top_ask *ask);

#endif
