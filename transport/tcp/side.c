/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which connections have a side object, and what of it passes to others. */
#include "transport/tcp/conn.h"

#include <errno.h>

#include "transport/tcp/sig.h"
#include "transport/tcp/save.h"
#include "transport/tcp/saved_syn.h"
#include "transport/tcp/stamps.h"

#define M(member) TCP_MEMBER(tcp_side, member)
#define N(array) (sizeof(array) / sizeof((array)[0]))

const struct tcp_side sea_tcp_side_none;

static const struct tcp_member members[] = {
	M(mtup.search_low),
	M(mtup.search_high),
	M(mtup.probe_size),
	M(mtup.probe_start),
	M(mtup.probe_end),
	M(mtup.begun),
	M(user_timeout_ms),
	M(keepidle_s),
	M(keepintvl_s),
	M(keepcnt),
	M(syncnt),
	M(notsent_lowat),
	M(reord_seen_n),
	M(rto_max_ms),
	M(rto_min_us),
	M(delack_max_us),
	M(tx_delay_us),
	M(total_rto),
	M(total_rto_recoveries),
	M(total_rto_ms),
	M(rto_begun),
	M(thin_linear),
	M(inq),
	M(save_syn),
	M(urg_byte),
	M(repair.on),
	M(repair.queue),
	M(fo.qlen_max),
	M(fo.keys.n),
	M(fo.no_cookie),
	M(fo.connect),
	M(fo.listener),
	M(fo.irs),
	M(fo.syn_end),
	M(fo.synack_wnd),
	M(fo.synack_sent),
	M(fo.num_timeout),
	M(fo.num_retrans),
	M(fo.asked),
	M(fo.exp),
	M(fo.sent),
	M(fo.trial),
	M(fo.child),
	M(fo.syn_data),
	M(fo.client_fail),
	M(ecn.received_ce),
	M(ecn.echoed),
	M(ecn.received_bytes[0]),
	M(ecn.received_bytes[1]),
	M(ecn.received_bytes[2]),
	M(ecn.delivered_ce),
	M(ecn.delivered_bytes[0]),
	M(ecn.delivered_bytes[1]),
	M(ecn.delivered_bytes[2]),
	M(ecn.acc.syn_field),
	M(ecn.acc.last_field),
	M(ecn.acc.seen),
	M(ecn.acc.fail),
	M(ecn.acc.minlen),
	M(ecn.acc.demand),
	M(ecn.acc.ce_pending),
	M(ecn.acc.guess),
	M(ecn.acc.ect1),
	M(ecn.acc.option_sent),
	M(ecn.acc.duplicate),
	M(ecn.acc.duplicate_start),
	M(ecn.acc.reflect),
	M(ecn.acc.acked_avg),
	M(ecn.acc.option_stamp),
};

static bool has_own(const struct tcp_conn *c)
{
	return c->side != &sea_tcp_side_none;
}

/* Cast away const: it is from sea_tcp_side_edit(). */
static struct tcp_side *own(const struct tcp_conn *c)
{
	return (struct tcp_side *)(uintptr_t)c->side;
}

struct tcp_side *sea_tcp_side_edit(struct tcp_conn *c)
{
	struct tcp_side *side;

	if (has_own(c))
		return own(c);
	side = sea_pool_zalloc(&c->sock.stack->shard.pool, sizeof(*side));
	if (side)
		c->side = side;
	return side;
}

static void copy_options(struct tcp_side *to, const struct tcp_side *from)
{
	to->user_timeout_ms = from->user_timeout_ms;
	to->keepidle_s = from->keepidle_s;
	to->keepintvl_s = from->keepintvl_s;
	to->keepcnt = from->keepcnt;
	to->syncnt = from->syncnt;
	to->notsent_lowat = from->notsent_lowat;
	to->rto_max_ms = from->rto_max_ms;
	to->rto_min_us = from->rto_min_us;
	to->delack_max_us = from->delack_max_us;
	to->tx_delay_us = from->tx_delay_us;
	to->thin_linear = from->thin_linear;
	to->save_syn = from->save_syn;
	to->fo.no_cookie = from->fo.no_cookie;
	to->fo.connect = from->fo.connect;
}

int sea_tcp_side_inherit(struct tcp_conn *c, const struct tcp_conn *listener)
{
	if (!has_own(listener))
		return 0;
	if (!sea_tcp_side_edit(c))
		return -ENOMEM;
	copy_options(own(c), listener->side);
	return 0;
}

void sea_tcp_side_renew(struct tcp_conn *c)
{
	struct tcp_side kept = { .fo = { .qlen_max = c->side->fo.qlen_max,
					 .keys = c->side->fo.keys },
				 .md5 = c->side->md5,
				 .repair = c->side->repair,
				 .ao = c->side->ao,
				 .seen = c->side->seen }; /* as on Linux */

	if (!has_own(c))
		return;
	sea_tcp_stamps_free(c);
	sea_tcp_saved_syn_free(c->sock.stack, c->side->saved_syn);
	copy_options(&kept, c->side);
	kept.inq = c->side->inq;
	*own(c) = kept;
}

void sea_tcp_side_free(struct tcp_conn *c)
{
	sea_tcp_stamps_free(c);
	sea_tcp_md5_free(c->sock.stack, c->side->md5);
	sea_tcp_ao_free(c->sock.stack, c->side->ao);
	sea_tcp_saved_syn_free(c->sock.stack, c->side->saved_syn);
	if (has_own(c))
		sea_pool_free(&c->sock.stack->shard.pool, own(c), sizeof(struct tcp_side));
	c->side = &sea_tcp_side_none;
}

void sea_tcp_side_save(struct sea_saver *to, const struct tcp_conn *c)
{
	sea_save_u8(to, has_own(c));
	if (has_own(c)) {
		sea_tcp_save_members(to, c->side, members, N(members));
		sea_save_bytes(to, c->side->fo.keys.b, sizeof(c->side->fo.keys.b));
		sea_tcp_stamps_save(to, c);
		sea_tcp_saved_syn_save(to, c->side->saved_syn);
		sea_tcp_md5_save(to, c->side->md5);
		sea_tcp_ao_save(to, c->side->ao);
	}
}

void sea_tcp_side_load(struct sea_loader *from, struct tcp_conn *c)
{
	if (!sea_load_u8(from))
		return;
	if (!sea_tcp_side_edit(c)) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_tcp_load_members(from, own(c), members, N(members));
	sea_load_bytes(from, own(c)->fo.keys.b, sizeof(own(c)->fo.keys.b));
	sea_tcp_stamps_load(from, c);
	own(c)->saved_syn = sea_tcp_saved_syn_load(from, c->sock.stack);
	own(c)->md5 = sea_tcp_md5_load(from, c->sock.stack);
	own(c)->ao = sea_tcp_ao_load(from, c->sock.stack);
	if (own(c)->fo.keys.n > TCP_FASTOPEN_KEYS_MAX)
		sea_load_fail(from, -EINVAL);
}
