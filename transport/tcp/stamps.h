/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SO_TIMESTAMPING of a connection: which of its bytes are asked after. It is the last one of each call: the segment that
 * carries it tells when it was queued and left, each time anew, and its acknowledgment ends it. A call whose end
 * another one joins in the same part (marks.h) is not asked after any more, as on Linux.
 */
#ifndef SEA_TCP_STAMPS_H
#define SEA_TCP_STAMPS_H

#include <stdint.h>

#include "core/save.h"
#include "transport/stamp.h"
#include "wire/tcp.h"

struct tcp_conn;

/* In order of sequence; tcp_side.stamps. */
struct tcp_stamp {
	struct tcp_stamp *next;
	sea_seq key;      /* the byte */
	uint32_t tsflags; /* SEA_SOF_TX_* */
	struct sea_pkt *
		bytes; /* of the segment that carried it last, for the entry of the acknowledgment; NULL */
};

/* SO_TIMESTAMPING was set: whence keys count, if that is new. */
void sea_tcp_stamps_begin(struct tcp_conn *c);
/* A call that asked for `tsflags` stored bytes, the last of which is the one before write_seq. For want of memory: nothing. */
void sea_tcp_stamps_call(struct tcp_conn *c, uint32_t tsflags);
/* The packet has `len` bytes from `seq` on, in front of which no header stands yet. */
void sea_tcp_stamps_segment(struct tcp_conn *c, struct sea_pkt *pkt, sea_seq seq, uint32_t len);
/* SND.UNA went on (stamp_tell.c). */
void sea_tcp_stamps_acked(struct tcp_conn *c);
void sea_tcp_stamps_free(struct tcp_conn *c);
/* One that is in no list any more. */
void sea_tcp_stamp_release(struct tcp_conn *c, struct tcp_stamp *s);
/* ops->tx_stamp (stamp_tell.c). */
void sea_tcp_stamp_tx(struct sea_sock *sock, const struct sea_pkt *pkt, enum sea_stamp which);

void sea_tcp_stamps_save(struct sea_saver *to, const struct tcp_conn *c);
/* Into a connection that has a side object. */
void sea_tcp_stamps_load(struct sea_loader *from, struct tcp_conn *c);

#endif
