/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides which size to try next, whether what waits is enough to try it with, and what the outcome means. A
 * probe is lost with the window as it is (RFC 4821 §7.5): it says something of the path's MTU, not of its load.
 */
#include "transport/tcp/mtup.h"

#include "core/minmax.h"
#include "transport/tcp/recover.h"

#define CWND_LEAST 11u /* with a smaller window a probe that is lost costs too much */

static const struct tcp_sysctls *sysctls(const struct tcp_conn *c)
{
	return &sea_tcp_st(c)->sysctl;
}

static bool searching(const struct tcp_conn *c)
{
	return c->side->mtup.search_low;
}

/* What the peer takes at all. */
static uint32_t highest(const struct tcp_conn *c)
{
	return sea_tcp_mtu_of_peer(c);
}

/* Where it begins to look: tcp_base_mss, of which Linux takes any number. */
static uint32_t base_mss(const struct tcp_conn *c)
{
	return (uint32_t)sea_max_i32(sysctls(c)->base_mss, sysctls(c)->min_snd_mss);
}

static void begin(struct tcp_conn *c)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!side)
		return;
	side->mtup = (struct tcp_mtup){
		.search_low = sea_tcp_mss_to_mtu(c, base_mss(c)),
		.search_high = highest(c),
		.begun = tcp_now(c),
	};
}

void sea_tcp_mtup_init(struct tcp_conn *c)
{
	if (sysctls(c)->mtu_probing > 1)
		begin(c);
}

void sea_tcp_mtup_black_hole(struct tcp_conn *c)
{
	const struct tcp_sysctls *sys = sysctls(c);
	uint32_t mss;

	if (!sys->mtu_probing)
		return;
	if (!searching(c)) {
		begin(c);
	} else {
		mss = sea_tcp_mtu_to_mss(c, c->side->mtup.search_low) >> 1;
		mss = sea_min_u32(mss, base_mss(c));
		mss = sea_max_u32(mss, (uint32_t)sys->mtu_probe_floor);
		mss = sea_max_u32(mss, (uint32_t)sys->min_snd_mss);
		sea_tcp_side_edit(c)->mtup.search_low = sea_tcp_mss_to_mtu(c, mss);
	}
	sea_tcp_sync_mss(c, c->pmtu);
}

void sea_tcp_mtup_bound(struct tcp_conn *c, uint32_t pmtu)
{
	if (searching(c) && c->side->mtup.search_high > pmtu)
		sea_tcp_side_edit(c)->mtup.search_high = pmtu;
}

/* -- the next probe -- */

/* The range is as narrow as is worth while; after a long time it may have become another. */
static void begin_again(struct tcp_conn *c)
{
	struct tcp_mtup *m = &sea_tcp_side_edit(c)->mtup;
	int64_t interval = (uint32_t)sysctls(c)->probe_interval * SEA_SEC;

	if (sea_time_diff(tcp_now(c), m->begun) < interval)
		return;
	m->probe_size = 0;
	m->search_high = highest(c);
	m->search_low = sea_tcp_mss_to_mtu(c, sea_tcp_mss_now(c));
	m->begun = tcp_now(c);
}

static bool worth_trying(const struct tcp_conn *c, uint32_t len)
{
	const struct tcp_mtup *m = &c->side->mtup;
	int64_t width = (int64_t)m->search_high - m->search_low;

	return len <= sea_tcp_mtu_to_mss(c, m->search_high) &&
	       width >= sea_max_i32(1, sysctls(c)->probe_threshold);
}

/* SACK blocks of ours would take from the segment. */
static bool at_rest(const struct tcp_conn *c)
{
	return !c->side->mtup.probe_size && c->fl->rec.ca_state == TCP_CA_OPEN &&
	       c->cc.cwnd >= CWND_LEAST && sea_tcp_mss_now(c) == c->mss_cache;
}

enum tcp_probe sea_tcp_mtup_next(struct tcp_conn *c, uint32_t *len)
{
	const struct tcp_mtup *m = &c->side->mtup;
	uint32_t needed, out = sea_tcp_txq_in_flight(&c->fl->txq);
	sea_seq end = sea_seq_add(c->snd_una, c->snd_wnd);

	if (!searching(c) || !at_rest(c))
		return TCP_PROBE_NOT;
	*len = sea_tcp_mtu_to_mss(c, (m->search_high + m->search_low) >> 1);
	if (!worth_trying(c, *len)) {
		begin_again(c);
		return TCP_PROBE_NOT;
	}
	/* So much behind it that its loss shows without a timeout. */
	needed = *len + (c->fl->rec.reordering + 1u) * c->mss_cache;
	if (tcp_unsent(c) < needed || c->snd_wnd < needed)
		return TCP_PROBE_NOT;
	if (sea_seq_gt(sea_seq_add(c->snd_nxt, needed), end))
		return TCP_PROBE_WAIT;
	if (out + 2 > c->cc.cwnd)
		return out ? TCP_PROBE_WAIT : TCP_PROBE_NOT;
	end = sea_seq_add(c->snd_nxt, *len);
	if (sea_seq_lt(sea_tcp_marks_reach(&c->fl->marks, end), end))
		return TCP_PROBE_NOT; /* MSG_EOR stands in between */
	return TCP_PROBE_NOW;
}

void sea_tcp_mtup_sent(struct tcp_conn *c, sea_seq start, uint32_t len)
{
	struct tcp_mtup *m = &sea_tcp_side_edit(c)->mtup;

	c->cc.cwnd--; /* it is as large as two */
	m->probe_size = sea_tcp_mss_to_mtu(c, len);
	m->probe_start = start;
	m->probe_end = sea_seq_add(start, len);
}

/* -- its fate -- */

/* The window is counted in segments, which are larger now. */
static void succeeded(struct tcp_conn *c)
{
	struct tcp_mtup *m = &sea_tcp_side_edit(c)->mtup;
	uint64_t cwnd = (uint64_t)c->cc.cwnd * sea_tcp_mss_to_mtu(c, c->mss_cache) / m->probe_size;

	c->cc.cwnd = cwnd ? (uint32_t)cwnd : 1;
	c->cc.cwnd_cnt = 0;
	c->cwnd_stamp = tcp_now(c);
	c->cc.ssthresh = sea_tcp_current_ssthresh(c);
	m->search_low = m->probe_size;
	m->probe_size = 0;
	sea_tcp_sync_mss(c, c->pmtu);
	tcp_count(c, SEA_MIB_TcpExtTCPMTUPSuccess);
}

void sea_tcp_mtup_acked(struct tcp_conn *c)
{
	if (c->side->mtup.probe_size && sea_seq_le(c->side->mtup.probe_end, c->snd_una))
		succeeded(c);
}

bool sea_tcp_mtup_lost(struct tcp_conn *c)
{
	struct tcp_mtup *m;

	if (!c->side->mtup.probe_size || c->fl->rec.ca_state >= TCP_CA_CWR ||
	    !sea_seq_eq(c->snd_una, c->side->mtup.probe_start))
		return false;
	m = &sea_tcp_side_edit(c)->mtup;
	m->search_high = m->probe_size - 1;
	m->probe_size = 0;
	tcp_count(c, SEA_MIB_TcpExtTCPMTUPFail);
	c->cc.cwnd++; /* what sea_tcp_mtup_sent() took */
	sea_tcp_retransmit_smaller(c);
	return true;
}

void sea_tcp_mtup_resent(struct tcp_conn *c)
{
	if (c->side->mtup.probe_size)
		sea_tcp_side_edit(c)->mtup.probe_size = 0;
}
