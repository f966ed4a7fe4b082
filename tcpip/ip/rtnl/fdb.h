/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of AF_BRIDGE: forwarding databases (RTM_*NEIGH), ports (RTM_*LINK) and VLANs (RTM_*VLAN), whatever kind of link has them. Masters
 * say what they have by struct sea_link_fdb_ops (core/link_kind.h); neighbours of IP are another family's messages.
 */
#ifndef SEA_IP_RTNL_FDB_H
#define SEA_IP_RTNL_FDB_H

#include "core/link_kind.h"
#include "netlink/netlink.h"

/* Of sea_link_fdb_ops.vlandb_show()'s flags, alone: each VLAN as BRIDGE_XSTATS_VLAN (RTM_GETSTATS). */
#define SEA_RTNL_VLANS_COUNTED (1u << 31)

/* RTNLGRP_NEIGH: an entry came, changed, or went. */
void sea_rtnl_tell_fdb(struct sea_stack *stack, const struct sea_fdb_entry *entry, bool gone);
/* RTNLGRP_LINK: a port came, changed, or went. */
void sea_rtnl_tell_port(const struct sea_link *port, bool gone);
/* RTNLGRP_BRVLAN: VLANs of a port or a bridge came, changed, or went; `put` writes them. */
void sea_rtnl_tell_vlans(const struct sea_link *link, bool gone,
			 void (*put)(struct sea_nl_out *out, const void *arg), const void *arg);

extern const struct sea_nl_kind sea_rtnl_fdb_kinds[];
extern const unsigned sea_rtnl_fdb_kinds_n;
extern const struct sea_nl_kind sea_rtnl_port_kinds[];
extern const unsigned sea_rtnl_port_kinds_n;
extern const struct sea_nl_kind sea_rtnl_vlan_kinds[];
extern const unsigned sea_rtnl_vlan_kinds_n;

#endif
