// SPDX-License-Identifier: Apache-2.0
/* The table of fields, and what stands in one. */
#include "packetimpact/bench/layer.h"

#include <string.h>

#include "core/checksum.h"

const struct sea_bench_kind_desc sea_bench_kinds[SEA_BENCH_KINDS] = {
#define LAYER(kind, text, size) [SEA_BENCH_##kind].name = text, [SEA_BENCH_##kind].bytes = (size),
#define FIELD(kind, field, text, first, width) \
	[SEA_BENCH_##kind].fields[SEA_BENCH_##kind##_##field] = { text, first, width },
#include "packetimpact/bench/layer.def"
};

uint32_t sea_bench_field_get(enum sea_bench_kind kind, unsigned field, const uint8_t *hdr)
{
	const struct sea_bench_field_desc *f = &sea_bench_kinds[kind].fields[field];
	uint64_t value = 0;

	for (unsigned i = f->bit; i < f->bit + f->bits; i++)
		value = value << 1 | (hdr[i / 8] >> (7 - i % 8) & 1u);
	return (uint32_t)value;
}

void sea_bench_field_put(enum sea_bench_kind kind, unsigned field, uint8_t *hdr, uint32_t value)
{
	const struct sea_bench_field_desc *f = &sea_bench_kinds[kind].fields[field];

	for (unsigned i = f->bit + f->bits; i-- > f->bit; value >>= 1) {
		const uint8_t mask = (uint8_t)(0x80u >> i % 8);

		hdr[i / 8] = (uint8_t)(value & 1 ? hdr[i / 8] | mask : hdr[i / 8] & ~mask);
	}
}

uint16_t sea_bench_transport_sum(const uint8_t *ip, uint8_t proto, const uint8_t *at, size_t len)
{
	const bool v6 = ip[0] >> 4 == 6;
	uint8_t pseudo[40] = { 0 };

	memcpy(pseudo, ip + (v6 ? 8 : 12), v6 ? 32 : 8);
	pseudo[35] = (uint8_t)(len >> 16);
	pseudo[36] = (uint8_t)(len >> 8);
	pseudo[37] = (uint8_t)len;
	pseudo[39] = proto;
	/* An ICMPv4 message has no pseudo-header. */
	return sea_csum_fold(sea_csum_scalar(
		at, len, proto == 1 ? 0 : sea_csum_scalar(pseudo, sizeof(pseudo), 0)));
}
