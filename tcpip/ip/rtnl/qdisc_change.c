/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWQDISC, RTM_DELQDISC and RTM_GETQDISC of one queue: which is meant, whether it is to be another one or the same with
 * other options, and what RTNLGRP_TC hears of it. What is asked for is told there, too: who asked hears it by being
 * a member, or by NLM_F_ECHO (as on Linux).
 */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/rtnl/filter.h"

#define KIND_MAX 16 /* Linux's IFNAMSIZ */
#define ANY_HOW (NLM_F_CREATE | NLM_F_REPLACE | NLM_F_EXCL)

static int complain(const struct sea_rtnl_tc *tc, int err, const char *msg)
{
	return sea_nl_complain(tc->req->extack, err, msg);
}

static int complain_of_kind(const struct sea_rtnl_tc *tc)
{
	return complain(tc, -EINVAL, "Invalid qdisc name: must match existing qdisc");
}

static bool has_flags(const struct sea_rtnl_tc *tc, unsigned flags)
{
	return (tc->req->hdr.nlmsg_flags & flags) == flags;
}

/* -- news -- */

/* Messages for one datagram, in memory that may not be there: then nobody hears of it but by that. */
struct news {
	struct sea_nl_out out;
	void *bytes; /* NULL: none */
};

#define NEWS_ROOM (2 * SEA_RTNL_QDISC_ROOM)

static bool anybody_hears(const struct sea_rtnl_tc *tc)
{
	return has_flags(tc, NLM_F_ECHO) ||
	       sea_nl_has_listeners(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC);
}

static struct news news_begin(const struct sea_rtnl_tc *tc)
{
	struct news news = { .bytes = NULL };

	if (!anybody_hears(tc))
		return news;
	news.bytes = sea_pool_alloc(&tc->req->stack->shard.pool, NEWS_ROOM);
	if (news.bytes)
		news.out = sea_nl_out_of(news.bytes, NEWS_ROOM);
	else
		sea_nl_lost(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC);
	return news;
}

static void news_write(struct news *news, const struct sea_rtnl_tc *tc, uint16_t type,
		       uint16_t flags)
{
	const struct sea_rtnl_qdisc_how how = { .type = type,
						.flags = flags,
						.port = tc->req->from_port,
						.seq = tc->req->hdr.nlmsg_seq,
						.parent = tc->hdr.tcm_parent,
						.info = sea_rtnl_qdisc_holders(&tc->at, type) };

	if (news->bytes && sea_rtnl_qdisc_is_told(tc->link, tc->at.queue))
		sea_rtnl_write_qdisc(&news->out, tc->link, tc->at.queue, &how);
}

static void news_end(struct news *news, const struct sea_rtnl_tc *tc, bool tell)
{
	if (!news->bytes)
		return;
	if (tell && news->out.len)
		sea_nl_notify(tc->req->stack, NETLINK_ROUTE, RTNLGRP_TC, &news->out, tc->req);
	sea_pool_free(&tc->req->stack->shard.pool, news->bytes, NEWS_ROOM);
}

static void tell_of(const struct sea_rtnl_tc *tc)
{
	struct news news = news_begin(tc);

	news_write(&news, tc, RTM_NEWQDISC, 0);
	news_end(&news, tc, true);
}

/* -- which one -- */

/* What is in the class that is named as the parent. */
static int find_below(struct sea_rtnl_tc *tc, const char *none)
{
	struct sea_queue_at above;
	uint32_t minor = TC_H_MIN(tc->hdr.tcm_parent);

	if (!sea_queue_find(tc->link, TC_H_MAJ(tc->hdr.tcm_parent), &above))
		return complain(tc, -ENOENT, none);
	if (above.queue->kind->ingress)
		return complain(tc, -EOPNOTSUPP, "Cannot add children to ingress/clsact qdisc");
	if (!above.queue->kind->in_class)
		return complain(tc, -EOPNOTSUPP, "Parent qdisc is not classful");
	if (!sea_queue_in_class(&above, above.queue->kind->one_class ? 1 : minor, &tc->at))
		return complain(tc, -ENOENT, "Specified class not found");
	return 0;
}

static struct sea_queue_at at_ingress(const struct sea_rtnl_tc *tc)
{
	return (struct sea_queue_at){ .queue = tc->link->ingress, .parent = SEA_PARENT_INGRESS };
}

