// SPDX-License-Identifier: Apache-2.0
/* From layers to bytes. */
#include <string.h>

#include "core/checksum.h"
#include "packetimpact/bench/layer.h"

#define HOPS 64
#define WINDOW 65535

/* Where each layer stands in the packet, which ends at `end`. */
struct plan {
	const struct sea_bench_layer *layers;
	size_t n, end;
	size_t at[SEA_BENCH_LAYERS];
	uint8_t *to;
};

static size_t rounded(size_t len, size_t unit)
{
	return (len + unit - 1) / unit * unit;
}

/* Its header with its options. */
static size_t hdr_len(const struct sea_bench_layer *l)
{
	const size_t fixed = sea_bench_kinds[l->kind].bytes;

	switch (l->kind) {
	case SEA_BENCH_IPV4:
	case SEA_BENCH_TCP:
		return fixed + rounded(l->len, 4);
	case SEA_BENCH_HOPOPTS:
	case SEA_BENCH_DSTOPTS:
		return rounded(fixed + l->len, 8);
	case SEA_BENCH_BYTES:
		return l->len;
	default:
		return fixed;
	}
}

/* What a header calls the one behind it. */
static uint8_t proto_of(const struct plan *p, size_t i)
{
	if (i == p->n)
		return 59; /* nothing more */
	switch (p->layers[i].kind) {
	case SEA_BENCH_HOPOPTS:
		return 0;
	case SEA_BENCH_ICMP:
		return 1;
	case SEA_BENCH_IPV4:
		return 4;
	case SEA_BENCH_TCP:
		return 6;
	case SEA_BENCH_IPV6:
		return 41;
	case SEA_BENCH_FRAG:
		return 44;
	case SEA_BENCH_ICMP6:
		return 58;
	case SEA_BENCH_DSTOPTS:
		return 60;
	default:
		return 17;
	}
}

