/* SPDX-License-Identifier: Apache-2.0 */
/* SOL_SOCKET: what each option reads and writes, with Linux's sizes, clamps and errors. */
#include "transport/sockopt.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#include "core/link.h"
#include "core/stack.h"
#include "transport/sockaddr.h"
#include "transport/stamp.h"
#include "transport/txtime.h"
#include "transport/zerocopy.h"

/* Newer than some C libraries' headers; numbers of <asm-generic/socket.h>. */
#define OPT_BUF_LOCK 72
#define OPT_RESERVE_MEM 73
#define OPT_TXREHASH 74
#define OPT_RCVMARK 75
#define OPT_PASSPIDFD 76
#define OPT_RCVPRIORITY 82
#define OPT_PASSRIGHTS 83
#define OPT_RCVTIMEO_NEW 66
#define OPT_SNDTIMEO_NEW 67

#define RCVBUF_MIN 2304
#define SNDBUF_MIN 4608
#define TCP_STATE_LISTEN 10

int sea_opt_get_int(const void *val, socklen_t len, int *v)
{
	if (len < sizeof(*v))
		return -EINVAL;
	memcpy(v, val, sizeof(*v));
	return 0;
}

int sea_opt_put(void *val, socklen_t *len, const void *from, size_t size)
{
	if (*len > size)
		*len = (socklen_t)size;
	if (*len)
		memcpy(val, from, *len);
	return 0;
}

int sea_opt_put_int(void *val, socklen_t *len, int v)
{
	return sea_opt_put(val, len, &v, sizeof(v));
}

/* -- options that are one flag -- */

static uint32_t flag_of(int name)
{
	switch (name) {
	case SO_DEBUG:
		return SEA_SOCK_DEBUG;
	case SO_REUSEADDR:
		return SEA_SOCK_REUSEADDR;
	case SO_REUSEPORT:
		return SEA_SOCK_REUSEPORT;
	case SO_BROADCAST:
		return SEA_SOCK_BROADCAST;
	case SO_KEEPALIVE:
		return SEA_SOCK_KEEPALIVE;
	case SO_OOBINLINE:
		return SEA_SOCK_OOBINLINE;
	case SO_DONTROUTE:
		return SEA_SOCK_DONTROUTE;
	case SO_NO_CHECK:
		return SEA_SOCK_NO_CHECK;
	case SO_RXQ_OVFL:
		return SEA_SOCK_RXQ_OVFL;
	case SO_SELECT_ERR_QUEUE:
		return SEA_SOCK_SELECT_ERR_QUEUE;
	case OPT_RCVMARK:
		return SEA_SOCK_RCVMARK;
	case OPT_RCVPRIORITY:
		return SEA_SOCK_RCVPRIORITY;
	default:
		return 0;
	}
}

static void set_flag(struct sea_sock *sock, uint32_t flag, bool on)
{
	if (on)
		sock->flags |= flag;
	else
		sock->flags &= ~flag;
}

/* -- buffers -- */

static int doubled(uint32_t want, uint32_t max, int min)
{
	int v = (int)(want < max ? want : max);

	v = v < INT_MAX / 2 ? v * 2 : INT_MAX - 1;
	return v > min ? v : min;
}

static int set_buffer(struct sea_sock *sock, int name, int v)
{
	const struct sea_core_sysctls *ctl = &sock->stack->sysctl;
	uint32_t forced = v < 0 ? 0 : (uint32_t)v;

	switch (name) {
	case SO_RCVBUF:
		sock->rcvbuf = doubled((uint32_t)v, (uint32_t)ctl->rmem_max, RCVBUF_MIN);
		break;
	case SO_RCVBUFFORCE:
		sock->rcvbuf = doubled(forced, INT_MAX, RCVBUF_MIN);
		break;
	case SO_SNDBUF:
		sock->sndbuf = doubled((uint32_t)v, (uint32_t)ctl->wmem_max, SNDBUF_MIN);
		break;
	default:
		sock->sndbuf = doubled(forced, INT_MAX, SNDBUF_MIN);
		break;
	}
	sock->flags |= name == SO_RCVBUF || name == SO_RCVBUFFORCE ? SEA_SOCK_RCVBUF_LOCK
								   : SEA_SOCK_SNDBUF_LOCK;
	return 0;
}

