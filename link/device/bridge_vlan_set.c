/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLANs of a bridge and its ports in messages: RTM_*LINK of AF_BRIDGE (`bridge vlan`), and RTM_*VLAN, which shows and sets
 * what each has besides: its state, its counters (`bridge -d vlan`, `bridge vlan set`). no-oracle: the kernel here is built
 * without them; what is done is what bridge(8) and <linux/if_bridge.h> say.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/device/bridge.h"
#include "netlink/build.h"
#include "netlink/policy.h"

/* -- asked for -- */

struct range {
	uint16_t from, to, flags;
};

static uint16_t flags_of(const struct sea_bridge_vlans *v, uint16_t vid)
{
	return (uint16_t)((v->pvid == vid ? BRIDGE_VLAN_INFO_PVID : 0) |
			  (sea_bridge_vlan_has(v->untagged, vid) ? BRIDGE_VLAN_INFO_UNTAGGED : 0));
}

/* That one is not there to be deleted is no error (as on Linux). 1: it changed, 0: it did not, or -ENOMEM. */
static int change_one(struct sea_bridge *b, struct sea_bridge_port *port, uint16_t vid,
		      uint16_t flags, bool del)
{
	const struct sea_bridge_vlans *v = port ? &port->vlans : &b->vlans;
	bool is = sea_bridge_vlan_has(v->member, vid);
	int err;

	if (del && is)
		sea_bridge_vlan_del(b, port, vid);
	if (del)
		return is;
	if (is && flags_of(v, vid) == (flags & (BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED)))
		return 0;
	err = sea_bridge_vlan_add(b, port, vid, flags & BRIDGE_VLAN_INFO_PVID,
				  flags & BRIDGE_VLAN_INFO_UNTAGGED);
	return err ? err : 1;
}

/* Who listens is told of runs of those that changed. */
static int change_range(struct sea_bridge *b, struct sea_bridge_port *port, struct range r,
			bool del, bool *changed)
{
	uint16_t first = 0;

	for (uint16_t vid = r.from; vid <= r.to; vid++) {
		int err = change_one(b, port, vid, r.flags, del);

		if (err < 0)
			return err;
		if (err && !first)
			first = vid;
		if (first && (!err || vid == r.to)) {
			sea_bridge_vlan_tell(b, port, first, (uint16_t)(err ? vid : vid - 1), del);
			first = 0;
		}
		*changed |= err;
	}
	return 0;
}

/* A range comes as its beginning and its end. */
static int read_range(const struct sea_nl_attr *a, uint16_t *begin, struct range *r)
{
	struct bridge_vlan_info info;

	if (a->len != sizeof(info))
		return -EINVAL;
	memcpy(&info, a->value, sizeof(info));
	if (!info.vid || info.vid >= SEA_BRIDGE_VIDS - 1)
		return -EINVAL;
	r->flags = info.flags;
	r->from = r->to = info.vid;
	if (info.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
		if (*begin || (info.flags & BRIDGE_VLAN_INFO_PVID))
			return -EINVAL;
		*begin = info.vid;
		return 1;
	}
	if (!(info.flags & BRIDGE_VLAN_INFO_RANGE_END))
		return *begin ? -EINVAL : 0;
	if (!*begin || info.vid <= *begin || (info.flags & BRIDGE_VLAN_INFO_PVID))
		return -EINVAL;
	r->from = *begin;
	*begin = 0;
	return 0;
}

int sea_bridge_vlans_change(struct sea_link *link, const struct sea_nl_attr *spec, bool del,
			    struct sea_nl_extack *extack)
{
	struct sea_bridge_port *port = sea_bridge_port_of(link);
	struct sea_bridge *b = port ? port->bridge : sea_bridge_of(link);
	uint16_t begin = 0;
	bool changed = false;
	struct sea_nl_attr a;
	uint32_t at = 0;
	int err = 0;

	(void)extack;
	while (!err && sea_nl_next(spec->value, spec->len, &at, &a)) {
		struct range r;

		if (a.type == IFLA_BRIDGE_FLAGS || a.type == IFLA_BRIDGE_MODE)
			continue;
		if (a.type != IFLA_BRIDGE_VLAN_INFO)
			return -EOPNOTSUPP;
		err = read_range(&a, &begin, &r);
		if (err > 0) {
			err = 0;
			continue;
		}
		if (!err)
			err = change_range(b, port, r, del, &changed);
	}
	if (changed)
		sea_rtnl_tell_port(link, false);
	return err;
}