/* Of the queue in whose class the one is that is meant. */
static const struct sea_qdisc *kind_above(const struct sea_rtnl_tc *tc)
{
	struct sea_queue_at above;
	bool found = sea_queue_find(tc->link, TC_H_MAJ(tc->at.parent), &above);

	SEA_ASSERT(&tc->req->stack->env, found);
	return above.queue->kind;
}

/* Also Linux's noop, which stands for nothing in some classes, and where packets come in. */
static bool is_there(const struct sea_rtnl_tc *tc)
{
	if (!tc->at.queue || sea_queue_stands(tc->at.queue))
		return tc->at.queue;
	return !tc->at.depth || kind_above(tc)->noop_class;
}

/* By the parent that is named. */
static int find_by_parent(struct sea_rtnl_tc *tc)
{
	uint32_t handle = tc->hdr.tcm_handle;
	int err = 0;

	if (tc->hdr.tcm_parent == TC_H_ROOT)
		tc->at = (struct sea_queue_at){ .queue = &tc->link->queue };
	else if (TC_H_MAJ(tc->hdr.tcm_parent) == TC_H_MAJ(TC_H_INGRESS))
		tc->at = at_ingress(tc);
	else
		err = find_below(tc, "Failed to find qdisc with specified classid");
	if (!err && !is_there(tc))
		return complain(tc, -ENOENT, "Cannot find specified qdisc on specified device");
	if (!err && handle && handle != tc->at.queue->handle)
		return complain(tc, -EINVAL, "Invalid handle");
	return err;
}

static int find_shown(struct sea_rtnl_tc *tc)
{
	if (tc->hdr.tcm_parent) {
		int err = find_by_parent(tc);

		if (err)
			return err;
	} else if (!sea_queue_find(tc->link, tc->hdr.tcm_handle, &tc->at)) {
		return complain(tc, -ENOENT, "Failed to find qdisc with specified handle");
	}
	return sea_rtnl_tc_other_kind(tc) ? complain_of_kind(tc) : 0;
}

int sea_rtnl_get_qdisc(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_read(&tc, req);

	if (!err)
		err = find_shown(&tc);
	if (!err && sea_rtnl_qdisc_is_told(tc.link, tc.at.queue))
		tell_of(&tc);
	return err;
}

/* What is in a class then, where something has to be. */
static int ungraft(const struct sea_rtnl_tc *tc)
{
	static const struct sea_qdisc_config own = { .size = sizeof(own), .kind = "pfifo" };

	if (!tc->at.parent)
		return sea_link_ungraft(tc->link);
	if (tc->at.parent != SEA_PARENT_INGRESS && !kind_above(tc)->empty_class)
		return sea_queue_replace(tc->link, tc->at.queue, &own, 0);
	sea_queue_clear(tc->link, tc->at.queue);
	return 0;
}

/* How many chains of filters it has. */
static unsigned chains_at(const struct sea_rtnl_tc *tc)
{
	return tc->at.parent == SEA_PARENT_INGRESS ? sea_rtnl_count_chains(tc->link) : 0;
}

int sea_rtnl_del_qdisc(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	struct news news;
	unsigned chains;
	int err = sea_rtnl_tc_read(&tc, req);

	if (!err)
		err = find_shown(&tc);
	if (err)
		return err;
	if (!tc.hdr.tcm_parent)
		return complain(&tc, -EINVAL, "Classid cannot be zero");
	if (!tc.at.queue->handle)
		return complain(&tc, -ENOENT, "Cannot delete qdisc with handle of zero");
	chains = chains_at(&tc);
	news = news_begin(&tc);
	news_write(&news, &tc, RTM_DELQDISC, 0);
	err = ungraft(&tc);
	news_end(&news, &tc, !err);
	sea_rtnl_tell_chains_gone(tc.link, err ? 0 : chains);
	return err;
}

/* -- another one -- */

