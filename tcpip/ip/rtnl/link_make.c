/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWLINK of a link that is not there: named, made by its kind, set, and then told of once (as on Linux). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"

#define QUEUES_MAX 4096u

struct birth {
	struct sea_nl_req *req;
	const struct ifinfomsg *hdr;
	const struct sea_rtnl_kind_asked *asked;
	const struct sea_nl_attr *tb;
	struct sea_link_config config;
	char name[SEA_IFNAMSIZ];
	struct sea_link *lower, *link;
	bool is_peer;  /* the other end of the one that is asked for */
	bool is_alike; /* … of which nothing is said */
};

/* -- named -- */

/* Where none is said, it is the kind's with a number. */
static int choose_name(struct birth *b)
{
	if (!b->is_alike && b->tb[IFLA_IFNAME].value)
		sea_nl_text(&b->tb[IFLA_IFNAME], b->name, sizeof(b->name));
	else
		(void)snprintf(b->name, sizeof(b->name), "%s%%d", b->asked->kind->name);
	return sea_link_number_name(b->req->stack, b->name);
}

/* -- made -- */

/* There is one of each, as at first there is on Linux. */
static int check_queues(const struct birth *b)
{
	static const uint8_t types[] = { IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES };
	static const char *const texts[] = { "Invalid number of transmit queues",
					     "Invalid number of receive queues" };
	uint32_t n[2];

	for (unsigned i = 0; i < 2; i++) {
		n[i] = b->tb[types[i]].value ? sea_nl_u32(&b->tb[types[i]]) : 1;
		if (n[i] < 1 || n[i] > QUEUES_MAX)
			return sea_nl_complain(b->req->extack, -EINVAL, texts[i]);
	}
	return n[0] == 1 && n[1] == 1 ? 0 : -EOPNOTSUPP;
}

static int configure(struct birth *b)
{
	const struct sea_link_kind *kind = b->asked->kind;
	const struct sea_nl_attr *mac = &b->tb[IFLA_ADDRESS];
	int err = check_queues(b);

	if (!err)
		err = choose_name(b);
	if (err)
		return err;
	b->config = (struct sea_link_config){ .size = sizeof(b->config),
					      .name = b->name,
					      .type = kind->framing->type };
	if (mac->value && !b->is_alike)
		memcpy(b->config.mac, mac->value,
		       mac->len < sizeof(b->config.mac) ? mac->len : sizeof(b->config.mac));
	if (b->tb[IFLA_MTU].value) {
		b->config.mtu = sea_nl_u32(&b->tb[IFLA_MTU]);
		if (b->config.mtu < SEA_LINK_MTU_MIN)
			return sea_nl_complain(b->req->extack, -EINVAL,
					       "mtu less than device minimum");
	}
	return kind->prepare ? kind->prepare(b->req->stack, &b->asked->ask, &b->config, &b->lower)
			     : 0;
}

static int make(struct birth *b)
{
	const struct sea_link_birth how = { .kind = b->asked->kind,
					    .ifindex = b->hdr->ifi_index,
					    .untold = true };

	return sea_link_make_as(b->req->stack, &b->config, &how, &b->link);
}

/* -- set -- */

static void set_numbers(struct birth *b)
{
	if (b->tb[IFLA_TXQLEN].value)
		b->link->txqueuelen = sea_nl_u32(&b->tb[IFLA_TXQLEN]);
	if (b->tb[IFLA_LINKMODE].value)
		b->link->linkmode = sea_nl_u8(&b->tb[IFLA_LINKMODE]);
	if (b->tb[IFLA_GROUP].value)
		b->link->group = sea_nl_u32(&b->tb[IFLA_GROUP]);
}

static int set_flags(struct birth *b)
{
	uint32_t flags = b->hdr->ifi_flags, change = b->hdr->ifi_change;
	int err;

	if (!flags && !change)
		return 0;
	if (change)
		flags = (flags & change) | (sea_link_flags(b->link) & ~change);
	err = sea_link_check_flags(b->link, flags);
	return err ? err : sea_link_change_flags(b->link, flags);
}

static int equip(struct birth *b)
{
	const struct sea_link_kind *kind = b->asked->kind;
	int err = b->lower ? sea_link_stand_on(b->link, b->lower) : 0;

	if (!err && kind->setup)
		err = kind->setup(b->link, &b->asked->ask);
	if (err)
		return err;
	set_numbers(b);
	err = set_flags(b);
	if (err)
		return err;
	sea_link_announce(b->link);
	if (kind->announced)
		kind->announced(b->link);
	return b->tb[IFLA_MASTER].value && !b->is_peer
		       ? sea_rtnl_set_master(b->link, sea_nl_u32(&b->tb[IFLA_MASTER]),
					     b->req->extack)
		       : 0;
}

/* -- the other end -- */

/* It comes first, and is told of while there is no wire yet (as on Linux). 0 with p->link NULL: there is to be none. */
static int make_peer(const struct birth *b, struct birth *p)
{
	static const struct ifinfomsg nothing;
	const struct sea_rtnl_kind_asked *asked = b->asked;
	int err;

	*p = (struct birth){ .req = b->req,
			     .hdr = asked->has_peer ? &asked->peer : &nothing,
			     .asked = asked,
			     .tb = asked->has_peer ? asked->peer_tb : b->tb,
			     .is_peer = true,
			     .is_alike = !asked->has_peer };
	if (!asked->kind->peer_attr)
		return 0;
	err = configure(p);
	if (!err)
		err = make(p);
	if (err)
		return err;
	err = equip(p);
	if (err)
		sea_link_end(p->link);
	return err;
}

int sea_rtnl_make_link(struct sea_nl_req *req, const struct ifinfomsg *hdr,
		       const struct sea_rtnl_kind_asked *asked)
{
	struct birth b = { .req = req, .hdr = hdr, .asked = asked, .tb = asked->ask.tb }, p;
	int err = make_peer(&b, &p);

	if (err)
		return err;
	err = configure(&b);
	if (!err)
		err = make(&b);
	if (err) {
		if (p.link)
			sea_link_end(p.link);
		return err;
	}
	if (p.link)
		sea_link_join(b.link, p.link);
	err = equip(&b);
	if (err)
		sea_link_end(b.link);
	return err;
}
