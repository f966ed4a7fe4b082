/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection (RFC 9293 §3.3.1, with its names) and what every part of TCP may call. One segment's
 * way in: tcp_input.c finds the object, then the steps of rx.h run, collecting effects in a tcp_rx,
 * which are carried out once. The way out: sea_tcp_push() decides what may be sent,
 * tcp_segment.c builds packets.
 *
 * Timers: three deadlines behind one entry in the timer queue (an idle connection is small):
 *   rtx    one of: retransmission (RTO), tail loss probe, RACK reordering, zero-window probe, and
 *          for a SYN its retransmission; `rtx_kind` says which.
 *   delack the delayed acknowledgment.
 *   keep   keepalive while ESTABLISHED; the end of FIN_WAIT_2 for an orphan; linger.
 */
#ifndef SEA_TCP_CONN_H
#define SEA_TCP_CONN_H

#include <assert.h>
#include <netinet/tcp.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/pkt.h"
#include "core/sock.h"
#include "core/timerq.h"
#include "ip/ip.h"
#include "ip/metrics.h"
#include "transport/tcp/cc.h"
#include "transport/tcp/chrono.h"
#include "transport/tcp/flight.h"
#include "transport/tcp/rtt.h"
#include "transport/tcp/side.h"
#include "transport/tcp/state.h"
#include "transport/tcp/table.h"
#include "wire/tcp.h"

/* Linux's numbers (<netinet/tcp.h>); ordered so that comparisons mean something after SYN_RECV. */
enum tcp_conn_state {
	TCP_S_ESTABLISHED = 1,
	TCP_S_SYN_SENT = 2,
	TCP_S_SYN_RECV = 3,
	TCP_S_FIN_WAIT_1 = 4,
	TCP_S_FIN_WAIT_2 = 5,
	TCP_S_TIME_WAIT = 6,
	TCP_S_CLOSED = 7,
	TCP_S_CLOSE_WAIT = 8,
	TCP_S_LAST_ACK = 9,
	TCP_S_LISTEN = 10,
	TCP_S_CLOSING = 11,
	TCP_S_N
};

static inline uint32_t tcp_state_bit(unsigned state)
{
	return 1u << state;
}

/* Synchronized states (RFC 9293 §3.4). */
#define TCP_SYNCHRONIZED                                                             \
	(1u << TCP_S_ESTABLISHED | 1u << TCP_S_FIN_WAIT_1 | 1u << TCP_S_FIN_WAIT_2 | \
	 1u << TCP_S_CLOSE_WAIT | 1u << TCP_S_LAST_ACK | 1u << TCP_S_CLOSING |       \
	 1u << TCP_S_TIME_WAIT)
/* States in which new data may still be sent. */
#define TCP_MAY_SEND (1u << TCP_S_ESTABLISHED | 1u << TCP_S_CLOSE_WAIT)
/* States in which data is received. */
#define TCP_MAY_RECEIVE (1u << TCP_S_ESTABLISHED | 1u << TCP_S_FIN_WAIT_1 | 1u << TCP_S_FIN_WAIT_2)

enum tcp_rtx_kind {
	TCP_RTX_NONE,
	TCP_RTX_RTO,
	TCP_RTX_TLP,   /* RFC 8985 §7 */
	TCP_RTX_REO,   /* RFC 8985 §6.2 step 5: reordering window */
	TCP_RTX_PROBE, /* zero window, or a local drop */
};

enum tcp_timer { TCP_TIMER_RTX, TCP_TIMER_DELACK, TCP_TIMER_KEEP, TCP_TIMER_N };

