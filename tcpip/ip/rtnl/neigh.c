/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETNEIGH: how a neighbour is shown, dumps of all and of some, and RTNLGRP_NEIGH's news. */
#include "ip/rtnl/neigh.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"

#define NEWS_MAX 128 /* room for one */

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_WHICH,  /* family; bit 8: proxies */
	ARG_FAMILY, /* that it stands in */
	ARG_CURSOR,
	ARG_IFINDEX, /* of this link only; 0: of all */
	ARG_MASTER   /* of links of this one; 0: of all */
};

#define PROXIES 0x100u

const struct sea_nl_policy sea_rtnl_neigh_policy[NDA_MAX + 1] = {
	[NDA_DST] = SEA_NL_AT_MOST(32),
	[NDA_LLADDR] = SEA_NL_AT_MOST(32),
	[NDA_CACHEINFO] = { .type = SEA_NL_ANY, .len = sizeof(struct nda_cacheinfo) },
	[NDA_PROBES] = { .type = SEA_NL_U32 },
	[NDA_VLAN] = { .type = SEA_NL_U16 },
	[NDA_PORT] = { .type = SEA_NL_U16 },
	[NDA_VNI] = { .type = SEA_NL_U32 },
	[NDA_IFINDEX] = { .type = SEA_NL_U32 },
	[NDA_MASTER] = { .type = SEA_NL_U32 },
	[NDA_PROTOCOL] = { .type = SEA_NL_U8 },
	[NDA_NH_ID] = { .type = SEA_NL_U32, .strict = true },
	[NDA_FDB_EXT_ATTRS] = { .type = SEA_NL_NESTED, .strict = true },
	[NDA_FLAGS_EXT] = { .type = SEA_NL_U32,
			    .check = SEA_NL_CHECK_MASK,
			    .max = NTF_EXT_MANAGED,
			    .strict = true },
};

struct sea_neigh_table *sea_rtnl_neighs_of(const struct sea_stack *stack, uint8_t family)
{
	if (family == AF_INET && stack->ip4)
		return &sea_ipv4_of(stack)->neigh;
	if (family == AF_INET6 && stack->ip6)
		return &sea_ipv6_of(stack)->neigh;
	return NULL;
}

/* -- written -- */

