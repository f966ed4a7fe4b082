/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vrf, as it is asked for by messages: the master of links that route by a table of their own. What it is, is the core's
 * (SEA_LINK_VRF).
 */
#include <errno.h>

#include <linux/if_link.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "link/device/kinds.h"
#include "netlink/build.h"
#include "netlink/policy.h"

static const struct sea_nl_policy policy[IFLA_VRF_MAX + 1] = {
	[IFLA_VRF_TABLE] = { .type = SEA_NL_U32 },
};

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   struct sea_link_config *config, struct sea_link **lower)
{
	(void)stack;
	*lower = NULL;
	if (!ask->data || !ask->data[IFLA_VRF_TABLE].value)
		return sea_nl_complain(ask->extack, -EINVAL, "VRF table id is missing");
	config->vrf_table = sea_nl_u32(&ask->data[IFLA_VRF_TABLE]);
	if (!config->vrf_table)
		return sea_nl_complain_of(ask->extack, -EINVAL, &ask->data[IFLA_VRF_TABLE],
					  "Invalid VRF table id");
	return 0;
}

static void show(const struct sea_link *link, struct sea_nl_out *out)
{
	sea_nl_put_u32(out, IFLA_VRF_TABLE, link->vrf_table);
}

const struct sea_link_kind sea_kind_vrf = {
	.name = "vrf",
	.framing = &sea_framing_vrf,
	.flags = SEA_IFF_NOARP,
	.policy = policy,
	.data_max = IFLA_VRF_MAX,
	.judge = sea_kind_judge_mac,
	.prepare = prepare,
	.show = show,
};
