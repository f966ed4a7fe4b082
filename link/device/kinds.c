/* SPDX-License-Identifier: Apache-2.0 */
/* The module that makes kinds of links known, and what they have in common. */
#include "link/device/kinds.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/link_set.h"
#include "core/module.h"
#include "core/stack.h"
#include "link/device/bridge.h"
#include "link/device/macvlan.h"
#include "link/device/tunnel.h"
#include "link/device/vlan.h"
#include "link/device/vxlan.h"
#include "netlink/policy.h"

void sea_kind_follow_carrier(const struct sea_link *lower, const struct sea_link_kind *kind)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next_upper(lower, kind, link)))
		sea_link_carrier(link, lower->carrier);
}

void sea_kind_follow_mtu(const struct sea_link *lower, const struct sea_link_kind *kind)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next_upper(lower, kind, link)))
		if (link->mtu > lower->mtu)
			(void)!sea_link_change_mtu(link, lower->mtu); /* which it may have */
}

int sea_kind_judge_mac(const struct sea_link_ask *ask)
{
	const struct sea_nl_attr *a = &ask->tb[IFLA_ADDRESS];
	struct sea_mac mac;

	if (!a->value)
		return 0;
	if (a->len != sizeof(mac))
		return -EINVAL;
	memcpy(mac.b, a->value, sizeof(mac.b));
	return sea_mac_is_multicast(&mac) || sea_mac_is_zero(&mac) ? -EADDRNOTAVAIL : 0;
}

int sea_kind_complain(struct sea_nl_extack *extack, int err, const char *msg)
{
	return extack ? sea_nl_complain(extack, err, msg) : err;
}

/* -- the module -- */

struct kinds {
	struct sea_vlans vlans;
	struct sea_tunnels tunnels;
	struct sea_vxlans vxlans;
};

static struct kinds *kinds_of(const struct sea_stack *stack)
{
	return sea_stack_module(stack, SEA_MODULE_LINK_KINDS);
}

struct sea_vlans *sea_vlans_of(const struct sea_stack *stack)
{
	return &kinds_of(stack)->vlans;
}

struct sea_tunnels *sea_tunnels_of(const struct sea_stack *stack)
{
	return &kinds_of(stack)->tunnels;
}

struct sea_vxlans *sea_vxlans_of(const struct sea_stack *stack)
{
	return &kinds_of(stack)->vxlans;
}

static int init(struct sea_stack *stack, void **state)
{
	static const struct sea_link_kind *const all[] = {
		&sea_kind_bridge,      &sea_kind_dummy,          &sea_kind_macvlan,
		&sea_kind_veth,        &sea_kind_vlan,           &sea_kind_vrf,
		&sea_kind_ipip.link,   &sea_kind_sit.link,       &sea_kind_gre.link,
		&sea_kind_gretap.link, &sea_kind_vxlan,          &sea_kind_ip6tnl.link,
		&sea_kind_ip6gre.link, &sea_kind_ip6gretap.link,
	};
	struct kinds *kinds = sea_pool_zalloc(&stack->shard.pool, sizeof(*kinds));
	int err = 0;

	*state = NULL;
	if (!kinds)
		return -ENOMEM;
	for (unsigned i = 0; !err && i < sizeof(all) / sizeof(all[0]); i++)
		err = sea_link_kind_add(stack, all[i]);
	if (err) {
		sea_pool_free(&stack->shard.pool, kinds, sizeof(*kinds));
		return err;
	}
	sea_vlans_init(&kinds->vlans, stack);
	sea_tunnels_init(&kinds->tunnels, stack);
	sea_vxlans_init(&kinds->vxlans, stack);
	sea_bridges_init(stack);
	sea_macvlans_init(stack);
	*state = kinds;
	return 0;
}

/* Links are gone by then. */
static void fini(struct sea_stack *stack, void *state)
{
	struct kinds *kinds = state;

	sea_vlans_fini(&kinds->vlans);
	sea_tunnels_fini(&kinds->tunnels);
	sea_vxlans_fini(&kinds->vxlans);
	sea_pool_free(&stack->shard.pool, kinds, sizeof(*kinds));
}

/* What there is of links is saved with them (core/save_link.c). */
const struct sea_module sea_link_kinds = {
	.name = "link_kinds",
	.id = SEA_MODULE_LINK_KINDS,
	.init = init,
	.fini = fini,
};