/* -- shown -- */

static void put_vlan(struct sea_nl_out *out, uint16_t vid, unsigned flags)
{
	const struct bridge_vlan_info info = { .flags = (uint16_t)flags, .vid = vid };

	sea_nl_put(out, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
}

/* The last of those behind `vid` that are as it is. */
static uint16_t end_of_range(const struct sea_bridge_vlans *v, uint16_t vid)
{
	const uint16_t flags = flags_of(v, vid);

	while (vid + 1u < SEA_BRIDGE_VIDS && !(flags & BRIDGE_VLAN_INFO_PVID) &&
	       sea_bridge_vlan_has(v->member, (uint16_t)(vid + 1)) &&
	       flags_of(v, (uint16_t)(vid + 1)) == flags)
		vid++;
	return vid;
}

void sea_bridge_vlans_show(const struct sea_link *link, bool ranges, struct sea_nl_out *out)
{
	const struct sea_bridge_port *port = sea_bridge_port_of(link);
	const struct sea_bridge_vlans *v = port ? &port->vlans : &sea_bridge_of(link)->vlans;

	for (uint16_t vid = 1; vid < SEA_BRIDGE_VIDS; vid++) {
		const uint16_t flags = flags_of(v, vid);
		uint16_t last;

		if (!sea_bridge_vlan_has(v->member, vid))
			continue;
		last = ranges ? end_of_range(v, vid) : vid;
		if (last == vid) {
			put_vlan(out, vid, flags);
			continue;
		}
		put_vlan(out, vid, flags | BRIDGE_VLAN_INFO_RANGE_BEGIN);
		put_vlan(out, last, flags | BRIDGE_VLAN_INFO_RANGE_END);
		vid = last;
	}
}

/* -- RTM_*VLAN: asked for -- */

/* Newer than some headers: BRIDGE_VLANDB_ENTRY_*. */
enum { ENTRY_MAX_GROUPS = 8, ENTRY_NEIGH_SUPPRESS };
#define ONLY_OPTS (1u << 6) /* BRIDGE_VLAN_INFO_ONLY_OPTS */
#define RANGES (BRIDGE_VLAN_INFO_RANGE_BEGIN | BRIDGE_VLAN_INFO_RANGE_END)

static const struct sea_nl_policy entry_policy[ENTRY_NEIGH_SUPPRESS + 1] = {
	[BRIDGE_VLANDB_ENTRY_INFO] = SEA_NL_EXACTLY(sizeof(struct bridge_vlan_info)),
	[BRIDGE_VLANDB_ENTRY_RANGE] = { .type = SEA_NL_U16 },
	[BRIDGE_VLANDB_ENTRY_STATE] = { .type = SEA_NL_U8 },
	[BRIDGE_VLANDB_ENTRY_TUNNEL_INFO] = { .type = SEA_NL_NESTED },
	[BRIDGE_VLANDB_ENTRY_MCAST_ROUTER] = { .type = SEA_NL_U8 },
	[ENTRY_MAX_GROUPS] = { .type = SEA_NL_U32 },
	[ENTRY_NEIGH_SUPPRESS] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MAX, .max = 1 },
};

static int judge_range(const struct range *r, struct sea_nl_extack *extack)
{
	if (!r->from || r->from >= SEA_BRIDGE_VIDS - 1 || !r->to || r->to >= SEA_BRIDGE_VIDS - 1)
		return sea_nl_complain(extack, -EINVAL, "bridge: Vlan id is invalid");
	if (r->to < r->from || (r->to > r->from && r->flags & BRIDGE_VLAN_INFO_PVID))
		return sea_nl_complain(extack, -EINVAL, "bridge: Invalid vlan range");
	return 0;
}

