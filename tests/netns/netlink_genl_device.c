/* SPDX-License-Identifier: Apache-2.0 */
/* The family ethtool: what is asked of devices' counters, stamps, modules and PHYs. */
#include <string.h>

#include <linux/ethtool_netlink.h>

#include "tests/netns/netlink_genl.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
/* Newer than some headers: attributes of messages. */
enum { RSS_CONTEXT = 2, STATS_SOURCE = 5, PAUSE_SOURCE = 6, TSINFO_PROVIDER = 7, RSS_START = 7 };
enum { PSE_GET = 36, RSS_GET = 38, PLCA_GET_CFG = 39, PLCA_GET_STATUS = 41 };

static const struct ethtool_header lo = { 1, -1, NULL }, none = { -1, -1, NULL };

static struct genl_ask ask_of(const char *name, uint8_t cmd, uint16_t flags, long header_flags)
{
	struct genl_ask a = genl_ask_of(name, "ethtool", cmd, flags);
	struct ethtool_header h = lo;

	h.flags = header_flags;
	ethtool_put_header(&a, &h);
	return a;
}

static void put_u32(struct genl_ask *a, uint16_t type, uint32_t value)
{
	put_attr(&a->r, type, &value, sizeof(value));
}

/* -- statistics -- */

struct group_set {
	int32_t size;
	uint32_t value, mask; /* both words say the same */
	bool is_list;
};

static void put_groups(struct genl_ask *a, const struct group_set *g)
{
	const uint32_t values[2] = { g->value, 0 }, masks[2] = { g->mask, 0 };
	uint16_t len = (uint16_t)((g->size + 31) / 32 * 4);
	unsigned at = genl_begin_nest(a, ETHTOOL_A_STATS_GROUPS | NLA_F_NESTED);

	if (g->is_list)
		put_attr(&a->r, ETHTOOL_A_BITSET_NOMASK, NULL, 0);
	put_u32(a, ETHTOOL_A_BITSET_SIZE, (uint32_t)g->size);
	put_attr(&a->r, ETHTOOL_A_BITSET_VALUE, values, len);
	if (!g->is_list)
		put_attr(&a->r, ETHTOOL_A_BITSET_MASK, masks, len);
	genl_end_nest(a, at);
}

static void groups(struct world w[2], uint16_t flags)
{
	static const int32_t sizes[] = { 0, 1, 3, 5, 6, 32, 33, 64 };
	static const uint32_t words[] = { 0, 1, 8, 0x15, 0x1f, 0x20, 0x3f, 0xffffffff };

	for (unsigned i = 0; i < N(sizes); i++)
		for (unsigned k = 0; k < N(words) * N(words); k++) {
			const struct group_set g = { sizes[i], words[k % 8], words[k / 8], k < 8 };
			struct genl_ask a = ask_of("groups", ETHTOOL_MSG_STATS_GET, flags, -1);

			put_groups(&a, &g);
			a.mode = 1;
			genl_compare_once(w, &a, false);
			put_u32(&a, STATS_SOURCE, k % 4);
			genl_compare_once(w, &a, false);
		}
}

static void group_names(struct world w[2], uint16_t flags)
{
	static const char *const names[] = { "eth-phy", "eth-mac", "eth-ctrl", "rmon",
					     "phydev",  "rx",      "" };

	for (unsigned i = 0; i < N(names); i++)
		for (unsigned is_list = 0; is_list < 2; is_list++) {
			struct genl_ask a = ask_of("names", ETHTOOL_MSG_STATS_GET, flags, 1);
			unsigned set = genl_begin_nest(&a, ETHTOOL_A_STATS_GROUPS | NLA_F_NESTED);
			unsigned bits, bit;

			if (is_list)
				put_attr(&a.r, ETHTOOL_A_BITSET_NOMASK, NULL, 0);
			bits = genl_begin_nest(&a, ETHTOOL_A_BITSET_BITS | NLA_F_NESTED);
			bit = genl_begin_nest(&a, ETHTOOL_A_BITSET_BITS_BIT | NLA_F_NESTED);
			put_attr(&a.r, ETHTOOL_A_BITSET_BIT_NAME, names[i],
				 (uint16_t)(strlen(names[i]) + 1));
			genl_end_nest(&a, bit);
			genl_end_nest(&a, bits);
			genl_end_nest(&a, set);
			genl_compare(w, &a);
		}
}

/* -- stamps -- */

