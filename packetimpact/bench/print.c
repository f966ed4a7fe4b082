// SPDX-License-Identifier: Apache-2.0
/* Layers in words. */
#include <inttypes.h>

#include "packetimpact/bench/layer.h"
#include "wire/bytes.h"

#define BYTES_SHOWN 16

static void print_value(FILE *to, const char *name, const struct sea_bench_value *v)
{
	static const char *const signs[] = { "", "=", "!=", "=" };

	if (!v->op)
		return;
	fprintf(to, " %s%s%" PRIu32, name, signs[v->op], v->low);
	if (v->op == SEA_BENCH_BETWEEN)
		fprintf(to, "-%" PRIu32, v->high);
}

static void print_address(FILE *to, const char *name, const struct sea_addr *addr)
{
	char text[SEA_ADDR_TEXT_MAX];

	if (addr)
		fprintf(to, " %s=%s", name, sea_addr_text(addr, text));
}

static void print_bytes(FILE *to, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len && i < BYTES_SHOWN; i++)
		fprintf(to, "%s%02x", i ? "" : " ", bytes[i]);
	if (len)
		fprintf(to, "%s (%zu)", len > BYTES_SHOWN ? "..." : "", len);
}

void sea_bench_print_layers(FILE *to, const struct sea_bench_layer *layers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct sea_bench_layer *l = &layers[i];
		const struct sea_bench_kind_desc *kind = &sea_bench_kinds[l->kind];

		fprintf(to, "%s%s", i ? " / " : "", kind->name);
		print_address(to, "from", l->src);
		print_address(to, "to", l->dst);
		for (unsigned f = 0; f < SEA_BENCH_FIELDS; f++)
			print_value(to, kind->fields[f].name, &l->v[f]);
		if (l->bytes)
			print_bytes(to, l->bytes, l->len);
		else if (l->len)
			fprintf(to, " (%zu)", l->len);
	}
}

static void print_ends(FILE *to, const struct sea_bench_part *part, const uint8_t *hdr)
{
	struct sea_addr src = { 0 }, dst = { 0 };

	if (part->kind != SEA_BENCH_IPV4 && part->kind != SEA_BENCH_IPV6)
		return;
	src.family = dst.family = part->kind == SEA_BENCH_IPV6 ? SEA_AF_INET6 : SEA_AF_INET;
	for (unsigned i = 0; i < (part->kind == SEA_BENCH_IPV6 ? 16u : 4u); i++) {
		src.b[i] = hdr[part->kind == SEA_BENCH_IPV6 ? 8 + i : 12 + i];
		dst.b[i] = hdr[part->kind == SEA_BENCH_IPV6 ? 24 + i : 16 + i];
	}
	print_address(to, "from", &src);
	print_address(to, "to", &dst);
}

void sea_bench_print_seen(FILE *to, const struct sea_bench_seen *seen)
{
	for (size_t i = 0; i < seen->n; i++) {
		const struct sea_bench_part *part = &seen->parts[i];
		const struct sea_bench_kind_desc *kind = &sea_bench_kinds[part->kind];
		const uint8_t *hdr = seen->bytes + part->at;

		fprintf(to, "%s%s", i ? " / " : "", kind->name);
		print_ends(to, part, hdr);
		for (unsigned f = 0; f < SEA_BENCH_FIELDS && kind->fields[f].bits; f++)
			fprintf(to, " %s=%" PRIu32, kind->fields[f].name,
				sea_bench_field_get(part->kind, f, hdr));
		print_bytes(to, hdr + kind->bytes, part->hdr - kind->bytes);
	}
}
