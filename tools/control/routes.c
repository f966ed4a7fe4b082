/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `seastack routes`, as `ip route` has them. */
#include <inttypes.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

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

/* -- both as text and as JSON: a word of ip(8) and the member of its JSON -- */

struct out {
	struct sea_host *host;
	struct sea_text *to;
	struct sea_json *json; /* NULL: as text */
};

static void say(struct out *out, const char *word, const char *member, const char *value)
{
	if (out->json)
		sea_json_string(out->json, member, value);
	else
		sea_text_printf(out->to, " %s %s", word, value);
}

/* 0 is not said. */
static void say_number(struct out *out, const char *word, uint64_t value)
{
	if (!value)
		return;
	if (out->json)
		sea_json_number(out->json, word, value);
	else
		sea_text_printf(out->to, " %s %" PRIu64, word, value);
}

static void say_addr(struct out *out, const char *word, const char *member,
		     const struct sea_addr *addr)
{
	char text[SEA_ADDR_TEXT_MAX];

	if (addr->family)
		say(out, word, member, sea_addr_text(addr, text));
}

static void say_flags(struct out *out, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = { { SEA_RTNH_F_DEAD, "dead" },
		      { SEA_RTNH_F_ONLINK, "onlink" },
		      { SEA_RTNH_F_LINKDOWN, "linkdown" } };

	if (out->json)
		sea_json_open(out->json, "flags", '[');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].bit && out->json)
			sea_json_string(out->json, NULL, names[i].name);
		else if (flags & names[i].bit)
			sea_text_printf(out->to, " %s", names[i].name);
	}
	if (out->json)
		sea_json_close(out->json, ']');
}

static void say_hop(struct out *out, const struct sea_addr *gateway, int ifindex)
{
	char name[SEA_IFNAMSIZ];

	say_addr(out, "via", "gateway", gateway);
	if (ifindex)
		say(out, "dev", "dev", sea_report_device(out->host, ifindex, name));
}

static void say_metrics(struct out *out, const struct sea_route_metrics *metrics)
{
	static const struct sea_route_metrics none;

	if (!memcmp(metrics, &none, sizeof(none)))
		return;
	if (out->json) {
		sea_json_open(out->json, "metrics", '[');
		sea_json_open(out->json, NULL, '{');
	}
	say_number(out, metrics->mtu_lock && !out->json ? "mtu lock" : "mtu", metrics->mtu);
	say_number(out, "advmss", metrics->advmss);
	say_number(out, "hoplimit", metrics->hoplimit);
	say_number(out, "window", metrics->window);
	say_number(out, "initcwnd", metrics->initcwnd);
	say_number(out, "initrwnd", metrics->initrwnd);
	say_number(out, metrics->rto_min_unlocked || out->json ? "rto_min" : "rto_min lock",
		   metrics->rto_min_ms);
	say_number(out, "quickack", metrics->quickack);
	if (metrics->ecn)
		say(out, "features", "features", "ecn");
	if (*metrics->congctl)
		say(out, "congctl", "congctl", metrics->congctl);
	if (out->json) {
		sea_json_close(out->json, '}');
		sea_json_close(out->json, ']');
	}
}

static void say_hops(struct out *out, const struct sea_route *route)
{
	if (!route->n_hops)
		return;
	if (out->json)
		sea_json_open(out->json, "nexthops", '[');
	for (uint32_t i = 0; i < route->n_hops; i++) {
		const struct sea_route_hop *hop = &route->hops[i];

		if (out->json)
			sea_json_open(out->json, NULL, '{');
		else
			sea_text_puts(out->to, "\n\tnexthop");
		say_hop(out, &hop->gateway, hop->ifindex);
		say_number(out, "weight", hop->weight ? hop->weight : 1);
		say_flags(out, hop->flags);
		if (out->json)
			sea_json_close(out->json, '}');
	}
	if (out->json)
		sea_json_close(out->json, ']');
}

static void say_where_from(struct out *out, const struct sea_route *route)
{
	const struct sea_route from = { .dst = route->src, .prefix_len = route->src_len };
	char prefix[SEA_REPORT_PREFIX_MAX];

	if (route->src_len)
		say(out, "from", "from", prefix_text(&from, prefix));
}

/* What IPv6 alone has. */
static void say_advice(struct out *out, const struct sea_route *route)
{
	static const char *const prefs[] = { [SEA_ROUTE_PREF_MEDIUM] = "medium",
					     [SEA_ROUTE_PREF_HIGH] = "high",
					     [SEA_ROUTE_PREF_LOW] = "low" };

	if (route->dst.family != SEA_AF_INET6)
		return;
	if (route->expires_s && out->json)
		sea_json_number(out->json, "expires", route->expires_s);
	else if (route->expires_s)
		sea_text_printf(out->to, " expires %" PRIu32 "sec", route->expires_s);
	if (route->type == SEA_ROUTE_UNICAST)
		say(out, "pref", "pref",
		    route->pref <= SEA_ROUTE_PREF_LOW && prefs[route->pref] ? prefs[route->pref]
									    : "medium");
}

/* The words behind the prefix. */
static void say_words(struct out *out, const struct sea_route *route)
{
	bool is_v4 = route->dst.family == SEA_AF_INET;
	char number[NAME_MAX_LEN];

	say_where_from(out, route);
	say_number(out, "tos", route->tos);
	say_number(out, "nhid", route->nexthop);
	say_hop(out, &route->gateway, route->ifindex);
	if (out->json || route->table != SEA_TABLE_MAIN)
		say(out, "table", "table", table_name(route->table, number));
	say(out, "proto", "protocol", protocol_name(route->protocol, number));
	if (out->json || (is_v4 && route->scope != SEA_SCOPE_GLOBAL))
		say(out, "scope", "scope", sea_report_scope(route->scope));
	say_addr(out, "src", "prefsrc", &route->prefsrc);
	say_number(out, "metric", route->metric);
	say_metrics(out, &route->metrics);
	say_advice(out, route);
	say_flags(out, route->flags);
	say_hops(out, route);
}

static void tell(struct sea_host *host, const struct sea_route *route, struct sea_report_walk *walk,
		 struct sea_text *to)
{
	struct out out = { .host = host, .to = to, .json = walk->json.to ? &walk->json : NULL };
	char prefix[SEA_REPORT_PREFIX_MAX];

	if (out.json) {
		sea_json_open(out.json, NULL, '{');
		sea_json_string(out.json, "type", type_name(route->type));
		sea_json_string(out.json, "family",
				route->dst.family == SEA_AF_INET ? "inet" : "inet6");
		sea_json_string(out.json, "dst", prefix_text(route, prefix));
	} else {
		if (route->type != SEA_ROUTE_UNICAST)
			sea_text_printf(to, "%s ", type_name(route->type));
		sea_text_puts(to, prefix_text(route, prefix));
	}
	say_words(&out, route);
	if (out.json)
		sea_json_close(out.json, '}');
	else
		sea_text_puts(to, "\n");
}

bool sea_report_routes(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_route route = { .size = sizeof(route) };

	sea_report_walk_begin(walk, to);
	for (int i = 0; i < SEA_REPORT_HELPING; i++) {
		if (!sea_route_next(host->stack, &walk->routes, &route))
			return sea_report_walk_end(walk, to);
		if (!sea_report_wants(walk, route.dst.family) ||
		    (!walk->all && route.table != SEA_TABLE_MAIN))
			continue;
		tell(host, &route, walk, to);
	}
	return true;
}
