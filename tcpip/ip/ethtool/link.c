/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of a link as of a wire. Those that frames come from are as Linux's virtual ones: 10 Gbit/s, full duplex, a
 * twisted pair, and no mode that could be chosen; what stands on a link has that one's; lo and vrf have no wire.
 */
#include <errno.h>
#include <string.h>

#include <seastack/version.h>

#include "core/link_kind.h"
#include "ip/ethtool/ethtool.h"

/* -- what it is -- */

static bool is_kind(const struct sea_link *link, const char *name)
{
	return link->kind && !strcmp(link->kind->name, name);
}

static const struct sea_ethtool_wire unknown = { .speed = (uint32_t)SPEED_UNKNOWN,
						 .duplex = DUPLEX_UNKNOWN,
						 .port = PORT_OTHER };

static bool wire_of_one(const struct sea_link *link, struct sea_ethtool_wire *wire)
{
	*wire = (struct sea_ethtool_wire){ .speed = 10000, .duplex = DUPLEX_FULL, .port = PORT_TP };
	if (is_kind(link, "vxlan")) {
		*wire = unknown;
		return true;
	}
	if (link->kind)
		return is_kind(link, "veth");
	return link->type != SEA_LINK_LOOPBACK && link->type != SEA_LINK_VRF;
}

/* A bridge is as fast as the fastest of its ports that run. */
static void wire_of_bridge(const struct sea_link *bridge, struct sea_ethtool_wire *wire)
{
	struct sea_link *port = NULL;
	struct sea_ethtool_wire of_port;

	*wire = unknown;
	while ((port = sea_link_next(bridge->stack, port)))
		if (port->master == bridge && sea_link_running(port) &&
		    sea_ethtool_wire_of(port, &of_port) && of_port.speed != unknown.speed &&
		    (wire->speed == unknown.speed || of_port.speed > wire->speed))
			wire->speed = of_port.speed;
}

bool sea_ethtool_wire_of(const struct sea_link *link, struct sea_ethtool_wire *wire)
{
	while (link->lower)
		link = link->lower;
	if (!is_kind(link, "bridge"))
		return wire_of_one(link, wire);
	wire_of_bridge(link, wire);
	return true;
}

bool sea_ethtool_driver_of(const struct sea_link *link, struct sea_ethtool_driver *driver)
{
	if (link->type == SEA_LINK_LOOPBACK)
		return false;
	if (is_kind(link, "vlan"))
		*driver = (struct sea_ethtool_driver){ "802.1Q VLAN Support", "1.8" };
	else if (link->kind)
		*driver = (struct sea_ethtool_driver){ link->kind->name, "1.0" };
	else if (link->type == SEA_LINK_VRF)
		*driver = (struct sea_ethtool_driver){ "vrf", "1.0" };
	else
		*driver = (struct sea_ethtool_driver){ "seastack", sea_version() };
	return true;
}

uint32_t sea_ethtool_stats_n(const struct sea_link *link)
{
	return is_kind(link, "veth");
}

uint64_t sea_ethtool_stat(const struct sea_link *link, uint32_t i)
{
	(void)i;
	return (uint64_t)(link->peer ? link->peer->ifindex : 0);
}

/* -- shown -- */

static int has_wire(const struct sea_ethtool_ask *ask)
{
	struct sea_ethtool_wire wire;

	if (sea_ethtool_wire_of(ask->link, &wire))
		return 0;
	if (ask->extack)
		sea_nl_complain(ask->extack, 0, "failed to retrieve link settings");
	return -EOPNOTSUPP;
}

static void put_info(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	struct sea_ethtool_wire wire;

	if (!sea_ethtool_wire_of(ask->link, &wire))
		wire = unknown;
	sea_nl_put_u8(out, ETHTOOL_A_LINKINFO_PORT, wire.port);
	for (uint16_t type = ETHTOOL_A_LINKINFO_PHYADDR; type <= ETHTOOL_A_LINKINFO_TRANSCEIVER;
	     type++)
		sea_nl_put_u8(out, type, 0);
}

