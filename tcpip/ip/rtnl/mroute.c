/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETROUTE of RTNL_FAMILY_IPMR and _IP6MR: how a multicast route is shown, one, dumps, and who hears of changes. */
#include "ip/rtnl/mroute.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/mroute.h"
#include "ip/rtnl/route.h"

#define ROOM 1024u /* for one, with all its vifs */

struct msg {
	uint32_t port, seq;
	uint16_t type, flags;
};

static uint8_t family_of(const struct sea_mrouter *mr)
{
	return mr->ops->family;
}

static bool is_v4(uint8_t rtnl_family)
{
	return rtnl_family == RTNL_FAMILY_IPMR;
}

/* The only one of a family: Linux numbers it like one of routes. */
static uint8_t table_of(bool v4)
{
	return v4 ? RT_TABLE_DEFAULT : RT_TABLE_MAIN;
}

/* -- written -- */

static void put_vif(struct sea_nl_out *out, const struct sea_mrouter *mr,
		    const struct sea_mroute_entry *e, unsigned vif)
{
	const struct rtnexthop hop = { .rtnh_len = sizeof(hop),
				       .rtnh_hops = e->ttls[vif],
				       .rtnh_ifindex = mr->vifs[vif].link->ifindex };
	uint32_t at = out->len;

	if (sea_nl_reserve(out, 0, sizeof(hop) - SEA_NL_ATTR_HDR))
		memcpy(out->bytes + at, &hop, sizeof(hop));
}

static void put_vifs(struct sea_nl_out *out, const struct sea_mrouter *mr,
		     const struct sea_mroute_entry *e)
{
	uint32_t nest = sea_nl_nest(out, RTA_MULTIPATH);

	for (unsigned vif = 0; vif < SEA_MROUTE_VIFS; vif++)
		if (mr->vifs[vif].link && e->ttls[vif] != SEA_MROUTE_NOT_OUT)
			put_vif(out, mr, e, vif);
	sea_nl_nest_end(out, nest);
}

static void put_entry(struct sea_nl_out *out, const struct sea_mrouter *mr,
		      const struct sea_mroute_entry *e)
{
	const struct rta_mfc_stats stats = { .mfcs_packets = e->pkts,
					     .mfcs_bytes = e->bytes,
					     .mfcs_wrong_if = e->wrong_vif };
	int64_t idle = sea_time_diff(mr->stack->shard.now, e->last_used);

	if (mr->vifs[e->parent].link)
		sea_nl_put_u32(out, RTA_IIF, (uint32_t)mr->vifs[e->parent].link->ifindex);
	put_vifs(out, mr, e);
	sea_nl_put(out, RTA_MFC_STATS, &stats, sizeof(stats));
	sea_nl_put_u64(out, RTA_EXPIRES, (uint64_t)(idle / (SEA_SEC / 100)));
}

/* False: there was no room. A route that packets wait for is one without an answer. */
static bool write_mroute(struct sea_nl_out *out, const struct msg *m, const struct sea_mrouter *mr,
			 const struct sea_mroute_key *key, const struct sea_mroute_entry *e)
{
	const bool v4 = family_of(mr) == SEA_AF_INET;
	const uint32_t len = v4 ? 4 : 16;
	const struct rtmsg hdr = { .rtm_family = v4 ? RTNL_FAMILY_IPMR : RTNL_FAMILY_IP6MR,
				   .rtm_dst_len = (uint8_t)(len * 8),
				   .rtm_src_len = (uint8_t)(len * 8),
				   .rtm_table = table_of(v4),
				   .rtm_protocol = RTPROT_MROUTED,
				   .rtm_type = RTN_MULTICAST,
				   .rtm_flags = e ? 0 : RTNH_F_UNRESOLVED };

	sea_nl_begin(out, m->port, m->seq, m->type, m->flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(out, RTA_TABLE, table_of(v4));
	sea_nl_put(out, RTA_SRC, key->src.b, len);
	sea_nl_put(out, RTA_DST, key->group.b, len);
	if (e)
		put_entry(out, mr, e);
	return sea_nl_end(out);
}

/* -- news -- */

void sea_rtnl_tell_mroute(struct sea_stack *stack, const struct sea_mroute_news *news, bool gone)
{
	const struct msg m = { .type = gone ? RTM_DELROUTE : RTM_NEWROUTE };
	unsigned group = family_of(news->router) == SEA_AF_INET ? RTNLGRP_IPV4_MROUTE
								: RTNLGRP_IPV6_MROUTE;
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!sea_nl_has_listeners(stack, NETLINK_ROUTE, group))
		return;
	write_mroute(&out, &m, news->router, news->key, news->entry);
	sea_nl_notify(stack, NETLINK_ROUTE, group, &out, NULL);
}

