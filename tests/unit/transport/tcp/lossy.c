/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sender against a model of a receiver over a path that loses, delays, doubles and reorders, in both
 * directions, from a seed: everything arrives, the scoreboard agrees with what the receiver has, and
 * no more is ever in flight than the window allowed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/transport/tcp/sender.h"

#define TOTAL 2000u /* segments */
#define WIRE 8192

struct path {
	unsigned loss, dup, reorder; /* in 1000 */
	uint64_t random;
};

/* A segment on its way to the receiver, or an ACK on its way back. */
struct flight {
	int64_t at_ns;
	bool is_ack;
	uint32_t seg;
	struct sea_tcp_seg ack;
	uint32_t ts;
};

static struct path path;
static struct flight wire[WIRE];
static unsigned n_wire, seen_sent;
static bool have[TOTAL + 16];
static uint32_t rcv_nxt, ts_recent;

static unsigned chance(void)
{
	return (unsigned)(test_random(&path.random) % 1000);
}

static void put(struct flight f)
{
	if (chance() < path.loss)
		return;
	f.at_ns = tcp_now(&s.c).ns + 20 * SEA_MSEC + (int64_t)(test_random(&path.random) % 50000);
	if (chance() < path.reorder)
		f.at_ns += (int64_t)(test_random(&path.random) % 8) * SEA_MSEC;
	assert_true(n_wire < WIRE - 1);
	wire[n_wire++] = f;
	if (chance() < path.dup)
		wire[n_wire++] = f;
}

/* What the sender sent since the last look goes onto the wire. */
static void carry(void)
{
	for (; seen_sent < s.n_sent; seen_sent++)
		for (uint32_t i = 0; i < s.sent[seen_sent].segs; i++)
			put((struct flight){ .seg = s.sent[seen_sent].seg + i,
					     .ts = sea_tcp_ts_now(&s.c) });
	s.n_sent = seen_sent = 0;
}

/* The block around segment `i`. */
static void add_block(struct sea_tcp_seg *ack, uint32_t i)
{
	uint32_t from = i, to = i + 1;

	while (from > rcv_nxt && have[from - 1])
		from--;
	while (to < TOTAL && have[to])
		to++;
	for (unsigned k = 0; k < ack->opts.n_sack; k++)
		if (ack->opts.sack[k].start.v == seq_of(from * MSS).v)
			return;
	if (ack->opts.n_sack < 3)
		add_sack(ack, from * MSS, to * MSS);
}

static void receiver(uint32_t seg, uint32_t ts)
{
	struct flight f = { .is_ack = true };
	bool dup = have[seg];

	have[seg] = true;
	if (seg == rcv_nxt)
		ts_recent = ts;
	while (have[rcv_nxt])
		rcv_nxt++;
	f.ack = ack_seg(rcv_nxt * MSS);
	f.ack.opts.has_ts = true;
	f.ack.opts.ts_ecr = ts_recent;
	if (dup)
		add_sack(&f.ack, seg * MSS, (seg + 1) * MSS);
	else if (seg > rcv_nxt)
		add_block(&f.ack, seg);
	for (uint32_t i = TOTAL; i-- > rcv_nxt && f.ack.opts.n_sack;)
		if (have[i])
			add_block(&f.ack, i);
	put(f);
}

static void push_new(void)
{
	while (tcp_unsent(&s.c) && sea_tcp_cwnd_room(&s.c)) {
		uint32_t room = sea_tcp_cwnd_room(&s.c) * MSS, len = tcp_unsent(&s.c);

		len = len < room ? len : room;
		send_bytes(len < 8 * MSS ? len : 8 * MSS);
	}
}

static void check_scoreboard(void)
{
	const struct tcp_txseg *seg = sea_tcp_txq_first(&s.c.fl->txq);

	for (; seg; seg = sea_tcp_txq_next(seg))
		if (seg->bits & TCP_TX_SACKED)
			for (uint32_t k = (seg->seq.v - ISS) / MSS; k < (seg->end.v - ISS) / MSS;
			     k++)
				assert_true(have[k]);
	assert_true(in_flight() < 1u << 20);
	assert_true(s.c.cc.cwnd >= 1 && s.c.cc.cwnd <= 4 * TOTAL);
}

