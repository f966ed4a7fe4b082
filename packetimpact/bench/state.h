/* SPDX-License-Identifier: Apache-2.0 */
/* A test that runs, from inside. */
#ifndef SEA_PACKETIMPACT_BENCH_STATE_H
#define SEA_PACKETIMPACT_BENCH_STATE_H

#include <setjmp.h>

#include "packetimpact/bench/bench.h"

#define SEA_BENCH_KEPT 16
#define SEA_BENCH_REAL_LIMIT (30 * SEA_SEC) /* for what must happen, where time is real */

struct sea_bench {
	struct sea_dut *dut;
	bool v6;
	struct sea_addr local, remote;
	uint64_t random;
	uint16_t next_port;

	/* The packets that were seen last, in a ring; `taken` of them in all. */
	struct sea_bench_seen seen[SEA_BENCH_KEPT];
	uint8_t *bytes[SEA_BENCH_KEPT]; /* SEA_DUT_PACKET_MAX each */
	size_t taken;

	struct sea_bench_call *calls; /* all that were begun */
	uint8_t buf[SEA_BENCH_BUF];
	char turn[160];

	FILE *report;
	jmp_buf end; /* where a failure goes */
};

#endif
