/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection looks like from outside: TCP_INFO, and the walk that ss(8) shows. */
#include "transport/tcp/info.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/sockaddr.h"
#include "transport/tcp/accecn.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/recovery.h"
#include "transport/tcp/socket.h"
#include "transport/tcp/windows.h"

/* -- TCP_INFO -- */

static uint32_t ms_since(const struct tcp_conn *c, sea_time then)
{
	return (uint32_t)(sea_time_diff(tcp_now(c), then) / SEA_MSEC);
}

#define OPT_ECN_SEEN 16   /* TCPI_OPT_ECN_SEEN */
#define OPT_TFO_CHILD 128 /* <linux/tcp.h>'s TCPI_OPT_TFO_CHILD */

static uint8_t options_of(const struct tcp_conn *c)
{
	return (uint8_t)((c->flags & TCP_F_TS ? TCPI_OPT_TIMESTAMPS : 0) |
			 (c->flags & TCP_F_SACK ? TCPI_OPT_SACK : 0) |
			 (c->flags & TCP_F_WSCALE ? TCPI_OPT_WSCALE : 0) |
			 (tcp_ecn_any(c) ? TCPI_OPT_ECN : 0) |
			 (c->node.ecn & TCP_ECN_SEEN ? OPT_ECN_SEEN : 0) |
			 (c->side->fo.syn_data ? TCPI_OPT_SYN_DATA : 0) |
			 (c->side->fo.child ? OPT_TFO_CHILD : 0));
}

static void fill_state(const struct tcp_conn *c, struct tcp_info_wire *i)
{
	i->state = c->state;
	i->ca_state = sea_tcp_ca_state(c);
	i->retransmits = c->retransmits;
	i->probes = c->probes_out;
	i->backoff = c->backoff;
	i->options = options_of(c);
	if (c->flags & TCP_F_WSCALE)
		i->wscales = (uint8_t)(c->snd_wscale | c->rcv_wscale << 4);
}

static void fill_sender(const struct tcp_conn *c, struct tcp_info_wire *i)
{
	i->rto = (uint32_t)(tcp_rto_ns(c, c->rto_shift) / SEA_USEC);
	i->snd_mss = c->mss_cache;
	i->unacked = c->fl->txq.packets_out;
	i->sacked = c->fl->txq.sacked_out + c->fl->txq.dup_acked;
	i->lost = c->fl->txq.lost_out;
	i->retrans = c->fl->txq.retrans_out;
	i->last_data_sent = ms_since(c, c->lsndtime);
	i->pmtu = c->pmtu;
	i->rtt = c->rtt.srtt_us >> 3;
	i->rttvar = c->rtt.mdev_us >> 2;
	i->min_rtt = tcp_min_rtt_us(&c->rtt);
	i->snd_ssthresh = c->cc.ssthresh;
	i->snd_cwnd = c->cc.cwnd;
	i->snd_wnd = c->snd_wnd;
	i->reordering = sea_tcp_reordering(c);
	i->notsent_bytes = tcp_unsent(c) + tcp_fin_pending(c); /* the FIN has a number, too */
	i->pacing_rate = sea_tcp_pacing_rate(c);
	i->max_pacing_rate = c->sock.more->max_pacing_rate;
	i->delivery_rate_app_limited = (uint8_t)((c->flags & TCP_F_RATE_APP_LIMITED ? 1u : 0u) |
						 (unsigned)c->side->fo.client_fail << 1);
	i->delivery_rate = sea_tcp_delivery_rate(c);
}

static void fill_receiver(const struct tcp_conn *c, struct tcp_info_wire *i)
{
	i->ato = c->ack.ato_us;
	i->rcv_mss = c->ack.rcv_mss;
	i->last_data_recv = ms_since(c, c->ack.lrcvtime);
	i->last_ack_recv = ms_since(c, c->rcv_tstamp);
	i->rcv_ssthresh = c->rcv_ssthresh;
	i->advmss = c->mss_advertised;
	i->rcv_rtt = c->rcv_rtt_us >> 3;
	i->rcv_space = c->rcvq_space;
	i->rcv_wnd = sea_tcp_receive_window(c);
}

