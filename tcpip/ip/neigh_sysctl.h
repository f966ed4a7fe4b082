/* SPDX-License-Identifier: Apache-2.0 */
/* net.*.neigh.<link>.*: entries of a sea_sysctl_tree over struct sea_neigh_params. */
#ifndef SEA_IP_NEIGH_SYSCTL_H
#define SEA_IP_NEIGH_SYSCTL_H

#include "core/sysctl.h"
#include "ip/neigh.h"

#define SEA_NEIGH_SYSCTLS 17

extern const struct sea_sysctl sea_neigh_sysctls4[SEA_NEIGH_SYSCTLS];
extern const struct sea_sysctl sea_neigh_sysctls6[SEA_NEIGH_SYSCTLS];

/* Who changed a value by its finer name lets the coarser ones follow. */
void sea_neigh_params_follow(struct sea_neigh_params *p, uint8_t family);

#endif
