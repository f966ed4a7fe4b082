/* SPDX-License-Identifier: Apache-2.0 */
/* The module that makes kinds of links known, and what they have in common. */
#include "link/kinds.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/module.h"
#include "core/stack.h"
#include "link/vlan.h"
#include "netlink/policy.h"

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

static int init(struct sea_stack *stack, void **state)
{
	static const struct sea_link_kind *const kinds[] = { &sea_kind_dummy, &sea_kind_veth,
							     &sea_kind_vlan, &sea_kind_vrf };
	int err = 0;

	*state = NULL;
	for (unsigned i = 0; !err && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		err = sea_link_kind_add(stack, kinds[i]);
	return err ? err : sea_vlans_init(stack, state);
}

/* Links are gone by then. */
static void fini(struct sea_stack *stack, void *state)
{
	sea_vlans_fini(stack, state);
}

/* What there is of links is saved with them (core/save_link.c). */
const struct sea_module sea_link_kinds = {
	.name = "link_kinds",
	.id = SEA_MODULE_LINK_KINDS,
	.init = init,
	.fini = fini,
};