/* TCPI_ECN_MODE_*. */
static uint32_t ecn_mode(const struct tcp_conn *c)
{
	if (tcp_accecn(c))
		return c->state == TCP_S_SYN_SENT ? 3 : 2;
	return tcp_ecn_ok(c);
}

static void fill_marks(const struct tcp_ecn *ecn, struct tcp_info_wire *i)
{
	i->accecn |= (uint32_t)ecn->acc.seen << 2 | (uint32_t)ecn->acc.fail << 4;
	i->delivered_ce = ecn->delivered_ce;
	i->received_ce = ecn->received_ce;
	i->delivered_e1_bytes = ecn->delivered_bytes[TCP_ECN_E1B];
	i->delivered_e0_bytes = ecn->delivered_bytes[TCP_ECN_E0B];
	i->delivered_ce_bytes = ecn->delivered_bytes[TCP_ECN_CEB];
	i->received_e1_bytes = ecn->received_bytes[TCP_ECN_E1B];
	i->received_e0_bytes = ecn->received_bytes[TCP_ECN_E0B];
	i->received_ce_bytes = ecn->received_bytes[TCP_ECN_CEB];
}

static void fill_counters(const struct tcp_conn *c, struct tcp_info_wire *i)
{
	i->total_retrans = c->total_retrans;
	i->bytes_acked = c->bytes_acked;
	i->bytes_received = c->bytes_received;
	i->bytes_sent = c->bytes_sent;
	i->bytes_retrans = c->bytes_retrans;
	i->segs_in = c->segs_in;
	i->segs_out = c->segs_out;
	i->data_segs_in = c->data_segs_in;
	i->data_segs_out = c->data_segs_out;
	i->delivered = (uint32_t)c->delivered;
	i->accecn = ecn_mode(c);
	fill_marks(&c->side->ecn, i);
	i->dsack_dups = c->dsack_dups;
	i->reord_seen = c->side->reord_seen_n;
	i->rcv_ooopack = c->ack.rcv_ooopack;
	i->total_rto = c->side->total_rto;
	i->total_rto_recoveries = c->side->total_rto_recoveries;
	i->total_rto_time = c->side->total_rto_ms;
	if (c->side->rto_begun.ns)
		i->total_rto_time += ms_since(c, c->side->rto_begun);
	i->rehash = c->rehashes;
	i->rwnd_limited = sea_tcp_chrono_us(c, TCP_CHRONO_RWND_LIMITED);
	i->sndbuf_limited = sea_tcp_chrono_us(c, TCP_CHRONO_SNDBUF_LIMITED);
	i->busy_time = sea_tcp_chrono_us(c, TCP_CHRONO_BUSY) + i->rwnd_limited + i->sndbuf_limited;
}

/* A SYN that timed out is shown as a flight that did; what is sent then begins anew. */
static void fill_lost_syn(const struct tcp_conn *c, struct tcp_info_wire *i)
{
	struct tcp_cc cc = c->cc;

	if (!c->retransmits || !tcp_in(c, 1u << TCP_S_SYN_SENT | 1u << TCP_S_SYN_RECV))
		return;
	i->ca_state = TCP_CA_LOSS;
	i->snd_ssthresh = cc.ops->model ? cc.ssthresh : cc.ops->ssthresh(&cc);
	i->snd_cwnd = 1;
}

