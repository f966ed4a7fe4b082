/* SPDX-License-Identifier: Apache-2.0 */
/* Decides when a connection holds a flight of its own, and what it remembers without one. */
#include "transport/tcp/memory.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/rack.h"

/* An empty list points at itself, and nobody writes to it here. */
#define EMPTY_LIST(head)                                               \
	{                                                              \
		(struct sea_list *)&(head), (struct sea_list *)&(head) \
	}

const struct tcp_flight sea_tcp_no_flight = {
	.txq.by_time = EMPTY_LIST(sea_tcp_no_flight.txq.by_time),
	.pacing_rate = UINT64_MAX,
};

static void share_idle(struct tcp_conn *c)
{
	c->fl = (struct tcp_flight *)&sea_tcp_no_flight;
}

void sea_tcp_flight_init(struct tcp_conn *c)
{
	c->kept = (struct tcp_kept){
		.reordering = (uint16_t)sea_tcp_st(c)->sysctl.reordering,
		.reo_wnd_steps = 1,
	};
	c->ca_state = TCP_CA_OPEN;
	share_idle(c);
}

/* -- what outlives a flight -- */

static void keep(struct tcp_conn *c)
{
	const struct tcp_recovery *rec = &c->fl->rec;

	c->kept = (struct tcp_kept){
		.reordering = rec->reordering,
		.reo_wnd_steps = rec->reo_wnd_steps,
		.reo_wnd_persist = rec->reo_wnd_persist & 31u,
		.dsack_seen = rec->dsack_seen,
		.reord_seen = rec->reord_seen,
		.undo_valid = rec->undo_valid,
		.rack_rtt_us = rec->rack_rtt_us,
		.undo_marker = rec->undo_marker,
		.undo_retrans = rec->undo_retrans,
		.prior_ssthresh = rec->prior_ssthresh,
	};
	c->ca_state = rec->ca_state;
}

static void put_back(const struct tcp_kept *kept, struct tcp_recovery *rec)
{
	*rec = (struct tcp_recovery){
		.ca_state = TCP_CA_OPEN,
		.dsack_seen = kept->dsack_seen,
		.reord_seen = kept->reord_seen,
		.undo_valid = kept->undo_valid,
		.reo_wnd_persist = kept->reo_wnd_persist,
		.undo_marker = kept->undo_marker,
		.undo_retrans = kept->undo_retrans,
		.prior_ssthresh = kept->prior_ssthresh,
		.rack_rtt_us = kept->rack_rtt_us,
	};
	sea_tcp_rack_init(rec, kept->reordering);
	rec->reo_wnd_steps = kept->reo_wnd_steps;
}

static bool has_own(const struct tcp_conn *c)
{
	return c->fl != &sea_tcp_no_flight;
}

uint16_t sea_tcp_reordering(const struct tcp_conn *c)
{
	return has_own(c) ? c->fl->rec.reordering : c->kept.reordering;
}

void sea_tcp_set_reordering(struct tcp_conn *c, uint16_t segs)
{
	if (has_own(c))
		c->fl->rec.reordering = segs;
	else
		c->kept.reordering = segs;
}

uint8_t sea_tcp_ca_state(const struct tcp_conn *c)
{
	return has_own(c) ? c->fl->rec.ca_state : c->ca_state;
}

/* -- coming and going -- */

static struct tcp_flight *make(struct tcp_conn *c)
{
	struct sea_pool *pool = &c->sock.stack->shard.pool;
	struct tcp_flight *fl = sea_pool_alloc(pool, sizeof(*fl));

	if (!fl)
		return NULL;
	sea_tcp_txq_init(&fl->txq, pool);
	sea_tcp_sendbuf_init(&fl->sendbuf, c->write_seq);
	sea_tcp_marks_init(&fl->marks);
	fl->pushed_seq = c->write_seq;
	fl->delivered_stamp = fl->first_tx_stamp = SEA_TIME_ZERO;
	put_back(&c->kept, &fl->rec);
	sea_tcp_reasm_init(&fl->reasm);
	fl->dsack = (struct sea_sack_block){ { 0 }, { 0 } };
	fl->place = 0;
	fl->chrono = TCP_CHRONO_NONE;
	fl->chrono_start_ms = 0;
	fl->compressed_rcv_nxt = c->rcv_nxt;
	fl->compressed_ack = fl->dup_acks = 0;
	fl->wstamp = SEA_TIME_ZERO;
	fl->pacer = NULL;
	c->fl = fl;
	sea_tcp_pacing_renew(c);
	return fl;
}

/* It rests no longer. */
static void stir(struct tcp_conn *c)
{
	if (!c->fl->place)
		return;
	sea_tcp_st(c)->resting[c->fl->place - 1] = NULL;
	c->fl->place = 0;
}

struct tcp_flight *sea_tcp_flight_begin(struct tcp_conn *c)
{
	if (!has_own(c))
		return make(c);
	stir(c);
	return c->fl;
}

static void give_back(struct tcp_conn *c)
{
	struct sea_pool *pool = &c->sock.stack->shard.pool;
	struct tcp_flight *fl = c->fl;

	stir(c);
	keep(c);
	share_idle(c);
	sea_tcp_pacing_stop(fl, c->sock.stack);
	sea_tcp_sendbuf_fini(&fl->sendbuf, pool);
	sea_tcp_marks_fini(&fl->marks, pool);
	sea_pool_free(pool, fl, sizeof(*fl));
}

/*
 * A state other than OPEN is left by what is acknowledged next, and so is a probe's episode. What was
 * sent last may still be using its time (pacing.h).
 */
static bool in_use(const struct tcp_flight *fl, sea_time now)
{
	return fl->txq.n || fl->sendbuf.n || fl->reasm.n || sea_time_before(now, fl->wstamp) ||
	       tcp_tells_blocks(fl) || fl->rec.ca_state != TCP_CA_OPEN || fl->rec.tlp_out;
}

/* In the place of who has rested longest. */
static void rest(struct tcp_conn *c)
{
	struct tcp_state *st = sea_tcp_st(c);
	uint32_t at = st->rest_next++ % TCP_RESTING_MAX;

	if (st->resting[at])
		give_back(st->resting[at]);
	st->resting[at] = c;
	c->fl->place = (uint8_t)(at + 1);
}

void sea_tcp_flight_settle(struct tcp_conn *c)
{
	if (!in_use(c->fl, tcp_now(c)))
		rest(c);
}

void sea_tcp_flight_forgo(struct tcp_conn *c)
{
	if (c->fl->place)
		give_back(c);
}

void sea_tcp_drop_out_of_order(struct tcp_conn *c, enum sea_drop reason)
{
	if (tcp_idle(c))
		return;
	tcp_uncharge_rx(c, c->fl->reasm.charged);
	sea_tcp_reasm_clear(&c->fl->reasm, c->sock.stack, reason);
}

void sea_tcp_flight_drop(struct tcp_conn *c, enum sea_drop reason)
{
	uint32_t stored = tcp_stored(c);

	if (!has_own(c))
		return;
	sea_tcp_txq_fini(&c->fl->txq);
	sea_tcp_drop_out_of_order(c, reason);
	give_back(c);
	tcp_uncharge_tx(c, stored);
}
