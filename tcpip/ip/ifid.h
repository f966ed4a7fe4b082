/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interface identifiers, the last eight bytes of an address: from the link address (RFC 4291 appendix
 * A), stable but opaque (RFC 7217), or random (RFC 8981).
 */
#ifndef SEA_IP_IFID_H
#define SEA_IP_IFID_H

#include <stdbool.h>
#include <stdint.h>

#include "core/rng.h"
#include "wire/ether.h"

#define SEA_IFID_LEN 8

/* What the identifier of RFC 7217 §5 is a function of. */
struct sea_ifid_stable {
	uint8_t secret[16];
	uint8_t prefix[8];
	struct sea_mac mac; /* Net_Iface: the address that the link was made with */
	uint8_t dad_counter;
};

/* Modified EUI-64: ff:fe in the middle, the universal bit inverted. */
void sea_ifid_eui64(const struct sea_mac *mac, uint8_t id[SEA_IFID_LEN]);

/* One that no host may take (RFC 5453, IANA's registry; the subnet-router's is 0). */
bool sea_ifid_is_reserved(const uint8_t id[SEA_IFID_LEN]);

/*
 * The same for the same input, and nothing to be learnt of the next. Moves in->dad_counter on where a
 * reserved one would come out. False: the counter ran out.
 */
bool sea_ifid_stable(struct sea_ifid_stable *in, uint8_t id[SEA_IFID_LEN]);

/* Not reserved. */
void sea_ifid_random(struct sea_secret *secret, uint8_t id[SEA_IFID_LEN]);

#endif
