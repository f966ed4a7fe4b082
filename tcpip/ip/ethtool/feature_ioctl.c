/* SPDX-License-Identifier: Apache-2.0 */
/* What SIOCETHTOOL asks of features and sets: in groups, as flags, and bit by bit. */
#include <errno.h>
#include <string.h>

#include <linux/ethtool.h>

#include "core/ioctl.h"
#include "core/link_set.h"
#include "ip/ethtool/ethtool.h"

#define BIT(n) (UINT64_C(1) << (n))
#define BLOCKS 2 /* of 32 features */

/* Bits by the numbers of strings.def. */
#define ALL_TX_CSUM (BIT(1) | BIT(3) | BIT(4) | BIT(36) | BIT(37))
#define ALL_TSO (BIT(16) | BIT(18) | BIT(19) | BIT(20) | BIT(35))

/* -- in groups -- */

struct group {
	uint32_t get, set;
	uint64_t bits;
};

static const struct group groups[] = {
	{ ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, BIT(40) },
	{ ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, ALL_TX_CSUM },
	{ ETHTOOL_GSG, ETHTOOL_SSG, BIT(0) | BIT(6) },
	{ ETHTOOL_GTSO, ETHTOOL_STSO, ALL_TSO },
	{ ETHTOOL_GGSO, ETHTOOL_SGSO, BIT(11) },
	{ ETHTOOL_GGRO, ETHTOOL_SGRO, BIT(14) },
};

static uint64_t bits_of(uint32_t cmd)
{
	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].get == cmd || groups[i].set == cmd)
			return groups[i].bits;
	return 0;
}

static int get(const struct sea_ioctl *call, void *to, size_t len)
{
	if (call->data_len < len)
		return -EFAULT;
	memcpy(to, call->data, len);
	return 0;
}

static int put_value(struct sea_ioctl *call, uint32_t cmd, uint32_t data)
{
	const struct ethtool_value v = { .cmd = cmd, .data = data };

	if (call->data_len < sizeof(v))
		return -EFAULT;
	memcpy(call->data, &v, sizeof(v));
	call->data_written = sizeof(v);
	return 0;
}

int sea_ethtool_get_some(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	return put_value(call, cmd, (sea_ethtool_active(link) & bits_of(cmd)) != 0);
}

/* What of a group the link can change; -EOPNOTSUPP: nothing. */
int sea_ethtool_set_some(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	uint64_t bits = bits_of(cmd) & sea_ethtool_changeable(link);
	struct ethtool_value v;
	int err = get(call, &v, sizeof(v));

	if (err)
		return err;
	if (!bits)
		return -EOPNOTSUPP;
	sea_ethtool_want(link, bits, v.data ? bits : 0);
	return 0;
}

/* -- flags -- */

static const struct {
	uint32_t flag;
	uint64_t bit;
} flags[] = { { ETH_FLAG_TXVLAN, BIT(7) },
	      { ETH_FLAG_RXVLAN, BIT(8) },
	      { ETH_FLAG_LRO, BIT(15) },
	      { ETH_FLAG_NTUPLE, BIT(38) },
	      { ETH_FLAG_RXHASH, BIT(39) } };

static uint32_t flags_of(const struct sea_link *link)
{
	uint64_t active = sea_ethtool_active(link);
	uint32_t all = 0;

	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		all |= active & flags[i].bit ? flags[i].flag : 0;
	return all;
}

int sea_ethtool_get_flags(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	return put_value(call, cmd, flags_of(link));
}

/* No link can change one of these. */
int sea_ethtool_set_flags(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	const uint32_t known = ETH_FLAG_TXVLAN | ETH_FLAG_RXVLAN | ETH_FLAG_LRO | ETH_FLAG_NTUPLE |
			       ETH_FLAG_RXHASH;
	struct ethtool_value v;
	int err = get(call, &v, sizeof(v));

	(void)cmd;
	if (err)
		return err;
	if (v.data & ~known)
		return -EINVAL;
	return v.data == flags_of(link) ? 0 : -EOPNOTSUPP;
}

/* -- bit by bit -- */

static uint32_t word(uint64_t bits, unsigned i)
{
	return (uint32_t)(bits >> (32 * i));
}

int sea_ethtool_get_features(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	struct ethtool_get_features_block blocks[BLOCKS];
	struct ethtool_gfeatures head;
	size_t len;
	int err = get(call, &head, sizeof(head));

	if (err)
		return err;
	len = (head.size < BLOCKS ? head.size : BLOCKS) * sizeof(blocks[0]);
	if (call->data_len - sizeof(head) < len)
		return -EFAULT;
	for (unsigned i = 0; i < BLOCKS; i++) {
		blocks[i].available = word(sea_ethtool_changeable(link), i);
		blocks[i].requested = word(sea_ethtool_wanted(link), i);
		blocks[i].active = word(sea_ethtool_active(link), i);
		blocks[i].never_changed = word(sea_ethtool_fixed(link), i);
	}
	head = (struct ethtool_gfeatures){ .cmd = cmd, .size = BLOCKS };
	memcpy(call->data, &head, sizeof(head));
	memcpy((uint8_t *)call->data + sizeof(head), blocks, len);
	call->data_written = sizeof(head) + len;
	return 0;
}

/* 0, or of ETHTOOL_F_UNSUPPORTED (not all can be changed) and ETHTOOL_F_WISH (not all came out as it was asked). */
int sea_ethtool_set_features(struct sea_link *link, struct sea_ioctl *call, uint32_t cmd)
{
	uint32_t asked
		[2 +
		 2 * BLOCKS]; /* cmd, size, then of each block which bits are meant, and how they are wanted */
	uint64_t valid, wanted;
	int result = get(call, asked, 2 * sizeof(asked[0]));

	(void)cmd;
	if (result)
		return result;
	if (asked[1] != BLOCKS)
		return -EINVAL;
	result = get(call, asked, sizeof(asked));
	if (result)
		return result;
	valid = asked[2] | (uint64_t)asked[4] << 32;
	wanted = asked[3] | (uint64_t)asked[5] << 32;
	if (valid & ~SEA_ETHTOOL_FEATURES)
		return -EINVAL;
	if (valid & ~sea_ethtool_changeable(link))
		result = ETHTOOL_F_UNSUPPORTED;
	valid &= sea_ethtool_changeable(link);
	sea_ethtool_want(link, valid, wanted);
	if ((sea_ethtool_active(link) ^ wanted) & valid)
		result |= ETHTOOL_F_WISH;
	return result;
}
