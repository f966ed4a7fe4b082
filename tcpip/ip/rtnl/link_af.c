/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IFLA_AF_SPEC: what the address families keep of a link, its sysctls above all, each in its place in the arrays of
 * Linux's <linux/ip.h> and <linux/ipv6.h>. Counters of IPv6's packets by link are not there: they are kept of the stack.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "core/stack.h"
#include "ip/ifaddr.h"
#include "ip/ifaddr6.h"
#include "ip/rtnl/link.h"
#include "ip/slaac.h"

/* Where a value is, and what Linux shows of one that is not there. */
struct place {
	uint16_t offset; /* in struct sea_conf*; 0xffff: `fixed` */
	int16_t times;   /* 0: 1 */
	int32_t fixed;
};

#define AT4(field)                                      \
	{                                               \
		offsetof(struct sea_conf4, field), 0, 0 \
	}
#define AT6(field)                                      \
	{                                               \
		offsetof(struct sea_conf6, field), 0, 0 \
	}
#define MS6(field)                                         \
	{                                                  \
		offsetof(struct sea_conf6, field), 1000, 0 \
	}
#define FIXED(value)               \
	{                          \
		0xffff, 0, (value) \
	}

/* Source routes are refused by "all", which nobody can set; a link's own value says what it would say on Linux. */
static const struct place conf4[SEA_RTNL_CONF4_N] = {
	[IPV4_DEVCONF_FORWARDING - 1] = AT4(forwarding),
	[IPV4_DEVCONF_MC_FORWARDING - 1] = AT4(mc_forwarding),
	[IPV4_DEVCONF_PROXY_ARP - 1] = AT4(proxy_arp),
	[IPV4_DEVCONF_ACCEPT_REDIRECTS - 1] = AT4(accept_redirects),
	[IPV4_DEVCONF_SECURE_REDIRECTS - 1] = AT4(secure_redirects),
	[IPV4_DEVCONF_SEND_REDIRECTS - 1] = AT4(send_redirects),
	[IPV4_DEVCONF_SHARED_MEDIA - 1] = AT4(shared_media),
	[IPV4_DEVCONF_RP_FILTER - 1] = AT4(rp_filter),
	[IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE - 1] = FIXED(1),
	[IPV4_DEVCONF_BOOTP_RELAY - 1] = AT4(bootp_relay),
	[IPV4_DEVCONF_LOG_MARTIANS - 1] = AT4(log_martians),
	[IPV4_DEVCONF_TAG - 1] = AT4(tag),
	[IPV4_DEVCONF_ARPFILTER - 1] = AT4(arp_filter),
	[IPV4_DEVCONF_MEDIUM_ID - 1] = AT4(medium_id),
	[IPV4_DEVCONF_NOXFRM - 1] = FIXED(0),
	[IPV4_DEVCONF_NOPOLICY - 1] = FIXED(0),
	[IPV4_DEVCONF_FORCE_IGMP_VERSION - 1] = AT4(force_igmp_version),
	[IPV4_DEVCONF_ARP_ANNOUNCE - 1] = AT4(arp_announce),
	[IPV4_DEVCONF_ARP_IGNORE - 1] = AT4(arp_ignore),
	[IPV4_DEVCONF_PROMOTE_SECONDARIES - 1] = AT4(promote_secondaries),
	[IPV4_DEVCONF_ARP_ACCEPT - 1] = AT4(arp_accept),
	[IPV4_DEVCONF_ARP_NOTIFY - 1] = AT4(arp_notify),
	[IPV4_DEVCONF_ACCEPT_LOCAL - 1] = AT4(accept_local),
	[IPV4_DEVCONF_SRC_VMARK - 1] = AT4(src_valid_mark),
	[IPV4_DEVCONF_PROXY_ARP_PVLAN - 1] = AT4(proxy_arp_pvlan),
	[IPV4_DEVCONF_ROUTE_LOCALNET - 1] = AT4(route_localnet),
	[IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL - 1] =
		AT4(igmpv2_unsolicited_report_interval),
	[IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL - 1] =
		AT4(igmpv3_unsolicited_report_interval),
	[IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN - 1] = AT4(ignore_routes_with_linkdown),
	[IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST - 1] = AT4(drop_unicast_in_l2_multicast),
	[IPV4_DEVCONF_DROP_GRATUITOUS_ARP - 1] = AT4(drop_gratuitous_arp),
	[IPV4_DEVCONF_BC_FORWARDING - 1] = AT4(bc_forwarding),
	[IPV4_DEVCONF_ARP_EVICT_NOCARRIER - 1] = AT4(arp_evict_nocarrier),
};