/* tcp_conn.flags: facts of one bit. */
enum tcp_conn_flag {
	TCP_F_TS = 1u << 0, /* both sides use timestamps */
	TCP_F_SACK = 1u << 1,
	TCP_F_WSCALE = 1u << 2,
	TCP_F_NODELAY = 1u << 3, /* TCP_NODELAY */
	TCP_F_CORK = 1u << 4,    /* TCP_CORK */
	TCP_F_LOOK = 1u << 5,    /* sock.more->min_ttl, min_hops, keys (sig.h), or as seen.h says */
	TCP_F_ACK_SCHEDULED = 1u << 6,
	TCP_F_FIN_QUEUED = 1u << 7, /* the program closed its sending side */
	TCP_F_FIN_SENT = 1u << 8,
	TCP_F_FIN_RCVD = 1u << 9,
	TCP_F_ORPHAN = 1u << 10, /* no socket handle any more */
	TCP_F_TSQ = 1u << 11,    /* throttled until the link gives packets back */
	TCP_F_CWND_LIMITED = 1u << 12,
	TCP_F_READ_CMSG = 1u << 13, /* each read has control messages: TCP_INQ, timestamps */
	TCP_F_URG_RCV = 1u << 14,   /* urg_seq is ahead of or at what is read (urgent.h) */
	TCP_F_URG_READ = 1u << 15,  /* the urgent byte was read out of band */
	TCP_F_URG_SEND = 1u << 16,  /* snd_up is valid */
	TCP_F_ACCEPTED = 1u << 17,  /* the peer opened it */
	TCP_F_LINGERING = 1u << 18, /* close() waits */
	TCP_F_IN_FLOWS = 1u << 19,  /* node is in the table */
	TCP_F_URG_VALID = 1u << 20, /* the urgent byte has come */
	TCP_F_CONNECTED =
		1u << 21, /* connect() told of success: it is one until it is taken apart */
	TCP_F_RATE_APP_LIMITED = 1u << 22, /* the rate that was measured, or none was yet */
	TCP_F_TFO =
		1u << 24, /* begun by a SYN's cookie, and its handshake is not over (fastopen.h) */
	TCP_F_DEFER = 1u << 27,   /* SYN_SENT, but the SYN waits for the first write (fastopen.h) */
	TCP_F_NOSPACE = 1u << 23, /* a writer found the send queue full: tell it (SOCK_NOSPACE) */
	TCP_F_PUSH_NOW = 1u << 25, /* what is stored goes without delay (TCP_NAGLE_PUSH) */
	TCP_F_ACK_NOW = 1u << 26,  /* Linux's ICSK_ACK_NOW: the next ACK decision is "now" */
	TCP_F_PUSHED = 1u << 28,   /* delack: a push came since (ICSK_ACK_PUSHED) */
	TCP_F_PUSHED2 = 1u << 29,
	TCP_F_CONNECTING = 1u << 30, /* connect() has not reported the outcome yet */
	TCP_F_NO_ROOM = 1u << 31,    /* data in order was refused: the next ACK closes the window */
};

/* Receive queue in order: packets with TCP_RXCB, plus how far the program has read. */
struct tcp_rcvq {
	struct sea_pktq pkts;
	sea_seq copied_seq; /* next byte the program reads */
	sea_seq urg_seq;    /* of the urgent byte (TCP_F_URG_RCV) */
};

/* Delayed acknowledgments, as Linux's icsk_ack. */
#define TCP_APP_LIMITED_NEW UINT64_MAX /* until the first ACK of a flight (as Linux) */
#define TCP_RCV_MSS_MIN 88             /* the least that a peer is taken to send (TCP_MIN_MSS) */

struct tcp_ack_state {
	uint32_t ato_us;  /* the delay in use, 40..200 ms */
	uint16_t rcv_mss; /* the peer's segment size, estimated */
	uint16_t last_seg_size;
	uint8_t quick;    /* ACKs to send at once */
	uint8_t pingpong; /* answers that were sent in time; see tcp_in_pingpong() */
	uint16_t rtt_ecr; /* the last echo that was looked at for rcv_rtt_us, as far as it goes */
	uint32_t rcv_ooopack; /* packets that came out of order, for tcp_info */
	sea_time lrcvtime;    /* the last data */
	sea_time oow_stamp;   /* the last ACK for an out-of-window segment (rate limit) */
};

