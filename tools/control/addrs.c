/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `seastack addrs`, as `ip address` has them. */
#include <inttypes.h>
#include <stdio.h>

#include <seastack/config.h>

#include "tools/control/report.h"

struct flag {
	uint32_t bit;
	const char *name; /* in the text and in JSON, as ip-address(8) has them */
};

/* What the link is: IFF_* by Linux's names. */
static void link_flags(const struct sea_link_info *info, void (*tell)(void *arg, const char *name),
		       void *arg)
{
	if (info->up && !info->carrier)
		tell(arg, "NO-CARRIER");
	if (info->type == SEA_LINK_LOOPBACK)
		tell(arg, "LOOPBACK");
	if (info->type == SEA_LINK_ETHERNET)
		tell(arg, "BROADCAST");
	if (info->type == SEA_LINK_IP)
		tell(arg, "POINTOPOINT");
	if (info->type != SEA_LINK_LOOPBACK)
		tell(arg, "MULTICAST");
	if (info->type == SEA_LINK_IP)
		tell(arg, "NOARP");
	if (info->up)
		tell(arg, "UP");
	if (info->up && info->carrier)
		tell(arg, "LOWER_UP");
}

static const char *type_name(enum sea_link_type type)
{
	switch (type) {
	case SEA_LINK_ETHERNET:
	case SEA_LINK_VRF: /* as ip-link(8) shows it */
		return "ether";
	case SEA_LINK_LOOPBACK:
		return "loopback";
	case SEA_LINK_IP:
		break;
	}
	return "none";
}

static void addr_flags(const struct sea_ifaddr *addr, void (*tell)(void *arg, const char *name),
		       void *arg)
{
	const struct flag flags[] = {
		{ SEA_IFA_SECONDARY,
		  addr->local.family == SEA_AF_INET ? "secondary" : "temporary" },
		{ SEA_IFA_TENTATIVE, "tentative" },
		{ SEA_IFA_OPTIMISTIC, "optimistic" },
		{ SEA_IFA_DADFAILED, "dadfailed" },
		{ SEA_IFA_DEPRECATED, "deprecated" },
		{ SEA_IFA_HOMEADDRESS, "home" },
		{ SEA_IFA_NODAD, "nodad" },
		{ SEA_IFA_MANAGETEMPADDR, "mngtmpaddr" },
		{ SEA_IFA_NOPREFIXROUTE, "noprefixroute" },
		{ SEA_IFA_MCAUTOJOIN, "autojoin" },
		{ SEA_IFA_STABLE_PRIVACY, "stable-privacy" },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (addr->flags & flags[i].bit)
			tell(arg, flags[i].name);
	}
	if (!(addr->flags & SEA_IFA_PERMANENT))
		tell(arg, "dynamic");
}

/* -- as text -- */

struct flag_text {
	struct sea_text *to;
	const char *before;
};

static void tell_text(void *arg, const char *name)
{
	struct flag_text *flags = arg;

	sea_text_printf(flags->to, "%s%s", flags->before, name);
	flags->before = *flags->before == ' ' ? " " : ",";
}

static void lifetime_text(const char *name, uint32_t seconds, struct sea_text *to)
{
	if (seconds == SEA_LIFETIME_INFINITE)
		sea_text_printf(to, " %s forever", name);
	else
		sea_text_printf(to, " %s %" PRIu32 "sec", name, seconds);
}

static void addr_as_text(const struct sea_ifaddr *addr, struct sea_text *to)
{
	bool is_v4 = addr->local.family == SEA_AF_INET;
	struct flag_text flags = { .to = to, .before = " " };
	char text[SEA_ADDR_TEXT_MAX];

	sea_text_printf(to, "    %s %s/%u", is_v4 ? "inet" : "inet6",
			sea_addr_text(&addr->local, text), addr->prefix_len);
	if (addr->broadcast.family)
		sea_text_printf(to, " brd %s", sea_addr_text(&addr->broadcast, text));
	sea_text_printf(to, " scope %s", sea_report_scope(addr->scope));
	addr_flags(addr, tell_text, &flags);
	sea_text_printf(to, "%s%s\n      ", is_v4 ? " " : "", is_v4 ? addr->label : "");
	lifetime_text("valid_lft", addr->valid_s, to);
	lifetime_text("preferred_lft", addr->preferred_s, to);
	sea_text_puts(to, "\n");
}

static void link_as_text(const struct sea_link_info *info, struct sea_text *to)
{
	struct flag_text flags = { .to = to, .before = "" };
	char mac[SEA_TEXT_MAC_MAX];

	sea_text_printf(to, "%d: %s: <", info->ifindex, info->name);
	link_flags(info, tell_text, &flags);
	sea_text_printf(to, "> mtu %" PRIu32 " qlen %" PRIu32 "\n    link/%s", info->mtu,
			info->txqueuelen, type_name(info->type));
	if (info->type != SEA_LINK_IP)
		sea_text_printf(to, " %s", sea_text_mac(mac, info->mac));
	sea_text_puts(to, "\n");
}

/* -- as JSON, with the members of `ip -json address` -- */

static void tell_json(void *arg, const char *name)
{
	sea_json_string(arg, NULL, name);
}

static void tell_member(void *arg, const char *name)
{
	sea_json_bool(arg, name, true);
}

