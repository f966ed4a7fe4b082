/* SPDX-License-Identifier: Apache-2.0 */
/* TCP_CONGESTION: which congestion control a connection has. */
#include "transport/tcp/cc_sockopt.h"

#include <errno.h>
#include <string.h>

#include "transport/sockopt.h"
#include "transport/tcp/ecn.h"
#include "transport/tcp/model.h"
#include "transport/tcp/pacing.h"

int sea_tcp_set_congestion(struct tcp_conn *c, const void *val, socklen_t len)
{
	char name[TCP_CC_NAME_MAX] = "";
	const struct tcp_cc_ops *ops;

	if (len < 1)
		return -EINVAL;
	memcpy(name, val, len < sizeof(name) - 1 ? len : sizeof(name) - 1);
	ops = sea_tcp_cc_find(name);
	if (!ops)
		return -ENOENT;
	if (ops == c->cc.ops)
		return 0;
	sea_tcp_model_free(c);
	if (c->state == TCP_S_CLOSED || c->state == TCP_S_LISTEN) {
		sea_tcp_cc_init(&c->cc, ops, tcp_now(c));
		return 0;
	}
	sea_tcp_cc_switch(&c->cc, ops, tcp_now(c));
	if (tcp_in(c, TCP_SYNCHRONIZED))
		sea_tcp_ecn_settle_cc(c);
	sea_tcp_model_begin(c);
	return 0;
}

int sea_tcp_get_congestion(const struct tcp_conn *c, void *val, socklen_t *len)
{
	char name[TCP_CC_NAME_MAX] = "";

	memcpy(name, c->cc.ops->name, strnlen(c->cc.ops->name, sizeof(name) - 1));
	return sea_opt_put(val, len, name, sizeof(name));
}