/*
 * In order of use: what prediction reads fills two cache lines, what data in order writes besides is
 * the third. Each member is where it leaves no hole.
 */
struct tcp_conn {
	struct sea_sock sock; /* first: a tcp_conn is a sea_sock */

	struct tcp_port *port; /* bound to */
	union {
		struct tcp_listen *listen; /* LISTEN */
		struct tcp_conn *parent;   /* any other state: the listener, until accepted */
	};

	/* -- header prediction: two cache lines -- */
	alignas(64) struct tcp_node node;
	struct tcp_flight *fl;    /* its own, or sea_tcp_no_flight (flight.h); never NULL */
	uint32_t flags;           /* enum tcp_conn_flag */
	sea_seq rcv_nxt, rcv_wup; /* rcv_wup: RCV.NXT when the window was last advertised */
	uint32_t rcv_wnd;         /* advertised, from rcv_wup on */
	sea_seq snd_una, snd_nxt;

	uint8_t state; /* enum tcp_conn_state; only sea_tcp_set_state() writes it */
	uint8_t snd_wscale, rcv_wscale;
	uint8_t rtx_kind;
	uint32_t snd_wnd;
	uint32_t ts_recent;
	uint32_t ts_last_sent; /* our timestamp's last value */
	sea_time ts_recent_stamp;
	struct tcp_rcvq rcvq;

	/* -- data received, acknowledged -- */
	struct tcp_ack_state ack;
	sea_seq snd_wl1;
	sea_seq write_seq;   /* end of what the program wrote */
	sea_time rcv_tstamp; /* the last segment that was acceptable: keepalive, user timeout */
	uint64_t bytes_received;
	uint32_t segs_in, data_segs_in;

	/* -- the rest -- */
	struct tcp_cc cc;
	struct tcp_rtt rtt;
	struct tcp_kept kept; /* of the last flight */
	uint8_t ca_state; /* TCP_CA_* of the last flight: other than OPEN when it was cut short */
	uint8_t backoff, retransmits, probes_out;

	sea_seq iss;
	uint32_t ts_offset;  /* of our timestamps: a random start */
	uint32_t max_window; /* largest window the peer ever offered */
	uint32_t window_clamp, rcv_ssthresh;
	uint16_t mss_cache; /* payload a segment now, options deducted */
	uint16_t mss_peer;  /* as the peer's option allows (536 without) */
	uint16_t mss_user;  /* TCP_MAXSEG; 0 */
	uint16_t mss_advertised;
	uint32_t pmtu;
	uint16_t gso_max;      /* payload of a super-segment */
	uint16_t ip_ident;     /* of the next datagram; starts at random */
	uint8_t scaling_ratio; /* window bytes per 256 bytes of buffer, measured */
	uint8_t rto_shift; /* how often the RTO was doubled: backoff, without probes of a window */
	int8_t linger2_s;  /* TCP_LINGER2 */
	uint8_t defer_accept;
	sea_seq snd_sml; /* end of the last small packet (Minshall's Nagle) */
	sea_seq snd_up;

	/* Was the window used (RFC 7661)? The most that was out in the window ending at cwnd_seq. */
	uint32_t cwnd_used, max_packets_out;
	sea_seq cwnd_seq;
	/* The last delivery-rate sample that counts: segments in microseconds. */
	uint32_t rate_delivered, rate_interval_us;
	sea_time cwnd_stamp, lsndtime; /* last data sent */
	uint64_t delivered;
	uint64_t app_limited; /* delivered until which samples are application-limited; 0; _NEW */

