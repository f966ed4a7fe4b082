/* SPDX-License-Identifier: Apache-2.0 */
/* What a router advertisement (RFC 4861 §6.3.4) changes on the link that it came in by. */
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/neigh_sysctl.h"
#include "ip/nd_host.h"
#include "ip/ndp.h"
#include "ip/slaac.h"

#define RTPROT_KERNEL 2
#define RTPROT_RA 9
#define METRIC_PREFIX 256 /* Linux's IP6_RT_PRIO_ADDRCONF */
#define METRIC_ROUTE 1024 /* and IP6_RT_PRIO_USER */
#define RETRANS_MIN_MS 10
#define FLAGS_AT 3 /* in the option of a prefix (RFC 4861 §4.6.2) */
/* Linux counts in ticks of a signed long and refuses what would not fit three times. */
#define TIMER_MAX_MS INT32_MAX

/* One message, as its parts are gone through. */
struct ra {
	struct sea_link *link;
	const struct sea_conf6 *conf;
	struct sea_ipaddr router;
	const struct sea_ndp_ra *h;
	const struct sea_ndp_msg *msg;
	bool from_self; /* our own address: believed only where accept_ra_from_local says so */
};

bool sea_ra_accepted(const struct sea_link *link)
{
	const struct sea_conf6 *conf = &sea_link_ip6(link)->conf;

	return conf->forwarding > 0 ? conf->accept_ra == 2 : conf->accept_ra > 0;
}

static sea_time deadline(const struct ra *ra, uint32_t lifetime_s)
{
	if (lifetime_s == SEA_NDP_INFINITE)
		return SEA_TIME_ZERO;
	return sea_time_add(ra->link->stack->shard.now, lifetime_s * SEA_SEC);
}

static bool too_short(const struct ra *ra, uint32_t lifetime_s)
{
	return lifetime_s && lifetime_s != SEA_NDP_INFINITE && ra->conf->accept_ra_min_lft > 0 &&
	       lifetime_s < (uint32_t)ra->conf->accept_ra_min_lft;
}

/* -- the router itself -- */

static uint8_t route_pref(const struct ra *ra, enum sea_ndp_pref pref)
{
	if (!ra->conf->accept_ra_rtr_pref)
		return SEA_ROUTE_PREF_MEDIUM;
	return pref == SEA_NDP_PREF_HIGH  ? SEA_ROUTE_PREF_HIGH
	       : pref == SEA_NDP_PREF_LOW ? SEA_ROUTE_PREF_LOW
					  : SEA_ROUTE_PREF_MEDIUM;
}

/* A limit below accept_ra_min_hop_limit is somebody's attempt to keep us on the link (CVE-2015-2922). */
static void take_hop_limit(const struct ra *ra)
{
	struct sea_conf6 *conf = &sea_link_ip6(ra->link)->conf;
	uint8_t limit = ra->h->hop_limit;

	if (!limit || conf->accept_ra_min_hop_limit > 255 ||
	    limit < conf->accept_ra_min_hop_limit || conf->hop_limit == limit)
		return;
	conf->hop_limit = limit;
	sea_stack_routes_changed(ra->link->stack);
}

static void take_router(const struct ra *ra)
{
	uint16_t lifetime = sea_be16_get(ra->h->lifetime);
	const struct sea_route_entry e = {
		.type = SEA_ROUTE_UNICAST,
		.protocol = RTPROT_RA,
		.metric = (uint32_t)ra->conf->ra_defrtr_metric,
		.link = ra->link,
		.has_gateway = true,
		.gateway = ra->router,
		.pref = route_pref(ra, sea_ndp_pref_of(ra->h->flags)),
		.expires = deadline(ra, lifetime),
	};

	if (!ra->conf->accept_ra_defrtr || ra->from_self || too_short(ra, lifetime))
		return;
	if (lifetime)
		sea_ra_route_set(ra->link, SEA_RA_ROUTER, &e);
	else
		sea_ra_route_withdraw(ra->link, SEA_RA_ROUTER, &e);
	take_hop_limit(ra);
}

/* -- the link's parameters -- */

/* The flags that say who else has to be asked. Each of these: was there anything new? */
static bool take_flags(const struct ra *ra)
{
	struct sea_nd_host *host = &sea_link_ip6(ra->link)->host;
	bool managed = ra->h->flags & SEA_NDP_RA_MANAGED, other = ra->h->flags & SEA_NDP_RA_OTHER;
	bool changed = managed != host->managed || other != host->other;

	host->managed = managed;
	host->other = other;
	return changed;
}

