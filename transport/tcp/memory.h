/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What connections may hold, each by its buffers and all together by tcp_mem (state.h). Whatever
 * joins or leaves a receive queue, an out-of-order queue or a send queue is charged here, once for the
 * connection and once for all; asking whether there is room comes before, in memory.c.
 */
#ifndef SEA_TCP_MEMORY_H
#define SEA_TCP_MEMORY_H

#include "transport/tcp/windows.h"

#define TCP_MEM_PAGE 4096

static inline int64_t tcp_mem_bytes(const struct tcp_state *st, unsigned limit)
{
	return (int64_t)st->sysctl.mem[limit] * TCP_MEM_PAGE;
}

static inline bool tcp_pressed(const struct tcp_state *st)
{
	return !sea_time_is_never(st->mem.pressed_since);
}

/* Below `relax`: pressure may be over, if there is any. */
void sea_tcp_mem_relax(struct tcp_state *st);

/* The limits have changed: the next charge finds out. */
static inline void sea_tcp_mem_forget(struct tcp_state *st)
{
	st->mem.ask = -1;
	st->mem.relax = INT64_MAX;
}

static inline void tcp_mem_charge(struct tcp_state *st, int64_t bytes)
{
	st->mem.charged += bytes;
}

/* What leaves may end pressure. */
static inline void tcp_mem_uncharge(struct tcp_state *st, int64_t bytes)
{
	st->mem.charged -= bytes;
	if (st->mem.charged < st->mem.relax)
		sea_tcp_mem_relax(st);
}

/* Received packets joined the connection's queues. */
static inline void tcp_charge_rx(struct tcp_conn *c, uint32_t bytes)
{
	c->sock.rmem_alloc += (int32_t)bytes;
	tcp_mem_charge(sea_tcp_st(c), bytes);
}

static inline void tcp_uncharge_rx(struct tcp_conn *c, uint32_t bytes)
{
	c->sock.rmem_alloc -= (int32_t)bytes;
	tcp_mem_uncharge(sea_tcp_st(c), bytes);
}

/*
 * What the send buffer counts as full by (Linux's wmem_queued): each stored byte, and a head for each
 * segment that was sent and each part that waits.
 */
static inline uint32_t tcp_wmem_queued(const struct tcp_conn *c)
{
	return sea_tcp_sendbuf_len(&c->fl->sendbuf) +
	       (c->fl->txq.n + c->fl->marks.n) * SEA_TRUESIZE_TX_HEAD;
}

/* SO_MEMINFO, as Linux's memory would be. */
void sea_tcp_meminfo(const struct sea_sock *sock, uint32_t v[9]);

/* Truesize of what is stored to send, as tcp_mem has it: a stream is one piece. */
static inline uint32_t tcp_stored(const struct tcp_conn *c)
{
	uint32_t len = sea_tcp_sendbuf_len(&c->fl->sendbuf);

	return len ? sea_truesize_tx(len) : 0;
}

/* `n` > 0 bytes more are stored now. */
static inline void tcp_charge_tx(struct tcp_conn *c, uint32_t n)
{
	bool first = sea_tcp_sendbuf_len(&c->fl->sendbuf) == n;

	tcp_mem_charge(sea_tcp_st(c), first ? sea_truesize_tx(n) : n);
}

/* tcp_stored() was `before`. */
static inline void tcp_uncharge_tx(struct tcp_conn *c, uint32_t before)
{
	tcp_mem_uncharge(sea_tcp_st(c), before - tcp_stored(c));
}

/* Copies together what wastes the receive buffer, in both queues (rcv_collapse.c). */
void sea_tcp_rcv_collapse(struct tcp_conn *c);

/* Makes room for a received packet as below; false: there is none, drop it. */
bool sea_tcp_make_room(struct tcp_conn *c, sea_seq seq, uint32_t truesize);

/*
 * Room for a received packet of `truesize` that begins at `seq`, in the receive buffer and in tcp_mem. One packet may
 * overshoot the buffer, as on Linux: the window already limits what a fair peer sends.
 */
static inline bool tcp_has_room(const struct tcp_conn *c, uint32_t truesize)
{
	const struct tcp_mem *mem = &sea_tcp_st(c)->mem;

	return c->sock.rmem_alloc <= c->sock.rcvbuf && mem->charged + truesize <= mem->ask;
}

static inline bool tcp_rmem_schedule(struct tcp_conn *c, sea_seq seq, uint32_t truesize)
{
	return tcp_has_room(c, truesize) || sea_tcp_make_room(c, seq, truesize);
}

/* Under pressure the window shrinks towards four segments. */
void sea_tcp_restrain_window(struct tcp_conn *c);
/*
 * The orphan is not to be kept: there are too many, each counted as `weight` of them, or tcp_mem is
 * passed and this one has its part in it.
 */
bool sea_tcp_orphan_is_too_much(const struct tcp_conn *c, unsigned weight);
/* Send buffer: grows with cwnd unless SO_SNDBUF was set or memory is short. */
void sea_tcp_sndbuf_expand(struct tcp_conn *c);
/* May the program begin another part? (sk_stream_memory_free()) */
bool sea_tcp_may_store(const struct tcp_conn *c);
/* Would a waiting writer find room that is worth waking it for? (sk_stream_is_writeable()) */
bool sea_tcp_is_writable(const struct tcp_conn *c);
/* Of `want` bytes, those that tcp_mem lets a writer have now. */
uint32_t sea_tcp_granted(const struct tcp_conn *c, uint32_t want);
/*
 * The same for what he writes now. Where that is less, a buffer that was not set shrinks to half of what is in it
 * (sk_stream_moderate_sndbuf()); a piece that fills the rest of the buffer is granted still: behind it he waits.
 */
uint32_t sea_tcp_take(struct tcp_conn *c, uint32_t want);
/* After acknowledgments: a waiting writer may have a larger buffer, and is told of room. */
void sea_tcp_check_space(struct tcp_conn *c);
/* Tells a waiting writer when a third is free (Linux's rule). */
void sea_tcp_write_space(struct tcp_conn *c);

#endif
