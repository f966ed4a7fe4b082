/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading attributes that nobody trusts. A *policy* says of each type what its value must be; parsing
 * judges all attributes of a message by it and hands out those that are there. What is wrong is
 * said in an *extended ack*: a sentence, the attribute, and its policy, with Linux's texts and errors.
 */
#ifndef SEA_NETLINK_POLICY_H
#define SEA_NETLINK_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

struct sea_nl_out;

enum sea_nl_type {
	SEA_NL_ANY, /* at least `len` bytes; parsing strictly: refused */
	SEA_NL_FLAG,
	SEA_NL_U8,
	SEA_NL_U16,
	SEA_NL_U32,
	SEA_NL_U64,
	SEA_NL_S8,
	SEA_NL_S16,
	SEA_NL_S32,
	SEA_NL_S64,
	SEA_NL_BINARY,       /* at most `len` bytes, unless 0 */
	SEA_NL_STRING,       /* likewise, a 0 at its end not counted */
	SEA_NL_NUL_STRING,   /* likewise, and it has one */
	SEA_NL_NESTED,       /* `nested`, types up to `len`; NULL: not looked at here */
	SEA_NL_NESTED_ARRAY, /* attributes of any type, each of them nested as above */
	SEA_NL_REJECT,       /* never, as `text` says */
};

/* What a number, or the length of SEA_NL_BINARY, must be besides. */
enum sea_nl_check {
	SEA_NL_CHECK_NONE,
	SEA_NL_CHECK_RANGE, /* min..max */
	SEA_NL_CHECK_MIN,
	SEA_NL_CHECK_MAX,
	SEA_NL_CHECK_MASK, /* no bit but those of `max` */
};

struct sea_nl_policy {
	uint8_t type;  /* enum sea_nl_type */
	uint8_t check; /* enum sea_nl_check */
	uint16_t len;
	int64_t min, max; /* of SEA_NL_U64, their bits */
	const struct sea_nl_policy *nested;
	const char *text;
	bool strict; /* this attribute and those with higher types are parsed strictly (as Linux's new ones) */
};

/* Binary of exactly `n` bytes, of one to `n`, of at most `n`. */
#define SEA_NL_EXACTLY(n)                                                                  \
	{                                                                                  \
		.type = SEA_NL_BINARY, .check = SEA_NL_CHECK_RANGE, .min = (n), .max = (n) \
	}
#define SEA_NL_AT_MOST(n)                         \
	{                                         \
		.type = SEA_NL_BINARY, .len = (n) \
	}
#define SEA_NL_TEXT(n)                            \
	{                                         \
		.type = SEA_NL_STRING, .len = (n) \
	}
#define SEA_NL_NEST(policy, max_type)                                        \
	{                                                                    \
		.type = SEA_NL_NESTED, .len = (max_type), .nested = (policy) \
	}
#define SEA_NL_REFUSED(why)                          \
	{                                            \
		.type = SEA_NL_REJECT, .text = (why) \
	}

/* How strictly (NL_VALIDATE_* of Linux). */
#define SEA_NL_V_TRAILING 1u /* nothing may follow the last attribute */
#define SEA_NL_V_MAXTYPE 2u  /* no unknown types */
#define SEA_NL_V_UNSPEC 4u   /* no types without a policy */
#define SEA_NL_V_ATTRS 8u    /* numbers of exactly their length */
#define SEA_NL_V_NESTED 16u  /* NLA_F_NESTED where it belongs, and only there */
#define SEA_NL_LIBERAL 0u
#define SEA_NL_DEPRECATED_STRICT (SEA_NL_V_TRAILING | SEA_NL_V_MAXTYPE)
#define SEA_NL_STRICT \
	(SEA_NL_V_TRAILING | SEA_NL_V_MAXTYPE | SEA_NL_V_UNSPEC | SEA_NL_V_ATTRS | SEA_NL_V_NESTED)

struct sea_nl_attr {
	const uint8_t *value; /* NULL: it is not there */
	uint16_t len;         /* of the value */
	uint16_t type;        /* without its flags */
};

/* What an acknowledgment says beside its error (NETLINK_EXT_ACK). */
struct sea_nl_extack {
	const uint8_t *begin; /* of the message */
	const char *msg;      /* NULL: none */
	char text[80];        /* for a `msg` that is made */
	uint32_t bad_at;      /* of the attribute that is wrong, from `begin`; 0: none */
	const struct sea_nl_policy *policy;
	uint32_t miss_type; /* of an attribute that is missing; 0: none */
	uint32_t miss_nest; /* where it is missing, from `begin`; 0: in the message itself */
};

/* Sets the sentence, and returns `err` (negative). A later one replaces an earlier one. */
int sea_nl_complain(struct sea_nl_extack *extack, int err, const char *msg);
/* Likewise, of an attribute (NULL: of none). */
int sea_nl_complain_of(struct sea_nl_extack *extack, int err, const struct sea_nl_attr *attr,
		       const char *msg);
/* The sentence is formatted; what does not fit is cut. */
SEA_PRINTF(3, 4)
int sea_nl_complain_fmt(struct sea_nl_extack *extack, int err, const char *fmt, ...);
/* An attribute of this type is missing: -EINVAL. */
int sea_nl_missing(struct sea_nl_extack *extack, uint16_t type, const char *msg);

/*
 * Attributes of `len` bytes at `bytes` into tb[0..max_type], the last of a type counting; `policy` has as
 * many entries. 0, or -EINVAL, -ERANGE with *extack set; tb is then of no use. `how`: SEA_NL_V_*.
 */
SEA_MUST_USE int sea_nl_parse(struct sea_nl_attr *tb, uint16_t max_type, const uint8_t *bytes,
			      uint32_t len, const struct sea_nl_policy *policy, unsigned how,
			      struct sea_nl_extack *extack);
/* The attributes within one. */
SEA_MUST_USE int sea_nl_parse_nest(struct sea_nl_attr *tb, uint16_t max_type,
				   const struct sea_nl_attr *nest,
				   const struct sea_nl_policy *policy, unsigned how,
				   struct sea_nl_extack *extack);
/*
 * Walks attributes without judging them: from *at (begin with 0) the next one that is whole. False: the
 * end, or what is there is none.
 */
bool sea_nl_next(const uint8_t *bytes, uint32_t len, uint32_t *at, struct sea_nl_attr *attr);

/* Is anything said of it? */
bool sea_nl_policy_is_told(const struct sea_nl_policy *p);
/* The policy as an attribute `type` with others in it; `nested`: the number of the policy within it, -1: not told. */
void sea_nl_put_policy(struct sea_nl_out *out, uint16_t type, const struct sea_nl_policy *p,
		       int32_t nested);

/* Values; of attributes that are there, and that a policy found long enough. */
uint8_t sea_nl_u8(const struct sea_nl_attr *a);
uint16_t sea_nl_u16(const struct sea_nl_attr *a);
uint32_t sea_nl_u32(const struct sea_nl_attr *a);
uint64_t sea_nl_u64(const struct sea_nl_attr *a);
/* A string with a 0 at its end, cut to `size` - 1 bytes; returns its whole length. */
uint32_t sea_nl_text(const struct sea_nl_attr *a, char *text, uint32_t size);

#endif
