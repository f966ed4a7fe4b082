/* SPDX-License-Identifier: Apache-2.0 */
/* The family ethtool: what is shown of lo, headers of every kind, and the policies of its commands. */
#include <stdio.h>
#include <string.h>

#include <linux/ethtool_netlink.h>

#include "tests/netns/netlink_genl.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Newer than some headers. */
enum {
	PSE_GET = 36,
	RSS_GET = 38,
	PLCA_GET_CFG,
	PLCA_GET_STATUS = 41,
	MM_GET,
	PHY_GET = 45,
	TSCONFIG_GET
};

#define GET(name) ETHTOOL_MSG_##name##_GET
static const uint8_t cmds[] = {
	GET(STRSET),
	GET(LINKINFO),
	GET(LINKMODES),
	GET(LINKSTATE),
	GET(DEBUG),
	GET(WOL),
	GET(PRIVFLAGS),
	GET(RINGS),
	GET(CHANNELS),
	GET(COALESCE),
	GET(EEE),
	GET(FEATURES),
	GET(PAUSE),
	GET(TSINFO),
	GET(TUNNEL_INFO),
	GET(FEC),
	GET(MODULE_EEPROM),
	GET(STATS),
	GET(PHC_VCLOCKS),
	GET(MODULE),
	PSE_GET,
	RSS_GET,
	PLCA_GET_CFG,
	PLCA_GET_STATUS,
	MM_GET,
	PHY_GET,
	TSCONFIG_GET,
};

uint16_t ethtool_header_type(uint8_t cmd)
{
	return cmd == ETHTOOL_MSG_STATS_GET ? ETHTOOL_A_STATS_HEADER : 1;
}

unsigned genl_begin_nest(struct genl_ask *a, uint16_t type)
{
	unsigned at = a->r.len;

	put_attr(&a->r, type, NULL, 0);
	return at;
}

void genl_end_nest(struct genl_ask *a, unsigned at)
{
	uint16_t len = (uint16_t)(a->r.len - at);

	memcpy(a->r.body + at, &len, sizeof(len));
}

void ethtool_put_header(struct genl_ask *a, const struct ethtool_header *h)
{
	const uint16_t type = ethtool_header_type(a->r.body[0]);
	unsigned at = genl_begin_nest(a, type | NLA_F_NESTED);
	const uint32_t index = (uint32_t)h->index, flags = (uint32_t)h->flags;

	if (h->index >= 0)
		put_attr(&a->r, ETHTOOL_A_HEADER_DEV_INDEX, &index, sizeof(index));
	if (h->name)
		put_attr(&a->r, ETHTOOL_A_HEADER_DEV_NAME, h->name,
			 (uint16_t)(strlen(h->name) + 1));
	if (h->flags >= 0)
		put_attr(&a->r, ETHTOOL_A_HEADER_FLAGS, &flags, sizeof(flags));
	genl_end_nest(a, at);
}

/* -- headers -- */

static void headers(struct world w[2], uint8_t cmd, uint16_t flags)
{
	static const char long_name[] = "a name that is longer than that of any link may be";
	static const struct ethtool_header all[] = {
		{ -1, -1, NULL },  { 1, -1, NULL },         { -1, -1, "lo" },   { 1, -1, "lo" },
		{ 1, -1, "none" }, { 0, -1, NULL },         { 99, -1, NULL },   { 99, -1, "lo" },
		{ -1, -1, "" },    { -1, -1, long_name },   { -1, -1, "none" }, { 1, 0, NULL },
		{ 1, 1, NULL },    { 1, 2, NULL },          { 1, 3, NULL },     { 1, 4, NULL },
		{ 1, 8, NULL },    { 0xffffffff, 1, NULL }, { -1, 1, NULL },
	};

	for (unsigned i = 0; i < N(all); i++) {
		struct genl_ask a = genl_ask_of("header", "ethtool", cmd, flags);

		ethtool_put_header(&a, &all[i]);
		genl_compare(w, &a);
		put_attr(&a.r, 40, "abcd", 4);
		a.mode = 1;
		genl_compare_once(w, &a, false);
	}
}

static void odd_headers(struct world w[2], uint8_t cmd, uint16_t flags)
{
	static const uint32_t index = 1;
	struct genl_ask a = genl_ask_of("no header", "ethtool", cmd, flags);
	unsigned at;

	genl_compare(w, &a);
	a = genl_ask_of("not nested", "ethtool", cmd, flags);
	put_attr(&a.r, ethtool_header_type(cmd), "\7\0\2\0lo\0", 7);
	genl_compare(w, &a);
	for (uint16_t type = 0; type < 7; type++)
		for (uint16_t len = 0; len <= 4; len++) {
			a = genl_ask_of("odd header", "ethtool", cmd, flags);
			at = genl_begin_nest(&a, ethtool_header_type(cmd) | NLA_F_NESTED);
			put_attr(&a.r, type, &index, len);
			genl_end_nest(&a, at);
			a.mode = 1;
			genl_compare_once(w, &a, false);
		}
}

