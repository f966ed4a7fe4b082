/* SPDX-License-Identifier: Apache-2.0 */
/* Which ARP messages are Ethernet-IPv4 requests and replies, and how ours look. */
#include "wire/arp.h"

bool sea_arp_valid(const struct sea_arp_hdr *arp)
{
	uint16_t op = sea_be16_get(arp->op);

	return sea_be16_get(arp->hw_type) == SEA_ARP_HW_ETHERNET &&
	       sea_be16_get(arp->proto_type) == SEA_ETHERTYPE_IPV4 &&
	       arp->hw_len == sizeof(arp->sender_mac) && arp->proto_len == sizeof(arp->sender_ip) &&
	       (op == SEA_ARP_REQUEST || op == SEA_ARP_REPLY);
}

void sea_arp_put(struct sea_arp_hdr *arp, enum sea_arp_op op, const struct sea_mac *sender_mac,
		 sea_be32 sender_ip, const struct sea_mac *target_mac, sea_be32 target_ip)
{
	*arp = (struct sea_arp_hdr){
		.hw_type = sea_be16_of(SEA_ARP_HW_ETHERNET),
		.proto_type = sea_be16_of(SEA_ETHERTYPE_IPV4),
		.hw_len = sizeof(arp->sender_mac),
		.proto_len = sizeof(arp->sender_ip),
		.op = sea_be16_of((uint16_t)op),
		.sender_mac = *sender_mac,
		.sender_ip = sender_ip,
		.target_mac = *target_mac,
		.target_ip = target_ip,
	};
}
