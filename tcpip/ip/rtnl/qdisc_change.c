/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWQDISC, RTM_DELQDISC and RTM_GETQDISC of one queue: which is meant, whether it is to be another one or the same with
 * other options, and what RTNLGRP_TC hears of it. What is asked for is told there, too: who asked hears it by being
 * a member, or by NLM_F_ECHO (as on Linux).
 */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/rtnl/qdisc.h"

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
						.info = type == RTM_DELQDISC ? 1 : 2 };

	if (news->bytes && !sea_rtnl_qdisc_is_noop(tc->link))
		sea_rtnl_write_qdisc(&news->out, tc->link, &how);
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

/* Of the parent that is named: has it a class? Nothing stands where packets come in. */
static int find_below(const struct sea_rtnl_tc *tc, const char *none)
{
	uint32_t qdisc = TC_H_MAJ(tc->hdr.tcm_parent);

	if (!qdisc || qdisc != tc->link->qdisc_handle)
		return complain(tc, -ENOENT, none);
	if (!tc->link->qdisc->inner)
		return complain(tc, -EOPNOTSUPP, "Parent qdisc is not classful");
	return 0;
}

/* The queue within a class. Nobody chose it, so it has no handle. */
static int find_inner(const struct sea_rtnl_tc *tc)
{
	int err = find_below(tc, "Failed to find qdisc with specified classid");

	if (err)
		return err;
	if (tc->hdr.tcm_handle)
		return complain(tc, -EINVAL, "Invalid handle");
	return sea_rtnl_tc_is(tc, tc->link->qdisc->inner) ? 0 : complain_of_kind(tc);
}

static int find_shown(const struct sea_rtnl_tc *tc)
{
	const struct tcmsg *hdr = &tc->hdr;
	uint32_t own = tc->link->qdisc_handle;

	if (!hdr->tcm_parent) {
		if (!hdr->tcm_handle || hdr->tcm_handle != own)
			return complain(tc, -ENOENT, "Failed to find qdisc with specified handle");
	} else if (hdr->tcm_parent != TC_H_ROOT) {
		if (TC_H_MAJ(hdr->tcm_parent) == TC_H_MAJ(TC_H_INGRESS))
			return complain(tc, -ENOENT,
					"Cannot find specified qdisc on specified device");
		return find_inner(tc);
	} else if (hdr->tcm_handle && hdr->tcm_handle != own) {
		return complain(tc, -EINVAL, "Invalid handle");
	}
	return sea_rtnl_tc_other_kind(tc) ? complain_of_kind(tc) : 0;
}

int sea_rtnl_get_qdisc(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_read(&tc, req);

	if (!err)
		err = find_shown(&tc);
	if (!err && (!tc.hdr.tcm_parent || tc.hdr.tcm_parent == TC_H_ROOT))
		tell_of(&tc);
	return err;
}

int sea_rtnl_del_qdisc(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	struct news news;
	int err = sea_rtnl_tc_read(&tc, req);

	if (!err)
		err = find_shown(&tc);
	if (err)
		return err;
	if (!tc.hdr.tcm_parent)
		return complain(&tc, -EINVAL, "Classid cannot be zero");
	if (!tc.link->qdisc_handle || tc.hdr.tcm_parent != TC_H_ROOT)
		return complain(&tc, -ENOENT, "Cannot delete qdisc with handle of zero");
	news = news_begin(&tc);
	news_write(&news, &tc, RTM_DELQDISC, 0);
	err = sea_link_ungraft(tc.link);
	news_end(&news, &tc, !err);
	return err;
}

/* -- another one -- */

/* Only queues with filters have blocks of them; no queue measures rates or sizes of packets otherwise. */
static int check_rest(const struct sea_rtnl_tc *tc)
{
	static const struct {
		uint16_t type;
		const char *zero, *other;
	} blocks[] = { { TCA_INGRESS_BLOCK, "Ingress block index cannot be 0",
			 "Ingress block sharing is not supported" },
		       { TCA_EGRESS_BLOCK, "Egress block index cannot be 0",
			 "Egress block sharing is not supported" } };

	for (unsigned i = 0; i < 2; i++) {
		const struct sea_nl_attr *a = &tc->tb[blocks[i].type];

		if (a->value && !sea_nl_u32(a))
			return complain(tc, -EINVAL, blocks[i].zero);
		if (a->value)
			return complain(tc, -EOPNOTSUPP, blocks[i].other);
	}
	return tc->tb[TCA_RATE].value || tc->tb[TCA_STAB].value ? -EOPNOTSUPP : 0;
}