	/* Receive buffer autotuning (Linux's rcv_rtt_est and rcvq_space). */
	uint32_t rcv_rtt_us; /* << 3 */
	sea_seq rcv_rtt_seq;
	sea_time rcv_rtt_stamp, rcvq_space_stamp;
	sea_seq rcvq_space_seq;
	uint32_t rcvq_space;

	struct sea_dst dst;
	struct sea_timer timer; /* armed for the earliest of: */
	sea_time due[TCP_TIMER_N];
	struct sea_work work; /* TSQ and other deferred sending */

	/* Options of the program, and their clocks. */
	sea_time probes_stamp;
	const struct tcp_side *side; /* its own, or sea_tcp_side_none (side.h); never NULL */
	uint8_t rehashes;            /* times that the flow label was changed */
	/* Of the segment that ended the handshake, where the peer began it (seen.h); sock.rx_label_low is, too. */
	uint8_t rx_tos, rx_ttl, rx_label_high;

	/* tcp_info's counters. */
	uint32_t segs_out, data_segs_out, total_retrans;
	uint32_t dsack_dups;
	uint32_t chrono_ms[TCP_CHRONO_N - 1]; /* time spent in each kind but NONE (chrono.h) */
	uint64_t bytes_acked, bytes_sent, bytes_retrans;

	struct sea_list port_node;   /* in tcp_port.owners */
	struct sea_list accept_node; /* in tcp_listen.accept_queue */
};

/*
 * With its place among the sockets and in the table, an idle connection costs 1 KiB. It is a size of
 * the pool's, too (core/pool.c): what is needed only now and then belongs into the flight.
 */
static_assert(sizeof(struct tcp_conn) <= 960, "an idle connection is small");

/* A listener's own. */
struct tcp_listen {
	struct tcp_conn *conn;
	struct sea_list node;         /* in tcp_port.listeners */
	struct sea_list accept_queue; /* tcp_conn.accept_node */
	struct sea_list reqs;         /* tcp_req.list, the oldest first */
	/* n_young: requests whose SYN-ACK was sent only once. */
	uint32_t n_accept, backlog, n_reqs, n_young;
	sea_time cookie_sent; /* when the last SYN cookie was made; NEVER: none */
	bool flood_logged;
	uint32_t tfo_qlen; /* children with TCP_F_TFO, and those that were reset lately */
	struct sea_list tfo_resets;
};

static inline struct tcp_conn *sea_tcp_conn(struct sea_sock *sock)
{
	return (struct tcp_conn *)(void *)sock;
}

static inline struct tcp_state *sea_tcp_st(const struct tcp_conn *c)
{
	return sea_tcp_of(c->sock.stack);
}

/* Nothing is queued, out or out of order. */
static inline bool tcp_idle(const struct tcp_conn *c)
{
	return c->fl == &sea_tcp_no_flight || c->fl->place;
}

/* A flight of the connection's own, in use; NULL: no memory. */
static inline struct tcp_flight *sea_tcp_flight(struct tcp_conn *c)
{
	return __builtin_expect(tcp_idle(c), 0) ? sea_tcp_flight_begin(c) : c->fl;
}

/* It comes to rest when nothing is left in it. */
static inline void tcp_flight_settle(struct tcp_conn *c)
{
	if (!tcp_idle(c))
		sea_tcp_flight_settle(c);
}

/* A FIN waits behind the data and was not sent yet. */
static inline bool tcp_fin_pending(const struct tcp_conn *c)
{
	return (c->flags & (TCP_F_FIN_QUEUED | TCP_F_FIN_SENT)) == TCP_F_FIN_QUEUED;
}

/* Our FIN was acknowledged: it stands one behind the last byte. */
static inline bool tcp_fin_acked(const struct tcp_conn *c)
{
	return (c->flags & TCP_F_FIN_SENT) && sea_seq_gt(c->snd_una, c->write_seq);
}

static inline sea_time tcp_now(const struct tcp_conn *c)
{
	return c->sock.stack->shard.now;
}

