/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETROUTE of one destination: the way that packets of ours would go, or the route that says so. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "core/pkt.h"
#include "ip/in6.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/route_hop.h"
#include "ip/rtnl/route.h"
#include "ip/way.h"

#define ANSWER_MAX 8192 /* a route has up to 256 ways */

/* Newer than some headers. */
#define F_LOOKUP_TABLE 0x1000u
#define F_FIB_MATCH 0x2000u

/* RTCF_* of Linux. */
#define CF_NOTIFY 0x00010000u
#define CF_DOREDIRECT 0x01000000u
#define CF_BROADCAST 0x10000000u
#define CF_MULTICAST 0x20000000u
#define CF_LOCAL 0x80000000u

struct get {
	struct sea_nl_req *req;
	struct rtmsg hdr;
	struct sea_nl_attr tb[SEA_RTNL_RTA_MAX + 1];
	struct sea_flow flow;
	struct sea_nl_out out;
	struct sea_routes *routes;
	struct sea_link *in; /* it is asked for what comes in there; NULL: for what is sent */
	struct sea_route_found found;
};

/* -- what is asked -- */

static bool is_known(unsigned attr)
{
	static const uint8_t known[] = { RTA_IIF,      RTA_OIF,   RTA_SRC,   RTA_DST, RTA_UID,
					 RTA_IP_PROTO, RTA_SPORT, RTA_DPORT, RTA_MARK };

	return memchr(known, (int)attr, sizeof(known)) != NULL;
}

static int refuse(struct get *g, const char *what)
{
	bool v4 = g->routes->family == SEA_AF_INET;

	return sea_nl_complain_fmt(g->req->extack, -EINVAL, "%s: %s for %s request",
				   v4 ? "ipv4" : "ipv6", what, v4 ? "route get" : "get route");
}

static int check_header(struct get *g)
{
	bool v4 = g->routes->family == SEA_AF_INET;
	uint8_t bits = v4 ? 32 : 128;
	const struct rtmsg *h = &g->hdr;

	if ((h->rtm_src_len && h->rtm_src_len != bits) ||
	    (h->rtm_dst_len && h->rtm_dst_len != bits) || h->rtm_table || h->rtm_protocol ||
	    h->rtm_scope || h->rtm_type)
		return refuse(g, "Invalid values in header");
	if (v4 && h->rtm_flags & ~(RTM_F_NOTIFY | F_LOOKUP_TABLE | F_FIB_MATCH))
		return refuse(g, "Unsupported rtm_flags");
	return !v4 && h->rtm_flags & ~F_FIB_MATCH ? refuse(g, "Invalid flags") : 0;
}

static int complain_of_length(struct get *g)
{
	return sea_nl_complain(g->req->extack, -EINVAL,
			       g->routes->family == SEA_AF_INET
				       ? "ipv4: rtm_src_len and rtm_dst_len must be 32 for IPv4"
				       : "ipv6: rtm_src_len and rtm_dst_len must be 128 for IPv6");
}

static int complain_of_attr(struct get *g)
{
	return sea_nl_complain(g->req->extack, -EINVAL,
			       g->routes->family == SEA_AF_INET
				       ? "ipv4: Unsupported attribute in route get request"
				       : "ipv6: Unsupported attribute in get route request");
}

static int check_attrs(struct get *g)
{
	if ((g->tb[RTA_SRC].value && !g->hdr.rtm_src_len) ||
	    (g->tb[RTA_DST].value && !g->hdr.rtm_dst_len))
		return complain_of_length(g);
	for (unsigned i = 0; i <= SEA_RTNL_RTA_MAX; i++)
		if (g->tb[i].value && !is_known(i))
			return complain_of_attr(g);
	return 0;
}

