/* SPDX-License-Identifier: Apache-2.0 */
/* Options and chains of extension headers: what is read lies within what is there, and ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ip/ipv6_tlv.h"
#include "wire/ipv6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a buffer of its own size, so that a step beyond is seen. */
static void check_options(const uint8_t *data, size_t size, bool hop_by_hop)
{
	const struct sea_ipv6_tlv_limits limits = { .number = 8,
						    .len = INT32_MAX,
						    .hop_by_hop = hop_by_hop };
	uint32_t len = (data[1] + 1u) * 8;
	struct sea_ipv6_tlv_verdict v;
	uint8_t *own;

	if (len > size)
		return;
	own = malloc(len);
	if (!own)
		abort();
	memcpy(own, data, len);
	v = sea_ipv6_tlv_check(own, len, &limits, data[0] & 1);
	if ((v.code >= 0 && v.fault == SEA_IPV6_TLV_OK) || v.at >= len)
		abort();
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_ipv6_way way = { .at = sizeof(struct sea_ipv6_hdr) };

	if (size < sizeof(struct sea_ipv6_hdr))
		return 0;
	way.next = data[6];
	if (sea_ipv6_skip_exts(data, size, &way) && way.at > size)
		abort();
	check_options(data, size, false);
	check_options(data, size, true);
	return 0;
}
