/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_SETLINK, RTM_NEWLINK, RTM_DELLINK: what is asked is judged and done step by step, in Linux's
 * order and with its errors. A step that fails ends it; what was done before stays done (as on Linux).
 */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/ifaddr6.h"
#include "ip/rtnl/link.h"

#define GSO_MAX_SEGS 65535u
#define GSO_MAX_SIZE 524280u
#define LINKMODE_MAX 1

/* Of a request: what is done so far. */
#define DONE 1u /* something */
#define TELL 3u /* … of which nobody has been told yet */

struct change {
	struct sea_nl_req *req;
	struct ifinfomsg hdr;
	struct sea_nl_attr tb[SEA_IFLA_MAX + 1];
	struct sea_link *link;
	unsigned done;
};

static bool has(const struct change *c, unsigned type)
{
	return c->tb[type].value;
}

static int complain(const struct change *c, int err, const char *msg)
{
	return sea_nl_complain(c->req->extack, err, msg);
}

/* -- judged first -- */

static int check_sizes(const struct change *c)
{
	if (has(c, IFLA_GSO_MAX_SIZE) && sea_nl_u32(&c->tb[IFLA_GSO_MAX_SIZE]) > GSO_MAX_SIZE)
		return complain(c, -EINVAL, "too big gso_max_size");
	if (has(c, IFLA_GSO_MAX_SEGS) && sea_nl_u32(&c->tb[IFLA_GSO_MAX_SEGS]) > GSO_MAX_SEGS)
		return complain(c, -EINVAL, "too big gso_max_segs");
	if (has(c, IFLA_GRO_MAX_SIZE) && sea_nl_u32(&c->tb[IFLA_GRO_MAX_SIZE]) > GSO_MAX_SIZE)
		return complain(c, -EINVAL, "too big gro_max_size");
	if (has(c, SEA_IFLA_GSO_IPV4_MAX_SIZE) &&
	    sea_nl_u32(&c->tb[SEA_IFLA_GSO_IPV4_MAX_SIZE]) > GSO_MAX_SIZE)
		return complain(c, -EINVAL, "too big gso_ipv4_max_size");
	if (has(c, SEA_IFLA_GRO_IPV4_MAX_SIZE) &&
	    sea_nl_u32(&c->tb[SEA_IFLA_GRO_IPV4_MAX_SIZE]) > GSO_MAX_SIZE)
		return complain(c, -EINVAL, "too big gro_ipv4_max_size");
	return 0;
}

static int judge(struct change *c)
{
	uint16_t len = c->link->type == SEA_LINK_IP ? 0 : sizeof(c->link->mac.b);
	int err;

	if (has(c, IFLA_ADDRESS) && c->tb[IFLA_ADDRESS].len < len)
		return -EINVAL;
	if (has(c, IFLA_BROADCAST) && c->tb[IFLA_BROADCAST].len < len)
		return -EINVAL;
	err = check_sizes(c);
	if (!err && has(c, IFLA_AF_SPEC))
		err = sea_rtnl_judge_af_spec(c->req, c->link, &c->tb[IFLA_AF_SPEC]);
	return err;
}

/* -- steps -- */

/* There is no other namespace, no hardware to be mapped, no index to be given. */
static int do_namespace(struct change *c)
{
	if (has(c, IFLA_NET_NS_PID))
		return -ESRCH;
	if (has(c, IFLA_NET_NS_FD))
		return -EBADF;
	if (has(c, IFLA_TARGET_NETNSID))
		return -EINVAL;
	return has(c, IFLA_MAP) ? -EOPNOTSUPP : 0;
}

static int do_mac(struct change *c)
{
	struct sea_mac mac;
	int err;

	if (!has(c, IFLA_ADDRESS))
		return 0;
	if (c->link->type == SEA_LINK_IP)
		return -EOPNOTSUPP;
	memcpy(mac.b, c->tb[IFLA_ADDRESS].value, sizeof(mac.b));
	err = sea_link_choose_mac(c->link, &mac);
	if (!err)
		c->done |= DONE;
	return err;
}

