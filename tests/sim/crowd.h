/* SPDX-License-Identifier: Apache-2.0 */
/* Many senders through one bottleneck, by their congestion controls: how full it is, and how fairly it is shared. */
#ifndef SEA_TESTS_SIM_CROWD_H
#define SEA_TESTS_SIM_CROWD_H

#include <stdbool.h>
#include <stdio.h>

/* The table of tests/sim/golden: a thousand flows at 10 Gbit/s, which takes minutes, or ten at 100 Mbit/s. */
void sim_crowd_write(FILE *to, bool large);

#endif
