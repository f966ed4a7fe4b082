/* SPDX-License-Identifier: Apache-2.0 */
/* Local addresses of sockets, with Linux's rules for IPv4, IPv6 and both. */
#include "transport/bind.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "transport/flow_lease.h"

#define REFLECT_ESTABLISHED 1 /* net.ipv6.flowlabel_reflect */

static bool is_zero(const uint8_t addr[16])
{
	static const uint8_t zero[16];

	return memcmp(addr, zero, sizeof(zero)) == 0;
}

/* -- may it be had -- */

static bool insists(const struct sea_sock *sock, uint8_t family)
{
	if (sock->flags & (SEA_SOCK_FREEBIND | SEA_SOCK_TRANSPARENT))
		return true;
	return family == SEA_AF_INET ? sea_ipv4_of(sock->stack)->sysctl.ip_nonlocal_bind
				     : sea_ipv6_of(sock->stack)->sysctl.ip_nonlocal_bind;
}

static int check_local(const struct sea_sock *sock, const struct sea_endpoint *local, bool *no_src)
{
	struct sea_stack *stack = sock->stack;
	struct sea_ipaddr addr;
	uint8_t type;

	memcpy(addr.b, local->addr, sizeof(addr.b));
	type = sea_ip_ops_of(stack, local->family)->addr_type(stack, &addr, sock->bound_ifindex);
	*no_src = type == SEA_ROUTE_BROADCAST || type == SEA_ROUTE_MULTICAST;
	if (type == SEA_ROUTE_LOCAL || *no_src || insists(sock, local->family))
		return 0;
	return -EADDRNOTAVAIL;
}

static bool link_is_gone(const struct sea_sock *sock)
{
	return sock->bound_ifindex && !sea_link_by_index(sock->stack, sock->bound_ifindex);
}

/* A group may be had by anybody; every other address by its link, where the socket has one. */
static int check6(struct sea_sock *sock, const struct sea_endpoint *local, bool *no_src)
{
	int err = sea_sock_take_scope(sock, local, SEA_SOCKADDR_BIND);

	if (err)
		return err;
	if (link_is_gone(sock))
		return -ENODEV;
	*no_src = local->addr[0] == 0xff;
	return *no_src ? 0 : check_local(sock, local, no_src);
}

int sea_bind_check(struct sea_sock *sock, const struct sea_endpoint *local, bool *no_src)
{
	*no_src = false;
	if (!sea_ip_ops_of(sock->stack, local->family))
		return -EADDRNOTAVAIL;
	if (local->family == SEA_AF_INET && sock->domain == SEA_AF_INET6 && link_is_gone(sock))
		return -ENODEV;
	if (sea_endpoint_is_any(local))
		return 0;
	return local->family == SEA_AF_INET ? check_local(sock, local, no_src)
					    : check6(sock, local, no_src);
}

/* -- having it -- */

int sea_sock_init_in6(struct sea_sock *sock)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(sock->stack);
	struct sea_sock_more *more;

	if (sock->domain != SEA_AF_INET6)
		return 0;
	if (ip->sysctl.bindv6only)
		sock->flags |= SEA_SOCK_V6ONLY;
	if (!(ip->sysctl.flowlabel_reflect & REFLECT_ESTABLISHED))
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->flags6 |= SEA_SOCK6_REPFLOW;
	return 0;
}

void sea_sock_take_local(struct sea_sock *sock, const struct sea_endpoint *local)
{
	memcpy(sock->laddr, local->addr, sizeof(sock->laddr));
	sock->family = local->family;
	if (local->family != SEA_AF_INET6)
		return;
	if (!sea_endpoint_is_any(local))
		sock->flags |= SEA_SOCK_V6ONLY;
	else if (!(sock->flags & SEA_SOCK_V6ONLY))
		sock->family = 0;
}

void sea_sock_forget_local(struct sea_sock *sock)
{
	memset(sock->laddr, 0, sizeof(sock->laddr));
	sock->family = sock->domain == SEA_AF_INET ? SEA_AF_INET : 0;
}

int sea_sock_take_scope(struct sea_sock *sock, const struct sea_endpoint *ep,
			enum sea_sockaddr_use use)
{
	int scope = (int)ep->scope_id;

	if (!sea_endpoint_needs_scope(ep))
		return 0;
	if (scope && use == SEA_SOCKADDR_CONNECT && sock->bound_ifindex &&
	    sock->bound_ifindex != scope)
		return -EINVAL;
	if (scope)
		sock->bound_ifindex =
			scope; /* and so it stays, whatever comes of it, as on Linux */
	return sock->bound_ifindex ? 0 : -EINVAL;
}

int sea_sock_take_flowinfo(struct sea_sock *sock, const struct sea_endpoint *peer)
{
	const struct sea_flow_label *lease;
	struct sea_sock_more *more;

	if (sea_flow_lease_use(sock, peer->flowinfo & SEA_IPV6_FLOW_LABEL, &lease))
		return -EINVAL;
	if (peer->family == SEA_AF_INET || sock->more->flowinfo == peer->flowinfo)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->flowinfo = peer->flowinfo;
	return 0;
}

/* -- conflicts -- */

bool sea_claims_meet(const struct sea_claim *a, const struct sea_claim *b)
{
	if (a->family && b->family && a->family != b->family)
		return false;
	return is_zero(a->addr) || is_zero(b->addr) || memcmp(a->addr, b->addr, 16) == 0;
}
