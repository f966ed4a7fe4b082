/* SPDX-License-Identifier: Apache-2.0 */
/* The forwarding database as messages see it (`bridge fdb`): what kernels answer to such, and in which order they look. */
#include <errno.h>

#include <linux/neighbour.h>

#include "core/stack.h"
#include "link/device/bridge.h"
#include "netlink/policy.h"

/* -- shown -- */

static uint16_t state_of(const struct sea_bridge *b, const struct sea_bridge_fdb *f)
{
	int64_t age = sea_time_diff(b->link->stack->shard.now, f->aged.updated);

	if (f->local)
		return NUD_PERMANENT;
	if (f->fixed)
		return NUD_NOARP;
	return age >= (int64_t)b->ageing_time * SEA_BRIDGE_CSEC ? NUD_STALE : NUD_REACHABLE;
}

struct sea_fdb_entry sea_bridge_fdb_entry(const struct sea_bridge *b,
					  const struct sea_bridge_fdb *f)
{
	return (struct sea_fdb_entry){
		.link = f->port ? f->port->link : b->link,
		.master = b->link,
		.mac = f->mac,
		.vid = f->vid,
		.state = state_of(b, f),
		.flags = (uint8_t)((f->sticky ? NTF_STICKY : 0) | (f->ext ? NTF_EXT_LEARNED : 0)),
		.used = f->used,
		.updated = f->aged.updated,
	};
}

/* The bridge that a link is, or is a port of. */
static struct sea_bridge *bridge_of(const struct sea_link *link, struct sea_bridge_port **port)
{
	*port = sea_bridge_port_of(link);
	return *port ? (*port)->bridge : sea_bridge_of(link);
}

/* The cursor is the number of the entry that was shown last: they stand with the newest first. */
static void walk(struct sea_link *link, uint64_t *cursor,
		 bool (*show)(void *ctx, const struct sea_fdb_entry *entry), void *ctx)
{
	struct sea_bridge_port *port;
	const struct sea_bridge *b = bridge_of(link, &port);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &b->entries)
	{
		const struct sea_bridge_fdb *f = sea_container(node, struct sea_bridge_fdb, node);
		const struct sea_fdb_entry entry = sea_bridge_fdb_entry(b, f);

		if ((*cursor && f->serial >= *cursor) || f->port != port)
			continue;
		if (!show(ctx, &entry))
			return;
		*cursor = f->serial;
	}
}

static int get(struct sea_link *master, const struct sea_fdb_ask *ask, struct sea_fdb_entry *entry)
{
	struct sea_bridge *b = sea_bridge_of(master);
	const struct sea_bridge_fdb *f = sea_bridge_fdb_find(b, &ask->mac, ask->vid);

	if (!f)
		return sea_nl_complain(ask->extack, -ENOENT, "Fdb entry not found");
	*entry = sea_bridge_fdb_entry(b, f);
	return 0;
}

/* -- added -- */

static void set_local(struct sea_bridge_fdb *f, uint16_t state)
{
	f->local = state & NUD_PERMANENT;
	f->fixed = state & (NUD_PERMANENT | NUD_NOARP);
}

/* Nobody counts what somebody added by hand. */
static void is_added(struct sea_bridge *b, struct sea_bridge_fdb *f)
{
	f->user = true;
	b->n_learned -= f->counts;
	f->counts = false;
}

static bool differs(const struct sea_bridge *b, const struct sea_bridge_fdb *f,
		    const struct sea_bridge_port *port, const struct sea_fdb_ask *ask)
{
	return f->port != port || state_of(b, f) != ask->state ||
	       f->sticky != ((ask->flags & NTF_STICKY) != 0);
}

/* One of a VLAN, or of none. */
static int add_one(struct sea_bridge *b, struct sea_bridge_port *port,
		   const struct sea_fdb_ask *ask, uint16_t vid)
{
	struct sea_bridge_fdb *f = sea_bridge_fdb_find(b, &ask->mac, vid);
	bool tell = !f;

	if (!f && !(ask->msg_flags & NLM_F_CREATE))
		return -ENOENT;
	if (f && (ask->msg_flags & NLM_F_EXCL))
		return -EEXIST;
	if (!f)
		f = sea_bridge_fdb_new(b, port, &ask->mac, vid);
	if (!f)
		return -ENOMEM;
	tell |= differs(b, f, port, ask);
	f->port = port;
	f->sticky = ask->flags & NTF_STICKY;
	set_local(f, ask->state);
	is_added(b, f);
	f->used = b->link->stack->shard.now;
	if (tell) {
		f->aged.updated = f->used;
		sea_bridge_fdb_refile(b, f);
		sea_bridge_fdb_tell(b, f, false);
	}
	return 0;
}