static int read_request(struct get *g)
{
	bool v4 = g->routes->family == SEA_AF_INET;
	int err;

	if (g->req->len < sizeof(g->hdr))
		return refuse(g, "Invalid header");
	memcpy(&g->hdr, g->req->payload, sizeof(g->hdr));
	err = g->req->strict ? check_header(g) : 0;
	if (!err)
		err = sea_rtnl_parse(g->req, &g->hdr, sizeof(g->hdr), g->tb, SEA_RTNL_RTA_MAX,
				     v4 ? sea_rtnl_route_policy4 : sea_rtnl_route_policy6,
				     g->req->strict ? SEA_NL_DEPRECATED_STRICT : SEA_NL_LIBERAL);
	return !err && g->req->strict ? check_attrs(g) : err;
}

static int read_proto(struct get *g)
{
	uint8_t proto;

	if (!g->tb[RTA_IP_PROTO].value)
		return 0;
	proto = sea_nl_u8(&g->tb[RTA_IP_PROTO]);
	if (proto != SEA_IPPROTO_TCP && proto != SEA_IPPROTO_UDP &&
	    proto != (g->routes->family == SEA_AF_INET ? SEA_IPPROTO_ICMP : SEA_IPPROTO_ICMPV6))
		return sea_nl_complain(g->req->extack, -EOPNOTSUPP, "Unsupported ip proto");
	g->flow.proto = proto;
	return 0;
}

static uint16_t port_of(const struct sea_nl_attr *attr)
{
	return attr->value ? sea_get16(attr->value) : 0;
}

static uint32_t u32_of(const struct sea_nl_attr *attr)
{
	return attr->value ? sea_nl_u32(attr) : 0;
}

static int read_iif(struct get *g)
{
	uint32_t iif = u32_of(&g->tb[RTA_IIF]);

	if (!iif)
		return 0;
	g->in = sea_link_by_index(g->req->stack, (int)iif);
	g->flow.iif = (int)iif;
	g->flow.oif = 0; /* says nothing then */
	return g->in ? 0 : -ENODEV;
}

static int read_flow(struct get *g)
{
	uint8_t len = g->routes->addr_len;
	int err;

	g->flow = (struct sea_flow){ .family = g->routes->family,
				     .tos = g->hdr.rtm_tos,
				     .oif = (int)u32_of(&g->tb[RTA_OIF]),
				     .mark = u32_of(&g->tb[RTA_MARK]),
				     .sport = port_of(&g->tb[RTA_SPORT]),
				     .dport = port_of(&g->tb[RTA_DPORT]) };
	if ((g->tb[RTA_DST].value && g->tb[RTA_DST].len < len) ||
	    (g->tb[RTA_SRC].value && g->tb[RTA_SRC].len < len))
		return -EINVAL;
	if (g->tb[RTA_DST].value)
		memcpy(g->flow.dst.b, g->tb[RTA_DST].value, len);
	if (g->tb[RTA_SRC].value)
		memcpy(g->flow.src.b, g->tb[RTA_SRC].value, len);
	err = read_proto(g);
	return err ? err : read_iif(g);
}

/* -- what is answered -- */

static void begin(struct get *g, uint8_t type, uint32_t table, const struct rtmsg *h)
{
	struct rtmsg hdr = *h;

	hdr.rtm_family = g->routes->family;
	hdr.rtm_type = type;
	hdr.rtm_table = (uint8_t)(table < 256 ? table : RT_TABLE_COMPAT);
	hdr.rtm_dst_len = (uint8_t)(g->routes->addr_len * 8);
	sea_nl_begin(&g->out, g->req->from_port, g->req->hdr.nlmsg_seq, RTM_NEWROUTE, 0, &hdr,
		     sizeof(hdr));
	sea_nl_put_u32(&g->out, RTA_TABLE, table);
}

static void put_addr(struct get *g, uint16_t type, const struct sea_ipaddr *a)
{
	sea_nl_put(&g->out, type, a->b, g->routes->addr_len);
}

