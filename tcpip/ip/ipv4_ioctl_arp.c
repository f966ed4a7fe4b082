/* SPDX-License-Identifier: Apache-2.0 */
/* SIOCGARP, SIOCSARP and SIOCDARP, arp(7): IPv4's neighbours, and whom we answer for. */
#include <errno.h>
#include <string.h>

#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include "core/link_set.h"
#include "ip/ipv4.h"
#include "ip/ipv4_module.h"
#include "ip/neigh.h"

#define ATF_DONTPUB 0x40

struct request {
	struct sea_stack *stack;
	struct sea_neigh_table *table;
	struct arpreq arp;
	struct sea_link *link; /* NULL: none is named */
	struct sea_ipaddr addr;
	uint32_t mask;
};

static struct sockaddr_in in_of(const struct sockaddr *sa)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	return in;
}

/* -- read -- */

/* What is not said to be a mask is that of one address; other masks are all or nothing. */
static int read_mask(struct request *r)
{
	struct sockaddr_in in = in_of(&r->arp.arp_netmask);

	if (!(r->arp.arp_flags & ATF_NETMASK))
		in.sin_addr.s_addr = INADDR_BROADCAST;
	memcpy(&r->arp.arp_netmask, &in, sizeof(in));
	r->mask = in.sin_addr.s_addr;
	return r->mask && r->mask != INADDR_BROADCAST ? -EINVAL : 0;
}

static int read_request(struct request *r)
{
	struct sockaddr_in in = in_of(&r->arp.arp_pa);

	if (r->arp.arp_pa.sa_family != AF_INET)
		return -EPFNOSUPPORT;
	if (!(r->arp.arp_flags & ATF_PUBL) && r->arp.arp_flags & (ATF_NETMASK | ATF_DONTPUB))
		return -EINVAL;
	memcpy(r->addr.b, &in.sin_addr, sizeof(in.sin_addr));
	return read_mask(r);
}

static int read_named(struct request *r)
{
	struct ifreq ifr = { 0 };
	unsigned short type;

	memcpy(ifr.ifr_name, r->arp.arp_dev, sizeof(ifr.ifr_name) - 1);
	r->link = sea_link_by_any_name(r->stack, ifr.ifr_name);
	if (!r->link)
		return -ENODEV;
	type = sea_link_arp_type(r->link);
	if (!r->arp.arp_ha.sa_family)
		r->arp.arp_ha.sa_family = type;
	return r->arp.arp_flags & ATF_COM && r->arp.arp_ha.sa_family != type ? -EINVAL : 0;
}

/* As packets that go there: none may leave this host from 127.0.0.0/8. */
static int check_source(const struct sea_route_entry *e)
{
	sea_be32 towards = e->has_gateway ? sea_ipaddr_to4(&e->gateway) : (sea_be32){ { 0 } };
	sea_be32 src = e->has_prefsrc ? sea_ipaddr_to4(&e->prefsrc)
				      : sea_ifaddr4_select(e->link, towards, e->scope);

	return e->link->type != SEA_LINK_LOOPBACK && sea_ipv4_is_loopback(src) &&
			       !SEA_CONF4_OR(e->link, route_localnet)
		       ? -EINVAL
		       : 0;
}

/* Without a name: the link by which it is reached without a router. */
static int read_link(struct request *r)
{
	const struct sea_flow flow = { .family = SEA_AF_INET, .dst = r->addr };
	const struct sea_route_entry *e;
	int err;

	if (*r->arp.arp_dev)
		return read_named(r);
	if (r->arp.arp_flags & ATF_PUBL)
		return 0;
	if (sea_ipv4_is_any(sea_ipaddr_to4(&r->addr))) { /* this host */
		r->link = r->stack->loopback;
		return r->link ? 0 : -EINVAL;
	}
	err = sea_routes_lookup_scoped(&sea_ipv4_of(r->stack)->routes, &flow, SEA_SCOPE_LINK, &e);
	if (err)
		return err;
	r->link = e->type == SEA_ROUTE_LOCAL ? r->stack->loopback : e->link;
	if (!r->link)
		return -EINVAL;
	return e->type == SEA_ROUTE_LOCAL ? 0 : check_source(e);
}

/* -- whom we answer for -- */

static struct sea_link *link_by_mac(struct sea_stack *stack, const struct sockaddr *ha)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if (sea_link_arp_type(link) == ha->sa_family &&
		    !memcmp(link->mac.b, ha->sa_data, sizeof(link->mac.b)))
			return link;
	return NULL;
}

/* For whatever is asked: a link's setting, or that of all. */
static int answer_for_all(struct request *r, bool on)
{
	struct sea_link_ip4 *ip4 = r->link ? sea_link_ip4(r->link) : NULL;

	if (r->link && !ip4)
		return -ENXIO;
	if (ip4) {
		ip4->conf.proxy_arp = on;
		ip4->own_conf |= sea_conf4_bit(offsetof(struct sea_conf4, proxy_arp));
	} else {
		sea_ipv4_of(r->stack)->conf_all.proxy_arp = on;
	}
	return 0;
}

