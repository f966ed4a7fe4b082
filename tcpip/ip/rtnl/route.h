/* SPDX-License-Identifier: Apache-2.0 */
/* Routes in rtnetlink(7)'s messages, between those files that show them and those that change them. */
#ifndef SEA_IP_RTNL_ROUTE_H
#define SEA_IP_RTNL_ROUTE_H

#include <linux/rtnetlink.h>

#include "ip/route_info.h"
#include "ip/rtnl/rtnl.h"

/* RTA_FLOWLABEL, the last of Linux 6.18: newer than some headers. */
#define SEA_RTNL_RTA_FLOWLABEL 31
#define SEA_RTNL_RTA_MAX 31

extern const struct sea_nl_policy sea_rtnl_route_policy4[SEA_RTNL_RTA_MAX + 1];
extern const struct sea_nl_policy sea_rtnl_route_policy6[SEA_RTNL_RTA_MAX + 1];

/* The message that a route is shown in. */
struct sea_rtnl_msg {
	uint32_t port, seq;
	uint16_t type, flags;
	uint32_t iif; /* it is the way of what comes in there; 0: nobody asked for that */
};

/* False: there was no room. */
bool sea_rtnl_write_route(struct sea_nl_out *out, const struct sea_rtnl_msg *m,
			  const struct sea_routes *r, const struct sea_route_node *node);
#define SEA_RTNL_ALONE 0x10000u /* and no other */
/* As if it were in that table, with this way first and the others behind it in turn. */
bool sea_rtnl_write_route_of(struct sea_nl_out *out, const struct sea_rtnl_msg *m,
			     const struct sea_routes *r, const struct sea_route_node *node,
			     uint32_t table, unsigned first_way);
void sea_rtnl_put_metrics(struct sea_nl_out *out, const struct sea_route_metrics *metrics);

/* -- route_dump.c: sea_nl_kind's -- */

int sea_rtnl_start_routes(struct sea_nl_req *req, struct sea_nl_dump *d);
int sea_rtnl_dump_routes(struct sea_nl_dump *d, struct sea_nl_out *out);

/* -- route_get.c: sea_nl_kind.doit -- */

int sea_rtnl_get_route4(struct sea_nl_req *req);
int sea_rtnl_get_route6(struct sea_nl_req *req);

/* -- route_change.c: likewise -- */

/* LWTUNNEL_ENCAP_*, of whose kinds none is known. -errno, and why. */
int sea_rtnl_check_encap(struct sea_nl_extack *extack, const struct sea_nl_attr *type);

int sea_rtnl_new_route4(struct sea_nl_req *req);
int sea_rtnl_del_route4(struct sea_nl_req *req);
int sea_rtnl_new_route6(struct sea_nl_req *req);
int sea_rtnl_del_route6(struct sea_nl_req *req);

/* The stack's route_observer. */
void sea_rtnl_tell_route(struct sea_stack *stack, const struct sea_route_news *news);

extern const struct sea_nl_kind sea_rtnl_route_kinds[];
extern const unsigned sea_rtnl_route_kinds_n;

#endif
