/* SPDX-License-Identifier: Apache-2.0 */
/* IPPROTO_TCP: what each option reads and writes, with Linux's sizes, ranges and errors. */
#include "transport/sockopt.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/tcp/cc_sockopt.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/info.h"
#include "transport/tcp/sig.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/pacing.h"
#include "transport/tcp/pingpong.h"
#include "transport/tcp/repair.h"
#include "transport/tcp/seen.h"
#include "transport/tcp/saved_syn.h"
#include "transport/tcp/socket.h"
#include "transport/tcp/stamps.h"
#include "transport/tcp/tx_delay.h"

#define MSS_MIN 88
#define WINDOW_UNSCALED_MAX 32767
#define KEEPALIVE_MAX_S 32767
#define RETRIES_MAX 127
#define LINGER2_MAX_S 120
#define DELACK_MAX_US 200000u
#define OPT_BINDTOIFINDEX 62
#define OPT_IS_MPTCP 43
#define OPT_FLOWLABEL_MGR 32 /* IPV6_FLOWLABEL_MGR of <linux/in6.h> */

/* -- TCP_DEFER_ACCEPT: seconds outside, SYN-ACKs inside -- */

static uint8_t retries_of_secs(int secs)
{
	int interval = 1, period = 1, n = 1;

	if (secs <= 0)
		return 0;
	while (secs > period && n < 255) {
		n++;
		interval = interval * 2 < 120 ? interval * 2 : 120;
		period += interval;
	}
	return (uint8_t)n;
}

static int secs_of_retries(uint8_t n)
{
	int interval = 1, period = n ? 1 : 0;

	while (n > 1) {
		n--;
		interval = interval * 2 < 120 ? interval * 2 : 120;
		period += interval;
	}
	return period;
}

/* -- set -- */

static int set_flag(struct tcp_conn *c, uint32_t flag, bool on)
{
	if (on)
		c->flags |= flag;
	else
		tcp_clear(c, flag);
	return 0;
}

static int set_nodelay(struct tcp_conn *c, int v)
{
	(void)set_flag(c, TCP_F_NODELAY, v);
	if (v) {
		c->flags |= TCP_F_PUSH_NOW; /* even what is corked */
		tcp_clear(c, TCP_F_TSQ);
		sea_tcp_push(c);
	}
	return 0;
}

static int set_cork(struct tcp_conn *c, int v)
{
	(void)set_flag(c, TCP_F_CORK, v);
	if (v)
		return 0;
	if (c->flags & TCP_F_NODELAY)
		c->flags |= TCP_F_PUSH_NOW;
	tcp_clear(c, TCP_F_TSQ);
	sea_tcp_push(c);
	return 0;
}

static int set_maxseg(struct tcp_conn *c, int v)
{
	if (v && (v < MSS_MIN || v > WINDOW_UNSCALED_MAX))
		return -EINVAL;
	c->mss_user = (uint16_t)v;
	return 0;
}

static int set_keepidle(struct tcp_conn *c, struct tcp_side *side, int v)
{
	if (v < 1 || v > KEEPALIVE_MAX_S)
		return -EINVAL;
	side->keepidle_s = (uint16_t)v;
	if (c->sock.flags & SEA_SOCK_KEEPALIVE)
		sea_tcp_keepalive_rearm(c);
	return 0;
}

static int set_u16_in(uint16_t *field, int v, int low, int high)
{
	if (v < low || v > high)
		return -EINVAL;
	*field = (uint16_t)v;
	return 0;
}

static int set_u8_in(uint8_t *field, int v, int low, int high)
{
	if (v < low || v > high)
		return -EINVAL;
	*field = (uint8_t)v;
	return 0;
}

static int set_linger2(struct tcp_conn *c, int v)
{
	c->linger2_s = (int8_t)(v < 0 ? -1 : v > LINGER2_MAX_S ? LINGER2_MAX_S : v);
	return 0;
}

static int set_window_clamp(struct tcp_conn *c, int v)
{
	if (!v) {
		if (c->state != TCP_S_CLOSED)
			return -EINVAL;
		c->window_clamp = 0;
		return 0;
	}
	sea_tcp_set_window_clamp(c, v < 0 ? 0 : (uint32_t)v);
	return 0;
}

