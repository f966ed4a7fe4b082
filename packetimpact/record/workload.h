/* SPDX-License-Identifier: Apache-2.0 */
/* A program's traffic with itself: it runs in a network namespace of its own, whose loopback device is captured. */
#ifndef SEA_PACKETIMPACT_WORKLOAD_H
#define SEA_PACKETIMPACT_WORKLOAD_H

#include <stdio.h>

struct sea_workload {
	char **argv; /* the program, and what it is called with; NULL ends it */
	unsigned mtu;
	long frames; /* how many were written */
	int status;  /* the program's, or 128 and the signal that ended it */
};

/* Writes the capture (pcapng) to `out`. 0; -errno with *what, what could not be done. */
int sea_workload_run(struct sea_workload *workload, FILE *out, const char **what);

#endif
