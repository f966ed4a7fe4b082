/* SPDX-License-Identifier: Apache-2.0 */
/* Control messages of IPPROTO_IPV6 (RFC 3542, and RFC 2292 that it replaced). */
#include "transport/cmsg.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/in6.h>

#include "core/link.h"
#include "transport/ext_hdr.h"
#include "transport/sockaddr.h"
#include "wire/ipv6.h"

#define FLOWINFO_MASK 0x0fffffffu
#define FLOW_LABEL_MASK 0xfffffu

/* -- sending -- */

static size_t payload(const struct cmsghdr *c)
{
	return c->cmsg_len - CMSG_LEN(0);
}

static int read_int_in(const struct cmsghdr *c, int low, int high, int *v)
{
	if (payload(c) != sizeof(*v))
		return -EINVAL;
	memcpy(v, CMSG_DATA(c), sizeof(*v));
	return *v < low || *v > high ? -EINVAL : 0;
}

/* May packets go out from it? What is link-local must be the link's own; others may have it, too. */
static bool may_speak_from(const struct sea_sock *sock, const struct sea_ipaddr *addr, int oif)
{
	int where = sea_in6_is_link_local(addr->b) ? oif : 0;
	uint8_t type;

	if (sock->flags & (SEA_SOCK_FREEBIND | SEA_SOCK_TRANSPARENT))
		return true;
	type = sock->stack->ip6->addr_type(sock->stack, addr, where);
	return type == SEA_ROUTE_LOCAL || type == SEA_ROUTE_ANYCAST;
}

static int read_pktinfo(const struct sea_sock *sock, const struct cmsghdr *c,
			struct sea_cmsg_tx *tx)
{
	struct in6_pktinfo info;
	struct sea_ipaddr addr;

	if (payload(c) < sizeof(info))
		return -EINVAL;
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	memcpy(addr.b, &info.ipi6_addr, sizeof(addr.b));
	if (info.ipi6_ifindex && tx->oif && tx->oif != (int)info.ipi6_ifindex)
		return -EINVAL;
	if (info.ipi6_ifindex)
		tx->oif = (int)info.ipi6_ifindex;
	if (tx->oif && !sea_link_by_index(sock->stack, tx->oif))
		return -ENODEV;
	if (!tx->oif && sea_in6_is_link_local(addr.b))
		return -EINVAL;
	if (sea_in6_is_any(addr.b))
		return 0;
	if (!may_speak_from(sock, &addr, tx->oif))
		return -EINVAL;
	memcpy(tx->src, addr.b, sizeof(tx->src));
	return 0;
}

/* Like the address's it need only be in the four bits that have no meaning, as on Linux. */
static int read_flowinfo(const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	uint32_t v;

	if (payload(c) < sizeof(v))
		return -EINVAL;
	memcpy(&v, CMSG_DATA(c), sizeof(v));
	if (tx->to_flow && ntohl(v) & ~FLOWINFO_MASK)
		return -EINVAL;
	tx->flow_label = ntohl(v) & FLOW_LABEL_MASK; /* the class is IPV6_TCLASS's to say */
	tx->has_label = true;
	return 0;
}

/* `once`: a second one is an error, where Linux says so. */
static int read_ext(const struct cmsghdr *c, enum sea_ext which, bool once, struct sea_cmsg_tx *tx)
{
	const uint8_t *at = CMSG_DATA(c);
	size_t len = payload(c);

	if ((once && tx->ext[which]) || len < 2 || len < (at[1] + 1u) * 8 || which == SEA_EXT_RTHDR)
		return -EINVAL;
	tx->ext[which] = at;
	tx->ext_len[which] = (uint16_t)((at[1] + 1u) * 8);
	return 0;
}

static int read_number(const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	int v = 0, err;

	switch (c->cmsg_type) {
	case IPV6_HOPLIMIT:
	case IPV6_2292HOPLIMIT:
		err = read_int_in(c, -1, 255, &v);
		tx->ttl = (int16_t)v;
		return err;
	case IPV6_TCLASS: /* -1 is no exception: 255 */
		err = read_int_in(c, -1, 255, &v);
		tx->tos = (uint8_t)v;
		return err;
	case IPV6_DONTFRAG:
		err = read_int_in(c, 0, 1, &v);
		tx->dontfrag = (int8_t)v;
		return err;
	default:
		return -EINVAL;
	}
}

int sea_cmsg6_read(const struct sea_sock *sock, const struct cmsghdr *c, struct sea_cmsg_tx *tx)
{
	switch (c->cmsg_type) {
	case IPV6_PKTINFO:
	case IPV6_2292PKTINFO:
		return read_pktinfo(sock, c, tx);
	case IPV6_FLOWINFO:
		return read_flowinfo(c, tx);
	case IPV6_HOPOPTS:
	case IPV6_2292HOPOPTS:
		return read_ext(c, SEA_EXT_HOPOPTS, true, tx);
	case IPV6_2292DSTOPTS:
		return read_ext(c, SEA_EXT_DSTOPTS, true, tx);
	case IPV6_DSTOPTS:
		return read_ext(c, SEA_EXT_DSTOPTS, false, tx);
	case IPV6_RTHDRDSTOPTS:
		return read_ext(c, SEA_EXT_RTHDRDSTOPTS, false, tx);
	case IPV6_RTHDR:
	case IPV6_2292RTHDR:
		return read_ext(c, SEA_EXT_RTHDR, false, tx);
	default:
		return read_number(c, tx);
	}
}

