/* SPDX-License-Identifier: Apache-2.0 */
/* The options of Accurate ECN: when they go, how much of them, and what the peer's say (RFC 9768 §3.2.3). */
#include "transport/tcp/accecn.h"
#include "transport/tcp/sig.h"

#define OPTS_MAX 40u
#define TS_LEN 12u
#define COUNTER_MASK 0xffffffu
#define TOO_LATE ((1u << 23) - 1) /* bytes; by then the peer's counters may have gone round */

/* Where bytes of each place count: enum tcp_ecn_bytes. E0B and E1B begin with 1, so that a path that clears them is seen. */
static const struct {
	uint8_t counter[SEA_TCP_ACCECN_MAX];
} orders[] = { { { TCP_ECN_E0B, TCP_ECN_CEB, TCP_ECN_E1B } },
	       { { TCP_ECN_E1B, TCP_ECN_CEB, TCP_ECN_E0B } } };

static const uint8_t *order_of(uint8_t kind)
{
	return orders[kind == SEA_TCPOPT_ACCECN1].counter;
}

static uint32_t init_of(uint8_t counter)
{
	return counter != TCP_ECN_CEB;
}

/* -- ours -- */

/* So often in a round trip. */
static bool beacon_due(const struct tcp_conn *c)
{
	int64_t since_us = sea_time_diff(tcp_now(c), c->side->ecn.acc.option_stamp) / SEA_USEC;
	int32_t often = sea_tcp_st(c)->sysctl.ecn_option_beacon;

	return often && since_us * often >= c->rtt.srtt_us >> 3;
}

bool sea_tcp_accecn_wants_option(const struct tcp_conn *c)
{
	const struct tcp_accecn *acc = &c->side->ecn.acc;
	int32_t how = sea_tcp_st(c)->sysctl.ecn_option;

	if (!how || !acc->seen)
		return false;
	if (how < TCP_ACCECN_OPTION_PERSIST && acc->fail & TCP_ACCECN_OPT_FAIL_SEND)
		return false;
	return how >= TCP_ACCECN_OPTION_ALWAYS || acc->demand || beacon_due(c);
}

/*
 * As many counters as there is room for, `least` if any; SACK blocks down to two make room. False: it does not fit, and
 * nothing was changed.
 */
static bool fit(struct sea_tcp_opts *o, unsigned least)
{
	uint8_t blocks = o->n_sack;

	for (;; o->n_sack--) {
		size_t len = sea_tcp_opts_len(o);

		o->accecn = SEA_TCPOPT_ACCECN1;
		for (unsigned n = SEA_TCP_ACCECN_MAX + 1; n-- > least;) {
			o->n_accecn = (uint8_t)n;
			if (len + sea_tcp_accecn_len(o) <= OPTS_MAX)
				return true;
		}
		o->accecn = o->n_accecn = 0;
		if (!least || o->n_sack <= 2)
			break;
	}
	o->n_sack = blocks;
	return false;
}

static void fill(const struct tcp_ecn *ecn, struct sea_tcp_opts *o)
{
	const uint8_t *order = order_of(o->accecn);

	for (unsigned i = 0; i < o->n_accecn; i++)
		o->accecn_bytes[i] = (ecn->received_bytes[order[i]] + init_of(order[i])) &
				     COUNTER_MASK;
}

/* What mss_cache leaves room for. */
static uint32_t base_len(const struct sea_tcp_opts *o)
{
	return (o->has_ts ? TS_LEN : 0) + tcp_sig_len_in(o);
}

void sea_tcp_accecn_option(struct tcp_conn *c, struct sea_tcp_opts *o, uint32_t payload)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	struct tcp_accecn *acc = &side->ecn.acc;
	uint8_t blocks = o->n_sack;

	acc->option_sent = false;
	if (!sea_tcp_accecn_wants_option(c) || !fit(o, acc->minlen))
		return;
	if (payload && payload + sea_tcp_opts_len(o) > c->mss_cache + base_len(o)) {
		o->accecn = o->n_accecn = 0; /* it was cut when none was wanted */
		o->n_sack = blocks;
		return;
	}
	fill(&side->ecn, o);
	acc->option_sent = true;
	acc->option_stamp = tcp_now(c);
	acc->minlen = 0;
	if (acc->demand)
		acc->demand--;
}

