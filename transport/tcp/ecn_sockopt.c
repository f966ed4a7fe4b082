/* SPDX-License-Identifier: Apache-2.0 */
/* What options tell of ECN and of who goes by marks. */
#include "transport/sockopt.h"

#include <netinet/in.h>

#include "transport/tcp/ecn.h"
#include "transport/tcp/model.h"

bool sea_tcp_ecn_get_class(const struct tcp_conn *c, int level, int name, int *v)
{
	if (!c->node.ecn)
		return false;
	if (level == IPPROTO_IP && name == IP_TOS)
		*v = c->sock.tos;
	else if (level == IPPROTO_IPV6 && name == IPV6_TCLASS && c->sock.domain == SEA_AF_INET6)
		*v = c->sock.more->tclass;
	else
		return false;
	*v |= tcp_ecn_last_field(c);
	return true;
}

int sea_tcp_get_cc_info(const struct tcp_conn *c, void *val, socklen_t *len)
{
	const struct tcp_cc_marks m = { .delivered = (uint32_t)c->delivered,
					.delivered_ce = c->side->ecn.delivered_ce };
	struct tcp_cc_info info;
	uint8_t bytes[TCP_CC_INFO_MAX];

	if (c->cc.ops->model && c->cc.model)
		return sea_opt_put(val, len, bytes,
				   c->cc.ops->model->info(&c->cc, c->mss_cache, bytes));
	if (!c->cc.ops->info) {
		*len = 0;
		return 0;
	}
	c->cc.ops->info(&c->cc, &m, &info);
	info.ce_state = (c->node.ecn & TCP_ECN_CE_STATE) != 0;
	info.bytes *= c->mss_cache;
	info.bytes_marked *= c->mss_cache;
	return sea_opt_put(val, len, &info, sizeof(info));
}
