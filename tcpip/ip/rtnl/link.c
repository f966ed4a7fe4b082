/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWLINK, as links are shown: attributes in Linux's order. */
#include "ip/rtnl/link.h"

#include <string.h>

#include <linux/if.h>

#include "core/qdisc.h"
#include "core/stack.h"

/* What super-segments of any link may be, as Linux begins with. */
#define GSO_MAX_SEGS 65535u
#define GSO_MAX_SIZE 65536u
#define TSO_MAX_SIZE 524280u

/* What has no wire, or one that never says a word, does not know (RFC 2863). */
uint8_t sea_rtnl_operstate(const struct sea_link *link)
{
	if (!link->up)
		return IF_OPER_DOWN;
	if (!link->carrier)
		return link->pair || sea_link_iflink(link) != link->ifindex ? IF_OPER_LOWERLAYERDOWN
									    : IF_OPER_DOWN;
	if (link->kind && link->kind->mute)
		return IF_OPER_UNKNOWN;
	return link->type == SEA_LINK_ETHERNET || link->type == SEA_LINK_VRF ? IF_OPER_UP
									     : IF_OPER_UNKNOWN;
}

const char *sea_rtnl_qdisc_name(const struct sea_link *link)
{
	if (link->queue.handle)
		return link->queue.kind->name;
	if (!link->was_up)
		return "noop";
	return sea_link_is_turned(link) ? "noqueue" : link->queue.kind->name;
}

/* 0: any that there can be. */
static uint32_t mtu_min(const struct sea_link *link)
{
	if (link->kind)
		return link->kind->mtu_min;
	return link->framing->turn ? 0 : SEA_LINK_MTU_MIN;
}

uint32_t sea_rtnl_mtu_max(const struct sea_link *link)
{
	if (link->kind)
		return link->kind->mtu_max;
	return link->framing->turn ? 0 : SEA_LINK_MTU_MAX;
}

static struct sea_link_room room_of(const struct sea_link *link)
{
	struct sea_link_room room = { .tso_max_size = TSO_MAX_SIZE };

	if (link->kind && link->kind->room)
		link->kind->room(link, &room);
	return room;
}

/* -- numbers -- */

static void put_state(struct sea_nl_out *out, const struct sea_link *link)
{
	bool own = link->type == SEA_LINK_LOOPBACK || link->type == SEA_LINK_VRF;

	sea_nl_put_u32(out, IFLA_TXQLEN, link->txqueuelen);
	sea_nl_put_u8(out, IFLA_OPERSTATE, sea_rtnl_operstate(link));
	sea_nl_put_u8(out, IFLA_LINKMODE, link->linkmode);
	sea_nl_put_u8(out, SEA_IFLA_NETNS_IMMUTABLE, own);
	sea_nl_put_u32(out, IFLA_MTU, link->mtu);
	sea_nl_put_u32(out, IFLA_MIN_MTU, mtu_min(link));
	sea_nl_put_u32(out, IFLA_MAX_MTU, sea_rtnl_mtu_max(link));
	sea_nl_put_u32(out, IFLA_GROUP, link->group);
	sea_nl_put_u32(out, IFLA_PROMISCUITY, link->promiscuity);
	sea_nl_put_u32(out, IFLA_ALLMULTI, link->allmulti);
	sea_nl_put_u32(out, IFLA_NUM_TX_QUEUES, 1);
	sea_nl_put_u32(out, IFLA_GSO_MAX_SEGS, GSO_MAX_SEGS);
	sea_nl_put_u32(out, IFLA_GSO_MAX_SIZE, GSO_MAX_SIZE);
	sea_nl_put_u32(out, IFLA_GRO_MAX_SIZE, GSO_MAX_SIZE);
	sea_nl_put_u32(out, SEA_IFLA_GSO_IPV4_MAX_SIZE, GSO_MAX_SIZE);
	sea_nl_put_u32(out, SEA_IFLA_GRO_IPV4_MAX_SIZE, GSO_MAX_SIZE);
	sea_nl_put_u32(out, IFLA_TSO_MAX_SIZE, room_of(link).tso_max_size);
	sea_nl_put_u32(out, IFLA_TSO_MAX_SEGS, GSO_MAX_SEGS);
	sea_nl_put_u32(out, SEA_IFLA_MAX_PACING_OFFLOAD_HORIZON, 0);
	sea_nl_put_u32(out, IFLA_NUM_RX_QUEUES, 1);
}

static void put_carrier(struct sea_nl_out *out, const struct sea_link *link)
{
	if (link->master)
		sea_nl_put_u32(out, IFLA_MASTER, (uint32_t)link->master->ifindex);
	sea_nl_put_u8(out, IFLA_CARRIER, link->carrier);
	if (link->alias)
		sea_nl_put_text(out, IFLA_IFALIAS, link->alias);
	sea_nl_put_u32(out, IFLA_CARRIER_CHANGES, link->carrier_ups + link->carrier_downs);
	sea_nl_put_u32(out, IFLA_CARRIER_UP_COUNT, link->carrier_ups);
	sea_nl_put_u32(out, IFLA_CARRIER_DOWN_COUNT, link->carrier_downs);
	sea_nl_put_u16(out, SEA_IFLA_HEADROOM, room_of(link).headroom);
	sea_nl_put_u16(out, SEA_IFLA_TAILROOM, 0);
	sea_nl_put_u8(out, IFLA_PROTO_DOWN, 0);
}

