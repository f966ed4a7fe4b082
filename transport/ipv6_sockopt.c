/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPPROTO_IPV6 of AF_INET6 sockets. Values are ints, of which a few may be shorter and then are 0, as on
 * Linux.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/in6.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/ipv6.h"
#include "transport/cmsg.h"
#include "transport/ext_hdr.h"
#include "transport/flow_lease.h"
#include "transport/sockaddr.h"
#include "transport/mcast_sockopt.h"
#include "transport/sockopt.h"

#define ECN_MASK 3
#define TCP_STATE_ESTABLISHED 1
#define PATHMTU_LEN 32 /* struct ip6_mtuinfo */
#define PKTOPTIONS_MAX 65536

/* -- options that are one bit -- */

static uint32_t flag6_of(int name)
{
	switch (name) {
	case IPV6_2292PKTINFO:
		return SEA_SOCK6_OLD_PKTINFO;
	case IPV6_2292HOPOPTS:
		return SEA_SOCK6_OLD_HOPOPTS;
	case IPV6_2292DSTOPTS:
		return SEA_SOCK6_OLD_DSTOPTS;
	case IPV6_2292RTHDR:
		return SEA_SOCK6_OLD_RTHDR;
	case IPV6_2292HOPLIMIT:
		return SEA_SOCK6_OLD_HOPLIMIT;
	case IPV6_FLOWINFO:
		return SEA_SOCK6_FLOWINFO;
	case IPV6_RECVERR:
		return SEA_SOCK6_RECVERR;
	case IPV6_ROUTER_ALERT_ISOLATE:
		return SEA_SOCK6_ALERT_ISOLATE;
	case IPV6_RECVERR_RFC4884:
		return SEA_SOCK6_RFC4884;
	case IPV6_FLOWINFO_SEND:
		return SEA_SOCK6_FLOWINFO_SEND;
	case IPV6_RECVPKTINFO:
		return SEA_SOCK6_PKTINFO;
	case IPV6_RECVHOPLIMIT:
		return SEA_SOCK6_HOPLIMIT;
	case IPV6_RECVHOPOPTS:
		return SEA_SOCK6_HOPOPTS;
	case IPV6_RECVRTHDR:
		return SEA_SOCK6_RTHDR;
	case IPV6_RECVDSTOPTS:
		return SEA_SOCK6_DSTOPTS;
	case IPV6_RECVPATHMTU:
		return SEA_SOCK6_PATHMTU;
	case IPV6_DONTFRAG:
		return SEA_SOCK6_DONTFRAG;
	case IPV6_RECVTCLASS:
		return SEA_SOCK6_TCLASS;
	case IPV6_RECVORIGDSTADDR:
		return SEA_SOCK6_ORIGDST;
	case IPV6_RECVFRAGSIZE:
		return SEA_SOCK6_FRAGSIZE;
	default:
		return 0;
	}
}

/* Those that IPPROTO_IP has, too: one bit for both. */
static uint32_t flag_of(int name)
{
	switch (name) {
	case IPV6_TRANSPARENT:
		return SEA_SOCK_TRANSPARENT;
	case IPV6_FREEBIND:
		return SEA_SOCK_FREEBIND;
	default:
		return 0;
	}
}

static int set_flag6(struct sea_sock *sock, uint32_t flag, bool on)
{
	struct sea_sock_more *more;

	if (!(sock->more->flags6 & flag) == !on)
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->flags6 = on ? more->flags6 | flag : more->flags6 & ~flag;
	return 0;
}

/* -- numbers -- */

static int set_hops(struct sea_sock *sock, int v)
{
	struct sea_sock_more *more;

	if (v < -1 || v > 255)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->hops = (int16_t)v;
	return 0;
}

static int set_tclass(struct sea_sock *sock, int v)
{
	struct sea_sock_more *more;

	if (v < -1 || v > 255)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	v = v < 0 ? 0 : v;
	if (sock->type == SOCK_STREAM)
		v = (v & ~ECN_MASK) | (more->tclass & ECN_MASK);
	more->tclass = (uint8_t)v;
	return 0;
}

static int set_u8(struct sea_sock *sock, size_t offset, int v, int max)
{
	uint8_t *more;

	if (v < 0 || v > max)
		return -EINVAL;
	more = (uint8_t *)sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more[offset] = (uint8_t)v;
	return 0;
}
#define SET_U8(sock, field, v, max) set_u8(sock, offsetof(struct sea_sock_more, field), v, max)

static int set_mtu(struct sea_sock *sock, int v)
{
	struct sea_sock_more *more;

	if (v && v < (int)SEA_IPV6_MTU_MIN)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->frag_size = v < UINT16_MAX ? (uint16_t)v : UINT16_MAX;
	return 0;
}

