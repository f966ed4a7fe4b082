/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_GETTCLASS, RTM_NEWTCLASS, RTM_DELTCLASS. Of our kinds of queues one has a class, which neither comes nor goes: where a
 * class is asked for, the answer is that one, or which error.
 */
#include <errno.h>
#include <string.h>

#include "ip/rtnl/qdisc.h"

#define THE_CLASS 1u

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX, /* the link that is asked for */
	ARG_PARENT,  /* only of this queue; 0: of any */
	ARG_DONE
};

/* The queue whose class is meant, by what is said of the class and of its parent: 0, or -EINVAL, they are of two. */
static int find(const struct sea_rtnl_tc *tc, uint32_t *qdisc)
{
	uint32_t own = TC_H_MAJ(tc->hdr.tcm_handle), parent = TC_H_MAJ(tc->hdr.tcm_parent);

	if (tc->hdr.tcm_parent == TC_H_ROOT)
		parent = 0;
	if (own && parent && own != parent)
		return -EINVAL;
	*qdisc = own ? own : parent ? parent : tc->link->qdisc_handle;
	return 0;
}

/* A class counts nothing itself. */
static bool write_class(struct sea_nl_out *out, const struct sea_link *link, uint32_t port,
			uint32_t seq, uint16_t flags)
{
	const struct tcmsg hdr = { .tcm_ifindex = link->ifindex,
				   .tcm_handle = TC_H_MAKE(link->qdisc_handle, THE_CLASS),
				   .tcm_parent = link->qdisc_handle };
	struct tc_stats none;

	memset(&none, 0, sizeof(none));
	sea_nl_begin(out, port, seq, RTM_NEWTCLASS, flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, TCA_KIND, link->qdisc->name);
	sea_nl_nest_end(out, sea_nl_nest(out, TCA_STATS2));
	sea_nl_put(out, TCA_STATS, &none, sizeof(none));
	return sea_nl_end(out);
}

/* To whoever listens, as with queues. */
static void tell_of(const struct sea_rtnl_tc *tc)
{
	uint8_t bytes[128] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (write_class(&out, tc->link, tc->req->from_port, tc->req->hdr.nlmsg_seq, 0))
		sea_nl_notify(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC, &out, tc->req);
}

int sea_rtnl_tclass(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	uint32_t qdisc = 0;
	int err = sea_rtnl_tc_read(&tc, req);

	if (!err)
		err = find(&tc, &qdisc);
	if (err)
		return err;
	if (!qdisc || qdisc != tc.link->qdisc_handle)
		return -ENOENT;
	if (!tc.link->qdisc->inner)
		return -EINVAL;
	if (req->hdr.nlmsg_type != RTM_GETTCLASS)
		return -EOPNOTSUPP;
	tell_of(&tc);
	return 0;
}

/* -- all of a link -- */

/* A request that is too short is for nothing. */
int sea_rtnl_start_tclass(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct tcmsg hdr;

	if (req->len < sizeof(hdr))
		return 0;
	memcpy(&hdr, req->payload, sizeof(hdr));
	d->arg[ARG_IFINDEX] = (uint32_t)hdr.tcm_ifindex;
	d->arg[ARG_PARENT] = TC_H_MAJ(hdr.tcm_parent); /* the root of all is none of them */
	return 0;
}

int sea_rtnl_dump_tclass(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_link *link = sea_link_by_index(d->stack, (int)d->arg[ARG_IFINDEX]);

	if (d->arg[ARG_DONE] || !link || !link->qdisc_handle || !link->qdisc->inner)
		return 0;
	if (d->arg[ARG_PARENT] && d->arg[ARG_PARENT] != link->qdisc_handle)
		return 0;
	if (!write_class(out, link, d->port, d->msg_seq, d->msg_flags))
		return 1;
	d->arg[ARG_DONE] = 1;
	return 0;
}