static int read_entry(const struct sea_nl_attr *tb, struct range *r, struct sea_nl_extack *extack)
{
	struct bridge_vlan_info info;

	if (!tb[BRIDGE_VLANDB_ENTRY_INFO].value)
		return sea_nl_complain(extack, -EINVAL, "bridge: Missing vlan entry info");
	memcpy(&info, tb[BRIDGE_VLANDB_ENTRY_INFO].value, sizeof(info));
	if (info.flags & RANGES)
		return sea_nl_complain(
			extack, -EINVAL,
			"bridge: Old-style vlan ranges are not allowed when using RTM vlan calls");
	*r = (struct range){ .from = info.vid, .to = info.vid, .flags = info.flags };
	if (tb[BRIDGE_VLANDB_ENTRY_RANGE].value)
		r->to = sea_nl_u16(&tb[BRIDGE_VLANDB_ENTRY_RANGE]);
	return judge_range(r, extack);
}

static int judge_absent(const struct sea_nl_attr *tb, struct sea_nl_extack *extack)
{
	static const struct {
		uint16_t type;
		const char *msg;
	} absent[] = {
		{ BRIDGE_VLANDB_ENTRY_TUNNEL_INFO, "bridge: VLANs have no tunnels" },
		{ BRIDGE_VLANDB_ENTRY_MCAST_ROUTER, "bridge: groups are not snooped" },
		{ ENTRY_MAX_GROUPS, "bridge: groups are not snooped" },
	};

	for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (tb[absent[i].type].value)
			return sea_nl_complain_of(extack, -EOPNOTSUPP, &tb[absent[i].type],
						  absent[i].msg);
	if (tb[ENTRY_NEIGH_SUPPRESS].value && sea_nl_u8(&tb[ENTRY_NEIGH_SUPPRESS]))
		return sea_nl_complain_of(extack, -EOPNOTSUPP, &tb[ENTRY_NEIGH_SUPPRESS],
					  "bridge: nobody answers for neighbours");
	return 0;
}

static int set_states(struct sea_bridge *b, struct sea_bridge_port *port, const struct range *r,
		      const struct sea_nl_attr *state, struct sea_nl_extack *extack)
{
	struct sea_bridge_vlans *v = port ? &port->vlans : &b->vlans;
	int err = 0;

	for (uint16_t vid = r->from; vid <= r->to; vid++)
		if (!sea_bridge_vlan_has(v->member, vid))
			return sea_nl_complain(extack, -ENOENT,
					       "bridge: Vlan doesn't exist, can't process options");
	if (!state->value)
		return 0;
	if (sea_nl_u8(state) > SEA_BRIDGE_BLOCKING)
		return sea_nl_complain(extack, -EINVAL, "bridge: Invalid vlan state");
	if (b->stp.on)
		return sea_nl_complain(extack, -EBUSY,
				       "bridge: Can't modify vlan state when using kernel STP");
	for (uint16_t vid = r->from; !err && vid <= r->to; vid++)
		err = sea_bridge_vlan_set_state(b, v, vid, sea_nl_u8(state));
	if (!err)
		sea_bridge_vlan_tell(b, port, r->from, r->to, false);
	return err;
}

static int change_entry(struct sea_link *link, const struct sea_nl_attr *entry, bool del,
			struct sea_nl_extack *extack)
{
	struct sea_bridge_port *port = sea_bridge_port_of(link);
	struct sea_bridge *b = port ? port->bridge : sea_bridge_of(link);
	struct sea_nl_attr tb[ENTRY_NEIGH_SUPPRESS + 1];
	bool changed = false;
	struct range r;
	int err = sea_nl_parse_nest(tb, ENTRY_NEIGH_SUPPRESS, entry, entry_policy, SEA_NL_STRICT,
				    extack);

	if (!err)
		err = read_entry(tb, &r, extack);
	if (!err && !del)
		err = judge_absent(tb, extack);
	if (!err && (del || !(r.flags & ONLY_OPTS)))
		err = change_range(b, port, r, del, &changed);
	if (changed)
		sea_rtnl_tell_port(link, false);
	if (!err && !del)
		err = set_states(b, port, &r, &tb[BRIDGE_VLANDB_ENTRY_STATE], extack);
	return err;
}

/* What all ports have alike: only that a VLAN is there. Spanning trees and snooping have settings of it on Linux. */
static int change_global(struct sea_link *link, const struct sea_nl_attr *options,
			 struct sea_nl_extack *extack)
{
	struct sea_nl_attr one, id = { 0 };
	uint32_t at = 0;

