/* SPDX-License-Identifier: Apache-2.0 */
/* The family's commands: their views, and what their messages may have. */
#include <stddef.h>

#include <seastack/modules.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "ip/ethtool/ethtool.h"

#define FLAGS_KNOWN (ETHTOOL_FLAG_COMPACT_BITSETS | ETHTOOL_FLAG_OMIT_REPLY)
#define PHY_INDEX SEA_ETHTOOL_HEADER_PHY
#define N(array) (sizeof(array) / sizeof((array)[0]))

const struct sea_ethtool_view *sea_ethtool_view_of(uint64_t cmd)
{
	static const struct sea_ethtool_view *const shown[] = {
		&sea_ethtool_strset,    &sea_ethtool_linkinfo, &sea_ethtool_linkmodes,
		&sea_ethtool_linkstate, &sea_ethtool_features, &sea_ethtool_channels,
		&sea_ethtool_stats,     &sea_ethtool_tsinfo,
	};

	for (unsigned i = 0; i < N(shown); i++)
		if (shown[i]->cmd == cmd)
			return shown[i];
	for (unsigned i = 0; i < sea_ethtool_device_views_n; i++)
		if (sea_ethtool_device_views[i].cmd == cmd)
			return &sea_ethtool_device_views[i];
	return NULL;
}

/* -- headers -- */

#define HEADER_POLICY(flags)                                               \
	{                                                                  \
		[ETHTOOL_A_HEADER_DEV_INDEX] = { .type = SEA_NL_U32 },     \
		[ETHTOOL_A_HEADER_DEV_NAME] = { .type = SEA_NL_NUL_STRING, \
						.len = SEA_ALTNAME_MAX },  \
		[ETHTOOL_A_HEADER_FLAGS] = { .type = SEA_NL_U32,           \
					     .check = SEA_NL_CHECK_MASK,   \
					     .max = (flags) },             \
	}

#define HEADER_MAX ETHTOOL_A_HEADER_FLAGS
static const struct sea_nl_policy header_policy[HEADER_MAX + 1] = HEADER_POLICY(FLAGS_KNOWN);
static const struct sea_nl_policy header_stats_policy[HEADER_MAX + 1] =
	HEADER_POLICY(FLAGS_KNOWN | ETHTOOL_FLAG_STATS);

/* Of what may be a PHY's, which no link has. */
static const struct sea_nl_policy header_phy_policy[PHY_INDEX + 1] = {
	[ETHTOOL_A_HEADER_DEV_INDEX] = { .type = SEA_NL_U32 },
	[ETHTOOL_A_HEADER_DEV_NAME] = { .type = SEA_NL_NUL_STRING, .len = SEA_ALTNAME_MAX },
	[ETHTOOL_A_HEADER_FLAGS] = { .type = SEA_NL_U32,
				     .check = SEA_NL_CHECK_MASK,
				     .max = FLAGS_KNOWN },
	[PHY_INDEX] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_MIN, .min = 1 },
};

/* -- messages: most have a header, and no more -- */

#define HEADER 1

