/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery messages and their options (RFC 4861 §4, RFC 4191 §2, RFC 8106 §5, RFC 3971
 * §5.3.2), each beginning with its ICMPv6 header. Strict: a message that says more than it holds, or has an option
 * of length zero, is none. An option that is unknown, or whose own fields make no sense, is skipped.
 */
#ifndef SEA_WIRE_NDP_H
#define SEA_WIRE_NDP_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/bytes.h"
#include "wire/ether.h"

enum sea_ndp_type {
	SEA_NDP_RS = 133,
	SEA_NDP_RA = 134,
	SEA_NDP_NS = 135,
	SEA_NDP_NA = 136,
	SEA_NDP_REDIRECT = 137,
};

/* Router and neighbour solicitation have no flags. */
struct sea_ndp_rs {
	uint8_t type, code;
	sea_be16 sum;
	uint8_t reserved[4];
};
static_assert(sizeof(struct sea_ndp_rs) == 8, "RFC 4861 §4.1");

struct sea_ndp_ra {
	uint8_t type, code;
	sea_be16 sum;
	uint8_t hop_limit, flags;
	sea_be16 lifetime;
	sea_be32 reachable_ms, retrans_ms;
};
static_assert(sizeof(struct sea_ndp_ra) == 16, "RFC 4861 §4.2");

#define SEA_NDP_RA_MANAGED 0x80
#define SEA_NDP_RA_OTHER 0x40

struct sea_ndp_ns {
	uint8_t type, code;
	sea_be16 sum;
	uint8_t reserved[4];
	uint8_t target[16];
};
static_assert(sizeof(struct sea_ndp_ns) == 24, "RFC 4861 §4.3");

struct sea_ndp_na {
	uint8_t type, code;
	sea_be16 sum;
	uint8_t flags, reserved[3];
	uint8_t target[16];
};
static_assert(sizeof(struct sea_ndp_na) == 24, "RFC 4861 §4.4");

#define SEA_NDP_NA_ROUTER 0x80
#define SEA_NDP_NA_SOLICITED 0x40
#define SEA_NDP_NA_OVERRIDE 0x20

struct sea_ndp_redirect {
	uint8_t type, code;
	sea_be16 sum;
	uint8_t reserved[4];
	uint8_t target[16], dst[16];
};
static_assert(sizeof(struct sea_ndp_redirect) == 40, "RFC 4861 §4.5");

/* Bytes before the options; 0: not a neighbour discovery message. */
static inline size_t sea_ndp_fixed_len(uint8_t type)
{
	switch (type) {
	case SEA_NDP_RS:
		return sizeof(struct sea_ndp_rs);
	case SEA_NDP_RA:
		return sizeof(struct sea_ndp_ra);
	case SEA_NDP_NS:
		return sizeof(struct sea_ndp_ns);
	case SEA_NDP_NA:
		return sizeof(struct sea_ndp_na);
	case SEA_NDP_REDIRECT:
		return sizeof(struct sea_ndp_redirect);
	default:
		return 0;
	}
}

/* RFC 4191 §2.1 in router advertisements and route information: 01 is high, 11 low. */
enum sea_ndp_pref {
	SEA_NDP_PREF_LOW = -1,
	SEA_NDP_PREF_MEDIUM = 0,
	SEA_NDP_PREF_HIGH = 1,
	SEA_NDP_PREF_RESERVED = -2, /* a router: as medium; a route: the option is ignored */
};

static inline enum sea_ndp_pref sea_ndp_pref_of(uint8_t flags)
{
	static const int8_t by_bits[] = { SEA_NDP_PREF_MEDIUM, SEA_NDP_PREF_HIGH,
					  SEA_NDP_PREF_RESERVED, SEA_NDP_PREF_LOW };

	return by_bits[flags >> 3 & 3];
}

/* -- options -- */

enum sea_ndp_opt_type {
	SEA_NDP_OPT_SLLA = 1,
	SEA_NDP_OPT_TLLA = 2,
	SEA_NDP_OPT_PREFIX = 3,
	SEA_NDP_OPT_REDIRECTED = 4,
	SEA_NDP_OPT_MTU = 5,
	SEA_NDP_OPT_NONCE = 14,
	SEA_NDP_OPT_ROUTE = 24,
	SEA_NDP_OPT_RDNSS = 25,
	SEA_NDP_OPT_DNSSL = 31,
};

struct sea_ndp_opt {
	uint8_t type;
	uint16_t len;         /* all of it, a multiple of 8, at least 8 */
	const uint8_t *bytes; /* from its type on */
};

