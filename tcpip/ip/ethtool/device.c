/* SPDX-License-Identifier: Apache-2.0 */
/* What only devices have, and no link here: how each is asked for, and that it is not there. */
#include <errno.h>

#include "ip/ethtool/ethtool.h"

#define HEADER 1

static int has_none(const struct sea_ethtool_ask *ask)
{
	(void)ask;
	return -EOPNOTSUPP;
}

/* These two are answered with a link's name alone. */
static int has_nothing_to_say(const struct sea_ethtool_ask *ask)
{
	(void)ask;
	return 0;
}

static void put_nothing(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	(void)out;
	(void)ask;
}

/* -- counters of one of the two MACs that merge (IEEE 802.3br) -- */

int sea_ethtool_has_source(const struct sea_ethtool_ask *ask)
{
	return ask->source ? sea_nl_complain(ask->extack, -EOPNOTSUPP,
					     "ethtool_nl: Device does not support MAC merge layer")
			   : 0;
}

static int read_pause(struct sea_genl_req *r, struct sea_ethtool_ask *ask)
{
	if (!r->attrs[SEA_ETHTOOL_PAUSE_SOURCE].value || ask->flags & ETHTOOL_FLAG_STATS)
		return 0;
	return sea_nl_complain(
		ask->extack, -EINVAL,
		"ethtool_nl: ETHTOOL_FLAG_STATS must be set when requesting a source of stats");
}

/* -- tunnels, PSE -- */

static int has_no_offload(const struct sea_ethtool_ask *ask)
{
	return ask->is_dump ? -EOPNOTSUPP
			    : sea_nl_complain(ask->extack, -EOPNOTSUPP,
					      "device does not report tunnel offload info");
}

static int has_no_phy(const struct sea_ethtool_ask *ask)
{
	return sea_nl_complain(ask->extack, -EOPNOTSUPP, "No PHY found");
}

/* -- pages of a module -- */

#define HALF_PAGE 128
#define PAGE 256

static int read_page(struct sea_genl_req *r, struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *offset = &r->attrs[ETHTOOL_A_MODULE_EEPROM_OFFSET];
	const struct sea_nl_attr *length = &r->attrs[ETHTOOL_A_MODULE_EEPROM_LENGTH];
	const struct sea_nl_attr *page = &r->attrs[ETHTOOL_A_MODULE_EEPROM_PAGE];
	uint32_t from, to;

	if (!offset->value || !length->value || !page->value ||
	    !r->attrs[ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS].value)
		return -EINVAL;
	from = sea_nl_u32(offset);
	to = from + sea_nl_u32(length);
	if (sea_nl_u8(page) && from < HALF_PAGE)
		return sea_nl_complain_of(
			ask->extack, -EINVAL, page,
			"reading from lower half page is allowed for page 0 only");
	if (from < HALF_PAGE && to > HALF_PAGE)
		return sea_nl_complain_of(ask->extack, -EINVAL, length,
					  "reading cross half page boundary is illegal");
	if (to > PAGE)
		return sea_nl_complain_of(ask->extack, -EINVAL, length,
					  "reading cross page boundary is illegal");
	return 0;
}

/* -- receive queues by hash: one context is asked for, and from one on in a dump -- */

static int read_context(struct sea_genl_req *r, struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *wrong =
		&r->attrs[ask->is_dump ? SEA_ETHTOOL_RSS_CONTEXT : SEA_ETHTOOL_RSS_START];

	return wrong->value ? sea_nl_complain_of(ask->extack, -EINVAL, wrong, NULL) : 0;
}

/* -- all of them -- */

#define NONE(name, ...)                                                       \
	{                                                                     \
		.cmd = (name), .header = HEADER, .has = has_none, __VA_ARGS__ \
	}
#define GET(name) ETHTOOL_MSG_##name##_GET

const struct sea_ethtool_view sea_ethtool_device_views[] = {
	NONE(GET(DEBUG)),
	NONE(GET(WOL)),
	NONE(GET(PRIVFLAGS)),
	NONE(GET(RINGS)),
	NONE(GET(COALESCE)),
	NONE(GET(PAUSE), .read = read_pause),
	NONE(GET(EEE)),
	NONE(GET(FEC)),
	NONE(GET(MODULE_EEPROM), .read = read_page),
	NONE(SEA_ETHTOOL_MSG_RSS_GET, .read = read_context),
	NONE(SEA_ETHTOOL_MSG_PLCA_GET_CFG, .no_phy = -EOPNOTSUPP, .dump_of_phys = true),
	NONE(SEA_ETHTOOL_MSG_PLCA_GET_STATUS, .no_phy = -EOPNOTSUPP, .dump_of_phys = true),
	NONE(SEA_ETHTOOL_MSG_MM_GET),
	NONE(SEA_ETHTOOL_MSG_PHY_GET, .dump_of_phys = true),
	NONE(SEA_ETHTOOL_MSG_TSCONFIG_GET),
	{ .cmd = GET(TUNNEL_INFO),
	  .header = HEADER,
	  .has = has_no_offload,
	  .headless = "request header missing",
	  .dump_end = -EOPNOTSUPP },
	{ .cmd = SEA_ETHTOOL_MSG_PSE_GET,
	  .header = HEADER,
	  .has = has_no_phy,
	  .no_phy = -ENODEV,
	  .dump_of_phys = true },
	{ .cmd = GET(PHC_VCLOCKS),
	  .reply = ETHTOOL_MSG_PHC_VCLOCKS_GET_REPLY,
	  .header = HEADER,
	  .room = 512,
	  .has = has_nothing_to_say,
	  .put = put_nothing },
	{ .cmd = GET(MODULE),
	  .reply = ETHTOOL_MSG_MODULE_GET_REPLY,
	  .header = HEADER,
	  .room = 512,
	  .has = has_nothing_to_say,
	  .put = put_nothing },
};
const unsigned sea_ethtool_device_views_n =
	sizeof(sea_ethtool_device_views) / sizeof(sea_ethtool_device_views[0]);
