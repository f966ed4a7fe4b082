/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic keys and MACs of TCP-AO (RFC 5926), reckoned by nettle. Algorithms have Linux's names: "cmac(aes128)" and
 * "hmac(...)" of what nettle has; a traffic key is as long as the algorithm's digest.
 */
#ifndef SEA_TCP_AO_MAC_H
#define SEA_TCP_AO_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pkt.h"
#include "ip/ip.h"
#include "wire/tcp.h"

#define TCP_AO_KEY_MAX 80 /* bytes of a master key */
#define TCP_AO_DIGEST_MAX 64
#define TCP_AO_MAC_MAX 16 /* of an option: a SYN's others need the rest of the header */

struct tcp_ao_alg; /* ao_nettle.c's; ao_none.c has none */

extern const bool sea_tcp_has_ao;

/* NULL: there is none of this name. */
const struct tcp_ao_alg *sea_tcp_ao_alg_find(const char *name);
/* As it is told to programs: "cmac(aes)" for "cmac(aes128)". */
const char *sea_tcp_ao_alg_name(const struct tcp_ao_alg *alg);
uint8_t sea_tcp_ao_alg_digest_len(const struct tcp_ao_alg *alg);
/*
 * The master key that derives traffic keys: RFC 5926 §3.1.1.2 makes one of 16 bytes of what AES is given in another
 * length. Returns its length; 0: the algorithm takes no such key. `to` has room for TCP_AO_KEY_MAX.
 */
uint8_t sea_tcp_ao_master(const struct tcp_ao_alg *alg, const uint8_t *key, uint8_t len,
			  uint8_t *to);

/* Of one direction (RFC 5925 §5.2): the sender's and the receiver's. */
struct tcp_ao_context {
	uint8_t family;
	struct sea_ipaddr src, dst;
	uint16_t sport, dport;
	uint32_t sisn, disn; /* of a first SYN disn is 0 */
};

void sea_tcp_ao_traffic(const struct tcp_ao_alg *alg, const uint8_t *master, uint8_t master_len,
			const struct tcp_ao_context *context, uint8_t *traffic);

/* What a MAC is of (RFC 5925 §5.1). */
struct tcp_ao_text {
	uint8_t family;
	const struct sea_ipaddr *src, *dst;
	const uint8_t *header; /* with options */
	uint32_t header_len;
	uint32_t at;  /* where in it the option begins */
	bool exclude; /* other options (TCP_AO_KEYF_EXCLUDE_OPT) */
	uint32_t sne;
	const struct sea_pkt *pkt; /* data: from its byte `skip` on */
	uint32_t skip;
};

/* `digest`: of the algorithm's length; the MAC is its first bytes. */
void sea_tcp_ao_digest(const struct tcp_ao_alg *alg, const uint8_t *traffic,
		       const struct tcp_ao_text *text, uint8_t *digest);

#endif
