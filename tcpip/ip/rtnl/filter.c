/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER of one: whose filters are meant, and which. Linux's lists of filters ("chains") come and go with
 * what is in them; ours are of chain 0 alone. Of one priority there is one filter, as matchall's are.
 */
#include "ip/rtnl/filter.h"

#include <errno.h>

#include <linux/pkt_cls.h>

#include "core/stack.h"

#define KIND_MAX 16 /* Linux's IFNAMSIZ */
#define CHAIN_MAX TC_ACT_EXT_VAL_MASK
/* Priorities that are given out: below the lowest one of these, from AUTO_FIRST on. */
#define AUTO_LOWEST 0x8000u
#define AUTO_FIRST 0xc000u

static int complain(const struct sea_rtnl_tc *tc, int err, const char *msg)
{
	return sea_nl_complain(tc->req->extack, err, msg);
}

/* Of two halves: which filters come first, and the EtherType. */
static uint32_t prio_of(const struct sea_rtnl_tc *tc)
{
	return TC_H_MAJ(tc->hdr.tcm_info) >> 16;
}

static uint16_t protocol_of(const struct sea_rtnl_tc *tc)
{
	return sea_rtnl_net16((uint16_t)TC_H_MIN(tc->hdr.tcm_info));
}

static uint32_t chain_of(const struct sea_rtnl_tc *tc)
{
	return tc->tb[TCA_CHAIN].value ? sea_nl_u32(&tc->tb[TCA_CHAIN]) : 0;
}