static int do_mtu(struct change *c)
{
	uint32_t mtu;
	int err;

	if (!has(c, IFLA_MTU))
		return 0;
	mtu = sea_nl_u32(&c->tb[IFLA_MTU]);
	if (mtu != c->link->mtu) {
		if (mtu < SEA_LINK_MTU_MIN || mtu > INT32_MAX)
			return complain(c, -EINVAL, "mtu less than device minimum");
		err = sea_link_change_mtu(c->link, mtu);
		if (err == -EINVAL && mtu > sea_rtnl_mtu_max(c->link))
			return complain(c, err, "mtu greater than device maximum");
		if (err)
			return err;
	}
	c->done |= DONE;
	return 0;
}

static int do_group(struct change *c)
{
	if (!has(c, IFLA_GROUP))
		return 0;
	sea_link_change_group(c->link, sea_nl_u32(&c->tb[IFLA_GROUP]));
	c->done |= TELL;
	return 0;
}

/* Where the link was found by its index, a name is another one for it. */
static int do_name(struct change *c)
{
	char name[SEA_IFNAMSIZ];
	int err;

	if (!has(c, IFLA_IFNAME) || c->hdr.ifi_index <= 0)
		return 0;
	sea_nl_text(&c->tb[IFLA_IFNAME], name, sizeof(name));
	if (!*name)
		return 0;
	err = sea_link_rename(c->link, name);
	if (!err)
		c->done |= DONE;
	return err;
}

static int do_alias(struct change *c)
{
	const struct sea_nl_attr *a = &c->tb[IFLA_IFALIAS];
	char text[SEA_ALIAS_MAX + 1] = { 0 };
	int err;

	if (!a->value)
		return 0;
	if (a->len)
		memcpy(text, a->value, a->len);
	err = sea_link_set_alias(c->link, text);
	if (!err)
		c->done |= TELL;
	return err;
}

static int do_broadcast(struct change *c)
{
	struct sea_mac mac;

	if (!has(c, IFLA_BROADCAST))
		return 0;
	if (c->tb[IFLA_BROADCAST].len < sizeof(mac.b)) /* of a link without addresses */
		return -EOPNOTSUPP;
	memcpy(mac.b, c->tb[IFLA_BROADCAST].value, sizeof(mac.b));
	return sea_link_choose_broadcast(c->link, &mac);
}

static int do_flags(struct change *c)
{
	uint32_t flags = c->hdr.ifi_flags, change = c->hdr.ifi_change;
	uint32_t now = sea_link_flags(c->link);
	int err;

	if (!flags && !change)
		return 0;
	if (change)
		flags = (flags & change) | (now & ~change);
	err = sea_link_check_flags(c->link, flags);
	return err ? err : sea_link_change_flags(c->link, flags);
}

/* Whatever is wrong with the new master, the link is no longer of the old one (as on Linux). */
int sea_rtnl_set_master(struct sea_link *link, uint32_t ifindex, struct sea_nl_extack *extack)
{
	struct sea_link *master = ifindex ? sea_link_by_index(link->stack, (int)ifindex) : NULL;
	int err = 0;

	if (!ifindex || (master && sea_link_is_master(master)))
		return sea_link_change_master(link, master, extack);
	if (link->master)
		err = sea_link_change_master(link, NULL, extack);
	if (err)
		return err;
	return master ? -EOPNOTSUPP : -EINVAL;
}

static int do_master(struct change *c)
{
	int err;

	if (!has(c, IFLA_MASTER))
		return 0;
	err = sea_rtnl_set_master(c->link, sea_nl_u32(&c->tb[IFLA_MASTER]), c->req->extack);
	if (!err)
		c->done |= DONE;
	return err;
}

static int do_carrier(struct change *c)
{
	return has(c, IFLA_CARRIER) ? -EOPNOTSUPP : 0;
}

