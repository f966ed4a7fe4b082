/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of bridges: they come and go with their links, and forward while those run. */
#include <errno.h>
#include <string.h>

#include "core/link_set.h"
#include "core/save.h"
#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/device/bridge.h"
#include "link/device/bridge_stp.h"
#include "netlink/policy.h"

#define PRIORITY_DEFAULT 0x20u
#define COST_DEFAULT \
	2u /* of 10 Gbit/s (IEEE 802.1D-1998 table 8-5), which Linux says of taps and veths */

struct sea_bridge_port *sea_bridge_port_of(const struct sea_link *link)
{
	if (!link->master || !sea_link_is_bridge(link->master) || !link->diversion)
		return NULL;
	return link->diversion->ctx;
}

struct sea_bridge_port *sea_bridge_port_by_no(const struct sea_bridge *b, uint16_t no)
{
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p->no == no)
			return p;
	}
	return NULL;
}

/* -- states -- */

static bool runs(const struct sea_bridge_port *p)
{
	return p->bridge->link->up && sea_link_running(p->link);
}

void sea_bridge_port_check(struct sea_bridge_port *p, bool tell)
{
	bool on = p->state != SEA_BRIDGE_DISABLED;

	if (on && !runs(p))
		sea_stp_disable_port(p);
	else if (!on && runs(p))
		sea_stp_enable_port(p);
	else if (tell)
		sea_rtnl_tell_port(p->link, false);
	sea_bridge_follow_states(p->bridge);
}

/* Without a tree nothing keeps one blocked: as on Linux it goes on to forward. */
int sea_bridge_port_set_state(struct sea_bridge_port *p, uint8_t state)
{
	if (state > SEA_BRIDGE_BLOCKING)
		return -EINVAL;
	if (p->bridge->stp.on)
		return -EBUSY;
	if (!p->link->up || (!p->link->carrier && state != SEA_BRIDGE_DISABLED))
		return -ENETDOWN;
	p->state = state;
	sea_stp_state_selection(p->bridge);
	return 0;
}

/* -- they come -- */

static uint16_t free_no(const struct sea_bridge *b)
{
	for (uint16_t no = 1; no <= SEA_BRIDGE_PORTS_MAX; no++)
		if (!sea_bridge_port_by_no(b, no))
			return no;
	return 0;
}

static struct sea_bridge_port *new_port(struct sea_bridge *b, struct sea_link *link, uint16_t no)
{
	struct sea_pool *pool = &link->stack->shard.pool;
	struct sea_bridge_port *p = sea_pool_zalloc(pool, sizeof(*p));

	if (!p)
		return NULL;
	p->bridge = b;
	p->link = link;
	p->no = no;
	p->priority = PRIORITY_DEFAULT;
	p->cost = COST_DEFAULT;
	p->flags = SEA_BRPORT_DEFAULT;
	p->mac = link->mac;
	sea_stp_init_port(p);
	sea_list_insert(&p->node, &b->ports, b->ports.next);
	b->n_ports++;
	return p;
}

static void free_port(struct sea_bridge_port *p)
{
	p->bridge->n_ports--;
	sea_list_remove(&p->node);
	sea_bridge_vlans_fini(p->bridge, &p->vlans);
	sea_stp_fini_port(p);
	sea_pool_free(&p->link->stack->shard.pool, p, sizeof(*p));
}

int sea_bridge_judge_port(const struct sea_link *master, const struct sea_link *link,
			  struct sea_nl_extack *extack)
{
	const struct sea_bridge *b = sea_bridge_of(master);

	if (link->type != SEA_LINK_ETHERNET || sea_mac_is_zero(&link->mac))
		return -EINVAL;
	if (sea_link_is_bridge(link))
		return sea_kind_complain(extack, -ELOOP, "Can not enslave a bridge to a bridge");
	if (!free_no(b))
		return -EXFULL;
	return 0;
}

/* A port whose frames come to the bridge. */
static int add_port(struct sea_bridge *b, struct sea_link *link, uint16_t no,
		    struct sea_bridge_port **port)
{
	int err;

	*port = new_port(b, link, no);
	if (!*port)
		return -ENOMEM;
	err = sea_link_divert(link, sea_bridge_input, *port);
	if (err)
		free_port(*port);
	return err;
}

static int equip(struct sea_bridge_port *p)
{
	struct sea_bridge *b = p->bridge;
	int err = sea_bridge_fdb_add_local(b, p, &p->link->mac, 0);

	if (!err && b->default_pvid)
		err = sea_bridge_vlan_add(b, p, b->default_pvid, true, true);
	return err;
}

static void join(struct sea_bridge_port *p)
{
	sea_link_allmulti(p->link, 1);
	sea_link_tell(p->link, 0);
	sea_link_promiscuity(p->link, 1);
	sea_link_tell(p->link, SEA_IFF_PROMISC);
}

static void part(struct sea_bridge_port *p)
{
	sea_link_promiscuity(p->link, -1);
	sea_link_allmulti(p->link, -1);
	sea_link_tell(p->link, SEA_IFF_PROMISC);
}

