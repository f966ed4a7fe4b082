/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explicit congestion notification (RFC 3168): routers mark packets instead of dropping them, the receiver says so, the
 * sender slows down as after a loss.
 *
 *	sender                                   receiver
 *	ECT(0) on new data ── marked: CE ──────► DEMAND_CWR: every segment has ECE
 *	CWR (reduces once a window) ◄─────────── ECE
 *	CWR on the next new data ──────────────► no ECE any more
 *
 * Asked for by ECE and CWR on the SYN, granted by ECE alone on the SYN-ACK. (Accurate ECN, which counts marks, is in
 * accecn.h.) What a connection agreed on and where it
 * stands is a byte beside what header prediction reads (tcp_node.ecn); without ECN it is 0.
 */
#ifndef SEA_TCP_ECN_H
#define SEA_TCP_ECN_H

#include <sys/socket.h>

#include "transport/tcp/rx.h"

/* The two bits of an IP header (RFC 3168 §5, RFC 8311). */
enum tcp_ecn_field { TCP_NOT_ECT = 0, TCP_ECT_1 = 1, TCP_ECT_0 = 2, TCP_CE = 3, TCP_ECN_FIELD = 3 };

/* net.ipv4.tcp_ecn. */
enum tcp_ecn_sysctl {
	TCP_ECN_NEVER = 0,
	TCP_ECN_ALWAYS = 1,  /* asked for, and granted */
	TCP_ECN_PASSIVE = 2, /* granted to who asks */
	/* Accurate ECN is granted to who asks for it, and asked for is: */
	TCP_ECN_ACC_ALWAYS = 3,  /* the same */
	TCP_ECN_ACC_CLASSIC = 4, /* RFC 3168's */
	TCP_ECN_ACC_PASSIVE = 5, /* nothing */
};

/* What a request was granted: tcp_req.ecn. The bits of TCP_REQ_FIELD are the SYN's field, of Accurate ECN. */
enum tcp_ecn_granted {
	TCP_REQ_ECN = 1,
	TCP_REQ_ACC = 2,
	TCP_REQ_FIELD_SHIFT = 2,
	TCP_REQ_FIELD = 3 << TCP_REQ_FIELD_SHIFT,
	TCP_REQ_FAIL_SEND = 16, /* enum tcp_accecn_fail */
	TCP_REQ_FAIL_RECV = 32,
};

struct tcp_req;

/* RFC 3168's. */
static inline bool tcp_ecn_ok(const struct tcp_conn *c)
{
	return c->node.ecn & TCP_ECN_OK;
}

static inline bool tcp_ecn_any(const struct tcp_conn *c)
{
	return c->node.ecn & (TCP_ECN_OK | TCP_ECN_ACC);
}

/* -- handshake -- */

/* An active open begins: does its SYN ask? The route is known. */
void sea_tcp_ecn_open(struct tcp_conn *c);
/* The outcome is known: a controller that needs ECN begins, or gives way. */
void sea_tcp_ecn_settle_cc(struct tcp_conn *c);
/* The SYN goes again: something on the path may not like it (RFC 3168 §6.1.1.1). */
void sea_tcp_ecn_syn_lost(struct tcp_conn *c);
/* The peer's SYN-ACK, or its SYN that crosses ours. */
void sea_tcp_ecn_synack(struct tcp_conn *c, const struct tcp_rx *rx);
void sea_tcp_ecn_crossing_syn(struct tcp_conn *c, const struct tcp_rx *rx);
/* What is granted of a SYN's wish, enum tcp_ecn_granted. The request's route is known. */
uint8_t sea_tcp_ecn_request(const struct tcp_req *req, const struct tcp_rx *rx);
/* What it still is when the ACK of a SYN cookie comes. */
uint8_t sea_tcp_ecn_cookie(const struct tcp_req *req, const struct tcp_rx *rx);

/* -- receiver -- */

/* An acceptable segment that is not Not-ECT: counted. */
void sea_tcp_ecn_count(struct tcp_conn *c, struct tcp_rx *rx);
static inline void tcp_ecn_count(struct tcp_conn *c, struct tcp_rx *rx)
{
	if (__builtin_expect(rx->ip->tos & TCP_ECN_FIELD, 0))
		sea_tcp_ecn_count(c, rx);
}

/* Data came, in order or not, of a connection with ECN: a mark is told of at once. */
void sea_tcp_ecn_data(struct tcp_conn *c, const struct tcp_rx *rx);
/* All of a segment with data had come before, from `start` on. */
void sea_tcp_ecn_duplicate(struct tcp_conn *c, sea_seq start);
/* A segment with data or FIN has CWR: the mark has had its effect. */
void sea_tcp_ecn_cwr(struct tcp_conn *c, const struct tcp_rx *rx);

/* -- sender -- */

/* What a segment is, as far as ECN cares. */
enum tcp_ecn_kind {
	TCP_ECN_BARE,  /* without data */
	TCP_ECN_NEW,   /* data for the first time */
	TCP_ECN_AGAIN, /* retransmission */
	TCP_ECN_SYN,   /* or the SYN-ACK of a simultaneous open */
};

/* What the last segment had. */
static inline uint8_t tcp_ecn_last_field(const struct tcp_conn *c)
{
	if (!(c->node.ecn & TCP_ECN_LAST_ECT))
		return TCP_NOT_ECT;
	return c->side->ecn.acc.ect1 ? TCP_ECT_1 : TCP_ECT_0;
}

/* What sea_tcp_ecn_send() returns besides. */
#define TCP_ECN_SENDS_AE 4u
#define TCP_ECN_KEEPS_CWR 8u /* all segments of a super-segment have it */

/* A segment leaves: adds to its flags; returns the two bits of its IP header. */
uint8_t sea_tcp_ecn_send(struct tcp_conn *c, enum tcp_ecn_kind kind, uint8_t *flags);

/* The window is reduced: the peer is told with the next new data. */
static inline void tcp_ecn_queue_cwr(struct tcp_conn *c)
{
	if (tcp_ecn_ok(c))
		c->node.ecn |= TCP_ECN_QUEUE_CWR;
}

/* It was reduced without need. */
static inline void tcp_ecn_withdraw_cwr(struct tcp_conn *c)
{
	c->node.ecn &= (uint8_t)~TCP_ECN_QUEUE_CWR;
}

/* What an acceptable ACK says of marks, in a connection with ECN: enum tcp_ack_marks (recovery.h). */
uint8_t sea_tcp_ecn_echoed(const struct tcp_conn *c, const struct tcp_rx *rx);
static inline uint8_t tcp_ecn_echoed(const struct tcp_conn *c, const struct tcp_rx *rx)
{
	return __builtin_expect(tcp_ecn_any(c), 0) ? sea_tcp_ecn_echoed(c, rx) : 0;
}

/* -- ecn_sockopt.c -- */

/* IP_TOS, IPV6_TCLASS: as on Linux the class that a connection with ECN reads has the last segment's bits. False: another option. */
bool sea_tcp_ecn_get_class(const struct tcp_conn *c, int level, int name, int *v);
/* TCP_CC_INFO; neither Reno nor CUBIC tells anything, as on Linux. */
int sea_tcp_get_cc_info(const struct tcp_conn *c, void *val, socklen_t *len);

#endif