static const struct place conf6[SEA_RTNL_CONF6_N] = {
	[DEVCONF_FORWARDING] = AT6(forwarding),
	[DEVCONF_HOPLIMIT] = AT6(hop_limit),
	[DEVCONF_MTU6] = AT6(mtu),
	[DEVCONF_ACCEPT_RA] = AT6(accept_ra),
	[DEVCONF_ACCEPT_REDIRECTS] = AT6(accept_redirects),
	[DEVCONF_AUTOCONF] = AT6(autoconf),
	[DEVCONF_DAD_TRANSMITS] = AT6(dad_transmits),
	[DEVCONF_RTR_SOLICITS] = AT6(router_solicitations),
	[DEVCONF_RTR_SOLICIT_INTERVAL] = MS6(router_solicitation_interval),
	[DEVCONF_RTR_SOLICIT_DELAY] = MS6(router_solicitation_delay),
	[DEVCONF_USE_TEMPADDR] = AT6(use_tempaddr),
	[DEVCONF_TEMP_VALID_LFT] = AT6(temp_valid_lft),
	[DEVCONF_TEMP_PREFERED_LFT] = AT6(temp_prefered_lft),
	[DEVCONF_REGEN_MAX_RETRY] = AT6(regen_max_retry),
	[DEVCONF_MAX_DESYNC_FACTOR] = AT6(max_desync_factor),
	[DEVCONF_MAX_ADDRESSES] = AT6(max_addresses),
	[DEVCONF_FORCE_MLD_VERSION] = AT6(force_mld_version),
	[DEVCONF_ACCEPT_RA_DEFRTR] = AT6(accept_ra_defrtr),
	[DEVCONF_ACCEPT_RA_PINFO] = AT6(accept_ra_pinfo),
	[DEVCONF_ACCEPT_RA_RTR_PREF] = AT6(accept_ra_rtr_pref),
	[DEVCONF_RTR_PROBE_INTERVAL] = MS6(router_probe_interval),
	[DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN] = AT6(accept_ra_rt_info_max_plen),
	[DEVCONF_PROXY_NDP] = AT6(proxy_ndp),
	[DEVCONF_OPTIMISTIC_DAD] = AT6(optimistic_dad),
	[DEVCONF_ACCEPT_SOURCE_ROUTE] = FIXED(0),
	[DEVCONF_MC_FORWARDING] = AT6(mc_forwarding),
	[DEVCONF_DISABLE_IPV6] = AT6(disable_ipv6),
	[DEVCONF_ACCEPT_DAD] = AT6(accept_dad),
	[DEVCONF_FORCE_TLLAO] = FIXED(0),
	[DEVCONF_NDISC_NOTIFY] = AT6(ndisc_notify),
	[DEVCONF_MLDV1_UNSOLICITED_REPORT_INTERVAL] = AT6(mldv1_unsolicited_report_interval),
	[DEVCONF_MLDV2_UNSOLICITED_REPORT_INTERVAL] = AT6(mldv2_unsolicited_report_interval),
	[DEVCONF_SUPPRESS_FRAG_NDISC] = AT6(suppress_frag_ndisc),
	[DEVCONF_ACCEPT_RA_FROM_LOCAL] = AT6(accept_ra_from_local),
	[DEVCONF_USE_OPTIMISTIC] = AT6(use_optimistic),
	[DEVCONF_ACCEPT_RA_MTU] = AT6(accept_ra_mtu),
	[DEVCONF_STABLE_SECRET] = FIXED(0), /* which is nobody's business */
	[DEVCONF_USE_OIF_ADDRS_ONLY] = AT6(use_oif_addrs_only),
	[DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT] = AT6(accept_ra_min_hop_limit),
	[DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN] = AT6(ignore_routes_with_linkdown),
	[DEVCONF_DROP_UNICAST_IN_L2_MULTICAST] = AT6(drop_unicast_in_l2_multicast),
	[DEVCONF_DROP_UNSOLICITED_NA] = FIXED(0),
	[DEVCONF_KEEP_ADDR_ON_DOWN] = AT6(keep_addr_on_down),
	[DEVCONF_RTR_SOLICIT_MAX_INTERVAL] = MS6(router_solicitation_max_interval),
	[DEVCONF_SEG6_ENABLED] = FIXED(0),
	[DEVCONF_SEG6_REQUIRE_HMAC] = FIXED(0),
	[DEVCONF_ENHANCED_DAD] = AT6(enhanced_dad),
	[DEVCONF_ADDR_GEN_MODE] = AT6(addr_gen_mode),
	[DEVCONF_DISABLE_POLICY] = FIXED(0),
	[DEVCONF_ACCEPT_RA_RT_INFO_MIN_PLEN] = AT6(accept_ra_rt_info_min_plen),
	[DEVCONF_NDISC_TCLASS] = AT6(ndisc_tclass),
	[DEVCONF_RPL_SEG_ENABLED] = FIXED(0),
	[DEVCONF_RA_DEFRTR_METRIC] = AT6(ra_defrtr_metric),
	[DEVCONF_IOAM6_ENABLED] = FIXED(0),
	[DEVCONF_IOAM6_ID] = FIXED(0xffff),
	[DEVCONF_IOAM6_ID_WIDE] = FIXED(-1),
	[DEVCONF_NDISC_EVICT_NOCARRIER] = AT6(ndisc_evict_nocarrier),
	[DEVCONF_ACCEPT_UNTRACKED_NA] = FIXED(0),
	[DEVCONF_ACCEPT_RA_MIN_LFT] = AT6(accept_ra_min_lft),
	/* force_forwarding, newer than some headers: 0. */
	[DEVCONF_MAX] = FIXED(0),
};

