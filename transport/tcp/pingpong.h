/* SPDX-License-Identifier: Apache-2.0 */
/* Is it a conversation? Then ACKs wait for an answer to ride on (tcp_pingpong_thresh). */
#ifndef SEA_TCP_PINGPONG_H
#define SEA_TCP_PINGPONG_H

#include "transport/tcp/conn.h"

static inline bool tcp_in_pingpong(const struct tcp_conn *c)
{
	return c->ack.pingpong >= sea_tcp_st(c)->sysctl.pingpong_thresh;
}

static inline void tcp_enter_pingpong(struct tcp_conn *c)
{
	c->ack.pingpong = (uint8_t)sea_tcp_st(c)->sysctl.pingpong_thresh;
}

#endif
