/* SPDX-License-Identifier: Apache-2.0 */
/* What follows when net.ipv6.conf.* changes, for one link or for all. */
#include "ip/conf_told.h"
#include "ip/ipv6_module.h"
#include "ip/own_groups6.h"
#include "ip/slaac.h"

/* The link's own branch: that link. "all": each. "default": none. */
static void for_each(struct sea_stack *stack, const struct sea_sysctl_at *at,
		     void (*fn)(struct sea_link *link, const struct sea_conf6 *conf))
{
	struct sea_link *link = NULL;

	if (at->link)
		fn(at->link, at->base);
	while (at->all && (link = sea_link_next(stack, link)))
		fn(link, at->base);
}

static void out_of_memory(struct sea_link *link)
{
	sea_stack_log(link->stack, SEA_LOG_ERROR, "%s: no memory for IPv6", link->name);
}

static void tell(struct sea_stack *stack, int ifindex, int what)
{
	sea_conf_tell(stack, SEA_AF_INET6, ifindex, what);
}

static int32_t before(const struct sea_sysctl_at *at)
{
	return *(const int32_t *)at->before;
}

/* -- disable_ipv6 -- */

static void follow(struct sea_link *link, const struct sea_conf6 *conf)
{
	struct sea_conf6 *own = &sea_link_ip6(link)->conf;

	own->disable_ipv6 = conf->disable_ipv6;
	if (!sea_ipv6_follow(link->stack, link))
		return;
	out_of_memory(link);
	own->disable_ipv6 = 1;
	(void)sea_ipv6_follow(link->stack, link);
}

void sea_conf6_disable_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	const struct sea_conf6 *conf = at->base;

	if (at->all)
		sea_ipv6_of(stack)->conf_default.disable_ipv6 = conf->disable_ipv6;
	for_each(stack, at, follow);
}

/* -- mtu -- */

bool sea_conf6_mtu_agrees(const struct sea_sysctl_at *at)
{
	const struct sea_conf6 *conf = at->base;

	return !at->link || (uint32_t)conf->mtu <= at->link->mtu;
}

/* -- addr_gen_mode, stable_secret -- */

/* Without a secret there is nothing stable to be made; RANDOM draws one. */
bool sea_conf6_gen_mode_agrees(const struct sea_sysctl_at *at)
{
	const struct sea_conf6 *conf = at->base;

	return conf->addr_gen_mode != SEA_ADDR_GEN_STABLE || conf->stable_secret.set;
}

/* An address of the new kind beside the one there, as on Linux. */
static void generate(struct sea_link *link, const struct sea_conf6 *conf)
{
	struct sea_link_ip6 *ip6 = sea_link_ip6(link);

	ip6->conf.addr_gen_mode = conf->addr_gen_mode;
	if (ip6->running && sea_slaac_own(link))
		out_of_memory(link);
}

void sea_conf6_gen_mode_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	const struct sea_conf6 *conf = at->base;

	if (at->all)
		sea_ipv6_of(stack)->conf_default.addr_gen_mode = conf->addr_gen_mode;
	for_each(stack, at, generate);
}

/* Who sets a secret wants it used, from the next address on. The template's is for all links. */
void sea_conf6_secret_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_link *link = NULL;

	if (at->link)
		sea_link_ip6(at->link)->conf.addr_gen_mode = SEA_ADDR_GEN_STABLE;
	while (!at->link && (link = sea_link_next(stack, link)))
		sea_link_ip6(link)->conf.addr_gen_mode = SEA_ADDR_GEN_STABLE;
}

/* -- ignore_routes_with_linkdown, proxy_ndp -- */

static void ignore_linkdown(struct sea_link *link, const struct sea_conf6 *conf)
{
	struct sea_conf6 *own = &sea_link_ip6(link)->conf;
	bool was = own->ignore_routes_with_linkdown;

	own->ignore_routes_with_linkdown = conf->ignore_routes_with_linkdown;
	if (was != (bool)own->ignore_routes_with_linkdown)
		tell(link->stack, link->ifindex, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN);
}

/* Ways without carrier count, or do not, by whatever number. */
void sea_conf6_linkdown_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);
	const struct sea_conf6 *conf = at->base;
	bool was = before(at);

	if (at->all) {
		ip->conf_default.ignore_routes_with_linkdown = conf->ignore_routes_with_linkdown;
		for_each(stack, at, ignore_linkdown);
	}
	sea_routes_link_changed(&ip->routes, NULL);
	if (was != (bool)conf->ignore_routes_with_linkdown)
		tell(stack, sea_conf_ifindex(at, &ip->conf_all),
		     NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN);
}

void sea_conf6_proxy_ndp_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	tell(stack, sea_conf_ifindex(at, &sea_ipv6_of(stack)->conf_all), NETCONFA_PROXY_NEIGH);
}

/* -- forwarding -- */

/* A router has its routes from elsewhere, unless accept_ra is 2. */
static void forward(struct sea_link *link, const struct sea_conf6 *conf)
{
	struct sea_conf6 *own = &sea_link_ip6(link)->conf;
	bool was = own->forwarding;

	own->forwarding = conf->forwarding;
	if (sea_own_groups6_forward(link, own->forwarding))
		out_of_memory(link);
	if (own->forwarding > 0 && own->accept_ra != 2)
		sea_ra_routers_purge(link);
	sea_anycast6_follow_all(link, sea_link_ip6(link)->running);
	if (was != (bool)own->forwarding)
		tell(link->stack, link->ifindex, NETCONFA_FORWARDING);
}

/* Told of is that it begins or ends, not by which number. */
void sea_conf6_forwarding_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	struct sea_conf6 *dflt = &sea_ipv6_of(stack)->conf_default;
	const struct sea_conf6 *conf = at->base;
	bool was = before(at), is = conf->forwarding,
	     dflt_was = dflt == conf ? was : dflt->forwarding;

	dflt->forwarding = at->all ? conf->forwarding : dflt->forwarding;
	if (dflt_was != (bool)dflt->forwarding)
		tell(stack, NETCONFA_IFINDEX_DEFAULT, NETCONFA_FORWARDING);
	for_each(stack, at, forward);
	if (was != is && !(conf == dflt))
		tell(stack, sea_conf_ifindex(at, &sea_ipv6_of(stack)->conf_all),
		     NETCONFA_FORWARDING);
	sea_stack_routes_changed(stack);
}
