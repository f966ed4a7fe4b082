/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accurate ECN (RFC 9768): the receiver tells how many packets came marked, and of how many bytes, instead of whether
 * any did.
 *
 *	SYN            AE CWR ECE all set: asked for
 *	SYN-ACK        ACE, the same three bits, tells the SYN's IP field: 2 Not-ECT, 3 ECT(1), 4 ECT(0), 6 CE
 *	its ACK        ACE tells the SYN-ACK's in the same way
 *	all that follow    ACE = (5 + marked packets that came) modulo 8
 *
 * Options (kind 174: E1B, CEB, E0B; of 172 E0B is first) tell of bytes, in 24 bits each, with every segment or only with
 * those that bring news (tcp_ecn_option). They may be lost on the way; ACE may, too: what fails is remembered (enum
 * tcp_accecn_fail), and the connection does without it.
 *
 * Every segment of such a connection is ECT, a bare ACK and what is sent again, too. Its state is in the side object, which
 * each of them has (struct tcp_accecn).
 */
#ifndef SEA_TCP_ACCECN_H
#define SEA_TCP_ACCECN_H

#include "transport/tcp/ecn.h"
#include "transport/tcp/recovery.h"

/* net.ipv4.tcp_ecn_option. */
enum tcp_accecn_sysctl {
	TCP_ACCECN_OPTION_NEVER = 0,
	TCP_ACCECN_OPTION_NEWS = 1,    /* with news, and now and then (tcp_ecn_option_beacon) */
	TCP_ACCECN_OPTION_ALWAYS = 2,  /* until one is lost */
	TCP_ACCECN_OPTION_PERSIST = 3, /* even then */
};

#define TCP_ACE_ASKS 7u  /* on a SYN */
#define TCP_ACE_BEGINS 5 /* without marks */

struct tcp_reply;

static inline bool tcp_accecn(const struct tcp_conn *c)
{
	return c->node.ecn & TCP_ECN_ACC;
}

/* ACE of a segment, whose header is read again: prediction has no use for it. */
uint8_t sea_tcp_rx_ace(const struct tcp_rx *rx);

/* -- handshake -- */

/* An active open wants to ask; false: no memory. */
bool sea_tcp_accecn_open(struct tcp_conn *c);
/* It was agreed on with the SYN, or SYN-ACK, of `rx`, whose ACE is `ace`: of a SYN TCP_ACE_ASKS. Without memory there is no ECN. */
void sea_tcp_accecn_agreed(struct tcp_conn *c, const struct tcp_rx *rx, uint8_t ace);
/* The same of a request's child; `rx` is the segment that ended the handshake, or fast open's SYN. */
void sea_tcp_accecn_child(struct tcp_conn *c, const struct tcp_req *req, const struct tcp_rx *rx);
/* The segment that ends a handshake which the peer began. */
void sea_tcp_accecn_third_ack(struct tcp_conn *c, const struct tcp_rx *rx);
/* What a SYN-ACK says: one sent again has no option, one that was sent again already no flags either. */
void sea_tcp_accecn_answer(const struct sea_stack *stack, struct tcp_reply *reply, uint8_t field,
			   bool again, bool timed_out);
/* A SYN in a connection: the answer tells of its field, if one goes. */
void sea_tcp_accecn_syn_again(struct tcp_conn *c, const struct tcp_rx *rx);
void sea_tcp_accecn_answered(struct tcp_conn *c);

/* -- receiver -- */

/* A segment with `field`, of `segs` packets, was counted. */
void sea_tcp_accecn_count(struct tcp_conn *c, struct tcp_rx *rx, uint8_t field, unsigned segs);
/* Data came: are there news for the peer? */
void sea_tcp_accecn_data(struct tcp_conn *c, const struct tcp_rx *rx);
/* The same data as last time, which was acknowledged: if the option was with that ACK, it may be the reason. */
void sea_tcp_accecn_duplicate(struct tcp_conn *c, sea_seq start);

/* -- sender -- */

/* As sea_tcp_ecn_send(). */
uint8_t sea_tcp_accecn_send(struct tcp_conn *c, enum tcp_ecn_kind kind, uint8_t *flags);
/* The ACK's work on SND.UNA and the scoreboard is done: marks that are new. */
uint32_t sea_tcp_accecn_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			    const struct tcp_ack_sample *a);
/* An ACK when nothing is out. */
void sea_tcp_accecn_idle_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			     struct tcp_ack_sample *a);

/* -- accecn_option.c -- */

/* Will the next segment have the option? */
bool sea_tcp_accecn_wants_option(const struct tcp_conn *c);
/*
 * Adds it, as far as there is room beside the other options, of which the last SACK block may have to go; all of a
 * segment's `payload` must still fit. Notes that it goes, or does not.
 */
void sea_tcp_accecn_option(struct tcp_conn *c, struct sea_tcp_opts *o, uint32_t payload);
/* What it takes beside those. */
uint32_t sea_tcp_accecn_room(const struct tcp_conn *c, const struct sea_tcp_opts *beside);
/* On a SYN-ACK: no byte was counted yet. */
void sea_tcp_accecn_synack_option(struct sea_tcp_opts *o);
/* The first option of the peer's is judged; of a SYN-ACK, or of what ends the handshake. */
void sea_tcp_accecn_first_option(struct tcp_conn *c, const struct sea_tcp_opts *o);
/* An ACK that delivered `bytes`. True: it is known where they count. */
bool sea_tcp_accecn_take_option(struct tcp_conn *c, const struct sea_tcp_opts *o, uint32_t bytes);

#endif