/* As on Linux, a time between retransmissions is news also when it is the same. */
static bool take_timers(const struct ra *ra)
{
	struct sea_neigh_params *params = &sea_link_ip6(ra->link)->neigh;
	uint32_t retrans = sea_be32_get(ra->h->retrans_ms);
	uint32_t reachable = sea_be32_get(ra->h->reachable_ms);
	bool changed = false;

	if (retrans && retrans <= TIMER_MAX_MS) {
		params->retrans_time_ms =
			(int32_t)(retrans < RETRANS_MIN_MS ? RETRANS_MIN_MS : retrans);
		changed = true;
	}
	if (reachable && reachable <= TIMER_MAX_MS &&
	    params->base_reachable_time_ms != (int32_t)reachable) {
		params->base_reachable_time_ms = (int32_t)reachable;
		sea_neigh_params_draw(params, ra->link->stack);
		changed = true;
	}
	sea_neigh_params_follow(params, SEA_AF_INET6);
	return changed;
}

/*
 * RFC 4861 §6.3.4, and RFC 8200 §5: never below 1280 (CVE-2015-8215), nor above the link's own. What was
 * advertised is remembered all the same.
 */
static bool take_mtu(const struct ra *ra)
{
	struct sea_link_ip6 *ip6 = sea_link_ip6(ra->link);
	uint32_t mtu = ra->msg->once.mtu;
	bool changed = mtu != ip6->host.ra_mtu;

	if (!mtu || !ip6->conf.accept_ra_mtu)
		return false;
	ip6->host.ra_mtu = mtu;
	if (mtu < SEA_IPV6_MTU_MIN || mtu > ra->link->mtu || (uint32_t)ip6->conf.mtu == mtu)
		return changed;
	ip6->conf.mtu = (int32_t)mtu;
	sea_stack_routes_changed(ra->link->stack);
	return changed;
}

/* -- options that occur often -- */

static bool route_wanted(const struct ra *ra, const struct sea_ndp_route *route)
{
	if (!ra->conf->accept_ra_rtr_pref || ra->from_self || too_short(ra, route->lifetime_s))
		return false;
	if (!route->prefix_len && !ra->conf->accept_ra_defrtr)
		return false;
	return (int)route->prefix_len >= ra->conf->accept_ra_rt_info_min_plen &&
	       (int)route->prefix_len <= ra->conf->accept_ra_rt_info_max_plen;
}

/* RFC 4191 §2.3. One of length 0 speaks of the default route (§3.1). */
static void take_route(const struct ra *ra, const struct sea_ndp_route *route)
{
	struct sea_route_entry e = {
		.prefix_len = route->prefix_len,
		.type = SEA_ROUTE_UNICAST,
		.protocol = RTPROT_RA,
		.metric = METRIC_ROUTE,
		.link = ra->link,
		.has_gateway = true,
		.gateway = ra->router,
		.pref = route_pref(ra, route->pref),
		.expires = deadline(ra, route->lifetime_s),
	};
	enum sea_ra_kind kind = route->prefix_len ? SEA_RA_ROUTE : SEA_RA_ROUTER;

	if (!route_wanted(ra, route))
		return;
	if (kind == SEA_RA_ROUTER)
		e.metric = (uint32_t)ra->conf->ra_defrtr_metric;
	memcpy(e.key, route->prefix, sizeof(e.key));
	if (route->lifetime_s)
		sea_ra_route_set(ra->link, kind, &e);
	else
		sea_ra_route_withdraw(ra->link, kind, &e);
}

static void take_onlink(const struct ra *ra, const struct sea_ndp_prefix *prefix)
{
	struct sea_route_entry e = {
		.prefix_len = prefix->prefix_len,
		.type = SEA_ROUTE_UNICAST,
		.protocol = RTPROT_KERNEL,
		.metric = METRIC_PREFIX,
		.link = ra->link,
		.expires = deadline(ra, prefix->valid_s),
	};

	sea_in6_prefix(e.key, prefix->prefix, prefix->prefix_len);
	if (prefix->valid_s)
		sea_ra_route_set(ra->link, SEA_RA_PREFIX, &e);
	else
		sea_ra_route_withdraw(ra->link, SEA_RA_PREFIX, &e);
}

static bool makes_address(const struct ra *ra, const struct sea_ndp_prefix *prefix)
{
	return prefix->autonomous && ra->conf->autoconf &&
	       !(prefix->delegated && ra->conf->ra_honor_pio_pflag);
}

