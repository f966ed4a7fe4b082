/* SPDX-License-Identifier: Apache-2.0 */
/* The queue that links begin with: what it holds, for who looks into it. */
#ifndef SEA_CORE_PFIFO_FAST_H
#define SEA_CORE_PFIFO_FAST_H

#include "core/qdisc.h"

#define SEA_PFIFO_FAST_BANDS 3u

struct sea_pfifo_fast {
	struct sea_pktq band[SEA_PFIFO_FAST_BANDS]; /* the most urgent first */
	uint64_t dropped;
	uint32_t waits; /* a bit for each band that is not empty */
};

#endif
