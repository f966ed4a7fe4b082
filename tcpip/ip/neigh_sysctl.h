/* SPDX-License-Identifier: Apache-2.0 */
/* net.*.neigh.<link>.* and net.*.neigh.default.gc_*. */
#ifndef SEA_IP_NEIGH_SYSCTL_H
#define SEA_IP_NEIGH_SYSCTL_H

#include "core/sysctl.h"
#include "ip/neigh.h"

#define SEA_NEIGH_FRAME 2090 /* truesize of a full Ethernet frame: unres_qlen counts those */

/* Registers those of this table; `of_link` gives the struct sea_neigh_params of a link. */
void sea_neigh_sysctl_add(struct sea_neigh_table *t, void *(*of_link)(const struct sea_link *link));

/* Who changed a value by its finer name lets the coarser ones follow. */
void sea_neigh_params_follow(struct sea_neigh_params *p, uint8_t family);

#endif
