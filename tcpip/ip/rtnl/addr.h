/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in rtnetlink(7)'s messages, between those files that show them and those that change them. */
#ifndef SEA_IP_RTNL_ADDR_H
#define SEA_IP_RTNL_ADDR_H

#include <linux/if_addr.h>

#include <seastack/config.h>

#include "ip/rtnl/rtnl.h"

/* IFA_PROTO, which is newer than some headers. */
#define SEA_RTNL_IFA_PROTO 11
#define SEA_RTNL_IFA_MAX 11

extern const struct sea_nl_policy sea_rtnl_addr_policy4[SEA_RTNL_IFA_MAX + 1];
extern const struct sea_nl_policy sea_rtnl_addr_policy6[SEA_RTNL_IFA_MAX + 1];

/* Of a dump, strictly or not: sea_nl_kind.start. The link that alone is asked for is put in arg[SEA_RTNL_ARG_IFINDEX]. */
#define SEA_RTNL_ARG_IFINDEX 1
int sea_rtnl_start_addr_dump(struct sea_nl_req *req, struct sea_nl_dump *d);

/* RTNLGRP_IPV4_IFADDR's and RTNLGRP_IPV6_IFADDR's news: the stack's addr_observer. */
void sea_rtnl_tell_addr(struct sea_stack *stack, const struct sea_ifaddr *a, bool gone);

/* -- addr4.c: sea_nl_kind.doit -- */

int sea_rtnl_new_addr4(struct sea_nl_req *req);
int sea_rtnl_del_addr4(struct sea_nl_req *req);

/* -- addr6.c: likewise -- */

int sea_rtnl_new_addr6(struct sea_nl_req *req);
int sea_rtnl_del_addr6(struct sea_nl_req *req);

#endif
