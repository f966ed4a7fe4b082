/* SPDX-License-Identifier: Apache-2.0 */
/* A multicast route is a group and then words with values, separated by commas. */
#include <stdio.h>
#include <string.h>

#include "tools/cli/parse.h"
#include "tools/host/mroute_spec.h"

static const char *set_from(struct sea_mroute_spec *spec, const char *value)
{
	if (*spec->from)
		return "there is one from=";
	if (!sea_parse_ifname(value))
		return "behind from= stands the device of a --link";
	snprintf(spec->from, sizeof(spec->from), "%s", value);
	return NULL;
}

static const char *set_to(struct sea_mroute_spec *spec, const char *value)
{
	if (!sea_parse_ifname(value))
		return "behind to= stands the device of a --link";
	for (unsigned i = 0; i < spec->n_to; i++)
		if (!strcmp(spec->to[i], value))
			return "it names a link twice";
	if (spec->n_to == SEA_MROUTE_SPEC_TO_MAX)
		return "it has one to= too many";
	snprintf(spec->to[spec->n_to++], sizeof(spec->to[0]), "%s", value);
	return NULL;
}

static const char *set_src(struct sea_mroute_spec *spec, const char *value)
{
	return sea_addr_parse(value, &spec->src) ? NULL : "behind src= stands an address";
}

static const char *set_ttl(struct sea_mroute_spec *spec, const char *value)
{
	uint64_t ttl;

	if (!sea_parse_number(value, 254, &ttl) || !ttl)
		return "behind ttl= stands a number from 1 to 254";
	spec->ttl = (uint8_t)ttl;
	return NULL;
}

static const struct word {
	const char *name;
	const char *(*set)(struct sea_mroute_spec *spec, const char *value);
} words[] = { { "from", set_from }, { "to", set_to }, { "src", set_src }, { "ttl", set_ttl } };

static const char *set_word(struct sea_mroute_spec *spec, const char *text)
{
	const char *value = strchr(text, '=');

	for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == (size_t)(value - text) &&
		    !strncmp(words[i].name, text, (size_t)(value - text)))
			return words[i].set(spec, value + 1);
	return "behind the group stand from=, to=, src= and ttl=";
}

static bool is_group(const struct sea_addr *a)
{
	return a->family == SEA_AF_INET ? a->b[0] >> 4 == 0xe : a->b[0] == 0xff;
}

/* 224.0.0.0/24, and IPv6's up to the scope of a link. */
static bool stays_on_link(const struct sea_addr *a)
{
	return a->family == SEA_AF_INET ? a->b[0] == 224 && !a->b[1] && !a->b[2]
					: (a->b[1] & 0xf) <= 2;
}

static const char *judge(const struct sea_mroute_spec *spec)
{
	if (!is_group(&spec->group))
		return "this is no group";
	if (stays_on_link(&spec->group))
		return "this group never leaves its link";
	if (spec->src.family && (spec->src.family != spec->group.family || is_group(&spec->src)))
		return "src= takes a host's address of the group's family";
	if (!*spec->from || !spec->n_to)
		return "say from=DEVICE and to=DEVICE";
	for (unsigned i = 0; i < spec->n_to; i++)
		if (!strcmp(spec->to[i], spec->from))
			return "it names a link twice";
	return NULL;
}

const char *sea_mroute_spec_parse(const char *text, struct sea_mroute_spec *spec)
{
	char copy[512], *rest = copy, *group, *word;
	const char *wrong = NULL;

	*spec = (struct sea_mroute_spec){ .text = text, .ttl = 1 };
	if (strlen(text) >= sizeof(copy))
		return "it is too long";
	strcpy(copy, text);
	group = strsep(&rest, ",");
	if (!sea_addr_parse(group, &spec->group))
		return "write GROUP,from=DEVICE,to=DEVICE, such as 239.1.1.1,from=sea0,to=sea1";
	while (!wrong && (word = strsep(&rest, ",")))
		wrong = set_word(spec, word);
	return wrong ? wrong : judge(spec);
}