/* No bit is set, and none could be. */
static void put_no_modes(struct sea_nl_out *out, bool compact)
{
	const uint32_t bytes = (SEA_ETHTOOL_LINK_MODES + 31) / 32 * 4;
	uint32_t set = sea_nl_nest(out, ETHTOOL_A_LINKMODES_OURS | NLA_F_NESTED);

	sea_nl_put_u32(out, ETHTOOL_A_BITSET_SIZE, SEA_ETHTOOL_LINK_MODES);
	if (compact) {
		sea_nl_reserve(out, ETHTOOL_A_BITSET_VALUE, bytes);
		sea_nl_reserve(out, ETHTOOL_A_BITSET_MASK, bytes);
	} else {
		sea_nl_nest_end(out, sea_nl_nest(out, ETHTOOL_A_BITSET_BITS | NLA_F_NESTED));
	}
	sea_nl_nest_end(out, set);
}

static void put_modes(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	struct sea_ethtool_wire wire;

	if (!sea_ethtool_wire_of(ask->link, &wire))
		wire = unknown;
	sea_nl_put_u8(out, ETHTOOL_A_LINKMODES_AUTONEG, 0);
	put_no_modes(out, ask->flags & ETHTOOL_FLAG_COMPACT_BITSETS);
	sea_nl_put_u32(out, ETHTOOL_A_LINKMODES_SPEED, wire.speed);
	sea_nl_put_u8(out, ETHTOOL_A_LINKMODES_DUPLEX, wire.duplex);
	sea_nl_put_u8(out, ETHTOOL_A_LINKMODES_RATE_MATCHING, 0);
}

static int has_always(const struct sea_ethtool_ask *ask)
{
	(void)ask;
	return 0;
}

static void put_state(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	sea_nl_put_u8(out, ETHTOOL_A_LINKSTATE_LINK, ask->link->up && ask->link->carrier);
}

/* A veth has one queue in each direction; Linux tells those of no other kind that is here. */
static int has_channels(const struct sea_ethtool_ask *ask)
{
	return is_kind(ask->link, "veth") ? 0 : -EOPNOTSUPP;
}

static void put_channels(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	(void)ask;
	sea_nl_put_u32(out, ETHTOOL_A_CHANNELS_RX_MAX, 1);
	sea_nl_put_u32(out, ETHTOOL_A_CHANNELS_RX_COUNT, 1);
	sea_nl_put_u32(out, ETHTOOL_A_CHANNELS_TX_MAX, 1);
	sea_nl_put_u32(out, ETHTOOL_A_CHANNELS_TX_COUNT, 1);
}

const struct sea_ethtool_view sea_ethtool_linkinfo = { .cmd = ETHTOOL_MSG_LINKINFO_GET,
						       .reply = ETHTOOL_MSG_LINKINFO_GET_REPLY,
						       .header = ETHTOOL_A_LINKINFO_HEADER,
						       .room = 512,
						       .has = has_wire,
						       .put = put_info };
const struct sea_ethtool_view sea_ethtool_linkmodes = { .cmd = ETHTOOL_MSG_LINKMODES_GET,
							.reply = ETHTOOL_MSG_LINKMODES_GET_REPLY,
							.header = ETHTOOL_A_LINKMODES_HEADER,
							.room = 512,
							.has = has_wire,
							.put = put_modes };
const struct sea_ethtool_view sea_ethtool_linkstate = { .cmd = ETHTOOL_MSG_LINKSTATE_GET,
							.reply = ETHTOOL_MSG_LINKSTATE_GET_REPLY,
							.header = ETHTOOL_A_LINKSTATE_HEADER,
							.room = 512,
							.has = has_always,
							.put = put_state };
const struct sea_ethtool_view sea_ethtool_channels = { .cmd = ETHTOOL_MSG_CHANNELS_GET,
						       .reply = ETHTOOL_MSG_CHANNELS_GET_REPLY,
						       .header = ETHTOOL_A_CHANNELS_HEADER,
						       .room = 512,
						       .has = has_channels,
						       .put = put_channels };
