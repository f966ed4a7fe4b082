/* SPDX-License-Identifier: Apache-2.0 */
/* Where stations are, as messages see it (`bridge fdb … self`): in Linux's order of questions. Groups of nexthops are refused. */
#include <errno.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/neighbour.h>

#include "core/stack.h"
#include "link/device/vxlan.h"

/* -- shown -- */

static struct sea_fdb_far far_of(const struct sea_vxlan *v, const struct sea_vxlan_to *to)
{
	struct sea_fdb_far far = { .port = to->port != v->p.port ? to->port : 0,
				   .has_vni = to->vni != v->p.vni,
				   .vni = to->vni,
				   .ifindex = to->link };

	far.addr_len = v->p.family == SEA_AF_INET ? 4 : 16;
	memcpy(far.addr, to->addr.b, far.addr_len);
	return far;
}

struct sea_fdb_entry sea_vxlan_fdb_entry(const struct sea_vxlan *v, const struct sea_vxlan_fdb *f)
{
	return (struct sea_fdb_entry){
		.link = v->link,
		.far = far_of(v, &f->to),
		.mac = f->mac,
		.state = f->state,
		.flags = f->flags,
		.used = f->used,
		.updated = f->aged.updated,
	};
}

/* The cursor is the number of the entry that was shown last: they stand with the newest first. */
static void walk(struct sea_link *link, uint64_t *cursor,
		 bool (*show)(void *ctx, const struct sea_fdb_entry *entry), void *ctx)
{
	const struct sea_vxlan *v = sea_vxlan_of(link);
	const struct sea_list *n;

	for (n = v->entries.next; n != &v->entries; n = n->next) {
		const struct sea_vxlan_fdb *f = sea_container(n, struct sea_vxlan_fdb, node);
		const struct sea_fdb_entry entry = sea_vxlan_fdb_entry(v, f);

		if (*cursor && f->serial >= *cursor)
			continue;
		if (!show(ctx, &entry))
			return;
		*cursor = f->serial;
	}
}

static int get(struct sea_link *link, const struct sea_fdb_ask *ask, struct sea_fdb_entry *entry)
{
	const struct sea_vxlan *v = sea_vxlan_of(link);
	const struct sea_vxlan_fdb *f = sea_vxlan_fdb_find(v, &ask->mac);

	if (!f)
		return sea_nl_complain(ask->extack, -ENOENT, "Fdb entry not found");
	*entry = sea_vxlan_fdb_entry(v, f);
	return 0;
}

/* -- read -- */

static int read_addr(const struct sea_vxlan *v, const struct sea_fdb_ask *ask,
		     struct sea_ipaddr *addr)
{
	const struct sea_nl_attr *a = &ask->tb[NDA_DST];

	memset(addr, 0, sizeof(*addr));
	if (!a->value)
		return 0;
	if (a->len < 4)
		return sea_nl_complain(ask->extack, -EAFNOSUPPORT, "Unsupported address family");
	if (a->len != (v->p.family == SEA_AF_INET ? 4 : 16))
		return -EAFNOSUPPORT;
	memcpy(addr->b, a->value, a->len);
	return 0;
}

static int read_port(const struct sea_fdb_ask *ask, uint16_t *port)
{
	const struct sea_nl_attr *a = &ask->tb[NDA_PORT];

	if (!a->value)
		return 0;
	if (a->len != 2)
		return sea_nl_complain(ask->extack, -EINVAL, "Invalid vxlan port");
	*port = sea_get16(a->value);
	return 0;
}

static int read_vni(const struct sea_fdb_ask *ask, uint32_t *vni)
{
	const struct sea_nl_attr *a = &ask->tb[NDA_VNI];

	if (!a->value)
		return 0;
	if (a->len != 4)
		return sea_nl_complain(ask->extack, -EINVAL, "Invalid vni");
	*vni = sea_nl_u32(a);
	return *vni > SEA_VXLAN_VNI_MAX ? sea_nl_complain(ask->extack, -EINVAL, "Invalid vni") : 0;
}

static int read_link(const struct sea_vxlan *v, const struct sea_fdb_ask *ask, int32_t *link)
{
	const struct sea_nl_attr *a = &ask->tb[NDA_IFINDEX];

	if (!a->value)
		return 0;
	if (a->len != 4)
		return sea_nl_complain(ask->extack, -EINVAL, "Invalid ifindex");
	*link = (int32_t)sea_nl_u32(a);
	if (!sea_link_by_index(v->link->stack, *link))
		return sea_nl_complain(ask->extack, -EADDRNOTAVAIL, "Device not found");
	return 0;
}

static int read_to(const struct sea_vxlan *v, const struct sea_fdb_ask *ask,
		   struct sea_vxlan_to *to)
{
	int err;

	*to = (struct sea_vxlan_to){ .port = v->p.port, .vni = v->p.vni };
	if (ask->tb[NDA_SRC_VNI].value)
		return sea_nl_complain(ask->extack, -EOPNOTSUPP,
				       "VXLANs of several source VNIs are not supported");
	err = read_addr(v, ask, &to->addr);
	if (!err)
		err = read_port(ask, &to->port);
	if (!err)
		err = read_vni(ask, &to->vni);
	if (!err)
		err = read_link(v, ask, &to->link);
	return err;
}