static int set_proxy(struct request *r)
{
	if (!r->link && r->arp.arp_flags & ATF_COM) {
		r->link = link_by_mac(r->stack, &r->arp.arp_ha);
		if (!r->link)
			return -ENODEV;
	}
	if (!r->mask)
		return answer_for_all(r, true);
	return sea_neigh_proxy_set(r->table, r->link, &r->addr, false, 0);
}

static int del_proxy(struct request *r)
{
	if (!r->mask)
		return answer_for_all(r, false);
	return sea_neigh_proxy_del(r->table, r->link, &r->addr) ? 0 : -ENOENT;
}

/* -- neighbours -- */

/* What is new and means all of a link has the address of all from the start. */
static bool is_for_all(const struct request *r)
{
	return r->link->type == SEA_LINK_ETHERNET && !sea_neigh_find(r->table, r->link, &r->addr) &&
	       sea_ipv4_addr_type(r->stack, sea_ipaddr_to4(&r->addr), 0) == SEA_ROUTE_BROADCAST;
}

static int set_neigh(struct request *r)
{
	bool for_ever = r->arp.arp_flags & ATF_PERM;
	struct sea_neigh_change c = {
		.state = (uint8_t)(for_ever ? SEA_NUD_PERMANENT : SEA_NUD_STALE),
		.has_mac = for_ever || r->arp.arp_flags & ATF_COM,
		.override = true,
	};
	struct sea_ipaddr addr = r->addr;

	if (r->arp.arp_ha.sa_family != sea_link_arp_type(r->link))
		return -EINVAL;
	/* On lo there is one neighbour for all of IPv4, as netlink has it. */
	if (r->link->type == SEA_LINK_LOOPBACK)
		addr = (struct sea_ipaddr){ { 0 } };
	memcpy(c.mac.b, r->arp.arp_ha.sa_data, sizeof(c.mac.b));
	if (!c.has_mac && is_for_all(r)) {
		c.has_mac = true;
		memset(c.mac.b, 0xff, sizeof(c.mac.b));
	}
	return sea_neigh_change(r->table, r->link, &addr, &c);
}

/* What was there without a question goes likewise, but Linux says that it was not there. */
static int del_neigh(struct request *r)
{
	const struct sea_neigh *n = sea_neigh_find(r->table, r->link, &r->addr);
	bool asked_for = n && n->state & ~SEA_NUD_NOARP;

	if (n && sea_neigh_forget(r->table, r->link, &r->addr))
		return -ENXIO;
	return asked_for ? 0 : -ENXIO;
}

static int flags_of(const struct sea_neigh *n)
{
	if (n->state & SEA_NUD_PERMANENT)
		return ATF_PERM | ATF_COM;
	return n->state & SEA_NUD_VALID ? ATF_COM : 0;
}

static int get_neigh(struct request *r, struct sea_ioctl *call)
{
	const struct sea_neigh *n = sea_neigh_find(r->table, r->link, &r->addr);

	if (!n || n->state & SEA_NUD_NOARP)
		return -ENXIO;
	if (r->link->type != SEA_LINK_IP)
		memcpy(r->arp.arp_ha.sa_data, n->mac.b, sizeof(n->mac.b));
	r->arp.arp_ha.sa_family = sea_link_arp_type(r->link);
	r->arp.arp_flags = flags_of(n);
	/* What was behind a longer name stays. */
	memcpy(r->arp.arp_dev, r->link->name, strnlen(r->link->name, SEA_IFNAMSIZ - 1) + 1);
	return sea_ioctl_write(call, &r->arp, sizeof(r->arp));
}

static int get(struct request *r, struct sea_ioctl *call)
{
	int err = *r->arp.arp_dev ? read_named(r) : -ENODEV;

	return err ? err : get_neigh(r, call);
}

static int set(struct request *r)
{
	int err = read_link(r);

	if (err)
		return err;
	return r->arp.arp_flags & ATF_PUBL ? set_proxy(r) : set_neigh(r);
}

static int del(struct request *r)
{
	int err = read_link(r);

	if (err)
		return err;
	return r->arp.arp_flags & ATF_PUBL ? del_proxy(r) : del_neigh(r);
}

int sea_ipv4_ioctl_arp(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct request r = { .stack = stack, .table = &sea_ipv4_of(stack)->neigh };
	int err = sea_ioctl_read(call, &r.arp, sizeof(r.arp));

	if (!err)
		err = read_request(&r);
	if (err)
		return err;
	switch (call->request) {
	case SIOCGARP:
		return get(&r, call);
	case SIOCSARP:
		return set(&r);
	default:
		return del(&r);
	}
}
