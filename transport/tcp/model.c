/* SPDX-License-Identifier: Apache-2.0 */
/* Between a connection and the model that its congestion control goes by: what it is told, what becomes of its answer. */
#include "transport/tcp/model.h"

#include <errno.h>

#include "core/rng.h"
#include "core/save.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/recover.h"

/* -- what it is told -- */

static void look(const struct tcp_conn *c, struct tcp_path *p)
{
	*p = (struct tcp_path){
		.now = tcp_now(c),
		.delivered_at = c->fl->delivered_stamp,
		.departure = tcp_departure(c),
		.delivered = (uint32_t)c->delivered,
		.lost = c->cc.model->lost,
		.in_flight = sea_tcp_txq_in_flight(&c->fl->txq),
		.srtt_us = c->rtt.srtt_us,
		.min_rtt_us = tcp_min_rtt_us(&c->rtt),
		.mss = c->mss_cache,
		.max_pacing_rate = c->sock.more->max_pacing_rate,
		.ca_state = c->fl->rec.ca_state,
		.rtt_us = -1,
	};
}

static void look_at_ack(const struct tcp_conn *c, const struct tcp_ack_sample *a,
			struct tcp_path *p)
{
	p->prior_in_flight = a->prior_in_flight;
	p->acked = (uint32_t)(c->delivered - a->prior_delivered);
	p->rtt_us = a->ca_rtt_us;
	p->has_sack = tcp_has_sack(c);
	p->cwnd_limited = c->flags & TCP_F_CWND_LIMITED;
	p->ack_delayed = tcp_ack_may_be_delayed(c, a);
	if (!a->rate_valid)
		return;
	p->app_limited = a->rate_app_limited;
	p->prior_delivered = (uint32_t)a->rate_prior_delivered;
	p->sampled = sea_tcp_rate_sample(c, a, &p->in_time, &p->interval_us);
	p->tx_in_flight = a->rate_path.in_flight;
	p->lost_since = c->fl->txq.lost.total - a->rate_path.lost;
}

/* -- what becomes of it -- */

/* Also where it has no flight: the next begins with it. */
static void obey(struct tcp_conn *c)
{
	if (c->fl != &sea_tcp_no_flight)
		c->fl->pacing_rate = c->cc.model->pacing_rate;
}

static uint32_t take_lost(struct tcp_conn *c)
{
	uint32_t n = c->fl->txq.lost.segs;

	c->cc.model->lost += n;
	if (n)
		c->fl->txq.lost = (struct tcp_lost){ .total = c->fl->txq.lost.total };
	return n;
}

void sea_tcp_model_count_lost(struct tcp_conn *c)
{
	(void)take_lost(c);
}

void sea_tcp_model_ack(struct tcp_conn *c, const struct tcp_ack_sample *a)
{
	const struct tcp_lost lost = c->fl->txq.lost;
	struct tcp_path p;
	uint32_t losses = take_lost(c);

	look(c, &p);
	look_at_ack(c, a, &p);
	p.losses = losses;
	p.lost_one = lost;
	p.lost_ranges = lost.ranges;
	c->cc.ops->model->ack(&c->cc, &p);
	if (p.limits_itself)
		sea_tcp_rate_limited(c);
	obey(c);
}

void sea_tcp_model_restart(struct tcp_conn *c)
{
	struct tcp_path p;

	if (!c->cc.model || !c->app_limited)
		return;
	look(c, &p);
	c->cc.ops->model->restart(&c->cc, &p);
	obey(c);
}

void sea_tcp_model_timeout(struct tcp_conn *c)
{
	struct tcp_path p;

	if (!c->cc.model)
		return;
	sea_tcp_model_count_lost(c);
	look(c, &p);
	c->cc.ops->model->timeout(&c->cc, &p);
	obey(c);
}

void sea_tcp_model_sent(const struct tcp_conn *c, struct tcp_txseg *seg)
{
	if (!c->cc.ops->model || !c->cc.model)
		return;
	seg->path.in_flight = sea_tcp_txq_in_flight(&c->fl->txq);
	seg->path.lost = c->fl->txq.lost.total;
}

/* -- coming and going -- */

static struct tcp_model *make(struct tcp_conn *c)
{
	return sea_pool_zalloc(&c->sock.stack->shard.pool, c->cc.ops->model->size);
}

void sea_tcp_model_begin(struct tcp_conn *c)
{
	struct tcp_path p;

	if (!c->cc.ops->model || c->cc.model)
		return;
	c->cc.model = make(c);
	if (!c->cc.model) {
		sea_tcp_cc_switch(&c->cc, &sea_tcp_reno, tcp_now(c));
		return;
	}
	c->cc.model->random = (uint32_t)sea_secret_u64(&c->sock.stack->shard.secret) | 1u;
	look(c, &p);
	c->cc.ops->model->begin(&c->cc, &p);
	sea_tcp_pacing_obey_cc(c);
	obey(c);
}

void sea_tcp_model_free(struct tcp_conn *c)
{
	if (!c->cc.ops || !c->cc.ops->model || !c->cc.model)
		return;
	sea_pool_free(&c->sock.stack->shard.pool, c->cc.model, c->cc.ops->model->size);
	c->cc.model = NULL;
}

void sea_tcp_model_save(struct sea_saver *to, const struct tcp_conn *c)
{
	sea_save_u8(to, c->cc.model != NULL);
	if (c->cc.model)
		sea_save_bytes(to, c->cc.model, c->cc.ops->model->size);
}

void sea_tcp_model_load(struct sea_loader *from, struct tcp_conn *c)
{
	if (!sea_load_u8(from))
		return;
	c->cc.model = make(c);
	if (!c->cc.model) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_load_bytes(from, c->cc.model, c->cc.ops->model->size);
	if (!c->cc.ops->model->is_sane(&c->cc))
		sea_load_fail(from, -EINVAL);
}
