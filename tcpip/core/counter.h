/* SPDX-License-Identifier: Apache-2.0 */
/* MIB counters of one shard, by Linux's names; generated from mib.def. */
#ifndef SEA_CORE_COUNTER_H
#define SEA_CORE_COUNTER_H

#include <stdint.h>

#include "core/drop.h"

enum sea_mib {
#define SEA_MIB(group, name) SEA_MIB_##group##name,
#include "core/mib.def"
#undef SEA_MIB
	SEA_MIB_N
};

struct sea_counters {
	uint64_t mib[SEA_MIB_N];
	uint64_t drop[SEA_DROP_N];
};

static inline void sea_mib_add(struct sea_counters *c, enum sea_mib what, uint64_t n)
{
	c->mib[what] += n;
}

static inline void sea_mib_inc(struct sea_counters *c, enum sea_mib what)
{
	c->mib[what]++;
}

#endif