static void read_places(const struct place *p, unsigned n, const void *conf, int32_t *values)
{
	for (unsigned i = 0; i < n; i++, p++) {
		if (p->offset == 0xffff) {
			values[i] = p->fixed;
			continue;
		}
		memcpy(&values[i], (const uint8_t *)conf + p->offset, sizeof(values[i]));
		if (p->times && values[i] >= 0)
			values[i] *= p->times;
	}
}

static void put_inet(struct sea_nl_out *out, const struct sea_link *link)
{
	uint32_t nest = sea_nl_nest(out, SEA_AF_INET);
	int32_t values[SEA_RTNL_CONF4_N];

	read_places(conf4, SEA_RTNL_CONF4_N, &sea_link_ip4(link)->conf, values);
	if (link->type == SEA_LINK_LOOPBACK)
		values[IPV4_DEVCONF_NOXFRM - 1] = values[IPV4_DEVCONF_NOPOLICY - 1] = 1;
	sea_nl_put(out, IFLA_INET_CONF, values, sizeof(values));
	sea_nl_nest_end(out, nest);
}

/* -- IPv6 -- */

/* inet6_dev's, as Linux shows them. */
#define IF_RS_SENT 0x10u
#define IF_RA_RCVD 0x20u
#define IF_RA_MANAGED 0x40u
#define IF_RA_OTHERCONF 0x80u
#define IF_READY 0x80000000u
#define REASM_LEN_MAX 65535u

static uint32_t state_of(const struct sea_link_ip6 *ip6)
{
	uint32_t flags = ip6->running && ip6->link->carrier ? IF_READY : 0;

	if (ip6->host.rs_sent)
		flags |= IF_RS_SENT;
	if (ip6->host.ra_received)
		flags |= IF_RA_RCVD;
	if (ip6->host.managed)
		flags |= IF_RA_MANAGED;
	if (ip6->host.other)
		flags |= IF_RA_OTHERCONF;
	return flags;
}