static void deliver(struct flight f)
{
	if (!f.is_ack) {
		receiver(f.seg, f.ts);
		return;
	}
	if (!(s.c.flags & TCP_F_SACK))
		f.ack.opts.n_sack = 0;
	if (sea_seq_ge(f.ack.ack, s.c.snd_una) || f.ack.opts.n_sack)
		receive(&f.ack);
	push_new();
	check_scoreboard();
}

/* The next thing that happens: an arrival or the timer. */
static void step(void)
{
	unsigned next = 0;

	for (unsigned i = 1; i < n_wire; i++)
		if (wire[i].at_ns < wire[next].at_ns)
			next = i;
	if (n_wire && wire[next].at_ns <= s.c.due[TCP_TIMER_RTX].ns) {
		struct flight f = wire[next];

		wire[next] = wire[--n_wire];
		s.stack.shard.now.ns = f.at_ns > tcp_now(&s.c).ns ? f.at_ns : tcp_now(&s.c).ns;
		deliver(f);
	} else {
		fire();
		push_new();
	}
	carry();
}

static void transfer(uint32_t flags, struct path p, const struct tcp_cc_ops *ops)
{
	unsigned steps = 0;

	begin_with(flags, 10, 40);
	s.c.mss_cache = (uint16_t)MSS;
	sea_tcp_cc_init(&s.c.cc, ops, tcp_now(&s.c));
	s.c.cc.cwnd_clamp = 500;
	path = p;
	n_wire = seen_sent = 0;
	rcv_nxt = 0;
	memset(have, 0, sizeof(have));
	write_segs(TOTAL);
	push_new();
	carry();
	while (s.c.fl->txq.n || tcp_unsent(&s.c)) {
		step();
		assert_true(++steps < 200000);
	}
	assert_int_equal(rcv_nxt, TOTAL);
	assert_true(sea_time_is_never(s.c.due[TCP_TIMER_RTX]));
	assert_int_equal(in_flight(), 0);
	finish(NULL);
}

static const uint32_t kinds[] = { 0, TCP_F_TS, TCP_F_SACK, TCP_F_SACK | TCP_F_TS };

static void over(unsigned loss, unsigned dup, unsigned reorder)
{
	for (unsigned k = 0; k < 4; k++)
		for (uint64_t seed = 1; seed <= 4; seed++)
			transfer(kinds[k], (struct path){ loss, dup, reorder, seed * 977 + loss },
				 seed % 2 ? &sea_tcp_cubic : &sea_tcp_reno);
}

static void a_clean_path_needs_no_retransmission(void **state)
{
	transfer(TCP_F_SACK | TCP_F_TS, (struct path){ 0, 0, 0, 1 }, &sea_tcp_cubic);
	assert_int_equal(s.c.total_retrans, 0);
	assert_int_equal(mib(SEA_MIB_TcpExtTCPSACKDiscard), 0);
}

static void everything_arrives_over_a_path_that_loses(void **state)
{
	over(10, 0, 0);
	over(100, 0, 0);
}

static void everything_arrives_over_a_path_that_reorders_and_doubles(void **state)
{
	over(0, 50, 100);
	over(0, 0, 300);
}

static void everything_arrives_over_a_path_that_does_all_of_it(void **state)
{
	over(30, 30, 100);
	over(250, 100, 300);
}

/* Reordering alone: undo and adaptation keep needless retransmissions few. */
static void reordering_is_learned(void **state)
{
	transfer(TCP_F_SACK | TCP_F_TS, (struct path){ 0, 0, 200, 3 }, &sea_tcp_cubic);
	assert_true(s.c.total_retrans < TOTAL / 20);
	assert_true(s.c.kept.reord_seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_path_needs_no_retransmission),
		cmocka_unit_test(everything_arrives_over_a_path_that_loses),
		cmocka_unit_test(everything_arrives_over_a_path_that_reorders_and_doubles),
		cmocka_unit_test(everything_arrives_over_a_path_that_does_all_of_it),
		cmocka_unit_test(reordering_is_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
