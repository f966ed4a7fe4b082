/* SPDX-License-Identifier: Apache-2.0 */
/* SIOCADDRT and SIOCDELRT, rtentry(7): a route of old, as one of rtnetlink's. */
#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>

#include "ip/ifaddr.h"
#include "ip/ipv4.h"
#include "ip/ipv4_module.h"
#include "ip/l3mdev.h"
#include "ip/route_hop.h"

#define MSS_TO_MTU 40u /* rt_mtu is a path's, what a route keeps is a segment's */

struct request {
	struct sea_stack *stack;
	const struct sea_ioctl *call;
	struct rtentry rt;
	struct sea_route route;
};

static bool is_del(const struct request *r)
{
	return r->call->request == SIOCDELRT;
}

static uint32_t addr_of(const struct sockaddr *sa)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

static struct sea_addr v4(uint32_t a)
{
	return sea_addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a);
}

/* -- where to -- */

static int read_mask(struct request *r, uint32_t dst)
{
	uint32_t mask = addr_of(&r->rt.rt_genmask);
	sa_family_t family = r->rt.rt_genmask.sa_family;

	if (family != AF_INET && (mask || family))
		return -EAFNOSUPPORT;
	if (dst & ~mask || ~mask & (~mask + 1))
		return -EINVAL;
	r->route.prefix_len = (uint8_t)(mask ? 32 - __builtin_ctz(mask) : 0);
	return 0;
}

static int read_dst(struct request *r)
{
	uint32_t dst = addr_of(&r->rt.rt_dst);

	if (r->rt.rt_dst.sa_family != AF_INET)
		return -EAFNOSUPPORT;
	r->route.dst = v4(dst);
	r->route.prefix_len = 32;
	return r->rt.rt_flags & RTF_HOST ? 0 : read_mask(r, dst);
}

/* -- by what -- */

/* "eth0:1" is the link, spoken through from the address of that label. */
static int read_label(struct request *r, const struct sea_link *link, const char *label)
{
	struct sea_list *node, *tmp;

	if (!link->ip4)
		return -ENODEV;
	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		const struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		if (strcmp(sea_ifaddr4_label(a), label) != 0)
			continue;
		r->route.prefsrc = v4(sea_be32_get(a->local));
		return 0;
	}
	return -ENODEV;
}

static int read_device(struct request *r)
{
	struct sea_link *link;
	struct ifreq ifr = { 0 };

	if (!r->call->data)
		return 0;
	if (r->call->data_len < sizeof(ifr.ifr_name) - 1)
		return -EFAULT;
	memcpy(ifr.ifr_name, r->call->data, sizeof(ifr.ifr_name) - 1);
	link = sea_link_of_ifreq(r->stack, &ifr);
	if (!link)
		return -ENODEV;
	r->route.ifindex = link->ifindex;
	r->route.table = sea_l3mdev_table_of(link, 0);
	return strchr(ifr.ifr_name, ':') ? read_label(r, link, ifr.ifr_name) : 0;
}

/* One of our own addresses may stand for the link that has it. */
static void read_gateway(struct request *r)
{
	uint32_t gateway = addr_of(&r->rt.rt_gateway);

	if (r->rt.rt_gateway.sa_family != AF_INET || !gateway)
		return;
	r->route.gateway = v4(gateway);
	if (r->rt.rt_flags & RTF_GATEWAY &&
	    sea_ipv4_addr_type(r->stack, sea_be32_of(gateway), 0) == SEA_ROUTE_UNICAST)
		r->route.scope = SEA_SCOPE_GLOBAL;
}

/* -- what it says of paths -- */

/* First round trips are told by no route of ours, by netlink no more than here. */
static int read_metrics(struct request *r)
{
	if (r->rt.rt_flags & RTF_MTU)
		r->route.metrics.advmss = (uint32_t)r->rt.rt_mtu - MSS_TO_MTU;
	if (r->rt.rt_flags & RTF_WINDOW)
		r->route.metrics.window = (uint32_t)r->rt.rt_window;
	return r->rt.rt_flags & RTF_IRTT && r->rt.rt_irtt ? -EOPNOTSUPP : 0;
}

/* -- all -- */

static int read_way(struct request *r)
{
	int err = read_device(r);

	if (err)
		return err;
	read_gateway(r);
	if (!r->route.table)
		r->route.table = SEA_TABLE_MAIN;
	if (is_del(r))
		return 0;
	if (r->rt.rt_flags & RTF_GATEWAY && !r->route.gateway.family)
		return -EINVAL;
	if (r->route.scope == SEA_SCOPE_NOWHERE)
		r->route.scope = SEA_SCOPE_LINK;
	return read_metrics(r);
}

static int read_route(struct request *r)
{
	int err = read_dst(r);

	if (err)
		return err;
	r->route.protocol = is_del(r) ? 0 : RTPROT_BOOT;
	r->route.metric = r->rt.rt_metric ? (uint32_t)(r->rt.rt_metric - 1) : 0;
	if (r->rt.rt_flags & RTF_REJECT) {
		r->route.scope = SEA_SCOPE_HOST;
		r->route.type = SEA_ROUTE_UNREACHABLE;
		return 0;
	}
	r->route.scope = SEA_SCOPE_NOWHERE;
	r->route.type = SEA_ROUTE_UNICAST;
	return read_way(r);
}

int sea_ipv4_ioctl_route(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct sea_routes *routes = sea_routes_of(stack, SEA_AF_INET);
	struct request r = { .stack = stack, .call = call, .route = { .size = sizeof(r.route) } };
	int err = sea_ioctl_read(call, &r.rt, sizeof(r.rt));

	if (!err)
		err = read_route(&r);
	if (err)
		return err;
	return is_del(&r) ? sea_routes_del(routes, &r.route)
			  : sea_routes_change(routes, &r.route, SEA_NLM_F_CREATE);
}