static int set_buf_lock(struct sea_sock *sock, int v)
{
	if (v & ~3)
		return -EINVAL;
	sock->flags &= ~(uint32_t)(SEA_SOCK_RCVBUF_LOCK | SEA_SOCK_SNDBUF_LOCK);
	sock->flags |= (v & 1 ? SEA_SOCK_SNDBUF_LOCK : 0) | (v & 2 ? SEA_SOCK_RCVBUF_LOCK : 0);
	return 0;
}

static int get_buf_lock(const struct sea_sock *sock)
{
	return (sock->flags & SEA_SOCK_SNDBUF_LOCK ? 1 : 0) |
	       (sock->flags & SEA_SOCK_RCVBUF_LOCK ? 2 : 0);
}

/* -- time -- */

static int set_timeo(int64_t *ns, const void *val, socklen_t len)
{
	struct timeval tv;

	if (len < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, val, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		*ns = 1; /* as Linux: no waiting at all, and shown as zero */
	else if (tv.tv_sec >= INT64_MAX / SEA_SEC - 1)
		*ns = 0;
	else
		*ns = tv.tv_sec * SEA_SEC + tv.tv_usec * SEA_USEC;
	return 0;
}

static int get_timeo(int64_t ns, void *val, socklen_t *len)
{
	struct timeval tv = { .tv_sec = ns / SEA_SEC, .tv_usec = ns % SEA_SEC / SEA_USEC };

	return sea_opt_put(val, len, &tv, sizeof(tv));
}

static int set_linger(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct linger linger;

	if (len < sizeof(linger))
		return -EINVAL;
	memcpy(&linger, val, sizeof(linger));
	set_flag(sock, SEA_SOCK_LINGER, linger.l_onoff);
	if (linger.l_onoff)
		sock->linger_s = linger.l_linger < 0 ? INT_MAX : linger.l_linger;
	return 0;
}

static int get_linger(const struct sea_sock *sock, void *val, socklen_t *len)
{
	struct linger linger = { .l_onoff = !!(sock->flags & SEA_SOCK_LINGER),
				 .l_linger = sock->linger_s };

	return sea_opt_put(val, len, &linger, sizeof(linger));
}

/* -- devices -- */

static int set_device(struct sea_sock *sock, const void *val, socklen_t len)
{
	char name[SEA_IFNAMSIZ] = "";
	struct sea_link *link;

	if (len)
		memcpy(name, val, len < sizeof(name) - 1 ? len : sizeof(name) - 1);
	if (!name[0]) {
		sock->bound_ifindex = 0;
		return 0;
	}
	link = sea_link_by_name(sock->stack, name);
	if (!link)
		return -ENODEV;
	sock->bound_ifindex = link->ifindex;
	return 0;
}

static int get_device(const struct sea_sock *sock, void *val, socklen_t *len)
{
	const struct sea_link *link = sea_link_by_index(sock->stack, sock->bound_ifindex);

	if (!sock->bound_ifindex) {
		*len = 0;
		return 0;
	}
	if (*len < SEA_IFNAMSIZ)
		return -EINVAL;
	if (!link)
		return -ENODEV;
	return sea_opt_put(val, len, link->name, strlen(link->name) + 1);
}

/* -- the rest that is longer than an int -- */

void sea_sock_meminfo(const struct sea_sock *sock, uint32_t v[9])
{
	memset(v, 0, 9 * sizeof(v[0]));
	v[0] = (uint32_t)sock->rmem_alloc;
	v[1] = (uint32_t)sock->rcvbuf;
	v[2] = (uint32_t)sock->wmem_alloc;
	v[3] = (uint32_t)sock->sndbuf;
	v[6] = (uint32_t)sock->more->optmem;
	v[8] = sock->drops;
	if (sock->ops->meminfo)
		sock->ops->meminfo(sock, v);
}

static int get_meminfo(const struct sea_sock *sock, void *val, socklen_t *len)
{
	uint32_t v[9];

	sea_sock_meminfo(sock, v);
	return sea_opt_put(val, len, v, sizeof(v));
}

/* As an int or as a long; there, too, all bits set are no limit. */
static int set_max_pacing_rate(struct sea_sock *sock, int v, const void *val, socklen_t len)
{
	uint64_t rate = v == -1 ? UINT64_MAX : (uint32_t)v;
	struct sea_sock_more *more;

	if (len >= sizeof(rate))
		memcpy(&rate, val, sizeof(rate));
	if (rate == sock->more->max_pacing_rate)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->max_pacing_rate = rate;
	return 0;
}

static int get_max_pacing_rate(const struct sea_sock *sock, void *val, socklen_t *len)
{
	uint64_t rate = sock->more->max_pacing_rate;

	if (*len >= sizeof(rate))
		return sea_opt_put(val, len, &rate, sizeof(rate));
	return sea_opt_put_int(val, len, rate < UINT32_MAX ? (int)(uint32_t)rate : -1);
}

static int get_cookie(const struct sea_sock *sock, void *val, socklen_t *len)
{
	if (*len < sizeof(sock->handle.v))
		return -EINVAL;
	return sea_opt_put(val, len, &sock->handle.v, sizeof(sock->handle.v));
}

static int get_peername(const struct sea_sock *sock, void *val, socklen_t *len)
{
	struct sea_endpoint peer = sea_sock_peer(sock);
	struct sockaddr_storage addr;
	socklen_t n = sea_sockaddr_make(sock->domain, &peer, &addr);

	if (!sock->rport)
		return -ENOTCONN;
	if (*len > n)
		return -EINVAL;
	return sea_opt_put(val, len, &addr, n);
}

/* Nobody in particular: pid 0, and no user or group. */
static int get_peercred(void *val, socklen_t *len)
{
	const int32_t cred[3] = { 0, -1, -1 };

	return sea_opt_put(val, len, cred, sizeof(cred));
}

static bool is_listening(struct sea_sock *sock)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	sock->ops->info(sock, &info);
	return info.state == TCP_STATE_LISTEN;
}

