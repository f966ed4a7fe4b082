/* SPDX-License-Identifier: Apache-2.0 */
/* The sysctls of IPv6 and its neighbours: Linux's names, defaults and ranges. */
#include <stddef.h>

#include "ip/ipv6_module.h"
#include "ip/neigh_sysctl.h"

#define INT(sysctl_name, field, low, high)                                                      \
	{                                                                                       \
		.name = "net.ipv6." sysctl_name, .kind = SEA_SYSCTL_INT,                        \
		.offset = offsetof(struct sea_ipv6_sysctls, field), .min = (low), .max = (high) \
	}
#define BITS(sysctl_name, field)                                            \
	{                                                                   \
		.name = "net.ipv6." sysctl_name, .kind = SEA_SYSCTL_BITMAP, \
		.offset = offsetof(struct sea_ipv6_sysctls, field)          \
	}
#define CONF_THEN(sysctl_name, low, high, then)                                                 \
	{                                                                                       \
		.name = #sysctl_name, .kind = SEA_SYSCTL_INT,                                   \
		.offset = offsetof(struct sea_conf6, sysctl_name), .min = (low), .max = (high), \
		.changed = (then)                                                               \
	}
/* Written once more to "all", it is written to each link. */
#define CONF_ALWAYS(sysctl_name, then)                                               \
	{                                                                            \
		.name = #sysctl_name, .kind = SEA_SYSCTL_INT, .always = true,        \
		.offset = offsetof(struct sea_conf6, sysctl_name), .min = INT32_MIN, \
		.max = INT32_MAX, .changed = (then)                                  \
	}
#define CONF(sysctl_name, low, high) CONF_THEN(sysctl_name, low, high, NULL)

static const struct sea_sysctl ipv6_entries[] = {
	INT("anycast_src_echo_reply", anycast_src_echo_reply, 0, 255),
	INT("auto_flowlabels", auto_flowlabels, 0, 3),
	INT("bindv6only", bindv6only, 0, 255),
	INT("flowlabel_consistency", flowlabel_consistency, 0, UINT8_MAX),
	INT("flowlabel_reflect", flowlabel_reflect, 0, 7),
	INT("flowlabel_state_ranges", flowlabel_state_ranges, 0, UINT8_MAX),
	INT("fwmark_reflect", fwmark_reflect, 0, 255),
	INT("icmp.echo_ignore_all", icmp_echo_ignore_all, 0, 255),
	INT("icmp.echo_ignore_anycast", icmp_echo_ignore_anycast, 0, 255),
	INT("icmp.echo_ignore_multicast", icmp_echo_ignore_multicast, 0, 255),
	INT("icmp.ratelimit", icmp_ratelimit, 0, INT32_MAX / 6),
	BITS("icmp.ratemask", icmp_ratemask),
	INT("idgen_delay", idgen_delay, INT32_MIN, INT32_MAX / 1000),
	INT("idgen_retries", idgen_retries, INT32_MIN, INT32_MAX),
	INT("ip_nonlocal_bind", ip_nonlocal_bind, 0, 255),
	INT("max_dst_opts_length", max_dst_opts_length, 0, INT32_MAX),
	INT("max_dst_opts_number", max_dst_opts_number, -INT32_MAX, INT32_MAX),
	INT("max_hbh_length", max_hbh_length, 0, INT32_MAX),
	INT("max_hbh_opts_number", max_hbh_opts_number, -INT32_MAX, INT32_MAX),
	INT("mld_max_msf", mld_max_msf, INT32_MIN, INT32_MAX),
	INT("mld_qrv", mld_qrv, 1, INT32_MAX),
	INT("route.min_adv_mss", min_adv_mss, 0, INT32_MAX),
	INT("route.mtu_expires", mtu_expires, 0, INT32_MAX),
};

/* Which address to speak from is decided anew. */
static void selection_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)at;
	sea_stack_routes_changed(stack);
}