/* -- receiving -- */

static void put_pktinfo(const struct sea_cmsg_rx *rx, int type, struct sea_cmsg_out *out)
{
	struct in6_pktinfo info = { .ipi6_ifindex = (unsigned)rx->ifindex };

	if (rx->family == SEA_AF_INET) {
		info.ipi6_addr.s6_addr[10] = info.ipi6_addr.s6_addr[11] = 0xff;
		memcpy(info.ipi6_addr.s6_addr + 12, rx->dst.b, 4);
	} else {
		memcpy(&info.ipi6_addr, rx->dst.b, sizeof(info.ipi6_addr));
	}
	sea_cmsg_put(out, IPPROTO_IPV6, type, &info, sizeof(info));
}

static void put_int(struct sea_cmsg_out *out, int type, int v)
{
	sea_cmsg_put(out, IPPROTO_IPV6, type, &v, sizeof(v));
}

static void put_flowinfo(const struct sea_cmsg_rx *rx, struct sea_cmsg_out *out)
{
	uint32_t v = htonl((uint32_t)rx->tos << 20 | rx->flow_label);

	if (v)
		sea_cmsg_put(out, IPPROTO_IPV6, IPV6_FLOWINFO, &v, sizeof(v));
}

static void put_origdst(const struct sea_cmsg_rx *rx, struct sea_cmsg_out *out)
{
	struct sea_endpoint dst = { .family = SEA_AF_INET6,
				    .port = rx->dport,
				    .scope_id = (uint32_t)rx->ifindex };
	struct sockaddr_storage addr;
	socklen_t len;

	memcpy(dst.addr, rx->dst.b, sizeof(dst.addr));
	len = sea_sockaddr_make(SEA_AF_INET6, &dst, &addr);
	sea_cmsg_put(out, IPPROTO_IPV6, IPV6_ORIGDSTADDR, &addr, len);
}

/* What the program asks for, by the two generations of options. */
struct ext_types {
	uint32_t hopopts, dstopts, rthdr;
	int hopopts_type, dstopts_type, rthdr_type;
};

static const struct ext_types now = {
	SEA_SOCK6_HOPOPTS, SEA_SOCK6_DSTOPTS, SEA_SOCK6_RTHDR,
	IPV6_HOPOPTS,      IPV6_DSTOPTS,      IPV6_RTHDR,
};
static const struct ext_types old = {
	SEA_SOCK6_OLD_HOPOPTS, SEA_SOCK6_OLD_DSTOPTS, SEA_SOCK6_OLD_RTHDR,
	IPV6_2292HOPOPTS,      IPV6_2292DSTOPTS,      IPV6_2292RTHDR,
};

static void put_exts(uint32_t flags, const struct ext_types *t, const struct sea_cmsg_rx *rx,
		     struct sea_cmsg_out *out)
{
	struct sea_ext_seen seen;
	uint8_t next = 0;
	size_t pos = 0;

	if (!rx->hdr || !(flags & (t->hopopts | t->dstopts | t->rthdr)))
		return;
	while (sea_ext_next(rx->hdr, rx->hdr_len, &pos, &next, &seen)) {
		if (seen.type == SEA_IPV6_HOPOPTS && flags & t->hopopts)
			sea_cmsg_put(out, IPPROTO_IPV6, t->hopopts_type, seen.at, seen.len);
		else if (seen.type == SEA_IPV6_DSTOPTS && flags & t->dstopts)
			sea_cmsg_put(out, IPPROTO_IPV6, t->dstopts_type, seen.at, seen.len);
		else if (seen.type == SEA_IPV6_ROUTING && flags & t->rthdr)
			sea_cmsg_put(out, IPPROTO_IPV6, t->rthdr_type, seen.at, seen.len);
	}
}

void sea_cmsg6_put_common(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
			  struct sea_cmsg_out *out)
{
	if (sock->more->flags6 & SEA_SOCK6_PKTINFO)
		put_pktinfo(rx, IPV6_PKTINFO, out);
}

void sea_cmsg6_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		   struct sea_cmsg_out *out)
{
	uint32_t flags = sock->more->flags6;

	if (flags & SEA_SOCK6_HOPLIMIT)
		put_int(out, IPV6_HOPLIMIT, rx->ttl);
	if (flags & SEA_SOCK6_TCLASS)
		put_int(out, IPV6_TCLASS, rx->tos);
	if (flags & SEA_SOCK6_FLOWINFO)
		put_flowinfo(rx, out);
	put_exts(flags, &now, rx, out);
	if (flags & SEA_SOCK6_OLD_PKTINFO)
		put_pktinfo(rx, IPV6_2292PKTINFO, out);
	if (flags & SEA_SOCK6_OLD_HOPLIMIT)
		put_int(out, IPV6_2292HOPLIMIT, rx->ttl);
	put_exts(flags, &old, rx, out);
	if (flags & SEA_SOCK6_ORIGDST && rx->dport)
		put_origdst(rx, out);
	if (flags & SEA_SOCK6_FRAGSIZE && rx->frag_max)
		put_int(out, IPV6_RECVFRAGSIZE, rx->frag_max);
}