/* What was learnt of the path goes before what the route says. */
static const struct sea_pmtu *put_path(struct get *g, const struct sea_pmtu_table *t,
				       const struct sea_route_metrics *of_route)
{
	const struct sea_pmtu *p = sea_pmtu_find(t, &g->flow.dst);
	struct sea_route_metrics m = { 0 };

	if (of_route)
		m = *of_route;
	if (p && p->mtu != SEA_PMTU_NONE) {
		m.mtu = p->mtu;
		m.mtu_lock = m.mtu_lock || p->locked;
	}
	sea_rtnl_put_metrics(&g->out, &m);
	return p;
}

static void put_cacheinfo(struct get *g, const struct sea_pmtu *p)
{
	struct rta_cacheinfo info = { .rta_clntref = 1 };
	sea_time end = { 0 };

	if (p)
		end = p->mtu != SEA_PMTU_NONE ? p->expires : p->gateway_expires;
	if (end.ns)
		info.rta_expires =
			(int32_t)(sea_time_diff(end, g->req->stack->shard.now) / (SEA_SEC / 100));
	sea_nl_put(&g->out, RTA_CACHEINFO, &info, sizeof(info));
}

/* IPv4's is main, unless it was asked for. */
static uint32_t shown_table(const struct get *g)
{
	if (g->routes->family == SEA_AF_INET && !(g->hdr.rtm_flags & F_LOOKUP_TABLE))
		return RT_TABLE_MAIN;
	/* While both are one trie, Linux says so. */
	if (g->routes->merged && g->found.table == g->routes->local)
		return RT_TABLE_MAIN;
	return g->found.table ? g->found.table->id : 0;
}

static int answer(struct get *g)
{
	return sea_nl_end(&g->out) ? sea_nl_answer(g->req, &g->out) : -EMSGSIZE;
}

static int answer_route(struct get *g)
{
	const struct sea_rtnl_msg m = { .port = g->req->from_port,
					.seq = g->req->hdr.nlmsg_seq,
					.type = RTM_NEWROUTE,
					.iif = (uint32_t)g->flow.iif };

	if (!g->found.node)
		return -EHOSTUNREACH;
	return sea_rtnl_write_route_of(&g->out, &m, g->routes, g->found.node, shown_table(g), 0)
		       ? sea_nl_answer(g->req, &g->out)
		       : -EMSGSIZE;
}

/* -- IPv4 -- */

static bool is_member(const struct sea_link *link, const struct sea_ipaddr *group)
{
	return sea_group_find(&sea_link_ip4(link)->groups, group) != NULL;
}

static uint32_t flags4(const struct get *g)
{
	return RTM_F_CLONED | (g->hdr.rtm_flags & RTM_F_NOTIFY ? RTM_F_NOTIFY | CF_NOTIFY : 0);
}

static uint32_t flags_out4(const struct get *g, const struct sea_way *w)
{
	uint32_t flags = flags4(g);

	switch (w->type) {
	case SEA_ROUTE_LOCAL:
		return flags | CF_LOCAL;
	case SEA_ROUTE_BROADCAST:
		return flags | CF_BROADCAST | CF_LOCAL;
	case SEA_ROUTE_MULTICAST:
		return flags | CF_MULTICAST | (is_member(w->link, &w->flow.dst) ? CF_LOCAL : 0);
	default:
		return flags | (w->link->type == SEA_LINK_LOOPBACK ? CF_LOCAL : 0);
	}
}

static void put_gateway6_of4(struct get *g, const struct sea_ipaddr *gateway)
{
	const uint16_t family = AF_INET6;
	uint8_t via[2 + 16];

	memcpy(via, &family, sizeof(family));
	memcpy(via + sizeof(family), gateway->b, 16);
	sea_nl_put(&g->out, RTA_VIA, via, sizeof(via));
}

static void put_next_hop4(struct get *g, const struct sea_way *w)
{
	if (!w->route || !w->route->has_gateway)
		return;
	if (w->route->gateway6)
		put_gateway6_of4(g, &w->route->gateway);
	else
		put_addr(g, RTA_GATEWAY, &w->next_hop);
}

