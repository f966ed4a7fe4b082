/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC of one segment with TCP-AO (RFC 5925, 5926). Knows nothing of scripts, whose names and the stack's do not go together. */
#ifndef SEA_PACKETIMPACT_RUN_MAC_H
#define SEA_PACKETIMPACT_RUN_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Was nettle there when this was built? */
bool sea_mac_is_there(void);

struct sea_mac_key {
	const char *alg; /* "hmac(sha1)", "cmac(aes128)", … */
	const char *bytes;
	size_t len; /* at most 80 */
};

/* As it is on the wire; what the MAC and the checksum are now counts for nothing. */
struct sea_mac_segment {
	bool v6;
	const uint8_t *src, *dst;
	uint32_t sisn,
		disn; /* initial numbers of the sender and of the other side; a SYN says its own */
	const uint8_t *header;
	uint32_t header_len;
	uint32_t at; /* where in it the option begins */
	uint8_t *payload;
	size_t payload_len;
};

/* Writes `len` bytes, at most 16. False: there is no such algorithm, or it takes no such key. */
bool sea_mac_make(const struct sea_mac_key *key, const struct sea_mac_segment *segment,
		  uint8_t *mac, size_t len);

#endif