static uint32_t addr_len(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/* Hundredths of a second that have passed since. */
static uint32_t passed(const struct sea_neigh *n, sea_time since)
{
	return (uint32_t)(sea_time_diff(n->table->stack->shard.now, since) / (SEA_SEC / 100));
}

static void put_cacheinfo(struct sea_nl_out *out, const struct sea_neigh *n)
{
	const struct nda_cacheinfo info = { .ndm_confirmed = passed(n, n->confirmed),
					    .ndm_used = passed(n, n->used),
					    .ndm_updated = passed(n, n->updated),
					    .ndm_refcnt = n->refs - 1 };

	sea_nl_put(out, NDA_CACHEINFO, &info, sizeof(info));
}

/* RTN_*: what the address is to us; Linux asks no table of IPv6. */
static uint8_t kind_of(const struct sea_neigh *n)
{
	uint8_t family = n->table->ops->family;

	if (family == AF_INET)
		return sea_ip_ops_of(n->table->stack, family)
			->addr_type(n->table->stack, &n->addr, 0);
	if (n->addr.b[0] == 0xff)
		return RTN_MULTICAST;
	return n->link->type == SEA_LINK_LOOPBACK ? RTN_LOCAL : RTN_UNICAST;
}

bool sea_rtnl_write_neigh(struct sea_nl_out *out, const struct sea_rtnl_neigh_msg *m,
			  const struct sea_neigh *n)
{
	uint8_t family = n->table->ops->family;
	const struct ndmsg hdr = { .ndm_family = family,
				   .ndm_ifindex = n->link->ifindex,
				   .ndm_state = n->state,
				   .ndm_flags = (uint8_t)n->flags,
				   .ndm_type = kind_of(n) };

	sea_nl_begin(out, m->port, m->seq, m->type, m->flags, &hdr, sizeof(hdr));
	sea_nl_put(out, NDA_DST, n->addr.b, addr_len(family));
	if (n->state & SEA_NUD_VALID)
		sea_nl_put(out, NDA_LLADDR, n->mac.b, sizeof(n->mac.b));
	sea_nl_put_u32(out, NDA_PROBES, n->probes);
	put_cacheinfo(out, n);
	if (n->protocol)
		sea_nl_put_u8(out, NDA_PROTOCOL, n->protocol);
	if (n->flags & SEA_NTF_MANAGED)
		sea_nl_put_u32(out, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
	return sea_nl_end(out);
}

bool sea_rtnl_write_proxy(struct sea_nl_out *out, const struct sea_rtnl_neigh_msg *m,
			  uint8_t family, const struct sea_neigh_proxy *p)
{
	const struct ndmsg hdr = { .ndm_family = family,
				   .ndm_ifindex = p->link ? p->link->ifindex : 0,
				   .ndm_flags = NTF_PROXY | (p->router ? NTF_ROUTER : 0),
				   .ndm_type = RTN_UNICAST };

	sea_nl_begin(out, m->port, m->seq, m->type, m->flags, &hdr, sizeof(hdr));
	sea_nl_put(out, NDA_DST, p->addr.b, addr_len(family));
	if (p->protocol)
		sea_nl_put_u8(out, NDA_PROTOCOL, p->protocol);
	return sea_nl_end(out);
}

/* -- news -- */

void sea_rtnl_tell_neigh(struct sea_stack *stack, const struct sea_neigh *n, bool gone)
{
	const struct sea_nl_req *req = sea_rtnl_req(stack);
	bool asked = req &&
		     (req->hdr.nlmsg_type == RTM_NEWNEIGH || req->hdr.nlmsg_type == RTM_DELNEIGH);
	const struct sea_rtnl_neigh_msg m = { .port = asked && !gone ? req->from_port : 0,
					      .type = gone ? RTM_DELNEIGH : RTM_NEWNEIGH };
	uint8_t bytes[NEWS_MAX] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, RTNLGRP_NEIGH))
		return;
	sea_rtnl_write_neigh(&out, &m, n);
	sea_nl_notify(stack, NETLINK_ROUTE, RTNLGRP_NEIGH, &out, NULL);
}

/* -- what a dump is asked for -- */

static int refuse(struct sea_nl_req *req, const char *what)
{
	return sea_nl_complain(req->extack, -EINVAL, what);
}

static int check_attrs(struct sea_nl_req *req, const struct sea_nl_attr *tb, struct sea_nl_dump *d)
{
	for (unsigned i = 0; i <= NDA_MAX; i++) {
		if (!tb[i].value)
			continue;
		if (i == NDA_IFINDEX)
			d->arg[ARG_IFINDEX] = sea_nl_u32(&tb[i]);
		else if (i == NDA_MASTER)
			d->arg[ARG_MASTER] = sea_nl_u32(&tb[i]);
		else if (req->strict)
			return refuse(req, "Unsupported attribute in neighbor dump request");
	}
	return 0;
}

static int check_header(struct sea_nl_req *req, const struct ndmsg *h)
{
	if (h->ndm_pad1 || h->ndm_pad2 || h->ndm_ifindex || h->ndm_state || h->ndm_type)
		return refuse(req, "Invalid values in header for neighbor dump request");
	return h->ndm_flags & ~NTF_PROXY
		       ? refuse(req, "Invalid flags in header for neighbor dump request")
		       : 0;
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[NDA_MAX + 1];
	struct ndmsg hdr;
	int err = 0;

	d->arg[ARG_WHICH] = req->payload[0];
	if (req->len < sizeof(hdr))
		return req->strict ? refuse(req, "Invalid header for neighbor dump request") : 0;
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (req->strict)
		err = check_header(req, &hdr);
	if (!err)
		err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, NDA_MAX, sea_rtnl_neigh_policy,
				     req->strict ? SEA_NL_DEPRECATED_STRICT : SEA_NL_LIBERAL);
	if (err)
		return req->strict ? err : 0;
	/* Proxies are asked for by nothing else, as ever. */
	if (hdr.ndm_flags == NTF_PROXY)
		d->arg[ARG_WHICH] |= PROXIES;
	return check_attrs(req, tb, d);
}