static bool has_flags(const struct sea_rtnl_tc *tc, unsigned flags)
{
	return (tc->req->hdr.nlmsg_flags & flags) == flags;
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

static struct sea_filter_block *block_of(const struct sea_rtnl_tc *tc)
{
	struct sea_filters *all = tc->at.queue->state;

	return tc->at.queue->kind->egress && TC_H_MIN(tc->hdr.tcm_parent) == TC_H_MIN_EGRESS
		       ? &all->out
		       : &all->in;
}

/* Is there something of the chain that is meant? */
static bool has_chain(const struct sea_rtnl_tc *tc)
{
	return !chain_of(tc) && block_of(tc)->first;
}

/* What is of this priority, if anything is; -EINVAL: but of another protocol. */
static int find(const struct sea_rtnl_tc *tc, struct sea_filter **out)
{
	uint16_t protocol = protocol_of(tc);
	struct sea_filter *f = chain_of(tc) ? NULL : block_of(tc)->first;

	while (f && f->prio != prio_of(tc))
		f = f->next;
	*out = f;
	if (f && protocol && f->protocol != protocol)
		return complain(tc, -EINVAL,
				"Protocol mismatch for filter with specified priority");
	return 0;
}

static bool is_other_kind(const struct sea_rtnl_tc *tc)
{
	return !sea_rtnl_tc_is(tc, "matchall");
}

/* -- news -- */

/* A chain comes or goes: RTNLGRP_TC is told of that, as of nobody's doing. */
static void tell_of_chain_at(const struct sea_link *link, uint16_t type, uint16_t flags,
			     uint32_t chain)
{
	const struct tcmsg hdr = { .tcm_ifindex = link->ifindex, .tcm_parent = SEA_HANDLE_INGRESS };
	uint8_t bytes[64] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	sea_nl_begin(&out, 0, 0, type, flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(&out, TCA_CHAIN, chain);
	if (sea_nl_end(&out))
		sea_nl_notify(link->stack, NETLINK_ROUTE, RTNLGRP_TC, &out, NULL);
}

static void tell_of_chain(const struct sea_rtnl_tc *tc, uint16_t type, uint16_t flags)
{
	tell_of_chain_at(tc->link, type, flags, chain_of(tc));
}

unsigned sea_rtnl_count_chains(const struct sea_link *link)
{
	const struct sea_filters *all = sea_filters_of(link);

	return all ? (all->in.first ? 1u : 0) + (all->out.first ? 1u : 0) : 0;
}

void sea_rtnl_tell_chains_gone(const struct sea_link *link, unsigned n)
{
	while (n--)
		tell_of_chain_at(link, RTM_DELCHAIN, 0, 0);
}

static bool write_one(struct sea_nl_out *out, const struct sea_rtnl_tc *tc,
		      const struct sea_filter *f, uint16_t type, bool whole)
{
	const struct sea_rtnl_filter_how how = { .type = type,
						 .flags = tc->req->hdr.nlmsg_flags,
						 .port = tc->req->from_port,
						 .seq = tc->req->hdr.nlmsg_seq,
						 .parent = block_of(tc)->parent,
						 .whole = whole };

	return sea_rtnl_write_filter(out, tc->link, f, &how);
}

static void tell_of(const struct sea_rtnl_tc *tc, const struct sea_filter *f, uint16_t type,
		    bool whole)
{
	uint8_t bytes[SEA_RTNL_FILTER_ROOM] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (write_one(&out, tc, f, type, whole))
		sea_nl_notify(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC, &out, tc->req);
}

/* -- another one -- */

/* The next below those that were given out. */
static int give_prio(const struct sea_rtnl_tc *tc, uint32_t *prio)
{
	const struct sea_filter *f = block_of(tc)->first;

	while (f && f->prio < AUTO_LOWEST)
		f = f->next;
	if (f && f->prio == AUTO_LOWEST)
		return complain(tc, -ENOSPC, "Lowest ID from auto-alloc range already in use");
	*prio = f ? f->prio - 1 : AUTO_FIRST;
	return 0;
}

static int make(struct sea_rtnl_tc *tc)
{
	struct sea_filter f = { .prio = prio_of(tc),
				.protocol = protocol_of(tc),
				.handle = tc->hdr.tcm_handle ? tc->hdr.tcm_handle : 1 };
	int err;

	if (!tc->tb[TCA_KIND].value || !f.protocol)
		return complain(tc, -EINVAL, "Filter kind and protocol must be specified");
	if (!has_flags(tc, NLM_F_CREATE))
		return complain(tc, -ENOENT,
				"Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter");
	if (is_other_kind(tc))
		return complain(tc, -ENOENT, "TC classifier not found");
	f.action.made = tc->link->stack->shard.now;
	if (chain_of(tc))
		return complain(tc, -EOPNOTSUPP, "Filters are of chain 0 alone");
	err = f.prio ? 0 : give_prio(tc, &f.prio);
	if (!err)
		err = sea_rtnl_read_matchall(tc->req, &tc->tb[TCA_OPTIONS], &f);
	if (!err)
		err = sea_filter_add(tc->link, block_of(tc), &f);
	if (!err)
		tell_of(tc, &f, RTM_NEWTFILTER, true);
	return err;
}

/* Of a priority that has its filter already: matchall's do not change. */
static int make_again(const struct sea_rtnl_tc *tc, const struct sea_filter *f)
{
	if (is_other_kind(tc))
		return complain(tc, -EINVAL, "Specified filter kind does not match existing one");
	if (tc->hdr.tcm_handle != f->handle && !has_flags(tc, NLM_F_CREATE))
		return complain(tc, -ENOENT,
				"Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter");
	if (tc->hdr.tcm_handle == f->handle && has_flags(tc, NLM_F_EXCL))
		return complain(tc, -EEXIST, "Filter already exists");
	return -EEXIST;
}

static int new_filter(struct sea_nl_req *req)
{
	struct sea_filter *f;
	struct sea_rtnl_tc tc;
	bool first;
	int err = sea_rtnl_tc_parse(&tc, req);

	if (!err && !prio_of(&tc) && !has_flags(&tc, NLM_F_CREATE))
		err = complain(&tc, -ENOENT, "Invalid filter command with priority of zero");
	if (!err)
		err = find_place(&tc);
	if (err)
		return err;
	block_of(&tc)->parent = tc.hdr.tcm_parent;
	first = !has_chain(&tc);
	if (first)
		tell_of_chain(&tc, RTM_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
	err = find(&tc, &f);
	if (!err)
		err = f ? make_again(&tc, f) : make(&tc);
	if (err && first)
		tell_of_chain(&tc, RTM_DELCHAIN, 0);
	return err;
}

/* -- gone -- */

static void flush(const struct sea_rtnl_tc *tc)
{
	if (!has_chain(tc))
		return;
	for (const struct sea_filter *f = block_of(tc)->first; f; f = f->next)
		tell_of(tc, f, RTM_DELTFILTER, false);
	sea_filter_flush(tc->link, block_of(tc));
	tell_of_chain(tc, RTM_DELCHAIN, 0);
}

/* By its handle none goes alone: matchall's priority is the filter. */
static int del_one(const struct sea_rtnl_tc *tc, struct sea_filter *f)
{
	if (is_other_kind(tc))
		return complain(tc, -EINVAL, "Specified filter kind does not match existing one");
	if (tc->hdr.tcm_handle == f->handle)
		return -EOPNOTSUPP;
	if (tc->hdr.tcm_handle)
		return complain(tc, -ENOENT, "Specified filter handle not found");
	tell_of(tc, f, RTM_DELTFILTER, false);
	sea_filter_del(tc->link, block_of(tc), f);
	if (!has_chain(tc))
		tell_of_chain(tc, RTM_DELCHAIN, 0);
	return 0;
}

/* Of those that are there: 0 or -errno. */
static int find_one(const struct sea_rtnl_tc *tc, struct sea_filter **f, int no_chain)
{
	int err;

	if (!has_chain(tc))
		return complain(tc, no_chain, "Cannot find specified filter chain");
	err = find(tc, f);
	if (!err && !*f)
		err = complain(tc, -ENOENT, "Filter with specified priority/protocol not found");
	return err;
}

/* Of priority 0: all. */
static int del_filter(struct sea_nl_req *req)
{
	struct sea_filter *f;
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_parse(&tc, req);

	if (!err && !prio_of(&tc) &&
	    (protocol_of(&tc) || tc.hdr.tcm_handle || tc.tb[TCA_KIND].value))
		err = complain(&tc, -ENOENT,
			       "Cannot flush filters with protocol, handle or kind set");
	if (!err)
		err = find_place(&tc);
	if (err)
		return err;
	if (!prio_of(&tc)) {
		flush(&tc);
		return 0;
	}
	err = find_one(&tc, &f, -ENOENT);
	return err ? err : del_one(&tc, f);
}

/* -- shown -- */

static int answer(const struct sea_rtnl_tc *tc, const struct sea_filter *f)
{
	uint8_t bytes[SEA_RTNL_FILTER_ROOM] __attribute__((aligned(8)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (is_other_kind(tc))
		return complain(tc, -EINVAL, "Specified filter kind does not match existing one");
	if (tc->hdr.tcm_handle != f->handle)
		return complain(tc, -ENOENT, "Specified filter handle not found");
	return write_one(&out, tc, f, RTM_NEWTFILTER, true) ? sea_nl_answer(tc->req, &out)
							    : -EMSGSIZE;
}

static int get_filter(struct sea_nl_req *req)
{
	struct sea_filter *f;
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_parse(&tc, req);

	if (!err && !prio_of(&tc))
		err = complain(&tc, -ENOENT, "Invalid filter command with priority of zero");
	if (!err)
		err = find_place(&tc);
	if (!err)
		err = find_one(&tc, &f, -EINVAL);
	return err ? err : answer(&tc, f);
}

const struct sea_nl_kind sea_rtnl_filter_kinds[] = {
	{ .type = RTM_NEWTFILTER, .family = AF_UNSPEC, .doit = new_filter },
	{ .type = RTM_DELTFILTER, .family = AF_UNSPEC, .doit = del_filter },
	{ .type = RTM_GETTFILTER,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .done_apart = true,
	  .doit = get_filter,
	  .start = sea_rtnl_start_filters,
	  .dump = sea_rtnl_dump_filters },
};
const unsigned sea_rtnl_filter_kinds_n =
	sizeof(sea_rtnl_filter_kinds) / sizeof(sea_rtnl_filter_kinds[0]);