static const struct sea_sysctl conf_entries[] = {
	CONF(accept_dad, INT32_MIN, INT32_MAX),
	CONF(accept_ra, INT32_MIN, INT32_MAX),
	CONF(accept_ra_defrtr, INT32_MIN, INT32_MAX),
	CONF(accept_ra_from_local, INT32_MIN, INT32_MAX),
	CONF(accept_ra_min_hop_limit, INT32_MIN, INT32_MAX),
	CONF(accept_ra_min_lft, INT32_MIN, INT32_MAX),
	CONF(accept_ra_mtu, INT32_MIN, INT32_MAX),
	CONF(accept_ra_pinfo, INT32_MIN, INT32_MAX),
	CONF(accept_ra_rt_info_max_plen, INT32_MIN, INT32_MAX),
	CONF(accept_ra_rt_info_min_plen, INT32_MIN, INT32_MAX),
	CONF(accept_ra_rtr_pref, INT32_MIN, INT32_MAX),
	CONF(accept_redirects, INT32_MIN, INT32_MAX),
	{ .name = "addr_gen_mode",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct sea_conf6, addr_gen_mode),
	  .min = SEA_ADDR_GEN_EUI64,
	  .max = SEA_ADDR_GEN_RANDOM,
	  .agrees = sea_conf6_gen_mode_agrees,
	  .changed = sea_conf6_gen_mode_changed },
	CONF(autoconf, INT32_MIN, INT32_MAX),
	CONF(dad_transmits, INT32_MIN, INT32_MAX),
	CONF_THEN(disable_ipv6, INT32_MIN, INT32_MAX, sea_conf6_disable_changed),
	CONF(drop_unicast_in_l2_multicast, INT32_MIN, INT32_MAX),
	CONF(enhanced_dad, INT32_MIN, INT32_MAX),
	CONF(force_mld_version, INT32_MIN, INT32_MAX),
	CONF_ALWAYS(forwarding, sea_conf6_forwarding_changed),
	CONF(hop_limit, 1, 255),
	CONF_ALWAYS(ignore_routes_with_linkdown, sea_conf6_linkdown_changed),
	CONF(keep_addr_on_down, INT32_MIN, INT32_MAX),
	CONF(max_addresses, INT32_MIN, INT32_MAX),
	CONF(max_desync_factor, INT32_MIN, INT32_MAX),
	{ .name = "mc_forwarding",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct sea_conf6, mc_forwarding),
	  .read_only = true },
	CONF(mldv1_unsolicited_report_interval, 0, INT32_MAX),
	CONF(mldv2_unsolicited_report_interval, 0, INT32_MAX),
	{ .name = "mtu",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct sea_conf6, mtu),
	  .min = (int32_t)SEA_IPV6_MTU_MIN,
	  .max = INT32_MAX,
	  .agrees = sea_conf6_mtu_agrees },
	CONF(ndisc_evict_nocarrier, 0, 1),
	CONF(ndisc_notify, INT32_MIN, INT32_MAX),
	CONF(ndisc_tclass, 0, 255),
	CONF(optimistic_dad, INT32_MIN, INT32_MAX),
	CONF_THEN(proxy_ndp, INT32_MIN, INT32_MAX, sea_conf6_proxy_ndp_changed),
	CONF(ra_defrtr_metric, 1, INT32_MAX),
	CONF(ra_honor_pio_life, 0, 1),
	CONF(ra_honor_pio_pflag, 0, 1),
	CONF(regen_max_retry, INT32_MIN, INT32_MAX),
	CONF(regen_min_advance, INT32_MIN, INT32_MAX),
	CONF(router_probe_interval, INT32_MIN, INT32_MAX),
	CONF(router_solicitation_delay, INT32_MIN, INT32_MAX / 1000),
	CONF(router_solicitation_interval, INT32_MIN, INT32_MAX / 1000),
	CONF(router_solicitation_max_interval, INT32_MIN, INT32_MAX / 1000),
	CONF(router_solicitations, -1, INT32_MAX),
	{ .name = "stable_secret",
	  .kind = SEA_SYSCTL_SECRET,
	  .offset = offsetof(struct sea_conf6, stable_secret),
	  .changed = sea_conf6_secret_changed },
	CONF(suppress_frag_ndisc, INT32_MIN, INT32_MAX),
	CONF(temp_prefered_lft, INT32_MIN, INT32_MAX),
	CONF(temp_valid_lft, INT32_MIN, INT32_MAX),
	CONF_THEN(use_oif_addrs_only, INT32_MIN, INT32_MAX, selection_changed),
	CONF_THEN(use_optimistic, INT32_MIN, INT32_MAX, selection_changed),
	CONF_THEN(use_tempaddr, INT32_MIN, INT32_MAX, selection_changed),
};

