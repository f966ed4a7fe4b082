/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWROUTE and RTM_DELROUTE: what is asked, in Linux's order; the tables judge the rest and say why. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/nexthop.h"
#include "ip/route_hop.h"
#include "ip/rtnl/route.h"

#define RTN_LAST 11 /* RTN_XRESOLVE */
#define DEFAULT_METRIC6 1024

struct change {
	struct sea_nl_req *req;
	struct sea_routes *routes;
	struct rtmsg hdr;
	struct sea_nl_attr tb[SEA_RTNL_RTA_MAX + 1];
	struct sea_route route;
	struct sea_route_hop *hops; /* SEA_ROUTE_HOPS_MAX of them; NULL: none are asked for */
};

static int refuse(const struct change *c, int err, const char *what)
{
	return sea_nl_complain(c->req->extack, err, what);
}

static bool is_v4(const struct change *c)
{
	return c->routes->family == SEA_AF_INET;
}

static bool is_new(const struct change *c)
{
	return c->req->hdr.nlmsg_type == RTM_NEWROUTE;
}

static uint32_t u32_of(const struct sea_nl_attr *attr)
{
	return attr->value ? sea_nl_u32(attr) : 0;
}

/* Zeros are none. */
static struct sea_addr addr_of(const struct sea_nl_attr *attr, uint8_t family)
{
	static const uint8_t any[16];
	uint32_t len = family == SEA_AF_INET ? 4 : 16;
	struct sea_addr a = { 0 };

	if (!attr->value || attr->len < len || !memcmp(attr->value, any, len))
		return a;
	a.family = family;
	memcpy(a.b, attr->value, len);
	return a;
}

/* -- metrics -- */

static bool set_metric(struct sea_route_metrics *m, unsigned type, uint32_t v)
{
	switch (type) {
	case RTAX_LOCK:
		m->mtu_lock = v >> RTAX_MTU & 1;
		m->rto_min_unlocked = !(v >> RTAX_RTO_MIN & 1);
		return !(v & ~(1u << RTAX_MTU | 1u << RTAX_RTO_MIN));
	case RTAX_MTU:
		m->mtu = v;
		return true;
	case RTAX_WINDOW:
		m->window = v;
		return true;
	case RTAX_ADVMSS:
		m->advmss = v;
		return true;
	case RTAX_HOPLIMIT:
		m->hoplimit = (uint8_t)(v > 255 ? 255 : v);
		return true;
	case RTAX_INITCWND:
		m->initcwnd = v;
		return true;
	case RTAX_FEATURES:
		m->ecn = v & 1;
		return !(v & ~1u);
	case RTAX_RTO_MIN:
		m->rto_min_ms = v;
		return true;
	case RTAX_INITRWND:
		m->initrwnd = v;
		return true;
	case RTAX_QUICKACK:
		m->quickack = v;
		return v <= 1;
	default:
		return !v;
	}
}

static int read_metric(struct change *c, const struct sea_nl_attr *attr)
{
	struct sea_route_metrics *m = &c->route.metrics;

	if (attr->type == 0)
		return 0;
	if (attr->type > RTAX_MAX)
		return refuse(c, -EINVAL, "Invalid metric type");
	if (attr->type == RTAX_CC_ALGO) {
		sea_nl_text(attr, m->congctl, sizeof(m->congctl));
		return 0;
	}
	if (attr->len != sizeof(uint32_t))
		return sea_nl_complain_of(c->req->extack, -EINVAL, attr,
					  "Invalid attribute in metrics");
	if (attr->type == RTAX_FEATURES && sea_nl_u32(attr) & ~0xfu)
		return refuse(c, -EINVAL, "Unknown flag set in feature mask in metrics attribute");
	/* Linux keeps values that nobody reads: here they are refused. */
	return set_metric(m, attr->type, sea_nl_u32(attr)) ? 0 : -EOPNOTSUPP;
}

static int read_metrics(struct change *c)
{
	const struct sea_nl_attr *nest = &c->tb[RTA_METRICS];
	struct sea_route_metrics *m = &c->route.metrics;
	struct sea_nl_attr attr;
	uint32_t at = 0;
	int err = 0;

	m->rto_min_unlocked = true;
	while (!err && nest->value && sea_nl_next(nest->value, nest->len, &at, &attr))
		err = read_metric(c, &attr);
	if (!m->rto_min_ms)
		m->rto_min_unlocked = false;
	return err;
}

/* -- several ways -- */

static int read_via(const struct change *c, const struct sea_nl_attr *attr,
		    struct sea_addr *gateway)
{
	uint16_t family;
	uint32_t len;