int sea_bridge_enslave(struct sea_link *master, struct sea_link *link, struct sea_nl_extack *extack)
{
	struct sea_bridge *b = sea_bridge_of(master);
	struct sea_bridge_port *p;
	int err;

	(void)extack;
	err = add_port(b, link, free_no(b), &p);
	if (err)
		return err;
	link->master = master;
	join(p);
	err = equip(p);
	if (err) {
		sea_bridge_release(master, link);
		return err;
	}
	sea_bridge_follow_macs(b);
	if (b->default_pvid)
		sea_bridge_vlan_tell(b, p, b->default_pvid, b->default_pvid, false);
	if (runs(p))
		sea_stp_enable_port(p);
	else
		sea_rtnl_tell_port(link, false);
	sea_bridge_follow_states(b);
	sea_bridge_follow_mtus(b);
	return 0;
}

/* -- they go -- */

void sea_bridge_release(struct sea_link *master, struct sea_link *link)
{
	struct sea_bridge *b = sea_bridge_of(master);
	struct sea_bridge_port *p = sea_bridge_port_of(link);

	if (!p) { /* loading failed before it was one */
		link->master = NULL;
		return;
	}
	part(p);
	sea_stp_disable_port(p);
	sea_rtnl_tell_port(link, true);
	sea_bridge_vlans_clear(b, p);
	sea_list_remove(&p->node); /* nobody inherits addresses for it */
	sea_bridge_fdb_flush(b, p, 0, true);
	sea_link_undivert(link);
	link->master = NULL;
	free_port(p);
	sea_link_tell(link, 0);
	sea_bridge_follow_macs(b);
	sea_bridge_follow_mtus(b);
	sea_bridge_follow_states(b);
}

/* The link has another address, and the FDB has it in place of the old one. */
void sea_bridge_port_follow_mac(struct sea_bridge_port *p)
{
	const struct sea_mac old = p->mac;

	if (sea_mac_equal(&old, &p->link->mac))
		return;
	p->mac = p->link->mac;
	for (uint16_t vid = 0; vid < SEA_BRIDGE_VIDS; vid++) {
		if (vid && !sea_bridge_vlan_has(p->vlans.member, vid))
			continue;
		sea_bridge_fdb_del_local(p->bridge, p, &old, vid);
		(void)!sea_bridge_fdb_add_local(p->bridge, p, &p->mac, vid);
	}
}

/* -- saved -- */

static void save_port(const struct sea_bridge_port *p, struct sea_saver *to)
{
	sea_save_u32(to, (uint32_t)p->link->ifindex);
	sea_save_u16(to, p->no);
	sea_save_u8(to, p->state);
	sea_save_u8(to, p->priority);
	sea_save_u32(to, p->cost);
	sea_save_u32(to, p->flags);
	sea_save_u16(to, p->group_fwd_mask);
	sea_stp_save_port(p, to);
	sea_bridge_vlans_save(&p->vlans, to);
}

/* The first that came is first. */
void sea_bridge_save_ports(const struct sea_bridge *b, struct sea_saver *to)
{
	sea_save_u32(to, b->n_ports);
	for (struct sea_list *n = b->ports.prev; n != &b->ports; n = n->prev)
		save_port(sea_container(n, struct sea_bridge_port, node), to);
}

static int load_port(struct sea_bridge *b, struct sea_loader *from)
{
	int ifindex = (int)sea_load_count(from, 65535);
	uint16_t no = sea_load_u16(from);
	struct sea_link *link = sea_link_by_index(b->link->stack, ifindex);
	struct sea_bridge_port *p;
	int err;

	if (from->err || !link || link->master != b->link || link->diversion ||
	    link->type != SEA_LINK_ETHERNET || !no || no > SEA_BRIDGE_PORTS_MAX ||
	    sea_bridge_port_by_no(b, no))
		return from->err ? from->err : -EINVAL;
	err = add_port(b, link, no, &p);
	if (err)
		return err;
	p->state = sea_load_u8(from);
	p->priority = sea_load_u8(from);
	p->cost = sea_load_u32(from);
	p->flags = sea_load_u32(from);
	p->group_fwd_mask = sea_load_u16(from);
	sea_stp_load_port(p, from);
	if (!from->err && p->state > SEA_BRIDGE_BLOCKING)
		return -EINVAL;
	return sea_bridge_vlans_load(b, &p->vlans, from);
}

int sea_bridge_load_ports(struct sea_bridge *b, struct sea_loader *from)
{
	struct sea_link *link = NULL;
	uint32_t n_members = 0;
	int err = 0;

	for (uint32_t n = sea_load_count(from, SEA_BRIDGE_PORTS_MAX); n && !err; n--)
		err = load_port(b, from);
	while (!err && (link = sea_link_next(b->link->stack, link)))
		n_members += link->master == b->link;
	return err || n_members == b->n_ports ? err : -EINVAL;
}
