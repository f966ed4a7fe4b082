/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a saved stack that only core/save_stack.c puts together. */
#ifndef SEA_CORE_SAVE_STACK_H
#define SEA_CORE_SAVE_STACK_H

#include "core/save.h"

/* Generations and free slots; the sockets themselves come with their modules. */
void sea_save_sock_table(struct sea_saver *to, const struct sea_stack *stack);
void sea_load_sock_table(struct sea_loader *from, struct sea_stack *stack);

/* A link's queue and those in its classes; loading, within no entry, replaces what it has. */
void sea_save_queues(struct sea_saver *to, const struct sea_link *link);
void sea_load_queues(struct sea_loader *from, struct sea_link *link, sea_time now);

/* Links but for what is attached to them and what addresses they have. */
void sea_save_links(struct sea_saver *to, const struct sea_stack *stack);
/* Not within an entry. */
void sea_load_links(struct sea_loader *from, struct sea_stack *stack, sea_time now);

#endif
