/* SPDX-License-Identifier: Apache-2.0 */
/* Decides who may ask for which timestamps, and what an entry with one shows of the packet. */
#include "transport/stamp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/errq.h"
#include "transport/sockopt.h"

#define TCP_STATE_CLOSE 7
#define TCP_STATE_LISTEN 10

/* struct so_timestamping */
struct timestamping {
	int flags, bind_phc;
};

/* -- the options -- */

static bool is_connected_stream(struct sea_sock *sock)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	sock->ops->info(sock, &info);
	return info.state != TCP_STATE_CLOSE && info.state != TCP_STATE_LISTEN;
}

static int check(struct sea_sock *sock, uint32_t flags)
{
	bool begins = flags & SEA_SOF_OPT_ID && !(sock->more->tsflags & SEA_SOF_OPT_ID);

	if (flags & ~(uint32_t)SEA_SOF_MASK)
		return -EINVAL;
	if (flags & SEA_SOF_OPT_ID_TCP && !(flags & SEA_SOF_OPT_ID))
		return -EINVAL;
	if (begins && sock->protocol == IPPROTO_TCP && !is_connected_stream(sock))
		return -EINVAL;
	if (flags & SEA_SOF_OPT_STATS && !(flags & SEA_SOF_OPT_TSONLY))
		return -EINVAL;
	return flags & SEA_SOF_BIND_PHC ? -EOPNOTSUPP : 0;
}

static int set_timestamping(struct sea_sock *sock, bool new, const void *val, socklen_t len)
{
	struct timestamping t = { 0 };
	struct sea_sock_more *more;
	bool begins;
	int err;

	memcpy(&t, val, len == sizeof(t) ? sizeof(t) : sizeof(t.flags));
	err = check(sock, (uint32_t)t.flags);
	if (err)
		return err;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	begins = t.flags & SEA_SOF_OPT_ID && !(more->tsflags & SEA_SOF_OPT_ID);
	if (begins)
		more->tskey = 0;
	more->tsflags = (uint32_t)t.flags;
	if (begins && sock->protocol == IPPROTO_TCP)
		more->tsflags |= SEA_SOF_FRESH;
	more->ts_new = new;
	return 0;
}

/* The two kinds exclude each other, and either turns both off. */
static int set_timestamp(struct sea_sock *sock, uint32_t flag, bool new, bool on)
{
	sock->flags &= ~(uint32_t)(SEA_SOCK_TIMESTAMP | SEA_SOCK_TIMESTAMPNS);
	if (!on)
		return 0;
	if (new != sock->more->ts_new) {
		struct sea_sock_more *more = sea_sock_more_edit(sock);

		if (!more)
			return -ENOMEM;
		more->ts_new = new;
	}
	sock->flags |= flag;
	return 0;
}

int sea_stamp_set(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	bool new = name >= SEA_SO_TIMESTAMP_NEW;
	int v, err = sea_opt_get_int(val, len, &v);

	if (err)
		return err;
	switch (name) {
	case SEA_SO_TIMESTAMPING_OLD:
	case SEA_SO_TIMESTAMPING_NEW:
		return set_timestamping(sock, new, val, len);
	case SEA_SO_TIMESTAMP_OLD:
	case SEA_SO_TIMESTAMP_NEW:
		return set_timestamp(sock, SEA_SOCK_TIMESTAMP, new, v);
	default:
		return set_timestamp(sock, SEA_SOCK_TIMESTAMPNS, new, v);
	}
}

int sea_stamp_get(const struct sea_sock *sock, int name, void *val, socklen_t *len)
{
	bool us = sock->flags & SEA_SOCK_TIMESTAMP, ns = sock->flags & SEA_SOCK_TIMESTAMPNS;
	bool new = sock->more->ts_new;
	struct timestamping t = { .flags = (int)(sock->more->tsflags & SEA_SOF_MASK) };

	switch (name) {
	case SEA_SO_TIMESTAMP_OLD:
		return sea_opt_put_int(val, len, us && !new);
	case SEA_SO_TIMESTAMPNS_OLD:
		return sea_opt_put_int(val, len, ns && !new);
	case SEA_SO_TIMESTAMP_NEW: /* of both kinds, as on Linux */
		return sea_opt_put_int(val, len, (us || ns) && new);
	case SEA_SO_TIMESTAMPNS_NEW:
		return sea_opt_put_int(val, len, ns && new);
	case SEA_SO_TIMESTAMPING_NEW:
		t.flags = new ? t.flags : 0;
		break;
	default:
		break;
	}
	return sea_opt_put(val, len, &t, sizeof(t));
}

/* -- what is told -- */

void sea_stamp_tell(struct sea_sock *sock, struct sea_pkt *bytes, enum sea_stamp which,
		    uint32_t key, bool stats)
{
	if (!sea_pkt_unlend(bytes) || !sea_pkt_settle(bytes, false)) {
		sea_pkt_drop(sock->stack, bytes, SEA_DROP_SOCKET_ERRQ);
		return;
	}
	if (!(sock->more->tsflags & SEA_SOF_OPT_ID))
		key = 0;
	sea_errq_stamp(sock, bytes, which, key, stats);
}

/* The packet as it goes, its headers included; NULL: no memory. */
static struct sea_pkt *copy_of(const struct sea_sock *sock, const struct sea_pkt *pkt)
{
	struct sea_pool *pool = &sock->stack->shard.pool;

	if (sock->more->tsflags & SEA_SOF_OPT_TSONLY)
		return sea_pkt_new(pool, 0, 0);
	return sea_pkt_clone(pkt, pool);
}

void sea_stamp_tx(struct sea_sock *sock, const struct sea_pkt *pkt, enum sea_stamp which)
{
	struct sea_pkt *copy = copy_of(sock, pkt);

	if (copy)
		sea_stamp_tell(sock, copy, which, pkt->tskey, false);
}