/* An even value asks for one ACK now and nothing for the time after (tcp(7): it is not permanent). */
static int set_quickack(struct tcp_conn *c, int v)
{
	c->ack.pingpong = 0;
	if (!v)
		tcp_enter_pingpong(c);
	if (!v || !tcp_in(c, 1u << TCP_S_ESTABLISHED | 1u << TCP_S_CLOSE_WAIT) ||
	    !(c->flags & TCP_F_ACK_SCHEDULED))
		return 0;
	c->flags |= TCP_F_PUSHED;
	sea_tcp_after_read(c, 1);
	if (!(v & 1))
		tcp_enter_pingpong(c);
	return 0;
}

#define OPT_THIN_LINEAR_TIMEOUTS 16
#define OPT_THIN_DUPACK 17
#define OPT_RTO_MAX_MS 44
#define OPT_RTO_MIN_US 45
#define OPT_DELACK_MAX_US 46

/* Above 1 ms, of which Linux makes two ticks: no timer is shorter. */
static int set_us(uint32_t *field, int v, uint32_t max)
{
	if (v <= 1000 || (uint32_t)v > max)
		return -EINVAL;
	*field = (uint32_t)v;
	return 0;
}

static int set_rto_min(struct tcp_conn *c, struct tcp_side *side, int v)
{
	int err = set_us(&side->rto_min_us, v, TCP_RTO_MIN_US);

	if (!err && c->dst.link)
		sea_tcp_obey_route(c);
	else if (!err)
		c->rtt.rto_min_us = side->rto_min_us;
	return err;
}

/* Options that few programs set. */
static int set_side(struct tcp_conn *c, int name, int v)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	if (!side)
		return -ENOMEM;
	switch (name) {
	case TCP_KEEPIDLE:
		return set_keepidle(c, side, v);
	case TCP_KEEPINTVL:
		return set_u16_in(&side->keepintvl_s, v, 1, KEEPALIVE_MAX_S);
	case TCP_KEEPCNT:
		return set_u8_in(&side->keepcnt, v, 1, RETRIES_MAX);
	case TCP_SYNCNT:
		return set_u8_in(&side->syncnt, v, 1, RETRIES_MAX);
	case TCP_NOTSENT_LOWAT:
		side->notsent_lowat = v;
		sea_tcp_write_space(c);
		return 0;
	case OPT_THIN_LINEAR_TIMEOUTS:
		if (v < 0 || v > 1)
			return -EINVAL;
		side->thin_linear = v;
		return 0;
	case OPT_RTO_MAX_MS:
		if (v < 1000 || v > (int)(TCP_RTO_MAX_US / 1000))
			return -EINVAL;
		side->rto_max_ms = (uint32_t)v;
		return 0;
	case OPT_RTO_MIN_US:
		return set_rto_min(c, side, v);
	case TCP_SAVE_SYN:
		if (v < 0 || v > TCP_SAVE_SYN_LINK)
			return -EINVAL;
		side->save_syn = (uint8_t)v;
		return 0;
	case OPT_DELACK_MAX_US:
		return set_us(&side->delack_max_us, v, DELACK_MAX_US);
	default:
		return -ENOPROTOOPT;
	}
}

static int set_user_timeout(struct tcp_conn *c, int v)
{
	struct tcp_side *side;

	if (v < 0)
		return -EINVAL;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	side->user_timeout_ms = (uint32_t)v;
	return 0;
}

static int set_inq(struct tcp_conn *c, int v)
{
	struct tcp_side *side;

	if (v < 0 || v > 1)
		return -EINVAL;
	if (v == c->side->inq)
		return 0;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	side->inq = v;
	sea_tcp_note_cmsgs(c);
	return 0;
}

