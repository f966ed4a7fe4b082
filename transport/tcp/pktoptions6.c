/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPV6_2292PKTOPTIONS: what the last packet was like that is worth telling of, or else what was noted of packets;
 * as control messages, those that the socket's options ask for.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/in6.h>

#include "transport/cmsg.h"
#include "transport/tcp/seen.h"
#include "transport/tcp/socket.h"

static void put_int(struct sea_cmsg_out *out, int type, int v)
{
	sea_cmsg_put(out, IPPROTO_IPV6, type, &v, sizeof(v));
}

/* As on Linux, where a packet came in goes with the peer's address. */
static void put_pktinfo(const struct sea_sock *sock, int type, struct sea_cmsg_out *out)
{
	const struct sea_sock_more *more = sock->more;
	struct in6_pktinfo info = { .ipi6_ifindex = (unsigned)more->mcast.oif6 };

	if (more->mcast.oif6 && sock->family == SEA_AF_INET) {
		info.ipi6_addr.s6_addr[10] = info.ipi6_addr.s6_addr[11] = 0xff;
		memcpy(info.ipi6_addr.s6_addr + 12, sock->raddr, 4);
	} else if (more->mcast.oif6) {
		memcpy(&info.ipi6_addr, sock->raddr, sizeof(info.ipi6_addr));
	} else {
		info.ipi6_ifindex = (unsigned)more->pktinfo_ifindex;
		memcpy(&info.ipi6_addr, more->pktinfo_addr, sizeof(info.ipi6_addr));
	}
	sea_cmsg_put(out, IPPROTO_IPV6, type, &info, sizeof(info));
}

static void put_noted(const struct sea_sock *sock, struct sea_cmsg_out *out)
{
	const struct sea_sock_more *more = sock->more;
	uint32_t flags = more->flags6, flowinfo = htonl(more->rx_flowinfo);

	if (flags & SEA_SOCK6_PKTINFO)
		put_pktinfo(sock, IPV6_PKTINFO, out);
	if (flags & SEA_SOCK6_HOPLIMIT)
		put_int(out, IPV6_HOPLIMIT, more->mcast_hops);
	if (flags & SEA_SOCK6_TCLASS)
		put_int(out, IPV6_TCLASS, more->rx_flowinfo >> 20 & 0xff);
	if (flags & SEA_SOCK6_OLD_PKTINFO)
		put_pktinfo(sock, IPV6_2292PKTINFO, out);
	if (flags & SEA_SOCK6_OLD_HOPLIMIT)
		put_int(out, IPV6_2292HOPLIMIT, more->mcast_hops);
	if (flags & SEA_SOCK6_FLOWINFO)
		sea_cmsg_put(out, IPPROTO_IPV6, IPV6_FLOWINFO, &flowinfo, sizeof(flowinfo));
}

static void put_kept(const struct sea_sock *sock, const struct tcp_seen *seen,
		     struct sea_cmsg_out *out)
{
	const struct sea_cmsg_rx rx = {
		.ifindex = seen->ifindex,
		.family = SEA_AF_INET6,
		.tos = seen->tos,
		.ttl = seen->ttl,
		.dport = sock->lport,
		.flow_label = seen->flow_label,
		.dst = seen->dst,
		.hdr = seen->hdr_len ? seen->hdr : NULL,
		.hdr_len = seen->hdr_len,
	};

	sea_cmsg6_put_common(sock, &rx, out);
	sea_cmsg6_put(sock, &rx, out);
}

int sea_tcp_get_pktoptions6(struct tcp_conn *c, void *val, socklen_t *len)
{
	struct msghdr msg = { .msg_control = val, .msg_controllen = *len };
	struct sea_cmsg_out out;

	sea_cmsg_begin(&out, &msg);
	if (c->side->seen)
		put_kept(&c->sock, c->side->seen, &out);
	else
		put_noted(&c->sock, &out);
	sea_cmsg_end(&out);
	*len = (socklen_t)msg.msg_controllen;
	return 0;
}