static const struct sea_nl_policy plain_policy[HEADER + 1] = {
	[HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
};
static const struct sea_nl_policy counted_policy[HEADER + 1] = {
	[HEADER] = SEA_NL_NEST(header_stats_policy, HEADER_MAX),
};
static const struct sea_nl_policy phy_policy[HEADER + 1] = {
	[HEADER] = SEA_NL_NEST(header_phy_policy, PHY_INDEX),
};

static const struct sea_nl_policy strset_policy[ETHTOOL_A_STRSET_COUNTS_ONLY + 1] = {
	[ETHTOOL_A_STRSET_HEADER] = SEA_NL_NEST(header_phy_policy, PHY_INDEX),
	[ETHTOOL_A_STRSET_STRINGSETS] = { .type = SEA_NL_NESTED },
	[ETHTOOL_A_STRSET_COUNTS_ONLY] = { .type = SEA_NL_FLAG },
};

static const struct sea_nl_policy features_policy[ETHTOOL_A_FEATURES_WANTED + 1] = {
	[ETHTOOL_A_FEATURES_HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
	[ETHTOOL_A_FEATURES_WANTED] = { .type = SEA_NL_NESTED },
};

#define SOURCE                                                                     \
	{                                                                          \
		.type = SEA_NL_U32, .check = SEA_NL_CHECK_MAX, .max = SOURCES_MAX, \
	}
#define SOURCES_MAX 2 /* ETHTOOL_MAC_STATS_SRC_PMAC */

static const struct sea_nl_policy pause_policy[SEA_ETHTOOL_PAUSE_SOURCE + 1] = {
	[ETHTOOL_A_PAUSE_HEADER] = SEA_NL_NEST(header_stats_policy, HEADER_MAX),
	[SEA_ETHTOOL_PAUSE_SOURCE] = SOURCE,
};

static const struct sea_nl_policy stats_policy[SEA_ETHTOOL_STATS_SOURCE + 1] = {
	[ETHTOOL_A_STATS_HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
	[ETHTOOL_A_STATS_GROUPS] = { .type = SEA_NL_NESTED },
	[SEA_ETHTOOL_STATS_SOURCE] = SOURCE,
};

static const struct sea_nl_policy tsinfo_policy[SEA_ETHTOOL_TSINFO_PROVIDER + 1] = {
	[ETHTOOL_A_TSINFO_HEADER] = SEA_NL_NEST(header_stats_policy, HEADER_MAX),
	[SEA_ETHTOOL_TSINFO_PROVIDER] =
		SEA_NL_NEST(sea_ethtool_provider_policy, SEA_ETHTOOL_PROVIDER_MAX),
};

static const struct sea_nl_policy eeprom_policy[ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS + 1] = {
	[ETHTOOL_A_MODULE_EEPROM_HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
	[ETHTOOL_A_MODULE_EEPROM_OFFSET] = { .type = SEA_NL_U32,
					     .check = SEA_NL_CHECK_MAX,
					     .max = 255 },
	[ETHTOOL_A_MODULE_EEPROM_LENGTH] = { .type = SEA_NL_U32,
					     .check = SEA_NL_CHECK_RANGE,
					     .min = 1,
					     .max = 128 },
	[ETHTOOL_A_MODULE_EEPROM_PAGE] = { .type = SEA_NL_U8 },
	[ETHTOOL_A_MODULE_EEPROM_BANK] = { .type = SEA_NL_U8 },
	[ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS] = { .type = SEA_NL_U8,
						  .check = SEA_NL_CHECK_MAX,
						  .max = 127 },
};

static const struct sea_nl_policy rss_policy[SEA_ETHTOOL_RSS_START + 1] = {
	[HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
	[SEA_ETHTOOL_RSS_CONTEXT] = { .type = SEA_NL_U32 },
	[SEA_ETHTOOL_RSS_START] = { .type = SEA_NL_U32 },
};

/* -- commands -- */

#define OP_FOR(number, who, which, max)                                                           \
	{                                                                                         \
		.cmd = (number), .perm = (who), .policy = (which), .max_attr = (max),             \
		.doit = sea_ethtool_do_get, .start = sea_ethtool_start, .dump = sea_ethtool_dump, \
	}
#define OP(name, which, max) OP_FOR(ETHTOOL_MSG_##name##_GET, 0, which, max)
#define OP_OF_ADMIN(name, which, max) \
	OP_FOR(ETHTOOL_MSG_##name##_GET, GENL_UNS_ADMIN_PERM, which, max)
#define NEW_OP(name, which, max) OP_FOR(SEA_ETHTOOL_MSG_##name, 0, which, max)

static const struct sea_genl_op ops[] = {
	OP(STRSET, strset_policy, ETHTOOL_A_STRSET_COUNTS_ONLY),
	OP(LINKINFO, plain_policy, HEADER),
	OP(LINKMODES, plain_policy, HEADER),
	OP(LINKSTATE, counted_policy, HEADER),
	OP(DEBUG, plain_policy, HEADER),
	OP_OF_ADMIN(WOL, plain_policy, HEADER),
	OP(FEATURES, plain_policy, HEADER),
	{
		.cmd = ETHTOOL_MSG_FEATURES_SET,
		.perm = GENL_UNS_ADMIN_PERM,
		.policy = features_policy,
		.max_attr = ETHTOOL_A_FEATURES_WANTED,
		.doit = sea_ethtool_do_set,
	},
	OP(PRIVFLAGS, plain_policy, HEADER),
	OP(RINGS, plain_policy, HEADER),
	OP(CHANNELS, plain_policy, HEADER),
	OP(COALESCE, plain_policy, HEADER),
	OP(PAUSE, pause_policy, SEA_ETHTOOL_PAUSE_SOURCE),
	OP(EEE, plain_policy, HEADER),
	OP(TSINFO, tsinfo_policy, SEA_ETHTOOL_TSINFO_PROVIDER),
	OP(TUNNEL_INFO, plain_policy, HEADER),
	OP(FEC, counted_policy, HEADER),
	OP_OF_ADMIN(MODULE_EEPROM, eeprom_policy, ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS),
	OP(STATS, stats_policy, SEA_ETHTOOL_STATS_SOURCE),
	OP(PHC_VCLOCKS, plain_policy, HEADER),
	OP(MODULE, plain_policy, HEADER),
	NEW_OP(PSE_GET, phy_policy, HEADER),
	NEW_OP(RSS_GET, rss_policy, SEA_ETHTOOL_RSS_START),
	NEW_OP(PLCA_GET_CFG, phy_policy, HEADER),
	NEW_OP(PLCA_GET_STATUS, phy_policy, HEADER),
	NEW_OP(MM_GET, counted_policy, HEADER),
	NEW_OP(PHY_GET, plain_policy, HEADER),
	NEW_OP(TSCONFIG_GET, plain_policy, HEADER),
};

static const char *const groups[] = { ETHTOOL_MCGRP_MONITOR_NAME };

const struct sea_genl_family sea_ethtool_family = {
	.name = ETHTOOL_GENL_NAME,
	.version = ETHTOOL_GENL_VERSION,
	.strict_from = 35, /* ETHTOOL_MSG_MODULE_GET + 1 */
	.ops = ops,
	.n_ops = N(ops),
	.groups = groups,
	.n_groups = 1,
};

static int init(struct sea_stack *stack, void **state)
{
	*state = NULL;
	sea_genl_add(stack, &sea_ethtool_family);
	sea_stack_add_ioctls(stack, &sea_ethtool_ioctl_ops);
	return 0;
}

const struct sea_module sea_ethtool_netlink = {
	.name = "ethtool",
	.id = SEA_MODULE_ETHTOOL,
	.needs = 1u << SEA_MODULE_GENL,
	.init = init,
};