/* -- what is shown -- */

static bool is_wanted(const struct sea_nl_dump *d, const struct sea_link *link)
{
	uint64_t ifindex = link ? (uint64_t)(uint32_t)link->ifindex : 0;

	if (d->arg[ARG_IFINDEX] && d->arg[ARG_IFINDEX] != ifindex)
		return false;
	return !d->arg[ARG_MASTER] ||
	       (link && link->master &&
		(uint64_t)(uint32_t)link->master->ifindex == d->arg[ARG_MASTER]);
}

/* Its end does not say that it was filtered, as Linux's. */
static struct sea_rtnl_neigh_msg msg_of(const struct sea_nl_dump *d)
{
	bool filtered = d->arg[ARG_IFINDEX] || d->arg[ARG_MASTER];

	return (struct sea_rtnl_neigh_msg){
		.port = d->port,
		.seq = d->msg_seq,
		.type = RTM_NEWNEIGH,
		.flags = (uint16_t)(d->msg_flags | (filtered ? NLM_F_DUMP_FILTERED : 0)),
	};
}

/* 1: there was no room for one. */
static int dump_neighs(struct sea_nl_dump *d, struct sea_nl_out *out,
		       const struct sea_neigh_table *t)
{
	const struct sea_rtnl_neigh_msg m = msg_of(d);
	uint64_t cursor = d->arg[ARG_CURSOR];
	struct sea_hnode *node;

	while ((node = sea_htable_walk(&t->entries, &cursor))) {
		const struct sea_neigh *n = sea_container(node, struct sea_neigh, hnode);

		if (is_wanted(d, n->link) && !sea_rtnl_write_neigh(out, &m, n))
			return 1;
		d->arg[ARG_CURSOR] = cursor;
	}
	return 0;
}

static int dump_proxies(struct sea_nl_dump *d, struct sea_nl_out *out,
			const struct sea_neigh_table *t)
{
	const struct sea_rtnl_neigh_msg m = msg_of(d);
	uint64_t cursor = d->arg[ARG_CURSOR];
	struct sea_hnode *node;

	while ((node = sea_htable_walk(&t->proxies, &cursor))) {
		const struct sea_neigh_proxy *p =
			sea_container(node, struct sea_neigh_proxy, hnode);

		if (is_wanted(d, p->link) && !sea_rtnl_write_proxy(out, &m, t->ops->family, p))
			return 1;
		d->arg[ARG_CURSOR] = cursor;
	}
	return 0;
}

static const uint8_t families[] = { AF_INET, AF_INET6 };

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	uint8_t only = (uint8_t)d->arg[ARG_WHICH];

	for (; d->arg[ARG_FAMILY] < sizeof(families); d->arg[ARG_FAMILY]++) {
		uint8_t family = families[d->arg[ARG_FAMILY]];
		const struct sea_neigh_table *t = sea_rtnl_neighs_of(d->stack, family);

		if (t && (!only || only == family) &&
		    (d->arg[ARG_WHICH] & PROXIES ? dump_proxies(d, out, t)
						 : dump_neighs(d, out, t)))
			return 1;
		d->arg[ARG_CURSOR] = 0;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_neigh_kinds[] = {
	{ .type = RTM_NEWNEIGH, .family = AF_UNSPEC, .doit = sea_rtnl_new_neigh },
	{ .type = RTM_DELNEIGH, .family = AF_UNSPEC, .doit = sea_rtnl_del_neigh },
	{ .type = RTM_GETNEIGH,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .doit = sea_rtnl_get_neigh,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_neigh_kinds_n =
	sizeof(sea_rtnl_neigh_kinds) / sizeof(sea_rtnl_neigh_kinds[0]);
