/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the routers' groups the link joined is kept: a socket's membership is another one. */
#include "ip/own_groups6.h"

#include "ip/ifaddr6.h"

static const struct sea_ipaddr all_nodes[] = {
	{ { 0xff, 0x01, [15] = 1 } },
	{ { 0xff, 0x02, [15] = 1 } },
};

/* The link's first. */
static const struct sea_ipaddr all_routers[] = {
	{ { 0xff, 0x02, [15] = 2 } },
	{ { 0xff, 0x01, [15] = 2 } },
	{ { 0xff, 0x05, [15] = 2 } },
};

#define ALL_NODES (sizeof(all_nodes) / sizeof(all_nodes[0]))
#define ALL_ROUTERS (sizeof(all_routers) / sizeof(all_routers[0]))

static int join_router(struct sea_link_ip6 *ip6, unsigned i)
{
	int err = sea_group_join(&ip6->groups, &all_routers[i]);

	if (!err)
		ip6->router_groups |= (uint8_t)(1u << i);
	return err;
}

static int join_routers(struct sea_link_ip6 *ip6)
{
	int err = 0;

	for (unsigned i = 0; i < ALL_ROUTERS && !err; i++)
		err = join_router(ip6, i);
	return err;
}

static void leave_routers(struct sea_link_ip6 *ip6)
{
	for (unsigned i = 0; i < ALL_ROUTERS; i++) {
		if (ip6->router_groups & 1u << i)
			sea_group_leave(&ip6->groups, &all_routers[i]);
	}
	ip6->router_groups = 0;
}

static bool may_route(const struct sea_link *link)
{
	return link->type != SEA_LINK_LOOPBACK;
}

int sea_own_groups6_join(struct sea_link *link)
{
	struct sea_link_ip6 *ip6 = sea_link_ip6(link);
	int err = 0;

	for (unsigned i = 0; i < ALL_NODES && !err; i++)
		err = sea_group_join(&ip6->groups, &all_nodes[i]);
	if (!err && ip6->conf.forwarding && may_route(link))
		err = join_router(ip6, 0);
	return err;
}

int sea_own_groups6_forward(struct sea_link *link, bool on)
{
	struct sea_link_ip6 *ip6 = sea_link_ip6(link);

	if (!on)
		leave_routers(ip6);
	else if (may_route(link) && !ip6->router_groups)
		return join_routers(ip6);
	return 0;
}
