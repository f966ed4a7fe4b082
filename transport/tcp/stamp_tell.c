/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what a timestamp of a connection tells beside the time: the segment's bytes, or what it says of itself. */
#include <string.h>

#include "transport/tcp/info.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/stamps.h"

/* -- SCM_TIMESTAMPING_OPT_STATS: TCP_NLA_* in Linux's order -- */

#define NLA_MAX 12u

static void put_attr(struct sea_pkt *to, uint16_t type, uint64_t value, uint16_t len)
{
	const uint16_t hdr[2] = { (uint16_t)(4 + len), type };
	uint8_t bytes[NLA_MAX] = { 0 };

	memcpy(bytes, hdr, sizeof(hdr));
	memcpy(bytes + sizeof(hdr), &value, len); /* the host's order, of little endian */
	memcpy(sea_pkt_put(to, (4u + len + 3u) & ~3u), bytes, (4u + len + 3u) & ~3u);
}

static void put_times_and_rates(const struct tcp_info_wire *i, struct sea_pkt *to)
{
	put_attr(to, 1, i->busy_time, 8);
	put_attr(to, 2, i->rwnd_limited, 8);
	put_attr(to, 3, i->sndbuf_limited, 8);
	put_attr(to, 4, i->data_segs_out, 8);
	put_attr(to, 5, i->total_retrans, 8);
	put_attr(to, 6, i->pacing_rate, 8);
	put_attr(to, 7, i->delivery_rate, 8);
	put_attr(to, 8, i->snd_cwnd, 4);
	put_attr(to, 9, i->reordering, 4);
	put_attr(to, 10, i->min_rtt, 4);
	put_attr(to, 11, i->retransmits, 1);
	put_attr(to, 12, i->delivery_rate_app_limited & 1u, 1);
}

static void put_counters(const struct tcp_conn *c, const struct tcp_info_wire *i,
			 struct sea_pkt *to)
{
	put_attr(to, 15, i->snd_ssthresh, 4);
	put_attr(to, 16, i->delivered, 4);
	put_attr(to, 17, i->delivered_ce, 4);
	put_attr(to, 13, (uint32_t)sea_seq_diff(c->write_seq, c->snd_una), 4);
	put_attr(to, 14, i->ca_state, 1);
	put_attr(to, 18, i->bytes_sent, 8);
	put_attr(to, 19, i->bytes_retrans, 8);
	put_attr(to, 20, i->dsack_dups, 4);
	put_attr(to, 21, i->reord_seen, 4);
	put_attr(to, 22, i->rtt, 4);
	put_attr(to, 23, i->rehash, 2);
	put_attr(to, 24, i->notsent_bytes, 4);
	put_attr(to, 25, (uint64_t)tcp_departure(c).ns, 8);
	put_attr(to, 27, i->rehash, 4);
}

/* NULL: no memory. */
static struct sea_pkt *stats_of(struct tcp_conn *c)
{
	struct sea_pkt *pkt = sea_pkt_new(&c->sock.stack->shard.pool, 0, 27 * NLA_MAX);
	struct tcp_info_wire info;

	if (!pkt)
		return NULL;
	sea_tcp_info_fill(c, &info);
	put_times_and_rates(&info, pkt);
	put_counters(c, &info, pkt);
	return pkt;
}

static bool wants_stats(const struct tcp_conn *c)
{
	return c->sock.more->tsflags & SEA_SOF_OPT_STATS;
}

void sea_tcp_stamp_tx(struct sea_sock *sock, const struct sea_pkt *pkt, enum sea_stamp which)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	struct sea_pkt *stats;

	if (!wants_stats(c)) {
		sea_stamp_tx(sock, pkt, which);
		return;
	}
	stats = stats_of(c);
	if (stats)
		sea_stamp_tell(sock, stats, which, pkt->tskey, true);
}

/* -- acknowledgments -- */

static void tell_acked(struct tcp_conn *c, struct tcp_stamp *s)
{
	struct sea_pkt *bytes = s->bytes;

	s->bytes = NULL;
	if (wants_stats(c) && bytes) {
		sea_pkt_free(bytes);
		bytes = NULL;
	}
	if (wants_stats(c))
		bytes = stats_of(c);
	else if (!bytes)
		bytes = sea_pkt_new(&c->sock.stack->shard.pool, 0, 0);
	if (bytes)
		sea_stamp_tell(&c->sock, bytes, SEA_STAMP_ACK, s->key.v - c->sock.more->tskey,
			       wants_stats(c));
}

void sea_tcp_stamps_acked(struct tcp_conn *c)
{
	struct tcp_side *side = sea_tcp_side_edit(c); /* it has one */
	struct tcp_stamp *s;

	while ((s = side->stamps) && sea_seq_lt(s->key, c->snd_una)) {
		side->stamps = s->next;
		if (s->tsflags & SEA_SOF_TX_ACK)
			tell_acked(c, s);
		sea_tcp_stamp_release(c, s);
	}
}