static void write4(struct get *g, const struct sea_way *w)
{
	bool asked = g->tb[RTA_SRC].value && sea_nl_u32(&g->tb[RTA_SRC]);
	const struct rtmsg hdr = { .rtm_src_len = asked ? 32 : 0,
				   .rtm_tos = g->found.node ? g->found.node->tos : 0,
				   .rtm_flags = flags_out4(g, w) };
	const struct sea_pmtu *p;

	begin(g, w->type, shown_table(g), &hdr);
	put_addr(g, RTA_DST, &g->flow.dst);
	if (asked)
		put_addr(g, RTA_SRC, &g->flow.src);
	sea_nl_put_u32(&g->out, RTA_OIF, (uint32_t)w->link->ifindex);
	if (!sea_ipaddr_equal(&w->src, &g->flow.src))
		put_addr(g, RTA_PREFSRC, &w->src);
	put_next_hop4(g, w);
	g->flow.dst = w->flow.dst;
	p = put_path(g, &sea_ipv4_of(g->req->stack)->pmtu, w->route ? w->route->metrics : NULL);
	if (g->flow.mark)
		sea_nl_put_u32(&g->out, RTA_MARK, g->flow.mark);
	sea_nl_put_u32(&g->out, RTA_UID, u32_of(&g->tb[RTA_UID]));
	put_cacheinfo(g, p);
}

static int get4(struct get *g)
{
	struct sea_way w;
	int err = sea_ipv4_way(g->req->stack, &g->flow, &w);

	if (err)
		return err;
	if (sea_ipv4_is_any(sea_ipaddr_to4(&g->flow.dst))) { /* that is this host, unasked */
		w.route = NULL;
		w.type = SEA_ROUTE_LOCAL;
		w.link = g->req->stack->loopback;
		err = w.link ? 0 : -ENETUNREACH;
	} else if (w.route) {
		err = sea_routes_find(g->routes, &w.flow, &g->found);
	}
	if (!err && g->hdr.rtm_flags & F_FIB_MATCH)
		return answer_route(g);
	if (err)
		return err;
	write4(g, &w);
	return answer(g);
}

/* -- IPv4, of what comes in -- */

static uint32_t flags_in4(const struct get *g, const struct sea_verdict *v)
{
	uint32_t flags = flags4(g) | (v->redirect ? CF_DOREDIRECT : 0);

	switch (v->type) {
	case SEA_ROUTE_LOCAL:
		return flags | CF_LOCAL;
	case SEA_ROUTE_BROADCAST:
		return flags | CF_BROADCAST | CF_LOCAL;
	case SEA_ROUTE_MULTICAST:
		return flags | CF_MULTICAST | CF_LOCAL;
	default:
		return flags;
	}
}

static void put_way_on4(struct get *g, const struct sea_verdict *v)
{
	if (v->hop6)
		put_gateway6_of4(g, &v->next_hop);
	else if (v->gateway)
		put_addr(g, RTA_GATEWAY, &v->next_hop);
}

static void write_in4(struct get *g, const struct sea_verdict *v)
{
	const struct sea_link *lo = g->req->stack->loopback, *link = v->out ? v->out : lo;
	bool asked = g->tb[RTA_SRC].value && sea_nl_u32(&g->tb[RTA_SRC]);
	const struct rtmsg hdr = { .rtm_src_len = asked ? 32 : 0,
				   .rtm_tos = g->found.node ? g->found.node->tos : 0,
				   .rtm_flags = flags_in4(g, v) };
	const struct sea_pmtu *p = NULL;

	begin(g, v->type, shown_table(g), &hdr);
	put_addr(g, RTA_DST, &g->flow.dst);
	if (asked)
		put_addr(g, RTA_SRC, &g->flow.src);
	if (link)
		sea_nl_put_u32(&g->out, RTA_OIF, (uint32_t)link->ifindex);
	put_way_on4(g, v);
	if (v->out && g->found.entry)
		p = put_path(g, &sea_ipv4_of(g->req->stack)->pmtu, g->found.entry->metrics);
	if (g->flow.mark)
		sea_nl_put_u32(&g->out, RTA_MARK, g->flow.mark);
	if (g->tb[RTA_UID].value)
		sea_nl_put_u32(&g->out, RTA_UID, sea_nl_u32(&g->tb[RTA_UID]));
	sea_nl_put_u32(&g->out, RTA_IIF, (uint32_t)g->flow.iif);
	put_cacheinfo(g, p);
}

