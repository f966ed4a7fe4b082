/* SPDX-License-Identifier: Apache-2.0 */
/* What scenes draw alike. */
#ifndef SEA_TESTS_SIM_SCENE_H
#define SEA_TESTS_SIM_SCENE_H

#include "tests/sim/sim.h"

/* A wire; says of the world whether it may lose frames, and harm. */
struct sim_profile sim_draw_profile(struct sim_world *w);
/* Settings that all stacks of the world share. */
void sim_draw_sysctls(struct sim_world *w);
/* Servers on every host, and clients. */
void sim_draw_programs(struct sim_world *w);

#endif
