/* SPDX-License-Identifier: Apache-2.0 */
#include "netlink/policy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/netlink.h>

#include "netlink/build.h"

#define DEPTH_MAX 10 /* of nests within nests */

/* -- the extended ack -- */

int sea_nl_complain(struct sea_nl_extack *extack, int err, const char *msg)
{
	extack->msg = msg;
	return err;
}

static void point_at(struct sea_nl_extack *extack, const struct sea_nl_attr *attr)
{
	if (attr)
		extack->bad_at = (uint32_t)(attr->value - SEA_NL_ATTR_HDR - extack->begin);
}

int sea_nl_complain_of(struct sea_nl_extack *extack, int err, const struct sea_nl_attr *attr,
		       const char *msg)
{
	point_at(extack, attr);
	return sea_nl_complain(extack, err, msg);
}

int sea_nl_complain_fmt(struct sea_nl_extack *extack, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(extack->text, sizeof(extack->text), fmt, args);
	va_end(args);
	return sea_nl_complain(extack, err, extack->text);
}

int sea_nl_missing(struct sea_nl_extack *extack, uint16_t type, const char *msg)
{
	extack->miss_type = type;
	if (msg)
		extack->msg = msg;
	return -EINVAL;
}

static int complain_with(struct sea_nl_extack *extack, int err, const struct sea_nl_attr *attr,
			 const struct sea_nl_policy *policy, const char *msg)
{
	extack->policy = policy;
	return sea_nl_complain_of(extack, err, attr, msg);
}

/* -- values -- */

uint8_t sea_nl_u8(const struct sea_nl_attr *a)
{
	return a->value[0];
}

uint16_t sea_nl_u16(const struct sea_nl_attr *a)
{
	uint16_t v;

	memcpy(&v, a->value, sizeof(v));
	return v;
}

uint32_t sea_nl_u32(const struct sea_nl_attr *a)
{
	uint32_t v;

	memcpy(&v, a->value, sizeof(v));
	return v;
}

uint64_t sea_nl_u64(const struct sea_nl_attr *a)
{
	uint64_t v;

	memcpy(&v, a->value, sizeof(v));
	return v;
}

uint32_t sea_nl_text(const struct sea_nl_attr *a, char *text, uint32_t size)
{
	uint32_t len = a->len;
	uint32_t n;

	if (len && !a->value[len - 1])
		len--;
	n = len < size ? len : size - 1;
	memcpy(text, a->value, n);
	text[n] = 0;
	return len;
}

/* -- judging -- */

/* Bytes of a number; 0: it is none. */
static uint32_t number_len(uint8_t type)
{
	switch (type) {
	case SEA_NL_U8:
	case SEA_NL_S8:
		return 1;
	case SEA_NL_U16:
	case SEA_NL_S16:
		return 2;
	case SEA_NL_U32:
	case SEA_NL_S32:
		return 4;
	case SEA_NL_U64:
	case SEA_NL_S64:
		return 8;
	default:
		return 0;
	}
}

static bool is_nest(uint8_t type)
{
	return type == SEA_NL_NESTED || type == SEA_NL_NESTED_ARRAY;
}

/* Numbers as they are compared: signed ones by value, those of 64 bits by their bits. */
static int64_t number_of(const struct sea_nl_attr *a, uint8_t type)
{
	switch (type) {
	case SEA_NL_U8:
		return sea_nl_u8(a);
	case SEA_NL_S8:
		return (int8_t)sea_nl_u8(a);
	case SEA_NL_U16:
		return sea_nl_u16(a);
	case SEA_NL_S16:
		return (int16_t)sea_nl_u16(a);
	case SEA_NL_U32:
		return sea_nl_u32(a);
	case SEA_NL_S32:
		return (int32_t)sea_nl_u32(a);
	case SEA_NL_BINARY:
		return a->len;
	default:
		return (int64_t)sea_nl_u64(a);
	}
}

static bool is_below(int64_t a, int64_t b, uint8_t type)
{
	return type == SEA_NL_U64 ? (uint64_t)a < (uint64_t)b : a < b;
}

