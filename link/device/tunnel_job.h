/* SPDX-License-Identifier: Apache-2.0 */
/* A packet on its way into a tunnel: what tunnel_out.c and tunnel_way.c share. */
#ifndef SEA_LINK_DEVICE_TUNNEL_JOB_H
#define SEA_LINK_DEVICE_TUNNEL_JOB_H

#include "link/device/tunnel.h"

/* The packet within, and what becomes of it. */
struct sea_tunnel_job {
	struct sea_stack *stack;
	struct sea_tunnel *tunnel;
	struct sea_pkt *pkt;
	struct sea_tunnel_inner in;
	struct sea_flow flow; /* of the outer packet */
	struct sea_dst dst;
	bool outer_df;
	int limit; /* of encapsulation, through IPv6; -1: none */
};

static inline enum sea_tunnel_id sea_tunnel_job_id(const struct sea_tunnel_job *j)
{
	return sea_tunnel_kind_of(j->tunnel->link)->id;
}

static inline bool sea_tunnel_through6(const struct sea_tunnel_job *j)
{
	return sea_tunnel_kind_of(j->tunnel->link)->family == SEA_AF_INET6;
}

/* What the outer header says: the TOS as it was chosen (1: the inner one's), the flow label of IPv6, the protocol. */
uint8_t sea_tunnel_tos_chosen(const struct sea_tunnel_job *j);
uint32_t sea_tunnel_outer_label(const struct sea_tunnel_job *j);
uint8_t sea_tunnel_proto_of(const struct sea_tunnel_job *j);
/* Fills flow and dst: SEA_DROP_N, or why it does not go. */
enum sea_drop sea_tunnel_find_way(struct sea_tunnel_job *j);

#endif
