/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETMULTICAST, RTM_GETANYCAST, and news: which groups and anycast addresses links have, the newest first. */
#include "ip/rtnl/groups.h"

#include "core/link.h"
#include "core/stack.h"
#include "ip/anycast6.h"
#include "ip/group.h"
#include "ip/ifaddr.h"
#include "ip/ifaddr6.h"
#include "ip/in6.h"
#include "ip/rtnl/addr.h"

#define ROOM 96 /* of one */

/* What a dump remembers: sea_nl_dump.arg. Where it begins is addr.c's to say. */
enum dump_arg {
	ARG_SHOWN,                          /* the last link of which all were shown */
	ARG_IFINDEX = SEA_RTNL_ARG_IFINDEX, /* of this link only; 0: of all */
	ARG_RANK                            /* how many of the next link were shown */
};

/* One of them. */
struct member {
	int ifindex;
	bool v6, anycast;
	const uint8_t *addr;
	sea_time since;
};

static bool write_member(struct sea_nl_out *out, uint16_t type, const struct member *m, bool site,
			 uint32_t port, uint32_t seq, uint16_t flags)
{
	const struct ifa_cacheinfo info = { .ifa_prefered = UINT32_MAX,
					    .ifa_valid = UINT32_MAX,
					    .cstamp = sea_rtnl_stamp(m->since),
					    .tstamp = sea_rtnl_stamp(m->since) };
	const struct ifaddrmsg hdr = { .ifa_family = m->v6 ? SEA_AF_INET6 : SEA_AF_INET,
				       .ifa_prefixlen = m->v6 ? 128 : 32,
				       .ifa_flags = IFA_F_PERMANENT,
				       .ifa_scope = site ? RT_SCOPE_SITE : RT_SCOPE_UNIVERSE,
				       .ifa_index = (uint32_t)m->ifindex };

	sea_nl_begin(out, port, seq, type, flags, &hdr, sizeof(hdr));
	sea_nl_put(out, m->anycast ? IFA_ANYCAST : IFA_MULTICAST, m->addr, m->v6 ? 16 : 4);
	sea_nl_put(out, IFA_CACHEINFO, &info, sizeof(info));
	return sea_nl_end(out);
}

static struct member of_group(const struct sea_group *group)
{
	return (struct member){ .ifindex = group->of->link->ifindex,
				.v6 = group->of->family == SEA_AF_INET6,
				.addr = group->addr.b,
				.since = group->since };
}

static struct member of_anycast(const struct sea_link *link, const struct sea_anycast6 *a)
{
	return (struct member){ .ifindex = link->ifindex,
				.v6 = true,
				.anycast = true,
				.addr = a->addr.b,
				.since = a->since };
}

/* -- news -- */

/* Of these no scope is said (as on Linux). */
static void tell(struct sea_stack *stack, unsigned group, uint16_t type, const struct member *m)
{
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, group))
		return;
	write_member(&out, type, m, false, 0, 0, 0);
	sea_nl_notify(stack, NETLINK_ROUTE, group, &out, NULL);
}

void sea_rtnl_tell_group(const struct sea_group *group, bool gone)
{
	const struct member m = of_group(group);

	tell(group->of->link->stack, m.v6 ? SEA_RTNLGRP_IPV6_MCADDR : SEA_RTNLGRP_IPV4_MCADDR,
	     gone ? SEA_RTM_DELMULTICAST : SEA_RTM_NEWMULTICAST, &m);
}

void sea_rtnl_tell_anycast(const struct sea_link *link, const struct sea_anycast6 *a, bool gone)
{
	const struct member m = of_anycast(link, a);

	tell(link->stack, SEA_RTNLGRP_IPV6_ACADDR, gone ? SEA_RTM_DELANYCAST : SEA_RTM_NEWANYCAST,
	     &m);
}

/* -- dumps -- */

static const struct sea_list *list_of(const struct sea_nl_dump *d, const struct sea_link *link)
{
	if (d->kind->type == RTM_GETANYCAST)
		return link->ip6 ? &sea_link_ip6(link)->anycasts : NULL;
	if (d->kind->family == SEA_AF_INET6)
		return link->ip6 ? &sea_link_ip6(link)->groups.used : NULL;
	return link->ip4 ? &sea_link_ip4(link)->groups.used : NULL;
}

static struct member member_at(const struct sea_nl_dump *d, const struct sea_link *link,
			       struct sea_list *node)
{
	if (d->kind->type == RTM_GETANYCAST)
		return of_anycast(link, sea_container(node, struct sea_anycast6, node));
	return of_group(sea_container(node, struct sea_group, used));
}

/* False: there was no room. */
static bool dump_link(struct sea_nl_dump *d, struct sea_nl_out *out, const struct sea_link *link)
{
	const struct sea_list *head = list_of(d, link);
	uint64_t rank = 0;

	for (struct sea_list *node = head ? head->next : NULL; node && node != head;
	     node = node->next) {
		struct member m;
		bool site;

		if (rank++ < d->arg[ARG_RANK])
			continue;
		m = member_at(d, link, node);
		site = m.v6 && sea_in6_scope(m.addr) == SEA_IN6_SCOPE_SITE;
		if (!write_member(out, d->kind->type, &m, site, d->port, d->msg_seq, d->msg_flags))
			return false;
		d->arg[ARG_RANK] = rank;
	}
	return true;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	uint64_t only = d->arg[ARG_IFINDEX];
	struct sea_link *link = NULL;

	while ((link = sea_link_next(d->stack, link))) {
		uint64_t ifindex = (uint64_t)link->ifindex;

		if (ifindex <= d->arg[ARG_SHOWN] || (only && ifindex != only))
			continue;
		if (!dump_link(d, out, link))
			return 1;
		d->arg[ARG_SHOWN] = ifindex;
		d->arg[ARG_RANK] = 0;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_groups_kinds[] = {
	{ .type = RTM_GETMULTICAST,
	  .family = AF_INET,
	  .judged_late = true,
	  .start = sea_rtnl_start_addr_dump,
	  .dump = dump },
	{ .type = RTM_GETMULTICAST,
	  .family = AF_INET6,
	  .judged_late = true,
	  .start = sea_rtnl_start_addr_dump,
	  .dump = dump },
	{ .type = RTM_GETANYCAST,
	  .family = AF_INET6,
	  .judged_late = true,
	  .start = sea_rtnl_start_addr_dump,
	  .dump = dump },
};
const unsigned sea_rtnl_groups_kinds_n =
	sizeof(sea_rtnl_groups_kinds) / sizeof(sea_rtnl_groups_kinds[0]);