static bool is_group(const struct sea_vxlan *v, const struct sea_ipaddr *a)
{
	return v->p.family == SEA_AF_INET ? (a->b[0] & 0xf0) == 0xe0 : a->b[0] == 0xff;
}

/* -- added -- */

static struct sea_vxlan_fdb *find_place(const struct sea_vxlan *v, const struct sea_mac *mac,
					const struct sea_vxlan_to *to)
{
	struct sea_vxlan_fdb *f = sea_vxlan_fdb_find(v, mac);

	while (f && !sea_vxlan_same_to(&f->to, to))
		f = sea_vxlan_fdb_next(f);
	return f;
}

/* Frames to these go to all places. */
static bool has_places(const struct sea_mac *mac)
{
	return sea_mac_is_multicast(mac) || sea_mac_is_zero(mac);
}

static int add_place(struct sea_vxlan *v, const struct sea_fdb_ask *ask,
		     const struct sea_vxlan_to *to)
{
	struct sea_vxlan_fdb *f;

	if (sea_vxlan_fdb_is_full(v))
		return -ENOSPC;
	f = sea_vxlan_fdb_new(v, &ask->mac, to, ask->state, ask->flags);
	if (!f)
		return -ENOMEM;
	sea_vxlan_fdb_refile(v, f);
	sea_vxlan_fdb_tell(v, f, false);
	return 0;
}

/* All its places have one state. */
static bool set_state(struct sea_vxlan *v, struct sea_vxlan_fdb *f, const struct sea_fdb_ask *ask)
{
	bool differs = f->state != ask->state || f->flags != ask->flags;

	for (; differs && f; f = sea_vxlan_fdb_next(f)) {
		f->state = ask->state;
		f->flags = ask->flags;
		f->aged.updated = v->link->stack->shard.now;
		sea_vxlan_fdb_refile(v, f);
	}
	return differs;
}

static int change(struct sea_vxlan *v, struct sea_vxlan_fdb *f, const struct sea_fdb_ask *ask,
		  const struct sea_vxlan_to *to)
{
	bool tell;

	if (ask->msg_flags & NLM_F_EXCL)
		return -EEXIST;
	if (ask->msg_flags & NLM_F_REPLACE && has_places(&ask->mac))
		return sea_nl_complain(ask->extack, -EOPNOTSUPP,
				       "Cannot replace non-unicast fdb entries");
	tell = set_state(v, f, ask);
	if (ask->msg_flags & NLM_F_REPLACE && !sea_vxlan_same_to(&f->to, to)) {
		f->to = *to;
		tell = true;
	}
	if (ask->msg_flags & NLM_F_APPEND && has_places(&ask->mac) && !find_place(v, &ask->mac, to))
		return add_place(v, ask, to);
	if (tell)
		sea_vxlan_fdb_tell(v, f, false);
	return 0;
}

static int add(struct sea_link *link, const struct sea_fdb_ask *ask)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_vxlan_fdb *f;
	struct sea_vxlan_to to;
	int err;

	if (!(ask->state & (NUD_PERMANENT | NUD_REACHABLE)) || !ask->tb[NDA_DST].value)
		return -EINVAL;
	err = read_to(v, ask, &to);
	if (err)
		return err;
	if (is_group(v, &to.addr))
		return sea_nl_complain(ask->extack, -EOPNOTSUPP,
				       "VXLANs through groups are not supported");
	f = sea_vxlan_fdb_find(v, &ask->mac);
	if (f)
		return change(v, f, ask, &to);
	if (!(ask->msg_flags & NLM_F_CREATE))
		return -ENOENT;
	if (ask->msg_flags & NLM_F_REPLACE && has_places(&ask->mac))
		return sea_nl_complain(ask->extack, -EOPNOTSUPP,
				       "Cannot replace non-unicast fdb entries");
	return add_place(v, ask, &to);
}

/* -- deleted -- */

/* Of a place that is said, that, and no complaint where there is none; else all. */
static int del(struct sea_link *link, const struct sea_fdb_ask *ask)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_vxlan_fdb *f;
	struct sea_vxlan_to to;
	int err = read_to(v, ask, &to);

	if (err)
		return err;
	if (!sea_vxlan_fdb_find(v, &ask->mac))
		return -ENOENT;
	if (!sea_vxlan_is_any(&to.addr)) {
		f = find_place(v, &ask->mac, &to);
		if (f)
			sea_vxlan_fdb_del(v, f);
		return 0;
	}
	while ((f = sea_vxlan_fdb_find(v, &ask->mac)))
		sea_vxlan_fdb_del(v, f);
	return 0;
}

const struct sea_link_fdb_ops sea_vxlan_fdb_ops = {
	.add = add,
	.del = del,
	.get = get,
	.walk = walk,
};