/* NTF_EXT_LEARNED: somebody learns in our place, and it does not age. */
static int add_ext(struct sea_bridge *b, struct sea_bridge_port *port,
		   const struct sea_fdb_ask *ask)
{
	struct sea_bridge_fdb *f = sea_bridge_fdb_find(b, &ask->mac, ask->vid);
	bool tell = !f || f->port != port || !f->ext;

	if (!f)
		f = sea_bridge_fdb_new(b, port, &ask->mac, ask->vid);
	if (!f)
		return -ENOMEM;
	f->port = port;
	f->ext = true;
	if (!port)
		f->local = f->fixed = true;
	is_added(b, f);
	f->used = f->aged.updated = b->link->stack->shard.now;
	sea_bridge_fdb_refile(b, f);
	if (tell)
		sea_bridge_fdb_tell(b, f, false);
	return 0;
}

/* NTF_USE: as if a frame had come from there. */
static int add_used(struct sea_bridge_port *port, const struct sea_fdb_ask *ask)
{
	if (!port)
		return -EINVAL;
	if (port->state == SEA_BRIDGE_LEARNING || port->state == SEA_BRIDGE_FORWARDING)
		sea_bridge_fdb_learn(port, &ask->mac, ask->vid);
	return 0;
}

static int judge(const struct sea_bridge_port *port, const struct sea_fdb_ask *ask)
{
	bool forwards = port && (port->state == SEA_BRIDGE_LEARNING ||
				 port->state == SEA_BRIDGE_FORWARDING);

	if (port && !forwards && !(ask->state & (NUD_PERMANENT | NUD_NOARP)))
		return -EPERM;
	if (!port && !(ask->state & NUD_PERMANENT))
		return -EINVAL;
	if ((ask->flags & NTF_STICKY) && (ask->state & NUD_PERMANENT))
		return -EINVAL;
	return 0;
}

/* Asked for without a VLAN it is of none, and of each that the port is in. */
static int add_all(struct sea_bridge *b, struct sea_bridge_port *port,
		   const struct sea_fdb_ask *ask)
{
	const uint64_t *member = port ? port->vlans.member : b->vlans.member;
	int err = add_one(b, port, ask, ask->vid);

	if (ask->vid)
		return err;
	for (uint16_t vid = 1; !err && vid < SEA_BRIDGE_VIDS; vid++)
		if (sea_bridge_vlan_has(member, vid))
			err = add_one(b, port, ask, vid);
	return err;
}

static int add(struct sea_link *link, const struct sea_fdb_ask *ask)
{
	struct sea_bridge_port *port;
	struct sea_bridge *b = bridge_of(link, &port);
	int err;

	if (!(ask->state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)))
		return -EINVAL;
	if (sea_mac_is_zero(&ask->mac))
		return -EINVAL;
	if (ask->vid && !sea_bridge_vlan_has(port ? port->vlans.member : b->vlans.member, ask->vid))
		return -EINVAL;
	if (ask->flags & NTF_USE)
		return add_used(port, ask);
	if (ask->flags & NTF_EXT_LEARNED)
		return add_ext(b, port, ask);
	err = judge(port, ask);
	return err ? err : add_all(b, port, ask);
}

/* -- deleted -- */

static int del_one(struct sea_bridge *b, const struct sea_bridge_port *port,
		   const struct sea_mac *mac, uint16_t vid)
{
	struct sea_bridge_fdb *f = sea_bridge_fdb_find(b, mac, vid);

	if (!f || f->port != port)
		return -ENOENT;
	sea_bridge_fdb_del(b, f);
	return 0;
}

static int del(struct sea_link *link, const struct sea_fdb_ask *ask)
{
	struct sea_bridge_port *port;
	struct sea_bridge *b = bridge_of(link, &port);
	const uint64_t *member = port ? port->vlans.member : b->vlans.member;
	int err;

	err = del_one(b, port, &ask->mac, ask->vid);
	for (uint16_t vid = 1; !ask->vid && vid < SEA_BRIDGE_VIDS; vid++)
		if (sea_bridge_vlan_has(member, vid) && !del_one(b, port, &ask->mac, vid))
			err = 0;
	return err;
}

const struct sea_link_fdb_ops sea_bridge_fdb_ops = {
	.add = add,
	.del = del,
	.get = get,
	.walk = walk,
	.vlans_change = sea_bridge_vlans_change,
	.vlans_show = sea_bridge_vlans_show,
	.vlandb_change = sea_bridge_vlandb_change,
	.vlandb_show = sea_bridge_vlandb_show,
};
