/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `seastack routes`, as `ip route` has them. */
#include <inttypes.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include <seastack/config.h>

#include "tools/control/report.h"

#define NAME_MAX_LEN 16

static const char *type_name(enum sea_route_type type)
{
	static const char *const names[] = {
		[SEA_ROUTE_UNICAST] = "unicast",
		[SEA_ROUTE_LOCAL] = "local",
		[SEA_ROUTE_BROADCAST] = "broadcast",
		[RTN_ANYCAST] = "anycast",
		[SEA_ROUTE_MULTICAST] = "multicast",
		[SEA_ROUTE_BLACKHOLE] = "blackhole",
		[SEA_ROUTE_UNREACHABLE] = "unreachable",
		[SEA_ROUTE_PROHIBIT] = "prohibit",
		[SEA_ROUTE_THROW] = "throw",
	};
	unsigned i = type;

	return i < sizeof(names) / sizeof(names[0]) && names[i] ? names[i] : "unknown";
}

static const char *table_name(uint32_t table, char number[NAME_MAX_LEN])
{
	if (table == SEA_TABLE_LOCAL)
		return "local";
	if (table == SEA_TABLE_MAIN)
		return "main";
	if (table == RT_TABLE_DEFAULT)
		return "default";
	snprintf(number, NAME_MAX_LEN, "%" PRIu32, table);
	return number;
}

static const char *protocol_name(uint8_t protocol, char number[NAME_MAX_LEN])
{
	switch (protocol) {
	case RTPROT_REDIRECT:
		return "redirect";
	case RTPROT_KERNEL:
		return "kernel";
	case RTPROT_BOOT:
		return "boot";
	case RTPROT_STATIC:
		return "static";
	case RTPROT_RA:
		return "ra";
	default:
		snprintf(number, NAME_MAX_LEN, "%u", protocol);
		return number;
	}
}

static char *prefix_text(const struct sea_route *route, char text[SEA_REPORT_PREFIX_MAX])
{
	char addr[SEA_ADDR_TEXT_MAX];
	unsigned whole = route->dst.family == SEA_AF_INET ? 32 : 128;

	sea_addr_text(&route->dst, addr);
	if (!route->prefix_len)
		snprintf(text, SEA_REPORT_PREFIX_MAX, "default");
	else if (route->prefix_len == whole)
		snprintf(text, SEA_REPORT_PREFIX_MAX, "%s", addr);
	else
		snprintf(text, SEA_REPORT_PREFIX_MAX, "%s/%u", addr, route->prefix_len);
	return text;
}

static void as_text(struct sea_host *host, const struct sea_route *route, struct sea_text *to)
{
	char prefix[SEA_REPORT_PREFIX_MAX], addr[SEA_ADDR_TEXT_MAX], number[NAME_MAX_LEN],
		name[SEA_IFNAMSIZ];

	if (route->type != SEA_ROUTE_UNICAST)
		sea_text_printf(to, "%s ", type_name(route->type));
	sea_text_puts(to, prefix_text(route, prefix));
	if (route->tos)
		sea_text_printf(to, " tos 0x%02x", route->tos);
	if (route->gateway.family)
		sea_text_printf(to, " via %s", sea_addr_text(&route->gateway, addr));
	if (route->ifindex)
		sea_text_printf(to, " dev %s", sea_report_device(host, route->ifindex, name));
	if (route->table != SEA_TABLE_MAIN)
		sea_text_printf(to, " table %s", table_name(route->table, number));
	sea_text_printf(to, " proto %s", protocol_name(route->protocol, number));
	if (route->scope != SEA_SCOPE_GLOBAL && route->dst.family == SEA_AF_INET)
		sea_text_printf(to, " scope %s", sea_report_scope(route->scope));
	if (route->prefsrc.family)
		sea_text_printf(to, " src %s", sea_addr_text(&route->prefsrc, addr));
	if (route->metric)
		sea_text_printf(to, " metric %" PRIu32, route->metric);
	if (route->metrics.mtu)
		sea_text_printf(to, " mtu %" PRIu32, route->metrics.mtu);
	sea_text_puts(to, "\n");
}

/* With the members of `ip -json route`, and the table's name in each. */
static void as_json(struct sea_host *host, const struct sea_route *route, struct sea_json *json)
{
	char prefix[SEA_REPORT_PREFIX_MAX], addr[SEA_ADDR_TEXT_MAX], number[NAME_MAX_LEN],
		name[SEA_IFNAMSIZ];

	sea_json_open(json, NULL, '{');
	sea_json_string(json, "type", type_name(route->type));
	sea_json_string(json, "family", route->dst.family == SEA_AF_INET ? "inet" : "inet6");
	sea_json_string(json, "dst", prefix_text(route, prefix));
	if (route->gateway.family)
		sea_json_string(json, "gateway", sea_addr_text(&route->gateway, addr));
	if (route->ifindex)
		sea_json_string(json, "dev", sea_report_device(host, route->ifindex, name));
	sea_json_string(json, "table", table_name(route->table, number));
	sea_json_string(json, "protocol", protocol_name(route->protocol, number));
	sea_json_string(json, "scope", sea_report_scope(route->scope));
	if (route->prefsrc.family)
		sea_json_string(json, "prefsrc", sea_addr_text(&route->prefsrc, addr));
	if (route->tos)
		sea_json_number(json, "tos", route->tos);
	if (route->metric)
		sea_json_number(json, "metric", route->metric);
	if (route->metrics.mtu)
		sea_json_number(json, "mtu", route->metrics.mtu);
	sea_json_close(json, '}');
}

bool sea_report_routes(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_route route = { .size = sizeof(route) };

	sea_report_begin(walk, to);
	for (int i = 0; i < SEA_REPORT_HELPING; i++) {
		if (!sea_route_next(host->stack, &walk->routes, &route))
			return sea_report_end(walk, to);
		if (!sea_report_wants(walk, route.dst.family) ||
		    (!walk->all && route.table != SEA_TABLE_MAIN))
			continue;
		if (walk->json.to)
			as_json(host, &route, &walk->json);
		else
			as_text(host, &route, to);
	}
	return true;
}