static int set_v6only(struct sea_sock *sock, int v)
{
	if (sock->lport)
		return -EINVAL;
	if (v)
		sock->flags |= SEA_SOCK_V6ONLY;
	else
		sock->flags &= ~(uint32_t)SEA_SOCK_V6ONLY;
	return 0;
}

/* As chosen by the program, or not: neither bit is as net.ipv6.auto_flowlabels says. */
static int set_autoflowlabel(struct sea_sock *sock, int v)
{
	struct sea_sock_more *more = sea_sock_more_edit(sock);

	if (!more)
		return -ENOMEM;
	more->flags6 &= ~(uint32_t)(SEA_SOCK6_AUTOFLOWLABEL | SEA_SOCK6_NO_AUTOFLOWLABEL);
	more->flags6 |= v ? SEA_SOCK6_AUTOFLOWLABEL : SEA_SOCK6_NO_AUTOFLOWLABEL;
	return 0;
}

static bool autoflowlabel(const struct sea_sock *sock)
{
	int32_t by_default = sea_ipv6_of(sock->stack)->sysctl.auto_flowlabels;

	if (sock->more->flags6 & (SEA_SOCK6_AUTOFLOWLABEL | SEA_SOCK6_NO_AUTOFLOWLABEL))
		return sock->more->flags6 & SEA_SOCK6_AUTOFLOWLABEL;
	return by_default == 1 || by_default == 3;
}

/* -- RFC 5014: of each pair of opposites at most one; what is not asked for is the default -- */

#define PREFS_KEPT (IPV6_PREFER_SRC_TMP | IPV6_PREFER_SRC_PUBLIC | IPV6_PREFER_SRC_COA)

static bool at_most_one_of(int v, int set)
{
	v &= set;
	return !(v & (v - 1));
}

static int set_prefs(struct sea_sock *sock, int v)
{
	if (!at_most_one_of(v, IPV6_PREFER_SRC_TMP | IPV6_PREFER_SRC_PUBLIC |
				       IPV6_PREFER_SRC_PUBTMP_DEFAULT) ||
	    !at_most_one_of(v, IPV6_PREFER_SRC_COA | IPV6_PREFER_SRC_HOME) ||
	    !at_most_one_of(v, IPV6_PREFER_SRC_CGA | IPV6_PREFER_SRC_NONCGA))
		return -EINVAL;
	return SET_U8(sock, src_prefs, v & PREFS_KEPT, UINT8_MAX);
}

static int prefs_of(const struct sea_sock *sock)
{
	int v = sock->more->src_prefs;

	if (!(v & (IPV6_PREFER_SRC_TMP | IPV6_PREFER_SRC_PUBLIC)))
		v |= IPV6_PREFER_SRC_PUBTMP_DEFAULT;
	return v & IPV6_PREFER_SRC_COA ? v : v | IPV6_PREFER_SRC_HOME;
}

/* -- IPV6_ADDRFORM: a socket that speaks IPv4 anyway becomes AF_INET's (RFC 2133 §5.3) -- */

static int connected_state(struct sea_sock *sock)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	sock->ops->info(sock, &info);
	return info.state == TCP_STATE_ESTABLISHED ? 0 : -ENOTCONN;
}

static bool has_addrform(const struct sea_sock *sock)
{
	return sock->protocol == IPPROTO_UDP || sock->protocol == IPPROTO_TCP;
}

static int set_addrform(struct sea_sock *sock, int v)
{
	int err;

	if (v != AF_INET)
		return -EINVAL;
	if (!has_addrform(sock))
		return -ENOPROTOOPT;
	err = connected_state(sock);
	if (err)
		return err;
	if (sock->flags & SEA_SOCK_V6ONLY || sock->family != SEA_AF_INET)
		return -EADDRNOTAVAIL;
	sock->domain = SEA_AF_INET;
	return 0;
}

/* -- longer ones -- */

static int set_pktinfo(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_sock_more *more;
	struct in6_pktinfo info;

	if (len < sizeof(info))
		return -EINVAL;
	memcpy(&info, val, sizeof(info));
	if (sock->bound_ifindex && sock->bound_ifindex != (int)info.ipi6_ifindex)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->pktinfo_ifindex = (int)info.ipi6_ifindex;
	memcpy(more->pktinfo_addr, &info.ipi6_addr, sizeof(more->pktinfo_addr));
	return 0;
}