static inline bool tcp_in(const struct tcp_conn *c, uint32_t state_bits)
{
	return tcp_state_bit(c->state) & state_bits;
}

static inline void tcp_clear(struct tcp_conn *c, uint32_t flags)
{
	c->flags &= ~flags;
}

/* Bytes written and not yet sent. */
static inline uint32_t tcp_unsent(const struct tcp_conn *c)
{
	int32_t n = sea_seq_diff(c->write_seq, c->snd_nxt);

	return n > 0 ? (uint32_t)n : 0;
}

/* -- conn.c: life and state -- */

/* A closed connection with defaults; not registered as a socket. NULL: no memory. */
struct tcp_conn *sea_tcp_conn_new(struct sea_stack *stack);
/* Out of all tables, queues dropped for `reason`, memory freed. The socket handle is taken back. */
void sea_tcp_conn_free(struct tcp_conn *c, enum sea_drop reason);
/* The only writer of c->state; asserts the transition is legal; counts; traces. */
void sea_tcp_set_state(struct tcp_conn *c, enum tcp_conn_state to);
/* "ESTABLISHED" … */
const char *sea_tcp_state_name(unsigned state);
/*
 * The connection ends with `err` (positive; 0 silently): queues and timers go, the program is told,
 * an orphan is freed. The pointer may be gone afterwards.
 */
void sea_tcp_done(struct tcp_conn *c, int err);
/* Moves a connection into TIME_WAIT (or an orphan's FIN_WAIT_2) as a small object for `ns`. */
void sea_tcp_to_time_wait(struct tcp_conn *c, enum tcp_conn_state substate, int64_t ns);
/* Sends a reset and ends with `err`. */
void sea_tcp_abort(struct tcp_conn *c, int err);

/* -- what the route says (obey.c); dst is valid, or is what the connection last had -- */

/* The window that sending begins with, and again after a pause. */
uint32_t sea_tcp_init_cwnd(const struct tcp_conn *c);
/* Every segment is acknowledged at once. */
bool sea_tcp_quickack_route(const struct tcp_conn *c);
/* Another route: what may change in the midst of a connection. */
void sea_tcp_obey_route(struct tcp_conn *c);
/* The first route: all that a connection begins with. */
void sea_tcp_begin_route(struct tcp_conn *c);
/* -- mss.c -- */

/* MSS for a path of `pmtu` with the options of this connection; sets mss_cache, gso_max. */
void sea_tcp_sync_mss(struct tcp_conn *c, uint32_t pmtu);
/* What a packet of `mtu` bytes carries, as far as both sides agreed on, and back. */
uint32_t sea_tcp_mtu_to_mss(const struct tcp_conn *c, uint32_t mtu);
uint32_t sea_tcp_mss_to_mtu(const struct tcp_conn *c, uint32_t mss);
/* The largest packet that the peer's MSS stands for. */
uint32_t sea_tcp_mtu_of_peer(const struct tcp_conn *c);
/* mss_cache less the SACK blocks and the ECN option that will ride on the next segment (Linux's tcp_current_mss()). */
uint16_t sea_tcp_mss_beside_options(const struct tcp_conn *c);

/* The SACK blocks that go beside the other options: timestamps, and a signature of `sig` bytes. */
static inline unsigned sea_tcp_blocks_max(bool ts, unsigned sig)
{
	return (36u - (ts ? 12 : 0) - sig) / 8;
}

/* The next segment tells of blocks that came, if the peer knows SACK. */
static inline bool tcp_tells_blocks(const struct tcp_flight *fl)
{
	return fl->reasm.n_sack || !sea_seq_eq(fl->dsack.start, fl->dsack.end);
}

static inline uint16_t sea_tcp_mss_now(const struct tcp_conn *c)
{
	if (__builtin_expect(!tcp_tells_blocks(c->fl) && !(c->node.ecn & TCP_ECN_ACC), 1))
		return c->mss_cache;
	return sea_tcp_mss_beside_options(c);
}