void sea_tcp_info_fill(const struct tcp_conn *c, struct tcp_info_wire *i)
{
	memset(i, 0, sizeof(*i));
	fill_state(c, i);
	if (c->state == TCP_S_LISTEN) {
		i->unacked = c->listen->n_accept;
		i->sacked = c->listen->backlog;
		i->reordering = sea_tcp_reordering(c);
		i->snd_cwnd = c->cc.cwnd;
		i->pacing_rate = sea_tcp_pacing_rate(c);
		i->max_pacing_rate = c->sock.more->max_pacing_rate;
		return;
	}
	fill_sender(c, i);
	fill_lost_syn(c, i);
	fill_receiver(c, i);
	fill_counters(c, i);
}

/* -- the walk -- */

void sea_tcp_info(struct sea_sock *sock, struct sea_socket_info *info)
{
	const struct tcp_conn *c = sea_tcp_conn(sock);
	int32_t unread = sea_seq_diff(c->rcv_nxt, c->rcvq.copied_seq);

	sea_sock_info(sock, c->state, info);
	if (c->state == TCP_S_LISTEN) {
		info->rx_bytes = c->listen->n_accept;
		info->tx_bytes = c->listen->backlog;
		return;
	}
	info->rx_bytes = unread > 0 ? (uint32_t)unread : 0;
	info->tx_bytes = (uint32_t)sea_seq_diff(c->write_seq, c->snd_una);
}

static void small_info(const struct tcp_node *node, int state, const struct sea_ipaddr *laddr,
		       const struct sea_ipaddr *raddr, struct sea_socket_info *info)
{
	struct sea_endpoint local = { .family = node->family, .port = node->lport };
	struct sea_endpoint peer = { .family = node->family, .port = node->rport };
	size_t size = info->size;

	*info = (struct sea_socket_info){
		.size = size,
		.domain = node->family,
		.type = SOCK_STREAM,
		.protocol = IPPROTO_TCP,
		.state = state,
	};
	memcpy(local.addr, laddr->b, sizeof(local.addr));
	memcpy(peer.addr, raddr->b, sizeof(peer.addr));
	sea_sockaddr_make(node->family, &local, &info->local);
	sea_sockaddr_make(node->family, &peer, &info->peer);
}

/* False for a connection with a handle, which the walk of the sockets has shown. */
static bool node_info(struct tcp_node *node, struct sea_socket_info *info)
{
	struct tcp_conn *c;
	struct tcp_req *req;
	struct tcp_tw *tw;

	switch ((enum tcp_kind)node->kind) {
	case TCP_KIND_REQ:
		req = sea_container(node, struct tcp_req, node);
		small_info(node, TCP_S_SYN_RECV, &req->laddr, &req->raddr, info);
		return true;
	case TCP_KIND_TW:
		tw = sea_container(node, struct tcp_tw, node);
		small_info(node, tw->substate, &tw->laddr, &tw->raddr, info);
		return true;
	case TCP_KIND_CONN:
		break;
	}
	c = sea_container(node, struct tcp_conn, node);
	if (!sea_socket_is_none(c->sock.handle))
		return false;
	sea_tcp_info(&c->sock, info);
	return true;
}

/*
 * The table's cursor has a hash in its upper half and, in its lower, how many nodes of that hash are
 * left. A family may keep 56 bits, and 24 are enough for that many of one keyed hash.
 */
#define LEFT_BITS 24
#define LEFT_MAX ((UINT64_C(1) << LEFT_BITS) - 1)

static bool next(const struct sea_htable *flows, uint64_t *cursor, struct sea_socket_info *info)
{
	uint64_t walk = *cursor >> LEFT_BITS << 32 | (*cursor & LEFT_MAX);
	struct sea_hnode *h;

	while ((h = sea_htable_walk(flows, &walk))) {
		*cursor = walk >> 32 << LEFT_BITS | (walk & LEFT_MAX);
		if (node_info(sea_container(h, struct tcp_node, hnode), info))
			return true;
	}
	return false;
}

bool sea_tcp_next4(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info)
{
	return next(&sea_tcp_of(stack)->table.flows, cursor, info);
}

bool sea_tcp_next6(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info)
{
	return next(&sea_tcp_of(stack)->table.flows6, cursor, info);
}
