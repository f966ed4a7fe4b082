/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETNETCONF: a few settings of a link, of "all" links, and of those to come ("default"). */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/rtnl/netconf.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_V6,     /* IPv4's are shown, where both families are */
	ARG_STAGE,  /* of the family */
	ARG_IFINDEX /* the last link shown */
};

enum { LINKS, ALL, DEFAULT, DONE };

#define HDR_ROOM 4 /* one byte and padding */

/* NETCONFA_FORCE_FORWARDING, newer than some headers. */
#define NETCONFA_LAST 9

static const struct sea_nl_policy policy6[NETCONFA_LAST + 1] = {
	[NETCONFA_IFINDEX] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_FORWARDING] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_PROXY_NEIGH] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN] = { .type = SEA_NL_ANY, .len = 4 },
};

static const struct sea_nl_policy policy4[NETCONFA_LAST + 1] = {
	[NETCONFA_IFINDEX] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_FORWARDING] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_RP_FILTER] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_PROXY_NEIGH] = { .type = SEA_NL_ANY, .len = 4 },
	[NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN] = { .type = SEA_NL_ANY, .len = 4 },
};

/* -- written -- */

/* Where it is what is wanted. */
static void put(struct sea_nl_out *out, int what, uint16_t type, int32_t value)
{
	if (what == NETCONFA_ALL || what == type)
		sea_nl_put_u32(out, type, (uint32_t)value);
}

static void put_conf4(struct sea_nl_out *out, const struct sea_conf4 *conf, int what)
{
	put(out, what, NETCONFA_FORWARDING, conf->forwarding);
	put(out, what, NETCONFA_RP_FILTER, conf->rp_filter);
	put(out, what, NETCONFA_MC_FORWARDING, conf->mc_forwarding);
	put(out, what, NETCONFA_BC_FORWARDING, conf->bc_forwarding);
	put(out, what, NETCONFA_PROXY_NEIGH, conf->proxy_arp);
	put(out, what, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, conf->ignore_routes_with_linkdown);
}

static void put_conf6(struct sea_nl_out *out, const struct sea_conf6 *conf, int what)
{
	put(out, what, NETCONFA_FORWARDING, conf->forwarding);
	put(out, what, NETCONFA_MC_FORWARDING, conf->mc_forwarding);
	put(out, what, NETCONFA_PROXY_NEIGH, conf->proxy_ndp);
	put(out, what, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, conf->ignore_routes_with_linkdown);
}

const void *sea_rtnl_conf_of(struct sea_stack *stack, bool v6, int ifindex)
{
	struct sea_link *link;

	if (ifindex == NETCONFA_IFINDEX_ALL)
		return v6 ? (const void *)&sea_ipv6_of(stack)->conf_all
			  : (const void *)&sea_ipv4_of(stack)->conf_all;
	if (ifindex == NETCONFA_IFINDEX_DEFAULT)
		return v6 ? (const void *)&sea_ipv6_of(stack)->conf_default
			  : (const void *)&sea_ipv4_of(stack)->conf_default;
	link = sea_link_by_index(stack, ifindex);
	if (!link || !(v6 ? link->ip6 : link->ip4))
		return NULL;
	return v6 ? (const void *)&sea_link_ip6(link)->conf
		  : (const void *)&sea_link_ip4(link)->conf;
}

bool sea_rtnl_write_conf(struct sea_nl_out *out, bool v6, int ifindex, const void *conf,
			 const struct sea_rtnl_conf_how *how)
{
	const struct netconfmsg hdr = { .ncm_family = v6 ? SEA_AF_INET6 : SEA_AF_INET };

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(out, NETCONFA_IFINDEX, (uint32_t)ifindex);
	if (how->type == RTM_DELNETCONF)
		return sea_nl_end(out);
	if (v6)
		put_conf6(out, conf, how->what);
	else
		put_conf4(out, conf, how->what);
	return sea_nl_end(out);
}

/* -- one -- */

static const char *module_of(bool v6)
{
	return v6 ? "ipv6" : "ipv4";
}

static int read_get(struct sea_nl_req *req, bool v6, struct sea_nl_attr *tb)
{
	struct netconfmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, NETCONFA_LAST, v6 ? policy6 : policy4,
				 req->strict ? SEA_NL_DEPRECATED_STRICT : SEA_NL_LIBERAL);

	for (unsigned i = 0; !err && req->strict && i <= NETCONFA_LAST; i++)
		if (tb[i].value && i != NETCONFA_IFINDEX)
			return sea_nl_complain_fmt(
				req->extack, -EINVAL,
				"%s: Unsupported attribute in netconf get request", module_of(v6));
	return err;
}