/* Which blocks of filters a kind could share with other queues. */
static int check_blocks(const struct sea_rtnl_tc *tc, const struct sea_qdisc *kind)
{
	const struct {
		uint16_t type;
		bool could;
		const char *zero, *other;
	} blocks[] = { { TCA_INGRESS_BLOCK, kind->ingress, "Ingress block index cannot be 0",
			 "Ingress block sharing is not supported" },
		       { TCA_EGRESS_BLOCK, kind->egress, "Egress block index cannot be 0",
			 "Egress block sharing is not supported" } };

	for (unsigned i = 0; i < 2; i++) {
		const struct sea_nl_attr *a = &tc->tb[blocks[i].type];

		if (a->value && !sea_nl_u32(a))
			return complain(tc, -EINVAL, blocks[i].zero);
		if (a->value && !blocks[i].could)
			return complain(tc, -EOPNOTSUPP, blocks[i].other);
	}
	return 0;
}

/* Ours share none of them, though; and no queue measures rates, or sizes of packets otherwise. */
static int check_rest(const struct sea_rtnl_tc *tc)
{
	if (tc->tb[TCA_INGRESS_BLOCK].value || tc->tb[TCA_EGRESS_BLOCK].value)
		return -EOPNOTSUPP;
	return tc->tb[TCA_RATE].value || tc->tb[TCA_STAB].value ? -EOPNOTSUPP : 0;
}

static int put_there(const struct sea_rtnl_tc *tc, const struct sea_qdisc_config *config,
		     uint32_t handle)
{
	if (!tc->at.parent)
		return sea_link_graft(tc->link, config, handle);
	if (tc->at.parent == SEA_PARENT_INGRESS)
		return sea_link_set_ingress(tc->link, config);
	return sea_queue_replace(tc->link, tc->at.queue, config, handle);
}

static int graft(const struct sea_rtnl_tc *tc, const struct sea_qdisc_config *config)
{
	uint32_t handle = tc->hdr.tcm_handle ? tc->hdr.tcm_handle : sea_queue_free_handle(tc->link);
	unsigned chains = chains_at(tc);
	struct news news;
	int err;

	if (!handle)
		return complain(tc, -ENOSPC, "Maximum number of qdisc handles was exceeded");
	news = news_begin(tc);
	news_write(&news, tc, RTM_DELQDISC, 0);
	err = put_there(tc, config, handle);
	if (!err)
		news_write(&news, tc, RTM_NEWQDISC, NLM_F_REPLACE);
	news_end(&news, tc, !err);
	sea_rtnl_tell_chains_gone(tc->link, err ? 0 : chains);
	return err;
}

static int check_kind(const struct sea_rtnl_tc *tc, const struct sea_qdisc *kind)
{
	if (!kind)
		return complain(tc, -ENOENT, "Specified qdisc kind is unknown");
	if (tc->at.parent == SEA_PARENT_INGRESS && !kind->ingress)
		return complain(tc, -EINVAL,
				"Specified parent ID is reserved for ingress and clsact Qdiscs");
	if (tc->at.depth >= SEA_QUEUE_DEPTH_MAX)
		return complain(tc, -ELOOP, "Too many qdiscs are in each other's classes");
	return 0;
}

/* Once it is known what there will be. */
static int check_place(const struct sea_rtnl_tc *tc, const struct sea_qdisc *kind)
{
	if (kind->ingress != (tc->at.parent == SEA_PARENT_INGRESS))
		return -EOPNOTSUPP;
	if (tc->at.parent && kind->unqueued)
		return complain(tc, -EINVAL, "Cannot assign noqueue to a class");
	return 0;
}

static int create(const struct sea_rtnl_tc *tc)
{
	struct sea_qdisc_config config = { .size = sizeof(config) };
	const struct sea_qdisc *kind;
	char text[KIND_MAX + 1] = "";
	int err;

	if (tc->tb[TCA_KIND].value)
		sea_nl_text(&tc->tb[TCA_KIND], text, sizeof(text));
	kind = sea_qdisc_find(tc->req->stack, text);
	err = check_kind(tc, kind);
	config.kind = text;
	if (!err)
		err = check_blocks(tc, kind);
	if (!err)
		err = check_rest(tc);
	if (!err)
		err = sea_rtnl_read_qdisc_options(tc->req, &tc->tb[TCA_OPTIONS], &config);
	if (!err)
		err = check_place(tc, kind);
	return err ? err : graft(tc, &config);
}