static void providers(struct world w[2], uint16_t flags)
{
	static const uint32_t indexes[] = { 0, 1, 77, 0x7fffffff, 0xffffffff };

	for (unsigned i = 0; i < N(indexes); i++)
		for (unsigned parts = 0; parts < 4; parts++)
			for (uint32_t qualifier = 0; qualifier < 3; qualifier++) {
				struct genl_ask a = ask_of("provider", ETHTOOL_MSG_TSINFO_GET,
							   flags, i % 2 ? 4 : 1);
				unsigned at = genl_begin_nest(&a, TSINFO_PROVIDER | NLA_F_NESTED);

				if (parts & 1)
					put_u32(&a, 1, indexes[i]);
				if (parts & 2)
					put_u32(&a, 2, qualifier);
				genl_end_nest(&a, at);
				genl_compare(w, &a);
			}
}

/* -- pages of modules -- */

/* Which of the attributes are there, and what they say. */
static void page(struct world w[2], uint16_t flags, unsigned parts, const uint32_t *at,
		 uint8_t number)
{
	static const uint8_t address = 0x50;
	struct genl_ask a = ask_of("page", ETHTOOL_MSG_MODULE_EEPROM_GET, flags, -1);

	if (parts & 1)
		put_u32(&a, ETHTOOL_A_MODULE_EEPROM_OFFSET, at[0]);
	if (parts & 2)
		put_u32(&a, ETHTOOL_A_MODULE_EEPROM_LENGTH, at[1]);
	if (parts & 4)
		put_attr(&a.r, ETHTOOL_A_MODULE_EEPROM_PAGE, &number, 1);
	if (parts & 8)
		put_attr(&a.r, ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS, &address, 1);
	if (at[0] & 1)
		put_attr(&a.r, ETHTOOL_A_MODULE_EEPROM_BANK, &number, 1);
	a.mode = 1;
	genl_compare_once(w, &a, false);
}

static void pages(struct world w[2], uint16_t flags)
{
	static const uint32_t at[][2] = {
		{ 0, 1 },     { 0, 128 },   { 0, 129 }, { 0, 0 },   { 127, 1 }, { 127, 2 },
		{ 128, 128 }, { 129, 128 }, { 255, 1 }, { 255, 2 }, { 256, 1 }, { 200, 100 },
	};

	for (unsigned i = 0; i < N(at); i++)
		for (uint8_t number = 0; number < 2; number++)
			page(w, flags, 15, at[i], number);
	for (unsigned parts = 0; parts < 15; parts++)
		page(w, flags, parts, at[11], 1);
}

/* -- what else has attributes of its own -- */

static void numbers(struct world w[2], uint8_t cmd, uint16_t type, uint16_t flags)
{
	for (uint32_t value = 0; value < 4; value++)
		for (long stats = 0; stats < 2; stats++) {
			struct genl_ask a = ask_of("number", cmd, flags, 4 * stats);

			put_u32(&a, type, value);
			genl_compare(w, &a);
		}
}

static void phys(struct world w[2], uint8_t cmd, uint16_t flags)
{
	for (unsigned of_lo = 0; of_lo < 2; of_lo++)
		for (uint32_t phy = 0; phy < 3; phy++) {
			struct genl_ask a = genl_ask_of("phy", "ethtool", cmd, flags);
			unsigned at = genl_begin_nest(&a, 1 | NLA_F_NESTED);

			if (of_lo)
				put_u32(&a, ETHTOOL_A_HEADER_DEV_INDEX, 1);
			put_u32(&a, 4, phy);
			genl_end_nest(&a, at);
			genl_compare(w, &a);
		}
}

void compare_ethtool_device(struct world w[2])
{
	static const uint8_t with_phys[] = { ETHTOOL_MSG_STRSET_GET, PSE_GET, PLCA_GET_CFG,
					     PLCA_GET_STATUS };
	struct genl_ask a = genl_ask_of("of none", "ethtool", ETHTOOL_MSG_TSINFO_GET, NLM_F_DUMP);

	ethtool_put_header(&a, &none);
	genl_compare(w, &a);
	for (unsigned dump = 0; dump < 2; dump++) {
		uint16_t flags = dump ? NLM_F_DUMP : NLM_F_ACK;

		groups(w, flags);
		group_names(w, flags);
		providers(w, flags);
		pages(w, flags);
		numbers(w, ETHTOOL_MSG_PAUSE_GET, PAUSE_SOURCE, flags);
		numbers(w, RSS_GET, RSS_CONTEXT, flags);
		numbers(w, RSS_GET, RSS_START, flags);
		for (unsigned i = 0; i < N(with_phys); i++)
			phys(w, with_phys[i], flags);
	}
}
