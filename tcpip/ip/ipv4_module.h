/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the IPv4 module that only ipv4.c puts together. */
#ifndef SEA_IP_IPV4_MODULE_H
#define SEA_IP_IPV4_MODULE_H

#include "core/ioctl.h"
#include "core/save.h"
#include "ip/ipv4.h"

extern const struct sea_ioctl_ops sea_ipv4_ioctl_ops;

/* Linux's defaults, and the names under which they are got and set. */
void sea_ipv4_sysctl_init(struct sea_ipv4_state *ip);

void sea_ipv4_save(struct sea_stack *stack, void *state, struct sea_saver *to);
SEA_MUST_USE int sea_ipv4_load(struct sea_stack *stack, void *state, struct sea_loader *from);

#endif
