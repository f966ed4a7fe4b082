/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of message serves what. */
#include "ip/rtnl/rtnl.h"

#include <errno.h>
#include <string.h>

#include <seastack/modules.h>

#include "core/stack.h"
#include "ip/ipv6.h"
#include "ip/rtnl/addr.h"
#include "ip/rtnl/fdb.h"
#include "ip/rtnl/groups.h"
#include "ip/rtnl/link.h"
#include "ip/rtnl/mroute.h"
#include "ip/rtnl/neigh.h"
#include "ip/rtnl/nexthop.h"
#include "ip/rtnl/qdisc.h"
#include "ip/rtnl/route.h"
#include "ip/rtnl/rule.h"
#include "ip/rtnl/netconf.h"

#define TABLES_MAX 24 /* of those who add kinds */
/* Of RTM_*: what is asked. */
#define ACTION(type) ((type)&3)
#define ACTION_DEL 1
#define ACTION_GET 2

struct rtnl_state {
	const struct sea_nl_kind *tables[TABLES_MAX];
	unsigned n[TABLES_MAX], n_tables;
	struct sea_nl_req *req; /* sea_rtnl_req() */
};

static struct rtnl_state *rtnl_of(const struct sea_stack *stack)
{
	return sea_stack_module(stack, SEA_MODULE_RTNETLINK);
}

struct sea_nl_req *sea_rtnl_req(const struct sea_stack *stack)
{
	return rtnl_of(stack)->req;
}

/* Of this family exactly. */
static const struct sea_nl_kind *find_exact(const struct sea_stack *stack, uint16_t type,
					    uint8_t family)
{
	const struct rtnl_state *r = rtnl_of(stack);

	for (unsigned t = 0; t < r->n_tables; t++)
		for (unsigned i = 0; i < r->n[t]; i++)
			if (r->tables[t][i].type == type && r->tables[t][i].family == family)
				return &r->tables[t][i];
	return NULL;
}

void sea_rtnl_add(struct sea_stack *stack, const struct sea_nl_kind *kinds, unsigned n)
{
	struct rtnl_state *r = rtnl_of(stack);

	SEA_ASSERT(&stack->env, r && r->n_tables < TABLES_MAX);
	for (unsigned i = 0; i < n; i++)
		SEA_ASSERT(&stack->env, !find_exact(stack, kinds[i].type, kinds[i].family));
	r->tables[r->n_tables] = kinds;
	r->n[r->n_tables++] = n;
}

static const struct sea_nl_kind *find(struct sea_stack *stack, uint16_t type, uint8_t family)
{
	const struct sea_nl_kind *kind = find_exact(stack, type, family);

	return kind || !family ? kind : find_exact(stack, type, AF_UNSPEC);
}

static int dump(struct sea_nl_req *req, uint8_t family)
{
	const struct sea_nl_kind *kind = find(req->stack, req->hdr.nlmsg_type, family);

	if (!kind || !kind->dump)
		kind = find_exact(req->stack, req->hdr.nlmsg_type, AF_UNSPEC);
	return kind && kind->dump ? sea_nl_dump_start(req, kind) : -EOPNOTSUPP;
}

static int serve(struct sea_nl_req *req, const struct sea_nl_kind *kind)
{
	struct rtnl_state *r = rtnl_of(req->stack);
	int err;

	r->req = req;
	err = kind->doit(req);
	r->req = NULL;
	return err;
}

static int receive(struct sea_nl_req *req)
{
	uint16_t type = req->hdr.nlmsg_type;
	const struct sea_nl_kind *kind;
	uint8_t family;

	if (type > RTM_MAX)
		return -EOPNOTSUPP;
	if (req->len < sizeof(struct rtgenmsg)) /* nothing is asked */
		return 0;
	family = req->payload[0];
	if (ACTION(type) == ACTION_GET && req->hdr.nlmsg_flags & NLM_F_DUMP)
		return dump(req, family);
	kind = find(req->stack, type, family);
	if (ACTION(type) == ACTION_DEL && req->hdr.nlmsg_flags & NLM_F_BULK)
		return sea_nl_complain(req->extack, -EOPNOTSUPP, "Bulk delete is not supported");
	return kind && kind->doit ? serve(req, kind) : -EOPNOTSUPP;
}