static void policies(struct world w[2])
{
	for (unsigned i = 0; i < N(cmds); i++) {
		struct genl_ask a = genl_ask_of("policy", NULL, CTRL_CMD_GETPOLICY, NLM_F_DUMP);
		const uint32_t op = cmds[i];

		a.about = "ethtool";
		put_attr(&a.r, CTRL_ATTR_FAMILY_NAME, "ethtool", 8);
		put_attr(&a.r, CTRL_ATTR_OP, &op, sizeof(op));
		genl_compare(w, &a);
	}
}

/* -- names -- */

static void put_set(struct genl_ask *a, uint32_t id, uint16_t len)
{
	unsigned one = genl_begin_nest(a, ETHTOOL_A_STRINGSETS_STRINGSET | NLA_F_NESTED);

	put_attr(&a->r, ETHTOOL_A_STRINGSET_ID, &id, len);
	genl_end_nest(a, one);
}

static void names(struct world w[2], uint16_t flags, bool counts_only, bool of_lo)
{
	const struct ethtool_header h = { of_lo ? 1 : -1, -1, NULL };

	for (uint32_t id = 0; id < 27; id++)
		for (uint16_t more = 0; more < 3; more++) {
			struct genl_ask a =
				genl_ask_of("names", "ethtool", ETHTOOL_MSG_STRSET_GET, flags);
			unsigned all;

			ethtool_put_header(&a, &h);
			all = genl_begin_nest(&a, ETHTOOL_A_STRSET_STRINGSETS | NLA_F_NESTED);
			put_set(&a, id, 4);
			if (more)
				put_set(&a, more == 2 ? 5 : id + 1, more == 2 ? 3 : 4);
			genl_end_nest(&a, all);
			if (counts_only)
				put_attr(&a.r, ETHTOOL_A_STRSET_COUNTS_ONLY, NULL, 0);
			a.mode = id % MODES | 1;
			genl_compare_once(w, &a, false);
		}
}

static void all_names(struct world w[2])
{
	const struct ethtool_header none = { -1, -1, NULL }, lo = { 1, -1, NULL };
	struct genl_ask a = genl_ask_of("all", "ethtool", ETHTOOL_MSG_STRSET_GET, 0);

	ethtool_put_header(&a, &none);
	put_attr(&a.r, ETHTOOL_A_STRSET_COUNTS_ONLY, NULL, 0);
	genl_compare(w, &a);
	a = genl_ask_of("all of lo", "ethtool", ETHTOOL_MSG_STRSET_GET, 0);
	ethtool_put_header(&a, &lo);
	genl_compare(w, &a);
	a = genl_ask_of("an empty list", "ethtool", ETHTOOL_MSG_STRSET_GET, 0);
	ethtool_put_header(&a, &lo);
	put_attr(&a.r, ETHTOOL_A_STRSET_STRINGSETS | NLA_F_NESTED, NULL, 0);
	genl_compare(w, &a);
	for (unsigned i = 0; i < 8; i++)
		names(w, i & 1 ? NLM_F_DUMP : 0, i & 2, i & 4);
}

/* -- features are set -- */

/* Of lo others can be changed in the kernel's. */
#define LO_CHANGES UINT64_C(0x0a00000e401d4800)

struct bit {
	int32_t index; /* -1: none is said */
	const char *name;
	bool value;
};

static struct genl_ask set_of(uint32_t flags)
{
	struct genl_ask a = genl_ask_of("set", "ethtool", ETHTOOL_MSG_FEATURES_SET, NLM_F_ACK);
	const struct ethtool_header lo = { 1, flags, NULL };

	ethtool_put_header(&a, &lo);
	return a;
}

static void put_bit(struct genl_ask *a, const struct bit *b)
{
	unsigned one = genl_begin_nest(a, ETHTOOL_A_BITSET_BITS_BIT | NLA_F_NESTED);

	if (b->index >= 0)
		put_attr(&a->r, ETHTOOL_A_BITSET_BIT_INDEX, &b->index, 4);
	if (b->name)
		put_attr(&a->r, ETHTOOL_A_BITSET_BIT_NAME, b->name,
			 (uint16_t)(strlen(b->name) + 1));
	if (b->value)
		put_attr(&a->r, ETHTOOL_A_BITSET_BIT_VALUE, NULL, 0);
	genl_end_nest(a, one);
}

