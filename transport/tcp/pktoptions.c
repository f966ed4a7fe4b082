/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP_PKTOPTIONS: what the segment that ended the handshake was like, to who was called; as control
 * messages, those that the socket's options ask for.
 */
#include <netinet/in.h>
#include <string.h>

#include "core/link.h"
#include "transport/cmsg.h"
#include "transport/sockaddr.h"
#include "transport/tcp/socket.h"

/* Linux's name in IPv4 for an address of IPv6. */
static const uint8_t loopback4_ipv6[4] = { 127, 0, 0, 6 };

static void put_pktinfo(struct tcp_conn *c, struct sea_cmsg_out *out)
{
	const struct sea_endpoint local = sea_sock_local(&c->sock);
	struct in_pktinfo info = { .ipi_ifindex = 0 };

	if (c->flags & TCP_F_ACCEPTED && c->node.family == SEA_AF_INET && !sea_tcp_route(c))
		info.ipi_ifindex = c->dst.link->ifindex;
	if (!sea_endpoint_is_any(&local))
		memcpy(&info.ipi_addr, local.family == SEA_AF_INET ? local.addr : loopback4_ipv6,
		       sizeof(info.ipi_addr));
	info.ipi_spec_dst = info.ipi_addr;
	sea_cmsg_put(out, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

int sea_tcp_get_pktoptions(struct tcp_conn *c, void *val, socklen_t *len)
{
	struct msghdr msg = { .msg_control = val, .msg_controllen = *len };
	const int ttl = c->sock.mcast_ttl, tos = c->rx_tos;
	struct sea_cmsg_out out;

	sea_cmsg_begin(&out, &msg);
	if (c->sock.flags & SEA_SOCK_PKTINFO)
		put_pktinfo(c, &out);
	if (c->sock.flags & SEA_SOCK_RECVTTL)
		sea_cmsg_put(&out, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	if (c->sock.flags & SEA_SOCK_RECVTOS)
		sea_cmsg_put(&out, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	sea_cmsg_end(&out);
	*len = (socklen_t)msg.msg_controllen;
	return 0;
}