/* -- one -- */

static int refuse(struct sea_nl_req *req, bool v4, const char *for4, const char *for6)
{
	return sea_nl_complain(req->extack, -EINVAL, v4 ? for4 : for6);
}

static int check_header(struct sea_nl_req *req, bool v4, const struct rtmsg *h)
{
	const uint8_t len = v4 ? 32 : 128;

	if ((h->rtm_src_len && h->rtm_src_len != len) ||
	    (h->rtm_dst_len && h->rtm_dst_len != len) || h->rtm_tos || h->rtm_table ||
	    h->rtm_protocol || h->rtm_scope || h->rtm_type || h->rtm_flags)
		return refuse(req, v4,
			      "ipv4: Invalid values in header for multicast route get request",
			      "ipv6: Invalid values in header for multicast route get request");
	return 0;
}

static int check_attrs(struct sea_nl_req *req, bool v4, const struct rtmsg *h,
		       const struct sea_nl_attr *tb)
{
	if ((tb[RTA_SRC].value && !h->rtm_src_len) || (tb[RTA_DST].value && !h->rtm_dst_len))
		return refuse(req, v4, "ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4",
			      "ipv6: rtm_src_len and rtm_dst_len must be 128 for IPv6");
	for (unsigned i = 0; i <= SEA_RTNL_RTA_MAX; i++)
		if (tb[i].value && i != RTA_SRC && i != RTA_DST && i != RTA_TABLE)
			return refuse(req, v4,
				      "ipv4: Unsupported attribute in multicast route get request",
				      "ipv6: Unsupported attribute in multicast route get request");
	return 0;
}

static const struct sea_nl_policy policy6[SEA_RTNL_RTA_MAX + 1] = {
	[RTA_SRC] = SEA_NL_EXACTLY(16),
	[RTA_DST] = SEA_NL_EXACTLY(16),
	[RTA_TABLE] = { .type = SEA_NL_U32 },
};

static int read_get(struct sea_nl_req *req, bool v4, struct sea_nl_attr *tb)
{
	const bool strict = req->strict || !v4;
	struct rtmsg hdr;
	int err;

	if (req->len < sizeof(hdr))
		return refuse(req, v4, "ipv4: Invalid header for multicast route get request",
			      "ipv6: Invalid header for multicast route get request");
	memcpy(&hdr, req->payload, sizeof(hdr));
	err = v4 && strict ? check_header(req, v4, &hdr) : 0;
	if (!err)
		err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_RTNL_RTA_MAX,
				     v4 ? sea_rtnl_route_policy4 : policy6,
				     !v4      ? SEA_NL_STRICT
				     : strict ? SEA_NL_DEPRECATED_STRICT
					      : SEA_NL_LIBERAL);
	if (!err && !v4)
		err = check_header(req, v4, &hdr);
	if (!err && strict)
		err = check_attrs(req, v4, &hdr, tb);
	return err;
}

static void take_addr(const struct sea_nl_attr *attr, bool v4, struct sea_ipaddr *addr)
{
	uint32_t len = v4 ? 4 : 16;

	if (attr->value)
		memcpy(addr->b, attr->value, attr->len < len ? attr->len : len);
}