static int do_txqlen(struct change *c)
{
	uint32_t len;

	if (!has(c, IFLA_TXQLEN))
		return 0;
	len = sea_nl_u32(&c->tb[IFLA_TXQLEN]);
	if (len != c->link->txqueuelen) {
		sea_link_change_txqueuelen(c->link, len);
		sea_link_tell(c->link, 0);
		c->done |= DONE;
	}
	return 0;
}

/* Limits of super-segments are what they are, and may be said again. */
static int do_sizes(struct change *c)
{
	static const uint8_t types[] = { IFLA_GSO_MAX_SIZE, IFLA_GSO_MAX_SEGS, IFLA_GRO_MAX_SIZE,
					 SEA_IFLA_GSO_IPV4_MAX_SIZE, SEA_IFLA_GRO_IPV4_MAX_SIZE };

	for (unsigned i = 0; i < sizeof(types); i++) {
		uint32_t is = types[i] == IFLA_GSO_MAX_SEGS ? GSO_MAX_SEGS : 65536;

		if (has(c, types[i]) && sea_nl_u32(&c->tb[types[i]]) != is)
			return -EOPNOTSUPP;
	}
	return 0;
}

static int do_mode(struct change *c)
{
	uint8_t mode;

	if (has(c, IFLA_OPERSTATE))
		return -EOPNOTSUPP;
	if (!has(c, IFLA_LINKMODE))
		return 0;
	mode = sea_nl_u8(&c->tb[IFLA_LINKMODE]);
	if (mode == c->link->linkmode)
		return 0;
	sea_link_change_mode(c->link, mode);
	c->done |= TELL;
	return 0;
}

static int do_functions(struct change *c)
{
	if (has(c, IFLA_VFINFO_LIST) || has(c, IFLA_VF_PORTS) || has(c, IFLA_PORT_SELF))
		return -EOPNOTSUPP;
	return 0;
}

static int do_af_spec(struct change *c)
{
	int err;

	if (!has(c, IFLA_AF_SPEC))
		return 0;
	err = sea_rtnl_set_af_spec(c->req, c->link, &c->tb[IFLA_AF_SPEC]);
	if (!err)
		c->done |= TELL;
	return err;
}

static int do_rest(struct change *c)
{
	if (has(c, IFLA_PROTO_DOWN) || has(c, IFLA_PROTO_DOWN_REASON))
		return complain(c, -EOPNOTSUPP, "Protodown not supported by device");
	return has(c, IFLA_XDP) ? -EOPNOTSUPP : 0;
}

