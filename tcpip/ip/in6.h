/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on IPv6 addresses that selection, autoconfiguration and the policy table share. */
#ifndef SEA_IP_IN6_H
#define SEA_IP_IN6_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wire/ipv6.h"

/* How many bits, from the first on, two addresses have in common. */
static inline unsigned sea_in6_common(const uint8_t a[16], const uint8_t b[16])
{
	for (unsigned i = 0; i < 16; i++)
		if (a[i] != b[i])
			return i * 8 + (unsigned)__builtin_clz((unsigned)(a[i] ^ b[i])) - 24;
	return 128;
}

static inline bool sea_in6_same_prefix(const uint8_t a[16], const uint8_t b[16], unsigned len)
{
	return sea_in6_common(a, b) >= len;
}

/* The first `len` bits of `addr`, zeros behind them. */
static inline void sea_in6_prefix(uint8_t prefix[16], const uint8_t addr[16], unsigned len)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = len > i * 8 ? len - i * 8 : 0;

		prefix[i] = kept < 8 ? (uint8_t)(addr[i] & 0xff00 >> kept) : addr[i];
	}
}

/* RFC 4291's numbers of scopes; what is no group: link-local 2, site-local 5, else global 14. */
enum sea_in6_scope {
	SEA_IN6_SCOPE_INTERFACE = 1,
	SEA_IN6_SCOPE_LINK = 2,
	SEA_IN6_SCOPE_SITE = 5,
	SEA_IN6_SCOPE_GLOBAL = 14,
};

/* RFC 6724 §3.1. ::1 counts as link-local, and what embeds IPv4 as global, as on Linux. */
static inline uint8_t sea_in6_scope(const uint8_t a[16])
{
	if (sea_in6_is_multicast(a))
		return sea_in6_group_scope(a);
	if (sea_in6_is_link_local(a) || sea_in6_is_loopback(a))
		return SEA_IN6_SCOPE_LINK;
	if (a[0] == 0xfe && (a[1] & 0xc0) == 0xc0)
		return SEA_IN6_SCOPE_SITE;
	return SEA_IN6_SCOPE_GLOBAL;
}

#endif
