/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours in rtnetlink(7)'s messages, between those files that show them and those that change them. */
#ifndef SEA_IP_RTNL_NEIGH_H
#define SEA_IP_RTNL_NEIGH_H

#include <linux/neighbour.h>

#include "ip/rtnl/rtnl.h"

struct sea_neigh;
struct sea_neigh_proxy;
struct sea_neigh_table;

extern const struct sea_nl_policy sea_rtnl_neigh_policy[NDA_MAX + 1];

/* The table of a family; NULL: there is none. */
struct sea_neigh_table *sea_rtnl_neighs_of(const struct sea_stack *stack, uint8_t family);
/* The message that a neighbour is shown in. */
struct sea_rtnl_neigh_msg {
	uint32_t port, seq;
	uint16_t type, flags;
};

/* False: there was no room. */
bool sea_rtnl_write_neigh(struct sea_nl_out *out, const struct sea_rtnl_neigh_msg *m,
			  const struct sea_neigh *n);
bool sea_rtnl_write_proxy(struct sea_nl_out *out, const struct sea_rtnl_neigh_msg *m,
			  uint8_t family, const struct sea_neigh_proxy *p);

/* -- neigh_get.c: sea_nl_kind.doit -- */

int sea_rtnl_get_neigh(struct sea_nl_req *req);

/* -- neigh_change.c: likewise -- */

int sea_rtnl_new_neigh(struct sea_nl_req *req);
int sea_rtnl_del_neigh(struct sea_nl_req *req);

/* -- neightbl.c, neightbl_set.c -- */

/* What the table of a family is called. */
const char *sea_rtnl_neightbl_name(uint8_t family);
/* sea_nl_kind.doit */
int sea_rtnl_set_neightbl(struct sea_nl_req *req);

/* The stack's neigh_observer. */
void sea_rtnl_tell_neigh(struct sea_stack *stack, const struct sea_neigh *n, bool gone);

extern const struct sea_nl_kind sea_rtnl_neigh_kinds[];
extern const unsigned sea_rtnl_neigh_kinds_n;
extern const struct sea_nl_kind sea_rtnl_neightbl_kinds[];
extern const unsigned sea_rtnl_neightbl_kinds_n;

#endif
