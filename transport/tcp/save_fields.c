/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain members of a connection, listed once for both ways. What is a pointer, a queue or can be
 * found again (the route) is not here.
 */
#include <errno.h>
#include <string.h>

#include "transport/tcp/model.h"
#include "transport/tcp/save.h"
#include "transport/tcp/seen.h"

#define M(member) TCP_MEMBER(tcp_conn, member)
#define F(member) TCP_MEMBER(tcp_flight, member)
#define PACING (SEA_PACING_NEEDED | SEA_PACING_FQ | SEA_PACING_LATER)
#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct tcp_member members[] = {
	M(node.family),
	M(node.lport),
	M(node.rport),
	M(node.ecn),
	M(state),
	M(snd_wscale),
	M(rcv_wscale),
	M(rtx_kind),
	M(backoff),
	M(rto_shift),
	M(retransmits),
	M(probes_out),
	M(flags),
	M(rcv_nxt),
	M(rcv_wup),
	M(rcv_wnd),
	M(snd_una),
	M(snd_nxt),
	M(snd_wl1),
	M(snd_wnd),
	M(ts_recent),
	M(ts_recent_stamp),
	M(rcvq.copied_seq),
	M(ack.ato_us),
	M(ack.rcv_mss),
	M(ack.quick),
	M(ack.pingpong),
	M(ack.rtt_ecr),
	M(ack.last_seg_size),
	M(ack.lrcvtime),
	M(ack.oow_stamp),
	M(iss),
	M(ts_offset),
	M(ts_last_sent),
	M(max_window),
	M(window_clamp),
	M(rcv_ssthresh),
	M(scaling_ratio),
	M(mss_cache),
	M(mss_peer),
	M(mss_user),
	M(mss_advertised),
	M(pmtu),
	M(write_seq),
	M(snd_sml),
	M(snd_up),
	M(rcvq.urg_seq),
	M(gso_max),
	M(ip_ident),
	M(rehashes),
	M(rx_tos),
	M(rx_ttl),
	M(rx_label_high),
	M(rtt.srtt_us),
	M(rtt.mdev_us),
	M(rtt.mdev_max_us),
	M(rtt.rttvar_us),
	M(rtt.rtt_seq),
	M(rtt.rto_us),
	M(rtt.min_rtt.best[0].at),
	M(rtt.min_rtt.best[0].value),
	M(rtt.min_rtt.best[1].at),
	M(rtt.min_rtt.best[1].value),
	M(rtt.min_rtt.best[2].at),
	M(rtt.min_rtt.best[2].value),
	M(rtt.rto_min_us),
	M(cc.cwnd),
	M(cc.ssthresh),
	M(cc.cwnd_cnt),
	M(cc.cwnd_clamp),
	M(cc.prior_cwnd),
	M(kept.reordering),
	M(kept.reo_wnd_steps),
	M(kept.rack_rtt_us),
	M(kept.undo_marker),
	M(kept.undo_retrans),
	M(kept.prior_ssthresh),
	M(ca_state),
	M(cwnd_used),
	M(max_packets_out),
	M(cwnd_seq),
	M(cwnd_stamp),
	M(lsndtime),
	M(delivered),
	M(app_limited),
	M(rate_delivered),
	M(rate_interval_us),
	M(rcv_rtt_us),
	M(rcv_rtt_seq),
	M(rcv_rtt_stamp),
	M(rcvq_space_stamp),
	M(rcvq_space_seq),
	M(rcvq_space),
	M(due[TCP_TIMER_RTX]),
	M(due[TCP_TIMER_DELACK]),
	M(due[TCP_TIMER_KEEP]),
	M(linger2_s),
	M(defer_accept),
	M(rcv_tstamp),
	M(probes_stamp),
	M(bytes_acked),
	M(bytes_received),
	M(bytes_sent),
	M(bytes_retrans),
	M(segs_in),
	M(segs_out),
	M(data_segs_in),
	M(data_segs_out),
	M(total_retrans),
	M(dsack_dups),
	M(ack.rcv_ooopack),
	M(chrono_ms[0]),
	M(chrono_ms[1]),
	M(chrono_ms[2]),
	M(sock.pacing),
};

