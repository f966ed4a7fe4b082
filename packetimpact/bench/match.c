// SPDX-License-Identifier: Apache-2.0
/* From bytes to layers, and are they the ones that were wanted? */
#include <string.h>

#include "core/checksum.h"
#include "packetimpact/bench/layer.h"
#include "wire/bytes.h"

/* A place in a packet, while it is taken apart. */
struct walk {
	struct sea_bench_seen *seen;
	size_t at;
	bool v6;
	bool quoted;
};

static size_t left(const struct walk *w)
{
	return w->seen->len - w->at;
}

/* The header there is of that kind and length; false: it is not whole, or one too many. */
static bool take(struct walk *w, enum sea_bench_kind kind, size_t hdr)
{
	struct sea_bench_seen *seen = w->seen;

	if (hdr > left(w) || hdr < sea_bench_kinds[kind].bytes || seen->n == SEA_BENCH_LAYERS - 1)
		return false;
	seen->parts[seen->n++] = (struct sea_bench_part){ kind, w->at, hdr };
	w->at += hdr;
	return true;
}

static const uint8_t *here(const struct walk *w)
{
	return w->seen->bytes + w->at;
}

/* An IP header; its protocol, -1: nothing behind it can be told. */
static int take_ip(struct walk *w)
{
	const uint8_t *hdr = here(w);

	if (left(w) >= 20 && hdr[0] >> 4 == 4) {
		w->v6 = false;
		if (!take(w, SEA_BENCH_IPV4, (hdr[0] & 15u) * 4))
			return -1;
		return sea_get16(hdr + 6) & 0x1fff ? -1 : hdr[9];
	}
	if (left(w) >= 40 && hdr[0] >> 4 == 6 && take(w, SEA_BENCH_IPV6, 40)) {
		w->v6 = true;
		return hdr[6];
	}
	return -1;
}

