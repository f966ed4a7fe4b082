/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How interface identifiers are made. The pseudo-random function of RFC 7217 is SipHash-2-4 keyed by
 * the secret; Linux's is another, so the same secret gives other addresses there.
 */
#include "ip/ifid.h"

#include <string.h>

void sea_ifid_eui64(const struct sea_mac *mac, uint8_t id[SEA_IFID_LEN])
{
	memcpy(id, mac->b, 3);
	id[0] ^= 0x02;
	id[3] = 0xff;
	id[4] = 0xfe;
	memcpy(id + 5, mac->b + 3, 3);
}

bool sea_ifid_is_reserved(const uint8_t id[SEA_IFID_LEN])
{
	static const uint8_t router[SEA_IFID_LEN];
	static const uint8_t iana[5] = { 0x02, 0x00, 0x5e, 0xff, 0xfe };
	static const uint8_t anycast[7] = { 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return !memcmp(id, router, sizeof(router)) || !memcmp(id, iana, sizeof(iana)) ||
	       (!memcmp(id, anycast, sizeof(anycast)) && id[7] >= 0x80);
}

static void put64(uint8_t *at, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | at[i];
	return v;
}

bool sea_ifid_stable(struct sea_ifid_stable *in, uint8_t id[SEA_IFID_LEN])
{
	const struct sea_siphash_key key = { get64(in->secret), get64(in->secret + 8) };
	uint8_t message[sizeof(in->prefix) + sizeof(in->mac.b) + 1];

	memcpy(message, in->prefix, sizeof(in->prefix));
	memcpy(message + sizeof(in->prefix), in->mac.b, sizeof(in->mac.b));
	for (;;) {
		message[sizeof(message) - 1] = in->dad_counter;
		put64(id, sea_siphash24(&key, message, sizeof(message)));
		if (!sea_ifid_is_reserved(id))
			return true;
		if (in->dad_counter == UINT8_MAX)
			return false;
		in->dad_counter++;
	}
}

void sea_ifid_random(struct sea_secret *secret, uint8_t id[SEA_IFID_LEN])
{
	do
		put64(id, sea_secret_u64(secret));
	while (sea_ifid_is_reserved(id));
}