int sea_opt_get_unicast_if(const struct sea_sock *sock, const void *val, socklen_t len,
			   int *ifindex)
{
	uint32_t v;

	if (len != sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	*ifindex = (int)ntohl(v);
	if (!*ifindex)
		return 0;
	if (!sea_link_by_index(sock->stack, *ifindex))
		return -EADDRNOTAVAIL;
	return sock->bound_ifindex && sock->bound_ifindex != *ifindex ? -EINVAL : 0;
}

static int set_unicast_if(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_sock_more *more;
	int ifindex, err = sea_opt_get_unicast_if(sock, val, len, &ifindex);

	if (err)
		return err;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->oif6 = ifindex;
	return 0;
}

static int set_ext(struct sea_sock *sock, enum sea_ext which, const void *val, socklen_t len)
{
	uint16_t n;
	int err = len ? sea_ext_check(which, val, len, &n) : 0;

	if (err)
		return err;
	return sea_sock_ext_set(sock, which, val, len ? n : 0);
}

/* All extension headers at once, as control messages (RFC 2292 §4). */
static int set_pktoptions(struct sea_sock *sock, const void *val, socklen_t len)
{
	const struct sea_endpoint to = { .family = SEA_AF_INET6 };
	const struct msghdr msg = { .msg_control = (void *)(uintptr_t)val, .msg_controllen = len };
	struct sea_cmsg_tx tx;
	int err;

	if (len > PKTOPTIONS_MAX)
		return -EINVAL;
	err = sea_cmsg_tx_read(sock, &msg, &to, &tx);
	for (unsigned i = 0; i < SEA_EXT_N && !err; i++)
		err = sea_sock_ext_set(sock, (enum sea_ext)i, tx.ext[i], tx.ext_len[i]);
	return err;
}

/* -- set -- */

static bool set_int(struct sea_sock *sock, int name, int v, int *err)
{
	switch (name) {
	case IPV6_V6ONLY:
		*err = set_v6only(sock, v);
		return true;
	case IPV6_UNICAST_HOPS:
		*err = set_hops(sock, v);
		return true;
	case IPV6_TCLASS:
		*err = set_tclass(sock, v);
		return true;
	case IPV6_MTU_DISCOVER:
		*err = SET_U8(sock, mtu_discover, v, SEA_PMTUDISC_OMIT);
		return true;
	case IPV6_MTU:
		*err = set_mtu(sock, v);
		return true;
	case IPV6_ADDR_PREFERENCES:
		*err = set_prefs(sock, v);
		return true;
	case IPV6_MINHOPCOUNT:
		*err = SET_U8(sock, min_hops, v, UINT8_MAX);
		return true;
	case IPV6_AUTOFLOWLABEL:
		*err = set_autoflowlabel(sock, v);
		return true;
	case IPV6_ADDRFORM:
		*err = set_addrform(sock, v);
		return true;
	case IPV6_ROUTER_ALERT: /* of raw sockets */
		*err = -ENOPROTOOPT;
		return true;
	default:
		return false;
	}
}

static int set_wide(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	switch (name) {
	case IPV6_PKTINFO:
		return set_pktinfo(sock, val, len);
	case IPV6_UNICAST_IF:
		return set_unicast_if(sock, val, len);
	case IPV6_HOPOPTS:
		return set_ext(sock, SEA_EXT_HOPOPTS, val, len);
	case IPV6_RTHDRDSTOPTS:
		return set_ext(sock, SEA_EXT_RTHDRDSTOPTS, val, len);
	case IPV6_RTHDR:
		return set_ext(sock, SEA_EXT_RTHDR, val, len);
	case IPV6_DSTOPTS:
		return set_ext(sock, SEA_EXT_DSTOPTS, val, len);
	case IPV6_2292PKTOPTIONS:
		return set_pktoptions(sock, val, len);
	case IPV6_FLOWLABEL_MGR:
		return sea_flow_lease_set(sock, val, len);
	default:
		return -ENOPROTOOPT;
	}
}

/* A value that is too short for an int. */
static bool short_is_zero(int name)
{
	return name == IPV6_DONTFRAG || name == IPV6_RECVFRAGSIZE || name == IPV6_AUTOFLOWLABEL;
}

static bool is_int(int name)
{
	switch (name) {
	case IPV6_V6ONLY:
	case IPV6_UNICAST_HOPS:
	case IPV6_TCLASS:
	case IPV6_MTU_DISCOVER:
	case IPV6_MTU:
	case IPV6_ADDR_PREFERENCES:
	case IPV6_MINHOPCOUNT:
	case IPV6_AUTOFLOWLABEL:
	case IPV6_ADDRFORM:
	case IPV6_ROUTER_ALERT:
		return true;
	default:
		return flag6_of(name) || flag_of(name);
	}
}

int sea_ipv6_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	uint32_t flag6 = flag6_of(name), flag = flag_of(name);
	int v = 0, err;

	if (sea_mcast_setsockopt6(sock, name, val, len, &err))
		return err;
	if (!is_int(name))
		return set_wide(sock, name, val, len);
	if (len < sizeof(v) && !short_is_zero(name))
		return -EINVAL;
	if (len >= sizeof(v))
		memcpy(&v, val, sizeof(v));
	if (set_int(sock, name, v, &err))
		return err;
	if (name == IPV6_RECVERR_RFC4884 && v != 0 && v != 1)
		return -EINVAL;
	if (flag6)
		return set_flag6(sock, flag6, v);
	sock->flags = v ? sock->flags | flag : sock->flags & ~flag;
	return 0;
}

