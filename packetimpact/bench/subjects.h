/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of each subject; the last has no name. */
#ifndef SEA_PACKETIMPACT_BENCH_SUBJECTS_H
#define SEA_PACKETIMPACT_BENCH_SUBJECTS_H

#include "packetimpact/bench/bench.h"

#define SUBJECT(name) extern const struct sea_bench_test sea_bench_##name[];
#include "packetimpact/bench/subjects.def"
#undef SUBJECT

#endif