int sea_rtnl_parse(struct sea_nl_req *req, void *hdr, uint32_t size, struct sea_nl_attr *tb,
		   uint16_t max_type, const struct sea_nl_policy *policy, unsigned how)
{
	uint32_t behind = sea_nl_aligned(size);

	if (req->len < size)
		return sea_nl_complain(req->extack, -EINVAL, "Invalid header length");
	memcpy(hdr, req->payload, size);
	if (req->len <= behind) {
		memset(tb, 0, (max_type + 1u) * sizeof(*tb));
		return 0;
	}
	return sea_nl_parse(tb, max_type, req->payload + behind, req->len - behind, policy, how,
			    req->extack);
}

static const struct sea_nl_family rtnetlink = {
	.protocol = NETLINK_ROUTE,
	.n_groups = 39, /* RTNLGRP_IPV6_ACADDR, the last of Linux 6.18 */
	.receive = receive,
	.find = find,
};

/* IPv6 need not be there. */
static void hear_of_adverts(struct sea_stack *stack, bool hear)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	if (!ip)
		return;
	ip->prefix_observer = hear ? sea_rtnl_tell_prefix : NULL;
	ip->advert_observer = hear ? sea_rtnl_tell_advert : NULL;
}

static int init(struct sea_stack *stack, void **state)
{
	struct rtnl_state *r = sea_pool_zalloc(&stack->shard.pool, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*state = r;
	stack->module_state[SEA_MODULE_RTNETLINK] = r;
	sea_nl_add_family(stack, &rtnetlink);
	sea_rtnl_add(stack, sea_rtnl_addr_kinds, sea_rtnl_addr_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_addrlabel_kinds, sea_rtnl_addrlabel_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_link_kinds, sea_rtnl_link_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_link_family_kinds, sea_rtnl_link_family_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_netconf_kinds, sea_rtnl_netconf_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_groups_kinds, sea_rtnl_groups_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_stats_kinds, sea_rtnl_stats_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_nsid_kinds, sea_rtnl_nsid_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_qdisc_kinds, sea_rtnl_qdisc_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_filter_kinds, sea_rtnl_filter_kinds_n);
	sea_stack_add_link_observer(stack, &sea_rtnl_link_observer);
	sea_rtnl_add(stack, sea_rtnl_route_kinds, sea_rtnl_route_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_rule_kinds, sea_rtnl_rule_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_neigh_kinds, sea_rtnl_neigh_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_neightbl_kinds, sea_rtnl_neightbl_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_mroute_kinds, sea_rtnl_mroute_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_nexthop_kinds, sea_rtnl_nexthop_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_fdb_kinds, sea_rtnl_fdb_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_port_kinds, sea_rtnl_port_kinds_n);
	sea_rtnl_add(stack, sea_rtnl_vlan_kinds, sea_rtnl_vlan_kinds_n);
	stack->addr_observer = sea_rtnl_tell_addr;
	stack->route_observer = sea_rtnl_tell_route;
	stack->rule_observer = sea_rtnl_tell_rule;
	stack->conf_observer = sea_rtnl_tell_conf;
	stack->group_observer = sea_rtnl_tell_group;
	stack->anycast_observer = sea_rtnl_tell_anycast;
	stack->neigh_observer = sea_rtnl_tell_neigh;
	stack->nexthop_observer = sea_rtnl_tell_nexthop;
	hear_of_adverts(stack, true);
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	stack->addr_observer = NULL;
	stack->route_observer = NULL;
	stack->rule_observer = NULL;
	stack->conf_observer = NULL;
	stack->group_observer = NULL;
	stack->anycast_observer = NULL;
	stack->neigh_observer = NULL;
	stack->nexthop_observer = NULL;
	hear_of_adverts(stack, false);
	sea_pool_free(&stack->shard.pool, state, sizeof(struct rtnl_state));
}

const struct sea_module sea_rtnetlink = {
	.name = "rtnetlink",
	.id = SEA_MODULE_RTNETLINK,
	.needs = 1u << SEA_MODULE_NETLINK,
	.init = init,
	.fini = fini,
};