/* -- get -- */

static int get_wide(struct sea_sock *sock, int name, void *val, socklen_t *len)
{
	switch (name) {
	case SO_LINGER:
		return get_linger(sock, val, len);
	case SO_RCVTIMEO:
	case OPT_RCVTIMEO_NEW:
		return get_timeo(sock->rcvtimeo_ns, val, len);
	case SO_SNDTIMEO:
	case OPT_SNDTIMEO_NEW:
		return get_timeo(sock->sndtimeo_ns, val, len);
	case SO_BINDTODEVICE:
		return get_device(sock, val, len);
	case SO_MAX_PACING_RATE:
		return get_max_pacing_rate(sock, val, len);
	case SO_MEMINFO:
		return get_meminfo(sock, val, len);
	case SEA_SO_TXTIME:
		return sea_txtime_get(sock, val, len);
	case SO_COOKIE:
		return get_cookie(sock, val, len);
	case SO_PEERNAME:
		return get_peername(sock, val, len);
	case SO_PEERCRED:
		return get_peercred(val, len);
	case SO_GET_FILTER: /* there is none */
		*len = 0;
		return 0;
	case SO_PASSCRED:
	case SO_PASSSEC:
	case OPT_PASSPIDFD:
	case OPT_PASSRIGHTS:
		return -EOPNOTSUPP;
	case OPT_TXREHASH:
		if (sock->protocol != IPPROTO_TCP)
			return -EOPNOTSUPP;
		return sea_opt_put_int(val, len, !!(sock->flags & SEA_SOCK_TXREHASH));
	default:
		return -ENOPROTOOPT;
	}
}

/* What was no reason to give up is told, too, where nothing worse is. */
static int take_any_error(struct sea_sock *sock)
{
	int err = sea_sock_take_error(sock);

	if (err)
		return err;
	err = sock->err_soft;
	sock->err_soft = 0;
	return err;
}

/* False when the option is not an int. */
static bool get_int(struct sea_sock *sock, int name, int *v)
{
	switch (name) {
	case SO_TYPE:
		*v = sock->type;
		return true;
	case SO_PROTOCOL:
		*v = sock->protocol;
		return true;
	case SO_DOMAIN:
		*v = sock->domain;
		return true;
	case SO_ERROR:
		*v = take_any_error(sock);
		return true;
	case SO_ACCEPTCONN:
		*v = is_listening(sock);
		return true;
	case SO_RCVBUF:
		*v = sock->rcvbuf;
		return true;
	case SO_SNDBUF:
		*v = sock->sndbuf;
		return true;
	case SO_RCVLOWAT:
		*v = sock->rcvlowat;
		return true;
	case SO_SNDLOWAT:
		*v = 1;
		return true;
	case SO_PEEK_OFF:
		*v = sock->type == SOCK_STREAM ? sock->more->peek_off : -1;
		return true;
	case SO_PRIORITY:
		*v = (int)sock->priority;
		return true;
	case SO_MARK:
		*v = (int)sock->mark;
		return true;
	case SEA_SO_BINDTOIFINDEX:
		*v = sock->bound_ifindex;
		return true;
	case OPT_BUF_LOCK:
		*v = get_buf_lock(sock);
		return true;
	case SO_BSDCOMPAT:
		*v = 0;
		return true;
	case SO_ZEROCOPY:
		*v = sock->more->zerocopy_on;
		return true;
	default:
		return false;
	}
}

