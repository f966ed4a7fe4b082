/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the IPv6 module that only ipv6.c puts together. */
#ifndef SEA_IP_IPV6_MODULE_H
#define SEA_IP_IPV6_MODULE_H

#include "core/ioctl.h"
#include "core/save.h"
#include "ip/ipv6.h"

/* SIOC{S,D}IFADDR, SIOCSIFDSTADDR, SIOCADDRT, SIOCDELRT of AF_INET6 (ipv6_ioctl.c). */
extern const struct sea_ioctl_ops sea_ipv6_ioctl_ops;

/* Linux's defaults, and the names under which they are got and set. */
void sea_ipv6_sysctl_init(struct sea_ipv6_state *ip);

void sea_ipv6_reassemble_init(struct sea_ipv6_state *ip);

/* What follows from a setting (conf6.c). */
bool sea_conf6_gen_mode_agrees(const struct sea_sysctl_at *at);
/* No more than the link takes. */
bool sea_conf6_mtu_agrees(const struct sea_sysctl_at *at);
void sea_conf6_gen_mode_changed(struct sea_stack *stack, const struct sea_sysctl_at *at);
void sea_conf6_secret_changed(struct sea_stack *stack, const struct sea_sysctl_at *at);
void sea_conf6_disable_changed(struct sea_stack *stack, const struct sea_sysctl_at *at);
void sea_conf6_linkdown_changed(struct sea_stack *stack, const struct sea_sysctl_at *at);
void sea_conf6_proxy_ndp_changed(struct sea_stack *stack, const struct sea_sysctl_at *at);
void sea_conf6_forwarding_changed(struct sea_stack *stack, const struct sea_sysctl_at *at);

void sea_ipv6_save(struct sea_stack *stack, void *state, struct sea_saver *to);
SEA_MUST_USE int sea_ipv6_load(struct sea_stack *stack, void *state, struct sea_loader *from);

#endif
