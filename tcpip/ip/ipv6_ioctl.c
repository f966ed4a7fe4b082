/* SPDX-License-Identifier: Apache-2.0 */
/* ipv6(7): addresses and routes by ioctls of AF_INET6's sockets, each as netlink's. */
#include <errno.h>
#include <string.h>

#include <net/route.h>
#include <netinet/in.h>

#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include "core/sock.h"
#include "ip/ifaddr6.h"
#include "ip/ipv6.h"
#include "ip/ipv6_module.h"
#include "ip/l3mdev.h"
#include "ip/route_hop.h"

/* -- addresses -- */

static int change_addr(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct sea_ifaddr a = { .size = sizeof(a), .local = { .family = SEA_AF_INET6 } };
	bool gone = call->request == SIOCDIFADDR;
	struct in6_ifreq ifr;
	struct sea_link *link;
	int err = sea_ioctl_read(call, &ifr, sizeof(ifr));

	if (err)
		return err;
	if (gone && ifr.ifr6_prefixlen > 128)
		return -EINVAL;
	link = sea_link_by_index(stack, ifr.ifr6_ifindex);
	if (!link || !link->ip6)
		return -ENODEV;
	if (ifr.ifr6_prefixlen > 128)
		return -EINVAL;
	a.ifindex = ifr.ifr6_ifindex;
	a.prefix_len = (uint8_t)ifr.ifr6_prefixlen;
	memcpy(a.local.b, &ifr.ifr6_addr, sizeof(a.local.b));
	return gone ? sea_ifaddr6_del(stack, link, &a) : sea_ifaddr6_add(stack, link, &a);
}

/* -- routes -- */

#define PREF_SHIFT 27
#define EXPIRES 0x400000u /* RTF_EXPIRES, which only the kernel's header has */
#define CACHE 0x1000000u  /* RTF_CACHE, likewise */
#define TICKS_PER_S 100u

static struct sea_addr v6(const struct in6_addr *addr)
{
	struct sea_addr a = { .family = SEA_AF_INET6 };

	memcpy(a.b, addr, sizeof(*addr));
	return a;
}

/* What lies beyond the prefix does not count. */
static struct sea_addr prefix_of(const struct in6_addr *addr, uint16_t len)
{
	struct sea_addr a = v6(addr);

	if (len % 8 && len < 128)
		a.b[len / 8] &= (uint8_t)(0xff00 >> len % 8);
	for (unsigned i = (len + 7u) / 8; i < 16; i++)
		a.b[i] = 0;
	return a;
}

static void read_flags(uint32_t flags, const struct in6_rtmsg *rt, struct sea_route *r)
{
	if (flags & RTF_GATEWAY)
		r->gateway = v6(&rt->rtmsg_gateway);
	/* The same bit as RTF_HOST, by Linux's accident: such a gateway is taken to be there. */
	r->flags = flags & SEA_RTNH_F_ONLINK;
	r->pref = (enum sea_route_pref)(flags >> PREF_SHIFT & 3);
	if (flags & EXPIRES)
		r->expires_s = (uint32_t)(rt->rtmsg_info / TICKS_PER_S);
}

/* -ERANGE: there is no such prefix. */
static int describe(struct sea_stack *stack, const struct in6_rtmsg *rt, struct sea_route *r)
{
	struct sea_link *link = sea_link_by_index(stack, rt->rtmsg_ifindex);

	if (rt->rtmsg_dst_len > 128 || rt->rtmsg_src_len > 128)
		return -ERANGE;
	*r = (struct sea_route){ .size = sizeof(*r),
				 .dst = prefix_of(&rt->rtmsg_dst, rt->rtmsg_dst_len),
				 .prefix_len = (uint8_t)rt->rtmsg_dst_len,
				 .src_len = (uint8_t)rt->rtmsg_src_len,
				 .type = (enum sea_route_type)rt->rtmsg_type,
				 .table = sea_l3mdev_table_of(link, SEA_TABLE_MAIN),
				 .metric = rt->rtmsg_metric,
				 .ifindex = rt->rtmsg_ifindex };
	if (r->src_len)
		r->src = prefix_of(&rt->rtmsg_src, rt->rtmsg_src_len);
	read_flags(rt->rtmsg_flags, rt, r);
	return 0;
}

static int add_route(struct sea_routes *routes, struct sea_route *r, uint32_t flags)
{
	r->protocol = RTPROT_BOOT;
	if (!r->type)
		r->type = flags & RTF_REJECT ? SEA_ROUTE_UNREACHABLE : SEA_ROUTE_UNICAST;
	return sea_routes_change(routes, r, SEA_NLM_F_CREATE);
}

/* What was learned of the way to one host goes; nobody says whether there was any of it. */
static int forget(struct sea_stack *stack, const struct in6_rtmsg *rt)
{
	struct sea_ipaddr dst;

	memcpy(dst.b, &rt->rtmsg_dst, sizeof(dst.b));
	sea_pmtu_forget(&sea_ipv6_of(stack)->pmtu, &dst);
	return 0;
}

static int change_route(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct sea_routes *routes = sea_routes_of(stack, SEA_AF_INET6);
	struct in6_rtmsg rt;
	struct sea_route r;
	int err = sea_ioctl_read(call, &rt, sizeof(rt));

	if (err)
		return err;
	if (call->request == SIOCDELRT && rt.rtmsg_flags & CACHE)
		return forget(stack, &rt);
	err = describe(stack, &rt, &r);
	if (call->request == SIOCDELRT)
		return err ? -ESRCH : sea_routes_del(routes, &r);
	return err || rt.rtmsg_type > RTN_MAX ? -EINVAL : add_route(routes, &r, rt.rtmsg_flags);
}

static int serve(struct sea_sock *sock, struct sea_ioctl *call)
{
	if (sock->domain != AF_INET6)
		return -ENOTTY;
	switch (call->request) {
	case SIOCSIFADDR:
	case SIOCDIFADDR:
		return change_addr(sock->stack, call);
	case SIOCSIFDSTADDR: /* for tunnels of sit's, of which there are none: it is not even read */
		return -ENODEV;
	case SIOCADDRT:
	case SIOCDELRT:
		return change_route(sock->stack, call);
	default:
		return -ENOTTY;
	}
}

const struct sea_ioctl_ops sea_ipv6_ioctl_ops = {
	.serve = serve,
};
