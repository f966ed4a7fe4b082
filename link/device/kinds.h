/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of links that the module sea_link_kinds brings. */
#ifndef SEA_LINK_DEVICE_KINDS_H
#define SEA_LINK_DEVICE_KINDS_H

#include "core/link_kind.h"

/* What super-segments and checksums such a link leaves to what is below it. */
#define SEA_LINK_F_SOFT (SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 | SEA_LINK_F_USO)

extern const struct sea_link_kind sea_kind_bridge, sea_kind_dummy, sea_kind_macvlan, sea_kind_veth,
	sea_kind_vlan, sea_kind_vrf;

/* Links of this kind that stand on another go along with its carrier, and with an MTU of it that is smaller than theirs. */
void sea_kind_follow_carrier(const struct sea_link *lower, const struct sea_link_kind *kind);
void sea_kind_follow_mtu(const struct sea_link *lower, const struct sea_link_kind *kind);
/* IFLA_ADDRESS, where it is there, as Linux judges it: 0, -EINVAL (its length), -EADDRNOTAVAIL. */
SEA_MUST_USE int sea_kind_judge_mac(const struct sea_link_ask *ask);
/* As sea_nl_complain(), where somebody asked (`extack` not NULL). */
int sea_kind_complain(struct sea_nl_extack *extack, int err, const char *msg);

#endif
