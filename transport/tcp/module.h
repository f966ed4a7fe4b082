/* SPDX-License-Identifier: Apache-2.0 */
/* The module's own parts, for module.c alone. */
#ifndef SEA_TCP_MODULE_H
#define SEA_TCP_MODULE_H

#include "core/save.h"
#include "transport/tcp/state.h"

/* sysctl.c: defaults, and the table where the stack finds them. */
void sea_tcp_sysctl_init(struct tcp_state *st);

/* save.c */
void sea_tcp_save(struct sea_stack *stack, void *state, struct sea_saver *to);
int sea_tcp_load(struct sea_stack *stack, void *state, struct sea_loader *from);

#endif