static void *conf_of(const struct sea_link *link)
{
	return link->ip6 ? &sea_link_ip6(link)->conf : NULL;
}

static void *neigh_of(const struct sea_link *link)
{
	return link->ip6 ? &sea_link_ip6(link)->neigh : NULL;
}

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct sea_conf6 conf_default = {
	.accept_ra = 1,
	.accept_ra_defrtr = 1,
	.accept_ra_min_hop_limit = 1,
	.accept_ra_mtu = 1,
	.accept_ra_pinfo = 1,
	.accept_ra_rtr_pref = 1,
	.accept_redirects = 1,
	.autoconf = 1,
	.dad_transmits = 1,
	.enhanced_dad = 1,
	.hop_limit = 64,
	.mldv1_unsolicited_report_interval = 10000,
	.mldv2_unsolicited_report_interval = 1000,
	.mtu = (int32_t)SEA_IPV6_MTU_MIN,
	.max_addresses = 16,
	.max_desync_factor = 600,
	.ndisc_evict_nocarrier = 1,
	.ra_defrtr_metric = 1024,
	.regen_max_retry = 3,
	.regen_min_advance = 2,
	.router_probe_interval = 60,
	.router_solicitation_delay = 1,
	.router_solicitation_interval = 4,
	.router_solicitation_max_interval = 3600,
	.router_solicitations = -1,
	.suppress_frag_ndisc = 1,
	.temp_prefered_lft = 86400,
	.temp_valid_lft = 7 * 86400,
};

static void fill_values(struct sea_ipv6_state *ip)
{
	ip->conf_all = ip->conf_default = conf_default;
	ip->conf_default.accept_dad = 1;
	ip->sysctl = (struct sea_ipv6_sysctls){
		.auto_flowlabels = 1,
		.flowlabel_consistency = 1,
		.icmp_ratelimit = 100,
		.idgen_delay = 1,
		.idgen_retries = 3,
		/* All errors but "packet too big". */
		.icmp_ratemask = { 0xfffffffb, 0xffffffff, 0xffffffff, 0xffffffff },
		.max_dst_opts_number = 8,
		.max_dst_opts_length = INT32_MAX,
		.max_hbh_opts_number = 8,
		.max_hbh_length = INT32_MAX,
		.min_adv_mss = 1220,
		.mld_max_msf = 64,
		.mld_qrv = 2,
		.mtu_expires = 600,
	};
}

void sea_ipv6_sysctl_init(struct sea_ipv6_state *ip)
{
	fill_values(ip);
	ip->sysctl_table = (struct sea_sysctl_table){ .entries = ipv6_entries,
						      .n = N(ipv6_entries),
						      .base = &ip->sysctl };
	ip->conf_tree = (struct sea_sysctl_tree){ .prefix = "net.ipv6.conf.",
						  .entries = conf_entries,
						  .n = N(conf_entries),
						  .all = &ip->conf_all,
						  .dflt = &ip->conf_default,
						  .of_link = conf_of };
	sea_sysctl_add(ip->stack, &ip->sysctl_table);
	sea_frag_sysctl_add(&ip->frags);
	sea_sysctl_add_tree(ip->stack, &ip->conf_tree);
	sea_neigh_sysctl_add(&ip->neigh, neigh_of);
	sea_routes_sysctl_add(&ip->routes);
}