	if (attr->len < sizeof(struct rtvia) + 1) /* and one byte of an address at least */
		return refuse(c, -EINVAL, "Invalid attribute length for RTA_VIA");
	memcpy(&family, attr->value, sizeof(family));
	len = attr->len - (uint32_t)sizeof(struct rtvia);
	if (family != AF_INET && family != AF_INET6)
		return refuse(c, -EINVAL, "Unsupported address family in RTA_VIA");
	if (len != (family == AF_INET ? 4 : 16))
		return refuse(c, -EINVAL,
			      family == AF_INET ? "Invalid IPv4 address in RTA_VIA"
						: "Invalid IPv6 address in RTA_VIA");
	gateway->family = (uint8_t)family;
	memcpy(gateway->b, attr->value + sizeof(struct rtvia), len);
	return 0;
}

#define ENCAP_LAST 9 /* LWTUNNEL_ENCAP_XFRM */

int sea_rtnl_check_encap(struct sea_nl_extack *extack, const struct sea_nl_attr *attr)
{
	uint16_t type = attr->len < sizeof(type) ? 0 : sea_nl_u16(attr);

	if (!type || type > ENCAP_LAST)
		return sea_nl_complain(extack, -EINVAL, "Unknown lwt encapsulation type");
	return sea_nl_complain(extack, -EOPNOTSUPP, "lwt encapsulation type not supported");
}

static int check_encap_type(const struct change *c, const struct sea_nl_attr *attr)
{
	if (attr->value)
		return sea_rtnl_check_encap(c->req->extack, attr);
	return c->tb[RTA_ENCAP].value && is_new(c)
		       ? refuse(c, -EINVAL, "Unknown LWT encapsulation type")
		       : 0;
}

/* No route has realms, and none is taken out by them. */
static int check_realms(const struct change *c, const struct sea_nl_attr *attr)
{
	if (!is_v4(c) || !attr->value || attr->len < sizeof(uint32_t) || !sea_nl_u32(attr))
		return 0;
	return is_new(c) ? -EOPNOTSUPP : -ESRCH;
}

static int read_hop_attr(struct change *c, const struct sea_nl_attr *attr,
			 struct sea_route_hop *hop)
{
	switch (attr->type) {
	case RTA_GATEWAY:
		if (attr->len < c->routes->addr_len)
			return refuse(c, -EINVAL,
				      is_v4(c) ? "Invalid IPv4 address in RTA_GATEWAY"
					       : "Invalid IPv6 address in RTA_GATEWAY");
		hop->gateway = addr_of(attr, c->routes->family);
		return 0;
	case RTA_VIA:
		return is_v4(c) ? read_via(c, attr, &hop->gateway) : 0;
	case RTA_ENCAP_TYPE:
		return check_encap_type(c, attr);
	case RTA_FLOW:
		return check_realms(c, attr);
	default:
		return 0;
	}
}

static int read_hop(struct change *c, const uint8_t *at, const struct rtnexthop *h)
{
	struct sea_route_hop *hop = &c->hops[c->route.n_hops];
	const uint32_t known = SEA_RTNH_F_ONLINK |
			       (is_v4(c) ? SEA_RTNH_F_DEAD | SEA_RTNH_F_LINKDOWN : 0);
	struct sea_nl_attr attr;
	uint32_t pos = 0;
	int err = 0;

	*hop = (struct sea_route_hop){ .ifindex = h->rtnh_ifindex,
				       .weight = h->rtnh_hops + 1u,
				       .flags = h->rtnh_flags & known };
	if (!is_v4(c))
		hop->flags |= c->route.flags;
	while (!err &&
	       sea_nl_next(at + sizeof(*h), h->rtnh_len - (uint32_t)sizeof(*h), &pos, &attr))
		err = read_hop_attr(c, &attr, hop);
	c->route.n_hops++;
	if (!err && !is_v4(c) && is_new(c) && !hop->gateway.family)
		err = refuse(
			c, -EINVAL,
			"Device only routes can not be added for IPv6 using the multipath API.");
	return err;
}

static int read_hops(struct change *c)
{
	const struct sea_nl_attr *nest = &c->tb[RTA_MULTIPATH];
	uint32_t at = 0;
	int err = 0;

	c->route.hops = c->hops;
	while (!err && nest->len - at >= sizeof(struct rtnexthop)) {
		struct rtnexthop h;

		memcpy(&h, nest->value + at, sizeof(h));
		if (h.rtnh_len < sizeof(h) || h.rtnh_len > nest->len - at)
			break;
		if (c->route.n_hops >= SEA_ROUTE_HOPS_MAX)
			return -EINVAL;
		err = read_hop(c, nest->value + at, &h);
		at += sea_nl_aligned(h.rtnh_len);
		if (at >= nest->len)
			return err;
	}
	if (err)
		return err;
	return refuse(c, -EINVAL, "Invalid nexthop configuration - extra data after nexthop");
}

