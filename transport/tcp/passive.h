/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small objects: half-open connections of a listener (the SYN queue), SYN cookies, TIME_WAIT;
 * and segments answered without any object.
 */
#ifndef SEA_TCP_PASSIVE_H
#define SEA_TCP_PASSIVE_H

#include "ip/l3mdev.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/rx.h"

/* What a SYN said and we answered; enough to make the connection when the ACK comes. */
struct tcp_req {
	struct tcp_node node;
	struct sea_list list; /* in listener->listen->reqs; of its own while it is in no table */
	struct tcp_conn *listener;
	struct sea_timer timer;
	struct sea_ipaddr laddr, raddr;
	struct sea_dst dst;
	sea_seq iss, irs;
	uint32_t rcv_wnd, ts_recent, ts_offset, ts_first_sent, ts_last_sent, mark;
	uint16_t mss_peer, mss_advertised;
	uint8_t snd_wscale, rcv_wscale;
	bool ts, sack, wscale;
	uint8_t ecn; /* enum tcp_ecn_granted (ecn.h) */
	bool acked; /* the third ACK came but the accept queue was full, or TCP_DEFER_ACCEPT waits */
	uint8_t num_timeout, num_retrans, tos;
	sea_time sent;      /* the SYN-ACK, for the RTT; ZERO: no sample */
	sea_time oow_stamp; /* the last ACK for an unacceptable segment */
	int ifindex;
	uint32_t flow_label;
	bool ao; /* the SYN was signed by RFC 5925, with these */
	uint8_t ao_keyid, ao_rnext;
	struct tcp_saved_syn *saved_syn; /* TCP_SAVE_SYN (saved_syn.h); NULL */
	struct tcp_seen *seen; /* the SYN, where the listener wants to know (seen.h); NULL */
};

/* After the connection: answers old duplicates for 2 MSL, or an orphan's FIN_WAIT_2. */
struct tcp_tw {
	struct tcp_node node;
	struct sea_list list; /* in tcp_state.time_waits */
	struct sea_stack *stack;
	struct sea_timer timer;
	struct sea_ipaddr laddr, raddr;
	struct tcp_port *port;
	struct sea_list port_node;
	sea_seq snd_nxt, rcv_nxt;
	uint32_t rcv_wnd, ts_recent, ts_offset, mark, flow_label, tx_delay_us;
	sea_time ts_recent_stamp, oow_stamp;
	sea_time entered; /* its substate */
	int bound_ifindex;
	int64_t timeout_ns;
	uint8_t substate; /* TCP_S_TIME_WAIT or TCP_S_FIN_WAIT_2 */
	uint8_t rcv_wscale, tos;
	uint8_t domain;  /* of the socket that it follows, */
	uint64_t cookie; /* and its SO_COOKIE; 0: it had none any more */
	bool ts, reuse, reuseport;
	struct tcp_md5_key *md5; /* its own (md5.h); NULL: nothing is signed */
	struct tcp_ao *ao;       /* the same, by RFC 5925 (ao.h) */
};

/* A SYN (or a cookie's ACK) for a listener; consumes rx->pkt. */
void sea_tcp_listen_input(struct tcp_conn *listener, struct tcp_rx *rx);
/* A SYN for which `iss` is given, since an older connection's numbers must be passed (NULL: choose). */
void sea_tcp_listen_syn(struct tcp_conn *listener, struct tcp_rx *rx, const sea_seq *iss);
/* No more children fit (accept_queue counts one more than the backlog, as on Linux). */
static inline bool tcp_accept_full(const struct tcp_conn *listener)
{
	return listener->listen->n_accept > listener->listen->backlog;
}
/* Starts listening, or changes the backlog: 0, -EADDRINUSE, -ENOMEM. */
SEA_MUST_USE int sea_tcp_listen_start(struct tcp_conn *c, uint32_t backlog);
/* The same of one that was saved: on its port it stood beside others already. */
SEA_MUST_USE int sea_tcp_listen_restore(struct tcp_conn *c, uint32_t backlog);
/* Waiting children go without a word, for `reason`. */
void sea_tcp_listen_empty(struct tcp_conn *listener, enum sea_drop reason);

/* -- migrate.c -- */

/* The listener stops: who may take them over gets what waits at it (tcp_migrate_req). */
void sea_tcp_migrate(struct tcp_conn *listener);

/* -- req.c -- */

/* Does a segment touch the window that a SYN-ACK offered, from `next` on? */
bool sea_tcp_in_request_window(const struct sea_tcp_seg *seg, sea_seq next, uint32_t wnd);

/* A copy of `from` in the tables, with its timer running; takes over its route. NULL: no memory. */
struct tcp_req *sea_tcp_req_add(struct tcp_conn *listener, struct tcp_req *from);
void sea_tcp_req_free(struct tcp_req *req);
/* The link that answers must go out by; 0: any. */
int sea_tcp_req_oif(const struct tcp_req *req);
/* Sends the SYN-ACK, with a fast open cookie unless NULL; it goes along req->dst. */
void sea_tcp_req_answer(struct tcp_req *req, const struct sea_tcp_cookie *cookie);

