/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we send to all or to a group, our own sockets hear: a copy comes in at the next advance, on
 * the link it went out on, past its wire (so that no wrapper sees it and its source is not taken for
 * forged). One queue per IP version.
 */
#ifndef SEA_IP_LOOP_H
#define SEA_IP_LOOP_H

#include "core/pkt.h"
#include "core/stack.h"

struct sea_loop {
	struct sea_stack *stack;
	const struct sea_net_proto *proto; /* takes the copies */
	struct sea_pktq looped;
	struct sea_work work;
};

void sea_loop_init(struct sea_loop *loop, struct sea_stack *stack,
		   const struct sea_net_proto *proto);
void sea_loop_fini(struct sea_loop *loop);

/*
 * A copy of `pkt`, whose first byte is the network header, comes in on `link`. `routed`: it was routed
 * to this group here, once is enough. Borrows.
 */
void sea_loop_copy(struct sea_loop *loop, const struct sea_pkt *pkt, struct sea_link *link,
		   bool routed);

#endif