static int set_int(struct tcp_conn *c, int name, int v)
{
	switch (name) {
	case TCP_NODELAY:
		return set_nodelay(c, v);
	case TCP_CORK:
		return set_cork(c, v);
	case TCP_MAXSEG:
		return set_maxseg(c, v);
	case TCP_LINGER2:
		return set_linger2(c, v);
	case TCP_DEFER_ACCEPT:
		c->defer_accept = retries_of_secs(v);
		return 0;
	case TCP_WINDOW_CLAMP:
		return set_window_clamp(c, v);
	case TCP_QUICKACK:
		return set_quickack(c, v);
	case TCP_USER_TIMEOUT:
		return set_user_timeout(c, v);
	case TCP_INQ:
		return set_inq(c, v);
	case TCP_FASTOPEN:
	case TCP_FASTOPEN_CONNECT:
	case TCP_FASTOPEN_NO_COOKIE:
		return sea_tcp_fastopen_set(c, name, v);
	case TCP_OPT_TX_DELAY:
		return sea_tcp_tx_delay_set(c, v);
	case OPT_THIN_DUPACK: /* a no-op on Linux, too: RACK made it needless */
		return v < 0 || v > 1 ? -EINVAL : 0;
	case TCP_KEEPIDLE:
	case TCP_KEEPINTVL:
	case TCP_KEEPCNT:
	case TCP_SYNCNT:
	case TCP_NOTSENT_LOWAT:
	case OPT_THIN_LINEAR_TIMEOUTS:
	case OPT_RTO_MAX_MS:
	case OPT_RTO_MIN_US:
	case OPT_DELACK_MAX_US:
	case TCP_SAVE_SYN:
		return set_side(c, name, v);
	default:
		return -ENOPROTOOPT;
	}
}

void sea_tcp_note_look(struct tcp_conn *c)
{
	if (c->sock.more->min_ttl || c->sock.more->min_hops || c->side->md5 || c->side->ao ||
	    sea_tcp_seen_wanted(&c->sock))
		c->flags |= TCP_F_LOOK;
	else
		tcp_clear(c, TCP_F_LOOK);
}

static int set_net(struct tcp_conn *c, int level, int name, const void *val, socklen_t len)
{
	const struct sea_sock_ext *ext = c->sock.more->ext;
	int err = level == IPPROTO_IPV6 ? sea_tcp_seen_settle(c) : 0;

	if (!err)
		err = sea_net_setsockopt(&c->sock, level, name, val, len);

	/* Extension headers and options take their part of each packet, or lead another way. */
	if (c->pmtu && c->sock.more->ext != ext && c->node.family == SEA_AF_INET6) {
		c->dst.gen = 0;
		sea_tcp_sync_mss(c, c->pmtu);
	}
	if (c->pmtu && !err && level == IPPROTO_IP && name == IP_OPTIONS)
		sea_tcp_sync_mss(c, c->pmtu);
	sea_tcp_note_look(c);
	return err;
}

int sea_tcp_setsockopt(struct sea_sock *sock, int level, int name, const void *val, socklen_t len)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	int v, err;

	if (sea_net_level(sock, level))
		return set_net(c, level, name, val, len);
	if (level != IPPROTO_TCP)
		return -ENOPROTOOPT;
	if (name == TCP_CONGESTION)
		return sea_tcp_set_congestion(c, val, len);
	if (name == TCP_FASTOPEN_KEY)
		return sea_tcp_fastopen_set_key(c, val, len);
	if (name == TCP_MD5SIG || name == TCP_MD5SIG_EXT)
		return sea_tcp_md5_set(c, name, val, len);
	if (name >= TCP_AO_ADD_KEY && name <= TCP_AO_REPAIR)
		return sea_tcp_ao_set(c, name, val, len);
	if (name == TCP_ULP) /* there is none of any name */
		return len < 1 ? -EINVAL : -ENOENT;
	err = sea_opt_get_int(val, len, &v);
	if (!err && sea_tcp_repair_option(name))
		return sea_tcp_repair_set(c, name, v, val, len);
	return err ? err : set_int(c, name, v);
}

/* -- get -- */

static int maxseg_of(const struct tcp_conn *c)
{
	bool unconnected = c->state == TCP_S_CLOSED || c->state == TCP_S_LISTEN;

	if (tcp_in_repair(c)) /* what is to be told to who puts it together */
		return unconnected ? 0 : c->mss_peer;
	return c->mss_user && unconnected ? c->mss_user : c->mss_cache;
}

