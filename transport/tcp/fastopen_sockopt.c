/* SPDX-License-Identifier: Apache-2.0 */
/* The socket options of fast open, with Linux's states and errors. */
#include "transport/tcp/fastopen.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "transport/sockopt.h"
#include "transport/tcp/conn.h"

static int set_connect(struct tcp_conn *c, int v)
{
	struct tcp_side *side;

	if (v < 0 || v > 1)
		return -EINVAL;
	if (!(sea_tcp_st(c)->sysctl.fastopen & TCP_TFO_CLIENT))
		return -EOPNOTSUPP;
	if (c->state != TCP_S_CLOSED)
		return -EINVAL;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	side->fo.connect = v;
	return 0;
}

static int set_no_cookie(struct tcp_conn *c, int v)
{
	struct tcp_side *side;

	if (v < 0 || v > 1)
		return -EINVAL;
	if (!tcp_in(c, 1u << TCP_S_CLOSED | 1u << TCP_S_LISTEN))
		return -EINVAL;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	side->fo.no_cookie = v;
	return 0;
}

int sea_tcp_fastopen_set(struct tcp_conn *c, int name, int v)
{
	switch (name) {
	case TCP_FASTOPEN:
		return sea_tcp_fastopen_set_queue(c, v);
	case TCP_FASTOPEN_CONNECT:
		return set_connect(c, v);
	default:
		return set_no_cookie(c, v);
	}
}

int sea_tcp_fastopen_get(const struct tcp_conn *c, int name)
{
	switch (name) {
	case TCP_FASTOPEN:
		return (int)c->side->fo.qlen_max;
	case TCP_FASTOPEN_CONNECT:
		return c->side->fo.connect;
	default:
		return c->side->fo.no_cookie;
	}
}

/* One key, or one and an older one whose cookies are still good. */
int sea_tcp_fastopen_set_key(struct tcp_conn *c, const void *val, socklen_t len)
{
	struct tcp_side *side;

	if (len != TCP_FASTOPEN_KEY_LEN && len != 2 * TCP_FASTOPEN_KEY_LEN)
		return -EINVAL;
	side = sea_tcp_side_edit(c);
	if (!side)
		return -ENOMEM;
	side->fo.keys.n = (uint8_t)(len / TCP_FASTOPEN_KEY_LEN);
	memcpy(side->fo.keys.b, val, len);
	return 0;
}

/* Its own: the stack's are not told. */
int sea_tcp_fastopen_get_key(const struct tcp_conn *c, void *val, socklen_t *len)
{
	const struct tcp_fastopen_keys *keys = &c->side->fo.keys;

	return sea_opt_put(val, len, keys->b, keys->n * (size_t)TCP_FASTOPEN_KEY_LEN);
}