/* What to announce: the link's MTU less headers, bounded by TCP_MAXSEG and the route's. */
uint16_t sea_tcp_advertised_mss(const struct tcp_conn *c);
/* Established: of what was advertised, timestamps take their part from here on. */
void sea_tcp_ts_in_mss(struct tcp_conn *c);
/* MSS without the peer's option (RFC 9293 MUST-15, RFC 8200: what every link carries). */
uint16_t sea_tcp_default_mss(uint8_t family);
/* What to announce for a way, before the program's own limit. */
uint16_t sea_tcp_mss_of_way(const struct sea_stack *stack, const struct sea_dst *dst);
/* The route, looked up again where stale: 0 or -errno. */
SEA_MUST_USE int sea_tcp_route(struct tcp_conn *c);
SEA_MUST_USE static inline int tcp_route(struct tcp_conn *c)
{
	return __builtin_expect(sea_dst_valid(c->sock.stack, &c->dst), 1) ? 0 : sea_tcp_route(c);
}

/* The path may have come to carry more. */
static inline void tcp_follow_mtu(struct tcp_conn *c)
{
	if (__builtin_expect(c->dst.mtu > c->pmtu, 0))
		sea_tcp_sync_mss(c, c->dst.mtu);
}

/* -- output.c: what may be sent -- */

/* Sends what Nagle, cork, windows and pacing by ACKs allow; also lost segments. */
void sea_tcp_push(struct tcp_conn *c);
/* What becomes of a last segment that is not full. */
enum tcp_push {
	TCP_PUSH_NAGLE, /* Nagle decides, and TCP_CORK */
	TCP_PUSH_FULL,  /* it waits this time (MSG_MORE) */
	TCP_PUSH_ALL,   /* it goes */
};
void sea_tcp_push_as(struct tcp_conn *c, enum tcp_push how);
/* The first (super-)segment of what waits, without waiting for a larger one. */
void sea_tcp_push_one(struct tcp_conn *c);
/* The sending side ends: a FIN follows what is queued, where the state allows. (close.c) */
void sea_tcp_finish_sending(struct tcp_conn *c);
/* Queues a FIN behind the data and sends what can be sent. */
void sea_tcp_send_fin(struct tcp_conn *c);
/* Up to `budget` segments marked lost, oldest first (recovery.c asks). Returns segments sent. */
unsigned sea_tcp_retransmit(struct tcp_conn *c, unsigned budget);
/* Sends one entry again, whole or its first `max_segs` segments: 0 or -errno. */
int sea_tcp_retransmit_one(struct tcp_conn *c, struct tcp_txseg *seg, unsigned max_segs);
/* As a loss probe. */
int sea_tcp_retransmit_probe(struct tcp_conn *c, struct tcp_txseg *seg);
/* One new segment beyond what cwnd allows, for a probe; false: nothing to send or no window. */
bool sea_tcp_send_new_probe(struct tcp_conn *c);

/* -- segment.c: packets -- */

/* IPv6's flow label; 0: none is wanted. */
uint32_t sea_tcp_flow_label(const struct tcp_conn *c);

/* Sends the stored bytes of [seq, end) with `flags`: 0 or -errno: -ENOBUFS where the link's queue is full. */
int sea_tcp_transmit(struct tcp_conn *c, sea_seq seq, sea_seq end, uint8_t flags, uint16_t mss);
/* The same once more: a retransmission. */
int sea_tcp_transmit_again(struct tcp_conn *c, sea_seq seq, sea_seq end, uint8_t flags,
			   uint16_t mss);