static int linger2_of(const struct tcp_conn *c)
{
	return c->linger2_s ? c->linger2_s : sea_tcp_st(c)->sysctl.fin_timeout;
}

static int syncnt_of(const struct tcp_conn *c)
{
	return c->side->syncnt ? c->side->syncnt : sea_tcp_st(c)->sysctl.syn_retries;
}

/* Those that few programs set. */
static bool get_side_int(const struct tcp_conn *c, int name, int *v)
{
	switch (name) {
	case TCP_FASTOPEN:
	case TCP_FASTOPEN_CONNECT:
	case TCP_FASTOPEN_NO_COOKIE:
		*v = sea_tcp_fastopen_get(c, name);
		return true;
	case TCP_SAVE_SYN:
		*v = c->side->save_syn;
		return true;
	case OPT_THIN_LINEAR_TIMEOUTS:
		*v = c->side->thin_linear;
		return true;
	case OPT_RTO_MAX_MS:
		*v = (int)(tcp_rto_max_ns(c) / SEA_MSEC);
		return true;
	case OPT_RTO_MIN_US:
		*v = c->side->rto_min_us ? (int)c->side->rto_min_us
					 : sea_tcp_st(c)->sysctl.rto_min_us;
		return true;
	case OPT_DELACK_MAX_US:
		*v = (int)(c->side->delack_max_us ? c->side->delack_max_us : DELACK_MAX_US);
		return true;
	case TCP_OPT_TX_DELAY:
		*v = (int)c->side->tx_delay_us;
		return true;
	default:
		return false;
	}
}

/* False when the option is no int. */
static bool get_int(const struct tcp_conn *c, int name, int *v)
{
	switch (name) {
	case TCP_NODELAY:
		*v = !!(c->flags & TCP_F_NODELAY);
		return true;
	case TCP_CORK:
		*v = !!(c->flags & TCP_F_CORK);
		return true;
	case TCP_MAXSEG:
		*v = maxseg_of(c);
		return true;
	case TCP_KEEPIDLE:
		*v = tcp_keepidle_s(c);
		return true;
	case TCP_KEEPINTVL:
		*v = tcp_keepintvl_s(c);
		return true;
	case TCP_KEEPCNT:
		*v = tcp_keepcnt(c);
		return true;
	case TCP_SYNCNT:
		*v = syncnt_of(c);
		return true;
	case TCP_LINGER2:
		*v = linger2_of(c);
		return true;
	case TCP_DEFER_ACCEPT:
		*v = secs_of_retries(c->defer_accept);
		return true;
	case TCP_WINDOW_CLAMP:
		*v = (int)c->window_clamp;
		return true;
	case TCP_QUICKACK:
		*v = !tcp_in_pingpong(c);
		return true;
	case TCP_USER_TIMEOUT:
		*v = (int)c->side->user_timeout_ms;
		return true;
	case TCP_NOTSENT_LOWAT:
		*v = c->side->notsent_lowat;
		return true;
	case TCP_INQ:
		*v = c->side->inq;
		return true;
	case OPT_THIN_DUPACK:
	case OPT_IS_MPTCP:
		*v = 0;
		return true;
	default:
		return get_side_int(c, name, v);
	}
}

static int get_info(const struct tcp_conn *c, void *val, socklen_t *len)
{
	struct tcp_info_wire info;

	sea_tcp_info_fill(c, &info);
	return sea_opt_put(val, len, &info, sizeof(info));
}

/* Of a connection that was, too. */
static uint32_t path_mtu_of(const struct tcp_conn *c)
{
	if (c->state == TCP_S_LISTEN || !c->sock.rport)
		return 0;
	return c->state == TCP_S_CLOSED ? c->pmtu : c->dst.mtu;
}

/* What packets of the peer have to do with. */
static bool tells_of_packets(int level, int name)
{
	return level == IPPROTO_IPV6 && (name == IPV6_2292PKTOPTIONS || name == IPV6_MULTICAST_IF ||
					 name == IPV6_MULTICAST_HOPS || name == OPT_FLOWLABEL_MGR);
}