static const struct tcp_member flight_members[] = {
	F(rec.ca_state),
	F(rec.reo_wnd_steps),
	F(rec.reo_wnd_persist),
	F(rec.high_seq),
	F(rec.tlp_high_seq),
	F(rec.tlp_out),
	F(rec.reordering),
	F(rec.undo_marker),
	F(rec.undo_retrans),
	F(rec.prior_ssthresh),
	F(rec.prr_delivered),
	F(rec.prr_out),
	F(rec.prior_cwnd),
	F(rec.rack_sent),
	F(rec.rack_end),
	F(rec.rack_burst_no),
	F(rec.rack_rtt_us),
	F(rec.reo_wnd_us),
	F(rec.last_delivered),
	F(rec.dup_count),
	F(rec.dup_limit),
	F(rec.fack),
	F(rec.n_sack_cache),
	F(rec.sack_cache[0].start),
	F(rec.sack_cache[0].end),
	F(rec.sack_cache[1].start),
	F(rec.sack_cache[1].end),
	F(rec.sack_cache[2].start),
	F(rec.sack_cache[2].end),
	F(rec.sack_cache[3].start),
	F(rec.sack_cache[3].end),
	F(rec.retrans_stamp),
	F(dsack.start),
	F(dsack.end),
	F(delivered_stamp),
	F(first_tx_stamp),
	F(pushed_seq),
	F(compressed_rcv_nxt),
	F(compressed_ack),
	F(dup_acks),
	F(pacing_rate),
	F(wstamp),
	F(chrono),
	F(chrono_start_ms),
};

/* -- members -- */

static void save_member(struct sea_saver *to, const uint8_t *at, size_t size)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (size) {
	case 1:
		sea_save_u8(to, *at);
		break;
	case 2:
		memcpy(&v16, at, 2);
		sea_save_u16(to, v16);
		break;
	case 4:
		memcpy(&v32, at, 4);
		sea_save_u32(to, v32);
		break;
	default:
		memcpy(&v64, at, 8);
		sea_save_u64(to, v64);
		break;
	}
}

static void load_member(struct sea_loader *from, uint8_t *at, size_t size)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (size) {
	case 1:
		*at = sea_load_u8(from);
		break;
	case 2:
		v16 = sea_load_u16(from);
		memcpy(at, &v16, 2);
		break;
	case 4:
		v32 = sea_load_u32(from);
		memcpy(at, &v32, 4);
		break;
	default:
		v64 = sea_load_u64(from);
		memcpy(at, &v64, 8);
		break;
	}
}

void sea_tcp_save_members(struct sea_saver *to, const void *base, const struct tcp_member *m,
			  size_t n)
{
	for (size_t i = 0; i < n; i++)
		save_member(to, (const uint8_t *)base + m[i].off, m[i].size);
}

void sea_tcp_load_members(struct sea_loader *from, void *base, const struct tcp_member *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		load_member(from, (uint8_t *)base + m[i].off, m[i].size);
}

/* -- what has no address -- */

static uint8_t rec_bits(const struct tcp_recovery *r)
{
	return (uint8_t)(r->dsack_seen | r->tlp_retrans << 1 | r->rack_advanced << 2 |
			 r->reord_seen << 3 | r->frto << 4 | r->undo_valid << 5 |
			 r->sack_reneg << 6);
}

static void set_rec_bits(struct tcp_recovery *r, uint8_t bits)
{
	r->dsack_seen = (bits & 1) != 0;
	r->tlp_retrans = (bits >> 1 & 1) != 0;
	r->rack_advanced = (bits >> 2 & 1) != 0;
	r->reord_seen = (bits >> 3 & 1) != 0;
	r->frto = (bits >> 4 & 1) != 0;
	r->sack_reneg = (bits >> 6 & 1) != 0;
	r->undo_valid = (bits >> 5 & 1) != 0;
}