/* A bare ACK, now; cancels the delayed one. */
void sea_tcp_send_ack(struct tcp_conn *c);
/* The same of a synchronized connection whose window was looked at already: sea_tcp_wanted_window(). */
void sea_tcp_send_ack_offering(struct tcp_conn *c, uint32_t window);
/* A bare ACK with seq = snd_una - 1, for keepalive and zero-window probes without data: 0 or -errno. */
int sea_tcp_send_probe_ack(struct tcp_conn *c, bool urgent);
/* Beyond a closed window: one segment cut to what fits of it, or a byte already acknowledged: 0 or -errno. */
int sea_tcp_send_window_probe(struct tcp_conn *c);
/*
 * SYN or SYN-ACK (of an active or simultaneous open): with a fast open cookie unless NULL, and the first `len` bytes that
 * are stored. *asked (may be NULL): there was room for the cookie.
 */
int sea_tcp_send_syn(struct tcp_conn *c, const struct sea_tcp_cookie *cookie, uint32_t len,
		     bool *asked);
void sea_tcp_send_rst(struct tcp_conn *c);
/* Bytes a second, as after the last ACK (pacing.h); UINT64_MAX: no limit is known. */
uint64_t sea_tcp_pacing_rate(const struct tcp_conn *c);
/* A value for the timestamp option: milliseconds plus the connection's offset. */
uint32_t sea_tcp_ts_now(const struct tcp_conn *c);

/* Do its segments have an earliest departure (pacing.h)? */
static inline bool tcp_paced(const struct tcp_conn *c)
{
	return c->sock.pacing & (SEA_PACING_NEEDED | SEA_PACING_FQ);
}

/* When what is sent now leaves: tcp_txseg's stamps. */
static inline sea_time tcp_departure(const struct tcp_conn *c)
{
	return tcp_paced(c) ? sea_time_max(c->fl->wstamp, tcp_now(c)) : tcp_now(c);
}

/* How long the next segment has to wait. */
static inline int64_t tcp_pacing_delay_ns(const struct tcp_conn *c)
{
	return tcp_paced(c) ? sea_time_diff(tcp_departure(c), tcp_now(c)) : 0;
}

/* What it was at time `t`. */
static inline uint32_t tcp_ts_at(const struct tcp_conn *c, sea_time t)
{
	return sea_tcp_ts_now(c) - (uint32_t)(tcp_now(c).ns / SEA_MSEC - t.ns / SEA_MSEC);
}

/* -- ack_policy.c: when to acknowledge -- */

struct tcp_arrival; /* windows.h */

/* Data was received: measures the peer, chooses between now and later (Linux's __tcp_ack_snd_check). */
void sea_tcp_ack_data(struct tcp_conn *c, const struct tcp_arrival *a);
void sea_tcp_ack_check(struct tcp_conn *c, bool out_of_order);
void sea_tcp_enter_quickack(struct tcp_conn *c, unsigned max);
void sea_tcp_ack_sent(struct tcp_conn *c);
void sea_tcp_delack_fire(struct tcp_conn *c);
/* ACKs that were left out are made up for by one now. */
void sea_tcp_ack_flush(struct tcp_conn *c);
/*
 * A duplicate or unacceptable segment deserves an ACK, but not in a loop (tcp_invalid_ratelimit): one
 * left out counts as `skipped`.
 */
void sea_tcp_send_dupack(struct tcp_conn *c, const struct sea_tcp_seg *seg, enum sea_mib skipped);
/* RFC 5961 challenge ACK, limited per connection and by a randomised limit per stack. */
void sea_tcp_send_challenge_ack(struct tcp_conn *c);

/* The next ACK tells the peer of what came twice; `ofo`: it was out of order both times. */
void sea_tcp_note_dsack(struct tcp_conn *c, const struct sea_sack_block *dup, bool ofo);
/* As above, of what may be told of together with what waits to be. */
void sea_tcp_extend_dsack(struct tcp_conn *c, const struct sea_sack_block *dup);
void sea_tcp_forget_dsack(struct tcp_conn *c);

