/* SPDX-License-Identifier: Apache-2.0 */
/* Links that share one below, by MACs of their own: frames and life in macvlan.c, messages in macvlan_set.c. */
#ifndef SEA_LINK_DEVICE_MACVLAN_H
#define SEA_LINK_DEVICE_MACVLAN_H

#include <linux/if_link.h>

#include "core/htable.h"
#include "core/link_kind.h"
#include "core/siphash.h"
#include "netlink/policy.h"

#define SEA_MACVLAN_MODES                                                            \
	((uint32_t)(MACVLAN_MODE_PRIVATE | MACVLAN_MODE_VEPA | MACVLAN_MODE_BRIDGE | \
		    MACVLAN_MODE_PASSTHRU))
#define SEA_MACVLAN_DATA_MAX 9 /* IFLA_MACVLAN_BC_CUTOFF, newer than some headers */

/* Of a link below: those on it, by MAC. The diversion's. */
struct sea_macvlan_below {
	struct sea_link *link;
	struct sea_list all; /* sea_macvlan.node, as they came */
	struct sea_htable table;
	struct sea_siphash_key key;
	bool passthru;
};

/* sea_link.kind_state */
struct sea_macvlan {
	struct sea_link *link;
	struct sea_macvlan_below *below; /* NULL: it is not made yet */
	struct sea_list node;
	struct sea_hnode hash; /* while it is up */
	struct sea_mac mac;    /* by which it is found */
	uint32_t mode;         /* MACVLAN_MODE_* */
	uint16_t flags;        /* MACVLAN_FLAG_* */
	bool promisc;          /* it wants all frames of the link below */
};

static inline struct sea_macvlan *sea_macvlan_of(const struct sea_link *link)
{
	return link->kind_state;
}

void sea_macvlans_init(struct sea_stack *stack);

/* macvlan_set.c */
extern const struct sea_nl_policy sea_macvlan_policy[];
bool sea_macvlan_says(const struct sea_link_ask *ask, unsigned type);
uint32_t sea_macvlan_mode_in(const struct sea_link_ask *ask, uint32_t otherwise);
int sea_macvlan_judge(const struct sea_link_ask *ask);
int sea_macvlan_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
			struct sea_link_config *config, struct sea_link **lower);
int sea_macvlan_change(struct sea_link *link, const struct sea_link_ask *ask);
void sea_macvlan_show(const struct sea_link *link, struct sea_nl_out *out);

#endif