/* -- child.c -- */

/*
 * The connection that a handshake's last segment completes, queued for accept(), in SYN_RECV: the
 * caller runs the segment through it. Takes over the request's route and its place in the table (the
 * request itself remains the caller's). NULL: no memory.
 */
struct tcp_conn *sea_tcp_child_new(struct tcp_req *req, const struct tcp_rx *rx);
/* Any segment for a half-open connection; consumes. */
void sea_tcp_req_input(struct tcp_req *req, struct tcp_rx *rx);
/* All half-open and not yet accepted connections of a listener that closes are reset. */
void sea_tcp_listen_stop(struct tcp_conn *listener);

/*
 * Any segment for a TIME_WAIT object; consumes. A new SYN that RFC 6191 / RFC 9293 MAY-2 accepts
 * ends the object and is handed to the listener.
 */
void sea_tcp_tw_input(struct tcp_tw *tw, struct tcp_rx *rx);
void sea_tcp_tw_free(struct tcp_tw *tw);
/* Counted and listed, in no table yet; NULL: no memory. */
struct tcp_tw *sea_tcp_tw_new(struct sea_stack *stack);
/* May a connect take its place (tcp_tw_reuse)? `chosen`: the program bound to this port itself. */
bool sea_tcp_tw_reusable(const struct tcp_tw *tw, bool chosen);

/*
 * Answers a segment that belongs to nobody with a reset (RFC 9293 §3.10.7.1), unless it is one
 * itself; borrows rx.
 */
void sea_tcp_reply_rst(struct sea_stack *stack, const struct tcp_rx *rx);
/* A bare ACK or SYN-ACK for an object without connection. */
struct tcp_reply {
	sea_seq seq, ack;
	uint32_t wnd; /* as on the wire */
	uint8_t flags, tos;
	bool ae;
	struct sea_tcp_opts opts;
	uint32_t mark;
	uint32_t tx_delay_us; /* TCP_TX_DELAY (tx_delay.h); 0: none */
	uint32_t flow_label;  /* IPv6; 0: as net.ipv6.auto_flowlabels says */
	/* IPv6: whose extension headers go with it, and to whom they lead; NULL: none. */
	const struct sea_sock *sock;
	const struct sea_ipaddr *final;
	const struct tcp_md5_key *md5; /* signs it (tcp_reply_sign()); NULL: none */
	const struct tcp_ao_sig *ao;   /* the same, by RFC 5925 (ao.h) */
};
int sea_tcp_reply(struct sea_stack *stack, const struct sea_ip_rx *ip, uint16_t lport,
		  uint16_t rport, const struct tcp_reply *reply);
/* The same along a known route. */
int sea_tcp_reply_on(struct sea_stack *stack, const struct sea_dst *dst, uint16_t lport,
		     uint16_t rport, const struct tcp_reply *reply);
/* At most one answer to a segment that is not acceptable in tcp_invalid_ratelimit ms; counts. */
bool sea_tcp_reply_limited(struct sea_stack *stack, const struct sea_tcp_seg *seg, sea_time *stamp,
			   enum sea_mib skipped);

/* icmp.c: an ICMP error about a segment of ours (RFC 5927: only with a sequence number in flight). */
bool sea_tcp_icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error);

/* isn.c: RFC 6528, with the 64 ns clock of Linux; and the timestamp offset of a pair of hosts. */
sea_seq sea_tcp_isn(const struct sea_stack *stack, uint8_t family, const struct sea_ipaddr *laddr,
		    uint16_t lport, const struct sea_ipaddr *raddr, uint16_t rport);
uint32_t sea_tcp_ts_offset(const struct sea_stack *stack, uint8_t family,
			   const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr);

/*
 * cookie.c: SYN cookies (RFC 4987 §3.6): the MSS in 3 bits; with timestamps also window scale,
 * SACK and ECN, in the low bits of TSval. Good for two minutes; the secret changes.
 */
sea_seq sea_tcp_cookie_make(struct sea_stack *stack, const struct tcp_rx *rx, uint16_t *mss);
/* True when seg->ack - 1 is one of ours; then *mss. */
bool sea_tcp_cookie_check(struct sea_stack *stack, const struct tcp_rx *rx, uint16_t *mss);
uint32_t sea_tcp_cookie_ts_put(uint32_t ts, const struct sea_tcp_opts *opts, bool ecn);
/* False when the echoed value does not fit our sysctls (then the ACK is refused). */
bool sea_tcp_cookie_ts_get(const struct sea_stack *stack, uint32_t ts_ecr, struct tcp_req *req);

#endif
