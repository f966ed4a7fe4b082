/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER: requests are judged as on a Linux that has no kind of filter, and so
 * there are none to be shown.
 */
#include <errno.h>

#include <linux/pkt_cls.h>

#include "core/stack.h"
#include "ip/rtnl/qdisc.h"

#define KIND_MAX 16 /* Linux's IFNAMSIZ */
#define CHAIN_MAX TC_ACT_EXT_VAL_MASK

static int complain(const struct sea_rtnl_tc *tc, int err, const char *msg)
{
	return sea_nl_complain(tc->req->extack, err, msg);
}

/* Of two halves: which filters come first, and the EtherType. */
static uint32_t prio_of(const struct sea_rtnl_tc *tc)
{
	return TC_H_MAJ(tc->hdr.tcm_info);
}

static uint32_t protocol_of(const struct sea_rtnl_tc *tc)
{
	return TC_H_MIN(tc->hdr.tcm_info);
}

/* -- whose filters -- */

/* The queue, by the parent that is named; the link's own where none is. */
static int find_queue(struct sea_rtnl_tc *tc)
{
	tc->link = sea_link_by_index(tc->req->stack, tc->hdr.tcm_ifindex);
	if (!tc->link)
		return -ENODEV;
	tc->at = (struct sea_queue_at){ .queue = &tc->link->queue };
	if (tc->hdr.tcm_parent && !sea_queue_find(tc->link, TC_H_MAJ(tc->hdr.tcm_parent), &tc->at))
		return complain(tc, -EINVAL, "Parent Qdisc doesn't exists");
	if (!tc->at.queue->kind->ingress && !tc->at.queue->kind->in_class)
		return complain(tc, -EINVAL, "Qdisc not classful");
	if (!tc->at.queue->kind->ingress)
		return complain(tc, -EOPNOTSUPP, "Class doesn't support blocks");
	return 0;
}

/* Has the queue what is named as a class? clsact has two, and what is no class has no filters. */
static int find_block(const struct sea_rtnl_tc *tc)
{
	uint32_t minor = TC_H_MIN(tc->hdr.tcm_parent);

	if (!tc->at.queue->kind->egress || minor == TC_H_MIN_INGRESS || minor == TC_H_MIN_EGRESS)
		return 0;
	return minor ? complain(tc, -ENOENT, "Specified class doesn't exist") : -EINVAL;
}

static int find_place(struct sea_rtnl_tc *tc)
{
	const struct sea_nl_attr *chain = &tc->tb[TCA_CHAIN], *kind = &tc->tb[TCA_KIND];
	char text[KIND_MAX + 1];
	int err = find_queue(tc);

	if (!err && kind->value && sea_nl_text(kind, text, sizeof(text)) >= KIND_MAX)
		err = complain(tc, -EINVAL, "Specified TC filter name too long");
	if (!err)
		err = find_block(tc);
	if (!err && chain->value && sea_nl_u32(chain) > CHAIN_MAX)
		err = complain(tc, -EINVAL, "Specified chain index exceeds upper limit");
	return err;
}

/* -- one -- */

/* The list in which it would be comes and goes: RTNLGRP_TC is told of that, as of nobody's doing. */
static void tell_of_chain(const struct sea_rtnl_tc *tc, uint16_t type, uint16_t flags)
{
	const struct sea_nl_attr *chain = &tc->tb[TCA_CHAIN];
	const struct tcmsg hdr = { .tcm_ifindex = tc->link->ifindex,
				   .tcm_parent = tc->at.queue->handle };
	uint8_t bytes[64] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	sea_nl_begin(&out, 0, 0, type, flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(&out, TCA_CHAIN, chain->value ? sea_nl_u32(chain) : 0);
	if (sea_nl_end(&out))
		sea_nl_notify(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC, &out, NULL);
}

/* What it would have to be; as there is no kind, nothing is right. */
static int judge(const struct sea_rtnl_tc *tc)
{
	if (!tc->tb[TCA_KIND].value || !protocol_of(tc))
		return complain(tc, -EINVAL, "Filter kind and protocol must be specified");
	if (!(tc->req->hdr.nlmsg_flags & NLM_F_CREATE))
		return complain(tc, -ENOENT,
				"Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter");
	return complain(tc, -ENOENT, "TC classifier not found");
}

static int new_filter(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_parse(&tc, req);

	if (!err && !prio_of(&tc) && !(req->hdr.nlmsg_flags & NLM_F_CREATE))
		err = complain(&tc, -ENOENT, "Invalid filter command with priority of zero");
	if (!err)
		err = find_place(&tc);
	if (err)
		return err;
	tell_of_chain(&tc, RTM_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
	err = judge(&tc);
	tell_of_chain(&tc, RTM_DELCHAIN, 0);
	return err;
}

/* Of priority 0: all. */
static int del_filter(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_parse(&tc, req);

	if (!err && !prio_of(&tc) &&
	    (protocol_of(&tc) || tc.hdr.tcm_handle || tc.tb[TCA_KIND].value))
		err = complain(&tc, -ENOENT,
			       "Cannot flush filters with protocol, handle or kind set");
	if (!err)
		err = find_place(&tc);
	if (err || !prio_of(&tc))
		return err;
	return complain(&tc, -ENOENT, "Cannot find specified filter chain");
}

static int get_filter(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_parse(&tc, req);

	if (!err && !prio_of(&tc))
		err = complain(&tc, -ENOENT, "Invalid filter command with priority of zero");
	if (!err)
		err = find_place(&tc);
	return err ? err : complain(&tc, -EINVAL, "Cannot find specified filter chain");
}

/* -- all -- */

static const struct sea_nl_policy dump_policy[SEA_TCA_MAX + 1] = {
	[TCA_CHAIN] = { .type = SEA_NL_U32 },
};

/* A request that is too short is for nothing. */
static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_TCA_MAX + 1];
	struct tcmsg hdr;

	(void)d;
	if (req->len < sizeof(hdr))
		return 0;
	return sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_TCA_MAX, dump_policy, SEA_NL_LIBERAL);
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	(void)d;
	(void)out;
	return 0;
}

const struct sea_nl_kind sea_rtnl_filter_kinds[] = {
	{ .type = RTM_NEWTFILTER, .family = AF_UNSPEC, .doit = new_filter },
	{ .type = RTM_DELTFILTER, .family = AF_UNSPEC, .doit = del_filter },
	{ .type = RTM_GETTFILTER,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .done_apart = true,
	  .doit = get_filter,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_filter_kinds_n =
	sizeof(sea_rtnl_filter_kinds) / sizeof(sea_rtnl_filter_kinds[0]);
