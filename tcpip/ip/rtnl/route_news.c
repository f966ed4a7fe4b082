/* SPDX-License-Identifier: Apache-2.0 */
/* RTNLGRP_IPV4_ROUTE's and RTNLGRP_IPV6_ROUTE's news: the stack's route_observer. */
#include "ip/rtnl/mroute.h"
#include "ip/rtnl/route.h"

#define ROOM 768u       /* for all but ways */
#define ROOM_OF_WAY 32u /* struct rtnexthop, a gateway */

static void write(struct sea_stack *stack, const struct sea_route_news *news, unsigned group,
		  const struct sea_nl_req *req, uint32_t room)
{
	uint8_t *bytes = sea_pool_alloc(&stack->shard.pool, room);
	struct sea_nl_out out = sea_nl_out_of(bytes, room);
	const struct sea_rtnl_msg m = { .port = req ? req->from_port : 0,
					.seq = req ? req->hdr.nlmsg_seq : 0,
					.type = news->gone ? RTM_DELROUTE : RTM_NEWROUTE,
					.flags = news->flags };

	if (!bytes) {
		sea_nl_lost(stack, NETLINK_ROUTE, group);
		return;
	}
	if (sea_rtnl_write_route_of(&out, &m, news->routes, news->node, news->node->table->id,
				    news->alone ? SEA_RTNL_ALONE | news->way : news->way))
		sea_nl_notify(stack, NETLINK_ROUTE, group, &out, req);
	sea_pool_free(&stack->shard.pool, bytes, room);
}

/* What follows from another request, as an address's routes do, is nobody's doing. */
static struct sea_nl_req *asked(const struct sea_stack *stack)
{
	struct sea_nl_req *req = sea_rtnl_req(stack);

	if (req && req->hdr.nlmsg_type != RTM_NEWROUTE && req->hdr.nlmsg_type != RTM_DELROUTE &&
	    req->hdr.nlmsg_type != RTM_NEWNEXTHOP)
		return NULL;
	return req;
}

void sea_rtnl_tell_route(struct sea_stack *stack, const struct sea_route_news *news)
{
	struct sea_nl_req *req = asked(stack);
	bool echo = req && req->hdr.nlmsg_flags & NLM_F_ECHO;
	unsigned group;

	if (news->mroute) {
		sea_rtnl_tell_mroute(stack, news->mroute, news->gone);
		return;
	}
	group = news->routes->family == SEA_AF_INET ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV6_ROUTE;
	if (!echo && !sea_nl_has_listeners(stack, NETLINK_ROUTE, group))
		return;
	write(stack, news, group, req, ROOM + news->node->info->n_ways * ROOM_OF_WAY);
}
