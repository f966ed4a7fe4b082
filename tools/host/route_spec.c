/* SPDX-License-Identifier: Apache-2.0 */
/* A route is a prefix and then words with values, separated by commas. */
#include <stdio.h>
#include <string.h>

#include "tools/cli/parse.h"
#include "tools/host/route_spec.h"

static const struct kind {
	const char *name;
	enum sea_route_type type;
} kinds[] = {
	{ "unicast", SEA_ROUTE_UNICAST },
	{ "blackhole", SEA_ROUTE_BLACKHOLE },
	{ "unreachable", SEA_ROUTE_UNREACHABLE },
	{ "prohibit", SEA_ROUTE_PROHIBIT },
	{ "throw", SEA_ROUTE_THROW },
};

bool sea_addr_is_unicast(const struct sea_addr *addr)
{
	static const uint8_t low[15];

	if (addr->family == SEA_AF_INET)
		return addr->b[0] && addr->b[0] != 127 && addr->b[0] < 224;
	/* Neither ::, ::1 and what else is embedded there, nor ff00::/8. */
	return addr->family == SEA_AF_INET6 && addr->b[0] != 0xff && memcmp(addr->b, low, 10);
}

bool sea_addr_is_link_local(const struct sea_addr *addr)
{
	return addr->family == SEA_AF_INET6 && addr->b[0] == 0xfe && (addr->b[1] & 0xc0) == 0x80;
}

static const char *set_via(struct sea_route_spec *spec, const char *value)
{
	if (!sea_addr_parse(value, &spec->gateway))
		return "behind via= stands an address";
	return sea_addr_is_unicast(&spec->gateway) ? NULL
						   : "no router can have the address of via=";
}

static const char *set_src(struct sea_route_spec *spec, const char *value)
{
	return sea_addr_parse(value, &spec->prefsrc) ? NULL : "behind src= stands an address";
}

static const char *set_dev(struct sea_route_spec *spec, const char *value)
{
	if (!sea_parse_ifname(value))
		return "behind dev= stands the device of a --link";
	snprintf(spec->dev, sizeof(spec->dev), "%s", value);
	return NULL;
}

static const char *set_metric(struct sea_route_spec *spec, const char *value)
{
	uint64_t metric;

	if (!sea_parse_number(value, UINT32_MAX, &metric))
		return "behind metric= stands a number";
	spec->metric = (uint32_t)metric;
	return NULL;
}

static const char *set_mtu(struct sea_route_spec *spec, const char *value)
{
	uint64_t mtu;

	if (!sea_parse_number(value, SEA_LINK_MTU_MAX, &mtu) || mtu < SEA_LINK_MTU_MIN)
		return "behind mtu= stands a number from 68 to 65535";
	spec->mtu = (uint32_t)mtu;
	return NULL;
}

static const char *set_type(struct sea_route_spec *spec, const char *value)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, value)) {
			spec->type = kinds[i].type;
			return NULL;
		}
	}
	return "there are the types unicast, blackhole, unreachable, prohibit and throw";
}

static const struct word {
	const char *name;
	const char *(*set)(struct sea_route_spec *spec, const char *value);
} words[] = {
	{ "via", set_via },   { "dev", set_dev }, { "metric", set_metric },
	{ "type", set_type }, { "src", set_src }, { "mtu", set_mtu },
};

static const char *set_word(struct sea_route_spec *spec, char *text)
{
	char *value = strchr(text, '=');

	for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) == (size_t)(value - text) &&
		    !strncmp(words[i].name, text, (size_t)(value - text)))
			return words[i].set(spec, value + 1);
	}
	return "behind the prefix stand via=, dev=, metric=, type=, src= and mtu=";
}

static bool is_default(const char *text)
{
	return !strcmp(text, "default");
}

/* The default of which family, tells what else stands there. */
static void settle_default(struct sea_route_spec *spec)
{
	uint8_t family = spec->gateway.family ? spec->gateway.family : spec->prefsrc.family;

	spec->dst.addr.family = family ? family : SEA_AF_INET;
}

static bool bits_beyond(const struct sea_prefix *prefix)
{
	unsigned bits = prefix->addr.family == SEA_AF_INET ? 32 : 128;

	for (unsigned i = prefix->len; i < bits; i++) {
		if (prefix->addr.b[i / 8] & 0x80u >> i % 8)
			return true;
	}
	return false;
}

static const char *judge(const struct sea_route_spec *spec)
{
	uint8_t family = spec->dst.addr.family;

	if (bits_beyond(&spec->dst))
		return "the address has bits behind its prefix length";
	if (spec->gateway.family && spec->gateway.family != family)
		return "the prefix and via= are of two families";
	if (spec->prefsrc.family && spec->prefsrc.family != family)
		return "the prefix and src= are of two families";
	if (spec->type != SEA_ROUTE_UNICAST)
		return spec->gateway.family || *spec->dev || spec->mtu
			       ? "only a unicast route leads somewhere"
			       : NULL;
	if (!spec->gateway.family && !*spec->dev)
		return "say via=ADDRESS, dev=DEVICE or both";
	if (sea_addr_is_link_local(&spec->gateway) && !*spec->dev)
		return "via a link-local address takes dev=DEVICE, too";
	return NULL;
}

const char *sea_route_spec_parse(const char *text, struct sea_route_spec *spec)
{
	char copy[256], *rest = copy, *prefix, *word;
	const char *wrong = NULL;

	*spec = (struct sea_route_spec){ .text = text, .type = SEA_ROUTE_UNICAST };
	if (strlen(text) >= sizeof(copy))
		return "it is too long";
	strcpy(copy, text);
	prefix = strsep(&rest, ",");
	if (!is_default(prefix) && !sea_addr_parse_prefix(prefix, &spec->dst.addr, &spec->dst.len))
		return "write PREFIX,via=ADDRESS, such as 10.1.0.0/16,via=10.0.0.1";
	while (!wrong && (word = strsep(&rest, ",")))
		wrong = set_word(spec, word);
	if (wrong)
		return wrong;
	if (is_default(prefix))
		settle_default(spec);
	return judge(spec);
}