/* Of IPv6, too, Linux looks into the table that only IPv4 has, unless one is named. */
static uint32_t table_asked(const struct sea_nl_attr *tb)
{
	uint32_t table = tb[RTA_TABLE].value ? sea_nl_u32(&tb[RTA_TABLE]) : 0;

	return table ? table : RT_TABLE_DEFAULT;
}

static int not_found(struct sea_nl_req *req, bool v4, const char *why)
{
	return v4 ? -ENOENT : sea_nl_complain(req->extack, -ENOENT, why);
}

static int get(struct sea_nl_req *req)
{
	const bool v4 = is_v4(req->payload[0]);
	struct sea_nl_attr tb[SEA_RTNL_RTA_MAX + 1];
	struct sea_mroute_key key = { { { 0 } }, { { 0 } } };
	const struct sea_mrouter *mr = sea_mrouter_of(req->stack, v4 ? SEA_AF_INET : SEA_AF_INET6);
	const struct sea_mroute_entry *e;
	const struct msg m = { .port = req->from_port,
			       .seq = req->hdr.nlmsg_seq,
			       .type = RTM_NEWROUTE };
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	int err = read_get(req, v4, tb);

	if (err)
		return err;
	if (table_asked(tb) != table_of(v4))
		return not_found(req, v4, "ipv6: MR table does not exist");
	take_addr(&tb[RTA_SRC], v4, &key.src);
	take_addr(&tb[RTA_DST], v4, &key.group);
	e = mr ? sea_mrouter_get(mr, &key) : NULL;
	if (!e)
		return not_found(req, v4, "ipv6: MR cache entry not found");
	write_mroute(&out, &m, mr, &key, e);
	return sea_nl_answer(req, &out);
}

/* -- dumps -- */

/* What sea_rtnl_start_routes() keeps of what is asked for: sea_nl_dump.arg. */
enum dump_arg { ARG_PLACE, ARG_TABLE = 4, ARG_OIF, ARG_KIND };

/* A place among multicast routes: who is shown, and behind what. */
#define STAGE(place) ((place) >> 60)
#define POS(place) ((place) & ((UINT64_C(1) << 60) - 1))
enum stage { ROUTES4, WAITING4, ROUTES6, WAITING6, STAGES };

static bool is_filtered(const struct sea_nl_dump *d)
{
	return d->arg[ARG_TABLE] || d->arg[ARG_OIF] || d->arg[ARG_KIND];
}

static struct msg msg_of(const struct sea_nl_dump *d)
{
	return (struct msg){ .port = d->port,
			     .seq = d->msg_seq,
			     .type = RTM_NEWROUTE,
			     .flags = (uint16_t)(NLM_F_MULTI |
						 (is_filtered(d) ? NLM_F_DUMP_FILTERED : 0)) };
}

static bool is_wanted(const struct sea_nl_dump *d, const struct sea_mrouter *mr,
		      const struct sea_mroute_entry *e)
{
	if (!d->arg[ARG_OIF])
		return true;
	for (unsigned vif = 0; vif < SEA_MROUTE_VIFS; vif++)
		if (mr->vifs[vif].link && e->ttls[vif] != SEA_MROUTE_NOT_OUT &&
		    (uint64_t)mr->vifs[vif].link->ifindex == d->arg[ARG_OIF])
			return true;
	return false;
}

/* As they came. 1: there was no room for one. */
static int dump_routes(const struct sea_nl_dump *d, struct sea_nl_out *out,
		       const struct sea_mrouter *mr, uint64_t *place)
{
	const struct msg m = msg_of(d);
	const struct sea_list *node;

	for (node = mr->all.next; node != &mr->all; node = node->next) {
		const struct sea_mroute_entry *e =
			sea_container(node, struct sea_mroute_entry, all);

		if (e->order < POS(*place) || !is_wanted(d, mr, e))
			continue;
		if (!write_mroute(out, &m, mr, &e->key, e))
			return 1;
		*place += e->order + 1 - POS(*place);
	}
	return 0;
}

