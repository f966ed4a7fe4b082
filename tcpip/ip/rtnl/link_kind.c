/* SPDX-License-Identifier: Apache-2.0 */
/* IFLA_LINKINFO: of which kind a link is, what the kind knows of it, and what a message asks of it. */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"

/* Numbers of filters: 1 + the place among the stack's kinds; a VRF is a type of link. */
#define ID_VRF (SEA_LINK_KINDS_MAX + 1)

static const struct sea_nl_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = { .type = SEA_NL_STRING },
	[IFLA_INFO_DATA] = { .type = SEA_NL_NESTED },
	[IFLA_INFO_SLAVE_KIND] = { .type = SEA_NL_STRING },
	[IFLA_INFO_SLAVE_DATA] = { .type = SEA_NL_NESTED },
};

/* -- asked for -- */

static int read_data(struct sea_nl_req *req, const struct sea_nl_attr *data,
		     struct sea_rtnl_kind_asked *asked)
{
	const struct sea_link_kind *kind = asked->kind;

	if (!data->value || !kind->policy)
		return 0;
	SEA_ASSERT(&req->stack->env, kind->data_max <= SEA_LINK_KIND_DATA_MAX);
	asked->ask.data = asked->data;
	return sea_nl_parse_nest(asked->data, kind->data_max, data, kind->policy, SEA_NL_LIBERAL,
				 req->extack);
}

int sea_rtnl_read_slave(struct sea_nl_req *req, const struct sea_link *link,
			struct sea_rtnl_kind_asked *asked)
{
	const struct sea_link_kind *kind = link && link->master ? link->master->kind : NULL;

	if (!kind || !kind->slave_policy || !asked->slave_data.value)
		return 0;
	SEA_ASSERT(&req->stack->env, kind->slave_data_max <= SEA_LINK_KIND_DATA_MAX);
	asked->slave_ask = (struct sea_link_ask){ .tb = asked->ask.tb,
						  .data = asked->slave,
						  .extack = req->extack };
	return sea_nl_parse_nest(asked->slave, kind->slave_data_max, &asked->slave_data,
				 kind->slave_policy, SEA_NL_LIBERAL, req->extack);
}

/* Of other namespaces there is none. */
static int judge_peer(struct sea_nl_req *req, const struct sea_rtnl_kind_asked *asked)
{
	const struct sea_link_ask ask = { .tb = asked->peer_tb, .extack = req->extack };
	int err = asked->kind->judge ? asked->kind->judge(&ask) : 0;

	if (err)
		return err;
	if (asked->peer_tb[IFLA_NET_NS_PID].value)
		return -ESRCH;
	return asked->peer_tb[IFLA_NET_NS_FD].value ? -EBADF : 0;
}

static int read_peer(struct sea_nl_req *req, struct sea_rtnl_kind_asked *asked)
{
	const struct sea_nl_attr *a = asked->ask.data ? &asked->data[asked->kind->peer_attr] : NULL;
	int err;

	if (!asked->kind->peer_attr || !a || !a->value)
		return 0;
	asked->has_peer = true;
	memcpy(&asked->peer, a->value, sizeof(asked->peer));
	if (asked->peer.ifi_index < 0)
		return sea_nl_complain_of(req->extack, -EINVAL, a, "ifindex can't be negative");
	err = sea_nl_parse(asked->peer_tb, SEA_IFLA_MAX, a->value + sizeof(asked->peer),
			   a->len - (uint32_t)sizeof(asked->peer), sea_rtnl_link_policy,
			   SEA_NL_LIBERAL, req->extack);
	return err ? err : judge_peer(req, asked);
}

int sea_rtnl_read_kind(struct sea_nl_req *req, const struct sea_nl_attr *tb,
		       struct sea_rtnl_kind_asked *asked)
{
	struct sea_nl_attr info[IFLA_INFO_MAX + 1];
	int err;

	*asked = (struct sea_rtnl_kind_asked){ .ask = { .tb = tb, .extack = req->extack } };
	if (!tb[IFLA_LINKINFO].value)
		return 0;
	err = sea_nl_parse_nest(info, IFLA_INFO_MAX, &tb[IFLA_LINKINFO], info_policy,
				SEA_NL_LIBERAL, req->extack);
	if (err)
		return err;
	if (info[IFLA_INFO_KIND].value)
		sea_nl_text(&info[IFLA_INFO_KIND], asked->name, sizeof(asked->name));
	asked->has_data = info[IFLA_INFO_DATA].value;
	asked->slave_data = info[IFLA_INFO_SLAVE_DATA];
	asked->kind = sea_link_kind_find(req->stack, asked->name);
	if (!asked->kind)
		return 0;
	err = read_data(req, &info[IFLA_INFO_DATA], asked);
	if (!err && asked->kind->judge)
		err = asked->kind->judge(&asked->ask);
	return err ? err : read_peer(req, asked);
}

/* -- filters -- */

uint64_t sea_rtnl_kind_id(const struct sea_stack *stack, const char *name)
{
	if (!strcmp(name, "vrf"))
		return ID_VRF;
	for (unsigned i = 0; i < SEA_LINK_KINDS_MAX && stack->link_kinds[i]; i++)
		if (!strcmp(stack->link_kinds[i]->name, name))
			return i + 1;
	return 0;
}

uint64_t sea_rtnl_kind_id_of(const struct sea_link *link)
{
	if (link->type == SEA_LINK_VRF)
		return ID_VRF;
	return link->kind ? sea_rtnl_kind_id(link->stack, link->kind->name) : 0;
}

/* -- shown -- */

static void put_own(struct sea_nl_out *out, const struct sea_link *link)
{
	bool vrf = link->type == SEA_LINK_VRF;
	uint32_t data;

	sea_nl_put_text(out, IFLA_INFO_KIND, vrf ? "vrf" : link->kind->name);
	if (!vrf && !link->kind->show)
		return;
	data = sea_nl_nest(out, IFLA_INFO_DATA);
	if (vrf)
		sea_nl_put_u32(out, IFLA_VRF_TABLE, link->vrf_table);
	else
		link->kind->show(link, out);
	sea_nl_nest_end(out, data);
}

/* What its master says of it. */
static void put_slave(struct sea_nl_out *out, const struct sea_link *link)
{
	const struct sea_link *master = link->master;
	bool vrf = master->type == SEA_LINK_VRF;
	uint32_t data;

	sea_nl_put_text(out, IFLA_INFO_SLAVE_KIND, vrf ? "vrf" : master->kind->name);
	if (!vrf && !master->kind->slave_show)
		return;
	data = sea_nl_nest(out, IFLA_INFO_SLAVE_DATA);
	if (vrf)
		sea_nl_put_u32(out, IFLA_VRF_PORT_TABLE, master->vrf_table);
	else
		master->kind->slave_show(link, out);
	sea_nl_nest_end(out, data);
}

void sea_rtnl_put_kind(struct sea_nl_out *out, const struct sea_link *link)
{
	bool own = link->kind || link->type == SEA_LINK_VRF;
	uint32_t nest;

	if (!own && !link->master)
		return;
	nest = sea_nl_nest(out, IFLA_LINKINFO);
	if (own)
		put_own(out, link);
	if (link->master)
		put_slave(out, link);
	sea_nl_nest_end(out, nest);
}