/* Of what no table is asked for there is no route. */
static bool asks_table4(const struct get *g)
{
	sea_be32 dst = sea_ipaddr_to4(&g->flow.dst);

	return !sea_ipv4_is_multicast(dst) && !sea_ipv4_is_broadcast(dst) && !sea_ipv4_is_any(dst);
}

/* A host does not even look for a way on; what a source check says is no way either. */
static int why_not4(struct get *g, enum sea_drop why)
{
	int err;

	if (why != SEA_DROP_IP_NO_ROUTE && why != SEA_DROP_IP_NOT_LOCAL)
		return -EINVAL;
	if (!sea_link_ip4(g->in)->conf.forwarding)
		return -EHOSTUNREACH;
	err = sea_routes_find(g->routes, &g->flow, &g->found);
	return err ? err : -EHOSTUNREACH;
}

/* What is judged as somebody else's packet is no loopback's: nothing of ours comes in there. */
static bool lo_forbids(const struct get *g, sea_be32 src, sea_be32 dst)
{
	if (g->in->type != SEA_LINK_LOOPBACK)
		return false;
	return (!SEA_CONF4_OR(g->in, route_localnet) &&
		(sea_ipv4_is_loopback(src) || sea_ipv4_is_loopback(dst))) ||
	       (!SEA_CONF4_OR(g->in, accept_local) && sea_ifaddr4_is_local(g->req->stack, src));
}

static int judge_in4(struct get *g, struct sea_pkt *pkt, struct sea_verdict *v)
{
	const struct sea_ipv4_facts f = { .proto = g->flow.proto,
					  .tos = g->flow.tos,
					  .src = sea_ipaddr_to4(&g->flow.src),
					  .dst = sea_ipaddr_to4(&g->flow.dst) };
	uint8_t *ports = sea_pkt_put(pkt, 4);
	enum sea_drop why;

	sea_put16(ports, g->flow.sport);
	sea_put16(ports + 2, g->flow.dport);
	pkt->link = g->in;
	pkt->mark = g->flow.mark;
	pkt->protocol = SEA_ETHERTYPE_ARP; /* it is only asked */
	why = sea_ipv4_route_in(g->req->stack, pkt, &f, v);
	if (why != SEA_DROP_N)
		return why_not4(g, why);
	return lo_forbids(g, f.src, f.dst) ? -EINVAL : 0;
}

static int get_in4(struct get *g)
{
	struct sea_pkt *pkt = sea_pkt_new(&g->req->stack->shard.pool, 0, 4);
	struct sea_verdict v;
	int err = pkt ? judge_in4(g, pkt, &v) : -ENOBUFS;

	if (pkt)
		sea_pkt_free(pkt);
	if (!err && asks_table4(g))
		err = sea_routes_find(g->routes, &g->flow, &g->found);
	if (!err && v.routed)
		err = -EOPNOTSUPP;
	if (err)
		return err;
	if (g->hdr.rtm_flags & F_FIB_MATCH)
		return answer_route(g);
	write_in4(g, &v);
	return answer(g);
}

/* -- IPv6 -- */

