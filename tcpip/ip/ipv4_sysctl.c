/* SPDX-License-Identifier: Apache-2.0 */
/* The sysctls of IPv4 and its neighbours: Linux's names, defaults and ranges. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "ip/conf_told.h"
#include "ip/ipv4_module.h"
#include "ip/neigh_sysctl.h"

#define INT_THEN(sysctl_name, field, low, high, then)                                            \
	{                                                                                        \
		.name = "net.ipv4." sysctl_name, .kind = SEA_SYSCTL_INT,                         \
		.offset = offsetof(struct sea_ipv4_sysctls, field), .min = (low), .max = (high), \
		.changed = (then)                                                                \
	}
#define INT(sysctl_name, field, low, high) INT_THEN(sysctl_name, field, low, high, NULL)
#define GROUPS(sysctl_name, field)                                                             \
	{                                                                                      \
		.name = "net.ipv4." sysctl_name, .kind = SEA_SYSCTL_GROUPS,                    \
		.offset = offsetof(struct sea_ipv4_sysctls, field), .min = 0, .max = INT32_MAX \
	}
#define CONF_BY(sysctl_name, again, then)                                            \
	{                                                                            \
		.name = #sysctl_name, .kind = SEA_SYSCTL_INT,                        \
		.offset = offsetof(struct sea_conf4, sysctl_name), .min = INT32_MIN, \
		.max = INT32_MAX, .always = (again), .changed = (then)               \
	}
/* Written to "default", it is the value of links, too, that have none of their own. */
#define CONF_THEN(sysctl_name, then) CONF_BY(sysctl_name, true, then)
#define CONF(sysctl_name) CONF_THEN(sysctl_name, conf_written)
/* It is not. */
#define CONF_ALONE(sysctl_name, then) CONF_BY(sysctl_name, false, then)
#define RATE(field)                                                                         \
	{                                                                                   \
		.name = "net.ipv4.icmp_msgs_" #field, .kind = SEA_SYSCTL_INT,               \
		.offset = offsetof(struct sea_icmp_rate, field), .min = 0, .max = INT32_MAX \
	}

/* What was decided with the old value is decided anew. */
static void conf_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)at;
	sea_stack_routes_changed(stack);
}

static bool is_new(const struct sea_sysctl_at *at)
{
	return memcmp(at->before, (const uint8_t *)at->base + at->entry->offset, sizeof(int32_t)) !=
	       0;
}

static void follow_default(struct sea_stack *stack, uint16_t offset, uint64_t bit)
{
	const struct sea_conf4 *dflt = &sea_ipv4_of(stack)->conf_default;
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if (link->ip4 && !(sea_link_ip4(link)->own_conf & bit))
			memcpy((uint8_t *)&sea_link_ip4(link)->conf + offset,
			       (const uint8_t *)dflt + offset, sizeof(int32_t));
}

/* It is that link's own from now on, even where it is what it was; others follow the template. */
static void conf_written(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	uint64_t bit = sea_conf4_bit(at->entry->offset);
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);

	if (at->link)
		sea_link_ip4(at->link)->own_conf |= bit;
	if (at->base == &ip->conf_default) {
		ip->own_conf |= bit;
		follow_default(stack, at->entry->offset, bit);
	}
	conf_changed(stack, at);
}

static void tell(struct sea_stack *stack, int ifindex, int what)
{
	sea_conf_tell(stack, SEA_AF_INET, ifindex, what);
}

static void tell_of(struct sea_stack *stack, const struct sea_sysctl_at *at, int what)
{
	tell(stack, sea_conf_ifindex(at, &sea_ipv4_of(stack)->conf_all), what);
}

static void rp_filter_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	conf_written(stack, at);
	if (is_new(at))
		tell_of(stack, at, NETCONFA_RP_FILTER);
}

static void proxy_arp_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	conf_written(stack, at);
	if (is_new(at))
		tell_of(stack, at, NETCONFA_PROXY_NEIGH);
}

/* Ports that anybody may be given are not among those that only some may ask for. */
static bool ports_agree(const struct sea_sysctl_at *at)
{
	const struct sea_ipv4_sysctls *sys = at->base;

	return sys->ip_unprivileged_port_start <= sys->ip_local_port_range[0];
}

/* It is only written to, whatever it is. */
static int nothing_to_read(const void *field, char *text, size_t len)
{
	(void)field;
	(void)text;
	(void)len;
	return -EACCES;
}

static int take_anything(void *field, const char *text)
{
	(void)field;
	(void)text;
	return 0;
}

static void flush(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	(void)at;
	sea_pmtu_table_flush(&sea_ipv4_of(stack)->pmtu);
	sea_stack_routes_changed(stack);
}

