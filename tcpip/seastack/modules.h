/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modules a stack can be made of. This header only names them: an embedder who links statically
 * pays for those it lists. Order does not matter.
 *
 *	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp, &sea_tcp };
 *	err = sea_stack_new(NULL, &env, modules, 3, &stack);
 */
#ifndef SEASTACK_MODULES_H
#define SEASTACK_MODULES_H

#include <stddef.h>

#include <seastack/compiler.h>

SEA_BEGIN_DECLS

struct sea_module;

SEA_API extern const struct sea_module sea_ipv4; /* IPv4, ARP, ICMP (RFC 791, 826, 792, 1122) */
SEA_API extern const struct sea_module sea_ipv6; /* IPv6, NDP, ICMPv6 (RFC 8200, 4861, 4443) */
SEA_API extern const struct sea_module sea_udp;  /* RFC 768 */
SEA_API extern const struct sea_module sea_tcp;  /* RFC 9293 */
SEA_API extern const struct sea_module sea_ping; /* ICMP echo sockets: SOCK_DGRAM, IPPROTO_ICMP */

SEA_API extern const struct sea_module sea_qdiscs; /* queues of links (qdisc.h) */

SEA_API extern const struct sea_module sea_link_kinds; /* links made by asking */

/* Sockets of AF_NETLINK, and what of them serves NETLINK_ROUTE: rtnetlink(7). */
SEA_API extern const struct sea_module sea_netlink, sea_rtnetlink;
/* NETLINK_SOCK_DIAG: sock_diag(7), which ss(8) asks. */
SEA_API extern const struct sea_module sea_sock_diag;
/* NETLINK_GENERIC, with the family nlctrl; and what TCP remembers of peers: tcp_metrics, which ip-tcp_metrics(8) asks. */
SEA_API extern const struct sea_module sea_generic_netlink, sea_tcp_metrics_netlink;
/* Of NETLINK_GENERIC, too: ethtool, which ethtool(8) asks. */
SEA_API extern const struct sea_module sea_ethtool_netlink;

/* All of the above. */
SEA_API extern const struct sea_module *const sea_modules_all[];
SEA_API extern const size_t sea_modules_all_n;

SEA_END_DECLS
#endif
