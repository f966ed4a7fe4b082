/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the IPv4 module that only ipv4.c puts together. */
#ifndef SEA_IP_IPV4_MODULE_H
#define SEA_IP_IPV4_MODULE_H

#include "core/ioctl.h"
#include "core/save.h"
#include "ip/ipv4.h"

extern const struct sea_ioctl_ops sea_ipv4_ioctl_ops;

/* Parts of it, by AF_INET's sockets only. */

/* SIOCGIF{ADDR,BRDADDR,NETMASK,DSTADDR}, SIOCSIF… (ipv4_ioctl_addr.c). */
SEA_MUST_USE int sea_ipv4_ioctl_get_addr(struct sea_stack *stack, struct sea_ioctl *call);
SEA_MUST_USE int sea_ipv4_ioctl_set_addr(struct sea_stack *stack, struct sea_ioctl *call);
/* SIOCSIFFLAGS of a label; -ENOTTY: it is a link's. */
SEA_MUST_USE int sea_ipv4_ioctl_set_flags(struct sea_stack *stack, struct sea_ioctl *call);
/* SIOCADDRT, SIOCDELRT; the name of the device is the call's data (ipv4_ioctl_route.c). */
SEA_MUST_USE int sea_ipv4_ioctl_route(struct sea_stack *stack, struct sea_ioctl *call);
/* SIOC[GSD]ARP (ipv4_ioctl_arp.c). */
SEA_MUST_USE int sea_ipv4_ioctl_arp(struct sea_stack *stack, struct sea_ioctl *call);

/* Linux's defaults, and the names under which they are got and set. */
void sea_ipv4_sysctl_init(struct sea_ipv4_state *ip);

void sea_ipv4_save(struct sea_stack *stack, void *state, struct sea_saver *to);
SEA_MUST_USE int sea_ipv4_load(struct sea_stack *stack, void *state, struct sea_loader *from);

#endif
