/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPPROTO_IP. A value may come as an int or as one byte, and goes out as one byte where the program
 * offers less than an int (as on Linux).
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "transport/errq.h"
#include "transport/mcast_sockopt.h"
#include "transport/sockopt.h"

/* Newer than some C libraries' headers. */
#define OPT_BIND_ADDRESS_NO_PORT 24
#define OPT_RECVFRAGSIZE 25
#define OPT_RECVERR_RFC4884 26
#define OPT_LOCAL_PORT_RANGE 51
#define OPT_PROTOCOL 52
#define ECN_MASK 3

static uint32_t flag_of(int name)
{
	switch (name) {
	case IP_PKTINFO:
		return SEA_SOCK_PKTINFO;
	case IP_RECVTTL:
		return SEA_SOCK_RECVTTL;
	case IP_RECVTOS:
		return SEA_SOCK_RECVTOS;
	case IP_RECVERR:
		return SEA_SOCK_RECVERR;
	case IP_FREEBIND:
		return SEA_SOCK_FREEBIND;
	case IP_TRANSPARENT:
		return SEA_SOCK_TRANSPARENT;
	case IP_RECVORIGDSTADDR:
		return SEA_SOCK_RECVORIGDST;
	case OPT_BIND_ADDRESS_NO_PORT:
		return SEA_SOCK_BIND_NO_PORT;
	default:
		return 0;
	}
}

static uint32_t flag4_of(int name)
{
	switch (name) {
	case IP_RECVOPTS:
		return SEA_SOCK4_RECVOPTS;
	case IP_RETOPTS:
		return SEA_SOCK4_RETOPTS;
	case IP_PASSSEC:
		return SEA_SOCK4_PASSSEC;
	case IP_CHECKSUM:
		return SEA_SOCK4_CHECKSUM;
	case OPT_RECVFRAGSIZE:
		return SEA_SOCK4_FRAGSIZE;
	case OPT_RECVERR_RFC4884:
		return SEA_SOCK4_RFC4884;
	default:
		return 0;
	}
}

static int set_flag4(struct sea_sock *sock, int name, int v)
{
	uint32_t flag = flag4_of(name);
	struct sea_sock_more *more;

	if (name == OPT_RECVERR_RFC4884 && v != 0 && v != 1)
		return -EINVAL;
	if (name == OPT_RECVFRAGSIZE && sock->type == SOCK_STREAM)
		return -EINVAL;
	if (!(sock->more->flags4 & flag) == !v)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->flags4 = v ? more->flags4 | flag : more->flags4 & ~flag;
	return 0;
}

/* An int, or one byte; nothing at all is 0. False: an option that wants at least a byte got none. */
static bool read_value(int name, const void *val, socklen_t len, int *v)
{
	bool may_be_empty = name != IP_TTL && name != IP_MULTICAST_TTL && name != IP_FREEBIND &&
			    name != IP_TRANSPARENT && name != IP_MINTTL;

	*v = 0;
	if (len >= sizeof(*v))
		memcpy(v, val, sizeof(*v));
	else if (len)
		*v = *(const unsigned char *)val;
	return len || may_be_empty;
}

static int set_tos(struct sea_sock *sock, int v)
{
	if (sock->type == SOCK_STREAM)
		v = (v & ~ECN_MASK) | (sock->tos & ECN_MASK);
	sock->tos = (uint8_t)v;
	sock->priority = sea_ipv4_priority(sock->tos);
	return 0;
}

static int set_multicast_ttl(struct sea_sock *sock, int v)
{
	if (sock->type == SOCK_STREAM || v < -1 || v > 255)
		return -EINVAL;
	sock->mcast_ttl = v == -1 ? 1 : (uint8_t)v;
	return 0;
}

static int set_min_ttl(struct sea_sock *sock, int v)
{
	struct sea_sock_more *more;

	if (v < 0 || v > 255)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->min_ttl = (uint8_t)v;
	return 0;
}

static int set_value(struct sea_sock *sock, int name, int v)
{
	switch (name) {
	case IP_TOS:
		return set_tos(sock, v);
	case IP_TTL:
		if (v != -1 && (v < 1 || v > 255))
			return -EINVAL;
		sock->ttl = v == -1 ? 0 : (uint8_t)v;
		return 0;
	case IP_MTU_DISCOVER:
		if (v < SEA_PMTUDISC_DONT || v > SEA_PMTUDISC_OMIT)
			return -EINVAL;
		sock->mtu_discover = (uint8_t)v;
		return 0;
	case IP_MULTICAST_TTL:
		return set_multicast_ttl(sock, v);
	case IP_MINTTL:
		return set_min_ttl(sock, v);
	case IP_ROUTER_ALERT: /* of raw sockets */
		return -EINVAL;
	default:
		return -ENOPROTOOPT;
	}
}

/* -- those of exactly four bytes -- */

static int set_unicast_if(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_sock_more *more;
	int ifindex, err = sea_opt_get_unicast_if(sock, val, len, &ifindex);

	if (err)
		return err;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->oif = ifindex;
	return 0;
}

/* The lower bound in the lower half; 0 stands for the stack's. */
static int set_port_range(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_sock_more *more;
	uint32_t v;
	uint16_t low, high;

	if (len != sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	low = (uint16_t)v;
	high = (uint16_t)(v >> 16);
	if (low && high && low > high)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->port_low = low;
	more->port_high = high;
	return 0;
}

/* Behind the end of the options nothing is kept. */
static void copy_options(uint8_t *to, const uint8_t *from, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len && from[i] != SEA_IPV4_OPT_END; i += n) {
		n = from[i] == SEA_IPV4_OPT_NOP ? 1 : from[i + 1]; /* it was found to lie within */
		memcpy(to + i, from + i, n);
	}
}

