/* SPDX-License-Identifier: Apache-2.0 */
/* Bitsets of ethtool's messages, of up to 64 bits that have names: bit by bit or compact. */
#include <errno.h>
#include <string.h>

#include "ip/ethtool/ethtool.h"

#define BIT(n) (UINT64_C(1) << (n))

/* -- written -- */

static void put_bit(struct sea_nl_out *out, uint32_t names, unsigned bit, bool value)
{
	uint32_t nest = sea_nl_nest(out, ETHTOOL_A_BITSET_BITS_BIT | NLA_F_NESTED);

	sea_nl_put_u32(out, ETHTOOL_A_BITSET_BIT_INDEX, bit);
	sea_nl_put_text(out, ETHTOOL_A_BITSET_BIT_NAME, sea_ethtool_name(NULL, names, bit));
	if (value)
		sea_nl_put(out, ETHTOOL_A_BITSET_BIT_VALUE, NULL, 0);
	sea_nl_nest_end(out, nest);
}

static void put_bits(struct sea_nl_out *out, uint32_t names, uint64_t bits, const uint64_t *mask)
{
	uint32_t nest = sea_nl_nest(out, ETHTOOL_A_BITSET_BITS | NLA_F_NESTED);
	uint64_t listed = mask ? *mask : bits;

	for (unsigned i = 0; i < sea_ethtool_names_n(NULL, names); i++)
		if (listed & BIT(i))
			put_bit(out, names, i, mask && bits & BIT(i));
	sea_nl_nest_end(out, nest);
}

/* Words of 32 bits. */
static void put_words(struct sea_nl_out *out, uint16_t type, uint32_t n, uint64_t bits)
{
	const uint32_t words[2] = { (uint32_t)bits, (uint32_t)(bits >> 32) };

	sea_nl_put(out, type, words, (n + 31) / 32 * 4);
}

void sea_ethtool_put_set(struct sea_nl_out *out, uint16_t type, uint32_t names, uint64_t bits,
			 const uint64_t *mask, bool compact)
{
	uint32_t nest = sea_nl_nest(out, (uint16_t)(type | NLA_F_NESTED));
	uint32_t n = sea_ethtool_names_n(NULL, names);

	if (!mask)
		sea_nl_put(out, ETHTOOL_A_BITSET_NOMASK, NULL, 0);
	sea_nl_put_u32(out, ETHTOOL_A_BITSET_SIZE, n);
	if (!compact) {
		put_bits(out, names, bits, mask);
	} else {
		put_words(out, ETHTOOL_A_BITSET_VALUE, n, bits);
		if (mask)
			put_words(out, ETHTOOL_A_BITSET_MASK, n, *mask);
	}
	sea_nl_nest_end(out, nest);
}

/* -- read -- */

static const struct sea_nl_policy bit_policy[ETHTOOL_A_BITSET_BIT_VALUE + 1] = {
	[ETHTOOL_A_BITSET_BIT_INDEX] = { .type = SEA_NL_U32 },
	[ETHTOOL_A_BITSET_BIT_NAME] = { .type = SEA_NL_NUL_STRING },
	[ETHTOOL_A_BITSET_BIT_VALUE] = { .type = SEA_NL_FLAG },
};

static const struct sea_nl_policy set_policy[ETHTOOL_A_BITSET_MASK + 1] = {
	[ETHTOOL_A_BITSET_NOMASK] = { .type = SEA_NL_FLAG },
	[ETHTOOL_A_BITSET_SIZE] = { .type = SEA_NL_U32,
				    .check = SEA_NL_CHECK_MAX,
				    .max = INT16_MAX },
	[ETHTOOL_A_BITSET_BITS] = { .type = SEA_NL_NESTED },
	[ETHTOOL_A_BITSET_VALUE] = { .type = SEA_NL_BINARY },
	[ETHTOOL_A_BITSET_MASK] = { .type = SEA_NL_BINARY },
};

/* What is read: bits, and which of them are meant. */
struct reading {
	uint32_t names;
	uint64_t value, mask;
	bool is_list; /* of those that are set: all are meant */
	struct sea_nl_extack *extack;
};

static int find_name(const struct reading *r, const struct sea_nl_attr *name, uint32_t *bit)
{
	for (*bit = 0; *bit < sea_ethtool_names_n(NULL, r->names); (*bit)++)
		if (!strcmp((const char *)name->value, sea_ethtool_name(NULL, r->names, *bit)))
			return 0;
	return sea_nl_complain_of(r->extack, -EOPNOTSUPP, name, "bit name not found");
}

static int find_bit(const struct reading *r, const struct sea_nl_attr *one,
		    const struct sea_nl_attr *tb, uint32_t *bit)
{
	const struct sea_nl_attr *index = &tb[ETHTOOL_A_BITSET_BIT_INDEX];
	const struct sea_nl_attr *name = &tb[ETHTOOL_A_BITSET_BIT_NAME];

	if (!index->value && !name->value)
		return sea_nl_complain_of(r->extack, -EINVAL, one,
					  "neither bit index nor name specified");
	if (!index->value)
		return find_name(r, name, bit);
	*bit = sea_nl_u32(index);
	if (*bit >= sea_ethtool_names_n(NULL, r->names))
		return sea_nl_complain_of(r->extack, -EOPNOTSUPP, index, "bit index too high");
	if (name->value &&
	    strcmp((const char *)name->value, sea_ethtool_name(NULL, r->names, *bit)) != 0)
		return sea_nl_complain_of(r->extack, -EINVAL, one, "bit index and name mismatch");
	return 0;
}

