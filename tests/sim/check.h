/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of sim_check_host(), by protocol. */
#ifndef SEA_TESTS_SIM_CHECK_H
#define SEA_TESTS_SIM_CHECK_H

#include "core/pkt.h"
#include "core/sock.h"
#include "tests/sim/sim.h"

/* The copy-down rule. */
void sim_check_kept(struct sim_world *w, const struct sea_pkt *pkt);
/* check_tcp.c: every connection, with or without a socket. */
void sim_check_tcp(struct sim_host *h);
/* check_dgram.c: the receive queue of a UDP or ping socket. */
void sim_check_dgram(struct sim_host *h, struct sea_sock *sock);
/* What the datagram in the making (UDP_CORK, MSG_MORE) is charged; 0 for sockets that make none. */
int64_t sim_corked_bytes(struct sea_sock *sock);

#endif