/*
 * Options of everything that is sent. A source route, which Linux would send along, is refused: a route
 * is for routers to choose (RFC 7126 §4.3).
 */
static int set_options(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_sock_more *more;
	struct sea_ipv4_opts found;

	if (len > SEA_IPV4_OPTS_MAX || !sea_ipv4_options_parse(val, len, &found))
		return -EINVAL;
	if (found.source_route)
		return -EPERM;
	if (!len && sock->more == &sea_sock_plain)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	memset(more->ip_opts, SEA_IPV4_OPT_END, sizeof(more->ip_opts));
	copy_options(more->ip_opts, val, len);
	more->ip_opts_len = (uint8_t)((len + 3) & ~3u);
	return 0;
}

static int get_options(const struct sea_sock *sock, void *val, socklen_t *len)
{
	if (*len > sock->more->ip_opts_len)
		*len = sock->more->ip_opts_len;
	if (*len)
		memcpy(val, sock->more->ip_opts, *len);
	return 0;
}

int sea_ip_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	uint32_t flag = flag_of(name);
	int v, err;

	if (sea_mcast_setsockopt(sock, name, val, len, &err))
		return err;
	if (name == IP_UNICAST_IF)
		return set_unicast_if(sock, val, len);
	if (name == OPT_LOCAL_PORT_RANGE)
		return set_port_range(sock, val, len);
	if (!read_value(name, val, len, &v))
		return -EINVAL;
	if (name == IP_OPTIONS)
		return set_options(sock, val, len);
	if (flag4_of(name))
		return set_flag4(sock, name, v);
	if (!flag)
		return set_value(sock, name, v);
	if (v)
		sock->flags |= flag;
	else
		sock->flags &= ~flag;
	return 0;
}

static int put(void *val, socklen_t *len, int v)
{
	if (*len > 0 && *len < sizeof(v) && v >= 0 && v <= 255) {
		*(unsigned char *)val = (unsigned char)v;
		*len = 1;
		return 0;
	}
	return sea_opt_put_int(val, len, v);
}

static bool get_value(const struct sea_sock *sock, int name, int *v)
{
	switch (name) {
	case IP_TOS:
		*v = sock->tos;
		return true;
	case IP_TTL:
		*v = sock->ttl ? sock->ttl : sea_ipv4_of(sock->stack)->sysctl.ip_default_ttl;
		return true;
	case IP_MTU_DISCOVER:
		*v = sock->mtu_discover;
		return true;
	case IP_MULTICAST_TTL:
		*v = sock->mcast_ttl;
		return true;
	case IP_MINTTL:
		*v = sock->more->min_ttl;
		return true;
	case IP_UNICAST_IF:
		*v = (int)htonl((uint32_t)sock->more->oif);
		return true;
	case OPT_LOCAL_PORT_RANGE:
		*v = (int)((uint32_t)sock->more->port_high << 16 | sock->more->port_low);
		return true;
	case OPT_PROTOCOL: /* the number that a raw socket is found by; the others' is their port */
		*v = sock->lport;
		return true;
	case IP_HDRINCL:
	case IP_NODEFRAG:
	case IP_ROUTER_ALERT:
		*v = 0;
		return true;
	default:
		return false;
	}
}

int sea_ip_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len, uint32_t path_mtu)
{
	uint32_t flag = flag_of(name), flag4 = flag4_of(name);
	int v, err;

	if (sea_mcast_getsockopt(sock, name, val, len, &err))
		return err;
	if (flag || flag4)
		return put(val, len, (sock->flags & flag) || (sock->more->flags4 & flag4));
	if (get_value(sock, name, &v))
		return put(val, len, v);
	switch (name) {
	case IP_MTU:
		return path_mtu ? put(val, len, (int)path_mtu) : -ENOTCONN;
	case IP_OPTIONS:
		return get_options(sock, val, len);
	default:
		return -ENOPROTOOPT;
	}
}

/* -- either family's -- */

bool sea_net_level(const struct sea_sock *sock, int level)
{
	return level == IPPROTO_IP || (level == IPPROTO_IPV6 && sock->domain == SEA_AF_INET6);
}

int sea_net_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len,
		       uint32_t path_mtu)
{
	return level == IPPROTO_IP ? sea_ip_getsockopt(sock, name, val, len, path_mtu)
				   : sea_ipv6_getsockopt(sock, name, val, len, path_mtu);
}

int sea_net_setsockopt(struct sea_sock *sock, int level, int name, const void *val, socklen_t len)
{
	uint32_t recverr6;
	int err;

	if (level == IPPROTO_IP)
		err = sea_ip_setsockopt(sock, name, val, len);
	else
		err = sea_ipv6_setsockopt(sock, name, val, len);
	recverr6 = sock->more->flags6 & SEA_SOCK6_RECVERR;
	/* Who wants no more errors forgets those that wait. */
	if (!err &&
	    ((level == IPPROTO_IP && name == IP_RECVERR && !(sock->flags & SEA_SOCK_RECVERR)) ||
	     (level == IPPROTO_IPV6 && name == IPV6_RECVERR && !recverr6)))
		sea_errq_purge(sock);
	return err;
}
