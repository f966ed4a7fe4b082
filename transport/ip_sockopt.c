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
#include "transport/mcast_sockopt.h"
#include "transport/sockopt.h"

#define OPT_BIND_ADDRESS_NO_PORT 24
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

/* An int, or one byte; nothing at all is 0. False: an option that wants at least a byte got none. */
static bool read_value(int name, const void *val, socklen_t len, int *v)
{
	bool may_be_empty = name != IP_TTL && name != IP_MULTICAST_TTL && name != IP_FREEBIND &&
			    name != IP_TRANSPARENT;

	*v = 0;
	if (len >= sizeof(*v))
		memcpy(v, val, sizeof(*v));
	else if (len)
		*v = *(const unsigned char *)val;
	return len || may_be_empty;
}

/* The priority that a type of service stands for (tc-prio(8)). */
static uint32_t priority_of(int tos)
{
	static const uint8_t map[4] = { 0, 2, 6, 4 };

	return map[tos >> 3 & 3];
}

static int set_tos(struct sea_sock *sock, int v)
{
	if (sock->type == SOCK_STREAM)
		v = (v & ~ECN_MASK) | (sock->tos & ECN_MASK);
	sock->tos = (uint8_t)v;
	sock->priority = priority_of(sock->tos);
	return 0;
}

static int set_multicast_ttl(struct sea_sock *sock, int v)
{
	if (sock->type == SOCK_STREAM || v < -1 || v > 255)
		return -EINVAL;
	sock->mcast_ttl = v == -1 ? 1 : (uint8_t)v;
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
	default:
		return -ENOPROTOOPT;
	}
}

int sea_ip_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	uint32_t flag = flag_of(name);
	int v, err;

	if (sea_mcast_setsockopt(sock, name, val, len, &err))
		return err;
	if (!read_value(name, val, len, &v))
		return -EINVAL;
	if (name == IP_OPTIONS)
		return len ? -ENOPROTOOPT : 0;
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

int sea_ip_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len, uint32_t path_mtu)
{
	uint32_t flag = flag_of(name);
	int err;

	if (sea_mcast_getsockopt(sock, name, val, len, &err))
		return err;
	if (flag)
		return put(val, len, !!(sock->flags & flag));
	switch (name) {
	case IP_TOS:
		return put(val, len, sock->tos);
	case IP_TTL:
		return put(val, len,
			   sock->ttl ? sock->ttl : sea_ipv4_of(sock->stack)->sysctl.ip_default_ttl);
	case IP_MTU_DISCOVER:
		return put(val, len, sock->mtu_discover);
	case IP_MULTICAST_TTL:
		return put(val, len, sock->mcast_ttl);
	case IP_MTU:
		return path_mtu ? put(val, len, (int)path_mtu) : -ENOTCONN;
	case IP_HDRINCL:
		return put(val, len, 0);
	case IP_OPTIONS:
		*len = 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}
