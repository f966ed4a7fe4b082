/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Duplicate address detection (RFC 4862 §5.4), with nonces against our own echo (RFC 7527) and
 * optimistic use meanwhile (RFC 4429).
 *
 *	begun ─ random delay ─ solicit ─ … dad_transmits times, retrans_time apart … ─ the address is ours
 *	            └──────────────┴── somebody asks for it too, or has it ─ DADFAILED, or another is tried
 *
 * While the link has no carrier an address stays TENTATIVE; the carrier begins it.
 */
#ifndef SEA_IP_DAD_H
#define SEA_IP_DAD_H

#include <stdbool.h>
#include <stdint.h>

#include "ip/ifaddr6.h"
#include "ip/ndp.h"

/* A new address: its timer. */
void sea_dad_init(struct sea_ifaddr6 *a);
/* Joins the address's groups and begins: 0, or -ENOMEM with nothing left behind. */
SEA_MUST_USE int sea_dad_start(struct sea_ifaddr6 *a);
/* The same after a delay, and without optimism. */
SEA_MUST_USE int sea_dad_start_later(struct sea_ifaddr6 *a, int64_t delay_ns);
/* The link has a carrier now: begins what waits for one. */
void sea_dad_carrier(struct sea_link *link);
/* Takes the timer away, and the address out of its groups. */
void sea_dad_stop(struct sea_ifaddr6 *a);

/*
 * Somebody solicits (RFC 4862 §5.4.3) or advertises (§5.4.4) an address of ours that may not be used
 * yet. May free it, and any other of the link. `once`: the message's options.
 */
void sea_dad_solicited(struct sea_ifaddr6 *a, const struct sea_ndp_once *once);
void sea_dad_advertised(struct sea_ifaddr6 *a);

/* The effective value of a setting of which `all` and the link's own count, the higher one. */
#define SEA_CONF6_MAX(link, field) \
	sea_max_i32(sea_ipv6_of((link)->stack)->conf_all.field, sea_link_ip6(link)->conf.field)

#endif