static void put_cacheinfo(struct sea_nl_out *out, const struct sea_link_ip6 *ip6)
{
	struct ifla_cacheinfo info = {
		.max_reasm_len = REASM_LEN_MAX,
		.reachable_time = (uint32_t)(ip6->neigh.reachable_ns / SEA_MSEC),
		.retrans_time = (uint32_t)ip6->neigh.retrans_time_ms,
	};

	sea_nl_put(out, IFLA_INET6_CACHEINFO, &info, sizeof(info));
}

void sea_rtnl_put_af_inet6(struct sea_nl_out *out, const struct sea_link *link)
{
	const struct sea_link_ip6 *ip6 = sea_link_ip6(link);
	int32_t values[SEA_RTNL_CONF6_N];
	uint8_t token[16] = { 0 };

	memcpy(token + 8, ip6->token, sizeof(ip6->token));
	sea_nl_put_u32(out, IFLA_INET6_FLAGS, state_of(ip6));
	put_cacheinfo(out, ip6);
	read_places(conf6, SEA_RTNL_CONF6_N, &ip6->conf, values);
	sea_nl_put(out, IFLA_INET6_CONF, values, sizeof(values));
	sea_nl_put(out, IFLA_INET6_TOKEN, token, sizeof(token));
	sea_nl_put_u8(out, IFLA_INET6_ADDR_GEN_MODE, (uint8_t)ip6->conf.addr_gen_mode);
	if (ip6->host.ra_mtu)
		sea_nl_put_u32(out, IFLA_INET6_RA_MTU, ip6->host.ra_mtu);
}

void sea_rtnl_put_af_spec(struct sea_nl_out *out, const struct sea_link *link)
{
	uint32_t nest = sea_nl_nest(out, IFLA_AF_SPEC), v6;

	if (link->ip4)
		put_inet(out, link);
	if (link->ip6) {
		v6 = sea_nl_nest(out, SEA_AF_INET6);
		sea_rtnl_put_af_inet6(out, link);
		sea_nl_nest_end(out, v6);
	}
	sea_nl_nest_end(out, nest);
}

/* -- set -- */

static const struct sea_nl_policy policy4[IFLA_INET_CONF + 1] = {
	[IFLA_INET_CONF] = { .type = SEA_NL_NESTED },
};

static const struct sea_nl_policy policy6[IFLA_INET6_RA_MTU + 1] = {
	[IFLA_INET6_TOKEN] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_INET6_ADDR_GEN_MODE] = { .type = SEA_NL_U8 },
	[IFLA_INET6_RA_MTU] = SEA_NL_REFUSED("IFLA_INET6_RA_MTU can not be set"),
};

static int read4(struct sea_nl_req *req, const struct sea_nl_attr *inet, struct sea_nl_attr *tb)
{
	return sea_nl_parse_nest(tb, IFLA_INET_CONF, inet, policy4, SEA_NL_LIBERAL, req->extack);
}

static int judge4(struct sea_nl_req *req, const struct sea_link *link,
		  const struct sea_nl_attr *inet)
{
	struct sea_nl_attr tb[IFLA_INET_CONF + 1], a;
	uint32_t at = 0;
	int err;

	if (!link->ip4)
		return -EAFNOSUPPORT;
	err = read4(req, inet, tb);
	if (err || !tb[IFLA_INET_CONF].value)
		return err;
	while (sea_nl_next(tb[IFLA_INET_CONF].value, tb[IFLA_INET_CONF].len, &at, &a))
		if (a.len < 4 || !a.type || a.type > SEA_RTNL_CONF4_N)
			return -EINVAL;
	return 0;
}

/* What is fixed may be said again. */
static int set_place4(struct sea_link *link, const struct sea_nl_attr *a)
{
	const struct place *p = &conf4[a->type - 1];
	int32_t value = (int32_t)sea_nl_u32(a);

	if (p->offset == 0xffff)
		return value == p->fixed ? 0 : -EOPNOTSUPP;
	memcpy((uint8_t *)&sea_link_ip4(link)->conf + p->offset, &value, sizeof(value));
	sea_link_ip4(link)->own_conf |= sea_conf4_bit(p->offset);
	return 0;
}

