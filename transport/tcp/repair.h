/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_REPAIR, as on Linux: a connection is taken apart and put together again by socket calls, so that it can be moved
 * to another socket, process or machine while its peer notices nothing. While a socket is in repair
 *
 *	connect()     makes a connection out of numbers that were set, without a packet
 *	send()        fills the queue that TCP_REPAIR_QUEUE names: as if sent and not acknowledged, or received and not read
 *	recv()        only peeks, into the same queue
 *	close()       forgets the connection, without a packet
 *	bind()        succeeds whoever has the port
 *
 * What its peer sends is taken and acknowledged all the while. Such a socket has operations of its own, so that others
 * need not ask. README.md shows how a connection is moved.
 */
#ifndef SEA_TCP_REPAIR_H
#define SEA_TCP_REPAIR_H

#include "transport/tcp/socket.h"

extern const struct sea_sock_ops sea_tcp_repair_ops;

/* repair_sockopt.c: TCP_REPAIR and its kin, TCP_TIMESTAMP among them. */
bool sea_tcp_repair_option(int name);
int sea_tcp_repair_set(struct tcp_conn *c, int name, int v, const void *val, socklen_t len);
int sea_tcp_repair_get(const struct tcp_conn *c, int name, void *val, socklen_t *len);

/* SO_REUSEADDR was set: it holds instead of what repair brings. */
void sea_tcp_repair_reuse_set(struct tcp_conn *c);

/* What a closed socket was told before it connects. */
struct tcp_repair_numbers {
	sea_seq write_seq, rcv_nxt;
	uint32_t ts_offset;
};

static inline bool tcp_in_repair(const struct tcp_conn *c)
{
	return c->side->repair.on;
}

struct tcp_repair_numbers sea_tcp_repair_numbers(const struct tcp_conn *c);
/* The end of connect(), where a SYN would be sent: 0. */
int sea_tcp_repair_connected(struct tcp_conn *c, const struct tcp_repair_numbers *numbers);
/* A probe of the peer's window, which has it tell how things stand: a connection that was put together goes on. */
void sea_tcp_repair_over(struct tcp_conn *c);

#endif