static bool is_error(bool v6, uint8_t type)
{
	if (v6)
		return type < 128;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static int take_icmp(struct walk *w)
{
	const uint8_t type = left(w) ? *here(w) : 0;

	if (!take(w, w->v6 ? SEA_BENCH_ICMP6 : SEA_BENCH_ICMP, 8) || w->quoted ||
	    !is_error(w->v6, type))
		return -1;
	w->quoted = true;
	return take_ip(w);
}

/* The header of protocol `proto`; that of the next one, -1: there is none. */
static int take_one(struct walk *w, int proto)
{
	const uint8_t *hdr = here(w);

	if (left(w) < 2)
		return -1;
	switch (proto) {
	case 0:
		return take(w, SEA_BENCH_HOPOPTS, (hdr[1] + 1u) * 8) ? hdr[0] : -1;
	case 60:
		return take(w, SEA_BENCH_DSTOPTS, (hdr[1] + 1u) * 8) ? hdr[0] : -1;
	case 44:
		return take(w, SEA_BENCH_FRAG, 8) && !(sea_get16(hdr + 2) >> 3) ? hdr[0] : -1;
	case 6:
		if (left(w) >= 20)
			(void)take(w, SEA_BENCH_TCP, (hdr[12] >> 4) * 4u);
		return -1;
	case 17:
		(void)take(w, SEA_BENCH_UDP, 8);
		return -1;
	case 1:
	case 58:
		return take_icmp(w);
	default:
		return -1;
	}
}

void sea_bench_dissect(struct sea_bench_seen *seen)
{
	struct walk w = { .seen = seen };
	int proto;

	seen->n = 0;
	proto = take_ip(&w);
	while (proto >= 0)
		proto = take_one(&w, proto);
	if (left(&w))
		seen->parts[seen->n++] = (struct sea_bench_part){ SEA_BENCH_BYTES, w.at, left(&w) };
}

/* -- are its sums right? -- */

static bool is_fragment(const struct sea_bench_seen *seen)
{
	uint32_t mf = 0, offset = 0, more = 0;

	(void)sea_bench_get(seen, SEA_BENCH_IPV4, SEA_BENCH_IPV4_MF, &mf);
	(void)sea_bench_get(seen, SEA_BENCH_IPV4, SEA_BENCH_IPV4_OFFSET, &offset);
	if (seen->n > 1 && seen->parts[1].kind == SEA_BENCH_FRAG)
		more = 1;
	return mf || offset || more;
}

static const char *wrong_transport(const struct sea_bench_seen *seen,
				   const struct sea_bench_part *part)
{
	const uint8_t *at = seen->bytes + part->at;
	const size_t rest = seen->len - part->at;
	uint8_t proto;

	switch (part->kind) {
	case SEA_BENCH_TCP:
		proto = 6;
		break;
	case SEA_BENCH_UDP:
		if (sea_get16(at + 4) != rest)
			return "the length of UDP";
		if (!sea_get16(at + 6))
			return seen->bytes[0] >> 4 == 6 ? "a UDP checksum of 0 over IPv6" : NULL;
		proto = 17;
		break;
	case SEA_BENCH_ICMP:
		proto = 1;
		break;
	case SEA_BENCH_ICMP6:
		proto = 58;
		break;
	default:
		return NULL;
	}
	return sea_bench_transport_sum(seen->bytes, proto, at, rest) == 0xffff
		       ? NULL
		       : "the checksum of the transport header";
}

const char *sea_bench_wrong_sum(const struct sea_bench_seen *seen)
{
	const struct sea_bench_part *ip = &seen->parts[0];
	const char *wrong = NULL;

	if (!seen->n || (ip->kind != SEA_BENCH_IPV4 && ip->kind != SEA_BENCH_IPV6))
		return "the IP header";
	if (ip->kind == SEA_BENCH_IPV4 && sea_get16(seen->bytes + 2) != seen->len)
		return "the length of IPv4";
	if (ip->kind == SEA_BENCH_IPV6 && sea_get16(seen->bytes + 4) + 40u != seen->len)
		return "the length of IPv6";
	if (ip->kind == SEA_BENCH_IPV4 &&
	    sea_csum_fold(sea_csum_scalar(seen->bytes, ip->hdr, 0)) != 0xffff)
		return "the checksum of IPv4";
	if (is_fragment(seen))
		return NULL;
	for (size_t i = 1; i < seen->n && !wrong; i++) {
		const enum sea_bench_kind kind = seen->parts[i].kind;

		wrong = wrong_transport(seen, &seen->parts[i]);
		if (kind == SEA_BENCH_ICMP || kind == SEA_BENCH_ICMP6)
			break; /* what is behind it is quoted */
	}
	return wrong;
}

/* -- is it what was wanted? -- */

static bool has_value(const struct sea_bench_value *v, uint32_t is)
{
	switch (v->op) {
	case SEA_BENCH_IS:
		return is == v->low;
	case SEA_BENCH_BUT:
		return is != v->low;
	case SEA_BENCH_BETWEEN:
		return is >= v->low && is <= v->high;
	case SEA_BENCH_ANY:
		break;
	}
	return true;
}

static bool has_addresses(const struct sea_bench_layer *l, const uint8_t *hdr)
{
	const size_t len = l->kind == SEA_BENCH_IPV6 ? 16 : 4;

	if (l->kind != SEA_BENCH_IPV4 && l->kind != SEA_BENCH_IPV6)
		return true;
	hdr += l->kind == SEA_BENCH_IPV6 ? 8 : 12;
	return (!l->src || !memcmp(hdr, l->src->b, len)) &&
	       (!l->dst || !memcmp(hdr + len, l->dst->b, len));
}

static bool match_part(const struct sea_bench_seen *seen, const struct sea_bench_part *part,
		       const struct sea_bench_layer *l)
{
	const uint8_t *hdr = seen->bytes + part->at;
	const size_t fixed = sea_bench_kinds[l->kind].bytes;

	if (part->kind != l->kind || !has_addresses(l, hdr))
		return false;
	for (unsigned f = 0; f < SEA_BENCH_FIELDS; f++)
		if (l->v[f].op && !has_value(&l->v[f], sea_bench_field_get(l->kind, f, hdr)))
			return false;
	if (l->kind == SEA_BENCH_BYTES && part->hdr != l->len)
		return false;
	return !l->bytes || !l->len ||
	       (part->hdr >= fixed + l->len && !memcmp(hdr + fixed, l->bytes, l->len));
}

bool sea_bench_match(const struct sea_bench_seen *seen, const struct sea_bench_layer *layers,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (i == seen->n || !match_part(seen, &seen->parts[i], &layers[i]))
			return false;
	return true;
}

bool sea_bench_get(const struct sea_bench_seen *seen, enum sea_bench_kind kind,
		   enum sea_bench_field field, uint32_t *value)
{
	for (size_t i = 0; i < seen->n; i++) {
		if (seen->parts[i].kind != kind)
			continue;
		*value =
			sea_bench_field_get(kind, (unsigned)field, seen->bytes + seen->parts[i].at);
		return true;
	}
	return false;
}

const uint8_t *sea_bench_payload(const struct sea_bench_seen *seen, size_t *len)
{
	const struct sea_bench_part *last = seen->n ? &seen->parts[seen->n - 1] : NULL;

	*len = last && last->kind == SEA_BENCH_BYTES ? last->hdr : 0;
	return *len ? seen->bytes + last->at : (const uint8_t *)"";
}