static const struct sea_sysctl ipv4_entries[] = {
	INT("fwmark_reflect", fwmark_reflect, 0, 255),
	INT("icmp_echo_ignore_all", icmp_echo_ignore_all, 0, 1),
	INT("icmp_echo_ignore_broadcasts", icmp_echo_ignore_broadcasts, 0, 1),
	INT("icmp_errors_use_inbound_ifaddr", icmp_errors_use_inbound_ifaddr, 0, 1),
	INT("icmp_ignore_bogus_error_responses", icmp_ignore_bogus_error_responses, 0, 1),
	INT("icmp_ratelimit", icmp_ratelimit, 0, INT32_MAX / 6),
	INT("icmp_ratemask", icmp_ratemask, INT32_MIN, INT32_MAX),
	INT("igmp_link_local_mcast_reports", igmp_link_local_mcast_reports, 0, 255),
	INT("igmp_max_memberships", igmp_max_memberships, INT32_MIN, INT32_MAX),
	INT("igmp_max_msf", igmp_max_msf, INT32_MIN, INT32_MAX),
	INT("igmp_qrv", igmp_qrv, 1, INT32_MAX),
	INT("ip_autobind_reuse", ip_autobind_reuse, 0, 1),
	INT("ip_default_ttl", ip_default_ttl, 1, 255),
	{ .name = "net.ipv4.ip_early_demux", .kind = SEA_SYSCTL_FIXED, .read_only = true },
	INT("ip_forward_update_priority", ip_forward_update_priority, 0, 1),
	INT_THEN("ip_forward_use_pmtu", ip_forward_use_pmtu, 0, 255, conf_changed),
	{ .name = "net.ipv4.ip_local_port_range",
	  .kind = SEA_SYSCTL_INT2,
	  .offset = offsetof(struct sea_ipv4_sysctls, ip_local_port_range),
	  .min = 1,
	  .max = 65535,
	  .agrees = ports_agree },
	{ .name = "net.ipv4.ip_local_reserved_ports",
	  .kind = SEA_SYSCTL_PORTS,
	  .offset = offsetof(struct sea_ipv4_sysctls, ip_local_reserved_ports) },
	INT("ip_no_pmtu_disc", ip_no_pmtu_disc, 0, 255),
	INT("ip_nonlocal_bind", ip_nonlocal_bind, 0, 255),
	{ .name = "net.ipv4.ip_unprivileged_port_start",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct sea_ipv4_sysctls, ip_unprivileged_port_start),
	  .min = 0,
	  .max = 65535,
	  .agrees = ports_agree },
	GROUPS("ping_group_range", ping_group_range),
	{ .name = "net.ipv4.route.flush",
	  .kind = SEA_SYSCTL_TEXT,
	  .always = true,
	  .changed = flush,
	  .print = nothing_to_read,
	  .parse = take_anything },
	INT("route.gc_timeout", gc_timeout, 0, INT32_MAX),
	INT("route.min_pmtu", min_pmtu, 68, INT32_MAX),
	INT("route.mtu_expires", mtu_expires, 0, INT32_MAX),
	INT("route.redirect_load", redirect_load, 0, INT32_MAX),
	INT("route.redirect_number", redirect_number, 0, INT32_MAX),
	INT("route.redirect_silence", redirect_silence, 0, INT32_MAX),
};

/* For all is for each, and for those to come; a router does not obey redirects, a host does. */
static void forward_all(struct sea_stack *stack, int32_t on)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);
	struct sea_link *link = NULL;

	ip->conf_all.forwarding = ip->conf_default.forwarding = on;
	ip->conf_all.accept_redirects = !on;
	tell(stack, NETCONFA_IFINDEX_ALL, NETCONFA_FORWARDING);
	tell(stack, NETCONFA_IFINDEX_DEFAULT, NETCONFA_FORWARDING);
	while ((link = sea_link_next(stack, link))) {
		sea_link_ip4(link)->conf.forwarding = on;
		tell(stack, link->ifindex, NETCONFA_FORWARDING);
	}
}

static void forwarding_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	const struct sea_conf4 *conf = at->base;

	if (conf == &sea_ipv4_of(stack)->conf_all)
		forward_all(stack, conf->forwarding);
	else
		tell(stack, sea_conf_ifindex(at, NULL), NETCONFA_FORWARDING);
	sea_stack_routes_changed(stack);
}

static const struct sea_sysctl icmp_rate_entries[] = {
	RATE(burst),
	RATE(per_sec),
};

/* Ways without carrier count, or do not. */
static void linkdown_changed(struct sea_stack *stack, const struct sea_sysctl_at *at)
{
	conf_written(stack, at);
	sea_routes_link_changed(&sea_ipv4_of(stack)->routes, NULL);
	if (is_new(at))
		tell_of(stack, at, NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN);
}