/* -- get -- */

static int get_ext(const struct sea_sock *sock, enum sea_ext which, void *val, socklen_t *len)
{
	const uint8_t *at = sea_sock_ext_of(sock, which);

	if (at)
		return sea_opt_put(val, len, at, sock->more->ext->len[which]);
	*len = 0;
	return 0;
}

static int get_pathmtu(uint32_t mtu, void *val, socklen_t *len)
{
	uint8_t info[PATHMTU_LEN] = { 0 };

	if (*len < sizeof(info))
		return -EINVAL;
	if (!mtu)
		return -ENOTCONN;
	memcpy(info + sizeof(struct sockaddr_in6), &mtu, sizeof(mtu));
	return sea_opt_put(val, len, info, sizeof(info));
}

static int get_addrform(struct sea_sock *sock, void *val, socklen_t *len)
{
	int err = has_addrform(sock) ? connected_state(sock) : -ENOPROTOOPT;

	return err ? err : sea_opt_put_int(val, len, sock->domain);
}

static int hops_of(const struct sea_sock *sock)
{
	int hops = sock->more->hops;

	return hops < 0 ? sea_ipv6_of(sock->stack)->conf_all.hop_limit : hops;
}

static bool get_int(const struct sea_sock *sock, int name, int *v)
{
	switch (name) {
	case IPV6_V6ONLY:
		*v = !!(sock->flags & SEA_SOCK_V6ONLY);
		return true;
	case IPV6_UNICAST_HOPS:
		*v = hops_of(sock);
		return true;
	case IPV6_TCLASS:
		*v = sock->more->tclass;
		return true;
	case IPV6_MTU_DISCOVER:
		*v = sock->more->mtu_discover;
		return true;
	case IPV6_ADDR_PREFERENCES:
		*v = prefs_of(sock);
		return true;
	case IPV6_MINHOPCOUNT:
		*v = sock->more->min_hops;
		return true;
	case IPV6_AUTOFLOWLABEL:
		*v = autoflowlabel(sock);
		return true;
	case IPV6_UNICAST_IF:
		*v = (int)htonl((uint32_t)sock->more->oif6);
		return true;
	case IPV6_ROUTER_ALERT:
		*v = 0;
		return true;
	default:
		return false;
	}
}

int sea_ipv6_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len,
			uint32_t path_mtu)
{
	uint32_t flag6 = flag6_of(name), flag = flag_of(name);
	int v, err;

	if (sea_mcast_getsockopt6(sock, name, val, len, &err))
		return err;
	if (flag6 || flag)
		return sea_opt_put_int(val, len,
				       (sock->more->flags6 & flag6) || (sock->flags & flag));
	if (get_int(sock, name, &v))
		return sea_opt_put_int(val, len, v);
	switch (name) {
	case IPV6_ADDRFORM:
		return get_addrform(sock, val, len);
	case IPV6_MTU:
		return path_mtu ? sea_opt_put_int(val, len, (int)path_mtu) : -ENOTCONN;
	case IPV6_PATHMTU:
		return get_pathmtu(path_mtu, val, len);
	case IPV6_FLOWLABEL_MGR:
		return sea_flow_lease_show(sock, val, len);
	case IPV6_HOPOPTS:
		return get_ext(sock, SEA_EXT_HOPOPTS, val, len);
	case IPV6_RTHDRDSTOPTS:
		return get_ext(sock, SEA_EXT_RTHDRDSTOPTS, val, len);
	case IPV6_RTHDR:
		return get_ext(sock, SEA_EXT_RTHDR, val, len);
	case IPV6_DSTOPTS:
		return get_ext(sock, SEA_EXT_DSTOPTS, val, len);
	default:
		return -ENOPROTOOPT;
	}
}