int sea_sol_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len)
{
	uint32_t flag = flag_of(name);
	int v;

	if (flag == SEA_SOCK_REUSEADDR && sock->more->flags4 & SEA_SOCK4_FORCE_REUSE)
		return sea_opt_put_int(val, len, 2);
	if (flag)
		return sea_opt_put_int(val, len, !!(sock->flags & flag));
	if (get_int(sock, name, &v))
		return sea_opt_put_int(val, len, v);
	if (sea_stamp_is_option(name))
		return sea_stamp_get(sock, name, val, len);
	return get_wide(sock, name, val, len);
}

/* -- set -- */

/* -1: as net.core.txrehash says now. */
static int set_txrehash(struct sea_sock *sock, int v)
{
	if (sock->protocol != IPPROTO_TCP)
		return -EOPNOTSUPP;
	if (v < -1 || v > 1)
		return -EINVAL;
	set_flag(sock, SEA_SOCK_TXREHASH, v < 0 ? sock->stack->sysctl.txrehash : v);
	return 0;
}

/* Of datagrams it is off. */
static int set_peek_off(struct sea_sock *sock, int v)
{
	struct sea_sock_more *more;

	if (sock->type != SOCK_STREAM)
		return v < 0 && sock->protocol != IPPROTO_ICMP ? 0 : -EOPNOTSUPP;
	if (v == sock->more->peek_off)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->peek_off = v;
	return 0;
}

static int set_wide(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	switch (name) {
	case SO_LINGER:
		return set_linger(sock, val, len);
	case SO_RCVTIMEO:
	case OPT_RCVTIMEO_NEW:
		return set_timeo(&sock->rcvtimeo_ns, val, len);
	case SO_SNDTIMEO:
	case OPT_SNDTIMEO_NEW:
		return set_timeo(&sock->sndtimeo_ns, val, len);
	case SEA_SO_TXTIME:
		return sea_txtime_set(sock, val, len);
	case SO_DETACH_FILTER:
		return -ENOENT;
	case SO_PASSCRED:
	case SO_PASSSEC:
	case OPT_PASSPIDFD:
	case OPT_PASSRIGHTS:
	case OPT_RESERVE_MEM:
		return -EOPNOTSUPP;
	default:
		return -ENOPROTOOPT;
	}
}

static int set_int(struct sea_sock *sock, int name, int v, const void *val, socklen_t len)
{
	switch (name) {
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		return set_buffer(sock, name, v);
	case OPT_BUF_LOCK:
		return set_buf_lock(sock, v);
	case SO_RCVLOWAT:
		sock->rcvlowat = v < 0 ? INT_MAX : v ? v : 1;
		return 0;
	case SO_PRIORITY:
		sock->priority = (uint32_t)v;
		sock->flags |= SEA_SOCK_PRIORITY_SET;
		return 0;
	case SO_MARK:
		sock->mark = (uint32_t)v;
		return 0;
	case SEA_SO_BINDTOIFINDEX:
		if (v < 0)
			return -EINVAL;
		sock->bound_ifindex = v;
		return 0;
	case SO_BSDCOMPAT:
		return 0;
	case SO_PEEK_OFF:
		return set_peek_off(sock, v);
	case SO_ZEROCOPY:
		return sea_zc_set(sock, v);
	case OPT_TXREHASH:
		return set_txrehash(sock, v);
	case SO_MAX_PACING_RATE:
		return set_max_pacing_rate(sock, v, val, len);
	default:
		return set_wide(sock, name, val, len);
	}
}

static int set(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	uint32_t flag = flag_of(name);
	int v, err;

	if (name == SO_BINDTODEVICE)
		return set_device(sock, val, len);
	if (sea_stamp_is_option(name))
		return sea_stamp_set(sock, name, val, len);
	err = sea_opt_get_int(val, len, &v);
	if (err)
		return err;
	if (!flag)
		return set_int(sock, name, v, val, len);
	set_flag(sock, flag, v != 0);
	return 0;
}

int sea_sol_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	int err = set(sock, name, val, len);

	if (!err && sock->ops->opt_changed)
		sock->ops->opt_changed(sock, name);
	return err;
}