/* The longest timeout, as the program wants it, else the stack (tcp_rto_max_ms when the socket was made). */
static inline int64_t tcp_rto_max_ns(const struct tcp_conn *c)
{
	return c->side->rto_max_ms ? c->side->rto_max_ms * SEA_MSEC : TCP_RTO_MAX_US * SEA_USEC;
}

/* The RTO after `shift` expiries. */
static inline int64_t tcp_rto_ns(const struct tcp_conn *c, unsigned shift)
{
	int64_t rto = sea_tcp_rto_ns(&c->rtt, shift), max = tcp_rto_max_ns(c);

	return rto < max ? rto : max;
}

/* -- timers.c -- */

/* The connection ends for want of an answer. */
void sea_tcp_give_up(struct tcp_conn *c);
/* One more timeout in a row, or the first of one. */
void sea_tcp_count_timeout(struct tcp_conn *c);

/* Keepalive as the program wants it, else the stack. */
static inline int32_t tcp_keepidle_s(const struct tcp_conn *c)
{
	return c->side->keepidle_s ? c->side->keepidle_s : sea_tcp_st(c)->sysctl.keepalive_time;
}

static inline int32_t tcp_keepintvl_s(const struct tcp_conn *c)
{
	return c->side->keepintvl_s ? c->side->keepintvl_s : sea_tcp_st(c)->sysctl.keepalive_intvl;
}

static inline int32_t tcp_keepcnt(const struct tcp_conn *c)
{
	return c->side->keepcnt ? c->side->keepcnt : sea_tcp_st(c)->sysctl.keepalive_probes;
}

/* Arms the timer for what is out as a timeout. */
void sea_tcp_arm_rto(struct tcp_conn *c);
/* (Re)arms the timer for what is out: RTO, TLP, or nothing when all is acknowledged. */
void sea_tcp_rearm_rto(struct tcp_conn *c);
/* New data was sent: a loss probe, where one may be, waits from now on. */
void sea_tcp_schedule_tlp(struct tcp_conn *c);
void sea_tcp_arm_rtx(struct tcp_conn *c, enum tcp_rtx_kind kind, int64_t ns);
/* The same, for what may not be sent before its departure. */
static inline void tcp_arm_rtx_paced(struct tcp_conn *c, enum tcp_rtx_kind kind, int64_t ns)
{
	sea_tcp_arm_rtx(c, kind, ns + tcp_pacing_delay_ns(c));
}
void sea_tcp_stop_rtx(struct tcp_conn *c);
/* Nothing is out and something waits: probe the window (or a local drop). */
void sea_tcp_check_probe(struct tcp_conn *c);
void sea_tcp_rtx_fire(struct tcp_conn *c);
void sea_tcp_keep_fire(struct tcp_conn *c);
/* -- patience.c: for how long to try -- */

/* Since `since`, as long as `retries` doublings of the RTO take (RFC 1122 R1, R2)? */
bool sea_tcp_tried(const struct tcp_conn *c, sea_time since, unsigned retries);
/* Or the user timeout, where there is one. */
bool sea_tcp_tried_enough(const struct tcp_conn *c, sea_time since, unsigned retries);
unsigned sea_tcp_retries(const struct tcp_conn *c);
/* Of what is being retransmitted; where nothing is yet, when it was sent. */
sea_time sea_tcp_first_retransmission(const struct tcp_conn *c);
/* The RTO backed off, `backoff` times more to probe a window, up to the end of a user timeout since then (ZERO: never). */
int64_t sea_tcp_rto_till_end(const struct tcp_conn *c, sea_time since, unsigned backoff);

/* One of the three deadlines; NEVER stops it. */
void sea_tcp_timer_set(struct tcp_conn *c, enum tcp_timer which, sea_time due);
/* The entry's callback: runs what is due; the connection may be gone after each. */
void sea_tcp_timer_fire(struct sea_timer *timer, sea_time now);
void sea_tcp_keepalive_rearm(struct tcp_conn *c);

#endif
