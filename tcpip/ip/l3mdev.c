/* SPDX-License-Identifier: Apache-2.0 */
/* Which VRF a flow is in, and its table. */
#include "ip/l3mdev.h"

#include "ip/route_info.h"

int sea_l3mdev_of_index(struct sea_stack *stack, int ifindex)
{
	const struct sea_link *vrf;

	if (!stack->n_vrfs || !ifindex)
		return 0;
	vrf = sea_l3mdev_of(sea_link_by_index(stack, ifindex));
	return vrf ? vrf->ifindex : 0;
}

bool sea_l3mdev_hears(struct sea_stack *stack, int bound, int ifindex, bool accept)
{
	int vrf = sea_l3mdev_of_index(stack, ifindex);

	if (!bound)
		return !vrf || accept;
	return bound == ifindex || (vrf && bound == vrf);
}

int sea_l3mdev_index(struct sea_stack *stack, const struct sea_flow *flow)
{
	struct sea_link *vrf;

	if (!stack->n_vrfs)
		return 0;
	if (flow->l3mdev)
		return flow->l3mdev;
	vrf = flow->oif ? sea_l3mdev_of(sea_link_by_index(stack, flow->oif)) : NULL;
	if (!vrf && flow->iif)
		vrf = sea_l3mdev_of(sea_link_by_index(stack, flow->iif));
	return vrf ? vrf->ifindex : 0;
}

uint32_t sea_l3mdev_table(struct sea_stack *stack, const struct sea_flow *flow)
{
	int ifindex = sea_l3mdev_index(stack, flow);
	const struct sea_link *vrf = ifindex ? sea_link_by_index(stack, ifindex) : NULL;

	return vrf ? vrf->vrf_table : 0;
}

const struct sea_route_table *sea_l3mdev_local_table(const struct sea_routes *r, int ifindex)
{
	struct sea_link *vrf;

	if (!ifindex || !r->stack->n_vrfs)
		return r->local;
	vrf = sea_l3mdev_of(sea_link_by_index(r->stack, ifindex));
	return vrf ? sea_route_table_find(r, vrf->vrf_table) : r->local;
}
