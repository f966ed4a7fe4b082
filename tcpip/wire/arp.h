/* SPDX-License-Identifier: Apache-2.0 */
/* ARP for IPv4 over Ethernet (RFC 826). */
#ifndef SEA_WIRE_ARP_H
#define SEA_WIRE_ARP_H

#include "wire/bytes.h"
#include "wire/ether.h"

struct sea_arp_hdr {
	sea_be16 hw_type, proto_type;
	uint8_t hw_len, proto_len;
	sea_be16 op;
	struct sea_mac sender_mac;
	sea_be32 sender_ip;
	struct sea_mac target_mac;
	sea_be32 target_ip;
};
static_assert(sizeof(struct sea_arp_hdr) == 28 && _Alignof(struct sea_arp_hdr) == 1, "RFC 826");

enum sea_arp_op { SEA_ARP_REQUEST = 1, SEA_ARP_REPLY = 2 };

#define SEA_ARP_HW_ETHERNET 1

/* True when the fixed fields are those of an Ethernet-IPv4 request or reply. */
bool sea_arp_valid(const struct sea_arp_hdr *arp);
void sea_arp_put(struct sea_arp_hdr *arp, enum sea_arp_op op, const struct sea_mac *sender_mac,
		 sea_be32 sender_ip, const struct sea_mac *target_mac, sea_be32 target_ip);

#endif
