/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of fast open: what goes with the SYN, what its answer says, and when to stop asking since something
 * on the path swallows such connections (RFC 7413 §4.1.3.1, §4.2.2).
 */
#include "transport/tcp/fastopen.h"

#include <errno.h>

#include "core/minmax.h"
#include "transport/sockaddr.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/recover.h"
#include "transport/tcp/rx.h"
#include "transport/tcp/socket.h"

#define OPTIONS_MAX 40u
#define HOLE_DOUBLINGS_MAX 6

/* -- black holes -- */

static bool suspended(struct tcp_conn *c, struct tcp_fastopen *fo)
{
	const struct tcp_state *st = sea_tcp_st(c);
	int64_t wait = st->sysctl.fastopen_blackhole_timeout_sec * SEA_SEC;
	uint32_t holes = st->fastopen_holes;

	if (!wait || !holes)
		return false;
	wait <<= holes - 1 < HOLE_DOUBLINGS_MAX ? holes - 1 : HOLE_DOUBLINGS_MAX;
	if (sea_time_diff(tcp_now(c), st->fastopen_hole) < wait)
		return true;
	fo->trial = true;
	return false;
}

static void suspend(struct tcp_conn *c)
{
	struct tcp_state *st = sea_tcp_st(c);

	if (!st->sysctl.fastopen_blackhole_timeout_sec)
		return;
	st->fastopen_holes++;
	st->fastopen_hole = tcp_now(c);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPFastOpenBlackhole);
}

void sea_tcp_fastopen_doubt(struct tcp_conn *c, bool expired)
{
	const struct tcp_fastopen *fo = &c->side->fo;

	if (!fo->asked && !fo->sent && !(fo->syn_data && !fo->child))
		return;
	if (c->retransmits != 2 && !(c->retransmits < 2 && expired))
		return;
	suspend(c);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPFastOpenActiveFail);
}

void sea_tcp_fastopen_learn(struct tcp_conn *c)
{
	const struct tcp_fastopen *fo = &c->side->fo;

	if (!fo->asked)
		return;
	/* The peer's end alone came through: what stands before it is lost again and again. */
	if (!c->data_segs_in && sea_tcp_reasm_only_fin(&c->fl->reasm))
		suspend(c);
	else if (c->data_segs_in && fo->trial && c->dst.link &&
		 c->dst.link != c->sock.stack->loopback)
		sea_tcp_st(c)->fastopen_holes = 0;
}

/* -- the SYN -- */

/* May data go with it? *ask: an option goes with it in any case, *cookie, or what asks for one. */
static bool data_may_go(struct tcp_conn *c, struct tcp_fastopen *fo, struct sea_tcp_cookie *cookie,
			bool *ask)
{
	c->mss_peer = c->mss_advertised; /* what is not known is hoped */
	sea_tcp_peers_cookie(c, &c->mss_peer, cookie);
	*ask = !suspended(c, fo);
	if (!*ask)
		return false;
	if (sea_tcp_st(c)->sysctl.fastopen & TCP_TFO_CLIENT_NO_COOKIE || fo->no_cookie) {
		*ask = false;
		return true;
	}
	if (cookie->len)
		return true;
	fo->client_fail = TCP_TFO_FAIL_NO_COOKIE;
	return false;
}

/* Bytes beside the longest options that anybody on the way may add. */
static uint32_t room(struct tcp_conn *c)
{
	uint32_t mss;

	sea_tcp_sync_mss(c, c->dst.mtu);
	mss = sea_tcp_mtu_to_mss(c, c->pmtu);
	return mss > OPTIONS_MAX ? mss - OPTIONS_MAX : 0;
}

static int send_syn(struct tcp_conn *c, struct tcp_fastopen *fo,
		    const struct sea_tcp_cookie *cookie, uint32_t len)
{
	bool asked = false;
	int err = sea_tcp_open_syn(c, cookie, len, &asked);

	fo->asked = cookie && asked;
	fo->exp = fo->asked && cookie->exp;
	fo->sent =
		(uint32_t)sea_seq_diff(c->snd_nxt, c->iss) - 1; /* `len`, or 0 for want of memory */
	return err;
}

int sea_tcp_fastopen_syn(struct tcp_conn *c, struct tcp_syn_data *data)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	struct sea_tcp_cookie cookie;
	bool ask, may;

	if (!side)
		return -ENOBUFS;
	may = data_may_go(c, &side->fo, &cookie, &ask);
	if (may && !data) {
		sea_tcp_set_state(c, TCP_S_SYN_SENT);
		c->flags |= TCP_F_DEFER;
		return 0;
	}
	if (!may)
		cookie.len = 0;
	else if (data->size)
		data->copied = sea_tcp_store_apart(
			c, data->msg, data->zc, 0,
			sea_min_u32(data->size < UINT32_MAX ? (uint32_t)data->size : UINT32_MAX,
				    room(c)));
	return send_syn(c, &side->fo, ask ? &cookie : NULL, data ? (uint32_t)data->copied : 0);
}

