/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as it is told: in the extended ack of an attribute that it found wrong, and to who asks for it (genl.h). */
#include <linux/netlink.h>

#include "netlink/build.h"
#include "netlink/policy.h"

static uint32_t wire_type(uint8_t type)
{
	static const uint8_t types[] = {
		[SEA_NL_FLAG] = NL_ATTR_TYPE_FLAG,
		[SEA_NL_U8] = NL_ATTR_TYPE_U8,
		[SEA_NL_U16] = NL_ATTR_TYPE_U16,
		[SEA_NL_U32] = NL_ATTR_TYPE_U32,
		[SEA_NL_U64] = NL_ATTR_TYPE_U64,
		[SEA_NL_S8] = NL_ATTR_TYPE_S8,
		[SEA_NL_S16] = NL_ATTR_TYPE_S16,
		[SEA_NL_S32] = NL_ATTR_TYPE_S32,
		[SEA_NL_S64] = NL_ATTR_TYPE_S64,
		[SEA_NL_BINARY] = NL_ATTR_TYPE_BINARY,
		[SEA_NL_STRING] = NL_ATTR_TYPE_STRING,
		[SEA_NL_NUL_STRING] = NL_ATTR_TYPE_NUL_STRING,
		[SEA_NL_NESTED] = NL_ATTR_TYPE_NESTED,
		[SEA_NL_NESTED_ARRAY] = NL_ATTR_TYPE_NESTED_ARRAY,
		[SEA_NL_REJECT] = NL_ATTR_TYPE_INVALID,
	};

	return types[type];
}

static int64_t least(const struct sea_nl_policy *p)
{
	if (p->check == SEA_NL_CHECK_RANGE || p->check == SEA_NL_CHECK_MIN)
		return p->min;
	switch (p->type) {
	case SEA_NL_S8:
		return INT8_MIN;
	case SEA_NL_S16:
		return INT16_MIN;
	case SEA_NL_S32:
		return INT32_MIN;
	case SEA_NL_S64:
		return INT64_MIN;
	default:
		return 0;
	}
}

static int64_t most(const struct sea_nl_policy *p)
{
	static const int64_t by_type[] = {
		[SEA_NL_U8] = UINT8_MAX,  [SEA_NL_U16] = UINT16_MAX, [SEA_NL_U32] = UINT32_MAX,
		[SEA_NL_U64] = -1,        [SEA_NL_S8] = INT8_MAX,    [SEA_NL_S16] = INT16_MAX,
		[SEA_NL_S32] = INT32_MAX, [SEA_NL_S64] = INT64_MAX,
	};

	if (p->check == SEA_NL_CHECK_RANGE || p->check == SEA_NL_CHECK_MAX)
		return p->max;
	return by_type[p->type];
}

static void put_number_range(struct sea_nl_out *out, const struct sea_nl_policy *p)
{
	bool is_signed = p->type >= SEA_NL_S8;

	if (p->check == SEA_NL_CHECK_MASK) {
		sea_nl_put_u64(out, NL_POLICY_TYPE_ATTR_MASK, (uint64_t)p->max);
		return;
	}
	sea_nl_put_u64(
		out, is_signed ? NL_POLICY_TYPE_ATTR_MIN_VALUE_S : NL_POLICY_TYPE_ATTR_MIN_VALUE_U,
		(uint64_t)least(p));
	sea_nl_put_u64(
		out, is_signed ? NL_POLICY_TYPE_ATTR_MAX_VALUE_S : NL_POLICY_TYPE_ATTR_MAX_VALUE_U,
		(uint64_t)most(p));
}

static void put_length_range(struct sea_nl_out *out, const struct sea_nl_policy *p)
{
	if (p->type == SEA_NL_BINARY && p->check == SEA_NL_CHECK_RANGE) {
		if (p->min)
			sea_nl_put_u32(out, NL_POLICY_TYPE_ATTR_MIN_LENGTH, (uint32_t)p->min);
		if (p->max < UINT16_MAX)
			sea_nl_put_u32(out, NL_POLICY_TYPE_ATTR_MAX_LENGTH, (uint32_t)p->max);
	} else if (p->len) {
		sea_nl_put_u32(out, NL_POLICY_TYPE_ATTR_MAX_LENGTH, p->len);
	}
}

/* What is within it: which policy, and how many types that has. */
static void put_nested(struct sea_nl_out *out, const struct sea_nl_policy *p, int32_t nested)
{
	if (nested < 0)
		return;
	sea_nl_put_u32(out, NL_POLICY_TYPE_ATTR_POLICY_IDX, (uint32_t)nested);
	sea_nl_put_u32(out, NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE, p->len);
}

bool sea_nl_policy_is_told(const struct sea_nl_policy *p)
{
	return p->type != SEA_NL_ANY && p->type != SEA_NL_REJECT;
}

void sea_nl_put_policy(struct sea_nl_out *out, uint16_t type, const struct sea_nl_policy *p,
		       int32_t nested)
{
	uint32_t nest;

	if (!sea_nl_policy_is_told(p))
		return;
	nest = sea_nl_nest(out, (uint16_t)(type | NLA_F_NESTED));
	if (p->type >= SEA_NL_U8 && p->type <= SEA_NL_S64)
		put_number_range(out, p);
	else if (p->type >= SEA_NL_BINARY && p->type <= SEA_NL_NUL_STRING)
		put_length_range(out, p);
	else
		put_nested(out, p, nested);
	sea_nl_put_u32(out, NL_POLICY_TYPE_ATTR_TYPE, wire_type(p->type));
	sea_nl_nest_end(out, nest);
}
