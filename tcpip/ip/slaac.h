/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that a host makes itself: of a prefix that a router advertises (RFC 4862 §5.5), of the
 * link-local one (§5.3), and temporary ones beside them (RFC 8981).
 */
#ifndef SEA_IP_SLAAC_H
#define SEA_IP_SLAAC_H

#include <stdbool.h>
#include <stdint.h>

#include "ip/ifaddr6.h"
#include "wire/ndp.h"

#define SEA_IFAPROT_KERNEL_LO 1
#define SEA_IFAPROT_KERNEL_RA 2
#define SEA_IFAPROT_KERNEL_LL 3

/*
 * An autonomous prefix was advertised: makes an address of it, or lets the one there live longer. False: no address
 * can be made of it, or there are too many.
 */
bool sea_slaac_prefix(struct sea_link *link, const struct sea_ndp_prefix *prefix);

/*
 * Addresses of advertised prefixes have this identifier from now on (tokenised identifiers, as `ip token` sets them; 0:
 * made by the link). Those with the old one are gone, and routers are asked anew.
 */
void sea_slaac_set_token(struct sea_link *link, const uint8_t token[8]);

/* ::1, or the link-local address as addr_gen_mode says, where it is not there: 0 or -ENOMEM. */
SEA_MUST_USE int sea_slaac_own(struct sea_link *link);
/* fe80:: and the modified EUI-64 of the link's MAC. */
void sea_slaac_eui64_link_local(const struct sea_link *link, struct sea_ipaddr *addr);
/* The stable address is a duplicate: begins with the next of its row, idgen_retries times at most. */
void sea_slaac_next_stable(const struct sea_ifaddr6 *a);

/* -- tempaddr.c -- */

/*
 * The public address lives for so long from now on: its temporary ones with it, as far as
 * temp_valid_lft and temp_prefered_lft let them; where there is none to speak of, one is made.
 */
void sea_temp_follow(struct sea_ifaddr6 *public, uint32_t valid_s, uint32_t preferred_s,
		     bool created);
/* One more of this address's prefix, where use_tempaddr says so. */
void sea_temp_make(struct sea_ifaddr6 *public);
/* Takes away those of this address: it goes. */
void sea_temp_drop_all(struct sea_ifaddr6 *public);
/* How long before the end of its preferred lifetime an address gets a successor (RFC 8981 §3.8). */
int64_t sea_temp_regen_advance_s(const struct sea_link *link);

#endif
