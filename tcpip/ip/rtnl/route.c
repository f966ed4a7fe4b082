/* SPDX-License-Identifier: Apache-2.0 */
/* How a route is shown: attributes in the kernel's order, which is not the same of both families. */
#include "ip/rtnl/route.h"

#include <string.h>

#include "core/link.h"
#include "ip/nexthop.h"

#define FEATURE_ECN 1u /* RTAX_FEATURE_ECN */

const struct sea_nl_policy sea_rtnl_route_policy4[SEA_RTNL_RTA_MAX + 1] = {
	[RTA_DST] = { .type = SEA_NL_U32 },
	[RTA_SRC] = { .type = SEA_NL_U32 },
	[RTA_IIF] = { .type = SEA_NL_U32 },
	[RTA_OIF] = { .type = SEA_NL_U32 },
	[RTA_GATEWAY] = { .type = SEA_NL_U32 },
	[RTA_PRIORITY] = { .type = SEA_NL_U32 },
	[RTA_PREFSRC] = { .type = SEA_NL_U32 },
	[RTA_METRICS] = { .type = SEA_NL_NESTED },
	[RTA_MULTIPATH] = { .type = SEA_NL_ANY, .len = sizeof(struct rtnexthop) },
	[RTA_FLOW] = { .type = SEA_NL_U32 },
	[RTA_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[RTA_ENCAP] = { .type = SEA_NL_NESTED },
	[RTA_UID] = { .type = SEA_NL_U32 },
	[RTA_MARK] = { .type = SEA_NL_U32 },
	[RTA_TABLE] = { .type = SEA_NL_U32 },
	[RTA_IP_PROTO] = { .type = SEA_NL_U8 },
	[RTA_SPORT] = { .type = SEA_NL_U16 },
	[RTA_DPORT] = { .type = SEA_NL_U16, .strict = false },
	[RTA_NH_ID] = { .type = SEA_NL_U32, .strict = true },
};

const struct sea_nl_policy sea_rtnl_route_policy6[SEA_RTNL_RTA_MAX + 1] = {
	[RTA_GATEWAY] = { .type = SEA_NL_ANY, .len = 16 },
	[RTA_PREFSRC] = { .type = SEA_NL_ANY, .len = 16 },
	[RTA_OIF] = { .type = SEA_NL_U32 },
	[RTA_IIF] = { .type = SEA_NL_U32 },
	[RTA_PRIORITY] = { .type = SEA_NL_U32 },
	[RTA_METRICS] = { .type = SEA_NL_NESTED },
	[RTA_MULTIPATH] = { .type = SEA_NL_ANY, .len = sizeof(struct rtnexthop) },
	[RTA_PREF] = { .type = SEA_NL_U8 },
	[RTA_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[RTA_ENCAP] = { .type = SEA_NL_NESTED },
	[RTA_EXPIRES] = { .type = SEA_NL_U32 },
	[RTA_UID] = { .type = SEA_NL_U32 },
	[RTA_MARK] = { .type = SEA_NL_U32 },
	[RTA_TABLE] = { .type = SEA_NL_U32 },
	[RTA_IP_PROTO] = { .type = SEA_NL_U8 },
	[RTA_SPORT] = { .type = SEA_NL_U16 },
	[RTA_DPORT] = { .type = SEA_NL_U16 },
	[RTA_NH_ID] = { .type = SEA_NL_U32, .strict = true },
	[SEA_RTNL_RTA_FLOWLABEL] = { .type = SEA_NL_U32 },
};

/* -- parts -- */

static void put_metric(struct sea_nl_out *out, uint16_t type, uint32_t value)
{
	if (value)
		sea_nl_put_u32(out, type, value);
}

static uint32_t locks_of(const struct sea_route_metrics *m)
{
	return (m->mtu_lock ? 1u << RTAX_MTU : 0) |
	       (m->rto_min_ms && !m->rto_min_unlocked ? 1u << RTAX_RTO_MIN : 0);
}

void sea_rtnl_put_metrics(struct sea_nl_out *out, const struct sea_route_metrics *m)
{
	uint32_t nest, before;

	if (!m)
		return;
	nest = sea_nl_nest(out, RTA_METRICS);
	before = out->len;
	put_metric(out, RTAX_LOCK, locks_of(m));
	put_metric(out, RTAX_MTU, m->mtu);
	put_metric(out, RTAX_WINDOW, m->window);
	put_metric(out, RTAX_ADVMSS, m->advmss);
	put_metric(out, RTAX_HOPLIMIT, m->hoplimit);
	put_metric(out, RTAX_INITCWND, m->initcwnd);
	put_metric(out, RTAX_FEATURES, m->ecn ? FEATURE_ECN : 0);
	put_metric(out, RTAX_RTO_MIN, m->rto_min_ms);
	put_metric(out, RTAX_INITRWND, m->initrwnd);
	put_metric(out, RTAX_QUICKACK, m->quickack);
	if (m->congctl[0])
		sea_nl_put_text(out, RTAX_CC_ALGO, m->congctl);
	if (out->len == before)
		sea_nl_nest_cancel(out, nest);
	else
		sea_nl_nest_end(out, nest);
}

/* An IPv6 gateway of an IPv4 route comes with its family. */
static void put_gateway(struct sea_nl_out *out, const struct sea_routes *r,
			const struct sea_route_entry *e)
{
	const uint16_t family = AF_INET6;
	uint8_t via[2 + 16];

	if (!e->has_gateway)
		return;
	if (!e->gateway6) {
		sea_nl_put(out, RTA_GATEWAY, e->gateway.b, r->addr_len);
		return;
	}
	memcpy(via, &family, sizeof(family));
	memcpy(via + sizeof(family), e->gateway.b, 16);
	sea_nl_put(out, RTA_VIA, via, sizeof(via));
}

static uint8_t shown_flags(const struct sea_route_entry *e)
{
	return e->flags & (uint8_t)~SEA_ROUTE_F_IGNORED;
}

/* What Linux names where a route leads nowhere: IPv6's go to lo, while there is one, and those by nexthop objects. */
static uint32_t link_of(const struct sea_routes *r, const struct sea_route_entry *e)
{
	const struct sea_link *link = e->link;

	if (!link && (r->family == SEA_AF_INET6 || e->nexthop))
		link = r->stack->loopback;
	return link ? (uint32_t)link->ifindex : 0;
}

static void put_only_way(struct sea_nl_out *out, const struct sea_routes *r,
			 const struct sea_route_entry *e)
{
	put_gateway(out, r, e);
	if (link_of(r, e))
		sea_nl_put_u32(out, RTA_OIF, link_of(r, e));
}

/* struct rtnexthop and its attributes, each behind the other. */
static void put_way(struct sea_nl_out *out, const struct sea_routes *r,
		    const struct sea_route_entry *e)
{
	uint32_t at = out->len;
	struct rtnexthop *room;
	const struct rtnexthop hop = { .rtnh_flags = shown_flags(e),
				       .rtnh_hops = (uint8_t)((e->weight ? e->weight : 1u) - 1),
				       .rtnh_ifindex = (int)link_of(r, e) };

	room = sea_nl_reserve(out, 0, sizeof(hop) - SEA_NL_ATTR_HDR);
	put_gateway(out, r, e);
	if (!room || out->overflow)
		return;
	memcpy(out->bytes + at, &hop, sizeof(hop));
	((struct rtnexthop *)(void *)(out->bytes + at))->rtnh_len = (uint16_t)(out->len - at);
}

static void put_ways(struct sea_nl_out *out, const struct sea_routes *r,
		     const struct sea_route_info *info, unsigned first)
{
	uint32_t nest = sea_nl_nest(out, RTA_MULTIPATH);

	for (unsigned i = 0; i < info->n_ways; i++)
		put_way(out, r, &info->ways[(first + i) % info->n_ways].entry);
	sea_nl_nest_end(out, nest);
}

/* A group of IPv6 is shown as several even where one is left. */
static bool has_several(const struct sea_routes *r, const struct sea_route_info *info)
{
	if (r->family == SEA_AF_INET6 && info->nexthop && info->nexthop->n_members)
		return true;
	return info->n_ways > 1;
}

static void put_hops(struct sea_nl_out *out, const struct sea_routes *r,
		     const struct sea_route_info *info, unsigned first)
{
	if (first & SEA_RTNL_ALONE)
		put_only_way(out, r, &info->ways[first & ~SEA_RTNL_ALONE].entry);
	else if (has_several(r, info))
		put_ways(out, r, info, first);
	else
		put_only_way(out, r, &info->ways[0].entry);
}

static void put_cacheinfo(struct sea_nl_out *out, const struct sea_routes *r,
			  const struct sea_route_entry *e)
{
	int64_t left = sea_time_diff(e->expires, r->stack->shard.now);
	struct rta_cacheinfo info = { 0 };

	if (e->expires.ns)
		info.rta_expires = (int32_t)(left / (SEA_SEC / 100));
	sea_nl_put(out, RTA_CACHEINFO, &info, sizeof(info));
}

/* -- the whole -- */

static void put_v4(struct sea_nl_out *out, const struct sea_routes *r,
		   const struct sea_route_node *node, unsigned first)
{
	const struct sea_route_entry *e = sea_route_node_entry(node);

	if (node->prefix_len)
		sea_nl_put(out, RTA_DST, node->key, 4);
	if (e->metric)
		sea_nl_put_u32(out, RTA_PRIORITY, e->metric);
	sea_rtnl_put_metrics(out, e->metrics);
	if (e->has_prefsrc)
		sea_nl_put(out, RTA_PREFSRC, e->prefsrc.b, 4);
	if (e->nexthop)
		sea_nl_put_u32(out, RTA_NH_ID, e->nexthop);
	put_hops(out, r, node->info, first);
}

static void put_v6(struct sea_nl_out *out, const struct sea_rtnl_msg *m, const struct sea_routes *r,
		   const struct sea_route_node *node, unsigned first)
{
	const struct sea_route_entry *e = sea_route_node_entry(node);

	if (node->prefix_len)
		sea_nl_put(out, RTA_DST, node->key, 16);
	if (e->src_len)
		sea_nl_put(out, RTA_SRC, e->src.b, 16);
	if (m->iif)
		sea_nl_put_u32(out, RTA_IIF, m->iif);
	if (e->has_prefsrc)
		sea_nl_put(out, RTA_PREFSRC, e->prefsrc.b, 16);
	sea_rtnl_put_metrics(out, e->metrics);
	sea_nl_put_u32(out, RTA_PRIORITY, e->metric);
	if (e->nexthop)
		sea_nl_put_u32(out, RTA_NH_ID, e->nexthop);
	put_hops(out, r, node->info, first);
	put_cacheinfo(out, r, e);
	sea_nl_put_u8(out, RTA_PREF, e->pref);
}

bool sea_rtnl_write_route(struct sea_nl_out *out, const struct sea_rtnl_msg *m,
			  const struct sea_routes *r, const struct sea_route_node *node)
{
	return sea_rtnl_write_route_of(out, m, r, node, node->table->id, 0);
}

bool sea_rtnl_write_route_of(struct sea_nl_out *out, const struct sea_rtnl_msg *m,
			     const struct sea_routes *r, const struct sea_route_node *node,
			     uint32_t table, unsigned first_way)
{
	const struct sea_route_entry *e = sea_route_node_entry(node);
	const struct rtmsg hdr = {
		.rtm_family = r->family,
		.rtm_dst_len = node->prefix_len,
		.rtm_src_len = e->src_len,
		.rtm_tos = node->tos,
		.rtm_table = (uint8_t)(table < 256 ? table : RT_TABLE_COMPAT),
		.rtm_protocol = e->protocol,
		.rtm_scope = e->scope,
		.rtm_type = e->type,
		.rtm_flags = has_several(r, node->info) ? 0 : shown_flags(e),
	};

	sea_nl_begin(out, m->port, m->seq, m->type, m->flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(out, RTA_TABLE, table);
	if (r->family == SEA_AF_INET)
		put_v4(out, r, node, first_way);
	else
		put_v6(out, m, r, node, first_way);
	return sea_nl_end(out);
}