static void set_bits(struct world w[2], const struct bit *bits, unsigned n, int32_t size,
		     uint32_t flags)
{
	struct genl_ask a = set_of(flags);
	unsigned set = genl_begin_nest(&a, ETHTOOL_A_FEATURES_WANTED | NLA_F_NESTED), all;

	if (size >= 0)
		put_attr(&a.r, ETHTOOL_A_BITSET_SIZE, &size, 4);
	all = genl_begin_nest(&a, ETHTOOL_A_BITSET_BITS | NLA_F_NESTED);
	for (unsigned i = 0; i < n; i++)
		put_bit(&a, &bits[i]);
	genl_end_nest(&a, all);
	genl_end_nest(&a, set);
	genl_compare(w, &a);
}

static void each_bit(struct world w[2])
{
	for (int32_t i = 0; i < 66; i++)
		for (unsigned value = 0; value < 2; value++) {
			const struct bit both[2] = { { i, NULL, value }, { 3, NULL, !value } };

			if (i < 64 && LO_CHANGES >> i & 1)
				continue;
			set_bits(w, both, 1, -1, value);
			set_bits(w, both, 2, 64, 0);
		}
}

static void named_bits(struct world w[2])
{
	static const struct bit bits[][2] = {
		{ { -1, "rx-checksum", false }, { 40, "rx-checksum", true } },
		{ { 40, "rx-hashing", false }, { -1, NULL, true } },
		{ { -1, "", true }, { -1, "no such feature", true } },
		{ { -1, "rx-hashing", true }, { 39, "rx-hashing", false } },
		{ { 64, "rx-hashing", true }, { INT32_MAX, NULL, false } },
	};
	static const int32_t sizes[] = { -1, 0, 1, 64, 65, 128, INT16_MAX, INT16_MAX + 1 };

	for (unsigned i = 0; i < N(bits); i++)
		for (unsigned k = 0; k < N(sizes); k++) {
			set_bits(w, bits[i], 2, sizes[k], k & 3);
			set_bits(w, &bits[i][1], 1, sizes[k], 0);
			set_bits(w, bits[i], 0, sizes[k], 0);
		}
}

/* Of every form, most of which are none. */
static void forms(struct world w[2])
{
	static const uint32_t words[4] = { 1, 0, 0, 0 };
	static const int32_t sizes[] = { -1, 0, 32, 64, 96, 33 };

	for (unsigned parts = 0; parts < 16; parts++)
		for (unsigned k = 0; k < N(sizes); k++)
			for (uint16_t len = 0; len <= 12; len = (uint16_t)(len + 4)) {
				struct genl_ask a = set_of(0);
				unsigned set = genl_begin_nest(&a, ETHTOOL_A_FEATURES_WANTED |
									   NLA_F_NESTED);

				if (parts & 1)
					put_attr(&a.r, ETHTOOL_A_BITSET_NOMASK, NULL, 0);
				if (sizes[k] >= 0)
					put_attr(&a.r, ETHTOOL_A_BITSET_SIZE, &sizes[k], 4);
				if (parts & 2)
					genl_end_nest(&a,
						      genl_begin_nest(&a, ETHTOOL_A_BITSET_BITS |
										  NLA_F_NESTED));
				if (parts & 4)
					put_attr(&a.r, ETHTOOL_A_BITSET_VALUE, words + (k & 1),
						 len);
				if (parts & 8)
					put_attr(&a.r, ETHTOOL_A_BITSET_MASK, words, len);
				genl_end_nest(&a, set);
				a.mode = 1;
				genl_compare_once(w, &a, false);
			}
}

static void odd_sets(struct world w[2])
{
	static const uint8_t bytes[16] = { 1 };

	for (uint16_t type = 0; type < 8; type++)
		for (uint16_t len = 0; len <= 12; len++) {
			struct genl_ask a = set_of(0);
			unsigned set;

			put_attr(&a.r, type, bytes, len);
			genl_compare(w, &a);
			a = set_of(0);
			set = genl_begin_nest(&a, ETHTOOL_A_FEATURES_WANTED | NLA_F_NESTED);
			put_attr(&a.r, type, bytes, len);
			genl_end_nest(&a, set);
			genl_compare(w, &a);
		}
}

void compare_ethtool(struct world w[2])
{
	each_bit(w);
	named_bits(w);
	forms(w);
	odd_sets(w);
	headers(w, ETHTOOL_MSG_FEATURES_SET, NLM_F_ACK);
	headers(w, ETHTOOL_MSG_FEATURES_SET, NLM_F_DUMP);
	for (unsigned i = 0; i < N(cmds); i++)
		for (unsigned dump = 0; dump < 2; dump++) {
			uint16_t flags = dump ? NLM_F_DUMP : NLM_F_ACK;

			if (dump || cmds[i] != ETHTOOL_MSG_STRSET_GET)
				headers(w, cmds[i], flags);
			odd_headers(w, cmds[i], flags);
		}
	policies(w);
	all_names(w);
	compare_ethtool_device(w);
}