static void put_macs(struct sea_nl_out *out, const struct sea_link *link)
{
	struct sea_mac all;

	if (link->kind && link->kind->put_addrs)
		link->kind->put_addrs(link, out);
	if (link->type == SEA_LINK_IP)
		return;
	memset(all.b, link->type == SEA_LINK_LOOPBACK ? 0 : 0xff, sizeof(all.b));
	sea_nl_put(out, IFLA_ADDRESS, link->mac.b, sizeof(link->mac.b));
	sea_nl_put(out, IFLA_BROADCAST, all.b, sizeof(all.b));
}

void sea_rtnl_stats_of(const struct sea_link *link, struct rtnl_link_stats64 *stats)
{
	const struct sea_link_stats *s = &link->stats;

	*stats = (struct rtnl_link_stats64){
		.rx_packets = s->rx_packets,
		.tx_packets = s->tx_packets,
		.rx_bytes = s->rx_bytes,
		.tx_bytes = s->tx_bytes,
		.rx_errors = s->rx_errors,
		.tx_errors = s->tx_errors,
		.rx_dropped = s->rx_dropped,
		.tx_dropped = s->tx_dropped,
		.multicast = s->multicast,
	};
}

/* The older message has the same numbers, but for the last, in half as many bytes. */
static void put_stats(struct sea_nl_out *out, const struct sea_link *link)
{
	struct rtnl_link_stats64 wide;
	uint32_t narrow[sizeof(struct rtnl_link_stats) / sizeof(uint32_t)];
	uint64_t each[sizeof(wide) / sizeof(uint64_t)];

	sea_rtnl_stats_of(link, &wide);
	memcpy(each, &wide, sizeof(each));
	for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
		narrow[i] = (uint32_t)each[i];
	sea_nl_put(out, IFLA_STATS64, &wide, sizeof(wide));
	sea_nl_put(out, IFLA_STATS, narrow, sizeof(narrow));
}

/* -- nests -- */

static void put_xdp(struct sea_nl_out *out)
{
	uint32_t nest = sea_nl_nest(out, IFLA_XDP);

	sea_nl_put_u8(out, IFLA_XDP_ATTACHED, XDP_ATTACHED_NONE);
	sea_nl_nest_end(out, nest);
}

static void put_altnames(struct sea_nl_out *out, const struct sea_link *link)
{
	struct sea_list *node, *tmp;
	uint32_t nest;

	if (sea_list_empty(&link->altnames))
		return;
	nest = sea_nl_nest(out, IFLA_PROP_LIST | NLA_F_NESTED);
	SEA_LIST_EACH(node, tmp, &link->altnames)
	sea_nl_put_text(out, IFLA_ALT_IFNAME, sea_container(node, struct sea_altname, node)->text);
	sea_nl_nest_end(out, nest);
}

static void put_empty_nest(struct sea_nl_out *out, uint16_t type)
{
	sea_nl_nest_end(out, sea_nl_nest(out, type | NLA_F_NESTED));
}

#define ROOM_PLAIN 2560u

uint32_t sea_rtnl_link_room(const struct sea_link *link)
{
	struct sea_list *node, *tmp;
	uint32_t room = ROOM_PLAIN;

	SEA_LIST_EACH(node, tmp, &link->altnames)
	room += sea_nl_attr_room(sea_container(node, struct sea_altname, node)->size);
	return room;
}

bool sea_rtnl_write_link(struct sea_nl_out *out, const struct sea_link *link,
			 const struct sea_rtnl_link_how *how)
{
	static const struct rtnl_link_ifmap map;
	const struct ifinfomsg hdr = { .ifi_type = sea_link_arp_type(link),
				       .ifi_index = link->ifindex,
				       .ifi_flags = sea_link_flags(link),
				       .ifi_change = how->change };

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, IFLA_IFNAME, link->name);
	put_state(out, link);
	put_carrier(out, link);
	if (how->event)
		sea_nl_put_u32(out, IFLA_EVENT, how->event);
	put_macs(out, link);
	put_stats(out, link);
	put_xdp(out);
	sea_rtnl_put_kind(out, link);
	if (sea_link_iflink(link) != link->ifindex)
		sea_nl_put_u32(out, IFLA_LINK, (uint32_t)sea_link_iflink(link));
	sea_nl_put_text(out, IFLA_QDISC, sea_rtnl_qdisc_name(link));
	if (how->type == RTM_DELLINK) /* families know it no more */
		sea_nl_nest_end(out, sea_nl_nest(out, IFLA_AF_SPEC));
	else
		sea_rtnl_put_af_spec(out, link);
	sea_nl_put(out, IFLA_MAP, &map, sizeof(map));
	put_altnames(out, link);
	put_empty_nest(out, SEA_IFLA_DEVLINK_PORT);
	put_empty_nest(out, SEA_IFLA_DPLL_PIN);
	return sea_nl_end(out);
}