static int change(struct change *c)
{
	static int (*const steps[])(struct change *) = {
		judge,    do_namespace, do_mac,       do_mtu,     do_group,   do_name,
		do_alias, do_broadcast, do_flags,     do_master,  do_carrier, do_txqlen,
		do_sizes, do_mode,      do_functions, do_af_spec, do_rest,
	};
	int err = 0;

	for (unsigned i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = steps[i](c);
	if (c->done == TELL)
		sea_link_tell_running(c->link);
	return err;
}

/* -- requests -- */

static int read_change(struct change *c, struct sea_nl_req *req)
{
	c->req = req;
	c->done = 0;
	return sea_rtnl_parse(req, &c->hdr, sizeof(c->hdr), c->tb, SEA_IFLA_MAX,
			      sea_rtnl_link_policy, SEA_NL_LIBERAL);
}

/* The link that is meant: 0, or -EINVAL (it is not said which); it may be that there is none. */
static int find(struct change *c)
{
	if (c->hdr.ifi_index > 0)
		c->link = sea_link_by_index(c->req->stack, c->hdr.ifi_index);
	else if (has(c, IFLA_IFNAME) || has(c, IFLA_ALT_IFNAME))
		c->link = sea_rtnl_link_by_attrs(c->req->stack, c->tb);
	else
		return -EINVAL;
	return 0;
}

int sea_rtnl_set_link(struct sea_nl_req *req)
{
	struct change c;
	int err = read_change(&c, req);

	if (!err)
		err = find(&c);
	if (err)
		return err;
	return c.link ? change(&c) : -ENODEV;
}

static int change_group(struct change *c, uint32_t group)
{
	struct sea_link *link = NULL;
	int err = 0;

	while (!err && (link = sea_link_next(c->req->stack, link))) {
		c->link = link;
		c->done = 0;
		if (link->group == group)
			err = change(c);
	}
	return err;
}

/* None of this name is there: those of a group are meant, or a new one. */
static int make(struct change *c, const struct sea_rtnl_kind_asked *asked)
{
	if (!(c->req->hdr.nlmsg_flags & NLM_F_CREATE)) {
		if (!c->hdr.ifi_index && has(c, IFLA_GROUP))
			return change_group(c, sea_nl_u32(&c->tb[IFLA_GROUP]));
		return -ENODEV;
	}
	if (has(c, IFLA_MAP) || has(c, IFLA_PROTINFO))
		return -EOPNOTSUPP;
	if (!asked->kind)
		return complain(c, -EOPNOTSUPP, "Unknown device type");
	return sea_rtnl_make_link(c->req, &c->hdr, asked);
}

static int change_slave(struct change *c, const struct sea_rtnl_kind_asked *asked)
{
	const struct sea_link *master = c->link->master;
	int err;

	if (!asked->slave_ask.data || !master->kind->slave_change)
		return -EOPNOTSUPP;
	err = master->kind->slave_change(c->link, &asked->slave_ask);
	if (!err)
		c->done |= TELL;
	return err;
}

/* What only links of this kind have, and ports of this master. */
static int change_kind(struct change *c, const struct sea_rtnl_kind_asked *asked)
{
	int err = 0;

	if (asked->has_data) {
		if (!asked->kind || asked->kind != c->link->kind || !asked->kind->change)
			return -EOPNOTSUPP;
		err = asked->kind->change(c->link, &asked->ask);
		if (err)
			return err;
		c->done |= TELL;
	}
	return asked->slave_data.value ? change_slave(c, asked) : 0;
}

int sea_rtnl_new_link(struct sea_nl_req *req)
{
	uint16_t how = req->hdr.nlmsg_flags;
	struct sea_rtnl_kind_asked asked;
	struct change c;
	int err = read_change(&c, req);

	if (!err)
		err = sea_rtnl_read_kind(req, c.tb, &asked);
	if (err)
		return err;
	c.link = NULL;
	if (c.hdr.ifi_index < 0)
		return complain(&c, -EINVAL, "ifindex can't be negative");
	(void)find(&c);
	err = sea_rtnl_read_slave(req, c.link, &asked);
	if (err)
		return err;
	if (!c.link)
		return make(&c, &asked);
	if (how & NLM_F_EXCL)
		return -EEXIST;
	if (how & NLM_F_REPLACE)
		return -EOPNOTSUPP;
	err = change_kind(&c, &asked);
	return err ? err : change(&c);
}

static struct sea_link *next_of_group(struct sea_stack *stack, uint32_t group)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if (link->group == group)
			return link;
	return NULL;
}

/* All of a group or none; that of those in no group is too much to ask for. */
static int end_group(struct change *c, uint32_t group)
{
	bool found = false;

	if (!group)
		return -EPERM;
	while ((c->link = sea_link_next(c->req->stack, c->link))) {
		if (c->link->group != group)
			continue;
		if (!c->link->kind)
			return -EOPNOTSUPP;
		found = true;
	}
	if (!found)
		return -ENODEV;
	while ((c->link = next_of_group(c->req->stack, group)))
		sea_link_end(c->link);
	return 0;
}

/* Links with a driver, and lo, are not ours to end. */
int sea_rtnl_del_link(struct sea_nl_req *req)
{
	struct change c;
	int err = read_change(&c, req);

	if (err)
		return err;
	c.link = NULL;
	if (find(&c))
		return has(&c, IFLA_GROUP) ? end_group(&c, sea_nl_u32(&c.tb[IFLA_GROUP])) : -EINVAL;
	if (!c.link)
		return -ENODEV;
	if (!c.link->kind)
		return -EOPNOTSUPP;
	sea_link_end(c.link);
	return 0;
}