static void put_next_hop6(struct get *g)
{
	const struct sea_route_entry *e = g->found.entry;
	const struct sea_ipaddr *usual = e->has_gateway ? &e->gateway : &g->flow.dst, *better;
	const struct sea_link *lo = g->req->stack->loopback;

	if (e->type == SEA_ROUTE_LOCAL || e->type == SEA_ROUTE_ANYCAST) {
		if (lo)
			sea_nl_put_u32(&g->out, RTA_OIF, (uint32_t)lo->ifindex);
		return;
	}
	better = sea_pmtu_gateway(&sea_ipv6_of(g->req->stack)->pmtu, &g->flow.dst, e->link->ifindex,
				  usual);
	if (better || e->has_gateway)
		put_addr(g, RTA_GATEWAY, better ? better : usual);
	sea_nl_put_u32(&g->out, RTA_OIF, (uint32_t)e->link->ifindex);
}

static void write6(struct get *g)
{
	const struct sea_route_entry *e = g->found.entry;
	struct sea_pmtu_table *paths = &sea_ipv6_of(g->req->stack)->pmtu;
	const struct sea_pmtu *p = sea_pmtu_find(paths, &g->flow.dst);
	const struct rtmsg hdr = { .rtm_src_len = 128,
				   .rtm_protocol = e->protocol,
				   .rtm_flags = p ? RTM_F_CLONED : 0 };
	struct sea_ipaddr src;

	begin(g, e->type, g->found.table->id, &hdr);
	put_addr(g, RTA_DST, &g->flow.dst);
	put_addr(g, RTA_SRC, &g->flow.src);
	if (g->in)
		sea_nl_put_u32(&g->out, RTA_IIF, (uint32_t)g->flow.iif);
	else if (sea_ipv6_source(g->req->stack, e, &g->flow.dst, 0, &src))
		put_addr(g, RTA_PREFSRC, &src);
	put_path(g, paths, e->metrics);
	sea_nl_put_u32(&g->out, RTA_PRIORITY, e->metric);
	put_next_hop6(g);
	put_cacheinfo(g, p);
	sea_nl_put_u8(&g->out, RTA_PREF, e->pref);
}

/* Who says where he speaks from does not insist on a link, but where addresses are the link's. */
static bool needs_link(const struct get *g)
{
	const uint8_t *dst = g->flow.dst.b;

	return (sea_in6_is_any(g->flow.src.b) && !g->in) || sea_in6_is_multicast(dst) ||
	       sea_in6_is_link_local(dst) || sea_in6_is_loopback(dst);
}

static int get6(struct get *g)
{
	int err;

	if (g->in)
		g->flow.oif = g->flow.iif;
	if (!needs_link(g))
		g->flow.oif = 0;
	err = sea_routes_find(g->routes, &g->flow, &g->found);
	if (err)
		return err;
	if (g->in && sea_in6_is_multicast(g->flow.dst.b)) /* multicast routing's, which has none */
		return -EMSGSIZE;
	if (g->hdr.rtm_flags & F_FIB_MATCH)
		return answer_route(g);
	write6(g);
	return answer(g);
}

static int get(struct sea_nl_req *req, uint8_t family)
{
	struct get g = { .req = req, .routes = sea_routes_of(req->stack, family) };
	uint8_t *bytes;
	int err;

	if (!g.routes) /* a stack without it */
		return -EOPNOTSUPP;
	bytes = sea_pool_alloc(&req->stack->shard.pool, ANSWER_MAX);
	if (!bytes)
		return -ENOBUFS;
	g.out = sea_nl_out_of(bytes, ANSWER_MAX);
	err = read_request(&g);
	if (!err)
		err = read_flow(&g);
	if (!err)
		err = family == AF_INET6 ? get6(&g) : g.in ? get_in4(&g) : get4(&g);
	sea_pool_free(&req->stack->shard.pool, bytes, ANSWER_MAX);
	return err;
}

int sea_rtnl_get_route4(struct sea_nl_req *req)
{
	return get(req, AF_INET);
}

int sea_rtnl_get_route6(struct sea_nl_req *req)
{
	return get(req, AF_INET6);
}