/*
 * Is every option of a length, and within the message (RFC 4861 §6.1, §7.1)? A message that fails
 * this is dropped whole.
 */
bool sea_ndp_opts_valid(const uint8_t *opts, size_t len);

/* The next option from *at on; false at the end. The options are valid in the sense above. */
bool sea_ndp_opt_next(const uint8_t *opts, size_t len, size_t *at, struct sea_ndp_opt *opt);

/*
 * What occurs once: of link addresses, nonce and redirected header the first counts; of MTUs the
 * first, too. A link address option must be of Ethernet's length.
 */
struct sea_ndp_once {
	bool has_slla, has_tlla;
	bool bad_lladdr; /* a link address of another length: Linux drops the message */
	struct sea_mac slla, tlla;
	uint32_t mtu; /* 0: none */
	const uint8_t *nonce;
	uint8_t nonce_len;         /* 6, 14 … */
	const uint8_t *redirected; /* the quoted packet's first byte */
	uint16_t redirected_len;
};

void sea_ndp_once_parse(const uint8_t *opts, size_t len, struct sea_ndp_once *once);

#define SEA_NDP_INFINITE UINT32_MAX

struct sea_ndp_prefix {
	uint8_t prefix[16]; /* as it came: bits behind prefix_len are not cleared */
	uint8_t prefix_len; /* at most 128 */
	bool onlink, autonomous;
	bool delegated; /* P: hosts had better ask DHCPv6 for a prefix of their own (RFC 9762) */
	uint32_t valid_s, preferred_s;
};

struct sea_ndp_route {
	uint8_t prefix[16]; /* zero behind prefix_len */
	uint8_t prefix_len;
	enum sea_ndp_pref pref; /* never RESERVED */
	uint32_t lifetime_s;
};

/* Recursive DNS servers: `n` addresses of 16 bytes. */
struct sea_ndp_rdnss {
	uint32_t lifetime_s;
	unsigned n;
	const uint8_t *addrs;
};

/* Domains to search, in RFC 1035's wire format, padded with zeros. */
struct sea_ndp_dnssl {
	uint32_t lifetime_s;
	uint16_t len;
	const uint8_t *names;
};

/* False: the option is to be ignored. */
bool sea_ndp_prefix_parse(const struct sea_ndp_opt *opt, struct sea_ndp_prefix *prefix);
bool sea_ndp_route_parse(const struct sea_ndp_opt *opt, struct sea_ndp_route *route);
/* An even length, which the format cannot have, is refused (CVE-2020-16898). */
bool sea_ndp_rdnss_parse(const struct sea_ndp_opt *opt, struct sea_ndp_rdnss *rdnss);
bool sea_ndp_dnssl_parse(const struct sea_ndp_opt *opt, struct sea_ndp_dnssl *dnssl);

#define SEA_NDP_DOMAIN_MAX 254 /* "a.b.c" and its NUL */

/*
 * The next domain of a DNSSL from *at on, as text without the last dot; bytes that are no letter,
 * digit, '-' or '_' make the list end there. False at the end, or where the rest makes no sense.
 */
bool sea_ndp_domain_next(const struct sea_ndp_dnssl *dnssl, size_t *at,
			 char text[SEA_NDP_DOMAIN_MAX]);

/* -- building: each writes its whole option and returns its length -- */

#define SEA_NDP_LLADDR_LEN 8
#define SEA_NDP_NONCE_LEN 6

size_t sea_ndp_put_lladdr(uint8_t *at, enum sea_ndp_opt_type type, const struct sea_mac *mac);
size_t sea_ndp_put_nonce(uint8_t *at, const uint8_t nonce[SEA_NDP_NONCE_LEN]);
size_t sea_ndp_put_mtu(uint8_t *at, uint32_t mtu);
size_t sea_ndp_put_prefix(uint8_t *at, const struct sea_ndp_prefix *prefix);
/* Shortens what of the prefix is zero. */
size_t sea_ndp_put_route(uint8_t *at, const struct sea_ndp_route *route);
size_t sea_ndp_put_rdnss(uint8_t *at, const struct sea_ndp_rdnss *rdnss);

/* -- addresses -- */

/* ff02::1:ffXX:XXXX (RFC 4291 §2.7.1). */
void sea_ndp_solicited_node(const uint8_t addr[16], uint8_t group[16]);
/* 33:33 and the last four bytes (RFC 2464 §7). */
struct sea_mac sea_ndp_multicast_mac(const uint8_t group[16]);

#endif