static int set4(struct sea_nl_req *req, struct sea_link *link, const struct sea_nl_attr *inet)
{
	struct sea_nl_attr tb[IFLA_INET_CONF + 1], a;
	uint32_t at = 0;
	int err = read4(req, inet, tb);

	if (!tb[IFLA_INET_CONF].value)
		return err;
	while (!err && sea_nl_next(tb[IFLA_INET_CONF].value, tb[IFLA_INET_CONF].len, &at, &a))
		err = set_place4(link, &a);
	sea_stack_routes_changed(link->stack);
	return err;
}

static int read6(struct sea_nl_req *req, const struct sea_nl_attr *inet6, struct sea_nl_attr *tb)
{
	return sea_nl_parse_nest(tb, IFLA_INET6_RA_MTU, inet6, policy6, SEA_NL_LIBERAL,
				 req->extack);
}

static int judge6(struct sea_nl_req *req, const struct sea_link *link,
		  const struct sea_nl_attr *inet6)
{
	struct sea_nl_attr tb[IFLA_INET6_RA_MTU + 1];
	uint8_t mode;
	int err;

	if (!link->ip6)
		return -EAFNOSUPPORT;
	err = read6(req, inet6, tb);
	if (err)
		return err;
	if (!tb[IFLA_INET6_ADDR_GEN_MODE].value)
		return tb[IFLA_INET6_TOKEN].value ? 0 : -EINVAL;
	mode = sea_nl_u8(&tb[IFLA_INET6_ADDR_GEN_MODE]);
	if (mode > SEA_ADDR_GEN_RANDOM)
		return -EINVAL;
	return mode == SEA_ADDR_GEN_STABLE && !sea_link_ip6(link)->conf.stable_secret.set ? -EINVAL
											  : 0;
}

/* Only the last half of it counts. */
static int set_token(struct sea_nl_req *req, struct sea_link *link, const uint8_t token[16])
{
	const char *why = NULL;

	if (link->type == SEA_LINK_LOOPBACK)
		why = "ipv6: Device is loopback";
	else if (sea_link_flags(link) & SEA_IFF_NOARP)
		why = "ipv6: Device does not do neighbour discovery";
	else if (!sea_ra_accepted(link))
		why = "ipv6: Router advertisement is disabled on device";
	else if (!sea_link_ip6(link)->conf.router_solicitations)
		why = "Router solicitation is disabled on device";
	if (why)
		return sea_nl_complain(req->extack, -EINVAL, why);
	sea_slaac_set_token(link, token + 8);
	sea_rtnl_tell_advert(link);
	return 0;
}

static int set6(struct sea_nl_req *req, struct sea_link *link, const struct sea_nl_attr *inet6)
{
	struct sea_nl_attr tb[IFLA_INET6_RA_MTU + 1];
	int err = read6(req, inet6, tb);

	if (err)
		return err;
	if (tb[IFLA_INET6_TOKEN].value)
		err = set_token(req, link, tb[IFLA_INET6_TOKEN].value);
	if (err)
		return err;
	if (tb[IFLA_INET6_ADDR_GEN_MODE].value)
		sea_link_ip6(link)->conf.addr_gen_mode = sea_nl_u8(&tb[IFLA_INET6_ADDR_GEN_MODE]);
	return 0;
}

int sea_rtnl_judge_af_spec(struct sea_nl_req *req, const struct sea_link *link,
			   const struct sea_nl_attr *spec)
{
	struct sea_nl_attr a;
	uint32_t at = 0;
	int err = 0;

	while (!err && sea_nl_next(spec->value, spec->len, &at, &a)) {
		if (a.type == SEA_AF_INET)
			err = judge4(req, link, &a);
		else if (a.type == SEA_AF_INET6)
			err = judge6(req, link, &a);
		else
			err = -EAFNOSUPPORT;
	}
	return err;
}

int sea_rtnl_set_af_spec(struct sea_nl_req *req, struct sea_link *link,
			 const struct sea_nl_attr *spec)
{
	struct sea_nl_attr a;
	uint32_t at = 0;
	int err = 0;

	while (!err && sea_nl_next(spec->value, spec->len, &at, &a))
		err = a.type == SEA_AF_INET ? set4(req, link, &a) : set6(req, link, &a);
	return err;
}
