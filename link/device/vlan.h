/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlan: a link whose frames are those of another one that carry a tag (IEEE 802.1Q, 802.1ad) with its id.
 *
 *	in:   link below ─ sea_net_proto of the tag's type ─ tag taken out ─ the VLAN's wrappers, framing
 *	out:  framing ─ tag put in ─ link below
 *
 * A VLAN without REORDER_HDR keeps the tag in its own frames, where its wrappers see it. It goes up and down with the
 * link below (unless LOOSE_BINDING), and has its carrier, its MAC until it is given one of its own, and at most its MTU.
 */
#ifndef SEA_LINK_DEVICE_VLAN_H
#define SEA_LINK_DEVICE_VLAN_H

#include "core/htable.h"
#include "link/device/kinds.h"
#include "netlink/policy.h"

#define SEA_VLAN_HDR_LEN 18u /* Ethernet's with one tag */

/* sea_link.kind_state */
struct sea_vlan {
	struct sea_hnode node; /* in struct sea_vlans */
	struct sea_link *link;
	uint16_t proto, id;
	uint32_t flags; /* VLAN_FLAG_* */
	bool own_mac;   /* somebody gave it one */
	bool follows;   /* while its MAC becomes that of the link below */
};

/* Of a stack, by link below, type of tag, and id. */
struct sea_vlans {
	struct sea_htable table;
};

struct sea_vlans *sea_vlans_of(const struct sea_stack *stack); /* kinds.c */
void sea_vlans_init(struct sea_vlans *vlans, struct sea_stack *stack);
void sea_vlans_fini(struct sea_vlans *vlans);

static inline struct sea_vlan *sea_vlan_of(const struct sea_link *link)
{
	return link->kind_state;
}

/* NULL: there is none. */
struct sea_link *sea_vlan_find(const struct sea_stack *stack, const struct sea_link *lower,
			       uint16_t proto, uint16_t id);
/* It is found from now on, with `lower` set: 0, -EEXIST, -ENOMEM. */
SEA_MUST_USE int sea_vlan_list(struct sea_link *link);
void sea_vlan_unlist(struct sea_link *link);
/* The flags are these now. */
void sea_vlan_set_flags(struct sea_link *link, uint32_t flags);

/* vlan_io.c: frames. */
extern const struct sea_framing sea_framing_vlan; /* without REORDER_HDR */
extern const struct sea_net_proto sea_vlan_proto, sea_svlan_proto;
int sea_vlan_xmit(struct sea_link *link, struct sea_pkt *pkt);

/* vlan_set.c: what messages ask for and are told. */
extern const struct sea_nl_policy sea_vlan_policy[];
int sea_vlan_judge(const struct sea_link_ask *ask);
int sea_vlan_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		     struct sea_link_config *config, struct sea_link **lower);
int sea_vlan_setup(struct sea_link *link, const struct sea_link_ask *ask);
int sea_vlan_change(struct sea_link *link, const struct sea_link_ask *ask);
void sea_vlan_show(const struct sea_link *link, struct sea_nl_out *out);

#endif