static int create_if_asked(const struct sea_rtnl_tc *tc)
{
	if (!has_flags(tc, NLM_F_CREATE))
		return complain(tc, -ENOENT,
				"Qdisc not found. To create specify NLM_F_CREATE flag");
	return create(tc);
}

/* -- the same one -- */

static int take_options(const struct sea_rtnl_tc *tc)
{
	struct sea_qdisc_info info;
	int err;

	if (!tc->tb[TCA_OPTIONS].value)
		return 0;
	if (!tc->at.queue->kind->change)
		return complain(tc, -EINVAL, "Change operation not supported by specified qdisc");
	if (tc->tb[TCA_INGRESS_BLOCK].value || tc->tb[TCA_EGRESS_BLOCK].value)
		return complain(tc, -EOPNOTSUPP, "Change of blocks is not supported");
	info = sea_queue_info(tc->link, tc->at.queue);
	err = sea_rtnl_read_qdisc_options(tc->req, &tc->tb[TCA_OPTIONS], &info.config);
	return err ? err : sea_queue_change(tc->link, tc->at.queue, &info.config);
}

static int change(const struct sea_rtnl_tc *tc)
{
	int err;

	if (has_flags(tc, NLM_F_EXCL))
		return complain(tc, -EEXIST, "Exclusivity flag on, cannot modify");
	if (sea_rtnl_tc_other_kind(tc))
		return complain_of_kind(tc);
	if (tc->tb[TCA_RATE].value || tc->tb[TCA_STAB].value)
		return -EOPNOTSUPP;
	err = take_options(tc);
	if (!err)
		tell_of(tc);
	return err;
}

/* -- which of the two -- */

static int new_by_handle(struct sea_rtnl_tc *tc)
{
	if (!tc->hdr.tcm_handle)
		return complain(tc, -EINVAL, "Handle cannot be zero");
	if (!sea_queue_find(tc->link, tc->hdr.tcm_handle, &tc->at))
		return complain(tc, -ENOENT, "Specified qdisc not found");
	return change(tc);
}

/*
 * What a request of another kind means, that names no handle: who may create, and either may replace or wants it
 * to be new, gets another queue; and so does who says nothing at all.
 */
static bool wants_another(const struct sea_rtnl_tc *tc)
{
	if (!sea_rtnl_tc_other_kind(tc))
		return false;
	return has_flags(tc, NLM_F_CREATE | NLM_F_REPLACE) ||
	       has_flags(tc, NLM_F_CREATE | NLM_F_EXCL) || !(tc->req->hdr.nlmsg_flags & ANY_HOW);
}

/* Where a queue is asked for by a handle that the one that is there has not. */
static int new_with_handle(const struct sea_rtnl_tc *tc, uint32_t own)
{
	struct sea_queue_at other;

	if (own && !has_flags(tc, NLM_F_REPLACE))
		return complain(tc, -EEXIST, "NLM_F_REPLACE needed to override");
	if (TC_H_MIN(tc->hdr.tcm_handle))
		return complain(tc, -EINVAL, "Invalid minor handle");
	if (sea_queue_find(tc->link, tc->hdr.tcm_handle, &other))
		return complain(tc, -EINVAL, "Cannot move an existing qdisc to a different parent");
	return create_if_asked(tc);
}

/* In the place that is named. */
static int new_at(const struct sea_rtnl_tc *tc)
{
	uint32_t handle = tc->hdr.tcm_handle, own = tc->at.queue->handle;

	if (own && handle == own)
		return change(tc);
	if (handle)
		return new_with_handle(tc, own);
	if (!own)
		return create_if_asked(tc);
	return wants_another(tc) ? create(tc) : change(tc);
}

int sea_rtnl_new_qdisc(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_read(&tc, req);

	if (err)
		return err;
	if (!tc.hdr.tcm_parent)
		return new_by_handle(&tc);
	if (tc.hdr.tcm_parent == TC_H_ROOT) {
		tc.at = (struct sea_queue_at){ .queue = &tc.link->queue };
	} else if (tc.hdr.tcm_parent == TC_H_INGRESS) {
		err = sea_link_ingress_place(tc.link) ? 0 : -ENOMEM;
		tc.at = at_ingress(&tc);
	} else {
		err = find_below(&tc, "Failed to find specified qdisc");
	}
	return err ? err : new_at(&tc);
}
