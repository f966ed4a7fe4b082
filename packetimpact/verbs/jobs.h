/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work in processes of their own, several at a time: what ends or holds up one of them is an outcome as any
 * other, and the next piece of work goes to a fresh process. Outcomes come in the order of the work, whichever
 * was done first.
 */
#ifndef SEA_PACKETIMPACT_JOBS_H
#define SEA_PACKETIMPACT_JOBS_H

#include <stddef.h>

#include "packetimpact/run/run.h"

struct sea_outcome {
	struct sea_run_result result;
	char *notes;          /* what is to be printed below it */
	unsigned unexplained; /* differences */
};

struct sea_jobs {
	size_t n;
	unsigned side_by_side;
	int patience_ms; /* real time for one of them */
	/* In a process of its own: piece `i`. What it leaves in `outcome` is allocated. */
	void (*work)(void *ctx, size_t i, struct sea_outcome *outcome);
	/* In this one. */
	void (*done)(void *ctx, size_t i, const struct sea_outcome *outcome);
	void *ctx;
};

/* 0, or -errno where there are no processes to be had. */
int sea_jobs_run(const struct sea_jobs *jobs);

#endif
