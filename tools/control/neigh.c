/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `seastack neigh`, as `ip neigh` has them. */
#include <seastack/config.h>

#include "tools/control/report.h"

#define HAS_MAC                                                                              \
	(SEA_NUD_REACHABLE | SEA_NUD_STALE | SEA_NUD_DELAY | SEA_NUD_PROBE | SEA_NUD_NOARP | \
	 SEA_NUD_PERMANENT)

static const char *state_name(enum sea_neigh_state state)
{
	switch (state) {
	case SEA_NUD_INCOMPLETE:
		return "INCOMPLETE";
	case SEA_NUD_REACHABLE:
		return "REACHABLE";
	case SEA_NUD_STALE:
		return "STALE";
	case SEA_NUD_DELAY:
		return "DELAY";
	case SEA_NUD_PROBE:
		return "PROBE";
	case SEA_NUD_FAILED:
		return "FAILED";
	case SEA_NUD_NOARP:
		return "NOARP";
	case SEA_NUD_PERMANENT:
		return "PERMANENT";
	case SEA_NUD_NONE:
		break;
	}
	return "NONE";
}

static const struct {
	uint32_t bit;
	const char *name;
} flags[] = { { SEA_NTF_ROUTER, "router" },
	      { SEA_NTF_PROXY, "proxy" },
	      { SEA_NTF_EXT_LEARNED, "extern_learn" },
	      { SEA_NTF_MANAGED, "managed" } };

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static void as_text(struct sea_host *host, const struct sea_neigh_info *neigh, struct sea_text *to)
{
	char addr[SEA_ADDR_TEXT_MAX], name[SEA_IFNAMSIZ], mac[SEA_TEXT_MAC_MAX];

	sea_text_puts(to, sea_addr_text(&neigh->addr, addr));
	if (neigh->ifindex)
		sea_text_printf(to, " dev %s", sea_report_device(host, neigh->ifindex, name));
	if (neigh->state & HAS_MAC)
		sea_text_printf(to, " lladdr %s", sea_text_mac(mac, neigh->mac));
	for (size_t i = 0; i < FLAGS; i++) {
		if (neigh->flags & flags[i].bit)
			sea_text_printf(to, " %s", flags[i].name);
	}
	sea_text_printf(to, "%s%s\n", neigh->flags & SEA_NTF_PROXY ? "" : " ",
			neigh->flags & SEA_NTF_PROXY ? "" : state_name(neigh->state));
}

static void as_json(struct sea_host *host, const struct sea_neigh_info *neigh,
		    struct sea_json *json)
{
	char addr[SEA_ADDR_TEXT_MAX], name[SEA_IFNAMSIZ], mac[SEA_TEXT_MAC_MAX];

	sea_json_open(json, NULL, '{');
	sea_json_string(json, "dst", sea_addr_text(&neigh->addr, addr));
	if (neigh->ifindex)
		sea_json_string(json, "dev", sea_report_device(host, neigh->ifindex, name));
	if (neigh->state & HAS_MAC)
		sea_json_string(json, "lladdr", sea_text_mac(mac, neigh->mac));
	for (size_t i = 0; i < FLAGS; i++) {
		if (neigh->flags & flags[i].bit)
			sea_json_bool(json, flags[i].name, true);
	}
	sea_json_open(json, "state", '[');
	if (!(neigh->flags & SEA_NTF_PROXY))
		sea_json_string(json, NULL, state_name(neigh->state));
	sea_json_close(json, ']');
	sea_json_close(json, '}');
}

/* `ip neigh` leaves those out that nobody had to look for, and proxies. */
static bool is_shown(const struct sea_report_walk *walk, const struct sea_neigh_info *neigh)
{
	bool sought = !(neigh->flags & SEA_NTF_PROXY) && neigh->state != SEA_NUD_NONE &&
		      neigh->state != SEA_NUD_NOARP;

	return sea_report_wants(walk, neigh->addr.family) && (walk->all || sought);
}

bool sea_report_neigh(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_neigh_info neigh = { .size = sizeof(neigh) };

	sea_report_walk_begin(walk, to);
	for (int i = 0; i < SEA_REPORT_HELPING; i++) {
		if (!sea_neigh_next(host->stack, &walk->cursor, &neigh))
			return sea_report_walk_end(walk, to);
		if (!is_shown(walk, &neigh))
			continue;
		if (walk->json.to)
			as_json(host, &neigh, &walk->json);
		else
			as_text(host, &neigh, to);
	}
	return true;
}