/* The last that came first. */
static int dump_waiting(const struct sea_nl_dump *d, struct sea_nl_out *out,
			const struct sea_mrouter *mr, uint64_t *place)
{
	const struct msg m = msg_of(d);
	const struct sea_list *node;
	uint64_t rank = 0;

	if (d->arg[ARG_OIF])
		return 0;
	for (node = mr->waiting.prev; node != &mr->waiting; node = node->prev, rank++) {
		const struct sea_mroute_waiting *w =
			sea_container(node, struct sea_mroute_waiting, node);

		if (rank < POS(*place))
			continue;
		if (!write_mroute(out, &m, mr, &w->key, NULL))
			return 1;
		++*place;
	}
	return 0;
}

/* All are of one type, and nobody's. Where a table is named, Linux does not look. */
static bool is_for_others(const struct sea_nl_dump *d)
{
	uint64_t kind = d->arg[ARG_KIND];

	return !d->arg[ARG_TABLE] && (kind >> 8 || (kind && kind != RTN_MULTICAST));
}

static int dump_stage(const struct sea_nl_dump *d, struct sea_nl_out *out, uint64_t *place)
{
	uint64_t stage = STAGE(*place);
	const struct sea_mrouter *mr =
		sea_mrouter_of(d->stack, stage < ROUTES6 ? SEA_AF_INET : SEA_AF_INET6);

	if (!mr || is_for_others(d) ||
	    (d->arg[ARG_TABLE] && d->arg[ARG_TABLE] != table_of(stage < ROUTES6)))
		return 0;
	return stage == ROUTES4 || stage == ROUTES6 ? dump_routes(d, out, mr, place)
						    : dump_waiting(d, out, mr, place);
}

/* Until the stage `last`, which is shown, too. */
static int dump_until(const struct sea_nl_dump *d, struct sea_nl_out *out, uint64_t last,
		      uint64_t *place)
{
	while (STAGE(*place) <= last) {
		if (dump_stage(d, out, place))
			return 1;
		*place = (STAGE(*place) + 1) << 60;
		if (STAGE(*place) == ROUTES6 && last == WAITING6 && out->len)
			return 1; /* Linux begins another datagram */
	}
	return 0;
}

int sea_rtnl_dump_mroutes_of_all(const struct sea_nl_dump *d, struct sea_nl_out *out,
				 uint64_t *place)
{
	return dump_until(d, out, WAITING6, place);
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	int err = sea_rtnl_start_routes(req, d);

	d->msg_flags = err ? NLM_F_MULTI : msg_of(d).flags;
	if (!is_v4(d->kind->family) && !d->arg[ARG_PLACE])
		d->arg[ARG_PLACE] = (uint64_t)ROUTES6 << 60;
	if (err || !d->arg[ARG_TABLE] || d->arg[ARG_TABLE] == table_of(is_v4(d->kind->family)))
		return err;
	return sea_nl_complain(req->extack, -ENOENT,
			       is_v4(d->kind->family) ? "ipv4: MR table does not exist"
						      : "ipv6: MR table does not exist");
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	return dump_until(d, out, is_v4(d->kind->family) ? WAITING4 : WAITING6, &d->arg[ARG_PLACE]);
}

#define KIND(f)                                                                               \
	{                                                                                     \
		.type = RTM_GETROUTE, .family = (f), .done_apart = true, .judged_late = true, \
		.doit = get, .start = start, .dump = dump                                     \
	}

const struct sea_nl_kind sea_rtnl_mroute_kinds[] = { KIND(RTNL_FAMILY_IPMR),
						     KIND(RTNL_FAMILY_IP6MR) };
const unsigned sea_rtnl_mroute_kinds_n =
	sizeof(sea_rtnl_mroute_kinds) / sizeof(sea_rtnl_mroute_kinds[0]);
