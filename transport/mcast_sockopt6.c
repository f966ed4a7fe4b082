/* SPDX-License-Identifier: Apache-2.0 */
/* The multicast options of IPPROTO_IPV6 (RFC 3493 §5.2), with Linux's sizes and errors. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "transport/anycast.h"
#include "transport/mcast_sockopt.h"
#include "transport/sockopt.h"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

static int membership(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	struct sea_mcast_name group = { .family = SEA_AF_INET6 };
	struct ipv6_mreq mreq;

	if (len < sizeof(mreq))
		return -EINVAL;
	if (sock->type == SOCK_STREAM)
		return -EPROTO;
	memcpy(&mreq, val, sizeof(mreq));
	memcpy(group.group.b, &mreq.ipv6mr_multiaddr, sizeof(group.group.b));
	group.ifindex = (int)mreq.ipv6mr_interface;
	if (name == IPV6_JOIN_GROUP)
		return sea_mcast_join(sock, &group, SEA_GROUP_EXCLUDE);
	return sea_mcast_leave(sock, &group);
}

/* Of any type of socket, unlike groups. */
static int anycast(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	struct sea_ipaddr addr;
	struct ipv6_mreq mreq;

	if (len < sizeof(mreq))
		return -EINVAL;
	memcpy(&mreq, val, sizeof(mreq));
	memcpy(addr.b, &mreq.ipv6mr_multiaddr, sizeof(addr.b));
	if (name == IPV6_JOIN_ANYCAST)
		return sea_anycast_join(sock, &addr, (int)mreq.ipv6mr_interface);
	return sea_anycast_leave(sock, &addr, (int)mreq.ipv6mr_interface);
}

static int set_interface(struct sea_sock *sock, int ifindex)
{
	struct sea_sock_more *more;

	if (ifindex && sock->bound_ifindex && sock->bound_ifindex != ifindex)
		return -EINVAL;
	if (ifindex && !sea_link_by_index(sock->stack, ifindex))
		return -ENODEV;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->mcast.oif6 = ifindex;
	return 0;
}

static int set_hops(struct sea_sock *sock, int hops)
{
	struct sea_sock_more *more;

	if (hops < -1 || hops > 255)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->mcast_hops = (int16_t)(hops < 0 ? 1 : hops);
	return 0;
}

static int set_int(struct sea_sock *sock, int name, int v)
{
	switch (name) {
	case IPV6_MULTICAST_IF:
		return set_interface(sock, v);
	case IPV6_MULTICAST_HOPS:
		return set_hops(sock, v);
	case IPV6_MULTICAST_LOOP:
		return v != 0 && v != 1 ? -EINVAL : sea_mcast_set_flag(sock, SEA_MCAST_NO_LOOP6, v);
	default:
		return sea_mcast_set_flag(sock, SEA_MCAST_NO_ALL6, v);
	}
}

bool sea_mcast_setsockopt6(struct sea_sock *sock, int name, const void *val, socklen_t len,
			   int *err)
{
	int v = 0;

	switch (name) {
	case IPV6_JOIN_GROUP:
	case IPV6_LEAVE_GROUP:
		*err = membership(sock, name, val, len);
		return true;
	case IPV6_JOIN_ANYCAST:
	case IPV6_LEAVE_ANYCAST:
		*err = anycast(sock, name, val, len);
		return true;
	case IPV6_MULTICAST_IF:
	case IPV6_MULTICAST_HOPS:
	case IPV6_MULTICAST_LOOP:
	case IPV6_MULTICAST_ALL:
		*err = sock->type == SOCK_STREAM &&
				       (name == IPV6_MULTICAST_IF || name == IPV6_MULTICAST_HOPS)
			       ? -ENOPROTOOPT
			       : sea_opt_get_int(val, len, &v);
		if (!*err)
			*err = set_int(sock, name, v);
		return true;
	default:
		return sea_mcast_set_neutral(sock, SEA_AF_INET6, name, val, len, err);
	}
}

bool sea_mcast_getsockopt6(struct sea_sock *sock, int name, void *val, socklen_t *len, int *err)
{
	const struct sea_sock_more *more = sock->more;

	switch (name) {
	case IPV6_MULTICAST_IF:
		*err = sea_opt_put_int(val, len, more->mcast.oif6);
		return true;
	case IPV6_MULTICAST_HOPS:
		*err = sea_opt_put_int(val, len, more->mcast_hops);
		return true;
	case IPV6_MULTICAST_LOOP:
		*err = sea_opt_put_int(val, len, !(more->mcast.off & SEA_MCAST_NO_LOOP6));
		return true;
	case IPV6_MULTICAST_ALL:
		*err = sea_opt_put_int(val, len, !(more->mcast.off & SEA_MCAST_NO_ALL6));
		return true;
	case MCAST_MSFILTER:
		*err = sea_mcast_get_neutral(sock, SEA_AF_INET6, val, len);
		return true;
	default:
		return false;
	}
}