static int check_number(const struct sea_nl_attr *a, const struct sea_nl_policy *p,
			struct sea_nl_extack *extack)
{
	int64_t v = number_of(a, p->type);
	bool low = p->check == SEA_NL_CHECK_RANGE || p->check == SEA_NL_CHECK_MIN;
	bool high = p->check == SEA_NL_CHECK_RANGE || p->check == SEA_NL_CHECK_MAX;

	if (p->check == SEA_NL_CHECK_MASK && v & ~p->max)
		return sea_nl_complain_of(extack, -EINVAL, a, "reserved bit set"); /* no policy */
	if ((low && is_below(v, p->min, p->type)) || (high && is_below(p->max, v, p->type)))
		return complain_with(extack, -ERANGE, a, p,
				     p->type == SEA_NL_BINARY ? "binary attribute size out of range"
							      : "integer out of range");
	return 0;
}

/* A text's length, its 0 apart, against the policy's: 0 or -errno. */
static int check_text(const struct sea_nl_attr *a, const struct sea_nl_policy *p)
{
	uint32_t len = a->len;
	uint32_t look = p->len && p->len + 1u < len ? p->len + 1u : len;

	if (p->type == SEA_NL_NUL_STRING && (!look || !memchr(a->value, 0, look)))
		return -EINVAL;
	if (!len)
		return -ERANGE;
	if (!a->value[len - 1])
		len--;
	return p->len && len > p->len ? -ERANGE : 0;
}

/* Its length alone, by type: 0 or -errno. */
static int check_len(const struct sea_nl_attr *a, const struct sea_nl_policy *p)
{
	switch (p->type) {
	case SEA_NL_REJECT:
		return -EINVAL;
	case SEA_NL_FLAG:
		return a->len ? -ERANGE : 0;
	case SEA_NL_STRING:
	case SEA_NL_NUL_STRING:
		return check_text(a, p);
	case SEA_NL_BINARY:
		return p->len && a->len > p->len ? -ERANGE : 0;
	case SEA_NL_NESTED:
	case SEA_NL_NESTED_ARRAY:
		return a->len && a->len < SEA_NL_ATTR_HDR ? -ERANGE : 0;
	case SEA_NL_ANY:
		return a->len < p->len ? -ERANGE : 0;
	default:
		return a->len < number_len(p->type) ? -ERANGE : 0;
	}
}

static int parse(struct sea_nl_attr *tb, uint16_t max_type, const uint8_t *bytes, uint32_t len,
		 const struct sea_nl_policy *policy, unsigned how, unsigned depth,
		 struct sea_nl_extack *extack);

/* Each attribute within is a nest of its own, whatever its type. */
static int check_array(const struct sea_nl_attr *a, const struct sea_nl_policy *p, unsigned how,
		       unsigned depth, struct sea_nl_extack *extack)
{
	struct sea_nl_attr each;
	uint32_t at = 0;
	int err = 0;

	while (!err && sea_nl_next(a->value, a->len, &at, &each)) {
		if (each.len && each.len < SEA_NL_ATTR_HDR)
			return complain_with(extack, -ERANGE, &each, p, "Array element too short");
		if (each.len)
			err = parse(NULL, p->len, each.value, each.len, p->nested, how, depth + 1,
				    extack);
	}
	return err;
}

static int check_nest(const struct sea_nl_attr *a, const struct sea_nl_policy *p, unsigned how,
		      unsigned depth, struct sea_nl_extack *extack)
{
	if (!a->len || !p->nested)
		return 0;
	if (p->type == SEA_NL_NESTED_ARRAY)
		return check_array(a, p, how, depth, extack);
	return parse(NULL, p->len, a->value, a->len, p->nested, how, depth + 1, extack);
}

static int judge(const struct sea_nl_attr *a, bool marked_nest, const struct sea_nl_policy *p,
		 unsigned how, unsigned depth, struct sea_nl_extack *extack)
{
	uint32_t exact = number_len(p->type);
	int err;

	if (how & SEA_NL_V_ATTRS && exact && a->len != exact)
		return complain_with(extack, -EINVAL, a, p, "invalid attribute length");
	if (how & SEA_NL_V_NESTED && is_nest(p->type) && !marked_nest)
		return complain_with(extack, -EINVAL, a, p, "NLA_F_NESTED is missing");
	if (how & SEA_NL_V_NESTED && !is_nest(p->type) && p->type != SEA_NL_ANY && marked_nest)
		return complain_with(extack, -EINVAL, a, p, "NLA_F_NESTED not expected");
	if (p->type == SEA_NL_REJECT && p->text)
		return sea_nl_complain_of(extack, -EINVAL, a, p->text);
	if (p->type == SEA_NL_ANY && how & SEA_NL_V_UNSPEC)
		return sea_nl_complain_of(extack, -EINVAL, a, "Unsupported attribute");
	err = check_len(a, p);
	if (err)
		return complain_with(extack, err, a, p, "Attribute failed policy validation");
	if (is_nest(p->type))
		return check_nest(a, p, how, depth, extack);
	return p->check ? check_number(a, p, extack) : 0;
}

