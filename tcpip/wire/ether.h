/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet II framing (RFC 894). */
#ifndef SEA_WIRE_ETHER_H
#define SEA_WIRE_ETHER_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wire/bytes.h"

struct sea_mac {
	uint8_t b[6];
};

struct sea_ether_hdr {
	struct sea_mac dst, src;
	sea_be16 type;
};
static_assert(sizeof(struct sea_ether_hdr) == 14 && _Alignof(struct sea_ether_hdr) == 1, "RFC 894");

enum sea_ethertype {
	SEA_ETHERTYPE_IPV4 = 0x0800,
	SEA_ETHERTYPE_ARP = 0x0806,
	SEA_ETHERTYPE_VLAN = 0x8100,
	SEA_ETHERTYPE_IPV6 = 0x86dd,
	SEA_ETHERTYPE_SVLAN = 0x88a8, /* IEEE 802.1ad */
};

/* What stands between a frame's addresses and its EtherType, behind SEA_ETHERTYPE_VLAN or _SVLAN (IEEE 802.1Q §9.6). */
#define SEA_VLAN_TAG_LEN 4u
#define SEA_VLAN_ID_MASK 0x0fffu

static inline bool sea_ethertype_is_vlan(uint16_t type)
{
	return type == SEA_ETHERTYPE_VLAN || type == SEA_ETHERTYPE_SVLAN;
}

#define SEA_ETHER_MIN_TYPE 0x0600 /* below, the field is an IEEE 802.3 length */

static inline bool sea_mac_equal(const struct sea_mac *a, const struct sea_mac *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool sea_mac_is_multicast(const struct sea_mac *m)
{
	return m->b[0] & 1;
}

static inline bool sea_mac_is_broadcast(const struct sea_mac *m)
{
	return (m->b[0] & m->b[1] & m->b[2] & m->b[3] & m->b[4] & m->b[5]) == 0xff;
}

static inline bool sea_mac_is_zero(const struct sea_mac *m)
{
	return (m->b[0] | m->b[1] | m->b[2] | m->b[3] | m->b[4] | m->b[5]) == 0;
}

#endif
