/* SPDX-License-Identifier: Apache-2.0 */
/* ETHTOOL_MSG_TSINFO_GET: which time stamps packets of a link may get. The stack stamps them; no clock of a device does. */
#include <errno.h>

#include "ip/ethtool/ethtool.h"

#define STAMPS 12  /* ETH_SS_SOF_TIMESTAMPING */
#define COUNTERS 6 /* newer than some headers: ETHTOOL_A_TSINFO_STATS */

/* A clock: ETHTOOL_A_TS_HWTSTAMP_PROVIDER_* */
enum { PROVIDER_INDEX = 1, PROVIDER_QUALIFIER };

const struct sea_nl_policy sea_ethtool_provider_policy[SEA_ETHTOOL_PROVIDER_MAX + 1] = {
	[PROVIDER_INDEX] = { .type = SEA_NL_U32 },
	[PROVIDER_QUALIFIER] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_MAX, .max = 1 },
};

static int missing(struct sea_genl_req *r, const struct sea_nl_attr *provider, uint16_t type)
{
	struct sea_nl_extack *extack = r->req->extack;

	extack->miss_nest = (uint32_t)(provider->value - 4 - extack->begin);
	return sea_nl_missing(extack, type, NULL);
}

/* Which clock is meant: none is there but that without a number. */
static int read_provider(struct sea_genl_req *r, struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *provider = &r->attrs[SEA_ETHTOOL_TSINFO_PROVIDER];
	struct sea_nl_attr tb[SEA_ETHTOOL_PROVIDER_MAX + 1];
	int err;

	if (ask->is_dump)
		return ask->flags & ETHTOOL_FLAG_STATS
			       ? sea_nl_complain(ask->extack, -EOPNOTSUPP,
						 "stats not supported in dump")
			       : 0;
	if (!provider->value)
		return 0;
	if (ask->flags & ETHTOOL_FLAG_STATS)
		return sea_nl_complain(ask->extack, -EOPNOTSUPP,
				       "can't query statistics for a provider");
	err = sea_nl_parse_nest(tb, SEA_ETHTOOL_PROVIDER_MAX, provider, sea_ethtool_provider_policy,
				SEA_NL_STRICT, ask->extack);
	if (err)
		return err;
	for (uint16_t type = PROVIDER_INDEX; type <= PROVIDER_QUALIFIER; type++)
		if (!tb[type].value)
			return missing(r, provider, type);
	return sea_nl_u32(&tb[PROVIDER_INDEX]) == UINT32_MAX ? 0 : -ENODEV;
}

static int has_stamps(const struct sea_ethtool_ask *ask)
{
	(void)ask;
	return 0;
}

static void put_stamps(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	sea_ethtool_put_set(out, ETHTOOL_A_TSINFO_TIMESTAMPING, STAMPS, SEA_ETHTOOL_STAMPS, NULL,
			    ask->flags & ETHTOOL_FLAG_COMPACT_BITSETS);
	if (ask->flags & ETHTOOL_FLAG_STATS)
		sea_nl_nest_end(out, sea_nl_nest(out, COUNTERS | NLA_F_NESTED));
}

const struct sea_ethtool_view sea_ethtool_tsinfo = { .cmd = ETHTOOL_MSG_TSINFO_GET,
						     .reply = ETHTOOL_MSG_TSINFO_GET_REPLY,
						     .header = ETHTOOL_A_TSINFO_HEADER,
						     .dump_of_one = true,
						     .unmarked = true,
						     .room = 1024,
						     .has = has_stamps,
						     .put = put_stamps,
						     .read = read_provider };