/* -- walking -- */

/* The attribute at *at, with the flags of its type, and *at behind it. */
static bool next_raw(const uint8_t *bytes, uint32_t len, uint32_t *at, struct sea_nl_attr *attr,
		     uint16_t *raw_type)
{
	struct nlattr a;
	uint32_t left = *at < len ? len - *at : 0;

	if (left < sizeof(a))
		return false;
	memcpy(&a, bytes + *at, sizeof(a));
	if (a.nla_len < sizeof(a) || a.nla_len > left)
		return false;
	*attr = (struct sea_nl_attr){ .value = bytes + *at + SEA_NL_ATTR_HDR,
				      .len = (uint16_t)(a.nla_len - SEA_NL_ATTR_HDR),
				      .type = (uint16_t)(a.nla_type & (uint16_t)NLA_TYPE_MASK) };
	*raw_type = a.nla_type;
	*at += sea_nl_aligned(a.nla_len);
	return true;
}

bool sea_nl_next(const uint8_t *bytes, uint32_t len, uint32_t *at, struct sea_nl_attr *attr)
{
	uint16_t raw_type;

	return next_raw(bytes, len, at, attr, &raw_type);
}

/* The type from which on attributes are judged strictly whatever the message is; 0: none. */
static uint16_t strict_from(const struct sea_nl_policy *policy, uint16_t max_type)
{
	for (uint16_t i = 1; policy && i <= max_type; i++)
		if (policy[i].strict)
			return i;
	return 0;
}

static int parse(struct sea_nl_attr *tb, uint16_t max_type, const uint8_t *bytes, uint32_t len,
		 const struct sea_nl_policy *policy, unsigned how, unsigned depth,
		 struct sea_nl_extack *extack)
{
	uint16_t raw_type, strict = strict_from(policy, max_type);
	struct sea_nl_attr a;
	uint32_t at = 0;

	if (depth >= DEPTH_MAX)
		return sea_nl_complain(extack, -EINVAL, "allowed policy recursion depth exceeded");
	if (tb)
		memset(tb, 0, (max_type + 1u) * sizeof(*tb));
	while (next_raw(bytes, len, &at, &a, &raw_type)) {
		unsigned this_how = strict && a.type >= strict ? how | SEA_NL_STRICT : how;
		int err = 0;

		if (a.type == 0 || a.type > max_type) {
			if (how & SEA_NL_V_MAXTYPE)
				return sea_nl_complain_of(extack, -EINVAL, &a,
							  "Unknown attribute type");
			continue;
		}
		if (policy)
			err = judge(&a, raw_type & NLA_F_NESTED, &policy[a.type], this_how, depth,
				    extack);
		if (err)
			return err;
		if (tb)
			tb[a.type] = a;
	}
	if (at >= len)
		return 0;
	/* Said even where it is no error (as Linux). */
	sea_nl_complain(extack, 0, "bytes leftover after parsing attributes");
	return how & SEA_NL_V_TRAILING ? -EINVAL : 0;
}

int sea_nl_parse(struct sea_nl_attr *tb, uint16_t max_type, const uint8_t *bytes, uint32_t len,
		 const struct sea_nl_policy *policy, unsigned how, struct sea_nl_extack *extack)
{
	return parse(tb, max_type, bytes, len, policy, how, 0, extack);
}

int sea_nl_parse_nest(struct sea_nl_attr *tb, uint16_t max_type, const struct sea_nl_attr *nest,
		      const struct sea_nl_policy *policy, unsigned how,
		      struct sea_nl_extack *extack)
{
	return parse(tb, max_type, nest->value, nest->len, policy, how, 0, extack);
}