uint32_t sea_tcp_accecn_room(const struct tcp_conn *c, const struct sea_tcp_opts *beside)
{
	struct sea_tcp_opts o = *beside;
	size_t before = sea_tcp_opts_len(&o), after;

	if (!sea_tcp_accecn_wants_option(c) || !fit(&o, c->side->ecn.acc.minlen))
		return 0;
	after = sea_tcp_opts_len(&o);
	return after > before ? (uint32_t)(after - before) : 0;
}

void sea_tcp_accecn_synack_option(struct sea_tcp_opts *o)
{
	static const struct tcp_ecn none;

	if (fit(o, 0))
		fill(&none, o);
}

/* -- the peer's -- */

/* §3.2.3.2.4. */
static enum tcp_accecn_seen judge(const struct sea_tcp_opts *o)
{
	const uint8_t *order = order_of(o->accecn);

	for (unsigned i = 0; i < o->n_accecn; i++)
		if (init_of(order[i]) && !o->accecn_bytes[i])
			return TCP_ACCECN_FAILED;
	return o->n_accecn ? TCP_ACCECN_COUNTED : TCP_ACCECN_EMPTY;
}

void sea_tcp_accecn_first_option(struct tcp_conn *c, const struct sea_tcp_opts *o)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!o->accecn || side->ecn.acc.seen >= TCP_ACCECN_COUNTED)
		return;
	side->ecn.acc.seen = (uint8_t)judge(o);
	if (side->ecn.acc.seen == TCP_ACCECN_FAILED)
		side->ecn.acc.fail |= TCP_ACCECN_OPT_FAIL_RECV;
}

/* None yet. Later it could not be told how often the counters went round. */
static void none_yet(const struct tcp_conn *c, struct tcp_accecn *acc)
{
	if (acc->seen || c->bytes_sent < TOO_LATE)
		return;
	acc->seen = TCP_ACCECN_FAILED;
	acc->fail |= TCP_ACCECN_OPT_FAIL_RECV;
}

/* 24 bits, of which the highest is a sign. */
static int32_t step_of(uint32_t value)
{
	value &= COUNTER_MASK;
	return value & 0x800000u ? (int32_t)value - 0x1000000 : (int32_t)value;
}

static bool take_counters(struct tcp_ecn *ecn, const struct sea_tcp_opts *o)
{
	const uint8_t *order = order_of(o->accecn);
	uint8_t guess = ecn->acc.guess;
	unsigned moved = 0;
	bool good = true;

	for (unsigned i = 0; i < o->n_accecn; i++) {
		uint32_t *counter = &ecn->delivered_bytes[order[i]];
		int32_t step = step_of(o->accecn_bytes[i] - init_of(order[i]) - *counter);

		if (step < 0)
			good = false;
		/* What was guessed may have been too much; else it is an old one's. */
		if (step > 0 || (step < 0 && guess == order[i] + 1))
			*counter += (uint32_t)step;
		if (step > 0) {
			moved++;
			ecn->acc.guess = (uint8_t)(order[i] + 1);
		}
	}
	if (moved > 1)
		ecn->acc.guess = 0;
	return good;
}

bool sea_tcp_accecn_take_option(struct tcp_conn *c, const struct sea_tcp_opts *o, uint32_t bytes)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	struct tcp_accecn *acc = &side->ecn.acc;

	if (acc->fail & TCP_ACCECN_OPT_FAIL_RECV)
		return false;
	if (o->accecn) {
		sea_tcp_accecn_first_option(c, o);
		return !(acc->fail & TCP_ACCECN_OPT_FAIL_RECV) && take_counters(&side->ecn, o);
	}
	none_yet(c, acc);
	if (!acc->guess)
		return false;
	side->ecn.delivered_bytes[acc->guess - 1] += bytes;
	return true;
}