static uint8_t kept_bits(const struct tcp_kept *k)
{
	return (uint8_t)(k->reo_wnd_persist | k->dsack_seen << 5 | k->reord_seen << 6 |
			 k->undo_valid << 7);
}

static void set_kept_bits(struct tcp_kept *k, uint8_t bits)
{
	k->reo_wnd_persist = bits & 31u;
	k->dsack_seen = (bits >> 5 & 1) != 0;
	k->reord_seen = (bits >> 6 & 1) != 0;
	k->undo_valid = (bits >> 7 & 1) != 0;
}

/* -- the flight, where there is one -- */

static void save_flight(struct sea_saver *to, const struct tcp_conn *c)
{
	sea_save_u8(to, !tcp_idle(c));
	if (tcp_idle(c))
		return;
	sea_tcp_save_members(to, c->fl, flight_members, N(flight_members));
	sea_save_u8(to, rec_bits(&c->fl->rec));
}

static void load_flight(struct sea_loader *from, struct tcp_conn *c)
{
	if (!sea_load_u8(from))
		return;
	if (!sea_tcp_flight(c)) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_tcp_load_members(from, c->fl, flight_members, N(flight_members));
	set_rec_bits(&c->fl->rec, sea_load_u8(from));
	if (c->fl->rec.n_sack_cache > SEA_TCP_SACK_MAX || c->fl->chrono >= TCP_CHRONO_N)
		sea_load_fail(from, -EINVAL);
}

/* -- all -- */

void sea_tcp_save_fields(struct sea_saver *to, const struct tcp_conn *c)
{
	sea_tcp_save_members(to, c, members, N(members));
	sea_save_u8(to, kept_bits(&c->kept));
	save_flight(to, c);
	sea_tcp_side_save(to, c);
	sea_tcp_seen_save(to, c->side->seen);
	sea_save_text(to, c->cc.ops->name);
	if (c->cc.ops->model)
		sea_tcp_model_save(to, c);
	else
		sea_save_bytes(to, c->cc.priv, sizeof(c->cc.priv));
}

static bool sane(const struct tcp_conn *c)
{
	return c->state >= TCP_S_ESTABLISHED && c->state < TCP_S_N && c->state != TCP_S_TIME_WAIT &&
	       c->mss_cache && c->scaling_ratio && !(c->sock.pacing & ~PACING) &&
	       c->rtx_kind <= TCP_RTX_PROBE && c->rcv_wscale <= SEA_TCP_WSCALE_MAX &&
	       c->snd_wscale <= SEA_TCP_WSCALE_MAX;
}

static void load_seen(struct sea_loader *from, struct tcp_conn *c)
{
	struct tcp_seen *seen = sea_tcp_seen_load(from, c->sock.stack);
	struct tcp_side *side = seen ? sea_tcp_side_edit(c) : NULL;

	if (side) {
		side->seen = seen;
		return;
	}
	sea_tcp_seen_free(c->sock.stack, seen);
	if (seen)
		sea_load_fail(from, -ENOMEM);
}

static void load_cc(struct sea_loader *from, struct tcp_conn *c)
{
	char name[256];

	sea_load_text(from, name);
	c->cc.ops = sea_tcp_cc_find_any(name);
	memset(c->cc.priv, 0, sizeof(c->cc.priv));
	if (!c->cc.ops)
		return;
	if (c->cc.ops->model)
		sea_tcp_model_load(from, c);
	else
		sea_load_bytes(from, c->cc.priv, sizeof(c->cc.priv));
}

void sea_tcp_load_fields(struct sea_loader *from, struct tcp_conn *c)
{
	sea_tcp_load_members(from, c, members, N(members));
	set_kept_bits(&c->kept, sea_load_u8(from));
	load_flight(from, c);
	sea_tcp_side_load(from, c);
	load_seen(from, c);
	load_cc(from, c);
	if (!from->err && c->cc.ops && sane(c))
		return;
	/* It goes again at once: let it be what may be freed. */
	sea_load_fail(from, -EINVAL);
	c->state = TCP_S_CLOSED;
	c->flags = 0;
}