static const struct sea_sysctl conf_entries[] = {
	CONF(accept_local),
	CONF(accept_redirects),
	CONF(arp_accept),
	CONF(arp_announce),
	CONF(arp_evict_nocarrier),
	CONF(arp_filter),
	CONF(arp_ignore),
	CONF(arp_notify),
	CONF(bc_forwarding),
	CONF(bootp_relay),
	CONF(drop_gratuitous_arp),
	CONF_ALONE(drop_unicast_in_l2_multicast, conf_changed),
	CONF(force_igmp_version),
	CONF_ALONE(forwarding, forwarding_changed),
	CONF(igmpv2_unsolicited_report_interval),
	CONF(igmpv3_unsolicited_report_interval),
	CONF_THEN(ignore_routes_with_linkdown, linkdown_changed),
	CONF(log_martians),
	{ .name = "mc_forwarding",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct sea_conf4, mc_forwarding),
	  .read_only = true },
	CONF(medium_id),
	CONF_ALONE(promote_secondaries, conf_changed),
	CONF_THEN(proxy_arp, proxy_arp_changed),
	CONF(proxy_arp_pvlan),
	CONF_ALONE(route_localnet, conf_changed),
	CONF_THEN(rp_filter, rp_filter_changed),
	CONF(secure_redirects),
	CONF(send_redirects),
	CONF(shared_media),
	CONF(src_valid_mark),
	CONF(tag),
};

/* The old name of conf.all.forwarding. */
static const struct sea_sysctl forward_entries[] = {
	{ .name = "net.ipv4.ip_forward",
	  .kind = SEA_SYSCTL_INT,
	  .offset = offsetof(struct sea_conf4, forwarding),
	  .min = INT32_MIN,
	  .max = INT32_MAX,
	  .changed = forwarding_changed },
};

static void *conf_of(const struct sea_link *link)
{
	return link->ip4 ? &sea_link_ip4(link)->conf : NULL;
}

static void *neigh_of(const struct sea_link *link)
{
	return link->ip4 ? &sea_link_ip4(link)->neigh : NULL;
}

#define N(array) (sizeof(array) / sizeof((array)[0]))

void sea_ipv4_sysctl_init(struct sea_ipv4_state *ip)
{
	ip->sysctl = (struct sea_ipv4_sysctls){
		.ip_default_ttl = 64,
		.ip_local_port_range = { 32768, 60999 },
		.ip_unprivileged_port_start = 1024,
		.icmp_echo_ignore_broadcasts = 1,
		.icmp_ratelimit = 1000,
		.icmp_ratemask = 6168,
		.icmp_ignore_bogus_error_responses = 1,
		.ip_forward_update_priority = 1,
		.min_pmtu = 552,
		.mtu_expires = 600,
		.redirect_load = 20,
		.redirect_number = 9,
		.redirect_silence = 20480,
		.gc_timeout = 300,
		.ping_group_range = { 1, 0 },
		.igmp_max_memberships = 20,
		.igmp_max_msf = 10,
		.igmp_qrv = 2,
		.igmp_link_local_mcast_reports = 1,
	};
	ip->conf_all = ip->conf_default = (struct sea_conf4){
		.accept_redirects = 1,
		.secure_redirects = 1,
		.send_redirects = 1,
		.shared_media = 1,
		.arp_evict_nocarrier = 1,
		.igmpv2_unsolicited_report_interval = 10000,
		.igmpv3_unsolicited_report_interval = 1000,
	};
	ip->sysctl_table = (struct sea_sysctl_table){ .entries = ipv4_entries,
						      .n = N(ipv4_entries),
						      .base = &ip->sysctl };
	ip->forward_table = (struct sea_sysctl_table){ .entries = forward_entries,
						       .n = N(forward_entries),
						       .base = &ip->conf_all };
	ip->icmp_rate_table = (struct sea_sysctl_table){ .entries = icmp_rate_entries,
							 .n = N(icmp_rate_entries),
							 .base = &ip->icmp_global.rate };
	ip->conf_tree = (struct sea_sysctl_tree){ .prefix = "net.ipv4.conf.",
						  .entries = conf_entries,
						  .n = N(conf_entries),
						  .all = &ip->conf_all,
						  .dflt = &ip->conf_default,
						  .of_link = conf_of };
	sea_sysctl_add(ip->stack, &ip->sysctl_table);
	sea_routes_sysctl_add(&ip->routes);
	sea_sysctl_add(ip->stack, &ip->forward_table);
	sea_sysctl_add(ip->stack, &ip->icmp_rate_table);
	sea_frag_sysctl_add(&ip->frags);
	sea_sysctl_add_tree(ip->stack, &ip->conf_tree);
	sea_neigh_sysctl_add(&ip->neigh, neigh_of);
}