	if (!sea_link_is_bridge(link))
		return sea_nl_complain(extack, -EINVAL, "bridge: Not a bridge device");
	while (sea_nl_next(options->value, options->len, &at, &one))
		if (one.type == BRIDGE_VLANDB_GOPTS_ID && one.len == 2)
			id = one;
		else if (one.type != BRIDGE_VLANDB_GOPTS_RANGE)
			return sea_nl_complain_of(extack, -EOPNOTSUPP, &one,
						  "bridge: VLANs have no options of all ports");
	if (!id.value)
		return sea_nl_complain(extack, -EINVAL, "bridge: Missing vlan entry id");
	if (sea_nl_u16(&id) >= SEA_BRIDGE_VIDS ||
	    !sea_bridge_vlan_used(sea_bridge_of(link), sea_nl_u16(&id)))
		return sea_nl_complain(extack, -ENOENT,
				       "bridge: Vlan doesn't exist, can't process global options");
	return 0;
}

int sea_bridge_vlandb_change(struct sea_link *link, const struct sea_nl_attr *a, bool del,
			     struct sea_nl_extack *extack)
{
	return a->type == BRIDGE_VLANDB_ENTRY ? change_entry(link, a, del, extack)
					      : change_global(link, a, extack);
}

/* -- RTM_*VLAN: shown -- */

/* What an entry takes at most. */
#define ENTRY_ROOM 160u

static void put_counters(struct sea_nl_out *out, const struct sea_bridge *b, uint16_t vid)
{
	static const struct sea_bridge_counters none;
	const struct sea_bridge_counters *c = b->counters ? &b->counters[vid] : &none;
	uint32_t nest = sea_nl_nest(out, BRIDGE_VLANDB_ENTRY_STATS | NLA_F_NESTED);

	sea_nl_put_u64(out, BRIDGE_VLANDB_STATS_RX_BYTES, c->rx_bytes);
	sea_nl_put_u64(out, BRIDGE_VLANDB_STATS_RX_PACKETS, c->rx_packets);
	sea_nl_put_u64(out, BRIDGE_VLANDB_STATS_TX_BYTES, c->tx_bytes);
	sea_nl_put_u64(out, BRIDGE_VLANDB_STATS_TX_PACKETS, c->tx_packets);
	sea_nl_nest_end(out, nest);
}

/* One that is gone has nothing besides. */
static void put_entry(struct sea_nl_out *out, const struct sea_bridge_vlans *v, uint16_t vid,
		      uint16_t last, bool gone, const struct sea_bridge *counts)
{
	const struct bridge_vlan_info info = { .vid = vid, .flags = gone ? 0 : flags_of(v, vid) };
	uint32_t nest = sea_nl_nest(out, BRIDGE_VLANDB_ENTRY | NLA_F_NESTED);

	sea_nl_put(out, BRIDGE_VLANDB_ENTRY_INFO, &info, sizeof(info));
	if (last > vid)
		sea_nl_put_u16(out, BRIDGE_VLANDB_ENTRY_RANGE, last);
	if (!gone) {
		sea_nl_put_u8(out, BRIDGE_VLANDB_ENTRY_STATE, sea_bridge_vlan_state(v, vid));
		sea_nl_put_u8(out, ENTRY_NEIGH_SUPPRESS, 0);
	}
	if (counts)
		put_counters(out, counts, vid);
	sea_nl_nest_end(out, nest);
}

static void put_global(struct sea_nl_out *out, uint16_t vid, uint16_t last)
{
	uint32_t nest = sea_nl_nest(out, BRIDGE_VLANDB_GLOBAL_OPTIONS | NLA_F_NESTED);

	sea_nl_put_u16(out, BRIDGE_VLANDB_GOPTS_ID, vid);
	if (last > vid)
		sea_nl_put_u16(out, BRIDGE_VLANDB_GOPTS_RANGE, last);
	sea_nl_nest_end(out, nest);
}

/* The last of those behind `vid` that are as it is, state included. */
static uint16_t end_of_alike(const struct sea_bridge_vlans *v, uint16_t vid)
{
	uint16_t last = end_of_range(v, vid), at = vid;

	while (at < last &&
	       sea_bridge_vlan_state(v, (uint16_t)(at + 1)) == sea_bridge_vlan_state(v, vid))
		at++;
	return at;
}

