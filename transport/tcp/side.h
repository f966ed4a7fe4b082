/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What few connections have: options that programs seldom set, the search for the path's MTU (mtup.h), what is
 * told of timeouts. Connections without any of it share one that is constant; the first to write gets its own.
 */
#ifndef SEA_TCP_SIDE_H
#define SEA_TCP_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/save.h"
#include "transport/tcp/ecnstate.h"
#include "transport/tcp/fastopen.h"
#include "transport/tcp/mtup.h"

struct tcp_ao;
struct tcp_conn;
struct tcp_md5;
struct tcp_saved_syn;
struct tcp_stamp;

/* TCP_REPAIR (repair.h). */
struct tcp_repair {
	bool on;
	uint8_t queue; /* TCP_NO_QUEUE, TCP_RECV_QUEUE, TCP_SEND_QUEUE */
};

/* Read through c->side, which is never NULL; written through sea_tcp_side_edit(). */
struct tcp_side {
	struct tcp_mtup mtup;
	uint32_t user_timeout_ms; /* TCP_USER_TIMEOUT */
	/* TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_NOTSENT_LOWAT; 0: the stack's */
	uint16_t keepidle_s, keepintvl_s;
	uint8_t keepcnt, syncnt;
	int32_t notsent_lowat;
	/* TCP_RTO_MAX_MS, TCP_RTO_MIN_US, TCP_DELACK_MAX_US; 0: as it is anyway */
	uint32_t rto_max_ms, rto_min_us, delack_max_us;
	/* TCP_TX_DELAY (tx_delay.h); with it sock.pacing has SEA_PACING_LATER */
	uint32_t tx_delay_us;
	/* Timeouts (tcp_info): how many, in how many rows, and how long those took that are over. */
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_ms;
	sea_time rto_begun;              /* of the row that is not over; 0: none */
	uint32_t reord_seen_n;           /* for tcp_info */
	bool thin_linear;                /* TCP_THIN_LINEAR_TIMEOUTS */
	uint8_t urg_byte;                /* the urgent byte (TCP_F_URG_VALID) */
	bool inq;                        /* TCP_INQ: each read tells what is left */
	struct tcp_stamp *stamps;        /* of what is out (stamps.h); NULL: none is asked for */
	uint8_t save_syn;                /* TCP_SAVE_SYN */
	struct tcp_saved_syn *saved_syn; /* TCP_SAVED_SYN (saved_syn.h); NULL: none, or read */
	struct tcp_repair repair;
	struct tcp_fastopen fo;
	struct tcp_ecn ecn;
	struct tcp_md5 *md5;   /* keys (md5.h); NULL: none */
	struct tcp_ao *ao;     /* keys (ao.h); NULL: none */
	struct tcp_seen *seen; /* a packet that is kept (seen.h); NULL: none */
};

extern const struct tcp_side sea_tcp_side_none;

/* The connection's own, made where it has none. NULL: no memory. */
struct tcp_side *sea_tcp_side_edit(struct tcp_conn *c);
/* What accept() passes on: the program's options. 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_side_inherit(struct tcp_conn *c, const struct tcp_conn *listener);
/* A connection that begins anew keeps the program's options alone. */
void sea_tcp_side_renew(struct tcp_conn *c);
void sea_tcp_side_free(struct tcp_conn *c);

void sea_tcp_side_save(struct sea_saver *to, const struct tcp_conn *c);
void sea_tcp_side_load(struct sea_loader *from, struct tcp_conn *c);

#endif
