/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The send side of one connection without packets: what recovery calls of output.c and timers.c is
 * played here and written down. Sequence numbers in tests count from the first byte, in segments of
 * 1000 bytes; times in milliseconds.
 */
#ifndef SEA_TESTS_SENDER_H
#define SEA_TESTS_SENDER_H

#include "tests/lib/env.h"
#include "transport/tcp/recover.h"

#define MSS 1000u
#define ISS (UINT32_MAX - 5500u) /* sequence numbers wrap after five segments */
#define SENT_MAX 4096

struct sender {
	struct test_env e;
	struct sea_stack stack;
	struct tcp_state st;
	struct tcp_conn c;
	/* What was sent, new or again: segments by number. */
	struct {
		uint32_t seg, segs;
		bool again;
	} sent[SENT_MAX];
	unsigned n_sent;
};

static struct sender s;

static inline sea_seq seq_of(uint32_t bytes)
{
	return sea_seq_of(ISS + bytes);
}

static inline sea_time ms(int64_t n)
{
	return (sea_time){ n * SEA_MSEC };
}

static inline void at(int64_t n)
{
	s.stack.shard.now = ms(n);
}

static inline uint64_t mib(enum sea_mib what)
{
	return s.stack.shard.counters.mib[what];
}

static inline void note_sent(const struct tcp_txseg *seg, bool again)
{
	assert_true(s.n_sent < SENT_MAX);
	s.sent[s.n_sent].seg = (seg->seq.v - ISS) / MSS;
	s.sent[s.n_sent].segs = seg->segs;
	s.sent[s.n_sent++].again = again;
}

/* -- played: output.c -- */

static inline int play_resend(struct tcp_conn *c, struct tcp_txseg *seg, unsigned max_segs,
			      bool probe)
{
	if (seg->segs > max_segs)
		(void)!sea_tcp_txq_split(&c->fl->txq, seg,
					 sea_seq_add(seg->seq, max_segs * c->mss_cache));
	sea_tcp_recovery_resent(c, seg, probe);
	c->total_retrans += seg->segs;
	note_sent(seg, true);
	return 0;
}

int sea_tcp_retransmit_one(struct tcp_conn *c, struct tcp_txseg *seg, unsigned max_segs)
{
	return play_resend(c, seg, max_segs, false);
}

int sea_tcp_retransmit_probe(struct tcp_conn *c, struct tcp_txseg *seg)
{
	return play_resend(c, seg, 1, true);
}

unsigned sea_tcp_retransmit(struct tcp_conn *c, unsigned budget)
{
	struct tcp_txseg *seg;
	unsigned n = 0;

	while (n < budget && (seg = sea_tcp_txq_next_lost(&c->fl->txq))) {
		(void)sea_tcp_retransmit_one(c, seg, budget - n);
		n += seg->segs;
	}
	return n;
}

static inline void send_bytes(uint32_t bytes)
{
	struct tcp_conn *c = &s.c;
	struct tcp_txseg *seg;

	seg = sea_tcp_txq_push(&c->fl->txq, c->snd_nxt, sea_seq_add(c->snd_nxt, bytes),
			       (uint16_t)MSS, 0, 0, tcp_now(c));
	assert_non_null(seg);
	c->snd_nxt = seg->end;
	c->write_seq = sea_seq_max(c->write_seq, c->snd_nxt);
	sea_tcp_rate_sent(c, seg);
	sea_tcp_recovery_sent(c, seg->segs);
	c->lsndtime = tcp_now(c);
	note_sent(seg, false);
	if (c->rtx_kind == TCP_RTX_NONE)
		sea_tcp_rearm_rto(c);
}

bool sea_tcp_send_new_probe(struct tcp_conn *c)
{
	if (!tcp_unsent(c))
		return false;
	send_bytes(tcp_unsent(c) < MSS ? tcp_unsent(c) : MSS);
	return true;
}

