/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_GETTCLASS, RTM_NEWTCLASS, RTM_DELTCLASS. Classes of our kinds of queues neither come nor go by asking: where one
 * is asked for, the answer is that one, or which error.
 */
#include <errno.h>
#include <string.h>

#include <linux/gen_stats.h>

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

/* One that nothing is in may have nothing to show. */
static bool is_shown(const struct sea_queue_at *of, const struct sea_queue_at *in)
{
	return sea_queue_stands(in->queue) || of->queue->kind->noop_class;
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
	if (!kind->ingress && !is_shown(of, &in)) /* as Linux says it */
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

/* -- flows that a kind keeps by itself: shown in dumps alone -- */

static uint32_t usec_of(int64_t ns)
{
	return (uint32_t)(ns / SEA_USEC);
}

static void put_flow_stats(struct sea_nl_out *out, const struct sea_qdisc_flow *f)
{
	const struct gnet_stats_queue queue = { .qlen = f->packets, .backlog = (uint32_t)f->bytes };
	const struct tc_stats old = { .qlen = f->packets, .backlog = (uint32_t)f->bytes };
	uint32_t nest = sea_nl_nest(out, TCA_STATS2);
	struct tc_fq_codel_xstats counts;

	memset(&counts, 0, sizeof(counts));
	counts.type = TCA_FQ_CODEL_XSTATS_CLASS;
	counts.class_stats =
		(struct tc_fq_codel_cl_stats){ .deficit = (int32_t)f->deficit,
					       .ldelay = usec_of(f->delay_ns),
					       .count = f->count,
					       .lastcount = f->lastcount,
					       .dropping = f->dropping,
					       .drop_next = (int32_t)usec_of(f->drop_next_ns) };
	sea_nl_put(out, TCA_STATS_QUEUE, &queue, sizeof(queue));
	sea_nl_put(out, TCA_STATS_APP, &counts, sizeof(counts));
	sea_nl_nest_end(out, nest);
	sea_nl_put(out, TCA_STATS, &old, sizeof(old));
	sea_nl_put(out, TCA_XSTATS, &counts, sizeof(counts));
}

static bool write_flow(struct sea_nl_out *out, const struct sea_link *link,
		       const struct sea_queue *q, uint32_t minor, const struct sea_qdisc_flow *flow,
		       const struct sea_rtnl_qdisc_how *how)
{
	const struct tcmsg hdr = { .tcm_ifindex = link->ifindex,
				   .tcm_handle = q->handle | minor,
				   .tcm_parent = q->handle };

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, TCA_KIND, q->kind->name);
	put_flow_stats(out, flow);
	return sea_nl_end(out);
}

/* False: there was no room for all of them. */
static bool dump_flows(struct sea_nl_dump *d, struct sea_nl_out *out, const struct sea_link *link,
		       const struct sea_queue *q, const struct sea_rtnl_qdisc_how *how)
{
	struct sea_qdisc_flow flow;
	uint32_t n = (uint32_t)d->arg[ARG_CLASS];
	int err;

	for (; (err = q->kind->flow(link, q->state, n, &flow)) != -ERANGE; n++) {
		if (!err && !write_flow(out, link, q, n + 1, &flow, how)) {
			d->arg[ARG_CLASS] = n;
			return false;
		}
	}
	return true;
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
	if (of->queue->kind->flow)
		return dump_flows(d, out, link, of->queue, &how);
	for (; sea_queue_in_class(of, (uint32_t)d->arg[ARG_CLASS] + 1, &in); d->arg[ARG_CLASS]++)
		if (is_shown(of, &in) && !write_class(out, link, of, &in, &how))
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
