/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address conflict detection for IPv4 (RFC 5227), for addresses that were configured with SEA_IFA_ACD:
 * an extension, Linux leaves this to programs.
 *
 *	probing (TENTATIVE) ─┬─ announcing ─ ours, defended
 *	                     └─ DADFAILED
 */
#ifndef SEA_IP_ACD_H
#define SEA_IP_ACD_H

#include <stdint.h>

#include "core/timerq.h"

struct sea_arp_hdr;
struct sea_ifaddr4;
struct sea_link;

struct sea_acd {
	struct sea_timer timer;
	uint8_t sent;      /* probes, or announcements */
	sea_time defended; /* the last time; NEVER: it was not */
};

/* The timer of a new address. */
void sea_acd_init(struct sea_ifaddr4 *addr);
/* From the start: nobody may speak from it until nobody has objected. The link is up. */
void sea_acd_start(struct sea_ifaddr4 *addr);
/* All of a link that came up. */
void sea_acd_start_all(struct sea_link *link);
/* What an ARP message means for addresses of ours. */
void sea_acd_hear(struct sea_link *link, const struct sea_arp_hdr *arp);

#endif