/* -- played: timers.c, segment.c -- */

void sea_tcp_arm_rtx(struct tcp_conn *c, enum tcp_rtx_kind kind, int64_t ns)
{
	c->rtx_kind = (uint8_t)kind;
	c->due[TCP_TIMER_RTX] = sea_time_add(tcp_now(c), ns);
}

void sea_tcp_stop_rtx(struct tcp_conn *c)
{
	c->rtx_kind = TCP_RTX_NONE;
	c->due[TCP_TIMER_RTX] = SEA_TIME_NEVER;
}

void sea_tcp_rearm_rto(struct tcp_conn *c)
{
	int64_t tlp = sea_tcp_tlp_timeout_ns(c), rto = sea_tcp_rto_ns(&c->rtt, c->rto_shift);

	if (!c->fl->txq.packets_out)
		sea_tcp_stop_rtx(c);
	else if (tlp >= 0)
		sea_tcp_arm_rtx(c, TCP_RTX_TLP, tlp < rto ? tlp : rto);
	else
		sea_tcp_arm_rtx(c, TCP_RTX_RTO, rto);
}

uint32_t sea_tcp_ts_now(const struct tcp_conn *c)
{
	return (uint32_t)(tcp_now(c).ns / SEA_MSEC) + c->ts_offset;
}

/* -- the test's side -- */

/* `n` segments of new data, each an entry. */
static inline void send_segs(unsigned n)
{
	while (n--)
		send_bytes(MSS);
}

/* What the program wrote and waits to be sent. */
static inline void write_segs(unsigned n)
{
	s.c.write_seq = sea_seq_add(s.c.snd_nxt, n * MSS);
}

/* The RTT was `rtt_ms` so far; window `cwnd`; flags TCP_F_SACK, TCP_F_TS. */
static inline void begin_with(uint32_t flags, uint32_t cwnd, uint32_t rtt_ms)
{
	struct tcp_conn *c = &s.c;

	memset(&s, 0, sizeof(s));
	test_env_init(&s.e);
	s.stack.env = s.e.env;
	sea_pool_init(&s.stack.shard.pool, &s.stack.env, 0, 0);
	s.stack.module_state[SEA_MODULE_TCP] = &s.st;
	s.st.sysctl = (struct tcp_sysctls){
		.recovery = 1,
		.reordering = 3,
		.max_reordering = 300,
		.early_retrans = 3,
		.frto = 2,
		.slow_start_after_idle = 1,
	};
	at(1000);
	c->sock.stack = &s.stack;
	c->side = &sea_tcp_side_none;
	c->state = TCP_S_ESTABLISHED;
	c->flags = flags;
	c->mss_cache = (uint16_t)MSS;
	c->snd_una = c->snd_nxt = c->write_seq = seq_of(0);
	c->snd_wnd = c->max_window = 1u << 24;
	c->ts_offset = 77777;
	c->due[TCP_TIMER_RTX] = SEA_TIME_NEVER;
	c->sock.more = &sea_sock_plain;
	sea_tcp_cc_init(&c->cc, &sea_tcp_reno, tcp_now(c));
	sea_tcp_flight_init(c);
	assert_non_null(sea_tcp_flight(c));
	sea_tcp_rtt_init(&c->rtt);
	sea_tcp_rtt_sample(&c->rtt, rtt_ms * 1000, c->snd_una, c->snd_nxt);
	sea_tcp_rtt_min(&c->rtt, rtt_ms * 1000, tcp_min_rtt_window_ns(c), tcp_now(c));
	c->cc.cwnd = cwnd;
	c->flags |= TCP_F_CWND_LIMITED;
}

static inline int finish(void **state)
{
	(void)state;
	assert_true(sea_tcp_txq_check(&s.c.fl->txq));
	sea_tcp_flight_drop(&s.c, SEA_DROP_STACK_FREED);
	sea_tcp_side_free(&s.c);
	sea_pool_fini(&s.stack.shard.pool);
	assert_int_equal(s.e.live, 0);
	return 0;
}

