/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWQDISC, as queues are shown: attributes in Linux's order; RTM_GETQDISC's dump. */
#include "ip/rtnl/qdisc.h"

#include <errno.h>
#include <string.h>

#include <linux/gen_stats.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"

#define KIND_MAX 32

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX, /* the last link whose queues were all shown */
	ARG_QUEUE,   /* which queue of the next one is to be shown */
	ARG_ALL      /* those of which nobody is told, too */
};

static const struct sea_nl_policy policy[SEA_TCA_MAX + 1] = {
	[TCA_KIND] = { .type = SEA_NL_STRING },
	[TCA_RATE] = SEA_NL_AT_MOST(sizeof(struct tc_estimator)),
	[TCA_STAB] = { .type = SEA_NL_NESTED },
	[TCA_DUMP_INVISIBLE] = { .type = SEA_NL_FLAG },
	[TCA_CHAIN] = { .type = SEA_NL_U32 },
	[TCA_INGRESS_BLOCK] = { .type = SEA_NL_U32 },
	[TCA_EGRESS_BLOCK] = { .type = SEA_NL_U32 },
};

int sea_rtnl_tc_parse(struct sea_rtnl_tc *tc, struct sea_nl_req *req)
{
	tc->req = req;
	tc->nothing = (struct sea_queue){ .kind = NULL };
	return sea_rtnl_parse(req, &tc->hdr, sizeof(tc->hdr), tc->tb, SEA_TCA_MAX, policy,
			      SEA_NL_LIBERAL);
}

int sea_rtnl_tc_read(struct sea_rtnl_tc *tc, struct sea_nl_req *req)
{
	int err = sea_rtnl_tc_parse(tc, req);

	if (err)
		return err;
	tc->link = sea_link_by_index(req->stack, tc->hdr.tcm_ifindex);
	return tc->link ? 0 : -ENODEV;
}

bool sea_rtnl_tc_is(const struct sea_rtnl_tc *tc, const char *kind)
{
	char text[KIND_MAX];

	if (!tc->tb[TCA_KIND].value)
		return true;
	sea_nl_text(&tc->tb[TCA_KIND], text, sizeof(text));
	return !strcmp(text, kind);
}

bool sea_rtnl_tc_other_kind(const struct sea_rtnl_tc *tc)
{
	return !sea_rtnl_tc_is(tc, sea_rtnl_queue_name(tc->link, tc->at.queue));
}

static bool is_noop(const struct sea_link *link)
{
	return !link->queue.handle && !link->was_up;
}

bool sea_rtnl_qdisc_is_told(const struct sea_link *link, const struct sea_queue *q)
{
	return q == &link->queue ? !is_noop(link) : q->handle;
}

const char *sea_rtnl_queue_name(const struct sea_link *link, const struct sea_queue *q)
{
	if (!sea_queue_stands(q))
		return "noop";
	return q == &link->queue ? sea_rtnl_qdisc_name(link) : q->kind->name;
}

/* Does anything go through it? */
static bool is_used(const struct sea_link *link, const struct sea_queue *q)
{
	if (q->kind->unqueued)
		return false;
	return q != &link->queue || (!sea_link_is_turned(link) && !is_noop(link));
}

static void put_stats2(struct sea_nl_out *out, const struct sea_qdisc_info *info,
		       const struct sea_qdisc_sent *sent)
{
	const struct gnet_stats_queue queue = { .qlen = info->packets,
						.backlog = (uint32_t)info->bytes,
						.drops = (uint32_t)info->dropped,
						.overlimits = (uint32_t)info->overlimits,
						.requeues = sent->requeues };
	uint32_t packets = (uint32_t)sent->packets;
	uint8_t basic[16] = { 0 };

	memcpy(basic, &sent->bytes, sizeof(sent->bytes));
	memcpy(basic + sizeof(sent->bytes), &packets, sizeof(packets));
	sea_nl_put(out, TCA_STATS_BASIC, basic, sizeof(basic));
	if (sent->packets > UINT32_MAX)
		sea_nl_put_u64(out, TCA_STATS_PKT64, sent->packets);
	sea_nl_put(out, TCA_STATS_QUEUE, &queue, sizeof(queue));
}