static void addr_as_json(const struct sea_ifaddr *addr, struct sea_json *json)
{
	char text[SEA_ADDR_TEXT_MAX];

	sea_json_open(json, NULL, '{');
	sea_json_string(json, "family", addr->local.family == SEA_AF_INET ? "inet" : "inet6");
	sea_json_string(json, "local", sea_addr_text(&addr->local, text));
	sea_json_number(json, "prefixlen", addr->prefix_len);
	if (addr->broadcast.family)
		sea_json_string(json, "broadcast", sea_addr_text(&addr->broadcast, text));
	sea_json_string(json, "scope", sea_report_scope(addr->scope));
	addr_flags(addr, tell_member, json);
	if (*addr->label)
		sea_json_string(json, "label", addr->label);
	sea_json_number(json, "valid_life_time", addr->valid_s);
	sea_json_number(json, "preferred_life_time", addr->preferred_s);
	sea_json_close(json, '}');
}

static void link_as_json(const struct sea_link_info *info, struct sea_json *json)
{
	char mac[SEA_TEXT_MAC_MAX];

	sea_json_number(json, "ifindex", (uint64_t)info->ifindex);
	sea_json_string(json, "ifname", info->name);
	sea_json_open(json, "flags", '[');
	link_flags(info, tell_json, json);
	sea_json_close(json, ']');
	sea_json_number(json, "mtu", info->mtu);
	sea_json_number(json, "txqlen", info->txqueuelen);
	sea_json_string(json, "link_type", type_name(info->type));
	if (info->type != SEA_LINK_IP)
		sea_json_string(json, "address", sea_text_mac(mac, info->mac));
}

/* -- what routers advertise of names (RFC 8106); resolving them is for others -- */

static void servers_of(struct sea_host *host, const struct sea_link_info *info,
		       struct sea_json *json, struct sea_text *to)
{
	struct sea_dns_server server = { .size = sizeof(server) };
	char text[SEA_ADDR_TEXT_MAX];
	uint64_t cursor = 0;

	while (sea_dns_server_next(host->stack, &cursor, &server)) {
		if (server.ifindex != info->ifindex)
			continue;
		sea_addr_text(&server.addr, text);
		if (json->to) {
			sea_json_open(json, NULL, '{');
			sea_json_string(json, "address", text);
			sea_json_number(json, "life_time", server.lifetime_s);
			sea_json_close(json, '}');
		} else {
			sea_text_printf(to, "    nameserver %s\n      ", text);
			lifetime_text("valid_lft", server.lifetime_s, to);
			sea_text_puts(to, "\n");
		}
	}
}

static void domains_of(struct sea_host *host, const struct sea_link_info *info,
		       struct sea_json *json, struct sea_text *to)
{
	struct sea_dns_domain domain = { .size = sizeof(domain) };
	uint64_t cursor = 0;

	while (sea_dns_domain_next(host->stack, &cursor, &domain)) {
		if (domain.ifindex != info->ifindex)
			continue;
		if (json->to) {
			sea_json_open(json, NULL, '{');
			sea_json_string(json, "name", domain.name);
			sea_json_number(json, "life_time", domain.lifetime_s);
			sea_json_close(json, '}');
		} else {
			sea_text_printf(to, "    search %s\n      ", domain.name);
			lifetime_text("valid_lft", domain.lifetime_s, to);
			sea_text_puts(to, "\n");
		}
	}
}

static void names_of(struct sea_host *host, const struct sea_link_info *info,
		     struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_json *json = &walk->json;

	if (!sea_report_wants(walk, SEA_AF_INET6))
		return;
	if (json->to)
		sea_json_open(json, "name_servers", '[');
	servers_of(host, info, json, to);
	if (json->to) {
		sea_json_close(json, ']');
		sea_json_open(json, "search_domains", '[');
	}
	domains_of(host, info, json, to);
	if (json->to)
		sea_json_close(json, ']');
}

/* -- both -- */

static void addrs_of(struct sea_host *host, const struct sea_link_info *info,
		     struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_ifaddr addr = { .size = sizeof(addr) };
	uint64_t cursor = 0;

	while (sea_ifaddr_next(host->stack, &cursor, &addr)) {
		if (addr.ifindex != info->ifindex || !sea_report_wants(walk, addr.local.family))
			continue;
		if (walk->json.to)
			addr_as_json(&addr, &walk->json);
		else
			addr_as_text(&addr, to);
	}
}

static void report_link(struct sea_host *host, const struct sea_link *link,
			struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_link_info info = { .size = sizeof(info) };

	sea_link_info(link, &info);
	if (!walk->json.to) {
		link_as_text(&info, to);
		addrs_of(host, &info, walk, to);
		names_of(host, &info, walk, to);
		return;
	}
	sea_json_open(&walk->json, NULL, '{');
	link_as_json(&info, &walk->json);
	sea_json_open(&walk->json, "addr_info", '[');
	addrs_of(host, &info, walk, to);
	sea_json_close(&walk->json, ']');
	names_of(host, &info, walk, to);
	sea_json_close(&walk->json, '}');
}

/* A link a helping; the cursor is the index of the last. */
bool sea_report_addrs(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_link *link = NULL;
	struct sea_link_info info = { .size = sizeof(info) };

	sea_report_walk_begin(walk, to);
	while ((link = sea_link_next(host->stack, link))) {
		sea_link_info(link, &info);
		if ((uint64_t)info.ifindex > walk->cursor)
			break;
	}
	if (!link)
		return sea_report_walk_end(walk, to);
	walk->cursor = (uint64_t)info.ifindex;
	report_link(host, link, walk, to);
	return true;
}