/* -- sendmsg -- */

/* Where the SYN finds no memory the attempt is over, and the socket as new: nothing is stored twice. */
static int open_deferred(struct tcp_conn *c, struct tcp_syn_data *data)
{
	int err = sea_tcp_fastopen_syn(c, data);

	if (err == -EINPROGRESS)
		return err;
	sea_tcp_set_state(c, TCP_S_CLOSED);
	sea_tcp_disconnect(c);
	return err;
}

/* -EINPROGRESS, or -errno. */
static int open_with(struct tcp_conn *c, struct tcp_syn_data *data)
{
	const struct msghdr *msg = data->msg;
	struct sea_endpoint peer;
	int err;

	if (c->flags & TCP_F_DEFER)
		return open_deferred(c, data);
	if (!msg->msg_name)
		return sea_tcp_open(c, NULL, data);
	err = sea_sockaddr_get(&c->sock, SEA_SOCKADDR_CONNECT, msg->msg_name, msg->msg_namelen,
			       &peer);
	return err ? err : sea_tcp_open(c, &peer, data);
}

static bool names_nobody(const struct msghdr *msg)
{
	return msg->msg_name && msg->msg_namelen >= sizeof(sa_family_t) &&
	       ((const struct sockaddr *)msg->msg_name)->sa_family == AF_UNSPEC;
}

ssize_t sea_tcp_fastopen_sendmsg(struct tcp_conn *c, const struct msghdr *msg, struct sea_zc *zc)
{
	struct tcp_syn_data data = { .msg = msg, .zc = zc, .size = sea_tcp_msg_len(msg) };
	int err;

	if (!(sea_tcp_st(c)->sysctl.fastopen & TCP_TFO_CLIENT) || names_nobody(msg))
		return -EOPNOTSUPP;
	err = open_with(c, &data);
	if (c->state == TCP_S_SYN_SENT)
		c->sock.flags |= SEA_SOCK_OPENING;
	return err == -EINPROGRESS && data.copied ? (ssize_t)data.copied : err;
}

/* -- the answer -- */

/* The SYN with data was lost, it seems, while one without came through. */
static bool syn_lost(const struct tcp_conn *c, const struct sea_tcp_opts *o, bool unacked)
{
	return c->side->fo.asked && c->total_retrans && !o->has_cookie && unacked;
}

/* We asked for a cookie and were given none: in the other form next time? */
static uint8_t try_exp(const struct tcp_conn *c, const struct sea_tcp_opts *o)
{
	const struct tcp_fastopen *fo = &c->side->fo;

	if (!fo->asked || c->total_retrans || o->has_cookie || fo->sent)
		return 0;
	return fo->exp ? 2 : 1;
}

/* What the peer did not take is no sign of congestion: it goes again at once. */
static void send_again(struct tcp_conn *c, struct tcp_fastopen *fo)
{
	struct tcp_txseg *seg = sea_tcp_txq_first(&c->fl->txq);

	fo->client_fail = c->total_retrans ? TCP_TFO_FAIL_SYN_RETRANSMITTED
					   : TCP_TFO_FAIL_DATA_NOT_ACKED;
	for (; seg; seg = sea_tcp_txq_next(seg))
		if (!(seg->bits &
		      TCP_TX_RETRANS)) /* else it was known to be lost, and went just now */
			sea_tcp_txq_mark(&c->fl->txq, seg, TCP_TX_LOST, 0);
	sea_tcp_retransmit_uncongested(c);
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPFastOpenActiveFail);
}

bool sea_tcp_fastopen_synack(struct tcp_conn *c, struct tcp_rx *rx)
{
	struct tcp_side *side = sea_tcp_side_edit(c); /* it has one */
	const struct sea_tcp_opts *o = &rx->seg.opts;
	bool unacked = side->fo.sent && c->fl->txq.packets_out;

	sea_tcp_peers_note_cookie(c, c->mss_peer,
				  side->fo.asked && o->has_cookie ? &o->cookie : NULL,
				  syn_lost(c, o, unacked), try_exp(c, o));
	if (unacked) {
		send_again(c, &side->fo);
		return false;
	}
	side->fo.syn_data = side->fo.sent;
	if (side->fo.syn_data) {
		sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPFastOpenActive);
		if (c->delivered > 1) /* SYN and data are one segment */
			c->delivered--;
	}
	if (sea_tcp_seg_len(&rx->seg) > 1)
		sea_tcp_take_synack_text(c, rx);
	return true;
}