/* Of the bridge with all its ports: the last of those behind `vid` that are there, too. */
static uint16_t end_of_used(const struct sea_bridge *b, uint16_t vid)
{
	while (vid + 1u < SEA_BRIDGE_VIDS && sea_bridge_vlan_used(b, (uint16_t)(vid + 1)))
		vid++;
	return vid;
}

static bool show_global(const struct sea_bridge *b, uint16_t *vid, struct sea_nl_out *out)
{
	for (; *vid < SEA_BRIDGE_VIDS; (*vid)++) {
		uint16_t last;

		if (!sea_bridge_vlan_used(b, *vid))
			continue;
		if (out->max - out->len < ENTRY_ROOM)
			return false;
		last = end_of_used(b, *vid);
		put_global(out, *vid, last);
		*vid = last;
	}
	return true;
}

/* Of the bridge all that it or a port is in, whose counters they are. */
static bool show_counted(const struct sea_bridge *b, const struct sea_bridge_port *port,
			 uint16_t *vid, struct sea_nl_out *out)
{
	static const struct sea_bridge_counters none;
	const struct sea_bridge_vlans *v = port ? &port->vlans : &b->vlans;

	for (; *vid < SEA_BRIDGE_VIDS; (*vid)++) {
		const struct sea_bridge_counters *c = b->counters ? &b->counters[*vid] : &none;
		bool is = sea_bridge_vlan_has(v->member, *vid);
		struct bridge_vlan_xstats stats = { .vid = *vid };

		if (!is && (port || !sea_bridge_vlan_used(b, *vid)))
			continue;
		if (out->max - out->len < ENTRY_ROOM)
			return false;
		stats.rx_bytes = c->rx_bytes;
		stats.rx_packets = c->rx_packets;
		stats.tx_bytes = c->tx_bytes;
		stats.tx_packets = c->tx_packets;
		stats.flags = is ? flags_of(v, *vid) : 0;
		if (!port)
			stats.flags |= BRIDGE_VLAN_INFO_MASTER |
				       (is ? BRIDGE_VLAN_INFO_BRENTRY : 0);
		sea_nl_put(out, BRIDGE_XSTATS_VLAN, &stats, sizeof(stats));
	}
	return true;
}

bool sea_bridge_vlandb_show(const struct sea_link *link, uint32_t flags, uint16_t *vid,
			    struct sea_nl_out *out)
{
	const struct sea_bridge_port *port = sea_bridge_port_of(link);
	const struct sea_bridge *b = port ? port->bridge : sea_bridge_of(link);
	const struct sea_bridge_vlans *v = port ? &port->vlans : &b->vlans;
	bool counts = flags & BRIDGE_VLANDB_DUMPF_STATS;

	if (flags & SEA_RTNL_VLANS_COUNTED)
		return show_counted(b, port, vid, out);
	if (flags & BRIDGE_VLANDB_DUMPF_GLOBAL)
		return port || show_global(b, vid, out);
	for (; *vid < SEA_BRIDGE_VIDS; (*vid)++) {
		uint16_t last;

		if (!sea_bridge_vlan_has(v->member, *vid))
			continue;
		if (out->max - out->len < ENTRY_ROOM)
			return false;
		last = counts ? *vid : end_of_alike(v, *vid);
		put_entry(out, v, *vid, last, false, counts ? b : NULL);
		*vid = last;
	}
	return true;
}

/* -- told -- */

struct news {
	const struct sea_bridge_vlans *vlans;
	uint16_t from, to;
	bool gone;
};

static void put_news(struct sea_nl_out *out, const void *arg)
{
	const struct news *n = arg;

	put_entry(out, n->vlans, n->from, n->to, n->gone, NULL);
}

void sea_bridge_vlan_tell(const struct sea_bridge *b, const struct sea_bridge_port *port,
			  uint16_t from, uint16_t to, bool gone)
{
	struct news n = { .vlans = port ? &port->vlans : &b->vlans, .from = from, .gone = gone };

	for (; n.from <= to; n.from = (uint16_t)(n.to + 1)) {
		n.to = gone ? to : end_of_alike(n.vlans, n.from);
		n.to = n.to < to ? n.to : to;
		sea_rtnl_tell_vlans(port ? port->link : b->link, gone, put_news, &n);
	}
}
