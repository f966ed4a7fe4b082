/* SPDX-License-Identifier: Apache-2.0 */
/* Decides who may name a time to leave at, and which. */
#include "transport/txtime.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "transport/sockopt.h"
#include "transport/stamp.h"

static bool is_clock(int32_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_MONOTONIC || id == CLOCK_TAI;
}

int sea_txtime_set(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_txtime t;
	struct sea_sock_more *more;

	if (len != sizeof(t))
		return -EINVAL;
	memcpy(&t, val, sizeof(t));
	if (t.flags & ~SEA_TXTIME_FLAGS || !is_clock(t.clockid))
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->txtime_on = true;
	more->txtime_flags = (uint8_t)t.flags;
	more->txtime_clock = t.clockid;
	return 0;
}

int sea_txtime_get(const struct sea_sock *sock, void *val, socklen_t *len)
{
	const struct sea_txtime t = { .clockid = sock->more->txtime_clock,
				      .flags = sock->more->txtime_flags };

	return sea_opt_put(val, len, &t, sizeof(t));
}

int sea_txtime_read(const struct sea_sock *sock, const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	int64_t ns;

	if (!sock->more->txtime_on || c->cmsg_len != CMSG_LEN(sizeof(ns)))
		return -EINVAL;
	memcpy(&ns, CMSG_DATA(c), sizeof(ns));
	tx->tsflags &= ~(uint32_t)SEA_SOF_TXTIME;
	if (ns <= 0 || sock->type == SOCK_STREAM)
		return 0;
	tx->txtime = (sea_time){ ns };
	tx->tsflags |= SEA_SOF_TXTIME;
	return 0;
}