/* RFC 4861 §6.3.4, RFC 4862 §5.5.3. `flags`: the option's. */
static void take_prefix(const struct ra *ra, const struct sea_ndp_prefix *prefix, uint8_t flags)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(ra->link->stack);

	if (!ra->conf->accept_ra_pinfo || sea_in6_is_link_local(prefix->prefix) ||
	    sea_in6_is_multicast(prefix->prefix) || prefix->preferred_s > prefix->valid_s ||
	    too_short(ra, prefix->valid_s))
		return;
	if (prefix->onlink)
		take_onlink(ra, prefix);
	if (makes_address(ra, prefix) && !sea_slaac_prefix(ra->link, prefix))
		return;
	if (ip->prefix_observer)
		ip->prefix_observer(ra->link, prefix, flags);
}

static void take_option(const struct ra *ra, const struct sea_ndp_opt *opt)
{
	struct sea_ra_dns *dns = &sea_link_ip6(ra->link)->host.dns;
	sea_time now = ra->link->stack->shard.now;
	struct sea_ndp_prefix prefix;
	struct sea_ndp_route route;
	struct sea_ndp_rdnss rdnss;
	struct sea_ndp_dnssl dnssl;
	bool changed = false;

	if (sea_ndp_prefix_parse(opt, &prefix))
		take_prefix(ra, &prefix, opt->bytes[FLAGS_AT]);
	else if (sea_ndp_route_parse(opt, &route))
		take_route(ra, &route);
	else if (sea_ndp_rdnss_parse(opt, &rdnss))
		changed = sea_ra_dns_servers(dns, &rdnss, now);
	else if (sea_ndp_dnssl_parse(opt, &dnssl))
		changed = sea_ra_dns_domains(dns, &dnssl, now);
	if (changed)
		sea_nd_host_dns_changed(ra->link);
}

static void take_options(const struct ra *ra)
{
	struct sea_stack *stack = ra->link->stack;
	sea_time next = SEA_TIME_NEVER;
	struct sea_ndp_opt opt;
	size_t at = 0;

	while (sea_ndp_opt_next(ra->msg->opts, ra->msg->opts_len, &at, &opt))
		take_option(ra, &opt);
	if (sea_ra_dns_expire(&sea_link_ip6(ra->link)->host.dns, stack->shard.now, &next))
		sea_nd_host_dns_changed(ra->link);
	sea_ip6_await(stack, next);
}

/* -- all of it -- */

/* Its link address is known without asking, whether or not we believe the rest (RFC 4861 §6.3.4). */
static void take_lladdr(const struct ra *ra)
{
	struct sea_neigh *n;

	if (!ra->msg->once.has_slla)
		return;
	n = sea_neigh_get(&sea_ipv6_of(ra->link->stack)->neigh, ra->link, &ra->router);
	if (!n)
		return;
	sea_neigh_update(n, &ra->msg->once.slla, SEA_NUD_STALE,
			 SEA_NEIGH_OVERRIDE | SEA_NEIGH_ROLE | SEA_NEIGH_ROUTER);
	sea_neigh_put(n);
}

/* Told when all is done. */
static void take_all(const struct ra *ra)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(ra->link->stack);
	bool changed = take_flags(ra);

	take_router(ra);
	changed = take_timers(ra) || changed;
	take_lladdr(ra);
	take_options(ra);
	changed = take_mtu(ra) || changed;
	if (changed && ip->advert_observer)
		ip->advert_observer(ra->link);
}

enum sea_drop sea_ra_input(struct sea_stack *stack, const struct sea_ndp_msg *msg)
{
	struct sea_link_ip6 *ip6 = sea_link_ip6(msg->rx->link);
	const struct ra ra = {
		.link = msg->rx->link,
		.conf = &ip6->conf,
		.router = msg->rx->src,
		.h = (const struct sea_ndp_ra *)(const void *)msg->bytes,
		.msg = msg,
		.from_self = !ip6->conf.accept_ra_from_local &&
			     sea_ifaddr6_find(msg->rx->link, &msg->rx->src),
	};

	(void)stack;
	if (!sea_in6_is_link_local(ra.router.b) || msg->once.bad_lladdr)
		return SEA_DROP_NDP_MALFORMED;
	if (!sea_ra_accepted(ra.link)) {
		take_lladdr(&ra);
		return SEA_DROP_NDP_RA_REFUSED;
	}
	ip6->host.ra_received = ip6->host.rs_sent > 0;
	take_all(&ra);
	return SEA_DROP_N;
}