/* -- both families -- */

static void read_header(struct change *c)
{
	struct sea_route *r = &c->route;

	*r = (struct sea_route){ .size = sizeof(*r),
				 .dst = { .family = c->routes->family },
				 .prefix_len = c->hdr.rtm_dst_len,
				 .tos = c->hdr.rtm_tos,
				 .type = (enum sea_route_type)c->hdr.rtm_type,
				 .scope = (enum sea_scope)c->hdr.rtm_scope,
				 .table = c->hdr.rtm_table,
				 .protocol = c->hdr.rtm_protocol,
				 .flags = c->hdr.rtm_flags & 0xffu };
	if (c->tb[RTA_TABLE].value)
		r->table = sea_nl_u32(&c->tb[RTA_TABLE]);
	r->ifindex = (int)u32_of(&c->tb[RTA_OIF]);
	r->metric = u32_of(&c->tb[RTA_PRIORITY]);
	r->nexthop = u32_of(&c->tb[RTA_NH_ID]);
	r->prefsrc = addr_of(&c->tb[RTA_PREFSRC], c->routes->family);
	r->gateway = addr_of(&c->tb[RTA_GATEWAY], c->routes->family);
}

static int exclusive(const struct change *c)
{
	if (!c->tb[RTA_NH_ID].value || (is_v4(c) && !c->route.nexthop) ||
	    !(c->tb[RTA_OIF].value || c->tb[RTA_GATEWAY].value || c->tb[RTA_MULTIPATH].value ||
	      c->tb[RTA_ENCAP].value || c->tb[RTA_VIA].value))
		return 0;
	return refuse(c, -EINVAL, "Nexthop specification and nexthop id are mutually exclusive");
}

/* -- IPv4 -- */

static int read_route4(struct change *c)
{
	int err = sea_rtnl_parse(c->req, &c->hdr, sizeof(c->hdr), c->tb, SEA_RTNL_RTA_MAX,
				 sea_rtnl_route_policy4, SEA_NL_LIBERAL);

	if (err)
		return err;
	if (c->hdr.rtm_tos & 3)
		return refuse(c, -EINVAL, "Invalid dsfield (tos): ECN bits must be 0");
	if (c->hdr.rtm_type > RTN_LAST)
		return refuse(c, -EINVAL, "Invalid route type");
	read_header(c);
	if (c->tb[RTA_DST].value)
		memcpy(c->route.dst.b, c->tb[RTA_DST].value, 4);
	if (c->tb[RTA_VIA].value)
		err = read_via(c, &c->tb[RTA_VIA], &c->route.gateway);
	if (!err)
		err = check_encap_type(c, &c->tb[RTA_ENCAP_TYPE]);
	if (!err)
		err = exclusive(c);
	if (!err && c->tb[RTA_GATEWAY].value && c->tb[RTA_VIA].value)
		err = refuse(c, -EINVAL,
			     "Nexthop configuration can not contain both GATEWAY and VIA");
	return err ? err : check_realms(c, &c->tb[RTA_FLOW]);
}

/* -- IPv6 -- */

static int read_prefix6(const struct sea_nl_attr *attr, uint8_t len, uint8_t *key)
{
	uint32_t n = (len + 7u) / 8;

	if (!attr->value)
		return 0;
	if (attr->len < n)
		return -EINVAL;
	if (n > 16)
		n = 16;
	memcpy(key, attr->value, n);
	if (len % 8 && n)
		key[n - 1] &= (uint8_t)(0xff00 >> len % 8);
	return 0;
}

static int read_route6(struct change *c)
{
	int err = sea_rtnl_parse(c->req, &c->hdr, sizeof(c->hdr), c->tb, SEA_RTNL_RTA_MAX,
				 sea_rtnl_route_policy6, SEA_NL_LIBERAL);

	if (err)
		return err;
	if (c->hdr.rtm_tos)
		return refuse(c, -EINVAL, "Invalid dsfield (tos): option not available for IPv6");
	if (c->tb[SEA_RTNL_RTA_FLOWLABEL].value)
		return sea_nl_complain_of(c->req->extack, -EINVAL, &c->tb[SEA_RTNL_RTA_FLOWLABEL],
					  "Flow label cannot be specified for this operation");
	read_header(c);
	c->route.scope = SEA_SCOPE_GLOBAL;
	c->route.flags &= SEA_RTNH_F_ONLINK;
	err = exclusive(c);
	if (!err && c->tb[RTA_VIA].value)
		err = refuse(c, -EINVAL, "IPv6 does not support RTA_VIA attribute");
	if (!err)
		err = read_prefix6(&c->tb[RTA_DST], c->hdr.rtm_dst_len, c->route.dst.b);
	if (!err)
		err = read_prefix6(&c->tb[RTA_SRC], c->hdr.rtm_src_len, c->route.src.b);
	if (err)
		return err;
	c->route.src_len = c->hdr.rtm_src_len;
	c->route.src.family = c->route.src_len ? SEA_AF_INET6 : 0;
	if (c->tb[RTA_PREF].value)
		c->route.pref = (enum sea_route_pref)sea_nl_u8(&c->tb[RTA_PREF]);
	if (c->route.pref != SEA_ROUTE_PREF_LOW && c->route.pref != SEA_ROUTE_PREF_HIGH)
		c->route.pref = SEA_ROUTE_PREF_MEDIUM;
	c->route.expires_s = u32_of(&c->tb[RTA_EXPIRES]);
	return check_encap_type(c, &c->tb[RTA_ENCAP_TYPE]);
}