static int get(struct sea_nl_req *req, bool v6)
{
	const struct sea_rtnl_conf_how how = { .type = RTM_NEWNETCONF,
					       .port = req->from_port,
					       .seq = req->hdr.nlmsg_seq,
					       .what = NETCONFA_ALL };
	struct sea_nl_attr tb[NETCONFA_LAST + 1];
	uint8_t bytes[128] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	const void *conf;
	int err = read_get(req, v6, tb), ifindex;

	if (err)
		return err;
	if (!tb[NETCONFA_IFINDEX].value)
		return -EINVAL;
	ifindex = (int)sea_nl_u32(&tb[NETCONFA_IFINDEX]);
	if (!(v6 ? (const void *)req->stack->ip6 : (const void *)req->stack->ip4))
		return -EOPNOTSUPP;
	conf = sea_rtnl_conf_of(req->stack, v6, ifindex);
	if (!conf)
		return v6 ? -EINVAL : -ENODEV;
	sea_rtnl_write_conf(&out, v6, ifindex, conf, &how);
	return sea_nl_answer(req, &out);
}

static int get4(struct sea_nl_req *req)
{
	return get(req, false);
}

static int get6(struct sea_nl_req *req)
{
	return get(req, true);
}

/* -- all -- */

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	bool v6 = d->kind->family == SEA_AF_INET6;

	d->arg[ARG_V6] = v6;
	if (!req->strict || req->len == HDR_ROOM)
		return 0;
	return sea_nl_complain_fmt(req->extack, -EINVAL,
				   "%s: Invalid data after header in netconf dump request",
				   module_of(v6));
}

static struct sea_link *link_behind(struct sea_stack *stack, uint64_t ifindex)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if ((uint64_t)link->ifindex > ifindex)
			return link;
	return NULL;
}

/* False: there was no room. */
static bool dump_one(struct sea_nl_dump *d, struct sea_nl_out *out, int ifindex)
{
	const struct sea_rtnl_conf_how how = { .type = RTM_NEWNETCONF,
					       .flags = d->msg_flags,
					       .port = d->port,
					       .seq = d->msg_seq,
					       .what = NETCONFA_ALL };
	bool v6 = d->arg[ARG_V6];
	const void *conf = sea_rtnl_conf_of(d->stack, v6, ifindex);

	return !conf || sea_rtnl_write_conf(out, v6, ifindex, conf, &how);
}

static bool dump_links(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_link *link = link_behind(d->stack, d->arg[ARG_IFINDEX]);

	for (; link; link = sea_link_next(d->stack, link)) {
		if (!dump_one(d, out, link->ifindex))
			return false;
		d->arg[ARG_IFINDEX] = (uint64_t)link->ifindex;
	}
	return true;
}

static bool dump_family(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	bool there = d->arg[ARG_V6] ? d->stack->ip6 != NULL : d->stack->ip4 != NULL;

	for (; there && d->arg[ARG_STAGE] < DONE; d->arg[ARG_STAGE]++) {
		bool room = d->arg[ARG_STAGE] == LINKS ? dump_links(d, out)
			    : d->arg[ARG_STAGE] == ALL ? dump_one(d, out, NETCONFA_IFINDEX_ALL)
						       : dump_one(d, out, NETCONFA_IFINDEX_DEFAULT);

		if (!room)
			return false;
	}
	return true;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	if (!dump_family(d, out))
		return 1;
	if (d->kind->family || d->arg[ARG_V6])
		return 0;
	d->arg[ARG_V6] = 1;
	d->arg[ARG_STAGE] = LINKS;
	d->arg[ARG_IFINDEX] = 0;
	return !dump_family(d, out);
}

const struct sea_nl_kind sea_rtnl_netconf_kinds[] = {
	{ .type = RTM_GETNETCONF,
	  .family = AF_UNSPEC,
	  .done_apart = true,
	  .judged_late = true,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_GETNETCONF,
	  .family = AF_INET,
	  .judged_late = true,
	  .doit = get4,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_GETNETCONF,
	  .family = AF_INET6,
	  .judged_late = true,
	  .doit = get6,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_netconf_kinds_n =
	sizeof(sea_rtnl_netconf_kinds) / sizeof(sea_rtnl_netconf_kinds[0]);