#define PUT(l, field, hdr, value)                                                                  \
	do {                                                                                       \
		if (!(l)->v[SEA_BENCH_##field].op)                                                 \
			sea_bench_field_put((l)->kind, SEA_BENCH_##field, hdr, (uint32_t)(value)); \
	} while (0)

/* What the fields of layer `i` are where it does not say; no checksums. */
static void fill_in(const struct plan *p, size_t i)
{
	const struct sea_bench_layer *l = &p->layers[i];
	uint8_t *hdr = p->to + p->at[i];
	const size_t rest = p->end - p->at[i], own = hdr_len(l);

	switch (l->kind) {
	case SEA_BENCH_IPV4:
		PUT(l, IPV4_VERSION, hdr, 4);
		PUT(l, IPV4_IHL, hdr, own / 4);
		PUT(l, IPV4_LEN, hdr, rest);
		PUT(l, IPV4_TTL, hdr, HOPS);
		PUT(l, IPV4_PROTO, hdr, proto_of(p, i + 1));
		break;
	case SEA_BENCH_IPV6:
		PUT(l, IPV6_VERSION, hdr, 6);
		PUT(l, IPV6_LEN, hdr, rest - own);
		PUT(l, IPV6_HOPS, hdr, HOPS);
		PUT(l, IPV6_NEXT, hdr, proto_of(p, i + 1));
		break;
	case SEA_BENCH_HOPOPTS:
		PUT(l, HOPOPTS_NEXT, hdr, proto_of(p, i + 1));
		PUT(l, HOPOPTS_LEN, hdr, own / 8 - 1);
		break;
	case SEA_BENCH_DSTOPTS:
		PUT(l, DSTOPTS_NEXT, hdr, proto_of(p, i + 1));
		PUT(l, DSTOPTS_LEN, hdr, own / 8 - 1);
		break;
	case SEA_BENCH_FRAG:
		PUT(l, FRAG_NEXT, hdr, proto_of(p, i + 1));
		break;
	case SEA_BENCH_TCP:
		PUT(l, TCP_DOFF, hdr, own / 4);
		PUT(l, TCP_WINDOW, hdr, WINDOW);
		break;
	case SEA_BENCH_UDP:
		PUT(l, UDP_LEN, hdr, rest);
		break;
	default:
		break;
	}
}

static bool is_ip(const struct sea_bench_layer *l)
{
	return l->kind == SEA_BENCH_IPV4 || l->kind == SEA_BENCH_IPV6;
}

static void put_addresses(const struct sea_bench_layer *l, uint8_t *hdr, const struct sea_addr *src,
			  const struct sea_addr *dst)
{
	const size_t len = l->kind == SEA_BENCH_IPV6 ? 16 : 4;

	hdr += l->kind == SEA_BENCH_IPV6 ? 8 : 12;
	memcpy(hdr, (l->src ? l->src : src)->b, len);
	memcpy(hdr + len, (l->dst ? l->dst : dst)->b, len);
}

/* The header with what is said and what is not. */
static void write_layer(const struct plan *p, size_t i)
{
	const struct sea_bench_layer *l = &p->layers[i];
	const size_t fixed = sea_bench_kinds[l->kind].bytes;
	uint8_t *hdr = p->to + p->at[i];

	memset(hdr, 0, hdr_len(l));
	if (l->bytes && l->len)
		memcpy(hdr + fixed, l->bytes, l->len);
	for (unsigned f = 0; f < SEA_BENCH_FIELDS; f++)
		if (l->v[f].op)
			sea_bench_field_put(l->kind, f, hdr, l->v[f].low);
	fill_in(p, i);
}

static void put_sum(const struct plan *p, size_t i, unsigned field, uint16_t sum)
{
	/* The sum is of bytes as they lie in memory, and so is the field. */
	const uint16_t complement = (uint16_t)~sum;
	uint8_t *hdr = p->to + p->at[i];

	if (!p->layers[i].v[field].op)
		sea_csum_put(hdr + sea_bench_kinds[p->layers[i].kind].fields[field].bit / 8,
			     complement ? complement : 0xffff);
}

/* Of layer `i`, behind the IP header `ip`. */
static void write_sum(const struct plan *p, size_t i, const uint8_t *ip)
{
	const struct sea_bench_layer *l = &p->layers[i];
	uint8_t *hdr = p->to + p->at[i];
	const size_t rest = p->end - p->at[i];

	switch (l->kind) {
	case SEA_BENCH_IPV4:
		put_sum(p, i, SEA_BENCH_IPV4_SUM,
			sea_csum_fold(sea_csum_scalar(hdr, hdr_len(l), 0)));
		break;
	case SEA_BENCH_TCP:
		put_sum(p, i, SEA_BENCH_TCP_SUM, sea_bench_transport_sum(ip, 6, hdr, rest));
		break;
	case SEA_BENCH_UDP:
		put_sum(p, i, SEA_BENCH_UDP_SUM, sea_bench_transport_sum(ip, 17, hdr, rest));
		break;
	case SEA_BENCH_ICMP:
		put_sum(p, i, SEA_BENCH_ICMP_SUM, sea_bench_transport_sum(ip, 1, hdr, rest));
		break;
	case SEA_BENCH_ICMP6:
		put_sum(p, i, SEA_BENCH_ICMP6_SUM, sea_bench_transport_sum(ip, 58, hdr, rest));
		break;
	default:
		break;
	}
}

static bool lay_out(struct plan *p, size_t max)
{
	p->end = 0;
	for (size_t i = 0; i < p->n; i++) {
		p->at[i] = p->end;
		p->end += hdr_len(&p->layers[i]);
	}
	return p->end <= max;
}

/* Innermost first, for a checksum is of what is inside, too. */
static void write_sums(const struct plan *p)
{
	for (size_t i = p->n; i-- > 0;) {
		size_t ip = i;

		while (ip > 0 && !is_ip(&p->layers[ip]))
			ip--;
		if (is_ip(&p->layers[ip]))
			write_sum(p, i, p->to + p->at[ip]);
	}
}

size_t sea_bench_build(const struct sea_bench_layer *layers, size_t n, const struct sea_addr *src,
		       const struct sea_addr *dst, uint8_t *to, size_t max)
{
	struct plan p = { .layers = layers, .n = n, .to = to };
	bool quoted = false;

	if (n > SEA_BENCH_LAYERS || !lay_out(&p, max))
		return 0;
	for (size_t i = 0; i < n; i++) {
		write_layer(&p, i);
		if (is_ip(&layers[i]))
			put_addresses(&layers[i], to + p.at[i], quoted ? dst : src,
				      quoted ? src : dst);
		quoted = quoted || layers[i].kind == SEA_BENCH_ICMP ||
			 layers[i].kind == SEA_BENCH_ICMP6;
	}
	write_sums(&p);
	return p.end;
}
