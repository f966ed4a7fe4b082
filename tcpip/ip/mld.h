/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of MLD (RFC 2710, 3590, 3810): what group_report.h decides, in IPv6's bytes. */
#ifndef SEA_IP_MLD_H
#define SEA_IP_MLD_H

#include "ip/group.h"

extern const struct sea_group_proto sea_mld_group_proto;

/* An ICMPv6 message of MLD came in, checksum right, first byte its header; consumes. */
void sea_mld_input(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx);

/*
 * The link has its first link-local address that may be used: what was told from the unspecified
 * address is told again, as routers that snoop may not have taken it (RFC 3590, RFC 3810 §5.2.13).
 */
void sea_mld_address_ready(struct sea_link *link);

#endif