static int graft(const struct sea_rtnl_tc *tc, const struct sea_qdisc_config *config)
{
	struct news news = news_begin(tc);
	uint32_t handle = tc->hdr.tcm_handle;
	int err;

	news_write(&news, tc, RTM_DELQDISC, 0);
	err = sea_link_graft(tc->link, config, handle ? handle : sea_qdisc_free_handle(tc->link));
	if (!err)
		news_write(&news, tc, RTM_NEWQDISC, NLM_F_REPLACE);
	news_end(&news, tc, !err);
	return err;
}

static int create(const struct sea_rtnl_tc *tc)
{
	struct sea_qdisc_config config = { .size = sizeof(config) };
	char kind[KIND_MAX + 1] = "";
	int err;

	if (tc->tb[TCA_KIND].value)
		sea_nl_text(&tc->tb[TCA_KIND], kind, sizeof(kind));
	if (!sea_qdisc_find(tc->req->stack, kind))
		return complain(tc, -ENOENT, "Specified qdisc kind is unknown");
	if (tc->hdr.tcm_parent == TC_H_INGRESS)
		return complain(tc, -EINVAL,
				"Specified parent ID is reserved for ingress and clsact Qdiscs");
	config.kind = kind;
	err = check_rest(tc);
	if (!err)
		err = sea_rtnl_read_qdisc_options(tc->req, &tc->tb[TCA_OPTIONS], &config);
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
	struct sea_qdisc_info info = { .size = sizeof(info) };
	int err;

	if (!tc->tb[TCA_OPTIONS].value)
		return 0;
	if (!tc->link->qdisc->change)
		return complain(tc, -EINVAL, "Change operation not supported by specified qdisc");
	if (tc->tb[TCA_INGRESS_BLOCK].value || tc->tb[TCA_EGRESS_BLOCK].value)
		return complain(tc, -EOPNOTSUPP, "Change of blocks is not supported");
	sea_link_qdisc(tc->link, &info);
	err = sea_rtnl_read_qdisc_options(tc->req, &tc->tb[TCA_OPTIONS], &info.config);
	return err ? err : sea_link_change_qdisc(tc->link, &info.config);
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

static int new_by_handle(const struct sea_rtnl_tc *tc)
{
	if (!tc->hdr.tcm_handle)
		return complain(tc, -EINVAL, "Handle cannot be zero");
	if (tc->hdr.tcm_handle != tc->link->qdisc_handle)
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

/* In the place of a link's only queue, or where packets come in: there is none. */
static int new_at(const struct sea_rtnl_tc *tc)
{
	uint32_t handle = tc->hdr.tcm_handle, own = tc->link->qdisc_handle;

	if (tc->hdr.tcm_parent == TC_H_INGRESS)
		own = 0;
	if (own && handle == own)
		return change(tc);
	if (handle) {
		if (own && !has_flags(tc, NLM_F_REPLACE))
			return complain(tc, -EEXIST, "NLM_F_REPLACE needed to override");
		if (TC_H_MIN(handle))
			return complain(tc, -EINVAL, "Invalid minor handle");
		return create_if_asked(tc);
	}
	if (!own)
		return create_if_asked(tc);
	return wants_another(tc) ? create(tc) : change(tc);
}

/* What waits in a class cannot be of another kind. */
static int new_below(const struct sea_rtnl_tc *tc)
{
	int err = find_below(tc, "Failed to find specified qdisc");

	return err ? err : -EOPNOTSUPP;
}

int sea_rtnl_new_qdisc(struct sea_nl_req *req)
{
	struct sea_rtnl_tc tc;
	int err = sea_rtnl_tc_read(&tc, req);

	if (err)
		return err;
	if (!tc.hdr.tcm_parent)
		return new_by_handle(&tc);
	if (tc.hdr.tcm_parent != TC_H_ROOT && tc.hdr.tcm_parent != TC_H_INGRESS)
		return new_below(&tc);
	return new_at(&tc);
}