int sea_tcp_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	int v, err;

	if (tells_of_packets(level, name)) {
		err = sea_tcp_seen_settle(c);
		if (err)
			return err;
	}
	if (sea_net_level(sock, level) && level == IPPROTO_IPV6 && name == IPV6_2292PKTOPTIONS)
		return sea_tcp_get_pktoptions6(c, val, len);
	if (level == IPPROTO_IP && name == IP_PKTOPTIONS)
		return sea_tcp_get_pktoptions(c, val, len);
	if (sea_tcp_ecn_get_class(c, level, name, &v))
		return sea_opt_put_int(val, len, v);
	if (sea_net_level(sock, level))
		return sea_net_getsockopt(sock, level, name, val, len, path_mtu_of(c));
	if (level != IPPROTO_TCP)
		return sock->domain == SEA_AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
	if (sea_tcp_repair_option(name))
		return sea_tcp_repair_get(c, name, val, len);
	if (get_int(c, name, &v))
		return sea_opt_put_int(val, len, v);
	switch (name) {
	case TCP_INFO:
		return get_info(c, val, len);
	case TCP_CONGESTION:
		return sea_tcp_get_congestion(c, val, len);
	case TCP_FASTOPEN_KEY:
		return sea_tcp_fastopen_get_key(c, val, len);
	case TCP_AO_INFO:
	case TCP_AO_GET_KEYS:
	case TCP_AO_REPAIR:
		return sea_tcp_ao_get(c, name, val, len);
	case TCP_SAVED_SYN:
		return sea_tcp_saved_syn_read(c, val, len);
	case TCP_ULP:
		*len = 0;
		return 0;
	case TCP_CC_INFO:
		return sea_tcp_get_cc_info(c, val, len);
	default:
		return -ENOPROTOOPT;
	}
}

/* -- what SOL_SOCKET changed -- */

/* A reader who waits for more than the window would let in needs a larger buffer (as Linux). */
static void rcvlowat_changed(struct tcp_conn *c)
{
	struct sea_sock *sock = &c->sock;
	bool locked = sock->flags & SEA_SOCK_RCVBUF_LOCK;
	int32_t cap = (locked ? sock->rcvbuf : sea_tcp_st(c)->sysctl.rmem[2]) >> 1, space;

	if (sock->rcvlowat > cap)
		sock->rcvlowat = cap;
	/* An end that came with no FIN was told of when it came. */
	if (c->state != TCP_S_LISTEN && sea_tcp_poll(sock) & SEA_POLLIN &&
	    (c->flags & TCP_F_FIN_RCVD || !sea_seq_eq(c->rcv_nxt, c->rcvq.copied_seq)))
		sea_sock_raise(sock, SEA_POLLIN);
	if (locked)
		return;
	space = sea_tcp_space_from_win(c, (uint32_t)sock->rcvlowat);
	if (space > sock->rcvbuf) {
		sock->rcvbuf = space;
		c->window_clamp = (uint32_t)sock->rcvlowat;
	}
}

void sea_tcp_opt_changed(struct sea_sock *sock, int name)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (sea_stamp_is_option(name)) {
		sea_tcp_stamps_begin(c);
		sea_tcp_note_cmsgs(c);
	}
	switch (name) {
	case SO_KEEPALIVE:
		sea_tcp_keepalive_rearm(c);
		break;
	case SO_RCVLOWAT:
		rcvlowat_changed(c);
		break;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		sea_tcp_write_space(c);
		break;
	case SO_MAX_PACING_RATE:
		sea_tcp_pacing_limit(c);
		break;
	case SO_REUSEADDR:
		sea_tcp_repair_reuse_set(c);
		sea_tcp_port_reuse_changed(c);
		break;
	case SO_MARK:
	case SO_BINDTODEVICE:
	case OPT_BINDTOIFINDEX: /* another way, perhaps */
		sea_dst_put(sock->stack, &c->dst);
		break;
	default:
		break;
	}
}