static int read_bit(struct reading *r, const struct sea_nl_attr *one)
{
	struct sea_nl_attr tb[ETHTOOL_A_BITSET_BIT_VALUE + 1];
	uint32_t bit = 0;
	int err;

	if (one->type != ETHTOOL_A_BITSET_BITS_BIT)
		return sea_nl_complain_of(
			r->extack, -EINVAL, one,
			"only ETHTOOL_A_BITSET_BITS_BIT allowed in ETHTOOL_A_BITSET_BITS");
	err = sea_nl_parse_nest(tb, ETHTOOL_A_BITSET_BIT_VALUE, one, bit_policy, SEA_NL_STRICT,
				r->extack);
	if (!err)
		err = find_bit(r, one, tb, &bit);
	if (err)
		return err;
	r->mask |= BIT(bit);
	if (r->is_list || tb[ETHTOOL_A_BITSET_BIT_VALUE].value)
		r->value |= BIT(bit); /* and stays so, however often it is listed */
	return 0;
}

static int read_bits(struct reading *r, const struct sea_nl_attr *all)
{
	struct sea_nl_attr one;
	uint32_t at = 0;
	int err = 0;

	while (!err && sea_nl_next(all->value, all->len, &at, &one))
		err = read_bit(r, &one);
	if (r->is_list)
		r->mask = UINT64_MAX;
	return err;
}

/* Of `size` bits. False: one is set that is beyond ours. */
static bool read_words(const struct reading *r, const struct sea_nl_attr *a, uint32_t size,
		       uint64_t *bits)
{
	uint32_t n = sea_ethtool_names_n(NULL, r->names);
	bool all_ours = true;

	*bits = 0;
	for (uint32_t i = 0; i < size; i++) {
		if (!(a->value[i / 8] >> i % 8 & 1))
			continue;
		if (i < n)
			*bits |= BIT(i);
		else
			all_ours = false;
	}
	return all_ours;
}

static int read_compact(struct reading *r, const struct sea_nl_attr *tb)
{
	const struct sea_nl_attr *value = &tb[ETHTOOL_A_BITSET_VALUE];
	const struct sea_nl_attr *mask = &tb[ETHTOOL_A_BITSET_MASK];
	uint32_t size = sea_nl_u32(&tb[ETHTOOL_A_BITSET_SIZE]), bytes = (size + 31) / 32 * 4;
	bool ours;

	if (value->len != bytes)
		return sea_nl_complain_of(r->extack, -EINVAL, value,
					  "bitset value length does not match size");
	if (!r->is_list && mask->len != bytes)
		return sea_nl_complain_of(r->extack, -EINVAL, mask,
					  "bitset mask length does not match size");
	r->mask = UINT64_MAX;
	/* What is not meant may have any value. */
	ours = read_words(r, value, size, &r->value);
	if (!r->is_list)
		ours = read_words(r, mask, size, &r->mask);
	if (!ours)
		return sea_nl_complain_of(r->extack, -EINVAL, r->is_list ? value : mask,
					  "cannot modify bits past kernel bitset size");
	r->value &= r->mask;
	return 0;
}

static int check_list(const struct reading *r, const struct sea_nl_attr *tb)
{
	const struct sea_nl_attr *value = &tb[ETHTOOL_A_BITSET_VALUE];
	const struct sea_nl_attr *mask = &tb[ETHTOOL_A_BITSET_MASK];

	if (value->value)
		return sea_nl_complain_of(r->extack, -EINVAL, value,
					  "value only allowed in compact bitset");
	if (mask->value)
		return sea_nl_complain_of(r->extack, -EINVAL, mask,
					  "mask only allowed in compact bitset");
	return 0;
}

static int check_compact(const struct reading *r, const struct sea_nl_attr *set,
			 const struct sea_nl_attr *tb)
{
	const char *msg = NULL;

	if (r->is_list && tb[ETHTOOL_A_BITSET_MASK].value)
		return sea_nl_complain_of(r->extack, -EINVAL, &tb[ETHTOOL_A_BITSET_MASK],
					  "mask not allowed in list bitset");
	if (!tb[ETHTOOL_A_BITSET_SIZE].value)
		msg = "missing size in compact bitset";
	else if (!tb[ETHTOOL_A_BITSET_VALUE].value)
		msg = "missing value in compact bitset";
	else if (!r->is_list && !tb[ETHTOOL_A_BITSET_MASK].value)
		msg = "missing mask in compact nonlist bitset";
	return msg ? sea_nl_complain_of(r->extack, -EINVAL, set, msg) : 0;
}

int sea_ethtool_read_set(const struct sea_nl_attr *set, uint32_t names, uint64_t *value,
			 uint64_t *mask, struct sea_nl_extack *extack)
{
	struct reading r = { .names = names, .extack = extack };
	struct sea_nl_attr tb[ETHTOOL_A_BITSET_MASK + 1];
	int err = sea_nl_parse_nest(tb, ETHTOOL_A_BITSET_MASK, set, set_policy, SEA_NL_STRICT,
				    extack);

	if (err)
		return err;
	r.is_list = tb[ETHTOOL_A_BITSET_NOMASK].value;
	if (tb[ETHTOOL_A_BITSET_BITS].value) {
		err = check_list(&r, tb);
		if (!err)
			err = read_bits(&r, &tb[ETHTOOL_A_BITSET_BITS]);
	} else {
		err = check_compact(&r, set, tb);
		if (!err)
			err = read_compact(&r, tb);
	}
	*value = r.value;
	*mask = r.mask;
	return err;
}