/* The older message has the same numbers, in fewer bytes. */
void sea_rtnl_put_tc_stats(struct sea_nl_out *out, const struct sea_qdisc_info *info,
			   const struct sea_qdisc_sent *sent, bool of_class)
{
	uint32_t nest = sea_nl_nest(out, TCA_STATS2);
	struct tc_stats old;

	memset(&old, 0, sizeof(old));
	if (info && !of_class)
		sea_rtnl_put_qdisc_counts(out, TCA_STATS_APP, info);
	if (info) {
		old.bytes = sent->bytes;
		old.packets = (uint32_t)sent->packets;
		old.drops = (uint32_t)info->dropped;
		old.overlimits = (uint32_t)info->overlimits;
		old.qlen = info->packets;
		old.backlog = (uint32_t)info->bytes;
		put_stats2(out, info, sent);
	}
	sea_nl_nest_end(out, nest);
	sea_nl_put(out, TCA_STATS, &old, sizeof(old));
	if (info && !of_class)
		sea_rtnl_put_qdisc_counts(out, TCA_XSTATS, info);
}

bool sea_rtnl_write_qdisc(struct sea_nl_out *out, const struct sea_link *link,
			  const struct sea_queue *q, const struct sea_rtnl_qdisc_how *how)
{
	static const struct sea_qdisc_sent nothing;
	const struct tcmsg hdr = { .tcm_ifindex = link->ifindex,
				   .tcm_handle = q->handle,
				   .tcm_parent = how->parent,
				   .tcm_info = how->info };
	struct sea_qdisc_info info = { .size = sizeof(info), .config = { .kind = "" } };
	bool used = is_used(link, q);

	if (used)
		info = sea_queue_info(link, q);
	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, TCA_KIND, sea_rtnl_queue_name(link, q));
	sea_rtnl_put_qdisc_options(out, &info);
	sea_nl_put_u8(out, TCA_HW_OFFLOAD, 0);
	sea_rtnl_put_tc_stats(out, &info, used ? &q->sent : &nothing, false);
	return sea_nl_end(out);
}

/* -- all -- */

/* Nothing that can be said selects a link; but it has to make sense. */
static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_TCA_MAX + 1];
	struct tcmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_TCA_MAX, policy, SEA_NL_LIBERAL);

	d->arg[ARG_ALL] = !err && tb[TCA_DUMP_INVISIBLE].value;
	return err;
}

static struct sea_link *link_behind(struct sea_stack *stack, uint64_t ifindex)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if ((uint64_t)link->ifindex > ifindex)
			return link;
	return NULL;
}

static bool is_shown(const struct sea_nl_dump *d, const struct sea_link *link,
		     const struct sea_queue *q)
{
	return sea_rtnl_qdisc_is_told(link, q) || (d->arg[ARG_ALL] && q != &link->queue);
}

/* False: there was no room for all of them. */
static bool dump_link(struct sea_nl_dump *d, struct sea_nl_out *out, struct sea_link *link)
{
	struct sea_queue_at at;

	for (; sea_queue_nth(link, (unsigned)d->arg[ARG_QUEUE], &at); d->arg[ARG_QUEUE]++) {
		const struct sea_rtnl_qdisc_how how = {
			.type = RTM_NEWQDISC,
			.flags = d->msg_flags,
			.port = d->port,
			.seq = d->msg_seq,
			.parent = at.parent ? at.parent : TC_H_ROOT,
			.info = sea_rtnl_qdisc_holders(&at, RTM_NEWQDISC),
		};

		if (is_shown(d, link, at.queue) && !sea_rtnl_write_qdisc(out, link, at.queue, &how))
			return false;
	}
	d->arg[ARG_QUEUE] = 0;
	return true;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_link *link = link_behind(d->stack, d->arg[ARG_IFINDEX]);

	for (; link; link = sea_link_next(d->stack, link)) {
		if (!dump_link(d, out, link))
			return 1;
		d->arg[ARG_IFINDEX] = (uint64_t)link->ifindex;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_qdisc_kinds[] = {
	{ .type = RTM_NEWQDISC, .family = AF_UNSPEC, .doit = sea_rtnl_new_qdisc },
	{ .type = RTM_DELQDISC, .family = AF_UNSPEC, .doit = sea_rtnl_del_qdisc },
	{ .type = RTM_GETQDISC,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .done_apart = true,
	  .doit = sea_rtnl_get_qdisc,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_NEWTCLASS, .family = AF_UNSPEC, .doit = sea_rtnl_tclass },
	{ .type = RTM_DELTCLASS, .family = AF_UNSPEC, .doit = sea_rtnl_tclass },
	{ .type = RTM_GETTCLASS,
	  .family = AF_UNSPEC,
	  .done_apart = true,
	  .doit = sea_rtnl_tclass,
	  .start = sea_rtnl_start_tclass,
	  .dump = sea_rtnl_dump_tclass },
};
const unsigned sea_rtnl_qdisc_kinds_n =
	sizeof(sea_rtnl_qdisc_kinds) / sizeof(sea_rtnl_qdisc_kinds[0]);
