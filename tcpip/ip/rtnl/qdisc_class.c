/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_GETTCLASS, RTM_NEWTCLASS, RTM_DELTCLASS. Classes of our kinds of queues neither come nor go by asking: where one
 * is asked for, the answer is that one, or which error.
 */
#include <errno.h>
#include <string.h>

#include "ip/rtnl/qdisc.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX, /* the link that is asked for */
	ARG_PARENT,  /* only of this queue; 0: of any */
	ARG_QUEUE,   /* which queue's classes are to be shown, */
	ARG_CLASS    /* and how many of them were */
};

/* The queue whose class is meant, by what is said of the class and of its parent: 0, or -EINVAL, they are of two. */
static int find_id(const struct sea_rtnl_tc *tc, uint32_t *qdisc)
{
	uint32_t own = TC_H_MAJ(tc->hdr.tcm_handle), parent = TC_H_MAJ(tc->hdr.tcm_parent);

	if (tc->hdr.tcm_parent == TC_H_ROOT)
		parent = 0;
	if (own && parent && own != parent)
		return -EINVAL;
	*qdisc = own ? own : parent ? parent : tc->link->queue.handle;
	return 0;
}

/* `in` it is this queue. */
static bool write_class(struct sea_nl_out *out, const struct sea_link *link,
			const struct sea_queue_at *of, const struct sea_queue_at *in,
			const struct sea_rtnl_qdisc_how *how)
{
	const struct tcmsg hdr = { .tcm_ifindex = link->ifindex,
				   .tcm_handle = in->parent,
				   .tcm_parent = of->queue->handle,
				   .tcm_info = in->queue->handle };
	const struct sea_qdisc *kind = of->queue->kind;
	struct sea_qdisc_info info = { .size = sizeof(info) };

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, TCA_KIND, kind->name);
	if (kind->counts_classes)
		info = sea_queue_info(link, in->queue);
	sea_rtnl_put_tc_stats(out, kind->counts_classes ? &info : NULL, &in->queue->sent, true);
	return sea_nl_end(out);
}

/* To whoever listens, as with queues. */
static void tell_of(const struct sea_rtnl_tc *tc, const struct sea_queue_at *of,
		    const struct sea_queue_at *in)
{
	const struct sea_rtnl_qdisc_how how = { .type = RTM_NEWTCLASS,
						.port = tc->req->from_port,
						.seq = tc->req->hdr.nlmsg_seq };
	uint8_t bytes[256] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (write_class(&out, tc->link, of, in, &how))
		sea_nl_notify(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC, &out, tc->req);
}

/* Where filters are there is no queue in any class, and ingress has whatever class is named. */
static bool find_class_of_filters(struct sea_rtnl_tc *tc, const struct sea_queue_at *of,
				  struct sea_queue_at *in)
{
	uint32_t minor = TC_H_MIN(tc->hdr.tcm_handle);

	*in = (struct sea_queue_at){ .queue = &tc->nothing, .parent = of->queue->handle };
	return !of->queue->kind->egress || minor == TC_H_MIN_INGRESS || minor == TC_H_MIN_EGRESS;
}

static bool find_class(struct sea_rtnl_tc *tc, const struct sea_queue_at *of,
		       struct sea_queue_at *in)
{
	uint32_t minor = TC_H_MIN(tc->hdr.tcm_handle);

	if (!tc->hdr.tcm_handle && tc->hdr.tcm_parent != TC_H_ROOT)
		return false;
	if (of->queue->kind->ingress)
		return find_class_of_filters(tc, of, in);
	return sea_queue_in_class(of, of->queue->kind->one_class ? 1 : minor, in);
}

/* None is made, changed or ended; and least of all with blocks of filters. */
static int refuse(const struct sea_rtnl_tc *tc)
{
	if (tc->req->hdr.nlmsg_type == RTM_NEWTCLASS &&
	    (tc->tb[TCA_INGRESS_BLOCK].value || tc->tb[TCA_EGRESS_BLOCK].value))
		return sea_nl_complain(tc->req->extack, -EOPNOTSUPP,
				       "Shared blocks are not supported for classes");
	return -EOPNOTSUPP;
}

static int answer(struct sea_rtnl_tc *tc, const struct sea_queue_at *of)
{
	uint16_t type = tc->req->hdr.nlmsg_type, flags = tc->req->hdr.nlmsg_flags;
	const struct sea_qdisc *kind = of->queue->kind;
	struct sea_queue_at in;

	if (!kind->in_class && !kind->ingress)
		return -EINVAL;
	if (!find_class(tc, of, &in))
		return type == RTM_NEWTCLASS && flags & NLM_F_CREATE ? refuse(tc) : -ENOENT;
	if (type == RTM_NEWTCLASS && flags & NLM_F_EXCL)
		return -EEXIST;
	if (type != RTM_GETTCLASS)
		return refuse(tc);
	if (!kind->ingress &&
	    !sea_queue_stands(in.queue)) /* there is nothing to be shown (as on Linux) */
		return -EINVAL;
	tell_of(tc, of, &in);
	return 0;
}

int sea_rtnl_tclass(struct sea_nl_req *req)
{
	struct sea_queue_at of;
	struct sea_rtnl_tc tc;
	uint32_t qdisc = 0;
	int err = sea_rtnl_tc_read(&tc, req);

	if (!err)
		err = find_id(&tc, &qdisc);
	if (err)
		return err;
	return sea_queue_find(tc.link, qdisc, &of) ? answer(&tc, &of) : -ENOENT;
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

/* False: there was no room for all of them. */
static bool dump_classes(struct sea_nl_dump *d, struct sea_nl_out *out, const struct sea_link *link,
			 const struct sea_queue_at *of)
{
	const struct sea_rtnl_qdisc_how how = {
		.type = RTM_NEWTCLASS, .flags = d->msg_flags, .port = d->port, .seq = d->msg_seq
	};
	struct sea_queue_at in;

	if (!of->queue->handle || (d->arg[ARG_PARENT] && d->arg[ARG_PARENT] != of->queue->handle))
		return true;
	for (; sea_queue_in_class(of, (uint32_t)d->arg[ARG_CLASS] + 1, &in); d->arg[ARG_CLASS]++)
		if (sea_queue_stands(in.queue) && !write_class(out, link, of, &in, &how))
			return false;
	return true;
}

int sea_rtnl_dump_tclass(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_link *link = sea_link_by_index(d->stack, (int)d->arg[ARG_IFINDEX]);
	struct sea_queue_at of;

	for (; link && sea_queue_nth(link, (unsigned)d->arg[ARG_QUEUE], &of); d->arg[ARG_QUEUE]++) {
		if (!dump_classes(d, out, link, &of))
			return 1;
		d->arg[ARG_CLASS] = 0;
	}
	return 0;
}