/* -- both -- */

/* Nothing has metrics that there are none of. */
static int unknown_metric(struct change *c)
{
	c->req->extack->msg = NULL;
	return -ESRCH;
}

static int read_all(struct change *c)
{
	int err = is_v4(c) ? read_route4(c) : read_route6(c);

	if (!err && c->tb[RTA_MULTIPATH].value) {
		c->hops = sea_pool_alloc(&c->req->stack->shard.pool,
					 SEA_ROUTE_HOPS_MAX * sizeof(*c->hops));
		err = c->hops ? read_hops(c) : -ENOBUFS;
	}
	if (err || (!is_new(c) && !is_v4(c)))
		return err;
	err = read_metrics(c);
	return err && !is_new(c) ? unknown_metric(c) : err;
}

static uint32_t table_of(const struct change *c)
{
	return c->route.table ? c->route.table : SEA_TABLE_MAIN;
}

/* Those of objects and tables, which Linux looks up first. */
static int check_names(const struct change *c)
{
	const struct sea_route_table *t = sea_route_table_find(c->routes, table_of(c));

	if (c->route.nexthop && (!is_v4(c) || !is_new(c)) &&
	    !sea_nexthop_find(c->req->stack, c->route.nexthop))
		return refuse(c, -EINVAL, "Nexthop id does not exist");
	/* Linux makes the table, whatever comes then. */
	if (is_new(c))
		return sea_route_table_get(c->routes, table_of(c)) ? 0 : -ENOBUFS;
	if ((t && (t != c->routes->dflt || t->lpm.n)))
		return 0;
	return refuse(c, -ESRCH, "FIB table does not exist");
}

/* IPv6: each way for itself, as far as it goes. */
static int take_out(struct change *c)
{
	struct sea_route one = c->route;
	int last = 0;

	if (is_v4(c) || !c->hops)
		return sea_routes_del(c->routes, &c->route);
	one.hops = NULL;
	one.n_hops = 0;
	for (uint32_t i = 0; i < c->route.n_hops; i++) {
		int err;

		one.ifindex = c->hops[i].ifindex;
		one.gateway = c->hops[i].gateway;
		err = sea_routes_del(c->routes, &one);
		if (err)
			last = err;
	}
	return last;
}

static int change(struct sea_nl_req *req, uint8_t family, bool gone)
{
	struct change c = { .req = req, .routes = sea_routes_of(req->stack, family) };
	int err = c.routes ? read_all(&c) : -EOPNOTSUPP;

	if (!err)
		err = check_names(&c);
	if (!err) {
		c.routes->why = NULL;
		err = gone ? take_out(&c)
			   : sea_routes_change(c.routes, &c.route, req->hdr.nlmsg_flags);
		if (err && c.routes->why)
			sea_nl_complain(req->extack, err, c.routes->why);
		if (!err && !gone && c.hops && !is_v4(&c)) /* Linux adds the ways one by one */
			req->hdr.nlmsg_flags =
				(uint16_t)((req->hdr.nlmsg_flags & ~(NLM_F_EXCL | NLM_F_REPLACE)) |
					   NLM_F_CREATE);
	}
	if (c.hops)
		sea_pool_free(&req->stack->shard.pool, c.hops,
			      SEA_ROUTE_HOPS_MAX * sizeof(*c.hops));
	return err;
}

int sea_rtnl_new_route4(struct sea_nl_req *req)
{
	return change(req, AF_INET, false);
}

int sea_rtnl_del_route4(struct sea_nl_req *req)
{
	return change(req, AF_INET, true);
}

int sea_rtnl_new_route6(struct sea_nl_req *req)
{
	return change(req, AF_INET6, false);
}

int sea_rtnl_del_route6(struct sea_nl_req *req)
{
	return change(req, AF_INET6, true);
}