/* Another connection in the midst of a test. */
static inline void begin_anew(uint32_t flags, uint32_t cwnd, uint32_t rtt_ms)
{
	finish(NULL);
	begin_with(flags, cwnd, rtt_ms);
}

static inline struct sea_tcp_seg ack_seg(uint32_t bytes)
{
	return (struct sea_tcp_seg){ .ack = seq_of(bytes), .flags = SEA_TCP_ACK };
}

/* Adds the block [from, to), in bytes. */
static inline void add_sack(struct sea_tcp_seg *seg, uint32_t from, uint32_t to)
{
	seg->opts.sack[seg->opts.n_sack].start = seq_of(from);
	seg->opts.sack[seg->opts.n_sack++].end = seq_of(to);
}

static inline void receive(const struct sea_tcp_seg *seg)
{
	struct tcp_ack_sample a = { .data = false };

	sea_tcp_recovery_ack(&s.c, seg, &a);
	assert_true(sea_tcp_txq_check(&s.c.fl->txq));
}

static inline void ack_bytes(uint32_t bytes)
{
	struct sea_tcp_seg seg = ack_seg(bytes);

	receive(&seg);
}

static inline void ack(uint32_t segs)
{
	ack_bytes(segs * MSS);
}

/* ACK of `segs` with the block of segments [from, to). */
static inline void ack_sack(uint32_t segs, uint32_t from, uint32_t to)
{
	struct sea_tcp_seg seg = ack_seg(segs * MSS);

	add_sack(&seg, from * MSS, to * MSS);
	receive(&seg);
}

/* ACK of `segs` that echoes what we sent at `sent_ms`. */
static inline void ack_echo(uint32_t segs, int64_t sent_ms)
{
	struct sea_tcp_seg seg = ack_seg(segs * MSS);

	seg.opts.has_ts = true;
	seg.opts.ts_ecr = (uint32_t)sent_ms + s.c.ts_offset;
	receive(&seg);
}

/* The timer goes off, as timers.c would run it. */
static inline void fire(void)
{
	struct tcp_conn *c = &s.c;
	unsigned kind = c->rtx_kind;

	assert_false(sea_time_is_never(c->due[TCP_TIMER_RTX]));
	s.stack.shard.now = sea_time_max(tcp_now(c), c->due[TCP_TIMER_RTX]);
	sea_tcp_stop_rtx(c);
	if (kind == TCP_RTX_TLP) {
		sea_tcp_recovery_tlp(c);
	} else if (kind == TCP_RTX_REO) {
		sea_tcp_recovery_reo(c);
	} else {
		sea_tcp_recovery_rto(c);
		c->retransmits++;
		c->backoff = ++c->rto_shift;
		sea_tcp_arm_rtx(c, TCP_RTX_RTO, sea_tcp_rto_ns(&c->rtt, c->rto_shift));
	}
	assert_true(sea_tcp_txq_check(&c->fl->txq));
}

/* Waits until the retransmission timeout, past a probe. */
static inline void time_out(void)
{
	s.st.sysctl.early_retrans = 0;
	sea_tcp_arm_rtx(&s.c, TCP_RTX_RTO, sea_tcp_rto_ns(&s.c.rtt, s.c.rto_shift));
	fire();
}

/* The `i`th sending was of segment `seg` (and `segs` in all), again or new; counts from 0. */
static inline void expect_sent(unsigned i, uint32_t seg, bool again)
{
	assert_true(i < s.n_sent);
	assert_int_equal(s.sent[i].seg, seg);
	assert_int_equal(s.sent[i].again, again);
}

static inline uint32_t in_flight(void)
{
	return sea_tcp_txq_in_flight(&s.c.fl->txq);
}

static inline unsigned ca(void)
{
	return s.c.fl->rec.ca_state;
}

#endif
