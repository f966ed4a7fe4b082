/* SPDX-License-Identifier: Apache-2.0 */
/* ETHTOOL_MSG_STRSET_GET: sets of names. Those of one link are empty but for its counters, if it has any. */
#include <errno.h>

#include "ip/ethtool/ethtool.h"

#define SETS 23
#define NTUPLE_FILTERS 3 /* of a set that nobody has */

struct set {
	const char *const *names;
	uint32_t n;
};

#define SET(number) static const char *const names_##number[] = {
#define NAME(text) text,
#define END \
	}   \
	;
#include "ip/ethtool/strings.def"
#undef SET
#undef NAME
#undef END

#define SET(number)                                                 \
	[number] = {                                                \
		names_##number,                                     \
		sizeof(names_##number) / sizeof(names_##number[0]), \
	},
#define NAME(text)
#define END
static const struct set sets[SETS] = {
#include "ip/ethtool/strings.def"
};
#undef SET
#undef NAME
#undef END

uint32_t sea_ethtool_names_n(const struct sea_link *link, uint32_t set)
{
	if (link && set == ETH_SS_STATS)
		return sea_ethtool_stats_n(link);
	return set < SETS ? sets[set].n : 0;
}

const char *sea_ethtool_name(const struct sea_link *link, uint32_t set, uint32_t i)
{
	return link && set == ETH_SS_STATS ? "peer_ifindex" : sets[set].names[i];
}

/* Those that there were before netlink. */
bool sea_ethtool_names_by_ioctl(const struct sea_link *link, uint32_t set)
{
	switch (set) {
	case ETH_SS_STATS:
		return sea_ethtool_stats_n(link);
	case ETH_SS_FEATURES:
	case ETH_SS_RSS_HASH_FUNCS:
	case ETH_SS_TUNABLES:
	case ETH_SS_PHY_TUNABLES:
	case ETH_SS_LINK_MODES:
		return true;
	default:
		return false;
	}
}

static bool is_of_links(unsigned id)
{
	return !sets[id].names && id != NTUPLE_FILTERS;
}

static bool is_asked_for(const struct sea_ethtool_ask *ask, unsigned id)
{
	if (ask->sets)
		return ask->sets >> id & 1;
	return is_of_links(id) == (ask->link != NULL);
}

static int has_sets(const struct sea_ethtool_ask *ask)
{
	for (unsigned id = 0; id < SETS; id++) {
		if (!(ask->sets >> id & 1))
			continue;
		if (id == NTUPLE_FILTERS)
			return -EOPNOTSUPP;
		if (!ask->link && is_of_links(id))
			return sea_nl_complain(ask->extack, -EINVAL,
					       "requested per device strings without dev");
	}
	return 0;
}

static void put_names(struct sea_nl_out *out, const struct sea_link *link, uint32_t set)
{
	uint32_t all = sea_nl_nest(out, ETHTOOL_A_STRINGSET_STRINGS | NLA_F_NESTED);

	for (uint32_t i = 0; i < sea_ethtool_names_n(link, set); i++) {
		uint32_t one = sea_nl_nest(out, ETHTOOL_A_STRINGS_STRING | NLA_F_NESTED);

		sea_nl_put_u32(out, ETHTOOL_A_STRING_INDEX, i);
		sea_nl_put_text(out, ETHTOOL_A_STRING_VALUE, sea_ethtool_name(link, set, i));
		sea_nl_nest_end(out, one);
	}
	sea_nl_nest_end(out, all);
}

static void put_sets(struct sea_nl_out *out, const struct sea_ethtool_ask *ask)
{
	uint32_t all = sea_nl_nest(out, ETHTOOL_A_STRSET_STRINGSETS | NLA_F_NESTED);

	for (unsigned id = 0; id < SETS; id++) {
		uint32_t one, n = sea_ethtool_names_n(ask->link, id);

		if (!n || !is_asked_for(ask, id))
			continue;
		one = sea_nl_nest(out, ETHTOOL_A_STRINGSETS_STRINGSET | NLA_F_NESTED);
		sea_nl_put_u32(out, ETHTOOL_A_STRINGSET_ID, id);
		sea_nl_put_u32(out, ETHTOOL_A_STRINGSET_COUNT, n);
		if (!ask->counts_only)
			put_names(out, ask->link, id);
		sea_nl_nest_end(out, one);
	}
	sea_nl_nest_end(out, all);
}

/* -- asked -- */

static const struct sea_nl_policy set_policy[ETHTOOL_A_STRINGSET_ID + 1] = {
	[ETHTOOL_A_STRINGSET_ID] = { .type = SEA_NL_U32 },
};

static int read_set(const struct sea_nl_attr *one, struct sea_ethtool_ask *ask)
{
	struct sea_nl_attr tb[ETHTOOL_A_STRINGSET_ID + 1];
	int err;

	if (one->type != ETHTOOL_A_STRINGSETS_STRINGSET)
		return -EINVAL;
	err = sea_nl_parse_nest(tb, ETHTOOL_A_STRINGSET_ID, one, set_policy, SEA_NL_STRICT,
				ask->extack);
	if (err)
		return err;
	if (!tb[ETHTOOL_A_STRINGSET_ID].value)
		return -EINVAL;
	if (sea_nl_u32(&tb[ETHTOOL_A_STRINGSET_ID]) >= SETS)
		return sea_nl_complain_of(ask->extack, -EOPNOTSUPP, one, "unknown string set id");
	ask->sets |= UINT64_C(1) << sea_nl_u32(&tb[ETHTOOL_A_STRINGSET_ID]);
	return 0;
}

static int read_sets(struct sea_genl_req *r, struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *all = &r->attrs[ETHTOOL_A_STRSET_STRINGSETS];
	struct sea_nl_attr one;
	uint32_t at = 0;
	int err = 0;

	while (all->value && !err && sea_nl_next(all->value, all->len, &at, &one))
		err = read_set(&one, ask);
	/* Who asks for no set gets names, too (as on Linux). */
	ask->counts_only = r->attrs[ETHTOOL_A_STRSET_COUNTS_ONLY].value && ask->sets;
	return err;
}

const struct sea_ethtool_view sea_ethtool_strset = { .cmd = ETHTOOL_MSG_STRSET_GET,
						     .reply = ETHTOOL_MSG_STRSET_GET_REPLY,
						     .header = ETHTOOL_A_STRSET_HEADER,
						     .no_phy = -ENODEV,
						     .without_link = true,
						     .room = 32768,
						     .has = has_sets,
						     .put = put_sets,
						     .read = read_sets };
