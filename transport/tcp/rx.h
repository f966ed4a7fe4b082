/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One received segment and what comes of it. The steps run in the order of RFC 9293 §3.10.7.4; each
 * lets the segment through or settles its fate. Effects are collected in `struct tcp_rx` and carried out once by
 * input.c.
 */
#ifndef SEA_TCP_RX_H
#define SEA_TCP_RX_H

#include "transport/tcp/conn.h"

enum rx_verdict {
	RX_NEXT, /* the next step looks at it */
	RX_DONE, /* the packet was consumed or will be freed: it did its work */
	RX_DROP, /* discard for rx->reason */
	RX_GONE, /* the connection does not exist any more; the packet is freed or dropped */
};

/* Effects, as bits. */
enum rx_effect {
	RX_ACK_NOW = 1,      /* an immediate ACK */
	RX_ACK_DATA = 2,     /* data came: the delayed-ACK policy decides */
	RX_DUPACK = 4,       /* a rate-limited ACK for an unacceptable segment */
	RX_CHALLENGE = 8,    /* RFC 5961 */
	RX_PUSH = 16,        /* something may be sent now */
	RX_WRITE_SPACE = 32, /* bytes were acknowledged */
	RX_READABLE = 64,
	RX_WRITABLE = 128, /* connected */
	RX_RDHUP = 256,
	RX_PRI = 512,
	RX_OUT_OF_ORDER = 1024,
	RX_ACK_CHECK = 2048,   /* an ACK may be due since something else than data came */
	RX_DUPACK_PAWS = 4096, /* as RX_DUPACK, for an old timestamp */
	RX_WAKE = 8192,        /* readers are woken, whatever they find */
};

struct tcp_rx {
	struct sea_pkt *pkt; /* NULL once consumed */
	const struct sea_ip_rx *ip;
	struct sea_tcp_seg seg;
	uint32_t effects;
	enum sea_drop
		reason; /* with RX_DROP; and the capture's word for a packet that only half-counts */
};

typedef enum rx_verdict rx_step(struct tcp_conn *c, struct tcp_rx *rx);

/* rx_steps.c; each is a step of the table for synchronized states. */
rx_step sea_tcp_rx_predicted, sea_tcp_rx_fastopen, sea_tcp_rx_paws, sea_tcp_rx_sequence,
	sea_tcp_rx_reset, sea_tcp_rx_syn, sea_tcp_rx_ack, sea_tcp_rx_state_ack, sea_tcp_rx_urgent,
	sea_tcp_rx_text, sea_tcp_rx_fin;
/* The connection can carry data: what it learned of the peer, its first buffers. */
void sea_tcp_begin_transfer(struct tcp_conn *c);
/* rx_syn_sent.c: RFC 9293 §3.10.7.3. */
rx_step sea_tcp_rx_syn_sent;

/* Runs the steps for a connection; consumes the packet. False: there is no connection any more. */
bool sea_tcp_rx_run(struct tcp_conn *c, struct tcp_rx *rx);

/* Linux buys memory by pages: what is left of the last one takes a packet of `charged`, whatever the buffer says. */
bool sea_tcp_fits_page(const struct tcp_conn *c, uint32_t charged);
/* Header prediction: the next segment in order, and nothing else is new. */
bool sea_tcp_rx_is_predicted(const struct tcp_conn *c, const struct sea_tcp_seg *seg);
/* text.c: the payload and FIN of an acceptable segment, in order or not. */
enum rx_verdict sea_tcp_rx_take(struct tcp_conn *c, struct tcp_rx *rx);
/* The same where prediction has found payload, which begins at RCV.NXT, is inside the window, and no gap or FIN. */
enum rx_verdict sea_tcp_rx_take_next(struct tcp_conn *c, struct tcp_rx *rx);
/* Text that came with the peer's SYN and counts, RCV.NXT being its first byte's; false: no memory. No ACK comes of it. */
bool sea_tcp_take_syn_text(struct tcp_conn *c, struct tcp_rx *rx);
/* The same, of a SYN-ACK: its FIN counts, too. */
void sea_tcp_take_synack_text(struct tcp_conn *c, struct tcp_rx *rx);
/* ts_recent from a segment that may update it (RFC 7323 §4.3). */
void sea_tcp_store_ts_recent(struct tcp_conn *c, const struct sea_tcp_seg *seg);

/* ack.c: the acknowledgment's work on the send side (snd_una, RTT, scoreboard, cwnd). */
enum rx_verdict sea_tcp_ack_process(struct tcp_conn *c, struct tcp_rx *rx);
/* Would it change what we know of the peer's window (RFC 9293 §3.10.7.4: WL1, WL2)? */
bool sea_tcp_ack_moves_window(const struct tcp_conn *c, const struct sea_tcp_seg *seg);

#endif
