/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and small objects as bytes, by file; for save.c and its parts alone. */
#ifndef SEA_TCP_SAVE_H
#define SEA_TCP_SAVE_H

#include "core/save.h"
#include "transport/tcp/passive.h"

/* save_fields.c: the plain members of a connection. */
void sea_tcp_save_fields(struct sea_saver *to, const struct tcp_conn *c);
void sea_tcp_load_fields(struct sea_loader *from, struct tcp_conn *c);

/* save_queues.c: received and sent bytes, the retransmit queue. */
void sea_tcp_save_queues(struct sea_saver *to, const struct tcp_conn *c);
void sea_tcp_load_queues(struct sea_loader *from, struct tcp_conn *c);

/* save_small.c */
void sea_tcp_save_req(struct sea_saver *to, const struct tcp_req *req);
void sea_tcp_load_req(struct sea_loader *from, struct tcp_conn *listener);
void sea_tcp_save_tw(struct sea_saver *to, const struct tcp_tw *tw);
void sea_tcp_load_tw(struct sea_loader *from, struct sea_stack *stack);

/* A member of a structure, saved as an integer of its size. */
struct tcp_member {
	uint16_t off;
	uint8_t size;
};

#define TCP_MEMBER(type, member)                                                  \
	{                                                                         \
		offsetof(struct type, member), sizeof(((struct type *)0)->member) \
	}

void sea_tcp_save_members(struct sea_saver *to, const void *base, const struct tcp_member *m,
			  size_t n);
void sea_tcp_load_members(struct sea_loader *from, void *base, const struct tcp_member *m,
			  size_t n);

#endif
