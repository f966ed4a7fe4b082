/* SPDX-License-Identifier: Apache-2.0 */
/* ETHTOOL_MSG_STATS_GET: counters of a MAC or a PHY in groups, which are empty: what counts here is no device (as of Linux's). */
#include <errno.h>

#include "ip/ethtool/ethtool.h"

#define GROUPS \
	16 /* ETH_SS_STATS_STD: the names of the groups; those of what they count follow it */

static int read_groups(struct sea_genl_req *r, struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *groups = &r->attrs[ETHTOOL_A_STATS_GROUPS];
	const struct sea_nl_attr *source = &r->attrs[SEA_ETHTOOL_STATS_SOURCE];
	uint64_t mask;
	int err = 0;

	if (source->value)
		ask->source = sea_nl_u32(source);
	if (groups->value)
		err = sea_ethtool_read_set(groups, GROUPS, &ask->sets, &mask, ask->extack);
	if (!err && !ask->sets)
		err = sea_nl_complain(ask->extack, -EINVAL, "no stats requested");
	return err;
}

static void put_groups(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	sea_nl_put_u32(out, SEA_ETHTOOL_STATS_SOURCE, ask->source);
	for (uint32_t id = 0; id < sea_ethtool_names_n(NULL, GROUPS); id++) {
		uint32_t one;

		if (!(ask->sets >> id & 1))
			continue;
		one = sea_nl_nest(out, ETHTOOL_A_STATS_GRP | NLA_F_NESTED);
		sea_nl_put_u32(out, ETHTOOL_A_STATS_GRP_ID, id);
		sea_nl_put_u32(out, ETHTOOL_A_STATS_GRP_SS_ID, GROUPS + 1 + id);
		sea_nl_nest_end(out, one);
	}
}

const struct sea_ethtool_view sea_ethtool_stats = { .cmd = ETHTOOL_MSG_STATS_GET,
						    .reply = ETHTOOL_MSG_STATS_GET_REPLY,
						    .header = ETHTOOL_A_STATS_HEADER,
						    .room = 1024,
						    .has = sea_ethtool_has_source,
						    .put = put_groups,
						    .read = read_groups };
