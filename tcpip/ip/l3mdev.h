/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual routing domains (VRF): a master link (SEA_LINK_VRF) has a table of its own, and its member
 * links route by it. A rule of action LOOKUP with `l3mdev` brings flows there.
 */
#ifndef SEA_IP_L3MDEV_H
#define SEA_IP_L3MDEV_H

#include "core/link.h"
#include "core/stack.h"
#include "ip/route.h"

/* The VRF that this link is or is a member of, or NULL. */
static inline struct sea_link *sea_l3mdev_of(struct sea_link *link)
{
	if (!link)
		return NULL;
	if (link->type == SEA_LINK_VRF)
		return link;
	return link->master && link->master->type == SEA_LINK_VRF ? link->master : NULL;
}

/* Where routes of this link belong that are in `table` where it is in no VRF. */
static inline uint32_t sea_l3mdev_table_of(struct sea_link *link, uint32_t table)
{
	const struct sea_link *vrf = sea_l3mdev_of(link);

	return vrf ? vrf->vrf_table : table;
}

static inline bool sea_l3mdev_is_master(struct sea_stack *stack, int ifindex)
{
	const struct sea_link *link;

	if (!ifindex || !stack->n_vrfs)
		return false;
	link = sea_link_by_index(stack, ifindex);
	return link && link->type == SEA_LINK_VRF;
}

/*
 * May a socket that is bound to the link `bound` (0: to none) hear what came in by another? `accept`:
 * net.ipv4.*_l3mdev_accept, without which a socket that is bound to none hears nothing of VRFs.
 */
bool sea_l3mdev_hears(struct sea_stack *stack, int bound, int ifindex, bool accept);
/* What is answered to what came in by this link goes out in its VRF: its index, or 0. */
int sea_l3mdev_of_index(struct sea_stack *stack, int ifindex);
/* The index of the VRF that a flow is in, or 0: by where it is to go out, else by where it came in. */
int sea_l3mdev_index(struct sea_stack *stack, const struct sea_flow *flow);
/* That VRF's table, or 0. */
uint32_t sea_l3mdev_table(struct sea_stack *stack, const struct sea_flow *flow);
/* Where the addresses of this link (0: of links in no VRF) are found as local. */
const struct sea_route_table *sea_l3mdev_local_table(const struct sea_routes *r, int ifindex);

#endif
