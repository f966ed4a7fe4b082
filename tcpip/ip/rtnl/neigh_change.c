/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWNEIGH and RTM_DELNEIGH. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/neigh.h"
#include "ip/rtnl/neigh.h"

/* What of ndm_flags an entry keeps. */
#define KEPT (NTF_EXT_LEARNED | NTF_ROUTER)

struct change {
	struct sea_nl_req *req;
	struct ndmsg hdr;
	struct sea_nl_attr tb[NDA_MAX + 1];
	struct sea_neigh_table *table;
	struct sea_link *link; /* NULL: none is named */
	struct sea_ipaddr addr;
	struct sea_neigh_change what;
};

static int refuse(const struct change *c, int err, const char *what)
{
	return sea_nl_complain(c->req->extack, err, what);
}

static int read_link(struct change *c)
{
	if (!c->hdr.ndm_ifindex)
		return 0;
	c->link = sea_link_by_index(c->req->stack, c->hdr.ndm_ifindex);
	return c->link ? 0 : -ENODEV;
}

static int read_address(struct change *c)
{
	uint32_t len;

	c->table = sea_rtnl_neighs_of(c->req->stack, c->hdr.ndm_family);
	if (!c->table)
		return -EAFNOSUPPORT;
	len = c->table->ops->family == SEA_AF_INET ? 4 : 16;
	if (c->tb[NDA_DST].len < len)
		return refuse(c, -EINVAL, "Invalid network address");
	memcpy(c->addr.b, c->tb[NDA_DST].value, len);
	return 0;
}

static int read_new(struct change *c)
{
	int err = sea_rtnl_parse(c->req, &c->hdr, sizeof(c->hdr), c->tb, NDA_MAX,
				 sea_rtnl_neigh_policy, SEA_NL_LIBERAL);

	if (err)
		return err;
	if (!c->tb[NDA_DST].value)
		return refuse(c, -EINVAL, "Network address not specified");
	err = read_link(c);
	if (err)
		return err;
	if (c->link && c->tb[NDA_LLADDR].value && c->tb[NDA_LLADDR].len < sizeof(c->what.mac))
		return refuse(c, -EINVAL, "Invalid link address");
	return read_address(c);
}

/* The address alone counts, and no attribute is judged. */
static int read_del(struct change *c)
{
	struct sea_nl_attr attr;
	uint32_t at = 0;
	int err;

	if (c->req->len < sizeof(c->hdr))
		return -EINVAL;
	memcpy(&c->hdr, c->req->payload, sizeof(c->hdr));
	while (!c->tb[NDA_DST].value &&
	       sea_nl_next(c->req->payload + sizeof(c->hdr), c->req->len - (uint32_t)sizeof(c->hdr),
			   &at, &attr))
		if (attr.type == NDA_DST)
			c->tb[NDA_DST] = attr;
	if (!c->tb[NDA_DST].value)
		return refuse(c, -EINVAL, "Network address not specified");
	err = read_link(c);
	return err ? err : read_address(c);
}

static uint16_t flags_of(const struct change *c)
{
	uint16_t flags = c->hdr.ndm_flags & KEPT;

	if (c->tb[NDA_FLAGS_EXT].value && sea_nl_u32(&c->tb[NDA_FLAGS_EXT]) & NTF_EXT_MANAGED)
		flags |= SEA_NTF_MANAGED;
	return flags;
}

static uint8_t protocol_of(const struct change *c)
{
	return c->tb[NDA_PROTOCOL].value ? sea_nl_u8(&c->tb[NDA_PROTOCOL]) : 0;
}

/* -- proxies -- */

static int new_proxy(const struct change *c)
{
	if (flags_of(c) & SEA_NTF_MANAGED)
		return refuse(c, -EINVAL, "Invalid NTF_* flag combination");
	return sea_neigh_proxy_set(c->table, c->link, &c->addr, c->hdr.ndm_flags & NTF_ROUTER,
				   protocol_of(c));
}

/* -- neighbours -- */

/* States of Linux are bits: one of them, or none. */
static int read_change(struct change *c)
{
	uint16_t state = c->hdr.ndm_state;

	if (state > UINT8_MAX || state & (state - 1u))
		return -EINVAL;
	c->what = (struct sea_neigh_change){ .state = (uint8_t)state,
					     .flags = flags_of(c),
					     .protocol = protocol_of(c),
					     .has_mac = c->tb[NDA_LLADDR].value,
					     .use = c->hdr.ndm_flags & NTF_USE };
	if (c->what.has_mac)
		memcpy(c->what.mac.b, c->tb[NDA_LLADDR].value, sizeof(c->what.mac.b));
	return c->what.flags & SEA_NTF_MANAGED && state == SEA_NUD_PERMANENT
		       ? refuse(c, -EINVAL, "Invalid NTF_* flag combination")
		       : 0;
}

/* On lo Linux has one neighbour for all of IPv4, without an address. */
static struct sea_ipaddr kept_address(const struct change *c)
{
	if (c->hdr.ndm_family == AF_INET && c->link->type == SEA_LINK_LOOPBACK)
		return (struct sea_ipaddr){ { 0 } };
	return c->addr;
}

static int new_neigh(struct change *c)
{
	uint16_t flags = c->req->hdr.nlmsg_flags;
	struct sea_ipaddr addr;
	struct sea_neigh *n;
	int err;

	if (!c->link)
		return refuse(c, -EINVAL, "Device not specified");
	err = read_change(c);
	if (err)
		return err;
	n = sea_neigh_find(c->table, c->link, &c->addr);
	if (!n && !(flags & NLM_F_CREATE))
		return -ENOENT;
	if (n && flags & NLM_F_EXCL)
		return -EEXIST;
	c->what.override = !n || flags & NLM_F_REPLACE;
	addr = kept_address(c);
	err = sea_neigh_change(c->table, c->link, &addr, &c->what);
	return err && c->what.why ? refuse(c, err, c->what.why) : err;
}

int sea_rtnl_new_neigh(struct sea_nl_req *req)
{
	struct change c = { .req = req };
	int err = read_new(&c);

	if (err)
		return err;
	return c.hdr.ndm_flags & NTF_PROXY ? new_proxy(&c) : new_neigh(&c);
}

int sea_rtnl_del_neigh(struct sea_nl_req *req)
{
	struct change c = { .req = req };
	int err = read_del(&c);

	if (err)
		return err;
	if (c.hdr.ndm_flags & NTF_PROXY)
		return sea_neigh_proxy_del(c.table, c.link, &c.addr) ? 0 : -ENOENT;
	return c.link ? sea_neigh_forget(c.table, c.link, &c.addr) : -EINVAL;
}
