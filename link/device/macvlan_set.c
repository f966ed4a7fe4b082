/* SPDX-License-Identifier: Apache-2.0 */
/* macvlans in messages: what can be asked for, and how they are shown. */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/stack.h"
#include "link/device/kinds.h"
#include "link/device/macvlan.h"
#include "netlink/build.h"
#include "netlink/policy.h"

/* Newer than some headers. */
#define BC_QUEUE_LEN 7
#define BC_QUEUE_LEN_USED 8
#define BC_CUTOFF 9
#define QUEUE_LEN_DEFAULT 1000u
#define FLAG_NODST 2u /* MACVLAN_FLAG_NODST: of `source` alone */

/* -- judged -- */

bool sea_macvlan_says(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data && ask->data[type].value;
}

uint32_t sea_macvlan_mode_in(const struct sea_link_ask *ask, uint32_t otherwise)
{
	return sea_macvlan_says(ask, IFLA_MACVLAN_MODE) ? sea_nl_u32(&ask->data[IFLA_MACVLAN_MODE])
							: otherwise;
}

const struct sea_nl_policy sea_macvlan_policy[SEA_MACVLAN_DATA_MAX + 1] = {
	[IFLA_MACVLAN_MODE] = { .type = SEA_NL_U32 },
	[IFLA_MACVLAN_FLAGS] = { .type = SEA_NL_U16 },
	[IFLA_MACVLAN_MACADDR_MODE] = { .type = SEA_NL_U32 },
	[IFLA_MACVLAN_MACADDR] = { .type = SEA_NL_ANY, .len = 6 },
	[IFLA_MACVLAN_MACADDR_DATA] = { .type = SEA_NL_NESTED },
	[IFLA_MACVLAN_MACADDR_COUNT] = { .type = SEA_NL_U32 },
	[BC_QUEUE_LEN] = { .type = SEA_NL_U32 },
	[BC_QUEUE_LEN_USED] = SEA_NL_REFUSED(NULL),
	[BC_CUTOFF] = { .type = SEA_NL_S32 },
};

static int judge_mode(const struct sea_link_ask *ask)
{
	uint32_t mode;

	if (!sea_macvlan_says(ask, IFLA_MACVLAN_MODE))
		return 0;
	mode = sea_nl_u32(&ask->data[IFLA_MACVLAN_MODE]);
	if (mode == MACVLAN_MODE_SOURCE)
		return sea_nl_complain_of(ask->extack, -EOPNOTSUPP, &ask->data[IFLA_MACVLAN_MODE],
					  "macvlan: There is no mode source");
	return mode & SEA_MACVLAN_MODES && !(mode & (mode - 1)) ? 0 : -EINVAL;
}

int sea_macvlan_judge(const struct sea_link_ask *ask)
{
	int err = sea_kind_judge_mac(ask);

	if (err)
		return err;
	if (sea_macvlan_says(ask, IFLA_MACVLAN_FLAGS) &&
	    (sea_nl_u16(&ask->data[IFLA_MACVLAN_FLAGS]) &
	     ~(unsigned)(MACVLAN_FLAG_NOPROMISC | FLAG_NODST)))
		return -EINVAL;
	err = judge_mode(ask);
	if (err)
		return err;
	if (sea_macvlan_says(ask, IFLA_MACVLAN_MACADDR_MODE) ||
	    sea_macvlan_says(ask, IFLA_MACVLAN_MACADDR) ||
	    sea_macvlan_says(ask, IFLA_MACVLAN_MACADDR_DATA) ||
	    sea_macvlan_says(ask, IFLA_MACVLAN_MACADDR_COUNT))
		return -EINVAL; /* of `source` alone */
	if (sea_macvlan_says(ask, BC_QUEUE_LEN) &&
	    sea_nl_u32(&ask->data[BC_QUEUE_LEN]) != QUEUE_LEN_DEFAULT)
		return -EOPNOTSUPP;
	return sea_macvlan_says(ask, BC_CUTOFF) ? -EOPNOTSUPP : 0;
}

/* -- made and changed -- */

/* One on a macvlan stands on what that stands on (as on Linux). */
static int find_lower(struct sea_stack *stack, const struct sea_link_ask *ask,
		      struct sea_link **lower)
{
	if (!ask->tb[IFLA_LINK].value)
		return -EINVAL;
	*lower = sea_link_by_index(stack, (int)sea_nl_u32(&ask->tb[IFLA_LINK]));
	if (!*lower)
		return -ENODEV;
	if ((*lower)->kind == &sea_kind_macvlan)
		*lower = (*lower)->lower;
	return (*lower)->type == SEA_LINK_ETHERNET ? 0 : -EINVAL;
}

int sea_macvlan_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
			struct sea_link_config *config, struct sea_link **lower)
{
	int err = find_lower(stack, ask, lower);

	if (err)
		return err;
	if (!config->mtu)
		config->mtu = (*lower)->mtu;
	else if (config->mtu > (*lower)->mtu)
		return -EINVAL;
	if (sea_macvlan_mode_in(ask, MACVLAN_MODE_VEPA) == MACVLAN_MODE_PASSTHRU)
		memcpy(config->mac, (*lower)->mac.b, sizeof(config->mac));
	config->features = SEA_LINK_F_SOFT;
	return 0;
}

int sea_macvlan_change(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_macvlan *m = sea_macvlan_of(link);
	uint32_t mode = sea_macvlan_mode_in(ask, m->mode);

	if ((mode == MACVLAN_MODE_PASSTHRU) != (m->mode == MACVLAN_MODE_PASSTHRU))
		return -EINVAL;
	m->mode = mode;
	if (sea_macvlan_says(ask, IFLA_MACVLAN_FLAGS))
		m->flags = sea_nl_u16(&ask->data[IFLA_MACVLAN_FLAGS]);
	return 0;
}

void sea_macvlan_show(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_macvlan *m = sea_macvlan_of(link);

	sea_nl_put_u32(out, IFLA_MACVLAN_MODE, m->mode);
	sea_nl_put_u16(out, IFLA_MACVLAN_FLAGS, m->flags);
	sea_nl_put_u32(out, IFLA_MACVLAN_MACADDR_COUNT, 0);
	sea_nl_put_u32(out, BC_QUEUE_LEN, QUEUE_LEN_DEFAULT);
	sea_nl_put_u32(out, BC_QUEUE_LEN_USED, QUEUE_LEN_DEFAULT);
}
